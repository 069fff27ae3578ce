#ifndef ENGINE_MARKET_H
#define ENGINE_MARKET_H

/* What the engine needs to see of book, prices and sizing, in place of the real ones: tiers by the
   adapter's health, prices of tokens that follow the one feed or what a test says, plans of one
   call. What includes this links it instead of them. */

#define SYNC_MARKET_OWN_BOOK
#include "fake_chain.h"

#include "liqd/decide/sizing.h"

enum {
    MARKET_TOKENS = 5, /* those of the reserves, and the coin */
    MARKET_COIN = 4,
    MARKET_COIN_BYTE = 0xcc,
};

/* What a test wants to be otherwise. */
typedef struct market_will {
    lq_value_verdict_t verdicts[MARKET_TOKENS];
    lq_sizing_t sizing;      /* LQ_SIZING_PLAN: as it is */
    uint64_t protocol_price; /* 0: as the feed says */
    uint64_t divisor;        /* of profits; 0: 1 */
    lq_no_route_t no_route;
    size_t step_cnt;            /* of a plan; 0: 1 */
    bool no_job;                /* a plan that no transaction can be made of */
    uint16_t debt_cnt;          /* that its steps repay in turn; 0: 1 */
    uint32_t depth;             /* swaps that a pool takes before it earns nothing; 0: any number */
    uint32_t moved[FAKE_POOLS]; /* swaps that it was moved by */
    uint32_t wide; /* this account, plus 1, swaps through the next pool as well; 0: none does */
    bool atomic;   /* as the terms said last */
} market_will_t;

static market_will_t market_will;

static inline lq_u256_t market_wad(uint64_t v)
{
    lq_u256_t wad = lq_u256_from_u64(1000000000000000000u);
    lq_u256_t n = lq_u256_from_u64(v);
    return lq_u256_mul_wrap(&n, &wad);
}

static inline void market_move(void *ctx, const lq_swap_t *swap)
{
    (void)ctx;
    for (uint32_t i = 0; i < swap->leg_cnt; i++)
        market_will.moved[swap->legs[i].hop.pool]++;
}

static inline void market_back(void *ctx)
{
    (void)ctx;
    memset(market_will.moved, 0, sizeof(market_will.moved));
}

/* Whom the stub of sizing below quotes of. */
static const lq_swaps_t market_swaps = {.move = market_move, .back = market_back};

/* ---- prices ---- */

size_t lq_oracles_token_cnt(const lq_oracles_t *o)
{
    (void)o;
    return MARKET_TOKENS;
}

static lq_token_t market_token_of(uint32_t token)
{
    uint8_t byte = (uint8_t)(token == MARKET_COIN ? MARKET_COIN_BYTE : FAKE_TOKEN_BYTE + token);
    return (lq_token_t){.address = {{byte}}};
}

const lq_token_t *lq_oracles_token(const lq_oracles_t *o, uint32_t token)
{
    static lq_token_t out[MARKET_TOKENS];
    (void)o;
    LQ_ASSERT(token < MARKET_TOKENS);
    out[token] = market_token_of(token);
    return &out[token];
}

lq_err_t lq_oracles_add_token(lq_oracles_t *o, uint32_t *token, const lq_address_t *address)
{
    (void)o;
    *token = address->b[0] == MARKET_COIN_BYTE ? MARKET_COIN : address->b[0] - FAKE_TOKEN_BYTE;
    return *token < MARKET_TOKENS ? LQ_OK : LQ_ERR_FULL;
}

lq_err_t lq_oracles_add_source(lq_oracles_t *o, uint32_t token, uint32_t oracle)
{
    (void)o;
    LQ_ASSERT(token < MARKET_TOKENS && oracle == 0);
    return LQ_OK;
}

/* In units of the protocol's own price: 500 the debt, what the feed says the collateral. */
lq_value_verdict_t lq_oracles_value(const lq_oracles_t *o, lq_value_t *out, uint32_t token,
                                    const lq_value_limits_t *limits)
{
    (void)limits;
    uint64_t price = token == 0 ? o->feed->value + 1 : token == MARKET_COIN ? 2000 : FAKE_PRICE;
    if (market_will.verdicts[token] != LQ_VALUE_NONE)
        *out = (lq_value_t){.price_wad = market_wad(price), .source_cnt = 1};
    return market_will.verdicts[token];
}

