/* What is seized and kept: what is held of it beyond the inventory is swapped into the first of the
   inventory's tokens, or sent to the cold address, where it is worth enough at our own price. */

#include <string.h>

#include "liqd/codec/abi_erc20.h"
#include "liqd/decide/executor.h"
#include "live_shell_internal.h"
#include "take_prices.h"

#define WAIT_NS UINT64_C(10000000000)

/* Blocks that one has to be mined in, and as many that a token is then left alone for: what was not
   possible is not tried again at each block. */
#define WINDOW_BLK 25u

/* Gas beside that of a swap; the most that may be paid for it, of what is moved. */
#define TRANSFER_GAS 200000u
#define COST_PARTS   20u

/* ---- asking */

static bool is_wanted(const lq_live_shell_t *s)
{
    return s->settings.config->seized_action != LQ_SEIZED_HOLD;
}

static lq_address_t holder_of(const lq_live_shell_t *s)
{
    const lq_config_t *config = s->settings.config;
    return config->executor[0] ? lq_config_address(config->executor)
                               : s->settings.senders->senders[0].address;
}

void lq_live_treasury_block(lq_live_shell_t *s, const lq_block_ref_t *block)
{
    s->treasury.next = *block;
    s->treasury.wanted = is_wanted(s);
}

static void ask(lq_live_shell_t *s)
{
    const lq_config_t *config = s->settings.config;
    lq_live_treasury_t *t = &s->treasury;
    lq_address_t holder = holder_of(s);
    size_t sz;
    for (size_t i = 0; i < config->token_cnt; i++) {
        if (lq_abi_erc20_balance_of_encode(t->inputs[i], sizeof(t->inputs[i]), &sz, NULL, &holder))
            LQ_BUG("there is no room for a call");
        t->calls[i] =
            (lq_read_call_t){lq_config_address(config->tokens[i].address), t->inputs[i], sz};
    }
    t->wanted = false;
    t->at = t->next;
    t->asked =
        config->token_cnt && !lq_reads_submit(t->reads, 1, &t->at, t->calls, config->token_cnt);
}

/* ---- how much, and what it is worth */

/* The number of TOKEN among those that our own prices are of, and its decimals. */
static bool find_decimals(const lq_live_shell_t *s, uint8_t *decimals, const lq_address_t *token)
{
    const lq_oracles_t *oracles = lq_sync_oracles(s->state->sync);
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        const lq_token_t *t = lq_oracles_token(oracles, i);
        if (memcmp(&t->address, token, sizeof(*token)) != 0)
            continue;
        *decimals = t->decimals;
        return t->symbol[0] != '\0'; /* told, so its decimals are */
    }
    return false;
}

/* The inventory's TOKEN; NULL: it is not there. */
static const lq_config_inventory_t *inventory_of(const lq_config_t *config,
                                                 const lq_address_t *token)
{
    for (size_t i = 0; i < config->inventory_cnt; i++) {
        const lq_config_inventory_t *own = &config->inventory[i];
        if (strcmp(own->token, LQ_CONFIG_COIN) == 0)
            continue;
        lq_address_t address = lq_config_address(own->token);
        if (memcmp(&address, token, sizeof(*token)) == 0)
            return own;
    }
    return NULL;
}

/* What is held beyond what the inventory wants of it; false: nothing, or that is not known. */
static bool spare_of(const lq_live_shell_t *s, lq_u256_t *spare, const lq_address_t *token,
                     const lq_u256_t *held)
{
    const lq_config_inventory_t *own = inventory_of(s->settings.config, token);
    lq_funds_t kept;
    lq_err_msg_t msg;
    *spare = *held;
    if (own && (lq_state_inventory(s->state, &kept, &msg, own) ||
                lq_u256_sub_checked(spare, held, &kept.amount)))
        return false;
    return !lq_u256_is_zero(spare);
}

/* Whether GAS costs little of WORTH. */
static bool is_cheap(const lq_live_shell_t *s, const lq_usd_t *worth, uint64_t gas)
{
    const lq_u256_t units = lq_u256_from_u64(gas);
    const lq_u256_t parts = lq_u256_from_u64(COST_PARTS);
    lq_quote_t coin;
    lq_u256_t price;
    lq_u256_t cost;
    lq_usd_t usd;
    return lq_engine_coin(s->state->engine, &coin) == LQ_VALUE_FRESH &&
           !lq_u256_add_checked(&price, &s->base_fee_wei.raw, &s->settings.config->tip_wei.raw) &&
           !lq_u256_mul_checked(&cost, &price, &units) && !lq_worth_up(&usd, &cost, &coin) &&
           !lq_u256_mul_checked(&cost, &usd.raw, &parts) && lq_u256_lt(&cost, &worth->raw);
}

