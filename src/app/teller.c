#include "teller.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "liqd/base/clock.h"
#include "liqd/chain/chain.h"
#include "liqd/codec/hex.h"
#include "liqd/keys/address.h"
#include "liqd/record/journal.h"
#include "live_shell_internal.h"
#include "run_dir.h"

#define PROGRAM   "liqd " LIQD_VERSION
#define SEC_NS    UINT64_C(1000000000)
#define TURN_NS   (SEC_NS / 10)
#define READY_NS  (120 * SEC_NS)
#define GIVEUP_NS (600 * SEC_NS)
#define SPARE_NS  (120 * SEC_NS) /* behind the last block: for the cancellation */

struct lq_teller {
    const lq_config_t *config;
    lq_desk_t *desk;
    lq_log_t *log;
    lq_log_t *journal_log;
    lq_senders_t *senders;
    lq_journal_t *journal;
    lq_wal_t *wal;
    lq_exec_t *exec;
    lq_chain_t *chain;
    lq_way_t ways[LQ_TXMAN_WAY_MAX];
    lq_url_t relay_urls[LQ_CONFIG_RELAY_MAX];
    size_t way_cnt;
    bool recording;
    uint64_t head_blk;
    lq_wei_t base_fee_wei; /* of the block behind it */
    bool ready;
    /* what is waited for */
    uint64_t id; /* 0: nothing */
    bool has_ended;
    lq_tx_ended_t ended;
    lq_teller_done_t done;
};

/* ---- what it is told */

static void on_outcome(void *ctx, const lq_outcome_t *outcome)
{
    (void)ctx;
    (void)outcome;
}

static void on_balance(void *ctx, const lq_wei_t *balance)
{
    (void)ctx;
    (void)balance;
}

static void on_ready(void *ctx)
{
    lq_teller_t *t = ctx;
    t->ready = true;
}

/* SENT says no more than that it has left. */
static void on_ended(void *ctx, const lq_tx_ended_t *ended)
{
    lq_teller_t *t = ctx;
    if (!t->id || ended->intent != t->id || ended->kind == LQ_OUTCOME_SENT)
        return;
    t->has_ended = ended->kind != LQ_OUTCOME_UNMINED;
    t->ended = *ended;
}

static void on_record(void *ctx, const lq_tx_record_t *r)
{
    lq_teller_t *t = ctx;
    if (r->kind != LQ_TX_RECORD_RECEIPT)
        return;
    const lq_tx_receipt_t *receipt = r->as.receipt;
    t->done = (lq_teller_done_t){.sender = receipt->sender,
                                 .nonce = receipt->nonce,
                                 .hash = receipt->hash,
                                 .blk = receipt->block.number,
                                 .gas = receipt->gas};
}

static bool on_liquidated(void *ctx, uint32_t instance, const lq_evm_log_t *log, lq_u256_t *repaid,
                          lq_u256_t *seized)
{
    (void)ctx;
    (void)instance;
    (void)log;
    (void)repaid;
    (void)seized;
    return false;
}

static void on_event(void *ctx, const lq_event_t *event)
{
    lq_teller_t *t = ctx;
    if (event->kind == LQ_EVENT_HEAD) {
        const lq_base_fee_rule_t rule = {t->config->elasticity, t->config->base_fee_denominator};
        t->head_blk = event->as.head->block.number;
        if (lq_base_fee_next(&t->base_fee_wei, event->as.head, &rule))
            t->base_fee_wei = event->as.head->base_fee_wei;
    }
    lq_exec_event(t->exec, event);
}

/* ---- waiting */

static uint64_t now_ns(const lq_teller_t *t)
{
    return lq_clock_now(lq_loop_clock(lq_desk_loop(t->desk))).mono_ns;
}

static void turn(lq_teller_t *t)
{
    bool ok = !lq_journal_stat(t->journal).failing;
    if (ok != t->recording) {
        t->recording = ok;
        lq_exec_recording(t->exec, ok);
    }
    lq_loop_turn(lq_desk_loop(t->desk), TURN_NS);
    lq_exec_work(t->exec);
}

