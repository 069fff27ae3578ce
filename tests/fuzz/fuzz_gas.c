#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/digest.h"
#include "liqd/decide/gas.h"

#define KIND_MAX 16u

/* The law: bytes that load save as what they were, but for the kinds that have no room; bytes that
   do not leave nothing behind. An odd first byte has the digest of the others made right. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (!sz)
        return 0;
    size_t memory_sz = sz - 1;
    uint8_t *memory = malloc(memory_sz + 1); /* as large as it says, for the sanitizer */
    LQ_ASSERT(memory);
    memcpy(memory, data + 1, memory_sz);
    if ((data[0] & 1) && memory_sz >= 8) {
        uint64_t digest = lq_digest(memory, memory_sz - 8);
        memcpy(memory + memory_sz - 8, &digest, sizeof(digest));
    }
    lq_arena_t arena;
    lq_gas_t *gas;
    LQ_ASSERT(!lq_arena_init(&arena, lq_gas_arena_sz(KIND_MAX)));
    LQ_ASSERT(!lq_gas_new(&gas, &arena, KIND_MAX, 1));
    size_t empty_sz = lq_gas_memory_sz(gas);
    lq_err_t err = lq_gas_load(gas, memory, memory_sz);
    size_t again_sz = lq_gas_memory_sz(gas);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL);
        LQ_ASSERT(again_sz == empty_sz);
    } else {
        uint8_t *again = malloc(again_sz);
        LQ_ASSERT(again && again_sz <= memory_sz);
        lq_gas_save(gas, again);
        LQ_ASSERT(again_sz < memory_sz || memcmp(again, memory, memory_sz) == 0);
        free(again);
    }
    lq_arena_fini(&arena);
    free(memory);
    return 0;
}
