#ifndef LIQD_PROTOCOL_LEDGER_INTERNAL_H
#define LIQD_PROTOCOL_LEDGER_INTERNAL_H

/* How the ledger lies in memory, and what its files share.

   State (in the undo journal): one head, tables of pools, factors, values, accounts and their
   states, and the places of legs as arrays of their own. A block of 2^(C + 1) places is named by
   its first place halved, so that 32 bits do. A segment of places is free or has one class; which
   of its blocks are taken says a bitmap, lowest first; the segments of a class that have a block to
   give stand in a list, those of no class in another. Numbers plus 1 where 0 means none. All that
   is not in use is zero, so that the state does not tell how it was reached.

   Not state: the index from owner and pool to account, the lists of what changed. */

#include <stdbool.h>

#include "liqd/protocol/ledger.h"

#define LEDGER_STATE_CNT  4 /* of lq_account_state_t */
#define SEGMENT_BLOCK_MAX (LQ_LEDGER_SEGMENT_SZ / 2)
#define SEGMENT_WORDS     (SEGMENT_BLOCK_MAX / 64)

typedef struct ledger_head {
    uint64_t change_cnt; /* as in lq_ledger_t while something is listed */
    uint32_t account_cnt;
    uint32_t pool_cnt;
    uint32_t factor_cnt;
    uint32_t segment_cnt;  /* ever used */
    uint32_t segment_free; /* plus 1: the first of those of no class */
    uint32_t zero;
    uint32_t class_roomy[LQ_LEDGER_CLASS_CNT]; /* plus 1: the first with a block to give */
    uint32_t state_cnt[LEDGER_STATE_CNT];
} ledger_head_t;

typedef struct ledger_row {
    lq_address_t owner;
    uint32_t pool;
    uint32_t block; /* first place halved; 0 where there are no legs */
    uint16_t leg_cnt;
    uint8_t class; /* of the block; 0 where there are no legs */
    uint8_t category;
} ledger_row_t;

_Static_assert(sizeof(ledger_row_t) == 32, "two to a line");

typedef struct ledger_segment {
    uint32_t prev;     /* plus 1; in the list of its class, where it has a block to give */
    uint32_t next;     /* plus 1; there, or in the list of those of no class */
    uint16_t used_cnt; /* blocks */
    uint8_t class;     /* plus 1; 0: of none */
    uint8_t zero[5];
} ledger_segment_t;

_Static_assert(sizeof(ledger_segment_t) == 16, "no padding");

typedef struct ledger_index {
    uint64_t mul[7];
    uint32_t *slots; /* 0: free; else a tag, not 0, above an account's number, a hint */
    size_t slot_cnt;
    size_t used_cnt; /* not free */
    size_t used_max; /* below slot_cnt */
    unsigned row_bits;
} ledger_index_t;

struct lq_ledger {
    lq_undo_t *undo;
    ledger_head_t *head;
    lq_ledger_pool_t *pools;
    lq_factor_t *factors;
    lq_factor_value_t *values;
    ledger_row_t *rows;
    uint8_t *states;
    ledger_segment_t *segments;
    uint64_t *taken; /* SEGMENT_WORDS a segment: a bit for each block that is somebody's */
    lq_u128_t *amounts;
    uint16_t *leg_factors;
    float *approx;
    uint32_t *owners; /* SEGMENT_BLOCK_MAX a segment, of which the first are in use; plus 1 */

    size_t account_max;
    size_t pool_max;
    size_t factor_max;
    size_t segment_max;

    ledger_index_t index;
    uint64_t change_cnt;
    uint32_t *changed_accounts;
    uint64_t *account_listed; /* bits */
    uint16_t *changed_factors;
    uint64_t *factor_listed; /* bits */
    size_t changed_account_cnt;
    size_t changed_factor_cnt;
};

/* Index. */
size_t lq_ledger_index_slots(size_t account_max);
void lq_ledger_index_init(ledger_index_t *index, uint32_t *slots, size_t account_max,
                          uint64_t seed);
void lq_ledger_index_clear(ledger_index_t *index);
uint32_t lq_ledger_index_find(const lq_ledger_t *ledger, uint32_t pool, const lq_address_t *owner);

/* lq_ledger_index_put enters the account CNT, the next to be appended, for a key that is not there;
   makes room before, where junk has filled it. */
void lq_ledger_index_put(lq_ledger_t *ledger, uint32_t pool, const lq_address_t *owner);

/* lq_ledger_index_rebuild enters all accounts anew. LQ_ERR_EXISTS: two are the same. */
LQ_MUST_USE lq_err_t lq_ledger_index_rebuild(lq_ledger_t *ledger);

/* lq_ledger_note_account puts ACCOUNT on the list of what changed. */
void lq_ledger_note_account(lq_ledger_t *ledger, uint32_t account);

/* lq_ledger_is_value: VALUE is as lq_factor_value_t says, for a factor of SIDE. */
bool lq_ledger_is_value(const lq_factor_value_t *value, lq_side_t side);

static inline size_t lq_ledger_block_sz(unsigned class)
{
    return (size_t)2 << class;
}

/* lq_ledger_owner_at returns where the owner stands of the block of CLASS that begins at PLACE. */
static inline size_t lq_ledger_owner_at(size_t place, unsigned class)
{
    size_t segment = place / LQ_LEDGER_SEGMENT_SZ;
    return segment * SEGMENT_BLOCK_MAX + (place % LQ_LEDGER_SEGMENT_SZ >> (class + 1));
}

/* lq_ledger_approx is approx of AMOUNT as a leg of SIDE. */
float lq_ledger_approx(lq_u128_t amount, lq_side_t side);

#endif
