#include "aave_v3_adapter_internal.h"

static const char *const version_names[] = {"3.0", "3.1", "3.2", "3.3", "3.4",
                                            "3.5", "3.6", "3.7", NULL};

static size_t row_max(const lq_instance_config_t *c)
{
    size_t all = c->asset_max * SLOT_CNT;
    return all < ROW_MAX ? all : ROW_MAX;
}

static size_t oracle_max(const lq_instance_config_t *c)
{
    return c->asset_max + CATEGORY_CNT;
}

/* Two tokens a reserve; what is watched only grows, so there is room for others after these. */
static size_t watch_max(const lq_instance_config_t *c)
{
    return 4 * c->asset_max + 64;
}

/* What a piece takes of the journal. */
static size_t piece_sz(size_t sz)
{
    return (sz + LQ_UNDO_LINE_SZ - 1) / LQ_UNDO_LINE_SZ * LQ_UNDO_LINE_SZ + LQ_UNDO_LINE_SZ;
}

static size_t state_sz(const lq_instance_config_t *c)
{
    return piece_sz(sizeof(state_t)) + piece_sz(c->asset_max * sizeof(reserve_t)) +
           piece_sz(CATEGORY_CNT * sizeof(category_t)) +
           piece_sz(oracle_max(c) * sizeof(oracle_t)) + piece_sz(row_max(c) * sizeof(row_t)) +
           piece_sz(c->asset_max * SLOT_CNT * sizeof(uint16_t)) +
           piece_sz(watch_max(c) * sizeof(lq_address_t));
}

/* The state of an instance that has read nothing; pieces are all zero. */
static void begin(lq_instance_t *self)
{
    state_t *s = edit_state(self);
    bool probe = self->config.version == LQ_ADAPTER_PROBE;
    s->pool = NONE32;
    s->version = (uint8_t)(probe ? (unsigned)LQ_AAVE_V3_5 : self->config.version);
    s->version_sure = !probe;
    for (unsigned i = 0; i < CATEGORY_CNT; i++) {
        category_t *c = edit_category(self, i);
        c->oracle = NONE32;
        c->marked = i != 0;
        c->known = i == 0;
    }
}

static bool alloc_pieces(lq_instance_t *self, lq_undo_t *undo)
{
    const lq_instance_config_t *c = &self->config;
    self->s = lq_undo_alloc(undo, sizeof(state_t));
    self->reserves = lq_undo_alloc(undo, c->asset_max * sizeof(reserve_t));
    self->categories = lq_undo_alloc(undo, CATEGORY_CNT * sizeof(category_t));
    self->oracles = lq_undo_alloc(undo, self->oracle_max * sizeof(oracle_t));
    self->rows = lq_undo_alloc(undo, self->row_max * sizeof(row_t));
    self->slots = lq_undo_alloc(undo, c->asset_max * SLOT_CNT * sizeof(uint16_t));
    self->watched = lq_undo_alloc(undo, watch_max(c) * sizeof(lq_address_t));
    return self->s && self->reserves && self->categories && self->oracles && self->rows &&
           self->slots && self->watched;
}

static lq_err_t make(lq_instance_t **self, lq_arena_t *arena, lq_undo_t *undo, lq_ledger_t *ledger,
                     const lq_instance_config_t *config)
{
    if (config->asset_max == 0 || config->asset_max > RESERVE_MAX ||
        (config->version != LQ_ADAPTER_PROBE && config->version >= LQ_AAVE_V3_VERSION_CNT))
        return LQ_ERR_RANGE;
    lq_instance_t *a = lq_arena_alloc(arena, sizeof(*a), LQ_CACHE_LINE_SZ);
    if (!a)
        return LQ_ERR_NOMEM;
    memset(a, 0, sizeof(*a));
    a->config = *config;
    a->config.ids = NULL; /* there are no isolated markets to choose from */
    a->config.id_cnt = 0;
    a->ledger = ledger;
    a->undo = undo;
    a->row_max = row_max(config);
    a->oracle_max = oracle_max(config);
    a->watch_max = watch_max(config);
    lq_err_t err =
        lq_map_new(&a->names, arena, sizeof(lq_address_t), 12 * config->asset_max, config->seed);
    if (err)
        return err;
    if (!alloc_pieces(a, undo))
        return LQ_ERR_NOMEM;
    begin(a);
    *self = a;
    return LQ_OK;
}

