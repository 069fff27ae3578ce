#include "liqd/base/undo.h"

#include <sys/wait.h>
#include <unistd.h>

#include "liqd/base/map.h"
#include "lq_test.h"

enum {
    HEAD_SZ = 192,
    LINE = LQ_UNDO_LINE_SZ,
    WINDOW = 64
};

static size_t memory_sz(const lq_undo_config_t *c)
{
    return HEAD_SZ + ((c->state_sz + LINE - 1) / LINE + c->line_max) * 68 + c->blk_max * 16;
}

/* A journal in an arena of exactly its size, which the caller ends. */
static lq_undo_t *new_undo(lq_arena_t *arena, size_t state_sz, size_t line_max, size_t blk_max)
{
    lq_undo_config_t c = {.state_sz = state_sz, .line_max = line_max, .blk_max = blk_max};
    lq_undo_t *undo = NULL;
    assert_ok(lq_arena_init(arena, memory_sz(&c)));
    assert_ok(lq_undo_new(&undo, arena, &c));
    assert_non_null(undo);
    return undo;
}

static uint8_t *piece_of(lq_undo_t *undo, size_t sz)
{
    uint8_t *piece = lq_undo_alloc(undo, sz);
    assert_non_null(piece);
    return piece;
}

static void set(lq_undo_t *undo, uint8_t *at, uint8_t value)
{
    lq_undo_write(undo, at, &value, 1);
}

static void takes_exactly_the_memory_it_states(void **state)
{
    (void)state;
    static const lq_undo_config_t rows[] = {
        {1, 1, 1}, {64, 1, 2}, {65, 3, 1}, {100000, 77, 65}, {4096, 4096, 65},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_arena_t arena;
        (void)new_undo(&arena, rows[i].state_sz, rows[i].line_max, rows[i].blk_max);
        assert_int_equal(lq_arena_used_sz(&arena), memory_sz(&rows[i]));
        lq_arena_fini(&arena);

        assert_ok(lq_arena_init(&arena, memory_sz(&rows[i]) - 1));
        lq_undo_t *undo = (lq_undo_t *)(void *)&arena;
        assert_err(lq_undo_new(&undo, &arena, &rows[i]), LQ_ERR_NOMEM);
        assert_ptr_equal(undo, &arena);
        assert_int_equal(lq_arena_used_sz(&arena), 0);
        assert_int_equal(lq_arena_refused_cnt(&arena), 1);
        lq_arena_fini(&arena);
    }
}

static void refuses_sizes_out_of_range(void **state)
{
    (void)state;
    static const lq_undo_config_t rows[] = {
        {0, 1, 1},        {1, 0, 1},
        {1, 1, 0},        {LQ_UNDO_STATE_MAX + 1, 1, 1},
        {SIZE_MAX, 1, 1}, {1, LQ_UNDO_LINE_MAX + 1, 1},
        {1, SIZE_MAX, 1}, {1, 1, LQ_UNDO_BLK_MAX + 1},
        {1, 1, SIZE_MAX},
    };
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 1u << 20));
    lq_undo_t *undo = (lq_undo_t *)(void *)&arena;
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++)
        assert_err(lq_undo_new(&undo, &arena, &rows[i]), LQ_ERR_RANGE);
    const lq_undo_config_t largest = {LQ_UNDO_STATE_MAX, LQ_UNDO_LINE_MAX, LQ_UNDO_BLK_MAX};
    assert_err(lq_undo_new(&undo, &arena, &largest), LQ_ERR_NOMEM);
    assert_ptr_equal(undo, &arena);
    assert_int_equal(lq_arena_used_sz(&arena), 0);
    lq_arena_fini(&arena);
}

