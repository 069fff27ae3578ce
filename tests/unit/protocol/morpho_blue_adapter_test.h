#ifndef MORPHO_BLUE_ADAPTER_TEST_H
#define MORPHO_BLUE_ADAPTER_TEST_H

/* A Morpho of its own beside the adapter: markets and positions moved by morpho_blue_math and
   morpho_irm, which have oracles of their own, emitting the contract's logs and answering the
   adapter's calls. */

#include "liqd/codec/abi_erc20.h"
#include "liqd/protocol/adapter.h"
#include "liqd/protocol/morpho_irm.h"
#include "morpho_test.h"

#define WAD        UINT64_C(1000000000000000000)
#define MARKET_MAX 6u
#define ACTOR_CNT  8u
#define LOG_MAX    512u

static const lq_address_t morpho_address = {{0xbb, 0xbb}};

typedef struct sim_market {
    lq_abi_morpho_blue_market_params_t params;
    lq_hash_t id;
    lq_morpho_market_t m; /* last_update_sec 0: not created */
    lq_morpho_irm_t irm;
    lq_morpho_position_t position[ACTOR_CNT];
    bool priced;
    lq_u256_t price;
} sim_market_t;

typedef struct sim_log {
    lq_evm_log_t log;
    uint8_t data[192];
} sim_log_t;

typedef struct sim {
    sim_market_t markets[MARKET_MAX];
    uint64_t now_sec;
    bool mute; /* answers are reverts */
    size_t log_cnt;
    sim_log_t logs[LOG_MAX]; /* since the start */
} sim_t;

/* ---- the adapter under test with what it stands on ---- */

typedef struct rig {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_instance_t *self;
} rig_t;

static const lq_adapter_t *const adapter = &lq_adapter_morpho_blue;

static inline lq_instance_config_t rig_config(const lq_hash_t *ids, size_t id_cnt, size_t max)
{
    return (lq_instance_config_t){.instance = 3,
                                  .contract = morpho_address,
                                  .version = LQ_ADAPTER_PROBE,
                                  .ids = ids,
                                  .id_cnt = id_cnt,
                                  .asset_max = max,
                                  .seed = 7};
}

static inline void rig_open_sized(rig_t *r, const lq_instance_config_t *config,
                                  const lq_ledger_config_t *ledger)
{
    lq_undo_config_t undo = {.state_sz = lq_ledger_state_sz(ledger) + adapter->state_sz(config) +
                                         LQ_UNDO_LINE_SZ,
                             .line_max = 1 << 16,
                             .blk_max = 32};
    assert_ok(lq_arena_init(&r->arena, 64 << 20));
    assert_ok(lq_undo_new(&r->undo, &r->arena, &undo));
    assert_ok(lq_ledger_new(&r->ledger, &r->arena, r->undo, ledger));
    assert_ok(adapter->make(&r->self, &r->arena, r->undo, r->ledger, config));
}

static inline void rig_open(rig_t *r, const lq_hash_t *ids, size_t id_cnt)
{
    lq_instance_config_t config = rig_config(ids, id_cnt, MARKET_MAX);
    lq_ledger_config_t ledger = {
        .account_max = 256, .leg_max = 1024, .pool_max = 16, .factor_max = 32, .seed = 5};
    rig_open_sized(r, &config, &ledger);
}

static inline void rig_close(rig_t *r)
{
    lq_arena_fini(&r->arena);
}

/* ---- names ---- */

static inline lq_address_t actor_of(size_t k)
{
    return (lq_address_t){{0xac, 0x70, (uint8_t)(k + 1)}};
}

static inline lq_address_t irm_of(lq_morpho_irm_kind_t kind)
{
    lq_address_t a = {{0}};
    if (kind != LQ_MORPHO_IRM_ZERO) {
        a.b[0] = 0x1f;
        a.b[1] = (uint8_t)kind;
    }
    return a;
}

