#include "ecdsa_internal.h"

#include <openssl/sha.h>
#include <secp256k1_preallocated.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "keys_rig.h"
#include "liqd/codec/keccak.h"
#include "liqd/num/u256.h"
#include "nonce_internal.h"

/* The order of secp256k1 and half of it, big endian. */
#define ORDER      "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define HALF_ORDER "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"

/* The system's generator, counted. */
static size_t random_sz;

ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    ssize_t sz = syscall(SYS_getrandom, buffer, length, flags);
    random_sz += sz > 0 ? (size_t)sz : 0;
    return sz;
}

static lq_ecdsa_signer_t *make_signer(const char *digits)
{
    void *memory;
    lq_private_key_t *key = rig_key(digits);
    assert_ok(lq_locked_new(&memory, NULL, lq_ecdsa_signer_sz()));
    assert_ok(lq_ecdsa_signer_init(memory, NULL, key));
    lq_private_key_free(key);
    return memory;
}

/* Whether one of the two candidates for R gives the address of a vector's public key. */
static bool recovers(const lq_signature_t *rs, const lq_hash_t *digest, const lq_address_t *want)
{
    for (uint8_t parity = 0; parity < 2; parity++) {
        lq_signature_t sig = *rs;
        lq_address_t got;
        sig.y_parity = parity;
        if (lq_ecdsa_recover(&got, digest, &sig) == LQ_OK && memcmp(&got, want, sizeof(got)) == 0)
            return true;
    }
    return false;
}

static lq_address_t address_of(const json_t *group)
{
    uint8_t point[65];
    uint8_t hash[LQ_KECCAK_SZ];
    lq_address_t out;
    rig_hex_to(point, sizeof(point), rig_str(json_object_get(group, "publicKey"), "uncompressed"));
    lq_keccak256(hash, point + 1, 64);
    memcpy(&out, hash + 12, sizeof(out));
    return out;
}

/* Wycheproof's signatures are DER, ours are not: libsecp256k1 reads them. What is left to us is r
   and s in their ranges, s in the lower half, and the equation. */
static void verifies_as_wycheproof_says(void **state)
{
    (void)state;
    json_t *root = rig_json(lq_test_vectors("wycheproof/ecdsa_secp256k1_sha256_bitcoin_test.json"));
    size_t g;
    size_t t;
    json_t *group;
    json_t *test;
    size_t valid_cnt = 0;
    json_array_foreach(json_object_get(root, "testGroups"), g, group)
    {
        lq_address_t want = address_of(group);
        json_array_foreach(json_object_get(group, "tests"), t, test)
        {
            size_t msg_sz;
            size_t der_sz;
            uint8_t *msg = rig_hex(&msg_sz, rig_str(test, "msg"));
            uint8_t *der = rig_hex(&der_sz, rig_str(test, "sig"));
            secp256k1_ecdsa_signature parsed;
            uint8_t rs[64];
            lq_hash_t digest;
            bool got = false;
            (void)SHA256(msg, msg_sz, digest.b);
            if (secp256k1_ecdsa_signature_parse_der(secp256k1_context_static, &parsed, der,
                                                    der_sz)) {
                lq_signature_t sig;
                (void)secp256k1_ecdsa_signature_serialize_compact(secp256k1_context_static, rs,
                                                                  &parsed);
                memcpy(sig.r, rs, 32);
                memcpy(sig.s, rs + 32, 32);
                got = recovers(&sig, &digest, &want);
            }
            bool valid = strcmp(rig_str(test, "result"), "valid") == 0;
            if (valid && !got)
                assert_string_equal(rig_str(test, "comment"), "k*G has a large x-coordinate");
            if (!valid && got)
                fail_msg("%s: verified", rig_str(test, "comment"));
            valid_cnt += got;
            free(msg);
            free(der);
        }
    }
    /* of 162; the one has x(R) above the order, which y_parity cannot say */
    assert_int_equal(valid_cnt, 161);
    json_decref(root);
}

