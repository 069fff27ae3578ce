#include <string.h>

#include "bytes_internal.h"
#include "limits_internal.h"

/* What is written: whether there is a pause; the clock; the budgets, each the bucket of its last
   use and what is left of it then and later; the outcomes; the borrowers' failures, those of the
   rest first. The clock stands where something was counted last, so that the bytes change only when
   what they mean does. Header and digest: bytes_internal.h; its count is of borrowers with a row.
 */
static const char magic[MEMORY_MAGIC_SZ] = {'L', 'I', 'Q', 'D', 'L', 'I', 'M', 0};

#define MEMORY_VERSION 1u
#define WORD_SZ        32u
#define CLOCK_SZ       (1u + 8u + 8u)
#define BUDGETS_SZ     (3u * 8u + (HOUR_BUCKET_CNT + 1u + 2u * (DAY_BUCKET_CNT + 1u)) * WORD_SZ)
#define OUTCOMES_SZ    (WORD_SZ + 4u + 8u)
#define FIXED_SZ       (1u + CLOCK_SZ + BUDGETS_SZ + OUTCOMES_SZ)
#define FAILURES_SZ    (20u + 4u + 8u * LQ_LIMITS_FAILURE_MAX)

/* No sum of times below it overflows. */
#define TIME_MAX (UINT64_C(1) << 62)

size_t lq_limits_memory_sz(const lq_limits_t *limits)
{
    return MEMORY_HEADER_SZ + FIXED_SZ + (1 + (size_t)limits->borrowers.row_cnt) * FAILURES_SZ +
           MEMORY_DIGEST_SZ;
}

/* ---- writing ---- */

static uint8_t *put_budget(uint8_t *out, const budget_t *b)
{
    out = put_number(out, b->bucket, 8);
    for (uint32_t i = 0; i <= b->bucket_cnt; i++)
        out = put_word(out, &b->left[i]);
    return out;
}

static uint8_t *put_failures(uint8_t *out, const failures_t *f)
{
    out = put_bytes(out, f->borrower.b, sizeof(f->borrower.b));
    out = put_number(out, f->cnt, 4);
    for (size_t i = 0; i < LQ_LIMITS_FAILURE_MAX; i++)
        out = put_number(out, i < f->cnt ? f->times_sec[i] : 0, 8);
    return out;
}

static bool gas_flies(const lq_limits_t *limits)
{
    return limits->gas.carry_cnt || !lq_u256_is_zero(&limits->gas.sum);
}

/* B and what is in flight, as if that were spent now: nobody tells after a restart what became of
   it. */
static uint8_t *put_gas(uint8_t *out, const lq_limits_t *limits, const budget_t *b)
{
    static const lq_u256_t most = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    budget_t all = *b;
    if (gas_flies(limits)) {
        lq_u256_t flying = limits->gas.carry_cnt ? most : limits->gas.sum;
        lq_budget_use(&all, &flying, limits->clock.time_sec);
    }
    return put_budget(out, &all);
}

static uint8_t *put_clock(uint8_t *out, const lq_limits_t *limits)
{
    const limits_clock_t *c = &limits->clock;
    uint64_t time_sec = gas_flies(limits) ? c->time_sec : c->kept_sec;
    out = put_number(out, time_sec != 0, 1);
    out = put_number(out, time_sec, 8);
    return put_number(out, c->ahead_sec, 8);
}

void lq_limits_save(const lq_limits_t *limits, uint8_t *out)
{
    const borrowers_t *b = &limits->borrowers;
    uint8_t *at = put_header(out, magic, MEMORY_VERSION, b->row_cnt);
    at = put_number(at, limits->paused, 1);
    at = put_clock(at, limits);
    at = put_gas(at, limits, &limits->gas_hour);
    at = put_gas(at, limits, &limits->gas_day);
    at = put_budget(at, &limits->loss_day);
    at = put_word(at, &limits->outcomes.reverted);
    at = put_number(at, limits->outcomes.cnt, 4);
    at = put_number(at, limits->outcomes.until_sec, 8);
    at = put_failures(at, &b->rows[BORROWER_REST]);
    for (uint32_t i = 0; i < b->row_cnt; i++)
        at = put_failures(at, &b->rows[i]);
    put_digest(out, at);
}

/* ---- reading: each returns whether it is something that could have been written ---- */

