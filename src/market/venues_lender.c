/* Lenders of flash loans: read in turn, what is not known yet of one in its next. */

#include "liqd/codec/abi_aave_v3.h"
#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_uniswap_v3.h"

#include "venues_internal.h"

/* Bits of a reserve's configuration.
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/configuration/
        ReserveConfiguration.sol#ACTIVE_MASK, #PAUSED_MASK, #FLASHLOAN_ENABLED_MASK
        and ValidationLogic.sol#validateFlashloanSimple, which asks for them */
#define RESERVE_ACTIVE     (1ull << 56)
#define RESERVE_PAUSED     (1ull << 60)
#define RESERVE_FLASH_LOAN (1ull << 63)

#define PIPS_OF_BPS 100u

enum {
    VIEW_CNT_AAVE = 1,
    VIEW_CNT_V3 = 4,
    HELD_CNT_AAVE = 2, /* of a reserve whose aToken is known */
};

static lq_venues_fund_t *fund_of(const lq_venues_t *venues, uint32_t lender, uint32_t token)
{
    return &venues->funds[(size_t)lender * LQ_VENUES_TOKEN_MAX + token];
}

/* ---- asking ---- */

static lq_err_t balance_read(lq_calls_t *calls, const lq_address_t *token,
                             const lq_address_t *holder)
{
    uint8_t *in;
    size_t sz = LQ_ABI_ERC20_BALANCE_OF_SZ;
    lq_err_t err = lq_calls_add(calls, &in, token, sz);
    return err ? err : lq_abi_erc20_balance_of_encode(in, sz, &sz, NULL, holder);
}

static lq_err_t reserve_read(lq_calls_t *calls, const lq_address_t *pool, const lq_address_t *token)
{
    uint8_t *in;
    size_t sz = LQ_ABI_AAVE_V3_GET_RESERVE_DATA_SZ;
    lq_err_t err = lq_calls_add(calls, &in, pool, sz);
    return err ? err : lq_abi_aave_v3_get_reserve_data_encode(in, sz, &sz, NULL, token);
}

static lq_err_t virtual_read(lq_calls_t *calls, const lq_address_t *pool, const lq_address_t *token)
{
    uint8_t *in;
    size_t sz = LQ_ABI_AAVE_V3_GET_VIRTUAL_UNDERLYING_BALANCE_SZ;
    lq_err_t err = lq_calls_add(calls, &in, pool, sz);
    return err ? err
               : lq_abi_aave_v3_get_virtual_underlying_balance_encode(in, sz, &sz, NULL, token);
}

/* How many calls there are about TOKEN. */
static size_t aave_call_cnt(const lq_venues_t *venues, uint32_t lender, uint32_t token)
{
    return 1 + (lq_venues_is_zero(&fund_of(venues, lender, token)->holder) ? 0 : HELD_CNT_AAVE);
}

/* The reserve of each token, and what the aTokens hold that it named before: their balance, and
   what of it the pool itself counts, which is no donations. */
static lq_err_t aave_reads(const lq_venues_t *venues, lq_calls_t *calls, uint32_t lender)
{
    const lq_address_t *pool = &venues->lenders[lender].contract;
    lq_err_t err = lq_calls_add_view(calls, pool, LQ_ABI_AAVE_V3_FLASHLOAN_PREMIUM_TOTAL_SELECTOR);
    for (uint32_t i = 0; !err && i < venues->head->token_cnt; i++) {
        const lq_address_t *holder = &fund_of(venues, lender, i)->holder;
        err = reserve_read(calls, pool, &venues->tokens[i]);
        if (!err && !lq_venues_is_zero(holder))
            err = balance_read(calls, &venues->tokens[i], holder);
        if (!err && !lq_venues_is_zero(holder))
            err = virtual_read(calls, pool, &venues->tokens[i]);
    }
    return err;
}

static lq_err_t morpho_reads(const lq_venues_t *venues, lq_calls_t *calls, uint32_t lender)
{
    lq_err_t err = LQ_OK;
    for (uint32_t i = 0; !err && i < venues->head->token_cnt; i++)
        err = balance_read(calls, &venues->tokens[i], &venues->lenders[lender].contract);
    return err;
}