static void recovers_what_it_signs(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_ecdsa_signer_t *s = make_signer(HALF_ORDER);
    lq_u256_t half;
    uint8_t bytes[32];
    rig_hex_to(bytes, sizeof(bytes), HALF_ORDER);
    half = lq_u256_from_be(bytes);
    /* past two new blindings, which must not show */
    size_t cnt = lq_test_cnt(2 * LQ_ECDSA_BLIND_PERIOD + 2, 20000);
    for (size_t i = 0; i < cnt; i++) {
        lq_hash_t digest;
        lq_signature_t sig;
        lq_signature_t again;
        lq_address_t got;
        lq_rng_bytes(&rng, &digest, sizeof(digest));
        assert_ok(lq_ecdsa_signer_blind(s));
        lq_ecdsa_sign(s, &sig, &digest);
        lq_ecdsa_sign(s, &again, &digest);
        assert_memory_equal(&sig, &again, sizeof(sig)); /* RFC 6979 */
        lq_u256_t low = lq_u256_from_be(sig.s);
        assert_false(lq_u256_lt(&half, &low));
        assert_ok(lq_ecdsa_recover(&got, &digest, &sig));
        assert_memory_equal(&got, &s->address, sizeof(got));
        /* any bit of it changed, it is no signature or another's */
        ((uint8_t *)&sig)[lq_rng_below(&rng, 64)] ^= (uint8_t)(1u << lq_rng_below(&rng, 8));
        if (lq_ecdsa_recover(&got, &digest, &sig) == LQ_OK)
            assert_memory_not_equal(&got, &s->address, sizeof(got));
    }
    lq_locked_free(s);
}

/* libsecp256k1's is the oracle: for random keys and digests, and for those at the ends. */
static void derives_the_nonces_of_libsecp256k1(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    secp256k1_nonce_function ours = lq_nonce_function();
    size_t cnt = lq_test_cnt(20000, 2000000);
    if (!ours) {
        print_message("skipped: this CPU has no instructions for SHA-256\n");
        skip();
        return; /* for the analyzer */
    }
    for (size_t i = 0; i < cnt; i++) {
        uint8_t key[32];
        uint8_t digest[32];
        uint8_t data[32];
        uint8_t want[32];
        uint8_t got[32];
        lq_rng_bytes(&rng, key, sizeof(key));
        lq_rng_bytes(&rng, digest, sizeof(digest));
        lq_rng_bytes(&rng, data, sizeof(data));
        if (i < 4) {
            memset(key, i & 1 ? 0xff : 0, sizeof(key));
            memset(digest, i & 2 ? 0xff : 0, sizeof(digest));
        }
        /* most as a signature asks, some as none ever did */
        unsigned attempt = i % 64 == 1 ? (unsigned)lq_rng_below(&rng, 3) : 0;
        const uint8_t *algo = i % 64 == 2 ? data : NULL;
        void *extra = i % 64 == 3 ? data : NULL;
        assert_int_equal(secp256k1_nonce_function_rfc6979(want, digest, key, algo, extra, attempt),
                         1);
        assert_int_equal(ours(got, digest, key, algo, extra, attempt), 1);
        assert_memory_equal(got, want, sizeof(want));
    }
}

static void signs_alike_with_either_nonce_function(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_ecdsa_signer_t *s = make_signer(HALF_ORDER);
    secp256k1_nonce_function ours = s->nonce;
    for (size_t i = 0; i < 100; i++) {
        lq_hash_t digest;
        lq_signature_t a;
        lq_signature_t b;
        lq_rng_bytes(&rng, &digest, sizeof(digest));
        s->nonce = ours;
        lq_ecdsa_sign(s, &a, &digest);
        s->nonce = NULL;
        lq_ecdsa_sign(s, &b, &digest);
        assert_memory_equal(&a, &b, sizeof(a));
    }
    lq_locked_free(s);
}

static void refuses_signatures_out_of_range(void **state)
{
    (void)state;
    static const char *const one =
        "0000000000000000000000000000000000000000000000000000000000000001";
    static const char *const zero =
        "0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        const char *r;
        const char *s;
        uint8_t y_parity;
        bool good;
    } cases[] = {
        {one, one, 0, true},
        {one, HALF_ORDER, 1, true},
        {one, one, 2, false},
        {"0000000000000000000000000000000000000000000000000000000000000000", one, 0, false},
        {one, "0000000000000000000000000000000000000000000000000000000000000000", 0, false},
        {ORDER, one, 0, false},
        {one, ORDER, 0, false},
        {one, "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1", 0, false},
        {one, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", 0, false},
        /* no point has this x */
        {"0000000000000000000000000000000000000000000000000000000000000005", one, 0, false},
    };
    lq_hash_t digest;
    rig_hex_to(&digest, sizeof(digest), zero);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_signature_t sig = {.y_parity = cases[i].y_parity};
        lq_address_t got;
        lq_address_t before;
        memset(&got, 0xa5, sizeof(got));
        before = got;
        rig_hex_to(sig.r, 32, cases[i].r);
        rig_hex_to(sig.s, 32, cases[i].s);
        if (cases[i].good) {
            assert_ok(lq_ecdsa_recover(&got, &digest, &sig));
        } else {
            assert_err(lq_ecdsa_recover(&got, &digest, &sig), LQ_ERR_SIGNATURE);
            assert_memory_equal(&got, &before, sizeof(got));
        }
    }
}

