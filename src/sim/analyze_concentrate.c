#include <stdlib.h>
#include <string.h>

#include "liqd/base/digest.h"

#include "analyze_internal.h"

#define BPS      10000u
#define TOP_MAX  100u
#define SLOT_MIN 1024u

/* A sum below it has a square that leaves room for BPS. */
#define SQUARE_BITS 120u

/* The tokens of an account: its sides' in order, collaterals first. */
typedef struct token_set {
    uint32_t members[LQ_LEDGER_LEG_MAX];
    size_t cnt;
} token_set_t;

typedef struct group {
    uint64_t account_cnt;
    uint64_t hash;
    lq_usd_t collateral_usd;
    lq_usd_t debt_usd;
    lq_u256_t least_factor_wad;
    uint32_t instance;
    uint32_t account; /* the first of it: its tokens are the group's */
} group_t;

typedef struct survey {
    lq_analysis_t *a;
    lq_analysis_concentration_t *out;
    lq_analysis_holder_t top[TOP_MAX]; /* falling */
    size_t top_cnt;
    lq_u256_t squares; /* of debts without their last SHIFT bits */
    unsigned shift;
    group_t *groups;
    size_t group_cnt;
    size_t group_max;
    uint32_t *slots; /* of groups, plus 1; twice group_max of them, a power of two */
} survey_t;

/* ---- sets ---- */

/* Two legs of one token on one side are one member. */
static void put_member(token_set_t *set, uint32_t member)
{
    size_t at = set->cnt;
    while (at && set->members[at - 1] > member)
        at--;
    if (at && set->members[at - 1] == member)
        return;
    memmove(&set->members[at + 1], &set->members[at], (set->cnt - at) * sizeof(member));
    set->members[at] = member;
    set->cnt++;
}

static void read_set(const lq_analysis_t *a, token_set_t *out, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(a->ledger, account);
    out->cnt = 0;
    for (size_t i = 0; i < legs.cnt; i++) {
        uint16_t factor = legs.factors[i];
        uint32_t side = lq_ledger_factor(a->ledger, factor)->side;
        if (side != LQ_SIDE_IDLE && factor < a->factor_cnt)
            put_member(out, side << 16 | a->factor_token[factor]);
    }
}

static bool is_same_set(const lq_analysis_t *a, const token_set_t *set, uint32_t account)
{
    token_set_t other;
    read_set(a, &other, account);
    return set->cnt == other.cnt &&
           memcmp(set->members, other.members, set->cnt * sizeof(set->members[0])) == 0;
}

/* ---- groups ---- */

static uint32_t *slot_of(const survey_t *s, uint64_t hash)
{
    return &s->slots[hash & (2 * s->group_max - 1)];
}

static uint32_t *next_slot(const survey_t *s, uint32_t *slot)
{
    return ++slot == s->slots + 2 * s->group_max ? s->slots : slot;
}

static lq_err_t grow(survey_t *s)
{
    size_t max = s->group_max ? 2 * s->group_max : SLOT_MIN;
    group_t *groups = realloc(s->groups, max * sizeof(*groups));
    if (!groups)
        return LQ_ERR_NOMEM;
    s->groups = groups;
    uint32_t *slots = calloc(2 * max, sizeof(*slots));
    if (!slots)
        return LQ_ERR_NOMEM;
    free(s->slots);
    s->slots = slots;
    s->group_max = max;
    for (size_t i = 0; i < s->group_cnt; i++) {
        uint32_t *slot = slot_of(s, s->groups[i].hash);
        while (*slot)
            slot = next_slot(s, slot);
        *slot = (uint32_t)i + 1;
    }
    return LQ_OK;
}

