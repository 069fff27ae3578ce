/* Pools: what is read of them, what logs do, what contradicts. */

#include "venues_internal.h"
#include "venues_rig.h"

/* Pools 0 to 2 with liquidity, all read. */
static void fill(rig_t *r)
{
    r->chain->pools[2].reserves[0] = 1000;
    r->chain->pools[2].reserves[1] = 2000;
    mint(r, 100, -120, 120, 1000);
    mint(r, 100, -600, 60, 500);
    mint(r, 101, -1, 1, 77);
    (void)read_all(r);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(status_of(r, i), LQ_NO_ROUTE_NONE);
}

/* ---- reading ---- */

static void reads_what_pools_are(void **state)
{
    rig_t *r = *state;
    assert_int_equal(lq_venues_pool_cnt(r->v), 3);
    assert_int_equal(lq_venues_token_cnt(r->v), 0);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_UNREAD);
    fill(r);
    for (uint32_t i = 0; i < 3; i++) {
        const lq_venue_pool_t *p = pool_n(r, i);
        check_pool(r, i);
        for (unsigned k = 0; k < 2; k++)
            assert_int_equal(number_of(&p->tokens[k]), r->chain->pools[i].tokens[k]);
    }
    assert_int_equal(pool_n(r, 0)->v3.spacing, 60);
    assert_int_equal(pool_n(r, 0)->v3.fee_pips, 3000);
    assert_int_equal(pool_n(r, 2)->fee_pips, 3000);
    assert_int_equal(lq_venues_token_cnt(r->v), 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(number_of(lq_venues_token(r->v, i)), i + 1);
    assert_int_equal(r->fault_cnt, 0);
}

static void reads_the_words_of_a_spacing_of_1_in_chunks(void **state)
{
    rig_t *r = *state;
    lq_subject_t subjects[64];
    mint(r, 101, LQ_V3_TICK_MIN, LQ_V3_TICK_MAX, 5);
    mint(r, 101, -65537, 65536, 5);
    for (unsigned stage = 0; stage < 2; stage++)
        assert_true(read_one(r, (lq_subject_t){LQ_VENUES_SUBJECT_POOL, 1}));
    lq_subject_t subject = {LQ_VENUES_SUBJECT_POOL, 2};
    unsigned cnt = 0;
    while (lq_venues_next(r->v, &subject))
        if (subject.kind == LQ_VENUES_SUBJECT_WORDS)
            subjects[cnt++] = subject;
    assert_int_equal(cnt, 28); /* of 6,932 words */
    while (cnt)                /* from the last on */
        assert_true(read_one(r, subjects[--cnt]));
    (void)read_all(r);
    check_pool(r, 1);
    assert_int_equal(status_of(r, 1), LQ_NO_ROUTE_NONE);
}

static void reads_many_ticks_some_at_a_time(void **state)
{
    rig_t *r = *state;
    for (int32_t i = 1; i <= 100; i++)
        mint(r, 100, -60 * i, 60 * i, 3);
    mint(r, 100, -120000, 120000, 9);
    (void)read_all(r);
    check_pool(r, 0);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_NONE);
}

/* What no subject stands for any more is no answer to it. */
static void refuses_what_does_not_fit(void **state)
{
    rig_t *r = *state;
    fill(r);
    lq_read_result_t result = {.ok = true, .data = (const uint8_t[32]){0}, .data_sz = 32};
    uint64_t digest = lq_undo_digest(r->undo);
    for (uint32_t kind = 0; kind < 6; kind++)
        for (uint32_t i = 0; i < 4; i++)
            assert_false(
                lq_venues_answer(r->v, (lq_subject_t){kind, kind == 4 ? 9 : i}, &result, 1));
    assert_true(lq_undo_digest(r->undo) == digest);
    lq_venues_doubt(r->v, 0);
    digest = lq_undo_digest(r->undo);
    assert_false(lq_venues_answer(r->v, (lq_subject_t){LQ_VENUES_SUBJECT_POOL, 0}, &result, 1));
    assert_true(lq_undo_digest(r->undo) == digest);
}

static void takes_all_or_nothing_of_reads_without_room(void **state)
{
    rig_t *r = *state;
    lq_read_call_t call[3];
    uint8_t data[100];
    lq_calls_t calls = {.calls = call, .call_max = 3, .data = data, .data_max = sizeof(data)};
    assert_err(lq_venues_reads(r->v, &calls, (lq_subject_t){LQ_VENUES_SUBJECT_POOL, 0}),
               LQ_ERR_FULL);
    assert_int_equal(calls.call_cnt, 0);
    assert_int_equal(calls.data_sz, 0);
}

