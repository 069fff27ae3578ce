#include "sizing_hunt_internal.h"

/* The best size where a swap costs more the larger it is, along the best route.

   Along one route what is earned, but for gas, is concave in the amount, and nothing for nothing;
   and no amount earns more than it does at the route's spot. A route that could earn more than the
   best so far is asked at the largest amount, the best there is searched first, and the others as
   far as they could still win. */

/* Ranges that are looked at whole, and probes of those that are not. */
#define WHOLE_BITS 12u
#define PROBE_MAX  48u

/* The least part of the largest amount that is looked at beside it. */
#define LAST_PART (1.0 / (double)(1u << 21))

/* What a probe may be off by along a path, in units of both tokens; and what is not looked for. */
#define PROBE_UNITS 1.0
#define FINE_UNITS  4.0

#define ANY_BOUND 1e300

typedef struct probe {
    lq_u256_t amount;
    bool there;    /* false: the venues have not so much */
    double profit; /* gross */
} probe_t;

/* One route, over one range. */
typedef struct course {
    lq_hunt_t *h;
    const lq_swap_route_t *route;
    double spot; /* gross at the route's spot, for the largest amount */
    lq_sizing_line_t line;
    double to;   /* what the largest amount repays */
    double gas;  /* worth of the least that it takes */
    bool open;   /* it was asked at the largest amount, and is not searched yet */
    probe_t top; /* at that */
    double net;  /* the same */
} course_t;

static double net_of(const lq_candidate_t *c)
{
    return lq_sizing_double(&c->net);
}

static probe_t probe_of(const lq_candidate_t *c)
{
    return (probe_t){c->call.amount, c->there, c->there ? lq_sizing_double(&c->gross) : 0};
}

/* What AMOUNT earns along WAY, or a unit less where rounding refuses it. */
static probe_t probe_at(const course_t *way, const lq_u256_t *amount)
{
    lq_candidate_t c;
    if (lq_hunt_try(way->h, &c, amount) == LQ_TRY_REFUSED && lq_u256_lt(&way->h->from, amount)) {
        lq_u256_t less = lq_u256_sub_wrap(amount, &lq_hunt_one);
        (void)lq_hunt_try(way->h, &c, &less);
    }
    return probe_of(&c);
}

/* What a probe along WAY may be off by: each of its paths rounds. */
static double off_of(const course_t *way)
{
    double paths = way->route->path_cnt > 1 ? way->route->path_cnt : 1;
    return lq_hunt_units(way->h->of, PROBE_UNITS * paths);
}

static double gap_of(const probe_t *low, const probe_t *high)
{
    lq_u256_t gap = lq_u256_sub_wrap(&high->amount, &low->amount);
    return lq_u256_to_double(&gap);
}

static bool can_go_on(const lq_hunt_t *h)
{
    return h->s->try_cnt < h->s->terms->try_max;
}

/* ---- what a route could earn ---- */

/* Worth of the gas that a call like C takes at least along ROUTE: however many of its paths carry
   something, whether or not it ends something, as if the swap itself took none. */
static double least_gas(lq_sizer_t *s, const lq_candidate_t *c, const lq_swap_route_t *route)
{
    uint32_t least = UINT32_MAX;
    uint32_t fewest = route->path_cnt ? LQ_SWAP_HOP_MAX : 0;
    uint32_t all = 0;
    lq_usd_t usd;
    const lq_candidate_t *last = lq_sizer_joined(s);
    uint32_t before = last ? last->kind_gas : 0;
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        uint32_t hops = route->paths[i].hop_cnt;
        fewest = hops < fewest ? hops : fewest;
        all += hops;
    }
    for (uint32_t pools = fewest; pools <= all; pools++) {
        lq_gas_kind_t kind = lq_sizer_kind(s, c, pools);
        lq_gas_kind_t plain = lq_sizing_plain(kind);
        uint32_t units = lq_sizer_gas(s, &kind, 1);
        least = units < least ? units : least;
        units = lq_sizer_gas(s, &plain, 1);
        least = units < least ? units : least;
    }
    uint32_t adds = least > before ? least - before : 0;
    return lq_sizer_gas_usd(s, &usd, adds) ? 0 : lq_u256_to_double(&usd.raw);
}

