#ifndef LIQD_APP_CONFIG_H
#define LIQD_APP_CONFIG_H

/* liqd's own configuration: the values, and the table that describes them. liqd.yaml(5) is made
   from the table. */

#include "liqd/app/schema.h"
#include "liqd/base/log.h"
#include "liqd/codec/types.h"
#include "liqd/decide/limits.h"
#include "liqd/exec/tx_manager.h"
#include "liqd/market/venues.h"
#include "liqd/num/amount.h"
#include "liqd/record/wal.h"
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
    const char *ids;    /* words: isolated markets to keep; "": all */
    uint64_t assets;    /* 0: see lq_config_assets */
    unsigned liquidate; /* 0 or 1 */
    unsigned funding;   /* lq_funding_t */
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

/* One of the sections "venues.*": pools of one kind and factory. */
typedef struct lq_config_venue {
    const char *name;
    unsigned kind;       /* lq_venue_kind_t */
    const char *factory; /* an address; "": not asked */
    const char *pools;   /* words: addresses */
    uint64_t fee_bps;    /* of UNISWAP_V2 */
} lq_config_venue_t;

#define LQ_CONFIG_FEE_BPS 30u /* where none is named */

/* One of the sections "lenders.*": who makes flash loans. */
typedef struct lq_config_lender {
    const char *name;
    unsigned kind; /* lq_lender_kind_t */
    const char *address;
} lq_config_lender_t;

/* One of the sections "inventory.*": what may be spent. */
typedef struct lq_config_inventory {
    const char *name;
    const char *token;  /* an address, or LQ_CONFIG_COIN */
    const char *amount; /* of whole tokens, a decimal number */
} lq_config_inventory_t;

/* What inventory.*.token calls the chain's own coin. */
#define LQ_CONFIG_COIN               "coin"
#define LQ_CONFIG_COIN_DECIMALS      18u
#define LQ_CONFIG_TOKEN_DECIMALS_MAX 36u /* of any token that is worth something */

/* One of the sections "senders.*": an account that sends. KEYSTORE or REMOTE is set. */
typedef struct lq_config_sender {
    const char *name;
    const char *keystore;
    const char *passphrase_file; /* "": none */
    const char *address;         /* "": the key's */
    const char *remote;          /* a URL */
    const char *client_cert;
    const char *client_key;
    const char *ca_file;
} lq_config_sender_t;

typedef enum lq_relay_kind {
    LQ_RELAY_PRIVATE,
    LQ_RELAY_BUNDLE,
} lq_relay_kind_t;

/* One of the sections "relays.*". */
typedef struct lq_config_relay {
    const char *name;
    unsigned kind; /* lq_relay_kind_t */
    const char *url;
    const char *header; /* "": none */
    unsigned sign;      /* 0 or 1 */
    uint64_t timeout_ns;
} lq_config_relay_t;

typedef enum lq_seized_action {
    LQ_SEIZED_HOLD,
    LQ_SEIZED_SWAP,
    LQ_SEIZED_SWEEP,
} lq_seized_action_t;

#define LQ_CONFIG_RELAY_MAX  (LQ_TXMAN_WAY_MAX - LQ_POOL_ENDPOINT_MAX)
#define LQ_CONFIG_SOCKET_MAX 107u /* bytes of a Unix socket's path */

