#ifndef LIQD_PROTOCOL_AAVE_V3_ADAPTER_TRIAL_H
#define LIQD_PROTOCOL_AAVE_V3_ADAPTER_TRIAL_H

/* A trial's bytes, and what one call of a pair comes to. Prices and indices, which a view moves,
   stand in the trial; what a reserve is else (unit, bonus, fee, state) is looked up in the
   instance. */

#include "aave_v3_adapter_internal.h"

/* A supply or a debt, never both. */
typedef struct trial_leg {
    lq_u256_t price; /* the reserve's; an e-mode may have its own */
    lq_u256_t index; /* normalized, of the leg's side */
    lq_u128_t scaled;
    uint16_t factor;
    uint16_t reserve; /* row */
    uint8_t flags;    /* LQ_AAVE_V3_*; neither COLLATERAL nor BORROWING: it is gone, or counts no
                         more */
} trial_leg_t;

typedef struct trial {
    lq_aave_v3_account_t sums; /* of the legs as they are */
    lq_aave_v3_e_mode_t e_mode;
    uint64_t now_sec;
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

/* A pair of a trial's legs, ready for calls. */
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
} pairing_t;

/* make_pairing sets *OUT to PAIR of TRIAL. LQ_ERR_PERM: the contract's validation refuses it;
   LQ_ERR_RANGE, LQ_ERR_DIV_ZERO: each of its calls reverts. */
LQ_MUST_USE lq_err_t make_pairing(const lq_instance_t *self, pairing_t *out, const trial_t *trial,
                                  lq_liquidation_pair_t pair);

/* What a call does. */
typedef struct effect {
    lq_aave_v3_seizure_t seizure;
    lq_u256_t scaled_supply;   /* left */
    lq_u256_t scaled_debt;     /* left */
    lq_aave_v3_account_t own;  /* the sums of the two legs, after it */
    lq_aave_v3_account_t sums; /* of all legs, after it; not set for bad debt */
    bool flag_off;             /* the reserve is no collateral any more */
    bool bad_debt;
    bool dust; /* why it is refused; set on failure too */
} effect_t;

/* set_effect sets *OUT to what repaying AMOUNT, of at most max_debt, does. LQ_ERR_PERM: refused;
   LQ_ERR_RANGE, LQ_ERR_DIV_ZERO: it reverts. */
LQ_MUST_USE lq_err_t set_effect(effect_t *out, const pairing_t *p, const lq_u256_t *amount);

#endif
