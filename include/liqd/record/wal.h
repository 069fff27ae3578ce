#ifndef LIQD_RECORD_WAL_H
#define LIQD_RECORD_WAL_H

/* The write-ahead log: records that a killed process does not lose. A file on tmpfs (/run/liqd) of
   a fixed size, allocated and touched as a whole before anything is written (a sparse mapping on a
   full disk dies of SIGBUS), mapped, and used as a ring. An append is a copy, a checksum and a
   store that makes it count, some 0.2 us for 800 bytes; the kernel has it from then on. It is
   authoritative until the journal has it on disk (lq_wal_release).

   A record counts from the store of its size on, which comes last: whenever the process is killed,
   what is read back is a prefix of what was appended, whole records alone, and all that an append
   has returned for. The checksum, which goes on from the record before, is for a torn or altered
   file, not for that.

   After a power cut the file is gone with its tmpfs: a new one begins, under another boot id.

   One process has it open: it is locked. One thread appends, one reads and releases. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"

/* Opaque. */
typedef struct lq_wal lq_wal_t;

#define LQ_WAL_VERSION    1u
#define LQ_WAL_SZ_MIN     ((size_t)1 << 20)
#define LQ_WAL_SZ_MAX     ((size_t)1 << 32)
#define LQ_WAL_RECORD_MAX ((size_t)256 << 10)

/* What a log belongs to; one of another is refused. */
typedef struct lq_wal_bind {
    uint64_t chain_id;
    lq_hash_t genesis;
} lq_wal_bind_t;

/* lq_wal_open takes up the log PATH, or makes one of SZ bytes (a power of two), mode 0600, and
   locks it. FIRST_SEQ numbers its first record where it is new: one behind the journal's last.
   *FOUND tells whether there was one. LQ_ERR_EXISTS: another process has it; LQ_ERR_INVAL: of
   another chain or version; LQ_ERR_SYNTAX: it is damaged, MSG says where and what helps;
   LQ_ERR_RANGE: SZ; LQ_ERR_IO: MSG says what the system said, and how much room it takes where the
   disk is full; LQ_ERR_NOMEM. lq_wal_close leaves the file; NULL is allowed. */
LQ_MUST_USE lq_err_t lq_wal_open(lq_wal_t **wal, lq_err_msg_t *msg, bool *found, const char *path,
                                 size_t sz, const lq_wal_bind_t *bind, uint64_t first_seq);
void lq_wal_close(lq_wal_t *wal);

/* lq_wal_warm fetches into the caches what the next appends of some kilobytes write. Nothing
   changes. Of the appender's thread. */
void lq_wal_warm(const lq_wal_t *wal);

/* lq_wal_append adds the SZ bytes at P as the next record and sets *SEQ (NULL allowed) to its
   number, from 1. RESERVE bytes at least stay free behind it: what matters less leaves room for
   what matters. LQ_ERR_FULL: there is no room; LQ_ERR_TOO_LONG: above LQ_WAL_RECORD_MAX. Nothing is
   changed then. */
LQ_MUST_USE lq_err_t lq_wal_append(lq_wal_t *wal, uint64_t *seq, const void *p, size_t sz,
                                   size_t reserve);

/* The same without the copy: lq_wal_room sets *OUT to room for SZ bytes, which the caller fills,
   and lq_wal_commit makes the first SZ of them, not more than that, a record; nothing between
   them. Errors as above. lq_wal_has_room: lq_wal_room would give it. */
bool lq_wal_has_room(lq_wal_t *wal, size_t sz, size_t reserve);
LQ_MUST_USE lq_err_t lq_wal_room(lq_wal_t *wal, uint8_t **out, size_t sz, size_t reserve);
uint64_t lq_wal_commit(lq_wal_t *wal, size_t sz);

/* The reader's: lq_wal_next gives the first record behind the last that it gave, from the first
   that is not released on; false: there is none yet. *P points into the log and stays until it is
   released. lq_wal_release gives the room of all up to SEQ back: they are on disk. */
bool lq_wal_next(lq_wal_t *wal, uint64_t *seq, const uint8_t **p, size_t *sz);
void lq_wal_release(lq_wal_t *wal, uint64_t seq);

/* Of any thread. */
typedef struct lq_wal_stat {
    uint64_t appended_seq; /* the last; 0: none */
    uint64_t released_seq;
    size_t used_sz;
    size_t sz;         /* room for records, their heads included */
    uint64_t full_cnt; /* appends that found no room */
} lq_wal_stat_t;
lq_wal_stat_t lq_wal_stat(const lq_wal_t *wal);

#endif
