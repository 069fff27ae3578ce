#include "accounts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config_internal.h"
#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_executor.h"
#include "liqd/decide/executor_code.h"
#include "liqd/keys/address.h"
#include "liqd/keys/keystore.h"
#include "liqd/num/decimal.h"
#include "sender_key.h"

/* Of one liquidation, for a sense of how far a balance goes: the dearest in use take less. */
#define LIQUIDATION_GAS UINT64_C(700000)

static const lq_address_t nobody;

lq_address_t lq_accounts_spender(const lq_config_market_t *market)
{
    return lq_config_address(market->address);
}

bool lq_accounts_is_spent(const lq_config_market_t *market)
{
    return market->liquidate && market->funding == LQ_FUNDING_INVENTORY;
}

/* ---- keys */

static void look_at_key(lq_account_sender_t *out, lq_log_t *log, const lq_config_sender_t *sender)
{
    lq_keystore_t store;
    lq_private_key_t *key;
    if (sender->address[0]) {
        out->known = true;
        out->address = lq_config_address(sender->address);
    }
    if (!sender->keystore[0] || lq_keystore_read(&store, &out->key, sender->keystore))
        return;
    out->key.text[0] = '\0';
    if (store.has_address && !out->known) {
        out->known = true;
        out->address = store.address;
    }
    if (!log || !sender->passphrase_file[0] || lq_sender_key_open(&key, &out->key, log, sender))
        return;
    out->key.text[0] = '\0';
    out->opened = true;
    out->known = true;
    out->address = lq_private_key_address(key);
    lq_private_key_free(key);
}

static void look_at_keys(lq_accounts_t *a, lq_log_t *log, const lq_config_t *config)
{
    a->sender_cnt = config->sender_cnt;
    for (size_t i = 0; i < config->sender_cnt; i++) {
        lq_account_sender_t *s = &a->senders[i];
        look_at_key(s, log, &config->senders[i]);
        if (!s->known && !s->key.text[0])
            (void)!lq_err_msg_set(&s->key, LQ_ERR_INVAL,
                                  "the keystore names no address: set senders.%s.address",
                                  config->senders[i].name);
    }
}

/* ---- what nodes tell of an account */

static lq_err_t take_code(void *ctx, lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t result)
{
    static uint8_t bytes[LQ_EXECUTOR_CODE_SZ];
    lq_accounts_t *a = ctx;
    size_t sz;
    lq_err_t err = lq_json_get_data_max(doc, bytes, &sz, sizeof(bytes), msg, result, NULL);
    bool longer = err == LQ_ERR_TOO_LONG;
    if (err && !longer)
        return err;
    a->is_empty = !longer && sz == 0;
    a->code = !longer && sz == sizeof(bytes) && memcmp(bytes, lq_executor_code, sz) == 0
                  ? LQ_FINDING_YES
                  : LQ_FINDING_NO;
    return LQ_OK;
}

static lq_err_t take_balance(void *ctx, lq_err_msg_t *msg, const lq_json_t *doc,
                             lq_json_val_t result)
{
    lq_account_sender_t *s = ctx;
    return lq_json_get_qty_u256(doc, &s->balance_wei.raw, msg, result, NULL);
}

static lq_err_t take_count(void *ctx, lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t result)
{
    lq_account_sender_t *s = ctx;
    return lq_json_get_qty_u64(doc, &s->tx_cnt, msg, result, NULL);
}

static lq_err_t ask_sender(lq_account_sender_t *s, lq_err_msg_t *msg, lq_desk_t *desk)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    char params[80];
    lq_address_print(address, &s->address);
    (void)snprintf(params, sizeof(params), "[\"%s\",\"latest\"]", address);
    lq_err_t err = lq_desk_ask(desk, msg, "eth_getBalance", params, take_balance, s);
    if (!err)
        err = lq_desk_ask(desk, msg, "eth_getTransactionCount", params, take_count, s);
    s->asked = !err;
    return err;
}

static lq_err_t ask_code(lq_accounts_t *a, lq_err_msg_t *msg, lq_desk_t *desk)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    char params[80];
    lq_address_print(address, &a->executor);
    (void)snprintf(params, sizeof(params), "[\"%s\",\"latest\"]", address);
    return lq_desk_ask(desk, msg, "eth_getCode", params, take_code, a);
}

/* ---- what contracts tell */

