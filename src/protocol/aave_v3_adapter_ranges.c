/* The amounts that a call may name. What a call leads to changes with its amount at a few borders;
   each is guessed in floating point and then settled by what calls of amounts around it do, so that
   a wrong guess costs time and nothing else. */

#include "aave_v3_adapter_course.h"
#include "aave_v3_adapter_trial.h"
#include "aave_v3_internal.h"

#define CLOSE_BITS   40 /* borders are exact below this many bits, and as many good above */
#define INTERVAL_MAX 24 /* waiting to be looked into */
#define STEER_MAX    8  /* looks that a guess is good for */
/* What is true behind a call. Each changes once between two amounts where those before it do not:
   that is the order in which borders are looked for. */
enum {
    EXHAUSTS = 1u << 0, /* larger amounts take no more */
    BAD_DEBT = 1u << 1,
    TAKES_ALL = 1u << 2,
    CLOSES = 1u << 3,
    NOTHING = 1u << 4, /* refused: it would burn nothing, or it reverts */
    DUST = 1u << 5,    /* refused: it would leave dust */
    HEALED = 1u << 6,
    ABOVE = 1u << 7,            /* 0.95, which is where the close factor changes */
    COLLATERAL_LARGE = 1u << 8, /* 2000 dollars: half of the debt at most */
    DEBT_LARGE = 1u << 9,
};
#define BIT_CNT    10
#define STRUCTURAL (EXHAUSTS | BAD_DEBT | TAKES_ALL | CLOSES | NOTHING | DUST)
#define REFUSED    (NOTHING | DUST)

typedef struct probe {
    lq_u256_t amount;
    unsigned bits;
    uint16_t average_bps; /* threshold; 0 where health does not go by it */
    double collateral;    /* the account's sums; 0 where it was refused or leaves bad debt */
    double debt;
    double weighted;
} probe_t;

/* A pair at work. Where it is the account's ONLY one and all of its debt may be repaid at once,
   the WHOLE of it, what comes next is never more than what a larger amount does at once. */
typedef struct survey {
    const pairing_t *p;
    guess_t g;
    bool only;
    bool whole;
} survey_t;

typedef struct interval {
    probe_t lo;
    probe_t hi;
} interval_t;

/* A border looked for: of a bit, or (0) where the average threshold passes MIDDLE_BPS. */
typedef struct border {
    unsigned bit;
    unsigned middle_bps;
} border_t;

static bool is_below(const lq_u256_t *v, uint64_t limit)
{
    return (v->w[1] | v->w[2] | v->w[3]) == 0 && v->w[0] < limit;
}

static unsigned value_bits(const pairing_t *p, const effect_t *e)
{
    unsigned bits = 0;
    const lq_u256_t health = later_health(p->rules, &e->sums);
    if (!is_below(&health, LQ_AAVE_V3_LIQUIDATION_HEALTH_WAD))
        return HEALED | ABOVE; /* and what is large does not matter any more */
    if (!p->has_close_factor && is_below(&health, LQ_AAVE_V3_CLOSE_FACTOR_HEALTH_WAD + 1))
        return 0; /* nor here */
    bits |= ABOVE;
    if (!p->rules->close_by_account)
        return bits;
    if (!is_below(&e->own.total_collateral_base, p->borders.collateral_large))
        bits |= COLLATERAL_LARGE;
    if (!is_below(&e->own.total_debt_base, p->borders.debt_large))
        bits |= DEBT_LARGE;
    return bits;
}

/* Sets *OUT, of its amount, to what is true behind E. */
static void tell(probe_t *out, const survey_t *s, const effect_t *e)
{
    const pairing_t *p = s->p;
    lq_u256_t taken = lq_u256_add_wrap(&e->seizure.collateral, &e->seizure.protocol_fee);
    if (lq_u256_eq(&taken, &p->pair.collateral_balance))
        out->bits |= EXHAUSTS;
    if (s->whole && !p->rules->dust_refused)
        return;
    if (e->bad_debt)
        out->bits |= BAD_DEBT;
    if (e->flag_off)
        out->bits |= TAKES_ALL;
    if (lq_u256_is_zero(&e->scaled_debt))
        out->bits |= CLOSES;
    if (s->whole || e->bad_debt)
        return;
    out->bits |= value_bits(p, e);
    out->collateral = lq_u256_to_double(&e->sums.total_collateral_base);
    out->debt = lq_u256_to_double(&e->sums.total_debt_base);
    out->weighted = lq_u256_to_double(&e->sums.weighted_collateral_bps);
    if (p->rules->health_by_average)
        out->average_bps = lq_aave_v3_average_threshold_bps(&e->sums);
}

