/* State: undoing and doing again, snapshots, and a random world against a rebuild from nothing. */

#include "oracles_rig.h"

enum {
    FEED_CNT = 4,
    ADAPTER_CNT = 10,
    ORACLE_CNT = FEED_CNT + ADAPTER_CNT,
    STEP_CNT = 60,
};

/* What the chain holds, for the getters to be said again after each change. */
typedef struct model {
    int64_t answers[FEED_CNT];
    uint64_t rounds[FEED_CNT];
    uint64_t secs[FEED_CNT];
    struct {
        unsigned kind; /* 0: product, 1: capped ratio, 2: stable, 3: two of them, 4: opaque */
        unsigned base;
        int64_t ratio;
        int64_t cap;
    } adapters[ADAPTER_CNT];
} model_t;

static int64_t says(const model_t *m, unsigned i)
{
    if (i < FEED_CNT)
        return m->answers[i];
    int64_t base = says(m, m->adapters[i - FEED_CNT].base);
    int64_t ratio = m->adapters[i - FEED_CNT].ratio;
    int64_t cap = m->adapters[i - FEED_CNT].cap;
    switch (m->adapters[i - FEED_CNT].kind) {
    case 0:
        return base <= 0 || ratio <= 0 ? 0
                                       : (int64_t)((lq_u128_t)base * (lq_u128_t)ratio / RATIO_ONE);
    case 1:
        ratio = ratio < cap ? ratio : cap;
        return base <= 0 || ratio <= 0 ? 0
                                       : (int64_t)((lq_u128_t)base * (lq_u128_t)ratio / RATIO_ONE);
    case 2:
        return base > cap ? cap : base <= 0 ? 0 : base;
    default:
        return cap;
    }
}

