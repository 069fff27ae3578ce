/* Journal, write-ahead log and what sends, taken up in this order, before the engine begins. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "liqd/keys/address.h"
#include "live_shell_internal.h"
#include "run_dir.h"

#define SEC_NS  UINT64_C(1000000000)
#define PROGRAM "liqd " LIQD_VERSION

#define SEND_MAX 256u /* on all ways, under way */
#define SPARE    64u  /* an operator's own, beside the engine's */
#define WAIT_NS  (10 * SEC_NS)

/* ---- what sends, by the configuration */

static void add_relay(lq_way_t *way, lq_url_t *url, const lq_config_relay_t *relay)
{
    if (lq_url_parse(url, NULL, relay->url, strlen(relay->url)))
        LQ_BUG("a URL was loaded that is none");
    *way = (lq_way_t){
        .kind = relay->kind == LQ_RELAY_PRIVATE ? LQ_WAY_PRIVATE : LQ_WAY_BUNDLE,
        .name = relay->name,
        .url = url,
        .auth = {.headers = {relay->header[0] ? relay->header : NULL}},
        .signs = relay->sign,
        .timeout_ns = relay->timeout_ns,
    };
}

static size_t add_ways(lq_way_t ways[LQ_TXMAN_WAY_MAX], lq_url_t urls[LQ_CONFIG_RELAY_MAX],
                       const lq_config_t *config)
{
    size_t cnt = 0;
    for (size_t i = 0; i < config->node_cnt; i++)
        if (config->send_public && config->nodes[i].roles & LQ_ROLE_SEND)
            ways[cnt++] = (lq_way_t){.kind = LQ_WAY_NODE,
                                     .name = config->nodes[i].name,
                                     .endpoint = (uint32_t)i,
                                     .timeout_ns = config->nodes[i].timeout_ns};
    for (size_t i = 0; i < config->relay_cnt; i++)
        add_relay(&ways[cnt++], &urls[i], &config->relays[i]);
    return cnt;
}

void lq_live_configure(lq_exec_config_t *out, lq_way_t ways[LQ_TXMAN_WAY_MAX],
                       lq_url_t urls[LQ_CONFIG_RELAY_MAX], const lq_config_t *config,
                       const lq_senders_t *senders)
{
    *out = (lq_exec_config_t){
        .manager = {.chain_id = config->chain_id,
                    .base_fee = {config->elasticity, config->base_fee_denominator},
                    .intent_max = 2 * config->in_flight + SPARE,
                    .inflight_max = (uint32_t)config->send_in_flight,
                    .max_fee_wei = config->max_fee_wei,
                    .bump_bps = (uint32_t)config->bump_bps,
                    .bump_blk = (uint32_t)config->bump_blk,
                    .resend_ns = config->resend_ns,
                    .final_blk = lq_config_confirmations(config),
                    .simulate = config->send_simulate},
        .senders = senders->senders,
        .sender_cnt = senders->cnt,
        .ways = {.ways = ways,
                 .way_cnt = add_ways(ways, urls, config),
                 .bundle_blk = (uint32_t)config->bundle_blk,
                 .relay_key = senders->relay_key,
                 .raw_max = LQ_TX_RAW_MAX,
                 .max = SEND_MAX},
        .calls = senders->calls,
        .call_cnt = senders->call_cnt,
        .gas_margin_bps = (uint32_t)config->gas_margin_bps,
        .gas_max = LQ_SENDERS_GAS_MAX,
        .count_quorum = (uint32_t)config->count_quorum,
        .timeout_ns = WAIT_NS,
    };
    if (config->executor[0])
        out->executor = lq_config_address(config->executor);
}

/* ---- what it tells */

static void on_outcome(void *ctx, const lq_outcome_t *outcome)
{
    lq_live_shell_t *s = ctx;
    lq_event_t event = {.kind = LQ_EVENT_OUTCOME, .as.outcome = outcome};
    lq_follow_give(s->settings.follow, &event);
}

