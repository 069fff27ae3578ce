#include <string.h>

#include "sync_internal.h"

/* A place for another suspect, one that was read where there is no other; NULL: none. */
static sync_suspect_t *suspect_place(lq_sync_t *s)
{
    if (s->suspect_cnt < SYNC_SUSPECT_MAX)
        return &s->suspects[s->suspect_cnt++];
    for (size_t i = 0; i < s->suspect_cnt; i++)
        if (s->suspects[i].read)
            return &s->suspects[i];
    return NULL;
}

static void suspect(lq_sync_t *s, const sync_expected_t *e)
{
    uint32_t a;
    sync_suspect_t *it = sync_suspect_of(s, e->pool, &e->owner);
    if (it)
        it->read = false;
    else if ((it = suspect_place(s)))
        *it = (sync_suspect_t){.owner = e->owner, .pool = e->pool};
    else if (!lq_ledger_find(s->ledger, &a, e->pool, &e->owner))
        lq_ledger_set_state(s->ledger, a, LQ_ACCOUNT_QUARANTINED);
    sync_suspects_mark(s);
}

static uint64_t digest_of(const lq_audit_t *a)
{
    uint64_t h = a->cnt;
    const uint8_t *p = (const uint8_t *)a->values;
    for (size_t i = 0; i < a->cnt * sizeof(a->values[0]); i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h | 1;
}

typedef enum outcome {
    MATCHED,
    MISSED,
    USELESS
} outcome_t;

/* Which ticks were asked for depends on the state, and may be others' by now; and a log may have
   made it doubtful since. */
static outcome_t compare_pool(lq_sync_t *s, const sync_ask_t *ask, const sync_expected_t *e,
                              lq_audit_t *actual, const lq_read_result_t *results)
{
    lq_err_t err = lq_venues_audit_actual(s->venues, actual, ask->subject.index, e->turn, results,
                                          ask->call_cnt);
    if (err && err != LQ_ERR_EMPTY)
        sync_fault(s, ask->src, "the answer to an audit does not decode");
    if (err || actual->cnt != e->audit.cnt)
        return USELESS;
    return memcmp(actual->values, e->audit.values, actual->cnt * sizeof(actual->values[0])) == 0
               ? MATCHED
               : MISSED;
}

static outcome_t compare(lq_sync_t *s, const sync_ask_t *ask, const sync_expected_t *e,
                         lq_audit_t *actual, const lq_read_result_t *results)
{
    if (ask->src == SYNC_VENUES)
        return compare_pool(s, ask, e, actual, results);
    if (ask->src == SYNC_ORACLES) {
        if (ask->subject.index >= lq_oracles_cnt(s->oracles))
            return USELESS;
        lq_oracle_t now = lq_oracles_get(s->oracles, ask->subject.index);
        if (memcmp(&now.source, &e->owner, sizeof(e->owner)) != 0)
            return USELESS;
        lq_u256_t zero = {0};
        actual->cnt = 1;
        actual->names[0] = e->audit.names[0];
        actual->values[0] = zero;
        lq_price_verdict_t verdict = lq_oracles_actual(s->oracles, &actual->values[0],
                                                       ask->subject.index, results, ask->call_cnt);
        if (verdict != LQ_PRICE_OK)
            actual->values[0] = zero;
        /* Two that are no price are alike, whatever they are not for. */
        if ((verdict == LQ_PRICE_OK) != (e->verdict == LQ_PRICE_OK))
            return MISSED;
    } else {
        uint32_t a;
        if (lq_ledger_find(s->ledger, &a, e->pool, &e->owner) || a != ask->subject.index)
            return USELESS;
        if (s->adapters[ask->src]->audit_actual(s->selves[ask->src], actual, a, results,
                                                ask->call_cnt)) {
            sync_fault(s, ask->src, "the answer to an audit does not decode");
            return USELESS;
        }
        if (actual->cnt != e->audit.cnt)
            return MISSED;
    }
    return memcmp(actual->values, e->audit.values, actual->cnt * sizeof(actual->values[0])) == 0
               ? MATCHED
               : MISSED;
}

/* What was wrong with the account is mended. */
static void unsuspect(lq_sync_t *s, uint32_t src, const sync_expected_t *e)
{
    sync_suspect_t *it = sync_suspect_of(s, e->pool, &e->owner);
    if (!it || !it->read)
        return;
    *it = s->suspects[--s->suspect_cnt];
    s->members[src].doubt_cnt = 0;
}

static void matched(lq_sync_t *s, const sync_ask_t *ask, const sync_expected_t *e, bool again)
{
    if (again)
        sync_fault(s, ask->src, "the node answered an audit wrongly, and rightly when asked again");
    if (ask->src == SYNC_ORACLES) {
        s->stat.oracle_audit_cnt++;
        return;
    }
    if (ask->src == SYNC_VENUES) {
        s->stat.pool_audit_cnt++;
        return;
    }
    s->stat.audit_cnt++;
    s->members[ask->src].audit_cnt++;
    s->members[ask->src].matched_cnt++;
    if (e->read_since)
        unsuspect(s, ask->src, e);
}

static bool value_differs(const sync_expected_t *e, const lq_audit_t *actual, size_t i)
{
    return i >= actual->cnt ||
           memcmp(&e->audit.values[i], &actual->values[i], sizeof(e->audit.values[i])) != 0;
}

static void tell_mismatch(lq_sync_t *s, const sync_read_t *slot, const sync_ask_t *ask,
                          const sync_expected_t *e, const lq_audit_t *actual)
{
    bool oracle = ask->src == SYNC_ORACLES;
    bool account = sync_is_account(ask);
    lq_sync_notice_kind_t kind = account  ? LQ_SYNC_NOTICE_MISMATCH
                                 : oracle ? LQ_SYNC_NOTICE_ORACLE
                                          : LQ_SYNC_NOTICE_POOL;
    for (size_t i = 0; i < e->audit.cnt; i++) {
        if (!oracle && !value_differs(e, actual, i))
            continue;
        lq_sync_notice_t n = sync_blank(s, kind, account ? ask->src : UINT32_MAX);
        n.block = slot->block;
        n.account = account ? ask->subject.index : LQ_LEDGER_NONE;
        n.index = account ? 0 : ask->subject.index;
        n.name = e->audit.names[i];
        n.expected = e->audit.values[i];
        if (i < actual->cnt)
            n.actual = actual->values[i];
        sync_tell(s, &n);
    }
}

/* Who is doubted, in any state: of an account the audit's calls may depend on that. */
static uint64_t doubt_digest(lq_sync_t *s, uint32_t src, uint32_t index)
{
    s->retell.call_cnt = 0;
    s->retell.data_sz = 0;
    if (src == SYNC_VENUES)
        return index; /* pools keep their numbers */
    if (src == SYNC_ORACLES)
        return lq_oracles_audit_reads(s->oracles, &s->retell, index)
                   ? 0
                   : sync_digest(s, &s->retell, 0);
    lq_account_t a = lq_ledger_account(s->ledger, index);
    uint64_t h = a.pool;
    for (size_t i = 0; i < sizeof(a.owner.b); i++)
        h = (h ^ a.owner.b[i]) * 0x100000001b3u;
    return h;
}

static size_t known_cnt(const lq_sync_t *s, uint32_t src)
{
    if (src == SYNC_ORACLES)
        return lq_oracles_cnt(s->oracles);
    return src == SYNC_VENUES ? s->config.venues.pool_cnt : lq_ledger_cnt(s->ledger);
}

/* As their block is given again. */
void sync_apply_doubts(lq_sync_t *s, const sync_ask_t *asks, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        uint32_t src = asks[i].src;
        uint32_t index = asks[i].subject.index;
        if (index >= known_cnt(s, src) || doubt_digest(s, src, index) != asks[i].digest)
            continue;
        if (src == SYNC_ORACLES)
            lq_oracles_mismatch(s->oracles, index);
        else if (src == SYNC_VENUES)
            lq_venues_doubt(s->venues, index);
        else
            s->adapters[src]->doubt(s->selves[src], index);
    }
}

