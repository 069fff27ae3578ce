#include "aave_v3_adapter_internal.h"

#include <float.h>

#define RAY 1e27
#define BPS 1e4

bool find_name(const lq_instance_t *self, uint32_t *row, name_kind_t *kind,
               const lq_address_t *address)
{
    uint32_t v;
    if (lq_map_find(self->names, &v, address->b))
        return false;
    uint32_t i = v >> 2;
    name_kind_t k = (name_kind_t)(v & 3);
    if (i >= self->s->reserve_cnt)
        return false;
    const reserve_t *r = &self->reserves[i];
    const lq_address_t *is = k == NAME_UNDERLYING ? &r->underlying
                             : k == NAME_ATOKEN   ? &r->a_token
                                                  : &r->debt_token;
    if (!is_same(is, address))
        return false;
    *row = i;
    *kind = k;
    return true;
}

bool find_reserve(const lq_instance_t *self, uint32_t *row, const lq_address_t *underlying)
{
    name_kind_t kind;
    uint32_t i;
    if (!find_name(self, &i, &kind, underlying) || kind != NAME_UNDERLYING)
        return false;
    *row = i;
    return true;
}

lq_err_t set_name(lq_instance_t *self, const lq_address_t *address, uint32_t row, name_kind_t kind)
{
    uint32_t i;
    name_kind_t k;
    if (find_name(self, &i, &k, address) && (i != row || k != kind))
        return LQ_ERR_EXISTS;
    return lq_map_upsert(self->names, address->b, row << 2 | (uint32_t)kind);
}

static uint32_t append_oracle(lq_instance_t *self, uint32_t target)
{
    state_t *s = edit_state(self);
    oracle_t *o = &self->oracles[s->oracle_cnt];
    lq_undo_keep(self->undo, o, sizeof(*o));
    memset(o, 0, sizeof(*o));
    o->target = target;
    return s->oracle_cnt++;
}

lq_err_t add_reserve(lq_instance_t *self, uint32_t *row, const lq_address_t *underlying)
{
    if (find_reserve(self, row, underlying))
        return LQ_OK;
    uint32_t i = self->s->reserve_cnt;
    if (i == self->config.asset_max || self->s->oracle_cnt == self->oracle_max)
        return LQ_ERR_FULL;
    lq_err_t err = set_name(self, underlying, i, NAME_UNDERLYING);
    if (err)
        return err;
    edit_state(self)->reserve_cnt++;
    reserve_t *r = edit_reserve(self, i);
    memset(r, 0, sizeof(*r));
    r->underlying = *underlying;
    r->id = NO_ID;
    r->marked = 1;
    r->first_row = NONE32;
    r->oracle = append_oracle(self, i);
    *row = i;
    return LQ_OK;
}

lq_err_t set_tokens(lq_instance_t *self, uint32_t row, const lq_address_t *a_token,
                    const lq_address_t *debt, const lq_address_t *stable)
{
    uint32_t i;
    name_kind_t kind;
    if ((find_name(self, &i, &kind, a_token) && (i != row || kind != NAME_ATOKEN)) ||
        (find_name(self, &i, &kind, debt) && (i != row || kind != NAME_DEBT)) ||
        is_same(a_token, debt) || is_zero(a_token) || is_zero(debt))
        return LQ_ERR_EXISTS;
    lq_err_t err = set_name(self, a_token, row, NAME_ATOKEN);
    if (!err)
        err = set_name(self, debt, row, NAME_DEBT);
    if (err)
        return err;
    reserve_t *r = edit_reserve(self, row);
    r->a_token = *a_token;
    r->debt_token = *debt;
    r->stable_token = *stable;
    return LQ_OK;
}

lq_err_t add_watch(lq_instance_t *self, size_t *added, const lq_address_t *address)
{
    state_t *s = self->s;
    for (uint32_t i = 0; i < s->watch_cnt; i++)
        if (is_same(&self->watched[i], address))
            return LQ_OK;
    if (s->watch_cnt == self->watch_max)
        return LQ_ERR_FULL;
    lq_undo_write(self->undo, &self->watched[s->watch_cnt], address, sizeof(*address));
    edit_state(self)->watch_cnt++;
    ++*added;
    return LQ_OK;
}

