/* How many transactions of a sender are mined, and what it has: from as many nodes as are wanted,
   each asked for the head's state. And what has a nonce that we know nothing of. */

#include <string.h>

#include "exec_internal.h"
#include "liqd/codec/json_write.h"

#define PARAMS_SZ 160u

/* ---- counts ---- */

/* The sender at the block by its hash (EIP-1898), or at what the node has for its newest. */
static size_t write_at(char *out, const lq_address_t *sender, const lq_block_ref_t *at)
{
    static const lq_hash_t none;
    char *end = lq_json_put_hex(lq_json_put_text(out, "["), sender->b, sizeof(sender->b));
    if (!at || !memcmp(&at->hash, &none, sizeof(none)))
        return (size_t)(lq_json_put_text(end, ",\"latest\"]") - out);
    end =
        lq_json_put_hex(lq_json_put_text(end, ",{\"blockHash\":"), at->hash.b, sizeof(at->hash.b));
    return (size_t)(lq_json_put_text(end, "}]") - out);
}

static void start(exec_count_t *c);

/* A sender's funds are those of the richest that sends: what the next transaction may cost. */
static void note_balance(lq_exec_t *x)
{
    lq_wei_t most = {{{0}}};
    bool has = false;
    for (uint32_t i = 0; i < x->config.sender_cnt; i++) {
        lq_txman_sender_stat_t stat = lq_txman_sender_stat(x->manager, i);
        if (!stat.has_balance || stat.halted)
            continue;
        has = true;
        if (lq_wei_cmp(&stat.balance_wei, &most) > 0)
            most = stat.balance_wei;
    }
    if (!has || (x->has_balance && !lq_wei_cmp(&most, &x->balance_wei)))
        return;
    x->has_balance = true;
    x->balance_wei = most;
    x->balance_due = true;
}

static void end_count(exec_count_t *c)
{
    lq_exec_t *x = c->x;
    lq_txman_event_t event = {.kind = LQ_TXMAN_COUNT, .as.count = &c->sum};
    if (c->told_cnt && !c->failed) {
        lq_txman_count_t sum = c->sum;
        event.as.count = &sum;
        exec_give(x, &event);
        note_balance(x);
    } else {
        c->retry_ns = lq_time_after(exec_now_ns(x), EXEC_RETRY_NS);
    }
    if (c->again && !c->open_cnt)
        start(c);
}

static void add(exec_count_t *c, uint64_t cnt, const lq_wei_t *balance, uint64_t newest_blk)
{
    lq_txman_count_t *sum = &c->sum;
    sum->cnt = !c->told_cnt || cnt < sum->cnt ? cnt : sum->cnt;
    sum->most = cnt > sum->most ? cnt : sum->most;
    if (!c->told_cnt || lq_wei_cmp(balance, &sum->balance_wei) < 0)
        sum->balance_wei = *balance;
    sum->has_balance = true;
    if (newest_blk > sum->newest_blk)
        sum->newest_blk = newest_blk;
    c->told_cnt++;
}

static bool knows_no_hashes(const lq_rpc_result_t *r)
{
    return r->class_ == LQ_RPC_PARAMS || r->class_ == LQ_RPC_METHOD || r->class_ == LQ_RPC_UNKNOWN;
}

static bool ask_one(exec_count_call_t *call);

static void on_count(void *ctx, const lq_rpc_answer_t *answer)
{
    exec_count_call_t *call = ctx;
    exec_count_t *c = call->count;
    lq_exec_t *x = c->x;
    const lq_rpc_result_t *r = answer->results;
    uint64_t cnt = 0;
    uint64_t newest_blk = c->sum.at.number;
    lq_wei_t balance;
    call->open = false;
    c->open_cnt--;
    bool ok = r[0].class_ == LQ_RPC_OK && r[1].class_ == LQ_RPC_OK;
    if (!ok && !call->latest && knows_no_hashes(&r[0])) {
        call->latest = true;
        if (ask_one(call))
            return;
    }
    if (ok && call->latest)
        ok = r[2].class_ == LQ_RPC_OK;
    if (ok &&
        (lq_json_get_qty_u64(answer->doc, &cnt, NULL, r[0].value, NULL) ||
         (call->latest && lq_json_get_qty_u64(answer->doc, &newest_blk, NULL, r[2].value, NULL)) ||
         lq_json_get_qty_u256(answer->doc, &balance.raw, NULL, r[1].value, NULL))) {
        lq_pool_note_fault(x->pool, answer->endpoint);
        ok = false;
    }
    if (ok)
        add(c, cnt, &balance, newest_blk);
    else
        c->failed = true;
    if (!c->open_cnt)
        end_count(c);
    exec_end(x);
}

