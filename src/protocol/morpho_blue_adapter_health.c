#include "morpho_blue_adapter_internal.h"

#define THRESHOLD_UNIT (LQ_MORPHO_WAD / 10000) /* a basis point */

static const lq_u256_t MAX = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

const lq_u256_t *lq_morpho_price_of(const lq_instance_t *self, uint32_t i,
                                    const lq_health_view_t *view)
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
    if (view && low < view->shift_cnt && view->shifts[low].oracle == i)
        return view->shifts[low].known ? &view->shifts[low].price : NULL;
    return self->rows[i].price_known ? &self->rows[i].price : NULL;
}

lq_morpho_now_t lq_morpho_market_of(lq_morpho_market_t *out, const lq_instance_t *self, uint32_t i,
                                    const lq_health_view_t *view)
{
    if (!view || view->now_sec == 0 || view->now_sec == self->head->now_sec)
        return lq_morpho_row_now(out, self, i);
    return lq_morpho_row_at(out, &self->abouts[i], &self->rows[i], view->now_sec);
}

lq_morpho_position_t lq_morpho_position_of(const lq_instance_t *self, uint32_t i, uint32_t account)
{
    const lq_morpho_about_t *about = &self->abouts[i];
    return (lq_morpho_position_t){
        .borrow_shares = lq_ledger_amount(self->ledger, account, about->debt_factor),
        .collateral = lq_ledger_amount(self->ledger, account, about->collateral_factor),
    };
}

/* The verdict on P, and the figures beside it as far as they go. */
static lq_health_verdict_t verdict_on(lq_health_t *out, const lq_morpho_market_t *m,
                                      const lq_morpho_position_t *p, const lq_u256_t *price)
{
    bool healthy;
    lq_u256_t max;
    if (price && lq_morpho_collateral_value(&out->collateral_value, p->collateral, price))
        out->collateral_value = lq_u256_from_u64(0);
    if (p->borrow_shares == 0)
        return LQ_HEALTH_NO_DEBT;
    if (!price)
        return LQ_HEALTH_UNKNOWN;
    if (lq_morpho_borrowed(&out->debt_value, m, p) ||
        lq_morpho_max_borrow(&max, p->collateral, m->lltv_wad, price) ||
        lq_morpho_is_healthy(&healthy, m, p, price))
        return LQ_HEALTH_REVERTS;
    /* Shares owe at least 1, rounded up. Beyond 256 bits: as if without debt. */
    lq_u256_t one = lq_u256_from_u64(LQ_MORPHO_WAD);
    if (lq_u256_mul_div_down(&out->factor_wad, &max, &one, &out->debt_value))
        out->factor_wad = MAX;
    return healthy ? LQ_HEALTH_SAFE : LQ_HEALTH_LIQUIDATABLE;
}

void lq_morpho_judge(lq_health_t *out, const lq_morpho_market_t *m, const lq_morpho_position_t *p,
                     const lq_u256_t *price)
{
    *out =
        (lq_health_t){.threshold_bps = (uint16_t)(m->lltv_wad / THRESHOLD_UNIT), .factor_wad = MAX};
    out->verdict = verdict_on(out, m, p, price);
}

void lq_morpho_health(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                      const lq_health_view_t *view)
{
    uint32_t i = lq_morpho_account_row(self, account);
    lq_health_t h = {.verdict = LQ_HEALTH_UNKNOWN, .factor_wad = MAX};
    lq_morpho_market_t m = {0};
    if (lq_ledger_account(self->ledger, account).state == LQ_ACCOUNT_KNOWN) {
        lq_morpho_now_t now = lq_morpho_market_of(&m, self, i, view);
        lq_morpho_position_t p = lq_morpho_position_of(self, i, account);
        h.threshold_bps = (uint16_t)(self->abouts[i].lltv_wad / THRESHOLD_UNIT);
        /* Who owes nothing is safe in whatever market, as the contract sees it. */
        if (now == LQ_MORPHO_NOW_OK || p.borrow_shares == 0)
            h.verdict = verdict_on(&h, &m, &p, lq_morpho_price_of(self, i, view));
        else if (now == LQ_MORPHO_NOW_REVERTS)
            h.verdict = LQ_HEALTH_REVERTS;
    }
    *out = h;
}

lq_factor_value_t lq_morpho_shifted_value(const lq_instance_t *self, uint16_t factor,
                                          const lq_health_view_t *view)
{
    uint32_t i = lq_ledger_factor(self->ledger, factor)->asset;
    const lq_morpho_about_t *about = &self->abouts[i];
    if (factor == about->collateral_factor) {
        static const lq_u256_t zero = {{0}};
        const lq_u256_t *price = lq_morpho_price_of(self, i, view);
        return lq_morpho_collateral_factor_value(about, price != NULL, price ? price : &zero);
    }
    lq_morpho_market_t m = {0};
    lq_morpho_now_t now = lq_morpho_market_of(&m, self, i, view);
    return lq_morpho_debt_factor_value(now, m.total_borrow_assets, m.total_borrow_shares);
}

/* ---- audits ---- */

/* The position, the market as stored; its rate where we have a formula. The last update where there
   is a model: without one, anybody can move it and no event tells, nor does anything depend on it.
   Not the price: anybody can make a market, and an oracle that says one thing now and another then
   would have the audits stop all of Morpho. Oracles have audits of their own, which mark the oracle
   alone. */
#define AUDIT_CNT_MIN 2u
#define OWN_CNT       2u /* the position's values; the others are the market's */

