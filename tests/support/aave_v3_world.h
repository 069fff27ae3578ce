#ifndef AAVE_V3_WORLD_H
#define AAVE_V3_WORLD_H

/* A pool of Aave v3 as the chain has it: it answers calls, and its users' actions emit the events
   of its version. Balances are scaled with the arithmetic that has tests of its own; what is to be
   tested is who keeps them from the events. */

#include <string.h>

#include "liqd/base/rng.h"
#include "liqd/codec/abi_aave_v3.h"
#include "liqd/num/fixed.h"
#include "liqd/protocol/aave_v3_health.h"
#include "liqd/protocol/adapter.h"

#define WORLD_RESERVE_MAX 8u
#ifndef WORLD_USER_CNT /* a test may want more */
#define WORLD_USER_CNT 5u
#endif
#define WORLD_CATEGORY_CNT 4u

enum {
    AT_POOL = 1,
    AT_PROVIDER,
    AT_CONFIGURATOR,
    AT_ORACLE,
    AT_SENTINEL,
    AT_ASSET,
    AT_ATOKEN,
    AT_DEBT,
    AT_STABLE,
    AT_SOURCE,
    AT_USER,
    AT_E_SOURCE
};

static inline lq_address_t world_address(unsigned kind, unsigned i)
{
    lq_address_t a = {{0}};
    a.b[0] = (uint8_t)kind;
    a.b[18] = (uint8_t)(i >> 8);
    a.b[19] = (uint8_t)i;
    return a;
}

typedef struct world_reserve {
    lq_aave_v3_accrual_t accrual;
    lq_u256_t price;
    lq_u256_t deficit;
    uint64_t grace_until_sec;
    uint16_t threshold_bps, bonus_bps, fee_bps;
    uint8_t id, decimals, category;
    bool active, paused, dropped;
} world_reserve_t;

typedef struct world_holding {
    lq_u256_t scaled;
    lq_u256_t last_index;
} world_holding_t;

typedef struct world_user {
    world_holding_t supply[WORLD_RESERVE_MAX];
    world_holding_t debt[WORLD_RESERVE_MAX];
    bool flag[WORLD_RESERVE_MAX];
    lq_u256_t stable;
    uint8_t category;
} world_user_t;

typedef struct world {
    unsigned version;
    uint64_t now_sec;
    size_t reserve_cnt;
    world_reserve_t reserves[WORLD_RESERVE_MAX];
    world_user_t users[WORLD_USER_CNT];
    struct {
        uint16_t threshold_bps, bonus_bps;
        lq_u128_t bitmap;
        bool source; /* to 3.1: priced by AT_E_SOURCE */
        lq_u256_t price;
    } categories[WORLD_CATEGORY_CNT];
    bool has_sentinel, sentinel_allows;
    unsigned base; /* the reserve that the oracle counts in, WORLD_RESERVE_MAX: none of them */
    void (*emit)(void *ctx, const lq_evm_log_t *log);
    void *ctx;
    uint8_t data[512];
} world_t;

static inline const lq_aave_v3_rules_t *world_rules(const world_t *w)
{
    return lq_aave_v3_rules((lq_aave_v3_version_t)w->version);
}

static inline void world_init(world_t *w, unsigned version, size_t reserve_cnt)
{
    memset(w, 0, sizeof(*w));
    w->version = version;
    w->now_sec = 1700000000;
    w->base = WORLD_RESERVE_MAX;
    w->reserve_cnt = reserve_cnt;
    for (unsigned i = 0; i < WORLD_RESERVE_MAX; i++) {
        world_reserve_t *r = &w->reserves[i];
        r->accrual.liquidity_index = r->accrual.variable_borrow_index = LQ_RAY_ONE;
        r->accrual.liquidity_index.w[1] += (uint64_t)12345 * i;
        r->accrual.variable_borrow_index.w[1] += (uint64_t)23456 * (i + 1);
        r->accrual.current_liquidity_rate = lq_u256_from_halves(0, (lq_u128_t)10000000 << 60);
        r->accrual.current_variable_borrow_rate = lq_u256_from_halves(0, (lq_u128_t)30000000 << 60);
        r->accrual.last_update_sec = w->now_sec;
        r->price = lq_u256_from_u64((uint64_t)100000000 * (i + 1));
        r->threshold_bps = (uint16_t)(8000 + 100 * i);
        r->bonus_bps = 10500;
        r->fee_bps = 1000;
        r->id = (uint8_t)(i == 1 ? 9 : i); /* ids have holes */
        r->decimals = (uint8_t)(i % 2 ? 6 : 18);
        r->active = true;
    }
    for (unsigned i = 1; i < WORLD_CATEGORY_CNT; i++) {
        w->categories[i].threshold_bps = (uint16_t)(9000 + 100 * i);
        w->categories[i].bonus_bps = 10100;
        w->categories[i].bitmap = (lq_u128_t)1 << (i - 1);
        w->categories[i].price = lq_u256_from_u64(150000000);
    }
    w->reserves[0].category = 1;
}

