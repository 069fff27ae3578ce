#include "liqd/keys/tx.h"

#include "keys_rig.h"
#include "liqd/codec/keccak.h"
#include "liqd/codec/rlp.h"

/* The oracle: RLP built backwards into the end of a buffer, as no writer of ours does it. */
typedef struct oracle {
    uint8_t buf[70000];
    size_t at; /* of the first byte */
} oracle_t;

static void push(oracle_t *o, const void *data, size_t sz)
{
    assert_true(sz <= o->at);
    o->at -= sz;
    if (sz)
        memcpy(o->buf + o->at, data, sz);
}

static void push_head(oracle_t *o, size_t sz, uint8_t small, uint8_t large)
{
    uint8_t byte;
    uint8_t cnt = 0;
    if (sz <= 55) {
        byte = (uint8_t)(small + sz);
    } else {
        for (; sz; sz >>= 8, cnt++) {
            byte = (uint8_t)sz;
            push(o, &byte, 1);
        }
        byte = (uint8_t)(large + cnt);
    }
    push(o, &byte, 1);
}

static void push_string(oracle_t *o, const void *data, size_t sz)
{
    push(o, data, sz);
    if (sz != 1 || *(const uint8_t *)data >= 0x80)
        push_head(o, sz, 0x80, 0xb7);
}

static void push_number(oracle_t *o, const lq_u256_t *v)
{
    uint8_t be[32];
    size_t skip_cnt = 0;
    lq_u256_to_be(be, v);
    while (skip_cnt < 32 && be[skip_cnt] == 0)
        skip_cnt++;
    push_string(o, be + skip_cnt, 32 - skip_cnt);
}

static void push_u64(oracle_t *o, uint64_t v)
{
    lq_u256_t wide = lq_u256_from_u64(v);
    push_number(o, &wide);
}

/* A random transaction and its access list. */
typedef struct sample {
    lq_tx_t tx;
    uint8_t data[2000];
    uint8_t list[4000];
    size_t key_cnt;
    size_t address_cnt;
} sample_t;

static lq_u256_t random_number(lq_rng_t *rng)
{
    lq_u256_t v = {{lq_rng_u64(rng), lq_rng_u64(rng), lq_rng_u64(rng), lq_rng_u64(rng)}};
    return lq_u256_shr(&v, (unsigned)lq_rng_below(rng, 257));
}

static uint64_t random_u64(lq_rng_t *rng)
{
    unsigned bits = (unsigned)lq_rng_below(rng, 65);
    return bits == 64 ? 0 : lq_rng_u64(rng) >> bits;
}

static void random_access_list(sample_t *s, lq_rng_t *rng)
{
    static oracle_t o;
    o.at = sizeof(o.buf);
    size_t end = o.at;
    s->address_cnt = lq_rng_below(rng, 5);
    s->key_cnt = 0;
    for (size_t i = 0; i < s->address_cnt; i++) {
        uint8_t word[32];
        size_t entry_end = o.at;
        size_t cnt = lq_rng_below(rng, 5);
        for (size_t k = 0; k < cnt; k++) {
            lq_rng_bytes(rng, word, sizeof(word));
            push_string(&o, word, 32);
        }
        s->key_cnt += cnt;
        push_head(&o, entry_end - o.at, 0xc0, 0xf7);
        lq_rng_bytes(rng, word, sizeof(word));
        push_string(&o, word, 20);
        push_head(&o, entry_end - o.at, 0xc0, 0xf7);
    }
    push_head(&o, end - o.at, 0xc0, 0xf7);
    s->tx.access_list_sz = end - o.at;
    assert_true(s->tx.access_list_sz <= sizeof(s->list));
    memcpy(s->list, o.buf + o.at, s->tx.access_list_sz);
    s->tx.access_list = s->list;
}

