#ifndef LIMITS_RIG_H
#define LIMITS_RIG_H

/* Limits in an arena of their own, and what is done to them in small numbers. */

#include "lq_test.h"

#include "liqd/decide/limits.h"

#define T0 UINT64_C(1700000000) /* seconds; 1 700 000 000 = 28 333 333 minutes and 20 s */

static lq_arena_t arena;

static inline int set_up(void **state)
{
    (void)state;
    return lq_arena_init(&arena, 3 * lq_limits_arena_sz());
}

static inline int tear_down(void **state)
{
    (void)state;
    lq_arena_fini(&arena);
    return 0;
}

static inline int reset(void **state)
{
    (void)state;
    lq_arena_reset(&arena);
    return 0;
}

/* That limits nothing. */
static inline lq_limits_config_t no_limits(void)
{
    return (lq_limits_config_t){.revert_ratio_bps = 10000};
}

static inline lq_limits_t *new_limits(const lq_limits_config_t *config)
{
    lq_limits_t *limits = NULL;
    assert_ok(lq_limits_new(&limits, &arena, config, 7));
    return limits;
}

static inline lq_wei_t wei(uint64_t v)
{
    return (lq_wei_t){lq_u256_from_u64(v)};
}

static inline lq_usd_t usd(uint64_t v)
{
    return (lq_usd_t){lq_u256_from_u64(v)};
}

static inline lq_address_t borrower(uint32_t i)
{
    return (lq_address_t){{(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16), 1}};
}

/* Whether anything holds a transaction of borrower 0 for EXPOSURE and GAS. */
static inline bool hold(lq_limits_t *limits, lq_hold_t *out, uint64_t exposure, uint64_t gas,
                        uint64_t now_sec)
{
    lq_address_t who = borrower(0);
    lq_usd_t tied = usd(exposure);
    lq_wei_t cost = wei(gas);
    return lq_limits_hold(limits, out, &who, &tied, &cost, now_sec);
}

#define assert_free(limits, gas, now_sec)                        \
    do {                                                         \
        lq_hold_t hold_;                                         \
        assert_false(hold((limits), &hold_, 1, gas, (now_sec))); \
    } while (0)

#define assert_held(limits, gas, now_sec, which, until)                      \
    do {                                                                     \
        lq_hold_t hold_ = {LQ_LIMIT_CNT, 1};                                 \
        assert_true(hold((limits), &hold_, 1, gas, (now_sec)));              \
        assert_string_equal(lq_limit_str(hold_.limit), lq_limit_str(which)); \
        assert_int_equal(hold_.until_sec, (until));                          \
    } while (0)

static inline void take(lq_limits_t *limits, uint64_t exposure, uint64_t gas, uint64_t now_sec)
{
    lq_usd_t tied = usd(exposure);
    lq_wei_t cost = wei(gas);
    lq_limits_taken(limits, &tied, &cost, now_sec);
}

static inline lq_limits_end_t end_of(uint64_t exposure, uint64_t gas, uint64_t spent)
{
    return (lq_limits_end_t){.borrower = borrower(0),
                             .exposure = usd(exposure),
                             .gas_wei = wei(gas),
                             .spent_wei = wei(spent),
                             .mined = true};
}

/* A transaction that is taken and ends at once. */
static inline void spend(lq_limits_t *limits, uint64_t gas, uint64_t now_sec)
{
    lq_limits_end_t end = end_of(0, gas, gas);
    take(limits, 0, gas, now_sec);
    lq_limits_ended(limits, &end, now_sec);
}

static inline void revert(lq_limits_t *limits, lq_address_t who, uint64_t now_sec)
{
    lq_limits_end_t end = end_of(0, 0, 0);
    end.borrower = who;
    end.failed = true;
    take(limits, 0, 0, now_sec);
    lq_limits_ended(limits, &end, now_sec);
}

static inline void realise(lq_limits_t *limits, int64_t profit, uint64_t now_sec)
{
    lq_i256_t p = lq_i256_from_i64(profit);
    lq_limits_realised(limits, &p, now_sec);
}

#endif