/* Whether what an account shares with others is wrong: a value of that alone is, or the account was
   read in vain. The latter is no proof (our arithmetic may be wrong, for one account alone): where
   it does not help, the distance grows. */
static bool is_shared(sync_member_t *m, const sync_expected_t *e, const lq_audit_t *actual,
                      uint64_t blk)
{
    for (size_t i = e->audit.own_cnt; i < e->audit.cnt; i++)
        if (value_differs(e, actual, i))
            return true;
    if (!e->read_since || (blk != m->doubt_blk && blk < m->doubt_next))
        return false;
    if (blk != m->doubt_blk || !m->doubt_cnt) {
        uint64_t distance = (uint64_t)1 << m->doubt_cnt;
        m->doubt_cnt += distance < SYNC_DOUBT_DISTANCE;
        m->doubt_blk = blk;
        m->doubt_next = blk + distance;
    }
    return true;
}

/* Ours: the node says the same twice, and it is not what we think. True: more is to be doubted than
   an account. */
static bool missed(lq_sync_t *s, const sync_read_t *slot, const sync_ask_t *ask,
                   const sync_expected_t *e, const lq_audit_t *actual)
{
    tell_mismatch(s, slot, ask, e, actual);
    if (ask->src == SYNC_ORACLES) {
        s->stat.oracle_audit_cnt++;
        s->stat.oracle_mismatch_cnt++;
        s->oracle_turn = ask->subject.index; /* should the block go, and the doubt with it */
        /* It answers: how often it did not counts no more. */
        sync_succeeded(s, SYNC_ORACLES,
                       (lq_subject_t){LQ_ORACLES_SUBJECT_ORACLE, ask->subject.index});
        return true;
    }
    if (ask->src == SYNC_VENUES) {
        s->stat.pool_audit_cnt++;
        s->stat.pool_mismatch_cnt++;
        s->pool_turn = ask->subject.index;
        sync_succeeded(s, SYNC_VENUES, (lq_subject_t){LQ_VENUES_SUBJECT_POOL, ask->subject.index});
        return true;
    }
    sync_member_t *m = &s->members[ask->src];
    s->stat.audit_cnt++;
    s->stat.mismatch_cnt++;
    m->audit_cnt++;
    m->mismatch_cnt++;
    if (++m->missed_cnt > s->config.audit_mismatch_max)
        m->stopped = true;
    return is_shared(m, e, actual, slot->block.number);
}

