#include "book_internal.h"

/* How much of the window lies on the side that harms. */
#define WINDOW_BELOW ((int32_t)LQ_BOOK_WHEEL / 4 * 3)

/* Where a value lies, in steps of 2^-10 of it, so that what harms goes down: the upper bits of a
   double rise with it. */
static int32_t place_of(double value, uint8_t side)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    int32_t place = (int32_t)(bits >> 42);
    return side == LQ_SIDE_DEBT ? -place : place;
}

/* Above the window is in its last list: thresholds are compared, so that a list too many costs time
   alone. */
static uint16_t list_of(const lq_book_factor_t *f, double threshold)
{
    int32_t i = place_of(threshold, f->side) - f->base;
    if (i < 0)
        return LQ_BOOK_LIST_FAR;
    return (uint16_t)(i < (int32_t)LQ_BOOK_WHEEL ? i : (int32_t)LQ_BOOK_WHEEL - 1);
}

static uint32_t *head(const lq_book_t *book, uint16_t factor, unsigned list)
{
    return &book->lists[factor * (size_t)LQ_BOOK_LIST_CNT + list];
}

void lq_book_link(lq_book_t *book, uint32_t member, uint16_t list)
{
    lq_book_member_t *m = &book->members[member];
    if (m->list == list)
        return;
    lq_undo_keep(book->undo, m, sizeof(*m));
    if (m->list != LQ_BOOK_LIST_NONE) {
        if (m->prev)
            LQ_BOOK_SET(book, book->members[m->prev].next, m->next);
        else
            LQ_BOOK_SET(book, *head(book, m->factor, m->list), m->next);
        if (m->next)
            LQ_BOOK_SET(book, book->members[m->next].prev, m->prev);
    }
    m->list = list;
    m->prev = 0;
    m->next = 0;
    if (list == LQ_BOOK_LIST_NONE)
        return;
    uint32_t *first = head(book, m->factor, list);
    m->next = *first;
    if (m->next)
        LQ_BOOK_SET(book, book->members[m->next].prev, member);
    LQ_BOOK_SET(book, *first, member);
}

/* At most the square root of X, which is at least 1. */
static double root_below(double x)
{
    double y = (1.0 + x) / 2;
    for (unsigned i = 0; i < 8; i++)
        y = (y + x / y) / 2; /* from above */
    return x / y * (1.0 - 0x1p-40);
}

static void to_lists(lq_book_t *book, const lq_book_group_t *g, uint16_t list)
{
    for (uint32_t i = 0; i < g->member_cnt; i++)
        lq_book_link(book, g->members + i, list);
}

/* Waits for the factors without a value. */
static void park(lq_book_t *book, const lq_book_group_t *g)
{
    for (uint32_t i = 0; i < g->member_cnt; i++) {
        double value = book->factors[book->members[g->members + i].factor].value;
        lq_book_link(book, g->members + i, value >= 0 ? LQ_BOOK_LIST_PARKED : LQ_BOOK_LIST_HOT);
    }
}

/* With L and U the thresholds' r and s^2 <= root key / cut: key L / U >= key g / s^2 >= cut g. */
void lq_book_set_thresholds(lq_book_t *book, uint32_t group, const lq_book_drift_t *drift)
{
    const lq_book_group_t *g = &book->groups[group];
    if (drift->unknown) {
        park(book, g);
        return;
    }
    double room = (double)lq_book_at(book, g, 0)->key / drift->cut;
    room = room < 0x1p80 ? room : 0x1p80;
    double s = room > 1.0 ? root_below(room) : 0;
    if (!(s > 1.0 + 0x1p-20)) {
        to_lists(book, g, LQ_BOOK_LIST_HOT);
        return;
    }
    double down = drift->least / s;
    double up = drift->most * s * (1.0 - 0x1p-40);
    down = (down > 1.0 / LQ_BOOK_FALL ? down : 1.0 / LQ_BOOK_FALL) * (1.0 + 0x1p-40);
    for (uint32_t i = 0; i < g->member_cnt; i++) {
        lq_book_member_t *m = &book->members[g->members + i];
        const lq_book_factor_t *f = &book->factors[m->factor];
        double threshold = m->reference * (f->side == LQ_SIDE_DEBT ? up : down);
        LQ_BOOK_SET(book, m->threshold, threshold);
        lq_book_link(book, g->members + i, list_of(f, threshold));
    }
}

void lq_book_list_look(lq_book_t *book, uint32_t group)
{
    if (book->look_stamps[group] == book->look_stamp)
        return;
    book->look_stamps[group] = book->look_stamp;
    book->looks[book->look_cnt++] = group;
}

static void look_at_list(lq_book_t *book, uint16_t factor, unsigned list)
{
    for (uint32_t m = *head(book, factor, list); m; m = book->members[m].next)
        lq_book_list_look(book, book->members[m].group);
}

