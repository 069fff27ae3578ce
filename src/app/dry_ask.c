/* What a dry run asks of the nodes. */

#include <stdlib.h>
#include <string.h>

#include "dry_shell_internal.h"

/* What a transaction may use: the most that any may. @src EIP-7825 */
#define TX_GAS (UINT64_C(1) << 24)

/* ---- what the nodes are asked */

static size_t input_sz_of(const lq_dry_question_t *q, size_t tx_cnt)
{
    size_t sz = 0;
    for (size_t i = 0; i < tx_cnt; i++)
        sz += q->txs[i].input_sz;
    return sz;
}

/* Room for Q and all that it points to, in one piece. NULL: no memory. */
static lq_dry_asked_t *make_question(const lq_dry_question_t *q, size_t tx_cnt, uint8_t **input)
{
    size_t sz = sizeof(lq_dry_asked_t) + q->intent_cnt * (sizeof(uint64_t) + sizeof(size_t)) +
                tx_cnt * (sizeof(const char *) + sizeof(lq_simulate_tx_t)) + input_sz_of(q, tx_cnt);
    lq_dry_asked_t *own = calloc(1, sz);
    if (!own)
        return NULL;
    own->txs = (lq_simulate_tx_t *)(own + 1);
    own->intents = (uint64_t *)(own->txs + tx_cnt);
    own->tx_cnts = (size_t *)(own->intents + q->intent_cnt);
    own->whys = (const char **)(own->tx_cnts + q->intent_cnt);
    *input = (uint8_t *)(own->whys + tx_cnt);
    return own;
}

static lq_wei_t max_fee_of(const lq_header_t *block, const lq_wei_t *tip)
{
    lq_wei_t fee = block->base_fee_wei;
    if (lq_wei_add_checked(&fee, &block->base_fee_wei, tip))
        return fee;
    return fee;
}

static lq_dry_asked_t *copy_question(const lq_dry_shell_t *s, const lq_dry_question_t *q)
{
    uint8_t *input;
    size_t tx_cnt = 0;
    for (size_t i = 0; i < q->intent_cnt; i++)
        tx_cnt += q->tx_cnts[i];
    lq_dry_asked_t *own = make_question(q, tx_cnt, &input);
    if (!own)
        return NULL;
    own->id = q->id;
    own->parent = q->parent;
    own->block = q->block;
    own->intent_cnt = q->intent_cnt;
    own->tx_cnt = tx_cnt;
    memcpy(own->intents, q->intents, q->intent_cnt * sizeof(*q->intents));
    memcpy(own->tx_cnts, q->tx_cnts, q->intent_cnt * sizeof(*q->tx_cnts));
    for (size_t i = 0; i < tx_cnt; i++) {
        const lq_read_call_t *tx = &q->txs[i];
        memcpy(input, tx->input, tx->input_sz);
        own->txs[i] = (lq_simulate_tx_t){
            .from = lq_dry_sender,
            .to = tx->to,
            .input = input,
            .input_sz = tx->input_sz,
            .value_wei = q->values_wei[i],
            .gas_limit = TX_GAS,
            .max_fee_wei = max_fee_of(&q->block, &s->settings.config->tip_wei),
            .tip_wei = s->settings.config->tip_wei,
        };
        input += tx->input_sz;
    }
    return own;
}

void lq_dry_ask_question(void *ctx, const lq_dry_question_t *q)
{
    lq_dry_shell_t *s = ctx;
    lq_dry_asked_t *own = copy_question(s, q);
    if (!own) { /* it is given up when it has had its time */
        LQ_LOG(s->settings.log, LQ_LOG_ERROR, "app", "out of memory: a simulation is left out");
        return;
    }
    *s->last = own;
    s->last = &own->next;
}

/* Takes the question at *AT out and frees it. */
static void end_question(lq_dry_shell_t *s, lq_dry_asked_t **at)
{
    lq_dry_asked_t *q = *at;
    *at = q->next;
    if (s->last == &q->next)
        s->last = at;
    free(q);
}

/* Whom MOVES of an intent of INSTANCE are for. */
static const lq_address_t *target_of(const lq_dry_shell_t *s, uint32_t instance)
{
    return &s->state->instances[instance].config.contract;
}

/* Notes which of Q's transactions cannot be tried; false where that has to wait. */
static bool is_ready(lq_dry_shell_t *s, lq_dry_asked_t *q)
{
    const char **why = q->whys;
    for (size_t i = 0; i < q->intent_cnt; why += q->tx_cnts[i++]) {
        const lq_dry_taken_t *taken = lq_dry_taken_of(s, q->intents[i]);
        const char *said = "too many intents came behind it";
        lq_dry_ready_t ready =
            taken ? lq_dry_overrides_ready(s->overrides, &said, &taken->moves,
                                           target_of(s, taken->instance), &q->block, &q->parent)
                  : LQ_DRY_NEVER;
        if (ready == LQ_DRY_WAIT)
            return false;
        for (size_t k = 0; k < q->tx_cnts[i]; k++)
            why[k] = ready == LQ_DRY_NEVER ? said : NULL;
    }
    return true;
}

