#ifndef LQ_SYNC_INTERNAL_H
#define LQ_SYNC_INTERNAL_H

/* What the files of the sync share: its struct, and who does what.

     sync.c        making it, figures, place
     sync_phase.c  bootstrap, searches, what is followed, rebuild
     sync_stack.c  events, blocks, going back and forward
     sync_rehearse.c what a price would move, and back
     sync_hold.c   copies of what was given, by block
     sync_read.c   what is asked
     sync_answer.c what was answered
     sync_audit.c  settled, what audits ask
     sync_verdict.c what they came to
     sync_venues.c what pools and lenders are asked, their audits, their status
     sync_trust.c  trust

   Nothing here is in the undo journal: that holds ledger, oracles, venues, instances and book
   alone.
 */

#include "liqd/base/map.h"
#include "liqd/base/rng.h"
#include "liqd/book/sync.h"
#include "liqd/codec/calls.h"

/* Whose a subject is: an instance's, by its number, the oracles' or the venues'. */
#define SYNC_ORACLES LQ_SYNC_INSTANCE_MAX
#define SYNC_VENUES  (LQ_SYNC_INSTANCE_MAX + 1)

#define SYNC_SPARE_BLK        64u /* blocks that may wait for their BLOCK besides those of the window */
#define SYNC_FAIL_MAX         256u /* subjects that failed and are remembered */
#define SYNC_FAIL_VENUES      64u  /* and of the venues, who push out none of the others */
#define SYNC_FAIL_CNT         (SYNC_FAIL_MAX + SYNC_FAIL_VENUES)
#define SYNC_SUSPECT_MAX      64u
#define SYNC_FIRST_MAX        2u   /* audits before others: after it was read, and what it shares */
#define SYNC_DOUBT_DISTANCE   32u  /* blocks at most between doubts that did not help */
#define SYNC_FAULT_DISTANCE   256u /* blocks at most until what does not fit is asked again */
#define SYNC_VENUE_DISTANCE   16u  /* the same of venues, of which one has several to be read */
#define SYNC_FAILURE_DISTANCE 8u   /* and what was not answered */
#define SYNC_ABSENT_CNT       3u   /* times without an answer, alone, that are taken for a revert */
#define SYNC_FAULT_MAX        4u   /* answers that do not fit until a subject is given up */
#define SYNC_STALE_MAX        16u  /* questions without an answer until it is */
#define SYNC_BACK_BLK         8u   /* by so many a broken chain is followed from lower first */
#define SYNC_AUDIT_SLOTS      4u
#define SYNC_FAIL_HERE        4u /* reads that may fail at one block before the next one is waited for */

/* One subject of a read. The digest is that of its calls: an answer counts where the state that it
   is applied to would ask the same, which numbers alone do not tell, since undoing gives them
   anew. */
typedef struct sync_ask {
    uint32_t src;
    lq_subject_t subject;
    uint32_t call_cnt;
    uint64_t digest;
} sync_ask_t;

typedef enum sync_purpose {
    SYNC_FREE,
    SYNC_NEXT,    /* subjects to be read */
    SYNC_EVERY,   /* those of each block */
    SYNC_RECHECK, /* those of now and then */
    SYNC_ACCOUNT,
    SYNC_VENUE, /* what nothing but routes waits for */
    SYNC_AUDIT,
} sync_purpose_t;

typedef struct sync_expected {
    lq_address_t owner;
    uint32_t pool;
    lq_audit_t audit;
    lq_price_verdict_t verdict; /* of an oracle, with the value in audit */
    uint64_t turn;              /* of a pool */
    uint64_t seen;              /* digest of the first answer; of a second question */
    bool read_since;            /* the account was read since an audit of it did not match */
} sync_expected_t;

typedef struct sync_read {
    sync_purpose_t purpose;
    bool answered; /* and held until it is applied with others */
    bool again;    /* AUDIT: the second question */
    uint64_t id;
    lq_block_ref_t block;
    size_t cnt;
    sync_ask_t *asks;          /* ask_max */
    sync_expected_t *expected; /* the same; NULL: no audit in this slot */
} sync_read_t;

