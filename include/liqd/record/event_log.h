#ifndef LIQD_RECORD_EVENT_LOG_H
#define LIQD_RECORD_EVENT_LOG_H

/* The event log: a file with all that went into an engine, from which liqd replay makes the same
   actions again. Append-only, versioned, checksummed.

   It starts with what the engine started from: the configuration, the seed, the snapshot and the
   memory (engine.h), where there were any; each with a checksum. The configuration is written as it
   is given: secrets are to be left out. Then frames: each holds whole events, in order, with
   what the engine did at each of them: for TAKE, DROP, CANDIDATE and LIMIT the bytes of the action,
   for the others a digest. A frame carries its number, its size and a checksum (base/digest.h) that
   includes the one before it, so that a frame missing, doubled, moved or altered is noticed. What
   is behind the last good frame does not count; it is read up to there, and where that is is said.
   Who closes the recorder puts an end mark behind the last frame: a log without it, cut between two
   frames, is good as far as it goes, and known not to be all.

   A recording may be in parts, files one behind the other: the first starts as above, and each that
   follows names the check of the last frame of the one before, so that none can be left out, and
   goes on from there. An engine's state is more than snapshot and memory have: what stands, what is
   asked and what is in flight comes only of the events from the first part on.

   Written by a thread of its own; what the hot thread pays is a copy into a ring. It never waits:
   where the ring is full, since the disk is slow, or a write fails, recording ends with the last
   whole frame, and that is said. Replaying needs no gap.

   An event is whole when it is said to be done, the next one comes, or the recorder is closed; it
   is in the file LQ_RECORDER_FRAME_MS later at most, as far as the disk keeps up, and outlives the
   process then;
   LQ_RECORDER_SYNC_MS later it outlives the machine. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/engine/engine.h"
#include "liqd/record/code.h"

#define LQ_EVENT_LOG_VERSION 6u
#define LQ_RECORDER_FRAME_MS 100u
#define LQ_RECORDER_SYNC_MS  1000u
#define LQ_RECORDER_RING_MIN ((size_t)1 << 16)
#define LQ_RECORDER_RING_MAX ((size_t)1 << 32)

/* Where an engine starts from. */
typedef struct lq_event_log_start {
    uint64_t chain_id;
    uint64_t seed;
    const char *program; /* "liqd 0.1.0": who wrote it */
    const char *config;  /* as lq_config_write gives it (app/config.h), without secrets */
    size_t config_sz;
    const uint8_t *snapshot; /* NULL: from nothing */
    size_t snapshot_sz;
    const uint8_t *memory; /* NULL: none */
    size_t memory_sz;
    uint32_t part; /* of a recording in parts, from 0; above 0 only chain and program are there, */
    uint64_t before; /* and lq_event_log_check of the part before */
} lq_event_log_start_t;

/* ---- writing */

typedef struct lq_recorder lq_recorder_t;

typedef struct lq_recorder_stat {
    uint64_t event_cnt;   /* given */
    uint64_t written_cnt; /* in whole frames, in the file */
    uint64_t file_sz;     /* of the file at hand */
    uint32_t part;        /* which that is, from 0 */
    uint32_t file_cnt;    /* PARTS: that are in the folder */
    bool ended;           /* recording has ended early: err says why */
    lq_err_t err; /* LQ_ERR_FULL: the ring was full; LQ_ERR_TOO_LONG: an event larger than that or
                     any record; LQ_ERR_IO: the file */
    int os_error; /* LQ_ERR_IO: errno */
} lq_recorder_stat_t;

/* lq_recorder_open makes the file at PATH, which must not exist, of mode 0600, writes START, syncs
   it and starts the thread, in which every signal is blocked. RING_SZ: bytes, a power of two from
   LQ_RECORDER_RING_MIN to _MAX; all of it is memory at once. LQ_ERR_RANGE: it is none;
   LQ_ERR_EXISTS, LQ_ERR_IO, LQ_ERR_NOMEM; MSG says what, and there is no file then. */
LQ_MUST_USE lq_err_t lq_recorder_open(lq_recorder_t **recorder, lq_err_msg_t *msg, const char *path,
                                      const lq_event_log_start_t *start, size_t ring_sz);

