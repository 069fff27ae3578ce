#ifndef LIQD_BOOK_BOOK_INTERNAL_H
#define LIQD_BOOK_BOOK_INTERNAL_H

/* What the files of the book share. book/book.h has the proof; here is what carries it.

   Each group keeps a heap of (key, account), in pages, and for each factor of its set a member:
   the factor's value at the group's reference, and a threshold. While no factor is beyond its
   threshold nobody in the group is endangered. Members hang in lists of their factor, by where the
   threshold lies; a move of the factor walks those lists alone that it passes.

   All that is pointed to from `lq_book` is in the undo journal but for what stands below `scratch`.
 */

#include <string.h>

#include "liqd/book/book.h"

#include "prefilter_internal.h"

/* Group numbers. OUTCAST holds those for whom no group was left: checked at every move. */
#define LQ_BOOK_GROUP_NONE    0u
#define LQ_BOOK_GROUP_OUTCAST 1u
#define LQ_BOOK_GROUP_FIRST   2u

/* The lists of a factor: WHEEL of them by where the threshold lies, from the window's base on, in
   steps of 2^-10 of the value; then those below the window; those looked at whenever the factor
   moves; those that wait for another factor of their group to have a value. */
#define LQ_BOOK_WHEEL       125u
#define LQ_BOOK_LIST_FAR    LQ_BOOK_WHEEL
#define LQ_BOOK_LIST_HOT    (LQ_BOOK_WHEEL + 1u)
#define LQ_BOOK_LIST_PARKED (LQ_BOOK_WHEEL + 2u)
#define LQ_BOOK_LIST_CNT    (LQ_BOOK_WHEEL + 3u)
#define LQ_BOOK_LIST_NONE   UINT16_MAX

/* Pages hold entries of heaps, or numbers of other pages: the directory of a heap. */
#define LQ_BOOK_PAGE_SZ    256u
#define LQ_BOOK_PAGE_ENTRY 32u
#define LQ_BOOK_PAGE_DIR   64u

#define LQ_BOOK_MEMBER_CLASS_CNT 9 /* blocks of 2^0 to 2^8 members */

#define LQ_BOOK_FLAG_DEAD  1u /* a factor has no value: its accounts have no verdict */
#define LQ_BOOK_FLAG_STALE 2u /* keys are of losses that have grown: to be valued anew */
#define LQ_BOOK_FLAG_USED  4u

/* r of collateral stays above 1 / LQ_BOOK_FALL, or the group is valued anew. */
#define LQ_BOOK_FALL 16.0

/* How much of its health rounding may give an account that is no crumb. */
#define LQ_BOOK_CRUMB 0x1p-10

typedef struct lq_book_entry {
    float key; /* its last bit: a crumb */
    uint32_t account;
} lq_book_entry_t;

typedef struct lq_book_slot {
    uint32_t group;
    uint32_t pos; /* in its heap */
} lq_book_slot_t;

typedef struct lq_book_group {
    uint64_t hash;      /* of its set */
    double cut;         /* no key of an account of another tier than SAFE is at or above it */
    uint32_t hash_next; /* newest groups of other sets; where free: the next free one */
    uint32_t older;     /* of the same set */
    uint32_t newer;
    uint32_t members; /* the first; the others behind it, in the order of factors */
    uint32_t cnt;
    uint32_t page; /* of the heap's root, or its directory's */
    uint16_t member_cnt;
    uint8_t member_class;
    uint8_t depth; /* of the directory */
    uint8_t flags;
    uint8_t pad[3];
    uint64_t spare[2];
} lq_book_group_t;

typedef struct lq_book_member {
    double reference;
    double threshold; /* collateral: safe at and above; debt: at and below */
    uint32_t group;
    uint32_t next; /* in its list; where free: the next free block */
    uint32_t prev;
    uint16_t factor;
    uint16_t list;
} lq_book_member_t;

