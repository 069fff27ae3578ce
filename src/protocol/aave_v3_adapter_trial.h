#ifndef LIQD_PROTOCOL_AAVE_V3_ADAPTER_TRIAL_H
#define LIQD_PROTOCOL_AAVE_V3_ADAPTER_TRIAL_H

/* A trial's bytes, and what one call of a pair comes to. Prices and indices, which a view moves,
   stand in the trial; what a reserve is else (unit, bonus, fee, state) is looked up in the
   instance. */

#include "aave_v3_adapter_internal.h"
#include "aave_v3_internal.h"
#include "aave_v3_narrow.h"

/* A supply or a debt, never both. */
typedef struct trial_leg {
    lq_u256_t price; /* the reserve's; an e-mode may have its own */
    lq_u256_t index; /* normalized, of the leg's side */
    lq_u128_t scaled;
    uint64_t margin; /* of the calls that were sent (pairing_t); 0: none touched it */
    uint16_t factor;
    uint16_t reserve; /* row */
    uint8_t flags;    /* LQ_AAVE_V3_*; neither COLLATERAL nor BORROWING: it is gone, or counts no
                         more */
} trial_leg_t;

typedef struct trial {
    lq_aave_v3_account_t sums; /* of the legs as they are */
    lq_aave_v3_e_mode_t e_mode;
    uint64_t now_sec;
    lq_what_if_t what_if;
    uint16_t cnt;
    uint8_t category;                    /* 0: e_mode says nothing */
    trial_leg_t legs[LQ_LEDGER_LEG_MAX]; /* cnt of them, by rising factor */
} trial_t;

_Static_assert(sizeof(trial_t) <= LQ_TRIAL_SZ, "a trial has its place");
_Static_assert(_Alignof(trial_t) <= _Alignof(lq_trial_t), "and lies well");

static inline trial_t *trial_of(lq_trial_t *t)
{
    return (trial_t *)(void *)t->bytes;
}

static inline const trial_t *const_trial_of(const lq_trial_t *t)
{
    return (const trial_t *)(const void *)t->bytes;
}

/* A pair in 128 bits: set_effect_narrow. */
typedef struct narrow_pair {
    lq_u128_t scaled_supply;
    lq_u128_t scaled_debt;
    lq_u128_t collateral_balance;
    lq_u128_t debt_balance;
    lq_u128_t total_collateral; /* values, of the account */
    lq_u128_t rest_collateral;  /* of all other legs */
    lq_u128_t rest_weighted;
    lq_u128_t rest_debt;
    narrow_index_t supply_index;
    narrow_index_t debt_index;
    narrow_divisor_t collateral_unit;
    narrow_divisor_t debt_unit;
    narrow_divisor_t by_price; /* of the collateral */
    narrow_divisor_t by_bonus;
    narrow_divisor_t by_units;
    uint64_t units; /* the larger unit in smaller ones */
    uint64_t collateral_price;
    uint64_t debt_price;
    uint64_t leg_debt_price; /* in account data; an e-mode's may be for the call alone */
    uint16_t threshold_bps;
    bool finer_collateral; /* its unit is not below the debt's */
} narrow_pair_t;

/* A pair of a trial's legs, ready for calls.

   What is PLANNED for this block has to pass in those around it too. Interest moves what is owed
   and held, and what is repaid of all that there is, by no more than lq_liquidation_growth says of
   what there was before the first call: that is the margin of the values at which the contract's
   rules are others. What is large may then be half repaid, whole or not; less may be left than is.
 */
typedef struct pairing {
    const lq_aave_v3_rules_t *rules;
    const lq_aave_v3_e_mode_t *e_mode; /* NULL: in none */
    size_t collateral_leg;
    size_t debt_leg;
    lq_aave_v3_asset_t assets[2]; /* of the collateral, of the debt */
    lq_aave_v3_leg_t legs[2];     /* before the call */
    lq_aave_v3_pair_t pair;
    lq_aave_v3_account_t own;  /* the sums of the two */
    lq_aave_v3_account_t rest; /* the sums of all others */
    lq_u256_t max_debt;
    lq_aave_v3_borders_t borders; /* the contract's, moved by the margins where it is planned */
    uint64_t collateral_margin;   /* in the base currency; before set_borders, of the calls sent */
    uint64_t debt_margin;
    bool is_planned;
    bool has_close_factor; /* in place of the contract's rule, whatever the health */
    bool is_narrow;        /* and `narrow` is set */
    narrow_pair_t narrow;
} pairing_t;

