#include "curl_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "loop_internal.h"

/* libcurl closes a socket and opens another of the same number as it likes, and tells each time;
   so a watch belongs to a number. A socket above is refused. */
#define FD_MAX 65536

#define NS_PER_MS 1000000u

typedef struct fd_watch {
    lq_watch_t watch;
    lq_curl_t *curl; /* NULL until it is first used */
} fd_watch_t;

struct lq_curl {
    lq_loop_t *loop;
    CURLM *multi;
    lq_timer_t timer;
    size_t under_way_cnt;
    fd_watch_t fds[FD_MAX]; /* reserved; only the pages of numbers in use cost memory */
};

/* Tells the owners of what has ended. Outside libcurl, hence they may do anything. */
static void deliver(lq_curl_t *curl)
{
    int left;
    CURLMsg *m;
    while ((m = curl_multi_info_read(curl->multi, &left))) {
        lq_transfer_t *t = NULL;
        CURLcode result = m->data.result; /* M does not outlive the next call */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        t->done(t->ctx, result);
    }
}

static void act(lq_curl_t *curl, curl_socket_t fd, int events)
{
    int running;
    CURLMcode code = curl_multi_socket_action(curl->multi, fd, events, &running);
    /* Of memory libcurl tells only the transfer that lacks it, if that: its owner's time limit ends
       the others. */
    if (code != CURLM_OK && code != CURLM_OUT_OF_MEMORY)
        LQ_BUG("curl: %s", curl_multi_strerror(code));
    deliver(curl);
}

static void on_ready(void *ctx, unsigned ready)
{
    const fd_watch_t *w = ctx;
    act(w->curl, (curl_socket_t)(w - w->curl->fds),
        (ready & LQ_WATCH_READ ? CURL_CSELECT_IN : 0) |
            (ready & LQ_WATCH_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_time(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int on_interest(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    (void)easy;
    (void)socket_ctx;
    lq_curl_t *curl = ctx;
    /* One of the resolver's own may be above; its transfer runs into its owner's time limit. */
    if (fd < 0 || fd >= FD_MAX)
        return 0;
    fd_watch_t *w = &curl->fds[fd];
    if (!w->curl) {
        lq_watch_init(&w->watch, on_ready, w);
        w->curl = curl;
    }
    if (what == CURL_POLL_REMOVE)
        lq_watch_stop(curl->loop, &w->watch);
    else
        lq_watch_set(curl->loop, &w->watch, fd,
                     (what & CURL_POLL_IN ? LQ_WATCH_READ : 0) |
                         (what & CURL_POLL_OUT ? LQ_WATCH_WRITE : 0));
    return 0;
}

static int on_wait(CURLM *multi, long ms, void *ctx)
{
    (void)multi;
    lq_curl_t *curl = ctx;
    if (ms < 0) {
        lq_timer_stop(curl->loop, &curl->timer);
        return 0;
    }
    uint64_t now = lq_clock_now(lq_loop_clock(curl->loop)).mono_ns;
    lq_timer_set(curl->loop, &curl->timer, now + (uint64_t)ms * NS_PER_MS);
    return 0;
}

static lq_err_t new_curl(lq_curl_t **out, lq_loop_t *loop)
{
    lq_curl_t *curl = mmap(NULL, sizeof(*curl), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (curl == MAP_FAILED)
        return LQ_ERR_NOMEM;
    curl->loop = loop;
    curl->timer = (lq_timer_t){.fn = on_time, .ctx = curl};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        munmap(curl, sizeof(*curl));
        return LQ_ERR_NOMEM;
    }
    curl->multi = curl_multi_init();
    if (!curl->multi) {
        curl_global_cleanup();
        munmap(curl, sizeof(*curl));
        return LQ_ERR_NOMEM;
    }
    curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, on_interest);
    curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl);
    curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, on_wait);
    curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl);
    *out = curl;
    return LQ_OK;
}

lq_err_t lq_curl_get(lq_curl_t **out, lq_loop_t *loop)
{
    lq_curl_t **place = lq_loop_curl(loop);
    lq_err_t err = *place ? LQ_OK : new_curl(place, loop);
    if (!err)
        *out = *place;
    return err;
}

