/* Transactions of the Ethereum tests and of ethers. */

#include "keys_rig.h"
#include "liqd/codec/keccak.h"
#include "liqd/codec/rlp.h"
#include "liqd/keys/address.h"
#include "liqd/keys/tx.h"

#define FOLDER "ethereum-tests/TransactionTests"

/* How far a transaction came. */
typedef enum stage {
    STAGE_SYNTAX,    /* decoding: LQ_ERR_SYNTAX */
    STAGE_RANGE,     /* decoding: LQ_ERR_RANGE */
    STAGE_CHAIN,     /* another chain than 1 */
    STAGE_CHECK,     /* lq_tx_check */
    STAGE_SIGNATURE, /* lq_tx_sender */
    STAGE_VALID,
} stage_t;

static stage_t run(const uint8_t *raw, size_t raw_sz, uint64_t *gas, lq_address_t *sender)
{
    lq_tx_decoded_t d;
    lq_err_msg_t msg = {{0}};
    lq_err_t err = lq_tx_decode(&d, &msg, raw, raw_sz);
    if (err) {
        assert_true(err == LQ_ERR_SYNTAX || err == LQ_ERR_RANGE);
        assert_says(&msg, "transaction: ");
        return err == LQ_ERR_SYNTAX ? STAGE_SYNTAX : STAGE_RANGE;
    }
    *gas = lq_tx_intrinsic_gas(&d.tx);
    if (d.type != LQ_TX_LEGACY && d.tx.chain_id != 1)
        return STAGE_CHAIN;
    if (lq_tx_check(&msg, &d.tx))
        return STAGE_CHECK;
    return lq_tx_sender(sender, &d) ? STAGE_SIGNATURE : STAGE_VALID;
}

/* Where each exception of the tests must stop us: bits by stage. */
typedef struct stop {
    const char *exception; /* behind "TransactionException."; a prefix */
    unsigned stages;
} stop_t;

#define AT(stage) (1u << (stage))
static const stop_t stops[] = {
    {"RLP_", AT(STAGE_SYNTAX) | AT(STAGE_RANGE)},
    {"ADDRESS_TOO_", AT(STAGE_SYNTAX)},
    {"TYPE_NOT_SUPPORTED", AT(STAGE_RANGE)},
    {"INVALID_SIGNATURE_VRS", AT(STAGE_SYNTAX) | AT(STAGE_RANGE)},
    {"INVALID_CHAINID", AT(STAGE_RANGE) | AT(STAGE_CHAIN)},
    {"NONCE_OVERFLOW", AT(STAGE_RANGE)},
    {"GASLIMIT_OVERFLOW", AT(STAGE_SYNTAX) | AT(STAGE_RANGE)}, /* or it has leading zeros as well */
    {"GASPRICE_OVERFLOW", AT(STAGE_RANGE)},
    {"PRIORITY_OVERFLOW", AT(STAGE_RANGE)},
    {"VALUE_OVERFLOW", AT(STAGE_RANGE)},
    {"NONCE_TOO_BIG", AT(STAGE_CHECK)},
    {"INTRINSIC_GAS_TOO_LOW", AT(STAGE_CHECK)},
    {"GASLIMIT_PRICE_PRODUCT_OVERFLOW", AT(STAGE_CHECK)},
    {"PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS", AT(STAGE_CHECK)},
    {"INITCODE_SIZE_EXCEEDED", AT(STAGE_CHECK)},
    {"EC_RECOVERY_FAIL", AT(STAGE_SIGNATURE)},
};

static void check_exception(const char *name, const char *exception, stage_t stage)
{
    const char *point = strchr(exception, '.');
    assert_non_null(point);
    for (size_t i = 0; i < LQ_ARRAY_CNT(stops); i++) {
        if (strncmp(point + 1, stops[i].exception, strlen(stops[i].exception)) != 0)
            continue;
        if (!(stops[i].stages & AT(stage)))
            fail_msg("%s: %s at stage %d", name, exception, (int)stage);
        return;
    }
    fail_msg("%s: %s is new", name, exception);
}

