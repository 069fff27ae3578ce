/* What senders, relays, the journal and what is seized come to, and what in them contradicts what.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config_internal.h"
#include "liqd/net/url.h"

#define CPU_MAX 1023u /* of Linux's cpu_set_t */

/* ---- senders */

/* A URL that goes over a network without TLS tells strangers what is sent, or lets them answer. */
static void check_https(lq_schema_doc_t *doc, const char *key, const char *text)
{
    lq_url_t url;
    if (lq_url_parse(&url, NULL, text, strlen(text)))
        return; /* it is reported where it was read */
    if (!lq_url_is_http(&url))
        lq_schema_problem(doc, key, "is not https://, as it has to be");
    else if (url.scheme == LQ_URL_HTTP && !lq_url_is_local(&url))
        lq_schema_problem(doc, key,
                          "is http:// to another machine, which anybody between could read and "
                          "change: use https://");
}

/* What of SENDER has no meaning beside WITHOUT. */
static void check_useless(lq_schema_doc_t *doc, const lq_config_sender_t *sender, const char *key,
                          const char *text, const char *without)
{
    lq_config_path_t path;
    if (text[0])
        lq_schema_problem(doc, lq_config_path(&path, "senders", sender->name, key),
                          "has no meaning without %s: remove it", without);
}

static void check_remote(lq_schema_doc_t *doc, const lq_config_sender_t *sender)
{
    lq_config_path_t path;
    check_useless(doc, sender, "passphrase_file", sender->passphrase_file, "keystore");
    check_https(doc, lq_config_path(&path, "senders", sender->name, "remote"), sender->remote);
    if (!sender->address[0])
        lq_schema_problem(doc, lq_config_path(&path, "senders", sender->name, "address"),
                          "is missing: name the account that the remote signer is to sign for");
    if (!sender->client_cert[0] != !sender->client_key[0]) {
        const char *has = sender->client_cert[0] ? "client_cert" : "client_key";
        lq_schema_problem(doc, lq_config_path(&path, "senders", sender->name, has),
                          "is set without %s: set both, or none",
                          sender->client_cert[0] ? "client_key" : "client_cert");
    }
}

static void check_local(lq_schema_doc_t *doc, const lq_config_sender_t *sender)
{
    check_useless(doc, sender, "client_cert", sender->client_cert, "remote");
    check_useless(doc, sender, "client_key", sender->client_key, "remote");
    check_useless(doc, sender, "ca_file", sender->ca_file, "remote");
}

/* Whether sender I is one of those before it. */
static void check_twice(lq_schema_doc_t *doc, const lq_config_t *config, size_t i)
{
    const lq_config_sender_t *sender = &config->senders[i];
    lq_config_path_t path;
    for (size_t k = 0; k < i; k++) {
        const lq_config_sender_t *other = &config->senders[k];
        bool address = lq_config_same_address(sender->address, other->address);
        bool key = sender->keystore[0] && strcmp(sender->keystore, other->keystore) == 0;
        if (address || key)
            lq_schema_problem(
                doc,
                lq_config_path(&path, "senders", sender->name, address ? "address" : "keystore"),
                "is that of senders.%s too: remove one of them", other->name);
    }
}

void lq_config_check_senders(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    for (size_t i = 0; i < config->sender_cnt; i++) {
        const lq_config_sender_t *sender = &config->senders[i];
        const char *key = lq_config_path(&path, "senders", sender->name, "keystore");
        if (!sender->keystore[0] && !sender->remote[0])
            lq_schema_problem(doc, key, "is missing: name the file with the key, or set remote");
        else if (sender->keystore[0] && sender->remote[0])
            lq_schema_problem(doc, key, "contradicts remote: one of them signs, remove the other");
        else if (sender->remote[0])
            check_remote(doc, sender);
        else
            check_local(doc, sender);
        (void)lq_config_check_address_or_none(
            doc, lq_config_path(&path, "senders", sender->name, "address"), sender->address);
        check_twice(doc, config, i);
    }
}

/* ---- relays */

void lq_config_check_relays(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    lq_err_msg_t msg;
    for (size_t i = 0; i < config->relay_cnt; i++) {
        const lq_config_relay_t *relay = &config->relays[i];
        check_https(doc, lq_config_path(&path, "relays", relay->name, "url"), relay->url);
        if (relay->header[0] && lq_auth_header_check(&msg, relay->header))
            lq_schema_problem(doc, lq_config_path(&path, "relays", relay->name, "header"), "%s",
                              msg.text);
        if (relay->sign && !config->relay_key[0])
            lq_schema_problem(doc, lq_config_path(&path, "relays", relay->name, "sign"),
                              "is true, and there is no key to sign with: set send.relay_key, or "
                              "false");
    }
}

void lq_config_check_relay_key(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (config->relay_passphrase_file[0] && !config->relay_key[0])
        lq_schema_problem(doc, "send.relay_passphrase_file",
                          "has no meaning without send.relay_key: remove it");
}

/* ---- what else a live run has */

void lq_config_check_wal(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (config->wal_sz & (config->wal_sz - 1))
        lq_schema_problem(doc, "journal.wal_size",
                          "is not a power of two, such as 32 MiB or 64 MiB");
}

const lq_config_inventory_t *lq_config_swapped_into(const lq_config_t *config)
{
    for (size_t i = 0; i < config->inventory_cnt; i++)
        if (strcmp(config->inventory[i].token, LQ_CONFIG_COIN) != 0)
            return &config->inventory[i];
    return NULL;
}

