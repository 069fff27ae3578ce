#include "lq_test.h"

#include "liqd/base/arena.h"
#include "liqd/chain/decode.h"
#include "liqd/chain/tracker.h"
#include "tracker_model.h"

/* One rule a case: what comes in by hand, what goes out as a line of text. Blocks are a letter for
   the branch and a number, so that a5's parent is a4; b's and c's leave a's where a case says. */

typedef struct bed {
    lq_arena_t arena;
    lq_tracker_t *t;
    model_t model;
    char out[4096];
    lq_want_t want[64];
    size_t want_cnt;
    lq_time_t now;
    uint64_t fork_at; /* the first block of branch b */
} bed_t;

static void say(bed_t *b, const char *what, const lq_block_ref_t *ref, int log)
{
    size_t at = strlen(b->out);
    if (log < 0)
        (void)snprintf(b->out + at, sizeof(b->out) - at, "%s%c%d ", what, ref->hash.b[0],
                       (int)ref->number);
    else
        (void)snprintf(b->out + at, sizeof(b->out) - at, "%s%c%d.%d ", what, ref->hash.b[0],
                       (int)ref->number, log);
}

static void on_event(void *ctx, const lq_event_t *e)
{
    bed_t *b = ctx;
    model_apply(&b->model, e);
    if (e->kind == LQ_EVENT_HEAD)
        say(b, "+", &e->as.head->block, -1);
    else if (e->kind == LQ_EVENT_LOG)
        say(b, "", &e->as.log->block, (int)e->as.log->log_idx);
    else if (e->kind == LQ_EVENT_BLOCK)
        say(b, "=", &e->as.block, -1);
    else if (e->kind == LQ_EVENT_UNDONE)
        say(b, "-", &e->as.block, -1);
    else
        (void)strncat(b->out, "! ", sizeof(b->out) - strlen(b->out) - 1);
}

static void on_want(void *ctx, const lq_want_t *want)
{
    bed_t *b = ctx;
    b->want[b->want_cnt++ % 64] = *want;
}

static void set_up(bed_t *b, uint32_t endpoints, uint32_t quorum, uint32_t window_blk,
                   size_t log_max)
{
    memset(b, 0, sizeof(*b));
    b->fork_at = 5;
    lq_tracker_config_t config = {.endpoint_cnt = endpoints,
                                  .quorum = quorum,
                                  .window_blk = window_blk,
                                  .trust_bloom = true,
                                  .gap_max_blk = 100,
                                  .retry_ns = 1000,
                                  .header_max = 64,
                                  .log_max = log_max,
                                  .data_max = 4096};
    assert_ok(lq_arena_init(&b->arena, 4 << 20));
    lq_tracker_sink_t sink = {b, on_event, on_want};
    assert_ok(lq_tracker_new(&b->t, &b->arena, &config, &(lq_filter_t){0}, &sink));
    for (uint32_t e = 0; e < endpoints; e++)
        lq_tracker_connected(b->t, e, true, b->now);
}

static lq_hash_t hash_of(int branch, uint64_t number)
{
    lq_hash_t h = {{(uint8_t)branch, (uint8_t)number}};
    return h;
}

static lq_header_t header_of(const bed_t *b, char branch, uint64_t number, bool logs)
{
    lq_header_t h = {.block = {number, hash_of(branch, number)}};
    bool forks = branch == 'b' && number == b->fork_at;
    h.parent_hash = hash_of(forks ? 'a' : branch, number - 1);
    if (logs) { /* of log_of's, so that they add up to it */
        lq_evm_log_t log = {0};
        lq_bloom_add(h.logs_bloom, log.address.b, sizeof(log.address));
    }
    return h;
}

static void head(bed_t *b, uint32_t endpoint, char branch, uint64_t number, bool logs)
{
    lq_header_t h = header_of(b, branch, number, logs);
    lq_tracker_head(b->t, endpoint, &h, b->now);
}

static lq_evm_log_t log_of(char branch, uint64_t number, uint32_t idx)
{
    return (lq_evm_log_t){.block = {number, hash_of(branch, number)}, .log_idx = idx};
}

