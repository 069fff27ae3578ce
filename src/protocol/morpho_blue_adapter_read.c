#include "liqd/codec/abi_erc20.h"
#include "morpho_blue_adapter_internal.h"

/* What a market's read holds: the two views of Morpho always; once its parameters are known, its
   tokens' decimals, and what tells of its rate model where it has one. */
#define READ_CNT_FIRST 2u
#define READ_CNT_ZERO  4u
#define READ_CNT_MODEL 9u
#define PROBE_CNT      3u

/* What the model is asked to tell its kind: utilizations below, just above and far above the
   target, last updated at time 1. Not the market's own totals: those may have moved between the
   question and the block that answers it. The second makes the exponent of half a century's
   adaptation a small one, while the others end at the bounds. */
static const struct probe {
    uint64_t supply;
    uint64_t borrow;
} probes[PROBE_CNT] = {
    {LQ_MORPHO_WAD, LQ_MORPHO_WAD / 20 * 9},
    {LQ_MORPHO_WAD, LQ_MORPHO_WAD / 10 * 9 + LQ_MORPHO_WAD / 1000000},
    {LQ_MORPHO_WAD, LQ_MORPHO_WAD},
};
#define PROBE_UPDATE_SEC 1u

static bool next_of(const lq_instance_t *self, lq_subject_t *subject, uint32_t kind,
                    bool (*wanted)(const lq_morpho_row_t *), uint32_t wanted_cnt)
{
    uint32_t from = subject->kind == 0 ? 0 : subject->index + 1;
    if (wanted_cnt == 0 || (subject->kind != 0 && subject->index == UINT32_MAX))
        return false;
    for (uint32_t i = from; i < self->head->market_cnt; i++)
        if (wanted(&self->rows[i])) {
            *subject = (lq_subject_t){kind, i};
            return true;
        }
    return false;
}

bool lq_morpho_next(const lq_instance_t *self, lq_subject_t *subject)
{
    lq_subject_t rate = subject->kind == LQ_MORPHO_SUBJECT_RATE ? *subject : (lq_subject_t){0, 0};
    if (rate.kind == 0 && next_of(self, subject, LQ_MORPHO_SUBJECT_MARKET, lq_morpho_row_is_marked,
                                  self->head->marked_cnt))
        return true;
    if (!next_of(self, &rate, LQ_MORPHO_SUBJECT_RATE, lq_morpho_row_wants_rate,
                 self->head->moving_cnt))
        return false;
    *subject = rate;
    return true;
}

bool lq_morpho_every_block(const lq_instance_t *self, lq_subject_t *subject)
{
    return next_of(self, subject, LQ_MORPHO_SUBJECT_RATE, lq_morpho_row_is_moving,
                   self->head->moving_cnt);
}

/* ---- calls ---- */

