#include "sender_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "liqd/base/text.h"
#include "liqd/keys/address.h"
#include "liqd/keys/keystore.h"
#include "liqd/keys/secret.h"

#define PATH_SZ 4400u

/* A keystore of the configuration, and where its passphrase is. */
typedef struct source {
    const char *key; /* of the configuration: "senders.main" */
    const char *keystore;
    const char *passphrase_file; /* "": not named */
    const char *credential;      /* behind "liqd-" */
} source_t;

/* Sets OUT to the path of the credential; false where systemd has given none. */
static bool find_credential(char out[PATH_SZ], const source_t *s)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (!folder || !folder[0])
        return false;
    int sz = snprintf(out, PATH_SZ, "%s/liqd-%s", folder, s->credential);
    return sz > 0 && (size_t)sz < PATH_SZ && access(out, F_OK) == 0;
}

/* What the environment says, by way of a pipe: secrets are read from descriptors alone. */
static lq_err_t read_env(lq_secret_t **out, lq_err_msg_t *msg, const char *text)
{
    int fd[2];
    size_t sz = strlen(text);
    if (sz > LQ_SECRET_MAX)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG,
                              "$" LQ_PASSPHRASE_ENV " is longer than %d bytes", LQ_SECRET_MAX);
    if (pipe(fd) != 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "a pipe: %s", strerror(errno));
    bool written = write(fd[1], text, sz) == (ssize_t)sz; /* an empty pipe takes more than that */
    (void)close(fd[1]);
    lq_err_t err = written ? lq_secret_read_fd(out, msg, fd[0])
                           : lq_err_msg_set(msg, LQ_ERR_IO, "a pipe: %s", strerror(errno));
    (void)close(fd[0]);
    return err;
}

static lq_err_t read_passphrase(lq_secret_t **out, lq_err_msg_t *msg, lq_log_t *log,
                                const source_t *s)
{
    char path[PATH_SZ];
    const char *text = getenv(LQ_PASSPHRASE_ENV);
    if (s->passphrase_file[0])
        return lq_secret_read_file(out, msg, s->passphrase_file);
    if (find_credential(path, s))
        return lq_secret_read_file(out, msg, path);
    if (!text)
        return lq_err_msg_set(
            msg, LQ_ERR_PASS,
            "no passphrase: name a file by its passphrase_file, or give systemd's "
            "credential liqd-%s",
            s->credential);
    LQ_LOG(log, LQ_LOG_WARN, "app",
           "a passphrase comes from the environment, where others may see it: use a file or a "
           "credential",
           LQ_LOG_CSTR("key", s->key));
    return read_env(out, msg, text);
}

static lq_err_t decrypt(lq_private_key_t **out, lq_err_msg_t *msg, lq_log_t *log, const source_t *s)
{
    lq_keystore_t store;
    lq_secret_t *passphrase = NULL;
    lq_err_t err = lq_keystore_read(&store, msg, s->keystore);
    if (!err)
        err = read_passphrase(&passphrase, msg, log, s);
    if (err)
        return err;
    err = lq_keystore_decrypt(out, msg, s->keystore, &store, passphrase);
    lq_secret_free(passphrase);
    return err;
}

/* Puts the key of the configuration before what MSG says. */
static lq_err_t name_key(lq_err_msg_t *msg, lq_err_t err, const source_t *s)
{
    lq_err_msg_t why = *msg;
    return lq_err_msg_set(msg, err, "%s: %.*s", s->key, (int)(sizeof(why.text) - 80), why.text);
}

lq_err_t lq_sender_key_open(lq_private_key_t **out, lq_err_msg_t *msg, lq_log_t *log,
                            const lq_config_sender_t *sender)
{
    char key[160];
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_private_key_t *made;
    (void)snprintf(key, sizeof(key), "senders.%s", sender->name);
    source_t s = {key, sender->keystore, sender->passphrase_file, sender->name};
    lq_err_t err = decrypt(&made, msg, log, &s);
    if (err)
        return name_key(msg, err, &s);
    lq_address_t address = lq_private_key_address(made);
    if (sender->address[0]) {
        lq_address_t want = lq_config_address(sender->address);
        if (memcmp(&want, &address, sizeof(want)) != 0) {
            lq_private_key_free(made);
            lq_address_print(text, &address);
            return lq_err_msg_set(
                msg, LQ_ERR_INVAL,
                "%s: the key is that of %s, and address is %s: name its keystore, "
                "or mend the address",
                key, text, sender->address);
        }
    }
    *out = made;
    return LQ_OK;
}

lq_err_t lq_relay_secret_open(lq_private_key_t **out, lq_err_msg_t *msg, lq_log_t *log,
                              const lq_config_t *config)
{
    source_t s = {"send.relay_key", config->relay_key, config->relay_passphrase_file, "relay"};
    lq_err_t err = decrypt(out, msg, log, &s);
    return err ? name_key(msg, err, &s) : LQ_OK;
}

void lq_passphrase_forget(void)
{
    char *text = getenv(LQ_PASSPHRASE_ENV);
    if (text)
        explicit_bzero(text, strlen(text));
    (void)unsetenv(LQ_PASSPHRASE_ENV);
}
