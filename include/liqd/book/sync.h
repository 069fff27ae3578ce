#ifndef LIQD_BOOK_SYNC_H
#define LIQD_BOOK_SYNC_H

/* Keeps book, ledger, oracles and instances exact: from nothing or a snapshot to the head of the
   chain, through every block and reorg, audited against the contracts all the time. Pure: events
   come in (events.h), wishes and notices go out.

   The way from nothing ("bootstrap"):
   1. STRUCTURE: at one recent block F, by its hash, all that instances and oracles want to know of
      themselves: reserves, markets, feeds.
   2. DISCOVERY: logs of the past, up to F, name the accounts.
   3. FOLLOWING: the chain from F + 1 on. Accounts are read in batches, each at the newest complete
      block; what came in behind that block is undone, the answer applied, and what was undone given
      again: so a read counts at its own block, and a reorg in between costs the read alone.
   A snapshot can be taken in each phase, and is where the next start goes on.

   A read whose block is gone is asked again at a newer one. A block in which a log widened what is
   to be watched (a new reserve, another aggregator) is undone with those above it, and the chain
   followed anew from it with the wider filter, so that no log in between is lost.

   A block is SETTLED when nothing is left to be read (and, where it was begun at, another stands on
   it: the past is searched by number, and may have been another branch's); that somebody's turn has
   not come again after a failure is no excuse. What failed so often that no node can be at fault is
   given up: four answers that do not fit, sixteen questions alone without one. It is asked on, at
   its distances, is counted (given_up_cnt) and has no health; nothing waits for it, or anybody's
   broken market would keep all others from being settled. Audits need less: what waits for its turn
   is in none.

   Pools and lenders (market/venues.h) are read beside all that, and nothing but routes waits for
   them: neither phases nor settled blocks do. At each complete block one pool in turn is audited; a
   mismatch, told twice, makes it DOUBTFUL until it was read anew.

   Audits: at each complete block, after what has to be read at each block was (ratios, rates
   without a formula), a number of accounts, the riskiest and others at random, the oracles that
   price them, and one oracle more in turn, are compared with the contracts' own views at that
   block's hash. A mismatch quarantines the account until it was read anew, is counted and noted
   with both values; above a limit the instance is STOPPED: nothing of it may be liquidated until an
   operator starts it again. Where one of its oracles did not match, that is doubted alone. An
   instance is AUDIT_ONLY until LQ_TRUST_AUDIT_CNT audits have matched.

   What did not match may be what an account shares with others: a lie got into a market's totals, a
   reserve's index. Where a value of that alone differs it is read again at once (doubt in
   adapter.h), a market for an audit; else where the account, which is audited again once it was
   read (before others, twice at most), does not match again. That is no proof, since our own
   arithmetic may be wrong for one account: while it does not help it is done at distances of 1, 2,
   4 up to 32 blocks.

   The time of a block is known with its HEAD. Logs that come before it count at once, at the time
   that was foreseen (the block below and block_sec), which on most chains is the right one; where
   the HEAD says another, the block is undone and given again with that. To hold them back would be
   as exact, and would cost each price that is faster than its block's header. Until the HEAD
   nothing is asked, and a log that does not fit is neither told nor counted: it is where it
   remains.

   A mismatch may be the node's fault, or a load balancer's. The account is quarantined at once, and
   the audit asked once more at the same block: the same answer is a mismatch, ours; the one that
   was expected, or a third, is a fault of the node's, noted and not counted.

   Where the undo journal is too small for the window, that is told (FULL) and nothing else happens
   until a block has to be undone that it does not reach: only then a rebuild is of use.

   What gets no answer: a batch that fails is asked in smaller ones; a subject that fails alone
   waits longer each time, at most 8 blocks (256 where its answer does not fit). One of those to be
   read at each block that got none alone three times is taken for one that reverts: stale without a
   mark would be worse. It holds up nobody else. What failed in a block that is undone has not
   failed.

   Provisional state (a block whose logs are not all there) is in the book, and in no audit. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/undo.h"
#include "liqd/book/book.h"
#include "liqd/events.h"

/* Opaque. */
typedef struct lq_sync lq_sync_t;

