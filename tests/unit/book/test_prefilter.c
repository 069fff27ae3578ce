#include "lq_test.h"

#include <gmp.h>

#include "population.h"
#include "prefilter_internal.h"

/* ---- the scan ---- */

enum {
    FACTOR_CNT = 128,
    PLACE_CNT = LQ_LEDGER_SEGMENT_SZ,
};

typedef struct blocks {
    float approx[PLACE_CNT];
    uint16_t factors[PLACE_CNT];
    uint32_t owners[PLACE_CNT];
    float values[FACTOR_CNT];
} blocks_t;

static float some_float(lq_rng_t *rng)
{
    int e = (int)lq_rng_below(rng, 40) - 20;
    float v = (float)(lq_rng_u64(rng) >> 40) * 0x1p-24f;
    for (; e > 0; e--)
        v *= 2;
    for (; e < 0; e++)
        v /= 2;
    return v;
}

static void all_ways_hit_the_same_blocks(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static blocks_t b;
    if (!lq_prefilter_has_avx2())
        skip();
    for (size_t round = 0; round < lq_test_cnt(2000, 200000); round++) {
        size_t sz = (size_t)2 << lq_rng_below(&rng, LQ_LEDGER_CLASS_CNT);
        lq_leg_blocks_t blocks = {b.approx, b.factors, b.owners, sz, 0};
        blocks.block_cnt = lq_rng_below(&rng, PLACE_CNT / sz + 1);
        for (size_t i = 0; i < FACTOR_CNT; i++)
            b.values[i] = some_float(&rng);
        for (size_t i = 0; i < PLACE_CNT; i++) {
            b.approx[i] = some_float(&rng);
            b.factors[i] = (uint16_t)lq_rng_below(&rng, FACTOR_CNT);
        }
        /* the last place takes the sum to the limit, or an ulp beside it */
        for (size_t i = 0; i < blocks.block_cnt; i++) {
            float *p = b.approx + i * sz;
            const uint16_t *f = b.factors + i * sz;
            float sum = 0;
            for (size_t k = 0; k + 1 < sz; k++)
                sum += (p[k] *= k % 2 ? -1.f : 1.f) * b.values[f[k]];
            p[sz - 1] = (lq_prefilter_limit(sz) - sum) / b.values[f[sz - 1]];
        }
        uint32_t plain[PLACE_CNT / 2];
        uint32_t avx[PLACE_CNT / 2];
        size_t cnt = lq_prefilter_scan_plain(plain, &blocks, b.values);
        assert_int_equal(lq_prefilter_scan_avx2(avx, &blocks, b.values), cnt);
        if (cnt > 0)
            assert_memory_equal(plain, avx, cnt * sizeof(plain[0]));
        if (!lq_prefilter_has_avx512())
            continue;
        assert_int_equal(lq_prefilter_scan_avx512(avx, &blocks, b.values), cnt);
        if (cnt > 0)
            assert_memory_equal(plain, avx, cnt * sizeof(plain[0]));
    }
}

static void hits_up_to_the_limit(void **state)
{
    (void)state;
    static blocks_t b;
    for (size_t sz = 2; sz <= LQ_LEDGER_LEG_MAX; sz *= 2) {
        lq_leg_blocks_t blocks = {b.approx, b.factors, b.owners, sz, PLACE_CNT / sz};
        float limit = lq_prefilter_limit(sz);
        assert_true(limit == (float)sz * 0x1p-20f);
        memset(&b, 0, sizeof(b));
        b.values[0] = 1;
        for (size_t i = 0; i < blocks.block_cnt; i++)
            b.approx[i * sz + i % sz] = i % 2 ? limit : limit * (1 + 0x1p-23f);
        uint32_t hits[PLACE_CNT / 2];
        size_t cnt = lq_prefilter_scan(FACTOR_CNT)(hits, &blocks, b.values);
        assert_int_equal(cnt, blocks.block_cnt / 2);
        for (size_t i = 0; i < cnt; i++)
            assert_int_equal(hits[i], 2 * i + 1);
    }
}

/* ---- the proof ---- */