/* A tick that goes between the read of its word and its own. */
static void forgets_a_tick_that_is_gone_when_it_is_read(void **state)
{
    rig_t *r = *state;
    mint(r, 100, -60, 60, 10);
    mint(r, 100, -120, 60, 10);
    for (unsigned stage = 0; stage < 2; stage++)
        assert_true(read_one(r, (lq_subject_t){LQ_VENUES_SUBJECT_POOL, 0}));
    assert_true(read_one(r, (lq_subject_t){LQ_VENUES_SUBJECT_WORDS, 0}));
    burn(r, 100, -60, 60, 10);
    mint(r, 100, -180, 180, 4);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_UNREAD);
    assert_true(read_one(r, (lq_subject_t){LQ_VENUES_SUBJECT_TICKS, 0}));
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_NONE);
    check_pool(r, 0);
}

/* ---- how pools stand ---- */

static lq_no_route_t read_status(rig_t *r, uint32_t pool)
{
    (void)read_all(r);
    return status_of(r, pool);
}

static void says_why_a_pool_is_on_no_route(void **state)
{
    rig_t *r = *state;
    chain_pool_t *c = r->chain->pools;
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_EMPTY);
    assert_int_equal(read_status(r, 2), LQ_NO_ROUTE_EMPTY);
    c[0].listed = c[2].listed = false;
    c[1].tokens[0] = 4;
    for (uint32_t i = 0; i < 3; i++)
        lq_venues_doubt(r->v, i);
    assert_int_equal(status_of(r, 2), LQ_NO_ROUTE_DOUBTFUL);
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_NOT_OF_FACTORY);
    assert_int_equal(status_of(r, 1), LQ_NO_ROUTE_TOKEN_ORDER);
    assert_int_equal(status_of(r, 2), LQ_NO_ROUTE_NOT_OF_FACTORY);
    c[0].factory_spacing = 10;
    c[1].tokens[0] = 3; /* both the same */
    c[2].at = 0;
    for (uint32_t i = 0; i < 3; i++)
        lq_venues_doubt(r->v, i);
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_FEE_TIER);
    assert_int_equal(status_of(r, 1), LQ_NO_ROUTE_TOKEN_ORDER);
    assert_int_equal(status_of(r, 2), LQ_NO_ROUTE_NO_CONTRACT);
    lq_subject_t subject = {0};
    assert_false(lq_venues_next(r->v, &subject));
}

static void refuses_a_spacing_and_a_fee_that_cannot_be(void **state)
{
    rig_t *r = *state;
    const int32_t spacings[] = {0, -1, LQ_V3_SPACING_MAX + 1};
    for (size_t i = 0; i < LQ_ARRAY_CNT(spacings); i++) {
        r->chain->pools[0].spacing = r->chain->pools[0].factory_spacing = spacings[i];
        lq_venues_doubt(r->v, 0);
        assert_true(read_status(r, 0) >= LQ_NO_ROUTE_FEE_TIER);
    }
    r->chain->pools[0].spacing = r->chain->pools[0].factory_spacing = 60;
    r->chain->pools[0].fee = LQ_PIPS_ONE;
    lq_venues_doubt(r->v, 0);
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_FEE_TIER);
}

static void takes_the_operators_word_where_no_factory_is_named(void **state)
{
    rig_t *r = *state;
    memset(&r->pools[0].factory, 0, sizeof(r->pools[0].factory));
    lq_arena_fini(&r->arena);
    r->chain->pools[0].listed = false;
    open_rig(r, 3, 3, 256);
    mint(r, 100, -60, 60, 10);
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_NONE);
}

/* As it is when liqd starts before its pool is made. */
static void follows_a_pool_from_before_its_birth(void **state)
{
    rig_t *r = *state;
    chain_pool_t *p = &r->chain->pools[0];
    p->at = 0;
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_NO_CONTRACT);
    p->at = 100;
    p->sqrt = lq_u256_from_u64(0);
    assert_false(log_initialize(r, 100, sqrt_at(5), 5)); /* there is code now */
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_UNINITIALIZED);
    check_pool(r, 0);
    initialize(r, 100, 5);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_EMPTY);
    mint(r, 100, 60, 120, 10);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_NONE); /* on one side */
    swap(r, 100, 70, false);
    check_pool(r, 0);
    burn(r, 100, 60, 120, 10);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_EMPTY);
    check_pool(r, 0);
    assert_int_equal(r->fault_cnt, 0);
}

