#include "decisions.h"

#include <inttypes.h>
#include <string.h>

#include "liqd/keys/address.h"

#define USD_DECIMALS 18u
#define CENT_DIGITS  2u

/* A token's units as a person reads them. */
typedef struct amount {
    char number[LQ_DECIMAL_SZ];
    char token[LQ_ADDRESS_TEXT_SZ + 1]; /* its symbol, or its address */
} amount_t;

typedef struct owner {
    char text[LQ_ADDRESS_TEXT_SZ + 1];
} owner_t;

/* Cuts TEXT, a decimal number, behind DIGITS of its fraction. */
static const char *cut(char *text, size_t digits)
{
    char *point = strchr(text, '.');
    if (point && strlen(point) > digits + 1)
        point[digits + 1] = '\0';
    return text;
}

static void print_number(char out[LQ_DECIMAL_SZ], const lq_u256_t *v, unsigned decimals)
{
    if (lq_decimal_print(out, LQ_DECIMAL_SZ, v, decimals))
        LQ_BUG("a number has no decimal digits");
}

const char *lq_decisions_usd(lq_signed_text_t *out, const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    out->text[0] = '-';
    print_number(out->text + 1, &abs, USD_DECIMALS);
    (void)cut(out->text, CENT_DIGITS);
    if (!lq_i256_is_neg(v))
        memmove(out->text, out->text + 1, strlen(out->text));
    return out->text;
}

static const char *wei(char out[LQ_WEI_TEXT_SZ], const lq_wei_t *v)
{
    if (lq_wei_print(out, LQ_WEI_TEXT_SZ, v, LQ_WEI_UNIT_ETH))
        LQ_BUG("an amount has no decimal digits");
    return out;
}

static const char *market_of(const lq_state_t *state, uint32_t instance)
{
    return instance < state->instance_cnt ? state->instances[instance].name : "-";
}

static void name_token(char out[LQ_ADDRESS_TEXT_SZ + 1], const lq_state_t *state,
                       const lq_address_t *token)
{
    const lq_oracles_t *oracles = lq_sync_oracles(state->sync);
    lq_address_print(out, token);
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        const lq_token_t *t = lq_oracles_token(oracles, i);
        if (memcmp(&t->address, token, sizeof(*token)) == 0 && t->symbol[0])
            (void)snprintf(out, LQ_ADDRESS_TEXT_SZ + 1, "%s", t->symbol);
    }
}

static void print_amount(amount_t *out, const lq_state_t *state, uint16_t factor,
                         const lq_u256_t *amount)
{
    uint8_t decimals;
    lq_address_t token = lq_state_token(state, factor, &decimals);
    print_number(out->number, amount, decimals);
    name_token(out->token, state, &token);
}

static void log_take(lq_log_t *log, const lq_state_t *state, const lq_action_take_t *take)
{
    const lq_plan_t *plan = take->plan;
    owner_t owner;
    lq_signed_text_t profit;
    char gas[LQ_WEI_TEXT_SZ];
    char bid[LQ_WEI_TEXT_SZ];
    lq_address_print(owner.text, &take->borrower);
    for (size_t i = 0; i < plan->step_cnt; i++) {
        const lq_plan_step_t *step = &plan->steps[i];
        amount_t repaid;
        amount_t seized;
        print_amount(&repaid, state, step->call.pair.debt, &step->outcome.repaid);
        print_amount(&seized, state, step->call.pair.collateral, &step->outcome.seized);
        LQ_LOG(log, LQ_LOG_INFO, "engine", "step", LQ_LOG_U64("intent", take->intent),
               LQ_LOG_U64("step", i + 1), LQ_LOG_CSTR("repaid", repaid.number),
               LQ_LOG_CSTR("debt", repaid.token), LQ_LOG_CSTR("seized", seized.number),
               LQ_LOG_CSTR("collateral", seized.token),
               LQ_LOG_CSTR("profit_usd", lq_decisions_usd(&profit, &step->profit.net_usd)));
    }
    LQ_LOG(log, LQ_LOG_INFO, "engine", "take", LQ_LOG_U64("intent", take->intent),
           LQ_LOG_CSTR("market", market_of(state, take->instance)),
           LQ_LOG_CSTR("account", owner.text), LQ_LOG_U64("steps", plan->step_cnt),
           LQ_LOG_CSTR("profit_usd", lq_decisions_usd(&profit, &plan->profit.net_usd)),
           LQ_LOG_U64("gas", plan->gas), LQ_LOG_CSTR("gas_cost", wei(gas, &plan->profit.gas_wei)),
           LQ_LOG_CSTR("bid", wei(bid, &take->bid_wei)), LQ_LOG_U64("from_block", take->target_blk),
           LQ_LOG_U64("to_block", take->last_blk));
}

