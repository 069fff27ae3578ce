#include "market_test.h"

#include "routes_internal.h"
#include "venues_rig.h"

/* Routes over venues that were read from a chain. Tokens 1, 2 and 3, a pool for each two of them.
 */

static lq_no_route_t why_not(rig_t *r, uint32_t in, uint32_t to)
{
    lq_swaps_t swaps = lq_venues_swaps(r->v);
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why = LQ_NO_ROUTE_NONE;
    lq_address_t token_in = address_n(in);
    lq_address_t token_out = address_n(to);
    (void)swaps.routes(swaps.ctx, routes, &why, &token_in, &token_out);
    return why;
}

static void fill(rig_t *r)
{
    read_all(r);
    mint(r, 100, -6000, 6000, 1000000000);
    mint(r, 101, -500, 500, 1000000000);
    sync_to(r, 102, 1000000, 1010000);
}

static void routes_follow_what_is_read_and_undone(void **state)
{
    rig_t *r = *state;
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_UNREAD);
    lq_undo_begin(r->undo, 2);
    read_all(r);
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_EMPTY);
    assert_int_equal(why_not(r, 1, 9), LQ_NO_ROUTE_NO_POOL);
    fill(r);
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_NONE);
    assert_int_equal(why_not(r, 3, 2), LQ_NO_ROUTE_NONE);
    lq_venues_doubt(r->v, 0);
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_NONE); /* over 3 */
    lq_venues_doubt(r->v, 2);
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_DOUBTFUL);
    assert_ok(lq_undo_back(r->undo, 2));
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_UNREAD);
    fill(r);
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_NONE);
    lq_undo_forget(r->undo, 0);
    assert_ok(lq_venues_restored(r->v));
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_NONE);
    lq_venues_clear(r->v);
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_UNREAD);
}

/* A node says other tokens of a pool than before, and its block goes. */
static void other_tokens_that_a_reorg_takes_back_are_forgotten(void **state)
{
    rig_t *r = *state;
    fill(r);
    lq_undo_begin(r->undo, 2);
    lq_venues_doubt(r->v, 0);
    r->chain->pools[0].tokens[1] = 3;
    read_all(r);
    lq_venues_doubt(r->v, 1);
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_DOUBTFUL);
    assert_ok(lq_undo_back(r->undo, 2));
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_NONE);
    lq_undo_begin(r->undo, 2);
    lq_venues_doubt(r->v, 1);
    assert_int_equal(why_not(r, 1, 2), LQ_NO_ROUTE_NONE); /* through the pool itself */
    lq_venues_doubt(r->v, 2);
    assert_int_equal(why_not(r, 1, 3), LQ_NO_ROUTE_DOUBTFUL); /* and not by way of it */
}

static void a_swap_goes_over_two_pools_and_one_at_once(void **state)
{
    rig_t *r = *state;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    lq_swap_t got;
    lq_swaps_t swaps = lq_venues_swaps(r->v);
    lq_address_t in = address_n(1);
    lq_address_t to = address_n(3);
    lq_u256_t amount = lq_u256_from_u64(100000);
    fill(r);
    assert_int_equal(swaps.routes(swaps.ctx, routes, &why, &in, &to), 3);
    assert_int_equal(routes[0].paths[0].hop_cnt, 1); /* 1.01 less 0.3 % */
    assert_int_equal(routes[1].paths[0].hop_cnt, 2); /* 1 less 0.3 % less 0.01 % */
    assert_int_equal(routes[2].path_cnt, 2);
    for (uint32_t i = 0; i < 3; i++) {
        assert_ok(swaps.given_in(swaps.ctx, &got, &routes[i], &amount));
        assert_int_equal(got.leg_cnt, i + 1);
    }
    lq_u256_t both = got.amount_out;
    assert_ok(swaps.given_in(swaps.ctx, &got, &routes[1], &amount));
    assert_true(lq_u256_lt(&got.amount_out, &both));
    amount = both;
    assert_ok(swaps.given_out(swaps.ctx, &got, &routes[2], &amount));
    assert_true(got.amount_in.w[0] <= 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(routes_follow_what_is_read_and_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(other_tokens_that_a_reorg_takes_back_are_forgotten, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_swap_goes_over_two_pools_and_one_at_once, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
