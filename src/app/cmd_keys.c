/* liqd keys: what is secret comes in by files, descriptors and the terminal, and never goes out. */

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>

#include "commands.h"
#include "json_value.h"
#include "liqd/keys/address.h"
#include "liqd/keys/keystore.h"
#include "start.h"

static int usage(const lq_cli_call_t *call, const char *text, const char *value)
{
    return lq_start_usage(call->command->name, text, value);
}

/* What is refused is told from what the machine did not give. */
static int fail(const lq_cli_call_t *call, lq_err_t err, const lq_err_msg_t *msg)
{
    lq_cli_complain(call->command->name, msg->text);
    return err == LQ_ERR_NOMEM ? LQ_EXIT_FAILED : LQ_EXIT_KEY;
}

/* What each command begins with, whatever it is to read. */
static int harden(const lq_cli_call_t *call)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_secret_harden_process(&msg);
    return err ? fail(call, err, &msg) : LQ_EXIT_DONE;
}

/* Where a secret comes from: one of the two, or the terminal. */
typedef struct source {
    const char *file;
    int fd; /* -1: not given */
} source_t;

static bool parse_fd(int *fd, const char *text)
{
    unsigned v = 0;
    if (!*text || strlen(text) > 9)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        v = 10 * v + (unsigned)(*text - '0');
    }
    *fd = (int)v;
    return true;
}

/* Reads the options NAME-file and NAME-fd. */
static int get_source(source_t *out, const lq_cli_call_t *call, const char *name)
{
    char option[32];
    (void)snprintf(option, sizeof(option), "%s-file", name);
    out->file = lq_cli_option(call, option);
    out->fd = -1;
    (void)snprintf(option, sizeof(option), "%s-fd", name);
    const char *fd = lq_cli_option(call, option);
    if (fd && out->file)
        return usage(call, "takes a file or a descriptor, not both:", name);
    if (fd && !parse_fd(&out->fd, fd))
        return usage(call, "is no descriptor:", fd);
    return LQ_EXIT_DONE;
}

static lq_err_t read_secret(lq_secret_t **out, lq_err_msg_t *msg, const source_t *source,
                            const char *prompt)
{
    if (source->file)
        return lq_secret_read_file(out, msg, source->file);
    if (source->fd >= 0)
        return lq_secret_read_fd(out, msg, source->fd);
    return lq_secret_prompt(out, msg, prompt);
}

/* A passphrase that is to be remembered. From a terminal, which does not show it, it is asked for
   twice. */
static lq_err_t read_new_passphrase(lq_secret_t **out, lq_err_msg_t *msg, const source_t *source)
{
    lq_secret_t *first;
    lq_secret_t *second = NULL;
    lq_err_t err = read_secret(&first, msg, source, "New passphrase: ");
    if (err)
        return err;
    if (lq_secret_is_empty(first))
        err = lq_err_msg_set(msg, LQ_ERR_INVAL,
                             "the passphrase is empty: it would protect nothing: give another");
    if (!err && !source->file && source->fd < 0) {
        err = lq_secret_prompt(&second, msg, "Once more: ");
        if (!err && !lq_secret_eq(first, second))
            err = lq_err_msg_set(msg, LQ_ERR_INVAL, "the passphrases differ: start again");
        lq_secret_free(second);
    }
    if (err)
        lq_secret_free(first);
    else
        *out = first;
    return err;
}

/* Prints what a command that succeeded has to say: SENTENCE, or JSON. */
static int print_result(const lq_cli_call_t *call, const char *file, const char *address,
                        const char *sentence)
{
    if (!lq_cli_option(call, "json")) {
        (void)printf("%s%s\n", address, sentence);
        return LQ_EXIT_DONE;
    }
    json_t *root = json_pack("{s:s, s:s}", "file", file, "address", address);
    bool written = lq_json_print(stdout, root);
    if (!written)
        lq_cli_complain(call->command->name,
                        "the result cannot be written: is the file's name no UTF-8?");
    return written ? LQ_EXIT_DONE : LQ_EXIT_FAILED;
}

