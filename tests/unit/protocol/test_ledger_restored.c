#include "../../support/ledger_damage.h"
#include "ledger_internal.h"
#include "lq_test.h"

/* What the pieces are, in their order. */
enum {
    HEAD,
    POOLS,
    FACTORS,
    VALUES,
    ROWS,
    STATES,
    SEGMENTS,
    AMOUNTS,
    LEG_FACTORS
};

static void add(lq_ledger_t *l, uint8_t owner, uint32_t pool, size_t leg_cnt)
{
    uint32_t account;
    lq_address_t a = {{owner}};
    assert_ok(lq_ledger_add(l, &account, pool, &a));
    for (size_t k = 0; k < leg_cnt; k++)
        assert_ok(lq_ledger_set_amount(l, account, (uint16_t)(2 * k + pool), 100 + k));
}

/* Accounts 0 to 3 with 2, 2, 3 and 9 legs, 4 without. Segments: 0 pairs, 1 fours, 2 none, that is
   free, 3 of sixteen; then one of eights. */
static void make(ledger_rig_t *r)
{
    ledger_rig_init(r, &ledger_damage_config);
    ledger_bytes_t none = {0};
    ledger_damage_make(r->ledger, &none);
    add(r->ledger, 1, 0, 2);
    add(r->ledger, 2, 1, 2);
    add(r->ledger, 3, 0, 3);
    add(r->ledger, 4, 0, 9);
    add(r->ledger, 5, 1, 0);
    lq_ledger_set_state(r->ledger, 1, LQ_ACCOUNT_KNOWN);
    assert_int_equal(r->ledger->head->segment_cnt, 4);
    assert_int_equal(r->ledger->head->segment_free, 3);
}

typedef struct damage {
    const char *what;
    uint8_t piece;
    size_t at;
    size_t sz;
    uint64_t value;
} damage_t;

#define OF_HEAD(member) HEAD, offsetof(ledger_head_t, member), sizeof(((ledger_head_t *)0)->member)
#define OF_ROW(i, member)                                              \
    ROWS, (i) * sizeof(ledger_row_t) + offsetof(ledger_row_t, member), \
        sizeof(((ledger_row_t *)0)->member)
#define OF_SEGMENT(i, member)                                                      \
    SEGMENTS, (i) * sizeof(ledger_segment_t) + offsetof(ledger_segment_t, member), \
        sizeof(((ledger_segment_t *)0)->member)
#define OF_FACTOR(i, member)                                            \
    FACTORS, (i) * sizeof(lq_factor_t) + offsetof(lq_factor_t, member), \
        sizeof(((lq_factor_t *)0)->member)

