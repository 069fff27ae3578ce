#include <string.h>

#include "liqd/base/rng.h"

#include "ledger_internal.h"

/* The index holds no keys: an entry names an account, whose row has them. It is not undone, so it
   may name an account that is there no more, or that belongs to another key by now; both are junk.
   What an account below the count has is never taken away: entries are overwritten only where they
   name an account at or above the count, and the count of an older block, which undoing could
   return to, is not higher. */

enum {
    TAG_BITS_MAX = 16,
    AHEAD = 8 /* accounts whose slots are fetched while one is entered */
};

/* As in base/map.c: strangers choose the keys. */
static LQ_ALWAYS_INLINE uint64_t hash_of(const ledger_index_t *index, uint32_t pool,
                                         const lq_address_t *owner)
{
    uint64_t h = index->mul[0] + index->mul[1] * pool;
    for (size_t i = 0; i < sizeof(owner->b) / 4; i++) {
        uint32_t word;
        memcpy(&word, owner->b + 4 * i, 4);
        h += index->mul[2 + i] * word;
    }
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

static LQ_ALWAYS_INLINE size_t home_of(const ledger_index_t *index, uint64_t hash)
{
    return ((hash >> 32) * (uint64_t)index->slot_cnt) >> 32;
}

static LQ_ALWAYS_INLINE uint32_t tag_of(const ledger_index_t *index, uint64_t hash)
{
    uint32_t tag = (uint32_t)hash & (uint32_t)((1u << (32 - index->row_bits)) - 1);
    return (tag ? tag : 1) << index->row_bits;
}

static LQ_ALWAYS_INLINE size_t next_of(const ledger_index_t *index, size_t at)
{
    return at + 1 == index->slot_cnt ? 0 : at + 1;
}

static LQ_ALWAYS_INLINE uint32_t row_of(const ledger_index_t *index, uint32_t slot)
{
    return slot & (uint32_t)((1u << index->row_bits) - 1);
}

static bool is_of(const ledger_row_t *row, uint32_t pool, const lq_address_t *owner)
{
    return row->pool == pool && memcmp(row->owner.b, owner->b, sizeof(owner->b)) == 0;
}

size_t lq_ledger_index_slots(size_t account_max)
{
    return account_max + account_max * 3 / 8 + 8;
}

void lq_ledger_index_init(ledger_index_t *index, uint32_t *slots, size_t account_max, uint64_t seed)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, seed);
    for (size_t i = 0; i < LQ_ARRAY_CNT(index->mul); i++)
        index->mul[i] = lq_rng_u64(&rng);
    index->slots = slots;
    index->slot_cnt = lq_ledger_index_slots(account_max);
    index->used_max = index->slot_cnt - index->slot_cnt / 8;
    index->row_bits = 32 - TAG_BITS_MAX;
    while (((size_t)1 << index->row_bits) < account_max)
        index->row_bits++;
    lq_ledger_index_clear(index);
}

void lq_ledger_index_clear(ledger_index_t *index)
{
    memset(index->slots, 0, index->slot_cnt * sizeof(index->slots[0]));
    index->used_cnt = 0;
}

uint32_t lq_ledger_index_find(const lq_ledger_t *ledger, uint32_t pool, const lq_address_t *owner)
{
    const ledger_index_t *index = &ledger->index;
    uint64_t hash = hash_of(index, pool, owner);
    uint32_t tag = tag_of(index, hash);
    for (size_t at = home_of(index, hash); index->slots[at]; at = next_of(index, at)) {
        uint32_t row = row_of(index, index->slots[at]);
        if (index->slots[at] - row == tag && row < ledger->head->account_cnt &&
            is_of(&ledger->rows[row], pool, owner))
            return row;
    }
    return LQ_LEDGER_NONE;
}

void lq_ledger_index_put(lq_ledger_t *ledger, uint32_t pool, const lq_address_t *owner)
{
    ledger_index_t *index = &ledger->index;
    if (LQ_UNLIKELY(index->used_cnt == index->used_max) && lq_ledger_index_rebuild(ledger) != LQ_OK)
        LQ_BUG("ledger: an account is there twice");
    uint64_t hash = hash_of(index, pool, owner);
    uint32_t row = ledger->head->account_cnt;
    size_t at = home_of(index, hash);
    while (index->slots[at] && row_of(index, index->slots[at]) < row)
        at = next_of(index, at);
    index->used_cnt += !index->slots[at];
    index->slots[at] = tag_of(index, hash) | row;
}

static lq_err_t enter(lq_ledger_t *ledger, uint32_t account, uint64_t hash)
{
    ledger_index_t *index = &ledger->index;
    const ledger_row_t *row = &ledger->rows[account];
    uint32_t tag = tag_of(index, hash);
    size_t at = home_of(index, hash);
    for (; index->slots[at]; at = next_of(index, at)) {
        uint32_t other = row_of(index, index->slots[at]);
        if (index->slots[at] - other == tag && is_of(&ledger->rows[other], row->pool, &row->owner))
            return LQ_ERR_EXISTS;
    }
    index->slots[at] = tag | account;
    index->used_cnt++;
    return LQ_OK;
}

lq_err_t lq_ledger_index_rebuild(lq_ledger_t *ledger)
{
    ledger_index_t *index = &ledger->index;
    size_t cnt = ledger->head->account_cnt;
    uint64_t hashes[AHEAD];
    lq_ledger_index_clear(index);
    for (size_t i = 0; i < cnt + AHEAD; i++) {
        if (i >= AHEAD) {
            lq_err_t err = enter(ledger, (uint32_t)(i - AHEAD), hashes[i % AHEAD]);
            if (err)
                return err;
        }
        if (i < cnt) {
            hashes[i % AHEAD] = hash_of(index, ledger->rows[i].pool, &ledger->rows[i].owner);
            __builtin_prefetch(&index->slots[home_of(index, hashes[i % AHEAD])], 1);
        }
    }
    return LQ_OK;
}
