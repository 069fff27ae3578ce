#include "liqd/codec/abi_erc20.h"
#include "liqd/decide/gain.h"

#include "lq_test.h"

static const lq_address_t nobody;
static const lq_address_t sender = {{0x01}};
static const lq_address_t executor = {{0x02}};
static const lq_address_t pool = {{0x03}};
static const lq_address_t weth = {{0x11}};
static const lq_address_t usdc = {{0x12}};
static const lq_address_t other = {{0x13}};

static lq_hash_t topic_of(const lq_address_t *a)
{
    lq_hash_t h = {{0}};
    memcpy(h.b + 12, a->b, sizeof(a->b));
    return h;
}

typedef struct moved {
    lq_evm_log_t log;
    uint8_t data[32];
} moved_t;

static const lq_evm_log_t *transfer(moved_t *m, lq_address_t token, lq_address_t from,
                                    lq_address_t to, const lq_u256_t *amount)
{
    memset(m, 0, sizeof(*m));
    for (size_t i = 0; i < 32; i++)
        m->data[31 - i] = (uint8_t)(amount->w[i / 8] >> 8 * (i % 8));
    m->log = (lq_evm_log_t){
        .address = token,
        .topic_cnt = 3,
        .topics = {lq_abi_erc20_transfer_event_topic, topic_of(&from), topic_of(&to)},
        .data = m->data,
        .data_sz = 32};
    return &m->log;
}

static const lq_address_t ours[] = {{{0x01}}, {{0x02}}, {{0}}};
static const lq_address_t tokens[] = {{{0x11}}, {{0x12}}};
static const lq_gain_of_t of = {ours, 3, tokens, 2};

static lq_err_t add(lq_gain_t gains[2], size_t *cnt, lq_address_t token, lq_address_t from,
                    lq_address_t to, uint64_t amount)
{
    moved_t m;
    lq_u256_t v = lq_u256_from_u64(amount);
    return lq_gain_add(gains, cnt, 2, &of, transfer(&m, token, from, to, &v));
}

static void assert_gain(const lq_gain_t *gain, const lq_address_t *token, int64_t amount)
{
    lq_i256_t want = lq_i256_from_i64(amount);
    assert_memory_equal(&gain->token, token, sizeof(*token));
    assert_true(lq_i256_eq(&gain->amount, &want));
}

static void what_comes_less_what_leaves_in_the_order_of_coming(void **state)
{
    (void)state;
    lq_gain_t gains[2];
    size_t cnt = 0;
    assert_ok(add(gains, &cnt, usdc, pool, executor, 100)); /* a loan */
    assert_ok(add(gains, &cnt, usdc, executor, pool, 100)); /* what is owed */
    assert_ok(add(gains, &cnt, weth, pool, executor, 7));
    assert_ok(add(gains, &cnt, usdc, executor, pool, 1)); /* what the loan costs */
    assert_ok(add(gains, &cnt, weth, executor, sender, 7));
    assert_int_equal(cnt, 2);
    assert_gain(&gains[0], &usdc, -1);
    assert_gain(&gains[1], &weth, 7);
}

static void what_is_not_ours_or_not_asked_for_counts_for_nothing(void **state)
{
    (void)state;
    lq_gain_t gains[2];
    size_t cnt = 0;
    moved_t m;
    lq_u256_t v = lq_u256_from_u64(5);
    assert_ok(add(gains, &cnt, other, pool, sender, 5)); /* a token that anybody can make */
    assert_ok(add(gains, &cnt, weth, nobody, pool, 5));
    assert_ok(add(gains, &cnt, weth, pool, nobody, 5));
    assert_ok(add(gains, &cnt, weth, sender, executor, 5));
    (void)transfer(&m, weth, pool, sender, &v);
    m.log.topics[0].b[31] ^= 1; /* another event */
    assert_ok(lq_gain_add(gains, &cnt, 2, &of, &m.log));
    (void)transfer(&m, weth, pool, sender, &v);
    m.log.topic_cnt = 0;
    assert_ok(lq_gain_add(gains, &cnt, 2, &of, &m.log));
    (void)transfer(&m, weth, pool, sender, &v);
    m.log.topic_cnt = 4; /* one of many tokens that are not alike */
    assert_ok(lq_gain_add(gains, &cnt, 2, &of, &m.log));
    (void)transfer(&m, weth, pool, sender, &v);
    m.log.data_sz = 31;
    assert_ok(lq_gain_add(gains, &cnt, 2, &of, &m.log));
    assert_int_equal(cnt, 0);
    assert_ok(add(gains, &cnt, weth, nobody, sender, 5)); /* made for us */
    assert_int_equal(cnt, 1);
    assert_gain(&gains[0], &weth, 5);
}

static void more_than_256_bits_is_refused(void **state)
{
    (void)state;
    lq_gain_t gains[2];
    size_t cnt = 0;
    moved_t m;
    lq_u256_t most = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1}};
    lq_u256_t more = {{0, 0, 0, UINT64_C(1) << 63}};
    assert_err(lq_gain_add(gains, &cnt, 2, &of, transfer(&m, weth, pool, sender, &more)),
               LQ_ERR_RANGE);
    assert_int_equal(cnt, 0);
    assert_ok(lq_gain_add(gains, &cnt, 2, &of, transfer(&m, weth, pool, sender, &most)));
    lq_gain_t before = gains[0];
    assert_err(add(gains, &cnt, weth, pool, sender, 1), LQ_ERR_RANGE);
    assert_memory_equal(&before, &gains[0], sizeof(before));
    assert_err(lq_gain_add(gains, &cnt, 1, &of, transfer(&m, usdc, pool, sender, &most)),
               LQ_ERR_FULL);
    assert_int_equal(cnt, 1);
}

static void what_comes_rounds_down_and_what_leaves_up(void **state)
{
    (void)state;
    lq_quote_t quote = {.price_wad = {{15}}, .decimals = 1}; /* 1.5 a unit */
    lq_gain_t gain = {.token = weth, .amount = lq_i256_from_i64(3)};
    lq_i256_t usd;
    lq_i256_t want = lq_i256_from_i64(4);
    assert_ok(lq_gain_worth(&usd, &gain, &quote));
    assert_true(lq_i256_eq(&usd, &want));
    gain.amount = lq_i256_from_i64(-3);
    want = lq_i256_from_i64(-5);
    assert_ok(lq_gain_worth(&usd, &gain, &quote));
    assert_true(lq_i256_eq(&usd, &want));
    gain.amount.bits = (lq_u256_t){{0, 0, 0, UINT64_C(1) << 63}}; /* the least there is */
    assert_err(lq_gain_worth(&usd, &gain, &quote), LQ_ERR_RANGE);
    assert_true(lq_i256_eq(&usd, &want));
    quote.decimals = 78;
    gain.amount = lq_i256_from_i64(1);
    assert_err(lq_gain_worth(&usd, &gain, &quote), LQ_ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_less_what_leaves_in_the_order_of_coming),
        cmocka_unit_test(what_is_not_ours_or_not_asked_for_counts_for_nothing),
        cmocka_unit_test(more_than_256_bits_is_refused),
        cmocka_unit_test(what_comes_rounds_down_and_what_leaves_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
