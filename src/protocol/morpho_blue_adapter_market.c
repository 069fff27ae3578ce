#include "morpho_blue_adapter_internal.h"

lq_err_t lq_morpho_row_find(const lq_instance_t *self, uint32_t *i, const lq_hash_t *id)
{
    uint32_t row;
    if (lq_map_find(self->by_id, &row, id->b) || row >= self->head->market_cnt ||
        memcmp(&self->abouts[row].id, id, sizeof(*id)) != 0)
        return LQ_ERR_NOT_FOUND;
    *i = row;
    return LQ_OK;
}

lq_err_t lq_morpho_remap(lq_instance_t *self)
{
    lq_map_clear(self->by_id);
    for (uint32_t i = 0; i < self->head->market_cnt; i++) {
        lq_err_t err = lq_map_insert(self->by_id, self->abouts[i].id.b, i);
        if (err)
            return err;
    }
    return LQ_OK;
}

static void write_head(lq_instance_t *self, const lq_morpho_head_t *head)
{
    if (memcmp(self->head, head, sizeof(*head)) != 0)
        lq_undo_write(self->undo, self->head, head, sizeof(*head));
}

/* A pool and two factors in the ledger, for row number I. What a failure leaves there is never
   used: is_full keeps it from happening again. */
static lq_err_t add_to_ledger(lq_instance_t *self, lq_morpho_about_t *about, uint32_t i)
{
    lq_ledger_pool_t ref = {self->instance, i};
    lq_err_t err = lq_ledger_add_pool(self->ledger, &about->pool, ref);
    if (err)
        return err;
    lq_factor_t factor = {about->pool, (uint16_t)i, 0, LQ_SIDE_COLLATERAL};
    err = lq_ledger_add_factor(self->ledger, &about->collateral_factor, &factor);
    if (err)
        return err;
    factor.side = LQ_SIDE_DEBT;
    return lq_ledger_add_factor(self->ledger, &about->debt_factor, &factor);
}

lq_err_t lq_morpho_row_add(lq_instance_t *self, uint32_t *i, const lq_hash_t *id)
{
    lq_morpho_head_t head = *self->head;
    lq_morpho_about_t about = {.id = *id,
                               .loan_decimals = LQ_DECIMALS_UNKNOWN,
                               .collateral_decimals = LQ_DECIMALS_UNKNOWN};
    uint32_t row = head.market_cnt;
    if (head.is_full || row == self->market_max || add_to_ledger(self, &about, row)) {
        head.is_full = 1;
        write_head(self, &head);
        return LQ_ERR_FULL;
    }
    /* Bytes behind the count are those of the start, zeros, unless something was undone there; then
       they are zeros again. So the state is an UNREAD one. */
    lq_undo_write(self->undo, &self->abouts[row], &about, sizeof(about));
    head.market_cnt++;
    head.marked_cnt++;
    write_head(self, &head);
    /* Full of what was undone: begin again with what is there, which includes this one. */
    if (lq_map_upsert(self->by_id, id->b, row) && lq_morpho_remap(self))
        LQ_BUG("morpho: a market stands twice");
    *i = row;
    return LQ_OK;
}

static bool add_irm(lq_instance_t *self, const lq_address_t *irm)
{
    lq_morpho_head_t head = *self->head;
    if (lq_morpho_is_none(irm))
        return false;
    for (uint32_t k = 0; k < head.irm_cnt; k++)
        if (memcmp(&self->irms[k], irm, sizeof(*irm)) == 0)
            return false;
    lq_undo_write(self->undo, &self->irms[head.irm_cnt++], irm, sizeof(*irm));
    write_head(self, &head);
    return true;
}

lq_err_t lq_morpho_row_params(lq_instance_t *self, bool *watch, uint32_t i,
                              const lq_abi_morpho_blue_market_params_t *params)
{
    lq_morpho_about_t about = self->abouts[i];
    lq_hash_t id = lq_morpho_market_id(params);
    if (memcmp(&id, &about.id, sizeof(id)) != 0)
        return LQ_ERR_INVAL;
    if (about.has_params)
        return LQ_OK;
    if (lq_u256_to_u64(&about.lltv_wad, &params->lltv) || about.lltv_wad >= LQ_MORPHO_WAD)
        return LQ_ERR_RANGE;
    about.loan_token = params->loan_token;
    about.collateral_token = params->collateral_token;
    about.oracle = params->oracle;
    about.irm = params->irm;
    about.has_params = 1;
    lq_undo_write(self->undo, &self->abouts[i], &about, sizeof(about));
    if (add_irm(self, &about.irm))
        *watch = true;
    return LQ_OK;
}

