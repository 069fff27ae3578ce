#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/net/ws_upgrade_internal.h"
#include "liqd/base/text.h"

/* The laws: what is decided of a beginning of the answer is decided of the whole, message and all;
   messages are fit for a terminal; an accepted header ends in an empty line and has what it must.
 */

/* RFC 6455 section 1.3: its answer is s3pPLMBiTxaQ9kYGzzhZRbK+xOo= */
static const lq_ws_key_t key = {"dGhlIHNhbXBsZSBub25jZQ=="};

typedef struct result {
    lq_err_t err;
    size_t used;
    lq_err_msg_t msg;
} result_t;

static result_t answer(const uint8_t *data, size_t sz)
{
    result_t r = {0};
    char *copy = malloc(sz ? sz : 1); /* so that a read past the end is seen */
    LQ_ASSERT(copy);
    memcpy(copy, data, sz);
    r.err = lq_ws_answer(&r.used, &r.msg, copy, sz, &key);
    free(copy);
    LQ_ASSERT(lq_text_is_plain(r.msg.text, strlen(r.msg.text)));
    return r;
}

static void check_accepted(const uint8_t *data, size_t sz, size_t used)
{
    LQ_ASSERT(used <= sz && used <= LQ_WS_ANSWER_MAX);
    LQ_ASSERT(memcmp(data + used - 4, "\r\n\r\n", 4) == 0);
    LQ_ASSERT(memcmp(data, "HTTP/1.", 7) == 0 && memcmp(data + 8, " 101", 4) == 0);
    LQ_ASSERT(memmem(data, used, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    result_t whole = answer(data, sz);
    if (!whole.err && whole.used)
        check_accepted(data, sz, whole.used);
    size_t step = sz < 256 ? 1 : sz / 64;
    for (size_t cut = 0; cut < sz; cut += step) {
        result_t part = answer(data, cut);
        if (part.err || part.used)
            LQ_ASSERT(part.err == whole.err && part.used == whole.used &&
                      strcmp(part.msg.text, whole.msg.text) == 0);
    }
    return 0;
}
