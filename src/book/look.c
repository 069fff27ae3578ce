#include "book_internal.h"

/* What is accepted of a group that is not of the present reference: factors that went apart by half
   a percent, or a key that tells a tenth of the distance less. Where the difference endangers an
   account that is safe, and has it checked at each move, less. */
#define LOOSE_MAX    1.005
#define LOOSE_NEAR   1.0005
#define DISTANCE_MIN 0.9
#define NEWEST_CNT   4u /* groups of a set that are asked before another is opened */

void lq_book_set_tier(lq_book_t *book, uint32_t account, lq_tier_t to)
{
    lq_tier_t from = (lq_tier_t)book->tiers[account];
    if (from == to)
        return;
    size_t *cnt = book->root->tier_cnt;
    lq_undo_keep(book->undo, cnt, sizeof(book->root->tier_cnt));
    cnt[from]--;
    cnt[to]++;
    LQ_BOOK_SET(book, book->tiers[account], (uint8_t)to);
    if (from < LQ_TIER_ARMED && to < LQ_TIER_ARMED)
        return;
    lq_book_event_t event = {.account = account, .from = from, .to = to};
    book->fn(book->ctx, &event);
}

/* The tier by the exact health. */
static lq_tier_t check(lq_book_t *book, uint32_t account)
{
    lq_health_t health;
    book->stat.check_cnt++;
    lq_book_exact(book, &health, account, NULL);
    switch (health.verdict) {
    case LQ_HEALTH_LIQUIDATABLE:
        return LQ_TIER_LIQUIDATABLE;
    case LQ_HEALTH_SAFE:
        return lq_u256_lt(&health.factor_wad, &book->margin_wad) ? LQ_TIER_ARMED : LQ_TIER_SAFE;
    case LQ_HEALTH_NO_DEBT:
        return LQ_TIER_SAFE;
    case LQ_HEALTH_UNKNOWN:
    case LQ_HEALTH_REVERTS:
        break;
    }
    return LQ_TIER_NONE;
}

/* Whether the bound by the present values says that ACCOUNT is safe. */
static bool is_safe_now(lq_book_t *book, uint32_t account)
{
    lq_book_set_t set;
    lq_book_read_set(book, &set, account);
    book->stat.key_cnt++;
    return (double)lq_book_key(book, &set, NULL) >= book->safe * (1.0 + 0x1p-40);
}

/* The accounts with a key below CUT into book->accounts; returns how many. */
static uint32_t collect(const lq_book_t *book, const lq_book_group_t *g, double cut)
{
    uint32_t cnt = 0;
    if (g->cnt == 0)
        return 0;
    for (uint32_t pos = 0; pos != LQ_BOOK_WALK_END;) {
        lq_book_entry_t entry = *lq_book_at(book, g, pos);
        bool below = (double)entry.key < cut;
        if (below)
            book->accounts[cnt++] = entry.account;
        pos = lq_book_walk(g, pos, below);
    }
    return cnt;
}

/* Whether both bounds say that the account of ENTRY is still of the tier that it was told. */
static bool is_certain(const lq_book_t *book, const lq_book_entry_t *entry,
                       const lq_book_drift_t *d)
{
    double key = (double)entry->key;
    if (lq_book_is_crumb(entry->key))
        return false;
    switch ((lq_tier_t)book->tiers[entry->account]) {
    case LQ_TIER_LIQUIDATABLE:
        return key * d->high < 1.0 - 0x1p-30;
    case LQ_TIER_ARMED:
        return key * d->g >= 1.0 + 0x1p-30 && key * d->high < book->safe * (1.0 - 0x1p-30);
    case LQ_TIER_SAFE:
    case LQ_TIER_NONE:
        break;
    }
    return false;
}

/* Those with a key below CUT whose tier the bounds leave open. */
static uint32_t collect_open(const lq_book_t *book, const lq_book_group_t *g, double cut,
                             const lq_book_drift_t *d)
{
    uint32_t cnt = 0;
    for (uint32_t pos = 0; pos != LQ_BOOK_WALK_END;) {
        const lq_book_entry_t *entry = lq_book_at(book, g, pos);
        bool below = (double)entry->key < cut;
        if (below && !is_certain(book, entry, d))
            book->accounts[cnt++] = entry->account;
        pos = lq_book_walk(g, pos, below);
    }
    return cnt;
}

static void count_safe(lq_book_t *book, uint32_t cnt, bool back)
{
    size_t *safe = &book->root->tier_cnt[LQ_TIER_SAFE];
    LQ_BOOK_SET(book, *safe, back ? *safe + cnt : *safe - cnt);
}

/* A factor has no value any longer: nobody in G has a verdict. Those who were SAFE are not touched
   one by one. */
static void die(lq_book_t *book, lq_book_group_t *g)
{
    if (g->flags & LQ_BOOK_FLAG_DEAD)
        return;
    uint32_t cnt = collect(book, g, g->cut);
    for (uint32_t i = 0; i < cnt; i++) {
        lq_book_set_tier(book, book->accounts[i], LQ_TIER_NONE);
        lq_book_set_tier(book, book->accounts[i], LQ_TIER_SAFE);
    }
    count_safe(book, g->cnt, false);
    lq_undo_keep(book->undo, g, sizeof(*g));
    g->flags |= LQ_BOOK_FLAG_DEAD;
    g->cut = 0;
}