/* Why the first sender sends nothing; NULL: it does. */
static const char *halted(const lq_teller_t *t, lq_txman_sender_stat_t *stat)
{
    *stat = lq_txman_sender_stat(lq_exec_manager(t->exec), 0);
    return stat->halted ? stat->why : NULL;
}

static lq_err_t wait_ready(lq_teller_t *t, lq_err_msg_t *msg)
{
    lq_txman_sender_stat_t stat;
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    uint64_t end_ns = now_ns(t) + READY_NS;
    while (!t->ready && now_ns(t) < end_ns)
        turn(t);
    if (!t->ready)
        return lq_err_msg_set(
            msg, LQ_ERR_TIMEOUT,
            "no node has told what was mined of the senders' for %u s: liqd check "
            "--online tells what the nodes can do",
            (unsigned)(READY_NS / SEC_NS));
    const char *why = halted(t, &stat);
    if (!why)
        return LQ_OK;
    lq_address_print(text, &stat.address);
    return lq_err_msg_set(msg, LQ_ERR_CONFIG, "%s is halted: %s", text, why);
}

/* ---- making it */

static lq_err_t open_records(lq_teller_t *t, lq_err_msg_t *msg, bool *found)
{
    const lq_config_t *config = t->config;
    char path[LQ_RUN_PATH_SZ];
    bool has_log;
    lq_header_t first;
    lq_err_t err = lq_desk_block(t->desk, msg, &first, "0x0");
    lq_wal_bind_t bind = {config->chain_id, first.block.hash};
    if (!err)
        err = lq_journal_open(&t->journal, msg, found, config->journal_file, &bind, false);
    if (!err)
        err = lq_run_log_path(path, msg, config->run_dir, config->chain_id, config->journal_file);
    if (!err)
        err = lq_wal_open(&t->wal, msg, &has_log, path, config->wal_sz, &bind,
                          lq_journal_last_seq(t->journal) + 1);
    return err ? err : lq_journal_copy(t->journal, msg, t->wal);
}

static lq_err_t restore(void *ctx, const lq_tx_record_t *r)
{
    lq_teller_t *t = ctx;
    return lq_exec_restore(t->exec, r);
}

static lq_err_t open_exec(lq_teller_t *t, lq_err_msg_t *msg)
{
    const lq_exec_sink_t sink = {t,         on_outcome, on_balance,   on_ended,
                                 on_record, on_ready,   on_liquidated};
    lq_exec_config_t config;
    lq_live_configure(&config, t->ways, t->relay_urls, t->config, t->senders);
    t->way_cnt = config.ways.way_cnt;
    if (lq_exec_timer_cnt(&config) > LQ_TELLER_TIMER_CNT)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "too many relays and remote signers at once");
    lq_err_t err = lq_exec_new(&t->exec, msg, lq_desk_arena(t->desk), lq_desk_loop(t->desk), t->log,
                               lq_desk_pool(t->desk), t->wal, &config, &sink);
    return err ? err : lq_journal_restore(t->journal, msg, restore, t);
}

/* Heads alone: nobody's logs are watched. */
static lq_err_t open_chain(lq_teller_t *t, lq_err_msg_t *msg)
{
    static const lq_address_t none = {"liqd: no contract"};
    const lq_filter_t filter = {.addresses = &none, .address_cnt = 1};
    const lq_chain_config_t config = {
        .tracker = {.quorum = 1,
                    .window_blk = LQ_TRACKER_WINDOW_MAX,
                    .trust_bloom = t->config->logs_bloom,
                    .gap_max_blk = 10000,
                    .retry_ns = SEC_NS / 4,
                    .seed = 1,
                    .header_max = 4096,
                    .log_max = 1024,
                    .data_max = (size_t)1 << 20},
        .block_ns = t->config->block_ns,
        .poll_ns = t->config->block_ns / 2,
        .timeout_ns = 10 * SEC_NS,
        .block_log_max = 1024,
        .block_data_max = (size_t)1 << 20,
    };
    lq_err_t err = lq_chain_new(&t->chain, lq_desk_arena(t->desk), lq_desk_loop(t->desk), t->log,
                                lq_desk_pool(t->desk), &config, &filter, NULL, on_event, t);
    return err ? lq_err_msg_set(msg, err, "the chain cannot be followed: %s", lq_err_str(err))
               : LQ_OK;
}

