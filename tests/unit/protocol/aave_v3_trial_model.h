#ifndef AAVE_V3_TRIAL_MODEL_H
#define AAVE_V3_TRIAL_MODEL_H

/* liquidationCall once more, from the contracts' text and by GMP: what trials are compared with. */

#include "aave_v3_adapter_test.h"

typedef lq_u256_t num_t;

typedef struct model_reserve {
    num_t price, unit, liquidity_index, borrow_index, supply, debt;
    bool flag, active, paused, in_e_mode;
    uint64_t grace_until_sec;
    unsigned threshold, bonus, fee;
} model_reserve_t;

typedef struct model {
    unsigned version;
    size_t cnt;
    uint64_t now_sec;
    bool e_mode, sentinel_allows;
    bool planned; /* values at which rules are others are moved by what interest may change */
    num_t e_price;
    unsigned e_threshold, e_bonus;
    lq_what_if_t what_if;
    model_reserve_t r[WORLD_RESERVE_MAX];
} model_t;

typedef struct model_sums {
    num_t collateral, debt, weighted, health;
} model_sums_t;

static inline num_t n(uint64_t v)
{
    return lq_u256_from_u64(v);
}

static inline num_t n_mul_div(evm_t *e, num_t a, num_t b, num_t d, evm_round_t round)
{
    mpz_t x, y, z, out;
    init_mpz(x, &a);
    init_mpz(y, &b);
    init_mpz(z, &d);
    mpz_init(out);
    evm_mul_div(e, out, x, y, z, round);
    num_t v = e->reverted ? n(0) : from_mpz(out);
    mpz_clears(x, y, z, out, NULL);
    return v;
}

static inline num_t n_add(evm_t *e, num_t a, num_t b)
{
    num_t v = n(0);
    e->reverted |= lq_u256_add_checked(&v, &a, &b) != LQ_OK;
    return v;
}

static inline num_t n_sub(evm_t *e, num_t a, num_t b)
{
    num_t v = n(0);
    e->reverted |= lq_u256_sub_checked(&v, &a, &b) != LQ_OK;
    return v;
}

static inline num_t n_mul(evm_t *e, num_t a, num_t b)
{
    return n_mul_div(e, a, b, n(1), EVM_DOWN);
}

static inline bool n_less(num_t a, num_t b)
{
    return lq_u256_lt(&a, &b);
}

static inline bool n_same(num_t a, num_t b)
{
    return lq_u256_eq(&a, &b);
}

static inline num_t model_balance(evm_t *e, const model_t *m, unsigned r, bool debt)
{
    evm_round_t round = m->version < 5 ? EVM_HALF_UP : debt ? EVM_UP : EVM_DOWN;
    return n_mul_div(e, debt ? m->r[r].debt : m->r[r].supply,
                     debt ? m->r[r].borrow_index : m->r[r].liquidity_index, LQ_RAY_ONE, round);
}

static inline num_t model_burnt(evm_t *e, const model_t *m, unsigned r, bool debt, num_t amount)
{
    evm_round_t round = m->version < 5 ? EVM_HALF_UP : debt ? EVM_DOWN : EVM_UP;
    return n_mul_div(e, amount, LQ_RAY_ONE, debt ? m->r[r].borrow_index : m->r[r].liquidity_index,
                     round);
}

static inline num_t model_value(evm_t *e, const model_t *m, unsigned r, bool debt, num_t amount)
{
    return n_mul_div(e, amount, m->r[r].price, m->r[r].unit,
                     debt && m->version >= 5 ? EVM_UP : EVM_DOWN);
}

static inline bool model_e_price(const model_t *m)
{
    return m->version <= 1 && m->e_mode && !n_same(m->e_price, n(0));
}

/* The reserve's price as account data take it. */
static inline num_t model_price(const model_t *m, unsigned r)
{
    return model_e_price(m) && m->r[r].in_e_mode ? m->e_price : m->r[r].price;
}

static inline bool model_counts(const model_t *m, unsigned r)
{
    return m->r[r].flag && (m->version >= 6 || m->r[r].threshold != 0);
}

