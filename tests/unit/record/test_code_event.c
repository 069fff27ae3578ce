#include "lq_test.h"
#include "random_event.h"

#define BYTES_MAX (RANDOM_RESULT_MAX * RANDOM_DATA_MAX + 4096)

static uint8_t bytes[BYTES_MAX];

/* The event's bytes, in memory of exactly their size, which the caller frees. */
static uint8_t *encoded(size_t *sz, const lq_event_t *event)
{
    *sz = lq_event_sz(event);
    uint8_t *p = malloc(*sz);
    assert_non_null(p);
    assert_int_equal(lq_event_encode(p, event), *sz);
    return p;
}

static void assert_borrowed(const uint8_t **got, const uint8_t *want, size_t sz, const uint8_t *p,
                            size_t p_sz)
{
    assert_true(*got >= p && *got + sz <= p + p_sz);
    assert_memory_equal(*got, want, sz);
    *got = want; /* so that the structs around it can be compared */
}

static void assert_same_of(lq_event_room_t *room, const random_event_t *x, const uint8_t *p,
                           size_t sz)
{
    const lq_event_t *got = &room->event;
    const lq_event_t *want = &x->event;
    switch (want->kind) {
    case LQ_EVENT_HEAD:
    case LQ_EVENT_BEGIN:
        assert_memory_equal(got->as.head, want->as.head, sizeof(lq_header_t));
        return;
    case LQ_EVENT_FOUND:
        assert_int_equal(got->as.found.instance, want->as.found.instance);
        assert_ptr_equal(got->as.found.log, &room->of.log);
        assert_borrowed(&room->of.log.data, x->log.data, x->log.data_sz, p, sz);
        assert_memory_equal(&room->of.log, &x->log, sizeof(x->log));
        return;
    case LQ_EVENT_LOG:
        assert_ptr_equal(got->as.log, &room->of.log);
        assert_borrowed(&room->of.log.data, x->log.data, x->log.data_sz, p, sz);
        assert_memory_equal(&room->of.log, &x->log, sizeof(x->log));
        return;
    case LQ_EVENT_PENDING:
        assert_ptr_equal(got->as.pending, &room->of.pending);
        assert_borrowed(&room->of.pending.input, x->pending.input, x->pending.input_sz, p, sz);
        assert_memory_equal(&room->of.pending, &x->pending, sizeof(x->pending));
        return;
    case LQ_EVENT_READ:
        assert_ptr_equal(got->as.read, &room->of.read);
        assert_ptr_equal(room->of.read.results, room->results);
        for (size_t i = 0; i < x->read.result_cnt; i++) {
            assert_borrowed(&room->results[i].data, x->results[i].data, x->results[i].data_sz, p,
                            sz);
            assert_int_equal(room->results[i].ok, x->results[i].ok);
            assert_int_equal(room->results[i].data_sz, x->results[i].data_sz);
        }
        room->of.read.results = x->results;
        assert_memory_equal(&room->of.read, &x->read, sizeof(x->read));
        return;
    case LQ_EVENT_FUNDS:
        assert_memory_equal(got->as.funds, &x->funds, sizeof(x->funds));
        return;
    case LQ_EVENT_OUTCOME:
        assert_memory_equal(got->as.outcome, &x->outcome, sizeof(x->outcome));
        return;
    case LQ_EVENT_BLOCK:
    case LQ_EVENT_UNDONE:
    case LQ_EVENT_BROKEN:
    case LQ_EVENT_RESUME:
    case LQ_EVENT_SEARCHED:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_GO_ON:
    case LQ_EVENT_COMMAND:
    case LQ_EVENT_CNT:
        assert_memory_equal(&got->as, &want->as, sizeof(got->as));
        return;
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_read_result_t results[RANDOM_RESULT_MAX];
    lq_event_room_t room = {.results = results, .result_max = RANDOM_RESULT_MAX};
    static random_event_t x;
    for (size_t i = 0; i < lq_test_cnt(3000, 300000); i++) {
        random_event(&rng, &x, (lq_event_kind_t)(i % LQ_EVENT_CNT), false);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &x.event);
        assert_ok(lq_event_decode(&room, p, sz));
        assert_int_equal(room.event.kind, x.event.kind);
        assert_memory_equal(&room.event.time, &x.event.time, sizeof(lq_time_t));
        assert_int_equal(lq_event_encode(bytes, &room.event), sz);
        assert_memory_equal(bytes, p, sz);
        assert_same_of(&room, &x, p, sz);
        free(p);
    }
}

