#ifndef LIQD_CHAIN_TRACKER_H
#define LIQD_CHAIN_TRACKER_H

/* The stack of blocks of events.h, made from what several nodes say in any order, more than once,
   wrongly or not at all. Pure: what comes in are heads, logs and answers, what goes out are events
   and requests; time is an argument. chain.h is the shell around it.

   How it decides:
   - An endpoint endorses the last head that it showed, and that head's ancestors. With a quorum of
   k a block or a log counts once k endpoints have shown it (k = 1: at the first copy).
   - The top moves to another branch when that is higher, or when no endpoint that is connected
   endorses the top any more; then the top's blocks are undone down to the common ancestor, at most
   window_blk. A head that is an ancestor of the top is a node that lags, not a reorg. `removed`
   logs are hints: they make it ask for the head.
   - A branch that leaves the stack by more than that, or is above it by more than gap_max_blk, is
   BROKEN: only where a head that counts is above the top, or where nobody endorses the top any more
   and every endpoint stands on such a branch, for 16 retries, and says so once more when asked
   then: one that was left behind may for a moment be the only one that is connected. The stack
   begins anew with the highest head.
   - A head whose parent is not on the stack makes it ask: for its ancestors by hash, or, where the
   gap is wide, for ranges by number, each header linked to the next. A range whose branch was left
   meanwhile is fetched anew.
   - A block is complete when its header is on the stack and its logs are certain: none can be there
   by its bloom (where blooms are trusted), or an answer by its block hash lists them. The answer is
   not taken on trust: each log must be of that block, rising in index, watched, and in the bloom;
   every provisional log must be in it. A contradiction (the bloom says that there may be watched
   logs and none came; an answer lacks a log that was shown) is asked again from another endpoint,
   where there is one. Two endpoints that agree that there are none are believed, since the blooms
   of busy chains are full and receipts are large; otherwise the block's receipts decide, whose
   blooms must add up to the header's. Where k is above one, k answers that agree decide.
   - Receipts may not be had: a node refuses or does not answer, or they do not add up. With k = 1,
   after 6 such refusals for a block the next answer of the right form is believed although it looks
   wrong, and counted (believed_cnt). After 24 in a row over all blocks, with no receipts between
   that decided and no endpoint that came or went, one for a block (which is the 24th or later) is
   enough, or a chain faster than the retries could not be followed.
   - Logs that were shown and are not there any more (dropped for want of memory, or given and then
   undone with their block) cannot be compared with an answer: logs by block hash are not believed
   of such blocks, not even of two that agree, until the window has passed them, but receipts or k
   answers. Of dropped logs the lowest and the highest block are kept, and those between are meant.
   - A watched log of a complete block that was not given (an answer was partial, and its log comes
   late) is a contradiction as well: the block's receipts are asked for, or k answers. If they have
   logs that were not given, or lack some that were, the block is undone with those above it and
   given again whole. What receipts, k answers or too many refusals settled against a log that was
   shown is not doubted again on the word of one, except that with k above one each endpoint may
   have the block asked again once.
   - Blocks whose headers had to be fetched get their HEAD when their logs are known, since nobody
   will push those; blocks whose heads were pushed get it at once.
   - Where provisional logs turn out wrong (missing before one that was given, of another content,
   of a block that is not to be), the block is undone and given again as it is.

   Memory: header_max headers, log_max logs and data_max bytes that are held back or not yet
   certain. Beyond these, what came is dropped, counted, and fetched again when its turn comes:
   nothing is lost but time. Of a block on the stack a bit for each log index, modulo 8192, says
   whether it was given: 128 KiB in all. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/chain/filter.h"
#include "liqd/events.h"

#define LQ_TRACKER_WINDOW_MAX 64u

/* Opaque. */
typedef struct lq_tracker lq_tracker_t;

typedef enum lq_want_kind {
    LQ_WANT_HEAD,       /* the latest header, of ENDPOINT or any */
    LQ_WANT_HEADER,     /* of the block HASH */
    LQ_WANT_HEADERS,    /* of the blocks FROM to TO by number, at most LQ_TRACKER_RANGE_MAX */
    LQ_WANT_LOGS,       /* watched logs of the block HASH */
    LQ_WANT_LOGS_RANGE, /* of the blocks FROM to TO, and then the header of TO once more, by number
                         */
    LQ_WANT_RECEIPTS,   /* all receipts of the block HASH */
} lq_want_kind_t;

#define LQ_TRACKER_RANGE_MAX 64u
#define LQ_TRACKER_ANY       UINT32_MAX

/* What the tracker wants to know. Answered once by lq_tracker_answer, or given up by
 * lq_tracker_unanswered. */