static void on_balance(void *ctx, const lq_wei_t *balance)
{
    lq_live_shell_t *s = ctx;
    s->funds.balance_moved |=
        !s->funds.has_balance || lq_wei_cmp(balance, &s->funds.balance_wei) != 0;
    s->funds.has_balance = true;
    s->funds.balance_wei = *balance;
}

/* A daemon has no calls of an operator's own. */
static void on_ended(void *ctx, const lq_tx_ended_t *ended)
{
    (void)ctx;
    (void)ended;
}

static void on_ready(void *ctx)
{
    lq_live_shell_t *s = ctx;
    s->ready = true;
    s->funds.wanted = true;
    LQ_LOG(s->settings.log, LQ_LOG_INFO, "app", "start: what sends is ready",
           LQ_LOG_U64("senders", s->settings.senders->cnt));
}

static bool on_log(void *ctx, uint32_t instance, const lq_evm_log_t *log, lq_u256_t *repaid,
                   lq_u256_t *seized)
{
    lq_live_shell_t *s = ctx;
    lq_liquidation_log_t told;
    if (instance >= s->state->instance_cnt ||
        !s->state->instances[instance].adapter->liquidated(lq_sync_self(s->state->sync, instance),
                                                           &told, log))
        return false;
    *repaid = told.repaid;
    *seized = told.seized;
    return true;
}

/* ---- journal and log */

/* A key that was used before, and nothing is known of what it sent: something may still be under
   way. Before anything is made that would look like a journal at the next start. */
static lq_err_t check_used(const lq_live_shell_t *s, lq_err_msg_t *msg)
{
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    if (s->settings.accept_used || access(s->settings.config->journal_file, F_OK) == 0)
        return LQ_OK;
    for (size_t i = 0; i < s->settings.senders->cnt; i++) {
        if (!s->origin.nonces[i])
            continue;
        lq_address_print(text, &s->settings.senders->senders[i].address);
        return lq_err_msg_set(msg, LQ_ERR_CONFIG,
                              "%s has sent %" PRIu64
                              " transactions, and there is no journal of them at journal.file: "
                              "restore it, or, where nothing of them is under way, start once with "
                              "--accept-used-nonce",
                              text, s->origin.nonces[i]);
    }
    return LQ_OK;
}

static lq_err_t open_log(lq_live_shell_t *s, lq_err_msg_t *msg, const lq_wal_bind_t *bind)
{
    const lq_config_t *config = s->settings.config;
    char path[LQ_RUN_PATH_SZ];
    bool found;
    lq_err_t err =
        lq_run_log_path(path, msg, config->run_dir, config->chain_id, config->journal_file);
    if (!err)
        err = lq_wal_open(&s->wal, msg, &found, path, config->wal_sz, bind,
                          lq_journal_last_seq(s->journal) + 1);
    if (err)
        return err;
    lq_wal_stat_t stat = lq_wal_stat(s->wal);
    LQ_LOG(s->settings.log, LQ_LOG_INFO, "app", "start: the write-ahead log is open",
           LQ_LOG_CSTR("file", path),
           LQ_LOG_U64("records_of_before", found ? stat.appended_seq - stat.released_seq : 0));
    return lq_journal_copy(s->journal, msg, s->wal);
}

static lq_err_t open_journal(lq_live_shell_t *s, lq_err_msg_t *msg, bool *found)
{
    const lq_config_t *config = s->settings.config;
    lq_wal_bind_t bind = {config->chain_id, s->origin.genesis};
    lq_err_t err = lq_journal_open(&s->journal, msg, found, config->journal_file, &bind, false);
    if (err)
        return err;
    LQ_LOG(s->settings.log, LQ_LOG_INFO, "app", "start: the journal is open",
           LQ_LOG_CSTR("file", config->journal_file), LQ_LOG_BOOL("new", !*found),
           LQ_LOG_U64("records", lq_journal_last_seq(s->journal)));
    return open_log(s, msg, &bind);
}

/* ---- what sends */

static lq_err_t restore(void *ctx, const lq_tx_record_t *r)
{
    lq_live_shell_t *s = ctx;
    if (r->kind == LQ_TX_RECORD_INTENT)
        lq_live_know(s, r->as.intent);
    return lq_exec_restore(s->exec, r);
}

