#ifndef LQ_POPULATION_H
#define LQ_POPULATION_H

/* A synthetic market for the book's tests and benchmarks: one pool with the arithmetic of Aave 3.6,
   24 reserves priced by 14 feeds (staked ether by capped ratios, dollars by capped feeds, kinds of
   bitcoin by one feed), three e-modes, and as many borrowers as wanted, drawn from a seed: 2.8 legs
   on average, three in ten of them correlated loops at health factors of 1.02 to 1.06, the others
   from 1.05 to 5, with some 5,000 sets of reserves among them. It stands in the ledger through an
   adapter of its own, which has no events. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/rng.h"
#include "liqd/base/undo.h"
#include "liqd/book/book.h"
#include "liqd/book/sync.h"
#include "liqd/market/oracles.h"
#include "liqd/market/price.h"
#include "liqd/protocol/adapter.h"
#include "liqd/protocol/ledger.h"

#define POPULATION_NOW_SEC UINT64_C(1750000000)

typedef enum population_feed {
    FEED_ETH,
    FEED_BTC,
    FEED_USDC,
    FEED_USDT,
    FEED_DAI,
    FEED_LINK,
    FEED_AAVE,
    FEED_EUR,
    FEED_WSTETH, /* ratios, 18 decimals; the others in dollars, 8 decimals */
    FEED_WEETH,
    FEED_RETH,
    FEED_EZETH,
    FEED_OSETH,
    FEED_SUSDE,
    POPULATION_FEED_CNT,
} population_feed_t;

#define POPULATION_ASSET_CNT 24

typedef struct population {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_instance_t *instance;
    lq_feed_t feeds[POPULATION_FEED_CNT];
    lq_price_t prices[POPULATION_ASSET_CNT]; /* oracle I of the instance prices reserve I */
    lq_rng_t rng;
    size_t leg_cnt; /* of all accounts */

    /* with a book; else NULL */
    lq_oracles_t *oracles;
    lq_book_t *book;
    uint64_t rounds[POPULATION_FEED_CNT];
} population_t;

/* The adapter; its make takes no more than what population_init gives. */
extern const lq_adapter_t population_adapter;

/* population_init makes *P a market of ACCOUNT_CNT borrowers, population_init_book one with oracles
   and a book over it, which has been rebuilt and tells FN with CTX; the test fails where it cannot.
   population_fini frees it. */
void population_init(population_t *p, size_t account_cnt, uint64_t seed);
void population_init_book(population_t *p, size_t account_cnt, uint64_t seed, lq_book_fn_t *fn,
                          void *ctx);
void population_fini(population_t *p);

/* population_init_sync is population_init_book in SYNC, made with population_adapter as its only
   instance and a ledger as population_ledger says: *P borrows all of it and is not to be freed. */
lq_ledger_config_t population_ledger(size_t account_cnt);
void population_init_sync(population_t *p, lq_sync_t *sync, size_t account_cnt, uint64_t seed);

/* population_answer sets the answer of FEED, which is above 0. Without a book the prices that it
   moves follow at once; with one by a log or a read of the oracles, and lq_book_settle is to
   follow. population_feed returns the oracles' number of FEED. */
uint32_t population_feed(const population_t *p, population_feed_t feed);
void population_answer(population_t *p, population_feed_t feed, int64_t answer);

/* population_shifts writes what the instance's oracles would say under OVERLAYS, whose feeds are
   population_feed_t, at NOW_SEC: one shift each. It asks no book and no oracles. */
void population_shifts(const population_t *p, lq_price_shift_t out[POPULATION_ASSET_CNT],
                       const lq_price_overlay_t *overlays, size_t overlay_cnt, uint64_t now_sec);

/* population_account adds a borrower at a health factor of about HEALTH and returns its number:
   VALUE, in the base currency and after thresholds, of reserve COLLATERAL against reserve DEBT. For
   populations of spare room: eight of them. */
uint32_t population_account(population_t *p, size_t collateral, size_t debt, double value,
                            double health);

#endif