/* Whether GROSS along WAY would be better than the best, and enough. */
static bool would_win(const course_t *way, double gross)
{
    const lq_candidate_t *best = way->h->best;
    double net = gross - way->gas;
    return net > way->h->s->floor && (!best->there || net > net_of(best));
}

/* What C, the largest amount, would earn at the spot of ROUTE, with *PAID for it. */
static double at_spot(const lq_candidate_t *c, const lq_swap_route_t *route, double *paid)
{
    double fee = c->debt->about.loan.fee_pips / 1e6;
    double need = lq_u256_to_double(&c->outcome.repaid) * (1 + fee);
    *paid = need / route->spot * c->collateral->unit_usd;
    return lq_u256_to_double(&c->outcome.seized) * c->collateral->unit_usd - *paid;
}

/* The most that any amount up to the largest could earn. */
static double most_of(const course_t *way)
{
    double most = way->spot > 0 ? way->spot : 0;
    if (way->line.curve && way->line.curve->cnt > 0)
        most = lq_sizing_least(most, lq_curve_most(&way->line, 0, 0, way->to, NULL));
    return most * (1 + 1.0 / (double)(UINT64_C(1) << LQ_HUNT_SURE_BITS)) +
           lq_hunt_units(way->h->of, LQ_HUNT_NOISE_UNITS);
}

static bool may_win(const course_t *way)
{
    return would_win(way, most_of(way));
}

/* Whether WAY earns no more than one of its paths alone where it gains the most beside it, at the
   largest amount: less is gained of smaller ones. */
static bool is_beaten_by_a_path(const course_t *way, const course_t *ways, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        for (uint32_t k = 0; k < way->route->path_cnt && way->route->path_cnt > 1; k++)
            if (ways[i].top.there && ways[i].route->path_cnt == 1 && ways[i].net >= way->net &&
                lq_curve_is_same_path(&ways[i].route->paths[0], &way->route->paths[k]))
                return way->top.there;
    return false;
}

/* ---- along one route ---- */

/* What is less than that is not looked for, beside PROFIT. */
static double fine_of(const course_t *way, double profit)
{
    double fine = lq_hunt_units(way->h->of, FINE_UNITS);
    double eps = profit / (double)(1u << LQ_HUNT_PROFIT_BITS);
    return eps > fine ? eps : fine;
}

/* Sets *AT to PART of the way between two amounts, in between and within the range. */
static bool between(const course_t *way, lq_u256_t *at, const probe_t *low, const probe_t *high,
                    double part)
{
    if (lq_hunt_adjacent(&low->amount, &high->amount))
        return false;
    lq_u256_t gap = lq_u256_sub_wrap(&high->amount, &low->amount);
    gap = lq_hunt_part(&gap, part);
    *at = lq_u256_add_wrap(&low->amount, &gap);
    *at = lq_u256_max(at, &way->h->from);
    if (!lq_u256_lt(at, &high->amount))
        *at = lq_u256_sub_wrap(&high->amount, &lq_hunt_one);
    return lq_u256_lt(&low->amount, at) && !lq_u256_lt(at, &way->h->from);
}

/* Three amounts, of which the middle one earns the most, and what is known between them. */
typedef struct bracket {
    probe_t low;
    probe_t mid;
    probe_t high;
    double left; /* gaps */
    double right;
    double room; /* of the left one, what is in the range */
    double rise; /* of the lines through them, at least */
    double fall;
} bracket_t;

