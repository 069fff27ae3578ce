#include "liqd/protocol/ledger.h"

#include <float.h>
#include <string.h>

#include "ledger_internal.h"

/* ---- making ---- */

static size_t segment_max(const lq_ledger_config_t *c)
{
    return (c->leg_max + LQ_LEDGER_SEGMENT_SZ - 1) / LQ_LEDGER_SEGMENT_SZ + LQ_LEDGER_CLASS_CNT - 1;
}

static size_t words(size_t bits)
{
    return (bits + 63) / 64;
}

enum {
    PIECE_CNT = 12,
    LIST_READY_CNT = 16384 /* accounts that a list takes without touching a page first */
};

/* Sizes of the pieces, in the order in which lq_ledger_new takes them. */

static void piece_sizes(size_t out[PIECE_CNT], const lq_ledger_config_t *c)
{
    size_t segments = segment_max(c);
    size_t places = segments * LQ_LEDGER_SEGMENT_SZ;
    const size_t sizes[PIECE_CNT] = {
        sizeof(ledger_head_t),
        c->pool_max * sizeof(lq_ledger_pool_t),
        c->factor_max * sizeof(lq_factor_t),
        c->factor_max * sizeof(lq_factor_value_t),
        c->account_max * sizeof(ledger_row_t),
        c->account_max,
        segments * sizeof(ledger_segment_t),
        segments * SEGMENT_WORDS * sizeof(uint64_t),
        places * sizeof(lq_u128_t),
        places * sizeof(uint16_t),
        places * sizeof(float),
        segments * SEGMENT_BLOCK_MAX * sizeof(uint32_t),
    };
    memcpy(out, sizes, sizeof(sizes));
}

size_t lq_ledger_state_sz(const lq_ledger_config_t *config)
{
    size_t sizes[PIECE_CNT];
    piece_sizes(sizes, config);
    size_t sum = 0;
    for (size_t i = 0; i < PIECE_CNT; i++)
        sum += ((sizes[i] + LQ_UNDO_LINE_SZ - 1) / LQ_UNDO_LINE_SZ + 1) * LQ_UNDO_LINE_SZ;
    return sum;
}

/* One allocation: the struct, then what is of 8 bytes, of 4, of 2; the list of accounts last, whose
   pages cost nothing before it is that long. */
size_t lq_ledger_arena_sz(const lq_ledger_config_t *c)
{
    return sizeof(lq_ledger_t) + (words(c->account_max) + words(c->factor_max)) * sizeof(uint64_t) +
           (lq_ledger_index_slots(c->account_max) + c->account_max) * sizeof(uint32_t) +
           (c->factor_max + 1) / 2 * sizeof(uint32_t);
}

static bool in_range(const lq_ledger_config_t *c)
{
    return c->account_max && c->account_max <= LQ_LEDGER_ACCOUNT_MAX && c->leg_max &&
           c->leg_max <= LQ_LEDGER_PLACE_MAX && c->pool_max &&
           c->pool_max <= LQ_LEDGER_ACCOUNT_MAX && c->factor_max &&
           c->factor_max <= LQ_LEDGER_FACTOR_MAX;
}

static lq_err_t take_pieces(lq_ledger_t *l, const lq_ledger_config_t *c)
{
    size_t sizes[PIECE_CNT];
    void *pieces[PIECE_CNT];
    piece_sizes(sizes, c);
    for (size_t i = 0; i < PIECE_CNT; i++) {
        pieces[i] = lq_undo_alloc(l->undo, sizes[i]);
        if (!pieces[i])
            return LQ_ERR_NOMEM;
    }
    l->head = pieces[0];
    l->pools = pieces[1];
    l->factors = pieces[2];
    l->values = pieces[3];
    l->rows = pieces[4];
    l->states = pieces[5];
    l->segments = pieces[6];
    l->taken = pieces[7];
    l->amounts = pieces[8];
    l->leg_factors = pieces[9];
    l->approx = pieces[10];
    l->owners = pieces[11];
    return LQ_OK;
}