lq_err_t set_unit(reserve_t *r)
{
    lq_aave_v3_unit_t unit;
    memset(&unit, 0, sizeof(unit));
    lq_err_t err = lq_aave_v3_unit_make(&unit, r->decimals);
    r->asset.unit.value = unit.value; /* field by field: padding stays zero */
    r->asset.unit.divisor = unit.divisor;
    r->asset.unit.reciprocal = unit.reciprocal;
    r->asset.unit.shift = unit.shift;
    return err;
}

bool asset_at(const lq_instance_t *self, lq_aave_v3_asset_t *out, const reserve_t *reserve,
              const lq_u256_t *price, uint64_t now_sec)
{
    const lq_aave_v3_rules_t *rules = rules_now(self);
    const lq_aave_v3_accrual_t *a = &reserve->accrual;
    uint64_t t = now_sec < a->last_update_sec ? a->last_update_sec : now_sec;
    lq_u256_t supply;
    lq_u256_t debt;
    if (lq_u256_is_zero(&reserve->asset.unit.value) ||
        lq_aave_v3_index_at(rules, &supply, a, LQ_AAVE_V3_ATOKEN, t) ||
        lq_aave_v3_index_at(rules, &debt, a, LQ_AAVE_V3_DEBT, t))
        return false;
    memcpy(out, &reserve->asset, sizeof(*out)); /* unit and threshold */
    out->price = *price;
    out->liquidity_index = supply;
    out->variable_borrow_index = debt;
    return true;
}

static lq_factor_value_t unknown_value(void)
{
    return (lq_factor_value_t){.value = __builtin_nan("")};
}

static lq_factor_value_t collateral_value(const lq_aave_v3_rules_t *rules, double whole,
                                          uint16_t threshold_bps, bool counts)
{
    double part = threshold_bps / BPS;
    if (!counts)
        return (lq_factor_value_t){.value = 0};
    lq_factor_value_t v = {
        .value = whole * part,
        .amount_loss = 1, /* less than a token unit, which is at most one scaled unit */
        .value_loss = (float)(part + 1), /* the value's floor, weighted, and the product's */
    };
    if (rules->health_by_average) {
        /* floor of an average of at least n loses less than 1 of n + 1; a threshold of 0 leaves no
           bound for what it draws down */
        if (threshold_bps == 0)
            v.value_loss = FLT_MAX;
        else
            v.health_loss = (float)(1.000001 / (threshold_bps + 1.0));
    }
    return v;
}

lq_factor_value_t value_of(const lq_instance_t *self, const reserve_t *reserve,
                           const lq_aave_v3_asset_t *asset, uint8_t category,
                           const lq_u256_t *category_price, lq_side_t side)
{
    const lq_aave_v3_rules_t *rules = rules_now(self);
    const category_t *c = &self->categories[category];
    if (side == LQ_SIDE_IDLE)
        return (lq_factor_value_t){.value = 0};
    if (category != 0 && !c->known)
        return unknown_value();
    bool in_e_mode =
        lq_aave_v3_in_e_mode(rules, category, reserve->category, bitmap_of(c), reserve->id);
    const lq_u256_t *price = &asset->price;
    if (in_e_mode && rules->e_mode_price && !is_zero(&c->price_source))
        price = category_price;
    if (lq_u256_is_zero(price))
        return unknown_value();
    bool debt = side == LQ_SIDE_DEBT;
    const lq_u256_t *index = debt ? &asset->variable_borrow_index : &asset->liquidity_index;
    double whole = lq_u256_to_double(index) / RAY * lq_u256_to_double(price) /
                   lq_u256_to_double(&asset->unit.value);
    if (debt)
        return (lq_factor_value_t){.value = whole, .amount_loss = 1, .value_loss = 1};
    return collateral_value(
        rules, whole, in_e_mode ? c->threshold_bps : asset->liquidation_threshold_bps,
        !rules->zero_threshold_ignored || asset->liquidation_threshold_bps != 0);
}

static void set_value(lq_instance_t *self, const reserve_t *r, const row_t *row)
{
    if (row->side == LQ_SIDE_IDLE)
        return;
    lq_factor_value_t v = unknown_value();
    if (r->known)
        v = value_of(self, r, &r->asset, row->category, &self->categories[row->category].price,
                     (lq_side_t)row->side);
    const lq_factor_value_t *old = lq_ledger_value(self->ledger, row->factor);
    bool same = (v.value == old->value || (v.value != v.value && old->value != old->value)) &&
                v.amount_loss == old->amount_loss && v.value_loss == old->value_loss &&
                v.health_loss == old->health_loss;
    if (!same)
        lq_ledger_set_value(self->ledger, row->factor, &v);
}

