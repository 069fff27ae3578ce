#ifndef VENUES_RIG_H
#define VENUES_RIG_H

/* A small chain of pools and lenders, kept naively, that answers calls and gives logs in the bytes
   of the ABI, and venues that follow it. Contracts have numbers; address_n makes their addresses.
 */

#include "../num/num_test.h"

#include "liqd/codec/abi_aave_v3.h"
#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_uniswap_v2.h"
#include "liqd/codec/abi_uniswap_v3.h"
#include "liqd/market/venues.h"

enum {
    FACTORY_V3 = 900,
    FACTORY_V2 = 901,
    AAVE = 910,
    MORPHO = 911,
    A_TOKEN = 1000, /* and the token's number */
    POOL_MAX = 8,
    LENDER_MAX = 4,
    TOKEN_MAX = 16,
    CHAIN_TICK_MAX = 512,
    CALL_MAX = 600,
    CALL_DATA_SZ = CALL_MAX * 100,
    ANSWER_SZ = 480,
    KEPT_LINE_MAX = 1 << 16,
    BLK_MAX = 32,
};

typedef struct chain_tick {
    lq_u128_t gross; /* 0: nothing there */
    lq_i128_t net;
    int32_t tick;
} chain_tick_t;

typedef struct chain_pool {
    uint32_t at; /* 0: nothing there */
    bool is_v3;
    bool listed;
    uint32_t tokens[2];
    uint32_t fee;
    int32_t spacing;
    int32_t factory_spacing; /* what the factory says of the fee */
    lq_u256_t sqrt;
    lq_u128_t liquidity;
    int32_t tick;
    uint64_t reserves[2];
    size_t tick_cnt;
    chain_tick_t ticks[CHAIN_TICK_MAX];
} chain_pool_t;

typedef struct chain {
    chain_pool_t pools[POOL_MAX];
    uint64_t balances[TOKEN_MAX][4]; /* of AAVE's aToken, MORPHO, pool 0, pool 1 */
    uint64_t reserve_flags[TOKEN_MAX];
    uint64_t premium_bps;
    bool counts; /* AAVE is of 3.1 or later, and says what it counts of a balance */
    uint64_t counted[TOKEN_MAX];
    bool silent; /* nobody answers */
} chain_t;

typedef struct rig {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_venues_t *v;
    lq_venues_config_t config;
    lq_venue_pool_config_t pools[POOL_MAX];
    lq_lender_config_t lenders[LENDER_MAX];
    chain_t *chain;
    unsigned fault_cnt;
} rig_t;

static inline lq_address_t address_n(uint32_t n)
{
    return (lq_address_t){{[0] = n ? 0xaa : 0, [18] = (uint8_t)(n >> 8), [19] = (uint8_t)n}};
}

static inline uint32_t number_of(const lq_address_t *a)
{
    return (uint32_t)a->b[18] << 8 | a->b[19];
}

/* ---- words ---- */

static inline void put_word(uint8_t *out, size_t i, lq_u256_t word)
{
    lq_u256_to_be(out + 32 * i, &word);
}

static inline void put_u64(uint8_t *out, size_t i, uint64_t v)
{
    put_word(out, i, lq_u256_from_u64(v));
}

static inline void put_i128(uint8_t *out, size_t i, lq_i128_t v)
{
    put_word(out, i, lq_u256_from_halves(v < 0 ? ~(lq_u128_t)0 : 0, (lq_u128_t)v));
}

static inline void put_u128(uint8_t *out, size_t i, lq_u128_t v)
{
    put_word(out, i, lq_u256_from_halves(0, v));
}

static inline void put_number(uint8_t *out, size_t i, uint32_t n)
{
    lq_address_t a = address_n(n);
    memset(out + 32 * i, 0, 12);
    memcpy(out + 32 * i + 12, a.b, 20);
}

static inline int32_t arg_i32(const lq_read_call_t *call)
{
    uint32_t v;
    memcpy(&v, call->input + 32, 4);
    return (int32_t)__builtin_bswap32(v);
}

