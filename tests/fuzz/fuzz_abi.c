#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/codec/abi.h"
#include "liqd/codec/abi_aave_v3.h"
#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_morpho_blue.h"
#include "liqd/codec/abi_solidity.h"

enum {
    VAL_MAX = 512,
    OUT_MAX = 1 << 16,
};

/* What decodes encodes, and that decodes again to what encodes the same. */
static void check_type(const lq_abi_type_t *type, const uint8_t *data, size_t sz)
{
    static lq_abi_val_t vals[VAL_MAX];
    static uint8_t first[OUT_MAX];
    static uint8_t second[OUT_MAX];
    lq_err_msg_t msg = {""};
    size_t cnt;
    lq_err_t err = lq_abi_decode(vals, VAL_MAX, &cnt, &msg, type, data, sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_FULL);
        LQ_ASSERT(strncmp(msg.text, "args", 4) == 0);
        return;
    }
    size_t first_sz;
    err = lq_abi_encode(first, OUT_MAX, &first_sz, &msg, type, vals, cnt);
    if (err == LQ_ERR_FULL)
        return; /* tails that were shared are so no longer */
    LQ_ASSERT(err == LQ_OK);
    size_t again_cnt;
    LQ_ASSERT(lq_abi_decode(vals, VAL_MAX, &again_cnt, &msg, type, first, first_sz) == LQ_OK);
    LQ_ASSERT(again_cnt == cnt);
    size_t second_sz;
    LQ_ASSERT(lq_abi_encode(second, OUT_MAX, &second_sz, &msg, type, vals, cnt) == LQ_OK);
    LQ_ASSERT(second_sz == first_sz && memcmp(first, second, first_sz) == 0);
}

/* An event's own topic before TOPICS, the data as it comes. */
#define CHECK_EVENT(event, cnt)                                                          \
    do {                                                                                 \
        lq_abi_##event##_event_t out;                                                    \
        lq_err_msg_t msg;                                                                \
        topics[0] = lq_abi_##event##_event_topic;                                        \
        lq_err_t err = lq_abi_##event##_event_decode(&out, &msg, topics, cnt, data, sz); \
        LQ_ASSERT(err == LQ_OK || err == LQ_ERR_SYNTAX);                                 \
    } while (0)

static void check_generated(const uint8_t *text, size_t text_sz, const uint8_t *data, size_t sz)
{
    lq_hash_t topics[4] = {{{0}}};
    memcpy(topics[1].b, text, text_sz < 96 ? text_sz : 96);
    CHECK_EVENT(erc20_transfer, 3);
    CHECK_EVENT(aave_v3_borrow, 4);
    CHECK_EVENT(aave_v3_user_e_mode_set, 2);
    CHECK_EVENT(morpho_blue_create_market, 2);
    lq_abi_bytes_t symbol;
    lq_err_msg_t msg;
    if (lq_abi_erc20_symbol_decode(&symbol, &msg, data, sz) == LQ_OK)
        LQ_ASSERT(symbol.data >= data && symbol.sz <= sz &&
                  (size_t)(symbol.data - data) <= sz - symbol.sz);
    lq_abi_solidity_error_error_t error;
    if (lq_abi_solidity_error_error_decode(&error, &msg, data, sz) == LQ_OK)
        LQ_ASSERT(error.message.sz <= sz);
    lq_abi_aave_v3_get_user_account_data_ret_t account;
    lq_err_t err = lq_abi_aave_v3_get_user_account_data_decode(&account, &msg, data, sz);
    LQ_ASSERT((err == LQ_OK) == (sz >= 192));
}

/* A type, a line feed, the data that it describes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    const uint8_t *end = sz ? memchr(data, '\n', sz) : NULL;
    size_t text_sz = end ? (size_t)(end - data) : sz;
    size_t body_sz = end ? sz - text_sz - 1 : 0;
    /* apart, so that a read beyond one of them is seen */
    uint8_t *text = malloc(text_sz ? text_sz : 1);
    uint8_t *body = malloc(body_sz ? body_sz : 1);
    if (!text || !body)
        abort();
    if (text_sz)
        memcpy(text, data, text_sz);
    if (body_sz)
        memcpy(body, end + 1, body_sz);
    static lq_abi_type_t type;
    lq_err_msg_t msg = {""};
    if (lq_abi_type_parse(&type, &msg, (const char *)text, text_sz) == LQ_OK)
        check_type(&type, body, body_sz);
    else
        LQ_ASSERT(strncmp(msg.text, "ABI type, column ", 17) == 0);
    check_generated(text, text_sz, body, body_sz);
    free(text);
    free(body);
    return 0;
}