static inline void sim_define(sim_t *s, size_t i, lq_morpho_irm_kind_t kind, uint64_t lltv_wad)
{
    sim_market_t *x = &s->markets[i];
    memset(x, 0, sizeof(*x));
    x->params.loan_token.b[0] = 0x10;
    x->params.collateral_token.b[0] = 0xc0;
    x->params.oracle.b[0] = 0x0f;
    x->params.oracle.b[1] = (uint8_t)i;
    x->params.irm = irm_of(kind);
    x->params.lltv = lq_u256_from_u64(lltv_wad);
    x->id = lq_morpho_market_id(&x->params);
    x->irm.kind = kind;
    x->irm.rate_wad = kind == LQ_MORPHO_IRM_FIXED ? 1000000000 : 0;
}

/* ---- logs ---- */

static inline lq_hash_t word_hash(const lq_u256_t *v)
{
    lq_hash_t h;
    lq_u256_to_be(h.b, v);
    return h;
}

static inline lq_hash_t address_hash(lq_address_t a)
{
    lq_hash_t h = {{0}};
    memcpy(h.b + 12, a.b, 20);
    return h;
}

static inline sim_log_t *sim_emit(sim_t *s, lq_address_t from, const lq_hash_t *topic,
                                  const lq_hash_t *indexed, size_t indexed_cnt,
                                  const lq_hash_t *data, size_t data_cnt)
{
    assert_true(s->log_cnt < LOG_MAX);
    sim_log_t *l = &s->logs[s->log_cnt++];
    memset(l, 0, sizeof(*l));
    l->log.address = from;
    l->log.topic_cnt = (uint32_t)indexed_cnt + 1;
    l->log.topics[0] = *topic;
    for (size_t k = 0; k < indexed_cnt; k++)
        l->log.topics[k + 1] = indexed[k];
    memcpy(l->data, data, data_cnt * 32);
    l->log.data = l->data;
    l->log.data_sz = data_cnt * 32;
    return l;
}

/* TOPIC(id, the owner at place AT of the topics, other topics zero) of WORDS. */
static inline sim_log_t *sim_event(sim_t *s, const lq_hash_t *topic, const sim_market_t *x,
                                   size_t actor, size_t at, size_t topic_cnt, lq_hash_t first,
                                   bool has_first, const lq_u256_t *words, size_t cnt)
{
    lq_hash_t indexed[3] = {x->id};
    lq_hash_t data[6];
    size_t n = 0;
    if (at)
        indexed[at - 1] = address_hash(actor_of(actor));
    if (has_first)
        data[n++] = first;
    for (size_t k = 0; k < cnt; k++)
        data[n++] = word_hash(&words[k]);
    return sim_emit(s, morpho_address, topic, indexed, topic_cnt - 1, data, n);
}

/* ---- what the contract does ---- */

static inline lq_u256_t sim_rate_of(const sim_market_t *x, const lq_morpho_market_t *m,
                                    uint64_t now_sec, uint64_t *target)
{
    lq_morpho_irm_rate_t rate = {0, 0};
    if (x->irm.kind == LQ_MORPHO_IRM_UNKNOWN) { /* IrmMock */
        if (m->total_supply_assets != 0)
            rate.borrow_rate_wad = (uint64_t)(m->total_borrow_assets * WAD /
                                              m->total_supply_assets / UINT64_C(31536000));
    } else {
        assert_ok(lq_morpho_irm_borrow_rate(&rate, &x->irm, m->total_supply_assets,
                                            m->total_borrow_assets, now_sec - m->last_update_sec));
    }
    if (target)
        *target = rate.rate_at_target_wad;
    return lq_u256_from_u64(rate.borrow_rate_wad);
}

static inline void sim_update_event(sim_t *s, const sim_market_t *x, const lq_u256_t *avg,
                                    uint64_t target)
{
    lq_u256_t end = lq_u256_from_u64(target);
    lq_hash_t data[2] = {word_hash(avg), word_hash(&end)};
    sim_emit(s, x->params.irm, &lq_abi_morpho_blue_borrow_rate_update_event_topic, &x->id, 1, data,
             2);
}