static void show(bed_t *b, uint32_t endpoint, char branch, uint64_t number, uint32_t idx)
{
    lq_evm_log_t log = log_of(branch, number, idx);
    lq_tracker_log(b->t, endpoint, &log, false, b->now);
}

/* The last want of KIND for the block, which must be there. */
static const lq_want_t *wanted(const bed_t *b, lq_want_kind_t kind, char branch, uint64_t number)
{
    lq_hash_t hash = hash_of(branch, number);
    for (size_t i = b->want_cnt; i-- > 0;)
        if (b->want[i % 64].kind == kind && model_hash_eq(&b->want[i % 64].hash, &hash))
            return &b->want[i % 64];
    fail_msg("nothing wanted of %c%d", branch, (int)number);
    return NULL;
}

/* Answers the want with the logs 0 to CNT - 1 of the block. */
static void answer(bed_t *b, lq_want_kind_t kind, uint32_t endpoint, char branch, uint64_t number,
                   uint32_t cnt)
{
    lq_evm_log_t logs[8];
    for (uint32_t i = 0; i < cnt; i++)
        logs[i] = log_of(branch, number, i);
    lq_tracker_answer_t a = {.id = wanted(b, kind, branch, number)->id,
                             .endpoint = endpoint,
                             .logs = logs,
                             .log_cnt = cnt,
                             .time = b->now};
    lq_tracker_answer(b->t, &a);
}

static void expect(bed_t *b, const char *out)
{
    size_t sz = strlen(b->out);
    if (sz)
        b->out[sz - 1] = '\0'; /* the last blank */
    assert_string_equal(b->out, out);
    b->out[0] = '\0';
}

static void tear_down(bed_t *b)
{
    lq_arena_fini(&b->arena);
    free(b);
}

static bed_t *new_bed_of(uint32_t endpoints, uint32_t quorum, uint32_t window_blk, size_t log_max)
{
    bed_t *b = malloc(sizeof(*b));
    assert_non_null(b);
    set_up(b, endpoints, quorum, window_blk, log_max);
    return b;
}

static bed_t *new_bed(uint32_t endpoints, uint32_t quorum)
{
    return new_bed_of(endpoints, quorum, 4, 64);
}

/* Beyond the time after which things are asked again. */
static void wait_retry(bed_t *b)
{
    b->now.mono_ns += 2000;
    (void)lq_tracker_step(b->t, b->now);
}

/* The only node answers with no logs, and has no receipts. */
static void refuse(bed_t *b, char branch, uint64_t number)
{
    answer(b, LQ_WANT_LOGS, 0, branch, number, 0);
    wait_retry(b);
    lq_tracker_unanswered(b->t, wanted(b, LQ_WANT_RECEIPTS, branch, number)->id,
                          LQ_UNANSWERED_REFUSED, b->now);
    wait_retry(b);
}

static void answer_header(bed_t *b, uint32_t endpoint, char branch, uint64_t number)
{
    lq_header_t h = header_of(b, branch, number, false);
    lq_tracker_answer_t a = {.id = wanted(b, LQ_WANT_HEADER, branch, number)->id,
                             .endpoint = endpoint,
                             .headers = &h,
                             .header_cnt = 1,
                             .time = b->now};
    lq_tracker_answer(b->t, &a);
}

/* Answers the last want for the head of ENDPOINT. */
static void answer_head(bed_t *b, uint32_t endpoint, char branch, uint64_t number)
{
    lq_header_t h = header_of(b, branch, number, false);
    for (size_t i = b->want_cnt; i-- > 0;) {
        const lq_want_t *w = &b->want[i % 64];
        if (w->kind != LQ_WANT_HEAD || w->endpoint != endpoint)
            continue;
        lq_tracker_answer_t a = {
            .id = w->id, .endpoint = endpoint, .headers = &h, .header_cnt = 1, .time = b->now};
        lq_tracker_answer(b->t, &a);
        return;
    }
    fail_msg("no head wanted of %d", (int)endpoint);
}

/* Who was cut off has 16000 to come back. */
static void wait_for_all(bed_t *b, uint64_t ns)
{
    b->now.mono_ns += ns;
    (void)lq_tracker_step(b->t, b->now);
}

