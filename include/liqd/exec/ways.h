#ifndef LIQD_EXEC_WAYS_H
#define LIQD_EXEC_WAYS_H

/* The ways that a transaction leaves: nodes (eth_sendRawTransaction), private relays
   (eth_sendPrivateTransaction) and builders (eth_sendBundle, for each of the next few blocks, with
   a replacement uuid, signed by the relay key). It goes all of them at once; each answers for
   itself.

   A relay or builder that takes a transaction and never has it in a block says nothing: a bundle
   whose target blocks have passed is counted as silent for its way, and lq_ways_stat tells how many
   in a row were. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/log.h"
#include "liqd/exec/tx_manager.h"
#include "liqd/keys/relay_key.h"
#include "liqd/net/loop.h"
#include "liqd/net/url.h"
#include "liqd/rpc/pool.h"

/* Opaque. */
typedef struct lq_ways lq_ways_t;

typedef enum lq_way_kind {
    LQ_WAY_NODE,    /* an endpoint of the pool, of role SEND */
    LQ_WAY_PRIVATE, /* eth_sendPrivateTransaction */
    LQ_WAY_BUNDLE,  /* eth_sendBundle */
} lq_way_kind_t;

typedef struct lq_way {
    lq_way_kind_t kind;
    const char *name;    /* for logs and the journal; borrowed */
    uint32_t endpoint;   /* NODE: its number in the pool */
    const lq_url_t *url; /* PRIVATE, BUNDLE; borrowed */
    lq_auth_t auth;
    const char *ca_file;
    bool signs; /* PRIVATE, BUNDLE: requests carry X-Flashbots-Signature */
    uint64_t timeout_ns;
} lq_way_t;

typedef struct lq_ways_config {
    const lq_way_t *ways; /* 1 to LQ_TXMAN_WAY_MAX; copied */
    size_t way_cnt;
    uint32_t bundle_blk; /* blocks that a bundle is sent for at once, from its first on, 1 to 16 */
    lq_relay_key_t *relay_key; /* NULL: none; no way may sign then */
    size_t raw_max;            /* bytes of a transaction */
    size_t max;                /* sends under way */
} lq_ways_config_t;

/* Each answer, from a later turn of the loop: of a node or relay one, of a builder one for each
   block that it was sent for. */
typedef void lq_ways_fn_t(void *ctx, const lq_txman_answer_t *answer);

/* lq_ways_new makes *W on LOOP and POOL; LQ_ERR_NOMEM, LQ_ERR_RANGE (also a URL that is not HTTP's,
   or a way that signs without a relay key). lq_ways_free cancels all; NULL is allowed; not from FN.
   It takes lq_ways_timer_cnt of the loop's timers. Memory: of each of MAX twice raw_max, and what
   the clients of relays and builders take (net/http.h), up to 256 requests each. */
size_t lq_ways_timer_cnt(const lq_ways_config_t *config);
LQ_MUST_USE lq_err_t lq_ways_new(lq_ways_t **w, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                                 lq_pool_t *pool, const lq_ways_config_t *config, lq_ways_fn_t *fn,
                                 void *ctx);
void lq_ways_free(lq_ways_t *w);

/* lq_ways_send sends as SEND says, before it returns as far as the kernel takes it: warm streams
   first. A way that has no room answers UNSENT. What relays and builders have of the same sender
   and nonce is cancelled there. lq_ways_written_ns returns when the first node's stream had the
   last one that was sent, on the monotonic clock; 0: none has. */
void lq_ways_send(lq_ways_t *w, const lq_txman_send_t *send);
uint64_t lq_ways_written_ns(const lq_ways_t *w);

/* lq_ways_cancel tells builders and relays that HASH is not wanted any more (eth_cancelBundle,
   eth_cancelPrivateTransaction), where they were given it. A wish, no more. lq_ways_mined: it was
   mined; lq_ways_block: BLK is there, for what goes silent and for bundles that are still to be
   sent for later blocks. */
void lq_ways_cancel(lq_ways_t *w, const lq_hash_t *hash);
void lq_ways_mined(lq_ways_t *w, const lq_hash_t *hash);
void lq_ways_block(lq_ways_t *w, uint64_t blk);

typedef struct lq_ways_stat {
    uint64_t sent_cnt;
    uint64_t accepted_cnt;
    uint64_t class_cnt[LQ_RPC_CLASS_CNT];
    uint64_t silent_cnt;
    uint32_t silent_row; /* the newest in a row */
} lq_ways_stat_t;
lq_ways_stat_t lq_ways_stat(const lq_ways_t *w, uint32_t way);
const char *lq_ways_name(const lq_ways_t *w, uint32_t way);

/* lq_ways_question writes to OUT a request that relays and builders of KIND, which is no node's,
   know and that changes nothing, since it withdraws what nobody ever sent; it returns its size. */
#define LQ_WAYS_QUESTION_SZ 384u
size_t lq_ways_question(char out[LQ_WAYS_QUESTION_SZ], lq_way_kind_t kind);

/* lq_ways_warm fetches into the caches what sending by nodes touches. */
void lq_ways_warm(const lq_ways_t *ways);

#endif
