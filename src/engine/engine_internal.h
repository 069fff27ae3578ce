#ifndef LQ_ENGINE_INTERNAL_H
#define LQ_ENGINE_INTERNAL_H

/* What the files of the engine share: its struct, and who does what.

     engine.c      making it, events
     emit.c        actions; what the book wishes and tells
     heads.c       the newest headers, and what the next block costs
     candidates.c  who is a candidate: through moves of tiers and undone blocks
     prices.c      tokens: our own prices, funds, what a protocol's oracles tell of them
     look.c        one candidate: why not, or with which plan
     choice.c      who is looked at first, and which of those that would earn are taken
     encode.c      the transactions of one that is taken
     lanes.c       which takes have to keep their order
     asks.c        what is asked for: its place, its funds, what it swaps
     outcomes.c    what became of what is in flight
     wins.c        what a dry run has won, which is still there
     memory.c      what a restart takes up
     dust.c        what an account earns at most; who cannot earn the gas, for reports
     view.c        what if: what stands before the state
     view_swaps.c  swaps in pools whose prices moved with ours
     break_even.c  the smallest size that is worth it

   Nothing here is in the undo journal. Candidates follow the book's tiers, which are: of each
   account that came to or left LIQUIDATABLE in a block a note is kept, so that after that block was
   undone those alone are asked for. */

#include "liqd/base/map.h"
#include "liqd/codec/calls.h"
#include "liqd/engine/engine.h"

#define ENGINE_HEAD_MAX  256u
#define ENGINE_MINED_MAX 1024u /* intents that have an outcome that is not final yet */
#define ENGINE_NONE      UINT32_MAX

#define ENGINE_DECIMALS_MAX 77u /* of a quote */
#define ENGINE_BPS          10000u

/* What a liquidation earns at most, of the debt: above what any market pays (Morpho Blue 15 %, Aave
   v3 10 to 18 %). Who is below the gas with that is looked at in turn all the same. */
#define ENGINE_INCENTIVE_BPS 2500u

typedef struct engine_head {
    lq_block_ref_t block;
    uint64_t sec;
    bool has_fee; /* what the next block costs is known */
    lq_wei_t next_fee_wei;
} engine_head_t;

/* A token: what it is worth to us, and how much of it there is. */
typedef struct engine_token {
    lq_address_t address;
    uint32_t number; /* of the oracles; their undoing may give it to another */
    lq_u256_t funds;
    lq_u256_t reserved;  /* by what is in flight */
    lq_u256_t spent;     /* under the view */
    uint64_t priced_cnt; /* the round in which the price was asked for */
    lq_value_verdict_t verdict;
    lq_value_t value;
} engine_token_t;

/* The token of a factor; forgotten with an undone block, which may give the number to another. */
typedef struct engine_factor {
    uint32_t token; /* ENGINE_NONE: no room */
    uint8_t decimals;
    bool known;
    bool in_base; /* of a debt: what is owed with it is told in Aave's unit of account; as found in
                     round in_base_cnt */
    bool apart;
    uint16_t apart_debt; /* of which pair's debt .apart was found, in which round */
    uint64_t apart_cnt;
    uint64_t in_base_cnt;
} engine_factor_t;

/* The lane of a plan. */
typedef struct engine_lane {
    uint64_t lane; /* an intent's number */
    bool free;     /* false: it has to wait until others have ended, all but those of .lane */
} engine_lane_t;

/* A candidate. */
typedef struct engine_row {
    lq_address_t owner;
    uint32_t pool;
    uint32_t account;
    uint32_t instance;
    uint32_t intent; /* its place, ENGINE_NONE */
    lq_reason_t reason;
    bool looking;       /* on the list of this event */
    bool queued;        /* in the heap */
    bool was_looked_at; /* since it is there */
    bool closing;       /* on the list of those that wait for their transaction's end */
    bool mined;         /* ours was, and nothing was decided since */
    bool won;           /* in a dry run: it stands as TAKEN, and nothing is decided */
    bool has_profit;
    bool has_rival;
    bool behind; /* something was in flight when its reason was found */
    uint64_t opened_blk;
    uint64_t wait_blk;  /* not looked at before that one is complete */
    uint64_t values;    /* digest of its factors' values, as last looked at */
    uint64_t sized_cnt; /* stand_cnt when it was last sized, */
    engine_lane_t lane; /* and its plan's lane */
    uint64_t rival_blk;
    lq_address_t rival;
    lq_hold_t hold;
    lq_no_route_t no_route; /* NO_ROUTE */
    lq_profit_t profit;
} engine_row_t;

