#include "bytes_internal.h"
#include "liqd/record/code.h"

/* ---- writing */

static bool is_zero(const uint8_t *p, size_t sz)
{
    uint64_t any = 0;
    for (size_t i = 0; i < sz; i++)
        any |= p[i];
    return !any;
}

static LQ_ALWAYS_INLINE void put_header(put_t *p, const lq_header_t *head)
{
    put_block(p, &head->block);
    put_hash(p, &head->parent_hash);
    put_varint(p, head->timestamp_sec);
    put_varint(p, head->gas_limit);
    put_varint(p, head->gas_used);
    put_u256(p, &head->base_fee_wei.raw);
    put_address(p, &head->miner);
    bool bloom = !is_zero(head->logs_bloom, LQ_BLOOM_SZ); /* an empty block's is */
    put_flag(p, bloom);
    if (bloom)
        put_bytes(p, head->logs_bloom, LQ_BLOOM_SZ);
}

static LQ_ALWAYS_INLINE void put_log(put_t *p, const lq_evm_log_t *log)
{
    LQ_ASSERT(log->topic_cnt <= LQ_TOPIC_MAX);
    put_block(p, &log->block);
    put_hash(p, &log->tx_hash);
    put_varint(p, log->tx_idx);
    put_varint(p, log->log_idx);
    put_address(p, &log->address);
    put_u8(p, (uint8_t)log->topic_cnt);
    put_bytes(p, log->topics, log->topic_cnt * sizeof(log->topics[0]));
    put_data(p, log->data, log->data_sz);
}

static LQ_ALWAYS_INLINE void put_pending(put_t *p, const lq_pending_tx_t *tx)
{
    put_hash(p, &tx->hash);
    put_address(p, &tx->from);
    put_flag(p, tx->creates);
    if (!tx->creates)
        put_address(p, &tx->to);
    put_u8(p, tx->type);
    put_varint(p, tx->nonce);
    put_varint(p, tx->gas_limit);
    put_u256(p, &tx->value_wei.raw);
    put_u256(p, &tx->max_fee_wei.raw);
    put_u256(p, &tx->max_priority_fee_wei.raw);
    put_data(p, tx->input, tx->input_sz);
}

static LQ_ALWAYS_INLINE void put_read(put_t *p, const lq_read_answer_t *read)
{
    put_varint(p, read->id);
    put_varint(p, (uint64_t)(-(int64_t)read->err));
    put_block(p, &read->block);
    put_varint(p, read->result_cnt);
    for (size_t i = 0; i < read->result_cnt; i++) {
        put_flag(p, read->results[i].ok);
        put_data(p, read->results[i].data, read->results[i].data_sz);
    }
}

/* Whether an outcome of KIND tells what its transactions moved, and what they paid. */
static bool has_amounts(lq_outcome_kind_t kind)
{
    return kind == LQ_OUTCOME_MINED || kind == LQ_OUTCOME_WON || kind == LQ_OUTCOME_FINAL;
}

static bool has_cost(lq_outcome_kind_t kind)
{
    return kind == LQ_OUTCOME_REVERTED || has_amounts(kind);
}

static LQ_ALWAYS_INLINE void put_outcome(put_t *p, const lq_outcome_t *outcome)
{
    put_varint(p, outcome->intent);
    put_u8(p, (uint8_t)outcome->kind);
    if (has_cost(outcome->kind)) {
        put_varint(p, outcome->gas);
        put_u256(p, &outcome->gas_price_wei.raw);
        put_u256(p, &outcome->bid_wei.raw);
    }
    if (has_amounts(outcome->kind)) {
        put_u256(p, &outcome->repaid);
        put_u256(p, &outcome->seized);
    }
}

