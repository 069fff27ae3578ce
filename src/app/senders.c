#include "senders.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_executor.h"
#include "liqd/keys/address.h"
#include "liqd/protocol/adapter.h"
#include "run_dir.h"
#include "sender_key.h"

/* ---- what may be signed */

static void set_selector(uint8_t out[4], uint32_t selector)
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(selector >> (24 - 8 * i));
}

static bool is_same_call(const lq_policy_call_t *a, const lq_policy_call_t *b)
{
    return memcmp(&a->to, &b->to, sizeof(a->to)) == 0 &&
           memcmp(a->selector, b->selector, sizeof(a->selector)) == 0 &&
           memcmp(&a->arg, &b->arg, sizeof(a->arg)) == 0;
}

/* Adds CALL to the CNT at CALLS, where it is not there. LQ_ERR_FULL. */
static lq_err_t add_call(lq_policy_call_t calls[LQ_POLICY_CALL_MAX], size_t *cnt,
                         const lq_policy_call_t *call)
{
    for (size_t i = 0; i < *cnt; i++)
        if (is_same_call(&calls[i], call))
            return LQ_OK;
    if (*cnt == LQ_POLICY_CALL_MAX)
        return LQ_ERR_FULL;
    calls[(*cnt)++] = *call;
    return LQ_OK;
}

static lq_err_t add_approvals(lq_senders_t *s, const lq_config_t *config,
                              const lq_address_t *spender)
{
    lq_err_t err = LQ_OK;
    for (size_t i = 0; i < config->inventory_cnt && !err; i++) {
        if (strcmp(config->inventory[i].token, LQ_CONFIG_COIN) == 0)
            continue;
        lq_policy_call_t call = {.to = lq_config_address(config->inventory[i].token),
                                 .pins_arg = true};
        set_selector(call.selector, LQ_ABI_ERC20_APPROVE_SELECTOR);
        memcpy(call.arg.b + 12, spender->b, sizeof(spender->b));
        err = add_call(s->approvals, &s->approval_cnt, &call);
    }
    return err;
}

/* What is seized goes to the cold address, and nowhere else. */
static lq_err_t add_sweeps(lq_senders_t *s, const lq_config_t *config)
{
    lq_err_t err = LQ_OK;
    if (config->seized_action != LQ_SEIZED_SWEEP)
        return LQ_OK;
    lq_address_t cold = lq_config_address(config->seized_cold);
    for (size_t i = 0; i < config->token_cnt && !err; i++) {
        lq_policy_call_t call = {.to = lq_config_address(config->tokens[i].address),
                                 .pins_arg = true};
        set_selector(call.selector, LQ_ABI_ERC20_TRANSFER_SELECTOR);
        memcpy(call.arg.b + 12, cold.b, sizeof(cold.b));
        err = add_call(s->calls, &s->call_cnt, &call);
    }
    return err;
}

/* What the markets are called with where there is no executor. */
static lq_err_t add_markets(lq_senders_t *s, const lq_config_t *config)
{
    lq_err_t err = LQ_OK;
    for (size_t i = 0; i < config->market_cnt && !err; i++) {
        const lq_config_market_t *market = &config->markets[i];
        if (!market->liquidate)
            continue;
        lq_policy_call_t call = {.to = lq_config_address(market->address)};
        set_selector(call.selector,
                     lq_adapter_find(lq_config_protocols[market->protocol])->call_selector);
        err = add_call(s->calls, &s->call_cnt, &call);
        if (!err)
            err = add_approvals(s, config, &call.to);
    }
    return err;
}

static lq_err_t add_calls(lq_senders_t *s, const lq_config_t *config)
{
    s->call_cnt = s->approval_cnt = 0;
    if (!config->executor[0]) {
        lq_err_t err = add_markets(s, config);
        return err ? err : add_sweeps(s, config);
    }
    lq_policy_call_t call = {.to = lq_config_address(config->executor)};
    set_selector(call.selector, LQ_ABI_EXECUTOR_EXECUTE_SELECTOR);
    return add_call(s->calls, &s->call_cnt, &call);
}

lq_wei_t lq_senders_bid_max(const lq_config_t *config)
{
    lq_u256_t coins = lq_u256_from_u64(LQ_SENDERS_BID_MAX);
    lq_u256_t unit = lq_u256_from_u64(UINT64_C(1000000000000000000));
    lq_u256_t most = lq_u256_mul_wrap(&coins, &unit);
    return config->bid_kind == LQ_BID_FIXED ? config->bid_fixed_wei : lq_wei_make(&most);
}

