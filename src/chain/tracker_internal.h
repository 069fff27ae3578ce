#ifndef TRACKER_INTERNAL_H
#define TRACKER_INTERNAL_H

/* The tracker's state, in four parts, each in a file of its own:

   - the store (tracker_store.c) knows blocks by hash, on the stack or not: their headers as they
     were shown, their logs as far as they are not certain yet;
   - the stack (tracker_stack.c) is what was given; whatever it does is an event;
   - the choice (tracker_choice.c) decides which branch the stack follows;
   - the wants (tracker_want.c) are what is asked for; all of them follow from the rest of the
     state, so that one that is lost is asked again.
   tracker_answer.c judges the answers, tracker.c is the way in. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/map.h"
#include "liqd/chain/tracker.h"
#include "watch_internal.h"

#define TRK_NONE         UINT32_MAX
#define TRK_ENDPOINT_MAX 32u /* bits of a mask */
#define TRK_SLACK_BLK    64u /* blocks that may wait for their logs beside the window */
#define TRK_WANT_MAX     96u
#define TRK_SURE_MULT    16u /* retries for those cut off to come back before all is given up */
#define TRK_STACK_MAX    (LQ_TRACKER_WINDOW_MAX + TRK_SLACK_BLK)
#define TRK_GIVEN_WORDS  128u /* 64 log indices each; an index counts modulo all of them */

/* One copy of a header, and who showed it. With a quorum of one there is one a block. */
typedef struct trk_copy {
    lq_header_t header;
    uint32_t mask;
    uint32_t next;
} trk_copy_t;

/* A log that was shown and is not certain yet; its data stand in the tracker's data buffer. */
typedef struct trk_node {
    lq_evm_log_t log;
    uint32_t data_off;
    uint32_t mask;
    uint32_t next;
    bool given;
} trk_node_t;

/* What an endpoint answered when asked for a block's logs. */
typedef struct trk_vote {
    uint8_t digest[32];
} trk_vote_t;

typedef struct trk_blk {
    lq_block_ref_t ref;
    uint64_t seq; /* of the last time that it was shown: the lowest is evicted first */
    uint32_t copies;
    uint32_t header; /* the copy that counts */
    uint32_t log_first, log_last;
    uint32_t log_cnt; /* in that list */
    uint32_t given_cnt;
    uint32_t given_idx; /* log_idx of the last log given; meaningful where given_cnt > 0 */
    bool used;
    bool on_stack;
    bool headed;    /* on the stack, and its HEAD was given */
    bool filled;    /* its header was fetched: its logs will not be pushed to us */
    bool contested; /* copies differ or were dropped: nothing is given until an answer settles it */
    bool certain;   /* its logs are known */
    bool stored;    /* certain, and all of them are in the list */
    bool proven;    /* certain beyond doubt: what contradicts it is false */
    bool doubted;   /* all of it was given, and then a log was shown that was not: being asked */
    bool complete;  /* its BLOCK was given; the list is gone */
    bool forgotten; /* logs of it were given and undone, and are not in the list any more */
    bool dropped;   /* its logs were known, but there was no room: ask again when it is next */
    /* Questions about its logs: */
    bool receipts;       /* ask for receipts next */
    uint32_t round;      /* how often all endpoints had been asked in vain */
    uint32_t doubted_by; /* endpoints whose late logs did that; each may once until one was right */
    uint32_t failed;     /* how often nobody answered */
    uint32_t unheard;    /* how often nobody was heard when asked for receipts */
    uint32_t no_receipts;  /* how often no receipts that decide could be had */
    uint32_t answered;     /* endpoints that answered in this round */
    uint32_t voted;        /* of these, those whose answer was well formed */
    uint64_t ask_after_ns; /* mono */
} trk_blk_t;

typedef struct trk_endpoint {
    bool on;
    bool shown, filling;
    lq_block_ref_t head; /* last shown */
    uint64_t head_ns;    /* when */
    lq_block_ref_t fill; /* last of a range fetched from it */
} trk_endpoint_t;

typedef enum trk_want_state {
    TRK_WANT_FREE,
    TRK_WANT_ACTIVE,
    TRK_WANT_COOL, /* not to be asked again before due */
} trk_want_state_t;

typedef struct trk_want {
    lq_want_t want;
    trk_want_state_t state;
    uint64_t due_ns;
} trk_want_t;