typedef struct sync_blk {
    lq_block_ref_t ref;
    uint64_t sec;
    bool headed;
    bool complete;
    bool whole;   /* all of it is held */
    bool lossy;   /* an answer applied to it is not */
    bool unsure;  /* begun at, and nothing has stood on it: the past may be of another branch */
    bool settled; /* was told */
    bool audited;
    bool muted; /* a fault was not told, since the time was only foreseen */
    bool every_asked;
    bool every_failed;
    uint8_t every_try;
    uint32_t every_left;
    size_t account_cnt; /* at its end; set when another stands on it */
    size_t at;          /* of what is held */
    size_t sz;
    size_t applied_sz; /* of that; the rest are answers that wait */
} sync_blk_t;

typedef struct sync_fail {
    uint32_t src;
    lq_subject_t subject;
    uint32_t cnt; /* 0: a free place */
    bool stale;   /* it had no answer, rather than one that does not fit */
    uint64_t next_blk;
    uint64_t first_blk; /* on top when it failed first, and last */
    uint64_t last_blk;
} sync_fail_t;

/* An account whose audit did not match: in quarantine until it was read, and then among the first
   to be audited, a few times: one for which our arithmetic is wrong has not to be found every
   block. */
typedef struct sync_suspect {
    lq_address_t owner;
    uint32_t pool;
    uint32_t first_cnt; /* audits that it was first in */
    bool read;
} sync_suspect_t;

typedef struct sync_member {
    uint64_t searched_blk;
    bool searching;
    bool read_once; /* its structure was */
    bool stopped;
    lq_trust_t told;
    unsigned version;
    uint64_t matched_cnt; /* audits, with this version */
    uint64_t missed_cnt;  /* since the start or the operator's last */
    uint64_t audit_cnt, mismatch_cnt, fault_cnt;
    unsigned doubt_cnt;  /* rounds of doubt in what accounts share, since one of them helped */
    uint64_t doubt_blk;  /* of the last */
    uint64_t doubt_next; /* the next is not below */
} sync_member_t;

struct lq_sync {
    lq_sync_config_t config;
    lq_sync_sink_t sink;
    lq_sync_instance_t instances[LQ_SYNC_INSTANCE_MAX];
    const lq_adapter_t *adapters[LQ_SYNC_INSTANCE_MAX];
    lq_instance_t *selves[LQ_SYNC_INSTANCE_MAX];
    sync_member_t members[LQ_SYNC_INSTANCE_MAX];
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_oracles_t *oracles;
    lq_venues_t *venues;
    lq_book_t *book;
    lq_rng_t rng;

    lq_sync_phase_t phase;
    bool head_wanted;
    const char *broken; /* why it must begin anew, once the event is through */
    uint32_t lower_cnt; /* times in a row that the chain was followed from lower */
    uint64_t dropped_cnt;
    unsigned full_told; /* bit per cause */

    /* The stack: blks[0] is the base, which cannot be undone; blks[top] is on top. */
    sync_blk_t *blks;
    size_t blk_max;
    size_t top;
    lq_block_ref_t complete;
    uint64_t complete_sec;

    uint8_t *hold; /* 2 hold_max, of which at most hold_max are in use */
    size_t hold_at;
    size_t hold_end;
    size_t hold_answer_sz; /* at most, of answers held since the blocks that have them */

    lq_address_t *watched; /* what is followed */
    size_t watched_cnt;
    size_t watched_max;
    lq_map_t *watched_map;
    lq_address_t *watch_list; /* watched_max, to ask into */
    lq_hash_t *topics;
    size_t topic_cnt;
    size_t topic_max;
    uint64_t refollow_blk; /* UINT64_MAX: none */

    sync_read_t *reads;
    size_t ask_max;
    uint64_t read_id;
    lq_calls_t calls;  /* of the read that is being made */
    lq_calls_t retell; /* to compare with */
    lq_read_result_t *results;
    uint64_t *asked; /* bit per account: a read of it is under way */
    sync_read_t *open;
    size_t batch_max;
    uint32_t fail_here;
    uint32_t structure_fail;
    uint32_t cursor[2];
    lq_subject_t recheck_at;
    bool recheck_on;
    uint64_t recheck_blk;
    sync_fail_t fails[SYNC_FAIL_CNT];
    size_t fail_cnt;
    sync_suspect_t suspects[SYNC_SUSPECT_MAX];
    size_t suspect_cnt;
    uint32_t oracle_turn;
    uint32_t pool_turn;
    uint64_t turn_blk;        /* for which those in turn were asked, */
    lq_subject_t turn_at;     /* up to this one */
    uint32_t venue_fail_here; /* as fail_here, of venues */
    uint8_t *pool_told;       /* the status of each */
    uint64_t pools_told_at;   /* blocks undone and statuses settled by then */
    uint64_t back_cnt;        /* blocks undone */
    uint32_t *risky;
    size_t risky_max;

