#include "morpho_blue_adapter_test.h"

/* A Morpho under random actions, and the adapter beside it: exact at every block, back to the bytes
   by undo, and again from scratch. */

#define DEPTH_MAX 8u
#define OP_MAX    256u

/* What the adapter was told, so that it can be told again. */
typedef enum op_kind {
    OP_LOG,
    OP_ANSWER,
    OP_PRICE,
    OP_NOW
} op_kind_t;

typedef struct op {
    op_kind_t kind;
    size_t log;
    uint64_t block_sec;
    lq_subject_t subject;
    answers_t answers;
    uint32_t market;
    bool known;
    lq_u256_t price;
} op_t;

typedef struct block {
    uint64_t digest_before;
    uint64_t digest_after;
    sim_market_t markets[MARKET_MAX];
    uint64_t now_sec;
    size_t log_cnt;
    size_t op_cnt;
    op_t ops[OP_MAX];
} block_t;

typedef struct world {
    lq_rng_t rng;
    sim_t sim;
    rig_t rig;
    uint64_t number;
    size_t depth;
    block_t blocks[DEPTH_MAX]; /* by number modulo DEPTH_MAX */
    size_t verdicts[5];
    size_t undone_cnt;
} world_t;

static block_t *top(world_t *w)
{
    return &w->blocks[w->number % DEPTH_MAX];
}

static void settle(world_t *w)
{
    lq_ledger_settled(w->rig.ledger);
}

static void perform(world_t *w, const op_t *op)
{
    answers_t a;
    switch (op->kind) {
    case OP_LOG:
        assert_int_not_equal(adapter->apply(w->rig.self, &w->sim.logs[op->log].log, op->block_sec),
                             LQ_APPLIED_FAULT);
        break;
    case OP_ANSWER:
        a = op->answers;
        for (size_t k = 0; k < a.cnt; k++)
            a.results[k].data = a.data[k];
        assert_int_not_equal(
            adapter->answer(w->rig.self, op->subject, a.results, a.cnt, op->block_sec),
            LQ_APPLIED_FAULT);
        break;
    case OP_PRICE:
        adapter->set_price(w->rig.self, op->market, op->known, &op->price);
        break;
    case OP_NOW:
        adapter->set_now(w->rig.self, op->block_sec);
        break;
    }
}

static op_t *new_op(world_t *w, op_kind_t kind)
{
    block_t *b = top(w);
    assert_true(b->op_cnt < OP_MAX);
    op_t *op = &b->ops[b->op_cnt++];
    memset(op, 0, sizeof(*op));
    op->kind = kind;
    op->block_sec = w->sim.now_sec;
    return op;
}

static void act(world_t *w)
{
    sim_t *s = &w->sim;
    lq_rng_t *rng = &w->rng;
    size_t i = lq_rng_below(rng, MARKET_MAX);
    size_t a = lq_rng_below(rng, ACTOR_CNT);
    sim_market_t *x = &s->markets[i];
    lq_morpho_position_t *p = &x->position[a];
    if (x->m.last_update_sec == 0) {
        sim_create(s, i);
        return;
    }
    lq_u128_t room = x->m.total_supply_assets - x->m.total_borrow_assets;
    switch (lq_rng_below(rng, 10)) {
    case 0:
    case 1:
        sim_supply(s, i, a, u128_up_to(rng, 80) + 1);
        break;
    case 2:
        sim_withdraw(s, i, a, u128_below(rng, room));
        break;
    case 3:
    case 4:
        sim_borrow(s, i, a, u128_below(rng, room));
        break;
    case 5:
        sim_repay(s, i, a,
                  lq_rng_below(rng, 4) ? u128_below(rng, p->borrow_shares) : p->borrow_shares);
        break;
    case 6:
        sim_supply_collateral(s, i, a, u128_up_to(rng, 80) + 1);
        break;
    case 7:
        sim_withdraw_collateral(
            s, i, a, lq_rng_below(rng, 4) ? u128_below(rng, p->collateral) : p->collateral);
        break;
    case 8:
        if (p->borrow_shares)
            sim_liquidate(s, i, a,
                          lq_rng_below(rng, 2) ? p->collateral : u128_below(rng, p->collateral),
                          u128_below(rng, p->borrow_shares));
        break;
    case 9:
        sim_set_fee(s, i, lq_rng_below(rng, 2) ? 0 : lq_rng_below(rng, WAD / 4 + 1));
        break;
    default:
        break;
    }
}