static void look(probe_t *out, const survey_t *s, const lq_u256_t *amount)
{
    effect_t e;
    *out = (probe_t){.amount = *amount};
    if (s->whole ? set_shape(&e, s->p, amount) : set_effect(&e, s->p, amount))
        out->bits = e.dust ? DUST : NOTHING;
    else
        tell(out, s, &e);
}

/* The smallest amount that is worth COLLATERAL units before the bonus. */
static lq_u256_t worth(const pairing_t *p, const lq_u256_t *collateral)
{
    lq_u256_t num;
    lq_u256_t den;
    lq_u256_t out;
    if (lq_u256_mul_checked(&num, &p->pair.collateral_price, &p->pair.debt_unit) ||
        lq_u256_mul_checked(&den, &p->pair.debt_price, &p->pair.collateral_unit) ||
        lq_u256_mul_div_up(&out, collateral, &num, &den))
        return *collateral;
    return out;
}

/* The smallest amount that takes all of the collateral. */
static lq_u256_t guess_exhausts(const pairing_t *p)
{
    const lq_u256_t bps = lq_u256_from_u64((uint64_t)BPS);
    const lq_u256_t bonus = lq_u256_from_u64(p->pair.liquidation_bonus_bps);
    lq_u256_t half = lq_u256_from_u64(p->rules->seizure_directional ? 0 : (uint64_t)BPS / 2);
    lq_u256_t v;
    if (lq_u256_mul_checked(&v, &p->pair.collateral_balance, &bps) ||
        lq_u256_sub_checked(&v, &v, &half))
        return p->max_debt;
    lq_u256_t one = lq_u256_from_u64(1);
    if (lq_u256_mul_div_up(&v, &v, &one, &bonus))
        return p->max_debt;
    return worth(p, &v);
}

/* The average threshold by which health counts behind P (later_health). */
static double later_average(const probe_t *p)
{
    return p->average_bps + 1;
}

/* How far from AT health crosses LIMIT: W - t s x = limit (D - r x). By average, the threshold of
   all collateral is taken for that at AT. */
static double guess_health(const pairing_t *p, const guess_t *g, const probe_t *at, double limit)
{
    double secured = at->weighted / BPS;
    double threshold = g->threshold;
    if (p->rules->health_by_average) {
        threshold = later_average(at) / BPS;
        secured = at->collateral * threshold;
    }
    return (limit * at->debt - secured) / (limit * g->repaid - threshold * g->seized);
}

/* How far from AT the average threshold passes MIDDLE: W - t s x = m (C - s x). */
static double guess_average(const guess_t *g, const probe_t *at, double middle)
{
    return (at->weighted / BPS - middle * at->collateral) / (g->seized * (g->threshold - middle));
}

/* How far from AT the border is; NaN: no idea. */
static double guess_border(const pairing_t *p, const guess_t *g, const probe_t *at,
                           const border_t *border)
{
    double from = lq_u256_to_double(&at->amount);
    double by_debt;
    double by_collateral;
    switch (border->bit) {
    case 0:
        return guess_average(g, at, (border->middle_bps + 1) / BPS);
    case DUST:
        by_debt = (g->debt_value - (double)p->borders.debt_leftover) / g->repaid;
        by_collateral = (g->collateral_value - (double)p->borders.collateral_leftover) / g->seized;
        return (by_debt < by_collateral ? by_debt : by_collateral) - from;
    case HEALED:
        return guess_health(p, g, at, HEAL_HEALTH);
    case ABOVE:
        return guess_health(p, g, at, CLOSE_HEALTH);
    case COLLATERAL_LARGE:
        return (g->collateral_value - (double)p->borders.collateral_large) / g->seized - from;
    default: /* DEBT_LARGE */
        return (g->debt_value - (double)p->borders.debt_large) / g->repaid - from;
    }
}