typedef enum lq_sync_phase {
    LQ_SYNC_IDLE,
    LQ_SYNC_STRUCTURE,
    LQ_SYNC_DISCOVERY,
    LQ_SYNC_FOLLOWING,
} lq_sync_phase_t;

/* How much of an instance may be relied on. */
typedef enum lq_trust {
    LQ_TRUST_NONE,       /* not read yet, or unknown in part */
    LQ_TRUST_AUDIT_ONLY, /* computed, but too few audits have matched */
    LQ_TRUST_FULL,
    LQ_TRUST_STOPPED, /* too many audits did not */
} lq_trust_t;

/* The audits of accounts that must match, with the version at hand, before an instance is trusted.
 */
#define LQ_TRUST_AUDIT_CNT 1000u

/* One deployment. */
typedef struct lq_sync_instance {
    const lq_adapter_t *adapter;
    lq_instance_config_t config; /* .instance and .seed are set by the sync */
    const char *name;            /* as the operator calls it; outlives the sync */
    uint64_t from_blk;           /* where its logs begin */
} lq_sync_instance_t;

typedef struct lq_sync_config {
    const lq_sync_instance_t *instances; /* copied */
    size_t instance_cnt;                 /* 1 to LQ_SYNC_INSTANCE_MAX */
    lq_ledger_config_t ledger;           /* .seed is set by the sync */
    lq_oracles_config_t oracles;         /* the same */
    lq_venues_config_t venues;           /* the same */
    size_t group_max;
    uint32_t margin_bps;
    uint32_t window_blk;    /* reorg window, see chain/tracker.h */
    size_t undo_line_max;   /* see base/undo.h */
    size_t hold_max;        /* bytes of the events of window_blk blocks, kept to be given again */
    uint64_t block_sec;     /* between blocks: the next one's time is the head's and this */
    uint32_t audit_per_blk; /* accounts at random */
    uint32_t audit_risky_per_blk; /* and of the riskiest */
    uint32_t audit_mismatch_max;  /* mismatched audits of accounts before an instance is STOPPED */
    uint32_t recheck_blk;         /* blocks between looks at the aggregators behind proxies */
    size_t read_max;              /* reads under way, at most 64 */
    size_t read_account_max;      /* accounts of one read */
    uint64_t chain_id;
    uint64_t seed; /* of hash maps and of whom is audited: random in a live daemon */
} lq_sync_config_t;

#define LQ_SYNC_INSTANCE_MAX 16

/* Notices, for the log and for whoever reports. Each names the instance it is about, where there is
   one (UINT32_MAX: none). */
typedef enum lq_sync_notice_kind {
    LQ_SYNC_NOTICE_PHASE,    /* phase is another */
    LQ_SYNC_NOTICE_SETTLED,  /* block is complete and all was read that it needs: no account is
                                UNKNOWN or QUARANTINED, no reserve, market or oracle to be read, but
                                what was given up. The state is that of the contracts at its end */
    LQ_SYNC_NOTICE_FAULT,    /* a log or an answer did not fit; text says what */
    LQ_SYNC_NOTICE_MISMATCH, /* an audit: account, name, expected, actual */
    LQ_SYNC_NOTICE_ORACLE,   /* the same of an oracle: index is its number */
    LQ_SYNC_NOTICE_POOL,     /* the same of a pool; without a name: its status is another, text */
    LQ_SYNC_NOTICE_FEED,     /* a feed's answer is not good: index, outcome */
    LQ_SYNC_NOTICE_TRUST,    /* an instance's trust is another */
    LQ_SYNC_NOTICE_REBUILD,  /* the chain left the window, or the undo journal was too small:
                                begins anew at STRUCTURE, with the accounts it knows */
    LQ_SYNC_NOTICE_FULL,     /* a capacity is reached: text names it; who is missing is not kept */
    LQ_SYNC_NOTICE_BACK,     /* the state went back to the end of block, undone by the chain or for
                                an answer: what moved() told of blocks above is void, and told again
                                where it is still so */
} lq_sync_notice_kind_t;

