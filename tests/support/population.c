#include "population_internal.h"

#include "lq_test.h"

#define NO_RATIO POPULATION_FEED_CNT

/* Of a size of accounts that are no loops. */
#define SET_CNT 800.0

/* clang-format off */
const reserve_kind_t population_reserves[POPULATION_ASSET_CNT] = {
    {18, 8300, CATEGORY_ETH, FEED_ETH, NO_RATIO, false, 40},     /* WETH */
    {18, 8100, CATEGORY_ETH, FEED_ETH, FEED_WSTETH, false, 30},  /* wstETH */
    {18, 8000, CATEGORY_ETH, FEED_ETH, FEED_WEETH, false, 20},   /* weETH */
    {18, 7900, CATEGORY_ETH, FEED_ETH, FEED_RETH, false, 6},    /* rETH */
    {18, 7500, CATEGORY_ETH, FEED_ETH, FEED_EZETH, false, 2},  /* ezETH */
    {18, 7500, CATEGORY_ETH, FEED_ETH, FEED_OSETH, false, 2},  /* osETH */
    {8, 7800, CATEGORY_BTC, FEED_BTC, NO_RATIO, false, 16},      /* WBTC */
    {8, 7800, CATEGORY_BTC, FEED_BTC, NO_RATIO, false, 8},      /* cbBTC */
    {18, 7700, CATEGORY_BTC, FEED_BTC, NO_RATIO, false, 2},     /* tBTC */
    {8, 7500, CATEGORY_BTC, FEED_BTC, NO_RATIO, false, 1},      /* LBTC */
    {6, 7800, CATEGORY_USD, FEED_USDC, NO_RATIO, true, 40},      /* USDC */
    {6, 7800, CATEGORY_USD, FEED_USDT, NO_RATIO, true, 30},      /* USDT */
    {18, 7700, CATEGORY_USD, FEED_DAI, NO_RATIO, true, 8},      /* DAI */
    {18, 7600, CATEGORY_USD, FEED_USDT, FEED_SUSDE, false, 4},  /* sUSDe */
    {18, 7500, CATEGORY_USD, FEED_USDT, NO_RATIO, true, 4},     /* USDe */
    {18, 0, CATEGORY_NONE, FEED_USDC, NO_RATIO, true, 6},       /* GHO */
    {18, 7800, CATEGORY_NONE, FEED_LINK, NO_RATIO, false, 5},   /* LINK */
    {18, 7600, CATEGORY_NONE, FEED_AAVE, NO_RATIO, false, 4},   /* AAVE */
    {6, 7000, CATEGORY_NONE, FEED_EUR, NO_RATIO, false, 2},     /* EURC */
    {6, 0, CATEGORY_NONE, FEED_USDC, NO_RATIO, false, 2},       /* RLUSD, not capped */
    {2, 500, CATEGORY_NONE, FEED_EUR, NO_RATIO, false, 1},      /* of two decimals, hardly counted */
    {18, 6500, CATEGORY_NONE, FEED_ETH, NO_RATIO, false, 1},    /* ETHx, by ether alone */
    {18, 6000, CATEGORY_NONE, FEED_LINK, NO_RATIO, false, 1},
    {18, 5500, CATEGORY_NONE, FEED_AAVE, NO_RATIO, false, 1},
};

static const int64_t answers[POPULATION_FEED_CNT] = {
    [FEED_ETH] = 265012345678, [FEED_BTC] = 9712345678901, [FEED_USDC] = 99993210,
    [FEED_USDT] = 100012345, [FEED_DAI] = 99981234, [FEED_LINK] = 1612345678,
    [FEED_AAVE] = 18012345678, [FEED_EUR] = 108512345, [FEED_WSTETH] = 1207812345678901234,
    [FEED_WEETH] = 1069812345678901234, [FEED_RETH] = 1138812345678901234,
    [FEED_EZETH] = 1049812345678901234, [FEED_OSETH] = 1043812345678901234,
    [FEED_SUSDE] = 1178812345678901234,
};
/* clang-format on */

/* ---- prices ---- */

