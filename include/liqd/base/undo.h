#ifndef LIQD_BASE_UNDO_H
#define LIQD_BASE_UNDO_H

/* The undo journal: memory that can be taken back to what it was before any of the newest blocks.

   All state that a reorg must take back (market, protocol, book) lives in pieces that lq_undo_alloc
   gives out and that never move. Whoever changes bytes there says so first, with lq_undo_keep, or
   changes them with lq_undo_write; nobody writes inverse operations.

       lq_undo_keep(undo, &account->debt, sizeof(account->debt));
       account->debt = ...;

   What is kept are whole lines of LQ_UNDO_LINE_SZ bytes, each once a block however often it is
   written, so that a block takes no more room than the memory it touches.

   The journal holds as many lines and blocks as it was made for. Where it is full the oldest blocks
   are dropped: they stay in effect and can no longer be undone, and lq_undo_depth says how far back
   the way is still open. A block that alone is larger than the journal is dropped as well while it
   is still on top: there is then no way back before its end. Undoing what was dropped is an error
   that changes nothing; who meets it rebuilds from a snapshot or the chain.

   With no block kept (bootstrap, rebuilding) nothing is journaled, and what is written cannot be
   undone.

   What the state may consist of:
   - Plain bytes, counters and indices into other pieces. Pointers are restored like other bytes, so
     what they point to must outlive the state.
   - Append-only tables: the rows in one piece, their count in another. Undoing restores the count,
     and the rows behind it to what they were, zeros at first.
   - A hash map stays outside and is not undone (lq_map_t: key to row). An entry that outlives its
     block does no harm when it is only a hint: the row it names is the key's own exactly when it is
     below the count and holds that key. Otherwise the key has no row; whoever adds one appends it
     and sets the entry with lq_map_upsert. Entries of keys that never return stay, hence the map
     needs room for more keys than the table has rows.

   Nothing here allocates after lq_undo_new, reads a clock or calls the system. The same calls give
   the same results on every machine. One thread at a time. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* In bytes: what is kept and restored at once, and what each piece is aligned to. */
#define LQ_UNDO_LINE_SZ 64

#define LQ_UNDO_STATE_MAX ((size_t)1 << 36) /* bytes */
#define LQ_UNDO_LINE_MAX  ((size_t)1 << 30)
#define LQ_UNDO_BLK_MAX   ((size_t)1 << 16)

/* Each is at least 1 and at most the constant of its name. */
typedef struct lq_undo_config {
    size_t state_sz; /* bytes of state: what the pieces take, as lq_undo_alloc says, and a line */
    size_t line_max; /* lines that are kept at once, over all blocks */
    size_t blk_max;  /* blocks that are kept at once: the reorg window and the provisional one */
} lq_undo_config_t;

typedef struct lq_undo_stat {
    size_t line_cnt;      /* lines kept now */
    size_t line_peak;     /* the most lines that were ever kept at once */
    uint64_t dropped_cnt; /* blocks dropped because line_max lines were kept; those that left the
                             window by blk_max or lq_undo_forget are not counted */
} lq_undo_stat_t;

/* Opaque. */
typedef struct lq_undo lq_undo_t;

/* lq_undo_new makes *UNDO a journal with no pieces and no blocks. Its memory is one allocation from
   ARENA and lives as long as that does: for each line of state 68 bytes, for each of LINE_MAX 68,
   for each of BLK_MAX 16, and 192 more. The journal's pages are written here, a piece's by
   lq_undo_alloc, so that none is touched first on the hot path.
   LQ_ERR_RANGE: a member of CONFIG is out of its range. LQ_ERR_NOMEM: ARENA has no room, and counts
   it. *UNDO is then unchanged. */
LQ_MUST_USE lq_err_t lq_undo_new(lq_undo_t **undo, lq_arena_t *arena,
                                 const lq_undo_config_t *config);

