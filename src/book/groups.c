#include <math.h>

#include "book_internal.h"

/* What arithmetic in doubles may cost, a part of each sum; see the proof in book/book.h. */
#define SLACK 0x1p-21

#define BITS_CRUMB 1u

static double to_double(lq_u128_t amount)
{
    return (double)(uint64_t)(amount >> 64) * 0x1p64 + (double)(uint64_t)amount;
}

static uint64_t mixed(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

void lq_book_read_set(const lq_book_t *book, lq_book_set_t *set, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(book->ground.ledger, account);
    set->cnt = 0;
    set->debt_cnt = 0;
    for (size_t i = 0; i < legs.cnt; i++) {
        uint16_t factor = legs.factors[i];
        uint8_t side = book->factors[factor].side;
        if (side == LQ_SIDE_IDLE)
            continue;
        set->debt_cnt += side == LQ_SIDE_DEBT;
        size_t k = set->cnt++;
        for (; k > 0 && set->factors[k - 1] > factor; k--) {
            set->factors[k] = set->factors[k - 1];
            set->amounts[k] = set->amounts[k - 1];
        }
        set->factors[k] = factor;
        set->amounts[k] = to_double(legs.amounts[i]);
    }
    uint64_t hash = book->config.seed;
    for (size_t i = 0; i < set->cnt; i++)
        hash = mixed(hash, set->factors[i] + 1u);
    set->hash = mixed(hash, set->cnt);
}

static uint32_t bits_of(float key)
{
    uint32_t bits;
    memcpy(&bits, &key, sizeof(bits));
    return bits;
}

bool lq_book_is_crumb(float key)
{
    return bits_of(key) & BITS_CRUMB;
}

/* What is summed of an account, from both sides of what rounding can do. */
typedef struct sums {
    double low;       /* of collateral, at least */
    double high;      /* at most */
    double owed;      /* of debt, at most */
    double least;     /* at least */
    double losses[2]; /* of values; collateral's and debt's */
    double health_loss;
} sums_t;

/* The key, its last bit set where K (1 + CRUMB) is no upper bound. */
static float to_key(const sums_t *s)
{
    double collateral = s->low * (1.0 - SLACK) - LQ_BOOK_FALL * s->losses[0] * (1.0 + SLACK);
    double debt = (s->owed + LQ_BOOK_FALL * s->losses[1]) * (1.0 + SLACK);
    double k = collateral / debt * (1.0 - s->health_loss) * (1.0 - 0x1p-20);
    double most = (s->high + LQ_BOOK_FALL * s->losses[0]) * (1.0 + SLACK);
    double least = s->least * (1.0 - SLACK) - LQ_BOOK_FALL * s->losses[1] * (1.0 + SLACK);
    if (!(collateral < 0x1p1000) || !(k > 0x1p-100))
        k = 0; /* also where it is no number, or a float would lose digits */
    k = k < 0x1p100 ? k : 0x1p100;
    float key = (float)k;
    bool crumb = !(least > 0) || !(most < 0x1p1000) ||
                 !(most <= least * k * (1.0 + LQ_BOOK_CRUMB - 0x1p-18));
    uint32_t bits = (bits_of(key) & ~BITS_CRUMB) | (crumb ? BITS_CRUMB : 0);
    memcpy(&key, &bits, sizeof(key));
    return key;
}

float lq_book_key(const lq_book_t *book, const lq_book_set_t *set, const lq_book_member_t *members)
{
    sums_t s = {0};
    for (size_t i = 0; i < set->cnt; i++) {
        const lq_book_factor_t *f = &book->factors[set->factors[i]];
        double value = members ? members[i].reference : f->value;
        bool owes = f->side == LQ_SIDE_DEBT;
        double less = set->amounts[i] * (1.0 - 0x1p-50) - (double)f->amount_loss;
        double more = set->amounts[i] + (double)f->amount_loss;
        /* Not a number stays one. */
        *(owes ? &s.owed : &s.high) += more * value;
        if (!(less < 0))
            *(owes ? &s.least : &s.low) += less * value;
        s.losses[owes] += (double)f->value_loss;
        if ((double)f->health_loss > s.health_loss)
            s.health_loss = (double)f->health_loss;
        if (!(value >= 0))
            s.owed = value;
    }
    return to_key(&s);
}

bool lq_book_is_of(const lq_book_t *book, const lq_book_group_t *g, const lq_book_set_t *set)
{
    if (g->hash != set->hash || g->member_cnt != set->cnt)
        return false;
    const lq_book_member_t *m = &book->members[g->members];
    for (size_t i = 0; i < set->cnt; i++) {
        if (m[i].factor != set->factors[i])
            return false;
    }
    return true;
}

static uint32_t *bucket(const lq_book_t *book, uint64_t hash)
{
    return &book->hashes[(hash ^ hash >> 32) & (book->hash_cnt - 1)];
}

uint32_t lq_book_newest(const lq_book_t *book, const lq_book_set_t *set)
{
    uint32_t group = *bucket(book, set->hash);
    while (group && !lq_book_is_of(book, &book->groups[group], set))
        group = book->groups[group].hash_next;
    return group;
}

/* A block of at least CNT members, 0 where there is none; *CLASS is then what it is a block of. */
static uint32_t take_members(lq_book_t *book, uint8_t *class, size_t cnt)
{
    lq_book_root_t *root = book->root;
    unsigned least = 0;
    while ((size_t)1 << least < cnt)
        least++;
    size_t sz = (size_t)1 << least;
    bool bump = !root->member_free[least] && root->member_bump + sz <= book->member_max;
    if (bump) {
        uint32_t first = root->member_bump;
        LQ_BOOK_SET(book, root->member_bump, first + (uint32_t)sz);
        *class = (uint8_t)least;
        return first;
    }
    for (unsigned i = least; i < LQ_BOOK_MEMBER_CLASS_CNT; i++) {
        uint32_t first = root->member_free[i];
        if (!first)
            continue;
        LQ_BOOK_SET(book, root->member_free[i], book->members[first].next);
        *class = (uint8_t)i;
        return first;
    }
    return 0;
}

static void give_members(lq_book_t *book, uint32_t first, unsigned class)
{
    LQ_BOOK_SET(book, book->members[first].next, book->root->member_free[class]);
    LQ_BOOK_SET(book, book->root->member_free[class], first);
}

/* Makes GROUP the newest of its set, where NEWEST was it; 0: the set's first. */
static void enter(lq_book_t *book, uint32_t group, uint32_t newest)
{
    lq_book_group_t *g = &book->groups[group];
    uint32_t *at = bucket(book, g->hash);
    if (newest) {
        while (*at != newest)
            at = &book->groups[*at].hash_next;
        g->hash_next = book->groups[newest].hash_next;
        g->older = newest;
        LQ_BOOK_SET(book, book->groups[newest].newer, group);
    } else {
        g->hash_next = *at;
    }
    LQ_BOOK_SET(book, *at, group);
}

uint32_t lq_book_open(lq_book_t *book, const lq_book_set_t *set)
{
    lq_book_root_t *root = book->root;
    uint32_t group = root->group_free ? root->group_free : root->group_bump;
    uint8_t class = 0;
    uint32_t members = 0;
    if (group < book->config.group_max + LQ_BOOK_GROUP_FIRST)
        members = take_members(book, &class, set->cnt);
    if (!members) {
        book->stat.group_full_cnt++;
        return LQ_BOOK_GROUP_NONE;
    }
    lq_undo_keep(book->undo, root, sizeof(*root));
    if (group == root->group_free)
        root->group_free = book->groups[group].hash_next;
    else
        root->group_bump++;
    root->group_cnt++;
    lq_book_group_t *g = &book->groups[group];
    LQ_BOOK_SET(book, *g,
                (lq_book_group_t){.hash = set->hash,
                                  .members = members,
                                  .member_cnt = (uint16_t)set->cnt,
                                  .member_class = class,
                                  .flags = LQ_BOOK_FLAG_USED});
    lq_book_member_t *m = &book->members[members];
    lq_undo_keep(book->undo, m, set->cnt * sizeof(*m));
    for (size_t i = 0; i < set->cnt; i++) {
        double value = book->factors[set->factors[i]].value;
        m[i] = (lq_book_member_t){.reference = value,
                                  .group = group,
                                  .factor = set->factors[i],
                                  .list = LQ_BOOK_LIST_NONE};
        if (!(value >= 0))
            g->flags |= LQ_BOOK_FLAG_DEAD;
    }
    uint32_t newest = lq_book_newest(book, set);
    enter(book, group, newest);
    return group;
}

/* Takes G out of the chain of its set and the set, where it was the only one, out of the hash. */
static void leave(lq_book_t *book, uint32_t group)
{
    const lq_book_group_t *g = &book->groups[group];
    if (g->older)
        LQ_BOOK_SET(book, book->groups[g->older].newer, g->newer);
    if (g->newer) {
        LQ_BOOK_SET(book, book->groups[g->newer].older, g->older);
        return;
    }
    uint32_t *at = bucket(book, g->hash);
    while (*at != group)
        at = &book->groups[*at].hash_next;
    if (g->older)
        LQ_BOOK_SET(book, book->groups[g->older].hash_next, g->hash_next);
    LQ_BOOK_SET(book, *at, g->older ? g->older : g->hash_next);
}

void lq_book_close(lq_book_t *book, uint32_t group)
{
    lq_book_group_t *g = &book->groups[group];
    for (uint32_t i = 0; i < g->member_cnt; i++)
        lq_book_link(book, g->members + i, LQ_BOOK_LIST_NONE);
    leave(book, group);
    give_members(book, g->members, g->member_class);
    LQ_BOOK_SET(book, *g, (lq_book_group_t){.hash_next = book->root->group_free});
    LQ_BOOK_SET(book, book->root->group_free, group);
    LQ_BOOK_SET(book, book->root->group_cnt, book->root->group_cnt - 1);
}

static double ratio(double high, double low)
{
    return low > 0 ? high / low : 1.0;
}

lq_book_drift_t lq_book_drift(const lq_book_t *book, const lq_book_group_t *g)
{
    lq_book_drift_t d = {.least = 0x1p64};
    double rise = 0;     /* of collateral */
    double low = 0x1p64; /* of debt */
    const lq_book_member_t *m = &book->members[g->members];
    for (size_t i = 0; i < g->member_cnt; i++) {
        const lq_book_factor_t *f = &book->factors[m[i].factor];
        bool owes = f->side == LQ_SIDE_DEBT;
        if (!(f->value >= 0)) {
            d.unknown = true;
        } else if (!(m[i].reference > 0)) {
            d.worn_out |= !(m[i].reference >= 0) || f->value > 0;
        } else {
            double r = f->value / m[i].reference;
            double *least = owes ? &low : &d.least;
            double *most = owes ? &d.most : &rise;
            *least = r < *least ? r : *least;
            *most = r > *most ? r : *most;
        }
    }
    double most = d.most > 1.0 / LQ_BOOK_FALL ? d.most : 1.0 / LQ_BOOK_FALL;
    /* a threshold just above the value, in another list than it, would not be seen to be passed */
    d.worn_out |= d.least < 1.0 / LQ_BOOK_FALL * (1.0 + 0x1p-30) || (d.most > 0 && d.most < most);
    d.loose = ratio(rise, d.least) * ratio(d.most, low);
    d.most = most;
    d.g = d.least / most;
    d.cut = book->safe / d.g * (1.0 + 0x1p-40);
    rise = rise > 1.0 / LQ_BOOK_FALL ? rise : 1.0 / LQ_BOOK_FALL;
    d.high = low >= 1.0 / LQ_BOOK_FALL ? rise / low * (1.0 + LQ_BOOK_CRUMB) : (double)INFINITY;
    return d;
}