static lq_err_t v3_reads(const lq_venues_t *venues, lq_calls_t *calls, uint32_t lender)
{
    static const uint32_t views[VIEW_CNT_V3] = {
        LQ_ABI_UNISWAP_V3_FEE_SELECTOR, LQ_ABI_UNISWAP_V3_LIQUIDITY_SELECTOR,
        LQ_ABI_UNISWAP_V3_TOKEN0_SELECTOR, LQ_ABI_UNISWAP_V3_TOKEN1_SELECTOR};
    const lq_venues_lender_t *l = &venues->lenders[lender];
    lq_err_t err = LQ_OK;
    for (size_t i = 0; !err && i < VIEW_CNT_V3; i++)
        err = lq_calls_add_view(calls, &l->contract, views[i]);
    for (size_t i = 0; !err && i < 2; i++)
        if (!lq_venues_is_zero(&l->tokens[i]))
            err = balance_read(calls, &l->tokens[i], &l->contract);
    return err;
}

lq_err_t lq_venues_lender_reads(const lq_venues_t *venues, lq_calls_t *calls, uint32_t lender)
{
    switch (venues->lenders[lender].kind) {
    case LQ_LENDER_AAVE_V3:
        return aave_reads(venues, calls, lender);
    case LQ_LENDER_MORPHO_BLUE:
        return morpho_reads(venues, calls, lender);
    case LQ_LENDER_UNISWAP_V3:
        return v3_reads(venues, calls, lender);
    case LQ_LENDER_KIND_CNT:
        break;
    }
    LQ_BUG("lender of kind %d", (int)venues->lenders[lender].kind);
}

/* ---- answers ---- */

static void set_fee(lq_venues_t *venues, uint32_t lender, uint32_t fee_pips)
{
    lq_venues_lender_t *l = &venues->lenders[lender];
    if (l->known && l->fee_pips == fee_pips)
        return;
    lq_undo_keep(venues->undo, l, sizeof(*l));
    l->fee_pips = fee_pips;
    l->known = 1;
}

static void set_told(lq_venues_t *venues, uint32_t lender, uint32_t token_cnt)
{
    lq_venues_lender_t *l = &venues->lenders[lender];
    if (l->told_cnt != token_cnt)
        lq_undo_write(venues->undo, &l->told_cnt, &token_cnt, sizeof(token_cnt));
}

/* What does not say what it takes lends nothing, whatever it has. */
static bool unknown(lq_venues_t *venues, uint32_t lender)
{
    lq_venues_lender_t *l = &venues->lenders[lender];
    lq_undo_keep(venues->undo, l, sizeof(*l));
    l->known = 0;
    l->told_cnt = venues->head->token_cnt;
    return false;
}

static void set_available(lq_venues_t *venues, uint32_t lender, uint32_t token,
                          const lq_u256_t *available)
{
    lq_venues_fund_t *f = fund_of(venues, lender, token);
    if (!lq_u256_eq(&f->available, available))
        lq_undo_write(venues->undo, &f->available, available, sizeof(*available));
}

/* What does not say is 0. */
static lq_u256_t balance_of(const lq_read_result_t *r)
{
    lq_u256_t balance;
    return r->ok && !lq_abi_erc20_balance_of_decode(&balance, NULL, r->data, r->data_sz)
               ? balance
               : lq_u256_from_u64(0);
}

/* The aToken, zero where the token is not lent. */
static lq_address_t holder_of(const lq_read_result_t *r)
{
    lq_abi_aave_v3_reserve_data_legacy_t d;
    lq_address_t none = {{0}};
    if (!r->ok || lq_abi_aave_v3_get_reserve_data_decode(&d, NULL, r->data, r->data_sz))
        return none;
    uint64_t flags = d.configuration.w[0] & (RESERVE_ACTIVE | RESERVE_PAUSED | RESERVE_FLASH_LOAN);
    return flags == (RESERVE_ACTIVE | RESERVE_FLASH_LOAN) ? d.a_token_address : none;
}

/* R: a balance, and what the pool counts of it. A flash loan of more than the latter reverts where
   the pool counts, from 3.1 on; before, it does not answer.
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/logic/FlashLoanLogic.sol
        #executeFlashLoanSimple, which takes the amount off virtualUnderlyingBalance */
