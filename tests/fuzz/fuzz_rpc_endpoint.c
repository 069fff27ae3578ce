#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/rpc/endpoint_internal.h"

/* A stream's texts, one for each line of the input, come to an endpoint with two subscriptions,
   "0x1", which is on, and one that is asked for (id 256), two calls (384 and 512) and a batch of
   three (640 and up). It is connected to a socket that takes all and says nothing. The laws: a call
   ends once at most, a subscription is told nothing but in its order, and each text and each
   notification is counted. */

#define BATCH_CNT 3

typedef struct rig {
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_clock_manual_t clock;
    lq_log_t log;
    lq_rng_t rng;
    lq_url_t url;
    lq_endpoint_t *e;
    uint64_t data_cnt;
    bool asked_is_on;
    unsigned end_cnt[3]; /* of the calls */
    char dir[32];
    int door;
} rig_t;

static void need(lq_err_t err)
{
    LQ_ASSERT(err == LQ_OK);
}

static void drop_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx, (void)level;
    LQ_ASSERT(line[line_sz - 1] == '\n');
}

static void on_call(void *ctx, const lq_rpc_answer_t *answer)
{
    unsigned *end_cnt = ctx;
    LQ_ASSERT(++*end_cnt == 1);
    LQ_ASSERT(answer->result_cnt == 1 || answer->result_cnt == BATCH_CNT);
    for (size_t i = 0; i < answer->result_cnt; i++) {
        const lq_rpc_result_t *r = &answer->results[i];
        bool is_ok = r->class_ == LQ_RPC_OK;
        LQ_ASSERT(is_ok == (lq_json_kind(r->value) != LQ_JSON_KIND_ABSENT));
        LQ_ASSERT(r->message && r->message_sz <= 1024);
    }
}

static void on_event(void *ctx, const lq_sub_event_t *event)
{
    rig_t *rig = ctx;
    if (event->what == LQ_SUB_DATA) {
        LQ_ASSERT(lq_json_kind(event->value) != LQ_JSON_KIND_ABSENT);
        rig->data_cnt++;
    }
}

static void on_asked_event(void *ctx, const lq_sub_event_t *event)
{
    rig_t *rig = ctx;
    LQ_ASSERT(rig->asked_is_on == (event->what == LQ_SUB_DATA || event->what == LQ_SUB_OFF));
    rig->asked_is_on = event->what == LQ_SUB_ON || event->what == LQ_SUB_DATA;
    on_event(ctx, event);
}

static void open_door(rig_t *rig)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(rig->dir, sizeof(rig->dir), "/tmp/liqd-fuzz-XXXXXX");
    LQ_ASSERT(mkdtemp(rig->dir));
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/ipc", rig->dir);
    need(lq_url_parse(&rig->url, NULL, at.sun_path, strlen(at.sun_path)));
    rig->door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    LQ_ASSERT(rig->door >= 0);
    LQ_ASSERT(bind(rig->door, (const struct sockaddr *)&at, sizeof(at)) == 0);
    LQ_ASSERT(listen(rig->door, 1) == 0);
}

static void set_up(rig_t *rig)
{
    static const lq_log_config_t log = {.line_max = LQ_LOG_LINE_MAX, .value_max = 64};
    const lq_endpoint_config_t config = {.name = "fuzz",
                                         .url = &rig->url,
                                         .call_max = 3,
                                         .sub_max = 2,
                                         .in_max = 1 << 16,
                                         .out_max = 1 << 10,
                                         .connect_ns = 1000,
                                         .backoff_min_ns = 1,
                                         .backoff_max_ns = 1};
    *rig = (rig_t){.clock.now = {1, 1}};
    lq_rng_seed(&rig->rng, 1);
    need(lq_arena_init(&rig->arena, 4 << 20));
    need(lq_loop_new(&rig->loop, &rig->arena, lq_clock_manual(&rig->clock),
                     LQ_ENDPOINT_TIMER_CNT(3, 2)));
    need(lq_log_init(&rig->log, &log, lq_clock_manual(&rig->clock), drop_line, NULL));
    open_door(rig);
    need(lq_endpoint_new(&rig->e, &rig->arena, rig->loop, &rig->log, &rig->rng, &config, NULL,
                         NULL));
}

static void tear_down(rig_t *rig)
{
    lq_endpoint_free(rig->e);
    lq_loop_free(rig->loop);
    lq_arena_fini(&rig->arena);
    (void)close(rig->door);
    (void)unlink(rig->url.text);
    (void)rmdir(rig->dir);
}

static void call(rig_t *rig, unsigned *end_cnt, size_t item_cnt)
{
    static const lq_rpc_item_t items[BATCH_CNT] = {{"a", "[]", 2}, {"b", "[]", 2}, {"c", "[]", 2}};
    lq_rpc_id_t id;
    need(lq_endpoint_call(rig->e, &id, &(lq_rpc_call_t){items, item_cnt, 1000, on_call, end_cnt}));
}

static void begin(rig_t *rig)
{
    static const char answer[] = "{\"id\":128,\"result\":\"0x1\"}";
    uint32_t sub;
    need(lq_endpoint_subscribe(rig->e, &sub, "[]", 2, on_event, rig));
    need(lq_endpoint_subscribe(rig->e, &sub, "[]", 2, on_asked_event, rig));
    while (!lq_endpoint_is_up(rig->e))
        lq_loop_turn(rig->loop, 0);
    lq_endpoint_take(rig->e, answer, sizeof(answer) - 1, (lq_time_t){2, 2});
    call(rig, &rig->end_cnt[0], 1);
    call(rig, &rig->end_cnt[1], 1);
    call(rig, &rig->end_cnt[2], BATCH_CNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    rig_t *rig = malloc(sizeof(*rig));
    LQ_ASSERT(rig);
    set_up(rig);
    begin(rig);
    const lq_endpoint_stat_t *stat = lq_endpoint_stat(rig->e);
    while (sz && rig->e->state == LQ_STREAM_UP) {
        const uint8_t *end = memchr(data, '\n', sz);
        size_t text_sz = end ? (size_t)(end - data) : sz;
        char *text = malloc(text_sz + 1); /* exactly as large, but never none */
        LQ_ASSERT(text);
        memcpy(text, data, text_sz);
        uint64_t in_sz = stat->in_sz;
        lq_endpoint_take(rig->e, text, text_sz, (lq_time_t){2, 2});
        LQ_ASSERT(stat->in_sz == in_sz + text_sz);
        free(text);
        data += text_sz + (end != NULL);
        sz -= text_sz + (end != NULL);
        LQ_ASSERT(stat->notify_cnt >= rig->data_cnt + stat->stray_cnt);
    }
    tear_down(rig);
    free(rig);
    return 0;
}