/* What one signature may burn: not more than a day may. */
static lq_wei_t fee_max(const lq_config_t *config)
{
    lq_u256_t gas = lq_u256_from_u64(LQ_SENDERS_GAS_MAX);
    lq_u256_t most = lq_u256_mul_wrap(&config->max_fee_wei.raw, &gas); /* below 2^90 */
    const lq_u256_t *day = &config->gas_day_wei.raw;
    return lq_wei_make(!lq_u256_is_zero(day) && lq_u256_lt(day, &most) ? day : &most);
}

lq_err_t lq_senders_policy(lq_policy_t *policy, lq_senders_t *s, lq_err_msg_t *msg,
                           const lq_config_t *config)
{
    if (add_calls(s, config))
        return lq_err_msg_set(msg, LQ_ERR_FULL,
                              "markets and inventory come to more than %d calls that a signer may "
                              "allow: name an executor, or fewer tokens",
                              LQ_POLICY_CALL_MAX);
    lq_policy_rule_t rule = {
        .gas_limit_max = LQ_SENDERS_GAS_MAX,
        .max_fee_per_gas_max = config->max_fee_wei,
        .total_fee_max = fee_max(config),
        .rate_cnt = LQ_POLICY_RATE_MAX,
        .rate_window_ns = config->block_ns,
    };
    *policy = (lq_policy_t){.chain_id = config->chain_id};
    lq_policy_rule_t *liquidate = &policy->rules[LQ_PURPOSE_LIQUIDATE];
    lq_policy_rule_t *approve = &policy->rules[LQ_PURPOSE_APPROVE];
    *liquidate = *approve = policy->rules[LQ_PURPOSE_CANCEL] = rule;
    liquidate->calls = s->calls;
    liquidate->call_cnt = s->call_cnt;
    if (config->executor[0]) /* who takes no coins is given none */
        liquidate->value_max = lq_senders_bid_max(config);
    approve->calls = s->approvals;
    approve->call_cnt = s->approval_cnt;
    if (!s->approval_cnt)
        *approve = (lq_policy_rule_t){0};
    return LQ_OK;
}

/* ---- keys */

static lq_err_t open_local(lq_exec_sender_t *out, lq_err_msg_t *msg, lq_log_t *log,
                           const lq_config_sender_t *sender, const lq_policy_t *policy)
{
    lq_private_key_t *key;
    lq_err_t err = lq_sender_key_open(&key, msg, log, sender);
    if (err)
        return err;
    err = lq_signer_open(&out->signer, msg, key, policy);
    if (err)
        lq_private_key_free(key);
    else
        out->address = lq_signer_address(out->signer);
    return err;
}

static const char *path_or_null(const char *path)
{
    return path[0] ? path : NULL;
}

static lq_err_t open_remote(lq_exec_sender_t *out, lq_url_t *url, lq_err_msg_t *msg,
                            const lq_config_sender_t *sender, const lq_policy_t *policy)
{
    out->address = lq_config_address(sender->address);
    if (lq_url_parse(url, msg, sender->remote, strlen(sender->remote)))
        LQ_BUG("a URL was loaded that is none");
    out->url = url;
    out->ca_file = path_or_null(sender->ca_file);
    out->cert_file = path_or_null(sender->client_cert);
    out->key_file = path_or_null(sender->client_key);
    return lq_remote_signer_new(&out->remote, msg, &out->address, policy);
}

static lq_err_t check_twice(const lq_senders_t *s, lq_err_msg_t *msg, const lq_config_t *config)
{
    size_t last = s->cnt - 1;
    for (size_t i = 0; i < last; i++)
        if (memcmp(&s->senders[i].address, &s->senders[last].address, sizeof(lq_address_t)) == 0)
            return lq_err_msg_set(
                msg, LQ_ERR_EXISTS,
                "senders.%s: the account is that of senders.%s too: remove one of "
                "them",
                config->senders[last].name, config->senders[i].name);
    return LQ_OK;
}

