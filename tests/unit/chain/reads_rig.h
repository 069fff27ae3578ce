#ifndef LQ_READS_RIG_H
#define LQ_READS_RIG_H

/* A pool and a loop of our own stand in for the real ones: what a request asks is taken apart by
   jansson and the general ABI, and answered by a world of simple contracts. */

#include <jansson.h>

#include "liqd/chain/reads.h"
#include "liqd/codec/abi.h"
#include "liqd/codec/hex.h"
#include "lq_test.h"
#include "multicall_internal.h"

#define ENDPOINT_CNT 4
#define CALL_MAX     64
#define INPUT_MAX    4096
#define OUTPUT_MAX   8192
#define READ_MAX     3
#define HELD_MAX     8

static const lq_address_t multicall_address = {{0xca, 0x11, 0xbd, 0xe0, 0x59}};
static const lq_block_ref_t block = {77, {{0xb1, 0x0c}}};

/* A call: its calldata is how it behaves. */
typedef enum behaviour {
    RETURNS,
    REVERTS,
    REVERTS_EMPTY,
    BEHAVIOUR_CNT
} behaviour_t;
enum {
    AT_BEHAVIOUR,
    AT_GAS,
    AT_SIZE,
    AT_SALT,
    INPUT_SZ
};

typedef struct held {
    lq_rpc_id_t id;
    lq_pool_call_t call;
    lq_rpc_item_t items[LQ_RPC_ITEM_MAX];
    char *params[LQ_RPC_ITEM_MAX];
} held_t;

struct lq_loop {
    lq_time_t now;
    lq_timer_t *timer;
};

struct lq_pool {
    held_t held[HELD_MAX];
    uint64_t last_id;
    /* how the nodes are */
    uint64_t gas_max;      /* of an eth_call */
    bool refuses_gas;      /* aggregate3 beyond it is refused; else its calls fail with nothing */
    size_t answer_max;     /* bytes of results in an answer: more break the connection */
    size_t item_max;       /* calls in one request that are answered in time */
    unsigned garbage_mask; /* endpoints whose answers are no answers */
    unsigned garbage_kind;
    bool has_contract;
    lq_rpc_class_t refusal; /* unless OK: of all calls, or of the first in a request */
    bool refuses_first;
    unsigned full_cnt; /* calls that find the pool full */
    size_t out_max;    /* bytes of parameters that can be sent at once; 0: any */
    bool ignores_mask;
    /* what was seen */
    unsigned fault_cnt;
    size_t request_cnt;
    size_t biggest; /* calls in one request */
};

typedef struct rig {
    lq_arena_t arena;
    struct lq_loop loop;
    struct lq_pool pool;
    lq_log_t log;
    lq_clock_manual_t clock;
    lq_reads_t *reads;
    size_t answer_cnt;
    lq_err_t err;
    uint64_t id;
    size_t result_cnt;
    lq_read_result_t results[CALL_MAX];
    uint8_t data[OUTPUT_MAX];
} rig_t;

/* ---- the loop */

lq_time_t lq_loop_time(const lq_loop_t *loop)
{
    return loop->now;
}

void lq_timer_set_in(lq_loop_t *loop, lq_timer_t *timer, uint64_t ns)
{
    assert_null(loop->timer);
    timer->at_mono_ns = loop->now.mono_ns + ns;
    timer->heap_pos = 1;
    loop->timer = timer;
}

void lq_timer_stop(lq_loop_t *loop, lq_timer_t *timer)
{
    timer->heap_pos = 0;
    loop->timer = NULL;
}

static void fire(lq_loop_t *loop)
{
    lq_timer_t *timer = loop->timer;
    assert_non_null(timer);
    loop->now.mono_ns = timer->at_mono_ns;
    lq_timer_stop(loop, timer);
    timer->fn(timer->ctx, timer);
}

/* ---- the pool */

size_t lq_pool_endpoint_cnt(const lq_pool_t *pool)
{
    (void)pool;
    return ENDPOINT_CNT;
}

const char *lq_pool_name(const lq_pool_t *pool, uint32_t endpoint)
{
    (void)pool;
    static const char *const names[ENDPOINT_CNT] = {"a", "b", "c", "d"};
    return names[endpoint];
}

