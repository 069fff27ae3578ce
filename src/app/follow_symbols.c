/* What tokens call themselves. Their text is a stranger's. */

#include <stdlib.h>
#include <string.h>

#include "follow_internal.h"
#include "liqd/base/text.h"
#include "liqd/codec/abi_erc20.h"

#define SEC_NS     UINT64_C(1000000000)
#define WAIT_NS    (10 * SEC_NS)
#define CALL_MAX   256u
#define OUTPUT_MAX ((size_t)1 << 20)

/* One question about many tokens. */
typedef struct symbols {
    lq_symbol_t *out;
    size_t cnt;
    bool done;
    bool told;
} symbols_t;

/* Whether the oracles know how TOKEN is called. */
static bool is_named(const lq_oracles_t *oracles, const lq_address_t *token)
{
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        const lq_token_t *t = lq_oracles_token(oracles, i);
        if (memcmp(&t->address, token, sizeof(*token)) == 0)
            return t->symbol[0];
    }
    return false;
}

/* Adds TOKEN to the CNT at OUT where it is not among them. */
static size_t add_symbol(lq_symbol_t *out, size_t cnt, size_t max, const lq_address_t *token)
{
    for (size_t i = 0; i < cnt; i++)
        if (memcmp(&out[i].token, token, sizeof(*token)) == 0)
            return cnt;
    if (cnt < max)
        out[cnt++] = (lq_symbol_t){.token = *token};
    return cnt;
}

/* string, or bytes32 as tokens of the first years have it. */
static void take_symbol(lq_symbol_t *out, const lq_read_result_t *result)
{
    lq_abi_bytes_t text;
    if (!result->ok)
        return;
    if (result->data_sz == 32)
        lq_text_show_cut(out->text, LQ_TOKEN_SYMBOL_SZ, result->data,
                         strnlen((const char *)result->data, 32));
    else if (!lq_abi_erc20_symbol_decode(&text, NULL, result->data, result->data_sz))
        lq_text_show_cut(out->text, LQ_TOKEN_SYMBOL_SZ, text.data, text.sz);
}

static void on_answer(void *ctx, const lq_event_t *event)
{
    symbols_t *s = ctx;
    const lq_read_answer_t *read = event->as.read;
    s->done = true;
    s->told = !read->err && read->result_cnt == s->cnt;
    for (size_t i = 0; s->told && i < s->cnt; i++)
        take_symbol(&s->out[i], &read->results[i]);
}

/* Asks for the symbols of S at BLOCK and waits. */
static bool ask(lq_follow_t *f, symbols_t *s, const lq_block_ref_t *block)
{
    uint8_t input[4] = {
        LQ_ABI_ERC20_SYMBOL_SELECTOR >> 24 & 0xff, LQ_ABI_ERC20_SYMBOL_SELECTOR >> 16 & 0xff,
        LQ_ABI_ERC20_SYMBOL_SELECTOR >> 8 & 0xff, LQ_ABI_ERC20_SYMBOL_SELECTOR & 0xff};
    lq_read_call_t calls[CALL_MAX];
    lq_reads_t *reads;
    lq_reads_config_t config = {.read_max = 1,
                                .call_max = CALL_MAX,
                                .input_max = CALL_MAX * sizeof(input),
                                .output_max = OUTPUT_MAX,
                                .chunk_call_max = CALL_MAX,
                                .timeout_ns = WAIT_NS};
    if (f->settings.config->multicall[0])
        config.multicall = lq_config_address(f->settings.config->multicall);
    for (size_t i = 0; i < s->cnt; i++)
        calls[i] = (lq_read_call_t){s->out[i].token, input, sizeof(input)};
    if (lq_reads_new(&reads, &f->arena, f->loop, f->log, f->pool, &config, on_answer, s))
        return false;
    uint64_t end_mono_ns = lq_clock_now(lq_clock_system()).mono_ns + WAIT_NS;
    if (!lq_reads_submit(reads, 1, block, calls, s->cnt))
        while (!s->done && lq_clock_now(lq_clock_system()).mono_ns < end_mono_ns)
            lq_loop_turn(f->loop, SEC_NS / 10);
    lq_reads_free(reads);
    return s->told;
}

size_t lq_follow_symbols(lq_follow_t *f, lq_symbol_t *out, size_t max)
{
    const lq_sync_t *sync = f->state.sync;
    size_t factor_cnt = lq_ledger_factor_cnt(lq_sync_ledger(sync));
    symbols_t s = {.out = out};
    uint8_t decimals;
    f->ended = true;
    max = max < CALL_MAX ? max : CALL_MAX;
    for (size_t i = 0; i < factor_cnt; i++) {
        lq_address_t token = lq_state_token(&f->state, (uint16_t)i, &decimals);
        if (!is_named(lq_sync_oracles(sync), &token))
            s.cnt = add_symbol(out, s.cnt, max, &token);
    }
    lq_block_ref_t block = lq_sync_stat(sync).complete;
    return s.cnt && ask(f, &s, &block) ? s.cnt : 0;
}