/* What GRANT allows, beside what POLICY does. */
static lq_err_t add_grant(lq_policy_t *policy, lq_senders_t *s, lq_err_msg_t *msg,
                          const lq_senders_grant_t *grant)
{
    lq_policy_rule_t rule = policy->rules[LQ_PURPOSE_CANCEL];
    for (size_t i = 0; i < grant->call_cnt; i++)
        if (add_call(s->approvals, &s->approval_cnt, &grant->calls[i]))
            return lq_err_msg_set(msg, LQ_ERR_FULL,
                                  "more calls than a signer may allow (%d): name fewer senders or "
                                  "tokens",
                                  LQ_POLICY_CALL_MAX);
    if (s->approval_cnt) {
        policy->rules[LQ_PURPOSE_APPROVE] = rule;
        policy->rules[LQ_PURPOSE_APPROVE].calls = s->approvals;
        policy->rules[LQ_PURPOSE_APPROVE].call_cnt = s->approval_cnt;
    }
    if (grant->deploys) {
        policy->rules[LQ_PURPOSE_DEPLOY] = rule;
        policy->rules[LQ_PURPOSE_DEPLOY].initcode = grant->initcode;
    }
    return LQ_OK;
}

static lq_err_t open_senders(lq_senders_t *s, lq_err_msg_t *msg, lq_log_t *log,
                             const lq_config_t *config, const lq_senders_grant_t *grant)
{
    lq_policy_t policy;
    lq_err_t err = lq_senders_policy(&policy, s, msg, config);
    if (!err && grant)
        err = add_grant(&policy, s, msg, grant);
    for (size_t i = 0; i < config->sender_cnt && !err; i++) {
        const lq_config_sender_t *sender = &config->senders[i];
        err = sender->remote[0] ? open_remote(&s->senders[i], &s->urls[i], msg, sender, &policy)
                                : open_local(&s->senders[i], msg, log, sender, &policy);
        s->cnt += !err;
        if (!err)
            err = check_twice(s, msg, config);
    }
    return err;
}

static lq_err_t open_relay_key(lq_senders_t *s, lq_err_msg_t *msg, lq_log_t *log,
                               const lq_config_t *config)
{
    lq_private_key_t *key;
    if (!config->relay_key[0])
        return LQ_OK;
    lq_err_t err = lq_relay_secret_open(&key, msg, log, config);
    if (err)
        return err;
    lq_address_t address = lq_private_key_address(key);
    for (size_t i = 0; i < s->cnt && !err; i++)
        if (memcmp(&s->senders[i].address, &address, sizeof(address)) == 0)
            err = lq_err_msg_set(msg, LQ_ERR_EXISTS,
                                 "send.relay_key: is the key of senders.%s, which has funds: make "
                                 "another by liqd keys new",
                                 config->senders[i].name);
    if (!err)
        err = lq_relay_key_open(&s->relay_key, msg, key, &s->senders[0].address);
    if (err)
        lq_private_key_free(key);
    return err;
}

lq_err_t lq_senders_open_for(lq_senders_t **out, lq_err_msg_t *msg, lq_log_t *log,
                             const lq_config_t *config, const lq_senders_grant_t *grant)
{
    lq_senders_t *s = calloc(1, sizeof(*s));
    if (!s)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < LQ_ARRAY_CNT(s->locks); i++)
        s->locks[i] = -1;
    lq_err_t err = open_senders(s, msg, log, config, grant);
    if (!err)
        err = open_relay_key(s, msg, log, config);
    lq_passphrase_forget();
    if (err)
        lq_senders_close(s);
    else
        *out = s;
    return err;
}

lq_err_t lq_senders_open(lq_senders_t **out, lq_err_msg_t *msg, lq_log_t *log,
                         const lq_config_t *config)
{
    return lq_senders_open_for(out, msg, log, config, NULL);
}

lq_err_t lq_senders_lock(lq_senders_t *s, lq_err_msg_t *msg, const lq_config_t *config)
{
    lq_err_t err = LQ_OK;
    for (size_t i = 0; i < s->cnt && !err; i++)
        err = lq_run_lock(&s->locks[i], msg, config->run_dir, config->chain_id,
                          &s->senders[i].address);
    return err;
}

void lq_senders_close(lq_senders_t *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < LQ_TXMAN_SENDER_MAX; i++) {
        lq_signer_close(s->senders[i].signer);
        lq_remote_signer_free(s->senders[i].remote);
        if (s->locks[i] >= 0)
            (void)close(s->locks[i]);
    }
    lq_relay_key_close(s->relay_key);
    free(s);
}
