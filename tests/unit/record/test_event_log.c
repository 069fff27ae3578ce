#include "fake_event_log.h"
#include "liqd/base/digest.h"
#include "lq_test.h"
#include "random_event.h"

#define FRAME_CNT   5
#define EVENT_CNT   9 /* 1, 2, 3, 1, 2 in the frames */
#define ACTION_MAX  4
#define MESSAGE_MAX 256

static const lq_event_log_start_t start = {.chain_id = 31337,
                                           .seed = 99,
                                           .program = "liqd 0.1.0",
                                           .config = "chain:\n  id: 31337\n",
                                           .config_sz = 19,
                                           .snapshot = (const uint8_t *)"a snapshot",
                                           .snapshot_sz = 10,
                                           .memory = (const uint8_t *)"memory",
                                           .memory_sz = 6};

/* A log, and what is in it. */
typedef struct sample {
    fake_log_t log;
    size_t frame_at[FRAME_CNT + 1];
    size_t frame_events[FRAME_CNT + 1]; /* in the frames before */
    struct {
        uint8_t *bytes;
        size_t sz;
        size_t action_cnt;
        lq_action_kind_t kinds[ACTION_MAX];
        uint64_t digests[ACTION_MAX];
        size_t szs[ACTION_MAX];
    } events[EVENT_CNT];
} sample_t;

static void add_event(sample_t *s, size_t i, lq_rng_t *rng, bool small)
{
    static random_event_t event;
    static random_action_t action;
    lq_event_kind_t kind =
        small ? LQ_EVENT_SEARCHED : (lq_event_kind_t)lq_rng_below(rng, LQ_EVENT_CNT);
    random_event(rng, &event, kind, false);
    fake_log_event(&s->log, &event.event);
    s->events[i].sz = lq_event_sz(&event.event);
    s->events[i].bytes = malloc(s->events[i].sz);
    assert_non_null(s->events[i].bytes);
    (void)lq_event_encode(s->events[i].bytes, &event.event);
    s->events[i].action_cnt = small ? i % 3 : (size_t)lq_rng_below(rng, ACTION_MAX + 1);
    for (size_t k = 0; k < s->events[i].action_cnt; k++) {
        lq_action_kind_t of = (lq_action_kind_t)lq_rng_below(rng, LQ_ACTION_CNT);
        if (small)
            of = k ? LQ_ACTION_BEGIN : LQ_ACTION_LIMIT;
        random_action(rng, &action, of, false);
        fake_log_action(&s->log, &action.action);
        s->events[i].kinds[k] = of;
        s->events[i].digests[k] = lq_action_digest(&action.action);
        s->events[i].szs[k] = lq_action_is_kept(of) ? lq_action_sz(&action.action) : 0;
    }
}

static void make_sample(sample_t *s, lq_rng_t *rng, bool small)
{
    static const size_t cnts[FRAME_CNT] = {1, 2, 3, 1, 2};
    size_t n = 0;
    fake_log_begin(&s->log, &start);
    for (size_t i = 0; i < FRAME_CNT; i++) {
        s->frame_at[i] = s->log.sz;
        s->frame_events[i] = n;
        for (size_t k = 0; k < cnts[i]; k++)
            add_event(s, n++, rng, small);
        fake_log_frame(&s->log);
    }
    s->frame_at[FRAME_CNT] = s->log.sz;
    s->frame_events[FRAME_CNT] = n;
    assert_int_equal(n, EVENT_CNT);
}

static void free_sample(sample_t *s)
{
    for (size_t i = 0; i < EVENT_CNT; i++)
        free(s->events[i].bytes);
    fake_log_free(&s->log);
}

static void assert_event(const sample_t *s, size_t i, const lq_event_t *event,
                         const lq_recorded_action_t *actions, size_t action_cnt)
{
    assert_true(i < EVENT_CNT);
    assert_int_equal(lq_event_sz(event), s->events[i].sz);
    uint8_t *p = malloc(s->events[i].sz);
    assert_non_null(p);
    (void)lq_event_encode(p, event);
    assert_memory_equal(p, s->events[i].bytes, s->events[i].sz);
    free(p);
    assert_int_equal(action_cnt, s->events[i].action_cnt);
    for (size_t k = 0; k < action_cnt; k++) {
        assert_int_equal(actions[k].kind, s->events[i].kinds[k]);
        assert_true(actions[k].digest == s->events[i].digests[k]);
        assert_int_equal(actions[k].sz, s->events[i].szs[k]);
        if (actions[k].bytes)
            assert_true(lq_digest(actions[k].bytes, actions[k].sz) == actions[k].digest);
        assert_int_equal(actions[k].bytes != NULL, lq_action_is_kept(actions[k].kind));
    }
}

/* Reads the log of the SZ bytes at P, whose events are those of S as far as they go; returns how
   it opens or ends, and sets *CNT and *OFFSET. */
