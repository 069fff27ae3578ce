#include <string.h>

#include "sync_internal.h"

#define SAMPLE_TRIES 4u /* draws for each account at random */

/* Whether an account is still to be read: those that wait for their turn after a failure do not
   count while it is asked who can be audited, and those given up never. */
static bool accounts_left(const lq_sync_t *s, bool also_waiting)
{
    static const lq_account_state_t states[2] = {LQ_ACCOUNT_UNKNOWN, LQ_ACCOUNT_QUARANTINED};
    for (unsigned i = 0; i < 2; i++) {
        size_t cnt = lq_ledger_state_cnt(s->ledger, states[i]);
        if (cnt > s->fail_cnt)
            return true;
        uint32_t a = 0;
        for (; cnt; cnt--, a++) {
            a = lq_ledger_next_in_state(s->ledger, states[i], a);
            if (a == LQ_LEDGER_NONE)
                break;
            uint32_t pool = lq_ledger_account(s->ledger, a).pool;
            lq_subject_t subject = {LQ_SUBJECT_ACCOUNT, a};
            uint32_t src = lq_ledger_pool(s->ledger, pool).instance;
            if (also_waiting ? sync_holds_up(s, src, subject) : !sync_waits(s, src, subject))
                return true;
        }
    }
    return false;
}

/* All that is to be had of the block on top now is there: what is exact can be audited. */
static bool is_read(const lq_sync_t *s)
{
    const sync_blk_t *top = &s->blks[s->top];
    if (s->phase != LQ_SYNC_FOLLOWING || s->broken || s->refollow_blk != UINT64_MAX ||
        !top->headed || !top->complete || !top->every_asked || top->every_left || top->every_failed)
        return false;
    for (size_t k = 0; k <= s->top; k++)
        if (s->blks[k].applied_sz < s->blks[k].sz)
            return false;
    return !sync_wants_structure(s) && !accounts_left(s, false);
}

bool sync_is_settled(const lq_sync_t *s)
{
    return !s->blks[s->top].unsure && is_read(s) && !sync_structure_left(s) &&
           !accounts_left(s, true);
}

static bool find_suspect(const lq_sync_t *s, uint32_t *account, const sync_suspect_t *it)
{
    return it->pool < lq_ledger_pool_cnt(s->ledger) &&
           !lq_ledger_find(s->ledger, account, it->pool, &it->owner);
}

/* An account that an audit found wrong stays in doubt until it was read anew, also where the block
   in which it was put in quarantine is undone. */
void sync_suspects_mark(lq_sync_t *s)
{
    bool any = false;
    for (size_t i = 0; i < s->suspect_cnt; i++) {
        uint32_t a;
        if (s->suspects[i].read)
            continue;
        any = true;
        if (find_suspect(s, &a, &s->suspects[i]) &&
            lq_ledger_account(s->ledger, a).state == LQ_ACCOUNT_KNOWN)
            lq_ledger_set_state(s->ledger, a, LQ_ACCOUNT_QUARANTINED);
    }
    if (any)
        sync_settle(s, false);
}

/* NULL: none. */
static sync_suspect_t *suspect_of(lq_sync_t *s, uint32_t pool, const lq_address_t *owner)
{
    for (size_t i = 0; i < s->suspect_cnt; i++)
        if (s->suspects[i].pool == pool && !memcmp(&s->suspects[i].owner, owner, sizeof(*owner)))
            return &s->suspects[i];
    return NULL;
}

void sync_suspect_cleared(lq_sync_t *s, uint32_t account)
{
    lq_account_t a = lq_ledger_account(s->ledger, account);
    sync_suspect_t *it = suspect_of(s, a.pool, &a.owner);
    if (it)
        it->read = true;
}

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
    sync_suspect_t *it = suspect_of(s, e->pool, &e->owner);
    if (it)
        it->read = false;
    else if ((it = suspect_place(s)))
        *it = (sync_suspect_t){.owner = e->owner, .pool = e->pool};
    else if (!lq_ledger_find(s->ledger, &a, e->pool, &e->owner))
        lq_ledger_set_state(s->ledger, a, LQ_ACCOUNT_QUARANTINED);
    sync_suspects_mark(s);
}

static lq_err_t audit_reads(lq_sync_t *s, uint32_t src, uint32_t index)
{
    if (src == SYNC_ORACLES)
        return lq_oracles_audit_reads(s->oracles, &s->calls, index);
    return s->adapters[src]->audit_reads(s->selves[src], &s->calls, index);
}