/* The last of SLOT, whose calls are those from FROM on, is what ASK was. Which ticks of a pool are
   asked for depends on the state: its turn comes again. */
static bool is_same_question(lq_sync_t *s, const sync_read_t *slot, const sync_ask_t *ask,
                             size_t from)
{
    const sync_ask_t *last = &slot->asks[slot->cnt - 1];
    if (ask->src != SYNC_VENUES)
        return s->calls.call_cnt - from == ask->call_cnt;
    s->pool_turn = ask->subject.index;
    return last->digest == ask->digest;
}

/* Asks once more, at the same block, what did not match: those marked by `seen`. */
static void ask_again(lq_sync_t *s, sync_read_t *slot)
{
    size_t cnt = slot->cnt;
    slot->cnt = 0;
    slot->again = true;
    s->calls.call_cnt = 0;
    s->calls.data_sz = 0;
    s->open = slot;
    for (size_t i = 0; i < cnt; i++) {
        sync_ask_t ask = slot->asks[i];
        sync_expected_t e = slot->expected[i];
        size_t from = s->calls.call_cnt;
        if (!e.seen || !sync_audit_put(s, ask.src, ask.subject.index, &e) ||
            is_same_question(s, slot, &ask, from))
            continue;
        s->calls.call_cnt = from; /* its market is being read, a pool has other ticks now */
        slot->cnt--;
    }
    sync_send(s);
}

/* Whether an oracle that prices ACCOUNT did not match in this read: then neither can an account
   whose values are made of prices. An aggregator replaced behind its proxy, which no log tells, is
   no reason to stop who borrows by it. */
static bool is_excused(const lq_sync_t *s, const sync_read_t *slot, size_t i)
{
    uint32_t account = slot->asks[i].subject.index;
    size_t leg_cnt = lq_ledger_legs(s->ledger, account).cnt;
    for (size_t j = 0; j < i; j++) {
        if (slot->asks[j].src != SYNC_ORACLES || !slot->expected[j].seen)
            continue;
        for (size_t k = 0; k < leg_cnt; k++)
            if (sync_oracle_of_leg(s, account, k) == slot->asks[j].subject.index)
                return true;
    }
    return false;
}

typedef enum verdict {
    THROUGH,
    ASK_AGAIN,
    DOUBT
} verdict_t;

/* What to do about the question I of SLOT, whose answer is RESULTS. */
static verdict_t take(lq_sync_t *s, sync_read_t *slot, size_t i, const lq_read_result_t *results)
{
    const sync_ask_t *ask = &slot->asks[i];
    sync_expected_t *e = &slot->expected[i];
    bool account = sync_is_account(ask);
    lq_audit_t actual = {0};
    outcome_t outcome = compare(s, ask, e, &actual, results);
    uint64_t seen = e->seen;
    e->seen = 0;
    if (outcome == MATCHED)
        matched(s, ask, e, slot->again);
    if (outcome != MISSED || (account && !slot->again && is_excused(s, slot, i)))
        return THROUGH;
    if (!slot->again) {
        if (account)
            suspect(s, e);
        e->seen = digest_of(&actual);
        return ASK_AGAIN;
    }
    if (seen == digest_of(&actual))
        return missed(s, slot, ask, e, &actual) ? DOUBT : THROUGH;
    sync_fault(s, ask->src, "the node gives two answers to one audit");
    return THROUGH;
}

void sync_on_audit(lq_sync_t *s, sync_read_t *slot, const lq_read_answer_t *answer)
{
    size_t cnt = 0;
    for (size_t i = 0; i < slot->cnt; i++)
        cnt += slot->asks[i].call_cnt;
    size_t k;
    if (answer->err || !sync_ref_eq(&answer->block, &slot->block) || answer->result_cnt != cnt ||
        !sync_find_blk(s, &k, &slot->block)) {
        s->stat.read_failed_cnt++;
        sync_release(s, slot);
        return;
    }
    bool again = false;
    size_t doubt_cnt = 0; /* these take the places of questions that are through */
    const lq_read_result_t *results = answer->results;
    for (size_t i = 0; i < slot->cnt; i++) {
        sync_ask_t ask = slot->asks[i];
        verdict_t verdict = take(s, slot, i, results);
        results += ask.call_cnt;
        again = again || verdict == ASK_AGAIN;
        if (verdict != DOUBT)
            continue;
        ask.call_cnt = 0;
        ask.digest = doubt_digest(s, ask.src, ask.subject.index);
        slot->asks[doubt_cnt++] = ask;
    }
    if (doubt_cnt)
        sync_doubt(s, &slot->block, slot->asks, doubt_cnt);
    if (again)
        ask_again(s, slot);
    else
        sync_release(s, slot);
    sync_trust_step(s);
}
