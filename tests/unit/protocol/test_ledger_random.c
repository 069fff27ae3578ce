#include "../../support/ledger_check.h"
#include "ledger_internal.h"
#include "lq_test.h"

/* A ledger beside a model that copies itself for each block. Keys are fewer than a reorg needs to
   bring them back in another order, and more than there is room for. */
enum {
    POOLS = 3,
    FACTORS = 900, /* in turn to the pools, so that the legs of an account run out first */
    KEYS = 60,
    ACCOUNTS = 40,
    BLKS = 12
};

typedef struct model_account {
    unsigned key;
    uint32_t pool;
    uint8_t state, category;
    uint16_t leg_cnt;
    lq_u128_t amounts[FACTORS / POOLS];
} model_account_t;

typedef struct model {
    size_t cnt;
    model_account_t accounts[ACCOUNTS];
    lq_factor_value_t values[FACTORS];
    uint64_t digest;
} model_t;

typedef struct rig {
    ledger_rig_t l;
    lq_rng_t rng;
    model_t now;
    model_t before[BLKS];
    size_t blk_cnt;
    uint64_t top_blk;
    uint64_t empty_digest;
    size_t full_cnt, grown_cnt;
} rig_t;

static size_t below(rig_t *r, size_t n)
{
    return lq_rng_below(&r->rng, n);
}

static lq_address_t address_of(unsigned key)
{
    lq_address_t a = {{0}};
    a.b[key % 20] = (uint8_t)key; /* the first is the address of zeros, like rows that are gone */
    return a;
}

static size_t model_find(const model_t *m, unsigned key, uint32_t pool)
{
    size_t i = 0;
    while (i < m->cnt && (m->accounts[i].key != key || m->accounts[i].pool != pool))
        i++;
    return i;
}

static void expect_account(const rig_t *r, uint32_t i)
{
    const model_account_t *want = &r->now.accounts[i];
    lq_account_t got = lq_ledger_account(r->l.ledger, i);
    lq_address_t owner = address_of(want->key);
    assert_memory_equal(&got.owner, &owner, sizeof(owner));
    assert_int_equal(got.pool, want->pool);
    assert_int_equal(got.category, want->category);
    assert_int_equal(got.state, want->state);
    assert_int_equal(got.leg_cnt, want->leg_cnt);
    for (size_t k = 0; k < FACTORS / POOLS; k++)
        assert_true(lq_ledger_amount(r->l.ledger, i, (uint16_t)(k * POOLS + want->pool)) ==
                    want->amounts[k]);
}

static void expect_all(const rig_t *r)
{
    assert_int_equal(lq_ledger_cnt(r->l.ledger), r->now.cnt);
    for (uint32_t i = 0; i < r->now.cnt; i++)
        expect_account(r, i);
    for (unsigned key = 0; key < KEYS; key++)
        for (uint32_t pool = 0; pool < POOLS; pool++) {
            lq_address_t owner = address_of(key);
            uint32_t found = 12345;
            size_t want = model_find(&r->now, key, pool);
            assert_err(lq_ledger_find(r->l.ledger, &found, pool, &owner),
                       want < r->now.cnt ? LQ_OK : LQ_ERR_NOT_FOUND);
            assert_int_equal(found, want < r->now.cnt ? want : 12345);
        }
    for (unsigned f = 0; f < FACTORS; f++) {
        const lq_factor_value_t *got = lq_ledger_value(r->l.ledger, (uint16_t)f);
        assert_true(got->value == r->now.values[f].value);
        assert_true(got->value_loss == r->now.values[f].value_loss);
    }
    ledger_check(r->l.ledger);
}

static bool is_listed(const rig_t *r, uint32_t account)
{
    size_t cnt;
    const uint32_t *list = lq_ledger_changed_accounts(r->l.ledger, &cnt);
    size_t times = 0;
    for (size_t i = 0; i < cnt; i++)
        times += list[i] == account;
    assert_true(times <= 1);
    return times == 1;
}

static void add_account(rig_t *r)
{
    unsigned key = (unsigned)below(r, KEYS);
    uint32_t pool = (uint32_t)below(r, POOLS);
    lq_address_t owner = address_of(key);
    uint32_t got = 777;
    bool there = model_find(&r->now, key, pool) < r->now.cnt;
    lq_err_t want = there ? LQ_ERR_EXISTS : r->now.cnt == ACCOUNTS ? LQ_ERR_FULL : LQ_OK;
    assert_err(lq_ledger_add(r->l.ledger, &got, pool, &owner), want);
    assert_int_equal(got, want ? 777 : r->now.cnt);
    if (want)
        return;
    r->now.accounts[r->now.cnt] = (model_account_t){.key = key, .pool = pool};
    assert_true(is_listed(r, (uint32_t)r->now.cnt));
    r->now.cnt++;
}

