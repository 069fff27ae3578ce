#include "liqd/decide/limits.h"

#include <string.h>

#include "liqd/num/fixed.h"

#include "limits_internal.h"

const char *lq_limit_str(lq_limit_t limit)
{
    switch (limit) {
#define LIMIT_CASE(name, string) \
    case LQ_LIMIT_##name:        \
        return string;
        LQ_LIMIT_TABLE(LIMIT_CASE)
#undef LIMIT_CASE
    case LQ_LIMIT_CNT:
        break;
    }
    return "unknown";
}

bool lq_limit_is_breaker(lq_limit_t limit)
{
    switch (limit) {
    case LQ_LIMIT_GAS_HOUR:
    case LQ_LIMIT_GAS_DAY:
    case LQ_LIMIT_LOSS_DAY:
    case LQ_LIMIT_REVERT_RATIO:
    case LQ_LIMIT_EXPOSURE:
    case LQ_LIMIT_BORROWER_FAILURES:
    case LQ_LIMIT_CNT:
        return false;
    case LQ_LIMIT_BASE_FEE:
    case LQ_LIMIT_GAS_BALANCE:
    case LQ_LIMIT_STALE_HEAD:
    case LQ_LIMIT_STALE_PRICE:
    case LQ_LIMIT_PRICE_DEVIATION:
    case LQ_LIMIT_AUDIT:
    case LQ_LIMIT_PAUSE:
        return true;
    }
    return false;
}

/* ---- making ---- */

void lq_limits_forget(lq_limits_t *limits)
{
    limits->clock = (limits_clock_t){0};
    limits->paused = false;
    limits->gas_hour = (budget_t){.bucket_sec = HOUR_BUCKET_SEC, .bucket_cnt = HOUR_BUCKET_CNT};
    limits->gas_day = (budget_t){.bucket_sec = DAY_BUCKET_SEC, .bucket_cnt = DAY_BUCKET_CNT};
    limits->loss_day = limits->gas_day;
    limits->outcomes = (outcomes_t){0};
    lq_borrowers_clear(&limits->borrowers);
}

/* As map.h says of its memory. */
static size_t map_sz(void)
{
    size_t cap = LQ_LIMITS_BORROWER_MAX;
    return 128 + (cap + (cap + 1) / 2) * 32;
}

size_t lq_limits_arena_sz(void)
{
    return sizeof(lq_limits_t) + map_sz() + 2 * (size_t)LQ_CACHE_LINE_SZ;
}

lq_err_t lq_limits_new(lq_limits_t **limits, lq_arena_t *arena, const lq_limits_config_t *config,
                       uint64_t seed)
{
    lq_err_t err = lq_limits_check(config, NULL);
    if (err)
        return err;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_limits_t *made = lq_arena_alloc(arena, sizeof(*made), LQ_CACHE_LINE_SZ);
    lq_map_t *map;
    if (!made ||
        lq_map_new(&map, arena, sizeof(lq_address_t), LQ_LIMITS_BORROWER_MAX, seed) != LQ_OK) {
        lq_arena_rewind(arena, mark);
        return LQ_ERR_NOMEM;
    }
    memset(made, 0, sizeof(*made));
    made->config = *config;
    made->borrowers.map = map;
    lq_limits_forget(made);
    *limits = made;
    return LQ_OK;
}

lq_err_t lq_limits_configure(lq_limits_t *limits, const lq_limits_config_t *config)
{
    lq_err_t err = lq_limits_check(config, NULL);
    if (!err)
        limits->config = *config;
    return err;
}

/* ---- the world ---- */

void lq_limits_set_pause(lq_limits_t *limits, bool paused)
{
    limits->paused = paused;
}

bool lq_limits_paused(const lq_limits_t *limits)
{
    return limits->paused;
}

void lq_limits_set_base_fee(lq_limits_t *limits, const lq_wei_t *base_fee)
{
    limits->base_fee_wei = *base_fee;
    limits->base_fee_known = true;
}

void lq_limits_set_gas_balance(lq_limits_t *limits, const lq_wei_t *balance)
{
    limits->gas_balance_wei = *balance;
    limits->gas_balance_known = true;
}

void lq_limits_set_head(lq_limits_t *limits, uint64_t head_sec)
{
    limits->head_sec = head_sec;
    limits->head_known = true;
}

