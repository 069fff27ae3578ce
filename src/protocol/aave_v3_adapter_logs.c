#include "aave_v3_adapter_internal.h"

#include "liqd/num/fixed.h"

/* Logs of the tokens and of the pool: accounts and indices. */

static lq_applied_t quarantine(lq_instance_t *self, uint32_t account)
{
    lq_ledger_set_state(self->ledger, account, LQ_ACCOUNT_QUARANTINED);
    return LQ_APPLIED_FAULT;
}

/* The account of OWNER, where there is one that logs are applied to. */
static bool known_account(const lq_instance_t *self, uint32_t *account, const lq_address_t *owner)
{
    return self->s->pool != NONE32 &&
           lq_ledger_find(self->ledger, account, self->s->pool, owner) == LQ_OK &&
           lq_ledger_account(self->ledger, *account).state == LQ_ACCOUNT_KNOWN;
}

/* Has OWNER as an account; APPLIED: a new one. */
static lq_applied_t have_account(lq_instance_t *self, const lq_address_t *owner)
{
    uint32_t account;
    if (self->s->pool == NONE32)
        return LQ_APPLIED_FAULT;
    lq_err_t err = lq_ledger_add(self->ledger, &account, self->s->pool, owner);
    return err == LQ_OK ? LQ_APPLIED : err == LQ_ERR_EXISTS ? LQ_APPLIED_NOT : LQ_APPLIED_FAULT;
}

static lq_u256_t wide(lq_u128_t v)
{
    return lq_u256_from_halves(0, v);
}

/* What a log of a reserve's token that does not decode is about is not known. */
static lq_applied_t bad_token_log(lq_instance_t *self, uint32_t row, const lq_evm_log_t *log)
{
    for (uint32_t i = 1; i < log->topic_cnt && i < LQ_TOPIC_MAX; i++) {
        lq_address_t owner;
        uint32_t account;
        memcpy(&owner, log->topics[i].b + 12, sizeof(owner));
        if (known_account(self, &account, &owner))
            (void)quarantine(self, account);
    }
    mark_reserve(self, row);
    return LQ_APPLIED_FAULT;
}

static lq_applied_t apply_to_account(lq_instance_t *self, uint32_t account, uint32_t row,
                                     lq_aave_v3_token_t token, bool mint,
                                     const lq_aave_v3_scaled_event_t *e)
{
    const lq_aave_v3_rules_t *rules = rules_now(self);
    bool supply = token == LQ_AAVE_V3_ATOKEN;
    holding_t held = supply ? supply_of(self, account, row) : debt_of(self, account, row);
    lq_u256_t scaled = wide(held.amount);
    if (lq_u256_lt(&e->index, &LQ_RAY_ONE))
        return quarantine(self, account);
    if (!self->s->version_sure && !lq_u256_eq(&e->index, &LQ_RAY_ONE)) {
        (void)quarantine(self, account); /* nobody's fault: the event's meaning is not known yet */
        return LQ_APPLIED;
    }
    lq_err_t err = mint ? lq_aave_v3_apply_mint(rules, &scaled, token, e)
                        : lq_aave_v3_apply_burn(rules, &scaled, token, e);
    if (err || !fits128(&scaled) ||
        set_holding(self, account, row, &held, held.side, lq_u256_lo(&scaled)))
        return quarantine(self, account);
    return LQ_APPLIED;
}

static lq_applied_t apply_scaled(lq_instance_t *self, uint32_t row, lq_aave_v3_token_t token,
                                 const lq_evm_log_t *log)
{
    lq_abi_aave_v3_mint_event_t m;
    lq_abi_aave_v3_burn_event_t b;
    lq_aave_v3_scaled_event_t e;
    lq_address_t owner;
    uint32_t account;
    bool mint = IS(log, mint);
    if (mint ? !DECODE(&m, log, mint) : !DECODE(&b, log, burn))
        return bad_token_log(self, row, log);
    if (mint) {
        owner = m.on_behalf_of;
        e = (lq_aave_v3_scaled_event_t){m.value, m.balance_increase, m.index};
    } else {
        owner = b.from;
        e = (lq_aave_v3_scaled_event_t){b.value, b.balance_increase, b.index};
    }
    if (known_account(self, &account, &owner))
        return apply_to_account(self, account, row, token, mint, &e);
    return token == LQ_AAVE_V3_DEBT ? have_account(self, &owner) : LQ_APPLIED_NOT;
}