static lq_u128_t any_amount(rig_t *r)
{
    size_t how = below(r, 8);
    if (how == 0)
        return ~(lq_u128_t)0;
    if (how < 4)
        return 0;
    lq_u128_t v = (lq_u128_t)lq_rng_u64(&r->rng) << 64 | lq_rng_u64(&r->rng);
    return v >> below(r, 128);
}

/* Nothing else may be the reason than that no block of the size is to be had. */
static void expect_full(rig_t *r, const model_account_t *a)
{
    r->full_cnt++;
    if (a->leg_cnt == LQ_LEDGER_LEG_MAX)
        return;
    const lq_ledger_t *l = r->l.ledger;
    assert_int_equal(l->head->segment_cnt, l->segment_max);
    assert_int_equal(l->head->segment_free, 0);
    size_t sz = 2;
    unsigned class = 0;
    for (; sz <= a->leg_cnt; sz *= 2)
        class ++;
    assert_int_equal(l->head->class_roomy[class], 0);
}

static void set_amount(rig_t *r, uint32_t i, size_t k, lq_u128_t amount)
{
    model_account_t *a = &r->now.accounts[i];
    bool was_listed = is_listed(r, i);
    size_t sz = r->l.ledger->rows[i].class;
    lq_err_t err = lq_ledger_set_amount(r->l.ledger, i, (uint16_t)(k * POOLS + a->pool), amount);
    r->grown_cnt += r->l.ledger->rows[i].class != sz;
    if (err) {
        assert_err(err, LQ_ERR_FULL);
        assert_true(amount && !a->amounts[k]);
        expect_full(r, a);
        assert_int_equal(is_listed(r, i), was_listed);
    } else {
        assert_int_equal(is_listed(r, i), was_listed || amount != a->amounts[k]);
        a->leg_cnt = (uint16_t)(a->leg_cnt + (amount != 0) - (a->amounts[k] != 0));
        a->amounts[k] = amount;
    }
    expect_account(r, i);
}

static void change_legs(rig_t *r, uint32_t i)
{
    size_t how = below(r, 16);
    if (how == 0) {
        lq_ledger_clear_legs(r->l.ledger, i);
        memset(r->now.accounts[i].amounts, 0, sizeof(r->now.accounts[i].amounts));
        r->now.accounts[i].leg_cnt = 0;
        expect_account(r, i);
    } else if (how < 4) { /* many at once, up or down */
        lq_u128_t amount = below(r, 2) ? 1 + lq_rng_u64(&r->rng) % 1000 : 0;
        for (size_t cnt = below(r, FACTORS / POOLS); cnt; cnt--)
            set_amount(r, i, below(r, FACTORS / POOLS), amount);
    } else {
        set_amount(r, i, below(r, how < 10 ? 6 : FACTORS / POOLS), any_amount(r));
    }
}

static void change_account(rig_t *r, uint32_t i)
{
    model_account_t *a = &r->now.accounts[i];
    switch (below(r, 4)) {
    case 0:
        a->state = (uint8_t)below(r, 4);
        lq_ledger_set_state(r->l.ledger, i, (lq_account_state_t)a->state);
        break;
    case 1:
        a->category = (uint8_t)below(r, 3);
        lq_ledger_set_category(r->l.ledger, i, a->category);
        break;
    default:
        change_legs(r, i);
    }
}

static void change_value(rig_t *r)
{
    uint16_t f = (uint16_t)below(r, FACTORS);
    if (lq_ledger_factor(r->l.ledger, f)->side == LQ_SIDE_IDLE)
        return;
    r->now.values[f].value = (double)below(r, 5);
    r->now.values[f].value_loss = (float)below(r, 5);
    lq_ledger_set_value(r->l.ledger, f, &r->now.values[f]);
}

static void begin(rig_t *r)
{
    lq_ledger_settled(r->l.ledger);
    if (r->blk_cnt == BLKS) {
        lq_undo_forget(r->l.undo, BLKS - 1);
        memmove(r->before, r->before + 1, (BLKS - 1) * sizeof(r->before[0]));
        r->blk_cnt--;
    }
    r->before[r->blk_cnt] = r->now;
    r->before[r->blk_cnt++].digest = lq_undo_digest(r->l.undo);
    lq_undo_begin(r->l.undo, ++r->top_blk);
}

