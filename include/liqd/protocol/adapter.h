#ifndef LIQD_PROTOCOL_ADAPTER_H
#define LIQD_PROTOCOL_ADAPTER_H

/* The contract between a lending protocol and the rest of liqd. One adapter a protocol, in one
   const table; an instance of it is one deployment (a pool of Aave's, a Morpho) on the chain.

   An adapter is pure: logs, answers to reads, prices and the time come in as arguments, in the
   order of the chain; what it makes of them stands in the ledger and in state of its own, both in
   the undo journal, so that a block is undone without its help. It knows no RPC, no gas and no
   other protocol.

   Three rules hold for all of them.
   - Nothing is guessed. What a log contradicts, what does not decode, what is missing, is marked
     (an account QUARANTINED, a reserve or market as unknown) and listed as a subject to be read;
     what depends on it has no health until it was. Everything else goes on.
   - Reads come in at the state of their own block: who asks sees to that (book/sync.h).
   - The same events give the same state, whatever way it was reached: from the first block, from a
     snapshot, or by reads and the logs behind them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/undo.h"
#include "liqd/codec/calls.h"
#include "liqd/events.h"
#include "liqd/num/u256.h"
#include "liqd/protocol/ledger.h"
#include "liqd/protocol/liquidation.h"

/* An instance's own memory; each adapter has its struct. */
typedef struct lq_instance lq_instance_t;

/* What an instance is made of. */
typedef struct lq_instance_config {
    uint32_t instance;     /* its number, for the ledger's pools */
    lq_address_t contract; /* the pool, or Morpho */
    unsigned version;      /* of the adapter's names, from 0; LQ_ADAPTER_PROBE: found out by
                              behaviour */
    const lq_hash_t *ids;  /* isolated markets to keep; none: all. Copied */
    size_t id_cnt;
    size_t asset_max; /* reserves, or isolated markets */
    uint64_t seed;    /* of hash maps */
} lq_instance_config_t;

#define LQ_ADAPTER_PROBE UINT32_MAX

/* What became of a log. */
typedef enum lq_applied {
    LQ_APPLIED,       /* the state is as after it */
    LQ_APPLIED_NOT,   /* none of this instance's, or of no consequence */
    LQ_APPLIED_FAULT, /* it does not decode or contradicts the state: what it is about is marked */
    LQ_APPLIED_WATCH, /* applied, and the addresses to watch are others now */
} lq_applied_t;

/* The kinds of subjects that mean the same for all: an account of the ledger (index: its number).
   Adapters number their own from 2. */
#define LQ_SUBJECT_ACCOUNT 1u

/* An oracle that an instance prices something by. */
typedef enum lq_oracle_kind {
    LQ_ORACLE_AAVE,   /* latestAnswer(): int256; 0 or less is no price */
    LQ_ORACLE_MORPHO, /* price(): uint256, 1e36-scaled */
} lq_oracle_kind_t;

typedef struct lq_oracle_ref {
    lq_address_t source; /* whom the protocol asks; all zero: nobody, there is no price */
    lq_oracle_kind_t kind;
} lq_oracle_ref_t;

/* How an account stands. */
typedef enum lq_health_verdict {
    LQ_HEALTH_NO_DEBT,      /* nothing to liquidate; without a price the values are 0 */
    LQ_HEALTH_SAFE,         /* health factor of 1 or more */
    LQ_HEALTH_LIQUIDATABLE, /* below 1: the contract says so too */
    LQ_HEALTH_UNKNOWN,      /* account or market is not known for certain, or a price is missing */
    LQ_HEALTH_REVERTS,      /* the contract's own computation reverts: it cannot be liquidated */
} lq_health_verdict_t;

/* Values in the pool's unit of account: Aave's base currency (8 decimals of a dollar), the loan
   token of a Morpho market. */
typedef struct lq_health {
    lq_health_verdict_t verdict;
    bool blocked; /* LIQUIDATABLE, and yet no call for any pair of its legs would pass: paused,
                     inactive, in its grace period, refused by the sentinel */
    uint16_t threshold_bps;     /* average, as the contract gives it; Morpho: lltv, truncated */
    lq_u256_t collateral_value; /* unweighted */
    lq_u256_t debt_value;
    lq_u256_t factor_wad; /* the health factor; 2^256 - 1 without debt. Morpho, which has none:
                             floor(max borrow 1e18 / borrowed) */
} lq_health_t;

/* A price that stands before the instance's own: an oracle number and what it would say. */
typedef struct lq_price_shift {
    uint32_t oracle;
    bool known;
    lq_u256_t price;
} lq_price_shift_t;

