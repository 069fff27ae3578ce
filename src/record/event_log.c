#include "liqd/record/event_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "event_log_internal.h"
#include "liqd/base/digest.h"

struct lq_event_log {
    const uint8_t *p;
    size_t sz;
    lq_event_log_start_t start;
    size_t offset;        /* behind the last whole frame */
    uint64_t check;       /* of that */
    uint64_t frame_cnt;   /* read */
    uint64_t event_cnt;   /* given */
    bool ended;           /* the last frame is a mark: */
    bool goes_on;         /* in the next part */
    const uint8_t *at;    /* the next record */
    const uint8_t *end;   /* of the frame's records */
    lq_event_room_t room; /* the event given */
    lq_recorded_action_t *actions;
    size_t action_max;
};

static uint64_t word_at(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t half_at(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* ---- its start */

/* Where in a head is what. */
enum {
    AT_VERSION = 8,
    AT_PART = 12,
    AT_CHAIN_ID = 16,
    AT_SEED = 24,
    AT_SECTIONS = 32,
    SECTION_ENTRY_SZ = 16,
    AT_CHECK = 96,

    FRAME_AT_EVENT_CNT = 4,
    FRAME_AT_NUMBER = 8,
    FRAME_AT_SZ = 16,
    FRAME_AT_CHECK = 24,
};

static lq_err_t check_head(lq_err_msg_t *msg, const uint8_t *p, size_t sz)
{
    if (sz < LOG_MAGIC_SZ || memcmp(p, LOG_MAGIC, LOG_MAGIC_SZ) != 0)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is no event log");
    if (sz < LOG_HEAD_SZ)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is cut off at byte %zu, in its head", sz);
    uint32_t version = half_at(p + AT_VERSION);
    if (version != LQ_EVENT_LOG_VERSION)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "is an event log of version %" PRIu32
                              ", and this program reads version %u: use the one that wrote it",
                              version, LQ_EVENT_LOG_VERSION);
    if (log_head_check(p) != word_at(p + AT_CHECK))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is damaged in its head, the first %u bytes",
                              LOG_HEAD_SZ);
    return LQ_OK;
}

/* Sets SECTIONS and *END, behind them. */
static lq_err_t read_sections(log_section_t sections[LOG_SECTION_CNT], size_t *end,
                              lq_err_msg_t *msg, const uint8_t *p, size_t sz)
{
    static const char *const names[LOG_SECTION_CNT] = {"program's name", "configuration",
                                                       "snapshot", "memory"};
    size_t at = LOG_HEAD_SZ;
    for (size_t i = 0; i < LOG_SECTION_CNT; i++) {
        const uint8_t *entry = p + AT_SECTIONS + i * SECTION_ENTRY_SZ;
        uint64_t section_sz = word_at(entry);
        if (section_sz > sz - at)
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "is cut off at byte %zu: its %s ends %" PRIu64 " bytes later", sz,
                                  names[i], section_sz - (sz - at));
        sections[i] = (log_section_t){p + at, (size_t)section_sz};
        if (lq_digest(p + at, (size_t)section_sz) != word_at(entry + sizeof(uint64_t)))
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "is damaged in its %s, bytes %zu to %" PRIu64,
                                  names[i], at, at + section_sz);
        at += (size_t)section_sz;
    }
    const char *program = sections[0].p;
    if (!sections[0].sz || memchr(program, 0, sections[0].sz) != program + sections[0].sz - 1)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "does not name the program that wrote it");
    *end = at;
    return LQ_OK;
}

static lq_event_log_start_t start_of(const uint8_t *p, const log_section_t s[LOG_SECTION_CNT])
{
    uint32_t part = half_at(p + AT_PART);
    return (lq_event_log_start_t){.chain_id = word_at(p + AT_CHAIN_ID),
                                  .seed = part ? 0 : word_at(p + AT_SEED),
                                  .part = part,
                                  .before = part ? word_at(p + AT_SEED) : 0,
                                  .program = s[0].p,
                                  .config = s[1].p,
                                  .config_sz = s[1].sz,
                                  .snapshot = s[2].sz ? s[2].p : NULL,
                                  .snapshot_sz = s[2].sz,
                                  .memory = s[3].sz ? s[3].p : NULL,
                                  .memory_sz = s[3].sz};
}

