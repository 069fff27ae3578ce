#include <math.h>

#include "book_internal.h"

double lq_book_bound(const lq_book_t *book, uint32_t account)
{
    lq_book_slot_t slot = book->slots[account];
    if (!slot.group) {
        bool known = lq_ledger_account(book->ground.ledger, account).state == LQ_ACCOUNT_KNOWN;
        return known ? (double)INFINITY : (double)NAN;
    }
    if (slot.group == LQ_BOOK_GROUP_OUTCAST)
        return 0;
    const lq_book_group_t *g = &book->groups[slot.group];
    if (g->flags & LQ_BOOK_FLAG_DEAD)
        return (double)NAN;
    double key = (double)lq_book_at(book, g, slot.pos)->key;
    return key > 0x1p-100 ? key * lq_book_drift(book, g).g : 0; /* 0 and a crumb's bit */
}

/* The best so far, a heap with the worst on top: OUT and book->scores in step. Of equal bounds the
   lower account is better. */
typedef struct best {
    uint32_t *out;
    float *scores;
    size_t cnt;
    size_t max;
} best_t;

static bool is_worse(const best_t *b, size_t i, float score, uint32_t account)
{
    return b->scores[i] > score ||
           (b->scores[i] <= score && b->scores[i] >= score && b->out[i] > account);
}

static void sink(best_t *b, size_t i, size_t cnt, float score, uint32_t account)
{
    for (size_t child; (child = 2 * i + 1) < cnt; i = child) {
        if (child + 1 < cnt && is_worse(b, child + 1, b->scores[child], b->out[child]))
            child++;
        if (!is_worse(b, child, score, account))
            break;
        b->scores[i] = b->scores[child];
        b->out[i] = b->out[child];
    }
    b->scores[i] = score;
    b->out[i] = account;
}

static void offer(best_t *b, float score, uint32_t account)
{
    if (b->cnt == b->max) {
        if (is_worse(b, 0, score, account))
            sink(b, 0, b->cnt, score, account);
        return;
    }
    size_t i = b->cnt++;
    for (; i > 0 && !is_worse(b, (i - 1) / 2, score, account); i = (i - 1) / 2) {
        b->scores[i] = b->scores[(i - 1) / 2];
        b->out[i] = b->out[(i - 1) / 2];
    }
    b->scores[i] = score;
    b->out[i] = account;
}

static void offer_group(const lq_book_t *book, best_t *b, uint32_t group)
{
    const lq_book_group_t *g = &book->groups[group];
    if (g->cnt == 0 || (g->flags & LQ_BOOK_FLAG_DEAD))
        return;
    double scale = group == LQ_BOOK_GROUP_OUTCAST ? 0 : lq_book_drift(book, g).g;
    for (uint32_t pos = 0; pos != LQ_BOOK_WALK_END;) {
        lq_book_entry_t entry = *lq_book_at(book, g, pos);
        float score = (float)((double)entry.key * scale);
        bool below = b->cnt < b->max || !(score > b->scores[0]);
        if (below && book->tiers[entry.account] != LQ_TIER_NONE)
            offer(b, score, entry.account);
        pos = lq_book_walk(g, pos, below);
    }
}

size_t lq_book_riskiest(const lq_book_t *book, uint32_t *out, size_t max)
{
    best_t b = {.out = out, .scores = book->scores, .max = max};
    if (b.max > book->config.account_max)
        b.max = book->config.account_max;
    if (b.max == 0)
        return 0;
    for (uint32_t group = LQ_BOOK_GROUP_OUTCAST; group < book->root->group_bump; group++)
        offer_group(book, &b, group);
    for (size_t cnt = b.cnt; cnt > 1; cnt--) { /* the worst to the end */
        float score = b.scores[cnt - 1];
        uint32_t account = out[cnt - 1];
        b.scores[cnt - 1] = b.scores[0];
        out[cnt - 1] = out[0];
        sink(&b, 0, cnt - 1, score, account);
    }
    return b.cnt;
}

/* A copy of BOOK whose factors are those under VIEW; *OUTGROWN: some losses are beyond what keys
   were computed with. Shifts are of one instance: its factors are valued when it is their turn. */
static lq_book_t shifted_book(const lq_book_t *book, bool *outgrown, const lq_book_view_t *view)
{
    const lq_ledger_t *ledger = book->ground.ledger;
    lq_book_t copy = *book;
    copy.factors = book->shifted;
    copy.safe = 1.0;
    *outgrown = false;
    size_t factor_cnt = lq_ledger_factor_cnt(ledger);
    for (uint32_t i = 0; i < book->ground.instance_cnt; i++) {
        const lq_instance_t *instance = book->ground.instances[i];
        size_t shift_cnt = lq_book_shifts(book, i, view);
        lq_health_view_t v = {
            .now_sec = view->now_sec, .shifts = book->shifts, .shift_cnt = shift_cnt};
        for (size_t k = 0; k < factor_cnt; k++) {
            uint32_t pool = lq_ledger_factor(ledger, (uint16_t)k)->pool;
            if (lq_ledger_pool(ledger, pool).instance != i)
                continue;
            lq_factor_value_t value =
                book->ground.adapters[i]->shifted_value(instance, (uint16_t)k, &v);
            const lq_book_factor_t *now = &book->factors[k];
            copy.factors[k] = (lq_book_factor_t){.value = value.value + 0.0,
                                                 .amount_loss = value.amount_loss,
                                                 .value_loss = value.value_loss,
                                                 .health_loss = value.health_loss,
                                                 .side = now->side};
            *outgrown |= value.value >= 0 && !(value.amount_loss <= now->amount_loss &&
                                               value.value_loss <= now->value_loss &&
                                               value.health_loss <= now->health_loss);
        }
    }
    return copy;
}

typedef struct found {
    uint32_t *out;
    size_t max;
    size_t cnt;
} found_t;

/* Who is below his group's bound is valued by himself: groups are loose under a view that moves
   much. */
static void find_in_group(const lq_book_t *shifted, found_t *found, uint32_t group, bool outgrown)
{
    const lq_book_group_t *g = &shifted->groups[group];
    if (g->cnt == 0)
        return;
    lq_book_drift_t d = lq_book_drift(shifted, g);
    bool bounded = group != LQ_BOOK_GROUP_OUTCAST && !outgrown && !d.worn_out &&
                   !(g->flags & LQ_BOOK_FLAG_STALE);
    for (uint32_t pos = 0; pos != LQ_BOOK_WALK_END && !d.unknown;) {
        lq_book_entry_t entry = *lq_book_at(shifted, g, pos);
        bool below = !bounded || (double)entry.key < d.cut;
        lq_book_set_t set;
        if (below) {
            lq_book_read_set(shifted, &set, entry.account);
            if (lq_book_key(shifted, &set, NULL) < 1.0F) {
                if (found->cnt < found->max)
                    found->out[found->cnt] = entry.account;
                found->cnt++;
            }
        }
        pos = lq_book_walk(g, pos, below);
    }
}

size_t lq_book_endangered(const lq_book_t *book, uint32_t *out, size_t max,
                          const lq_book_view_t *view)
{
    bool outgrown;
    lq_book_t shifted = shifted_book(book, &outgrown, view);
    found_t found = {.out = out, .max = max};
    for (uint32_t group = LQ_BOOK_GROUP_OUTCAST; group < book->root->group_bump; group++)
        find_in_group(&shifted, &found, group, outgrown);
    return found.cnt;
}