/* One test: what it says of the newest rules in it. */
static bool check_test(const char *name, const json_t *test)
{
    const json_t *result = json_object_get(test, "result");
    const json_t *want = json_object_get(result, "Cancun");
    if (!want)
        want = json_object_get(result, "Shanghai");
    if (!want)
        want = json_object_get(result, "London");
    assert_non_null(want);
    size_t raw_sz;
    uint8_t *raw = rig_hex(&raw_sz, rig_str(test, "txbytes"));
    uint64_t gas = 0;
    lq_address_t sender;
    stage_t stage = run(raw, raw_sz, &gas, &sender);
    const char *exception = rig_str(want, "exception");
    if (exception[0]) {
        check_exception(name, exception, stage);
        free(raw);
        return false;
    }
    if (stage != STAGE_VALID)
        fail_msg("%s stops at stage %d", name, (int)stage);
    lq_address_t want_sender;
    uint8_t want_hash[LQ_KECCAK_SZ];
    uint8_t hash[LQ_KECCAK_SZ];
    rig_hex_to(&want_sender, sizeof(want_sender), rig_str(want, "sender"));
    rig_hex_to(want_hash, sizeof(want_hash), rig_str(want, "hash"));
    lq_keccak256(hash, raw, raw_sz);
    assert_memory_equal(&sender, &want_sender, sizeof(sender));
    assert_memory_equal(hash, want_hash, sizeof(hash));
    assert_int_equal(gas, strtoull(rig_str(want, "intrinsicGas"), NULL, 16));
    free(raw);
    return true;
}

static void decodes_the_ethereum_tests(void **state)
{
    (void)state;
    char root[4096];
    size_t valid_cnt = 0;
    size_t cnt = 0;
    (void)snprintf(root, sizeof(root), "%s", lq_test_vectors(FOLDER));
    DIR *groups = opendir(root);
    assert_non_null(groups);
    for (const struct dirent *g; (g = readdir(groups));) {
        char folder[4400];
        (void)snprintf(folder, sizeof(folder), "%s/%s", root, g->d_name);
        DIR *files = g->d_name[0] == '.' ? NULL : opendir(folder);
        if (!files)
            continue;
        for (const struct dirent *f; (f = readdir(files));) {
            char path[4700];
            const char *name;
            json_t *test;
            if (!strstr(f->d_name, ".json"))
                continue;
            (void)snprintf(path, sizeof(path), "%s/%s", folder, f->d_name);
            json_t *json = rig_json(path);
            json_object_foreach(json, name, test)
            {
                valid_cnt += check_test(name, test);
                cnt++;
            }
            json_decref(json);
        }
        (void)closedir(files);
    }
    (void)closedir(groups);
    print_message("%zu transactions, %zu of them valid\n", cnt, valid_cnt);
    assert_true(cnt >= 210);
    assert_true(valid_cnt >= 30);
}

/* What ethers was given: any number of digits behind "0x", none for zero. */
static lq_u256_t number(const json_t *tx, const char *key)
{
    const json_t *v = json_object_get(tx, key);
    char digits[65] = {0};
    uint8_t bytes[32];
    if (json_is_integer(v))
        return lq_u256_from_u64((uint64_t)json_integer_value(v));
    const char *text = json_string_value(v);
    if (!text)
        return lq_u256_from_u64(0);
    assert_true(strlen(text) >= 2 && strlen(text) <= 66);
    memset(digits, '0', 64);
    memcpy(digits + 66 - strlen(text), text + 2, strlen(text) - 2);
    rig_hex_to(bytes, sizeof(bytes), digits);
    return lq_u256_from_be(bytes);
}

static void put_hex(lq_rlp_writer_t *w, const char *text)
{
    size_t sz;
    uint8_t *bytes = rig_hex(&sz, text);
    lq_rlp_put_bytes(w, bytes, sz);
    free(bytes);
}

