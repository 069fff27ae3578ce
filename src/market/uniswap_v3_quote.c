#include <stddef.h>

#include "uniswap_v3_internal.h"

/* A swap stops at the next initialized tick, or at the end of the bitmap's word that it is in, 256
   multiples of the spacing: the contract looks no further at once. Each stop rounds what goes in
   and out, so an end without a tick counts too, unless there is no liquidity. */

/* What the contract is given for no limit: one inside the ratios of the extreme ticks, which
   therefore are never crossed. */
static const lq_u256_t LIMIT_BELOW = {{4295128740u, 0, 0, 0}};
static const lq_u256_t LIMIT_ABOVE = {{0x5d951d5263988d25u, 0xefd1fc6a50648849u, 0xfffd8963u, 0}};

typedef struct walk {
    const lq_v3_tick_t *ticks;
    const lq_u256_t *limit;
    lq_u256_t sqrt;
    lq_u128_t liquidity;
    lq_u256_t left;
    lq_u256_t in; /* fee included */
    lq_u256_t out;
    int32_t tick;
    int32_t spacing;
    uint32_t fee_pips;
    uint32_t row; /* of the next initialized tick */
    uint32_t tick_cnt;
    bool zero_for_one;
    bool exact_out;
} walk_t;

/* Whether A is behind B for a price on its way. */
static LQ_ALWAYS_INLINE bool behind(const walk_t *w, const lq_u256_t *a, const lq_u256_t *b)
{
    return w->zero_for_one ? lq_u256_lt(a, b) : lq_u256_lt(b, a);
}

static int32_t floor_div(int32_t a, int32_t b)
{
    return a / b - (a % b < 0);
}

/* The end of the word: its first tick, from the tick on; its last, from the tick above on. */
static int32_t word_end(const walk_t *w)
{
    int32_t word = 256 * w->spacing;
    if (w->zero_for_one)
        return floor_div(w->tick, word) * word;
    return (floor_div(w->tick + w->spacing, word) + 1) * word - w->spacing;
}

/* A stop: TICK, that of the walk's row or of none. */
typedef struct stop {
    int32_t tick;
    bool initialized;
    lq_u256_t sqrt;
} stop_t;

static lq_err_t next_stop(stop_t *stop, const walk_t *w)
{
    int32_t end = word_end(w);
    if (w->row != LQ_V3_NONE) {
        const lq_v3_tick_t *t = &w->ticks[w->row];
        if (w->liquidity == 0 || (w->zero_for_one ? t->tick >= end : t->tick <= end)) {
            *stop = (stop_t){t->tick, true, t->sqrt};
            return LQ_OK;
        }
    }
    stop->initialized = false;
    stop->tick = end;
    if (end < LQ_V3_TICK_MIN)
        stop->tick = LQ_V3_TICK_MIN;
    if (end > LQ_V3_TICK_MAX)
        stop->tick = LQ_V3_TICK_MAX;
    return lq_v3_sqrt_at_tick(&stop->sqrt, stop->tick);
}

/* Crosses the tick of the walk's row. */
static lq_err_t cross(walk_t *w)
{
    const lq_v3_tick_t *t = &w->ticks[w->row];
    bool falls = t->net < 0;
    lq_u128_t change = falls ? -(lq_u128_t)t->net : (lq_u128_t)t->net;
    bool gains = falls == w->zero_for_one;
    lq_u128_t liquidity = gains ? w->liquidity + change : w->liquidity - change;
    if (t->gross == 0 || (gains ? liquidity < w->liquidity : liquidity > w->liquidity))
        return LQ_ERR_RANGE;
    w->liquidity = liquidity;
    w->row = w->zero_for_one ? t->below : t->above;
    w->tick_cnt++;
    return LQ_OK;
}

/* Whether there is certainly not as much as is left: behind the outermost tick, where nothing is,
   or where it is all that is before that. Without this an amount beyond all depth would take each
   word up to there, thousands. What comes out is rounded down at each stop; what goes in is rounded
   up, and so is its fee. */
