#include <float.h>
#include <string.h>

#include "ledger_internal.h"

/* Accounts ahead whose rows, and, these there, whose legs are fetched. */
#define ROWS_AHEAD 16u
#define LEGS_AHEAD 8u

/* ---- lists of segments; numbers plus 1, 0: none ---- */

static void keep_segment(lq_ledger_t *l, ledger_segment_t *segment)
{
    lq_undo_keep(l->undo, segment, sizeof(*segment));
}

static void keep_head(lq_ledger_t *l)
{
    lq_undo_keep(l->undo, l->head, sizeof(*l->head));
}

static unsigned block_cnt(unsigned class)
{
    return (unsigned)(LQ_LEDGER_SEGMENT_SZ / lq_ledger_block_sz(class));
}

static void push_roomy(lq_ledger_t *l, uint32_t number, unsigned class)
{
    ledger_segment_t *segment = &l->segments[number - 1];
    uint32_t first = l->head->class_roomy[class];
    keep_head(l);
    keep_segment(l, segment);
    segment->prev = 0;
    segment->next = first;
    if (first) {
        keep_segment(l, &l->segments[first - 1]);
        l->segments[first - 1].prev = number;
    }
    l->head->class_roomy[class] = number;
}

static void take_from_roomy(lq_ledger_t *l, uint32_t number, unsigned class)
{
    ledger_segment_t *segment = &l->segments[number - 1];
    keep_segment(l, segment);
    if (segment->next) {
        keep_segment(l, &l->segments[segment->next - 1]);
        l->segments[segment->next - 1].prev = segment->prev;
    }
    if (segment->prev) {
        keep_segment(l, &l->segments[segment->prev - 1]);
        l->segments[segment->prev - 1].next = segment->next;
    } else {
        keep_head(l);
        l->head->class_roomy[class] = segment->next;
    }
    segment->prev = 0;
    segment->next = 0;
}

/* Gives CLASS a segment. */
static bool add_segment(lq_ledger_t *l, unsigned class)
{
    ledger_head_t *head = l->head;
    uint32_t number = head->segment_free;
    if (!number && head->segment_cnt == l->segment_max)
        return false;
    keep_head(l);
    if (number)
        head->segment_free = l->segments[number - 1].next;
    else
        number = ++head->segment_cnt;
    push_roomy(l, number, class);
    l->segments[number - 1].class = (uint8_t)(class + 1);
    return true;
}

static void give_segment_back(lq_ledger_t *l, uint32_t number, unsigned class)
{
    ledger_segment_t *segment = &l->segments[number - 1];
    take_from_roomy(l, number, class);
    keep_head(l);
    segment->class = 0;
    segment->next = l->head->segment_free;
    l->head->segment_free = number;
}

/* ---- blocks, named by their first place ---- */

/* The lowest free one of a segment that has one. */
static unsigned lowest_free(const uint64_t *taken)
{
    unsigned word = 0;
    while (taken[word] == UINT64_MAX)
        word++;
    return word * 64 + (unsigned)__builtin_ctzll(~taken[word]);
}

static void flip_taken(lq_ledger_t *l, size_t segment, unsigned block)
{
    uint64_t *word = &l->taken[segment * SEGMENT_WORDS + block / 64];
    lq_undo_keep(l->undo, word, sizeof(*word));
    *word ^= (uint64_t)1 << (block % 64);
}

static void set_owner(lq_ledger_t *l, size_t place, unsigned class, uint32_t owner)
{
    uint32_t *at = &l->owners[lq_ledger_owner_at(place, class)];
    lq_undo_keep(l->undo, at, sizeof(*at));
    *at = owner;
}

static bool take_block(lq_ledger_t *l, size_t *place, unsigned class, uint32_t account)
{
    if (!l->head->class_roomy[class] && !add_segment(l, class))
        return false;
    uint32_t number = l->head->class_roomy[class];
    ledger_segment_t *segment = &l->segments[number - 1];
    unsigned block = lowest_free(&l->taken[(number - 1) * (size_t)SEGMENT_WORDS]);
    flip_taken(l, number - 1, block);
    keep_segment(l, segment);
    if (++segment->used_cnt == block_cnt(class))
        take_from_roomy(l, number, class);
    *place = (number - 1) * (size_t)LQ_LEDGER_SEGMENT_SZ + block * lq_ledger_block_sz(class);
    set_owner(l, *place, class, account + 1);
    return true;
}