static void random_sample(sample_t *s, lq_rng_t *rng)
{
    memset(s, 0, sizeof(*s));
    lq_tx_t *tx = &s->tx;
    do {
        tx->chain_id = random_u64(rng);
    } while (tx->chain_id == 0 || tx->chain_id > LQ_TX_CHAIN_ID_MAX);
    tx->nonce = random_u64(rng);
    tx->max_priority_fee_per_gas.raw = random_number(rng);
    tx->max_fee_per_gas.raw = random_number(rng);
    tx->gas_limit = random_u64(rng);
    tx->is_create = lq_rng_below(rng, 4) == 0;
    if (!tx->is_create)
        lq_rng_bytes(rng, &tx->to, sizeof(tx->to));
    tx->value.raw = random_number(rng);
    tx->data_sz = lq_rng_below(rng, lq_rng_below(rng, 2) ? 3 : sizeof(s->data) + 1);
    lq_rng_bytes(rng, s->data, tx->data_sz);
    for (size_t i = 0; i < tx->data_sz; i++)
        s->data[i] &= (uint8_t) - (s->data[i] & 1); /* half of them zero */
    tx->data = s->data;
    random_access_list(s, rng);
    if (lq_rng_below(rng, 3) == 0) {
        s->address_cnt = s->key_cnt = 0;
        s->list[0] = 0xc0;
        s->tx.access_list_sz = lq_rng_below(rng, 2); /* empty, said or not */
        s->tx.access_list = s->tx.access_list_sz ? s->list : NULL;
    }
}

/* The transaction as the yellow paper and the EIPs have it: TYPE 0 without EIP-155, 155 with it, 1
   and 2. SIG may be NULL: what is signed. */
static void encode(oracle_t *o, int type, const lq_tx_t *tx, const lq_signature_t *sig)
{
    o->at = sizeof(o->buf);
    if (sig) {
        lq_u256_t r = lq_u256_from_be(sig->r);
        lq_u256_t s = lq_u256_from_be(sig->s);
        push_number(o, &s);
        push_number(o, &r);
        push_u64(o, type == 0     ? 27u + sig->y_parity
                    : type == 155 ? 35 + 2 * tx->chain_id + sig->y_parity
                                  : sig->y_parity);
    } else if (type == 155) {
        push_u64(o, 0);
        push_u64(o, 0);
        push_u64(o, tx->chain_id);
    }
    static const uint8_t empty_list = 0xc0;
    if (type == 1 || type == 2)
        push(o, tx->access_list_sz ? tx->access_list : &empty_list,
             tx->access_list_sz ? tx->access_list_sz : 1);
    push_string(o, tx->data, tx->data_sz);
    push_number(o, &tx->value.raw);
    push_string(o, tx->to.b, tx->is_create ? 0 : 20);
    push_u64(o, tx->gas_limit);
    push_number(o, &tx->max_fee_per_gas.raw);
    if (type == 2)
        push_number(o, &tx->max_priority_fee_per_gas.raw);
    push_u64(o, tx->nonce);
    if (type == 1 || type == 2)
        push_u64(o, tx->chain_id);
    push_head(o, sizeof(o->buf) - o->at, 0xc0, 0xf7);
    uint8_t byte = (uint8_t)type;
    if (type == 1 || type == 2)
        push(o, &byte, 1);
}

static lq_signature_t random_signature(lq_rng_t *rng)
{
    lq_signature_t sig = {.y_parity = (uint8_t)lq_rng_below(rng, 2)};
    lq_u256_t r;
    lq_u256_t s;
    do {
        r = random_number(rng);
        r.w[3] &= INT64_MAX; /* below both bounds */
        s = random_number(rng);
        s.w[3] &= INT64_MAX >> 1;
    } while (lq_u256_is_zero(&r) || lq_u256_is_zero(&s));
    lq_u256_to_be(sig.r, &r);
    lq_u256_to_be(sig.s, &s);
    return sig;
}

