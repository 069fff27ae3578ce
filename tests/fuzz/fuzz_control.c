#include "fuzz.h"

#include <string.h>

#include "liqd/base/text.h"
#include "liqd/ops/control.h"

/* The laws: what is taken is written and read again as the same; a refusal quotes nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    char line[LQ_CONTROL_LINE_MAX];
    lq_control_request_t request;
    lq_control_request_t again;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_control_parse(&request, &msg, (const char *)data, sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_NOT_FOUND);
        LQ_ASSERT(msg.text[0] && lq_text_is_plain(msg.text, strlen(msg.text)));
        return 0;
    }
    LQ_ASSERT(lq_text_is_plain(request.market, strlen(request.market)));
    size_t line_sz = lq_control_write(line, &request);
    LQ_ASSERT(line_sz == strlen(line) && !memchr(line, '\n', line_sz));
    LQ_ASSERT(lq_control_parse(&again, NULL, line, line_sz) == LQ_OK);
    LQ_ASSERT(again.command == request.command && strcmp(again.market, request.market) == 0);
    return 0;
}
