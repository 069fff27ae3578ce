#include "check_markets.h"

#include <stdlib.h>
#include <string.h>

#include "follow_internal.h"
#include "liqd/app/cli.h"
#include "liqd/keys/address.h"

#define SEC_NS   UINT64_C(1000000000)
#define STALL_NS (30 * SEC_NS)

typedef struct session session_t;

/* One question for a contract's code. */
typedef struct code {
    session_t *session;
    lq_finding_t found;
} code_t;

struct session {
    lq_config_t config; /* without a snapshot */
    lq_log_t log;
    lq_follow_t *follow;
    code_t codes[LQ_CONFIG_MARKET_MAX + 1]; /* the last: the executor's */
    size_t waiting;
    volatile bool stop;
};

static void drop_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)line;
    (void)line_sz;
}

static void on_structured(void *ctx)
{
    session_t *session = ctx;
    session->stop = true;
}

static void on_code(void *ctx, const lq_rpc_answer_t *answer)
{
    code_t *code = ctx;
    const lq_rpc_result_t *r = &answer->results[0];
    const char *raw;
    size_t sz;
    code->session->waiting--;
    if (r->class_ || lq_json_get_raw(answer->doc, &raw, &sz, NULL, r->value, NULL))
        return;
    code->found = sz > strlen("\"0x\"") ? LQ_FINDING_YES : LQ_FINDING_NO;
}

static void ask_code(session_t *session, size_t i, const char *address)
{
    char params[80];
    lq_rpc_id_t id;
    (void)snprintf(params, sizeof(params), "[\"%s\",\"latest\"]", address);
    lq_rpc_item_t item = {"eth_getCode", params, strlen(params)};
    session->codes[i].session = session;
    lq_pool_call_t call = {.rpc = {.items = &item,
                                   .item_cnt = 1,
                                   .timeout_ns = 10 * SEC_NS,
                                   .fn = on_code,
                                   .ctx = &session->codes[i]},
                           .role = LQ_ROLE_READ};
    if (!lq_pool_call(session->follow->pool, &id, &call))
        session->waiting++;
}

static void fill(lq_market_finding_t *out, const session_t *session, uint32_t i)
{
    const lq_sync_t *sync = session->follow->state.sync;
    const lq_adapter_t *adapter = lq_sync_instance(sync, i)->adapter;
    const lq_instance_t *self = lq_sync_self(sync, i);
    lq_sync_instance_stat_t stat = lq_sync_instance_stat(sync, i);
    lq_subject_t subject = {0, 0};
    *out = (lq_market_finding_t){.code = session->codes[i].found,
                                 .asset_cnt = adapter->oracle_cnt(self),
                                 .sure = !adapter->next(self, &subject)};
    if (stat.version != LQ_ADAPTER_PROBE && out->asset_cnt)
        out->version = adapter->version_names[stat.version];
    for (size_t k = 0; k < out->asset_cnt; k++) {
        uint32_t number = lq_book_oracle(lq_sync_book(sync), i, k);
        if (number == LQ_LEDGER_NONE)
            continue;
        lq_oracle_t oracle = lq_oracles_get(lq_sync_oracles(sync), number);
        out->priced_cnt += oracle.verdict == LQ_PRICE_OK;
        out->opaque_cnt += oracle.shape == LQ_ORACLE_OPAQUE;
    }
}

static lq_err_t ask_venues(lq_venues_finding_t *venues, lq_err_msg_t *msg, session_t *session)
{
    lq_block_ref_t block = lq_sync_stat(session->follow->state.sync).complete;
    lq_err_t err = lq_check_venues(venues, &session->config, session->follow->loop, &session->log,
                                   session->follow->pool, &block);
    venues->executor = session->codes[LQ_CONFIG_MARKET_MAX].found;
    return err ? lq_err_msg_set(msg, err, "pools and lenders: %s", lq_err_str(err)) : LQ_OK;
}

