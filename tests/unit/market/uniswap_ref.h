#ifndef UNISWAP_REF_H
#define UNISWAP_REF_H

/* Uniswap v3's swap written down a second time, slowly: GMP's integers, every multiple of the
   spacing looked at. A negative result means that the contract reverts. Ratios of ticks are not
   this oracle's: it takes them from where the caller says. */

#include "../num/num_test.h"
#include "uniswap_rig.h"

typedef struct ref_swap {
    mpz_t in;
    mpz_t out;
    mpz_t sqrt;
    lq_u128_t liquidity;
    int32_t tick;
    uint32_t tick_cnt;
    bool whole; /* nothing is left */
} ref_swap_t;

static inline void ref_init(ref_swap_t *s)
{
    mpz_inits(s->in, s->out, s->sqrt, NULL);
}

static inline void ref_clear(ref_swap_t *s)
{
    mpz_clears(s->in, s->out, s->sqrt, NULL);
}

/* out = a b / d */
static inline void ref_mul_div(mpz_t out, const mpz_t a, const mpz_t b, const mpz_t d, bool up)
{
    mpz_t t;
    mpz_init(t);
    mpz_mul(t, a, b);
    if (up)
        mpz_cdiv_q(out, t, d);
    else
        mpz_fdiv_q(out, t, d);
    mpz_clear(t);
}

/* |1 / a - 1 / b| liquidity, or |a - b| liquidity */
static inline void ref_amount(mpz_t out, const mpz_t a, const mpz_t b, const mpz_t liquidity,
                              bool token0, bool up)
{
    mpz_t num;
    mpz_t den;
    mpz_inits(num, den, NULL);
    mpz_sub(num, a, b);
    mpz_abs(num, num);
    mpz_mul(num, num, liquidity);
    if (token0) {
        mpz_mul_2exp(num, num, 96);
        mpz_mul(den, a, b);
    } else {
        mpz_ui_pow_ui(den, 2, 96);
    }
    if (up)
        mpz_cdiv_q(out, num, den);
    else
        mpz_fdiv_q(out, num, den);
    mpz_clears(num, den, NULL);
}

/* The price behind AMOUNT of a token, in (ADD) or out, from SQRT on: false for a revert. */
static inline bool ref_next(mpz_t out, const mpz_t sqrt, const mpz_t liquidity, const mpz_t amount,
                            bool token0, bool add)
{
    bool ok = mpz_sgn(sqrt) > 0 && mpz_sgn(liquidity) > 0;
    mpz_t l;
    mpz_t t;
    mpz_inits(l, t, NULL);
    mpz_mul_2exp(l, liquidity, 96);
    if (ok && token0 && mpz_sgn(amount) == 0) {
        mpz_set(out, sqrt);
    } else if (ok && token0) {
        mpz_mul(t, amount, sqrt);
        bool wide = mpz_sizeinbase(t, 2) > 256;
        (add ? mpz_add : mpz_sub)(t, l, t);
        if (add && (wide || mpz_sizeinbase(t, 2) > 256)) {
            mpz_fdiv_q(t, l, sqrt);
            mpz_add(t, t, amount);
            ok = mpz_sizeinbase(t, 2) <= 256;
            if (ok)
                mpz_cdiv_q(out, l, t);
        } else {
            ok = !wide && mpz_sgn(t) > 0;
            if (ok)
                ref_mul_div(out, l, sqrt, t, true);
        }
    } else if (ok) {
        mpz_mul_2exp(t, amount, 96);
        (add ? mpz_fdiv_q : mpz_cdiv_q)(t, t, liquidity);
        (add ? mpz_add : mpz_sub)(out, sqrt, t);
        ok = mpz_sgn(out) > 0 || (add && mpz_sgn(out) >= 0);
    }
    mpz_clears(l, t, NULL);
    return ok && mpz_sizeinbase(out, 2) <= 160;
}

typedef struct ref_step {
    mpz_t sqrt;
    mpz_t in;
    mpz_t out;
    mpz_t fee;
} ref_step_t;

static inline bool ref_take_step(ref_step_t *s, const mpz_t sqrt, const mpz_t target,
                                 const mpz_t liquidity, const mpz_t left, bool exact_out,
                                 uint32_t fee_pips)
{
    bool zero = mpz_cmp(sqrt, target) >= 0;
    bool ok = true;
    mpz_t t;
    mpz_init(t);
    mpz_set(s->sqrt, target);
    if (exact_out) {
        ref_amount(s->out, sqrt, target, liquidity, !zero, false);
        if (mpz_cmp(left, s->out) < 0)
            ok = ref_next(s->sqrt, sqrt, liquidity, left, !zero, false);
    } else {
        mpz_mul_ui(t, left, LQ_PIPS_ONE - fee_pips);
        mpz_fdiv_q_ui(t, t, LQ_PIPS_ONE);
        ref_amount(s->in, sqrt, target, liquidity, zero, true);
        if (mpz_cmp(t, s->in) < 0)
            ok = ref_next(s->sqrt, sqrt, liquidity, t, zero, true);
    }
    if (ok) {
        bool reached = mpz_cmp(s->sqrt, target) == 0;
        ref_amount(s->in, sqrt, s->sqrt, liquidity, zero, true);
        ref_amount(s->out, sqrt, s->sqrt, liquidity, !zero, false);
        if (exact_out && mpz_cmp(s->out, left) > 0)
            mpz_set(s->out, left);
        mpz_mul_ui(t, s->in, fee_pips);
        mpz_cdiv_q_ui(s->fee, t, LQ_PIPS_ONE - fee_pips);
        if (!exact_out && !reached)
            mpz_sub(s->fee, left, s->in);
    }
    mpz_clear(t);
    return ok;
}

