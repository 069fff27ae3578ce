/* What an engine that decides is told beside the chain, and what it keeps. */

#include <string.h>

#include "follow_internal.h"
#include "memory_file.h"

#define SEC_NS UINT64_C(1000000000)

/* ---- inventory */

/* Sets *DECIMALS to TOKEN's, as oracles or markets know them; false where none does yet. */
static bool find_decimals(const lq_follow_t *f, uint8_t *decimals, const lq_address_t *token)
{
    const lq_sync_t *sync = f->state.sync;
    const lq_oracles_t *oracles = lq_sync_oracles(sync);
    size_t cnt = lq_ledger_factor_cnt(lq_sync_ledger(sync));
    for (size_t i = 0; i < cnt; i++) {
        lq_address_t other = lq_state_token(&f->state, (uint16_t)i, decimals);
        if (memcmp(&other, token, sizeof(other)) == 0)
            return true;
    }
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        const lq_token_t *t = lq_oracles_token(oracles, i);
        *decimals = t->decimals;
        if (memcmp(&t->address, token, sizeof(*token)) == 0)
            return t->symbol[0]; /* it has been read */
    }
    return false;
}

static void tell_funds(lq_follow_t *f, const lq_funds_t *funds)
{
    lq_event_t event = {.kind = LQ_EVENT_FUNDS, .as.funds = funds};
    lq_follow_give(f, &event);
}

/* Tells of inventory I; false where that has to wait. */
static bool tell_inventory(lq_follow_t *f, size_t i)
{
    const lq_config_inventory_t *own = &f->settings.config->inventory[i];
    bool coin = strcmp(own->token, LQ_CONFIG_COIN) == 0;
    lq_funds_t funds = {{{0}}, lq_u256_from_u64(0)};
    uint8_t decimals = LQ_CONFIG_COIN_DECIMALS;
    lq_err_msg_t why;
    lq_err_msg_t msg;
    if (!coin)
        funds.token = lq_config_address(own->token);
    if (!coin && !find_decimals(f, &decimals, &funds.token))
        return false;
    if (lq_config_amount(&funds.amount, &why, own, decimals)) {
        (void)!lq_err_msg_set(&msg, LQ_ERR_CONFIG, "inventory.%s.amount: %s", own->name, why.text);
        lq_follow_fail(f, LQ_ERR_CONFIG, msg.text);
        return true;
    }
    tell_funds(f, &funds);
    f->funded[LQ_CONFIG_INVENTORY_MAX] |= coin;
    return true;
}

void lq_follow_funds_work(lq_follow_t *f)
{
    /* more than gas can cost, and far from where sums end */
    static const lq_funds_t enough = {{{0}}, {{0, 1, 0, 0}}};
    for (size_t i = 0; i < f->settings.config->inventory_cnt; i++)
        if (!f->funded[i])
            f->funded[i] = tell_inventory(f, i);
    if (!f->funded[LQ_CONFIG_INVENTORY_MAX]) {
        f->funded[LQ_CONFIG_INVENTORY_MAX] = true;
        tell_funds(f, &enough);
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
    const char *path = config->memory_file;
    lq_err_msg_t why = {"is refused"};
    if (!path[0])
        return LQ_OK;
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
    if (!config->memory_file[0] || f->memory_lock.fd < 0)
        return LQ_OK;
    lq_err_t err = lq_kept_copy(&now, NULL, lq_engine_memory_sz(f->state.engine));
    if (err)
        return lq_err_msg_set(msg, err, "the memory does not fit into memory");
    lq_engine_save(f->state.engine, now.p);
    bool same = f->memory.p && f->memory.sz == now.sz && memcmp(f->memory.p, now.p, now.sz) == 0;
    if (!same)
        err = lq_memory_file_write(msg, config->memory_file, config->chain_id, &now);
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
