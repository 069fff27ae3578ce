#ifndef LIQD_ENGINE_ENGINE_H
#define LIQD_ENGINE_ENGINE_H

/* The engine: events in, actions out, nothing else. It keeps the book (book/sync.h), looks at whom
   an event has made liquidatable, sizes, chooses, and asks for transactions. It reads no clock, no
   socket and no file; the same state and the same events give the same actions, byte for byte,
   whatever compiler built it and whatever SIMD the machine has. Live daemon, dry run, replay and
   simulation are sources and sinks around it.

   A candidate is an account from the moment it can be liquidated until it no longer can. Each has a
   reason (decide/reason.h) at every moment and ends in exactly one, so that the counts of those
   that ended and of those that stand are the count of those that began.

   When candidates are looked at: at once when they appear, in the event that made them so. Those
   that stand at each HEAD, when base fee and time move, and in each event that moves the price of
   what they hold or owe; but those whose whole debt could not earn the gas, at most LQ_ENGINE_DUST
   of them a HEAD, in turn. Those that what is in flight left too little for also when that ends.

   Choice: the most profitable comes first, as soon as nobody that is not sized yet can earn more
   (lq_engine_most), then the next that shares no account and no funds beyond what is left: it is
   sized with what those chosen, and what is in flight, leave of the funds and, for swaps in the
   same direction, of the pools. Profits that are equal: the lower account. Where there are many
   that is not done in one event: what comes of those chosen, and what the nodes tell, may come in
   between. What is in flight keeps its account and its funds; its pools
   too, but where somebody liquidated its account in a block that it is for.

   So a take earns what it is to behind those before it, and without them, but one that was decided
   later must not come in front of it: takes that swap the same way through one pool are of one
   lane, and whoever sends them keeps their order. One that crosses two lanes that are under way is
   a CONFLICT until all of these but the first have ended; and so that they do, be there ever more
   that fall, there is one lane only from the next event on, as long as that is under way.

   Decisions are for the block after the newest head: its base fee, and its time as foreseen. They
   may rest on provisional logs. An undone block takes back candidates that it made; what was asked
   for on its ground stays in flight until its outcome comes, or is asked to be CANCELLED where the
   account cannot be liquidated any more. So is what is not mined in its first block, at the end of
   that and each further one, where it would not earn what is asked for if it were sized then.

   An intent that has had no outcome LQ_ENGINE_PATIENCE_BLK blocks after its last target ends as
   EXPIRED; one that was SENT ends by its outcome alone, however late that comes: it may be mined.

   What a dry run has WON is still there. Its candidate stands as TAKEN and is not looked at until
   the account is known not to be liquidatable by a block's end; it then ends as TAKEN. UNMINED, or
   that this block is undone, takes that back. None of it outlives a restart: who books anew
   counts anew. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/book/sync.h"
#include "liqd/chain/fees.h"
#include "liqd/decide/limits.h"
#include "liqd/decide/reason.h"
#include "liqd/decide/sizing.h"
#include "liqd/events.h"

/* Opaque. */
typedef struct lq_engine lq_engine_t;

#define LQ_ENGINE_DUST         64u
#define LQ_ENGINE_SLICE        1024u /* slice_work of about a millisecond */
#define LQ_ENGINE_PATIENCE_BLK 2u

/* How one market is liquidated. */
typedef struct lq_engine_market {
    bool off; /* watched, never liquidated */
    lq_funding_t funding;
} lq_engine_market_t;

typedef struct lq_engine_config {
    lq_sync_config_t sync;             /* .instances, .instance_cnt: as lq_engine_market_t's */
    const lq_engine_market_t *markets; /* by instance; copied */
    lq_value_limits_t value;           /* of our own prices */
    bool protocol_prices; /* a protocol's own oracle in dollars is one of the sources of a token's
                             price of ours */
    lq_address_t coin_token; /* the wrapped coin of the chain, whose price is the coin's */
    lq_base_fee_rule_t base_fee;
    lq_wei_t tip_wei;
    lq_bid_t bid;
    lq_usd_t min_profit_usd; /* net of all, bid included; below it nothing is sent */
    uint32_t min_profit_bps; /* of what is repaid; the same */
    lq_address_t executor; /* our contract, which everything goes through; all zero: there is none,
                              only the inventory is used, each call in its own transaction */
    uint32_t slippage_bps; /* more than quoted that a swap may cost */
    bool sweep;            /* what is gained goes to the executor's owner; false: it stays there */
    bool atomic;           /* several calls go in one transaction; of the executor's alone */
    uint32_t target_blk;   /* blocks for which an intent is good, 1 to 16 */
    lq_limits_config_t limits;
    size_t candidate_max; /* that stand at once; beyond them the poorest are not looked at */
    size_t inflight_max;  /* intents without an outcome, 1 to 1024 */
    size_t gas_kind_max;
    size_t slice_work; /* calls tried and swaps quoted, a few of each sizing included, after which
                          an event leaves the rest to the next (lq_engine_is_deciding) */
} lq_engine_config_t;

