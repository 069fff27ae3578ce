#include "sizing_flash_internal.h"

/* The best two calls by a flash loan.

   Each pair and route has a bound of its own: what it earns is concave, and below the lines through
   what was quoted (sizing_curve.c). What two earn is bounded by both, and by what they share: what
   the first pays and takes is not there for the second. The stretch of first amounts whose bound is
   the highest is tried where that has its most, which is a quote more, and parted there, until no
   bound is above the best. */

/* What of a range is not parted; how often a stretch is before all others were so often; and how
   often at all, in so many times the tries that it took to get there. */
#define FINE_PART   (1.0 / (double)(1u << 20))
#define DEPTH_FIRST 4u
#define DEPTH_MAX   16u
#define DEEP_TIMES  3u

/* Smaller accounts are searched to the unit. */
#define SMALL_BITS 20u

/* What is nearer to an end, of a stretch, is the end. */
#define NEAR_END (1.0 / 64)

/* What heals is told to within that part of it. */
#define BELOW_BORDER (1 - 1.0 / (double)(1u << 22))
#define HEALED_PART  (1.0 / (double)(1u << 16))

/* How much further than the largest amount that is known is asked. */
#define BEYOND (1 + 1.0 / 64)

/* More than so many times what is owed is no limit. */
#define UNTOLD 1e6

/* ---- what is told ---- */

static bool tell_side(lq_flash_t *f, lq_liquidation_pair_t pair)
{
    lq_pursuit_t *p = f->p;
    lq_sizer_t *s = p->s;
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    lq_flash_side_t *side = &f->sides[f->side_cnt];
    if (!lq_sizer_pair(s, &side->of, pair))
        return true; /* nothing may be done with it */
    side->top = (lq_liquidation_top_t){.call = {.pair = pair, .by = LQ_LIQUIDATION_BY_REPAID}};
    if (f->side_cnt + 1 == LQ_FLASH_SIDE_MAX ||
        f->entry_cnt + side->of.route_cnt > LQ_FLASH_ENTRY_MAX ||
        !lq_sizer_act_top(s, &side->like, p->base, &side->top) ||
        s->adapter->trial_ranges(s->self, p->base, ranges, pair, LQ_LIQUIDATION_BY_SEIZED) > 0 ||
        lq_u256_bit_len(&side->top.least) <= SMALL_BITS)
        return false;
    const lq_liquidation_outcome_t *o = &side->like.outcome;
    double repaid = lq_u256_to_double(&o->repaid);
    double taken = lq_u256_to_double(&o->seized) + lq_u256_to_double(&o->protocol_fee);
    if (repaid <= 0 || taken <= 0 ||
        lq_u256_to_double(&side->top.again) > UNTOLD * lq_u256_to_double(&side->top.owed))
        return false;
    side->like.collateral = side->of.collateral;
    side->like.debt = side->of.debt;
    side->taken = taken / repaid;
    side->least = lq_u256_to_double(&side->top.least);
    side->again = lq_u256_to_double(&side->top.again);
    side->lift = lq_u256_to_double(&side->top.lift);
    double lent = lq_u256_to_double(&side->of.debt->left);
    side->again = lq_sizing_least(side->again * BELOW_BORDER, lent);
    side->owed = lq_flash_no_less(lq_sizing_least(lq_u256_to_double(&side->top.owed), lent));
    side->held = lq_flash_no_less(lq_u256_to_double(&side->top.held) / side->taken);
    side->later = lq_flash_no_less(lq_u256_to_double(&side->top.later));
    side->value = side->top.unit_value;
    f->side_cnt++;
    for (size_t i = 0; i < side->of.route_cnt; i++) {
        lq_flash_entry_t *e = &f->entries[f->entry_cnt++];
        *e = (lq_flash_entry_t){.side = side,
                                .route = &side->of.routes[i],
                                .curve = lq_curve_of(s, &side->of.routes[i])};
        if (!e->curve)
            return false;
        e->line = lq_curve_line(s, &side->like, e->curve);
    }
    return true;
}

/* ---- the search ---- */

static void add_node(lq_flash_t *f, const lq_flash_node_t *like, double low, double high)
{
    if (high < low || f->node_cnt == LQ_FLASH_NODE_MAX)
        return;
    lq_flash_node_t *n = &f->nodes[f->node_cnt++];
    *n = *like;
    n->low = low;
    n->high = high;
}

/* UNITS of what SIDE repays. */
static lq_u256_t units_of(const lq_flash_side_t *side, double units)
{
    return lq_hunt_part(&side->top.least, units / side->least);
}

