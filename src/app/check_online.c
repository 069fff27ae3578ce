#include "check_online.h"

#include <inttypes.h>
#include <string.h>

#include "liqd/app/cli.h"
#include "liqd/base/text.h"

/* Prints a line of a node's part: what it is about, and what was found. */
LQ_PRINTF(2, 3)
static void row(const char *what, const char *fmt, ...)
{
    va_list ap;
    (void)printf("  %-14s ", what);
    va_start(ap, fmt);
    (void)vprintf(fmt, ap);
    va_end(ap);
    (void)printf("\n");
}

static bool is_stream(const lq_nodes_t *nodes, size_t i)
{
    return !lq_url_is_http(&nodes->urls[i]);
}

/* Whether subscriptions of it were tried. */
static bool is_subscribed(const lq_nodes_t *nodes, size_t i)
{
    return is_stream(nodes, i) && nodes->endpoints[i].roles & LQ_ROLE_SUBSCRIBE;
}

static const char *yes_no(lq_finding_t finding)
{
    switch (finding) {
    case LQ_FINDING_NONE:
        return "no answer";
    case LQ_FINDING_YES:
        return "yes";
    case LQ_FINDING_NO:
        return "no";
    }
    LQ_BUG("finding %d", (int)finding);
}

static void print_head(const lq_config_t *config, const lq_probe_t *p)
{
    if (p->head == LQ_FINDING_YES)
        row("head", "block %" PRIu64 ", %" PRIu64 " s old", p->head_blk, p->head_age_sec);
    else
        row("head", "no answer");
    if (config->finality == LQ_FINALITY_NONE)
        return;
    if (p->final == LQ_FINDING_YES)
        row(lq_finality_names[config->finality], "block %" PRIu64, p->final_blk);
    else if (p->final == LQ_FINDING_NONE)
        row(lq_finality_names[config->finality], "no answer");
    else
        row(lq_finality_names[config->finality], "not known: see chain.finality");
}

static void print_subscriptions(const lq_config_t *config, const lq_nodes_t *nodes, size_t i,
                                const lq_probe_t *p)
{
    if (!is_subscribed(nodes, i)) {
        row("subscriptions",
            is_stream(nodes, i) ? "not wanted: see its roles" : "none over HTTP: heads are polled");
        return;
    }
    row("subscriptions", "heads %s, logs %s", yes_no(p->sub_heads), yes_no(p->sub_logs));
    if (config->mempool == LQ_MEMPOOL_NONE)
        row("mempool", "not wanted: see chain.mempool");
    else if (p->sub_pending == LQ_FINDING_YES)
        row("mempool", "%s", p->pending_hashes ? "hashes" : "whole transactions");
    else
        row("mempool", "%s", yes_no(p->sub_pending));
}

static void print_logs(const lq_probe_t *p)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    (void)lq_text_quote(quoted, p->log_refusal);
    if (p->log_range_blk > p->head_blk)
        row("eth_getLogs", "the whole chain");
    else if (p->log_range_blk && !p->log_refusal[0])
        row("eth_getLogs", "%" PRIu64 " blocks and more", p->log_range_blk);
    else if (p->log_range_blk)
        row("eth_getLogs", "%" PRIu64 " blocks; more is refused: %s", p->log_range_blk, quoted);
    else
        row("eth_getLogs", "%s", p->log_refusal[0] ? quoted : "no answer");
}

static void print_chain(const lq_config_t *config, const lq_probe_t *p)
{
    if (p->base_fee == LQ_FINDING_NO)
        row("base fee", "not as configured: see chain.elasticity and chain.base_fee_denominator");
    else if (p->base_fee == LQ_FINDING_YES)
        row("base fee", "as configured");
    if (p->multicall == LQ_FINDING_NO)
        row("Multicall3", "no code at %s: see chain.multicall", config->multicall);
    else if (p->multicall == LQ_FINDING_YES)
        row("Multicall3", "there");
}

