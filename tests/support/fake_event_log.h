#ifndef FAKE_EVENT_LOG_H
#define FAKE_EVENT_LOG_H

/* Event logs made in memory, frame by frame. */

#include <stdlib.h>
#include <string.h>

#include "../../src/record/event_log_internal.h"

typedef struct fake_log {
    uint8_t *p;
    size_t sz;
    size_t max;
    uint64_t check;
    uint64_t frame_cnt;
    uint8_t *records; /* of the next frame */
    size_t records_sz;
    size_t records_max;
    uint32_t event_cnt;
} fake_log_t;

static inline void fake_log_grow(uint8_t **p, size_t *max, size_t sz)
{
    if (sz <= *max)
        return;
    *max = 2 * sz;
    *p = realloc(*p, *max);
    LQ_ASSERT(*p);
}

static inline void fake_log_bytes(fake_log_t *log, const void *p, size_t sz)
{
    fake_log_grow(&log->p, &log->max, log->sz + sz);
    if (sz)
        memcpy(log->p + log->sz, p, sz);
    log->sz += sz;
}

static inline void fake_log_begin(fake_log_t *log, const lq_event_log_start_t *start)
{
    uint8_t head[LOG_HEAD_SZ];
    log_section_t sections[LOG_SECTION_CNT];
    *log = (fake_log_t){0};
    log->check = log_head(head, sections, start);
    fake_log_bytes(log, head, sizeof(head));
    for (size_t i = 0; i < LOG_SECTION_CNT; i++)
        fake_log_bytes(log, sections[i].p, sections[i].sz);
}

static inline uint8_t *fake_log_record(fake_log_t *log, unsigned tag, size_t sz)
{
    size_t at = log->records_sz;
    log->records_sz += RECORD_HEAD_SZ + sz;
    fake_log_grow(&log->records, &log->records_max, log->records_sz);
    uint32_t head = record_head(sz, tag);
    memcpy(log->records + at, &head, sizeof(head));
    log->event_cnt += tag == RECORD_TAG_EVENT;
    return log->records + at + RECORD_HEAD_SZ;
}

static inline void fake_log_event(fake_log_t *log, const lq_event_t *event)
{
    (void)lq_event_encode(fake_log_record(log, RECORD_TAG_EVENT, lq_event_sz(event)), event);
}

static inline void fake_log_action(fake_log_t *log, const lq_action_t *action)
{
    unsigned tag = 1 + (unsigned)action->kind;
    if (lq_action_is_kept(action->kind)) {
        (void)lq_action_encode(fake_log_record(log, tag, lq_action_sz(action)), action);
        return;
    }
    uint64_t digest = lq_action_digest(action);
    memcpy(fake_log_record(log, tag, sizeof(digest)), &digest, sizeof(digest));
}

/* Ends the frame. */
static inline void fake_log_frame(fake_log_t *log)
{
    uint8_t head[FRAME_HEAD_SZ];
    log->check = frame_head(head, log->check, log->frame_cnt++, log->event_cnt, log->records,
                            log->records_sz);
    fake_log_bytes(log, head, sizeof(head));
    fake_log_bytes(log, log->records, log->records_sz);
    log->records_sz = 0;
    log->event_cnt = 0;
}

static inline void fake_log_free(fake_log_t *log)
{
    free(log->p);
    free(log->records);
}

#endif
