#include <string.h>

#include "sync_internal.h"

#define STRUCTURE_FAIL_MAX 3u

/* A chain that left the window may have left it by any number of blocks; logs of so many windows
   are searched again. Who borrowed in a branch that is deeper than that is found by his next log.
 */
#define SEARCH_AGAIN_WINDOWS 32u

/* The stack is the base alone: REF, whose state is what the pieces hold. */
void sync_based(lq_sync_t *s, const lq_block_ref_t *ref, uint64_t sec)
{
    s->top = 0;
    s->blks[0] =
        (sync_blk_t){.ref = *ref, .sec = sec, .headed = true, .complete = true, .whole = true};
    s->hold_at = 0;
    s->hold_end = 0;
    s->complete = *ref;
    s->complete_sec = sec;
    s->dropped_cnt = lq_undo_stat(s->undo).dropped_cnt;
    s->refollow_blk = UINT64_MAX;
    s->structure_fail = 0;
    s->fail_here = 0;
    s->venue_fail_here = 0;
    s->turn_blk = UINT64_MAX;
    s->head_wanted = false;
}

void lq_sync_begin(lq_sync_t *s, const lq_header_t *header)
{
    if ((s->phase != LQ_SYNC_IDLE && !s->head_wanted) || header->block.number == UINT64_MAX)
        return;
    lq_undo_forget(s->undo, 0);
    sync_based(s, &header->block, header->timestamp_sec);
    s->blks[0].unsure = true;
    lq_book_set_now(s->book, lq_time_after(header->timestamp_sec, s->config.block_sec));
    lq_book_settle(s->book);
    sync_set_phase(s, LQ_SYNC_STRUCTURE);
    sync_pump(s);
}

static void search_on(lq_sync_t *s)
{
    uint64_t to = s->blks[0].ref.number;
    for (uint32_t i = 0; i < s->config.instance_cnt; i++) {
        sync_member_t *m = &s->members[i];
        m->searching = m->searched_blk <= to;
    }
    for (uint32_t i = 0; i < s->config.instance_cnt; i++) {
        if (!s->members[i].searching)
            continue;
        size_t cnt = s->adapters[i]->watch(s->selves[i], s->watch_list, s->watched_max);
        if (cnt > s->watched_max) {
            sync_full(s, SYNC_FULL_WATCH, "addresses to watch");
            cnt = s->watched_max;
        }
        size_t topic_cnt;
        const lq_hash_t *topics = s->adapters[i]->discovery_topics(&topic_cnt);
        s->sink.search(s->sink.ctx, i, s->watch_list, cnt, topics, topic_cnt,
                       s->members[i].searched_blk, to);
    }
}

static size_t watch_of(lq_sync_t *s, size_t i)
{
    if (i < s->config.instance_cnt)
        return s->adapters[i]->watch(s->selves[i], s->watch_list, s->watched_max);
    if (i == s->config.instance_cnt)
        return lq_oracles_watch(s->oracles, s->watch_list, s->watched_max);
    return lq_venues_watch(s->venues, s->watch_list, s->watched_max);
}

/* Adds to what is watched all that anyone needs now; true: there was something new. What was once
   watched stays until a rebuild: its logs do no harm. */
static bool watch_more(lq_sync_t *s)
{
    size_t before = s->watched_cnt;
    for (size_t i = 0; i < s->config.instance_cnt + 2; i++) {
        size_t cnt = watch_of(s, i);
        if (cnt > s->watched_max) {
            sync_full(s, SYNC_FULL_WATCH, "addresses to watch");
            cnt = s->watched_max;
        }
        for (size_t j = 0; j < cnt; j++) {
            uint32_t at;
            if (!lq_map_find(s->watched_map, &at, s->watch_list[j].b))
                continue;
            if (lq_map_insert(s->watched_map, s->watch_list[j].b, (uint32_t)s->watched_cnt)) {
                sync_full(s, SYNC_FULL_WATCH, "addresses to watch");
                continue;
            }
            s->watched[s->watched_cnt++] = s->watch_list[j];
        }
    }
    return s->watched_cnt > before;
}

static void add_topics(lq_sync_t *s, const lq_hash_t *topics, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        size_t at = 0;
        while (at < s->topic_cnt && !sync_hash_eq(&s->topics[at], &topics[i]))
            at++;
        if (at < s->topic_cnt)
            continue;
        LQ_ASSERT(s->topic_cnt < s->topic_max);
        s->topics[s->topic_cnt++] = topics[i];
    }
}

