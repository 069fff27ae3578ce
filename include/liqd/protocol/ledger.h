#ifndef LIQD_PROTOCOL_LEDGER_H
#define LIQD_PROTOCOL_LEDGER_H

/* The ledger: all accounts of all protocols in one shape, kept in an undo journal. Adapters write
   it, the book above values it.

   An account is what can be liquidated as a whole: a borrower in a pool that weighs all he has
   together (Aave), or a borrower in one isolated market (Morpho). It is a list of legs. A leg is an
   amount of a factor: scaled aTokens of a reserve as collateral, shares of a market's debt. What
   two accounts have in common stands in the factor, what is their own in the amounts, so that

       health = sum of amount x value over collateral factors / the same over debt factors

   in real numbers. The value carries price, index, decimals and liquidation threshold, and moves;
   the amounts stand still between an account's own actions. Health factors as the contracts round
   them are the adapter's affair (adapter.h); factors carry what the rounding can cost, for the
   book's bound.

   Everything is named by its index. Indices of accounts, pools and factors are never given twice;
   undoing a block takes those back that it added, and the next ones get their numbers.

   Limits are fixed by lq_ledger_new. Memory is given in the functions' comments; nothing allocates
   afterwards. Whoever changes an amount or a value has it put on a list of what changed, which the
   book takes before the next block begins or is undone: the lists are no state, and must be empty
   when lq_undo_back is called (LQ_BUG, at the next change or look at them).

   Numbers of accounts, pools and factors given to the functions are below their counts (LQ_BUG).
   Setting what is so already changes nothing and lists nothing, values of factors apart. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/base/undo.h"
#include "liqd/codec/types.h"

/* Opaque. */
typedef struct lq_ledger lq_ledger_t;

#define LQ_LEDGER_ACCOUNT_MAX ((size_t)1 << 28) /* and of pools */
#define LQ_LEDGER_PLACE_MAX   ((size_t)1 << 31) /* of leg_max */
#define LQ_LEDGER_FACTOR_MAX  65535u            /* a leg names its factor in 16 bits */
#define LQ_LEDGER_LEG_MAX     256u              /* of one account */
#define LQ_LEDGER_NONE        UINT32_MAX

/* Each is at least 1. */
typedef struct lq_ledger_config {
    size_t account_max;
    size_t leg_max; /* places of all accounts together; each account takes a power of two of them,
                       at least 2. Taken up in segments, and one of them for each class more */
    size_t pool_max;
    size_t factor_max; /* at most LQ_LEDGER_FACTOR_MAX */
    uint64_t seed;     /* of the index: secret and random in a live daemon */
} lq_ledger_config_t;

/* lq_ledger_state_sz returns how much of an undo journal's state_sz a ledger of CONFIG takes: 33
   bytes an account, 24.1 a place. For a million accounts of 2.8 legs, in 3.2 places, that is 120
   bytes each with the journal's own overhead. lq_ledger_arena_sz returns what it takes of the
   arena: 9.7 bytes an account, of which 4 are the list of what changed, whose pages behind 64 KB
   are not touched before it is as long. */
size_t lq_ledger_state_sz(const lq_ledger_config_t *config);
size_t lq_ledger_arena_sz(const lq_ledger_config_t *config);

/* lq_ledger_new makes *LEDGER an empty one: its state in UNDO, the index and the lists of what
   changed in ARENA. LQ_ERR_RANGE, LQ_ERR_NOMEM; *LEDGER and ARENA are then unchanged. */
LQ_MUST_USE lq_err_t lq_ledger_new(lq_ledger_t **ledger, lq_arena_t *arena, lq_undo_t *undo,
                                   const lq_ledger_config_t *config);

/* lq_ledger_clear takes everything out, for a rebuild or where pieces could not be restored; the
   lists are empty then. No block may be kept in the undo journal (LQ_BUG). Cost: writes all of its
   memory. */
void lq_ledger_clear(lq_ledger_t *ledger);

/* Pools: what an account is an account of. INSTANCE is the adapter's number, LOCAL its own name for
   the pool. */
typedef struct lq_pool_ref {
    uint32_t instance;
    uint32_t local;
} lq_ledger_pool_t;

/* lq_ledger_add_pool appends a pool and sets *POOL. LQ_ERR_FULL. */
LQ_MUST_USE lq_err_t lq_ledger_add_pool(lq_ledger_t *ledger, uint32_t *pool, lq_ledger_pool_t ref);
size_t lq_ledger_pool_cnt(const lq_ledger_t *ledger);
lq_ledger_pool_t lq_ledger_pool(const lq_ledger_t *ledger, uint32_t pool);

