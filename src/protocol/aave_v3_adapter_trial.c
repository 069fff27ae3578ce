#include "aave_v3_adapter_trial.h"

#include "aave_v3_internal.h"
#include "liqd/num/fixed.h"

static const lq_aave_v3_e_mode_t *e_mode_of(const trial_t *t)
{
    return t->category == 0 ? NULL : &t->e_mode;
}

/* The sums of all legs, as the contract adds them up. */
static LQ_NOINLINE lq_err_t sum_up(const lq_instance_t *self, lq_aave_v3_account_t *out,
                                   const trial_t *t)
{
    lq_aave_v3_asset_t assets[LQ_LEDGER_LEG_MAX];
    lq_aave_v3_leg_t legs[LQ_LEDGER_LEG_MAX];
    for (size_t i = 0; i < t->cnt; i++) {
        const trial_leg_t *leg = &t->legs[i];
        assets[i] = self->reserves[leg->reserve].asset;
        assets[i].price = leg->price;
        assets[i].liquidity_index = leg->index;
        assets[i].variable_borrow_index = leg->index;
        legs[i] = (lq_aave_v3_leg_t){.asset = &assets[i],
                                     .scaled_supply = lq_u256_from_halves(0, leg->scaled),
                                     .scaled_debt = lq_u256_from_halves(0, leg->scaled),
                                     .flags = leg->flags};
    }
    return lq_aave_v3_account(rules_now(self), out, legs, t->cnt, e_mode_of(t));
}

static void take_leg(trial_leg_t *out, const scene_t *scene, size_t i)
{
    const lq_aave_v3_leg_t *leg = &scene->legs[i];
    bool debt = (leg->flags & LQ_AAVE_V3_BORROWING) != 0;
    out->price = leg->asset->price;
    out->index = debt ? leg->asset->variable_borrow_index : leg->asset->liquidity_index;
    out->scaled = lq_u256_lo(debt ? &leg->scaled_debt : &leg->scaled_supply);
    out->margin = 0;
    out->factor = scene->numbers[i];
    out->reserve = scene->factors[i]->asset;
    out->flags = (uint8_t)leg->flags;
}

static lq_err_t open_scene(const lq_instance_t *self, trial_t *t, const scene_t *scene,
                           uint8_t category, uint64_t now_sec)
{
    lq_health_t h;
    lq_aave_v3_account_t sums;
    if (lq_aave_v3_account(rules_now(self), &sums, scene->legs, scene->cnt, scene->in))
        return LQ_ERR_RANGE;
    set_figures(&h, &sums);
    if (h.verdict != LQ_HEALTH_LIQUIDATABLE)
        return LQ_ERR_EMPTY;
    t->sums = sums;
    t->e_mode = scene->in ? *scene->in : (lq_aave_v3_e_mode_t){.liquidation_threshold_bps = 0};
    t->now_sec = now_sec;
    t->category = category;
    t->cnt = (uint16_t)scene->cnt;
    for (size_t i = 0; i < scene->cnt; i++) {
        size_t at = i;
        for (; at > 0 && t->legs[at - 1].factor > scene->numbers[i]; at--)
            t->legs[at] = t->legs[at - 1];
        take_leg(&t->legs[at], scene, i);
    }
    return LQ_OK;
}

static LQ_NOINLINE lq_err_t open_under(const lq_instance_t *self, trial_t *t, uint32_t account,
                                       const lq_health_view_t *view)
{
    scene_t scene;
    lq_aave_v3_asset_t assets[LQ_LEDGER_LEG_MAX];
    if (!make_scene(self, &scene, account, view, assets))
        return LQ_ERR_EMPTY;
    return open_scene(self, t, &scene, lq_ledger_account(self->ledger, account).category,
                      view_now(self, view));
}

