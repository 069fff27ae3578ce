#include "liqd/decide/gas.h"

#include "lq_test.h"

#include "liqd/base/digest.h"

#define KIND_MAX 40u

static const lq_gas_floor_t floor_a = {.call = 300000,
                                       .further_call = 150000,
                                       .leg = 30000,
                                       .pool = 90000,
                                       .flash = 80000,
                                       .aave_lends = 7000,
                                       .pool_lends = 5000};

static lq_arena_t arena;

static int set_up(void **state)
{
    (void)state;
    return lq_arena_init(&arena, lq_gas_arena_sz(LQ_GAS_KIND_MAX) + lq_gas_arena_sz(KIND_MAX));
}

static int tear_down(void **state)
{
    (void)state;
    lq_arena_fini(&arena);
    return 0;
}

static lq_gas_t *new_gas(size_t kind_max)
{
    lq_gas_t *gas = NULL;
    assert_ok(lq_gas_new(&gas, &arena, kind_max, 7));
    return gas;
}

static int reset(void **state)
{
    (void)state;
    lq_arena_reset(&arena);
    return 0;
}

static lq_gas_kind_t kind_of(uint8_t collateral, uint8_t debt, uint16_t leg_cnt)
{
    return (lq_gas_kind_t){.collateral_token = {{collateral}},
                           .debt_token = {{debt}},
                           .leg_cnt = leg_cnt,
                           .call_cnt = 1};
}

static uint32_t estimate(const lq_gas_t *gas, lq_gas_kind_t kind)
{
    return lq_gas_estimate(gas, &kind, &floor_a, 0);
}

static void learn(lq_gas_t *gas, lq_gas_kind_t kind, uint32_t units)
{
    lq_gas_learn(gas, &kind, units);
}

static void what_is_unknown_takes_the_floor_and_more(void **state)
{
    (void)state;
    lq_gas_t *gas = new_gas(KIND_MAX);
    assert_int_equal(estimate(gas, kind_of(1, 2, 2)), 345000);
    assert_int_equal(estimate(gas, kind_of(1, 2, 0)), 345000);
    assert_int_equal(estimate(gas, kind_of(1, 2, 4)), 414000);
    lq_gas_kind_t kind = kind_of(1, 2, 2);
    kind.call_cnt = 3;
    assert_int_equal(estimate(gas, kind), 690000);
    kind = kind_of(1, 2, 2);
    kind.pool_cnt = 2;
    kind.shape = LQ_GAS_FLASH;
    lq_gas_kind_t dearer = kind;
    dearer.shape |= LQ_GAS_AAVE_LENDS;
    assert_int_equal(estimate(gas, dearer), estimate(gas, kind) + 7000 + 1050);
    dearer.shape ^= LQ_GAS_AAVE_LENDS | LQ_GAS_POOL_LENDS;
    assert_int_equal(estimate(gas, dearer), estimate(gas, kind) + 5000 + 750);
    assert_int_equal(estimate(gas, kind), 644000);
    kind.pool_cnt = UINT32_MAX; /* beyond the type */
    assert_int_equal(estimate(gas, kind), UINT32_MAX);
}

static void an_estimate_is_the_largest_of_the_newest(void **state)
{
    (void)state;
    lq_gas_t *gas = new_gas(KIND_MAX);
    lq_gas_kind_t kind = kind_of(1, 2, 2);
    learn(gas, kind, 500000);
    assert_int_equal(estimate(gas, kind), 500000);
    for (uint32_t i = 1; i < LQ_GAS_SAMPLE_CNT; i++) {
        learn(gas, kind, 400000 + i);
        assert_int_equal(estimate(gas, kind), 500000);
    }
    learn(gas, kind, 400000);
    assert_int_equal(estimate(gas, kind), 400000 + LQ_GAS_SAMPLE_CNT - 1);
}

