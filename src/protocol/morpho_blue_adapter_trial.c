#include "morpho_blue_adapter_internal.h"
#include "morpho_internal.h"

#define BPS        10000u
#define CLOSE_BITS 40u /* borders are exact below this many bits, and as many good above */

/* One market and one position in it: all that a liquidation moves. */
typedef struct trial {
    lq_morpho_market_t market; /* accrued */
    lq_morpho_position_t position;
    lq_u256_t price;
    lq_liquidation_pair_t pair;
    uint16_t close_factor_bps; /* 0: there is none */
    bool is_fresh;             /* as it was opened, and so not healthy */
} trial_t;
_Static_assert(sizeof(trial_t) <= LQ_TRIAL_SZ, "a trial must hold it");

static trial_t *of(lq_trial_t *trial)
{
    return (trial_t *)(void *)trial->bytes;
}

static const trial_t *of_const(const lq_trial_t *trial)
{
    return (const trial_t *)(const void *)trial->bytes;
}

lq_err_t lq_morpho_trial_open(const lq_instance_t *self, lq_trial_t *trial, uint32_t account,
                              const lq_health_view_t *view)
{
    bool healthy = true;
    uint32_t i = lq_morpho_account_row(self, account);
    const lq_morpho_about_t *about = &self->abouts[i];
    const lq_u256_t *price = lq_morpho_price_of(self, i, view);
    trial_t t = {.pair = {about->collateral_factor, about->debt_factor}, .is_fresh = true};
    if (lq_ledger_account(self->ledger, account).state != LQ_ACCOUNT_KNOWN || !price)
        return LQ_ERR_EMPTY;
    t.position = lq_morpho_position_of(self, i, account);
    if (t.position.borrow_shares == 0)
        return LQ_ERR_EMPTY;
    lq_morpho_now_t now = lq_morpho_market_of(&t.market, self, i, view);
    if (now != LQ_MORPHO_NOW_OK)
        return now == LQ_MORPHO_NOW_REVERTS ? LQ_ERR_RANGE : LQ_ERR_EMPTY;
    if (lq_morpho_is_healthy(&healthy, &t.market, &t.position, price))
        return LQ_ERR_RANGE;
    if (healthy)
        return LQ_ERR_EMPTY;
    if (view && view->what_if.bonus_bps)
        t.market.incentive_wad = lq_morpho_incentive_under(t.market.lltv_wad, &view->what_if);
    if (view && view->what_if.close_factor_bps < BPS)
        t.close_factor_bps = view->what_if.close_factor_bps;
    t.price = *price;
    *of(trial) = t;
    return LQ_OK;
}

void lq_morpho_trial_copy(lq_trial_t *to, const lq_trial_t *from)
{
    *of(to) = *of_const(from);
}

static bool can_be_liquidated(const trial_t *t)
{
    bool healthy = true;
    return t->is_fresh ||
           (lq_morpho_is_healthy(&healthy, &t->market, &t->position, &t->price) == LQ_OK &&
            !healthy);
}

size_t lq_morpho_trial_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                             lq_liquidation_pair_t *out, size_t max)
{
    const trial_t *t = of_const(trial);
    (void)self;
    if (max == 0 || !can_be_liquidated(t))
        return 0;
    out[0] = t->pair;
    return 1;
}

/* A seizure's value is rounded up with 1e36 - 1 added, in 256 bits: the most that may be seized
   before that reverts, at most CAP. Only prices that no token has come near it. */
static lq_u256_t cap_by_width(const lq_u256_t *cap, const lq_u256_t *price)
{
    static const lq_u256_t max = {{UINT64_MAX - UINT64_C(0xb34b9f1000000000) + 1,
                                   UINT64_MAX - UINT64_C(0x00c097ce7bc90715), UINT64_MAX,
                                   UINT64_MAX}}; /* 2^256 - 1e36 */
    lq_u256_t most;
    if (lq_u256_bit_len(cap) + lq_u256_bit_len(price) < 256 ||
        lq_u256_div_checked(&most, &max, price))
        return *cap;
    return lq_u256_min(cap, &most);
}