typedef struct rig {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_prefilter_t filter;
} rig_t;

static void rig_init(rig_t *r, size_t account_max)
{
    lq_ledger_config_t config = {.account_max = account_max,
                                 .leg_max = account_max * 256 + (size_t)10 * 1024,
                                 .pool_max = 64,
                                 .factor_max = 1024,
                                 .seed = 1};
    lq_undo_config_t undo = {.line_max = 1024, .blk_max = 4};
    undo.state_sz = lq_ledger_state_sz(&config) + LQ_UNDO_LINE_SZ;
    assert_ok(lq_arena_init(&r->arena, undo.state_sz * 5 / 4 + ((size_t)4 << 20)));
    assert_ok(lq_undo_new(&r->undo, &r->arena, &undo));
    assert_ok(lq_ledger_new(&r->ledger, &r->arena, r->undo, &config));
    assert_ok(lq_prefilter_init(&r->filter, &r->arena, config.factor_max));
}

static void rig_fini(rig_t *r)
{
    lq_arena_fini(&r->arena);
}

static uint32_t add_pool(rig_t *r)
{
    uint32_t pool;
    assert_ok(lq_ledger_add_pool(r->ledger, &pool, (lq_ledger_pool_t){0, 0}));
    return pool;
}

static uint16_t add_factor(rig_t *r, uint32_t pool, lq_side_t side, lq_factor_value_t v)
{
    uint16_t factor;
    lq_factor_t about = {.pool = pool, .side = (uint8_t)side};
    assert_ok(lq_ledger_add_factor(r->ledger, &factor, &about));
    lq_ledger_set_value(r->ledger, factor, &v);
    return factor;
}

static uint32_t add_account(rig_t *r, uint32_t pool, lq_account_state_t state)
{
    uint32_t account;
    lq_address_t owner = {{1}};
    uint64_t number = lq_ledger_cnt(r->ledger);
    memcpy(owner.b + 8, &number, sizeof(number));
    assert_ok(lq_ledger_add(r->ledger, &account, pool, &owner));
    lq_ledger_set_state(r->ledger, account, state);
    return account;
}

static size_t run(rig_t *r, uint32_t *out, size_t max)
{
    size_t cnt = lq_ledger_factor_cnt(r->ledger);
    lq_prefilter_begin(&r->filter);
    for (size_t i = 0; i < cnt; i++)
        lq_prefilter_put(&r->filter, (uint16_t)i, lq_ledger_factor(r->ledger, (uint16_t)i),
                         lq_ledger_value(r->ledger, (uint16_t)i));
    lq_prefilter_end(&r->filter, r->ledger, cnt);
    return lq_prefilter_run(&r->filter, r->ledger, out, max);
}

static bool is_found(rig_t *r, uint32_t account)
{
    static uint32_t out[4096];
    size_t cnt = run(r, out, 4096);
    for (size_t i = 0; i < cnt && i < 4096; i++)
        if (out[i] == account)
            return true;
    return false;
}

/* 2^E (1 to 2) */
static double power(lq_rng_t *rng, int e)
{
    double v = 1 + (double)(lq_rng_u64(rng) >> 11) * 0x1p-53;
    for (; e > 0; e--)
        v *= 2;
    for (; e < 0; e++)
        v /= 2;
    return v;
}

static lq_factor_value_t any_value(lq_rng_t *rng, int low, unsigned span)
{
    lq_factor_value_t v = {.value = power(rng, low + (int)lq_rng_below(rng, span + 1))};
    v.amount_loss = lq_rng_below(rng, 2) ? 1 : 0;
    v.value_loss = lq_rng_below(rng, 2) ? (float)power(rng, (int)lq_rng_below(rng, 20) - 10) : 0;
    if (lq_rng_below(rng, 4) == 0)
        v.health_loss = (float)power(rng, -(int)lq_rng_below(rng, 30) - 3);
    return v;
}

static void from_u128(mpf_t out, lq_u128_t v)
{
    mpf_set_ui(out, (unsigned long)(v >> 64));
    mpf_mul_2exp(out, out, 64);
    mpf_add_ui(out, out, (unsigned long)v);
}