/* A read in the making; answers are taken in the order in which it was asked. */
typedef struct reading {
    lq_accounts_t *a;
    const lq_config_t *config;
    const lq_address_t *holder; /* NULL: none is known */
    lq_calls_t calls;
    const lq_read_answer_t *answer;
    size_t at;
} reading_t;

/* The arguments of a view are written by an encoder of its own: WHAT names it. */
typedef enum view {
    VIEW_OWNER,
    VIEW_PENDING,
    VIEW_OPERATOR,
    VIEW_DECIMALS,
    VIEW_BALANCE,
    VIEW_ALLOWANCE,
} view_t;

static lq_err_t encode_view(uint8_t *out, size_t out_max, size_t *sz, view_t what,
                            const lq_address_t *who, const lq_address_t *spender)
{
    switch (what) {
    case VIEW_OWNER:
        return lq_abi_executor_owner_encode(out, out_max, sz, NULL);
    case VIEW_PENDING:
        return lq_abi_executor_pending_owner_encode(out, out_max, sz, NULL);
    case VIEW_OPERATOR:
        return lq_abi_executor_operators_encode(out, out_max, sz, NULL, who);
    case VIEW_DECIMALS:
        return lq_abi_erc20_decimals_encode(out, out_max, sz, NULL);
    case VIEW_BALANCE:
        return lq_abi_erc20_balance_of_encode(out, out_max, sz, NULL, who);
    case VIEW_ALLOWANCE:
        return lq_abi_erc20_allowance_encode(out, out_max, sz, NULL, who, spender);
    }
    LQ_BUG("view %d", (int)what);
}

static lq_err_t add_view(reading_t *r, const lq_address_t *to, view_t what, const lq_address_t *who,
                         const lq_address_t *spender)
{
    uint8_t input[LQ_ABI_ERC20_ALLOWANCE_SZ];
    uint8_t *room;
    size_t sz;
    lq_err_t err = encode_view(input, sizeof(input), &sz, what, who, spender);
    if (!err)
        err = lq_calls_add(&r->calls, &room, to, sz);
    if (!err)
        memcpy(room, input, sz);
    return err;
}

static lq_err_t add_token(reading_t *r, const lq_account_token_t *token)
{
    lq_err_t err = add_view(r, &token->token, VIEW_DECIMALS, NULL, NULL);
    if (!err)
        err = add_view(r, &token->token, VIEW_BALANCE, r->holder, NULL);
    for (size_t m = 0; !err && m < r->config->market_cnt; m++) {
        lq_address_t spender = lq_accounts_spender(&r->config->markets[m]);
        err = add_view(r, &token->token, VIEW_ALLOWANCE, r->holder, &spender);
    }
    return err;
}

static lq_err_t add_all(reading_t *r)
{
    const lq_accounts_t *a = r->a;
    lq_err_t err = LQ_OK;
    if (a->has_executor) {
        err = add_view(r, &a->executor, VIEW_OWNER, NULL, NULL);
        if (!err)
            err = add_view(r, &a->executor, VIEW_PENDING, NULL, NULL);
        for (size_t i = 0; !err && i < a->sender_cnt; i++)
            err = add_view(r, &a->executor, VIEW_OPERATOR, &a->senders[i].address, NULL);
    }
    for (size_t i = 0; !err && r->holder && i < a->token_cnt; i++)
        err = add_token(r, &a->tokens[i]);
    return err;
}

/* The next result; NULL: it reverted. */
static const lq_read_result_t *next(reading_t *r)
{
    const lq_read_result_t *result = &r->answer->results[r->at++];
    return result->ok ? result : NULL;
}

static void take_executor(reading_t *r)
{
    lq_accounts_t *a = r->a;
    bool allowed;
    const lq_read_result_t *owner = next(r);
    const lq_read_result_t *pending = next(r);
    a->owner_known =
        owner && pending &&
        !lq_abi_executor_owner_decode(&a->owner, NULL, owner->data, owner->data_sz) &&
        !lq_abi_executor_pending_owner_decode(&a->pending, NULL, pending->data, pending->data_sz);
    for (size_t i = 0; i < a->sender_cnt; i++) {
        const lq_read_result_t *x = next(r);
        if (a->senders[i].known && x &&
            !lq_abi_executor_operators_decode(&allowed, NULL, x->data, x->data_sz))
            a->senders[i].operator_ = allowed ? LQ_FINDING_YES : LQ_FINDING_NO;
    }
}

