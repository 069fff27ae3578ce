#include "aave_v3_adapter_internal.h"

#include "liqd/num/fixed.h"

/* Answers to what aave_v3_adapter_reads.c asks about the pool and its reserves. */

static lq_applied_t watch_result(size_t added)
{
    return added > 0 ? LQ_APPLIED_WATCH : LQ_APPLIED;
}

static lq_applied_t provider_answer(lq_instance_t *self, const lq_read_result_t *r, size_t cnt)
{
    lq_address_t provider;
    size_t added = 0;
    if (cnt != 1 || !get_address(&provider, r, 0) || is_zero(&provider))
        return LQ_APPLIED_FAULT;
    state_t *s = edit_state(self);
    if (s->pool == NONE32) {
        uint32_t pool;
        if (lq_ledger_add_pool(self->ledger, &pool, (lq_ledger_pool_t){self->config.instance, 0}))
            return LQ_APPLIED_FAULT;
        s->pool = pool;
    }
    if (add_watch(self, &added, &self->config.contract) || add_watch(self, &added, &provider))
        return LQ_APPLIED_FAULT;
    s->provider = provider;
    if (s->stage == STAGE_PROVIDER)
        s->stage = STAGE_POOL;
    return watch_result(added);
}

/* Which version answers these views and no later one's. 3.4 and 3.5 answer the same. */
static bool probed(unsigned *version, const lq_read_result_t *r)
{
    static const uint8_t by_answers[] = {LQ_AAVE_V3_0, LQ_AAVE_V3_1, LQ_AAVE_V3_2, LQ_AAVE_V3_3,
                                         LQ_AAVE_V3_5, LQ_AAVE_V3_6, LQ_AAVE_V3_7};
    size_t cnt = 0;
    while (cnt < 6 && r[cnt].ok && r[cnt].data_sz >= 32)
        cnt++;
    for (size_t i = cnt; i < 6; i++)
        if (r[i].ok && r[i].data_sz >= 32)
            return false;
    *version = by_answers[cnt];
    return true;
}

/* The list of reserves: where it begins and how long it is. */
static bool list_of(size_t *cnt, const lq_read_result_t *r)
{
    lq_u256_t at;
    lq_u256_t n;
    uint64_t len;
    if (!get_word(&at, r, 0) || !get_word(&n, r, 1) || lq_u256_to_u64(&len, &n) || at.w[0] != 32 ||
        (at.w[1] | at.w[2] | at.w[3]) != 0 || len > r->data_sz / 32 - 2)
        return false;
    for (size_t i = 0; i < len; i++) {
        lq_address_t a;
        if (!get_address(&a, r, 2 + i) || is_zero(&a))
            return false;
    }
    *cnt = (size_t)len;
    return true;
}

/* Marks the reserves listed, drops the others. false: there is no room for one. */
static bool take_list(lq_instance_t *self, const lq_read_result_t *r, size_t cnt)
{
    bool all = true;
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++) {
        bool listed = false;
        for (size_t k = 0; k < cnt && !listed; k++)
            listed = memcmp(r->data + 32 * (2 + k) + 12, self->reserves[i].underlying.b, 20) == 0;
        if (!listed)
            drop_reserve(self, i);
    }
    for (size_t k = 0; k < cnt; k++) {
        lq_address_t asset;
        uint32_t row;
        memcpy(&asset, r->data + 32 * (2 + k) + 12, sizeof(asset));
        if (add_reserve(self, &row, &asset)) {
            all = false;
            continue;
        }
        edit_reserve(self, row)->dropped = 0;
        mark_reserve(self, row);
    }
    return all;
}

enum {
    AT_ORACLE,
    AT_CONFIGURATOR,
    AT_SENTINEL,
    AT_RESERVES,
    AT_PROBES,
    POOL_CALL_CNT = 10
};