struct lq_tracker {
    lq_tracker_config_t config;
    lq_tracker_sink_t sink;
    lq_watched_t watch;
    lq_tracker_stat_t stat;
    lq_time_t now;

    /* the store */
    lq_map_t *by_hash;
    trk_blk_t *blks;
    trk_vote_t *votes; /* endpoint_cnt for each block */
    uint32_t blk_max;
    uint32_t blk_free; /* list through log_first */
    trk_copy_t *copies;
    uint32_t copy_free;
    trk_node_t *nodes;
    uint32_t node_free;
    uint8_t *data; /* a bump buffer of entries, compacted when full */
    size_t data_at, data_live;
    uint64_t seq;
    uint32_t hot; /* the block of the last log */
    bool lossy;   /* logs that were shown were dropped, of blocks from lost_low to lost_high */
    uint64_t lost_low, lost_high;

    /* the stack, lowest first */
    uint32_t stack[TRK_STACK_MAX];
    uint64_t (*given)[TRK_GIVEN_WORDS]; /* which logs were: a slot for each number on the stack */
    uint32_t stack_max;
    uint32_t stack_cnt;    /* the open block included */
    uint32_t complete_cnt; /* from the bottom */
    bool anywhere;         /* the stack is empty and begins with whatever comes */
    bool base_known;       /* base.hash is */
    lq_block_ref_t base;   /* the block below the stack */
    bool open;             /* the top has no HEAD yet */
    uint64_t open_ns;

    /* the choice */
    trk_endpoint_t endpoints[TRK_ENDPOINT_MAX];
    bool has_target;
    lq_block_ref_t target; /* what the stack was last led towards */
    uint32_t behind;       /* the tip towards which the stack waits for logs, or TRK_NONE */
    bool forsaken;         /* nobody endorses the top, and all stand beyond the window */
    uint64_t sure_ns;      /* then: what heads say from then on is believed */

    /* the wants */
    trk_want_t wants[TRK_WANT_MAX];
    uint32_t want_id;
    uint32_t ask_head;    /* bit per endpoint whose head is to be asked */
    uint32_t refused_cnt; /* receipts that were, since some decided or an endpoint came */
    bool dirty;           /* something changed since the wants were made */
    uint64_t due_ns;
};

static inline bool trk_hash_eq(const lq_hash_t *a, const lq_hash_t *b)
{
    return __builtin_memcmp(a, b, sizeof(*a)) == 0;
}

/* The store. */
lq_err_t trk_store_init(lq_tracker_t *t, lq_arena_t *arena);
uint32_t trk_blk_find(const lq_tracker_t *t, const lq_hash_t *hash);
/* trk_blk_get finds or makes the block; TRK_NONE: there is no room (counted). */
uint32_t trk_blk_get(lq_tracker_t *t, const lq_block_ref_t *ref);
void trk_blk_release(lq_tracker_t *t, uint32_t idx);
/* trk_blk_sweep releases what lies too far below the stack to come back. */
void trk_blk_sweep(lq_tracker_t *t);
/* trk_blk_note takes a copy of a header; TRK_NONE: there is no room. */
uint32_t trk_blk_note(lq_tracker_t *t, uint32_t endpoint, const lq_header_t *header, bool filled);
/* The header that counts, else the one that ENDPOINT showed (TRK_ENDPOINT_MAX: none), else NULL. */
const lq_header_t *trk_blk_header(const lq_tracker_t *t, const trk_blk_t *b, uint32_t endpoint);
uint32_t trk_blk_mask(const lq_tracker_t *t, const trk_blk_t *b);

typedef enum trk_insert {
    TRK_INSERT_NEW,
    TRK_INSERT_SAME,
    TRK_INSERT_OTHER, /* one of other content has its index */
    TRK_INSERT_FULL,
} trk_insert_t;
trk_insert_t trk_log_insert(lq_tracker_t *t, uint32_t *node, uint32_t blk, uint32_t endpoint,
                            const lq_evm_log_t *log);
bool trk_log_same(const lq_tracker_t *t, const trk_node_t *n, const lq_evm_log_t *log);
bool trk_log_has(const lq_tracker_t *t, const trk_blk_t *b, const lq_evm_log_t *log);
void trk_log_drop(lq_tracker_t *t, trk_blk_t *b);
/* trk_lost notes that a log of that block was shown and could not be kept: until the window has
   passed it, an answer there cannot be compared with what was shown. */
