#include <inttypes.h>
#include <string.h>

#include "exec_internal.h"

#define RESERVE_SZ ((size_t)256 << 10) /* of the log, for what follows what was sent */

uint64_t exec_now_ns(const lq_exec_t *x)
{
    return lq_clock_mono(x->clock);
}

/* ---- the stack's top ---- */

const lq_header_t *exec_head(const lq_exec_t *x)
{
    return x->head_cnt ? &x->heads[(x->head_first + x->head_cnt - 1) % EXEC_HEADS] : NULL;
}

static void push_head(lq_exec_t *x, const lq_header_t *head)
{
    if (x->head_cnt == EXEC_HEADS) {
        x->head_first = (x->head_first + 1) % EXEC_HEADS;
        x->head_cnt--;
    }
    x->heads[(x->head_first + x->head_cnt++) % EXEC_HEADS] = *head;
}

/* ---- what is told ---- */

static void log_note(lq_exec_t *x, const exec_note_t *n)
{
    const lq_txman_note_t *note = &n->note;
    lq_log_field_t fields[4];
    size_t cnt = 0;
    if (note->level < x->log->config.level)
        return;
    if (note->sender < x->config.sender_cnt)
        fields[cnt++] =
            LQ_LOG_HEX("sender", x->senders[note->sender].address.b, sizeof(lq_address_t));
    if (note->has_nonce)
        fields[cnt++] = LQ_LOG_U64("nonce", note->nonce);
    if (n->why[0])
        fields[cnt++] = LQ_LOG_CSTR("why", n->why);
    fields[cnt] = (lq_log_field_t){0};
    lq_log_write(x->log, note->level, "exec", note->what, fields);
}

/* What nothing that leaves waits for: verifications, lines, records. */
void exec_flush(lq_exec_t *x)
{
    exec_verify(x);
    for (size_t i = 0; i < x->note_cnt; i++)
        log_note(x, &x->notes[i]);
    x->note_cnt = 0;
    if (x->note_lost_cnt)
        LQ_LOG(x->log, LQ_LOG_WARN, "exec", "more to say than there is room for",
               LQ_LOG_U64("lost", x->note_lost_cnt));
    x->note_lost_cnt = 0;
    for (size_t i = 0; i < x->recorded_cnt; i++)
        if (x->sink.recorded &&
            !lq_tx_record_decode(&x->record_room, x->recorded[i], x->recorded_sz[i]))
            x->sink.recorded(x->sink.ctx, &x->record_room.record);
    x->recorded_cnt = 0;
}

/* What it is told may make the sink take and drop. */
static void tell(lq_exec_t *x)
{
    if (x->telling)
        return;
    x->telling = true;
    if (x->ready_due) {
        x->ready_due = false;
        x->sink.ready(x->sink.ctx);
    }
    if (x->balance_due) {
        x->balance_due = false;
        x->sink.balance(x->sink.ctx, &x->balance_wei);
    }
    while (x->news_cnt) {
        exec_news_t news = x->news[x->news_first];
        x->news_first = (x->news_first + 1) % x->news_max;
        x->news_cnt--;
        if (news.is_end)
            x->sink.ended(x->sink.ctx, &news.ended);
        else
            x->sink.outcome(x->sink.ctx, &news.outcome);
    }
    x->telling = false;
}

void exec_end(lq_exec_t *x)
{
    exec_pump(x);
    exec_flush(x);
    tell(x);
    exec_flush(x); /* of what it was told the sink may have taken more */
}

static void add_news(lq_exec_t *x, const exec_news_t *news)
{
    if (x->news_cnt == x->news_max) {
        LQ_LOG(x->log, LQ_LOG_ERROR, "exec", "an outcome is lost: nobody asked for those before it",
               LQ_LOG_U64("waiting", x->news_cnt));
        return;
    }
    x->news[(x->news_first + x->news_cnt++) % x->news_max] = *news;
}