static void encodes_as_the_oracle_does(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static oracle_t o;
    static uint8_t raw[sizeof(o.buf)];
    size_t cnt = lq_test_cnt(1000, 300000);
    for (size_t i = 0; i < cnt; i++) {
        sample_t s;
        size_t sz;
        random_sample(&s, &rng);
        lq_signature_t sig = random_signature(&rng);
        encode(&o, 2, &s.tx, NULL);
        assert_ok(lq_tx_encode_unsigned(raw, &sz, sizeof(raw), NULL, &s.tx));
        assert_int_equal(sz, sizeof(o.buf) - o.at);
        assert_memory_equal(raw, o.buf + o.at, sz);
        encode(&o, 2, &s.tx, &sig);
        size_t want_sz = sizeof(o.buf) - o.at;
        assert_ok(lq_tx_encode(raw, &sz, want_sz, NULL, &s.tx, &sig)); /* with no byte to spare */
        assert_int_equal(sz, want_sz);
        assert_memory_equal(raw, o.buf + o.at, sz);
        sz = 77;
        lq_err_msg_t msg;
        assert_err(lq_tx_encode(raw, &sz, want_sz - 1, &msg, &s.tx, &sig), LQ_ERR_FULL);
        assert_int_equal(sz, 77);
    }
}

static void assert_decoded(const lq_tx_decoded_t *d, const sample_t *s, int type,
                           const lq_signature_t *sig)
{
    const lq_tx_t *a = &d->tx;
    const lq_tx_t *b = &s->tx;
    const lq_wei_t *priority = type == 2 ? &b->max_priority_fee_per_gas : &b->max_fee_per_gas;
    static const lq_tx_type_t types[] = {LQ_TX_LEGACY, LQ_TX_EIP2930, LQ_TX_EIP1559};
    assert_int_equal(d->type, type == 155 ? LQ_TX_EIP155 : types[type]);
    assert_int_equal(a->chain_id, type == 0 ? 0 : b->chain_id);
    assert_int_equal(a->nonce, b->nonce);
    assert_int_equal(lq_wei_cmp(&a->max_priority_fee_per_gas, priority), 0);
    assert_int_equal(lq_wei_cmp(&a->max_fee_per_gas, &b->max_fee_per_gas), 0);
    assert_int_equal(a->gas_limit, b->gas_limit);
    assert_int_equal(a->is_create, b->is_create);
    assert_memory_equal(&a->to, &b->to, 20);
    assert_int_equal(lq_wei_cmp(&a->value, &b->value), 0);
    assert_int_equal(a->data_sz, b->data_sz);
    assert_memory_equal(a->data, b->data, b->data_sz);
    assert_memory_equal(d->sig.r, sig->r, 32);
    assert_memory_equal(d->sig.s, sig->s, 32);
    assert_int_equal(d->sig.y_parity, sig->y_parity);
    if (type == 1 || type == 2) {
        uint64_t gas = lq_tx_intrinsic_gas(a);
        uint64_t zero_cnt = 0;
        for (size_t i = 0; i < b->data_sz; i++)
            zero_cnt += b->data[i] == 0;
        assert_int_equal(gas, 21000 + 4 * zero_cnt + 16 * (b->data_sz - zero_cnt) +
                                  2400 * s->address_cnt + 1900 * s->key_cnt +
                                  (b->is_create ? 32000 + 2 * ((b->data_sz + 31) / 32) : 0));
    }
}

static void decodes_what_the_oracle_encodes_and_nothing_shorter(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static oracle_t o;
    static const int types[] = {0, 155, 1, 2};
    size_t cnt = lq_test_cnt(300, 100000);
    for (size_t i = 0; i < cnt; i++) {
        sample_t s;
        random_sample(&s, &rng);
        lq_signature_t sig = random_signature(&rng);
        for (size_t t = 0; t < LQ_ARRAY_CNT(types); t++) {
            lq_tx_decoded_t d;
            lq_tx_decoded_t before;
            encode(&o, types[t], &s.tx, &sig);
            const uint8_t *raw = o.buf + o.at;
            size_t sz = sizeof(o.buf) - o.at;
            assert_ok(lq_tx_decode(&d, NULL, raw, sz));
            assert_decoded(&d, &s, types[t], &sig);
            memcpy(&before, &d, sizeof(d));
            size_t cut = lq_rng_below(&rng, sz);
            assert_int_not_equal(lq_tx_decode(&d, NULL, raw, cut), LQ_OK);
            assert_memory_equal(&d, &before, sizeof(d));
        }
    }
}

