#include "uniswap_ref.h"

/* ---- ticks ---- */

static void a_ratio_is_that_of_its_tick_and_rises(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t last = lq_u256_from_u64(0);
    int32_t step = (int32_t)lq_test_cnt(41, 1);
    int32_t from = LQ_V3_TICK_MIN + (int32_t)lq_rng_below(&rng, (uint64_t)step);
    for (int32_t tick = from; tick < LQ_V3_TICK_MAX; tick += step) {
        lq_u256_t ratio;
        int32_t got;
        assert_ok(lq_v3_sqrt_at_tick(&ratio, tick));
        assert_true(lq_u256_lt(&last, &ratio));
        assert_ok(lq_v3_tick_at_sqrt(&got, &ratio));
        assert_int_equal(got, tick);
        last = ratio;
        if (tick == LQ_V3_TICK_MIN)
            continue;
        ratio = lq_u256_sub_wrap(&ratio, &one);
        assert_ok(lq_v3_tick_at_sqrt(&got, &ratio));
        assert_int_equal(got, tick - 1);
    }
}

static void no_tick_is_beyond_the_extreme_ones(void **state)
{
    (void)state;
    lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t out = UNTOUCHED;
    int32_t tick = 7;
    assert_err(lq_v3_sqrt_at_tick(&out, LQ_V3_TICK_MIN - 1), LQ_ERR_RANGE);
    assert_err(lq_v3_sqrt_at_tick(&out, LQ_V3_TICK_MAX + 1), LQ_ERR_RANGE);
    assert_err(lq_v3_sqrt_at_tick(&out, INT32_MIN), LQ_ERR_RANGE);
    assert_u256_equal(out, UNTOUCHED);
    assert_ok(lq_v3_sqrt_at_tick(&out, LQ_V3_TICK_MAX));
    assert_u256_equal(out, u256_of("1461446703485210103287273052203988822378723970342"));
    assert_err(lq_v3_tick_at_sqrt(&tick, &out), LQ_ERR_RANGE);
    assert_err(lq_v3_tick_at_sqrt(&tick, &U256_MAX), LQ_ERR_RANGE);
    assert_int_equal(tick, 7);
    out = lq_u256_sub_wrap(&out, &one);
    assert_ok(lq_v3_tick_at_sqrt(&tick, &out));
    assert_int_equal(tick, LQ_V3_TICK_MAX - 1);
    assert_ok(lq_v3_sqrt_at_tick(&out, LQ_V3_TICK_MIN));
    assert_u256_equal(out, u256_of("4295128739"));
    assert_ok(lq_v3_tick_at_sqrt(&tick, &out));
    assert_int_equal(tick, LQ_V3_TICK_MIN);
    out = lq_u256_sub_wrap(&out, &one);
    assert_err(lq_v3_tick_at_sqrt(&tick, &out), LQ_ERR_RANGE);
    out = lq_u256_from_u64(0);
    assert_err(lq_v3_tick_at_sqrt(&tick, &out), LQ_ERR_RANGE);
}

/* ---- one step, against GMP ---- */

static lq_u256_t any_price(lq_rng_t *rng)
{
    lq_u256_t v = any_u256(rng);
    return (lq_u256_t){{v.w[0], v.w[1], (uint32_t)v.w[2], 0}};
}

static lq_u128_t any_liquidity(lq_rng_t *rng)
{
    lq_u256_t v = any_u256(rng);
    return lq_u256_lo(&v) >> lq_rng_below(rng, 128);
}

/* As swaps go: B near A as often as not. */
static void draw_prices(lq_rng_t *rng, lq_u256_t *a, lq_u256_t *b)
{
    *a = any_price(rng);
    *b = any_price(rng);
    if (lq_rng_below(rng, 2) == 0) {
        lq_u256_t delta = lq_u256_shr(a, (unsigned)lq_rng_below(rng, 160));
        *b = lq_rng_below(rng, 2) == 0 ? lq_u256_sub_wrap(a, &delta) : lq_u256_add_wrap(a, &delta);
        *b = lq_u256_shl_wrap(b, 96);
        *b = lq_u256_shr(b, 96);
    }
}