static void what_is_unknown_takes_the_most_that_was_measured(void **state)
{
    (void)state;
    const lq_gas_floor_t most = {
        .call = 500000, .further_call = 160000, .leg = 40000, .pool = 95000, .flash = 100000};
    lq_gas_floor_t floor = floor_a;
    lq_gas_kind_t kind = kind_of(1, 2, 3);
    lq_gas_t *gas = new_gas(KIND_MAX);
    floor.most = &most;
    kind.pool_cnt = 2;
    assert_int_equal(lq_gas_estimate(gas, &kind, &floor, 0), 500000 + 40000 + 2 * 95000);
    assert_int_equal(lq_gas_estimate(gas, &kind, &floor, 123), 500000 + 40000 + 123);
    learn(gas, kind, 600000);
    kind.leg_cnt = 5; /* moved by the most that two legs may take */
    assert_int_equal(lq_gas_estimate(gas, &kind, &floor, 0), 600000 + 2 * 40000);
    kind.leg_cnt = 2; /* and the least that one does */
    assert_int_equal(lq_gas_estimate(gas, &kind, &floor, 0), 600000 - 30000);
}

/* Where it is the first of all, the floor stands for the others. */
static void one_receipt_alone_spoils_no_estimate(void **state)
{
    (void)state;
    lq_gas_t *gas = new_gas(KIND_MAX);
    lq_gas_kind_t kind = kind_of(1, 2, 2);
    learn(gas, kind, 4 * 300000);
    assert_int_equal(estimate(gas, kind), 1200000);
    lq_gas_kind_t first = kind_of(8, 8, 2);
    learn(gas, first, 1200001);
    assert_int_equal(estimate(gas, first), 345000);
    assert_int_equal(estimate(gas, kind_of(8, 9, 2)), 345000); /* the nearest's */
    learn(gas, first, 1200001);
    assert_int_equal(estimate(gas, first), 1200001);
    assert_int_equal(estimate(gas, kind_of(8, 9, 2)), 1200001);

    kind = kind_of(5, 5, 2);
    learn(gas, kind, 400000);
    learn(gas, kind, 1600000);
    assert_int_equal(estimate(gas, kind), 1600000);
    learn(gas, kind, 30000000);
    assert_int_equal(estimate(gas, kind), 1840000);
    learn(gas, kind, 20000000);
    assert_int_equal(estimate(gas, kind), 30000000);
    for (unsigned i = 0; i < LQ_GAS_SAMPLE_CNT; i++)
        learn(gas, kind, UINT32_MAX);
    assert_int_equal(estimate(gas, kind), UINT32_MAX);
}

static uint32_t estimate_swap(const lq_gas_t *gas, lq_gas_kind_t kind, uint32_t swap_gas)
{
    return lq_gas_estimate(gas, &kind, &floor_a, swap_gas);
}

static void a_quoted_swap_stands_in_the_floor_for_its_pools(void **state)
{
    (void)state;
    lq_gas_t *gas = new_gas(KIND_MAX);
    lq_gas_kind_t kind = kind_of(1, 2, 2);
    kind.pool_cnt = 2;
    assert_int_equal(estimate_swap(gas, kind, 0), 552000);
    assert_int_equal(estimate_swap(gas, kind, 100000), 460000);
    assert_int_equal(estimate_swap(gas, kind, 500000), 920000);
    assert_int_equal(estimate_swap(gas, kind, UINT32_MAX), UINT32_MAX);
    learn(gas, kind, 490000);
    assert_int_equal(estimate_swap(gas, kind, 100000), 490000); /* receipts tell better */
    assert_int_equal(estimate_swap(gas, kind, 200000), 500000); /* but not that */
    kind.leg_cnt = 3;
    assert_int_equal(estimate_swap(gas, kind, 100000), 524500); /* a leg and 15 % of it more */
    assert_int_equal(estimate_swap(gas, kind, 250000), 580000);
}

static void an_estimate_is_never_below_the_floor(void **state)
{
    (void)state;
    lq_gas_t *gas = new_gas(KIND_MAX);
    learn(gas, kind_of(1, 2, 5), 1);
    assert_int_equal(estimate(gas, kind_of(1, 2, 5)), 390000);
    assert_int_equal(estimate(gas, kind_of(1, 2, 2)), 300000);
    assert_int_equal(estimate(gas, kind_of(1, 2, 6)), 420000);
}

