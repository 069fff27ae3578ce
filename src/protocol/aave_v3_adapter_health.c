#include "aave_v3_adapter_internal.h"

/* Health, shifted values and audits. Each leg of the ledger becomes one of lq_aave_v3_account's:
   its sums do not depend on whether supply and debt of a reserve stand in one. */

bool is_quiet(const lq_instance_t *self, const lq_health_view_t *view)
{
    return !view ||
           (view->shift_cnt == 0 && (view->now_sec == 0 || view->now_sec == self->s->now_sec));
}

uint64_t view_now(const lq_instance_t *self, const lq_health_view_t *view)
{
    return view && view->now_sec != 0 ? view->now_sec : self->s->now_sec;
}

/* What VIEW has oracle number I say; NULL: nothing else than it does. */
static const lq_price_shift_t *shift_of(const lq_health_view_t *view, uint32_t i)
{
    size_t low = 0;
    size_t high = view ? view->shift_cnt : 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (view->shifts[mid].oracle < i)
            low = mid + 1;
        else
            high = mid;
    }
    return view && low < view->shift_cnt && view->shifts[low].oracle == i ? &view->shifts[low]
                                                                          : NULL;
}

/* What oracle number I says under VIEW, NOW where that says nothing of it; 0: no price. */
static lq_u256_t shifted(const lq_health_view_t *view, uint32_t i, const lq_u256_t *now)
{
    const lq_price_shift_t *shift = shift_of(view, i);
    if (!shift)
        return *now;
    return shift->known ? shift->price : lq_u256_from_u64(0);
}

/* A reserve's price under VIEW: the base currency has none but its unit. */
static lq_u256_t reserve_price(const lq_instance_t *self, const reserve_t *r,
                               const lq_health_view_t *view)
{
    if (!is_zero(&self->s->base_currency) && is_same(&r->underlying, &self->s->base_currency))
        return self->s->base_unit;
    return shifted(view, r->oracle, &r->asset.price);
}

/* Sets *OUT to a known reserve under VIEW, with the index that SIDE has; false: it cannot be. */
static bool view_asset(const lq_instance_t *self, lq_aave_v3_asset_t *out, const reserve_t *r,
                       const lq_health_view_t *view, lq_side_t side)
{
    uint64_t now_sec = view_now(self, view);
    memcpy(out, &r->asset, sizeof(*out));
    out->price = reserve_price(self, r, view);
    if (now_sec == self->s->now_sec)
        return true;
    if (now_sec < r->accrual.last_update_sec)
        now_sec = r->accrual.last_update_sec;
    bool debt = side == LQ_SIDE_DEBT;
    return lq_aave_v3_index_at(
               rules_now(self), debt ? &out->variable_borrow_index : &out->liquidity_index,
               &r->accrual, debt ? LQ_AAVE_V3_DEBT : LQ_AAVE_V3_ATOKEN, now_sec) == LQ_OK;
}

/* The same where it is, or, where VIEW changes something of it, in ROOM. NULL: it cannot be. */
static const lq_aave_v3_asset_t *asset_under(const lq_instance_t *self, lq_aave_v3_asset_t *room,
                                             const reserve_t *r, const lq_health_view_t *view,
                                             lq_side_t side)
{
    if (view_now(self, view) == self->s->now_sec && !shift_of(view, r->oracle))
        return &r->asset;
    return view_asset(self, room, r, view, side) ? room : NULL;
}

static lq_u256_t category_price(const category_t *c, const lq_health_view_t *view)
{
    if (c->oracle == NONE32 || is_zero(&c->price_source) || c->source_marked)
        return lq_u256_from_u64(0);
    return shifted(view, c->oracle, &c->price);
}

/* Sets the account's e-mode; false: what it says is not known. */
static bool set_e_mode_of(const lq_instance_t *self, scene_t *scene, uint8_t category,
                          const lq_health_view_t *view)
{
    const category_t *c = &self->categories[category];
    scene->in = NULL;
    if (category == 0)
        return true;
    if (!c->known)
        return false;
    scene->e_mode.liquidation_threshold_bps = c->threshold_bps;
    scene->e_mode.price = lq_u256_from_u64(0);
    scene->in = &scene->e_mode;
    if (!rules_now(self)->e_mode_price || is_zero(&c->price_source))
        return true;
    scene->e_mode.price = category_price(c, view);
    return !lq_u256_is_zero(&scene->e_mode.price);
}