static void revive(lq_book_t *book, lq_book_group_t *g)
{
    LQ_BOOK_SET(book, g->flags, (uint8_t)(g->flags & ~LQ_BOOK_FLAG_DEAD));
    count_safe(book, g->cnt, true);
}

/* All keys of GROUP by the present values. An account whose set is another by now is placed anew
   before this settling ends. */
static void value_anew(lq_book_t *book, uint32_t group)
{
    lq_book_group_t *g = &book->groups[group];
    lq_book_member_t *m = &book->members[g->members];
    lq_undo_keep(book->undo, m, g->member_cnt * sizeof(*m));
    for (uint32_t i = 0; i < g->member_cnt; i++)
        m[i].reference = book->factors[m[i].factor].value;
    for (uint32_t pos = 0; pos < g->cnt; pos++) {
        lq_book_entry_t *entry = lq_book_at(book, g, pos);
        lq_book_set_t set;
        lq_book_read_set(book, &set, entry->account);
        float key = lq_book_is_of(book, g, &set) ? lq_book_key(book, &set, m) : 0;
        LQ_BOOK_SET(book, entry->key, key);
    }
    book->stat.key_cnt += g->cnt;
    lq_book_heapify(book, group);
    LQ_BOOK_SET(book, g->flags, (uint8_t)(g->flags & ~LQ_BOOK_FLAG_STALE));
}

static float key_of(const lq_book_t *book, uint32_t account)
{
    lq_book_slot_t slot = book->slots[account];
    return lq_book_at(book, &book->groups[slot.group], slot.pos)->key;
}

void lq_book_look(lq_book_t *book, uint32_t group)
{
    lq_book_group_t *g = &book->groups[group];
    if (g->cnt == 0)
        return;
    book->stat.group_look_cnt++;
    lq_book_drift_t d = lq_book_drift(book, g);
    if (d.unknown) {
        die(book, g);
        lq_book_set_thresholds(book, group, &d);
        return;
    }
    if (g->flags & LQ_BOOK_FLAG_DEAD)
        revive(book, g);
    double cut = g->cut;
    if (d.worn_out || (g->flags & LQ_BOOK_FLAG_STALE)) {
        value_anew(book, group);
        d = lq_book_drift(book, g);
        cut = 0x1p1000; /* keys have changed: all are gone through */
    }
    uint32_t cnt = collect_open(book, g, d.cut > cut ? d.cut : cut, &d);
    for (uint32_t i = 0; i < cnt; i++) {
        uint32_t account = book->accounts[i];
        bool endangered = (double)key_of(book, account) < d.cut;
        lq_tier_t tier = endangered ? check(book, account) : LQ_TIER_SAFE;
        lq_book_set_tier(book, account, tier);
        if (endangered && tier == LQ_TIER_SAFE)
            book->rehomes[book->rehome_cnt++] = account;
    }
    if (g->cut < d.cut || g->cut > d.cut)
        LQ_BOOK_SET(book, g->cut, d.cut);
    lq_book_set_thresholds(book, group, &d);
}

/* Out of its group; its tier stays what it was told. */
static void detach(lq_book_t *book, uint32_t account)
{
    uint32_t group = book->slots[account].group;
    if (book->groups[group].flags & LQ_BOOK_FLAG_DEAD)
        LQ_BOOK_SET(book, book->tiers[account], LQ_TIER_NONE);
    lq_book_remove(book, account);
    if (group != LQ_BOOK_GROUP_OUTCAST && book->groups[group].cnt == 0)
        lq_book_close(book, group);
}

/* Whether GROUP serves an account of SET whose key by the present values is KEY_NOW. */
static bool serves(const lq_book_t *book, uint32_t group, const lq_book_set_t *set, float key_now)
{
    if (set->cnt == 2 && set->debt_cnt == 1)
        return true; /* nothing is lost between one and one */
    const lq_book_group_t *g = &book->groups[group];
    lq_book_drift_t d = lq_book_drift(book, g);
    if (d.unknown || d.loose <= LOOSE_NEAR)
        return true;
    double key = (double)lq_book_key(book, set, &book->members[g->members]);
    if (key < d.cut && (double)key_now >= book->safe * (1.0 + 0x1p-40))
        return false;
    return d.loose <= LOOSE_MAX ||
           (key >= d.cut && key * d.g - 1.0 >= DISTANCE_MIN * ((double)key_now - 1.0));
}

/* A group for SET: one that serves, a new one, one that does not serve well; else OUTCAST. */
static uint32_t choose(lq_book_t *book, const lq_book_set_t *set, float key_now)
{
    uint32_t newest = lq_book_newest(book, set);
    uint32_t group = newest;
    for (unsigned i = 0; group && i < NEWEST_CNT; i++) {
        if (serves(book, group, set, key_now))
            return group;
        group = book->groups[group].older;
    }
    group = lq_book_open(book, set);
    if (group)
        return group;
    return newest ? newest : LQ_BOOK_GROUP_OUTCAST;
}