#define LQ_CONFIG_MARKET_MAX    16u
#define LQ_CONFIG_FEED_MAX      64u
#define LQ_CONFIG_TOKEN_MAX     64u
#define LQ_CONFIG_VENUE_MAX     16u
#define LQ_CONFIG_INVENTORY_MAX 64u

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
    const char *multicall;  /* an address; "": none */
    const char *coin_token; /* the same */
    lq_config_node_t nodes[LQ_POOL_ENDPOINT_MAX];
    size_t node_cnt;
    lq_config_market_t markets[LQ_CONFIG_MARKET_MAX];
    size_t market_cnt;
    lq_config_feed_t feeds[LQ_CONFIG_FEED_MAX];
    size_t feed_cnt;
    lq_config_token_t tokens[LQ_CONFIG_TOKEN_MAX];
    size_t token_cnt;
    lq_config_venue_t venues[LQ_CONFIG_VENUE_MAX];
    size_t venue_cnt;
    lq_config_lender_t lenders[LQ_VENUES_LENDER_MAX];
    size_t lender_cnt;
    const char *executor; /* an address; "": none, see lq_config_executor */
    uint64_t slippage_bps;
    unsigned sweep; /* 0 or 1 */
    uint64_t value_grace_ns;
    uint64_t value_deviation_bps;
    unsigned protocol_prices; /* 0 or 1 */
    lq_usd_t profit_min_usd;
    uint64_t profit_min_bps;
    lq_wei_t tip_wei;
    unsigned bid_kind; /* lq_bid_kind_t */
    lq_wei_t bid_fixed_wei;
    uint64_t bid_share_bps;
    uint64_t bid_cap_bps;
    unsigned atomic; /* 0 or 1 */
    uint64_t target_blk;
    uint64_t candidates;
    uint64_t in_flight;
    uint64_t gas_kinds;
    lq_wei_t gas_hour_wei; /* the limits: see lq_config_limits */
    lq_wei_t gas_day_wei;
    lq_usd_t loss_day_usd;
    uint64_t revert_ratio_bps;
    uint64_t revert_window;
    uint64_t revert_hold_ns;
    lq_usd_t exposure_usd;
    uint64_t borrower_failures;
    uint64_t borrower_window_ns;
    lq_wei_t base_fee_max_wei;
    lq_wei_t gas_balance_min_wei;
    uint64_t stale_head_ns;
    uint64_t gap_bps;
    lq_config_inventory_t inventory[LQ_CONFIG_INVENTORY_MAX];
    size_t inventory_cnt;
    lq_config_sender_t senders[LQ_TXMAN_SENDER_MAX];
    size_t sender_cnt;
    unsigned send_public;   /* 0 or 1 */
    unsigned send_simulate; /* 0 or 1 */
    lq_wei_t max_fee_wei;   /* per gas */
    uint64_t bump_bps;
    uint64_t bump_blk;
    uint64_t resend_ns;
    uint64_t send_in_flight;
    uint64_t confirmations_blk; /* see lq_config_confirmations */
    const char *relay_key;      /* a keystore; "": none */
    const char *relay_passphrase_file;
    uint64_t bundle_blk;
    uint64_t gas_margin_bps;
    uint64_t count_quorum;
    lq_config_relay_t relays[LQ_CONFIG_RELAY_MAX];
    size_t relay_cnt;
    const char *journal_file; /* "": none */
    const char *run_dir;
    uint64_t wal_sz;
    const char *control_socket; /* see lq_config_socket */
    const char *record_dir;     /* "": none */
    uint64_t record_max_sz;
    uint64_t record_max_age_ns;
    uint64_t record_keep;    /* files */
    unsigned seized_action;  /* lq_seized_action_t */
    const char *seized_cold; /* an address; "": none */
    lq_usd_t seized_min_usd;
    unsigned cpu_spin;   /* 0 or 1 */
    const char *cpu_pin; /* see lq_config_cpu */
    unsigned cpu_warm;   /* 0 or 1 */
    uint64_t book_accounts;
    uint64_t book_legs; /* 0: four for each account */
    uint64_t book_groups;
    uint64_t book_oracles;
    uint64_t book_feeds;
    uint64_t book_ticks;
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
    const char *memory_file; /* "": none */
    unsigned log_level;      /* lq_log_level_t */
    unsigned log_format;     /* lq_log_format_t */
    const char *log_file;    /* "": standard error */
    uint64_t log_rate;       /* lines per second and site; 0: no limit */
    uint64_t log_burst;      /* lines */
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
   where there is none. *AT moves behind it.
   lq_config_word_cnt returns how many words LIST has. */
const char *lq_config_word(size_t *sz, const char **at);
size_t lq_config_word_cnt(const char *list);

/* lq_config_id reads the SZ characters at TEXT as 32 bytes in hex behind 0x. LQ_ERR_SYNTAX. */
LQ_MUST_USE lq_err_t lq_config_id(lq_hash_t *out, const char *text, size_t sz);

/* lq_config_find_market sets *MARKET to the number of the one called NAME; false where none is. */
bool lq_config_find_market(const lq_config_t *config, uint32_t *market, const char *name);

/* lq_config_assets returns how many reserves or isolated markets MARKET has room for. */
size_t lq_config_assets(const lq_config_market_t *market);