static int create(const lq_cli_call_t *call, const char *path, const lq_private_key_t *key,
                  const source_t *passphrase)
{
    lq_err_msg_t msg;
    lq_secret_t *secret;
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    lq_err_t err = read_new_passphrase(&secret, &msg, passphrase);
    if (err)
        return fail(call, err, &msg);
    err = lq_keystore_create(&msg, path, key, secret, LQ_SCRYPT_COST_DEFAULT);
    lq_secret_free(secret);
    if (err) {
        lq_cli_complain(call->command->name, msg.text);
        return LQ_EXIT_FAILED;
    }
    lq_address_t a = lq_private_key_address(key);
    lq_address_print(address, &a);
    return print_result(call, path, address, "");
}

/* new, and import where KEY_SOURCE says from where. */
static int make(const lq_cli_call_t *call, const source_t *key_source)
{
    lq_err_msg_t msg;
    source_t passphrase;
    lq_secret_t *text = NULL;
    lq_private_key_t *key;
    const char *path = lq_cli_option(call, "out");
    if (!path)
        return usage(call, "needs --out FILE", NULL);
    int rc = get_source(&passphrase, call, "passphrase");
    if (rc)
        return rc;
    if (key_source && passphrase.fd >= 0 && key_source->fd == passphrase.fd)
        return usage(call, "needs a descriptor for the key and another for the passphrase", NULL);
    lq_err_t err;
    if (key_source) {
        err = read_secret(&text, &msg, key_source, "Private key: ");
        if (!err)
            err = lq_private_key_parse(&key, &msg, text);
        lq_secret_free(text);
    } else {
        err = lq_private_key_generate(&key, &msg);
    }
    if (err)
        return fail(call, err, &msg);
    rc = create(call, path, key, &passphrase);
    lq_private_key_free(key);
    return rc;
}

int lq_cmd_keys_new(const lq_cli_call_t *call)
{
    int rc = harden(call);
    return rc ? rc : make(call, NULL);
}

int lq_cmd_keys_import(const lq_cli_call_t *call)
{
    source_t key;
    int rc = harden(call);
    if (!rc)
        rc = get_source(&key, call, "key");
    return rc ? rc : make(call, &key);
}

int lq_cmd_keys_address(const lq_cli_call_t *call)
{
    lq_err_msg_t msg;
    lq_keystore_t store;
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    int rc = harden(call);
    if (rc)
        return rc;
    lq_err_t err = lq_keystore_read(&store, &msg, call->operand);
    if (!err && !store.has_address)
        err = lq_err_msg_set(&msg, LQ_ERR_SYNTAX,
                             "%s: names no address: liqd keys verify derives it", call->operand);
    if (err)
        return fail(call, err, &msg);
    lq_address_print(address, &store.address);
    return print_result(call, call->operand, address, "");
}

static lq_err_t decrypt(lq_private_key_t **key, lq_err_msg_t *msg, const char *path,
                        const lq_keystore_t *store, const source_t *source)
{
    lq_secret_t *passphrase;
    lq_err_t err = read_secret(&passphrase, msg, source, "Passphrase: ");
    if (err)
        return err;
    err = lq_keystore_decrypt(key, msg, path, store, passphrase);
    lq_secret_free(passphrase);
    return err;
}

int lq_cmd_keys_verify(const lq_cli_call_t *call)
{
    lq_err_msg_t msg;
    lq_keystore_t store;
    source_t source;
    lq_private_key_t *key;
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    int rc = harden(call);
    if (!rc)
        rc = get_source(&source, call, "passphrase");
    if (rc)
        return rc;
    lq_err_t err = lq_keystore_read(&store, &msg, call->operand);
    if (!err)
        err = decrypt(&key, &msg, call->operand, &store, &source);
    if (err)
        return fail(call, err, &msg);
    lq_address_t a = lq_private_key_address(key);
    lq_private_key_free(key);
    lq_address_print(address, &a);
    return print_result(call, call->operand, address,
                        store.has_address ? ": the passphrase fits, and so does the address"
                                          : ": the passphrase fits; the file names no address: "
                                            "compare this one with yours");
}
