#include "liqd/chain/reads.h"

#include <string.h>

#include "liqd/codec/abi_multicall3.h"
#include "liqd/codec/hex.h"
#include "multicall_internal.h"

#define RETRY_NS 5000000u /* before a full pool is tried again */

typedef enum read_state {
    READ_FREE,
    READ_ASKED,   /* a request is under way */
    READ_WAITING, /* for room in the pool */
    READ_GIVING,  /* its answer is being given, from its buffers */
} read_state_t;

typedef struct read {
    lq_reads_t *owner;
    read_state_t state;
    uint64_t id;
    lq_block_ref_t block;
    lq_rpc_id_t rpc;
    uint32_t not_mask;        /* endpoints that answered with garbage */
    uint64_t give_up_mono_ns; /* WAITING */
    lq_multicall_plan_t plan;
    lq_read_call_t *calls;
    uint8_t *input;
    lq_read_result_t *results;
    uint8_t *output;
    size_t output_sz;
} read_t;

struct lq_reads {
    lq_reads_config_t config;
    lq_loop_t *loop;
    lq_log_t *log;
    lq_pool_t *pool;
    lq_event_fn_t *event;
    void *event_ctx;
    lq_timer_t timer; /* set while a read waits */
    lq_reads_stat_t stat;
    lq_abi_type_t type;
    read_t *reads;
    /* used within one step of one read */
    lq_rpc_item_t items[LQ_RPC_ITEM_MAX];
    lq_abi_multicall3_call3_t *call3s;
    lq_read_result_t *chunk;
    lq_abi_val_t *vals;
    uint8_t *bytes; /* aggregate3's calldata, then its answer */
    size_t bytes_max;
    char *params;
    lq_err_msg_t why; /* the last answer was garbage */
};

/* What follows from an answer. */
typedef enum verdict {
    GO_ON,
    ASK_LESS,      /* the request was too much */
    ASK_ELSEWHERE, /* the node answered with garbage */
    GIVE_UP,
} verdict_t;

typedef struct judgement {
    verdict_t verdict;
    lq_err_t err; /* ASK_LESS: where less cannot be asked; GIVE_UP */
} judgement_t;

/* What a refusal means for a request as a whole. REVERT of a call that was asked alone is an
   answer, not a refusal. */
static judgement_t judge(lq_rpc_class_t c, bool was_shunned)
{
    switch (c) {
    case LQ_RPC_REVERT: /* aggregate3 itself only does for want of gas */
    case LQ_RPC_GAS:
    case LQ_RPC_ROWS:
    case LQ_RPC_RANGE:
    case LQ_RPC_BROKEN: /* an answer too large for us ends a stream */
        return (judgement_t){ASK_LESS, LQ_ERR_REMOTE};
    case LQ_RPC_TIMEOUT:
        return (judgement_t){ASK_LESS, LQ_ERR_TIMEOUT};
    case LQ_RPC_ABSENT:
        return (judgement_t){GIVE_UP, LQ_ERR_NOT_FOUND};
    case LQ_RPC_UNSENT:
        return (judgement_t){GIVE_UP, was_shunned ? LQ_ERR_REMOTE : LQ_ERR_TIMEOUT};
    case LQ_RPC_OK:
    case LQ_RPC_KNOWN:
    case LQ_RPC_OCCUPIED:
    case LQ_RPC_NONCE_LOW:
    case LQ_RPC_NONCE_HIGH:
    case LQ_RPC_REPLACEMENT:
    case LQ_RPC_UNDERPRICED:
    case LQ_RPC_POOL_FULL:
    case LQ_RPC_FUNDS:
    case LQ_RPC_FEE_CAP:
    case LQ_RPC_MALFORMED:
    case LQ_RPC_SEQUENCER:
    case LQ_RPC_FILTER:
    case LQ_RPC_SYNCING:
    case LQ_RPC_RATE:
    case LQ_RPC_QUOTA:
    case LQ_RPC_FORBIDDEN:
    case LQ_RPC_METHOD:
    case LQ_RPC_PARAMS:
    case LQ_RPC_UNKNOWN:
    case LQ_RPC_CLASS_CNT:
        break;
    }
    return (judgement_t){GIVE_UP, LQ_ERR_REMOTE};
}

static const judgement_t garbage = {ASK_ELSEWHERE, LQ_ERR_REMOTE};

