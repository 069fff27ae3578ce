/* liqd replay: see its entry in commands.c. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "decisions.h"
#include "liqd/base/text.h"
#include "liqd/book/snapshot.h"
#include "liqd/record/event_log.h"
#include "start.h"

#define NAME "replay"

/* The longest action that is shown; what is beyond is cut. */
#define TEXT_SZ 4096u

typedef struct job {
    const lq_cli_call_t *call;
    const char *path;  /* of the file at hand */
    size_t part;       /* which that is of those given */
    uint64_t past_cnt; /* events of those before */
    bool json;
    uint8_t *p; /* the mapped file */
    size_t sz;
    lq_event_log_t *events;
    lq_config_t config;
    lq_schema_doc_t doc;
    lq_state_t state;
    lq_clock_manual_t clock; /* of the event at hand */
    lq_log_t log;
    lq_decisions_t decisions;

    const lq_recorded_action_t *recorded; /* of the event at hand */
    size_t recorded_cnt;
    size_t done_cnt;
    uint64_t action_cnt;
    uint8_t *bytes; /* of an action of ours */
    size_t bytes_max;
    bool differs;
} job_t;

/* Says TEXT about the file. */
static int complain(const job_t *job, int rc, const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    lq_err_msg_t msg;
    (void)!lq_err_msg_set(&msg, LQ_ERR_IO, "%s: %s", lq_text_quote(quoted, job->path), text);
    return lq_start_complain(NAME, rc, msg.text);
}

/* ---- the file */

static int map_open(job_t *job, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return complain(job, LQ_EXIT_FAILED, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return complain(job, LQ_EXIT_FAILED, "is not a regular file");
    if (st.st_size == 0)
        return complain(job, LQ_EXIT_FAILED,
                        job->part ? "is empty: its program was killed as it began it" : "is empty");
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return complain(job, LQ_EXIT_FAILED, strerror(errno));
    job->p = p;
    job->sz = (size_t)st.st_size;
    return LQ_EXIT_DONE;
}

static int map_file(job_t *job)
{
    int fd = open(job->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return complain(job, LQ_EXIT_FAILED, strerror(errno));
    int rc = map_open(job, fd);
    (void)close(fd);
    return rc;
}

static int open_events(job_t *job)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_event_log_open(&job->events, &msg, job->p, job->sz);
    if (err)
        return complain(job, err == LQ_ERR_INVAL ? LQ_EXIT_CONFIG : LQ_EXIT_FAILED, msg.text);
    return LQ_EXIT_DONE;
}

static void close_file(job_t *job)
{
    if (job->events)
        job->past_cnt += lq_event_log_event_cnt(job->events);
    lq_event_log_close(job->events);
    job->events = NULL;
    if (job->p)
        (void)munmap(job->p, job->sz);
    job->p = NULL;
}

/* ---- comparing */

static void print_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)level;
    (void)fwrite(line, 1, line_sz, ctx);
}

/* Shows what was recorded in the place of the action at hand. */
static void tell_recorded(const job_t *job)
{
    char text[TEXT_SZ];
    lq_action_room_t room;
    if (job->done_cnt >= job->recorded_cnt) {
        (void)fprintf(stderr, "  recorded: none\n");
        return;
    }
    const lq_recorded_action_t *r = &job->recorded[job->done_cnt];
    if (r->bytes && !lq_action_decode(&room, r->bytes, r->sz)) {
        (void)lq_action_text(text, sizeof(text), &room.action);
        (void)fprintf(stderr, "  recorded: %s\n", text);
    } else {
        (void)fprintf(stderr, "  recorded: %s digest=%016" PRIx64 "\n", lq_action_kind_str(r->kind),
                      r->digest);
    }
}

/* Says that ACTION, NULL for none, is not what was recorded. */
static void tell_difference(job_t *job, const lq_action_t *action)
{
    char text[TEXT_SZ] = "none";
    lq_err_msg_t msg;
    job->differs = true;
    (void)!lq_err_msg_set(&msg, LQ_ERR_INVAL, "action %zu of event %" PRIu64 " differs",
                          job->done_cnt + 1, lq_event_log_event_cnt(job->events));
    (void)complain(job, LQ_EXIT_FAILED, msg.text);
    tell_recorded(job);
    if (action && lq_action_is_kept(action->kind))
        (void)lq_action_text(text, sizeof(text), action);
    else if (action)
        (void)snprintf(text, sizeof(text), "%s digest=%016" PRIx64,
                       lq_action_kind_str(action->kind), lq_action_digest(action));
    (void)fprintf(stderr, "  replayed: %s\n", text);
}

