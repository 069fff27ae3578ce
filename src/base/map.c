#include "liqd/base/map.h"

#include <stdbool.h>
#include <string.h>

#include "liqd/base/fetch.h"
#include "liqd/base/rng.h"

#include "map_internal.h"

#define KEY_WORDS_MAX 8

/* A slot of a map from KEY_SZ bytes takes slot_sz(KEY_SZ); 20-byte keys pay 4 bytes of padding so
   that no slot lies across two cache lines. */
typedef struct slot {
    uint32_t tag; /* upper half of the hash with its lowest bit set; 0 where the slot is free */
    uint32_t value;
    uint8_t key[];
} slot_t;

struct lq_map {
    uint64_t mul[1 + KEY_WORDS_MAX];
    size_t key_sz;
    size_t cap;
    size_t cnt;
    size_t slot_cnt;
    _Alignas(LQ_CACHE_LINE_SZ) uint8_t slots[];
};

/* Everything below that takes KEY_SZ is inlined into the public functions with both constants. */

static LQ_ALWAYS_INLINE size_t slot_sz(size_t key_sz)
{
    return (sizeof(slot_t) + key_sz + 7) & ~(size_t)7;
}

static LQ_ALWAYS_INLINE slot_t *slot_at(const lq_map_t *map, size_t idx, size_t key_sz)
{
    return (slot_t *)(void *)((uint8_t *)map->slots + idx * slot_sz(key_sz));
}

static LQ_ALWAYS_INLINE uint32_t tag_of(const lq_map_t *map, const uint8_t *key, size_t key_sz)
{
    uint64_t h = map->mul[0];
    for (size_t i = 0; i < key_sz / 4; i++) {
        uint32_t word;
        memcpy(&word, key + 4 * i, 4);
        h += map->mul[1 + i] * word;
    }
    /* The finaliser of splitmix64, but for its last step, which leaves the upper half as it is. */
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(h >> 32) | 1;
}

/* Scaled, not masked, so that the slots are as many as asked for and no power of two. */
static LQ_ALWAYS_INLINE size_t home_of(const lq_map_t *map, uint32_t tag)
{
    return (tag * (uint64_t)map->slot_cnt) >> 32;
}

static LQ_ALWAYS_INLINE size_t next_of(const lq_map_t *map, size_t idx)
{
    return idx + 1 == map->slot_cnt ? 0 : idx + 1;
}

static LQ_ALWAYS_INLINE size_t distance(const lq_map_t *map, size_t from, size_t to)
{
    return to >= from ? to - from : to + map->slot_cnt - from;
}

/* Returns the slot that holds KEY, else the free one where it would be put. Ends, since the
   capacity leaves a third of the slots free, and at least one. */
static LQ_ALWAYS_INLINE slot_t *locate(const lq_map_t *map, size_t *idx, uint32_t tag,
                                       const uint8_t *key, size_t key_sz)
{
    for (*idx = home_of(map, tag);; *idx = next_of(map, *idx)) {
        slot_t *slot = slot_at(map, *idx, key_sz);
        if (!slot->tag || (slot->tag == tag && memcmp(slot->key, key, key_sz) == 0))
            return slot;
    }
}

static LQ_ALWAYS_INLINE lq_err_t find(const lq_map_t *map, uint32_t *value, const uint8_t *key,
                                      size_t key_sz)
{
    size_t idx;
    const slot_t *slot = locate(map, &idx, tag_of(map, key, key_sz), key, key_sz);
    if (!slot->tag)
        return LQ_ERR_NOT_FOUND;
    *value = slot->value;
    return LQ_OK;
}

static LQ_ALWAYS_INLINE lq_err_t put(lq_map_t *map, const uint8_t *key, uint32_t value,
                                     bool overwrite, size_t key_sz)
{
    size_t idx;
    uint32_t tag = tag_of(map, key, key_sz);
    slot_t *slot = locate(map, &idx, tag, key, key_sz);
    if (slot->tag) {
        if (!overwrite)
            return LQ_ERR_EXISTS;
        slot->value = value;
        return LQ_OK;
    }
    if (map->cnt == map->cap)
        return LQ_ERR_FULL;
    map->cnt++;
    slot->tag = tag;
    slot->value = value;
    memcpy(slot->key, key, key_sz);
    return LQ_OK;
}