static void amounts_are_those_of_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    mpz_t a;
    mpz_t b;
    mpz_t l;
    mpz_t want;
    mpz_inits(a, b, l, want, NULL);
    for (size_t i = lq_test_cnt(20000, 5000000); i > 0; i--) {
        lq_u256_t pa;
        lq_u256_t pb;
        draw_prices(&rng, &pa, &pb);
        lq_u128_t liquidity = any_liquidity(&rng);
        lq_u256_t wide = lq_u256_from_halves(0, liquidity);
        bool up = lq_rng_below(&rng, 2) == 0;
        to_mpz(a, &pa);
        to_mpz(b, &pb);
        to_mpz(l, &wide);
        lq_u256_t out = UNTOUCHED;
        ref_amount(want, a, b, l, false, up);
        assert_ok(lq_v3_amount1(&out, &pa, &pb, liquidity, up));
        assert_u256_equal(out, from_mpz(want));
        out = UNTOUCHED;
        if (mpz_sgn(a) == 0 || mpz_sgn(b) == 0) {
            assert_err(lq_v3_amount0(&out, &pa, &pb, liquidity, up), LQ_ERR_RANGE);
            assert_u256_equal(out, UNTOUCHED);
        } else {
            ref_amount(want, a, b, l, true, up);
            assert_ok(lq_v3_amount0(&out, &pa, &pb, liquidity, up));
            assert_u256_equal(out, from_mpz(want));
        }
    }
    mpz_clears(a, b, l, want, NULL);
}

static void next_prices_are_those_of_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t ok_cnt = 0;
    mpz_t sqrt;
    mpz_t l;
    mpz_t amount;
    mpz_t want;
    mpz_inits(sqrt, l, amount, want, NULL);
    for (size_t i = lq_test_cnt(20000, 5000000); i > 0; i--) {
        lq_u256_t price = any_price(&rng);
        lq_u128_t liquidity = any_liquidity(&rng);
        lq_u256_t wide = lq_u256_from_halves(0, liquidity);
        lq_u256_t given = any_u256(&rng);
        given = lq_u256_shr(&given, (unsigned)lq_rng_below(&rng, 257));
        bool zero = lq_rng_below(&rng, 2) == 0;
        bool in = lq_rng_below(&rng, 2) == 0;
        to_mpz(sqrt, &price);
        to_mpz(l, &wide);
        to_mpz(amount, &given);
        bool ok = ref_next(want, sqrt, l, amount, zero == in, in);
        lq_u256_t out = UNTOUCHED;
        lq_err_t err = (in ? lq_v3_next_in : lq_v3_next_out)(&out, &price, liquidity, &given, zero);
        assert_int_equal(ok, err == LQ_OK);
        assert_u256_equal(out, ok ? from_mpz(want) : UNTOUCHED);
        ok_cnt += ok;
    }
    assert_true(ok_cnt > 1000);
    mpz_clears(sqrt, l, amount, want, NULL);
}

static void steps_are_those_of_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t ok_cnt = 0;
    mpz_t sqrt;
    mpz_t target;
    mpz_t l;
    mpz_t left;
    ref_step_t want;
    mpz_inits(sqrt, target, l, left, want.sqrt, want.in, want.out, want.fee, NULL);
    for (size_t i = lq_test_cnt(20000, 5000000); i > 0; i--) {
        lq_u256_t from;
        lq_u256_t to;
        draw_prices(&rng, &from, &to);
        lq_u128_t liquidity = any_liquidity(&rng);
        lq_u256_t wide = lq_u256_from_halves(0, liquidity);
        lq_u256_t given = any_u256(&rng);
        given = lq_u256_shr(&given, 1 + (unsigned)lq_rng_below(&rng, 256));
        bool exact_out = lq_rng_below(&rng, 2) == 0;
        uint32_t fee = (uint32_t)lq_rng_below(&rng, lq_rng_below(&rng, 2) == 0 ? 10001 : 1000000);
        to_mpz(sqrt, &from);
        to_mpz(target, &to);
        to_mpz(l, &wide);
        to_mpz(left, &given);
        if (mpz_sgn(sqrt) == 0 || mpz_sgn(target) == 0)
            continue;
        bool ok = ref_take_step(&want, sqrt, target, l, left, exact_out, fee);
        lq_v3_step_t s = {.sqrt = UNTOUCHED};
        lq_err_t err = lq_v3_step(&s, &from, &to, liquidity, &given, exact_out, fee);
        assert_int_equal(ok, err == LQ_OK);
        assert_u256_equal(s.sqrt, ok ? from_mpz(want.sqrt) : UNTOUCHED);
        if (!ok)
            continue;
        ok_cnt++;
        assert_u256_equal(s.amount_in, from_mpz(want.in));
        assert_u256_equal(s.amount_out, from_mpz(want.out));
        assert_u256_equal(s.fee, from_mpz(want.fee));
    }
    assert_true(ok_cnt > 1000);
    mpz_clears(sqrt, target, l, left, want.sqrt, want.in, want.out, want.fee, NULL);
}

