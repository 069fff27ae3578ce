#include "liqd/chain/fees.h"

#include <gmp.h>
#include <inttypes.h>

#include "lq_test.h"

#define VECTORS LIQD_SOURCE_DIR "/tests/vectors/chain"

static const lq_base_fee_rule_t ethereum = {2, 8};
static const lq_base_fee_rule_t optimism = {6, 250};

static lq_header_t header_of(uint64_t base_fee, uint64_t gas_limit, uint64_t gas_used)
{
    return (lq_header_t){
        .gas_limit = gas_limit, .gas_used = gas_used, .base_fee_wei = {lq_u256_from_u64(base_fee)}};
}

static void expect_next(const lq_base_fee_rule_t *rule, uint64_t base_fee, uint64_t gas_limit,
                        uint64_t gas_used, uint64_t want)
{
    lq_header_t h = header_of(base_fee, gas_limit, gas_used);
    lq_wei_t next = {{{0}}};
    assert_ok(lq_base_fee_next(&next, &h, rule));
    uint64_t n = 0;
    assert_ok(lq_u256_to_u64(&n, &next.raw));
    assert_int_equal(n, want);
}

/* geth consensus/misc/eip1559/eip1559_test.go, TestCalcBaseFee; London's first blocks on mainnet.
 */
static void follows_the_reference_cases(void **state)
{
    (void)state;
    expect_next(&ethereum, 1000000000, 20000000, 10000000, 1000000000);
    expect_next(&ethereum, 1000000000, 20000000, 9000000, 987500000);
    expect_next(&ethereum, 1000000000, 20000000, 11000000, 1012500000);
    expect_next(&ethereum, 1000000000, 30029122, 30025257, 1124967822);
}

static void moves_by_an_eighth_at_most(void **state)
{
    (void)state;
    expect_next(&ethereum, 1000000000, 30000000, 30000000, 1125000000);
    expect_next(&ethereum, 1000000000, 30000000, 0, 875000000);
    expect_next(&ethereum, 1000000001, 30000001, 30000001, 1125000009); /* an odd limit: beyond */
}

static void rises_by_one_at_least_and_falls_by_nothing(void **state)
{
    (void)state;
    expect_next(&ethereum, 7, 30000000, 15000001, 8);
    expect_next(&ethereum, 0, 30000000, 15000001, 1);
    expect_next(&ethereum, 7, 30000000, 30000000, 8);
    expect_next(&ethereum, 7, 30000000, 15000000, 7);
    expect_next(&ethereum, 7, 30000000, 0, 7);
    expect_next(&ethereum, 8, 30000000, 0, 7);
    expect_next(&ethereum, 0, 30000000, 0, 0);
}

static void takes_the_numbers_of_op_chains(void **state)
{
    (void)state;
    /* a target of a sixth of the gas limit; a change of 5/250 up and 1/250 down at most */
    expect_next(&optimism, 1000000000, 60000000, 10000000, 1000000000);
    expect_next(&optimism, 1000000000, 60000000, 60000000, 1020000000);
    expect_next(&optimism, 1000000000, 60000000, 0, 996000000);
}

static void keeps_the_fee_where_no_formula_is_known(void **state)
{
    (void)state;
    static const lq_base_fee_rule_t arbitrum = {0, 0};
    expect_next(&arbitrum, 10000000, 1125899906842624, 5000000, 10000000);
    expect_next(&arbitrum, 10000000, 0, 5000000, 10000000);
}

static void refuses_numbers_that_cannot_be(void **state)
{
    (void)state;
    lq_wei_t next = {lq_u256_from_u64(5)};
    lq_header_t h = header_of(1, 1, 1);
    assert_err(lq_base_fee_next(&next, &h, &ethereum), LQ_ERR_RANGE);
    h = header_of(1, 2, 2);
    assert_ok(lq_base_fee_next(&next, &h, &ethereum));
    next.raw.w[0] = 5;
    h = header_of(1, 2, 3);
    assert_err(lq_base_fee_next(&next, &h, &ethereum), LQ_ERR_RANGE);
    h = header_of(1, 30000000, 1);
    assert_err(lq_base_fee_next(&next, &h, &(lq_base_fee_rule_t){2, 0}), LQ_ERR_RANGE);
    assert_err(lq_base_fee_next(&next, &h, &(lq_base_fee_rule_t){0, 8}), LQ_ERR_RANGE);
    h = header_of(0, 30000000, 30000000);
    memset(&h.base_fee_wei, 0xff, sizeof(h.base_fee_wei));
    assert_err(lq_base_fee_next(&next, &h, &ethereum), LQ_ERR_RANGE);
    assert_int_equal(next.raw.w[0], 5);
    h.gas_used = 15000000; /* on target it may stay where it is */
    assert_ok(lq_base_fee_next(&next, &h, &ethereum));
    assert_int_equal(next.raw.w[3], UINT64_MAX);
}