static lq_u256_t held_of(const lq_read_result_t r[HELD_CNT_AAVE])
{
    lq_u256_t balance = balance_of(&r[0]);
    lq_u256_t counted;
    bool counts = r[1].ok && !lq_abi_aave_v3_get_virtual_underlying_balance_decode(
                                 &counted, NULL, r[1].data, r[1].data_sz);
    return counts && lq_u256_lt(&counted, &balance) ? counted : balance;
}

/* R: the reserve and, where its aToken was known, what that holds. False: that is to be asked. */
static bool take_fund(lq_venues_t *venues, uint32_t lender, uint32_t token,
                      const lq_read_result_t *r)
{
    lq_venues_fund_t *f = fund_of(venues, lender, token);
    lq_address_t holder = holder_of(&r[0]);
    lq_u256_t available = lq_u256_from_u64(0);
    bool same = lq_venues_same(&f->holder, &holder);
    if (!same)
        lq_undo_write(venues->undo, &f->holder, &holder, sizeof(holder));
    else if (!lq_venues_is_zero(&holder))
        available = held_of(&r[1]);
    set_available(venues, lender, token, &available);
    return same || lq_venues_is_zero(&holder);
}

static bool aave_answer(lq_venues_t *venues, uint32_t lender, const lq_read_result_t *r, size_t cnt)
{
    uint32_t token_cnt = venues->head->token_cnt;
    size_t expected = VIEW_CNT_AAVE;
    bool all = true;
    lq_u256_t premium_bps;
    for (uint32_t i = 0; i < token_cnt; i++)
        expected += aave_call_cnt(venues, lender, i);
    if (cnt != expected)
        return false;
    if (!r->ok ||
        lq_abi_aave_v3_flashloan_premium_total_decode(&premium_bps, NULL, r->data, r->data_sz) ||
        premium_bps.w[1] || premium_bps.w[0] > LQ_PIPS_ONE / PIPS_OF_BPS)
        return unknown(venues, lender);
    set_fee(venues, lender, (uint32_t)premium_bps.w[0] * PIPS_OF_BPS);
    r += VIEW_CNT_AAVE;
    for (uint32_t i = 0; i < token_cnt; i++) {
        size_t asked = aave_call_cnt(venues, lender, i);
        if (!take_fund(venues, lender, i, r))
            all = false;
        r += asked;
    }
    set_told(venues, lender, all ? token_cnt : 0);
    return true;
}

static bool morpho_answer(lq_venues_t *venues, uint32_t lender, const lq_read_result_t *r,
                          size_t cnt)
{
    if (cnt != venues->head->token_cnt)
        return false;
    set_fee(venues, lender, 0);
    for (uint32_t i = 0; i < cnt; i++) {
        lq_u256_t balance = balance_of(&r[i]);
        set_available(venues, lender, i, &balance);
    }
    set_told(venues, lender, venues->head->token_cnt);
    return true;
}

/* A pool lends nothing while there is no liquidity at its price.
   @src Uniswap/v3-core:contracts/UniswapV3Pool.sol#flash */
static bool v3_answer(lq_venues_t *venues, uint32_t lender, const lq_read_result_t *r, size_t cnt)
{
    lq_venues_lender_t *l = &venues->lenders[lender];
    size_t known_cnt =
        (size_t)!lq_venues_is_zero(&l->tokens[0]) + !lq_venues_is_zero(&l->tokens[1]);
    uint64_t fee_pips;
    lq_u256_t liquidity;
    lq_address_t tokens[2];
    if (cnt != VIEW_CNT_V3 + known_cnt)
        return false;
    if (!r[0].ok || !r[1].ok || !r[2].ok || !r[3].ok ||
        lq_abi_uniswap_v3_fee_decode(&fee_pips, NULL, r[0].data, r[0].data_sz) ||
        lq_abi_uniswap_v3_liquidity_decode(&liquidity, NULL, r[1].data, r[1].data_sz) ||
        lq_abi_uniswap_v3_token0_decode(&tokens[0], NULL, r[2].data, r[2].data_sz) ||
        lq_abi_uniswap_v3_token1_decode(&tokens[1], NULL, r[3].data, r[3].data_sz) ||
        fee_pips >= LQ_PIPS_ONE)
        return unknown(venues, lender);
    set_fee(venues, lender, (uint32_t)fee_pips);
    r += VIEW_CNT_V3;
    for (size_t i = 0; i < 2; i++) {
        lq_u256_t balance = lq_u256_from_u64(0);
        uint32_t token;
        bool asked = !lq_venues_is_zero(&l->tokens[i]);
        if (asked && lq_venues_same(&l->tokens[i], &tokens[i]) && !lq_u256_is_zero(&liquidity))
            balance = balance_of(r);
        r += asked;
        if (lq_venues_find_token(venues, &token, &tokens[i]) == LQ_OK)
            set_available(venues, lender, token, &balance);
    }
    set_told(venues, lender,
             memcmp(l->tokens, tokens, sizeof(tokens)) == 0 ? venues->head->token_cnt : 0);
    lq_undo_write(venues->undo, l->tokens, tokens, sizeof(tokens));
    return true;
}