static void make_price(lq_price_t *price, const reserve_kind_t *kind)
{
    uint8_t base = 0;
    uint8_t ratio = 0;
    assert_ok(lq_price_add_feed(price, &base, kind->feed));
    if (kind->ratio != NO_RATIO) {
        /* 4 % above the ratio, growing by 9 % a year */
        lq_price_ratio_cap_t cap = {.snapshot_ratio = (lq_u128_t)answers[kind->ratio] * 104 / 100,
                                    .snapshot_sec = POPULATION_NOW_SEC - 86400,
                                    .ratio_decimals = 18};
        cap.max_growth_per_second_scaled = lq_price_cap_growth(cap.snapshot_ratio, 900);
        assert_ok(lq_price_add_feed(price, &ratio, kind->ratio));
        assert_ok(lq_price_add_cap_ratio(price, NULL, base, ratio, &cap));
    } else if (kind->is_capped) {
        lq_i256_t cap = lq_i256_from_i64(104000000);
        assert_ok(lq_price_add_cap_stable(price, NULL, base, &cap));
    }
}

static void tell_price(population_t *p, size_t i)
{
    lq_price_view_t view = {
        .feeds = p->feeds, .feed_cnt = POPULATION_FEED_CNT, .now_sec = POPULATION_NOW_SEC};
    lq_u256_t value;
    bool known = lq_price_eval(&value, &p->prices[i], &view) == LQ_PRICE_OK;
    population_adapter.set_price(p->instance, i, known, &value);
}

void population_answer(population_t *p, population_feed_t feed, int64_t answer)
{
    p->feeds[feed].answer = lq_i256_from_i64(answer);
    if (p->oracles) {
        population_tell_oracles(p, feed);
        return;
    }
    for (size_t i = 0; i < POPULATION_ASSET_CNT; i++) {
        const reserve_kind_t *kind = &population_reserves[i];
        if (kind->feed == feed || kind->ratio == feed)
            tell_price(p, i);
    }
}

void population_shifts(const population_t *p, lq_price_shift_t out[POPULATION_ASSET_CNT],
                       const lq_price_overlay_t *overlays, size_t overlay_cnt, uint64_t now_sec)
{
    lq_price_view_t view = {.feeds = p->feeds,
                            .feed_cnt = POPULATION_FEED_CNT,
                            .overlays = overlays,
                            .overlay_cnt = overlay_cnt,
                            .now_sec = now_sec};
    for (size_t i = 0; i < POPULATION_ASSET_CNT; i++) {
        out[i] = (lq_price_shift_t){.oracle = (uint32_t)i};
        out[i].known = lq_price_eval(&out[i].price, &p->prices[i], &view) == LQ_PRICE_OK;
    }
}

/* ---- accounts ---- */

static double unit(lq_rng_t *rng)
{
    return (double)(lq_rng_u64(rng) >> 11) * 0x1p-53;
}

/* 64 to some million dollars, each octave as likely, in the base currency's 8 decimals. */
static double draw_value(lq_rng_t *rng)
{
    return (double)((uint64_t)1 << (6 + lq_rng_below(rng, 17))) * (1 + unit(rng)) * 1e8;
}

/* Legs of the accounts that are no loops, in percent from 2 on. */
static size_t draw_leg_cnt(lq_rng_t *rng)
{
    static const unsigned percents[] = {40, 31, 15, 7, 4, 1, 1, 0, 1};
    uint64_t at = lq_rng_below(rng, 100);
    size_t cnt = 2;
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++, cnt++) {
        if (at < percents[i])
            return cnt;
        at -= percents[i];
    }
    return 2;
}

typedef struct draft {
    category_t category;
    double health; /* wanted */
    size_t collateral_cnt;
    size_t debt_cnt;
    uint8_t assets[16]; /* collaterals, then debts */
    double value;       /* of each collateral; 0: to be drawn */
} draft_t;

static bool is_among(const uint8_t *assets, size_t cnt, size_t asset)
{
    for (size_t i = 0; i < cnt; i++)
        if (assets[i] == asset)
            return true;
    return false;
}

/* By its share: a few reserves have most of all legs, as in pools. */
static size_t draw_reserve(lq_rng_t *rng)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < POPULATION_ASSET_CNT; i++)
        sum += population_reserves[i].share;
    uint64_t at = lq_rng_below(rng, sum);
    size_t i = 0;
    for (; at >= population_reserves[i].share; i++)
        at -= population_reserves[i].share;
    return i;
}