/* The amount OFF from AT, or 0. */
static lq_u256_t moved(const lq_u256_t *at, double off)
{
    lq_u256_t by = from_double(off < 0 ? -off : off);
    if (off < 0)
        return lq_u256_lt(&by, at) ? lq_u256_sub_wrap(at, &by) : lq_u256_from_u64(0);
    return lq_u256_add_wrap(at, &by);
}

/* Where the border is guessed to be, from what is known AT an amount: the last before it or the
   first behind. */
static lq_u256_t aim(const pairing_t *p, const guess_t *g, const probe_t *at, const probe_t *hi,
                     const border_t *border)
{
    lq_u256_t one = lq_u256_from_u64(1);
    if (border->bit == EXHAUSTS)
        return guess_exhausts(p);
    if (border->bit == NOTHING)
        return from_double(g->least + 1);
    if (border->bit & (BAD_DEBT | TAKES_ALL | CLOSES)) /* the last amounts alone */
        return lq_u256_sub_wrap(&hi->amount, &one);
    return moved(&at->amount, guess_border(p, g, at, border));
}

/* The widest gap between the two sides of a border at AMOUNT. */
static lq_u256_t tolerance(const lq_u256_t *amount)
{
    lq_u256_t v = lq_u256_shr(amount, CLOSE_BITS);
    return lq_u256_is_zero(&v) ? lq_u256_from_u64(1) : v;
}

static bool is_close(const probe_t *lo, const probe_t *hi)
{
    lq_u256_t gap = lq_u256_sub_wrap(&hi->amount, &lo->amount);
    lq_u256_t most = tolerance(&lo->amount);
    return !lq_u256_lt(&most, &gap);
}

static bool side(const probe_t *probe, const border_t *border)
{
    return border->bit ? (probe->bits & border->bit) != 0 : probe->average_bps > border->middle_bps;
}

static bool is_between(const lq_u256_t *v, const probe_t *lo, const probe_t *hi)
{
    return lq_u256_lt(&lo->amount, v) && lq_u256_lt(v, &hi->amount);
}

static lq_u256_t middle(const probe_t *lo, const probe_t *hi)
{
    lq_u256_t gap = lq_u256_sub_wrap(&hi->amount, &lo->amount);
    gap = lq_u256_shr(&gap, 1);
    return lq_u256_add_wrap(&lo->amount, &gap);
}

/* V, or what is STEP from the end that it is not before. */
static lq_u256_t clamp(const lq_u256_t *v, const lq_u256_t *step, const probe_t *lo,
                       const probe_t *hi)
{
    lq_u256_t out = *v;
    if (!lq_u256_lt(&out, &hi->amount))
        out = lq_u256_sub_wrap(&hi->amount, step);
    else if (!lq_u256_lt(&lo->amount, &out))
        out = lq_u256_add_wrap(&lo->amount, step);
    return is_between(&out, lo, hi) ? out : middle(lo, hi);
}

/* Moves *LO and *HI, on the two sides of BORDER, to where they are close. The next look is where
   the last one has the border, and STEP on to the side where that was not. */
static void close_in(probe_t *lo, probe_t *hi, const survey_t *s, const border_t *border)
{
    const pairing_t *p = s->p;
    const guess_t *g = &s->g;
    bool before = side(lo, border);
    lq_u256_t step = tolerance(&hi->amount);
    const probe_t *last = lo;
    for (unsigned i = 0; !is_close(lo, hi); i++) {
        probe_t probe;
        lq_u256_t at = aim(p, g, last, hi, border);
        if (i > 0)
            at = last == lo ? lq_u256_add_wrap(&at, &step) : lq_u256_sub_wrap(&at, &step);
        if (i > 1)
            step = lq_u256_shl_wrap(&step, 1);
        at = i < STEER_MAX ? clamp(&at, &step, lo, hi) : middle(lo, hi);
        look(&probe, s, &at);
        probe_t *end = side(&probe, border) == before ? lo : hi;
        *end = probe;
        last = end;
    }
}

/* Whether health by the average threshold, whose truncation makes it a saw, may cross a limit
   between LO and HI more often than their bits tell. */
