#include "ledger_internal.h"

/* What is in the pieces is all that the rest follows from. What came from a file may say anything:
   each number is compared before it is used. */

size_t lq_ledger_pieces(lq_ledger_t *l, lq_undo_piece_t out[LQ_LEDGER_PIECE_MAX])
{
    const ledger_head_t *head = l->head;
    size_t places = head->segment_cnt * (size_t)LQ_LEDGER_SEGMENT_SZ;
    size_t places_max = l->segment_max * LQ_LEDGER_SEGMENT_SZ;
#define PIECE(array, cnt, max)                                          \
    {                                                                   \
        (array), (cnt) * sizeof((array)[0]), (max) * sizeof((array)[0]) \
    }
    const lq_undo_piece_t pieces[] = {
        PIECE(l->head, (size_t)1, (size_t)1),
        PIECE(l->pools, head->pool_cnt, l->pool_max),
        PIECE(l->factors, head->factor_cnt, l->factor_max),
        PIECE(l->values, head->factor_cnt, l->factor_max),
        PIECE(l->rows, head->account_cnt, l->account_max),
        PIECE(l->states, head->account_cnt, l->account_max),
        PIECE(l->segments, head->segment_cnt, l->segment_max),
        PIECE(l->amounts, places, places_max),
        PIECE(l->leg_factors, places, places_max),
    };
#undef PIECE
    _Static_assert(LQ_ARRAY_CNT(pieces) <= LQ_LEDGER_PIECE_MAX, "as promised");
    for (size_t i = 0; i < LQ_ARRAY_CNT(pieces); i++)
        out[i] = pieces[i];
    return LQ_ARRAY_CNT(pieces);
}

static bool counts_fit(const lq_ledger_t *l)
{
    const ledger_head_t *head = l->head;
    uint64_t sum = 0;
    for (size_t i = 0; i < LEDGER_STATE_CNT; i++)
        sum += head->state_cnt[i];
    return head->account_cnt <= l->account_max && head->pool_cnt <= l->pool_max &&
           head->factor_cnt <= l->factor_max && head->segment_cnt <= l->segment_max &&
           head->segment_free <= head->segment_cnt && head->zero == 0 && sum == head->account_cnt;
}

static bool factors_fit(const lq_ledger_t *l)
{
    for (size_t i = 0; i < l->head->factor_cnt; i++)
        if (l->factors[i].pool >= l->head->pool_cnt || l->factors[i].side > LQ_SIDE_DEBT ||
            !lq_ledger_is_value(&l->values[i], (lq_side_t)l->factors[i].side))
            return false;
    return true;
}

/* ---- segments ---- */

static bool is_roomy(const ledger_segment_t *segment)
{
    return segment->class &&
           segment->used_cnt < LQ_LEDGER_SEGMENT_SZ / lq_ledger_block_sz(segment->class - 1u);
}

/* A walk ends: each comes from the one it names as its previous, so none is met twice. */
static bool walk_roomy(const lq_ledger_t *l, unsigned class, size_t *cnt)
{
    uint32_t prev = 0;
    for (uint32_t at = l->head->class_roomy[class]; at; at = l->segments[at - 1].next) {
        if (at > l->head->segment_cnt)
            return false;
        const ledger_segment_t *segment = &l->segments[at - 1];
        if (segment->class != class + 1 || segment->prev != prev || !is_roomy(segment))
            return false;
        prev = at;
        ++*cnt;
    }
    return true;
}

static bool segments_fit(const lq_ledger_t *l)
{
    size_t cnt = l->head->segment_cnt;
    size_t listed = 0;
    size_t free_cnt = 0;
    for (size_t i = 0; i < cnt; i++) {
        const ledger_segment_t *segment = &l->segments[i];
        uint8_t zero = 0;
        for (size_t k = 0; k < sizeof(segment->zero); k++)
            zero |= segment->zero[k];
        if (segment->class > LQ_LEDGER_CLASS_CNT || zero ||
            (segment->class != 0) != (segment->used_cnt != 0))
            return false;
        if (segment->class && !is_roomy(segment) && (segment->prev || segment->next))
            return false;
        if (!segment->class && segment->prev)
            return false;
        listed += is_roomy(segment);
        free_cnt += !segment->class;
    }
    for (unsigned class = 0; class < LQ_LEDGER_CLASS_CNT; class ++) {
        size_t walked = 0;
        if (!walk_roomy(l, class, &walked))
            return false;
        listed -= walked; /* each stands in one list alone */
    }
    if (listed)
        return false;
    uint32_t at = l->head->segment_free;
    for (; at && free_cnt; at = l->segments[at - 1].next, free_cnt--)
        if (at > cnt || l->segments[at - 1].class)
            return false;
    return !at && !free_cnt;
}

