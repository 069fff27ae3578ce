/* What the book notes, for the log and the one who waits. */

#include <string.h>

#include "follow_internal.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"

static const char *name_of(const lq_follow_t *f, uint32_t instance)
{
    return instance < f->state.instance_cnt ? f->state.instances[instance].name : "-";
}

static void print_number(char out[LQ_DECIMAL_SZ], const lq_u256_t *v)
{
    if (lq_decimal_print(out, LQ_DECIMAL_SZ, v, 0))
        LQ_BUG("a number has no decimal digits");
}

static void log_mismatch(lq_follow_t *f, const lq_sync_notice_t *n)
{
    char expected[LQ_DECIMAL_SZ];
    char actual[LQ_DECIMAL_SZ];
    char owner[LQ_ADDRESS_TEXT_SZ + 1] = "-";
    print_number(expected, &n->expected);
    print_number(actual, &n->actual);
    if (n->kind == LQ_SYNC_NOTICE_MISMATCH && n->account != LQ_LEDGER_NONE) {
        lq_account_t account = lq_ledger_account(lq_sync_ledger(f->state.sync), n->account);
        lq_address_print(owner, &account.owner);
        LQ_LOG(f->log, LQ_LOG_ERROR, "book", "an audit did not match: the account is read anew",
               LQ_LOG_CSTR("market", name_of(f, n->instance)), LQ_LOG_CSTR("account", owner),
               LQ_LOG_U64("block", n->block.number), LQ_LOG_CSTR("value", n->name),
               LQ_LOG_CSTR("expected", expected), LQ_LOG_CSTR("actual", actual));
        return;
    }
    if (n->kind == LQ_SYNC_NOTICE_ORACLE &&
        n->index < lq_oracles_cnt(lq_sync_oracles(f->state.sync))) {
        lq_oracle_t oracle = lq_oracles_get(lq_sync_oracles(f->state.sync), n->index);
        lq_address_print(owner, &oracle.source);
    }
    LQ_LOG(f->log, LQ_LOG_WARN, "book", "an oracle says something else: it is read anew",
           LQ_LOG_CSTR("oracle", owner), LQ_LOG_U64("block", n->block.number),
           LQ_LOG_CSTR("expected", expected), LQ_LOG_CSTR("actual", actual));
}

static void log_feed(lq_follow_t *f, const lq_sync_notice_t *n)
{
    char source[LQ_ADDRESS_TEXT_SZ + 1] = "-";
    const lq_oracles_t *oracles = lq_sync_oracles(f->state.sync);
    if (n->index < lq_oracles_feed_cnt(oracles))
        lq_address_print(source, &lq_oracles_feed(oracles, n->index)->source);
    LQ_LOG(f->log, LQ_LOG_WARN, "book", "a feed's answer is not good", LQ_LOG_CSTR("feed", source),
           LQ_LOG_U64("block", n->block.number),
           LQ_LOG_CSTR("why", lq_feed_outcome_str(n->outcome)));
}

static void log_pool(lq_follow_t *f, const lq_sync_notice_t *n)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    char expected[LQ_DECIMAL_SZ];
    char actual[LQ_DECIMAL_SZ];
    const lq_venue_pool_t *pool = lq_venues_pool(lq_sync_venues(f->state.sync), n->index);
    lq_address_print(address, &pool->config.address);
    if (!n->name) {
        LQ_LOG(f->log, pool->status == LQ_NO_ROUTE_NONE ? LQ_LOG_INFO : LQ_LOG_WARN, "book", "pool",
               LQ_LOG_CSTR("pool", address), LQ_LOG_U64("block", n->block.number),
               LQ_LOG_CSTR("status", n->text));
        return;
    }
    print_number(expected, &n->expected);
    print_number(actual, &n->actual);
    LQ_LOG(f->log, LQ_LOG_WARN, "book", "a pool says something else: it is read anew",
           LQ_LOG_CSTR("pool", address), LQ_LOG_U64("block", n->block.number),
           LQ_LOG_CSTR("value", n->name), LQ_LOG_CSTR("expected", expected),
           LQ_LOG_CSTR("actual", actual));
}

