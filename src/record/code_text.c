#include <inttypes.h>
#include <stdio.h>

#include "liqd/base/text.h"
#include "liqd/codec/hex.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"
#include "liqd/record/code.h"

#define U64_TEXT_SZ 21u

typedef struct text {
    char *out;
    size_t max;
    size_t len; /* of all, that which is cut included */
} text_t;

static void add(text_t *t, const char *text)
{
    for (; *text; text++, t->len++)
        if (t->len + 1 < t->max)
            t->out[t->len] = *text;
}

static void add_word(text_t *t, const char *name, const char *value)
{
    add(t, " ");
    add(t, name);
    add(t, "=");
    add(t, value);
}

static void add_u64(text_t *t, const char *name, uint64_t v)
{
    char digits[U64_TEXT_SZ];
    (void)snprintf(digits, sizeof(digits), "%" PRIu64, v);
    add_word(t, name, digits);
}

static void add_flag(text_t *t, const char *name, bool v)
{
    add_word(t, name, v ? "yes" : "no");
}

static void print_number(char out[LQ_DECIMAL_SZ], const lq_u256_t *v)
{
    if (lq_decimal_print(out, LQ_DECIMAL_SZ, v, 0))
        LQ_BUG("a number has no decimal digits");
}

static void add_number(text_t *t, const char *name, const char *sign, const lq_u256_t *v)
{
    char digits[LQ_DECIMAL_SZ];
    print_number(digits, v);
    add_word(t, name, sign);
    add(t, digits);
}

static void add_u256(text_t *t, const char *name, const lq_u256_t *v)
{
    add_number(t, name, "", v);
}

static void add_i256(text_t *t, const char *name, const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    add_number(t, name, lq_i256_is_neg(v) ? "-" : "", &abs);
}

static void add_address(text_t *t, const char *name, const lq_address_t *v)
{
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, v);
    add_word(t, name, text);
}

static void add_hex(text_t *t, const char *name, const uint8_t *p, size_t sz)
{
    add_word(t, name, "0x");
    for (size_t i = 0; i < sz; i++) {
        char digits[3] = "";
        lq_hex_encode(digits, p + i, 1);
        add(t, digits);
    }
}

static void add_block(text_t *t, const char *name, const lq_block_ref_t *block)
{
    add_u64(t, name, block->number);
    add_hex(t, "hash", block->hash.b, sizeof(block->hash.b));
}

static void add_quoted(text_t *t, const char *name, const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    add_word(t, name, text ? lq_text_quote(quoted, text) : "-");
}

/* The names as decide's and engine's own functions give them; a number that is none shows itself.
 */
static void add_named(text_t *t, const char *name, const char *const *names, size_t cnt, unsigned i)
{
    if (i < cnt)
        add_word(t, name, names[i]);
    else
        add_u64(t, name, i);
}

#define STRING(name, string) string,
static const char *const reasons[] = {LQ_REASON_TABLE(STRING)};
static const char *const limits[] = {LQ_LIMIT_TABLE(STRING)};
#undef STRING
static const char *const fundings[] = {"inventory", "flash"};
static const char *const bys[LQ_LIQUIDATION_BY_CNT] = {"repaid", "seized"};
static const char *const lenders[LQ_LENDER_KIND_CNT] = {"aave_v3", "morpho_blue", "uniswap_v3"};
static const char *const notices[] = {"phase", "settled", "fault",   "mismatch", "oracle", "pool",
                                      "feed",  "trust",   "rebuild", "full",     "back"};

static void add_profit(text_t *t, const lq_profit_t *p)
{
    add_u256(t, "seized_usd", &p->seized_usd.raw);
    add_u256(t, "repaid_usd", &p->repaid_usd.raw);
    add_u256(t, "swap_usd", &p->swap_usd.raw);
    add_u256(t, "flash_fee_usd", &p->flash_fee_usd.raw);
    add_u256(t, "gas_usd", &p->gas_usd.raw);
    add_u256(t, "bid_usd", &p->bid_usd.raw);
    add_u256(t, "gas_wei", &p->gas_wei.raw);
    add_u256(t, "bid_wei", &p->bid_wei.raw);
    add_i256(t, "net_usd", &p->net_usd);
    add_i256(t, "net_wei", &p->net_wei);
}