static void read_subject(world_t *w, lq_subject_t subject)
{
    questions_t q;
    op_t *op = new_op(w, OP_ANSWER);
    questions_init(&q);
    op->subject = subject;
    assert_ok(adapter->reads(w->rig.self, &q.calls, subject));
    sim_answer(&w->sim, &op->answers, &q);
    perform(w, op);
}

/* Not all at once, so that logs meet what is unread. */
static void read_some(world_t *w, bool all)
{
    for (lq_subject_t at = {0, 0}; adapter->next(w->rig.self, &at);)
        if (all || lq_rng_below(&w->rng, 2))
            read_subject(w, at);
    for (lq_subject_t at = {0, 0}; adapter->every_block(w->rig.self, &at);)
        read_subject(w, at);
    for (uint32_t a = 0; a < lq_ledger_cnt(w->rig.ledger); a++)
        if (lq_ledger_account(w->rig.ledger, a).state != LQ_ACCOUNT_KNOWN &&
            (all || lq_rng_below(&w->rng, 2)))
            read_subject(w, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a});
}

static lq_u256_t near_price(world_t *w, const sim_market_t *x)
{
    /* So that some actor is about at the limit: price = debt 1e36 / (collateral lltv). */
    const lq_morpho_position_t *p = &x->position[lq_rng_below(&w->rng, ACTOR_CNT)];
    lq_u256_t price = up_to_bits(&w->rng, 140);
    lq_u256_t owed;
    lq_u256_t coll = word_of(p->collateral);
    lq_u256_t scale = u256_of(EVM_SCALE);
    lq_u256_t wad = lq_u256_from_u64(WAD);
    if (p->collateral && p->borrow_shares && lq_morpho_borrowed(&owed, &x->m, p) == LQ_OK &&
        lq_u256_mul_div_down(&owed, &owed, &scale, &coll) == LQ_OK &&
        lq_u256_mul_div_down(&owed, &owed, &wad, &x->params.lltv) == LQ_OK) {
        lq_u256_t off = lq_u256_from_u64(lq_rng_below(&w->rng, 1000));
        price = lq_u256_add_wrap(&owed, &off);
    }
    return price;
}

static void set_prices(world_t *w)
{
    for (uint32_t i = 0; i < adapter->oracle_cnt(w->rig.self); i++) {
        lq_oracle_ref_t ref = adapter->oracle(w->rig.self, i);
        if (ref.source.b[0] != 0x0f || lq_rng_below(&w->rng, 3))
            continue;
        sim_market_t *x = &w->sim.markets[ref.source.b[1]];
        op_t *op = new_op(w, OP_PRICE);
        op->market = i;
        op->known = x->priced = lq_rng_below(&w->rng, 8) != 0;
        op->price = x->price = lq_rng_below(&w->rng, 16) ? near_price(w, x) : lq_u256_from_u64(0);
        perform(w, op);
    }
}

static sim_market_t *market_of(world_t *w, const lq_instance_t *self, lq_ledger_t *ledger,
                               uint32_t account)
{
    uint32_t i = lq_ledger_pool(ledger, lq_ledger_account(ledger, account).pool).local;
    lq_oracle_ref_t ref = adapter->oracle(self, i);
    return ref.source.b[0] == 0x0f ? &w->sim.markets[ref.source.b[1]] : NULL;
}

static size_t actor_at(const lq_address_t *owner)
{
    return owner->b[2] - 1u;
}

