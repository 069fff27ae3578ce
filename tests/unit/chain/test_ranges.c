#include "ranges_internal.h"

#include "lq_test.h"

#define BLOCK_CNT 20000u
#define FIRST_BLK 1000u
#define ROW_SZ    300u
#define SECOND_NS ((uint64_t)1000000000)

/* A chain of which only the number of watched logs per block is known, as sums from the start. */
typedef struct world {
    uint64_t before[BLOCK_CNT + 1];
    size_t cluster_cnt;
} world_t;

static uint64_t rows_in(const world_t *w, uint64_t from, uint64_t to)
{
    return w->before[to - FIRST_BLK + 1] - w->before[from - FIRST_BLK];
}

typedef enum hint_style {
    HINT_NONE,
    HINT_TRUE,
    HINT_ZERO,
    HINT_SAME,   /* what was refused just now */
    HINT_LESS,   /* one less than that */
    HINT_BEYOND, /* more than what was refused */
    HINT_ONE,
    HINT_WILD,
} hint_style_t;

/* A node with what it refuses; 0: no such limit. */
typedef struct node {
    const char *name;
    uint64_t range_max;
    uint64_t row_max;
    uint64_t silent_max; /* cut off there without a word */
    uint64_t slow_blk;   /* more take too long */
    hint_style_t hint;
    uint32_t odd_pct; /* so often something else goes wrong: rate, cut, no answer, not there */
    double factor;    /* requests allowed per request of who knows all */
} node_t;

typedef struct reply {
    lq_rpc_class_t class_;
    lq_rpc_hint_t hint;
    uint64_t row_cnt;
} reply_t;

static void give_hint(reply_t *reply, const node_t *node, const world_t *w, const lq_range_t *q,
                      lq_rng_t *rng)
{
    uint64_t size = q->to_blk - q->from_blk + 1;
    uint64_t fits = size;
    while (node->row_max && fits > 1 &&
           rows_in(w, q->from_blk, q->from_blk + fits - 1) > node->row_max)
        fits--;
    uint64_t ranges[] = {0, node->range_max, 0, size, size - 1, size + 1 + lq_rng_below(rng, 1000),
                         1, lq_rng_u64(rng)};
    uint64_t from[] = {0,           q->from_blk, 0,           q->from_blk,
                       q->from_blk, q->from_blk, q->from_blk, lq_rng_u64(rng)};
    uint64_t to[] = {0,           q->from_blk + fits - 1, 0,
                     q->to_blk,   q->to_blk - 1,          q->to_blk + 7,
                     q->from_blk, lq_rng_u64(rng)};
    if (reply->class_ == LQ_RPC_RANGE)
        reply->hint.range_max = ranges[node->hint];
    reply->hint.from = reply->class_ == LQ_RPC_ROWS ? from[node->hint] : 0;
    reply->hint.to = reply->class_ == LQ_RPC_ROWS ? to[node->hint] : 0;
}

static reply_t ask(const node_t *node, const world_t *w, const lq_range_t *q, lq_rng_t *rng)
{
    static const lq_rpc_class_t odd[] = {LQ_RPC_RATE, LQ_RPC_BROKEN, LQ_RPC_UNSENT, LQ_RPC_FILTER,
                                         LQ_RPC_UNKNOWN};
    uint64_t size = q->to_blk - q->from_blk + 1;
    reply_t reply = {.class_ = LQ_RPC_OK, .row_cnt = rows_in(w, q->from_blk, q->to_blk)};
    if (lq_rng_below(rng, 100) < node->odd_pct)
        reply.class_ = odd[lq_rng_below(rng, LQ_ARRAY_CNT(odd) - (size == 1))];
    else if (q->receipts)
        assert_int_equal(size, 1);
    else if (node->range_max && size > node->range_max)
        reply.class_ = LQ_RPC_RANGE;
    else if (node->row_max && reply.row_cnt > node->row_max)
        reply.class_ = LQ_RPC_ROWS;
    else if (node->slow_blk && size > node->slow_blk)
        reply.class_ = LQ_RPC_TIMEOUT;
    else if (node->silent_max && reply.row_cnt > node->silent_max)
        reply.row_cnt = node->silent_max;
    give_hint(&reply, node, w, q, rng);
    return reply;
}