/* One that stands. */
static void log_standing(lq_log_t *log, const lq_action_candidate_t *c, const char *market,
                         const char *owner)
{
    const char *reason = lq_reason_str(c->reason);
    lq_signed_text_t profit = {"-"};
    if (c->has_profit)
        (void)lq_decisions_usd(&profit, &c->profit.net_usd);
    if (c->reason == LQ_REASON_LIMIT || c->reason == LQ_REASON_BREAKER)
        LQ_LOG(log, LQ_LOG_INFO, "engine", "candidate", LQ_LOG_CSTR("market", market),
               LQ_LOG_CSTR("account", owner), LQ_LOG_CSTR("reason", reason),
               LQ_LOG_CSTR("limit", lq_limit_str(c->hold.limit)),
               LQ_LOG_U64("until", c->hold.until_sec), LQ_LOG_CSTR("profit_usd", profit.text));
    else if (c->has_profit)
        LQ_LOG(log, LQ_LOG_INFO, "engine", "candidate", LQ_LOG_CSTR("market", market),
               LQ_LOG_CSTR("account", owner), LQ_LOG_CSTR("reason", reason),
               LQ_LOG_CSTR("profit_usd", profit.text));
    else
        LQ_LOG(log, LQ_LOG_INFO, "engine", "candidate", LQ_LOG_CSTR("market", market),
               LQ_LOG_CSTR("account", owner), LQ_LOG_CSTR("reason", reason));
}

static void log_candidate(lq_log_t *log, const lq_state_t *state, const lq_action_candidate_t *c)
{
    owner_t owner;
    owner_t liquidator;
    bool lost = c->reason == LQ_REASON_LOST || c->reason == LQ_REASON_OUTBID;
    const char *market = market_of(state, c->instance);
    lq_address_print(owner.text, &c->borrower);
    lq_address_print(liquidator.text, &c->liquidator);
    if (!c->ended)
        log_standing(log, c, market, owner.text);
    else if (lost)
        LQ_LOG(log, LQ_LOG_INFO, "engine", "candidate ended", LQ_LOG_CSTR("market", market),
               LQ_LOG_CSTR("account", owner.text), LQ_LOG_CSTR("reason", lq_reason_str(c->reason)),
               LQ_LOG_CSTR("liquidator", liquidator.text));
    else
        LQ_LOG(log, LQ_LOG_INFO, "engine", "candidate ended", LQ_LOG_CSTR("market", market),
               LQ_LOG_CSTR("account", owner.text), LQ_LOG_CSTR("reason", lq_reason_str(c->reason)));
}

static void log_limit(lq_log_t *log, const lq_action_limit_t *limit)
{
    const char *name = lq_limit_str(limit->hold.limit);
    if (!limit->holds)
        LQ_LOG(log, LQ_LOG_INFO, "engine", "a limit lets go", LQ_LOG_CSTR("limit", name));
    else if (limit->hold.until_sec)
        LQ_LOG(log, LQ_LOG_WARN, "engine", "a limit holds", LQ_LOG_CSTR("limit", name),
               LQ_LOG_U64("until", limit->hold.until_sec));
    else
        LQ_LOG(log, LQ_LOG_WARN, "engine", "a limit holds", LQ_LOG_CSTR("limit", name),
               LQ_LOG_CSTR("until", "it has changed"));
}

