#include "simulate_internal.h"

#include <string.h>

#include "decode_internal.h"

/* Whatever is malformed is so in one way to who asked; what has no room is not malformed. */
static lq_err_t judged(lq_err_t err)
{
    return err && err != LQ_ERR_TOO_LONG && err != LQ_ERR_NOT_FOUND ? LQ_ERR_SYNTAX : err;
}

/* The end of a reader: a field that is missing is malformed, too. */
static lq_err_t end_of(const reader_t *r)
{
    return r->err == LQ_ERR_NOT_FOUND ? LQ_ERR_SYNTAX : judged(r->err);
}

/* ---- eth_simulateV1 */

/* What of the room is left. */
typedef struct filler {
    reader_t r;
    const lq_simulate_room_t *room;
    size_t log_cnt;
    size_t bytes_sz;
} filler_t;

static void take_bytes(filler_t *f, const uint8_t **out, size_t *out_sz, lq_json_val_t v)
{
    if (f->r.err)
        return;
    uint8_t *to = f->room->bytes + f->bytes_sz;
    size_t max = f->room->bytes_max - f->bytes_sz;
    keep(&f->r, lq_json_get_data_max(f->r.doc, to, out_sz, max, f->r.msg, v, NULL), v);
    if (f->r.err)
        return;
    *out = to;
    f->bytes_sz += *out_sz;
}

static void take_log(filler_t *f, lq_json_val_t v)
{
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("address"),
        LQ_JSON_KEY("topics"),
        LQ_JSON_KEY("data"),
    };
    lq_json_val_t m[LQ_ARRAY_CNT(keys)];
    if (f->log_cnt == f->room->log_max) {
        f->r.err =
            lq_err_msg_set(f->r.msg, LQ_ERR_TOO_LONG, "logs: more than %zu", f->room->log_max);
        return;
    }
    f->r.err = lq_json_pick(f->r.doc, m, f->r.msg, v, keys, LQ_ARRAY_CNT(keys));
    if (f->r.err)
        return;
    lq_evm_log_t *log = &f->room->logs[f->log_cnt++];
    memset(log, 0, sizeof(*log));
    take_data(&f->r, log->address.b, sizeof(log->address.b), m[0]);
    lq_decode_topics(&f->r, log, m[1]);
    take_bytes(f, &log->data, &log->data_sz, m[2]);
}

static void take_logs(filler_t *f, lq_simulate_result_t *out, lq_json_val_t v)
{
    lq_json_iter_t it;
    lq_json_val_t log;
    if (f->r.err)
        return;
    out->logs = f->room->logs + f->log_cnt;
    if (lq_json_kind(v) != LQ_JSON_KIND_ARRAY) {
        f->r.err = lq_err_msg_set(f->r.msg, LQ_ERR_SYNTAX, "logs: no array; distrust the sender");
        return;
    }
    size_t before = f->log_cnt;
    f->r.err = lq_json_iter(f->r.doc, &it, f->r.msg, v, NULL);
    while (!f->r.err && lq_json_next(f->r.doc, NULL, &log, &it))
        take_log(f, log);
    out->log_cnt = f->log_cnt - before;
}

/* What a revert carries: most clients have it in the error, anvil as what was returned. */
static void take_revert(filler_t *f, lq_simulate_result_t *out, lq_json_val_t error,
                        lq_json_val_t returned)
{
    lq_json_val_t data = LQ_JSON_ABSENT;
    if (lq_json_kind(error) == LQ_JSON_KIND_OBJECT) {
        lq_err_t err = lq_json_find(f->r.doc, &data, NULL, error, "data");
        if (err || lq_json_kind(data) != LQ_JSON_KIND_STRING)
            data = LQ_JSON_ABSENT;
    }
    if (!is_there(data))
        data = returned;
    if (is_there(data))
        take_bytes(f, &out->data, &out->data_sz, data);
}

