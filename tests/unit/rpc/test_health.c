#include "health_internal.h"

#include "lq_test.h"

#define SEC LQ_NODE_HEALTH_SEC
#define MS  (SEC / 1000)

enum {
    CHAIN = 1
};

/* A set of endpoints and a clock. */
typedef struct rig {
    lq_health_set_t set;
    lq_url_t url;
    lq_pool_endpoint_t endpoints[4];
    lq_pool_config_t config;
    uint64_t now;
} rig_t;

static void rig_begin(rig_t *r, lq_url_scheme_t scheme, size_t cnt, uint64_t block_ns)
{
    memset(r, 0, sizeof(*r));
    r->url.scheme = scheme;
    for (size_t i = 0; i < cnt; i++)
        r->endpoints[i] = (lq_pool_endpoint_t){
            .rpc = {.url = &r->url}, .roles = LQ_ROLE_READ | LQ_ROLE_SUBSCRIBE | LQ_ROLE_SEND};
    r->config = (lq_pool_config_t){.endpoints = r->endpoints,
                                   .endpoint_cnt = cnt,
                                   .chain_id = CHAIN,
                                   .block_ns = block_ns,
                                   .lag_blk_max = 10,
                                   .seed = 7};
    r->now = 1000 * SEC;
    lq_health_init(&r->set, &r->config, r->now);
}

/* All endpoints connected, of the right chain, at block 100. */
static void rig_up(rig_t *r, size_t cnt, uint64_t block_ns)
{
    rig_begin(r, LQ_URL_WS, cnt, block_ns);
    for (uint32_t i = 0; i < cnt; i++) {
        lq_health_note_up(&r->set, i, r->now, true);
        lq_health_note_chain(&r->set, i, r->now, CHAIN);
        assert_true(lq_health_note_head(&r->set, i, r->now, 100));
    }
}

static lq_node_health_t of(rig_t *r, uint32_t i)
{
    return lq_health_of(&r->set, i, r->now);
}

static uint32_t choose_by(rig_t *r, lq_role_t role, uint32_t mask, uint64_t min_head_blk)
{
    uint32_t fit;
    lq_health_want_t want = {role, mask, UINT32_MAX, min_head_blk, 1};
    return lq_health_choose(&r->set, &fit, r->now, &want);
}

static uint32_t choose(rig_t *r)
{
    return choose_by(r, LQ_ROLE_READ, UINT32_MAX, 0);
}

static void call(rig_t *r, uint32_t i, lq_rpc_class_t c, uint64_t latency_ns)
{
    lq_health_note_sent(&r->set, i, r->now);
    r->now += latency_ns;
    bool answered = c != LQ_RPC_TIMEOUT && c != LQ_RPC_BROKEN && c != LQ_RPC_UNSENT;
    lq_health_note_end(&r->set, i, r->now, c, answered, latency_ns, 0);
}

/* Uses up the error budget of I. */
static void break_peer(rig_t *r, uint32_t i)
{
    for (int k = 0; k < 8; k++) {
        assert_int_not_equal(of(r, i), LQ_NODE_HEALTH_FAILING);
        call(r, i, LQ_RPC_BROKEN, MS);
    }
    assert_int_equal(of(r, i), LQ_NODE_HEALTH_FAILING);
}

static lq_health_probe_t probe(rig_t *r, uint32_t i)
{
    return lq_health_wants_probe(&r->set, i, r->now);
}

static void answer_probe(rig_t *r, uint32_t i, bool ok)
{
    lq_health_note_probe(&r->set, i, r->now, probe(r, i));
    r->now += MS;
    lq_health_note_end(&r->set, i, r->now, ok ? LQ_RPC_OK : LQ_RPC_BROKEN, ok, MS, 0);
    lq_health_note_probe_end(&r->set, i, r->now, ok);
}

