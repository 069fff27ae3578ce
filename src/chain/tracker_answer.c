#include <string.h>

#include "liqd/chain/decode.h"
#include "liqd/codec/keccak.h"
#include "tracker_internal.h"

/* How often the receipts of a block must have been refused before answers that look wrong but agree
   are believed: a node that keeps no receipts must not stop the chain for ever. */
#define NO_RECEIPTS_MAX 6u
/* The same over all blocks, after which one refusal a block is enough: a chain faster than the
   retries could not be followed otherwise. */
#define REFUSED_MAX 24u

const lq_evm_log_t *trk_list_next(const lq_tracker_t *t, const trk_list_t *list, size_t *at)
{
    while (*at < list->cnt) {
        const lq_evm_log_t *log = &list->logs[(*at)++];
        if (!list->skip || lq_watched_has(&t->watch, log))
            return log;
    }
    return NULL;
}

static bool shown_same(const lq_tracker_t *t, uint32_t node, const lq_evm_log_t *log)
{
    return node != TRK_NONE && trk_log_same(t, &t->nodes[node], log);
}

/* Whether LIST can be the logs of B as far as one can see without asking others. */
static bool is_well_formed(const lq_tracker_t *t, const trk_blk_t *b, const trk_list_t *list)
{
    const lq_header_t *h = trk_blk_header(t, b, TRK_ENDPOINT_MAX);
    uint32_t node = b->log_first;
    for (size_t i = 0; i < list->cnt; i++) {
        const lq_evm_log_t *log = &list->logs[i];
        if (!trk_hash_eq(&log->block.hash, &b->ref.hash) || log->block.number != b->ref.number ||
            (i && log->log_idx <= list->logs[i - 1].log_idx) || log->topic_cnt > LQ_TOPIC_MAX)
            return false;
        if (list->skip)
            continue; /* their bloom is compared as a whole */
        if (!lq_watched_has(&t->watch, log))
            return false;
        while (node != TRK_NONE && t->nodes[node].log.log_idx < log->log_idx)
            node = t->nodes[node].next;
        if (h && t->config.trust_bloom &&
            !lq_watched_in_bloom(&t->watch, h->logs_bloom, log, !shown_same(t, node, log)))
            return false;
    }
    return true;
}

/* Whether all logs of all receipts are the block's: none is left out and nothing is added. */
static bool is_whole(const lq_tracker_t *t, const trk_blk_t *b, const trk_list_t *list)
{
    uint8_t bloom[LQ_BLOOM_SZ] = {0};
    for (size_t i = 0; i < list->cnt; i++) {
        const lq_evm_log_t *log = &list->logs[i];
        if (log->log_idx != i)
            return false;
        lq_bloom_add(bloom, log->address.b, sizeof(log->address));
        for (uint32_t k = 0; k < log->topic_cnt; k++)
            lq_bloom_add(bloom, log->topics[k].b, sizeof(lq_hash_t));
    }
    const lq_header_t *h = trk_blk_header(t, b, TRK_ENDPOINT_MAX);
    return !t->config.trust_bloom || (h && memcmp(bloom, h->logs_bloom, LQ_BLOOM_SZ) == 0);
}

/* Whether LIST is empty where it would not have been asked for if the bloom excluded logs. */
static bool is_doubtful(const lq_tracker_t *t, const trk_list_t *list)
{
    size_t at = 0;
    return t->config.trust_bloom && !trk_list_next(t, list, &at);
}

/* Whether LIST lacks a log that somebody showed. */
static bool lacks_shown(const lq_tracker_t *t, const trk_blk_t *b, const trk_list_t *list)
{
    size_t at = 0;
    const lq_evm_log_t *log = trk_list_next(t, list, &at);
    for (uint32_t n = b->log_first; n != TRK_NONE; n = t->nodes[n].next) {
        while (log && log->log_idx < t->nodes[n].log.log_idx)
            log = trk_list_next(t, list, &at);
        if (!log || !trk_log_same(t, &t->nodes[n], log))
            return true;
    }
    return false;
}

