#ifndef LIQD_APP_NODES_H
#define LIQD_APP_NODES_H

/* From the configuration's nodes to endpoints of a pool. */

#include "liqd/app/config.h"
#include "liqd/rpc/pool.h"

/* What the endpoints point into; must stay where it is as long as they live. Holds secrets. */
typedef struct lq_nodes {
    lq_pool_endpoint_t endpoints[LQ_POOL_ENDPOINT_MAX];
    size_t cnt;
    lq_url_t urls[LQ_POOL_ENDPOINT_MAX];
    uint8_t jwt_secrets[LQ_POOL_ENDPOINT_MAX][LQ_JWT_SECRET_SZ];
} lq_nodes_t;

/* lq_nodes_init fills NODES from CONFIG, which was loaded without a problem and must outlive it. */
void lq_nodes_init(lq_nodes_t *nodes, const lq_config_t *config);

/* lq_nodes_timer_cnt returns the timers that a loop needs room for with NODES' pool on it, and some
   of its owner's; lq_nodes_sz the memory of the pool, most of it never touched. */
size_t lq_nodes_timer_cnt(const lq_nodes_t *nodes);
size_t lq_nodes_sz(const lq_nodes_t *nodes);

/* lq_nodes_hide puts a star for each byte in TEXT of what node I is given in confidence and may
   repeat in its words: user and password, what is between the slashes and signs of a path or query,
   a header's value. Words of fewer than LQ_NODES_SECRET_MIN bytes ("v3") are none. */
#define LQ_NODES_SECRET_MIN 4u
void lq_nodes_hide(char *text, const lq_nodes_t *nodes, size_t i);

/* The same of whoever is reached by URL and AUTH. */
void lq_nodes_hide_access(char *text, const lq_url_t *url, const lq_auth_t *auth);

#endif