static lq_applied_t pool_answer(lq_instance_t *self, const lq_read_result_t *r, size_t cnt)
{
    lq_address_t oracle;
    lq_address_t configurator;
    lq_address_t sentinel;
    size_t reserve_cnt;
    size_t added = 0;
    unsigned version = self->config.version;
    bool configured = version != LQ_ADAPTER_PROBE;
    if (cnt != POOL_CALL_CNT || self->s->pool == NONE32 ||
        !get_address(&oracle, &r[AT_ORACLE], 0) ||
        !get_address(&configurator, &r[AT_CONFIGURATOR], 0) ||
        !list_of(&reserve_cnt, &r[AT_RESERVES]) ||
        (!configured && !probed(&version, r + AT_PROBES)))
        return LQ_APPLIED_FAULT;
    if (!get_address(&sentinel, &r[AT_SENTINEL], 0)) {
        if (lq_aave_v3_rules((lq_aave_v3_version_t)version)->sentinel)
            return LQ_APPLIED_FAULT;
        memset(&sentinel, 0, sizeof(sentinel)); /* nobody asks it any more */
    }
    if (add_watch(self, &added, &oracle) || add_watch(self, &added, &configurator))
        return LQ_APPLIED_FAULT;
    state_t *s = edit_state(self);
    s->oracle = oracle;
    s->configurator = configurator;
    if (!is_same(&s->sentinel, &sentinel) || is_zero(&sentinel)) /* else: as it said last */
        s->sentinel_allows = is_zero(&sentinel);
    s->sentinel = sentinel;
    if (s->stage == STAGE_POOL)
        s->stage = STAGE_ORACLE;
    bool sure = configured || version != LQ_AAVE_V3_5;
    if (!sure && s->version == LQ_AAVE_V3_4)
        version = LQ_AAVE_V3_4; /* until a total says otherwise */
    take_version(self, version, sure || (s->version_sure && s->version == version));
    bool all = take_list(self, &r[AT_RESERVES], reserve_cnt);
    return all ? watch_result(added) : LQ_APPLIED_FAULT;
}

/* An oracle without these views has no base currency. */
static lq_applied_t oracle_answer(lq_instance_t *self, const lq_read_result_t *r, size_t cnt)
{
    lq_address_t currency;
    lq_u256_t unit;
    if (cnt != 2)
        return LQ_APPLIED_FAULT;
    state_t *s = edit_state(self);
    memset(&s->base_currency, 0, sizeof(s->base_currency));
    if (get_address(&currency, &r[0], 0) && get_word(&unit, &r[1], 0)) {
        s->base_currency = currency;
        s->base_unit = unit;
    }
    if (s->stage == STAGE_ORACLE)
        s->stage = STAGE_READY;
    refresh_all(self);
    return LQ_APPLIED;
}

static bool id_is_free(const lq_instance_t *self, uint32_t row, uint64_t id)
{
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++)
        if (i != row && self->reserves[i].id == id && !self->reserves[i].marked)
            return false;
    return true;
}

/* Whether a reserve without an id takes with ID one of a dropped reserve, and with it the flags
   that accounts have left there: new ones are appended. */
static bool fills_gap(const lq_instance_t *self, uint32_t row, uint64_t id)
{
    if (self->reserves[row].id != NO_ID)
        return false;
    for (uint32_t i = 0; i < self->s->reserve_cnt; i++)
        if (self->reserves[i].id != NO_ID && self->reserves[i].id > id)
            return true;
    return false;
}

/* The bits of a reserve's configuration. */
static unsigned bits_of(const lq_u256_t *config, unsigned from, unsigned cnt)
{
    lq_u256_t v = lq_u256_shr(config, from);
    return (unsigned)(v.w[0] & (((uint64_t)1 << cnt) - 1));
}

static lq_err_t set_config(reserve_t *r, const lq_u256_t *config)
{
    r->asset.liquidation_threshold_bps = (uint16_t)bits_of(config, 16, 16);
    r->bonus_bps = (uint16_t)bits_of(config, 32, 16);
    r->decimals = (uint8_t)bits_of(config, 48, 8);
    r->active = (uint8_t)bits_of(config, 56, 1);
    r->paused = (uint8_t)bits_of(config, 60, 1);
    r->fee_bps = (uint16_t)bits_of(config, 152, 16);
    r->category = (uint8_t)bits_of(config, 168, 8);
    return set_unit(r);
}

static void set_accrual(reserve_t *r, const lq_abi_aave_v3_reserve_data_legacy_t *d)
{
    r->accrual.liquidity_index = d->liquidity_index;
    r->accrual.variable_borrow_index = d->variable_borrow_index;
    r->accrual.current_liquidity_rate = d->current_liquidity_rate;
    r->accrual.current_variable_borrow_rate = d->current_variable_borrow_rate;
    r->accrual.accrued_to_treasury = d->accrued_to_treasury;
    r->accrual.last_update_sec = d->last_update_timestamp;
}