static lq_err_t read_log(const sample_t *s, size_t *cnt, size_t *offset, lq_err_msg_t *msg,
                         const uint8_t *p, size_t sz)
{
    lq_event_log_t *log = NULL;
    *cnt = *offset = 0;
    lq_err_t err = lq_event_log_open(&log, msg, p, sz);
    if (err) {
        assert_null(log);
        assert_true(msg->text[0]);
        return err;
    }
    for (;;) {
        const lq_event_t *event = NULL;
        const lq_recorded_action_t *actions = NULL;
        size_t action_cnt = 0;
        err = lq_event_log_next(log, msg, &event, &actions, &action_cnt);
        if (err)
            break;
        assert_event(s, *cnt, event, actions, action_cnt);
        ++*cnt;
    }
    const lq_event_t *event = NULL;
    const lq_recorded_action_t *actions = NULL;
    size_t action_cnt = 0;
    assert_err(lq_event_log_next(log, NULL, &event, &actions, &action_cnt), err);
    assert_null(event);
    assert_int_equal(lq_event_log_event_cnt(log), *cnt);
    *offset = (size_t)lq_event_log_offset(log);
    lq_event_log_close(log);
    return err;
}

/* The frame in which byte AT is; FRAME_CNT: behind them all. */
static size_t frame_of(const sample_t *s, size_t at)
{
    size_t i = 0;
    while (i < FRAME_CNT && at >= s->frame_at[i + 1])
        i++;
    return i;
}

static void gives_what_was_written(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(100, 10000); i++) {
        sample_t s = {0};
        lq_err_msg_t msg;
        size_t cnt = 0;
        size_t offset = 0;
        make_sample(&s, &rng, false);
        assert_err(read_log(&s, &cnt, &offset, &msg, s.log.p, s.log.sz), LQ_ERR_EMPTY);
        assert_int_equal(cnt, EVENT_CNT);
        assert_int_equal(offset, s.log.sz);
        free_sample(&s);
    }
}

static void gives_what_it_started_from(void **state)
{
    (void)state;
    fake_log_t f;
    lq_event_log_t *log = NULL;
    fake_log_begin(&f, &start);
    assert_ok(lq_event_log_open(&log, NULL, f.p, f.sz));
    const lq_event_log_start_t *got = lq_event_log_start(log);
    assert_int_equal(got->chain_id, start.chain_id);
    assert_int_equal(got->seed, start.seed);
    assert_string_equal(got->program, start.program);
    assert_int_equal(got->config_sz, start.config_sz);
    assert_memory_equal(got->config, start.config, start.config_sz);
    assert_int_equal(got->snapshot_sz, start.snapshot_sz);
    assert_memory_equal(got->snapshot, start.snapshot, start.snapshot_sz);
    assert_int_equal(got->memory_sz, start.memory_sz);
    assert_memory_equal(got->memory, start.memory, start.memory_sz);
    lq_event_log_close(log);
    fake_log_free(&f);

    lq_event_log_start_t nothing = {.program = "", .config = ""};
    fake_log_begin(&f, &nothing);
    assert_ok(lq_event_log_open(&log, NULL, f.p, f.sz));
    assert_null(lq_event_log_start(log)->snapshot);
    assert_null(lq_event_log_start(log)->memory);
    assert_int_equal(lq_event_log_start(log)->config_sz, 0);
    lq_event_log_close(log);
    lq_event_log_close(NULL);
    fake_log_free(&f);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    sample_t s = {0};
    make_sample(&s, &rng, true);
    for (size_t bit = 0; bit < 8 * s.log.sz; bit++) {
        lq_err_msg_t msg = {""};
        size_t cnt = 0;
        size_t offset = 0;
        s.log.p[bit / 8] = (uint8_t)(s.log.p[bit / 8] ^ (1u << bit % 8));
        lq_err_t err = read_log(&s, &cnt, &offset, &msg, s.log.p, s.log.sz);
        s.log.p[bit / 8] = (uint8_t)(s.log.p[bit / 8] ^ (1u << bit % 8));
        bool in_version = bit / 8 >= 8 && bit / 8 < 12;
        assert_err(err, in_version ? LQ_ERR_INVAL : LQ_ERR_SYNTAX);
        if (bit / 8 < s.frame_at[0]) {
            assert_int_equal(cnt, 0);
            continue;
        }
        size_t frame = frame_of(&s, bit / 8);
        char where[MESSAGE_MAX];
        assert_int_equal(cnt, s.frame_events[frame]);
        assert_int_equal(offset, s.frame_at[frame]);
        (void)snprintf(where, sizeof(where), " %zu: %zu events are good, up to byte %zu", offset,
                       cnt, offset);
        assert_non_null(strstr(msg.text, where));
    }
    free_sample(&s);
}

