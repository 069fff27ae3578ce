#include <string.h>

#include "sync_internal.h"

/* What was given lies in one stretch of memory, the blocks' from the oldest to the newest, each a
   row of entries: its logs, then the answers that count at its end. The oldest go first where
   there is no room; they stay in effect and cannot be given again. Twice the room that is used, so
   that moving it to the front costs no more than what was added. */

_Static_assert(sizeof(sync_held_t) == 16, "entries stay aligned");

static size_t round_up(size_t sz)
{
    return (sz + 15) & ~(size_t)15;
}

static void to_front(lq_sync_t *s)
{
    size_t by = s->hold_at;
    memmove(s->hold, s->hold + by, s->hold_end - by);
    for (size_t k = 0; k <= s->top; k++)
        s->blks[k].at -= s->blks[k].at >= by ? by : s->blks[k].at;
    s->hold_at = 0;
    s->hold_end -= by;
}

/* Lets go of what the oldest block that has something holds; false: only blks[KEEP] and those above
   have. Answers that wait are let go too: they are wanted again. */
static bool drop_oldest(lq_sync_t *s, size_t keep)
{
    for (size_t k = 0; k < keep; k++) {
        sync_blk_t *b = &s->blks[k];
        if (!b->sz)
            continue;
        s->hold_at = b->at + b->sz;
        b->whole = false;
        b->every_failed = b->every_failed || b->applied_sz < b->sz;
        b->at = s->hold_at;
        b->sz = 0;
        b->applied_sz = 0;
        return true;
    }
    return false;
}

/* Room for SZ bytes behind blks[K], which may not be let go for it. */
static bool make_room(lq_sync_t *s, size_t k, size_t sz)
{
    while (s->hold_end - s->hold_at + sz > s->config.hold_max) {
        sync_full(s, SYNC_FULL_HOLD, "hold_max: the events of the window are not all kept");
        if (!drop_oldest(s, k))
            return false;
    }
    if (s->hold_end + sz > 2 * s->config.hold_max)
        to_front(s);
    return true;
}

sync_held_t *sync_hold_log(lq_sync_t *s, const lq_evm_log_t *log)
{
    sync_blk_t *b = sync_top(s);
    size_t sz = round_up(sizeof(sync_held_t) + sizeof(*log) + log->data_sz);
    if (!b->whole || sz > s->config.hold_max || !make_room(s, s->top, sz)) {
        b->whole = false;
        return NULL;
    }
    if (!b->sz)
        b->at = s->hold_end;
    sync_held_t held = {.sz = (uint32_t)sz, .result_cnt = (uint32_t)log->data_sz};
    uint8_t *at = s->hold + b->at + b->sz;
    memcpy(at, &held, sizeof(held));
    memcpy(at + sizeof(held), log, sizeof(*log));
    if (log->data_sz)
        memcpy(at + sizeof(held) + sizeof(*log), log->data, log->data_sz);
    b->sz += sz;
    b->applied_sz = b->sz;
    s->hold_end = b->at + b->sz;
    return sync_held_at(s, b, b->sz - sz);
}

static size_t answer_sz(const sync_read_t *read, const lq_read_answer_t *answer)
{
    size_t sz = sizeof(sync_held_t) + read->cnt * sizeof(sync_ask_t) + 8 * answer->result_cnt;
    for (size_t i = 0; i < answer->result_cnt; i++) {
        if (answer->results[i].data_sz > UINT32_MAX / 2 || sz > UINT32_MAX / 2)
            return SIZE_MAX;
        sz += answer->results[i].data_sz;
    }
    return round_up(sz);
}

static void write_answer(uint8_t *at, size_t sz, const sync_read_t *read,
                         const lq_read_answer_t *answer)
{
    sync_held_t held = {.sz = (uint32_t)sz,
                        .is_answer = 1,
                        .purpose = (uint16_t)read->purpose,
                        .cnt = (uint32_t)read->cnt,
                        .result_cnt = (uint32_t)answer->result_cnt};
    memcpy(at, &held, sizeof(held));
    at += sizeof(held);
    memcpy(at, read->asks, read->cnt * sizeof(*read->asks));
    at += read->cnt * sizeof(*read->asks);
    uint8_t *data = at + 8 * answer->result_cnt;
    for (size_t i = 0; i < answer->result_cnt; i++, at += 8) {
        const lq_read_result_t *r = &answer->results[i];
        uint32_t head[2] = {r->ok, (uint32_t)r->data_sz};
        memcpy(at, head, sizeof(head));
        if (r->data_sz)
            memcpy(data, r->data, r->data_sz);
        data += r->data_sz;
    }
}

/* Answers take half of the room at most, or they would push out the logs that they need. */
bool sync_hold_answer(lq_sync_t *s, size_t k, const sync_read_t *read,
                      const lq_read_answer_t *answer)
{
    size_t sz = answer_sz(read, answer);
    if (sz > s->config.hold_max / 2 ||
        s->hold_end - s->hold_at + sz > s->config.hold_max - s->config.hold_max / 4)
        return false;
    if (s->hold_end + sz > 2 * s->config.hold_max)
        to_front(s);
    sync_blk_t *b = &s->blks[k];
    if (!b->sz) {
        b->at = s->hold_end;
        for (size_t j = k + 1; j <= s->top; j++)
            if (s->blks[j].sz && s->blks[j].at < b->at)
                b->at = s->blks[j].at;
    }
    size_t at = b->at + b->sz;
    memmove(s->hold + at + sz, s->hold + at, s->hold_end - at);
    for (size_t j = k + 1; j <= s->top; j++)
        s->blks[j].at += sz;
    s->hold_end += sz;
    write_answer(s->hold + at, sz, read, answer);
    b->sz += sz;
    return true;
}

void sync_hold_cut(lq_sync_t *s)
{
    sync_blk_t *b = sync_top(s);
    if (b->sz)
        s->hold_end = b->at;
    if (s->hold_end < s->hold_at)
        s->hold_end = s->hold_at;
    b->sz = 0;
    b->applied_sz = 0;
}

void sync_hold_base(lq_sync_t *s)
{
    sync_blk_t *b = &s->blks[0];
    if (!b->sz || b->applied_sz < b->sz)
        return;
    s->hold_at = b->at + b->sz;
    b->sz = 0;
    b->applied_sz = 0;
    if (s->hold_at == s->hold_end) {
        s->hold_at = 0;
        s->hold_end = 0;
    }
}

sync_held_t *sync_held_at(lq_sync_t *s, const sync_blk_t *blk, size_t at)
{
    return (sync_held_t *)(void *)(s->hold + blk->at + at);
}

lq_evm_log_t sync_held_log(const sync_held_t *held)
{
    lq_evm_log_t log;
    const uint8_t *at = (const uint8_t *)(held + 1);
    memcpy(&log, at, sizeof(log));
    log.data = at + sizeof(log);
    return log;
}

const sync_ask_t *sync_held_asks(const sync_held_t *held)
{
    return (const sync_ask_t *)(const void *)(held + 1);
}

size_t sync_held_results(const sync_held_t *held, lq_read_result_t *out)
{
    const uint8_t *at = (const uint8_t *)(held + 1) + held->cnt * sizeof(sync_ask_t);
    const uint8_t *data = at + 8 * (size_t)held->result_cnt;
    for (size_t i = 0; i < held->result_cnt; i++, at += 8) {
        uint32_t head[2];
        memcpy(head, at, sizeof(head));
        out[i] = (lq_read_result_t){.ok = head[0], .data = data, .data_sz = head[1]};
        data += head[1];
    }
    return held->result_cnt;
}