/* A - B of prefilter_internal.h with the losses, by 600 bits. */
static int sign_of_room(rig_t *r, uint32_t account)
{
    mpf_t sides[2];
    mpf_t v;
    mpf_t w;
    mpf_init2(sides[0], 600);
    mpf_init2(sides[1], 600);
    mpf_init2(v, 600);
    mpf_init2(w, 600);
    double health_loss = 0;
    lq_legs_t legs = lq_ledger_legs(r->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++) {
        const lq_factor_value_t *value = lq_ledger_value(r->ledger, legs.factors[i]);
        bool owes = lq_ledger_factor(r->ledger, legs.factors[i])->side == LQ_SIDE_DEBT;
        from_u128(v, legs.amounts[i]);
        mpf_set_d(w, (double)value->amount_loss);
        (owes ? mpf_add : mpf_sub)(v, v, w);
        mpf_set_d(w, value->value);
        mpf_mul(v, v, w);
        mpf_set_d(w, (double)value->value_loss);
        (owes ? mpf_add : mpf_sub)(v, v, w);
        mpf_add(sides[owes], sides[owes], v);
        if ((double)value->health_loss > health_loss)
            health_loss = (double)value->health_loss;
    }
    mpf_set_d(w, 1 - health_loss);
    mpf_mul(sides[0], sides[0], w);
    int sign = mpf_cmp(sides[0], sides[1]);
    mpf_clears(sides[0], sides[1], v, w, NULL);
    return sign;
}

static lq_u128_t any_amount(lq_rng_t *rng)
{
    lq_u128_t v = (lq_u128_t)lq_rng_u64(rng) << 64 | lq_rng_u64(rng);
    v >>= lq_rng_below(rng, 128);
    return v ? v : 1;
}

static double as_double(lq_u128_t v)
{
    return (double)(uint64_t)(v >> 64) * 0x1p64 + (double)(uint64_t)v;
}

/* An account of CNT legs in a pool of its own factors, whose last debt balances it as near as an
   amount can. False where it cannot. */
static bool balance(rig_t *r, lq_rng_t *rng, uint32_t account, uint32_t pool, size_t cnt)
{
    int low = (int)lq_rng_below(rng, 120) - 100;
    unsigned span = (unsigned)lq_rng_below(rng, 60);
    double room = 0;
    for (size_t i = 0; i + 1 < cnt; i++) {
        bool owes = i > 0 && lq_rng_below(rng, 2);
        lq_factor_value_t v = any_value(rng, low, span);
        uint16_t factor = add_factor(r, pool, owes ? LQ_SIDE_DEBT : LQ_SIDE_COLLATERAL, v);
        lq_u128_t amount = any_amount(rng);
        if (owes && room - as_double(amount) * v.value < 0)
            continue;
        room += as_double(amount) * v.value * (owes ? -1 : 1);
        assert_ok(lq_ledger_set_amount(r->ledger, account, factor, amount));
    }
    lq_factor_value_t v = any_value(rng, low, span);
    uint16_t factor = add_factor(r, pool, LQ_SIDE_DEBT, v);
    double amount = room / v.value;
    if (!(amount >= 1 && amount < 0x1p127))
        return false;
    assert_ok(lq_ledger_set_amount(r->ledger, account, factor, (lq_u128_t)amount));
    /* from there down to the least debt that is too much, in steps of a part in 2^30 */
    for (unsigned shift = 1; shift < 30; shift++) {
        lq_u128_t now = lq_ledger_amount(r->ledger, account, factor);
        lq_u128_t less = now - (now >> shift);
        if (less == 0 || less == now)
            continue;
        assert_ok(lq_ledger_set_amount(r->ledger, account, factor, less));
        if (sign_of_room(r, account) >= 0)
            assert_ok(lq_ledger_set_amount(r->ledger, account, factor, now));
    }
    return true;
}

