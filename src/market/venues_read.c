/* What is to be read of pools, and where answers go. An answer comes at a state in which the reads
   of its subject are still those that were asked; whoever asks sees to that. */

#include "liqd/codec/abi_uniswap_v2.h"
#include "liqd/codec/abi_uniswap_v3.h"

#include "venues_internal.h"

#define V3(name) LQ_ABI_UNISWAP_V3_##name##_SELECTOR
#define V2(name) LQ_ABI_UNISWAP_V2_##name##_SELECTOR

enum {
    IDENTITY_CNT_V3 = 4,
    IDENTITY_CNT_V2 = 2,
    FACTORY_CNT_V3 = 2,
    FACTORY_CNT_V2 = 1,
    STATE_CNT_V3 = 2,
    STATE_CNT_V2 = 1,
};

/* ---- what is next ---- */

typedef bool wants_fn_t(const lq_venues_t *venues, uint32_t i);

static bool wants_pool(const lq_venues_t *venues, uint32_t i)
{
    uint32_t stage = venues->rows[i].stage;
    return stage == LQ_VENUES_IDENTITY || stage == LQ_VENUES_STATE;
}

static bool wants_words(const lq_venues_t *venues, uint32_t i)
{
    const lq_venues_row_t *row = &venues->rows[i / LQ_VENUES_CHUNK_MAX];
    uint32_t chunk = i % LQ_VENUES_CHUNK_MAX;
    return row->stage == LQ_VENUES_FILL && chunk < lq_venues_chunk_cnt(row) &&
           !lq_venues_has_chunk(row, chunk);
}

static bool wants_ticks(const lq_venues_t *venues, uint32_t i)
{
    const lq_venues_row_t *row = &venues->rows[i / LQ_VENUES_CHUNK_MAX];
    return row->stage == LQ_VENUES_FILL && row->unread[i % LQ_VENUES_CHUNK_MAX] != 0;
}

static uint32_t subject_cnt(const lq_venues_t *venues, uint32_t kind)
{
    switch (kind) {
    case LQ_VENUES_SUBJECT_POOL:
        return (uint32_t)venues->config.pool_cnt;
    case LQ_VENUES_SUBJECT_WORDS:
    case LQ_VENUES_SUBJECT_TICKS:
        return (uint32_t)venues->config.pool_cnt * LQ_VENUES_CHUNK_MAX;
    case LQ_VENUES_SUBJECT_LENDER:
        return (uint32_t)venues->config.lender_cnt;
    default: /* no number of the enumeration */
        return 0;
    }
}

/* The first of KIND behind *SUBJECT that is wanted, PER subjects of each pool that is unread. */
static bool step(const lq_venues_t *venues, lq_subject_t *subject, lq_venues_subject_t kind,
                 uint32_t per, wants_fn_t *wants)
{
    if (subject->kind > kind)
        return false;
    const uint64_t *unread = venues->sets->unread;
    uint32_t i = subject->kind == kind ? subject->index + 1 : 0;
    for (uint32_t pool; (pool = lq_venues_first_of(unread, i / per)) < LQ_VENUES_POOL_MAX; i++) {
        if (i < pool * per)
            i = pool * per;
        if (wants(venues, i)) {
            *subject = (lq_subject_t){kind, i};
            return true;
        }
    }
    return false;
}

/* The first lender behind *SUBJECT that has not said what it has of each token. */
static bool step_lender(const lq_venues_t *venues, lq_subject_t *subject)
{
    uint32_t i = subject->kind == LQ_VENUES_SUBJECT_LENDER ? subject->index + 1 : 0;
    for (; i < venues->config.lender_cnt; i++) {
        if (venues->lenders[i].told_cnt >= venues->head->token_cnt)
            continue;
        *subject = (lq_subject_t){LQ_VENUES_SUBJECT_LENDER, i};
        return true;
    }
    return false;
}