static inline void sim_create(sim_t *s, size_t i)
{
    sim_market_t *x = &s->markets[i];
    lq_hash_t data[5] = {address_hash(x->params.loan_token),
                         address_hash(x->params.collateral_token), address_hash(x->params.oracle),
                         address_hash(x->params.irm), word_hash(&x->params.lltv)};
    x->m = (lq_morpho_market_t){.last_update_sec = s->now_sec,
                                .lltv_wad = x->params.lltv.w[0],
                                .has_irm = x->irm.kind != LQ_MORPHO_IRM_ZERO};
    sim_emit(s, morpho_address, &lq_abi_morpho_blue_create_market_event_topic, &x->id, 1, data, 5);
    if (x->irm.kind == LQ_MORPHO_IRM_ADAPTIVE) {
        uint64_t target;
        lq_u256_t avg = sim_rate_of(x, &x->m, s->now_sec, &target);
        x->irm.rate_wad = target;
        sim_update_event(s, x, &avg, target);
    }
}

static inline void sim_accrue(sim_t *s, sim_market_t *x)
{
    if (s->now_sec == x->m.last_update_sec)
        return;
    if (x->m.has_irm) {
        uint64_t target = 0;
        lq_morpho_accrual_t added;
        lq_u256_t rate = sim_rate_of(x, &x->m, s->now_sec, &target);
        assert_ok(lq_morpho_accrue(&added, &x->m, s->now_sec, &rate));
        if (x->irm.kind == LQ_MORPHO_IRM_ADAPTIVE) {
            x->irm.rate_wad = target;
            sim_update_event(s, x, &rate, target);
        }
        lq_u256_t words[3] = {rate, word_of(added.interest), word_of(added.fee_shares)};
        sim_event(s, &lq_abi_morpho_blue_accrue_interest_event_topic, x, 0, 0, 2, (lq_hash_t){{0}},
                  false, words, 3);
    }
    x->m.last_update_sec = s->now_sec;
}

static inline void sim_supply(sim_t *s, size_t i, size_t actor, lq_u128_t assets)
{
    sim_market_t *x = &s->markets[i];
    lq_u256_t words[2] = {word_of(assets)};
    sim_accrue(s, x);
    assert_ok(lq_morpho_to_shares_down(&words[1], &words[0], x->m.total_supply_assets,
                                       x->m.total_supply_shares));
    x->m.total_supply_assets += assets;
    x->m.total_supply_shares += lq_u256_lo(&words[1]);
    x->position[actor].supply_shares =
        lq_u256_add_wrap(&x->position[actor].supply_shares, &words[1]);
    sim_event(s, &lq_abi_morpho_blue_supply_event_topic, x, actor, 3, 4, (lq_hash_t){{0}}, false,
              words, 2);
}

static inline void sim_withdraw(sim_t *s, size_t i, size_t actor, lq_u128_t assets)
{
    sim_market_t *x = &s->markets[i];
    lq_u256_t words[2] = {word_of(assets)};
    lq_morpho_position_t *p = &x->position[actor];
    sim_accrue(s, x);
    assert_ok(lq_morpho_to_shares_up(&words[1], &words[0], x->m.total_supply_assets,
                                     x->m.total_supply_shares));
    if (assets == 0 || lq_u256_lt(&p->supply_shares, &words[1]) ||
        x->m.total_supply_assets - assets < x->m.total_borrow_assets)
        return;
    x->m.total_supply_assets -= assets;
    x->m.total_supply_shares -= lq_u256_lo(&words[1]);
    p->supply_shares = lq_u256_sub_wrap(&p->supply_shares, &words[1]);
    sim_event(s, &lq_abi_morpho_blue_withdraw_event_topic, x, actor, 3, 4,
              address_hash(actor_of(0)), true, words, 2);
}