/* What is to be swapped, and cannot be. */
static void check_swapped(lq_schema_doc_t *doc, const lq_config_t *config)
{
    if (!config->executor[0])
        lq_schema_problem(doc, "seized.action",
                          "is swap, and the executor does that: set executor.address (see liqd "
                          "executor deploy), or hold or sweep");
    if (!config->venue_cnt)
        lq_schema_problem(doc, "seized.action",
                          "is swap, and there are no pools to swap in: name some under venues, or "
                          "set hold or sweep");
    if (!lq_config_swapped_into(config))
        lq_schema_problem(doc, "seized.action",
                          "is swap, and there is no token to swap into: name it under inventory, "
                          "or set hold or sweep");
}

void lq_config_check_seized(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (!lq_config_check_address_or_none(doc, "seized.cold", config->seized_cold))
        return;
    if (config->seized_action != LQ_SEIZED_HOLD && !config->token_cnt)
        lq_schema_problem(doc, "seized.action",
                          "is not hold, and only what is named under tokens is moved: name there "
                          "what may be seized");
    if (config->seized_action == LQ_SEIZED_SWAP)
        check_swapped(doc, config);
    if (config->seized_action == LQ_SEIZED_SWEEP && !config->seized_cold[0])
        lq_schema_problem(doc, "seized.action",
                          "is sweep, and there is no address to send to: set seized.cold");
    else if (config->seized_action != LQ_SEIZED_SWEEP && config->seized_cold[0])
        lq_schema_problem(doc, "seized.cold",
                          "has no meaning unless seized.action is sweep: remove one of them");
    else if (config->seized_cold[0] && lq_config_is_nobody(config->seized_cold))
        lq_schema_problem(doc, "seized.cold", "is nobody's: what is sent there is lost");
}

bool lq_config_cpu(unsigned *cpu, const lq_config_t *config)
{
    if (strcmp(config->cpu_pin, "-1") == 0)
        return false;
    *cpu = (unsigned)strtoul(config->cpu_pin, NULL, 10);
    return true;
}

void lq_config_check_pin(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    const char *text = config->cpu_pin;
    if (strcmp(text, "-1") != 0 &&
        (strspn(text, "0123456789") != strlen(text) || strtoul(text, NULL, 10) > CPU_MAX))
        lq_schema_problem(doc, "cpu.pin", "is neither the number of a core, from 0, nor -1");
}

uint32_t lq_config_confirmations(const lq_config_t *config)
{
    return config->finality == LQ_FINALITY_NONE ? (uint32_t)config->confirmations_blk : 0;
}

lq_err_t lq_config_socket(char out[LQ_CONFIG_SOCKET_MAX + 1], lq_err_msg_t *msg,
                          const lq_config_t *config)
{
    char text[LQ_CONFIG_SOCKET_MAX + 1];
    if (!config->control_socket[0] && !config->sender_cnt)
        return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                              "there is no control socket: set control.socket, or name a sender");
    int sz = config->control_socket[0]
                 ? snprintf(text, sizeof(text), "%s", config->control_socket)
                 : snprintf(text, sizeof(text), "%s/%" PRIu64 "-%s.sock", config->run_dir,
                            config->chain_id, config->senders[0].name);
    if ((size_t)sz >= sizeof(text))
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG,
                              "the control socket's path is longer than %u bytes: set "
                              "control.socket to a shorter one",
                              LQ_CONFIG_SOCKET_MAX);
    memcpy(out, text, (size_t)sz + 1);
    return LQ_OK;
}

/* ---- a live run */

/* Whether there is a node to send by. */
static bool has_send(const lq_config_t *config)
{
    for (size_t i = 0; i < config->node_cnt; i++)
        if (config->nodes[i].roles & LQ_ROLE_SEND)
            return true;
    return false;
}

static void check_ways(lq_schema_doc_t *doc, const lq_config_t *config)
{
    if (!config->send_public && !config->relay_cnt)
        lq_schema_problem(doc, "send.public",
                          "is false, and there are no relays: nothing could be sent; name some "
                          "under relays, or set true");
    else if (config->send_public && !has_send(config))
        lq_schema_problem(doc, "send.public",
                          "is true, and no node has the role send: add it to one, or set false");
}

bool lq_config_check_live(lq_schema_doc_t *doc, const lq_config_t *config)
{
    size_t before = doc->problem_cnt;
    lq_err_msg_t msg;
    char socket[LQ_CONFIG_SOCKET_MAX + 1];
    if (!config->sender_cnt)
        lq_schema_problem(doc, "senders",
                          "names none, and a live run sends: name one with its keystore (see liqd "
                          "keys), or add --dry-run");
    else if (lq_config_socket(socket, &msg, config))
        lq_schema_problem(doc, "control.socket", "%s", msg.text);
    if (!config->journal_file[0])
        lq_schema_problem(doc, "journal.file",
                          "is empty, and a live run needs a journal: name a file on a disk that "
                          "stays, or add --dry-run");
    if (!lq_config_is_deployed(config))
        lq_schema_problem(doc, "executor.address",
                          "is empty, and flash loans need an executor: deploy one with liqd "
                          "executor deploy, or set each market's funding to inventory");
    else if (config->sender_cnt > 1 && !config->executor[0])
        lq_schema_problem(doc, "executor.address",
                          "is empty, and several senders need an executor, which holds what they "
                          "spend: deploy one with liqd executor deploy, or keep one sender");
    check_ways(doc, config);
    return doc->problem_cnt == before;
}