bool lq_venues_next(const lq_venues_t *venues, lq_subject_t *subject)
{
    return step(venues, subject, LQ_VENUES_SUBJECT_POOL, 1, wants_pool) ||
           step(venues, subject, LQ_VENUES_SUBJECT_WORDS, LQ_VENUES_CHUNK_MAX, wants_words) ||
           step(venues, subject, LQ_VENUES_SUBJECT_TICKS, LQ_VENUES_CHUNK_MAX, wants_ticks) ||
           step_lender(venues, subject);
}

/* Steps of the golden ratio round a circle come to any part of it soon and evenly, each pool from
   another place, whatever blocks are passed over: about once in 2^n blocks, and with n of 6 never
   less often than once in 89 that follow each other. */
static bool is_rechecked(const lq_venues_row_t *row, uint32_t pool, uint64_t number)
{
    uint64_t at = number * 0x9e3779b97f4a7c15u + pool * 0xbf58476d1ce4e5b9u;
    return at <= UINT64_MAX >> (row->dead_cnt - 1);
}

bool lq_venues_turn(const lq_venues_t *venues, lq_subject_t *subject, uint64_t number)
{
    if (subject->kind > LQ_VENUES_SUBJECT_POOL)
        return false;
    const uint64_t *dead = venues->sets->dead;
    uint32_t i = subject->kind ? subject->index + 1 : 0;
    for (; (i = lq_venues_first_of(dead, i)) < LQ_VENUES_POOL_MAX; i++) {
        if (!is_rechecked(&venues->rows[i], i, number))
            continue;
        *subject = (lq_subject_t){LQ_VENUES_SUBJECT_POOL, i};
        return true;
    }
    if (!venues->config.lender_cnt || !venues->head->token_cnt)
        return false;
    *subject =
        (lq_subject_t){LQ_VENUES_SUBJECT_LENDER, (uint32_t)(number % venues->config.lender_cnt)};
    return true;
}

/* ---- asking ---- */

static lq_err_t add_views(lq_calls_t *calls, const lq_address_t *to, const uint32_t *selectors,
                          size_t cnt)
{
    lq_err_t err = LQ_OK;
    for (size_t i = 0; !err && i < cnt; i++)
        err = lq_calls_add_view(calls, to, selectors[i]);
    return err;
}

static lq_err_t identity_reads(const lq_venue_pool_t *p, lq_calls_t *calls)
{
    static const uint32_t v3[IDENTITY_CNT_V3] = {V3(TOKEN0), V3(TOKEN1), V3(FEE), V3(TICK_SPACING)};
    static const uint32_t v2[IDENTITY_CNT_V2] = {V2(TOKEN0), V2(TOKEN1)};
    if (p->config.kind == LQ_VENUE_UNISWAP_V3)
        return add_views(calls, &p->config.address, v3, IDENTITY_CNT_V3);
    return add_views(calls, &p->config.address, v2, IDENTITY_CNT_V2);
}

static lq_err_t factory_reads_v3(const lq_venue_pool_t *p, lq_calls_t *calls)
{
    uint8_t *in;
    size_t sz = LQ_ABI_UNISWAP_V3_FEE_AMOUNT_TICK_SPACING_SZ;
    lq_err_t err = lq_calls_add(calls, &in, &p->config.factory, sz);
    if (!err)
        err = lq_abi_uniswap_v3_fee_amount_tick_spacing_encode(in, sz, &sz, NULL, p->fee_pips);
    sz = LQ_ABI_UNISWAP_V3_GET_POOL_SZ;
    if (!err)
        err = lq_calls_add(calls, &in, &p->config.factory, sz);
    if (!err)
        err = lq_abi_uniswap_v3_get_pool_encode(in, sz, &sz, NULL, &p->tokens[0], &p->tokens[1],
                                                p->fee_pips);
    return err;
}

static lq_err_t factory_reads_v2(const lq_venue_pool_t *p, lq_calls_t *calls)
{
    uint8_t *in;
    size_t sz = LQ_ABI_UNISWAP_V2_GET_PAIR_SZ;
    lq_err_t err = lq_calls_add(calls, &in, &p->config.factory, sz);
    if (!err)
        err = lq_abi_uniswap_v2_get_pair_encode(in, sz, &sz, NULL, &p->tokens[0], &p->tokens[1]);
    return err;
}