/* Closes the hole by moving back, up to the next free slot, each entry that the hole would hide
   from a search: one whose home does not lie behind the hole. */
static LQ_ALWAYS_INLINE lq_err_t take_out(lq_map_t *map, const uint8_t *key, size_t key_sz)
{
    size_t hole_idx;
    slot_t *hole = locate(map, &hole_idx, tag_of(map, key, key_sz), key, key_sz);
    if (!hole->tag)
        return LQ_ERR_NOT_FOUND;
    for (size_t idx = next_of(map, hole_idx);; idx = next_of(map, idx)) {
        slot_t *slot = slot_at(map, idx, key_sz);
        if (!slot->tag)
            break;
        if (distance(map, home_of(map, slot->tag), idx) < distance(map, hole_idx, idx))
            continue;
        memcpy(hole, slot, slot_sz(key_sz));
        hole = slot;
        hole_idx = idx;
    }
    hole->tag = 0;
    map->cnt--;
    return LQ_OK;
}

lq_err_t lq_map_new(lq_map_t **map, lq_arena_t *arena, size_t key_sz, size_t cap, uint64_t seed)
{
    LQ_ASSERT(key_sz == 20 || key_sz == 32);
    if (!cap || cap > LQ_MAP_CAP_MAX)
        return LQ_ERR_RANGE;
    size_t slot_cnt = cap + (cap + 1) / 2;
    lq_map_t *made =
        lq_arena_alloc(arena, sizeof(*made) + slot_cnt * slot_sz(key_sz), LQ_CACHE_LINE_SZ);
    if (!made)
        return LQ_ERR_NOMEM;
    *made = (lq_map_t){.key_sz = key_sz, .cap = cap, .slot_cnt = slot_cnt};
    lq_rng_t rng;
    lq_rng_seed(&rng, seed);
    for (size_t i = 0; i < LQ_ARRAY_CNT(made->mul); i++)
        made->mul[i] = lq_rng_u64(&rng);
    lq_map_clear(made);
    *map = made;
    return LQ_OK;
}

lq_err_t lq_map_find(const lq_map_t *map, uint32_t *value, const uint8_t *key)
{
    return map->key_sz == 20 ? find(map, value, key, 20) : find(map, value, key, 32);
}

lq_err_t lq_map_insert(lq_map_t *map, const uint8_t *key, uint32_t value)
{
    return map->key_sz == 20 ? put(map, key, value, false, 20) : put(map, key, value, false, 32);
}

lq_err_t lq_map_upsert(lq_map_t *map, const uint8_t *key, uint32_t value)
{
    return map->key_sz == 20 ? put(map, key, value, true, 20) : put(map, key, value, true, 32);
}

lq_err_t lq_map_remove(lq_map_t *map, const uint8_t *key)
{
    return map->key_sz == 20 ? take_out(map, key, 20) : take_out(map, key, 32);
}

void lq_map_warm(const lq_map_t *map)
{
    lq_fetch(map, sizeof(*map));
}

size_t lq_map_cnt(const lq_map_t *map)
{
    return map->cnt;
}

void lq_map_clear(lq_map_t *map)
{
    memset(map->slots, 0, map->slot_cnt * slot_sz(map->key_sz));
    map->cnt = 0;
}

size_t lq_map_home_idx(const lq_map_t *map, const uint8_t *key)
{
    return home_of(map, tag_of(map, key, map->key_sz));
}

size_t lq_map_probe_cnt(const lq_map_t *map, const uint8_t *key)
{
    size_t idx;
    (void)locate(map, &idx, tag_of(map, key, map->key_sz), key, map->key_sz);
    return distance(map, lq_map_home_idx(map, key), idx) + 1;
}