/* Adds what RANGE has of first calls along E. */
static void add_range(lq_flash_t *f, const lq_flash_entry_t *e, const lq_liquidation_range_t *range)
{
    const lq_flash_side_t *side = e->side;
    lq_flash_node_t like = {.entry = e,
                            .borders = {range->from, lq_u256_min(&range->to, &side->top.least)},
                            .bound = LQ_SIZING_ANY_WORTH,
                            .likely = LQ_SIZING_ANY_WORTH,
                            .cap = LQ_SIZING_ANY_WORTH};
    double most = side->again;
    double low = lq_u256_to_double(&like.borders[0]);
    double high = lq_u256_to_double(&like.borders[1]);
    if (most < high * (1 - HEALED_PART)) { /* else the range tells its end better */
        if (most - low < most * HEALED_PART)
            return;
        high = most;
        like.borders[1] = units_of(side, most);
    }
    if (low < side->lift && side->lift < high * BELOW_BORDER) {
        lq_flash_node_t first = like;
        first.borders[1] = units_of(side, side->lift * BELOW_BORDER);
        add_node(f, &first, low, side->lift);
        low = side->lift;
        like.borders[0] = units_of(side, low);
    }
    like.lifted = low >= side->lift;
    add_node(f, &like, low, high);
}

static void add_nodes(lq_flash_t *f)
{
    lq_pursuit_t *p = f->p;
    for (size_t i = 0; i < f->side_cnt; i++) {
        const lq_flash_side_t *side = &f->sides[i];
        lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
        size_t cnt = p->s->adapter->trial_ranges(p->s->self, p->base, ranges, side->of.pair,
                                                 LQ_LIQUIDATION_BY_REPAID);
        for (size_t k = 0; k < cnt; k++)
            for (size_t e = 0; e < f->entry_cnt; e++)
                if (f->entries[e].side == side)
                    add_range(f, &f->entries[e], &ranges[k]);
    }
}

/* Where two amounts trade for each other no stretch between them is soon known to be no better than
   another, and none is parted further before all others were. What is only not likely to be better
   comes behind those that were parted least. */
static unsigned rank_of(const lq_flash_node_t *n, double goal)
{
    unsigned least = n->likely <= goal ? DEPTH_FIRST + 1 : DEPTH_FIRST;
    return n->depth > least ? n->depth : least;
}

/* The one to look at next: of the lowest rank the highest. */
static lq_flash_node_t *next_node(lq_flash_t *f)
{
    lq_flash_node_t *best = NULL;
    unsigned least = 0;
    double goal = lq_pursuit_goal(f->p);
    for (size_t i = 0; i < f->node_cnt; i++) {
        lq_flash_node_t *n = &f->nodes[i];
        unsigned rank = rank_of(n, goal);
        if (best && (rank > least || (rank == least && n->likely <= best->likely)))
            continue;
        best = n;
        least = rank;
    }
    return best;
}

/* Whether N is to be looked at: as long as there are any of the first rank, of which *FIRST is set
   to how many tries they took, and then for a while. */
static bool is_in_time(const lq_flash_t *f, const lq_flash_node_t *n, uint32_t *first)
{
    const lq_sizer_t *s = f->p->s;
    if (rank_of(n, lq_pursuit_goal(f->p)) == DEPTH_FIRST)
        *first = s->try_cnt;
    return s->try_cnt - *first <= DEEP_TIMES * *first && lq_pursuit_can_go_on(f->p);
}

/* Sets *X to an amount of N's to try, and returns it to the unit. */
static lq_u256_t amount_in(const lq_flash_node_t *n, double *x)
{
    const lq_flash_side_t *side = n->entry->side;
    double width = n->high - n->low;
    bool low = n->at - n->low < width * NEAR_END;
    bool high = n->high - n->at <= width * NEAR_END;
    if ((low && n->ends[0]) || (high && n->ends[1])) {
        *x = n->low + width / 2;
        return units_of(side, *x);
    }
    *x = high ? n->high : low ? n->low : n->at;
    return high ? n->borders[1] : low ? n->borders[0] : units_of(side, *x);
}

/* Has E's curve know of what repaying UNITS takes, if it does not yet. */
static bool ask(lq_flash_t *f, const lq_flash_entry_t *e, double units)
{
    lq_sizer_t *s = f->p->s;
    double out = e->line.before + units * e->line.need;
    if (lq_curve_ends_at(e->curve, out)) /* what is beyond tells how it gets there */
        out *= BEYOND;
    if (units <= e->side->least * FINE_PART || e->route->path_cnt == 0 ||
        !lq_curve_wants(e->curve, out))
        return false;
    size_t cnt = e->curve->cnt;
    s->try_cnt++;
    (void)lq_sizer_ask(s, e->route, out);
    return e->curve->cnt > cnt || e->curve->end <= out;
}