/* Reads what has its turn at NUMBER; returns how many pools had. */
static unsigned rechecks(rig_t *r, uint64_t number)
{
    unsigned cnt = 0;
    for (lq_subject_t subject = {0}; lq_venues_turn(r->v, &subject, number);) {
        cnt += subject.kind == LQ_VENUES_SUBJECT_POOL;
        (void)read_one(r, subject);
        (void)read_all(r);
    }
    return cnt;
}

static void asks_in_its_turn_for_what_was_of_no_use(void **state)
{
    rig_t *r = *state;
    r->chain->silent = true;
    assert_int_equal(read_status(r, 1), LQ_NO_ROUTE_NO_CONTRACT);
    r->chain->silent = false;
    uint64_t settled = lq_venues_settled_cnt(r->v);
    assert_int_equal(rechecks(r, 77), 3); /* all at the next block */
    assert_true(lq_venues_settled_cnt(r->v) > settled);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(status_of(r, i), LQ_NO_ROUTE_EMPTY);
    assert_int_equal(rechecks(r, 78), 0);
    r->chain->silent = true;
    lq_venues_doubt(r->v, 2);
    (void)read_all(r);
    r->chain->silent = false;
    assert_int_equal(rechecks(r, 79), 1); /* nor later than the first time */
    assert_int_equal(status_of(r, 2), LQ_NO_ROUTE_EMPTY);
}

/* Blocks may be passed over: STRIDE of them each time. */
static void asks_less_and_less_often_what_stays_of_no_use(void **state)
{
    rig_t *r = *state;
    r->chain->silent = true;
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_NO_CONTRACT);
    for (uint64_t stride = 1; stride <= 12; stride++) {
        unsigned cnt = 0;
        unsigned waited = 0; /* for the first pool that has its turn */
        for (uint64_t k = 0; k < 3200; k++) {
            unsigned now = rechecks(r, stride * k);
            waited = now ? 0 : waited + 1;
            assert_true(waited < (stride == 1 ? 90 : 300));
            cnt += now;
        }
        assert_in_range(cnt, 3 * 3200 / 64 - 30, 3 * 3200 / 64 + 50);
    }
    r->chain->silent = false;
    uint64_t number = 1000;
    unsigned found = 0;
    while (found < 3 && number < 1090)
        found += rechecks(r, number++);
    assert_int_equal(found, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(status_of(r, i), LQ_NO_ROUTE_EMPTY);
}

static void stands_as_it_does_until_it_was_asked_again(void **state)
{
    rig_t *r = *state;
    const lq_subject_t subject = {LQ_VENUES_SUBJECT_POOL, 0};
    r->chain->pools[0].listed = false;
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_NOT_OF_FACTORY);
    for (unsigned stage = 0; stage < 4; stage++) {
        assert_true(read_one(r, subject));
        assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_NOT_OF_FACTORY);
    }
    r->chain->pools[0].listed = true;
    assert_true(read_one(r, subject));
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_NOT_OF_FACTORY);
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_EMPTY);
    lq_venues_doubt(r->v, 0);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_DOUBTFUL);
}

static void says_when_there_are_more_ticks_than_room(void **state)
{
    rig_t *r = *state;
    lq_arena_fini(&r->arena);
    open_rig(r, 3, 3, 4);
    mint(r, 101, -5, 5, 7);
    mint(r, 100, -60, 60, 7);
    (void)read_all(r);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_NONE);
    assert_int_equal(status_of(r, 1), LQ_NO_ROUTE_NONE);
    mint(r, 100, -120, 60, 7);
    assert_int_equal(status_of(r, 0), LQ_NO_ROUTE_FULL);
    mint(r, 101, -9, 9, 7); /* what the other one had is free */
    assert_int_equal(status_of(r, 1), LQ_NO_ROUTE_NONE);
    check_pool(r, 1);
    lq_venues_doubt(r->v, 0);
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_FULL);
    assert_int_equal(r->fault_cnt, 0);
}