static unsigned flags_of(const lq_instance_t *self, const lq_aave_v3_rules_t *rules,
                         const reserve_t *r, uint8_t category, uint8_t side)
{
    unsigned flags = side == LQ_SIDE_DEBT ? LQ_AAVE_V3_BORROWING : LQ_AAVE_V3_COLLATERAL;
    if (category != 0 && lq_aave_v3_in_e_mode(rules, category, r->category,
                                              bitmap_of(&self->categories[category]), r->id))
        flags |= LQ_AAVE_V3_IN_E_MODE;
    return flags;
}

/* Whether the contract finds a price for an asset of these FLAGS: its own, unless the e-mode has
   one for it. */
static bool finds_price(const lq_aave_v3_rules_t *rules, const scene_t *scene, unsigned flags,
                        bool own)
{
    return own || (rules->e_mode_price && scene->in && (flags & LQ_AAVE_V3_IN_E_MODE) &&
                   !lq_u256_is_zero(&scene->e_mode.price));
}

/* Of what is flagged the price is asked, whatever there is of it. */
static bool flag_finds_price(const lq_instance_t *self, const scene_t *scene, const reserve_t *r,
                             uint8_t category, const lq_health_view_t *view)
{
    const lq_aave_v3_rules_t *rules = rules_now(self);
    bool own = r->priced;
    if (view) {
        lq_u256_t price = reserve_price(self, r, view);
        own = !lq_u256_is_zero(&price);
    }
    return finds_price(rules, scene, flags_of(self, rules, r, category, LQ_SIDE_COLLATERAL), own);
}

/* Fills in the legs that count; ASSETS, where there is a view, what their reserves are under it.
   false: one of them is not known. */
static bool set_legs(const lq_instance_t *self, scene_t *scene, uint32_t account, uint8_t category,
                     const lq_health_view_t *view, lq_aave_v3_asset_t *assets)
{
    const lq_aave_v3_rules_t *rules = rules_now(self);
    lq_legs_t legs = lq_ledger_legs(self->ledger, account);
    scene->cnt = 0;
    for (size_t i = 0; i < legs.cnt; i++) {
        const lq_factor_t *f = lq_ledger_factor(self->ledger, legs.factors[i]);
        const reserve_t *r = &self->reserves[f->asset];
        if (f->side == LQ_SIDE_IDLE) {
            if (is_flag_alone(f) && r->known && !flag_finds_price(self, scene, r, category, view))
                return false;
            continue;
        }
        lq_aave_v3_leg_t *leg = &scene->legs[scene->cnt];
        const lq_aave_v3_asset_t *asset = &r->asset;
        bool priced = r->priced;
        if (!r->known)
            return false;
        if (assets) {
            asset = asset_under(self, &assets[scene->cnt], r, view, (lq_side_t)f->side);
            if (!asset)
                return false;
            priced = !lq_u256_is_zero(&asset->price);
        }
        leg->asset = asset;
        leg->flags = flags_of(self, rules, r, category, f->side);
        if (!finds_price(rules, scene, leg->flags, priced))
            return false;
        /* of an amount whose flag is not set nobody looks at the bytes; stable debt has no flag */
        *(f->side == LQ_SIDE_DEBT ? &leg->scaled_debt : &leg->scaled_supply) =
            lq_u256_from_halves(0, legs.amounts[i]);
        if (rules->stable_debt)
            leg->stable_debt = lq_u256_from_u64(0);
        scene->numbers[scene->cnt] = legs.factors[i];
        scene->factors[scene->cnt++] = f;
    }
    return true;
}

static lq_aave_v3_reserve_state_t reserve_state(const reserve_t *r)
{
    return (lq_aave_v3_reserve_state_t){r->active != 0, r->paused != 0, r->grace_until_sec};
}

