/* What a price would set going is rehearsed while nothing happens, so that the caches have it. */

#include <string.h>

#include "liqd/base/fetch.h"
#include "live_shell_internal.h"

#define PART_CNT 4u
#define SEND_SZ  1200u              /* bytes of a request */
#define STACK_SZ ((size_t)72 << 10) /* of a decision, most of it what calls are sized in */

/* Where the core is ours: one after another, none longer than a signature, so that what comes
   meanwhile hardly waits. */
#define SPIN_NS (UINT64_C(200000) / PART_CNT)

/* Where others want the core too all of them at once, and seldom. */
#define SLEEP_NS UINT64_C(2000000)

/* Where cmake/live_text.ld puts the functions that are not rehearsed; elsewhere there are none. */
LQ_WEAK extern const uint8_t lq_live_text[];
LQ_WEAK extern const uint8_t lq_live_text_end[];

static void fetch_text(void)
{
    lq_fetch_text(lq_live_text, (uintptr_t)lq_live_text_end - (uintptr_t)lq_live_text);
}

static void hear(lq_live_shell_t *s)
{
    size_t sz;
    fetch_text();
    lq_chain_rehearsal_hear(s->chain_rehearsal);
    const char *text = lq_chain_rehearsal_text(s->chain_rehearsal, &sz);
    lq_follow_rehearse(s->settings.follow, text, sz);
}

static void decide(lq_live_shell_t *s)
{
    lq_fetch_stack(STACK_SZ);
    (void)lq_engine_rehearse(s->state->engine, lq_live_rehearse, s);
}

static void send_both(lq_live_shell_t *s)
{
    lq_rehearsal_send(s->rehearsal);
    for (size_t i = 0; i < LQ_LIVE_PAIR_CNT; i++)
        lq_pair_rehearse(&s->pairs[i], SEND_SZ);
}

static void do_part(lq_live_shell_t *s, unsigned part)
{
    if (part == 0)
        hear(s);
    else if (part == 1)
        decide(s);
    else if (part == 2)
        send_both(s);
    else
        lq_rehearsal_sign(s->rehearsal);
}

static void on_warm(void *ctx, lq_timer_t *timer)
{
    lq_live_shell_t *s = ctx;
    bool spins = s->settings.config->cpu_spin;
    if (spins)
        do_part(s, s->warm_part);
    s->warm_part = (s->warm_part + 1) % PART_CNT;
    for (unsigned i = 0; !spins && i < PART_CNT; i++)
        do_part(s, i);
    lq_timer_set(s->loop, timer, lq_time_after(lq_live_mono(s), spins ? SPIN_NS : SLEEP_NS));
}

/* As the nodes are reached. Where the system gives none, this is not rehearsed. */
static void open_pairs(lq_live_shell_t *s)
{
    const lq_config_t *config = s->settings.config;
    bool has[LQ_LIVE_PAIR_CNT] = {false};
    for (size_t i = 0; i < config->node_cnt; i++)
        if (strncmp(config->nodes[i].url, "http", 4) != 0)
            has[strncmp(config->nodes[i].url, "ws", 2) == 0] = true;
    for (size_t i = 0; i < LQ_LIVE_PAIR_CNT; i++)
        if (!has[i] || lq_pair_open(&s->pairs[i], i == 1))
            s->pairs[i] = (lq_pair_t){{-1, -1}};
}

lq_err_t lq_live_warm_open(lq_live_shell_t *s, lq_err_msg_t *msg)
{
    if (!s->settings.config->cpu_warm)
        return LQ_OK;
    lq_err_t err = lq_chain_rehearsal_new(&s->chain_rehearsal, &s->arena);
    if (err)
        return lq_err_msg_set(msg, err, "a rehearsal: %s", lq_err_str(err));
    err = lq_rehearsal_new(&s->rehearsal, msg, &s->arena);
    if (!err)
        open_pairs(s);
    s->warm = (lq_timer_t){.fn = on_warm, .ctx = s};
    if (!err)
        lq_timer_set_in(s->loop, &s->warm, 0);
    return err;
}

void lq_live_warm_close(lq_live_shell_t *s)
{
    lq_timer_stop(s->loop, &s->warm);
    for (size_t i = 0; s->rehearsal && i < LQ_LIVE_PAIR_CNT; i++)
        lq_pair_close(&s->pairs[i]);
    lq_rehearsal_free(s->rehearsal);
}