void lq_limits_tell_time(lq_limits_t *limits, uint64_t now_sec)
{
    limits->clock = lq_limits_clock_at(&limits->clock, now_sec);
}

/* The same when something is counted. */
static void count_at(lq_limits_t *limits, uint64_t now_sec)
{
    lq_limits_tell_time(limits, now_sec);
    limits->clock.kept_sec = limits->clock.time_sec;
}

/* ---- what is in flight ---- */

static void tie(tied_t *t, const lq_u256_t *amount)
{
    t->sum = lq_u256_add_wrap(&t->sum, amount);
    t->carry_cnt += lq_u256_lt(&t->sum, amount);
}

static void untie(tied_t *t, const lq_u256_t *amount)
{
    bool borrows = lq_u256_lt(&t->sum, amount);
    LQ_ASSERT(t->carry_cnt >= borrows); /* as much as was taken */
    t->carry_cnt -= borrows;
    t->sum = lq_u256_sub_wrap(&t->sum, amount);
}

/* Sets *ROOM to what is left of ALL beside what is in flight and AMOUNT; false where it is less
   than nothing. */
static bool room_beside(lq_u256_t *room, const lq_u256_t *all, const tied_t *t,
                        const lq_u256_t *amount)
{
    return t->carry_cnt == 0 && !lq_u256_sub_checked(room, all, &t->sum) &&
           !lq_u256_sub_checked(room, room, amount);
}

/* ---- who holds ---- */

static failure_rule_t failure_rule(const lq_limits_t *limits)
{
    return (failure_rule_t){limits->config.borrower_failure_max,
                            limits->config.borrower_failure_sec};
}

/* What is asked. */
typedef struct ask {
    const lq_address_t *borrower; /* NULL: anyone */
    lq_u256_t exposure_usd;
    lq_u256_t gas_wei;
    uint64_t now_sec;
    limits_clock_t clock;
} ask_t;

/* The wall's time when the limits' clock says TIME_SEC, which is to come. */
static uint64_t wall_sec(const ask_t *a, uint64_t time_sec)
{
    return time_sec - a->clock.ahead_sec;
}

/* Each below sets *UNTIL_SEC, which is 0 before, where it holds until some time. */

static bool gas_holds(const lq_limits_t *limits, uint64_t *until_sec, const budget_t *b,
                      const lq_wei_t *budget_wei, const ask_t *a)
{
    lq_u256_t room;
    if (lq_u256_is_zero(&budget_wei->raw))
        return false;
    if (!room_beside(&room, &budget_wei->raw, &limits->gas, &a->gas_wei))
        return true; /* whatever time gives back */
    if (!lq_budget_exceeds(b, &room, a->clock.time_sec))
        return false;
    *until_sec = wall_sec(a, lq_budget_frees_sec(b, &room, a->clock.time_sec));
    return true;
}

/* The most of losses that does not hold. */
static lq_u256_t loss_room(const lq_limits_t *limits)
{
    lq_u256_t one = lq_u256_from_u64(1);
    return lq_u256_sub_wrap(&limits->config.loss_day_usd.raw, &one);
}

static bool loss_holds(const lq_limits_t *limits, uint64_t *until_sec, const ask_t *a)
{
    if (lq_u256_is_zero(&limits->config.loss_day_usd.raw))
        return false;
    lq_u256_t room = loss_room(limits);
    if (!lq_budget_exceeds(&limits->loss_day, &room, a->clock.time_sec))
        return false;
    *until_sec = wall_sec(a, lq_budget_frees_sec(&limits->loss_day, &room, a->clock.time_sec));
    return true;
}

static bool reverts_hold(const lq_limits_t *limits, uint64_t *until_sec, const ask_t *a)
{
    if (limits->config.revert_ratio_bps == LQ_BPS_ONE.w[0] ||
        limits->outcomes.until_sec <= a->clock.time_sec)
        return false;
    *until_sec = wall_sec(a, limits->outcomes.until_sec);
    return true;
}

static bool exposure_holds(const lq_limits_t *limits, const ask_t *a)
{
    lq_u256_t room;
    const lq_u256_t *all = &limits->config.exposure_usd.raw;
    return !lq_u256_is_zero(all) && !room_beside(&room, all, &limits->exposure, &a->exposure_usd);
}

