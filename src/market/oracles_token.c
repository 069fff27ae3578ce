/* Tokens and our own price of them. */

#include "liqd/base/text.h"
#include "liqd/codec/abi_erc20.h"

#include "oracles_internal.h"

lq_err_t lq_oracles_add_token(lq_oracles_t *o, uint32_t *token, const lq_address_t *address)
{
    if (lq_oracles_find_token(o, token, address) == LQ_OK)
        return LQ_OK;
    return lq_oracles_append_token(o, token, address);
}

lq_err_t lq_oracles_add_source(lq_oracles_t *o, uint32_t token, uint32_t oracle)
{
    LQ_ASSERT(token < o->head->token_cnt && oracle < o->head->oracle_cnt);
    lq_oracles_token_t *row = &o->tokens[token];
    for (unsigned i = 0; i < row->source_cnt; i++)
        if (row->sources[i] == oracle)
            return LQ_OK;
    if (row->source_cnt == LQ_VALUE_SOURCE_MAX)
        return LQ_ERR_FULL;
    lq_undo_keep(o->undo, row, sizeof(*row));
    row->sources[row->source_cnt++] = oracle;
    return LQ_OK;
}

size_t lq_oracles_token_cnt(const lq_oracles_t *o)
{
    return o->head->token_cnt;
}

const lq_token_t *lq_oracles_token(const lq_oracles_t *o, uint32_t token)
{
    LQ_ASSERT(token < o->head->token_cnt);
    return &o->tokens[token].token;
}

/* ---- reads ---- */

lq_err_t lq_oracles_token_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t token)
{
    const lq_address_t *address = &o->tokens[token].token.address;
    lq_err_t err = lq_calls_add_view(calls, address, LQ_ABI_ERC20_DECIMALS_SELECTOR);
    return err ? err : lq_calls_add_view(calls, address, LQ_ABI_ERC20_SYMBOL_SELECTOR);
}

/* string, or bytes32 as tokens of the first years have it. */
static void take_symbol(char out[LQ_TOKEN_SYMBOL_SZ], const lq_read_result_t *result)
{
    lq_abi_bytes_t text = {0};
    if (!result->ok)
        return;
    if (result->data_sz == 32) {
        text = (lq_abi_bytes_t){result->data, 32};
        while (text.sz > 0 && text.data[text.sz - 1] == 0)
            text.sz--;
    } else if (lq_abi_erc20_symbol_decode(&text, NULL, result->data, result->data_sz) != LQ_OK) {
        return;
    }
    lq_text_show_cut(out, LQ_TOKEN_SYMBOL_SZ, text.data, text.sz);
}

/* A token that does not tell its decimals has none that are known, and no amount of it a value. */
lq_err_t lq_oracles_token_answer(lq_oracles_t *o, uint32_t token, const lq_read_result_t *results,
                                 size_t cnt)
{
    lq_oracles_token_t *row = &o->tokens[token];
    lq_u256_t decimals;
    if (cnt != 2)
        return LQ_ERR_SYNTAX;
    lq_undo_keep(o->undo, row, sizeof(*row));
    row->token.decimals = LQ_FEED_DECIMALS_UNKNOWN;
    if (lq_oracles_word(&decimals, &results[0], 0) && lq_u256_bit_len(&decimals) <= 8)
        row->token.decimals = (uint8_t)decimals.w[0];
    memset(row->token.symbol, 0, sizeof(row->token.symbol));
    take_symbol(row->token.symbol, &results[1]);
    if (row->needs_read) {
        row->needs_read = 0;
        lq_undo_keep(o->undo, o->head, sizeof(*o->head));
        o->head->unread_token_cnt--;
    }
    return LQ_OK;
}

/* ---- our own price ---- */

static bool is_overlaid(const lq_price_overlay_t *overlays, size_t overlay_cnt, uint32_t feed)
{
    size_t i = 0;
    while (i < overlay_cnt && overlays[i].feed != feed)
        i++;
    return i < overlay_cnt;
}