static void uses_no_endpoint_before_its_chain_is_known(void **state)
{
    (void)state;
    rig_t r;
    rig_begin(&r, LQ_URL_IPC, 1, 12 * SEC);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_DOWN);
    assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_NONE);
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    lq_health_note_up(&r.set, 0, r.now, true);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_UNPROVEN);
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_CHAIN);
    lq_health_note_chain(&r.set, 0, r.now, CHAIN);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    assert_int_equal(choose(&r), 0);
    assert_true(lq_health_note_head(&r.set, 0, r.now, 100));
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, 1, 100), 0);
    /* and again with each connection */
    lq_health_note_up(&r.set, 0, r.now, false);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_DOWN);
    lq_health_note_up(&r.set, 0, r.now, true);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_UNPROVEN);
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    lq_health_note_chain(&r.set, 0, r.now, CHAIN);
    assert_int_equal(choose(&r), 0);
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, 1, 100), LQ_NODE_HEALTH_NONE); /* its head too */
}

static void asks_the_chain_again_later_where_there_was_no_answer(void **state)
{
    (void)state;
    rig_t r;
    rig_begin(&r, LQ_URL_HTTP, 1, 12 * SEC);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_UNPROVEN); /* HTTP is always up */
    uint64_t waited = 0;
    for (int k = 0; k < 8; k++) {
        assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_CHAIN);
        answer_probe(&r, 0, false);
        assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_NONE);
        uint64_t start = r.now;
        while (probe(&r, 0) == LQ_NODE_HEALTH_PROBE_NONE)
            r.now += 10 * MS;
        uint64_t want = SEC << k < 60 * SEC ? SEC << k : 60 * SEC;
        assert_in_range(r.now - start, want / 2, want + 10 * MS);
        waited += r.now - start;
    }
    assert_true(waited > 60 * SEC);
}

static void never_uses_one_of_another_chain(void **state)
{
    (void)state;
    rig_t r;
    rig_begin(&r, LQ_URL_WS, 1, 12 * SEC);
    lq_health_note_up(&r.set, 0, r.now, true);
    lq_health_note_chain(&r.set, 0, r.now, CHAIN + 1);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FOREIGN);
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    assert_int_equal(choose_by(&r, LQ_ROLE_SEND, 1, 0), LQ_NODE_HEALTH_NONE);
    r.now += 3600 * SEC;
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_NONE);
    lq_health_note_up(&r.set, 0, r.now, false);
    lq_health_note_up(&r.set, 0, r.now, true);
    assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_CHAIN);
    rig_begin(&r, LQ_URL_HTTPS, 1, 12 * SEC);
    lq_health_note_chain(&r.set, 0, r.now, CHAIN + 1);
    assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_NONE);
    r.now += 60 * SEC;
    assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_CHAIN);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FOREIGN);
    lq_health_note_chain(&r.set, 0, r.now, CHAIN);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
}

static void leaves_a_head_that_stands_still(void **state)
{
    (void)state;
    static const struct {
        uint64_t block_ns;
        uint64_t within_ns;
    } rows[] = {
        {12 * SEC, 24 * SEC}, {250 * MS, 5 * SEC}, {2500 * MS, 5 * SEC}, {3 * SEC, 6 * SEC}};
    for (size_t k = 0; k < LQ_ARRAY_CNT(rows); k++) {
        rig_t r;
        rig_up(&r, 2, rows[k].block_ns);
        uint64_t still = r.now;
        r.config.lag_blk_max = 1000;
        r.set.lag_blk_max = 1000;
        assert_int_equal(choose(&r), 0);
        uint64_t next = r.now + rows[k].block_ns;
        uint64_t blk = 100;
        while (of(&r, 0) == LQ_NODE_HEALTH_WELL) {
            r.now += 10 * MS;
            if (r.now >= next) {
                assert_true(lq_health_note_head(&r.set, 1, r.now, ++blk));
                next += rows[k].block_ns;
            }
            assert_true(lq_health_note_head(&r.set, 0, r.now, 100)); /* it still says the same */
        }
        assert_int_equal(r.now - still, rows[k].within_ns);
        assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_STALE);
        assert_int_equal(choose(&r), 1);
        assert_true(lq_health_note_head(&r.set, 0, r.now, blk));
        assert_int_equal(choose(&r), 0);
    }
}

static void blames_nobody_while_the_chain_stands_still(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 3, 12 * SEC);
    r.now += 3600 * SEC;
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(of(&r, i), LQ_NODE_HEALTH_WELL);
}

