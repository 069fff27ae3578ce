#include <string.h>

#include "tx_internal.h"

/* A list that is begun only where there is a writer. */
static size_t begin(lq_rlp_writer_t *w)
{
    return w ? lq_rlp_put_list(w) : 0;
}

static void end(lq_rlp_writer_t *w, size_t list)
{
    if (w)
        lq_rlp_put_list_end(w, list);
}

/* A string of exactly SZ bytes. */
static lq_err_t copy_bytes(lq_rlp_reader_t *r, lq_rlp_writer_t *w, lq_err_msg_t *msg, size_t sz)
{
    const uint8_t *data;
    size_t data_sz;
    size_t at = lq_rlp_reader_at(r);
    lq_err_t err = lq_rlp_get_bytes(r, &data, &data_sz);
    if (err)
        return err;
    if (data_sz != sz)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "offset %zu: %zu bytes: it needs %zu", at,
                              data_sz, sz);
    if (w)
        lq_rlp_put_bytes(w, data, data_sz);
    return LQ_OK;
}

/* [address, [key, ...]] */
static lq_err_t walk_entry(lq_rlp_reader_t *r, lq_access_cnt_t *cnt, lq_rlp_writer_t *w,
                           lq_err_msg_t *msg)
{
    lq_rlp_reader_t entry;
    lq_rlp_reader_t keys;
    lq_err_t err = lq_rlp_get_list(r, &entry);
    if (err)
        return err;
    size_t entry_list = begin(w);
    err = copy_bytes(&entry, w, msg, sizeof(lq_address_t));
    if (err)
        return err;
    cnt->address_cnt++;
    err = lq_rlp_get_list(&entry, &keys);
    if (err)
        return err;
    size_t key_list = begin(w);
    while (lq_rlp_has_item(&keys)) {
        err = copy_bytes(&keys, w, msg, sizeof(lq_hash_t));
        if (err)
            return err;
        cnt->key_cnt++;
    }
    end(w, key_list);
    end(w, entry_list);
    return lq_rlp_get_end(&entry);
}

lq_err_t lq_access_list_walk(lq_rlp_reader_t *r, lq_access_cnt_t *cnt, lq_rlp_writer_t *w,
                             lq_err_msg_t *msg)
{
    lq_rlp_reader_t list;
    lq_err_t err = lq_rlp_get_list(r, &list);
    size_t out = err ? 0 : begin(w);
    while (!err && lq_rlp_has_item(&list))
        err = walk_entry(&list, cnt, w, msg);
    if (!err)
        end(w, out);
    return err;
}

/* The list is read and written again item by item, so that no other bytes get into what is signed.
 */
static lq_err_t put_access_list(lq_rlp_writer_t *w, lq_err_msg_t *msg, const lq_tx_t *tx)
{
    if (!tx->access_list_sz) {
        lq_rlp_put_list_end(w, lq_rlp_put_list(w));
        return LQ_OK;
    }
    lq_access_cnt_t cnt = {0};
    lq_rlp_reader_t r;
    lq_err_msg_t why;
    lq_rlp_reader_init(&r, &why, tx->access_list, tx->access_list_sz);
    lq_err_t err = lq_access_list_walk(&r, &cnt, w, &why);
    if (!err)
        err = lq_rlp_get_end(&r);
    if (err)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "access list: %s", why.text);
    return LQ_OK;
}

lq_err_t lq_tx_encode_unsigned(uint8_t *out, size_t *out_sz, size_t out_max, lq_err_msg_t *msg,
                               const lq_tx_t *tx)
{
    static const uint8_t type = LQ_TX_TYPE_EIP1559;
    lq_rlp_writer_t w;
    lq_rlp_writer_init(&w, out, out_max);
    lq_rlp_put_bytes(&w, &type, 1); /* a byte below 0x80 is its own encoding */
    size_t list = lq_rlp_put_list(&w);
    lq_rlp_put_u64(&w, tx->chain_id);
    lq_rlp_put_u64(&w, tx->nonce);
    lq_rlp_put_u256(&w, &tx->max_priority_fee_per_gas.raw);
    lq_rlp_put_u256(&w, &tx->max_fee_per_gas.raw);
    lq_rlp_put_u64(&w, tx->gas_limit);
    lq_rlp_put_bytes(&w, tx->to.b, tx->is_create ? 0 : sizeof(tx->to.b));
    lq_rlp_put_u256(&w, &tx->value.raw);
    lq_rlp_put_bytes(&w, tx->data, tx->data_sz);
    lq_err_t err = put_access_list(&w, msg, tx);
    if (err)
        return err;
    lq_rlp_put_list_end(&w, list);
    return lq_rlp_writer_final(&w, out_sz, msg);
}

lq_err_t lq_tx_append_signature(uint8_t *raw, size_t *raw_sz, size_t raw_max, lq_err_msg_t *msg,
                                const lq_signature_t *sig)
{
    uint8_t items[1 + 33 + 33];
    uint8_t header[LQ_RLP_HEADER_MAX];
    size_t items_sz;
    lq_rlp_writer_t w;
    lq_u256_t r = lq_u256_from_be(sig->r);
    lq_u256_t s = lq_u256_from_be(sig->s);
    lq_rlp_writer_init(&w, items, sizeof(items));
    lq_rlp_put_u64(&w, sig->y_parity);
    lq_rlp_put_u256(&w, &r);
    lq_rlp_put_u256(&w, &s);
    lq_err_t err = lq_rlp_writer_final(&w, &items_sz, msg);
    if (err)
        return err;
    size_t old_sz = raw[1] < 0xf8 ? 1 : raw[1] - 0xf7u + 1u; /* of the header */
    size_t body_sz = *raw_sz - 1 - old_sz;
    size_t header_sz = lq_rlp_list_header(header, body_sz + items_sz);
    size_t sz = 1 + header_sz + body_sz + items_sz;
    if (sz > raw_max)
        return lq_err_msg_set(msg, LQ_ERR_FULL,
                              "transaction of %zu bytes: the buffer has room for %zu", sz, raw_max);
    if (header_sz != old_sz)
        memmove(raw + 1 + header_sz, raw + 1 + old_sz, body_sz);
    memcpy(raw + 1, header, header_sz);
    memcpy(raw + 1 + header_sz + body_sz, items, items_sz);
    *raw_sz = sz;
    return LQ_OK;
}

lq_err_t lq_tx_encode(uint8_t *out, size_t *out_sz, size_t out_max, lq_err_msg_t *msg,
                      const lq_tx_t *tx, const lq_signature_t *sig)
{
    size_t sz;
    lq_err_t err = lq_tx_encode_unsigned(out, &sz, out_max, msg, tx);
    if (!err)
        err = lq_tx_append_signature(out, &sz, out_max, msg, sig);
    if (!err)
        *out_sz = sz;
    return err;
}
