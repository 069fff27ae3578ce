#include "watch_internal.h"

#include <string.h>

#include "liqd/chain/decode.h"

/* Makes *SET of the CNT keys of KEY_SZ bytes at KEYS, with the bits of each. Doubled keys keep the
   first. */
static lq_err_t init_set(lq_map_t **set, lq_bloom_bits_t **bits, lq_arena_t *arena,
                         const uint8_t *keys, size_t key_sz, size_t cnt, uint64_t seed)
{
    *set = NULL;
    *bits = NULL;
    if (cnt == 0)
        return LQ_OK;
    if (cnt > LQ_MAP_CAP_MAX)
        return LQ_ERR_RANGE;
    lq_err_t err = lq_map_new(set, arena, key_sz, cnt, seed);
    if (err)
        return err;
    *bits = lq_arena_alloc(arena, cnt * sizeof(**bits), _Alignof(lq_bloom_bits_t));
    if (!*bits)
        return LQ_ERR_NOMEM;
    for (size_t i = 0; i < cnt; i++) {
        (*bits)[i] = lq_bloom_bits(keys + i * key_sz, key_sz);
        err = lq_map_insert(*set, keys + i * key_sz, (uint32_t)i);
        LQ_ASSERT(!err || err == LQ_ERR_EXISTS);
    }
    return LQ_OK;
}

lq_err_t lq_watched_init(lq_watched_t *w, lq_arena_t *arena, const lq_filter_t *filter,
                         uint64_t seed)
{
    lq_watched_t made = {.address_cnt = filter->address_cnt, .topic_cnt = filter->topic_cnt};
    lq_err_t err =
        init_set(&made.addresses, &made.address_bits, arena, (const uint8_t *)filter->addresses,
                 sizeof(lq_address_t), filter->address_cnt, seed);
    if (!err)
        err = init_set(&made.topics, &made.topic_bits, arena, (const uint8_t *)filter->topics,
                       sizeof(lq_hash_t), filter->topic_cnt, seed + 1);
    if (!err)
        *w = made;
    return err;
}

bool lq_watched_has(const lq_watched_t *w, const lq_evm_log_t *log)
{
    uint32_t idx;
    if (w->addresses && lq_map_find(w->addresses, &idx, log->address.b))
        return false;
    return !w->topics || (log->topic_cnt && !lq_map_find(w->topics, &idx, log->topics[0].b));
}

static bool any_bits(const uint8_t bloom[LQ_BLOOM_SZ], const lq_bloom_bits_t *bits, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        if (lq_bloom_has_bits(bloom, &bits[i]))
            return true;
    return cnt == 0;
}

bool lq_watched_may_match(const lq_watched_t *w, const uint8_t bloom[LQ_BLOOM_SZ])
{
    static const uint8_t none[LQ_BLOOM_SZ];
    return memcmp(bloom, none, LQ_BLOOM_SZ) != 0 &&
           any_bits(bloom, w->address_bits, w->address_cnt) &&
           any_bits(bloom, w->topic_bits, w->topic_cnt);
}

bool lq_watched_in_bloom(const lq_watched_t *w, const uint8_t bloom[LQ_BLOOM_SZ],
                         const lq_evm_log_t *log, bool full)
{
    uint32_t idx;
    if (w->addresses && !lq_map_find(w->addresses, &idx, log->address.b)) {
        if (!lq_bloom_has_bits(bloom, &w->address_bits[idx]))
            return false;
    } else if (full && !lq_bloom_has(bloom, log->address.b, sizeof(log->address))) {
        return false;
    }
    for (size_t i = 0; i < log->topic_cnt; i++) {
        if (i == 0 && w->topics && !lq_map_find(w->topics, &idx, log->topics[0].b)) {
            if (!lq_bloom_has_bits(bloom, &w->topic_bits[idx]))
                return false;
        } else if (full && !lq_bloom_has(bloom, log->topics[i].b, sizeof(lq_hash_t))) {
            return false;
        }
    }
    return true;
}
