/* Cuts a recording behind an event: replays so many events of IN, as liqd replay does, and records
   them again into OUT, which must not exist.

       liqd_test_cut IN OUT EVENTS

   Prints how many there were. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/book/snapshot.h"
#include "liqd/record/event_log.h"
#include "state.h"

#define RING_SZ ((size_t)64 << 20)

typedef struct job {
    const uint8_t *p;
    size_t sz;
    lq_event_log_t *events;
    lq_schema_doc_t doc;
    lq_config_t config;
    lq_state_t state;
    lq_recorder_t *recorder;
} job_t;

static void fail(const char *what, lq_err_t err, const lq_err_msg_t *msg)
{
    (void)fprintf(stderr, "%s: %s: %s\n", what, lq_err_str(err), msg->text);
    exit(EXIT_FAILURE);
}

static void check(const char *what, lq_err_t err, const lq_err_msg_t *msg)
{
    if (err)
        fail(what, err, msg);
}

static void map_file(job_t *job, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *p = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &st) == 0)
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        fail(path, LQ_ERR_IO, &(lq_err_msg_t){"cannot be read"});
    (void)close(fd);
    job->p = p;
    job->sz = (size_t)st.st_size;
}

static void on_action(void *ctx, const lq_action_t *action)
{
    const job_t *job = ctx;
    lq_recorder_action(job->recorder, action);
}

static void make_engine(job_t *job)
{
    lq_err_msg_t msg = {""};
    const lq_event_log_start_t *start = lq_event_log_start(job->events);
    check("configuration",
          lq_config_parse(&job->doc, &job->config, "recorded", start->config, start->config_sz),
          &msg);
    check("engine",
          lq_state_open(&job->state, &msg, &job->config, true, on_action, job, start->seed), &msg);
    if (start->snapshot) {
        check("snapshot",
              lq_snapshot_load(job->state.sync, &msg, start->snapshot, start->snapshot_sz), &msg);
        check("names", lq_state_name(&job->state, &msg), &msg);
    }
    if (start->memory)
        check("memory", lq_engine_load(job->state.engine, &msg, start->memory, start->memory_sz),
              &msg);
}

static uint64_t record(job_t *job, uint64_t most)
{
    lq_err_msg_t msg = {""};
    const lq_event_t *event;
    const lq_recorded_action_t *actions;
    size_t action_cnt;
    uint64_t cnt = 0;
    for (; cnt < most; cnt++) {
        lq_err_t err = lq_event_log_next(job->events, &msg, &event, &actions, &action_cnt);
        if (err == LQ_ERR_EMPTY)
            return cnt;
        check("event", err, &msg);
        lq_recorder_event(job->recorder, event);
        check("event", lq_state_event(&job->state, &msg, event), &msg);
    }
    return cnt;
}

int main(int argc, char **argv)
{
    static job_t job;
    lq_err_msg_t msg = {""};
    lq_recorder_stat_t stat;
    if (argc != 4)
        fail("usage: liqd_test_cut IN OUT EVENTS", LQ_ERR_USAGE, &msg);
    map_file(&job, argv[1]);
    check(argv[1], lq_event_log_open(&job.events, &msg, job.p, job.sz), &msg);
    make_engine(&job);
    check(argv[2],
          lq_recorder_open(&job.recorder, &msg, argv[2], lq_event_log_start(job.events), RING_SZ),
          &msg);
    (void)printf("%" PRIu64 "\n", record(&job, strtoull(argv[3], NULL, 10)));
    lq_recorder_close(job.recorder, &stat);
    check(argv[2], stat.err, &msg);
    lq_state_close(&job.state);
    lq_schema_free(&job.doc);
    lq_event_log_close(job.events);
    return EXIT_SUCCESS;
}
