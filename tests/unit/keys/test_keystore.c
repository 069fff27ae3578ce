#include "liqd/keys/keystore.h"

#include "keys_rig.h"
#include "keystore_internal.h"
#include "liqd/codec/keccak.h"
#include "liqd/keys/address.h"
#include "scrypt_internal.h"

/* Costs nothing. */
static const lq_scrypt_cost_t cheap = {.n = 2, .r = 1, .p = 1};

static lq_private_key_t *decrypt(const lq_keystore_t *store, const char *passphrase)
{
    lq_private_key_t *key;
    lq_secret_t *pass = rig_secret(passphrase);
    assert_ok(lq_keystore_decrypt(&key, NULL, "test", store, pass));
    lq_secret_free(pass);
    return key;
}

static void check_vector(const char *name, const json_t *test)
{
    uint8_t want[32];
    lq_keystore_t store;
    char *text = json_dumps(json_object_get(test, "json"), 0);
    assert_ok(lq_keystore_parse(&store, NULL, name, text, strlen(text)));
    lq_private_key_t *key = decrypt(&store, rig_str(test, "password"));
    rig_hex_to(want, sizeof(want), rig_str(test, "priv"));
    assert_memory_equal(key->b, want, sizeof(want));
    lq_private_key_free(key);
    free(text);
}

static void decrypts_the_ethereum_tests(void **state)
{
    (void)state;
    json_t *root = rig_json(lq_test_vectors("ethereum-tests/KeyStoreTests/basic_tests.json"));
    const char *name;
    json_t *test;
    size_t cnt = 0;
    json_object_foreach(root, name, test)
    {
        /* the others cost a second each, and several with a sanitizer */
        if (strcmp(name, "mycrypto") == 0 || strcmp(name, "test1") == 0 || lq_test_cnt(0, 1)) {
            check_vector(name, test);
            cnt++;
        }
    }
    assert_int_equal(cnt, lq_test_cnt(2, json_object_size(root)));
    json_decref(root);
}

/* A keystore that is right, cut at where a member's value stands. */
static json_t *good_json(void)
{
    json_t *root = json_loads(
        "{\"version\":3,\"id\":\"3198bc9c-6672-4ab3-9995-4942343ae5b6\","
        "\"address\":\"460121576cc7df020759730751f92bd62fd78dd6\",\"crypto\":{"
        "\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":\"83dbcc02d8ccb40e466191a123791e0e\"},"
        "\"ciphertext\":\"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c\","
        "\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,\"n\":262144,\"r\":1,\"p\":8,"
        "\"salt\":\"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19\"},"
        "\"mac\":\"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097\"}}",
        0, NULL);
    assert_non_null(root);
    return root;
}

static json_t *good_pbkdf2_json(void)
{
    json_t *root = good_json();
    json_t *crypto = json_object_get(root, "crypto");
    assert_int_equal(json_object_set_new(crypto, "kdf", json_string("pbkdf2")), 0);
    assert_int_equal(
        json_object_set_new(crypto, "kdfparams",
                            json_pack("{s:i, s:i, s:s, s:s}", "dklen", 32, "c", 262144, "prf",
                                      "hmac-sha256", "salt", "ae3cd4e7013836a3df6bd7241b12db06")),
        0);
    return root;
}

/* Sets the member at PATH ("crypto.kdf") to the JSON text VALUE, or removes it where that is NULL.
 */
static void change(json_t *root, const char *path, const char *value)
{
    char name[64];
    json_t *at = root;
    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        (void)snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
        at = json_object_get(at, name);
        assert_non_null(at);
    }
    if (value)
        assert_int_equal(json_object_set_new(at, path, json_loads(value, JSON_DECODE_ANY, NULL)),
                         0);
    else
        assert_int_equal(json_object_del(at, path), 0);
}

static lq_err_t parse_json(lq_keystore_t *store, lq_err_msg_t *msg, const json_t *root)
{
    char *text = json_dumps(root, 0);
    assert_non_null(text);
    lq_err_t err = lq_keystore_parse(store, msg, "a.json", text, strlen(text));
    free(text);
    return err;
}