/* Encodes a call of fixed size in the room of SZ bytes at INPUT. */
#define ENCODE(name, input, sz, ...) \
    (lq_abi_morpho_blue_##name##_encode(input, sz, &(size_t){0}, NULL, __VA_ARGS__))

lq_err_t lq_morpho_call_market(const lq_instance_t *self, lq_calls_t *calls, uint32_t i)
{
    uint8_t *in;
    lq_err_t err = lq_calls_add(calls, &in, &self->contract, LQ_ABI_MORPHO_BLUE_MARKET_SZ);
    return err ? err : ENCODE(market, in, LQ_ABI_MORPHO_BLUE_MARKET_SZ, &self->abouts[i].id);
}

lq_err_t lq_morpho_call_position(const lq_instance_t *self, lq_calls_t *calls, uint32_t i,
                                 const lq_address_t *owner)
{
    uint8_t *in;
    lq_err_t err = lq_calls_add(calls, &in, &self->contract, LQ_ABI_MORPHO_BLUE_POSITION_SZ);
    return err ? err
               : ENCODE(position, in, LQ_ABI_MORPHO_BLUE_POSITION_SZ, &self->abouts[i].id, owner);
}

lq_err_t lq_morpho_call_rate(const lq_instance_t *self, lq_calls_t *calls, uint32_t i,
                             const lq_morpho_market_t *market)
{
    const lq_morpho_about_t *about = &self->abouts[i];
    const lq_abi_morpho_blue_market_params_t params = {
        .loan_token = about->loan_token,
        .collateral_token = about->collateral_token,
        .oracle = about->oracle,
        .irm = about->irm,
        .lltv = lq_u256_from_u64(about->lltv_wad),
    };
    const lq_abi_morpho_blue_market_t m = {
        .total_supply_assets = lq_u256_from_halves(0, market->total_supply_assets),
        .total_supply_shares = lq_u256_from_halves(0, market->total_supply_shares),
        .total_borrow_assets = lq_u256_from_halves(0, market->total_borrow_assets),
        .total_borrow_shares = lq_u256_from_halves(0, market->total_borrow_shares),
        .last_update = lq_u256_from_u64(market->last_update_sec),
        .fee = lq_u256_from_u64(market->fee_wad),
    };
    uint8_t *in;
    lq_err_t err = lq_calls_add(calls, &in, &about->irm, LQ_ABI_MORPHO_BLUE_BORROW_RATE_VIEW_SZ);
    return err ? err
               : ENCODE(borrow_rate_view, in, LQ_ABI_MORPHO_BLUE_BORROW_RATE_VIEW_SZ, &params, &m);
}

static lq_err_t call_params(const lq_instance_t *self, lq_calls_t *calls, uint32_t i)
{
    const size_t sz = LQ_ABI_MORPHO_BLUE_ID_TO_MARKET_PARAMS_SZ;
    uint8_t *in;
    lq_err_t err = lq_calls_add(calls, &in, &self->contract, sz);
    return err ? err : ENCODE(id_to_market_params, in, sz, &self->abouts[i].id);
}

static lq_err_t call_model(const lq_instance_t *self, lq_calls_t *calls, uint32_t i)
{
    const lq_morpho_about_t *about = &self->abouts[i];
    const size_t target_sz = LQ_ABI_MORPHO_BLUE_RATE_AT_TARGET_SZ;
    const size_t stored_sz = LQ_ABI_MORPHO_BLUE_BORROW_RATE_STORED_SZ;
    uint8_t *in;
    lq_err_t err = lq_calls_add(calls, &in, &about->irm, target_sz);
    if (!err)
        err = ENCODE(rate_at_target, in, target_sz, &about->id);
    if (!err)
        err = lq_calls_add(calls, &in, &about->irm, stored_sz);
    if (!err)
        err = ENCODE(borrow_rate_stored, in, stored_sz, &about->id);
    for (size_t k = 0; !err && k < PROBE_CNT; k++) {
        const lq_morpho_market_t m = {.total_supply_assets = probes[k].supply,
                                      .total_supply_shares = probes[k].supply,
                                      .total_borrow_assets = probes[k].borrow,
                                      .total_borrow_shares = probes[k].borrow,
                                      .last_update_sec = PROBE_UPDATE_SEC};
        err = lq_morpho_call_rate(self, calls, i, &m);
    }
    return err;
}

static lq_err_t read_market(const lq_instance_t *self, lq_calls_t *calls, uint32_t i)
{
    const lq_morpho_about_t *about = &self->abouts[i];
    lq_err_t err = lq_morpho_call_market(self, calls, i);
    if (!err)
        err = call_params(self, calls, i);
    if (err || !about->has_params)
        return err;
    err = lq_calls_add_view(calls, &about->loan_token, LQ_ABI_ERC20_DECIMALS_SELECTOR);
    if (!err)
        err = lq_calls_add_view(calls, &about->collateral_token, LQ_ABI_ERC20_DECIMALS_SELECTOR);
    if (!err && !lq_morpho_is_none(&about->irm))
        err = call_model(self, calls, i);
    return err;
}

static lq_err_t read_rate(const lq_instance_t *self, lq_calls_t *calls, uint32_t i)
{
    lq_morpho_market_t m = lq_morpho_row_market(&self->abouts[i], &self->rows[i]);
    lq_err_t err = lq_morpho_call_market(self, calls, i);
    return err ? err : lq_morpho_call_rate(self, calls, i, &m);
}

/* A subject can be void by now: that of a block that was undone. */
static bool is_void(const lq_instance_t *self, lq_subject_t subject)
{
    if (subject.kind == LQ_SUBJECT_ACCOUNT)
        return subject.index >= lq_ledger_cnt(self->ledger);
    return (subject.kind != LQ_MORPHO_SUBJECT_MARKET && subject.kind != LQ_MORPHO_SUBJECT_RATE) ||
           subject.index >= self->head->market_cnt;
}

lq_err_t lq_morpho_reads(const lq_instance_t *self, lq_calls_t *calls, lq_subject_t subject)
{
    const lq_calls_t was = *calls;
    lq_err_t err;
    if (is_void(self, subject))
        return LQ_ERR_NOT_FOUND;
    if (subject.kind == LQ_SUBJECT_ACCOUNT) {
        lq_account_t account = lq_ledger_account(self->ledger, subject.index);
        uint32_t i = lq_morpho_account_row(self, subject.index);
        err = lq_morpho_call_position(self, calls, i, &account.owner);
    } else {
        err = subject.kind == LQ_MORPHO_SUBJECT_MARKET ? read_market(self, calls, subject.index)
                                                       : read_rate(self, calls, subject.index);
    }
    if (err)
        *calls = was;
    return err;
}

/* ---- answers ---- */

#define DECODE(name, out, result) \
    (!(result)->ok ||             \
     lq_abi_morpho_blue_##name##_decode(out, NULL, (result)->data, (result)->data_sz))

/* The kind of model that said RESULTS (of call_model), and its rate. Whatever does not answer, or
   not by a formula of ours, is UNKNOWN. */
static lq_morpho_irm_t probe(const lq_read_result_t *results, uint64_t block_sec)
{
    lq_morpho_irm_t adaptive = {LQ_MORPHO_IRM_ADAPTIVE, 0};
    lq_morpho_irm_t fixed = {LQ_MORPHO_IRM_FIXED, 0};
    uint64_t elapsed_sec = block_sec > PROBE_UPDATE_SEC ? block_sec - PROBE_UPDATE_SEC : 0;
    lq_u256_t word;
    bool is_adaptive = !DECODE(rate_at_target, &word, &results[0]) &&
                       lq_u256_to_u64(&adaptive.rate_wad, &word) == LQ_OK;
    bool is_fixed = !DECODE(borrow_rate_stored, &word, &results[1]) &&
                    lq_u256_to_u64(&fixed.rate_wad, &word) == LQ_OK && fixed.rate_wad != 0 &&
                    fixed.rate_wad <= LQ_MORPHO_IRM_MAX_FIXED_RATE_WAD;
    for (size_t k = 0; k < PROBE_CNT; k++) {
        lq_morpho_irm_rate_t rate;
        if (DECODE(borrow_rate_view, &word, &results[2 + k]))
            return (lq_morpho_irm_t){LQ_MORPHO_IRM_UNKNOWN, 0};
        lq_u256_t want = lq_u256_from_u64(fixed.rate_wad);
        is_fixed = is_fixed && lq_u256_eq(&word, &want);
        is_adaptive =
            is_adaptive && lq_morpho_irm_borrow_rate(&rate, &adaptive, probes[k].supply,
                                                     probes[k].borrow, elapsed_sec) == LQ_OK;
        if (is_adaptive)
            want = lq_u256_from_u64(rate.borrow_rate_wad);
        is_adaptive = is_adaptive && lq_u256_eq(&word, &want);
    }
    if (is_adaptive)
        return adaptive;
    return is_fixed ? fixed : (lq_morpho_irm_t){LQ_MORPHO_IRM_UNKNOWN, 0};
}

static uint8_t decimals(const lq_read_result_t *result)
{
    uint64_t v;
    if (!result->ok || lq_abi_erc20_decimals_decode(&v, NULL, result->data, result->data_sz) ||
        v >= LQ_DECIMALS_UNKNOWN)
        return LQ_DECIMALS_UNKNOWN;
    return (uint8_t)v;
}

/* Who names no market: the id is not created. Of one whose parameters are known that cannot be. */
static lq_applied_t answer_absent(lq_instance_t *self, uint32_t i)
{
    lq_morpho_row_t row = {.state = LQ_MORPHO_MARKET_ABSENT};
    if (self->abouts[i].has_params) {
        lq_morpho_row_mark(self, i);
        return LQ_APPLIED_FAULT;
    }
    lq_morpho_row_store(self, i, &row);
    return LQ_APPLIED;
}

/* The part behind the first two results. */
static void answer_rest(lq_instance_t *self, uint32_t i, lq_morpho_row_t *row,
                        const lq_read_result_t *results, size_t cnt, uint64_t block_sec)
{
    lq_morpho_about_t about = self->abouts[i];
    row->irm_known = lq_morpho_is_none(&about.irm);
    row->irm_kind = LQ_MORPHO_IRM_ZERO;
    if (cnt == READ_CNT_FIRST)
        return;
    about.loan_decimals = decimals(&results[2]);
    about.collateral_decimals = decimals(&results[3]);
    if (memcmp(&about, &self->abouts[i], sizeof(about)) != 0)
        lq_undo_write(self->undo, &self->abouts[i], &about, sizeof(about));
    if (cnt == READ_CNT_MODEL) {
        lq_morpho_irm_t irm = probe(results + READ_CNT_ZERO, block_sec);
        row->irm_known = 1;
        row->irm_kind = (uint8_t)irm.kind;
        row->irm_rate_wad = irm.rate_wad;
    }
}

static lq_applied_t answer_market(lq_instance_t *self, uint32_t i, const lq_read_result_t *results,
                                  size_t cnt, uint64_t block_sec)
{
    lq_abi_morpho_blue_market_ret_t read;
    lq_abi_morpho_blue_id_to_market_params_ret_t told;
    lq_morpho_row_t row = {.price_known = self->rows[i].price_known, .price = self->rows[i].price};
    lq_morpho_market_t m;
    bool watch = false;
    if (cnt < READ_CNT_FIRST || DECODE(market, &read, &results[0]) ||
        DECODE(id_to_market_params, &told, &results[1]))
        return LQ_APPLIED_FAULT;
    if (lq_u256_is_zero(&read.last_update))
        return answer_absent(self, i);
    const lq_abi_morpho_blue_market_params_t params = {told.loan_token, told.collateral_token,
                                                       told.oracle, told.irm, told.lltv};
    if (lq_morpho_market_load(&m, &read, &params) || m.last_update_sec > block_sec ||
        (cnt != READ_CNT_FIRST && cnt != (m.has_irm ? READ_CNT_MODEL : READ_CNT_ZERO)) ||
        lq_morpho_row_params(self, &watch, i, &params))
        return LQ_APPLIED_FAULT;
    lq_morpho_row_load(&row, &m);
    answer_rest(self, i, &row, results, cnt, block_sec);
    lq_morpho_row_store(self, i, &row);
    return watch ? LQ_APPLIED_WATCH : LQ_APPLIED;
}

static bool same_totals(const lq_morpho_market_t *a, const lq_morpho_market_t *b)
{
    return a->total_supply_assets == b->total_supply_assets &&
           a->total_supply_shares == b->total_supply_shares &&
           a->total_borrow_assets == b->total_borrow_assets &&
           a->total_borrow_shares == b->total_borrow_shares &&
           a->last_update_sec == b->last_update_sec && a->fee_wad == b->fee_wad;
}

/* The rate, and whether the totals that it was asked for are the chain's. */
static lq_applied_t answer_rate(lq_instance_t *self, uint32_t i, const lq_read_result_t *results,
                                size_t cnt)
{
    lq_abi_morpho_blue_market_ret_t read;
    lq_morpho_row_t row = self->rows[i];
    lq_morpho_market_t own = lq_morpho_row_market(&self->abouts[i], &row);
    lq_morpho_market_t m;
    if (!lq_morpho_row_is_moving(&row))
        return LQ_APPLIED_NOT;
    if (cnt != 2 || DECODE(market, &read, &results[0]))
        return LQ_APPLIED_FAULT;
    const lq_abi_morpho_blue_market_params_t params = {
        .irm = self->abouts[i].irm, .lltv = lq_u256_from_u64(self->abouts[i].lltv_wad)};
    if (lq_morpho_market_load(&m, &read, &params) || !same_totals(&m, &own)) {
        lq_morpho_row_mark(self, i);
        return LQ_APPLIED_FAULT;
    }
    row.rate_wad = lq_u256_from_u64(0);
    row.rate_read = 1;
    row.rate_known = !DECODE(borrow_rate_view, &row.rate_wad, &results[1]);
    lq_morpho_row_store(self, i, &row);
    return LQ_APPLIED;
}

static lq_applied_t answer_account(lq_instance_t *self, uint32_t account,
                                   const lq_read_result_t *results, size_t cnt)
{
    uint32_t i = lq_morpho_account_row(self, account);
    const lq_morpho_about_t *about = &self->abouts[i];
    const lq_morpho_row_t *row = &self->rows[i];
    lq_abi_morpho_blue_position_ret_t read;
    lq_morpho_position_t p;
    if (cnt != 1 || DECODE(position, &read, &results[0]) || lq_morpho_position_load(&p, &read))
        return LQ_APPLIED_FAULT;
    if (row->state == LQ_MORPHO_MARKET_KNOWN && p.borrow_shares > row->total_borrow_shares) {
        lq_morpho_row_mark(self, i);
        return LQ_APPLIED_FAULT;
    }
    if (lq_ledger_set_amount(self->ledger, account, about->collateral_factor, p.collateral) ||
        lq_ledger_set_amount(self->ledger, account, about->debt_factor, p.borrow_shares)) {
        lq_ledger_set_state(self->ledger, account, LQ_ACCOUNT_QUARANTINED);
        return LQ_APPLIED_FAULT;
    }
    lq_ledger_set_state(self->ledger, account, LQ_ACCOUNT_KNOWN);
    return LQ_APPLIED;
}

lq_applied_t lq_morpho_answer(lq_instance_t *self, lq_subject_t subject,
                              const lq_read_result_t *results, size_t cnt, uint64_t block_sec)
{
    if (is_void(self, subject))
        return LQ_APPLIED_NOT;
    if (subject.kind == LQ_SUBJECT_ACCOUNT)
        return answer_account(self, subject.index, results, cnt);
    if (subject.kind == LQ_MORPHO_SUBJECT_MARKET)
        return answer_market(self, subject.index, results, cnt, block_sec);
    return answer_rate(self, subject.index, results, cnt);
}