static uint64_t random_number(lq_rng_t *rng)
{
    return lq_rng_u64(rng) >> lq_rng_below(rng, 64);
}

static void to_mpz(mpz_t z, const lq_u256_t *a)
{
    mpz_import(z, 4, -1, sizeof(uint64_t), 0, 0, a->w);
}

/* EIP-1559's text in Python, word for word. */
static void next_by_gmp(mpz_t out, const mpz_t base, uint64_t gas_limit, uint64_t gas_used,
                        const lq_base_fee_rule_t *rule)
{
    mpz_t delta;
    mpz_init(delta);
    uint64_t target = gas_limit / rule->elasticity;
    bool rises = gas_used > target;
    mpz_mul_ui(delta, base, rises ? gas_used - target : target - gas_used);
    mpz_fdiv_q_ui(delta, delta, target);
    mpz_fdiv_q_ui(delta, delta, rule->change_denominator);
    if (rises && mpz_cmp_ui(delta, 1) < 0)
        mpz_set_ui(delta, 1);
    if (rises)
        mpz_add(out, base, delta);
    else
        mpz_sub(out, base, delta);
    mpz_clear(delta);
}

static void agrees_with_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    mpz_t base;
    mpz_t want;
    mpz_t got;
    mpz_inits(base, want, got, NULL);
    for (size_t i = lq_test_cnt(200000, 20000000); i--;) {
        lq_base_fee_rule_t rule = lq_rng_below(&rng, 2) ? ethereum : optimism;
        if (lq_rng_below(&rng, 4) == 0)
            rule = (lq_base_fee_rule_t){1 + random_number(&rng) / 2, 1 + random_number(&rng) / 2};
        lq_header_t h;
        memset(&h, 0, sizeof(h));
        h.gas_limit = random_number(&rng);
        if (h.gas_limit < rule.elasticity)
            continue;
        uint64_t target = h.gas_limit / rule.elasticity;
        h.gas_used = target - 1 + lq_rng_below(&rng, 3);
        if (h.gas_used > h.gas_limit || lq_rng_below(&rng, 2))
            h.gas_used =
                h.gas_limit == UINT64_MAX ? lq_rng_u64(&rng) : lq_rng_below(&rng, h.gas_limit + 1);
        lq_rng_bytes(&rng, &h.base_fee_wei, sizeof(h.base_fee_wei));
        h.base_fee_wei.raw = lq_u256_shr(&h.base_fee_wei.raw, (unsigned)lq_rng_below(&rng, 256));
        to_mpz(base, &h.base_fee_wei.raw);
        next_by_gmp(want, base, h.gas_limit, h.gas_used, &rule);
        lq_wei_t next;
        lq_err_t err = lq_base_fee_next(&next, &h, &rule);
        assert_err(err, mpz_sizeinbase(want, 2) > 256 ? LQ_ERR_RANGE : LQ_OK);
        if (err)
            continue;
        to_mpz(got, &next.raw);
        assert_int_equal(mpz_cmp(got, want), 0);
    }
    mpz_clears(base, want, got, NULL);
}

/* ---- fee history */

static lq_err_t decode(lq_fee_history_t *out, lq_err_msg_t *msg, const char *text,
                       size_t percentile_cnt)
{
    static lq_json_tok_t tok[65536];
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 64};
    lq_json_t doc;
    if (lq_json_parse(&doc, tok, LQ_ARRAY_CNT(tok), NULL, text, strlen(text), &limits))
        fail_msg("no JSON: %s", text);
    return lq_fee_history_decode(&doc, out, msg, lq_json_root(&doc), percentile_cnt);
}

