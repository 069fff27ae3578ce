#ifndef LIQD_APP_SENDERS_H
#define LIQD_APP_SENDERS_H

/* The accounts of a live run: their keys, what these may sign, and the locks by which nobody else
   uses them. */

#include <stdbool.h>
#include <stddef.h>

#include "liqd/app/config.h"
#include "liqd/base/log.h"
#include "liqd/exec/exec.h"
#include "liqd/keys/relay_key.h"

/* The most gas that one transaction is signed for.
   @src EIP-7825: Ethereum takes none of more */
#define LQ_SENDERS_GAS_MAX 16777216u

/* The most coins that one is signed to pay for its place. */
#define LQ_SENDERS_BID_MAX 100u

typedef struct lq_senders {
    lq_exec_sender_t senders[LQ_TXMAN_SENDER_MAX];
    size_t cnt;
    lq_relay_key_t *relay_key;                  /* NULL: none */
    lq_policy_call_t calls[LQ_POLICY_CALL_MAX]; /* to liquidate */
    size_t call_cnt;
    lq_policy_call_t approvals[LQ_POLICY_CALL_MAX];
    size_t approval_cnt;
    lq_url_t urls[LQ_TXMAN_SENDER_MAX]; /* of remote signers */
    int locks[LQ_TXMAN_SENDER_MAX];     /* -1: none */
} lq_senders_t;

/* lq_senders_policy sets *POLICY to what a sender of CONFIG may sign, with calls that S holds:
   liquidations through the executor, or, without one, the markets' own; approvals of the
   inventory's tokens to the markets, where there is no executor; cancellations; nothing else.
   LQ_ERR_FULL: more than a policy holds; MSG says of what. */
LQ_MUST_USE lq_err_t lq_senders_policy(lq_policy_t *policy, lq_senders_t *s, lq_err_msg_t *msg,
                                       const lq_config_t *config);

/* lq_senders_bid_max returns the most that one transaction bids, which is what is signed: of a
   fixed bid itself, else LQ_SENDERS_BID_MAX. */
lq_wei_t lq_senders_bid_max(const lq_config_t *config);

/* What an operator's command may sign beside what a live run may. Borrowed. */
typedef struct lq_senders_grant {
    bool deploys;
    lq_hash_t initcode;            /* keccak-256 of what may be created */
    const lq_policy_call_t *calls; /* of the purpose to approve: each pins its first argument */
    size_t call_cnt;
} lq_senders_grant_t;

/* lq_senders_open reads the keys that CONFIG names and makes *OUT of them. Errors of sender_key.h;
   LQ_ERR_EXISTS: two have one key; LQ_ERR_FULL. lq_senders_open_for lets them sign what GRANT
   says (NULL: nothing) as well. lq_senders_lock takes the lock of each: errors of
   lq_run_lock. lq_senders_close clears the keys and lets go; NULL is allowed. */
LQ_MUST_USE lq_err_t lq_senders_open(lq_senders_t **out, lq_err_msg_t *msg, lq_log_t *log,
                                     const lq_config_t *config);
LQ_MUST_USE lq_err_t lq_senders_open_for(lq_senders_t **out, lq_err_msg_t *msg, lq_log_t *log,
                                         const lq_config_t *config,
                                         const lq_senders_grant_t *grant);
LQ_MUST_USE lq_err_t lq_senders_lock(lq_senders_t *s, lq_err_msg_t *msg, const lq_config_t *config);
void lq_senders_close(lq_senders_t *s);

#endif