static inline lq_u256_t world_index(const world_t *w, unsigned r, lq_aave_v3_token_t token)
{
    lq_u256_t v = LQ_RAY_ONE;
    LQ_ASSERT(lq_aave_v3_index_at(world_rules(w), &v, &w->reserves[r].accrual, token, w->now_sec) ==
              LQ_OK);
    return v;
}

/* Answers. */
typedef struct world_out {
    lq_u256_t words[64];
    size_t cnt;
} world_out_t;

static inline void world_put(world_out_t *o, lq_u256_t v)
{
    o->words[o->cnt++] = v;
}

static inline void world_put_u(world_out_t *o, uint64_t v)
{
    world_put(o, lq_u256_from_u64(v));
}

static inline void world_put_a(world_out_t *o, lq_address_t a)
{
    uint8_t b[32] = {0};
    memcpy(b + 12, a.b, 20);
    world_put(o, lq_u256_from_be(b));
}

static inline unsigned world_of(const lq_address_t *a, unsigned kind)
{
    return a->b[0] == kind ? a->b[19] : 255u;
}

static inline lq_u256_t world_config(const world_reserve_t *r)
{
    lq_u256_t v = lq_u256_from_u64((uint64_t)r->threshold_bps << 16 | (uint64_t)r->bonus_bps << 32 |
                                   (uint64_t)r->decimals << 48 | (uint64_t)r->active << 56 |
                                   (uint64_t)r->paused << 60);
    lq_u256_t fee = lq_u256_from_u64(r->fee_bps);
    lq_u256_t category = lq_u256_from_u64(r->category);
    fee = lq_u256_shl_wrap(&fee, 152);
    category = lq_u256_shl_wrap(&category, 168);
    v = lq_u256_add_wrap(&v, &fee);
    return lq_u256_add_wrap(&v, &category);
}

static inline void world_data(const world_t *w, world_out_t *o, unsigned i, bool extended)
{
    const world_reserve_t *r = &w->reserves[i];
    lq_address_t none = {{0}};
    bool here = i < w->reserve_cnt && !r->dropped;
    world_put(o, here ? world_config(r) : lq_u256_from_u64(0));
    world_put(o, r->accrual.liquidity_index);
    world_put(o, r->accrual.current_liquidity_rate);
    world_put(o, r->accrual.variable_borrow_index);
    world_put(o, r->accrual.current_variable_borrow_rate);
    world_put_u(o, 0);
    world_put_u(o, r->accrual.last_update_sec);
    world_put_u(o, r->id);
    if (extended)
        world_put_u(o, r->grace_until_sec);
    world_put_a(o, here ? world_address(AT_ATOKEN, i) : none);
    world_put_a(o, here && w->version <= 1 ? world_address(AT_STABLE, i) : none);
    world_put_a(o, here ? world_address(AT_DEBT, i) : none);
    for (unsigned k = 0; k < (extended ? 5 : 4); k++)
        world_put_u(o, 0);
}