static lq_err_t parse(lq_err_msg_t *msg, const char *text)
{
    lq_private_key_t *key = NULL;
    lq_secret_t *secret = rig_secret(text);
    lq_err_t err = lq_private_key_parse(&key, msg, secret);
    assert_int_equal(err == LQ_OK, key != NULL);
    lq_private_key_free(key);
    lq_secret_free(secret);
    return err;
}

static void parses_keys_strictly_and_says_nothing_of_them(void **state)
{
    (void)state;
    static const char *const good[] = {
        "0000000000000000000000000000000000000000000000000000000000000001",
        "0x0000000000000000000000000000000000000000000000000000000000000001",
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364140",
    };
    static const char *const malformed[] = {
        "",
        "0x",
        "000000000000000000000000000000000000000000000000000000000000001",
        "00000000000000000000000000000000000000000000000000000000000000001",
        "0X0000000000000000000000000000000000000000000000000000000000000001",
        "000000000000000000000000000000000000000000000000000000000000000g",
        " 000000000000000000000000000000000000000000000000000000000000001",
        "0x0x00000000000000000000000000000000000000000000000000000000000001",
    };
    static const char *const out_of_range[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        ORDER,
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    lq_err_msg_t msg;
    for (size_t i = 0; i < LQ_ARRAY_CNT(good); i++)
        assert_ok(parse(&msg, good[i]));
    for (size_t i = 0; i < LQ_ARRAY_CNT(malformed); i++) {
        assert_err(parse(&msg, malformed[i]), LQ_ERR_SYNTAX);
        assert_says(&msg, "64 hexadecimal digits");
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(out_of_range); i++)
        assert_err(parse(&msg, out_of_range[i]), LQ_ERR_RANGE);
    assert_err(parse(&msg, "~~~~0000000000000000000000000000000000000000000000000000000000~~"),
               LQ_ERR_SYNTAX);
    assert_null(strchr(msg.text, '~'));
    assert_err(parse(NULL, ""), LQ_ERR_SYNTAX);
}

static void generates_keys_that_differ(void **state)
{
    (void)state;
    lq_private_key_t *a;
    lq_private_key_t *b;
    assert_ok(lq_private_key_generate(&a, NULL));
    assert_ok(lq_private_key_generate(&b, NULL));
    assert_true(lq_private_key_is_valid(a));
    assert_memory_not_equal(a->b, b->b, sizeof(a->b));
    lq_private_key_free(a);
    lq_private_key_free(b);
    lq_private_key_free(NULL);
}

/* The context's own bytes show what its results must not. */
static void blinds_its_context_before_each_256th_signature(void **state)
{
    (void)state;
    const lq_hash_t digest = {{1}};
    lq_signature_t sig;
    size_t sz = secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE);
    lq_ecdsa_signer_t *s =
        make_signer("0000000000000000000000000000000000000000000000000000000000000001");
    uint8_t *before = malloc(sz);
    secp256k1_context *plain = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    assert_non_null(before);
    assert_memory_not_equal(s->context, plain, sz); /* init has blinded it */
    memcpy(before, s->context, sz);
    for (size_t i = 1; i <= 2ul * LQ_ECDSA_BLIND_PERIOD; i++) {
        assert_ok(lq_ecdsa_signer_blind(s));
        if (i % LQ_ECDSA_BLIND_PERIOD == 0) {
            assert_memory_not_equal(s->context, before, sz);
            memcpy(before, s->context, sz);
        }
        lq_ecdsa_sign(s, &sig, &digest);
        assert_memory_equal(s->context, before, sz); /* nothing else changes them */
    }
    secp256k1_context_destroy(plain);
    free(before);
    lq_locked_free(s);
}

/* The context is gone when its function returns: that a seed was drawn for it is what shows. */
static void blinds_the_context_that_derives_an_address(void **state)
{
    (void)state;
    lq_private_key_t *key =
        rig_key("0000000000000000000000000000000000000000000000000000000000000001");
    size_t before = random_sz;
    (void)lq_private_key_address(key);
    assert_int_equal(random_sz - before, 32);
    lq_private_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies_as_wycheproof_says),
        cmocka_unit_test(recovers_what_it_signs),
        cmocka_unit_test(derives_the_nonces_of_libsecp256k1),
        cmocka_unit_test(signs_alike_with_either_nonce_function),
        cmocka_unit_test(refuses_signatures_out_of_range),
        cmocka_unit_test(parses_keys_strictly_and_says_nothing_of_them),
        cmocka_unit_test(generates_keys_that_differ),
        cmocka_unit_test(blinds_its_context_before_each_256th_signature),
        cmocka_unit_test(blinds_the_context_that_derives_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