static lq_err_t state_reads(const lq_venue_pool_t *p, lq_calls_t *calls)
{
    static const uint32_t v3[STATE_CNT_V3] = {V3(LIQUIDITY), V3(SLOT0)};
    static const uint32_t v2[STATE_CNT_V2] = {V2(GET_RESERVES)};
    bool is_v3 = p->config.kind == LQ_VENUE_UNISWAP_V3;
    lq_err_t err = LQ_OK;
    if (!lq_venues_is_zero(&p->config.factory))
        err = is_v3 ? factory_reads_v3(p, calls) : factory_reads_v2(p, calls);
    if (err)
        return err;
    return is_v3 ? add_views(calls, &p->config.address, v3, STATE_CNT_V3)
                 : add_views(calls, &p->config.address, v2, STATE_CNT_V2);
}

/* The words of a chunk: the first one's number, and how many. */
typedef struct chunk {
    int32_t word;
    uint32_t cnt;
} chunk_t;

static chunk_t chunk_of(const lq_venues_row_t *row, uint32_t chunk)
{
    uint32_t first = chunk * LQ_VENUES_CHUNK_WORD_CNT;
    uint32_t left = lq_venues_word_cnt(row) - first;
    return (chunk_t){lq_venues_word_first(row) + (int32_t)first,
                     left < LQ_VENUES_CHUNK_WORD_CNT ? left : LQ_VENUES_CHUNK_WORD_CNT};
}

static lq_err_t words_reads(const lq_venues_row_t *row, lq_calls_t *calls, uint32_t chunk)
{
    chunk_t words = chunk_of(row, chunk);
    lq_err_t err = LQ_OK;
    for (uint32_t i = 0; !err && i < words.cnt; i++)
        err = lq_venues_word_read(row, calls, words.word + (int32_t)i);
    return err;
}

/* The first tick of CHUNK that is not read from TICK_ROW on upward; LQ_V3_NONE. */
static uint32_t unread_from(const lq_venues_t *venues, uint32_t tick_row)
{
    while (tick_row != LQ_V3_NONE && venues->ticks[tick_row].gross != 0)
        tick_row = venues->ticks[tick_row].above;
    return tick_row;
}

/* The row from which on ticks are those of CHUNK or above it. */
static uint32_t chunk_first(const lq_venues_t *venues, uint32_t pool, uint32_t chunk)
{
    const lq_venues_row_t *row = &venues->rows[pool];
    int64_t tick = (int64_t)chunk_of(row, chunk).word * LQ_VENUES_WORD_BITS * row->pool.v3.spacing;
    return lq_venues_place(venues, pool, (int32_t)(tick - 1)).above;
}

static uint32_t tick_read_cnt(const lq_venues_row_t *row, uint32_t chunk)
{
    uint32_t cnt = row->unread[chunk];
    return cnt < LQ_VENUES_TICK_READ_MAX ? cnt : LQ_VENUES_TICK_READ_MAX;
}

static lq_err_t ticks_reads(const lq_venues_t *venues, lq_calls_t *calls, uint32_t pool,
                            uint32_t chunk)
{
    const lq_venues_row_t *row = &venues->rows[pool];
    uint32_t tick_row = chunk_first(venues, pool, chunk);
    lq_err_t err = LQ_OK;
    for (uint32_t left = tick_read_cnt(row, chunk); !err && left; left--) {
        tick_row = unread_from(venues, tick_row);
        err = lq_venues_tick_read(row, calls, venues->ticks[tick_row].tick);
        tick_row = venues->ticks[tick_row].above;
    }
    return err;
}

lq_err_t lq_venues_word_read(const lq_venues_row_t *row, lq_calls_t *calls, int32_t word)
{
    uint8_t *in;
    size_t sz = LQ_ABI_UNISWAP_V3_TICK_BITMAP_SZ;
    lq_err_t err = lq_calls_add(calls, &in, &row->pool.config.address, sz);
    return err ? err : lq_abi_uniswap_v3_tick_bitmap_encode(in, sz, &sz, NULL, word);
}

