#include "check_relays.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/app/cli.h"
#include "liqd/base/text.h"
#include "liqd/exec/ways.h"
#include "liqd/net/http.h"
#include "nodes.h"

#define ANSWER_MAX 16384u
#define CONNECT_NS UINT64_C(5000000000)
#define CLIENT_SZ  ((size_t)8 << 20) /* address space */

static const char *const kinds[] = {"private", "bundle"}; /* lq_relay_kind_t */

typedef struct session {
    lq_arena_t arena;
    lq_loop_t *loop;
    size_t open_cnt;
} session_t;

/* One relay under way. */
typedef struct asked {
    session_t *session;
    const lq_config_relay_t *relay;
    lq_relay_finding_t *out;
    lq_url_t url;
    lq_auth_t auth;
    lq_http_t *http;
    uint64_t sent_ns;
} asked_t;

/* Whether BODY is an answer; SAID becomes what it refuses with. */
static bool read_answer(char said[LQ_RELAY_TEXT_SZ], const char *body, size_t body_sz)
{
    json_t *root = json_loadb(body, body_sz, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    json_t *error = json_object_get(root, "error");
    bool is = json_object_get(root, "result") || (error && !json_is_null(error));
    const char *words = json_string_value(error);
    if (!words)
        words = json_string_value(json_object_get(error, "message"));
    (void)snprintf(said, LQ_RELAY_TEXT_SZ, "%s", words ? words : "");
    json_decref(root);
    return is;
}

static void on_answer(void *ctx, const lq_http_answer_t *a)
{
    asked_t *asked = ctx;
    lq_relay_finding_t *out = asked->out;
    asked->session->open_cnt--;
    out->status = a->status;
    out->latency_ns = a->recv.mono_ns > asked->sent_ns ? a->recv.mono_ns - asked->sent_ns : 0;
    if (a->err) {
        out->fault = *a->msg;
    } else if (read_answer(out->said, a->body, a->body_sz)) {
        out->available = true;
    } else {
        (void)!lq_err_msg_set(&out->fault, LQ_ERR_REMOTE,
                              "status %u and no JSON-RPC: is its URL right?", a->status);
    }
    lq_nodes_hide_access(out->said, &asked->url, &asked->auth);
    lq_nodes_hide_access(out->fault.text, &asked->url, &asked->auth);
}

static lq_err_t ask(asked_t *asked)
{
    char body[LQ_WAYS_QUESTION_SZ];
    session_t *session = asked->session;
    const lq_config_relay_t *relay = asked->relay;
    lq_http_id_t id;
    if (lq_url_parse(&asked->url, NULL, relay->url, strlen(relay->url)))
        LQ_BUG("a URL was loaded that is none");
    asked->auth.headers[0] = relay->header[0] ? relay->header : NULL;
    memcpy(asked->out->shown, asked->url.shown, sizeof(asked->out->shown));
    lq_http_config_t config = {.url = &asked->url,
                               .auth = asked->auth,
                               .req_max = 1,
                               .send_max = sizeof(body),
                               .body_max = ANSWER_MAX,
                               .connect_ns = CONNECT_NS};
    size_t sz =
        lq_ways_question(body, relay->kind == LQ_RELAY_PRIVATE ? LQ_WAY_PRIVATE : LQ_WAY_BUNDLE);
    asked->sent_ns = lq_clock_now(lq_clock_system()).mono_ns;
    lq_err_t err = lq_http_new(&asked->http, &session->arena, session->loop, &config);
    if (!err)
        err = lq_http_post(asked->http, &id, body, sz, NULL, relay->timeout_ns, on_answer, asked);
    session->open_cnt += !err;
    return err;
}

lq_err_t lq_check_relays(lq_relay_finding_t *out, const lq_config_t *config)
{
    session_t session = {0};
    asked_t *asked = calloc(config->relay_cnt + 1, sizeof(*asked));
    if (!asked)
        return LQ_ERR_NOMEM;
    memset(out, 0, config->relay_cnt * sizeof(*out));
    lq_err_t err = lq_arena_init(&session.arena, (config->relay_cnt + 1) * CLIENT_SZ);
    if (!err) /* a timer each, and libcurl's */
        err = lq_loop_new(&session.loop, &session.arena, lq_clock_system(), config->relay_cnt + 1);
    for (size_t i = 0; i < config->relay_cnt && !err; i++) {
        asked[i].session = &session;
        asked[i].relay = &config->relays[i];
        asked[i].out = &out[i];
        err = ask(&asked[i]);
    }
    while (!err && session.open_cnt)
        lq_loop_turn(session.loop, CONNECT_NS);
    for (size_t i = 0; i < config->relay_cnt; i++)
        lq_http_free(asked[i].http);
    lq_loop_free(session.loop);
    lq_arena_fini(&session.arena);
    free(asked);
    return err;
}

/* ---- what is told */

void lq_check_relays_print(const lq_relay_finding_t *found, const lq_config_t *config)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    for (size_t i = 0; i < config->relay_cnt; i++) {
        const lq_relay_finding_t *f = &found[i];
        (void)printf("\n%s: %s\n  %-14s %s\n", config->relays[i].name, f->shown, "kind",
                     kinds[config->relays[i].kind]);
        if (!f->available) {
            (void)printf("  %-14s %s\n", "not available", f->fault.text);
            continue;
        }
        (void)printf("  %-14s in %.2f ms\n", "answers", (double)f->latency_ns / 1e6);
        if (f->said[0])
            (void)printf("  %-14s %s, to a request that is not signed and withdraws nothing\n",
                         "says", lq_text_quote(quoted, f->said));
    }
}

/* JSON takes UTF-8 alone. */
static json_t *text_json(const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    json_t *out = json_string(text);
    return out ? out : json_string(lq_text_quote(quoted, text));
}

json_t *lq_check_relays_json(const lq_relay_finding_t *found, const lq_config_t *config)
{
    json_t *out = json_array();
    for (size_t i = 0; i < config->relay_cnt; i++) {
        const lq_relay_finding_t *f = &found[i];
        json_t *one =
            json_pack("{s:s, s:s, s:s, s:b, s:i, s:o, s:o, s:o}", "name", config->relays[i].name,
                      "url", f->shown, "kind", kinds[config->relays[i].kind], "available",
                      (int)f->available, "status", (int)f->status, "latency_ns",
                      f->available ? json_integer((json_int_t)f->latency_ns) : json_null(), "says",
                      text_json(f->said), "fault", text_json(f->fault.text));
        if (json_array_append_new(out, one) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

int lq_check_relays_rc(const lq_relay_finding_t *found, const lq_config_t *config)
{
    for (size_t i = 0; i < config->relay_cnt; i++)
        if (!found[i].available)
            return LQ_EXIT_NODE;
    return LQ_EXIT_DONE;
}