static void leaves_one_that_is_behind(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 2, 12 * SEC);
    assert_true(lq_health_note_head(&r.set, 1, r.now, 109));
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    assert_true(lq_health_note_head(&r.set, 1, r.now, 110));
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_STALE);
    assert_int_equal(choose(&r), 1);
    /* a head of a foreign or lost endpoint is no measure */
    lq_health_note_up(&r.set, 1, r.now, false);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
}

static void does_not_believe_a_head_that_jumps(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 2, 12 * SEC);
    r.now += 12 * SEC;
    assert_false(lq_health_note_head(&r.set, 1, r.now, UINT64_MAX));
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    assert_true(lq_health_note_head(&r.set, 0, r.now, 101));
    for (int k = 0; k < 7; k++) {
        r.now += MS;
        assert_false(lq_health_note_head(&r.set, 1, r.now, UINT64_MAX));
    }
    assert_int_equal(of(&r, 1), LQ_NODE_HEALTH_FAILING);
    /* what rises from there as a chain does is one */
    rig_up(&r, 2, 12 * SEC);
    assert_false(lq_health_note_head(&r.set, 1, r.now, 25000000));
    assert_false(lq_health_note_head(&r.set, 1, r.now, 25010001));
    assert_true(lq_health_note_head(&r.set, 1, r.now, 25020001));
    assert_int_equal(r.set.peers[1].head_blk, 25020001);
    assert_true(lq_health_note_head(&r.set, 1, r.now, 100));
    assert_true(lq_health_note_head(&r.set, 1, r.now, 25020000));
    assert_false(lq_health_note_head(&r.set, 1, r.now, 25040000));
    lq_health_note_up(&r.set, 1, r.now, true);
    assert_true(lq_health_note_head(&r.set, 1, r.now, 100));
    assert_false(lq_health_note_head(&r.set, 1, r.now, 25040001));
    /* a node that catches up is believed */
    rig_up(&r, 2, 12 * SEC);
    for (uint64_t blk = 100; blk < 1000000; blk += 4000) {
        assert_true(lq_health_note_head(&r.set, 1, r.now, blk));
        r.now += SEC;
    }
    /* one that goes back too, but it is no younger for it */
    rig_up(&r, 2, 12 * SEC);
    r.now += 20 * SEC;
    assert_true(lq_health_note_head(&r.set, 0, r.now, 99));
    assert_true(lq_health_note_head(&r.set, 1, r.now, 101));
    r.now += 4 * SEC;
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_STALE);
}

/* 25 blocks of endpoint 0, while endpoint 1 says HEAD_BLK + STEP_BLK for each. */
static void grow_beside(rig_t *r, uint64_t head_blk, uint64_t step_blk)
{
    rig_up(r, 2, 12 * SEC);
    lq_health_note_up(&r->set, 1, r->now, true);
    lq_health_note_chain(&r->set, 1, r->now, CHAIN);
    for (uint64_t k = 0; k < 25; k++) {
        assert_true(lq_health_note_head(&r->set, 0, r->now, 100 + k));
        assert_true(lq_health_note_head(&r->set, 1, r->now, head_blk + k * step_blk));
        r->now += 12 * SEC;
    }
}

static void does_not_believe_a_first_head_that_never_moves(void **state)
{
    (void)state;
    static const uint64_t heads[] = {UINT64_MAX, 134};
    for (size_t k = 0; k < LQ_ARRAY_CNT(heads); k++) {
        rig_t r;
        grow_beside(&r, heads[k], 0);
        assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
        assert_int_equal(of(&r, 1), LQ_NODE_HEALTH_STALE);
        assert_int_equal(choose(&r), 0);
        assert_int_equal(choose_by(&r, LQ_ROLE_READ, 3, 124), 0);
    }
    rig_t r;
    grow_beside(&r, 133, 0); /* not so far that it cannot be */
    assert_int_equal(of(&r, 1), LQ_NODE_HEALTH_WELL);
    /* the other may be the one that catches up */
    grow_beside(&r, 1000000, 1);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_STALE);
    assert_int_equal(of(&r, 1), LQ_NODE_HEALTH_WELL);
    /* and while nothing moves, neither is the liar */
    r.now += 3600 * SEC;
    assert_int_equal(of(&r, 1), LQ_NODE_HEALTH_WELL);
}