static void attach_dead(lq_book_t *book, uint32_t account, uint32_t group, float key)
{
    lq_book_set_tier(book, account, LQ_TIER_NONE);
    LQ_BOOK_SET(book, book->tiers[account], LQ_TIER_SAFE);
    lq_book_push(book, group, (lq_book_entry_t){.key = key, .account = account});
    if (book->groups[group].cnt > 1)
        return;
    lq_book_drift_t d = lq_book_drift(book, &book->groups[group]);
    lq_book_set_thresholds(book, group, &d);
}

static void attach(lq_book_t *book, uint32_t account, const lq_book_set_t *set)
{
    uint32_t group = choose(book, set, lq_book_key(book, set, NULL));
    lq_book_group_t *g = &book->groups[group];
    if (group == LQ_BOOK_GROUP_OUTCAST) {
        lq_book_push(book, group, (lq_book_entry_t){.key = 0, .account = account});
        lq_book_set_tier(book, account,
                         is_safe_now(book, account) ? LQ_TIER_SAFE : check(book, account));
        return;
    }
    float key = lq_book_key(book, set, &book->members[g->members]);
    book->stat.key_cnt++;
    if (g->flags & LQ_BOOK_FLAG_DEAD) {
        attach_dead(book, account, group, key);
        return;
    }
    lq_book_push(book, group, (lq_book_entry_t){.key = key, .account = account});
    lq_book_drift_t d = lq_book_drift(book, g);
    bool endangered = (double)key < d.cut;
    lq_book_set_tier(book, account, endangered ? check(book, account) : LQ_TIER_SAFE);
    if (endangered && g->cut < d.cut)
        LQ_BOOK_SET(book, g->cut, d.cut);
    if (book->slots[account].pos == 0)
        lq_book_set_thresholds(book, group, &d);
}

void lq_book_place(lq_book_t *book, uint32_t account)
{
    LQ_ASSERT(account < book->config.account_max);
    if (book->slots[account].group)
        detach(book, account);
    lq_book_set_t set;
    set.debt_cnt = 0;
    if (lq_ledger_account(book->ground.ledger, account).state == LQ_ACCOUNT_KNOWN)
        lq_book_read_set(book, &set, account);
    if (set.debt_cnt > 0)
        attach(book, account, &set);
    else
        lq_book_set_tier(book, account, LQ_TIER_NONE);
}

void lq_book_place_unsorted(lq_book_t *book, uint32_t account)
{
    LQ_ASSERT(account < book->config.account_max);
    if (lq_ledger_account(book->ground.ledger, account).state != LQ_ACCOUNT_KNOWN)
        return;
    lq_book_set_t set;
    lq_book_read_set(book, &set, account);
    if (set.debt_cnt == 0)
        return;
    uint32_t group = lq_book_newest(book, &set);
    if (!group)
        group = lq_book_open(book, &set);
    if (!group)
        group = LQ_BOOK_GROUP_OUTCAST;
    book->stat.key_cnt++;
    lq_book_append(
        book, group,
        (lq_book_entry_t){.key = group == LQ_BOOK_GROUP_OUTCAST ? 0 : lq_book_key(book, &set, NULL),
                          .account = account});
    book->tiers[account] = LQ_TIER_SAFE;
    if (!(book->groups[group].flags & LQ_BOOK_FLAG_DEAD))
        book->root->tier_cnt[LQ_TIER_SAFE]++;
}

/* ACCOUNT is safe, and its bound does not tell. In a group of one collateral and one debt the bound
   tells all that can be told, unless the key is of a time when it could not be computed. */
void lq_book_rehome(lq_book_t *book, uint32_t account)
{
    uint32_t group = book->slots[account].group;
    const lq_book_group_t *g = &book->groups[group];
    lq_book_set_t set;
    lq_book_read_set(book, &set, account);
    if (!lq_book_is_of(book, g, &set))
        return;
    lq_book_drift_t d = lq_book_drift(book, g);
    float key = lq_book_key(book, &set, &book->members[g->members]);
    if (key > key_of(book, account))
        lq_book_rekey(book, account, key);
    if ((double)key >= d.cut || d.loose <= LOOSE_NEAR)
        return;
    if ((double)lq_book_key(book, &set, NULL) < book->safe * (1.0 + 0x1p-40))
        return;
    detach(book, account);
    attach(book, account, &set);
}

void lq_book_check_outcasts(lq_book_t *book)
{
    const lq_book_group_t *g = &book->groups[LQ_BOOK_GROUP_OUTCAST];
    uint32_t cnt = collect(book, g, 1.0);
    for (uint32_t i = 0; i < cnt; i++) {
        uint32_t account = book->accounts[i];
        if (book->root->group_cnt < book->config.group_max)
            lq_book_place(book, account);
        else
            lq_book_set_tier(book, account,
                             is_safe_now(book, account) ? LQ_TIER_SAFE : check(book, account));
    }
}
