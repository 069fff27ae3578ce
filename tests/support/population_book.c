#include "population_internal.h"

#include "answer_log.h"
#include "lq_test.h"

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_price_adapter.h"
#include "liqd/codec/calls.h"

#define SEL(name) LQ_ABI_PRICE_ADAPTER_##name##_SELECTOR

/* First bytes of addresses; the second is the feed's or reserve's number plus 1. */
enum {
    AT_ADAPTER = 0xaa,
    AT_AGGREGATOR = 0xfa,
    AT_PROXY = 0xfe,
};

static lq_address_t address_of(uint8_t kind, size_t i)
{
    return (lq_address_t){{kind, (uint8_t)(i + 1)}};
}

lq_address_t population_source(size_t asset)
{
    const reserve_kind_t *kind = &population_reserves[asset];
    if (kind->ratio == POPULATION_FEED_CNT && !kind->is_capped)
        return address_of(AT_PROXY, kind->feed);
    return address_of(AT_ADAPTER, asset);
}

/* ---- what the contracts answer ---- */

typedef struct answer {
    uint8_t data[160];
    size_t sz; /* 0: reverts */
} answer_t;

static void put(answer_t *a, lq_u256_t word)
{
    lq_u256_to_be(a->data + a->sz, &word);
    a->sz += 32;
}

static void put_u64(answer_t *a, uint64_t v)
{
    put(a, lq_u256_from_u64(v));
}

static void put_address(answer_t *a, lq_address_t v)
{
    memcpy(a->data + a->sz + 12, v.b, sizeof(v.b));
    a->sz += 32;
}

static void ask_proxy(const population_t *p, answer_t *a, population_feed_t feed, uint32_t selector)
{
    lq_u256_t now = lq_u256_from_u64(POPULATION_NOW_SEC);
    lq_u256_t round = {{p->rounds[feed], 1, 0, 0}}; /* of phase 1 */
    if (selector == LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR) {
        put_address(a, address_of(AT_AGGREGATOR, feed));
    } else if (selector == LQ_ABI_CHAINLINK_DECIMALS_SELECTOR) {
        put_u64(a, 8);
    } else if (selector == SEL(LATEST_ANSWER)) {
        put(a, p->feeds[feed].answer.bits);
    } else if (selector == LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR) {
        const lq_u256_t words[5] = {round, p->feeds[feed].answer.bits, now, now, round};
        for (size_t i = 0; i < 5; i++)
            put(a, words[i]);
    }
}

static void ask_ratio(const population_t *p, answer_t *a, size_t asset, uint32_t selector)
{
    const lq_price_t *price = &p->prices[asset];
    const lq_price_ratio_cap_t *cap = &price->nodes[price->node_cnt - 1].u.cap_ratio.cap;
    const reserve_kind_t *kind = &population_reserves[asset];
    if (selector == SEL(BASE_TO_USD_AGGREGATOR))
        put_address(a, address_of(AT_PROXY, kind->feed));
    else if (selector == SEL(RATIO_DECIMALS))
        put_u64(a, cap->ratio_decimals);
    else if (selector == SEL(GET_RATIO))
        put(a, p->feeds[kind->ratio].answer.bits);
    else if (selector == SEL(GET_SNAPSHOT_RATIO))
        put_u64(a, (uint64_t)cap->snapshot_ratio);
    else if (selector == SEL(GET_SNAPSHOT_TIMESTAMP))
        put_u64(a, cap->snapshot_sec);
    else if (selector == SEL(GET_MAX_RATIO_GROWTH_PER_SECOND_SCALED))
        put_u64(a, (uint64_t)cap->max_growth_per_second_scaled);
}

static void ask_stable(const population_t *p, answer_t *a, size_t asset, uint32_t selector)
{
    const lq_price_t *price = &p->prices[asset];
    if (selector == SEL(ASSET_TO_USD_AGGREGATOR))
        put_address(a, address_of(AT_PROXY, population_reserves[asset].feed));
    else if (selector == SEL(GET_PRICE_CAP))
        put(a, price->nodes[price->node_cnt - 1].u.cap_stable.cap.bits);
}

static void ask_adapter(const population_t *p, answer_t *a, size_t asset, uint32_t selector)
{
    lq_price_view_t view = {
        .feeds = p->feeds, .feed_cnt = POPULATION_FEED_CNT, .now_sec = POPULATION_NOW_SEC};
    lq_u256_t value;
    if (selector == LQ_ABI_CHAINLINK_DECIMALS_SELECTOR)
        put_u64(a, 8);
    else if (selector == SEL(LATEST_ANSWER) &&
             lq_price_eval(&value, &p->prices[asset], &view) == LQ_PRICE_OK)
        put(a, value);
    else if (population_reserves[asset].ratio != POPULATION_FEED_CNT)
        ask_ratio(p, a, asset, selector);
    else
        ask_stable(p, a, asset, selector);
}

