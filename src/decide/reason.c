#include "liqd/decide/reason.h"

const char *lq_reason_str(lq_reason_t reason)
{
    switch (reason) {
#define REASON_CASE(name, string) \
    case LQ_REASON_##name:        \
        return string;
        LQ_REASON_TABLE(REASON_CASE)
#undef REASON_CASE
    case LQ_REASON_CNT:
        break;
    }
    return "unknown";
}