/* Its first CNT places are the used ones. */
static void free_block(lq_ledger_t *l, size_t place, unsigned class, size_t cnt)
{
    lq_undo_keep(l->undo, &l->amounts[place], cnt * sizeof(l->amounts[0]));
    memset(&l->amounts[place], 0, cnt * sizeof(l->amounts[0]));
    lq_undo_keep(l->undo, &l->leg_factors[place], cnt * sizeof(l->leg_factors[0]));
    memset(&l->leg_factors[place], 0, cnt * sizeof(l->leg_factors[0]));
    lq_undo_keep(l->undo, &l->approx[place], cnt * sizeof(l->approx[0]));
    memset(&l->approx[place], 0, cnt * sizeof(l->approx[0]));
    set_owner(l, place, class, 0);

    uint32_t number = (uint32_t)(place / LQ_LEDGER_SEGMENT_SZ) + 1;
    ledger_segment_t *segment = &l->segments[number - 1];
    flip_taken(l, number - 1, (unsigned)(place % LQ_LEDGER_SEGMENT_SZ / lq_ledger_block_sz(class)));
    keep_segment(l, segment);
    if (segment->used_cnt-- == block_cnt(class))
        push_roomy(l, number, class);
    if (!segment->used_cnt)
        give_segment_back(l, number, class);
}

/* Moves the CNT legs of ACCOUNT, which has some, to a block of CLASS. */
static bool move(lq_ledger_t *l, uint32_t account, unsigned class, size_t cnt)
{
    ledger_row_t *row = &l->rows[account];
    size_t from = row->block * (size_t)2;
    size_t to;
    if (!take_block(l, &to, class, account))
        return false;
    lq_undo_write(l->undo, &l->amounts[to], &l->amounts[from], cnt * sizeof(l->amounts[0]));
    lq_undo_write(l->undo, &l->leg_factors[to], &l->leg_factors[from],
                  cnt * sizeof(l->leg_factors[0]));
    lq_undo_write(l->undo, &l->approx[to], &l->approx[from], cnt * sizeof(l->approx[0]));
    free_block(l, from, row->class, cnt);
    lq_undo_keep(l->undo, row, sizeof(*row));
    row->block = (uint32_t)(to / 2);
    row->class = (uint8_t) class;
    return true;
}

/* ---- legs ---- */

float lq_ledger_approx(lq_u128_t amount, lq_side_t side)
{
    if (side == LQ_SIDE_IDLE)
        return 0;
    float v = (float)amount;
    if (v > FLT_MAX) /* the largest amounts round to 2^128, 2^-24 above it */
        v = FLT_MAX;
    return side == LQ_SIDE_DEBT ? -v : v;
}

static void store(lq_ledger_t *l, size_t place, uint16_t factor, lq_u128_t amount)
{
    lq_undo_write(l->undo, &l->amounts[place], &amount, sizeof(amount));
    lq_undo_write(l->undo, &l->leg_factors[place], &factor, sizeof(factor));
    float approx = amount ? lq_ledger_approx(amount, (lq_side_t)l->factors[factor].side) : 0;
    lq_undo_write(l->undo, &l->approx[place], &approx, sizeof(approx));
}

/* Which leg of ROW is of FACTOR; its leg_cnt where none is. */
static size_t leg_of(const lq_ledger_t *l, const ledger_row_t *row, uint16_t factor)
{
    const uint16_t *factors = &l->leg_factors[row->block * (size_t)2];
    size_t i = 0;
    while (i < row->leg_cnt && factors[i] != factor)
        i++;
    return i;
}

static lq_err_t add_leg(lq_ledger_t *l, uint32_t account, uint16_t factor, lq_u128_t amount)
{
    ledger_row_t *row = &l->rows[account];
    size_t cnt = row->leg_cnt;
    if (cnt == LQ_LEDGER_LEG_MAX)
        return LQ_ERR_FULL;
    if (!cnt) {
        size_t place;
        if (!take_block(l, &place, 0, account))
            return LQ_ERR_FULL;
        lq_undo_keep(l->undo, row, sizeof(*row));
        row->block = (uint32_t)(place / 2);
    } else if (cnt == lq_ledger_block_sz(row->class) && !move(l, account, row->class + 1u, cnt)) {
        return LQ_ERR_FULL;
    }
    lq_undo_keep(l->undo, row, sizeof(*row));
    row->leg_cnt++;
    store(l, row->block * (size_t)2 + cnt, factor, amount);
    return LQ_OK;
}

static void drop_legs(lq_ledger_t *l, ledger_row_t *row)
{
    free_block(l, row->block * (size_t)2, row->class, row->leg_cnt);
    lq_undo_keep(l->undo, row, sizeof(*row));
    row->block = 0;
    row->leg_cnt = 0;
    row->class = 0;
}

