#ifndef LIQD_MARKET_OCR_H
#define LIQD_MARKET_OCR_H

/* Chainlink's off-chain reporting: what its logs say, and what a transmit() says that is still
   pending. Both generations: OCR1 (AccessControlledOffchainAggregator) and OCR2.
   @src smartcontractkit/libocr:contract/OffchainAggregator.sol#transmit,
        contract2/OCR2Aggregator.sol#transmit

   What decodes is checked as far as calldata alone allows: sizes, counts, order as the contract
   demands them. Whether signatures are good, the sender may transmit, the report is new, or the
   answer lies within the aggregator's bounds only the chain knows: a pending answer is a what-if,
   evaluated as an overlay (price.h) and never committed. */

#include "liqd/codec/abi.h"
#include "liqd/market/feed.h"

/* LQ_OCR_ORACLE_MAX: more oracles a contract does not have. @src OCR2Abstract.sol#maxNumOracles */
#define LQ_OCR_ORACLE_MAX 31

/* The types of what is decoded: 18 KiB, without pointers; one for all. */
typedef struct lq_ocr {
    lq_abi_type_t ocr1_transmit;
    lq_abi_type_t ocr2_transmit;
    lq_abi_type_t ocr1_report;
    lq_abi_type_t ocr2_report;
    lq_abi_type_t ocr1_log; /* the data of NewTransmission */
    lq_abi_type_t ocr2_log;
    lq_abi_type_t forward;
} lq_ocr_t;

/* lq_ocr_init sets *OCR; the functions below only read it. */
void lq_ocr_init(lq_ocr_t *ocr);

/* topic 0 of NewTransmission of each generation. */
/* clang-format off */
#define LQ_OCR1_NEW_TRANSMISSION_TOPIC_INIT \
    {{ \
     0xf6, 0xa9, 0x79, 0x44, 0xf3, 0x1e, 0xa0, 0x60, \
     0xdf, 0xde, 0x05, 0x66, 0xe4, 0x16, 0x7c, 0x1a, \
     0x10, 0x82, 0x55, 0x1e, 0x64, 0xb6, 0x0e, 0xcb, \
     0x14, 0xd5, 0x99, 0xa9, 0xd0, 0x23, 0xd4, 0x51, \
    }}
#define LQ_OCR2_NEW_TRANSMISSION_TOPIC_INIT \
    {{ \
     0xc7, 0x97, 0x02, 0x5f, 0xee, 0xea, 0xf2, 0xcd, \
     0x92, 0x4c, 0x99, 0xe9, 0x20, 0x5a, 0xcb, 0x8e, \
     0xc0, 0x4d, 0x5c, 0xad, 0x21, 0xc4, 0x1c, 0xe6, \
     0x37, 0xa3, 0x8f, 0xb6, 0xde, 0xe6, 0x01, 0x6a, \
    }}
/* clang-format on */
extern const lq_hash_t lq_ocr1_new_transmission_topic;
extern const lq_hash_t lq_ocr2_new_transmission_topic;

/* lq_ocr_log_decode reads a log as AnswerUpdated or NewTransmission of either generation into *OUT:
   an aggregator emits both in one transaction for one round, and either will do. BLOCK_SEC is the
   time of the log's block, which NewTransmission does not say. On an error *OUT is unchanged and
   MSG (may be NULL) says why:
   LQ_ERR_INVAL: a log of something else; LQ_ERR_SYNTAX: it does not decode; LQ_ERR_RANGE: its round
   or time has no place in 64 bits; LQ_ERR_FULL: it has far more observations than oracles. */
LQ_MUST_USE lq_err_t lq_ocr_log_decode(const lq_ocr_t *ocr, lq_feed_update_t *out,
                                       lq_err_msg_t *msg, const lq_hash_t *topics, size_t topic_cnt,
                                       const uint8_t *data, size_t data_sz, uint64_t block_sec);

typedef enum lq_ocr_version {
    LQ_OCR1,
    LQ_OCR2,
    LQ_OCR2_SECONDARY, /* transmitSecondary of a dual aggregator */
} lq_ocr_version_t;

/* What a transmit() will have the aggregator answer, if it is accepted. */
typedef struct lq_ocr_transmit {
    lq_address_t aggregator;
    lq_i256_t answer; /* the median as the contract takes it: observation number floor(cnt / 2) */
    lq_hash_t config_digest;   /* of OCR1 16 bytes and then zeros */
    uint64_t epoch_and_round;  /* below 2^40: a report of no higher one than the last is refused */
    uint32_t observations_sec; /* when the oracles looked; 0 for OCR1, which does not say */
    uint32_t observation_cnt;  /* 1 to LQ_OCR_ORACLE_MAX */
    uint32_t signature_cnt;
    lq_ocr_version_t version;
} lq_ocr_transmit_t;

/* lq_ocr_transmit_decode reads the calldata of a transaction to TO as transmit() of either
   generation or transmitSecondary(), at once or through forward() of a node's forwarder. On an
   error *OUT is unchanged and MSG (may be NULL) says why: LQ_ERR_INVAL: a call of something else;
   LQ_ERR_SYNTAX: it does not decode, or sizes, counts or order (OCR1 alone demands it) are not as
   the contract demands, so that it reverts; LQ_ERR_FULL: lists far longer than any contract takes.
 */
LQ_MUST_USE lq_err_t lq_ocr_transmit_decode(const lq_ocr_t *ocr, lq_ocr_transmit_t *out,
                                            lq_err_msg_t *msg, const lq_address_t *to,
                                            const uint8_t *data, size_t data_sz);

#endif