lq_err_t lq_venues_tick_read(const lq_venues_row_t *row, lq_calls_t *calls, int32_t tick)
{
    uint8_t *in;
    size_t sz = LQ_ABI_UNISWAP_V3_TICKS_SZ;
    lq_err_t err = lq_calls_add(calls, &in, &row->pool.config.address, sz);
    return err ? err : lq_abi_uniswap_v3_ticks_encode(in, sz, &sz, NULL, tick);
}

/* What nobody wants now has no reads: an answer that comes for it finds another number of them. */
static lq_err_t add_reads(const lq_venues_t *venues, lq_calls_t *calls, lq_subject_t subject)
{
    uint32_t pool = subject.index / LQ_VENUES_CHUNK_MAX;
    uint32_t chunk = subject.index % LQ_VENUES_CHUNK_MAX;
    switch (subject.kind) {
    case LQ_VENUES_SUBJECT_POOL:
        return venues->rows[subject.index].stage == LQ_VENUES_STATE
                   ? state_reads(&venues->rows[subject.index].pool, calls)
                   : identity_reads(&venues->rows[subject.index].pool, calls);
    case LQ_VENUES_SUBJECT_WORDS:
        return wants_words(venues, subject.index) ? words_reads(&venues->rows[pool], calls, chunk)
                                                  : LQ_OK;
    case LQ_VENUES_SUBJECT_TICKS:
        return wants_ticks(venues, subject.index) ? ticks_reads(venues, calls, pool, chunk) : LQ_OK;
    default:
        return lq_venues_lender_reads(venues, calls, subject.index);
    }
}

lq_err_t lq_venues_reads(const lq_venues_t *venues, lq_calls_t *calls, lq_subject_t subject)
{
    LQ_ASSERT(subject.index < subject_cnt(venues, subject.kind));
    const lq_calls_t was = *calls;
    lq_err_t err = add_reads(venues, calls, subject);
    if (err)
        *calls = was;
    return err;
}

/* ---- answers ---- */

static bool get_address(lq_address_t *out, const lq_read_result_t *r)
{
    return r->ok && lq_abi_uniswap_v3_token0_decode(out, NULL, r->data, r->data_sz) == LQ_OK;
}

static bool no_contract(lq_venues_t *venues, uint32_t pool)
{
    lq_venues_kill(venues, pool, LQ_NO_ROUTE_NO_CONTRACT);
    return false;
}

/* Decodable, and therefore an answer: the status says what it means. */
static bool no_use(lq_venues_t *venues, uint32_t pool, lq_no_route_t reason)
{
    lq_venues_kill(venues, pool, reason);
    return true;
}

static bool answer_identity(lq_venues_t *venues, uint32_t pool, const lq_read_result_t *r,
                            size_t cnt)
{
    lq_venue_pool_t *p = &venues->rows[pool].pool;
    lq_venues_head_t *h = venues->head;
    bool is_v3 = p->config.kind == LQ_VENUE_UNISWAP_V3;
    lq_address_t tokens[2];
    uint64_t fee_pips = p->config.fee_pips;
    int64_t spacing = 0;
    if (cnt != (is_v3 ? IDENTITY_CNT_V3 : IDENTITY_CNT_V2))
        return false;
    if (!get_address(&tokens[0], &r[0]) || !get_address(&tokens[1], &r[1]))
        return no_contract(venues, pool);
    if (is_v3 && (!r[2].ok || !r[3].ok ||
                  lq_abi_uniswap_v3_fee_decode(&fee_pips, NULL, r[2].data, r[2].data_sz) ||
                  lq_abi_uniswap_v3_tick_spacing_decode(&spacing, NULL, r[3].data, r[3].data_sz)))
        return no_contract(venues, pool);
    lq_undo_keep(venues->undo, p, sizeof(*p));
    p->tokens[0] = tokens[0];
    p->tokens[1] = tokens[1];
    lq_undo_keep(venues->undo, &h->written_cnt, sizeof(h->written_cnt));
    h->written_cnt++;
    lq_routes_stale(venues->routes);
    p->fee_pips = (uint32_t)fee_pips;
    p->v3.fee_pips = is_v3 ? (uint32_t)fee_pips : 0;
    p->v3.spacing = (int32_t)spacing;
    if (memcmp(tokens[0].b, tokens[1].b, sizeof(tokens[0].b)) >= 0 || lq_venues_is_zero(&tokens[0]))
        return no_use(venues, pool, LQ_NO_ROUTE_TOKEN_ORDER);
    if (fee_pips >= LQ_PIPS_ONE || (is_v3 && (spacing < 1 || spacing > LQ_V3_SPACING_MAX)))
        return no_use(venues, pool, LQ_NO_ROUTE_FEE_TIER);
    lq_venues_set_stage(venues, pool, LQ_VENUES_STATE);
    return true;
}