/* Rules of liquidation in place of the protocol's own: what one who sets them may ask. */
typedef struct lq_what_if {
    int32_t bonus_bps;         /* so much more, or less, than repaid a liquidator seizes; what he
                                  seizes is never worth less than he repays */
    uint16_t close_factor_bps; /* the largest part of a debt that a call may repay, whatever the
                                  health; what Aave has repaid at once because it is small still is.
                                  0: the protocol's own rule */
} lq_what_if_t;

/* What a health is computed under. */
typedef struct lq_health_view {
    uint64_t now_sec; /* the timestamp of the block in which it is asked; 0: that of set_now */
    const lq_price_shift_t *shifts; /* of this instance's oracles, in rising order, each once */
    size_t shift_cnt;
    lq_what_if_t what_if; /* of trials; no health is another by it */
} lq_health_view_t;

/* What a pair pays, in wads of what is repaid. */
typedef struct lq_incentive {
    lq_u256_t seized_wad; /* all that is taken from the account; 1.05e18: 5 % more than is repaid */
    lq_u256_t kept_wad;   /* of that by the protocol: a liquidator has what is left */
} lq_incentive_t;

/* A token's decimals that are not known: not read yet, or it does not tell. */
#define LQ_DECIMALS_UNKNOWN UINT8_MAX

#define LQ_ADAPTER_PIECE_MAX 8