static inline model_sums_t model_sums(evm_t *e, const model_t *m)
{
    model_sums_t s = {n(0), n(0), n(0), n(0)};
    for (unsigned i = 0; i < m->cnt; i++) {
        model_t priced = *m;
        priced.r[i].price = model_price(m, i);
        if (model_counts(m, i)) {
            num_t v = model_value(e, &priced, i, false, model_balance(e, m, i, false));
            unsigned t = m->e_mode && m->r[i].in_e_mode ? m->e_threshold : m->r[i].threshold;
            s.collateral = n_add(e, s.collateral, v);
            s.weighted = n_add(e, s.weighted, n_mul(e, v, n(t)));
        }
        if (!n_same(m->r[i].debt, n(0)))
            s.debt =
                n_add(e, s.debt, model_value(e, &priced, i, true, model_balance(e, m, i, true)));
    }
    if (n_same(s.debt, n(0))) {
        s.health = U256_MAX;
    } else if (m->version < 5) {
        num_t average = n_same(s.collateral, n(0))
                            ? n(0)
                            : n_mul_div(e, s.weighted, n(1), s.collateral, EVM_DOWN);
        num_t v = n_mul_div(e, s.collateral, average, n(10000), EVM_HALF_UP);
        s.health = n_mul_div(e, v, LQ_WAD_ONE, s.debt, EVM_HALF_UP);
    } else {
        num_t v = n_mul_div(e, s.weighted, LQ_WAD_ONE, s.debt, EVM_HALF_UP);
        s.health = n_mul_div(e, v, n(1), n(10000), EVM_DOWN);
    }
    return s;
}

/* Whether the validation passes for the pair. */
static inline bool model_valid(const model_t *m, const model_sums_t *s, unsigned c, unsigned d)
{
    const model_reserve_t *rc = &m->r[c];
    const model_reserve_t *rd = &m->r[d];
    bool below_close = n_less(s->health, n(950000000000000000u));
    return rc->active && rd->active && !rc->paused && !rd->paused &&
           (m->version >= 7 || m->sentinel_allows || below_close) &&
           (m->version == 0 ||
            (rc->grace_until_sec < m->now_sec && rd->grace_until_sec < m->now_sec)) &&
           n_less(s->health, LQ_WAD_ONE) && model_counts(m, c) && !n_same(rd->debt, n(0));
}

typedef struct model_call {
    num_t repaid, seized, fee, max_debt, c_value, d_value;
    num_t c_large, d_large, c_leftover, d_leftover;
    bool bad_debt, flag_off, exhausts, dust;
} model_call_t;

static const num_t LEFTOVER = {{100000000000u, 0, 0, 0}};

/* The borders of 2000 and of 1000 dollars; by a 2^14th of VALUE and 2 where it is planned. */
static inline void model_borders(const model_t *m, num_t value, num_t *large, num_t *leftover)
{
    num_t margin = lq_u256_shr(&value, 14);
    num_t most = n(UINT64_MAX / 4);
    num_t two = n(2);
    *large = n(200000000000u);
    *leftover = LEFTOVER;
    if (!m->planned)
        return;
    margin = lq_u256_add_wrap(&margin, &two);
    margin = lq_u256_min(&margin, &most);
    *large = n_less(margin, *large) ? lq_u256_sub_wrap(large, &margin) : n(0);
    *leftover = lq_u256_add_wrap(leftover, &margin);
}

