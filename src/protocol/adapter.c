#include "liqd/protocol/adapter.h"

#include <string.h>

const lq_adapter_t *const lq_adapters[] = {&lq_adapter_aave_v3, &lq_adapter_morpho_blue, NULL};

const lq_adapter_t *lq_adapter_find(const char *name)
{
    for (size_t i = 0; lq_adapters[i]; i++) {
        const char *own = lq_adapters[i]->name;
        size_t sz = strlen(own);
        if (strlen(name) == sz && memcmp(own, name, sz) == 0)
            return lq_adapters[i];
    }
    return NULL;
}

const char *lq_health_verdict_str(lq_health_verdict_t verdict)
{
    switch (verdict) {
    case LQ_HEALTH_NO_DEBT:
        return "no debt";
    case LQ_HEALTH_SAFE:
        return "safe";
    case LQ_HEALTH_LIQUIDATABLE:
        return "liquidatable";
    case LQ_HEALTH_UNKNOWN:
        return "unknown";
    case LQ_HEALTH_REVERTS:
        return "reverts";
    }
    LQ_BUG("no such verdict: %d", (int)verdict);
}