lq_err_t aave_trial_open(const lq_instance_t *self, lq_trial_t *trial, uint32_t account,
                         const lq_health_view_t *view)
{
    trial_t *t = trial_of(trial);
    scene_t scene;
    t->what_if = view ? view->what_if : (lq_what_if_t){.bonus_bps = 0};
    if (!is_quiet(self, view))
        return open_under(self, t, account, view);
    if (!make_scene(self, &scene, account, NULL, NULL))
        return LQ_ERR_EMPTY;
    return open_scene(self, t, &scene, lq_ledger_account(self->ledger, account).category,
                      self->s->now_sec);
}

void aave_trial_copy(lq_trial_t *to, const lq_trial_t *from)
{
    const trial_t *t = const_trial_of(from);
    memcpy(to->bytes, from->bytes, offsetof(trial_t, legs) + t->cnt * sizeof(t->legs[0]));
}

static bool is_side(const trial_leg_t *leg, unsigned flag)
{
    return (leg->flags & flag) && leg->scaled != 0;
}

static bool passes(const lq_instance_t *self, const trial_t *t, const trial_leg_t *collateral,
                   const trial_leg_t *debt)
{
    return is_side(collateral, LQ_AAVE_V3_COLLATERAL) && is_side(debt, LQ_AAVE_V3_BORROWING) &&
           pair_passes(self, &t->sums.health_factor, t->now_sec,
                       &self->reserves[collateral->reserve], &self->reserves[debt->reserve]);
}

size_t aave_trial_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                        lq_liquidation_pair_t *out, size_t max)
{
    const trial_t *t = const_trial_of(trial);
    size_t cnt = 0;
    for (size_t c = 0; c < t->cnt; c++) {
        if (!is_side(&t->legs[c], LQ_AAVE_V3_COLLATERAL))
            continue;
        for (size_t d = 0; d < t->cnt; d++) {
            if (!passes(self, t, &t->legs[c], &t->legs[d]))
                continue;
            if (cnt < max)
                out[cnt] = (lq_liquidation_pair_t){t->legs[c].factor, t->legs[d].factor};
            cnt++;
        }
    }
    return cnt;
}

static bool find_leg(const trial_t *t, size_t *out, uint16_t factor)
{
    for (size_t i = 0; i < t->cnt; i++)
        if (t->legs[i].factor == factor) {
            *out = i;
            return true;
        }
    return false;
}

static void set_asset(const lq_instance_t *self, lq_aave_v3_asset_t *out, const trial_leg_t *leg)
{
    const lq_aave_v3_asset_t *own = &self->reserves[leg->reserve].asset;
    out->price = leg->price;
    out->liquidity_index = leg->index;
    out->variable_borrow_index = leg->index;
    out->unit = own->unit;
    out->liquidation_threshold_bps = own->liquidation_threshold_bps;
}

uint16_t leg_bonus(const lq_instance_t *self, const trial_t *t, const trial_leg_t *collateral)
{
    bool in = t->category != 0 && (collateral->flags & LQ_AAVE_V3_IN_E_MODE);
    return aave_bonus_under(in ? self->categories[t->category].bonus_bps
                               : self->reserves[collateral->reserve].bonus_bps,
                            &t->what_if);
}

/* What liquidationCall knows of the pair. To 3.1 it takes the price of an account's e-mode, where
   that has a source, for any debt.
   @src aave/aave-v3-core:contracts/protocol/libraries/logic/LiquidationLogic.sol
        #_getConfigurationData */
static void set_pair(const lq_instance_t *self, pairing_t *p, const trial_t *t)
{
    const trial_leg_t *c = &t->legs[p->collateral_leg];
    const reserve_t *r = &self->reserves[c->reserve];
    bool by_e_mode = p->rules->e_mode_price && p->e_mode && !lq_u256_is_zero(&p->e_mode->price);
    p->pair.collateral_price = *lq_aave_v3_price(p->rules, &p->legs[0], p->e_mode);
    p->pair.collateral_unit = p->assets[0].unit.value;
    p->pair.debt_price = by_e_mode ? p->e_mode->price : p->assets[1].price;
    p->pair.debt_unit = p->assets[1].unit.value;
    p->pair.liquidation_bonus_bps = leg_bonus(self, t, c);
    p->pair.protocol_fee_bps = r->fee_bps;
}