static inline lq_u256_t world_user_config(const world_t *w, const world_user_t *u)
{
    lq_u256_t v = lq_u256_from_u64(0);
    for (unsigned i = 0; i < w->reserve_cnt; i++) {
        unsigned id = w->reserves[i].id;
        if (!lq_u256_is_zero(&u->debt[i].scaled))
            v.w[2 * id / 64] |= (uint64_t)1 << (2 * id % 64);
        if (u->flag[i])
            v.w[2 * id / 64] |= (uint64_t)2 << (2 * id % 64);
    }
    return v;
}

static inline lq_u256_t world_scaled_total(const world_t *w, unsigned r, lq_aave_v3_token_t token)
{
    lq_u256_t sum = lq_u256_from_u64(0);
    for (unsigned u = 0; u < WORLD_USER_CNT; u++)
        sum = lq_u256_add_wrap(&sum, token == LQ_AAVE_V3_ATOKEN ? &w->users[u].supply[r].scaled
                                                                : &w->users[u].debt[r].scaled);
    return sum;
}

static inline bool world_token_call(const world_t *w, world_out_t *o, uint32_t selector,
                                    const lq_address_t *to, const lq_address_t *arg)
{
    bool debt = to->b[0] == AT_DEBT;
    unsigned r = to->b[19];
    lq_aave_v3_token_t token = debt ? LQ_AAVE_V3_DEBT : LQ_AAVE_V3_ATOKEN;
    unsigned u = world_of(arg, AT_USER);
    if (to->b[0] == AT_STABLE && selector == LQ_ABI_AAVE_V3_PRINCIPAL_BALANCE_OF_SELECTOR) {
        world_put(o, u < WORLD_USER_CNT && r == 0 ? w->users[u].stable : lq_u256_from_u64(0));
        return true;
    }
    if ((to->b[0] != AT_ATOKEN && !debt) || r >= WORLD_RESERVE_MAX)
        return false;
    lq_u256_t v = world_scaled_total(w, r, token);
    lq_u256_t index = world_index(w, r, token);
    if (selector == LQ_ABI_AAVE_V3_SCALED_BALANCE_OF_SELECTOR)
        v = u >= WORLD_USER_CNT ? lq_u256_from_u64(0)
            : debt              ? w->users[u].debt[r].scaled
                                : w->users[u].supply[r].scaled;
    else if (selector == LQ_ABI_AAVE_V3_TOTAL_SUPPLY_SELECTOR)
        LQ_ASSERT(lq_aave_v3_balance(world_rules(w), &v, token, &v, &index) == LQ_OK);
    else if (selector != LQ_ABI_AAVE_V3_SCALED_TOTAL_SUPPLY_SELECTOR)
        return false;
    world_put(o, v);
    return true;
}