lq_err_t lq_ledger_new(lq_ledger_t **ledger, lq_arena_t *arena, lq_undo_t *undo,
                       const lq_ledger_config_t *config)
{
    if (!in_range(config))
        return LQ_ERR_RANGE;
    lq_arena_mark_t start = lq_arena_mark(arena);
    uint8_t *mem = lq_arena_alloc(arena, lq_ledger_arena_sz(config), LQ_CACHE_LINE_SZ);
    if (!mem)
        return LQ_ERR_NOMEM;
    lq_ledger_t *l = (lq_ledger_t *)(void *)mem;
    *l = (lq_ledger_t){.undo = undo,
                       .account_max = config->account_max,
                       .pool_max = config->pool_max,
                       .factor_max = config->factor_max,
                       .segment_max = segment_max(config)};
    if (take_pieces(l, config) != LQ_OK) {
        lq_arena_rewind(arena, start);
        return LQ_ERR_NOMEM;
    }
    l->account_listed = (uint64_t *)(void *)(mem + sizeof(*l));
    l->factor_listed = l->account_listed + words(config->account_max);
    uint32_t *slots = (uint32_t *)(void *)(l->factor_listed + words(config->factor_max));
    size_t slot_cnt = lq_ledger_index_slots(config->account_max);
    l->changed_factors = (uint16_t *)(void *)(slots + slot_cnt);
    l->changed_accounts = slots + slot_cnt + (config->factor_max + 1) / 2;
    size_t ready = config->account_max < LIST_READY_CNT ? config->account_max : LIST_READY_CNT;
    memset(mem + sizeof(*l), 0,
           (size_t)((uint8_t *)(l->changed_accounts + ready) - mem) - sizeof(*l));
    lq_ledger_index_init(&l->index, slots, config->account_max, config->seed);
    *ledger = l;
    return LQ_OK;
}

void lq_ledger_clear(lq_ledger_t *ledger)
{
    if (lq_undo_depth(ledger->undo))
        LQ_BUG("ledger: cleared while a block is kept");
    lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
    size_t cnt = lq_ledger_pieces(ledger, pieces);
    for (size_t i = 0; i < cnt; i++)
        memset(pieces[i].data, 0, pieces[i].max);
    size_t places = ledger->segment_max * LQ_LEDGER_SEGMENT_SZ;
    memset(ledger->taken, 0, ledger->segment_max * SEGMENT_WORDS * sizeof(ledger->taken[0]));
    memset(ledger->approx, 0, places * sizeof(ledger->approx[0]));
    memset(ledger->owners, 0, ledger->segment_max * SEGMENT_BLOCK_MAX * sizeof(uint32_t));
    lq_ledger_index_clear(&ledger->index);
    ledger->change_cnt = 0;
    lq_ledger_settled(ledger);
}

/* ---- what changed ---- */

/* Undoing a block takes back the count of the state alone. */
static void check_lists(const lq_ledger_t *ledger)
{
    if ((ledger->changed_account_cnt || ledger->changed_factor_cnt) &&
        ledger->change_cnt != ledger->head->change_cnt)
        LQ_BUG("ledger: a block was undone while changes were listed");
}

static void count_change(lq_ledger_t *ledger)
{
    check_lists(ledger);
    lq_undo_keep(ledger->undo, &ledger->head->change_cnt, sizeof(ledger->head->change_cnt));
    ledger->change_cnt = ++ledger->head->change_cnt;
}

static bool mark(uint64_t *bits, size_t i)
{
    uint64_t bit = (uint64_t)1 << (i % 64);
    if (bits[i / 64] & bit)
        return false;
    bits[i / 64] |= bit;
    return true;
}

void lq_ledger_note_account(lq_ledger_t *ledger, uint32_t account)
{
    count_change(ledger);
    if (mark(ledger->account_listed, account))
        ledger->changed_accounts[ledger->changed_account_cnt++] = account;
}

static void note_factor(lq_ledger_t *ledger, uint16_t factor)
{
    count_change(ledger);
    if (mark(ledger->factor_listed, factor))
        ledger->changed_factors[ledger->changed_factor_cnt++] = factor;
}

const uint32_t *lq_ledger_changed_accounts(const lq_ledger_t *ledger, size_t *cnt)
{
    check_lists(ledger);
    *cnt = ledger->changed_account_cnt;
    return ledger->changed_accounts;
}

const uint16_t *lq_ledger_changed_factors(const lq_ledger_t *ledger, size_t *cnt)
{
    check_lists(ledger);
    *cnt = ledger->changed_factor_cnt;
    return ledger->changed_factors;
}