/* Says in the log that a process begins. */
static lq_err_t record_run(lq_teller_t *t, lq_err_msg_t *msg, const char *boot_id)
{
    lq_tx_run_t run = {.program = PROGRAM, .pid = (uint64_t)getpid()};
    lq_tx_record_t r = {LQ_TX_RECORD_RUN, lq_clock_now(lq_clock_system()).wall_ns, {.run = &run}};
    uint8_t bytes[256];
    (void)snprintf(run.boot_id, sizeof(run.boot_id), "%s", boot_id);
    LQ_ASSERT(lq_tx_record_sz(&r) <= sizeof(bytes));
    size_t sz = lq_tx_record_encode(bytes, &r);
    lq_err_t err = lq_wal_append(t->wal, NULL, bytes, sz, 0);
    return err ? lq_err_msg_set(msg, err, "the write-ahead log is full: raise journal.wal_size")
               : LQ_OK;
}

static lq_err_t start(lq_teller_t *t, lq_err_msg_t *msg, bool found, bool accept_used)
{
    char was[LQ_TX_RECORD_NAME_SZ];
    char is[LQ_RUN_BOOT_ID_SZ];
    lq_journal_boot_id(t->journal, was);
    lq_err_t err = lq_run_boot_id(is, msg);
    if (!err)
        err = record_run(t, msg, is);
    if (!err)
        err = lq_journal_start(t->journal, msg, t->wal, t->journal_log);
    if (!err)
        err = open_chain(t, msg);
    if (err)
        return err;
    const lq_txman_start_t from = {.new_boot = strcmp(was, is) != 0,
                                   .has_journal = found,
                                   .allow_used = accept_used,
                                   .adopt_blk = t->config->relay_cnt ? t->config->bundle_blk : 0};
    t->recording = true;
    lq_exec_start(t->exec, &from);
    return wait_ready(t, msg);
}

static lq_err_t check_config(const lq_config_t *config, lq_err_msg_t *msg)
{
    if (!config->sender_cnt)
        return lq_err_msg_set(msg, LQ_ERR_CONFIG,
                              "the configuration has no senders: name one with its keystore (see "
                              "liqd keys)");
    if (!config->journal_file[0])
        return lq_err_msg_set(msg, LQ_ERR_CONFIG,
                              "journal.file is empty, and what is sent is kept there: name a file "
                              "on a disk that stays");
    return LQ_OK;
}

static lq_err_t take_count(void *ctx, lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t result)
{
    return lq_json_get_qty_u64(doc, ctx, msg, result, NULL);
}

/* A key that was used before, and nothing is known of what it sent: before anything is made that
   would look like a journal at the next start. */
static lq_err_t check_used(const lq_teller_t *t, lq_err_msg_t *msg, bool accept_used)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    char params[80];
    uint64_t cnt = 0;
    if (accept_used || access(t->config->journal_file, F_OK) == 0)
        return LQ_OK;
    for (size_t i = 0; i < t->senders->cnt; i++) {
        lq_address_print(address, &t->senders->senders[i].address);
        (void)snprintf(params, sizeof(params), "[\"%s\",\"latest\"]", address);
        lq_err_t err =
            lq_desk_ask(t->desk, msg, "eth_getTransactionCount", params, take_count, &cnt);
        if (err)
            return err;
        if (cnt)
            return lq_err_msg_set(
                msg, LQ_ERR_CONFIG,
                "%s has sent %" PRIu64 " transactions, and there is no journal of them at "
                "journal.file: restore it, or, where nothing of them is under way, add "
                "--accept-used-nonce",
                address, cnt);
    }
    return LQ_OK;
}

static lq_err_t open_all(lq_teller_t *t, lq_err_msg_t *msg, const lq_senders_grant_t *grant,
                         bool accept_used)
{
    bool found = false;
    lq_err_t err = check_config(t->config, msg);
    if (!err)
        err = lq_run_dir_open(msg, t->log, t->config->run_dir);
    if (!err)
        err = lq_senders_open_for(&t->senders, msg, t->log, t->config, grant);
    if (!err)
        err = lq_senders_lock(t->senders, msg, t->config);
    if (!err)
        err = check_used(t, msg, accept_used);
    if (!err)
        err = open_records(t, msg, &found);
    if (!err)
        err = open_exec(t, msg);
    return err ? err : start(t, msg, found, accept_used);
}