/* A reserve that is not among the CNT taken; SECURES: one with a threshold. */
static uint8_t draw_asset(lq_rng_t *rng, category_t category, bool secures, const uint8_t *taken,
                          size_t cnt)
{
    for (;;) {
        size_t i = draw_reserve(rng);
        const reserve_kind_t *kind = &population_reserves[i];
        if ((category == CATEGORY_NONE || kind->category == category) &&
            !(secures && kind->threshold_bps == 0) && !is_among(taken, cnt, i))
            return (uint8_t)i;
    }
}

static draft_t draw_loop(lq_rng_t *rng)
{
    draft_t d = {.collateral_cnt = 1 + (lq_rng_below(rng, 10) == 0), .debt_cnt = 1};
    uint64_t kind = lq_rng_below(rng, 10);
    d.category = kind < 7 ? CATEGORY_ETH : kind < 9 ? CATEGORY_USD : CATEGORY_BTC;
    d.health = 1.02 + 0.04 * unit(rng);
    for (size_t i = 0; i < d.collateral_cnt + d.debt_cnt; i++)
        d.assets[i] = draw_asset(rng, d.category, true, d.assets, i);
    return d;
}

/* Sets of reserves recur, as they do in pools: a few hundred of each size, some far more often. */
static draft_t draw_other(lq_rng_t *rng)
{
    size_t cnt = draw_leg_cnt(rng);
    uint64_t set = (uint64_t)(SET_CNT * unit(rng) * unit(rng));
    lq_rng_t of_set;
    lq_rng_seed(&of_set, set << 8 | cnt);
    draft_t d = {.health = 1.05 + 3.95 * unit(rng) * unit(rng)};
    d.debt_cnt = cnt == 2 ? 1 : 1 + lq_rng_below(&of_set, cnt / 2);
    d.collateral_cnt = cnt - d.debt_cnt;
    for (size_t i = 0; i < cnt; i++)
        d.assets[i] = draw_asset(&of_set, CATEGORY_NONE, i < d.collateral_cnt, d.assets, i);
    return d;
}

static void set_leg(population_t *p, uint32_t account, uint16_t factor, double amount)
{
    lq_u128_t v = amount < 1 ? 1 : (lq_u128_t)amount;
    assert_ok(lq_ledger_set_amount(p->ledger, account, factor, v));
}

static void add_account(population_t *p, const draft_t *d, uint64_t number)
{
    lq_address_t owner = {{0xcc}};
    memcpy(owner.b + 8, &number, sizeof(number));
    uint32_t account = 0;
    assert_ok(lq_ledger_add(p->ledger, &account, p->instance->pool, &owner));
    lq_ledger_set_category(p->ledger, account, (uint8_t)d->category);
    double room = 0;
    for (size_t i = 0; i < d->collateral_cnt; i++) {
        size_t asset = d->assets[i];
        category_t category =
            population_reserves[asset].category == d->category ? d->category : CATEGORY_NONE;
        uint16_t factor = p->instance->reserves[asset].collateral[category];
        double value = d->value > 0 ? d->value : draw_value(&p->rng);
        set_leg(p, account, factor, value / lq_ledger_value(p->ledger, factor)->value);
        room += value; /* threshold included: so is the factor's */
    }
    double debt = room / d->health;
    for (size_t i = 0; i < d->debt_cnt; i++) {
        uint16_t factor = p->instance->reserves[d->assets[d->collateral_cnt + i]].debt;
        double part = i + 1 == d->debt_cnt ? debt : debt * unit(&p->rng);
        debt -= part;
        set_leg(p, account, factor, part / lq_ledger_value(p->ledger, factor)->value);
    }
    lq_ledger_set_state(p->ledger, account, LQ_ACCOUNT_KNOWN);
    p->leg_cnt += d->collateral_cnt + d->debt_cnt;
}

uint32_t population_account(population_t *p, size_t collateral, size_t debt, double value,
                            double health)
{
    const draft_t d = {.health = health,
                       .collateral_cnt = 1,
                       .debt_cnt = 1,
                       .assets = {(uint8_t)collateral, (uint8_t)debt},
                       .value = value};
    uint32_t account = (uint32_t)lq_ledger_cnt(p->ledger);
    add_account(p, &d, account);
    return account;
}