static void decode_vector(lq_fee_history_t *out, const char *name, size_t percentile_cnt)
{
    char path[512];
    (void)snprintf(path, sizeof(path), VECTORS "/%s", name);
    char *text = lq_test_read(path, NULL);
    assert_ok(decode(out, NULL, text, percentile_cnt));
    free(text);
}

static uint64_t low(const lq_wei_t *wei)
{
    uint64_t n = 0;
    assert_ok(lq_u256_to_u64(&n, &wei->raw));
    return n;
}

static void takes_what_geth_and_reth_send(void **state)
{
    (void)state;
    lq_fee_history_t h;
    decode_vector(&h, "fees_geth.json", 2);
    assert_int_equal(h.oldest_blk, 0x15aa1f0);
    assert_int_equal(h.block_cnt, 3);
    assert_int_equal(h.percentile_cnt, 2);
    assert_int_equal(low(&h.base_fee_wei[0]), 0x1dcd6500);
    assert_int_equal(low(&h.base_fee_wei[3]), 0x1839c6d1);
    assert_int_equal(h.gas_used_ppm[0], 493967);
    assert_int_equal(h.gas_used_ppm[1], 270000);
    assert_int_equal(h.gas_used_ppm[2], 0);
    assert_int_equal(low(&h.reward_wei[0][1]), 0x3b9aca00);
    assert_int_equal(low(&h.reward_wei[1][0]), 1);
    decode_vector(&h, "fees_geth_no_reward.json", 0);
    assert_int_equal(h.block_cnt, 1);
    assert_int_equal(h.gas_used_ppm[0], 0); /* 1e-7 */
    decode_vector(&h, "fees_reth.json", 2);
    assert_int_equal(h.gas_used_ppm[0], 999999);
}

/* The chain that anvil made: the base fees that it names are those that we compute, but for the
   first block's, which it keeps. */
static void takes_what_anvil_sends_and_computes_the_same(void **state)
{
    (void)state;
    static const uint64_t gas_used[] = {0, 0x119c6, 0x5bc7, 0x6c93, 0x5bc7, 0xb3b0};
    lq_fee_history_t h;
    decode_vector(&h, "fees_anvil_no_reward.json", 0);
    assert_int_equal(h.block_cnt, 2);
    decode_vector(&h, "fees_anvil.json", 3);
    assert_int_equal(h.block_cnt, 6);
    assert_int_equal(low(&h.reward_wei[4][2]), 1);
    for (size_t i = 1; i < h.block_cnt; i++) {
        assert_int_equal(h.gas_used_ppm[i], gas_used[i] * 1000000 / 30000000);
        expect_next(&ethereum, low(&h.base_fee_wei[i]), 30000000, gas_used[i],
                    low(&h.base_fee_wei[i + 1]));
    }
}

static void refuses_lists_that_do_not_fit_together(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t percentile_cnt;
        lq_err_t err;
    } cases[] = {
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\"],\"gasUsedRatio\":[]}", 0, LQ_OK},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[],\"gasUsedRatio\":[]}", 0, LQ_ERR_RANGE},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[]}", 0,
         LQ_ERR_RANGE},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\"],\"gasUsedRatio\":[0]}", 0,
         LQ_ERR_RANGE},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[0]}", 1,
         LQ_ERR_NOT_FOUND},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[0],"
         "\"reward\":[]}",
         1, LQ_ERR_RANGE},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[0],"
         "\"reward\":[[]]}",
         1, LQ_ERR_RANGE},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[0],"
         "\"reward\":[[\"0x1\",\"0x2\"]]}",
         1, LQ_ERR_RANGE},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[0],"
         "\"reward\":[[\"0x1\"],[\"0x1\"]]}",
         1, LQ_ERR_RANGE},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[0],"
         "\"reward\":[null]}",
         1, LQ_ERR_NOT_FOUND},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[0],"
         "\"reward\":[[\"0x01\"]]}",
         1, LQ_ERR_SYNTAX},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[null]}", 0,
         LQ_ERR_NOT_FOUND},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[\"0\"]}",
         0, LQ_ERR_SYNTAX},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",null],\"gasUsedRatio\":[0]}", 0,
         LQ_ERR_NOT_FOUND},
        {"{\"oldestBlock\":\"0x0\",\"gasUsedRatio\":null}", 0, LQ_ERR_NOT_FOUND},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\"],\"gasUsedRatio\":null}", 0,
         LQ_ERR_NOT_FOUND},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":{},\"gasUsedRatio\":[]}", 0, LQ_ERR_SYNTAX},
        {"{\"oldestBlock\":1,\"baseFeePerGas\":[\"0x1\"],\"gasUsedRatio\":[]}", 0, LQ_ERR_SYNTAX},
        {"{\"baseFeePerGas\":[\"0x1\"],\"gasUsedRatio\":[]}", 0, LQ_ERR_NOT_FOUND},
        {"{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\"],\"gasUsedRatio\":[],"
         "\"gasUsedRatio\":[]}",
         0, LQ_ERR_EXISTS},
        {"[]", 0, LQ_ERR_SYNTAX},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        static lq_fee_history_t h;
        static lq_fee_history_t before;
        memset(&h, 0xa5, sizeof(h));
        before = h;
        lq_err_msg_t msg = {""};
        lq_err_t err = decode(&h, &msg, cases[i].text, cases[i].percentile_cnt);
        if (err != cases[i].err)
            fail_msg("%s: %s: %s", cases[i].text, lq_err_name(err), msg.text);
        assert_int_equal(msg.text[0] != '\0', err != LQ_OK);
        if (err)
            assert_memory_equal(&h, &before, sizeof(h));
    }
}