static void parses_every_member(void **state)
{
    (void)state;
    static const uint8_t id[16] = {0x31, 0x98, 0xbc, 0x9c, 0x66, 0x72, 0x4a, 0xb3,
                                   0x99, 0x95, 0x49, 0x42, 0x34, 0x3a, 0xe5, 0xb6};
    lq_keystore_t store;
    json_t *root = good_json();
    assert_ok(parse_json(&store, NULL, root));
    assert_int_equal(store.kdf, LQ_KDF_SCRYPT);
    assert_int_equal(store.scrypt.n, 262144);
    assert_int_equal(store.scrypt.r, 1);
    assert_int_equal(store.scrypt.p, 8);
    assert_int_equal(store.salt_sz, 32);
    assert_int_equal(store.salt[0], 0xab);
    assert_int_equal(store.iv[15], 0x0e);
    assert_int_equal(store.ciphertext[31], 0x9c);
    assert_int_equal(store.mac[0], 0x21);
    assert_true(store.has_address && store.has_id);
    assert_int_equal(store.address.b[19], 0xd6);
    assert_memory_equal(store.id, id, sizeof(id));
    change(root, "address", NULL);
    change(root, "id", NULL);
    change(root, "name", "\"what version 3 does not know\"");
    assert_ok(parse_json(&store, NULL, root));
    assert_false(store.has_address || store.has_id);
    change(root, "address", "\"0x460121576CC7DF020759730751F92BD62FD78DD6\"");
    assert_ok(parse_json(&store, NULL, root));
    assert_true(store.has_address);
    json_decref(root);
    root = good_pbkdf2_json();
    assert_ok(parse_json(&store, NULL, root));
    assert_int_equal(store.kdf, LQ_KDF_PBKDF2);
    assert_int_equal(store.pbkdf2_cnt, 262144);
    assert_int_equal(store.salt_sz, 16);
    json_decref(root);
}

typedef struct bad {
    bool pbkdf2;
    const char *path;
    const char *value; /* NULL: the member is missing */
    lq_err_t want;
} bad_t;

#define DIGITS_64 "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46"

