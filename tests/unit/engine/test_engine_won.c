/* What a dry run has won: it has not happened on the chain, and nothing is asked for it twice. */

#include "engine_world.h"
#include "lq_test.h"

static void told(world_t *w)
{
    (void)chain_rest(w->chain);
}

static const lq_ledger_t *ledger_of(const world_t *w)
{
    return lq_sync_ledger(lq_engine_sync(w->engine));
}

static uint8_t owner_of(const world_t *w, const world_intent_t *it)
{
    return lq_ledger_account(ledger_of(w), it->account).owner.b[1];
}

/* A trusted market, funds for all, and one in flight whose account owes DEBT at least: *IT. */
static world_t *asked(lq_rng_t *rng, const world_intent_t **it, uint64_t seed, uint64_t debt)
{
    lq_rng_seed(rng, seed);
    market_will = (market_will_t){.sizing = LQ_SIZING_PLAN};
    lq_engine_config_t config = world_config(NULL, NULL);
    config.inflight_max = 256;
    world_t *w = world_new(world_pick, rng, &config, (lq_engine_market_t){0});
    world_until_trusted(w);
    told(w);
    world_fund(w, 100000);
    world_plain_blocks(w, 1);
    size_t at = w->intent_cnt;
    for (size_t i = 0; i < w->intent_cnt; i++)
        if (w->intents[i].asked && lq_ledger_amount(ledger_of(w), w->intents[i].account, 1) >= debt)
            at = i;
    assert_true(at < w->intent_cnt);
    *it = &w->intents[at];
    return w;
}

/* Intents for the account of IT, with IT itself. */
static size_t taken_cnt(const world_t *w, const world_intent_t *it)
{
    size_t cnt = 0;
    for (size_t i = 0; i < w->intent_cnt; i++)
        cnt += w->intents[i].account == it->account;
    return cnt;
}

static void assert_stands(const world_t *w, const world_intent_t *it, size_t intent_cnt)
{
    assert_true(w->stands[it->account]);
    assert_int_equal(w->reasons[it->account], LQ_REASON_TAKEN);
    assert_int_equal(taken_cnt(w, it), intent_cnt);
}

/* The account of IT owes nothing any more. */
static void heals(world_t *w, const world_intent_t *it)
{
    world_hold(world_block(w), owner_of(w, it), 1, 0);
    told(w);
}

/* It can be liquidated anew, and is asked for once more than CNT times. */
static void falls_again(world_t *w, const world_intent_t *it, size_t cnt)
{
    chain_node_t *n = world_block(w);
    uint8_t owner = owner_of(w, it);
    world_hold(n, owner, 0, 0);
    world_hold(n, owner, 1, 900);
    told(w);
    assert_int_equal(taken_cnt(w, it), cnt + 1);
}

/* ---- cases ---- */

static void stands_as_taken_until_it_heals(void **state)
{
    (void)state;
    for (unsigned with_final = 0; with_final < 2; with_final++) {
        lq_rng_t rng;
        const world_intent_t *it;
        world_t *w = asked(&rng, &it, 7, 1);
        size_t cnt = taken_cnt(w, it);
        world_outcome(w, it->id, LQ_OUTCOME_WON);
        assert_stands(w, it, cnt);
        world_plain_blocks(w, 3);
        world_fund(w, 200000);
        world_timer(w, 5);
        if (with_final)
            world_outcome(w, it->id, LQ_OUTCOME_FINAL);
        world_plain_blocks(w, 3);
        assert_stands(w, it, cnt);
        uint64_t ended = w->ended_by_cnt[LQ_REASON_TAKEN];
        heals(w, it);
        assert_false(w->stands[it->account]);
        assert_int_equal(w->ended_by_cnt[LQ_REASON_TAKEN], ended + 1);
        falls_again(w, it, cnt); /* another one */
        world_free(w);
    }
}

/* Also by who came later, or before the outcome was told. */
static void a_rival_ends_it_as_taken(void **state)
{
    (void)state;
    for (unsigned before = 0; before < 2; before++) {
        lq_rng_t rng;
        const world_intent_t *it;
        world_t *w = asked(&rng, &it, 6, FAKE_PRICE + 1);
        size_t cnt = taken_cnt(w, it);
        if (!before)
            world_outcome(w, it->id, LQ_OUTCOME_WON);
        uint64_t ended = w->ended_by_cnt[LQ_REASON_TAKEN];
        heals(w, it);
        assert_int_equal(w->stands[it->account], before);
        if (before)
            world_outcome(w, it->id, LQ_OUTCOME_WON);
        assert_false(w->stands[it->account]);
        assert_int_equal(w->ended_by_cnt[LQ_REASON_TAKEN], ended + 1);
        falls_again(w, it, cnt);
        world_free(w);
    }
}

