#ifndef LIQD_APP_CONFIG_INTERNAL_H
#define LIQD_APP_CONFIG_INTERNAL_H

/* The rules of config.c's table about markets, feeds, tokens and the book: see lq_schema_rule_t. */

#include "liqd/app/config.h"

void lq_config_check_market_addresses(lq_schema_doc_t *doc, const void *values);
void lq_config_check_versions(lq_schema_doc_t *doc, const void *values);
void lq_config_check_ids(lq_schema_doc_t *doc, const void *values);
void lq_config_check_feeds(lq_schema_doc_t *doc, const void *values);
void lq_config_check_tokens(lq_schema_doc_t *doc, const void *values);
void lq_config_check_legs(lq_schema_doc_t *doc, const void *values);
void lq_config_check_audits(lq_schema_doc_t *doc, const void *values);

/* Those about the chain, nodes and the log: config_nodes.c. */
void lq_config_check_base_fee(lq_schema_doc_t *doc, const void *values);
void lq_config_check_multicall(lq_schema_doc_t *doc, const void *values);
void lq_config_check_headers(lq_schema_doc_t *doc, const void *values);
void lq_config_check_jwt_secrets(lq_schema_doc_t *doc, const void *values);
void lq_config_check_roles(lq_schema_doc_t *doc, const void *values);
void lq_config_check_rates(lq_schema_doc_t *doc, const void *values);
void lq_config_check_log_sizes(lq_schema_doc_t *doc, const void *values);
void lq_config_check_log_burst(lq_schema_doc_t *doc, const void *values);

/* Those about what is sent, and by whom: config_senders.c. */
void lq_config_check_senders(lq_schema_doc_t *doc, const void *values);
void lq_config_check_relays(lq_schema_doc_t *doc, const void *values);
void lq_config_check_relay_key(lq_schema_doc_t *doc, const void *values);
void lq_config_check_wal(lq_schema_doc_t *doc, const void *values);
void lq_config_check_seized(lq_schema_doc_t *doc, const void *values);
void lq_config_check_pin(lq_schema_doc_t *doc, const void *values);

/* Those about venues, lenders and the executor: config_venues.c. */
void lq_config_check_venues(lq_schema_doc_t *doc, const void *values);
void lq_config_check_lenders(lq_schema_doc_t *doc, const void *values);
void lq_config_check_executor(lq_schema_doc_t *doc, const void *values);

/* lq_config_check_address tells whether the SZ characters at TEXT are an address, and sets *OUT; a
   problem with KEY where they are not. */
bool lq_config_check_address(lq_schema_doc_t *doc, const char *key, const char *text, size_t sz,
                             lq_address_t *out);

/* lq_config_check_address_or_none is the same where an empty TEXT is good as well. */
bool lq_config_check_address_or_none(lq_schema_doc_t *doc, const char *key, const char *text);

/* The sections "SECTION.*", whose elements begin with their name. */
typedef struct lq_config_named {
    const char *section;
    const void *elems;
    size_t cnt;
    size_t elem_sz;
    size_t address_offset; /* in an element, of the text of its key "address" */
    const char *remedy;    /* where two have the same */
} lq_config_named_t;

/* lq_config_check_addresses adds a problem for each address that is none, or that another section
   has. */
void lq_config_check_addresses(lq_schema_doc_t *doc, const lq_config_named_t *of);

/* lq_config_is_nobody tells whether TEXT is the address of all zero. */
bool lq_config_is_nobody(const char *text);

/* lq_config_same_address tells whether A and B are one address; what is none is no other's. */
bool lq_config_same_address(const char *a, const char *b);

/* Those about money and limits: config_money.c. */
void lq_config_check_coin(lq_schema_doc_t *doc, const void *values);
void lq_config_check_bid(lq_schema_doc_t *doc, const void *values);
void lq_config_check_gas(lq_schema_doc_t *doc, const void *values);
void lq_config_check_limits(lq_schema_doc_t *doc, const void *values);
void lq_config_check_inventory_tokens(lq_schema_doc_t *doc, const void *values);
void lq_config_check_inventory_amounts(lq_schema_doc_t *doc, const void *values);
void lq_config_check_funding(lq_schema_doc_t *doc, const void *values);

/* lq_config_path makes OUT "SECTION.NAME.KEY", such as markets.aave.address, and returns its text.
 */
typedef struct lq_config_path {
    char text[160];
} lq_config_path_t;
const char *lq_config_path(lq_config_path_t *out, const char *section, const char *name,
                           const char *key);

#endif