/* As fresh as that of its feeds which is due first. */
static void take_freshness(const lq_oracles_t *o, lq_value_source_t *out, uint32_t oracle,
                           const lq_price_overlay_t *overlays, size_t overlay_cnt)
{
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    size_t cnt = lq_price_feeds(feeds, &o->prices[oracle]);
    uint64_t first_due_sec = UINT64_MAX;
    out->updated_sec = o->head->now_sec;
    for (size_t i = 0; i < cnt; i++) {
        const lq_feed_t *f = &o->feeds[feeds[i]];
        bool is_new = is_overlaid(overlays, overlay_cnt, feeds[i]);
        uint64_t updated_sec = is_new ? o->head->now_sec : f->updated_sec;
        uint64_t due_sec = updated_sec + f->heartbeat_sec;
        if (due_sec < updated_sec)
            due_sec = UINT64_MAX - 1;
        if (due_sec >= first_due_sec)
            continue;
        first_due_sec = due_sec;
        out->updated_sec = updated_sec;
        out->heartbeat_sec = f->heartbeat_sec;
    }
}

lq_value_verdict_t lq_oracles_value(const lq_oracles_t *o, lq_value_t *out, uint32_t token,
                                    const lq_value_limits_t *limits)
{
    LQ_ASSERT(token < o->head->token_cnt);
    const lq_oracles_token_t *row = &o->tokens[token];
    lq_value_source_t sources[LQ_VALUE_SOURCE_MAX];
    for (size_t i = 0; i < row->source_cnt; i++) {
        const lq_oracles_row_t *oracle = &o->rows[row->sources[i]];
        sources[i] = (lq_value_source_t){.decimals = oracle->decimals};
        if (oracle->verdict == LQ_PRICE_OK)
            sources[i].price = oracle->value;
        take_freshness(o, &sources[i], row->sources[i], NULL, 0);
    }
    return lq_value_aggregate(out, sources, row->source_cnt, limits, o->head->now_sec);
}

lq_value_verdict_t lq_oracles_value_under(const lq_oracles_t *o, lq_value_t *out, uint32_t token,
                                          const lq_value_limits_t *limits,
                                          const lq_price_overlay_t *overlays, size_t overlay_cnt,
                                          uint64_t now_sec)
{
    LQ_ASSERT(token < o->head->token_cnt);
    const lq_oracles_token_t *row = &o->tokens[token];
    lq_value_source_t sources[LQ_VALUE_SOURCE_MAX];
    for (size_t i = 0; i < row->source_cnt; i++) {
        uint32_t oracle = row->sources[i];
        lq_u256_t price;
        bool moves = o->rows[oracle].shape != LQ_ORACLE_OPAQUE;
        sources[i] = (lq_value_source_t){.decimals = o->rows[oracle].decimals};
        if (lq_oracles_eval(o, &price, oracle, overlays, overlay_cnt, now_sec) == LQ_PRICE_OK)
            sources[i].price = price;
        take_freshness(o, &sources[i], oracle, overlays, moves ? overlay_cnt : 0);
    }
    return lq_value_aggregate(out, sources, row->source_cnt, limits, o->head->now_sec);
}

lq_err_t lq_oracles_gap(const lq_oracles_t *o, lq_value_gap_t *out, uint32_t oracle, uint32_t token,
                        const lq_value_limits_t *limits)
{
    lq_value_t ours;
    lq_u256_t theirs;
    lq_oracle_t about = lq_oracles_get(o, oracle);
    if (about.verdict != LQ_PRICE_OK ||
        lq_value_to_wad(&theirs, &about.value, about.decimals) != LQ_OK ||
        lq_oracles_value(o, &ours, token, limits) == LQ_VALUE_NONE)
        return LQ_ERR_EMPTY;
    lq_err_t err = lq_value_gap(out, &theirs, about.updated_sec, &ours.price_wad, ours.updated_sec);
    return err ? LQ_ERR_EMPTY : LQ_OK;
}