static size_t access_list(uint8_t *out, size_t out_max, const json_t *tx)
{
    lq_rlp_writer_t w;
    const json_t *entry;
    const json_t *key;
    size_t i;
    size_t k;
    size_t sz;
    lq_rlp_writer_init(&w, out, out_max);
    size_t list = lq_rlp_put_list(&w);
    json_array_foreach(json_object_get(tx, "accessList"), i, entry)
    {
        size_t pair = lq_rlp_put_list(&w);
        put_hex(&w, rig_str(entry, "address"));
        size_t keys = lq_rlp_put_list(&w);
        json_array_foreach(json_object_get(entry, "storageKeys"), k, key)
            put_hex(&w, json_string_value(key));
        lq_rlp_put_list_end(&w, keys);
        lq_rlp_put_list_end(&w, pair);
    }
    lq_rlp_put_list_end(&w, list);
    assert_ok(lq_rlp_writer_final(&w, &sz, NULL));
    return sz;
}

/* The transaction as ethers was told it, in our fields. */
static lq_tx_t told(const json_t *tx, uint8_t *data, uint8_t *list, size_t list_max)
{
    lq_tx_t out = {0};
    const char *to = rig_str(tx, "to");
    size_t sz;
    lq_u256_t chain = number(tx, "chainId");
    out.chain_id = json_object_get(tx, "chainId") ? chain.w[0] : 1;
    out.nonce = number(tx, "nonce").w[0];
    out.max_priority_fee_per_gas.raw = number(tx, "maxPriorityFeePerGas");
    out.max_fee_per_gas.raw = number(tx, "maxFeePerGas");
    out.gas_limit = number(tx, "gasLimit").w[0];
    out.value.raw = number(tx, "value");
    out.is_create = strlen(to) <= 2;
    if (!out.is_create)
        rig_hex_to(&out.to, sizeof(out.to), to);
    uint8_t *bytes = rig_hex(&sz, rig_str(tx, "data"));
    memcpy(data, bytes, sz);
    free(bytes);
    out.data = data;
    out.data_sz = sz;
    out.access_list = list;
    out.access_list_sz = access_list(list, list_max, tx);
    return out;
}

static void assert_same_tx(const lq_tx_t *a, const lq_tx_t *b)
{
    assert_int_equal(a->chain_id, b->chain_id);
    assert_int_equal(a->nonce, b->nonce);
    assert_int_equal(lq_wei_cmp(&a->max_priority_fee_per_gas, &b->max_priority_fee_per_gas), 0);
    assert_int_equal(lq_wei_cmp(&a->max_fee_per_gas, &b->max_fee_per_gas), 0);
    assert_int_equal(a->gas_limit, b->gas_limit);
    assert_int_equal(a->is_create, b->is_create);
    assert_memory_equal(&a->to, &b->to, sizeof(a->to));
    assert_int_equal(lq_wei_cmp(&a->value, &b->value), 0);
    assert_int_equal(a->data_sz, b->data_sz);
    assert_memory_equal(a->data, b->data, a->data_sz);
}

static void assert_hex(const uint8_t *got, size_t got_sz, const char *want)
{
    size_t sz;
    uint8_t *bytes = rig_hex(&sz, want);
    assert_int_equal(got_sz, sz);
    assert_memory_equal(got, bytes, sz);
    free(bytes);
}

/* Ours of ethers' EIP-1559 transaction: encoded as ethers does, signed as ethers does. */
static void check_london(const json_t *test, const lq_tx_t *tx, lq_ecdsa_signer_t *signer)
{
    uint8_t raw[16384];
    size_t sz;
    lq_hash_t digest;
    lq_signature_t sig;
    assert_ok(lq_tx_encode_unsigned(raw, &sz, sizeof(raw), NULL, tx));
    assert_hex(raw, sz, rig_str(test, "unsignedLondon"));
    lq_keccak256(digest.b, raw, sz);
    lq_ecdsa_sign(signer, &sig, &digest);
    assert_ok(lq_tx_encode(raw, &sz, sizeof(raw), NULL, tx, &sig));
    assert_hex(raw, sz, rig_str(test, "signedLondon"));
}