    bool rehearses; /* nobody is told anything */
    lq_sync_stat_t stat;
};

typedef enum sync_full {
    SYNC_FULL_ACCOUNTS,
    SYNC_FULL_ORACLES,
    SYNC_FULL_WATCH,
    SYNC_FULL_HOLD,
    SYNC_FULL_UNDO,
    SYNC_FULL_READ,
} sync_full_t;

static inline bool sync_hash_eq(const lq_hash_t *a, const lq_hash_t *b)
{
    return __builtin_memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool sync_ref_eq(const lq_block_ref_t *a, const lq_block_ref_t *b)
{
    return a->number == b->number && sync_hash_eq(&a->hash, &b->hash);
}

static inline sync_blk_t *sync_top(lq_sync_t *s)
{
    return &s->blks[s->top];
}

/* sync.c */
lq_sync_notice_t sync_blank(const lq_sync_t *s, lq_sync_notice_kind_t kind, uint32_t instance);
void sync_tell(lq_sync_t *s, const lq_sync_notice_t *notice);
void sync_fault(lq_sync_t *s, uint32_t src, const char *text);
void sync_full(lq_sync_t *s, sync_full_t cause, const char *text);
void sync_set_phase(lq_sync_t *s, lq_sync_phase_t phase);

/* sync_phase.c */
void sync_based(lq_sync_t *s, const lq_block_ref_t *ref, uint64_t sec);
void sync_structure_step(lq_sync_t *s);
void sync_structure_failed(lq_sync_t *s);
void sync_rebuild(lq_sync_t *s);
void sync_widen(lq_sync_t *s, uint64_t from_blk);
void sync_refollow(lq_sync_t *s);
bool sync_follow_lower(lq_sync_t *s);

/* sync_stack.c: sync_back undoes all above blks[K], sync_forward gives that again. Both leave the
   stack as it is. sync_pop takes the top away. False: the journal does not reach, `broken` is set.
   sync_begin: the state is BLK's from now on. sync_apply_log: true where what is watched or priced
   may be other now; *NOTED is set where LOG does not fit, which is told unless QUIET. */
void sync_begin(lq_sync_t *s, const sync_blk_t *blk);
bool sync_apply_log(lq_sync_t *s, const sync_blk_t *blk, const lq_evm_log_t *log, bool quiet,
                    bool *noted);
bool sync_back(lq_sync_t *s, size_t k);
void sync_forward(lq_sync_t *s, size_t k);
bool sync_pop(lq_sync_t *s);
bool sync_find_blk(const lq_sync_t *s, size_t *k, const lq_block_ref_t *ref);
void sync_told_back(lq_sync_t *s);
void sync_settle(lq_sync_t *s, bool bind);

/* sync_hold.c */
typedef struct sync_held {
    uint32_t sz; /* with this, a multiple of 16 */
    uint8_t is_answer;
    bool noted : 1; /* its fault was told */
    bool given : 1; /* an answer that was applied once: fails and suspects have had theirs */
    uint16_t purpose;
    uint32_t cnt;        /* asks */
    uint32_t result_cnt; /* or bytes of the log's data */
} sync_held_t;
sync_held_t *sync_hold_log(lq_sync_t *s, const lq_evm_log_t *log); /* NULL: no room */
bool sync_hold_answer(lq_sync_t *s, size_t k, const sync_read_t *read,
                      const lq_read_answer_t *answer);
void sync_hold_cut(lq_sync_t *s);  /* what the top block has, as it goes */
void sync_hold_base(lq_sync_t *s); /* what the base has: it is never given again */
sync_held_t *sync_held_at(lq_sync_t *s, const sync_blk_t *blk, size_t at);
lq_evm_log_t sync_held_log(const sync_held_t *held);
const sync_ask_t *sync_held_asks(const sync_held_t *held);
size_t sync_held_results(const sync_held_t *held, lq_read_result_t *out);

/* sync_read.c */
void sync_pump(lq_sync_t *s);
bool sync_open(lq_sync_t *s, sync_purpose_t purpose);
bool sync_add(lq_sync_t *s, sync_purpose_t purpose, uint32_t src, lq_subject_t subject);
bool sync_in_flight(const lq_sync_t *s, uint32_t src, lq_subject_t subject);
void sync_send(lq_sync_t *s);
void sync_release(lq_sync_t *s, sync_read_t *read);
void sync_cancel(lq_sync_t *s, sync_read_t *read);
void sync_cancel_all(lq_sync_t *s);
void sync_cancel_blk(lq_sync_t *s, const lq_block_ref_t *ref);
uint64_t sync_digest(const lq_sync_t *s, const lq_calls_t *calls, size_t from);
bool sync_next(const lq_sync_t *s, sync_purpose_t purpose, uint32_t src, lq_subject_t *subject);
lq_err_t sync_reads(const lq_sync_t *s, lq_calls_t *calls, uint32_t src, lq_subject_t subject);
bool sync_waits(const lq_sync_t *s, uint32_t src, lq_subject_t subject);
bool sync_wants_structure(const lq_sync_t *s);
bool sync_gave_up(const sync_fail_t *f);
bool sync_holds_up(const lq_sync_t *s, uint32_t src, lq_subject_t subject);
bool sync_structure_left(const lq_sync_t *s);
void sync_misfit(lq_sync_t *s, sync_purpose_t purpose, uint32_t src, lq_subject_t subject);
sync_fail_t *sync_failed(lq_sync_t *s, uint32_t src, lq_subject_t subject, uint64_t distance_max);
void sync_succeeded(lq_sync_t *s, uint32_t src, lq_subject_t subject);
void sync_fails_undone(lq_sync_t *s, uint64_t blk); /* with the block of that number */

/* sync_answer.c */
void sync_on_read(lq_sync_t *s, const lq_read_answer_t *answer);
void sync_flush(lq_sync_t *s);
bool sync_absent(lq_sync_t *s, uint32_t src, lq_subject_t subject); /* at the top */
bool sync_apply_held(lq_sync_t *s, sync_blk_t *blk, sync_held_t *held);
void sync_doubt(lq_sync_t *s, const lq_block_ref_t *ref, sync_ask_t *asks, size_t cnt);

/* sync_audit.c */
void sync_audit_step(lq_sync_t *s);
bool sync_is_settled(const lq_sync_t *s);
void sync_suspects_mark(lq_sync_t *s);
void sync_suspect_cleared(lq_sync_t *s, uint32_t account);
sync_suspect_t *sync_suspect_of(lq_sync_t *s, uint32_t pool, const lq_address_t *owner);
uint32_t sync_oracle_of_leg(const lq_sync_t *s, uint32_t account, size_t k);
bool sync_audit_put(lq_sync_t *s, uint32_t src, uint32_t index, const sync_expected_t *expected);

/* What is neither the oracles' nor the venues' is an account. */
static inline bool sync_is_account(const sync_ask_t *ask)
{
    return ask->src < SYNC_ORACLES;
}

/* sync_verdict.c */
void sync_on_audit(lq_sync_t *s, sync_read_t *slot, const lq_read_answer_t *answer);
void sync_apply_doubts(lq_sync_t *s, const sync_ask_t *asks, size_t cnt);

/* sync_venues.c */
static inline bool sync_has_venues(const lq_sync_t *s)
{
    return s->config.venues.pool_cnt > 0;
}
void sync_ask_venues(lq_sync_t *s);
void sync_tell_pools(lq_sync_t *s); /* whose status is another */
bool sync_expect_pool(lq_sync_t *s, sync_expected_t *out, uint32_t *pool); /* the one in turn */

/* sync_trust.c */
void sync_trust_step(lq_sync_t *s);
lq_trust_t sync_trust(const sync_member_t *m);

#endif
