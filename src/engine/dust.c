#include <string.h>

#include "engine_internal.h"
#include "liqd/num/power_of_ten.h"

/* What an account earns at most, and so who cannot earn the gas, proven without sizing.

   Let a pair seize S of what is repaid, both by the protocol's prices, and pay the liquidator s of
   it, what is kept taken off (lq_adapter_t's incentive); let our price be r of the protocol's of a
   token, and the best pool pay v of our price of the collateral in the debt token, where a swap is
   needed. A call that repays d dollars by the protocol's prices then earns no more than

       d m, m = s r_collateral max(1, v) - r_debt, or nothing where that is below 0

   and takes d S of the collateral. All calls of a plan repay no more than the whole debt and take
   no more than the whole collateral, so that with all of both

       net <= min(debt max m, collateral max m / S) + rounding - gas

   the largest of all pairs. Contracts round by a unit or two of each token in each call, and what
   is owed or held in the unit of account by one of that for each leg. A plan takes no less gas than
   its first call does, which is of one of the pairs: what sizing would estimate that at, whatever
   it ends; where it borrows, of lenders and through pools that are not known here, the floor. */

#define WAD     UINT64_C(1000000000000000000)
#define MILLION 1000000u

/* Units of both tokens that rounding comes to, with all calls, at the most. */
#define UNITS_MAX (UINT64_C(4) * LQ_PLAN_STEP_MAX)

/* The same of the unit of account, of 8 decimals of a dollar, as a wad. */
#define DEBT_ROUNDING (UINT64_C(10000000000) * LQ_LEDGER_LEG_MAX)

/* A token's price, ours and the protocol's. */
typedef struct side {
    lq_quote_t ours;
    lq_u256_t theirs_wad;
    lq_address_t token;
} side_t;

static bool read_side(lq_engine_t *e, side_t *out, uint32_t instance, uint16_t factor,
                      uint16_t debt)
{
    return lq_engine_price(e, &out->ours, &out->token, instance, factor) == LQ_VALUE_FRESH &&
           engine_their_price(e, &out->theirs_wad, instance, factor, debt);
}

/* How much more than our prices a pool pays at the most, in parts of a million of all. False: there
   is none. To the safe side by far more than doubles round. */
static bool pool_pays(lq_engine_t *e, lq_u256_t *out, const side_t *collateral, const side_t *debt)
{
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    *out = lq_u256_from_u64(MILLION);
    if (engine_same_address(&collateral->token, &debt->token))
        return true;
    engine_forget_ways(e);
    if (!e->swaps->routes(e->swaps->ctx, routes, &why, &collateral->token, &debt->token))
        return false;
    lq_u256_t unit_in = lq_power_of_ten(collateral->ours.decimals);
    lq_u256_t unit_out = lq_power_of_ten(debt->ours.decimals);
    double paid = routes[0].spot * lq_u256_to_double(&debt->ours.price_wad) /
                  lq_u256_to_double(&unit_out) * lq_u256_to_double(&unit_in) /
                  lq_u256_to_double(&collateral->ours.price_wad);
    if (!(paid < MILLION))
        return false;
    if (paid > 1)
        *out = lq_u256_from_u64((uint64_t)(paid * MILLION) + 2);
    return true;
}

/* What UNITS_MAX of both are worth. */
static bool rounding_of(lq_usd_t *out, const side_t *collateral, const side_t *debt)
{
    lq_u256_t units = lq_u256_from_u64(UNITS_MAX);
    lq_u256_t own = lq_u256_from_u64(DEBT_ROUNDING);
    lq_usd_t of_debt;
    return !lq_worth_up(out, &units, &collateral->ours) &&
           !lq_worth_up(&of_debt, &units, &debt->ours) && !lq_usd_add_checked(out, out, &of_debt) &&
           !lq_u256_add_checked(&out->raw, &out->raw, &own);
}