static lq_err_t set_balances(pairing_t *p)
{
    lq_err_t err = lq_aave_v3_balance(p->rules, &p->pair.collateral_balance, LQ_AAVE_V3_ATOKEN,
                                      &p->legs[0].scaled_supply, &p->assets[0].liquidity_index);
    return err ? err
               : lq_aave_v3_balance(p->rules, &p->pair.debt_balance, LQ_AAVE_V3_DEBT,
                                    &p->legs[1].scaled_debt, &p->assets[1].variable_borrow_index);
}

/* OUT = A - B, or A + B; health apart. Parts of a sum that fits. */
static void subtract(lq_aave_v3_account_t *out, const lq_aave_v3_account_t *a,
                     const lq_aave_v3_account_t *b)
{
    out->total_collateral_base =
        lq_u256_sub_wrap(&a->total_collateral_base, &b->total_collateral_base);
    out->total_debt_base = lq_u256_sub_wrap(&a->total_debt_base, &b->total_debt_base);
    out->weighted_collateral_bps =
        lq_u256_sub_wrap(&a->weighted_collateral_bps, &b->weighted_collateral_bps);
}

static void add(lq_aave_v3_account_t *out, const lq_aave_v3_account_t *a,
                const lq_aave_v3_account_t *b)
{
    out->total_collateral_base =
        lq_u256_add_wrap(&a->total_collateral_base, &b->total_collateral_base);
    out->total_debt_base = lq_u256_add_wrap(&a->total_debt_base, &b->total_debt_base);
    out->weighted_collateral_bps =
        lq_u256_add_wrap(&a->weighted_collateral_bps, &b->weighted_collateral_bps);
}

/* The most that one call repays by a close factor of the whole debt. Of a small one the contract
   would refuse what that leaves: all of it may be repaid, as by its own rule. */
static lq_err_t close_by(pairing_t *p, uint16_t close_factor_bps)
{
    const lq_u256_t collateral_large = lq_u256_from_u64(p->borders.collateral_large);
    const lq_u256_t debt_large = lq_u256_from_u64(p->borders.debt_large);
    const lq_u256_t part = lq_u256_from_u64(close_factor_bps);
    const lq_aave_v3_pair_t *pair = &p->pair;
    lq_u256_t debt;
    lq_u256_t collateral;
    lq_err_t err;
    p->max_debt = pair->debt_balance;
    if (p->rules->close_by_account) {
        if ((err = lq_aave_v3_debt_value(p->rules, &debt, &pair->debt_balance, &pair->debt_price,
                                         &pair->debt_unit)) ||
            (err = lq_aave_v3_supply_value(&collateral, &pair->collateral_balance,
                                           &pair->collateral_price, &pair->collateral_unit)))
            return err;
        if (lq_u256_lt(&debt, &debt_large) || lq_u256_lt(&collateral, &collateral_large))
            return LQ_OK;
    }
    if (!lq_u256_lt(&part, &LQ_BPS_ONE))
        return LQ_OK;
    return lq_fixed_bps_mul_half_up(&p->max_debt, &pair->debt_balance, &part);
}

static uint64_t margin_of(const lq_u256_t *value, uint64_t before)
{
    const uint64_t most = UINT64_MAX / 4;
    lq_u256_t v = lq_liquidation_growth(value);
    uint64_t margin = (v.w[1] | v.w[2] | v.w[3]) != 0 || v.w[0] > most ? most : v.w[0];
    return margin > before ? margin : before;
}

static uint64_t less(uint64_t border, uint64_t margin)
{
    return margin < border ? border - margin : 0;
}

