#include "simulate_internal.h"

#include <string.h>

/* A question climbs down: eth_simulateV1 at the parent's hash, at its number, eth_call with all
   overrides, without the block's. Each step asks all nodes but those that are known to lack it, one
   after the other; what a node lacks is learnt from its refusals. */

#define REQUEST_MAX 64u /* of one question */

static const char *name_of(lq_simulate_way_t way)
{
    switch (way) {
    case LQ_SIMULATE_WAY_V1:
        return "eth_simulateV1 at a hash";
    case LQ_SIMULATE_WAY_V1_NUMBER:
        return "eth_simulateV1";
    case LQ_SIMULATE_WAY_CALL:
        return "eth_call with overrides of the block";
    case LQ_SIMULATE_WAY_PLAIN:
        return "eth_call with overrides";
    case LQ_SIMULATE_WAY_TRACE:
        return "debug_traceTransaction";
    case LQ_SIMULATE_WAY_RECEIPT:
    case LQ_SIMULATE_WAY_CNT:
        break;
    }
    return "";
}

/* ---- what nodes have */

uint32_t lq_simulate_lacks(lq_simulate_t *s, lq_simulate_way_t way)
{
    lq_simulate_known_t *k = &s->known;
    for (uint32_t i = 0; i < lq_pool_endpoint_cnt(s->pool); i++) {
        uint64_t connect_cnt = lq_pool_stat(s->pool, i).rpc->connect_cnt;
        if (connect_cnt == k->connect_cnt[i])
            continue;
        k->connect_cnt[i] = connect_cnt;
        for (size_t w = 0; w < LQ_SIMULATE_WAY_CNT; w++)
            k->lacks[w] &= ~(UINT32_C(1) << i);
    }
    return k->lacks[way];
}

bool lq_simulate_is_spent(lq_simulate_t *s, lq_simulate_way_t way, uint32_t shunned)
{
    uint32_t out = lq_simulate_lacks(s, way) | shunned;
    for (uint32_t i = 0; out && i < lq_pool_endpoint_cnt(s->pool); i++) {
        lq_pool_stat_t stat = lq_pool_stat(s->pool, i);
        bool reached = (stat.roles & LQ_ROLE_READ) && stat.health != LQ_NODE_HEALTH_DOWN &&
                       stat.health != LQ_NODE_HEALTH_FOREIGN;
        if (reached && !(out >> i & 1))
            return false;
    }
    return out != 0;
}

void lq_simulate_note_lack(lq_simulate_t *s, lq_simulate_way_t way, uint32_t endpoint)
{
    LQ_LOG(s->log, LQ_LOG_INFO, "chain", "node cannot be asked so",
           LQ_LOG_CSTR("endpoint", lq_pool_name(s->pool, endpoint)),
           LQ_LOG_CSTR("lacks", name_of(way)));
    s->known.lacks[way] |= UINT32_C(1) << endpoint;
}

void lq_simulate_shun(lq_simulate_t *s, uint32_t *shunned, uint32_t endpoint, bool fault)
{
    LQ_LOG(s->log, LQ_LOG_WARN, "chain", "a simulation's answer is not believed",
           LQ_LOG_CSTR("endpoint", lq_pool_name(s->pool, endpoint)),
           LQ_LOG_CSTR("why", s->why.text));
    if (fault)
        lq_pool_note_fault(s->pool, endpoint);
    *shunned |= UINT32_C(1) << endpoint;
}

lq_err_t lq_simulate_send(lq_simulate_t *s, lq_rpc_id_t *id, uint32_t *request_cnt,
                          const lq_rpc_item_t *items, size_t item_cnt, uint64_t min_head_blk,
                          uint32_t not_mask, lq_rpc_fn_t *fn, void *ctx)
{
    if ((*request_cnt)++ == REQUEST_MAX)
        return LQ_ERR_REMOTE;
    lq_pool_call_t call = {
        .rpc = {.items = items,
                .item_cnt = item_cnt,
                .timeout_ns = s->config.timeout_ns,
                .fn = fn,
                .ctx = ctx},
        .role = LQ_ROLE_READ,
        .min_head_blk = min_head_blk,
        .not_mask = not_mask,
    };
    return lq_pool_call(s->pool, id, &call);
}