static bool ask_one(exec_count_call_t *call)
{
    exec_count_t *c = call->count;
    lq_exec_t *x = c->x;
    char params[PARAMS_SZ];
    size_t sz = write_at(params, &x->senders[c->sender].address, call->latest ? NULL : &c->sum.at);
    const lq_rpc_item_t items[] = {{"eth_getTransactionCount", params, sz},
                                   {"eth_getBalance", params, sz},
                                   {"eth_blockNumber", "[]", 2}};
    size_t cnt = call->latest ? 3 : 2; /* answered in their order, or above the count's */
    lq_pool_call_t rpc = {.rpc = {items, cnt, x->config.timeout_ns, on_count, call},
                          .role = LQ_ROLE_READ,
                          .pinned = true,
                          .endpoint = call->endpoint,
                          .min_head_blk = c->sum.at.number};
    call->open = lq_pool_call(x->pool, &call->rpc, &rpc) == LQ_OK;
    c->open_cnt += call->open;
    return call->open;
}

static void start(exec_count_t *c)
{
    lq_exec_t *x = c->x;
    uint32_t nodes[LQ_EXEC_QUORUM_MAX] = {0};
    const lq_header_t *head = exec_head(x);
    size_t cnt = exec_nodes(x, nodes);
    c->again = false;
    c->failed = false;
    c->retry_ns = 0;
    c->told_cnt = 0;
    c->sum = (lq_txman_count_t){.sender = c->sender};
    if (head)
        c->sum.at = head->block;
    for (size_t i = 0; i < cnt; i++) {
        c->calls[i] = (exec_count_call_t){.count = c, .endpoint = nodes[i]};
        if (!ask_one(&c->calls[i]))
            c->failed = true;
    }
    if (!c->open_cnt)
        c->retry_ns = lq_time_after(exec_now_ns(x), EXEC_RETRY_NS);
}

void exec_count(lq_exec_t *x, uint32_t sender)
{
    exec_count_t *c = &x->counts[sender];
    c->x = x;
    c->sender = sender;
    if (c->open_cnt)
        c->again = true;
    else
        start(c);
}

/* ---- what has a nonce ---- */

static void step(exec_find_t *f);
static void begin(exec_find_t *f);

static bool is_same(const lq_txman_found_t *a, const lq_txman_found_t *b)
{
    return a->known == b->known && a->is_ours == b->is_ours &&
           !memcmp(&a->hash, &b->hash, sizeof(a->hash)) && a->block.number == b->block.number &&
           !memcmp(&a->block.hash, &b->block.hash, sizeof(a->block.hash));
}

static void tell_found(exec_find_t *f)
{
    lq_exec_t *x = f->x;
    f->open = false;
    if (f->differs) { /* it is asked for again */
        LQ_LOG(x->log, LQ_LOG_WARN, "exec", "nodes tell of different transactions on a nonce",
               LQ_LOG_U64("nonce", f->nonce));
        return;
    }
    lq_txman_found_t told = f->found;
    told.sender = f->sender;
    told.nonce = f->nonce;
    lq_txman_event_t event = {.kind = LQ_TXMAN_FOUND, .as.found = &told};
    exec_give(x, &event);
}

/* The node at hand has told FOUND; NULL: it cannot tell. */
static void finish(exec_find_t *f, const lq_txman_found_t *found)
{
    if (found && !f->found.witness_cnt)
        f->found = *found;
    else if (found && !is_same(found, &f->found))
        f->differs = true;
    f->found.witness_cnt += found != NULL;
    if (++f->node_at < f->node_cnt)
        begin(f);
    else
        tell_found(f);
}

/* Whether TX is what we send: to ourselves without anything, the executor, or what the policy
   names. */