/* The last leg takes the place of the one that goes. A block of half the size is taken where there
   is one; where not, a later change may find one. */
static void drop_leg(lq_ledger_t *l, uint32_t account, size_t i)
{
    ledger_row_t *row = &l->rows[account];
    if (row->leg_cnt == 1) {
        drop_legs(l, row);
        return;
    }
    size_t place = row->block * (size_t)2;
    size_t last = row->leg_cnt - 1u;
    if (i != last)
        store(l, place + i, l->leg_factors[place + last], l->amounts[place + last]);
    store(l, place + last, 0, 0);
    lq_undo_keep(l->undo, row, sizeof(*row));
    row->leg_cnt--;
    if (row->class && last <= lq_ledger_block_sz(row->class - 1u))
        (void)move(l, account, row->class - 1u, last);
}

lq_err_t lq_ledger_set_amount(lq_ledger_t *ledger, uint32_t account, uint16_t factor,
                              lq_u128_t amount)
{
    LQ_ASSERT(account < ledger->head->account_cnt && factor < ledger->head->factor_cnt);
    ledger_row_t *row = &ledger->rows[account];
    LQ_ASSERT(ledger->factors[factor].pool == row->pool);
    size_t i = leg_of(ledger, row, factor);
    if (i == row->leg_cnt) {
        if (!amount)
            return LQ_OK;
        lq_err_t err = add_leg(ledger, account, factor, amount);
        if (err)
            return err;
    } else if (!amount) {
        drop_leg(ledger, account, i);
    } else {
        size_t place = row->block * (size_t)2 + i;
        if (ledger->amounts[place] == amount)
            return LQ_OK;
        store(ledger, place, factor, amount);
    }
    lq_ledger_note_account(ledger, account);
    return LQ_OK;
}

void lq_ledger_clear_legs(lq_ledger_t *ledger, uint32_t account)
{
    LQ_ASSERT(account < ledger->head->account_cnt);
    ledger_row_t *row = &ledger->rows[account];
    if (!row->leg_cnt)
        return;
    drop_legs(ledger, row);
    lq_ledger_note_account(ledger, account);
}

lq_legs_t lq_ledger_legs(const lq_ledger_t *ledger, uint32_t account)
{
    LQ_ASSERT(account < ledger->head->account_cnt);
    const ledger_row_t *row = &ledger->rows[account];
    size_t place = row->block * (size_t)2;
    return (lq_legs_t){.amounts = ledger->amounts + place,
                       .factors = ledger->leg_factors + place,
                       .cnt = row->leg_cnt};
}

void lq_ledger_expect(const lq_ledger_t *ledger, const uint32_t *accounts, size_t cnt)
{
    if (cnt > ROWS_AHEAD) {
        uint32_t account = accounts[ROWS_AHEAD];
        LQ_ASSERT(account < ledger->head->account_cnt);
        __builtin_prefetch(&ledger->rows[account]);
        __builtin_prefetch(&ledger->states[account]);
    }
    if (cnt > LEGS_AHEAD) { /* the row is there by now */
        size_t place = ledger->rows[accounts[LEGS_AHEAD]].block * (size_t)2;
        __builtin_prefetch(&ledger->amounts[place]);
        __builtin_prefetch(&ledger->leg_factors[place]);
    }
}

lq_u128_t lq_ledger_amount(const lq_ledger_t *ledger, uint32_t account, uint16_t factor)
{
    LQ_ASSERT(account < ledger->head->account_cnt);
    const ledger_row_t *row = &ledger->rows[account];
    size_t i = leg_of(ledger, row, factor);
    return i < row->leg_cnt ? ledger->amounts[row->block * (size_t)2 + i] : 0;
}

/* ---- scans ---- */

size_t lq_ledger_segment_cnt(const lq_ledger_t *ledger)
{
    return ledger->head->segment_cnt;
}

lq_leg_blocks_t lq_ledger_blocks(const lq_ledger_t *ledger, size_t segment)
{
    LQ_ASSERT(segment < ledger->head->segment_cnt);
    unsigned class = ledger->segments[segment].class;
    lq_leg_blocks_t blocks = {.approx = ledger->approx + segment * LQ_LEDGER_SEGMENT_SZ,
                              .factors = ledger->leg_factors + segment * LQ_LEDGER_SEGMENT_SZ,
                              .owners = ledger->owners + segment * SEGMENT_BLOCK_MAX,
                              .block_sz = 2};
    if (class) {
        blocks.block_sz = lq_ledger_block_sz(class - 1u);
        blocks.block_cnt = LQ_LEDGER_SEGMENT_SZ / blocks.block_sz;
    }
    return blocks;
}