/* ---- what is sent */

static void send(lq_live_shell_t *s, size_t i, lq_tx_use_t use, const lq_txman_tx_t *tx)
{
    const lq_config_t *config = s->settings.config;
    lq_live_treasury_t *t = &s->treasury;
    uint64_t id;
    lq_txman_take_t take = {
        .about = {.use = use,
                  .target_blk = s->head_blk + 1,
                  .last_blk = s->head_blk + WINDOW_BLK,
                  .tx_cnt = 1},
        .txs = tx,
        .tx_cnt = 1,
        .tip_wei = config->tip_wei,
        .most_fee_wei = config->max_fee_wei,
        .ways = (uint32_t)((UINT64_C(1) << s->way_cnt) - 1),
    };
    lq_err_t err = lq_exec_call(s->exec, &id, &take);
    t->again_blk[i] = s->head_blk + UINT64_C(2) * WINDOW_BLK;
    if (err)
        LQ_LOG(s->settings.log, LQ_LOG_WARN, "app", "what was seized cannot be moved now",
               LQ_LOG_CSTR("token", config->tokens[i].name), LQ_LOG_CSTR("for", lq_tx_use_str(use)),
               LQ_LOG_CSTR("why", lq_err_str(err)));
    else
        LQ_LOG(s->settings.log, LQ_LOG_INFO, "app", "what was seized is moved",
               LQ_LOG_CSTR("token", config->tokens[i].name), LQ_LOG_CSTR("for", lq_tx_use_str(use)),
               LQ_LOG_U64("intent", id));
}

static uint64_t gas_of(const lq_live_shell_t *s, uint64_t gas)
{
    return gas + gas * s->settings.config->gas_margin_bps / 10000;
}

static void sweep(lq_live_shell_t *s, size_t i, const lq_address_t *token, const lq_u256_t *amount,
                  const lq_usd_t *worth)
{
    const lq_config_t *config = s->settings.config;
    uint8_t *input = s->treasury.input;
    lq_address_t cold = lq_config_address(config->seized_cold);
    lq_txman_tx_t tx = {.to = *token, .input = input, .gas_limit = gas_of(s, TRANSFER_GAS)};
    lq_err_t err;
    if (!is_cheap(s, worth, TRANSFER_GAS))
        return;
    if (config->executor[0]) {
        tx.to = lq_config_address(config->executor);
        err = lq_executor_encode_transfer(input, LQ_LIVE_TREASURY_SZ, &tx.input_sz, token, &cold,
                                          amount, s->head_blk + WINDOW_BLK);
    } else {
        err = lq_abi_erc20_transfer_encode(input, LQ_LIVE_TREASURY_SZ, &tx.input_sz, NULL, &cold,
                                           amount);
    }
    if (!err)
        send(s, i, LQ_TX_USE_SWEEP, &tx);
}

/* The route that gives the most for AMOUNT. */
static bool best_swap(const lq_live_shell_t *s, lq_swap_t *best, const lq_address_t *in,
                      const lq_address_t *out, const lq_u256_t *amount)
{
    static const lq_swap_t none;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_swaps_t swaps = lq_venues_swaps(lq_sync_venues(s->state->sync));
    lq_no_route_t why;
    lq_swap_t swap;
    size_t cnt = swaps.routes(swaps.ctx, routes, &why, in, out);
    *best = none;
    for (size_t i = 0; i < cnt; i++)
        if (!swaps.given_in(swaps.ctx, &swap, &routes[i], amount) &&
            lq_u256_lt(&best->amount_out, &swap.amount_out))
            *best = swap;
    return best->leg_cnt > 0;
}

