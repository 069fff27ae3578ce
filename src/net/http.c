#include "liqd/net/http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "curl_internal.h"

#define REQ_MAX         1024u  /* of http.h */
#define IDX_CNT         2048u  /* an id modulo this is the place of its slot */
#define EXTRA_MAX       512u   /* of http.h */
#define HEADER_MAX      65536u /* bytes of an answer's status lines, headers and trailers */
#define RETRY_AFTER_MAX 86400u
#define NS_PER_SEC      1000000000u
#define NS_PER_MS       1000000u
#define BEARER          "Authorization: Bearer "

/* Why we, not libcurl, ended an answer. */
typedef enum fault {
    FAULT_NONE,
    FAULT_BODY,   /* above body_max */
    FAULT_HELD,   /* all under way are together */
    FAULT_HEADER, /* above HEADER_MAX */
    FAULT_START,  /* libcurl had no memory */
} fault_t;

/* A request, or room for one. */
typedef struct slot {
    lq_http_t *http;
    uint64_t id; /* 0: not under way */
    struct slot *next_free;
    lq_transfer_t transfer;
    lq_timer_t timer; /* first for connecting, then for the answer */
    uint64_t timeout_ns;
    uint64_t until_mono_ns;
    lq_http_fn_t *fn;
    void *ctx;
    fault_t fault;
    bool sent;
    bool headers_ended; /* libcurl takes headers that are cut off for whole */
    uint64_t retry_after_sec;
    size_t header_sz;
    size_t send_sz;
    size_t body_sz;
    char *send;
    char *body;
    struct curl_slist extra_node;
    struct curl_slist jwt_node;
    char extra[EXTRA_MAX + 1];
    char jwt[sizeof(BEARER) + LQ_JWT_SZ];
} slot_t;

struct lq_http {
    lq_http_config_t config;
    lq_loop_t *loop;
    lq_curl_t *curl;
    uint64_t last_seq;
    size_t under_way_cnt;
    size_t slot_cnt; /* req_max and one, whose answer is being told while its successor starts */
    slot_t *slots;
    slot_t *free;
    char *mem;
    size_t mem_sz;
    size_t held_sz; /* of all answers, what each has above LQ_HTTP_KEEP_SZ */
    struct curl_slist headers[2 + LQ_AUTH_HEADER_CNT]; /* what all requests say */
};

/* libcurl is about to write the request. */
static int on_connected(void *ctx, char *peer_ip, char *ip, int peer_port, int port)
{
    (void)peer_ip;
    (void)ip;
    (void)peer_port;
    (void)port;
    slot_t *slot = ctx;
    slot->sent = true;
    return CURL_PREREQFUNC_OK;
}

static size_t above_keep(size_t sz)
{
    return sz > LQ_HTTP_KEEP_SZ ? sz - LQ_HTTP_KEEP_SZ : 0;
}

static size_t on_body(char *data, size_t one, size_t sz, void *ctx)
{
    (void)one;
    slot_t *slot = ctx;
    lq_http_t *http = slot->http;
    if (sz > http->config.body_max - slot->body_sz) {
        slot->fault = FAULT_BODY;
        return sz + 1; /* anything but SZ ends it */
    }
    size_t more = above_keep(slot->body_sz + sz) - above_keep(slot->body_sz);
    if (more > LQ_HTTP_HELD_MULT * http->config.body_max - http->held_sz) {
        slot->fault = FAULT_HELD;
        return sz + 1;
    }
    http->held_sz += more;
    memcpy(slot->body + slot->body_sz, data, sz);
    slot->body_sz += sz;
    return sz;
}

/* @src RFC 9110 section 10.2.3: a number of seconds or a date */
static uint64_t retry_after(const lq_http_t *http, const char *value, size_t sz)
{
    char text[64];
    uint64_t sec = 0;
    while (sz && (value[0] == ' ' || value[0] == '\t')) {
        value++;
        sz--;
    }
    while (sz && strchr(" \t\r\n", value[sz - 1]))
        sz--;
    if (sz == 0 || sz >= sizeof(text))
        return 0;
    memcpy(text, value, sz);
    text[sz] = '\0';
    if (strspn(text, "0123456789") == sz) {
        for (size_t i = 0; i < sz && sec < RETRY_AFTER_MAX; i++)
            sec = 10 * sec + (uint64_t)(text[i] - '0');
    } else {
        time_t at = curl_getdate(text, NULL);
        uint64_t now = lq_loop_time(http->loop).wall_ns / NS_PER_SEC;
        if (at > 0 && (uint64_t)at > now)
            sec = (uint64_t)at - now;
    }
    return sec < RETRY_AFTER_MAX ? sec : RETRY_AFTER_MAX;
}