void lq_ledger_settled(lq_ledger_t *ledger)
{
    for (size_t i = 0; i < ledger->changed_account_cnt; i++)
        ledger->account_listed[ledger->changed_accounts[i] / 64] = 0;
    for (size_t i = 0; i < ledger->changed_factor_cnt; i++)
        ledger->factor_listed[ledger->changed_factors[i] / 64] = 0;
    ledger->changed_account_cnt = 0;
    ledger->changed_factor_cnt = 0;
}

/* ---- pools and factors ---- */

lq_err_t lq_ledger_add_pool(lq_ledger_t *ledger, uint32_t *pool, lq_ledger_pool_t ref)
{
    ledger_head_t *head = ledger->head;
    if (head->pool_cnt == ledger->pool_max)
        return LQ_ERR_FULL;
    lq_undo_write(ledger->undo, &ledger->pools[head->pool_cnt], &ref, sizeof(ref));
    lq_undo_keep(ledger->undo, &head->pool_cnt, sizeof(head->pool_cnt));
    *pool = head->pool_cnt++;
    return LQ_OK;
}

size_t lq_ledger_pool_cnt(const lq_ledger_t *ledger)
{
    return ledger->head->pool_cnt;
}

lq_ledger_pool_t lq_ledger_pool(const lq_ledger_t *ledger, uint32_t pool)
{
    LQ_ASSERT(pool < ledger->head->pool_cnt);
    return ledger->pools[pool];
}

/* A NaN has many forms, and the state must not depend on who made it. */
static void store_value(lq_ledger_t *ledger, uint16_t factor, const lq_factor_value_t *v)
{
    static const double unknown = __builtin_nan("");
    lq_factor_value_t *to = &ledger->values[factor];
    lq_undo_keep(ledger->undo, to, sizeof(*to));
    to->value = v->value == v->value ? v->value + 0.0 : unknown;
    to->amount_loss = v->amount_loss + 0.0f;
    to->value_loss = v->value_loss + 0.0f;
    to->health_loss = v->health_loss + 0.0f;
    note_factor(ledger, factor);
}

lq_err_t lq_ledger_add_factor(lq_ledger_t *ledger, uint16_t *factor, const lq_factor_t *about)
{
    ledger_head_t *head = ledger->head;
    LQ_ASSERT(about->pool < head->pool_cnt && about->side <= LQ_SIDE_DEBT);
    if (head->factor_cnt == ledger->factor_max)
        return LQ_ERR_FULL;
    uint16_t at = (uint16_t)head->factor_cnt;
    lq_undo_write(ledger->undo, &ledger->factors[at], about, sizeof(*about));
    lq_undo_keep(ledger->undo, &head->factor_cnt, sizeof(head->factor_cnt));
    head->factor_cnt++;
    store_value(ledger, at,
                &(lq_factor_value_t){.value = about->side == LQ_SIDE_IDLE ? 0 : __builtin_nan("")});
    *factor = at;
    return LQ_OK;
}

size_t lq_ledger_factor_cnt(const lq_ledger_t *ledger)
{
    return ledger->head->factor_cnt;
}

const lq_factor_t *lq_ledger_factor(const lq_ledger_t *ledger, uint16_t factor)
{
    LQ_ASSERT(factor < ledger->head->factor_cnt);
    return &ledger->factors[factor];
}

const lq_factor_value_t *lq_ledger_value(const lq_ledger_t *ledger, uint16_t factor)
{
    LQ_ASSERT(factor < ledger->head->factor_cnt);
    return &ledger->values[factor];
}

bool lq_ledger_is_value(const lq_factor_value_t *v, lq_side_t side)
{
    bool known = v->value == v->value;
    if (side == LQ_SIDE_IDLE && !(v->value == 0))
        return false;
    return (!known || (v->value >= 0 && v->value <= DBL_MAX)) && v->amount_loss >= 0 &&
           v->amount_loss <= FLT_MAX && v->value_loss >= 0 && v->value_loss <= FLT_MAX &&
           v->health_loss >= 0 && v->health_loss < 1;
}

