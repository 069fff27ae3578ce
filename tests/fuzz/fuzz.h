#ifndef LQ_FUZZ_H
#define LQ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* LLVMFuzzerTestOneInput is libFuzzer's entry: it must accept any bytes, and aborts (LQ_ASSERT)
   when a law of the parser does not hold. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz);

#endif