void set_borders(pairing_t *p, const lq_u256_t *collateral, const lq_u256_t *debt)
{
    p->borders = LQ_AAVE_V3_BORDERS;
    if (!p->is_planned)
        return;
    p->collateral_margin = margin_of(collateral, p->collateral_margin);
    p->debt_margin = margin_of(debt, p->debt_margin);
    p->borders.collateral_large = less(p->borders.collateral_large, p->collateral_margin);
    p->borders.debt_large = less(p->borders.debt_large, p->debt_margin);
    p->borders.whole_above = p->debt_margin * 2; /* of both */
    p->borders.collateral_leftover += p->collateral_margin;
    p->borders.debt_leftover += p->debt_margin;
}

lq_err_t make_pairing(const lq_instance_t *self, pairing_t *out, const trial_t *t,
                      lq_liquidation_pair_t pair, bool is_planned)
{
    if (!find_leg(t, &out->collateral_leg, pair.collateral) ||
        !find_leg(t, &out->debt_leg, pair.debt) ||
        !passes(self, t, &t->legs[out->collateral_leg], &t->legs[out->debt_leg]))
        return LQ_ERR_PERM;
    const size_t at[] = {out->collateral_leg, out->debt_leg};
    out->rules = rules_now(self);
    out->e_mode = e_mode_of(t);
    out->is_planned = is_planned;
    out->collateral_margin = t->legs[out->collateral_leg].margin;
    out->debt_margin = t->legs[out->debt_leg].margin;
    for (size_t i = 0; i < 2; i++) {
        const trial_leg_t *leg = &t->legs[at[i]];
        lq_u256_t scaled = lq_u256_from_halves(0, leg->scaled);
        set_asset(self, &out->assets[i], leg);
        out->legs[i] = (lq_aave_v3_leg_t){.asset = &out->assets[i],
                                          .scaled_supply = scaled,
                                          .scaled_debt = scaled,
                                          .flags = leg->flags};
    }
    lq_err_t err;
    set_pair(self, out, t);
    out->has_close_factor = t->what_if.close_factor_bps != 0;
    out->is_narrow = make_narrow(out, &t->sums);
    if (LQ_LIKELY(out->is_narrow))
        return out->has_close_factor ? close_by(out, t->what_if.close_factor_bps) : LQ_OK;
    out->own = (lq_aave_v3_account_t){.total_debt_base = {{0}}};
    out->max_debt = lq_u256_from_u64(0);
    if ((err = set_balances(out)) ||
        (err = lq_aave_v3_account(out->rules, &out->own, out->legs, 2, out->e_mode)))
        return err;
    subtract(&out->rest, &t->sums, &out->own);
    set_borders(out, &out->own.total_collateral_base, &out->own.total_debt_base);
    if (out->has_close_factor)
        return close_by(out, t->what_if.close_factor_bps);
    return lq_aave_v3_max_debt_by(out->rules, &out->max_debt, &out->pair, &out->borders,
                                  &t->sums.health_factor, &t->sums.total_debt_base);
}

/* What the burns of both tokens and the transfer of the fee leave. A burn of nothing reverts. */
static lq_err_t burn(effect_t *e, const pairing_t *p)
{
    const lq_u256_t *index = &p->assets[0].liquidity_index;
    const lq_u256_t *repaid = e->bad_debt ? &p->pair.debt_balance : &e->seizure.debt_needed;
    lq_u256_t v;
    lq_err_t err;
    if ((err = lq_aave_v3_scaled_burn(p->rules, &v, LQ_AAVE_V3_DEBT, repaid,
                                      &p->assets[1].variable_borrow_index)))
        return err;
    if (lq_u256_is_zero(&v))
        return LQ_ERR_PERM;
    if ((err = lq_u256_sub_checked(&e->scaled_debt, &p->legs[1].scaled_debt, &v)) ||
        (err = lq_aave_v3_scaled_burn(p->rules, &v, LQ_AAVE_V3_ATOKEN, &e->seizure.collateral,
                                      index)))
        return err;
    if (lq_u256_is_zero(&v))
        return LQ_ERR_PERM;
    if ((err = lq_u256_sub_checked(&e->scaled_supply, &p->legs[0].scaled_supply, &v)))
        return err;
    if (lq_u256_is_zero(&e->seizure.protocol_fee))
        return LQ_OK;
    if ((err = lq_aave_v3_fee_scaled(p->rules, &v, &e->seizure.protocol_fee, &e->scaled_supply,
                                     index)))
        return err;
    e->scaled_supply = lq_u256_sub_wrap(&e->scaled_supply, &v);
    return LQ_OK;
}

