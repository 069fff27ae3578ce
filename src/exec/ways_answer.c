#include <string.h>

#include "ways_internal.h"

#define DEPTH_MAX 16u
/* Of an error that says none: it is no page of a proxy's, whose words mean nothing. */
#define CODE_DEFAULT (-32000)
#define TEXT_MAX     1024u /* bytes of a relay's words that are looked at */

static void set_text(lq_txman_answer_t *out, const char *text, size_t sz)
{
    out->text = text;
    out->text_sz = sz < TEXT_MAX ? sz : TEXT_MAX;
}

static void refuse(lq_txman_answer_t *out, const lq_rpc_failure_t *f)
{
    lq_rpc_hint_t hint = {0};
    out->class_ = lq_rpc_classify(&hint, LQ_RPC_GROUP_SEND, f);
    out->has_next_nonce = hint.has_next_nonce;
    out->next_nonce = hint.next_nonce;
    set_text(out, f->message, f->message_sz);
}

/* An error that is a JSON-RPC one, an object with a message, or a text. */
static void read_error(lq_txman_answer_t *out, const ways_said_t *said, const lq_json_t *doc,
                       lq_json_val_t error)
{
    lq_rpc_failure_t f = {.http_status = said->status, .code = CODE_DEFAULT, .message = said->text};
    bool is_text = lq_json_kind(error) == LQ_JSON_KIND_STRING;
    if (lq_json_get_text(doc, said->text, &f.message_sz, said->body_sz, NULL, error,
                         is_text ? NULL : "message") != LQ_OK) {
        f.message = said->body;
        f.message_sz = said->body_sz;
    }
    if (!is_text)
        (void)!lq_json_get_i64(doc, &f.code, NULL, error, "code"); /* not all say one */
    refuse(out, &f);
}

/* Of a private transaction the result is its hash, as of a public one. What a bundle's is says
   nothing of the transaction, but false that it was not taken. */
static void read_result(lq_txman_answer_t *out, const ways_said_t *said, const lq_json_t *doc,
                        lq_json_val_t result)
{
    bool taken = true;
    if (lq_json_get_bool(doc, &taken, NULL, result, NULL) == LQ_OK && !taken) {
        out->class_ = LQ_RPC_UNKNOWN;
        set_text(out, said->body, said->body_sz);
        return;
    }
    out->class_ = LQ_RPC_OK;
    out->has_hash =
        said->kind == LQ_WAY_PRIVATE &&
        lq_json_get_data(doc, out->told.b, sizeof(out->told.b), NULL, result, NULL) == LQ_OK;
}

/* Whether the body is an answer that can be read. */
static bool read_json(lq_txman_answer_t *out, const ways_said_t *said)
{
    const lq_json_limits_t limits = {.text_max = said->body_sz, .depth_max = DEPTH_MAX};
    static const lq_json_key_t keys[] = {LQ_JSON_KEY_OPT("result"), LQ_JSON_KEY_OPT("error")};
    lq_json_t doc;
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    if (lq_json_parse(&doc, said->tok, said->tok_max, NULL, said->body, said->body_sz, &limits) ||
        lq_json_pick(&doc, v, NULL, lq_json_root(&doc), keys, LQ_ARRAY_CNT(keys)))
        return false;
    lq_json_kind_t error = lq_json_kind(v[1]);
    if (error != LQ_JSON_KIND_ABSENT && error != LQ_JSON_KIND_NULL) {
        read_error(out, said, &doc, v[1]);
        return true;
    }
    if (lq_json_kind(v[0]) == LQ_JSON_KIND_ABSENT || said->status < 200 || said->status > 299)
        return false;
    read_result(out, said, &doc, v[0]);
    return true;
}

void ways_read(lq_txman_answer_t *out, const ways_said_t *said)
{
    out->has_hash = false;
    out->has_next_nonce = false;
    set_text(out, "", 0);
    if (read_json(out, said))
        return;
    if (said->status >= 200 && said->status <= 299) {
        out->class_ = LQ_RPC_BROKEN;
        set_text(out, said->body, said->body_sz);
        return;
    }
    refuse(out, &(lq_rpc_failure_t){.http_status = said->status,
                                    .message = said->body,
                                    .message_sz = said->body_sz});
}