/* One end of a transfer. */
static lq_applied_t apply_moved(lq_instance_t *self, uint32_t row, const lq_address_t *owner,
                                bool in, const lq_u256_t *value)
{
    uint32_t account;
    if (!known_account(self, &account, owner))
        return LQ_APPLIED_NOT;
    holding_t held = supply_of(self, account, row);
    lq_u256_t scaled = wide(held.amount);
    if ((in ? lq_u256_add_checked(&scaled, &scaled, value)
            : lq_u256_sub_checked(&scaled, &scaled, value)) ||
        !fits128(&scaled) || set_holding(self, account, row, &held, held.side, lq_u256_lo(&scaled)))
        return quarantine(self, account);
    return LQ_APPLIED;
}

static lq_applied_t apply_transfer(lq_instance_t *self, uint32_t row, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_balance_transfer_event_t e;
    uint32_t account;
    if (!DECODE(&e, log, balance_transfer))
        return bad_token_log(self, row, log);
    if (is_same(&e.from, &e.to)) {
        if (!known_account(self, &account, &e.from))
            return LQ_APPLIED_NOT;
        lq_u256_t has = wide(supply_of(self, account, row).amount);
        return lq_u256_lt(&has, &e.value) ? quarantine(self, account) : LQ_APPLIED;
    }
    lq_applied_t out = apply_moved(self, row, &e.from, false, &e.value);
    lq_applied_t in = apply_moved(self, row, &e.to, true, &e.value);
    if (out == LQ_APPLIED_FAULT || in == LQ_APPLIED_FAULT)
        return LQ_APPLIED_FAULT;
    return out == LQ_APPLIED || in == LQ_APPLIED ? LQ_APPLIED : LQ_APPLIED_NOT;
}

static lq_applied_t apply_token(lq_instance_t *self, uint32_t row, name_kind_t kind,
                                const lq_evm_log_t *log)
{
    if (kind == NAME_UNDERLYING)
        return LQ_APPLIED_NOT;
    if (IS(log, mint) || IS(log, burn))
        return apply_scaled(self, row, kind == NAME_ATOKEN ? LQ_AAVE_V3_ATOKEN : LQ_AAVE_V3_DEBT,
                            log);
    if (IS(log, balance_transfer))
        return kind == NAME_ATOKEN ? apply_transfer(self, row, log) : bad_token_log(self, row, log);
    return LQ_APPLIED_NOT;
}

/* A reserve that the pool names and we do not know: where there is no room for it, reading anew
   would not help. */
static lq_applied_t unknown_reserve(lq_instance_t *self)
{
    if (self->s->reserve_cnt < self->config.asset_max)
        mark_pool(self);
    return LQ_APPLIED_FAULT;
}

static lq_applied_t bad_pool_log(lq_instance_t *self, const lq_evm_log_t *log)
{
    for (uint32_t i = 1; i < log->topic_cnt && i < LQ_TOPIC_MAX; i++) {
        lq_address_t about;
        uint32_t at;
        memcpy(&about, log->topics[i].b + 12, sizeof(about));
        if (known_account(self, &at, &about))
            (void)quarantine(self, at);
        if (find_reserve(self, &at, &about))
            mark_reserve(self, at);
    }
    return LQ_APPLIED_FAULT;
}

static lq_applied_t apply_reserve_data(lq_instance_t *self, const lq_evm_log_t *log,
                                       uint64_t block_sec)
{
    lq_abi_aave_v3_reserve_data_updated_event_t e;
    uint32_t row;
    if (!DECODE(&e, log, reserve_data_updated))
        return bad_pool_log(self, log);
    if (!find_reserve(self, &row, &e.reserve))
        return unknown_reserve(self);
    if (!fits128(&e.liquidity_rate) || !fits128(&e.variable_borrow_rate) ||
        !fits128(&e.liquidity_index) || !fits128(&e.variable_borrow_index) ||
        lq_u256_lt(&e.liquidity_index, &LQ_RAY_ONE) ||
        lq_u256_lt(&e.variable_borrow_index, &LQ_RAY_ONE)) {
        mark_reserve(self, row);
        return LQ_APPLIED_FAULT;
    }
    lq_aave_v3_accrual_t *a = &edit_reserve(self, row)->accrual;
    a->liquidity_index = e.liquidity_index;
    a->variable_borrow_index = e.variable_borrow_index;
    a->current_liquidity_rate = e.liquidity_rate;
    a->current_variable_borrow_rate = e.variable_borrow_rate;
    a->last_update_sec = block_sec;
    refresh_reserve(self, row);
    return LQ_APPLIED;
}

