#include <string.h>

#include "sync_internal.h"

#define STRUCTURE_TURNS 12u
#define EVERY_TRIES     3u /* rounds at one block, where one fails */

/* Of a secret seed, so that nobody can make two questions look the same. */
uint64_t sync_digest(const lq_sync_t *s, const lq_calls_t *calls, size_t from)
{
    uint64_t h = s->config.seed ^ 0x9e3779b97f4a7c15u;
    for (size_t i = from; i < calls->call_cnt; i++) {
        const lq_read_call_t *c = &calls->calls[i];
        h = (h ^ c->input_sz) * 0xbf58476d1ce4e5b9u;
        for (size_t j = 0; j < sizeof(c->to.b); j++)
            h = (h ^ c->to.b[j]) * 0x94d049bb133111ebu;
        for (size_t j = 0; j < c->input_sz; j++)
            h = (h ^ c->input[j]) * 0x94d049bb133111ebu;
        h = (h ^ (h >> 29) ^ s->config.seed) * 0x9e3779b97f4a7c15u;
    }
    return h ^ (h >> 32);
}

bool sync_next(const lq_sync_t *s, sync_purpose_t purpose, uint32_t src, lq_subject_t *subject)
{
    bool oracles = src == SYNC_ORACLES;
    switch (purpose) {
    case SYNC_NEXT:
        return oracles ? lq_oracles_next(s->oracles, subject)
                       : s->adapters[src]->next(s->selves[src], subject);
    case SYNC_EVERY:
        return oracles ? lq_oracles_every_block(s->oracles, subject)
                       : s->adapters[src]->every_block(s->selves[src], subject);
    case SYNC_RECHECK:
        return oracles && lq_oracles_recheck(s->oracles, subject);
    case SYNC_VENUE:
        return lq_venues_next(s->venues, subject);
    case SYNC_FREE:
    case SYNC_ACCOUNT:
    case SYNC_AUDIT:
        break;
    }
    return false;
}

lq_err_t sync_reads(const lq_sync_t *s, lq_calls_t *calls, uint32_t src, lq_subject_t subject)
{
    if (src == SYNC_ORACLES)
        return lq_oracles_reads(s->oracles, calls, subject);
    if (src == SYNC_VENUES)
        return lq_venues_reads(s->venues, calls, subject);
    return s->adapters[src]->reads(s->selves[src], calls, subject);
}

/* Sources from 0 on, the oracles last. */
static uint32_t src_at(const lq_sync_t *s, size_t i)
{
    return i < s->config.instance_cnt ? (uint32_t)i : SYNC_ORACLES;
}

static bool same(const sync_fail_t *f, uint32_t src, lq_subject_t subject)
{
    return f->cnt && f->src == src && f->subject.kind == subject.kind &&
           f->subject.index == subject.index;
}

static const sync_fail_t *find_fail(const lq_sync_t *s, uint32_t src, lq_subject_t subject)
{
    if (!s->fail_cnt)
        return NULL;
    for (size_t i = 0; i < SYNC_FAIL_CNT; i++)
        if (same(&s->fails[i], src, subject))
            return &s->fails[i];
    return NULL;
}

/* It failed, and its next turn has not come. Before blocks pass, what does not fit has two turns;
   what has no answer has as many as it takes to have tried some blocks to begin at. */
bool sync_waits(const lq_sync_t *s, uint32_t src, lq_subject_t subject)
{
    const sync_fail_t *f = find_fail(s, src, subject);
    if (!f)
        return false;
    if (s->phase == LQ_SYNC_FOLLOWING)
        return s->complete.number < f->next_blk;
    return f->cnt >= (f->stale ? STRUCTURE_TURNS : 2);
}

sync_fail_t *sync_failed(lq_sync_t *s, uint32_t src, lq_subject_t subject, uint64_t distance_max)
{
    bool venues = src == SYNC_VENUES;
    size_t from = venues ? SYNC_FAIL_MAX : 0;
    size_t end = venues ? SYNC_FAIL_CNT : SYNC_FAIL_MAX;
    sync_fail_t *f = &s->fails[from];
    for (size_t i = from; i < end; i++) {
        if (same(&s->fails[i], src, subject)) {
            f = &s->fails[i];
            break;
        }
        if (!s->fails[i].cnt ? f->cnt : f->cnt && s->fails[i].next_blk < f->next_blk)
            f = &s->fails[i];
    }
    if (!same(f, src, subject)) {
        s->fail_cnt += !f->cnt;
        *f = (sync_fail_t){.src = src, .subject = subject, .first_blk = sync_top(s)->ref.number};
    }
    f->last_blk = sync_top(s)->ref.number;
    f->cnt++;
    uint64_t distance = f->cnt > 16 ? (uint64_t)1 << 16 : (uint64_t)1 << (f->cnt - 1);
    if (distance > distance_max)
        distance = distance_max;
    f->next_blk = s->complete.number + distance;
    return f;
}