static void leaves_one_that_does_not_answer(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 2, 2 * SEC);
    call(&r, 0, LQ_RPC_OK, MS);
    call(&r, 1, LQ_RPC_OK, 20 * MS);
    assert_int_equal(choose(&r), 0);
    uint64_t start = r.now;
    lq_health_note_sent(&r.set, 0, r.now);
    /* the other is preferred as soon as it looks faster, long before anything is wrong */
    r.now += 100 * MS;
    assert_int_equal(choose(&r), 1);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    bool asked = false;
    while (!lq_health_is_silent(&r.set, 0, r.now)) {
        if (probe(&r, 0) == LQ_NODE_HEALTH_PROBE_HEAD && !asked) {
            asked = true;
            assert_int_equal(r.now - start, 2500 * MS);
            lq_health_note_probe(&r.set, 0, r.now, LQ_NODE_HEALTH_PROBE_HEAD);
        }
        r.now += 100 * MS;
        (void)lq_health_note_head(&r.set, 1, r.now, 100);
    }
    assert_true(asked);
    assert_int_equal(r.now - start, 5 * SEC);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FAILING);
    assert_int_equal(choose(&r), 1);
    assert_false(lq_health_is_dead(&r.set, 0, r.now));
    lq_health_note_end(&r.set, 0, r.now, LQ_RPC_TIMEOUT, false, 0, 0);
    r.now += 5 * SEC - 1;
    lq_health_note_sent(&r.set, 0, r.now);
    lq_health_note_end(&r.set, 0, r.now, LQ_RPC_TIMEOUT, false, 0, 0);
    assert_false(lq_health_is_dead(&r.set, 0, r.now));
    r.now += 1;
    assert_true(lq_health_is_dead(&r.set, 0, r.now));
    lq_health_note_alive(&r.set, 0, r.now);
    assert_false(lq_health_is_dead(&r.set, 0, r.now));
    /* one that took too long does not make it dead */
    rig_up(&r, 1, 2 * SEC);
    lq_health_note_sent(&r.set, 0, r.now);
    r.now += 100 * SEC;
    lq_health_note_end(&r.set, 0, r.now, LQ_RPC_TIMEOUT, false, 0, 0);
    assert_false(lq_health_is_dead(&r.set, 0, r.now));
}

/* A request that takes long on a node that answers others is none's fault. */
static void bears_a_slow_request(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 1, 12 * SEC);
    lq_health_note_sent(&r.set, 0, r.now);
    for (int k = 0; k < 600; k++) {
        r.now += 100 * MS;
        assert_false(lq_health_is_silent(&r.set, 0, r.now));
        if (probe(&r, 0) != LQ_NODE_HEALTH_PROBE_NONE)
            answer_probe(&r, 0, true);
    }
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
}

static void probes_a_failing_one_ever_more_rarely(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 2, 12 * SEC);
    break_peer(&r, 0);
    assert_int_equal(choose(&r), 1);
    uint64_t start = r.now;
    for (int k = 0; k < 10; k++) {
        uint64_t want = SEC << k < 60 * SEC ? SEC << k : 60 * SEC;
        uint64_t until = lq_health_until(&r.set, 0, r.now);
        assert_in_range(until - start, want / 2, want);
        r.now = until - 1;
        assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_NONE);
        r.now = until;
        assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_CHAIN);
        answer_probe(&r, 0, false);
        start = r.now;
        assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FAILING);
    }
    r.now = lq_health_until(&r.set, 0, r.now);
    answer_probe(&r, 0, true);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    /* the budget is back, with the time, the patience is not */
    break_peer(&r, 0);
    assert_in_range(lq_health_until(&r.set, 0, r.now) - r.now, 30 * SEC, 60 * SEC);
    /* after long good conduct it is */
    r.now = lq_health_until(&r.set, 0, r.now);
    answer_probe(&r, 0, true);
    r.now += 600 * SEC;
    break_peer(&r, 0);
    assert_in_range(lq_health_until(&r.set, 0, r.now) - r.now, SEC / 2, SEC);
}

static void tries_a_recovered_one_with_half_its_budget(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 1, 12 * SEC);
    break_peer(&r, 0);
    r.now = lq_health_until(&r.set, 0, r.now);
    answer_probe(&r, 0, true);
    for (int k = 0; k < 4; k++) {
        assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
        call(&r, 0, LQ_RPC_UNKNOWN, MS);
    }
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FAILING);
}

