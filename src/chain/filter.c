#include "liqd/chain/filter.h"

#include <string.h>

#include "liqd/chain/decode.h"
#include "liqd/codec/hex.h"

#define ADDRESS_TEXT_SZ (sizeof("\"0x\",") - 1 + 2 * sizeof(lq_address_t))
#define TOPIC_TEXT_SZ   (sizeof("\"0x\",") - 1 + 2 * sizeof(lq_hash_t))
#define FRAME_TEXT_SZ   (sizeof("\"address\":[],\"topics\":[[]]"))

static bool has_address(const lq_filter_t *filter, const lq_address_t *address)
{
    for (size_t i = 0; i < filter->address_cnt; i++)
        if (memcmp(&filter->addresses[i], address, sizeof(*address)) == 0)
            return true;
    return filter->address_cnt == 0;
}

static bool has_topic(const lq_filter_t *filter, const lq_evm_log_t *log)
{
    for (size_t i = 0; log->topic_cnt && i < filter->topic_cnt; i++)
        if (memcmp(&filter->topics[i], &log->topics[0], sizeof(lq_hash_t)) == 0)
            return true;
    return filter->topic_cnt == 0;
}

bool lq_filter_has(const lq_filter_t *filter, const lq_evm_log_t *log)
{
    return has_address(filter, &log->address) && has_topic(filter, log);
}

static bool may_have_address(const lq_filter_t *filter, const uint8_t bloom[LQ_BLOOM_SZ])
{
    for (size_t i = 0; i < filter->address_cnt; i++)
        if (lq_bloom_has(bloom, filter->addresses[i].b, sizeof(lq_address_t)))
            return true;
    return filter->address_cnt == 0;
}

static bool may_have_topic(const lq_filter_t *filter, const uint8_t bloom[LQ_BLOOM_SZ])
{
    for (size_t i = 0; i < filter->topic_cnt; i++)
        if (lq_bloom_has(bloom, filter->topics[i].b, sizeof(lq_hash_t)))
            return true;
    return filter->topic_cnt == 0;
}

static bool is_empty(const uint8_t bloom[LQ_BLOOM_SZ])
{
    for (size_t i = 0; i < LQ_BLOOM_SZ; i++)
        if (bloom[i])
            return false;
    return true;
}

bool lq_filter_may_match(const lq_filter_t *filter, const uint8_t bloom[LQ_BLOOM_SZ])
{
    /* A block with any log has its address in the bloom, whatever is watched. */
    return !is_empty(bloom) && may_have_address(filter, bloom) && may_have_topic(filter, bloom);
}

size_t lq_filter_text_max(const lq_filter_t *filter)
{
    return FRAME_TEXT_SZ + filter->address_cnt * ADDRESS_TEXT_SZ +
           filter->topic_cnt * TOPIC_TEXT_SZ;
}

/* Where the text goes; AT counts on when MAX is reached. */
typedef struct text {
    char *out;
    size_t at, max;
} text_t;

static void put(text_t *t, const char *s)
{
    size_t sz = strlen(s);
    if (t->at <= t->max && sz <= t->max - t->at)
        memcpy(t->out + t->at, s, sz);
    t->at += sz;
}

static void put_hex(text_t *t, const uint8_t *p, size_t sz)
{
    put(t, "\"0x");
    if (t->at <= t->max && 2 * sz <= t->max - t->at)
        lq_hex_encode(t->out + t->at, p, sz);
    t->at += 2 * sz;
    put(t, "\"");
}

lq_err_t lq_filter_write(char *out, size_t *out_sz, size_t out_max, const lq_filter_t *filter)
{
    text_t t = {out, 0, out_max};
    if (filter->address_cnt) {
        put(&t, "\"address\":[");
        for (size_t i = 0; i < filter->address_cnt; i++) {
            put(&t, i ? "," : "");
            put_hex(&t, filter->addresses[i].b, sizeof(lq_address_t));
        }
        put(&t, "]");
    }
    if (filter->topic_cnt) {
        put(&t, filter->address_cnt ? ",\"topics\":[[" : "\"topics\":[[");
        for (size_t i = 0; i < filter->topic_cnt; i++) {
            put(&t, i ? "," : "");
            put_hex(&t, filter->topics[i].b, sizeof(lq_hash_t));
        }
        put(&t, "]]");
    }
    if (t.at > out_max)
        return LQ_ERR_TOO_LONG;
    *out_sz = t.at;
    return LQ_OK;
}