static lq_applied_t apply_e_mode(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_user_e_mode_set_event_t e;
    uint32_t account;
    if (!DECODE(&e, log, user_e_mode_set))
        return bad_pool_log(self, log);
    if (!known_account(self, &account, &e.user))
        return LQ_APPLIED_NOT;
    return set_e_mode(self, account, (uint8_t)e.category_id) ? quarantine(self, account)
                                                             : LQ_APPLIED;
}

static lq_applied_t apply_flag(lq_instance_t *self, const lq_evm_log_t *log, bool on)
{
    lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_t e;
    lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_t off;
    uint32_t account;
    uint32_t row;
    if (on ? !DECODE(&e, log, reserve_used_as_collateral_enabled)
           : !DECODE(&off, log, reserve_used_as_collateral_disabled))
        return bad_pool_log(self, log);
    const lq_address_t *user = on ? &e.user : &off.user;
    bool listed = find_reserve(self, &row, on ? &e.reserve : &off.reserve);
    if (!listed)
        (void)unknown_reserve(self);
    if (!known_account(self, &account, user))
        return listed ? LQ_APPLIED_NOT : LQ_APPLIED_FAULT;
    if (!listed)
        return quarantine(self, account);
    holding_t held = supply_of(self, account, row);
    if (!on && !held.has_leg)
        return LQ_APPLIED_NOT;
    return set_holding(self, account, row, &held, on ? LQ_SIDE_COLLATERAL : LQ_SIDE_IDLE,
                       held.amount)
               ? quarantine(self, account)
               : LQ_APPLIED;
}

static lq_applied_t apply_borrow(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_borrow_event_t e;
    uint32_t account;
    uint32_t row;
    if (!DECODE(&e, log, borrow))
        return bad_pool_log(self, log);
    lq_applied_t applied = have_account(self, &e.on_behalf_of);
    bool listed = find_reserve(self, &row, &e.reserve);
    if (!listed)
        applied = unknown_reserve(self);
    if (!known_account(self, &account, &e.on_behalf_of))
        return applied;
    if (!listed)
        return quarantine(self, account);
    if (e.interest_rate_mode != 1)
        return applied;
    lq_ledger_set_state(self->ledger, account, LQ_ACCOUNT_REFUSED); /* stable debt */
    return LQ_APPLIED;
}

/* USER's stable debt may be another now: read again who has one, or may have. */
static lq_applied_t read_again(lq_instance_t *self, const lq_address_t *user, bool known_too)
{
    uint32_t account;
    if (self->s->pool == NONE32 ||
        lq_ledger_find(self->ledger, &account, self->s->pool, user) != LQ_OK)
        return LQ_APPLIED_NOT;
    uint8_t state = lq_ledger_account(self->ledger, account).state;
    if (state != LQ_ACCOUNT_REFUSED && !(known_too && state == LQ_ACCOUNT_KNOWN))
        return LQ_APPLIED_NOT;
    lq_ledger_set_state(self->ledger, account, LQ_ACCOUNT_UNKNOWN);
    return LQ_APPLIED;
}

/* What a liquidation did to its collateral's reserve. Where aTokens were burnt ReserveDataUpdated
   came before and this changes nothing. */
static lq_applied_t accrue_collateral(lq_instance_t *self, const lq_address_t *asset,
                                      uint64_t block_sec)
{
    const lq_aave_v3_rules_t *rules = rules_now(self);
    uint32_t row;
    if (!rules->liquidation_accrues_collateral)
        return LQ_APPLIED_NOT;
    if (!find_reserve(self, &row, asset))
        return unknown_reserve(self);
    lq_aave_v3_accrual_t a = self->reserves[row].accrual;
    if (a.last_update_sec == block_sec)
        return LQ_APPLIED_NOT;
    if (lq_aave_v3_index_at(rules, &a.variable_borrow_index, &a, LQ_AAVE_V3_DEBT, block_sec) ||
        lq_aave_v3_index_at(rules, &a.liquidity_index, &a, LQ_AAVE_V3_ATOKEN, block_sec)) {
        mark_reserve(self, row);
        return LQ_APPLIED_FAULT;
    }
    a.last_update_sec = block_sec;
    edit_reserve(self, row)->accrual = a;
    refresh_reserve(self, row);
    return LQ_APPLIED;
}