/* Counts garbage of ENDPOINT and shuns it; false where no other can be asked. */
static bool shun(read_t *read, uint32_t endpoint)
{
    lq_reads_t *r = read->owner;
    r->stat.garbage_cnt++;
    lq_pool_note_fault(r->pool, endpoint);
    LQ_LOG(r->log, LQ_LOG_WARN, "chain", "a read's answer cannot be decoded",
           LQ_LOG_CSTR("endpoint", lq_pool_name(r->pool, endpoint)),
           LQ_LOG_CSTR("why", r->why.text));
    if (read->not_mask >> endpoint & 1)
        return false; /* it was asked once more, against our wish: that would never end */
    read->not_mask |= 1u << endpoint;
    return (unsigned)__builtin_popcount(read->not_mask) < lq_pool_endpoint_cnt(r->pool);
}

/* Keeps the result of call I, its data copied. */
static bool keep(read_t *read, size_t i, const lq_read_result_t *result)
{
    if (result->data_sz > read->owner->config.output_max - read->output_sz)
        return false;
    uint8_t *to = read->output + read->output_sz;
    if (result->data_sz)
        memcpy(to, result->data, result->data_sz);
    read->output_sz += result->data_sz;
    read->results[i] = (lq_read_result_t){result->ok, to, result->data_sz};
    read->plan.states[i] = LQ_MULTICALL_DONE;
    return true;
}

/* A call that failed with nothing may have lacked the gas that others had used: it is asked again,
   alone. */
static bool keep_chunk(read_t *read)
{
    lq_multicall_plan_t *plan = &read->plan;
    size_t k = 0;
    for (size_t i = plan->from; i < plan->to; i++) {
        if (!lq_multicall_plan_has(plan, i))
            continue;
        const lq_read_result_t *result = &read->owner->chunk[k++];
        if (!result->ok && result->data_sz == 0)
            plan->states[i] = LQ_MULTICALL_ALONE;
        else if (!keep(read, i, result))
            return false;
    }
    return true;
}

static judgement_t take_together(read_t *read, const lq_rpc_answer_t *answer)
{
    lq_reads_t *r = read->owner;
    const lq_rpc_result_t *result = &answer->results[0];
    if (result->class_ != LQ_RPC_OK)
        return judge(result->class_, read->not_mask);
    size_t sz;
    lq_err_t err = lq_json_get_data_max(answer->doc, r->bytes, &sz, r->bytes_max, &r->why,
                                        result->value, NULL);
    if (err == LQ_ERR_TOO_LONG)
        return (judgement_t){GIVE_UP, LQ_ERR_TOO_LONG};
    if (!err && sz == 0) {
        LQ_LOG(r->log, LQ_LOG_WARN, "chain", "no contract at the address of multicall",
               LQ_LOG_CSTR("endpoint", lq_pool_name(r->pool, answer->endpoint)),
               LQ_LOG_HEX("address", r->config.multicall.b, 20));
        lq_multicall_plan_split(&read->plan);
        return (judgement_t){GO_ON, LQ_OK};
    }
    if (!err)
        err =
            lq_multicall_decode(r->chunk, r->vals, &r->why, &r->type, r->bytes, sz, read->plan.cnt);
    if (err)
        return garbage;
    if (!keep_chunk(read))
        return (judgement_t){GIVE_UP, LQ_ERR_TOO_LONG};
    return (judgement_t){GO_ON, LQ_OK};
}

/* Takes the answer RESULT to call I, which was asked alone. */
static judgement_t take_alone(read_t *read, const lq_rpc_answer_t *answer,
                              const lq_rpc_result_t *result, size_t i)
{
    lq_reads_t *r = read->owner;
    bool ok = result->class_ == LQ_RPC_OK;
    if (!ok && result->class_ != LQ_RPC_REVERT)
        return judge(result->class_, read->not_mask);
    size_t sz = 0;
    lq_err_t err = lq_json_get_data_max(answer->doc, r->bytes, &sz, r->bytes_max, &r->why,
                                        ok ? result->value : result->data, NULL);
    if (err && err != LQ_ERR_TOO_LONG) {
        if (ok)
            return garbage;
        sz = 0; /* nodes differ in what they tell of a revert, if anything */
        err = LQ_OK;
    }
    if (err || !keep(read, i, &(lq_read_result_t){ok, r->bytes, sz}))
        return (judgement_t){GIVE_UP, LQ_ERR_TOO_LONG};
    return (judgement_t){GO_ON, LQ_OK};
}