/* A recording in parts: files of a folder, named by lq_parts_path (record/parts.h). */
typedef struct lq_recorder_parts {
    const char *folder;  /* is there */
    uint64_t wall_ns;    /* now, for the name */
    uint64_t sz_max;     /* a part that exceeds this, */
    uint64_t age_max_ns; /* or is older, is ended */
    uint64_t keep_cnt;   /* files: see lq_parts_prune */
} lq_recorder_parts_t;

/* lq_recorder_open_parts makes a recorder as lq_recorder_open does, whose file is the first part of
   a new recording. lq_recorder_settle, between two events, at MONO_NS of a clock: where the part at
   hand has grown too large or too old the next begins here; it costs what an event does. The writer
   ends the former and makes the new one; where it cannot, recording ends. Of a recorder of one file
   it does nothing. */
LQ_MUST_USE lq_err_t lq_recorder_open_parts(lq_recorder_t **recorder, lq_err_msg_t *msg,
                                            const lq_recorder_parts_t *parts,
                                            const lq_event_log_start_t *start, size_t ring_sz);
void lq_recorder_settle(lq_recorder_t *recorder, uint64_t mono_ns);

/* lq_recorder_event notes EVENT, before the engine gets it; lq_recorder_action what the engine then
   does, at it; lq_recorder_done that the engine is done with it: between that, or the recorder's
   opening, and the next event there is no action (LQ_BUG). Of one thread. Cost: 0.1 to 0.3 us an
   event with its actions; with a TAKE, whose plan is written whole behind the act itself, some
   0.9. */
void lq_recorder_event(lq_recorder_t *recorder, const lq_event_t *event);
void lq_recorder_action(lq_recorder_t *recorder, const lq_action_t *action);
void lq_recorder_done(lq_recorder_t *recorder);

/* lq_recorder_close, of the same thread, writes what is left and, unless recording has ended early,
   the end mark, syncs the file and ends; NULL is allowed. STAT may be NULL: what it came to.
   lq_recorder_stat from any thread. */
void lq_recorder_close(lq_recorder_t *recorder, lq_recorder_stat_t *stat);
lq_recorder_stat_t lq_recorder_stat(const lq_recorder_t *recorder);

/* ---- reading */

typedef struct lq_event_log lq_event_log_t;

/* lq_event_log_open reads the start of the SZ bytes at P, which stay where they are and as they
   are. LQ_ERR_SYNTAX: no event log, or its start is damaged; LQ_ERR_INVAL: of another version;
   LQ_ERR_NOMEM. MSG reads on from the name of the file. _close takes NULL. */
LQ_MUST_USE lq_err_t lq_event_log_open(lq_event_log_t **log, lq_err_msg_t *msg, const void *p,
                                       size_t sz);
void lq_event_log_close(lq_event_log_t *log);
const lq_event_log_start_t *lq_event_log_start(const lq_event_log_t *log);

/* What the engine did at an event, as it was recorded. */
typedef struct lq_recorded_action {
    lq_action_kind_t kind;
    uint64_t digest;      /* lq_action_digest */
    const uint8_t *bytes; /* lq_action_encode's; NULL where only the digest is kept */
    size_t sz;
} lq_recorded_action_t;

/* lq_event_log_next gives the next event, and what the engine did then: *ACTIONS, ACTION_CNT of
   them, valid until the next call. LQ_ERR_EMPTY: the log ends here, whole; MSG is set, and
   lq_event_log_is_complete false, where it ends without its end mark. LQ_ERR_SYNTAX: it ends
   here since what follows is cut off or damaged: MSG says at which byte, behind which event. Says
   so again when called again. LQ_ERR_NOMEM: MSG is set. */
LQ_MUST_USE lq_err_t lq_event_log_next(lq_event_log_t *log, lq_err_msg_t *msg,
                                       const lq_event_t **event,
                                       const lq_recorded_action_t **actions, size_t *action_cnt);

/* lq_event_log_is_complete tells whether the end mark was read: the log holds all that the engine
   got until its recorder was closed; _goes_on whether another mark was, behind which the next part
   goes on; that names the _check, which is of the last frame read. */
bool lq_event_log_is_complete(const lq_event_log_t *log);
bool lq_event_log_goes_on(const lq_event_log_t *log);
uint64_t lq_event_log_check(const lq_event_log_t *log);

/* lq_event_log_event_cnt returns how many events were given so far; _offset the byte behind the
   last whole frame that was read. */
uint64_t lq_event_log_event_cnt(const lq_event_log_t *log);
uint64_t lq_event_log_offset(const lq_event_log_t *log);

#endif