static void a_step_refuses_what_is_no_price_and_no_fee(void **state)
{
    (void)state;
    lq_u256_t good = lq_u256_from_u64(UINT64_C(1) << 40);
    lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t wide = lq_u256_shl_wrap(&one, 160);
    lq_v3_step_t s = {.sqrt = UNTOUCHED};
    lq_u256_t out = UNTOUCHED;
    assert_err(lq_v3_step(&s, &wide, &good, 1, &one, false, 1), LQ_ERR_RANGE);
    assert_err(lq_v3_step(&s, &good, &wide, 1, &one, false, 1), LQ_ERR_RANGE);
    assert_err(lq_v3_step(&s, &good, &good, 1, &one, false, LQ_PIPS_ONE), LQ_ERR_RANGE);
    assert_err(lq_v3_amount0(&out, &wide, &good, 1, false), LQ_ERR_RANGE);
    assert_err(lq_v3_amount1(&out, &good, &wide, 1, false), LQ_ERR_RANGE);
    assert_err(lq_v3_next_in(&out, &wide, 1, &one, true), LQ_ERR_RANGE);
    assert_err(lq_v3_next_out(&out, &wide, 1, &one, true), LQ_ERR_RANGE);
    assert_u256_equal(s.sqrt, UNTOUCHED);
    assert_u256_equal(out, UNTOUCHED);
}

/* ---- swaps ---- */

static lq_v3_quote_t QUOTE_UNTOUCHED;

static lq_err_t ask(lq_v3_quote_t *out, const rig_t *rig, bool zero, const lq_u256_t *amount,
                    bool exact_out)
{
    *out = QUOTE_UNTOUCHED;
    lq_err_t err =
        (exact_out ? lq_v3_given_out : lq_v3_given_in)(out, &rig->pool, rig->ticks, zero, amount);
    if (err)
        assert_memory_equal(out, &QUOTE_UNTOUCHED, sizeof(*out));
    return err;
}

/* Asks both, and returns what came out of it. */
static lq_err_t compare(ref_swap_t *s, const rig_t *rig, bool zero, const lq_u256_t *amount,
                        bool exact_out)
{
    lq_v3_quote_t got;
    lq_err_t err = ask(&got, rig, zero, amount, exact_out);
    bool ok = ref_swap(s, rig, zero, amount, exact_out, lq_v3_sqrt_at_tick) && s->whole;
    lq_err_t want = !ok ? LQ_ERR_RANGE : mpz_sgn(s->out) == 0 ? LQ_ERR_EMPTY : LQ_OK;
    assert_err(err, want);
    if (err)
        return err;
    assert_u256_equal(got.amount_in, from_mpz(s->in));
    assert_u256_equal(got.amount_out, from_mpz(s->out));
    assert_u256_equal(got.sqrt, from_mpz(s->sqrt));
    assert_int_equal(got.tick_cnt, s->tick_cnt);
    return LQ_OK;
}

static int32_t any_tick(lq_rng_t *rng, int32_t spacing, int32_t around, int32_t within)
{
    int32_t t = around - within + (int32_t)lq_rng_below(rng, 2 * (uint64_t)within);
    t -= t % spacing;
    if (lq_rng_below(rng, 4) == 0) /* begins or ends a word */
        t -= t % (256 * spacing) + (lq_rng_below(rng, 2) == 0 ? spacing : 0);
    int32_t most = LQ_V3_TICK_MAX / spacing * spacing;
    return t > most ? most : t < -most ? -most : t;
}

