#include "liqd/protocol/ledger.h"

#include "../../support/ledger_check.h"
#include "ledger_internal.h"
#include "lq_test.h"

enum {
    FACTORS = 600
};

/* One pool, factors in turn idle, collateral, debt; nothing listed. */
static ledger_rig_t new_rig(size_t account_max, size_t leg_max)
{
    ledger_rig_t r;
    ledger_rig_init(&r, &(lq_ledger_config_t){.account_max = account_max,
                                              .leg_max = leg_max,
                                              .pool_max = 2,
                                              .factor_max = FACTORS,
                                              .seed = 1});
    uint32_t pool;
    assert_ok(lq_ledger_add_pool(r.ledger, &pool, (lq_ledger_pool_t){.instance = 3, .local = 4}));
    for (size_t i = 0; i < FACTORS; i++) {
        uint16_t factor;
        assert_ok(lq_ledger_add_factor(
            r.ledger, &factor,
            &(lq_factor_t){.pool = pool, .asset = (uint16_t)i, .side = (uint8_t)(i % 3)}));
    }
    lq_ledger_settled(r.ledger);
    return r;
}

static lq_address_t address(uint32_t n)
{
    lq_address_t a = {{0}};
    memcpy(a.b + 7, &n, sizeof(n));
    return a;
}

static uint32_t add(ledger_rig_t *r, uint32_t n)
{
    uint32_t account = LQ_LEDGER_NONE;
    lq_address_t owner = address(n);
    assert_ok(lq_ledger_add(r->ledger, &account, 0, &owner));
    return account;
}

/* Legs 0 to CNT - 1. */
static void give_legs(ledger_rig_t *r, uint32_t account, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        assert_ok(lq_ledger_set_amount(r->ledger, account, (uint16_t)i, i + 1));
}

static size_t listed(const ledger_rig_t *r)
{
    size_t cnt;
    (void)lq_ledger_changed_accounts(r->ledger, &cnt);
    return cnt;
}

/* ---- making ---- */

static void refuses_sizes_out_of_range(void **state)
{
    (void)state;
    static const lq_ledger_config_t rows[] = {
        {0, 1, 1, 1, 0},
        {1, 0, 1, 1, 0},
        {1, 1, 0, 1, 0},
        {1, 1, 1, 0, 0},
        {LQ_LEDGER_ACCOUNT_MAX + 1, 1, 1, 1, 0},
        {1, LQ_LEDGER_PLACE_MAX + 1, 1, 1, 0},
        {1, 1, LQ_LEDGER_ACCOUNT_MAX + 1, 1, 0},
        {1, 1, 1, LQ_LEDGER_FACTOR_MAX + 1, 0},
        {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, 0},
    };
    ledger_rig_t r = new_rig(1, 1);
    lq_ledger_t *ledger = r.ledger;
    size_t used = lq_arena_used_sz(&r.arena);
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++)
        assert_err(lq_ledger_new(&ledger, &r.arena, r.undo, &rows[i]), LQ_ERR_RANGE);
    assert_ptr_equal(ledger, r.ledger);
    assert_int_equal(lq_arena_used_sz(&r.arena), used);
    ledger_rig_fini(&r);
}

static void takes_exactly_the_memory_it_states(void **state)
{
    (void)state;
    static const lq_ledger_config_t rows[] = {
        {1, 1, 1, 1, 0}, {2, 1024, 2, 65535, 0}, {1000, 1025, 7, 33, 0}, {64, 4096, 65, 64, 0}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++)
        for (size_t less = 0; less < 3; less++) {
            const lq_ledger_config_t *c = &rows[i];
            lq_undo_config_t u = {lq_ledger_state_sz(c) + (less == 1 ? 0u : LQ_UNDO_LINE_SZ), 1, 1};
            lq_arena_t arena, own;
            lq_undo_t *undo;
            lq_ledger_t *ledger = NULL;
            assert_ok(lq_arena_init(&arena, 2 * u.state_sz + 4096));
            assert_ok(lq_arena_init(&own, lq_ledger_arena_sz(c) - (less == 2)));
            assert_ok(lq_undo_new(&undo, &arena, &u));
            assert_err(lq_ledger_new(&ledger, &own, undo, c), less ? LQ_ERR_NOMEM : LQ_OK);
            assert_int_equal(ledger != NULL, !less);
            assert_int_equal(lq_arena_used_sz(&own), less ? 0 : lq_ledger_arena_sz(c));
            lq_arena_fini(&own);
            lq_arena_fini(&arena);
        }
}