static lq_err_t make_exec(lq_live_shell_t *s, lq_err_msg_t *msg)
{
    lq_exec_config_t config;
    lq_way_t ways[LQ_TXMAN_WAY_MAX];
    lq_exec_sink_t sink = {s, on_outcome, on_balance, on_ended, lq_live_recorded, on_ready, on_log};
    lq_live_configure(&config, ways, s->relay_urls, s->settings.config, s->settings.senders);
    config.owner = s->origin.owner;
    s->way_cnt = config.ways.way_cnt;
    lq_err_t err = lq_exec_new(&s->exec, msg, &s->arena, s->loop, s->settings.log,
                               lq_follow_pool(s->settings.follow), s->wal, &config, &sink);
    if (!err)
        err = lq_journal_restore(s->journal, msg, restore, s);
    return err;
}

/* Says in the log that a process begins. */
static lq_err_t record_run(lq_live_shell_t *s, lq_err_msg_t *msg, const char *boot_id)
{
    lq_tx_run_t run = {.program = PROGRAM, .pid = (uint64_t)getpid()};
    lq_tx_record_t r = {LQ_TX_RECORD_RUN, lq_live_now(s).wall_ns, {.run = &run}};
    uint8_t bytes[256];
    (void)snprintf(run.boot_id, sizeof(run.boot_id), "%s", boot_id);
    LQ_ASSERT(lq_tx_record_sz(&r) <= sizeof(bytes));
    size_t sz = lq_tx_record_encode(bytes, &r);
    lq_err_t err = lq_wal_append(s->wal, NULL, bytes, sz, 0);
    return err ? lq_err_msg_set(msg, err, "the write-ahead log is full: raise journal.wal_size")
               : LQ_OK;
}

/* Blocks in which a relay may still put what a lost log had. */
static uint64_t adopt_blk(const lq_config_t *config)
{
    uint64_t most =
        config->target_blk > config->bundle_blk ? config->target_blk : config->bundle_blk;
    return config->relay_cnt ? most : 0;
}

static lq_err_t start_exec(lq_live_shell_t *s, lq_err_msg_t *msg, bool found)
{
    char was[LQ_TX_RECORD_NAME_SZ];
    char is[LQ_RUN_BOOT_ID_SZ];
    lq_journal_boot_id(s->journal, was);
    lq_err_t err = lq_run_boot_id(is, msg);
    if (!err)
        err = record_run(s, msg, is);
    if (!err)
        err = lq_journal_start(s->journal, msg, s->wal, s->settings.journal_log);
    if (err)
        return err;
    lq_txman_start_t start = {
        .new_boot = strcmp(was, is) != 0,
        .has_journal = found,
        .allow_used = s->settings.accept_used,
        .adopt_blk = adopt_blk(s->settings.config),
    };
    s->recording = true;
    lq_exec_start(s->exec, &start);
    return LQ_OK;
}

static lq_err_t open_control(lq_live_shell_t *s, lq_err_msg_t *msg)
{
    char path[LQ_CONFIG_SOCKET_MAX + 1];
    lq_err_t err = lq_config_socket(path, msg, s->settings.config);
    if (!err)
        err = lq_control_new(&s->control, msg, &s->arena, s->loop, path, lq_live_request, s);
    if (!err)
        LQ_LOG(s->settings.log, LQ_LOG_INFO, "app", "start: the control socket listens",
               LQ_LOG_CSTR("socket", path));
    return err;
}

lq_err_t lq_live_open(lq_live_shell_t *s, lq_err_msg_t *msg)
{
    bool found;
    lq_err_t err = check_used(s, msg);
    if (!err)
        err = open_journal(s, msg, &found);
    if (!err)
        err = make_exec(s, msg);
    if (!err)
        err = open_control(s, msg);
    if (!err)
        err = lq_live_warm_open(s, msg);
    if (!err)
        err = start_exec(s, msg, found);
    return err;
}