/* A leg is pool:in>out; hops of one path are parted by commas, paths by slashes. */
static void add_route(text_t *t, const lq_swap_t *swap)
{
    add_word(t, "route", swap->leg_cnt ? "" : "-");
    for (size_t i = 0; i < swap->leg_cnt; i++) {
        const lq_swap_leg_t *leg = &swap->legs[i];
        char pool[U64_TEXT_SZ];
        char in[LQ_DECIMAL_SZ];
        char out[LQ_DECIMAL_SZ];
        (void)snprintf(pool, sizeof(pool), "%" PRIu32, leg->hop.pool);
        print_number(in, &leg->amount_in);
        print_number(out, &leg->amount_out);
        if (i)
            add(t, leg->path == swap->legs[i - 1].path ? "," : "/");
        const char *parts[] = {pool, ":", in, ">", out};
        for (size_t k = 0; k < LQ_ARRAY_CNT(parts); k++)
            add(t, parts[k]);
    }
}

static void add_loan(text_t *t, const lq_plan_step_t *step)
{
    add_named(t, "lender_kind", lenders, LQ_ARRAY_CNT(lenders), step->loan.kind);
    add_address(t, "lender", &step->loan.lender);
    add_flag(t, "lender_token1", step->loan.token1);
    add_u64(t, "lender_pool", step->loan.pool);
    add_u64(t, "lender_fee_pips", step->loan.fee_pips);
    add_u256(t, "lender_has", &step->loan.available);
    add_u256(t, "flash_fee", &step->flash_fee);
}

static void add_step(text_t *t, size_t i, const lq_plan_step_t *step)
{
    add_u64(t, "step", i + 1);
    add_u64(t, "collateral", step->call.pair.collateral);
    add_u64(t, "debt", step->call.pair.debt);
    add_named(t, "by", bys, LQ_ARRAY_CNT(bys), step->call.by);
    add_u256(t, "amount", &step->call.amount);
    add_u256(t, "repaid", &step->outcome.repaid);
    add_u256(t, "seized", &step->outcome.seized);
    add_u256(t, "protocol_fee", &step->outcome.protocol_fee);
    add_flag(t, "closes_debt", step->outcome.closes_debt);
    add_flag(t, "takes_all", step->outcome.takes_all);
    add_flag(t, "bad_debt", step->outcome.bad_debt);
    add_profit(t, &step->profit);
    add_u256(t, "swap_in", &step->swap.amount_in);
    add_u256(t, "swap_out", &step->swap.amount_out);
    add_u64(t, "swap_gas", step->swap.gas);
    add_route(t, &step->swap);
    add_loan(t, step);
}

static void add_plan(text_t *t, const lq_plan_t *plan)
{
    add_profit(t, &plan->profit);
    add_u64(t, "gas", plan->gas);
    add_address(t, "gas_collateral", &plan->gas_kind.collateral_token);
    add_address(t, "gas_debt", &plan->gas_kind.debt_token);
    add_u64(t, "gas_instance", plan->gas_kind.instance);
    add_u64(t, "gas_pools", plan->gas_kind.pool_cnt);
    add_u64(t, "gas_legs", plan->gas_kind.leg_cnt);
    add_u64(t, "gas_calls", plan->gas_kind.call_cnt);
    add_u64(t, "gas_shape", plan->gas_kind.shape);
    add_u64(t, "steps", plan->step_cnt);
    for (size_t i = 0; i < plan->step_cnt; i++)
        add_step(t, i, &plan->steps[i]);
}

static void add_take(text_t *t, const lq_action_take_t *take)
{
    add(t, "take");
    add_u64(t, "intent", take->intent);
    add_u64(t, "lane", take->lane);
    add_u64(t, "instance", take->instance);
    add_u64(t, "account", take->account);
    add_address(t, "borrower", &take->borrower);
    add_named(t, "funding", fundings, LQ_ARRAY_CNT(fundings), take->funding);
    add_block(t, "ground", &take->ground);
    add_u64(t, "target_blk", take->target_blk);
    add_u64(t, "target_sec", take->target_sec);
    add_u64(t, "last_blk", take->last_blk);
    add_u256(t, "base_fee_wei", &take->gas_price.base_fee_wei.raw);
    add_u256(t, "tip_wei", &take->gas_price.tip_wei.raw);
    add_u256(t, "bid_wei", &take->bid_wei.raw);
    add_u256(t, "most_fee_wei", &take->most_fee_wei.raw);
    add_plan(t, take->plan);
    add_u64(t, "txs", take->tx_cnt);
    for (size_t i = 0; i < take->tx_cnt; i++) {
        add_address(t, "to", &take->txs[i].to);
        add_hex(t, "input", take->txs[i].input, take->txs[i].input_sz);
    }
}

