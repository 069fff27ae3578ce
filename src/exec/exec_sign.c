/* Signatures: of keys of ours in the same call, of remote ones when they answer; and what a
   simulation says before them. */

#include <string.h>

#include "exec_internal.h"
#include "liqd/base/text.h"

#define HEAD       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_signTransaction\",\"params\":"
#define ANSWER_MAX (2 * LQ_TX_RAW_MAX + 1024)
#define DEPTH_MAX  8u
#define CONNECT_NS UINT64_C(5000000000)

static bool has_remote(const lq_exec_config_t *config)
{
    for (size_t i = 0; i < config->sender_cnt; i++)
        if (!config->senders[i].signer)
            return true;
    return false;
}

size_t exec_sign_timer_cnt(const lq_exec_config_t *config)
{
    size_t cnt = has_remote(config) ? 1 : 0;
    for (size_t i = 0; i < config->sender_cnt; i++)
        cnt += config->senders[i].signer ? 0 : EXEC_REMOTE_MAX;
    return cnt;
}

static lq_err_t make_clients(lq_exec_t *x, lq_arena_t *arena)
{
    for (size_t i = 0; i < x->config.sender_cnt; i++) {
        const lq_exec_sender_t *s = &x->senders[i];
        lq_http_config_t config = {.url = s->url,
                                   .auth = s->auth,
                                   .req_max = EXEC_REMOTE_MAX,
                                   .send_max = x->text_max,
                                   .body_max = ANSWER_MAX,
                                   .connect_ns = CONNECT_NS,
                                   .ca_file = s->ca_file,
                                   .cert_file = s->cert_file,
                                   .key_file = s->key_file};
        lq_err_t err = s->signer ? LQ_OK : lq_http_new(&x->http[i], arena, x->loop, &config);
        if (err)
            return err;
    }
    return LQ_OK;
}

lq_err_t exec_sign_init(lq_exec_t *x, lq_arena_t *arena)
{
    size_t cnt = x->config.sender_cnt * EXEC_REMOTE_MAX;
    lq_err_t err = LQ_OK;
    for (size_t i = 0; !err && i < x->config.sender_cnt; i++)
        err = lq_tx_signed_new(&x->rooms[i], LQ_TX_RAW_MAX);
    if (err || !has_remote(&x->config))
        return err;
    x->text_max = sizeof(HEAD) + 2 * (size_t)LQ_TX_RAW_MAX + LQ_REMOTE_SIGNER_OVERHEAD + 8;
    x->tok_max = ANSWER_MAX / 2 + 1;
    x->text = lq_arena_alloc(arena, x->text_max, 1);
    x->tok = lq_arena_alloc(arena, x->tok_max * sizeof(*x->tok), 16);
    x->remotes = lq_arena_alloc(arena, cnt * sizeof(*x->remotes), 16);
    uint8_t *data = lq_arena_alloc(arena, cnt * LQ_TX_RAW_MAX, 1);
    if (!x->text || !x->tok || !x->remotes || !data)
        return LQ_ERR_NOMEM;
    for (size_t i = 0; i < cnt; i++)
        x->remotes[i] = (exec_remote_t){.x = x, .data = data + i * (size_t)LQ_TX_RAW_MAX};
    return make_clients(x, arena);
}

void exec_sign_free(lq_exec_t *x)
{
    exec_verify(x);
    for (size_t i = 0; i < x->config.sender_cnt; i++) {
        lq_http_free(x->http[i]);
        lq_tx_signed_free(x->rooms[i]);
    }
}

/* ---- signing ---- */

/* Swaps and sweeps are calls that the policy names with the liquidations. */
static lq_purpose_t purpose_of(lq_tx_use_t use)
{
    switch (use) {
    case LQ_TX_USE_CANCEL:
        return LQ_PURPOSE_CANCEL;
    case LQ_TX_USE_APPROVE:
        return LQ_PURPOSE_APPROVE;
    case LQ_TX_USE_DEPLOY:
        return LQ_PURPOSE_DEPLOY;
    case LQ_TX_USE_LIQUIDATE:
    case LQ_TX_USE_SWAP:
    case LQ_TX_USE_SWEEP:
    case LQ_TX_USE_CNT:
        break;
    }
    return LQ_PURPOSE_LIQUIDATE;
}

