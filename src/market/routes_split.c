#include "routes_internal.h"

/* Within one liquidity a pool of either kind is a product of two reserves, in v3's case virtual
   ones, and gives a R_out / (R_in / (1 - fee) + a) for a. Two such pools in a row are again of the
   form a alpha / (beta + a), so that a path is a chain of such pieces, each ending where one of its
   pools crosses a tick, and
       price(a) = alpha beta / (beta + a)^2,    a(price) = sqrt(alpha beta / price) - beta.
   The parts are best where all paths have come to one price. That is sought from the best price
   down, from one event (a path begins, a piece ends) to the next; between two events the sum of
   a(price) is solved for the price in one step. */

#include <string.h>

#define Q96       79228162514264337593543950336.0      /* 2^96 */
#define V2_MAX    5192296858534827628530496329220095.0 /* 2^112 - 1: what a pair holds at most */
#define SQRT_LOW  (4295128739.0 / Q96)                 /* of LQ_V3_TICK_MIN */
#define SQRT_HIGH 18446050711097703529.7763428         /* of LQ_V3_TICK_MAX */

/* One pool, at the price that it has come to. */
typedef struct curve {
    const lq_v3_tick_t *ticks; /* NULL: v2 */
    lq_u128_t liquidity;
    uint32_t next; /* the tick ahead */
    bool zero_for_one;
    double keep; /* 1 - fee */
    double reserve_in;
    double reserve_out;
    double left; /* of what goes in without its fee, to the end of the piece */
} curve_t;

typedef struct path {
    curve_t curves[LQ_SWAP_HOP_MAX];
    uint32_t curve_cnt;
    uint32_t ends; /* which curve ends the piece */
    enum {
        WAITING,
        ACTIVE,
        OVER
    } stage;
    double in; /* of the pieces before */
    double out;
    double alpha; /* of this piece */
    double beta;
    double width; /* of what goes in */
    double scale; /* sqrt(alpha beta) */
    double first; /* the square root of the price at its beginning */
    double last;  /* and at its end */
} path_t;

/* The square root of X > 0, by Newton's steps from a first guess good to 3.5 %: without libm, and
   the same everywhere. */
static double root(double x)
{
    uint64_t bits;
    double r;
    memcpy(&bits, &x, sizeof(bits));
    bits = UINT64_C(0x5fe6eb50c7b537a9) - (bits >> 1);
    memcpy(&r, &bits, sizeof(r));
    for (int i = 0; i < 4; i++)
        r *= 1.5 - 0.5 * x * r * r;
    return x * r;
}

static double clamp(double x, double max)
{
    return x > 0 ? (x < max ? x : max) : 0;
}

/* Sets C from the price S to the next tick. */
static void curve_from(curve_t *c, double s)
{
    double liquidity = (double)c->liquidity;
    double end = c->zero_for_one ? SQRT_LOW : SQRT_HIGH;
    if (c->next != LQ_V3_NONE)
        end = lq_u256_to_double(&c->ticks[c->next].sqrt) / Q96;
    if (c->zero_for_one) {
        c->reserve_in = liquidity / s;
        c->reserve_out = liquidity * s;
        c->left = clamp(liquidity * ((s - end) / (s * end)), V2_MAX * V2_MAX);
    } else {
        c->reserve_in = liquidity * s;
        c->reserve_out = liquidity / s;
        c->left = clamp(liquidity * (end - s), V2_MAX * V2_MAX);
    }
}

/* Goes over the tick ahead and on to where there is liquidity; false: there is none. */
static bool curve_cross(curve_t *c)
{
    while (c->ticks && c->next != LQ_V3_NONE) {
        const lq_v3_tick_t *tick = &c->ticks[c->next];
        lq_u128_t net = (lq_u128_t)tick->net;
        c->liquidity = c->zero_for_one ? c->liquidity - net : c->liquidity + net;
        c->next = c->zero_for_one ? tick->below : tick->above;
        if (c->liquidity) {
            curve_from(c, lq_u256_to_double(&tick->sqrt) / Q96);
            return true;
        }
    }
    return false;
}