static void forgives_errors_with_time_and_success(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 1, 12 * SEC);
    for (int k = 0; k < 100; k++) { /* one error in 11 s */
        call(&r, 0, LQ_RPC_UNKNOWN, MS);
        r.now += 11 * SEC;
        assert_true(lq_health_note_head(&r.set, 0, r.now, 100));
    }
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    for (int k = 0; k < 1000; k++) /* one in ten requests */
        call(&r, 0, k % 10 ? LQ_RPC_REVERT : LQ_RPC_UNKNOWN, MS);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    for (int k = 0; k < 100; k++) /* every second one */
        call(&r, 0, k % 2 ? LQ_RPC_OK : LQ_RPC_UNKNOWN, MS);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FAILING);
}

static void counts_errors_of_one_moment_once(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 1, 12 * SEC);
    for (int k = 0; k < 100; k++)
        call(&r, 0, LQ_RPC_BROKEN, 0);
    lq_health_note_up(&r.set, 0, r.now, false);
    lq_health_note_up(&r.set, 0, r.now, true);
    lq_health_note_chain(&r.set, 0, r.now, CHAIN);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    assert_int_equal(r.set.peers[0].budget, 56);
}

static void leaves_one_whose_connection_flaps(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 2, 12 * SEC);
    for (int k = 0; k < 8; k++) {
        r.now += 500 * MS;
        lq_health_note_up(&r.set, 0, r.now, false);
        lq_health_note_up(&r.set, 0, r.now, true);
        lq_health_note_chain(&r.set, 0, r.now, CHAIN);
    }
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FAILING);
    assert_int_equal(choose(&r), 1);
}

static void counts_a_fault_as_three_errors(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 1, 12 * SEC);
    lq_health_note_fault(&r.set, 0, r.now);
    lq_health_note_fault(&r.set, 0, r.now);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    lq_health_note_fault(&r.set, 0, r.now);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FAILING);
}

static void leaves_one_that_is_syncing(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 2, 12 * SEC);
    call(&r, 0, LQ_RPC_SYNCING, MS);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_FAILING);
    assert_int_equal(choose(&r), 1);
}

static void waits_as_long_as_told(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 2, 12 * SEC);
    lq_health_note_sent(&r.set, 0, r.now);
    lq_health_note_sent(&r.set, 0, r.now);
    lq_health_note_end(&r.set, 0, r.now, LQ_RPC_RATE, true, MS, 7 * SEC);
    lq_health_note_end(&r.set, 0, r.now, LQ_RPC_RATE, true, MS, 3 * SEC); /* shortens nothing */
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_LIMITED);
    assert_int_equal(lq_health_until(&r.set, 0, r.now), r.now + 7 * SEC);
    assert_int_equal(choose(&r), 1);
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, 1, 0), LQ_NODE_HEALTH_NONE);
    assert_int_equal(choose_by(&r, LQ_ROLE_SEND, 1, 0), 0); /* where there is no other */
    assert_int_equal(choose_by(&r, LQ_ROLE_SEND, 3, 0), 1);
    r.now += 7 * SEC - 1;
    assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_NONE);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_LIMITED);
    r.now += 1;
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    assert_int_equal(choose(&r), 0);
}

static void backs_off_from_limits_without_a_time(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 1, 12 * SEC);
    for (int k = 0; k < 9; k++) {
        call(&r, 0, LQ_RPC_RATE, MS);
        call(&r, 0, LQ_RPC_RATE, MS); /* a second refusal of the same time doubles nothing */
        uint64_t want = SEC << k < 60 * SEC ? SEC << k : 60 * SEC;
        assert_in_range(lq_health_until(&r.set, 0, r.now) - r.now, want / 2 - MS, want);
        r.now = lq_health_until(&r.set, 0, r.now);
        assert_int_equal(lq_health_until(&r.set, 0, r.now), 0);
    }
}

