#ifndef MORPHO_TEST_H
#define MORPHO_TEST_H

/* What the tests of Morpho share: random values, and the contract once more in GMP's integers,
   written from the Solidity and sharing no line with the code under test. */

#include "../num/num_test.h"

#include "liqd/protocol/morpho_blue_math.h"

static inline lq_u256_t word_of(lq_u128_t v)
{
    return lq_u256_from_halves(0, v);
}

static inline lq_u128_t u128_of(const char *text)
{
    lq_u256_t v = u256_of(text);
    assert_true(lq_u256_hi(&v) == 0);
    return lq_u256_lo(&v);
}

/* A number of up to BITS bits, of any width below it, sometimes extreme. */
static inline lq_u256_t up_to_bits(lq_rng_t *rng, unsigned bits)
{
    lq_u256_t v = any_u256(rng);
    if (bits == 256)
        return v;
    unsigned keep = (unsigned)lq_rng_below(rng, bits + 1);
    lq_u256_t out = lq_u256_shr(&v, 256 - bits);
    if (lq_rng_below(rng, 8) == 0)
        return out;
    lq_rng_bytes(rng, v.w, sizeof(v.w));
    return lq_u256_shr(&v, 256 - keep);
}

static inline lq_u128_t u128_up_to(lq_rng_t *rng, unsigned bits)
{
    lq_u256_t v = up_to_bits(rng, bits);
    return lq_u256_lo(&v);
}

/* A uniform number in [0, MAX]. */
static inline lq_u128_t u128_below(lq_rng_t *rng, lq_u128_t max)
{
    lq_u128_t v;
    lq_rng_bytes(rng, &v, sizeof(v));
    return max == ~(lq_u128_t)0 ? v : v % (max + 1);
}

static inline bool same_market(const lq_morpho_market_t *a, const lq_morpho_market_t *b)
{
    return a->total_supply_assets == b->total_supply_assets &&
           a->total_supply_shares == b->total_supply_shares &&
           a->total_borrow_assets == b->total_borrow_assets &&
           a->total_borrow_shares == b->total_borrow_shares &&
           a->last_update_sec == b->last_update_sec && a->fee_wad == b->fee_wad &&
           a->lltv_wad == b->lltv_wad && a->has_irm == b->has_irm;
}

static inline bool same_position(const lq_morpho_position_t *a, const lq_morpho_position_t *b)
{
    return lq_u256_eq(&a->supply_shares, &b->supply_shares) &&
           a->borrow_shares == b->borrow_shares && a->collateral == b->collateral;
}

/* ---- the contract ---- */

/* Whether what was computed since the last reset reverted. */
static bool evm_reverted;

static inline void evm_check(const mpz_t v, unsigned bits)
{
    if (mpz_sgn(v) < 0 || mpz_sizeinbase(v, 2) > bits)
        evm_reverted = true;
}

/* (x y + (d - 1 if UP)) / d as Solidity computes it. */
static inline void evm_mul_div(mpz_t out, const mpz_t x, const mpz_t y, const mpz_t d, bool up)
{
    mpz_t p;
    mpz_init(p);
    mpz_mul(p, x, y);
    evm_check(p, 256);
    if (mpz_sgn(d) == 0) {
        evm_reverted = true;
        mpz_set_ui(p, 0);
    } else {
        if (up) {
            mpz_add(p, p, d);
            mpz_sub_ui(p, p, 1);
            evm_check(p, 256);
        }
        mpz_tdiv_q(p, p, d);
    }
    mpz_set(out, p);
    mpz_clear(p);
}

/* The same with d given by text. */
static inline void evm_mul_div_by(mpz_t out, const mpz_t x, const mpz_t y, const char *d, bool up)
{
    mpz_t v;
    mpz_init_set_str(v, d, 10);
    evm_mul_div(out, x, y, v, up);
    mpz_clear(v);
}

#define EVM_WAD   "1000000000000000000"
#define EVM_SCALE "1000000000000000000000000000000000000"

typedef struct evm_market {
    mpz_t tsa, tss, tba, tbs, last, fee, lltv;
} evm_market_t;

typedef struct evm_position {
    mpz_t supply, borrow, coll;
} evm_position_t;

static inline void evm_shares(mpz_t out, const mpz_t assets, const mpz_t ta, const mpz_t ts,
                              bool up)
{
    mpz_t a;
    mpz_t s;
    mpz_inits(a, s, NULL);
    mpz_add_ui(a, ta, 1);
    mpz_add_ui(s, ts, 1000000);
    evm_mul_div(out, assets, s, a, up);
    mpz_clears(a, s, NULL);
}