/* Answers the last want for headers of ENDPOINT that begins with FROM. */
static void answer_headers(bed_t *b, uint32_t endpoint, char branch, uint64_t from, uint64_t to,
                           bool logs)
{
    lq_header_t h[LQ_TRACKER_RANGE_MAX];
    for (uint64_t n = from; n <= to; n++)
        h[n - from] = header_of(b, branch, n, logs);
    for (size_t i = b->want_cnt; i-- > 0;) {
        const lq_want_t *w = &b->want[i % 64];
        if (w->kind != LQ_WANT_HEADERS || w->endpoint != endpoint || w->from != from)
            continue;
        lq_tracker_answer_t a = {.id = w->id,
                                 .endpoint = endpoint,
                                 .headers = h,
                                 .header_cnt = (size_t)(to - from + 1),
                                 .time = b->now};
        lq_tracker_answer(b->t, &a);
        return;
    }
    fail_msg("no headers wanted");
}

static void completes_a_block_that_its_bloom_says_is_empty(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, false);
    expect(b, "+a4 =a4 +a5 =a5");
    assert_int_equal(b->want_cnt, 0);
    tear_down(b);
}

/* Then its lowest block must make room. */
static void gives_logs_before_their_head_on_a_full_stack_too(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    for (uint64_t number = 4; number < 204; number++)
        head(b, 0, 'a', number, false);
    b->out[0] = '\0';
    show(b, 0, 'a', 204, 0);
    expect(b, "a204.0");
    head(b, 0, 'a', 204, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 204, 1);
    expect(b, "+a204 =a204");
    tear_down(b);
}

static void gives_logs_before_their_head_and_completes_by_an_answer(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    show(b, 0, 'a', 5, 0);
    show(b, 0, 'a', 5, 1);
    show(b, 0, 'a', 5, 1);
    expect(b, "+a4 =a4 a5.0 a5.1");
    head(b, 0, 'a', 5, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 3);
    expect(b, "+a5 a5.2 =a5");
    assert_int_equal(lq_tracker_stat(b->t).double_cnt, 1);
    tear_down(b);
}

static void gives_logs_out_of_order_again_in_order(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    show(b, 0, 'a', 5, 1);
    show(b, 0, 'a', 5, 0);
    expect(b, "+a4 =a4 +a5 a5.1 -a5 +a5 a5.0 a5.1");
    tear_down(b);
}

static void lets_receipts_decide_on_an_empty_answer(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 0);
    expect(b, "+a4 =a4 +a5");
    (void)wanted(b, LQ_WANT_RECEIPTS, 'a', 5);
    assert_int_equal(lq_tracker_stat(b->t).contradiction_cnt, 1);
    tear_down(b);
}

static void asks_another_when_an_answer_lacks_what_was_shown(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    show(b, 0, 'a', 5, 0);
    show(b, 0, 'a', 5, 1);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    expect(b, "+a4 =a4 +a5 a5.0 a5.1");
    assert_int_equal(wanted(b, LQ_WANT_LOGS, 'a', 5)->not_mask, 1);
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 2);
    expect(b, "=a5");
    tear_down(b);
}

static void believes_two_that_agree_on_an_empty_answer(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 0);
    expect(b, "+a4 =a4 +a5");
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 0);
    expect(b, "=a5");
    for (size_t i = 0; i < b->want_cnt; i++)
        assert_int_not_equal(b->want[i].kind, LQ_WANT_RECEIPTS);
    tear_down(b);
}

static void asks_again_for_a_block_whose_log_comes_late(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    head(b, 0, 'a', 6, false);
    expect(b, "+a4 =a4 +a5 a5.0 =a5 +a6 =a6");
    show(b, 1, 'a', 5, 0); /* a double */
    assert_int_equal(b->want_cnt, 1);
    show(b, 1, 'a', 5, 1);
    expect(b, ""); /* what was given stays until an answer is there */
    lq_tracker_unanswered(b->t, wanted(b, LQ_WANT_RECEIPTS, 'a', 5)->id, LQ_UNANSWERED_REFUSED,
                          b->now);
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 2);
    expect(b, "-a6 -a5 +a5 a5.0 a5.1 =a5 +a6 =a6");
    tear_down(b);
}