static const bad_t bads[] = {
    {false, "version", NULL, LQ_ERR_SYNTAX},
    {false, "version", "1", LQ_ERR_SYNTAX},
    {false, "version", "4", LQ_ERR_SYNTAX},
    {false, "version", "\"3\"", LQ_ERR_SYNTAX},
    {false, "version", "3.0", LQ_ERR_SYNTAX},
    {false, "id", "7", LQ_ERR_SYNTAX},
    {false, "id", "\"\"", LQ_ERR_SYNTAX},
    {false, "id", "\"3198bc9c-6672-4ab3-9995-4942343ae5b\"", LQ_ERR_SYNTAX},
    {false, "id", "\"3198bc9c-6672-4ab3-9995-4942343ae5b67\"", LQ_ERR_SYNTAX},
    {false, "id", "\"3198bc9c66724ab399954942343ae5b6    \"", LQ_ERR_SYNTAX},
    {false, "id", "\"3198bc9c-6672-4ab3-9995-4942343ae5bg\"", LQ_ERR_SYNTAX},
    {false, "id", "\"3198bc9c-6672-4ab3-9995+4942343ae5b6\"", LQ_ERR_SYNTAX},
    {false, "address", "null", LQ_ERR_SYNTAX},
    {false, "address", "\"\"", LQ_ERR_SYNTAX},
    {false, "address", "\"460121576cc7df020759730751f92bd62fd78dd\"", LQ_ERR_SYNTAX},
    {false, "address", "\"460121576cc7df020759730751f92bd62fd78ddg\"", LQ_ERR_SYNTAX},
    {false, "crypto", NULL, LQ_ERR_SYNTAX},
    {false, "crypto", "[]", LQ_ERR_SYNTAX},
    {false, "Crypto", "{}", LQ_ERR_SYNTAX}, /* beside crypto */
    {false, "crypto.cipher", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.cipher", "\"aes-128-cbc\"", LQ_ERR_SYNTAX},
    {false, "crypto.cipher", "1", LQ_ERR_SYNTAX},
    {false, "crypto.cipherparams", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.cipherparams", "\"\"", LQ_ERR_SYNTAX},
    {false, "crypto.cipherparams.iv", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.cipherparams.iv", "\"83dbcc02d8ccb40e466191a123791e\"", LQ_ERR_SYNTAX},
    {false, "crypto.cipherparams.iv", "\"83dbcc02d8ccb40e466191a123791e0e00\"", LQ_ERR_SYNTAX},
    {false, "crypto.cipherparams.iv", "\"83dbcc02d8ccb40e466191a123791e0\"", LQ_ERR_SYNTAX},
    {false, "crypto.cipherparams.iv", "\"0x83dbcc02d8ccb40e466191a123791e\"", LQ_ERR_SYNTAX},
    {false, "crypto.ciphertext", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.ciphertext", "\"00\"", LQ_ERR_SYNTAX},
    {false, "crypto.ciphertext", "\"" DIGITS_64 "00\"", LQ_ERR_SYNTAX},
    {false, "crypto.mac", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.mac", "\"\"", LQ_ERR_SYNTAX},
    {false, "crypto.kdf", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.kdf", "\"argon2id\"", LQ_ERR_SYNTAX},
    {false, "crypto.kdf", "\"pbkdf2\"", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.dklen", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.dklen", "0", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.dklen", "-32", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.dklen", "31", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.dklen", "33", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.dklen", "64", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.dklen", "4294967328", LQ_ERR_SYNTAX}, /* 32 in its low half */
    {false, "crypto.kdfparams.dklen", "\"32\"", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.salt", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.salt", "\"\"", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.salt", "\"" DIGITS_64 DIGITS_64 "00\"", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.salt", "\"zz\"", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", NULL, LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", "\"262144\"", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", "262144.0", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", "1", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", "3", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", "262143", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", "0", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", "-2", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.n", "2097152", LQ_ERR_RANGE},
    {false, "crypto.kdfparams.n", "4294967296", LQ_ERR_RANGE},
    {false, "crypto.kdfparams.n", "9223372036854775807", LQ_ERR_RANGE},
    {false, "crypto.kdfparams.r", "0", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.r", "33", LQ_ERR_RANGE},
    {false, "crypto.kdfparams.r", "32", LQ_ERR_RANGE}, /* n r p = 2^26 */
    {false, "crypto.kdfparams.r", "4294967297", LQ_ERR_RANGE},
    {false, "crypto.kdfparams.p", "0", LQ_ERR_SYNTAX},
    {false, "crypto.kdfparams.p", "17", LQ_ERR_RANGE},
    {true, "crypto.kdfparams.c", NULL, LQ_ERR_SYNTAX},
    {true, "crypto.kdfparams.c", "0", LQ_ERR_SYNTAX},
    {true, "crypto.kdfparams.c", "-1", LQ_ERR_SYNTAX},
    {true, "crypto.kdfparams.c", "10000001", LQ_ERR_RANGE},
    {true, "crypto.kdfparams.c", "4294967297", LQ_ERR_RANGE},
    {true, "crypto.kdfparams.prf", NULL, LQ_ERR_SYNTAX},
    {true, "crypto.kdfparams.prf", "\"hmac-sha512\"", LQ_ERR_SYNTAX},
};

static void refuses_each_wrong_member_and_names_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(bads); i++) {
        const bad_t *bad = &bads[i];
        lq_keystore_t store;
        lq_keystore_t before;
        lq_err_msg_t msg;
        json_t *root = bad->pbkdf2 ? good_pbkdf2_json() : good_json();
        change(root, bad->path, bad->value);
        memset(&store, 0xa5, sizeof(store));
        memcpy(&before, &store, sizeof(before));
        lq_err_t err = parse_json(&store, &msg, root);
        if (err != bad->want)
            fail_msg("%s = %s: %s, not %s", bad->path, bad->value ? bad->value : "nothing",
                     lq_err_name(err), lq_err_name(bad->want));
        assert_memory_equal(&store, &before, sizeof(store));
        /* a cost that is wrong as a whole is told as kdfparams */
        const char *dot = strstr(bad->path, "kdfparams.");
        bool whole = dot && strstr(msg.text, "n = ");
        assert_says(&msg, "a.json: ", whole ? "crypto.kdfparams" : bad->path);
        json_decref(root);
    }
}

static void bounds_what_a_stranger_may_have_derived(void **state)
{
    (void)state;
    static const struct {
        lq_scrypt_cost_t cost;
        lq_err_t want;
    } cases[] = {
        {{2, 1, 1}, LQ_OK},
        {{1u << 18, 8, 1}, LQ_OK},
        {{1u << 20, 8, 2}, LQ_OK},  /* 1 GiB, n r p = 2^24: all of it */
        {{1u << 18, 32, 2}, LQ_OK}, /* the same with the largest r */
        {{1u << 17, 8, 16}, LQ_OK}, /* and with the largest p */
        {{1u << 20, 8, 3}, LQ_ERR_RANGE},
        {{1u << 20, 9, 1}, LQ_ERR_RANGE},
        {{1u << 21, 1, 1}, LQ_ERR_RANGE},
        {{1u << 31, 1, 1}, LQ_ERR_RANGE},
        {{2, 33, 1}, LQ_ERR_RANGE},
        {{2, 1, 17}, LQ_ERR_RANGE},
        {{1u << 31, UINT32_MAX, UINT32_MAX}, LQ_ERR_RANGE},
        {{0, 1, 1}, LQ_ERR_SYNTAX},
        {{1, 1, 1}, LQ_ERR_SYNTAX},
        {{3, 1, 1}, LQ_ERR_SYNTAX},
        {{2, 0, 1}, LQ_ERR_SYNTAX},
        {{2, 1, 0}, LQ_ERR_SYNTAX},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++)
        assert_err(lq_scrypt_cost_check(cases[i].cost, NULL, "x"), cases[i].want);
}

static void refuses_what_is_no_json_object(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[]",
        "3",
        "\"\"",
        "null",
        "{}x",
        "{}{}",
        "{,}",
        "{\"version\":3,\"version\":3}",
        "\xff",
        "{\"a\":\"\\u0000\"}",
        "{'version':3}",
        "\xef\xbb\xbf{}",
        "{\"a\":\x1b[31m}",
    };
    lq_keystore_t store;
    lq_err_msg_t msg;
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        assert_err(lq_keystore_parse(&store, &msg, "a.json", bad[i], strlen(bad[i])),
                   LQ_ERR_SYNTAX);
        assert_says(&msg, "a.json:");
        assert_null(strchr(msg.text, '\x1b')); /* nothing of the file reaches the terminal */
    }
    assert_err(lq_keystore_parse(&store, &msg, "a.json", bad[10], strlen(bad[10])), LQ_ERR_SYNTAX);
    assert_says(&msg, "a.json:1:", "twice");
    /* deep nesting, and a file as long as may be and one longer */
    char *deep = malloc(LQ_KEYSTORE_FILE_MAX + 1);
    assert_non_null(deep);
    memset(deep, '[', LQ_KEYSTORE_FILE_MAX + 1);
    assert_err(lq_keystore_parse(&store, &msg, "a.json", deep, LQ_KEYSTORE_FILE_MAX),
               LQ_ERR_SYNTAX);
    assert_err(lq_keystore_parse(&store, &msg, "a.json", deep, LQ_KEYSTORE_FILE_MAX + 1),
               LQ_ERR_TOO_LONG);
    assert_says(&msg, "a.json", "16384");
    json_t *root = good_json();
    char *text = json_dumps(root, 0);
    memset(deep, ' ', LQ_KEYSTORE_FILE_MAX);
    for (size_t i = 0; text[i]; i++)
        deep[i] = text[i];
    assert_ok(lq_keystore_parse(&store, &msg, "a.json", deep, LQ_KEYSTORE_FILE_MAX));
    free(text);
    free(deep);
    json_decref(root);
}

