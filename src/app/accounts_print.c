/* How commands show what the chain has of senders and executor. */

#include <inttypes.h>
#include <string.h>

#include "accounts.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"

static const lq_address_t nobody;

static const char *address_text(char out[LQ_ADDRESS_TEXT_SZ + 1], const lq_address_t *a)
{
    lq_address_print(out, a);
    return out;
}

static bool is_somebody(const lq_address_t *a)
{
    return memcmp(a, &nobody, sizeof(nobody)) != 0;
}

static const char *code_text(const lq_accounts_t *a)
{
    if (a->code == LQ_FINDING_NONE)
        return "no answer";
    return a->code == LQ_FINDING_YES ? "ours" : a->is_empty ? "none" : "not ours";
}

static const char *amount_text(char out[LQ_DECIMAL_SZ], const lq_u256_t *v, unsigned decimals)
{
    if (lq_decimal_print(out, LQ_DECIMAL_SZ, v, decimals))
        LQ_BUG("an amount has no decimal digits");
    return out;
}

/* ---- text */

static void print_executor(const lq_accounts_t *a)
{
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    (void)printf("\nexecutor\n");
    if (!a->has_executor) {
        (void)printf("  none is configured\n");
        return;
    }
    (void)printf("  address        %s\n", address_text(text, &a->executor));
    (void)printf("  code           %s\n", code_text(a));
    if (!a->owner_known)
        return;
    (void)printf("  owner          %s\n", address_text(text, &a->owner));
    (void)printf("  pending owner  %s\n",
                 is_somebody(&a->pending) ? address_text(text, &a->pending) : "none");
}

static void print_sender(const lq_accounts_t *a, const lq_config_t *config, size_t i)
{
    const lq_account_sender_t *s = &a->senders[i];
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    char balance[LQ_WEI_TEXT_SZ];
    (void)printf("  %-14s %s\n", config->senders[i].name,
                 s->known ? address_text(address, &s->address) : "its address is not known");
    (void)printf("    key          %s\n", s->key.text[0]                 ? "cannot be used"
                                          : config->senders[i].remote[0] ? "remote"
                                          : s->opened                    ? "fits its passphrase"
                                                      : "readable, not decrypted");
    if (!s->asked || lq_wei_print(balance, sizeof(balance), &s->balance_wei, LQ_WEI_UNIT_ETH))
        return;
    uint64_t left = lq_accounts_tx_left(a, i);
    (void)printf("    balance      %s", balance);
    if (left != UINT64_MAX)
        (void)printf(", gas for %" PRIu64 " liquidations at this base fee", left);
    (void)printf("\n    sent         %" PRIu64 " transactions\n", s->tx_cnt);
    if (a->code == LQ_FINDING_YES)
        (void)printf("    operator     %s\n", s->operator_ == LQ_FINDING_YES  ? "yes"
                                              : s->operator_ == LQ_FINDING_NO ? "no"
                                                                              : "no answer");
}

static void print_token(const lq_accounts_t *a, const lq_config_t *config, size_t i)
{
    const lq_account_token_t *token = &a->tokens[i];
    char text[LQ_DECIMAL_SZ];
    if (!token->asked) {
        (void)printf("  %-14s does not answer as a token does\n", token->name);
        return;
    }
    (void)printf("  %-14s %s\n", token->name, amount_text(text, &token->held, token->decimals));
    for (size_t m = 0; m < config->market_cnt; m++)
        if (token->allowance_known[m] && !lq_u256_is_zero(&token->allowances[m]))
            (void)printf("    %-12s may take %s\n", config->markets[m].name,
                         lq_u256_bit_len(&token->allowances[m]) > 255
                             ? "all of it"
                             : amount_text(text, &token->allowances[m], token->decimals));
}

static void print_problem(void *ctx, const char *text)
{
    (void)ctx;
    (void)printf("  - %s\n", text);
}

