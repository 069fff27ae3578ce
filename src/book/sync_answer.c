#include <string.h>

#include "sync_internal.h"

static bool is_venues_turn(const lq_sync_t *s, lq_subject_t subject, uint64_t number)
{
    lq_subject_t turn = {0, 0};
    if (subject.kind == LQ_VENUES_SUBJECT_POOL && subject.index > 0)
        turn = (lq_subject_t){subject.kind, subject.index - 1};
    while (lq_venues_turn(s->venues, &turn, number) && turn.kind < subject.kind)
        continue;
    return turn.kind == subject.kind && turn.index == subject.index;
}

/* Whether the present state, of block NUMBER's end, has ASK's subject at all: undoing may have
   taken it. */
static bool exists(const lq_sync_t *s, sync_purpose_t purpose, const sync_ask_t *ask,
                   uint64_t number)
{
    if (purpose == SYNC_ACCOUNT) {
        if (ask->subject.index >= lq_ledger_cnt(s->ledger))
            return false;
        uint32_t pool = lq_ledger_account(s->ledger, ask->subject.index).pool;
        return lq_ledger_pool(s->ledger, pool).instance == ask->src;
    }
    if (purpose == SYNC_VENUE && is_venues_turn(s, ask->subject, number))
        return true;
    /* From the place before it on: to go through all for each answer would cost their square. */
    lq_subject_t at = {0, 0};
    if (ask->subject.index > 0)
        at = (lq_subject_t){ask->subject.kind, ask->subject.index - 1};
    while (sync_next(s, purpose, ask->src, &at) && at.kind <= ask->subject.kind) {
        if (at.kind == ask->subject.kind && at.index >= ask->subject.index)
            return at.index == ask->subject.index;
    }
    return false;
}

static bool fits(lq_sync_t *s, sync_purpose_t purpose, const sync_ask_t *ask, uint64_t number)
{
    if (!exists(s, purpose, ask, number))
        return false;
    s->retell.call_cnt = 0;
    s->retell.data_sz = 0;
    return !sync_reads(s, &s->retell, ask->src, ask->subject) &&
           s->retell.call_cnt == ask->call_cnt && sync_digest(s, &s->retell, 0) == ask->digest;
}

/* False: it does not fit. What a contract says that is no number does: there is nothing to ask
   again before the contract says something else, and that must be seen at once. */
static bool apply_one(lq_sync_t *s, const sync_blk_t *blk, const sync_ask_t *ask,
                      const lq_read_result_t *results, bool quiet)
{
    if (ask->src == SYNC_ORACLES) {
        switch (lq_oracles_answer(s->oracles, ask->subject, results, ask->call_cnt, blk->sec)) {
        case LQ_ORACLES_TAKEN:
            return true;
        case LQ_ORACLES_WATCH:
            sync_widen(s, blk->ref.number + 1);
            return true;
        case LQ_ORACLES_MARKED:
            sync_widen(s, blk->ref.number + 1);
            if (!quiet)
                sync_fault(s, ask->src, "an answer is no number");
            return true;
        case LQ_ORACLES_FAULT:
            return false;
        }
        return false;
    }
    if (ask->src == SYNC_VENUES)
        return lq_venues_answer(s->venues, ask->subject, results, ask->call_cnt);
    switch (s->adapters[ask->src]->answer(s->selves[ask->src], ask->subject, results, ask->call_cnt,
                                          blk->sec)) {
    case LQ_APPLIED:
    case LQ_APPLIED_NOT:
        return true;
    case LQ_APPLIED_WATCH:
        sync_widen(s, blk->ref.number + 1);
        return true;
    case LQ_APPLIED_FAULT:
        return false;
    }
    return false;
}

/* Who has to be read at each block, in a number. */
static uint64_t every_digest(const lq_sync_t *s)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i <= s->config.instance_cnt; i++) {
        uint32_t src = i < s->config.instance_cnt ? i : SYNC_ORACLES;
        lq_subject_t at = {0, 0};
        while (sync_next(s, SYNC_EVERY, src, &at))
            h = (h ^ src ^ (uint64_t)at.kind << 8 ^ (uint64_t)at.index << 32) * 0x9e3779b97f4a7c15u;
    }
    return h;
}

/* The state is that of the end of BLK. What is given anew is QUIET: it neither tells again what
   failed, nor does it clear who failed, or came under suspicion, since. */
static void apply_asks(lq_sync_t *s, sync_blk_t *blk, sync_purpose_t purpose,
                       const sync_ask_t *asks, size_t cnt, const lq_read_result_t *results,
                       bool quiet)
{
    bool looks = !quiet && purpose == SYNC_RECHECK;
    uint64_t every = looks ? every_digest(s) : 0;
    for (size_t i = 0; i < cnt; results += asks[i++].call_cnt) {
        const sync_ask_t *ask = &asks[i];
        if (!fits(s, purpose, ask, blk->ref.number)) {
            blk->every_failed = blk->every_failed || purpose == SYNC_EVERY;
            continue;
        }
        bool applied = apply_one(s, blk, ask, results, quiet);
        if (quiet)
            continue;
        if (!applied) {
            sync_misfit(s, purpose, ask->src, ask->subject);
            sync_fault(s, ask->src, "an answer does not fit");
            continue;
        }
        sync_succeeded(s, ask->src, ask->subject);
        if (purpose == SYNC_ACCOUNT)
            sync_suspect_cleared(s, ask->subject.index);
    }
    /* What was read may move without a log, and the rounds of these blocks were asked without it.
     */
    if ((!quiet && purpose == SYNC_NEXT) || (looks && every != every_digest(s)))
        for (sync_blk_t *b = blk; b <= sync_top(s); b++)
            b->every_asked = false;
}

