#include "bench.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "aave_engine.h"

#include "liqd/base/compiler.h"
#include "liqd/sim/analyze.h"

/* A grid of an analysis over a million borrowers of the real Aave v3: everything but dollars falls
   by 40 to 0 percent, in steps of one, as `liqd analyze --grid WETH=-40%:0%:1%` has them. Borrowers
   as pools have them: most are small (a Pareto distribution of debts from five dollars on, of index
   1/2: one in three above 50, one in 14 above 1,000), three in ten are loops that fall as a whole,
   the others stand between 1.05 and 9. */
#define ACCOUNT_CNT (LQ_ASAN ? (size_t)20000 : (size_t)1000000)

#define POINT_CNT    41u
#define BASE_FEE_WEI UINT64_C(5000000000)
#define DEBT_MAX     1e7

/* Reserves: even ones have 18 decimals, odd ones 6 and are dollars. */
enum {
    ETHER,
    USDC,
    BITCOIN,
    USDT,
    LINK,
    DAI,
    STAKED,
    EURC,
    RESERVE_CNT,
};

typedef struct bench_world {
    aave_engine_t w;
    lq_rng_t rng;
    lq_analysis_t *a;
    lq_analysis_point_t points[POINT_CNT];
    uint32_t *found;
    uint16_t collateral[RESERVE_CNT]; /* factors */
    uint16_t debt[RESERVE_CNT];
    lq_price_overlay_t overlays[POINT_CNT][RESERVE_CNT];
    lq_engine_view_t views[POINT_CNT];
} bench_world_t;

static double unit(bench_world_t *b)
{
    return (double)(lq_rng_u64(&b->rng) >> 11) * 0x1p-53;
}

/* ---- borrowers ---- */

static void set_leg(bench_world_t *b, uint32_t account, uint16_t factor, double dollars)
{
    lq_ledger_t *ledger = b->w.rig.ledger;
    double amount = dollars * 1e8 / lq_ledger_value(ledger, factor)->value;
    assert_ok(lq_ledger_set_amount(ledger, account, factor, (lq_u128_t)amount + 1));
}

static unsigned draw_volatile(bench_world_t *b)
{
    static const unsigned of[] = {ETHER, ETHER, ETHER, STAKED, STAKED, BITCOIN, BITCOIN, LINK};
    return of[lq_rng_below(&b->rng, LQ_ARRAY_CNT(of))];
}

static unsigned draw_dollar(bench_world_t *b)
{
    static const unsigned of[] = {USDC, USDC, USDT, USDT, DAI, EURC};
    return of[lq_rng_below(&b->rng, LQ_ARRAY_CNT(of))];
}

static void add_loop(bench_world_t *b, uint32_t account, double debt)
{
    set_leg(b, account, b->collateral[STAKED], debt * (1.02 + 0.04 * unit(b)));
    set_leg(b, account, b->debt[ETHER], debt);
}

static void add_other(bench_world_t *b, uint32_t account, double debt)
{
    double health = 1.05 + 8 * unit(b) * unit(b);
    bool is_short = lq_rng_below(&b->rng, 6) == 0; /* dollars secure, others are owed */
    bool has_two = lq_rng_below(&b->rng, 3) == 0;
    unsigned first = is_short ? draw_dollar(b) : draw_volatile(b);
    unsigned owed = is_short ? draw_volatile(b) : draw_dollar(b);
    double part = has_two ? unit(b) : 1;
    set_leg(b, account, b->collateral[first], debt * health * part);
    if (has_two)
        set_leg(b, account, b->collateral[(first + 2) % RESERVE_CNT], debt * health * (1 - part));
    part = lq_rng_below(&b->rng, 4) == 0 ? unit(b) : 1;
    set_leg(b, account, b->debt[owed], debt * part);
    if (part < 1)
        set_leg(b, account, b->debt[(owed + 2) % RESERVE_CNT], debt * (1 - part));
}

