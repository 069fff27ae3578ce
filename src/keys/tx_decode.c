#include <inttypes.h>
#include <string.h>

#include "ecdsa_internal.h"
#include "liqd/codec/keccak.h"
#include "tx_internal.h"

/* The order n of secp256k1 and floor(n / 2). @src SEC 2 v2, section 2.4.1 */
static const lq_u256_t order = {
    {0xbfd25e8cd0364141u, 0xbaaedce6af48a03bu, 0xfffffffffffffffeu, 0xffffffffffffffffu}};
static const lq_u256_t half_order = {
    {0xdfe92f46681b20a0u, 0x5d576e7357a4501du, 0xffffffffffffffffu, 0x7fffffffffffffffu}};

/* A transaction under way. */
typedef struct decoder {
    lq_tx_decoded_t d;
    const uint8_t *raw;
    lq_rlp_reader_t list; /* behind the field read last */
    lq_err_msg_t why;     /* of that reader: has the offset, but no field */
    lq_err_msg_t *msg;    /* the caller's */
} decoder_t;

static lq_err_t name(const decoder_t *c, lq_err_t err, const char *field)
{
    if (!err)
        return LQ_OK;
    return lq_err_msg_set(c->msg, err == LQ_ERR_EMPTY ? LQ_ERR_SYNTAX : err, "transaction: %s: %s",
                          field, c->why.text);
}

static lq_err_t get_to(decoder_t *c)
{
    const uint8_t *to;
    size_t to_sz;
    lq_tx_t *tx = &c->d.tx;
    size_t at = lq_rlp_reader_at(&c->list);
    lq_err_t err = lq_rlp_get_bytes(&c->list, &to, &to_sz);
    if (err)
        return err;
    if (to_sz != 0 && to_sz != sizeof(tx->to.b))
        return lq_err_msg_set(&c->why, LQ_ERR_SYNTAX,
                              "offset %zu: %zu bytes: an address has 20, a creation 0", at, to_sz);
    tx->is_create = to_sz == 0;
    memcpy(tx->to.b, to, to_sz);
    return LQ_OK;
}

static lq_err_t get_access_list(decoder_t *c)
{
    lq_access_cnt_t cnt = {0};
    size_t at = lq_rlp_reader_at(&c->list);
    lq_err_t err = lq_access_list_walk(&c->list, &cnt, NULL, &c->why);
    c->d.tx.access_list = c->raw + at;
    c->d.tx.access_list_sz = lq_rlp_reader_at(&c->list) - at;
    return err;
}

/* A field of the list: its place in lq_tx_t is told by its name alone. */
typedef enum field {
    FIELD_CHAIN_ID,
    FIELD_NONCE,
    FIELD_PRIORITY_FEE,
    FIELD_FEE,
    FIELD_GAS_PRICE,
    FIELD_GAS_LIMIT,
    FIELD_TO,
    FIELD_VALUE,
    FIELD_DATA,
    FIELD_ACCESS_LIST,
    FIELD_END,
} field_t;

static const char *const field_names[] = {
    "chain id", "nonce", "max priority fee", "max fee", "gas price", "gas limit", "to",
    "value",    "data",  "access list"};

static const field_t legacy_fields[] = {FIELD_NONCE, FIELD_GAS_PRICE, FIELD_GAS_LIMIT, FIELD_TO,
                                        FIELD_VALUE, FIELD_DATA,      FIELD_END};
static const field_t eip2930_fields[] = {FIELD_CHAIN_ID,  FIELD_NONCE,       FIELD_GAS_PRICE,
                                         FIELD_GAS_LIMIT, FIELD_TO,          FIELD_VALUE,
                                         FIELD_DATA,      FIELD_ACCESS_LIST, FIELD_END};
static const field_t eip1559_fields[] = {
    FIELD_CHAIN_ID, FIELD_NONCE, FIELD_PRIORITY_FEE, FIELD_FEE,         FIELD_GAS_LIMIT,
    FIELD_TO,       FIELD_VALUE, FIELD_DATA,         FIELD_ACCESS_LIST, FIELD_END};