static void draw_pool(rig_t *rig, lq_rng_t *rng)
{
    static const struct {
        int32_t spacing;
        uint32_t fee;
        int32_t within;
    } kinds[] = {{10, 500, 6000},       {60, 3000, 40000},     {200, 10000, 100000}, {1, 100, 700},
                 {16384, 9999, 800000}, {200, 10000, 2000000}, {3, 999999, 2000},    {60, 0, 5000}};
    const size_t kind = lq_rng_below(rng, LQ_ARRAY_CNT(kinds));
    const int32_t spacing = kinds[kind].spacing;
    int32_t tick = (int32_t)lq_rng_below(rng, UINT64_C(2) * LQ_V3_TICK_MAX) - LQ_V3_TICK_MAX;
    if (lq_rng_below(rng, 3) > 0)
        tick /= 10;
    if (lq_rng_below(rng, 4) == 0)
        tick -= tick % (lq_rng_below(rng, 2) == 0 ? spacing : 256 * spacing); /* begins a word */
    rig_init(rig, tick, spacing, kinds[kind].fee);
    if (lq_rng_below(rng, 4) > 0) { /* not on the tick itself */
        lq_u256_t r;
        lq_rng_bytes(rng, &r, sizeof(r));
        r = lq_u256_shr(&r, 256 - lq_u256_bit_len(&rig->pool.sqrt) + 16);
        rig->pool.sqrt = lq_u256_add_wrap(&rig->pool.sqrt, &r);
        assert_ok(lq_v3_tick_at_sqrt(&rig->pool.tick, &rig->pool.sqrt));
    } else if (lq_rng_below(rng, 2) == 0 && tick > LQ_V3_TICK_MIN) {
        rig->pool.tick--; /* as a swap leaves it that ends on a tick from above */
    }
    unsigned width = 8 + (unsigned)lq_rng_below(rng, 100);
    for (size_t i = lq_rng_below(rng, 12); i > 0; i--) {
        int32_t a = any_tick(rng, spacing, tick, kinds[kind].within);
        int32_t b = any_tick(rng, spacing, tick, kinds[kind].within);
        lq_u256_t l;
        lq_rng_bytes(rng, &l, sizeof(l));
        lq_u128_t liquidity = (lq_u256_lo(&l) >> (128 - width)) + 1;
        if (a != b)
            rig_mint(rig, a < b ? a : b, a < b ? b : a, liquidity);
    }
}

/* Of any width, or, more often, about as much as there is. */
static lq_u256_t any_amount(lq_rng_t *rng, const rig_t *rig)
{
    if (rig->cnt == 0 || lq_rng_below(rng, 8) == 0)
        return any_u256(rng);
    lq_u256_t v = lq_u256_from_halves(0, rig->ticks[lq_rng_below(rng, rig->cnt)].gross);
    return lq_u256_shr(&v, (unsigned)lq_rng_below(rng, 16));
}

static void swaps_are_those_of_the_slow_one(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static rig_t rig;
    ref_swap_t s;
    size_t cnt[2] = {0};
    size_t crossed = 0;
    ref_init(&s);
    for (size_t i = lq_test_cnt(100, 20000); i > 0; i--) {
        draw_pool(&rig, &rng);
        for (int k = 0; k < 8; k++) {
            lq_u256_t amount = any_amount(&rng, &rig);
            bool zero = lq_rng_below(&rng, 2) == 0;
            bool exact_out = lq_rng_below(&rng, 2) == 0;
            lq_err_t err = compare(&s, &rig, zero, &amount, exact_out);
            cnt[exact_out] += err == LQ_OK;
            crossed += err == LQ_OK ? s.tick_cnt : 0;
        }
    }
    ref_clear(&s);
    assert_true(cnt[0] > 50 && cnt[1] > 50 && crossed > 20);
}

/* All that a pool holds, the most that it takes, and a unit more of each. */
static void depth_ends_where_the_slow_one_says(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static rig_t rig;
    ref_swap_t s;
    ref_init(&s);
    size_t cnt = 0;
    for (size_t i = lq_test_cnt(40, 4000); i > 0; i--) {
        draw_pool(&rig, &rng);
        bool zero = lq_rng_below(&rng, 2) == 0;
        lq_u256_t most = lq_u256_shr(&U256_MAX, 1);
        if (!ref_swap(&s, &rig, zero, &most, false, lq_v3_sqrt_at_tick) || mpz_sgn(s.out) == 0)
            continue;
        cnt++;
        lq_u256_t in = from_mpz(s.in);
        lq_u256_t out = from_mpz(s.out);
        lq_u256_t one = lq_u256_from_u64(1);
        assert_ok(compare(&s, &rig, zero, &in, false));
        assert_ok(compare(&s, &rig, zero, &out, true));
        in = lq_u256_add_wrap(&in, &one);
        out = lq_u256_add_wrap(&out, &one);
        assert_err(compare(&s, &rig, zero, &in, false), LQ_ERR_RANGE);
        assert_err(compare(&s, &rig, zero, &out, true), LQ_ERR_RANGE);
    }
    ref_clear(&s);
    assert_true(cnt > 5);
}