/* That an account came to LIQUIDATABLE or left it, at the latest in block BLK. */
typedef struct engine_note {
    uint64_t blk;
    uint32_t account;
} engine_note_t;

typedef enum engine_intent_state {
    ENGINE_INTENT_FREE,
    ENGINE_INTENT_ASKED,
    ENGINE_INTENT_MINED,
    ENGINE_INTENT_REVERTED,
} engine_intent_state_t;

typedef struct engine_reserve {
    uint32_t token;
    bool held;
    lq_u256_t amount;
} engine_reserve_t;

typedef struct engine_intent {
    engine_intent_state_t state;
    bool dropped;
    bool sent;     /* its end is told */
    bool one_pair; /* all its steps are of one */
    bool one_tx;
    uint64_t id;
    uint64_t lane; /* an intent's number: the first's of those it must keep its order with */
    lq_address_t owner;
    uint32_t pool;
    uint32_t account;
    uint32_t instance;
    uint64_t seen_blk; /* that was complete when it was asked for */
    uint64_t target_blk;
    uint64_t last_blk;
    uint64_t landed_blk;  /* the top when it was told to be mined */
    uint16_t debt_factor; /* of the first step */
    lq_u128_t owed;       /* of that, when it was asked for */
    size_t reserve_cnt;
    engine_reserve_t reserves[LQ_PLAN_STEP_MAX];
    lq_usd_t exposure;
    lq_wei_t gas_wei; /* at most, as reckoned with */
    lq_gas_kind_t gas_kind;
    lq_profit_t profit; /* as planned */
    lq_quote_t collateral;
    lq_quote_t debt;
    lq_quote_t coin;
} engine_intent_t;

/* What an intent swaps. */
typedef struct engine_swaps {
    size_t cnt;
    lq_swap_t swaps[LQ_PLAN_STEP_MAX];
} engine_swaps_t;

/* An account that a dry run has won: as long as it can be liquidated, which it can although it was,
   nothing more is asked for it. Kept apart from its row and its intent, which both may end before
   that: the row while the account is not known, the intent by FINAL. */
typedef struct engine_win {
    uint64_t intent; /* its number */
    lq_address_t owner;
    uint32_t pool;
    uint32_t instance;
    uint64_t freed_blk; /* by its end the account was not liquidatable any more; UINT64_MAX: it is,
                           as far as is known */
} engine_win_t;

typedef struct engine_offer {
    lq_i256_t net_usd;
    uint32_t account;
} engine_offer_t;

/* How much more one token has gained than another under a view: num / den. */
typedef struct engine_gain {
    lq_address_t token_in;
    lq_address_t token_out;
    lq_u256_t num;
    lq_u256_t den;
} engine_gain_t;

/* A route by the ends of its first path, which tell both tokens, and its gain. */
typedef struct engine_way {
    lq_swap_hop_t first;
    lq_swap_hop_t last;
    uint32_t gain;
} engine_way_t;

#define ENGINE_WAY_MAX ((size_t)LQ_PLAN_PAIR_MAX * LQ_SWAP_ROUTE_MAX) /* of one sizing */

/* Legs of accounts whose least gas is kept. */
#define ENGINE_MOST_LEG_MAX 8u

/* What a pair earns at most under a view, of the debt that is repaid and of the collateral that is
   taken; what rounding comes to beside that; and what it takes at least. */
typedef struct engine_most {
    uint64_t round_cnt; /* in which it was found */
    lq_liquidation_pair_t pair;
    bool known;
    lq_u256_t most_wad;
    lq_u256_t of_collateral_wad;
    lq_usd_t rounding_usd;
    lq_address_t tokens[2];                  /* of the collateral and of the debt */
    uint32_t units[ENGINE_MOST_LEG_MAX + 1]; /* of gas, by the account's legs; 0: not found yet */
} engine_most_t;

#define ENGINE_MOST_MAX 509u /* found again where two are in each other's way */

