#include "hold_internal.h"

#include <string.h>

#include "liqd/chain/decode.h"

#define UNIT _Alignof(lq_evm_log_t)
_Static_assert(UNIT == 8, "offsets count in these");

lq_err_t lq_hold_init(lq_hold_t *h, lq_arena_t *arena, size_t max)
{
    uint8_t *mem = max / UNIT > UINT32_MAX ? NULL : lq_arena_alloc(arena, max, UNIT);
    if (!mem)
        return LQ_ERR_NOMEM;
    *h = (lq_hold_t){.mem = mem, .max = max};
    return LQ_OK;
}

static size_t rounded(size_t sz)
{
    return (sz + UNIT - 1) / UNIT * UNIT;
}

static size_t end_of_parts(const lq_hold_t *h)
{
    const lq_hold_part_t *last = &h->parts[h->part_cnt];
    return h->part_cnt ? last[-1].at + last[-1].sz : 0;
}

void lq_hold_begin(lq_hold_t *h)
{
    h->open = (lq_hold_part_t){.at = end_of_parts(h)};
}

/* Closes up the parts; false where there is nothing between them. */
static bool close_up(lq_hold_t *h)
{
    size_t to = 0;
    for (size_t i = 0; i < h->part_cnt; i++) {
        memmove(h->mem + to, h->mem + h->parts[i].at, h->parts[i].sz);
        h->parts[i].at = to;
        to += h->parts[i].sz;
    }
    if (to == h->open.at)
        return false;
    memmove(h->mem + to, h->mem + h->open.at, h->open.sz);
    h->open.at = to;
    return true;
}

static size_t room(const lq_hold_t *h)
{
    return h->max - h->open.at - h->open.sz;
}

lq_err_t lq_hold_add(lq_hold_t *h, const lq_evm_log_t **log, bool *removed, lq_err_msg_t *msg,
                     const lq_json_t *doc, lq_json_val_t at)
{
    lq_evm_log_t got;
    lq_err_t err;
    do {
        size_t free_sz = room(h) / UNIT * UNIT;
        if (free_sz < sizeof(got))
            err = LQ_ERR_TOO_LONG;
        else
            err = lq_evm_log_decode(doc, &got, removed,
                                    h->mem + h->open.at + h->open.sz + sizeof(got),
                                    free_sz - sizeof(got), msg, at);
    } while (err == LQ_ERR_TOO_LONG && close_up(h));
    if (err)
        return err == LQ_ERR_TOO_LONG ? LQ_ERR_FULL : err;
    lq_evm_log_t *row = (lq_evm_log_t *)(void *)(h->mem + h->open.at + h->open.sz);
    *row = got;
    h->open.sz += rounded(sizeof(got) + got.data_sz);
    h->open.row_cnt++;
    *log = row;
    return LQ_OK;
}

void lq_hold_undo(lq_hold_t *h, const lq_evm_log_t *log)
{
    h->open.sz -= rounded(sizeof(*log) + log->data_sz);
    h->open.row_cnt--;
}

static lq_evm_log_t *row_at(const lq_hold_t *h, const lq_hold_part_t *p, uint32_t unit)
{
    return (lq_evm_log_t *)(void *)(h->mem + p->at + (size_t)unit * UNIT);
}

static bool is_before(const lq_evm_log_t *a, const lq_evm_log_t *b)
{
    return a->block.number != b->block.number ? a->block.number < b->block.number
                                              : a->log_idx < b->log_idx;
}

/* Lets ORDER[i] of a heap of CNT, the last on top, sink to its place. */
static void sink(const lq_hold_t *h, uint32_t *order, size_t cnt, size_t i)
{
    for (;;) {
        size_t big = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < cnt; k++)
            if (is_before(row_at(h, &h->open, order[big]), row_at(h, &h->open, order[k])))
                big = k;
        if (big == i)
            return;
        uint32_t swap = order[i];
        order[i] = order[big];
        order[big] = swap;
        i = big;
    }
}

