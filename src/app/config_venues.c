/* What venues, lenders and the executor come to, and what in them contradicts what. */

#include <string.h>

#include "config_internal.h"
#include "liqd/decide/sizing.h"
#include "liqd/keys/address.h"

#define PIPS_PER_BPS (LQ_PIPS_ONE / 10000u)

/* Stands in for an executor that is not deployed; nobody has a key to this address. */
static const lq_address_t undeployed = {"liqd: not deployed!!"};

/* The name of the venue that has POOL in its list before the word AT of venue I; NULL: none. */
static const char *named_before(const lq_config_t *config, size_t i, const char *at,
                                const lq_address_t *pool)
{
    for (size_t k = 0; k <= i; k++) {
        const char *rest = config->venues[k].pools;
        lq_address_t other;
        size_t sz;
        for (const char *word; (word = lq_config_word(&sz, &rest)) && word != at;)
            if (!lq_address_parse(&other, NULL, word, sz) &&
                memcmp(&other, pool, sizeof(other)) == 0)
                return config->venues[k].name;
    }
    return NULL;
}

/* Checks the pools of venue I and adds how many there are to *CNT. */
static void check_pools(lq_schema_doc_t *doc, const lq_config_t *config, size_t i, size_t *cnt)
{
    lq_config_path_t path;
    lq_address_t pool;
    const char *key = lq_config_path(&path, "venues", config->venues[i].name, "pools");
    const char *at = config->venues[i].pools;
    size_t sz;
    for (const char *word; (word = lq_config_word(&sz, &at));) {
        if (!lq_config_check_address(doc, key, word, sz, &pool))
            return;
        const char *other = named_before(config, i, word, &pool);
        if (other) {
            lq_schema_problem(doc, key, "names %.*s, which venues.%s has already: remove one",
                              (int)sz, word, other);
            return;
        }
        if (++*cnt == LQ_VENUES_POOL_MAX + 1)
            lq_schema_problem(doc, key, "is more than the %u pools that all venues may have",
                              LQ_VENUES_POOL_MAX);
    }
}

void lq_config_check_venues(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    size_t cnt = 0;
    for (size_t i = 0; i < config->venue_cnt; i++) {
        const lq_config_venue_t *venue = &config->venues[i];
        (void)lq_config_check_address_or_none(
            doc, lq_config_path(&path, "venues", venue->name, "factory"), venue->factory);
        check_pools(doc, config, i, &cnt);
        if (venue->kind != LQ_VENUE_UNISWAP_V2 && venue->fee_bps != LQ_CONFIG_FEE_BPS)
            lq_schema_problem(doc, lq_config_path(&path, "venues", venue->name, "fee"),
                              "has no meaning for uniswap_v3, whose pools tell their fee: remove "
                              "it");
    }
}

void lq_config_check_lenders(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_check_addresses(
        doc, &(lq_config_named_t){"lenders", config->lenders, config->lender_cnt,
                                  sizeof(config->lenders[0]), offsetof(lq_config_lender_t, address),
                                  "remove one of them"});
}

void lq_config_check_executor(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    const char *key = "executor.address";
    if (config->executor[0] && lq_config_check_address_or_none(doc, key, config->executor) &&
        lq_config_is_nobody(config->executor))
        lq_schema_problem(doc, key, "is nobody's: leave it empty where there is no executor");
}

size_t lq_config_pools(lq_venue_pool_config_t out[LQ_VENUES_POOL_MAX], const lq_config_t *config)
{
    size_t cnt = 0;
    for (size_t i = 0; i < config->venue_cnt; i++) {
        const lq_config_venue_t *venue = &config->venues[i];
        lq_venue_pool_config_t pool = {.kind = (lq_venue_kind_t)venue->kind,
                                       .fee_pips = (uint32_t)venue->fee_bps * PIPS_PER_BPS};
        if (venue->factory[0])
            pool.factory = lq_config_address(venue->factory);
        const char *at = venue->pools;
        size_t sz;
        for (const char *word; cnt < LQ_VENUES_POOL_MAX && (word = lq_config_word(&sz, &at));) {
            if (lq_address_parse(&pool.address, NULL, word, sz))
                LQ_BUG("a pool was loaded that is none");
            out[cnt++] = pool;
        }
    }
    return cnt;
}

size_t lq_config_lenders(lq_lender_config_t out[LQ_VENUES_LENDER_MAX], const lq_config_t *config)
{
    for (size_t i = 0; i < config->lender_cnt; i++)
        out[i] = (lq_lender_config_t){.kind = (lq_lender_kind_t)config->lenders[i].kind,
                                      .contract = lq_config_address(config->lenders[i].address)};
    return config->lender_cnt;
}

/* Whether some market cannot do without an executor. */
static bool needs_executor(const lq_config_t *config)
{
    for (size_t i = 0; i < config->market_cnt; i++)
        if (config->markets[i].liquidate && config->markets[i].funding == LQ_FUNDING_FLASH)
            return true;
    return false;
}

bool lq_config_is_deployed(const lq_config_t *config)
{
    return config->executor[0] || !needs_executor(config);
}

lq_address_t lq_config_executor(const lq_config_t *config)
{
    if (config->executor[0])
        return lq_config_address(config->executor);
    return needs_executor(config) ? undeployed : (lq_address_t){{0}};
}