static void measure(const course_t *way, bracket_t *b)
{
    double off = off_of(way);
    const probe_t first = {.amount = lq_u256_max(&b->low.amount, &way->h->from)};
    b->left = gap_of(&b->low, &b->mid);
    b->room = gap_of(&first, &b->mid);
    b->right = gap_of(&b->mid, &b->high);
    b->rise = b->left > 0 ? (b->mid.profit - b->low.profit + off) / b->left : 0;
    b->fall = b->right > 0 ? (b->mid.profit - b->high.profit + off) / b->right : 0;
}

/* By how much something to either side can be above the middle, of a concave line. */
static double above_left(const bracket_t *b)
{
    return b->fall * b->room;
}

static double above_right(const bracket_t *b)
{
    return b->rise * b->right;
}

/* Sets *AT to where to look next: at the top of the parabola through the three, and, when that is
   where the middle is, so near beside it that nothing of matter is left in between; where that
   gets on too slowly, half the way to that side that could have more. */
static bool next_of(const course_t *way, lq_u256_t *at, const bracket_t *b, bool slow)
{
    double bend = (b->rise + b->fall) / (b->left + b->right);
    double top = (b->rise - bend * b->left) / (2 * bend);
    double beside = b->left + b->right;
    while (bend * beside * beside > fine_of(way, b->mid.profit) / 2)
        beside /= 2;
    bool right = above_right(b) > above_left(b);
    double off = right ? b->right / 2 : b->left / 2;
    if (!slow && (top >= beside || top <= -beside)) {
        right = top > 0;
        off = right ? top : -top;
    } else if (!slow && beside < off) {
        off = beside;
    }
    if (right || !between(way, at, &b->low, &b->mid, 1 - off / b->left))
        return between(way, at, &b->mid, &b->high, off / b->right);
    return true;
}

static void narrow(const course_t *way, bracket_t *b)
{
    double last = ANY_BOUND;
    for (unsigned i = 0; i < PROBE_MAX && can_go_on(way->h); i++) {
        lq_u256_t at;
        measure(way, b);
        double left = above_left(b);
        double right = above_right(b);
        double above = left > right ? left : right;
        if (above <= fine_of(way, b->mid.profit) || !would_win(way, b->mid.profit + above) ||
            !next_of(way, &at, b, above > last / 2))
            return;
        last = above;
        probe_t p = probe_at(way, &at);
        bool is_right = lq_u256_lt(&b->mid.amount, &at);
        if (p.profit > b->mid.profit) {
            *(is_right ? &b->low : &b->high) = b->mid;
            b->mid = p;
        } else {
            *(is_right ? &b->high : &b->low) = p;
        }
    }
}

/* Looks from nothing up to TOP, for which there is a quote. */
static void search_below(const course_t *way, const probe_t *top)
{
    const probe_t nothing = {.there = true};
    lq_u256_t at;
    double whole = lq_u256_to_double(&top->amount) / lq_u256_to_double(&way->h->to) * way->spot;
    double part = lq_hunt_units(way->h->of, FINE_UNITS) / whole;
    part = part > LAST_PART ? part : LAST_PART;
    if (!between(way, &at, &nothing, top, part < 0.25 ? 1 - part : 0.75))
        return;
    probe_t last = probe_at(way, &at);
    /* It rises up to its end: what is in the last part is no more than that part of all. */
    if (top->profit - last.profit >= off_of(way) && part < 0.25)
        return;
    bracket_t b = {.low = nothing, .mid = last, .high = *top};
    while (b.mid.profit < 0 && can_go_on(way->h)) {
        b.high = b.mid;
        if (!between(way, &at, &nothing, &b.high, 0.5))
            return;
        b.mid = probe_at(way, &at);
    }
    narrow(way, &b);
}

/* Sets *TOP to the largest amount that there is so much depth for, or one behind which less is
   earned than before it. */
static bool find_depth(const course_t *way, probe_t *top)
{
    probe_t low = {.there = false};
    probe_t high = *top;
    lq_u256_t at;
    while (can_go_on(way->h) && between(way, &at, &low, &high, 0.5)) {
        probe_t p = probe_at(way, &at);
        if (!p.there) {
            high = p;
            continue;
        }
        bool falls = low.there && p.profit < low.profit;
        low = p;
        if (falls || way->spot * gap_of(&low, &high) <=
                         fine_of(way, low.profit) * lq_u256_to_double(&way->h->to))
            break;
    }
    *top = low;
    return low.there;
}