void lq_pool_note_fault(lq_pool_t *pool, uint32_t endpoint)
{
    assert_true(pool->garbage_mask >> endpoint & 1);
    pool->fault_cnt++;
}

lq_err_t lq_pool_call(lq_pool_t *pool, lq_rpc_id_t *id, const lq_pool_call_t *call)
{
    assert_int_equal(call->role, LQ_ROLE_READ);
    assert_int_equal(call->min_head_blk, block.number);
    assert_in_range(call->rpc.item_cnt, 1, LQ_RPC_ITEM_MAX);
    if (pool->full_cnt) {
        pool->full_cnt--;
        return LQ_ERR_FULL;
    }
    size_t sz = 0;
    for (size_t i = 0; i < call->rpc.item_cnt; i++)
        sz += call->rpc.items[i].params_sz;
    if (pool->out_max && sz > pool->out_max)
        return LQ_ERR_TOO_LONG;
    held_t *h = pool->held;
    while (h->id.id)
        h++;
    assert_true(h < pool->held + HELD_MAX);
    h->id.id = ++pool->last_id;
    h->call = *call;
    for (size_t i = 0; i < call->rpc.item_cnt; i++) {
        h->items[i] = call->rpc.items[i];
        h->params[i] = strndup(call->rpc.items[i].params, call->rpc.items[i].params_sz);
        assert_non_null(h->params[i]);
    }
    *id = h->id;
    pool->request_cnt++;
    return LQ_OK;
}

static void drop(held_t *h)
{
    for (size_t i = 0; i < h->call.rpc.item_cnt; i++)
        free(h->params[i]);
    h->id.id = 0;
}

void lq_pool_cancel(lq_pool_t *pool, lq_rpc_id_t id)
{
    for (size_t i = 0; i < HELD_MAX; i++)
        if (id.id && pool->held[i].id.id == id.id)
            drop(&pool->held[i]);
}

/* ---- the world */

/* What a call says when nothing else happens; false: it reverts. */
static bool run_call(const uint8_t *input, uint8_t *out, size_t *out_sz)
{
    *out_sz = input[AT_BEHAVIOUR] == REVERTS_EMPTY ? 0 : input[AT_SIZE];
    for (size_t i = 0; i < *out_sz; i++)
        out[i] = (uint8_t)(input[AT_SALT] + 7 * i);
    if (input[AT_BEHAVIOUR] == REVERTS && *out_sz == 0)
        out[(*out_sz)++] = 1;
    return input[AT_BEHAVIOUR] == RETURNS;
}

typedef struct answer_text {
    char text[400000];
    size_t sz;
    lq_rpc_class_t classes[LQ_RPC_ITEM_MAX];
} answer_text_t;

static void put(answer_text_t *a, const char *text)
{
    size_t sz = strlen(text);
    assert_true(a->sz + sz < sizeof(a->text));
    memcpy(a->text + a->sz, text, sz + 1);
    a->sz += sz;
}

static void put_data(answer_text_t *a, const uint8_t *data, size_t sz)
{
    char *hex = malloc(2 * sz + 1);
    assert_non_null(hex);
    lq_hex_encode(hex, data, sz);
    hex[2 * sz] = '\0';
    put(a, "\"0x");
    put(a, hex);
    put(a, "\"");
    free(hex);
}

/* Reads the parameters of an eth_call; returns the size of its calldata. */
static size_t read_params(const char *text, lq_address_t *to, uint8_t *data, size_t data_max)
{
    json_t *params = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *to_text;
    const char *data_text;
    const char *gas;
    const char *hash;
    int canonical;
    assert_non_null(params);
    assert_int_equal(json_unpack_ex(params, NULL, JSON_STRICT, "[{s:s,s:s,s:s},{s:s,s:b}]", "to",
                                    &to_text, "data", &data_text, "gas", &gas, "blockHash", &hash,
                                    "requireCanonical", &canonical),
                     0);
    assert_true(canonical);
    assert_string_equal(gas, "0x2faf080");
    lq_hash_t at;
    size_t sz;
    assert_ok(lq_hex_decode_data(at.b, 32, NULL, hash, strlen(hash)));
    assert_memory_equal(&at, &block.hash, sizeof(at));
    assert_ok(lq_hex_decode_data(to->b, 20, NULL, to_text, strlen(to_text)));
    assert_ok(lq_hex_decode_data_max(data, &sz, data_max, NULL, data_text, strlen(data_text)));
    json_decref(params);
    return sz;
}