static void set_values(lq_instance_t *self, uint32_t row)
{
    const reserve_t *r = &self->reserves[row];
    for (uint32_t i = r->first_row; i != NONE32; i = self->rows[i].next)
        set_value(self, r, &self->rows[i]);
}

/* The price of a reserve: 0 where there is none. */
static lq_u256_t price_of(const lq_instance_t *self, const reserve_t *r)
{
    const oracle_t *o = &self->oracles[r->oracle];
    if (!is_zero(&self->s->base_currency) && is_same(&r->underlying, &self->s->base_currency))
        return self->s->base_unit;
    return o->known && !is_zero(&o->source) ? o->price : lq_u256_from_u64(0);
}

void refresh_reserve(lq_instance_t *self, uint32_t row)
{
    reserve_t *r = &self->reserves[row];
    lq_undo_keep(self->undo, r, offsetof(reserve_t, grace_until_sec));
    lq_u256_t price = price_of(self, r);
    lq_aave_v3_asset_t a;
    r->priced = !lq_u256_is_zero(&price);
    r->known = self->s->stage == STAGE_READY && !r->marked && !r->dropped && r->id != NO_ID &&
               asset_at(self, &a, r, &price, self->s->now_sec);
    if (r->known) {
        r->asset.price = a.price;
        r->asset.liquidity_index = a.liquidity_index;
        r->asset.variable_borrow_index = a.variable_borrow_index;
    }
    set_values(self, row);
}

/* A price changes neither index, and nothing is known by it. */
void refresh_price(lq_instance_t *self, uint32_t row)
{
    reserve_t *r = &self->reserves[row];
    lq_u256_t price = price_of(self, r);
    lq_undo_keep(self->undo, &r->asset.price, sizeof(r->asset.price));
    lq_undo_keep(self->undo, &r->priced, sizeof(r->priced));
    r->priced = !lq_u256_is_zero(&price);
    r->asset.price = price;
    set_values(self, row);
}

void refresh_category(lq_instance_t *self, unsigned id)
{
    category_t *c = edit_category(self, id);
    const oracle_t *o = c->oracle == NONE32 ? NULL : &self->oracles[c->oracle];
    c->priced = o && o->known && !c->source_marked && !is_zero(&c->price_source) &&
                !is_zero(&o->source) && !lq_u256_is_zero(&o->price);
    c->price = c->priced ? o->price : lq_u256_from_u64(0);
    c->known = !c->marked;
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++) {
        const reserve_t *r = &self->reserves[i];
        for (uint32_t k = r->first_row; k != NONE32; k = self->rows[k].next)
            if (self->rows[k].category == id)
                set_value(self, r, &self->rows[k]);
    }
}

void refresh_all(lq_instance_t *self)
{
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++)
        refresh_reserve(self, i);
}

void mark_reserve(lq_instance_t *self, uint32_t row)
{
    if (self->reserves[row].dropped)
        return;
    edit_reserve(self, row)->marked = 1;
    refresh_reserve(self, row);
}

void drop_reserve(lq_instance_t *self, uint32_t row)
{
    reserve_t *r = edit_reserve(self, row);
    r->dropped = 1;
    r->marked = 0;
    r->id = NO_ID;
    memset(&r->a_token, 0, sizeof(r->a_token));
    memset(&r->debt_token, 0, sizeof(r->debt_token));
    refresh_reserve(self, row);
}

void mark_category(lq_instance_t *self, unsigned id)
{
    if (id == 0)
        return;
    edit_category(self, id)->marked = 1;
    refresh_category(self, id);
}

void mark_pool(lq_instance_t *self)
{
    state_t *s = edit_state(self);
    s->stage = STAGE_PROVIDER;
    if (self->config.version == LQ_ADAPTER_PROBE)
        s->version_sure = 0;
    for (uint32_t i = 0; i < s->reserve_cnt; i++) {
        edit_reserve(self, i)->tried = 0;
        mark_reserve(self, i);
    }
    for (unsigned i = 1; i < CATEGORY_CNT; i++)
        mark_category(self, i);
}