/* The adapter. SELF is what `make` made. */
typedef struct lq_adapter {
    const char *name;                 /* "aave_v3" */
    const char *const *version_names; /* "3.0", ...; NULL at the end */
    uint32_t call_selector;           /* of what encode_call calls, the contract being its own */
    uint32_t layout; /* of the state pieces: raised by each change of what their bytes mean */

    /* state_sz: how much of the undo journal's state_sz an instance takes. */
    size_t (*state_sz)(const lq_instance_config_t *config);

    /* make: *SELF with its state in UNDO, the rest in ARENA. LQ_ERR_NOMEM, LQ_ERR_RANGE. */
    lq_err_t (*make)(lq_instance_t **self, lq_arena_t *arena, lq_undo_t *undo, lq_ledger_t *ledger,
                     const lq_instance_config_t *config);

    /* clear: as it was made, for a rebuild or where its pieces could not be restored and say
       anything; the ledger was cleared before. No block is kept in the undo journal. */
    void (*clear)(lq_instance_t *self);

    /* reread: what it knows stays as far as it is names (reserves, markets, pools and factors in
       the ledger keep their numbers), and all else has to be read again (next): for a rebuild at
       another block that keeps the accounts. No block is kept in the undo journal. NULL: it has to
       be cleared. */
    void (*reread)(lq_instance_t *self);

    /* watch: writes up to MAX addresses whose logs it needs and returns how many there are. Only
       grows, but for an undone block. topics: the first topics of all its events; static. */
    size_t (*watch)(const lq_instance_t *self, lq_address_t *out, size_t max);
    const lq_hash_t *(*topics)(size_t *cnt);

    /* discovery: what to search the past for to find the borrowers: the addresses of watch and
       these topics. discover: takes such a log and adds the accounts it names as UNKNOWN.
       LQ_ERR_FULL; a log that does not decode or names nobody is skipped. */
    const lq_hash_t *(*discovery_topics)(size_t *cnt);
    lq_err_t (*discover)(lq_instance_t *self, const lq_evm_log_t *log);

    /* apply: takes the LOG of a block of the time BLOCK_SEC. */
    lq_applied_t (*apply)(lq_instance_t *self, const lq_evm_log_t *log, uint64_t block_sec);

    /* next: the first own subject behind *SUBJECT (kind 0: the first of all) that has to be read;
       false: no other. Accounts are not among them: the ledger lists those. every_block: the same
       of subjects that have to be read at each block, since no log tells how they move. */
    bool (*next)(const lq_instance_t *self, lq_subject_t *subject);
    bool (*every_block)(const lq_instance_t *self, lq_subject_t *subject);

    /* reads: appends the calls that tell of SUBJECT, its own or an account. LQ_ERR_FULL; CALLS is
       then unchanged. answer: takes their results, in order, all of them of the block that the
       state is at, of the time BLOCK_SEC. FAULT: they do not decode, or contradict each other;
       what they are about stays marked. */
    lq_err_t (*reads)(const lq_instance_t *self, lq_calls_t *calls, lq_subject_t subject);
    lq_applied_t (*answer)(lq_instance_t *self, lq_subject_t subject,
                           const lq_read_result_t *results, size_t cnt, uint64_t block_sec);

    /* oracle_cnt, oracle: what it has prices from. Numbers are never given to another use, but the
       source of one can change. set_price: what oracle number I says now; KNOWN false: nothing,
       PRICE is then not looked at. Values of factors follow at once. */
    size_t (*oracle_cnt)(const lq_instance_t *self);
    lq_oracle_ref_t (*oracle)(const lq_instance_t *self, size_t i);
    void (*set_price)(lq_instance_t *self, size_t i, bool known, const lq_u256_t *price);

    /* set_now: from now on healths are those of a block of the time NOW_SEC, and factors have
       their values of then. At or above the time of the last log. */
    void (*set_now)(lq_instance_t *self, uint64_t now_sec);

    /* health: how ACCOUNT stands, exactly; VIEW may be NULL: now, at the prices set. */
    void (*health)(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                   const lq_health_view_t *view);

    /* shifted_value: what FACTOR would be worth under VIEW, for the book's overlays. */
    lq_factor_value_t (*shifted_value)(const lq_instance_t *self, uint16_t factor,
                                       const lq_health_view_t *view);

    /* audit_reads: the calls whose answers tell what the contract thinks of ACCOUNT. expected: what
       we think of it in a block of the time NOW_SEC; actual: what they said. LQ_ERR_SYNTAX: they do
       not decode; LQ_ERR_EMPTY (expected): we have no health to compare. The two are of one length
       with the same names. RESULTS are those of the calls as they were when they were asked.

       doubt: what ACCOUNT shares with others and its figures are made of (its market; the reserves
       and the e-mode of its legs) has to be read again (next), and has no value until then. The
       state is that of the block whose audit did not match. */
    lq_err_t (*audit_reads)(const lq_instance_t *self, lq_calls_t *calls, uint32_t account);
    lq_err_t (*audit_expected)(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                               uint64_t now_sec);
    lq_err_t (*audit_actual)(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                             const lq_read_result_t *results, size_t cnt);
    void (*doubt)(lq_instance_t *self, uint32_t account);

    /* version: which one it is, or is taken for while it is probed; LQ_ADAPTER_PROBE: not known. */
    unsigned (*version)(const lq_instance_t *self);

    /* pieces: its state, for a snapshot: plain bytes without pointers. restored: they were filled
       from one; rebuilds what is not state from them. LQ_ERR_RANGE where they name what cannot be;
       the instance has to be cleared then. */
    size_t (*pieces)(lq_instance_t *self, lq_undo_piece_t out[LQ_ADAPTER_PIECE_MAX]);
    lq_err_t (*restored)(lq_instance_t *self);

    /* Liquidation (liquidation.h). trial_open: makes TRIAL of ACCOUNT under VIEW (NULL: now).
       LQ_ERR_EMPTY: it has no health there, or is not LIQUIDATABLE; LQ_ERR_RANGE: its health
       reverts. trial_copy: makes TO another trial like FROM; costs what the account's legs take. A
       trial is good until SELF or the ledger changes: what no view moves is looked up there.

       trial_pairs: writes up to MAX pairs that a call may name now, as the contract's validation
       has it, in rising order, and returns how many there are. A trial that is healed has none.

       trial_ranges: writes the amounts that a call of PAIR may name by BY, in rising order, and
       returns how many ranges there are; 0 where the protocol knows no such call. Among a pair's
       ranges by all its `by`, each outcome of any call is reached.

       trial_top: sets *TOP, whose call's pair and `by` are set, and does its call as trial_send
       does. False, where that is not told at once, or another range ends near its end or near below
       top->least, or it is refused: all is unchanged but for *TOP. NULL: it never is.

       trial_call: does CALL to TRIAL and sets *OUT. LQ_ERR_PERM: the contract refuses it (healed,
       dust would be left); LQ_ERR_RANGE, LQ_ERR_DIV_ZERO: it reverts. TRIAL is then unchanged.
       trial_send: the same, but of the call that encode_call makes of CALL: where all of something
       goes that names more, and may repay other than CALL itself by what a unit of the collateral
       is worth. What may be done behind it has to pass in later blocks too: health counts as a
       2^-14 more than it is then, to Aave 3.4 as if the average threshold were a basis point more
       too, and so where trial_ranges has borders. Of Aave, an amount that
       leaves just what it has to, or makes a value just small, by less than what interest on all
       that there was may be (2^-14 of it), is refused and in no range: in another second it may
       be otherwise.

       trial_health: as health, of the trial as it is. */
    lq_err_t (*trial_open)(const lq_instance_t *self, lq_trial_t *trial, uint32_t account,
                           const lq_health_view_t *view);
    void (*trial_copy)(lq_trial_t *to, const lq_trial_t *from);
    size_t (*trial_pairs)(const lq_instance_t *self, const lq_trial_t *trial,
                          lq_liquidation_pair_t *out, size_t max);
    size_t (*trial_ranges)(const lq_instance_t *self, const lq_trial_t *trial,
                           lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                           lq_liquidation_pair_t pair, lq_liquidation_by_t by);
    bool (*trial_top)(const lq_instance_t *self, lq_trial_t *trial, lq_liquidation_outcome_t *out,
                      lq_liquidation_top_t *top);
    lq_err_t (*trial_call)(const lq_instance_t *self, lq_trial_t *trial,
                           lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call);
    lq_err_t (*trial_send)(const lq_instance_t *self, lq_trial_t *trial,
                           lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call);
    void (*trial_health)(const lq_instance_t *self, const lq_trial_t *trial, lq_health_t *out);

    /* encode_call: appends the contract's call that does CALL to ACCOUNT, the seized collateral in
       its own token to the caller. OUTCOME is what it does (trial_send) in the block that it was
       tried for; in those behind, interest come in, it does the same: where all of something goes
       it names as much more as lq_liquidation_growth says, or OUTCOME's growth, or what does not
       grow. LQ_ERR_FULL.
       guard: appends the cheapest view that tells whether ACCOUNT still owes what it owes now of
       the debt that CALL, whose outcome is OUTCOME, repays, and sets *OUT to a little less than
       that (1/256), so that nobody makes it fail by repaying dust; but to no less than CALL names,
       where the contract reverts when less is owed. LQ_ERR_FULL.
       liquidated: sets *OUT to the liquidation that LOG tells; false where it tells none of this
       instance's. The account is as it was before apply. */
    lq_err_t (*encode_call)(const lq_instance_t *self, lq_calls_t *calls, uint32_t account,
                            const lq_liquidation_call_t *call,
                            const lq_liquidation_outcome_t *outcome);
    lq_err_t (*guard)(const lq_instance_t *self, lq_calls_t *calls, lq_guard_t *out,
                      uint32_t account, const lq_liquidation_call_t *call,
                      const lq_liquidation_outcome_t *outcome);
    bool (*liquidated)(const lq_instance_t *self, lq_liquidation_log_t *out,
                       const lq_evm_log_t *log);

    /* asset_token: the token that FACTOR is an amount of, and its decimals, or
       LQ_DECIMALS_UNKNOWN. */
    void (*asset_token)(const lq_instance_t *self, uint16_t factor, lq_address_t *token,
                        uint8_t *decimals);

    /* For reports, and the first for guards; each may be NULL. token_amount: sets *OUT to what
       AMOUNT of FACTOR comes to in units of its token in a block of the time NOW_SEC (0: that of
       set_now), rounded as the contract shows it to its owner. LQ_ERR_EMPTY: not known. pool_id:
       sets *ID to what the protocol calls the pool LOCAL, an isolated market's id; false where it
       has no name.
       factor_oracle: the number of the oracle that FACTOR's asset is priced by, an e-mode's where
       that has one; LQ_LEDGER_NONE: by none, it is the unit. Of an adapter that has both, of
       isolated markets, nothing else prices an account than what its legs' factors name. */
    lq_err_t (*token_amount)(const lq_instance_t *self, lq_u256_t *out, uint16_t factor,
                             lq_u128_t amount, uint64_t now_sec);
    bool (*pool_id)(const lq_instance_t *self, uint32_t local, lq_hash_t *id);
    uint32_t (*factor_oracle)(const lq_instance_t *self, uint16_t factor);

    /* incentive: sets *OUT to what a call of PAIR pays, whoever holds it, under WHAT_IF.
       LQ_ERR_EMPTY: none is made of it (not collateral, paused, not read yet). */
    lq_err_t (*incentive)(const lq_instance_t *self, lq_incentive_t *out,
                          lq_liquidation_pair_t pair, const lq_what_if_t *what_if);
} lq_adapter_t;

extern const lq_adapter_t lq_adapter_aave_v3;
extern const lq_adapter_t lq_adapter_morpho_blue;

/* All adapters; NULL at the end. */
extern const lq_adapter_t *const lq_adapters[];

/* lq_adapter_find returns the adapter NAME, NULL where there is none. */
const lq_adapter_t *lq_adapter_find(const char *name);

/* lq_health_verdict_str returns the verdict as a person reads it, in lower case; static. */
const char *lq_health_verdict_str(lq_health_verdict_t verdict);

#endif