static bool may_saw(const probe_t *lo, const probe_t *hi)
{
    if (lo->average_bps == hi->average_bps || lo->debt <= 0 || hi->debt <= 0)
        return false;
    double a = lo->collateral / lo->debt;
    double b = hi->collateral / hi->debt;
    if ((a < b) == (lo->average_bps < hi->average_bps))
        return false;
    double least = (a < b ? a * later_average(hi) : b * later_average(lo)) / BPS * (1 - SURE);
    double most = (a < b ? b * later_average(lo) : a * later_average(hi)) / BPS * (1 + SURE);
    return (least <= HEAL_HEALTH && HEAL_HEALTH <= most) ||
           (least <= CLOSE_HEALTH && CLOSE_HEALTH <= most);
}

/* Whether there is a border between LO and HI to look for, and which. */
static bool find_border(border_t *out, const probe_t *lo, const probe_t *hi)
{
    unsigned differ = lo->bits ^ hi->bits;
    if (is_close(lo, hi))
        return false;
    *out = (border_t){.bit = 0};
    if (!(differ & STRUCTURAL) && may_saw(lo, hi)) {
        out->middle_bps = ((unsigned)lo->average_bps + hi->average_bps) / 2;
        return true;
    }
    for (unsigned i = 0; i < BIT_CNT && out->bit == 0; i++)
        out->bit = differ & 1u << i;
    return out->bit != 0;
}

/* What matters of BITS for what may be done next. */
static unsigned next_bits(const survey_t *s, unsigned bits)
{
    const unsigned half =
        ABOVE | (s->p->rules->close_by_account ? COLLATERAL_LARGE | DEBT_LARGE : 0);
    if (s->whole)
        return bits & REFUSED;
    if (bits & HEALED) /* nothing is */
        return HEALED;
    if (s->only && (bits & half) != half)
        bits &= ~half;
    return bits & ~(unsigned)EXHAUSTS;
}

typedef struct list {
    lq_liquidation_range_t *out;
    unsigned bits[LQ_LIQUIDATION_RANGE_MAX];
    size_t cnt;
} list_t;

/* Takes out the narrowest tooth of a saw: neither what ends a debt or a collateral, nor the last.
 */
static void drop_one(list_t *l)
{
    size_t least = 0;
    lq_u256_t width = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    for (size_t i = 0; i + 1 < l->cnt; i++) {
        lq_u256_t w = lq_u256_sub_wrap(&l->out[i].to, &l->out[i].from);
        if (!(l->bits[i] & STRUCTURAL) && lq_u256_lt(&w, &width)) {
            least = i;
            width = w;
        }
    }
    l->cnt--;
    memmove(&l->out[least], &l->out[least + 1], (l->cnt - least) * sizeof(l->out[0]));
    memmove(&l->bits[least], &l->bits[least + 1], (l->cnt - least) * sizeof(l->bits[0]));
}

static void push(list_t *l, const lq_u256_t *from, const lq_u256_t *to, unsigned bits)
{
    if (l->cnt == LQ_LIQUIDATION_RANGE_MAX)
        drop_one(l);
    l->bits[l->cnt] = bits;
    l->out[l->cnt++] = (lq_liquidation_range_t){*from, *to};
}

/* Appends FROM to TO, to the last range where the same is true behind both. */
static void append(list_t *l, const survey_t *s, const lq_u256_t *from, const lq_u256_t *to,
                   unsigned bits)
{
    if (bits & REFUSED)
        return;
    bits = next_bits(s, bits);
    if (l->cnt > 0 && l->bits[l->cnt - 1] == bits) {
        lq_u256_t gap = lq_u256_sub_wrap(from, &l->out[l->cnt - 1].to);
        lq_u256_t most = tolerance(from);
        if (!lq_u256_lt(&most, &gap)) {
            l->out[l->cnt - 1].to = *to;
            return;
        }
    }
    push(l, from, to, bits);
}

/* Cuts ALL at each border, from the first to the last. */
static void cut(list_t *list, const survey_t *s, const interval_t *all)
{
    interval_t stack[INTERVAL_MAX];
    size_t depth = 1;
    stack[0] = *all;
    while (depth > 0) {
        interval_t *top = &stack[depth - 1];
        border_t border;
        if (depth < INTERVAL_MAX && find_border(&border, &top->lo, &top->hi)) {
            top[1] = (interval_t){top->lo, top->lo};
            top->lo = top->hi;
            close_in(&top[1].hi, &top[0].lo, s, &border);
            depth++;
            continue;
        }
        if (top->lo.bits == top->hi.bits) {
            append(list, s, &top->lo.amount, &top->hi.amount, top->lo.bits);
        } else {
            append(list, s, &top->lo.amount, &top->lo.amount, top->lo.bits);
            append(list, s, &top->hi.amount, &top->hi.amount, top->hi.bits);
        }
        depth--;
    }
}