/* An overlay of the one feed is its answer. */
lq_value_verdict_t lq_oracles_value_under(const lq_oracles_t *o, lq_value_t *out, uint32_t token,
                                          const lq_value_limits_t *limits,
                                          const lq_price_overlay_t *overlays, size_t overlay_cnt,
                                          uint64_t now_sec)
{
    lq_value_verdict_t verdict = lq_oracles_value(o, out, token, limits);
    (void)now_sec;
    if (token == 0 && overlay_cnt && verdict != LQ_VALUE_NONE)
        out->price_wad = market_wad(overlays[0].answer.bits.w[0] + 1);
    return verdict;
}

/* ---- the book ---- */

struct lq_book {
    lq_undo_t *undo;
    uint64_t *now_sec;
    uint64_t *cnts; /* by tier */
    uint8_t *tiers;
    lq_book_ground_t ground;
    lq_book_fn_t *fn;
    void *ctx;
    uint64_t move_cnt;
    uint64_t *price; /* as settled last */
};

size_t lq_book_state_sz(const lq_book_config_t *config)
{
    return config->account_max + 640;
}

lq_err_t lq_book_new(lq_book_t **book, lq_arena_t *arena, lq_undo_t *undo,
                     const lq_book_config_t *config, const lq_book_ground_t *ground,
                     lq_book_fn_t *fn, void *ctx)
{
    lq_book_t *b = lq_arena_alloc(arena, sizeof(*b), 16);
    LQ_ASSERT(b);
    *b = (lq_book_t){.undo = undo, .ground = *ground, .fn = fn, .ctx = ctx};
    b->now_sec = lq_undo_alloc(undo, 8);
    b->cnts = lq_undo_alloc(undo, 32);
    b->tiers = lq_undo_alloc(undo, config->account_max);
    b->price = lq_undo_alloc(undo, 8);
    LQ_ASSERT(b->now_sec && b->cnts && b->tiers && b->price);
    *book = b;
    return LQ_OK;
}

lq_err_t lq_book_bind(lq_book_t *book)
{
    (void)book;
    return LQ_OK;
}

uint32_t lq_book_oracle(const lq_book_t *book, uint32_t instance, size_t i)
{
    (void)book;
    (void)instance;
    return (uint32_t)i;
}

uint64_t lq_book_now(const lq_book_t *book)
{
    return *book->now_sec;
}

lq_tier_t lq_book_tier(const lq_book_t *book, uint32_t account)
{
    LQ_ASSERT(account < lq_ledger_cnt(book->ground.ledger));
    return (lq_tier_t)book->tiers[account];
}

lq_book_stat_t lq_book_stat(const lq_book_t *book)
{
    lq_book_stat_t out = {.move_cnt = book->move_cnt};
    for (size_t i = 0; i < 4; i++)
        out.tier_cnt[i] = book->cnts[i];
    return out;
}

static inline lq_tier_t market_tier(const lq_book_t *book, uint32_t account)
{
    lq_health_t health;
    book->ground.adapters[0]->health(book->ground.instances[0], &health, account, NULL);
    switch (health.verdict) {
    case LQ_HEALTH_LIQUIDATABLE:
        return LQ_TIER_LIQUIDATABLE;
    case LQ_HEALTH_NO_DEBT:
    case LQ_HEALTH_SAFE:
        return LQ_TIER_SAFE;
    case LQ_HEALTH_UNKNOWN:
    case LQ_HEALTH_REVERTS:
        break;
    }
    return LQ_TIER_NONE;
}

static inline void market_set_tier(lq_book_t *book, uint32_t account, lq_tier_t to)
{
    lq_tier_t from = (lq_tier_t)book->tiers[account];
    uint64_t cnts[4];
    if (from == to)
        return;
    memcpy(cnts, book->cnts, sizeof(cnts));
    cnts[from]--;
    cnts[to]++;
    lq_undo_write(book->undo, book->cnts, cnts, sizeof(cnts));
    lq_undo_write(book->undo, &book->tiers[account], &(uint8_t){(uint8_t)to}, 1);
    lq_book_event_t event = {account, from, to};
    if (from >= LQ_TIER_ARMED || to >= LQ_TIER_ARMED)
        book->fn(book->ctx, &event);
}