typedef struct lq_want {
    uint32_t id;
    lq_want_kind_t kind;
    uint32_t endpoint; /* LQ_TRACKER_ANY, or the one that must be asked */
    uint32_t not_mask; /* bit per endpoint that must not be asked */
    lq_hash_t hash;
    uint64_t from;
    uint64_t to; /* inclusive; of HEADER, LOGS and RECEIPTS both are the block's number, 0 where it
                    is not known */
} lq_want_t;

/* An answer; borrowed for the call. Logs in the node's order. */
typedef struct lq_tracker_answer {
    uint32_t id;
    uint32_t endpoint;
    const lq_header_t
        *headers; /* HEAD, HEADER: 1; HEADERS: as many as the node had, rising; LOGS_RANGE: TO's */
    size_t header_cnt;
    const lq_evm_log_t *logs; /* LOGS, LOGS_RANGE; RECEIPTS: all of the block's, watched or not */
    size_t log_cnt;
    lq_time_t time;
} lq_tracker_answer_t;

typedef struct lq_tracker_sink {
    void *ctx;
    lq_event_fn_t *event;
    void (*want)(void *ctx, const lq_want_t *want); /* must not answer from within */
} lq_tracker_sink_t;

typedef struct lq_tracker_config {
    uint32_t endpoint_cnt;
    uint32_t quorum;      /* k, 1 to endpoint_cnt */
    uint32_t window_blk;  /* 1 to LQ_TRACKER_WINDOW_MAX */
    bool trust_bloom;     /* false where the chain's headers carry none */
    uint64_t gap_max_blk; /* a gap above this is BROKEN instead of filled */
    uint64_t retry_ns;    /* before the same is wanted again */
    uint64_t seed;        /* of its hash maps: secret and random in a live daemon */
    size_t header_max;
    size_t log_max;
    size_t data_max;
} lq_tracker_config_t;

typedef struct lq_tracker_stat {
    lq_block_ref_t top;      /* number 0 and hash 0 where there is none */
    lq_block_ref_t complete; /* the highest that had its BLOCK */
    uint64_t head_cnt, log_cnt, double_cnt, removed_cnt;
    uint64_t reorg_cnt, reorg_depth_max, undone_cnt, broken_cnt;
    uint64_t gap_cnt, gap_blk_cnt;
    uint64_t contradiction_cnt; /* answers that were not believed */
    uint64_t believed_cnt;      /* of these, believed in the end because receipts were refused:
                                   their blocks may lack logs or have wrong ones */
    uint64_t redone_cnt;        /* blocks given again because their logs had been wrong */
    uint64_t dropped_cnt;       /* for want of memory */
    uint64_t unsteady_cnt;      /* times it was stopped going to and fro between branches; a bug */
    uint64_t unwatched_cnt;     /* logs that nobody asked for */
} lq_tracker_stat_t;

/* lq_tracker_new makes *T with an empty stack: the first head that counts starts it, or
   lq_tracker_start does. FILTER is copied. LQ_ERR_NOMEM, LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_tracker_new(lq_tracker_t **t, lq_arena_t *arena,
                                    const lq_tracker_config_t *config, const lq_filter_t *filter,
                                    const lq_tracker_sink_t *sink);

/* lq_tracker_start has the stack begin with the block FROM, as the caller holds everything up to
 * its parent PARENT (hash all zero: unknown). Before any head. */
void lq_tracker_start(lq_tracker_t *t, uint64_t from_blk, const lq_hash_t *parent_hash);

/* What comes in. NOW is the present; the events carry the time of what set them off. */
void lq_tracker_connected(lq_tracker_t *t, uint32_t endpoint, bool on, lq_time_t now);
void lq_tracker_head(lq_tracker_t *t, uint32_t endpoint, const lq_header_t *header, lq_time_t now);
void lq_tracker_log(lq_tracker_t *t, uint32_t endpoint, const lq_evm_log_t *log, bool removed,
                    lq_time_t now);
void lq_tracker_answer(lq_tracker_t *t, const lq_tracker_answer_t *answer);

/* Why a want has no answer. */
typedef enum lq_unanswered {
    LQ_UNANSWERED_NOBODY,  /* no node was reached or answered in time: the next time one may */
    LQ_UNANSWERED_ABSENT,  /* some node said that there is no such block */
    LQ_UNANSWERED_REFUSED, /* nodes said that they do not do it, or what they said is of no use */
} lq_unanswered_t;

void lq_tracker_unanswered(lq_tracker_t *t, uint32_t want_id, lq_unanswered_t why, lq_time_t now);

/* lq_tracker_step repeats what is due at NOW and returns when it wants to be called next,
   UINT64_MAX for never. To be called after each input too. */
uint64_t lq_tracker_step(lq_tracker_t *t, lq_time_t now);

lq_tracker_stat_t lq_tracker_stat(const lq_tracker_t *t);

/* lq_tracker_warm fetches into the caches what the next log touches. */
void lq_tracker_warm(const lq_tracker_t *t);

#endif