static void add_borrower(bench_world_t *b, uint64_t number)
{
    lq_ledger_t *ledger = b->w.rig.ledger;
    lq_address_t owner = {{0xcc}};
    uint32_t account = 0;
    memcpy(owner.b + 8, &number, sizeof(number));
    assert_ok(lq_ledger_add(ledger, &account, 0, &owner));
    double u = unit(b) + 1e-9;
    double debt = fmin(5 / (u * u), DEBT_MAX);
    if (lq_rng_below(&b->rng, 10) < 3)
        add_loop(b, account, debt);
    else
        add_other(b, account, debt);
    lq_ledger_set_state(ledger, account, LQ_ACCOUNT_KNOWN);
}

/* ---- the world ---- */

static void draw_pool(world_t *w)
{
    static const uint64_t cents[RESERVE_CNT] = {265000, 100, 9700000, 100, 1600, 100, 280000, 100};
    world_init(w, 5, RESERVE_CNT);
    for (unsigned r = 0; r < RESERVE_CNT; r++) {
        w->reserves[r].price = lq_u256_from_u64(cents[r] * 1000000);
        w->reserves[r].threshold_bps = 8000;
        w->reserves[r].category = 0;
        w->users[0].supply[r].scaled = lq_u256_from_u64(1000000);
        w->users[0].debt[r].scaled = lq_u256_from_u64(1000);
        w->users[0].flag[r] = true;
    }
}

/* The factors that the account of user 0 has, who holds and owes of everything. */
static void find_factors(bench_world_t *b)
{
    const lq_ledger_t *ledger = b->w.rig.ledger;
    uint16_t cnt = (uint16_t)lq_ledger_factor_cnt(ledger);
    for (uint16_t i = 0; i < cnt; i++) {
        const lq_factor_t *about = lq_ledger_factor(ledger, i);
        lq_address_t token;
        uint8_t decimals;
        if (about->category)
            continue;
        lq_adapter_aave_v3.asset_token(b->w.rig.self, i, &token, &decimals);
        if (about->side == LQ_SIDE_DEBT)
            b->debt[token.b[19]] = i;
        if (about->side == LQ_SIDE_COLLATERAL)
            b->collateral[token.b[19]] = i;
    }
}

static void start(bench_world_t *b)
{
    lq_rng_seed(&b->rng, 1);
    draw_pool(&b->w.world);
    lq_engine_config_t config = aave_engine_config(&b->w, ACCOUNT_CNT + 1);
    config.limits.gap_bps = 300;
    b->w.markets[0].funding = LQ_FUNDING_INVENTORY;
    b->w.markets[0].off = true;
    aave_engine_make(&b->w, &config);
    assert_int_equal(world_rig_settle(&b->w.rig, 1000), 0);
    world_emit_borrow(&b->w.world, 0, 2, 2);
    assert_int_equal(world_rig_settle(&b->w.rig, 1000), 0);
    find_factors(b);
    for (size_t i = 0; i < ACCOUNT_CNT; i++)
        add_borrower(b, i);
    aave_engine_value(&b->w);
    aave_engine_follow(&b->w, 1, LQ_TRUST_FULL, BASE_FEE_WEI);
    assert_ok(lq_analysis_new(&b->a, b->w.engine));
    b->found = calloc(ACCOUNT_CNT + 1, sizeof(b->found[0]));
    assert_non_null(b->found);
}

/* The last point has the prices of now. */
static void set_view(bench_world_t *b, size_t point)
{
    size_t fall = POINT_CNT - 1 - point;
    static const unsigned moved[] = {ETHER, BITCOIN, LINK, STAKED};
    for (size_t i = 0; i < LQ_ARRAY_CNT(moved); i++) {
        const world_reserve_t *r = &b->w.world.reserves[moved[i]];
        lq_u256_t price = lq_u256_from_u64(r->price.w[0] / 100 * (100 - fall));
        b->overlays[point][i] =
            (lq_price_overlay_t){.answer = {price}, .feed = aave_engine_feed(&b->w, moved[i])};
    }
    b->views[point] = (lq_engine_view_t){
        .overlays = b->overlays[point], .overlay_cnt = LQ_ARRAY_CNT(moved), .whole_funds = true};
}