typedef struct lq_book_factor {
    double value;      /* at the last settling */
    float amount_loss; /* ceilings: no key was computed with less */
    float value_loss;
    float health_loss;
    int32_t base; /* of the wheel's window */
    uint8_t side; /* lq_side_t */
    uint8_t known;
    uint8_t pad[6];
} lq_book_factor_t;

/* An oracle of an instance. */
typedef struct lq_book_binding {
    lq_address_t source;
    uint32_t instance;
    uint32_t idx;    /* the instance's number of it */
    uint32_t oracle; /* in lq_oracles_t; LQ_LEDGER_NONE */
    uint32_t next;   /* of the same oracle; + 1 */
} lq_book_binding_t;

typedef struct lq_book_root {
    uint64_t now_sec;
    size_t tier_cnt[4]; /* that of NONE is not kept */
    uint32_t group_cnt;
    uint32_t group_bump;
    uint32_t group_free;
    uint32_t page_bump;
    uint32_t page_free;
    uint32_t member_bump;
    uint32_t member_free[LQ_BOOK_MEMBER_CLASS_CNT];
    uint32_t binding_cnt;
} lq_book_root_t;

/* An account's set: its legs but the idle ones, in the order of factors. */
typedef struct lq_book_set {
    uint64_t hash;
    size_t cnt;
    size_t debt_cnt;
    double amounts[LQ_LEDGER_LEG_MAX];
    uint16_t factors[LQ_LEDGER_LEG_MAX];
} lq_book_set_t;

#define LQ_BOOK_PIECE_CNT 11

struct lq_book {
    lq_book_config_t config;
    lq_book_ground_t ground;
    lq_undo_t *undo;
    lq_book_fn_t *fn;
    void *ctx;
    double safe;          /* 1 + margin */
    lq_u256_t margin_wad; /* (1 + margin) 1e18 */
    size_t page_max;
    size_t member_max;
    size_t binding_max;
    size_t hash_cnt;         /* power of two */
    size_t binding_hash_cnt; /* power of two */
    lq_undo_piece_t pieces[LQ_BOOK_PIECE_CNT];

    lq_book_root_t *root;
    lq_book_slot_t *slots; /* by account */
    uint8_t *tiers;        /* by account, lq_tier_t; in a group that is DEAD: SAFE, not counted */
    uint8_t *pages;
    lq_book_group_t *groups;
    uint32_t *hashes; /* newest groups of sets */
    lq_book_member_t *members;
    lq_book_factor_t *factors;
    uint32_t *lists; /* LQ_BOOK_LIST_CNT of each factor: the first member */
    lq_book_binding_t *bindings;
    uint32_t *binding_refs; /* by oracle: the first binding + 1; behind them the hash of bindings */

    /* scratch */
    uint32_t *accounts; /* account_max */
    float *scores;      /* account_max */
    uint32_t *looks;    /* groups to be looked at */
    size_t look_cnt;
    uint32_t *look_stamps; /* by group: the settling in which it was listed last */
    uint32_t look_stamp;
    uint32_t *rehomes; /* account_max: safe, yet endangered by a loose bound */
    size_t rehome_cnt;
    lq_book_factor_t *shifted; /* factor_max: the factors under a view */
    lq_price_shift_t *shifts;  /* binding_max */
    uint32_t *shift_stamps;    /* by binding */
    uint32_t *shift_stamp;     /* behind them: of the last lq_book_shifts */
    uint32_t *by_feed;         /* oracle_max */
    lq_prefilter_t *prefilter;
    lq_book_stat_t stat; /* counts since the start */
};

/* bind.c. lq_book_shifts fills book->shifts with what VIEW changes of INSTANCE's oracles and
   returns how many there are: for lq_health_view_t. Valid until the next call. The book's const is
   that of its state. lq_book_own_oracles sets OWN to the numbers of the oracles, rising, that
   ACCOUNT depends on and no other; false where the adapter does not tell, or they are more. */
