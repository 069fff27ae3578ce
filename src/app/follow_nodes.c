/* Whether the nodes can be begun with: one that is still syncing shows an old state as if it were
   the newest, one of another chain shows none of ours. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "follow_internal.h"

#define SEC_NS       UINT64_C(1000000000)
#define AGAIN_NS     (5 * SEC_NS) /* how often one that syncs is asked */
#define RETRY_NS     (SEC_NS / 2)
#define SILENT_MAX   3u   /* who does not say it is taken as one that has caught up */
#define WHY_SZ       144u /* leaves room in a message for the remedy */
#define REPORT_NS    (30 * SEC_NS)
#define REPORT_AT_NS (10 * SEC_NS)

static bool is_read(const lq_follow_t *f, uint32_t i)
{
    return f->settings.nodes->endpoints[i].roles & LQ_ROLE_READ;
}

/* Whether it is there and of our chain. */
static bool is_there(const lq_follow_t *f, uint32_t i)
{
    lq_node_health_t health = lq_pool_stat(f->pool, i).health;
    return health != LQ_NODE_HEALTH_UNPROVEN && health != LQ_NODE_HEALTH_DOWN &&
           health != LQ_NODE_HEALTH_FOREIGN;
}

uint32_t lq_follow_syncing_mask(const lq_follow_t *f)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < lq_pool_endpoint_cnt(f->pool); i++)
        mask |= (uint32_t)(f->nodes[i].state == LQ_FOLLOW_NODE_SYNCING) << i;
    return mask;
}

/* ---- why not ---- */

static void say_node(const lq_follow_t *f, char *out, size_t out_sz, uint32_t i)
{
    const lq_follow_node_t *node = &f->nodes[i];
    lq_pool_stat_t stat = lq_pool_stat(f->pool, i);
    const char *name = lq_pool_name(f->pool, i);
    if (stat.health == LQ_NODE_HEALTH_FOREIGN)
        (void)snprintf(out, out_sz, "%s is of chain %" PRIu64 ", and chain.id is %" PRIu64, name,
                       stat.chain_id, f->settings.config->chain_id);
    else if (node->state == LQ_FOLLOW_NODE_SYNCING && node->highest_blk)
        (void)snprintf(out, out_sz,
                       "%s is still syncing, at block %" PRIu64 " of %" PRIu64 " or more", name,
                       node->at_blk, node->highest_blk);
    else if (node->state == LQ_FOLLOW_NODE_SYNCING)
        (void)snprintf(out, out_sz, "%s is still syncing", name);
    else
        (void)snprintf(out, out_sz, "%s is %s", name,
                       stat.health == LQ_NODE_HEALTH_UNPROVEN ? "silent"
                                                              : lq_node_health_str(stat.health));
}

void lq_follow_nodes_why(const lq_follow_t *f, char *out, size_t out_sz)
{
    char text[192];
    size_t sz = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < lq_pool_endpoint_cnt(f->pool) && sz < out_sz; i++) {
        if (!is_read(f, i))
            continue;
        say_node(f, text, sizeof(text), i);
        sz += (size_t)snprintf(out + sz, out_sz - sz, "%s%s", sz ? "; " : "", text);
    }
}

/* ---- asking ---- */

static bool answers(lq_rpc_class_t c)
{
    return c != LQ_RPC_TIMEOUT && c != LQ_RPC_BROKEN && c != LQ_RPC_UNSENT && c != LQ_RPC_RATE &&
           c != LQ_RPC_QUOTA;
}

/* An object tells how far it is; who has caught up says false, or does not know the question. */
static void take_state(lq_follow_node_t *node, const lq_rpc_answer_t *answer)
{
    const lq_rpc_result_t *result = &answer->results[0];
    bool syncing = result->class_ == LQ_RPC_SYNCING;
    node->at_blk = node->highest_blk = 0;
    if (!result->class_ && lq_json_kind(result->value) == LQ_JSON_KIND_OBJECT) {
        syncing = true;
        if (lq_json_get_qty_u64(answer->doc, &node->at_blk, NULL, result->value, "currentBlock") ||
            lq_json_get_qty_u64(answer->doc, &node->highest_blk, NULL, result->value,
                                "highestBlock"))
            node->at_blk = node->highest_blk = 0;
    } else if (!result->class_) {
        (void)!lq_json_get_bool(answer->doc, &syncing, NULL, result->value, NULL);
    }
    node->state = syncing ? LQ_FOLLOW_NODE_SYNCING : LQ_FOLLOW_NODE_READY;
}