/* The group of HOLDER's tokens, made where there was none; NULL: no memory. */
static group_t *find_group(survey_t *s, const lq_analysis_holder_t *holder)
{
    token_set_t set;
    if (s->group_cnt == s->group_max && grow(s))
        return NULL;
    read_set(s->a, &set, holder->account);
    uint64_t hash =
        lq_digest_word(lq_digest(set.members, set.cnt * sizeof(set.members[0])), holder->instance);
    uint32_t *slot = slot_of(s, hash);
    for (; *slot; slot = next_slot(s, slot)) {
        group_t *g = &s->groups[*slot - 1];
        if (g->hash == hash && g->instance == holder->instance &&
            is_same_set(s->a, &set, g->account))
            return g;
    }
    group_t *g = &s->groups[s->group_cnt++];
    *slot = (uint32_t)s->group_cnt;
    *g = (group_t){.hash = hash,
                   .least_factor_wad = holder->factor_wad,
                   .instance = holder->instance,
                   .account = holder->account};
    return g;
}

static lq_err_t add_to_group(survey_t *s, const lq_analysis_holder_t *holder)
{
    group_t *g = find_group(s, holder);
    if (!g)
        return LQ_ERR_NOMEM;
    g->account_cnt++;
    analyze_add(&g->collateral_usd, &s->out->saturated, &holder->collateral_usd.raw);
    analyze_add(&g->debt_usd, &s->out->saturated, &holder->debt_usd.raw);
    g->least_factor_wad = lq_u256_min(&g->least_factor_wad, &holder->factor_wad);
    return LQ_OK;
}

/* ---- holders ---- */

/* Of equal debts the first to come stays before. */
static void add_to_top(survey_t *s, const lq_analysis_holder_t *holder)
{
    size_t at = s->top_cnt;
    while (at && lq_usd_cmp(&s->top[at - 1].debt_usd, &holder->debt_usd) < 0)
        at--;
    if (at == TOP_MAX)
        return;
    if (s->top_cnt < TOP_MAX)
        s->top_cnt++;
    memmove(&s->top[at + 1], &s->top[at], (s->top_cnt - 1 - at) * sizeof(s->top[0]));
    s->top[at] = *holder;
}

/* Exact while all debts come to less than 2^120, a million times a million of millions of dollars;
   beyond that their last bits are left out. */
static void add_square(survey_t *s, const lq_usd_t *debt)
{
    unsigned bits = lq_u256_bit_len(&s->out->debt_usd.raw);
    unsigned shift = bits > SQUARE_BITS ? bits - SQUARE_BITS : 0;
    if (shift > s->shift) {
        s->squares = lq_u256_shr(&s->squares, 2 * (shift - s->shift));
        s->shift = shift;
    }
    lq_u256_t part = lq_u256_shr(&debt->raw, s->shift);
    part = lq_u256_mul_wrap(&part, &part);
    s->squares = lq_u256_add_wrap(&s->squares, &part);
}

static lq_err_t add_holder(survey_t *s, const lq_analysis_holder_t *holder)
{
    lq_analysis_concentration_t *out = s->out;
    out->account_cnt++;
    analyze_add(&out->collateral_usd, &out->saturated, &holder->collateral_usd.raw);
    analyze_add(&out->debt_usd, &out->saturated, &holder->debt_usd.raw);
    add_square(s, &holder->debt_usd);
    add_to_top(s, holder);
    return add_to_group(s, holder);
}

static bool has_debt(const lq_health_t *health)
{
    return health->verdict == LQ_HEALTH_SAFE || health->verdict == LQ_HEALTH_LIQUIDATABLE;
}

static lq_err_t look_at_all(survey_t *s)
{
    lq_analysis_t *a = s->a;
    lq_err_t err = LQ_OK;
    lq_engine_see(a->engine, NULL);
    for (uint32_t i = 0; !err && i < a->account_cnt; i++) {
        lq_health_t health;
        lq_engine_health(a->engine, &health, i);
        lq_analysis_holder_t holder = {
            .account = i, .instance = analyze_instance(a, i), .factor_wad = health.factor_wad};
        if (has_debt(&health) &&
            lq_engine_worth(a->engine, &holder.collateral_usd, i, &health.collateral_value) &&
            lq_engine_worth(a->engine, &holder.debt_usd, i, &health.debt_value))
            err = add_holder(s, &holder);
    }
    return err;
}

