#include "liqd/base/undo.h"

#include "lq_test.h"

/* Two pieces of 100 bytes, hence two lines each and a gap between; a block is on top. Each caller
   dies. */
typedef struct rig {
    lq_undo_t *undo;
    uint8_t *first;
    uint8_t *second;
} rig_t;

static rig_t new_rig(void)
{
    static lq_arena_t arena;
    rig_t r;
    const lq_undo_config_t c = {.state_sz = 4096, .line_max = 16, .blk_max = 4};
    if (lq_arena_init(&arena, 1u << 16) || lq_undo_new(&r.undo, &arena, &c))
        abort();
    r.first = lq_undo_alloc(r.undo, 100);
    r.second = lq_undo_alloc(r.undo, 100);
    if (!r.first || !r.second)
        abort();
    lq_undo_begin(r.undo, 7);
    return r;
}

static void keep_before_the_first(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.first - 1, 1);
}

static void keep_from_before_the_state(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.first - LQ_UNDO_LINE_SZ - 1, 2);
}

static void keep_far_before(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.first - 1000, 1);
}

static void keep_in_the_gap(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.second - 1, 1);
}

static void keep_into_the_gap(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.first, 129);
}

static void keep_both_pieces(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.first, (size_t)(r.second - r.first) + 1);
}

static void keep_behind_the_last(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.second + 128, 1);
}

static void keep_in_what_is_not_given_out(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.second + 128 + LQ_UNDO_LINE_SZ, 1);
}

static void keep_a_size_that_wraps(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.first + 1, SIZE_MAX);
}

static void keep_null(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, NULL, 1);
}

static void write_to_the_stack(void)
{
    rig_t r = new_rig();
    uint8_t byte = 0;
    lq_undo_write(r.undo, &byte, r.first, 1);
}

static void write_in_the_gap_with_no_block(void)
{
    rig_t r = new_rig();
    lq_undo_forget(r.undo, 0);
    lq_undo_write(r.undo, r.second - 1, r.first, 1);
}

static void write_in_the_gap_after_a_block_too_large(void)
{
    static lq_arena_t arena;
    lq_undo_t *undo;
    const lq_undo_config_t c = {.state_sz = 4096, .line_max = 1, .blk_max = 4};
    if (lq_arena_init(&arena, 1u << 16) || lq_undo_new(&undo, &arena, &c))
        abort();
    uint8_t *piece = lq_undo_alloc(undo, 128);
    lq_undo_begin(undo, 1);
    lq_undo_keep(undo, piece, 128);
    if (lq_undo_depth(undo) == 0)
        lq_undo_keep(undo, piece, 129);
}

static void changes_outside_the_pieces_are_a_bug(void **state)
{
    (void)state;
    assert_dies(keep_before_the_first, "of the state");
    assert_dies(keep_from_before_the_state, "2 bytes at");
    assert_dies(keep_far_before, "1 bytes at");
    assert_dies(keep_in_the_gap, "of the state");
    assert_dies(keep_into_the_gap, "of the state");
    assert_dies(keep_both_pieces, "of the state");
    assert_dies(keep_behind_the_last, "of the state");
    assert_dies(keep_in_what_is_not_given_out, "1 bytes at");
    assert_dies(keep_a_size_that_wraps, "18446744073709551615 bytes at");
    assert_dies(keep_null, "1 bytes at");
    assert_dies(write_to_the_stack, "1 bytes at");
    assert_dies(write_in_the_gap_with_no_block, "of the state");
    assert_dies(write_in_the_gap_after_a_block_too_large, "of the state");
}

static void begin_a_gap(void)
{
    lq_undo_begin(new_rig().undo, 9);
}

static void begin_the_top_again(void)
{
    lq_undo_begin(new_rig().undo, 7);
}

static void begin_below(void)
{
    lq_undo_begin(new_rig().undo, 6);
}

static void back_below_the_top(void)
{
    rig_t r = new_rig();
    lq_undo_begin(r.undo, 8);
    (void)!lq_undo_back(r.undo, 7);
}

static void back_above_the_top(void)
{
    (void)!lq_undo_back(new_rig().undo, 8);
}

static void back_twice(void)
{
    rig_t r = new_rig();
    lq_undo_begin(r.undo, 8);
    if (lq_undo_back(r.undo, 8) == LQ_OK)
        (void)!lq_undo_back(r.undo, 8);
}

static void blocks_out_of_order_are_a_bug(void **state)
{
    (void)state;
    assert_dies(begin_a_gap, "block 9 does not follow block 7");
    assert_dies(begin_the_top_again, "block 7 does not follow block 7");
    assert_dies(begin_below, "block 6 does not follow block 7");
    assert_dies(back_below_the_top, "block 7 is not on top, but block 8");
    assert_dies(back_above_the_top, "block 8 is not on top, but block 7");
    assert_dies(back_twice, "block 8 is not on top, but block 7");
}

static void keep_one_byte_behind(void)
{
    rig_t r = new_rig();
    lq_undo_keep(r.undo, r.first + 99, 2);
}

static void read_one_byte_behind(void)
{
    volatile uint8_t *first = new_rig().first;
    (void)first[100];
}

static void write_one_byte_behind_the_last(void)
{
    volatile uint8_t *second = new_rig().second;
    second[100] = 1;
}

static void write_one_byte_before(void)
{
    volatile uint8_t *first = new_rig().first;
    *(first - 1) = 1;
}

static void write_what_is_not_given_out(void)
{
    volatile uint8_t *second = new_rig().second;
    second[1000] = 1;
}

static void misuse_is_reported_to_the_byte_under_asan(void **state)
{
    (void)state;
    if (!LQ_ASAN) {
        print_message("skipped: only builds with the address sanitizer report misuse\n");
        skip();
    }
    assert_dies(keep_one_byte_behind, "2 bytes at");
    assert_dies(read_one_byte_behind, "use-after-poison");
    assert_dies(write_one_byte_behind_the_last, "use-after-poison");
    assert_dies(write_one_byte_before, "use-after-poison");
    assert_dies(write_what_is_not_given_out, "use-after-poison");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_outside_the_pieces_are_a_bug),
        cmocka_unit_test(blocks_out_of_order_are_a_bug),
        cmocka_unit_test(misuse_is_reported_to_the_byte_under_asan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