/* Whatever the decoder takes, it takes from one form only. */
static void takes_no_second_form_of_a_transaction(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static oracle_t o;
    static uint8_t bad[sizeof(o.buf)];
    static uint8_t again[sizeof(o.buf)];
    size_t cnt = lq_test_cnt(6000, 2000000);
    size_t taken_cnt = 0;
    sample_t s;
    lq_signature_t sig = {0};
    size_t sz = 0;
    for (size_t i = 0; i < cnt; i++) {
        lq_tx_decoded_t d;
        size_t again_sz;
        if (i % 100 == 0) {
            random_sample(&s, &rng);
            sig = random_signature(&rng);
            encode(&o, 2, &s.tx, &sig);
            sz = sizeof(o.buf) - o.at;
        }
        memcpy(bad, o.buf + o.at, sz);
        bad[lq_rng_below(&rng, sz < 60 ? sz : 60)] ^= (uint8_t)(1u << lq_rng_below(&rng, 8));
        lq_err_t err = lq_tx_decode(&d, NULL, bad, sz);
        if (err) {
            assert_true(err == LQ_ERR_SYNTAX || err == LQ_ERR_RANGE);
            continue;
        }
        assert_int_equal(d.type, LQ_TX_EIP1559);
        assert_ok(lq_tx_encode(again, &again_sz, sizeof(again), NULL, &d.tx, &d.sig));
        assert_int_equal(again_sz, sz);
        assert_memory_equal(again, bad, sz);
        taken_cnt++;
    }
    assert_true(taken_cnt > cnt / 100);
}

/* The largest r and s. */
static const char *const words[] = {
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
    "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"};

static lq_signature_t largest_signature(void)
{
    lq_signature_t sig = {.y_parity = 1};
    rig_hex_to(sig.r, 32, words[0]);
    rig_hex_to(sig.s, 32, words[1]);
    return sig;
}

/* The bytes of the list that O holds. */
static size_t list_sz(const oracle_t *o)
{
    const uint8_t *at = o->buf + o->at;
    size_t sz = 0;
    at += at[0] < 0xc0; /* the type */
    if (at[0] < 0xf8)
        return at[0] - 0xc0u;
    for (size_t i = 1; i <= at[0] - 0xf7u; i++)
        sz = sz << 8 | at[i];
    return sz;
}

/* Signs what the oracle says is signed, and recovers. */
static void check_sender(lq_ecdsa_signer_t *signer, int type, const lq_tx_t *tx)
{
    static oracle_t o;
    lq_tx_decoded_t d;
    lq_hash_t digest;
    lq_signature_t sig;
    lq_address_t sender;
    encode(&o, type, tx, NULL);
    lq_keccak256(digest.b, o.buf + o.at, sizeof(o.buf) - o.at);
    lq_ecdsa_sign(signer, &sig, &digest);
    encode(&o, type, tx, &sig);
    assert_ok(lq_tx_decode(&d, NULL, o.buf + o.at, sizeof(o.buf) - o.at));
    assert_ok(lq_tx_sender(&sender, &d));
    assert_memory_equal(&sender, &signer->address, sizeof(sender));
    if (type == 2) {
        static uint8_t raw[sizeof(o.buf)];
        size_t sz;
        assert_ok(lq_tx_encode(raw, &sz, sizeof(raw), NULL, tx, &sig));
        assert_int_equal(sz, sizeof(o.buf) - o.at);
        assert_memory_equal(raw, o.buf + o.at, sz);
    }
}