/* Factors. */
typedef enum lq_side {
    LQ_SIDE_IDLE, /* held, but it neither secures nor owes: its value is always 0 */
    LQ_SIDE_COLLATERAL,
    LQ_SIDE_DEBT,
} lq_side_t;

typedef struct lq_factor {
    uint32_t pool;
    uint16_t asset;   /* the adapter's number of the reserve */
    uint8_t category; /* e-mode */
    uint8_t side;     /* lq_side_t */
} lq_factor_t;

/* What a unit of a factor's amount is worth at the present, and how far the contract's own number
   can lie on the bad side of it; on the good side it lies no further, but for half a wad. All are
   finite and not negative, or VALUE is NaN: not known, a price is missing. The unit of account is
   the pool's own. */
typedef struct lq_factor_value {
    double value; /* for one unit of amount, threshold included; within 2^-40 of the real number */
    float
        amount_loss; /* units of amount by which a leg may count less (collateral) or more (debt) */
    float value_loss;  /* units of account by which a leg may, the threshold included */
    float health_loss; /* part of the whole health factor that having this leg may cost, below 1 */
} lq_factor_value_t;

/* lq_ledger_add_factor appends a factor of no value yet (NaN; IDLE: 0) and sets *FACTOR.
   LQ_ERR_FULL. Adapters keep the numbers; there is no search. */
LQ_MUST_USE lq_err_t lq_ledger_add_factor(lq_ledger_t *ledger, uint16_t *factor,
                                          const lq_factor_t *about);
size_t lq_ledger_factor_cnt(const lq_ledger_t *ledger);
const lq_factor_t *lq_ledger_factor(const lq_ledger_t *ledger, uint16_t factor);
const lq_factor_value_t *lq_ledger_value(const lq_ledger_t *ledger, uint16_t factor);

/* lq_ledger_set_value sets what FACTOR is worth and puts it on the list, also where the number is
   the one before: what is exactly behind it may have moved by less than a double tells, and take an
   account that is just at the border over it. Not where it was and is unknown, or IDLE. LQ_BUG
   where VALUE is not as lq_factor_value_t says. */
void lq_ledger_set_value(lq_ledger_t *ledger, uint16_t factor, const lq_factor_value_t *value);

/* Accounts. */
typedef enum lq_account_state {
    LQ_ACCOUNT_UNKNOWN,     /* seen in a log, to be read: its legs mean nothing */
    LQ_ACCOUNT_KNOWN,       /* exact */
    LQ_ACCOUNT_QUARANTINED, /* a log contradicted it, or an audit did: to be read again */
    LQ_ACCOUNT_REFUSED,     /* has what we cannot compute (stable debt, a reserve of 78 decimals):
                               reported, and never liquidated */
} lq_account_state_t;

typedef struct lq_account {
    lq_address_t owner;
    uint32_t pool;
    uint8_t category; /* e-mode; 0: none */
    uint8_t state;    /* lq_account_state_t */
    uint16_t leg_cnt;
} lq_account_t;

/* lq_ledger_find sets *ACCOUNT to that of OWNER in POOL. LQ_ERR_NOT_FOUND. Cost: a load from the
   index and one from the row, which in a book of a million both come from memory; where there is
   none the first alone. */
LQ_MUST_USE lq_err_t lq_ledger_find(const lq_ledger_t *ledger, uint32_t *account, uint32_t pool,
                                    const lq_address_t *owner);

/* lq_ledger_add appends an UNKNOWN account without legs and sets *ACCOUNT. LQ_ERR_EXISTS (*ACCOUNT
   is then unchanged), LQ_ERR_FULL. Keys of undone accounts that never return stay in the index;
   when there are as many as a fifth of account_max it is made anew within this call, which takes
   some 50 ns for each account. */
LQ_MUST_USE lq_err_t lq_ledger_add(lq_ledger_t *ledger, uint32_t *account, uint32_t pool,
                                   const lq_address_t *owner);

size_t lq_ledger_cnt(const lq_ledger_t *ledger);
lq_account_t lq_ledger_account(const lq_ledger_t *ledger, uint32_t account);

/* lq_ledger_set_state and _set_category change an account and put it on the list. */
void lq_ledger_set_state(lq_ledger_t *ledger, uint32_t account, lq_account_state_t state);
void lq_ledger_set_category(lq_ledger_t *ledger, uint32_t account, uint8_t category);

/* How many accounts are in STATE, and the first from FROM on that is (LQ_LEDGER_NONE: no other).
   The second reads a byte an account. */
size_t lq_ledger_state_cnt(const lq_ledger_t *ledger, lq_account_state_t state);
uint32_t lq_ledger_next_in_state(const lq_ledger_t *ledger, lq_account_state_t state,
                                 uint32_t from);

/* The legs of an account: cnt amounts above 0, each of another factor, in no order of meaning.
   Valid until the account changes. */
