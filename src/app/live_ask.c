/* What the nodes are asked beside the chain: where it began, what was mined of ours before, and
   what stays. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "liqd/chain/decode.h"
#include "liqd/codec/abi_executor.h"
#include "liqd/codec/hex.h"
#include "liqd/keys/address.h"
#include "live_shell_internal.h"

#define SEC_NS    UINT64_C(1000000000)
#define RETRY_NS  (2 * SEC_NS)
#define SAY_NS    (30 * SEC_NS)
#define WAIT_NS   (10 * SEC_NS)
#define PARAMS_SZ 192u

/* ---- the beginning */

static bool take_word(uint8_t out[32], const lq_rpc_answer_t *answer, size_t i)
{
    return i < answer->result_cnt && !answer->results[i].class_ &&
           !lq_json_get_data(answer->doc, out, 32, NULL, answer->results[i].value, NULL);
}

/* Takes the answers: the first block, the nonces, the executor's owner, and who is none of its
   operators. False: one of the first two is missing. */
static bool take_origin(lq_live_shell_t *s, const lq_rpc_answer_t *answer)
{
    lq_live_origin_t *o = &s->origin;
    size_t cnt = s->settings.senders->cnt;
    lq_header_t header;
    uint8_t word[32];
    for (size_t i = 0; i < cnt + 1; i++)
        if (answer->results[i].class_)
            return false;
    if (lq_header_decode(answer->doc, &header, NULL, answer->results[0].value))
        return false;
    for (size_t i = 0; i < cnt; i++)
        if (lq_json_get_qty_u64(answer->doc, &o->nonces[i], NULL, answer->results[1 + i].value,
                                NULL))
            return false;
    o->genesis = header.block.hash;
    if (take_word(word, answer, cnt + 1))
        memcpy(o->owner.b, word + 12, sizeof(o->owner.b));
    for (size_t i = 0; i < cnt; i++)
        o->no_operator[i] = take_word(word, answer, cnt + 2 + i) && !word[31];
    return true;
}

static void on_origin(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_live_shell_t *s = ctx;
    s->origin.asked = false;
    s->origin.at_mono_ns = answer->recv.mono_ns + RETRY_NS;
    if (s->phase == LQ_LIVE_ASKING && take_origin(s, answer))
        s->phase = LQ_LIVE_TOLD;
}

static void ask_origin(lq_live_shell_t *s)
{
    static const char first[] = "[\"0x0\",false]";
    char params[2 * LQ_TXMAN_SENDER_MAX + 1][PARAMS_SZ];
    lq_rpc_item_t items[2 * LQ_TXMAN_SENDER_MAX + 2] = {
        {"eth_getBlockByNumber", first, sizeof(first) - 1}};
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    size_t cnt = 1;
    for (size_t i = 0; i < s->settings.senders->cnt; i++, cnt++) {
        lq_address_print(address, &s->settings.senders->senders[i].address);
        int sz = snprintf(params[i], PARAMS_SZ, "[\"%s\",\"latest\"]", address);
        items[cnt] = (lq_rpc_item_t){"eth_getTransactionCount", params[i], (size_t)sz};
    }
    if (s->settings.config->executor[0]) {
        int sz =
            snprintf(params[cnt - 1], PARAMS_SZ, "[{\"to\":\"%s\",\"data\":\"0x%08x\"},\"latest\"]",
                     s->settings.config->executor, LQ_ABI_EXECUTOR_OWNER_SELECTOR);
        items[cnt] = (lq_rpc_item_t){"eth_call", params[cnt - 1], (size_t)sz};
        cnt++;
    }
    for (size_t i = 0; s->settings.config->executor[0] && i < s->settings.senders->cnt;
         i++, cnt++) {
        lq_address_print(address, &s->settings.senders->senders[i].address);
        int sz = snprintf(
            params[cnt - 1], PARAMS_SZ, "[{\"to\":\"%s\",\"data\":\"0x%08x%024d%s\"},\"latest\"]",
            s->settings.config->executor, LQ_ABI_EXECUTOR_OPERATORS_SELECTOR, 0, address + 2);
        items[cnt] = (lq_rpc_item_t){"eth_call", params[cnt - 1], (size_t)sz};
    }
    lq_pool_call_t call = {
        .rpc = {.items = items, .item_cnt = cnt, .timeout_ns = WAIT_NS, .fn = on_origin, .ctx = s},
        .role = LQ_ROLE_READ,
    };
    lq_rpc_id_t id;
    s->origin.asked = !lq_pool_call(lq_follow_pool(s->settings.follow), &id, &call);
}

bool lq_live_ask_origin(lq_live_shell_t *s)
{
    lq_live_origin_t *o = &s->origin;
    uint64_t now = lq_live_now(s).mono_ns;
    if (s->phase != LQ_LIVE_ASKING)
        return true;
    if (!o->said_mono_ns)
        o->said_mono_ns = now;
    if (now - o->said_mono_ns >= SAY_NS) {
        o->said_mono_ns = now;
        LQ_LOG(s->settings.log, LQ_LOG_WARN, "app",
               "no node tells the chain's first block and our nonces: waiting");
    }
    if (!o->asked && now >= o->at_mono_ns)
        ask_origin(s);
    return false;
}

/* ---- what stays */

static void on_final(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_live_shell_t *s = ctx;
    lq_header_t header;
    s->final_asked = false;
    /* a chain that has none yet answers null */
    if (answer->results[0].class_ ||
        lq_header_decode(answer->doc, &header, NULL, answer->results[0].value) ||
        header.block.number <= s->final_blk)
        return;
    s->final_blk = header.block.number;
    lq_exec_finalized(s->exec, &header.block);
}

void lq_live_ask_final(lq_live_shell_t *s)
{
    char params[PARAMS_SZ];
    unsigned finality = s->settings.config->finality;
    if (finality == LQ_FINALITY_NONE || s->final_asked || s->phase != LQ_LIVE_BEGUN)
        return;
    int sz = snprintf(params, sizeof(params), "[\"%s\",false]", lq_finality_names[finality]);
    lq_rpc_item_t item = {"eth_getBlockByNumber", params, (size_t)sz};
    lq_pool_call_t call = {
        .rpc = {.items = &item, .item_cnt = 1, .timeout_ns = WAIT_NS, .fn = on_final, .ctx = s},
        .role = LQ_ROLE_READ,
    };
    lq_rpc_id_t id;
    s->final_asked = !lq_pool_call(lq_follow_pool(s->settings.follow), &id, &call);
}
