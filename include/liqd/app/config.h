#ifndef LIQD_APP_CONFIG_H
#define LIQD_APP_CONFIG_H

/* liqd's own configuration: the values, and the table that describes them. liqd.yaml(5) is made
   from the table. */

#include "liqd/app/schema.h"
#include "liqd/base/log.h"
#include "liqd/rpc/pool.h"

/* One of the sections "nodes.*". */
typedef struct lq_config_node {
    const char *name;
    const char *url;
    unsigned roles;         /* lq_role_t, or-ed */
    const char *header;     /* "": none */
    const char *jwt_secret; /* 64 hex digits, with 0x or without; "": none */
    const char *ca_file;    /* "": the system's */
    uint64_t timeout_ns;
    uint64_t answer_max_sz;
    uint64_t rate; /* requests per second; 0: no limit */
    uint64_t send_reserve;
} lq_config_node_t;

/* Which of the chain's tags names a block that stays. */
typedef enum lq_finality {
    LQ_FINALITY_FINALIZED,
    LQ_FINALITY_SAFE,
    LQ_FINALITY_NONE,
} lq_finality_t;

/* The tags as nodes and the configuration have them; "none" is none. */
#define LQ_FINALITY_CNT 3
extern const char *const lq_finality_names[LQ_FINALITY_CNT];

typedef enum lq_mempool_kind {
    LQ_MEMPOOL_NONE,
    LQ_MEMPOOL_HASHES,
    LQ_MEMPOOL_FULL,
} lq_mempool_kind_t;

typedef struct lq_config {
    uint64_t chain_id;
    const char *chain_name;
    uint64_t block_ns;
    unsigned finality;   /* lq_finality_t */
    unsigned mempool;    /* lq_mempool_kind_t */
    unsigned logs_bloom; /* 0 or 1 */
    uint64_t elasticity; /* see chain/fees.h */
    uint64_t base_fee_denominator;
    const char *multicall; /* an address; "": none */
    lq_config_node_t nodes[LQ_POOL_ENDPOINT_MAX];
    size_t node_cnt;
    unsigned log_level;   /* lq_log_level_t */
    unsigned log_format;  /* lq_log_format_t */
    const char *log_file; /* "": standard error */
    uint64_t log_rate;    /* lines per second and site; 0: no limit */
    uint64_t log_burst;   /* lines */
    uint64_t log_line_max_sz;
    uint64_t log_value_max_sz;
} lq_config_t;

/* lq_config_schema describes lq_config_t. */
extern const lq_schema_t lq_config_schema;

/* lq_config_io reads the machine's files and environment. A file must be a regular one. */
extern const lq_schema_io_t lq_config_io;

/* lq_config_jwt_secret sets OUT to the bytes of NODE's secret. LQ_ERR_SYNTAX where it is not as it
   should be; none that was loaded. */
#define LQ_JWT_SECRET_SZ 32u
LQ_MUST_USE lq_err_t lq_config_jwt_secret(uint8_t out[LQ_JWT_SECRET_SZ],
                                          const lq_config_node_t *node);

/* lq_config_log returns the settings of the log. */
lq_log_config_t lq_config_log(const lq_config_t *config);

/* lq_config_find sets *PATH to the configuration file to use: GIVEN where it is not NULL, else
   $LIQD_CONFIG where it is not empty, else ./liqd.yaml or the installed liqd.yaml, whichever exists
   first, if only as a link to nothing. Errors: LQ_ERR_INVAL where GIVEN is empty, LQ_ERR_NOT_FOUND
   where there is none. */
LQ_MUST_USE lq_err_t lq_config_find(const char **path, lq_err_msg_t *msg, const char *given);

#endif