static inline void sim_borrow(sim_t *s, size_t i, size_t actor, lq_u128_t assets)
{
    sim_market_t *x = &s->markets[i];
    lq_u256_t words[2] = {word_of(assets)};
    sim_accrue(s, x);
    assert_ok(lq_morpho_to_shares_up(&words[1], &words[0], x->m.total_borrow_assets,
                                     x->m.total_borrow_shares));
    if (assets == 0 || x->m.total_borrow_assets + assets > x->m.total_supply_assets)
        return;
    x->m.total_borrow_assets += assets;
    x->m.total_borrow_shares += lq_u256_lo(&words[1]);
    x->position[actor].borrow_shares += lq_u256_lo(&words[1]);
    sim_event(s, &lq_abi_morpho_blue_borrow_event_topic, x, actor, 2, 4, address_hash(actor_of(0)),
              true, words, 2);
}

static inline void sim_repay(sim_t *s, size_t i, size_t actor, lq_u128_t shares)
{
    sim_market_t *x = &s->markets[i];
    lq_u256_t words[2] = {{{0}}, word_of(shares)};
    sim_accrue(s, x);
    if (shares == 0 || shares > x->position[actor].borrow_shares)
        return;
    assert_ok(lq_morpho_to_assets_up(&words[0], &words[1], x->m.total_borrow_assets,
                                     x->m.total_borrow_shares));
    lq_u128_t assets = lq_u256_lo(&words[0]);
    x->m.total_borrow_assets =
        x->m.total_borrow_assets > assets ? x->m.total_borrow_assets - assets : 0;
    x->m.total_borrow_shares -= shares;
    x->position[actor].borrow_shares -= shares;
    sim_event(s, &lq_abi_morpho_blue_repay_event_topic, x, actor, 3, 4, (lq_hash_t){{0}}, false,
              words, 2);
}

static inline void sim_supply_collateral(sim_t *s, size_t i, size_t actor, lq_u128_t assets)
{
    sim_market_t *x = &s->markets[i];
    lq_u256_t word = word_of(assets);
    x->position[actor].collateral += assets;
    sim_event(s, &lq_abi_morpho_blue_supply_collateral_event_topic, x, actor, 3, 4,
              (lq_hash_t){{0}}, false, &word, 1);
}

static inline void sim_withdraw_collateral(sim_t *s, size_t i, size_t actor, lq_u128_t assets)
{
    sim_market_t *x = &s->markets[i];
    lq_u256_t word = word_of(assets);
    if (assets == 0 || assets > x->position[actor].collateral)
        return;
    sim_accrue(s, x);
    x->position[actor].collateral -= assets;
    sim_event(s, &lq_abi_morpho_blue_withdraw_collateral_event_topic, x, actor, 2, 4,
              address_hash(actor_of(0)), true, &word, 1);
}

static inline void sim_liquidate(sim_t *s, size_t i, size_t actor, lq_u128_t seized,
                                 lq_u128_t shares)
{
    sim_market_t *x = &s->markets[i];
    lq_u256_t in[2] = {word_of(seized), word_of(shares)};
    lq_morpho_liquidation_t l;
    sim_accrue(s, x);
    if (lq_morpho_settle(&l, &x->m, &x->position[actor], &in[0], &in[1]))
        return;
    lq_u256_t words[5] = {l.repaid_assets, l.repaid_shares, l.seized_assets, l.bad_debt_assets,
                          l.bad_debt_shares};
    sim_event(s, &lq_abi_morpho_blue_liquidate_event_topic, x, actor, 3, 4, (lq_hash_t){{0}}, false,
              words, 5);
}

static inline void sim_set_fee(sim_t *s, size_t i, uint64_t fee_wad)
{
    sim_market_t *x = &s->markets[i];
    lq_u256_t word = lq_u256_from_u64(fee_wad);
    if (fee_wad == x->m.fee_wad)
        return;
    sim_accrue(s, x);
    x->m.fee_wad = fee_wad;
    sim_event(s, &lq_abi_morpho_blue_set_fee_event_topic, x, 0, 0, 2, (lq_hash_t){{0}}, false,
              &word, 1);
}

/* ---- answers ---- */

#define ANSWER_MAX 16u

typedef struct answers {
    size_t cnt;
    lq_read_result_t results[ANSWER_MAX];
    uint8_t data[ANSWER_MAX][192];
} answers_t;