static void it_is_read_up_to_where_it_is_cut_off(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    sample_t s = {0};
    make_sample(&s, &rng, true);
    for (size_t sz = 0; sz <= s.log.sz; sz++) {
        lq_err_msg_t msg = {""};
        size_t cnt = 0;
        size_t offset = 0;
        uint8_t *p = malloc(sz ? sz : 1); /* a read beyond it is seen */
        assert_non_null(p);
        memcpy(p, s.log.p, sz);
        lq_err_t err = read_log(&s, &cnt, &offset, &msg, p, sz);
        free(p);
        if (sz < s.frame_at[0]) {
            assert_err(err, LQ_ERR_SYNTAX);
            continue;
        }
        size_t frame = frame_of(&s, sz);
        assert_err(err, sz == s.frame_at[frame] ? LQ_ERR_EMPTY : LQ_ERR_SYNTAX);
        assert_int_equal(cnt, s.frame_events[frame]);
        assert_int_equal(offset, s.frame_at[frame]);
    }
    free_sample(&s);
}

/* Reads the frames ORDER of S, CNT of them, of which the first GOOD are where they belong. */
static void assert_order(const sample_t *s, const size_t *order, size_t cnt, size_t good)
{
    fake_log_t f = {0};
    lq_err_msg_t msg;
    size_t event_cnt = 0;
    size_t offset = 0;
    fake_log_bytes(&f, s->log.p, s->frame_at[0]);
    for (size_t i = 0; i < cnt; i++)
        fake_log_bytes(&f, s->log.p + s->frame_at[order[i]],
                       s->frame_at[order[i] + 1] - s->frame_at[order[i]]);
    assert_err(read_log(s, &event_cnt, &offset, &msg, f.p, f.sz), LQ_ERR_SYNTAX);
    assert_int_equal(event_cnt, s->frame_events[good]);
    assert_int_equal(offset, s->frame_at[good]);
    fake_log_free(&f);
}

static void assert_end(const fake_log_t *f, size_t sz, size_t cnt, lq_err_t want, bool complete,
                       const char *text)
{
    lq_event_log_t *log = NULL;
    lq_err_msg_t msg = {""};
    lq_err_t err = LQ_OK;
    assert_ok(lq_event_log_open(&log, NULL, f->p, sz));
    for (size_t i = 0; i <= cnt; i++) {
        const lq_event_t *event = NULL;
        const lq_recorded_action_t *actions = NULL;
        size_t action_cnt = 0;
        assert_ok(err);
        err = lq_event_log_next(log, &msg, &event, &actions, &action_cnt);
    }
    assert_err(err, want);
    assert_int_equal(lq_event_log_is_complete(log), complete);
    assert_string_equal(msg.text, text);
    lq_event_log_close(log);
}

static void only_its_end_mark_makes_a_log_complete(void **state)
{
    (void)state;
    lq_event_t timer = {.kind = LQ_EVENT_TIMER};
    fake_log_t f;
    char text[MESSAGE_MAX];
    fake_log_begin(&f, &start);
    fake_log_event(&f, &timer);
    fake_log_event(&f, &timer);
    fake_log_frame(&f);
    assert_end(&f, f.sz, 2, LQ_ERR_EMPTY, false,
               "ends without its end mark, behind 2 events: its program was killed, or its "
               "recording ended early");
    fake_log_frame(&f);
    assert_end(&f, f.sz, 2, LQ_ERR_EMPTY, true, "");
    size_t end = f.sz;
    fake_log_event(&f, &timer);
    fake_log_frame(&f);
    (void)snprintf(text, sizeof(text),
                   "goes on behind its end mark at byte %zu: 2 events are good, up to byte %zu",
                   end, end);
    assert_end(&f, f.sz, 2, LQ_ERR_SYNTAX, true, text);
    assert_end(&f, end + 1, 2, LQ_ERR_SYNTAX, true, text);
    fake_log_free(&f);
}

static void frames_doubled_swapped_or_missing_are_noticed(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    sample_t s = {0};
    make_sample(&s, &rng, true);
    assert_order(&s, (const size_t[]){0, 1, 1, 2, 3, 4}, 6, 2);
    assert_order(&s, (const size_t[]){0, 0, 1, 2, 3, 4}, 6, 1);
    assert_order(&s, (const size_t[]){0, 2, 1, 3, 4}, 5, 1);
    assert_order(&s, (const size_t[]){1, 0, 2, 3, 4}, 5, 0);
    assert_order(&s, (const size_t[]){1, 2, 3, 4}, 4, 0);
    assert_order(&s, (const size_t[]){0, 1, 3, 4}, 4, 2);
    assert_order(&s, (const size_t[]){0, 1, 2, 4}, 4, 3);
    free_sample(&s);
}