lq_err_t lq_simulate_refusal(lq_rpc_class_t c)
{
    if (c == LQ_RPC_TIMEOUT || c == LQ_RPC_UNSENT)
        return LQ_ERR_TIMEOUT;
    return c == LQ_RPC_ABSENT ? LQ_ERR_NOT_FOUND : LQ_ERR_REMOTE;
}

bool lq_simulate_probed(bool *takes_block, const lq_json_t *doc, const lq_rpc_result_t *result,
                        const lq_header_t *header)
{
    uint8_t said[LQ_SIMULATE_PROBE_SZ];
    if (result->class_ != LQ_RPC_OK ||
        lq_json_get_data(doc, said, sizeof(said), NULL, result->value, NULL) != LQ_OK)
        return false;
    if (takes_block) {
        lq_u256_t number = lq_u256_from_be(said);
        lq_u256_t time = lq_u256_from_be(said + 32);
        lq_u256_t want_number = lq_u256_from_u64(header->block.number);
        lq_u256_t want_time = lq_u256_from_u64(header->timestamp_sec);
        *takes_block = lq_u256_eq(&number, &want_number) && lq_u256_eq(&time, &want_time);
    }
    return true;
}

/* ---- one question */

static bool is_v1(lq_simulate_way_t way)
{
    return way == LQ_SIMULATE_WAY_V1 || way == LQ_SIMULATE_WAY_V1_NUMBER;
}

static void finish(lq_simulate_one_t *one, lq_simulate_answer_t *answer)
{
    lq_simulate_t *s = one->owner;
    answer->id = one->id;
    one->used = false; /* what is given stands elsewhere: the callback may ask again */
    s->fn(s->ctx, answer);
}

static void fail(lq_simulate_one_t *one, lq_err_t err, const char *why)
{
    finish(one, &(lq_simulate_answer_t){.err = err, .why = why});
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer);

static lq_err_t ask_so(lq_simulate_one_t *one)
{
    lq_simulate_t *s = one->owner;
    uint32_t not_mask = lq_simulate_lacks(s, one->way) | one->shunned;
    lq_rpc_item_t items[2] = {{.method = "eth_simulateV1", .params = s->text}};
    size_t cnt = 1;
    if (is_v1(one->way)) {
        items[0].params_sz =
            lq_simulate_write_v1(s->text, &one->ask, one->way == LQ_SIMULATE_WAY_V1_NUMBER);
    } else {
        bool with_block = one->way == LQ_SIMULATE_WAY_CALL;
        const lq_header_t *header = with_block ? &one->ask.block : NULL;
        size_t sz = lq_simulate_write_probe(s->text, &one->ask.parent, header);
        items[0] = (lq_rpc_item_t){"eth_call", s->text, sz};
        items[1] = (lq_rpc_item_t){"eth_call", s->text + sz,
                                   lq_simulate_write_call(s->text + sz, &one->ask, with_block)};
        cnt = 2;
    }
    return lq_simulate_send(s, &one->rpc, &one->request_cnt, items, cnt, one->ask.parent.number,
                            not_mask, on_answer, one);
}

/* Asks in the way that is chosen, or the first behind it that somebody may have. */
static lq_err_t ask(lq_simulate_one_t *one)
{
    while (lq_simulate_is_spent(one->owner, one->way, one->shunned)) {
        if (one->way == LQ_SIMULATE_WAY_PLAIN)
            return one->shunned ? one->err : LQ_ERR_REMOTE;
        one->way++;
    }
    return ask_so(one);
}

static void ask_on(lq_simulate_one_t *one)
{
    lq_err_t err = ask(one);
    if (err)
        fail(one, err,
             one->shunned           ? "no answer is believed"
             : err == LQ_ERR_REMOTE ? "no node takes overrides"
                                    : "");
}

static void give(lq_simulate_one_t *one, bool in_parent)
{
    lq_simulate_t *s = one->owner;
    finish(one, &(lq_simulate_answer_t){.why = "",
                                        .by_call = !is_v1(one->way),
                                        .in_parent = in_parent,
                                        .results = s->room.results,
                                        .result_cnt = one->ask.tx_cnt});
}

/* What ENDPOINT said is not believed, ERR of s->why. */
static void disbelieve(lq_simulate_one_t *one, uint32_t endpoint, lq_err_t err)
{
    lq_simulate_t *s = one->owner;
    one->err = err;
    lq_simulate_shun(s, &one->shunned, endpoint, err == LQ_ERR_SYNTAX);
    err = ask(one);
    if (err)
        fail(one, err, s->why.text);
}