static void probes_one_whose_quota_is_used_up_rarely(void **state)
{
    (void)state;
    static const lq_rpc_class_t classes[] = {LQ_RPC_QUOTA, LQ_RPC_FORBIDDEN};
    for (size_t k = 0; k < LQ_ARRAY_CNT(classes); k++) {
        rig_t r;
        rig_up(&r, 2, 12 * SEC);
        call(&r, 0, classes[k], MS);
        assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_QUOTA);
        assert_int_equal(choose(&r), 1);
        uint64_t until = lq_health_until(&r.set, 0, r.now);
        assert_in_range(until - r.now, 300 * SEC, 600 * SEC);
        r.now = until - 1;
        assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_NONE);
        r.now = until;
        assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_QUOTA);
        assert_int_equal(probe(&r, 0), LQ_NODE_HEALTH_PROBE_CHAIN);
        answer_probe(&r, 0, false);
        assert_in_range(lq_health_until(&r.set, 0, r.now) - r.now, 600 * SEC, 1200 * SEC);
        r.now = lq_health_until(&r.set, 0, r.now);
        answer_probe(&r, 0, true);
        assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_WELL);
    }
    rig_t r;
    rig_up(&r, 1, 12 * SEC);
    lq_health_note_sent(&r.set, 0, r.now);
    lq_health_note_end(&r.set, 0, r.now, LQ_RPC_RATE, true, MS, 301 * SEC);
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_QUOTA);
    /* the last too is left alone meanwhile, but not for as long as it likes */
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    assert_int_equal(choose_by(&r, LQ_ROLE_SEND, 1, 0), 0);
    r.now += 300 * SEC - 1;
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    r.now += 1;
    assert_int_equal(of(&r, 0), LQ_NODE_HEALTH_QUOTA);
    assert_int_equal(choose(&r), 0);
}

static void never_disables_the_last(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 1, 12 * SEC);
    break_peer(&r, 0);
    assert_int_equal(choose(&r), 0);
    rig_up(&r, 1, 12 * SEC);
    call(&r, 0, LQ_RPC_QUOTA, MS);
    assert_int_equal(choose(&r), 0);
    /* all unwell: stale before failing before quota */
    rig_up(&r, 3, 12 * SEC);
    call(&r, 0, LQ_RPC_QUOTA, MS);
    break_peer(&r, 1);
    assert_true(lq_health_note_head(&r.set, 0, r.now, 200));
    assert_int_equal(of(&r, 2), LQ_NODE_HEALTH_STALE);
    assert_int_equal(choose(&r), 2);
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, 3, 0), 1);
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, 1, 0), 0);
    lq_health_note_up(&r.set, 2, r.now, false);
    assert_int_equal(choose(&r), 1);
}

static void prefers_the_faster_and_then_the_first(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 3, 12 * SEC);
    for (int k = 0; k < 50; k++) {
        call(&r, 0, LQ_RPC_OK, 80 * MS);
        call(&r, 1, LQ_RPC_OK, 15 * MS / 10);
        call(&r, 2, LQ_RPC_OK, 14 * MS / 10);
    }
    assert_int_equal(choose(&r), 1);
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, 5, 0), 2);
    for (int k = 0; k < 50; k++)
        call(&r, 0, LQ_RPC_OK, 16 * MS / 10);
    assert_int_equal(choose(&r), 0);
}

/* Subscriptions that go on hide neither calls that hang nor that they do so no longer. */
static void comes_back_to_one_that_was_slow(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 2, 2 * SEC);
    call(&r, 0, LQ_RPC_OK, MS);
    call(&r, 1, LQ_RPC_OK, 40 * MS);
    assert_int_equal(choose(&r), 0);
    call(&r, 0, LQ_RPC_TIMEOUT, 3 * SEC);
    assert_int_equal(choose(&r), 1);
    uint64_t from = r.now;
    size_t probe_cnt = 0;
    for (uint64_t blk = 101; choose(&r) == 1; blk++) {
        assert_true(r.now - from < 600 * SEC);
        for (uint32_t i = 0; i < 2; i++) {
            assert_true(lq_health_note_head(&r.set, i, r.now, blk));
            lq_health_note_alive(&r.set, i, r.now);
        }
        call(&r, 1, LQ_RPC_OK, 40 * MS);
        if (probe(&r, 0) == LQ_NODE_HEALTH_PROBE_HEAD) {
            answer_probe(&r, 0, true);
            probe_cnt++;
        }
        r.now += 2 * SEC;
    }
    assert_in_range(probe_cnt, 1, 20);
    assert_int_equal(choose(&r), 0);
}

