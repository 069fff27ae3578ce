#ifndef CONN_WORLD_H
#define CONN_WORLD_H

/* A connection under test with what it has told, and peers played by the test itself. */

#include "lq_test.h"

#include <dirent.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "liqd/net/conn.h"

#define SEC_NS 1000000000ull

typedef struct conn_world {
    lq_arena_t arena;
    lq_arena_mark_t mark;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    lq_url_t url;
    lq_conn_config_t config;
    lq_conn_t *conn;
    char dir[64];
    char path[96];
    int listener;
    size_t up_cnt;
    size_t text_cnt;
    size_t down_cnt;
    char *texts; /* one behind the other, a '|' after each */
    size_t texts_sz;
    size_t texts_max;
    lq_time_t recv;
    lq_err_t why;
    lq_err_msg_t msg;
    void (*on_text)(struct conn_world *w); /* may do more */
    void (*on_up)(struct conn_world *w);
    void (*on_down)(struct conn_world *w);
} conn_world_t;

static inline void world_up(void *ctx)
{
    conn_world_t *w = ctx;
    assert_true(lq_conn_is_up(w->conn));
    w->up_cnt++;
    if (w->on_up)
        w->on_up(w);
}

static inline void world_text(void *ctx, const char *text, size_t text_sz, lq_time_t recv)
{
    conn_world_t *w = ctx;
    w->text_cnt++;
    if (w->texts_sz + text_sz + 1 > w->texts_max) {
        w->texts_max = 2 * (w->texts_sz + text_sz + 1);
        w->texts = realloc(w->texts, w->texts_max);
        assert_non_null(w->texts);
    }
    memcpy(w->texts + w->texts_sz, text, text_sz);
    w->texts_sz += text_sz;
    w->texts[w->texts_sz++] = '|';
    w->recv = recv;
    if (w->on_text)
        w->on_text(w);
}

static inline void world_down(void *ctx, lq_err_t why, const lq_err_msg_t *msg)
{
    conn_world_t *w = ctx;
    assert_false(lq_conn_is_up(w->conn));
    w->down_cnt++;
    w->why = why;
    w->msg = *msg;
    if (w->on_down)
        w->on_down(w);
}

/* Makes the connection anew from W->config. */
static inline void world_conn(conn_world_t *w)
{
    lq_conn_free(w->conn);
    const lq_conn_handlers_t handlers = {w, world_up, world_text, world_down};
    lq_arena_rewind(&w->arena, w->mark);
    assert_ok(lq_conn_new(&w->conn, &w->arena, w->loop, &w->config, &handlers));
}

static inline void world_init(conn_world_t *w)
{
    w->clock.now = (lq_time_t){1700000000 * SEC_NS, 1000 * SEC_NS};
    w->listener = -1;
    assert_ok(lq_arena_init(&w->arena, 1 << 20));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock), 16));
    w->mark = lq_arena_mark(&w->arena);
    w->config = (lq_conn_config_t){.url = &w->url,
                                   .in_max = 1 << 20,
                                   .out_max = 1 << 20,
                                   .depth_max = 64,
                                   .connect_ns = 5 * SEC_NS};
    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/liqd-test-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->path, sizeof(w->path), "%s/ipc", w->dir);
}

static inline void world_fini(conn_world_t *w)
{
    lq_conn_free(w->conn);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    if (w->listener >= 0)
        (void)close(w->listener);
    (void)unlink(w->path);
    (void)rmdir(w->dir);
    free(w->texts);
}

static inline void world_listen_unix(conn_world_t *w, int backlog)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", w->path);
    w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(w->listener >= 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(w->listener, backlog), 0);
}

static inline void world_url_unix(conn_world_t *w)
{
    w->url.scheme = LQ_URL_IPC;
    (void)snprintf(w->url.text, sizeof(w->url.text), "%s", w->path);
    (void)snprintf(w->url.shown, sizeof(w->url.shown), "%s", w->path);
}

/* Turns the loop until *CNT reaches WANT; the descriptors alone end the waits. */
static inline void world_until(conn_world_t *w, const size_t *cnt, size_t want)
{
    for (size_t i = 0; *cnt < want; i++) {
        if (i == 200000)
            fail_msg("waited in vain (%zu of %zu; %s)", *cnt, want, w->msg.text);
        lq_loop_turn(w->loop, i < 1000 ? 0 : 1000000);
    }
}

static inline void world_turn(conn_world_t *w, size_t cnt)
{
    while (cnt--)
        lq_loop_turn(w->loop, 0);
}

static inline void put_all(int fd, const void *data, size_t sz)
{
    const char *p = data;
    while (sz) {
        ssize_t n = send(fd, p, sz, MSG_NOSIGNAL);
        assert_true(n > 0);
        p += n;
        sz -= (size_t)n;
    }
}

static inline void get_all(int fd, void *data, size_t sz)
{
    char *p = data;
    while (sz) {
        ssize_t n = read(fd, p, sz);
        assert_true(n > 0);
        p += n;
        sz -= (size_t)n;
    }
}

static inline size_t count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    size_t cnt = 0;
    while (readdir(dir))
        cnt++;
    (void)closedir(dir);
    return cnt;
}

/* Whether what is resident is what we use: sanitizers keep what was freed, and shadow it all. */
#if LQ_ASAN || defined(__SANITIZE_THREAD__)
#define PAGES_ARE_OURS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PAGES_ARE_OURS 0
#endif
#endif
#ifndef PAGES_ARE_OURS
#define PAGES_ARE_OURS 1
#endif

/* Pages of this process in memory. */
static inline size_t count_pages(void)
{
    char line[128];
    char *resident;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof(line), f));
    (void)fclose(f);
    (void)strtoull(line, &resident, 10);
    return strtoull(resident, NULL, 10);
}

#endif