/* Actions. */
typedef enum lq_action_kind {
    LQ_ACTION_READ, /* the wishes of the book, see book/sync.h */
    LQ_ACTION_CANCEL_READ,
    LQ_ACTION_SEARCH,
    LQ_ACTION_FOLLOW,
    LQ_ACTION_BEGIN,     /* a recent block is wanted: LQ_EVENT_BEGIN answers */
    LQ_ACTION_NOTICE,    /* what the book notes */
    LQ_ACTION_TAKE,      /* an opportunity: a transaction is wanted */
    LQ_ACTION_DROP,      /* one asked for is not wanted any more: cancel it if it can be */
    LQ_ACTION_CANDIDATE, /* one has appeared, has another reason, or has ended */
    LQ_ACTION_LIMIT,     /* a limit holds, or has let go */
    LQ_ACTION_CNT,
} lq_action_kind_t;

typedef struct lq_action_read {
    uint64_t id;
    lq_block_ref_t block;
    const lq_read_call_t *calls;
    size_t call_cnt;
} lq_action_read_t;

typedef struct lq_action_search {
    uint32_t instance;
    const lq_address_t *addresses;
    size_t address_cnt;
    const lq_hash_t *topics;
    size_t topic_cnt;
    uint64_t from_blk;
    uint64_t to_blk;
} lq_action_search_t;

typedef struct lq_action_follow {
    uint64_t from_blk;
    lq_hash_t parent_hash;
    const lq_address_t *addresses;
    size_t address_cnt;
    const lq_hash_t *topics;
    size_t topic_cnt;
} lq_action_follow_t;

/* The transactions wanted: calls of the executor, or, without one, the protocol's own, in order. */
typedef struct lq_action_take {
    uint64_t intent; /* its number, from 1, never given twice */
    uint64_t lane;   /* those of a lane must come in the order of their numbers */
    uint32_t instance;
    uint32_t account;
    lq_address_t borrower;
    lq_funding_t funding;
    const lq_plan_t *plan;     /* its profit with the bid */
    const lq_read_call_t *txs; /* whom to call with what: one for the whole plan, or one a step */
    size_t tx_cnt;
    lq_block_ref_t ground; /* the newest block that it rests on */
    uint64_t target_blk;   /* the first block it is for */
    uint64_t target_sec;   /* that block's time as foreseen */
    uint64_t last_blk;     /* and the last */
    lq_gas_price_t gas_price;
    lq_wei_t bid_wei;      /* to be sent with the first, where the executor pays it */
    lq_wei_t most_fee_wei; /* per gas: what is still worth paying. The gas price and half of what
                              the profit, bid paid, is above the least asked for, spread over the
                              gas; so that above it the other half is left */
} lq_action_take_t;

typedef struct lq_action_candidate {
    uint32_t instance;
    uint32_t account;
    lq_address_t borrower;
    lq_reason_t reason;
    bool ended;      /* REASON is what it ended in */
    bool has_profit; /* UNPROFITABLE, BELOW_MINIMUM, and wherever it was sized */
    lq_profit_t profit;
    lq_no_route_t no_route;  /* NO_ROUTE */
    lq_hold_t hold;          /* LIMIT, BREAKER */
    lq_address_t liquidator; /* LOST, OUTBID */
} lq_action_candidate_t;

typedef struct lq_action_limit {
    lq_hold_t hold;
    bool holds; /* false: it has let go */
} lq_action_limit_t;

typedef struct lq_action {
    lq_action_kind_t kind;
    union {
        lq_action_read_t read;                  /* READ */
        uint64_t id;                            /* CANCEL_READ: the read's; DROP: the intent's */
        lq_action_search_t search;              /* SEARCH */
        lq_action_follow_t follow;              /* FOLLOW */
        const lq_sync_notice_t *notice;         /* NOTICE */
        const lq_action_take_t *take;           /* TAKE */
        const lq_action_candidate_t *candidate; /* CANDIDATE */
        lq_action_limit_t limit;                /* LIMIT */
    } as;
} lq_action_t;