/* Structure that does not fit is asked again at once until it is given up: on a chain that stands
   still no block would come for it, and nothing be settled. */
void sync_misfit(lq_sync_t *s, sync_purpose_t purpose, uint32_t src, lq_subject_t subject)
{
    uint64_t distance = purpose == SYNC_VENUE ? SYNC_VENUE_DISTANCE : SYNC_FAULT_DISTANCE;
    sync_fail_t *f = sync_failed(s, src, subject, distance);
    f->stale = false;
    if (f->cnt < SYNC_FAULT_MAX && purpose == SYNC_NEXT)
        f->next_blk = s->complete.number;
}

bool sync_gave_up(const sync_fail_t *f)
{
    return f->cnt >= (f->stale ? SYNC_STALE_MAX : SYNC_FAULT_MAX);
}

/* SUBJECT, which is marked, keeps the state from being settled. */
bool sync_holds_up(const lq_sync_t *s, uint32_t src, lq_subject_t subject)
{
    const sync_fail_t *f = find_fail(s, src, subject);
    if (!f)
        return true;
    if (src == SYNC_ORACLES && subject.kind == LQ_ORACLES_SUBJECT_TOKEN)
        return !sync_waits(s, src, subject); /* a name */
    return !sync_gave_up(f);
}

void sync_succeeded(lq_sync_t *s, uint32_t src, lq_subject_t subject)
{
    for (size_t i = 0; s->fail_cnt && i < SYNC_FAIL_CNT; i++) {
        if (same(&s->fails[i], src, subject)) {
            s->fails[i].cnt = 0;
            s->fail_cnt--;
            return;
        }
    }
}

/* What failed in a state that was undone says nothing of the one that comes: its number may be that
   of another subject, and the contract may say what fits. What failed before as well stays what it
   is, and has its turn at once. */
void sync_fails_undone(lq_sync_t *s, uint64_t blk)
{
    for (size_t i = 0; s->fail_cnt && i < SYNC_FAIL_CNT; i++) {
        sync_fail_t *f = &s->fails[i];
        if (!f->cnt || f->last_blk < blk)
            continue;
        f->next_blk = s->complete.number;
        if (f->first_blk < blk)
            continue;
        f->cnt = 0;
        s->fail_cnt--;
    }
}

static bool is_asked(const lq_sync_t *s, uint32_t account)
{
    return s->asked[account / 64] >> account % 64 & 1;
}

static void set_asked(lq_sync_t *s, uint32_t account, bool on)
{
    uint64_t bit = (uint64_t)1 << account % 64;
    s->asked[account / 64] = on ? s->asked[account / 64] | bit : s->asked[account / 64] & ~bit;
}

void sync_release(lq_sync_t *s, sync_read_t *read)
{
    if (read->purpose == SYNC_ACCOUNT)
        for (size_t i = 0; i < read->cnt; i++)
            set_asked(s, read->asks[i].subject.index, false);
    read->purpose = SYNC_FREE;
    read->answered = false;
    read->again = false;
    read->cnt = 0;
}

void sync_cancel(lq_sync_t *s, sync_read_t *read)
{
    size_t k;
    if (read->purpose == SYNC_EVERY && !read->answered && sync_find_blk(s, &k, &read->block)) {
        s->blks[k].every_failed = true;
        s->blks[k].every_left -= s->blks[k].every_left > 0;
    }
    if (!read->answered)
        s->sink.cancel(s->sink.ctx, read->id);
    sync_release(s, read);
}

void sync_cancel_all(lq_sync_t *s)
{
    for (size_t i = 0; i < s->config.read_max; i++)
        if (s->reads[i].purpose != SYNC_FREE)
            sync_cancel(s, &s->reads[i]);
}

void sync_cancel_blk(lq_sync_t *s, const lq_block_ref_t *ref)
{
    for (size_t i = 0; i < s->config.read_max; i++)
        if (s->reads[i].purpose != SYNC_FREE && sync_ref_eq(&s->reads[i].block, ref))
            sync_cancel(s, &s->reads[i]);
}

/* Audits have their own slots first; what there is plenty of leaves a quarter to what is urgent;
   venues have an eighth and leave as much. */