/* NONE: the factory lists it, or there is none to be asked. A pool's fee has to be known before the
   factory can know the pool. */
static lq_no_route_t factory_says(const lq_venue_pool_t *p, const lq_read_result_t *r)
{
    lq_address_t listed;
    if (lq_venues_is_zero(&p->config.factory))
        return LQ_NO_ROUTE_NONE;
    if (p->config.kind == LQ_VENUE_UNISWAP_V3) {
        int64_t spacing;
        if (!r[0].ok || lq_abi_uniswap_v3_fee_amount_tick_spacing_decode(&spacing, NULL, r[0].data,
                                                                         r[0].data_sz))
            return LQ_NO_ROUTE_NOT_OF_FACTORY;
        if (spacing != p->v3.spacing)
            return LQ_NO_ROUTE_FEE_TIER;
        r++;
    }
    return get_address(&listed, r) && lq_venues_same(&listed, &p->config.address)
               ? LQ_NO_ROUTE_NONE
               : LQ_NO_ROUTE_NOT_OF_FACTORY;
}

static size_t factory_cnt(const lq_venue_pool_t *p)
{
    if (lq_venues_is_zero(&p->config.factory))
        return 0;
    return p->config.kind == LQ_VENUE_UNISWAP_V3 ? FACTORY_CNT_V3 : FACTORY_CNT_V2;
}

/* A pool without a price has no tick either: nothing is left to be read. */
static bool answer_state_v3(lq_venues_t *venues, uint32_t pool, const lq_read_result_t *r)
{
    lq_venues_row_t *row = &venues->rows[pool];
    lq_v3_pool_t *v3 = &row->pool.v3;
    lq_u256_t liquidity;
    lq_abi_uniswap_v3_slot0_ret_t slot0;
    if (!lq_venues_get_v3(&liquidity, &slot0, r))
        return no_contract(venues, pool);
    bool has_price = !lq_u256_is_zero(&slot0.sqrt_price_x96);
    if (has_price ? !lq_venues_is_price(&slot0.sqrt_price_x96, (int32_t)slot0.tick)
                  : slot0.tick != 0 || !lq_u256_is_zero(&liquidity))
        return no_contract(venues, pool);
    lq_undo_keep(venues->undo, row, sizeof(*row));
    v3->sqrt = slot0.sqrt_price_x96;
    v3->liquidity = lq_u256_lo(&liquidity);
    v3->tick = (int32_t)slot0.tick;
    row->words_read = has_price ? 0 : lq_venues_all_chunks(row);
    lq_venues_set_stage(venues, pool, has_price ? LQ_VENUES_FILL : LQ_VENUES_DONE);
    return true;
}

