#include <string.h>

#include "liqd/base/fetch.h"
#include "sync_internal.h"

/* A block of one log that never was. That the journal takes it back makes it harmless: what is not
   in the journal is what the book counts of its own work, and what nobody is told meanwhile. */

static bool may_rehearse(lq_sync_t *s, size_t room)
{
    return s->phase == LQ_SYNC_FOLLOWING && !s->broken && sync_top(s)->headed &&
           lq_undo_room(s->undo) > room;
}

/* Where the log of a price is kept. */
static void fetch_hold(const lq_sync_t *s)
{
    lq_fetch(&s->blks[s->top], 2 * sizeof(s->blks[0]));
    lq_fetch(&s->blks[0], sizeof(s->blks[0]));
    lq_fetch(s->hold + s->hold_end, sizeof(sync_held_t) + sizeof(lq_evm_log_t) + 32);
}

bool lq_sync_rehearse(lq_sync_t *s, size_t *lines, uint32_t feed, const lq_i256_t *answer,
                      size_t room, void (*fn)(void *ctx), void *ctx)
{
    lq_evm_log_t log;
    uint8_t data[32];
    bool noted;
    if (!may_rehearse(s, room))
        return false;
    const sync_blk_t *top = sync_top(s);
    sync_blk_t blk = {.ref = top->ref, .sec = lq_time_after(top->sec, s->config.block_sec)};
    blk.ref.number++;
    if (!lq_oracles_answer_log(s->oracles, &log, data, feed, answer, blk.sec))
        return false;
    log.block = blk.ref;
    s->rehearses = true;
    fetch_hold(s);
    size_t before = lq_undo_room(s->undo);
    sync_begin(s, &blk);
    (void)sync_apply_log(s, &blk, &log, true, &noted);
    sync_settle(s, false);
    fn(ctx);
    *lines = before - lq_undo_room(s->undo);
    if (lq_undo_retract(s->undo, blk.ref.number))
        s->broken = "a rehearsal was larger than the undo journal";
    s->rehearses = false;
    return true;
}