/* False: no room for its calls. */
static bool put(lq_sync_t *s, uint32_t src, uint32_t index, const sync_expected_t *expected)
{
    sync_read_t *slot = s->open;
    size_t from = s->calls.call_cnt;
    if (slot->cnt == s->ask_max || audit_reads(s, src, index) || s->calls.call_cnt == from)
        return false;
    slot->expected[slot->cnt] = *expected;
    slot->asks[slot->cnt++] = (sync_ask_t){.src = src,
                                           .subject = {LQ_SUBJECT_ACCOUNT, index},
                                           .call_cnt = (uint32_t)(s->calls.call_cnt - from)};
    return true;
}

static bool is_in(const sync_read_t *slot, uint32_t account)
{
    for (size_t i = 0; i < slot->cnt; i++)
        if (slot->asks[i].src != SYNC_ORACLES && slot->asks[i].subject.index == account)
            return true;
    return false;
}

static bool oracle_is_in(const sync_read_t *slot, uint32_t oracle)
{
    for (size_t i = 0; i < slot->cnt; i++)
        if (slot->asks[i].src == SYNC_ORACLES && slot->asks[i].subject.index == oracle)
            return true;
    return false;
}

/* False: it is to be read anyway, or there is no room. */
static bool put_oracle(lq_sync_t *s, uint32_t o)
{
    lq_oracle_t oracle = lq_oracles_get(s->oracles, o);
    if (oracle.needs_read || oracle.shape == LQ_ORACLE_UNREAD)
        return false;
    sync_expected_t e = {.owner = oracle.source};
    e.audit.cnt = 1;
    e.audit.names[0] = "price";
    lq_u256_t zero = {0};
    e.audit.values[0] = zero;
    e.verdict = lq_oracles_expected(s->oracles, &e.audit.values[0], o, sync_top(s)->sec);
    if (e.verdict != LQ_PRICE_OK)
        e.audit.values[0] = zero;
    return put(s, SYNC_ORACLES, o, &e);
}

/* The oracle that prices leg K of ACCOUNT; LQ_LEDGER_NONE: none. */
static uint32_t oracle_of_leg(const lq_sync_t *s, uint32_t account, size_t k)
{
    uint32_t src = lq_ledger_pool(s->ledger, lq_ledger_account(s->ledger, account).pool).instance;
    if (!s->adapters[src]->factor_oracle)
        return LQ_LEDGER_NONE;
    uint16_t factor = lq_ledger_legs(s->ledger, account).factors[k];
    uint32_t i = s->adapters[src]->factor_oracle(s->selves[src], factor);
    return i == LQ_LEDGER_NONE ? i : lq_book_oracle(s->book, src, i);
}

/* Its oracles first, and a place is kept for it: where one of them is wrong the account is not to
   blame. False: there is no room for it, and nothing is asked. */
static bool put_account(lq_sync_t *s, uint32_t src, uint32_t account, const sync_expected_t *e)
{
    size_t cnt = s->open->cnt;
    const lq_calls_t was = s->calls;
    size_t leg_cnt = lq_ledger_legs(s->ledger, account).cnt;
    for (size_t k = 0; k < leg_cnt; k++) {
        uint32_t oracle = oracle_of_leg(s, account, k);
        if (oracle != LQ_LEDGER_NONE && s->open->cnt + 1 < s->ask_max &&
            !oracle_is_in(s->open, oracle))
            (void)put_oracle(s, oracle);
    }
    if (put(s, src, account, e))
        return true;
    s->open->cnt = cnt;
    s->calls = was;
    return false;
}

/* False: there are no more slots. */
static bool audit_account(lq_sync_t *s, uint32_t account)
{
    lq_account_t a = lq_ledger_account(s->ledger, account);
    if (a.state != LQ_ACCOUNT_KNOWN || is_in(s->open, account))
        return true;
    uint32_t src = lq_ledger_pool(s->ledger, a.pool).instance;
    const sync_suspect_t *it = suspect_of(s, a.pool, &a.owner);
    sync_expected_t e = {.owner = a.owner, .pool = a.pool, .read_since = it && it->read};
    if (s->adapters[src]->audit_expected(s->selves[src], &e.audit, account, sync_top(s)->sec))
        return true;
    if (put_account(s, src, account, &e))
        return true;
    sync_send(s);
    if (!sync_open(s, SYNC_AUDIT))
        return false;
    if (!put_account(s, src, account, &e))
        (void)put(s, src, account, &e); /* more oracles than a read takes: without */
    return true;
}

