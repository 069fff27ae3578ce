#ifndef LIQD_MARKET_VENUES_H
#define LIQD_MARKET_VENUES_H

/* The pools that tokens are swapped in, and the lenders of flash loans: kept from logs, read once,
   audited like everything else. Pure; all state in the undo journal; reads come in at the state of
   their own block (book/sync.h). The questions of swap.h are answered from here.

   A pool is what the operator names. What it says of itself is checked before any money goes
   through it: its factory lists it, for these tokens in this order and this fee; where no factory
   is named, that is the operator's word. Of a v3 pool all initialized ticks are kept. A pool whose
   status is not OK is on no route, and says why.

   A pool that is of no use for what it is, is asked again, less and less often. Lenders are read
   in turn, one a block: fee, and how much of each token that pools have. In
   between that is as old as their number of blocks. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/undo.h"
#include "liqd/codec/calls.h"
#include "liqd/events.h"
#include "liqd/market/swap.h"
#include "liqd/market/uniswap.h"

/* Opaque. */
typedef struct lq_venues lq_venues_t;

#define LQ_VENUES_POOL_MAX   1024u
#define LQ_VENUES_LENDER_MAX 16u
#define LQ_VENUES_TOKEN_MAX  256u /* that pools have */
#define LQ_VENUES_TICK_MAX   (1u << 22)

typedef enum lq_venue_kind {
    LQ_VENUE_UNISWAP_V3,
    LQ_VENUE_UNISWAP_V2,
    LQ_VENUE_KIND_CNT,
} lq_venue_kind_t;

typedef struct lq_venue_pool_config {
    lq_venue_kind_t kind;
    lq_address_t address;
    lq_address_t factory; /* all zero: not asked */
    uint32_t fee_pips;    /* v2; a v3 pool says its own */
} lq_venue_pool_config_t;

typedef enum lq_lender_kind {
    LQ_LENDER_AAVE_V3,     /* flashLoanSimple */
    LQ_LENDER_MORPHO_BLUE, /* flashLoan, for nothing */
    LQ_LENDER_UNISWAP_V3,  /* flash, of a pool's own tokens; the pool is locked meanwhile */
    LQ_LENDER_KIND_CNT,
} lq_lender_kind_t;

typedef struct lq_lender_config {
    lq_lender_kind_t kind;
    lq_address_t contract;
} lq_lender_config_t;

typedef struct lq_venues_config {
    const lq_venue_pool_config_t *pools; /* copied; each address once */
    size_t pool_cnt;                     /* 0 to LQ_VENUES_POOL_MAX */
    const lq_lender_config_t *lenders;   /* copied */
    size_t lender_cnt;
    size_t tick_max; /* of all pools; 1 to LQ_VENUES_TICK_MAX. About 190 bytes each */
    uint64_t seed;
} lq_venues_config_t;

/* What one takes of the undo journal's state_sz, and of the arena. */
size_t lq_venues_state_sz(const lq_venues_config_t *config);
size_t lq_venues_arena_sz(const lq_venues_config_t *config);

/* lq_venues_new makes *VENUES, all UNREAD. LQ_ERR_RANGE, LQ_ERR_EXISTS (an address twice),
   LQ_ERR_NOMEM. lq_venues_clear: as it was made, for a rebuild; no block is kept in the journal. */
LQ_MUST_USE lq_err_t lq_venues_new(lq_venues_t **venues, lq_arena_t *arena, lq_undo_t *undo,
                                   const lq_venues_config_t *config);
void lq_venues_clear(lq_venues_t *venues);

/* How a pool stands: LQ_NO_ROUTE_NONE, or why it is on no route (never NO_DEPTH, NO_LENDER,
   NO_POOL). */
typedef struct lq_venue_pool {
    lq_venue_pool_config_t config;
    lq_no_route_t status;
    lq_address_t tokens[2]; /* all zero until read */
    uint32_t fee_pips;
    lq_v3_pool_t v3;       /* of UNISWAP_V3 */
    lq_u256_t reserves[2]; /* of UNISWAP_V2 */
} lq_venue_pool_t;
size_t lq_venues_pool_cnt(const lq_venues_t *venues);
const lq_venue_pool_t *lq_venues_pool(const lq_venues_t *venues, uint32_t pool);

/* Grows with each change of a pool's status but where the journal takes one back: what it was, and
   no block undone since, says that none has changed. */
uint64_t lq_venues_settled_cnt(const lq_venues_t *venues);

/* The table that v3's rows are of, and how many rows there ever were. */
const lq_v3_tick_t *lq_venues_ticks(const lq_venues_t *venues, size_t *cnt);

/* Tokens of the pools that were read, in the order of their coming. */
size_t lq_venues_token_cnt(const lq_venues_t *venues);
const lq_address_t *lq_venues_token(const lq_venues_t *venues, uint32_t token);

/* What can be borrowed for the length of a transaction. */
typedef struct lq_loan {
    lq_lender_kind_t kind;
    lq_address_t lender;
    bool token1;         /* UNISWAP_V3: the token is its token1 */
    uint32_t pool;       /* UNISWAP_V3: the venues' number of it, on no route meanwhile;
                            LQ_V3_NONE: it is none of them */
    uint32_t fee_pips;   /* of the amount, rounded up */
    lq_u256_t available; /* units, when it was read last; AAVE_V3: that its pool counts, too */
} lq_loan_t;