static bool curve_begin(curve_t *c, const lq_routes_view_t *view, const lq_swap_hop_t *hop)
{
    const lq_venue_pool_t *pool = lq_routes_pool_of(view, hop);
    *c = (curve_t){.next = LQ_V3_NONE, .zero_for_one = hop->zero_for_one};
    if (pool->config.kind == LQ_VENUE_UNISWAP_V2) {
        c->keep = (double)(LQ_PIPS_ONE - pool->fee_pips) / LQ_PIPS_ONE;
        c->reserve_in = lq_u256_to_double(&pool->reserves[!hop->zero_for_one]);
        c->reserve_out = lq_u256_to_double(&pool->reserves[hop->zero_for_one]);
        c->left = clamp(V2_MAX - c->reserve_in, V2_MAX) * c->keep;
        return true;
    }
    c->ticks = view->ticks;
    c->keep = (double)(LQ_PIPS_ONE - pool->v3.fee_pips) / LQ_PIPS_ONE;
    c->liquidity = pool->v3.liquidity;
    c->next = hop->zero_for_one ? pool->v3.below : pool->v3.above;
    if (!c->liquidity)
        return curve_cross(c);
    curve_from(c, lq_u256_to_double(&pool->v3.sqrt) / Q96);
    return true;
}

static void curve_move(curve_t *c, double in)
{
    double to = c->reserve_in + in;
    c->reserve_out *= c->reserve_in / to;
    c->reserve_in = to;
    c->left = clamp(c->left - in, c->left);
}

/* Describes the piece that the curves of P are in. */
static void path_piece(path_t *p)
{
    const curve_t *a = &p->curves[0];
    const curve_t *b = &p->curves[1];
    p->stage = WAITING;
    p->ends = 0;
    p->alpha = a->reserve_out;
    p->beta = a->reserve_in / a->keep;
    p->width = a->left / a->keep;
    if (p->curve_cnt == 2) {
        double room = b->left / b->keep;
        if (p->alpha * (p->width / (p->beta + p->width)) > room) {
            p->width = p->beta * (room / (p->alpha - room));
            p->ends = 1;
        }
        double sum = b->reserve_in + b->keep * a->reserve_out;
        p->alpha = b->keep * b->reserve_out * (a->reserve_out / sum);
        p->beta *= b->reserve_in / sum;
    }
    p->first = root(p->alpha / p->beta);
    p->scale = p->first * p->beta;
    p->last = p->scale / (p->beta + p->width);
}

static void path_begin(path_t *p, const lq_routes_view_t *view, const lq_swap_path_t *from)
{
    p->in = 0;
    p->out = 0;
    p->stage = OVER;
    p->curve_cnt = from->hop_cnt;
    LQ_ASSERT(p->curve_cnt >= 1);
    for (uint32_t i = 0; i < from->hop_cnt; i++)
        if (!curve_begin(&p->curves[i], view, &from->hops[i]))
            return;
    path_piece(p);
}

/* Goes on behind the end of the piece. */
static void path_next(path_t *p)
{
    curve_t *a = &p->curves[0];
    double between = a->reserve_out * (p->width / (a->reserve_in / a->keep + p->width));
    p->in += p->width;
    p->out += p->alpha * (p->width / (p->beta + p->width));
    p->stage = OVER;
    if (p->curve_cnt == 2) {
        curve_t *other = &p->curves[!p->ends];
        curve_move(other, other->keep * (p->ends == 0 ? between : p->width));
    }
    if (curve_cross(&p->curves[p->ends]))
        path_piece(p);
}

/* What goes into the piece of P where this comes out, or the other way round. */
static double piece_in(const path_t *p, double out)
{
    return out < p->alpha ? p->beta * (out / (p->alpha - out)) : 0;
}

static double piece_out(const path_t *p, double in)
{
    return p->alpha * (in / (p->beta + in));
}

/* What of the piece of P is in use down to LEVEL, the square root of a price: of what goes in, or
   comes out. */