/* The grace period and the deficit, as the version gives them. */
static bool get_extras(uint64_t *grace_until, lq_u256_t *deficit, const lq_read_result_t *r,
                       size_t cnt)
{
    lq_u256_t v = lq_u256_from_u64(0);
    *deficit = v;
    if (cnt == 3 && !get_word(&v, &r[2], 8))
        return false;
    if (cnt == 4 && (!get_word(&v, &r[2], 0) || !get_word(deficit, &r[3], 0)))
        return false;
    return lq_u256_to_u64(grace_until, &v) == LQ_OK;
}

static bool good_data(const lq_instance_t *self, uint32_t row,
                      const lq_abi_aave_v3_reserve_data_legacy_t *d)
{
    return d->id < RESERVE_ID_MAX && id_is_free(self, row, d->id) &&
           !is_zero(&d->a_token_address) && !is_zero(&d->variable_debt_token_address) &&
           !lq_u256_lt(&d->liquidity_index, &LQ_RAY_ONE) &&
           !lq_u256_lt(&d->variable_borrow_index, &LQ_RAY_ONE);
}

static lq_applied_t reserve_answer(lq_instance_t *self, uint32_t row, const lq_read_result_t *r,
                                   size_t cnt)
{
    lq_abi_aave_v3_reserve_data_legacy_t d;
    lq_address_t source;
    uint64_t grace_until;
    lq_u256_t deficit;
    size_t added = 0;
    unsigned had_id = self->reserves[row].id;
    if (cnt != reserve_call_cnt(self) || !r[0].ok ||
        lq_abi_aave_v3_get_reserve_data_decode(&d, NULL, r[0].data, r[0].data_sz) ||
        !get_address(&source, &r[1], 0) || !get_extras(&grace_until, &deficit, r, cnt) ||
        !good_data(self, row, &d) ||
        set_tokens(self, row, &d.a_token_address, &d.variable_debt_token_address,
                   &d.stable_debt_token_address) ||
        add_watch(self, &added, &d.a_token_address) ||
        add_watch(self, &added, &d.variable_debt_token_address))
        return LQ_APPLIED_FAULT;
    if (fills_gap(self, row, d.id) || (had_id != NO_ID && had_id != d.id))
        quarantine_all(
            self); /* the flags of accounts mean other reserves than they were read for */
    reserve_t *res = edit_reserve(self, row);
    lq_err_t err = set_config(res, &d.configuration);
    set_accrual(res, &d);
    res->id = (uint8_t)d.id;
    res->grace_until_sec = grace_until;
    res->deficit = deficit;
    res->marked = 0;
    res->dropped = 0;
    set_reserve_source(self, row, &source);
    return err || !res->known ? LQ_APPLIED_FAULT : watch_result(added);
}

static bool legacy_category(lq_instance_t *self, unsigned id, const lq_read_result_t *r)
{
    lq_address_t source;
    uint16_t threshold;
    uint16_t bonus;
    lq_u256_t at;
    if (!get_word(&at, r, 0) || at.w[0] != 32 || (at.w[1] | at.w[2] | at.w[3]) != 0 ||
        !get_bps(&threshold, r, 2) || !get_bps(&bonus, r, 3) || !get_address(&source, r, 4))
        return false;
    category_t *c = edit_category(self, id);
    c->threshold_bps = threshold;
    c->bonus_bps = bonus;
    c->price_source = source;
    c->source_marked = !is_zero(&source);
    return true;
}

static bool bitmap_category(lq_instance_t *self, unsigned id, const lq_read_result_t *r)
{
    uint16_t threshold;
    uint16_t bonus;
    lq_u256_t bitmap;
    if (!get_bps(&threshold, &r[0], 1) || !get_bps(&bonus, &r[0], 2) ||
        !get_word(&bitmap, &r[1], 0) || !fits128(&bitmap))
        return false;
    category_t *c = edit_category(self, id);
    c->threshold_bps = threshold;
    c->bonus_bps = bonus;
    c->bitmap[0] = bitmap.w[0];
    c->bitmap[1] = bitmap.w[1];
    c->source_marked = 0;
    memset(&c->price_source, 0, sizeof(c->price_source));
    return true;
}

static lq_applied_t page_answer(lq_instance_t *self, uint32_t page, const lq_read_result_t *r,
                                size_t cnt)
{
    bool by_bitmap = rules_now(self)->e_mode_by_bitmap;
    bool all = true;
    if (cnt != (by_bitmap ? 2 * (size_t)PAGE_SZ : PAGE_SZ))
        return LQ_APPLIED_FAULT;
    for (unsigned i = 0; i < PAGE_SZ; i++) {
        unsigned id = page * PAGE_SZ + i;
        if (id == 0)
            continue;
        bool good = by_bitmap ? bitmap_category(self, id, &r[2 * (size_t)i])
                              : legacy_category(self, id, &r[i]);
        edit_category(self, id)->marked = !good;
        refresh_category(self, id);
        all &= good;
    }
    return all ? LQ_APPLIED : LQ_APPLIED_FAULT;
}