static void fill(population_t *p, size_t account_cnt)
{
    for (size_t i = 0; i < POPULATION_FEED_CNT; i++) {
        lq_i256_t v = lq_i256_from_i64(answers[i]);
        p->feeds[i] = lq_feed_init_fixed(&v, i < FEED_WSTETH ? 8 : 18);
    }
    for (size_t i = 0; i < POPULATION_ASSET_CNT; i++) {
        make_price(&p->prices[i], &population_reserves[i]);
        tell_price(p, i);
    }
    for (size_t i = 0; i < account_cnt; i++) {
        draft_t d = lq_rng_below(&p->rng, 10) < 3 ? draw_loop(&p->rng) : draw_other(&p->rng);
        add_account(p, &d, i);
    }
}

static void init(population_t *p, size_t account_cnt, uint64_t seed, size_t state_sz,
                 size_t arena_sz)
{
    memset(p, 0, sizeof(*p));
    lq_rng_seed(&p->rng, seed);
    lq_ledger_config_t ledger = population_ledger(account_cnt);
    ledger.seed = seed;
    lq_instance_config_t config = {.instance = 0};
    lq_undo_config_t undo = {.line_max = (size_t)1 << 16, .blk_max = 64};
    undo.state_sz = lq_ledger_state_sz(&ledger) + population_adapter.state_sz(&config) + state_sz +
                    LQ_UNDO_LINE_SZ;
    arena_sz += lq_ledger_arena_sz(&ledger) + undo.state_sz * 17 / 16 + undo.line_max * 68 +
                ((size_t)1 << 20);
    assert_ok(lq_arena_init(&p->arena, arena_sz));
    assert_ok(lq_undo_new(&p->undo, &p->arena, &undo));
    assert_ok(lq_ledger_new(&p->ledger, &p->arena, p->undo, &ledger));
    assert_ok(population_adapter.make(&p->instance, &p->arena, p->undo, p->ledger, &config));
    fill(p, account_cnt);
}

void population_init(population_t *p, size_t account_cnt, uint64_t seed)
{
    init(p, account_cnt, seed, 0, 0);
}

void population_init_book(population_t *p, size_t account_cnt, uint64_t seed, lq_book_fn_t *fn,
                          void *ctx)
{
    const lq_oracles_config_t oracles = {.oracle_max = 128, .feed_max = 64, .seed = seed};
    const lq_book_config_t book = {.account_max = account_cnt + POPULATION_SPARE_CNT,
                                   .factor_max = POPULATION_FACTOR_MAX,
                                   .group_max = account_cnt / 20 + 4096,
                                   .oracle_max = oracles.oracle_max,
                                   .margin_bps = 50,
                                   .seed = seed};
    /* scratch: 12 bytes an account in the book, a line a feed in the oracles */
    init(p, account_cnt, seed, lq_oracles_state_sz(&oracles) + lq_book_state_sz(&book),
         account_cnt * 16 + ((size_t)4 << 20));
    assert_ok(lq_oracles_new(&p->oracles, &p->arena, p->undo, &oracles));
    population_make_book(p, &book, fn, ctx);
}

lq_ledger_config_t population_ledger(size_t account_cnt)
{
    /* a segment of legs for each class more than are used */
    return (lq_ledger_config_t){.account_max = account_cnt + POPULATION_SPARE_CNT,
                                .leg_max = account_cnt * 34 / 10 + (size_t)16 * 1024,
                                .pool_max = 4,
                                .factor_max = POPULATION_FACTOR_MAX};
}

void population_init_sync(population_t *p, lq_sync_t *sync, size_t account_cnt, uint64_t seed)
{
    memset(p, 0, sizeof(*p));
    lq_rng_seed(&p->rng, seed);
    p->undo = lq_sync_undo(sync);
    p->ledger = lq_sync_ledger(sync);
    p->instance = lq_sync_self(sync, 0);
    fill(p, account_cnt);
    p->oracles = lq_sync_oracles(sync);
    p->book = lq_sync_book(sync);
    population_begin_book(p);
}

void population_fini(population_t *p)
{
    lq_arena_fini(&p->arena);
}