bool sync_apply_held(lq_sync_t *s, sync_blk_t *blk, sync_held_t *held)
{
    if (held->purpose == SYNC_AUDIT) {
        sync_apply_doubts(s, sync_held_asks(held), held->cnt);
        return true;
    }
    (void)sync_held_results(held, s->results);
    apply_asks(s, blk, (sync_purpose_t)held->purpose, sync_held_asks(held), held->cnt, s->results,
               held->given);
    held->given = true;
    return true;
}

/* Blocks above K can be given again as they were. */
static bool can_replay(const lq_sync_t *s, size_t k)
{
    for (size_t j = k + 1; j <= s->top; j++)
        if (!s->blks[j].whole || s->blks[j].lossy)
            return false;
    return true;
}

static void done(lq_sync_t *s, sync_read_t *slot, bool applied)
{
    size_t k;
    if (slot->purpose == SYNC_EVERY && sync_find_blk(s, &k, &slot->block)) {
        s->blks[k].every_left -= s->blks[k].every_left > 0;
        s->blks[k].every_failed = s->blks[k].every_failed || !applied;
    }
    if (slot->purpose == SYNC_ACCOUNT && applied && s->batch_max < s->ask_max)
        s->batch_max = 2 * s->batch_max < s->ask_max ? 2 * s->batch_max : s->ask_max;
    sync_release(s, slot);
}

/* Goes back to the lowest block that has answers waiting, once for all of them. */
void sync_flush(lq_sync_t *s)
{
    size_t k = 0;
    while (k <= s->top && s->blks[k].applied_sz == s->blks[k].sz)
        k++;
    bool applied = k <= s->top && can_replay(s, k);
    if (applied) {
        if (!sync_back(s, k))
            return;
        sync_forward(s, k);
        s->stat.replay_cnt += s->top - k;
    }
    for (; k <= s->top; k++)
        s->blks[k].applied_sz = s->blks[k].sz;
    for (size_t i = 0; i < s->config.read_max; i++)
        if (s->reads[i].purpose != SYNC_FREE && s->reads[i].answered)
            done(s, &s->reads[i], applied);
}

/* Doubts are held at the block of their audits, like answers: else they would be taken back with
   the next that is given again below it, and a wrong price count until the oracle's turn comes
   round. */
void sync_doubt(lq_sync_t *s, const lq_block_ref_t *ref, sync_ask_t *asks, size_t cnt)
{
    size_t k;
    sync_read_t doubt = {.purpose = SYNC_AUDIT, .cnt = cnt, .asks = asks};
    lq_read_answer_t nothing = {0};
    sync_flush(s);
    if (s->broken || !sync_find_blk(s, &k, ref))
        return;
    if (s->blks[k].whole && can_replay(s, k) && sync_hold_answer(s, k, &doubt, &nothing)) {
        sync_flush(s);
        return;
    }
    sync_top(s)->lossy = sync_top(s)->lossy || s->top;
    sync_apply_doubts(s, asks, cnt);
    sync_settle(s, false);
}

/* Nobody waits for venues, not even those. */
static bool others_come(const lq_sync_t *s, const sync_read_t *slot)
{
    for (size_t i = 0; i < s->config.read_max; i++) {
        const sync_read_t *r = &s->reads[i];
        if (r->purpose != SYNC_FREE && r->purpose != SYNC_AUDIT && r->purpose != SYNC_VENUE &&
            !r->answered && r != slot && sync_ref_eq(&r->block, &slot->block))
            return true;
    }
    return false;
}

static void apply_here(lq_sync_t *s, sync_blk_t *blk, sync_read_t *slot,
                       const lq_read_answer_t *answer)
{
    apply_asks(s, blk, slot->purpose, slot->asks, slot->cnt, answer->results, false);
    sync_settle(s, true);
}

static void at_top(lq_sync_t *s, sync_read_t *slot, const lq_read_answer_t *answer)
{
    sync_flush(s);
    if (s->broken)
        return;
    sync_blk_t *b = sync_top(s);
    size_t at = b->sz;
    bool held = s->top && b->whole && sync_hold_answer(s, s->top, slot, answer);
    b->lossy = b->lossy || (s->top && !held);
    b->applied_sz = b->sz;
    apply_here(s, b, slot, answer);
    if (held)
        sync_held_at(s, b, at)->given = true;
    s->structure_fail = 0;
    done(s, slot, true);
}

