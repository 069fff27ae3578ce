#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/market/ocr.h"

static const lq_address_t to = {{7}};

static void check_transmit(const lq_ocr_t *ocr, const uint8_t *data, size_t sz)
{
    lq_ocr_transmit_t t;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_ocr_transmit_decode(ocr, &t, &msg, &to, data, sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_INVAL || err == LQ_ERR_SYNTAX || err == LQ_ERR_FULL);
        LQ_ASSERT(msg.text[0] != '\0');
        return;
    }
    LQ_ASSERT(t.observation_cnt >= 1 && t.observation_cnt <= LQ_OCR_ORACLE_MAX);
    LQ_ASSERT(t.signature_cnt >= 1 && t.signature_cnt <= LQ_OCR_ORACLE_MAX);
    LQ_ASSERT(t.epoch_and_round >> 40 == 0);
    /* an int192: what is above is all sign */
    LQ_ASSERT(t.answer.bits.w[3] == 0 - (t.answer.bits.w[2] >> 63));
    LQ_ASSERT(t.version != LQ_OCR1 || t.observations_sec == 0);
}

/* The rest of the topics, then the data, as NewTransmission of either generation. */
static void check_log(const lq_ocr_t *ocr, const uint8_t *data, size_t sz)
{
    lq_hash_t topics[3] = {lq_ocr2_new_transmission_topic};
    size_t topic_sz = sz < 64 ? sz : 64;
    if (topic_sz)
        memcpy(topics[1].b, data, topic_sz);
    for (size_t k = 0; k < 2; k++) {
        lq_feed_update_t u;
        lq_err_msg_t msg = {""};
        lq_err_t err =
            lq_ocr_log_decode(ocr, &u, &msg, topics, 2, data + topic_sz, sz - topic_sz, 1700000000);
        LQ_ASSERT(err == LQ_OK || err == LQ_ERR_SYNTAX || err == LQ_ERR_FULL);
        LQ_ASSERT((err == LQ_OK) == (msg.text[0] == '\0'));
        if (!err)
            LQ_ASSERT(u.round <= UINT32_MAX && u.updated_sec == 1700000000);
        topics[0] = lq_ocr1_new_transmission_topic;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static lq_ocr_t ocr;
    static int ready;
    if (!ready)
        lq_ocr_init(&ocr);
    ready = 1;
    uint8_t *copy = malloc(sz ? sz : 1); /* of its own, so that a read beyond it is seen */
    if (!copy)
        abort();
    if (sz)
        memcpy(copy, data, sz);
    check_transmit(&ocr, copy, sz);
    check_log(&ocr, copy, sz);
    free(copy);
    return 0;
}
