#include "sizing_internal.h"

/* What a route costs, from what was quoted along it.

   What goes in for what comes out is convex, but for rounding, and nothing for nothing. So it lies
   above the line through two amounts wherever that leaves them, and above the route's spot. Quotes
   see no step of the plan: what they told once holds for all of a sizing. */

/* Amounts nearer to each other than that part of them tell no more than one of them. */
#define APART (1.0 / (double)(1u << 11))

/* What a split may be off by, of what goes in; and units by gas: each tick that is crossed rounds.
 */
#define SPLIT_OFF    (1.0 / (double)(1u << 28))
#define GAS_OF_ROUND 16000u

bool lq_curve_is_same_path(const lq_swap_path_t *a, const lq_swap_path_t *b)
{
    if (a->hop_cnt != b->hop_cnt)
        return false;
    for (uint32_t i = 0; i < a->hop_cnt; i++)
        if (a->hops[i].pool != b->hops[i].pool ||
            a->hops[i].zero_for_one != b->hops[i].zero_for_one)
            return false;
    return true;
}

bool lq_curve_is_same(const lq_swap_route_t *a, const lq_swap_route_t *b)
{
    if (a->path_cnt != b->path_cnt)
        return false;
    for (uint32_t i = 0; i < a->path_cnt; i++)
        if (!lq_curve_is_same_path(&a->paths[i], &b->paths[i]))
            return false;
    return true;
}

lq_sizing_curve_t *lq_curve_of(lq_sizer_t *s, const lq_swap_route_t *route)
{
    lq_sizing_curve_t *curves = s->room->curves;
    for (size_t i = 0; i < s->curve_cnt; i++)
        if (lq_curve_is_same(&curves[i].route, route))
            return &curves[i];
    if (s->curve_cnt == LQ_SIZING_CURVE_MAX)
        return NULL;
    lq_sizing_curve_t *curve = &curves[s->curve_cnt++];
    curve->route = *route;
    curve->off = 0;
    curve->end = LQ_SIZING_ANY_WORTH;
    curve->cnt = 0;
    return curve;
}

/* Units of what goes in that SWAP may be off by: a unit of what is in between is worth several. */
static double off_of(const lq_swap_t *swap)
{
    double units = 2 + (double)swap->gas / GAS_OF_ROUND;
    double off = units;
    for (uint32_t i = 1; i < swap->leg_cnt; i++) {
        const lq_swap_leg_t *leg = &swap->legs[i];
        double mid = lq_u256_to_double(&leg->amount_in);
        if (leg->path == leg[-1].path && mid > 0)
            off += units * lq_u256_to_double(&leg[-1].amount_in) / mid;
    }
    return off + lq_u256_to_double(&swap->amount_in) * SPLIT_OFF;
}

void lq_curve_note(lq_sizing_curve_t *curve, const lq_swap_t *swap)
{
    if (!curve)
        return;
    const lq_sizing_point_t at = {lq_u256_to_double(&swap->amount_out),
                                  lq_u256_to_double(&swap->amount_in), swap->gas, swap->leg_cnt};
    curve->off = lq_sizing_most(curve->off, off_of(swap));
    size_t i = 0;
    while (i < curve->cnt && curve->points[i].out < at.out)
        i++;
    if (curve->cnt == LQ_SIZING_POINT_MAX ||
        (i < curve->cnt && curve->points[i].out - at.out < APART * at.out) ||
        (i > 0 && at.out - curve->points[i - 1].out < APART * at.out))
        return;
    for (size_t k = curve->cnt++; k > i; k--)
        curve->points[k] = curve->points[k - 1];
    curve->points[i] = at;
}

bool lq_curve_wants(const lq_sizing_curve_t *curve, double out)
{
    for (size_t i = 0; i < curve->cnt; i++) {
        double apart = curve->points[i].out - out;
        if ((apart < 0 ? -apart : apart) < APART * out)
            return false;
    }
    return curve->cnt < LQ_SIZING_POINT_MAX && out < curve->end;
}

bool lq_curve_ends_at(const lq_sizing_curve_t *curve, double out)
{
    if (curve->cnt == 0)
        return false;
    const lq_sizing_point_t *last = &curve->points[curve->cnt - 1];
    return out <= last->out * (1 + APART) && last->out <= out * (1 + APART);
}

const lq_sizing_point_t *lq_curve_near(const lq_sizing_line_t *line, double units)
{
    const lq_sizing_curve_t *c = line->curve;
    double out = (line->before + units * line->need) * (1 + APART);
    size_t i = 0;
    while (i < c->cnt && c->points[i].out <= out)
        i++;
    return i > 0 ? &c->points[i - 1] : NULL;
}