static inline uint32_t arg_number(const lq_read_call_t *call, size_t i)
{
    return (uint32_t)call->input[4 + 32 * i + 30] << 8 | call->input[4 + 32 * i + 31];
}

/* ---- the chain ---- */

static inline chain_pool_t *chain_at(chain_t *c, uint32_t at)
{
    for (size_t i = 0; i < POOL_MAX; i++)
        if (at && c->pools[i].at == at)
            return &c->pools[i];
    return NULL;
}

static inline chain_tick_t *chain_tick(chain_pool_t *p, int32_t tick)
{
    for (size_t i = 0; i < p->tick_cnt; i++)
        if (p->ticks[i].tick == tick)
            return &p->ticks[i];
    assert_true(p->tick_cnt < CHAIN_TICK_MAX);
    p->ticks[p->tick_cnt] = (chain_tick_t){.tick = tick};
    return &p->ticks[p->tick_cnt++];
}

static inline lq_u128_t chain_liquidity(const chain_pool_t *p, int32_t tick)
{
    lq_u128_t sum = 0;
    for (size_t i = 0; i < p->tick_cnt; i++)
        if (p->ticks[i].tick <= tick)
            sum += (lq_u128_t)p->ticks[i].net;
    return sum;
}

static inline size_t answer_v3(chain_pool_t *p, uint32_t selector, const lq_read_call_t *call,
                               uint8_t *out)
{
    lq_u256_t bits = {{0}};
    const chain_tick_t *t;
    switch (selector) {
    case LQ_ABI_UNISWAP_V3_FEE_SELECTOR:
        put_u64(out, 0, p->fee);
        return 32;
    case LQ_ABI_UNISWAP_V3_TICK_SPACING_SELECTOR:
        put_u64(out, 0, (uint64_t)p->spacing);
        return 32;
    case LQ_ABI_UNISWAP_V3_LIQUIDITY_SELECTOR:
        put_u128(out, 0, p->liquidity);
        return 32;
    case LQ_ABI_UNISWAP_V3_SLOT0_SELECTOR:
        put_word(out, 0, p->sqrt);
        put_i128(out, 1, p->tick);
        return 224;
    case LQ_ABI_UNISWAP_V3_TICK_BITMAP_SELECTOR:
        for (size_t i = 0; i < p->tick_cnt; i++) {
            int32_t bit = p->ticks[i].tick / p->spacing - arg_i32(call) * 256;
            if (p->ticks[i].gross && bit >= 0 && bit < 256)
                bits.w[bit / 64] |= 1ull << bit % 64;
        }
        put_word(out, 0, bits);
        return 32;
    case LQ_ABI_UNISWAP_V3_TICKS_SELECTOR:
        t = chain_tick(p, arg_i32(call));
        put_u128(out, 0, t->gross);
        put_i128(out, 1, t->net);
        out[8 * 32 - 1] = t->gross != 0;
        return 256;
    default:
        return 0;
    }
}

static inline size_t answer_factory(chain_t *c, uint32_t selector, const lq_read_call_t *call,
                                    uint8_t *out)
{
    bool by_fee = selector == LQ_ABI_UNISWAP_V3_FEE_AMOUNT_TICK_SPACING_SELECTOR;
    for (size_t i = 0; i < POOL_MAX; i++) {
        const chain_pool_t *p = &c->pools[i];
        if (by_fee && p->at && p->is_v3 && p->fee == (uint32_t)arg_i32(call)) {
            put_u64(out, 0, (uint64_t)p->factory_spacing);
            return 32;
        }
        if (!by_fee && p->at && p->listed && p->tokens[0] == arg_number(call, 0) &&
            p->tokens[1] == arg_number(call, 1) &&
            p->is_v3 == (selector == LQ_ABI_UNISWAP_V3_GET_POOL_SELECTOR))
            put_number(out, 0, p->at);
    }
    return 32;
}