/* What so many units of gas cost under a view. */
typedef struct engine_cost {
    uint64_t round_cnt; /* in which it was found */
    uint32_t units;
    bool known;
    lq_usd_t usd;
} engine_cost_t;

#define ENGINE_COST_MAX 31u

/* What stands before the state. */
typedef struct engine_view {
    bool on;
    bool spent;                                     /* pools stand moved */
    lq_engine_view_t view;                          /* all zero unless on, and so are the next */
    lq_health_view_t healths[LQ_SYNC_INSTANCE_MAX]; /* what it comes to */
    lq_price_shift_t *shifts;                       /* lq_book_shift_max: theirs */
    uint64_t *marks;                                /* a bit for each account */
    lq_swaps_t swaps;
    size_t gain_cnt;
    size_t way_cnt;
    engine_gain_t gains[LQ_PLAN_PAIR_MAX];
    engine_way_t ways[ENGINE_WAY_MAX];
    engine_most_t mosts[ENGINE_MOST_MAX];
    engine_cost_t costs[ENGINE_COST_MAX];
} engine_view_t;

/* What sizing asks with: of whose pair, and what was wrong with prices. */
typedef struct engine_ask {
    lq_engine_t *e;
    uint32_t account; /* ENGINE_NONE: nobody's */
    uint32_t instance;
    uint16_t debt; /* a factor: what is owed, of an isolated market */
    bool none;
    bool stale;
    bool deviating;
} engine_ask_t;

/* What came of a look. */
typedef struct engine_verdict {
    lq_reason_t reason; /* NEW: it would earn */
    lq_hold_t hold;
    lq_no_route_t no_route;
    bool has_profit;
    bool is_dust;
    engine_lane_t lane; /* NEW */
    lq_profit_t profit; /* with the bid */
} engine_verdict_t;

/* The best plan of those that were sized before it was their turn. */
typedef struct engine_kept {
    uint32_t account; /* ENGINE_NONE: nobody's */
    lq_plan_t plan;
} engine_kept_t;

#define ENGINE_REHEARSAL_MAX 8u

/* Whom a decision is rehearsed for. */
typedef struct engine_rehearsal {
    uint64_t blk; /* that was complete when it was found */
    bool has_account;
    uint32_t account;
    lq_price_overlay_t overlay;
    bool on;   /* now */
    bool wide; /* a step of the price touched too much: the least one alone is rehearsed */
    uint32_t riskiest[ENGINE_REHEARSAL_MAX];
    size_t cnt;
    size_t at; /* the next of them to be looked at */
} engine_rehearsal_t;

struct lq_engine {
    lq_engine_config_t config;
    lq_engine_market_t markets[LQ_SYNC_INSTANCE_MAX];
    const lq_gas_floor_t *floors[LQ_SYNC_INSTANCE_MAX];
    lq_action_fn_t *fn;
    void *ctx;
    const lq_swaps_t *swaps; /* those of now, or of the view */
    const lq_swaps_t *now_swaps;
    lq_swaps_t own_swaps; /* of the venues */
    engine_view_t *seen;
    engine_rehearsal_t rehearsal;
    lq_sync_t *sync;
    lq_ledger_t *ledger;
    lq_oracles_t *oracles;
    lq_venues_t *venues;
    lq_book_t *book;
    lq_gas_t *gas;
    lq_limits_t *limits;
    lq_engine_stat_t stat;

    /* The event. */
    uint64_t event_cnt;
    uint64_t round_cnt; /* of prices: each event is one, and each view */
    uint64_t stand_cnt; /* of what plans rest on: each event by which something happened is one, and
                           each take */
    uint64_t now_sec;
    uint64_t move_cnt; /* of the book, before it */
    bool went_back;
    bool rebuilt;
    uint64_t back_blk; /* the lowest to which it went back */

    /* Headers: a stack, of which the oldest fall out. */
    engine_head_t heads[ENGINE_HEAD_MAX];
    size_t head_cnt;
    lq_block_ref_t ground; /* the block on top, headed or not; where there is a header */
    uint64_t top_blk;      /* at least the number of the block on top */
    uint64_t complete_blk;