static void add_note(lq_exec_t *x, const lq_txman_note_t *note)
{
    if (x->note_cnt == EXEC_NOTES) {
        x->note_lost_cnt++;
        return;
    }
    exec_note_t *n = &x->notes[x->note_cnt++];
    size_t sz = strnlen(note->why, sizeof(n->why) - 1);
    n->note = *note;
    memcpy(n->why, note->why, sz);
    n->why[sz] = '\0';
}

/* ---- the log ---- */

/* Where it is nearly full nothing new begins, and what is under way is still recorded. */
static size_t reserve_of(const lq_exec_t *x, const lq_tx_record_t *r)
{
    size_t eighth = lq_wal_stat(x->wal).sz / 8;
    bool begins = r->kind == LQ_TX_RECORD_INTENT ||
                  (r->kind == LQ_TX_RECORD_ATTEMPT && r->as.attempt->use != LQ_TX_USE_CANCEL);
    return !begins ? 0 : RESERVE_SZ < eighth ? RESERVE_SZ : eighth;
}

/* Room for R. What is waited for is not encoded twice, to find its size before: only where the log
   is so full that there is no room for the most that it can have. */
static lq_err_t make_room(lq_exec_t *x, uint8_t **out, const lq_tx_record_t *r, size_t reserve)
{
    size_t sz = lq_tx_record_most(r);
    if (LQ_UNLIKELY(!lq_wal_has_room(x->wal, sz, reserve)))
        sz = lq_tx_record_sz(r);
    return lq_wal_room(x->wal, out, sz, reserve);
}

static lq_err_t append(lq_exec_t *x, const lq_tx_record_t *r, size_t reserve)
{
    uint8_t *out;
    lq_err_t err = make_room(x, &out, r, reserve);
    if (err)
        return err;
    size_t sz = lq_tx_record_encode(out, r);
    (void)lq_wal_commit(x->wal, sz);
    if (x->recorded_cnt < x->recorded_max) {
        x->recorded[x->recorded_cnt] = out;
        x->recorded_sz[x->recorded_cnt++] = sz;
    }
    return LQ_OK;
}

void exec_stamp(lq_exec_t *x, lq_hist_t *hist, uint64_t now_ns)
{
    lq_hist_put(&x->stamps, hist, now_ns > x->stamp_ns ? now_ns - x->stamp_ns : 0);
    x->stamp_ns = now_ns;
}

static lq_err_t on_record(void *ctx, const lq_tx_record_t *r)
{
    lq_exec_t *x = ctx;
    lq_err_t err = append(x, r, reserve_of(x, r));
    if (err) {
        x->record_failed = true;
        return err;
    }
    if (x->stamping && r->kind == LQ_TX_RECORD_ATTEMPT)
        exec_stamp(x, &x->hists.recorded, exec_now_ns(x));
    exec_note_record(x, r);
    return LQ_OK;
}

/* ---- actions ---- */

void exec_add_todo(lq_exec_t *x, exec_todo_kind_t kind, const lq_txman_sign_t *sign)
{
    if (x->todo_cnt == x->todo_max) {
        LQ_LOG(x->log, LQ_LOG_ERROR, "exec", "no room for what is to be signed",
               LQ_LOG_U64("waiting", x->todo_cnt));
        return;
    }
    exec_todo_t *todo = &x->todos[(x->todo_first + x->todo_cnt++) % x->todo_max];
    *todo = (exec_todo_t){.kind = kind, .sign = *sign, .tx = *sign->tx};
}

static void send(lq_exec_t *x, const lq_txman_send_t *what)
{
    lq_ways_send(x->ways, what);
    uint64_t written_ns = lq_ways_written_ns(x->ways);
    if (x->stamping && written_ns)
        exec_stamp(x, &x->hists.written, written_ns);
    x->stamping = false;
}