/* lq_venues_loan sets *OUT to the cheapest loan of TOKEN of those that come to LEAST units, or,
   where none does, to the largest; of equals the first lender's. LQ_ERR_NOT_FOUND: nobody is known
   to lend any. lq_loan_fee sets *FEE to what AMOUNT costs. LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_venues_loan(const lq_venues_t *venues, lq_loan_t *out,
                                    const lq_address_t *token, const lq_u256_t *least);
LQ_MUST_USE lq_err_t lq_loan_fee(lq_u256_t *fee, const lq_loan_t *loan, const lq_u256_t *amount);

/* lq_venues_lent_cnt returns how many of the pools' tokens LENDER has any of. */
size_t lq_venues_lent_cnt(const lq_venues_t *venues, uint32_t lender);

/* Logs, as in oracles.h. lq_venues_apply returns whether the LOG was one of a pool's that was read
   (false: nobody's, or of no consequence). A log that does not decode or contradicts the pool's
   state makes it DOUBTFUL, to be read anew, and sets *FAULT. */
size_t lq_venues_watch(const lq_venues_t *venues, lq_address_t *out, size_t max);
const lq_hash_t *lq_venues_topics(size_t *cnt);
bool lq_venues_apply(lq_venues_t *venues, const lq_evm_log_t *log, bool *fault);

/* Reads: subjects as in protocol/adapter.h. lq_venues_next gives the first behind *SUBJECT that has
   to be read, lenders until they have told of each token; lq_venues_turn the first behind it that
   has its turn at block NUMBER: pools that were of no use for what they are, each at the next
   block, then after about 2, 4, to 64 blocks for as long as it is of none, and one lender (false:
   nothing more). *SUBJECT starts as zeros. Cost: by the pools that are unread, or of no use. */
typedef enum lq_venues_subject {
    LQ_VENUES_SUBJECT_POOL = 1, /* index: its number: what it is, price, liquidity, reserves */
    LQ_VENUES_SUBJECT_WORDS,    /* words of a v3 pool's bitmap; index: venues_internal.h says */
    LQ_VENUES_SUBJECT_TICKS,    /* ticks of a v3 pool that the words named */
    LQ_VENUES_SUBJECT_LENDER,
} lq_venues_subject_t;
bool lq_venues_next(const lq_venues_t *venues, lq_subject_t *subject);
bool lq_venues_turn(const lq_venues_t *venues, lq_subject_t *subject, uint64_t number);
LQ_MUST_USE lq_err_t lq_venues_reads(const lq_venues_t *venues, lq_calls_t *calls,
                                     lq_subject_t subject);

/* lq_venues_answer takes the results of lq_venues_reads, in order. Returns false where they do not
   fit: what they are about stays to be read, or has the status that this means. No answer changes
   what is watched. */
bool lq_venues_answer(lq_venues_t *venues, lq_subject_t subject, const lq_read_result_t *results,
                      size_t cnt);

/* Audits: what pool POOL should say, and what it said. TURN chooses which of its ticks and words
   are asked beside price, liquidity, fee and reserves: any number, each block another. The two are
   of one length with the same names. LQ_ERR_EMPTY (expected): it is not OK; LQ_ERR_FULL;
   LQ_ERR_SYNTAX (actual): they do not decode. lq_venues_doubt makes it DOUBTFUL, to be read anew.
 */
LQ_MUST_USE lq_err_t lq_venues_audit_reads(const lq_venues_t *venues, lq_calls_t *calls,
                                           uint32_t pool, uint64_t turn);
LQ_MUST_USE lq_err_t lq_venues_audit_expected(const lq_venues_t *venues, lq_audit_t *out,
                                              uint32_t pool, uint64_t turn);
LQ_MUST_USE lq_err_t lq_venues_audit_actual(const lq_venues_t *venues, lq_audit_t *out,
                                            uint32_t pool, uint64_t turn,
                                            const lq_read_result_t *results, size_t cnt);
void lq_venues_doubt(lq_venues_t *venues, uint32_t pool);

/* lq_venues_swaps returns the questions of swap.h about VENUES, which outlives them. Pools whose
   status is OK, paths of one or two hops, the best by spot but for those of no depth, and splits
   over them.
   Cost: routes 0.2 us with a few pools and 10 us where the tokens have 1,000; a quote of one path
   that of uniswap.h; of several that of each path, twice at most, and 0.5 us. */
lq_swaps_t lq_venues_swaps(lq_venues_t *venues);

/* For snapshots, as in protocol/ledger.h. lq_venues_restored: LQ_ERR_RANGE where the pieces name
   what cannot be, or other pools and lenders than CONFIG did; it has to be cleared then. */
#define LQ_VENUES_LAYOUT    2u
#define LQ_VENUES_PIECE_MAX 8
size_t lq_venues_pieces(lq_venues_t *venues, lq_undo_piece_t out[LQ_VENUES_PIECE_MAX]);
LQ_MUST_USE lq_err_t lq_venues_restored(lq_venues_t *venues);

const char *lq_venue_kind_str(lq_venue_kind_t kind);
const char *lq_lender_kind_str(lq_lender_kind_t kind);

#endif
