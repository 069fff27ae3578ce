#include "fuzz.h"

#include <string.h>

#include "liqd/num/decimal.h"

/* A parser either succeeds and its number prints to a text that parses to the same number and is no
   longer than it must be, or it fails, says why in one line and leaves the output alone. */

static const lq_u256_t untouched = {{1, 2, 3, 4}};

static void check_failure(const lq_u256_t *out, const lq_err_msg_t *msg, lq_err_t err)
{
    LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_RANGE);
    LQ_ASSERT(lq_u256_eq(out, &untouched));
    LQ_ASSERT(msg->text[0] != '\0' && !strpbrk(msg->text, "\r\n\t\033"));
}

static void number(const char *text, size_t sz, unsigned decimals)
{
    lq_u256_t out = untouched;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_decimal_parse(&out, &msg, text, sz, decimals);
    if (err) {
        check_failure(&out, &msg, err);
        return;
    }
    char again[LQ_DECIMAL_SZ];
    lq_u256_t back;
    LQ_ASSERT(lq_decimal_print(again, sizeof(again), &out, decimals) == LQ_OK);
    LQ_ASSERT(strlen(again) <= sz);
    LQ_ASSERT(lq_decimal_parse(&back, NULL, again, strlen(again), decimals) == LQ_OK);
    LQ_ASSERT(lq_u256_eq(&back, &out));
}

static void wei(const char *text, size_t sz)
{
    lq_wei_t out = {untouched};
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_wei_parse(&out, &msg, text, sz);
    if (err) {
        check_failure(&out.raw, &msg, err);
        return;
    }
    for (int unit = LQ_WEI_UNIT_WEI; unit <= LQ_WEI_UNIT_ETH; unit++) {
        char again[LQ_WEI_TEXT_SZ];
        lq_wei_t back;
        LQ_ASSERT(lq_wei_print(again, sizeof(again), &out, (lq_wei_unit_t)unit) == LQ_OK);
        LQ_ASSERT(lq_wei_parse(&back, NULL, again, strlen(again)) == LQ_OK);
        LQ_ASSERT(lq_wei_cmp(&back, &out) == 0);
    }
}

static void token(const char *text, size_t sz, unsigned decimals)
{
    lq_token_amount_t out = {untouched};
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_token_amount_parse(&out, &msg, text, sz, "USDC", decimals);
    if (err) {
        check_failure(&out.raw, &msg, err);
        return;
    }
    char again[LQ_DECIMAL_SZ + sizeof("USDC")];
    lq_token_amount_t back;
    LQ_ASSERT(lq_token_amount_print(again, sizeof(again), &out, "USDC", decimals) == LQ_OK);
    LQ_ASSERT(lq_token_amount_parse(&back, NULL, again, strlen(again), "USDC", decimals) == LQ_OK);
    LQ_ASSERT(lq_token_amount_cmp(&back, &out) == 0);
}

/* The first byte chooses the decimals, one beyond the limit included. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (sz == 0)
        return 0;
    unsigned decimals = data[0] % (LQ_DECIMALS_MAX + 2);
    const char *text = (const char *)data + 1;
    number(text, sz - 1, decimals);
    wei(text, sz - 1);
    token(text, sz - 1, decimals);
    return 0;
}