static void takes_only_what_fits(void **state)
{
    (void)state;
    rig_t r;
    rig_up(&r, 3, 12 * SEC);
    r.set.peers[0].roles = LQ_ROLE_SUBSCRIBE;
    assert_true(lq_health_note_head(&r.set, 2, r.now, 101));
    assert_int_equal(choose(&r), 1);
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, UINT32_MAX, 101), 2);
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, UINT32_MAX, 102), LQ_NODE_HEALTH_NONE);
    assert_int_equal(choose_by(&r, LQ_ROLE_READ, 1, 0), LQ_NODE_HEALTH_NONE);
    /* where the best has no room, its like take it; worse ones do not */
    uint32_t fit;
    lq_health_want_t want = {LQ_ROLE_READ, 6, 4, 0, 1};
    assert_int_equal(lq_health_choose(&r.set, &fit, r.now, &want), 2);
    assert_int_equal(fit, 6);
    break_peer(&r, 2);
    assert_int_equal(lq_health_choose(&r.set, &fit, r.now, &want), LQ_NODE_HEALTH_NONE);
    assert_int_equal(fit, 6);
}

static void keeps_the_rate_and_a_reserve_for_sends(void **state)
{
    (void)state;
    rig_t r;
    rig_begin(&r, LQ_URL_WS, 1, 12 * SEC);
    r.endpoints[0].rate_per_sec = 20;
    r.endpoints[0].send_reserve = 5;
    lq_health_init(&r.set, &r.config, r.now);
    lq_health_note_up(&r.set, 0, r.now, true);
    lq_health_note_chain(&r.set, 0, r.now, CHAIN);
    unsigned reads = 0;
    while (choose(&r) == 0) {
        lq_health_pay(&r.set, 0, r.now, 1);
        reads++;
    }
    assert_int_equal(reads, 15);
    unsigned sends = 0;
    while (choose_by(&r, LQ_ROLE_SEND, 1, 0) == 0) {
        lq_health_pay(&r.set, 0, r.now, 1);
        sends++;
    }
    assert_int_equal(sends, 5);
    r.now += 300 * MS; /* six requests' time: one beyond the reserve */
    assert_int_equal(choose(&r), 0);
    lq_health_pay(&r.set, 0, r.now, 1);
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    /* over long: the rate, not more */
    uint64_t start = r.now;
    for (reads = 0; r.now < start + 100 * SEC; r.now += 10 * MS)
        while (choose(&r) == 0) {
            lq_health_pay(&r.set, 0, r.now, 1);
            reads++;
        }
    assert_in_range(reads, 1995, 2005);
}

static void lets_a_batch_above_the_rate_pass_in_the_end(void **state)
{
    (void)state;
    rig_t r;
    rig_begin(&r, LQ_URL_WS, 1, 12 * SEC);
    r.endpoints[0].rate_per_sec = 10;
    r.endpoints[0].send_reserve = 100; /* more than there is: one a second is left for reads */
    lq_health_init(&r.set, &r.config, r.now);
    lq_health_note_up(&r.set, 0, r.now, true);
    lq_health_note_chain(&r.set, 0, r.now, CHAIN);
    uint32_t fit;
    lq_health_want_t want = {LQ_ROLE_READ, 1, 1, 0, 128};
    assert_int_equal(lq_health_choose(&r.set, &fit, r.now, &want), 0);
    lq_health_pay(&r.set, 0, r.now, 128);
    r.now += 12 * SEC;
    assert_int_equal(choose_by(&r, LQ_ROLE_SEND, 1, 0), 0);
    assert_int_equal(choose(&r), LQ_NODE_HEALTH_NONE);
    r.now += 2 * SEC;
    assert_int_equal(choose(&r), 0);
}

/* Whatever is seen in whatever order: nothing foreign, unproven or down is chosen, and where a
   proven endpoint is up a send always finds one. */