static sync_read_t *free_slot(lq_sync_t *s, sync_purpose_t purpose)
{
    size_t max = s->config.read_max;
    if (purpose == SYNC_AUDIT) {
        for (size_t i = 0; i < max; i++)
            if (s->reads[i].purpose == SYNC_FREE && s->reads[i].expected)
                return &s->reads[i];
        return NULL;
    }
    bool plenty = purpose == SYNC_ACCOUNT || purpose == SYNC_RECHECK;
    size_t left = plenty && max >= 4 ? max / 4 : 0;
    if (purpose == SYNC_VENUE)
        left = max / 8;
    size_t venue_cnt = 0;
    sync_read_t *found = NULL;
    size_t free_cnt = 0;
    for (size_t i = max; i-- > 0;) {
        venue_cnt += s->reads[i].purpose == SYNC_VENUE;
        if (s->reads[i].purpose != SYNC_FREE)
            continue;
        free_cnt++;
        if (!found)
            found = &s->reads[i];
    }
    if (purpose == SYNC_VENUE && venue_cnt && venue_cnt >= max / 8)
        return NULL;
    return free_cnt > left ? found : NULL;
}

bool sync_open(lq_sync_t *s, sync_purpose_t purpose)
{
    sync_read_t *slot = free_slot(s, purpose);
    if (!slot)
        return false;
    slot->purpose = purpose;
    slot->block = s->complete;
    slot->cnt = 0;
    slot->answered = false;
    slot->again = false;
    s->calls.call_cnt = 0;
    s->calls.data_sz = 0;
    s->open = slot;
    return true;
}

void sync_send(lq_sync_t *s)
{
    sync_read_t *slot = s->open;
    s->open = NULL;
    if (!slot)
        return;
    if (!slot->cnt) {
        sync_release(s, slot);
        return;
    }
    size_t k;
    if (slot->purpose == SYNC_EVERY && sync_find_blk(s, &k, &slot->block))
        s->blks[k].every_left++;
    slot->id = ++s->read_id;
    s->sink.read(s->sink.ctx, slot->id, &slot->block, s->calls.calls, s->calls.call_cnt);
}

/* False: no slot is free. What failed before is asked alone, so that it fails nobody else. */
bool sync_add(lq_sync_t *s, sync_purpose_t purpose, uint32_t src, lq_subject_t subject)
{
    bool alone = find_fail(s, src, subject) != NULL;
    if (alone)
        sync_send(s);
    if (!s->open && !sync_open(s, purpose))
        return false;
    size_t from = s->calls.call_cnt;
    if (sync_reads(s, &s->calls, src, subject)) {
        if (!s->open->cnt) {
            sync_full(s, SYNC_FULL_READ, "calls of one read");
            (void)sync_failed(s, src, subject, SYNC_FAULT_DISTANCE);
            return true;
        }
        sync_send(s);
        return sync_add(s, purpose, src, subject);
    }
    if (s->calls.call_cnt == from) { /* nothing to ask: it cannot be had this way */
        (void)sync_failed(s, src, subject, SYNC_FAULT_DISTANCE);
        return true;
    }
    s->open->asks[s->open->cnt++] = (sync_ask_t){.src = src,
                                                 .subject = subject,
                                                 .call_cnt = (uint32_t)(s->calls.call_cnt - from),
                                                 .digest = sync_digest(s, &s->calls, from)};
    if (purpose == SYNC_ACCOUNT)
        set_asked(s, subject.index, true);
    if (alone || s->open->cnt >= s->batch_max)
        sync_send(s);
    return true;
}

bool sync_in_flight(const lq_sync_t *s, uint32_t src, lq_subject_t subject)
{
    for (size_t i = 0; i < s->config.read_max; i++) {
        const sync_read_t *r = &s->reads[i];
        if (r->purpose != SYNC_NEXT && r->purpose != SYNC_EVERY && r->purpose != SYNC_RECHECK &&
            r->purpose != SYNC_VENUE)
            continue;
        for (size_t j = 0; j < r->cnt; j++)
            if (r->asks[j].src == src && r->asks[j].subject.kind == subject.kind &&
                r->asks[j].subject.index == subject.index)
                return true;
    }
    return false;
}

static void ask_next(lq_sync_t *s)
{
    for (size_t i = 0; i <= s->config.instance_cnt; i++) {
        lq_subject_t subject = {0, 0};
        uint32_t src = src_at(s, i);
        while (sync_next(s, SYNC_NEXT, src, &subject)) {
            if (sync_in_flight(s, src, subject) || sync_waits(s, src, subject))
                continue;
            if (!sync_add(s, SYNC_NEXT, src, subject)) {
                sync_send(s);
                return;
            }
        }
    }
    sync_send(s);
}

bool sync_wants_structure(const lq_sync_t *s)
{
    for (size_t i = 0; i <= s->config.instance_cnt; i++) {
        lq_subject_t subject = {0, 0};
        uint32_t src = src_at(s, i);
        while (sync_next(s, SYNC_NEXT, src, &subject))
            if (!sync_waits(s, src, subject))
                return true;
    }
    return false;
}