static bool answer_state_v2(lq_venues_t *venues, uint32_t pool, const lq_read_result_t *r)
{
    lq_venue_pool_t *p = &venues->rows[pool].pool;
    lq_abi_uniswap_v2_get_reserves_ret_t ret;
    if (!r->ok || lq_abi_uniswap_v2_get_reserves_decode(&ret, NULL, r->data, r->data_sz))
        return no_contract(venues, pool);
    lq_undo_keep(venues->undo, p->reserves, sizeof(p->reserves));
    p->reserves[0] = ret.reserve0;
    p->reserves[1] = ret.reserve1;
    lq_venues_set_stage(venues, pool, LQ_VENUES_DONE);
    return true;
}

static bool answer_state(lq_venues_t *venues, uint32_t pool, const lq_read_result_t *r, size_t cnt)
{
    lq_venues_row_t *row = &venues->rows[pool];
    const lq_venue_pool_t *p = &row->pool;
    bool is_v3 = p->config.kind == LQ_VENUE_UNISWAP_V3;
    uint32_t tokens[2];
    size_t skip = factory_cnt(p);
    if (cnt != skip + (is_v3 ? STATE_CNT_V3 : STATE_CNT_V2))
        return false;
    lq_no_route_t why = factory_says(p, r);
    if (why != LQ_NO_ROUTE_NONE)
        return no_use(venues, pool, why);
    if (lq_venues_have_token(venues, &tokens[0], &p->tokens[0]) ||
        lq_venues_have_token(venues, &tokens[1], &p->tokens[1]))
        return no_use(venues, pool, LQ_NO_ROUTE_FULL);
    lq_undo_write(venues->undo, row->tokens, tokens, sizeof(tokens));
    return is_v3 ? answer_state_v3(venues, pool, r + skip)
                 : answer_state_v2(venues, pool, r + skip);
}

/* Once all is read it has to agree; what does not is no pool as we know them. */
static bool finish(lq_venues_t *venues, uint32_t pool)
{
    const lq_venues_row_t *row = &venues->rows[pool];
    if (row->words_read != lq_venues_all_chunks(row))
        return true;
    for (uint32_t i = 0; i < LQ_VENUES_CHUNK_MAX; i++)
        if (row->unread[i])
            return true;
    if (!lq_venues_sums_agree(venues, pool)) {
        lq_venues_kill(venues, pool, LQ_NO_ROUTE_DOUBTFUL);
        return false;
    }
    lq_venues_set_stage(venues, pool, LQ_VENUES_DONE);
    return true;
}

/* The ticks that WORD's BITS name, behind those that were inserted before. */
static lq_no_route_t take_word(lq_venues_t *venues, uint32_t pool, lq_venues_place_t *at,
                               int32_t word, lq_u256_t bits)
{
    const lq_venues_row_t *row = &venues->rows[pool];
    for (int32_t i = 0; i < LQ_VENUES_WORD_BITS; i++) {
        if (!(bits.w[i / 64] >> (i % 64) & 1))
            continue;
        int64_t tick = ((int64_t)word * LQ_VENUES_WORD_BITS + i) * row->pool.v3.spacing;
        if (tick < LQ_V3_TICK_MIN || tick > LQ_V3_TICK_MAX)
            return LQ_NO_ROUTE_NO_CONTRACT;
        at->below = lq_venues_insert_tick(venues, pool, (int32_t)tick, *at);
        if (at->below == LQ_V3_NONE)
            return LQ_NO_ROUTE_FULL;
    }
    return LQ_NO_ROUTE_NONE;
}

static bool answer_words(lq_venues_t *venues, uint32_t pool, uint32_t chunk,
                         const lq_read_result_t *r, size_t cnt)
{
    lq_venues_row_t *row = &venues->rows[pool];
    chunk_t words = chunk_of(row, chunk);
    if (cnt != words.cnt)
        return false;
    int64_t from = (int64_t)words.word * LQ_VENUES_WORD_BITS * row->pool.v3.spacing;
    lq_venues_place_t at = lq_venues_place(venues, pool, (int32_t)(from - 1));
    lq_no_route_t why = LQ_NO_ROUTE_NONE;
    for (uint32_t i = 0; !why && i < words.cnt; i++) {
        lq_u256_t bits;
        why = r[i].ok && !lq_abi_uniswap_v3_tick_bitmap_decode(&bits, NULL, r[i].data, r[i].data_sz)
                  ? take_word(venues, pool, &at, words.word + (int32_t)i, bits)
                  : LQ_NO_ROUTE_NO_CONTRACT;
    }
    if (why == LQ_NO_ROUTE_NO_CONTRACT)
        return no_contract(venues, pool);
    if (why)
        return no_use(venues, pool, why);
    lq_undo_keep(venues->undo, &row->words_read, sizeof(row->words_read));
    row->words_read |= 1u << chunk;
    return finish(venues, pool);
}