static void take_v1(lq_simulate_one_t *one, const lq_rpc_answer_t *answer)
{
    lq_simulate_t *s = one->owner;
    lq_err_t err = lq_simulate_read_v1(&s->room, &s->why, answer->doc, answer->results[0].value,
                                       &one->ask, one->way == LQ_SIMULATE_WAY_V1_NUMBER);
    if (!err)
        give(one, false);
    else if (err == LQ_ERR_TOO_LONG)
        fail(one, err, s->why.text);
    else
        disbelieve(one, answer->endpoint, err);
}

/* Takes what the transaction came to. Nodes differ in what they tell of a revert, if anything. */
static lq_err_t take_outcome(lq_simulate_one_t *one, const lq_json_t *doc,
                             const lq_rpc_result_t *result)
{
    lq_simulate_t *s = one->owner;
    bool ok = result->class_ == LQ_RPC_OK;
    size_t sz = 0;
    lq_err_t err = lq_json_get_data_max(doc, s->room.bytes, &sz, s->room.bytes_max, &s->why,
                                        ok ? result->value : result->data, NULL);
    if (err == LQ_ERR_TOO_LONG)
        return err;
    if (err && ok)
        return LQ_ERR_SYNTAX;
    memset(s->room.results, 0, one->ask.tx_cnt * sizeof(*s->room.results));
    s->room.results[0] = (lq_simulate_result_t){
        .known = true, .ok = ok, .data = s->room.bytes, .data_sz = err ? 0 : sz};
    return LQ_OK;
}

static void take_call(lq_simulate_one_t *one, const lq_rpc_answer_t *answer)
{
    lq_simulate_t *s = one->owner;
    bool takes_block = false;
    if (!lq_simulate_probed(&takes_block, answer->doc, &answer->results[0], &one->ask.block)) {
        lq_simulate_note_lack(s, LQ_SIMULATE_WAY_CALL, answer->endpoint);
        lq_simulate_note_lack(s, LQ_SIMULATE_WAY_PLAIN, answer->endpoint);
        ask_on(one);
        return;
    }
    lq_err_t err = take_outcome(one, answer->doc, &answer->results[1]);
    if (!err)
        give(one, one->way == LQ_SIMULATE_WAY_PLAIN || !takes_block);
    else if (err == LQ_ERR_TOO_LONG)
        fail(one, err, s->why.text);
    else
        disbelieve(one, answer->endpoint, err);
}

/* Parameters that a node does not know may be of the way of asking: the next one is tried, there
   and then. Whoever refuses eth_simulateV1 both ways refuses the question. */
static bool is_lack(const lq_simulate_one_t *one, lq_rpc_class_t c)
{
    if (c == LQ_RPC_METHOD)
        return is_v1(one->way);
    return c == LQ_RPC_PARAMS &&
           (one->way == LQ_SIMULATE_WAY_V1 || one->way == LQ_SIMULATE_WAY_CALL);
}

static void note_lack(lq_simulate_one_t *one, lq_rpc_class_t c, uint32_t endpoint)
{
    lq_simulate_note_lack(one->owner, one->way, endpoint);
    if (c == LQ_RPC_METHOD && one->way == LQ_SIMULATE_WAY_V1)
        lq_simulate_note_lack(one->owner, LQ_SIMULATE_WAY_V1_NUMBER, endpoint);
}

static void refused(lq_simulate_one_t *one, const lq_rpc_result_t *r, uint32_t endpoint)
{
    lq_simulate_t *s = one->owner;
    if (is_lack(one, r->class_)) {
        note_lack(one, r->class_, endpoint);
        ask_on(one);
        return;
    }
    if (r->class_ == LQ_RPC_PARAMS && one->way == LQ_SIMULATE_WAY_V1_NUMBER)
        s->known.lacks[LQ_SIMULATE_WAY_V1] &= ~(UINT32_C(1) << endpoint); /* it was not the hash */
    if (r->class_ == LQ_RPC_ABSENT && is_v1(one->way)) {
        one->shunned |= UINT32_C(1) << endpoint;
        one->err = LQ_ERR_NOT_FOUND; /* who lacks eth_simulateV1 may have the state */
        ask_on(one);
        return;
    }
    if (r->class_ == LQ_RPC_UNSENT && is_v1(one->way) && lq_simulate_lacks(s, one->way)) {
        one->way = LQ_SIMULATE_WAY_CALL; /* who has it has not got so far */
        ask_on(one);
        return;
    }
    lq_err_t err = lq_simulate_refusal(r->class_);
    lq_err_t same = lq_err_msg_set(&s->why, err, "%.*s", (int)r->message_sz, r->message);
    fail(one, same, err == LQ_ERR_REMOTE ? s->why.text : "");
}