static bool is_too_much(const walk_t *w)
{
    const lq_u256_t roundings = lq_u256_from_u64(8192); /* more than words of spacing 1 */
    const lq_u256_t kept = lq_u256_from_u64(LQ_PIPS_ONE - w->fee_pips);
    const lq_u256_t one = lq_u256_from_u64(LQ_PIPS_ONE);
    if (w->row == LQ_V3_NONE)
        return true;
    const lq_v3_tick_t *t = &w->ticks[w->row];
    if ((w->zero_for_one ? t->below : t->above) != LQ_V3_NONE)
        return false;
    const lq_u256_t *end = behind(w, &t->sqrt, w->limit) ? w->limit : &t->sqrt;
    lq_u256_t most;
    lq_err_t err = w->exact_out == w->zero_for_one
                       ? lq_v3_amount1(&most, &w->sqrt, end, w->liquidity, !w->exact_out)
                       : lq_v3_amount0(&most, &w->sqrt, end, w->liquidity, !w->exact_out);
    if (!err && !w->exact_out) {
        most = lq_u256_add_wrap(&most, &roundings);
        err = lq_u256_mul_div_up(&most, &most, &one, &kept);
        most = lq_u256_add_wrap(&most, &roundings);
    }
    return err || lq_u256_lt(&most, &w->left);
}

/* One step of the contract's loop. LQ_ERR_RANGE where it reverts, or ends with something left. */
static lq_err_t advance(walk_t *w)
{
    stop_t stop;
    lq_v3_step_t s;
    lq_err_t err = next_stop(&stop, w);
    if (err)
        return err;
    bool limited = behind(w, &stop.sqrt, w->limit);
    err = lq_v3_step_sums(&s, &w->sqrt, limited ? w->limit : &stop.sqrt, w->liquidity, &w->left,
                          w->exact_out, w->fee_pips);
    if (err)
        return err;
    /* The sums stay far below 2^256: each step's amounts do below 2^213, and there are thousands.
       The fee's growth for each unit of liquidity does not overflow either: 2^84. */
    lq_u256_t paid = lq_u256_add_wrap(&s.amount_in, &s.fee);
    w->in = lq_u256_add_wrap(&w->in, &paid);
    w->out = lq_u256_add_wrap(&w->out, &s.amount_out);
    w->sqrt = s.sqrt;
    err = lq_u256_sub_checked(&w->left, &w->left, w->exact_out ? &s.amount_out : &paid);
    if (err)
        return err;
    if (!lq_u256_eq(&s.sqrt, &stop.sqrt)) /* takes all that is left, but for the limit */
        return lq_u256_is_zero(&w->left) ? LQ_OK : LQ_ERR_RANGE;
    w->tick = w->zero_for_one ? stop.tick - 1 : stop.tick;
    if (!stop.initialized)
        return LQ_OK;
    err = cross(w);
    return !err && !lq_u256_is_zero(&w->left) && is_too_much(w) ? LQ_ERR_RANGE : err;
}

static lq_err_t quote(lq_v3_quote_t *out, const lq_v3_pool_t *pool, const lq_v3_tick_t *ticks,
                      bool zero_for_one, const lq_u256_t *amount, bool exact_out)
{
    walk_t w = {
        .ticks = ticks,
        .limit = zero_for_one ? &LIMIT_BELOW : &LIMIT_ABOVE,
        .sqrt = pool->sqrt,
        .liquidity = pool->liquidity,
        .left = *amount,
        .tick = pool->tick,
        .spacing = pool->spacing,
        .fee_pips = pool->fee_pips,
        .row = zero_for_one ? pool->below : pool->above,
        .zero_for_one = zero_for_one,
        .exact_out = exact_out,
    };
    if (lq_u256_is_zero(amount) || amount->w[3] >> 63 != 0 || lq_u256_is_zero(&pool->sqrt) ||
        pool->fee_pips >= LQ_PIPS_ONE)
        return LQ_ERR_RANGE;
    if (!behind(&w, w.limit, &w.sqrt) || is_too_much(&w))
        return LQ_ERR_RANGE;
    while (!lq_u256_is_zero(&w.left)) {
        lq_err_t err = advance(&w);
        if (err)
            return err;
    }
    if (lq_u256_is_zero(&w.out))
        return LQ_ERR_EMPTY;
    *out = (lq_v3_quote_t){w.in, w.out, w.sqrt, w.tick_cnt};
    return LQ_OK;
}

lq_err_t lq_v3_given_in(lq_v3_quote_t *out, const lq_v3_pool_t *pool, const lq_v3_tick_t *ticks,
                        bool zero_for_one, const lq_u256_t *amount)
{
    return quote(out, pool, ticks, zero_for_one, amount, false);
}

lq_err_t lq_v3_given_out(lq_v3_quote_t *out, const lq_v3_pool_t *pool, const lq_v3_tick_t *ticks,
                         bool zero_for_one, const lq_u256_t *amount)
{
    return quote(out, pool, ticks, zero_for_one, amount, true);
}