static void search_along(course_t *way)
{
    probe_t top = way->top;
    way->h->route = way->route;
    if (!may_win(way))
        return;
    if (way->spot <= 0) { /* the less the better */
        (void)probe_at(way, &way->h->from);
        return;
    }
    if (top.there || find_depth(way, &top))
        search_below(way, &top);
}

/* ---- along all ---- */

/* Asks what C, the largest amount, earns along each route that could be the best. The call was
   tried once, but each of its swaps is quoted, and counts as a try. */
static size_t ask_all(lq_hunt_t *h, course_t *ways, lq_candidate_t *c)
{
    size_t cnt = 0;
    for (size_t i = 0; i < h->of->route_cnt && can_go_on(h); i++) {
        course_t *way = &ways[cnt];
        const lq_sizing_curve_t *curve = lq_curve_of(h->s, &h->of->routes[i]);
        *way = (course_t){.h = h, .route = &h->of->routes[i], .open = true};
        if (curve)
            way->line = lq_curve_line(h->s, c, curve);
        way->to = lq_u256_to_double(&c->outcome.repaid);
        double paid;
        way->spot = at_spot(c, way->route, &paid);
        lq_hunt_note_margin(h, way->spot, paid);
        if (!may_win(way))
            continue;
        way->gas = least_gas(h->s, c, way->route);
        if (!may_win(way))
            continue;
        h->s->try_cnt++;
        (void)lq_sizer_pay(h->s, c, way->route);
        lq_hunt_consider(h->best, c);
        way->top = probe_of(c);
        way->net = c->there ? net_of(c) : 0;
        cnt++;
    }
    return cnt;
}

static course_t *best_open(course_t *ways, size_t cnt)
{
    course_t *best = NULL;
    for (size_t i = 0; i < cnt; i++) {
        course_t *way = &ways[i];
        if (way->open && (!best || (way->top.there && (!best->top.there || way->net > best->net))))
            best = way;
    }
    return best;
}

/* What is not looked at in between may be of one step of the coarser token. */
static void take_step(lq_hunt_t *h)
{
    lq_candidate_t best = *h->best;
    double eps =
        best.there ? lq_sizing_double(&best.gross) / (double)(1u << LQ_HUNT_PROFIT_BITS) : 0;
    if (eps <= 0 || h->of->collateral->unit_usd <= eps || best.call.by != h->call.by ||
        lq_u256_lt(&best.call.amount, &h->from) || lq_u256_lt(&h->to, &best.call.amount))
        return;
    h->route = &best.route;
    lq_hunt_step(h, &best, eps);
}

void lq_hunt_bent(lq_hunt_t *h)
{
    course_t ways[LQ_SWAP_ROUTE_MAX];
    lq_candidate_t c;
    if (!lq_hunt_top(h, &c) || lq_hunt_is_known(h, &c))
        return;
    lq_u256_t width = lq_u256_sub_wrap(&h->to, &h->from);
    if (h->survey && h->survey->pair_cnt == 1)
        h->survey->bent_all |= c.outcome.closes_debt || c.outcome.takes_all;
    if (lq_u256_bit_len(&width) <= WHOLE_BITS) {
        for (size_t i = 0; i < h->of->route_cnt; i++) {
            h->route = &h->of->routes[i];
            lq_hunt_whole(h, &h->from, &h->to);
        }
        lq_hunt_note_margin(h, 1, 0);
        return;
    }
    size_t cnt = ask_all(h, ways, &c);
    for (course_t *way = best_open(ways, cnt); way; way = best_open(ways, cnt)) {
        way->open = false;
        if (!is_beaten_by_a_path(way, ways, cnt))
            search_along(way);
    }
    take_step(h);
}
