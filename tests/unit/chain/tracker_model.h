#ifndef TRACKER_MODEL_H
#define TRACKER_MODEL_H

/* A stack that applies events and aborts (LQ_ASSERT) where one breaks a law of events.h. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "liqd/events.h"

#define MODEL_BLK_MAX 8192
#define MODEL_LOG_MAX 64

typedef struct model_blk {
    lq_block_ref_t ref;
    bool headed, complete;
    uint32_t log_cnt;
    uint32_t last_idx;
    uint64_t logs[MODEL_LOG_MAX]; /* fingerprints */
} model_blk_t;

typedef struct model {
    model_blk_t blk[MODEL_BLK_MAX];
    size_t cnt, complete_cnt;
    bool based; /* base is below blk[0] */
    lq_block_ref_t base;
    uint64_t head_cnt, log_cnt, block_cnt, undone_cnt, broken_cnt;
} model_t;

static inline bool model_hash_eq(const lq_hash_t *a, const lq_hash_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static inline uint64_t model_mix(uint64_t h, const void *p, size_t sz)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < sz; i++)
        h = (h ^ b[i]) * 0x100000001b3u;
    return h;
}

static inline uint64_t model_fingerprint(const lq_evm_log_t *log)
{
    uint64_t h = 0xcbf29ce484222325u;
    h = model_mix(h, &log->block.hash, sizeof(log->block.hash));
    h = model_mix(h, &log->block.number, sizeof(log->block.number));
    h = model_mix(h, &log->tx_hash, sizeof(log->tx_hash));
    h = model_mix(h, &log->tx_idx, sizeof(log->tx_idx));
    h = model_mix(h, &log->log_idx, sizeof(log->log_idx));
    h = model_mix(h, &log->address, sizeof(log->address));
    h = model_mix(h, log->topics, log->topic_cnt * sizeof(lq_hash_t));
    return model_mix(h, log->data, log->data_sz);
}

static inline void model_head(model_t *m, const lq_header_t *h)
{
    m->head_cnt++;
    if (m->cnt && !m->blk[m->cnt - 1].headed) {
        model_blk_t *open = &m->blk[m->cnt - 1];
        LQ_ASSERT(model_hash_eq(&open->ref.hash, &h->block.hash));
        LQ_ASSERT(open->ref.number == h->block.number);
        m->cnt--; /* to look at what is below it */
        LQ_ASSERT(m->cnt);
        LQ_ASSERT(model_hash_eq(&m->blk[m->cnt - 1].ref.hash, &h->parent_hash));
        m->cnt++;
        open->headed = true;
        return;
    }
    if (m->cnt) {
        const model_blk_t *top = &m->blk[m->cnt - 1];
        LQ_ASSERT(model_hash_eq(&top->ref.hash, &h->parent_hash));
        LQ_ASSERT(top->ref.number + 1 == h->block.number);
    } else if (m->based) {
        LQ_ASSERT(model_hash_eq(&m->base.hash, &h->parent_hash));
    }
    if (!m->cnt) {
        m->based = true;
        m->base = (lq_block_ref_t){h->block.number - 1, h->parent_hash};
    }
    LQ_ASSERT(m->cnt < MODEL_BLK_MAX);
    m->blk[m->cnt++] = (model_blk_t){.ref = h->block, .headed = true};
}

static inline void model_log(model_t *m, const lq_evm_log_t *log)
{
    m->log_cnt++;
    LQ_ASSERT(m->cnt);
    model_blk_t *top = &m->blk[m->cnt - 1];
    if (!model_hash_eq(&top->ref.hash, &log->block.hash)) {
        LQ_ASSERT(top->headed && top->ref.number + 1 == log->block.number);
        LQ_ASSERT(m->cnt < MODEL_BLK_MAX);
        top = &m->blk[m->cnt++];
        *top = (model_blk_t){.ref = log->block};
    }
    LQ_ASSERT(top->ref.number == log->block.number);
    LQ_ASSERT(!top->complete && (!top->log_cnt || log->log_idx > top->last_idx));
    LQ_ASSERT(top->log_cnt < MODEL_LOG_MAX);
    top->last_idx = log->log_idx;
    top->logs[top->log_cnt++] = model_fingerprint(log);
}

static inline void model_apply(model_t *m, const lq_event_t *e)
{
    switch (e->kind) {
    case LQ_EVENT_HEAD:
        model_head(m, e->as.head);
        break;
    case LQ_EVENT_LOG:
        model_log(m, e->as.log);
        break;
    case LQ_EVENT_BLOCK:
        m->block_cnt++;
        LQ_ASSERT(m->complete_cnt < m->cnt);
        LQ_ASSERT(m->blk[m->complete_cnt].headed);
        LQ_ASSERT(model_hash_eq(&m->blk[m->complete_cnt].ref.hash, &e->as.block.hash));
        LQ_ASSERT(m->blk[m->complete_cnt].ref.number == e->as.block.number);
        m->blk[m->complete_cnt++].complete = true;
        break;
    case LQ_EVENT_UNDONE:
        m->undone_cnt++;
        LQ_ASSERT(m->cnt);
        m->cnt--;
        LQ_ASSERT(model_hash_eq(&m->blk[m->cnt].ref.hash, &e->as.block.hash));
        LQ_ASSERT(m->blk[m->cnt].ref.number == e->as.block.number);
        if (m->complete_cnt > m->cnt)
            m->complete_cnt = m->cnt;
        break;
    case LQ_EVENT_BROKEN:
        m->broken_cnt++;
        m->cnt = m->complete_cnt = 0;
        m->based = false;
        break;
    default:
        LQ_BUG("not the tracker's");
    }
}

#endif