/* How many requests it takes at least, blocks that need their receipts counted twice. */
static uint64_t fewest(const node_t *node, const world_t *w, const lq_ranges_config_t *c)
{
    uint64_t cnt = 0;
    for (uint64_t from = c->from_blk; from <= c->to_blk; cnt++) {
        uint64_t size = 0;
        for (uint64_t to = from; to <= c->to_blk && size < c->range_max_blk; to++, size++) {
            uint64_t rows = rows_in(w, from, to);
            if ((node->range_max && size == node->range_max) ||
                (node->slow_blk && size == node->slow_blk) ||
                (node->row_max && rows > node->row_max) ||
                (node->silent_max && rows >= node->silent_max) ||
                rows * ROW_SZ > c->hold_max / c->parallel)
                break;
        }
        cnt += size == 0; /* its receipts */
        from += size ? size : 1;
    }
    return cnt;
}

typedef struct run {
    lq_ranges_t ranges;
    lq_range_t sent[LQ_RANGES_PARALLEL_MAX];
    size_t sent_cnt;
    uint32_t held_id[LQ_RANGES_SLOT_MAX];
    uint64_t held_rows[LQ_RANGES_SLOT_MAX];
    size_t held_cnt;
    uint64_t now_ns, next_blk;
    uint64_t held_sz;
} run_t;

static void forget(run_t *run, uint32_t id)
{
    for (size_t i = 0; i < run->held_cnt; i++) {
        if (run->held_id[i] != id)
            continue;
        run->held_sz -= run->held_rows[i] * ROW_SZ;
        run->held_cnt--;
        run->held_id[i] = run->held_id[run->held_cnt];
        run->held_rows[i] = run->held_rows[run->held_cnt];
        return;
    }
    fail_msg("%u is not held", (unsigned)id);
}

static uint64_t held_rows(const run_t *run, uint32_t id)
{
    for (size_t i = 0; i < run->held_cnt; i++)
        if (run->held_id[i] == id)
            return run->held_rows[i];
    fail_msg("%u is not held", (unsigned)id);
    return 0;
}

/* Makes room as the shell does, and returns whether there is. */
static bool make_room(run_t *run, uint32_t id, size_t sz)
{
    uint32_t last;
    while (lq_ranges_is_head(&run->ranges, id) && run->held_sz + sz > run->ranges.config.hold_max &&
           lq_ranges_last_held(&run->ranges, &last)) {
        forget(run, last);
        lq_ranges_dropped(&run->ranges, last, 0);
    }
    return run->held_sz + sz <= run->ranges.config.hold_max;
}

static void take_reply(run_t *run, const world_t *w, const lq_range_t *q, const reply_t *reply)
{
    lq_ranges_t *r = &run->ranges;
    size_t sz = (size_t)(reply->row_cnt * ROW_SZ);
    if (reply->class_ != LQ_RPC_OK) {
        assert_ok(lq_ranges_refused(r, q->id, reply->class_, &reply->hint, 0, 0, run->now_ns));
        return;
    }
    if (!make_room(run, q->id, sz)) {
        if (lq_ranges_is_head(r, q->id))
            assert_ok(
                lq_ranges_refused(r, q->id, LQ_RPC_ROWS, &(lq_rpc_hint_t){0}, 0, 0, run->now_ns));
        else
            lq_ranges_dropped(r, q->id, sz);
        return;
    }
    bool round = lq_ranges_is_round(reply->row_cnt);
    if (lq_ranges_answered(r, q->id, reply->row_cnt, round, sz) == LQ_RANGES_DOUBT)
        return;
    assert_true(run->held_cnt < LQ_RANGES_SLOT_MAX);
    run->held_id[run->held_cnt] = q->id;
    run->held_rows[run->held_cnt++] = reply->row_cnt;
    run->held_sz += sz;
    assert_true(run->held_sz <= r->config.hold_max && run->held_sz == r->held_sz);
    lq_range_t given;
    while (lq_ranges_deliver(r, &given, run->now_ns)) {
        assert_int_equal(given.from_blk, run->next_blk);
        assert_int_equal(held_rows(run, given.id), rows_in(w, given.from_blk, given.to_blk));
        run->next_blk = given.to_blk + 1;
        forget(run, given.id);
    }
}