/* Takes one action; what it points to is valid during the call. No event may be given from within.
 */
typedef void lq_action_fn_t(void *ctx, const lq_action_t *action);

size_t lq_engine_arena_sz(const lq_engine_config_t *config);

/* lq_engine_new makes *ENGINE, IDLE, in ARENA, with SWAPS (borrowed) to turn tokens; NULL: those of
   its own venues. LQ_ERR_RANGE, also for FLASH without an executor, LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_engine_new(lq_engine_t **engine, lq_arena_t *arena,
                                   const lq_engine_config_t *config, const lq_swaps_t *swaps,
                                   lq_action_fn_t *fn, void *ctx);

/* lq_engine_event takes one event of any kind. Cost of a tick that makes one of a million accounts
   liquidatable, of one pair from the inventory: 3 us. */
void lq_engine_event(lq_engine_t *engine, const lq_event_t *event);

/* lq_engine_is_deciding tells whether an event left something to be decided, for which
   LQ_EVENT_GO_ON is to be given when there is nothing more urgent. */
bool lq_engine_is_deciding(const lq_engine_t *engine);

/* lq_engine_retune has of CONFIG, between two events, what an operator may change while it works:
   value, tip_wei, bid, min_profit_usd and _bps, slippage_bps, limits. The rest is not looked at.
   What was counted stays; candidates are looked at by it from the next event on. LQ_ERR_RANGE: as
   lq_engine_new; nothing is changed then. Who replays events has to retune where it was done. */
LQ_MUST_USE lq_err_t lq_engine_retune(lq_engine_t *engine, const lq_engine_config_t *config);

/* Its book. */
lq_sync_t *lq_engine_sync(const lq_engine_t *engine);

/* What if: what stands before the state of now in what the functions below answer. All zero: as it
   is. Feeds move the protocols' prices and ours alike; what an overlay says is new, and all else as
   old as it is now. A pool's price moves with ours: what a swap gives is what it gives now, times
   how much more the token in has gained than the token out, its depth in the token in being what it
   is. Where one of the two has no price of ours now there is no route. */
typedef struct lq_engine_view {
    uint64_t now_sec;                   /* of the block it would be mined in; 0: the next */
    const lq_price_overlay_t *overlays; /* at most LQ_BOOK_OVERLAY_MAX; borrowed */
    size_t overlay_cnt;
    bool has_gas_price;
    lq_gas_price_t gas_price;
    lq_what_if_t what_if; /* of the protocols' rules */
    uint32_t swap_bps;    /* so much less than quoted a swap gives; below 10000 */
    bool whole_funds;     /* an inventory has as much of each token as is owed */
} lq_engine_view_t;

/* lq_engine_see puts VIEW, copied but for its overlays, before the state; NULL: nothing again.
   Nothing is committed. No event may be given meanwhile, no memory saved (LQ_BUG). Cost: the
   oracles that the overlays move.

   lq_engine_health, exactly; lq_engine_endangered: as lq_book_prefilter: all that are liquidatable,
   and a few more, in rising order.

   lq_engine_size: the plan that a decision would make for ACCOUNT alone, with its bid; limits,
   trust and minimum apart. PLAN: net_usd, the bid paid, is above 0 or is 0.

   lq_engine_spend: what PLAN, of ACCOUNT, repays and swaps is gone from the funds and the pools for
   all that is sized from now on, until the next lq_engine_see.

   lq_engine_worth: VALUE, in the unit of account of ACCOUNT's pool, in dollars, rounded up. False:
   no price of ours, or more than there is room for; *OUT is then unchanged.

   lq_engine_most sets *OUT to what sizing ACCOUNT, of HEALTH under the view, finds at most, net.
   False: not known; *OUT is then unchanged. 0.1 us; a sizing takes some 5.

   lq_engine_is_dust: all that ACCOUNT, of HEALTH under the view, owes and holds could not earn what
   a liquidation costs in gas at the least: sizing it finds no plan. As lq_engine_most.

   lq_engine_price: our own price of the token of FACTOR, and that token. lq_engine_coin: that of
   the chain's coin; *QUOTE is unchanged where it is not fresh.

   lq_engine_gas_price: what gas is reckoned at; false: no header is known, and the view says none.

   lq_engine_least: what is asked of PROFIT: lq_engine_config_t's min_profit_usd and _bps. */