/* Sets the sums as they are after the call. */
static lq_err_t settle(effect_t *e, const pairing_t *p)
{
    lq_aave_v3_leg_t legs[2] = {p->legs[0], p->legs[1]};
    legs[0].scaled_supply = e->scaled_supply;
    legs[1].scaled_debt = e->scaled_debt;
    if (e->flag_off)
        legs[0].flags &= ~LQ_AAVE_V3_COLLATERAL;
    lq_err_t err = lq_aave_v3_account(p->rules, &e->own, legs, 2, p->e_mode);
    if (err)
        return err;
    add(&e->sums, &p->rest, &e->own);
    if (LQ_LIKELY(lq_aave_v3_set_health_fast(p->rules, &e->sums)))
        return LQ_OK;
    return lq_aave_v3_set_health(p->rules, &e->sums);
}

lq_err_t set_effect_wide(effect_t *out, const pairing_t *p, const lq_u256_t *amount)
{
    const lq_aave_v3_rules_t *rules = p->rules;
    lq_aave_v3_seizure_t *s = &out->seizure;
    lq_u256_t total_collateral;
    lq_u256_t taken;
    lq_err_t err;
    out->dust = false;
    total_collateral =
        lq_u256_add_wrap(&p->rest.total_collateral_base, &p->own.total_collateral_base);
    if ((err = lq_aave_v3_seize(rules, s, &p->pair, amount)) ||
        (err = lq_aave_v3_leaves_dust_by(rules, &out->dust, &p->pair, &p->borders, s)))
        return err;
    if (out->dust)
        return LQ_ERR_PERM;
    if ((err = lq_aave_v3_no_collateral_left(rules, &out->bad_debt, &p->pair, s, &total_collateral,
                                             &p->legs[0].scaled_supply,
                                             &p->assets[0].liquidity_index)) ||
        (err = burn(out, p)))
        return err;
    taken = lq_u256_add_wrap(&s->collateral, &s->protocol_fee);
    out->flag_off = rules->bad_debt == LQ_AAVE_V3_BAD_DEBT_SCALED
                        ? out->bad_debt || lq_u256_is_zero(&out->scaled_supply)
                        : lq_u256_eq(&taken, &p->pair.collateral_balance);
    return out->bad_debt ? LQ_OK : settle(out, p);
}

lq_err_t set_effect(effect_t *out, const pairing_t *p, const lq_u256_t *amount)
{
    lq_err_t err = LQ_OK;
    if (LQ_LIKELY(p->is_narrow && set_effect_narrow(out, &err, p, amount, true)))
        return err;
    return set_effect_wide(out, p, amount);
}

lq_err_t set_shape(effect_t *out, const pairing_t *p, const lq_u256_t *amount)
{
    lq_err_t err = LQ_OK;
    if (LQ_LIKELY(p->is_narrow && set_effect_narrow(out, &err, p, amount, false)))
        return err;
    return set_effect_wide(out, p, amount);
}

/* Writes off the debts of all reserves that are active. */
static void write_off(const lq_instance_t *self, trial_t *t)
{
    for (size_t i = 0; i < t->cnt; i++) {
        trial_leg_t *leg = &t->legs[i];
        if ((leg->flags & LQ_AAVE_V3_BORROWING) && self->reserves[leg->reserve].active) {
            leg->scaled = 0;
            leg->flags &= (uint8_t)~LQ_AAVE_V3_BORROWING;
        }
    }
}