/* At the limit, or at the extreme tick behind it, nothing goes further; inwards it does. */
static void nothing_goes_beyond_the_limit(void **state)
{
    (void)state;
    static rig_t rig;
    ref_swap_t s;
    const lq_u256_t one = lq_u256_from_u64(1);
    ref_init(&s);
    for (int i = 0; i < 32; i++) {
        const lq_u256_t amount = lq_u256_from_u64(i & 16 ? 5 : UINT64_C(1) << 40);
        bool low = i & 1;
        bool zero = i & 4;
        rig_init(&rig, low ? LQ_V3_TICK_MIN : LQ_V3_TICK_MAX - 1, 1, 100);
        if (!low) { /* the highest price that there is */
            assert_ok(lq_v3_sqrt_at_tick(&rig.pool.sqrt, LQ_V3_TICK_MAX));
            rig.pool.sqrt = lq_u256_sub_wrap(&rig.pool.sqrt, &one);
        } else if (i & 2) {
            rig.pool.sqrt = lq_u256_add_wrap(&rig.pool.sqrt, &one);
        }
        rig_mint(&rig, LQ_V3_TICK_MIN, LQ_V3_TICK_MAX, (lq_u128_t)1 << 100);
        lq_err_t err = compare(&s, &rig, zero, &amount, i & 8);
        if (low == zero)
            assert_err(err, LQ_ERR_RANGE);
    }
    ref_clear(&s);
}

/* Hand-made: liquidity of 10^18 from tick -600 to 600, spacing 60, price 1. */
static void a_swap_within_a_tick_is_as_computed_by_hand(void **state)
{
    (void)state;
    static rig_t rig;
    lq_v3_quote_t q;
    rig_init(&rig, 0, 60, 3000);
    rig_mint(&rig, -600, 600, UINT64_C(1000000000000000000));
    lq_u256_t amount = lq_u256_from_u64(UINT64_C(1000000000000000));
    /* 997e12 after the fee; of 1e18 in each virtual reserve, out = y - xy / (x + 997e12). */
    assert_ok(ask(&q, &rig, true, &amount, false));
    assert_u256_equal(q.amount_in, amount);
    assert_u256_equal(q.amount_out, lq_u256_from_u64(UINT64_C(996006981039903)));
    assert_int_equal(q.tick_cnt, 0);
    assert_ok(ask(&q, &rig, false, &amount, false));
    assert_u256_equal(q.amount_out, lq_u256_from_u64(UINT64_C(996006981039903)));
    lq_u256_t out = q.amount_out;
    assert_ok(ask(&q, &rig, false, &out, true));
    assert_u256_equal(q.amount_in, amount);
}

static void what_cannot_be_swapped_is_refused(void **state)
{
    (void)state;
    static rig_t rig;
    lq_v3_quote_t q;
    const lq_u256_t zero = lq_u256_from_u64(0);
    const lq_u256_t one = lq_u256_from_u64(1);
    const lq_u256_t thousand = lq_u256_from_u64(1000);
    const lq_u256_t negative = lq_u256_shl_wrap(&one, 255);
    rig_init(&rig, 0, 60, 3000);
    for (int i = 0; i < 4; i++) /* without liquidity */
        assert_err(ask(&q, &rig, i & 1, &one, i & 2), LQ_ERR_RANGE);
    rig_mint(&rig, -60, 60, 1000000);
    for (int i = 0; i < 4; i++) {
        assert_err(ask(&q, &rig, i & 1, &zero, i & 2), LQ_ERR_RANGE);
        assert_err(ask(&q, &rig, i & 1, &negative, i & 2), LQ_ERR_RANGE);
        assert_ok(ask(&q, &rig, i & 1, &thousand, i & 2));
    }
    assert_err(ask(&q, &rig, true, &one, false), LQ_ERR_EMPTY);
    rig.pool.fee_pips = LQ_PIPS_ONE;
    assert_err(ask(&q, &rig, true, &thousand, false), LQ_ERR_RANGE);
    rig.pool.fee_pips = 3000;
    rig.ticks[rig.pool.below].gross = 0; /* not read: it is not crossed, though reached */
    assert_ok(ask(&q, &rig, true, &thousand, false));
    const lq_u256_t all = lq_u256_from_u64(2990);
    rig_mint(&rig, -6000, 6000, 1000000);
    rig.ticks[rig_nearest(&rig, -60, true, true)].gross = 0;
    assert_ok(ask(&q, &rig, true, &all, false));
    const lq_u256_t more = lq_u256_from_u64(9000);
    assert_err(ask(&q, &rig, true, &more, false), LQ_ERR_RANGE);
    rig.pool.sqrt = zero; /* not initialized */
    assert_err(ask(&q, &rig, true, &thousand, false), LQ_ERR_RANGE);
}

