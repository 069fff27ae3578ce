#include "live_shell.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/keys/address.h"
#include "live_shell_internal.h"
#include "take_prices.h"

/* Address space, of which most is never touched. */
#define ARENA_SZ ((size_t)2 << 30)

/* ---- what the engine does */

/* What the event at hand took, up to here. */
static void count_stages(lq_live_shell_t *s)
{
    lq_live_stages_t *t = &s->stages;
    uint64_t now = lq_live_mono(s);
    uint64_t from = t->applied_mono_ns ? t->applied_mono_ns : t->parsed_mono_ns;
    if (t->received_mono_ns && t->parsed_mono_ns >= t->received_mono_ns)
        lq_hist_put(&t->later, &t->parsed, t->parsed_mono_ns - t->received_mono_ns);
    if (t->applied_mono_ns)
        lq_hist_put(&t->later, &t->applied, t->applied_mono_ns - t->parsed_mono_ns);
    lq_hist_put(&t->later, &t->decided, now - from);
    t->received_mono_ns = 0; /* once */
    t->applied_mono_ns = now;
}

/* TAKE as what sends is told of it. */
static void give_take(lq_live_shell_t *s, const lq_action_take_t *take,
                      void (*fn)(lq_exec_t *x, const lq_exec_take_t *t))
{
    lq_tx_price_t prices[LQ_TAKE_PRICE_MAX];
    lq_tx_step_t steps[LQ_PLAN_STEP_MAX];
    lq_exec_take_t wanted = {.take = take, .steps = steps, .prices = prices};
    uint8_t decimals;
    for (size_t i = 0; i < take->plan->step_cnt; i++) {
        const lq_plan_step_t *step = &take->plan->steps[i];
        steps[i] = (lq_tx_step_t){
            .collateral = lq_state_token(s->state, step->call.pair.collateral, &decimals),
            .debt = lq_state_token(s->state, step->call.pair.debt, &decimals),
            .repaid = step->outcome.repaid,
            .seized = step->outcome.seized,
        };
    }
    const lq_ledger_t *ledger = lq_sync_ledger(s->state->sync);
    wanted.market = s->settings.config->markets[take->instance].name;
    wanted.pool = lq_ledger_pool(ledger, lq_ledger_account(ledger, take->account).pool).local;
    wanted.least_usd = lq_engine_least(s->state->engine, &take->plan->profit);
    wanted.price_cnt = lq_take_prices(s->state, prices, take);
    /* nothing is decided without */
    if (lq_engine_coin(s->state->engine, &wanted.coin) != LQ_VALUE_FRESH)
        wanted.coin = (lq_quote_t){.decimals = LQ_VALUE_DECIMALS};
    fn(s->exec, &wanted);
}

static void on_take(lq_live_shell_t *s, const lq_action_take_t *take)
{
    count_stages(s);
    if (s->phase == LQ_LIVE_BEGUN) /* else nothing has begun that could take */
        give_take(s, take, lq_exec_take);
}

void lq_live_rehearse(void *ctx, const lq_action_t *action)
{
    lq_live_shell_t *s = ctx;
    if (action->kind == LQ_ACTION_TAKE && s->phase == LQ_LIVE_BEGUN)
        give_take(s, action->as.take, lq_exec_rehearse);
}

void lq_live_shell_action(lq_live_shell_t *s, const lq_action_t *action)
{
    if (action->kind == LQ_ACTION_TAKE) {
        on_take(s, action->as.take);
    } else if (action->kind == LQ_ACTION_DROP && s->phase == LQ_LIVE_BEGUN) {
        lq_exec_drop(s->exec, action->as.id);
    } else if (action->kind == LQ_ACTION_CANDIDATE) {
        if (!s->stages.applied_mono_ns)
            s->stages.applied_mono_ns = lq_live_mono(s);
        lq_live_candidate(s, action->as.candidate);
    } else if (action->kind == LQ_ACTION_LIMIT) {
        s->holds[action->as.limit.hold.limit] = action->as.limit.holds;
        s->until_sec[action->as.limit.hold.limit] = action->as.limit.hold.until_sec;
    }
}

/* ---- what happens */

void lq_live_shell_event(lq_live_shell_t *s, const lq_event_t *event)
{
    if (event->kind == LQ_EVENT_GO_ON)
        return; /* what is decided now has waited since the event before */
    s->stages.parsed_mono_ns = lq_live_mono(s);
    s->stages.received_mono_ns = event->time.mono_ns;
    s->stages.applied_mono_ns = 0;
    switch (event->kind) {
    case LQ_EVENT_HEAD:
        s->head_blk = event->as.head->block.number;
        s->head_sec = event->as.head->timestamp_sec;
        s->base_fee_wei = event->as.head->base_fee_wei;
        break;
    case LQ_EVENT_BLOCK:
        lq_live_funds_block(s, &event->as.block);
        lq_live_treasury_block(s, &event->as.block);
        lq_live_ask_final(s);
        break;
    case LQ_EVENT_UNDONE:
    case LQ_EVENT_BROKEN:
        break;
    case LQ_EVENT_LOG:
    case LQ_EVENT_PENDING:
    case LQ_EVENT_READ:
    case LQ_EVENT_BEGIN:
    case LQ_EVENT_RESUME:
    case LQ_EVENT_FOUND:
    case LQ_EVENT_SEARCHED:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_GO_ON:
    case LQ_EVENT_COMMAND:
    case LQ_EVENT_FUNDS:
    case LQ_EVENT_OUTCOME:
    case LQ_EVENT_CNT:
        return;
    }
    if (s->phase == LQ_LIVE_BEGUN)
        lq_exec_event(s->exec, event);
}

