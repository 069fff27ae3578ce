#include "liqd/keys/relay_key.h"

#include "keys_rig.h"
#include "liqd/keys/address.h"
#include "relay_internal.h"

static const lq_address_t nobody;

static json_t *vectors(void)
{
    json_t *root = rig_json(lq_test_vectors("flashbots/x_flashbots_signature.json"));
    assert_int_equal(json_array_size(json_object_get(root, "vectors")), 3);
    return root;
}

/* Signatures of other programs: whoever signed this digest is who they say. */
static void digests_what_others_sign(void **state)
{
    (void)state;
    json_t *root = vectors();
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        const char *body = rig_str(v, "body");
        uint8_t rsv[65];
        lq_signature_t sig;
        lq_address_t want;
        lq_address_t got;
        rig_hex_to(rsv, sizeof(rsv), rig_str(v, "signature"));
        memcpy(sig.r, rsv, 32);
        memcpy(sig.s, rsv + 32, 32);
        sig.y_parity = (uint8_t)(rsv[64] - 27);
        assert_ok(lq_address_parse(&want, NULL, rig_str(v, "address"), LQ_ADDRESS_TEXT_SZ));
        lq_hash_t digest = lq_relay_digest(body, strlen(body));
        assert_ok(lq_ecdsa_recover(&got, &digest, &sig));
        assert_memory_equal(&got, &want, sizeof(want));
    }
    json_decref(root);
}

static void writes_the_header_of_the_vector(void **state)
{
    (void)state;
    json_t *root = vectors();
    size_t i;
    json_t *v;
    size_t cnt = 0;
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        if (!json_object_get(v, "privateKey"))
            continue;
        lq_relay_key_t *key;
        char want[LQ_RELAY_HEADER_SZ + 2];
        char got[LQ_RELAY_HEADER_SZ + 1];
        const char *body = rig_str(v, "body");
        (void)snprintf(want, sizeof(want), "%s:%s", rig_str(v, "address"), rig_str(v, "signature"));
        assert_ok(lq_relay_key_open(&key, NULL, rig_key(rig_str(v, "privateKey")), &nobody));
        assert_ok(lq_relay_key_header(key, got, body, strlen(body)));
        assert_string_equal(got, want);
        assert_int_equal(strlen(got), LQ_RELAY_HEADER_SZ);
        lq_relay_key_close(key);
        cnt++;
    }
    assert_int_equal(cnt, 1);
    json_decref(root);
}

/* Many bodies, past a new blinding: both v, and each is its own key's. */
static void signs_bodies_of_any_size(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_relay_key_t *key;
    lq_private_key_t *fresh;
    static uint8_t body[3000];
    size_t v_cnt[2] = {0};
    assert_ok(lq_private_key_generate(&fresh, NULL));
    assert_ok(lq_relay_key_open(&key, NULL, fresh, &nobody));
    lq_address_t own = lq_relay_key_address(key);
    char name[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(name, &own);
    for (size_t i = 0; i < 2ul * LQ_ECDSA_BLIND_PERIOD; i++) {
        char header[LQ_RELAY_HEADER_SZ + 1];
        uint8_t rsv[65];
        lq_signature_t sig;
        lq_address_t got;
        size_t sz = lq_rng_below(&rng, sizeof(body) + 1);
        lq_rng_bytes(&rng, body, sz);
        assert_ok(lq_relay_key_header(key, header, body, sz));
        assert_memory_equal(header, name, LQ_ADDRESS_TEXT_SZ);
        assert_int_equal(header[LQ_ADDRESS_TEXT_SZ], ':');
        rig_hex_to(rsv, sizeof(rsv), header + LQ_ADDRESS_TEXT_SZ + 1);
        memcpy(sig.r, rsv, 32);
        memcpy(sig.s, rsv + 32, 32);
        assert_in_range(rsv[64], 27, 28);
        sig.y_parity = (uint8_t)(rsv[64] - 27);
        v_cnt[sig.y_parity]++;
        lq_hash_t digest = lq_relay_digest(body, sz);
        assert_ok(lq_ecdsa_recover(&got, &digest, &sig));
        assert_memory_equal(&got, &own, sizeof(own));
    }
    assert_true(v_cnt[0] && v_cnt[1]);
    char header[LQ_RELAY_HEADER_SZ + 1];
    assert_ok(lq_relay_key_header(key, header, NULL, 0));
    lq_relay_key_close(key);
    lq_relay_key_close(NULL);
}

static void refuses_the_key_that_holds_funds(void **state)
{
    (void)state;
    lq_relay_key_t *relay = NULL;
    lq_err_msg_t msg;
    lq_private_key_t *key;
    assert_ok(lq_private_key_generate(&key, NULL));
    lq_address_t sender = lq_private_key_address(key);
    assert_err(lq_relay_key_open(&relay, &msg, key, &sender), LQ_ERR_INVAL);
    assert_says(&msg, "relay key", "liqd keys new");
    assert_null(relay);
    sender.b[0] ^= 1;
    assert_ok(lq_relay_key_open(&relay, &msg, key, &sender)); /* the key stayed ours */
    lq_relay_key_close(relay);
}

/* A key or a computation gone wrong in memory: nothing goes out under another's name. */
static void signs_for_no_address_but_its_own(void **state)
{
    (void)state;
    lq_relay_key_t *key;
    lq_private_key_t *fresh;
    char got[LQ_RELAY_HEADER_SZ + 1];
    char before[sizeof(got)];
    memset(got, 0xa5, sizeof(got));
    memcpy(before, got, sizeof(got));
    assert_ok(lq_private_key_generate(&fresh, NULL));
    assert_ok(lq_relay_key_open(&key, NULL, fresh, &nobody));
    key->ecdsa.address.b[19] ^= 1;
    assert_err(lq_relay_key_header(key, got, "body", 4), LQ_ERR_SIGNATURE);
    assert_memory_equal(got, before, sizeof(got));
    key->ecdsa.address.b[19] ^= 1;
    assert_ok(lq_relay_key_header(key, got, "body", 4));
    lq_relay_key_close(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_what_others_sign),
        cmocka_unit_test(writes_the_header_of_the_vector),
        cmocka_unit_test(signs_bodies_of_any_size),
        cmocka_unit_test(refuses_the_key_that_holds_funds),
        cmocka_unit_test(signs_for_no_address_but_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
