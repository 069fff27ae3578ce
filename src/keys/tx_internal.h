#ifndef LQ_KEYS_TX_INTERNAL_H
#define LQ_KEYS_TX_INTERNAL_H

#include "liqd/codec/rlp.h"
#include "liqd/keys/tx.h"

#define LQ_TX_TYPE_EIP2930 0x01
#define LQ_TX_TYPE_EIP1559 0x02

/* lq_tx_append_signature makes of the *RAW_SZ bytes at RAW, as lq_tx_encode_unsigned wrote them,
   the raw transaction with SIG. LQ_ERR_FULL: it has more than RAW_MAX bytes; nothing was written.
 */
LQ_MUST_USE lq_err_t lq_tx_append_signature(uint8_t *raw, size_t *raw_sz, size_t raw_max,
                                            lq_err_msg_t *msg, const lq_signature_t *sig);

typedef struct lq_access_cnt {
    uint64_t address_cnt;
    uint64_t key_cnt;
} lq_access_cnt_t;

/* lq_access_list_walk reads an access list, its next item, from R, adds what it holds to CNT, and
   copies it to W, unless that is NULL. MSG (may be NULL) is that of R. Errors as lq_rlp_get_* have
   them; CNT and W then hold what came before. */
LQ_MUST_USE lq_err_t lq_access_list_walk(lq_rlp_reader_t *r, lq_access_cnt_t *cnt,
                                         lq_rlp_writer_t *w, lq_err_msg_t *msg);

#endif