static void clear(lq_instance_t *self)
{
    lq_undo_piece_t pieces[LQ_ADAPTER_PIECE_MAX];
    size_t cnt = lq_adapter_aave_v3.pieces(self, pieces);
    for (size_t i = 0; i < cnt; i++)
        memset(pieces[i].data, 0, pieces[i].max); /* its counts may say anything */
    memset(self->slots, 0, self->config.asset_max * SLOT_CNT * sizeof(uint16_t));
    lq_map_clear(self->names);
    begin(self);
}

static void reread(lq_instance_t *self)
{
    mark_pool(self);
    edit_state(self)->sentinel_allows = 0;
}

static size_t watch(const lq_instance_t *self, lq_address_t *out, size_t max)
{
    size_t cnt = self->s->watch_cnt;
    if (cnt == 0) { /* before the first read */
        if (max > 0)
            out[0] = self->config.contract;
        return 1;
    }
    memcpy(out, self->watched, (cnt < max ? cnt : max) * sizeof(*out));
    return cnt;
}

static const lq_hash_t topics_heard[] = {
    LQ_ABI_AAVE_V3_MINT_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_BURN_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_BALANCE_TRANSFER_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_RESERVE_DATA_UPDATED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_USER_E_MODE_SET_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_RESERVE_USED_AS_COLLATERAL_ENABLED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_RESERVE_USED_AS_COLLATERAL_DISABLED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_BORROW_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_REPAY_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_LIQUIDATION_CALL_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_SWAP_BORROW_RATE_MODE_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_DEFICIT_CREATED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_DEFICIT_COVERED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_RESERVE_INITIALIZED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_COLLATERAL_CONFIGURATION_CHANGED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_RESERVE_ACTIVE_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_RESERVE_PAUSED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_RESERVE_DROPPED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_LIQUIDATION_PROTOCOL_FEE_CHANGED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_PERIOD_CHANGED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_PERIOD_DISABLED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_E_MODE_CATEGORY_ADDED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_E_MODE_ASSET_CATEGORY_CHANGED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_ASSET_COLLATERAL_IN_E_MODE_CHANGED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_A_TOKEN_UPGRADED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_VARIABLE_DEBT_TOKEN_UPGRADED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_ASSET_SOURCE_UPDATED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_BASE_CURRENCY_SET_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_POOL_UPDATED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_POOL_CONFIGURATOR_UPDATED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_PRICE_ORACLE_UPDATED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_PRICE_ORACLE_SENTINEL_UPDATED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_PROXY_CREATED_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_ADDRESS_SET_EVENT_TOPIC_INIT,
    LQ_ABI_AAVE_V3_ADDRESS_SET_AS_PROXY_EVENT_TOPIC_INIT,
};

static const lq_hash_t topics_of_borrowers[] = {
    LQ_ABI_AAVE_V3_BORROW_EVENT_TOPIC_INIT,
};

static const lq_hash_t *topics(size_t *cnt)
{
    *cnt = LQ_ARRAY_CNT(topics_heard);
    return topics_heard;
}

static const lq_hash_t *discovery_topics(size_t *cnt)
{
    *cnt = LQ_ARRAY_CNT(topics_of_borrowers);
    return topics_of_borrowers;
}

static size_t oracle_cnt(const lq_instance_t *self)
{
    return self->s->oracle_cnt;
}

static lq_oracle_ref_t oracle(const lq_instance_t *self, size_t i)
{
    return (lq_oracle_ref_t){self->oracles[i].source, LQ_ORACLE_AAVE};
}