static void undoes_blocks_above_one_whose_logs_were_missed(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    head(b, 0, 'a', 6, false);
    expect(b, "+a4 =a4 +a5 +a6");
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    expect(b, "-a6 -a5 +a5 a5.0 =a5 +a6 =a6");
    tear_down(b);
}

static void stays_on_its_branch_until_another_is_higher(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, false);
    head(b, 1, 'b', 5, false);
    expect(b, "+a4 =a4 +a5 =a5");
    head(b, 1, 'b', 6, false);
    expect(b, "-a5 +b5 =b5 +b6 =b6");
    assert_int_equal(lq_tracker_stat(b->t).reorg_cnt, 1);
    tear_down(b);
}

static void leaves_a_branch_that_nobody_endorses(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, false);
    head(b, 0, 'a', 6, false);
    head(b, 1, 'b', 5, false);
    expect(b, "+a4 =a4 +a5 =a5 +a6 =a6");
    lq_tracker_connected(b->t, 0, false, b->now);
    expect(b, "-a6 -a5 +b5 =b5");
    tear_down(b);
}

static void takes_a_head_that_is_an_ancestor_for_lag(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, false);
    head(b, 0, 'a', 4, false);
    expect(b, "+a4 =a4 +a5 =a5");
    head(b, 0, 'b', 5, false); /* but it was rolled back */
    expect(b, "-a5 +b5 =b5");
    tear_down(b);
}

static void fetches_the_parent_it_lacks(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 6, false);
    expect(b, "+a4 =a4");
    answer_header(b, 0, 'a', 5);
    expect(b, "+a5 =a5 +a6 =a6");
    tear_down(b);
}

static void begins_anew_beyond_the_widest_gap(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 104, false);
    expect(b, "+a4 =a4");
    head(b, 0, 'a', 105, false);
    expect(b, "! +a105 =a105");
    tear_down(b);
}

static void asks_for_the_head_after_removed_logs(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    lq_evm_log_t log = log_of('a', 4, 0);
    lq_tracker_log(b->t, 0, &log, true, b->now);
    assert_int_equal(b->want_cnt, 1);
    assert_int_equal(b->want[0].kind, LQ_WANT_HEAD);
    expect(b, "+a4 =a4");
    tear_down(b);
}

static void gives_nothing_before_a_quorum_showed_it(void **state)
{
    (void)state;
    bed_t *b = new_bed(3, 2);
    head(b, 0, 'a', 4, false);
    expect(b, "");
    head(b, 1, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    show(b, 0, 'a', 5, 0);
    show(b, 0, 'a', 5, 0);
    expect(b, "+a4 =a4");
    show(b, 2, 'a', 5, 0);
    expect(b, "a5.0");
    head(b, 2, 'a', 5, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    expect(b, "+a5");
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 1);
    expect(b, "=a5");
    tear_down(b);
}

static void repeats_what_was_not_answered(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, true);
    assert_int_equal(b->want_cnt, 1);
    lq_tracker_unanswered(b->t, b->want[0].id, LQ_UNANSWERED_NOBODY, b->now);
    assert_int_equal(b->want_cnt, 1);
    assert_int_equal(lq_tracker_step(b->t, b->now), 1000);
    b->now.mono_ns = 1000;
    (void)lq_tracker_step(b->t, b->now);
    assert_int_equal(b->want_cnt, 2);
    assert_int_equal(b->want[1].kind, LQ_WANT_LOGS);
    tear_down(b);
}

static void believes_a_doubtful_answer_after_six_refusals_of_receipts(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    for (int i = 0; i < 3; i++)
        refuse(b, 'a', 5);
    for (int i = 0; i < 3; i++) { /* or they do not add up to the header's bloom */
        answer(b, LQ_WANT_LOGS, 0, 'a', 5, 0);
        wait_retry(b);
        answer(b, LQ_WANT_RECEIPTS, 0, 'a', 5, 0);
        wait_retry(b);
    }
    expect(b, "+a4 =a4 +a5");
    assert_int_equal(lq_tracker_stat(b->t).believed_cnt, 0);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 0);
    expect(b, "=a5");
    assert_int_equal(lq_tracker_stat(b->t).believed_cnt, 1);
    tear_down(b);
}

