#include "morpho_blue_adapter_internal.h"

/* What each piece of the state takes, as lq_undo_alloc counts. */
static size_t piece_sz(size_t sz)
{
    return (sz + LQ_UNDO_LINE_SZ - 1) / LQ_UNDO_LINE_SZ * LQ_UNDO_LINE_SZ + LQ_UNDO_LINE_SZ;
}

static size_t state_sz(const lq_instance_config_t *config)
{
    size_t max =
        config->asset_max < LQ_MORPHO_MARKET_MAX ? config->asset_max : LQ_MORPHO_MARKET_MAX;
    return piece_sz(sizeof(lq_morpho_head_t)) + piece_sz(max * sizeof(lq_morpho_about_t)) +
           piece_sz(max * sizeof(lq_morpho_row_t)) + piece_sz(max * sizeof(lq_address_t));
}

/* The markets to keep have the first rows; they are read like all. */
static lq_err_t add_ids(lq_instance_t *self)
{
    for (size_t k = 0; k < self->id_cnt; k++) {
        uint32_t i;
        if (lq_morpho_row_find(self, &i, &self->ids[k]) == LQ_OK)
            return LQ_ERR_RANGE;
        lq_err_t err = lq_morpho_row_add(self, &i, &self->ids[k]);
        if (err)
            return err;
    }
    return LQ_OK;
}

static bool alloc_state(lq_instance_t *self)
{
    self->head = lq_undo_alloc(self->undo, sizeof(*self->head));
    self->abouts = lq_undo_alloc(self->undo, self->market_max * sizeof(*self->abouts));
    self->rows = lq_undo_alloc(self->undo, self->market_max * sizeof(*self->rows));
    self->irms = lq_undo_alloc(self->undo, self->market_max * sizeof(*self->irms));
    return self->head && self->abouts && self->rows && self->irms;
}

static lq_err_t make(lq_instance_t **self, lq_arena_t *arena, lq_undo_t *undo, lq_ledger_t *ledger,
                     const lq_instance_config_t *config)
{
    if (config->asset_max == 0 || config->asset_max > LQ_MORPHO_MARKET_MAX ||
        config->id_cnt > config->asset_max ||
        (config->version != 0 && config->version != LQ_ADAPTER_PROBE))
        return LQ_ERR_RANGE;
    lq_instance_t *made = lq_arena_alloc(arena, sizeof(*made), _Alignof(lq_instance_t));
    lq_hash_t *ids = lq_arena_alloc(arena, config->id_cnt * sizeof(*ids), _Alignof(lq_hash_t));
    if (!made || !ids)
        return LQ_ERR_NOMEM;
    if (config->id_cnt)
        memcpy(ids, config->ids, config->id_cnt * sizeof(*ids));
    *made = (lq_instance_t){.undo = undo,
                            .ledger = ledger,
                            .ids = ids,
                            .id_cnt = config->id_cnt,
                            .market_max = config->asset_max,
                            .instance = config->instance,
                            .contract = config->contract};
    /* Twice the rows: entries of undone markets stay until the map is built anew. */
    lq_err_t err =
        lq_map_new(&made->by_id, arena, sizeof(lq_hash_t), 2 * config->asset_max, config->seed);
    if (err)
        return err;
    if (!alloc_state(made))
        return LQ_ERR_NOMEM;
    if (add_ids(made))
        return LQ_ERR_RANGE;
    *self = made;
    return LQ_OK;
}

static void clear(lq_instance_t *self)
{
    LQ_ASSERT(lq_undo_depth(self->undo) == 0);
    memset(self->head, 0, sizeof(*self->head));
    memset(self->abouts, 0, self->market_max * sizeof(*self->abouts));
    memset(self->rows, 0, self->market_max * sizeof(*self->rows));
    memset(self->irms, 0, self->market_max * sizeof(*self->irms));
    lq_map_clear(self->by_id);
    /* They found room before; where others took it since, the table is marked as full. */
    lq_err_t err = add_ids(self);
    (void)err;
}