static const damage_t damages[] = {
    {"too many accounts", OF_HEAD(account_cnt), LEDGER_DAMAGE_ACCOUNTS + 1},
    {"accounts beyond all", OF_HEAD(account_cnt), UINT32_MAX},
    {"an account more", OF_HEAD(account_cnt), 6},
    {"an account fewer", OF_HEAD(account_cnt), 4},
    {"too many pools", OF_HEAD(pool_cnt), 3},
    {"a pool fewer", OF_HEAD(pool_cnt), 1},
    {"too many factors", OF_HEAD(factor_cnt), LEDGER_DAMAGE_FACTORS + 1},
    {"few factors", OF_HEAD(factor_cnt), 16},
    {"too many segments", OF_HEAD(segment_cnt), 9},
    {"segments beyond all", OF_HEAD(segment_cnt), UINT32_MAX},
    {"a segment fewer", OF_HEAD(segment_cnt), 3},
    {"a segment more", OF_HEAD(segment_cnt), 5},
    {"a free segment beyond", OF_HEAD(segment_free), 5},
    {"a free segment that is not", OF_HEAD(segment_free), 1},
    {"no free segment", OF_HEAD(segment_free), 0},
    {"what is to be zero", OF_HEAD(zero), 1},
    {"a list that begins beyond", HEAD, offsetof(ledger_head_t, class_roomy), 4, 5},
    {"a list that begins far beyond", HEAD, offsetof(ledger_head_t, class_roomy), 4, UINT32_MAX},
    {"a list of another class", HEAD, offsetof(ledger_head_t, class_roomy), 4, 2},
    {"a list that is lost", HEAD, offsetof(ledger_head_t, class_roomy), 4, 0},
    {"a list too many", HEAD, offsetof(ledger_head_t, class_roomy) + 24, 4, 1},
    {"an unknown more, a known fewer", HEAD, offsetof(ledger_head_t, state_cnt), 8, 5},
    {"an unknown more", HEAD, offsetof(ledger_head_t, state_cnt), 4, 5},
    {"a factor of no pool", OF_FACTOR(19, pool), 2},
    {"a factor of another pool", OF_FACTOR(0, pool), 1},
    {"a factor of no side", OF_FACTOR(19, side), 3},
    {"a negative value", VALUES, 2 * sizeof(lq_factor_value_t) + 7, 1, 0x80},
    {"an idle factor's value", VALUES, 0, 8, 0x3ff0000000000000},
    {"an infinite value", VALUES, 2 * sizeof(lq_factor_value_t), 8, 0x7ff0000000000000},
    {"an unknown loss", VALUES, 2 * sizeof(lq_factor_value_t) + 12, 4, 0x7fc00000},
    {"an account of no pool", OF_ROW(4, pool), 2},
    {"an account of another pool", OF_ROW(0, pool), 1},
    {"the same account twice", OF_ROW(2, owner.b[0]), 1},
    {"another's block", OF_ROW(0, block), 1},
    {"a block that nobody's places are in", OF_ROW(0, block), 2},
    {"a block of another segment", OF_ROW(0, block), 512},
    {"a block of a free segment", OF_ROW(0, block), 1024},
    {"a block beyond", OF_ROW(0, block), 2048},
    {"a block far beyond", OF_ROW(0, block), UINT32_MAX},
    {"a block that begins within one", OF_ROW(2, block), 513},
    {"a block of no legs", OF_ROW(4, block), 2},
    {"a class of no legs", OF_ROW(4, class), 1},
    {"another class", OF_ROW(0, class), 1},
    {"no class", OF_ROW(0, class), 8},
    {"a leg more", OF_ROW(2, leg_cnt), 4},
    {"a leg fewer", OF_ROW(2, leg_cnt), 2},
    {"more legs than places", OF_ROW(0, leg_cnt), 3},
    {"legs beyond all", OF_ROW(0, leg_cnt), UINT16_MAX},
    {"no legs", OF_ROW(0, leg_cnt), 0},
    {"no state", STATES, 0, 1, 4},
    {"another state", STATES, 0, 1, 1},
    {"a segment of no class", OF_SEGMENT(0, class), 9},
    {"a segment of another class", OF_SEGMENT(0, class), 2},
    {"a segment free with blocks", OF_SEGMENT(0, class), 0},
    {"a free segment of a class", OF_SEGMENT(2, class), 1},
    {"a block more", OF_SEGMENT(0, used_cnt), 3},
    {"a block fewer", OF_SEGMENT(0, used_cnt), 1},
    {"no blocks", OF_SEGMENT(0, used_cnt), 0},
    {"a full one listed", OF_SEGMENT(0, used_cnt), 512},
    {"more blocks than there are", OF_SEGMENT(0, used_cnt), UINT16_MAX},
    {"a segment's zeros", OF_SEGMENT(1, zero[4]), 1},
    {"a first with one before", OF_SEGMENT(0, prev), 1},
    {"a list in a circle", OF_SEGMENT(0, next), 1},
    {"a list that goes beyond", OF_SEGMENT(0, next), 5},
    {"a free one with one before", OF_SEGMENT(2, prev), 1},
    {"free ones in a circle", OF_SEGMENT(2, next), 3},
    {"free ones beyond", OF_SEGMENT(2, next), 5},
    {"free ones far beyond", OF_SEGMENT(2, next), UINT32_MAX},
    {"a leg of 0", AMOUNTS, 0, 8, 0},
    {"an amount behind the last leg", AMOUNTS, (1024 + 3) * sizeof(lq_u128_t) + 8, 8, 1},
    {"an amount of nobody's", AMOUNTS, 5 * sizeof(lq_u128_t), 1, 1},
    {"an amount in a free segment", AMOUNTS, 3071 * sizeof(lq_u128_t), 1, 1},
    {"a factor that is not there", LEG_FACTORS, 0, 2, LEDGER_DAMAGE_FACTORS},
    {"a factor far beyond", LEG_FACTORS, 0, 2, UINT16_MAX},
    {"a leg of another pool", LEG_FACTORS, 0, 2, 1},
    {"two legs of one factor", LEG_FACTORS, 0, 2, 2},
    {"a factor behind the last leg", LEG_FACTORS, (1024 + 3) * sizeof(uint16_t), 2, 2},
    {"a factor of nobody's", LEG_FACTORS, 5 * sizeof(uint16_t), 2, 2},
    {"a factor in a free segment", LEG_FACTORS, 2048 * sizeof(uint16_t), 2, 2},
};

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    ledger_rig_t r;
    make(&r);
    ledger_copy_t good;
    ledger_copy_take(&good, r.ledger);
    uint64_t digest = lq_undo_digest(r.undo);
    for (size_t i = 0; i < LQ_ARRAY_CNT(damages); i++) {
        const damage_t *d = &damages[i];
        uint8_t *at = good.data[d->piece] + d->at;
        uint8_t was[8];
        assert_true(d->sz <= 8 && d->at + d->sz <= good.sz[d->piece]);
        memcpy(was, at, d->sz);
        if (memcmp(was, &d->value, d->sz) == 0)
            fail_msg("%s is no damage", d->what);
        memcpy(at, &d->value, d->sz);
        lq_ledger_clear(r.ledger);
        ledger_copy_put(&good, r.ledger);
        if (lq_ledger_restored(r.ledger) != LQ_ERR_RANGE)
            fail_msg("%s is taken", d->what);
        memcpy(at, was, d->sz);
    }
    lq_ledger_clear(r.ledger);
    ledger_copy_put(&good, r.ledger);
    assert_ok(lq_ledger_restored(r.ledger));
    assert_int_equal(lq_undo_digest(r.undo), digest);
    ledger_check(r.ledger);
    ledger_copy_free(&good);
    ledger_rig_fini(&r);
}

