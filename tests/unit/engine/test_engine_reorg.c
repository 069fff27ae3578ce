/* What is in flight while a reorg takes blocks back, and with them what was mined or the account's
   number: an account has one in flight. That no second one is asked for the world checks itself. */

#include "engine_world.h"
#include "lq_test.h"

static void told(world_t *w)
{
    (void)chain_rest(w->chain);
}

/* The number of OWNER's account; LQ_LEDGER_NONE: it has none. */
static uint32_t account_of(const world_t *w, uint8_t owner)
{
    const lq_ledger_t *ledger = lq_sync_ledger(lq_engine_sync(w->engine));
    lq_address_t address = fake_owner(owner);
    uint32_t account;
    return lq_ledger_find(ledger, &account, 0, &address) ? LQ_LEDGER_NONE : account;
}

/* A trusted market with funds for all, of which two with a debt have no account yet: STRANGERS. */
static world_t *resumed(lq_rng_t *rng, uint8_t strangers[2])
{
    lq_rng_seed(rng, 3);
    market_will = (market_will_t){.sizing = LQ_SIZING_PLAN};
    lq_engine_config_t config = world_config(NULL, NULL);
    config.inflight_max = 256;
    world_t *w = world_new(world_pick, rng, &config, (lq_engine_market_t){0});
    world_trusted(w);
    told(w);
    size_t cnt = 0;
    for (uint8_t owner = 0; cnt < 2; owner++) {
        assert_true(owner < FAKE_OWNERS);
        if (account_of(w, owner) == LQ_LEDGER_NONE && owner % 6 != FAKE_ODD_OWNER)
            strangers[cnt++] = owner;
    }
    world_fund(w, 100000);
    return w;
}

static void borrow(chain_node_t *n, uint8_t owner)
{
    world_hold(n, owner, 0, 0);
    world_hold(n, owner, 1, 900);
}

/* Intents for OWNER. */
static size_t taken_cnt(const world_t *w, uint8_t owner)
{
    lq_address_t borrower = fake_owner(owner);
    size_t cnt = 0;
    for (size_t i = 0; i < w->intent_cnt; i++)
        cnt += world_is_of(&w->intents[i], &borrower);
    return cnt;
}

/* The last one for OWNER. */
static const world_intent_t *taken(const world_t *w, uint8_t owner)
{
    lq_address_t borrower = fake_owner(owner);
    size_t i = w->intent_cnt;
    while (i && !world_is_of(&w->intents[i - 1], &borrower))
        i--;
    assert_true(i > 0);
    return &w->intents[i - 1];
}

/* In place of the newest block one in which FIRST borrows and then, where he is not the same,
   SECOND. */
static void borrow_instead(world_t *w, uint8_t first, uint8_t second)
{
    w->chain->tip = w->chain->nodes[w->chain->tip].parent;
    chain_node_t *n = world_block(w);
    borrow(n, first);
    if (second != first)
        borrow(n, second);
    (void)world_block(w);
    told(w);
}

static void assert_in_flight(const world_t *w, uint8_t owner, size_t cnt)
{
    uint32_t account = account_of(w, owner);
    assert_true(account != LQ_LEDGER_NONE && w->stands[account]);
    assert_int_equal(w->reasons[account], LQ_REASON_IN_FLIGHT);
    assert_int_equal(taken_cnt(w, owner), cnt);
}

/* ---- cases ---- */

/* The number of one in flight is given to another, for whom one is asked as well. */
static void a_number_that_is_anothers_now_is_in_flight_for_nobody(void **state)
{
    (void)state;
    lq_rng_t rng;
    uint8_t who[2];
    world_t *w = resumed(&rng, who);
    borrow(world_block(w), who[0]);
    told(w);
    assert_in_flight(w, who[0], 1);
    borrow_instead(w, who[1], who[1]);
    assert_in_flight(w, who[1], 1);
    assert_int_equal(taken(w, who[0])->account, taken(w, who[1])->account);
    assert_true(taken(w, who[0])->dropped && taken(w, who[0])->asked);
    borrow(world_block(w), who[0]); /* and whoever comes back finds his own */
    told(w);
    assert_in_flight(w, who[0], 1);
    assert_int_not_equal(account_of(w, who[0]), taken(w, who[0])->account);
    world_free(w);
}