/* Runs a whole backfill, answers in random order, and returns the number of requests. */
static uint64_t backfill(const node_t *node, const world_t *w, const lq_ranges_config_t *c,
                         lq_rng_t *rng)
{
    run_t *run = calloc(1, sizeof(*run));
    assert_non_null(run);
    run->next_blk = c->from_blk;
    assert_ok(lq_ranges_init(&run->ranges, c, 0));
    while (!lq_ranges_is_done(&run->ranges)) {
        uint64_t wake;
        lq_range_t q;
        while (lq_ranges_next(&run->ranges, &q, &wake, run->now_ns)) {
            assert_true(run->sent_cnt < c->parallel);
            assert_true(q.from_blk >= run->next_blk && q.from_blk <= q.to_blk);
            assert_true(q.to_blk <= c->to_blk && q.to_blk - q.from_blk < c->range_max_blk);
            run->sent[run->sent_cnt++] = q;
        }
        if (!run->sent_cnt) {
            assert_true(wake > run->now_ns && wake != UINT64_MAX);
            run->now_ns = wake;
            continue;
        }
        size_t i = lq_rng_below(rng, run->sent_cnt);
        q = run->sent[i];
        run->sent[i] = run->sent[--run->sent_cnt];
        run->now_ns += 1 + lq_rng_below(rng, SECOND_NS / 10);
        reply_t reply = ask(node, w, &q, rng);
        take_reply(run, w, &q, &reply);
        assert_true(run->ranges.stat.request_cnt < 50 * (uint64_t)BLOCK_CNT);
    }
    assert_int_equal(run->next_blk, c->to_blk + 1);
    assert_int_equal(run->held_cnt, 0);
    assert_int_equal(lq_ranges_eta_ns(&run->ranges), 0);
    uint64_t cnt = run->ranges.stat.request_cnt;
    free(run);
    return cnt;
}

typedef enum density {
    EMPTY,
    SPARSE, /* one log in about 20 blocks */
    EVEN,
    CLUSTERED,
    DENSE,
    DENSITY_CNT,
} density_t;

static world_t *make_world(density_t density, lq_rng_t *rng)
{
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    uint64_t cluster = 0;
    for (size_t i = 0; i < BLOCK_CNT; i++) {
        if (!cluster && lq_rng_below(rng, 1500) == 0)
            cluster = 1 + lq_rng_below(rng, 30), w->cluster_cnt++;
        uint64_t rows[] = {0, lq_rng_below(rng, 20) == 0, lq_rng_below(rng, 10),
                           cluster ? lq_rng_below(rng, 2000) : lq_rng_below(rng, 3) / 2,
                           lq_rng_below(rng, 400)};
        w->before[i + 1] = w->before[i] + rows[density];
        cluster -= cluster > 0;
    }
    return w;
}

static const node_t nodes[] = {
    {"no limit", 0, 0, 0, 0, HINT_NONE, 0, 1.2},
    {"geth: exceed maximum block range: 5000", 5000, 0, 0, 0, HINT_TRUE, 0, 1.2},
    {"besu: range without its limit", 1000, 0, 0, 0, HINT_NONE, 0, 1.7},
    {"quicknode: limited to a 5 range", 5, 0, 0, 0, HINT_TRUE, 0, 1.2},
    {"reth: max results 1000, retry with the range", 0, 1000, 0, 0, HINT_TRUE, 0, 2},
    {"nethermind: too many logs", 0, 1000, 0, 0, HINT_NONE, 0, 2.5},
    {"alchemy: 2000 blocks, 10000 logs", 2000, 10000, 0, 0, HINT_TRUE, 0, 2},
    {"silent: 100 rows", 0, 0, 100, 0, HINT_NONE, 0, 3},
    {"silent: 10000 rows", 0, 0, 10000, 0, HINT_NONE, 0, 2.5},
    {"slow: 700 blocks", 0, 0, 0, 700, HINT_NONE, 0, 2},
    {"hint of zero", 1000, 1000, 0, 0, HINT_ZERO, 0, 2.5},
    {"hint that fails again", 1000, 1000, 0, 0, HINT_SAME, 0, 2.5},
    {"hint of one less", 1000, 1000, 0, 0, HINT_LESS, 0, 2.5},
    {"hint beyond", 1000, 1000, 0, 0, HINT_BEYOND, 0, 2.5},
    {"hint of one block", 0, 1000, 0, 0, HINT_ONE, 0, 4},
    {"hint at random", 1000, 1000, 0, 0, HINT_WILD, 0, 3},
    {"often out of order", 1000, 1000, 0, 0, HINT_TRUE, 30, 0},
};

