#ifndef LIQD_RECORD_CODE_H
#define LIQD_RECORD_CODE_H

/* Events and actions as bytes, and back: little-endian, no padding, varints (LEB128) where numbers
   are mostly small, so that a log is compact. The same thing is the same bytes everywhere, and
   bytes that mean a thing are the only ones that do: what decodes encodes to what it was. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/engine/engine.h"
#include "liqd/events.h"

/* lq_event_sz returns the bytes that EVENT takes; lq_event_encode writes them to OUT and returns
   them. Cost: some 30 ns and a copy of its data. */
size_t lq_event_sz(const lq_event_t *event);
size_t lq_event_encode(uint8_t *out, const lq_event_t *event);

/* An event read back, with room for what it points to; its data is borrowed from the bytes. */
typedef struct lq_event_room {
    lq_event_t event;
    union {
        lq_header_t head;
        lq_evm_log_t log;
        lq_pending_tx_t pending;
        struct {
            lq_read_answer_t answer;
            lq_read_result_t *results; /* lq_event_room_init's */
        } read;
        lq_funds_t funds;
        lq_outcome_t outcome;
    } of;
    lq_read_result_t *results;
    size_t result_max;
} lq_event_room_t;

/* lq_event_decode reads exactly the SZ bytes at P into ROOM->event. LQ_ERR_SYNTAX: they are none,
   or there are too few or too many; LQ_ERR_FULL: more results than ROOM has. */
LQ_MUST_USE lq_err_t lq_event_decode(lq_event_room_t *room, const uint8_t *p, size_t sz);

/* Actions are written and compared, and shown to a person; nobody takes one from bytes.
   lq_action_sz and _encode as above. lq_action_digest: 64 bits of the same bytes, without writing
   them. */
size_t lq_action_sz(const lq_action_t *action);
size_t lq_action_encode(uint8_t *out, const lq_action_t *action);
uint64_t lq_action_digest(const lq_action_t *action);

#endif
