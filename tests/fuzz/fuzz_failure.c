#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/rpc/failure.h"

/* Three bytes choose group, status and code, the rest is the message. The laws: a class, never OK;
   a hint belongs to its class and is in order; case does not matter, nor what stands behind the
   1024th byte; a page is never taken for a node's word about a transaction. */

static const unsigned statuses[] = {0, 200, 400, 401, 402, 403, 404, 408, 413, 429, 500, 502, 504};
static const int64_t codes[] = {0,      -32000, -32001, -32002, -32003, -32004, -32005, -32007,
                                -32009, -32010, -32015, -32601, -32602, -32614, 3,      4444};

static bool is_of_send(lq_rpc_class_t c)
{
    return c >= LQ_RPC_KNOWN && c <= LQ_RPC_SEQUENCER;
}

/* What eth_simulateV1 says of transactions that it is to put into a block. */
static bool is_of_simulation(lq_rpc_class_t c)
{
    return c == LQ_RPC_FUNDS || c == LQ_RPC_UNDERPRICED || c == LQ_RPC_MALFORMED;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (sz < 3)
        return 0;
    lq_rpc_group_t group = (lq_rpc_group_t)(data[0] % 3);
    lq_rpc_failure_t f = {.http_status = statuses[data[1] % LQ_ARRAY_CNT(statuses)],
                          .code = codes[data[2] % LQ_ARRAY_CNT(codes)],
                          .message = (const char *)data + 3,
                          .message_sz = sz - 3,
                          .has_data = data[0] & 0x80};
    lq_rpc_hint_t hint;
    lq_rpc_class_t c = lq_rpc_classify(&hint, group, &f);
    LQ_ASSERT(c > LQ_RPC_OK && c < LQ_RPC_CLASS_CNT);
    LQ_ASSERT(hint.from <= hint.to);
    LQ_ASSERT(!hint.range_max || c == LQ_RPC_RANGE);
    LQ_ASSERT(!hint.to || c == LQ_RPC_RANGE || c == LQ_RPC_ROWS);
    LQ_ASSERT(!hint.has_next_nonce || c == LQ_RPC_NONCE_LOW || c == LQ_RPC_NONCE_HIGH);
    if (group != LQ_RPC_GROUP_SEND)
        LQ_ASSERT(!is_of_send(c) || is_of_simulation(c));
    else if (f.code == 0 && f.http_status != 0 && f.http_status != 200)
        LQ_ASSERT(!is_of_send(c));

    size_t used = f.message_sz < 1024 ? f.message_sz : 1024;
    char *upper = malloc(used + 1);
    LQ_ASSERT(upper);
    for (size_t i = 0; i < used; i++) {
        upper[i] = f.message[i];
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] & ~0x20);
    }
    f.message = upper;
    f.message_sz = used;
    lq_rpc_hint_t again;
    LQ_ASSERT(lq_rpc_classify(&again, group, &f) == c);
    LQ_ASSERT(again.range_max == hint.range_max && again.from == hint.from && again.to == hint.to &&
              again.next_nonce == hint.next_nonce && again.has_next_nonce == hint.has_next_nonce);
    free(upper);
    return 0;
}
