#include "fuzz.h"

#include "../support/fake_event_log.h"

/* The law: whatever the bytes, what is read ends, says where, and lies within them; and the log up
   to there is a log, whole.

   The first byte says what the others are: a file (bit 0 clear), else the records of one frame of a
   good one, of as many events as the byte's upper bits say. */

static const lq_event_log_start_t start = {.program = "fuzz", .config = "config", .config_sz = 6};

/* Reads the SZ bytes at P; returns how that ends and sets *OFFSET and *CNT. */
static lq_err_t read_log(uint64_t *offset, uint64_t *cnt, const uint8_t *p, size_t sz)
{
    lq_event_log_t *log = NULL;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_event_log_open(&log, &msg, p, sz);
    *offset = *cnt = 0;
    if (err) {
        LQ_ASSERT((err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL) && msg.text[0]);
        return err;
    }
    do {
        const lq_event_t *event = NULL;
        const lq_recorded_action_t *actions = NULL;
        size_t action_cnt = 0;
        err = lq_event_log_next(log, &msg, &event, &actions, &action_cnt);
        if (!err)
            LQ_ASSERT(lq_event_sz(event) && action_cnt <= sz);
        for (size_t i = 0; !err && i < action_cnt; i++)
            LQ_ASSERT(!actions[i].bytes || (actions[i].bytes >= p &&
                                            actions[i].sz <= (size_t)(p + sz - actions[i].bytes)));
    } while (!err);
    *offset = lq_event_log_offset(log);
    *cnt = lq_event_log_event_cnt(log);
    LQ_ASSERT(err == LQ_ERR_EMPTY || (err == LQ_ERR_SYNTAX && msg.text[0]));
    LQ_ASSERT(*offset <= sz && (err == LQ_ERR_SYNTAX || *offset == sz));
    lq_event_log_close(log);
    return err;
}

static void check_frame(uint8_t flags, const uint8_t *data, size_t sz)
{
    fake_log_t f;
    uint64_t offset = 0;
    uint64_t cnt = 0;
    fake_log_begin(&f, &start);
    fake_log_grow(&f.records, &f.records_max, sz + 1);
    if (sz)
        memcpy(f.records, data, sz);
    f.records_sz = sz;
    f.event_cnt = flags >> 1;
    fake_log_frame(&f);
    lq_err_t err = read_log(&offset, &cnt, f.p, f.sz);
    LQ_ASSERT(err == LQ_ERR_EMPTY ? cnt == (uint64_t)flags >> 1 : cnt <= (uint64_t)flags >> 1);
    fake_log_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (!sz)
        return 0;
    if (data[0] & 1) {
        check_frame(data[0], data + 1, sz - 1);
        return 0;
    }
    uint64_t offset = 0;
    uint64_t cnt = 0;
    lq_err_t err = read_log(&offset, &cnt, data + 1, sz - 1);
    if (err == LQ_ERR_SYNTAX && offset) {
        uint64_t again = 0;
        uint64_t again_cnt = 0;
        lq_err_t whole = read_log(&again, &again_cnt, data + 1, (size_t)offset);
        LQ_ASSERT(again == offset && again_cnt == cnt);
        LQ_ASSERT(whole == LQ_ERR_EMPTY || whole == LQ_ERR_SYNTAX);
    }
    return 0;
}
