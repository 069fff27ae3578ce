/* liqd executor: see its entries in commands.c. */

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "commands.h"
#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_executor.h"
#include "liqd/codec/keccak.h"
#include "liqd/decide/executor.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"
#include "start.h"
#include "teller.h"

/* What each command begins with. */
typedef struct job {
    const lq_cli_call_t *call;
    lq_config_t config;
    lq_schema_doc_t doc;
    lq_nodes_t nodes;
    lq_start_log_t log;
    lq_start_log_t journal_log; /* the journal's thread's */
    lq_desk_t *desk;
    lq_accounts_t accounts;
} job_t;

static int complain(const job_t *job, int rc, const char *text)
{
    return lq_start_complain(job->call->command->name, rc, text);
}

static int fail(const job_t *job, lq_err_t err, const lq_err_msg_t *msg)
{
    return complain(job, lq_start_rc(err), msg->text);
}

static int print_json(const job_t *job, json_t *root)
{
    bool written = root && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    if (!written)
        return complain(job, LQ_EXIT_FAILED, "the result cannot be written");
    (void)printf("\n");
    return LQ_EXIT_DONE;
}

/* ---- check */

static int check(job_t *job)
{
    lq_err_msg_t msg;
    if (!job->config.sender_cnt && !job->config.executor[0])
        return complain(
            job, LQ_EXIT_CONFIG,
            "the configuration has neither senders nor an executor: name a sender under "
            "senders");
    lq_err_t err = lq_desk_open(&job->desk, &msg, &job->config, &job->nodes, &job->log.log, 0, 0);
    if (!err)
        err = lq_accounts_read(&job->accounts, &msg, job->desk, &job->config, &job->log.log, true);
    lq_desk_close(job->desk);
    if (err)
        return fail(job, err, &msg);
    if (lq_cli_option(job->call, "json")) {
        int rc = print_json(job, lq_accounts_json(&job->accounts, &job->config));
        if (rc)
            return rc;
    } else {
        lq_accounts_print(&job->accounts, &job->config);
    }
    return lq_accounts_problems(&job->accounts, &job->config, NULL, NULL) ? LQ_EXIT_CONFIG
                                                                          : LQ_EXIT_DONE;
}

/* ---- deploy */

/* What the owner has to have called: setOperator of each sender. */
typedef struct operator_call {
    lq_address_t operator_;
    uint8_t input[LQ_ABI_EXECUTOR_SET_OPERATOR_SZ];
} operator_call_t;

static lq_err_t open_desk(job_t *job, lq_err_msg_t *msg)
{
    lq_err_t err = lq_desk_open(&job->desk, msg, &job->config, &job->nodes, &job->log.log,
                                LQ_TELLER_TIMER_CNT, LQ_TELLER_MEMORY_SZ);
    return err ? err
               : lq_accounts_read(&job->accounts, msg, job->desk, &job->config, &job->log.log,
                                  false);
}

static int fail_teller(const job_t *job, lq_err_t err, const lq_err_msg_t *msg)
{
    bool key = err == LQ_ERR_PASS || err == LQ_ERR_PERM || err == LQ_ERR_SYNTAX;
    return key ? complain(job, LQ_EXIT_KEY, msg->text) : fail(job, err, msg);
}

/* Each sender's address is known, so that what may be signed is known before the keys are. */
static int check_addresses(const job_t *job)
{
    lq_err_msg_t msg;
    if (!job->config.sender_cnt)
        return complain(job, LQ_EXIT_CONFIG,
                        "the configuration has no senders: name one with its keystore (see liqd "
                        "keys)");
    for (size_t i = 0; i < job->accounts.sender_cnt; i++) {
        const lq_account_sender_t *s = &job->accounts.senders[i];
        if (s->known && !s->key.text[0])
            continue;
        (void)!lq_err_msg_set(&msg, LQ_ERR_CONFIG, "senders.%s: %.400s",
                              job->config.senders[i].name, s->key.text);
        return complain(job, LQ_EXIT_KEY, msg.text);
    }
    return LQ_EXIT_DONE;
}