static void take_token(reading_t *r, lq_account_token_t *token)
{
    uint64_t decimals = 0;
    const lq_read_result_t *d = next(r);
    const lq_read_result_t *held = next(r);
    token->asked = d && held &&
                   !lq_abi_erc20_decimals_decode(&decimals, NULL, d->data, d->data_sz) &&
                   decimals <= LQ_CONFIG_TOKEN_DECIMALS_MAX &&
                   !lq_abi_erc20_balance_of_decode(&token->held, NULL, held->data, held->data_sz);
    token->decimals = (uint8_t)decimals;
    for (size_t m = 0; m < r->config->market_cnt; m++) {
        const lq_read_result_t *x = next(r);
        token->allowance_known[m] =
            x && !lq_abi_erc20_allowance_decode(&token->allowances[m], NULL, x->data, x->data_sz);
    }
}

static void take_all(void *ctx, const lq_read_answer_t *answer)
{
    reading_t *r = ctx;
    r->answer = answer;
    if (r->a->has_executor)
        take_executor(r);
    for (size_t i = 0; r->holder && i < r->a->token_cnt; i++)
        take_token(r, &r->a->tokens[i]);
}

/* Without an executor the only sender holds what is spent. */
static const lq_address_t *holder_of(const lq_accounts_t *a)
{
    if (a->has_executor)
        return &a->executor;
    return a->sender_cnt == 1 && a->senders[0].known ? &a->senders[0].address : NULL;
}

static lq_err_t read_contracts(lq_accounts_t *a, lq_err_msg_t *msg, lq_desk_t *desk,
                               const lq_config_t *config)
{
    static lq_read_call_t list[LQ_DESK_CALL_MAX];
    static uint8_t data[LQ_DESK_CALL_MAX * LQ_ABI_ERC20_ALLOWANCE_SZ];
    reading_t r = {
        .a = a,
        .config = config,
        .holder = holder_of(a),
        .calls = {
            .calls = list, .call_max = LQ_DESK_CALL_MAX, .data = data, .data_max = sizeof(data)}};
    lq_err_t err = add_all(&r);
    if (err)
        return lq_err_msg_set(msg, err, "too many tokens and markets: %s", lq_err_str(err));
    return r.calls.call_cnt ? lq_desk_read(desk, msg, &a->head.block, &r.calls, take_all, &r)
                            : LQ_OK;
}

static void name_tokens(lq_accounts_t *a, const lq_config_t *config)
{
    for (size_t i = 0; i < config->inventory_cnt; i++) {
        const lq_config_inventory_t *own = &config->inventory[i];
        if (strcmp(own->token, LQ_CONFIG_COIN) == 0)
            continue;
        a->tokens[a->token_cnt++] =
            (lq_account_token_t){.name = own->name, .token = lq_config_address(own->token)};
    }
}

lq_err_t lq_accounts_read(lq_accounts_t *out, lq_err_msg_t *msg, lq_desk_t *desk,
                          const lq_config_t *config, lq_log_t *log, bool open_keys)
{
    memset(out, 0, sizeof(*out));
    look_at_keys(out, open_keys ? log : NULL, config);
    name_tokens(out, config);
    out->has_executor = config->executor[0] != '\0';
    if (out->has_executor)
        out->executor = lq_config_address(config->executor);
    lq_err_t err = lq_desk_block(desk, msg, &out->head, "latest");
    for (size_t i = 0; !err && i < out->sender_cnt; i++)
        err = out->senders[i].known ? ask_sender(&out->senders[i], msg, desk) : LQ_OK;
    if (!err && out->has_executor)
        err = ask_code(out, msg, desk);
    return err ? err : read_contracts(out, msg, desk, config);
}

/* ---- what is wrong */

typedef struct teller {
    void (*fn)(void *ctx, const char *text);
    void *ctx;
    size_t cnt;
} teller_t;

LQ_PRINTF(2, 3)
static void tell(teller_t *t, const char *fmt, ...)
{
    char text[640];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    t->cnt++;
    if (t->fn)
        t->fn(t->ctx, text);
}

