#ifndef LIQD_RECORD_WAL_INTERNAL_H
#define LIQD_RECORD_WAL_INTERNAL_H

/* The bytes of a write-ahead log: its header, then the ring of its records. */

#include <stdatomic.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/codec/types.h"

#define WAL_MAGIC     0x004c41574451494cu /* "LIQDWAL" and a NUL */
#define WAL_MARK      0x57414c52u         /* "RLAW": above a record's size */
#define WAL_HEADER_SZ ((size_t)64 << 10)  /* a multiple of every page that Linux has */
#define WAL_SPARE_SZ  8u                  /* behind the last record: the size of none */

/* Set once, when it is made. */
typedef struct wal_fixed {
    uint32_t version;
    uint32_t header_sz;
    uint64_t file_sz;
    uint64_t chain_id;
    lq_hash_t genesis;
} wal_fixed_t;

/* Up to where records are released. */
typedef struct wal_tail {
    uint64_t at;  /* bytes ever, so that its place is what is left of it by the ring's size */
    uint64_t seq; /* of the last that is */
    uint64_t check;
    uint64_t digest; /* of the above and of the turn that it counts from */
} wal_tail_t;

typedef struct wal_header {
    _Atomic uint64_t magic; /* written last, when the log is made */
    wal_fixed_t fixed;
    uint64_t digest;                                  /* of .fixed */
    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t turn; /* tails[turn & 1] counts */
    wal_tail_t tails[2];
    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t appended_seq; /* this one is there, or a later */
} wal_header_t;

/* Before the bytes of a record, which are padded to 8. */
typedef struct wal_record {
    _Atomic uint64_t size; /* WAL_MARK and the size; 0: there is none. Written last */
    uint64_t seq;
    uint64_t check; /* of the record before, .seq and the bytes */
} wal_record_t;

#endif