static void liquidity_that_overflows_reverts(void **state)
{
    (void)state;
    static rig_t rig;
    lq_v3_quote_t q;
    const lq_u256_t amount = lq_u256_from_u64(100000);
    rig_init(&rig, 0, 60, 3000);
    rig_mint(&rig, -60, 60, 1000000);
    rig_mint(&rig, -6000, 6000, 1000000);
    lq_v3_tick_t *t = rig_tick(&rig, -60);
    assert_ok(ask(&q, &rig, true, &amount, false));
    t->net = 2000001; /* below it nothing would be left, and less */
    assert_err(ask(&q, &rig, true, &amount, false), LQ_ERR_RANGE);
    t->net = -((lq_i128_t)1 << 126);
    rig.pool.liquidity = ~((lq_u128_t)1 << 126);
    lq_u256_t huge = lq_u256_from_halves(0, rig.pool.liquidity / 8);
    assert_ok(ask(&q, &rig, true, &huge, false));
    rig.pool.liquidity++;
    assert_err(ask(&q, &rig, true, &huge, false), LQ_ERR_RANGE);
}

/* ---- laws ---- */

/* What an amount out takes gets it; the other way round it need not be had for as little: where one
   unit is worth many of the other, who asks for a unit takes the step's rest with it. */
static void more_in_is_not_less_out_and_what_is_paid_suffices(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static rig_t rig;
    size_t cnt = 0;
    for (size_t i = lq_test_cnt(2000, 500000); i > 0; i--) {
        draw_pool(&rig, &rng);
        lq_u256_t amount = any_amount(&rng, &rig);
        lq_u256_t delta = lq_u256_from_u64(1 + lq_rng_below(&rng, 100));
        lq_u256_t more = lq_u256_add_wrap(&amount, &delta);
        bool zero = lq_rng_below(&rng, 2) == 0;
        lq_v3_quote_t q;
        lq_v3_quote_t r;
        if (!ask(&q, &rig, zero, &amount, false) && !ask(&r, &rig, zero, &more, false)) {
            assert_u256_equal(q.amount_in, amount);
            assert_false(lq_u256_lt(&r.amount_out, &q.amount_out));
            cnt++;
        }
        if (ask(&q, &rig, zero, &amount, true))
            continue;
        assert_u256_equal(q.amount_out, amount);
        assert_ok(ask(&r, &rig, zero, &q.amount_in, false));
        assert_false(lq_u256_lt(&r.amount_out, &amount));
        if (!ask(&r, &rig, zero, &more, true))
            assert_false(lq_u256_lt(&r.amount_in, &q.amount_in));
    }
    assert_true(cnt > 100);
}

int main(void)
{
    memset(&QUOTE_UNTOUCHED, 0x5a, sizeof(QUOTE_UNTOUCHED));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ratio_is_that_of_its_tick_and_rises),
        cmocka_unit_test(no_tick_is_beyond_the_extreme_ones),
        cmocka_unit_test(amounts_are_those_of_gmp),
        cmocka_unit_test(next_prices_are_those_of_gmp),
        cmocka_unit_test(steps_are_those_of_gmp),
        cmocka_unit_test(a_step_refuses_what_is_no_price_and_no_fee),
        cmocka_unit_test(swaps_are_those_of_the_slow_one),
        cmocka_unit_test(depth_ends_where_the_slow_one_says),
        cmocka_unit_test(nothing_goes_beyond_the_limit),
        cmocka_unit_test(a_swap_within_a_tick_is_as_computed_by_hand),
        cmocka_unit_test(what_cannot_be_swapped_is_refused),
        cmocka_unit_test(liquidity_that_overflows_reverts),
        cmocka_unit_test(more_in_is_not_less_out_and_what_is_paid_suffices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