/* Parameters are not kept: on the branch that is followed now a market may not be created. */
static void reread(lq_instance_t *self)
{
    for (uint32_t i = 0; i < self->head->market_cnt; i++) {
        const lq_morpho_about_t *old = &self->abouts[i];
        const lq_morpho_about_t about = {.id = old->id,
                                         .pool = old->pool,
                                         .collateral_factor = old->collateral_factor,
                                         .debt_factor = old->debt_factor,
                                         .loan_decimals = LQ_DECIMALS_UNKNOWN,
                                         .collateral_decimals = LQ_DECIMALS_UNKNOWN};
        lq_undo_write(self->undo, &self->abouts[i], &about, sizeof(about));
        lq_morpho_row_mark(self, i);
    }
}

static size_t watch(const lq_instance_t *self, lq_address_t *out, size_t max)
{
    size_t cnt = 1 + (size_t)self->head->irm_cnt;
    for (size_t k = 0; k < cnt && k < max; k++)
        out[k] = k == 0 ? self->contract : self->irms[k - 1];
    return cnt;
}

static size_t oracle_cnt(const lq_instance_t *self)
{
    return self->head->market_cnt;
}

static lq_oracle_ref_t oracle(const lq_instance_t *self, size_t i)
{
    lq_oracle_ref_t ref = {.kind = LQ_ORACLE_MORPHO};
    if (i < self->head->market_cnt)
        ref.source = self->abouts[i].oracle;
    return ref;
}

static unsigned version(const lq_instance_t *self)
{
    (void)self;
    return 0;
}

static void asset_token(const lq_instance_t *self, uint16_t factor, lq_address_t *token,
                        uint8_t *decimals)
{
    const lq_factor_t *f = lq_ledger_factor(self->ledger, factor);
    const lq_morpho_about_t *about = &self->abouts[f->asset];
    bool debt = f->side == LQ_SIDE_DEBT;
    *token = debt ? about->loan_token : about->collateral_token;
    *decimals = debt ? about->loan_decimals : about->collateral_decimals;
}

/* ---- snapshots ---- */

static size_t pieces(lq_instance_t *self, lq_undo_piece_t out[LQ_ADAPTER_PIECE_MAX])
{
    const lq_morpho_head_t *head = self->head;
    const size_t max = self->market_max;
    out[0] = (lq_undo_piece_t){self->head, sizeof(*head), sizeof(*head)};
    out[1] = (lq_undo_piece_t){self->abouts, head->market_cnt * sizeof(*self->abouts),
                               max * sizeof(*self->abouts)};
    out[2] = (lq_undo_piece_t){self->rows, head->market_cnt * sizeof(*self->rows),
                               max * sizeof(*self->rows)};
    out[3] = (lq_undo_piece_t){self->irms, head->irm_cnt * sizeof(*self->irms),
                               max * sizeof(*self->irms)};
    return 4;
}

static bool factor_fits(const lq_instance_t *self, uint32_t i, uint16_t factor, lq_side_t side)
{
    if (factor >= lq_ledger_factor_cnt(self->ledger))
        return false;
    const lq_factor_t *f = lq_ledger_factor(self->ledger, factor);
    return f->pool == self->abouts[i].pool && f->asset == i && f->side == side;
}

static bool about_fits(const lq_instance_t *self, uint32_t i)
{
    const lq_morpho_about_t *about = &self->abouts[i];
    if (about->has_params > 1 || about->lltv_wad >= LQ_MORPHO_WAD ||
        about->pool >= lq_ledger_pool_cnt(self->ledger))
        return false;
    lq_ledger_pool_t ref = lq_ledger_pool(self->ledger, about->pool);
    if (ref.instance != self->instance || ref.local != i ||
        !factor_fits(self, i, about->collateral_factor, LQ_SIDE_COLLATERAL) ||
        !factor_fits(self, i, about->debt_factor, LQ_SIDE_DEBT))
        return false;
    if (!about->has_params)
        return lq_morpho_is_none(&about->irm);
    const lq_abi_morpho_blue_market_params_t params = {about->loan_token, about->collateral_token,
                                                       about->oracle, about->irm,
                                                       lq_u256_from_u64(about->lltv_wad)};
    lq_hash_t id = lq_morpho_market_id(&params);
    return memcmp(&id, &about->id, sizeof(id)) == 0;
}

