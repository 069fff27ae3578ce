#define WORLD_USER_CNT 40u

#include "real_check.h"

#include "aave_v3_world.h"

/* The book over the real adapter of Aave v3, in a pool where anything happens: 3.0 to 3.7. */

#define RESERVE_CNT 6u
#define ADAPTER     lq_adapter_aave_v3

typedef struct rig {
    real_t r;
    world_t w;
    world_rig_t wr; /* what the world's functions need; r's own */
    lq_rng_t rng;
    world_t worlds[REAL_BLOCKS]; /* before each kept block */
    bool lost[RESERVE_CNT];      /* its price */
    bool probes;                 /* the adapter finds its version out */
} rig_t;

static uint64_t below(rig_t *g, uint64_t n)
{
    return lq_rng_below(&g->rng, n);
}

static lq_u256_t up_to_bits(rig_t *g, unsigned bits)
{
    lq_u256_t v =
        lq_u256_from_halves(0, (lq_u128_t)lq_rng_u64(&g->rng) << 64 | lq_rng_u64(&g->rng));
    return lq_u256_shr(&v, 128 - (unsigned)below(g, bits) - 1);
}

/* ---- reading ---- */

/* Oracles that say nothing are those of reserves whose price is lost. */
static void tell_price(rig_t *g, size_t i)
{
    lq_address_t s = ADAPTER.oracle(g->r.self, i).source;
    if (s.b[0] == AT_SOURCE && s.b[19] < RESERVE_CNT)
        ADAPTER.set_price(g->r.self, i, !g->lost[s.b[19]], &g->w.reserves[s.b[19]].price);
    if (s.b[0] == AT_SOURCE + 100 && s.b[19] < WORLD_CATEGORY_CNT)
        ADAPTER.set_price(g->r.self, i, true, &g->w.categories[s.b[19]].price);
}

static void tell_prices(rig_t *g)
{
    for (size_t i = 0; i < ADAPTER.oracle_cnt(g->r.self); i++)
        tell_price(g, i);
}

static void read_accounts(rig_t *g, lq_account_state_t state)
{
    uint32_t a = lq_ledger_next_in_state(g->r.ledger, state, 0);
    for (; a != LQ_LEDGER_NONE; a = lq_ledger_next_in_state(g->r.ledger, state, a + 1))
        if (below(g, 4))
            (void)world_rig_answer(&g->wr, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a});
}

/* Not all at once, so that the book meets what is not known. */
static void read_some(rig_t *g, size_t limit)
{
    lq_subject_t s = {0, 0};
    for (; limit > 0; limit--) {
        if (!ADAPTER.next(g->r.self, &s)) {
            s = (lq_subject_t){0, 0};
            if (!ADAPTER.next(g->r.self, &s))
                break;
        }
        (void)world_rig_answer(&g->wr, s);
    }
    if (g->probes) /* another version rounds otherwise, which no value tells: the next second does
                    */
        lq_book_set_now(g->r.book, ++g->w.now_sec);
    read_accounts(g, LQ_ACCOUNT_UNKNOWN);
    read_accounts(g, LQ_ACCOUNT_QUARANTINED);
    tell_prices(g);
}

static uint32_t account_of(const rig_t *g, unsigned user)
{
    uint32_t a = LQ_LEDGER_NONE;
    lq_address_t owner = world_address(AT_USER, user);
    (void)!lq_ledger_find(g->r.ledger, &a, 0, &owner);
    return a;
}

/* ---- what happens ---- */

/* USER's debt so that health comes near 1 where it can; amounts of all widths, dust included. */
static void near_one(rig_t *g, unsigned user)
{
    lq_aave_v3_account_t a;
    world_user_t *u = &g->w.users[user];
    lq_u256_t target = lq_u256_from_u64(970000000000000000u + below(g, 200000000000000000u));
    if (world_account(&g->w, &a, user) || lq_u256_bit_len(&a.health_factor) > 120)
        return;
    for (unsigned r = 0; r < RESERVE_CNT; r++) {
        lq_u256_t v;
        if (lq_u256_mul_div_down(&v, &u->debt[r].scaled, &a.health_factor, &target) == LQ_OK &&
            lq_u256_bit_len(&v) < 100)
            u->debt[r].scaled = v;
    }
}