static lq_err_t get_field(decoder_t *c, field_t field)
{
    lq_rlp_reader_t *r = &c->list;
    lq_tx_t *tx = &c->d.tx;
    lq_err_t err = LQ_ERR_INVAL;
    switch (field) {
    case FIELD_CHAIN_ID:
        return lq_rlp_get_u64(r, &tx->chain_id);
    case FIELD_NONCE:
        return lq_rlp_get_u64(r, &tx->nonce);
    case FIELD_PRIORITY_FEE:
        return lq_rlp_get_u256(r, &tx->max_priority_fee_per_gas.raw);
    case FIELD_FEE:
        return lq_rlp_get_u256(r, &tx->max_fee_per_gas.raw);
    case FIELD_GAS_PRICE:
        err = lq_rlp_get_u256(r, &tx->max_fee_per_gas.raw);
        tx->max_priority_fee_per_gas = tx->max_fee_per_gas;
        return err;
    case FIELD_GAS_LIMIT:
        return lq_rlp_get_u64(r, &tx->gas_limit);
    case FIELD_TO:
        return get_to(c);
    case FIELD_VALUE:
        return lq_rlp_get_u256(r, &tx->value.raw);
    case FIELD_DATA:
        return lq_rlp_get_bytes(r, &tx->data, &tx->data_sz);
    case FIELD_ACCESS_LIST:
        return get_access_list(c);
    case FIELD_END:
        break;
    }
    return err;
}

/* The chain id and the parity that v means. @src EIP-155 */
static lq_err_t read_v(lq_tx_decoded_t *d, lq_err_msg_t *msg, uint64_t v)
{
    if (d->type != LQ_TX_LEGACY) {
        if (v > 1)
            return lq_err_msg_set(msg, LQ_ERR_RANGE,
                                  "transaction: y_parity %" PRIu64 ": it is 0 or 1", v);
        d->sig.y_parity = (uint8_t)v;
    } else if (v == 27 || v == 28) {
        d->sig.y_parity = (uint8_t)(v - 27);
        return LQ_OK;
    } else if (v >= 35) {
        d->type = LQ_TX_EIP155;
        d->tx.chain_id = (v - 35) / 2;
        d->sig.y_parity = (uint8_t)((v - 35) % 2);
    } else {
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "transaction: v %" PRIu64
                              ": it is 27, 28, or 35 plus twice a chain id plus a parity",
                              v);
    }
    if (d->tx.chain_id == 0 || d->tx.chain_id > LQ_TX_CHAIN_ID_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "transaction: chain id %" PRIu64 ": it is 1 to %" PRIu64,
                              d->tx.chain_id, LQ_TX_CHAIN_ID_MAX);
    return LQ_OK;
}

static lq_err_t get_signature(decoder_t *c)
{
    uint64_t v;
    lq_u256_t r;
    lq_u256_t s;
    lq_err_t err = name(c, lq_rlp_get_u64(&c->list, &v), "v");
    if (!err)
        err = name(c, lq_rlp_get_u256(&c->list, &r), "r");
    if (!err)
        err = name(c, lq_rlp_get_u256(&c->list, &s), "s");
    if (!err)
        err = name(c, lq_rlp_get_end(&c->list), "end");
    if (!err)
        err = read_v(&c->d, c->msg, v);
    if (err)
        return err;
    if (lq_u256_is_zero(&r) || !lq_u256_lt(&r, &order))
        return lq_err_msg_set(c->msg, LQ_ERR_RANGE,
                              "transaction: r: it is from 1 to the order of secp256k1 less 1");
    if (lq_u256_is_zero(&s) || lq_u256_lt(&half_order, &s))
        return lq_err_msg_set(c->msg, LQ_ERR_RANGE,
                              "transaction: s: it is from 1 to half the order of secp256k1");
    lq_u256_to_be(c->d.sig.r, &r);
    lq_u256_to_be(c->d.sig.s, &s);
    return LQ_OK;
}