static double piece_part(const path_t *p, double level, bool exact_out)
{
    if (p->stage != ACTIVE)
        return 0;
    return exact_out ? clamp(p->alpha - p->scale * level, piece_out(p, p->width))
                     : clamp(p->scale / level - p->beta, p->width);
}

static double before(const path_t *p, bool exact_out)
{
    return exact_out ? p->out : p->in;
}

/* The level, from LOW to HIGH, where the paths carry AMOUNT. */
static double solve(const path_t *paths, uint32_t cnt, double amount, bool exact_out, double low,
                    double high)
{
    double rest = exact_out ? -amount : amount;
    double scale = 0;
    for (uint32_t i = 0; i < cnt; i++) {
        const path_t *p = &paths[i];
        bool active = p->stage == ACTIVE;
        rest += exact_out ? p->out + (active ? p->alpha : 0) : (active ? p->beta : 0) - p->in;
        scale += active ? p->scale : 0;
    }
    double at = exact_out ? rest / scale : scale / rest;
    return low + clamp(at - low, high - low);
}

/* The path at whose price something happens next; NULL: there is none. */
static path_t *next_event(path_t *paths, uint32_t cnt, double *level)
{
    path_t *event = NULL;
    for (uint32_t i = 0; i < cnt; i++) {
        path_t *p = &paths[i];
        double at = p->stage == ACTIVE ? p->last : p->first;
        if (p->stage != OVER && (!event || at > *level)) {
            event = p;
            *level = at;
        }
    }
    return event;
}

/* Of the paths that carry more with more amount the deepest, else the one that carries most. */
static uint32_t deepest(const path_t *paths, uint32_t cnt, bool exact_out)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < cnt; i++) {
        const path_t *p = &paths[i];
        const path_t *q = &paths[best];
        bool active = p->stage == ACTIVE;
        if (active == (q->stage == ACTIVE)
                ? active ? p->scale > q->scale : before(p, exact_out) > before(q, exact_out)
                : active)
            best = i;
    }
    return best;
}

/* Parts AMOUNT at LEVEL. The deepest path takes what the others leave: where an amount is little
   beside the depth, differences of the depths tell nothing about it, but then it matters least. */
static void put_parts(lq_routes_split_t *out, const path_t *paths, uint32_t cnt, double amount,
                      double level, bool exact_out)
{
    double left = amount;
    out->price = level * level;
    out->rest = deepest(paths, cnt, exact_out);
    for (uint32_t i = 0; i < cnt; i++)
        left -= before(&paths[i], exact_out);
    for (uint32_t i = 0; i <= cnt; i++) {
        uint32_t k = i < cnt ? i : out->rest;
        const path_t *p = &paths[k];
        if (i == out->rest)
            continue;
        out->in[k] = p->in;
        out->out[k] = p->out;
        if (p->stage != ACTIVE)
            continue;
        double part = clamp(i == cnt ? left : piece_part(p, level, exact_out), left);
        left -= part;
        out->in[k] += exact_out ? piece_in(p, part) : part;
        out->out[k] += exact_out ? part : piece_out(p, part);
    }
}

lq_err_t lq_routes_part(const lq_routes_view_t *view, lq_routes_split_t *out,
                        const lq_swap_route_t *route, double amount, bool exact_out)
{
    path_t paths[LQ_SWAP_PATH_MAX];
    uint32_t cnt = route->path_cnt;
    double level = 0;
    double next = 0;
    path_t *event;
    for (uint32_t i = 0; i < cnt; i++)
        path_begin(&paths[i], view, &route->paths[i]);
    while ((event = next_event(paths, cnt, &next))) {
        double sum = 0;
        for (uint32_t i = 0; i < cnt; i++)
            sum += before(&paths[i], exact_out) + piece_part(&paths[i], next, exact_out);
        if (sum >= amount) {
            level = solve(paths, cnt, amount, exact_out, next, level > next ? level : next);
            break;
        }
        level = next;
        if (event->stage == ACTIVE)
            path_next(event);
        else
            event->stage = ACTIVE;
    }
    put_parts(out, paths, cnt, amount, level, exact_out);
    return event ? LQ_OK : LQ_ERR_RANGE;
}