/* A cable that was pulled is no node without receipts. Who never answers is one in the end. */
static void an_outage_is_no_refusal_of_receipts(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    for (int i = 0; i < 6 * 16; i++) {
        answer(b, LQ_WANT_LOGS, 0, 'a', 5, 0);
        wait_retry(b);
        lq_tracker_unanswered(b->t, wanted(b, LQ_WANT_RECEIPTS, 'a', 5)->id, LQ_UNANSWERED_NOBODY,
                              b->now);
        wait_retry(b);
        assert_int_equal(lq_tracker_stat(b->t).believed_cnt, 0);
    }
    expect(b, "+a4 =a4 +a5");
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 0);
    expect(b, "=a5");
    assert_int_equal(lq_tracker_stat(b->t).believed_cnt, 1);
    tear_down(b);
}

/* Blocks FROM to TO, of which each is believed after CNT refusals and no sooner. */
static void refuse_blocks(bed_t *b, uint64_t from, uint64_t to, int cnt)
{
    for (uint64_t n = from; n <= to; n++) {
        head(b, 0, 'a', n, true);
        uint64_t before = lq_tracker_stat(b->t).believed_cnt;
        for (int i = 0; i < cnt; i++)
            refuse(b, 'a', n);
        assert_int_equal(lq_tracker_stat(b->t).believed_cnt, before);
        answer(b, LQ_WANT_LOGS, 0, 'a', n, 0);
        assert_int_equal(lq_tracker_stat(b->t).believed_cnt, before + 1);
    }
}

static void asks_for_receipts_once_a_block_after_24_refusals_in_a_row(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    refuse_blocks(b, 5, 7, 6);
    head(b, 0, 'a', 8, true);
    for (int i = 0; i < 5; i++)
        refuse(b, 'a', 8);
    answer(b, LQ_WANT_LOGS, 0, 'a', 8, 0); /* after 23 */
    assert_int_equal(lq_tracker_stat(b->t).believed_cnt, 3);
    refuse_blocks(b, 9, 11, 1);
    wait_retry(b);
    answer(b, LQ_WANT_RECEIPTS, 0, 'a', 8, 1);
    assert_int_equal(lq_tracker_stat(b->t).complete.number, 11);
    refuse_blocks(b, 12, 15, 6); /* for receipts decided once */
    refuse_blocks(b, 16, 16, 1);
    lq_tracker_connected(b->t, 0, true, b->now); /* it may have been mended */
    refuse_blocks(b, 17, 17, 6);
    tear_down(b);
}

static void needs_receipts_where_shown_logs_found_no_room(void **state)
{
    (void)state;
    bed_t *b = new_bed_of(2, 1, 4, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    show(b, 0, 'a', 5, 0);
    show(b, 0, 'a', 5, 1);
    assert_true(lq_tracker_stat(b->t).dropped_cnt > 0);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 1);
    expect(b, "+a4 =a4 +a5 a5.0");
    answer(b, LQ_WANT_RECEIPTS, 0, 'a', 5, 2);
    expect(b, "a5.1 =a5");
    head(b, 0, 'a', 6, true); /* another block is not concerned */
    answer(b, LQ_WANT_LOGS, 0, 'a', 6, 1);
    expect(b, "+a6 a6.0 =a6");
    for (uint64_t n = 7; n <= 11; n++) /* the window passes it */
        head(b, 0, 'a', n, false);
    head(b, 0, 'a', 12, true);
    head(b, 0, 'a', 13, true);
    show(b, 0, 'a', 13, 0);
    show(b, 0, 'a', 13, 1);
    answer(b, LQ_WANT_LOGS, 0, 'a', 12, 1);
    answer_header(b, 0, 'a', 13); /* which lost its place to that log */
    assert_int_equal(lq_tracker_stat(b->t).complete.number, 13);
    tear_down(b);
}