static int parse_owner(const job_t *job, lq_address_t *owner)
{
    static const lq_address_t nobody;
    lq_err_msg_t why;
    lq_err_msg_t msg;
    const char *text = lq_cli_option(job->call, "owner");
    if (!text)
        return complain(job, LQ_EXIT_USAGE,
                        "whose is it to be? Name a cold address with --owner, or, for a trial, the "
                        "sender's own");
    if (lq_address_parse(owner, &why, text, strlen(text))) {
        (void)!lq_err_msg_set(&msg, LQ_ERR_USAGE, "--owner: %.400s", why.text);
        return complain(job, LQ_EXIT_USAGE, msg.text);
    }
    if (memcmp(owner, &nobody, sizeof(nobody)) == 0)
        return complain(job, LQ_EXIT_USAGE,
                        "--owner: is nobody: nobody could rescue what it holds");
    return LQ_EXIT_DONE;
}

static void set_operators(operator_call_t *out, const lq_accounts_t *a)
{
    size_t sz;
    for (size_t i = 0; i < a->sender_cnt; i++) {
        out[i].operator_ = a->senders[i].address;
        if (lq_abi_executor_set_operator_encode(out[i].input, sizeof(out[i].input), &sz, NULL,
                                                &out[i].operator_, true))
            LQ_BUG("a call of fixed size does not fit");
    }
}

/* What the deployer may sign beside the creation: setOperator of a sender, at any place that one of
   its next transactions can create at. */
#define NONCE_CNT 8u
static size_t grant_operators(lq_policy_call_t calls[LQ_POLICY_CALL_MAX], const lq_accounts_t *a)
{
    size_t cnt = 0;
    for (uint64_t n = 0; n < NONCE_CNT; n++)
        for (size_t i = 0; i < a->sender_cnt && cnt < LQ_POLICY_CALL_MAX; i++) {
            lq_policy_call_t *call = &calls[cnt++];
            *call = (lq_policy_call_t){
                .to = lq_address_create(&a->senders[0].address, a->senders[0].tx_cnt + n),
                .selector = {LQ_ABI_EXECUTOR_SET_OPERATOR_SELECTOR >> 24,
                             LQ_ABI_EXECUTOR_SET_OPERATOR_SELECTOR >> 16 & 255u,
                             LQ_ABI_EXECUTOR_SET_OPERATOR_SELECTOR >> 8 & 255u,
                             LQ_ABI_EXECUTOR_SET_OPERATOR_SELECTOR & 255u},
                .pins_arg = true};
            memcpy(call->arg.b + 12, a->senders[i].address.b, sizeof(lq_address_t));
        }
    return cnt;
}

/* What came of a deployment. */
typedef struct deployed {
    lq_address_t address;
    lq_address_t owner;
    bool own; /* the owner is who deployed it, and has allowed the operators */
    lq_teller_done_t done;
    operator_call_t operators[LQ_TXMAN_SENDER_MAX];
} deployed_t;

static lq_err_t send_operators(job_t *job, lq_err_msg_t *msg, lq_teller_t *teller,
                               const deployed_t *d)
{
    lq_teller_done_t done;
    lq_err_t err = LQ_OK;
    for (size_t i = 0; !err && d->own && i < job->accounts.sender_cnt; i++) {
        lq_teller_call_t call = {.use = LQ_TX_USE_APPROVE,
                                 .to = d->address,
                                 .input = d->operators[i].input,
                                 .input_sz = sizeof(d->operators[i].input)};
        err = lq_teller_send(teller, msg, &done, &call);
    }
    return err;
}

/* Looks whether what stands there is what was meant. */
static lq_err_t verify(job_t *job, lq_err_msg_t *msg, const deployed_t *d)
{
    lq_accounts_t *a = &job->accounts;
    lq_config_t config = job->config;
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, &d->address);
    config.executor = text;
    lq_err_t err = lq_accounts_read(a, msg, job->desk, &config, &job->log.log, false);
    if (err)
        return err;
    bool ok = a->code == LQ_FINDING_YES && a->owner_known &&
              memcmp(&a->owner, &d->owner, sizeof(a->owner)) == 0;
    for (size_t i = 0; i < a->sender_cnt && d->own; i++)
        ok &= a->senders[i].operator_ == LQ_FINDING_YES;
    return ok ? LQ_OK
              : lq_err_msg_set(msg, LQ_ERR_REMOTE,
                               "what stands at %s is not what was deployed: does the node tell the "
                               "truth? Look at it with liqd executor check",
                               text);
}