static LQ_ALWAYS_INLINE void put_of(put_t *p, const lq_event_t *event)
{
    switch (event->kind) {
    case LQ_EVENT_HEAD:
    case LQ_EVENT_BEGIN:
        put_header(p, event->as.head);
        return;
    case LQ_EVENT_LOG:
        put_log(p, event->as.log);
        return;
    case LQ_EVENT_BLOCK:
    case LQ_EVENT_UNDONE:
        put_block(p, &event->as.block);
        return;
    case LQ_EVENT_PENDING:
        put_pending(p, event->as.pending);
        return;
    case LQ_EVENT_READ:
        put_read(p, event->as.read);
        return;
    case LQ_EVENT_FOUND:
        put_varint(p, event->as.found.instance);
        put_log(p, event->as.found.log);
        return;
    case LQ_EVENT_SEARCHED:
        put_varint(p, event->as.searched.instance);
        put_varint(p, event->as.searched.next_blk);
        put_flag(p, event->as.searched.done);
        return;
    case LQ_EVENT_COMMAND:
        put_u8(p, (uint8_t)event->as.command.kind);
        if (event->as.command.kind == LQ_COMMAND_RESTART)
            put_varint(p, event->as.command.instance);
        return;
    case LQ_EVENT_FUNDS:
        put_address(p, &event->as.funds->token);
        put_u256(p, &event->as.funds->amount);
        return;
    case LQ_EVENT_OUTCOME:
        put_outcome(p, event->as.outcome);
        return;
    case LQ_EVENT_BROKEN:
    case LQ_EVENT_RESUME:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_GO_ON:
        return;
    case LQ_EVENT_CNT:
        break;
    }
    LQ_BUG("an event of kind %d", (int)event->kind);
}

static LQ_ALWAYS_INLINE void put_event(put_t *p, const lq_event_t *event)
{
    put_u8(p, (uint8_t)event->kind);
    put_u64(p, event->time.wall_ns);
    put_u64(p, event->time.mono_ns);
    put_of(p, event);
}

size_t lq_event_sz(const lq_event_t *event)
{
    put_t p;
    p.mode = PUT_SIZE;
    p.sz = 0;
    put_event(&p, event);
    return p.sz;
}

size_t lq_event_encode(uint8_t *out, const lq_event_t *event)
{
    put_t p;
    p.mode = PUT_WRITE;
    p.at = out;
    put_event(&p, event);
    return (size_t)(p.at - out);
}

/* ---- reading */

static void get_header(get_t *g, lq_header_t *out)
{
    out->block = get_block(g);
    out->parent_hash = get_hash(g);
    out->timestamp_sec = get_varint(g);
    out->gas_limit = get_varint(g);
    out->gas_used = get_varint(g);
    out->base_fee_wei.raw = get_u256(g);
    out->miner = get_address(g);
    if (get_flag(g)) {
        get_bytes(g, out->logs_bloom, LQ_BLOOM_SZ);
        if (is_zero(out->logs_bloom, LQ_BLOOM_SZ))
            g->bad = true;
    }
}

static void get_log(get_t *g, lq_evm_log_t *out)
{
    out->block = get_block(g);
    out->tx_hash = get_hash(g);
    out->tx_idx = get_u32(g);
    out->log_idx = get_u32(g);
    out->address = get_address(g);
    out->topic_cnt = get_kind(g, LQ_TOPIC_MAX + 1);
    for (size_t i = 0; i < out->topic_cnt; i++)
        out->topics[i] = get_hash(g);
    out->data = get_data(g, &out->data_sz);
}

static void get_pending(get_t *g, lq_pending_tx_t *out)
{
    out->hash = get_hash(g);
    out->from = get_address(g);
    out->creates = get_flag(g);
    if (!out->creates)
        out->to = get_address(g);
    out->type = get_u8(g);
    out->nonce = get_varint(g);
    out->gas_limit = get_varint(g);
    out->value_wei.raw = get_u256(g);
    out->max_fee_wei.raw = get_u256(g);
    out->max_priority_fee_wei.raw = get_u256(g);
    out->input = get_data(g, &out->input_sz);
}

static lq_err_t get_err(get_t *g)
{
    switch (get_varint(g)) {
    case 0:
        return LQ_OK;
#define CASE(name, code, string) \
    case -(code):                \
        return LQ_ERR_##name;
        LQ_ERR_TABLE(CASE)
#undef CASE
    default:
        g->bad = true;
        return LQ_OK;
    }
}