void lq_book_settle(lq_book_t *book)
{
    lq_oracle_t oracle = lq_oracles_get(book->ground.oracles, 0);
    book->ground.adapters[0]->set_price(book->ground.instances[0], 0, oracle.verdict == LQ_PRICE_OK,
                                        &oracle.value);
    book->move_cnt += *book->price != oracle.value.w[0];
    lq_undo_write(book->undo, book->price, &oracle.value.w[0], sizeof(*book->price));
    for (size_t f = 0; f < lq_ledger_factor_cnt(book->ground.ledger); f++) {
        lq_factor_value_t value = {.value = f ? 1.0 : (double)*book->price, .value_loss = 1.0F};
        lq_ledger_set_value(book->ground.ledger, (uint16_t)f, &value);
    }
    for (uint32_t a = 0; a < lq_ledger_cnt(book->ground.ledger); a++)
        market_set_tier(book, a, market_tier(book, a));
    lq_ledger_settled(book->ground.ledger);
}

void lq_book_rebuild(lq_book_t *book)
{
    LQ_ASSERT(!lq_undo_depth(book->undo));
    memset(book->cnts, 0, 32);
    memset(book->tiers, 0, lq_ledger_cnt(book->ground.ledger));
    book->cnts[LQ_TIER_NONE] = lq_ledger_cnt(book->ground.ledger);
    lq_book_settle(book);
}

void lq_book_set_now(lq_book_t *book, uint64_t now_sec)
{
    lq_undo_write(book->undo, book->now_sec, &now_sec, sizeof(now_sec));
    book->ground.adapters[0]->set_now(book->ground.instances[0], now_sec);
}

size_t lq_book_riskiest(const lq_book_t *book, uint32_t *out, size_t max)
{
    size_t cnt = lq_ledger_cnt(book->ground.ledger);
    cnt = cnt < max ? cnt : max;
    for (size_t i = 0; i < cnt; i++)
        out[i] = (uint32_t)i;
    return cnt;
}

/* At hardly any price anybody can be liquidated who owes something. */
size_t lq_book_triggers(const lq_book_t *book, lq_trigger_t *out, size_t max, uint32_t account,
                        uint64_t now_sec)
{
    (void)book;
    (void)account;
    (void)now_sec;
    if (max)
        out[0] = (lq_trigger_t){.kind = LQ_TRIGGER_BELOW, .answer = lq_i256_from_i64(1)};
    return 1;
}

size_t lq_oracles_feed_cnt(const lq_oracles_t *o)
{
    (void)o;
    return 1;
}

const lq_feed_t *lq_oracles_feed(const lq_oracles_t *o, uint32_t feed)
{
    static lq_feed_t out;
    LQ_ASSERT(!feed);
    out.answer = lq_i256_from_i64((int64_t)o->feed->value);
    return &out;
}

size_t lq_book_shift_max(size_t oracle_max)
{
    return oracle_max;
}

size_t lq_book_view_shifts(const lq_book_t *book, lq_price_shift_t *out, uint32_t instance,
                           const lq_book_view_t *view)
{
    (void)book;
    (void)instance;
    if (view->overlay_cnt)
        *out = (lq_price_shift_t){.known = true, .price = view->overlays[0].answer.bits};
    return view->overlay_cnt ? 1 : 0;
}

size_t lq_book_prefilter(const lq_book_t *book, uint32_t *out, size_t max,
                         const lq_book_view_t *view)
{
    (void)view;
    return lq_book_riskiest(book, out, max);
}

/* ---- sizing ---- */

/* A step that repays REPAID through the pool of the account's number modulo 4. */
static inline void market_step(lq_plan_step_t *step, const lq_terms_t *terms, uint32_t account,
                               uint64_t repaid, const lq_loan_t *loan)
{
    uint64_t more = FAKE_PRICE / 10 / (market_will.divisor ? market_will.divisor : 1);
    step->call.amount = lq_u256_from_u64(repaid);
    step->call.pair = (lq_liquidation_pair_t){.collateral = 0, .debt = 1};
    step->outcome.repaid = step->call.amount;
    step->outcome.seized = lq_u256_from_u64(4 * repaid);
    step->profit.repaid_usd.raw = market_wad(repaid * FAKE_PRICE);
    step->profit.seized_usd.raw = market_wad(repaid * (FAKE_PRICE + more));
    if (terms->funding != LQ_FUNDING_FLASH)
        return;
    step->loan = *loan;
    LQ_ASSERT(!lq_loan_fee(&step->flash_fee, loan, &step->outcome.repaid));
    step->swap.leg_cnt = 1;
    step->swap.amount_in = lq_u256_from_u64(2 * repaid);
    step->swap.amount_out = lq_u256_add_wrap(&step->outcome.repaid, &step->flash_fee);
    step->swap.legs[0] = (lq_swap_leg_t){.hop = {account % FAKE_POOLS, true},
                                         .amount_in = step->swap.amount_in,
                                         .amount_out = step->swap.amount_out};
    if (market_will.wide == account + 1) {
        step->swap.legs[1] = (lq_swap_leg_t){.hop = {(account + 1) % FAKE_POOLS, true}, .path = 1};
        step->swap.leg_cnt = 2;
    }
    if (market_will.no_job)
        step->swap.amount_in = lq_u256_from_u64(0);
}

