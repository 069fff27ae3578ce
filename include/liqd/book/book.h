#ifndef LIQD_BOOK_BOOK_H
#define LIQD_BOOK_BOOK_H

/* The book: which accounts can be liquidated, at a cost that the endangered ones cause and not the
   number of all. It reads the ledger's amounts and values, asks the adapters for exact healths
   where it must, and tells what became liquidatable, what ceased to be, what moved between tiers.

   Why none is missed
   ------------------
   Let v_x be a factor's value, r_x(t) = v_x(t) / v_x(0) for a reference time 0, and an account have
   collateral amounts a_c and debts b_d of the sets C and D. In real numbers its health at t is

       H(t) = sum_c a_c v_c(t) / sum_d b_d v_d(t)
            = sum_c a_c v_c(0) r_c(t) / sum_d b_d v_d(0) r_d(t)
           >= H(0) g(t),      g(t) = min_{c in C} r_c(t) / max_{d in D} r_d(t).

   g depends on the sets alone, so all accounts of the same two sets that are valued at the same
   reference form a group with one g; the account with the smallest H(0) is the first that can fall.
   A loop of wstETH on WETH does not move when ETH does: both r move together.

   The contract rounds. With the losses of ledger.h its number is at least

       (sum_c (a_c - al_c) v_c - vl_c) / (sum_d (b_d + al_d) v_d + vl_d) (1 - hl)

   al being amount_loss, vl value_loss, hl the largest health_loss of the account's legs. Nothing in
   a group is computed with less than a factor's losses are now: keys take ceilings a little above
   them, and where losses outgrow those, the factor's groups are valued anew. Let

       m = min over C of r_c,   M = max(1/16, max over D of r_d),   g = m / M

   and groups keep m at 1/16 or more (else they are valued anew). The amounts' part scales with v:
   at t it is at least m, or at most M, times what it was at the reference. A loss vl is at most m
   16 vl and at most M 16 vl, as both are at least 1/16: it weighs no more than 16 vl did at the
   reference. How far collateral rose, or debts fell, is without a limit: that makes the bound
   loose, not wrong. A collateral of v(0) = 0 adds nothing to H(0) and takes no part in m; a debt of
   v(0) = 0 that becomes worth something has its groups valued anew. Hence the key

       k = (sum_c max(a_c - al_c, 0) v_c(0) (1 - e) - 16 vl_c (1 + e))
           / ((sum_d (b_d + al_d) v_d(0) + 16 vl_d) (1 + e)) (1 - hl) (1 - 2^-20),   e = 2^-21,

   at least 0, satisfies: contract's health >= k g(t). The brackets cover the arithmetic, each
   operation within 2^-53, at most 2^9 of them in a row, the values within 2^-40, k rounded to a
   float within 2^-22: e stands at the sums, before the subtraction, since that can leave little of
   them, and what was lost in them would be more of what is left; so stands a_c (1 - 2^-50) for a_c
   in a_c - al_c. What has no number (an overflow, no collateral) has k = 0. An account with k g(t)
   >= 1 + margin is not liquidatable, nor within margin of it: nobody looks at it. The others are
   computed exactly; those that turn out well are valued anew, where their group's reference has
   become loose, in the group of the present reference.

   Whom no tick moves: losses hold on the good side as well, and so does all of the above with the
   sides exchanged. Let

       K = ((sum_c (a_c + al_c) v_c(0) + 16 vl_c) (1 + e))
           / (sum_d max(b_d - al_d, 0) v_d(0) (1 - e) - 16 vl_d (1 + e)),
       G = max(1/16, max over C of r_c) / min over D of r_d        while that min is at least 1/16,

   then the contract's health <= K G(t). An account with K > k (1 + 2^-10) is a crumb: what rounding
   does to it is more than a thousandth. Of the others it is enough to know k: who is LIQUIDATABLE
   and has k (1 + 2^-10) G(t) < 1, or ARMED and k g(t) >= 1 and k (1 + 2^-10) G(t) < 1 + margin, is
   so still, and nobody looks at it. So the thousands that stand below 1 for good, since nobody
   earns by them, cost a tick next to nothing. That a contract begins to revert for such an account,
   or that its health is not known though its factors have values, is told when it is computed next.

   Crumbs below their group's bound are computed exactly whenever that is looked at. Those that owe
   less than some 64 value losses (Aave: a millionth of a dollar, or a few units of a token) may be
   there whatever their health: a tenth of a microsecond each, several where memory is cold, at each
   move of their factors. Who makes a hundred thousand of them on a chain where that is cheap costs
   the book some milliseconds a tick: lq_book_stat shows it (check_cnt).

   Finding the groups: g can only have fallen below what a group's smallest key k0 allows when some
   r_c fell or some r_d rose. When a group is looked at, the room k0 g / (1 + margin) is divided
   into s^2, and each factor of the group gets a threshold, v_c(0) m / s or v_d(0) M s. While none
   is passed, k0 g(t) >= k0 (m / s) / (M s) >= 1 + margin. Each factor holds the thresholds of its
   groups by value, so that a move touches those alone that it passes. A group with somebody below
   1 + margin has none: it is looked at whenever one of its factors moves.

   For whom no group is left (group_max), the key is computed at each move: exact, but slower.

   What the ledger marks UNKNOWN, QUARANTINED or REFUSED is in no group. A group with a factor
   without a value rests. Neither has a verdict until that ends.

   Its state is in the undo journal with everything else: after a block is undone the book is as it
   was. All of it is derived from ledger and adapters, so it is in no snapshot: lq_book_rebuild. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/undo.h"
#include "liqd/market/oracles.h"
#include "liqd/market/venues.h"
#include "liqd/protocol/adapter.h"
#include "liqd/protocol/ledger.h"

/* Opaque. */
typedef struct lq_book lq_book_t;