static void doubts_ticks_that_do_not_make_the_liquidity(void **state)
{
    rig_t *r = *state;
    mint(r, 100, -60, 60, 10);
    r->chain->pools[0].liquidity++;
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_DOUBTFUL);
    lq_subject_t subject = {0};
    assert_false(lq_venues_next(r->v, &subject)); /* in its turn */
    r->chain->pools[0].liquidity--;
    chain_tick(&r->chain->pools[0], 60)->net++;
    lq_venues_doubt(r->v, 0);
    assert_int_equal(read_status(r, 0), LQ_NO_ROUTE_DOUBTFUL);
}

/* ---- logs ---- */

static void watches_its_pools_for_these_topics(void **state)
{
    rig_t *r = *state;
    lq_address_t out[3];
    size_t cnt;
    const lq_hash_t *const wanted_topics[] = {
        &lq_abi_uniswap_v3_initialize_event_topic, &lq_abi_uniswap_v3_mint_event_topic,
        &lq_abi_uniswap_v3_burn_event_topic, &lq_abi_uniswap_v3_swap_event_topic,
        &lq_abi_uniswap_v2_sync_event_topic};
    assert_int_equal(lq_venues_watch(r->v, out, 2), 3);
    assert_int_equal(lq_venues_watch(r->v, out, 3), 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(number_of(&out[i]), 100 + i);
    const lq_hash_t *topics = lq_venues_topics(&cnt);
    assert_int_equal(cnt, LQ_ARRAY_CNT(wanted_topics));
    for (size_t i = 0; i < cnt; i++)
        assert_memory_equal(topics[i].b, wanted_topics[i]->b, 32);
}

static void leaves_alone_what_is_of_no_consequence(void **state)
{
    rig_t *r = *state;
    assert_false(log_swap(r, 100, sqrt_at(3), 5, 3)); /* not read yet */
    fill(r);
    uint64_t digest = lq_undo_digest(r->undo);
    lq_hash_t other = {{1}};
    assert_false(log_sync(r, 999, 1, 2));
    assert_false(log_sync(r, 100, 1, 2)); /* of another kind of pool */
    assert_false(log_swap(r, 102, sqrt_at(3), 5, 3));
    assert_false(give_log(r, 100, &other, 1, NULL, 0));
    assert_false(give_log(r, 100, &other, 0, NULL, 0));
    assert_false(log_position(r, 100, -120, 120, 0, true)); /* a burn of 0 */
    assert_true(lq_undo_digest(r->undo) == digest);
    assert_int_equal(r->fault_cnt, 0);
}

/* One log a contradiction: the pool waits for being read, and then is as the chain has it. */
static void expect_doubt(rig_t *r, uint32_t pool)
{
    assert_int_equal(r->fault_cnt, 1);
    assert_int_equal(status_of(r, pool), LQ_NO_ROUTE_DOUBTFUL);
    assert_int_equal(read_status(r, pool), LQ_NO_ROUTE_NONE);
    for (uint32_t i = 0; i < 3; i++)
        check_pool(r, i);
    r->fault_cnt = 0;
}

static void doubts_positions_that_cannot_be(void **state)
{
    rig_t *r = *state;
    const struct {
        int32_t lower, upper;
        lq_u128_t amount;
        bool burn;
    } bad[] = {
        {-180, 180, 1, true},                   /* nobody knows of it */
        {-120, 120, 1001, true},                /* more than there is */
        {-120, -120, 1, false},                 /* nothing between */
        {120, -120, 1, false},                  /* upside down */
        {-121, 120, 1, false},                  /* between the steps */
        {-887280, 120, 1, false},               /* outside */
        {-120, 887280, 1, false},               /* the same */
        {-120, 120, ~(lq_u128_t)0, false},      /* liquidity does not hold it */
        {120, 180, ~(lq_u128_t)0, false},       /* nor does the tick */
        {180, 240, (lq_u128_t)1 << 127, false}, /* nor its net */
        {-120, 60, 501, true},                  /* the same at one end */
        {120, 180, 500, true},                  /* nothing begins there */
    };
    fill(r);
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        assert_true(log_position(r, 100, bad[i].lower, bad[i].upper, bad[i].amount, bad[i].burn));
        expect_doubt(r, 0);
    }
}