bool pair_passes(const lq_instance_t *self, const lq_u256_t *health_factor, uint64_t now_sec,
                 const reserve_t *collateral, const reserve_t *debt)
{
    const lq_aave_v3_call_t call = {
        .health_factor = *health_factor,
        .debt_balance = lq_u256_from_u64(1),
        .now_sec = now_sec,
        .collateral = reserve_state(collateral),
        .debt = reserve_state(debt),
        .collateral_threshold_bps = collateral->asset.liquidation_threshold_bps,
        .used_as_collateral = true,
        .sentinel_allows = self->s->sentinel_allows != 0,
    };
    return lq_aave_v3_verdict(rules_now(self), &call) == LQ_AAVE_V3_LIQUIDATABLE;
}

/* Whether a liquidation of some pair passes. Debts and supplies of the scene are above 0. */
static bool some_pair(const lq_instance_t *self, const scene_t *scene,
                      const lq_u256_t *health_factor, uint64_t now_sec)
{
    for (size_t c = 0; c < scene->cnt; c++) {
        if (!(scene->legs[c].flags & LQ_AAVE_V3_COLLATERAL))
            continue;
        for (size_t d = 0; d < scene->cnt; d++)
            if ((scene->legs[d].flags & LQ_AAVE_V3_BORROWING) &&
                pair_passes(self, health_factor, now_sec, &self->reserves[scene->factors[c]->asset],
                            &self->reserves[scene->factors[d]->asset]))
                return true;
    }
    return false;
}

/* lq_aave_v3_average_threshold_bps without a division of 256 bits, where it can be. */
static uint16_t average_bps(const lq_aave_v3_account_t *a)
{
    const lq_u256_t *w = &a->weighted_collateral_bps;
    const lq_u256_t *c = &a->total_collateral_base;
    if (LQ_LIKELY((w->w[1] | w->w[2] | w->w[3] | c->w[1] | c->w[2] | c->w[3]) == 0))
        return (uint16_t)(c->w[0] == 0 ? 0 : w->w[0] / c->w[0]);
    return lq_aave_v3_average_threshold_bps(a);
}

void set_figures(lq_health_t *out, const lq_aave_v3_account_t *a)
{
    static const lq_u256_t one = {{LQ_AAVE_V3_LIQUIDATION_HEALTH_WAD, 0, 0, 0}};
    out->collateral_value = a->total_collateral_base;
    out->debt_value = a->total_debt_base;
    out->factor_wad = a->health_factor;
    out->threshold_bps = average_bps(a);
    out->verdict = lq_u256_is_zero(&a->total_debt_base)  ? LQ_HEALTH_NO_DEBT
                   : lq_u256_lt(&a->health_factor, &one) ? LQ_HEALTH_LIQUIDATABLE
                                                         : LQ_HEALTH_SAFE;
}

static void judge(const lq_instance_t *self, lq_health_t *out, const scene_t *scene,
                  uint64_t now_sec)
{
    lq_aave_v3_account_t a;
    if (lq_aave_v3_account(rules_now(self), &a, scene->legs, scene->cnt, scene->in)) {
        out->verdict = LQ_HEALTH_REVERTS;
        return;
    }
    set_figures(out, &a);
    if (out->verdict == LQ_HEALTH_LIQUIDATABLE)
        out->blocked = !some_pair(self, scene, &a.health_factor, now_sec);
}

bool make_scene(const lq_instance_t *self, scene_t *out, uint32_t account,
                const lq_health_view_t *view, lq_aave_v3_asset_t *assets)
{
    lq_account_t about = lq_ledger_account(self->ledger, account);
    return about.state == LQ_ACCOUNT_KNOWN && self->s->version_sure &&
           about.pool == self->s->pool && set_e_mode_of(self, out, about.category, view) &&
           set_legs(self, out, account, about.category, view, assets);
}

static LQ_NOINLINE bool health_under(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                                     const lq_health_view_t *view)
{
    scene_t scene;
    lq_aave_v3_asset_t assets[LQ_LEDGER_LEG_MAX];
    if (!make_scene(self, &scene, account, view, assets))
        return false;
    judge(self, out, &scene, view_now(self, view));
    return true;
}

static bool health_now(const lq_instance_t *self, lq_health_t *out, uint32_t account)
{
    scene_t scene;
    if (!make_scene(self, &scene, account, NULL, NULL))
        return false;
    judge(self, out, &scene, self->s->now_sec);
    return true;
}

static bool owes(const lq_instance_t *self, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(self->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++)
        if (lq_ledger_factor(self->ledger, legs.factors[i])->side == LQ_SIDE_DEBT)
            return true;
    return false;
}

