#ifndef LIQD_APP_ACCOUNTS_H
#define LIQD_APP_ACCOUNTS_H

/* What the chain has of senders and executor, and what of it keeps a live run from working: for
   `liqd executor check` and `liqd check --online`. */

#include <jansson.h>

#include "desk.h"
#include "probe.h"

/* What one sender is. */
typedef struct lq_account_sender {
    bool known; /* its address: configured, or named by the keystore */
    lq_address_t address;
    bool opened;      /* the key was decrypted: the passphrase is in a file */
    lq_err_msg_t key; /* why it cannot be used; "": it can, as far as was looked */
    bool asked;
    lq_wei_t balance_wei;
    uint64_t tx_cnt;        /* mined */
    lq_finding_t operator_; /* of the executor, where there is one */
} lq_account_sender_t;

/* A token of the inventory: of what holds it, the executor, or without one the sender. */
typedef struct lq_account_token {
    const char *name; /* of inventory.* */
    lq_address_t token;
    bool asked;
    uint8_t decimals;
    lq_u256_t held;
    bool allowance_known[LQ_CONFIG_MARKET_MAX];
    lq_u256_t allowances[LQ_CONFIG_MARKET_MAX]; /* of the market's contract */
} lq_account_token_t;

typedef struct lq_accounts {
    lq_header_t head;
    size_t sender_cnt;
    lq_account_sender_t senders[LQ_TXMAN_SENDER_MAX];
    bool has_executor; /* one is configured */
    lq_address_t executor;
    lq_finding_t code; /* NONE: no answer; YES: ours */
    bool is_empty;     /* NO: there is no contract at all */
    bool owner_known;  /* and the pending one */
    lq_address_t owner;
    lq_address_t pending; /* all zero: none */
    size_t token_cnt;
    lq_account_token_t tokens[LQ_CONFIG_INVENTORY_MAX];
} lq_accounts_t;

/* lq_accounts_read fills OUT. Keystores are read; one is decrypted where OPEN_KEYS is set and its
   passphrase comes from a file. Errors are those of DESK; what is wrong is in OUT. */
LQ_MUST_USE lq_err_t lq_accounts_read(lq_accounts_t *out, lq_err_msg_t *msg, lq_desk_t *desk,
                                      const lq_config_t *config, lq_log_t *log, bool open_keys);

/* lq_accounts_spender returns who takes the debt of MARKET. lq_accounts_is_spent tells whether a
   token is spent out of what is held there: MARKET's debt comes out of the inventory. */
lq_address_t lq_accounts_spender(const lq_config_market_t *market);
bool lq_accounts_is_spent(const lq_config_market_t *market);

/* lq_accounts_tx_left returns for how many liquidations' gas the balance of a sender lasts at the
   present base fee. */
uint64_t lq_accounts_tx_left(const lq_accounts_t *a, size_t sender);

/* lq_accounts_problems gives FN each thing that keeps a live run from working, with its remedy, and
   returns how many there are. */
size_t lq_accounts_problems(const lq_accounts_t *a, const lq_config_t *config,
                            void (*fn)(void *ctx, const char *text), void *ctx);

/* lq_accounts_print prints all to standard output, problems last. lq_accounts_json returns the
   same; NULL where memory runs out. */
void lq_accounts_print(const lq_accounts_t *a, const lq_config_t *config);
json_t *lq_accounts_json(const lq_accounts_t *a, const lq_config_t *config);

#endif