static void digest_of(const lq_tracker_t *t, uint8_t out[32], const trk_list_t *list)
{
    lq_keccak_t k;
    lq_keccak_init(&k);
    size_t at = 0;
    for (const lq_evm_log_t *log; (log = trk_list_next(t, list, &at));) {
        uint64_t numbers[] = {log->log_idx, log->tx_idx, log->topic_cnt, log->data_sz};
        lq_keccak_absorb(&k, numbers, sizeof(numbers));
        lq_keccak_absorb(&k, &log->tx_hash, sizeof(log->tx_hash));
        lq_keccak_absorb(&k, &log->address, sizeof(log->address));
        lq_keccak_absorb(&k, log->topics, log->topic_cnt * sizeof(lq_hash_t));
        lq_keccak_absorb(&k, log->data, log->data_sz);
    }
    lq_keccak_final(&k, out);
}

/* Takes the vote of ENDPOINT and returns how many agree with it, it included. */
static uint32_t vote(lq_tracker_t *t, uint32_t idx, uint32_t endpoint, const trk_list_t *list)
{
    trk_blk_t *b = &t->blks[idx];
    trk_vote_t *votes = &t->votes[(size_t)idx * t->config.endpoint_cnt];
    digest_of(t, votes[endpoint].digest, list);
    b->voted |= 1u << endpoint;
    uint32_t cnt = 0;
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++)
        cnt += b->voted >> e & 1 && memcmp(&votes[e], &votes[endpoint], sizeof(*votes)) == 0;
    return cnt;
}

/* The logs given so far are the first ones of LIST; sets AT behind them. */
static bool is_prefix(const lq_tracker_t *t, const trk_blk_t *b, const trk_list_t *list, size_t *at)
{
    uint32_t cnt = 0;
    for (uint32_t n = b->log_first; n != TRK_NONE; n = t->nodes[n].next) {
        if (!t->nodes[n].given)
            continue;
        const lq_evm_log_t *log = trk_list_next(t, list, at);
        if (!log || !trk_log_same(t, &t->nodes[n], log))
            return false;
        cnt++;
    }
    return cnt == b->given_cnt;
}

/* LIST is what was given of a block of which everything was. */
static bool is_given(const lq_tracker_t *t, const trk_blk_t *b, const trk_list_t *list)
{
    size_t at = 0;
    uint32_t cnt = 0;
    for (const lq_evm_log_t *log; (log = trk_list_next(t, list, &at)); cnt++)
        if (!trk_was_given(t, b, log->log_idx))
            return false;
    return cnt == b->given_cnt;
}

/* Whether LIST lacks a log that was given of a block of which everything was: of those only the
   late ones are in the block's list. */
static bool lacks_given(const lq_tracker_t *t, const trk_blk_t *b, const trk_list_t *list)
{
    if (!b->doubted)
        return false;
    size_t at = 0;
    uint32_t cnt = 0;
    for (const lq_evm_log_t *log; (log = trk_list_next(t, list, &at));)
        cnt += trk_was_given(t, b, log->log_idx);
    return cnt < b->given_cnt;
}

static bool is_lossy(const lq_tracker_t *t, const trk_blk_t *b)
{
    return b->forgotten ||
           (t->lossy && b->ref.number >= t->lost_low && b->ref.number <= t->lost_high);
}

void trk_refused(lq_tracker_t *t, trk_blk_t *b)
{
    b->no_receipts++;
    t->refused_cnt++;
}

/* Whether receipts that decide are not to be had. */
static bool is_hopeless(const lq_tracker_t *t, const trk_blk_t *b)
{
    return b->no_receipts >= NO_RECEIPTS_MAX || (b->no_receipts && t->refused_cnt >= REFUSED_MAX);
}

/* Makes LIST the stored logs of the block; false: there is no room. */
static bool store(lq_tracker_t *t, uint32_t idx, const trk_list_t *list)
{
    trk_blk_t *b = &t->blks[idx];
    bool shown = b->log_first != TRK_NONE;
    trk_log_drop(t, b);
    size_t at = 0;
    for (const lq_evm_log_t *log; (log = trk_list_next(t, list, &at));) {
        uint32_t n;
        if (trk_log_insert(t, &n, idx, 0, log) == TRK_INSERT_FULL) {
            t->stat.dropped_cnt++;
            if (shown)
                trk_lost(t, b->ref.number);
            trk_log_drop(t, b);
            return false;
        }
        t->nodes[n].given = b->on_stack;
    }
    return true;
}

