#include "aave_v3_adapter_internal.h"

/* Logs of the configurator, the oracle and the addresses provider: what is exact is applied, the
   rest marks what is to be read. */

static bool fits_bps(uint16_t *out, const lq_u256_t *v)
{
    uint64_t u;
    if (lq_u256_to_u64(&u, v) || u > UINT16_MAX)
        return false;
    *out = (uint16_t)u;
    return true;
}

/* The reserve that a configurator's event is about stands in its first topic. A log that is not as
   it should be marks that reserve; of one that we do not know the pool is read anew. */
static bool reserve_of(const lq_instance_t *self, uint32_t *row, const lq_evm_log_t *log)
{
    lq_address_t asset;
    if (log->topic_cnt < 2)
        return false;
    memcpy(&asset, log->topics[1].b + 12, sizeof(asset));
    return find_reserve(self, row, &asset);
}

static lq_applied_t fault_of_reserve(lq_instance_t *self, const lq_evm_log_t *log)
{
    uint32_t row;
    if (reserve_of(self, &row, log))
        mark_reserve(self, row);
    else if (self->s->reserve_cnt < self->config.asset_max)
        mark_pool(self);
    return LQ_APPLIED_FAULT;
}

static lq_applied_t apply_initialized(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_reserve_initialized_event_t e;
    uint32_t row;
    size_t added = 0;
    if (!DECODE(&e, log, reserve_initialized) || add_reserve(self, &row, &e.asset))
        return fault_of_reserve(self, log);
    reserve_t *r = edit_reserve(self, row);
    r->dropped = 0;
    r->id = NO_ID;
    r->tried = 0;
    mark_reserve(self, row);
    if (set_tokens(self, row, &e.a_token, &e.variable_debt_token, &e.stable_debt_token) ||
        add_watch(self, &added, &e.a_token) || add_watch(self, &added, &e.variable_debt_token))
        return LQ_APPLIED_FAULT;
    return added > 0 ? LQ_APPLIED_WATCH : LQ_APPLIED;
}

static lq_applied_t apply_dropped(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_reserve_dropped_event_t e;
    uint32_t row;
    if (!DECODE(&e, log, reserve_dropped) || !find_reserve(self, &row, &e.asset))
        return fault_of_reserve(self, log);
    drop_reserve(self, row);
    return LQ_APPLIED;
}

static lq_applied_t apply_collateral(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_collateral_configuration_changed_event_t e;
    uint32_t row;
    uint16_t threshold;
    uint16_t bonus;
    if (!DECODE(&e, log, collateral_configuration_changed) || !find_reserve(self, &row, &e.asset) ||
        !fits_bps(&threshold, &e.liquidation_threshold) || !fits_bps(&bonus, &e.liquidation_bonus))
        return fault_of_reserve(self, log);
    reserve_t *r = edit_reserve(self, row);
    r->asset.liquidation_threshold_bps = threshold;
    r->bonus_bps = bonus;
    refresh_reserve(self, row);
    return LQ_APPLIED;
}

static lq_applied_t apply_fee(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_liquidation_protocol_fee_changed_event_t e;
    uint32_t row;
    uint16_t fee;
    if (!DECODE(&e, log, liquidation_protocol_fee_changed) || !find_reserve(self, &row, &e.asset) ||
        !fits_bps(&fee, &e.new_fee))
        return fault_of_reserve(self, log);
    edit_reserve(self, row)->fee_bps = fee;
    return LQ_APPLIED;
}

static lq_applied_t apply_switch(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_reserve_active_event_t a;
    lq_abi_aave_v3_reserve_paused_event_t p;
    bool active = IS(log, reserve_active);
    uint32_t row;
    if ((active ? !DECODE(&a, log, reserve_active) : !DECODE(&p, log, reserve_paused)) ||
        !find_reserve(self, &row, active ? &a.asset : &p.asset))
        return fault_of_reserve(self, log);
    reserve_t *r = edit_reserve(self, row);
    if (active)
        r->active = a.active;
    else
        r->paused = p.paused;
    return LQ_APPLIED;
}

static lq_applied_t apply_grace(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_liquidation_grace_period_changed_event_t c;
    lq_abi_aave_v3_liquidation_grace_period_disabled_event_t d;
    bool changed = IS(log, liquidation_grace_period_changed);
    uint32_t row;
    if ((changed ? !DECODE(&c, log, liquidation_grace_period_changed)
                 : !DECODE(&d, log, liquidation_grace_period_disabled)) ||
        !find_reserve(self, &row, changed ? &c.asset : &d.asset))
        return fault_of_reserve(self, log);
    edit_reserve(self, row)->grace_until_sec = changed ? c.grace_period_until : 0;
    return LQ_APPLIED;
}