static void on_action(void *ctx, const lq_txman_action_t *a)
{
    lq_exec_t *x = ctx;
    switch (a->kind) {
    case LQ_TXMAN_ACTION_SIMULATE:
        exec_simulate(x, a->as.sign);
        return;
    case LQ_TXMAN_ACTION_SIGN:
        exec_add_todo(x, EXEC_TODO_SIGN, a->as.sign);
        return;
    case LQ_TXMAN_ACTION_SEND:
        send(x, a->as.send);
        return;
    case LQ_TXMAN_ACTION_ASK:
        exec_ask(x, a->as.ask.hashes, a->as.ask.cnt, a->as.ask.round);
        return;
    case LQ_TXMAN_ACTION_COUNT:
        exec_count(x, a->as.sender);
        return;
    case LQ_TXMAN_ACTION_FIND:
        exec_find(x, a->as.find.sender, a->as.find.nonce);
        return;
    case LQ_TXMAN_ACTION_OUTCOME:
        add_news(x, &(exec_news_t){.outcome = *a->as.outcome});
        return;
    case LQ_TXMAN_ACTION_ENDED:
        add_news(x, &(exec_news_t){.is_end = true, .ended = *a->as.ended});
        return;
    case LQ_TXMAN_ACTION_NOTE:
        add_note(x, a->as.note);
        return;
    case LQ_TXMAN_ACTION_READY:
        x->ready_due = true;
        return;
    case LQ_TXMAN_ACTION_KIND_CNT:
        break;
    }
    LQ_BUG("an action of kind %d", (int)a->kind);
}

/* ---- events ---- */

void exec_give(lq_exec_t *x, lq_txman_event_t *event)
{
    LQ_ASSERT(!x->in_manager);
    if (!event->time.mono_ns)
        event->time = lq_clock_now(x->clock);
    x->in_manager = true;
    lq_txman_event(x->manager, event);
    x->in_manager = false;
}

void exec_pump(lq_exec_t *x)
{
    while (x->todo_cnt) {
        exec_todo_t todo = x->todos[x->todo_first];
        x->todo_first = (x->todo_first + 1) % x->todo_max;
        x->todo_cnt--;
        todo.sign.tx = &todo.tx;
        if (todo.kind == EXEC_TODO_SIGN) {
            exec_sign(x, &todo);
            continue;
        }
        bool crowded = todo.kind == EXEC_TODO_CROWDED;
        lq_txman_event_t event = {
            .kind = LQ_TXMAN_SIMULATED,
            .as.simulated = {.id = todo.sign.id,
                             .known = crowded,
                             .gas = exec_unsure_gas(x, todo.tx.gas_limit),
                             .why =
                                 crowded ? "too many wait to be simulated: it is not sent" : ""}};
        exec_give(x, &event);
    }
}

void exec_act(lq_exec_t *x, lq_txman_event_t *event)
{
    exec_give(x, event);
    exec_pump(x);
}

static void give_kind(lq_exec_t *x, lq_txman_event_kind_t kind)
{
    lq_txman_event_t event = {.kind = kind};
    exec_act(x, &event);
    exec_flush(x);
}

/* ---- the loop ---- */

static void on_tick(void *ctx, lq_timer_t *timer)
{
    lq_exec_t *x = ctx;
    lq_timer_set_in(x->loop, timer, EXEC_TICK_NS);
    lq_txman_event_t event = {.kind = LQ_TXMAN_TIMER};
    exec_give(x, &event);
    exec_count_due(x);
    exec_simulate_waiting(x);
    exec_end(x);
}

static void on_answer(void *ctx, const lq_txman_answer_t *answer)
{
    lq_exec_t *x = ctx;
    const lq_way_t *way = &x->config.ways.ways[answer->way];
    if (answer->class_ == LQ_RPC_MALFORMED && way->kind == LQ_WAY_NODE)
        lq_pool_note_fault(x->pool, way->endpoint); /* whose fault it is the others tell */
    lq_txman_event_t event = {.kind = LQ_TXMAN_ANSWERED, .as.answer = answer};
    exec_give(x, &event);
    exec_end(x);
}