static void take_result(filler_t *f, lq_simulate_result_t *out, lq_json_val_t v, uint64_t gas_limit)
{
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY_OPT("returnData"), LQ_JSON_KEY_OPT("logs"),  LQ_JSON_KEY("gasUsed"),
        LQ_JSON_KEY("status"),         LQ_JSON_KEY_OPT("error"),
    };
    lq_json_val_t m[LQ_ARRAY_CNT(keys)];
    uint64_t status = 0;
    uint64_t gas = 0;
    f->r.err = lq_json_pick(f->r.doc, m, f->r.msg, v, keys, LQ_ARRAY_CNT(keys));
    if (f->r.err)
        return;
    *out = (lq_simulate_result_t){
        .known = true, .has_logs = true, .data = f->room->bytes, .logs = f->room->logs};
    take_u64(&f->r, &gas, m[2]);
    take_u64(&f->r, &status, m[3]);
    if (!f->r.err && (gas > gas_limit || gas > UINT32_MAX || status > 1)) {
        f->r.err = lq_err_msg_set(f->r.msg, LQ_ERR_RANGE,
                                  "gasUsed or status out of range; distrust the sender");
        return;
    }
    out->ok = status == 1;
    out->gas = (uint32_t)gas;
    if (!out->ok) {
        take_revert(f, out, m[4], m[0]);
        return;
    }
    take_bytes(f, &out->data, &out->data_sz, m[0]);
    take_logs(f, out, m[1]);
}

static lq_err_t take_results(filler_t *f, lq_json_val_t v, const lq_simulate_ask_t *ask)
{
    lq_json_iter_t it;
    lq_json_val_t call;
    size_t cnt = 0;
    if (lq_json_kind(v) != LQ_JSON_KIND_ARRAY)
        return lq_err_msg_set(f->r.msg, LQ_ERR_SYNTAX, "calls: no array; distrust the sender");
    f->r.err = lq_json_iter(f->r.doc, &it, f->r.msg, v, NULL);
    for (; !f->r.err && lq_json_next(f->r.doc, NULL, &call, &it); cnt++)
        if (cnt < ask->tx_cnt)
            take_result(f, &f->room->results[cnt], call, ask->txs[cnt].gas_limit);
    if (f->r.err)
        return end_of(&f->r);
    if (cnt != ask->tx_cnt)
        return lq_err_msg_set(f->r.msg, LQ_ERR_SYNTAX,
                              "calls: not as many as were asked for; distrust the sender");
    return LQ_OK;
}

/* What a block says of itself. */
typedef struct said_block {
    uint64_t number;
    uint64_t timestamp_sec;
    lq_hash_t parent_hash; /* all zero: anvil does not tell */
    lq_address_t miner;
    lq_wei_t base_fee_wei;
    lq_json_val_t calls;
} said_block_t;

static lq_err_t take_block(said_block_t *out, lq_err_msg_t *msg, const lq_json_t *doc,
                           lq_json_val_t v)
{
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("parentHash"), LQ_JSON_KEY("miner"), LQ_JSON_KEY("number"),
        LQ_JSON_KEY("timestamp"),  LQ_JSON_KEY("calls"), LQ_JSON_KEY_OPT("baseFeePerGas"),
    };
    lq_json_val_t m[LQ_ARRAY_CNT(keys)];
    reader_t r = {doc, msg, lq_json_pick(doc, m, msg, v, keys, LQ_ARRAY_CNT(keys))};
    *out = (said_block_t){0};
    if (r.err)
        return end_of(&r);
    take_data(&r, out->parent_hash.b, sizeof(out->parent_hash.b), m[0]);
    take_data(&r, out->miner.b, sizeof(out->miner.b), m[1]);
    take_u64(&r, &out->number, m[2]);
    take_u64(&r, &out->timestamp_sec, m[3]);
    if (is_there(m[5]))
        take_wei(&r, &out->base_fee_wei, m[5]);
    out->calls = m[4];
    return end_of(&r);
}

/* The first block must stand on the parent, and the last be the one that was asked for; some
   clients fill in those between. */