/* Lists around each length where RLP's header grows, of what is signed and of what is sent. */
static void recovers_the_sender_where_headers_grow(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static oracle_t o;
    static uint8_t data[sizeof(o.buf)];
    static const int types[] = {0, 155, 1, 2};
    static const struct {
        size_t list_sz;
        size_t data_sz; /* about as much, with a header of the right size */
    } borders[] = {{56, 10}, {256, 120}, {65536, 65300}};
    void *memory;
    lq_private_key_t *key = rig_key(words[1]);
    assert_ok(lq_locked_new(&memory, NULL, lq_ecdsa_signer_sz()));
    assert_ok(lq_ecdsa_signer_init(memory, NULL, key));
    lq_rng_bytes(&rng, data, sizeof(data));
    for (size_t i = 0; i < LQ_ARRAY_CNT(borders) * LQ_ARRAY_CNT(types) * 2; i++) {
        int type = types[i % 4];
        size_t border = borders[i / 8].list_sz;
        lq_tx_t tx = {.chain_id = 1 + random_u64(&rng) / 4, .data = data};
        lq_signature_t sig = largest_signature();
        tx.data_sz = borders[i / 8].data_sz;
        encode(&o, type, &tx, i % 8 < 4 ? NULL : &sig);
        size_t other_sz = list_sz(&o) - tx.data_sz;
        for (size_t k = 0; k < 5; k++) {
            tx.data_sz = border + k < other_sz + 2 ? 0 : border + k - other_sz - 2;
            check_sender(memory, type, &tx);
        }
    }
    lq_locked_free(memory);
    lq_private_key_free(key);
}

static lq_err_t decode(lq_err_msg_t *msg, int type, const lq_tx_t *tx, const lq_signature_t *sig)
{
    static oracle_t o;
    lq_tx_decoded_t d;
    encode(&o, type, tx, sig);
    return lq_tx_decode(&d, msg, o.buf + o.at, sizeof(o.buf) - o.at);
}

static void bounds_each_number(void **state)
{
    (void)state;
    lq_tx_t good = {.chain_id = LQ_TX_CHAIN_ID_MAX, .nonce = UINT64_MAX, .gas_limit = UINT64_MAX};
    memset(&good.max_fee_per_gas, 0xff, 32);
    memset(&good.value, 0xff, 32);
    lq_err_msg_t msg;
    static const int types[] = {0, 155, 1, 2};
    for (size_t t = 0; t < LQ_ARRAY_CNT(types); t++) {
        lq_signature_t sig = largest_signature();
        lq_tx_t tx = good;
        assert_ok(decode(&msg, types[t], &tx, &sig));
        sig.r[31]++;
        assert_err(decode(&msg, types[t], &tx, &sig), LQ_ERR_RANGE);
        assert_says(&msg, "transaction: r:");
        memset(sig.r, 0, 32);
        assert_err(decode(&msg, types[t], &tx, &sig), LQ_ERR_RANGE);
        sig = largest_signature();
        sig.s[31]++;
        assert_err(decode(&msg, types[t], &tx, &sig), LQ_ERR_RANGE);
        assert_says(&msg, "transaction: s:");
        memset(sig.s, 0, 32);
        assert_err(decode(&msg, types[t], &tx, &sig), LQ_ERR_RANGE);
        sig = largest_signature();
        sig.y_parity = 2; /* for a chain: the next chain's 0 */
        assert_err(decode(&msg, types[t], &tx, &sig), LQ_ERR_RANGE);
        sig.y_parity = 0;
        for (int bad = 0; bad < 2 && types[t] != 0; bad++) {
            tx.chain_id = bad ? LQ_TX_CHAIN_ID_MAX + 1 : 0;
            assert_err(decode(&msg, types[t], &tx, &sig), LQ_ERR_RANGE);
            assert_says(&msg, "chain id");
        }
    }
}