void lq_ledger_set_value(lq_ledger_t *ledger, uint16_t factor, const lq_factor_value_t *value)
{
    const lq_factor_value_t *old = lq_ledger_value(ledger, factor);
    if (!lq_ledger_is_value(value, (lq_side_t)ledger->factors[factor].side))
        LQ_BUG("ledger: %g, losses %g %g %g, is no value of factor %u", value->value,
               (double)value->amount_loss, (double)value->value_loss, (double)value->health_loss,
               factor);
    bool both_unknown = old->value != old->value && value->value != value->value;
    if ((old->value == value->value || both_unknown) && old->amount_loss == value->amount_loss &&
        old->value_loss == value->value_loss && old->health_loss == value->health_loss) {
        if (!both_unknown && ledger->factors[factor].side != LQ_SIDE_IDLE)
            note_factor(ledger, factor);
        return;
    }
    store_value(ledger, factor, value);
}

/* ---- accounts ---- */

lq_err_t lq_ledger_find(const lq_ledger_t *ledger, uint32_t *account, uint32_t pool,
                        const lq_address_t *owner)
{
    uint32_t found = lq_ledger_index_find(ledger, pool, owner);
    if (found == LQ_LEDGER_NONE)
        return LQ_ERR_NOT_FOUND;
    *account = found;
    return LQ_OK;
}

lq_err_t lq_ledger_add(lq_ledger_t *ledger, uint32_t *account, uint32_t pool,
                       const lq_address_t *owner)
{
    ledger_head_t *head = ledger->head;
    LQ_ASSERT(pool < head->pool_cnt);
    if (lq_ledger_index_find(ledger, pool, owner) != LQ_LEDGER_NONE)
        return LQ_ERR_EXISTS;
    if (head->account_cnt == ledger->account_max)
        return LQ_ERR_FULL;
    lq_ledger_index_put(ledger, pool, owner);
    uint32_t at = head->account_cnt;
    const ledger_row_t row = {.owner = *owner, .pool = pool};
    lq_undo_write(ledger->undo, &ledger->rows[at], &row, sizeof(row));
    lq_undo_keep(ledger->undo, head, sizeof(*head));
    head->account_cnt++;
    head->state_cnt[LQ_ACCOUNT_UNKNOWN]++; /* whose byte is 0, and so is that behind the last */
    lq_ledger_note_account(ledger, at);
    *account = at;
    return LQ_OK;
}

size_t lq_ledger_cnt(const lq_ledger_t *ledger)
{
    return ledger->head->account_cnt;
}

lq_account_t lq_ledger_account(const lq_ledger_t *ledger, uint32_t account)
{
    LQ_ASSERT(account < ledger->head->account_cnt);
    const ledger_row_t *row = &ledger->rows[account];
    return (lq_account_t){.owner = row->owner,
                          .pool = row->pool,
                          .category = row->category,
                          .state = ledger->states[account],
                          .leg_cnt = row->leg_cnt};
}

void lq_ledger_set_state(lq_ledger_t *ledger, uint32_t account, lq_account_state_t state)
{
    ledger_head_t *head = ledger->head;
    LQ_ASSERT(account < head->account_cnt && (unsigned)state < LEDGER_STATE_CNT);
    uint8_t *at = &ledger->states[account];
    if (*at == (uint8_t)state)
        return;
    lq_undo_keep(ledger->undo, head->state_cnt, sizeof(head->state_cnt));
    head->state_cnt[*at]--;
    head->state_cnt[state]++;
    lq_undo_keep(ledger->undo, at, 1);
    *at = (uint8_t)state;
    lq_ledger_note_account(ledger, account);
}

void lq_ledger_set_category(lq_ledger_t *ledger, uint32_t account, uint8_t category)
{
    LQ_ASSERT(account < ledger->head->account_cnt);
    uint8_t *at = &ledger->rows[account].category;
    if (*at == category)
        return;
    lq_undo_keep(ledger->undo, at, 1);
    *at = category;
    lq_ledger_note_account(ledger, account);
}

size_t lq_ledger_state_cnt(const lq_ledger_t *ledger, lq_account_state_t state)
{
    LQ_ASSERT((unsigned)state < LEDGER_STATE_CNT);
    return ledger->head->state_cnt[state];
}

uint32_t lq_ledger_next_in_state(const lq_ledger_t *ledger, lq_account_state_t state, uint32_t from)
{
    size_t cnt = ledger->head->account_cnt;
    if (from >= cnt || !lq_ledger_state_cnt(ledger, state))
        return LQ_LEDGER_NONE;
    const uint8_t *at = memchr(ledger->states + from, (int)state, cnt - from);
    return at ? (uint32_t)(at - ledger->states) : LQ_LEDGER_NONE;
}