void lq_live_shell_done(lq_live_shell_t *s)
{
    lq_hist_settle(&s->stages.later);
    lq_live_settle_candidates(s);
    if (s->phase == LQ_LIVE_BEGUN)
        lq_exec_settle(s->exec);
}

/* Goes on all the same: what was sent before has to come to its end, and its owner may allow it. */
static void say_no_operators(const lq_live_shell_t *s)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    for (size_t i = 0; i < s->settings.senders->cnt; i++) {
        if (!s->origin.no_operator[i])
            continue;
        lq_address_print(address, &s->settings.senders->senders[i].address);
        LQ_LOG(s->settings.log, LQ_LOG_ERROR, "app",
               "the sender is no operator of the executor, which refuses what it sends: its owner "
               "has to allow it, see liqd executor check",
               LQ_LOG_CSTR("sender", address),
               LQ_LOG_CSTR("executor", s->settings.config->executor));
    }
}

bool lq_live_shell_begin(lq_live_shell_t *s)
{
    lq_err_msg_t msg;
    if (!lq_live_ask_origin(s))
        return false;
    if (s->phase != LQ_LIVE_TOLD)
        return s->phase == LQ_LIVE_BEGUN;
    lq_err_t err = lq_live_open(s, &msg);
    s->phase = err ? LQ_LIVE_FAILED : LQ_LIVE_BEGUN;
    if (err)
        lq_follow_fail(s->settings.follow, err, msg.text);
    else
        say_no_operators(s);
    return !err;
}

void lq_live_shell_work(lq_live_shell_t *s)
{
    if (s->phase != LQ_LIVE_BEGUN)
        return;
    lq_live_watch_journal(s);
    lq_exec_work(s->exec);
    lq_live_funds_work(s);
    lq_live_treasury_work(s);
    if (s->settings.out)
        (void)fflush(s->settings.out);
}

bool lq_live_shell_is_ready(const lq_live_shell_t *s)
{
    return s->ready;
}

void lq_live_shell_stop(lq_live_shell_t *s)
{
    if (s->phase == LQ_LIVE_BEGUN && !s->stopping)
        lq_exec_stop(s->exec);
    s->stopping = true;
}

bool lq_live_shell_is_idle(const lq_live_shell_t *s)
{
    return s->phase != LQ_LIVE_BEGUN || lq_exec_is_idle(s->exec);
}

uint64_t lq_live_shell_beat(const lq_live_shell_t *s)
{
    return s->phase == LQ_LIVE_BEGUN ? lq_journal_stat(s->journal).beat_mono_ns : lq_live_mono(s);
}

/* ---- making it */

size_t lq_live_shell_timer_cnt(const lq_config_t *config, const lq_senders_t *senders)
{
    lq_way_t ways[LQ_TXMAN_WAY_MAX];
    lq_exec_config_t exec;
    lq_url_t *urls = calloc(LQ_CONFIG_RELAY_MAX, sizeof(*urls));
    if (!urls)
        return 0; /* what is made later has no memory either, and says so */
    lq_live_configure(&exec, ways, urls, config, senders);
    size_t cnt = lq_exec_timer_cnt(&exec) + LQ_CONTROL_CLIENT_MAX + 1; /* of rehearsals */
    free(urls);
    return cnt;
}

static lq_err_t open_all(lq_live_shell_t *s)
{
    size_t map_sz = 256 + 2 * s->settings.config->candidates * 64;
    lq_err_t err = lq_arena_init(&s->arena, ARENA_SZ + map_sz);
    if (!err)
        err = lq_map_new(&s->began, &s->arena, 32, s->settings.config->candidates, lq_state_seed());
    if (!err)
        err = lq_live_funds_open(s);
    return err ? err : lq_live_treasury_open(s);
}

lq_err_t lq_live_shell_open(lq_live_shell_t **out, lq_err_msg_t *msg,
                            const lq_live_settings_t *settings)
{
    lq_live_shell_t *s = calloc(1, sizeof(*s));
    if (!s)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    s->settings = *settings;
    s->state = lq_follow_state(settings->follow);
    s->loop = lq_follow_loop(settings->follow);
    s->start_mono_ns = lq_live_mono(s);
    lq_hist_reset(&s->stages.parsed);
    lq_hist_reset(&s->stages.applied);
    lq_hist_reset(&s->stages.decided);
    lq_err_t err = open_all(s);
    if (err) {
        lq_live_shell_close(s);
        return lq_err_msg_set(msg, err, "what sends cannot be made: %s", lq_err_str(err));
    }
    *out = s;
    return LQ_OK;
}

void lq_live_shell_close(lq_live_shell_t *s)
{
    if (!s)
        return;
    lq_live_warm_close(s);
    lq_control_free(s->control);
    lq_exec_free(s->exec);
    lq_reads_free(s->treasury.reads);
    lq_reads_free(s->funds.reads);
    lq_journal_close(s->journal);
    lq_wal_close(s->wal);
    lq_arena_fini(&s->arena);
    free(s);
}