static inline size_t answer_balance(const chain_t *c, uint32_t token, uint32_t holder, uint8_t *out)
{
    if (token >= TOKEN_MAX)
        return 0;
    size_t k = holder == A_TOKEN + token  ? 0
               : holder == MORPHO         ? 1
               : c->pools[0].at == holder ? 2
               : c->pools[1].at == holder ? 3
                                          : 4;
    put_u64(out, 0, k < 4 ? c->balances[token][k] : 0);
    return 32;
}

static inline size_t answer_call(chain_t *c, const lq_read_call_t *call, uint8_t *out)
{
    uint32_t selector = (uint32_t)call->input[0] << 24 | (uint32_t)call->input[1] << 16 |
                        (uint32_t)call->input[2] << 8 | call->input[3];
    uint32_t at = number_of(&call->to);
    chain_pool_t *p = chain_at(c, at);
    memset(out, 0, ANSWER_SZ);
    switch (selector) {
    case LQ_ABI_UNISWAP_V3_TOKEN0_SELECTOR:
    case LQ_ABI_UNISWAP_V3_TOKEN1_SELECTOR:
        if (!p)
            return 0;
        put_number(out, 0, p->tokens[selector == LQ_ABI_UNISWAP_V3_TOKEN1_SELECTOR]);
        return 32;
    case LQ_ABI_UNISWAP_V2_GET_RESERVES_SELECTOR:
        if (!p || p->is_v3)
            return 0;
        put_u64(out, 0, p->reserves[0]);
        put_u64(out, 1, p->reserves[1]);
        return 96;
    case LQ_ABI_UNISWAP_V3_GET_POOL_SELECTOR:
    case LQ_ABI_UNISWAP_V3_FEE_AMOUNT_TICK_SPACING_SELECTOR:
        return at == FACTORY_V3 ? answer_factory(c, selector, call, out) : 0;
    case LQ_ABI_UNISWAP_V2_GET_PAIR_SELECTOR:
        return at == FACTORY_V2 ? answer_factory(c, selector, call, out) : 0;
    case LQ_ABI_ERC20_BALANCE_OF_SELECTOR:
        return answer_balance(c, at, arg_number(call, 0), out);
    case LQ_ABI_AAVE_V3_FLASHLOAN_PREMIUM_TOTAL_SELECTOR:
        put_u64(out, 0, c->premium_bps);
        return at == AAVE ? 32 : 0;
    case LQ_ABI_AAVE_V3_GET_RESERVE_DATA_SELECTOR:
        put_u64(out, 0, c->reserve_flags[arg_number(call, 0)]);
        if (c->reserve_flags[arg_number(call, 0)])
            put_number(out, 8, A_TOKEN + arg_number(call, 0));
        return at == AAVE ? 480 : 0;
    case LQ_ABI_AAVE_V3_GET_VIRTUAL_UNDERLYING_BALANCE_SELECTOR:
        put_u64(out, 0, c->counted[arg_number(call, 0)]);
        return at == AAVE && c->counts ? 32 : 0;
    default:
        return p && p->is_v3 ? answer_v3(p, selector, call, out) : 0;
    }
}

/* ---- reads ---- */

typedef struct asked {
    lq_read_call_t calls[CALL_MAX];
    uint8_t data[CALL_DATA_SZ];
    lq_read_result_t results[CALL_MAX];
    uint8_t answers[CALL_MAX][ANSWER_SZ];
    lq_calls_t list;
    size_t cnt;
} asked_t;

static inline void answer_asked(rig_t *r, asked_t *a)
{
    a->cnt = a->list.call_cnt;
    for (size_t i = 0; i < a->cnt; i++) {
        size_t sz = r->chain->silent ? 0 : answer_call(r->chain, &a->calls[i], a->answers[i]);
        a->results[i] = (lq_read_result_t){sz != 0, a->answers[i], sz};
    }
}

static inline asked_t *new_asked(void)
{
    asked_t *a = malloc(sizeof(*a));
    assert_non_null(a);
    a->list = (lq_calls_t){
        .calls = a->calls, .call_max = CALL_MAX, .data = a->data, .data_max = CALL_DATA_SZ};
    return a;
}

