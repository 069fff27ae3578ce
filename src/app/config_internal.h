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

#endif