/* ---- bounds ---- */

lq_sizing_line_t lq_curve_line(const lq_sizer_t *s, const lq_candidate_t *c,
                               const lq_sizing_curve_t *curve)
{
    double unit = c->collateral->unit_usd;
    lq_sizing_line_t line = {.curve = curve,
                             .got = lq_u256_to_double(&c->outcome.seized) * unit /
                                    lq_u256_to_double(&c->outcome.repaid),
                             .need = 1 + c->debt->about.loan.fee_pips / 1e6,
                             .unit = unit};
    for (size_t i = 0; i < s->step_cnt; i++)
        if (lq_curve_is_same(&s->steps[i].route, &curve->route)) {
            line.before += lq_u256_to_double(&s->steps[i].swap.amount_out);
            line.before_in += lq_u256_to_double(&s->steps[i].swap.amount_in);
        }
    return line;
}

/* A line that what goes in is above: IN at OUT, and SLOPE. */
typedef struct below {
    double out;
    double in;
    double slope;
} below_t;

static double at_of(const below_t *b, double out)
{
    return b->in + b->slope * (out - b->out);
}

/* The line through the two points before point number I, from there on. */
static below_t from_left(const lq_sizing_curve_t *c, size_t i)
{
    const lq_sizing_point_t none = {.out = 0};
    if (i == 0)
        return (below_t){0, 0, 1 / c->route.spot};
    const lq_sizing_point_t *b = &c->points[i - 1];
    const lq_sizing_point_t *a = i > 1 ? &c->points[i - 2] : &none;
    double slope = (b->in - a->in - c->off) / (b->out - a->out);
    return (below_t){b->out, b->in - c->off, lq_sizing_most(slope, 0)};
}

/* The line through point number I and the next, up to there. False: there are none. */
static bool from_right(below_t *out, const lq_sizing_curve_t *c, size_t i)
{
    if (i + 1 >= c->cnt)
        return false;
    const lq_sizing_point_t *a = &c->points[i];
    const lq_sizing_point_t *b = &c->points[i + 1];
    *out = (below_t){a->out, a->in - c->off, (b->in - a->in + c->off) / (b->out - a->out)};
    return true;
}

/* The most of RATE of what comes out less what goes in, from LOW to HIGH, which are between point
   number I and that before it. */
static double most_between(const lq_sizing_curve_t *c, size_t i, double rate, double low,
                           double high, double *at)
{
    const below_t left = from_left(c, i);
    below_t right;
    const bool two = from_right(&right, c, i);
    double ends[3] = {low, high, low};
    double most = -LQ_SIZING_ANY_WORTH;
    double spot = 1 / c->route.spot;
    *at = low;
    if (two && right.slope > left.slope) {
        double cross = (at_of(&left, 0) - at_of(&right, 0)) / (right.slope - left.slope);
        if (cross > low && cross < high)
            ends[2] = cross;
    }
    for (size_t k = 0; k < 3; k++) {
        double in = at_of(&left, ends[k]);
        if (two)
            in = lq_sizing_most(in, at_of(&right, ends[k]));
        in = lq_sizing_most(in, ends[k] * spot);
        if (rate * ends[k] - in > most) {
            most = rate * ends[k] - in;
            *at = ends[k];
        }
    }
    return most;
}

double lq_curve_most(const lq_sizing_line_t *line, double tax, double low, double high, double *at)
{
    const lq_sizing_curve_t *c = line->curve;
    double rate = (line->got - tax) / line->need / line->unit;
    double from = line->before + low * line->need;
    double to = lq_sizing_least(line->before + high * line->need, c->end);
    if (to < from)
        to = from;
    /* What is concave has its most beside the best that is known of it. */
    size_t first = 0;
    while (first < c->cnt && c->points[first].out <= from)
        first++;
    size_t best = first;
    size_t end = first;
    double known = -LQ_SIZING_ANY_WORTH;
    for (; end < c->cnt && c->points[end].out < to; end++) {
        double v = rate * c->points[end].out - c->points[end].in;
        if (v > known) {
            known = v;
            best = end;
        }
    }
    double here = from;
    double most;
    if (end == first) {
        most = most_between(c, first, rate, from, to, &here);
    } else {
        double mid = c->points[best].out;
        double other;
        double begin = best > first ? c->points[best - 1].out : from;
        most = most_between(c, best, rate, begin, mid, &here);
        begin = best + 1 < end ? c->points[best + 1].out : to;
        double right = most_between(c, best + 1, rate, mid, begin, &other);
        if (right > most) {
            most = right;
            here = other;
        }
    }
    if (at)
        *at = (here - line->before) / line->need;
    return (most - rate * line->before + line->before_in) * line->unit;
}