static void gives_every_block_once_in_order_whatever_the_limits(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t n = 0; n < LQ_ARRAY_CNT(nodes); n++) {
        for (size_t round = 0; round < lq_test_cnt(10, 400); round++) {
            density_t density = (density_t)(round % DENSITY_CNT);
            world_t *w = make_world(density, &rng);
            lq_ranges_config_t c = {
                .from_blk = FIRST_BLK,
                .to_blk = FIRST_BLK + BLOCK_CNT - 1,
                .range_blk = 1 + lq_rng_below(&rng, 1000),
                .range_max_blk = 10000,
                .parallel = 1 + lq_rng_below(&rng, LQ_RANGES_PARALLEL_MAX),
                .hold_max = 256000000,
                .endpoint_cnt = 2,
            };
            uint64_t cnt = backfill(&nodes[n], w, &c, &rng);
            uint64_t best = fewest(&nodes[n], w, &c);
            double allowed = nodes[n].factor * (double)best + 60 + 12 * (double)c.parallel;
            if (density == CLUSTERED) /* each is found by halving, then left by growing */
                allowed += 30 * (double)w->cluster_cnt;
            if (getenv("LQ_SHOW"))
                print_message("%-45s %d: %zu under way, %zu requests, %zu at best\n", nodes[n].name,
                              density, c.parallel, (size_t)cnt, (size_t)best);
            if (nodes[n].factor > 0 && (double)cnt > allowed)
                fail_msg(
                    "%s, density %d, %zu clusters, %zu under way: %zu requests where %zu would do",
                    nodes[n].name, density, w->cluster_cnt, c.parallel, (size_t)cnt, (size_t)best);
            free(w);
        }
    }
}

/* What is held is checked in take_reply; here it is tight, down to one block at a time. */
static void holds_no_more_than_it_may(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(40, 2000); round++) {
        world_t *w = make_world((density_t)(round % DENSITY_CNT), &rng);
        lq_ranges_config_t c = {
            .from_blk = FIRST_BLK,
            .to_blk = FIRST_BLK + BLOCK_CNT - 1,
            .range_blk = 1 + lq_rng_below(&rng, 1000),
            .range_max_blk = 10000,
            .parallel = 1 + lq_rng_below(&rng, LQ_RANGES_PARALLEL_MAX),
            .hold_max = (size_t)2000 * ROW_SZ + lq_rng_below(&rng, 1000000),
            .endpoint_cnt = 2,
        };
        (void)backfill(&nodes[lq_rng_below(&rng, LQ_ARRAY_CNT(nodes))], w, &c, &rng);
        free(w);
    }
}

static const lq_rpc_hint_t no_hint;

static lq_ranges_config_t config_of(uint64_t blocks, uint64_t range)
{
    return (lq_ranges_config_t){
        .from_blk = 10,
        .to_blk = 9 + blocks,
        .range_blk = range,
        .range_max_blk = 1000,
        .parallel = 1,
        .hold_max = 1000000,
        .endpoint_cnt = 2,
    };
}

static lq_range_t next(lq_ranges_t *r, uint64_t now_ns)
{
    lq_range_t q = {0};
    uint64_t wake;
    assert_true(lq_ranges_next(r, &q, &wake, now_ns));
    return q;
}

static void assert_waits(lq_ranges_t *r, uint64_t now_ns, uint64_t until_ns)
{
    lq_range_t q;
    uint64_t wake = 0;
    assert_false(lq_ranges_next(r, &q, &wake, now_ns));
    assert_int_equal(wake, until_ns);
}

static void asks_another_node_for_what_one_does_not_have(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(100, 40);
    assert_ok(lq_ranges_init(&r, &c, 0));
    lq_range_t q = next(&r, 0);
    assert_int_equal(q.not_mask, 0);
    assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_ABSENT, &no_hint, 1, 0, 0));
    q = next(&r, 0);
    assert_int_equal(q.not_mask, 2);
    assert_true(q.from_blk == 10 && q.to_blk == 49);
    assert_int_equal(lq_ranges_answered(&r, q.id, 7, false, 70), LQ_RANGES_HOLD);
    assert_true(lq_ranges_deliver(&r, &q, 0));
    q = next(&r, 0);
    assert_int_equal(q.not_mask, 0);
    assert_true(q.from_blk == 50 && q.to_blk == 109);
}