/* The most shares that one call may repay. */
static lq_u256_t most_shares(const trial_t *t)
{
    const lq_u256_t shares = lq_morpho_word(t->position.borrow_shares);
    const lq_u256_t part = lq_u256_from_u64(t->close_factor_bps);
    const lq_u256_t whole = lq_u256_from_u64(BPS);
    lq_u256_t most;
    if (LQ_LIKELY(t->close_factor_bps == 0) || lq_u256_mul_div_down(&most, &shares, &part, &whole))
        return shares;
    return most;
}

/* Each step of shares_for_seized rounds up where seized_for_shares, its inverse, rounds down: so
   shares_for_seized(c) <= s just where c <= seized_for_shares(s), and borders follow from one
   another without a search. */
static lq_err_t last_amount(lq_u256_t *out, const trial_t *t, lq_liquidation_by_t by)
{
    const lq_u256_t shares = most_shares(t);
    const lq_u256_t collateral = lq_morpho_word(t->position.collateral);
    const lq_u256_t one = lq_u256_from_u64(1);
    bool by_seized = by == LQ_LIQUIDATION_BY_SEIZED;
    lq_u256_t seized;
    lq_err_t err = lq_morpho_seized_for_shares(&seized, &t->market, &shares, &t->price);
    if (err == LQ_ERR_DIV_ZERO && by_seized) { /* at a price of 0 a seizure repays nothing */
        *out = collateral;
        return LQ_OK;
    }
    if (err)
        return err;
    if (!lq_u256_lt(&collateral, &seized)) {
        *out = by_seized ? cap_by_width(&seized, &t->price) : shares;
        return LQ_OK;
    }
    if (by_seized) {
        *out = cap_by_width(&collateral, &t->price);
        return LQ_OK;
    }
    seized = lq_u256_add_wrap(&collateral, &one);
    err = lq_morpho_shares_for_seized(out, &t->market, &seized, &t->price);
    if (!err)
        *out = lq_u256_sub_wrap(out, &one);
    return err;
}

/* Whether CALL repays more than a close factor has it. */
static bool is_beyond(const trial_t *t, const lq_liquidation_call_t *call)
{
    const lq_u256_t most = most_shares(t);
    lq_u256_t shares = call->amount;
    if (call->by == LQ_LIQUIDATION_BY_SEIZED &&
        lq_morpho_shares_for_seized(&shares, &t->market, &call->amount, &t->price))
        return true;
    return lq_u256_lt(&most, &shares);
}

lq_err_t lq_morpho_trial_call(const lq_instance_t *self, lq_trial_t *trial,
                              lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call)
{
    static const lq_u256_t none = {{0}};
    trial_t *t = of(trial);
    lq_morpho_liquidation_t done;
    bool by_seized = call->by == LQ_LIQUIDATION_BY_SEIZED;
    (void)self;
    if (call->pair.collateral != t->pair.collateral || call->pair.debt != t->pair.debt)
        return LQ_ERR_PERM;
    if (LQ_UNLIKELY(t->close_factor_bps != 0) && is_beyond(t, call))
        return LQ_ERR_PERM;
    lq_err_t err =
        lq_morpho_liquidate(&done, &t->market, &t->position, &t->price,
                            by_seized ? &call->amount : &none, by_seized ? &none : &call->amount);
    if (err)
        return err;
    t->is_fresh = false;
    *out = (lq_liquidation_outcome_t){
        .repaid = done.repaid_assets,
        .seized = done.seized_assets,
        .closes_debt = t->position.borrow_shares == 0,
        .takes_all = t->position.collateral == 0,
        .bad_debt = !lq_u256_is_zero(&done.bad_debt_shares),
    };
    return LQ_OK;
}

