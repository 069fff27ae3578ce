#ifndef LQ_FAKE_MARKET_H
#define LQ_FAKE_MARKET_H

/* A lending protocol and its oracles for tests of the book: exact integers, and a contract that
   rounds as badly as the losses of its factors allow, always or by chance.

   An oracle is a feed times a ratio. The functions of market/oracles.h that the book calls are
   defined here, hence each test program includes this once. */

#include <math.h>
#include <string.h>

#include "liqd/market/oracles.h"
#include "liqd/num/u256.h"
#include "liqd/protocol/adapter.h"

#include "lq_test.h"

enum {
    FAKE_ORACLE_MAX = 64,
    FAKE_FACTOR_MAX = 4096,
    FAKE_UNIT = 1 << 20, /* a factor's integer value for a unit of account per unit of amount */
};

struct lq_oracles {
    struct {
        uint64_t answers[FAKE_ORACLE_MAX]; /* of feeds; 0: none */
        uint64_t ratios[FAKE_ORACLE_MAX];  /* of oracles, / 1024 */
    } * s;                                 /* undone */
    uint32_t feeds[FAKE_ORACLE_MAX];       /* of oracles */
    lq_undo_t *undo;
    size_t cnt;
    uint32_t changed[FAKE_ORACLE_MAX];
    size_t changed_cnt;
};

static size_t fake_eval_cnt; /* of lq_oracles_eval */

static inline void fake_oracle_changed(lq_oracles_t *o, uint32_t oracle)
{
    for (size_t i = 0; i < o->changed_cnt; i++) {
        if (o->changed[i] == oracle)
            return;
    }
    o->changed[o->changed_cnt++] = oracle;
}

static inline void fake_set_answer(lq_oracles_t *o, uint32_t feed, uint64_t answer)
{
    lq_undo_write(o->undo, &o->s->answers[feed], &answer, sizeof(answer));
    for (uint32_t i = 0; i < o->cnt; i++) {
        if (o->feeds[i] == feed)
            fake_oracle_changed(o, i);
    }
}

static inline void fake_set_ratio(lq_oracles_t *o, uint32_t oracle, uint64_t ratio)
{
    lq_undo_write(o->undo, &o->s->ratios[oracle], &ratio, sizeof(ratio));
    fake_oracle_changed(o, oracle);
}

lq_price_verdict_t lq_oracles_eval(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                   const lq_price_overlay_t *overlays, size_t overlay_cnt,
                                   uint64_t now_sec)
{
    (void)now_sec;
    fake_eval_cnt++;
    uint64_t answer = o->s->answers[o->feeds[oracle]];
    for (size_t i = overlay_cnt; i-- > 0;) {
        if (overlays[i].feed == o->feeds[oracle])
            answer = overlays[i].answer.bits.w[0];
    }
    if (answer == 0)
        return LQ_PRICE_ABSENT;
    *value = lq_u256_from_u64(answer * o->s->ratios[oracle] / 1024);
    return LQ_PRICE_OK;
}

lq_oracle_t lq_oracles_get(const lq_oracles_t *o, uint32_t oracle)
{
    lq_oracle_t out = {.view = LQ_ORACLE_VIEW_ANSWER};
    out.verdict = lq_oracles_eval(o, &out.value, oracle, NULL, 0, 0);
    return out;
}

const lq_price_t *lq_oracles_price(const lq_oracles_t *o, uint32_t oracle)
{
    (void)o;
    (void)oracle;
    return NULL;
}

/* A source names its number. */
lq_err_t lq_oracles_add(lq_oracles_t *o, uint32_t *oracle, const lq_address_t *source,
                        lq_oracle_view_t view)
{
    (void)view;
    if (source->b[19] >= FAKE_ORACLE_MAX)
        return LQ_ERR_FULL;
    *oracle = source->b[19];
    if (o->cnt <= *oracle)
        o->cnt = *oracle + 1u;
    return LQ_OK;
}