/* Sets *OUT to what PAIR earns at most. False: it is not known. */
static bool find_most(lq_engine_t *e, engine_most_t *out, uint32_t instance,
                      lq_liquidation_pair_t pair)
{
    const lq_u256_t wad = lq_u256_from_u64(WAD);
    const lq_u256_t million = lq_u256_from_u64(MILLION);
    lq_u256_t pays = million;
    lq_incentive_t incentive;
    side_t collateral;
    side_t debt;
    lq_u256_t seized;
    lq_u256_t repaid;
    if (!engine_adapter(e, instance)->incentive ||
        engine_adapter(e, instance)
            ->incentive(lq_sync_self(e->sync, instance), &incentive, pair,
                        &e->seen->view.what_if) ||
        !read_side(e, &collateral, instance, pair.collateral, pair.debt) ||
        !read_side(e, &debt, instance, pair.debt, pair.debt))
        return false;
    if (e->markets[instance].funding == LQ_FUNDING_FLASH &&
        !pool_pays(e, &pays, &collateral, &debt))
        return false;
    if (lq_u256_sub_checked(&seized, &incentive.seized_wad, &incentive.kept_wad) ||
        lq_u256_mul_div_up(&seized, &seized, &collateral.ours.price_wad, &collateral.theirs_wad) ||
        lq_u256_mul_div_up(&seized, &seized, &pays, &million) ||
        lq_u256_mul_div_down(&repaid, &wad, &debt.ours.price_wad, &debt.theirs_wad))
        return false;
    if (lq_u256_sub_checked(&out->most_wad, &seized, &repaid))
        out->most_wad = lq_u256_from_u64(0);
    if (lq_u256_mul_div_up(&out->of_collateral_wad, &out->most_wad, &wad, &incentive.seized_wad))
        return false;
    out->tokens[0] = collateral.token;
    out->tokens[1] = debt.token;
    memset(out->units, 0, sizeof(out->units));
    return rounding_of(&out->rounding_usd, &collateral, &debt);
}

/* The same, found once a view: of one pair it is the same for all who have it. NULL: not known. */
static engine_most_t *most_of(lq_engine_t *e, uint32_t instance, lq_liquidation_pair_t pair)
{
    engine_most_t *most =
        &e->seen->mosts[(pair.collateral * 31u + pair.debt) % LQ_ARRAY_CNT(e->seen->mosts)];
    if (most->round_cnt != e->round_cnt || most->pair.collateral != pair.collateral ||
        most->pair.debt != pair.debt) {
        most->round_cnt = e->round_cnt;
        most->pair = pair;
        most->known = find_most(e, most, instance, pair);
    }
    return most->known ? most : NULL;
}

static uint32_t find_units(const lq_engine_t *e, const engine_most_t *of, uint32_t instance,
                           size_t leg_cnt)
{
    const lq_gas_floor_t *floor = e->floors[instance];
    if (e->markets[instance].funding == LQ_FUNDING_FLASH)
        return floor->call + (leg_cnt > 2 ? (uint32_t)(leg_cnt - 2) * floor->leg : 0) +
               floor->flash;
    const lq_gas_kind_t kind = {.collateral_token = of->tokens[0],
                                .debt_token = of->tokens[1],
                                .instance = instance,
                                .leg_cnt = (uint16_t)leg_cnt,
                                .call_cnt = 1};
    return lq_gas_least(e->gas, &kind, floor, 0);
}

/* Units of gas that a call of the pair OF takes at least, for an account of so many legs. What is
   learned of gas is so at the begin of an event, before anything is asked in it. */
static uint32_t units_of(const lq_engine_t *e, engine_most_t *of, uint32_t instance, size_t leg_cnt)
{
    if (leg_cnt >= LQ_ARRAY_CNT(of->units))
        return find_units(e, of, instance, leg_cnt);
    if (!of->units[leg_cnt])
        of->units[leg_cnt] = find_units(e, of, instance, leg_cnt);
    return of->units[leg_cnt];
}

/* What the best pair of an account earns at most, and the cheapest takes. */
typedef struct bound {
    lq_u256_t of_debt_wad; /* of all that is owed, and of all that is held */
    lq_u256_t of_collateral_wad;
    lq_usd_t rounding_usd;
    uint32_t units;
} bound_t;

