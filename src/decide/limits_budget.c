#include "limits_internal.h"

#include "liqd/num/u256.h"

limits_clock_t lq_limits_clock_at(const limits_clock_t *clock, uint64_t now_sec)
{
    if (now_sec > LQ_LIMITS_NOW_MAX)
        now_sec = LQ_LIMITS_NOW_MAX;
    limits_clock_t at = *clock;
    uint64_t time_sec = now_sec + clock->ahead_sec;
    if (!clock->known || time_sec >= clock->time_sec)
        at.time_sec = time_sec;
    else if (clock->time_sec - time_sec > LQ_LIMITS_BACK_SEC) {
        at.ahead_sec = clock->time_sec - now_sec;
        at.kept_sec = clock->time_sec;
    }
    at.known = true;
    return at;
}

/* How many buckets TIME_SEC is behind the one in which B was last used. */
static uint64_t behind(const budget_t *b, uint64_t time_sec)
{
    return time_sec / b->bucket_sec - b->bucket;
}

void lq_budget_use(budget_t *b, const lq_u256_t *amount, uint64_t time_sec)
{
    uint64_t passed = behind(b, time_sec);
    for (uint32_t i = 0; i <= b->bucket_cnt; i++) {
        lq_u256_t left = lq_u256_from_u64(0);
        if (passed <= b->bucket_cnt - i)
            left = b->left[i + passed];
        b->left[i] = lq_u256_add_capped(&left, amount);
    }
    b->bucket += passed;
}

lq_u256_t lq_budget_used(const budget_t *b, uint64_t time_sec)
{
    uint64_t passed = behind(b, time_sec);
    return passed <= b->bucket_cnt ? b->left[passed] : lq_u256_from_u64(0);
}

uint64_t lq_budget_frees_sec(const budget_t *b, const lq_u256_t *room, uint64_t time_sec)
{
    uint64_t i = behind(b, time_sec);
    while (i <= b->bucket_cnt && lq_u256_lt(room, &b->left[i]))
        i++;
    uint64_t begins_sec = (b->bucket + i) * b->bucket_sec;
    return begins_sec > time_sec ? begins_sec : time_sec;
}

void lq_budget_pass(budget_t *b, const lq_u256_t *room)
{
    uint32_t i = 0;
    while (i <= b->bucket_cnt && lq_u256_lt(room, &b->left[i]))
        i++;
    lq_u256_t left = i <= b->bucket_cnt ? b->left[i] : lq_u256_from_u64(0);
    while (i-- > 0)
        b->left[i] = left;
}