static inline const lq_v3_tick_t *ref_find(const rig_t *rig, int32_t tick)
{
    for (uint32_t i = 0; i < rig->cnt; i++) {
        if (rig->ticks[i].tick == tick)
            return &rig->ticks[i];
    }
    return NULL;
}

/* The next stop from TICK on: a multiple of the spacing that is initialized, or the first or last
   of its 256. */
static inline int32_t ref_stop(const rig_t *rig, int32_t tick, bool zero)
{
    int32_t spacing = rig->pool.spacing;
    int32_t at = tick - ((tick % spacing) + spacing) % spacing; /* rounded down */
    if (!zero)
        at += spacing;
    while (!ref_find(rig, at) && ((at / spacing % 256) + 256) % 256 != (zero ? 0 : 255))
        at += zero ? -spacing : spacing;
    return at < LQ_V3_TICK_MIN ? LQ_V3_TICK_MIN : at > LQ_V3_TICK_MAX ? LQ_V3_TICK_MAX : at;
}

typedef lq_err_t ref_ratio_t(lq_u256_t *out, int32_t tick);

/* Returns false for a revert. S->whole is false where the limit ended it. */
static inline bool ref_swap(ref_swap_t *s, const rig_t *rig, bool zero, const lq_u256_t *amount,
                            bool exact_out, ref_ratio_t *ratio)
{
    mpz_t left;
    mpz_t liquidity;
    mpz_t next;
    mpz_t limit;
    mpz_t net;
    ref_step_t step;
    mpz_inits(left, liquidity, next, limit, net, step.sqrt, step.in, step.out, step.fee, NULL);
    lq_u256_t l = lq_u256_from_halves(0, rig->pool.liquidity);
    to_mpz(left, amount);
    to_mpz(liquidity, &l);
    to_mpz(s->sqrt, &rig->pool.sqrt);
    mpz_set_ui(s->in, 0);
    mpz_set_ui(s->out, 0);
    s->tick_cnt = 0;
    (void)mpz_set_str(
        limit, zero ? "4295128740" : "1461446703485210103287273052203988822378723970341", 10);
    int32_t tick = rig->pool.tick;
    bool on_stop = false;
    bool ok = mpz_sgn(left) > 0 && mpz_sizeinbase(left, 2) < 256 &&
              (zero ? mpz_cmp(limit, s->sqrt) < 0 : mpz_cmp(s->sqrt, limit) < 0);
    while (ok && mpz_sgn(left) > 0 && mpz_cmp(s->sqrt, limit) != 0) {
        int32_t stop = ref_stop(rig, tick, zero);
        lq_u256_t r;
        assert_ok(ratio(&r, stop));
        to_mpz(next, &r);
        bool beyond = zero ? mpz_cmp(next, limit) < 0 : mpz_cmp(next, limit) > 0;
        ok = ref_take_step(&step, s->sqrt, beyond ? limit : next, liquidity, left, exact_out,
                           rig->pool.fee_pips);
        if (!ok)
            break;
        mpz_add(s->out, s->out, step.out);
        mpz_add(s->in, s->in, step.in);
        mpz_add(s->in, s->in, step.fee);
        mpz_sub(left, left, exact_out ? step.out : step.in);
        if (!exact_out)
            mpz_sub(left, left, step.fee);
        assert_true(mpz_sgn(left) >= 0);
        mpz_set(s->sqrt, step.sqrt);
        on_stop = mpz_cmp(s->sqrt, next) == 0;
        if (!on_stop)
            continue;
        const lq_v3_tick_t *t = ref_find(rig, stop);
        if (t) {
            bool falls = t->net < 0;
            lq_u256_t n = lq_u256_from_halves(0, falls ? (lq_u128_t)-t->net : (lq_u128_t)t->net);
            to_mpz(net, &n);
            (falls == zero ? mpz_add : mpz_sub)(liquidity, liquidity, net);
            ok = mpz_sgn(liquidity) >= 0 && mpz_sizeinbase(liquidity, 2) <= 128;
            s->tick_cnt++;
        }
        tick = zero ? stop - 1 : stop;
    }
    s->whole = mpz_sgn(left) == 0;
    if (ok) {
        lq_u256_t sqrt = from_mpz(s->sqrt);
        lq_u256_t end = from_mpz(liquidity);
        s->liquidity = lq_u256_lo(&end);
        s->tick = tick;
        if (!on_stop)
            assert_ok(lq_v3_tick_at_sqrt(&s->tick, &sqrt));
    }
    mpz_clears(left, liquidity, next, limit, net, step.sqrt, step.in, step.out, step.fee, NULL);
    return ok;
}

#endif
