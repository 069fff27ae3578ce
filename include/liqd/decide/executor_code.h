/* Written by tools/gen_executor from src/contracts/Executor.sol: edit that and run it again. */
#ifndef LIQD_DECIDE_EXECUTOR_CODE_H
#define LIQD_DECIDE_EXECUTOR_CODE_H

#include <stdint.h>

/* What stands on the chain where the executor is deployed; it has no immutables. */
#define LQ_EXECUTOR_CODE_SZ 6486u
extern const uint8_t lq_executor_code[LQ_EXECUTOR_CODE_SZ];

/* What deploys it: these bytes, the code, and the owner's address as a word. */
#define LQ_EXECUTOR_PREFIX_SZ 172u
extern const uint8_t lq_executor_prefix[LQ_EXECUTOR_PREFIX_SZ];

#endif
