#include "fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/protocol/adapter.h"
#include "liqd/protocol/morpho_blue_math.h"

/* A node that lies: any logs of any topics, any answers to what is asked, prices, times and reorgs,
   as the bytes say. The laws: nothing dies; undoing gives back the bytes; every state is one that a
   snapshot may hold; what is not known has no verdict. */

#define MARKET_MAX 4u
#define BLK_MAX    4u

static const lq_adapter_t *const adapter = &lq_adapter_morpho_blue;
static const lq_address_t contract = {{0xbb}};

typedef struct world {
    const uint8_t *data;
    size_t sz;
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_instance_t *self;
    uint64_t number;
    uint64_t now_sec;
    uint64_t digests[BLK_MAX];
} world_t;

static uint8_t byte(world_t *w)
{
    if (w->sz == 0)
        return 0;
    w->sz--;
    return *w->data++;
}

/* A word: small, of any width, or full of ones. */
static void word(world_t *w, uint8_t out[32])
{
    uint8_t how = byte(w);
    memset(out, how & 0x80 ? 0xff : 0, 32);
    for (size_t k = 32 - (how & 0x1f); k < 32; k++)
        out[k] = byte(w);
}

static lq_abi_morpho_blue_market_params_t params_of(uint8_t which)
{
    lq_abi_morpho_blue_market_params_t p = {.lltv = lq_u256_from_u64(800000000000000000u)};
    p.loan_token.b[0] = 1;
    p.collateral_token.b[0] = 2;
    p.oracle.b[0] = (uint8_t)(which & 1);
    p.irm.b[0] = (uint8_t)((which >> 1) % 3);
    p.lltv.w[0] += which % 7u;
    return p;
}

static void params_words(uint8_t *out, const lq_abi_morpho_blue_market_params_t *p)
{
    memset(out, 0, 160);
    memcpy(out + 12, p->loan_token.b, 20);
    memcpy(out + 44, p->collateral_token.b, 20);
    memcpy(out + 76, p->oracle.b, 20);
    memcpy(out + 108, p->irm.b, 20);
    lq_u256_to_be(out + 128, &p->lltv);
}

static void give_log(world_t *w, bool discover)
{
    uint8_t data[160] = {0};
    size_t topic_cnt;
    const lq_hash_t *topics = adapter->topics(&topic_cnt);
    uint8_t which = byte(w);
    uint8_t market = byte(w);
    lq_abi_morpho_blue_market_params_t params = params_of(market);
    lq_evm_log_t log = {.address = contract, .data = data};
    size_t kind = which % topic_cnt;
    if (kind + 2 >= topic_cnt)
        log.address = params.irm;
    uint8_t shape = byte(w);
    log.topic_cnt = shape & 3u ? 4 - (shape >> 2 & 1u) - 2 * (shape >> 3 & 1u) : shape >> 4 & 3u;
    log.topics[0] = topics[kind];
    log.topics[1] = lq_morpho_market_id(&params);
    log.topics[2].b[31] = byte(w) & 3u;
    log.topics[3].b[31] = byte(w) & 3u;
    log.data_sz = 32 * (size_t)(byte(w) % 6u);
    if (kind == 0)
        params_words(data, &params);
    else
        for (size_t k = 0; k < log.data_sz; k += 32)
            word(w, data + k);
    if (discover) {
        lq_err_t err = adapter->discover(w->self, &log);
        LQ_ASSERT(err == LQ_OK || err == LQ_ERR_FULL);
    } else {
        (void)adapter->apply(w->self, &log, w->now_sec);
    }
}

static void give_answer(world_t *w)
{
    lq_read_call_t room[16];
    uint8_t input[4096];
    uint8_t answers[16][192];
    lq_read_result_t results[16];
    lq_calls_t calls = {.calls = room, .call_max = 16, .data = input, .data_max = sizeof(input)};
    lq_subject_t subject = {1 + byte(w) % 3u, byte(w) % 4u};
    lq_err_t err = adapter->reads(w->self, &calls, subject);
    LQ_ASSERT(err == LQ_OK || err == LQ_ERR_NOT_FOUND);
    uint8_t market = byte(w);
    for (size_t k = 0; k < calls.call_cnt; k++) {
        uint8_t how = byte(w);
        memset(answers[k], 0, sizeof(answers[k]));
        if (subject.kind == 2 && k == 1 && !(how & 2u)) {
            lq_abi_morpho_blue_market_params_t params = params_of(market);
            params_words(answers[k], &params);
        } else {
            for (size_t n = 0; n < 6; n++)
                word(w, answers[k] + 32 * n);
        }
        results[k] = (lq_read_result_t){!(how & 1u), answers[k], how & 4u ? 32 : 192};
        if (subject.kind == 2 && k == 1)
            results[k].data_sz = 160;
        else if (subject.kind == 1)
            results[k].data_sz = 96;
        else if (k >= 2)
            results[k].data_sz = 32;
    }
    size_t cnt = byte(w) ? calls.call_cnt : calls.call_cnt / 2;
    (void)adapter->answer(w->self, subject, results, cnt, w->now_sec);
}