static inline num_t model_max_debt(evm_t *e, const model_t *m, const model_sums_t *s, unsigned d,
                                   const model_call_t *call)
{
    num_t debt = model_balance(e, m, d, true);
    unsigned close = m->what_if.close_factor_bps;
    bool half = n_less(n(950000000000000000u), s->health);
    bool large = !n_less(call->c_value, call->c_large) && !n_less(call->d_value, call->d_large);
    if (close && (m->version <= 2 || large))
        return n_mul_div(e, debt, n(close), n(10000), EVM_HALF_UP);
    if (close)
        return debt;
    if (m->version <= 2)
        return n_mul_div(e, debt, n(half ? 5000 : 10000), n(10000), EVM_HALF_UP);
    if (!half || !large)
        return debt;
    num_t part = n_mul_div(e, s->debt, n(5000), n(10000), EVM_HALF_UP);
    num_t whole = call->d_value;
    if (m->planned) { /* by twice the margin that the other border has */
        num_t margin = lq_u256_sub_wrap(&call->d_leftover, &LEFTOVER);
        whole = n_add(e, n_add(e, whole, margin), margin);
    }
    if (!n_less(part, whole))
        return debt;
    num_t most = n_sub(e, debt, n(1));
    part = n_mul_div(e, part, m->r[d].unit, m->r[d].price, EVM_DOWN);
    return n_less(most, part) && m->planned ? most : part;
}

static inline void model_seize(evm_t *e, model_call_t *out, const model_t *m, unsigned c,
                               unsigned d, num_t amount)
{
    const model_reserve_t *rc = &m->r[c];
    const model_reserve_t *rd = &m->r[d];
    evm_round_t down = m->version == 7 ? EVM_DOWN : EVM_HALF_UP;
    int64_t bps = m->e_mode && rc->in_e_mode ? m->e_bonus : rc->bonus;
    if (m->what_if.bonus_bps)
        bps = bps + m->what_if.bonus_bps < 10000 ? 10000 : bps + m->what_if.bonus_bps;
    num_t bonus = n((uint64_t)bps);
    num_t cp = model_price(m, c);
    num_t dp = model_e_price(m) ? m->e_price : rd->price; /* whatever the debt belongs to */
    num_t balance = model_balance(e, m, c, false);
    num_t v = n_mul_div(e, n_mul(e, dp, amount), rc->unit, n_mul(e, cp, rd->unit), EVM_DOWN);
    num_t all = n_mul_div(e, v, bonus, n(10000), down);
    out->repaid = amount;
    if (n_less(balance, all)) {
        all = balance;
        v = n_mul_div(e, n_mul(e, cp, all), rd->unit, n_mul(e, dp, rc->unit), EVM_DOWN);
        out->repaid = n_mul_div(e, v, n(10000), bonus, m->version >= 5 ? EVM_UP : EVM_HALF_UP);
    }
    out->exhausts = n_same(all, balance);
    out->fee = n(0);
    if (rc->fee != 0) {
        v = n_sub(e, all, n_mul_div(e, all, n(10000), bonus, down));
        out->fee = n_mul_div(e, v, n(rc->fee), n(10000), m->version == 7 ? EVM_UP : EVM_HALF_UP);
    }
    out->seized = n_sub(e, all, out->fee);
}

/* The burns, the fee's transfer, the flags and the written off debts. */
static inline bool model_move(evm_t *e, model_t *m, model_call_t *out, unsigned c, unsigned d,
                              bool no_collateral)
{
    num_t debt = model_balance(e, m, d, true);
    num_t burnt = model_burnt(e, m, d, true, no_collateral ? debt : out->repaid);
    num_t taken = model_burnt(e, m, c, false, out->seized);
    num_t fee = model_burnt(e, m, c, false, out->fee);
    bool nothing = n_same(burnt, n(0)) || n_same(taken, n(0));
    if (n_less(debt, out->repaid))
        e->reverted = true;
    m->r[d].debt = n_sub(e, m->r[d].debt, burnt);
    m->r[c].supply = n_sub(e, m->r[c].supply, taken);
    m->r[c].supply = n_less(m->r[c].supply, fee) ? n(0) : n_sub(e, m->r[c].supply, fee);
    out->flag_off = m->version == 7 ? no_collateral || n_same(m->r[c].supply, n(0)) : out->exhausts;
    out->bad_debt = no_collateral;
    if (out->flag_off)
        m->r[c].flag = false;
    for (unsigned i = 0; i < m->cnt && no_collateral; i++)
        if (m->r[i].active)
            m->r[i].debt = n(0);
    return !nothing;
}

