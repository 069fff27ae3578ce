#include "prefilter_internal.h"

#include <assert.h>

#include "liqd/base/compiler.h"

/* s L of the proof, and where the table's values end: products with amounts of 1 and more are then
   normal numbers. */
#define SCALED_LOSS 0x1p-21
#define TINIEST     0x1p-100

static size_t slot_of(const lq_prefilter_t *p, uint32_t pool)
{
    return pool & (p->slot_cnt - 1);
}

lq_err_t lq_prefilter_init(lq_prefilter_t *p, lq_arena_t *arena, size_t factor_max)
{
    size_t slot_cnt = 1;
    while (slot_cnt < factor_max)
        slot_cnt *= 2;
    lq_prefilter_t q = {.factor_max = factor_max, .slot_cnt = slot_cnt};
    size_t value_max =
        factor_max > LQ_PREFILTER_REGISTER_CNT ? factor_max : LQ_PREFILTER_REGISTER_CNT;
    q.values = lq_arena_alloc(arena, value_max * sizeof(*q.values), LQ_CACHE_LINE_SZ);
    q.worth = lq_arena_alloc(arena, factor_max * sizeof(*q.worth), LQ_CACHE_LINE_SZ);
    q.loss = lq_arena_alloc(arena, slot_cnt * sizeof(*q.loss), LQ_CACHE_LINE_SZ);
    q.health_loss = lq_arena_alloc(arena, slot_cnt * sizeof(*q.health_loss), LQ_CACHE_LINE_SZ);
    if (!q.values || !q.worth || !q.loss || !q.health_loss)
        return LQ_ERR_NOMEM;
    for (size_t i = 0; i < value_max; i++)
        q.values[i] = 0;
    *p = q;
    return LQ_OK;
}

void lq_prefilter_begin(lq_prefilter_t *p)
{
    for (size_t i = 0; i < p->slot_cnt; i++) {
        p->loss[i] = 0x1p-1000; /* to be divided by */
        p->health_loss[i] = LQ_PREFILTER_MARGIN;
    }
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

void lq_prefilter_put(lq_prefilter_t *p, uint16_t factor, const lq_factor_t *about,
                      const lq_factor_value_t *value)
{
    LQ_ASSERT(factor < p->factor_max);
    p->worth[factor] = about->side == LQ_SIDE_IDLE ? 0 : value->value;
    if (about->side == LQ_SIDE_IDLE || !(value->value >= 0))
        return;
    size_t slot = slot_of(p, about->pool);
    double amount_loss = larger((double)value->amount_loss, 1);
    double loss = amount_loss * value->value + (double)value->value_loss;
    p->loss[slot] = larger(p->loss[slot], loss);
    p->health_loss[slot] = larger(p->health_loss[slot], (double)value->health_loss);
}

void lq_prefilter_end(lq_prefilter_t *p, const lq_ledger_t *ledger, size_t factor_cnt)
{
    p->factor_cnt = factor_cnt;
    for (size_t i = 0; i < factor_cnt; i++) {
        const lq_factor_t *about = lq_ledger_factor(ledger, (uint16_t)i);
        size_t slot = slot_of(p, about->pool);
        bool is_debt = about->side == LQ_SIDE_DEBT;
        double part = is_debt ? 1 + LQ_PREFILTER_MARGIN : 1 - p->health_loss[slot];
        if (!(p->worth[i] >= 0)) {
            p->values[i] = 0;
            continue;
        }
        double v = p->worth[i] * part * (SCALED_LOSS / p->loss[slot]);
        if (v < TINIEST)
            v = is_debt && p->worth[i] > 0 ? TINIEST : 0;
        p->values[i] = (float)v;
    }
}

/* Whether the account of these places is one to give: what a sum near 0 does not tell. */
static bool is_wanted(const lq_prefilter_t *p, const float *approx, const uint16_t *factors,
                      size_t sz)
{
    bool owes = false;
    bool known = true;
    for (size_t i = 0; i < sz; i++) {
        owes |= approx[i] < 0;
        known &= approx[i] == 0 || p->worth[factors[i]] >= 0;
    }
    return owes && known;
}

/* Found accounts wait here until there are enough of them, so that the loads of their states, each
   of another line of memory, run beside each other. */
#define WAITING_MAX 1024u

typedef struct found {
    const lq_ledger_t *ledger;
    uint32_t *out;
    size_t max;
    size_t cnt;
    size_t waiting_cnt;
    uint32_t waiting[WAITING_MAX];
} found_t;

static_assert(WAITING_MAX >= 2 * (LQ_LEDGER_SEGMENT_SZ / 2), "a segment's hits behind another's");

static void give(found_t *f)
{
    for (size_t i = 0; i < f->waiting_cnt; i++) {
        if (lq_ledger_account(f->ledger, f->waiting[i]).state != LQ_ACCOUNT_KNOWN)
            continue;
        if (f->cnt < f->max)
            f->out[f->cnt] = f->waiting[i];
        f->cnt++;
    }
    f->waiting_cnt = 0;
}

size_t lq_prefilter_run(const lq_prefilter_t *p, const lq_ledger_t *ledger, uint32_t *out,
                        size_t max)
{
    found_t f = {.ledger = ledger, .out = out, .max = max};
    uint32_t hits[LQ_LEDGER_SEGMENT_SZ / 2];
    size_t segment_cnt = lq_ledger_segment_cnt(ledger);
    lq_prefilter_scan_t *scan = lq_prefilter_scan(p->factor_cnt);
    for (size_t i = 0; i < segment_cnt; i++) {
        lq_leg_blocks_t blocks = lq_ledger_blocks(ledger, i);
        size_t hit_cnt = scan(hits, &blocks, p->values);
        for (size_t k = 0; k < hit_cnt; k++) {
            size_t at = hits[k] * blocks.block_sz;
            f.waiting[f.waiting_cnt] = blocks.owners[hits[k]] - 1; /* nobody: LQ_LEDGER_NONE */
            f.waiting_cnt += blocks.owners[hits[k]] != 0 &&
                             is_wanted(p, blocks.approx + at, blocks.factors + at, blocks.block_sz);
        }
        if (f.waiting_cnt >= WAITING_MAX / 2)
            give(&f);
    }
    give(&f);
    return f.cnt;
}