static inline bool world_pool_call(const world_t *w, world_out_t *o, uint32_t selector,
                                   const lq_address_t *arg)
{
    unsigned i = world_of(arg, AT_ASSET);
    unsigned u = world_of(arg, AT_USER);
    unsigned id = arg->b[19];
    const world_reserve_t *r = &w->reserves[i < WORLD_RESERVE_MAX ? i : 0];
    switch (selector) {
    case LQ_ABI_AAVE_V3_ADDRESSES_PROVIDER_SELECTOR:
        world_put_a(o, world_address(AT_PROVIDER, 0));
        return true;
    case LQ_ABI_AAVE_V3_GET_RESERVES_LIST_SELECTOR:
        world_put_u(o, 32);
        world_put_u(o, 0);
        for (unsigned k = 0; k < w->reserve_cnt; k++)
            if (!w->reserves[k].dropped) {
                world_put_a(o, world_address(AT_ASSET, k));
                o->words[1].w[0]++;
            }
        return true;
    case LQ_ABI_AAVE_V3_GET_RESERVE_DATA_SELECTOR:
        world_data(w, o, i < WORLD_RESERVE_MAX ? i : 0, false);
        return i < WORLD_RESERVE_MAX;
    case LQ_ABI_AAVE_V3_GET_RESERVE_DATA_EXTENDED_SELECTOR:
        world_data(w, o, i < WORLD_RESERVE_MAX ? i : 0, true);
        return w->version >= 1 && w->version <= 2 && i < WORLD_RESERVE_MAX;
    case LQ_ABI_AAVE_V3_GET_RESERVES_COUNT_SELECTOR:
        world_put_u(o, w->reserve_cnt);
        return w->version >= 1;
    case LQ_ABI_AAVE_V3_GET_LIQUIDATION_GRACE_PERIOD_SELECTOR:
        world_put_u(o, r->grace_until_sec);
        return w->version >= 3;
    case LQ_ABI_AAVE_V3_GET_RESERVE_DEFICIT_SELECTOR:
        world_put(o, r->deficit);
        return w->version >= 3;
    case LQ_ABI_AAVE_V3_GET_RESERVE_NORMALIZED_INCOME_SELECTOR:
        world_put(o, world_index(w, i < WORLD_RESERVE_MAX ? i : 0, LQ_AAVE_V3_ATOKEN));
        return true;
    case LQ_ABI_AAVE_V3_GET_RESERVE_NORMALIZED_VARIABLE_DEBT_SELECTOR:
        world_put(o, world_index(w, i < WORLD_RESERVE_MAX ? i : 0, LQ_AAVE_V3_DEBT));
        return true;
    case LQ_ABI_AAVE_V3_GET_USER_CONFIGURATION_SELECTOR:
        world_put(o, u < WORLD_USER_CNT ? world_user_config(w, &w->users[u]) : lq_u256_from_u64(0));
        return true;
    case LQ_ABI_AAVE_V3_GET_USER_E_MODE_SELECTOR:
        world_put_u(o, u < WORLD_USER_CNT ? w->users[u].category : 0);
        return true;
    case LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_DATA_SELECTOR:
        world_put_u(o, 32);
        world_put_u(o, 0);
        world_put_u(o, id < WORLD_CATEGORY_CNT ? w->categories[id].threshold_bps : 0);
        world_put_u(o, id < WORLD_CATEGORY_CNT ? w->categories[id].bonus_bps : 0);
        world_put_a(o, id < WORLD_CATEGORY_CNT && w->categories[id].source
                           ? world_address(AT_E_SOURCE, id)
                           : (lq_address_t){{0}});
        world_put_u(o, 160);
        world_put_u(o, 0);
        return true;
    case LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_CONFIG_SELECTOR:
        world_put_u(o, 0);
        world_put_u(o, id < WORLD_CATEGORY_CNT ? w->categories[id].threshold_bps : 0);
        world_put_u(o, id < WORLD_CATEGORY_CNT ? w->categories[id].bonus_bps : 0);
        return w->version >= 2;
    case LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_BITMAP_SELECTOR:
        world_put(o,
                  lq_u256_from_halves(0, id < WORLD_CATEGORY_CNT ? w->categories[id].bitmap : 0));
        return w->version >= 2;
    case LQ_ABI_AAVE_V3_IS_APPROVED_POSITION_MANAGER_SELECTOR:
        world_put_u(o, 0);
        return w->version >= 4;
    case LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_LTVZERO_BITMAP_SELECTOR:
        world_put_u(o, 0);
        return w->version >= 6;
    case LQ_ABI_AAVE_V3_GET_IS_E_MODE_CATEGORY_ISOLATED_SELECTOR:
        world_put_u(o, 0);
        return w->version >= 7;
    default:
        return false;
    }
}

static inline bool world_other_call(const world_t *w, world_out_t *o, uint32_t selector,
                                    const lq_address_t *arg)
{
    switch (selector) {
    case LQ_ABI_AAVE_V3_GET_PRICE_ORACLE_SELECTOR:
        world_put_a(o, world_address(AT_ORACLE, 0));
        return true;
    case LQ_ABI_AAVE_V3_GET_POOL_CONFIGURATOR_SELECTOR:
        world_put_a(o, world_address(AT_CONFIGURATOR, 0));
        return true;
    case LQ_ABI_AAVE_V3_GET_PRICE_ORACLE_SENTINEL_SELECTOR:
        world_put_a(o, w->has_sentinel ? world_address(AT_SENTINEL, 0) : (lq_address_t){{0}});
        return true;
    case LQ_ABI_AAVE_V3_IS_LIQUIDATION_ALLOWED_SELECTOR:
        world_put_u(o, w->sentinel_allows);
        return true;
    case LQ_ABI_AAVE_V3_BASE_CURRENCY_SELECTOR:
        world_put_a(o, w->base < WORLD_RESERVE_MAX ? world_address(AT_ASSET, w->base)
                                                   : (lq_address_t){{0}});
        return true;
    case LQ_ABI_AAVE_V3_BASE_CURRENCY_UNIT_SELECTOR:
        world_put_u(o, 100000000);
        return true;
    case LQ_ABI_AAVE_V3_GET_SOURCE_OF_ASSET_SELECTOR:
        world_put_a(
            o, world_address(arg->b[0] == AT_E_SOURCE ? AT_SOURCE + 100u : AT_SOURCE, arg->b[19]));
        return true;
    default:
        return false;
    }
}