static void gives_zeroed_pieces_of_the_room_it_states(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 63, 64, 65, 128, 1000};
    static const size_t taken[] = {2, 2, 2, 2, 3, 3, 17}; /* lines */
    size_t line_cnt = 1;
    for (size_t i = 0; i < LQ_ARRAY_CNT(sizes); i++)
        line_cnt += taken[i];
    lq_undo_config_t c = {.state_sz = line_cnt * LINE, .line_max = 9, .blk_max = 2};
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, memory_sz(&c)));
    lq_arena_mark_t start = lq_arena_mark(&arena);
    memset(lq_arena_alloc(&arena, memory_sz(&c), 1), 0xff, memory_sz(&c));
    lq_arena_rewind(&arena, start);
    lq_undo_t *undo = NULL;
    assert_ok(lq_undo_new(&undo, &arena, &c));
    for (size_t i = 0; i < LQ_ARRAY_CNT(sizes); i++) {
        assert_null(lq_undo_alloc(undo, (line_cnt - 2) * LINE + 1));
        assert_null(lq_undo_alloc(undo, SIZE_MAX));
        uint8_t *piece = piece_of(undo, sizes[i]);
        assert_int_equal((uintptr_t)piece % LINE, 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(piece[k], 0);
        lq_undo_keep(undo, piece, sizes[i] ? sizes[i] : 1);
        memset(piece, 0xff, sizes[i]);
    }
    uint64_t digest = lq_undo_digest(undo);
    assert_null(lq_undo_alloc(undo, 0));
    assert_null(lq_undo_alloc(undo, 1));
    assert_null(lq_undo_alloc(undo, SIZE_MAX));
    assert_int_equal(lq_undo_digest(undo), digest);
    lq_arena_fini(&arena);
}

static void restores_each_block_of_a_reorg_as_deep_as_the_window(void **state)
{
    (void)state;
    enum {
        SZ = 5000,
        CNT = 300
    };
    lq_rng_t rng = lq_test_rng();
    lq_arena_t arena;
    lq_undo_t *undo = new_undo(&arena, 6000, (size_t)20 * 2 * (WINDOW + 1), WINDOW + 1);
    uint8_t *piece = piece_of(undo, SZ);
    static uint8_t before[CNT][SZ];
    uint64_t blk = 1000;
    for (size_t round = 0; round < 3; round++) {
        for (; blk < 1000 + CNT; blk++) {
            memcpy(before[blk - 1000], piece, SZ);
            lq_undo_begin(undo, blk);
            for (size_t i = 0; i < 20; i++) {
                uint8_t bytes[16];
                lq_rng_bytes(&rng, bytes, sizeof(bytes));
                lq_undo_write(undo, piece + lq_rng_below(&rng, SZ - 15), bytes, sizeof(bytes));
            }
        }
        assert_int_equal(lq_undo_depth(undo), WINDOW + 1);
        while (lq_undo_depth(undo)) {
            blk--;
            assert_ok(lq_undo_back(undo, blk));
            assert_memory_equal(piece, before[blk - 1000], SZ);
        }
        assert_int_equal(blk, 1000 + CNT - WINDOW - 1);
        assert_err(lq_undo_back(undo, blk - 1), LQ_ERR_EMPTY);
        assert_memory_equal(piece, before[blk - 1000], SZ);
    }
    assert_int_equal(lq_undo_stat(undo).dropped_cnt, 0);
    lq_arena_fini(&arena);
}

static void keeps_a_line_once_a_block(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_undo_t *undo = new_undo(&arena, 1024, 8, 4);
    uint8_t *piece = piece_of(undo, 300);
    lq_undo_begin(undo, 1);
    for (size_t i = 0; i < 1000; i++)
        set(undo, piece + 64 + i % 64, (uint8_t)i);
    assert_int_equal(lq_undo_stat(undo).line_cnt, 1);
    lq_undo_keep(undo, piece + 63, 66); /* the lines on both sides, by a byte each */
    assert_int_equal(lq_undo_stat(undo).line_cnt, 3);
    lq_undo_keep(undo, piece, 0);
    lq_undo_keep(undo, NULL, 0);
    lq_undo_write(undo, NULL, NULL, 0);
    assert_int_equal(lq_undo_stat(undo).line_cnt, 3);
    lq_undo_begin(undo, 2);
    set(undo, piece + 64, 1);
    assert_int_equal(lq_undo_stat(undo).line_cnt, 4);
    assert_ok(lq_undo_back(undo, 2));
    assert_int_equal(lq_undo_stat(undo).line_cnt, 3);
    assert_ok(lq_undo_back(undo, 1));
    assert_int_equal(lq_undo_stat(undo).line_cnt, 0);
    assert_int_equal(lq_undo_stat(undo).line_peak, 4);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(piece[i], 0);
    lq_arena_fini(&arena);
}