size_t lq_oracles_by_feed(const lq_oracles_t *o, uint32_t *out, size_t max, uint32_t feed)
{
    size_t cnt = 0;
    for (uint32_t i = 0; i < o->cnt; i++) {
        if (o->feeds[i] == feed && cnt < max)
            out[cnt++] = i;
    }
    return cnt;
}

void lq_oracles_set_now(lq_oracles_t *o, uint64_t now_sec)
{
    (void)o;
    (void)now_sec;
}

const uint32_t *lq_oracles_changed(const lq_oracles_t *o, size_t *cnt)
{
    *cnt = o->changed_cnt;
    return o->changed;
}

void lq_oracles_settled(lq_oracles_t *o)
{
    o->changed_cnt = 0;
}

/* How the contract rounds. */
typedef enum fake_rounding {
    FAKE_EXACT, /* legs floored and ceiled, no more */
    FAKE_WORST, /* everything that the losses allow */
    FAKE_CHANCE,
} fake_rounding_t;

typedef struct fake_factor {
    uint32_t oracle;      /* the instance's number */
    uint32_t weight;      /* / 1024: threshold, index */
    uint32_t rate;        /* 1e-6 a second */
    uint32_t amount_loss; /* in units */
    uint32_t value_loss;  /* at least 1 */
    uint32_t health_loss; /* 1e-9 */
    uint8_t side;
    uint8_t mine;
} fake_factor_t;

struct lq_instance {
    struct {
        uint64_t prices[FAKE_ORACLE_MAX];
        uint8_t known[FAKE_ORACLE_MAX];
        uint8_t sources[FAKE_ORACLE_MAX]; /* + 1 */
        uint64_t oracle_cnt;
        uint64_t now_sec;
        fake_factor_t factors[FAKE_FACTOR_MAX];
    } * s; /* undone */
    lq_ledger_t *ledger;
    lq_undo_t *undo;
    fake_rounding_t rounding;
    bool is_odd; /* who is liquidatable has the verdict ODD instead */
    lq_health_verdict_t odd;
};

/* The integer value of FACTOR under VIEW; false: a price is missing. */
static inline bool fake_integer_value(const lq_instance_t *self, uint64_t *out, uint16_t factor,
                                      const lq_health_view_t *view)
{
    const fake_factor_t *f = &self->s->factors[factor];
    bool known = self->s->known[f->oracle];
    uint64_t price = self->s->prices[f->oracle];
    for (size_t i = 0; view && i < view->shift_cnt; i++) {
        assert_true(i == 0 || view->shifts[i - 1].oracle < view->shifts[i].oracle);
        if (view->shifts[i].oracle == f->oracle) {
            known = view->shifts[i].known;
            price = view->shifts[i].price.w[0];
        }
    }
    uint64_t now_sec = view && view->now_sec ? view->now_sec : self->s->now_sec;
    lq_u128_t grown = (lq_u128_t)price * f->weight / 1024;
    *out =
        f->side == LQ_SIDE_IDLE ? 0 : (uint64_t)(grown * (1000000 + f->rate * now_sec) / 1000000);
    return known || f->side == LQ_SIDE_IDLE;
}

static inline lq_factor_value_t fake_shifted_value(const lq_instance_t *self, uint16_t factor,
                                                   const lq_health_view_t *view)
{
    const fake_factor_t *f = &self->s->factors[factor];
    uint64_t value;
    if (!fake_integer_value(self, &value, factor, view))
        return (lq_factor_value_t){.value = (double)NAN};
    return (lq_factor_value_t){.value = (double)value / FAKE_UNIT,
                               .amount_loss = (float)f->amount_loss,
                               .value_loss = (float)f->value_loss,
                               .health_loss = (float)f->health_loss * 1.0000001e-9F};
}

