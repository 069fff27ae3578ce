/* What there is to spend, of the chain: balances of the inventory's tokens, of the executor, or of
   the sender where there is none, less what the markets may not take of it, and never more than is
   configured. Of a block at which nothing of ours was mined later, so that what has been spent is
   not counted twice. */

#include <string.h>

#include "liqd/codec/abi_erc20.h"
#include "liqd/keys/address.h"
#include "live_shell_internal.h"

#define SEC_NS  UINT64_C(1000000000)
#define WAIT_NS (10 * SEC_NS)

static bool is_coin(const lq_config_inventory_t *own)
{
    return strcmp(own->token, LQ_CONFIG_COIN) == 0;
}

/* ---- asking */

static void add_call(lq_live_funds_t *f, size_t *cnt, const lq_address_t *token, size_t sz)
{
    f->calls[*cnt] = (lq_read_call_t){*token, f->inputs[*cnt], sz};
    (*cnt)++;
}

/* The calls of inventory I: its balance, and what each market may take of it. */
static size_t add_calls(lq_live_shell_t *s, size_t cnt, size_t i, const lq_address_t *holder)
{
    const lq_config_t *config = s->settings.config;
    lq_live_funds_t *f = &s->funds;
    lq_address_t token = lq_config_address(config->inventory[i].token);
    size_t sz;
    if (lq_abi_erc20_balance_of_encode(f->inputs[cnt], LQ_LIVE_INPUT_SZ, &sz, NULL, holder))
        LQ_BUG("there is no room for a call");
    add_call(f, &cnt, &token, sz);
    for (size_t k = 0; k < config->market_cnt && !config->executor[0]; k++) {
        const lq_config_market_t *market = &config->markets[k];
        if (!market->liquidate || market->funding != LQ_FUNDING_INVENTORY)
            continue;
        lq_address_t spender = lq_config_address(market->address);
        if (lq_abi_erc20_allowance_encode(f->inputs[cnt], LQ_LIVE_INPUT_SZ, &sz, NULL, holder,
                                          &spender))
            LQ_BUG("there is no room for a call");
        add_call(f, &cnt, &token, sz);
    }
    return cnt;
}

static void ask(lq_live_shell_t *s)
{
    const lq_config_t *config = s->settings.config;
    lq_live_funds_t *f = &s->funds;
    lq_address_t holder = config->executor[0] ? lq_config_address(config->executor)
                                              : s->settings.senders->senders[0].address;
    size_t cnt = 0;
    for (size_t i = 0; i < config->inventory_cnt; i++) {
        f->firsts[i] = cnt;
        if (!is_coin(&config->inventory[i]))
            cnt = add_calls(s, cnt, i, &holder);
    }
    f->firsts[config->inventory_cnt] = cnt;
    f->wanted = false;
    f->at = f->next;
    if (!cnt)
        return;
    if (lq_reads_submit(f->reads, ++f->last_id, &f->at, f->calls, cnt))
        f->wanted = true; /* at the next turn */
    else
        f->id = f->last_id;
}

void lq_live_funds_block(lq_live_shell_t *s, const lq_block_ref_t *block)
{
    s->funds.next = *block;
    s->funds.wanted = true;
}

/* ---- telling */

static void tell(lq_live_shell_t *s, const lq_funds_t *funds)
{
    lq_event_t event = {.kind = LQ_EVENT_FUNDS, .as.funds = funds};
    lq_follow_give(s->settings.follow, &event);
}

static lq_u256_t min_u256(const lq_u256_t *a, const lq_u256_t *b)
{
    return lq_u256_lt(a, b) ? *a : *b;
}

static bool read_word(lq_u256_t *out, const lq_read_result_t *result)
{
    if (!result->ok || result->data_sz != 32)
        return false;
    *out = lq_u256_from_be(result->data);
    return true;
}

/* Says, once, why inventory I cannot be spent though there is some. */
static void complain(lq_live_shell_t *s, size_t i, const char *why)
{
    lq_live_funds_t *f = &s->funds;
    if (!f->complained[i])
        LQ_LOG(s->settings.log, LQ_LOG_WARN, "app", "nothing can be spent of a token",
               LQ_LOG_CSTR("inventory", s->settings.config->inventory[i].name),
               LQ_LOG_CSTR("why", why));
    f->complained[i] = true;
}