#define LQ_BOOK_OWN_MAX 8u
size_t lq_book_shifts(const lq_book_t *book, uint32_t instance, const lq_book_view_t *view);
bool lq_book_own_oracles(const lq_book_t *book, uint32_t own[LQ_BOOK_OWN_MAX], size_t *cnt,
                         uint32_t account);
uint32_t lq_book_instance_of(const lq_book_t *book, uint32_t account);
void lq_book_exact(const lq_book_t *book, lq_health_t *out, uint32_t account,
                   const lq_health_view_t *view);
void lq_book_take_prices(lq_book_t *book);

/* heap.c: the heap of a group by position. Pushing cannot fail: pages are enough for the worst. */
lq_book_entry_t *lq_book_at(const lq_book_t *book, const lq_book_group_t *g, uint32_t pos);
void lq_book_append(lq_book_t *book, uint32_t group, lq_book_entry_t entry);
void lq_book_push(lq_book_t *book, uint32_t group, lq_book_entry_t entry);
void lq_book_remove(lq_book_t *book, uint32_t account);
void lq_book_rekey(lq_book_t *book, uint32_t account, float key);
void lq_book_heapify(lq_book_t *book, uint32_t group);

/* Walks the entries whose key is below CUT. Start at position 0 of a group that is not empty. */
#define LQ_BOOK_WALK_END UINT32_MAX
uint32_t lq_book_walk(const lq_book_group_t *g, uint32_t pos, bool below);

/* groups.c */
void lq_book_read_set(const lq_book_t *book, lq_book_set_t *set, uint32_t account);
/* The key by the references of MEMBERS (NULL: the present values); 0 where one is not known. */
float lq_book_key(const lq_book_t *book, const lq_book_set_t *set, const lq_book_member_t *members);
/* Whether the account is so small that its key says nothing of how well it can stand. */
bool lq_book_is_crumb(float key);
bool lq_book_is_of(const lq_book_t *book, const lq_book_group_t *g, const lq_book_set_t *set);
uint32_t lq_book_newest(const lq_book_t *book, const lq_book_set_t *set);
/* A new group of SET at the present values; GROUP_NONE where there is no room. */
uint32_t lq_book_open(lq_book_t *book, const lq_book_set_t *set);
void lq_book_close(lq_book_t *book, uint32_t group);

/* How far a group's factors went since its reference. */
typedef struct lq_book_drift {
    double least;  /* min r of collateral */
    double most;   /* max r of debt */
    double g;      /* least / max(most, 1/16) */
    double cut;    /* keys below it are endangered */
    double high;   /* no crumb's health is above key x high; NaN where key is 0 and debt fell far */
    double loose;  /* (max r / min r) of collateral x the same of debt */
    bool unknown;  /* a factor has no value */
    bool worn_out; /* the references do not serve any longer */
} lq_book_drift_t;
lq_book_drift_t lq_book_drift(const lq_book_t *book, const lq_book_group_t *g);

/* wheel.c */
void lq_book_link(lq_book_t *book, uint32_t member, uint16_t list);
void lq_book_set_thresholds(lq_book_t *book, uint32_t group, const lq_book_drift_t *drift);
void lq_book_take_factor(lq_book_t *book, uint16_t factor);
void lq_book_list_look(lq_book_t *book, uint32_t group);

/* look.c */
void lq_book_look(lq_book_t *book, uint32_t group);
void lq_book_rehome(lq_book_t *book, uint32_t account);
void lq_book_place(lq_book_t *book, uint32_t account);
void lq_book_place_unsorted(lq_book_t *book, uint32_t account);
void lq_book_check_outcasts(lq_book_t *book);
void lq_book_set_tier(lq_book_t *book, uint32_t account, lq_tier_t to);

/* LQ_BOOK_SET(BOOK, LVALUE, VALUE): an assignment that can be undone. */
#define LQ_BOOK_SET(book, lvalue, ...)                         \
    do {                                                       \
        lq_undo_keep((book)->undo, &(lvalue), sizeof(lvalue)); \
        (lvalue) = __VA_ARGS__;                                \
    } while (0)

#endif