static void set_price(lq_instance_t *self, size_t i, bool known, const lq_u256_t *price)
{
    oracle_t *o = &self->oracles[i];
    lq_u256_t zero = lq_u256_from_u64(0);
    const lq_u256_t *p = known ? price : &zero;
    if (o->known == known && lq_u256_eq(&o->price, p))
        return;
    lq_undo_keep(self->undo, o, sizeof(*o));
    o->known = known;
    o->price = *p;
    if (o->target & ORACLE_OF_CATEGORY)
        refresh_category(self, o->target & ~ORACLE_OF_CATEGORY);
    else
        refresh_price(self, o->target);
}

static void set_now(lq_instance_t *self, uint64_t now_sec)
{
    if (self->s->now_sec == now_sec)
        return;
    edit_state(self)->now_sec = now_sec;
    refresh_all(self);
}

static unsigned version(const lq_instance_t *self)
{
    return self->s->version;
}

static size_t pieces(lq_instance_t *self, lq_undo_piece_t out[LQ_ADAPTER_PIECE_MAX])
{
    const lq_instance_config_t *c = &self->config;
    const state_t *s = self->s;
    out[0] = (lq_undo_piece_t){self->s, sizeof(*s), sizeof(*s)};
    out[1] = (lq_undo_piece_t){self->reserves, s->reserve_cnt * sizeof(reserve_t),
                               c->asset_max * sizeof(reserve_t)};
    out[2] = (lq_undo_piece_t){self->categories, CATEGORY_CNT * sizeof(category_t),
                               CATEGORY_CNT * sizeof(category_t)};
    out[3] = (lq_undo_piece_t){self->oracles, s->oracle_cnt * sizeof(oracle_t),
                               self->oracle_max * sizeof(oracle_t)};
    out[4] =
        (lq_undo_piece_t){self->rows, s->row_cnt * sizeof(row_t), self->row_max * sizeof(row_t)};
    out[5] = (lq_undo_piece_t){self->watched, s->watch_cnt * sizeof(lq_address_t),
                               self->watch_max * sizeof(lq_address_t)};
    return 6;
}

static bool restored_state(const lq_instance_t *self)
{
    const state_t *s = self->s;
    return s->reserve_cnt <= self->config.asset_max && s->oracle_cnt <= self->oracle_max &&
           s->row_cnt <= self->row_max && s->watch_cnt <= self->watch_max &&
           s->stage <= STAGE_READY && s->version < LQ_AAVE_V3_VERSION_CNT && s->version_sure <= 1 &&
           s->sentinel_allows <= 1 && (s->reserve_cnt == 0 || s->pool != NONE32) &&
           (s->pool == NONE32 ||
            (s->pool < lq_ledger_pool_cnt(self->ledger) &&
             lq_ledger_pool(self->ledger, s->pool).instance == self->config.instance));
}

static bool restored_oracles(const lq_instance_t *self)
{
    const state_t *s = self->s;
    for (uint32_t i = 0; i < s->oracle_cnt; i++) {
        const oracle_t *o = &self->oracles[i];
        uint32_t t = o->target & ~ORACLE_OF_CATEGORY;
        bool own = o->target & ORACLE_OF_CATEGORY
                       ? t < CATEGORY_CNT && self->categories[t].oracle == i
                       : t < s->reserve_cnt && self->reserves[t].oracle == i;
        if (!own || o->known > 1)
            return false;
    }
    for (uint32_t i = 0; i < CATEGORY_CNT; i++) {
        const category_t *c = &self->categories[i];
        if ((c->oracle != NONE32 &&
             (c->oracle >= s->oracle_cnt ||
              self->oracles[c->oracle].target != (ORACLE_OF_CATEGORY | i))) ||
            (c->known | c->marked | c->source_marked | c->priced) > 1)
            return false;
    }
    return true;
}