/* What can be said of the transaction, not of the node. */
static bool is_outcome(lq_rpc_class_t c)
{
    return c == LQ_RPC_OK || c == LQ_RPC_REVERT || c == LQ_RPC_GAS;
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_simulate_one_t *one = ctx;
    const lq_rpc_result_t *r = answer->results;
    if (is_v1(one->way)) {
        if (r[0].class_ == LQ_RPC_OK)
            take_v1(one, answer);
        else
            refused(one, &r[0], answer->endpoint);
        return;
    }
    if (!is_outcome(r[0].class_))
        refused(one, &r[0], answer->endpoint);
    else if (!is_outcome(r[1].class_))
        refused(one, &r[1], answer->endpoint);
    else
        take_call(one, answer);
}

/* ---- asking */

static uint8_t *copy_bytes(uint8_t **to, const uint8_t *bytes, size_t sz)
{
    uint8_t *at = *to;
    if (sz)
        memcpy(at, bytes, sz);
    *to += sz;
    return at;
}

/* Whether two overrides are of one account: a JSON object cannot say what that means. */
static bool is_double(const lq_simulate_ask_t *ask)
{
    for (size_t i = 0; i < ask->override_cnt; i++)
        for (size_t k = 0; k < i; k++)
            if (memcmp(&ask->overrides[i].address, &ask->overrides[k].address,
                       sizeof(lq_address_t)) == 0)
                return true;
    return false;
}

static lq_err_t check(const lq_simulate_config_t *c, const lq_simulate_ask_t *ask)
{
    uint64_t number = ask->block.block.number;
    if (ask->tx_cnt == 0 || number <= ask->parent.number ||
        number - ask->parent.number > LQ_SIMULATE_AHEAD_MAX)
        return LQ_ERR_INVAL;
    if (ask->tx_cnt > c->tx_max || ask->override_cnt > LQ_SIMULATE_OVERRIDE_MAX)
        return LQ_ERR_FULL;
    size_t left = c->input_max;
    size_t slots_left = LQ_SIMULATE_SLOT_MAX;
    for (size_t i = 0; i < ask->tx_cnt; i++) {
        if (ask->txs[i].input_sz > left)
            return LQ_ERR_FULL;
        left -= ask->txs[i].input_sz;
    }
    for (size_t i = 0; i < ask->override_cnt; i++) {
        const lq_simulate_override_t *o = &ask->overrides[i];
        size_t code_sz = o->code ? o->code_sz : 0;
        if (code_sz > left || o->slot_cnt > slots_left)
            return LQ_ERR_FULL;
        left -= code_sz;
        slots_left -= o->slot_cnt;
    }
    return is_double(ask) ? LQ_ERR_INVAL : LQ_OK;
}

/* Copies what was checked. */
static void copy(lq_simulate_one_t *one, const lq_simulate_ask_t *ask)
{
    uint8_t *bytes = one->bytes;
    lq_simulate_slot_t *slots = one->slots;
    for (size_t i = 0; i < ask->tx_cnt; i++) {
        one->txs[i] = ask->txs[i];
        one->txs[i].input = copy_bytes(&bytes, ask->txs[i].input, ask->txs[i].input_sz);
    }
    for (size_t i = 0; i < ask->override_cnt; i++) {
        const lq_simulate_override_t *from = &ask->overrides[i];
        lq_simulate_override_t *to = &one->overrides[i];
        *to = *from;
        if (from->code)
            to->code = copy_bytes(&bytes, from->code, from->code_sz);
        if (from->slot_cnt)
            memcpy(slots, from->slots, from->slot_cnt * sizeof(*slots));
        to->slots = slots;
        slots += from->slot_cnt;
    }
    one->ask = *ask;
    one->ask.txs = one->txs;
    one->ask.overrides = one->overrides;
}

