/* What a price would set going is rehearsed while nothing happens, so that the caches have it. */

#include "live_shell_internal.h"

#define PART_CNT 4u

/* Where the core is ours: one after another, none longer than a signature, so that what comes
   meanwhile hardly waits. */
#define SPIN_NS (UINT64_C(200000) / PART_CNT)

/* Where others want the core too all of them at once, and seldom. */
#define SLEEP_NS UINT64_C(2000000)

static void do_part(lq_live_shell_t *s, unsigned part)
{
    if (part == 0)
        lq_chain_rehearsal_hear(s->chain_rehearsal);
    else if (part == 1)
        (void)lq_engine_rehearse(s->state->engine);
    else if (part == 2)
        lq_rehearsal_send(s->rehearsal);
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
    lq_timer_set(s->loop, timer, lq_time_after(lq_live_now(s).mono_ns, spins ? SPIN_NS : SLEEP_NS));
}

lq_err_t lq_live_warm_open(lq_live_shell_t *s, lq_err_msg_t *msg)
{
    if (!s->settings.config->cpu_warm)
        return LQ_OK;
    lq_err_t err = lq_chain_rehearsal_new(&s->chain_rehearsal, &s->arena);
    if (err)
        return lq_err_msg_set(msg, err, "a rehearsal: %s", lq_err_str(err));
    err = lq_rehearsal_new(&s->rehearsal, msg, &s->arena);
    s->warm = (lq_timer_t){.fn = on_warm, .ctx = s};
    if (!err)
        lq_timer_set_in(s->loop, &s->warm, 0);
    return err;
}

void lq_live_warm_close(lq_live_shell_t *s)
{
    lq_timer_stop(s->loop, &s->warm);
    lq_rehearsal_free(s->rehearsal);
}