static size_t on_header(char *line, size_t one, size_t sz, void *ctx)
{
    (void)one;
    static const char name[] = "retry-after:";
    slot_t *slot = ctx;
    slot->header_sz += sz;
    if (slot->header_sz > HEADER_MAX) {
        slot->fault = FAULT_HEADER;
        return sz + 1;
    }
    if (sz >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* what came before was no answer yet */
        slot->retry_after_sec = 0;
        slot->headers_ended = false;
    }
    if (line[0] == '\r' || line[0] == '\n')
        slot->headers_ended = true;
    if (sz >= sizeof(name) - 1 && strncasecmp(line, name, sizeof(name) - 1) == 0)
        slot->retry_after_sec =
            retry_after(slot->http, line + sizeof(name) - 1, sz - (sizeof(name) - 1));
    return sz;
}

static void on_done(void *ctx, CURLcode result);

/* Makes the easy handle of one request. */
static lq_err_t init_transfer(slot_t *slot)
{
    const lq_http_config_t *config = &slot->http->config;
    lq_err_t err =
        lq_transfer_init(&slot->transfer, config->url, config->ca_file, false, on_done, slot);
    if (err)
        return err;
    CURL *easy = slot->transfer.easy;
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* One connection for all where TLS's ALPN agrees on HTTP/2; else nothing would be waited for.
     */
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, config->url->scheme == LQ_URL_HTTPS ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, slot->send);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, slot);
    CURLcode code = curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    if (!code && config->cert_file)
        code = curl_easy_setopt(easy, CURLOPT_SSLCERT, config->cert_file);
    if (!code && config->key_file)
        code = curl_easy_setopt(easy, CURLOPT_SSLKEY, config->key_file);
    if (!code && config->url->user[0]) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        code = curl_easy_setopt(easy, CURLOPT_USERPWD, config->url->user);
    }
    if (!code)
        return LQ_OK;
    lq_transfer_fini(&slot->transfer);
    return LQ_ERR_NOMEM;
}

/* Makes room for SLOT's next request. The easy handle has served: libcurl 7.88 keeps a pointer to
   the last header of an answer beyond its end, and follows it when the next answer begins with a
   folded line. Where there is no memory for another, the next request fails and this is tried
   again. */
static void release(slot_t *slot)
{
    lq_transfer_fini(&slot->transfer);
    (void)!init_transfer(slot);
    if (slot->send_sz > LQ_HTTP_KEEP_SZ)
        madvise(slot->send + LQ_HTTP_KEEP_SZ, slot->send_sz - LQ_HTTP_KEEP_SZ, MADV_DONTNEED);
    if (slot->body_sz > LQ_HTTP_KEEP_SZ)
        madvise(slot->body + LQ_HTTP_KEEP_SZ, slot->body_sz - LQ_HTTP_KEEP_SZ, MADV_DONTNEED);
    slot->http->held_sz -= above_keep(slot->body_sz);
    slot->body_sz = 0;
    slot->next_free = slot->http->free;
    slot->http->free = slot;
}

/* From here on nothing of SLOT's request happens any more. */
static void stop(slot_t *slot)
{
    lq_timer_stop(slot->http->loop, &slot->timer);
    lq_transfer_stop(&slot->transfer);
    slot->id = 0;
    slot->http->under_way_cnt--;
}

static void finish(slot_t *slot, lq_err_t err, unsigned status, const lq_err_msg_t *msg)
{
    stop(slot);
    const lq_http_answer_t answer = {.err = err,
                                     .status = status,
                                     .retry_after_sec = slot->retry_after_sec,
                                     .sent = slot->sent,
                                     .body = slot->body,
                                     .body_sz = err ? 0 : slot->body_sz,
                                     .recv = lq_loop_time(slot->http->loop),
                                     .msg = msg};
    slot->fn(slot->ctx, &answer);
    release(slot);
}

static lq_err_t err_of(const slot_t *slot, lq_err_msg_t *msg, CURLcode result, long status)
{
    const lq_url_t *url = slot->http->config.url;
    switch (slot->fault) {
    case FAULT_BODY:
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "%s: an answer of more than %zu bytes",
                              url->shown, slot->http->config.body_max);
    case FAULT_HELD:
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "%s: answers of more than %zu bytes at once",
                              url->shown, LQ_HTTP_HELD_MULT * slot->http->config.body_max);
    case FAULT_HEADER:
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: an answer with headers of more than %u bytes",
                              url->shown, HEADER_MAX);
    case FAULT_START:
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: out of memory", url->shown);
    case FAULT_NONE:
        break;
    }
    if (!result && (status <= 0 || !slot->headers_ended))
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: an answer that is cut off", url->shown);
    if (!result)
        return LQ_OK;
    lq_err_t err = lq_transfer_explain(msg, &slot->transfer, url, result);
    return err == LQ_ERR_NOMEM ? LQ_ERR_IO : err;
}