static lq_applied_t apply_liquidation(lq_instance_t *self, const lq_evm_log_t *log,
                                      uint64_t block_sec)
{
    lq_abi_aave_v3_liquidation_call_event_t call;
    if (!DECODE(&call, log, liquidation_call))
        return bad_pool_log(self, log);
    lq_applied_t read = read_again(self, &call.user, false);
    lq_applied_t accrued = accrue_collateral(self, &call.collateral_asset, block_sec);
    return accrued == LQ_APPLIED_NOT ? read : accrued;
}

static lq_applied_t apply_stable(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_swap_borrow_rate_mode_event_t swap;
    lq_abi_aave_v3_repay_event_t repay;
    if (IS(log, swap_borrow_rate_mode))
        return DECODE(&swap, log, swap_borrow_rate_mode) ? read_again(self, &swap.user, true)
                                                         : bad_pool_log(self, log);
    return DECODE(&repay, log, repay) ? read_again(self, &repay.user, false)
                                      : bad_pool_log(self, log);
}

static lq_applied_t apply_deficit(lq_instance_t *self, const lq_evm_log_t *log, bool created)
{
    lq_abi_aave_v3_deficit_created_event_t c;
    lq_abi_aave_v3_deficit_covered_event_t d;
    uint32_t row;
    if (created ? !DECODE(&c, log, deficit_created) : !DECODE(&d, log, deficit_covered))
        return bad_pool_log(self, log);
    if (!find_reserve(self, &row, created ? &c.debt_asset : &d.reserve))
        return unknown_reserve(self);
    lq_u256_t *deficit = &edit_reserve(self, row)->deficit;
    if (created ? lq_u256_add_checked(deficit, deficit, &c.amount_created)
                : lq_u256_sub_checked(deficit, deficit, &d.amount_covered)) {
        mark_reserve(self, row);
        return LQ_APPLIED_FAULT;
    }
    return LQ_APPLIED;
}

static lq_applied_t apply_pool(lq_instance_t *self, const lq_evm_log_t *log, uint64_t block_sec)
{
    if (IS(log, reserve_data_updated))
        return apply_reserve_data(self, log, block_sec);
    if (IS(log, user_e_mode_set))
        return apply_e_mode(self, log);
    if (IS(log, reserve_used_as_collateral_enabled))
        return apply_flag(self, log, true);
    if (IS(log, reserve_used_as_collateral_disabled))
        return apply_flag(self, log, false);
    if (IS(log, borrow))
        return apply_borrow(self, log);
    if (IS(log, swap_borrow_rate_mode) || IS(log, repay))
        return apply_stable(self, log);
    if (IS(log, liquidation_call))
        return apply_liquidation(self, log, block_sec);
    if (IS(log, deficit_created))
        return apply_deficit(self, log, true);
    if (IS(log, deficit_covered))
        return apply_deficit(self, log, false);
    return LQ_APPLIED_NOT;
}

lq_applied_t aave_apply(lq_instance_t *self, const lq_evm_log_t *log, uint64_t block_sec)
{
    const state_t *s = self->s;
    uint32_t row;
    name_kind_t kind;
    if (s->stage == STAGE_PROVIDER && s->pool == NONE32)
        return LQ_APPLIED_NOT; /* nothing was read yet: what the log says will be */
    if (is_same(&log->address, &self->config.contract))
        return apply_pool(self, log, block_sec);
    if (is_same(&log->address, &s->configurator))
        return aave_apply_config(self, log);
    if (is_same(&log->address, &s->oracle))
        return aave_apply_oracle(self, log);
    if (is_same(&log->address, &s->provider))
        return aave_apply_provider(self, log);
    if (find_name(self, &row, &kind, &log->address))
        return apply_token(self, row, kind, log);
    return LQ_APPLIED_NOT;
}

lq_err_t aave_discover(lq_instance_t *self, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_borrow_event_t e;
    if (!is_same(&log->address, &self->config.contract) || !IS(log, borrow) ||
        !DECODE(&e, log, borrow) || self->s->pool == NONE32)
        return LQ_OK;
    uint32_t account;
    lq_err_t err = lq_ledger_add(self->ledger, &account, self->s->pool, &e.on_behalf_of);
    return err == LQ_ERR_EXISTS ? LQ_OK : err;
}