/* What has to come out: what goes in is worth, less what slippage may take. */
static bool least_out(const lq_live_shell_t *s, lq_u256_t *out, const lq_address_t *token,
                      const lq_usd_t *worth)
{
    const lq_u256_t whole = lq_u256_from_u64(10000);
    const lq_u256_t kept = lq_u256_from_u64(10000 - s->settings.config->slippage_bps);
    lq_quote_t quote;
    uint8_t decimals;
    return find_decimals(s, &decimals, token) && lq_take_price(s->state, &quote, token, decimals) &&
           !lq_worth_of_usd(out, worth, &quote) && !lq_u256_mul_div_down(out, out, &kept, &whole);
}

static void swap(lq_live_shell_t *s, size_t i, const lq_address_t *token, const lq_u256_t *amount,
                 const lq_usd_t *worth)
{
    const lq_config_t *config = s->settings.config;
    uint8_t *input = s->treasury.input;
    lq_address_t out = lq_config_address(lq_config_swapped_into(config)->token);
    lq_swap_t best;
    lq_txman_tx_t tx = {.to = holder_of(s), .input = input};
    lq_executor_swap_job_t job = {.venues = lq_sync_venues(s->state->sync),
                                  .token_in = *token,
                                  .swap = &best,
                                  .slippage_bps = (uint32_t)config->slippage_bps,
                                  .last_blk = s->head_blk + WINDOW_BLK};
    if (!job.venues || memcmp(&out, token, sizeof(out)) == 0 ||
        !least_out(s, &job.least_out, &out, worth) || !best_swap(s, &best, token, &out, amount) ||
        lq_u256_lt(&best.amount_out, &job.least_out) ||
        !is_cheap(s, worth, best.gas + TRANSFER_GAS))
        return;
    job.token_out = out;
    tx.gas_limit = gas_of(s, best.gas + TRANSFER_GAS);
    if (!lq_executor_encode_swap(input, LQ_LIVE_TREASURY_SZ, &tx.input_sz, &job))
        send(s, i, LQ_TX_USE_SWAP, &tx);
}

/* ---- answers */

static void take_token(lq_live_shell_t *s, size_t i, const lq_u256_t *held)
{
    const lq_config_t *config = s->settings.config;
    lq_address_t token = lq_config_address(config->tokens[i].address);
    lq_quote_t quote;
    lq_u256_t spare;
    lq_usd_t worth;
    uint8_t decimals;
    if (s->head_blk < s->treasury.again_blk[i] || !find_decimals(s, &decimals, &token) ||
        !spare_of(s, &spare, &token, held) || !lq_take_price(s->state, &quote, &token, decimals) ||
        lq_worth_down(&worth, &spare, &quote) ||
        lq_u256_lt(&worth.raw, &config->seized_min_usd.raw))
        return;
    if (config->seized_action == LQ_SEIZED_SWAP)
        swap(s, i, &token, &spare, &worth);
    else
        sweep(s, i, &token, &spare, &worth);
}

static void on_answer(void *ctx, const lq_event_t *event)
{
    lq_live_shell_t *s = ctx;
    const lq_read_answer_t *answer = event->as.read;
    lq_u256_t held;
    s->treasury.asked = false;
    if (answer->err || !s->ready || s->stopping)
        return; /* at the next block */
    for (size_t i = 0; i < answer->result_cnt; i++)
        if (answer->results[i].ok &&
            !lq_abi_erc20_balance_of_decode(&held, NULL, answer->results[i].data,
                                            answer->results[i].data_sz))
            take_token(s, i, &held);
}

void lq_live_treasury_work(lq_live_shell_t *s)
{
    lq_live_treasury_t *t = &s->treasury;
    if (s->ready && !s->stopping && t->wanted && !t->asked && t->next.number >= s->funds.mined_blk)
        ask(s);
}

lq_err_t lq_live_treasury_open(lq_live_shell_t *s)
{
    const char *multicall = s->settings.config->multicall;
    lq_reads_config_t config = {
        .read_max = 1,
        .call_max = LQ_CONFIG_TOKEN_MAX,
        .input_max = LQ_CONFIG_TOKEN_MAX * (size_t)LQ_LIVE_INPUT_SZ,
        .output_max = (size_t)1 << 16,
        .chunk_call_max = LQ_CONFIG_TOKEN_MAX,
        .timeout_ns = WAIT_NS,
    };
    if (multicall[0])
        config.multicall = lq_config_address(multicall);
    return lq_reads_new(&s->treasury.reads, &s->arena, s->loop, s->settings.log,
                        lq_follow_pool(s->settings.follow), &config, on_answer, s);
}