void lq_follow_notice(lq_follow_t *f, const lq_sync_notice_t *n)
{
    const char *market = name_of(f, n->instance);
    switch (n->kind) {
    case LQ_SYNC_NOTICE_PHASE:
        if (n->phase > LQ_SYNC_STRUCTURE)
            f->head_try = 0;
        LQ_LOG(f->log, LQ_LOG_INFO, "book", "phase",
               LQ_LOG_CSTR("phase", lq_sync_phase_str(n->phase)),
               LQ_LOG_U64("block", n->block.number));
        return;
    case LQ_SYNC_NOTICE_SETTLED:
        f->settled = true;
        f->settled_mono_ns = lq_loop_time(f->loop).mono_ns;
        f->settled_block = n->block;
        LQ_LOG(f->log, LQ_LOG_DEBUG, "book", "settled", LQ_LOG_U64("block", n->block.number));
        return;
    case LQ_SYNC_NOTICE_FAULT:
        LQ_LOG(f->log, LQ_LOG_WARN, "book", "what came did not fit", LQ_LOG_CSTR("market", market),
               LQ_LOG_U64("block", n->block.number), LQ_LOG_CSTR("what", n->text));
        return;
    case LQ_SYNC_NOTICE_MISMATCH:
    case LQ_SYNC_NOTICE_ORACLE:
        log_mismatch(f, n);
        return;
    case LQ_SYNC_NOTICE_POOL:
        log_pool(f, n);
        return;
    case LQ_SYNC_NOTICE_FEED:
        log_feed(f, n);
        return;
    case LQ_SYNC_NOTICE_TRUST:
        if (n->trust == LQ_TRUST_STOPPED)
            LQ_LOG(f->log, LQ_LOG_ERROR, "book",
                   "more audits than audit.mismatch_max did not match: nothing of the market is "
                   "liquidated",
                   LQ_LOG_CSTR("market", market), LQ_LOG_U64("block", n->block.number));
        else
            LQ_LOG(f->log, LQ_LOG_INFO, "book", "trust", LQ_LOG_CSTR("market", market),
                   LQ_LOG_CSTR("trust", lq_trust_str(n->trust)));
        return;
    case LQ_SYNC_NOTICE_REBUILD:
        LQ_LOG(f->log, LQ_LOG_WARN, "book", "everything is read anew",
               LQ_LOG_U64("block", n->block.number), LQ_LOG_CSTR("why", n->text));
        return;
    case LQ_SYNC_NOTICE_BACK:
        return;
    case LQ_SYNC_NOTICE_FULL:
        LQ_LOG(f->log, LQ_LOG_ERROR, "book", "a limit of the section book is reached",
               LQ_LOG_CSTR("market", market), LQ_LOG_CSTR("what", n->text));
        return;
    }
    LQ_BUG("the sync notes %d", (int)n->kind);
}

uint64_t lq_follow_head(const lq_follow_t *f)
{
    uint64_t head = 0;
    for (uint32_t i = 0; i < lq_pool_endpoint_cnt(f->pool); i++) {
        uint64_t blk = lq_pool_stat(f->pool, i).head_blk;
        head = blk > head ? blk : head;
    }
    return head;
}

static void show_discovery(lq_follow_t *f, uint64_t now)
{
    char what[64];
    const lq_follow_search_t *search = &f->searches[f->searching];
    (void)snprintf(what, sizeof(what), "borrowers of %s", name_of(f, f->searching));
    if (f->backfill)
        lq_progress_show(f->settings.progress, now, what, "blocks",
                         search->next_blk - search->from_blk, search->to_blk - search->from_blk + 1,
                         f->search_eta_ns);
}

static void show_following(lq_follow_t *f, uint64_t now, const lq_sync_stat_t *stat)
{
    lq_progress_t *p = f->settings.progress;
    uint64_t all = lq_ledger_cnt(lq_sync_ledger(f->state.sync));
    uint64_t head = lq_follow_head(f);
    if (stat->unknown_cnt)
        lq_progress_show(p, now, "accounts", "read", all - stat->unknown_cnt, all,
                         LQ_PROGRESS_NO_ETA);
    else if (head > stat->complete.number + 1)
        lq_progress_show(p, now, "catching up with the chain", "", stat->complete.number, head,
                         LQ_PROGRESS_NO_ETA);
}

void lq_follow_progress(lq_follow_t *f, uint64_t now_mono_ns)
{
    if (!f->settings.progress)
        return;
    lq_sync_stat_t stat = lq_sync_stat(f->state.sync);
    switch (stat.phase) {
    case LQ_SYNC_IDLE:
        lq_progress_show(f->settings.progress, now_mono_ns,
                         f->nodes_ready || !lq_follow_syncing_mask(f)
                             ? "asking the nodes"
                             : "waiting for a node that is still syncing",
                         "", 0, 0, LQ_PROGRESS_NO_ETA);
        return;
    case LQ_SYNC_STRUCTURE:
        lq_progress_show(f->settings.progress, now_mono_ns, "markets and oracles", "reads",
                         stat.read_cnt, 0, LQ_PROGRESS_NO_ETA);
        return;
    case LQ_SYNC_DISCOVERY:
        show_discovery(f, now_mono_ns);
        return;
    case LQ_SYNC_FOLLOWING:
        show_following(f, now_mono_ns, &stat);
        return;
    }
    LQ_BUG("the sync has phase %d", (int)stat.phase);
}