static inline bool read_one(rig_t *r, lq_subject_t subject)
{
    asked_t *a = new_asked();
    assert_ok(lq_venues_reads(r->v, &a->list, subject));
    answer_asked(r, a);
    bool taken = lq_venues_answer(r->v, subject, a->results, a->cnt);
    free(a);
    return taken;
}

/* All that has to be read; returns how many reads that took. */
static inline unsigned read_all(rig_t *r)
{
    unsigned cnt = 0;
    for (;; cnt++) {
        lq_subject_t subject = {0};
        if (!lq_venues_next(r->v, &subject))
            return cnt;
        assert_true(cnt < 1000); /* for ever */
        (void)read_one(r, subject);
    }
}

static inline unsigned wanted(rig_t *r, lq_subject_t *out, unsigned max)
{
    lq_subject_t subject = {0};
    unsigned cnt = 0;
    while (cnt < max && lq_venues_next(r->v, &subject))
        out[cnt++] = subject;
    return cnt;
}

static inline void read_lenders(rig_t *r, unsigned rounds)
{
    for (uint64_t number = 1; number <= rounds * r->config.lender_cnt; number++)
        for (lq_subject_t subject = {0}; lq_venues_turn(r->v, &subject, number);)
            (void)read_one(r, subject);
}

/* ---- logs ---- */

static inline bool give_log(rig_t *r, uint32_t at, const lq_hash_t *topics, size_t topic_cnt,
                            const uint8_t *data, size_t data_sz)
{
    lq_evm_log_t log = {.address = address_n(at), .data = data, .data_sz = data_sz};
    bool fault = false;
    log.topic_cnt = (uint32_t)topic_cnt;
    memcpy(log.topics, topics, topic_cnt * sizeof(*topics));
    bool taken = lq_venues_apply(r->v, &log, &fault);
    r->fault_cnt += fault;
    return taken;
}

static inline bool log_initialize(rig_t *r, uint32_t at, lq_u256_t sqrt, int32_t tick)
{
    uint8_t data[64];
    put_word(data, 0, sqrt);
    put_i128(data, 1, tick);
    return give_log(r, at, &lq_abi_uniswap_v3_initialize_event_topic, 1, data, sizeof(data));
}

static inline bool log_swap(rig_t *r, uint32_t at, lq_u256_t sqrt, lq_u128_t liquidity,
                            int32_t tick)
{
    uint8_t data[160] = {0};
    lq_hash_t topics[3] = {lq_abi_uniswap_v3_swap_event_topic};
    put_word(data, 2, sqrt);
    put_u128(data, 3, liquidity);
    put_i128(data, 4, tick);
    return give_log(r, at, topics, 3, data, sizeof(data));
}

static inline bool log_position(rig_t *r, uint32_t at, int32_t lower, int32_t upper,
                                lq_u128_t amount, bool burn)
{
    uint8_t data[128] = {0};
    lq_hash_t topics[4] = {burn ? lq_abi_uniswap_v3_burn_event_topic
                                : lq_abi_uniswap_v3_mint_event_topic};
    put_i128(topics[2].b, 0, lower);
    put_i128(topics[3].b, 0, upper);
    put_u128(data, !burn, amount);
    return give_log(r, at, topics, 4, data, burn ? 96 : 128);
}

static inline bool log_sync(rig_t *r, uint32_t at, uint64_t reserve0, uint64_t reserve1)
{
    uint8_t data[64];
    put_u64(data, 0, reserve0);
    put_u64(data, 1, reserve1);
    return give_log(r, at, &lq_abi_uniswap_v2_sync_event_topic, 1, data, sizeof(data));
}

/* ---- what happens on the chain, and its log ---- */

static inline void change(rig_t *r, uint32_t at, int32_t lower, int32_t upper, lq_u128_t amount,
                          bool burn)
{
    chain_pool_t *p = chain_at(r->chain, at);
    lq_i128_t by = burn ? -(lq_i128_t)amount : (lq_i128_t)amount;
    chain_tick_t *low = chain_tick(p, lower);
    low->gross += (lq_u128_t)by;
    low->net += by;
    chain_tick_t *high = chain_tick(p, upper);
    high->gross += (lq_u128_t)by;
    high->net -= by;
    p->liquidity = chain_liquidity(p, p->tick);
    (void)log_position(r, at, lower, upper, amount, burn);
}

