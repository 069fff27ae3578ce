#ifndef LIQD_APP_FOLLOW_INTERNAL_H
#define LIQD_APP_FOLLOW_INTERNAL_H

#include "follow.h"
#include "liqd/chain/backfill.h"
#include "liqd/chain/chain.h"
#include "liqd/chain/reads.h"
#include "liqd/net/loop.h"
#include "snapshot_file.h"

/* Longer than any that a key may hold, with a suffix. */
#define LQ_FOLLOW_PATH_SZ 4200u

/* A filter of our own: what the engine lends is gone after its call. */
typedef struct lq_follow_filter {
    lq_address_t *addresses;
    size_t address_cnt;
    lq_hash_t *topics;
    size_t topic_cnt;
} lq_follow_filter_t;

/* The past of one instance, to be searched. */
typedef struct lq_follow_search {
    bool wanted;
    lq_follow_filter_t filter;
    uint64_t from_blk; /* what it was begun at */
    uint64_t next_blk; /* every log below it was given */
    uint64_t to_blk;
} lq_follow_search_t;

/* What a node says of itself before it is begun with. */
typedef enum lq_follow_node_state {
    LQ_FOLLOW_NODE_UNKNOWN,
    LQ_FOLLOW_NODE_SYNCING,
    LQ_FOLLOW_NODE_READY,
} lq_follow_node_state_t;

typedef struct lq_follow_node {
    lq_follow_t *f;
    lq_follow_node_state_t state;
    bool asked;
    uint32_t silent_cnt;
    uint64_t at_mono_ns; /* not asked again before */
    uint64_t at_blk;     /* SYNCING: how far it is, of highest_blk; both 0: it does not say */
    uint64_t highest_blk;
} lq_follow_node_t;

struct lq_follow {
    lq_follow_settings_t settings;
    lq_log_t *log;
    lq_state_t state;
    lq_kept_lock_t lock;
    lq_kept_lock_t memory_lock;
    lq_kept_bytes_t memory;              /* what the file holds */
    char memory_path[LQ_FOLLOW_PATH_SZ]; /* "": none */
    uint64_t remembered_mono_ns;
    bool funded[LQ_CONFIG_INVENTORY_MAX + 1]; /* the engine was told; the last: of the coin */
    bool resume_wanted;
    uint64_t timer_mono_ns; /* not again before */
    lq_arena_t arena;       /* loop, pool, reads */
    lq_loop_t *loop;
    lq_pool_t *pool;
    lq_reads_t *reads;

    lq_follow_node_t nodes[LQ_POOL_ENDPOINT_MAX];
    bool nodes_ready; /* one can be begun with: that stays */
    uint64_t nodes_report_mono_ns;

    lq_arena_t chain_arena;
    lq_chain_t *chain;
    bool follow_wanted; /* events of the present chain do not count any more */
    uint64_t follow_from_blk;
    lq_hash_t follow_parent_hash;
    lq_follow_filter_t follow_filter;

    lq_follow_search_t searches[LQ_SYNC_INSTANCE_MAX];
    lq_arena_t search_arena;
    lq_backfill_t *backfill;
    uint32_t searching; /* whose the backfill is */
    bool search_void;   /* it was replaced while it ran */
    bool search_done;
    lq_err_t search_err;
    lq_err_msg_t search_msg;
    uint64_t search_eta_ns;
    uint64_t search_at_mono_ns; /* not again before */

    bool head_wanted;
    bool head_asked;
    uint64_t head_at_mono_ns; /* not again before */
    uint64_t head_cnt;        /* times that a block to begin at was given */
    uint64_t head_try;        /* and of these since one was good */
    lq_err_msg_t head_msg;    /* why the last question failed */
    lq_err_t read_err;        /* why the last read failed */

    uint64_t refused[LQ_STATE_READ_MAX + 32]; /* reads that could not even be asked */
    size_t refused_cnt;

    bool begun;
    volatile bool worn; /* of a spinning loop: it is time to work */
    lq_timer_t wear;
    lq_timer_t go_on;

    bool ended;      /* nothing that comes counts any more */
    bool structured; /* and that was told */
    bool settled;
    lq_block_ref_t settled_block;
    uint64_t settled_mono_ns;
    uint64_t saved_mono_ns;
    uint64_t moved_mono_ns; /* when something last came of the nodes */
    uint64_t moved_mark;
    bool failed;
    lq_err_t err;
    lq_err_msg_t msg;
};

/* lq_follow_filter_set makes OUT a copy of these. LQ_ERR_NOMEM. lq_follow_filter_free ends it. */
LQ_MUST_USE lq_err_t lq_follow_filter_set(lq_follow_filter_t *out, const lq_address_t *addresses,
                                          size_t address_cnt, const lq_hash_t *topics,
                                          size_t topic_cnt);
void lq_follow_filter_free(lq_follow_filter_t *filter);

/* lq_follow_funds_work tells the engine of the inventory, as far as its tokens are known, and of
   the time. lq_follow_memory_open takes up the configured memory; lq_follow_memory_work writes it.
 */
void lq_follow_funds_work(lq_follow_t *f);
void lq_follow_timer_work(lq_follow_t *f, uint64_t now_mono_ns);
LQ_MUST_USE lq_err_t lq_follow_memory_open(lq_follow_t *f, lq_err_msg_t *msg);
void lq_follow_memory_work(lq_follow_t *f, uint64_t now_mono_ns);

/* Searches of the past. lq_follow_search notes the wish; lq_follow_search_work does what is to be
   done between two turns. */
void lq_follow_search(lq_follow_t *f, uint32_t instance, const lq_address_t *addresses,
                      size_t address_cnt, const lq_hash_t *topics, size_t topic_cnt,
                      uint64_t from_blk, uint64_t to_blk);
void lq_follow_search_work(lq_follow_t *f, uint64_t now_mono_ns);
void lq_follow_search_end(lq_follow_t *f);

/* lq_follow_nodes_work asks the nodes whether one can be begun with, until nodes_ready, and fails
   where none ever will. lq_follow_nodes_why writes what keeps each from it; lq_follow_syncing_mask
   returns a bit for each that was still syncing when it was asked. */
void lq_follow_nodes_work(lq_follow_t *f, uint64_t now_mono_ns);
void lq_follow_nodes_why(const lq_follow_t *f, char *out, size_t out_sz);
uint32_t lq_follow_syncing_mask(const lq_follow_t *f);

/* lq_follow_head_work asks for a recent block where one is wanted, and for the head where none is
   known. */
void lq_follow_head_work(lq_follow_t *f, uint64_t now_mono_ns);

/* lq_follow_notice logs what the sync notes. */
void lq_follow_notice(lq_follow_t *f, const lq_sync_notice_t *notice);

/* lq_follow_progress shows how far it is. */
void lq_follow_progress(lq_follow_t *f, uint64_t now_mono_ns);

#endif