/* The worst of what its items say counts. */
static judgement_t take_batch(read_t *read, const lq_rpc_answer_t *answer)
{
    lq_multicall_plan_t *plan = &read->plan;
    judgement_t worst = {GO_ON, LQ_OK};
    size_t k = 0;
    for (size_t i = plan->from; i < plan->to; i++) {
        if (!lq_multicall_plan_has(plan, i))
            continue;
        judgement_t j = take_alone(read, answer, &answer->results[k++], i);
        if (j.verdict > worst.verdict)
            worst = j;
    }
    return worst;
}

static void finish(read_t *read, lq_err_t err, lq_time_t time)
{
    lq_reads_t *r = read->owner;
    r->stat.failed_cnt += err != LQ_OK;
    lq_read_answer_t answer = {.id = read->id, .err = err, .block = read->block};
    if (!err) {
        answer.results = read->results;
        answer.result_cnt = read->plan.call_cnt;
    }
    read->state = READ_GIVING;
    r->event(r->event_ctx,
             &(lq_event_t){.kind = LQ_EVENT_READ, .time = time, .as = {.read = &answer}});
    read->state = READ_FREE;
}

/* Writes the request that the plan has chosen; returns its number of items. */
static size_t write_together(read_t *read)
{
    lq_reads_t *r = read->owner;
    const lq_multicall_plan_t *plan = &read->plan;
    size_t cnt = 0;
    for (size_t i = plan->from; i < plan->to; i++) {
        const lq_read_call_t *c = &read->calls[i];
        if (lq_multicall_plan_has(plan, i))
            r->call3s[cnt++] = (lq_abi_multicall3_call3_t){c->to, true, {c->input, c->input_sz}};
    }
    size_t sz;
    lq_err_t err =
        lq_abi_multicall3_aggregate3_encode(r->bytes, r->bytes_max, &sz, NULL, r->call3s, cnt);
    LQ_ASSERT(!err);
    r->items[0] =
        (lq_rpc_item_t){"eth_call", r->params,
                        lq_multicall_params(r->params, &r->config.multicall, r->bytes, sz,
                                            r->config.gas_per_request, &read->block.hash)};
    return 1;
}

static size_t write_batch(read_t *read)
{
    lq_reads_t *r = read->owner;
    const lq_multicall_plan_t *plan = &read->plan;
    size_t cnt = 0;
    char *at = r->params;
    for (size_t i = plan->from; i < plan->to; i++) {
        const lq_read_call_t *c = &read->calls[i];
        if (!lq_multicall_plan_has(plan, i))
            continue;
        size_t sz = lq_multicall_params(at, &c->to, c->input, c->input_sz,
                                        r->config.gas_per_request, &read->block.hash);
        r->items[cnt++] = (lq_rpc_item_t){"eth_call", at, sz};
        at += sz;
    }
    return cnt;
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer);

/* Asks for what the plan has chosen. */
static lq_err_t ask(read_t *read)
{
    lq_reads_t *r = read->owner;
    bool together = read->plan.state == LQ_MULTICALL_TOGETHER;
    size_t item_cnt = together ? write_together(read) : write_batch(read);
    lq_pool_call_t call = {
        .rpc = {.items = r->items,
                .item_cnt = item_cnt,
                .timeout_ns = r->config.timeout_ns,
                .fn = on_answer,
                .ctx = read},
        .role = LQ_ROLE_READ,
        .min_head_blk = read->block.number,
        .not_mask = read->not_mask,
    };
    lq_err_t err = lq_pool_call(r->pool, &read->rpc, &call);
    if (err)
        return err;
    read->state = READ_ASKED;
    r->stat.request_cnt++;
    return LQ_OK;
}

/* Asks for as much of it as the pool can send at once. */
static lq_err_t ask_what_fits(read_t *read)
{
    lq_err_t err = ask(read);
    while (err == LQ_ERR_TOO_LONG && lq_multicall_plan_halve(&read->plan)) {
        read->owner->stat.halved_cnt++;
        (void)lq_multicall_plan_next(&read->plan); /* what was chosen is there still */
        err = ask(read);
    }
    return err;
}