static bool borrower_holds(const lq_limits_t *limits, uint64_t *until_sec, const ask_t *a)
{
    failure_rule_t rule = failure_rule(limits);
    if (!rule.max)
        return false;
    uint64_t until =
        lq_borrowers_until_sec(&limits->borrowers, a->borrower, &rule, a->clock.time_sec);
    if (until)
        *until_sec = wall_sec(a, until);
    return until != 0;
}

static bool base_fee_holds(const lq_limits_t *limits)
{
    const lq_u256_t *most = &limits->config.base_fee_max_wei.raw;
    return !lq_u256_is_zero(most) &&
           (!limits->base_fee_known || lq_u256_lt(most, &limits->base_fee_wei.raw));
}

static bool gas_balance_holds(const lq_limits_t *limits, const ask_t *a)
{
    lq_u256_t room;
    const lq_u256_t *least = &limits->config.gas_balance_min_wei.raw;
    if (lq_u256_is_zero(least))
        return false;
    return !limits->gas_balance_known ||
           !room_beside(&room, &limits->gas_balance_wei.raw, &limits->gas, &a->gas_wei) ||
           lq_u256_lt(&room, least);
}

static bool head_holds(const lq_limits_t *limits, const ask_t *a)
{
    uint32_t most_sec = limits->config.stale_head_sec;
    return most_sec && (!limits->head_known || (a->now_sec > limits->head_sec &&
                                                a->now_sec - limits->head_sec > most_sec));
}

static LQ_ALWAYS_INLINE bool holds(const lq_limits_t *limits, uint64_t *until_sec, lq_limit_t limit,
                                   const ask_t *a)
{
    switch (limit) {
    case LQ_LIMIT_GAS_HOUR:
        return gas_holds(limits, until_sec, &limits->gas_hour, &limits->config.gas_hour_wei, a);
    case LQ_LIMIT_GAS_DAY:
        return gas_holds(limits, until_sec, &limits->gas_day, &limits->config.gas_day_wei, a);
    case LQ_LIMIT_LOSS_DAY:
        return loss_holds(limits, until_sec, a);
    case LQ_LIMIT_REVERT_RATIO:
        return reverts_hold(limits, until_sec, a);
    case LQ_LIMIT_EXPOSURE:
        return exposure_holds(limits, a);
    case LQ_LIMIT_BORROWER_FAILURES:
        return borrower_holds(limits, until_sec, a);
    case LQ_LIMIT_BASE_FEE:
        return base_fee_holds(limits);
    case LQ_LIMIT_GAS_BALANCE:
        return gas_balance_holds(limits, a);
    case LQ_LIMIT_STALE_HEAD:
        return head_holds(limits, a);
    case LQ_LIMIT_PAUSE:
        return limits->paused;
    case LQ_LIMIT_STALE_PRICE: /* the caller's */
    case LQ_LIMIT_PRICE_DEVIATION:
    case LQ_LIMIT_AUDIT:
    case LQ_LIMIT_CNT:
        return false;
    }
    return false;
}