static void a_million_accounts_take_at_most_130_bytes_each(void **state)
{
    (void)state;
    /* 3.2 places on average for 2, 3, 4, 5 to 8 legs at 50, 30, 15, 5 %. */
    const lq_ledger_config_t c = {
        .account_max = 1000000, .leg_max = 3300000, .pool_max = 1000, .factor_max = 10000};
    assert_true(lq_ledger_state_sz(&c) / 64 * 68 <= 130 * c.account_max);
    assert_true(lq_ledger_arena_sz(&c) <= 11 * c.account_max);
}

/* ---- tables ---- */

static void gives_numbers_in_turn_until_a_table_is_full(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(3, 1);
    uint32_t pool = 77;
    assert_ok(lq_ledger_add_pool(r.ledger, &pool, (lq_ledger_pool_t){5, 6}));
    assert_int_equal(pool, 1);
    assert_err(lq_ledger_add_pool(r.ledger, &pool, (lq_ledger_pool_t){7, 8}), LQ_ERR_FULL);
    assert_int_equal(pool, 1);
    assert_int_equal(lq_ledger_pool_cnt(r.ledger), 2);
    assert_int_equal(lq_ledger_pool(r.ledger, 0).instance, 3);
    assert_int_equal(lq_ledger_pool(r.ledger, 1).local, 6);

    uint16_t factor = 77;
    assert_err(lq_ledger_add_factor(r.ledger, &factor, &(lq_factor_t){.pool = 1}), LQ_ERR_FULL);
    assert_int_equal(factor, 77);
    assert_int_equal(lq_ledger_factor_cnt(r.ledger), FACTORS);
    assert_int_equal(lq_ledger_factor(r.ledger, 11)->asset, 11);

    lq_address_t owner = address(9);
    uint32_t account = 55;
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(add(&r, 10 + i), i);
    assert_err(lq_ledger_add(r.ledger, &account, 0, &owner), LQ_ERR_FULL);
    owner = address(11);
    assert_err(lq_ledger_add(r.ledger, &account, 0, &owner), LQ_ERR_EXISTS);
    assert_err(lq_ledger_find(r.ledger, &account, 1, &owner), LQ_ERR_NOT_FOUND);
    assert_int_equal(account, 55);
    assert_ok(lq_ledger_find(r.ledger, &account, 0, &owner));
    assert_int_equal(account, 1);
    ledger_check(r.ledger);
    ledger_rig_fini(&r);
}

static void tells_owners_apart_that_differ_in_one_bit_or_in_the_pool(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(400, 1);
    uint32_t pool, account, cnt = 0;
    assert_ok(lq_ledger_add_pool(r.ledger, &pool, (lq_ledger_pool_t){0, 0}));
    for (size_t bit = 0; bit < 160; bit++)
        for (pool = 0; pool < 2; pool++) {
            lq_address_t owner = {{0}};
            owner.b[bit / 8] = (uint8_t)(1u << bit % 8);
            assert_ok(lq_ledger_add(r.ledger, &account, pool, &owner));
            assert_int_equal(account, cnt++);
        }
    ledger_check(r.ledger);
    ledger_rig_fini(&r);
}

