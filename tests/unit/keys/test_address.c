#include "liqd/keys/address.h"

#include "keys_rig.h"

/* EIP-55's own, and those of one case alone. */
static const char *const checksummed[] = {
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
};

static void prints_and_parses_the_checksums_of_eip_55(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(checksummed); i++) {
        lq_address_t a;
        char text[LQ_ADDRESS_TEXT_SZ + 1];
        assert_ok(lq_address_parse(&a, NULL, checksummed[i], LQ_ADDRESS_TEXT_SZ));
        lq_address_print(text, &a);
        assert_string_equal(text, checksummed[i]);
    }
}

static void takes_letters_of_one_case_as_without_checksum(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(checksummed); i++) {
        char lower[LQ_ADDRESS_TEXT_SZ + 1];
        char upper[LQ_ADDRESS_TEXT_SZ + 1];
        lq_address_t want;
        lq_address_t a;
        assert_ok(lq_address_parse(&want, NULL, checksummed[i], LQ_ADDRESS_TEXT_SZ));
        for (size_t k = 0; k <= LQ_ADDRESS_TEXT_SZ; k++) {
            char c = checksummed[i][k];
            lower[k] = (char)(c >= 'A' && c <= 'F' ? c + 32 : c);
            upper[k] = (char)(c >= 'a' && c <= 'f' ? c - 32 : c);
        }
        assert_ok(lq_address_parse(&a, NULL, lower, LQ_ADDRESS_TEXT_SZ));
        assert_memory_equal(&a, &want, sizeof(a));
        assert_ok(lq_address_parse(&a, NULL, upper, LQ_ADDRESS_TEXT_SZ));
        assert_memory_equal(&a, &want, sizeof(a));
    }
}

static void refuses_each_wrong_case_of_a_mixed_address(void **state)
{
    (void)state;
    const char *good = checksummed[0];
    for (size_t i = 2; i < LQ_ADDRESS_TEXT_SZ; i++) {
        char bad[LQ_ADDRESS_TEXT_SZ + 1];
        lq_err_msg_t msg;
        lq_address_t a;
        memset(&a, 0xa5, sizeof(a));
        memcpy(bad, good, sizeof(bad));
        if (bad[i] <= '9')
            continue;
        bad[i] = (char)(bad[i] ^ 32);
        assert_err(lq_address_parse(&a, &msg, bad, LQ_ADDRESS_TEXT_SZ), LQ_ERR_SYNTAX);
        assert_says(&msg, "checksum", bad, good);
        for (size_t k = 0; k < sizeof(a); k++)
            assert_int_equal(a.b[k], 0xa5);
    }
}

static void refuses_what_is_no_address(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0x",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedaa",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
        " 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        lq_address_t a;
        lq_err_msg_t msg = {{0}};
        assert_err(lq_address_parse(&a, &msg, bad[i], strlen(bad[i])), LQ_ERR_SYNTAX);
        assert_true(msg.text[0] != '\0');
    }
    lq_address_t a;
    assert_err(lq_address_parse(&a, NULL, NULL, 0), LQ_ERR_SYNTAX);
}

static void creates_the_addresses_of_ethers(void **state)
{
    (void)state;
    json_t *root = rig_json(lq_test_vectors("ethers-testcases/create.json.gz"));
    size_t i;
    size_t k;
    json_t *group;
    json_t *one;
    size_t cnt = 0;
    json_array_foreach(root, i, group)
    {
        lq_address_t sender;
        const char *text = rig_str(group, "sender");
        assert_ok(lq_address_parse(&sender, NULL, text, strlen(text)));
        json_array_foreach(json_object_get(group, "creates"), k, one)
        {
            uint64_t nonce = (uint64_t)json_integer_value(json_object_get(one, "nonce"));
            lq_address_t made = lq_address_create(&sender, nonce);
            char got[LQ_ADDRESS_TEXT_SZ + 1];
            lq_address_print(got, &made);
            assert_string_equal(got, rig_str(one, "address"));
            cnt++;
        }
    }
    assert_true(cnt > 100);
    json_decref(root);
}

/* 2^64 - 1 takes every byte of the buffer: keccak-256 of
   df94 0000000000000000000000000000000000000000 88ffffffffffffffff */
static void creates_with_the_longest_nonce(void **state)
{
    (void)state;
    static const lq_address_t zero;
    lq_address_t low = lq_address_create(&zero, 0);
    lq_address_t high = lq_address_create(&zero, UINT64_MAX);
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, &low);
    assert_string_equal(text, "0xBd770416a3345F91E4B34576cb804a576fa48EB1");
    assert_memory_not_equal(&low, &high, sizeof(low));
}

static void derives_the_addresses_of_the_ethereum_tests(void **state)
{
    (void)state;
    json_t *root = rig_json(lq_test_vectors("ethereum-tests/BasicTests/keyaddrtest.json"));
    size_t i;
    json_t *one;
    json_array_foreach(root, i, one)
    {
        lq_address_t want;
        rig_hex_to(&want, sizeof(want), rig_str(one, "addr"));
        lq_private_key_t *key = rig_key(rig_str(one, "key"));
        lq_address_t got = lq_private_key_address(key);
        assert_memory_equal(&got, &want, sizeof(want));
        lq_private_key_free(key);
    }
    assert_int_equal(json_array_size(root), 2);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_and_parses_the_checksums_of_eip_55),
        cmocka_unit_test(takes_letters_of_one_case_as_without_checksum),
        cmocka_unit_test(refuses_each_wrong_case_of_a_mixed_address),
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(creates_the_addresses_of_ethers),
        cmocka_unit_test(creates_with_the_longest_nonce),
        cmocka_unit_test(derives_the_addresses_of_the_ethereum_tests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