static lq_tx_t tx_of(const lq_exec_t *x, const lq_txman_sign_t *sign)
{
    const lq_txman_tx_t *tx = sign->tx;
    return (lq_tx_t){.chain_id = x->config.manager.chain_id,
                     .nonce = sign->nonce,
                     .max_priority_fee_per_gas = sign->tip_wei,
                     .max_fee_per_gas = sign->max_fee_wei,
                     .gas_limit = tx->gas_limit,
                     .is_create = tx->is_create,
                     .to = tx->to,
                     .value = tx->value_wei,
                     .data = tx->input,
                     .data_sz = tx->input_sz};
}

static void refuse(lq_exec_t *x, uint64_t id, lq_err_t err, const char *why)
{
    lq_txman_event_t event = {.kind = LQ_TXMAN_SIGNED,
                              .as.signed_ = {.id = id, .err = err, .why = why}};
    exec_give(x, &event);
}

/* What stands in SENDER's room is the transaction ID, signed. */
static void give_signed(lq_exec_t *x, uint32_t sender, uint64_t id)
{
    lq_tx_raw_t raw = lq_tx_signed_raw(x->rooms[sender]);
    lq_txman_event_t event = {
        .kind = LQ_TXMAN_SIGNED,
        .as.signed_ = {.id = id, .why = "", .raw = raw.data, .raw_sz = raw.sz, .hash = raw.hash}};
    if (x->stamping)
        exec_stamp(x, &x->hists.signed_, exec_now_ns(x));
    exec_give(x, &event);
}

static void verify(lq_exec_t *x, uint32_t sender)
{
    lq_hash_t hash = lq_tx_signed_raw(x->rooms[sender]).hash;
    x->ahead_mask &= ~(UINT32_C(1) << sender);
    if (!lq_signer_verify(x->senders[sender].signer, x->rooms[sender]))
        return;
    lq_txman_event_t event = {.kind = LQ_TXMAN_FAULTY,
                              .as.faulty = {.sender = sender, .hash = hash}};
    exec_give(x, &event);
    lq_ways_cancel(x->ways, &hash);
}

void exec_verify(lq_exec_t *x)
{
    while (x->ahead_mask)
        verify(x, (uint32_t)__builtin_ctz(x->ahead_mask));
}

/* A verification takes longer than the signature, and what is signed is waited for: it leaves
   first. That one faulty signature of a key leaves does no harm, see keys/signer.h; another never
   does, since the one before is verified before the key signs again. And nothing is signed twice:
   bytes are recorded before they leave, and no nonce gets fees again that it was recorded with. */
static void sign_here(lq_exec_t *x, const lq_txman_sign_t *sign)
{
    lq_refusal_t why = LQ_REFUSAL_NONE;
    lq_tx_t tx = tx_of(x, sign);
    if (x->ahead_mask >> sign->sender & 1)
        verify(x, sign->sender);
    lq_err_t err = lq_signer_sign_ahead(x->senders[sign->sender].signer, x->rooms[sign->sender],
                                        &why, purpose_of(sign->use), &tx, exec_now_ns(x));
    if (err) {
        refuse(x, sign->id, err, err == LQ_ERR_POLICY ? lq_refusal_str(why) : lq_err_str(err));
        return;
    }
    x->ahead_mask |= UINT32_C(1) << sign->sender;
    give_signed(x, sign->sender, sign->id);
}

/* ---- by a remote signer ---- */

static void copy_tx(exec_remote_t *r, const lq_tx_t *tx)
{
    r->tx = *tx;
    if (tx->data_sz)
        memcpy(r->data, tx->data, tx->data_sz);
    r->tx.data = r->data;
}

