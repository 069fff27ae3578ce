#include "liqd/base/digest.h"
#include "lq_test.h"
#include "random_event.h"

#define BYTES_MAX (RANDOM_RESULT_MAX * RANDOM_DATA_MAX + 8192)

static uint8_t bytes[BYTES_MAX];

static uint8_t *encoded(size_t *sz, const lq_action_t *action)
{
    *sz = lq_action_sz(action);
    uint8_t *p = malloc(*sz);
    assert_non_null(p);
    assert_int_equal(lq_action_encode(p, action), *sz);
    return p;
}

static void the_digest_is_that_of_the_bytes(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static random_action_t x;
    for (size_t i = 0; i < lq_test_cnt(3000, 300000); i++) {
        random_action(&rng, &x, (lq_action_kind_t)(i % LQ_ACTION_CNT), false);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &x.action);
        assert_true(lq_action_digest(&x.action) == lq_digest(p, sz));
        free(p);
    }
}

static void what_plays_no_role_is_not_written(void **state)
{
    (void)state;
    static random_action_t clean;
    static random_action_t dirty;
    for (size_t i = 0; i < lq_test_cnt(600, 60000); i++) {
        lq_rng_t rng;
        lq_action_kind_t kind = (lq_action_kind_t)(i % LQ_ACTION_CNT);
        lq_rng_seed(&rng, i);
        random_action(&rng, &clean, kind, false);
        lq_rng_seed(&rng, i);
        random_action(&rng, &dirty, kind, true);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &clean.action);
        assert_int_equal(lq_action_encode(bytes, &dirty.action), sz);
        assert_memory_equal(bytes, p, sz);
        assert_true(lq_action_digest(&clean.action) == lq_action_digest(&dirty.action));
        free(p);
    }
}

/* ROOM, read from the SZ bytes at P, is X. */
static void assert_same(lq_action_room_t *room, random_action_t *x, const uint8_t *p, size_t sz)
{
    assert_int_equal(room->action.kind, x->action.kind);
    if (x->action.kind == LQ_ACTION_CANDIDATE) {
        assert_ptr_equal(room->action.as.candidate, &room->candidate);
        assert_memory_equal(&room->candidate, &x->candidate, sizeof(x->candidate));
    } else if (x->action.kind == LQ_ACTION_TAKE) {
        for (size_t i = 0; i < x->take.tx_cnt; i++) {
            const lq_read_call_t *got = &room->txs[i];
            assert_memory_equal(got->to.b, x->calls[i].to.b, sizeof(got->to.b));
            assert_int_equal(got->input_sz, x->calls[i].input_sz);
            assert_memory_equal(got->input, x->calls[i].input, got->input_sz);
            assert_true(got->input >= p && got->input + got->input_sz <= p + sz);
        }
        assert_ptr_equal(room->action.as.take, &room->take);
        assert_ptr_equal(room->take.plan, &room->plan);
        assert_ptr_equal(room->take.txs, room->txs);
        assert_memory_equal(&room->plan, &x->plan, sizeof(x->plan));
        x->take.plan = room->take.plan;
        x->take.txs = room->take.txs;
        assert_memory_equal(&room->take, &x->take, sizeof(x->take));
    } else {
        assert_memory_equal(&room->action, &x->action, sizeof(x->action));
    }
}

static void what_is_kept_is_read_back(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static random_action_t x;
    static lq_action_room_t room;
    for (size_t i = 0; i < lq_test_cnt(3000, 300000); i++) {
        lq_action_kind_t kind = (lq_action_kind_t)(i % LQ_ACTION_CNT);
        random_action(&rng, &x, kind, false);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &x.action);
        if (!lq_action_is_kept(kind)) {
            assert_err(lq_action_decode(&room, p, sz), LQ_ERR_SYNTAX);
        } else {
            assert_ok(lq_action_decode(&room, p, sz));
            assert_int_equal(lq_action_encode(bytes, &room.action), sz);
            assert_memory_equal(bytes, p, sz);
            assert_same(&room, &x, p, sz);
        }
        free(p);
    }
}