static void parse_type(lq_abi_type_t *type, const char *text)
{
    assert_ok(lq_abi_type_parse(type, NULL, text, strlen(text)));
}

/* Runs aggregate3 on DATA and answers as item 0. */
static void run_together(lq_pool_t *pool, answer_text_t *a, const uint8_t *data, size_t data_sz)
{
    static lq_abi_type_t in_type;
    static lq_abi_type_t out_type;
    static lq_abi_val_t in[1 + 3 * CALL_MAX];
    static lq_abi_val_t out[1 + 2 * CALL_MAX];
    static uint8_t said[CALL_MAX][256];
    static uint8_t encoded[CALL_MAX * 512];
    parse_type(&in_type, "((address,bool,bytes)[])");
    parse_type(&out_type, "((bool,bytes)[])");
    size_t cnt;
    assert_memory_equal(data, "\x82\xad\x56\xcb", 4);
    assert_ok(lq_abi_decode(in, LQ_ARRAY_CNT(in), &cnt, NULL, &in_type, data + 4, data_sz - 4));
    size_t call_cnt = in[0].cnt;
    assert_in_range(call_cnt, 2, CALL_MAX);
    if (call_cnt > pool->biggest)
        pool->biggest = call_cnt;
    uint64_t gas = 0;
    size_t total = 0;
    out[0].cnt = call_cnt;
    for (size_t i = 0; i < call_cnt; i++) {
        assert_int_equal(in[2 + 3 * i].num.w[0], 1); /* it may fail */
        lq_abi_bytes_t input = in[3 + 3 * i].bytes;
        assert_int_equal(input.sz, INPUT_SZ);
        assert_int_equal(in[1 + 3 * i].address.b[19], input.data[AT_SALT]);
        size_t sz;
        bool ok = run_call(input.data, said[i], &sz);
        gas += input.data[AT_GAS];
        if (gas > pool->gas_max) {
            ok = false;
            sz = 0;
        }
        total += sz;
        out[1 + 2 * i].num = lq_u256_from_u64(ok);
        out[2 + 2 * i].bytes = (lq_abi_bytes_t){said[i], sz};
    }
    a->classes[0] = LQ_RPC_OK;
    if (call_cnt > pool->item_max)
        a->classes[0] = LQ_RPC_TIMEOUT;
    else if (total > pool->answer_max)
        a->classes[0] = LQ_RPC_BROKEN;
    else if (gas > pool->gas_max && pool->refuses_gas)
        a->classes[0] = call_cnt % 2 ? LQ_RPC_GAS : LQ_RPC_REVERT;
    if (!pool->has_contract) {
        put(a, "\"0x\"");
        return;
    }
    size_t sz;
    assert_ok(lq_abi_encode(encoded, sizeof(encoded), &sz, NULL, &out_type, out, 1 + 2 * call_cnt));
    put_data(a, encoded, sz);
}

static void run_alone(lq_pool_t *pool, answer_text_t *a, size_t item, const uint8_t *input,
                      const lq_address_t *to)
{
    uint8_t said[256];
    size_t sz;
    assert_int_equal(to->b[19], input[AT_SALT]);
    a->classes[item] = run_call(input, said, &sz) ? LQ_RPC_OK : LQ_RPC_REVERT;
    if (input[AT_GAS] > pool->gas_max)
        a->classes[item] = LQ_RPC_GAS;
    if (a->classes[item] == LQ_RPC_REVERT && sz == 0)
        put(a, "null");
    else
        put_data(a, said, sz);
}

/* What the endpoint says that lies. */
static const char *const garbage[] = {
    "null",
    "7",
    "\"0\"",
    "\"0xabc\"",
    "\"0xzz\"",
    "{}",
    "\"0x00000000000000000000000000000000000000000000000000000000000000ff\"",
    "[\"0x\"]",
};

static uint32_t choose_endpoint(const lq_pool_t *pool, uint32_t not_mask)
{
    for (uint32_t i = 0; i < ENDPOINT_CNT; i++)
        if (!(not_mask >> i & 1) || pool->ignores_mask)
            return i;
    return UINT32_MAX;
}

