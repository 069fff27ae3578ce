/* Candidates as records of the journal, and whether that can be written. */

#include <stdio.h>
#include <string.h>

#include "liqd/decide/limits.h"
#include "liqd/market/swap.h"
#include "live_shell_internal.h"

/* ---- candidates */

static lq_live_key_t key_of(const lq_action_candidate_t *c)
{
    lq_live_key_t key = {{0}};
    memcpy(key.b, &c->instance, sizeof(c->instance));
    memcpy(key.b + sizeof(c->instance), c->borrower.b, sizeof(c->borrower.b));
    return key;
}

/* Block numbers of 32 bits last for ages. */
static void note_began(lq_live_shell_t *s, const lq_live_key_t *key)
{
    uint32_t blk = (uint32_t)s->head_blk;
    if (lq_map_find(s->began, &blk, key->b))
        (void)!lq_map_insert(s->began, key->b, blk); /* a full one knows it no more */
}

/* The block that C, which ends, began in, as far as it is known. */
static uint64_t began_blk(lq_live_shell_t *s, const lq_action_candidate_t *c)
{
    lq_live_key_t key = key_of(c);
    uint32_t blk = (uint32_t)s->head_blk;
    if (!lq_map_find(s->began, &blk, key.b))
        (void)!lq_map_remove(s->began, key.b);
    return blk;
}

void lq_live_settle_candidates(lq_live_shell_t *s)
{
    for (size_t i = 0; i < s->begin_cnt; i++)
        note_began(s, &s->begins[i]);
    s->begin_cnt = 0;
}

/* The figures behind C's reason. */
static void describe(char *out, size_t out_sz, const lq_action_candidate_t *c)
{
    lq_signed_text_t net;
    lq_signed_text_t gas;
    lq_signed_text_t bid;
    int sz = 0;
    out[0] = '\0';
    if (c->reason == LQ_REASON_LIMIT || c->reason == LQ_REASON_BREAKER)
        sz = snprintf(out, out_sz, "%s", lq_limit_str(c->hold.limit));
    else if (c->reason == LQ_REASON_NO_ROUTE)
        sz = snprintf(out, out_sz, "%s", lq_no_route_str(c->no_route));
    if (!c->has_profit || sz < 0 || (size_t)sz >= out_sz)
        return;
    lq_i256_t gas_usd = {c->profit.gas_usd.raw};
    lq_i256_t bid_usd = {c->profit.bid_usd.raw};
    (void)snprintf(out + sz, out_sz - (size_t)sz, "%snet %s USD, gas %s USD, bid %s USD",
                   sz ? "; " : "", lq_decisions_usd(&net, &c->profit.net_usd),
                   lq_decisions_usd(&gas, &gas_usd), lq_decisions_usd(&bid, &bid_usd));
}

void lq_live_candidate(lq_live_shell_t *s, const lq_action_candidate_t *c)
{
    if (!c->ended) { /* who begins is noted when what is taken of him has left */
        if (s->begin_cnt == LQ_LIVE_BEGIN_MAX)
            lq_live_settle_candidates(s);
        s->begins[s->begin_cnt++] = key_of(c);
        return;
    }
    lq_live_settle_candidates(s);
    uint64_t began = began_blk(s, c);
    if (s->phase != LQ_LIVE_BEGUN)
        return;
    lq_tx_candidate_t told = {
        .borrower = c->borrower,
        .reason = c->reason,
        .began_blk = began,
        .ended_blk = s->head_blk,
        .has_profit = c->has_profit,
        .profit = c->profit,
        .liquidator = c->liquidator,
    };
    (void)snprintf(told.market, sizeof(told.market), "%.*s", (int)sizeof(told.market) - 1,
                   s->settings.config->markets[c->instance].name);
    describe(told.text, sizeof(told.text), c);
    lq_exec_candidate(s->exec, &told);
}

/* ---- whether it can be written */

/* Whether what waits for the journal leaves too little room: it stops where an eighth is left, and
   goes on where a quarter is. */
static bool is_full(const lq_live_shell_t *s)
{
    lq_wal_stat_t stat = lq_wal_stat(s->wal);
    size_t free_sz = stat.sz - stat.used_sz;
    return free_sz < stat.sz / (s->recording ? 8 : 4);
}

const char *lq_live_journal_why(const lq_live_shell_t *s, const lq_journal_stat_t *stat)
{
    if (stat->failing)
        return stat->why;
    return s->recording ? "" : "the write-ahead log is nearly full: the journal's disk is too slow";
}

void lq_live_watch_journal(lq_live_shell_t *s)
{
    lq_journal_stat_t stat = lq_journal_stat(s->journal);
    bool ok = !stat.failing && !is_full(s);
    if (ok == s->recording)
        return;
    s->recording = ok;
    lq_exec_recording(s->exec, ok);
    if (ok)
        LQ_LOG(s->settings.log, LQ_LOG_ERROR, "app",
               "the journal is written again: sending goes on");
    else
        LQ_LOG(s->settings.log, LQ_LOG_ERROR, "app",
               "the journal is not written: nothing is sent until it is",
               LQ_LOG_CSTR("why", lq_live_journal_why(s, &stat)));
}