typedef struct lq_legs {
    const lq_u128_t *amounts;
    const uint16_t *factors;
    size_t cnt;
} lq_legs_t;

lq_legs_t lq_ledger_legs(const lq_ledger_t *ledger, uint32_t account);

/* lq_ledger_expect is told, before each of a walk's accounts is asked for, the CNT at ACCOUNTS that
   are yet to come, that one first, and has those a little way ahead be in the cache by then. It
   changes nothing else. */
void lq_ledger_expect(const lq_ledger_t *ledger, const uint32_t *accounts, size_t cnt);

/* lq_ledger_amount returns the amount of ACCOUNT's leg of FACTOR, 0 where it has none. */
lq_u128_t lq_ledger_amount(const lq_ledger_t *ledger, uint32_t account, uint16_t factor);

/* lq_ledger_set_amount gives ACCOUNT AMOUNT of FACTOR, one of the account's pool (LQ_BUG), 0 to
   take the leg away, and puts it on the list. LQ_ERR_FULL: no room for another leg, in the account
   or at all; nothing changes. Never for an AMOUNT of 0 or a leg that is there. */
LQ_MUST_USE lq_err_t lq_ledger_set_amount(lq_ledger_t *ledger, uint32_t account, uint16_t factor,
                                          lq_u128_t amount);

/* lq_ledger_clear_legs takes all legs of ACCOUNT away, before it is read anew. */
void lq_ledger_clear_legs(lq_ledger_t *ledger, uint32_t account);

/* What changed since lq_ledger_settled, each once, in the order of the first change. What was
   appended counts as changed; lq_ledger_clear and lq_ledger_restored leave the lists empty. */
const uint32_t *lq_ledger_changed_accounts(const lq_ledger_t *ledger, size_t *cnt);
const uint16_t *lq_ledger_changed_factors(const lq_ledger_t *ledger, size_t *cnt);

/* lq_ledger_settled empties both lists. */
void lq_ledger_settled(lq_ledger_t *ledger);

/* For snapshots: lq_ledger_pieces gives the state, whose bytes mean what LQ_LEDGER_LAYOUT says, and
   returns how many pieces there are. They are filled into a cleared ledger with no block kept;
   lq_ledger_restored then rebuilds the rest: some 100 ns an account. It trusts no byte of them.
   LQ_ERR_RANGE: they name what cannot be; the ledger has to be cleared then. What was saved is
   restored to the byte, whatever the capacities. */
#define LQ_LEDGER_LAYOUT    1u
#define LQ_LEDGER_PIECE_MAX 40
size_t lq_ledger_pieces(lq_ledger_t *ledger, lq_undo_piece_t out[LQ_LEDGER_PIECE_MAX]);
LQ_MUST_USE lq_err_t lq_ledger_restored(lq_ledger_t *ledger);

/* For full scans in floating point (the book's prefilter). Legs lie in blocks of 2, 4, 8, ... up to
   LQ_LEDGER_LEG_MAX places, each the legs of one account, places behind the last holding amount 0
   and factor 0. Blocks of one size fill a segment of LQ_LEDGER_SEGMENT_SZ places; segments are
   given to sizes as they are wanted. So a full scan is

       for (size_t i = 0; i < lq_ledger_segment_cnt(ledger); i++) {
           lq_leg_blocks_t blocks = lq_ledger_blocks(ledger, i);
           switch (blocks.block_sz) ...

   and reads three streams from one end to the other, each segment's right behind that of the one
   before, places that nobody uses included.

   approx is the amount as a float, to the nearest, at most FLT_MAX, negative for debt, 0 for idle:
   so a sum of approx x value has the sign of the account's room. */
#define LQ_LEDGER_SEGMENT_SZ 1024u
#define LQ_LEDGER_CLASS_CNT  8 /* sizes of blocks: class C is of 2^(C + 1) places */
typedef struct lq_leg_blocks {
    const float *approx;     /* block_cnt x block_sz; aligned to 64 bytes */
    const uint16_t *factors; /* the same */
    const uint32_t *owners;  /* block_cnt: whose, plus 1, so that one less is the account, or
                                LQ_LEDGER_NONE for 0: nobody's, all amounts 0. Aligned to 64 bytes */
    size_t block_sz;
    size_t block_cnt; /* LQ_LEDGER_SEGMENT_SZ / block_sz; 0 in a segment that no size has now */
} lq_leg_blocks_t;

/* lq_ledger_segment_cnt returns the number of segments that were ever used, lq_ledger_blocks the
   blocks of one of them. */
size_t lq_ledger_segment_cnt(const lq_ledger_t *ledger);
lq_leg_blocks_t lq_ledger_blocks(const lq_ledger_t *ledger, size_t segment);

#endif