static lq_err_t commit(const lq_instance_t *self, trial_t *t, const pairing_t *p, const effect_t *e)
{
    trial_leg_t *c = &t->legs[p->collateral_leg];
    trial_leg_t *d = &t->legs[p->debt_leg];
    if (!e->bad_debt)
        t->sums = e->sums;
    c->scaled = lq_u256_lo(&e->scaled_supply);
    d->scaled = lq_u256_lo(&e->scaled_debt);
    if (e->flag_off)
        c->flags &= (uint8_t)~LQ_AAVE_V3_COLLATERAL;
    if (d->scaled == 0)
        d->flags &= (uint8_t)~LQ_AAVE_V3_BORROWING;
    if (!e->bad_debt)
        return LQ_OK;
    write_off(self, t);
    return sum_up(self, &t->sums, t);
}

/* What a call of AMOUNT that takes all of something names, so that it does so in later blocks too.
   The contract takes no more than there is. A little less, left over by interest, it refuses as
   dust. */
static lq_u256_t amount_to_name(const lq_u256_t *amount, const lq_u256_t *growth)
{
    lq_u256_t more = lq_liquidation_growth(amount);
    more = lq_u256_max(&more, growth);
    return lq_u256_add_checked(&more, &more, amount) ? *amount : more;
}

/* How many units of the debt more all that E takes may come to, where calls ahead of it have left
   that: it grows by interest on what there was before them. */
static lq_u256_t growth_of(const trial_t *t, const pairing_t *p, const effect_t *e)
{
    uint64_t debt = lq_u256_is_zero(&e->scaled_debt) ? t->legs[p->debt_leg].margin : 0;
    uint64_t collateral = e->flag_off ? t->legs[p->collateral_leg].margin : 0;
    lq_u256_t margin = lq_u256_from_u64(debt > collateral ? debt : collateral);
    lq_u256_t units;
    if (lq_u256_mul_div_up(&units, &margin, &p->pair.debt_unit, &p->pair.debt_price))
        return lq_u256_from_u64(0);
    return units;
}

static void finish(const lq_instance_t *self, trial_t *t, const pairing_t *p,
                   lq_liquidation_outcome_t *out, const effect_t *e)
{
    lq_err_t err = commit(self, t, p, e);
    LQ_ASSERT(!err); /* less of what fitted */
    *out = (lq_liquidation_outcome_t){
        .repaid = e->seizure.debt_needed,
        .seized = e->seizure.collateral,
        .protocol_fee = e->seizure.protocol_fee,
        .closes_debt = lq_u256_is_zero(&e->scaled_debt),
        .takes_all = e->flag_off,
        .bad_debt = e->bad_debt,
    };
}

lq_err_t send_effect(const lq_instance_t *self, lq_trial_t *trial, const pairing_t *p,
                     lq_liquidation_outcome_t *out, const lq_u256_t *amount, effect_t *e)
{
    trial_t *t = trial_of(trial);
    lq_u256_t growth = lq_u256_from_u64(0);
    if (e->flag_off || lq_u256_is_zero(&e->scaled_debt)) {
        growth = growth_of(t, p, e);
        lq_u256_t done = lq_u256_min(amount, &p->max_debt);
        lq_u256_t named = amount_to_name(amount, &growth);
        named = lq_u256_min(&named, &p->max_debt);
        if (!lq_u256_eq(&named, &done)) {
            lq_err_t err = set_effect(e, p, &named);
            if (err)
                return err;
        }
    }
    finish(self, t, p, out, e);
    out->growth = growth;
    /* What comes behind has to pass in later blocks too. */
    t->sums.health_factor = later_health(p->rules, &t->sums);
    t->legs[p->collateral_leg].margin = p->collateral_margin;
    t->legs[p->debt_leg].margin = p->debt_margin;
    return LQ_OK;
}

static lq_err_t do_call(const lq_instance_t *self, lq_trial_t *trial, lq_liquidation_outcome_t *out,
                        const lq_liquidation_call_t *call, bool sent)
{
    pairing_t p;
    effect_t e;
    if (call->by != LQ_LIQUIDATION_BY_REPAID)
        return LQ_ERR_PERM;
    lq_err_t err = make_pairing(self, &p, trial_of(trial), call->pair, sent);
    if (err)
        return err;
    lq_u256_t amount = lq_u256_min(&call->amount, &p.max_debt);
    if ((err = set_effect(&e, &p, &amount)))
        return err;
    if (sent)
        return send_effect(self, trial, &p, out, &call->amount, &e);
    finish(self, trial_of(trial), &p, out, &e);
    return LQ_OK;
}