void trk_lost(lq_tracker_t *t, uint64_t number);

/* The stack. */
uint32_t trk_headed_cnt(const lq_tracker_t *t);
/* The headed top, or what lies below an empty stack. */
lq_block_ref_t trk_top(const lq_tracker_t *t);
/* trk_pos returns the position of a block with a HEAD, TRK_NONE where it has none. */
uint32_t trk_pos(const lq_tracker_t *t, const lq_hash_t *hash, uint64_t number);
void trk_undo_to(lq_tracker_t *t, uint32_t cnt);
void trk_open(lq_tracker_t *t, uint32_t idx);
void trk_give(lq_tracker_t *t, trk_blk_t *b, const lq_evm_log_t *log);
/* trk_was_given tells whether a log of that index of B, which is on the stack, was given. */
bool trk_was_given(const lq_tracker_t *t, const trk_blk_t *b, uint32_t log_idx);
void trk_give_ready(lq_tracker_t *t, uint32_t idx);
/* trk_give_new does so where NODE is new: at once where all others were given and stand before it.
 */
void trk_give_new(lq_tracker_t *t, uint32_t idx, uint32_t node);
void trk_redo(lq_tracker_t *t, uint32_t idx);
void trk_complete(lq_tracker_t *t);
void trk_broken(lq_tracker_t *t);
static inline bool trk_counts(const lq_tracker_t *t, uint32_t mask)
{
    return (uint32_t)__builtin_popcount(mask) >= t->config.quorum;
}

/* trk_push puts a block whose header counts on top of its parent, or gives the open top its HEAD,
   then what is known of its logs: LIST (may be NULL). False: the stack is full. */
struct trk_list;
bool trk_push(lq_tracker_t *t, uint32_t idx, const struct trk_list *list, bool proven);

/* The choice. */
typedef struct trk_path {
    uint32_t tip;  /* the highest block of it that counts, or TRK_NONE */
    uint32_t next; /* the one to push first, or TRK_NONE: the tip is on the stack */
    uint32_t keep; /* how many blocks stay */
    bool complete; /* it is linked to the stack */
    bool deep;     /* it leaves the stack below what can be undone */
    bool bad;      /* it cannot be: numbers do not fall by one */
    lq_block_ref_t missing;
    uint32_t missing_mask; /* who showed it */
    uint64_t steps;
} trk_path_t;
trk_path_t trk_walk(const lq_tracker_t *t, const lq_block_ref_t *from, uint32_t endpoint);
/* trk_leads tells whether the stack is going to REF, which ENDPOINT showed and P leads to. */
bool trk_leads(const lq_tracker_t *t, const trk_path_t *p, const lq_block_ref_t *ref,
               uint32_t endpoint);
/* trk_advance follows the best branch as far as it is known. False: it went to and fro, which no
   state should make it do, and was stopped. */
LQ_MUST_USE bool trk_advance(lq_tracker_t *t);
/* trk_forget drops the heads that rest on the block HASH, which nobody has. */
void trk_forget(lq_tracker_t *t, const lq_hash_t *hash);

/* The answers. */

/* Logs as an answer lists them: of one block, watched ones only where SKIP says that others are to
   be passed over. */
typedef struct trk_list {
    const lq_evm_log_t *logs;
    size_t cnt;
    bool skip;
} trk_list_t;
const lq_evm_log_t *trk_list_next(const lq_tracker_t *t, const trk_list_t *list, size_t *at);
/* trk_settle makes LIST the logs of the block. */
void trk_settle(lq_tracker_t *t, uint32_t idx, const trk_list_t *list, bool proven);
void trk_answer(lq_tracker_t *t, const lq_want_t *want, const lq_tracker_answer_t *answer);
/* trk_refused notes that receipts of the block were not to be had, or do not decide. */
void trk_refused(lq_tracker_t *t, trk_blk_t *b);

/* The wants. */
void trk_plan(lq_tracker_t *t);
trk_want_t *trk_want_find(lq_tracker_t *t, uint32_t id);
/* trk_want_failed notes that the want got no answer. */
void trk_want_failed(lq_tracker_t *t, const lq_want_t *want, lq_unanswered_t why);
/* trk_run follows what changed: events first, wants after. */
void trk_run(lq_tracker_t *t);

#endif