/* One is mined, another is asked for, and a reorg gives the first back: the second is not wanted
   any more, and where it ends the first is still there. */
static void whoever_is_given_back_is_in_flight_when_the_second_has_ended(void **state)
{
    (void)state;
    const lq_outcome_kind_t ends[] = {LQ_OUTCOME_CANCELLED, LQ_OUTCOME_REVERTED, LQ_OUTCOME_MINED};
    for (size_t i = 0; i < LQ_ARRAY_CNT(ends); i++) {
        lq_rng_t rng;
        uint8_t who[2];
        world_t *w = resumed(&rng, who);
        borrow(world_block(w), who[0]);
        told(w);
        const world_intent_t *first = taken(w, who[0]);
        world_outcome(w, first->id, LQ_OUTCOME_MINED);
        world_plain_blocks(w, 1);
        const world_intent_t *second = taken(w, who[0]);
        assert_ptr_not_equal(first, second);
        world_outcome(w, first->id, LQ_OUTCOME_UNMINED);
        assert_true(second->dropped && !first->dropped);
        world_outcome(w, second->id, ends[i]);
        world_plain_blocks(w, 2);
        assert_in_flight(w, who[0], 2);
        world_outcome(w, first->id, LQ_OUTCOME_EXPIRED);
        world_plain_blocks(w, 1);
        assert_in_flight(w, who[0], 3);
        world_free(w);
    }
}

/* The same, and the account is repaid in between: nothing is wanted of either. It ends as TAKEN
   where the second was mined. */
static void whoever_is_given_back_is_dropped_where_there_is_nothing_to_take(void **state)
{
    (void)state;
    for (unsigned mined = 0; mined < 2; mined++) {
        lq_rng_t rng;
        uint8_t who[2];
        world_t *w = resumed(&rng, who);
        borrow(world_block(w), who[0]);
        told(w);
        const world_intent_t *first = taken(w, who[0]);
        world_outcome(w, first->id, LQ_OUTCOME_MINED);
        world_plain_blocks(w, 1);
        const world_intent_t *second = taken(w, who[0]);
        world_outcome(w, first->id, LQ_OUTCOME_UNMINED);
        world_hold(world_block(w), who[0], 1, 0);
        told(w);
        assert_false(first->dropped);
        world_outcome(w, second->id, mined ? LQ_OUTCOME_MINED : LQ_OUTCOME_CANCELLED);
        assert_true(first->dropped);
        assert_in_flight(w, who[0], 2);
        world_outcome(w, first->id, LQ_OUTCOME_EXPIRED);
        assert_false(w->stands[account_of(w, who[0])]);
        assert_int_equal(w->last_ended.reason, mined ? LQ_REASON_TAKEN : LQ_REASON_OUTBID);
        world_free(w);
    }
}

/* The reorg that gives it back has given the account another number before. */
static void whoever_is_given_back_finds_his_account_under_its_new_number(void **state)
{
    (void)state;
    for (unsigned asked = 0; asked < 2; asked++) {
        lq_rng_t rng;
        uint8_t who[2];
        world_t *w = resumed(&rng, who);
        borrow(world_block(w), who[0]);
        told(w);
        const world_intent_t *first = taken(w, who[0]);
        world_outcome(w, first->id, LQ_OUTCOME_MINED);
        world_fund(w, asked ? 100000 : 0);
        borrow_instead(w, who[1], who[0]);
        assert_int_not_equal(account_of(w, who[0]), first->account);
        assert_int_equal(taken_cnt(w, who[0]), 1 + asked);
        world_outcome(w, first->id, LQ_OUTCOME_UNMINED);
        assert_in_flight(w, who[0], 1 + asked);
        assert_int_equal(taken(w, who[0])->dropped, asked);
        world_fund(w, 100000);
        world_plain_blocks(w, 1);
        assert_in_flight(w, who[0], 1 + asked);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_that_is_anothers_now_is_in_flight_for_nobody),
        cmocka_unit_test(whoever_is_given_back_is_in_flight_when_the_second_has_ended),
        cmocka_unit_test(whoever_is_given_back_is_dropped_where_there_is_nothing_to_take),
        cmocka_unit_test(whoever_is_given_back_finds_his_account_under_its_new_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