/* What the book stands on; all of it borrowed. */
typedef struct lq_book_ground {
    lq_ledger_t *ledger;
    lq_oracles_t *oracles;
    const lq_adapter_t *const *adapters; /* by instance */
    lq_instance_t *const *instances;
    size_t instance_cnt;
} lq_book_ground_t;

typedef enum lq_tier {
    LQ_TIER_NONE,         /* no debt, or no verdict; endangered, and the contract reverts */
    LQ_TIER_SAFE,         /* by the bound, or by its exact health; a debt that rounds to nothing */
    LQ_TIER_ARMED,        /* within the margin of being liquidatable */
    LQ_TIER_LIQUIDATABLE, /* now, `blocked` ones included */
} lq_tier_t;

/* ACCOUNT moved from one tier to another, of which at least one is ARMED or LIQUIDATABLE: moves
   between NONE and SAFE are not told, since nobody acts on them and a lost price makes a hundred
   thousand; FROM may be SAFE where NONE was told. What was told since a block that is then undone
   is void: undoing tells nothing, and what is true then is told again. */
typedef struct lq_book_event {
    uint32_t account;
    lq_tier_t from;
    lq_tier_t to;
} lq_book_event_t;

typedef void lq_book_fn_t(void *ctx, const lq_book_event_t *event);

typedef struct lq_book_config {
    size_t account_max;  /* the ledger's */
    size_t factor_max;   /* the ledger's */
    size_t group_max;    /* sets of collateral and debt that occur, and a few for each of several */
    size_t oracle_max;   /* the oracles' */
    uint32_t margin_bps; /* the armed tier reaches from a health factor of 1 to 1 + margin */
    uint64_t seed;
} lq_book_config_t;

/* lq_book_state_sz: of the undo journal. For a million accounts at most 60 bytes each, with a group
   for 32 of them. A group takes 500 to 800 bytes, a factor 600, an account 20. */
size_t lq_book_state_sz(const lq_book_config_t *config);