lq_err_t lq_teller_open(lq_teller_t **teller, lq_err_msg_t *msg, const lq_config_t *config,
                        lq_desk_t *desk, lq_log_t *log, lq_log_t *journal_log,
                        const lq_senders_grant_t *grant, bool accept_used)
{
    lq_teller_t *t = calloc(1, sizeof(*t));
    if (!t)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    t->config = config;
    t->desk = desk;
    t->log = log;
    t->journal_log = journal_log;
    lq_err_t err = open_all(t, msg, grant, accept_used);
    if (err)
        lq_teller_close(t);
    else
        *teller = t;
    return err;
}

void lq_teller_close(lq_teller_t *t)
{
    if (!t)
        return;
    lq_chain_free(t->chain);
    lq_exec_free(t->exec);
    lq_journal_close(t->journal);
    lq_wal_close(t->wal);
    lq_senders_close(t->senders);
    free(t);
}

/* ---- sending */

static lq_err_t take_gas(void *ctx, lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t result)
{
    return lq_json_get_qty_u64(doc, ctx, msg, result, NULL);
}

/* What the nodes reckon, and the margin. It reverts here, before it costs anything. */
static lq_err_t estimate(lq_teller_t *t, lq_err_msg_t *msg, uint64_t *gas,
                         const lq_teller_call_t *call)
{
    char from[LQ_ADDRESS_TEXT_SZ + 1];
    char to[LQ_ADDRESS_TEXT_SZ + 1];
    size_t max = 2 * call->input_sz + 320;
    char *params = malloc(max);
    if (!params)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    lq_address_print(from, &t->senders->senders[0].address);
    lq_address_print(to, &call->to);
    int sz = snprintf(params, max, "[{\"from\":\"%s\",%s%s%s\"data\":\"0x", from,
                      call->is_create ? "" : "\"to\":\"", call->is_create ? "" : to,
                      call->is_create ? "" : "\",");
    char *at = params + sz;
    for (size_t i = 0; i < call->input_sz; i++)
        at += snprintf(at, 3, "%02x", call->input[i]);
    (void)snprintf(at, 4, "\"}]");
    lq_err_t err = lq_desk_ask(t->desk, msg, "eth_estimateGas", params, take_gas, gas);
    free(params);
    *gas += *gas * t->config->gas_margin_bps / 10000;
    if (!err && *gas > LQ_SENDERS_GAS_MAX)
        *gas = LQ_SENDERS_GAS_MAX;
    return err;
}

/* Whether the sender can pay for GAS: the manager would wait for coins until it gives up. */
static lq_err_t check_coins(const lq_teller_t *t, lq_err_msg_t *msg, uint64_t gas)
{
    lq_txman_sender_stat_t stat = lq_txman_sender_stat(lq_exec_manager(t->exec), 0);
    const lq_u256_t units = lq_u256_from_u64(gas);
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    char has[LQ_WEI_TEXT_SZ];
    char wants[LQ_WEI_TEXT_SZ];
    lq_wei_t cost;
    lq_u256_t fee;
    if (!stat.has_balance || /* the same that the manager asks for */
        lq_u256_add_checked(&fee, &t->base_fee_wei.raw, &t->base_fee_wei.raw) ||
        lq_u256_add_checked(&fee, &fee, &t->config->tip_wei.raw))
        return LQ_OK;
    fee = lq_u256_min(&fee, &t->config->max_fee_wei.raw);
    if (lq_u256_mul_checked(&cost.raw, &fee, &units) || lq_wei_cmp(&stat.balance_wei, &cost) >= 0)
        return LQ_OK;
    lq_address_print(address, &stat.address);
    if (lq_wei_print(has, sizeof(has), &stat.balance_wei, LQ_WEI_UNIT_ETH) ||
        lq_wei_print(wants, sizeof(wants), &cost, LQ_WEI_UNIT_ETH))
        LQ_BUG("an amount has no text");
    return lq_err_msg_set(msg, LQ_ERR_CONFIG,
                          "%s holds %s, and this may take up to %s: send it coins", address, has,
                          wants);
}

