#include "aave_v3_adapter_test.h"

#define BLOCK_MAX 24u

/* What any user may do in a block. */
static void act(world_t *w, lq_rng_t *rng)
{
    unsigned u = (unsigned)lq_rng_below(rng, WORLD_USER_CNT);
    unsigned r = (unsigned)lq_rng_below(rng, w->reserve_cnt);
    lq_u256_t amount = up_to_bits(rng, 80);
    lq_u256_t *supply = &w->users[u].supply[r].scaled;
    switch (lq_rng_below(rng, 9)) {
    case 0:
    case 1:
        (void)world_move(w, u, r, LQ_AAVE_V3_ATOKEN, true, &amount);
        break;
    case 2:
        if (lq_rng_below(rng, 3) != 0)
            amount = up_to_bits(rng, lq_u256_bit_len(supply));
        (void)world_move(w, u, r, LQ_AAVE_V3_ATOKEN, false, &amount);
        break;
    case 3:
        amount = up_to_bits(rng, 60);
        if (world_move(w, u, r, LQ_AAVE_V3_DEBT, true, &amount))
            world_emit_borrow(w, u, r, 2);
        break;
    case 4:
        amount = up_to_bits(rng, lq_u256_bit_len(&w->users[u].debt[r].scaled) + 1);
        (void)world_move(w, u, r, LQ_AAVE_V3_DEBT, false, &amount);
        break;
    case 5:
        amount = up_to_bits(rng, lq_u256_bit_len(supply));
        (void)world_transfer(w, u, (unsigned)lq_rng_below(rng, WORLD_USER_CNT), r, &amount);
        break;
    case 6:
        world_emit_flag(w, u, r, lq_rng_u64(rng) & 1);
        break;
    case 7:
        world_emit_e_mode(w, u, (unsigned)lq_rng_below(rng, WORLD_CATEGORY_CNT));
        break;
    case 8:
        world_accrue(w, r, lq_rng_below(rng, 8000000));
        break;
    }
    if (lq_u256_is_zero(supply) && w->users[u].flag[r] && lq_rng_below(rng, 2) == 0)
        world_emit_flag(w, u, r, false);
}

static void assert_all(const world_rig_t *rig)
{
    assert_as_world(rig);
    for (unsigned u = 0; u < WORLD_USER_CNT; u++)
        if (account_of(rig, u) != LQ_LEDGER_NONE && state_of(rig, u) == LQ_ACCOUNT_KNOWN)
            assert_health_as_world(rig, u);
}

static void tell_price(world_rig_t *rig, lq_rng_t *rng)
{
    world_t *w = rig->world;
    world_reserve_t *r = &w->reserves[lq_rng_below(rng, w->reserve_cnt)];
    r->price = lq_u256_from_u64(1 + lq_rng_below(rng, 1000000000));
    world_rig_prices(rig);
}

/* One block: mostly time, a price, some actions, prices between them, reads of who is new. */
static void do_block(world_rig_t *rig, lq_rng_t *rng)
{
    world_t *w = rig->world;
    if (lq_rng_below(rng, 4) != 0)
        w->now_sec += 1 + lq_rng_below(rng, 100000);
    ADAPTER.set_now(rig->self, w->now_sec);
    tell_price(rig, rng);
    for (uint64_t n = lq_rng_below(rng, 6); n > 0; n--) {
        act(w, rng);
        assert_int_not_equal(rig->last, LQ_APPLIED_FAULT);
        if (lq_rng_below(rng, 4) == 0)
            tell_price(rig, rng);
    }
    lq_ledger_settled(rig->ledger);
    assert_all(rig);
    if (lq_rng_u64(rng) & 1)
        assert_int_equal(world_rig_settle(rig, 1000), 0);
    assert_all(rig);
}

static void run(lq_rng_t *rng, unsigned version)
{
    static world_t worlds[BLOCK_MAX + 1];
    uint64_t digests[BLOCK_MAX + 1];
    world_t w;
    world_rig_t rig;
    uint64_t blk = 100;
    size_t depth = 0;
    start(&rig, &w, version, LQ_ADAPTER_PROBE);
    for (unsigned step = 0; step < 60; step++) {
        if (depth > 0 && (depth == BLOCK_MAX || lq_rng_below(rng, 4) == 0)) {
            lq_ledger_settled(rig.ledger);
            assert_ok(lq_undo_back(rig.undo, --blk));
            w = worlds[--depth];
            assert_true(lq_undo_digest(rig.undo) == digests[depth]);
            lq_ledger_settled(rig.ledger);
            assert_all(&rig);
            continue;
        }
        worlds[depth] = w;
        digests[depth++] = lq_undo_digest(rig.undo);
        lq_undo_begin(rig.undo, blk++);
        do_block(&rig, rng);
    }
    world_rig_fini(&rig);
}

static void follows_what_users_do_and_what_is_undone(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(4, 200); i++)
        for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++)
            run(&rng, v);
}

/* The sums of the book's bound at the present, and the real health. */
typedef struct bound {
    double low;
    double real;
    bool usable; /* of debts and values that rounding does not drown */
} bound_t;