static bool restored_reserve(lq_instance_t *self, uint32_t i)
{
    reserve_t *r = &self->reserves[i];
    if (r->oracle >= self->s->oracle_cnt || self->oracles[r->oracle].target != i ||
        (r->known | r->priced | r->active | r->paused | r->marked | r->dropped | r->tried) > 1 ||
        (r->id != NO_ID && r->id >= RESERVE_ID_MAX))
        return false;
    lq_u256_t unit = r->asset.unit.value; /* zero: never read, or not computable */
    if (!lq_u256_is_zero(&unit) && (set_unit(r) || !lq_u256_eq(&unit, &r->asset.unit.value)))
        return false;
    r->first_row = NONE32;
    if (set_name(self, &r->underlying, i, NAME_UNDERLYING))
        return false;
    return is_zero(&r->a_token) || (!set_name(self, &r->a_token, i, NAME_ATOKEN) &&
                                    !set_name(self, &r->debt_token, i, NAME_DEBT));
}

static bool restored_row(lq_instance_t *self, uint32_t i)
{
    row_t *row = &self->rows[i];
    if (row->reserve >= self->s->reserve_cnt || row->side > LQ_SIDE_DEBT ||
        row->factor >= lq_ledger_factor_cnt(self->ledger))
        return false;
    const lq_factor_t *f = lq_ledger_factor(self->ledger, row->factor);
    uint16_t *slot = &self->slots[slot_of_row(row)];
    if (f->pool != self->s->pool || f->asset != row->reserve || f->category != row->category ||
        f->side != row->side || *slot != 0)
        return false;
    *slot = (uint16_t)(i + 1);
    row->next = self->reserves[row->reserve].first_row;
    self->reserves[row->reserve].first_row = i;
    return true;
}

/* Slots, lists of rows and names are derived; what is left must fit together. */
static lq_err_t restored(lq_instance_t *self)
{
    lq_map_clear(self->names);
    memset(self->slots, 0, self->config.asset_max * SLOT_CNT * sizeof(uint16_t));
    if (!restored_state(self) || !restored_oracles(self))
        return LQ_ERR_RANGE;
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++)
        if (!restored_reserve(self, i))
            return LQ_ERR_RANGE;
    for (uint32_t i = 0; i < self->s->row_cnt; i++)
        if (!restored_row(self, i))
            return LQ_ERR_RANGE;
    for (unsigned i = 1; i < CATEGORY_CNT; i++)
        refresh_category(self, i);
    refresh_all(self);
    return LQ_OK;
}

static void asset_token(const lq_instance_t *self, uint16_t factor, lq_address_t *token,
                        uint8_t *decimals)
{
    const reserve_t *r = &self->reserves[lq_ledger_factor(self->ledger, factor)->asset];
    *token = r->underlying;
    *decimals = r->decimals;
}

const lq_adapter_t lq_adapter_aave_v3 = {
    .name = "aave_v3",
    .version_names = version_names,
    .call_selector = LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SELECTOR,
    .layout = 2,
    .state_sz = state_sz,
    .make = make,
    .clear = clear,
    .reread = reread,
    .watch = watch,
    .topics = topics,
    .discovery_topics = discovery_topics,
    .discover = aave_discover,
    .apply = aave_apply,
    .next = aave_next,
    .every_block = aave_every_block,
    .reads = aave_reads,
    .answer = aave_answer,
    .oracle_cnt = oracle_cnt,
    .oracle = oracle,
    .set_price = set_price,
    .set_now = set_now,
    .health = aave_health,
    .shifted_value = aave_shifted_value,
    .audit_reads = aave_audit_reads,
    .audit_expected = aave_audit_expected,
    .audit_actual = aave_audit_actual,
    .doubt = aave_doubt,
    .version = version,
    .pieces = pieces,
    .restored = restored,
    .trial_open = aave_trial_open,
    .trial_copy = aave_trial_copy,
    .trial_pairs = aave_trial_pairs,
    .trial_ranges = aave_trial_ranges,
    .trial_top = aave_trial_top,
    .trial_call = aave_trial_call,
    .trial_send = aave_trial_send,
    .trial_health = aave_trial_health,
    .encode_call = aave_encode_call,
    .guard = aave_guard,
    .liquidated = aave_liquidated,
    .asset_token = asset_token,
    .token_amount = aave_token_amount,
    .factor_oracle = aave_factor_oracle,
    .incentive = aave_incentive,
};