static void goes_back_into_flight_when_it_is_unmined(void **state)
{
    (void)state;
    lq_rng_t rng;
    const world_intent_t *it;
    world_t *w = asked(&rng, &it, 7, 1);
    size_t cnt = taken_cnt(w, it);
    world_outcome(w, it->id, LQ_OUTCOME_WON);
    world_outcome(w, it->id, LQ_OUTCOME_UNMINED);
    assert_int_equal(w->reasons[it->account], LQ_REASON_IN_FLIGHT);
    world_outcome(w, it->id, LQ_OUTCOME_WON);
    assert_stands(w, it, cnt);
    world_outcome(w, it->id, LQ_OUTCOME_UNMINED);
    world_outcome(w, it->id, LQ_OUTCOME_EXPIRED);
    world_plain_blocks(w, 1);
    assert_int_equal(taken_cnt(w, it), cnt + 1);
    world_free(w);
}

/* A healing that is undone was none. */
static void an_undone_end_is_none(void **state)
{
    (void)state;
    lq_rng_t rng;
    const world_intent_t *it;
    world_t *w = asked(&rng, &it, 7, 1);
    chain_t *t = w->chain;
    size_t cnt = taken_cnt(w, it);
    world_outcome(w, it->id, LQ_OUTCOME_WON);
    size_t low = t->tip;
    heals(w, it);
    world_plain_blocks(w, 2);
    assert_false(w->stands[it->account]);
    t->tip = low; /* a longer branch without it */
    for (size_t i = 0; i < 4; i++)
        (void)world_block(w);
    told(w);
    assert_stands(w, it, cnt);
    world_plain_blocks(w, 3);
    assert_stands(w, it, cnt);
    heals(w, it); /* and one that counts */
    assert_false(w->stands[it->account]);
    falls_again(w, it, cnt);
    world_free(w);
}

/* Neither a rebuild nor that the account has to be read again makes another of it, FINAL or not. */
static void a_rebuild_makes_no_second_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        lq_rng_t rng;
        const world_intent_t *it;
        world_t *w = asked(&rng, &it, 7, 1);
        chain_t *t = w->chain;
        size_t cnt = taken_cnt(w, it);
        uint8_t owner = owner_of(w, it);
        world_outcome(w, it->id, LQ_OUTCOME_WON);
        if (i & 1)
            world_outcome(w, it->id, LQ_OUTCOME_FINAL);
        if (i & 2) {
            t->follows = false;
            world_event(w, &(lq_event_t){.kind = LQ_EVENT_BROKEN});
        } else {
            chain_log(world_block(w), (lq_address_t){{FAKE_TOKEN_BYTE}}, FAKE_TOPIC_ODD, owner, 0);
        }
        size_t before = w->intent_cnt;
        told(w);
        world_plain_blocks(w, 3);
        uint32_t account = LQ_LEDGER_NONE;
        lq_address_t address = fake_owner(owner);
        assert_ok(lq_ledger_find(ledger_of(w), &account, 0, &address));
        assert_true(w->stands[account]);
        assert_int_equal(w->reasons[account], LQ_REASON_TAKEN);
        for (size_t k = before; k < w->intent_cnt; k++)
            assert_int_not_equal(w->intents[k].account, account);
        assert_true(i & 2 || taken_cnt(w, it) == cnt);
        world_free(w);
    }
}

/* Limits and gas know no difference. */
static void counts_as_mined(void **state)
{
    (void)state;
    const lq_outcome_kind_t kinds[] = {LQ_OUTCOME_MINED, LQ_OUTCOME_WON};
    uint8_t *bytes[2] = {NULL, NULL};
    size_t sz[2] = {0, 0};
    for (size_t i = 0; i < 2; i++) {
        lq_rng_t rng;
        const world_intent_t *it;
        world_t *w = asked(&rng, &it, 7, 1);
        size_t before = lq_engine_memory_sz(w->engine);
        uint64_t inflight_cnt = lq_engine_stat(w->engine).inflight_cnt;
        bytes[i] = calloc(1, before + 4096);
        assert_non_null(bytes[i]);
        world_outcome(w, it->id, kinds[i]);
        world_outcome(w, it->id, LQ_OUTCOME_FINAL);
        assert_int_equal(lq_engine_stat(w->engine).inflight_cnt, inflight_cnt - 1);
        sz[i] = lq_engine_memory_sz(w->engine);
        assert_true(sz[i] <= before + 4096);
        lq_engine_save(w->engine, bytes[i]);
        world_free(w);
    }
    assert_int_equal(sz[0], sz[1]);
    assert_memory_equal(bytes[0], bytes[1], sz[0]);
    free(bytes[0]);
    free(bytes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stands_as_taken_until_it_heals),
        cmocka_unit_test(a_rival_ends_it_as_taken),
        cmocka_unit_test(goes_back_into_flight_when_it_is_unmined),
        cmocka_unit_test(an_undone_end_is_none),
        cmocka_unit_test(a_rebuild_makes_no_second_one),
        cmocka_unit_test(counts_as_mined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