static bench_world_t *made(void *ctx)
{
    bench_world_t *b = ctx;
    if (b->a)
        return b;
    start(b);
    for (size_t i = 0; i < POINT_CNT; i++)
        set_view(b, i);
    return b;
}

/* Of this process and those that it has waited for. */
static double cpu_sec(void)
{
    struct rusage own;
    struct rusage others;
    if (getrusage(RUSAGE_SELF, &own) || getrusage(RUSAGE_CHILDREN, &others))
        return 0;
    return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + others.ru_utime.tv_sec +
                    others.ru_stime.tv_sec) +
           (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec + others.ru_utime.tv_usec +
                    others.ru_stime.tv_usec) /
               1e6;
}

/* What the grid came to; others on this machine make it longer than the processors' time. */
static void tell(const bench_world_t *b, double cpu)
{
    uint64_t liquidatable = 0;
    uint64_t dust = 0;
    for (size_t i = 0; i < POINT_CNT; i++) {
        liquidatable += b->points[i].all.liquidatable_cnt;
        dust += b->points[i].all.dust_cnt;
    }
    (void)fprintf(stderr,
                  "# analyze: %u points, %zu accounts: %llu liquidatable, of these %llu dust; at "
                  "-40 %% %llu taken; %.3f s of processors\n",
                  POINT_CNT, ACCOUNT_CNT, (unsigned long long)liquidatable,
                  (unsigned long long)dust, (unsigned long long)b->points[0].all.taken_cnt, cpu);
}

/* The grid as users have it, by all processors: a benchmark is on one, and so would be the
   processes that it starts. */
static void grids(void *ctx, size_t iters)
{
    bench_world_t *b = made(ctx);
    cpu_set_t one;
    cpu_set_t all;
    memset(&all, 0xff, sizeof(all));
    if (sched_getaffinity(0, sizeof(one), &one) || sched_setaffinity(0, sizeof(all), &all))
        (void)fprintf(stderr, "# analyze: on one processor\n");
    for (; iters; iters--) {
        double cpu = cpu_sec();
        assert_ok(lq_analysis_grid(b->a, b->points, b->views, POINT_CNT, false, NULL, NULL));
        tell(b, cpu_sec() - cpu);
    }
    (void)sched_setaffinity(0, sizeof(one), &one);
}

/* The floor: the exact health of each who might be liquidatable at each point, by one processor. */
static void healths(void *ctx, size_t iters)
{
    bench_world_t *b = made(ctx);
    for (; iters; iters--)
        for (size_t i = 0; i < POINT_CNT; i++) {
            lq_health_t health;
            lq_engine_see(b->w.engine, &b->views[i]);
            size_t cnt = lq_engine_endangered(b->w.engine, b->found, ACCOUNT_CNT + 1);
            for (size_t k = 0; k < cnt; k++) {
                lq_engine_health(b->w.engine, &health, b->found[k]);
                lq_bench_keep(&health);
            }
            lq_engine_see(b->w.engine, NULL);
        }
}

lq_bench_fn_t lq_bench_analyze;
void lq_bench_analyze(lq_bench_t *bench)
{
    static bench_world_t b;
    const lq_bench_case_t c = {.name = "sim/a grid of 41 over a million",
                               .work = grids,
                               .reference = "healths of the endangered",
                               .reference_work = healths,
                               .ctx = &b};
    lq_bench_case(bench, &c);
    if (!b.a)
        return;
    lq_analysis_free(b.a);
    free(b.found);
    aave_engine_free(&b.w);
}