/* Moves the transactions of Q that can be tried to the front; how many. */
static size_t pack(const lq_dry_asked_t *q, lq_simulate_tx_t *out)
{
    size_t cnt = 0;
    for (size_t i = 0; i < q->tx_cnt; i++)
        if (!q->whys[i])
            out[cnt++] = q->txs[i];
    return cnt;
}

/* All of Q's intents, the executor and the sender. */
static void put_overrides(lq_dry_shell_t *s, const lq_dry_asked_t *q)
{
    const char *const *why = q->whys;
    lq_dry_overrides_begin(s->overrides);
    for (size_t i = 0; i < q->intent_cnt; why += q->tx_cnts[i++]) {
        const lq_dry_taken_t *taken = lq_dry_taken_of(s, q->intents[i]);
        if (taken && q->tx_cnts[i] && !why[0])
            lq_dry_overrides_add(s->overrides, &s->purse, &taken->moves,
                                 target_of(s, taken->instance));
    }
}

/* Transactions that stand behind one another in one block may be more than it has room for. */
static uint64_t gas_limit_of(const lq_dry_asked_t *q, size_t tx_cnt)
{
    uint64_t gas = TX_GAS * tx_cnt;
    return q->block.gas_limit > gas ? q->block.gas_limit : gas;
}

/* None of Q's transactions can be tried. */
static void answer_never(lq_dry_shell_t *s, const lq_dry_asked_t *q)
{
    lq_dry_result_t results[LQ_DRY_TX_MAX];
    memset(results, 0, sizeof(results));
    for (size_t i = 0; i < q->tx_cnt; i++)
        results[i].why = q->whys[i];
    lq_dry_run_tried(s->dry, q->id, LQ_OK, "", results, q->tx_cnt);
}

/* Asks the nodes what Q does; false where it has to be asked later. Q may have ended. */
static bool ask(lq_dry_shell_t *s, lq_dry_asked_t *q)
{
    lq_simulate_tx_t txs[LQ_DRY_TX_MAX];
    if (q->tx_cnt > LQ_DRY_TX_MAX) {
        lq_dry_run_tried(s->dry, q->id, LQ_ERR_TOO_LONG, "too many transactions for one block",
                         NULL, 0);
        return true;
    }
    if (!is_ready(s, q))
        return false;
    lq_simulate_ask_t ask = {.parent = q->parent, .block = q->block, .txs = txs};
    ask.tx_cnt = pack(q, txs);
    if (!ask.tx_cnt) {
        answer_never(s, q);
        return true;
    }
    ask.block.gas_limit = gas_limit_of(q, ask.tx_cnt);
    put_overrides(s, q);
    ask.overrides = lq_dry_overrides_list(s->overrides, &ask.override_cnt);
    lq_err_t err = lq_simulate_ask(s->simulate, q->id, &ask);
    if (err == LQ_ERR_FULL)
        return false;
    if (err) {
        lq_dry_run_tried(s->dry, q->id, err, lq_err_str(err), NULL, 0);
        return true;
    }
    q->asked = true;
    q->asked_mono_ns = lq_dry_now().mono_ns;
    return true;
}

/* Nobody waits for the answer any more. */
static bool is_stale(const lq_dry_shell_t *s, const lq_dry_asked_t *q)
{
    return s->head_blk > q->block.block.number + LQ_DRY_PATIENCE_BLK;
}

static void ask_all(lq_dry_shell_t *s)
{
    for (lq_dry_asked_t **at = &s->questions; *at;) {
        lq_dry_asked_t *q = *at;
        if (!q->asked && (is_stale(s, q) || (ask(s, q) && !q->asked)))
            end_question(s, at);
        else
            at = &q->next;
    }
}

/* ---- and answer */

/* Adds what LOG tells of a liquidation of TAKEN's account. */
static void add_liquidated(const lq_dry_shell_t *s, lq_dry_result_t *result,
                           const lq_dry_taken_t *taken, const lq_evm_log_t *log)
{
    const lq_ledger_t *ledger = lq_sync_ledger(s->state->sync);
    lq_liquidation_log_t told;
    if (!s->state->instances[taken->instance].adapter->liquidated(
            lq_sync_self(s->state->sync, taken->instance), &told, log) ||
        told.account == LQ_LEDGER_NONE)
        return;
    lq_account_t account = lq_ledger_account(ledger, told.account);
    if (memcmp(&account.owner, &taken->borrower, sizeof(account.owner)) != 0)
        return;
    result->repaid = lq_u256_add_wrap(&result->repaid, &told.repaid);
    result->seized = lq_u256_add_wrap(&result->seized, &told.seized);
}

static lq_dry_result_t result_of(const lq_dry_shell_t *s, const lq_simulate_result_t *r,
                                 const lq_dry_taken_t *taken)
{
    lq_dry_result_t result = {
        .known = r->known,
        .ok = r->ok,
        .gas = r->gas,
        .data = r->data,
        .data_sz = r->data_sz,
        .has_logs = r->has_logs,
        .logs = r->logs,
        .log_cnt = r->log_cnt,
    };
    for (size_t i = 0; taken && r->ok && i < r->log_cnt; i++)
        add_liquidated(s, &result, taken, &r->logs[i]);
    return result;
}

