/* What an operator is told of a running daemon, and what he wants of it. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_value.h"
#include "liqd/base/text.h"
#include "liqd/decide/limits.h"
#include "live_shell_internal.h"

#define SEC_NS UINT64_C(1000000000)

static json_t *usd_text(const lq_i256_t *v)
{
    lq_signed_text_t text;
    return json_string(lq_decisions_usd(&text, v));
}

static json_t *wei_text(const lq_wei_t *v)
{
    char text[LQ_WEI_TEXT_SZ];
    return lq_wei_print(text, sizeof(text), v, LQ_WEI_UNIT_ETH) ? json_null() : json_string(text);
}

/* A stranger's words. */
static json_t *shown(const char *text)
{
    char out[1024];
    lq_text_show_cut(out, sizeof(out), (const uint8_t *)text, strlen(text));
    return json_string(out);
}

/* ---- parts */

static json_t *chain_json(const lq_live_shell_t *s)
{
    lq_sync_stat_t sync = lq_sync_stat(s->state->sync);
    lq_time_t now = lq_live_now(s);
    uint64_t highest = lq_follow_head(s->settings.follow);
    uint64_t age =
        s->head_sec && now.wall_ns / SEC_NS > s->head_sec ? now.wall_ns / SEC_NS - s->head_sec : 0;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "name", s->settings.config->chain_name,
                     "id", lq_json_count(s->settings.config->chain_id), "head",
                     lq_json_count(s->head_blk), "complete", lq_json_count(sync.complete.number),
                     "lag_blocks", lq_json_count(highest > s->head_blk ? highest - s->head_blk : 0),
                     "head_age_sec", lq_json_count(age), "final", lq_json_count(s->final_blk));
}

static json_t *nodes_json(const lq_live_shell_t *s)
{
    lq_pool_t *pool = lq_follow_pool(s->settings.follow);
    json_t *out = json_array();
    for (uint32_t i = 0; i < lq_pool_endpoint_cnt(pool); i++) {
        lq_pool_stat_t stat = lq_pool_stat(pool, i);
        (void)json_array_append_new(
            out, json_pack("{s:s, s:s, s:o, s:o}", "name", lq_pool_name(pool, i), "health",
                           lq_node_health_str(stat.health), "head", lq_json_count(stat.head_blk),
                           "latency_us", lq_json_count(stat.latency_ns / 1000)));
    }
    return out;
}

static json_t *engine_json(const lq_live_shell_t *s)
{
    lq_engine_stat_t stat = lq_engine_stat(s->state->engine);
    json_t *standing = json_object();
    json_t *ended = json_object();
    for (unsigned i = 0; i < LQ_REASON_CNT; i++) {
        const char *name = lq_reason_str((lq_reason_t)i);
        if (stat.standing_cnt[i])
            (void)json_object_set_new(standing, name, lq_json_count(stat.standing_cnt[i]));
        if (stat.ended_cnt[i])
            (void)json_object_set_new(ended, name, lq_json_count(stat.ended_cnt[i]));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "began", lq_json_count(stat.began_cnt),
                     "standing", standing, "ended", ended, "takes", lq_json_count(stat.take_cnt),
                     "in_flight", lq_json_count(stat.inflight_cnt), "beyond_room",
                     lq_json_count(stat.full_cnt), "deciding",
                     lq_engine_is_deciding(s->state->engine));
}

static json_t *sender_json(const lq_live_shell_t *s, uint32_t i)
{
    lq_txman_sender_stat_t stat = lq_txman_sender_stat(lq_exec_manager(s->exec), i);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "name",
                     s->settings.config->senders[i].name, "address", lq_json_address(&stat.address),
                     "balance", stat.has_balance ? wei_text(&stat.balance_wei) : json_null(),
                     "mined", lq_json_count(stat.mined_cnt), "next_nonce",
                     lq_json_count(stat.next_nonce), "in_use", lq_json_count(stat.slot_cnt),
                     "halted", stat.halted, "why", shown(stat.why));
}

static json_t *sending_json(const lq_live_shell_t *s)
{
    lq_txman_stat_t stat = lq_txman_stat(lq_exec_manager(s->exec));
    json_t *senders = json_array();
    json_t *ways = json_array();
    for (uint32_t i = 0; i < s->settings.senders->cnt; i++)
        (void)json_array_append_new(senders, sender_json(s, i));
    for (uint32_t i = 0; i < s->way_cnt; i++) {
        lq_ways_stat_t way = lq_ways_stat(lq_exec_ways(s->exec), i);
        (void)json_array_append_new(ways, json_pack("{s:s, s:o, s:o, s:o}", "name",
                                                    lq_ways_name(lq_exec_ways(s->exec), i), "sent",
                                                    lq_json_count(way.sent_cnt), "accepted",
                                                    lq_json_count(way.accepted_cnt), "silent",
                                                    lq_json_count(way.silent_cnt)));
    }
    return json_pack("{s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "ready", stat.ready, "paused",
                     stat.paused, "stopping", s->stopping, "senders", senders, "ways", ways,
                     "attempts", lq_json_count(stat.attempt_cnt), "bumps",
                     lq_json_count(stat.bump_cnt), "cancellations", lq_json_count(stat.cancel_cnt),
                     "alarms", lq_json_count(stat.alarm_cnt));
}