static void ends_when_nobody_has_it(void **state)
{
    (void)state;
    static const struct {
        lq_rpc_class_t class_;
        lq_err_t err;
    } cases[] = {
        {LQ_RPC_ABSENT, LQ_ERR_NOT_FOUND}, {LQ_RPC_QUOTA, LQ_ERR_REMOTE},
        {LQ_RPC_FORBIDDEN, LQ_ERR_REMOTE}, {LQ_RPC_SYNCING, LQ_ERR_REMOTE},
        {LQ_RPC_METHOD, LQ_ERR_REMOTE},    {LQ_RPC_UNKNOWN, LQ_ERR_REMOTE},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_ranges_t r;
        lq_ranges_config_t c = config_of(1, 1);
        assert_ok(lq_ranges_init(&r, &c, 0));
        uint64_t now = 0;
        for (uint32_t n = 0; n < 2 * LQ_RANGES_ROUND_MAX; n++) {
            if (n && n % 2 == 0) {
                assert_waits(&r, now, now + (SECOND_NS << (n / 2)));
                now += SECOND_NS << (n / 2);
            }
            lq_range_t q = next(&r, now);
            assert_int_equal(q.not_mask, n % 2);
            lq_err_t want = n + 1 == 2 * LQ_RANGES_ROUND_MAX ? cases[i].err : LQ_OK;
            assert_err(lq_ranges_refused(&r, q.id, cases[i].class_, &no_hint, n % 2, 0, now), want);
        }
    }
}

static void goes_no_further_ahead_than_it_may_hold(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(2000, 10);
    c.range_max_blk = 10;
    c.parallel = 2;
    c.hold_max = 1000;
    assert_ok(lq_ranges_init(&r, &c, 0));
    lq_range_t head = next(&r, 0);
    lq_range_t q;
    uint64_t wake;
    size_t cnt = 0;
    while (lq_ranges_next(&r, &q, &wake, 0)) {
        assert_int_equal(lq_ranges_answered(&r, q.id, 1, false, 100), LQ_RANGES_HOLD);
        assert_true(++cnt <= 10);
    }
    assert_true(cnt >= 8 && wake == UINT64_MAX);
    assert_int_equal(lq_ranges_answered(&r, head.id, 1, false, 0), LQ_RANGES_HOLD);
    for (; cnt + 1; cnt--)
        assert_true(lq_ranges_deliver(&r, &q, 0));
    assert_false(lq_ranges_deliver(&r, &q, 0));
    assert_true(lq_ranges_next(&r, &q, &wake, 0));
}

static void says_not_found_only_where_all_lack_it(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 2; first++) {
        lq_ranges_t r;
        lq_ranges_config_t c = config_of(1, 1);
        lq_err_t err = LQ_OK;
        assert_ok(lq_ranges_init(&r, &c, 0));
        uint64_t now = 0;
        for (uint32_t n = 0; !err; n++, now += 100 * SECOND_NS) {
            lq_range_t q = next(&r, now);
            err = lq_ranges_refused(&r, q.id, n % 2 == first ? LQ_RPC_ABSENT : LQ_RPC_QUOTA,
                                    &no_hint, n % 2, 0, now);
        }
        assert_err(err, LQ_ERR_REMOTE);
    }
}

static void grows_by_no_answer_of_before_the_last_refusal(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(1000, 40);
    c.parallel = 3;
    assert_ok(lq_ranges_init(&r, &c, 0));
    lq_range_t a = next(&r, 0);
    lq_range_t b = next(&r, 0);
    lq_range_t stale = next(&r, 0);
    assert_ok(lq_ranges_refused(&r, a.id, LQ_RPC_ROWS, &no_hint, 0, 0, 0));
    assert_int_equal(lq_ranges_answered(&r, b.id, 1, false, 1), LQ_RANGES_HOLD);
    assert_int_equal(r.range_blk, 20);
    a = next(&r, 0);
    assert_true(a.from_blk == 10 && a.to_blk == 29);
    assert_int_equal(lq_ranges_answered(&r, a.id, 1, false, 1), LQ_RANGES_HOLD);
    assert_int_equal(r.range_blk, 20); /* by an eighth, and not at once */
    uint32_t epoch = r.epoch;
    assert_ok(lq_ranges_refused(&r, stale.id, LQ_RPC_ROWS, &no_hint, 0, 0, 0));
    assert_int_equal(r.range_blk, 20);
    assert_int_equal(r.epoch, epoch);
}