static void the_nearest_is_moved_by_what_differs(void **state)
{
    (void)state;
    lq_gas_t *gas = new_gas(KIND_MAX);
    learn(gas, kind_of(1, 2, 3), 400000);
    learn(gas, kind_of(1, 2, 8), 900000);
    assert_int_equal(estimate(gas, kind_of(1, 2, 4)), 434500); /* a leg and 15 % of it more */
    assert_int_equal(estimate(gas, kind_of(1, 2, 2)), 370000); /* a leg less */
    assert_int_equal(estimate(gas, kind_of(1, 2, 7)), 870000); /* of the nearer of two */
    assert_int_equal(estimate(gas, kind_of(1, 3, 3)), 400000); /* another token */
    learn(gas, kind_of(1, 3, 4), 800000);
    assert_int_equal(estimate(gas, kind_of(1, 2, 4)), 800000); /* a token is nearer than a leg */
    lq_gas_kind_t other = kind_of(5, 5, 3);
    other.instance = 1;
    assert_int_equal(estimate(gas, other), 379500); /* of another instance nothing is known */
    other = kind_of(1, 2, 3);
    other.shape = LQ_GAS_FIRST;
    assert_int_equal(estimate(gas, other), 379500); /* nor of another shape */
}

static void of_equally_near_kinds_the_larger_counts(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        lq_gas_t *gas = new_gas(KIND_MAX);
        learn(gas, kind_of(1, 1, 2), turn ? 420000 : 410000);
        learn(gas, kind_of(2, 2, 2), turn ? 410000 : 420000);
        assert_int_equal(estimate(gas, kind_of(3, 3, 2)), 420000);
    }
}

static void a_bucket_of_two_instances_keeps_them_apart(void **state)
{
    (void)state;
    lq_gas_t *gas = new_gas(KIND_MAX);
    lq_gas_kind_t far = kind_of(1, 2, 2);
    far.instance = 16; /* 16 * 32 is the number of buckets */
    learn(gas, far, 777777);
    assert_int_equal(estimate(gas, kind_of(1, 3, 2)), 345000);
}

static void nearest_looks_at_the_newest_only(void **state)
{
    (void)state;
    lq_gas_t *gas = new_gas(LQ_GAS_NEAR_MAX + 1);
    learn(gas, kind_of(1, 2, 2), 900000);
    for (uint32_t i = 0; i < LQ_GAS_NEAR_MAX; i++) {
        lq_gas_kind_t kind = kind_of(9, (uint8_t)i, 2);
        learn(gas, kind, 400000);
        uint32_t want = i + 1 < LQ_GAS_NEAR_MAX ? 900000 : 400000;
        assert_int_equal(estimate(gas, kind_of(1, 0xff, 2)), want);
    }
    assert_int_equal(estimate(gas, kind_of(1, 2, 2)), 900000);
}

static void floors_are_there_for_each_protocol(void **state)
{
    (void)state;
    const lq_gas_floor_t *aave = lq_gas_floor_of("aave_v3");
    const lq_gas_floor_t *morpho = lq_gas_floor_of("morpho_blue");
    assert_non_null(aave);
    assert_non_null(morpho);
    assert_true(aave->call > morpho->call && morpho->call > 21000);
    assert_true(aave->further_call < aave->call - 21000 && aave->further_call > 0);
    assert_true(aave->leg > 0 && aave->pool > 0 && aave->flash > 0);
    assert_null(lq_gas_floor_of("aave"));
}