static bool is_ours(const lq_exec_t *x, const lq_pending_tx_t *tx)
{
    static const lq_address_t none;
    if (tx->creates)
        return false;
    if (!memcmp(&tx->to, &tx->from, sizeof(tx->to)))
        return !tx->input_sz;
    if (!memcmp(&tx->to, &x->config.executor, sizeof(tx->to)) &&
        memcmp(&tx->to, &none, sizeof(none)) != 0)
        return true;
    for (size_t i = 0; i < x->config.call_cnt; i++) {
        const lq_policy_call_t *call = &x->config.calls[i];
        if (!memcmp(&call->to, &tx->to, sizeof(tx->to)) && tx->input_sz >= sizeof(call->selector) &&
            !memcmp(call->selector, tx->input, sizeof(call->selector)))
            return true;
    }
    return false;
}

/* Whether the transaction AT is the one; decodes no more of others than tells that. */
static bool is_it(const exec_find_t *f, const lq_json_t *doc, lq_json_val_t at)
{
    lq_address_t from;
    uint64_t nonce = 0;
    return !lq_json_get_data(doc, from.b, sizeof(from.b), NULL, at, "from") &&
           !lq_json_get_qty_u64(doc, &nonce, NULL, at, "nonce") && nonce == f->nonce &&
           !memcmp(&from, &f->x->senders[f->sender].address, sizeof(from));
}

static bool read_found(exec_find_t *f, lq_txman_found_t *out, const lq_json_t *doc,
                       lq_json_val_t at)
{
    lq_exec_t *x = f->x;
    lq_pending_tx_t tx;
    bool mined;
    if (lq_json_get_data(doc, out->hash.b, sizeof(out->hash.b), NULL, at, "hash"))
        return false;
    out->known = true;
    /* one that does not decode, a blob's or a set-code one, is none of ours */
    out->is_ours = !lq_pending_tx_decode(doc, &tx, &mined, x->data, EXEC_DATA_MAX, NULL, at) &&
                   is_ours(x, &tx);
    return true;
}

static void take_block(exec_find_t *f, const lq_rpc_answer_t *answer)
{
    const lq_rpc_result_t *r = &answer->results[0];
    lq_txman_found_t found = {0};
    lq_json_iter_t it;
    lq_json_val_t v;
    found.block.number = f->high_blk;
    if (r->class_ == LQ_RPC_OK &&
        !lq_json_get_data(answer->doc, found.block.hash.b, sizeof(found.block.hash.b), NULL,
                          r->value, "hash") &&
        !lq_json_iter(answer->doc, &it, NULL, r->value, "transactions"))
        while (lq_json_next(answer->doc, NULL, &v, &it))
            if (is_it(f, answer->doc, v) && read_found(f, &found, answer->doc, v)) {
                finish(f, &found);
                return;
            }
    finish(f, NULL);
}

/* What waits in the node's pool, by nonces in decimal, pending and queued. */
static void take_pool(exec_find_t *f, const lq_rpc_answer_t *answer)
{
    static const char *const parts[] = {"pending", "queued"};
    const lq_rpc_result_t *r = &answer->results[0];
    lq_txman_found_t found = {0};
    lq_json_iter_t it;
    lq_json_val_t v;
    for (size_t i = 0; r->class_ == LQ_RPC_OK && i < LQ_ARRAY_CNT(parts); i++) {
        if (lq_json_iter(answer->doc, &it, NULL, r->value, parts[i]))
            continue;
        while (lq_json_next(answer->doc, NULL, &v, &it))
            if (is_it(f, answer->doc, v) && read_found(f, &found, answer->doc, v)) {
                finish(f, &found);
                return;
            }
    }
    finish(f, r->class_ == LQ_RPC_OK ? &found : NULL);
}

/* The block that is asked for next, where it is not known yet. */
static void narrow(exec_find_t *f)
{
    if (f->step == EXEC_FIND_POOL) {
        step(f);
        return;
    }
    if (f->step == EXEC_FIND_BACK) {
        f->at_blk = f->high_blk > f->back_blk ? f->high_blk - f->back_blk : 0;
        f->back_blk *= 2;
    } else if (f->high_blk - f->low_blk <= 1) {
        f->step = EXEC_FIND_BLOCK;
    } else {
        f->at_blk = f->low_blk + (f->high_blk - f->low_blk) / 2;
    }
    step(f);
}