static void counts_a_node_that_is_not_there_with_those_that_refuse(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(1, 1);
    assert_ok(lq_ranges_init(&r, &c, 0));
    uint64_t now = 0;
    for (uint32_t n = 1; n <= LQ_RANGES_ROUND_MAX; n++, now += 100 * SECOND_NS) {
        lq_range_t q = next(&r, now);
        assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_ABSENT, &no_hint, 0, 0, now));
        q = next(&r, now);
        assert_int_equal(q.not_mask, 1);
        assert_err(lq_ranges_refused(&r, q.id, LQ_RPC_UNSENT, &no_hint, UINT32_MAX, 0, now),
                   n == LQ_RANGES_ROUND_MAX ? LQ_ERR_NOT_FOUND : LQ_OK);
    }
}

static void waits_as_long_as_told_and_does_not_shrink(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(100, 40);
    assert_ok(lq_ranges_init(&r, &c, 0));
    lq_range_t q = next(&r, 5);
    assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_RATE, &no_hint, 0, 7 * SECOND_NS, 5));
    assert_waits(&r, 6, 5 + 7 * SECOND_NS);
    uint64_t now = 5 + 7 * SECOND_NS;
    uint64_t pause = 0;
    for (size_t i = 0; i < 20; i++) {
        q = next(&r, now);
        assert_true(q.from_blk == 10 && q.to_blk == 49);
        assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_RATE, &no_hint, 0, 0, now));
        lq_range_t none;
        uint64_t wake;
        assert_false(lq_ranges_next(&r, &none, &wake, now));
        assert_true(wake - now >= pause && wake - now <= 30 * SECOND_NS);
        pause = wake - now;
        now = wake;
    }
    assert_int_equal(pause, 30 * SECOND_NS);
    q = next(&r, now);
    assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_RATE, &no_hint, 0, UINT64_MAX, now));
    assert_waits(&r, now, now + 600 * SECOND_NS);
}

static void halves_what_times_out_and_waits_at_one_block(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(8, 8);
    assert_ok(lq_ranges_init(&r, &c, 0));
    for (uint64_t size = 8; size > 1; size /= 2) {
        lq_range_t q = next(&r, 0);
        assert_int_equal(q.to_blk - q.from_blk + 1, size);
        assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_TIMEOUT, &no_hint, 0, 0, 0));
    }
    lq_range_t q = next(&r, 0);
    assert_true(q.from_blk == 10 && q.to_blk == 10);
    assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_TIMEOUT, &no_hint, 0, 0, 0));
    assert_waits(&r, 0, SECOND_NS / 10);
    q = next(&r, SECOND_NS);
    assert_true(q.from_blk == 10 && q.to_blk == 10 && !q.receipts);
}

static void halves_what_breaks_twice(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(8, 8);
    assert_ok(lq_ranges_init(&r, &c, 0));
    lq_range_t q = next(&r, 0);
    assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_BROKEN, &no_hint, 0, 0, 0));
    q = next(&r, SECOND_NS);
    assert_int_equal(q.to_blk, 17);
    assert_ok(lq_ranges_refused(&r, q.id, LQ_RPC_BROKEN, &no_hint, 0, 0, SECOND_NS));
    q = next(&r, SECOND_NS);
    assert_int_equal(q.to_blk, 13);
}

static void reads_receipts_of_one_block_that_is_too_much(void **state)
{
    (void)state;
    static const lq_rpc_class_t classes[] = {LQ_RPC_ROWS, LQ_RPC_RANGE};
    for (size_t i = 0; i < LQ_ARRAY_CNT(classes); i++) {
        lq_ranges_t r;
        lq_ranges_config_t c = config_of(2, 1);
        assert_ok(lq_ranges_init(&r, &c, 0));
        lq_range_t q = next(&r, 0);
        assert_ok(lq_ranges_refused(&r, q.id, classes[i], &no_hint, 0, 0, 0));
        q = next(&r, 0);
        assert_true(q.receipts && q.from_blk == 10 && q.to_blk == 10);
        assert_int_equal(r.stat.receipts_cnt, 1);
        assert_int_equal(lq_ranges_answered(&r, q.id, 100, true, 1), LQ_RANGES_HOLD);
        assert_true(lq_ranges_deliver(&r, &q, 0));
        assert_false(next(&r, 0).receipts);
    }
}