lq_morpho_market_t lq_morpho_row_market(const lq_morpho_about_t *about, const lq_morpho_row_t *row)
{
    return (lq_morpho_market_t){
        .total_supply_assets = row->total_supply_assets,
        .total_supply_shares = row->total_supply_shares,
        .total_borrow_assets = row->total_borrow_assets,
        .total_borrow_shares = row->total_borrow_shares,
        .last_update_sec = row->last_update_sec,
        .fee_wad = row->fee_wad,
        .lltv_wad = about->lltv_wad,
        .has_irm = !lq_morpho_is_none(&about->irm),
    };
}

void lq_morpho_row_load(lq_morpho_row_t *row, const lq_morpho_market_t *market)
{
    row->state = LQ_MORPHO_MARKET_KNOWN;
    row->total_supply_assets = market->total_supply_assets;
    row->total_supply_shares = market->total_supply_shares;
    row->total_borrow_assets = market->total_borrow_assets;
    row->total_borrow_shares = market->total_borrow_shares;
    row->last_update_sec = market->last_update_sec;
    row->fee_wad = market->fee_wad;
}

/* The rate from the last update to AT_SEC. */
static lq_morpho_now_t rate_at(lq_u256_t *out, const lq_morpho_row_t *row, uint64_t elapsed_sec)
{
    lq_morpho_irm_t irm = {(lq_morpho_irm_kind_t)row->irm_kind, row->irm_rate_wad};
    lq_morpho_irm_rate_t rate;
    if (irm.kind == LQ_MORPHO_IRM_UNKNOWN) {
        *out = row->rate_wad;
        return row->rate_known ? LQ_MORPHO_NOW_OK : LQ_MORPHO_NOW_UNKNOWN;
    }
    /* No model that was found out refuses a state that fits it. */
    if (lq_morpho_irm_borrow_rate(&rate, &irm, row->total_supply_assets, row->total_borrow_assets,
                                  elapsed_sec))
        return LQ_MORPHO_NOW_UNKNOWN;
    *out = lq_u256_from_u64(rate.borrow_rate_wad);
    return LQ_MORPHO_NOW_OK;
}

lq_morpho_now_t lq_morpho_row_at(lq_morpho_market_t *out, const lq_morpho_about_t *about,
                                 const lq_morpho_row_t *row, uint64_t at_sec)
{
    if (row->state != LQ_MORPHO_MARKET_KNOWN || !row->irm_known || at_sec < row->last_update_sec)
        return LQ_MORPHO_NOW_UNKNOWN;
    lq_morpho_market_t m = lq_morpho_row_market(about, row);
    /* No debt bears no interest, at whatever rate. */
    if (at_sec != m.last_update_sec && m.total_borrow_assets != 0) {
        lq_u256_t rate;
        lq_morpho_accrual_t added;
        lq_morpho_now_t now = rate_at(&rate, row, at_sec - m.last_update_sec);
        if (now != LQ_MORPHO_NOW_OK)
            return now;
        if (lq_morpho_accrue(&added, &m, at_sec, &rate))
            return LQ_MORPHO_NOW_REVERTS;
    }
    m.last_update_sec = at_sec;
    *out = m;
    return LQ_MORPHO_NOW_OK;
}

static uint64_t own_sec(const lq_instance_t *self, const lq_morpho_row_t *row)
{
    return self->head->now_sec > row->last_update_sec ? self->head->now_sec : row->last_update_sec;
}

lq_morpho_now_t lq_morpho_row_now(lq_morpho_market_t *out, const lq_instance_t *self, uint32_t i)
{
    const lq_morpho_row_t *row = &self->rows[i];
    lq_morpho_now_t now = (lq_morpho_now_t)row->now;
    if (now != LQ_MORPHO_NOW_OK)
        return now;
    *out = lq_morpho_row_market(&self->abouts[i], row);
    out->total_supply_assets = row->now_supply_assets;
    out->total_supply_shares = row->now_supply_shares;
    out->total_borrow_assets = row->now_borrow_assets;
    out->last_update_sec = own_sec(self, row);
    return now;
}

void lq_morpho_row_refresh(const lq_instance_t *self, const lq_morpho_about_t *about,
                           lq_morpho_row_t *row)
{
    lq_morpho_market_t m = {0};
    row->now = (uint8_t)lq_morpho_row_at(&m, about, row, own_sec(self, row));
    row->now_supply_assets = m.total_supply_assets;
    row->now_supply_shares = m.total_supply_shares;
    row->now_borrow_assets = m.total_borrow_assets;
}

