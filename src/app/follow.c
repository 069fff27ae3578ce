#include "follow.h"

#include <stdlib.h>
#include <string.h>

#include "follow_internal.h"

#define SEC_NS    UINT64_C(1000000000)
#define TURN_NS   (SEC_NS / 10)
#define SPIN_NS   (SEC_NS / 2000)
#define FIRST_NS  (2 * SEC_NS)
#define HEAD_NS   (5 * SEC_NS)
#define ROUTES_NS (10 * SEC_NS)

/* Address space, of which most is never touched. */
#define BASE_SZ   ((size_t)2 << 30)
#define CHAIN_SZ  ((size_t)2 << 30)
#define SEARCH_SZ ((size_t)1 << 30)

#define GAP_MIN_BLK 10000u

/* ---- the engine */

/* What an event left to be decided comes behind what has come meanwhile. */
static void on_go_on(void *ctx, lq_timer_t *timer)
{
    lq_follow_t *f = ctx;
    lq_event_t event = {.kind = LQ_EVENT_GO_ON};
    (void)timer;
    if (!f->ended)
        lq_follow_give(f, &event);
}

static void pass_on(lq_follow_t *f, const lq_event_t *event)
{
    lq_err_msg_t msg;
    if (f->settings.event)
        f->settings.event(f->settings.ctx, event);
    lq_err_t err = lq_state_event(&f->state, &msg, event);
    if (f->settings.done)
        f->settings.done(f->settings.ctx);
    if (lq_engine_is_deciding(f->state.engine))
        lq_timer_set_in(f->loop, &f->go_on, 0);
    if (err)
        lq_follow_fail(f, err, msg.text);
}

void lq_follow_give(lq_follow_t *f, lq_event_t *event)
{
    event->time = lq_loop_time(f->loop);
    pass_on(f, event);
}

static void on_read(void *ctx, const lq_event_t *event)
{
    lq_follow_t *f = ctx;
    if (event->kind == LQ_EVENT_READ && event->as.read->err)
        f->read_err = event->as.read->err;
    if (!f->ended)
        pass_on(f, event);
}

static void read(lq_follow_t *f, const lq_action_read_t *read)
{
    if (!lq_reads_submit(f->reads, read->id, &read->block, read->calls, read->call_cnt))
        return;
    if (f->refused_cnt == LQ_ARRAY_CNT(f->refused))
        LQ_BUG("the engine has more reads under way than it was made for");
    f->refused[f->refused_cnt++] = read->id;
}

static void cancel(lq_follow_t *f, uint64_t id)
{
    for (size_t i = 0; i < f->refused_cnt; i++) {
        if (f->refused[i] == id) {
            f->refused[i] = f->refused[--f->refused_cnt];
            return;
        }
    }
    lq_reads_cancel(f->reads, id);
}

static void search(lq_follow_t *f, const lq_action_search_t *search)
{
    lq_follow_search(f, search->instance, search->addresses, search->address_cnt, search->topics,
                     search->topic_cnt, search->from_blk, search->to_blk);
}

static void follow(lq_follow_t *f, const lq_action_follow_t *follow)
{
    if (lq_follow_filter_set(&f->follow_filter, follow->addresses, follow->address_cnt,
                             follow->topics, follow->topic_cnt)) {
        lq_follow_fail(f, LQ_ERR_NOMEM, "out of memory");
        return;
    }
    f->follow_wanted = true;
    f->follow_from_blk = follow->from_blk;
    f->follow_parent_hash = follow->parent_hash;
}

static void do_action(lq_follow_t *f, const lq_action_t *action)
{
    switch (action->kind) {
    case LQ_ACTION_READ:
        read(f, &action->as.read);
        return;
    case LQ_ACTION_CANCEL_READ:
        cancel(f, action->as.id);
        return;
    case LQ_ACTION_SEARCH:
        search(f, &action->as.search);
        return;
    case LQ_ACTION_FOLLOW:
        follow(f, &action->as.follow);
        return;
    case LQ_ACTION_BEGIN:
        f->head_wanted = true;
        return;
    case LQ_ACTION_NOTICE:
        lq_follow_notice(f, action->as.notice);
        return;
    case LQ_ACTION_TAKE:
    case LQ_ACTION_DROP:
    case LQ_ACTION_CANDIDATE:
    case LQ_ACTION_LIMIT:
    case LQ_ACTION_CNT:
        return; /* whoever made the shell takes these */
    }
}

