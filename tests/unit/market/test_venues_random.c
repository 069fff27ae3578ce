/* Random blocks of mints, burns, swaps and syncs, undone and done again, with reads that come in
   any order in between, against a naive chain. */

#include "venues_rig.h"

enum {
    STEP_CNT = 120,
    LONG_STEP_CNT = 2400,
    POSITION_MAX = 256,
    POOL_CNT = 3,
    KEPT_BLK = 8,
};

typedef struct position {
    uint32_t at;
    int32_t lower;
    int32_t upper;
    lq_u128_t amount;
} position_t;

/* All that a block is undone with. */
typedef struct moment {
    chain_t chain;
    uint64_t digest;
    position_t positions[POSITION_MAX];
    size_t position_cnt;
} moment_t;

typedef struct world {
    rig_t *r;
    lq_rng_t rng;
    moment_t now;
    moment_t kept[KEPT_BLK];
    size_t kept_cnt;
    uint64_t blk;
} world_t;

static uint32_t below(world_t *w, uint32_t max)
{
    return (uint32_t)(lq_rng_u64(&w->rng) % max);
}

/* Few ticks, so that they are shared, near and far. */
static int32_t random_end(world_t *w, const chain_pool_t *p)
{
    int32_t last = LQ_V3_TICK_MAX / p->spacing;
    int32_t at = below(w, 8) == 0 ? (below(w, 2) ? last : -last) : (int32_t)below(w, 30) - 15;
    if (below(w, 4) == 0)
        at = (int32_t)below(w, 3000) - 1500;
    at = at > last ? last : at < -last ? -last : at;
    return at * p->spacing;
}

static void random_mint(world_t *w, uint32_t at)
{
    chain_pool_t *p = chain_at(w->r->chain, at);
    int32_t a = random_end(w, p);
    int32_t b = random_end(w, p);
    lq_u128_t amount = 1 + (lq_u128_t)(lq_rng_u64(&w->rng) >> below(w, 64)) * (1 + below(w, 1000));
    if (a == b || w->now.position_cnt == POSITION_MAX || p->tick_cnt > CHAIN_TICK_MAX - 64)
        return;
    position_t *position = &w->now.positions[w->now.position_cnt++];
    *position = (position_t){at, a < b ? a : b, a < b ? b : a, amount};
    mint(w->r, at, position->lower, position->upper, amount);
}

static void random_burn(world_t *w)
{
    if (!w->now.position_cnt)
        return;
    size_t i = below(w, (uint32_t)w->now.position_cnt);
    position_t *position = &w->now.positions[i];
    lq_u128_t amount = position->amount;
    if (below(w, 3) == 0)
        amount = amount / (1 + below(w, 4));
    burn(w->r, position->at, position->lower, position->upper, amount);
    position->amount -= amount;
    if (position->amount == 0)
        *position = w->now.positions[--w->now.position_cnt];
}

static void random_swap(world_t *w, uint32_t at)
{
    chain_pool_t *p = chain_at(w->r->chain, at);
    int32_t tick = random_end(w, p) + (int32_t)below(w, 3) - 1;
    tick = tick < LQ_V3_TICK_MIN ? LQ_V3_TICK_MIN : tick;
    tick = tick >= LQ_V3_TICK_MAX - 1 ? LQ_V3_TICK_MAX - 2 : tick;
    swap(w->r, at, tick, below(w, 3) == 0);
}

static void random_event(world_t *w)
{
    uint32_t at = 100 + below(w, 2);
    switch (below(w, 6)) {
    case 0:
    case 1:
        random_mint(w, at);
        return;
    case 2:
    case 3:
        random_burn(w);
        return;
    case 4:
        random_swap(w, at);
        return;
    default:
        sync_to(w->r, 102, below(w, 4), below(w, 4));
    }
}

/* Any of what is wanted, of any kind: all of it at the end of the block. */
static void random_reads(world_t *w)
{
    lq_subject_t subjects[64];
    for (uint32_t left = below(w, 6); left; left--) {
        unsigned cnt = wanted(w->r, subjects, 64);
        if (!cnt)
            return;
        assert_true(read_one(w->r, subjects[below(w, cnt)]));
    }
    if (below(w, 40) == 0)
        lq_venues_doubt(w->r->v, below(w, POOL_CNT));
}

static void next_block(world_t *w)
{
    if (w->kept_cnt == KEPT_BLK)
        memmove(w->kept, w->kept + 1, --w->kept_cnt * sizeof(w->kept[0]));
    w->now.chain = *w->r->chain;
    w->now.digest = lq_undo_digest(w->r->undo);
    w->kept[w->kept_cnt++] = w->now;
    lq_undo_begin(w->r->undo, ++w->blk);
    for (uint32_t left = below(w, 12); left; left--)
        random_event(w);
    random_reads(w);
}

static void undo_blocks(world_t *w)
{
    for (uint32_t left = 1 + below(w, KEPT_BLK); left && w->kept_cnt; left--) {
        assert_ok(lq_undo_back(w->r->undo, w->blk--));
        w->now = w->kept[--w->kept_cnt];
        *w->r->chain = w->now.chain;
        assert_true(lq_undo_digest(w->r->undo) == w->now.digest);
    }
}

/* What is on a route is what the chain has; the rest says that it waits. */
static void check(world_t *w)
{
    for (uint32_t i = 0; i < POOL_CNT; i++) {
        lq_no_route_t status = status_of(w->r, i);
        if (status == LQ_NO_ROUTE_NONE || status == LQ_NO_ROUTE_EMPTY)
            check_pool(w->r, i);
        else
            assert_true(status == LQ_NO_ROUTE_UNREAD || status == LQ_NO_ROUTE_DOUBTFUL);
    }
    assert_int_equal(w->r->fault_cnt, 0);
}

static void follows_a_random_chain(void **state)
{
    world_t *w = calloc(1, sizeof(*w));
    w->r = *state;
    w->rng = lq_test_rng();
    w->blk = 1;
    for (size_t i = 0; i < 40; i++)
        random_mint(w, 100 + below(w, 2));
    size_t step_cnt = lq_test_cnt(STEP_CNT, LONG_STEP_CNT);
    for (size_t i = 0; i < step_cnt; i++) {
        next_block(w);
        check(w);
        if (below(w, 5) == 0) {
            undo_blocks(w);
            check(w);
        }
        if (below(w, 30) == 0)
            (void)read_all(w->r);
    }
    (void)read_all(w->r);
    check(w);
    for (uint32_t i = 0; i < POOL_CNT; i++)
        assert_true(status_of(w->r, i) <= LQ_NO_ROUTE_EMPTY);
    lq_undo_forget(w->r->undo, 0);
    assert_ok(lq_venues_restored(w->r->v));
    check(w);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_a_random_chain, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