/* Gives what came of Q to the machine. */
static void tell_results(lq_dry_shell_t *s, const lq_dry_asked_t *q,
                         const lq_simulate_answer_t *answer)
{
    lq_dry_result_t results[LQ_DRY_TX_MAX];
    size_t at = 0;
    size_t told = 0;
    memset(results, 0, sizeof(results));
    for (size_t i = 0; i < q->intent_cnt; i++) {
        const lq_dry_taken_t *taken = lq_dry_taken_of(s, q->intents[i]);
        for (size_t k = 0; k < q->tx_cnts[i]; k++, at++) {
            results[at].why = q->whys[at];
            if (!q->whys[at])
                results[at] = result_of(s, &answer->results[told++], taken);
        }
    }
    lq_dry_run_tried(s->dry, q->id, LQ_OK, "", results, q->tx_cnt);
}

static void say_by_call(lq_dry_shell_t *s)
{
    s->settings.report->by_call = true;
    if (s->by_call_said)
        return;
    s->by_call_said = true;
    LQ_LOG(
        s->settings.log, LQ_LOG_WARN, "app",
        "no node has eth_simulateV1: transactions are tried by eth_call, which tells whether one "
        "reverts, not its gas and tokens");
}

void lq_dry_ask_answer(void *ctx, const lq_simulate_answer_t *answer)
{
    lq_dry_shell_t *s = ctx;
    lq_dry_asked_t **at = &s->questions;
    if (answer->by_call && !answer->err)
        say_by_call(s);
    if (lq_dry_overrides_answer(s->overrides, answer))
        return;
    while (*at && ((*at)->id != answer->id || !(*at)->asked))
        at = &(*at)->next;
    if (!*at)
        return;
    const lq_dry_asked_t *q = *at;
    lq_hist_record(&s->settings.report->simulated, lq_dry_now().mono_ns - q->asked_mono_ns);
    if (answer->err)
        lq_dry_run_tried(s->dry, q->id, answer->err,
                         answer->why[0] ? answer->why : lq_err_str(answer->err), NULL, 0);
    else if (answer->by_call && q->intent_cnt > 1)
        lq_dry_run_apart(s->dry, q->id);
    else
        tell_results(s, q, answer);
    end_question(s, at); /* what it made be asked stands behind it */
}

/* ---- what others paid */

void lq_dry_ask_wonder(void *ctx, uint64_t id, const lq_hash_t *tx_hash, const lq_header_t *header)
{
    lq_dry_shell_t *s = ctx;
    void *p = s->wonders;
    bool room = lq_dry_grow(&p, &s->wonder_cap, s->wonder_cnt, sizeof(*s->wonders));
    s->wonders = p;
    if (room)
        s->wonders[s->wonder_cnt++] = (lq_dry_wonder_t){id, *tx_hash, *header};
}

/* The tip per gas, PAID's direct payment spread over its gas. */
static lq_wei_t tip_of(const lq_simulate_paid_t *paid)
{
    lq_u256_t gas = lq_u256_from_u64(paid->gas);
    lq_u256_t share;
    lq_wei_t tip = paid->tip_wei;
    if (!paid->has_payment || lq_u256_div_checked(&share, &paid->payment_wei.raw, &gas) ||
        lq_u256_add_checked(&tip.raw, &paid->tip_wei.raw, &share))
        return paid->tip_wei;
    return tip;
}

static void on_paid(void *ctx, uint64_t id, const lq_simulate_paid_t *paid)
{
    lq_dry_shell_t *s = ctx;
    lq_dry_rival_t rival = {.known = true};
    if (!paid->err) {
        rival.has_tip = true;
        rival.tip_wei = tip_of(paid);
        rival.has_payment = paid->has_payment;
        rival.payment_wei = paid->payment_wei;
    }
    lq_dry_run_rival(s->dry, id, &rival);
}

static void ask_wonders(lq_dry_shell_t *s)
{
    size_t done = 0;
    for (; done < s->wonder_cnt; done++) {
        lq_dry_wonder_t w = s->wonders[done];
        lq_err_t err = lq_simulate_paid(s->simulate, w.id, &w.tx_hash, &w.block, on_paid, s);
        if (err == LQ_ERR_FULL)
            break;
        if (err)
            on_paid(s, w.id, &(lq_simulate_paid_t){.err = err});
    }
    s->wonder_cnt -= done;
    if (s->wonder_cnt)
        memmove(s->wonders, s->wonders + done, s->wonder_cnt * sizeof(*s->wonders));
}

void lq_dry_ask_work(lq_dry_shell_t *s)
{
    ask_all(s);
    ask_wonders(s);
}

void lq_dry_ask_end(lq_dry_shell_t *s)
{
    while (s->questions)
        end_question(s, &s->questions);
    free(s->wonders);
}