/* aave_health; returns whether all figures are known. */
static bool figure_health(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                          const lq_health_view_t *view)
{
    lq_account_t about = lq_ledger_account(self->ledger, account);
    memset(out, 0, sizeof(*out));
    out->verdict = LQ_HEALTH_UNKNOWN;
    if (about.state != LQ_ACCOUNT_KNOWN || !self->s->version_sure || about.pool != self->s->pool)
        return false;
    bool known = is_quiet(self, view) ? health_now(self, out, account)
                                      : health_under(self, out, account, view);
    if (!known && !owes(self, account)) {
        out->verdict = LQ_HEALTH_NO_DEBT;
        memset(&out->factor_wad, 0xff, sizeof(out->factor_wad));
    }
    return known;
}

void aave_health(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                 const lq_health_view_t *view)
{
    (void)figure_health(self, out, account, view);
}

lq_factor_value_t aave_shifted_value(const lq_instance_t *self, uint16_t factor,
                                     const lq_health_view_t *view)
{
    const lq_factor_t *f = lq_ledger_factor(self->ledger, factor);
    const reserve_t *r = &self->reserves[f->asset];
    const category_t *c = &self->categories[f->category];
    lq_u256_t of_category = category_price(c, view);
    lq_aave_v3_asset_t asset;
    if (is_quiet(self, view) || f->side == LQ_SIDE_IDLE || !r->known ||
        !view_asset(self, &asset, r, view, (lq_side_t)f->side))
        return *lq_ledger_value(self->ledger, factor);
    return value_of(self, r, &asset, f->category, &of_category, (lq_side_t)f->side);
}

lq_err_t aave_audit_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t account)
{
    lq_address_t owner = lq_ledger_account(self->ledger, account).owner;
    const lq_calls_t was = *calls;
    lq_err_t err = call_address(calls, &self->config.contract,
                                LQ_ABI_AAVE_V3_GET_USER_ACCOUNT_DATA_SELECTOR, &owner);
    if (!err)
        err = call_address(calls, &self->config.contract, LQ_ABI_AAVE_V3_GET_USER_E_MODE_SELECTOR,
                           &owner);
    if (err)
        *calls = was;
    return err;
}

static void set_audit(lq_audit_t *out, const lq_u256_t values[5])
{
    static const char *const names[] = {"collateral", "debt", "threshold", "health factor",
                                        "e-mode"};
    out->cnt = LQ_ARRAY_CNT(names);
    out->own_cnt = out->cnt;
    for (size_t i = 0; i < out->cnt; i++) {
        out->names[i] = names[i];
        out->values[i] = values[i];
    }
}

lq_err_t aave_audit_expected(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                             uint64_t now_sec)
{
    const lq_health_view_t view = {.now_sec = now_sec};
    lq_health_t h;
    if (!figure_health(self, &h, account, &view) || h.verdict == LQ_HEALTH_REVERTS)
        return LQ_ERR_EMPTY;
    uint8_t category = lq_ledger_account(self->ledger, account).category;
    const lq_u256_t values[] = {h.collateral_value, h.debt_value, lq_u256_from_u64(h.threshold_bps),
                                h.factor_wad, lq_u256_from_u64(category)};
    set_audit(out, values);
    return LQ_OK;
}

lq_err_t aave_audit_actual(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                           const lq_read_result_t *results, size_t cnt)
{
    lq_abi_aave_v3_get_user_account_data_ret_t d;
    lq_u256_t category;
    (void)self;
    (void)account;
    if (cnt != 2 || !results[0].ok ||
        lq_abi_aave_v3_get_user_account_data_decode(&d, NULL, results[0].data,
                                                    results[0].data_sz) ||
        !get_word(&category, &results[1], 0))
        return LQ_ERR_SYNTAX;
    const lq_u256_t values[] = {d.total_collateral_base, d.total_debt_base,
                                d.current_liquidation_threshold, d.health_factor, category};
    set_audit(out, values);
    return LQ_OK;
}

void aave_doubt(lq_instance_t *self, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(self->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++)
        mark_reserve(self, lq_ledger_factor(self->ledger, legs.factors[i])->asset);
    mark_category(self, lq_ledger_account(self->ledger, account).category);
}