static void on_state(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_follow_node_t *node = ctx;
    lq_follow_t *f = node->f;
    uint32_t i = (uint32_t)(node - f->nodes);
    char why[192];
    bool was = node->state == LQ_FOLLOW_NODE_SYNCING;
    node->asked = false;
    node->at_mono_ns = answer->recv.mono_ns + RETRY_NS;
    if (answers(answer->results[0].class_))
        take_state(node, answer);
    else if (node->state == LQ_FOLLOW_NODE_UNKNOWN && ++node->silent_cnt == SILENT_MAX)
        node->state = LQ_FOLLOW_NODE_READY;
    if (node->state != LQ_FOLLOW_NODE_SYNCING)
        return;
    node->at_mono_ns = answer->recv.mono_ns + AGAIN_NS;
    say_node(f, why, sizeof(why), i);
    if (!was)
        LQ_LOG(f->log, LQ_LOG_WARN, "app", "a node cannot be begun with yet",
               LQ_LOG_CSTR("node", lq_pool_name(f->pool, i)), LQ_LOG_CSTR("why", why));
}

static void ask(lq_follow_t *f, uint32_t i)
{
    lq_follow_node_t *node = &f->nodes[i];
    lq_rpc_item_t item = {"eth_syncing", "[]", 2};
    lq_pool_call_t call = {
        .rpc =
            {.items = &item, .item_cnt = 1, .timeout_ns = 2 * SEC_NS, .fn = on_state, .ctx = node},
        .role = LQ_ROLE_READ,
        .pinned = true,
        .endpoint = i,
    };
    lq_rpc_id_t id;
    node->f = f;
    node->asked = !lq_pool_call(f->pool, &id, &call);
}

/* ---- what follows ---- */

/* Fails where waiting is of no use: all are of another chain, or, where nobody waits, syncing. */
static void give_up(lq_follow_t *f, size_t read_cnt, size_t foreign_cnt, size_t syncing_cnt)
{
    char why[WHY_SZ];
    lq_err_msg_t msg;
    lq_follow_nodes_why(f, why, sizeof(why));
    if (foreign_cnt && foreign_cnt == read_cnt) {
        (void)!lq_err_msg_set(
            &msg, LQ_ERR_CONFIG,
            "no node is of the configured chain: %s: name one that is under nodes, "
            "or set chain.id",
            why);
        lq_follow_fail(f, LQ_ERR_CONFIG, msg.text);
    } else if (f->settings.stall_ns && syncing_cnt && syncing_cnt + foreign_cnt == read_cnt) {
        (void)!lq_err_msg_set(&msg, LQ_ERR_REMOTE,
                              "no node has the newest state: %s: wait until it has caught up, or "
                              "name another one under nodes",
                              why);
        lq_follow_fail(f, LQ_ERR_REMOTE, msg.text);
    }
}

static void report(lq_follow_t *f, uint64_t now_mono_ns)
{
    char why[640];
    if (!f->nodes_report_mono_ns)
        f->nodes_report_mono_ns = now_mono_ns + REPORT_AT_NS;
    if (now_mono_ns < f->nodes_report_mono_ns)
        return;
    f->nodes_report_mono_ns = now_mono_ns + REPORT_NS;
    lq_follow_nodes_why(f, why, sizeof(why));
    LQ_LOG(f->log, LQ_LOG_WARN, "app", "no node can be begun with: waiting",
           LQ_LOG_CSTR("why", why));
}

void lq_follow_nodes_work(lq_follow_t *f, uint64_t now_mono_ns)
{
    size_t read_cnt = 0;
    size_t foreign_cnt = 0;
    size_t syncing_cnt = 0;
    for (uint32_t i = 0; !f->nodes_ready && i < lq_pool_endpoint_cnt(f->pool); i++) {
        lq_follow_node_t *node = &f->nodes[i];
        if (!is_read(f, i))
            continue;
        read_cnt++;
        foreign_cnt += lq_pool_stat(f->pool, i).health == LQ_NODE_HEALTH_FOREIGN;
        syncing_cnt += node->state == LQ_FOLLOW_NODE_SYNCING;
        f->nodes_ready = node->state == LQ_FOLLOW_NODE_READY;
        if (!f->nodes_ready && !node->asked && is_there(f, i) && now_mono_ns >= node->at_mono_ns)
            ask(f, i);
    }
    if (f->nodes_ready)
        return;
    give_up(f, read_cnt, foreign_cnt, syncing_cnt);
    report(f, now_mono_ns);
}