lq_err_t lq_event_log_open(lq_event_log_t **log, lq_err_msg_t *msg, const void *p, size_t sz)
{
    log_section_t sections[LOG_SECTION_CNT] = {{0}};
    size_t end = 0;
    lq_err_t err = check_head(msg, p, sz);
    if (!err)
        err = read_sections(sections, &end, msg, p, sz);
    if (err)
        return err;
    lq_event_log_t *made = calloc(1, sizeof(*made));
    if (!made)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "does not fit into memory");
    made->p = p;
    made->sz = sz;
    made->start = start_of(p, sections);
    made->offset = end;
    made->check = word_at(made->p + AT_CHECK);
    made->at = made->end = made->p + end;
    *log = made;
    return LQ_OK;
}

void lq_event_log_close(lq_event_log_t *log)
{
    if (!log)
        return;
    free(log->room.results);
    free(log->actions);
    free(log);
}

const lq_event_log_start_t *lq_event_log_start(const lq_event_log_t *log)
{
    return &log->start;
}

uint64_t lq_event_log_event_cnt(const lq_event_log_t *log)
{
    return log->event_cnt;
}

uint64_t lq_event_log_offset(const lq_event_log_t *log)
{
    return log->offset;
}

bool lq_event_log_is_complete(const lq_event_log_t *log)
{
    return log->ended && !log->goes_on;
}

bool lq_event_log_goes_on(const lq_event_log_t *log)
{
    return log->ended && log->goes_on;
}

uint64_t lq_event_log_check(const lq_event_log_t *log)
{
    return log->check;
}

/* ---- frames */

/* A record at P, of which LEFT bytes are there; false: it is none. */
static bool record_is_good(const uint8_t *p, size_t left)
{
    if (left < RECORD_HEAD_SZ)
        return false;
    uint32_t head = half_at(p);
    if (record_sz(head) > left - RECORD_HEAD_SZ)
        return false;
    unsigned tag = record_tag(head);
    if (tag == RECORD_TAG_EVENT)
        return true;
    if (tag > LQ_ACTION_CNT)
        return false;
    return lq_action_is_kept((lq_action_kind_t)(tag - 1)) || record_sz(head) == RECORD_DIGEST_SZ;
}

/* Whether the SZ bytes at P are records, of EVENT_CNT events; of no bytes it is a mark. */
static bool records_are_good(const uint8_t *p, size_t sz, uint32_t event_cnt)
{
    if (!sz)
        return event_cnt == MARK_END || event_cnt == MARK_NEXT;
    uint64_t cnt = 0;
    for (size_t at = 0; at < sz;) {
        if (!record_is_good(p + at, sz - at))
            return false;
        uint32_t head = half_at(p + at);
        cnt += record_tag(head) == RECORD_TAG_EVENT;
        if (!cnt)
            return false;
        at += RECORD_HEAD_SZ + record_sz(head);
    }
    return cnt == event_cnt;
}

static lq_err_t damaged(const lq_event_log_t *log, lq_err_msg_t *msg, const char *what, size_t at)
{
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "%s at byte %zu: %" PRIu64 " events are good, up to byte %zu", what, at,
                          log->event_cnt, log->offset);
}