/* make_pairing sets *OUT to PAIR of TRIAL. LQ_ERR_PERM: the contract's validation refuses it;
   LQ_ERR_RANGE, LQ_ERR_DIV_ZERO: each of its calls reverts. */
LQ_MUST_USE lq_err_t make_pairing(const lq_instance_t *self, pairing_t *out, const trial_t *trial,
                                  lq_liquidation_pair_t pair, bool is_planned);

/* set_borders sets those of *P, by the values of its two sides. */
void set_borders(pairing_t *p, const lq_u256_t *collateral, const lq_u256_t *debt);

/* What a call does. */
typedef struct effect {
    lq_aave_v3_seizure_t seizure;
    lq_u256_t scaled_supply;   /* left */
    lq_u256_t scaled_debt;     /* left */
    lq_aave_v3_account_t own;  /* the sums of the two legs, after it, but for health; as `sums` */
    lq_aave_v3_account_t sums; /* of all legs, after it; not set for bad debt */
    bool flag_off;             /* the reserve is no collateral any more */
    bool bad_debt;
    bool dust; /* why it is refused; set on failure too */
} effect_t;

/* set_effect sets *OUT to what repaying AMOUNT, of at most max_debt, does. LQ_ERR_PERM: refused;
   LQ_ERR_RANGE, LQ_ERR_DIV_ZERO: it reverts. */
LQ_MUST_USE lq_err_t set_effect(effect_t *out, const pairing_t *p, const lq_u256_t *amount);

/* set_shape is set_effect, but that it may leave the sums unset. */
LQ_MUST_USE lq_err_t set_shape(effect_t *out, const pairing_t *p, const lq_u256_t *amount);

/* The two ways of set_effect, for tests to compare. The wide one computes everything in checked
   256 bits. The narrow one takes a pair that is narrow, and returns false where an operand is too
   wide for it; else it sets *ERR, and the sums only WITH_SUMS. */
LQ_MUST_USE lq_err_t set_effect_wide(effect_t *out, const pairing_t *p, const lq_u256_t *amount);
LQ_MUST_USE bool set_effect_narrow(effect_t *out, lq_err_t *err, const pairing_t *p,
                                   const lq_u256_t *amount, bool with_sums);

/* The first steps of a call. */
typedef struct narrow_take {
    bool all;  /* the collateral is all taken */
    bool dust; /* it is refused for what it would leave */
    lq_u128_t repaid;
} narrow_take_t;

/* take_narrow sets *OUT for repaying AMOUNT, as set_effect_narrow has it. False: too wide. */
LQ_MUST_USE bool take_narrow(narrow_take_t *out, const pairing_t *p, const lq_u256_t *amount);

/* make_narrow sets what a pairing of SUMS has in 128 bits: balances, sums, the most that one call
   repays, and what set_effect_narrow takes. False: something is too wide, and *P has them not. Its
   rules, e-mode, assets, legs, margins and the prices and percentages of its pair are set. */
LQ_MUST_USE bool make_narrow(pairing_t *p, const lq_aave_v3_account_t *sums);

/* leg_bonus returns what is seized of COLLATERAL, a leg of T, for what is repaid, in basis points.
 */
uint16_t leg_bonus(const lq_instance_t *self, const trial_t *t, const trial_leg_t *collateral);

/* send_effect is aave_trial_send of AMOUNT of P, a pair of TRIAL, of which E is known to come. */
LQ_MUST_USE lq_err_t send_effect(const lq_instance_t *self, lq_trial_t *trial, const pairing_t *p,
                                 lq_liquidation_outcome_t *out, const lq_u256_t *amount,
                                 effect_t *e);

/* What the health of SUMS may have become, by interest, when what was planned for this block is
   done in a later one: as much more as lq_liquidation_growth has amounts grow, and, where it
   follows from the truncated average threshold, as a basis point of that more makes it. */
static inline lq_u256_t later_health(const lq_aave_v3_rules_t *rules,
                                     const lq_aave_v3_account_t *sums)
{
    lq_u256_t more = lq_u256_shr(&sums->health_factor, 14);
    lq_u256_t step = {{0}};
    if (rules->health_by_average) {
        lq_u256_t average = lq_u256_from_u64(lq_aave_v3_average_threshold_bps(sums));
        (void)!lq_u256_div_checked(&step, &sums->health_factor, &average); /* of 0: no health */
    }
    more = lq_u256_add_capped(&more, &step);
    return lq_u256_add_capped(&more, &sums->health_factor);
}

#endif