/* An answer of BLOCKS blocks of one ratio each, with rewards for CNT percentiles. */
static void write_history(char *out, size_t out_sz, size_t blocks, const char *ratio, size_t cnt)
{
    size_t at = 0;
#define PUT(...) at += (size_t)snprintf(out + at, out_sz - at, __VA_ARGS__)
    PUT("{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\"");
    for (size_t i = 0; i < blocks; i++)
        PUT(",\"0x1\"");
    PUT("],\"gasUsedRatio\":[");
    for (size_t i = 0; i < blocks; i++)
        PUT("%s%s", i ? "," : "", ratio);
    PUT("],\"reward\":[");
    for (size_t i = 0; i < blocks; i++) {
        PUT("%s[", i ? "," : "");
        for (size_t k = 0; k < cnt; k++)
            PUT("%s\"0x%zx\"", k ? "," : "", 8 * i + k);
        PUT("]");
    }
    PUT("]}");
#undef PUT
    assert_true(at < out_sz);
}

static void bounds_the_number_of_blocks(void **state)
{
    (void)state;
    static char text[65536];
    static lq_fee_history_t h;
    write_history(text, sizeof(text), LQ_FEE_BLOCKS_MAX, "1", LQ_FEE_PERCENTILE_MAX);
    assert_ok(decode(&h, NULL, text, LQ_FEE_PERCENTILE_MAX));
    assert_int_equal(h.block_cnt, LQ_FEE_BLOCKS_MAX);
    assert_int_equal(low(&h.reward_wei[127][7]), 1023);
    write_history(text, sizeof(text), LQ_FEE_BLOCKS_MAX + 1, "1", 1);
    assert_err(decode(&h, NULL, text, 1), LQ_ERR_RANGE);
    write_history(text, sizeof(text), 1, "1", LQ_FEE_PERCENTILE_MAX + 1);
    assert_err(decode(&h, NULL, text, LQ_FEE_PERCENTILE_MAX), LQ_ERR_RANGE);
}

static lq_err_t ratio(uint32_t *ppm, const char *number)
{
    static char text[4096];
    static lq_fee_history_t h;
    write_history(text, sizeof(text), 1, number, 0);
    lq_err_t err = decode(&h, NULL, text, 0);
    *ppm = h.gas_used_ppm[0];
    return err;
}

static void reads_ratios_without_rounding_up(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        uint32_t ppm;
    } cases[] = {
        {"0", 0},
        {"0.0", 0},
        {"-0", 0},
        {"-0.000e5", 0},
        {"1", 1000000},
        {"1.0", 1000000},
        {"0.4939", 493900},
        {"1e-7", 0},
        {"9.99e-7", 0},
        {"1e-6", 1},
        {"1E-06", 1},
        {"10e-7", 1},
        {"0.0000019999", 1},
        {"0.9999999", 999999},
        {"100e-2", 1000000},
        {"0.00001e+5", 1000000},
        {"0e999999999999999999999", 0},
        {"1e-999999999999999999999", 0},
        {"0.16666666666666666", 166666},
        {"0.000000000000000000000000000000123456789e30", 123456},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        uint32_t ppm;
        assert_ok(ratio(&ppm, cases[i].number));
        if (ppm != cases[i].ppm)
            fail_msg("%s: %" PRIu32, cases[i].number, ppm);
    }
}

