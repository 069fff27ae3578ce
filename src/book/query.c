#include "book_internal.h"

double lq_book_bound(const lq_book_t *book, uint32_t account)
{
    lq_book_slot_t slot = book->slots[account];
    if (!slot.group) {
        bool known =
            lq_ledger_account(book->ground.ledger, account).state == LQ_ACCOUNT_KNOWN;
        return known ? (double)INFINITY : (double)NAN;
    }
    if (slot.group == LQ_BOOK_GROUP_OUTCAST)
        return 0;
    const lq_book_group_t *g = &book->groups[slot.group];
    if (g->flags & LQ_BOOK_FLAG_DEAD)
        return (double)NAN;
    return (double)lq_book_at(book, g, slot.pos)->key * lq_book_drift(book, g).g;
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
    return b->scores[i] > score || (b->scores[i] <= score && b->scores[i] >= score && b->out[i] > account);
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

/* What the book's factors are under a view. Shifts are of one instance: its factors are valued when
   it is their turn. */
static void shift_factors(lq_book_t *book, const lq_book_view_t *view)
{
    const lq_ledger_t *ledger = book->ground.ledger;
    size_t factor_cnt = lq_ledger_factor_cnt(ledger);
    for (uint32_t i = 0; i < book->ground.instance_cnt; i++) {
        lq_health_view_t v = {.now_sec = view->now_sec,
                              .shifts = book->shifts,
                              .shift_cnt = lq_book_shifts(book, i, view)};
        for (size_t f = 0; f < factor_cnt; f++) {
            uint32_t pool = lq_ledger_factor(ledger, (uint16_t)f)->pool;
            if (lq_ledger_pool(ledger, pool).instance == i)
                book->shifted[f] = book->ground.adapters[i]->shifted_value(
                    book->ground.instances[i], (uint16_t)f, &v);
        }
    }
}

static void give_below(const lq_book_t *book, best_t *b, const lq_book_t *shifted, uint32_t group)
{
    const lq_book_group_t *g = &book->groups[group];
    lq_book_drift_t d = {.cut = 0x1p1000};
    if (g->cnt == 0)
        return;
    if (group != LQ_BOOK_GROUP_OUTCAST)
        d = lq_book_drift(shifted, g);
    if (d.unknown)
        return;
    bool bounded = !d.worn_out && !(g->flags & (LQ_BOOK_FLAG_DEAD | LQ_BOOK_FLAG_STALE)) &&
                   group != LQ_BOOK_GROUP_OUTCAST;
    double cut = bounded ? d.cut : 0x1p1000;
    for (uint32_t pos = 0; pos != LQ_BOOK_WALK_END;) {
        lq_book_entry_t entry = *lq_book_at(book, g, pos);
        bool below = (double)entry.key < cut;
        lq_book_set_t set;
        if (below) {
            lq_book_read_set(book, &set, entry.account);
            if (lq_book_key(shifted, &set, NULL) < 1.0F) {
                if (b->cnt < b->max)
                    b->out[b->cnt] = entry.account;
                b->cnt++;
            }
        }
        pos = lq_book_walk(g, pos, below);
    }
}
