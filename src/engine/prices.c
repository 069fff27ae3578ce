#include <string.h>

#include "engine_internal.h"
#include "liqd/num/power_of_ten.h"

#define MORPHO_PRICE_DIGITS 36u

/* ---- tokens ---- */

uint32_t engine_token(lq_engine_t *e, const lq_address_t *address)
{
    uint32_t at;
    if (!lq_map_find(e->token_map, &at, address->b))
        return at;
    at = (uint32_t)e->token_cnt;
    if (e->token_cnt == e->token_max || lq_map_insert(e->token_map, address->b, at))
        return ENGINE_NONE;
    e->token_cnt++;
    memset(&e->tokens[at], 0, sizeof(e->tokens[at]));
    e->tokens[at].address = *address;
    e->tokens[at].number = ENGINE_NONE;
    return at;
}

uint32_t engine_factor_token(lq_engine_t *e, uint32_t instance, uint16_t factor, uint8_t *decimals)
{
    engine_factor_t *about = &e->factors[factor];
    if (!about->known) {
        lq_address_t address;
        engine_adapter(e, instance)
            ->asset_token(lq_sync_self(e->sync, instance), factor, &address, &about->decimals);
        about->token = engine_token(e, &address);
        about->known = true;
        if (factor >= e->factor_cnt)
            e->factor_cnt = factor + 1u;
    }
    *decimals = about->decimals;
    return about->token;
}

lq_u256_t engine_available(const lq_engine_t *e, uint32_t token)
{
    const engine_token_t *t = &e->tokens[token];
    lq_u256_t left;
    if (lq_u256_sub_checked(&left, &t->funds, &t->reserved) ||
        lq_u256_sub_checked(&left, &left, &t->spent))
        return lq_u256_from_u64(0);
    return left;
}

/* ---- our own prices ---- */

static bool is_number_of(const lq_engine_t *e, uint32_t number, const engine_token_t *t)
{
    return number < lq_oracles_token_cnt(e->oracles) &&
           engine_same_address(&lq_oracles_token(e->oracles, number)->address, &t->address);
}

static bool find_number(const lq_engine_t *e, engine_token_t *t)
{
    if (is_number_of(e, t->number, t))
        return true;
    uint32_t cnt = (uint32_t)lq_oracles_token_cnt(e->oracles);
    for (uint32_t i = 0; i < cnt; i++) {
        if (!is_number_of(e, i, t))
            continue;
        t->number = i;
        return true;
    }
    return false;
}

lq_value_verdict_t engine_price(lq_engine_t *e, uint32_t token)
{
    engine_token_t *t = &e->tokens[token];
    const lq_engine_view_t *view = &e->seen->view;
    if (t->priced_cnt == e->round_cnt)
        return t->verdict;
    t->priced_cnt = e->round_cnt;
    t->verdict = LQ_VALUE_NONE;
    if (!find_number(e, t))
        return t->verdict;
    if (LQ_LIKELY(!e->seen->on))
        t->verdict = lq_oracles_value(e->oracles, &t->value, t->number, &e->config.value);
    else
        t->verdict = lq_oracles_value_under(e->oracles, &t->value, t->number, &e->config.value,
                                            view->overlays, view->overlay_cnt, view->now_sec);
    return t->verdict;
}

bool engine_price_now(lq_engine_t *e, lq_u256_t *price_wad, uint32_t token)
{
    engine_token_t *t = &e->tokens[token];
    lq_value_t value;
    if (!find_number(e, t) ||
        lq_oracles_value(e->oracles, &value, t->number, &e->config.value) == LQ_VALUE_NONE)
        return false;
    *price_wad = value.price_wad;
    return true;
}

lq_value_verdict_t lq_engine_coin(lq_engine_t *e, lq_quote_t *quote)
{
    lq_value_verdict_t verdict = engine_price(e, e->coin);
    if (verdict != LQ_VALUE_FRESH)
        return verdict;
    const engine_token_t *t = &e->tokens[e->coin];
    *quote = (lq_quote_t){.price_wad = t->value.price_wad, .decimals = LQ_VALUE_DECIMALS};
    return verdict;
}

/* ---- and the protocol's ---- */

/* What ORACLE says of the token of FACTOR, a wad in dollars. False: nothing. */
static bool price_of_unit(lq_u256_t *out, const lq_oracle_t *oracle)
{
    return oracle->verdict == LQ_PRICE_OK &&
           !lq_value_to_wad(out, &oracle->value, oracle->decimals);
}

/* ORACLE tells units of the loan token for one of the collateral, times 10^36.
   @formula oracle loan price / 10^(36 + loan decimals - collateral decimals)
   @src morpho-org/morpho-blue:src/interfaces/IOracle.sol#price */
static bool price_by_loan(lq_engine_t *e, lq_u256_t *out, const lq_oracle_t *oracle,
                          uint32_t instance, uint16_t debt, uint8_t decimals)
{
    uint8_t loan_decimals;
    if (oracle->verdict != LQ_PRICE_OK)
        return false;
    uint32_t loan = engine_factor_token(e, instance, debt, &loan_decimals);
    if (loan == ENGINE_NONE || engine_price(e, loan) != LQ_VALUE_FRESH ||
        MORPHO_PRICE_DIGITS + loan_decimals < decimals ||
        MORPHO_PRICE_DIGITS + loan_decimals - decimals > ENGINE_DECIMALS_MAX)
        return false;
    lq_u256_t unit = lq_power_of_ten(MORPHO_PRICE_DIGITS + loan_decimals - decimals);
    return !lq_u256_mul_div_down(out, &oracle->value, &e->tokens[loan].value.price_wad, &unit);
}