/* Sets *OUT to how much of inventory I there is; false where a call failed: unknown is not 0. */
static bool amount_of(lq_live_shell_t *s, lq_u256_t *out, size_t i, const lq_read_answer_t *answer)
{
    lq_live_funds_t *f = &s->funds;
    lq_u256_t balance;
    lq_u256_t allowed;
    if (!read_word(&balance, &answer->results[f->firsts[i]])) {
        complain(s, i, "the token does not tell its balance: is it one?");
        return false;
    }
    *out = balance;
    for (size_t k = f->firsts[i] + 1; k < f->firsts[i + 1]; k++) {
        if (!read_word(&allowed, &answer->results[k]))
            return false;
        *out = min_u256(out, &allowed);
    }
    if (lq_u256_is_zero(out) && !lq_u256_is_zero(&balance))
        complain(s, i, "a market may not take any: see liqd executor approve");
    else if (lq_u256_is_zero(&balance))
        complain(s, i,
                 "there is none: send some to the executor, or the sender where there is none");
    else
        f->complained[i] = false;
    return true;
}

/* Tells of inventory I, where it is another, or was spent of since. */
static void tell_amount(lq_live_shell_t *s, size_t i, const lq_read_answer_t *answer)
{
    lq_live_funds_t *f = &s->funds;
    lq_funds_t funds;
    lq_err_msg_t msg;
    lq_u256_t amount;
    lq_err_t err = lq_state_inventory(s->state, &funds, &msg, &s->settings.config->inventory[i]);
    if (err && err != LQ_ERR_NOT_FOUND)
        lq_follow_fail(s->settings.follow, LQ_ERR_CONFIG, msg.text);
    if (err || !amount_of(s, &amount, i, answer))
        return;
    funds.amount = min_u256(&funds.amount, &amount);
    bool same = f->told[i] && lq_u256_eq(&funds.amount, &f->amounts[i]);
    if (same && f->told_blk[i] > f->mined_blk)
        return;
    f->told[i] = true;
    f->told_blk[i] = answer->block.number;
    f->amounts[i] = funds.amount;
    tell(s, &funds);
}

static void on_answer(void *ctx, const lq_event_t *event)
{
    lq_live_shell_t *s = ctx;
    lq_live_funds_t *f = &s->funds;
    const lq_config_t *config = s->settings.config;
    const lq_read_answer_t *answer = event->as.read;
    f->id = 0;
    if (answer->err) {
        f->wanted = f->next.number != f->at.number || answer->err != LQ_ERR_NOT_FOUND;
        return;
    }
    if (!s->ready || f->at.number < f->mined_blk) {
        f->wanted = true; /* of a later block */
        return;
    }
    for (size_t i = 0; i < config->inventory_cnt; i++)
        if (!is_coin(&config->inventory[i]))
            tell_amount(s, i, answer);
}

/* The chain's coin: what a sender has, never more than is configured. */
static void tell_coins(lq_live_shell_t *s)
{
    const lq_config_t *config = s->settings.config;
    lq_live_funds_t *f = &s->funds;
    lq_funds_t funds = {{{0}}, f->balance_wei.raw};
    lq_funds_t most;
    if (!s->ready || !f->has_balance || !f->balance_moved)
        return;
    for (size_t i = 0; i < config->inventory_cnt; i++)
        if (is_coin(&config->inventory[i]) &&
            !lq_state_inventory(s->state, &most, NULL, &config->inventory[i]))
            funds.amount = min_u256(&funds.amount, &most.amount);
    f->balance_moved = false;
    tell(s, &funds);
}

void lq_live_funds_work(lq_live_shell_t *s)
{
    lq_live_funds_t *f = &s->funds;
    tell_coins(s);
    if (s->ready && f->wanted && !f->id && f->next.number > 0 && f->next.number >= f->mined_blk)
        ask(s);
}

lq_err_t lq_live_funds_open(lq_live_shell_t *s)
{
    const char *multicall = s->settings.config->multicall;
    lq_reads_config_t config = {
        .read_max = 2,
        .call_max = LQ_LIVE_CALL_MAX,
        .input_max = (size_t)LQ_LIVE_CALL_MAX * LQ_LIVE_INPUT_SZ,
        .output_max = (size_t)1 << 20,
        .chunk_call_max = 256,
        .timeout_ns = WAIT_NS,
    };
    if (multicall[0])
        config.multicall = lq_config_address(multicall);
    return lq_reads_new(&s->funds.reads, &s->arena, s->loop, s->settings.log,
                        lq_follow_pool(s->settings.follow), &config, on_answer, s);
}