static void refuses_ratios_that_are_none(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "-1e-9", "-1", "1.000001", "2", "1e1", "1e999999999999", "10000000000000000000000"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        uint32_t ppm;
        assert_err(ratio(&ppm, cases[i]), LQ_ERR_RANGE);
    }
}

/* floor(DIGITS 10^(6 - SCALE)) by GMP. */
static uint64_t ppm_by_gmp(const char *digits, long scale)
{
    mpz_t n;
    mpz_t power;
    mpz_init_set_str(n, digits, 10);
    mpz_init(power);
    long shift = 6 - scale;
    mpz_ui_pow_ui(power, 10, (unsigned long)(shift < 0 ? -shift : shift));
    if (shift < 0)
        mpz_fdiv_q(n, n, power);
    else
        mpz_mul(n, n, power);
    uint64_t out = mpz_cmp_ui(n, 1000000) > 0 ? UINT64_MAX : mpz_get_ui(n);
    mpz_clears(n, power, NULL);
    return out;
}

static void reads_random_ratios_as_gmp_does(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t accepted = 0;
    size_t cnt = lq_test_cnt(20000, 2000000);
    for (size_t i = 0; i < cnt; i++) {
        char whole[32] = "0";
        char part[64] = "";
        if (lq_rng_below(&rng, 2))
            (void)snprintf(whole, sizeof(whole), "%" PRIu64, 1 + random_number(&rng) / 2);
        size_t part_sz = lq_rng_below(&rng, 40);
        size_t zeros = part_sz ? lq_rng_below(&rng, part_sz) : 0;
        for (size_t k = 0; k < part_sz; k++)
            part[k] = (char)('0' + (k < zeros ? 0 : lq_rng_below(&rng, 10)));
        long exponent = (long)lq_rng_below(&rng, 60) - 30;
        bool plain = lq_rng_below(&rng, 2);
        char number[160];
        char digits[100];
        (void)snprintf(digits, sizeof(digits), "%s%s", whole, part);
        if (plain)
            (void)snprintf(number, sizeof(number), "%s%s%s", whole, part_sz ? "." : "", part);
        else
            (void)snprintf(number, sizeof(number), "%s%s%s%c%s%ld", whole, part_sz ? "." : "", part,
                           lq_rng_below(&rng, 2) ? 'e' : 'E',
                           exponent >= 0 && lq_rng_below(&rng, 2) ? "+" : "", exponent);
        uint64_t want = ppm_by_gmp(digits, (long)part_sz - (plain ? 0 : exponent));
        uint32_t ppm;
        lq_err_t err = ratio(&ppm, number);
        if (err != (want == UINT64_MAX ? LQ_ERR_RANGE : LQ_OK) || (!err && ppm != want))
            fail_msg("%s: %s, %" PRIu32 " instead of %" PRIu64, number, lq_err_name(err), ppm,
                     want);
        accepted += !err;
    }
    assert_true(accepted > cnt / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_reference_cases),
        cmocka_unit_test(moves_by_an_eighth_at_most),
        cmocka_unit_test(rises_by_one_at_least_and_falls_by_nothing),
        cmocka_unit_test(takes_the_numbers_of_op_chains),
        cmocka_unit_test(keeps_the_fee_where_no_formula_is_known),
        cmocka_unit_test(refuses_numbers_that_cannot_be),
        cmocka_unit_test(agrees_with_gmp),
        cmocka_unit_test(takes_what_geth_and_reth_send),
        cmocka_unit_test(takes_what_anvil_sends_and_computes_the_same),
        cmocka_unit_test(refuses_lists_that_do_not_fit_together),
        cmocka_unit_test(bounds_the_number_of_blocks),
        cmocka_unit_test(reads_ratios_without_rounding_up),
        cmocka_unit_test(refuses_ratios_that_are_none),
        cmocka_unit_test(reads_random_ratios_as_gmp_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
