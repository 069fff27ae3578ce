#include <assert.h>

#include "book_internal.h"

/* A binary heap, least key first, in pages: a page of entries, or a directory of pages, by depth.
   Nothing moves when it grows, so that growing costs the undo journal a line or two. */

static uint32_t *dir(const lq_book_t *book, uint32_t page)
{
    return (uint32_t *)(void *)(book->pages + (size_t)page * LQ_BOOK_PAGE_SZ);
}

static lq_book_entry_t *entries(const lq_book_t *book, uint32_t page)
{
    return (lq_book_entry_t *)(void *)(book->pages + (size_t)page * LQ_BOOK_PAGE_SZ);
}

/* How many entries a directory of DEPTH reaches, as a power of two. */
static unsigned reach(unsigned depth)
{
    static_assert(LQ_BOOK_PAGE_ENTRY == 1u << 5 && LQ_BOOK_PAGE_DIR == 1u << 6, "shifts");
    return 5 + 6 * (depth & 7u); /* at most 4: 2^29 accounts */
}

lq_book_entry_t *lq_book_at(const lq_book_t *book, const lq_book_group_t *g, uint32_t pos)
{
    uint32_t page = g->page;
    for (unsigned depth = g->depth; depth > 0; depth--)
        page = dir(book, page)[((uint64_t)pos >> reach(depth - 1)) % LQ_BOOK_PAGE_DIR];
    return &entries(book, page)[pos % LQ_BOOK_PAGE_ENTRY];
}

static uint32_t take_page(lq_book_t *book)
{
    lq_book_root_t *root = book->root;
    uint32_t page = root->page_free;
    if (page) {
        LQ_BOOK_SET(book, root->page_free, dir(book, page)[0]);
        return page;
    }
    LQ_ASSERT(root->page_bump < book->page_max);
    page = root->page_bump;
    LQ_BOOK_SET(book, root->page_bump, page + 1);
    return page;
}

static void give_page(lq_book_t *book, uint32_t page)
{
    LQ_BOOK_SET(book, dir(book, page)[0], book->root->page_free);
    LQ_BOOK_SET(book, book->root->page_free, page);
}

/* Makes room for the entry behind the last. */
static void grow(lq_book_t *book, lq_book_group_t *g)
{
    uint32_t pos = g->cnt;
    if (pos == 0) {
        LQ_BOOK_SET(book, g->page, take_page(book));
        return;
    }
    if (pos == (uint64_t)1 << reach(g->depth)) {
        uint32_t top = take_page(book);
        LQ_BOOK_SET(book, dir(book, top)[0], g->page);
        LQ_BOOK_SET(book, g->page, top);
        LQ_BOOK_SET(book, g->depth, (uint8_t)(g->depth + 1));
    }
    uint32_t page = g->page;
    for (unsigned depth = g->depth; depth > 0; depth--) {
        uint32_t *down = &dir(book, page)[((uint64_t)pos >> reach(depth - 1)) % LQ_BOOK_PAGE_DIR];
        if (pos % ((uint64_t)1 << reach(depth - 1)) == 0)
            LQ_BOOK_SET(book, *down, take_page(book));
        page = *down;
    }
}

/* Gives back what only the entry behind the last, just taken away, needed. */
static void shrink(lq_book_t *book, lq_book_group_t *g)
{
    uint32_t pos = g->cnt;
    uint32_t page = g->page;
    unsigned depth = g->depth;
    for (; depth > 0 && pos % ((uint64_t)1 << reach(depth - 1)) != 0; depth--)
        page = dir(book, page)[((uint64_t)pos >> reach(depth - 1)) % LQ_BOOK_PAGE_DIR];
    while (depth > 0) { /* a whole branch, of one page a level */
        page = dir(book, page)[((uint64_t)pos >> reach(depth - 1)) % LQ_BOOK_PAGE_DIR];
        depth--;
        uint32_t below = depth > 0 ? dir(book, page)[0] : 0;
        give_page(book, page);
        for (; depth > 0; depth--) {
            page = below;
            below = depth > 1 ? dir(book, page)[0] : 0;
            give_page(book, page);
        }
    }
    if (pos == 0) {
        give_page(book, g->page);
        LQ_BOOK_SET(book, g->page, 0);
    } else if (g->depth > 0 && pos == (uint64_t)1 << reach(g->depth - 1u)) {
        uint32_t top = g->page;
        LQ_BOOK_SET(book, g->page, dir(book, top)[0]);
        LQ_BOOK_SET(book, g->depth, (uint8_t)(g->depth - 1));
        give_page(book, top);
    }
}