static void go_on(read_t *read, lq_time_t now)
{
    lq_reads_t *r = read->owner;
    if (!lq_multicall_plan_next(&read->plan)) {
        finish(read, LQ_OK, now);
        return;
    }
    bool waited = read->state == READ_WAITING;
    lq_err_t err = ask_what_fits(read);
    if (!err)
        return;
    if (err != LQ_ERR_FULL) {
        finish(read, err, now);
        return;
    }
    if (!waited)
        read->give_up_mono_ns = now.mono_ns + r->config.timeout_ns;
    if (now.mono_ns >= read->give_up_mono_ns) {
        finish(read, LQ_ERR_TIMEOUT, now);
        return;
    }
    read->state = READ_WAITING;
    if (!lq_timer_is_set(&r->timer))
        lq_timer_set_in(r->loop, &r->timer, RETRY_NS);
}

static void on_timer(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    lq_reads_t *r = ctx;
    lq_time_t now = lq_loop_time(r->loop);
    for (size_t i = 0; i < r->config.read_max; i++)
        if (r->reads[i].state == READ_WAITING)
            go_on(&r->reads[i], now);
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    read_t *read = ctx;
    lq_reads_t *r = read->owner;
    judgement_t j = read->plan.state == LQ_MULTICALL_TOGETHER ? take_together(read, answer)
                                                              : take_batch(read, answer);
    switch (j.verdict) {
    case GO_ON:
        go_on(read, answer->recv);
        return;
    case ASK_LESS:
        if (!lq_multicall_plan_halve(&read->plan))
            break;
        r->stat.halved_cnt++;
        go_on(read, answer->recv);
        return;
    case ASK_ELSEWHERE:
        if (!shun(read, answer->endpoint))
            break;
        go_on(read, answer->recv);
        return;
    case GIVE_UP:
        break;
    }
    finish(read, j.err, answer->recv);
}

/* ---- making and ending */

typedef struct sizes {
    size_t chunk_max; /* calls of one request */
    size_t bytes;
    size_t params;
} sizes_t;

static sizes_t sizes_of(const lq_reads_config_t *c)
{
    sizes_t s;
    s.chunk_max = c->chunk_call_max < c->call_max ? c->chunk_call_max : c->call_max;
    size_t calldata = lq_multicall_calldata_max(s.chunk_max, c->input_max);
    size_t answer = lq_multicall_answer_max(s.chunk_max, c->output_max);
    s.bytes = calldata > answer ? calldata : answer;
    size_t together = lq_multicall_params_max(calldata);
    size_t batch = LQ_RPC_ITEM_MAX * lq_multicall_params_max(0) + 2 * c->input_max;
    s.params = together > batch ? together : batch;
    return s;
}

static bool alloc_scratch(lq_reads_t *r, lq_arena_t *arena, const sizes_t *s)
{
    r->bytes_max = s->bytes;
    r->call3s = lq_arena_alloc(arena, s->chunk_max * sizeof(*r->call3s), 16);
    r->chunk = lq_arena_alloc(arena, s->chunk_max * sizeof(*r->chunk), 16);
    r->vals = lq_arena_alloc(arena, (1 + 2 * s->chunk_max) * sizeof(*r->vals), 16);
    r->bytes = lq_arena_alloc(arena, s->bytes, 16);
    r->params = lq_arena_alloc(arena, s->params, 16);
    r->reads = lq_arena_alloc(arena, r->config.read_max * sizeof(*r->reads), 16);
    return r->call3s && r->chunk && r->vals && r->bytes && r->params && r->reads;
}

static bool alloc_read(read_t *read, lq_arena_t *arena, lq_reads_t *r)
{
    const lq_reads_config_t *c = &r->config;
    *read = (read_t){.owner = r};
    read->calls = lq_arena_alloc(arena, c->call_max * sizeof(*read->calls), 16);
    read->results = lq_arena_alloc(arena, c->call_max * sizeof(*read->results), 16);
    read->plan.states = lq_arena_alloc(arena, c->call_max, 1);
    read->input = lq_arena_alloc(arena, c->input_max, 1);
    read->output = lq_arena_alloc(arena, c->output_max, 1);
    return read->calls && read->results && read->plan.states && read->input && read->output;
}

static bool is_in_range(const lq_reads_config_t *c)
{
    return c->read_max >= 1 && c->read_max <= 256 && c->call_max >= 1 &&
           c->call_max <= (1u << 20) && c->chunk_call_max >= 1 && c->input_max <= (1u << 28) &&
           c->output_max <= (1u << 28);
}