/* Writes ACTION into the job's room; its size, 0 where there is no memory. */
static size_t encode(job_t *job, const lq_action_t *action)
{
    size_t sz = lq_action_sz(action);
    if (sz > job->bytes_max) {
        uint8_t *more = realloc(job->bytes, sz);
        if (!more)
            return 0;
        job->bytes = more;
        job->bytes_max = sz;
    }
    return lq_action_encode(job->bytes, action);
}

static bool is_same(job_t *job, const lq_action_t *action)
{
    size_t sz = 0;
    if (job->done_cnt >= job->recorded_cnt)
        return false;
    const lq_recorded_action_t *r = &job->recorded[job->done_cnt];
    if (r->bytes)
        sz = encode(job, action);
    if (r->kind != action->kind || r->digest != lq_action_digest(action))
        return false;
    return !r->bytes || (r->sz == sz && memcmp(r->bytes, job->bytes, sz) == 0);
}

static void on_action(void *ctx, const lq_action_t *action)
{
    job_t *job = ctx;
    if (job->differs)
        return;
    if (!is_same(job, action)) {
        tell_difference(job, action);
        return;
    }
    job->done_cnt++;
    job->action_cnt++;
    lq_decisions_add(&job->decisions, action);
    lq_decisions_log(&job->log, &job->state, action);
}

/* ---- the engine */

static int load_config(job_t *job, const lq_event_log_start_t *start)
{
    lq_err_t err = lq_config_parse(&job->doc, &job->config, "recorded configuration", start->config,
                                   start->config_sz);
    if (err == LQ_ERR_CONFIG)
        return lq_start_problems(&job->doc, NAME);
    return err ? complain(job, LQ_EXIT_FAILED, lq_err_str(err)) : LQ_EXIT_DONE;
}

static int open_log(job_t *job)
{
    lq_log_config_t config = lq_config_log(&job->config);
    config.level = LQ_LOG_INFO;
    config.format = job->json ? LQ_LOG_JSON : LQ_LOG_LOGFMT;
    config.rate_per_sec = 0; /* nothing is held back */
    if (lq_log_init(&job->log, &config, lq_clock_manual(&job->clock), print_line, stdout))
        LQ_BUG("the table of keys lets a log setting pass that the log refuses");
    return LQ_EXIT_DONE;
}

static int make_engine(job_t *job)
{
    lq_err_msg_t msg = {"is refused"};
    const lq_event_log_start_t *start = lq_event_log_start(job->events);
    if (start->part)
        return complain(job, LQ_EXIT_FAILED,
                        "continues another file: give all parts of the recording, in order, from "
                        "that whose name ends in -000000");
    int rc = load_config(job, start);
    rc = rc ? rc : open_log(job);
    if (rc)
        return rc;
    lq_err_t err =
        lq_state_open(&job->state, &msg, &job->config, true, on_action, job, start->seed);
    if (!err && start->snapshot) {
        err = lq_snapshot_load(job->state.sync, &msg, start->snapshot, start->snapshot_sz);
        err = err ? err : lq_state_name(&job->state, &msg);
    }
    if (!err && start->memory)
        err = lq_engine_load(job->state.engine, &msg, start->memory, start->memory_sz);
    return err ? complain(job, LQ_EXIT_FAILED, msg.text) : LQ_EXIT_DONE;
}

/* Gives the engine one event; false where that is the end. */
static bool replay_event(job_t *job, const lq_event_t *event, int *rc)
{
    lq_err_msg_t msg;
    job->clock.now = event->time;
    job->done_cnt = 0;
    lq_err_t err = lq_state_event(&job->state, &msg, event);
    if (!job->differs && job->done_cnt < job->recorded_cnt)
        tell_difference(job, NULL);
    if (job->differs || err)
        *rc = LQ_EXIT_FAILED;
    if (err)
        (void)complain(job, LQ_EXIT_FAILED, msg.text);
    return *rc == LQ_EXIT_DONE;
}

