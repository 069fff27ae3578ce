#include "liqd/codec/abi_executor.h"
#include "liqd/decide/executor.h"

/* The case of an error without arguments, and of one whose arguments, E, make up the members
   behind. */
#define BARE(NAME)                                \
    case LQ_ABI_EXECUTOR_##NAME##_ERROR_SELECTOR: \
        r.error = LQ_EXECUTOR_ERROR_##NAME;       \
        break
#define TAKE(NAME, name, ...)                                                       \
    case LQ_ABI_EXECUTOR_##NAME##_ERROR_SELECTOR: {                                 \
        lq_abi_executor_##name##_error_t e;                                         \
        if (lq_abi_executor_##name##_error_decode(&e, NULL, data, sz))              \
            return LQ_ERR_SYNTAX;                                                   \
        r = (lq_executor_revert_t){.error = LQ_EXECUTOR_ERROR_##NAME, __VA_ARGS__}; \
        break;                                                                      \
    }

lq_err_t lq_executor_revert(lq_executor_revert_t *out, const uint8_t *data, size_t sz)
{
    lq_executor_revert_t r = {.error = LQ_EXECUTOR_ERROR_NONE};
    uint32_t selector = 0;
    for (size_t i = 0; sz >= 4 && i < 4; i++)
        selector = selector << 8 | data[i];
    switch (selector) {
        BARE(NOT_OWNER);
        BARE(NOT_OPERATOR);
        BARE(BUSY);
        BARE(BAD_PROGRAM);
        TAKE(EXPIRED, expired, .actual = e.number, .limit = e.last)
        TAKE(ACCOUNT_CHANGED, account_changed, .about = e.guard, .actual = e.actual,
             .limit = e.minimum)
        TAKE(GUARD_FAILED, guard_failed, .about = e.guard, .inner = e.inner.data,
             .inner_sz = e.inner.sz)
        TAKE(UNEXPECTED_CALLBACK, unexpected_callback, .about = e.caller)
        TAKE(CALLBACK_MISSING, callback_missing, .about = e.callee)
        TAKE(CALL_FAILED, call_failed, .about = e.callee, .inner = e.inner.data,
             .inner_sz = e.inner.sz)
        TAKE(TOKEN_FAILED, token_failed, .about = e.token, .inner = e.inner.data,
             .inner_sz = e.inner.sz)
        TAKE(TOO_DEAR, too_dear, .about = e.payee, .actual = e.asked, .limit = e.most)
        TAKE(TOO_LITTLE, too_little, .about = e.pool, .actual = e.got, .limit = e.least)
        TAKE(BELOW_MINIMUM, below_minimum, .about = e.token, .actual = e.gained, .limit = e.minimum)
        TAKE(BUILDER_REFUSED, builder_refused, .about = e.builder, .actual = e.amount)
    default:
        break;
    }
    *out = r;
    return LQ_OK;
}

const char *lq_executor_error_str(lq_executor_error_t error)
{
    switch (error) {
#define ERROR_CASE(name, string)   \
    case LQ_EXECUTOR_ERROR_##name: \
        return string;
        LQ_EXECUTOR_ERROR_TABLE(ERROR_CASE)
#undef ERROR_CASE
    case LQ_EXECUTOR_ERROR_CNT:
        break;
    }
    return "unknown";
}