static void reads_again_what_has_a_round_number_of_logs(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(4, 4);
    assert_ok(lq_ranges_init(&r, &c, 0));
    lq_range_t q = next(&r, 0);
    assert_int_equal(lq_ranges_answered(&r, q.id, 100, true, 1), LQ_RANGES_DOUBT);
    for (uint64_t size = 2; size; size /= 2) {
        q = next(&r, 0);
        assert_true(q.from_blk == 10 && q.to_blk == 9 + size && !q.receipts);
        assert_int_equal(lq_ranges_answered(&r, q.id, 100, true, 1), LQ_RANGES_DOUBT);
    }
    q = next(&r, 0);
    assert_true(q.from_blk == 10 && q.to_blk == 10 && q.receipts);
    assert_int_equal(r.stat.doubt_cnt, 3);
}

static void knows_the_numbers_that_answers_are_cut_at(void **state)
{
    (void)state;
    static const uint64_t round[] = {100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000};
    size_t k = 0;
    for (uint64_t cnt = 0; cnt <= 100000; cnt++) {
        bool is = k < LQ_ARRAY_CNT(round) && cnt == round[k];
        assert_int_equal(lq_ranges_is_round(cnt), is);
        k += is;
    }
}

static void tells_how_long_it_will_take(void **state)
{
    (void)state;
    lq_ranges_t r;
    lq_ranges_config_t c = config_of(1000, 10);
    c.range_max_blk = 10;
    assert_ok(lq_ranges_init(&r, &c, 0));
    assert_true(lq_ranges_eta_ns(&r) == UINT64_MAX);
    for (uint64_t now = SECOND_NS; now <= 50 * SECOND_NS; now += SECOND_NS) {
        lq_range_t q = next(&r, now);
        assert_int_equal(lq_ranges_answered(&r, q.id, 0, false, 0), LQ_RANGES_HOLD);
        assert_true(lq_ranges_deliver(&r, &q, now));
        assert_int_equal(lq_ranges_eta_ns(&r), 100 * SECOND_NS - now); /* 10 blocks a second */
    }
}

static void refuses_a_plan_that_is_none(void **state)
{
    (void)state;
    lq_ranges_config_t good = config_of(100, 40);
    lq_ranges_config_t bad[9];
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        bad[i] = good;
    bad[0].to_blk = bad[0].from_blk - 1;
    bad[1].to_blk = UINT64_MAX;
    bad[2].range_blk = 0;
    bad[3].range_max_blk = bad[3].range_blk - 1;
    bad[4].parallel = 0;
    bad[5].parallel = LQ_RANGES_PARALLEL_MAX + 1;
    bad[6].hold_max = 0;
    bad[7].endpoint_cnt = 0;
    bad[8].endpoint_cnt = 33;
    lq_ranges_t r;
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        assert_err(lq_ranges_init(&r, &bad[i], 0), LQ_ERR_RANGE);
    assert_ok(lq_ranges_init(&r, &good, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_every_block_once_in_order_whatever_the_limits),
        cmocka_unit_test(holds_no_more_than_it_may),
        cmocka_unit_test(asks_another_node_for_what_one_does_not_have),
        cmocka_unit_test(ends_when_nobody_has_it),
        cmocka_unit_test(goes_no_further_ahead_than_it_may_hold),
        cmocka_unit_test(says_not_found_only_where_all_lack_it),
        cmocka_unit_test(grows_by_no_answer_of_before_the_last_refusal),
        cmocka_unit_test(counts_a_node_that_is_not_there_with_those_that_refuse),
        cmocka_unit_test(waits_as_long_as_told_and_does_not_shrink),
        cmocka_unit_test(halves_what_times_out_and_waits_at_one_block),
        cmocka_unit_test(halves_what_breaks_twice),
        cmocka_unit_test(reads_receipts_of_one_block_that_is_too_much),
        cmocka_unit_test(reads_again_what_has_a_round_number_of_logs),
        cmocka_unit_test(knows_the_numbers_that_answers_are_cut_at),
        cmocka_unit_test(tells_how_long_it_will_take),
        cmocka_unit_test(refuses_a_plan_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