static void sizes_that_are_none_are_refused(void **state)
{
    (void)state;
    lq_gas_t *gas = NULL;
    assert_err(lq_gas_new(&gas, &arena, 1, 7), LQ_ERR_RANGE);
    assert_err(lq_gas_new(&gas, &arena, LQ_GAS_KIND_MAX + 1, 7), LQ_ERR_RANGE);
    lq_arena_t small;
    assert_ok(lq_arena_init(&small, lq_gas_arena_sz(KIND_MAX)));
    assert_ok(lq_gas_new(&gas, &small, KIND_MAX, 7)); /* what it says is enough */
    size_t used_sz = lq_arena_used_sz(&small);
    assert_err(lq_gas_new(&gas, &small, KIND_MAX, 7), LQ_ERR_NOMEM);
    assert_int_equal(lq_arena_used_sz(&small), used_sz);
    lq_arena_fini(&small);
}

/* ---- a model: a list, newest last ---- */

typedef struct model_row {
    lq_gas_kind_t kind;
    uint32_t units[LQ_GAS_SAMPLE_CNT];
    uint32_t cnt;
} model_row_t;

typedef struct model {
    model_row_t rows[KIND_MAX];
    size_t cnt;
} model_t;

static void model_learn(model_t *m, const lq_gas_kind_t *kind, uint32_t units)
{
    model_row_t row = {.kind = *kind};
    size_t i = 0;
    while (i < m->cnt && memcmp(&m->rows[i].kind, kind, sizeof(*kind)) != 0)
        i++;
    if (i < m->cnt)
        row = m->rows[i];
    else if (m->cnt == KIND_MAX)
        i = 0;
    if (i < m->cnt) {
        memmove(&m->rows[i], &m->rows[i + 1], (m->cnt - i - 1) * sizeof(row));
        m->cnt--;
    }
    if (row.cnt == LQ_GAS_SAMPLE_CNT)
        memmove(&row.units[0], &row.units[1], --row.cnt * sizeof(row.units[0]));
    row.units[row.cnt++] = units;
    m->rows[m->cnt++] = row;
}

static uint32_t model_floor(const lq_gas_kind_t *kind)
{
    uint32_t units = floor_a.call + kind->pool_cnt * floor_a.pool;
    units += kind->call_cnt > 1 ? (kind->call_cnt - 1u) * floor_a.further_call : 0;
    units += kind->leg_cnt > 2 ? (kind->leg_cnt - 2u) * floor_a.leg : 0;
    return units + (kind->shape & LQ_GAS_FLASH ? floor_a.flash : 0);
}

static int most_first(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;
    return (*x < *y) - (*x > *y);
}

static uint32_t model_largest(const model_row_t *row)
{
    uint32_t sorted[LQ_GAS_SAMPLE_CNT + 1];
    memcpy(sorted, row->units, sizeof(row->units));
    sorted[row->cnt] = 0;
    qsort(sorted, row->cnt, sizeof(sorted[0]), most_first);
    uint32_t lowest = model_floor(&row->kind);
    uint64_t next = sorted[1] > lowest ? sorted[1] : lowest;
    return sorted[0] > 4 * next ? (uint32_t)(next * 115 / 100) : sorted[0];
}

static uint32_t model_distance(const lq_gas_kind_t *a, const lq_gas_kind_t *b)
{
    return (uint32_t)abs(a->leg_cnt - b->leg_cnt) * floor_a.leg +
           (uint32_t)labs((long)a->pool_cnt - (long)b->pool_cnt) * floor_a.pool +
           (uint32_t)abs(a->call_cnt - b->call_cnt) * floor_a.further_call +
           (a->collateral_token.b[0] != b->collateral_token.b[0] ? 20000u : 0u) +
           (a->debt_token.b[0] != b->debt_token.b[0] ? 20000u : 0u);
}

static uint32_t model_estimate(const model_t *m, const lq_gas_kind_t *kind)
{
    int64_t lowest = model_floor(kind);
    int64_t best = lowest * 115 / 100;
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < m->cnt; i++) {
        const lq_gas_kind_t *of = &m->rows[i].kind;
        if (of->instance != kind->instance || of->shape != kind->shape)
            continue;
        int64_t move = lowest - model_floor(of);
        int64_t units = model_largest(&m->rows[i]) + (move > 0 ? move * 115 / 100 : move);
        if (memcmp(of, kind, sizeof(*kind)) == 0) {
            best = units;
            break;
        }
        uint32_t d = model_distance(of, kind);
        if (d < least || (d == least && units > best))
            best = units;
        least = d < least ? d : least;
    }
    return (uint32_t)(best > lowest ? best : lowest);
}