/* ---- making ---- */

static lq_err_t check(lq_err_msg_t *msg, const lq_exec_config_t *c)
{
    if (!c->sender_cnt || c->sender_cnt > LQ_TXMAN_SENDER_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "%zu senders: 1 to %u", c->sender_cnt,
                              LQ_TXMAN_SENDER_MAX);
    if (!c->count_quorum || c->count_quorum > LQ_EXEC_QUORUM_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "a quorum of %" PRIu32 ": 1 to %u",
                              c->count_quorum, LQ_EXEC_QUORUM_MAX);
    for (size_t i = 0; i < c->sender_cnt; i++)
        if (!c->senders[i].signer &&
            (!c->senders[i].remote || !c->senders[i].url || !lq_url_is_http(c->senders[i].url)))
            return lq_err_msg_set(msg, LQ_ERR_RANGE,
                                  "sender %zu has neither a key nor a remote signer's URL", i);
    return LQ_OK;
}

static bool make_rings(lq_exec_t *x, lq_arena_t *arena)
{
    size_t slots = x->config.sender_cnt * LQ_TXMAN_SLOT_MAX;
    size_t txs = x->config.manager.intent_max * LQ_TXMAN_TX_MAX;
    x->todo_max = slots + 2 * txs + 64;
    x->news_max = 4 * x->config.manager.intent_max + 256;
    x->recorded_max = 8 * (slots + txs) + 1024;
    x->todos = lq_arena_alloc(arena, x->todo_max * sizeof(*x->todos), 16);
    x->news = lq_arena_alloc(arena, x->news_max * sizeof(*x->news), 16);
    x->recorded = lq_arena_alloc(arena, x->recorded_max * sizeof(*x->recorded), 16);
    x->recorded_sz = lq_arena_alloc(arena, x->recorded_max * sizeof(*x->recorded_sz), 16);
    x->attempts = lq_arena_alloc(arena, EXEC_ATTEMPTS * sizeof(*x->attempts), 16);
    x->intents = lq_arena_alloc(arena, EXEC_INTENTS * sizeof(*x->intents), 16);
    x->data = lq_arena_alloc(arena, EXEC_DATA_MAX, 1);
    x->explain_text = lq_arena_alloc(arena, 2 * EXEC_DATA_MAX + 1024, 1);
    return x->todos && x->news && x->recorded && x->recorded_sz && x->attempts && x->intents &&
           x->data && x->explain_text;
}

static bool copy_calls(lq_exec_t *x, lq_arena_t *arena)
{
    size_t sz = x->config.call_cnt * sizeof(*x->config.calls);
    lq_policy_call_t *calls = lq_arena_alloc(arena, sz, 16);
    if (calls && sz)
        memcpy(calls, x->config.calls, sz);
    x->config.calls = calls;
    return calls != NULL;
}

static lq_err_t make_ways(lq_exec_t *x, lq_arena_t *arena, lq_err_msg_t *msg)
{
    lq_err_t err =
        lq_ways_new(&x->ways, arena, x->loop, x->log, x->pool, &x->config.ways, on_answer, x);
    return err ? lq_err_msg_set(msg, err, "the ways to send: %s", lq_err_str(err)) : LQ_OK;
}

