#ifndef LIQD_RECORD_EVENT_LOG_INTERNAL_H
#define LIQD_RECORD_EVENT_LOG_INTERNAL_H

/* The bytes of an event log, for who writes and who reads them. All numbers are little-endian.

   A head:
        0  "liqdevts"
        8  version, 4 bytes: what follows is of that version
       12  part, 4 bytes: 0, or of a recording in parts which one this is, from 0
       16  chain_id, 8 bytes
       24  seed, 8 bytes; of a later part the check of the last frame of the one before
       32  for each section its size and lq_digest, 8 bytes each: program (with its NUL), config,
           snapshot, memory; a size of 0: there is none. A later part has but its program
       96  the check of all before
      104  the sections, one behind the other

   Then frames:
        0  "evfr"
        4  how many events, 4 bytes
        8  the frame's number, from 0
       16  size of what follows the frame's head
       24  its check, over the check before it, these 24 bytes and what follows
       32  records

   A record is 4 bytes, its size times 32 and its tag, then its bytes: an event (tag 0), or an
   action of that event (tag 1 + its kind): of the kinds that are kept the action's bytes, of others
   its digest. A frame begins with an event; one of no bytes ends the file, and nothing follows it:
   in the place of how many events is a mark, MARK_END of a recorder that was closed, MARK_NEXT
   where the recording goes on in the next part. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/record/event_log.h"

#define LOG_MAGIC       "liqdevts"
#define LOG_MAGIC_SZ    8u
#define LOG_SECTION_CNT 4u
#define LOG_HEAD_SZ     104u

#define FRAME_MAGIC   0x72667665u /* "evfr" */
#define FRAME_HEAD_SZ 32u
#define MARK_END      0u
#define MARK_NEXT     UINT32_MAX

#define RECORD_HEAD_SZ   4u
#define RECORD_TAG_BITS  5u
#define RECORD_SZ_MAX    (((size_t)1 << (32 - RECORD_TAG_BITS)) - 1)
#define RECORD_TAG_EVENT 0u
#define RECORD_TAG_PART  31u /* between two threads alone: here the next part begins */
#define RECORD_DIGEST_SZ 8u

_Static_assert(LQ_ACTION_CNT < RECORD_TAG_PART && RECORD_TAG_PART < (1 << RECORD_TAG_BITS),
               "a tag holds every kind of action");

typedef struct log_section {
    const void *p;
    size_t sz;
} log_section_t;

/* log_head writes the head of a log that starts at START, sets SECTIONS to what is to follow it,
   and returns its check. */
uint64_t log_head(uint8_t out[LOG_HEAD_SZ], log_section_t sections[LOG_SECTION_CNT],
                  const lq_event_log_start_t *start);

/* log_head_check returns the check of a head, of the bytes before it. */
uint64_t log_head_check(const uint8_t head[LOG_HEAD_SZ]);

/* frame_check returns the check of the frame whose head begins with the bytes HEAD and whose
   records are the SZ bytes at P, behind a frame of the check BEFORE. */
uint64_t frame_check(uint64_t before, const uint8_t head[FRAME_HEAD_SZ], const uint8_t *p,
                     size_t sz);

/* frame_head writes the head of a frame of the SZ bytes at P and returns its check. */
uint64_t frame_head(uint8_t out[FRAME_HEAD_SZ], uint64_t before, uint64_t number,
                    uint32_t event_cnt, const uint8_t *p, size_t sz);

/* record_head and its two parts. */
static inline uint32_t record_head(size_t sz, unsigned tag)
{
    return (uint32_t)(sz << RECORD_TAG_BITS) | tag;
}

static inline size_t record_sz(uint32_t head)
{
    return head >> RECORD_TAG_BITS;
}

static inline unsigned record_tag(uint32_t head)
{
    return head & ((1u << RECORD_TAG_BITS) - 1);
}

#endif
