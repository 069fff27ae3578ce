/* What a first attempt would come to, asked before it is signed. */

#include <string.h>

#include "exec_internal.h"
#include "liqd/base/text.h"
#include "liqd/exec/revert.h"

#define SIM_GAS 2u /* times the limit */

uint32_t exec_unsure_gas(const lq_exec_t *x, uint64_t limit)
{
    return (uint32_t)exec_bounded_gas(x, SIM_GAS * limit);
}

/* Whether SIGN rests on a log of a block whose header has not come: it does within milliseconds,
   and tells the block's time and what the next one costs. On the head before it the simulation
   would be of another state than what was decided by. */
static bool is_early(const lq_exec_t *x, const lq_txman_sign_t *sign)
{
    const lq_header_t *head = exec_head(x);
    return head && sign->ground.number > head->block.number;
}

/* In the block behind the head, whose next block is as far from it as it is from the one before; or
   behind its ground, whose header did not come. An estimate of gas may be too low: it runs with
   more, and what it takes counts. */
static bool make_ask(const lq_exec_t *x, lq_simulate_ask_t *ask, lq_simulate_tx_t *tx,
                     const lq_txman_sign_t *sign)
{
    const lq_header_t *head = exec_head(x);
    if (!head || sign->tx->is_create)
        return false;
    const lq_header_t *before =
        x->head_cnt > 1 ? &x->heads[(x->head_first + x->head_cnt - 2) % EXEC_HEADS] : head;
    uint64_t sec = head->timestamp_sec - before->timestamp_sec;
    sec = sec && sec < 3600 ? sec : 1;
    *ask = (lq_simulate_ask_t){.parent = head->block, .block = *head, .txs = tx, .tx_cnt = 1};
    if (is_early(x, sign)) {
        ask->parent = sign->ground;
        sec *= ask->parent.number - head->block.number + 1;
    }
    ask->block.block.number = ask->parent.number + 1;
    ask->block.timestamp_sec += sec;
    if (lq_base_fee_next(&ask->block.base_fee_wei, head, &x->config.manager.base_fee))
        ask->block.base_fee_wei = head->base_fee_wei;
    *tx = (lq_simulate_tx_t){.from = x->senders[sign->sender].address,
                             .to = sign->tx->to,
                             .input = sign->tx->input,
                             .input_sz = sign->tx->input_sz,
                             .value_wei = sign->tx->value_wei,
                             .gas_limit = exec_unsure_gas(x, sign->tx->gas_limit),
                             .max_fee_wei = sign->max_fee_wei,
                             .tip_wei = sign->tip_wei};
    return true;
}

static void ask(lq_exec_t *x, const lq_txman_sign_t *sign)
{
    lq_simulate_ask_t question;
    lq_simulate_tx_t tx;
    if (!make_ask(x, &question, &tx, sign) || lq_simulate_ask(x->simulate, sign->id, &question))
        exec_add_todo(x, EXEC_TODO_UNKNOWN, sign);
}

void exec_simulate(lq_exec_t *x, const lq_txman_sign_t *sign)
{
    if (!is_early(x, sign) || x->early_cnt == x->early_max) {
        ask(x, sign);
        return;
    }
    x->early[x->early_cnt++] =
        (exec_early_t){.sign = *sign, .tx = *sign->tx, .until_ns = exec_now_ns(x) + EXEC_TICK_NS};
}

void exec_simulate_early(lq_exec_t *x)
{
    size_t kept = 0;
    for (size_t i = 0; i < x->early_cnt; i++) {
        exec_early_t *early = &x->early[i];
        early->sign.tx = &early->tx;
        if (is_early(x, &early->sign) && exec_now_ns(x) < early->until_ns)
            x->early[kept++] = *early;
        else
            ask(x, &early->sign);
    }
    x->early_cnt = kept;
}

void exec_simulated(void *ctx, const lq_simulate_answer_t *answer)
{
    lq_exec_t *x = ctx;
    char why[LQ_TX_RECORD_TEXT_SZ] = "";
    lq_txman_event_t event = {.kind = LQ_TXMAN_SIMULATED,
                              .as.simulated = {.id = answer->id, .why = why}};
    const lq_simulate_result_t *r = answer->err ? NULL : &answer->results[0];
    if (r && r->known) {
        event.as.simulated.known = true;
        event.as.simulated.ok = r->ok;
        event.as.simulated.gas = (uint32_t)exec_gas_limit(x, r->gas);
        if (!r->ok)
            lq_revert_text(why, sizeof(why), r->data, r->data_sz);
    } else {
        lq_text_show_cut(why, sizeof(why), (const uint8_t *)answer->why, strlen(answer->why));
    }
    exec_give(x, &event);
    exec_end(x);
}