static void bytes_that_mean_a_thing_are_the_only_ones(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static const lq_action_kind_t kinds[] = {LQ_ACTION_TAKE, LQ_ACTION_DROP, LQ_ACTION_CANDIDATE,
                                             LQ_ACTION_LIMIT};
    static random_action_t x;
    static lq_action_room_t room;
    for (size_t i = 0; i < lq_test_cnt(60, 6000); i++) {
        random_action(&rng, &x, kinds[i % LQ_ARRAY_CNT(kinds)], false);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &x.action);
        for (size_t bit = 0; bit < 8 * sz; bit += 1 + sz / 200) {
            uint8_t was = p[bit / 8];
            p[bit / 8] = (uint8_t)(was ^ (1u << bit % 8));
            lq_err_t err = lq_action_decode(&room, p, sz);
            if (!err) {
                assert_int_equal(lq_action_sz(&room.action), sz);
                (void)lq_action_encode(bytes, &room.action);
                assert_memory_equal(bytes, p, sz);
            } else {
                assert_err(err, LQ_ERR_SYNTAX);
            }
            p[bit / 8] = was;
        }
        for (size_t k = 0; k < sz; k += 1 + sz / 200)
            assert_err(lq_action_decode(&room, p, k), LQ_ERR_SYNTAX);
        memcpy(bytes, p, sz);
        bytes[sz] = 0;
        assert_err(lq_action_decode(&room, bytes, sz + 1), LQ_ERR_SYNTAX);
        free(p);
    }
}

/* ---- as text */

static size_t word_cnt(const char *text)
{
    size_t n = 1;
    for (; *text; text++)
        n += *text == ' ';
    return n;
}

static void a_text_names_what_differs(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 7);
    static random_action_t x;
    static char before[32768];
    static char after[sizeof(before)];
    do
        random_action(&rng, &x, LQ_ACTION_TAKE, false);
    while (x.plan.step_cnt < 2);
    size_t len = lq_action_text(before, sizeof(before), &x.action);
    assert_int_equal(len, strlen(before));
    x.plan.steps[1].outcome.seized = lq_u256_from_u64(12345);
    (void)lq_action_text(after, sizeof(after), &x.action);
    assert_string_not_equal(before, after);
    assert_non_null(strstr(after, " seized=12345 "));
    assert_int_equal(word_cnt(before), word_cnt(after));
    assert_memory_equal(before, "take intent=", 12);
}

static void a_text_is_cut_where_there_is_no_room(void **state)
{
    (void)state;
    lq_action_candidate_t c = {.account = 17, .reason = LQ_REASON_LOST, .ended = true};
    lq_action_t action = {.kind = LQ_ACTION_CANDIDATE, .as = {.candidate = &c}};
    char whole[512];
    const char *want = "candidate instance=0 account=17 "
                       "borrower=0x0000000000000000000000000000000000000000 reason=lost ended=yes "
                       "has_profit=no liquidator=0x0000000000000000000000000000000000000000";
    assert_int_equal(lq_action_text(whole, sizeof(whole), &action), strlen(want));
    assert_string_equal(whole, want);
    for (size_t max = 0; max < strlen(want) + 1; max++) {
        char *cut = malloc(max ? max : 1);
        assert_non_null(cut);
        assert_int_equal(lq_action_text(cut, max, &action), strlen(want));
        if (max) {
            assert_int_equal(strlen(cut), max - 1);
            assert_memory_equal(cut, want, max - 1);
        }
        free(cut);
    }
}

static void every_kind_has_a_text(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static random_action_t x;
    static char text[65536];
    for (size_t i = 0; i < (size_t)50 * LQ_ACTION_CNT; i++) {
        lq_action_kind_t kind = (lq_action_kind_t)(i % LQ_ACTION_CNT);
        random_action(&rng, &x, kind, false);
        size_t len = lq_action_text(text, sizeof(text), &x.action);
        assert_true(len > 0 && len < sizeof(text) && len == strlen(text));
        assert_null(strchr(text, '\n'));
        assert_int_equal(strstr(text, " digest=") == NULL, lq_action_is_kept(kind));
    }
}

static void a_loss_has_a_sign(void **state)
{
    (void)state;
    lq_action_candidate_t c = {.has_profit = true};
    c.profit.net_usd = lq_i256_from_i64(-5);
    lq_action_t action = {.kind = LQ_ACTION_CANDIDATE, .as = {.candidate = &c}};
    char text[1024];
    assert_true(lq_action_text(text, sizeof(text), &action) < sizeof(text));
    assert_non_null(strstr(text, " net_usd=-5 net_wei=0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_that_of_the_bytes),
        cmocka_unit_test(what_plays_no_role_is_not_written),
        cmocka_unit_test(what_is_kept_is_read_back),
        cmocka_unit_test(bytes_that_mean_a_thing_are_the_only_ones),
        cmocka_unit_test(a_text_names_what_differs),
        cmocka_unit_test(a_text_is_cut_where_there_is_no_room),
        cmocka_unit_test(every_kind_has_a_text),
        cmocka_unit_test(a_loss_has_a_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