/* The contract's verdict at NOW_SEC and PRICE, accrued on the model's own values. */
static lq_health_verdict_t verdict_of(const sim_market_t *x, const lq_morpho_position_t *p,
                                      uint64_t now_sec, const lq_u256_t *price, lq_u256_t *owed)
{
    lq_morpho_market_t m = x->m;
    lq_morpho_accrual_t added;
    bool healthy;
    *owed = lq_u256_from_u64(0);
    if (m.has_irm) {
        lq_u256_t rate = sim_rate_of(x, &m, now_sec, NULL);
        if (lq_morpho_accrue(&added, &m, now_sec, &rate))
            return LQ_HEALTH_REVERTS;
    }
    if (p->borrow_shares == 0)
        return LQ_HEALTH_NO_DEBT;
    if (!price)
        return LQ_HEALTH_UNKNOWN;
    assert_ok(lq_morpho_borrowed(owed, &m, p));
    if (lq_morpho_is_healthy(&healthy, &m, p, price))
        return LQ_HEALTH_REVERTS;
    return healthy ? LQ_HEALTH_SAFE : LQ_HEALTH_LIQUIDATABLE;
}

static void check_account(world_t *w, uint32_t account, uint64_t now_sec)
{
    lq_instance_t *self = w->rig.self;
    lq_account_t who = lq_ledger_account(w->rig.ledger, account);
    sim_market_t *x = market_of(w, self, w->rig.ledger, account);
    lq_health_t h;
    lq_u256_t owed;
    assert_non_null(x);
    const lq_morpho_position_t *p = &x->position[actor_at(&who.owner)];
    adapter->health(self, &h, account, &(lq_health_view_t){.now_sec = now_sec});
    lq_health_verdict_t want = verdict_of(x, p, now_sec, x->priced ? &x->price : NULL, &owed);
    assert_int_equal(h.verdict, want);
    if (want == LQ_HEALTH_SAFE || want == LQ_HEALTH_LIQUIDATABLE) {
        lq_u256_t one = lq_u256_from_u64(WAD);
        assert_true(lq_u256_eq(&h.debt_value, &owed));
        assert_true(lq_u256_lt(&h.factor_wad, &one) == (want == LQ_HEALTH_LIQUIDATABLE));
    }
    w->verdicts[want]++;

    lq_u256_t other = near_price(w, x);
    lq_price_shift_t shift = {lq_ledger_pool(w->rig.ledger, who.pool).local,
                              lq_rng_below(&w->rng, 4) != 0, other};
    lq_health_view_t view = {
        .now_sec = now_sec + lq_rng_below(&w->rng, 100000), .shifts = &shift, .shift_cnt = 1};
    want = verdict_of(x, p, view.now_sec, shift.known ? &other : NULL, &owed);
    adapter->health(self, &h, account, &view);
    assert_int_equal(h.verdict, want);
}

static void check_audit(world_t *w, const rig_t *r, uint32_t account)
{
    questions_t q;
    answers_t a;
    lq_audit_t want;
    lq_audit_t got;
    questions_init(&q);
    assert_ok(adapter->audit_reads(r->self, &q.calls, account));
    sim_answer(&w->sim, &a, &q);
    assert_ok(adapter->audit_expected(r->self, &want, account, w->sim.now_sec));
    assert_ok(adapter->audit_actual(r->self, &got, account, a.results, a.cnt));
    assert_int_equal(want.cnt, got.cnt);
    for (size_t k = 0; k < want.cnt; k++) {
        assert_string_equal(want.names[k], got.names[k]);
        if (!lq_u256_eq(&want.values[k], &got.values[k]))
            fail_msg("%s", want.names[k]);
    }
}

static void check_all(world_t *w)
{
    for (uint32_t a = 0; a < lq_ledger_cnt(w->rig.ledger); a++) {
        check_account(w, a, w->sim.now_sec);
        check_audit(w, &w->rig, a);
    }
}

static void begin(world_t *w)
{
    w->number++;
    w->depth = w->depth < DEPTH_MAX ? w->depth + 1 : DEPTH_MAX;
    block_t *b = top(w);
    b->digest_before = lq_undo_digest(w->rig.undo);
    memcpy(b->markets, w->sim.markets, sizeof(b->markets));
    b->now_sec = w->sim.now_sec;
    b->log_cnt = w->sim.log_cnt;
    b->op_cnt = 0;
    lq_undo_begin(w->rig.undo, w->number);
}