/* A source of an oracle has said nothing yet. */
static void set_source(lq_instance_t *self, uint32_t oracle, const lq_address_t *source)
{
    oracle_t *o = &self->oracles[oracle];
    if (is_same(&o->source, source))
        return;
    lq_undo_keep(self->undo, o, sizeof(*o));
    o->source = *source;
    o->known = 0;
    o->price = lq_u256_from_u64(0);
}

void set_reserve_source(lq_instance_t *self, uint32_t row, const lq_address_t *source)
{
    set_source(self, self->reserves[row].oracle, source);
    refresh_reserve(self, row);
}

lq_err_t set_category_source(lq_instance_t *self, unsigned id, const lq_address_t *source)
{
    if (self->categories[id].oracle == NONE32) {
        if (self->s->oracle_cnt == self->oracle_max)
            return LQ_ERR_FULL;
        uint32_t oracle = append_oracle(self, ORACLE_OF_CATEGORY | id);
        edit_category(self, id)->oracle = oracle;
    }
    set_source(self, self->categories[id].oracle, source);
    edit_category(self, id)->source_marked = 0;
    refresh_category(self, id);
    return LQ_OK;
}

static size_t slot_of(uint32_t row, lq_side_t side, uint8_t category)
{
    size_t base = (size_t)row * SLOT_CNT;
    switch (side) {
    case LQ_SIDE_IDLE:
        return base + 2 * (size_t)CATEGORY_CNT + (category == FLAG_ALONE);
    case LQ_SIDE_COLLATERAL:
        return base + category;
    case LQ_SIDE_DEBT:
        return base + CATEGORY_CNT + category;
    }
    return base;
}

size_t slot_of_row(const row_t *row)
{
    return slot_of(row->reserve, (lq_side_t)row->side, row->category);
}

static lq_err_t factor_in(lq_instance_t *self, uint16_t *factor, uint32_t row, lq_side_t side,
                          uint8_t category)
{
    uint16_t *slot = &self->slots[slot_of(row, side, category)];
    if (*slot != 0) {
        *factor = self->rows[*slot - 1].factor;
        return LQ_OK;
    }
    state_t *s = edit_state(self);
    if (s->row_cnt == self->row_max)
        return LQ_ERR_FULL;
    lq_factor_t about = {s->pool, (uint16_t)row, category, (uint8_t)side};
    uint16_t added;
    lq_err_t err = lq_ledger_add_factor(self->ledger, &added, &about);
    if (err)
        return err;
    row_t new = {added, (uint16_t)row, category, (uint8_t)side, 0, self->reserves[row].first_row};
    lq_undo_write(self->undo, &self->rows[s->row_cnt], &new, sizeof(new));
    edit_reserve(self, row)->first_row = s->row_cnt++;
    lq_undo_keep(self->undo, slot, sizeof(*slot));
    *slot = (uint16_t)s->row_cnt;
    set_value(self, &self->reserves[row], &new);
    *factor = added;
    return LQ_OK;
}

lq_err_t factor_for(lq_instance_t *self, uint16_t *factor, uint32_t row, lq_side_t side,
                    uint8_t category)
{
    if (side == LQ_SIDE_IDLE || (side == LQ_SIDE_DEBT && !rules_now(self)->e_mode_price))
        category = 0;
    return factor_in(self, factor, row, side, category);
}

static holding_t holding_of(const lq_instance_t *self, uint32_t account, uint32_t row, bool debt)
{
    lq_legs_t legs = lq_ledger_legs(self->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++) {
        const lq_factor_t *f = lq_ledger_factor(self->ledger, legs.factors[i]);
        if (f->asset == row && !debt && is_flag_alone(f))
            return (holding_t){LQ_SIDE_COLLATERAL, true, legs.factors[i], 0};
        if (f->asset == row && (f->side == LQ_SIDE_DEBT) == debt)
            return (holding_t){(lq_side_t)f->side, true, legs.factors[i], legs.amounts[i]};
    }
    return (holding_t){debt ? LQ_SIDE_DEBT : LQ_SIDE_IDLE, false, 0, 0};
}

holding_t supply_of(const lq_instance_t *self, uint32_t account, uint32_t row)
{
    return holding_of(self, account, row, false);
}

holding_t debt_of(const lq_instance_t *self, uint32_t account, uint32_t row)
{
    return holding_of(self, account, row, true);
}

