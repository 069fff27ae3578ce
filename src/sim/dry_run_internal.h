#ifndef LQ_DRY_RUN_INTERNAL_H
#define LQ_DRY_RUN_INTERNAL_H

/* What the files of the dry run share:

     dry_run.c        memory, intents and blocks as they come
     dry_run_try.c    what the simulation says of one
     dry_run_book.c   questions, verdicts, rows

   Intents stand in a ring in the order of their coming; what they call with in a ring of bytes
   beside it. The oldest leaves both when it is final. */

#include "liqd/sim/dry_run.h"

#define DRY_HEAD_MAX  256u /* headers, a power of two; more than any that waits is deep */
#define DRY_RIVAL_MAX 8u   /* liquidations of one account that one intent looks at */
#define DRY_NOBODY    UINT32_MAX

typedef enum dry_state {
    DRY_WAITING, /* for its target block */
    DRY_ASKED,   /* the simulation */
    DRY_RIVALS,  /* what others paid is asked */
    DRY_BOOKED,
    DRY_FINAL,
} dry_state_t;

typedef struct dry_rival {
    lq_dry_rival_t of;
    uint64_t ask; /* its question; 0: none is open */
} dry_rival_t;

/* What the simulation said. */
typedef enum dry_tried {
    DRY_TRIED_NOT,
    DRY_TRIED_OK,
    DRY_TRIED_REVERTED,
} dry_tried_t;

typedef struct dry_intent {
    dry_state_t state;
    dry_tried_t tried;
    bool won;          /* the engine was told so */
    bool ended;        /* the engine was told that it has come to nothing, for good */
    bool crowded;      /* more rivals than there is room for */
    bool late;         /* its block was there before it was asked for */
    uint64_t mono_ns;  /* when it was */
    bool roomless;     /* others of ours, before it, take up its block's gas */
    uint64_t question; /* DRY_ASKED: whose answer it waits for */
    uint64_t last_blk;
    uint32_t account; /* a borrower has one in each isolated market; DRY_NOBODY: not known */
    lq_dry_row_t row;
    lq_wei_t priority_wei; /* per gas */
    uint32_t plan_gas;
    lq_u256_t plan_repaid; /* of all steps */
    lq_u256_t plan_seized;
    lq_u256_t repaid; /* as tried; else the plan's */
    lq_u256_t seized;
    lq_wei_t gas_price_wei; /* of the real block, with our tip */
    lq_quote_t coin;
    lq_dry_price_t prices[LQ_DRY_RUN_TOKEN_MAX];
    size_t price_cnt;
    dry_rival_t rivals[DRY_RIVAL_MAX];
    size_t rival_cnt;
    lq_read_call_t txs[LQ_PLAN_STEP_MAX];
    size_t tx_cnt;
    size_t bytes_at; /* of its inputs, one behind the other */
} dry_intent_t;

typedef struct dry_head {
    lq_header_t header;
    bool stands;
    bool complete;
} dry_head_t;

struct lq_dry_run {
    lq_dry_run_config_t config;
    lq_dry_sink_t sink;
    lq_dry_run_stat_t stat;
    dry_intent_t *intents; /* ring of intent_max */
    uint64_t first;        /* the oldest, of all that ever came */
    uint64_t next;
    uint8_t *bytes; /* ring of bytes_max */
    size_t bytes_max;
    size_t bytes_at;                /* behind the newest */
    bool apart;                     /* each intent is a question of its own */
    uint64_t question_cnt;          /* ever asked, of either kind */
    dry_head_t heads[DRY_HEAD_MAX]; /* by number */

    /* A question. */
    uint64_t *ids;
    size_t *tx_cnts;
    lq_read_call_t *txs;
    lq_wei_t *values_wei;
};

static inline dry_intent_t *dry_intent(const lq_dry_run_t *d, uint64_t i)
{
    return &d->intents[i % d->config.intent_max];
}

/* dry_run.c: NULL: it does not stand. */
const dry_head_t *dry_head(const lq_dry_run_t *d, uint64_t number);

/* dry_run_try.c */
bool dry_pays_bid(const lq_dry_run_t *d);
void dry_try(const lq_dry_run_t *d, dry_intent_t *it, const lq_header_t *block,
             const lq_dry_result_t *results);
void dry_untried(dry_intent_t *it, const char *why);

/* dry_run_book.c. dry_ask: one question for all that wait for block NUMBER. dry_give_up: IT will
   not be known. dry_take_back: IT waits again. dry_later: a row that is WON has somebody new
   behind it, or nobody any more. */
void dry_ask(lq_dry_run_t *d, uint64_t number);
void dry_give_up(lq_dry_run_t *d, dry_intent_t *it, const char *why, bool tell_engine);
void dry_take_back(lq_dry_run_t *d, dry_intent_t *it);
void dry_later(lq_dry_run_t *d, dry_intent_t *it);
void dry_finish(lq_dry_run_t *d, dry_intent_t *it);

#endif