static void on_done(void *ctx, CURLcode result)
{
    slot_t *slot = ctx;
    long status = 0;
    curl_easy_getinfo(slot->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    lq_err_msg_t msg = {""};
    lq_err_t err = err_of(slot, &msg, result, status);
    finish(slot, err, status > 0 ? (unsigned)status : 0, &msg);
}

static void on_time(void *ctx, lq_timer_t *timer)
{
    slot_t *slot = ctx;
    lq_http_t *http = slot->http;
    lq_err_msg_t msg = {""};
    if (slot->fault == FAULT_START) {
        finish(slot, err_of(slot, &msg, CURLE_OK, 0), 0, &msg);
        return;
    }
    if (slot->sent && lq_loop_time(http->loop).mono_ns < slot->until_mono_ns) {
        lq_timer_set(http->loop, timer, slot->until_mono_ns);
        return;
    }
    bool late = lq_loop_time(http->loop).mono_ns >= slot->until_mono_ns;
    uint64_t ns = late ? slot->timeout_ns : http->config.connect_ns;
    lq_err_t err =
        lq_err_msg_set(&msg, LQ_ERR_TIMEOUT, "%s: no %s within %llu ms", http->config.url->shown,
                       slot->sent ? "answer" : "connection", (unsigned long long)(ns / NS_PER_MS));
    finish(slot, err, 0, &msg);
}

static size_t page_up(size_t sz)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (sz + page - 1) / page * page;
}

