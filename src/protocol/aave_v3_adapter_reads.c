#include "aave_v3_adapter_internal.h"

/* What is read of the pool and its reserves. How many calls a subject takes depends on what is
   known when the answer comes: where that is not what it was when it was asked, the answer is
   refused, and it is asked again. */

lq_err_t call_word(lq_calls_t *calls, const lq_address_t *to, uint32_t selector,
                   const lq_u256_t *arg)
{
    uint8_t *in;
    lq_err_t err = lq_calls_add(calls, &in, to, 36);
    if (err)
        return err;
    for (unsigned i = 0; i < 4; i++)
        in[i] = (uint8_t)(selector >> (24 - 8 * i));
    lq_u256_to_be(in + 4, arg);
    return LQ_OK;
}

lq_err_t call_address(lq_calls_t *calls, const lq_address_t *to, uint32_t selector,
                      const lq_address_t *arg)
{
    uint8_t word[32] = {0};
    memcpy(word + 12, arg, sizeof(*arg));
    lq_u256_t v = lq_u256_from_be(word);
    return call_word(calls, to, selector, &v);
}

bool get_word(lq_u256_t *out, const lq_read_result_t *r, size_t i)
{
    if (!r->ok || r->data_sz / 32 <= i)
        return false;
    *out = lq_u256_from_be(r->data + 32 * i);
    return true;
}

bool get_address(lq_address_t *out, const lq_read_result_t *r, size_t i)
{
    lq_u256_t v;
    if (!get_word(&v, r, i) || v.w[3] != 0 || v.w[2] >> 32 != 0)
        return false;
    memcpy(out, r->data + 32 * i + 12, sizeof(*out));
    return true;
}

bool get_bps(uint16_t *out, const lq_read_result_t *r, size_t i)
{
    lq_u256_t v;
    uint64_t u;
    if (!get_word(&v, r, i) || lq_u256_to_u64(&u, &v) || u > UINT16_MAX)
        return false;
    *out = (uint16_t)u;
    return true;
}

/* What there is to read of each kind: whether INDEX is of it, and how many indices there are. */
static size_t index_cnt(const lq_instance_t *self, uint32_t kind)
{
    switch (kind) {
    case SUBJECT_RESERVE:
    case SUBJECT_ROUNDING:
        return self->s->reserve_cnt;
    case SUBJECT_CATEGORIES:
        return PAGE_CNT;
    case SUBJECT_E_MODE_PRICE:
        return CATEGORY_CNT;
    default:
        return 1;
    }
}

static bool page_marked(const lq_instance_t *self, uint32_t page)
{
    for (uint32_t i = page * PAGE_SZ; i < (page + 1) * PAGE_SZ; i++)
        if (self->categories[i].marked)
            return true;
    return false;
}

static bool wants_rounding(const lq_instance_t *self, uint32_t row)
{
    const reserve_t *r = &self->reserves[row];
    return !self->s->version_sure && r->known;
}

static bool wanted(const lq_instance_t *self, uint32_t kind, uint32_t index)
{
    const state_t *s = self->s;
    if (kind < SUBJECT_RESERVE)
        return s->stage == kind - SUBJECT_PROVIDER;
    if (s->stage != STAGE_READY)
        return false;
    switch (kind) {
    case SUBJECT_RESERVE:
        return self->reserves[index].marked;
    case SUBJECT_CATEGORIES:
        return page_marked(self, index);
    case SUBJECT_E_MODE_PRICE:
        return self->categories[index].source_marked;
    case SUBJECT_ROUNDING:
        return wants_rounding(self, index) && !self->reserves[index].tried;
    default:
        return false;
    }
}

static bool wanted_each_block(const lq_instance_t *self, uint32_t kind, uint32_t index)
{
    if (self->s->stage != STAGE_READY)
        return false;
    if (kind == SUBJECT_ROUNDING)
        return wants_rounding(self, index) && self->reserves[index].tried;
    return kind == SUBJECT_SENTINEL && rules_now(self)->sentinel && !is_zero(&self->s->sentinel);
}