/* Whether there are more results than the room has. */
static bool get_read(get_t *g, lq_event_room_t *room)
{
    const size_t result_min_sz = 2; /* the flag, and a size of 0 */
    lq_read_answer_t *out = &room->of.read;
    out->id = get_varint(g);
    out->err = get_err(g);
    out->block = get_block(g);
    out->result_cnt = get_cnt(g, result_min_sz);
    out->results = room->results;
    if (out->result_cnt > room->result_max)
        return true;
    for (size_t i = 0; i < out->result_cnt; i++) {
        room->results[i].ok = get_flag(g);
        room->results[i].data = get_data(g, &room->results[i].data_sz);
    }
    return false;
}

static void get_command(get_t *g, lq_command_t *out)
{
    out->kind = (lq_command_kind_t)get_kind(g, LQ_COMMAND_CNT);
    out->instance = out->kind == LQ_COMMAND_RESTART ? get_u32(g) : 0;
}

static void get_outcome(get_t *g, lq_outcome_t *out)
{
    out->intent = get_varint(g);
    out->kind = (lq_outcome_kind_t)get_kind(g, LQ_OUTCOME_CNT);
    if (has_cost(out->kind)) {
        out->gas = get_u32(g);
        out->gas_price_wei.raw = get_u256(g);
        out->bid_wei.raw = get_u256(g);
    }
    if (has_amounts(out->kind)) {
        out->repaid = get_u256(g);
        out->seized = get_u256(g);
    }
}

/* Whether there are more results than the room has. */
static bool get_of(get_t *g, lq_event_room_t *room)
{
    lq_event_t *event = &room->event;
    switch (event->kind) {
    case LQ_EVENT_HEAD:
    case LQ_EVENT_BEGIN:
        get_header(g, &room->of.head);
        event->as.head = &room->of.head;
        return false;
    case LQ_EVENT_LOG:
        get_log(g, &room->of.log);
        event->as.log = &room->of.log;
        return false;
    case LQ_EVENT_BLOCK:
    case LQ_EVENT_UNDONE:
        event->as.block = get_block(g);
        return false;
    case LQ_EVENT_PENDING:
        get_pending(g, &room->of.pending);
        event->as.pending = &room->of.pending;
        return false;
    case LQ_EVENT_READ:
        event->as.read = &room->of.read;
        return get_read(g, room);
    case LQ_EVENT_FOUND:
        event->as.found.instance = get_u32(g);
        get_log(g, &room->of.log);
        event->as.found.log = &room->of.log;
        return false;
    case LQ_EVENT_SEARCHED:
        event->as.searched.instance = get_u32(g);
        event->as.searched.next_blk = get_varint(g);
        event->as.searched.done = get_flag(g);
        return false;
    case LQ_EVENT_COMMAND:
        get_command(g, &event->as.command);
        return false;
    case LQ_EVENT_FUNDS:
        room->of.funds.token = get_address(g);
        room->of.funds.amount = get_u256(g);
        event->as.funds = &room->of.funds;
        return false;
    case LQ_EVENT_OUTCOME:
        get_outcome(g, &room->of.outcome);
        event->as.outcome = &room->of.outcome;
        return false;
    case LQ_EVENT_BROKEN:
    case LQ_EVENT_RESUME:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_GO_ON:
    case LQ_EVENT_CNT:
        return false;
    }
    return false;
}

lq_err_t lq_event_decode(lq_event_room_t *room, const uint8_t *p, size_t sz)
{
    get_t g = get_begin(p, sz);
    memset(&room->event, 0, sizeof(room->event));
    memset(&room->of, 0, sizeof(room->of));
    room->event.kind = (lq_event_kind_t)get_kind(&g, LQ_EVENT_CNT);
    room->event.time.wall_ns = get_u64(&g);
    room->event.time.mono_ns = get_u64(&g);
    bool full = get_of(&g, room);
    if (g.bad || (!full && get_left(&g)))
        return LQ_ERR_SYNTAX;
    return full ? LQ_ERR_FULL : LQ_OK;
}