static lq_applied_t e_mode_price_answer(lq_instance_t *self, uint32_t id, const lq_read_result_t *r,
                                        size_t cnt)
{
    lq_address_t source;
    if (cnt != 1 || !get_address(&source, r, 0) || set_category_source(self, id, &source))
        return LQ_APPLIED_FAULT;
    return LQ_APPLIED;
}

/* What one token says of 3.4 and 3.5: +1 for 3.5, -1 for 3.4, 0 where both say the same. false: it
   says what neither says. */
static bool told_by(int *told, lq_aave_v3_token_t token, const lq_read_result_t *r)
{
    lq_u256_t total;
    lq_u256_t scaled;
    lq_u256_t index;
    lq_u256_t before;
    lq_u256_t since;
    if (!get_word(&total, &r[0], 0) || !get_word(&scaled, &r[1], 0) ||
        !get_word(&index, &r[2], 0) ||
        lq_aave_v3_balance(lq_aave_v3_rules(LQ_AAVE_V3_4), &before, token, &scaled, &index) ||
        lq_aave_v3_balance(lq_aave_v3_rules(LQ_AAVE_V3_5), &since, token, &scaled, &index))
        return false;
    bool is_before = lq_u256_eq(&total, &before);
    bool is_since = lq_u256_eq(&total, &since);
    *told = (int)is_since - (int)is_before;
    return is_before || is_since;
}

static lq_applied_t rounding_answer(lq_instance_t *self, uint32_t row, const lq_read_result_t *r,
                                    size_t cnt)
{
    int supply;
    int debt;
    edit_reserve(self, row)->tried = 1;
    if (cnt != 6 || !told_by(&supply, LQ_AAVE_V3_ATOKEN, r) ||
        !told_by(&debt, LQ_AAVE_V3_DEBT, r + 3) || supply * debt < 0)
        return LQ_APPLIED_FAULT;
    if (!self->s->version_sure && supply + debt != 0)
        take_version(self, supply + debt > 0 ? LQ_AAVE_V3_5 : LQ_AAVE_V3_4, true);
    return LQ_APPLIED;
}

static lq_applied_t sentinel_answer(lq_instance_t *self, const lq_read_result_t *r, size_t cnt)
{
    lq_u256_t allows = lq_u256_from_u64(0);
    bool good = cnt == 1 && get_word(&allows, r, 0) && allows.w[0] <= 1 &&
                (allows.w[1] | allows.w[2] | allows.w[3]) == 0;
    uint8_t now = good && allows.w[0] == 1;
    if (self->s->sentinel_allows != now)
        edit_state(self)->sentinel_allows = now; /* who does not answer allows nothing */
    return good ? LQ_APPLIED : LQ_APPLIED_FAULT;
}

lq_applied_t aave_answer(lq_instance_t *self, lq_subject_t subject, const lq_read_result_t *results,
                         size_t cnt, uint64_t block_sec)
{
    (void)block_sec; /* what time moves has its own time in the answers */
    bool row = subject.index < self->s->reserve_cnt;
    switch (subject.kind) {
    case LQ_SUBJECT_ACCOUNT:
        return account_answer(self, subject.index, results, cnt);
    case SUBJECT_PROVIDER:
        return provider_answer(self, results, cnt);
    case SUBJECT_POOL:
        return pool_answer(self, results, cnt);
    case SUBJECT_ORACLE:
        return oracle_answer(self, results, cnt);
    case SUBJECT_RESERVE:
        return row ? reserve_answer(self, subject.index, results, cnt) : LQ_APPLIED_FAULT;
    case SUBJECT_CATEGORIES:
        return subject.index < PAGE_CNT ? page_answer(self, subject.index, results, cnt)
                                        : LQ_APPLIED_FAULT;
    case SUBJECT_E_MODE_PRICE:
        return subject.index < CATEGORY_CNT ? e_mode_price_answer(self, subject.index, results, cnt)
                                            : LQ_APPLIED_FAULT;
    case SUBJECT_ROUNDING:
        return row ? rounding_answer(self, subject.index, results, cnt) : LQ_APPLIED_FAULT;
    case SUBJECT_SENTINEL:
        return sentinel_answer(self, results, cnt);
    default:
        return LQ_APPLIED_FAULT;
    }
}