static void finds_whatever_the_losses_could_make_liquidatable(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t tried_cnt = 0;
    for (size_t round = 0; round < lq_test_cnt(1500, 100000); round++) {
        rig_t r;
        rig_init(&r, 4);
        uint32_t pool = add_pool(&r);
        uint32_t account = add_account(&r, pool, LQ_ACCOUNT_KNOWN);
        size_t cnt = lq_rng_below(&rng, 10) ? 2 + lq_rng_below(&rng, 12)
                                            : 2 + lq_rng_below(&rng, LQ_LEDGER_LEG_MAX - 1);
        if (balance(&r, &rng, account, pool, cnt) && sign_of_room(&r, account) < 0) {
            tried_cnt++;
            assert_true(is_found(&r, account));
        }
        rig_fini(&r);
    }
    assert_true(tried_cnt > 100);
}

static void leaves_out_who_is_well_off(void **state)
{
    (void)state;
    rig_t r;
    rig_init(&r, 16);
    uint32_t pool = add_pool(&r);
    uint16_t c =
        add_factor(&r, pool, LQ_SIDE_COLLATERAL, (lq_factor_value_t){.value = 2, .value_loss = 1});
    uint16_t d = add_factor(&r, pool, LQ_SIDE_DEBT, (lq_factor_value_t){.value = 1});
    uint32_t account = add_account(&r, pool, LQ_ACCOUNT_KNOWN);
    assert_ok(lq_ledger_set_amount(r.ledger, account, c, 1000000));
    assert_ok(lq_ledger_set_amount(r.ledger, account, d, 2000000));
    assert_true(is_found(&r, account));
    assert_ok(lq_ledger_set_amount(r.ledger, account, d, 1999000)); /* 5 in 10,000 less */
    assert_false(is_found(&r, account));
    rig_fini(&r);
}

static void takes_a_health_loss_from_all_collateral_of_the_pool(void **state)
{
    (void)state;
    rig_t r;
    rig_init(&r, 16);
    for (int other = 0; other < 2; other++) {
        uint32_t pool = add_pool(&r);
        uint16_t c = add_factor(&r, pool, LQ_SIDE_COLLATERAL, (lq_factor_value_t){.value = 1});
        uint16_t small =
            add_factor(&r, pool, LQ_SIDE_COLLATERAL,
                       (lq_factor_value_t){.value = 1, .health_loss = other ? 0 : 0.01f});
        uint16_t d = add_factor(&r, pool, LQ_SIDE_DEBT, (lq_factor_value_t){.value = 1});
        uint32_t account = add_account(&r, pool, LQ_ACCOUNT_KNOWN);
        assert_ok(lq_ledger_set_amount(r.ledger, account, c, 1000000000));
        assert_ok(lq_ledger_set_amount(r.ledger, account, small, 1));
        assert_ok(lq_ledger_set_amount(r.ledger, account, d, 990500000));
        assert_int_equal(is_found(&r, account), other == 0);
    }
    rig_fini(&r);
}

/* ---- what is not in the result ---- */

static void leaves_out_who_is_not_known(void **state)
{
    (void)state;
    rig_t r;
    rig_init(&r, 16);
    uint32_t pool = add_pool(&r);
    uint16_t c = add_factor(&r, pool, LQ_SIDE_COLLATERAL, (lq_factor_value_t){.value = 1});
    uint16_t d = add_factor(&r, pool, LQ_SIDE_DEBT, (lq_factor_value_t){.value = 1});
    for (int s = LQ_ACCOUNT_UNKNOWN; s <= LQ_ACCOUNT_REFUSED; s++) {
        uint32_t account = add_account(&r, pool, (lq_account_state_t)s);
        assert_ok(lq_ledger_set_amount(r.ledger, account, c, 1000));
        assert_ok(lq_ledger_set_amount(r.ledger, account, d, 2000));
        assert_int_equal(is_found(&r, account), s == LQ_ACCOUNT_KNOWN);
    }
    rig_fini(&r);
}