/* Amounts for which there is not enough collateral repay what all of it is worth. That can be less
   than AMOUNT, the first that takes all, whose seizure is rounded to the collateral's units: then
   the largest is a range of its own. */
static void append_beyond(list_t *list, const survey_t *s, const lq_u256_t *amount)
{
    const pairing_t *p = s->p;
    lq_aave_v3_seizure_t all;
    probe_t most;
    if (!lq_u256_lt(amount, &p->max_debt) ||
        lq_aave_v3_seize(p->rules, &all, &p->pair, &p->max_debt) ||
        !lq_u256_lt(&all.debt_needed, amount))
        return;
    look(&most, s, &p->max_debt);
    if (!(most.bits & REFUSED))
        push(list, &p->max_debt, &p->max_debt, most.bits);
}

static survey_t survey_of(const lq_instance_t *self, const lq_trial_t *trial, const pairing_t *p)
{
    survey_t s = {.p = p, .only = aave_trial_pairs(self, trial, NULL, 0) == 1};
    s.whole = s.only && lq_u256_eq(&p->max_debt, &p->pair.debt_balance);
    return s;
}

size_t aave_trial_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                         lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                         lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    const lq_u256_t one = lq_u256_from_u64(1);
    pairing_t p;
    interval_t all;
    list_t list = {.out = out};
    if (by != LQ_LIQUIDATION_BY_REPAID ||
        make_pairing(self, &p, const_trial_of(trial), pair, true) || lq_u256_is_zero(&p.max_debt))
        return 0;
    survey_t s = survey_of(self, trial, &p);
    set_guess(&s.g, &p);
    look(&all.hi, &s, &p.max_debt);
    if (lq_u256_eq(&p.max_debt, &one))
        all.lo = all.hi;
    else
        look(&all.lo, &s, &one);
    if ((all.hi.bits & EXHAUSTS) && !(all.lo.bits & EXHAUSTS)) {
        const border_t border = {.bit = EXHAUSTS};
        probe_t before = all.lo;
        close_in(&before, &all.hi, &s, &border);
    } else if (all.hi.bits & EXHAUSTS) {
        all.hi = all.lo;
    }
    cut(&list, &s, &all);
    if (all.hi.bits & EXHAUSTS)
        append_beyond(&list, &s, &all.hi.amount);
    return list.cnt;
}

/* ---- the end of the last range ---- */

/* What is near below AMOUNT, and not above. */
static lq_u256_t near_of(const lq_u256_t *amount)
{
    lq_u256_t part = lq_u256_shr(amount, LQ_LIQUIDATION_APART_BITS);
    return lq_u256_sub_wrap(amount, &part);
}

/* Whether what is near below AMOUNT is refused as dust: then all is, down from there to where more
   than dust is left, which is not near. */
static bool is_dust_below(const pairing_t *p, const lq_u256_t *amount)
{
    narrow_take_t below;
    lq_u256_t at = near_of(amount);
    return p->rules->dust_refused && take_narrow(&below, p, &at) && below.dust;
}

/* Whether no range but the last, which ends at AMOUNT, of E, ends near below it: nothing changes
   from there to it. */
static bool stands_apart(const survey_t *s, const effect_t *e, const lq_u256_t *amount)
{
    probe_t top = {.amount = *amount};
    probe_t below;
    border_t border;
    if (is_dust_below(s->p, amount))
        return true;
    if (s->whole && s->p->rules->dust_refused)
        return false;
    lq_u256_t at = near_of(amount);
    look(&below, s, &at);
    if (s->whole || (below.bits & REFUSED))
        return !(below.bits & REFUSED);
    tell(&top, s, e);
    return !find_border(&border, &below, &top);
}

/* Closes in on the smallest amount that takes all (or, for DUST, is refused as that), as the
   largest does, from a guess AT: *HI is that, *LO before it, as near as borders are. False: it is
   not found at once. */