static answer_t ask(const population_t *p, const lq_read_call_t *call)
{
    answer_t a = {.sz = 0};
    uint32_t selector = (uint32_t)call->input[0] << 24 | (uint32_t)call->input[1] << 16 |
                        (uint32_t)call->input[2] << 8 | call->input[3];
    size_t number = call->to.b[1] - 1u;
    if (call->to.b[0] == AT_PROXY)
        ask_proxy(p, &a, (population_feed_t)number, selector);
    else if (call->to.b[0] == AT_ADAPTER)
        ask_adapter(p, &a, number, selector);
    return a;
}

/* ---- reading them ---- */

enum {
    CALL_MAX = 64,
};

static void read_subject(population_t *p, lq_subject_t subject)
{
    lq_read_call_t call[CALL_MAX];
    uint8_t data[4096];
    answer_t answer[CALL_MAX];
    lq_read_result_t result[CALL_MAX];
    lq_calls_t calls = {
        .calls = call, .call_max = CALL_MAX, .data = data, .data_max = sizeof(data)};
    assert_ok(lq_oracles_reads(p->oracles, &calls, subject));
    for (size_t i = 0; i < calls.call_cnt; i++) {
        answer[i] = ask(p, &call[i]);
        result[i] = (lq_read_result_t){answer[i].sz > 0, answer[i].data, answer[i].sz};
    }
    assert_true(lq_oracles_answer(p->oracles, subject, result, calls.call_cnt,
                                  POPULATION_NOW_SEC) != LQ_ORACLES_FAULT);
}

static void read_all(population_t *p)
{
    lq_subject_t subject = {0};
    for (size_t pass = 0; pass < 20 && lq_oracles_next(p->oracles, &subject); pass++) {
        do
            read_subject(p, subject);
        while (lq_oracles_next(p->oracles, &subject));
        subject = (lq_subject_t){0};
    }
    for (uint32_t i = 0; i < lq_oracles_cnt(p->oracles); i++) {
        lq_oracle_t oracle = lq_oracles_get(p->oracles, i);
        assert_false(oracle.needs_read);
        assert_int_not_equal(oracle.shape, LQ_ORACLE_OPAQUE);
        assert_int_equal(oracle.verdict, LQ_PRICE_OK);
    }
}

uint32_t population_feed(const population_t *p, population_feed_t feed)
{
    lq_address_t source = address_of(AT_PROXY, feed);
    if (feed >= FEED_WSTETH) {
        size_t asset = 0;
        while (population_reserves[asset].ratio != feed)
            asset++;
        source = address_of(AT_ADAPTER, asset);
    }
    uint32_t number = 0;
    assert_ok(lq_oracles_find_feed(p->oracles, &number, &source));
    return number;
}

static void log_answer(population_t *p, population_feed_t feed)
{
    uint8_t data[32];
    lq_evm_log_t log =
        answer_log(data, address_of(AT_AGGREGATOR, feed), &p->feeds[feed].answer.bits,
                   ++p->rounds[feed], POPULATION_NOW_SEC);
    assert_int_equal(lq_oracles_apply(p->oracles, NULL, &log, POPULATION_NOW_SEC), LQ_FEED_OK);
}

void population_tell_oracles(population_t *p, population_feed_t feed)
{
    if (feed < FEED_WSTETH) {
        log_answer(p, feed);
        return;
    }
    lq_subject_t subject = {0};
    while (lq_oracles_every_block(p->oracles, &subject))
        read_subject(p, subject);
}

void population_make_book(population_t *p, const lq_book_config_t *config, lq_book_fn_t *fn,
                          void *ctx)
{
    static const lq_adapter_t *const adapters[] = {&population_adapter};
    const lq_book_ground_t ground = {.ledger = p->ledger,
                                     .oracles = p->oracles,
                                     .adapters = adapters,
                                     .instances = &p->instance,
                                     .instance_cnt = 1};
    assert_ok(lq_book_new(&p->book, &p->arena, p->undo, config, &ground, fn, ctx));
    population_begin_book(p);
}

void population_begin_book(population_t *p)
{
    for (size_t i = 0; i < POPULATION_FEED_CNT; i++)
        p->rounds[i] = 10;
    assert_ok(lq_book_bind(p->book));
    read_all(p);
    lq_book_set_now(p->book, POPULATION_NOW_SEC);
    lq_book_settle(p->book);
    lq_book_rebuild(p->book);
}
