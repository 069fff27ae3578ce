#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/app/shock.h"
#include "liqd/base/text.h"

static void check_refusal(lq_err_t err, const lq_err_msg_t *msg)
{
    LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_RANGE || err == LQ_ERR_FULL);
    LQ_ASSERT(msg->text[0] && lq_text_is_plain(msg->text, strlen(msg->text)));
}

static void check_assets(const lq_shock_assets_t *assets)
{
    LQ_ASSERT(assets->name_cnt >= 1 && assets->name_cnt <= LQ_SHOCK_NAME_MAX);
    for (size_t i = 0; i < assets->name_cnt; i++)
        LQ_ASSERT(assets->names[i][0] && strlen(assets->names[i]) < LQ_SHOCK_NAME_SZ);
}

static void check_change(int32_t change)
{
    char number[LQ_SHOCK_TEXT_SZ];
    char text[LQ_SHOCK_TEXT_SZ + 4];
    lq_shock_t again;
    LQ_ASSERT(change >= LQ_SHOCK_CHANGE_MIN && change <= LQ_SHOCK_CHANGE_MAX);
    (void)snprintf(text, sizeof(text), "A=%s%%", lq_shock_print(number, change));
    LQ_ASSERT(lq_shock_parse(&again, NULL, text) == LQ_OK && again.change == change);
}

/* The laws: what is taken is within its bounds, a change that is printed is read as the same, no
   point of a range lies beyond its end, and a refusal says something that a terminal may have. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    char *text = malloc(sz + 1);
    lq_err_msg_t msg = {""};
    lq_shock_t shock;
    lq_shock_range_t range;
    lq_shock_gas_t gas;
    LQ_ASSERT(text);
    memcpy(text, data, sz);
    text[sz] = '\0';
    lq_err_t err = lq_shock_parse(&shock, &msg, text);
    if (err) {
        check_refusal(err, &msg);
    } else {
        check_assets(&shock.assets);
        check_change(shock.change);
    }
    err = lq_shock_range_parse(&range, &msg, text);
    if (err) {
        check_refusal(err, &msg);
    } else {
        check_assets(&range.assets);
        LQ_ASSERT(range.cnt >= 1 && range.cnt <= LQ_SHOCK_POINT_MAX && range.step > 0);
        int32_t last = lq_shock_range_at(&range, range.cnt - 1);
        LQ_ASSERT(lq_shock_range_at(&range, 0) == range.from);
        LQ_ASSERT(last <= range.to && (int64_t)last + range.step > range.to);
        check_change(last);
    }
    err = lq_shock_gas_parse(&gas, &msg, text);
    if (err)
        check_refusal(err, &msg);
    else
        LQ_ASSERT(gas.cnt >= 1 && gas.cnt <= LQ_SHOCK_GAS_MAX);
    free(text);
    return 0;
}