/* They are JSON, but no int64_t and no double holds them. */
static void calls_a_number_of_any_size_a_cost_too_high(void **state)
{
    (void)state;
    static const char *const numbers[] = {"9223372036854775808", "99999999999999999999",
                                          "-9223372036854775809", "1e999"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(numbers); i++) {
        char text[128];
        lq_keystore_t store;
        lq_keystore_t before;
        lq_err_msg_t msg;
        memset(&store, 0xa5, sizeof(store));
        memcpy(&before, &store, sizeof(before));
        (void)snprintf(text, sizeof(text),
                       "{\"version\":3,\n\"crypto\":{\"kdfparams\":{\"n\":%s}}}", numbers[i]);
        assert_err(lq_keystore_parse(&store, &msg, "a.json", text, strlen(text)), LQ_ERR_RANGE);
        assert_says(&msg, "a.json:2:", "beyond what liqd accepts as a cost");
        assert_memory_equal(&store, &before, sizeof(store));
    }
}

static void reads_what_older_writers_called_crypto(void **state)
{
    (void)state;
    lq_keystore_t store;
    lq_err_msg_t msg;
    json_t *root = good_json();
    assert_int_equal(json_object_set(root, "Crypto", json_object_get(root, "crypto")), 0);
    assert_err(parse_json(&store, &msg, root), LQ_ERR_SYNTAX);
    assert_says(&msg, "crypto is given twice", "Crypto");
    change(root, "crypto", NULL);
    assert_ok(parse_json(&store, NULL, root));
    assert_int_equal(store.mac[0], 0x21);
    assert_int_equal(store.scrypt.p, 8);
    change(root, "Crypto", "[]");
    assert_err(parse_json(&store, &msg, root), LQ_ERR_SYNTAX);
    assert_says(&msg, "a.json: Crypto must be an object");
    json_decref(root);
}