/* lq_book_new makes *BOOK an empty one; events go to FN with CTX, from within lq_book_settle.
   LQ_ERR_RANGE, LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_book_new(lq_book_t **book, lq_arena_t *arena, lq_undo_t *undo,
                                 const lq_book_config_t *config, const lq_book_ground_t *ground,
                                 lq_book_fn_t *fn, void *ctx);

/* lq_book_rebuild values all accounts from nothing, binds oracles anew included; no block is kept
   in the undo journal (LQ_BUG). A million take about half a second. Events are told as from
   LQ_TIER_NONE or LQ_TIER_SAFE. Who calls lq_book_bind afterwards learns what could not be bound.
 */
void lq_book_rebuild(lq_book_t *book);

/* lq_book_bind makes an oracle (market/oracles.h) of each that an instance names, where that is not
   done: to be called when an adapter's answer or log may have named others. LQ_ERR_FULL.
   lq_book_oracle returns the number in lq_oracles_t of oracle I of INSTANCE; LQ_LEDGER_NONE where
   it is not bound or has no source. */
LQ_MUST_USE lq_err_t lq_book_bind(lq_book_t *book);
uint32_t lq_book_oracle(const lq_book_t *book, uint32_t instance, size_t i);

/* lq_book_set_now has everything valued for a block of the time NOW_SEC: prices that time moves,
   interest. lq_book_settle is to follow. */
void lq_book_set_now(lq_book_t *book, uint64_t now_sec);
uint64_t lq_book_now(const lq_book_t *book);

/* lq_book_settle gives the instances the prices that changed, takes what changed in the ledger,
   looks at whom that endangers, and tells what moved. To be called after each event, before the
   next block begins or is undone. */
void lq_book_settle(lq_book_t *book);

lq_tier_t lq_book_tier(const lq_book_t *book, uint32_t account);

typedef struct lq_book_stat {
    size_t tier_cnt[4]; /* accounts, by lq_tier_t */
    size_t group_cnt;
    uint64_t move_cnt;       /* factors that moved, since the start; the next three as well */
    uint64_t group_look_cnt; /* groups looked at */
    uint64_t check_cnt;      /* exact healths computed */
    uint64_t key_cnt;        /* accounts valued */
    uint64_t
        group_full_cnt; /* times a group was wanted and group_max was reached: exact, but slower */
} lq_book_stat_t;
lq_book_stat_t lq_book_stat(const lq_book_t *book);

/* lq_book_bound returns a number that ACCOUNT's health factor is not below now: k g. Infinite
   without debt; NaN where there is no verdict; 0 for one without a group. */
double lq_book_bound(const lq_book_t *book, uint32_t account);

/* lq_book_health is the adapter's exact health under OVERLAYS of feeds at NOW_SEC (0: now): all
   that a feed moves moves together. */
typedef struct lq_book_view {
    uint64_t now_sec;
    const lq_price_overlay_t *overlays;
    size_t overlay_cnt;
} lq_book_view_t;
#define LQ_BOOK_OVERLAY_MAX 64
void lq_book_health(const lq_book_t *book, lq_health_t *out, uint32_t account,
                    const lq_book_view_t *view);

/* lq_book_view_shifts writes what VIEW changes of INSTANCE's oracles, for many healths under one
   view: for lq_health_view_t, good until the book settles. OUT has room for lq_book_shift_max of
   oracle_max, which is enough for all instances together. Cost: the oracles that move. */
size_t lq_book_shift_max(size_t oracle_max);
size_t lq_book_view_shifts(const lq_book_t *book, lq_price_shift_t *out, uint32_t instance,
                           const lq_book_view_t *view);

/* lq_book_riskiest writes the MAX accounts of the lowest bounds, lowest first, and returns how many
   there are; those of LQ_TIER_NONE are not among them. By the bound, not by the exact health.
   Cost: each group, and MAX log MAX. */