/* ---- accounts ---- */

static bool legs_fit(lq_ledger_t *l, const ledger_row_t *row, size_t place)
{
    const uint16_t *factors = &l->leg_factors[place];
    for (size_t i = 0; i < row->leg_cnt; i++) {
        if (!l->amounts[place + i] || factors[i] >= l->head->factor_cnt ||
            l->factors[factors[i]].pool != row->pool)
            return false;
        for (size_t k = 0; k < i; k++)
            if (factors[k] == factors[i])
                return false;
        l->approx[place + i] =
            lq_ledger_approx(l->amounts[place + i], (lq_side_t)l->factors[factors[i]].side);
    }
    for (size_t i = row->leg_cnt; i < lq_ledger_block_sz(row->class); i++)
        if (l->amounts[place + i] || factors[i])
            return false;
    return true;
}

/* Takes the block that the row names. */
static bool block_fits(lq_ledger_t *l, uint32_t account)
{
    const ledger_row_t *row = &l->rows[account];
    if (!row->leg_cnt)
        return !row->block && !row->class;
    if (row->class >= LQ_LEDGER_CLASS_CNT || row->leg_cnt > lq_ledger_block_sz(row->class))
        return false;
    size_t place = row->block * (size_t)2;
    size_t segment = place / LQ_LEDGER_SEGMENT_SZ;
    if (segment >= l->head->segment_cnt || l->segments[segment].class != row->class + 1 ||
        place % lq_ledger_block_sz(row->class))
        return false;
    uint32_t *owner = &l->owners[lq_ledger_owner_at(place, row->class)];
    if (*owner)
        return false;
    *owner = account + 1;
    size_t block = place % LQ_LEDGER_SEGMENT_SZ / lq_ledger_block_sz(row->class);
    l->taken[segment * SEGMENT_WORDS + block / 64] |= (uint64_t)1 << (block % 64);
    return legs_fit(l, row, place);
}

static bool accounts_fit(lq_ledger_t *l)
{
    size_t state_cnt[LEDGER_STATE_CNT] = {0};
    for (uint32_t i = 0; i < l->head->account_cnt; i++) {
        if (l->states[i] >= LEDGER_STATE_CNT || l->rows[i].pool >= l->head->pool_cnt ||
            !block_fits(l, i))
            return false;
        state_cnt[l->states[i]]++;
    }
    for (size_t i = 0; i < LEDGER_STATE_CNT; i++)
        if (state_cnt[i] != l->head->state_cnt[i])
            return false;
    return true;
}

/* ---- what belongs to nobody ---- */

static bool is_zero(const lq_ledger_t *l, size_t place, size_t cnt)
{
    lq_u128_t amounts = 0;
    unsigned factors = 0;
    for (size_t i = place; i < place + cnt; i++) {
        amounts |= l->amounts[i];
        factors |= l->leg_factors[i];
    }
    return !amounts && !factors;
}

static bool rest_fits(const lq_ledger_t *l)
{
    for (size_t i = 0; i < l->head->segment_cnt; i++) {
        const ledger_segment_t *segment = &l->segments[i];
        size_t place = i * LQ_LEDGER_SEGMENT_SZ;
        if (!segment->class) {
            if (!is_zero(l, place, LQ_LEDGER_SEGMENT_SZ))
                return false;
            continue;
        }
        size_t sz = lq_ledger_block_sz(segment->class - 1u);
        size_t used = 0;
        for (size_t block = 0; block < LQ_LEDGER_SEGMENT_SZ / sz; block++) {
            bool taken = l->owners[i * SEGMENT_BLOCK_MAX + block] != 0;
            used += taken;
            if (!taken && !is_zero(l, place + block * sz, sz))
                return false;
        }
        if (used != segment->used_cnt)
            return false;
    }
    return true;
}

lq_err_t lq_ledger_restored(lq_ledger_t *l)
{
    if (lq_undo_depth(l->undo))
        LQ_BUG("ledger: restored while a block is kept");
    lq_ledger_settled(l);
    if (!counts_fit(l) || !factors_fit(l) || !segments_fit(l) || !accounts_fit(l) ||
        !rest_fits(l) || lq_ledger_index_rebuild(l) != LQ_OK)
        return LQ_ERR_RANGE;
    l->change_cnt = l->head->change_cnt;
    return LQ_OK;
}