static bool first_behind(const lq_instance_t *self, lq_subject_t *subject,
                         bool (*want)(const lq_instance_t *, uint32_t, uint32_t))
{
    uint32_t kind = subject->kind < SUBJECT_PROVIDER ? SUBJECT_PROVIDER : subject->kind;
    size_t from = subject->kind == kind ? (size_t)subject->index + 1 : 0;
    for (; kind <= SUBJECT_SENTINEL; kind++, from = 0) {
        size_t cnt = index_cnt(self, kind);
        for (size_t i = from; i < cnt; i++) {
            if (!want(self, kind, (uint32_t)i))
                continue;
            *subject = (lq_subject_t){kind, (uint32_t)i};
            return true;
        }
    }
    return false;
}

bool aave_next(const lq_instance_t *self, lq_subject_t *subject)
{
    return first_behind(self, subject, wanted);
}

bool aave_every_block(const lq_instance_t *self, lq_subject_t *subject)
{
    return first_behind(self, subject, wanted_each_block);
}

static lq_err_t pool_reads(const lq_instance_t *self, lq_calls_t *calls)
{
    const lq_address_t *pool = &self->config.contract;
    const lq_address_t *provider = &self->s->provider;
    const lq_u256_t zero = lq_u256_from_u64(0);
    uint8_t *in;
    lq_err_t err;
    if ((err = lq_calls_add_view(calls, provider, LQ_ABI_AAVE_V3_GET_PRICE_ORACLE_SELECTOR)) ||
        (err = lq_calls_add_view(calls, provider, LQ_ABI_AAVE_V3_GET_POOL_CONFIGURATOR_SELECTOR)) ||
        (err = lq_calls_add_view(calls, provider,
                                 LQ_ABI_AAVE_V3_GET_PRICE_ORACLE_SENTINEL_SELECTOR)) ||
        (err = lq_calls_add_view(calls, pool, LQ_ABI_AAVE_V3_GET_RESERVES_LIST_SELECTOR)) ||
        (err = lq_calls_add_view(calls, pool, LQ_ABI_AAVE_V3_GET_RESERVES_COUNT_SELECTOR)) ||
        (err = call_word(calls, pool, LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_BITMAP_SELECTOR,
                         &zero)) ||
        (err = call_word(calls, pool, LQ_ABI_AAVE_V3_GET_RESERVE_DEFICIT_SELECTOR, &zero)) ||
        (err = lq_calls_add(calls, &in, pool, LQ_ABI_AAVE_V3_IS_APPROVED_POSITION_MANAGER_SZ)))
        return err;
    size_t sz;
    static const lq_address_t nobody;
    err = lq_abi_aave_v3_is_approved_position_manager_encode(
        in, LQ_ABI_AAVE_V3_IS_APPROVED_POSITION_MANAGER_SZ, &sz, NULL, &nobody, &nobody);
    if (err || (err = call_word(calls, pool,
                                LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_LTVZERO_BITMAP_SELECTOR, &zero)))
        return err;
    return call_word(calls, pool, LQ_ABI_AAVE_V3_GET_IS_E_MODE_CATEGORY_ISOLATED_SELECTOR, &zero);
}

size_t reserve_call_cnt(const lq_instance_t *self)
{
    unsigned v = self->s->version;
    return v >= LQ_AAVE_V3_3 ? 4 : v >= LQ_AAVE_V3_1 ? 3 : 2;
}

static lq_err_t reserve_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t row)
{
    const lq_address_t *pool = &self->config.contract;
    const lq_address_t *asset = &self->reserves[row].underlying;
    size_t cnt = reserve_call_cnt(self);
    lq_err_t err;
    if ((err = call_address(calls, pool, LQ_ABI_AAVE_V3_GET_RESERVE_DATA_SELECTOR, asset)) ||
        (err = call_address(calls, &self->s->oracle, LQ_ABI_AAVE_V3_GET_SOURCE_OF_ASSET_SELECTOR,
                            asset)))
        return err;
    if (cnt == 3)
        return call_address(calls, pool, LQ_ABI_AAVE_V3_GET_RESERVE_DATA_EXTENDED_SELECTOR, asset);
    if (cnt == 4 &&
        ((err = call_address(calls, pool, LQ_ABI_AAVE_V3_GET_LIQUIDATION_GRACE_PERIOD_SELECTOR,
                             asset)) ||
         (err = call_address(calls, pool, LQ_ABI_AAVE_V3_GET_RESERVE_DEFICIT_SELECTOR, asset))))
        return err;
    return LQ_OK;
}

