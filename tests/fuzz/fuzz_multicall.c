#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/chain/multicall_internal.h"

/* The laws. Of an answer: results lie within it, their bytes are no more than it has, a failure has
   its message and changes nothing. Of a plan: whatever happens to requests, each call is done once,
   none is asked twice but to be asked alone, and no request is larger than allowed.

   The first byte is the number of calls, the second the size of a chunk; the rest is an answer, and
   what happens to requests. */

#define CALL_MAX 255

static void *need(void *p)
{
    LQ_ASSERT(p);
    return p;
}

static void decode(const uint8_t *data, size_t sz, size_t cnt)
{
    lq_abi_type_t type;
    lq_multicall_type(&type);
    lq_read_result_t *out = need(calloc(cnt + 1, sizeof(*out)));
    lq_abi_val_t *vals = need(malloc((1 + 2 * cnt) * sizeof(*vals)));
    uint8_t *answer = need(malloc(sz + 1));
    memcpy(answer, data, sz);
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_multicall_decode(out, vals, &msg, &type, answer, sz, cnt);
    LQ_ASSERT(err == LQ_OK || err == LQ_ERR_SYNTAX);
    LQ_ASSERT((err != LQ_OK) == (msg.text[0] != '\0'));
    size_t total = 0;
    for (size_t i = 0; i < cnt; i++) {
        if (err) {
            LQ_ASSERT(!out[i].data && !out[i].data_sz && !out[i].ok);
            continue;
        }
        LQ_ASSERT(out[i].data >= answer && out[i].data_sz <= sz);
        LQ_ASSERT((size_t)(out[i].data - answer) <= sz - out[i].data_sz);
        total += out[i].data_sz;
    }
    LQ_ASSERT(total <= sz);
    free(answer);
    free(vals);
    free(out);
}

/* Has happen what BYTE says to the request of PLAN; false: the read fails. */
static bool happen(lq_multicall_plan_t *plan, uint8_t byte)
{
    if (byte % 4 == 0)
        return lq_multicall_plan_halve(plan);
    if (byte % 32 == 1) {
        lq_multicall_plan_split(plan);
        return plan->state == LQ_MULTICALL_TOGETHER; /* alone it would only be asked again */
    }
    for (size_t i = plan->from; i < plan->to; i++) {
        if (!lq_multicall_plan_has(plan, i))
            continue;
        bool again = plan->state == LQ_MULTICALL_TOGETHER && (byte >> i % 8 & 1);
        plan->states[i] = again ? LQ_MULTICALL_ALONE : LQ_MULTICALL_DONE;
    }
    return true;
}

static void plan(const uint8_t *data, size_t sz, size_t cnt, size_t chunk_max)
{
    uint8_t states[CALL_MAX];
    lq_multicall_plan_t p;
    lq_multicall_plan_init(&p, states, cnt, chunk_max, sz && data[0] % 2);
    size_t request_cnt = 0;
    while (lq_multicall_plan_next(&p)) {
        LQ_ASSERT(request_cnt++ < 2 * cnt + 10);
        LQ_ASSERT(p.cnt >= 1 && p.cnt <= p.chunk_max && p.chunk_max <= chunk_max);
        LQ_ASSERT(p.state != LQ_MULTICALL_TOGETHER || p.cnt > 1);
        LQ_ASSERT(p.state != LQ_MULTICALL_ALONE || p.cnt <= LQ_RPC_ITEM_MAX);
        size_t has = 0;
        for (size_t i = 0; i < cnt; i++)
            has += lq_multicall_plan_has(&p, i);
        LQ_ASSERT(has == p.cnt && p.from < p.to && p.to <= cnt);
        if (!happen(&p, request_cnt < sz ? data[request_cnt] : 2))
            return;
    }
    for (size_t i = 0; i < cnt; i++)
        LQ_ASSERT(states[i] == LQ_MULTICALL_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (sz < 2)
        return 0;
    decode(data + 2, sz - 2, data[0]);
    plan(data + 2, sz - 2, data[0], 1 + data[1]);
    return 0;
}
