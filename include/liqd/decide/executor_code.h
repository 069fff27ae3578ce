/* Made by tools/gen_executor from src/contracts/Executor.sol; do not edit. */

#ifndef LIQD_DECIDE_EXECUTOR_CODE_H
#define LIQD_DECIDE_EXECUTOR_CODE_H

#include <stdint.h>

/* The code that stands on the chain where our executor is deployed. It has no immutables: this is
   all of it, but for its storage (abi/executor/README.md). */
#define LQ_EXECUTOR_CODE_SZ 6486u
extern const uint8_t lq_executor_code[LQ_EXECUTOR_CODE_SZ];

#endif