static void changes_after_a_block_was_undone_belong_to_the_one_below(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_undo_t *undo = new_undo(&arena, 1024, 8, 4);
    uint8_t *piece = piece_of(undo, 300);
    set(undo, piece, 1);
    lq_undo_begin(undo, 1);
    set(undo, piece, 2);
    lq_undo_begin(undo, 2);
    set(undo, piece, 3);
    set(undo, piece + 100, 3);
    assert_ok(lq_undo_back(undo, 2));
    assert_int_equal(piece[0], 2);
    set(undo, piece, 4); /* kept twice for block 1 */
    set(undo, piece + 100, 4);
    lq_undo_begin(undo, 2);
    set(undo, piece, 5);
    set(undo, piece + 100, 5);
    assert_ok(lq_undo_back(undo, 2));
    assert_int_equal(piece[0], 4);
    assert_int_equal(piece[100], 4);
    assert_ok(lq_undo_back(undo, 1));
    assert_int_equal(piece[0], 1);
    assert_int_equal(piece[100], 0);
    lq_arena_fini(&arena);
}

/* As often as anybody likes: were its serial used up the last one would fail. */
static void a_block_that_never_was_leaves_nothing(void **state)
{
    (void)state;
    enum {
        LINES = 8
    };
    lq_arena_t arena;
    lq_undo_t *undo = new_undo(&arena, 4096, LINES, 3);
    uint8_t *a = piece_of(undo, (size_t)4 * LINE);
    lq_undo_begin(undo, 1);
    set(undo, a, 1);
    lq_undo_begin(undo, 2);
    set(undo, a, 2);
    set(undo, a + LINE, 3);
    uint8_t *third = a + (size_t)2 * LINE;
    uint64_t digest = lq_undo_digest(undo);
    assert_int_equal(lq_undo_room(undo), LINES - 3);
    for (size_t i = 0; i < 100000; i++) {
        lq_undo_begin(undo, 3);
        set(undo, a, 4);
        set(undo, third, (uint8_t)i);
        assert_int_equal(lq_undo_room(undo), LINES - 5);
        assert_ok(lq_undo_retract(undo, 3));
    }
    assert_true(digest == lq_undo_digest(undo));
    assert_int_equal(lq_undo_room(undo), LINES - 3);
    set(undo, a, 5); /* of block 2, which has kept the line already */
    set(undo, a, 6);
    lq_undo_begin(undo, 3); /* with the serial of those */
    set(undo, a, 7);
    set(undo, third, 8);
    assert_ok(lq_undo_back(undo, 3));
    assert_int_equal(a[0], 6);
    assert_int_equal(third[0], 0);
    assert_ok(lq_undo_back(undo, 2));
    assert_int_equal(a[0], 1);
    assert_int_equal(a[LINE], 0);
    assert_ok(lq_undo_back(undo, 1));
    assert_int_equal(a[0], 0);
    assert_err(lq_undo_retract(undo, 1), LQ_ERR_EMPTY);
    lq_arena_fini(&arena);
}

static void what_is_written_with_no_block_kept_stays(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_undo_t *undo = new_undo(&arena, 1024, 1, 4);
    uint8_t *piece = piece_of(undo, 300);
    assert_int_equal(lq_undo_depth(undo), 0);
    assert_err(lq_undo_back(undo, 0), LQ_ERR_EMPTY);
    memset(piece, 1, 300);
    lq_undo_write(undo, piece + 7, "seven", 5); /* more lines than there is room for */
    lq_undo_keep(undo, piece, 300);
    assert_int_equal(lq_undo_stat(undo).line_peak, 0);
    assert_int_equal(lq_undo_stat(undo).dropped_cnt, 0);
    lq_undo_begin(undo, 5);
    set(undo, piece, 9);
    assert_ok(lq_undo_back(undo, 5));
    assert_int_equal(piece[0], 1);
    set(undo, piece + 1, 8); /* again none is kept */
    assert_int_equal(lq_undo_stat(undo).line_cnt, 0);
    lq_undo_begin(undo, 5);
    lq_undo_begin(undo, 6);
    set(undo, piece + 2, 7);
    lq_undo_forget(undo, 0);
    set(undo, piece + 3, 6);
    assert_err(lq_undo_back(undo, 6), LQ_ERR_EMPTY);
    assert_int_equal(lq_undo_stat(undo).line_cnt, 0);
    assert_memory_equal(piece, "\x01\x08\x07\x06\x01\x01\x01seven\x01", 13);
    lq_undo_begin(undo, 1); /* any number does */
    assert_int_equal(lq_undo_depth(undo), 1);
    lq_arena_fini(&arena);
}