    /* Candidates: row_cnt, of which the first live_cnt are no dust. */
    engine_row_t *rows;
    size_t row_cnt;
    size_t live_cnt;
    size_t dust_at;
    uint32_t *row_of; /* by account, plus 1 */
    uint32_t *touched;
    size_t touched_max;
    size_t touched_cnt;
    bool scan;            /* touched does not hold them all */
    engine_note_t *notes; /* ring of note_max, a power of two */
    size_t note_max;
    uint64_t note_at;   /* of all that were ever made */
    uint64_t note_from; /* the oldest that counts */
    bool has_lost_note;
    uint64_t lost_blk; /* the newest block of notes that were lost */
    uint32_t *closing;
    size_t closing_cnt;
    lq_hash_t closing_tx;
    uint32_t *looks;
    size_t look_cnt;
    bool look_any;
    bool look_rows; /* looks does not hold them all */

    /* Tokens. */
    engine_token_t *tokens;
    size_t token_max;
    size_t token_cnt;
    lq_map_t *token_map;
    engine_factor_t *factors;
    size_t factor_cnt; /* behind which none is known */
    size_t bound_cnt;  /* factors whose prices were looked for */
    uint32_t coin;     /* the token */

    /* A decision. */
    lq_trial_t *trial;
    lq_trial_t *tried; /* a copy of it, that calls are done to */
    lq_sizing_room_t *room;
    lq_plan_t plan;
    uint32_t plan_account; /* whose it is, as things stand */
    lq_calls_t calls;      /* the protocol's, of the plan */
    lq_calls_t guards;     /* the views that guard the transactions */
    uint8_t *inputs;       /* LQ_EXECUTOR_SZ_MAX bytes for each of txs */
    lq_read_call_t txs[LQ_PLAN_STEP_MAX];
    size_t tx_cnt;
    engine_offer_t *offers; /* a heap */
    size_t offer_cnt;
    size_t slice_work;     /* before this event */
    uint64_t round_intent; /* the first number of those taken since the heap was last empty */
    engine_kept_t kept;

    /* In flight. */
    engine_intent_t *intents; /* engine_intent_max of them */
    engine_swaps_t *swaps_of; /* of intents that are asked */
    size_t asked_cnt;
    uint64_t next_intent;
    uint64_t review_blk;
    size_t review_cnt;    /* places of intents that are still to be reviewed, the last ones */
    uint64_t only_lane;   /* that others have to become a part of, as long as it is under way */
    uint64_t joined_lane; /* the same, from the next event on; 0: nothing had to wait in this one */
    engine_win_t *wins;   /* engine_win_max of them */
    size_t win_cnt;

    bool limit_holds[LQ_LIMIT_CNT];
    lq_limits_t *spare_limits; /* to load a memory into; NULL: used up */
};

static const lq_u256_t engine_limitless = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

/* Those that are mined keep their places until that is final: some 64 blocks of them. */
static inline size_t engine_intent_max(const lq_engine_config_t *config)
{
    return config->inflight_max + ENGINE_MINED_MAX;
}

/* Candidates that were won, and accounts that have been since: beyond them the oldest are
 * forgotten.
 */
static inline size_t engine_win_max(const lq_engine_config_t *config)
{
    return config->candidate_max + ENGINE_MINED_MAX;
}

static inline bool engine_same_address(const lq_address_t *a, const lq_address_t *b)
{
    return __builtin_memcmp(a, b, sizeof(*a)) == 0;
}

static inline const lq_adapter_t *engine_adapter(const lq_engine_t *e, uint32_t instance)
{
    return lq_sync_instance(e->sync, instance)->adapter;
}

/* emit.c */
void engine_emit(lq_engine_t *e, const lq_action_t *action);
void engine_tell_candidate(const engine_row_t *row, bool ended, lq_action_fn_t *fn, void *ctx);
void engine_emit_candidate(lq_engine_t *e, const engine_row_t *row, bool ended);
lq_sync_sink_t engine_sink(lq_engine_t *e);

/* engine.c: what the book tells while it takes an event */
void engine_went_back(lq_engine_t *e, uint64_t blk);
void engine_rebuilt(lq_engine_t *e);
void engine_followed(lq_engine_t *e, uint64_t from_blk);