static void back(rig_t *r)
{
    if (!r->blk_cnt || !lq_undo_depth(r->l.undo))
        return;
    lq_ledger_settled(r->l.ledger);
    assert_ok(lq_undo_back(r->l.undo, r->top_blk--));
    r->now = r->before[--r->blk_cnt];
    assert_int_equal(lq_undo_digest(r->l.undo), r->now.digest);
    expect_all(r);
}

/* Into another ledger, of another size and seed, and then into this one again. */
static void save_and_restore(rig_t *r)
{
    lq_ledger_settled(r->l.ledger);
    lq_undo_forget(r->l.undo, 0);
    r->blk_cnt = 0;
    ledger_copy_t copy;
    ledger_copy_take(&copy, r->l.ledger);
    lq_ledger_config_t c = r->l.config;
    c.account_max += 100;
    c.leg_max += 5000;
    c.pool_max += 1;
    c.seed++;
    ledger_rig_t first = r->l;
    ledger_rig_init(&r->l, &c);
    ledger_copy_put(&copy, r->l.ledger);
    assert_ok(lq_ledger_restored(r->l.ledger));
    size_t cnt;
    (void)lq_ledger_changed_accounts(r->l.ledger, &cnt);
    assert_int_equal(cnt, 0);
    expect_all(r);
    assert_true(ledger_copy_is(&copy, r->l.ledger));
    ledger_rig_fini(&r->l);

    r->l = first;
    uint64_t digest = lq_undo_digest(r->l.undo);
    lq_ledger_clear(r->l.ledger);
    assert_int_equal(lq_ledger_cnt(r->l.ledger), 0);
    ledger_copy_put(&copy, r->l.ledger);
    assert_ok(lq_ledger_restored(r->l.ledger));
    assert_int_equal(lq_undo_digest(r->l.undo), digest);
    expect_all(r);
    ledger_copy_free(&copy);
}

static void fill(rig_t *r)
{
    for (uint32_t i = 0; i < POOLS; i++) {
        uint32_t pool;
        assert_ok(lq_ledger_add_pool(r->l.ledger, &pool, (lq_ledger_pool_t){i, 10 * i}));
        assert_int_equal(pool, i);
    }
    for (unsigned i = 0; i < FACTORS; i++) {
        uint16_t factor;
        const lq_factor_t about = {
            .pool = i % POOLS, .asset = (uint16_t)i, .side = (uint8_t)(i / POOLS % 3)};
        assert_ok(lq_ledger_add_factor(r->l.ledger, &factor, &about));
        assert_int_equal(factor, i);
        if (about.side != LQ_SIDE_IDLE)
            lq_ledger_set_value(r->l.ledger, factor, &r->now.values[i]);
    }
}

static void clear(rig_t *r)
{
    lq_undo_forget(r->l.undo, 0);
    r->blk_cnt = 0;
    lq_ledger_clear(r->l.ledger);
    assert_int_equal(lq_undo_digest(r->l.undo), r->empty_digest);
    memset(&r->now, 0, sizeof(r->now));
    fill(r);
}

static void step(rig_t *r)
{
    size_t how = below(r, 1000);
    if (how < 100)
        begin(r);
    else if (how < 150)
        back(r);
    else if (how < 160)
        while (r->blk_cnt && lq_undo_depth(r->l.undo))
            back(r);
    else if (how < 162)
        save_and_restore(r);
    else if (how < 163)
        clear(r);
    else if (how < 250)
        change_value(r);
    else if (how < 400 || !r->now.cnt)
        add_account(r);
    else
        change_account(r, (uint32_t)below(r, r->now.cnt));
}

static void start(rig_t *r)
{
    static const lq_ledger_config_t config = {
        .account_max = ACCOUNTS, .leg_max = 1, .pool_max = POOLS, .factor_max = FACTORS, .seed = 5};
    ledger_rig_init(&r->l, &config);
    r->empty_digest = lq_undo_digest(r->l.undo);
    fill(r);
}

static void does_what_a_model_does_through_blocks_and_back(void **state)
{
    (void)state;
    rig_t *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    r->rng = lq_test_rng();
    start(r);
    size_t cnt = lq_test_cnt(15000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        step(r);
        if (i % 64 == 0)
            expect_all(r);
    }
    expect_all(r);
    assert_true(r->full_cnt && r->grown_cnt > 100);
    ledger_rig_fini(&r->l);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_what_a_model_does_through_blocks_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
