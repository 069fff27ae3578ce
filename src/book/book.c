#include "liqd/book/book.h"

#include <assert.h>
#include <stdalign.h>

#include "book_internal.h"

static_assert(sizeof(lq_book_group_t) == 64, "one line of the undo journal");
static_assert(sizeof(lq_book_member_t) == 32, "two in a line");
static_assert(LQ_BOOK_PAGE_SZ == LQ_BOOK_PAGE_ENTRY * sizeof(lq_book_entry_t), "whole");
static_assert(LQ_BOOK_PAGE_SZ == LQ_BOOK_PAGE_DIR * sizeof(uint32_t), "whole");

#define GROUP_MAX  ((size_t)1 << 24)
#define MARGIN_MAX 10000u

/* Members a group may have on average. */
#define MEMBERS_PER_GROUP 6u

typedef struct layout {
    size_t page_max;
    size_t member_max;
    size_t binding_max;
    size_t hash_cnt;
    size_t binding_hash_cnt;
    size_t sz[LQ_BOOK_PIECE_CNT];
} layout_t;

static size_t power_of_two(size_t at_least)
{
    size_t n = 1;
    while (n < at_least)
        n *= 2;
    return n;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Pages for the worst case: each group's last one and last directories are all but empty. A group
   has a directory of level n when it has more than 32 * 64^(n - 1) entries. */
static size_t page_max(const lq_book_config_t *c)
{
    size_t group_max = c->group_max + 2;
    size_t full = c->account_max / LQ_BOOK_PAGE_ENTRY;
    size_t sum = 1 + full + smaller(group_max, c->account_max) + 1;
    for (size_t level = full; level > 0; level /= LQ_BOOK_PAGE_DIR)
        sum += level / LQ_BOOK_PAGE_DIR + smaller(group_max, level) + 1;
    return sum;
}

size_t lq_book_shift_max(size_t oracle_max)
{
    return 2 * oracle_max;
}

static layout_t layout(const lq_book_config_t *c)
{
    layout_t l = {
        .page_max = page_max(c),
        .member_max = (size_t)2 * LQ_LEDGER_LEG_MAX + MEMBERS_PER_GROUP * c->group_max,
        .binding_max = lq_book_shift_max(c->oracle_max),
        .hash_cnt = power_of_two(c->group_max),
        .binding_hash_cnt = power_of_two(4 * c->oracle_max),
    };
    const size_t sz[LQ_BOOK_PIECE_CNT] = {
        sizeof(lq_book_root_t),
        c->account_max * sizeof(lq_book_slot_t),
        c->account_max,
        l.page_max * LQ_BOOK_PAGE_SZ,
        (c->group_max + 2) * sizeof(lq_book_group_t),
        l.hash_cnt * sizeof(uint32_t),
        l.member_max * sizeof(lq_book_member_t),
        c->factor_max * sizeof(lq_book_factor_t),
        c->factor_max * LQ_BOOK_LIST_CNT * sizeof(uint32_t),
        l.binding_max * sizeof(lq_book_binding_t),
        (c->oracle_max + l.binding_hash_cnt) * sizeof(uint32_t),
    };
    memcpy(l.sz, sz, sizeof(sz));
    return l;
}

static bool in_range(const lq_book_config_t *c)
{
    return c->account_max && c->account_max <= LQ_LEDGER_ACCOUNT_MAX && c->factor_max &&
           c->factor_max <= LQ_LEDGER_FACTOR_MAX && c->group_max && c->group_max <= GROUP_MAX &&
           c->oracle_max && c->oracle_max <= LQ_ORACLES_MAX && c->margin_bps <= MARGIN_MAX;
}

size_t lq_book_state_sz(const lq_book_config_t *config)
{
    layout_t l = layout(config);
    size_t sum = 0;
    for (size_t i = 0; i < LQ_BOOK_PIECE_CNT; i++)
        sum +=
            (l.sz[i] + LQ_UNDO_LINE_SZ - 1) / LQ_UNDO_LINE_SZ * LQ_UNDO_LINE_SZ + LQ_UNDO_LINE_SZ;
    return sum;
}

/* As a first settling finds it: numbers from 1, so that 0 is nobody. */
static void reset(lq_book_t *book)
{
    lq_book_root_t *root = book->root;
    LQ_BOOK_SET(book, *root, *root);
    root->group_bump = LQ_BOOK_GROUP_FIRST;
    root->page_bump = 1;
    root->member_bump = 1;
    LQ_BOOK_SET(book, book->groups[LQ_BOOK_GROUP_OUTCAST].flags, LQ_BOOK_FLAG_USED);
}

static bool make_state(lq_book_t *book, const layout_t *l)
{
    void *mem[LQ_BOOK_PIECE_CNT];
    for (size_t i = 0; i < LQ_BOOK_PIECE_CNT; i++) {
        mem[i] = lq_undo_alloc(book->undo, l->sz[i]);
        if (!mem[i])
            return false;
        book->pieces[i] = (lq_undo_piece_t){.data = mem[i], .sz = l->sz[i], .max = l->sz[i]};
    }
    book->root = mem[0];
    book->slots = mem[1];
    book->tiers = mem[2];
    book->pages = mem[3];
    book->groups = mem[4];
    book->hashes = mem[5];
    book->members = mem[6];
    book->factors = mem[7];
    book->lists = mem[8];
    book->bindings = mem[9];
    book->binding_refs = mem[10];
    reset(book);
    return true;
}

static void *scratch(lq_arena_t *arena, size_t cnt, size_t sz, size_t align)
{
    void *mem = lq_arena_alloc(arena, cnt * sz, align);
    if (mem)
        memset(mem, 0, cnt * sz);
    return mem;
}

#define SCRATCH(arena, cnt, type) scratch(arena, cnt, sizeof(type), alignof(type))

static bool make_scratch(lq_book_t *book, lq_arena_t *arena, const layout_t *l)
{
    const lq_book_config_t *c = &book->config;
    book->accounts = SCRATCH(arena, c->account_max, uint32_t);
    book->scores = SCRATCH(arena, c->account_max, float);
    book->rehomes = SCRATCH(arena, c->account_max, uint32_t);
    book->looks = SCRATCH(arena, c->group_max + 2, uint32_t);
    book->look_stamps = SCRATCH(arena, c->group_max + 2, uint32_t);
    book->shifted = SCRATCH(arena, c->factor_max, lq_book_factor_t);
    book->shifts = SCRATCH(arena, l->binding_max, lq_price_shift_t);
    book->shift_stamps = SCRATCH(arena, l->binding_max + 1, uint32_t);
    book->by_feed = SCRATCH(arena, c->oracle_max, uint32_t);
    book->shift_stamp = book->shift_stamps ? book->shift_stamps + l->binding_max : NULL;
    book->prefilter = SCRATCH(arena, 1, lq_prefilter_t);
    if (!book->prefilter || lq_prefilter_init(book->prefilter, arena, c->factor_max) != LQ_OK)
        return false;
    return book->accounts && book->rehomes && book->scores && book->looks && book->look_stamps &&
           book->shifted && book->shifts && book->shift_stamps && book->by_feed;
}

lq_err_t lq_book_new(lq_book_t **book, lq_arena_t *arena, lq_undo_t *undo,
                     const lq_book_config_t *config, const lq_book_ground_t *ground,
                     lq_book_fn_t *fn, void *ctx)
{
    if (!in_range(config))
        return LQ_ERR_RANGE;
    layout_t l = layout(config);
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_book_t *made = SCRATCH(arena, 1, lq_book_t);
    if (!made)
        return LQ_ERR_NOMEM;
    made->config = *config;
    made->ground = *ground;
    made->undo = undo;
    made->fn = fn;
    made->ctx = ctx;
    made->safe = 1.0 + (double)config->margin_bps / 1e4;
    made->margin_wad =
        lq_u256_from_u64(1000000000000000000u + (uint64_t)config->margin_bps * 100000000000000u);
    made->page_max = l.page_max;
    made->member_max = l.member_max;
    made->binding_max = l.binding_max;
    made->hash_cnt = l.hash_cnt;
    made->binding_hash_cnt = l.binding_hash_cnt;
    if (!make_scratch(made, arena, &l) || !make_state(made, &l)) {
        lq_arena_rewind(arena, mark);
        return LQ_ERR_NOMEM;
    }
    *book = made;
    return LQ_OK;
}

static void look_at_all(lq_book_t *book)
{
    for (size_t i = 0; i < book->look_cnt; i++)
        lq_book_look(book, book->looks[i]);
    for (size_t i = 0; i < book->rehome_cnt; i++)
        lq_book_rehome(book, book->rehomes[i]);
}

static void begin(lq_book_t *book)
{
    book->look_stamp++;
    book->look_cnt = 0;
    book->rehome_cnt = 0;
}

/* Groups before accounts: those are placed where every group stands at the present values. */
void lq_book_settle(lq_book_t *book)
{
    lq_ledger_t *ledger = book->ground.ledger;
    begin(book);
    lq_book_take_prices(book);
    size_t factor_cnt;
    const uint16_t *factors = lq_ledger_changed_factors(ledger, &factor_cnt);
    for (size_t i = 0; i < factor_cnt; i++)
        lq_book_take_factor(book, factors[i]);
    book->stat.move_cnt += factor_cnt;
    look_at_all(book);
    size_t account_cnt;
    const uint32_t *accounts = lq_ledger_changed_accounts(ledger, &account_cnt);
    for (size_t i = 0; i < account_cnt; i++)
        lq_book_place(book, accounts[i]);
    if (factor_cnt > 0 || account_cnt > 0)
        lq_book_check_outcasts(book);
    lq_ledger_settled(ledger);
}

void lq_book_rebuild(lq_book_t *book)
{
    LQ_ASSERT(lq_undo_depth(book->undo) == 0);
    uint64_t now_sec = book->root->now_sec;
    for (size_t i = 0; i < LQ_BOOK_PIECE_CNT; i++)
        memset(book->pieces[i].data, 0, book->pieces[i].sz);
    reset(book);
    book->root->now_sec = now_sec;
    begin(book);
    /* Who cannot be bound is without a price; the caller's own lq_book_bind says so. */
    (void)!lq_book_bind(book);
    lq_book_take_prices(book);
    for (size_t i = 0; i < lq_ledger_factor_cnt(book->ground.ledger); i++)
        lq_book_take_factor(book, (uint16_t)i);
    size_t cnt = lq_ledger_cnt(book->ground.ledger);
    for (size_t i = 0; i < cnt; i++)
        lq_book_place_unsorted(book, (uint32_t)i);
    for (uint32_t i = LQ_BOOK_GROUP_FIRST; i < book->root->group_bump; i++) {
        lq_book_heapify(book, i);
        lq_book_list_look(book, i);
    }
    look_at_all(book);
    lq_book_check_outcasts(book);
    lq_ledger_settled(book->ground.ledger);
}

lq_tier_t lq_book_tier(const lq_book_t *book, uint32_t account)
{
    uint32_t group = book->slots[account].group;
    if (!group || (book->groups[group].flags & LQ_BOOK_FLAG_DEAD))
        return LQ_TIER_NONE;
    return (lq_tier_t)book->tiers[account];
}

lq_book_stat_t lq_book_stat(const lq_book_t *book)
{
    lq_book_stat_t stat = book->stat;
    memcpy(stat.tier_cnt, book->root->tier_cnt, sizeof(stat.tier_cnt));
    stat.tier_cnt[LQ_TIER_NONE] = lq_ledger_cnt(book->ground.ledger) - stat.tier_cnt[LQ_TIER_SAFE] -
                                  stat.tier_cnt[LQ_TIER_ARMED] -
                                  stat.tier_cnt[LQ_TIER_LIQUIDATABLE];
    stat.group_cnt = book->root->group_cnt;
    return stat;
}

const char *lq_tier_str(lq_tier_t tier)
{
    switch (tier) {
    case LQ_TIER_NONE:
        return "none";
    case LQ_TIER_SAFE:
        return "safe";
    case LQ_TIER_ARMED:
        return "armed";
    case LQ_TIER_LIQUIDATABLE:
        return "liquidatable";
    }
    return "unknown";
}