lq_err_t lq_simulate_ask(lq_simulate_t *s, uint64_t id, const lq_simulate_ask_t *what)
{
    lq_simulate_one_t *one = NULL;
    for (size_t i = 0; i < s->config.max; i++) {
        if (s->ones[i].used && s->ones[i].id == id)
            return LQ_ERR_EXISTS;
        if (!s->ones[i].used && !one)
            one = &s->ones[i];
    }
    lq_err_t err = check(&s->config, what);
    if (err)
        return err;
    if (!one)
        return LQ_ERR_FULL;
    copy(one, what);
    one->id = id;
    one->shunned = 0;
    one->request_cnt = 0;
    one->way = LQ_SIMULATE_WAY_V1;
    err = ask(one);
    one->used = err == LQ_OK;
    return err;
}

/* ---- making and ending */

static bool is_in_range(const lq_simulate_config_t *c)
{
    return c->max >= 1 && c->max <= 64 && c->tx_max >= 1 && c->tx_max <= 256 &&
           c->input_max <= (1u << 24) && c->log_max <= (1u << 20) && c->output_max <= (1u << 28);
}

static bool alloc_one(lq_simulate_one_t *one, lq_arena_t *arena, lq_simulate_t *s)
{
    *one = (lq_simulate_one_t){.owner = s};
    one->txs = lq_arena_alloc(arena, s->config.tx_max * sizeof(*one->txs), 16);
    one->overrides = lq_arena_alloc(arena, LQ_SIMULATE_OVERRIDE_MAX * sizeof(*one->overrides), 16);
    one->slots = lq_arena_alloc(arena, LQ_SIMULATE_SLOT_MAX * sizeof(*one->slots), 16);
    one->bytes = lq_arena_alloc(arena, s->config.input_max, 16);
    return one->txs && one->overrides && one->slots && one->bytes;
}

static bool alloc_room(lq_simulate_t *s, lq_arena_t *arena)
{
    const lq_simulate_config_t *c = &s->config;
    s->room.log_max = c->log_max;
    s->room.bytes_max = c->output_max;
    s->room.results = lq_arena_alloc(arena, c->tx_max * sizeof(*s->room.results), 16);
    s->room.logs = lq_arena_alloc(arena, c->log_max * sizeof(*s->room.logs), 16);
    s->room.bytes = lq_arena_alloc(arena, c->output_max, 16);
    s->stack = lq_arena_alloc(arena, LQ_SIMULATE_DEPTH_MAX * sizeof(*s->stack), 16);
    s->text = lq_arena_alloc(arena, lq_simulate_text_max(c), 16);
    s->ones = lq_arena_alloc(arena, c->max * sizeof(*s->ones), 16);
    s->payments = lq_arena_alloc(arena, c->max * sizeof(*s->payments), 16);
    return s->room.results && s->room.logs && s->room.bytes && s->stack && s->text && s->ones &&
           s->payments;
}

static lq_err_t alloc(lq_simulate_t **out, lq_arena_t *arena, const lq_simulate_config_t *config)
{
    lq_simulate_t *s = lq_arena_alloc(arena, sizeof(*s), 16);
    if (!s)
        return LQ_ERR_NOMEM;
    memset(s, 0, sizeof(*s));
    s->config = *config;
    if (!alloc_room(s, arena))
        return LQ_ERR_NOMEM;
    for (size_t i = 0; i < config->max; i++) {
        if (!alloc_one(&s->ones[i], arena, s))
            return LQ_ERR_NOMEM;
        s->payments[i] = (lq_simulate_payment_t){.owner = s};
    }
    *out = s;
    return LQ_OK;
}

lq_err_t lq_simulate_new(lq_simulate_t **out, lq_arena_t *arena, lq_log_t *log, lq_pool_t *pool,
                         const lq_simulate_config_t *config, lq_simulate_fn_t *fn, void *ctx)
{
    if (!is_in_range(config))
        return LQ_ERR_RANGE;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_simulate_t *s;
    lq_err_t err = alloc(&s, arena, config);
    if (err) {
        lq_arena_rewind(arena, mark);
        return err;
    }
    s->log = log;
    s->pool = pool;
    s->fn = fn;
    s->ctx = ctx;
    *out = s;
    return LQ_OK;
}

void lq_simulate_free(lq_simulate_t *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->config.max; i++) {
        if (s->ones[i].used)
            lq_pool_cancel(s->pool, s->ones[i].rpc);
        if (s->payments[i].used)
            lq_pool_cancel(s->pool, s->payments[i].rpc);
    }
    if (s->search.used)
        lq_pool_cancel(s->pool, s->search.rpc);
}