static inline void fake_tell_value(lq_instance_t *self, uint16_t factor)
{
    lq_factor_value_t value = fake_shifted_value(self, factor, NULL);
    lq_ledger_set_value(self->ledger, factor, &value);
}

static inline void fake_set_factor(lq_instance_t *self, uint16_t factor, fake_factor_t f)
{
    f.mine = 1;
    f.side = lq_ledger_factor(self->ledger, factor)->side;
    lq_undo_write(self->undo, &self->s->factors[factor], &f, sizeof(f));
    fake_tell_value(self, factor);
}

static inline void fake_tell_values(lq_instance_t *self, size_t oracle)
{
    uint16_t cnt = (uint16_t)lq_ledger_factor_cnt(self->ledger);
    for (uint16_t i = 0; i < cnt; i++) {
        if (self->s->factors[i].mine &&
            (oracle == SIZE_MAX || self->s->factors[i].oracle == oracle))
            fake_tell_value(self, i);
    }
}

static inline size_t fake_oracle_cnt(const lq_instance_t *self)
{
    return self->s->oracle_cnt;
}

static inline lq_oracle_ref_t fake_oracle(const lq_instance_t *self, size_t i)
{
    lq_oracle_ref_t ref = {.kind = LQ_ORACLE_AAVE};
    if (self->s->sources[i]) {
        ref.source.b[0] = 1;
        ref.source.b[19] = (uint8_t)(self->s->sources[i] - 1);
    }
    return ref;
}

static inline void fake_set_price(lq_instance_t *self, size_t i, bool known, const lq_u256_t *price)
{
    lq_undo_write(self->undo, &self->s->known[i], &(uint8_t){known}, 1);
    if (known)
        lq_undo_write(self->undo, &self->s->prices[i], &price->w[0], sizeof(price->w[0]));
    fake_tell_values(self, i);
}

static inline void fake_set_now(lq_instance_t *self, uint64_t now_sec)
{
    lq_undo_write(self->undo, &self->s->now_sec, &now_sec, sizeof(now_sec));
    fake_tell_values(self, SIZE_MAX);
}

/* How much of LOSS the contract takes. */
static inline uint64_t fake_loss(const lq_instance_t *self, uint32_t loss, uint64_t about)
{
    switch (self->rounding) {
    case FAKE_EXACT:
        return 0;
    case FAKE_WORST:
        return loss;
    case FAKE_CHANCE:
        break;
    }
    about *= 0x9e3779b97f4a7c15u;
    return (about ^ about >> 31) % ((uint64_t)loss + 1);
}

static inline void fake_health(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                               const lq_health_view_t *view)
{
    *out = (lq_health_t){.verdict = LQ_HEALTH_UNKNOWN};
    if (lq_ledger_account(self->ledger, account).state != LQ_ACCOUNT_KNOWN)
        return;
    lq_u128_t sums[2] = {0, 0};
    uint64_t losses[2] = {0, 0};
    uint64_t health_loss = 0;
    bool owes = false;
    lq_legs_t legs = lq_ledger_legs(self->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++) {
        const fake_factor_t *f = &self->s->factors[legs.factors[i]];
        uint64_t value;
        if (f->side == LQ_SIDE_IDLE)
            continue;
        if (!fake_integer_value(self, &value, legs.factors[i], view))
            return;
        uint64_t about = account * 977u + legs.factors[i] * 31u + value;
        bool debt = f->side == LQ_SIDE_DEBT;
        uint64_t less = fake_loss(self, f->amount_loss, about);
        lq_u128_t amount = legs.amounts[i];
        if (debt)
            sums[1] += ((amount + less) * value + FAKE_UNIT - 1) / FAKE_UNIT;
        else
            sums[0] += (amount > less ? amount - less : 0) * value / FAKE_UNIT;
        losses[debt] += fake_loss(self, f->value_loss - 1, about + 1);
        uint64_t hl = fake_loss(self, f->health_loss, about + 2);
        health_loss = hl > health_loss ? hl : health_loss;
        owes |= debt;
    }
    lq_u128_t collateral = sums[0] > losses[0] ? sums[0] - losses[0] : 0;
    lq_u128_t debt = sums[1] + losses[1];
    out->verdict = owes && debt > 0 ? LQ_HEALTH_SAFE : LQ_HEALTH_NO_DEBT;
    if (out->verdict == LQ_HEALTH_NO_DEBT)
        return;
    lq_u256_t num = lq_u256_from_halves(0, collateral * (1000000000u - health_loss));
    lq_u256_t nano = lq_u256_from_u64(1000000000u);
    lq_u256_t den = lq_u256_from_halves(0, debt);
    assert_ok(lq_u256_mul_div_down(&out->factor_wad, &num, &nano, &den));
    lq_u256_t wad = lq_u256_from_u64(1000000000000000000u);
    if (lq_u256_lt(&out->factor_wad, &wad))
        out->verdict = self->is_odd ? self->odd : LQ_HEALTH_LIQUIDATABLE;
}