bool lq_venues_lender_answer(lq_venues_t *venues, uint32_t lender, const lq_read_result_t *results,
                             size_t cnt)
{
    switch (venues->lenders[lender].kind) {
    case LQ_LENDER_AAVE_V3:
        return aave_answer(venues, lender, results, cnt);
    case LQ_LENDER_MORPHO_BLUE:
        return morpho_answer(venues, lender, results, cnt);
    case LQ_LENDER_UNISWAP_V3:
        return v3_answer(venues, lender, results, cnt);
    case LQ_LENDER_KIND_CNT:
        break;
    }
    LQ_BUG("lender of kind %d", (int)venues->lenders[lender].kind);
}

/* ---- loans ---- */

size_t lq_venues_lent_cnt(const lq_venues_t *venues, uint32_t lender)
{
    size_t cnt = 0;
    for (uint32_t t = 0; venues->lenders[lender].known && t < venues->head->token_cnt; t++)
        cnt += !lq_u256_is_zero(&fund_of(venues, lender, t)->available);
    return cnt;
}

/* Whether the loan of A, which has as much of a token as HAS_A, is the better one. */
static bool is_better(const lq_venues_lender_t *a, const lq_u256_t *has_a,
                      const lq_venues_lender_t *b, const lq_u256_t *has_b, const lq_u256_t *least)
{
    bool a_suffices = !lq_u256_lt(has_a, least);
    bool b_suffices = !lq_u256_lt(has_b, least);
    if (a_suffices != b_suffices)
        return a_suffices;
    return a_suffices ? a->fee_pips < b->fee_pips : lq_u256_lt(has_b, has_a);
}

lq_err_t lq_venues_loan(const lq_venues_t *venues, lq_loan_t *out, const lq_address_t *token,
                        const lq_u256_t *least)
{
    uint32_t t;
    uint32_t best = LQ_V3_NONE;
    if (lq_venues_find_token(venues, &t, token))
        return LQ_ERR_NOT_FOUND;
    for (uint32_t i = 0; i < venues->config.lender_cnt; i++) {
        const lq_venues_lender_t *l = &venues->lenders[i];
        const lq_u256_t *has = &fund_of(venues, i, t)->available;
        if (l->known && !lq_u256_is_zero(has) &&
            (best == LQ_V3_NONE || is_better(l, has, &venues->lenders[best],
                                             &fund_of(venues, best, t)->available, least)))
            best = i;
    }
    if (best == LQ_V3_NONE)
        return LQ_ERR_NOT_FOUND;
    const lq_venues_lender_t *l = &venues->lenders[best];
    *out = (lq_loan_t){.kind = l->kind,
                       .lender = l->contract,
                       .pool = LQ_V3_NONE,
                       .fee_pips = l->fee_pips,
                       .available = fund_of(venues, best, t)->available};
    if (l->kind != LQ_LENDER_UNISWAP_V3)
        return LQ_OK;
    out->token1 = lq_venues_same(&l->tokens[1], token);
    uint32_t pool;
    if (lq_venues_find_pool(venues, &pool, &l->contract) == LQ_OK)
        out->pool = pool;
    return LQ_OK;
}

lq_err_t lq_loan_fee(lq_u256_t *fee, const lq_loan_t *loan, const lq_u256_t *amount)
{
    lq_u256_t fee_pips = lq_u256_from_u64(loan->fee_pips);
    lq_u256_t one = lq_u256_from_u64(LQ_PIPS_ONE);
    return lq_u256_mul_div_up(fee, amount, &fee_pips, &one);
}
