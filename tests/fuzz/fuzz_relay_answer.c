/* What a relay or builder answers: two bytes, kind and status, then the body. */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/exec/ways_internal.h"

#define TOK 8192u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static const unsigned statuses[] = {200, 204, 301, 400, 403, 429, 500, 503};
    static lq_json_tok_t tok[TOK];
    if (sz < 2)
        return 0;
    char *body = malloc(sz);
    char *text = malloc(sz);
    LQ_ASSERT(body && text);
    memcpy(body, data + 2, sz - 2);
    lq_txman_answer_t out;
    memset(&out, 0xa5, sizeof(out));
    const ways_said_t said = {.kind = data[0] & 1 ? LQ_WAY_BUNDLE : LQ_WAY_PRIVATE,
                              .status = statuses[data[1] % LQ_ARRAY_CNT(statuses)],
                              .body = body,
                              .body_sz = sz - 2,
                              .tok = tok,
                              .tok_max = TOK,
                              .text = text};
    ways_read(&out, &said);
    LQ_ASSERT(out.class_ < LQ_RPC_CLASS_CNT && out.text && out.text_sz <= sz + 64);
    LQ_ASSERT(!out.has_hash || (out.class_ == LQ_RPC_OK && said.kind == LQ_WAY_PRIVATE));
    LQ_ASSERT(out.class_ != LQ_RPC_OK || (said.status >= 200 && said.status <= 299));
    volatile char seen = 0;
    for (size_t i = 0; i < out.text_sz; i++)
        seen = out.text[i]; /* all of it can be read */
    (void)seen;
    free(body);
    free(text);
    return 0;
}