static inline bool fake_pool_id(const lq_instance_t *self, uint32_t local, lq_hash_t *id)
{
    (void)self;
    *id = (lq_hash_t){{(uint8_t)local}};
    return true;
}

static inline uint32_t fake_factor_oracle(const lq_instance_t *self, uint16_t factor)
{
    return self->s->factors[factor].oracle;
}

static const lq_adapter_t fake_adapter = {
    .name = "fake",
    .oracle_cnt = fake_oracle_cnt,
    .oracle = fake_oracle,
    .set_price = fake_set_price,
    .set_now = fake_set_now,
    .health = fake_health,
    .shifted_value = fake_shifted_value,
};

/* The same for isolated markets. */
static const lq_adapter_t fake_isolated_adapter = {
    .name = "fake_isolated",
    .oracle_cnt = fake_oracle_cnt,
    .oracle = fake_oracle,
    .set_price = fake_set_price,
    .set_now = fake_set_now,
    .health = fake_health,
    .shifted_value = fake_shifted_value,
    .pool_id = fake_pool_id,
    .factor_oracle = fake_factor_oracle,
};

/* State in UNDO, the rest in ARENA; SZ of each tells what it takes there. */
static inline size_t fake_state_sz(void)
{
    return sizeof(*((lq_instance_t *)NULL)->s) + (size_t)4 * LQ_UNDO_LINE_SZ;
}

static inline lq_instance_t *fake_make(lq_arena_t *arena, lq_undo_t *undo, lq_ledger_t *ledger)
{
    lq_instance_t *self = lq_arena_alloc(arena, sizeof(*self), 8);
    assert_non_null(self);
    *self = (lq_instance_t){.ledger = ledger, .undo = undo};
    self->s = lq_undo_alloc(undo, sizeof(*self->s));
    assert_non_null(self->s);
    return self;
}

/* An oracle of SELF at the one of number ORACLE; returns SELF's number of it. */
static inline uint32_t fake_add_oracle(lq_instance_t *self, uint32_t oracle)
{
    uint64_t cnt = self->s->oracle_cnt;
    lq_undo_keep(self->undo, self->s, sizeof(*self->s));
    self->s->sources[cnt] = (uint8_t)(oracle + 1);
    self->s->oracle_cnt = cnt + 1;
    return (uint32_t)cnt;
}

static inline lq_oracles_t *fake_oracles(lq_arena_t *arena, lq_undo_t *undo)
{
    lq_oracles_t *o = lq_arena_alloc(arena, sizeof(*o), 8);
    assert_non_null(o);
    *o = (lq_oracles_t){.undo = undo};
    o->s = lq_undo_alloc(undo, sizeof(*o->s));
    assert_non_null(o->s);
    for (uint32_t i = 0; i < FAKE_ORACLE_MAX; i++) {
        o->feeds[i] = i;
        o->s->ratios[i] = 1024;
    }
    return o;
}

#endif