/* The result of BODY, or what was said instead. */
static lq_err_t read_answer(lq_exec_t *x, lq_err_msg_t *msg, lq_json_t *doc, lq_json_val_t *result,
                            const lq_http_answer_t *a)
{
    const lq_json_limits_t limits = {.text_max = a->body_sz, .depth_max = DEPTH_MAX};
    char text[128];
    size_t sz = 0;
    if (lq_json_parse(doc, x->tok, x->tok_max, NULL, a->body, a->body_sz, &limits))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the remote signer: status %u and no JSON",
                              a->status);
    if (!lq_json_find(doc, result, NULL, lq_json_root(doc), "result") && a->status == 200)
        return LQ_OK;
    if (lq_json_get_text(doc, text, &sz, sizeof(text), NULL, lq_json_root(doc), "error.message"))
        return lq_err_msg_set(msg, LQ_ERR_REMOTE, "the remote signer refuses: status %u",
                              a->status);
    char shown[LQ_TX_RECORD_TEXT_SZ];
    lq_text_show_cut(shown, sizeof(shown), (const uint8_t *)text, sz);
    return lq_err_msg_set(msg, LQ_ERR_REMOTE, "the remote signer refuses: %s", shown);
}

static void on_remote(void *ctx, const lq_http_answer_t *a)
{
    exec_remote_t *r = ctx;
    lq_exec_t *x = r->x;
    lq_json_t doc;
    lq_json_val_t result = LQ_JSON_ABSENT;
    lq_err_msg_t msg = *a->msg;
    lq_err_t err = a->err;
    if (!err)
        err = read_answer(x, &msg, &doc, &result, a);
    if (!err)
        err = lq_remote_signer_take(x->senders[r->sender].remote, x->rooms[r->sender], &msg, &r->tx,
                                    &doc, result);
    r->used = false;
    if (err)
        refuse(x, r->id, err, msg.text);
    else
        give_signed(x, r->sender, r->id);
    exec_end(x);
}

static exec_remote_t *take_remote(const lq_exec_t *x, uint32_t sender)
{
    exec_remote_t *of = &x->remotes[(size_t)sender * EXEC_REMOTE_MAX];
    for (size_t i = 0; i < EXEC_REMOTE_MAX; i++)
        if (!of[i].used)
            return &of[i];
    return NULL;
}

static void ask_remote(lq_exec_t *x, const lq_txman_sign_t *sign)
{
    const lq_exec_sender_t *s = &x->senders[sign->sender];
    lq_tx_t tx = tx_of(x, sign);
    lq_refusal_t why = LQ_REFUSAL_NONE;
    lq_http_id_t id;
    size_t sz = 0;
    size_t head = sizeof(HEAD) - 1;
    exec_remote_t *r = take_remote(x, sign->sender);
    if (!r || tx.data_sz > LQ_TX_RAW_MAX) {
        refuse(x, sign->id, LQ_ERR_FULL, "too much is asked of the remote signer");
        return;
    }
    memcpy(x->text, HEAD, head);
    lq_err_t err = lq_remote_signer_ask(s->remote, x->text + head, &sz, x->text_max - head - 1,
                                        &why, purpose_of(sign->use), &tx, exec_now_ns(x));
    if (err) {
        refuse(x, sign->id, err, err == LQ_ERR_POLICY ? lq_refusal_str(why) : lq_err_str(err));
        return;
    }
    x->text[head + sz] = '}';
    r->sender = sign->sender;
    r->id = sign->id;
    copy_tx(r, &tx);
    err = lq_http_post(x->http[sign->sender], &id, x->text, head + sz + 1, NULL,
                       x->config.timeout_ns, on_remote, r);
    r->used = !err;
    if (err)
        refuse(x, sign->id, err, lq_err_str(err));
}

void exec_sign(lq_exec_t *x, const exec_todo_t *todo)
{
    if (x->senders[todo->sign.sender].signer)
        sign_here(x, &todo->sign);
    else
        ask_remote(x, &todo->sign);
}