static void add_hold(text_t *t, const lq_hold_t *hold)
{
    add_named(t, "limit", limits, LQ_ARRAY_CNT(limits), hold->limit);
    add_u64(t, "until_sec", hold->until_sec);
}

static void add_candidate(text_t *t, const lq_action_candidate_t *c)
{
    add(t, "candidate");
    add_u64(t, "instance", c->instance);
    add_u64(t, "account", c->account);
    add_address(t, "borrower", &c->borrower);
    add_named(t, "reason", reasons, LQ_ARRAY_CNT(reasons), c->reason);
    add_flag(t, "ended", c->ended);
    add_flag(t, "has_profit", c->has_profit);
    if (c->has_profit)
        add_profit(t, &c->profit);
    if (c->reason == LQ_REASON_NO_ROUTE)
        add_quoted(t, "why", lq_no_route_str(c->no_route));
    if (c->reason == LQ_REASON_LIMIT || c->reason == LQ_REASON_BREAKER)
        add_hold(t, &c->hold);
    if (c->reason == LQ_REASON_LOST || c->reason == LQ_REASON_OUTBID)
        add_address(t, "liquidator", &c->liquidator);
}

static void add_notice(text_t *t, const lq_sync_notice_t *n)
{
    add(t, "notice");
    add_named(t, "kind", notices, LQ_ARRAY_CNT(notices), n->kind);
    add_u64(t, "instance", n->instance);
    add_word(t, "phase", lq_sync_phase_str(n->phase));
    add_word(t, "trust", lq_trust_str(n->trust));
    add_block(t, "block", &n->block);
    add_u64(t, "account", n->account);
    add_u64(t, "index", n->index);
    add_u64(t, "outcome", n->outcome);
    add_quoted(t, "name", n->name);
    add_u256(t, "expected", &n->expected);
    add_u256(t, "actual", &n->actual);
    add_quoted(t, "text", n->text);
}

static void add_filter(text_t *t, size_t address_cnt, size_t topic_cnt)
{
    add_u64(t, "addresses", address_cnt);
    add_u64(t, "topics", topic_cnt);
}

static void add_action(text_t *t, const lq_action_t *action)
{
    switch (action->kind) {
    case LQ_ACTION_READ:
        add(t, "read");
        add_u64(t, "id", action->as.read.id);
        add_block(t, "block", &action->as.read.block);
        add_u64(t, "calls", action->as.read.call_cnt);
        return;
    case LQ_ACTION_CANCEL_READ:
        add(t, "cancel_read");
        add_u64(t, "id", action->as.id);
        return;
    case LQ_ACTION_SEARCH:
        add(t, "search");
        add_u64(t, "instance", action->as.search.instance);
        add_filter(t, action->as.search.address_cnt, action->as.search.topic_cnt);
        add_u64(t, "from_blk", action->as.search.from_blk);
        add_u64(t, "to_blk", action->as.search.to_blk);
        return;
    case LQ_ACTION_FOLLOW:
        add(t, "follow");
        add_u64(t, "from_blk", action->as.follow.from_blk);
        add_hex(t, "parent", action->as.follow.parent_hash.b, sizeof(lq_hash_t));
        add_filter(t, action->as.follow.address_cnt, action->as.follow.topic_cnt);
        return;
    case LQ_ACTION_BEGIN:
        add(t, "begin");
        return;
    case LQ_ACTION_NOTICE:
        add_notice(t, action->as.notice);
        return;
    case LQ_ACTION_TAKE:
        add_take(t, action->as.take);
        return;
    case LQ_ACTION_DROP:
        add(t, "drop");
        add_u64(t, "intent", action->as.id);
        return;
    case LQ_ACTION_CANDIDATE:
        add_candidate(t, action->as.candidate);
        return;
    case LQ_ACTION_LIMIT:
        add(t, "limit");
        add_hold(t, &action->as.limit.hold);
        add_flag(t, "holds", action->as.limit.holds);
        return;
    case LQ_ACTION_CNT:
        break;
    }
    LQ_BUG("an action of kind %d", (int)action->kind);
}

size_t lq_action_text(char *out, size_t max, const lq_action_t *action)
{
    text_t t = {out, max, 0};
    add_action(&t, action);
    if (!lq_action_is_kept(action->kind)) {
        char digits[U64_TEXT_SZ];
        (void)snprintf(digits, sizeof(digits), "%016" PRIx64, lq_action_digest(action));
        add_word(&t, "digest", digits);
    }
    if (max)
        out[t.len < max ? t.len : max - 1] = '\0';
    return t.len;
}