static lq_err_t page_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t page)
{
    const lq_address_t *pool = &self->config.contract;
    bool by_bitmap = rules_now(self)->e_mode_by_bitmap;
    for (uint32_t i = page * PAGE_SZ; i < (page + 1) * PAGE_SZ; i++) {
        lq_u256_t id = lq_u256_from_u64(i);
        lq_err_t err =
            call_word(calls, pool,
                      by_bitmap ? LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_CONFIG_SELECTOR
                                : LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_DATA_SELECTOR,
                      &id);
        if (!err && by_bitmap)
            err = call_word(calls, pool,
                            LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_BITMAP_SELECTOR, &id);
        if (err)
            return err;
    }
    return LQ_OK;
}

static lq_err_t rounding_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t row)
{
    const reserve_t *r = &self->reserves[row];
    const lq_address_t *pool = &self->config.contract;
    lq_err_t err;
    if ((err = lq_calls_add_view(calls, &r->a_token, LQ_ABI_AAVE_V3_TOTAL_SUPPLY_SELECTOR)) ||
        (err =
             lq_calls_add_view(calls, &r->a_token, LQ_ABI_AAVE_V3_SCALED_TOTAL_SUPPLY_SELECTOR)) ||
        (err = call_address(calls, pool, LQ_ABI_AAVE_V3_GET_RESERVE_NORMALIZED_INCOME_SELECTOR,
                            &r->underlying)) ||
        (err = lq_calls_add_view(calls, &r->debt_token, LQ_ABI_AAVE_V3_TOTAL_SUPPLY_SELECTOR)) ||
        (err =
             lq_calls_add_view(calls, &r->debt_token, LQ_ABI_AAVE_V3_SCALED_TOTAL_SUPPLY_SELECTOR)))
        return err;
    return call_address(calls, pool, LQ_ABI_AAVE_V3_GET_RESERVE_NORMALIZED_VARIABLE_DEBT_SELECTOR,
                        &r->underlying);
}

static lq_err_t subject_reads(const lq_instance_t *self, lq_calls_t *calls, lq_subject_t subject)
{
    const state_t *s = self->s;
    lq_err_t err;
    switch (subject.kind) {
    case LQ_SUBJECT_ACCOUNT:
        return account_reads(self, calls, subject.index);
    case SUBJECT_PROVIDER:
        return lq_calls_add_view(calls, &self->config.contract,
                                 LQ_ABI_AAVE_V3_ADDRESSES_PROVIDER_SELECTOR);
    case SUBJECT_POOL:
        return pool_reads(self, calls);
    case SUBJECT_ORACLE:
        err = lq_calls_add_view(calls, &s->oracle, LQ_ABI_AAVE_V3_BASE_CURRENCY_SELECTOR);
        return err ? err
                   : lq_calls_add_view(calls, &s->oracle,
                                       LQ_ABI_AAVE_V3_BASE_CURRENCY_UNIT_SELECTOR);
    case SUBJECT_RESERVE:
        return reserve_reads(self, calls, subject.index);
    case SUBJECT_CATEGORIES:
        return page_reads(self, calls, subject.index);
    case SUBJECT_E_MODE_PRICE:
        return call_address(calls, &s->oracle, LQ_ABI_AAVE_V3_GET_SOURCE_OF_ASSET_SELECTOR,
                            &self->categories[subject.index].price_source);
    case SUBJECT_ROUNDING:
        return rounding_reads(self, calls, subject.index);
    case SUBJECT_SENTINEL:
        return lq_calls_add_view(calls, &s->sentinel,
                                 LQ_ABI_AAVE_V3_IS_LIQUIDATION_ALLOWED_SELECTOR);
    default:
        return LQ_OK;
    }
}

static bool is_subject(const lq_instance_t *self, lq_subject_t subject)
{
    if (subject.kind == LQ_SUBJECT_ACCOUNT)
        return subject.index < lq_ledger_cnt(self->ledger);
    return subject.kind >= SUBJECT_PROVIDER && subject.kind <= SUBJECT_SENTINEL &&
           subject.index < index_cnt(self, subject.kind);
}

lq_err_t aave_reads(const lq_instance_t *self, lq_calls_t *calls, lq_subject_t subject)
{
    if (!is_subject(self, subject))
        return LQ_OK;
    const lq_calls_t was = *calls;
    lq_err_t err = subject_reads(self, calls, subject);
    if (err)
        *calls = was;
    return err;
}
