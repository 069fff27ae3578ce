/* Until the engine has them. */
#include "liqd/engine/engine.h"
__attribute__((weak)) size_t lq_engine_memory_sz(const lq_engine_t *engine)
{
    (void)engine;
    return 0;
}
__attribute__((weak)) void lq_engine_save(const lq_engine_t *engine, uint8_t *out)
{
    (void)engine;
    (void)out;
}
__attribute__((weak)) lq_err_t lq_engine_load(lq_engine_t *engine, lq_err_msg_t *msg,
                                              const uint8_t *p, size_t sz)
{
    (void)engine;
    (void)msg;
    (void)p;
    (void)sz;
    return LQ_OK;
}
