#ifndef LIQD_CHAIN_FEES_H
#define LIQD_CHAIN_FEES_H

/* What a block costs: the next base fee exactly, and what others paid. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/codec/json.h"
#include "liqd/events.h"

/* How a chain moves its base fee. Ethereum: 2 and 8. OP Mainnet and Base since Canyon: 6 and 250. 0
   and 0: it is not EIP-1559's formula (Arbitrum), and the last block's is the best guess. */
typedef struct lq_base_fee_rule {
    uint64_t elasticity;         /* ELASTICITY_MULTIPLIER */
    uint64_t change_denominator; /* BASE_FEE_MAX_CHANGE_DENOMINATOR */
} lq_base_fee_rule_t;

/* lq_base_fee_next sets *OUT to the base fee of the block after HEADER.
   @src EIP-1559, expected_base_fee_per_gas. LQ_ERR_RANGE: HEADER's numbers cannot be (gas_limit
   below elasticity, gas_used above gas_limit, overflow), or one number of RULE alone is 0. */
LQ_MUST_USE lq_err_t lq_base_fee_next(lq_wei_t *out, const lq_header_t *header,
                                      const lq_base_fee_rule_t *rule);

#define LQ_FEE_BLOCKS_MAX     128u
#define LQ_FEE_PERCENTILE_MAX 8u

/* eth_feeHistory's answer: rewards in the order of the percentiles asked for. */
typedef struct lq_fee_history {
    uint64_t oldest_blk;
    size_t block_cnt;
    size_t percentile_cnt;
    lq_wei_t base_fee_wei[LQ_FEE_BLOCKS_MAX + 1]; /* one more: the next block's */
    uint32_t gas_used_ppm[LQ_FEE_BLOCKS_MAX];     /* of the gas limit, rounded down */
    lq_wei_t reward_wei[LQ_FEE_BLOCKS_MAX][LQ_FEE_PERCENTILE_MAX];
} lq_fee_history_t;

/* lq_fee_history_decode takes the answer AT to a question for PERCENTILE_CNT percentiles, at most
   LQ_FEE_PERCENTILE_MAX; for 0 its rewards are not looked at. Errors as in decode.h; LQ_ERR_RANGE
   also where the lists do not fit together. */
LQ_MUST_USE lq_err_t lq_fee_history_decode(const lq_json_t *doc, lq_fee_history_t *out,
                                           lq_err_msg_t *msg, lq_json_val_t at,
                                           size_t percentile_cnt);

#endif
