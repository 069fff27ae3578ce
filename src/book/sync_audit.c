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
sync_suspect_t *sync_suspect_of(lq_sync_t *s, uint32_t pool, const lq_address_t *owner)
{
    for (size_t i = 0; i < s->suspect_cnt; i++)
        if (s->suspects[i].pool == pool && !memcmp(&s->suspects[i].owner, owner, sizeof(*owner)))
            return &s->suspects[i];
    return NULL;
}

void sync_suspect_cleared(lq_sync_t *s, uint32_t account)
{
    lq_account_t a = lq_ledger_account(s->ledger, account);
    sync_suspect_t *it = sync_suspect_of(s, a.pool, &a.owner);
    if (it)
        it->read = true;
}

static lq_err_t audit_reads(lq_sync_t *s, uint32_t src, uint32_t index, uint64_t turn)
{
    if (src == SYNC_VENUES)
        return lq_venues_audit_reads(s->venues, &s->calls, index, turn);
    if (src == SYNC_ORACLES)
        return lq_oracles_audit_reads(s->oracles, &s->calls, index);
    return s->adapters[src]->audit_reads(s->selves[src], &s->calls, index);
}

/* False: no room for its calls. */
bool sync_audit_put(lq_sync_t *s, uint32_t src, uint32_t index, const sync_expected_t *expected)
{
    sync_read_t *slot = s->open;
    size_t from = s->calls.call_cnt;
    if (slot->cnt == s->ask_max || audit_reads(s, src, index, expected->turn) ||
        s->calls.call_cnt == from)
        return false;
    slot->expected[slot->cnt] = *expected;
    slot->asks[slot->cnt++] = (sync_ask_t){.src = src,
                                           .subject = {LQ_SUBJECT_ACCOUNT, index},
                                           .call_cnt = (uint32_t)(s->calls.call_cnt - from),
                                           .digest = sync_digest(s, &s->calls, from)};
    return true;
}

static bool is_in(const sync_read_t *slot, uint32_t account)
{
    for (size_t i = 0; i < slot->cnt; i++)
        if (sync_is_account(&slot->asks[i]) && slot->asks[i].subject.index == account)
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
    return sync_audit_put(s, SYNC_ORACLES, o, &e);
}

/* The oracle that prices leg K of ACCOUNT; LQ_LEDGER_NONE: none. */
uint32_t sync_oracle_of_leg(const lq_sync_t *s, uint32_t account, size_t k)
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
        uint32_t oracle = sync_oracle_of_leg(s, account, k);
        if (oracle != LQ_LEDGER_NONE && s->open->cnt + 1 < s->ask_max &&
            !oracle_is_in(s->open, oracle))
            (void)put_oracle(s, oracle);
    }
    if (sync_audit_put(s, src, account, e))
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
    const sync_suspect_t *it = sync_suspect_of(s, a.pool, &a.owner);
    sync_expected_t e = {.owner = a.owner, .pool = a.pool, .read_since = it && it->read};
    if (s->adapters[src]->audit_expected(s->selves[src], &e.audit, account, sync_top(s)->sec))
        return true;
    if (put_account(s, src, account, &e))
        return true;
    sync_send(s);
    if (!sync_open(s, SYNC_AUDIT))
        return false;
    if (!put_account(s, src, account, &e))
        (void)sync_audit_put(s, src, account, &e); /* more oracles than a read takes: without */
    return true;
}

static void audit_oracle(lq_sync_t *s)
{
    size_t cnt = lq_oracles_cnt(s->oracles);
    for (size_t tries = 0; tries < cnt; tries++)
        if (put_oracle(s, (uint32_t)(s->oracle_turn++ % cnt)))
            return;
}

static void audit_pool(lq_sync_t *s)
{
    sync_expected_t e;
    uint32_t pool;
    if (sync_expect_pool(s, &e, &pool))
        (void)sync_audit_put(s, SYNC_VENUES, pool, &e);
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
    if (sync_has_venues(s))
        audit_pool(s);
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