static inline void mint(rig_t *r, uint32_t at, int32_t lower, int32_t upper, lq_u128_t amount)
{
    change(r, at, lower, upper, amount, false);
}

static inline void burn(rig_t *r, uint32_t at, int32_t lower, int32_t upper, lq_u128_t amount)
{
    change(r, at, lower, upper, amount, true);
}

static inline lq_u256_t sqrt_at(int32_t tick)
{
    lq_u256_t sqrt;
    assert_ok(lq_v3_sqrt_at_tick(&sqrt, tick));
    return sqrt;
}

/* To the price of TICK; ON_EDGE: that of the next one, crossed downward. */
static inline void swap(rig_t *r, uint32_t at, int32_t tick, bool on_edge)
{
    chain_pool_t *p = chain_at(r->chain, at);
    p->tick = tick;
    p->sqrt = sqrt_at(tick + on_edge);
    p->liquidity = chain_liquidity(p, tick);
    (void)log_swap(r, at, p->sqrt, p->liquidity, tick);
}

static inline void initialize(rig_t *r, uint32_t at, int32_t tick)
{
    chain_pool_t *p = chain_at(r->chain, at);
    p->tick = tick;
    p->sqrt = sqrt_at(tick);
    (void)log_initialize(r, at, p->sqrt, tick);
}

static inline void sync_to(rig_t *r, uint32_t at, uint64_t reserve0, uint64_t reserve1)
{
    chain_pool_t *p = chain_at(r->chain, at);
    p->reserves[0] = reserve0;
    p->reserves[1] = reserve1;
    (void)log_sync(r, at, reserve0, reserve1);
}

/* ---- comparing ---- */

static inline const lq_venue_pool_t *pool_n(const rig_t *r, uint32_t pool)
{
    return lq_venues_pool(r->v, pool);
}

static inline lq_no_route_t status_of(const rig_t *r, uint32_t pool)
{
    return pool_n(r, pool)->status;
}

/* The ticks of POOL, in order, are exactly those of the chain, and the price stands among them. */
static inline void check_ticks(const rig_t *r, const lq_venue_pool_t *p, chain_pool_t *c)
{
    size_t cnt;
    size_t own = 0;
    size_t there = 0;
    const lq_v3_tick_t *ticks = lq_venues_ticks(r->v, &cnt);
    for (unsigned up = 0; up < 2; up++) {
        int64_t last = p->v3.tick + (up == 0);
        uint32_t i = up ? p->v3.above : p->v3.below;
        for (; i != LQ_V3_NONE; i = up ? ticks[i].above : ticks[i].below, own++) {
            assert_true(i < cnt && own < CHAIN_TICK_MAX);
            assert_true(up ? ticks[i].tick > last : ticks[i].tick < last);
            last = ticks[i].tick;
            const chain_tick_t *t = chain_tick(c, ticks[i].tick);
            lq_u256_t sqrt = sqrt_at(t->tick);
            assert_true(t->gross != 0 && t->gross == ticks[i].gross && t->net == ticks[i].net);
            assert_true(lq_u256_eq(&sqrt, &ticks[i].sqrt));
        }
    }
    for (size_t i = 0; i < c->tick_cnt; i++)
        there += c->ticks[i].gross != 0;
    assert_int_equal(own, there);
}

static inline void check_pool(const rig_t *r, uint32_t pool)
{
    const lq_venue_pool_t *p = pool_n(r, pool);
    chain_pool_t *c = chain_at(r->chain, number_of(&r->pools[pool].address));
    if (!c->is_v3) {
        for (unsigned i = 0; i < 2; i++) {
            lq_u256_t reserve = lq_u256_from_u64(c->reserves[i]);
            assert_true(lq_u256_eq(&p->reserves[i], &reserve));
        }
        return;
    }
    assert_true(lq_u256_eq(&p->v3.sqrt, &c->sqrt));
    assert_int_equal(p->v3.tick, c->tick);
    assert_true(p->v3.liquidity == c->liquidity);
    assert_int_equal(p->fee_pips, c->fee);
    check_ticks(r, p, c);
}