/* Whether AMOUNT by BY heals. */
static bool heals(const lq_instance_t *self, const trial_t *from, lq_liquidation_by_t by,
                  const lq_u256_t *amount)
{
    const lq_liquidation_call_t call = {from->pair, by, *amount};
    lq_liquidation_outcome_t out;
    lq_trial_t there;
    *of(&there) = *from;
    return lq_morpho_trial_call(self, &there, &out, &call) == LQ_OK &&
           !can_be_liquidated(of_const(&there));
}

/* Where a call leaves something for the next, OUT is cut behind the last amount that does not heal:
   the more is repaid the better health is, or the worse. */
static size_t cut(const lq_instance_t *self, const trial_t *t,
                  lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX], lq_liquidation_by_t by)
{
    const lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t low = out[0].from;
    lq_u256_t high = out[0].to;
    if (!heals(self, t, by, &high))
        return 1;
    if (heals(self, t, by, &low))
        return 1;
    for (;;) {
        lq_u256_t gap = lq_u256_sub_wrap(&high, &low);
        lq_u256_t close = lq_u256_shr(&low, CLOSE_BITS);
        close = lq_u256_max(&close, &one);
        if (!lq_u256_lt(&close, &gap))
            break;
        gap = lq_u256_shr(&gap, 1);
        gap = lq_u256_add_wrap(&low, &gap);
        if (heals(self, t, by, &gap))
            high = gap;
        else
            low = gap;
    }
    out[1] = (lq_liquidation_range_t){high, out[0].to};
    out[0].to = low;
    return 2;
}

/* The contract has no close factor: whatever a call leaves for the next, a larger one takes at
   once. So one range is enough, though calls near its end heal. */
size_t lq_morpho_trial_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                              lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                              lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    const trial_t *t = of_const(trial);
    lq_u256_t to;
    if (pair.collateral != t->pair.collateral || pair.debt != t->pair.debt ||
        !can_be_liquidated(t) || last_amount(&to, t, by) || lq_u256_is_zero(&to))
        return 0;
    out[0] = (lq_liquidation_range_t){lq_u256_from_u64(1), to};
    return LQ_LIKELY(t->close_factor_bps == 0) ? 1 : cut(self, t, out, by);
}

/* Interest makes shares of a debt seize more: where that could become more than the HELD, which
   reverts, the collateral is named. What that leaves of a debt is next to nothing, or written off.
 */
static bool names_seized(lq_u128_t held, const lq_liquidation_call_t *call,
                         const lq_liquidation_outcome_t *outcome)
{
    const lq_u256_t most = lq_morpho_word(held);
    lq_u256_t seized = lq_liquidation_growth(&outcome->seized);
    if (call->by == LQ_LIQUIDATION_BY_SEIZED)
        return true;
    seized = lq_u256_add_wrap(&seized, &outcome->seized); /* each has 128 bits */
    return lq_u256_lt(&most, &seized) && !lq_u256_is_zero(&outcome->seized);
}

lq_err_t lq_morpho_trial_send(const lq_instance_t *self, lq_trial_t *trial,
                              lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call)
{
    trial_t *t = of(trial);
    const trial_t before = *t;
    lq_liquidation_outcome_t done;
    lq_err_t err = lq_morpho_trial_call(self, trial, &done, call);
    if (!err && call->by == LQ_LIQUIDATION_BY_REPAID &&
        names_seized(before.position.collateral, call, &done)) {
        lq_liquidation_call_t named = {call->pair, LQ_LIQUIDATION_BY_SEIZED, done.seized};
        *t = before;
        err = lq_morpho_trial_call(self, trial, &done, &named);
    }
    if (!err)
        *out = done;
    return err;
}

void lq_morpho_trial_health(const lq_instance_t *self, const lq_trial_t *trial, lq_health_t *out)
{
    const trial_t *t = of_const(trial);
    (void)self;
    lq_morpho_judge(out, &t->market, &t->position, &t->price);
}