static lq_err_t make_manager(lq_exec_t *x, lq_arena_t *arena, lq_err_msg_t *msg)
{
    lq_address_t addresses[LQ_TXMAN_SENDER_MAX];
    lq_txman_config_t config = x->config.manager;
    const lq_txman_sink_t sink = {.ctx = x, .record = on_record, .action = on_action};
    for (size_t i = 0; i < x->config.sender_cnt; i++)
        addresses[i] = x->senders[i].address;
    config.senders = addresses;
    config.sender_cnt = x->config.sender_cnt;
    config.public_mask = config.private_mask = 0;
    for (uint32_t i = 0; i < x->config.ways.way_cnt; i++)
        *(x->config.ways.ways[i].kind == LQ_WAY_NODE ? &config.public_mask
                                                     : &config.private_mask) |= UINT32_C(1) << i;
    x->config.manager = config;
    x->config.manager.senders = NULL; /* they are copied */
    lq_err_t err = lq_txman_new(&x->manager, arena, &config, &sink);
    return err ? lq_err_msg_set(msg, err, "the transaction manager: %s", lq_err_str(err)) : LQ_OK;
}

static lq_err_t make(lq_exec_t *x, lq_arena_t *arena, lq_err_msg_t *msg)
{
    if (!make_rings(x, arena) || !copy_calls(x, arena))
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "sending: out of memory");
    memset(x->attempts, 0, EXEC_ATTEMPTS * sizeof(*x->attempts));
    memset(x->intents, 0, EXEC_INTENTS * sizeof(*x->intents));
    lq_err_t err = exec_sign_init(x, arena);
    if (err)
        return lq_err_msg_set(msg, err, "signatures: %s", lq_err_str(err));
    err = make_ways(x, arena, msg);
    if (!err)
        err = make_manager(x, arena, msg);
    return err ? err : exec_simulate_init(x, arena, msg);
}

size_t lq_exec_timer_cnt(const lq_exec_config_t *config)
{
    return 1 + lq_ways_timer_cnt(&config->ways) + exec_sign_timer_cnt(config);
}

lq_err_t lq_exec_new(lq_exec_t **out, lq_err_msg_t *msg, lq_arena_t *arena, lq_loop_t *loop,
                     lq_log_t *log, lq_pool_t *pool, lq_wal_t *wal, const lq_exec_config_t *config,
                     const lq_exec_sink_t *sink)
{
    lq_err_t err = check(msg, config);
    if (err)
        return err;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_exec_t *x = lq_arena_alloc(arena, sizeof(*x), 64);
    if (!x)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "sending: out of memory");
    memset(x, 0, sizeof(*x));
    x->loop = loop;
    x->log = log;
    x->pool = pool;
    x->wal = wal;
    x->clock = lq_loop_clock(loop);
    x->config = *config;
    x->sink = *sink;
    memcpy(x->senders, config->senders, config->sender_cnt * sizeof(*config->senders));
    x->config.senders = x->senders;
    x->timer = (lq_timer_t){.fn = on_tick, .ctx = x};
    lq_hist_reset(&x->hists.signed_);
    lq_hist_reset(&x->hists.recorded);
    lq_hist_reset(&x->hists.written);
    lq_hist_reset(&x->hists.mined_blk);
    err = make(x, arena, msg);
    if (err) {
        lq_exec_free(x);
        lq_arena_rewind(arena, mark);
        return err;
    }
    *out = x;
    return LQ_OK;
}

void lq_exec_free(lq_exec_t *x)
{
    if (!x)
        return;
    lq_timer_stop(x->loop, &x->timer);
    exec_ask_free(x);
    exec_explain_free(x);
    exec_count_free(x);
    exec_simulate_free(x);
    lq_ways_free(x->ways);
    exec_sign_free(x);
}

/* ---- what is asked for ---- */

lq_err_t lq_exec_restore(lq_exec_t *x, const lq_tx_record_t *r)
{
    lq_err_t err = lq_txman_restore(x->manager, r);
    if (!err)
        exec_note_record(x, r);
    for (size_t i = 0; i < EXEC_INTENTS; i++) /* the engine counts anew */
        x->intents[i].engine_intent = 0;
    return err;
}

void lq_exec_start(lq_exec_t *x, const lq_txman_start_t *start)
{
    lq_txman_event_t event = {.kind = LQ_TXMAN_START, .as.start = start};
    lq_timer_set_in(x->loop, &x->timer, EXEC_TICK_NS);
    exec_act(x, &event);
    exec_flush(x);
}