void lq_accounts_print(const lq_accounts_t *a, const lq_config_t *config)
{
    print_executor(a);
    if (a->sender_cnt)
        (void)printf("\nsenders\n");
    for (size_t i = 0; i < a->sender_cnt; i++)
        print_sender(a, config, i);
    if (a->token_cnt && (a->has_executor || a->sender_cnt == 1))
        (void)printf("\nheld by %s\n", a->has_executor ? "the executor" : "the sender");
    for (size_t i = 0; i < a->token_cnt && (a->has_executor || a->sender_cnt == 1); i++)
        print_token(a, config, i);
    if (lq_accounts_problems(a, config, NULL, NULL))
        (void)printf("\nproblems\n");
    (void)lq_accounts_problems(a, config, print_problem, NULL);
}

/* ---- JSON */

static json_t *address_json(bool known, const lq_address_t *a)
{
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    return known && is_somebody(a) ? json_string(address_text(text, a)) : json_null();
}

static json_t *finding_json(lq_finding_t finding)
{
    return finding == LQ_FINDING_NONE ? json_null() : json_boolean(finding == LQ_FINDING_YES);
}

static json_t *number_json(bool known, const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    return known ? json_string(amount_text(text, v, 0)) : json_null();
}

static json_t *sender_json(const lq_config_sender_t *config, const lq_account_sender_t *s)
{
    return json_pack("{s:s, s:o, s:b, s:b, s:o, s:o, s:o}", "name", config->name, "address",
                     address_json(s->known, &s->address), "key_ok", (int)!s->key.text[0],
                     "key_opened", (int)s->opened, "balance_wei",
                     number_json(s->asked, &s->balance_wei.raw), "sent",
                     s->asked ? json_integer((json_int_t)s->tx_cnt) : json_null(), "operator",
                     finding_json(s->operator_));
}

static json_t *token_json(const lq_config_t *config, const lq_account_token_t *token)
{
    json_t *allowed = json_object();
    int failed = 0;
    for (size_t m = 0; m < config->market_cnt; m++)
        failed |=
            json_object_set_new(allowed, config->markets[m].name,
                                number_json(token->allowance_known[m], &token->allowances[m]));
    json_t *out = json_pack("{s:s, s:o, s:o, s:i, s:o}", "name", token->name, "token",
                            address_json(true, &token->token), "held",
                            number_json(token->asked, &token->held), "decimals",
                            (int)token->decimals, "allowed", allowed);
    if (!failed)
        return out;
    json_decref(out);
    return NULL;
}

static void problem_json(void *ctx, const char *text)
{
    (void)json_array_append_new(ctx, json_string(text));
}

json_t *lq_accounts_json(const lq_accounts_t *a, const lq_config_t *config)
{
    json_t *senders = json_array();
    json_t *tokens = json_array();
    json_t *problems = json_array();
    int failed = 0;
    for (size_t i = 0; i < a->sender_cnt; i++)
        failed |= json_array_append_new(senders, sender_json(&config->senders[i], &a->senders[i]));
    for (size_t i = 0; i < a->token_cnt; i++)
        failed |= json_array_append_new(tokens, token_json(config, &a->tokens[i]));
    size_t cnt = lq_accounts_problems(a, config, problem_json, problems);
    failed |= json_array_size(problems) != cnt;
    json_t *executor = json_pack(
        "{s:o, s:o, s:o, s:o}", "address", address_json(a->has_executor, &a->executor), "code_ok",
        finding_json(a->code), "owner", address_json(a->owner_known, &a->owner), "pending_owner",
        address_json(a->owner_known, &a->pending));
    json_t *out =
        json_pack("{s:I, s:o, s:o, s:o, s:o}", "block", (json_int_t)a->head.block.number,
                  "executor", executor, "senders", senders, "tokens", tokens, "problems", problems);
    if (!failed)
        return out;
    json_decref(out);
    return NULL;
}
