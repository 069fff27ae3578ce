#ifndef LIQD_CHAIN_DECODE_H
#define LIQD_CHAIN_DECODE_H

/* From a node's JSON to the structs of events.h. Everything is checked: a field that is missing or
   malformed refuses the whole. Unknown members are ignored, since clients and forks add them.

   Errors of all: LQ_ERR_NOT_FOUND (a member is missing; null counts as that), LQ_ERR_SYNTAX,
   LQ_ERR_RANGE, LQ_ERR_TOO_LONG (data above what there is room for), LQ_ERR_EXISTS (a member
   twice); MSG (may be NULL) names it. Outputs as they were on failure, buffers aside.

   A logsBloom that is missing is all ones: it excludes nothing. */

#include "liqd/base/err.h"
#include "liqd/codec/json.h"
#include "liqd/events.h"

/* lq_header_decode takes the header or block AT: newHeads, eth_getBlockBy*. A pending block, whose
 * hash is null, is LQ_ERR_NOT_FOUND. */
LQ_MUST_USE lq_err_t lq_header_decode(const lq_json_t *doc, lq_header_t *header, lq_err_msg_t *msg,
                                      lq_json_val_t at);

/* lq_evm_log_decode takes the log AT: eth_getLogs, a logs subscription, a receipt's. Its data go to
   BUF (BUF_MAX bytes), which LOG points into; *REMOVED is the member of that name, false where it
   is absent. */
LQ_MUST_USE lq_err_t lq_evm_log_decode(const lq_json_t *doc, lq_evm_log_t *log, bool *removed,
                                       uint8_t *buf, size_t buf_max, lq_err_msg_t *msg,
                                       lq_json_val_t at);

/* lq_pending_tx_decode takes the transaction AT (newPendingTransactions with full objects,
   eth_getTransactionByHash). *MINED tells whether it stands in a block already. */
LQ_MUST_USE lq_err_t lq_pending_tx_decode(const lq_json_t *doc, lq_pending_tx_t *tx, bool *mined,
                                          uint8_t *buf, size_t buf_max, lq_err_msg_t *msg,
                                          lq_json_val_t at);

/* A receipt without its logs, which are walked by the caller with lq_evm_log_decode ("logs"). */
typedef struct lq_receipt {
    lq_block_ref_t block;
    lq_hash_t tx_hash;
    uint32_t tx_idx;
    bool success;
    uint64_t gas_used;
    lq_wei_t effective_gas_price_wei;
    lq_address_t from;
    uint8_t logs_bloom[LQ_BLOOM_SZ];
} lq_receipt_t;

LQ_MUST_USE lq_err_t lq_receipt_decode(const lq_json_t *doc, lq_receipt_t *receipt,
                                       lq_err_msg_t *msg, lq_json_val_t at);

/* lq_bloom_add sets the three bits of the SZ bytes at P (an address, a topic) in BLOOM;
   lq_bloom_has tells whether all are set.
   @src yellow paper section 4.3.1 */
void lq_bloom_add(uint8_t bloom[LQ_BLOOM_SZ], const uint8_t *p, size_t sz);
bool lq_bloom_has(const uint8_t bloom[LQ_BLOOM_SZ], const uint8_t *p, size_t sz);

#endif