void lq_exec_drop(lq_exec_t *x, uint64_t engine_intent)
{
    lq_txman_event_t event = {.kind = LQ_TXMAN_DROP, .as.engine_intent = engine_intent};
    exec_act(x, &event);
    exec_cancel_ways(x, engine_intent);
}

void lq_exec_settle(lq_exec_t *x)
{
    exec_flush(x);
}

void lq_exec_event(lq_exec_t *x, const lq_event_t *event)
{
    lq_txman_event_t e = {.time = event->time};
    switch (event->kind) {
    case LQ_EVENT_HEAD:
        push_head(x, event->as.head);
        e.kind = LQ_TXMAN_HEAD;
        e.as.head = event->as.head;
        lq_ways_block(x->ways, event->as.head->block.number);
        break;
    case LQ_EVENT_BLOCK:
        e.kind = LQ_TXMAN_BLOCK;
        e.as.block = event->as.block;
        break;
    case LQ_EVENT_UNDONE:
        x->head_cnt -= x->head_cnt > 0;
        e.kind = LQ_TXMAN_UNDONE;
        e.as.block = event->as.block;
        break;
    case LQ_EVENT_BROKEN:
        x->head_cnt = 0;
        e.kind = LQ_TXMAN_BROKEN;
        break;
    case LQ_EVENT_LOG:
    case LQ_EVENT_PENDING:
    case LQ_EVENT_READ:
    case LQ_EVENT_BEGIN:
    case LQ_EVENT_RESUME:
    case LQ_EVENT_FOUND:
    case LQ_EVENT_SEARCHED:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_GO_ON:
    case LQ_EVENT_COMMAND:
    case LQ_EVENT_FUNDS:
    case LQ_EVENT_OUTCOME:
    case LQ_EVENT_CNT:
        return;
    }
    exec_act(x, &e);
    exec_flush(x);
}

void lq_exec_finalized(lq_exec_t *x, const lq_block_ref_t *block)
{
    lq_txman_event_t event = {.kind = LQ_TXMAN_FINALIZED, .as.block = *block};
    exec_act(x, &event);
    exec_flush(x);
}

void lq_exec_candidate(lq_exec_t *x, const lq_tx_candidate_t *candidate)
{
    const lq_tx_record_t r = {.kind = LQ_TX_RECORD_CANDIDATE,
                              .wall_ns = lq_clock_now(x->clock).wall_ns,
                              .as.candidate = candidate};
    if (append(x, &r, lq_wal_stat(x->wal).sz / 2))
        LQ_LOG(x->log, LQ_LOG_WARN, "exec", "a candidate's end is not recorded: the log is full");
}

void lq_exec_recording(lq_exec_t *x, bool ok)
{
    lq_txman_event_t event = {.kind = LQ_TXMAN_RECORDING, .as.recording = ok};
    exec_act(x, &event);
    exec_flush(x);
}

void lq_exec_pause(lq_exec_t *x)
{
    give_kind(x, LQ_TXMAN_PAUSE);
}

void lq_exec_resume(lq_exec_t *x)
{
    give_kind(x, LQ_TXMAN_RESUME);
}

void lq_exec_stop(lq_exec_t *x)
{
    give_kind(x, LQ_TXMAN_STOP);
}

bool lq_exec_is_idle(const lq_exec_t *x)
{
    return !x->news_cnt && lq_txman_is_idle(x->manager);
}

void lq_exec_work(lq_exec_t *x)
{
    exec_end(x);
}

const lq_txman_t *lq_exec_manager(const lq_exec_t *x)
{
    return x->manager;
}

const lq_ways_t *lq_exec_ways(const lq_exec_t *x)
{
    return x->ways;
}

const lq_exec_hists_t *lq_exec_hists(const lq_exec_t *x)
{
    return &x->hists;
}
