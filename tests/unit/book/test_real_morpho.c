#include "real_check.h"

#include "../protocol/morpho_blue_adapter_test.h"

/* The book over the real adapter of Morpho Blue: markets of every rate model, all that users do. */

typedef struct rig_of_book {
    real_t r;
    sim_t sim;
    rig_t wr; /* what the simulation's functions need; r's own */
    lq_rng_t rng;
    struct {
        sim_market_t markets[MARKET_MAX];
        uint64_t now_sec;
    } kept[REAL_BLOCKS];
} both_t;

static uint64_t below(both_t *g, uint64_t n)
{
    return lq_rng_below(&g->rng, n);
}

static void act(both_t *g)
{
    sim_t *s = &g->sim;
    size_t i = below(g, MARKET_MAX);
    size_t a = below(g, ACTOR_CNT);
    sim_market_t *x = &s->markets[i];
    lq_morpho_position_t *p = &x->position[a];
    lq_u128_t room = x->m.total_supply_assets - x->m.total_borrow_assets;
    switch (below(g, 8)) {
    case 0:
        sim_supply(s, i, a, u128_up_to(&g->rng, 80) + 1);
        break;
    case 1:
        sim_withdraw(s, i, a, u128_below(&g->rng, room));
        break;
    case 2:
    case 3: /* debt without collateral cannot be there: so the price is what a verdict needs */
        if (p->collateral)
            sim_borrow(s, i, a, below(g, 4) ? u128_below(&g->rng, room / 8) : 1 + below(g, 20));
        break;
    case 4:
        sim_repay(s, i, a, below(g, 4) ? u128_below(&g->rng, p->borrow_shares) : p->borrow_shares);
        break;
    case 5:
        sim_supply_collateral(s, i, a, u128_up_to(&g->rng, 80) + 1);
        break;
    case 6:
        if (p->borrow_shares && p->collateral > 1)
            sim_withdraw_collateral(s, i, a, u128_below(&g->rng, p->collateral - 1));
        else if (!p->borrow_shares)
            sim_withdraw_collateral(s, i, a, p->collateral);
        break;
    default:
        if (below(g, 4) == 0)
            sim_set_fee(s, i, below(g, 2) ? 0 : below(g, WAD / 4 + 1));
        else if (p->borrow_shares)
            sim_liquidate(s, i, a, u128_below(&g->rng, p->collateral),
                          u128_below(&g->rng, p->borrow_shares));
        break;
    }
}

/* Some actor of X about at his limit: price = debt 1e36 / (collateral lltv). */
static lq_u256_t near_price(both_t *g, const sim_market_t *x)
{
    const lq_morpho_position_t *p = &x->position[below(g, ACTOR_CNT)];
    lq_u256_t price = up_to_bits(&g->rng, 140);
    lq_u256_t owed;
    lq_u256_t coll = word_of(p->collateral);
    lq_u256_t scale = u256_of(EVM_SCALE);
    lq_u256_t wad = lq_u256_from_u64(WAD);
    if (p->collateral && p->borrow_shares && lq_morpho_borrowed(&owed, &x->m, p) == LQ_OK &&
        lq_u256_mul_div_down(&owed, &owed, &scale, &coll) == LQ_OK &&
        lq_u256_mul_div_down(&owed, &owed, &wad, &x->params.lltv) == LQ_OK &&
        lq_u256_bit_len(&owed) < 200) {
        lq_u256_t off = lq_u256_from_u64(below(g, 1000));
        lq_u256_t part = lq_u256_shr(&owed, (unsigned)below(g, 20));
        off = below(g, 2) ? off : part;
        price = lq_u256_add_wrap(&owed, &off);
    }
    return price;
}

static void set_price(both_t *g)
{
    uint32_t i = (uint32_t)below(g, adapter->oracle_cnt(g->r.self));
    lq_oracle_ref_t ref = adapter->oracle(g->r.self, i);
    if (ref.source.b[0] != 0x0f)
        return;
    sim_market_t *x = &g->sim.markets[ref.source.b[1]];
    uint64_t kind = below(g, 24);
    x->priced = kind != 0;
    if (kind == 1)
        x->price = lq_u256_from_u64(0);
    else if (kind < 8)
        x->price = near_price(g, x);
    else { /* a little up or down */
        lq_u256_t step = lq_u256_shr(&x->price, 3 + (unsigned)below(g, 14));
        if (below(g, 2))
            x->price = lq_u256_sub_wrap(&x->price, &step);
        else if (lq_u256_bit_len(&x->price) < 200)
            x->price = lq_u256_add_wrap(&x->price, &step);
    }
    adapter->set_price(g->r.self, i, x->priced, &x->price);
}