/* Half of the debt and a tenth more of the collateral, in as many steps as a test wills. */
lq_sizing_t lq_size(lq_plan_t *out, lq_sizing_room_t *room, const lq_adapter_t *adapter,
                    const lq_instance_t *self, const lq_trial_t *trial, const lq_terms_t *terms)
{
    (void)adapter;
    room->no_route = market_will.no_route;
    market_will.atomic = terms->atomic;
    uint32_t account;
    lq_terms_token_t collateral;
    lq_terms_token_t debt;
    memcpy(&account, trial->bytes, sizeof(account));
    const lq_ledger_t *ledger = fake_of_const(self)->ledger;
    bool both = terms->token(terms->ctx, &collateral, 0);
    both = terms->token(terms->ctx, &debt, 1) && both;
    if (!both)
        return LQ_SIZING_NO_PRICE;
    if (market_will.sizing != LQ_SIZING_PLAN && market_will.sizing != LQ_SIZING_UNPROFITABLE)
        return market_will.sizing;
    if (terms->funding == LQ_FUNDING_FLASH && market_will.depth &&
        market_will.moved[account % FAKE_POOLS] >= market_will.depth) {
        room->no_route = LQ_NO_ROUTE_NO_DEPTH;
        return LQ_SIZING_NO_ROUTE;
    }
    uint64_t repaid = fake_most_repaid(ledger, account);
    LQ_ASSERT(terms->funding != LQ_FUNDING_FLASH ||
              fake_loan_least.w[0] == (fake_loan_covers ? 0 : repaid));
    if (terms->funding == LQ_FUNDING_INVENTORY && debt.available.w[0] < repaid &&
        !(debt.available.w[1] | debt.available.w[2] | debt.available.w[3]))
        repaid = debt.available.w[0];
    if (terms->funding == LQ_FUNDING_FLASH && lq_u256_is_zero(&debt.loan.available)) {
        room->no_route = LQ_NO_ROUTE_NO_LENDER;
        return LQ_SIZING_NO_ROUTE;
    }
    if (!repaid)
        return LQ_SIZING_NO_FUNDS;
    memset(out, 0, sizeof(*out));
    out->step_cnt = market_will.step_cnt ? market_will.step_cnt : 1;
    if (repaid < out->step_cnt)
        out->step_cnt = 1;
    out->gas = 300000;
    out->gas_kind = (lq_gas_kind_t){.collateral_token = collateral.token,
                                    .debt_token = debt.token,
                                    .instance = terms->instance,
                                    .leg_cnt = terms->leg_cnt,
                                    .call_cnt = 1};
    for (size_t i = 0; i < out->step_cnt; i++) {
        uint64_t part = repaid / (out->step_cnt - i);
        lq_plan_step_t *step = &out->steps[i];
        market_step(step, terms, account, part, &debt.loan);
        if (market_will.debt_cnt)
            step->call.pair.debt = (uint16_t)(1 + i % market_will.debt_cnt);
        repaid -= part;
        lq_usd_t *sums[] = {&out->profit.repaid_usd, &out->profit.seized_usd};
        const lq_usd_t *parts[] = {&step->profit.repaid_usd, &step->profit.seized_usd};
        for (size_t k = 0; k < 2; k++)
            sums[k]->raw = lq_u256_add_wrap(&sums[k]->raw, &parts[k]->raw);
    }
    LQ_ASSERT(!lq_profit_settle(&out->profit, out->gas, &terms->gas_price, &terms->coin));
    return market_will.sizing == LQ_SIZING_PLAN && !lq_i256_is_neg(&out->profit.net_usd)
               ? LQ_SIZING_PLAN
               : LQ_SIZING_UNPROFITABLE;
}

#endif
