#include "aave_v3_adapter_internal.h"

/* The reads of an account: its flags, its e-mode, and of each reserve what it holds and owes. The
   flags alone would not do, nor would the balances: supply that is not flagged counts from the log
   on that flags it. */

enum {
    AT_CONFIG,
    AT_E_MODE,
    AT_BALANCES
};

static bool has_tokens(const reserve_t *r)
{
    return !is_zero(&r->a_token);
}

static size_t calls_a_reserve(const lq_instance_t *self)
{
    return rules_now(self)->stable_debt ? 3 : 2;
}

lq_err_t account_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t account)
{
    const lq_address_t *pool = &self->config.contract;
    lq_address_t owner = lq_ledger_account(self->ledger, account).owner;
    lq_err_t err;
    if ((err = call_address(calls, pool, LQ_ABI_AAVE_V3_GET_USER_CONFIGURATION_SELECTOR, &owner)) ||
        (err = call_address(calls, pool, LQ_ABI_AAVE_V3_GET_USER_E_MODE_SELECTOR, &owner)))
        return err;
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++) {
        const reserve_t *r = &self->reserves[i];
        if (!has_tokens(r))
            continue;
        if ((err = call_address(calls, &r->a_token, LQ_ABI_AAVE_V3_SCALED_BALANCE_OF_SELECTOR,
                                &owner)) ||
            (err = call_address(calls, &r->debt_token, LQ_ABI_AAVE_V3_SCALED_BALANCE_OF_SELECTOR,
                                &owner)) ||
            (calls_a_reserve(self) == 3 &&
             (err = call_address(calls, &r->stable_token,
                                 LQ_ABI_AAVE_V3_PRINCIPAL_BALANCE_OF_SELECTOR, &owner))))
            return err;
    }
    return LQ_OK;
}

typedef struct reading {
    const lq_u256_t *config;
    lq_u128_t seen_ids; /* those of the reserves we know */
    bool refused;       /* it has what we cannot compute */
} reading_t;

static bool flag(const lq_u256_t *config, unsigned bit)
{
    return config->w[bit / 64] >> (bit % 64) & 1;
}

/* An amount that counts has to be there and to fit; of one that does not, what cannot be read is
   none: the log that has it count then contradicts the account. */
static bool get_amount(lq_u128_t *out, const lq_read_result_t *r, bool counts)
{
    lq_u256_t v;
    *out = 0;
    if (get_word(&v, r, 0) && fits128(&v)) {
        *out = lq_u256_lo(&v);
        return true;
    }
    return !counts;
}

static bool take_reserve(lq_instance_t *self, uint32_t account, uint32_t row, reading_t *reading,
                         const lq_read_result_t *results)
{
    const reserve_t *r = &self->reserves[row];
    const holding_t nothing = {LQ_SIDE_IDLE, false, 0, 0};
    bool listed = r->id != NO_ID;
    bool borrows = listed && flag(reading->config, 2u * r->id);
    bool secures = listed && flag(reading->config, 2u * r->id + 1);
    lq_u128_t supply;
    lq_u128_t debt;
    if (!get_amount(&supply, &results[0], secures) || !get_amount(&debt, &results[1], borrows))
        return false;
    if (listed)
        reading->seen_ids |= (lq_u128_t)1 << r->id;
    else if (supply != 0 || debt != 0)
        return false; /* what it is worth to him is not known before the reserve is */
    if (calls_a_reserve(self) == 3 && !is_zero(&r->stable_token)) {
        lq_u256_t stable;
        if (!get_word(&stable, &results[2], 0))
            return false;
        reading->refused |= !lq_u256_is_zero(&stable);
    }
    reading->refused |= (borrows || secures) && lq_u256_is_zero(&r->asset.unit.value);
    return set_holding(self, account, row, &nothing, secures ? LQ_SIDE_COLLATERAL : LQ_SIDE_IDLE,
                       supply) == LQ_OK &&
           set_holding(self, account, row, &nothing, LQ_SIDE_DEBT, borrows ? debt : 0) == LQ_OK;
}

/* Whether all flags are of reserves in SEEN_IDS. */
static bool all_seen(const lq_u256_t *config, lq_u128_t seen_ids)
{
    for (unsigned id = 0; id < RESERVE_ID_MAX; id++)
        if ((flag(config, 2 * id) || flag(config, 2 * id + 1)) && !(seen_ids >> id & 1))
            return false;
    return true;
}

static bool has_all_ids(const lq_instance_t *self)
{
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++)
        if (self->reserves[i].id == NO_ID && !self->reserves[i].dropped)
            return false;
    return self->s->reserve_cnt > 0;
}

/* Whether no reserve is there but those that we know the id of: a flag of another id is one of a
   reserve that was dropped, which the contract skips. */
static bool know_all_ids(const lq_instance_t *self)
{
    return self->s->stage == STAGE_READY && has_all_ids(self) &&
           self->s->reserve_cnt < self->config.asset_max;
}

static bool take_account(lq_instance_t *self, uint32_t account, const lq_read_result_t *results,
                         size_t cnt, bool *refused)
{
    lq_u256_t config;
    lq_u256_t e_mode;
    if (cnt < AT_BALANCES || !get_word(&config, &results[AT_CONFIG], 0) ||
        !get_word(&e_mode, &results[AT_E_MODE], 0) || e_mode.w[0] >= CATEGORY_CNT ||
        (e_mode.w[1] | e_mode.w[2] | e_mode.w[3]) != 0)
        return false;
    reading_t reading = {.config = &config};
    size_t at = AT_BALANCES;
    lq_ledger_clear_legs(self->ledger, account);
    lq_ledger_set_category(self->ledger, account, (uint8_t)e_mode.w[0]);
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++) {
        if (!has_tokens(&self->reserves[i]))
            continue;
        if (cnt - at < calls_a_reserve(self) ||
            !take_reserve(self, account, i, &reading, results + at))
            return false;
        at += calls_a_reserve(self);
    }
    bool seen = know_all_ids(self) || all_seen(&config, reading.seen_ids);
    bool full = self->s->reserve_cnt == self->config.asset_max; /* then it never will be */
    *refused = reading.refused || !seen;
    return at == cnt && (seen || full);
}

lq_applied_t account_answer(lq_instance_t *self, uint32_t account, const lq_read_result_t *results,
                            size_t cnt)
{
    bool refused;
    /* while the pool is read anew its reserves keep their ids: to refuse would be to wait blocks */
    if (account >= lq_ledger_cnt(self->ledger) ||
        (self->s->stage != STAGE_READY && !has_all_ids(self)) ||
        lq_ledger_account(self->ledger, account).pool != self->s->pool)
        return LQ_APPLIED_FAULT;
    if (!take_account(self, account, results, cnt, &refused)) {
        lq_ledger_clear_legs(self->ledger, account);
        lq_ledger_set_state(self->ledger, account, LQ_ACCOUNT_QUARANTINED);
        return LQ_APPLIED_FAULT;
    }
    lq_ledger_set_state(self->ledger, account, refused ? LQ_ACCOUNT_REFUSED : LQ_ACCOUNT_KNOWN);
    return LQ_APPLIED;
}
