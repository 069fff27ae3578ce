#include <stddef.h>

#include "liqd/base/fetch.h"
#include "tx_manager_internal.h"

/* Where the next intent stands and what it becomes: nothing is looked at but where that is. */

#define INPUT_SZ 2048u /* calldata, and what is signed, of most */

static void fetch_intent(const lq_txman_t *m)
{
    for (size_t i = 0; i <= m->intent_cnt / 64; i++)
        if (~m->taken[i]) {
            size_t at = 64 * i + (size_t)__builtin_ctzll(~m->taken[i]);
            if (at < m->intent_cnt) {
                lq_fetch(&m->intents[at], sizeof(m->intents[at]));
                lq_fetch(m->intents[at].buf, INPUT_SZ);
            }
            return;
        }
}

static void fetch_slot(const txm_sender_t *s)
{
    size_t at = txm_tail(s) % LQ_TXMAN_SLOT_MAX;
    const txm_slot_t *slot = &s->slots[at];
    lq_fetch(s, offsetof(txm_sender_t, cost_wei));
    lq_fetch(&s->cost_wei[at], sizeof(s->cost_wei[at]));
    lq_fetch(slot, offsetof(txm_slot_t, attempts) + sizeof(slot->attempts[0]));
    lq_fetch(slot->raw, INPUT_SZ);
}

void lq_txman_warm(const lq_txman_t *m)
{
    lq_fetch(m, offsetof(lq_txman_t, stack));
    lq_fetch(&m->stack_first, offsetof(lq_txman_t, asks) - offsetof(lq_txman_t, stack_first));
    lq_fetch(&m->ask_cnt, sizeof(*m) - offsetof(lq_txman_t, ask_cnt));
    lq_fetch(m->order, sizeof(m->order[0]));
    lq_fetch(m->open, m->intent_cnt / 8 + 1);
    fetch_intent(m);
    for (size_t i = 0; i < m->config.sender_cnt; i++)
        fetch_slot(&m->senders[i]);
}