/* One of another log, or renumbered with its own check made right, stands on another ground. */
static void a_frame_of_another_log_is_noticed(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    sample_t s = {0};
    sample_t other = {0};
    make_sample(&s, &rng, true);
    make_sample(&other, &rng, true);
    lq_err_msg_t msg;
    size_t cnt = 0;
    size_t offset = 0;
    fake_log_t f = {0};
    fake_log_bytes(&f, s.log.p, s.frame_at[1]);
    fake_log_bytes(&f, other.log.p + other.frame_at[1], other.frame_at[2] - other.frame_at[1]);
    assert_err(read_log(&s, &cnt, &offset, &msg, f.p, f.sz), LQ_ERR_SYNTAX);
    assert_int_equal(cnt, s.frame_events[1]);
    fake_log_free(&f);
    free_sample(&s);
    free_sample(&other);
}

static void another_version_names_both(void **state)
{
    (void)state;
    fake_log_t f;
    lq_event_log_t *log = NULL;
    lq_err_msg_t msg;
    fake_log_begin(&f, &start);
    f.p[8] = 7;
    assert_err(lq_event_log_open(&log, &msg, f.p, f.sz), LQ_ERR_INVAL);
    assert_string_equal(msg.text, "is an event log of version 7, and this program reads version "
                                  "6: use the one that wrote it");
    f.p[0] = 'L';
    assert_err(lq_event_log_open(&log, &msg, f.p, f.sz), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "is no event log");
    fake_log_free(&f);
}

static void expect_next(fake_log_t *f, lq_err_t want, const char *text)
{
    lq_event_log_t *log = NULL;
    const lq_event_t *event = NULL;
    const lq_recorded_action_t *actions = NULL;
    size_t cnt = 0;
    lq_err_msg_t msg = {""};
    fake_log_frame(f);
    assert_ok(lq_event_log_open(&log, NULL, f->p, f->sz));
    assert_err(lq_event_log_next(log, &msg, &event, &actions, &cnt), want);
    if (text)
        assert_non_null(strstr(msg.text, text));
    lq_event_log_close(log);
    fake_log_free(f);
}

/* Frames whose checks are right and whose records are none: nobody writes them. */
static void what_is_whole_and_no_record_is_refused(void **state)
{
    (void)state;
    lq_event_t timer = {.kind = LQ_EVENT_TIMER};
    fake_log_t f;

    fake_log_begin(&f, &start); /* an event that is not there */
    f.event_cnt = 1;
    expect_next(&f, LQ_ERR_SYNTAX, "damaged in the frame");

    fake_log_begin(&f, &start); /* an action before it */
    memset(fake_log_record(&f, 1 + LQ_ACTION_BEGIN, RECORD_DIGEST_SZ), 1, RECORD_DIGEST_SZ);
    fake_log_event(&f, &timer);
    expect_next(&f, LQ_ERR_SYNTAX, "damaged in the frame");

    fake_log_begin(&f, &start); /* a digest too short */
    fake_log_event(&f, &timer);
    memset(fake_log_record(&f, 1 + LQ_ACTION_BEGIN, 4), 1, 4);
    expect_next(&f, LQ_ERR_SYNTAX, "damaged in the frame");

    fake_log_begin(&f, &start); /* an action of no kind */
    fake_log_event(&f, &timer);
    memset(fake_log_record(&f, 1 + LQ_ACTION_CNT, RECORD_DIGEST_SZ), 1, RECORD_DIGEST_SZ);
    expect_next(&f, LQ_ERR_SYNTAX, "damaged in the frame");

    fake_log_begin(&f, &start); /* events miscounted */
    fake_log_event(&f, &timer);
    f.event_cnt = 2;
    expect_next(&f, LQ_ERR_SYNTAX, "damaged in the frame");

    fake_log_begin(&f, &start); /* a record beyond the frame */
    fake_log_event(&f, &timer);
    f.records_sz--;
    expect_next(&f, LQ_ERR_SYNTAX, "damaged in the frame");

    fake_log_begin(&f, &start); /* an event that is none */
    memset(fake_log_record(&f, RECORD_TAG_EVENT, 3), 0xff, 3);
    expect_next(&f, LQ_ERR_SYNTAX, "no event at byte 182, behind 0 events");

    fake_log_begin(&f, &start);
    fake_log_event(&f, &timer);
    expect_next(&f, LQ_OK, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_was_written),
        cmocka_unit_test(gives_what_it_started_from),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(it_is_read_up_to_where_it_is_cut_off),
        cmocka_unit_test(only_its_end_mark_makes_a_log_complete),
        cmocka_unit_test(frames_doubled_swapped_or_missing_are_noticed),
        cmocka_unit_test(a_frame_of_another_log_is_noticed),
        cmocka_unit_test(another_version_names_both),
        cmocka_unit_test(what_is_whole_and_no_record_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