/* From few, and half of the time from fewer, so that they come again and again. */
static lq_gas_kind_t any_kind(lq_rng_t *rng)
{
    if (lq_rng_below(rng, 2))
        return kind_of((uint8_t)lq_rng_below(rng, 3), 1, (uint16_t)lq_rng_below(rng, 3));
    lq_gas_kind_t kind = kind_of((uint8_t)lq_rng_below(rng, 3), (uint8_t)lq_rng_below(rng, 3),
                                 (uint16_t)lq_rng_below(rng, 5));
    kind.instance = (uint32_t)lq_rng_below(rng, 2) * 16;
    kind.call_cnt = (uint8_t)lq_rng_below(rng, 3);
    kind.pool_cnt = (uint32_t)lq_rng_below(rng, 2);
    kind.shape = lq_rng_below(rng, 3) ? 0 : LQ_GAS_FLASH;
    return kind;
}

/* What is saved is taken up, and saves as the same. */
static lq_gas_t *reborn(lq_gas_t *gas, size_t kind_max)
{
    size_t sz = lq_gas_memory_sz(gas);
    uint8_t *memory = malloc(sz);
    uint8_t *again = malloc(sz);
    assert_true(memory && again);
    lq_gas_save(gas, memory);
    lq_arena_reset(&arena);
    gas = new_gas(kind_max);
    assert_ok(lq_gas_load(gas, memory, sz));
    assert_int_equal(lq_gas_memory_sz(gas), sz);
    lq_gas_save(gas, again);
    assert_memory_equal(again, memory, sz);
    free(memory);
    free(again);
    return gas;
}

static void it_is_as_a_list_of_all_that_was_learned(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static model_t m;
    m = (model_t){.cnt = 0};
    lq_gas_t *gas = new_gas(KIND_MAX);
    size_t cnt = lq_test_cnt(40000, 3000000);
    for (size_t i = 0; i < cnt; i++) {
        lq_gas_kind_t kind = any_kind(&rng);
        if (lq_rng_below(&rng, 2)) {
            uint32_t units = 200000 + (uint32_t)lq_rng_below(&rng, 600000);
            if (lq_rng_below(&rng, 8) == 0)
                units *= 5;
            lq_gas_learn(gas, &kind, units);
            model_learn(&m, &kind, units);
        } else {
            assert_int_equal(estimate(gas, kind), model_estimate(&m, &kind));
        }
        if (lq_rng_below(&rng, 1000) == 0)
            gas = reborn(gas, KIND_MAX);
    }
    assert_int_equal(m.cnt, KIND_MAX);
}

/* ---- memory ---- */

static size_t saved(uint8_t out[4096])
{
    lq_gas_t *gas = new_gas(KIND_MAX);
    learn(gas, kind_of(1, 2, 2), 400000);
    learn(gas, kind_of(3, 2, 2), 500000);
    learn(gas, kind_of(1, 4, 2), 600000);
    size_t sz = lq_gas_memory_sz(gas);
    assert_true(sz <= 4096);
    lq_gas_save(gas, out);
    return sz;
}

/* As one who writes a right checksum over wrong bytes. */
static void sign(uint8_t *memory, size_t sz)
{
    uint64_t digest = lq_digest(memory, sz - 8);
    memcpy(memory + sz - 8, &digest, sizeof(digest));
}

static void of_more_than_fit_those_learned_last_are_taken(void **state)
{
    (void)state;
    uint8_t memory[4096];
    size_t sz = saved(memory);
    lq_gas_t *gas = new_gas(2);
    assert_ok(lq_gas_load(gas, memory, sz));
    assert_int_equal(estimate(gas, kind_of(3, 2, 2)), 500000);
    assert_int_equal(estimate(gas, kind_of(1, 4, 2)), 600000);
    assert_int_equal(lq_gas_memory_sz(gas), sz - (sz - 24) / 3);
}