static void put(lq_book_t *book, const lq_book_group_t *g, uint32_t pos, lq_book_entry_t entry)
{
    lq_book_entry_t *at = lq_book_at(book, g, pos);
    LQ_BOOK_SET(book, *at, entry);
    LQ_BOOK_SET(book, book->slots[entry.account].pos, pos);
}

static void sift_up(lq_book_t *book, const lq_book_group_t *g, uint32_t pos, lq_book_entry_t entry)
{
    while (pos > 0) {
        uint32_t parent = (pos - 1) / 2;
        lq_book_entry_t above = *lq_book_at(book, g, parent);
        if (above.key <= entry.key)
            break;
        put(book, g, pos, above);
        pos = parent;
    }
    put(book, g, pos, entry);
}

static void sift_down(lq_book_t *book, const lq_book_group_t *g, uint32_t pos,
                      lq_book_entry_t entry)
{
    for (;;) {
        uint64_t child = 2 * (uint64_t)pos + 1;
        if (child >= g->cnt)
            break;
        lq_book_entry_t below = *lq_book_at(book, g, (uint32_t)child);
        if (child + 1 < g->cnt) {
            lq_book_entry_t other = *lq_book_at(book, g, (uint32_t)child + 1);
            if (other.key < below.key) {
                below = other;
                child++;
            }
        }
        if (entry.key <= below.key)
            break;
        put(book, g, pos, below);
        pos = (uint32_t)child;
    }
    put(book, g, pos, entry);
}

static void sift(lq_book_t *book, const lq_book_group_t *g, uint32_t pos, lq_book_entry_t entry)
{
    if (pos > 0 && lq_book_at(book, g, (pos - 1) / 2)->key > entry.key)
        sift_up(book, g, pos, entry);
    else
        sift_down(book, g, pos, entry);
}

static uint32_t add_last(lq_book_t *book, uint32_t group, uint32_t account)
{
    lq_book_group_t *g = &book->groups[group];
    grow(book, g);
    LQ_BOOK_SET(book, book->slots[account].group, group);
    LQ_BOOK_SET(book, g->cnt, g->cnt + 1);
    return g->cnt - 1;
}

void lq_book_append(lq_book_t *book, uint32_t group, lq_book_entry_t entry)
{
    put(book, &book->groups[group], add_last(book, group, entry.account), entry);
}

void lq_book_push(lq_book_t *book, uint32_t group, lq_book_entry_t entry)
{
    sift_up(book, &book->groups[group], add_last(book, group, entry.account), entry);
}

void lq_book_remove(lq_book_t *book, uint32_t account)
{
    lq_book_slot_t slot = book->slots[account];
    lq_book_group_t *g = &book->groups[slot.group];
    lq_book_entry_t last = *lq_book_at(book, g, g->cnt - 1);
    LQ_BOOK_SET(book, g->cnt, g->cnt - 1);
    if (slot.pos != g->cnt)
        sift(book, g, slot.pos, last);
    shrink(book, g);
    LQ_BOOK_SET(book, book->slots[account], (lq_book_slot_t){0});
}

void lq_book_rekey(lq_book_t *book, uint32_t account, float key)
{
    lq_book_slot_t slot = book->slots[account];
    sift(book, &book->groups[slot.group], slot.pos,
         (lq_book_entry_t){.key = key, .account = account});
}

void lq_book_heapify(lq_book_t *book, uint32_t group)
{
    const lq_book_group_t *g = &book->groups[group];
    for (uint32_t i = g->cnt / 2; i-- > 0;)
        sift_down(book, g, i, *lq_book_at(book, g, i));
}

uint32_t lq_book_walk(const lq_book_group_t *g, uint32_t pos, bool below)
{
    if (below && 2 * (uint64_t)pos + 1 < g->cnt)
        return 2 * pos + 1;
    for (;;) {
        while (pos > 0 && pos % 2 == 0)
            pos = (pos - 1) / 2;
        if (pos == 0)
            return LQ_BOOK_WALK_END;
        if (pos + 1 < g->cnt)
            return pos + 1;
        pos = (pos - 1) / 2;
    }
}
