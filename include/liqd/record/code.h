#ifndef LIQD_RECORD_CODE_H
#define LIQD_RECORD_CODE_H

/* Events and actions as bytes, and back: little-endian, no padding, varints (LEB128) where numbers
   are mostly small, so that a log is compact. The same thing is the same bytes everywhere, and
   bytes that mean a thing are the only ones that do: what decodes encodes to what it was. Members
   that play no role for the kind of the thing (events.h, engine.h) are not among them, whatever
   stands there, and are 0 when it is read back. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/engine/engine.h"
#include "liqd/events.h"

/* lq_event_sz returns the bytes that EVENT takes; lq_event_encode writes them to OUT and returns
   them. Cost: some 30 ns and a copy of its data. */
size_t lq_event_sz(const lq_event_t *event);
size_t lq_event_encode(uint8_t *out, const lq_event_t *event);

/* An event read back, with room for what it points to; its data is borrowed from the bytes. The
   caller sets .results and .result_max, 0 or more, before; the others mean nothing then. */
typedef struct lq_event_room {
    lq_event_t event;
    union {
        lq_header_t head;
        lq_evm_log_t log;
        lq_pending_tx_t pending;
        lq_read_answer_t read; /* its results stand in .results below */
        lq_funds_t funds;
        lq_outcome_t outcome;
    } of;
    lq_read_result_t *results;
    size_t result_max;
} lq_event_room_t;

/* lq_event_decode reads exactly the SZ bytes at P into ROOM->event. LQ_ERR_SYNTAX: they are none,
   or there are too few or too many; LQ_ERR_FULL: more results than ROOM has, at most SZ / 2. ROOM's
   event means nothing then. */
LQ_MUST_USE lq_err_t lq_event_decode(lq_event_room_t *room, const uint8_t *p, size_t sz);

/* Actions are written and compared, and shown to a person. lq_action_sz and _encode as above.
   lq_action_digest: lq_digest of the same bytes (base/digest.h), without writing them. */
size_t lq_action_sz(const lq_action_t *action);
size_t lq_action_encode(uint8_t *out, const lq_action_t *action);
uint64_t lq_action_digest(const lq_action_t *action);

/* lq_action_is_kept tells whether a log keeps the bytes of actions of KIND: TAKE, DROP, CANDIDATE,
   LIMIT; of the others only the digest. */
bool lq_action_is_kept(lq_action_kind_t kind);

/* An action of a kept kind read back; calldata is borrowed from the bytes. */
typedef struct lq_action_room {
    lq_action_t action;
    lq_action_take_t take;
    lq_plan_t plan;
    lq_read_call_t txs[LQ_PLAN_STEP_MAX];
    lq_action_candidate_t candidate;
} lq_action_room_t;

/* lq_action_decode reads exactly the SZ bytes at P into ROOM->action. LQ_ERR_SYNTAX: they are none
   of a kept kind; ROOM's action means nothing then. */
LQ_MUST_USE lq_err_t lq_action_decode(lq_action_room_t *room, const uint8_t *p, size_t sz);

/* lq_action_text writes ACTION as one line for a person, "take intent=3 account=17 ...", with a
   NUL, and returns its length, as snprintf does: what MAX bytes do not hold is cut. Actions of one
   kind name the same things in the same order, separated by one space each, so that two can be
   compared word by word; of kinds that are not kept the digest stands for what would be too long.
   Amounts are base units; usd amounts and prices are wads. */
size_t lq_action_text(char *out, size_t max, const lq_action_t *action);

#endif