/* A heap sort: no memory, and no order of a node's makes it slow. */
static void sort(const lq_hold_t *h, uint32_t *order, size_t cnt)
{
    for (size_t i = cnt / 2; i-- > 0;)
        sink(h, order, cnt, i);
    for (size_t end = cnt; end-- > 1;) {
        uint32_t swap = order[0];
        order[0] = order[end];
        order[end] = swap;
        sink(h, order, end, 0);
    }
}

static lq_err_t check_pair(lq_err_msg_t *msg, const lq_evm_log_t *a, const lq_evm_log_t *b)
{
    if (a->block.number != b->block.number)
        return LQ_OK;
    const char *fault = NULL;
    if (a->log_idx == b->log_idx)
        fault = "a log twice";
    else if (memcmp(&a->block.hash, &b->block.hash, sizeof(a->block.hash)) != 0)
        fault = "two hashes of one block";
    else if (a->tx_idx > b->tx_idx)
        fault = "transactions out of order";
    if (!fault)
        return LQ_OK;
    return lq_err_msg_set(msg, LQ_ERR_EXISTS, "block %llu, log %u: %s",
                          (unsigned long long)b->block.number, (unsigned)b->log_idx, fault);
}

lq_err_t lq_hold_sort(lq_hold_t *h, lq_err_msg_t *msg)
{
    lq_hold_part_t *p = &h->open;
    size_t order_sz = rounded(p->row_cnt * sizeof(uint32_t));
    if (room(h) < order_sz && (!close_up(h) || room(h) < order_sz))
        return LQ_ERR_FULL;
    uint32_t *order = (uint32_t *)(void *)(h->mem + p->at + p->sz);
    bool rises = true;
    size_t at = 0;
    for (size_t i = 0; i < p->row_cnt; i++) {
        order[i] = (uint32_t)(at / UNIT);
        const lq_evm_log_t *row = row_at(h, p, order[i]);
        rises &= !i || is_before(row_at(h, p, order[i - 1]), row);
        at += rounded(sizeof(*row) + row->data_sz);
    }
    if (!rises)
        sort(h, order, p->row_cnt);
    for (size_t i = 1; i < p->row_cnt; i++) {
        lq_err_t err = check_pair(msg, row_at(h, p, order[i - 1]), row_at(h, p, order[i]));
        if (err)
            return err;
    }
    p->order_at = p->sz;
    p->sz += order_sz;
    return LQ_OK;
}

size_t lq_hold_end(lq_hold_t *h, uint32_t id)
{
    LQ_ASSERT(h->part_cnt < LQ_HOLD_PART_MAX);
    h->open.id = id;
    h->parts[h->part_cnt++] = h->open;
    h->live_sz += h->open.sz;
    return h->open.sz;
}

static size_t find(const lq_hold_t *h, uint32_t id)
{
    for (size_t i = 0; i < h->part_cnt; i++)
        if (h->parts[i].id == id)
            return i;
    LQ_BUG("no answer %u is held", (unsigned)id);
}

void lq_hold_drop(lq_hold_t *h, uint32_t id)
{
    size_t i = find(h, id);
    h->live_sz -= h->parts[i].sz;
    h->part_cnt--;
    memmove(&h->parts[i], &h->parts[i + 1], (h->part_cnt - i) * sizeof(h->parts[0]));
}

const lq_evm_log_t *lq_hold_log(lq_hold_t *h, uint32_t id, size_t idx)
{
    const lq_hold_part_t *p = &h->parts[find(h, id)];
    if (idx >= p->row_cnt)
        return NULL;
    const uint32_t *order = (const uint32_t *)(const void *)(h->mem + p->at + p->order_at);
    lq_evm_log_t *row = row_at(h, p, order[idx]);
    row->data = (const uint8_t *)(row + 1); /* it may have moved since */
    return row;
}

size_t lq_hold_free_sz(const lq_hold_t *h)
{
    return h->max - h->live_sz;
}