lq_err_t set_holding(lq_instance_t *self, uint32_t account, uint32_t row, const holding_t *held,
                     lq_side_t side, lq_u128_t amount)
{
    uint8_t category = lq_ledger_account(self->ledger, account).category;
    uint16_t factor = 0;
    lq_err_t err = LQ_OK;
    bool has_leg = amount != 0 || side == LQ_SIDE_COLLATERAL;
    if (has_leg) { /* a factor first: where there is none, nothing changes */
        err = amount != 0 ? factor_for(self, &factor, row, side, category)
                          : factor_in(self, &factor, row, LQ_SIDE_IDLE, FLAG_ALONE);
        if (err)
            return err;
    }
    if (held->has_leg && !(has_leg && held->factor == factor)) /* makes room for the other */
        err = lq_ledger_set_amount(self->ledger, account, held->factor, 0);
    if (!err && has_leg)
        err = lq_ledger_set_amount(self->ledger, account, factor, amount != 0 ? amount : 1);
    return err;
}

lq_err_t set_e_mode(lq_instance_t *self, uint32_t account, uint8_t category)
{
    uint16_t factors[LQ_LEDGER_LEG_MAX];
    lq_u128_t amounts[LQ_LEDGER_LEG_MAX];
    lq_legs_t legs = lq_ledger_legs(self->ledger, account);
    size_t cnt = legs.cnt < LQ_LEDGER_LEG_MAX ? legs.cnt : LQ_LEDGER_LEG_MAX;
    memcpy(factors, legs.factors, cnt * sizeof(*factors));
    memcpy(amounts, legs.amounts, cnt * sizeof(*amounts));
    lq_ledger_set_category(self->ledger, account, category);
    for (size_t i = 0; i < cnt; i++) {
        lq_factor_t f = *lq_ledger_factor(self->ledger, factors[i]);
        uint16_t to;
        if (f.side == LQ_SIDE_IDLE)
            continue; /* in no e-mode */
        lq_err_t err = factor_for(self, &to, f.asset, (lq_side_t)f.side, category);
        if (!err && to != factors[i]) {
            err = lq_ledger_set_amount(self->ledger, account, factors[i], 0);
            if (!err)
                err = lq_ledger_set_amount(self->ledger, account, to, amounts[i]);
        }
        if (err)
            return err;
    }
    return LQ_OK;
}

void quarantine_all(lq_instance_t *self)
{
    static const lq_account_state_t read[] = {LQ_ACCOUNT_KNOWN, LQ_ACCOUNT_REFUSED};
    for (size_t i = 0; i < LQ_ARRAY_CNT(read); i++) {
        uint32_t a = lq_ledger_next_in_state(self->ledger, read[i], 0);
        for (; a != LQ_LEDGER_NONE; a = lq_ledger_next_in_state(self->ledger, read[i], a + 1))
            if (lq_ledger_account(self->ledger, a).pool == self->s->pool)
                lq_ledger_set_state(self->ledger, a, LQ_ACCOUNT_QUARANTINED);
    }
}

void take_version(lq_instance_t *self, unsigned version, bool sure)
{
    const lq_aave_v3_rules_t *old = rules_now(self);
    const lq_aave_v3_rules_t *new = lq_aave_v3_rules((lq_aave_v3_version_t)version);
    state_t *s = edit_state(self);
    size_t call_cnt = reserve_call_cnt(self);
    s->version_sure = sure;
    if (s->version == version)
        return;
    s->version = (uint8_t)version;
    if (old->e_mode_price != new->e_mode_price) /* debts have other factors */
        quarantine_all(self);
    if (old->e_mode_by_bitmap != new->e_mode_by_bitmap)
        for (unsigned i = 1; i < CATEGORY_CNT; i++)
            mark_category(self, i);
    if (reserve_call_cnt(self) != call_cnt)
        for (uint32_t i = 0; i < s->reserve_cnt; i++)
            mark_reserve(self, i);
    refresh_all(self);
}

void lq_aave_v3_adapter_set_version(lq_instance_t *self, lq_aave_v3_version_t version)
{
    LQ_ASSERT((unsigned)version < LQ_AAVE_V3_VERSION_CNT);
    bool events = rules_now(self)->rounded_events != lq_aave_v3_rules(version)->rounded_events;
    self->config.version = version;
    if (events && self->s->pool != NONE32)
        quarantine_all(self);
    take_version(self, version, true);
}