static inline void evm_assets(mpz_t out, const mpz_t shares, const mpz_t ta, const mpz_t ts,
                              bool up)
{
    mpz_t a;
    mpz_t s;
    mpz_inits(a, s, NULL);
    mpz_add_ui(a, ta, 1);
    mpz_add_ui(s, ts, 1000000);
    evm_mul_div(out, shares, a, s, up);
    mpz_clears(a, s, NULL);
}

static inline void evm_add(mpz_t to, const mpz_t v)
{
    evm_check(v, 128);
    mpz_add(to, to, v);
    evm_check(to, 128);
}

static inline void evm_sub(mpz_t from, const mpz_t v)
{
    evm_check(v, 128);
    mpz_sub(from, from, v);
    evm_check(from, 128);
}

static inline void evm_zero_floor_sub(mpz_t from, const mpz_t v)
{
    mpz_sub(from, from, v);
    if (mpz_sgn(from) < 0)
        mpz_set_ui(from, 0);
}

/* wTaylorCompounded. */
static inline void evm_taylor(mpz_t out, const mpz_t rate, const mpz_t elapsed)
{
    mpz_t f, s, t;
    mpz_inits(f, s, t, NULL);
    mpz_mul(f, rate, elapsed);
    evm_check(f, 256);
    evm_mul_div_by(s, f, f, "2000000000000000000", false);
    evm_mul_div_by(t, s, f, "3000000000000000000", false);
    mpz_add(out, f, s);
    mpz_add(out, out, t);
    evm_check(out, 256);
    mpz_clears(f, s, t, NULL);
}

/* _accrueInterest with the rate given; sets INTEREST and FEE_SHARES. */
static inline void evm_accrue(mpz_t interest, mpz_t fee_shares, evm_market_t *m, const mpz_t now,
                              const mpz_t rate, bool has_irm)
{
    mpz_t elapsed, fee, rest;
    mpz_inits(elapsed, fee, rest, NULL);
    mpz_set_ui(interest, 0);
    mpz_set_ui(fee_shares, 0);
    mpz_sub(elapsed, now, m->last);
    evm_check(elapsed, 256);
    if (mpz_sgn(elapsed) != 0 && has_irm) {
        evm_taylor(interest, rate, elapsed);
        evm_mul_div_by(interest, m->tba, interest, EVM_WAD, false);
        evm_add(m->tba, interest);
        evm_add(m->tsa, interest);
        if (mpz_sgn(m->fee) != 0) {
            evm_mul_div_by(fee, interest, m->fee, EVM_WAD, false);
            mpz_sub(rest, m->tsa, fee);
            evm_check(rest, 256);
            evm_shares(fee_shares, fee, rest, m->tss, false);
            evm_add(m->tss, fee_shares);
        }
    }
    mpz_set(m->last, now);
    mpz_clears(elapsed, fee, rest, NULL);
}

/* _isHealthy with the price given. */
static inline bool evm_healthy(const evm_market_t *m, const evm_position_t *p, const mpz_t price)
{
    mpz_t owed, max;
    mpz_inits(owed, max, NULL);
    evm_assets(owed, p->borrow, m->tba, m->tbs, true);
    evm_mul_div_by(max, p->coll, price, EVM_SCALE, false);
    evm_mul_div_by(max, max, m->lltv, EVM_WAD, false);
    bool healthy = mpz_cmp(max, owed) >= 0;
    mpz_clears(owed, max, NULL);
    return healthy;
}

static inline void evm_incentive(mpz_t out, const mpz_t lltv)
{
    mpz_t w, cursor;
    mpz_init_set_str(w, EVM_WAD, 10);
    mpz_init_set_str(cursor, "300000000000000000", 10);
    mpz_sub(out, w, lltv);
    evm_check(out, 256);
    evm_mul_div(out, cursor, out, w, false);
    mpz_sub(out, w, out);
    evm_mul_div(out, w, w, out, false);
    mpz_set_str(w, "1150000000000000000", 10);
    if (mpz_cmp(out, w) > 0)
        mpz_set(out, w);
    mpz_clears(w, cursor, NULL);
}

typedef struct evm_liquidation {
    mpz_t repaid, shares, seized, bad_assets, bad_shares;
} evm_liquidation_t;

/* What the price decides: the shares of L->seized, or where that is 0, the reverse. */
static inline void evm_quote(evm_liquidation_t *l, const evm_market_t *m, const mpz_t price)
{
    mpz_t factor, v;
    mpz_inits(factor, v, NULL);
    evm_incentive(factor, m->lltv);
    if (mpz_sgn(l->seized) > 0) {
        evm_mul_div_by(v, l->seized, price, EVM_SCALE, true);
        mpz_set_str(l->shares, EVM_WAD, 10);
        evm_mul_div(v, v, l->shares, factor, true);
        evm_shares(l->shares, v, m->tba, m->tbs, true);
    } else {
        evm_assets(v, l->shares, m->tba, m->tbs, false);
        evm_mul_div_by(v, v, factor, EVM_WAD, false);
        mpz_set_str(l->seized, EVM_SCALE, 10);
        evm_mul_div(l->seized, v, l->seized, price, false);
    }
    mpz_clears(factor, v, NULL);
}