static lq_err_t send_creation(job_t *job, lq_err_msg_t *msg, deployed_t *d)
{
    static uint8_t creation[LQ_EXECUTOR_CREATION_SZ];
    static lq_policy_call_t calls[LQ_POLICY_CALL_MAX];
    lq_teller_t *teller;
    lq_senders_grant_t grant = {.deploys = true, .calls = calls};
    lq_executor_encode_creation(creation, &d->owner);
    lq_keccak256(grant.initcode.b, creation, sizeof(creation));
    if (d->own)
        grant.call_cnt = grant_operators(calls, &job->accounts);
    lq_err_t err =
        lq_teller_open(&teller, msg, &job->config, job->desk, &job->log.log, &job->journal_log.log,
                       &grant, lq_cli_option(job->call, "accept-used-nonce") != NULL);
    if (err)
        return err;
    lq_teller_call_t call = {.use = LQ_TX_USE_DEPLOY,
                             .is_create = true,
                             .input = creation,
                             .input_sz = sizeof(creation)};
    err = lq_teller_send(teller, msg, &d->done, &call);
    if (!err) {
        d->address = lq_address_create(&d->done.sender, d->done.nonce);
        err = send_operators(job, msg, teller, d);
    }
    lq_teller_close(teller);
    return err ? err : verify(job, msg, d);
}

static const char *input_text(char out[2 * LQ_ABI_EXECUTOR_SET_OPERATOR_SZ + 3],
                              const operator_call_t *call)
{
    char *at = out + snprintf(out, 3, "0x");
    for (size_t i = 0; i < sizeof(call->input); i++)
        at += snprintf(at, 3, "%02x", call->input[i]);
    return out;
}

static void print_deployed(const job_t *job, const deployed_t *d)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    char input[2 * LQ_ABI_EXECUTOR_SET_OPERATOR_SZ + 3];
    lq_address_print(address, &d->address);
    lq_address_print(text, &d->owner);
    (void)printf("The executor is there since block %" PRIu64 "; its owner is %s.\n\n", d->done.blk,
                 text);
    (void)printf("For the configuration:\n\nexecutor:\n  address: \"%s\"\n", address);
    if (d->own)
        return;
    (void)printf("\nIts owner has to let the senders use it, by %s:\n",
                 job->accounts.sender_cnt == 1 ? "this call" : "these calls");
    for (size_t i = 0; i < job->accounts.sender_cnt; i++) {
        lq_address_print(text, &d->operators[i].operator_);
        (void)printf("\n  setOperator(%s, true)\n    to    %s\n    data  %s\n", text, address,
                     input_text(input, &d->operators[i]));
    }
}

static json_t *deployed_json(const job_t *job, const deployed_t *d)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    char owner[LQ_ADDRESS_TEXT_SZ + 1];
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    char input[2 * LQ_ABI_EXECUTOR_SET_OPERATOR_SZ + 3];
    json_t *calls = json_array();
    int failed = 0;
    lq_address_print(address, &d->address);
    lq_address_print(owner, &d->owner);
    for (size_t i = 0; i < job->accounts.sender_cnt && !d->own; i++) {
        lq_address_print(text, &d->operators[i].operator_);
        failed |= json_array_append_new(calls, json_pack("{s:s, s:s, s:s}", "operator", text, "to",
                                                         address, "data",
                                                         input_text(input, &d->operators[i])));
    }
    json_t *out =
        json_pack("{s:s, s:s, s:I, s:i, s:o}", "address", address, "owner", owner, "block",
                  (json_int_t)d->done.blk, "gas", (int)d->done.gas, "owner_calls", calls);
    if (!failed)
        return out;
    json_decref(out);
    return NULL;
}

/* One that is there and ours is not made a second time by a script that runs again. */
static int check_none(const job_t *job)
{
    lq_err_msg_t msg;
    if (job->accounts.code != LQ_FINDING_YES)
        return LQ_EXIT_DONE;
    (void)!lq_err_msg_set(&msg, LQ_ERR_EXISTS,
                          "executor.address, %s, is this version's executor already: liqd executor "
                          "check tells about it; for another remove the line first",
                          job->config.executor);
    return complain(job, LQ_EXIT_CONFIG, msg.text);
}