bool sync_structure_left(const lq_sync_t *s)
{
    for (size_t i = 0; i <= s->config.instance_cnt; i++) {
        lq_subject_t subject = {0, 0};
        uint32_t src = src_at(s, i);
        while (sync_next(s, SYNC_NEXT, src, &subject))
            if (sync_holds_up(s, src, subject))
                return true;
    }
    return false;
}

/* Where answers take longer than blocks, the rounds of some are left out: those are not settled. */
static void ask_every(lq_sync_t *s, sync_blk_t *blk)
{
    size_t under_way = 0;
    for (size_t i = 0; i < s->config.read_max; i++)
        under_way += s->reads[i].purpose == SYNC_EVERY;
    bool again = blk->every_failed && !blk->every_left && blk->every_try < EVERY_TRIES;
    if ((blk->every_asked && !again) || (under_way && under_way >= s->config.read_max / 2))
        return;
    blk->every_asked = true;
    blk->every_try++;
    blk->every_failed = false;
    for (size_t i = 0; i <= s->config.instance_cnt; i++) {
        lq_subject_t subject = {0, 0};
        uint32_t src = src_at(s, i);
        while (sync_next(s, SYNC_EVERY, src, &subject)) {
            if (sync_waits(s, src, subject)) {
                const sync_fail_t *f = find_fail(s, src, subject);
                if ((f->stale && f->cnt < SYNC_ABSENT_CNT) || !sync_absent(s, src, subject))
                    blk->every_failed = true;
                continue;
            }
            if (!sync_add(s, SYNC_EVERY, src, subject)) {
                blk->every_failed = true;
                blk->every_try--; /* no slot is free: no failure */
                sync_send(s);
                return;
            }
        }
    }
    sync_send(s);
}

/* Those of STATE with numbers from FROM to below END; false: no slot is free. */
static bool ask_range(lq_sync_t *s, unsigned which, lq_account_state_t state, uint32_t from,
                      uint32_t end)
{
    for (;;) {
        uint32_t a = lq_ledger_next_in_state(s->ledger, state, from);
        if (a == LQ_LEDGER_NONE || a >= end)
            return true;
        from = a + 1;
        lq_subject_t subject = {LQ_SUBJECT_ACCOUNT, a};
        uint32_t src = lq_ledger_pool(s->ledger, lq_ledger_account(s->ledger, a).pool).instance;
        if (is_asked(s, a) || sync_waits(s, src, subject))
            continue;
        if (!sync_add(s, SYNC_ACCOUNT, src, subject)) {
            s->cursor[which] = a;
            return false;
        }
    }
}

/* Accounts that the block read at does not have yet wait for the next. */
static void ask_accounts(lq_sync_t *s, size_t account_cnt)
{
    static const lq_account_state_t states[2] = {LQ_ACCOUNT_QUARANTINED, LQ_ACCOUNT_UNKNOWN};
    uint32_t end = (uint32_t)account_cnt;
    for (unsigned i = 0; i < 2; i++) {
        if (!lq_ledger_state_cnt(s->ledger, states[i]))
            continue;
        uint32_t at = s->cursor[i] < end ? s->cursor[i] : 0;
        s->cursor[i] = 0;
        if (!ask_range(s, i, states[i], at, end) || !ask_range(s, i, states[i], 0, at))
            break;
    }
    sync_send(s);
}

static void ask_recheck(lq_sync_t *s)
{
    while (s->recheck_on) {
        lq_subject_t subject = s->recheck_at;
        if (!sync_next(s, SYNC_RECHECK, SYNC_ORACLES, &subject)) {
            s->recheck_on = false;
            break;
        }
        if (!sync_in_flight(s, SYNC_ORACLES, subject) && !sync_waits(s, SYNC_ORACLES, subject) &&
            !sync_add(s, SYNC_RECHECK, SYNC_ORACLES, subject))
            break;
        s->recheck_at = subject;
    }
    sync_send(s);
}

void sync_pump(lq_sync_t *s)
{
    if (s->head_wanted || s->broken)
        return;
    if (s->phase == LQ_SYNC_STRUCTURE) {
        ask_next(s);
        sync_structure_step(s);
        return;
    }
    size_t k;
    /* What a log did at a time that was only foreseen is nothing to ask for: its HEAD comes. */
    if (s->phase != LQ_SYNC_FOLLOWING || !sync_top(s)->headed ||
        !sync_find_blk(s, &k, &s->complete))
        return;
    sync_suspects_mark(s);
    ask_every(s, &s->blks[k]);
    if (s->fail_here < SYNC_FAIL_HERE) {
        ask_next(s);
        ask_accounts(s, k == s->top ? lq_ledger_cnt(s->ledger) : s->blks[k].account_cnt);
        ask_recheck(s);
    }
    if (sync_has_venues(s))
        sync_ask_venues(s);
    sync_trust_step(s);
    sync_audit_step(s);
}