size_t lq_book_riskiest(const lq_book_t *book, uint32_t *out, size_t max);

/* lq_book_endangered writes up to MAX accounts that might be liquidatable under VIEW (all those
   that are, and a few more; for the exact answer ask lq_book_health) and returns how many there
   are, MAX or more. Commits nothing. Cost: the factors and groups, and about 100 ns for each
   account below its group's bound, which is valued by itself: under views that move prices to less
   than a 16th, or apart, those are many. */
size_t lq_book_endangered(const lq_book_t *book, uint32_t *out, size_t max,
                          const lq_book_view_t *view);

/* lq_book_prefilter is the same by looking at every account in single precision, for views that
   move much: 1 to 1.3 ms for a million accounts of 2.8 legs, whatever moved, and up to 0.3 us for
   each found. KNOWN accounts with debt alone, without those of a factor that has no value under
   VIEW.
   The sum of signed amounts x values is off the real one by at most n 2^-23 of the gross sum for an
   account of n legs. That is covered by taking the values of debt up by 1.5e-4 and those of
   collateral down by as much, or by the pool's largest health_loss where that is more; the
   contract's rounding by the pool's largest amount_loss x value + value_loss for each leg. A sum
   above that is not liquidatable (the proof: src/book/prefilter_internal.h). The same accounts in
   the same order whatever SIMD the machine has. */
size_t lq_book_prefilter(const lq_book_t *book, uint32_t *out, size_t max,
                         const lq_book_view_t *view);

/* When ACCOUNT becomes liquidatable by one feed alone, all that the feed moves moved together. */
typedef enum lq_trigger_kind {
    LQ_TRIGGER_NEVER,   /* at no answer of the feed, or it owes nothing */
    LQ_TRIGGER_NOW,     /* it is liquidatable already */
    LQ_TRIGGER_BELOW,   /* at ANSWER, and not at ANSWER + 1 */
    LQ_TRIGGER_ABOVE,   /* at ANSWER, and not at ANSWER - 1 */
    LQ_TRIGGER_UNKNOWN, /* no health now, or one that reverts; or the feed's answer is not above 0
                         */
} lq_trigger_kind_t;

typedef struct lq_trigger {
    lq_trigger_kind_t kind;
    uint32_t feed;
    lq_i256_t answer; /* in the feed's decimals */
} lq_trigger_t;

/* lq_book_triggers writes for up to MAX feeds that ACCOUNT depends on the exact trigger at NOW_SEC
   (0: now), and returns how many there are. Found by bisection of exact healths: below the present
   answer first, down to 1, then above, up to 2^64 times it, at most 2^255 - 1; on the way it looks
   at each answer where a cap in one of the account's prices begins to hold, since between two such
   answers health is monotone but for rounding. Where a feed moves one side alone, the answer is the
   only one; where it moves both, the answer given is a boundary, of which rounding can make several
   that lie next to each other (so at answers of a few units everything does). Where it has no
   health at some answers, those count as not liquidatable, and nothing is looked for beyond them.
   Cost: 30 to 130 healths a feed, and a shifted value for each leg and oracle of the instance. */
size_t lq_book_triggers(const lq_book_t *book, lq_trigger_t *out, size_t max, uint32_t account,
                        uint64_t now_sec);

/* lq_book_time_to_liquidation returns after how many seconds from NOW_SEC (0: now) ACCOUNT becomes
   liquidatable by interest alone, prices and rates as they are (a cap's growth too stands still):
   exact to the second, at most HORIZON_SEC; 0 now; UINT64_MAX: not by then, no debt, or no health.
   Where interest now harms and now heals, what lasts less than a thousandth of the horizon may be
   missed. Cost: up to 1,024 healths and 10 to 50 more. */
uint64_t lq_book_time_to_liquidation(const lq_book_t *book, uint32_t account, uint64_t now_sec,
                                     uint64_t horizon_sec);

const char *lq_tier_str(lq_tier_t tier);

#endif