/* heads.c */
void engine_head_push(lq_engine_t *e, const lq_header_t *header);
void engine_head_pop(lq_engine_t *e, const lq_block_ref_t *block);
void engine_heads_cut(lq_engine_t *e, uint64_t from_blk); /* those from FROM_BLK on */
const engine_head_t *engine_head(const lq_engine_t *e);   /* NULL: none */

/* candidates.c */
void engine_note(lq_engine_t *e, uint32_t account);
void engine_note_back(lq_engine_t *e, uint64_t blk);
engine_row_t *engine_row(const lq_engine_t *e, uint32_t account); /* NULL: none */
void engine_set_reason(lq_engine_t *e, engine_row_t *row, const engine_verdict_t *verdict);
void engine_set_plain(lq_engine_t *e, engine_row_t *row, lq_reason_t reason);
void engine_set_dust(lq_engine_t *e, engine_row_t *row, bool dust);
bool engine_can_liquidate(const lq_engine_t *e, const engine_row_t *row);
void engine_end(lq_engine_t *e, engine_row_t *row, lq_reason_t reason);
void engine_rival(lq_engine_t *e, const lq_evm_log_t *log);
void engine_close(lq_engine_t *e, const lq_event_t *next); /* those that waited for NEXT */
void engine_settle(lq_engine_t *e, const lq_event_t *event);
void engine_want_look(lq_engine_t *e, engine_row_t *row);
void engine_want_moved(lq_engine_t *e);
void engine_want_live(lq_engine_t *e);
void engine_want_crowded(lq_engine_t *e); /* whom what is in flight left too little */
void engine_want_waiting(lq_engine_t *e,
                         uint64_t blk); /* whom BLK, which is complete, ends it for */
void engine_want_dust(lq_engine_t *e);  /* in turn */
uint64_t engine_values(const lq_engine_t *e, uint32_t account);

/* prices.c */
uint32_t engine_token(lq_engine_t *e, const lq_address_t *address); /* ENGINE_NONE: full */
uint32_t engine_factor_token(lq_engine_t *e, uint32_t instance, uint16_t factor, uint8_t *decimals);
lq_value_verdict_t engine_price(lq_engine_t *e, uint32_t token);
bool engine_price_now(lq_engine_t *e, lq_u256_t *price_wad, uint32_t token); /* whatever is seen */
lq_u256_t engine_available(const lq_engine_t *e, uint32_t token);
/* Whether the protocol's price of FACTOR's token is too far from ours; DEBT is the factor of what
   is owed, which an isolated market has one of and counts in. */
bool engine_is_apart(lq_engine_t *e, uint32_t instance, uint16_t factor, uint16_t debt);
/* The protocol's price of FACTOR's token, with DEBT; ours where it has none but the unit. */
bool engine_their_price(lq_engine_t *e, lq_u256_t *price_wad, uint32_t instance, uint16_t factor,
                        uint16_t debt);
void engine_bind_prices(lq_engine_t *e);
void engine_forget_factors(lq_engine_t *e);

/* view.c: the view of healths and trials of INSTANCE; NULL: none. */
const lq_health_view_t *engine_health_view(const lq_engine_t *e, uint32_t instance);

/* view_swaps.c */
void engine_see_swaps(lq_engine_t *e);
void engine_forget_ways(lq_engine_t *e);

/* look.c. engine_tell sets *OUT to what the token of FACTOR is worth and how much of it there is,
   but for its loan; false: nothing may be done with it. engine_terms returns terms but for ctx,
   token and leg_cnt. */
bool engine_tell(engine_ask_t *ask, lq_terms_token_t *out, uint16_t factor);
lq_terms_t engine_terms(const lq_engine_t *e, uint32_t instance, const lq_quote_t *coin);
void engine_look(lq_engine_t *e, engine_row_t *row, engine_verdict_t *out, bool may_be_dust);
void engine_min_profit(const lq_engine_t *e, lq_usd_t *out, const lq_profit_t *profit);
bool engine_limit_sees(lq_engine_t *e, lq_limit_t limit);

/* choice.c. engine_choose looks at those that are to be, and takes who is to be taken, as far as a
   slice goes. The heap of offers: engine_next_offer takes the best out. */
void engine_choose(lq_engine_t *e);
void engine_offer(lq_engine_t *e, uint32_t account, const lq_i256_t *net_usd);
engine_offer_t engine_next_offer(lq_engine_t *e);
bool engine_is_crowded_out(lq_reason_t reason);