/* Does the call to *M. LQ_ERR_PERM: refused; LQ_ERR_RANGE: reverts. *M is then unchanged. */
static inline lq_err_t model_liquidate(model_t *m, model_call_t *out, unsigned c, unsigned d,
                                       num_t amount)
{
    evm_t e = {false};
    model_t next = *m;
    memset(out, 0, sizeof(*out));
    model_sums_t s = model_sums(&e, m);
    if (!model_valid(m, &s, c, d))
        return LQ_ERR_PERM;
    num_t supply = model_balance(&e, m, c, false);
    num_t debt = model_balance(&e, m, d, true);
    out->c_value = model_value(&e, m, c, false, supply);
    out->d_value = model_value(&e, m, d, true, debt);
    model_borders(m, out->c_value, &out->c_large, &out->c_leftover);
    model_borders(m, out->d_value, &out->d_large, &out->d_leftover);
    out->max_debt = model_max_debt(&e, m, &s, d, out);
    if (n_less(out->max_debt, amount))
        amount = out->max_debt;
    model_seize(&e, out, m, c, d, amount);
    num_t both = n_add(&e, out->seized, out->fee);
    if (e.reverted)
        return LQ_ERR_RANGE;
    if (m->version >= 3 && n_less(out->repaid, debt) && n_less(both, supply)) {
        num_t left = model_value(&e, m, d, true, n_sub(&e, debt, out->repaid));
        num_t kept = model_value(&e, m, c, false, n_sub(&e, supply, both));
        out->dust = n_less(left, out->d_leftover) || n_less(kept, out->c_leftover);
        if (out->dust)
            return LQ_ERR_PERM;
    }
    num_t gone = model_value(&e, m, c, false, both);
    if (m->version == 7) {
        num_t u = n_add(&e, model_burnt(&e, m, c, false, out->seized),
                        model_burnt(&e, m, c, false, out->fee));
        u = n_less(m->r[c].supply, u) ? m->r[c].supply : u;
        gone = n_mul_div(&e, u, m->r[c].liquidity_index, LQ_RAY_ONE, EVM_DOWN);
        gone = model_value(&e, m, c, false, gone);
    }
    bool no_collateral = m->version >= 3 && n_same(gone, s.collateral);
    if (!model_move(&e, &next, out, c, d, no_collateral))
        return LQ_ERR_PERM;
    if (e.reverted)
        return LQ_ERR_RANGE;
    *m = next;
    return LQ_OK;
}

/* *M as USER of W. */
static inline void model_of(model_t *m, const world_t *w, unsigned user)
{
    const world_user_t *u = &w->users[user];
    memset(m, 0, sizeof(*m));
    m->version = w->version;
    m->cnt = w->reserve_cnt;
    m->now_sec = w->now_sec;
    m->e_mode = u->category != 0;
    m->sentinel_allows = !w->has_sentinel || w->sentinel_allows;
    m->e_threshold = w->categories[u->category].threshold_bps;
    m->e_bonus = w->categories[u->category].bonus_bps;
    m->e_price = w->categories[u->category].source ? w->categories[u->category].price : n(0);
    for (unsigned i = 0; i < m->cnt; i++) {
        const world_reserve_t *r = &w->reserves[i];
        m->r[i] = (model_reserve_t){
            .price = r->price,
            .unit = n(1),
            .liquidity_index = world_index(w, i, LQ_AAVE_V3_ATOKEN),
            .borrow_index = world_index(w, i, LQ_AAVE_V3_DEBT),
            .supply = u->supply[i].scaled,
            .debt = u->debt[i].scaled,
            .flag = u->flag[i],
            .active = r->active,
            .paused = r->paused,
            .in_e_mode = u->category != 0 &&
                         (w->version <= 1 ? r->category == u->category
                                          : w->categories[u->category].bitmap >> r->id & 1),
            .grace_until_sec = r->grace_until_sec,
            .threshold = r->threshold_bps,
            .bonus = r->bonus_bps,
            .fee = r->fee_bps,
        };
        for (unsigned k = 0; k < r->decimals; k++) {
            num_t ten = n(10);
            m->r[i].unit = lq_u256_mul_wrap(&m->r[i].unit, &ten);
        }
    }
}

#endif