static void keeps_its_laws_at_random(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(200, 5000); round++) {
        rig_t r;
        rig_begin(&r, LQ_URL_WS, 1 + lq_rng_below(&rng, 4), 1 + lq_rng_below(&rng, 15 * SEC));
        for (int step = 0; step < 400; step++) {
            uint32_t i = (uint32_t)lq_rng_below(&rng, r.set.cnt);
            lq_health_peer_t *p = &r.set.peers[i];
            switch (lq_rng_below(&rng, 9)) {
            case 0:
                lq_health_note_up(&r.set, i, r.now, lq_rng_below(&rng, 3) != 0);
                break;
            case 1:
                if (p->up)
                    lq_health_note_chain(&r.set, i, r.now, lq_rng_below(&rng, 5) ? CHAIN : 9);
                break;
            case 2:
                (void)lq_health_note_head(&r.set, i, r.now, lq_rng_below(&rng, 1000));
                break;
            case 3:
                lq_health_note_fault(&r.set, i, r.now);
                break;
            case 4:
                (void)lq_health_is_silent(&r.set, i, r.now);
                break;
            case 5:
                if (lq_health_wants_probe(&r.set, i, r.now) != LQ_NODE_HEALTH_PROBE_NONE)
                    answer_probe(&r, i, lq_rng_below(&rng, 2));
                break;
            case 6:
                r.now += lq_rng_below(&rng, 30 * SEC);
                break;
            default:
                call(&r, i, (lq_rpc_class_t)lq_rng_below(&rng, LQ_RPC_CLASS_CNT),
                     lq_rng_below(&rng, SEC));
            }
            bool any = false;
            for (uint32_t k = 0; k < r.set.cnt; k++)
                any = any || (r.set.peers[k].up && r.set.peers[k].proven);
            for (int send = 0; send < 2; send++) {
                uint32_t got = choose_by(&r, send ? LQ_ROLE_SEND : LQ_ROLE_READ, UINT32_MAX, 0);
                if (got != LQ_NODE_HEALTH_NONE)
                    assert_true(r.set.peers[got].up && r.set.peers[got].proven &&
                                r.set.peers[got].chain_id == CHAIN);
                if (send)
                    assert_int_equal(got != LQ_NODE_HEALTH_NONE, any);
            }
        }
    }
}

static void names_each_health(void **state)
{
    (void)state;
    for (int a = LQ_NODE_HEALTH_WELL; a <= LQ_NODE_HEALTH_FOREIGN; a++)
        for (int b = LQ_NODE_HEALTH_WELL; b < a; b++)
            assert_string_not_equal(lq_node_health_str((lq_node_health_t)a),
                                    lq_node_health_str((lq_node_health_t)b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uses_no_endpoint_before_its_chain_is_known),
        cmocka_unit_test(asks_the_chain_again_later_where_there_was_no_answer),
        cmocka_unit_test(never_uses_one_of_another_chain),
        cmocka_unit_test(leaves_a_head_that_stands_still),
        cmocka_unit_test(blames_nobody_while_the_chain_stands_still),
        cmocka_unit_test(leaves_one_that_is_behind),
        cmocka_unit_test(does_not_believe_a_head_that_jumps),
        cmocka_unit_test(does_not_believe_a_first_head_that_never_moves),
        cmocka_unit_test(leaves_one_that_does_not_answer),
        cmocka_unit_test(bears_a_slow_request),
        cmocka_unit_test(probes_a_failing_one_ever_more_rarely),
        cmocka_unit_test(tries_a_recovered_one_with_half_its_budget),
        cmocka_unit_test(forgives_errors_with_time_and_success),
        cmocka_unit_test(counts_errors_of_one_moment_once),
        cmocka_unit_test(leaves_one_whose_connection_flaps),
        cmocka_unit_test(counts_a_fault_as_three_errors),
        cmocka_unit_test(leaves_one_that_is_syncing),
        cmocka_unit_test(waits_as_long_as_told),
        cmocka_unit_test(backs_off_from_limits_without_a_time),
        cmocka_unit_test(probes_one_whose_quota_is_used_up_rarely),
        cmocka_unit_test(never_disables_the_last),
        cmocka_unit_test(prefers_the_faster_and_then_the_first),
        cmocka_unit_test(comes_back_to_one_that_was_slow),
        cmocka_unit_test(takes_only_what_fits),
        cmocka_unit_test(keeps_the_rate_and_a_reserve_for_sends),
        cmocka_unit_test(lets_a_batch_above_the_rate_pass_in_the_end),
        cmocka_unit_test(keeps_its_laws_at_random),
        cmocka_unit_test(names_each_health),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