/* A round of which a later one was applied is of no use. */
static bool is_superseded(const lq_sync_t *s, const sync_read_t *slot, size_t k)
{
    if (slot->purpose != SYNC_EVERY)
        return false;
    for (size_t j = k + 1; j <= s->top; j++)
        if (s->blks[j].every_asked && !s->blks[j].every_left && !s->blks[j].every_failed)
            return true;
    return false;
}

static void below_top(lq_sync_t *s, sync_read_t *slot, size_t k, const lq_read_answer_t *answer)
{
    if (is_superseded(s, slot, k) || !can_replay(s, k)) {
        done(s, slot, false);
        return;
    }
    if (s->blks[k].whole && sync_hold_answer(s, k, slot, answer)) {
        slot->answered = true;
        return;
    }
    if (!sync_back(s, k))
        return;
    s->blks[k].lossy = true;
    apply_here(s, &s->blks[k], slot, answer);
    sync_forward(s, k);
    s->stat.replay_cnt += s->top - k;
    done(s, slot, true);
}

static void deliver(lq_sync_t *s, sync_read_t *slot, const lq_read_answer_t *answer)
{
    size_t k;
    if (!sync_find_blk(s, &k, &slot->block))
        sync_release(s, slot);
    else if (k == s->top)
        at_top(s, slot, answer);
    else
        below_top(s, slot, k, answer);
}

static size_t call_cnt(const sync_read_t *slot)
{
    size_t n = 0;
    for (size_t i = 0; i < slot->cnt; i++)
        n += slot->asks[i].call_cnt;
    return n;
}

/* What alone never gets an answer, or one that does not fit, would be stale, and nothing would say
   so: at each block that it sits out it is taken for one that reverts. */
bool sync_absent(lq_sync_t *s, uint32_t src, lq_subject_t subject)
{
    sync_blk_t *b = sync_top(s);
    sync_ask_t ask = {.src = src, .subject = subject};
    s->retell.call_cnt = 0;
    s->retell.data_sz = 0;
    if (!b->complete || !sync_ref_eq(&b->ref, &s->complete) ||
        sync_reads(s, &s->retell, src, subject))
        return false;
    ask.call_cnt = (uint32_t)s->retell.call_cnt;
    ask.digest = sync_digest(s, &s->retell, 0);
    for (size_t i = 0; i < ask.call_cnt; i++)
        s->results[i] = (lq_read_result_t){.ok = false, .data = (const uint8_t *)"", .data_sz = 0};
    lq_read_answer_t answer = {.results = s->results, .result_cnt = ask.call_cnt};
    sync_read_t read = {.purpose = SYNC_EVERY, .cnt = 1, .asks = &ask};
    size_t at = b->sz;
    bool held = s->top && b->whole && sync_hold_answer(s, s->top, &read, &answer);
    b->lossy = b->lossy || (s->top && !held);
    b->applied_sz = b->sz;
    if (held)
        sync_held_at(s, b, at)->given = true;
    apply_asks(s, b, SYNC_EVERY, &ask, 1, s->results, true);
    sync_settle(s, true);
    return true;
}

static void every_failed(lq_sync_t *s, sync_read_t *slot)
{
    size_t k;
    if (!sync_find_blk(s, &k, &slot->block))
        return;
    sync_blk_t *b = &s->blks[k];
    b->every_left -= b->every_left > 0;
    b->every_failed = true;
}

static void failed(lq_sync_t *s, sync_read_t *slot)
{
    s->stat.read_failed_cnt++;
    if (slot->cnt > 1) {
        s->batch_max = s->batch_max > 1 ? s->batch_max / 2 : 1;
    } else {
        sync_fail_t *f =
            sync_failed(s, slot->asks[0].src, slot->asks[0].subject, SYNC_FAILURE_DISTANCE);
        f->stale = true;
    }
    if (slot->purpose == SYNC_EVERY)
        every_failed(s, slot);
    else if (slot->purpose == SYNC_VENUE)
        s->venue_fail_here++;
    else
        s->fail_here++;
    if (s->phase == LQ_SYNC_STRUCTURE)
        sync_structure_failed(s);
    sync_release(s, slot);
}

/* Answers wait for the others at their block, until none comes any more. */
static void flush_ripe(lq_sync_t *s)
{
    for (size_t i = 0; i < s->config.read_max && !s->broken; i++) {
        const sync_read_t *r = &s->reads[i];
        if (r->purpose == SYNC_FREE || !r->answered || others_come(s, r))
            continue;
        sync_flush(s);
        return;
    }
}

void sync_on_read(lq_sync_t *s, const lq_read_answer_t *answer)
{
    sync_read_t *slot = NULL;
    for (size_t i = 0; i < s->config.read_max && !slot; i++)
        if (s->reads[i].purpose != SYNC_FREE && !s->reads[i].answered &&
            s->reads[i].id == answer->id)
            slot = &s->reads[i];
    if (!slot)
        return;
    s->stat.read_cnt++;
    if (slot->purpose == SYNC_AUDIT)
        sync_on_audit(s, slot, answer);
    else if (answer->err || !sync_ref_eq(&answer->block, &slot->block) ||
             answer->result_cnt != call_cnt(slot))
        failed(s, slot);
    else
        deliver(s, slot, answer);
    flush_ripe(s);
}