static void needs_receipts_where_given_logs_were_undone(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    head(b, 0, 'a', 3, false);
    head(b, 0, 'a', 4, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 4, 1);
    head(b, 0, 'a', 5, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 2);
    expect(b, "+a3 =a3 +a4 a4.0 =a4 +a5 a5.0 a5.1 =a5");
    show(b, 1, 'a', 4, 1);
    answer(b, LQ_WANT_RECEIPTS, 0, 'a', 4, 2);
    expect(b, "-a5 -a4 +a4 a4.0 a4.1 =a4 +a5");
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 1);
    expect(b, "");
    answer(b, LQ_WANT_RECEIPTS, 0, 'a', 5, 2);
    expect(b, "a5.0 a5.1 =a5");
    size_t want_cnt = b->want_cnt;
    show(b, 1, 'a', 5, 2); /* receipts have settled it */
    wait_retry(b);
    assert_int_equal(b->want_cnt, want_cnt);
    expect(b, "");
    tear_down(b);
}

static void fetches_a_range_anew_whose_branch_was_left(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 40, false);
    answer_headers(b, 0, 'a', 5, 30, true); /* it waits for their logs */
    for (uint64_t n = 28; n <= 41; n++)
        head(b, 0, 'b', n, false);
    expect(b, "+a4 =a4");
    wait_retry(b);
    answer_headers(b, 0, 'b', 5, 41, false);
    assert_int_equal(lq_tracker_stat(b->t).complete.number, 41);
    assert_int_equal(lq_tracker_stat(b->t).reorg_cnt, 0);
    tear_down(b);
}

static void does_not_return_to_a_range_that_its_endpoint_has_left(void **state)
{
    (void)state;
    bed_t *b = new_bed_of(2, 1, 64, 64);
    b->fork_at = 28;
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 40, false);
    answer_headers(b, 0, 'a', 5, 30, false);
    assert_int_equal(lq_tracker_stat(b->t).top.number, 30);
    head(b, 1, 'b', 28, false);
    b->out[0] = '\0';
    head(b, 0, 'c', 30, false); /* nobody knows where it comes from */
    expect(b, "-a30 -a29 -a28 +b28 =b28");
    wait_retry(b);
    expect(b, "");
    assert_int_equal(lq_tracker_stat(b->t).unsteady_cnt, 0);
    tear_down(b);
}

static void follows_a_chain_that_was_rolled_back_for_good(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    b->fork_at = 7;
    for (uint64_t n = 4; n <= 10; n++)
        head(b, 0, 'a', n, false);
    b->out[0] = '\0';
    head(b, 0, 'b', 7, false);
    expect(b, "-a10 -a9 -a8 -a7 +b7 =b7");
    assert_int_equal(lq_tracker_stat(b->t).reorg_depth_max, 4);
    tear_down(b);
}

static void begins_anew_where_a_chain_shrank_by_more_than_the_window(void **state)
{
    (void)state;
    bed_t *b = new_bed(1, 1);
    for (uint64_t n = 4; n <= 10; n++)
        head(b, 0, 'a', n, false);
    b->out[0] = '\0';
    head(b, 0, 'b', 5, false);
    head(b, 0, 'b', 6, false);
    expect(b, ""); /* still deeper than one looks */
    head(b, 0, 'b', 7, false);
    expect(b, "");
    wait_for_all(b, 15999);
    assert_int_equal(b->want_cnt, 0);
    b->now.mono_ns++;
    assert_int_equal(lq_tracker_step(b->t, b->now), 32000); /* where nobody answers */
    expect(b, "");
    answer_head(b, 0, 'b', 7);
    expect(b, "! +b7 =b7");
    head(b, 0, 'b', 8, false);
    expect(b, "+b8 =b8");
    tear_down(b);
}