static void lists_accounts_by_state(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(300, 1);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_UNKNOWN, 0), LQ_LEDGER_NONE);
    for (uint32_t i = 0; i < 300; i++)
        (void)add(&r, i);
    lq_ledger_set_state(r.ledger, 17, LQ_ACCOUNT_QUARANTINED);
    lq_ledger_set_state(r.ledger, 299, LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(lq_ledger_state_cnt(r.ledger, LQ_ACCOUNT_UNKNOWN), 298);
    assert_int_equal(lq_ledger_state_cnt(r.ledger, LQ_ACCOUNT_QUARANTINED), 2);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_QUARANTINED, 0), 17);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_QUARANTINED, 17), 17);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_QUARANTINED, 18), 299);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_QUARANTINED, 300),
                     LQ_LEDGER_NONE);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_QUARANTINED, LQ_LEDGER_NONE),
                     LQ_LEDGER_NONE);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_UNKNOWN, 17), 18);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_UNKNOWN, 299), LQ_LEDGER_NONE);
    assert_int_equal(lq_ledger_next_in_state(r.ledger, LQ_ACCOUNT_REFUSED, 0), LQ_LEDGER_NONE);
    ledger_rig_fini(&r);
}

/* ---- values ---- */

static void a_factor_has_no_value_before_one_is_set(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(1, 1);
    assert_true(lq_ledger_value(r.ledger, 0)->value == 0); /* idle */
    const lq_factor_value_t *v = lq_ledger_value(r.ledger, 1);
    assert_true(v->value != v->value);
    lq_ledger_set_value(
        r.ledger, 1,
        &(lq_factor_value_t){
            .value = 2.5, .amount_loss = 1, .value_loss = 0.5f, .health_loss = 0.25f});
    assert_true(v->value == 2.5 && v->amount_loss == 1.0f);
    assert_true(v->value_loss == 0.5f && v->health_loss == 0.25f);
    ledger_rig_fini(&r);
}

static void lists_a_factor_once_whenever_it_is_given_a_value(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(1, 1);
    size_t cnt;
    lq_factor_value_t v = {.value = __builtin_nan("")};
    lq_ledger_set_value(r.ledger, 1, &v);
    (void)lq_ledger_changed_factors(r.ledger, &cnt);
    assert_int_equal(cnt, 0);
    v.value = 1;
    for (uint16_t f = 5; f > 0; f--)
        if (f % 3)
            lq_ledger_set_value(r.ledger, f, &v);
    lq_ledger_set_value(r.ledger, 2, &v);
    v.value_loss = 1;
    lq_ledger_set_value(r.ledger, 4, &v);
    const uint16_t *list = lq_ledger_changed_factors(r.ledger, &cnt);
    assert_int_equal(cnt, 4);
    assert_memory_equal(list, ((uint16_t[]){5, 4, 2, 1}), 8);
    lq_ledger_settled(r.ledger);
    lq_ledger_set_value(r.ledger, 4, &v); /* exactly it may be another */
    (void)lq_ledger_changed_factors(r.ledger, &cnt);
    assert_int_equal(cnt, 1);
    v.health_loss = 0.5f;
    lq_ledger_set_value(r.ledger, 4, &v);
    v.amount_loss = 0.5f;
    lq_ledger_set_value(r.ledger, 5, &v);
    v.value = __builtin_nan("");
    lq_ledger_set_value(r.ledger, 2, &v);
    (void)lq_ledger_changed_factors(r.ledger, &cnt);
    assert_int_equal(cnt, 3);
    ledger_rig_fini(&r);
}

static void no_form_of_nan_or_zero_shows_in_the_state(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(1, 1);
    uint64_t digest = lq_undo_digest(r.undo);
    lq_undo_begin(r.undo, 1);
    lq_ledger_set_value(r.ledger, 1, &(lq_factor_value_t){.value = 1});
    lq_ledger_set_value(r.ledger, 1, &(lq_factor_value_t){.value = -__builtin_nan("7")});
    uint64_t first = lq_undo_digest(r.undo);
    lq_ledger_settled(r.ledger);
    assert_ok(lq_undo_back(r.undo, 1));
    assert_int_equal(lq_undo_digest(r.undo), digest);
    lq_ledger_set_value(r.ledger, 1, &(lq_factor_value_t){.value = 1});
    lq_ledger_set_value(r.ledger, 1,
                        &(lq_factor_value_t){.value = __builtin_nan(""), .value_loss = -0.0f});
    assert_int_equal(lq_undo_digest(r.undo), first);
    ledger_rig_fini(&r);
}