/* The block is on top or comes there now: gives what is left, from the answer itself, so that no
   want of memory can stop it. */
static void settle_top(lq_tracker_t *t, uint32_t idx, const trk_list_t *list, size_t at)
{
    trk_blk_t *b = &t->blks[idx];
    for (const lq_evm_log_t *log; (log = trk_list_next(t, list, &at));)
        trk_give(t, b, log);
    b->stored = store(t, idx, list);
}

/* Whether the block can be given right away although LIST cannot be stored. */
static bool is_next(const lq_tracker_t *t, uint32_t idx)
{
    const trk_blk_t *b = &t->blks[idx];
    if (b->header == TRK_NONE || t->anywhere || t->open)
        return false;
    lq_block_ref_t top = trk_top(t);
    if (!trk_hash_eq(&t->copies[b->header].header.parent_hash, &top.hash) ||
        b->ref.number != top.number + 1 || t->behind == TRK_NONE)
        return false;
    trk_path_t p = trk_walk(t, &t->blks[t->behind].ref, TRK_ENDPOINT_MAX);
    return p.complete && p.next == idx;
}

/* The log that was shown late is none of the block's. */
static void end_doubt(lq_tracker_t *t, trk_blk_t *b, bool proven)
{
    trk_log_drop(t, b);
    b->doubted = false;
    b->proven |= proven;
    b->answered = b->voted = 0;
}

void trk_settle(lq_tracker_t *t, uint32_t idx, const trk_list_t *list, bool proven)
{
    trk_blk_t *b = &t->blks[idx];
    size_t at = 0;
    t->dirty = true;
    b->contested = false;
    bool wrong = b->on_stack && (b->doubted || !is_prefix(t, b, list, &at));
    if (b->doubted && is_given(t, b, list)) {
        end_doubt(t, b, proven);
        return;
    }
    if (b->on_stack && !wrong && t->stack[t->stack_cnt - 1] != idx) {
        size_t rest = at;
        wrong = trk_list_next(t, list, &rest) != NULL;
    }
    bool again = wrong && b->headed;
    if (wrong) {
        b->contested = true; /* an open block is not opened again before its logs are right */
        trk_redo(t, idx);
        b->contested = false;
        at = 0;
    }
    b->certain = true;
    b->proven = proven;
    b->dropped = false;
    b->answered = b->voted = 0;
    if (b->on_stack) {
        if (t->stack[t->stack_cnt - 1] == idx)
            settle_top(t, idx, list, at);
        else
            b->stored = store(t, idx, list);
        return;
    }
    b->stored = store(t, idx, list);
    if (b->stored)
        return;
    b->certain = b->proven = false;
    b->dropped = true;
    if ((again || is_next(t, idx)) && !trk_push(t, idx, list, proven))
        b->ask_after_ns = t->now.mono_ns + t->config.retry_ns;
}

/* Judges what ENDPOINT says are the logs of a block. */
static void judge(lq_tracker_t *t, uint32_t idx, uint32_t endpoint, const trk_list_t *list)
{
    trk_blk_t *b = &t->blks[idx];
    uint32_t quorum = t->config.quorum;
    if (b->certain && !b->doubted)
        return;
    t->dirty = true;
    b->answered |= 1u << endpoint;
    if (!is_well_formed(t, b, list) || (list->skip && !is_whole(t, b, list))) {
        t->stat.contradiction_cnt++;
        if (list->skip)
            trk_refused(t, b);
        return;
    }
    bool judged = list->skip && t->config.trust_bloom;
    bool lacking = !judged && (lacks_shown(t, b, list) || lacks_given(t, b, list) ||
                               (!list->skip && is_lossy(t, b)));
    bool suspicious = lacking || (!judged && is_doubtful(t, list));
    t->stat.contradiction_cnt += suspicious;
    uint32_t agreed = suspicious || quorum > 1 ? vote(t, idx, endpoint, list) : 0;
    bool settled = quorum > 1 ? agreed >= quorum : !suspicious || (agreed > 1 && !lacking);
    if (settled && list->skip)
        t->refused_cnt = 0;
    if (!settled && quorum == 1 && is_hopeless(t, b)) {
        t->stat.believed_cnt++;
        settled = true;
    }
    if (settled)
        trk_settle(t, idx, list, judged || lacking || quorum > 1);
    else if (list->skip)
        trk_refused(t, b);
}