/* lq_config_version sets *VERSION to what MARKET's says (protocol/adapter.h). LQ_ERR_NOT_FOUND: its
   adapter has none of that name. */
LQ_MUST_USE lq_err_t lq_config_version(unsigned *version, const lq_config_market_t *market);

/* lq_config_amount sets *OUT to OWN's amount in units of a token of DECIMALS. LQ_ERR_RANGE: it has
   more digits than that behind the point, or is too large; LQ_ERR_SYNTAX. */
LQ_MUST_USE lq_err_t lq_config_amount(lq_u256_t *out, lq_err_msg_t *msg,
                                      const lq_config_inventory_t *own, unsigned decimals);

/* lq_config_pools writes the pools of all venues and returns how many there are; lq_config_lenders
   the same of the lenders. */
size_t lq_config_pools(lq_venue_pool_config_t out[LQ_VENUES_POOL_MAX], const lq_config_t *config);
size_t lq_config_lenders(lq_lender_config_t out[LQ_VENUES_LENDER_MAX], const lq_config_t *config);

/* lq_config_executor returns the executor that transactions go through, all zero where none is
   needed: only the inventory is used. Where one is needed and not named it is a place where nothing
   is deployed: good for a dry run alone, as lq_config_is_deployed tells. */
lq_address_t lq_config_executor(const lq_config_t *config);
bool lq_config_is_deployed(const lq_config_t *config);

/* lq_config_swapped_into returns the token that seized.action swaps into; NULL: there is none. */
const lq_config_inventory_t *lq_config_swapped_into(const lq_config_t *config);

/* lq_config_limits returns what the section limits comes to. */
lq_limits_config_t lq_config_limits(const lq_config_t *config);

/* lq_config_socket writes the path of the control socket to OUT: what control.socket says, else
   one in the run folder. LQ_ERR_TOO_LONG; LQ_ERR_NOT_FOUND: there is no sender to name it by. */
LQ_MUST_USE lq_err_t lq_config_socket(char out[LQ_CONFIG_SOCKET_MAX + 1], lq_err_msg_t *msg,
                                      const lq_config_t *config);

/* lq_config_confirmations returns at which depth a block stays; 0: the chain's tag tells. */
uint32_t lq_config_confirmations(const lq_config_t *config);

/* lq_config_cpu tells whether the daemon is bound to a core, and sets *CPU to its number. */
bool lq_config_cpu(unsigned *cpu, const lq_config_t *config);

/* lq_config_check_run adds to DOC what keeps the daemon from working by CONFIG, which is valid:
   what one who only looks at positions need not care about. Returns whether there is nothing.
   lq_config_check_live does so of what a live run needs beside that, and a dry run does not. */
bool lq_config_check_run(lq_schema_doc_t *doc, const lq_config_t *config);
bool lq_config_check_live(lq_schema_doc_t *doc, const lq_config_t *config);

/* lq_config_write sets *OUT, which the caller frees, to CONFIG, loaded with DOC, as one file that
   loads as the same, less nodes, log, files and secrets: what an engine's state is made from.
   LQ_ERR_NOMEM; LQ_ERR_TOO_LONG: no file may be that long. */
LQ_MUST_USE lq_err_t lq_config_write(char **out, size_t *out_sz, const lq_schema_doc_t *doc,
                                     const lq_config_t *config);

/* lq_config_parse loads the SZ bytes of TEXT, which lq_config_write wrote, as lq_schema_load does a
   file NAME. */
LQ_MUST_USE lq_err_t lq_config_parse(lq_schema_doc_t *doc, lq_config_t *out, const char *name,
                                     const char *text, size_t sz);

/* lq_config_log returns the settings of the log. */
lq_log_config_t lq_config_log(const lq_config_t *config);

/* lq_config_find sets *PATH to the configuration file to use: GIVEN where it is not NULL, else
   $LIQD_CONFIG where it is not empty, else ./liqd.yaml or the installed liqd.yaml, whichever exists
   first, if only as a link to nothing. Errors: LQ_ERR_INVAL where GIVEN is empty, LQ_ERR_NOT_FOUND
   where there is none. */
LQ_MUST_USE lq_err_t lq_config_find(const char **path, lq_err_msg_t *msg, const char *given);

#endif