void lq_engine_see(lq_engine_t *engine, const lq_engine_view_t *view);
void lq_engine_health(lq_engine_t *engine, lq_health_t *out, uint32_t account);
size_t lq_engine_endangered(lq_engine_t *engine, uint32_t *out, size_t max);
lq_sizing_t lq_engine_size(lq_engine_t *engine, lq_plan_t *out, uint32_t account);
void lq_engine_spend(lq_engine_t *engine, uint32_t account, const lq_plan_t *plan);
bool lq_engine_worth(lq_engine_t *engine, lq_usd_t *out, uint32_t account, const lq_u256_t *value);
bool lq_engine_most(lq_engine_t *engine, lq_i256_t *out, uint32_t account,
                    const lq_health_t *health);
bool lq_engine_is_dust(lq_engine_t *engine, uint32_t account, const lq_health_t *health);
lq_value_verdict_t lq_engine_price(lq_engine_t *engine, lq_quote_t *out, lq_address_t *token,
                                   uint32_t instance, uint16_t factor);
lq_value_verdict_t lq_engine_coin(lq_engine_t *engine, lq_quote_t *quote);
bool lq_engine_gas_price(const lq_engine_t *engine, lq_gas_price_t *out);
lq_usd_t lq_engine_least(const lq_engine_t *engine, const lq_profit_t *profit);

/* lq_engine_break_even sets *REPAID to the fewest units of the pair's debt token that a liquidation
   of one call, of an account of two legs, has to repay under the view to earn LEAST or more, and
   *OUT to what that comes to, its bid placed: by the incentive of the pair, our own prices, the
   cheapest loan that comes to that and the best route. The inventory has as much as it takes.
   LQ_ERR_NOT_FOUND: no size does; LQ_ERR_EMPTY: no incentive, no price, or no route; *OUT and
   *REPAID are then unchanged. Exact to the unit where profit rises with the size from where it is
   half of that on; at steps (a larger loan's fee, a tick's gas, a unit of a coarse token) it is a
   size that earns LEAST and has one unit less that does not. Cost: some hundred quotes along each
   route. */
LQ_MUST_USE lq_err_t lq_engine_break_even(lq_engine_t *engine, lq_u256_t *repaid, lq_profit_t *out,
                                          uint32_t instance, lq_liquidation_pair_t pair,
                                          const lq_usd_t *least);

/* lq_engine_rehearse does what a price and the decision by it do, for the riskiest account: over
   the book itself, which is taken back, where that price is near, else under a view of it; so that
   code and book are in the caches when it comes. Nothing is committed, counted or asked for: no
   action follows from it, now or later, and book and what the engine saves are the same. True: it
   came to the calldata of a transaction. FN, if not NULL, is shown that candidate and a TAKE, about
   which nothing may be done. With each block that is complete it first looks for that account.
   Between two events. */
bool lq_engine_rehearse(lq_engine_t *engine, lq_action_fn_t *fn, void *ctx);

typedef struct lq_engine_stat {
    uint64_t began_cnt;                 /* candidates that ever were */
    uint64_t ended_cnt[LQ_REASON_CNT];  /* and what they ended in */
    size_t standing_cnt[LQ_REASON_CNT]; /* those that stand, by their reason now */
    uint64_t take_cnt;                  /* intents */
    size_t inflight_cnt;
    uint64_t size_cnt; /* sizings */
    uint64_t full_cnt; /* candidates beyond candidate_max */
} lq_engine_stat_t;
lq_engine_stat_t lq_engine_stat(const lq_engine_t *engine);

/* What is learned and counted and is in no snapshot: gas, limits, the next intent's number, as
   bytes that a restart takes up. lq_engine_load, once and before the first event (LQ_ERR_EXISTS):
   LQ_ERR_SYNTAX, LQ_ERR_INVAL (of another version); nothing is taken then. */
size_t lq_engine_memory_sz(const lq_engine_t *engine);
void lq_engine_save(const lq_engine_t *engine, uint8_t *out);
LQ_MUST_USE lq_err_t lq_engine_load(lq_engine_t *engine, lq_err_msg_t *msg, const uint8_t *p,
                                    size_t sz);

const char *lq_action_kind_str(lq_action_kind_t kind);

#endif