static void every_flipped_bit_and_every_cut_is_found(void **state)
{
    (void)state;
    uint8_t memory[4096];
    size_t sz = saved(memory);
    lq_gas_t *gas = new_gas(KIND_MAX);
    for (size_t i = 0; i < sz * 8; i++) {
        memory[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_err(lq_gas_load(gas, memory, sz), LQ_ERR_SYNTAX);
        memory[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t i = 0; i < sz; i++)
        assert_err(lq_gas_load(gas, memory, i), LQ_ERR_SYNTAX);
    assert_int_equal(lq_gas_memory_sz(gas), 24);
    assert_int_equal(estimate(gas, kind_of(1, 2, 2)), 345000);
    assert_ok(lq_gas_load(gas, memory, sz));
}

static void bytes_that_mean_nothing_are_refused_whatever_their_checksum(void **state)
{
    (void)state;
    enum {
        ROWS = 16,
        ROW = 88,
        SHAPE = 51,
        CNT = 52,
        UNITS = 56
    };
    const struct {
        size_t at;
        uint8_t value;
        lq_err_t err;
    } cases[] = {
        {8, 3, LQ_ERR_INVAL},                    /* another version */
        {12, 2, LQ_ERR_SYNTAX},                  /* a row less than there is */
        {12, 4, LQ_ERR_SYNTAX},                  /* one more */
        {15, 0xff, LQ_ERR_SYNTAX},               /* many more */
        {ROWS + SHAPE, 128, LQ_ERR_SYNTAX},      /* a shape that is none */
        {ROWS + CNT, 0, LQ_ERR_SYNTAX},          /* a row that knows nothing */
        {ROWS + CNT, 9, LQ_ERR_SYNTAX},          /* and too much */
        {ROWS + UNITS + 4, 1, LQ_ERR_SYNTAX},    /* more than it says */
        {ROWS + 2 * ROW + 20, 2, LQ_ERR_SYNTAX}, /* a kind that is there already */
    };
    uint8_t memory[4096];
    size_t sz = saved(memory);
    lq_gas_t *gas = new_gas(KIND_MAX);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        uint8_t was = memory[cases[i].at];
        memory[cases[i].at] = cases[i].value;
        sign(memory, sz);
        assert_err(lq_gas_load(gas, memory, sz), cases[i].err);
        assert_int_equal(lq_gas_memory_sz(gas), 24);
        memory[cases[i].at] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_unknown_takes_the_floor_and_more, reset),
        cmocka_unit_test_setup(what_is_unknown_takes_the_most_that_was_measured, reset),
        cmocka_unit_test_setup(an_estimate_is_the_largest_of_the_newest, reset),
        cmocka_unit_test_setup(one_receipt_alone_spoils_no_estimate, reset),
        cmocka_unit_test_setup(a_quoted_swap_stands_in_the_floor_for_its_pools, reset),
        cmocka_unit_test_setup(an_estimate_is_never_below_the_floor, reset),
        cmocka_unit_test_setup(the_nearest_is_moved_by_what_differs, reset),
        cmocka_unit_test_setup(of_equally_near_kinds_the_larger_counts, reset),
        cmocka_unit_test_setup(a_bucket_of_two_instances_keeps_them_apart, reset),
        cmocka_unit_test_setup(nearest_looks_at_the_newest_only, reset),
        cmocka_unit_test_setup(floors_are_there_for_each_protocol, reset),
        cmocka_unit_test_setup(sizes_that_are_none_are_refused, reset),
        cmocka_unit_test_setup(it_is_as_a_list_of_all_that_was_learned, reset),
        cmocka_unit_test_setup(of_more_than_fit_those_learned_last_are_taken, reset),
        cmocka_unit_test_setup(every_flipped_bit_and_every_cut_is_found, reset),
        cmocka_unit_test_setup(bytes_that_mean_nothing_are_refused_whatever_their_checksum, reset),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