static void tell_operator(teller_t *t, const lq_accounts_t *a, const lq_config_t *config, size_t i)
{
    char operator_[LQ_ADDRESS_TEXT_SZ + 1];
    char owner[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(operator_, &a->senders[i].address);
    lq_address_print(owner, &a->owner);
    tell(t,
         "senders.%s: %s is no operator of the executor, which refuses what it sends: its owner, "
         "%s, has to call setOperator(%s, true), see liqd executor deploy --help",
         config->senders[i].name, operator_, owner, operator_);
}

static void tell_sender(teller_t *t, const lq_accounts_t *a, const lq_config_t *config, size_t i)
{
    const lq_account_sender_t *s = &a->senders[i];
    const char *name = config->senders[i].name;
    char has[LQ_WEI_TEXT_SZ];
    char least[LQ_WEI_TEXT_SZ];
    if (s->key.text[0])
        tell(t, "senders.%s: %s", name, s->key.text);
    if (s->asked && lq_u256_lt(&s->balance_wei.raw, &config->gas_balance_min_wei.raw) &&
        !lq_wei_print(has, sizeof(has), &s->balance_wei, LQ_WEI_UNIT_ETH) &&
        !lq_wei_print(least, sizeof(least), &config->gas_balance_min_wei, LQ_WEI_UNIT_ETH))
        tell(t,
             "senders.%s: holds %s, less than limits.gas_balance, %s: nothing would be sent: "
             "send it coins, or lower the limit",
             name, has, least);
    else if (s->asked && !lq_accounts_tx_left(a, i))
        tell(t, "senders.%s: holds too little for the gas of one liquidation: send it coins", name);
    if (a->code == LQ_FINDING_YES && s->operator_ == LQ_FINDING_NO)
        tell_operator(t, a, config, i);
}

/* What a live run is refused for, whatever the chain says. */
static void tell_lacks(teller_t *t, const lq_config_t *config)
{
    if (!lq_config_is_deployed(config))
        tell(t, "executor.address: is empty, and flash loans need an executor: liqd executor "
                "deploy makes one");
    else if (config->sender_cnt > 1 && !config->executor[0])
        tell(t, "executor.address: is empty, and several senders need an executor: liqd executor "
                "deploy makes one");
    if (!config->journal_file[0])
        tell(t, "journal.file: is empty, and a live run needs a journal: name a file on a disk "
                "that stays");
}

static void tell_executor(teller_t *t, const lq_accounts_t *a, const lq_config_t *config)
{
    if (!a->has_executor)
        return;
    if (a->code == LQ_FINDING_NO && a->is_empty)
        tell(t,
             "executor.address: there is no contract at %s on this chain: liqd executor deploy "
             "makes one",
             config->executor);
    else if (a->code == LQ_FINDING_NO)
        tell(t,
             "executor.address: the contract at %s is not this version's executor: deploy one with "
             "liqd executor deploy, and name that",
             config->executor);
    if (a->code == LQ_FINDING_YES && a->owner_known &&
        memcmp(&a->owner, &nobody, sizeof(nobody)) == 0)
        tell(t, "executor.address: the executor has no owner: nobody can rescue what it holds: "
                "deploy another");
}

/* What a market would pull out of SENDER's tokens, and may not. */
static void tell_allowances(teller_t *t, const lq_accounts_t *a, const lq_config_t *config)
{
    for (size_t i = 0; !a->has_executor && i < a->token_cnt; i++)
        for (size_t m = 0; m < config->market_cnt; m++) {
            const lq_account_token_t *token = &a->tokens[i];
            if (lq_accounts_is_spent(&config->markets[m]) && token->allowance_known[m] &&
                lq_u256_lt(&token->allowances[m], &token->held))
                tell(t,
                     "inventory.%s: markets.%s may take less of it than is held: liqd executor "
                     "approve allows it",
                     token->name, config->markets[m].name);
        }
}

size_t lq_accounts_problems(const lq_accounts_t *a, const lq_config_t *config,
                            void (*fn)(void *ctx, const char *text), void *ctx)
{
    teller_t t = {fn, ctx, 0};
    if (config->sender_cnt)
        tell_lacks(&t, config);
    tell_executor(&t, a, config);
    for (size_t i = 0; i < a->sender_cnt; i++)
        tell_sender(&t, a, config, i);
    tell_allowances(&t, a, config);
    return t.cnt;
}

uint64_t lq_accounts_tx_left(const lq_accounts_t *a, size_t sender)
{
    const lq_u256_t gas = lq_u256_from_u64(LIQUIDATION_GAS);
    lq_u256_t cost;
    lq_u256_t cnt;
    if (lq_u256_mul_checked(&cost, &a->head.base_fee_wei.raw, &gas) || lq_u256_is_zero(&cost) ||
        lq_u256_div_checked(&cnt, &a->senders[sender].balance_wei.raw, &cost))
        return UINT64_MAX;
    return lq_u256_bit_len(&cnt) > 64 ? UINT64_MAX : cnt.w[0];
}