static bool find_first(probe_t *lo, probe_t *hi, const pairing_t *p, lq_u256_t at, bool dust)
{
    narrow_take_t take;
    *lo = (probe_t){.amount = lq_u256_from_u64(1)};
    *hi = (probe_t){.amount = p->max_debt};
    lq_u256_t step = tolerance(&hi->amount);
    at = clamp(&at, &step, lo, hi);
    if (!take_narrow(&take, p, &lo->amount) || (dust ? take.dust : take.all))
        return false;
    for (unsigned i = 0; i < STEER_MAX && !is_close(lo, hi); i++) {
        if (!take_narrow(&take, p, &at))
            return false;
        bool is = dust ? take.dust : take.all;
        (is ? hi : lo)->amount = at;
        at = is ? lq_u256_sub_wrap(&at, &step) : lq_u256_add_wrap(&at, &step);
        step = lq_u256_shl_wrap(&step, 1);
        at = clamp(&at, &step, lo, hi);
    }
    return is_close(lo, hi);
}

/* Of a pair whose largest amount takes all, as MOST says: sets *TOP to the end of the last range,
   *LEAST to that of the first amount that takes all; they part where the largest repays less than
   that (append_beyond). False: it is not told at once. */
static bool find_ends(lq_u256_t *top, lq_u256_t *least, const pairing_t *p,
                      const narrow_take_t *most)
{
    lq_u256_t repaid = lq_u256_from_halves(0, most->repaid);
    probe_t lo;
    probe_t hi;
    if (!p->rules->dust_refused || !find_first(&lo, &hi, p, guess_exhausts(p), false))
        return false;
    *least = hi.amount;
    *top = lq_u256_lt(&repaid, least) ? p->max_debt : *least;
    lq_u256_t below = near_of(top);
    return lq_u256_eq(top, least) || !lq_u256_lt(&below, least);
}

/* Of a pair whose largest amount is refused as dust: sets *TOP to the largest that is not. False:
   it is not found at once. */
static bool find_dust_end(lq_u256_t *top, const pairing_t *p, const course_t *c)
{
    probe_t lo;
    probe_t hi;
    bool found = find_first(&lo, &hi, p, from_double(dust_border(p, c, 0)), true);
    if (found)
        *top = lo.amount;
    return found;
}

/* Sets the end of the last range, *TOP, what it comes to, and, where that is told, below. False: it
   is not told at once, or another range ends near. */
static bool find_top(lq_u256_t *amount, effect_t *e, lq_liquidation_top_t *top,
                     const lq_instance_t *self, const lq_trial_t *trial, const pairing_t *p,
                     const course_t *c)
{
    narrow_take_t most;
    if (!take_narrow(&most, p, &p->max_debt))
        return false;
    *amount = p->max_debt;
    if (most.dust && !find_dust_end(amount, p, c))
        return false;
    top->least = *amount;
    if ((most.all && !find_ends(amount, &top->least, p, &most)) || set_effect(e, p, amount))
        return false;
    top->below = top->least;
    if ((most.all || lq_u256_is_zero(&e->scaled_debt)) &&
        find_below(&top->below, p, c, &top->least))
        return true;
    survey_t s = survey_of(self, trial, p);
    return !most.all && stands_apart(&s, e, amount);
}

bool aave_trial_top(const lq_instance_t *self, lq_trial_t *trial, lq_liquidation_outcome_t *out,
                    lq_liquidation_top_t *top)
{
    pairing_t p;
    effect_t e;
    lq_u256_t amount;
    if (top->call.by != LQ_LIQUIDATION_BY_REPAID ||
        make_pairing(self, &p, const_trial_of(trial), top->call.pair, true) || !p.is_narrow ||
        is_below(&p.max_debt, 1u << LQ_LIQUIDATION_APART_BITS))
        return false;
    const course_t course = course_of(&p, &const_trial_of(trial)->sums);
    if (!find_top(&amount, &e, top, self, trial, &p, &course))
        return false;
    top->again = again_up_to(&p, &course, &e.seizure.debt_needed);
    set_later(top, self, const_trial_of(trial), &p, &course);
    if (send_effect(self, trial, &p, out, &amount, &e))
        return false;
    top->call.amount = amount;
    top->owed = p.pair.debt_balance;
    top->held = p.pair.collateral_balance;
    return true;
}
