#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "population.h"

#include "liqd/base/compiler.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The book over a population of a million; a tenth where the address sanitizer slows all down. */
#define ACCOUNT_CNT (LQ_ASAN ? (size_t)50000 : (size_t)1000000)

/* Accounts that the measured tick endangers. */
#define ENDANGERED_CNT 20u
#define ENDANGERED_MAX 64u

typedef struct world {
    population_t p;
    size_t account_cnt;
    bool is_made;
    uint32_t *out;
    uint64_t blk;
    int64_t high; /* of ETH: nobody is armed, and not much lower */
    int64_t low;  /* 20 are */
    uint32_t endangered[ENDANGERED_MAX];
    size_t endangered_cnt;
} world_t;

static void ignore(void *ctx, const lq_book_event_t *event)
{
    (void)ctx;
    (void)event;
}

/* How many are armed or liquidatable where ETH answers ANSWER. */
static size_t endangered_at(world_t *w, int64_t answer)
{
    population_answer(&w->p, FEED_ETH, answer);
    lq_book_settle(w->p.book);
    lq_book_stat_t stat = lq_book_stat(w->p.book);
    return stat.tier_cnt[LQ_TIER_ARMED] + stat.tier_cnt[LQ_TIER_LIQUIDATABLE];
}

/* The lowest answer of ETH below FIRST at which no more than CNT are. */
static int64_t answer_with(world_t *w, int64_t first, size_t cnt)
{
    int64_t bad = first / 2;
    int64_t good = first;
    while (good - bad > 1) {
        int64_t mid = bad + (good - bad) / 2;
        if (endangered_at(w, mid) > cnt)
            bad = mid;
        else
            good = mid;
    }
    return good;
}

/* The population is made when the first case runs: a million take seconds. */
static world_t *made(void *ctx)
{
    world_t *w = ctx;
    if (w->is_made)
        return w;
    w->is_made = true;
    w->blk = 100;
    w->out = calloc(w->account_cnt + 16, sizeof(*w->out));
    if (!w->out)
        abort();
    population_init_book(&w->p, w->account_cnt, 1, ignore, NULL);
    int64_t first = (int64_t)w->p.feeds[FEED_ETH].answer.bits.w[0];
    w->high = answer_with(w, first, 0);
    w->low = answer_with(w, first, ENDANGERED_CNT);
    (void)endangered_at(w, w->low);
    for (uint32_t i = 0; i < w->account_cnt; i++)
        if (lq_book_tier(w->p.book, i) > LQ_TIER_SAFE && w->endangered_cnt < ENDANGERED_MAX)
            w->endangered[w->endangered_cnt++] = i;
    (void)endangered_at(w, w->high);
    (void)fprintf(stderr,
                  "# population: %zu accounts, %.2f legs each; ETH from %lld to %lld endangers "
                  "%zu; %zu groups\n",
                  w->account_cnt, (double)w->p.leg_cnt / (double)w->account_cnt, (long long)w->high,
                  (long long)w->low, w->endangered_cnt, lq_book_stat(w->p.book).group_cnt);
    return w;
}

static void unmake(world_t *w)
{
    if (!w->is_made)
        return;
    population_fini(&w->p);
    free(w->out);
}

/* ---- the prefilter and its floor ---- */

static void prefilter_at(world_t *w, int64_t answer, size_t iters)
{
    lq_price_overlay_t overlay = {lq_i256_from_i64(answer), population_feed(&w->p, FEED_ETH)};
    lq_book_view_t view = {.overlays = &overlay, .overlay_cnt = 1};
    for (size_t i = 0; i < iters; i++) {
        size_t cnt = lq_book_prefilter(w->p.book, w->out, w->account_cnt, &view);
        lq_bench_keep(&cnt);
    }
}

static void prefilter(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    prefilter_at(w, w->high / 100 * 101, iters);
}

static void prefilter_crash(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    prefilter_at(w, w->high / 10 * 9, iters);
}

#if defined(__x86_64__)
/* Ideal arrays of 2.8 legs: six accounts in ten have two, the others four. */
typedef struct ideal {
    float *amounts;
    uint16_t *factors;
    float values[128];
    size_t pair_cnt; /* accounts of two legs */
    size_t four_cnt;
} ideal_t;

static ideal_t *ideal(void)
{
    static ideal_t d;
    if (d.amounts)
        return &d;
    d.pair_cnt = ACCOUNT_CNT / 10 * 6;
    d.four_cnt = ACCOUNT_CNT - d.pair_cnt;
    size_t cnt = 2 * d.pair_cnt + 4 * d.four_cnt;
    d.amounts = malloc(cnt * sizeof(float));
    d.factors = malloc(cnt * sizeof(uint16_t));
    if (!d.amounts || !d.factors)
        abort();
    lq_rng_t rng;
    lq_rng_seed(&rng, 2);
    for (size_t i = 0; i < 128; i++)
        d.values[i] = 1.f + (float)(lq_rng_u64(&rng) >> 40) * 0x1p-24f;
    for (size_t i = 0; i < cnt; i++) {
        float v = 1.f + (float)(lq_rng_u64(&rng) >> 40) * 0x1p-24f;
        d.amounts[i] = i % 2 ? -v : v * 4;
        d.factors[i] = (uint16_t)lq_rng_below(&rng, 128);
    }
    return &d;
}