typedef struct lq_sync_notice {
    lq_sync_notice_kind_t kind;
    uint32_t instance;
    lq_sync_phase_t phase;
    lq_trust_t trust;
    lq_block_ref_t block;
    uint32_t account; /* LQ_LEDGER_NONE: none */
    uint32_t index;
    lq_feed_outcome_t outcome;
    const char *name;
    lq_u256_t expected;
    lq_u256_t actual;
    const char *text; /* NULL: none; during the call alone */
} lq_sync_notice_t;

/* What it wants. Nothing may be answered from within. */
typedef struct lq_sync_sink {
    void *ctx;

    /* read: these calls at BLOCK (borrowed), answered by a READ event with ID, be it with an error:
       while following, what has no answer for half a window is cancelled and asked anew; before, it
       is waited for. */
    void (*read)(void *ctx, uint64_t id, const lq_block_ref_t *block, const lq_read_call_t *calls,
                 size_t cnt);

    /* cancel: the answer to ID is not wanted any more, and must not come. */
    void (*cancel)(void *ctx, uint64_t id);

    /* search: all logs of INSTANCE's addresses with these topics in the blocks FROM to TO, each to
       lq_sync_found, then lq_sync_searched. */
    void (*search)(void *ctx, uint32_t instance, const lq_address_t *addresses, size_t address_cnt,
                   const lq_hash_t *topics, size_t topic_cnt, uint64_t from_blk, uint64_t to_blk);

    /* follow: from now on events are those from block FROM on, whose parent is PARENT_HASH, with
       the logs of these. Where the chain was followed before, with another filter, no event of that
       comes any more. */
    void (*follow)(void *ctx, uint64_t from_blk, const lq_hash_t *parent_hash,
                   const lq_address_t *addresses, size_t address_cnt, const lq_hash_t *topics,
                   size_t topic_cnt);

    /* head: a recent block is wanted to begin at; answered by lq_sync_begin. */
    void (*head)(void *ctx);

    void (*notice)(void *ctx, const lq_sync_notice_t *notice);
    void (*moved)(void *ctx, const lq_book_event_t *event);
} lq_sync_sink_t;

/* lq_sync_arena_sz returns the bytes that lq_sync_new takes. */
size_t lq_sync_arena_sz(const lq_sync_config_t *config);

/* lq_sync_new makes *SYNC, IDLE, in ARENA. LQ_ERR_RANGE, LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_sync_new(lq_sync_t **sync, lq_arena_t *arena,
                                 const lq_sync_config_t *config, const lq_sync_sink_t *sink);

/* lq_sync_begin begins at the block of HEADER, which should be a few blocks old: from nothing, or
   with the accounts that it knows. From IDLE, and in answer to head(). */
void lq_sync_begin(lq_sync_t *sync, const lq_header_t *header);

/* lq_sync_resume goes on where a snapshot ended that was just loaded (snapshot.h). */
void lq_sync_resume(lq_sync_t *sync);

/* lq_sync_event takes one event: HEAD, LOG, BLOCK, UNDONE, BROKEN, READ. */
void lq_sync_event(lq_sync_t *sync, const lq_event_t *event);

/* lq_sync_found takes a log of a search of INSTANCE; lq_sync_search_at tells that the logs of all
   blocks below NEXT_BLK have come (a snapshot keeps that); lq_sync_searched ends it. Where a search
   fails the caller begins it again from where it was. */
void lq_sync_found(lq_sync_t *sync, uint32_t instance, const lq_evm_log_t *log);
void lq_sync_search_at(lq_sync_t *sync, uint32_t instance, uint64_t next_blk);
void lq_sync_searched(lq_sync_t *sync, uint32_t instance);

/* lq_sync_restart starts a STOPPED instance again: an operator's command. */
void lq_sync_restart(lq_sync_t *sync, uint32_t instance);