/* liquidate behind that. */
static inline void evm_settle(evm_liquidation_t *l, evm_market_t *m, evm_position_t *p)
{
    evm_assets(l->repaid, l->shares, m->tba, m->tbs, true);
    evm_sub(p->borrow, l->shares);
    evm_sub(m->tbs, l->shares);
    evm_zero_floor_sub(m->tba, l->repaid);
    evm_sub(p->coll, l->seized);
    mpz_set_ui(l->bad_assets, 0);
    mpz_set_ui(l->bad_shares, 0);
    if (!evm_reverted && mpz_sgn(p->coll) == 0) {
        mpz_set(l->bad_shares, p->borrow);
        evm_assets(l->bad_assets, l->bad_shares, m->tba, m->tbs, true);
        if (mpz_cmp(l->bad_assets, m->tba) > 0)
            mpz_set(l->bad_assets, m->tba);
        evm_sub(m->tba, l->bad_assets);
        evm_sub(m->tsa, l->bad_assets);
        evm_sub(m->tbs, l->bad_shares);
        mpz_set_ui(p->borrow, 0);
    }
}

static inline void evm_liquidation_init(evm_liquidation_t *l)
{
    mpz_inits(l->repaid, l->shares, l->seized, l->bad_assets, l->bad_shares, NULL);
}

static inline void evm_liquidation_clear(evm_liquidation_t *l)
{
    mpz_clears(l->repaid, l->shares, l->seized, l->bad_assets, l->bad_shares, NULL);
}

/* ---- between the two ---- */

static inline void evm_set(mpz_t out, lq_u128_t v)
{
    lq_u256_t w = word_of(v);
    to_mpz(out, &w);
}

static inline void evm_market_init(evm_market_t *e)
{
    mpz_inits(e->tsa, e->tss, e->tba, e->tbs, e->last, e->fee, e->lltv, NULL);
}

static inline void evm_market_clear(evm_market_t *e)
{
    mpz_clears(e->tsa, e->tss, e->tba, e->tbs, e->last, e->fee, e->lltv, NULL);
}

static inline void evm_market_set(evm_market_t *e, const lq_morpho_market_t *m)
{
    evm_set(e->tsa, m->total_supply_assets);
    evm_set(e->tss, m->total_supply_shares);
    evm_set(e->tba, m->total_borrow_assets);
    evm_set(e->tbs, m->total_borrow_shares);
    evm_set(e->last, m->last_update_sec);
    evm_set(e->fee, m->fee_wad);
    evm_set(e->lltv, m->lltv_wad);
}

static inline lq_u128_t evm_get(const mpz_t v)
{
    lq_u256_t w = from_mpz(v);
    assert_true(mpz_sgn(v) >= 0 && mpz_sizeinbase(v, 2) <= 128);
    return lq_u256_lo(&w);
}

static inline lq_morpho_market_t evm_market_get(const evm_market_t *e, bool has_irm)
{
    return (lq_morpho_market_t){
        .total_supply_assets = evm_get(e->tsa),
        .total_supply_shares = evm_get(e->tss),
        .total_borrow_assets = evm_get(e->tba),
        .total_borrow_shares = evm_get(e->tbs),
        .last_update_sec = (uint64_t)evm_get(e->last),
        .fee_wad = (uint64_t)evm_get(e->fee),
        .lltv_wad = (uint64_t)evm_get(e->lltv),
        .has_irm = has_irm,
    };
}

static inline void evm_position_init(evm_position_t *e)
{
    mpz_inits(e->supply, e->borrow, e->coll, NULL);
}

static inline void evm_position_clear(evm_position_t *e)
{
    mpz_clears(e->supply, e->borrow, e->coll, NULL);
}

static inline void evm_position_set(evm_position_t *e, const lq_morpho_position_t *p)
{
    to_mpz(e->supply, &p->supply_shares);
    evm_set(e->borrow, p->borrow_shares);
    evm_set(e->coll, p->collateral);
}

static inline lq_morpho_position_t evm_position_get(const evm_position_t *e)
{
    return (lq_morpho_position_t){
        .supply_shares = from_mpz(e->supply),
        .borrow_shares = evm_get(e->borrow),
        .collateral = evm_get(e->coll),
    };
}

#endif
