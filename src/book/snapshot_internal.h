#ifndef LIQD_BOOK_SNAPSHOT_INTERNAL_H
#define LIQD_BOOK_SNAPSHOT_INTERNAL_H

/* The header of a snapshot as a struct, and its parts: what has pieces. */

#include "liqd/book/snapshot.h"

#define SNAPSHOT_OWNER_LEDGER  0u
#define SNAPSHOT_OWNER_ORACLES 1u
#define SNAPSHOT_OWNER_VENUES  UINT32_MAX

/* Those without whom there is no snapshot. */
#define SNAPSHOT_OWNER_CNT (2u + LQ_SYNC_INSTANCE_MAX)

#define SNAPSHOT_SECTION_MAX                                            \
    (LQ_LEDGER_PIECE_MAX + LQ_ORACLES_PIECE_MAX + LQ_VENUES_PIECE_MAX + \
     (size_t)LQ_SYNC_INSTANCE_MAX * LQ_ADAPTER_PIECE_MAX)

#define SNAPSHOT_NAME_SZ     32u
#define SNAPSHOT_FIXED_SZ    120u
#define SNAPSHOT_FIXED_1_SZ  112u /* of version 1 */
#define SNAPSHOT_INSTANCE_SZ 128u
#define SNAPSHOT_SECTION_SZ  24u
#define SNAPSHOT_HEADER_MAX                                            \
    (SNAPSHOT_FIXED_SZ + LQ_SYNC_INSTANCE_MAX * SNAPSHOT_INSTANCE_SZ + \
     SNAPSHOT_SECTION_MAX * SNAPSHOT_SECTION_SZ + sizeof(uint64_t))

typedef struct snapshot_instance {
    char name[SNAPSHOT_NAME_SZ];
    lq_address_t contract;
    uint32_t layout;
    lq_hash_t ids;
    uint64_t from_blk;
    uint64_t id_cnt;
} snapshot_instance_t;

typedef struct snapshot_section {
    uint32_t owner;
    uint32_t piece;
    uint64_t sz;
    uint64_t digest;
} snapshot_section_t;

typedef struct snapshot_header {
    uint32_t version;
    uint32_t sz;
    uint32_t section_cnt;
    uint64_t total_sz;
    uint64_t chain_id;
    uint64_t account_cnt;
    uint32_t ledger_layout;
    uint32_t oracles_layout;
    uint32_t venues_layout; /* 0: it has none */
    lq_sync_place_t place;
    snapshot_instance_t instances[LQ_SYNC_INSTANCE_MAX];
    snapshot_section_t sections[SNAPSHOT_SECTION_MAX];
} snapshot_header_t;

/* lq_snapshot_write_header writes H to OUT, its digest behind it, and returns its size, which is
   H->sz. */
size_t lq_snapshot_write_header(uint8_t out[SNAPSHOT_HEADER_MAX], const snapshot_header_t *h);

/* lq_snapshot_read_header sets *H. LQ_ERR_SYNTAX, LQ_ERR_INVAL as lq_snapshot_info; *H is then
   indeterminate. */
LQ_MUST_USE lq_err_t lq_snapshot_read_header(snapshot_header_t *h, lq_err_msg_t *msg,
                                             const uint8_t *p, size_t sz);

/* lq_snapshot_bindings sets what H says of the instances' configuration and the layouts. */
void lq_snapshot_bindings(snapshot_header_t *h, const lq_sync_t *sync);

/* lq_snapshot_pieces gives the pieces of OWNER, and their number: 0 for no one's. */
size_t lq_snapshot_pieces(const lq_sync_t *sync, uint32_t owner,
                          lq_undo_piece_t out[LQ_LEDGER_PIECE_MAX]);

#endif