/* Other positions than before, without a log. */
static void draw_positions(rig_t *g, unsigned user)
{
    world_user_t *u = &g->w.users[user];
    unsigned bits = 2 + (unsigned)below(g, 76);
    u->category = (uint8_t)(below(g, 2) ? 0 : below(g, WORLD_CATEGORY_CNT));
    for (unsigned r = 0; r < RESERVE_CNT; r++) {
        u->supply[r].scaled = below(g, 3) ? lq_u256_from_u64(0) : up_to_bits(g, bits);
        u->debt[r].scaled = below(g, 4) ? lq_u256_from_u64(0) : up_to_bits(g, bits);
        u->flag[r] = !lq_u256_is_zero(&u->supply[r].scaled) && below(g, 8) != 0;
    }
    if (below(g, 8))
        near_one(g, user);
}

/* The account has to be read again then. */
static void refill(rig_t *g, unsigned user)
{
    draw_positions(g, user);
    uint32_t a = account_of(g, user);
    if (a == LQ_LEDGER_NONE)
        world_emit_borrow(&g->w, user, 2, 2);
    else
        lq_ledger_set_state(g->r.ledger, a, LQ_ACCOUNT_QUARANTINED);
}

static void act(rig_t *g)
{
    world_t *w = &g->w;
    unsigned u = (unsigned)below(g, WORLD_USER_CNT);
    unsigned r = (unsigned)below(g, RESERVE_CNT);
    lq_u256_t amount = up_to_bits(g, 70);
    switch (below(g, 6)) {
    case 0:
        (void)world_move(w, u, r, LQ_AAVE_V3_ATOKEN, below(g, 2), &amount);
        break;
    case 1:
        (void)world_move(w, u, r, LQ_AAVE_V3_DEBT, below(g, 2), &amount);
        break;
    case 2:
        (void)world_transfer(w, u, (unsigned)below(g, WORLD_USER_CNT), r, &amount);
        break;
    case 3:
        if (!lq_u256_is_zero(&w->users[u].supply[r].scaled))
            world_emit_flag(w, u, r, below(g, 2));
        break;
    case 4:
        world_emit_e_mode(w, u, (unsigned)below(g, WORLD_CATEGORY_CNT));
        break;
    default:
        world_accrue(w, r, below(g, 8000000));
        break;
    }
}

static uint64_t moved(rig_t *g, uint64_t price)
{
    static const uint64_t parts[] = {100000, 10000, 1000, 100, 10, 2};
    uint64_t step = price / parts[below(g, 6)] + 1;
    bool down = price > (uint64_t)1 << 40 || (price > 1000 && below(g, 2));
    price = down ? price - below(g, step) : price + below(g, step);
    return price ? price : 1;
}

static void move_price(rig_t *g)
{
    unsigned r = (unsigned)below(g, RESERVE_CNT);
    world_reserve_t *p = &g->w.reserves[r];
    g->lost[r] = below(g, 40) == 0;
    if (below(g, 200) == 0) /* by orders of magnitude, to the last digits */
        p->price = lq_u256_from_u64(1 + (lq_rng_u64(&g->rng) >> (24 + below(g, 40))));
    else
        p->price = lq_u256_from_u64(moved(g, p->price.w[0]));
    unsigned c = 1 + (unsigned)below(g, WORLD_CATEGORY_CNT - 1);
    g->w.categories[c].price = lq_u256_from_u64(moved(g, g->w.categories[c].price.w[0]));
    tell_prices(g);
}

/* Thresholds, to 0 and to 1 at times. */
static void change_threshold(rig_t *g)
{
    static const uint16_t edges[] = {0, 1, 2, 10000};
    unsigned r = (unsigned)below(g, RESERVE_CNT);
    uint16_t bps = below(g, 4) ? (uint16_t)(5000 + below(g, 4900)) : edges[below(g, 4)];
    g->w.reserves[r].threshold_bps = bps;
    lq_u256_t words[] = {lq_u256_from_u64(bps ? bps - 1 : 0), lq_u256_from_u64(bps),
                         lq_u256_from_u64(bps ? 10500 : 0)};
    world_emit_config(&g->w, WORLD_TOPIC(collateral_configuration_changed), r, words, 3);
}

static void anything(rig_t *g)
{
    switch (below(g, 16)) {
    case 0:
    case 1:
    case 2:
        refill(g, (unsigned)below(g, WORLD_USER_CNT));
        break;
    case 3:
    case 4:
        act(g);
        break;
    case 5:
        if (below(g, 8) == 0)
            change_threshold(g);
        break;
    case 6:
    case 7:
        g->w.now_sec += below(g, 8) ? below(g, 100) : below(g, 10000000);
        lq_book_set_now(g->r.book, g->w.now_sec);
        break;
    default:
        move_price(g);
        break;
    }
}