/* ---- legs ---- */

static void legs_move_to_the_smallest_block_that_takes_them(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(3, 10000);
    uint32_t a = add(&r, 1), b = add(&r, 2);
    give_legs(&r, b, 3);
    for (size_t cnt = 1; cnt <= LQ_LEDGER_LEG_MAX; cnt++) {
        assert_ok(lq_ledger_set_amount(r.ledger, a, (uint16_t)cnt, cnt));
        assert_int_equal(lq_ledger_legs(r.ledger, a).cnt, cnt);
        size_t sz = lq_ledger_block_sz(r.ledger->rows[a].class);
        assert_true(cnt <= sz && (sz == 2 || cnt > sz / 2));
        ledger_check(r.ledger);
    }
    uint64_t digest = lq_undo_digest(r.undo);
    assert_err(lq_ledger_set_amount(r.ledger, a, 300, 1), LQ_ERR_FULL);
    assert_int_equal(lq_undo_digest(r.undo), digest);
    assert_ok(lq_ledger_set_amount(r.ledger, a, 300, 0));
    assert_ok(lq_ledger_set_amount(r.ledger, a, 256, 1));
    for (size_t cnt = LQ_LEDGER_LEG_MAX; cnt; cnt--) {
        for (size_t i = 1; i <= cnt; i += 37)
            assert_true(lq_ledger_amount(r.ledger, a, (uint16_t)i) == (i == 256 ? 1u : i));
        assert_ok(lq_ledger_set_amount(r.ledger, a, (uint16_t)cnt, 0));
        assert_int_equal(lq_ledger_legs(r.ledger, a).cnt, cnt - 1);
        size_t sz = lq_ledger_block_sz(r.ledger->rows[a].class);
        assert_true(cnt - 1 <= sz && (sz == 2 || cnt - 1 > sz / 2));
        ledger_check(r.ledger);
    }
    for (uint16_t i = 0; i < 3; i++)
        assert_true(lq_ledger_amount(r.ledger, b, i) == i + 1u);
    ledger_rig_fini(&r);
}

static void sizes_share_one_budget(void **state)
{
    (void)state;
    /* Eight segments: as pairs they take 4096 accounts, and as blocks of 256 places 32. */
    ledger_rig_t r = new_rig(5000, 1);
    for (uint32_t i = 0; i < 4096; i++)
        give_legs(&r, add(&r, i), 1);
    uint32_t one_more = add(&r, 4096);
    (void)listed(&r);
    uint64_t digest = lq_undo_digest(r.undo);
    assert_err(lq_ledger_set_amount(r.ledger, one_more, 1, 1), LQ_ERR_FULL);
    assert_int_equal(lq_undo_digest(r.undo), digest);
    assert_ok(lq_ledger_set_amount(r.ledger, 5, 1, 1)); /* there is a place in its pair */
    digest = lq_undo_digest(r.undo);
    assert_err(lq_ledger_set_amount(r.ledger, 5, 2, 1), LQ_ERR_FULL);
    assert_int_equal(lq_undo_digest(r.undo), digest);
    for (uint32_t i = 0; i < 4096; i++)
        lq_ledger_clear_legs(r.ledger, i);
    assert_int_equal(lq_ledger_segment_cnt(r.ledger), 8);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(lq_ledger_blocks(r.ledger, i).block_cnt, 0);
    size_t cnt = 0;
    for (; cnt < 100; cnt++) {
        for (size_t k = 0; k < 129; k++)
            if (lq_ledger_set_amount(r.ledger, (uint32_t)cnt, (uint16_t)k, 1) != LQ_OK)
                goto full;
    }
full:
    assert_true(cnt >= 24); /* six segments at least; the smaller sizes have others */
    ledger_check(r.ledger);
    ledger_rig_fini(&r);
}

