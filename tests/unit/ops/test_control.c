#include "lq_test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "liqd/ops/control.h"

#define SEC_NS 1000000000ull

static lq_err_t parse(lq_control_request_t *out, lq_err_msg_t *msg, const char *text)
{
    return lq_control_parse(out, msg, text, strlen(text));
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    static const lq_control_request_t all[] = {
        {LQ_CONTROL_STATUS, ""},
        {LQ_CONTROL_PAUSE, ""},
        {LQ_CONTROL_RESUME, ""},
        {LQ_CONTROL_RESUME, "aave"},
    };
    char line[LQ_CONTROL_LINE_MAX];
    for (size_t i = 0; i < LQ_ARRAY_CNT(all); i++) {
        lq_control_request_t got;
        size_t sz = lq_control_write(line, &all[i]);
        assert_int_equal(sz, strlen(line));
        assert_ok(lq_control_parse(&got, NULL, line, sz));
        assert_int_equal(got.command, all[i].command);
        assert_string_equal(got.market, all[i].market);
    }
}

static void refuses_what_is_no_request(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lq_err_t err;
        const char *why;
    } bad[] = {
        {"", LQ_ERR_SYNTAX, "a request is a JSON object, such as {\"command\": \"status\"}"},
        {"[]", LQ_ERR_SYNTAX, "a request is a JSON object, such as {\"command\": \"status\"}"},
        {"{\"a\": [[[1]]]}", LQ_ERR_SYNTAX,
         "a request is a JSON object, such as {\"command\": \"status\"}"},
        {"{}", LQ_ERR_SYNTAX, "command is missing, or no text"},
        {"{\"command\": 1}", LQ_ERR_SYNTAX, "command is missing, or no text"},
        {"{\"command\": \"stop\"}", LQ_ERR_NOT_FOUND,
         "there is no such command: there are status, pause and resume"},
        {"{\"command\": \"a command of more than fifteen\"}", LQ_ERR_NOT_FOUND,
         "there is no such command: there are status, pause and resume"},
        {"{\"command\": \"resume\", \"market\": 1}", LQ_ERR_SYNTAX, "market is no market's name"},
        {"{\"command\": \"resume\", \"market\": \"\"}", LQ_ERR_SYNTAX,
         "market is no market's name"},
        {"{\"command\": \"resume\", \"market\": \"a\\u0000\"}", LQ_ERR_SYNTAX,
         "market is no market's name"},
        {"{\"command\": \"resume\", \"market\": \"a\\\"\"}", LQ_ERR_SYNTAX,
         "market is no market's name"},
        {"{\"command\": \"pause\", \"market\": \"aave\"}", LQ_ERR_SYNTAX,
         "market is of resume alone"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        lq_control_request_t got = {LQ_CONTROL_PAUSE, "before"};
        lq_err_msg_t msg;
        assert_err(parse(&got, &msg, bad[i].text), bad[i].err);
        assert_string_equal(msg.text, bad[i].why);
        assert_string_equal(got.market, "before");
    }
    char name[128];
    lq_control_request_t got;
    (void)snprintf(name, sizeof(name), "{\"command\": \"resume\", \"market\": \"%064d\"}", 0);
    assert_ok(parse(&got, NULL, name));
    (void)snprintf(name, sizeof(name), "{\"command\": \"resume\", \"market\": \"%065d\"}", 0);
    assert_err(parse(&got, NULL, name), LQ_ERR_SYNTAX);
}

/* A daemon with a loop of its own. */
typedef struct world {
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_control_t *control;
    char dir[64];
    char path[96];
    pthread_t thread;
    volatile bool stop;
    bool silent;
    lq_control_request_t last;
} world_t;

static void on_request(void *ctx, uint32_t client, const lq_control_request_t *request)
{
    world_t *w = ctx;
    static const char answer[] = "{\"done\": true}";
    w->last = *request;
    if (!w->silent)
        lq_control_answer(w->control, client, answer, sizeof(answer) - 1);
}

static void *turn(void *ctx)
{
    world_t *w = ctx;
    lq_loop_run(w->loop, &w->stop);
    return NULL;
}

static void begin(world_t *w)
{
    lq_err_msg_t msg;
    memset(w, 0, sizeof(*w));
    assert_ok(lq_arena_init(&w->arena, 64 << 20));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_system(), 16));
    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/lq-control-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->path, sizeof(w->path), "%s/s", w->dir);
    assert_ok(lq_control_new(&w->control, &msg, &w->arena, w->loop, w->path, on_request, w));
    assert_int_equal(pthread_create(&w->thread, NULL, turn, w), 0);
}

static void end(world_t *w)
{
    __atomic_store_n(&w->stop, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(w->thread, NULL), 0);
    lq_control_free(w->control);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    assert_int_equal(rmdir(w->dir), 0);
}

static void asks_and_is_answered(void **state)
{
    (void)state;
    world_t w;
    char *text = NULL;
    lq_err_msg_t msg;
    lq_control_request_t request = {LQ_CONTROL_RESUME, "aave"};
    begin(&w);
    assert_ok(lq_control_ask(&text, &msg, w.path, &request, 60 * SEC_NS));
    assert_string_equal(text, "{\"done\": true}");
    free(text);
    assert_string_equal(w.last.market, "aave");
    /* one that the daemon does not take */
    request = (lq_control_request_t){LQ_CONTROL_PAUSE, "aave"};
    assert_ok(lq_control_ask(&text, &msg, w.path, &request, 60 * SEC_NS));
    assert_string_equal(text, "{\"error\": \"market is of resume alone\"}");
    free(text);
    end(&w);
}

static void says_why_it_is_not_answered(void **state)
{
    (void)state;
    world_t w;
    char *text = NULL;
    char want[256];
    lq_err_msg_t msg;
    lq_control_request_t request = {LQ_CONTROL_STATUS, ""};
    begin(&w);
    w.silent = true;
    assert_err(lq_control_ask(&text, &msg, w.path, &request, SEC_NS / 100), LQ_ERR_TIMEOUT);
    end(&w);
    assert_err(lq_control_ask(&text, &msg, w.path, &request, SEC_NS), LQ_ERR_NOT_FOUND);
    (void)snprintf(want, sizeof(want),
                   "%s: nobody listens: is liqd run running, by this configuration?", w.path);
    assert_string_equal(msg.text, want);
    assert_null(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(refuses_what_is_no_request),
        cmocka_unit_test(asks_and_is_answered),
        cmocka_unit_test(says_why_it_is_not_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
