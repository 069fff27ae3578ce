#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/chain/decode.h"
#include "liqd/chain/fees.h"

/* The laws: a failure has its message and leaves the outputs as they were; asking for no message
   changes nothing; data fit in as many bytes as they have and not in one less; what is taken is
   within its bounds. */

#define DATA_MAX 512

static bool is_kept(const void *p, size_t sz)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < sz; i++)
        if (b[i] != 0xa5)
            return false;
    return true;
}

static void check(lq_err_t err, lq_err_t plain, const lq_err_msg_t *msg, const void *out, size_t sz)
{
    LQ_ASSERT(err == plain);
    LQ_ASSERT(memchr(msg->text, 0, sizeof(msg->text)));
    LQ_ASSERT((err != LQ_OK) == (msg->text[0] != '\0'));
    LQ_ASSERT(!err || is_kept(out, sz));
}

static void *need(void *p)
{
    LQ_ASSERT(p);
    return p;
}

static void take_header(const lq_json_t *doc, lq_json_val_t root)
{
    lq_header_t h;
    memset(&h, 0xa5, sizeof(h));
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_header_decode(doc, &h, &msg, root);
    lq_header_t other;
    check(err, lq_header_decode(doc, &other, NULL, root), &msg, &h, sizeof(h));
}

static void take_log(const lq_json_t *doc, lq_json_val_t root)
{
    lq_evm_log_t log;
    memset(&log, 0xa5, sizeof(log));
    uint8_t buf[DATA_MAX];
    bool removed;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_evm_log_decode(doc, &log, &removed, buf, sizeof(buf), &msg, root);
    lq_evm_log_t other;
    check(err, lq_evm_log_decode(doc, &other, &removed, buf, sizeof(buf), NULL, root), &msg, &log,
          sizeof(log));
    if (err)
        return;
    LQ_ASSERT(log.topic_cnt <= LQ_TOPIC_MAX && log.data_sz <= DATA_MAX);
    uint8_t *exact = need(malloc(log.data_sz + 1));
    LQ_ASSERT(!lq_evm_log_decode(doc, &other, &removed, exact, log.data_sz, NULL, root));
    LQ_ASSERT(other.data_sz == log.data_sz && memcmp(exact, buf, log.data_sz) == 0);
    LQ_ASSERT(memcmp(log.topics, other.topics, sizeof(log.topics)) == 0);
    if (log.data_sz)
        LQ_ASSERT(lq_evm_log_decode(doc, &other, &removed, exact, log.data_sz - 1, NULL, root) ==
                  LQ_ERR_TOO_LONG);
    free(exact);
}

static void take_tx(const lq_json_t *doc, lq_json_val_t root)
{
    lq_pending_tx_t tx;
    memset(&tx, 0xa5, sizeof(tx));
    uint8_t buf[DATA_MAX];
    bool mined;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_pending_tx_decode(doc, &tx, &mined, buf, sizeof(buf), &msg, root);
    lq_pending_tx_t other;
    check(err, lq_pending_tx_decode(doc, &other, &mined, buf, sizeof(buf), NULL, root), &msg, &tx,
          sizeof(tx));
    if (err)
        return;
    static const lq_address_t none;
    LQ_ASSERT(tx.type <= 0x7f && tx.input_sz <= DATA_MAX);
    LQ_ASSERT(!tx.creates || memcmp(&tx.to, &none, sizeof(none)) == 0);
    if (tx.type < 2)
        LQ_ASSERT(lq_wei_cmp(&tx.max_fee_wei, &tx.max_priority_fee_wei) == 0);
    uint8_t *exact = need(malloc(tx.input_sz + 1));
    LQ_ASSERT(!lq_pending_tx_decode(doc, &other, &mined, exact, tx.input_sz, NULL, root));
    LQ_ASSERT(memcmp(exact, buf, tx.input_sz) == 0);
    free(exact);
}

static void take_receipt(const lq_json_t *doc, lq_json_val_t root)
{
    lq_receipt_t r;
    memset(&r, 0xa5, sizeof(r));
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_receipt_decode(doc, &r, &msg, root);
    lq_receipt_t other;
    check(err, lq_receipt_decode(doc, &other, NULL, root), &msg, &r, sizeof(r));
}

static void take_fees(const lq_json_t *doc, lq_json_val_t root)
{
    lq_fee_history_t *h = need(malloc(2 * sizeof(*h)));
    for (size_t cnt = 0; cnt <= LQ_FEE_PERCENTILE_MAX; cnt++) {
        memset(h, 0xa5, sizeof(*h));
        lq_err_msg_t msg = {""};
        lq_err_t err = lq_fee_history_decode(doc, h, &msg, root, cnt);
        check(err, lq_fee_history_decode(doc, h + 1, NULL, root, cnt), &msg, h, sizeof(*h));
        if (err)
            continue;
        LQ_ASSERT(h->block_cnt <= LQ_FEE_BLOCKS_MAX && h->percentile_cnt == cnt);
        for (size_t i = 0; i < h->block_cnt; i++)
            LQ_ASSERT(h->gas_used_ppm[i] <= 1000000);
    }
    free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 16};
    lq_json_tok_t *tok = need(malloc((sz / 2 + 1) * sizeof(*tok)));
    lq_json_t doc;
    if (!lq_json_parse(&doc, tok, sz / 2 + 1, NULL, (const char *)data, sz, &limits)) {
        lq_json_val_t root = lq_json_root(&doc);
        take_header(&doc, root);
        take_log(&doc, root);
        take_tx(&doc, root);
        take_receipt(&doc, root);
        take_fees(&doc, root);
    }
    free(tok);
    return 0;
}