static void answer_logs(lq_tracker_t *t, const lq_want_t *want, const lq_tracker_answer_t *a)
{
    uint32_t idx = trk_blk_find(t, &want->hash);
    if (idx == TRK_NONE)
        return; /* it has left the stack meanwhile */
    judge(t, idx, a->endpoint, &(trk_list_t){a->logs, a->log_cnt, want->kind == LQ_WANT_RECEIPTS});
}

/* Gives each block from TO down to FROM its share of a range's logs, lowest first. */
static void answer_logs_range(lq_tracker_t *t, const lq_want_t *want, const lq_tracker_answer_t *a)
{
    uint32_t path[LQ_TRACKER_RANGE_MAX];
    uint32_t cnt = 0;
    if (a->header_cnt != 1 || !trk_hash_eq(&a->headers[0].block.hash, &want->hash)) {
        t->stat.contradiction_cnt++; /* it speaks of another branch, or does not have the range */
        t->ask_head |= 1u << a->endpoint;
        return;
    }
    lq_block_ref_t ref = {want->to, want->hash};
    while (cnt < LQ_TRACKER_RANGE_MAX && ref.number >= want->from) {
        uint32_t idx = trk_blk_find(t, &ref.hash);
        const lq_header_t *h =
            idx == TRK_NONE ? NULL : trk_blk_header(t, &t->blks[idx], TRK_ENDPOINT_MAX);
        if (!h || h->block.number != ref.number || !ref.number)
            return;
        path[cnt++] = idx;
        ref = (lq_block_ref_t){ref.number - 1, h->parent_hash};
    }
    size_t at = 0;
    while (cnt-- > 0) {
        uint64_t number = want->to - cnt;
        size_t from = at;
        while (at < a->log_cnt && a->logs[at].block.number <= number)
            at++;
        /* To store one block's logs may have cost another its place. */
        if (t->blks[path[cnt]].used)
            judge(t, path[cnt], a->endpoint, &(trk_list_t){a->logs + from, at - from, false});
    }
}

static void answer_headers(lq_tracker_t *t, const lq_want_t *want, const lq_tracker_answer_t *a)
{
    trk_endpoint_t *ep = &t->endpoints[a->endpoint];
    for (size_t i = 0; i < a->header_cnt && i < LQ_TRACKER_RANGE_MAX; i++) {
        const lq_header_t *h = &a->headers[i];
        if (h->block.number != want->from + i ||
            (i && !trk_hash_eq(&h->parent_hash, &a->headers[i - 1].block.hash))) {
            t->stat.contradiction_cnt++; /* the branch changed while it answered */
            break;
        }
        (void)trk_blk_note(t, a->endpoint, h, true);
        ep->fill = h->block;
        ep->filling = true;
        t->stat.gap_blk_cnt++;
    }
    if (a->header_cnt == 0)
        t->ask_head |= 1u << a->endpoint;
}

void trk_answer(lq_tracker_t *t, const lq_want_t *want, const lq_tracker_answer_t *a)
{
    switch (want->kind) {
    case LQ_WANT_HEAD:
        if (a->header_cnt)
            lq_tracker_head(t, a->endpoint, &a->headers[0], a->time);
        break;
    case LQ_WANT_HEADER:
        if (a->header_cnt && trk_hash_eq(&a->headers[0].block.hash, &want->hash)) {
            (void)trk_blk_note(t, a->endpoint, &a->headers[0], true);
            t->stat.gap_blk_cnt++;
        } else {
            t->stat.contradiction_cnt++;
        }
        break;
    case LQ_WANT_HEADERS:
        answer_headers(t, want, a);
        break;
    case LQ_WANT_LOGS:
    case LQ_WANT_RECEIPTS:
        answer_logs(t, want, a);
        break;
    case LQ_WANT_LOGS_RANGE:
        answer_logs_range(t, want, a);
        break;
    }
}
