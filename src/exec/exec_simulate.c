/* What is tried before it is sent. More than can be tried at once wait for their turn, until their
   last block at most: nothing is sent untried because there was much to try. */

#include <string.h>

#include "exec_internal.h"
#include "liqd/base/text.h"
#include "liqd/exec/revert.h"

#define SIM_MAX    64u /* under way */
#define SIM_GAS    2u  /* times the limit */
#define SIM_LOGS   512u
#define SIM_OUTPUT ((size_t)1 << 18)

uint32_t exec_unsure_gas(const lq_exec_t *x, uint64_t limit)
{
    return (uint32_t)exec_bounded_gas(x, SIM_GAS * limit);
}

/* What SIGN wants, in the block behind the head, whose time is as far from it as it is from the one
   before. An estimate of gas may be too low: it runs with more, and what it takes counts. */
static bool make_ask(const lq_exec_t *x, lq_simulate_ask_t *ask, lq_simulate_tx_t *tx,
                     const lq_txman_sign_t *sign)
{
    const lq_header_t *head = exec_head(x);
    if (!head || sign->tx->is_create)
        return false;
    const lq_header_t *before =
        x->head_cnt > 1 ? &x->heads[(x->head_first + x->head_cnt - 2) % EXEC_HEADS] : head;
    uint64_t sec = head->timestamp_sec - before->timestamp_sec;
    *ask = (lq_simulate_ask_t){.parent = head->block, .block = *head, .txs = tx, .tx_cnt = 1};
    ask->block.block.number++;
    ask->block.timestamp_sec += sec && sec < 3600 ? sec : 1;
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

/* False: not now, but as soon as one that is under way has ended. */
static bool ask(lq_exec_t *x, const lq_txman_sign_t *sign)
{
    lq_simulate_ask_t what;
    lq_simulate_tx_t tx;
    if (x->sim_cnt == SIM_MAX)
        return false;
    lq_err_t err = make_ask(x, &what, &tx, sign) ? lq_simulate_ask(x->simulate, sign->id, &what)
                                                 : LQ_ERR_INVAL;
    if (err == LQ_ERR_FULL && x->sim_cnt)
        return false;
    x->sim_cnt += !err;
    if (err) /* nobody can */
        exec_add_todo(x, EXEC_TODO_UNKNOWN, sign);
    return true;
}

void exec_simulate(lq_exec_t *x, const lq_txman_sign_t *sign)
{
    if (!x->sim_waiting && ask(x, sign))
        return;
    if (x->sim_waiting == x->sim_max) /* of intents that ended since, most of them */
        exec_add_todo(x, EXEC_TODO_CROWDED, sign);
    else
        x->sims[(x->sim_first + x->sim_waiting++) % x->sim_max] =
            (exec_todo_t){.sign = *sign, .tx = *sign->tx};
}

void exec_simulate_waiting(lq_exec_t *x)
{
    while (x->sim_waiting) {
        exec_todo_t todo = x->sims[x->sim_first];
        todo.sign.tx = &todo.tx;
        if (!ask(x, &todo.sign))
            return;
        x->sim_first = (x->sim_first + 1) % x->sim_max;
        x->sim_waiting--;
    }
}

static void on_simulated(void *ctx, const lq_simulate_answer_t *answer)
{
    lq_exec_t *x = ctx;
    char why[LQ_TX_RECORD_TEXT_SZ] = "";
    lq_txman_event_t event = {.kind = LQ_TXMAN_SIMULATED,
                              .as.simulated = {.id = answer->id, .why = why}};
    x->sim_cnt--;
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
    exec_simulate_waiting(x);
    exec_end(x);
}

lq_err_t exec_simulate_init(lq_exec_t *x, lq_arena_t *arena, lq_err_msg_t *msg)
{
    x->sim_max = 2 * x->config.manager.intent_max;
    x->sims = lq_arena_alloc(arena, x->sim_max * sizeof(*x->sims), 16);
    if (!x->sims)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "simulations: out of memory");
    const lq_simulate_config_t config = {.max = SIM_MAX,
                                         .tx_max = 1,
                                         .input_max = LQ_TX_RAW_MAX,
                                         .log_max = SIM_LOGS,
                                         .output_max = SIM_OUTPUT,
                                         .timeout_ns = x->config.timeout_ns};
    lq_err_t err = lq_simulate_new(&x->simulate, arena, x->log, x->pool, &config, on_simulated, x);
    return err ? lq_err_msg_set(msg, err, "simulations: %s", lq_err_str(err)) : LQ_OK;
}

void exec_simulate_free(lq_exec_t *x)
{
    lq_simulate_free(x->simulate);
}