/* world_call answers CALL in OUT, of at least 2048 bytes. */
static inline lq_read_result_t world_call(const world_t *w, const lq_read_call_t *call,
                                          uint8_t *out)
{
    world_out_t o;
    const uint8_t *in = call->input;
    o.cnt = 0;
    uint32_t selector =
        (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
    lq_address_t arg = {{0}};
    if (call->input_sz >= 36)
        memcpy(arg.b, in + 16, 20);
    uint8_t kind = call->to.b[0];
    bool ok = kind == AT_POOL ? world_pool_call(w, &o, selector, &arg)
              : kind == AT_PROVIDER || kind == AT_ORACLE || kind == AT_SENTINEL
                  ? world_other_call(w, &o, selector, &arg)
                  : world_token_call(w, &o, selector, &call->to, &arg);
    for (size_t i = 0; i < o.cnt; i++)
        lq_u256_to_be(out + 32 * i, &o.words[i]);
    return (lq_read_result_t){ok, out, ok ? 32 * o.cnt : 0};
}

/* Logs. */
static inline lq_hash_t world_topic_a(lq_address_t a)
{
    lq_hash_t t = {{0}};
    memcpy(t.b + 12, a.b, 20);
    return t;
}

static inline void world_emit(world_t *w, lq_address_t from, const lq_hash_t *topics, uint32_t cnt,
                              const lq_u256_t *words, size_t word_cnt)
{
    lq_evm_log_t log = {
        .address = from, .topic_cnt = cnt, .data = w->data, .data_sz = 32 * word_cnt};
    memcpy(log.topics, topics, cnt * sizeof(*topics));
    for (size_t i = 0; i < word_cnt; i++)
        lq_u256_to_be(w->data + 32 * i, &words[i]);
    w->emit(w->ctx, &log);
}

#define WORLD_TOPIC(name) lq_abi_aave_v3_##name##_event_topic

static inline void world_emit_scaled(world_t *w, lq_address_t token, bool mint, unsigned user,
                                     const lq_u256_t *v, const lq_u256_t *i, const lq_u256_t *x)
{
    lq_hash_t who = world_topic_a(world_address(AT_USER, user));
    lq_hash_t topics[] = {mint ? WORLD_TOPIC(mint) : WORLD_TOPIC(burn), who, who};
    lq_u256_t words[] = {*v, *i, *x};
    world_emit(w, token, topics, 3, words, 3);
}

/* world_accrue brings reserve R to now, tells it, and changes the rates. */
static inline void world_accrue(world_t *w, unsigned r, uint64_t rate)
{
    lq_aave_v3_accrual_t *a = &w->reserves[r].accrual;
    a->liquidity_index = world_index(w, r, LQ_AAVE_V3_ATOKEN);
    lq_aave_v3_accrual_t before = *a;
    LQ_ASSERT(lq_aave_v3_index_at(world_rules(w), &a->variable_borrow_index, &before,
                                  LQ_AAVE_V3_DEBT, w->now_sec) == LQ_OK);
    a->last_update_sec = w->now_sec;
    a->current_liquidity_rate = lq_u256_from_halves(0, (lq_u128_t)rate << 64);
    a->current_variable_borrow_rate = lq_u256_from_halves(0, (lq_u128_t)rate << 66);
    lq_hash_t topics[] = {WORLD_TOPIC(reserve_data_updated),
                          world_topic_a(world_address(AT_ASSET, r))};
    lq_u256_t words[] = {a->current_liquidity_rate, lq_u256_from_u64(0),
                         a->current_variable_borrow_rate, a->liquidity_index,
                         a->variable_borrow_index};
    world_emit(w, world_address(AT_POOL, 0), topics, 2, words, 5);
}

/* world_move mints or burns AMOUNT of a token for USER, as the contract's _mintScaled and
   _burnScaled do; false where it would revert. */
static inline bool world_move(world_t *w, unsigned user, unsigned r, lq_aave_v3_token_t token,
                              bool mint, const lq_u256_t *amount)
{
    const lq_aave_v3_rules_t *rules = world_rules(w);
    bool debt = token == LQ_AAVE_V3_DEBT;
    world_holding_t *h = debt ? &w->users[user].debt[r] : &w->users[user].supply[r];
    lq_u256_t x = world_index(w, r, token);
    lq_u256_t last = lq_u256_is_zero(&h->last_index) ? x : h->last_index;
    lq_u256_t scaled, before, now, next, inc, to, v;
    if ((mint ? lq_aave_v3_scaled_mint(rules, &scaled, token, amount, &x)
              : lq_aave_v3_scaled_burn(rules, &scaled, token, amount, &x)) ||
        lq_u256_is_zero(&scaled) ||
        (mint ? lq_u256_add_checked(&to, &h->scaled, &scaled)
              : lq_u256_sub_checked(&to, &h->scaled, &scaled)) ||
        lq_aave_v3_balance(rules, &before, token, &h->scaled, &last) ||
        lq_aave_v3_balance(rules, &now, token, &h->scaled, &x) ||
        lq_aave_v3_balance(rules, &next, token, &to, &x) ||
        lq_u256_sub_checked(&inc, &now, &before))
        return false;
    bool as_mint = mint;
    if (rules->rounded_events) {
        as_mint = mint || lq_u256_lt(&before, &next);
        v = as_mint ? lq_u256_sub_wrap(&next, &before) : lq_u256_sub_wrap(&before, &next);
    } else if (mint) {
        v = lq_u256_add_wrap(amount, &inc);
    } else {
        as_mint = lq_u256_lt(amount, &inc);
        v = as_mint ? lq_u256_sub_wrap(&inc, amount) : lq_u256_sub_wrap(amount, &inc);
    }
    h->scaled = to;
    h->last_index = x;
    world_emit_scaled(w, world_address(debt ? AT_DEBT : AT_ATOKEN, r), as_mint, user, &v, &inc, &x);
    return true;
}

static inline void world_emit_flag(world_t *w, unsigned user, unsigned r, bool on)
{
    lq_hash_t topics[] = {on ? WORLD_TOPIC(reserve_used_as_collateral_enabled)
                             : WORLD_TOPIC(reserve_used_as_collateral_disabled),
                          world_topic_a(world_address(AT_ASSET, r)),
                          world_topic_a(world_address(AT_USER, user))};
    w->users[user].flag[r] = on;
    world_emit(w, world_address(AT_POOL, 0), topics, 3, NULL, 0);
}

static inline void world_emit_borrow(world_t *w, unsigned user, unsigned r, unsigned mode)
{
    lq_hash_t topics[] = {WORLD_TOPIC(borrow),
                          world_topic_a(world_address(AT_ASSET, r)),
                          world_topic_a(world_address(AT_USER, user)),
                          {{0}}};
    lq_u256_t words[] = {lq_u256_from_u64(0), lq_u256_from_u64(1), lq_u256_from_u64(mode),
                         lq_u256_from_u64(0)};
    world_emit(w, world_address(AT_POOL, 0), topics, 4, words, 4);
}

static inline void world_emit_e_mode(world_t *w, unsigned user, unsigned category)
{
    lq_hash_t topics[] = {WORLD_TOPIC(user_e_mode_set),
                          world_topic_a(world_address(AT_USER, user))};
    lq_u256_t id = lq_u256_from_u64(category);
    w->users[user].category = (uint8_t)category;
    world_emit(w, world_address(AT_POOL, 0), topics, 2, &id, 1);
}

/* An event of the configurator about one reserve. */
static inline void world_emit_config(world_t *w, lq_hash_t topic, unsigned r,
                                     const lq_u256_t *words, size_t cnt)
{
    lq_hash_t topics[] = {topic, world_topic_a(world_address(AT_ASSET, r))};
    world_emit(w, world_address(AT_CONFIGURATOR, 0), topics, 2, words, cnt);
}

/* world_transfer moves SCALED aTokens; false where FROM has not as much. */
static inline bool world_transfer(world_t *w, unsigned from, unsigned to, unsigned r,
                                  const lq_u256_t *scaled)
{
    world_holding_t *f = &w->users[from].supply[r];
    world_holding_t *t = &w->users[to].supply[r];
    if (lq_u256_lt(&f->scaled, scaled))
        return false;
    lq_u256_t x = world_index(w, r, LQ_AAVE_V3_ATOKEN);
    if (lq_u256_is_zero(&t->last_index))
        t->last_index = x;
    lq_hash_t topics[] = {WORLD_TOPIC(balance_transfer),
                          world_topic_a(world_address(AT_USER, from)),
                          world_topic_a(world_address(AT_USER, to))};
    f->scaled = lq_u256_sub_wrap(&f->scaled, scaled);
    t->scaled = lq_u256_add_wrap(&t->scaled, scaled);
    lq_u256_t words[] = {*scaled, x};
    world_emit(w, world_address(AT_ATOKEN, r), topics, 3, words, 2);
    return true;
}

/* world_account is the account data of USER as the contract computes them. */
static inline lq_err_t world_account(const world_t *w, lq_aave_v3_account_t *out, unsigned user)
{
    const lq_aave_v3_rules_t *rules = world_rules(w);
    const world_user_t *u = &w->users[user];
    lq_aave_v3_asset_t assets[WORLD_RESERVE_MAX];
    lq_aave_v3_leg_t legs[WORLD_RESERVE_MAX];
    lq_aave_v3_e_mode_t e = {w->categories[u->category].threshold_bps, lq_u256_from_u64(0)};
    if (w->categories[u->category].source)
        e.price = w->categories[u->category].price;
    for (unsigned i = 0; i < w->reserve_cnt; i++) {
        const world_reserve_t *r = &w->reserves[i];
        LQ_ASSERT(lq_aave_v3_unit_make(&assets[i].unit, r->decimals) == LQ_OK);
        assets[i].price = r->price;
        assets[i].liquidity_index = world_index(w, i, LQ_AAVE_V3_ATOKEN);
        assets[i].variable_borrow_index = world_index(w, i, LQ_AAVE_V3_DEBT);
        assets[i].liquidation_threshold_bps = r->threshold_bps;
        bool in = lq_aave_v3_in_e_mode(rules, u->category, r->category,
                                       w->categories[u->category].bitmap, r->id);
        legs[i] =
            (lq_aave_v3_leg_t){.asset = &assets[i],
                               .scaled_supply = u->supply[i].scaled,
                               .scaled_debt = u->debt[i].scaled,
                               .flags = (u->flag[i] ? LQ_AAVE_V3_COLLATERAL : 0) |
                                        LQ_AAVE_V3_BORROWING | (in ? LQ_AAVE_V3_IN_E_MODE : 0)};
    }
    return lq_aave_v3_account(rules, out, legs, w->reserve_cnt, u->category ? &e : NULL);
}

/* An instance that follows a world. */
typedef struct world_rig {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_instance_t *self;
    lq_applied_t last; /* of the last log */
    world_t *world;
} world_rig_t;

static inline void world_rig_log(void *ctx, const lq_evm_log_t *log)
{
    world_rig_t *rig = ctx;
    rig->last = lq_adapter_aave_v3.apply(rig->self, log, rig->world->now_sec);
}

static inline void world_rig_make(world_rig_t *rig, world_t *w, unsigned version, size_t asset_max)
{
    const lq_ledger_config_t ledger = {
        .account_max = 64, .leg_max = 2048, .pool_max = 4, .factor_max = 512, .seed = 7};
    const lq_instance_config_t config = {.instance = 3,
                                         .contract = world_address(AT_POOL, 0),
                                         .version = version,
                                         .asset_max = asset_max,
                                         .seed = 9};
    const lq_undo_config_t undo = {
        lq_ledger_state_sz(&ledger) + lq_adapter_aave_v3.state_sz(&config) + 64, 1 << 13, 70};
    memset(rig, 0, sizeof(*rig));
    rig->world = w;
    w->emit = world_rig_log;
    w->ctx = rig;
    LQ_ASSERT(lq_arena_init(&rig->arena, 1 << 24) == LQ_OK);
    LQ_ASSERT(lq_undo_new(&rig->undo, &rig->arena, &undo) == LQ_OK);
    LQ_ASSERT(lq_ledger_new(&rig->ledger, &rig->arena, rig->undo, &ledger) == LQ_OK);
    LQ_ASSERT(lq_adapter_aave_v3.make(&rig->self, &rig->arena, rig->undo, rig->ledger, &config) ==
              LQ_OK);
    lq_adapter_aave_v3.set_now(rig->self, w->now_sec);
}

#define WORLD_CALL_MAX 128u

static inline lq_applied_t world_rig_answer(world_rig_t *rig, lq_subject_t subject)
{
    lq_read_call_t list[WORLD_CALL_MAX];
    lq_read_result_t results[WORLD_CALL_MAX];
    uint8_t in[WORLD_CALL_MAX * 100];
    static uint8_t out[WORLD_CALL_MAX * 2048];
    lq_calls_t calls = {
        .calls = list, .call_max = WORLD_CALL_MAX, .data = in, .data_max = sizeof(in)};
    LQ_ASSERT(lq_adapter_aave_v3.reads(rig->self, &calls, subject) == LQ_OK);
    for (size_t i = 0; i < calls.call_cnt; i++)
        results[i] = world_call(rig->world, &list[i], out + 2048 * i);
    return lq_adapter_aave_v3.answer(rig->self, subject, results, calls.call_cnt,
                                     rig->world->now_sec);
}

static inline void world_rig_prices(world_rig_t *rig)
{
    for (size_t i = 0; i < lq_adapter_aave_v3.oracle_cnt(rig->self); i++) {
        lq_address_t s = lq_adapter_aave_v3.oracle(rig->self, i).source;
        if (s.b[0] == AT_SOURCE && s.b[19] < WORLD_RESERVE_MAX)
            lq_adapter_aave_v3.set_price(rig->self, i, true, &rig->world->reserves[s.b[19]].price);
        if (s.b[0] == AT_SOURCE + 100 && s.b[19] < WORLD_CATEGORY_CNT)
            lq_adapter_aave_v3.set_price(rig->self, i, true,
                                         &rig->world->categories[s.b[19]].price);
    }
}

/* Reads all that is to be read, at most LIMIT subjects; the number of faults. */
static inline size_t world_rig_settle(world_rig_t *rig, size_t limit)
{
    size_t faults = 0;
    for (lq_subject_t s = {0, 0}; limit > 0; limit--) {
        if (!lq_adapter_aave_v3.next(rig->self, &s)) {
            lq_subject_t none = {0, 0};
            if (!lq_adapter_aave_v3.next(rig->self, &none) || faults > 0)
                break;
            s = (lq_subject_t){0, 0};
            continue;
        }
        faults += world_rig_answer(rig, s) == LQ_APPLIED_FAULT;
    }
    static const lq_account_state_t states[] = {LQ_ACCOUNT_UNKNOWN, LQ_ACCOUNT_QUARANTINED};
    for (size_t k = 0; k < 2; k++) {
        uint32_t a = lq_ledger_next_in_state(rig->ledger, states[k], 0);
        for (; a != LQ_LEDGER_NONE; a = lq_ledger_next_in_state(rig->ledger, states[k], a + 1))
            faults +=
                world_rig_answer(rig, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}) == LQ_APPLIED_FAULT;
    }
    world_rig_prices(rig);
    lq_ledger_settled(rig->ledger);
    return faults;
}

static inline void world_rig_fini(world_rig_t *rig)
{
    lq_arena_fini(&rig->arena);
}

#endif