/* Factor 0, which also stands in the places behind the last leg, has no value. */
static void a_missing_price_hides_its_accounts_and_no_other(void **state)
{
    (void)state;
    rig_t r;
    rig_init(&r, 16);
    uint32_t pool = add_pool(&r);
    uint16_t none = add_factor(&r, pool, LQ_SIDE_COLLATERAL,
                               (lq_factor_value_t){.value = (double)__builtin_nanf("")});
    uint16_t c1 = add_factor(&r, pool, LQ_SIDE_COLLATERAL, (lq_factor_value_t){.value = 1});
    uint16_t c2 = add_factor(&r, pool, LQ_SIDE_COLLATERAL, (lq_factor_value_t){.value = 1});
    uint16_t d = add_factor(&r, pool, LQ_SIDE_DEBT, (lq_factor_value_t){.value = 1});
    assert_int_equal(none, 0);
    uint32_t of_three = add_account(&r, pool, LQ_ACCOUNT_KNOWN);
    assert_ok(lq_ledger_set_amount(r.ledger, of_three, c1, 1000));
    assert_ok(lq_ledger_set_amount(r.ledger, of_three, c2, 1000));
    assert_ok(lq_ledger_set_amount(r.ledger, of_three, d, 3000));
    uint32_t hidden = add_account(&r, pool, LQ_ACCOUNT_KNOWN);
    assert_ok(lq_ledger_set_amount(r.ledger, hidden, none, 1000));
    assert_ok(lq_ledger_set_amount(r.ledger, hidden, d, 3000));
    assert_true(is_found(&r, of_three));
    assert_false(is_found(&r, hidden));
    rig_fini(&r);
}

static void leaves_out_who_owes_nothing(void **state)
{
    (void)state;
    rig_t r;
    rig_init(&r, 16);
    uint32_t pool = add_pool(&r);
    uint16_t idle = add_factor(&r, pool, LQ_SIDE_IDLE, (lq_factor_value_t){.value = 0});
    uint16_t c = add_factor(&r, pool, LQ_SIDE_COLLATERAL, (lq_factor_value_t){.value = 1});
    uint32_t holder = add_account(&r, pool, LQ_ACCOUNT_KNOWN);
    assert_ok(lq_ledger_set_amount(r.ledger, holder, idle, 1000));
    uint32_t dust = add_account(&r, pool, LQ_ACCOUNT_KNOWN);
    assert_ok(lq_ledger_set_amount(r.ledger, dust, c, 1));
    uint32_t out[4];
    assert_int_equal(run(&r, out, 4), 0);
    rig_fini(&r);
}

static void counts_beyond_the_room_it_has(void **state)
{
    (void)state;
    rig_t r;
    rig_init(&r, 16);
    uint32_t pool = add_pool(&r);
    uint16_t d = add_factor(&r, pool, LQ_SIDE_DEBT, (lq_factor_value_t){.value = 1});
    for (size_t i = 0; i < 5; i++)
        assert_ok(lq_ledger_set_amount(r.ledger, add_account(&r, pool, LQ_ACCOUNT_KNOWN), d, 1000));
    uint32_t out[4] = {77, 77, 77, 77};
    assert_int_equal(run(&r, NULL, 0), 5);
    assert_int_equal(run(&r, out, 3), 5);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(out[i], i);
    assert_int_equal(out[3], 77);
    rig_fini(&r);
}

/* Values that no float holds, and losses larger than all else. */
static void stands_extremes(void **state)
{
    (void)state;
    rig_t r;
    rig_init(&r, 64);
    const double values[] = {0, 1e-300, 1e-30, 1, 1e30, 1e300, 1.7e308};
    const float losses[] = {0, 1e-30f, 1, 1e30f};
    for (size_t i = 0; i < 7; i++) {
        for (size_t k = 0; k < 4; k++) {
            uint32_t pool = add_pool(&r);
            lq_factor_value_t v = {
                .value = values[i], .amount_loss = losses[k], .value_loss = losses[k]};
            uint16_t c = add_factor(&r, pool, LQ_SIDE_COLLATERAL, v);
            uint16_t d = add_factor(&r, pool, LQ_SIDE_DEBT, v);
            uint32_t account = add_account(&r, pool, LQ_ACCOUNT_KNOWN);
            assert_ok(lq_ledger_set_amount(r.ledger, account, c, (lq_u128_t)1 << 126));
            assert_ok(lq_ledger_set_amount(r.ledger, account, d, ~(lq_u128_t)0));
        }
    }
    uint32_t out[64];
    assert_int_equal(run(&r, out, 64), 28);
    rig_fini(&r);
}