/* At the end of the file at hand, of which MSG reads on where it has no mark. */
static int end_file(const job_t *job, const lq_err_msg_t *msg)
{
    bool more = job->part < job->call->other_cnt;
    bool goes_on = lq_event_log_goes_on(job->events);
    if (more && !goes_on)
        return complain(job, LQ_EXIT_FAILED,
                        "is not continued, and another file is given: give the parts of one "
                        "recording alone, in order");
    if (!more && goes_on)
        (void)complain(job, LQ_EXIT_DONE, "goes on in its next part, which is not given");
    else if (!goes_on && !lq_event_log_is_complete(job->events))
        (void)complain(job, LQ_EXIT_DONE, msg->text);
    return LQ_EXIT_DONE;
}

/* Replays the file at hand. */
static int replay_file(job_t *job)
{
    int rc = LQ_EXIT_DONE;
    for (;;) {
        const lq_event_t *event;
        lq_err_msg_t msg;
        lq_err_t err =
            lq_event_log_next(job->events, &msg, &event, &job->recorded, &job->recorded_cnt);
        if (err == LQ_ERR_EMPTY)
            return end_file(job, &msg);
        if (err) {
            (void)complain(job, LQ_EXIT_FAILED, msg.text);
            (void)fprintf(stderr, "  every action before that is the same\n");
            return LQ_EXIT_FAILED;
        }
        if (!replay_event(job, event, &rc))
            return rc;
    }
}

/* Opens the next file that is given, once the one before goes on. */
static int next_file(job_t *job)
{
    uint64_t before = lq_event_log_check(job->events);
    uint32_t part = lq_event_log_start(job->events)->part;
    close_file(job);
    job->path = job->call->others[job->part++];
    int rc = map_file(job);
    rc = rc ? rc : open_events(job);
    if (rc)
        return rc;
    const lq_event_log_start_t *start = lq_event_log_start(job->events);
    if (start->part != part + 1 || start->before != before)
        return complain(job, LQ_EXIT_FAILED,
                        "does not continue the file before it: give all parts of one recording, in "
                        "order");
    return LQ_EXIT_DONE;
}

static int replay(job_t *job)
{
    int rc = replay_file(job);
    while (!rc && job->part < job->call->other_cnt) {
        rc = next_file(job);
        rc = rc ? rc : replay_file(job);
    }
    return rc;
}

static int sum_up(const job_t *job, bool same)
{
    uint64_t event_cnt = job->past_cnt;
    if (job->events)
        event_cnt += lq_event_log_event_cnt(job->events);
    lq_engine_stat_t stat = lq_engine_stat(job->state.engine);
    if (!job->json) {
        (void)printf("%" PRIu64 " events, %" PRIu64 " actions%s\n", event_cnt, job->action_cnt,
                     same ? ", all the same" : "");
        lq_decisions_print(stdout, &stat, &job->decisions);
        return LQ_EXIT_DONE;
    }
    json_t *root = lq_decisions_json(&stat, &job->decisions);
    int failed =
        !root || json_object_set_new(root, "event_cnt", json_integer((json_int_t)event_cnt));
    failed |=
        !root || json_object_set_new(root, "action_cnt", json_integer((json_int_t)job->action_cnt));
    failed |= !root || json_object_set_new(root, "same", json_boolean(same));
    failed |= !root || json_dumpf(root, stdout, 0) != 0;
    json_decref(root);
    (void)printf("\n");
    return failed ? complain(job, LQ_EXIT_FAILED, "the result cannot be written") : LQ_EXIT_DONE;
}

static void end(job_t *job)
{
    lq_state_close(&job->state);
    if (job->doc.arena.cap_sz)
        lq_schema_free(&job->doc);
    close_file(job);
    free(job->bytes);
    free(job);
}

int lq_cmd_replay(const lq_cli_call_t *call)
{
    job_t *job = calloc(1, sizeof(*job));
    if (!job)
        return lq_start_complain(NAME, LQ_EXIT_FAILED, lq_err_str(LQ_ERR_NOMEM));
    job->call = call;
    job->path = call->operand;
    job->json = lq_cli_option(call, "json") != NULL;
    int rc = map_file(job);
    rc = rc ? rc : open_events(job);
    rc = rc ? rc : make_engine(job);
    if (!rc) {
        rc = replay(job);
        int told = sum_up(job, rc == LQ_EXIT_DONE);
        rc = rc ? rc : told;
    }
    end(job);
    return rc;
}
