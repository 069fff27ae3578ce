#ifndef LIQD_APP_TELLER_H
#define LIQD_APP_TELLER_H

/* An operator's own transactions, one after the other, each waited for: through the locks, the log,
   the journal and the nonces of a live run, which therefore cannot run meanwhile. */

#include "desk.h"
#include "liqd/record/tx_record.h"
#include "senders.h"

/* Opaque. */
typedef struct lq_teller lq_teller_t;

/* What the desk has to have room for beside its own. */
#define LQ_TELLER_TIMER_CNT 8192u
#define LQ_TELLER_MEMORY_SZ ((size_t)8 << 30) /* addresses, of which most are never touched */

/* lq_teller_open makes *TELLER, which waits until it may send. GRANT is what may be signed beside
   what a live run may. ACCEPT_USED: a key that was used before has no journal, and that is right.
   LQ_ERR_BUSY: another process has the key; LQ_ERR_CONFIG, LQ_ERR_IO, LQ_ERR_TIMEOUT; those of
   senders.h. All of CONFIG, DESK and LOG outlive it, and so does JOURNAL_LOG, which is the
   journal's thread's alone. _close ends the journal behind what it
   has; NULL is allowed. */
LQ_MUST_USE lq_err_t lq_teller_open(lq_teller_t **teller, lq_err_msg_t *msg,
                                    const lq_config_t *config, lq_desk_t *desk, lq_log_t *log,
                                    lq_log_t *journal_log, const lq_senders_grant_t *grant,
                                    bool accept_used);
void lq_teller_close(lq_teller_t *teller);

/* A transaction of the first sender. */
typedef struct lq_teller_call {
    lq_tx_use_t use;
    bool is_create;
    lq_address_t to; /* unless it creates */
    const uint8_t *input;
    size_t input_sz;
} lq_teller_call_t;

typedef struct lq_teller_done {
    lq_address_t sender;
    uint64_t nonce;
    lq_hash_t hash;
    uint64_t blk;
    uint32_t gas;
} lq_teller_done_t;

/* lq_teller_send sends CALL, waits until it is mined, and sets *DONE. It is given up, and
   cancelled, when some ten minutes have passed. LQ_ERR_REMOTE: it reverts, or the nodes refuse it;
   LQ_ERR_CONFIG: the sender cannot pay for it; LQ_ERR_TIMEOUT; LQ_ERR_IO: it cannot be recorded;
   LQ_ERR_POLICY. MSG says what was said. */
LQ_MUST_USE lq_err_t lq_teller_send(lq_teller_t *teller, lq_err_msg_t *msg, lq_teller_done_t *done,
                                    const lq_teller_call_t *call);

#endif