static inline uint32_t selector_of(const lq_read_call_t *c)
{
    return (uint32_t)c->input[0] << 24 | (uint32_t)c->input[1] << 16 | (uint32_t)c->input[2] << 8 |
           c->input[3];
}

static inline lq_u256_t arg(const lq_read_call_t *c, size_t k)
{
    assert_true(c->input_sz >= 4 + 32 * (k + 1));
    return lq_u256_from_be(c->input + 4 + 32 * k);
}

static inline const sim_market_t *sim_find(const sim_t *s, const uint8_t *id)
{
    for (size_t i = 0; i < MARKET_MAX; i++)
        if (memcmp(s->markets[i].id.b, id, 32) == 0)
            return &s->markets[i];
    return NULL;
}

static inline size_t put_words(uint8_t *out, const lq_u256_t *words, size_t cnt)
{
    for (size_t k = 0; k < cnt; k++)
        lq_u256_to_be(out + 32 * k, &words[k]);
    return 32 * cnt;
}

static inline lq_u256_t address_word(lq_address_t a)
{
    lq_hash_t h = address_hash(a);
    return lq_u256_from_be(h.b);
}

/* What Morpho's views return. */
static inline size_t answer_morpho(const sim_t *s, uint8_t *out, const lq_read_call_t *c)
{
    const sim_market_t *x = sim_find(s, c->input + 4);
    lq_u256_t w[6] = {{{0}}};
    bool created = x && x->m.last_update_sec != 0;
    if (selector_of(c) == LQ_ABI_MORPHO_BLUE_MARKET_SELECTOR) {
        if (created) {
            w[0] = word_of(x->m.total_supply_assets);
            w[1] = word_of(x->m.total_supply_shares);
            w[2] = word_of(x->m.total_borrow_assets);
            w[3] = word_of(x->m.total_borrow_shares);
            w[4] = lq_u256_from_u64(x->m.last_update_sec);
            w[5] = lq_u256_from_u64(x->m.fee_wad);
        }
        return put_words(out, w, 6);
    }
    if (selector_of(c) == LQ_ABI_MORPHO_BLUE_ID_TO_MARKET_PARAMS_SELECTOR) {
        if (created) {
            w[0] = address_word(x->params.loan_token);
            w[1] = address_word(x->params.collateral_token);
            w[2] = address_word(x->params.oracle);
            w[3] = address_word(x->params.irm);
            w[4] = x->params.lltv;
        }
        return put_words(out, w, 5);
    }
    assert_int_equal(selector_of(c), LQ_ABI_MORPHO_BLUE_POSITION_SELECTOR);
    for (size_t k = 0; created && k < ACTOR_CNT; k++) {
        lq_hash_t who = address_hash(actor_of(k));
        if (memcmp(who.b, c->input + 36, 32) == 0) {
            w[0] = x->position[k].supply_shares;
            w[1] = word_of(x->position[k].borrow_shares);
            w[2] = word_of(x->position[k].collateral);
        }
    }
    return put_words(out, w, 3);
}

/* What a rate model's views return; 0: they revert. */
static inline size_t answer_irm(const sim_t *s, uint8_t *out, const lq_read_call_t *c)
{
    const sim_market_t *x = NULL;
    lq_u256_t w;
    if (selector_of(c) == LQ_ABI_MORPHO_BLUE_BORROW_RATE_VIEW_SELECTOR) {
        lq_morpho_market_t m = {0};
        for (size_t i = 0; i < MARKET_MAX; i++) {
            lq_u256_t oracle = address_word(s->markets[i].params.oracle);
            lq_u256_t got = arg(c, 2);
            if (lq_u256_eq(&oracle, &got))
                x = &s->markets[i];
        }
        assert_non_null(x);
        lq_u256_t got[6];
        for (size_t k = 0; k < 6; k++)
            got[k] = arg(c, 5 + k);
        m.total_supply_assets = lq_u256_lo(&got[0]);
        m.total_supply_shares = lq_u256_lo(&got[1]);
        m.total_borrow_assets = lq_u256_lo(&got[2]);
        m.total_borrow_shares = lq_u256_lo(&got[3]);
        m.last_update_sec = got[4].w[0];
        w = sim_rate_of(x, &m, s->now_sec, NULL);
        return put_words(out, &w, 1);
    }
    x = sim_find(s, c->input + 4);
    assert_non_null(x);
    bool target = selector_of(c) == LQ_ABI_MORPHO_BLUE_RATE_AT_TARGET_SELECTOR;
    if (x->irm.kind != (target ? LQ_MORPHO_IRM_ADAPTIVE : LQ_MORPHO_IRM_FIXED))
        return 0;
    w = lq_u256_from_u64(x->irm.rate_wad);
    return put_words(out, &w, 1);
}