/* v without EIP-155 is 27 or 28, with it 35 and up. */
static void knows_each_v(void **state)
{
    (void)state;
    lq_signature_t sig = {.r = {[31] = 1}, .s = {[31] = 1}};
    for (unsigned v = 0; v <= 255; v++) {
        lq_tx_t tx = {0};
        lq_tx_decoded_t d;
        static oracle_t o;
        sig.y_parity = (uint8_t)(v - 27);
        encode(&o, 0, &tx, &sig); /* writes 27 + (v - 27) mod 256 */
        if (v < 27) {
            sig.y_parity = (uint8_t)v;
            encode(&o, 2, &tx, &sig);
        }
        lq_err_t err = lq_tx_decode(&d, NULL, o.buf + o.at, sizeof(o.buf) - o.at);
        if (v < 27)
            continue;
        assert_err(err, v == 27 || v == 28 || v >= 37 ? LQ_OK : LQ_ERR_RANGE);
        if (err)
            continue;
        assert_int_equal(d.type, v <= 28 ? LQ_TX_LEGACY : LQ_TX_EIP155);
        assert_int_equal(d.tx.chain_id, v <= 28 ? 0 : (v - 35) / 2);
        assert_int_equal(d.sig.y_parity, v <= 28 ? v - 27 : (v - 35) % 2);
    }
}

static void names_the_field_and_the_offset(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        lq_err_t want;
        const char *field;
        const char *offset;
    } cases[] = {
        {"", LQ_ERR_SYNTAX, "list", "offset 0"},
        {"00", LQ_ERR_RANGE, "type 0x00", "offset 0"},
        {"03c0", LQ_ERR_RANGE, "type 0x03", "offset 0"},
        {"7f", LQ_ERR_RANGE, "type 0x7f", "offset 0"},
        {"80", LQ_ERR_RANGE, "type 0x80", "offset 0"},
        {"02", LQ_ERR_SYNTAX, "list", "offset 1"},
        {"0280", LQ_ERR_SYNTAX, "list", "offset 1"},
        {"02c0", LQ_ERR_SYNTAX, "chain id", "offset 2"},
        {"02c100", LQ_ERR_SYNTAX, "chain id", "offset 2"},
        {"02c001", LQ_ERR_SYNTAX, "end", "offset 2"},
        {"c0", LQ_ERR_SYNTAX, "nonce", "offset 1"},
        {"c180", LQ_ERR_SYNTAX, "gas price", "offset 2"},
        {"02c0c0", LQ_ERR_SYNTAX, "end", "offset 2"},
        /* a destination of 19 bytes */
        {"02d901020304059300000000000000000000000000000000000000", LQ_ERR_SYNTAX, "to", "offset 7"},
        /* an access list that is a string, one of an empty entry, one of a string */
        {"02c9010203040580060780", LQ_ERR_SYNTAX, "access list", "offset 10"},
        {"02ca0102030405800607c1c0", LQ_ERR_SYNTAX, "access list", "offset 12"},
        {"01c901020304800506c180", LQ_ERR_SYNTAX, "access list", "offset 10"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        size_t sz;
        lq_err_msg_t msg;
        lq_tx_decoded_t d;
        uint8_t *raw = rig_hex(&sz, cases[i].raw);
        lq_err_t err = lq_tx_decode(&d, &msg, raw, sz);
        if (err != cases[i].want)
            fail_msg("%s: %s: %s", cases[i].raw, lq_err_name(err), err ? msg.text : "");
        assert_says(&msg, "transaction: ", cases[i].field, cases[i].offset);
        assert_err(lq_tx_decode(&d, NULL, raw, sz), cases[i].want);
        free(raw);
    }
    lq_tx_decoded_t d;
    assert_err(lq_tx_decode(&d, NULL, NULL, 0), LQ_ERR_SYNTAX);
}