static void doubts_prices_that_cannot_be(void **state)
{
    rig_t *r = *state;
    fill(r);
    assert_true(log_swap(r, 100, sqrt_at(3), 1499, 3)); /* there are 1,500 */
    expect_doubt(r, 0);
    assert_true(log_swap(r, 100, sqrt_at(70), 1500, 70)); /* 500 ended at 60 */
    expect_doubt(r, 0);
    assert_true(log_swap(r, 100, sqrt_at(3), 1500, 4));
    expect_doubt(r, 0);
    assert_true(log_swap(r, 100, sqrt_at(6), 1500, 4));
    expect_doubt(r, 0);
    assert_true(log_swap(r, 100, lq_u256_from_u64(1), 1500, LQ_V3_TICK_MIN - 1));
    expect_doubt(r, 0);
    assert_true(log_swap(r, 100, sqrt_at(LQ_V3_TICK_MAX), 0, LQ_V3_TICK_MAX));
    expect_doubt(r, 0);
    assert_true(log_initialize(r, 100, sqrt_at(0), 0));
    expect_doubt(r, 0);
}

static void doubts_what_does_not_decode(void **state)
{
    rig_t *r = *state;
    size_t cnt;
    const lq_hash_t *topics = lq_venues_topics(&cnt);
    fill(r);
    for (size_t i = 0; i < cnt; i++) {
        uint32_t pool = i == cnt - 1 ? 2 : 0;
        assert_true(give_log(r, 100 + pool, &topics[i], 1, NULL, 0));
        expect_doubt(r, pool);
    }
}

static void undoes_each_kind_of_event(void **state)
{
    rig_t *r = *state;
    fill(r);
    for (unsigned kind = 0; kind < 9; kind++) {
        uint64_t digest = lq_undo_digest(r->undo);
        chain_t was = *r->chain;
        lq_undo_begin(r->undo, 2);
        switch (kind) {
        case 0:
            mint(r, 100, -60, 180, 9);
            break;
        case 1:
            burn(r, 100, -600, 60, 500);
            break;
        case 2:
            swap(r, 100, -300, true);
            break;
        case 3:
            sync_to(r, 102, 5, 6);
            break;
        case 4:
            lq_venues_doubt(r->v, 0);
            break;
        case 5:
            (void)log_position(r, 100, -180, 180, 1, true);
            (void)read_all(r);
            break;
        case 6:
            read_lenders(r, 2);
            break;
        case 7:
            burn(r, 101, -1, 1, 77);
            mint(r, 100, -60, 180, 9); /* in the other one's rows */
            break;
        default:
            r->chain->silent = true;
            lq_venues_doubt(r->v, 1);
            (void)read_all(r);
            break;
        }
        assert_true(lq_undo_digest(r->undo) != digest || kind == 6);
        assert_ok(lq_undo_back(r->undo, 2));
        *r->chain = was;
        assert_true(lq_undo_digest(r->undo) == digest);
        mint(r, 100, -120, 60, 3); /* and goes on from there */
        burn(r, 100, -120, 60, 3);
        for (uint32_t i = 0; i < 3; i++)
            check_pool(r, i);
    }
}

/* ---- audits ---- */

static bool audit(rig_t *r, uint32_t pool, uint64_t turn)
{
    asked_t *a = new_asked();
    lq_audit_t expected;
    lq_audit_t actual;
    assert_ok(lq_venues_audit_reads(r->v, &a->list, pool, turn));
    answer_asked(r, a);
    assert_ok(lq_venues_audit_expected(r->v, &expected, pool, turn));
    assert_ok(lq_venues_audit_actual(r->v, &actual, pool, turn, a->results, a->cnt));
    assert_int_equal(expected.cnt, actual.cnt);
    assert_int_equal(expected.own_cnt, expected.cnt);
    assert_int_equal(actual.own_cnt, actual.cnt);
    bool same = true;
    for (size_t i = 0; i < expected.cnt; i++) {
        assert_string_equal(expected.names[i], actual.names[i]);
        same = same && lq_u256_eq(&expected.values[i], &actual.values[i]);
    }
    free(a);
    return same;
}

static unsigned mismatches(rig_t *r, uint32_t pool, uint64_t turns)
{
    unsigned cnt = 0;
    for (uint64_t turn = 0; turn < turns; turn++)
        cnt += !audit(r, pool, turn);
    return cnt;
}

