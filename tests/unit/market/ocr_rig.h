#ifndef OCR_RIG_H
#define OCR_RIG_H

/* Reports, calldata and log data of off-chain reporting, written word by word: nothing of the
   decoder's types is used. */

#include "lq_test.h"

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_chainlink_ocr1.h"
#include "liqd/market/ocr.h"

enum {
    WORDS_MAX = 128,
};

typedef struct words {
    uint8_t b[32 * WORDS_MAX];
    size_t cnt;
} words_t;

static inline void put_word(words_t *w, const lq_u256_t *v)
{
    assert_true(w->cnt < WORDS_MAX);
    lq_u256_to_be(w->b + 32 * w->cnt++, v);
}

static inline void put_int(words_t *w, int64_t v)
{
    lq_i256_t wide = lq_i256_from_i64(v);
    put_word(w, &wide.bits);
}

static inline void put_list(words_t *w, const int64_t *list, size_t cnt)
{
    put_int(w, (int64_t)cnt);
    for (size_t i = 0; i < cnt; i++)
        put_int(w, list[i]);
}

static inline words_t ocr2_report(int64_t time_sec, const int64_t *observations, size_t cnt)
{
    words_t w = {.cnt = 0};
    put_int(&w, time_sec);
    put_int(&w, 0x0102); /* observers */
    put_int(&w, 128);    /* where the list is */
    put_int(&w, 77);     /* juels */
    put_list(&w, observations, cnt);
    return w;
}

static inline words_t ocr1_report(const lq_hash_t *context, const int64_t *observations, size_t cnt)
{
    words_t w = {.cnt = 0};
    lq_u256_t word = lq_u256_from_be(context->b);
    put_word(&w, &word);
    put_int(&w, 0x0102);
    put_int(&w, 96);
    put_list(&w, observations, cnt);
    return w;
}

typedef struct calldata {
    uint8_t b[8192];
    size_t sz;
} calldata_t;

static inline calldata_t transmit_of(lq_ocr_version_t version, const uint8_t *report,
                                     size_t report_sz, size_t signature_cnt)
{
    calldata_t c;
    lq_hash_t context[3] = {{{1, 2, 3}}, {{[27] = 1, [30] = 2, [31] = 3}}, {{0}}};
    lq_hash_t signatures[40] = {{{9}}};
    lq_hash_t vs = {{1}};
    if (version == LQ_OCR1)
        assert_ok(lq_abi_chainlink_ocr1_transmit_encode(c.b, sizeof(c.b), &c.sz, NULL, report,
                                                        report_sz, signatures, signature_cnt,
                                                        signatures, signature_cnt, &vs));
    else if (version == LQ_OCR2)
        assert_ok(lq_abi_chainlink_transmit_encode(c.b, sizeof(c.b), &c.sz, NULL, context, report,
                                                   report_sz, signatures, signature_cnt, signatures,
                                                   signature_cnt, &vs));
    else
        assert_ok(lq_abi_chainlink_transmit_secondary_encode(
            c.b, sizeof(c.b), &c.sz, NULL, context, report, report_sz, signatures, signature_cnt,
            signatures, signature_cnt, &vs));
    return c;
}

#endif