lq_factor_value_t lq_morpho_collateral_factor_value(const lq_morpho_about_t *about, bool known,
                                                    const lq_u256_t *price)
{
    /* floor(c p / 1e36) loses less than 1, of which lltv < 1 stays, floor(... lltv / 1e18) less
       than 1 again. */
    lq_factor_value_t value = {.value = __builtin_nan(""), .value_loss = 2.0F};
    if (known && about->has_params)
        value.value = lq_u256_to_double(price) / 1e36 * ((double)about->lltv_wad / 1e18);
    return value;
}

lq_factor_value_t lq_morpho_debt_factor_value(lq_morpho_now_t now, lq_u128_t total_borrow_assets,
                                              lq_u128_t total_borrow_shares)
{
    /* Rounded up: by less than 1. */
    lq_factor_value_t value = {.value = __builtin_nan(""), .value_loss = 1.0F};
    if (now == LQ_MORPHO_NOW_OK)
        value.value = ((double)total_borrow_assets + (double)LQ_MORPHO_VIRTUAL_ASSETS) /
                      ((double)total_borrow_shares + (double)LQ_MORPHO_VIRTUAL_SHARES);
    return value;
}

static void set_values(lq_instance_t *self, uint32_t i)
{
    const lq_morpho_about_t *about = &self->abouts[i];
    const lq_morpho_row_t *row = &self->rows[i];
    lq_factor_value_t value =
        lq_morpho_collateral_factor_value(about, row->price_known, &row->price);
    lq_ledger_set_value(self->ledger, about->collateral_factor, &value);
    value = lq_morpho_debt_factor_value((lq_morpho_now_t)row->now, row->now_borrow_assets,
                                        row->total_borrow_shares);
    lq_ledger_set_value(self->ledger, about->debt_factor, &value);
}

void lq_morpho_row_store(lq_instance_t *self, uint32_t i, const lq_morpho_row_t *row)
{
    const size_t half = LQ_UNDO_LINE_SZ;
    lq_morpho_row_t made = *row;
    lq_morpho_row_t *old = &self->rows[i];
    lq_morpho_head_t head = *self->head;
    lq_morpho_row_refresh(self, &self->abouts[i], &made);
    head.marked_cnt +=
        (uint32_t)lq_morpho_row_is_marked(&made) - (uint32_t)lq_morpho_row_is_marked(old);
    head.moving_cnt +=
        (uint32_t)lq_morpho_row_is_moving(&made) - (uint32_t)lq_morpho_row_is_moving(old);
    write_head(self, &head);
    if (memcmp(old, &made, half) != 0)
        lq_undo_write(self->undo, old, &made, half);
    if (memcmp((uint8_t *)old + half, (uint8_t *)&made + half, sizeof(made) - half) != 0)
        lq_undo_write(self->undo, (uint8_t *)old + half, (uint8_t *)&made + half,
                      sizeof(made) - half);
    set_values(self, i);
}

void lq_morpho_row_mark(lq_instance_t *self, uint32_t i)
{
    /* Nothing of the doubtful values stays, so that what is read makes the same bytes whatever was
       there. The price is not the market's. */
    lq_morpho_row_t row = {.state = LQ_MORPHO_MARKET_UNREAD,
                           .price_known = self->rows[i].price_known,
                           .price = self->rows[i].price};
    lq_morpho_row_store(self, i, &row);
}

void lq_morpho_set_price(lq_instance_t *self, size_t i, bool known, const lq_u256_t *price)
{
    if (i >= self->head->market_cnt)
        return;
    lq_morpho_row_t *row = &self->rows[i];
    const lq_morpho_about_t *about = &self->abouts[i];
    uint8_t flag = known;
    lq_u256_t value = known ? *price : lq_u256_from_u64(0);
    lq_undo_write(self->undo, &row->price_known, &flag, sizeof(flag));
    lq_undo_write(self->undo, &row->price, &value, sizeof(value));
    lq_factor_value_t worth = lq_morpho_collateral_factor_value(about, known, &value);
    lq_ledger_set_value(self->ledger, about->collateral_factor, &worth);
}

void lq_morpho_set_now(lq_instance_t *self, uint64_t now_sec)
{
    lq_morpho_head_t head = *self->head;
    head.now_sec = now_sec;
    write_head(self, &head);
    for (uint32_t i = 0; i < head.market_cnt; i++) {
        const lq_morpho_row_t *row = &self->rows[i];
        if (row->state == LQ_MORPHO_MARKET_KNOWN && row->total_borrow_assets != 0)
            lq_morpho_row_store(self, i, row);
    }
}