static void live_block(world_t *w)
{
    bool all = lq_rng_below(&w->rng, 4) == 0;
    begin(w);
    w->sim.now_sec += lq_rng_below(&w->rng, 8) ? 12 : 1 + lq_rng_below(&w->rng, 2000000);
    size_t from = w->sim.log_cnt;
    for (size_t n = lq_rng_below(&w->rng, 5); n > 0; n--)
        act(w);
    for (; from < w->sim.log_cnt; from++) {
        op_t *op = new_op(w, OP_LOG);
        op->log = from;
        perform(w, op);
    }
    perform(w, new_op(w, OP_NOW));
    read_some(w, all);
    if (all) {
        read_some(w, true);
        set_prices(w);
        check_all(w);
        top(w)->digest_after = lq_undo_digest(w->rig.undo);
    }
    settle(w);
    top(w)->digest_after = lq_undo_digest(w->rig.undo);
}

/* Back by a few blocks, then the same again, or another future. */
static void reorg(world_t *w)
{
    size_t cnt = 1 + lq_rng_below(&w->rng, w->depth);
    bool again = lq_rng_below(&w->rng, 2);
    sim_market_t now[MARKET_MAX];
    uint64_t now_sec = w->sim.now_sec;
    size_t log_cnt = w->sim.log_cnt;
    memcpy(now, w->sim.markets, sizeof(now));
    for (size_t k = 0; k < cnt; k++) {
        block_t *b = top(w);
        assert_ok(lq_undo_back(w->rig.undo, w->number--));
        assert_int_equal(lq_undo_digest(w->rig.undo), b->digest_before);
        memcpy(w->sim.markets, b->markets, sizeof(b->markets));
        w->sim.now_sec = b->now_sec;
        w->sim.log_cnt = b->log_cnt;
    }
    w->undone_cnt += cnt;
    w->depth -= cnt;
    if (!again)
        return;
    memcpy(w->sim.markets, now, sizeof(now));
    w->sim.now_sec = now_sec;
    w->sim.log_cnt = log_cnt;
    for (size_t k = 0; k < cnt; k++) {
        lq_undo_begin(w->rig.undo, ++w->number);
        for (size_t n = 0; n < top(w)->op_cnt; n++)
            perform(w, &top(w)->ops[n]);
        settle(w);
        assert_int_equal(lq_undo_digest(w->rig.undo), top(w)->digest_after);
    }
    w->depth += cnt;
}

/* From nothing, by the logs of the past in any order and reads at the end. */
static void check_rebuild(world_t *w)
{
    rig_t r;
    rig_open(&r, NULL, 0);
    for (size_t k = w->sim.log_cnt; k > 0; k--)
        assert_ok(adapter->discover(r.self, &w->sim.logs[k - 1].log));
    rig_read_all(&r, &w->sim);
    adapter->set_now(r.self, w->sim.now_sec);
    for (size_t i = 0; i < adapter->oracle_cnt(r.self); i++) {
        const sim_market_t *x = &w->sim.markets[adapter->oracle(r.self, i).source.b[1]];
        adapter->set_price(r.self, i, x->priced, &x->price);
    }
    assert_int_equal(lq_ledger_cnt(r.ledger), lq_ledger_cnt(w->rig.ledger));
    for (uint32_t a = 0; a < lq_ledger_cnt(r.ledger); a++) {
        lq_account_t who = lq_ledger_account(r.ledger, a);
        check_audit(w, &r, a);
        /* the same account there */
        for (uint32_t b = 0; b < lq_ledger_cnt(w->rig.ledger); b++) {
            lq_account_t other = lq_ledger_account(w->rig.ledger, b);
            if (memcmp(&who.owner, &other.owner, 20) != 0 ||
                market_of(w, r.self, r.ledger, a) != market_of(w, w->rig.self, w->rig.ledger, b))
                continue;
            lq_health_t h;
            lq_health_t g;
            adapter->health(r.self, &h, a, NULL);
            adapter->health(w->rig.self, &g, b, NULL);
            assert_int_equal(h.verdict, g.verdict);
            assert_true(lq_u256_eq(&h.factor_wad, &g.factor_wad));
            assert_true(lq_u256_eq(&h.collateral_value, &g.collateral_value));
        }
    }
    rig_close(&r);
}