static int deploy(job_t *job)
{
    deployed_t d = {0};
    lq_err_msg_t msg;
    int rc = parse_owner(job, &d.owner);
    if (rc)
        return rc;
    lq_err_t err = open_desk(job, &msg);
    rc = err ? fail(job, err, &msg) : check_addresses(job);
    rc = rc ? rc : check_none(job);
    if (!rc) {
        d.own = memcmp(&d.owner, &job->accounts.senders[0].address, sizeof(d.owner)) == 0;
        set_operators(d.operators, &job->accounts);
        err = send_creation(job, &msg, &d);
        rc = err ? fail_teller(job, err, &msg) : LQ_EXIT_DONE;
    }
    lq_desk_close(job->desk);
    if (rc)
        return rc;
    if (lq_cli_option(job->call, "json"))
        return print_json(job, deployed_json(job, &d));
    print_deployed(job, &d);
    return LQ_EXIT_DONE;
}

/* ---- approve */

/* An approval that is wanted. */
typedef struct approval {
    const lq_account_token_t *token;
    const lq_config_market_t *market;
    lq_u256_t amount;
    bool there; /* it stands already */
} approval_t;

#define APPROVAL_MAX (LQ_CONFIG_INVENTORY_MAX * LQ_CONFIG_MARKET_MAX)

typedef struct approvals {
    size_t cnt;
    approval_t list[APPROVAL_MAX];
} approvals_t;

static const lq_config_inventory_t *inventory_of(const lq_config_t *config, const char *name)
{
    for (size_t i = 0; i < config->inventory_cnt; i++)
        if (strcmp(config->inventory[i].name, name) == 0)
            return &config->inventory[i];
    return NULL;
}

/* What is to be approved of TOKEN: --amount, else the inventory's. */
static int amount_of(const job_t *job, lq_u256_t *out, const lq_account_token_t *token)
{
    lq_err_msg_t msg;
    lq_err_msg_t why;
    const char *text = lq_cli_option(job->call, "amount");
    const lq_config_inventory_t *own = inventory_of(&job->config, token->name);
    if (!token->asked) {
        (void)!lq_err_msg_set(&msg, LQ_ERR_CONFIG,
                              "inventory.%s: %s does not answer as a token does: mend its address",
                              token->name, own->token);
        return complain(job, LQ_EXIT_CONFIG, msg.text);
    }
    if (!text)
        return lq_config_amount(out, &msg, own, token->decimals)
                   ? complain(job, LQ_EXIT_CONFIG, msg.text)
                   : LQ_EXIT_DONE;
    if (!lq_decimal_parse(out, &why, text, strlen(text), token->decimals))
        return LQ_EXIT_DONE;
    (void)!lq_err_msg_set(&msg, LQ_ERR_USAGE, "--amount: %.400s", why.text);
    return complain(job, LQ_EXIT_USAGE, msg.text);
}

static int plan_token(const job_t *job, approvals_t *plan, const lq_account_token_t *token)
{
    lq_u256_t amount = lq_u256_from_u64(0);
    int rc = amount_of(job, &amount, token);
    for (size_t m = 0; !rc && m < job->config.market_cnt; m++) {
        const lq_config_market_t *market = &job->config.markets[m];
        if (!lq_accounts_is_spent(market))
            continue;
        plan->list[plan->cnt++] = (approval_t){.token = token,
                                               .market = market,
                                               .amount = amount,
                                               .there = token->allowance_known[m] &&
                                                        lq_u256_eq(&token->allowances[m], &amount)};
    }
    return rc;
}

static int plan_all(const job_t *job, approvals_t *plan)
{
    lq_err_msg_t msg;
    const char *only = lq_cli_option(job->call, "token");
    bool found = false;
    int rc = LQ_EXIT_DONE;
    for (size_t i = 0; !rc && i < job->accounts.token_cnt; i++) {
        const lq_account_token_t *token = &job->accounts.tokens[i];
        if (only && strcmp(only, token->name) != 0)
            continue;
        found = true;
        rc = plan_token(job, plan, token);
    }
    if (rc || found)
        return rc;
    (void)!lq_err_msg_set(&msg, LQ_ERR_USAGE, "%s%.60s: name a token of the inventory",
                          only ? "--token: the inventory has none called "
                               : "the inventory is empty",
                          only ? only : "");
    return complain(job, only ? LQ_EXIT_USAGE : LQ_EXIT_CONFIG, msg.text);
}