/* ---- making ---- */

static inline void open_rig(rig_t *r, size_t pool_cnt, size_t lender_cnt, size_t tick_max)
{
    r->config = (lq_venues_config_t){.pools = r->pools,
                                     .pool_cnt = pool_cnt,
                                     .lenders = r->lenders,
                                     .lender_cnt = lender_cnt,
                                     .tick_max = tick_max,
                                     .seed = 7};
    lq_undo_config_t undo = {.state_sz = lq_venues_state_sz(&r->config) + LQ_UNDO_LINE_SZ,
                             .line_max = KEPT_LINE_MAX,
                             .blk_max = BLK_MAX};
    size_t lines = undo.state_sz / LQ_UNDO_LINE_SZ + 2 + KEPT_LINE_MAX;
    assert_ok(lq_arena_init(&r->arena, lines * (LQ_UNDO_LINE_SZ + 4) + 4096 + (size_t)BLK_MAX * 16 +
                                           lq_venues_arena_sz(&r->config)));
    assert_ok(lq_undo_new(&r->undo, &r->arena, &undo));
    assert_ok(lq_venues_new(&r->v, &r->arena, r->undo, &r->config));
    lq_undo_begin(r->undo, 1);
}

static inline chain_pool_t *put_v3(rig_t *r, uint32_t i, uint32_t token0, uint32_t token1,
                                   uint32_t fee, int32_t spacing)
{
    chain_pool_t *p = &r->chain->pools[i];
    *p = (chain_pool_t){.at = 100 + i,
                        .is_v3 = true,
                        .listed = true,
                        .tokens = {token0, token1},
                        .fee = fee,
                        .spacing = spacing,
                        .factory_spacing = spacing};
    r->pools[i] = (lq_venue_pool_config_t){
        .kind = LQ_VENUE_UNISWAP_V3, .address = address_n(p->at), .factory = address_n(FACTORY_V3)};
    return p;
}

static inline chain_pool_t *put_v2(rig_t *r, uint32_t i, uint32_t token0, uint32_t token1)
{
    chain_pool_t *p = &r->chain->pools[i];
    *p = (chain_pool_t){.at = 100 + i, .listed = true, .tokens = {token0, token1}};
    r->pools[i] = (lq_venue_pool_config_t){.kind = LQ_VENUE_UNISWAP_V2,
                                           .address = address_n(p->at),
                                           .factory = address_n(FACTORY_V2),
                                           .fee_pips = 3000};
    return p;
}

/* Pools 0 and 1 are of v3, spacings 60 and 1, pool 2 of v2, at the price 1 and without liquidity.
 */
static inline int setup(void **state)
{
    rig_t *r = calloc(1, sizeof(*r));
    r->chain = calloc(1, sizeof(*r->chain));
    put_v3(r, 0, 1, 2, 3000, 60)->sqrt = sqrt_at(0);
    put_v3(r, 1, 2, 3, 100, 1)->sqrt = sqrt_at(0);
    put_v2(r, 2, 1, 3);
    r->lenders[0] = (lq_lender_config_t){LQ_LENDER_AAVE_V3, address_n(AAVE)};
    r->lenders[1] = (lq_lender_config_t){LQ_LENDER_MORPHO_BLUE, address_n(MORPHO)};
    r->lenders[2] = (lq_lender_config_t){LQ_LENDER_UNISWAP_V3, address_n(100)};
    open_rig(r, 3, 3, 256);
    *state = r;
    return 0;
}

static inline int teardown(void **state)
{
    rig_t *r = *state;
    lq_arena_fini(&r->arena);
    free(r->chain);
    free(r);
    return 0;
}

#endif