lq_err_t lq_morpho_encode_call(const lq_instance_t *self, lq_calls_t *calls, uint32_t account,
                               const lq_liquidation_call_t *call,
                               const lq_liquidation_outcome_t *outcome)
{
    const lq_morpho_about_t *about = &self->abouts[lq_morpho_account_row(self, account)];
    const lq_address_t borrower = lq_ledger_account(self->ledger, account).owner;
    const lq_abi_morpho_blue_market_params_t params = {about->loan_token, about->collateral_token,
                                                       about->oracle, about->irm,
                                                       lq_u256_from_u64(about->lltv_wad)};
    static const lq_u256_t none = {{0}};
    bool by_seized = names_seized(lq_ledger_amount(self->ledger, account, about->collateral_factor),
                                  call, outcome);
    const lq_u256_t *amount =
        call->by == LQ_LIQUIDATION_BY_SEIZED || !by_seized ? &call->amount : &outcome->seized;
    uint8_t input[LQ_MORPHO_LIQUIDATE_SZ];
    uint8_t *room;
    size_t sz = 0;
    lq_err_t err = lq_abi_morpho_blue_liquidate_encode(input, sizeof(input), &sz, NULL, &params,
                                                       &borrower, by_seized ? amount : &none,
                                                       by_seized ? &none : amount, NULL, 0);
    LQ_ASSERT(err == LQ_OK && sz == sizeof(input));
    err = lq_calls_add(calls, &room, &self->contract, sz);
    if (!err)
        memcpy(room, input, sz);
    return err;
}

/* Shares that are no more owed the contract takes from what is owed, which reverts: who repays a
   unit makes a call for all of a debt fail, and then it is to fail here. */
lq_err_t lq_morpho_guard(const lq_instance_t *self, lq_calls_t *calls, lq_guard_t *out,
                         uint32_t account, const lq_liquidation_call_t *call,
                         const lq_liquidation_outcome_t *outcome)
{
    const lq_u128_t debt = lq_ledger_amount(self->ledger, account, call->pair.debt);
    lq_u256_t named = lq_u256_from_u64(0);
    if (outcome->closes_debt)
        named = lq_morpho_word(debt);
    else if (call->by == LQ_LIQUIDATION_BY_REPAID)
        named = call->amount;
    const lq_address_t owner = lq_ledger_account(self->ledger, account).owner;
    lq_err_t err =
        lq_morpho_call_position(self, calls, lq_morpho_account_row(self, account), &owner);
    if (err)
        return err;
    *out = lq_guard_of(1, debt); /* its borrow shares */
    out->min = lq_u256_max(&out->min, &named);
    return LQ_OK;
}

bool lq_morpho_liquidated(const lq_instance_t *self, lq_liquidation_log_t *out,
                          const lq_evm_log_t *log)
{
    lq_abi_morpho_blue_liquidate_event_t e;
    uint32_t i;
    if (memcmp(&log->address, &self->contract, sizeof(log->address)) != 0 || log->topic_cnt == 0 ||
        memcmp(&log->topics[0], &lq_abi_morpho_blue_liquidate_event_topic, sizeof(lq_hash_t)) !=
            0 ||
        lq_abi_morpho_blue_liquidate_event_decode(&e, NULL, log->topics, log->topic_cnt, log->data,
                                                  log->data_sz) ||
        lq_morpho_row_find(self, &i, &e.id))
        return false;
    const lq_morpho_about_t *about = &self->abouts[i];
    uint32_t account = LQ_LEDGER_NONE;
    if (lq_ledger_find(self->ledger, &account, about->pool, &e.borrower))
        account = LQ_LEDGER_NONE;
    *out = (lq_liquidation_log_t){.account = account,
                                  .liquidator = e.caller,
                                  .collateral_token = about->collateral_token,
                                  .debt_token = about->loan_token,
                                  .repaid = e.repaid_assets,
                                  .seized = e.seized_assets};
    return true;
}
