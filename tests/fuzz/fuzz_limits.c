#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/digest.h"
#include "liqd/decide/limits.h"

#define NOW_SEC UINT64_C(1700000000)

/* That everything limits. */
static const lq_limits_config_t config = {
    .gas_hour_wei = {{{1000}}},
    .gas_day_wei = {{{2000}}},
    .loss_day_usd = {{{100}}},
    .revert_ratio_bps = 5000,
    .revert_window = 8,
    .revert_hold_sec = 100,
    .exposure_usd = {{{100}}},
    .borrower_failure_max = 2,
    .borrower_failure_sec = 1000,
};

/* After what was loaded everything goes on, and what holds everybody does not hold for ever. */
static void go_on(lq_limits_t *limits)
{
    const lq_address_t who = {{1}};
    const lq_usd_t exposure = {{{1}}};
    const lq_wei_t gas = {{{1}}};
    const lq_i256_t loss = lq_i256_from_i64(-1);
    const lq_limits_end_t end = {who, exposure, gas, gas, true, true};
    lq_hold_t hold;
    for (unsigned i = 0; i < 3; i++) {
        (void)lq_limits_hold(limits, &hold, &who, &exposure, &gas, NOW_SEC + i);
        lq_limits_taken(limits, &exposure, &gas, NOW_SEC + i);
        lq_limits_ended(limits, &end, NOW_SEC + i);
        lq_limits_realised(limits, &loss, NOW_SEC + i);
    }
    for (unsigned i = 0; i < LQ_LIMIT_CNT; i++)
        if (lq_limits_holding(limits, &hold, (lq_limit_t)i, NOW_SEC + 3) && hold.until_sec) {
            LQ_ASSERT(hold.until_sec > NOW_SEC + 3 &&
                      hold.until_sec <= NOW_SEC + 3 + UINT32_MAX + LQ_LIMITS_BACK_SEC);
            LQ_ASSERT(!lq_limits_holding(limits, &hold, (lq_limit_t)i, hold.until_sec));
        }
    lq_limits_resume(limits);
}

/* The law: bytes that load save as what they were and leave limits that work; bytes that do not
   leave nothing behind. Of the first byte bit 0 has the digest of the others made right; with bit 1
   they are changes of good ones: a place (two bytes), and what is put there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (!sz)
        return 0;
    lq_arena_t arena;
    lq_limits_t *limits;
    LQ_ASSERT(!lq_arena_init(&arena, 2 * lq_limits_arena_sz()));
    LQ_ASSERT(!lq_limits_new(&limits, &arena, &config, 1));
    size_t empty_sz = lq_limits_memory_sz(limits);
    size_t memory_sz = sz - 1;
    uint8_t *memory;
    if (data[0] & 2) {
        go_on(limits);
        memory_sz = lq_limits_memory_sz(limits);
        memory = malloc(memory_sz);
        LQ_ASSERT(memory);
        lq_limits_save(limits, memory);
        for (size_t i = 1; i + 2 < sz; i += 3)
            memory[(data[i] | (size_t)data[i + 1] << 8) % memory_sz] = data[i + 2];
        LQ_ASSERT(!lq_limits_new(&limits, &arena, &config, 1));
    } else {
        memory = malloc(memory_sz + 1);
        LQ_ASSERT(memory);
        memcpy(memory, data + 1, memory_sz);
    }
    if ((data[0] & 1) && memory_sz >= 8) {
        uint64_t digest = lq_digest(memory, memory_sz - 8);
        memcpy(memory + memory_sz - 8, &digest, sizeof(digest));
    }
    lq_err_t err = lq_limits_load(limits, memory, memory_sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL);
        LQ_ASSERT(lq_limits_memory_sz(limits) == empty_sz && !lq_limits_paused(limits));
    } else {
        LQ_ASSERT(lq_limits_memory_sz(limits) == memory_sz);
        uint8_t *again = malloc(memory_sz);
        LQ_ASSERT(again);
        lq_limits_save(limits, again);
        LQ_ASSERT(memcmp(again, memory, memory_sz) == 0);
        free(again);
    }
    go_on(limits);
    lq_arena_fini(&arena);
    free(memory);
    return 0;
}
