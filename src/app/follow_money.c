/* What an engine that decides is told beside the chain, and what it keeps. */

#include <stdio.h>
#include <string.h>

#include "follow_internal.h"
#include "memory_file.h"

#define SEC_NS UINT64_C(1000000000)

/* ---- inventory */

static void tell_funds(lq_follow_t *f, const lq_funds_t *funds)
{
    lq_event_t event = {.kind = LQ_EVENT_FUNDS, .as.funds = funds};
    lq_follow_give(f, &event);
}

/* Tells of inventory I; false where that has to wait. */
static bool tell_inventory(lq_follow_t *f, size_t i)
{
    const lq_config_inventory_t *own = &f->settings.config->inventory[i];
    lq_funds_t funds;
    lq_err_msg_t msg;
    lq_err_t err = lq_state_inventory(&f->state, &funds, &msg, own);
    if (err == LQ_ERR_NOT_FOUND)
        return false;
    if (err) {
        lq_follow_fail(f, LQ_ERR_CONFIG, msg.text);
        return true;
    }
    tell_funds(f, &funds);
    f->funded[LQ_CONFIG_INVENTORY_MAX] |= strcmp(own->token, LQ_CONFIG_COIN) == 0;
    return true;
}

void lq_follow_funds_work(lq_follow_t *f)
{
    for (size_t i = 0; i < f->settings.config->inventory_cnt; i++)
        if (!f->funded[i])
            f->funded[i] = tell_inventory(f, i);
    if (!f->funded[LQ_CONFIG_INVENTORY_MAX]) {
        f->funded[LQ_CONFIG_INVENTORY_MAX] = true;
        tell_funds(f, &lq_state_coins);
    }
}

/* ---- time */

void lq_follow_timer_work(lq_follow_t *f, uint64_t now_mono_ns)
{
    lq_event_t event = {.kind = LQ_EVENT_TIMER};
    if (now_mono_ns < f->timer_mono_ns)
        return;
    f->timer_mono_ns = lq_time_after(now_mono_ns, SEC_NS);
    lq_follow_give(f, &event);
}

/* ---- memory */

lq_err_t lq_follow_memory_open(lq_follow_t *f, lq_err_msg_t *msg)
{
    const lq_config_t *config = f->settings.config;
    const char *path = f->memory_path;
    lq_err_msg_t why = {"is refused"};
    if (!config->memory_file[0])
        return LQ_OK;
    /* what a dry run has made up must not hold back one that is not, nor let it go */
    (void)snprintf(f->memory_path, sizeof(f->memory_path), "%s%s", config->memory_file,
                   f->settings.live ? "" : ".dry");
    lq_err_t err = lq_memory_lock(&f->memory_lock, msg, path);
    if (err)
        return err;
    err = lq_memory_file_read(&f->memory, msg, path, config->chain_id);
    if (err == LQ_ERR_NOT_FOUND) {
        LQ_LOG(f->log, LQ_LOG_INFO, "app", "no memory yet: limits count from nothing",
               LQ_LOG_CSTR("file", path));
        return LQ_OK;
    }
    if (err)
        return err;
    err = lq_engine_load(f->state.engine, &why, f->memory.p, f->memory.sz);
    return err ? lq_memory_fail(msg, err, path, why.text) : LQ_OK;
}

lq_err_t lq_follow_remember(lq_follow_t *f, lq_err_msg_t *msg)
{
    const lq_config_t *config = f->settings.config;
    lq_kept_bytes_t now;
    if (f->memory_lock.fd < 0)
        return LQ_OK;
    lq_err_t err = lq_kept_copy(&now, NULL, lq_engine_memory_sz(f->state.engine));
    if (err)
        return lq_err_msg_set(msg, err, "the memory does not fit into memory");
    lq_engine_save(f->state.engine, now.p);
    bool same = f->memory.p && f->memory.sz == now.sz && memcmp(f->memory.p, now.p, now.sz) == 0;
    if (!same)
        err = lq_memory_file_write(msg, f->memory_path, config->chain_id, &now);
    if (same || err) {
        lq_kept_free(&now);
        return err;
    }
    lq_kept_free(&f->memory);
    f->memory = now;
    return LQ_OK;
}

void lq_follow_memory_work(lq_follow_t *f, uint64_t now_mono_ns)
{
    lq_err_msg_t msg;
    if (f->memory_lock.fd < 0 || now_mono_ns - f->remembered_mono_ns < SEC_NS)
        return;
    f->remembered_mono_ns = now_mono_ns;
    if (lq_follow_remember(f, &msg))
        LQ_LOG(f->log, LQ_LOG_ERROR, "app", "the memory is not written",
               LQ_LOG_CSTR("why", msg.text));
}