/* A range from below what can be undone, which two fetched whose heads are not linked yet. */
static void gives_not_all_up_for_a_range_while_no_head_is_above(void **state)
{
    (void)state;
    bed_t *b = new_bed(4, 2);
    for (uint64_t n = 4; n <= 10; n++) {
        head(b, 0, 'a', n, false);
        head(b, 1, 'a', n, false);
    }
    b->out[0] = '\0';
    head(b, 2, 'd', 30, false);
    head(b, 3, 'e', 31, false);
    answer_headers(b, 2, 'c', 11, 20, false);
    answer_headers(b, 2, 'c', 6, 10, false);
    answer_headers(b, 3, 'c', 11, 20, false);
    for (uint64_t n = 10; n > 6; n--)
        answer_header(b, 3, 'c', n);
    expect(b, "");
    head(b, 2, 'e', 31, false);
    expect(b, "! +e31 =e31");
    assert_int_equal(lq_tracker_stat(b->t).unsteady_cnt, 0);
    tear_down(b);
}

static void gives_not_all_up_for_one_node_that_was_left_behind(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    for (uint64_t n = 4; n <= 10; n++)
        head(b, 0, 'a', n, false);
    b->out[0] = '\0';
    head(b, 1, 'b', 7, false);
    head(b, 0, 'c', 10, false); /* nobody stands on the top, but where this leads is not known */
    expect(b, "");
    lq_tracker_connected(b->t, 0, false, b->now); /* all but one are cut off for a moment */
    wait_for_all(b, 15000);
    expect(b, "");
    lq_tracker_connected(b->t, 0, true, b->now);
    head(b, 0, 'a', 10, false);
    lq_tracker_connected(b->t, 0, false, b->now);
    b->want_cnt = 0;
    wait_for_all(b, 15000);
    assert_int_equal(b->want_cnt, 0); /* the time began anew */
    expect(b, "");
    tear_down(b);
}

static void asks_who_is_left_alone_once_more_before_all_is_given_up(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    for (uint64_t n = 4; n <= 10; n++)
        head(b, 0, 'a', n, false);
    head(b, 1, 'b', 6, false);
    b->out[0] = '\0';
    lq_tracker_connected(b->t, 0, false, b->now);
    wait_for_all(b, 16000);
    expect(b, ""); /* its head is of long ago */
    answer_head(b, 1, 'a', 11);
    expect(b, "+a11 =a11");
    head(b, 1, 'b', 8, false);
    wait_for_all(b, 16000);
    lq_tracker_unanswered(b->t, b->want[(b->want_cnt - 1) % 64].id, LQ_UNANSWERED_NOBODY, b->now);
    wait_retry(b);
    expect(b, "");
    answer_head(b, 1, 'b', 8);
    expect(b, "! +b8 =b8");
    tear_down(b);
}

static void turns_to_receipts_after_a_second_opinion(void **state)
{
    (void)state;
    bed_t *b = new_bed(3, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    show(b, 0, 'a', 5, 0);
    show(b, 0, 'a', 5, 1);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 1);
    (void)wanted(b, LQ_WANT_RECEIPTS, 'a', 5);
    expect(b, "+a4 =a4 +a5 a5.0 a5.1");
    tear_down(b);
}

static void lets_one_of_a_quorum_doubt_a_block_once(void **state)
{
    (void)state;
    bed_t *b = new_bed(3, 2);
    for (uint32_t e = 0; e < 2; e++) {
        head(b, e, 'a', 4, false);
        head(b, e, 'a', 5, true);
    }
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 1);
    expect(b, "+a4 =a4 +a5 a5.0 =a5");
    size_t want_cnt = b->want_cnt;
    show(b, 2, 'a', 5, 1);
    assert_int_equal(b->want_cnt, want_cnt + 1);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 1);
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 1);
    want_cnt = b->want_cnt;
    show(b, 2, 'a', 5, 2);
    wait_retry(b);
    assert_int_equal(b->want_cnt, want_cnt);
    expect(b, "");
    tear_down(b);
}

static void stays_while_nobody_is_known_to_stand_elsewhere(void **state)
{
    (void)state;
    bed_t *b = new_bed_of(2, 1, 64, 64);
    head(b, 1, 'a', 4, false);
    head(b, 0, 'b', 40, false);
    for (uint64_t n = 5; n <= 30; n++)
        head(b, 1, 'a', n, false);
    answer_headers(b, 0, 'b', 5, 28, false);
    b->out[0] = '\0';
    for (uint64_t n = 30; n <= 31; n++) { /* where these lead is not known */
        head(b, 0, 'd', n, false);
        head(b, 1, 'c', n, false);
    }
    expect(b, "");
    tear_down(b);
}