static void take_cnt(exec_find_t *f, const lq_rpc_answer_t *answer)
{
    const lq_rpc_result_t *r = &answer->results[0];
    uint64_t cnt = 0;
    if (r->class_ != LQ_RPC_OK || lq_json_get_qty_u64(answer->doc, &cnt, NULL, r->value, NULL)) {
        finish(f, NULL); /* nobody has a state as old as that */
        return;
    }
    if (cnt > f->nonce) {
        f->high_blk = f->at_blk;
    } else {
        f->low_blk = f->at_blk;
        f->step = f->at_blk == f->high_blk ? EXEC_FIND_POOL : EXEC_FIND_HALF;
    }
    if (f->step == EXEC_FIND_BACK && !f->at_blk)
        finish(f, NULL); /* used at the genesis: not by a transaction */
    else
        narrow(f);
}

static void on_find(void *ctx, const lq_rpc_answer_t *answer)
{
    exec_find_t *f = ctx;
    lq_exec_t *x = f->x;
    f->rpc = (lq_rpc_id_t){0};
    if (f->step == EXEC_FIND_BLOCK)
        take_block(f, answer);
    else if (f->step == EXEC_FIND_POOL)
        take_pool(f, answer);
    else
        take_cnt(f, answer);
    exec_end(x);
}

static void step(exec_find_t *f)
{
    lq_exec_t *x = f->x;
    char params[PARAMS_SZ];
    const lq_address_t *sender = &x->senders[f->sender].address;
    lq_rpc_item_t item = {.params = params};
    char *at = lq_json_put_text(params, "[");
    if (f->step == EXEC_FIND_BLOCK) {
        item.method = "eth_getBlockByNumber";
        at = lq_json_put_text(lq_json_put_u64(at, f->high_blk), ",true]");
    } else if (f->step == EXEC_FIND_POOL) {
        item.method = "txpool_contentFrom";
        at = lq_json_put_text(lq_json_put_hex(at, sender->b, sizeof(sender->b)), "]");
    } else {
        item.method = "eth_getTransactionCount";
        at = lq_json_put_text(lq_json_put_hex(at, sender->b, sizeof(sender->b)), ",");
        at = lq_json_put_text(lq_json_put_u64(at, f->at_blk), "]");
    }
    item.params_sz = (size_t)(at - params);
    lq_pool_call_t call = {.rpc = {&item, 1, x->config.timeout_ns, on_find, f},
                           .role = LQ_ROLE_READ,
                           .pinned = f->node_cnt > 0,
                           .endpoint = f->nodes[f->node_at]};
    if (lq_pool_call(x->pool, &f->rpc, &call))
        f->rpc = (lq_rpc_id_t){0}; /* once more at the next tick */
}

/* Begins where the head is known, and goes on where the pool was full. */
static void go_on(exec_find_t *f)
{
    const lq_header_t *head = exec_head(f->x);
    if (!head && !f->back_blk)
        return;
    if (!f->back_blk) {
        f->back_blk = 1;
        f->high_blk = f->at_blk = head->block.number;
    }
    step(f);
}

static void begin(exec_find_t *f)
{
    f->step = EXEC_FIND_BACK;
    f->low_blk = f->high_blk = f->at_blk = f->back_blk = 0;
    go_on(f);
}

/* What is being looked for already goes on. */
void exec_find(lq_exec_t *x, uint32_t sender, uint64_t nonce)
{
    exec_find_t *f = &x->finds[sender];
    if (f->open && f->nonce == nonce)
        return;
    if (f->open && f->rpc.id)
        lq_pool_cancel(x->pool, f->rpc);
    *f = (exec_find_t){.x = x, .sender = sender, .open = true, .nonce = nonce};
    f->node_cnt = exec_nodes(x, f->nodes);
    begin(f);
}

void exec_count_due(lq_exec_t *x)
{
    uint64_t now_ns = exec_now_ns(x);
    for (size_t i = 0; i < x->config.sender_cnt; i++) {
        exec_count_t *c = &x->counts[i];
        exec_find_t *f = &x->finds[i];
        if (c->retry_ns && now_ns >= c->retry_ns && !c->open_cnt)
            start(c);
        if (f->open && !f->rpc.id)
            go_on(f);
    }
}

void exec_count_free(lq_exec_t *x)
{
    for (size_t i = 0; i < x->config.sender_cnt; i++) {
        for (size_t k = 0; k < LQ_EXEC_QUORUM_MAX; k++)
            if (x->counts[i].calls[k].open)
                lq_pool_cancel(x->pool, x->counts[i].calls[k].rpc);
        if (x->finds[i].open && x->finds[i].rpc.id)
            lq_pool_cancel(x->pool, x->finds[i].rpc);
    }
}