static void refuses_malformed_access_lists_when_encoding(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "80",
        "c180",
        "c0c0",
        "c1",
        "c1c0",
        "c2c180",
        "c4c380c080",
        /* a key of 31 bytes, an entry of three items */
        "f836f5940000000000000000000000000000000000000000e09f"
        "00000000000000000000000000000000000000000000000000000000000000",
        "d8d7940000000000000000000000000000000000000000c0c0",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        uint8_t raw[1000];
        size_t sz = 77;
        size_t list_sz;
        lq_err_msg_t msg;
        uint8_t *list = rig_hex(&list_sz, bad[i]);
        lq_signature_t sig = {.r = {1}, .s = {1}};
        lq_tx_t tx = {
            .chain_id = 1, .gas_limit = 10000000, .access_list = list, .access_list_sz = list_sz};
        assert_err(lq_tx_encode_unsigned(raw, &sz, sizeof(raw), &msg, &tx), LQ_ERR_SYNTAX);
        assert_says(&msg, "access list", "offset");
        assert_err(lq_tx_encode(raw, &sz, sizeof(raw), NULL, &tx, &sig), LQ_ERR_SYNTAX);
        assert_err(lq_tx_check(&msg, &tx), LQ_ERR_SYNTAX);
        assert_says(&msg, "access list", "offset");
        assert_true(lq_tx_intrinsic_gas(&tx) >= 21000);
        assert_int_equal(sz, 77);
        free(list);
    }
}

static void checks_what_holds_in_any_state(void **state)
{
    (void)state;
    static uint8_t code[LQ_TX_INITCODE_MAX + 1];
    lq_err_msg_t msg;
    lq_tx_t good = {.chain_id = 1,
                    .nonce = UINT64_MAX - 1,
                    .max_priority_fee_per_gas = {{{5}}},
                    .max_fee_per_gas = {{{5}}},
                    .gas_limit = 21000};
    lq_tx_t tx = good;
    assert_ok(lq_tx_check(&msg, &tx));
    tx.nonce++;
    assert_err(lq_tx_check(&msg, &tx), LQ_ERR_RANGE);
    assert_says(&msg, "nonce");
    tx = good;
    tx.max_priority_fee_per_gas.raw.w[0]++;
    assert_err(lq_tx_check(&msg, &tx), LQ_ERR_RANGE);
    assert_says(&msg, "priority");
    tx = good;
    tx.gas_limit--;
    assert_err(lq_tx_check(&msg, &tx), LQ_ERR_RANGE);
    assert_says(&msg, "20999", "21000");
    /* 2^192 * 2^63 fits, 2^193 * 2^63 does not */
    tx = good;
    tx.gas_limit = 1ull << 63;
    tx.max_fee_per_gas.raw = (lq_u256_t){{0, 0, 0, 1}};
    assert_ok(lq_tx_check(&msg, &tx));
    tx.max_fee_per_gas.raw.w[3] = 2;
    assert_err(lq_tx_check(&msg, &tx), LQ_ERR_RANGE);
    assert_says(&msg, "2^256");
    tx = good;
    tx.is_create = true;
    tx.data = code;
    tx.data_sz = LQ_TX_INITCODE_MAX;
    tx.gas_limit = 21000 + 32000 + 4 * LQ_TX_INITCODE_MAX + 2 * LQ_TX_INITCODE_MAX / 32;
    assert_ok(lq_tx_check(&msg, &tx));
    tx.gas_limit--;
    assert_err(lq_tx_check(&msg, &tx), LQ_ERR_RANGE);
    tx.data_sz++;
    tx.gas_limit += 1000;
    assert_err(lq_tx_check(&msg, &tx), LQ_ERR_RANGE);
    assert_says(&msg, "initcode");
    tx.is_create = false; /* data may be as long as it likes */
    assert_ok(lq_tx_check(&msg, &tx));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_as_the_oracle_does),
        cmocka_unit_test(decodes_what_the_oracle_encodes_and_nothing_shorter),
        cmocka_unit_test(takes_no_second_form_of_a_transaction),
        cmocka_unit_test(recovers_the_sender_where_headers_grow),
        cmocka_unit_test(bounds_each_number),
        cmocka_unit_test(knows_each_v),
        cmocka_unit_test(names_the_field_and_the_offset),
        cmocka_unit_test(refuses_malformed_access_lists_when_encoding),
        cmocka_unit_test(checks_what_holds_in_any_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