static lq_err_t ask_all(lq_market_finding_t *out, lq_venues_finding_t *venues, lq_err_msg_t *msg,
                        session_t *session, const lq_nodes_t *nodes)
{
    lq_follow_settings_t settings = {.config = &session->config,
                                     .nodes = nodes,
                                     .log = &session->log,
                                     .stall_ns = STALL_NS,
                                     .structured = on_structured,
                                     .ctx = session};
    lq_err_t err = lq_follow_open(&session->follow, msg, &settings);
    if (err)
        return err;
    for (size_t i = 0; i < session->config.market_cnt; i++)
        ask_code(session, i, session->config.markets[i].address);
    if (session->config.executor[0])
        ask_code(session, LQ_CONFIG_MARKET_MAX, session->config.executor);
    err = lq_follow_run(session->follow, msg, &session->stop);
    uint64_t end_mono_ns = lq_clock_now(lq_clock_system()).mono_ns + 10 * SEC_NS;
    while (!err && session->waiting && lq_clock_now(lq_clock_system()).mono_ns < end_mono_ns)
        lq_loop_turn(session->follow->loop, SEC_NS / 10);
    for (uint32_t i = 0; i < session->config.market_cnt && !err; i++)
        fill(&out[i], session, i);
    if (!err)
        err = ask_venues(venues, msg, session);
    lq_follow_close(session->follow);
    return err;
}

lq_err_t lq_check_markets(lq_market_finding_t out[LQ_CONFIG_MARKET_MAX],
                          lq_venues_finding_t *venues, lq_err_msg_t *msg, const lq_config_t *config,
                          const lq_nodes_t *nodes)
{
    static const lq_log_config_t quiet = {
        .level = LQ_LOG_ERROR, .line_max = LQ_LOG_LINE_MIN, .value_max = LQ_LOG_VALUE_MIN};
    session_t *session = calloc(1, sizeof(*session));
    if (!session)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    session->config = *config;
    session->config.snapshot_file = "";
    if (lq_log_init(&session->log, &quiet, lq_clock_system(), drop_line, NULL))
        LQ_BUG("the settings of a log without lines are refused");
    lq_err_t err = ask_all(out, venues, msg, session, nodes);
    free(session);
    return err;
}

/* Whether MARKET cannot be what the configuration says. */
static bool is_none(const lq_config_market_t *market, const lq_market_finding_t *found)
{
    bool isolated = strcmp(lq_config_protocols[market->protocol], "morpho_blue") == 0;
    return found->code == LQ_FINDING_NO || (!isolated && !found->asset_cnt);
}

void lq_check_markets_print(const lq_config_t *config, const lq_market_finding_t *found)
{
    for (size_t i = 0; i < config->market_cnt; i++) {
        const lq_config_market_t *market = &config->markets[i];
        const lq_market_finding_t *f = &found[i];
        const char *protocol = lq_config_protocols[market->protocol];
        (void)printf("\n%s: %s\n", market->name, market->address);
        if (f->code == LQ_FINDING_NO) {
            (void)printf("  contract       none at this address on this chain\n");
        } else if (is_none(market, f)) {
            (void)printf("  contract       does not answer as %s does\n", protocol);
        } else {
            (void)printf("  contract       %s%s%s%s\n", protocol, f->version ? " " : "",
                         f->version ? f->version : "", f->sure ? "" : ", not all was answered");
            if (f->asset_cnt)
                (void)printf("  assets         %zu, %zu with a price, %zu read at each block\n",
                             f->asset_cnt, f->priced_cnt, f->opaque_cnt);
            else
                (void)printf("  assets         told by the logs, which are not searched here\n");
        }
    }
}

json_t *lq_check_markets_json(const lq_config_t *config, const lq_market_finding_t *found)
{
    json_t *out = json_array();
    for (size_t i = 0; i < config->market_cnt; i++) {
        const lq_config_market_t *market = &config->markets[i];
        const lq_market_finding_t *f = &found[i];
        json_t *one = json_pack(
            "{s:s, s:s, s:s, s:b, s:s?, s:b, s:i, s:i, s:i}", "name", market->name, "protocol",
            lq_config_protocols[market->protocol], "address", market->address, "ok",
            (int)!is_none(market, f), "version", f->version, "complete", (int)f->sure, "assets",
            (int)f->asset_cnt, "priced", (int)f->priced_cnt, "opaque", (int)f->opaque_cnt);
        if (json_array_append_new(out, one) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

int lq_check_markets_rc(const lq_config_t *config, const lq_market_finding_t *found)
{
    for (size_t i = 0; i < config->market_cnt; i++)
        if (is_none(&config->markets[i], &found[i]))
            return LQ_EXIT_CONFIG;
    return LQ_EXIT_DONE;
}