lq_err_t aave_trial_call(const lq_instance_t *self, lq_trial_t *trial,
                         lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call)
{
    return do_call(self, trial, out, call, false);
}

lq_err_t aave_trial_send(const lq_instance_t *self, lq_trial_t *trial,
                         lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call)
{
    return do_call(self, trial, out, call, true);
}

void aave_trial_health(const lq_instance_t *self, const lq_trial_t *trial, lq_health_t *out)
{
    memset(out, 0, sizeof(*out));
    set_figures(out, &const_trial_of(trial)->sums);
    if (out->verdict == LQ_HEALTH_LIQUIDATABLE)
        out->blocked = aave_trial_pairs(self, trial, NULL, 0) == 0;
}

lq_err_t aave_encode_call(const lq_instance_t *self, lq_calls_t *calls, uint32_t account,
                          const lq_liquidation_call_t *call,
                          const lq_liquidation_outcome_t *outcome)
{
    lq_u256_t amount = outcome->closes_debt || outcome->takes_all
                           ? amount_to_name(&call->amount, &outcome->growth)
                           : call->amount;
    lq_address_t owner = lq_ledger_account(self->ledger, account).owner;
    uint32_t c = lq_ledger_factor(self->ledger, call->pair.collateral)->asset;
    uint32_t d = lq_ledger_factor(self->ledger, call->pair.debt)->asset;
    uint8_t *input;
    size_t sz;
    LQ_ASSERT(call->by == LQ_LIQUIDATION_BY_REPAID);
    lq_err_t err =
        lq_calls_add(calls, &input, &self->config.contract, LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SZ);
    return err ? err
               : lq_abi_aave_v3_liquidation_call_encode(input, LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SZ,
                                                        &sz, NULL, &self->reserves[c].underlying,
                                                        &self->reserves[d].underlying, &owner,
                                                        &amount, false);
}

/* Scaled, it stands still between the account's own actions. Stable debt has no leg: who owes any
   is REFUSED. */
lq_err_t aave_guard(const lq_instance_t *self, lq_calls_t *calls, lq_guard_t *out, uint32_t account,
                    const lq_liquidation_call_t *call, const lq_liquidation_outcome_t *outcome)
{
    (void)outcome;
    lq_address_t owner = lq_ledger_account(self->ledger, account).owner;
    const reserve_t *debt = &self->reserves[lq_ledger_factor(self->ledger, call->pair.debt)->asset];
    lq_err_t err =
        call_address(calls, &debt->debt_token, LQ_ABI_AAVE_V3_SCALED_BALANCE_OF_SELECTOR, &owner);
    if (!err)
        *out = lq_guard_of(0, lq_ledger_amount(self->ledger, account, call->pair.debt));
    return err;
}

bool aave_liquidated(const lq_instance_t *self, lq_liquidation_log_t *out, const lq_evm_log_t *log)
{
    lq_abi_aave_v3_liquidation_call_event_t e;
    uint32_t account;
    if (!is_same(&log->address, &self->config.contract) || !IS(log, liquidation_call) ||
        !DECODE(&e, log, liquidation_call))
        return false;
    if (self->s->pool == NONE32 ||
        lq_ledger_find(self->ledger, &account, self->s->pool, &e.user) != LQ_OK)
        account = LQ_LEDGER_NONE;
    *out = (lq_liquidation_log_t){
        .account = account,
        .liquidator = e.liquidator,
        .collateral_token = e.collateral_asset,
        .debt_token = e.debt_asset,
        .repaid = e.debt_to_cover,
        .seized = e.liquidated_collateral_amount,
    };
    return true;
}