static bool audits_rate(const lq_morpho_row_t *row)
{
    return row->irm_known &&
           (row->irm_kind == LQ_MORPHO_IRM_ADAPTIVE || row->irm_kind == LQ_MORPHO_IRM_FIXED);
}

lq_err_t lq_morpho_audit_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t account)
{
    const lq_calls_t was = *calls;
    uint32_t i = lq_morpho_account_row(self, account);
    const lq_morpho_about_t *about = &self->abouts[i];
    lq_account_t who = lq_ledger_account(self->ledger, account);
    lq_morpho_market_t m = lq_morpho_row_market(about, &self->rows[i]);
    lq_err_t err = lq_morpho_call_position(self, calls, i, &who.owner);
    if (!err)
        err = lq_morpho_call_market(self, calls, i);
    if (!err && audits_rate(&self->rows[i]))
        err = lq_morpho_call_rate(self, calls, i, &m);
    if (err)
        *calls = was;
    return err;
}

static void put(lq_audit_t *out, const char *name, const lq_u256_t *value)
{
    out->names[out->cnt] = name;
    out->values[out->cnt++] = *value;
}

static void put_u128(lq_audit_t *out, const char *name, lq_u128_t value)
{
    lq_u256_t word = lq_u256_from_halves(0, value);
    put(out, name, &word);
}

static void put_state(lq_audit_t *out, const lq_morpho_position_t *p, const lq_morpho_market_t *m)
{
    put_u128(out, "borrow shares", p->borrow_shares);
    put_u128(out, "collateral", p->collateral);
    put_u128(out, "total supply assets", m->total_supply_assets);
    put_u128(out, "total supply shares", m->total_supply_shares);
    put_u128(out, "total borrow assets", m->total_borrow_assets);
    put_u128(out, "total borrow shares", m->total_borrow_shares);
    put_u128(out, "fee", m->fee_wad);
    if (m->has_irm)
        put_u128(out, "last update", m->last_update_sec);
    out->own_cnt = OWN_CNT;
}

lq_err_t lq_morpho_audit_expected(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                                  uint64_t now_sec)
{
    uint32_t i = lq_morpho_account_row(self, account);
    const lq_morpho_about_t *about = &self->abouts[i];
    const lq_morpho_row_t *row = &self->rows[i];
    lq_morpho_market_t m = lq_morpho_row_market(about, row);
    lq_morpho_position_t p = lq_morpho_position_of(self, i, account);
    lq_morpho_irm_t irm = {(lq_morpho_irm_kind_t)row->irm_kind, row->irm_rate_wad};
    lq_morpho_irm_rate_t rate;
    lq_audit_t audit = {.cnt = 0};
    if (lq_ledger_account(self->ledger, account).state != LQ_ACCOUNT_KNOWN ||
        row->state != LQ_MORPHO_MARKET_KNOWN || !row->irm_known || row->pending ||
        now_sec < m.last_update_sec)
        return LQ_ERR_EMPTY;
    put_state(&audit, &p, &m);
    if (audits_rate(row)) {
        if (lq_morpho_irm_borrow_rate(&rate, &irm, m.total_supply_assets, m.total_borrow_assets,
                                      now_sec - m.last_update_sec))
            return LQ_ERR_EMPTY;
        put_u128(&audit, "borrow rate", rate.borrow_rate_wad);
    }
    *out = audit;
    return LQ_OK;
}

#define DECODE(name, out, result) \
    (!(result)->ok ||             \
     lq_abi_morpho_blue_##name##_decode(out, NULL, (result)->data, (result)->data_sz))

lq_err_t lq_morpho_audit_actual(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                                const lq_read_result_t *results, size_t cnt)
{
    uint32_t i = lq_morpho_account_row(self, account);
    lq_abi_morpho_blue_position_ret_t position;
    lq_abi_morpho_blue_market_ret_t market;
    lq_audit_t audit = {.own_cnt = OWN_CNT};
    lq_u256_t word;
    /* Whether the rate was asked for, the number tells: the market may have been marked since. */
    if ((cnt != AUDIT_CNT_MIN && cnt != AUDIT_CNT_MIN + 1) ||
        DECODE(position, &position, &results[0]) || DECODE(market, &market, &results[1]))
        return LQ_ERR_SYNTAX;
    put(&audit, "borrow shares", &position.borrow_shares);
    put(&audit, "collateral", &position.collateral);
    put(&audit, "total supply assets", &market.total_supply_assets);
    put(&audit, "total supply shares", &market.total_supply_shares);
    put(&audit, "total borrow assets", &market.total_borrow_assets);
    put(&audit, "total borrow shares", &market.total_borrow_shares);
    put(&audit, "fee", &market.fee);
    if (!lq_morpho_is_none(&self->abouts[i].irm))
        put(&audit, "last update", &market.last_update);
    if (cnt > AUDIT_CNT_MIN) {
        if (DECODE(borrow_rate_view, &word, &results[AUDIT_CNT_MIN]))
            return LQ_ERR_SYNTAX;
        put(&audit, "borrow rate", &word);
    }
    *out = audit;
    return LQ_OK;
}

/* One that is marked is being read already. */
void lq_morpho_doubt(lq_instance_t *self, uint32_t account)
{
    uint32_t i = lq_morpho_account_row(self, account);
    if (self->rows[i].state == LQ_MORPHO_MARKET_KNOWN)
        lq_morpho_row_mark(self, i);
}