/* The instance's own oracle OWN, which is NUMBER, as it is seen. */
static lq_oracle_t oracle_seen(const lq_engine_t *e, uint32_t instance, uint32_t own,
                               uint32_t number)
{
    lq_oracle_t oracle = lq_oracles_get(e->oracles, number);
    const lq_health_view_t *view = &e->seen->healths[instance];
    size_t low = 0;
    for (size_t high = view->shift_cnt; low < high;) {
        size_t mid = (low + high) / 2;
        if (view->shifts[mid].oracle < own)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == view->shift_cnt || view->shifts[low].oracle != own)
        return oracle;
    bool has = view->shifts[low].known && !lq_u256_is_zero(&view->shifts[low].price);
    oracle.verdict = has ? LQ_PRICE_OK : LQ_PRICE_ABSENT;
    oracle.value = view->shifts[low].price;
    return oracle;
}

/* The number of FACTOR's oracle, and *OWN, the instance's. LQ_LEDGER_NONE: it is priced by none. */
static uint32_t number_of(const lq_engine_t *e, uint32_t *own, uint32_t instance, uint16_t factor)
{
    *own = engine_adapter(e, instance)->factor_oracle(lq_sync_self(e->sync, instance), factor);
    return *own == LQ_LEDGER_NONE ? LQ_LEDGER_NONE : lq_book_oracle(e->book, instance, *own);
}

static bool price_by(lq_engine_t *e, lq_u256_t *out, const lq_oracle_t *oracle, uint32_t instance,
                     uint16_t debt, uint8_t decimals)
{
    return oracle->view == LQ_ORACLE_VIEW_PRICE
               ? price_by_loan(e, out, oracle, instance, debt, decimals)
               : price_of_unit(out, oracle);
}

static bool is_apart(lq_engine_t *e, uint32_t instance, uint16_t factor, uint16_t debt)
{
    uint32_t limit_bps = e->config.limits.gap_bps;
    uint32_t own;
    uint32_t number = number_of(e, &own, instance, factor);
    if (number == LQ_LEDGER_NONE)
        return false;
    uint8_t decimals;
    uint32_t token = engine_factor_token(e, instance, factor, &decimals);
    lq_oracle_t oracle = oracle_seen(e, instance, own, number);
    lq_u256_t theirs;
    lq_value_gap_t gap;
    const lq_value_t *ours = &e->tokens[token].value;
    if (!price_by(e, &theirs, &oracle, instance, debt, decimals) ||
        lq_value_gap(&gap, &theirs, oracle.updated_sec, &ours->price_wad, ours->updated_sec))
        return true;
    int64_t gap_bps = gap.gap_bps;
    return (gap_bps < 0 ? -gap_bps : gap_bps) > (int64_t)limit_bps;
}

bool engine_is_apart(lq_engine_t *e, uint32_t instance, uint16_t factor, uint16_t debt)
{
    engine_factor_t *about = &e->factors[factor];
    if (!e->config.limits.gap_bps)
        return false;
    if (about->apart_cnt != e->round_cnt || about->apart_debt != debt) {
        about->apart = is_apart(e, instance, factor, debt);
        about->apart_cnt = e->round_cnt;
        about->apart_debt = debt;
    }
    return about->apart;
}

bool engine_their_price(lq_engine_t *e, lq_u256_t *price_wad, uint32_t instance, uint16_t factor,
                        uint16_t debt)
{
    uint8_t decimals;
    uint32_t own;
    uint32_t token = engine_factor_token(e, instance, factor, &decimals);
    uint32_t number = number_of(e, &own, instance, factor);
    if (own != LQ_LEDGER_NONE && number == LQ_LEDGER_NONE)
        return false;
    if (own == LQ_LEDGER_NONE) {
        if (token == ENGINE_NONE || engine_price(e, token) != LQ_VALUE_FRESH)
            return false;
        *price_wad = e->tokens[token].value.price_wad;
        return true;
    }
    lq_oracle_t oracle = oracle_seen(e, instance, own, number);
    return price_by(e, price_wad, &oracle, instance, debt, decimals);
}

/* ---- a protocol's oracles as sources of ours ---- */

static void bind_factor(lq_engine_t *e, uint16_t factor, uint32_t instance)
{
    const lq_adapter_t *adapter = engine_adapter(e, instance);
    const lq_instance_t *self = lq_sync_self(e->sync, instance);
    uint32_t own = adapter->factor_oracle(self, factor);
    if (own == LQ_LEDGER_NONE || adapter->oracle(self, own).kind != LQ_ORACLE_AAVE)
        return;
    uint32_t oracle = lq_book_oracle(e->book, instance, own);
    uint8_t decimals;
    uint32_t token = engine_factor_token(e, instance, factor, &decimals);
    if (oracle == LQ_LEDGER_NONE || token == ENGINE_NONE)
        return;
    uint32_t number;
    if (lq_oracles_add_token(e->oracles, &number, &e->tokens[token].address))
        return; /* full: it has no price, and who holds it says so */
    e->tokens[token].number = number;
    if (lq_oracles_add_source(e->oracles, number, oracle))
        return;
}

void engine_bind_prices(lq_engine_t *e)
{
    size_t cnt = lq_ledger_factor_cnt(e->ledger);
    const lq_factor_t *last = NULL;
    e->bound_cnt = cnt;
    for (size_t i = 0; i < cnt; i++) {
        const lq_factor_t *about = lq_ledger_factor(e->ledger, (uint16_t)i);
        if (last && last->pool == about->pool && last->asset == about->asset)
            continue;
        last = about;
        bind_factor(e, (uint16_t)i, lq_ledger_pool(e->ledger, about->pool).instance);
    }
}

void engine_forget_factors(lq_engine_t *e)
{
    memset(e->factors, 0, e->factor_cnt * sizeof(*e->factors));
    e->factor_cnt = 0;
}