static void live(rig_t *g, size_t steps)
{
    for (size_t i = 0; i < steps; i++) {
        uint64_t kind = below(g, 8);
        if (kind == 0 && g->r.depth < REAL_BLOCKS) {
            real_begin(&g->r);
            g->worlds[g->r.depth - 1] = g->w;
        } else if (kind == 1 && g->r.depth > 0) {
            real_back(&g->r);
            g->w = g->worlds[g->r.depth];
            for (unsigned r = 0; r < RESERVE_CNT; r++)
                g->lost[r] = false;
            tell_prices(g);
            real_settle(&g->r);
        }
        for (uint64_t joint = 1 + below(g, 4); joint > 0; joint--)
            anything(g);
        if (below(g, 3))
            read_some(g, below(g, 8) ? 1000 : below(g, 4));
        real_settle(&g->r);
    }
}

static void run(lq_rng_t *rng, unsigned version, unsigned as, size_t group_max, size_t steps,
                size_t seen[4])
{
    static rig_t g;
    const lq_instance_config_t config = {
        .contract = world_address(AT_POOL, 0), .version = as, .asset_max = RESERVE_CNT, .seed = 9};
    memset(&g, 0, sizeof(g));
    g.probes = as == LQ_ADAPTER_PROBE;
    lq_rng_seed(&g.rng, lq_rng_u64(rng));
    real_init(&g.r, &ADAPTER, &config, group_max);
    world_init(&g.w, version, RESERVE_CNT);
    g.wr = (world_rig_t){.undo = g.r.undo, .ledger = g.r.ledger, .self = g.r.self, .world = &g.w};
    g.w.emit = world_rig_log;
    g.w.ctx = &g.wr;
    g.w.base = below(&g, 2) ? 1 : WORLD_RESERVE_MAX;
    g.w.categories[2].source = version <= LQ_AAVE_V3_1 && below(&g, 2);
    for (unsigned r = 0; r < RESERVE_CNT; r++) {
        g.w.reserves[r].category = (uint8_t)below(&g, WORLD_CATEGORY_CNT);
        g.w.reserves[r].price = lq_u256_from_u64((uint64_t)1 << (20 + below(&g, 20)));
    }
    for (unsigned i = 1; i < WORLD_CATEGORY_CNT; i++)
        g.w.categories[i].bitmap = lq_rng_u64(&g.rng);
    for (unsigned u = 0; u < WORLD_USER_CNT; u++)
        draw_positions(&g, u); /* by which versions are told apart */
    g.w.now_sec += (uint64_t)86400 * 30;
    lq_book_set_now(g.r.book, g.w.now_sec);
    read_some(&g, 1000);
    for (unsigned u = 0; u < WORLD_USER_CNT; u++)
        refill(&g, u);
    read_some(&g, 1000);
    real_settle(&g.r);
    live(&g, steps);
    assert_true(g.r.upper_cnt > 0 || group_max < 5);
    for (size_t i = 0; i < 4; i++)
        seen[i] += g.r.seen[i];
    real_fini(&g.r);
}

static void tells_who_is_liquidatable_in_a_pool_of_any_version(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++) {
        size_t seen[4] = {0};
        for (size_t i = 0; i < lq_test_cnt(3, 100); i++)
            run(&rng, v, v, i % 3 == 2 ? 4 : 200, 200, seen);
        print_message("version %u: %zu none, %zu safe, %zu armed, %zu liquidatable\n", v, seen[0],
                      seen[1], seen[2], seen[3]);
        assert_true(seen[1] > 100 && seen[2] > 100 && seen[3] > 100);
    }
}

static void tells_it_of_a_version_that_is_found_out(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t seen[4] = {0};
    for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++)
        for (size_t i = 0; i < lq_test_cnt(1, 20); i++)
            run(&rng, v, LQ_ADAPTER_PROBE, 200, 200, seen);
    print_message("%zu none, %zu safe, %zu armed, %zu liquidatable\n", seen[0], seen[1], seen[2],
                  seen[3]);
    assert_true(seen[1] > 100 && seen[2] > 100 && seen[3] > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_is_liquidatable_in_a_pool_of_any_version),
        cmocka_unit_test(tells_it_of_a_version_that_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