static lq_err_t send_approval(lq_teller_t *teller, lq_err_msg_t *msg, const approval_t *a)
{
    uint8_t input[LQ_ABI_ERC20_APPROVE_SZ];
    size_t sz;
    lq_err_msg_t why;
    lq_teller_done_t done;
    lq_address_t spender = lq_accounts_spender(a->market);
    if (lq_abi_erc20_approve_encode(input, sizeof(input), &sz, NULL, &spender, &a->amount))
        LQ_BUG("a call of fixed size does not fit");
    lq_teller_call_t call = {
        .use = LQ_TX_USE_APPROVE, .to = a->token->token, .input = input, .input_sz = sz};
    lq_err_t err = lq_teller_send(teller, &why, &done, &call);
    return err ? lq_err_msg_set(msg, err, "inventory.%s for markets.%s: %.400s", a->token->name,
                                a->market->name, why.text)
               : LQ_OK;
}

static lq_err_t send_approvals(job_t *job, lq_err_msg_t *msg, const approvals_t *plan)
{
    lq_teller_t *teller;
    bool all_there = true;
    for (size_t i = 0; i < plan->cnt; i++)
        all_there &= plan->list[i].there;
    if (all_there)
        return LQ_OK;
    lq_err_t err =
        lq_teller_open(&teller, msg, &job->config, job->desk, &job->log.log, &job->journal_log.log,
                       NULL, lq_cli_option(job->call, "accept-used-nonce") != NULL);
    if (err)
        return err;
    for (size_t i = 0; !err && i < plan->cnt; i++)
        err = plan->list[i].there ? LQ_OK : send_approval(teller, msg, &plan->list[i]);
    lq_teller_close(teller);
    return err;
}

static int print_approvals(const job_t *job, const approvals_t *plan)
{
    char amount[LQ_DECIMAL_SZ];
    json_t *out = lq_cli_option(job->call, "json") ? json_array() : NULL;
    for (size_t i = 0; i < plan->cnt; i++) {
        const approval_t *a = &plan->list[i];
        if (lq_decimal_print(amount, sizeof(amount), &a->amount, out ? 0 : a->token->decimals))
            LQ_BUG("an amount has no decimal digits");
        if (out)
            (void)json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:b}", "token",
                                                       a->token->name, "market", a->market->name,
                                                       "amount", amount, "sent", (int)!a->there));
        else
            (void)printf("%s may take %s %s%s\n", a->market->name, amount, a->token->name,
                         a->there ? ", as before" : "");
    }
    return out ? print_json(job, out) : LQ_EXIT_DONE;
}

static int approve(job_t *job)
{
    static approvals_t plan;
    lq_err_msg_t msg;
    if (job->config.executor[0])
        return complain(
            job, LQ_EXIT_CONFIG,
            "there is an executor, which holds what is spent: nothing is to be approved");
    lq_err_t err = open_desk(job, &msg);
    int rc = err ? fail(job, err, &msg) : check_addresses(job);
    rc = rc ? rc : plan_all(job, &plan);
    if (!rc && !plan.cnt)
        rc = complain(job, LQ_EXIT_CONFIG,
                      "no market is liquidated out of the inventory: set its funding to inventory, "
                      "where that is meant");
    if (!rc) {
        err = send_approvals(job, &msg, &plan);
        rc = err ? fail_teller(job, err, &msg) : print_approvals(job, &plan);
    }
    lq_desk_close(job->desk);
    return rc;
}

/* ---- all of them */

/* Loads the configuration, opens the log, and does WORK. */
static int run(const lq_cli_call_t *call, int (*work)(job_t *job))
{
    job_t *job = calloc(1, sizeof(*job));
    if (!job)
        return lq_start_complain(call->command->name, LQ_EXIT_FAILED, lq_err_str(LQ_ERR_NOMEM));
    job->call = call;
    int rc = lq_start_config(&job->doc, &job->config, call->command->name, call);
    if (!rc) {
        lq_nodes_init(&job->nodes, &job->config);
        rc = lq_start_log_open(&job->log, call->command->name, &job->config, LQ_LOG_WARN, NULL);
    }
    if (!rc) {
        lq_start_log_beside(&job->journal_log, &job->log);
        rc = work(job);
        lq_start_log_close(&job->log);
    }
    if (job->doc.arena.cap_sz)
        lq_schema_free(&job->doc);
    free(job);
    return rc;
}

int lq_cmd_executor_check(const lq_cli_call_t *call)
{
    return run(call, check);
}

int lq_cmd_executor_deploy(const lq_cli_call_t *call)
{
    return run(call, deploy);
}

int lq_cmd_executor_approve(const lq_cli_call_t *call)
{
    return run(call, approve);
}