static void audit_oracle(lq_sync_t *s)
{
    size_t cnt = lq_oracles_cnt(s->oracles);
    for (size_t tries = 0; tries < cnt; tries++)
        if (put_oracle(s, (uint32_t)(s->oracle_turn++ % cnt)))
            return;
}

/* False: there are no more slots. */
static bool audit_suspects(lq_sync_t *s)
{
    for (size_t i = 0; i < s->suspect_cnt; i++) {
        uint32_t a;
        sync_suspect_t *it = &s->suspects[i];
        if (!it->read || it->first_cnt >= SYNC_FIRST_MAX || !find_suspect(s, &a, it))
            continue;
        it->first_cnt++;
        if (!audit_account(s, a))
            return false;
    }
    return true;
}

void sync_audit_step(lq_sync_t *s)
{
    sync_blk_t *top = sync_top(s);
    if ((top->settled && top->audited) || !is_read(s))
        return;
    if (!top->settled && sync_is_settled(s)) {
        top->settled = true;
        lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_SETTLED, UINT32_MAX);
        sync_tell(s, &n);
    }
    if (top->audited)
        return;
    top->audited = true;
    if (!sync_open(s, SYNC_AUDIT))
        return;
    audit_oracle(s);
    if (!audit_suspects(s))
        return;
    size_t risky_cnt = s->risky_max ? lq_book_riskiest(s->book, s->risky, s->risky_max) : 0;
    for (size_t i = 0; i < risky_cnt; i++)
        if (!audit_account(s, s->risky[i]))
            return;
    size_t cnt = lq_ledger_cnt(s->ledger);
    size_t left = s->config.audit_per_blk;
    for (size_t tries = SAMPLE_TRIES * left; cnt && left && tries; tries--) {
        uint32_t a = (uint32_t)lq_rng_below(&s->rng, cnt);
        left -= lq_ledger_account(s->ledger, a).state == LQ_ACCOUNT_KNOWN;
        if (!audit_account(s, a))
            return;
    }
    sync_send(s);
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

static outcome_t compare(lq_sync_t *s, const sync_ask_t *ask, const sync_expected_t *e,
                         lq_audit_t *actual, const lq_read_result_t *results)
{
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
    sync_suspect_t *it = suspect_of(s, e->pool, &e->owner);
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
    for (size_t i = 0; i < e->audit.cnt; i++) {
        if (!oracle && !value_differs(e, actual, i))
            continue;
        lq_sync_notice_t n = sync_blank(s, oracle ? LQ_SYNC_NOTICE_ORACLE : LQ_SYNC_NOTICE_MISMATCH,
                                        oracle ? UINT32_MAX : ask->src);
        n.block = slot->block;
        n.account = oracle ? LQ_LEDGER_NONE : ask->subject.index;
        n.index = oracle ? ask->subject.index : 0;
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

/* As their block is given again. */
void sync_apply_doubts(lq_sync_t *s, const sync_ask_t *asks, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        uint32_t src = asks[i].src;
        uint32_t index = asks[i].subject.index;
        size_t known_cnt =
            src == SYNC_ORACLES ? lq_oracles_cnt(s->oracles) : lq_ledger_cnt(s->ledger);
        if (index >= known_cnt || doubt_digest(s, src, index) != asks[i].digest)
            continue;
        if (src == SYNC_ORACLES)
            lq_oracles_mismatch(s->oracles, index);
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
    sync_member_t *m = &s->members[ask->src];
    s->stat.audit_cnt++;
    s->stat.mismatch_cnt++;
    m->audit_cnt++;
    m->mismatch_cnt++;
    if (++m->missed_cnt > s->config.audit_mismatch_max)
        m->stopped = true;
    return is_shared(m, e, actual, slot->block.number);
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
        if (!e.seen || !put(s, ask.src, ask.subject.index, &e) ||
            s->calls.call_cnt - from == ask.call_cnt)
            continue;
        s->calls.call_cnt = from; /* its market is being read: it would be another question */
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
            if (oracle_of_leg(s, account, k) == slot->asks[j].subject.index)
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
    bool oracle = ask->src == SYNC_ORACLES;
    lq_audit_t actual = {0};
    outcome_t outcome = compare(s, ask, e, &actual, results);
    uint64_t seen = e->seen;
    e->seen = 0;
    if (outcome == MATCHED)
        matched(s, ask, e, slot->again);
    if (outcome != MISSED || (!oracle && !slot->again && is_excused(s, slot, i)))
        return THROUGH;
    if (!slot->again) {
        if (!oracle)
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
