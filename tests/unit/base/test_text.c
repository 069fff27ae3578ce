#include "liqd/base/text.h"

#include "lq_test.h"

/* Encodes C, surrogates included, in LEN bytes; overlong where LEN is larger than needed. */
static void encode(uint8_t out[4], uint32_t c, size_t len)
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i-- > 1; c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)(lead[len] | c);
}

static void decodes_every_code_point_in_its_shortest_form_only(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x110000; c++) {
        size_t want = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        bool valid = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        for (size_t len = want; len <= 4; len++) {
            uint8_t in[4];
            uint32_t got = 0xa5a5;
            encode(in, c, len);
            bool ok = valid && len == want;
            assert_int_equal(lq_text_decode(&got, in, len), ok ? len : 0);
            assert_int_equal(got, ok ? c : 0xa5a5);
            if (ok && len > 1)
                assert_int_equal(lq_text_decode(&got, in, len - 1), 0);
        }
    }
}

static void refuses_every_broken_sequence(void **state)
{
    (void)state;
    uint32_t got;
    for (unsigned first = 0x80; first < 0x100; first++) {
        size_t len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        for (unsigned other = 0; other < 0x100; other++)
            for (size_t at = 1; at < len; at++) {
                uint8_t in[4] = {(uint8_t)first, 0xa0, 0xa0, 0xa0};
                if (first == 0xf4)
                    in[1] = 0x80;
                in[at] = (uint8_t)other;
                if (other < 0x80 || other > 0xbf || first < 0xc2 || first > 0xf4)
                    assert_int_equal(lq_text_decode(&got, in, 4), 0);
            }
    }
}

static void knows_what_is_hidden(void **state)
{
    (void)state;
    static const uint32_t hidden[] = {0,      0x1b,   0x1f,   0x7f,   0x80,    0x9b,    0x9f,
                                      0xad,   0x61c,  0x200b, 0x200f, 0x2028,  0x2029,  0x202a,
                                      0x202e, 0x2060, 0x2066, 0x2069, 0xfe00,  0xfeff,  0xfffb,
                                      0x3164, 0x180e, 0x34f,  0xffa0, 0xe0001, 0xe007f, 0xe0fff};
    static const uint32_t seen[] = {0x20,    0x7e,    0xa0,    0xac,    0xae,   0xe9,
                                    0x61b,   0x200a,  0x2010,  0x2027,  0x202f, 0x205f,
                                    0x2070,  0xfdff,  0xfe10,  0xfffc,  0xfffd, 0x4e2d,
                                    0x1f600, 0xdffff, 0xe1000, 0x10ffff};
    for (size_t i = 0; i < LQ_ARRAY_CNT(hidden); i++)
        assert_true(lq_text_is_hidden(hidden[i]));
    for (size_t i = 0; i < LQ_ARRAY_CNT(seen); i++)
        assert_false(lq_text_is_hidden(seen[i]));
}

static void plain_text_is_all_seen(void **state)
{
    (void)state;
    assert_true(lq_text_is_plain(NULL, 0));
    assert_true(lq_text_is_plain("caf\xc3\xa9 \xe2\x82\xac", 9));
    assert_false(lq_text_is_plain("caf\xc3\xa9 \xe2\x82\xac", 8)); /* cut within a character */
    assert_false(lq_text_is_plain("a\nb", 3));
    assert_false(lq_text_is_plain("a\0b", 3));
    static const char override[] = {'a', '\xe2', '\x80', '\xae'};
    assert_false(lq_text_is_plain(override, sizeof(override)));
    assert_true(lq_text_is_plain("a\n", 1));
}

static void what_is_shown_is_cut_before_a_character(void **state)
{
    (void)state;
    static const uint8_t in[] = "ab\x1b\xc3\xa9";
    char out[16];
    static const struct {
        size_t out_sz;
        const char *want;
    } rows[] = {{1, ""},
                {2, "a"},
                {3, "ab"},
                {6, "ab"},
                {7, "ab\\x1b"},
                {8, "ab\\x1b"},
                {9, "ab\\x1b\xc3\xa9"}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        memset(out, '?', sizeof(out));
        lq_text_show_cut(out, rows[i].out_sz, in, sizeof(in) - 1);
        assert_string_equal(out, rows[i].want);
        assert_int_equal(out[rows[i].out_sz], '?');
    }
}

static void the_distance_counts_slips(void **state)
{
    (void)state;
    char wide[66];
    memset(wide, 'a', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    assert_int_equal(lq_text_distance("WETH", "WETH", 9), 0);
    assert_int_equal(lq_text_distance("WETH", "wstETH", 9), 3);
    assert_int_equal(lq_text_distance("kitten", "sitting", 9), 3);
    assert_int_equal(lq_text_distance("kitten", "sitting", 1), 2);
    assert_int_equal(lq_text_distance("", "abc", 9), 3);
    assert_int_equal(lq_text_distance(wide, wide, 9), 10);
    assert_int_equal(lq_text_distance(wide + 1, wide + 1, 9), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_every_code_point_in_its_shortest_form_only),
        cmocka_unit_test(refuses_every_broken_sequence),
        cmocka_unit_test(knows_what_is_hidden),
        cmocka_unit_test(plain_text_is_all_seen),
        cmocka_unit_test(what_is_shown_is_cut_before_a_character),
        cmocka_unit_test(the_distance_counts_slips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
