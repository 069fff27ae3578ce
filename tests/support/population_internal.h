#ifndef LQ_POPULATION_INTERNAL_H
#define LQ_POPULATION_INTERNAL_H

#include "population.h"

#include "liqd/protocol/aave_v3_health.h"

/* E-modes, as categories of accounts and factors; 0 is none. */
typedef enum category {
    CATEGORY_NONE,
    CATEGORY_ETH,
    CATEGORY_USD,
    CATEGORY_BTC,
    CATEGORY_CNT,
} category_t;

/* What a reserve is. */
typedef struct reserve_kind {
    uint8_t decimals;
    uint16_t threshold_bps; /* 0: no collateral */
    category_t category;
    population_feed_t feed;
    population_feed_t ratio; /* POPULATION_FEED_CNT: none */
    bool is_capped;          /* its feed, as a stable price */
    uint8_t share;           /* of all legs, to the sum of all */
} reserve_kind_t;

extern const reserve_kind_t population_reserves[POPULATION_ASSET_CNT];

typedef struct reserve {
    lq_aave_v3_asset_t asset; /* now; price 0: not known */
    lq_aave_v3_accrual_t accrual;
    uint16_t idle;
    uint16_t debt;
    uint16_t collateral[CATEGORY_CNT];
} reserve_t;

struct lq_instance {
    lq_ledger_t *ledger;
    lq_undo_t *undo;
    const lq_aave_v3_rules_t *rules;
    uint64_t now_sec;
    uint32_t pool;
    reserve_t reserves[POPULATION_ASSET_CNT];
};

/* Accounts that may be added to those drawn. */
#define POPULATION_SPARE_CNT  8
#define POPULATION_FACTOR_MAX 128

/* The contracts: proxies of feeds, their aggregators, and price adapters. */
lq_address_t population_source(size_t asset);

/* population_make_book makes the book over oracles that read the contracts, population_begin_book
   has one begin that was made. */
void population_make_book(population_t *p, const lq_book_config_t *config, lq_book_fn_t *fn,
                          void *ctx);
void population_begin_book(population_t *p);
void population_tell_oracles(population_t *p, population_feed_t feed);

extern const lq_aave_v3_e_mode_t population_e_modes[CATEGORY_CNT];

#endif
