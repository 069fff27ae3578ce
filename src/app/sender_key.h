#ifndef LIQD_APP_SENDER_KEY_H
#define LIQD_APP_SENDER_KEY_H

/* From the configuration to private keys. A passphrase comes from the file that is named, else from
   systemd's credential, else from the environment, with a warning to LOG; never from an argument.
 */

#include "liqd/app/config.h"
#include "liqd/base/log.h"
#include "liqd/keys/private_key.h"

#define LQ_PASSPHRASE_ENV "LIQD_PASSPHRASE"

/* lq_sender_key_open sets *OUT to the key of SENDER, which has a keystore; the caller frees it. Its
   address is the one configured, and the one that the file names, where they are: else
   LQ_ERR_INVAL. LQ_ERR_PASS: the passphrase is wrong, or there is none; others as lq_keystore_read
   and _decrypt. MSG names the key of the configuration, and the remedy. */
LQ_MUST_USE lq_err_t lq_sender_key_open(lq_private_key_t **out, lq_err_msg_t *msg, lq_log_t *log,
                                        const lq_config_sender_t *sender);

/* lq_relay_secret_open does so of send.relay_key. */
LQ_MUST_USE lq_err_t lq_relay_secret_open(lq_private_key_t **out, lq_err_msg_t *msg, lq_log_t *log,
                                          const lq_config_t *config);

/* lq_passphrase_forget clears the environment's. */
void lq_passphrase_forget(void);

#endif