/* A category that has to be read anyway gets its values then. */
static lq_applied_t apply_category(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_e_mode_category_added_event_t e;
    uint16_t threshold;
    uint16_t bonus;
    if (!DECODE(&e, log, e_mode_category_added)) {
        if (log->topic_cnt == 2)
            mark_category(self, log->topics[1].b[31]);
        else
            mark_pool(self);
        return LQ_APPLIED_FAULT;
    }
    unsigned id = (unsigned)e.category_id;
    if (id == 0 || !fits_bps(&threshold, &e.liquidation_threshold) ||
        !fits_bps(&bonus, &e.liquidation_bonus)) {
        mark_category(self, id);
        return LQ_APPLIED_FAULT;
    }
    category_t *c = edit_category(self, id);
    c->threshold_bps = threshold;
    c->bonus_bps = bonus;
    if (rules_now(self)->e_mode_price) {
        c->price_source = e.oracle;
        c->source_marked = !is_zero(&e.oracle);
    }
    refresh_category(self, id);
    return LQ_APPLIED;
}

static lq_applied_t apply_own_category(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_e_mode_asset_category_changed_event_t e;
    uint32_t row;
    if (!DECODE(&e, log, e_mode_asset_category_changed) || !find_reserve(self, &row, &e.asset))
        return fault_of_reserve(self, log);
    edit_reserve(self, row)->category = (uint8_t)e.new_category_id;
    refresh_reserve(self, row);
    return LQ_APPLIED;
}

static lq_applied_t apply_member(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_t e;
    uint32_t row;
    if (!DECODE(&e, log, asset_collateral_in_e_mode_changed) || !find_reserve(self, &row, &e.asset))
        return fault_of_reserve(self, log);
    unsigned id = (unsigned)e.category_id;
    unsigned bit = self->reserves[row].id;
    if (id == 0)
        return fault_of_reserve(self, log);
    if (bit == NO_ID) {
        mark_category(self, id);
        return LQ_APPLIED;
    }
    uint64_t *word = &edit_category(self, id)->bitmap[bit / 64];
    uint64_t mask = (uint64_t)1 << (bit % 64);
    *word = e.collateral ? *word | mask : *word & ~mask;
    refresh_category(self, id);
    return LQ_APPLIED;
}

lq_applied_t aave_apply_config(lq_instance_t *self, const lq_evm_log_t *log)
{
    if (IS(log, collateral_configuration_changed))
        return apply_collateral(self, log);
    if (IS(log, reserve_active) || IS(log, reserve_paused))
        return apply_switch(self, log);
    if (IS(log, liquidation_grace_period_changed) || IS(log, liquidation_grace_period_disabled))
        return apply_grace(self, log);
    if (IS(log, liquidation_protocol_fee_changed))
        return apply_fee(self, log);
    if (IS(log, e_mode_category_added))
        return apply_category(self, log);
    if (IS(log, e_mode_asset_category_changed))
        return apply_own_category(self, log);
    if (IS(log, asset_collateral_in_e_mode_changed))
        return apply_member(self, log);
    if (IS(log, reserve_initialized))
        return apply_initialized(self, log);
    if (IS(log, reserve_dropped))
        return apply_dropped(self, log);
    if (IS(log, a_token_upgraded) || IS(log, variable_debt_token_upgraded)) {
        mark_pool(self); /* another version, it may be */
        return LQ_APPLIED;
    }
    return LQ_APPLIED_NOT;
}

lq_applied_t aave_apply_oracle(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_asset_source_updated_event_t e;
    uint32_t row;
    lq_applied_t applied = LQ_APPLIED_NOT;
    if (IS(log, base_currency_set)) {
        mark_pool(self);
        return LQ_APPLIED;
    }
    if (!IS(log, asset_source_updated))
        return LQ_APPLIED_NOT;
    if (!DECODE(&e, log, asset_source_updated))
        return fault_of_reserve(self, log);
    if (find_reserve(self, &row, &e.asset)) {
        set_reserve_source(self, row, &e.source);
        applied = LQ_APPLIED;
    }
    for (unsigned i = 1; i < CATEGORY_CNT; i++) {
        const category_t *c = &self->categories[i];
        if (is_zero(&c->price_source) || !is_same(&c->price_source, &e.asset))
            continue;
        if (set_category_source(self, i, &e.source))
            return LQ_APPLIED_FAULT;
        applied = LQ_APPLIED;
    }
    return applied;
}

lq_applied_t aave_apply_provider(lq_instance_t *self, const lq_evm_log_t *log)
{
    if (!IS(log, pool_updated) && !IS(log, pool_configurator_updated) &&
        !IS(log, price_oracle_updated) && !IS(log, price_oracle_sentinel_updated) &&
        !IS(log, proxy_created) && !IS(log, address_set) && !IS(log, address_set_as_proxy))
        return LQ_APPLIED_NOT;
    mark_pool(self); /* whatever it says: what stands there is read anew */
    return LQ_APPLIED;
}