static void encrypts_what_it_decrypts(void **state)
{
    (void)state;
    lq_private_key_t *key;
    lq_secret_t *pass = rig_secret("correct horse");
    assert_ok(lq_private_key_generate(&key, NULL));
    lq_address_t address = lq_private_key_address(key);
    lq_keystore_t stores[2];
    for (size_t i = 0; i < 2; i++) {
        char text[LQ_KEYSTORE_TEXT_MAX];
        lq_keystore_t again;
        lq_private_key_t *got;
        assert_ok(lq_keystore_encrypt(&stores[i], NULL, key, pass, cheap));
        size_t sz = lq_keystore_print(text, &stores[i]);
        assert_int_equal(sz, strlen(text));
        assert_ok(lq_keystore_parse(&again, NULL, "x", text, sz));
        assert_memory_equal(again.mac, stores[i].mac, sizeof(again.mac));
        assert_memory_equal(&again.address, &address, sizeof(address));
        assert_memory_equal(again.id, stores[i].id, sizeof(again.id));
        assert_int_equal(again.id[6] >> 4, 4);
        assert_int_equal(again.id[8] >> 6, 2);
        assert_ok(lq_keystore_decrypt(&got, NULL, "x", &again, pass));
        assert_memory_equal(got->b, key->b, sizeof(key->b));
        lq_private_key_free(got);
    }
    assert_memory_not_equal(stores[0].salt, stores[1].salt, 32);
    assert_memory_not_equal(stores[0].iv, stores[1].iv, 16);
    assert_memory_not_equal(stores[0].id, stores[1].id, 16);
    lq_private_key_free(key);
    lq_secret_free(pass);
}

static void prints_the_largest_numbers(void **state)
{
    (void)state;
    lq_keystore_t store;
    lq_keystore_t again;
    char text[LQ_KEYSTORE_TEXT_MAX];
    memset(&store, 0xff, sizeof(store));
    store.kdf = LQ_KDF_SCRYPT;
    store.has_address = store.has_id = true;
    store.salt_sz = LQ_KEYSTORE_SALT_MAX;
    size_t sz = lq_keystore_print(text, &store);
    assert_err(lq_keystore_parse(&again, NULL, "x", text, sz), LQ_ERR_RANGE);
    store.scrypt = LQ_SCRYPT_COST_DEFAULT;
    sz = lq_keystore_print(text, &store);
    assert_ok(lq_keystore_parse(&again, NULL, "x", text, sz));
    assert_int_equal(again.salt_sz, LQ_KEYSTORE_SALT_MAX);
}

static void refuses_the_wrong_passphrase_and_each_change_of_the_ciphertext(void **state)
{
    (void)state;
    lq_private_key_t *key;
    lq_private_key_t *got = NULL;
    lq_keystore_t store;
    lq_err_msg_t msg;
    lq_secret_t *pass = rig_secret("right");
    lq_secret_t *wrong = rig_secret("wrong");
    assert_ok(lq_private_key_generate(&key, NULL));
    assert_ok(lq_keystore_encrypt(&store, NULL, key, pass, cheap));
    assert_err(lq_keystore_decrypt(&got, &msg, "a.json", &store, wrong), LQ_ERR_PASS);
    assert_says(&msg, "a.json", "passphrase");
    assert_null(strstr(msg.text, "wrong\""));
    for (size_t i = 0; i < 64; i++) {
        lq_keystore_t bad = store;
        (i < 32 ? bad.ciphertext : bad.mac)[i % 32] ^= 1;
        assert_err(lq_keystore_decrypt(&got, &msg, "a.json", &bad, pass), LQ_ERR_PASS);
    }
    assert_null(got);
    lq_secret_free(pass);
    lq_secret_free(wrong);
    lq_private_key_free(key);
}