/* Takes the frame behind the last one. */
static lq_err_t next_frame(lq_event_log_t *log, lq_err_msg_t *msg)
{
    const uint8_t *head = log->p + log->offset;
    size_t left = log->sz - log->offset;
    if (!left && !log->ended)
        return lq_err_msg_set(msg, LQ_ERR_EMPTY,
                              "ends without its end mark, behind %" PRIu64
                              " events: its program was killed, or its recording ended early",
                              log->event_cnt);
    if (!left)
        return LQ_ERR_EMPTY;
    if (log->ended)
        return damaged(log, msg, "goes on behind its end mark", log->offset);
    if (left < FRAME_HEAD_SZ)
        return damaged(log, msg, "is cut off", log->sz);
    const uint64_t sz = word_at(head + FRAME_AT_SZ);
    if (half_at(head) != FRAME_MAGIC)
        return damaged(log, msg, "is damaged: no frame begins", log->offset);
    if (word_at(head + FRAME_AT_NUMBER) != log->frame_cnt)
        return damaged(log, msg, "is damaged: another frame should stand", log->offset);
    if (sz > left - FRAME_HEAD_SZ)
        return damaged(log, msg, "is cut off, or damaged, in the frame", log->offset);
    const uint8_t *records = head + FRAME_HEAD_SZ;
    const uint64_t check = frame_check(log->check, head, records, (size_t)sz);
    if (word_at(head + FRAME_AT_CHECK) != check ||
        !records_are_good(records, (size_t)sz, half_at(head + FRAME_AT_EVENT_CNT)))
        return damaged(log, msg, "is damaged in the frame", log->offset);
    log->frame_cnt++;
    log->ended = !sz;
    log->goes_on = !sz && half_at(head + FRAME_AT_EVENT_CNT) == MARK_NEXT;
    log->check = check;
    log->at = records;
    log->end = records + sz;
    log->offset += FRAME_HEAD_SZ + (size_t)sz;
    return LQ_OK;
}

/* ---- events */

static const uint8_t *next_record(const uint8_t *p)
{
    return p + RECORD_HEAD_SZ + record_sz(half_at(p));
}

/* Decodes the event at log->at, with room for as many results as it has. */
static lq_err_t decode_event(lq_event_log_t *log)
{
    size_t sz = record_sz(half_at(log->at));
    for (;;) {
        lq_err_t err = lq_event_decode(&log->room, log->at + RECORD_HEAD_SZ, sz);
        if (err != LQ_ERR_FULL)
            return err;
        size_t max = log->room.of.read.result_cnt;
        lq_read_result_t *more = realloc(log->room.results, max * sizeof(*more));
        if (!more)
            return LQ_ERR_NOMEM;
        log->room.results = more;
        log->room.result_max = max;
    }
}

static lq_recorded_action_t action_at(const uint8_t *p)
{
    size_t sz = record_sz(half_at(p));
    lq_action_kind_t kind = (lq_action_kind_t)(record_tag(half_at(p)) - 1);
    p += RECORD_HEAD_SZ;
    if (!lq_action_is_kept(kind))
        return (lq_recorded_action_t){.kind = kind, .digest = word_at(p)};
    return (lq_recorded_action_t){.kind = kind, .digest = lq_digest(p, sz), .bytes = p, .sz = sz};
}

/* Reads the actions from P on and sets *CNT and *END, behind them. */
static lq_err_t read_actions(lq_event_log_t *log, size_t *cnt, const uint8_t **end,
                             const uint8_t *p)
{
    size_t n = 0;
    for (; p < log->end && record_tag(half_at(p)) != RECORD_TAG_EVENT; p = next_record(p)) {
        if (n == log->action_max) {
            size_t max = n ? 2 * n : 16;
            lq_recorded_action_t *more = realloc(log->actions, max * sizeof(*more));
            if (!more)
                return LQ_ERR_NOMEM;
            log->actions = more;
            log->action_max = max;
        }
        log->actions[n++] = action_at(p);
    }
    *cnt = n;
    *end = p;
    return LQ_OK;
}

lq_err_t lq_event_log_next(lq_event_log_t *log, lq_err_msg_t *msg, const lq_event_t **event,
                           const lq_recorded_action_t **actions, size_t *action_cnt)
{
    while (log->at == log->end) {
        lq_err_t err = next_frame(log, msg);
        if (err)
            return err;
    }
    size_t cnt = 0;
    const uint8_t *end = NULL;
    lq_err_t err = decode_event(log);
    if (err == LQ_ERR_SYNTAX) /* whole, but not written by us */
        return lq_err_msg_set(
            msg, err, "holds something that is no event at byte %zu, behind %" PRIu64 " events",
            (size_t)(log->at - log->p), log->event_cnt);
    if (!err)
        err = read_actions(log, &cnt, &end, next_record(log->at));
    if (err)
        return lq_err_msg_set(msg, err, "does not fit into memory");
    log->at = end;
    log->event_cnt++;
    *event = &log->room.event;
    *actions = log->actions;
    *action_cnt = cnt;
    return LQ_OK;
}