static void a_block_larger_than_the_journal_leaves_no_way_back(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_undo_t *undo = new_undo(&arena, 2048, 4, 4);
    uint8_t *piece = piece_of(undo, 640);
    lq_undo_begin(undo, 1);
    set(undo, piece, 1);
    lq_undo_begin(undo, 2);
    for (size_t i = 0; i < 4; i++)
        set(undo, piece + i * LINE, 2);
    assert_int_equal(lq_undo_depth(undo), 1); /* block 1 had to go, block 2 just fits */
    assert_int_equal(lq_undo_stat(undo).dropped_cnt, 1);
    set(undo, piece + 4 * (size_t)LINE, 2);
    assert_int_equal(lq_undo_depth(undo), 0);
    assert_int_equal(lq_undo_stat(undo).dropped_cnt, 2);
    set(undo, piece + 5 * (size_t)LINE, 2);
    uint64_t digest = lq_undo_digest(undo);
    assert_err(lq_undo_back(undo, 2), LQ_ERR_EMPTY);
    assert_int_equal(lq_undo_digest(undo), digest);
    lq_undo_begin(undo, 3);
    lq_undo_keep(undo, piece + LINE, 4 * (size_t)LINE);
    memset(piece + LINE, 3, 4 * (size_t)LINE);
    assert_ok(lq_undo_back(undo, 3));
    assert_int_equal(lq_undo_digest(undo), digest);
    assert_err(lq_undo_back(undo, 2), LQ_ERR_EMPTY);
    assert_int_equal(lq_undo_stat(undo).dropped_cnt, 2);
    assert_int_equal(lq_undo_stat(undo).line_peak, 4);
    lq_undo_begin(undo, 3);
    lq_undo_keep(undo, piece, 640); /* too large by itself, in one call */
    assert_int_equal(lq_undo_depth(undo), 0);
    assert_int_equal(lq_undo_stat(undo).line_cnt, 0);
    lq_arena_fini(&arena);
}

static void writes_from_the_state_itself_also_where_both_overlap(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_undo_t *undo = new_undo(&arena, 1024, 8, 4);
    uint8_t *piece = piece_of(undo, 200);
    lq_undo_write(undo, piece + 60, "abcdefgh", 8);
    uint64_t digest = lq_undo_digest(undo);
    lq_undo_begin(undo, 1);
    lq_undo_write(undo, piece + 62, piece + 60, 8);
    assert_memory_equal(piece + 60, "ababcdefgh", 10);
    lq_undo_write(undo, piece + 60, piece + 62, 8);
    assert_memory_equal(piece + 60, "abcdefghgh", 10);
    assert_ok(lq_undo_back(undo, 1));
    assert_int_equal(lq_undo_digest(undo), digest);
    lq_arena_fini(&arena);
}

static void digest_sees_every_bit_and_its_place(void **state)
{
    (void)state;
    const size_t sz = 70;
    const size_t bit_cnt = 8 * sz;
    lq_arena_t arena;
    lq_undo_t *undo = new_undo(&arena, 1024, 8, 4);
    uint8_t *pieces[] = {piece_of(undo, sz), piece_of(undo, sz)};
    uint64_t seen[2000] = {lq_undo_digest(undo)};
    for (size_t i = 0; i < 2 * bit_cnt; i++) {
        uint8_t *at = pieces[i / bit_cnt] + i % bit_cnt / 8;
        *at = (uint8_t)(1u << i % 8);
        seen[i + 1] = lq_undo_digest(undo);
        *at = 0;
        for (size_t k = 0; k <= i; k++)
            assert_true(seen[k] != seen[i + 1]);
    }
    assert_int_equal(lq_undo_digest(undo), seen[0]);
    lq_arena_fini(&arena);
}