/* Contracts have the addresses 1 and up, in the order of the oracles. */
static void publish(rig_t *r, const model_t *m)
{
    for (unsigned i = 0; i < FEED_CNT; i++) {
        put_feed(r, i + 1, m->answers[i]);
        say_round(r, i + 1, 1, m->rounds[i], m->answers[i], m->secs[i]);
    }
    for (unsigned i = 0; i < ADAPTER_CNT; i++) {
        uint32_t at = i + FEED_CNT + 1;
        uint32_t base = m->adapters[i].base + 1;
        say(r, at, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
        say(r, at, SEL(LATEST_ANSWER), says(m, i + FEED_CNT));
        if (m->adapters[i].kind < 2) {
            say_address(r, at, SEL(BASE_TO_USD_AGGREGATOR), base);
            say(r, at, SEL(RATIO_DECIMALS), 18);
            say(r, at, SEL(GET_RATIO), m->adapters[i].ratio);
        }
        if (m->adapters[i].kind == 1) {
            say(r, at, SEL(GET_SNAPSHOT_RATIO), m->adapters[i].cap);
            say(r, at, SEL(GET_SNAPSHOT_TIMESTAMP), 1);
            say(r, at, SEL(GET_MAX_RATIO_GROWTH_PER_SECOND), 0);
        }
        if (m->adapters[i].kind == 2) {
            say_address(r, at, SEL(ASSET_TO_USD_AGGREGATOR), base);
            say(r, at, SEL(GET_PRICE_CAP), m->adapters[i].cap);
        }
    }
}

static uint32_t below(lq_rng_t *rng, uint32_t max)
{
    return (uint32_t)(lq_rng_u64(rng) % max);
}

static void make(model_t *m, lq_rng_t *rng)
{
    for (unsigned i = 0; i < FEED_CNT; i++) {
        m->answers[i] = 100000000 + below(rng, 1000000000);
        m->rounds[i] = 10;
        m->secs[i] = NOW_SEC;
    }
    for (unsigned i = 0; i < ADAPTER_CNT; i++) {
        m->adapters[i].kind = below(rng, 5);
        m->adapters[i].base = below(rng, i < 4 ? FEED_CNT : FEED_CNT + 2);
        m->adapters[i].ratio = RATIO_ONE + (int64_t)below(rng, 1000) * (RATIO_ONE / 1000);
        m->adapters[i].cap = m->adapters[i].kind == 1 ? RATIO_ONE + RATIO_ONE / 5
                                                      : 100000000 + below(rng, 1000000000);
    }
}

/* A block: some feeds report, some ratios grow, a cap changes. The last also logs. */
static void act(rig_t *r, model_t *m, lq_rng_t *rng)
{
    uint32_t reports = below(rng, 4);
    for (uint32_t k = 0; k < reports; k++) {
        uint32_t i = below(rng, FEED_CNT);
        m->answers[i] = below(rng, 8) == 0 ? -(int64_t)below(rng, 2)
                                           : 100000000 + (int64_t)below(rng, 1000000000);
        m->rounds[i]++;
        m->secs[i] = r->block_sec;
        (void)log_answer(r, NULL, i + 1, m->rounds[i], m->answers[i]);
    }
    uint32_t i = below(rng, ADAPTER_CNT);
    m->adapters[i].ratio += (int64_t)below(rng, 100) * (RATIO_ONE / 1000);
    i = below(rng, ADAPTER_CNT);
    lq_evm_log_t log = {.address = address_n(i + FEED_CNT + 1), .topic_cnt = 1};
    if (m->adapters[i].kind == 2) {
        m->adapters[i].cap = 100000000 + below(rng, 1000000000);
        log.topics[0] = lq_abi_price_adapter_price_cap_updated_event_topic;
    } else {
        m->adapters[i].cap += (int64_t)below(rng, 2) * 1000;
        log.topics[0] = lq_abi_price_adapter_cap_parameters_updated_event_topic;
    }
    (void)lq_oracles_apply(r->o, NULL, &log, r->block_sec);
    publish(r, m);
    (void)read_every_block(r);
    settle(r);
}

static void assert_all_agree(rig_t *r, const model_t *m)
{
    for (uint32_t i = 0; i < ORACLE_CNT; i++) {
        lq_oracle_t got = lq_oracles_get(r->o, i);
        int64_t want = says(m, i);
        if (!audit(r, i))
            fail_msg("oracle %u, %s: %s, it is %lld", i, lq_oracle_shape_str(got.shape),
                     lq_price_verdict_str(got.verdict), (long long)want);
        assert_int_equal(got.verdict, want > 0 ? LQ_PRICE_OK : LQ_PRICE_NON_POSITIVE);
        if (want > 0)
            assert_u256_equal(got.value, lq_u256_from_u64((uint64_t)want));
        if (i >= FEED_CNT && m->adapters[i - FEED_CNT].kind < 4 && got.shape == LQ_ORACLE_OPAQUE)
            fail_msg("oracle %u of kind %u is opaque", i, m->adapters[i - FEED_CNT].kind);
    }
}

static void add_all(rig_t *r)
{
    for (uint32_t i = 0; i < ORACLE_CNT; i++)
        assert_int_equal(add_oracle(r, i + 1, LQ_ORACLE_VIEW_ANSWER), i);
    settle(r);
}

static void one_world(lq_rng_t *rng)
{
    static rig_t r;
    static model_t models[STEP_CNT + 1];
    uint64_t digests[STEP_CNT + 1];
    lq_rng_t rngs[STEP_CNT + 1];
    rig_init(&r);
    memset(models, 0, sizeof(models));
    make(&models[0], rng);
    for (unsigned i = 0; i < ADAPTER_CNT; i++) /* what moves without a getter has none */
        if (models[0].adapters[i].kind == 3)
            models[0].adapters[i].kind = 4;
    publish(&r, &models[0]);
    add_all(&r);
    assert_all_agree(&r, &models[0]);
    unsigned top = 0;
    digests[0] = lq_undo_digest(r.undo);
    for (unsigned step = 0; step < 2 * STEP_CNT; step++) {
        bool back = top > 0 && (below(rng, 3) == 0 || top == STEP_CNT);
        if (!back) {
            models[top + 1] = models[top];
            rngs[top] = *rng;
            lq_undo_begin(r.undo, top + 1);
            r.block_sec = NOW_SEC + 12 * (top + 1);
            lq_oracles_set_now(r.o, r.block_sec);
            act(&r, &models[top + 1], rng);
            top++;
            digests[top] = lq_undo_digest(r.undo);
        } else {
            assert_ok(lq_undo_back(r.undo, top));
            top--;
            r.block_sec = NOW_SEC + 12 * top;
            assert_true(lq_undo_digest(r.undo) == digests[top]);
            publish(&r, &models[top]);
            lq_oracles_settled(r.o);
            /* the same block again is the same state */
            model_t again = models[top];
            lq_rng_t copy = rngs[top];
            lq_undo_begin(r.undo, top + 1);
            r.block_sec += 12;
            lq_oracles_set_now(r.o, r.block_sec);
            act(&r, &again, &copy);
            assert_true(lq_undo_digest(r.undo) == digests[top + 1]);
            assert_ok(lq_undo_back(r.undo, top + 1));
            r.block_sec -= 12;
            publish(&r, &models[top]);
        }
        lq_oracles_settled(r.o);
        assert_all_agree(&r, &models[top]);
    }
    rig_fini(&r);
}

static void a_random_world_is_followed_undone_and_followed_again(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(20, 1000);
    for (size_t i = 0; i < cnt; i++)
        one_world(&rng);
}

static void keys_of_undone_blocks_never_fill_the_maps(void **state)
{
    (void)state;
    static rig_t r;
    rig_init_sized(&r, 8, 8);
    for (uint32_t i = 0; i < 200; i++) {
        lq_undo_begin(r.undo, 1);
        uint32_t token;
        lq_address_t address = address_n(i);
        uint32_t oracle = add_oracle(&r, i, LQ_ORACLE_VIEW_ANSWER);
        assert_int_equal(oracle, 0);
        assert_ok(lq_oracles_add_token(r.o, &token, &address));
        assert_int_equal(token, 0);
        assert_int_equal(add_oracle(&r, i, LQ_ORACLE_VIEW_ANSWER), oracle);
        if (i % 8 == 7)
            lq_oracles_settled(r.o);
        assert_ok(lq_undo_back(r.undo, 1));
        assert_int_equal(lq_oracles_cnt(r.o), 0);
    }
    /* an undone row is all zeros, and so is this address */
    const lq_address_t zero = {{0}};
    uint32_t oracle;
    for (unsigned i = 0; i < 2; i++) {
        lq_undo_begin(r.undo, 1);
        assert_ok(lq_oracles_add(r.o, &oracle, &zero, LQ_ORACLE_VIEW_ANSWER));
        assert_int_equal(lq_oracles_cnt(r.o), 1);
        assert_ok(lq_undo_back(r.undo, 1));
    }
    rig_fini(&r);
}

/* ---- snapshots ---- */

static void copy_pieces(rig_t *to, rig_t *from)
{
    lq_undo_piece_t a[LQ_ORACLES_PIECE_MAX];
    lq_undo_piece_t b[LQ_ORACLES_PIECE_MAX];
    size_t cnt = lq_oracles_pieces(from->o, a);
    assert_int_equal(lq_oracles_pieces(to->o, b), cnt);
    for (size_t i = 0; i < cnt; i++) {
        assert_true(a[i].sz <= a[i].max && a[i].max == b[i].max);
        memcpy(b[i].data, a[i].data, a[i].sz);
    }
}

static void fill(rig_t *r, model_t *m, lq_rng_t *rng)
{
    uint32_t token;
    lq_address_t address = address_n(90);
    rig_init(r);
    memset(m, 0, sizeof(*m));
    make(m, rng);
    publish(r, m);
    add_all(r);
    assert_ok(lq_oracles_add_token(r->o, &token, &address));
    assert_ok(lq_oracles_add_source(r->o, token, 3));
    put_feed(r, 60, 5); /* of one aggregator with the first */
    say_address(r, 60, LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR, 1001);
    (void)add_oracle(r, 60, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    (void)add_oracle(r, 95, LQ_ORACLE_VIEW_PRICE); /* not read yet */
    (void)log_answer(r, NULL, 1, 9, 1);            /* to be read again */
}

static void a_snapshot_is_the_state(void **state)
{
    (void)state;
    static rig_t a;
    static rig_t b;
    static model_t m;
    lq_rng_t rng = lq_test_rng();
    for (unsigned i = 0; i < 20; i++) {
        fill(&a, &m, &rng);
        rig_init(&b);
        copy_pieces(&b, &a);
        assert_ok(lq_oracles_restored(b.o));
        assert_true(lq_undo_digest(a.undo) == lq_undo_digest(b.undo));
        size_t cnt;
        (void)lq_oracles_changed(b.o, &cnt);
        assert_int_equal(cnt, lq_oracles_cnt(b.o));
        settle(&a);
        memcpy(b.views, a.views, sizeof(b.views));
        b.view_cnt = a.view_cnt;
        settle(&b);
        assert_true(lq_undo_digest(a.undo) == lq_undo_digest(b.undo));
        lq_oracles_clear(b.o);
        assert_int_equal(lq_oracles_cnt(b.o), 0);
        lq_address_t source = address_n(1);
        uint32_t feed;
        assert_err(lq_oracles_find_feed(b.o, &feed, &source), LQ_ERR_NOT_FOUND);
        add_all(&b);
        rig_fini(&a);
        rig_fini(&b);
    }
}

/* Whatever bytes stand in one, it is refused or it can be lived with. */
static void a_damaged_snapshot_breaks_nothing(void **state)
{
    (void)state;
    static rig_t a;
    static rig_t b;
    static model_t m;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(3000, 100000);
    size_t refused = 0;
    fill(&a, &m, &rng);
    rig_init(&b);
    publish(&b, &m);
    for (size_t i = 0; i < cnt; i++) {
        lq_undo_piece_t pieces[LQ_ORACLES_PIECE_MAX];
        lq_oracles_clear(b.o);
        copy_pieces(&b, &a);
        size_t piece_cnt = lq_oracles_pieces(a.o, pieces);
        size_t which = below(&rng, (uint32_t)piece_cnt);
        size_t sz = pieces[which].sz;
        (void)lq_oracles_pieces(b.o, pieces);
        for (unsigned k = 0; k < 3; k++)
            ((uint8_t *)pieces[which].data)[below(&rng, (uint32_t)sz)] = (uint8_t)lq_rng_u64(&rng);
        if (lq_oracles_restored(b.o) != LQ_OK) {
            refused++;
            continue;
        }
        lq_subject_t subject = {0};
        while (lq_oracles_next(b.o, &subject))
            (void)read_one(&b, subject);
        lq_oracles_set_now(b.o, NOW_SEC + 1);
        (void)log_answer(&b, NULL, 2, 20, 5);
        lq_value_t value;
        if (lq_oracles_token_cnt(b.o))
            (void)lq_oracles_value(b.o, &value, 0, &(lq_value_limits_t){10, 10});
    }
    assert_true(refused > cnt / 50);
    rig_fini(&a);
    rig_fini(&b);
}

static void limits_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r);
    static const lq_oracles_config_t rows[] = {
        {.oracle_max = 0, .feed_max = 1},
        {.oracle_max = 1, .feed_max = 0},
        {.oracle_max = LQ_ORACLES_MAX + 1, .feed_max = 1},
        {.oracle_max = 1, .feed_max = LQ_ORACLES_FEED_MAX + 1}};
    lq_oracles_t *o = NULL;
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++)
        assert_err(lq_oracles_new(&o, &r.arena, r.undo, &rows[i]), LQ_ERR_RANGE);
    const lq_oracles_config_t much = {.oracle_max = 65536, .feed_max = 65536};
    assert_err(lq_oracles_new(&o, &r.arena, r.undo, &much), LQ_ERR_NOMEM);
    assert_null(o);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_world_is_followed_undone_and_followed_again),
        cmocka_unit_test(keys_of_undone_blocks_never_fill_the_maps),
        cmocka_unit_test(a_snapshot_is_the_state),
        cmocka_unit_test(a_damaged_snapshot_breaks_nothing),
        cmocka_unit_test(limits_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