/* Not all at once, so that the book meets what is not known. */
static void read_some(both_t *g, bool all)
{
    for (lq_subject_t at = {0, 0}; adapter->next(g->r.self, &at);)
        if (all || below(g, 2))
            (void)rig_read(&g->wr, &g->sim, at);
    for (lq_subject_t at = {0, 0}; adapter->every_block(g->r.self, &at);)
        (void)rig_read(&g->wr, &g->sim, at);
    for (uint32_t a = 0; a < lq_ledger_cnt(g->r.ledger); a++)
        if (lq_ledger_account(g->r.ledger, a).state != LQ_ACCOUNT_KNOWN && (all || below(g, 2)))
            (void)rig_read(&g->wr, &g->sim, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a});
}

static void anything(both_t *g)
{
    uint64_t kind = below(g, 8);
    if (kind < 2) {
        g->sim.now_sec += below(g, 8) ? below(g, 100) : below(g, 3000000);
        lq_book_set_now(g->r.book, g->sim.now_sec);
    } else if (kind < 4) {
        g->sim.log_cnt = 0;
        act(g);
        rig_apply_from(&g->wr, &g->sim, 0);
    } else {
        set_price(g);
    }
}

static void back(both_t *g)
{
    real_back(&g->r);
    memcpy(g->sim.markets, g->kept[g->r.depth].markets, sizeof(g->sim.markets));
    g->sim.now_sec = g->kept[g->r.depth].now_sec;
    real_settle(&g->r);
}

static void live(both_t *g, size_t steps)
{
    for (size_t i = 0; i < steps; i++) {
        uint64_t kind = below(g, 8);
        if (kind == 0 && g->r.depth < REAL_BLOCKS) {
            real_begin(&g->r);
            memcpy(g->kept[g->r.depth - 1].markets, g->sim.markets, sizeof(g->sim.markets));
            g->kept[g->r.depth - 1].now_sec = g->sim.now_sec;
        } else if (kind == 1 && g->r.depth > 0) {
            back(g);
        }
        for (uint64_t joint = 1 + below(g, 4); joint > 0; joint--)
            anything(g);
        if (below(g, 3))
            read_some(g, below(g, 4) != 0);
        real_settle(&g->r);
    }
}

static void populate(both_t *g)
{
    static const lq_morpho_irm_kind_t kinds[MARKET_MAX] = {
        LQ_MORPHO_IRM_ADAPTIVE, LQ_MORPHO_IRM_FIXED,    LQ_MORPHO_IRM_UNKNOWN,
        LQ_MORPHO_IRM_ZERO,     LQ_MORPHO_IRM_ADAPTIVE, LQ_MORPHO_IRM_ADAPTIVE};
    for (size_t i = 0; i < MARKET_MAX; i++) {
        sim_define(&g->sim, i, kinds[i], WAD / 100 * (50 + below(g, 48)));
        sim_create(&g->sim, i);
        sim_supply(&g->sim, i, 0, ((lq_u128_t)1 << (20 + below(g, 60))) + 1000);
        for (size_t a = 0; a < ACTOR_CNT; a++) {
            lq_u128_t all = g->sim.markets[i].m.total_supply_assets;
            sim_supply_collateral(&g->sim, i, a, u128_up_to(&g->rng, 80) + 1);
            sim_borrow(&g->sim, i, a, u128_below(&g->rng, all / 16) + 1);
        }
        g->sim.markets[i].priced = true;
        g->sim.markets[i].price = near_price(g, &g->sim.markets[i]);
    }
    rig_apply_from(&g->wr, &g->sim, 0);
    read_some(g, true);
    read_some(g, true);
    for (size_t i = 0; i < adapter->oracle_cnt(g->r.self); i++)
        adapter->set_price(g->r.self, i, true,
                           &g->sim.markets[adapter->oracle(g->r.self, i).source.b[1]].price);
}

static void tells_who_is_liquidatable_in_markets_of_every_rate_model(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t seen[4] = {0};
    for (size_t n = 0; n < lq_test_cnt(12, 1000); n++) {
        static both_t g;
        const lq_instance_config_t config = {.contract = morpho_address,
                                             .version = LQ_ADAPTER_PROBE,
                                             .asset_max = MARKET_MAX,
                                             .seed = 7};
        memset(&g, 0, sizeof(g));
        lq_rng_seed(&g.rng, lq_rng_u64(&rng));
        real_init(&g.r, adapter, &config, n % 3 == 2 ? 2 : 100);
        g.wr = (rig_t){.undo = g.r.undo, .ledger = g.r.ledger, .self = g.r.self};
        g.sim.now_sec = 1700000000;
        lq_book_set_now(g.r.book, g.sim.now_sec);
        populate(&g);
        real_settle(&g.r);
        live(&g, 300);
        assert_true(g.r.upper_cnt > 0 || n % 3 == 2);
        for (size_t i = 0; i < 4; i++)
            seen[i] += g.r.seen[i];
        real_fini(&g.r);
    }
    print_message("%zu none, %zu safe, %zu armed, %zu liquidatable\n", seen[0], seen[1], seen[2],
                  seen[3]);
    assert_true(seen[1] > 1000 && seen[2] > 1000 && seen[3] > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_is_liquidatable_in_markets_of_every_rate_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
