#include "limits_internal.h"

#include <string.h>

/* How many failures of F lie within the rule's time: one counts until RULE->sec seconds after it.
 */
static uint32_t live_cnt(const failures_t *f, const failure_rule_t *rule, uint64_t time_sec)
{
    uint32_t cnt = 0;
    while (cnt < f->cnt && time_sec - f->times_sec[cnt] < rule->sec)
        cnt++;
    return cnt;
}

static bool row_holds(const failures_t *f, const failure_rule_t *rule, uint64_t time_sec)
{
    return rule->max && f->cnt >= rule->max &&
           time_sec - f->times_sec[rule->max - 1] < rule->sec; /* the newest come first */
}

static void add_failure(failures_t *f, uint64_t time_sec)
{
    if (f->cnt < LQ_LIMITS_FAILURE_MAX)
        f->cnt++;
    memmove(&f->times_sec[1], &f->times_sec[0], (f->cnt - 1) * sizeof(f->times_sec[0]));
    f->times_sec[0] = time_sec;
}

/* The row that may go, BORROWER_REST where none may. */
static uint32_t least_needed(const borrowers_t *b, const failure_rule_t *rule, uint64_t time_sec)
{
    uint32_t found = BORROWER_REST;
    uint32_t found_cnt = 0;
    for (uint32_t i = 0; i < b->row_cnt; i++) {
        const failures_t *f = &b->rows[i];
        if (row_holds(f, rule, time_sec))
            continue;
        uint32_t cnt = live_cnt(f, rule, time_sec);
        if (found == BORROWER_REST || cnt < found_cnt ||
            (cnt == found_cnt && f->times_sec[0] < b->rows[found].times_sec[0])) {
            found = i;
            found_cnt = cnt;
        }
    }
    return found;
}

static uint32_t row_for(borrowers_t *b, const lq_address_t *borrower, const failure_rule_t *rule,
                        uint64_t time_sec)
{
    uint32_t i;
    if (!lq_map_find(b->map, &i, borrower->b))
        return i;
    if (b->row_cnt < LQ_LIMITS_BORROWER_MAX) {
        i = b->row_cnt++;
    } else {
        i = least_needed(b, rule, time_sec);
        if (i == BORROWER_REST)
            return i;
        lq_err_t err = lq_map_remove(b->map, b->rows[i].borrower.b);
        LQ_ASSERT(!err);
    }
    b->rows[i] = (failures_t){.borrower = *borrower};
    lq_err_t err = lq_map_insert(b->map, borrower->b, i);
    LQ_ASSERT(!err);
    return i;
}

void lq_borrowers_fail(borrowers_t *b, const lq_address_t *borrower, const failure_rule_t *rule,
                       uint64_t time_sec)
{
    add_failure(&b->rows[row_for(b, borrower, rule, time_sec)], time_sec);
}

uint64_t lq_borrowers_until_sec(const borrowers_t *b, const lq_address_t *borrower,
                                const failure_rule_t *rule, uint64_t time_sec)
{
    uint32_t i;
    if (!borrower || lq_map_find(b->map, &i, borrower->b))
        i = BORROWER_REST;
    const failures_t *f = &b->rows[i];
    return row_holds(f, rule, time_sec) ? f->times_sec[rule->max - 1] + rule->sec : 0;
}

void lq_borrowers_release(borrowers_t *b, const failure_rule_t *rule, uint64_t time_sec)
{
    for (uint32_t i = 0; i < BORROWER_ROW_CNT; i++) {
        failures_t *f = &b->rows[i];
        if (!row_holds(f, rule, time_sec))
            continue;
        uint64_t passed_sec = f->times_sec[rule->max - 1];
        while (f->cnt && f->times_sec[f->cnt - 1] <= passed_sec)
            f->times_sec[--f->cnt] = 0;
    }
}

void lq_borrowers_clear(borrowers_t *b)
{
    lq_map_clear(b->map);
    memset(b->rows, 0, sizeof(b->rows));
    b->row_cnt = 0;
}