static bool first_that_holds(const lq_limits_t *limits, lq_hold_t *out, const ask_t *a)
{
    uint64_t until_sec = 0;
#define TRY_LIMIT(name, string)                                       \
    if (LQ_UNLIKELY(holds(limits, &until_sec, LQ_LIMIT_##name, a))) { \
        *out = (lq_hold_t){LQ_LIMIT_##name, until_sec};               \
        return true;                                                  \
    }
    LQ_LIMIT_TABLE(TRY_LIMIT) /* without a loop, whose jumps no CPU foresees */
#undef TRY_LIMIT
    return false;
}

bool lq_limits_hold(lq_limits_t *limits, lq_hold_t *out, const lq_address_t *borrower,
                    const lq_usd_t *exposure, const lq_wei_t *gas_wei, uint64_t now_sec)
{
    lq_limits_tell_time(limits, now_sec);
    ask_t a = {borrower, exposure->raw, gas_wei->raw, now_sec, limits->clock};
    return first_that_holds(limits, out, &a);
}

bool lq_limits_would_hold(const lq_limits_t *limits, lq_hold_t *out, const lq_address_t *borrower,
                          const lq_usd_t *exposure, const lq_wei_t *gas_wei, uint64_t now_sec)
{
    ask_t a = {borrower, exposure->raw, gas_wei->raw, now_sec,
               lq_limits_clock_at(&limits->clock, now_sec)};
    return first_that_holds(limits, out, &a);
}

bool lq_limits_holding(const lq_limits_t *limits, lq_hold_t *out, lq_limit_t limit,
                       uint64_t now_sec)
{
    /* What holds the least that there can be holds everybody. */
    lq_u256_t one = lq_u256_from_u64(1);
    ask_t a = {NULL, one, one, now_sec, lq_limits_clock_at(&limits->clock, now_sec)};
    uint64_t until_sec = 0;
    if (!holds(limits, &until_sec, limit, &a))
        return false;
    *out = (lq_hold_t){limit, until_sec};
    return true;
}

/* ---- what is done ---- */

void lq_limits_taken(lq_limits_t *limits, const lq_usd_t *exposure, const lq_wei_t *gas_wei,
                     uint64_t now_sec)
{
    lq_limits_tell_time(limits, now_sec);
    tie(&limits->exposure, &exposure->raw);
    tie(&limits->gas, &gas_wei->raw);
}

/* How many of the newest CNT reverted. */
static uint32_t reverted_cnt(const outcomes_t *o, uint32_t cnt)
{
    lq_u256_t newest = lq_u256_shl_wrap(&o->reverted, LQ_LIMITS_WINDOW_MAX - cnt);
    uint32_t sum = 0;
    for (size_t i = 0; i < LQ_ARRAY_CNT(newest.w); i++)
        sum += (uint32_t)__builtin_popcountll(newest.w[i]);
    return sum;
}

static void mined(lq_limits_t *limits, bool reverted)
{
    outcomes_t *o = &limits->outcomes;
    const lq_limits_config_t *c = &limits->config;
    uint64_t time_sec = limits->clock.time_sec;
    if (o->until_sec > time_sec) /* the window is empty when it lets go */
        return;
    o->reverted = lq_u256_shl_wrap(&o->reverted, 1);
    o->reverted.w[0] |= reverted;
    if (o->cnt < LQ_LIMITS_WINDOW_MAX)
        o->cnt++;
    if (c->revert_ratio_bps == LQ_BPS_ONE.w[0] || o->cnt < c->revert_window ||
        reverted_cnt(o, c->revert_window) * LQ_BPS_ONE.w[0] <=
            (uint64_t)c->revert_ratio_bps * c->revert_window)
        return;
    *o = (outcomes_t){.until_sec = time_sec + c->revert_hold_sec};
}

void lq_limits_ended(lq_limits_t *limits, const lq_limits_end_t *end, uint64_t now_sec)
{
    count_at(limits, now_sec);
    untie(&limits->exposure, &end->exposure.raw);
    untie(&limits->gas, &end->gas_wei.raw);
    lq_budget_use(&limits->gas_hour, &end->spent_wei.raw, limits->clock.time_sec);
    lq_budget_use(&limits->gas_day, &end->spent_wei.raw, limits->clock.time_sec);
    lq_u256_t left = lq_u256_from_u64(0);
    (void)!lq_u256_sub_checked(&left, &limits->gas_balance_wei.raw, &end->spent_wei.raw);
    limits->gas_balance_wei.raw = left;
    if (end->mined)
        mined(limits, end->failed);
    if (end->failed) {
        failure_rule_t rule = failure_rule(limits);
        lq_borrowers_fail(&limits->borrowers, &end->borrower, &rule, limits->clock.time_sec);
    }
}

void lq_limits_realised(lq_limits_t *limits, const lq_i256_t *profit_usd, uint64_t now_sec)
{
    lq_limits_tell_time(limits, now_sec);
    if (!lq_i256_is_neg(profit_usd))
        return;
    count_at(limits, now_sec);
    lq_u256_t loss = lq_i256_abs(profit_usd);
    lq_budget_use(&limits->loss_day, &loss, limits->clock.time_sec);
}

void lq_limits_resume(lq_limits_t *limits)
{
    failure_rule_t rule = failure_rule(limits);
    limits->paused = false;
    limits->outcomes.until_sec = 0;
    if (!lq_u256_is_zero(&limits->config.loss_day_usd.raw)) {
        lq_u256_t room = loss_room(limits);
        lq_budget_pass(&limits->loss_day, &room);
    }
    lq_borrowers_release(&limits->borrowers, &rule, limits->clock.time_sec);
}