/* lq_undo_alloc returns a piece of SZ zero bytes, aligned to LQ_UNDO_LINE_SZ, that lives as long as
   UNDO; an SZ of 0 is served as 1. It takes SZ rounded up to whole lines and one line more, in
   which nobody may write. That the piece exists is not undone, its content is.
   NULL: that much state is not left; nothing changes. Cost: writes the piece. */
LQ_MUST_USE void *lq_undo_alloc(lq_undo_t *undo, size_t sz);

/* State as a snapshot takes it: of a piece given out by lq_undo_alloc the first SZ bytes, of at
   most MAX, are in use; the others are zeros. */
typedef struct lq_undo_piece {
    void *data;
    size_t sz;
    size_t max;
} lq_undo_piece_t;

/* lq_undo_begin puts block number BLK on top: until the next lq_undo_begin all changes are its own.
   Where blocks are kept, BLK is the number of the top one plus 1 (LQ_BUG otherwise). Where as many
   are kept as can be, the oldest is forgotten. Constant time. */
void lq_undo_begin(lq_undo_t *undo, uint64_t blk);

/* lq_undo_keep has UNDO keep the SZ bytes at DST as they are, for the block on top, before the
   caller changes them, at once or any time while that block is on top. SZ may be 0, DST is then
   ignored.
   LQ_BUG: the bytes are not all inside one piece (up to LQ_UNDO_LINE_SZ - 1 bytes behind its end
   are found out only in builds with the address sanitizer).
   Cost: a load and a comparison for each line that the block on top has kept already, else a copy
   of it; where the journal is full, also a step for each block dropped. */
void lq_undo_keep(lq_undo_t *undo, const void *dst, size_t sz);

/* lq_undo_write keeps the SZ bytes at DST, then copies those at SRC there. SRC and DST may overlap;
   either is ignored where SZ is 0. LQ_BUG as for lq_undo_keep. */
void lq_undo_write(lq_undo_t *undo, void *dst, const void *src, size_t sz);

/* lq_undo_back restores the bytes of all pieces as they were when lq_undo_begin put block BLK on
   top, and takes that block away. BLK is the number of the block on top (LQ_BUG otherwise). The
   block below is on top again, and changes made before the next lq_undo_begin are its own.
   LQ_ERR_EMPTY: no block is kept, whatever BLK; nothing changes.
   Cost: a copy for each line that the block kept. */
LQ_MUST_USE lq_err_t lq_undo_back(lq_undo_t *undo, uint64_t blk);

/* lq_undo_retract is lq_undo_back for a block that never was, as a rehearsal has one: the next
   block gets its serial, so that as many as anybody likes may come and go. Any line that it kept
   counts as not kept by the block below, which may keep it twice then. */
LQ_MUST_USE lq_err_t lq_undo_retract(lq_undo_t *undo, uint64_t blk);

/* lq_undo_room returns how many lines can still be kept before the oldest block is dropped for
   them. */
size_t lq_undo_room(const lq_undo_t *undo);

/* lq_undo_forget forgets the oldest blocks, so that at most CNT stay: their changes are final. With
   CNT 0 none is left, the top one included, which is how rebuilding starts. */
void lq_undo_forget(lq_undo_t *undo, size_t cnt);

/* lq_undo_depth returns how many blocks can be undone, one after another, from the top. */
size_t lq_undo_depth(const lq_undo_t *undo);

/* lq_undo_stat returns the figures for metrics. */
lq_undo_stat_t lq_undo_stat(const lq_undo_t *undo);

/* lq_undo_digest returns a digest of the bytes of all pieces, for tests and for replay, which
   compares: different states have different ones but by chance (about 2^-64; not against one who
   chooses the bytes). The same on every machine of one byte order. Cost: reads all of them. */
uint64_t lq_undo_digest(const lq_undo_t *undo);

/* lq_undo_warm fetches into the caches what was written last, which is what is written next where
   the same prices move again, and the room that it will be kept in. It changes nothing. Under a
   microsecond where they are there already. */
void lq_undo_warm(const lq_undo_t *undo);

#endif