/* The list behind the type byte: the fields, then the signature. */
static lq_err_t decode_list(decoder_t *c, lq_rlp_reader_t *all, const field_t *fields)
{
    lq_err_t err = name(c, lq_rlp_get_list(all, &c->list), "list");
    if (!err)
        err = name(c, lq_rlp_get_end(all), "end");
    if (err)
        return err;
    size_t begin = lq_rlp_reader_at(&c->list);
    for (; *fields != FIELD_END; fields++) {
        err = name(c, get_field(c, *fields), field_names[*fields]);
        if (err)
            return err;
    }
    c->d.signed_items = c->raw + begin;
    c->d.signed_items_sz = lq_rlp_reader_at(&c->list) - begin;
    return get_signature(c);
}

/* The type byte reads as an item of its own, so that offsets count from it. */
static lq_err_t get_type(decoder_t *c, lq_rlp_reader_t *all)
{
    uint64_t type;
    if (c->raw[0] != LQ_TX_TYPE_EIP2930 && c->raw[0] != LQ_TX_TYPE_EIP1559)
        return lq_err_msg_set(c->msg, LQ_ERR_RANGE,
                              "transaction: offset 0: type 0x%02x: only 1, 2 and legacy ones are "
                              "decoded",
                              c->raw[0]);
    lq_err_t err = name(c, lq_rlp_get_u64(all, &type), "type");
    if (!err)
        c->d.type = type == LQ_TX_TYPE_EIP1559 ? LQ_TX_EIP1559 : LQ_TX_EIP2930;
    return err;
}

lq_err_t lq_tx_decode(lq_tx_decoded_t *out, lq_err_msg_t *msg, const uint8_t *raw, size_t raw_sz)
{
    static const field_t *const fields[] = {[LQ_TX_LEGACY] = legacy_fields,
                                            [LQ_TX_EIP2930] = eip2930_fields,
                                            [LQ_TX_EIP1559] = eip1559_fields};
    decoder_t c = {.d = {.type = LQ_TX_LEGACY}, .raw = raw, .msg = msg};
    lq_rlp_reader_t all;
    lq_err_t err = LQ_OK;
    lq_rlp_reader_init(&all, &c.why, raw, raw_sz);
    if (lq_rlp_has_item(&all) && !lq_rlp_has_list(&all))
        err = get_type(&c, &all);
    if (!err)
        err = decode_list(&c, &all, fields[c.d.type]);
    if (!err)
        *out = c.d;
    return err;
}

/* The hash that was signed. The items stand in the raw bytes as they were signed; only the header
   before them differs, and behind them EIP-155 has [chain_id, 0, 0]. */
static lq_hash_t digest(const lq_tx_decoded_t *d)
{
    uint8_t header[LQ_RLP_HEADER_MAX];
    uint8_t suffix[9 + 2];
    size_t suffix_sz = 0;
    uint8_t type = d->type == LQ_TX_EIP1559 ? LQ_TX_TYPE_EIP1559 : LQ_TX_TYPE_EIP2930;
    bool is_typed = d->type == LQ_TX_EIP1559 || d->type == LQ_TX_EIP2930;
    lq_keccak_t keccak;
    lq_hash_t out;
    if (d->type == LQ_TX_EIP155) {
        lq_rlp_writer_t w;
        lq_rlp_writer_init(&w, suffix, sizeof(suffix));
        lq_rlp_put_u64(&w, d->tx.chain_id);
        lq_rlp_put_u64(&w, 0);
        lq_rlp_put_u64(&w, 0);
        LQ_ASSERT(lq_rlp_writer_final(&w, &suffix_sz, NULL) == LQ_OK);
    }
    lq_keccak_init(&keccak);
    lq_keccak_absorb(&keccak, &type, is_typed);
    lq_keccak_absorb(&keccak, header, lq_rlp_list_header(header, d->signed_items_sz + suffix_sz));
    lq_keccak_absorb(&keccak, d->signed_items, d->signed_items_sz);
    lq_keccak_absorb(&keccak, suffix, suffix_sz);
    lq_keccak_final(&keccak, out.b);
    return out;
}

lq_err_t lq_tx_sender(lq_address_t *out, const lq_tx_decoded_t *d)
{
    lq_hash_t hash = digest(d);
    return lq_ecdsa_recover(out, &hash, &d->sig);
}