static void audits_see_all_that_can_differ(void **state)
{
    rig_t *r = *state;
    fill(r);
    swap(r, 100, -200, false); /* a negative tick, and ticks on both sides */
    const chain_t was = *r->chain;
    chain_pool_t *p = &r->chain->pools[0];
    const unsigned turns = 120; /* all of its 116 words */
    assert_int_equal(mismatches(r, 0, turns) + mismatches(r, 1, 50) + mismatches(r, 2, 3), 0);
    p->sqrt.w[0]++;
    assert_int_equal(mismatches(r, 0, turns), turns);
    p->sqrt.w[0]--;
    p->tick++;
    assert_int_equal(mismatches(r, 0, turns), turns);
    p->tick--;
    p->liquidity++;
    assert_int_equal(mismatches(r, 0, turns), turns);
    p->liquidity--;
    p->fee++; /* of a fork that sets it */
    assert_int_equal(mismatches(r, 0, turns), turns);
    lq_venues_doubt(r->v, 0);
    (void)read_all(r);
    assert_int_equal(mismatches(r, 0, turns), 0);
    check_pool(r, 0);
    p->fee--;
    lq_venues_doubt(r->v, 0);
    (void)read_all(r);
    chain_tick(p, 60)->net++;
    assert_int_equal(mismatches(r, 0, turns), turns / 4); /* of its four */
    *r->chain = was;
    chain_tick(p, 60)->gross++;
    assert_int_equal(mismatches(r, 0, turns), turns / 4);
    *r->chain = was;
    chain_tick(p, 600000)->gross = 1;
    assert_int_equal(mismatches(r, 0, 116), 1);
    *r->chain = was;
    r->chain->pools[2].reserves[1]++;
    assert_false(audit(r, 2, 0));
}

static void audits_nothing_that_is_not_known(void **state)
{
    rig_t *r = *state;
    lq_audit_t out = {.cnt = 9};
    asked_t *a = new_asked();
    assert_err(lq_venues_audit_reads(r->v, &a->list, 0, 0), LQ_ERR_EMPTY);
    assert_err(lq_venues_audit_expected(r->v, &out, 0, 0), LQ_ERR_EMPTY);
    assert_err(lq_venues_audit_actual(r->v, &out, 0, 0, a->results, 0), LQ_ERR_EMPTY);
    fill(r);
    a->list.call_max = 3;
    assert_err(lq_venues_audit_reads(r->v, &a->list, 0, 0), LQ_ERR_FULL);
    assert_int_equal(a->list.call_cnt, 0);
    a->list.call_max = CALL_MAX;
    r->chain->silent = true;
    for (uint32_t pool = 0; pool < 3; pool++) {
        a->list.call_cnt = 0;
        assert_ok(lq_venues_audit_reads(r->v, &a->list, pool, 0));
        answer_asked(r, a);
        assert_err(lq_venues_audit_actual(r->v, &out, pool, 0, a->results, a->cnt), LQ_ERR_SYNTAX);
        assert_err(lq_venues_audit_actual(r->v, &out, pool, 0, a->results, 0), LQ_ERR_SYNTAX);
    }
    assert_int_equal(out.cnt, 9);
    free(a);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(reads_what_pools_are),
        CASE(reads_the_words_of_a_spacing_of_1_in_chunks),
        CASE(reads_many_ticks_some_at_a_time),
        CASE(refuses_what_does_not_fit),
        CASE(takes_all_or_nothing_of_reads_without_room),
        CASE(forgets_a_tick_that_is_gone_when_it_is_read),
        CASE(says_why_a_pool_is_on_no_route),
        CASE(refuses_a_spacing_and_a_fee_that_cannot_be),
        CASE(takes_the_operators_word_where_no_factory_is_named),
        CASE(follows_a_pool_from_before_its_birth),
        CASE(asks_in_its_turn_for_what_was_of_no_use),
        CASE(asks_less_and_less_often_what_stays_of_no_use),
        CASE(stands_as_it_does_until_it_was_asked_again),
        CASE(says_when_there_are_more_ticks_than_room),
        CASE(doubts_ticks_that_do_not_make_the_liquidity),
        CASE(watches_its_pools_for_these_topics),
        CASE(leaves_alone_what_is_of_no_consequence),
        CASE(doubts_positions_that_cannot_be),
        CASE(doubts_prices_that_cannot_be),
        CASE(doubts_what_does_not_decode),
        CASE(undoes_each_kind_of_event),
        CASE(audits_see_all_that_can_differ),
        CASE(audits_nothing_that_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