static lq_err_t take_blocks(said_block_t *last, lq_err_msg_t *msg, const lq_json_t *doc,
                            lq_json_val_t at, const lq_simulate_ask_t *ask, bool by_number)
{
    static const lq_hash_t none;
    lq_json_iter_t it;
    lq_json_val_t v;
    uint64_t cnt = 0;
    if (lq_json_kind(at) != LQ_JSON_KIND_ARRAY)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "blocks: no array; distrust the sender");
    lq_err_t err = lq_json_iter(doc, &it, msg, at, NULL);
    while (!err && lq_json_next(doc, NULL, &v, &it)) {
        if (cnt++ == ask->block.block.number - ask->parent.number)
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "more blocks than asked for");
        err = take_block(last, msg, doc, v);
        if (err || cnt > 1)
            continue;
        bool tells = memcmp(&last->parent_hash, &none, sizeof(none)) != 0;
        if (!tells && by_number)
            return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND, "does not say on which block it stands");
        if (tells && memcmp(&last->parent_hash, &ask->parent.hash, sizeof(none)) != 0)
            return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND, "stands on another block");
    }
    if (err)
        return judged(err);
    const lq_header_t *want = &ask->block;
    if (cnt == 0 || last->number != want->block.number ||
        last->timestamp_sec != want->timestamp_sec ||
        memcmp(&last->miner, &want->miner, sizeof(want->miner)) != 0 ||
        lq_wei_cmp(&last->base_fee_wei, &want->base_fee_wei) != 0)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "not the block that was asked for");
    return LQ_OK;
}

lq_err_t lq_simulate_read_v1(const lq_simulate_room_t *room, lq_err_msg_t *msg,
                             const lq_json_t *doc, lq_json_val_t at, const lq_simulate_ask_t *ask,
                             bool by_number)
{
    said_block_t block = {0};
    lq_err_t err = take_blocks(&block, msg, doc, at, ask, by_number);
    if (err)
        return err;
    filler_t f = {.r = {doc, msg, LQ_OK}, .room = room};
    return take_results(&f, block.calls, ask);
}

/* ---- access lists */

static lq_err_t take_keys(lq_simulate_candidate_t *out, size_t *cnt, bool *whole, size_t max,
                          lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t entry)
{
    static const lq_json_key_t keys[] = {LQ_JSON_KEY("address"), LQ_JSON_KEY("storageKeys")};
    lq_json_val_t m[LQ_ARRAY_CNT(keys)];
    lq_json_val_t v;
    lq_json_iter_t it;
    lq_address_t contract;
    reader_t r = {doc, msg, lq_json_pick(doc, m, msg, entry, keys, LQ_ARRAY_CNT(keys))};
    if (r.err)
        return r.err;
    take_data(&r, contract.b, sizeof(contract.b), m[0]);
    if (!r.err && lq_json_kind(m[1]) != LQ_JSON_KIND_ARRAY)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "storageKeys: no array; distrust the sender");
    if (!r.err)
        r.err = lq_json_iter(doc, &it, msg, m[1], NULL);
    while (!r.err && lq_json_next(doc, NULL, &v, &it)) {
        *whole = *whole && *cnt < max;
        if (!*whole)
            break;
        out[*cnt].contract = contract;
        take_data(&r, out[*cnt].slot.b, sizeof(lq_hash_t), v);
        (*cnt)++;
    }
    return r.err;
}

lq_err_t lq_simulate_read_list(lq_simulate_candidate_t *out, size_t *cnt, bool *whole, size_t max,
                               lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t at)
{
    lq_json_val_t list;
    lq_json_val_t entry;
    lq_json_iter_t it;
    size_t n = 0;
    bool all = true;
    lq_err_t err = lq_json_find(doc, &list, msg, at, "accessList");
    if (!err && lq_json_kind(list) != LQ_JSON_KIND_ARRAY)
        err = lq_err_msg_set(msg, LQ_ERR_SYNTAX, "accessList: no array; distrust the sender");
    if (!err)
        err = lq_json_iter(doc, &it, msg, list, NULL);
    while (!err && lq_json_next(doc, NULL, &entry, &it))
        err = take_keys(out, &n, &all, max, msg, doc, entry);
    if (err)
        return LQ_ERR_SYNTAX;
    *cnt = n;
    *whole = all;
    return LQ_OK;
}

/* ---- call traces */

