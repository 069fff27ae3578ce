#ifndef LQ_DRY_SHELL_INTERNAL_H
#define LQ_DRY_SHELL_INTERNAL_H

/* What the files of the shell share:

     dry_shell.c   making it, what the engine does and what it is told
     dry_ask.c     what the nodes are asked, and what they answer */

#include "dry_overrides.h"
#include "dry_purse.h"
#include "dry_shell.h"

/* Intents that are not final, and what is known of them; a power of two. */
#define LQ_DRY_INTENT_MAX 4096u

/* Blocks that an answer may take. */
#define LQ_DRY_PATIENCE_BLK 8u

/* Transactions of one question. */
#define LQ_DRY_TX_MAX 256u

/* What is kept of an intent from its asking on. */
typedef struct lq_dry_taken {
    uint64_t intent; /* 0: none */
    uint32_t instance;
    lq_address_t borrower;
    lq_dry_moves_t moves; /* of an inventory */
} lq_dry_taken_t;

/* A question of the machine's, until it is answered. */
typedef struct lq_dry_asked {
    struct lq_dry_asked *next;
    uint64_t id;
    lq_block_ref_t parent;
    lq_header_t block;
    size_t intent_cnt;
    size_t tx_cnt;
    uint64_t *intents;
    size_t *tx_cnts;
    const char **whys; /* by transaction: why it cannot be tried; NULL: it can */
    lq_simulate_tx_t *txs;
    bool asked;
    uint64_t asked_mono_ns;
} lq_dry_asked_t;

/* Somebody's transaction that the machine wants to know the tip of. */
typedef struct lq_dry_wonder {
    uint64_t id;
    lq_hash_t tx_hash;
    lq_header_t block;
} lq_dry_wonder_t;

struct lq_dry_shell {
    lq_dry_shell_settings_t settings;
    lq_state_t *state;
    lq_address_t executor;
    lq_arena_t arena;
    lq_simulate_t *simulate;
    lq_dry_overrides_t *overrides;
    lq_dry_run_t *dry;
    lq_dry_purse_t purse;
    lq_dry_taken_t taken[LQ_DRY_INTENT_MAX];

    lq_dry_asked_t *questions; /* in the order of coming */
    lq_dry_asked_t **last;
    lq_dry_wonder_t *wonders;
    size_t wonder_cnt;
    size_t wonder_cap;
    lq_outcome_t *outcomes;
    size_t outcome_cnt;
    size_t outcome_cap;

    uint64_t event_mono_ns;    /* when the engine was given the event at hand */
    uint64_t received_mono_ns; /* its bytes */
    uint64_t head_blk;         /* the newest that the engine was given */
    uint64_t head_sec;         /* its own time */
    bool counted;              /* something was taken in it, and the former counted */
    bool telling;              /* funds of our own */
    bool counts_coins;         /* the inventory names them */
    bool by_call_said;
};

static inline lq_time_t lq_dry_now(void)
{
    return lq_clock_now(lq_clock_system());
}

/* What is known of INTENT; NULL: too many came behind it. */
static inline const lq_dry_taken_t *lq_dry_taken_of(const lq_dry_shell_t *s, uint64_t intent)
{
    const lq_dry_taken_t *taken = &s->taken[intent % LQ_DRY_INTENT_MAX];
    return taken->intent == intent ? taken : NULL;
}

/* lq_dry_grow makes room for one more than CNT of the items at *P; false where there is none. */
bool lq_dry_grow(void **p, size_t *cap, size_t cnt, size_t item_sz);

/* dry_ask.c. lq_dry_ask_question and _wonder take what the machine wants to know, of the shell CTX;
   lq_dry_ask_answer what came of a simulation. lq_dry_ask_work asks what can be asked;
   lq_dry_ask_end forgets what was not. */
void lq_dry_ask_question(void *ctx, const lq_dry_question_t *q);
void lq_dry_ask_wonder(void *ctx, uint64_t id, const lq_hash_t *tx_hash, const lq_header_t *header);
void lq_dry_ask_answer(void *ctx, const lq_simulate_answer_t *answer);
void lq_dry_ask_work(lq_dry_shell_t *s);
void lq_dry_ask_end(lq_dry_shell_t *s);

#endif