static void a_list_of_several_segments_comes_back(void **state)
{
    (void)state;
    /* Pairs in four segments; the middle ones get room again. */
    ledger_rig_t r;
    ledger_rig_init(&r, &(lq_ledger_config_t){3000, 1, 2, LEDGER_DAMAGE_FACTORS, 1});
    ledger_bytes_t none = {0};
    ledger_damage_make(r.ledger, &none);
    for (uint32_t i = 0; i < 3 * 512 + 5; i++) {
        uint32_t account;
        lq_address_t a = {{(uint8_t)i, (uint8_t)(i >> 8)}};
        assert_ok(lq_ledger_add(r.ledger, &account, 0, &a));
        assert_ok(lq_ledger_set_amount(r.ledger, account, 0, 1));
    }
    lq_ledger_clear_legs(r.ledger, 600);
    lq_ledger_clear_legs(r.ledger, 1100);
    ledger_copy_t copy;
    ledger_copy_take(&copy, r.ledger);
    uint64_t digest = lq_undo_digest(r.undo);
    lq_ledger_clear(r.ledger);
    ledger_copy_put(&copy, r.ledger);
    assert_ok(lq_ledger_restored(r.ledger));
    assert_int_equal(lq_undo_digest(r.undo), digest);

    /* The list is 3, 2, 4 (plus 1: numbers of segments): cut, and back to a former one. */
    ledger_segment_t *segments = (ledger_segment_t *)(void *)copy.data[SEGMENTS];
    assert_int_equal(r.ledger->head->class_roomy[0], 3);
    assert_int_equal(segments[2].next, 2);
    assert_int_equal(segments[1].next, 4);
    segments[1].next = 0;
    lq_ledger_clear(r.ledger);
    ledger_copy_put(&copy, r.ledger);
    assert_err(lq_ledger_restored(r.ledger), LQ_ERR_RANGE);
    segments[1].next = 3;
    lq_ledger_clear(r.ledger);
    ledger_copy_put(&copy, r.ledger);
    assert_err(lq_ledger_restored(r.ledger), LQ_ERR_RANGE);
    ledger_copy_free(&copy);
    ledger_rig_fini(&r);
}

static void random_damage_is_refused_or_does_none(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t refused = 0, taken = 0;
    for (size_t i = 0; i < lq_test_cnt(400, 20000); i++) {
        uint8_t bytes[400];
        lq_rng_bytes(&rng, bytes, sizeof(bytes));
        bytes[0] %= 120;
        size_t sz = 1 + 3u * bytes[0] + (i % 4) * 5;
        lq_err_t err = ledger_damage_run(bytes, sz);
        refused += err != LQ_OK;
        taken += err == LQ_OK;
        if (i % 4 == 0)
            assert_ok(err);
    }
    assert_true(refused && taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(a_list_of_several_segments_comes_back),
        cmocka_unit_test(random_damage_is_refused_or_does_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