void lq_curl_free(lq_curl_t *curl)
{
    if (!curl)
        return;
    if (curl->under_way_cnt)
        LQ_BUG("curl: the loop ends before %zu transfers", curl->under_way_cnt);
    curl_multi_cleanup(curl->multi);
    lq_timer_stop(curl->loop, &curl->timer);
    curl_global_cleanup();
    munmap(curl, sizeof(*curl));
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *addr)
{
    (void)ctx;
    (void)purpose;
    int fd = socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
    if (fd >= FD_MAX) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *ctx, curl_socket_t fd)
{
    const lq_transfer_t *t = ctx;
    return fd == t->taken_fd ? 0 : close(fd);
}

/* libcurl gets the URL rebuilt from its parts, so that it cannot read the text otherwise than
   lq_url_parse did. */
static CURLcode set_url(CURL *easy, const lq_url_t *url)
{
    bool tls = url->scheme == LQ_URL_WSS || url->scheme == LQ_URL_HTTPS;
    bool v6 = strchr(url->host, ':');
    char text[LQ_URL_MAX + sizeof(url->host) + 32];
    int sz = snprintf(text, sizeof(text), "http%s://%s%s%s:%u%s", tls ? "s" : "", v6 ? "[" : "",
                      url->host, v6 ? "]" : "", (unsigned)url->port, url->target);
    CURLcode code = sz > 0 && (size_t)sz < sizeof(text) ? curl_easy_setopt(easy, CURLOPT_URL, text)
                                                        : CURLE_URL_MALFORMAT;
    explicit_bzero(text, sizeof(text));
    return code;
}

lq_err_t lq_transfer_init(lq_transfer_t *t, const lq_url_t *url, const char *ca_file,
                          bool connect_only, lq_transfer_done_fn_t *done, void *ctx)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        return LQ_ERR_NOMEM;
    /* Options that take no string cannot fail. */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Else a stop would wait for the system's resolver, which may take half a minute. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 24L * 3600 * 1000);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    CURLcode code = set_url(easy, url);
    if (!code)
        code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (!code)
        code = curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not the environment's either */
    if (!code && ca_file)
        code = curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    if (!code && ca_file)
        code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (connect_only) {
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
        /* Of these alone, since other connections may outlive T. */
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, t);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    }
    if (code) {
        curl_easy_cleanup(easy);
        return LQ_ERR_NOMEM;
    }
    *t = (lq_transfer_t){.easy = easy, .taken_fd = -1, .done = done, .ctx = ctx};
    return LQ_OK;
}

void lq_transfer_fini(lq_transfer_t *t)
{
    lq_transfer_stop(t);
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
}

lq_err_t lq_transfer_start(lq_curl_t *curl, lq_transfer_t *t)
{
    LQ_ASSERT(!t->curl);
    if (curl_multi_add_handle(curl->multi, t->easy) != CURLM_OK)
        return LQ_ERR_NOMEM;
    t->curl = curl;
    curl->under_way_cnt++;
    return LQ_OK;
}

void lq_transfer_stop(lq_transfer_t *t)
{
    if (!t->curl)
        return;
    curl_multi_remove_handle(t->curl->multi, t->easy);
    t->curl->under_way_cnt--;
    t->curl = NULL;
}

int lq_transfer_fd(const lq_transfer_t *t)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURLcode code = curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
    return code == CURLE_OK && fd != CURL_SOCKET_BAD ? fd : -1;
}

int lq_transfer_take(lq_transfer_t *t)
{
    int fd = lq_transfer_fd(t);
    t->taken_fd = fd;
    lq_transfer_stop(t);
    t->taken_fd = -1;
    return fd;
}

/* What the system or the check of the certificate says besides; NULL: nothing. */
static const char *detail(const lq_transfer_t *t, CURLcode result)
{
    long n = 0;
    if (result == CURLE_PEER_FAILED_VERIFICATION) {
        curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &n);
        return n ? X509_verify_cert_error_string(n) : NULL;
    }
    if (result == CURLE_COULDNT_CONNECT) {
        curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &n);
        return n ? strerror((int)n) : NULL;
    }
    return NULL;
}

static lq_err_t err_of(CURLcode result)
{
    switch ((int)result) { /* libcurl's enum grows with its versions */
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return LQ_ERR_PERM;
    case CURLE_OPERATION_TIMEDOUT:
        return LQ_ERR_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        return LQ_ERR_NOMEM;
    default:
        return LQ_ERR_IO;
    }
}

lq_err_t lq_transfer_explain(lq_err_msg_t *msg, const lq_transfer_t *t, const lq_url_t *url,
                             CURLcode result)
{
    const char *more = detail(t, result);
    return lq_err_msg_set(msg, err_of(result), "%s: %s%s%s", url->shown, curl_easy_strerror(result),
                          more ? ": " : "", more ? more : "");
}
