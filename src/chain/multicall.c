#include "multicall_internal.h"

#include <string.h>

#include "liqd/codec/json_write.h"

void lq_multicall_plan_init(lq_multicall_plan_t *plan, uint8_t *states, size_t call_cnt,
                            size_t chunk_max, bool together)
{
    *plan = (lq_multicall_plan_t){.states = states, .call_cnt = call_cnt, .chunk_max = chunk_max};
    memset(states, together ? LQ_MULTICALL_TOGETHER : LQ_MULTICALL_ALONE, call_cnt);
}

/* Chooses the first calls of STATE, at most MAX. */
static bool choose(lq_multicall_plan_t *plan, lq_multicall_state_t state, size_t max)
{
    size_t i = 0;
    while (i < plan->call_cnt && plan->states[i] != state)
        i++;
    plan->state = state;
    plan->from = i;
    for (plan->cnt = 0; i < plan->call_cnt && plan->cnt < max; i++)
        plan->cnt += plan->states[i] == state;
    plan->to = i;
    return plan->cnt > 0;
}

bool lq_multicall_plan_next(lq_multicall_plan_t *plan)
{
    while (choose(plan, LQ_MULTICALL_TOGETHER, plan->chunk_max)) {
        if (plan->cnt > 1)
            return true;
        plan->states[plan->to - 1] = LQ_MULTICALL_ALONE;
    }
    size_t max = plan->chunk_max < LQ_RPC_ITEM_MAX ? plan->chunk_max : LQ_RPC_ITEM_MAX;
    return choose(plan, LQ_MULTICALL_ALONE, max);
}

bool lq_multicall_plan_halve(lq_multicall_plan_t *plan)
{
    if (plan->cnt <= 1)
        return false;
    plan->chunk_max = plan->cnt / 2;
    return true;
}

void lq_multicall_plan_split(lq_multicall_plan_t *plan)
{
    for (size_t i = 0; i < plan->call_cnt; i++)
        if (plan->states[i] == LQ_MULTICALL_TOGETHER)
            plan->states[i] = LQ_MULTICALL_ALONE;
}

size_t lq_multicall_calldata_max(size_t call_cnt, size_t input_sz)
{
    /* selector, offset, count; of each call an offset, three words, a size, padding */
    return 4 + 64 + call_cnt * (5 * 32 + 31) + input_sz;
}

size_t lq_multicall_answer_max(size_t call_cnt, size_t output_sz)
{
    /* offset, count; of each call an offset, two words, a size, padding */
    return 64 + call_cnt * (4 * 32 + 31) + output_sz;
}

size_t lq_multicall_params_max(size_t data_sz)
{
    return 256 + 2 * data_sz;
}

size_t lq_multicall_params(char *out, const lq_address_t *to, const uint8_t *data, size_t data_sz,
                           uint64_t gas, const lq_hash_t *hash)
{
    char *p = lq_json_put_text(out, "[{\"to\":");
    p = lq_json_put_hex(p, to->b, sizeof(to->b));
    p = lq_json_put_text(p, ",\"data\":"); /* all clients know it, "input" only the newer ones */
    p = lq_json_put_hex(p, data, data_sz);
    if (gas) {
        p = lq_json_put_text(p, ",\"gas\":");
        p = lq_json_put_u64(p, gas);
    }
    p = lq_json_put_text(p, "},{\"blockHash\":");
    p = lq_json_put_hex(p, hash->b, sizeof(hash->b));
    p = lq_json_put_text(p, ",\"requireCanonical\":true}]");
    return (size_t)(p - out);
}

void lq_multicall_type(lq_abi_type_t *type)
{
    static const char text[] = "((bool,bytes)[])";
    lq_err_t err = lq_abi_type_parse(type, NULL, text, sizeof(text) - 1);
    LQ_ASSERT(!err);
}

lq_err_t lq_multicall_decode(lq_read_result_t *out, lq_abi_val_t *vals, lq_err_msg_t *msg,
                             const lq_abi_type_t *type, const uint8_t *data, size_t data_sz,
                             size_t cnt)
{
    size_t val_cnt;
    lq_err_t err = lq_abi_decode(vals, 1 + 2 * cnt, &val_cnt, msg, type, data, data_sz);
    if (err == LQ_ERR_FULL)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "aggregate3: more results than %zu calls", cnt);
    if (err)
        return err;
    if (vals[0].cnt != cnt)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "aggregate3: %zu results for %zu calls",
                              vals[0].cnt, cnt);
    size_t left = data_sz;
    for (size_t i = 0; i < cnt; i++) {
        size_t sz = vals[2 + 2 * i].bytes.sz;
        if (sz > left) /* tails that overlap, as no contract writes them */
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "aggregate3: results of more bytes than the answer's %zu",
                                  data_sz);
        left -= sz;
    }
    for (size_t i = 0; i < cnt; i++) {
        lq_abi_bytes_t bytes = vals[2 + 2 * i].bytes;
        out[i] = (lq_read_result_t){!lq_u256_is_zero(&vals[1 + 2 * i].num), bytes.data, bytes.sz};
    }
    return LQ_OK;
}