static void what_plays_no_role_is_not_written(void **state)
{
    (void)state;
    static random_event_t clean;
    static random_event_t dirty;
    for (size_t i = 0; i < lq_test_cnt(600, 60000); i++) {
        lq_rng_t rng;
        lq_event_kind_t kind = (lq_event_kind_t)(i % LQ_EVENT_CNT);
        lq_rng_seed(&rng, i);
        random_event(&rng, &clean, kind, false);
        lq_rng_seed(&rng, i);
        random_event(&rng, &dirty, kind, true);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &clean.event);
        assert_int_equal(lq_event_encode(bytes, &dirty.event), sz);
        assert_memory_equal(bytes, p, sz);
        free(p);
    }
}

/* Whatever the bytes: they are refused, or they are what the event read from them is written as. */
static void assert_canonical(lq_event_room_t *room, const uint8_t *p, size_t sz)
{
    uint8_t *exact = malloc(sz ? sz : 1);
    assert_non_null(exact);
    memcpy(exact, p, sz);
    lq_err_t err = lq_event_decode(room, exact, sz);
    if (!err) {
        assert_int_equal(lq_event_sz(&room->event), sz);
        (void)lq_event_encode(bytes, &room->event);
        assert_memory_equal(bytes, p, sz);
    } else {
        assert_true(err == LQ_ERR_SYNTAX || err == LQ_ERR_FULL);
    }
    free(exact);
}

static void bytes_that_mean_a_thing_are_the_only_ones(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_read_result_t results[RANDOM_RESULT_MAX];
    lq_event_room_t room = {.results = results, .result_max = RANDOM_RESULT_MAX};
    static random_event_t x;
    for (size_t i = 0; i < lq_test_cnt(150, 15000); i++) {
        random_event(&rng, &x, (lq_event_kind_t)(i % LQ_EVENT_CNT), false);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &x.event);
        for (size_t k = 0; k < sz && k < 400; k++) {
            uint8_t was = p[k];
            for (unsigned bit = 0; bit < 8; bit++) {
                p[k] = (uint8_t)(was ^ (1u << bit));
                assert_canonical(&room, p, sz);
            }
            p[k] = was;
        }
        for (size_t k = 0; k < sz; k += 1 + sz / 200)
            assert_err(lq_event_decode(&room, p, k), LQ_ERR_SYNTAX);
        memcpy(bytes, p, sz);
        bytes[sz] = 0;
        assert_err(lq_event_decode(&room, bytes, sz + 1), LQ_ERR_SYNTAX);
        free(p);
    }
}

static void a_number_has_one_form(void **state)
{
    (void)state;
    lq_event_room_t room = {0};
    lq_event_t event = {.kind = LQ_EVENT_BLOCK, .as = {.block = {.number = 5}}};
    size_t sz = lq_event_encode(bytes, &event);
    const size_t at = 17; /* the block's number */
    assert_int_equal(bytes[at], 5);
    memmove(bytes + at + 2, bytes + at + 1, sz - at - 1);
    bytes[at] = 0x85; /* 5 in two bytes */
    bytes[at + 1] = 0;
    assert_err(lq_event_decode(&room, bytes, sz + 1), LQ_ERR_SYNTAX);
    event.as.block.number = UINT64_MAX;
    sz = lq_event_encode(bytes, &event);
    assert_ok(lq_event_decode(&room, bytes, sz));
    assert_true(room.event.as.block.number == UINT64_MAX);
    bytes[at + 9] = 2; /* 2^64 */
    assert_err(lq_event_decode(&room, bytes, sz), LQ_ERR_SYNTAX);
}

static void counts_are_bounded_by_the_bytes_and_by_the_room(void **state)
{
    (void)state;
    lq_read_result_t results[2];
    lq_event_room_t room = {.results = results, .result_max = 2};
    lq_read_result_t three[3] = {{0}};
    lq_read_answer_t read = {.results = three, .result_cnt = 2};
    lq_event_t event = {.kind = LQ_EVENT_READ, .as = {.read = &read}};
    size_t sz = lq_event_encode(bytes, &event);
    assert_ok(lq_event_decode(&room, bytes, sz));
    read.result_cnt = 3;
    sz = lq_event_encode(bytes, &event);
    assert_err(lq_event_decode(&room, bytes, sz), LQ_ERR_FULL);
    assert_int_equal(room.of.read.result_cnt, 3);
    const size_t at = sz - 2 * read.result_cnt - 1;
    assert_int_equal(bytes[at], 3);
    bytes[at] = 4; /* more than there are bytes */
    assert_err(lq_event_decode(&room, bytes, sz), LQ_ERR_SYNTAX);
    assert_err(lq_event_decode(&room, NULL, 0), LQ_ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(what_plays_no_role_is_not_written),
        cmocka_unit_test(bytes_that_mean_a_thing_are_the_only_ones),
        cmocka_unit_test(a_number_has_one_form),
        cmocka_unit_test(counts_are_bounded_by_the_bytes_and_by_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