static json_t *journal_json(const lq_live_shell_t *s)
{
    lq_journal_stat_t stat = lq_journal_stat(s->journal);
    lq_wal_stat_t wal = lq_wal_stat(s->wal);
    const char *why = lq_live_journal_why(s, &stat);
    return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "file",
                     s->settings.config->journal_file, "writing", !why[0], "why", shown(why),
                     "records", lq_json_count(stat.committed_seq), "waiting",
                     lq_json_count(wal.appended_seq - wal.released_seq), "log_used",
                     lq_json_count(wal.used_sz), "log_size", lq_json_count(wal.sz));
}

/* Limits that hold for everybody now. */
static json_t *limits_json(const lq_live_shell_t *s)
{
    json_t *out = json_array();
    for (unsigned i = 0; i < LQ_LIMIT_CNT; i++)
        if (s->holds[i])
            (void)json_array_append_new(out, json_pack("{s:s, s:o}", "limit",
                                                       lq_limit_str((lq_limit_t)i), "until",
                                                       lq_json_count(s->until_sec[i])));
    return out;
}

static json_t *markets_json(const lq_live_shell_t *s)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < s->state->instance_cnt; i++)
        (void)json_array_append_new(
            out, json_pack("{s:s, s:s}", "name", s->settings.config->markets[i].name, "trust",
                           lq_trust_str(lq_sync_instance_stat(s->state->sync, i).trust)));
    return out;
}

static json_t *profit_json(const lq_live_shell_t *s)
{
    const lq_live_counts_t *c = &s->counts;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "realised_usd", usd_text(&c->net_usd), "gas",
                     wei_text(&c->gas_wei), "wanted", lq_json_count(c->intent_cnt), "signed",
                     lq_json_count(c->sent_cnt), "mined", lq_json_count(c->mined_cnt), "reverted",
                     lq_json_count(c->reverted_cnt));
}

/* ---- stages */

static void add_stage(json_t *out, const char *name, const lq_hist_t *hist)
{
    uint64_t p50;
    uint64_t p99;
    if (lq_hist_percentile(hist, &p50, 500000) || lq_hist_percentile(hist, &p99, 990000))
        return; /* nothing came so far */
    (void)json_array_append_new(out, json_pack("{s:s, s:o, s:o, s:o, s:o}", "stage", name, "count",
                                               lq_json_count(hist->cnt), "p50_ns",
                                               lq_json_count(p50), "p99_ns", lq_json_count(p99),
                                               "max_ns", lq_json_count(hist->max)));
}

static json_t *stages_json(const lq_live_shell_t *s)
{
    const lq_exec_hists_t *h = lq_exec_hists(s->exec);
    json_t *out = json_array();
    add_stage(out, "parsed", &s->stages.parsed);
    add_stage(out, "applied", &s->stages.applied);
    add_stage(out, "decided", &s->stages.decided);
    add_stage(out, "signed", &h->signed_);
    add_stage(out, "recorded", &h->recorded);
    add_stage(out, "written", &h->written);
    return out;
}

static json_t *status_json(const lq_live_shell_t *s)
{
    uint64_t up_ns = lq_live_now(s).mono_ns - s->start_mono_ns;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "program",
                     "liqd " LIQD_VERSION, "uptime_sec", lq_json_count(up_ns / SEC_NS), "chain",
                     chain_json(s), "nodes", nodes_json(s), "markets", markets_json(s), "engine",
                     engine_json(s), "sending", sending_json(s), "journal", journal_json(s),
                     "limits", limits_json(s), "profit", profit_json(s), "stages", stages_json(s));
}

/* ---- what is wanted */

static void command(lq_live_shell_t *s, lq_command_kind_t kind, uint32_t instance)
{
    lq_event_t event = {.kind = LQ_EVENT_COMMAND, .as.command = {kind, instance}};
    lq_follow_give(s->settings.follow, &event);
}

static json_t *done(void)
{
    return json_pack("{s:b}", "done", 1);
}

static json_t *hold(lq_live_shell_t *s)
{
    command(s, LQ_COMMAND_PAUSE, 0);
    lq_exec_pause(s->exec);
    LQ_LOG(s->settings.log, LQ_LOG_WARN, "app", "an operator pauses: nothing new is sent");
    return done();
}

static json_t *resume(lq_live_shell_t *s, const char *market)
{
    uint32_t instance;
    if (market[0] && !lq_config_find_market(s->settings.config, &instance, market))
        return json_pack("{s:s}", "error", "no market of that name is configured");
    if (market[0]) {
        command(s, LQ_COMMAND_RESTART, instance);
        LQ_LOG(s->settings.log, LQ_LOG_WARN, "app", "an operator starts a market again",
               LQ_LOG_CSTR("market", s->settings.config->markets[instance].name));
    } else {
        command(s, LQ_COMMAND_RESUME, 0);
        lq_exec_resume(s->exec);
        LQ_LOG(s->settings.log, LQ_LOG_WARN, "app", "an operator resumes");
    }
    return done();
}

void lq_live_request(void *ctx, uint32_t client, const lq_control_request_t *request)
{
    lq_live_shell_t *s = ctx;
    json_t *root = NULL;
    switch (request->command) {
    case LQ_CONTROL_STATUS:
        root = status_json(s);
        break;
    case LQ_CONTROL_PAUSE:
        root = hold(s);
        break;
    case LQ_CONTROL_RESUME:
        root = resume(s, request->market);
        break;
    }
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    static const char none[] = "{\"error\": \"out of memory\"}";
    if (text)
        lq_control_answer(s->control, client, text, strlen(text));
    else
        lq_control_answer(s->control, client, none, sizeof(none) - 1);
    json_decref(root);
    free(text);
}