static bool find_bound(lq_engine_t *e, bound_t *out, uint32_t account, uint32_t instance)
{
    lq_legs_t legs = lq_ledger_legs(e->ledger, account);
    *out = (bound_t){.units = UINT32_MAX};
    for (size_t c = 0; c < legs.cnt; c++) {
        if (lq_ledger_factor(e->ledger, legs.factors[c])->side != LQ_SIDE_COLLATERAL)
            continue;
        for (size_t d = 0; d < legs.cnt; d++) {
            if (lq_ledger_factor(e->ledger, legs.factors[d])->side != LQ_SIDE_DEBT)
                continue;
            lq_liquidation_pair_t pair = {legs.factors[c], legs.factors[d]};
            engine_most_t *of = most_of(e, instance, pair);
            if (!of)
                return false;
            uint32_t units = units_of(e, of, instance, legs.cnt);
            out->units = units < out->units ? units : out->units;
            out->of_debt_wad = lq_u256_max(&out->of_debt_wad, &of->most_wad);
            out->of_collateral_wad = lq_u256_max(&out->of_collateral_wad, &of->of_collateral_wad);
            out->rounding_usd.raw = lq_u256_max(&out->rounding_usd.raw, &of->rounding_usd.raw);
        }
    }
    return out->units != UINT32_MAX;
}

/* Sets *OUT to PART of VALUE, in the unit of account of ACCOUNT's pool, and ROUNDING. */
static bool part_of(lq_engine_t *e, lq_usd_t *out, uint32_t account, const lq_u256_t *value,
                    const lq_u256_t *part_wad, const lq_usd_t *rounding)
{
    lq_quote_t part = {.price_wad = *part_wad, .decimals = LQ_VALUE_DECIMALS}; /* of a dollar */
    lq_usd_t worth;
    return lq_engine_worth(e, &worth, account, value) && !lq_worth_up(out, &worth.raw, &part) &&
           !lq_usd_add_checked(out, out, rounding);
}

static bool cost_of(lq_engine_t *e, lq_usd_t *out, uint32_t units)
{
    lq_gas_price_t price;
    lq_quote_t coin;
    lq_profit_t p = {0};
    if (!lq_engine_gas_price(e, &price) || lq_engine_coin(e, &coin) != LQ_VALUE_FRESH ||
        lq_profit_settle(&p, units, &price, &coin))
        return false;
    *out = p.gas_usd;
    return true;
}

/* What UNITS cost: found once a view. */
static bool gas_of(lq_engine_t *e, lq_usd_t *out, uint32_t units)
{
    engine_cost_t *cost = &e->seen->costs[units % LQ_ARRAY_CNT(e->seen->costs)];
    if (cost->round_cnt != e->round_cnt || cost->units != units) {
        cost->round_cnt = e->round_cnt;
        cost->units = units;
        cost->known = cost_of(e, &cost->usd, units);
    }
    if (cost->known)
        *out = cost->usd;
    return cost->known;
}

/* Sets what ACCOUNT earns at most, and the gas that this takes at least. Where all that is owed
   could not earn that, what is held is not looked at. */
static bool most_and_gas(lq_engine_t *e, lq_usd_t *most, lq_usd_t *gas, uint32_t account,
                         const lq_health_t *health)
{
    uint32_t pool = lq_ledger_account(e->ledger, account).pool;
    uint32_t instance = lq_ledger_pool(e->ledger, pool).instance;
    lq_usd_t of_collateral;
    bound_t b;
    if (!find_bound(e, &b, account, instance) || !gas_of(e, gas, b.units) ||
        !part_of(e, most, account, &health->debt_value, &b.of_debt_wad, &b.rounding_usd))
        return false;
    if (lq_usd_cmp(most, gas) >= 0 && part_of(e, &of_collateral, account, &health->collateral_value,
                                              &b.of_collateral_wad, &b.rounding_usd))
        most->raw = lq_u256_min(&most->raw, &of_collateral.raw);
    return true;
}

bool lq_engine_most(lq_engine_t *e, lq_i256_t *out, uint32_t account, const lq_health_t *health)
{
    lq_usd_t most;
    lq_usd_t gas;
    lq_i256_t earned;
    lq_i256_t cost;
    return most_and_gas(e, &most, &gas, account, health) &&
           !lq_i256_from_u256(&earned, &most.raw) && !lq_i256_from_u256(&cost, &gas.raw) &&
           !lq_i256_sub_checked(out, &earned, &cost);
}

bool lq_engine_is_dust(lq_engine_t *e, uint32_t account, const lq_health_t *health)
{
    lq_usd_t most;
    lq_usd_t gas;
    return most_and_gas(e, &most, &gas, account, health) && lq_usd_cmp(&most, &gas) < 0;
}