static void taking_legs_away_works_in_a_full_ledger(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(5000, 1);
    for (uint32_t i = 0; i < 4096 / 256; i++) /* a segment of blocks of 4 */
        give_legs(&r, add(&r, i), 3);
    for (uint32_t i = 16; r.ledger->head->segment_cnt < 8; i++)
        give_legs(&r, add(&r, i), 9);
    for (uint32_t i = (uint32_t)lq_ledger_cnt(r.ledger);; i++)
        if (lq_ledger_set_amount(r.ledger, add(&r, i), 1, 1) != LQ_OK)
            break;
    /* No pair is left, so two legs stay in a block of 4, and are as good there. */
    assert_ok(lq_ledger_set_amount(r.ledger, 3, 0, 0));
    assert_int_equal(r.ledger->rows[3].class, 1);
    assert_int_equal(lq_ledger_legs(r.ledger, 3).cnt, 2);
    ledger_check(r.ledger);
    assert_ok(lq_ledger_set_amount(r.ledger, 3, 7, 7));
    assert_ok(lq_ledger_set_amount(r.ledger, 3, 7, 0));
    assert_ok(lq_ledger_set_amount(r.ledger, 3, 1, 0));
    assert_ok(lq_ledger_set_amount(r.ledger, 3, 2, 0));
    assert_int_equal(lq_ledger_legs(r.ledger, 3).cnt, 0);
    ledger_check(r.ledger);
    ledger_rig_fini(&r);
}

static void approx_is_the_nearest_float_and_never_infinite(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(1, 1);
    uint32_t a = add(&r, 1);
    static const struct {
        lq_u128_t amount;
        float approx;
    } rows[] = {
        {1, 1},
        {16777217, 16777216},
        {16777219, 16777220.0f},
        {(lq_u128_t)1 << 127, 0x1p127f},
        {~(lq_u128_t)0, FLT_MAX},
        {~(lq_u128_t)0 << 103, FLT_MAX},
        {~(lq_u128_t)0 << 104, FLT_MAX},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        for (uint16_t f = 0; f < 3; f++)
            assert_ok(lq_ledger_set_amount(r.ledger, a, f, rows[i].amount));
        for (size_t s = 0; s < lq_ledger_segment_cnt(r.ledger); s++) {
            lq_leg_blocks_t b = lq_ledger_blocks(r.ledger, s);
            if (b.block_sz != 4)
                continue;
            assert_int_equal(b.owners[0], a + 1);
            assert_true(b.approx[0] == 0);
            assert_true(b.approx[1] == rows[i].approx);
            assert_true(b.approx[2] == -rows[i].approx);
        }
    }
    ledger_rig_fini(&r);
}

/* ---- lists ---- */

static void lists_an_account_once_and_only_where_it_changed(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(3, 1);
    uint32_t a = add(&r, 1), b = add(&r, 2), c = add(&r, 3);
    assert_int_equal(listed(&r), 3);
    lq_ledger_settled(r.ledger);
    lq_ledger_set_state(r.ledger, a, LQ_ACCOUNT_UNKNOWN);
    lq_ledger_set_category(r.ledger, a, 0);
    lq_ledger_clear_legs(r.ledger, a);
    assert_ok(lq_ledger_set_amount(r.ledger, a, 1, 0));
    assert_int_equal(listed(&r), 0);
    assert_ok(lq_ledger_set_amount(r.ledger, c, 1, 5));
    lq_ledger_set_state(r.ledger, a, LQ_ACCOUNT_KNOWN);
    lq_ledger_set_category(r.ledger, c, 1);
    size_t cnt;
    const uint32_t *list = lq_ledger_changed_accounts(r.ledger, &cnt);
    assert_int_equal(cnt, 2);
    assert_memory_equal(list, ((uint32_t[]){c, a}), 8);
    lq_ledger_settled(r.ledger);
    assert_ok(lq_ledger_set_amount(r.ledger, c, 1, 5));
    assert_int_equal(listed(&r), 0);
    lq_ledger_clear_legs(r.ledger, c);
    lq_ledger_set_category(r.ledger, b, 9);
    assert_int_equal(listed(&r), 2);
    ledger_rig_fini(&r);
}