static void print_node(const lq_config_t *config, const lq_nodes_t *nodes, size_t i,
                       const lq_probe_t *p)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    (void)printf("\n%s: %s\n", config->nodes[i].name, nodes->urls[i].shown);
    if (p->err)
        row(p->available ? "incomplete" : "not available", "%s", p->fault.text);
    if (!p->available)
        return;
    if (p->chain == LQ_FINDING_NO) {
        row("chain id", "%" PRIu64 ", but chain.id is %" PRIu64 ": name another node or chain",
            p->chain_id, config->chain_id);
        return;
    }
    row("chain id", "%" PRIu64, p->chain_id);
    row("client", "%s", p->client[0] ? lq_text_quote(quoted, p->client) : "no answer");
    if (p->latency_ns)
        row("latency", "%.2f ms", (double)p->latency_ns / 1e6);
    else
        row("latency", "no answer");
    row("syncing", "%s", yes_no(p->syncing));
    print_head(config, p);
    print_subscriptions(config, nodes, i, p);
    print_logs(p);
    print_chain(config, p);
}

void lq_check_online_print(const lq_config_t *config, const lq_nodes_t *nodes,
                           const lq_probe_t *probes)
{
    for (size_t i = 0; i < nodes->cnt; i++)
        print_node(config, nodes, i, &probes[i]);
}

static json_t *finding_json(lq_finding_t finding)
{
    return finding == LQ_FINDING_NONE ? json_null() : json_boolean(finding == LQ_FINDING_YES);
}

/* A number below 2^63, null where KNOWN is false. */
static json_t *number_json(bool known, uint64_t v)
{
    return known && v <= INT64_MAX ? json_integer((json_int_t)v) : json_null();
}

/* A node's own words: JSON takes UTF-8 alone. */
static json_t *text_json(const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    json_t *out = json_string(text);
    return out ? out : json_string(lq_text_quote(quoted, text));
}

static json_t *node_json(const lq_config_t *config, const lq_nodes_t *nodes, size_t i,
                         const lq_probe_t *p)
{
    bool head = p->head == LQ_FINDING_YES;
    return json_pack(
        "{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o}",
        "name", config->nodes[i].name, "url", nodes->urls[i].shown, "available", (int)p->available,
        "fault", text_json(p->fault.text), "client", text_json(p->client), "chain_id",
        number_json(p->chain != LQ_FINDING_NONE, p->chain_id), "chain_ok", finding_json(p->chain),
        "latency_ns", number_json(p->latency_ns > 0, p->latency_ns), "syncing",
        finding_json(p->syncing), "head", number_json(head, p->head_blk), "head_age_sec",
        number_json(head, p->head_age_sec), "final",
        number_json(p->final == LQ_FINDING_YES, p->final_blk), "heads", finding_json(p->sub_heads),
        "logs", finding_json(p->sub_logs), "pending",
        p->sub_pending == LQ_FINDING_YES ? json_string(p->pending_hashes ? "hashes" : "full")
                                         : json_null(),
        "log_range", number_json(p->log_range_blk > 0, p->log_range_blk), "log_refusal",
        text_json(p->log_refusal), "base_fee_ok", finding_json(p->base_fee), "multicall",
        finding_json(p->multicall));
}

json_t *lq_check_online_json(const lq_config_t *config, const lq_nodes_t *nodes,
                             const lq_probe_t *probes)
{
    json_t *out = json_array();
    for (size_t i = 0; i < nodes->cnt; i++) {
        if (json_array_append_new(out, node_json(config, nodes, i, &probes[i])) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

int lq_check_online_rc(const lq_nodes_t *nodes, const lq_probe_t *probes)
{
    int rc = LQ_EXIT_DONE;
    for (size_t i = 0; i < nodes->cnt; i++) {
        if (probes[i].chain == LQ_FINDING_NO)
            return LQ_EXIT_CONFIG;
        if (!probes[i].available || probes[i].err)
            rc = LQ_EXIT_NODE;
    }
    return rc;
}