typedef struct lq_sync_stat {
    lq_sync_phase_t phase;
    lq_block_ref_t top; /* the block on top; its logs may not all be there */
    uint64_t top_sec;
    lq_block_ref_t complete; /* the newest complete one */
    uint64_t complete_sec;
    bool settled;        /* `complete` is, see LQ_SYNC_NOTICE_SETTLED, and nothing is above */
    size_t unknown_cnt;  /* accounts still to be read */
    size_t given_up_cnt; /* subjects that no settled block waits for */
    uint64_t log_cnt, fault_cnt, read_cnt, read_failed_cnt, replay_cnt; /* replays: blocks undone
                                and given again for an answer */
    uint64_t audit_cnt, mismatch_cnt;                                   /* of accounts */
    uint64_t oracle_audit_cnt, oracle_mismatch_cnt;
    uint64_t pool_audit_cnt, pool_mismatch_cnt;
    uint64_t rebuild_cnt;
} lq_sync_stat_t;
lq_sync_stat_t lq_sync_stat(const lq_sync_t *sync);

typedef struct lq_sync_instance_stat {
    lq_trust_t trust;
    unsigned version; /* of the adapter's names; LQ_ADAPTER_PROBE: not known */
    uint64_t audit_cnt, mismatch_cnt, fault_cnt;
    uint64_t search_at_blk; /* DISCOVERY: logs below it were found */
} lq_sync_instance_stat_t;
lq_sync_instance_stat_t lq_sync_instance_stat(const lq_sync_t *sync, uint32_t instance);

/* What it is made of; borrowed. The ids of an instance's config live as long as the sync. */
uint64_t lq_sync_chain_id(const lq_sync_t *sync);
size_t lq_sync_instance_cnt(const lq_sync_t *sync);
/* lq_sync_rehearse has FEED say ANSWER in a block upon the top, as its aggregator's log would,
   calls FN, and takes that back: what the log touches is in the caches then. The state is the same
   byte for byte, and nobody is told anything; FN may look, and change nothing. False: nothing was
   done, since the book does not follow, no log moves FEED, or the journal has not ROOM lines free;
   else *LINES is set to how many it took. Between two events. */
bool lq_sync_rehearse(lq_sync_t *sync, size_t *lines, uint32_t feed, const lq_i256_t *answer,
                      size_t room, void (*fn)(void *ctx), void *ctx);

const lq_sync_instance_t *lq_sync_instance(const lq_sync_t *sync, uint32_t instance);
lq_instance_t *lq_sync_self(const lq_sync_t *sync, uint32_t instance);
lq_ledger_t *lq_sync_ledger(const lq_sync_t *sync);
lq_oracles_t *lq_sync_oracles(const lq_sync_t *sync);
lq_venues_t *lq_sync_venues(const lq_sync_t *sync);
lq_book_t *lq_sync_book(const lq_sync_t *sync);
lq_undo_t *lq_sync_undo(const lq_sync_t *sync);

/* What a snapshot keeps of the sync itself, beside ledger, oracles and instances: where it stands.
   Filled by lq_sync_place, taken by lq_sync_place_restored, which rebuilds the book. */
typedef struct lq_sync_place {
    lq_block_ref_t block; /* complete; the state is that of its end */
    uint64_t block_sec;
    uint32_t phase; /* lq_sync_phase_t */
    uint32_t instance_cnt;
    struct {
        uint64_t searched_blk; /* logs below it were found */
        uint64_t audit_cnt;
        uint32_t trust; /* lq_trust_t */
        uint32_t version;
    } instances[LQ_SYNC_INSTANCE_MAX];
} lq_sync_place_t;

/* lq_sync_place sets *OUT. LQ_ERR_EMPTY: the state is that of no complete block just now (IDLE, or
   something provisional is on top): try again after the next BLOCK. */
LQ_MUST_USE lq_err_t lq_sync_place(const lq_sync_t *sync, lq_sync_place_t *out);
LQ_MUST_USE lq_err_t lq_sync_place_restored(lq_sync_t *sync, const lq_sync_place_t *place);

const char *lq_sync_phase_str(lq_sync_phase_t phase);
const char *lq_trust_str(lq_trust_t trust);

#endif