/* ---- blocks ---- */

static void undone_accounts_are_no_longer_found_and_their_numbers_come_again(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(4, 1);
    lq_address_t owner = address(2);
    uint32_t account = 9;
    assert_int_equal(add(&r, 1), 0);
    lq_undo_begin(r.undo, 1);
    assert_int_equal(add(&r, 2), 1);
    assert_int_equal(add(&r, 3), 2);
    lq_ledger_settled(r.ledger);
    assert_ok(lq_undo_back(r.undo, 1));
    assert_err(lq_ledger_find(r.ledger, &account, 0, &owner), LQ_ERR_NOT_FOUND);
    assert_int_equal(add(&r, 3), 1); /* under the number that the index has for the other */
    assert_err(lq_ledger_find(r.ledger, &account, 0, &owner), LQ_ERR_NOT_FOUND);
    assert_int_equal(add(&r, 2), 2);
    ledger_check(r.ledger);
    ledger_rig_fini(&r);
}

static void junk_of_undone_accounts_is_cleared_away(void **state)
{
    (void)state;
    ledger_rig_t r = new_rig(100, 1);
    for (uint32_t i = 0; i < 90; i++)
        (void)add(&r, i);
    /* Ten at a time that come in two orders and go. */
    bool cleared = false;
    for (uint32_t round = 0; round < 1000; round++) {
        lq_ledger_settled(r.ledger);
        lq_undo_begin(r.undo, 1);
        for (uint32_t i = 0; i < 10; i++) {
            size_t used = r.ledger->index.used_cnt;
            (void)add(&r, 1000 + 20 * round + (round % 2 ? i : 9 - i));
            cleared |= r.ledger->index.used_cnt < used;
            assert_true(r.ledger->index.used_cnt <= r.ledger->index.used_max);
        }
        ledger_check(r.ledger);
        lq_ledger_settled(r.ledger);
        assert_ok(lq_undo_back(r.undo, 1));
    }
    assert_true(cleared);
    assert_int_equal(lq_ledger_cnt(r.ledger), 90);
    ledger_check(r.ledger);
    ledger_rig_fini(&r);
}

/* ---- misuse ---- */

static void undo_with_something_listed_and_look(void)
{
    ledger_rig_t r = new_rig(4, 1);
    lq_undo_begin(r.undo, 1);
    (void)add(&r, 1);
    (void)!lq_undo_back(r.undo, 1);
    (void)listed(&r);
}

static void undo_with_something_listed_and_change(void)
{
    ledger_rig_t r = new_rig(4, 1);
    lq_undo_begin(r.undo, 1);
    lq_ledger_set_value(r.ledger, 1, &(lq_factor_value_t){.value = 1});
    (void)!lq_undo_back(r.undo, 1);
    (void)add(&r, 1);
}

static void clear_in_a_block(void)
{
    ledger_rig_t r = new_rig(4, 1);
    lq_undo_begin(r.undo, 1);
    lq_ledger_clear(r.ledger);
}

static void restore_in_a_block(void)
{
    ledger_rig_t r = new_rig(4, 1);
    lq_undo_begin(r.undo, 1);
    (void)!lq_ledger_restored(r.ledger);
}

static void look_at_an_account_that_is_not_there(void)
{
    ledger_rig_t r = new_rig(4, 1);
    (void)lq_ledger_account(r.ledger, add(&r, 1) + 1);
}