/* engine.c: whether as much was sized in this event as one should; whether ROW, that a look is
   wanted of, may be liquidated by us now. */
bool engine_is_slice_over(const lq_engine_t *e);
bool engine_is_open(const lq_engine_t *e, const engine_row_t *row);

/* asks.c. From engine_move to e->swaps->back quotes are behind what is in flight, from
   engine_move_below behind that of lower numbers than ID; engine_is_to_swap tells whether what
   INTENT swaps is still to come. */
void engine_move(lq_engine_t *e);
void engine_move_below(lq_engine_t *e, uint64_t id);
bool engine_is_to_swap(const lq_engine_t *e, const engine_intent_t *intent);

/* lanes.c: the lane of the plan. Not free: it would join two that are under way, and .lane is the
   one of these that it could be of when the others have ended. engine_join_lanes has them end, from
   engine_settle_lanes on, which is called when the next thing happens. */
engine_lane_t engine_lane(const lq_engine_t *e);
void engine_join_lanes(lq_engine_t *e, uint64_t lane);
void engine_settle_lanes(lq_engine_t *e);

/* encode.c: txs and tx_cnt of the plan that E has; false: it cannot be written. */
LQ_MUST_USE bool engine_encode(lq_engine_t *e, const engine_row_t *row);
uint64_t engine_last_blk(const lq_engine_t *e);
bool engine_has_executor(const lq_engine_config_t *config);
bool engine_is_atomic(const lq_engine_config_t *config);

/* asks.c */
uint32_t engine_place(const lq_engine_t *e, const engine_intent_t *intent);
bool engine_has_place(const lq_engine_t *e);
bool engine_has_free_place(const lq_engine_t *e);
/* Who stands for it; NULL: nobody any more. */
engine_row_t *engine_row_of(const lq_engine_t *e, const engine_intent_t *intent);
LQ_MUST_USE bool engine_take(lq_engine_t *e, engine_row_t *row, uint64_t lane,
                             const engine_verdict_t *verdict);
/* The two parts of that: asking, in the LANE that engine_lane gave, for which *AT is the place; and
   having it be in flight. Asking alone changes nothing that others are sized by where the place is
   free (engine_has_free_place). engine_ask_in_play does what engine_ask does for a free place, but
   tells FN, and nothing is left of it. What was encoded is there. */
LQ_MUST_USE bool engine_ask(lq_engine_t *e, const engine_row_t *row, uint64_t lane, uint32_t *at);
void engine_ask_in_play(lq_engine_t *e, const engine_row_t *row, uint64_t lane, lq_action_fn_t *fn,
                        void *ctx);
void engine_hold(lq_engine_t *e, engine_row_t *row, uint32_t at, const engine_verdict_t *verdict);
void engine_funds(lq_engine_t *e, const lq_funds_t *funds);
void engine_hold_funds(lq_engine_t *e, engine_intent_t *intent);
void engine_free_funds(lq_engine_t *e, engine_intent_t *intent);
lq_usd_t engine_exposure(const lq_engine_t *e, uint32_t instance, const lq_profit_t *profit);

/* outcomes.c */
void engine_drop(lq_engine_t *e, engine_row_t *row);
void engine_adopt(lq_engine_t *e, engine_row_t *row); /* a row of whom something is in flight */
void engine_outcome(lq_engine_t *e, const lq_outcome_t *outcome);
void engine_expire(lq_engine_t *e);
/* What is behind its first block and would not be asked for any more, as far as prices, pools and
   gas go, is dropped: nobody is to pay more for it. Wanted behind block BLK, all of which is there;
   done as far as a slice goes. */
void engine_want_review(lq_engine_t *e, uint64_t blk);
void engine_review(lq_engine_t *e);
bool engine_is_reviewing(const lq_engine_t *e);
void engine_forget_rivals(lq_engine_t *e, uint64_t blk); /* of that block and above */

/* wins.c */
void engine_win(lq_engine_t *e, const engine_intent_t *intent);
void engine_unwin(lq_engine_t *e, const engine_intent_t *intent);
bool engine_is_won(const lq_engine_t *e, const engine_row_t *row);
void engine_free_wins(lq_engine_t *e, const engine_row_t *row); /* which is about to end */

#endif