static void look_at_passed(lq_book_t *book, uint16_t factor, unsigned list)
{
    const lq_book_factor_t *f = &book->factors[factor];
    for (uint32_t i = *head(book, factor, list); i; i = book->members[i].next) {
        const lq_book_member_t *m = &book->members[i];
        if (f->side == LQ_SIDE_DEBT ? f->value > m->threshold : f->value < m->threshold)
            lq_book_list_look(book, m->group);
    }
}

/* The window anew around the present value, most of it on the side that harms. */
static void recentre(lq_book_t *book, uint16_t factor, int32_t at)
{
    lq_book_factor_t *f = &book->factors[factor];
    uint32_t all = 0; /* of wheel and far, by next */
    for (unsigned list = 0; list <= LQ_BOOK_LIST_FAR; list++) {
        uint32_t *first = head(book, factor, list);
        if (!*first)
            continue;
        uint32_t last = *first;
        while (book->members[last].next)
            last = book->members[last].next;
        LQ_BOOK_SET(book, book->members[last].next, all);
        all = *first;
        LQ_BOOK_SET(book, *first, 0);
    }
    LQ_BOOK_SET(book, f->base, at - WINDOW_BELOW);
    while (all) {
        lq_book_member_t *m = &book->members[all];
        uint32_t next = m->next;
        LQ_BOOK_SET(book, m->list, LQ_BOOK_LIST_NONE);
        lq_book_link(book, all, list_of(f, m->threshold));
        all = next;
    }
}

/* From the value OLD to the present one, both known. */
static void pass(lq_book_t *book, uint16_t factor, double old)
{
    const lq_book_factor_t *f = &book->factors[factor];
    look_at_list(book, factor, LQ_BOOK_LIST_HOT);
    int32_t at = place_of(f->value, f->side);
    if (f->side == LQ_SIDE_DEBT ? f->value > old : f->value < old) {
        int32_t last = (int32_t)LQ_BOOK_WHEEL - 1;
        int32_t i = place_of(old, f->side) - f->base;
        int32_t end = at - f->base < last ? at - f->base : last;
        for (i = i < last ? i : last; i >= 0 && i >= end; i--)
            look_at_passed(book, factor, (unsigned)i);
        if (at < f->base)
            look_at_passed(book, factor, LQ_BOOK_LIST_FAR);
    }
    if (at < f->base || at >= f->base + (int32_t)LQ_BOOK_WHEEL)
        recentre(book, factor, at);
}

static bool raise(lq_book_t *book, float *ceiling, float loss, float more)
{
    bool above = !(loss <= *ceiling);
    if (above || loss < *ceiling / 4)
        LQ_BOOK_SET(book, *ceiling, loss * more);
    return above;
}

/* Keys are computed with ceilings a little above the losses, so that slow growth seldom outdates
   them; lower ceilings outdate none. */
static void take_losses(lq_book_t *book, uint16_t factor, const lq_factor_value_t *v)
{
    lq_book_factor_t *f = &book->factors[factor];
    bool outdated = raise(book, &f->amount_loss, v->amount_loss, 1.25F);
    outdated |= raise(book, &f->value_loss, v->value_loss, 1.25F);
    outdated |= raise(book, &f->health_loss, v->health_loss, 1.0F + 0x1p-6F);
    for (unsigned list = 0; outdated && list < LQ_BOOK_LIST_CNT; list++) {
        for (uint32_t m = *head(book, factor, list); m; m = book->members[m].next) {
            lq_book_group_t *g = &book->groups[book->members[m].group];
            LQ_BOOK_SET(book, g->flags, (uint8_t)(g->flags | LQ_BOOK_FLAG_STALE));
            lq_book_list_look(book, book->members[m].group);
        }
    }
}

void lq_book_take_factor(lq_book_t *book, uint16_t factor)
{
    LQ_ASSERT(factor < book->config.factor_max);
    lq_book_factor_t *f = &book->factors[factor];
    const lq_factor_value_t *v = lq_ledger_value(book->ground.ledger, factor);
    lq_undo_keep(book->undo, f, sizeof(*f));
    if (!f->known) {
        f->side = lq_ledger_factor(book->ground.ledger, factor)->side;
        f->known = 1;
        f->value = v->value + 0.0;
        if (f->value >= 0)
            f->base = place_of(f->value, f->side) - WINDOW_BELOW;
        take_losses(book, factor, v);
        return;
    }
    double old = f->value;
    f->value = v->value + 0.0; /* no -0 */
    if (v->value >= 0) {
        take_losses(book, factor, v);
        if (!(old >= 0))
            old = f->value;
        pass(book, factor, old);
    } else if (old >= 0) {
        for (unsigned list = 0; list <= LQ_BOOK_LIST_HOT; list++)
            look_at_list(book, factor, list);
    }
}