/* The MAC covers neither the iv nor the address: with either altered it fits. */
static void sees_what_the_mac_does_not_cover(void **state)
{
    (void)state;
    lq_private_key_t *key;
    lq_private_key_t *got = NULL;
    lq_keystore_t store;
    lq_err_msg_t msg;
    char own[LQ_ADDRESS_TEXT_SZ + 1];
    lq_secret_t *pass = rig_secret("p");
    assert_ok(lq_private_key_generate(&key, NULL));
    lq_address_t address = lq_private_key_address(key);
    lq_address_print(own, &address);
    assert_ok(lq_keystore_encrypt(&store, NULL, key, pass, cheap));
    lq_keystore_t bad = store;
    bad.iv[0] ^= 1;
    assert_err(lq_keystore_decrypt(&got, &msg, "a.json", &bad, pass), LQ_ERR_SYNTAX);
    assert_says(&msg, "a.json", own);
    bad = store;
    bad.address.b[0] ^= 1;
    assert_err(lq_keystore_decrypt(&got, &msg, "a.json", &bad, pass), LQ_ERR_SYNTAX);
    assert_says(&msg, "a.json", own, "altered");
    bad.has_address = false;
    assert_ok(lq_keystore_decrypt(&got, &msg, "a.json", &bad, pass));
    lq_private_key_free(got);
    lq_private_key_free(key);
    lq_secret_free(pass);
}

/* The MAC of STORE as its passphrase has it. */
static void remac(lq_keystore_t *store, const char *pass)
{
    uint8_t derived[32 + sizeof(store->ciphertext)];
    assert_ok(lq_scrypt(derived, 32, NULL, (const uint8_t *)pass, strlen(pass), store->salt,
                        store->salt_sz, store->scrypt));
    memcpy(derived + 32, store->ciphertext, sizeof(store->ciphertext));
    lq_keccak256(store->mac, derived + 16, sizeof(derived) - 16);
}

/* A file whose MAC fits and whose content is zero: no key, with or without an address. */
static void refuses_a_plaintext_that_is_no_key(void **state)
{
    (void)state;
    lq_private_key_t *key;
    lq_private_key_t *got = NULL;
    lq_keystore_t store;
    lq_err_msg_t msg;
    lq_secret_t *pass = rig_secret("p");
    assert_ok(lq_private_key_generate(&key, NULL));
    assert_ok(lq_keystore_encrypt(&store, NULL, key, pass, cheap));
    for (size_t i = 0; i < 32; i++)
        store.ciphertext[i] ^= key->b[i]; /* CTR: now it decrypts to zero */
    remac(&store, "p");
    for (int i = 0; i < 2; i++) {
        store.has_address = i;
        assert_err(lq_keystore_decrypt(&got, &msg, "a.json", &store, pass), LQ_ERR_SYNTAX);
        assert_says(&msg, "a.json", "no private key");
    }
    assert_null(got);
    lq_private_key_free(key);
    lq_secret_free(pass);
}

static void refuses_to_encrypt_with_nothing_or_for_too_much(void **state)
{
    (void)state;
    lq_private_key_t *key;
    lq_keystore_t store;
    lq_err_msg_t msg;
    lq_secret_t *empty = rig_secret("");
    lq_secret_t *pass = rig_secret("p");
    assert_ok(lq_private_key_generate(&key, NULL));
    assert_err(lq_keystore_encrypt(&store, &msg, key, empty, cheap), LQ_ERR_INVAL);
    assert_says(&msg, "empty");
    assert_err(lq_keystore_encrypt(&store, &msg, key, pass,
                                   (lq_scrypt_cost_t){.n = 1u << 21, .r = 1, .p = 1}),
               LQ_ERR_RANGE);
    lq_private_key_free(key);
    lq_secret_free(empty);
    lq_secret_free(pass);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decrypts_the_ethereum_tests),
        cmocka_unit_test(parses_every_member),
        cmocka_unit_test(refuses_each_wrong_member_and_names_it),
        cmocka_unit_test(bounds_what_a_stranger_may_have_derived),
        cmocka_unit_test(refuses_what_is_no_json_object),
        cmocka_unit_test(calls_a_number_of_any_size_a_cost_too_high),
        cmocka_unit_test(reads_what_older_writers_called_crypto),
        cmocka_unit_test(encrypts_what_it_decrypts),
        cmocka_unit_test(prints_the_largest_numbers),
        cmocka_unit_test(refuses_the_wrong_passphrase_and_each_change_of_the_ciphertext),
        cmocka_unit_test(sees_what_the_mac_does_not_cover),
        cmocka_unit_test(refuses_a_plaintext_that_is_no_key),
        cmocka_unit_test(refuses_to_encrypt_with_nothing_or_for_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