static void add_a_leg_of_a_factor_that_is_not_there(void)
{
    ledger_rig_t r = new_rig(4, 1);
    (void)!lq_ledger_set_amount(r.ledger, add(&r, 1), FACTORS, 1);
}

static void add_a_leg_of_another_pool(void)
{
    ledger_rig_t r = new_rig(4, 1);
    uint32_t pool, account;
    lq_address_t owner = address(1);
    if (!lq_ledger_add_pool(r.ledger, &pool, (lq_ledger_pool_t){0, 0}) &&
        !lq_ledger_add(r.ledger, &account, pool, &owner))
        (void)!lq_ledger_set_amount(r.ledger, account, 1, 1);
}

static void set_bad_value(lq_factor_value_t v, uint16_t factor)
{
    ledger_rig_t r = new_rig(4, 1);
    lq_ledger_set_value(r.ledger, factor, &v);
}

static void set_a_negative_value(void)
{
    set_bad_value((lq_factor_value_t){.value = -1}, 1);
}

static void set_an_infinite_value(void)
{
    set_bad_value((lq_factor_value_t){.value = __builtin_inf()}, 1);
}

static void set_an_unknown_loss(void)
{
    set_bad_value((lq_factor_value_t){.value = 1, .value_loss = __builtin_nanf("")}, 1);
}

static void set_a_loss_of_all(void)
{
    set_bad_value((lq_factor_value_t){.value = 1, .health_loss = 1}, 1);
}

static void set_a_value_of_an_idle_factor(void)
{
    set_bad_value((lq_factor_value_t){.value = 1}, 0);
}

static void misuse_is_a_bug(void **state)
{
    (void)state;
    assert_dies(undo_with_something_listed_and_look, "undone while changes were listed");
    assert_dies(undo_with_something_listed_and_change, "undone while changes were listed");
    assert_dies(clear_in_a_block, "cleared while a block is kept");
    assert_dies(restore_in_a_block, "restored while a block is kept");
    assert_dies(look_at_an_account_that_is_not_there, "does not hold");
    assert_dies(add_a_leg_of_a_factor_that_is_not_there, "does not hold");
    assert_dies(add_a_leg_of_another_pool, "does not hold");
    assert_dies(set_a_negative_value, "no value of factor 1");
    assert_dies(set_an_infinite_value, "no value of factor 1");
    assert_dies(set_an_unknown_loss, "no value of factor 1");
    assert_dies(set_a_loss_of_all, "no value of factor 1");
    assert_dies(set_a_value_of_an_idle_factor, "no value of factor 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_sizes_out_of_range),
        cmocka_unit_test(takes_exactly_the_memory_it_states),
        cmocka_unit_test(a_million_accounts_take_at_most_130_bytes_each),
        cmocka_unit_test(gives_numbers_in_turn_until_a_table_is_full),
        cmocka_unit_test(tells_owners_apart_that_differ_in_one_bit_or_in_the_pool),
        cmocka_unit_test(lists_accounts_by_state),
        cmocka_unit_test(a_factor_has_no_value_before_one_is_set),
        cmocka_unit_test(lists_a_factor_once_whenever_it_is_given_a_value),
        cmocka_unit_test(no_form_of_nan_or_zero_shows_in_the_state),
        cmocka_unit_test(legs_move_to_the_smallest_block_that_takes_them),
        cmocka_unit_test(sizes_share_one_budget),
        cmocka_unit_test(taking_legs_away_works_in_a_full_ledger),
        cmocka_unit_test(approx_is_the_nearest_float_and_never_infinite),
        cmocka_unit_test(lists_an_account_once_and_only_where_it_changed),
        cmocka_unit_test(undone_accounts_are_no_longer_found_and_their_numbers_come_again),
        cmocka_unit_test(junk_of_undone_accounts_is_cleared_away),
        cmocka_unit_test(misuse_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