static inline size_t answer_call(const sim_t *s, uint8_t *out, const lq_read_call_t *c)
{
    lq_u256_t w = lq_u256_from_u64(c->to.b[0] == 0x10 ? 6 : 18);
    if (memcmp(&c->to, &morpho_address, 20) == 0)
        return answer_morpho(s, out, c);
    if (c->to.b[0] == 0x1f)
        return answer_irm(s, out, c);
    if (c->to.b[0] == 0x0f) {
        const sim_market_t *x = &s->markets[c->to.b[1]];
        assert_int_equal(selector_of(c), LQ_ABI_MORPHO_BLUE_PRICE_SELECTOR);
        return x->priced ? put_words(out, &x->price, 1) : 0;
    }
    assert_int_equal(selector_of(c), LQ_ABI_ERC20_DECIMALS_SELECTOR);
    return put_words(out, &w, 1);
}

typedef struct questions {
    lq_calls_t calls;
    lq_read_call_t room[ANSWER_MAX];
    uint8_t data[4096];
} questions_t;

static inline void questions_init(questions_t *q)
{
    q->calls = (lq_calls_t){
        .calls = q->room, .call_max = ANSWER_MAX, .data = q->data, .data_max = sizeof(q->data)};
}

static inline void sim_answer(const sim_t *s, answers_t *out, const questions_t *q)
{
    out->cnt = q->calls.call_cnt;
    for (size_t k = 0; k < out->cnt; k++) {
        size_t sz = s->mute ? 0 : answer_call(s, out->data[k], &q->room[k]);
        out->results[k] = (lq_read_result_t){sz != 0, out->data[k], sz};
    }
}

/* Asks, answers and gives the answers: what a sync does of one subject. */
static inline lq_applied_t rig_read(rig_t *r, const sim_t *s, lq_subject_t subject)
{
    questions_t q;
    answers_t a;
    questions_init(&q);
    assert_ok(adapter->reads(r->self, &q.calls, subject));
    sim_answer(s, &a, &q);
    return adapter->answer(r->self, subject, a.results, a.cnt, s->now_sec);
}

/* Reads all that wants it: markets twice where the first read tells their parameters. */
static inline void rig_read_all(rig_t *r, const sim_t *s)
{
    for (size_t round = 0; round < 3; round++) {
        lq_subject_t at = {0, 0};
        while (adapter->next(r->self, &at))
            assert_int_not_equal(rig_read(r, s, at), LQ_APPLIED_FAULT);
    }
    for (lq_subject_t at = {0, 0}; adapter->every_block(r->self, &at);)
        assert_int_equal(rig_read(r, s, at), LQ_APPLIED);
    for (uint32_t a = 0; a < lq_ledger_cnt(r->ledger); a++)
        if (lq_ledger_account(r->ledger, a).state != LQ_ACCOUNT_KNOWN)
            assert_int_equal(rig_read(r, s, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}), LQ_APPLIED);
}

/* Applies the logs from FROM on; none may be a fault. */
static inline void rig_apply_from(rig_t *r, const sim_t *s, size_t from)
{
    for (; from < s->log_cnt; from++)
        assert_int_not_equal(adapter->apply(r->self, &s->logs[from].log, s->now_sec),
                             LQ_APPLIED_FAULT);
}

#endif