static void follow(lq_sync_t *s)
{
    size_t cnt;
    s->topic_cnt = 0;
    for (size_t i = 0; i < s->config.instance_cnt; i++) {
        const lq_hash_t *topics = s->adapters[i]->topics(&cnt);
        add_topics(s, topics, cnt);
    }
    const lq_hash_t *topics = lq_oracles_topics(&cnt);
    add_topics(s, topics, cnt);
    if (sync_has_venues(s)) {
        topics = lq_venues_topics(&cnt);
        add_topics(s, topics, cnt);
    }
    const sync_blk_t *top = sync_top(s);
    s->sink.follow(s->sink.ctx, top->ref.number + 1, &top->ref.hash, s->watched, s->watched_cnt,
                   s->topics, s->topic_cnt);
}

/* What failed while no block passed says little of what is to come: it has its turns again, alone.
 */
static void fail_anew(lq_sync_t *s)
{
    for (size_t i = 0; i < SYNC_FAIL_CNT; i++) {
        s->fails[i].cnt = s->fails[i].cnt > 0;
        s->fails[i].next_blk = s->complete.number;
    }
}

static void follow_on(lq_sync_t *s)
{
    fail_anew(s);
    sync_set_phase(s, LQ_SYNC_FOLLOWING);
    (void)watch_more(s);
    follow(s);
    sync_pump(s);
}

static bool is_searching(const lq_sync_t *s)
{
    for (size_t i = 0; i < s->config.instance_cnt; i++)
        if (s->members[i].searching)
            return true;
    return false;
}

void sync_structure_step(lq_sync_t *s)
{
    for (size_t i = 0; i < s->config.read_max; i++)
        if (s->reads[i].purpose != SYNC_FREE)
            return;
    if (sync_wants_structure(s))
        return;
    for (size_t i = 0; i < s->config.instance_cnt; i++)
        s->members[i].read_once = true;
    sync_trust_step(s);
    sync_set_phase(s, LQ_SYNC_DISCOVERY);
    search_on(s);
    if (!is_searching(s))
        follow_on(s);
}

/* The node may not have the block any more: then another one is wanted. */
void sync_structure_failed(lq_sync_t *s)
{
    if (++s->structure_fail >= STRUCTURE_FAIL_MAX)
        s->broken = "the block to begin at could not be read";
}

void lq_sync_resume(lq_sync_t *s)
{
    if (s->phase == LQ_SYNC_IDLE)
        return;
    sync_trust_step(s);
    if (s->phase == LQ_SYNC_STRUCTURE) {
        sync_pump(s);
    } else if (s->phase == LQ_SYNC_DISCOVERY) {
        search_on(s);
        if (!is_searching(s))
            follow_on(s);
    } else {
        (void)watch_more(s);
        follow(s);
        sync_pump(s);
    }
}

void lq_sync_found(lq_sync_t *s, uint32_t instance, const lq_evm_log_t *log)
{
    if (s->phase != LQ_SYNC_DISCOVERY || instance >= s->config.instance_cnt ||
        !s->members[instance].searching)
        return;
    if (s->adapters[instance]->discover(s->selves[instance], log) == LQ_ERR_FULL)
        sync_full(s, SYNC_FULL_ACCOUNTS, "accounts");
    lq_book_settle(s->book);
}

void lq_sync_search_at(lq_sync_t *s, uint32_t instance, uint64_t next_blk)
{
    if (s->phase != LQ_SYNC_DISCOVERY || instance >= s->config.instance_cnt)
        return;
    sync_member_t *m = &s->members[instance];
    if (m->searching && next_blk > m->searched_blk && next_blk <= s->blks[0].ref.number + 1)
        m->searched_blk = next_blk;
}

void lq_sync_searched(lq_sync_t *s, uint32_t instance)
{
    if (s->phase != LQ_SYNC_DISCOVERY || instance >= s->config.instance_cnt ||
        !s->members[instance].searching)
        return;
    s->members[instance].searching = false;
    s->members[instance].searched_blk = s->blks[0].ref.number + 1;
    if (!is_searching(s))
        follow_on(s);
}

/* Something that came with the block below FROM, or in FROM, named addresses. */
void sync_widen(lq_sync_t *s, uint64_t from_blk)
{
    if (s->phase != LQ_SYNC_FOLLOWING || s->rehearses || !watch_more(s))
        return;
    if (from_blk < s->refollow_blk)
        s->refollow_blk = from_blk;
}

