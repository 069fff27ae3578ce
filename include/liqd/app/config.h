#ifndef LIQD_APP_CONFIG_H
#define LIQD_APP_CONFIG_H

/* liqd's own configuration: the values, and the table that describes them. liqd.yaml(5) is made
   from the table. */

#include "liqd/app/schema.h"
#include "liqd/base/log.h"
#include "liqd/codec/types.h"
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

/* One of the sections "markets.*": a deployment of a lending protocol. */
typedef struct lq_config_market {
    const char *name;
    unsigned protocol;   /* index into lq_config_protocols */
    const char *address; /* of the pool, or of Morpho */
    const char *version; /* "probe", or one of the adapter's names */
    uint64_t from_blk;
    const char *ids; /* words: isolated markets to keep; "": all */
    uint64_t assets; /* 0: see lq_config_assets */
} lq_config_market_t;

/* One of the sections "feeds.*": what the operator knows of a feed. */
typedef struct lq_config_feed {
    const char *name;
    const char *address; /* of the proxy */
    uint64_t heartbeat_ns;
    uint64_t deviation_bps;
} lq_config_feed_t;

/* One of the sections "tokens.*": what our own price of a token comes from. */
typedef struct lq_config_token {
    const char *name;
    const char *address;
    const char *sources; /* words: addresses of feeds */
} lq_config_token_t;

#define LQ_CONFIG_MARKET_MAX 16u
#define LQ_CONFIG_FEED_MAX   64u
#define LQ_CONFIG_TOKEN_MAX  64u

/* The names of the adapters (protocol/adapter.h) in the configuration's order. */
#define LQ_CONFIG_PROTOCOL_CNT 2
extern const char *const lq_config_protocols[LQ_CONFIG_PROTOCOL_CNT];

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
    lq_config_market_t markets[LQ_CONFIG_MARKET_MAX];
    size_t market_cnt;
    lq_config_feed_t feeds[LQ_CONFIG_FEED_MAX];
    size_t feed_cnt;
    lq_config_token_t tokens[LQ_CONFIG_TOKEN_MAX];
    size_t token_cnt;
    uint64_t value_grace_ns;
    uint64_t value_deviation_bps;
    uint64_t book_accounts;
    uint64_t book_legs; /* 0: four for each account */
    uint64_t book_groups;
    uint64_t book_oracles;
    uint64_t book_feeds;
    uint64_t book_margin_bps;
    uint64_t book_undo_sz;
    uint64_t book_replay_sz;
    uint64_t audit_accounts;
    uint64_t audit_riskiest;
    uint64_t audit_mismatch_max;
    uint64_t audit_recheck_blk;
    const char *snapshot_file; /* "": none */
    uint64_t snapshot_every_ns;
    uint64_t snapshot_max_age_ns;
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

/* lq_config_address returns the address TEXT, which was loaded as one. */
lq_address_t lq_config_address(const char *text);

/* lq_config_word sets *SZ to the length of the first word of the list *AT and returns it; NULL
   where there is none. *AT moves behind it. */
const char *lq_config_word(size_t *sz, const char **at);

/* lq_config_id reads the SZ characters at TEXT as 32 bytes in hex behind 0x. LQ_ERR_SYNTAX. */
LQ_MUST_USE lq_err_t lq_config_id(lq_hash_t *out, const char *text, size_t sz);

/* lq_config_assets returns how many reserves or isolated markets MARKET has room for. */
size_t lq_config_assets(const lq_config_market_t *market);

/* lq_config_version sets *VERSION to what MARKET's says (protocol/adapter.h). LQ_ERR_NOT_FOUND: its
   adapter has none of that name. */
LQ_MUST_USE lq_err_t lq_config_version(unsigned *version, const lq_config_market_t *market);

/* lq_config_log returns the settings of the log. */
lq_log_config_t lq_config_log(const lq_config_t *config);

/* lq_config_find sets *PATH to the configuration file to use: GIVEN where it is not NULL, else
   $LIQD_CONFIG where it is not empty, else ./liqd.yaml or the installed liqd.yaml, whichever exists
   first, if only as a link to nothing. Errors: LQ_ERR_INVAL where GIVEN is empty, LQ_ERR_NOT_FOUND
   where there is none. */
LQ_MUST_USE lq_err_t lq_config_find(const char **path, lq_err_msg_t *msg, const char *given);

#endif