/* What follows from the rest must be what would be made of it. */
static bool row_fits(const lq_instance_t *self, uint32_t i)
{
    const lq_morpho_row_t *row = &self->rows[i];
    lq_morpho_row_t made = *row;
    if (row->state > LQ_MORPHO_MARKET_KNOWN || row->irm_kind > LQ_MORPHO_IRM_UNKNOWN ||
        row->irm_known > 1 || row->pending > 1 || row->rate_known > row->rate_read ||
        row->rate_read > 1 || row->price_known > 1 || row->fee_wad > LQ_MORPHO_MAX_FEE_WAD ||
        row->total_borrow_assets > row->total_supply_assets)
        return false;
    if (row->state == LQ_MORPHO_MARKET_KNOWN &&
        (row->last_update_sec == 0 || !self->abouts[i].has_params))
        return false;
    lq_morpho_row_refresh(self, &self->abouts[i], &made);
    return memcmp(&made, row, sizeof(made)) == 0;
}

static bool irm_fits(const lq_instance_t *self, uint32_t i)
{
    const lq_address_t *irm = &self->abouts[i].irm;
    for (uint32_t k = 0; k < self->head->irm_cnt; k++)
        if (memcmp(&self->irms[k], irm, sizeof(*irm)) == 0)
            return true;
    return lq_morpho_is_none(irm);
}

static lq_err_t restored(lq_instance_t *self)
{
    const lq_morpho_head_t *head = self->head;
    uint32_t marked_cnt = 0;
    uint32_t moving_cnt = 0;
    if (head->market_cnt > self->market_max || head->irm_cnt > head->market_cnt ||
        (self->id_cnt && head->market_cnt != self->id_cnt))
        return LQ_ERR_RANGE;
    for (uint32_t i = 0; i < head->market_cnt; i++) {
        if (!about_fits(self, i) || !row_fits(self, i) || !irm_fits(self, i) ||
            (self->id_cnt && memcmp(&self->abouts[i].id, &self->ids[i], sizeof(lq_hash_t)) != 0))
            return LQ_ERR_RANGE;
        marked_cnt += lq_morpho_row_is_marked(&self->rows[i]);
        moving_cnt += lq_morpho_row_is_moving(&self->rows[i]);
    }
    if (marked_cnt != head->marked_cnt || moving_cnt != head->moving_cnt || lq_morpho_remap(self))
        return LQ_ERR_RANGE;
    return LQ_OK;
}

static const char *const version_names[] = {"1.0", NULL};

const lq_adapter_t lq_adapter_morpho_blue = {
    .name = "morpho_blue",
    .version_names = version_names,
    .call_selector = LQ_ABI_MORPHO_BLUE_LIQUIDATE_SELECTOR,
    .layout = 2,
    .state_sz = state_sz,
    .make = make,
    .clear = clear,
    .reread = reread,
    .watch = watch,
    .topics = lq_morpho_topics,
    .discovery_topics = lq_morpho_discovery_topics,
    .discover = lq_morpho_discover,
    .apply = lq_morpho_apply,
    .next = lq_morpho_next,
    .every_block = lq_morpho_every_block,
    .reads = lq_morpho_reads,
    .answer = lq_morpho_answer,
    .oracle_cnt = oracle_cnt,
    .oracle = oracle,
    .set_price = lq_morpho_set_price,
    .set_now = lq_morpho_set_now,
    .health = lq_morpho_health,
    .shifted_value = lq_morpho_shifted_value,
    .audit_reads = lq_morpho_audit_reads,
    .audit_expected = lq_morpho_audit_expected,
    .audit_actual = lq_morpho_audit_actual,
    .doubt = lq_morpho_doubt,
    .version = version,
    .pieces = pieces,
    .restored = restored,
    .trial_open = lq_morpho_trial_open,
    .trial_copy = lq_morpho_trial_copy,
    .trial_pairs = lq_morpho_trial_pairs,
    .trial_ranges = lq_morpho_trial_ranges,
    .trial_call = lq_morpho_trial_call,
    .trial_send = lq_morpho_trial_send,
    .trial_health = lq_morpho_trial_health,
    .encode_call = lq_morpho_encode_call,
    .guard = lq_morpho_guard,
    .liquidated = lq_morpho_liquidated,
    .asset_token = asset_token,
    .token_amount = lq_morpho_token_amount,
    .pool_id = lq_morpho_pool_id,
    .factor_oracle = lq_morpho_factor_oracle,
    .incentive = lq_morpho_incentive,
};