typedef struct frame {
    lq_address_t from, to;
    bool has_to;
    bool moves_coin; /* its value goes from one account to another */
    bool failed;
    lq_wei_t value_wei;
    lq_json_val_t calls;
} frame_t;

static bool is_text(const lq_json_t *doc, lq_json_val_t v, const char *text)
{
    const char *raw;
    size_t sz;
    return !lq_json_get_raw(doc, &raw, &sz, NULL, v, NULL) && sz == strlen(text) &&
           memcmp(raw, text, sz) == 0;
}

static lq_err_t take_frame(frame_t *out, lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t v)
{
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("from"),      LQ_JSON_KEY_OPT("to"),    LQ_JSON_KEY("type"),
        LQ_JSON_KEY_OPT("value"), LQ_JSON_KEY_OPT("error"), LQ_JSON_KEY_OPT("calls"),
    };
    lq_json_val_t m[LQ_ARRAY_CNT(keys)];
    reader_t r = {doc, msg, lq_json_pick(doc, m, msg, v, keys, LQ_ARRAY_CNT(keys))};
    *out = (frame_t){.failed = false};
    if (r.err)
        return r.err;
    take_data(&r, out->from.b, sizeof(out->from.b), m[0]);
    out->has_to = is_there(m[1]);
    if (out->has_to)
        take_data(&r, out->to.b, sizeof(out->to.b), m[1]);
    if (!r.err && lq_json_kind(m[2]) != LQ_JSON_KIND_STRING)
        r.err = lq_err_msg_set(msg, LQ_ERR_SYNTAX, "type: no string; distrust the sender");
    out->moves_coin = is_text(doc, m[2], "CALL") || is_text(doc, m[2], "SELFDESTRUCT");
    if (is_there(m[3]))
        take_wei(&r, &out->value_wei, m[3]);
    out->failed = is_there(m[4]);
    if (is_there(m[5]) && lq_json_kind(m[5]) != LQ_JSON_KIND_ARRAY && !r.err)
        r.err = lq_err_msg_set(msg, LQ_ERR_SYNTAX, "calls: no array; distrust the sender");
    out->calls = is_there(m[5]) ? m[5] : LQ_JSON_ABSENT;
    return r.err;
}

/* Adds what frame V sends, and begins its calls on the stack unless all of it was taken back. */
static lq_err_t enter(lq_wei_t *sum, lq_json_iter_t *stack, size_t *depth, lq_err_msg_t *msg,
                      const lq_json_t *doc, const frame_t *f, const lq_address_t *recipient)
{
    if (f->failed)
        return LQ_OK;
    if (f->moves_coin && f->has_to && memcmp(&f->to, recipient, sizeof(*recipient)) == 0) {
        lq_err_t err = lq_wei_add_checked(sum, sum, &f->value_wei);
        if (err)
            return lq_err_msg_set(msg, err, "values of more coin than there can be");
    }
    if (!is_there(f->calls))
        return LQ_OK;
    if (*depth == LQ_SIMULATE_DEPTH_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "calls nested deeper than the EVM does");
    return lq_json_iter(doc, &stack[(*depth)++], msg, f->calls, NULL);
}

lq_err_t lq_simulate_read_trace(lq_wei_t *out, lq_json_iter_t *stack, lq_err_msg_t *msg,
                                const lq_json_t *doc, lq_json_val_t at, const lq_address_t *from,
                                const lq_address_t *recipient)
{
    frame_t f;
    lq_wei_t sum = {{{0}}};
    size_t depth = 0;
    lq_err_t err = take_frame(&f, msg, doc, at);
    if (!err && memcmp(&f.from, from, sizeof(*from)) != 0)
        err = lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the trace of another transaction");
    if (!err)
        err = enter(&sum, stack, &depth, msg, doc, &f, recipient);
    while (!err && depth) {
        lq_json_val_t v;
        if (!lq_json_next(doc, NULL, &v, &stack[depth - 1])) {
            depth--;
            continue;
        }
        err = take_frame(&f, msg, doc, v);
        if (!err)
            err = enter(&sum, stack, &depth, msg, doc, &f, recipient);
    }
    if (err)
        return LQ_ERR_SYNTAX;
    *out = sum;
    return LQ_OK;
}