/* The way of the header to have a map beside the state. */
typedef struct row {
    uint8_t key[20];
    uint32_t value;
} row_t;

typedef struct table {
    lq_undo_t *undo;
    lq_map_t *map;
    row_t *rows;
    uint32_t *row_cnt;
} table_t;

static row_t *find_row(const table_t *t, const uint8_t *key)
{
    uint32_t idx;
    if (lq_map_find(t->map, &idx, key) || idx >= *t->row_cnt ||
        memcmp(t->rows[idx].key, key, sizeof(t->rows[idx].key)) != 0)
        return NULL;
    return t->rows + idx;
}

static void put_row(const table_t *t, const uint8_t *key, uint32_t value)
{
    row_t *row = find_row(t, key);
    if (!row) {
        assert_ok(lq_map_upsert(t->map, key, *t->row_cnt));
        row = t->rows + *t->row_cnt;
        lq_undo_keep(t->undo, t->row_cnt, sizeof(*t->row_cnt));
        ++*t->row_cnt;
        lq_undo_write(t->undo, row->key, key, sizeof(row->key));
    }
    lq_undo_write(t->undo, &row->value, &value, sizeof(value));
}

static void a_map_beside_the_state_needs_no_undoing(void **state)
{
    (void)state;
    enum {
        KEYS = 40,
        BLKS = 10
    };
    lq_rng_t rng = lq_test_rng();
    lq_arena_t map_arena;
    lq_arena_t arena;
    table_t t = {.undo = new_undo(&arena, 4096, 1000, BLKS)};
    assert_ok(lq_arena_init(&map_arena, 1u << 16));
    assert_ok(lq_map_new(&t.map, &map_arena, 20, KEYS, lq_rng_u64(&rng)));
    t.rows = (row_t *)(void *)piece_of(t.undo, KEYS * sizeof(row_t));
    t.row_cnt = (uint32_t *)(void *)piece_of(t.undo, sizeof(uint32_t));
    static uint32_t want[BLKS + 1][KEYS]; /* by the blocks kept; 0 where the key has no row */
    for (size_t i = 0; i < lq_test_cnt(20000, 1000000); i++) {
        size_t depth = lq_undo_depth(t.undo);
        uint64_t dice = lq_rng_below(&rng, 20);
        uint8_t key[20] = {0};
        lq_undo_warm(t.undo);
        size_t k = lq_rng_below(&rng, KEYS);
        key[0] = (uint8_t)k;
        if (dice == 0 && depth < BLKS) {
            memcpy(want[depth + 1], want[depth], sizeof(want[0]));
            lq_undo_begin(t.undo, depth);
        } else if (dice == 1 && depth) {
            assert_ok(lq_undo_back(t.undo, depth - 1));
        } else if (dice < 6 && depth) {
            want[depth][k] = 1 + (uint32_t)i;
            put_row(&t, key, 1 + (uint32_t)i);
        } else {
            row_t *row = find_row(&t, key);
            assert_int_equal(row ? row->value : 0, want[depth][k]);
        }
    }
    lq_arena_fini(&map_arena);
    lq_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_exactly_the_memory_it_states),
        cmocka_unit_test(refuses_sizes_out_of_range),
        cmocka_unit_test(gives_zeroed_pieces_of_the_room_it_states),
        cmocka_unit_test(restores_each_block_of_a_reorg_as_deep_as_the_window),
        cmocka_unit_test(keeps_a_line_once_a_block),
        cmocka_unit_test(changes_after_a_block_was_undone_belong_to_the_one_below),
        cmocka_unit_test(a_block_that_never_was_leaves_nothing),
        cmocka_unit_test(what_is_written_with_no_block_kept_stays),
        cmocka_unit_test(a_block_larger_than_the_journal_leaves_no_way_back),
        cmocka_unit_test(writes_from_the_state_itself_also_where_both_overlap),
        cmocka_unit_test(digest_sees_every_bit_and_its_place),
        cmocka_unit_test(a_map_beside_the_state_needs_no_undoing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
