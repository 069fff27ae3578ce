#include <string.h>

#include "event_log_internal.h"
#include "liqd/base/digest.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are copied as they stand");

static uint8_t *put(uint8_t *at, const void *p, size_t sz)
{
    memcpy(at, p, sz);
    return at + sz;
}

static uint8_t *put_word(uint8_t *at, uint64_t v)
{
    return put(at, &v, sizeof(v));
}

uint64_t log_head_check(const uint8_t head[LOG_HEAD_SZ])
{
    return lq_digest(head, LOG_HEAD_SZ - sizeof(uint64_t));
}

uint64_t log_head(uint8_t out[LOG_HEAD_SZ], log_section_t sections[LOG_SECTION_CNT],
                  const lq_event_log_start_t *start)
{
    const uint32_t words[] = {LQ_EVENT_LOG_VERSION, start->part};
    sections[0] = (log_section_t){start->program, strlen(start->program) + 1};
    sections[1] = (log_section_t){start->config, start->config_sz};
    sections[2] = (log_section_t){start->snapshot, start->snapshot ? start->snapshot_sz : 0};
    sections[3] = (log_section_t){start->memory, start->memory ? start->memory_sz : 0};
    uint8_t *at = put(out, LOG_MAGIC, LOG_MAGIC_SZ);
    at = put(at, words, sizeof(words));
    at = put_word(at, start->chain_id);
    at = put_word(at, start->part ? start->before : start->seed);
    for (size_t i = 0; i < LOG_SECTION_CNT; i++) {
        at = put_word(at, sections[i].sz);
        at = put_word(at, lq_digest(sections[i].p, sections[i].sz));
    }
    uint64_t check = log_head_check(out);
    (void)put_word(at, check);
    return check;
}

uint64_t frame_check(uint64_t before, const uint8_t head[FRAME_HEAD_SZ], const uint8_t *p,
                     size_t sz)
{
    uint64_t check = lq_digest_word(before, lq_digest(head, FRAME_HEAD_SZ - sizeof(uint64_t)));
    return lq_digest_word(check, lq_digest(p, sz));
}

uint64_t frame_head(uint8_t out[FRAME_HEAD_SZ], uint64_t before, uint64_t number,
                    uint32_t event_cnt, const uint8_t *p, size_t sz)
{
    const uint32_t words[] = {FRAME_MAGIC, event_cnt};
    uint8_t *at = put(out, words, sizeof(words));
    at = put_word(at, number);
    at = put_word(at, sz);
    uint64_t check = frame_check(before, out, p, sz);
    (void)put_word(at, check);
    return check;
}