static void believes_no_late_log_in_place_of_one_that_was_given(void **state)
{
    (void)state;
    bed_t *b = new_bed(2, 1);
    head(b, 0, 'a', 4, false);
    head(b, 0, 'a', 5, true);
    answer(b, LQ_WANT_LOGS, 0, 'a', 5, 2);
    expect(b, "+a4 =a4 +a5 a5.0 a5.1 =a5");
    show(b, 1, 'a', 5, 2);
    lq_tracker_unanswered(b->t, wanted(b, LQ_WANT_RECEIPTS, 'a', 5)->id, false, b->now);
    lq_evm_log_t logs[] = {log_of('a', 5, 0), log_of('a', 5, 2)};
    lq_tracker_answer_t a = {.id = wanted(b, LQ_WANT_LOGS, 'a', 5)->id,
                             .endpoint = 0,
                             .logs = logs,
                             .log_cnt = 2,
                             .time = b->now};
    lq_tracker_answer(b->t, &a);
    expect(b, "");
    answer(b, LQ_WANT_LOGS, 1, 'a', 5, 3);
    expect(b, "-a5 +a5 a5.0 a5.1 a5.2 =a5");
    tear_down(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completes_a_block_that_its_bloom_says_is_empty),
        cmocka_unit_test(gives_logs_before_their_head_and_completes_by_an_answer),
        cmocka_unit_test(gives_logs_before_their_head_on_a_full_stack_too),
        cmocka_unit_test(gives_logs_out_of_order_again_in_order),
        cmocka_unit_test(lets_receipts_decide_on_an_empty_answer),
        cmocka_unit_test(asks_another_when_an_answer_lacks_what_was_shown),
        cmocka_unit_test(believes_two_that_agree_on_an_empty_answer),
        cmocka_unit_test(asks_again_for_a_block_whose_log_comes_late),
        cmocka_unit_test(undoes_blocks_above_one_whose_logs_were_missed),
        cmocka_unit_test(stays_on_its_branch_until_another_is_higher),
        cmocka_unit_test(leaves_a_branch_that_nobody_endorses),
        cmocka_unit_test(takes_a_head_that_is_an_ancestor_for_lag),
        cmocka_unit_test(fetches_the_parent_it_lacks),
        cmocka_unit_test(begins_anew_beyond_the_widest_gap),
        cmocka_unit_test(asks_for_the_head_after_removed_logs),
        cmocka_unit_test(gives_nothing_before_a_quorum_showed_it),
        cmocka_unit_test(repeats_what_was_not_answered),
        cmocka_unit_test(believes_a_doubtful_answer_after_six_refusals_of_receipts),
        cmocka_unit_test(an_outage_is_no_refusal_of_receipts),
        cmocka_unit_test(asks_for_receipts_once_a_block_after_24_refusals_in_a_row),
        cmocka_unit_test(needs_receipts_where_shown_logs_found_no_room),
        cmocka_unit_test(needs_receipts_where_given_logs_were_undone),
        cmocka_unit_test(fetches_a_range_anew_whose_branch_was_left),
        cmocka_unit_test(does_not_return_to_a_range_that_its_endpoint_has_left),
        cmocka_unit_test(follows_a_chain_that_was_rolled_back_for_good),
        cmocka_unit_test(begins_anew_where_a_chain_shrank_by_more_than_the_window),
        cmocka_unit_test(gives_not_all_up_for_a_range_while_no_head_is_above),
        cmocka_unit_test(gives_not_all_up_for_one_node_that_was_left_behind),
        cmocka_unit_test(asks_who_is_left_alone_once_more_before_all_is_given_up),
        cmocka_unit_test(turns_to_receipts_after_a_second_opinion),
        cmocka_unit_test(lets_one_of_a_quorum_doubt_a_block_once),
        cmocka_unit_test(stays_while_nobody_is_known_to_stand_elsewhere),
        cmocka_unit_test(believes_no_late_log_in_place_of_one_that_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