static bound_t bound_of(const world_rig_t *rig, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(rig->ledger, account);
    double c = 0, d = 0, c_low = 0, d_high = 0, loss = 0;
    bool drowned = false;
    for (size_t i = 0; i < legs.cnt; i++) {
        const lq_factor_value_t *v = lq_ledger_value(rig->ledger, legs.factors[i]);
        double a = (double)legs.amounts[i];
        double a_loss = (double)v->amount_loss, v_loss = (double)v->value_loss;
        drowned |= a < 1e6 || v_loss > 100;
        uint8_t side = lq_ledger_factor(rig->ledger, legs.factors[i])->side;
        if (side == LQ_SIDE_COLLATERAL) {
            c += a * v->value;
            c_low += (a > a_loss ? a - a_loss : 0) * v->value - v_loss;
        } else if (side == LQ_SIDE_DEBT) {
            d += a * v->value;
            d_high += (a + a_loss) * v->value + v_loss;
        }
        if ((double)v->health_loss > loss)
            loss = (double)v->health_loss;
        assert_true(v->value >= 0 && v->amount_loss >= 0 && v->value_loss >= 0 &&
                    v->health_loss >= 0 && v->health_loss < 1);
    }
    double low =
        d_high > 0 ? (c_low > 0 ? c_low : 0) / d_high * (1 - loss) * (1 - 1.0 / 1048576) : 0;
    return (bound_t){low, d > 0 ? c / d : 0,
                     d > 1e7 && c > 1e7 && c > d * 1e-6 && loss < 0.001 && !drowned};
}

static uint16_t draw_threshold(lq_rng_t *rng)
{
    static const uint16_t edges[] = {0, 1, 2, 10000};
    return lq_rng_below(rng, 4) == 0 ? edges[lq_rng_below(rng, 4)]
                                     : (uint16_t)lq_rng_below(rng, 10001);
}

static void draw_pool(world_t *w, lq_rng_t *rng)
{
    bool mild = lq_rng_below(rng, 2) == 0; /* as pools are; else anything */
    for (unsigned r = 0; r < w->reserve_cnt; r++) {
        world_reserve_t *p = &w->reserves[r];
        p->accrual.liquidity_index = any_index(rng);
        p->accrual.variable_borrow_index = any_index(rng);
        p->accrual.last_update_sec = w->now_sec - lq_rng_below(rng, 100000);
        p->price = up_to_bits(rng, mild ? 34 : 60);
        p->price.w[0] |= 1;
        p->decimals = mild ? 8 : (uint8_t)lq_rng_below(rng, 28);
        p->threshold_bps = mild ? (uint16_t)(5000 + lq_rng_below(rng, 5000)) : draw_threshold(rng);
        p->category = (uint8_t)lq_rng_below(rng, WORLD_CATEGORY_CNT);
    }
    for (unsigned i = 1; i < WORLD_CATEGORY_CNT; i++) {
        w->categories[i].threshold_bps =
            mild ? (uint16_t)(5000 + lq_rng_below(rng, 5000)) : draw_threshold(rng);
        w->categories[i].bitmap = lq_rng_u64(rng);
    }
    world_user_t *u = &w->users[0];
    u->category = (uint8_t)lq_rng_below(rng, WORLD_CATEGORY_CNT);
    for (unsigned r = 0; r < w->reserve_cnt; r++) {
        u->supply[r].scaled = up_to_bits(rng, mild ? 60 : 90);
        u->debt[r].scaled =
            lq_rng_below(rng, 2) ? up_to_bits(rng, mild ? 58 : 90) : lq_u256_from_u64(0);
        u->flag[r] = lq_rng_below(rng, 3) != 0;
    }
}

static void loses_no_more_than_its_factors_say(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t usable = 0;
    for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++) {
        world_t w;
        world_rig_t rig;
        start(&rig, &w, v, v);
        uint32_t a = know(&rig, 0);
        for (size_t i = 0; i < lq_test_cnt(1000, 100000); i++) {
            lq_health_t h;
            draw_pool(&w, &rng);
            mark_pool(rig.self);
            assert_int_equal(world_rig_settle(&rig, 1000), 0);
            assert_int_equal(world_rig_answer(&rig, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}),
                             LQ_APPLIED);
            lq_ledger_settled(rig.ledger);
            assert_health_as_world(&rig, 0);
            ADAPTER.health(rig.self, &h, a, NULL);
            bound_t b = bound_of(&rig, a);
            if (h.verdict == LQ_HEALTH_NO_DEBT)
                continue;
            double hf = lq_u256_to_double(&h.factor_wad) / 1e18;
            /* a wad more or less is far below the margin where it matters, at 1 */
            if (hf + 1e-17 < b.low || (b.usable && (hf > b.real * 1.001 || hf < b.real * 0.998))) {
                print_error("version %u: %.17g, at least %.17g, really %.17g\n", v, hf, b.low,
                            b.real);
                fail();
            }
            usable += b.usable;
        }
        world_rig_fini(&rig);
    }
    assert_true(usable > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_what_users_do_and_what_is_undone),
        cmocka_unit_test(loses_no_more_than_its_factors_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