/* Decodes ethers' transaction of the kind KEY and compares sender and fields. */
static void check_decode(const json_t *test, const char *key, lq_tx_type_t type, lq_tx_t want,
                         const lq_address_t *signer)
{
    lq_tx_decoded_t d;
    lq_address_t sender;
    size_t sz;
    uint8_t *raw = rig_hex(&sz, rig_str(test, key));
    if (want.chain_id == 0 && type != LQ_TX_LEGACY) {
        assert_err(lq_tx_decode(&d, NULL, raw, sz), LQ_ERR_RANGE);
        free(raw);
        return;
    }
    if (type != LQ_TX_EIP1559) {
        lq_wei_t price = {number(json_object_get(test, "transaction"), "gasPrice")};
        want.max_fee_per_gas = price;
        want.max_priority_fee_per_gas = price;
    }
    if (type == LQ_TX_LEGACY)
        want.chain_id = 0;
    assert_ok(lq_tx_decode(&d, NULL, raw, sz));
    assert_int_equal(d.type, type);
    assert_same_tx(&d.tx, &want);
    if (type == LQ_TX_EIP2930 || type == LQ_TX_EIP1559) {
        assert_int_equal(d.tx.access_list_sz, want.access_list_sz);
        assert_memory_equal(d.tx.access_list, want.access_list, want.access_list_sz);
    } else {
        assert_int_equal(d.tx.access_list_sz, 0);
    }
    assert_ok(lq_tx_sender(&sender, &d));
    assert_memory_equal(&sender, signer, sizeof(sender));
    free(raw);
}

static void signs_and_decodes_what_ethers_does(void **state)
{
    (void)state;
    json_t *root = rig_json(lq_test_vectors("ethers-testcases/transaction.json.gz"));
    static uint8_t data[8192];
    static uint8_t list[8192];
    size_t i;
    json_t *test;
    size_t stride = lq_test_cnt(4, 1);
    size_t cnt = 0;
    json_array_foreach(root, i, test)
    {
        if (i % stride)
            continue;
        const json_t *given = json_object_get(test, "transaction");
        lq_tx_t tx = told(given, data, list, sizeof(list));
        lq_private_key_t *key = rig_key(rig_str(test, "privateKey"));
        void *memory;
        assert_ok(lq_locked_new(&memory, NULL, lq_ecdsa_signer_sz()));
        lq_ecdsa_signer_t *signer = memory;
        assert_ok(lq_ecdsa_signer_init(signer, NULL, key));
        check_london(test, &tx, signer);
        check_decode(test, "signedLondon", LQ_TX_EIP1559, tx, &signer->address);
        check_decode(test, "signedBerlin", LQ_TX_EIP2930, tx, &signer->address);
        check_decode(test, "signedLegacy", LQ_TX_LEGACY, tx, &signer->address);
        /* without a chain id its "EIP-155" transactions are for chain 0 */
        lq_tx_t eip155 = tx;
        eip155.chain_id = json_object_get(given, "chainId") ? tx.chain_id : 0;
        check_decode(test, "signedEip155", LQ_TX_EIP155, eip155, &signer->address);
        lq_locked_free(memory);
        lq_private_key_free(key);
        cnt++;
    }
    assert_true(cnt >= 200);
    json_decref(root);
}

static void decodes_the_basic_transactions(void **state)
{
    (void)state;
    json_t *root = rig_json(lq_test_vectors("ethereum-tests/BasicTests/txtest.json"));
    size_t i;
    json_t *test;
    json_array_foreach(root, i, test)
    {
        size_t sz;
        lq_tx_decoded_t d;
        lq_address_t sender;
        uint8_t *raw = rig_hex(&sz, rig_str(test, "signed"));
        lq_private_key_t *key = rig_key(rig_str(test, "key"));
        lq_address_t want = lq_private_key_address(key);
        lq_err_t err = lq_tx_decode(&d, NULL, raw, sz);
        if (err) {
            /* signed before EIP-2, with s in the upper half */
            assert_err(err, LQ_ERR_RANGE);
        } else {
            assert_int_equal(d.type, LQ_TX_LEGACY);
            assert_ok(lq_tx_sender(&sender, &d));
            assert_memory_equal(&sender, &want, sizeof(want));
        }
        lq_private_key_free(key);
        free(raw);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_the_ethereum_tests),
        cmocka_unit_test(signs_and_decodes_what_ethers_does),
        cmocka_unit_test(decodes_the_basic_transactions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