/* ---- what comes of it ---- */

/* PART / WHOLE, at most 1, in basis points. */
static uint32_t share_bps(const lq_u256_t *part, const lq_u256_t *whole)
{
    lq_u256_t bps = lq_u256_from_u64(BPS);
    lq_u256_t out;
    if (lq_u256_mul_div_down(&out, part, &bps, whole))
        return 0;
    return (uint32_t)out.w[0];
}

static void tell_holders(const survey_t *s)
{
    static const size_t cnts[] = {1, 10, 100};
    lq_analysis_concentration_t *out = s->out;
    lq_usd_t sum = {0};
    bool saturated = false; /* then all of them are, which was told */
    for (size_t i = 0, k = 0; k < LQ_ARRAY_CNT(cnts); k++) {
        for (; i < cnts[k] && i < s->top_cnt; i++)
            analyze_add(&sum, &saturated, &s->top[i].debt_usd.raw);
        out->top_bps[k] = share_bps(&sum.raw, &out->debt_usd.raw);
    }
    lq_u256_t whole = lq_u256_shr(&out->debt_usd.raw, s->shift);
    whole = lq_u256_mul_wrap(&whole, &whole);
    out->hhi_bps = share_bps(&s->squares, &whole);
    out->holder_cnt = s->top_cnt < LQ_ANALYSIS_HOLDER_MAX ? s->top_cnt : LQ_ANALYSIS_HOLDER_MAX;
    memcpy(out->holders, s->top, out->holder_cnt * sizeof(s->top[0]));
}

static void tell_token(const lq_analysis_t *a, lq_analysis_group_t *out, uint32_t member)
{
    bool owes = member >> 16 == LQ_SIDE_DEBT;
    uint8_t *cnt = owes ? &out->debt_cnt : &out->collateral_cnt;
    lq_address_t *tokens = owes ? out->debts : out->collaterals;
    if (*cnt < LQ_ANALYSIS_SIDE_MAX)
        tokens[*cnt] = a->tokens[member & UINT16_MAX];
    if (*cnt < UINT8_MAX)
        (*cnt)++;
}

static void tell_group(const survey_t *s, lq_analysis_group_t *out, const group_t *g)
{
    token_set_t set;
    *out = (lq_analysis_group_t){.instance = g->instance,
                                 .account_cnt = g->account_cnt,
                                 .collateral_usd = g->collateral_usd,
                                 .debt_usd = g->debt_usd,
                                 .least_factor_wad = g->least_factor_wad};
    read_set(s->a, &set, g->account);
    for (size_t i = 0; i < set.cnt; i++)
        tell_token(s->a, out, set.members[i]);
}

/* The largest, of equal debts the one that came first. */
static void tell_groups(const survey_t *s)
{
    const group_t *best[LQ_ANALYSIS_GROUP_MAX + 1];
    size_t cnt = 0;
    for (size_t i = 0; i < s->group_cnt; i++) {
        size_t at = cnt;
        for (; at && lq_usd_cmp(&best[at - 1]->debt_usd, &s->groups[i].debt_usd) < 0; at--)
            best[at] = best[at - 1];
        best[at] = &s->groups[i];
        cnt += cnt < LQ_ANALYSIS_GROUP_MAX;
    }
    s->out->group_all_cnt = s->group_cnt;
    s->out->group_cnt = cnt;
    for (size_t i = 0; i < cnt; i++)
        tell_group(s, &s->out->groups[i], best[i]);
}

lq_err_t lq_analysis_concentrate(lq_analysis_t *a, lq_analysis_concentration_t *out)
{
    lq_analysis_concentration_t found;
    memset(&found, 0, sizeof(found));
    survey_t s = {.a = a, .out = &found};
    lq_err_t err = look_at_all(&s);
    if (!err) {
        tell_holders(&s);
        tell_groups(&s);
        *out = found;
    }
    free(s.groups);
    free(s.slots);
    return err;
}
