#include <string.h>

#include "liqd/codec/json_write.h"
#include "liqd/codec/keccak.h"
#include "ways_internal.h"

#define HEAD "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\""

static char *put_raw(char *out, const ways_raw_t *raw)
{
    memcpy(out, raw->text, raw->sz);
    return out + raw->sz;
}

static char *put_uuid(char *out, const lq_hash_t *hash, uint64_t blk)
{
    out = lq_json_put_text(out, "\"replacementUuid\":\"");
    ways_uuid(out, hash, blk);
    return lq_json_put_text(out + WAYS_UUID_SZ, "\"");
}

void ways_uuid(char out[WAYS_UUID_SZ], const lq_hash_t *hash, uint64_t blk)
{
    static const size_t parts[] = {4, 2, 2, 2, 6};
    uint8_t in[sizeof(hash->b) + sizeof(blk)];
    uint8_t id[LQ_KECCAK_SZ];
    memcpy(in, hash->b, sizeof(hash->b));
    for (size_t i = 0; i < sizeof(blk); i++)
        in[sizeof(hash->b) + i] = (uint8_t)(blk >> (8 * i));
    lq_keccak256(id, in, sizeof(in));
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    for (size_t i = 0, at = 0; i < LQ_ARRAY_CNT(parts); at += parts[i++]) {
        if (i)
            *out++ = '-';
        lq_hex_encode(out, id + at, parts[i]);
        out += 2 * parts[i];
    }
}

size_t ways_private_body(char *out, const ways_raw_t *raw, uint64_t last_blk)
{
    char *at = lq_json_put_text(out, HEAD "eth_sendPrivateTransaction\",\"params\":[{\"tx\":");
    at = put_raw(at, raw);
    if (last_blk) {
        at = lq_json_put_text(at, ",\"maxBlockNumber\":");
        at = lq_json_put_u64(at, last_blk);
    }
    return (size_t)(lq_json_put_text(at, "}]}") - out);
}

size_t ways_bundle_body(char *out, const ways_raw_t *raw, const lq_hash_t *hash, uint64_t blk)
{
    char *at = lq_json_put_text(out, HEAD "eth_sendBundle\",\"params\":[{\"txs\":[");
    at = put_raw(at, raw);
    at = lq_json_put_text(at, "],\"blockNumber\":");
    at = lq_json_put_u64(at, blk);
    at = lq_json_put_text(at, ",");
    at = put_uuid(at, hash, blk);
    return (size_t)(lq_json_put_text(at, "}]}") - out);
}

size_t ways_cancel_private_body(char *out, const lq_hash_t *hash)
{
    char *at =
        lq_json_put_text(out, HEAD "eth_cancelPrivateTransaction\",\"params\":[{\"txHash\":\"0x");
    lq_hex_encode(at, hash->b, sizeof(hash->b));
    return (size_t)(lq_json_put_text(at + 2 * sizeof(hash->b), "\"}]}") - out);
}

size_t ways_cancel_bundle_body(char *out, const lq_hash_t *hash, uint64_t blk)
{
    char *at = lq_json_put_text(out, HEAD "eth_cancelBundle\",\"params\":[{");
    at = put_uuid(at, hash, blk);
    return (size_t)(lq_json_put_text(at, "}]}") - out);
}

size_t lq_ways_question(char out[LQ_WAYS_QUESTION_SZ], lq_way_kind_t kind)
{
    static const lq_hash_t nothing;
    _Static_assert(LQ_WAYS_QUESTION_SZ >= WAYS_BODY_SZ, "room for any of them");
    return kind == LQ_WAY_PRIVATE ? ways_cancel_private_body(out, &nothing)
                                  : ways_cancel_bundle_body(out, &nothing, 0);
}