static bool get_flag(bool *out, const uint8_t **p)
{
    uint64_t v = get_number(p, 1);
    *out = v == 1;
    return v <= 1;
}

static bool get_clock(limits_clock_t *clock, const uint8_t **p)
{
    bool good = get_flag(&clock->known, p);
    clock->time_sec = get_number(p, 8);
    clock->kept_sec = clock->time_sec;
    clock->ahead_sec = get_number(p, 8);
    return good && clock->time_sec < TIME_MAX && clock->known == (clock->time_sec != 0) &&
           clock->ahead_sec <= clock->time_sec;
}

static bool get_budget(budget_t *b, const limits_clock_t *clock, const uint8_t **p)
{
    b->bucket = get_number(p, 8);
    bool good = b->bucket <= clock->time_sec / b->bucket_sec;
    for (uint32_t i = 0; i <= b->bucket_cnt; i++) {
        b->left[i] = get_word(p);
        good = good && (i == 0 || !lq_u256_lt(&b->left[i - 1], &b->left[i]));
    }
    return good;
}

static bool get_outcomes(outcomes_t *o, const limits_clock_t *clock, const uint8_t **p)
{
    o->reverted = get_word(p);
    o->cnt = (uint32_t)get_number(p, 4);
    o->until_sec = get_number(p, 8);
    if (o->cnt > LQ_LIMITS_WINDOW_MAX || o->until_sec > clock->time_sec + UINT32_MAX)
        return false;
    lq_u256_t beyond = lq_u256_shr(&o->reverted, o->cnt);
    return lq_u256_is_zero(&beyond);
}

static bool get_failures(failures_t *f, const limits_clock_t *clock, const uint8_t **p)
{
    get_bytes(f->borrower.b, p, sizeof(f->borrower.b));
    f->cnt = (uint32_t)get_number(p, 4);
    bool good = f->cnt <= LQ_LIMITS_FAILURE_MAX;
    uint64_t newer_sec = clock->time_sec;
    for (size_t i = 0; i < LQ_LIMITS_FAILURE_MAX; i++) {
        f->times_sec[i] = get_number(p, 8);
        good = good && f->times_sec[i] <= (i < f->cnt ? newer_sec : 0);
        newer_sec = f->times_sec[i];
    }
    return good;
}

static bool get_borrowers(borrowers_t *b, uint32_t cnt, const limits_clock_t *clock,
                          const uint8_t **p)
{
    static const lq_address_t nobody = {{0}};
    failures_t *rest = &b->rows[BORROWER_REST];
    if (!get_failures(rest, clock, p) || memcmp(rest->borrower.b, nobody.b, sizeof(nobody.b)) != 0)
        return false;
    for (uint32_t i = 0; i < cnt; i++)
        if (!get_failures(&b->rows[i], clock, p) ||
            lq_map_insert(b->map, b->rows[i].borrower.b, i) != LQ_OK)
            return false;
    b->row_cnt = cnt;
    return true;
}

lq_err_t lq_limits_load(lq_limits_t *limits, const uint8_t *p, size_t sz)
{
    LQ_ASSERT(!limits->clock.known);
    uint32_t cnt;
    lq_err_t err = check_memory(&cnt, magic, MEMORY_VERSION, p, sz);
    if (err)
        return err;
    if (cnt > LQ_LIMITS_BORROWER_MAX ||
        sz != MEMORY_HEADER_SZ + FIXED_SZ + (1 + (size_t)cnt) * FAILURES_SZ + MEMORY_DIGEST_SZ)
        return LQ_ERR_SYNTAX;
    const uint8_t *at = p + MEMORY_HEADER_SZ;
    bool was_paused = limits->paused;
    bool good = get_flag(&limits->paused, &at) && get_clock(&limits->clock, &at) &&
                get_budget(&limits->gas_hour, &limits->clock, &at) &&
                get_budget(&limits->gas_day, &limits->clock, &at) &&
                get_budget(&limits->loss_day, &limits->clock, &at) &&
                get_outcomes(&limits->outcomes, &limits->clock, &at) &&
                get_borrowers(&limits->borrowers, cnt, &limits->clock, &at);
    if (!good)
        lq_limits_forget(limits);
    limits->paused = was_paused || limits->paused;
    return good ? LQ_OK : LQ_ERR_SYNTAX;
}