/* Answers one request. */
static void answer(rig_t *rig, held_t *h)
{
    static answer_text_t a;
    static lq_json_tok_t tok[4096];
    static uint8_t data[CALL_MAX * 512];
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 8};
    lq_pool_t *pool = &rig->pool;
    size_t cnt = h->call.rpc.item_cnt;
    uint32_t endpoint = choose_endpoint(pool, h->call.not_mask);
    a.sz = 0;
    put(&a, "[");
    for (size_t i = 0; i < cnt; i++) {
        lq_address_t to;
        put(&a, i ? "," : "");
        assert_string_equal(h->items[i].method, "eth_call");
        size_t sz = read_params(h->params[i], &to, data, sizeof(data));
        if (memcmp(&to, &multicall_address, sizeof(to)) == 0) {
            assert_int_equal(cnt, 1);
            run_together(pool, &a, data, sz);
        } else {
            assert_int_equal(sz, INPUT_SZ);
            run_alone(pool, &a, i, data, &to);
        }
        if (cnt > pool->item_max && i >= cnt / 2)
            a.classes[i] = LQ_RPC_TIMEOUT; /* some come in time */
        if (endpoint != UINT32_MAX && pool->garbage_mask >> endpoint & 1) {
            put(&a, ",");
            put(&a, garbage[pool->garbage_kind]);
            a.classes[i] = LQ_RPC_OK;
        } else {
            put(&a, ",0");
        }
        bool refused = pool->refusal != LQ_RPC_OK && (i == 0 || !pool->refuses_first);
        if (refused || endpoint == UINT32_MAX)
            a.classes[i] = endpoint == UINT32_MAX ? LQ_RPC_UNSENT : pool->refusal;
    }
    put(&a, "]");
    lq_json_t doc;
    assert_ok(lq_json_parse(&doc, tok, LQ_ARRAY_CNT(tok), NULL, a.text, a.sz, &limits));
    lq_rpc_result_t results[LQ_RPC_ITEM_MAX];
    for (size_t i = 0; i < cnt; i++) {
        bool lies = endpoint != UINT32_MAX && pool->garbage_mask >> endpoint & 1;
        char path[32];
        (void)snprintf(path, sizeof(path), "[%zu]", 2 * i + lies);
        lq_json_val_t v;
        assert_ok(lq_json_find(&doc, &v, NULL, lq_json_root(&doc), path));
        results[i] = (lq_rpc_result_t){.class_ = a.classes[i], .message = ""};
        if (a.classes[i] == LQ_RPC_OK)
            results[i].value = v;
        else if (a.classes[i] == LQ_RPC_REVERT)
            results[i].data = v;
    }
    lq_rpc_call_t call = h->call.rpc;
    drop(h);
    call.fn(call.ctx, &(lq_rpc_answer_t){.doc = &doc,
                                         .results = results,
                                         .result_cnt = cnt,
                                         .endpoint = endpoint,
                                         .recv = rig->loop.now});
}

/* Turns until nothing is under way. */
static void run(rig_t *rig)
{
    for (bool busy = true; busy;) {
        busy = false;
        for (size_t i = 0; i < HELD_MAX; i++)
            if (rig->pool.held[i].id.id) {
                answer(rig, &rig->pool.held[i]);
                busy = true;
            }
        if (rig->loop.timer) {
            fire(&rig->loop);
            busy = true;
        }
    }
}

/* ---- the rig */

static void ignore_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx, (void)level, (void)line, (void)line_sz;
}

static void on_event(void *ctx, const lq_event_t *event)
{
    rig_t *rig = ctx;
    assert_int_equal(event->kind, LQ_EVENT_READ);
    const lq_read_answer_t *a = event->as.read;
    rig->answer_cnt++;
    rig->err = a->err;
    rig->id = a->id;
    rig->result_cnt = a->result_cnt;
    assert_memory_equal(&a->block.hash, &block.hash, sizeof(block.hash));
    assert_int_equal(event->time.mono_ns, rig->loop.now.mono_ns);
    size_t at = 0;
    for (size_t i = 0; i < a->result_cnt; i++) {
        rig->results[i] = a->results[i];
        rig->results[i].data = rig->data + at;
        if (a->results[i].data_sz)
            memcpy(rig->data + at, a->results[i].data, a->results[i].data_sz);
        at += a->results[i].data_sz;
    }
    /* what is answered is not under way any more */
    lq_reads_cancel(rig->reads, a->id);
}

