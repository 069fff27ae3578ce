#ifndef LQ_FUZZ_INPUT_H
#define LQ_FUZZ_INPUT_H

/* Bytes that choose what happens; behind their end come zeros. */

#include <stddef.h>
#include <stdint.h>

typedef struct fuzz_input {
    const uint8_t *data;
    size_t sz;
} fuzz_input_t;

static inline uint8_t fuzz_byte(fuzz_input_t *in)
{
    if (!in->sz)
        return 0;
    in->sz--;
    return *in->data++;
}

/* A number of BYTE_CNT bytes, the highest first. */
static inline uint64_t fuzz_number(fuzz_input_t *in, size_t byte_cnt)
{
    uint64_t v = 0;
    for (; byte_cnt; byte_cnt--)
        v = v << 8 | fuzz_byte(in);
    return v;
}

/* A number below N, of as many bytes as it may have; 0 where N is. CTX is the input. */
static inline uint64_t fuzz_below(void *ctx, uint64_t n)
{
    size_t byte_cnt = 1;
    for (uint64_t most = n ? n - 1 : 0; most >>= 8;)
        byte_cnt++;
    return n ? fuzz_number(ctx, byte_cnt) % n : 0;
}

#endif