/* ---- a population ---- */

static bool is_liquidatable(const population_t *p, uint32_t account)
{
    lq_health_t health;
    population_adapter.health(p->instance, &health, account, NULL);
    return health.verdict == LQ_HEALTH_LIQUIDATABLE;
}

static size_t filter(const population_t *p, lq_prefilter_t *f, uint32_t *out, size_t max)
{
    size_t cnt = lq_ledger_factor_cnt(p->ledger);
    lq_prefilter_begin(f);
    for (size_t i = 0; i < cnt; i++)
        lq_prefilter_put(f, (uint16_t)i, lq_ledger_factor(p->ledger, (uint16_t)i),
                         lq_ledger_value(p->ledger, (uint16_t)i));
    lq_prefilter_end(f, p->ledger, cnt);
    return lq_prefilter_run(f, p->ledger, out, max);
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Up to a hundredth, seldom to a half or twice. */
static int64_t moved(lq_rng_t *rng, int64_t answer)
{
    int64_t range = lq_rng_below(rng, 10) ? 100 : 2;
    int64_t by = answer / range / 1000 * ((int64_t)lq_rng_below(rng, 2001) - 1000);
    return answer + by > 0 ? answer + by : answer;
}

static void misses_nobody_in_a_population(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static population_t p;
    size_t account_cnt = lq_test_cnt(20000, 1000000);
    population_init(&p, account_cnt, lq_rng_u64(&rng));
    lq_feed_t first[POPULATION_FEED_CNT];
    memcpy(first, p.feeds, sizeof(first));
    lq_prefilter_t f;
    assert_ok(lq_prefilter_init(&f, &p.arena, 256));
    uint32_t *out = malloc(account_cnt * sizeof(*out));
    assert_non_null(out);
    assert_int_equal(filter(&p, &f, out, account_cnt), 0); /* none to begin with */
    size_t found_cnt = 0;
    size_t extra_cnt = 0;
    population_answer(&p, FEED_ETH, (int64_t)first[FEED_ETH].answer.bits.w[0] / 10 * 7);
    for (size_t tick = 0; tick < lq_test_cnt(60, 300); tick++) {
        for (size_t k = 1 + lq_rng_below(&rng, 4); k > 0; k--) {
            population_feed_t feed = (population_feed_t)lq_rng_below(&rng, POPULATION_FEED_CNT);
            population_answer(&p, feed, moved(&rng, (int64_t)first[feed].answer.bits.w[0]));
        }
        size_t cnt = filter(&p, &f, out, account_cnt);
        size_t at = 0;
        qsort(out, cnt, sizeof(*out), compare_numbers);
        for (uint32_t account = 0; account < account_cnt; account++) {
            bool is_given = at < cnt && out[at] == account;
            at += is_given;
            bool is = is_liquidatable(&p, account);
            assert_true(is_given || !is);
            found_cnt += is;
            extra_cnt += is_given && !is;
        }
        assert_int_equal(at, cnt);
    }
    print_message("%zu found, %zu more given\n", found_cnt, extra_cnt);
    assert_true(found_cnt > account_cnt / 20);
    assert_true(extra_cnt < found_cnt / 10);
    free(out);
    population_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ways_hit_the_same_blocks),
        cmocka_unit_test(hits_up_to_the_limit),
        cmocka_unit_test(finds_whatever_the_losses_could_make_liquidatable),
        cmocka_unit_test(leaves_out_who_is_well_off),
        cmocka_unit_test(takes_a_health_loss_from_all_collateral_of_the_pool),
        cmocka_unit_test(leaves_out_who_is_not_known),
        cmocka_unit_test(a_missing_price_hides_its_accounts_and_no_other),
        cmocka_unit_test(leaves_out_who_owes_nothing),
        cmocka_unit_test(counts_beyond_the_room_it_has),
        cmocka_unit_test(stands_extremes),
        cmocka_unit_test(misses_nobody_in_a_population),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