static lq_err_t give_up(lq_teller_t *t, lq_err_msg_t *msg)
{
    t->id = 0;
    return lq_err_msg_set(msg, LQ_ERR_TIMEOUT,
                          "it was not mined within %u s: what was sent is in the journal, and the "
                          "next start goes on with it",
                          (unsigned)((GIVEUP_NS + SPARE_NS) / SEC_NS));
}

static lq_err_t judge(lq_teller_t *t, lq_err_msg_t *msg)
{
    const char *why = t->ended.why;
    t->id = 0;
    switch (t->ended.kind) {
    case LQ_OUTCOME_MINED:
    case LQ_OUTCOME_FINAL:
        return LQ_OK;
    case LQ_OUTCOME_REVERTED:
    case LQ_OUTCOME_SIMULATION_REVERTED:
        return lq_err_msg_set(msg, LQ_ERR_REMOTE, "it reverts: %s",
                              why[0] ? why : "without a word");
    case LQ_OUTCOME_REFUSED:
        return lq_err_msg_set(msg, LQ_ERR_REMOTE, "it is refused: %s", why);
    case LQ_OUTCOME_EXPIRED:
    case LQ_OUTCOME_CANCELLED:
        return lq_err_msg_set(msg, LQ_ERR_TIMEOUT,
                              "it was not mined in time, and is cancelled: look at send.max_fee "
                              "and the base fee: %s",
                              why);
    case LQ_OUTCOME_SENT:
    case LQ_OUTCOME_WON:
    case LQ_OUTCOME_UNMINED:
    case LQ_OUTCOME_CNT:
        break;
    }
    LQ_BUG("an end of kind %d", (int)t->ended.kind);
}

/* Nodes where any may have it: nothing is to be won here. */
static uint32_t ways_of(const lq_teller_t *t)
{
    uint32_t nodes = 0;
    uint32_t all = 0;
    for (uint32_t i = 0; i < t->way_cnt; i++) {
        all |= UINT32_C(1) << i;
        nodes |= t->ways[i].kind == LQ_WAY_NODE ? UINT32_C(1) << i : 0;
    }
    return nodes ? nodes : all;
}

static lq_err_t call(lq_teller_t *t, lq_err_msg_t *msg, const lq_txman_tx_t *tx, lq_tx_use_t use)
{
    lq_txman_sender_stat_t stat;
    lq_txman_take_t take = {
        .about = {.use = use,
                  .target_blk = t->head_blk + 1,
                  .last_blk = t->head_blk + 2 + GIVEUP_NS / t->config->block_ns,
                  .tx_cnt = 1},
        .txs = tx,
        .tx_cnt = 1,
        .tip_wei = t->config->tip_wei,
        .most_fee_wei = t->config->max_fee_wei,
        .ways = ways_of(t),
        .has_sender = true,
    };
    t->has_ended = false;
    lq_err_t err = lq_exec_call(t->exec, &t->id, &take);
    if (!err)
        return LQ_OK;
    const char *why = halted(t, &stat);
    return lq_err_msg_set(msg, err, "nothing is sent: %s",
                          why                ? why
                          : err == LQ_ERR_IO ? "it cannot be recorded: see the log"
                                             : "too much is under way");
}

lq_err_t lq_teller_send(lq_teller_t *t, lq_err_msg_t *msg, lq_teller_done_t *done,
                        const lq_teller_call_t *wanted)
{
    uint64_t gas = 0;
    lq_err_t err = estimate(t, msg, &gas, wanted);
    const lq_txman_tx_t tx = {.is_create = wanted->is_create,
                              .to = wanted->to,
                              .input = wanted->input,
                              .input_sz = wanted->input_sz,
                              .gas_limit = gas};
    if (!err)
        err = check_coins(t, msg, gas);
    if (!err)
        err = call(t, msg, &tx, wanted->use);
    if (err)
        return err;
    uint64_t end_ns = now_ns(t) + GIVEUP_NS + SPARE_NS;
    while (!t->has_ended && now_ns(t) < end_ns)
        turn(t);
    err = t->has_ended ? judge(t, msg) : give_up(t, msg);
    if (!err)
        *done = t->done;
    return err;
}