void lq_decisions_log(lq_log_t *log, const lq_state_t *state, const lq_action_t *action)
{
    switch (action->kind) {
    case LQ_ACTION_TAKE:
        log_take(log, state, action->as.take);
        return;
    case LQ_ACTION_DROP:
        LQ_LOG(log, LQ_LOG_INFO, "engine", "drop", LQ_LOG_U64("intent", action->as.id));
        return;
    case LQ_ACTION_CANDIDATE:
        log_candidate(log, state, action->as.candidate);
        return;
    case LQ_ACTION_LIMIT:
        log_limit(log, &action->as.limit);
        return;
    case LQ_ACTION_READ:
    case LQ_ACTION_CANCEL_READ:
    case LQ_ACTION_SEARCH:
    case LQ_ACTION_FOLLOW:
    case LQ_ACTION_BEGIN:
    case LQ_ACTION_NOTICE:
    case LQ_ACTION_CNT:
        return;
    }
}

void lq_decisions_add(lq_decisions_t *d, const lq_action_t *action)
{
    if (action->kind != LQ_ACTION_TAKE)
        return;
    d->take_cnt++;
    d->profit_usd = lq_i256_add_wrap(&d->profit_usd, &action->as.take->plan->profit.net_usd);
}

void lq_decisions_print(FILE *out, const lq_engine_stat_t *stat, const lq_decisions_t *d)
{
    lq_signed_text_t profit;
    (void)fprintf(out, "candidates            %" PRIu64 "\n", stat->began_cnt);
    (void)fprintf(out, "would have been taken %" PRIu64 "\n", d->take_cnt);
    (void)fprintf(out, "estimated profit      %s USD\n", lq_decisions_usd(&profit, &d->profit_usd));
    for (unsigned i = 0; i < LQ_REASON_CNT; i++)
        if (stat->ended_cnt[i])
            (void)fprintf(out, "ended %-15s %" PRIu64 "\n", lq_reason_str((lq_reason_t)i),
                          stat->ended_cnt[i]);
    for (unsigned i = 0; i < LQ_REASON_CNT; i++)
        if (stat->standing_cnt[i])
            (void)fprintf(out, "stand %-15s %zu\n", lq_reason_str((lq_reason_t)i),
                          stat->standing_cnt[i]);
}

/* A count that 63 bits hold. */
static json_t *count_json(uint64_t cnt)
{
    return json_integer((json_int_t)cnt);
}

json_t *lq_decisions_json(const lq_engine_stat_t *stat, const lq_decisions_t *d)
{
    char profit[LQ_DECIMAL_SZ + 1];
    lq_u256_t abs = lq_i256_abs(&d->profit_usd);
    bool neg = lq_i256_is_neg(&d->profit_usd);
    profit[0] = '-';
    print_number(profit + 1, &abs, 0);
    json_t *ended = json_object();
    json_t *standing = json_object();
    int failed = 0;
    for (unsigned i = 0; i < LQ_REASON_CNT; i++) {
        const char *name = lq_reason_str((lq_reason_t)i);
        failed |= json_object_set_new(ended, name, count_json(stat->ended_cnt[i]));
        failed |= json_object_set_new(standing, name, count_json(stat->standing_cnt[i]));
    }
    json_t *out = json_pack("{s:I, s:I, s:s, s:o, s:o}", "candidate_cnt",
                            (json_int_t)stat->began_cnt, "take_cnt", (json_int_t)d->take_cnt,
                            "profit_usd_wad", profit + !neg, "ended", ended, "standing", standing);
    if (!failed)
        return out;
    json_decref(out);
    return NULL;
}