static lq_err_t alloc(lq_reads_t **out, lq_arena_t *arena, const lq_reads_config_t *config)
{
    lq_reads_t *r = lq_arena_alloc(arena, sizeof(*r), 16);
    if (!r)
        return LQ_ERR_NOMEM;
    memset(r, 0, sizeof(*r));
    r->config = *config;
    sizes_t s = sizes_of(config);
    if (!alloc_scratch(r, arena, &s))
        return LQ_ERR_NOMEM;
    for (size_t i = 0; i < config->read_max; i++)
        if (!alloc_read(&r->reads[i], arena, r))
            return LQ_ERR_NOMEM;
    *out = r;
    return LQ_OK;
}

lq_err_t lq_reads_new(lq_reads_t **out, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                      lq_pool_t *pool, const lq_reads_config_t *config, lq_event_fn_t *event,
                      void *ctx)
{
    if (!is_in_range(config))
        return LQ_ERR_RANGE;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_reads_t *r;
    lq_err_t err = alloc(&r, arena, config);
    if (err) {
        lq_arena_rewind(arena, mark);
        return err;
    }
    r->loop = loop;
    r->log = log;
    r->pool = pool;
    r->event = event;
    r->event_ctx = ctx;
    r->timer = (lq_timer_t){.fn = on_timer, .ctx = r};
    lq_multicall_type(&r->type);
    *out = r;
    return LQ_OK;
}

static void end(read_t *read)
{
    if (read->state == READ_ASKED)
        lq_pool_cancel(read->owner->pool, read->rpc);
    read->state = READ_FREE;
}

void lq_reads_free(lq_reads_t *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->config.read_max; i++)
        end(&r->reads[i]);
    lq_timer_stop(r->loop, &r->timer);
}

/* The read ID that is under way; one that is being answered is not any more. */
static read_t *find(lq_reads_t *r, uint64_t id)
{
    for (size_t i = 0; i < r->config.read_max; i++) {
        read_t *read = &r->reads[i];
        if ((read->state == READ_ASKED || read->state == READ_WAITING) && read->id == id)
            return read;
    }
    return NULL;
}

static read_t *find_free(lq_reads_t *r)
{
    for (size_t i = 0; i < r->config.read_max; i++)
        if (r->reads[i].state == READ_FREE)
            return &r->reads[i];
    return NULL;
}

/* Copies the calls; false where there is no room. */
static bool copy_calls(read_t *read, const lq_read_call_t *calls, size_t call_cnt)
{
    const lq_reads_config_t *config = &read->owner->config;
    if (call_cnt > config->call_max)
        return false;
    size_t left = config->input_max;
    uint8_t *to = read->input;
    for (size_t i = 0; i < call_cnt; i++) {
        if (calls[i].input_sz > left)
            return false;
        if (calls[i].input_sz)
            memcpy(to, calls[i].input, calls[i].input_sz);
        read->calls[i] = (lq_read_call_t){calls[i].to, to, calls[i].input_sz};
        to += calls[i].input_sz;
        left -= calls[i].input_sz;
    }
    return true;
}

lq_err_t lq_reads_submit(lq_reads_t *r, uint64_t id, const lq_block_ref_t *block,
                         const lq_read_call_t *calls, size_t call_cnt)
{
    static const lq_address_t none;
    if (call_cnt == 0)
        return LQ_ERR_INVAL;
    if (find(r, id))
        return LQ_ERR_EXISTS;
    read_t *read = find_free(r);
    if (!read || !copy_calls(read, calls, call_cnt))
        return LQ_ERR_FULL;
    read->id = id;
    read->block = *block;
    read->not_mask = 0;
    read->output_sz = 0;
    size_t chunk_max = r->config.chunk_call_max;
    lq_multicall_plan_init(&read->plan, read->plan.states, call_cnt, chunk_max,
                           memcmp(&r->config.multicall, &none, sizeof(none)) != 0);
    bool any = lq_multicall_plan_next(&read->plan);
    LQ_ASSERT(any);
    lq_err_t err = ask_what_fits(read);
    if (err)
        return err;
    r->stat.read_cnt++;
    return LQ_OK;
}

void lq_reads_cancel(lq_reads_t *r, uint64_t id)
{
    read_t *read = find(r, id);
    if (read)
        end(read);
}

const lq_reads_stat_t *lq_reads_stat(const lq_reads_t *r)
{
    return &r->stat;
}