static rig_t *rig_new(size_t chunk_call_max, bool multicall)
{
    rig_t *rig = calloc(1, sizeof(*rig));
    assert_non_null(rig);
    assert_ok(lq_arena_init(&rig->arena, 1 << 22));
    static const lq_log_config_t log_config = {
        .level = LQ_LOG_DEBUG, .burst_cnt = 1, .line_max = 1024, .value_max = 256};
    assert_ok(lq_log_init(&rig->log, &log_config, lq_clock_manual(&rig->clock), ignore_line, NULL));
    rig->pool.gas_max = 1000000;
    rig->pool.answer_max = SIZE_MAX;
    rig->pool.item_max = SIZE_MAX;
    rig->pool.has_contract = true;
    lq_reads_config_t config = {.read_max = READ_MAX,
                                .call_max = CALL_MAX,
                                .input_max = INPUT_MAX,
                                .output_max = OUTPUT_MAX,
                                .chunk_call_max = chunk_call_max,
                                .gas_per_request = 50000000,
                                .timeout_ns = 1000000000};
    if (multicall)
        config.multicall = multicall_address;
    assert_ok(lq_reads_new(&rig->reads, &rig->arena, &rig->loop, &rig->log, &rig->pool, &config,
                           on_event, rig));
    return rig;
}

static void rig_free(rig_t *rig)
{
    lq_reads_free(rig->reads);
    for (size_t i = 0; i < HELD_MAX; i++)
        assert_int_equal(rig->pool.held[i].id.id, 0);
    assert_null(rig->loop.timer);
    lq_arena_fini(&rig->arena);
    free(rig);
}

typedef struct calls {
    lq_read_call_t call[CALL_MAX];
    uint8_t input[CALL_MAX][INPUT_SZ];
    size_t cnt;
} calls_t;

static void add_call(calls_t *c, behaviour_t behaviour, uint8_t gas, uint8_t sz)
{
    uint8_t *input = c->input[c->cnt];
    input[AT_BEHAVIOUR] = (uint8_t)behaviour;
    input[AT_GAS] = gas;
    input[AT_SIZE] = sz;
    input[AT_SALT] = (uint8_t)c->cnt;
    c->call[c->cnt] = (lq_read_call_t){{{[19] = (uint8_t)c->cnt}}, input, INPUT_SZ};
    c->cnt++;
}

/* CNT calls of all behaviours in turn. */
static calls_t mixed_calls(size_t cnt)
{
    calls_t c = {.cnt = 0};
    for (size_t i = 0; i < cnt; i++)
        add_call(&c, i % BEHAVIOUR_CNT, (uint8_t)(10 + i % 5), (uint8_t)(i * 3 % 70));
    return c;
}

/* Has the calls point to their calldata again, after they were copied. */
static void point(calls_t *c)
{
    for (size_t i = 0; i < c->cnt; i++)
        c->call[i].input = c->input[i];
}

static void submit(rig_t *rig, const calls_t *c)
{
    calls_t copy = *c; /* what was given may go */
    point(&copy);
    assert_ok(lq_reads_submit(rig->reads, 5, &block, copy.call, copy.cnt));
    memset(&copy, 0xa5, sizeof(copy));
}

static void expect_results(const rig_t *rig, const calls_t *c)
{
    assert_int_equal(rig->answer_cnt, 1);
    assert_err(rig->err, LQ_OK);
    assert_int_equal(rig->id, 5);
    assert_int_equal(rig->result_cnt, c->cnt);
    for (size_t i = 0; i < c->cnt; i++) {
        uint8_t said[256];
        size_t sz;
        assert_int_equal(rig->results[i].ok, run_call(c->input[i], said, &sz));
        assert_int_equal(rig->results[i].data_sz, sz);
        assert_memory_equal(rig->results[i].data, said, sz);
    }
}

static void expect_failure(const rig_t *rig, lq_err_t err)
{
    assert_int_equal(rig->answer_cnt, 1);
    assert_err(rig->err, err);
    assert_int_equal(rig->result_cnt, 0);
    assert_int_equal(lq_reads_stat(rig->reads)->failed_cnt, 1);
}

#endif