/* Asks for what N's bound is made of. False: all of it is known. */
static bool sharpen(lq_flash_t *f, const lq_flash_node_t *n)
{
    bool asked = false;
    for (size_t i = 0; i < 2; i++) {
        asked |= ask(f, n->entry, n->firsts[i]);
        asked |= !n->along && ask(f, n->then, n->thens[i]);
    }
    return asked;
}

/* Tries N, which is taken away, and adds what is left of it. */
static void try_node(lq_flash_t *f, const lq_flash_node_t *n)
{
    lq_pursuit_t *p = f->p;
    const lq_flash_side_t *side = n->entry->side;
    double x;
    lq_known_t k = {.call = side->top.call};
    k.call.amount = amount_in(n, &x);
    k.stop.amount = k.call.amount;
    p->of = side->of;
    p->route = &p->of.routes[n->entry->route - side->of.routes];
    double goal = lq_pursuit_goal(p);
    lq_flash_tell_behind(f, n, x * BELOW_BORDER);
    p->s->behind = f->behind;
    p->s->behind_cnt = f->side_cnt;
    lq_pursuit_try(p, &k);
    p->s->behind_cnt = 0;
    lq_flash_node_t like = *n;
    like.depth++;
    if (like.depth > DEPTH_MAX || n->high - n->low <= n->high * FINE_PART)
        return;
    lq_flash_node_t low = like;
    low.ends[1] = true;
    lq_flash_node_t high = like;
    high.ends[0] = true;
    if (k.stop.there)
        high.cap = lq_sizing_least(high.cap, lq_sizing_most(k.stop.then, goal - k.stop.first));
    if (x > n->low)
        add_node(f, &low, n->low, x);
    if (x < n->high)
        add_node(f, &high, x, n->high);
}

/* Tries C, with what is best behind it. */
static void try_call(lq_flash_t *f, const lq_candidate_t *c)
{
    lq_pursuit_t *p = f->p;
    lq_known_t k = {.call = c->call, .stop = {.amount = c->call.amount}};
    for (size_t i = 0; i < f->entry_cnt; i++) {
        const lq_flash_entry_t *e = &f->entries[i];
        if (!lq_sizing_same_pair(e->side->of.pair, c->call.pair) ||
            !lq_curve_is_same(e->route, &c->route))
            continue;
        p->of = e->side->of;
        p->route = &p->of.routes[e->route - e->side->of.routes];
        lq_pursuit_try(p, &k);
        return;
    }
}

/* Has the smaller of the two come first where they are as good so: it leaves more for a third. */
static void turn(lq_flash_t *f)
{
    lq_pursuit_t *p = f->p;
    if (!p->found || !lq_i256_lt(&p->found->then.best.gross, &p->found->first.gross))
        return;
    const lq_candidate_t then = p->found->then.best;
    p->turned = true;
    try_call(f, &then);
    p->turned = false;
}

bool lq_pursuit_flash(lq_pursuit_t *p, const lq_candidate_t *alone)
{
    lq_sizer_t *s = p->s;
    lq_flash_t f;
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    size_t cnt = s->adapter->trial_top
                     ? s->adapter->trial_pairs(s->self, p->base, pairs, LQ_PLAN_PAIR_MAX)
                     : 0;
    f.p = p;
    f.side_cnt = 0;
    f.entry_cnt = 0;
    f.node_cnt = 0;
    for (size_t i = 0; i < cnt; i++)
        if (i >= LQ_PLAN_PAIR_MAX || !tell_side(&f, pairs[i]))
            return false;
    if (f.side_cnt == 0)
        return false;
    add_nodes(&f);
    if (f.node_cnt == LQ_FLASH_NODE_MAX)
        return false;
    p->pruned = true;
    uint32_t first = 0;
    /* Ticks, which no bound sees, may make it better than what is near. */
    try_call(&f, alone);
    for (lq_flash_node_t *n = next_node(&f); n && is_in_time(&f, n, &first); n = next_node(&f)) {
        double was = n->bound;
        lq_flash_bound(&f, n);
        n->bound = lq_sizing_least(n->bound, was);
        n->likely = lq_sizing_least(n->likely, n->bound);
        if (n->bound <= lq_pursuit_goal(p)) {
            *n = f.nodes[--f.node_cnt];
            continue;
        }
        if (n != next_node(&f) || sharpen(&f, n))
            continue;
        lq_flash_node_t taken = *n;
        *n = f.nodes[--f.node_cnt];
        try_node(&f, &taken);
    }
    turn(&f);
    p->pruned = false;
    return true;
}