LQ_TARGET("avx2")
static inline __m256 product(const ideal_t *d, size_t i)
{
    __m128i narrow = _mm_loadu_si128((const __m128i *)(const void *)(d->factors + i));
    __m256 v = _mm256_i32gather_ps(d->values, _mm256_cvtepu16_epi32(narrow), 4);
    return _mm256_mul_ps(_mm256_loadu_ps(d->amounts + i), v);
}

/* No more than must be: multiply, add, compare. */
LQ_TARGET("avx2")
static void prefilter_floor(void *ctx, size_t iters)
{
    (void)ctx;
    const ideal_t *d = ideal();
    for (size_t n = 0; n < iters; n++) {
        int any = 0;
        size_t i = 0;
        for (; i < 2 * d->pair_cnt; i += 16) {
            __m256 s = _mm256_hadd_ps(product(d, i), product(d, i + 8));
            any += _mm256_movemask_ps(s);
        }
        for (; i + 32 <= 2 * d->pair_cnt + 4 * d->four_cnt; i += 32) {
            __m256 a = _mm256_hadd_ps(product(d, i), product(d, i + 8));
            __m256 b = _mm256_hadd_ps(product(d, i + 16), product(d, i + 24));
            any += _mm256_movemask_ps(_mm256_hadd_ps(a, b));
        }
        lq_bench_keep(&any);
    }
}
#else
#define prefilter_floor NULL
#endif

/* ---- a tick ---- */

static void tick_to(world_t *w, int64_t answer)
{
    lq_undo_begin(w->p.undo, ++w->blk);
    population_answer(&w->p, FEED_ETH, answer);
    lq_book_settle(w->p.book);
}

/* Down and up again: two ticks. */
static void ticks(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (size_t i = 0; i < iters; i++) {
        tick_to(w, w->low);
        tick_to(w, w->high);
    }
}

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void check_endangered(world_t *w)
{
    for (size_t i = 0; i < w->endangered_cnt; i++) {
        lq_health_t health;
        population_adapter.health(w->p.instance, &health, w->endangered[i], NULL);
        lq_bench_keep(&health);
    }
}

/* What two ticks may take: 20 us and twice the exact checks of those endangered, each. */
static void allowance(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (size_t i = 0; i < 2 * iters; i++) {
        uint64_t end = now_ns() + 20000;
        check_endangered(w);
        check_endangered(w);
        end += now_ns() - (end - 20000);
        while (now_ns() < end)
            continue;
    }
}

/* An answer that moves a little where nobody is near. */
static void quiet_ticks(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (size_t i = 0; i < iters; i++) {
        tick_to(w, w->high + w->high / 5000);
        tick_to(w, w->high + w->high / 10000);
    }
}

/* From where nobody is near to where some are, at once. */
static void far_ticks(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (size_t i = 0; i < iters; i++) {
        tick_to(w, w->high / 19 * 20);
        tick_to(w, w->low);
    }
}

/* ---- whole ---- */

static void rebuild(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    lq_undo_forget(w->p.undo, 0);
    for (size_t i = 0; i < iters; i++)
        lq_book_rebuild(w->p.book);
}

static void scan(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (size_t i = 0; i < iters; i++) {
        size_t cnt = 0;
        for (uint32_t a = 0; a < w->account_cnt; a++) {
            lq_health_t health;
            population_adapter.health(w->p.instance, &health, a, NULL);
            cnt += health.verdict == LQ_HEALTH_LIQUIDATABLE;
        }
        lq_bench_keep(&cnt);
    }
}

/* ---- triggers ---- */

static void triggers(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (size_t i = 0; i < iters; i++) {
        lq_trigger_t out[16];
        size_t cnt = lq_book_triggers(w->p.book, out, 16, (uint32_t)(i % 1000), 0);
        lq_bench_keep(&cnt);
    }
}

static void times(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (size_t i = 0; i < iters; i++) {
        uint64_t sec =
            lq_book_time_to_liquidation(w->p.book, (uint32_t)(i % 1000), 0, UINT64_C(30) * 86400);
        lq_bench_keep(&sec);
    }
}

lq_bench_fn_t lq_bench_book;
void lq_bench_book(lq_bench_t *bench)
{
    static world_t w = {.account_cnt = ACCOUNT_CNT};
    /* smaller, since each sample takes all of it */
    static world_t tenth = {.account_cnt = ACCOUNT_CNT / 10};
    const lq_bench_case_t cases[] = {
        {.name = "book/prefilter of a million accounts",
         .work = prefilter,
         .reference = "AVX2 over ideal arrays",
         .reference_work = prefilter_floor,
         .ctx = &w,
         .target = 1.3},
        {.name = "book/prefilter in a fall of a tenth", .work = prefilter_crash, .ctx = &w},
        {.name = "book/tick that endangers 20 of a million",
         .work = ticks,
         .reference = "20 us and 2 x their checks",
         .reference_work = allowance,
         .ctx = &w,
         .target = 1,
         .scale = 2},
        {.name = "book/tick that endangers nobody", .work = quiet_ticks, .ctx = &w, .scale = 2},
        {.name = "book/tick of a twentieth", .work = far_ticks, .ctx = &w, .scale = 2},
        {.name = "book/triggers of an account", .work = triggers, .ctx = &w},
        {.name = "book/time to liquidation of an account", .work = times, .ctx = &w},
        {.name = "book/rebuild, an account of 100,000",
         .work = rebuild,
         .reference = "exact scan of all",
         .reference_work = scan,
         .ctx = &tenth,
         .scale = ACCOUNT_CNT / 10},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        lq_bench_case(bench, &cases[i]);
    unmake(&w);
    unmake(&tenth);
}