static void check_health(const world_t *w, uint32_t account)
{
    lq_health_t h;
    lq_audit_t audit;
    lq_health_view_t view = {.now_sec = w->now_sec + 1000000};
    bool known = lq_ledger_account(w->ledger, account).state == LQ_ACCOUNT_KNOWN;
    adapter->health(w->self, &h, account, NULL);
    LQ_ASSERT(known || h.verdict == LQ_HEALTH_UNKNOWN);
    LQ_ASSERT(!h.blocked && h.threshold_bps < 10000);
    adapter->health(w->self, &h, account, &view);
    lq_err_t err = adapter->audit_expected(w->self, &audit, account, w->now_sec);
    LQ_ASSERT(err == LQ_OK || err == LQ_ERR_EMPTY);
}

static void check(world_t *w)
{
    size_t cnt = 0;
    size_t every_cnt = 0;
    LQ_ASSERT(adapter->oracle_cnt(w->self) <= MARKET_MAX);
    LQ_ASSERT(adapter->watch(w->self, NULL, 0) <= 1 + MARKET_MAX);
    for (lq_subject_t at = {0, 0}; adapter->next(w->self, &at); cnt++)
        LQ_ASSERT(at.kind == 2 && at.index < MARKET_MAX && cnt < MARKET_MAX);
    for (lq_subject_t at = {0, 0}; adapter->every_block(w->self, &at); every_cnt++)
        LQ_ASSERT(at.kind == 3 && at.index < MARKET_MAX && every_cnt < MARKET_MAX);
    for (uint32_t a = 0; a < lq_ledger_cnt(w->ledger); a++)
        check_health(w, a);
    if (w->sz % 8 == 0) /* it costs a keccak a market */
        LQ_ASSERT(adapter->restored(w->self) == LQ_OK);
    lq_ledger_settled(w->ledger);
}

static void step(world_t *w)
{
    uint8_t price[32];
    size_t depth = lq_undo_depth(w->undo);
    switch (byte(w) & 7u) {
    case 0:
    case 1:
    case 2:
        give_log(w, false);
        break;
    case 3:
    case 4:
        give_answer(w);
        break;
    case 5: {
        word(w, price);
        lq_u256_t v = lq_u256_from_be(price);
        adapter->set_price(w->self, byte(w) % 5u, byte(w) & 1u, &v);
        break;
    }
    case 6:
        w->now_sec += byte(w) * UINT64_C(1000);
        adapter->set_now(w->self, w->now_sec);
        give_log(w, true);
        break;
    default:
        if (depth < BLK_MAX && byte(w) & 1u) {
            w->digests[depth] = lq_undo_digest(w->undo);
            lq_undo_begin(w->undo, ++w->number);
        } else if (depth > 0) {
            LQ_ASSERT(lq_undo_back(w->undo, w->number--) == LQ_OK);
            LQ_ASSERT(lq_undo_digest(w->undo) == w->digests[depth - 1]);
        }
        break;
    }
    check(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    world_t w = {.data = data, .sz = sz, .now_sec = 1700000000};
    const lq_ledger_config_t ledger = {
        .account_max = 8, .leg_max = 32, .pool_max = 4, .factor_max = 8, .seed = 5};
    const lq_instance_config_t config = {
        .contract = contract, .version = LQ_ADAPTER_PROBE, .asset_max = MARKET_MAX, .seed = 7};
    const lq_undo_config_t undo = {.state_sz = lq_ledger_state_sz(&ledger) +
                                               adapter->state_sz(&config) + LQ_UNDO_LINE_SZ,
                                   .line_max = 4096,
                                   .blk_max = BLK_MAX};
    LQ_ASSERT(lq_arena_init(&w.arena, 4 << 20) == LQ_OK);
    LQ_ASSERT(lq_undo_new(&w.undo, &w.arena, &undo) == LQ_OK);
    LQ_ASSERT(lq_ledger_new(&w.ledger, &w.arena, w.undo, &ledger) == LQ_OK);
    LQ_ASSERT(adapter->make(&w.self, &w.arena, w.undo, w.ledger, &config) == LQ_OK);
    lq_ledger_settled(w.ledger);
    for (size_t n = 0; w.sz > 0 && n < 100; n++)
        step(&w);
    lq_arena_fini(&w.arena);
    return 0;
}