/* Whoever follows anew tells of no block before: so from the first that is not complete. What is
   to be watched is known by now and survives what is undone here. */
void sync_refollow(lq_sync_t *s)
{
    uint64_t from = s->refollow_blk;
    size_t before = s->top;
    s->refollow_blk = UINT64_MAX;
    if (from > s->complete.number + 1)
        from = s->complete.number + 1;
    while (s->top && s->blks[s->top].ref.number >= from)
        if (!sync_pop(s))
            return;
    if (s->top < before)
        sync_told_back(s);
    if (s->blks[s->top].ref.number + 1 != from || !s->blks[s->top].complete) {
        s->broken = "the undo journal does not reach to where more is to be watched";
        return;
    }
    follow(s);
}

/* Whoever follows knows no block below where he began, and calls a reorg of those BROKEN, though
   the journal may reach there: so it is tried from lower, by more each time, down to the base.
   False: that is broken. */
bool sync_follow_lower(lq_sync_t *s)
{
    uint64_t by = (uint64_t)SYNC_BACK_BLK << (2 * s->lower_cnt);
    uint64_t base = s->blks[0].ref.number;
    if (!s->top || s->lower_cnt >= 8)
        return false;
    s->lower_cnt++;
    s->refollow_blk = s->complete.number > base + by ? s->complete.number - by + 1 : base + 1;
    return true;
}

/* Everything that an orphaned block may have left: of what the ledger holds only the names of the
   accounts stay, where all adapters can do without being cleared. */
static void empty(lq_sync_t *s)
{
    bool keep = true;
    for (size_t i = 0; i < s->config.instance_cnt; i++)
        keep = keep && s->adapters[i]->reread;
    if (!keep)
        lq_ledger_clear(s->ledger); /* before the adapters, which may add pools */
    uint64_t base = s->blks[0].ref.number;
    uint64_t again = SEARCH_AGAIN_WINDOWS * (uint64_t)s->config.window_blk;
    uint64_t sure = base + 1 > again ? base + 1 - again : 0;
    for (size_t i = 0; i < s->config.instance_cnt; i++) {
        sync_member_t *m = &s->members[i];
        if (s->phase == LQ_SYNC_FOLLOWING)
            m->searched_blk = sure;
        if (!keep || m->searched_blk < s->instances[i].from_blk)
            m->searched_blk = s->instances[i].from_blk;
        m->searching = false;
        m->read_once = false;
        if (keep)
            s->adapters[i]->reread(s->selves[i]);
        else
            s->adapters[i]->clear(s->selves[i]);
    }
    for (uint32_t a = 0; keep && a < lq_ledger_cnt(s->ledger); a++) {
        lq_ledger_clear_legs(s->ledger, a);
        lq_ledger_set_state(s->ledger, a, LQ_ACCOUNT_UNKNOWN);
    }
    lq_oracles_clear(s->oracles);
    lq_venues_clear(s->venues);
    if (lq_book_bind(s->book))
        sync_full(s, SYNC_FULL_ORACLES, "oracles");
    lq_book_rebuild(s->book);
}

void sync_rebuild(lq_sync_t *s)
{
    const char *why = s->broken;
    s->broken = NULL;
    s->stat.rebuild_cnt++;
    lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_REBUILD, UINT32_MAX);
    n.text = why;
    sync_tell(s, &n);
    sync_cancel_all(s);
    lq_undo_forget(s->undo, 0);
    empty(s);
    s->top = 0;
    s->blks[0].complete = false;
    s->blks[0].sz = 0;
    s->hold_at = 0;
    s->hold_end = 0;
    s->refollow_blk = UINT64_MAX;
    s->lower_cnt = 0;
    if (s->phase != LQ_SYNC_STRUCTURE) {
        s->fail_cnt = 0;
        memset(s->fails, 0, sizeof(s->fails));
    }
    s->suspect_cnt = 0;
    s->cursor[0] = 0;
    s->cursor[1] = 0;
    s->recheck_on = false;
    s->watched_cnt = 0;
    lq_map_clear(s->watched_map);
    sync_trust_step(s);
    s->head_wanted = true;
    sync_set_phase(s, LQ_SYNC_STRUCTURE);
    s->sink.head(s->sink.ctx);
}