static void follows_a_random_morpho_exactly_through_reorgs(void **state)
{
    static world_t w;
    (void)state;
    lq_rng_t seed = lq_test_rng();
    size_t verdicts[5] = {0};
    size_t undone_cnt = 0;
    for (size_t run = 0; run < lq_test_cnt(20, 1000); run++) {
        memset(&w, 0, sizeof(w));
        w.rng = seed;
        lq_rng_u64(&seed);
        lq_rng_seed(&w.rng, lq_rng_u64(&seed));
        w.sim.now_sec = 1700000000;
        for (size_t i = 0; i < MARKET_MAX; i++)
            sim_define(&w.sim, i, (lq_morpho_irm_kind_t)(i % 4), 1 + lq_rng_below(&w.rng, WAD - 1));
        rig_open(&w.rig, NULL, 0);
        settle(&w);
        while (w.sim.log_cnt < LOG_MAX - 64) {
            live_block(&w);
            if (lq_rng_below(&w.rng, 6) == 0)
                reorg(&w);
        }
        begin(&w);
        perform(&w, new_op(&w, OP_NOW));
        read_some(&w, true);
        read_some(&w, true);
        check_all(&w);
        check_rebuild(&w);
        rig_close(&w.rig);
        for (size_t v = 0; v < 5; v++)
            verdicts[v] += w.verdicts[v];
        undone_cnt += w.undone_cnt;
    }
    assert_true(verdicts[LQ_HEALTH_SAFE] > 50 && verdicts[LQ_HEALTH_LIQUIDATABLE] > 50 &&
                verdicts[LQ_HEALTH_NO_DEBT] > 50 && verdicts[LQ_HEALTH_UNKNOWN] > 50);
    assert_true(undone_cnt > 100);
}

/* What the ledger's values claim for the book, against the contract's own comparison. */
static void values_and_losses_bound_the_verdict(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t close_cnt = 0;
    for (size_t n = 0; n < lq_test_cnt(20000, 2000000); n++) {
        unsigned bits = 4 + (unsigned)lq_rng_below(&rng, 90);
        lq_morpho_market_t m = {.total_borrow_assets = u128_up_to(&rng, bits),
                                .total_borrow_shares = u128_up_to(&rng, bits + 20),
                                .lltv_wad = 1 + lq_rng_below(&rng, WAD - 1)};
        lq_morpho_position_t p = {.borrow_shares = u128_below(&rng, m.total_borrow_shares) + 1,
                                  .collateral = u128_up_to(&rng, bits) + 1};
        lq_u256_t price;
        lq_u256_t owed;
        lq_u256_t scale = u256_of(EVM_SCALE);
        lq_u256_t coll = word_of(p.collateral);
        lq_u256_t lltv = lq_u256_from_u64(m.lltv_wad);
        lq_u256_t wad = lq_u256_from_u64(WAD);
        bool healthy;
        assert_ok(lq_morpho_borrowed(&owed, &m, &p));
        lq_u256_t aim = lq_u256_from_u64(lq_rng_below(&rng, 5));
        aim = lq_u256_add_wrap(&aim, &owed);
        if (lq_u256_mul_div_up(&price, &aim, &scale, &coll) ||
            lq_u256_mul_div_up(&price, &price, &wad, &lltv) ||
            lq_morpho_is_healthy(&healthy, &m, &p, &price))
            continue;
        double vc = lq_u256_to_double(&price) / 1e36 * ((double)m.lltv_wad / 1e18);
        double vd = ((double)m.total_borrow_assets + 1) / ((double)m.total_borrow_shares + 1e6);
        double room = (double)p.collateral * vc - 2.0;
        double debt = (double)p.borrow_shares * vd + 1.0;
        if (room >= debt * (1 + 0x1p-40)) {
            assert_true(healthy);
            close_cnt += room < debt * 1.5;
        }
    }
    assert_true(close_cnt > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_a_random_morpho_exactly_through_reorgs),
        cmocka_unit_test(values_and_losses_bound_the_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