/* Reserves the memory for bodies of both directions. */
static lq_err_t reserve(lq_http_t *http)
{
    size_t send_sz = page_up(http->config.send_max + 1);
    size_t body_sz = page_up(http->config.body_max + 1);
    if (http->config.send_max > SIZE_MAX / 4 || http->config.body_max > SIZE_MAX / 4 ||
        __builtin_mul_overflow(send_sz + body_sz, http->slot_cnt, &http->mem_sz))
        return LQ_ERR_NOMEM;
    http->mem = mmap(NULL, http->mem_sz, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (http->mem == MAP_FAILED) {
        http->mem = NULL;
        return LQ_ERR_NOMEM;
    }
    for (size_t i = 0; i < http->slot_cnt; i++) {
        slot_t *slot = &http->slots[i];
        slot->send = http->mem + i * (send_sz + body_sz);
        slot->body = slot->send + send_sz;
    }
    return LQ_OK;
}

/* Links what every request says. The nodes are ours, since libcurl only reads them; the strings are
   those of the configuration. */
static void link_headers(lq_http_t *http)
{
    static const char json[] = "Content-Type: application/json";
    static const char no_expect[] =
        "Expect:"; /* libcurl would wait for a go-ahead with longer bodies */
    size_t cnt = 0;
    http->headers[cnt++].data = (char *)json;
    http->headers[cnt++].data = (char *)no_expect;
    for (size_t i = 0; i < LQ_AUTH_HEADER_CNT && http->config.auth.headers[i]; i++)
        http->headers[cnt++].data = (char *)http->config.auth.headers[i];
    for (size_t i = 0; i + 1 < cnt; i++)
        http->headers[i].next = &http->headers[i + 1];
}

static lq_err_t init(lq_http_t *http)
{
    lq_err_t err = lq_curl_get(&http->curl, http->loop);
    if (!err)
        err = reserve(http);
    link_headers(http);
    for (size_t i = http->slot_cnt; i-- > 0 && !err;) {
        slot_t *slot = &http->slots[i];
        slot->http = http;
        slot->timer = (lq_timer_t){.fn = on_time, .ctx = slot};
        err = init_transfer(slot);
        slot->next_free = http->free;
        http->free = slot;
    }
    return err;
}

lq_err_t lq_http_new(lq_http_t **out, lq_arena_t *arena, lq_loop_t *loop,
                     const lq_http_config_t *config)
{
    LQ_ASSERT(lq_url_is_http(config->url));
    LQ_ASSERT(config->req_max >= 1 && config->req_max <= REQ_MAX);
    lq_arena_mark_t mark = lq_arena_mark(arena);
    size_t slot_cnt = config->req_max + 1;
    lq_http_t *http = lq_arena_alloc(arena, sizeof(*http), _Alignof(lq_http_t));
    slot_t *slots = lq_arena_alloc(arena, slot_cnt * sizeof(*slots), _Alignof(slot_t));
    if (!http || !slots) {
        lq_arena_rewind(arena, mark);
        return LQ_ERR_NOMEM;
    }
    memset(slots, 0, slot_cnt * sizeof(*slots));
    *http = (lq_http_t){.config = *config, .loop = loop, .slot_cnt = slot_cnt, .slots = slots};
    lq_err_t err = init(http);
    if (err) {
        lq_http_free(http);
        lq_arena_rewind(arena, mark);
        return err;
    }
    *out = http;
    return LQ_OK;
}

void lq_http_free(lq_http_t *http)
{
    if (!http)
        return;
    for (size_t i = 0; i < http->slot_cnt; i++) {
        slot_t *slot = &http->slots[i];
        if (slot->id)
            stop(slot);
        lq_transfer_fini(&slot->transfer);
        explicit_bzero(slot->jwt, sizeof(slot->jwt));
    }
    if (http->mem)
        munmap(http->mem, http->mem_sz);
    http->mem = NULL;
}

/* Sets the headers of SLOT's request. */
static void set_headers(slot_t *slot, const char *extra)
{
    lq_http_t *http = slot->http;
    struct curl_slist *first = http->headers;
    if (http->config.auth.jwt_secret) {
        uint64_t iat_sec = lq_clock_now(lq_loop_clock(http->loop)).wall_ns / NS_PER_SEC;
        memcpy(slot->jwt, BEARER, sizeof(BEARER) - 1);
        lq_jwt_make(slot->jwt + sizeof(BEARER) - 1, http->config.auth.jwt_secret, iat_sec);
        slot->jwt_node = (struct curl_slist){slot->jwt, first};
        first = &slot->jwt_node;
    }
    if (extra) {
        size_t sz = strlen(extra);
        LQ_ASSERT(sz <= EXTRA_MAX && lq_auth_header_check(NULL, extra) == LQ_OK);
        memcpy(slot->extra, extra, sz + 1);
        slot->extra_node = (struct curl_slist){slot->extra, first};
        first = &slot->extra_node;
    }
    curl_easy_setopt(slot->transfer.easy, CURLOPT_HTTPHEADER, first);
}

/* Begins SLOT's request, whose answer or failure follows from a later turn. */
static void start(slot_t *slot)
{
    lq_http_t *http = slot->http;
    uint64_t now = lq_clock_now(lq_loop_clock(http->loop)).mono_ns; /* maybe between two turns */
    uint64_t connect_ns = http->config.connect_ns;
    slot->until_mono_ns = lq_time_after(now, slot->timeout_ns);
    lq_timer_set(http->loop, &slot->timer,
                 lq_time_after(now, slot->timeout_ns < connect_ns ? slot->timeout_ns : connect_ns));
    if (lq_transfer_start(http->curl, &slot->transfer) == LQ_OK)
        return;
    slot->fault = FAULT_START;
    lq_timer_set_in(http->loop, &slot->timer, 0);
}

lq_err_t lq_http_post(lq_http_t *http, lq_http_id_t *id, const char *body, size_t body_sz,
                      const char *extra, uint64_t timeout_ns, lq_http_fn_t *fn, void *ctx)
{
    if (body_sz > http->config.send_max)
        return LQ_ERR_TOO_LONG;
    if (http->under_way_cnt == http->config.req_max)
        return LQ_ERR_FULL;
    slot_t *slot = http->free;
    http->free = slot->next_free;
    http->under_way_cnt++;
    slot->id = ++http->last_seq * IDX_CNT + (size_t)(slot - http->slots);
    slot->timeout_ns = timeout_ns;
    slot->fn = fn;
    slot->ctx = ctx;
    slot->fault = FAULT_NONE;
    slot->sent = false;
    slot->headers_ended = false;
    slot->retry_after_sec = 0;
    slot->header_sz = 0;
    slot->body_sz = 0;
    slot->send_sz = body_sz;
    if (body_sz)
        memcpy(slot->send, body, body_sz);
    curl_easy_setopt(slot->transfer.easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_sz);
    set_headers(slot, extra);
    start(slot);
    id->id = slot->id;
    return LQ_OK;
}

void lq_http_cancel(lq_http_t *http, lq_http_id_t id)
{
    size_t idx = id.id % IDX_CNT;
    if (!id.id || idx >= http->slot_cnt || http->slots[idx].id != id.id)
        return;
    stop(&http->slots[idx]);
    release(&http->slots[idx]);
}