static void on_action(void *ctx, const lq_action_t *action)
{
    lq_follow_t *f = ctx;
    if (f->settings.action)
        f->settings.action(f->settings.ctx, action);
    do_action(f, action);
}

/* ---- the chain */

static void on_event(void *ctx, const lq_event_t *event)
{
    lq_follow_t *f = ctx;
    if (!f->follow_wanted && !f->ended)
        pass_on(f, event);
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static lq_chain_config_t chain_config(const lq_follow_t *f)
{
    const lq_config_t *config = f->settings.config;
    return (lq_chain_config_t){
        .tracker = {.quorum = 1,
                    .window_blk = LQ_TRACKER_WINDOW_MAX,
                    .trust_bloom = config->logs_bloom,
                    .gap_max_blk =
                        max_u64(GAP_MIN_BLK, config->snapshot_max_age_ns / config->block_ns + 1),
                    .retry_ns = SEC_NS / 4,
                    .seed = lq_state_seed(),
                    .header_max = 4096,
                    .log_max = 65536,
                    .data_max = (size_t)32 << 20},
        .block_ns = config->block_ns,
        .poll_ns = config->block_ns / 2,
        .timeout_ns = 10 * SEC_NS,
        .block_log_max = 16384,
        .block_data_max = (size_t)16 << 20,
    };
}

/* Follows the chain as was wished last. */
static void follow_anew(lq_follow_t *f)
{
    const lq_follow_filter_t *own = &f->follow_filter;
    lq_filter_t filter = {own->addresses, own->address_cnt, own->topics, own->topic_cnt};
    lq_chain_config_t config = chain_config(f);
    lq_chain_start_t start = {f->follow_from_blk, f->follow_parent_hash};
    lq_err_msg_t msg;
    lq_chain_free(f->chain);
    f->chain = NULL;
    f->follow_wanted = false;
    lq_arena_reset(&f->chain_arena);
    lq_err_t err = lq_chain_new(&f->chain, &f->chain_arena, f->loop, f->log, f->pool, &config,
                                &filter, &start, on_event, f);
    if (!err)
        return;
    f->chain = NULL;
    (void)!lq_err_msg_set(&msg, err, "the chain cannot be followed by %zu addresses: %s%s",
                          own->address_cnt, lq_err_str(err),
                          err == LQ_ERR_TOO_LONG ? ": name fewer markets by ids" : "");
    lq_follow_fail(f, err, msg.text);
}

/* ---- between two turns */

void lq_follow_fail(lq_follow_t *f, lq_err_t err, const char *text)
{
    if (f->failed)
        return;
    f->failed = true;
    f->err = lq_err_msg_set(&f->msg, err, "%s", text);
}

/* Answers what could not be asked. */
static void answer_refused(lq_follow_t *f)
{
    size_t cnt = f->refused_cnt;
    for (size_t i = 0; i < cnt && f->refused_cnt; i++) {
        lq_read_answer_t answer = {.id = f->refused[0], .err = LQ_ERR_FULL};
        lq_event_t event = {.kind = LQ_EVENT_READ, .as.read = &answer};
        f->refused[0] = f->refused[--f->refused_cnt];
        lq_follow_give(f, &event);
    }
}

/* How long to wait. Before the first word a node that is there takes two of its timeouts at most.
 */
static uint64_t stall_of(const lq_follow_t *f)
{
    uint64_t first_ns = FIRST_NS;
    if (lq_follow_head(f))
        return f->settings.stall_ns;
    for (size_t i = 0; i < f->settings.config->node_cnt; i++)
        first_ns = max_u64(first_ns, 2 * f->settings.config->nodes[i].timeout_ns);
    return first_ns < f->settings.stall_ns ? first_ns : f->settings.stall_ns;
}

/* Whether something came of the nodes since the last look. */
static void watch_stall(lq_follow_t *f, uint64_t now_mono_ns)
{
    char why[128];
    lq_err_msg_t msg;
    lq_sync_stat_t stat = lq_sync_stat(f->state.sync);
    uint64_t mark = (uint64_t)stat.phase + stat.log_cnt + stat.read_cnt + stat.complete.number +
                    stat.top.number + stat.unknown_cnt + f->head_cnt;
    for (size_t i = 0; i < f->state.instance_cnt; i++)
        mark += f->searches[i].next_blk;
    if (mark != f->moved_mark) {
        f->moved_mark = mark;
        f->moved_mono_ns = now_mono_ns;
    }
    uint64_t stall_ns = stall_of(f);
    if (!f->settings.stall_ns || now_mono_ns - f->moved_mono_ns < stall_ns)
        return;
    (void)snprintf(why, sizeof(why), "%.*s", (int)sizeof(why) - 1, f->head_msg.text);
    if (!f->nodes_ready)
        lq_follow_nodes_why(f, why, sizeof(why));
    (void)!lq_err_msg_set(&msg, LQ_ERR_TIMEOUT,
                          "no node has told anything new for %u s%s%s: liqd check --online tells "
                          "what they can do",
                          (unsigned)(stall_ns / SEC_NS), why[0] ? ": " : "", why);
    lq_follow_fail(f, LQ_ERR_TIMEOUT, msg.text);
}

/* Keeps what there is, should the process be killed. */
static void save_sometimes(lq_follow_t *f, uint64_t now_mono_ns)
{
    lq_err_msg_t msg;
    if (now_mono_ns - f->saved_mono_ns < f->settings.config->snapshot_every_ns)
        return;
    lq_err_t err = lq_follow_save(f, &msg);
    if (err == LQ_ERR_EMPTY)
        return; /* a block is half there: at the next turn */
    f->saved_mono_ns = now_mono_ns;
    if (err)
        LQ_LOG(f->log, LQ_LOG_ERROR, "app", "the snapshot is not written",
               LQ_LOG_CSTR("why", msg.text));
}

/* Whether no node has shown a higher block, or those that have do not give it. */
static bool is_at_head(const lq_follow_t *f, uint64_t now_mono_ns)
{
    uint64_t head = lq_follow_head(f);
    uint64_t wait_ns = max_u64(HEAD_NS, 3 * f->settings.config->block_ns);
    return (head && f->settled_block.number >= head) || now_mono_ns >= f->settled_mono_ns + wait_ns;
}

/* Nothing waits for pools and lenders but who looks once: what routes there are is to be told by
   what they are, not by which answer came first. One that cannot be read is not waited for. */
static bool has_routes(const lq_follow_t *f, uint64_t now_mono_ns)
{
    lq_subject_t subject = {0, 0};
    const lq_venues_t *venues = lq_sync_venues(f->state.sync);
    return !venues || !lq_venues_next(venues, &subject) ||
           now_mono_ns >= f->settled_mono_ns + ROUTES_NS;
}

static void tell_settled(lq_follow_t *f, uint64_t now_mono_ns)
{
    if (!f->settled || lq_engine_is_deciding(f->state.engine))
        return;
    lq_sync_stat_t stat = lq_sync_stat(f->state.sync);
    if (!stat.settled)
        return;                       /* what was settled has been undone or built upon since */
    f->settled_block = stat.complete; /* and what it was built upon may have been settled before */
    if (f->settings.at_head && (!is_at_head(f, now_mono_ns) || !has_routes(f, now_mono_ns)))
        return;
    f->settled = false;
    if (f->settings.settled)
        f->settings.settled(f->settings.ctx, &f->settled_block);
}

static void tell_structured(lq_follow_t *f)
{
    if (f->structured || lq_sync_stat(f->state.sync).phase <= LQ_SYNC_STRUCTURE)
        return;
    f->structured = true;
    if (f->settings.structured)
        f->settings.structured(f->settings.ctx);
}

/* Goes on from the snapshot, once. */
static void resume(lq_follow_t *f)
{
    lq_event_t event = {.kind = LQ_EVENT_RESUME};
    if (!f->resume_wanted || !f->nodes_ready)
        return;
    f->resume_wanted = false;
    lq_follow_give(f, &event);
}

/* Whether the engine has begun, or may now. */
static bool has_begun(lq_follow_t *f)
{
    if (!f->begun && f->nodes_ready)
        f->begun = !f->settings.begin || f->settings.begin(f->settings.ctx);
    return f->begun || !f->settings.begin;
}

static void work(lq_follow_t *f, uint64_t now_mono_ns)
{
    if (f->settings.decide) {
        if (!f->settings.live)
            lq_follow_funds_work(f);
        lq_follow_timer_work(f, now_mono_ns);
    }
    lq_follow_nodes_work(f, now_mono_ns);
    if (!has_begun(f)) {
        lq_follow_memory_work(f, now_mono_ns);
        watch_stall(f, now_mono_ns);
        return;
    }
    resume(f);
    answer_refused(f);
    if (f->follow_wanted)
        follow_anew(f);
    lq_follow_search_work(f, now_mono_ns);
    lq_follow_head_work(f, now_mono_ns);
    save_sometimes(f, now_mono_ns);
    lq_follow_memory_work(f, now_mono_ns);
    watch_stall(f, now_mono_ns);
    lq_follow_progress(f, now_mono_ns);
    tell_structured(f);
    tell_settled(f, now_mono_ns);
    if (f->settings.work)
        f->settings.work(f->settings.ctx);
}

static void on_worn(void *ctx, lq_timer_t *timer)
{
    lq_follow_t *f = ctx;
    (void)timer;
    f->worn = true;
}

/* One turn; or, where it never sleeps, those of SPIN_NS. */
static void turn(lq_follow_t *f)
{
    if (!f->settings.config->cpu_spin) {
        lq_loop_turn(f->loop, TURN_NS);
        return;
    }
    f->worn = false;
    f->wear = (lq_timer_t){.fn = on_worn, .ctx = f};
    lq_timer_set_in(f->loop, &f->wear, SPIN_NS);
    lq_loop_spin(f->loop, &f->worn);
    lq_timer_stop(f->loop, &f->wear);
}

lq_err_t lq_follow_run(lq_follow_t *f, lq_err_msg_t *msg, const volatile bool *stop)
{
    if (!*stop)
        work(f, lq_clock_now(lq_loop_clock(f->loop)).mono_ns);
    while (!*stop && !f->failed) {
        turn(f);
        if (!*stop)
            work(f, lq_clock_now(lq_loop_clock(f->loop)).mono_ns);
    }
    if (f->settings.progress)
        lq_progress_clear(f->settings.progress);
    if (*stop || !f->failed)
        return LQ_OK;
    return lq_err_msg_set(msg, f->err, "%s", f->msg.text);
}

lq_err_t lq_follow_save(lq_follow_t *f, lq_err_msg_t *msg)
{
    const char *path = f->settings.config->snapshot_file;
    return path[0] ? lq_snapshot_file_save(f->state.sync, msg, path) : LQ_OK;
}

lq_loop_t *lq_follow_loop(lq_follow_t *f)
{
    return f->loop;
}

lq_state_t *lq_follow_state(lq_follow_t *f)
{
    return &f->state;
}

void lq_follow_rehearse(lq_follow_t *f, const char *text, size_t sz)
{
    lq_pool_rehearse(f->pool, text, sz);
    if (f->chain)
        lq_chain_warm(f->chain);
}

lq_pool_t *lq_follow_pool(lq_follow_t *f)
{
    return f->pool;
}

/* ---- making it */

static lq_err_t open_reads(lq_follow_t *f)
{
    const char *multicall = f->settings.config->multicall;
    lq_reads_config_t config = {
        .read_max = LQ_STATE_READ_MAX,
        .call_max = 8192,
        .input_max = (size_t)1 << 20,
        .output_max = (size_t)8 << 20,
        .chunk_call_max = 256,
        .timeout_ns = 20 * SEC_NS,
    };
    if (multicall[0])
        config.multicall = lq_config_address(multicall);
    return lq_reads_new(&f->reads, &f->arena, f->loop, f->log, f->pool, &config, on_read, f);
}

static lq_err_t open_nodes(lq_follow_t *f, lq_err_msg_t *msg)
{
    const lq_config_t *config = f->settings.config;
    const lq_nodes_t *nodes = f->settings.nodes;
    lq_pool_config_t pool = {
        .endpoints = nodes->endpoints,
        .endpoint_cnt = nodes->cnt,
        .chain_id = config->chain_id,
        .block_ns = config->block_ns,
        .lag_blk_max = 8,
        .seed = lq_state_seed(),
    };
    if (!nodes->cnt)
        return lq_err_msg_set(msg, LQ_ERR_EMPTY, "no node is configured: name one under nodes");
    lq_err_t err = lq_arena_init(&f->arena, BASE_SZ + lq_nodes_sz(nodes));
    if (!err)
        err = lq_arena_init(&f->chain_arena, CHAIN_SZ);
    if (!err)
        err = lq_arena_init(&f->search_arena, SEARCH_SZ);
    if (!err)
        err = lq_loop_new(&f->loop, &f->arena, lq_clock_system(),
                          lq_nodes_timer_cnt(nodes) + f->settings.timer_cnt + 1);
    if (!err)
        err = lq_pool_new(&f->pool, &f->arena, f->loop, f->log, &pool);
    if (!err)
        err = open_reads(f);
    if (err)
        return lq_err_msg_set(msg, err, "the nodes cannot be asked: %s", lq_err_str(err));
    return LQ_OK;
}

/* Takes up the snapshot, of which BYTES are what was used, or has everything read. */
static lq_err_t open_snapshot(lq_follow_t *f, lq_err_msg_t *msg, lq_kept_bytes_t *bytes)
{
    const lq_config_t *config = f->settings.config;
    const char *path = config->snapshot_file;
    lq_snapshot_info_t info;
    lq_err_msg_t why;
    f->head_wanted = true;
    if (!path[0])
        return LQ_OK;
    lq_err_t err = lq_snapshot_lock(&f->lock, msg, path);
    if (err)
        return err;
    err = lq_snapshot_file_read(bytes, &why, path);
    if (!err)
        err = lq_snapshot_file_take(f->state.sync, &info, &why, path, bytes,
                                    lq_clock_now(lq_clock_system()).wall_ns / SEC_NS,
                                    config->snapshot_max_age_ns / SEC_NS);
    if (!err) {
        f->head_wanted = false;
        f->resume_wanted = true;
        LQ_LOG(f->log, LQ_LOG_INFO, "app", "a snapshot is taken up", LQ_LOG_CSTR("file", path),
               LQ_LOG_U64("block", info.block.number), LQ_LOG_U64("accounts", info.account_cnt));
        return lq_state_name(&f->state, msg);
    }
    if (err == LQ_ERR_NOT_FOUND)
        LQ_LOG(f->log, LQ_LOG_INFO, "app", "no snapshot yet: everything is read",
               LQ_LOG_CSTR("file", path));
    else
        LQ_LOG(f->log, LQ_LOG_WARN, "app", "the snapshot is not used: everything is read anew",
               LQ_LOG_CSTR("why", why.text));
    lq_kept_free(bytes);
    return lq_state_again(&f->state, msg, lq_state_seed());
}

static lq_err_t open_state(lq_follow_t *f, lq_err_msg_t *msg)
{
    lq_kept_bytes_t snapshot = {NULL, 0};
    lq_err_t err = open_snapshot(f, msg, &snapshot);
    if (!err && f->settings.decide)
        err = lq_follow_memory_open(f, msg);
    if (!err && f->settings.opened) {
        lq_follow_start_t start = {f->state.seed, snapshot, f->memory};
        err = f->settings.opened(f->settings.ctx, msg, &start);
    }
    lq_kept_free(&snapshot);
    return err;
}

static lq_err_t open_all(lq_follow_t *f, lq_err_msg_t *msg)
{
    lq_err_t err = open_nodes(f, msg);
    if (!err)
        err = lq_state_open(&f->state, msg, f->settings.config, f->settings.decide, on_action, f,
                            lq_state_seed());
    if (!err)
        err = open_state(f, msg);
    f->moved_mono_ns = f->saved_mono_ns = lq_clock_now(lq_clock_system()).mono_ns;
    return err;
}

lq_err_t lq_follow_open(lq_follow_t **out, lq_err_msg_t *msg, const lq_follow_settings_t *settings)
{
    lq_follow_t *f = calloc(1, sizeof(*f));
    if (!f)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    f->settings = *settings;
    f->log = settings->log;
    f->lock.fd = f->memory_lock.fd = -1;
    f->go_on = (lq_timer_t){.fn = on_go_on, .ctx = f};
    lq_err_t err = open_all(f, msg);
    if (err) {
        lq_follow_close(f);
        return err;
    }
    *out = f;
    return LQ_OK;
}

void lq_follow_close(lq_follow_t *f)
{
    if (!f)
        return;
    lq_follow_search_end(f);
    lq_chain_free(f->chain);
    lq_reads_free(f->reads);
    lq_pool_free(f->pool);
    lq_loop_free(f->loop);
    lq_follow_filter_free(&f->follow_filter);
    lq_state_close(&f->state);
    lq_arena_fini(&f->search_arena);
    lq_arena_fini(&f->chain_arena);
    lq_arena_fini(&f->arena);
    lq_kept_free(&f->memory);
    lq_kept_unlock(&f->memory_lock);
    lq_kept_unlock(&f->lock);
    free(f);
}