/* A tick that is gone since its word was read says 0. */
static bool take_tick(lq_venues_t *venues, uint32_t tick_row, const lq_read_result_t *r)
{
    lq_u128_t gross;
    lq_i128_t net;
    if (!lq_venues_get_tick(&gross, &net, r) || !lq_venues_is_tick(gross, net))
        return false;
    if (gross == 0)
        lq_venues_remove_tick(venues, tick_row);
    else
        lq_venues_set_tick(venues, tick_row, gross, net);
    return true;
}

static bool answer_ticks(lq_venues_t *venues, uint32_t pool, uint32_t chunk,
                         const lq_read_result_t *r, size_t cnt)
{
    if (cnt != tick_read_cnt(&venues->rows[pool], chunk))
        return false;
    uint32_t tick_row = chunk_first(venues, pool, chunk);
    for (size_t i = 0; i < cnt; i++) {
        tick_row = unread_from(venues, tick_row);
        uint32_t above = venues->ticks[tick_row].above;
        if (!take_tick(venues, tick_row, &r[i]))
            return no_contract(venues, pool);
        tick_row = above;
    }
    return finish(venues, pool);
}

bool lq_venues_get_v3(lq_u256_t *liquidity, lq_abi_uniswap_v3_slot0_ret_t *slot0,
                      const lq_read_result_t r[2])
{
    return r[0].ok && r[1].ok &&
           !lq_abi_uniswap_v3_liquidity_decode(liquidity, NULL, r[0].data, r[0].data_sz) &&
           !lq_abi_uniswap_v3_slot0_decode(slot0, NULL, r[1].data, r[1].data_sz);
}

bool lq_venues_get_tick(lq_u128_t *gross, lq_i128_t *net, const lq_read_result_t *r)
{
    lq_abi_uniswap_v3_ticks_ret_t ret;
    if (!r->ok || lq_abi_uniswap_v3_ticks_decode(&ret, NULL, r->data, r->data_sz))
        return false;
    *gross = lq_u256_lo(&ret.liquidity_gross);
    *net = (lq_i128_t)lq_u256_lo(&ret.liquidity_net);
    return true;
}

bool lq_venues_answer(lq_venues_t *venues, lq_subject_t subject, const lq_read_result_t *results,
                      size_t cnt)
{
    if (subject.index >= subject_cnt(venues, subject.kind))
        return false;
    uint32_t pool = subject.index / LQ_VENUES_CHUNK_MAX;
    uint32_t chunk = subject.index % LQ_VENUES_CHUNK_MAX;
    switch (subject.kind) {
    case LQ_VENUES_SUBJECT_POOL:
        if (venues->rows[subject.index].stage == LQ_VENUES_STATE)
            return answer_state(venues, subject.index, results, cnt);
        if (venues->rows[subject.index].stage == LQ_VENUES_FILL ||
            venues->rows[subject.index].stage == LQ_VENUES_DONE)
            return false; /* nobody asked */
        return answer_identity(venues, subject.index, results, cnt);
    case LQ_VENUES_SUBJECT_WORDS:
        return wants_words(venues, subject.index) &&
               answer_words(venues, pool, chunk, results, cnt);
    case LQ_VENUES_SUBJECT_TICKS:
        return wants_ticks(venues, subject.index) &&
               answer_ticks(venues, pool, chunk, results, cnt);
    default:
        return lq_venues_lender_answer(venues, subject.index, results, cnt);
    }
}
