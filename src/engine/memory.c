#include <string.h>

#include "liqd/base/digest.h"

#include "engine_internal.h"

/* Little-endian: magic, version, the next intent, the sizes of gas and limits, both, a digest of
   all before it. */
#define MAGIC     UINT64_C(0x4d454e474e45514c) /* "LQENGNEM" */
#define VERSION   1u
#define WORD_SZ   ((size_t)8)
#define HEADER_SZ (5 * WORD_SZ)

static void put(uint8_t *out, uint64_t v)
{
    for (unsigned i = 0; i < WORD_SZ; i++)
        out[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < WORD_SZ; i++)
        v |= (uint64_t)p[i] << 8 * i;
    return v;
}

size_t lq_engine_memory_sz(const lq_engine_t *e)
{
    return HEADER_SZ + lq_gas_memory_sz(e->gas) + lq_limits_memory_sz(e->limits) + WORD_SZ;
}

void lq_engine_save(const lq_engine_t *e, uint8_t *out)
{
    LQ_ASSERT(!e->seen->on && !e->seen->spent);
    size_t gas_sz = lq_gas_memory_sz(e->gas);
    size_t limits_sz = lq_limits_memory_sz(e->limits);
    put(out, MAGIC);
    put(out + WORD_SZ, VERSION);
    put(out + 2 * WORD_SZ, e->next_intent);
    put(out + 3 * WORD_SZ, gas_sz);
    put(out + 4 * WORD_SZ, limits_sz);
    lq_gas_save(e->gas, out + HEADER_SZ);
    lq_limits_save(e->limits, out + HEADER_SZ + gas_sz);
    size_t sz = HEADER_SZ + gas_sz + limits_sz;
    put(out + sz, lq_digest(out, sz));
}

/* Both or none: limits into others than those at work, which take their place. */
static lq_err_t load_parts(lq_engine_t *e, const uint8_t *gas, size_t gas_sz, const uint8_t *limits,
                           size_t limits_sz)
{
    lq_limits_t *loaded = e->spare_limits;
    lq_err_t err = lq_limits_load(loaded, limits, limits_sz);
    if (err)
        return err;
    e->spare_limits = NULL;
    err = lq_gas_load(e->gas, gas, gas_sz);
    if (!err)
        e->limits = loaded;
    return err;
}

lq_err_t lq_engine_load(lq_engine_t *e, lq_err_msg_t *msg, const uint8_t *p, size_t sz)
{
    if (!e->spare_limits || e->event_cnt)
        return lq_err_msg_set(msg, LQ_ERR_EXISTS, "the engine has a memory already");
    if (sz < HEADER_SZ + WORD_SZ || get(p) != MAGIC)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the engine's memory is none");
    if (get(p + WORD_SZ) != VERSION)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "the engine's memory is of version %llu, and this is %u",
                              (unsigned long long)get(p + WORD_SZ), VERSION);
    size_t body_sz = sz - HEADER_SZ - WORD_SZ;
    uint64_t next_intent = get(p + 2 * WORD_SZ);
    uint64_t gas_sz = get(p + 3 * WORD_SZ);
    if (gas_sz > body_sz || get(p + 4 * WORD_SZ) != body_sz - gas_sz || !next_intent ||
        get(p + sz - WORD_SZ) != lq_digest(p, sz - WORD_SZ) ||
        load_parts(e, p + HEADER_SZ, (size_t)gas_sz, p + HEADER_SZ + gas_sz, body_sz - gas_sz))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the engine's memory is damaged");
    if (next_intent > e->next_intent)
        e->next_intent = next_intent;
    return LQ_OK;
}
