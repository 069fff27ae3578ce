#include "hex_internal.h"

#include <ctype.h>
#include <inttypes.h>

#include "lq_test.h"

enum {
    SZ_MAX = 200
};

/* Random digits in either case. */
static void random_digits(char *out, size_t cnt, lq_rng_t *rng)
{
    for (size_t i = 0; i < cnt; i++)
        out[i] = "0123456789abcdefABCDEF"[lq_rng_below(rng, 22)];
}

/* What the digits at IN mean, by libc. */
static void bytes_by_libc(uint8_t *out, size_t out_sz, const char *in)
{
    for (size_t i = 0; i < out_sz; i++) {
        char pair[3] = {in[2 * i], in[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

/* SZ bytes that end where their allocation ends, OFFSET bytes behind its beginning, so that the
   sanitizer sees a step too far and vectors meet every alignment. */
typedef struct buffer {
    uint8_t *base;
    uint8_t *at;
} buffer_t;

static buffer_t buffer_new(size_t sz, size_t offset)
{
    buffer_t b;
    b.base = malloc(offset + sz + !(offset + sz));
    assert_non_null(b.base);
    b.at = b.base + offset;
    memset(b.at, 0xa5, sz);
    return b;
}

static void assert_untouched(const uint8_t *at, size_t sz)
{
    for (size_t i = 0; i < sz; i++)
        assert_int_equal(at[i], 0xa5);
}

static void encodes_lower_case_at_any_size_and_alignment(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = SZ_MAX + 1 + lq_test_cnt(2000, 2000000);
    for (size_t i = 0; i < cnt; i++) {
        size_t sz = i <= SZ_MAX ? i : lq_rng_below(&rng, SZ_MAX + 1);
        buffer_t in = buffer_new(sz, lq_rng_below(&rng, 32));
        buffer_t out = buffer_new(2 * sz, lq_rng_below(&rng, 32));
        lq_rng_bytes(&rng, in.at, sz);
        char want[2 * SZ_MAX + 1];
        for (size_t k = 0; k < sz; k++)
            (void)snprintf(want + 2 * k, 3, "%02x", in.at[k]);
        lq_hex_encode((char *)out.at, in.at, sz);
        assert_memory_equal(out.at, want, 2 * sz);
        memset(out.at, 0xa5, 2 * sz);
        lq_hex_encode_scalar((char *)out.at, in.at, sz);
        assert_memory_equal(out.at, want, 2 * sz);
        free(in.base);
        free(out.base);
    }
    lq_hex_encode(NULL, NULL, 0);
}

/* Each byte at each place of a vector, so that each entry of each table is met in each lane. */
static void encodes_every_byte_everywhere(void **state)
{
    (void)state;
    for (size_t at = 0; at < 40; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint8_t in[40] = {0};
            in[at] = (uint8_t)byte;
            char out[80];
            lq_hex_encode(out, in, sizeof(in));
            char want[3];
            (void)snprintf(want, sizeof(want), "%02x", byte);
            for (size_t k = 0; k < sizeof(in); k++)
                assert_memory_equal(out + 2 * k, k == at ? want : "00", 2);
        }
    }
}

static void decodes_digits_of_either_case_at_any_size_and_alignment(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = SZ_MAX + 1 + lq_test_cnt(2000, 2000000);
    for (size_t i = 0; i < cnt; i++) {
        size_t sz = i <= SZ_MAX ? i : lq_rng_below(&rng, SZ_MAX + 1);
        buffer_t in = buffer_new(2 * sz, lq_rng_below(&rng, 32));
        buffer_t out = buffer_new(sz, lq_rng_below(&rng, 32));
        random_digits((char *)in.at, 2 * sz, &rng);
        uint8_t want[SZ_MAX];
        bytes_by_libc(want, sz, (char *)in.at);
        assert_ok(lq_hex_decode(out.at, sz, NULL, (char *)in.at, 2 * sz));
        assert_memory_equal(out.at, want, sz);
        memset(out.at, 0xa5, sz);
        assert_true(lq_hex_digits_scalar(out.at, sz, (char *)in.at));
        assert_memory_equal(out.at, want, sz);
        free(in.base);
        free(out.base);
    }
    assert_ok(lq_hex_decode(NULL, 0, NULL, NULL, 0));
}

/* Each of the 256 characters at each place, around every edge between scalar, short and long. */
static void judges_every_character_everywhere(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 8, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 96, 97};
    for (size_t s = 0; s < LQ_ARRAY_CNT(sizes); s++) {
        size_t sz = sizes[s];
        buffer_t in = buffer_new(2 * sz, 0);
        buffer_t out = buffer_new(sz, 0);
        memset(in.at, '7', 2 * sz);
        for (size_t at = 0; at < 2 * sz; at++) {
            for (unsigned c = 0; c < 256; c++) {
                in.at[at] = (uint8_t)c;
                bool want = isxdigit((int)c);
                memset(out.at, 0xa5, sz);
                bool got = lq_hex_digits(out.at, sz, (char *)in.at);
                assert_int_equal(got, want);
                uint8_t byte[1] = {0xa5};
                if (want)
                    bytes_by_libc(byte, 1, (char *)in.at + at / 2 * 2);
                assert_int_equal(out.at[at / 2], byte[0]);
                if (!want)
                    assert_untouched(out.at, sz);
                uint8_t scalar[100];
                memset(scalar, 0xa5, sz);
                assert_int_equal(lq_hex_digits_scalar(scalar, sz, (char *)in.at), want);
                assert_memory_equal(out.at, scalar, sz);
            }
            in.at[at] = '7';
        }
        free(in.base);
        free(out.base);
    }
}

/* Says at which offset MSG puts the fault. */
static size_t offset_in(const lq_err_msg_t *msg)
{
    size_t at = SIZE_MAX;
    assert_int_equal(sscanf(msg->text, "offset %zu: ", &at), 1); // NOLINT(cert-err34-c)
    return at;
}

static void names_the_first_fault_and_touches_nothing(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(5000, 5000000);
    for (size_t i = 0; i < cnt; i++) {
        size_t sz = 1 + lq_rng_below(&rng, SZ_MAX);
        buffer_t in = buffer_new(2 + 2 * sz, 0);
        buffer_t out = buffer_new(sz, 0);
        in.at[0] = '0';
        in.at[1] = 'x';
        char *text = (char *)in.at + 2;
        random_digits(text, 2 * sz, &rng);
        size_t first = SIZE_MAX;
        for (size_t n = 1 + lq_rng_below(&rng, 3); n; n--) {
            size_t at = lq_rng_below(&rng, 2 * sz);
            do
                text[at] = (char)lq_rng_u64(&rng);
            while (isxdigit((uint8_t)text[at]));
            if (at < first)
                first = at;
        }
        lq_err_msg_t msg;
        assert_err(lq_hex_decode(out.at, sz, &msg, text, 2 * sz), LQ_ERR_SYNTAX);
        assert_int_equal(offset_in(&msg), first);
        assert_err(lq_hex_decode_data(out.at, sz, &msg, text - 2, 2 + 2 * sz), LQ_ERR_SYNTAX);
        assert_int_equal(offset_in(&msg), 2 + first);
        size_t out_sz = 77;
        assert_err(lq_hex_decode_data_max(out.at, &out_sz, sz, &msg, text - 2, 2 + 2 * sz),
                   LQ_ERR_SYNTAX);
        assert_int_equal(offset_in(&msg), 2 + first);
        assert_int_equal(out_sz, 77);
        assert_untouched(out.at, sz);
        free(in.base);
        free(out.base);
    }
}

/* Every way to be refused, and how it reads. WANT_SZ: the exact size asked for. */
static void explains_what_it_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t want_sz;
        const char *text;
    } data[] = {
        {"", 0, "offset 0: does not begin with 0x: write 0x first"},
        {"0", 0, "offset 0: does not begin with 0x: write 0x first"},
        {"x0", 0, "offset 0: does not begin with 0x: write 0x first"},
        {"12", 1, "offset 0: does not begin with 0x: write 0x first"},
        {"0X12", 1, "offset 0: does not begin with 0x: write 0x first"},
        {" 0x12", 1, "offset 0: does not begin with 0x: write 0x first"},
        {"0x", 1, "0 hex digits: 1 bytes take exactly 2"},
        {"0x1", 1, "1 hex digits: 1 bytes take exactly 2"},
        {"0x123", 1, "3 hex digits: 1 bytes take exactly 2"},
        {"0x1234", 1, "4 hex digits: 1 bytes take exactly 2"},
        {"0x12", 0, "2 hex digits: 0 bytes take exactly 0"},
        {"0x1g", 1, "offset 3: 'g' is no hex digit: only 0-9 and a-f may stand here"},
        {"0x ~", 1, "offset 2: byte 0x20 is no hex digit: only 0-9 and a-f may stand here"},
        {"0x1~", 1, "offset 3: '~' is no hex digit: only 0-9 and a-f may stand here"},
        {"0x\xc3\xa4", 1, "offset 2: byte 0xc3 is no hex digit: only 0-9 and a-f may stand here"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(data); i++) {
        uint8_t out[2] = {0xa5, 0xa5};
        lq_err_msg_t msg;
        size_t in_sz = strlen(data[i].in);
        assert_err(lq_hex_decode_data(out, data[i].want_sz, &msg, data[i].in, in_sz),
                   LQ_ERR_SYNTAX);
        assert_string_equal(msg.text, data[i].text);
        assert_err(lq_hex_decode_data(out, data[i].want_sz, NULL, data[i].in, in_sz),
                   LQ_ERR_SYNTAX);
        assert_untouched(out, sizeof(out));
    }
}

static void reads_exactly_the_bare_digits_asked_for(void **state)
{
    (void)state;
    uint8_t out[2] = {0xa5, 0xa5};
    lq_err_msg_t msg;
    assert_err(lq_hex_decode(out, 1, &msg, "1", 1), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "1 hex digits: 1 bytes take exactly 2");
    assert_err(lq_hex_decode(out, 1, &msg, "123", 3), LQ_ERR_SYNTAX);
    assert_err(lq_hex_decode(out, 1, &msg, "1234", 4), LQ_ERR_SYNTAX);
    assert_err(lq_hex_decode(out, 1, &msg, "", 0), LQ_ERR_SYNTAX);
    assert_err(lq_hex_decode(out, 0, &msg, "12", 2), LQ_ERR_SYNTAX);
    assert_err(lq_hex_decode(out, 2, &msg, "0x12", 4), LQ_ERR_SYNTAX);
    assert_int_equal(offset_in(&msg), 1);
    assert_untouched(out, sizeof(out));
    assert_ok(lq_hex_decode(out, 1, &msg, "F0", 2));
    assert_int_equal(out[0], 0xf0);
    assert_int_equal(out[1], 0xa5);
}

static void reads_data_up_to_a_maximum(void **state)
{
    (void)state;
    uint8_t out[4] = {0xa5, 0xa5, 0xa5, 0xa5};
    size_t sz = 77;
    lq_err_msg_t msg;
    assert_err(lq_hex_decode_data_max(out, &sz, 3, &msg, "0x01020304", 10), LQ_ERR_TOO_LONG);
    assert_string_equal(msg.text, "4 bytes: at most 3 fit here");
    assert_err(lq_hex_decode_data_max(out, &sz, 0, &msg, "0x01", 4), LQ_ERR_TOO_LONG);
    assert_err(lq_hex_decode_data_max(out, &sz, 3, &msg, "0x1", 3), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "1 hex digits: each byte takes two: write a leading zero");
    assert_err(lq_hex_decode_data_max(out, &sz, 3, &msg, "0102", 4), LQ_ERR_SYNTAX);
    assert_int_equal(offset_in(&msg), 0);
    assert_int_equal(sz, 77);
    assert_untouched(out, sizeof(out));
    assert_ok(lq_hex_decode_data_max(out, &sz, 3, &msg, "0x010203", 8));
    assert_int_equal(sz, 3);
    assert_memory_equal(out, "\x01\x02\x03\xa5", 4);
    assert_ok(lq_hex_decode_data_max(NULL, &sz, 0, NULL, "0x", 2));
    assert_int_equal(sz, 0);
}

static void reads_quantities(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        uint64_t want;
    } rows[] = {
        {"0x0", 0},
        {"0x1", 1},
        {"0xf", 15},
        {"0x10", 16},
        {"0x41", 65},
        {"0x400", 1024},
        {"0xAbCdEf", 0xabcdef},
        {"0x8000000000000000", (uint64_t)1 << 63},
        {"0xffffffffffffffff", UINT64_MAX},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        uint64_t v = 77;
        assert_ok(lq_hex_decode_u64(&v, NULL, rows[i].in, strlen(rows[i].in)));
        assert_int_equal(v, rows[i].want);
        lq_u256_t wide = {{77, 77, 77, 77}};
        assert_ok(lq_hex_decode_u256(&wide, NULL, rows[i].in, strlen(rows[i].in)));
        lq_u256_t want = lq_u256_from_u64(rows[i].want);
        assert_true(lq_u256_eq(&wide, &want));
    }
}

static void refuses_malformed_quantities(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *text;
    } rows[] = {
        {"", "offset 0: does not begin with 0x: write 0x first"},
        {"0", "offset 0: does not begin with 0x: write 0x first"},
        {"10", "offset 0: does not begin with 0x: write 0x first"},
        {"0X1", "offset 0: does not begin with 0x: write 0x first"},
        {"-0x1", "offset 0: does not begin with 0x: write 0x first"},
        {"0x", "offset 2: no digit after 0x: zero is 0x0"},
        {"0x00", "offset 2: a quantity has no leading zeros: drop them"},
        {"0x0400", "offset 2: a quantity has no leading zeros: drop them"},
        {"0x0g", "offset 3: 'g' is no hex digit: only 0-9 and a-f may stand here"},
        {"0x1 ", "offset 3: byte 0x20 is no hex digit: only 0-9 and a-f may stand here"},
        {"0xx", "offset 2: 'x' is no hex digit: only 0-9 and a-f may stand here"},
        /* malformed goes before too large */
        {"0x1111111111111111222222222222222233333333333333334444444444444444g",
         "offset 66: 'g' is no hex digit: only 0-9 and a-f may stand here"},
        {"0x01111111111111111222222222222222233333333333333334444444444444444",
         "offset 2: a quantity has no leading zeros: drop them"},
        {"0x10000000000000000000000000000000z",
         "offset 34: 'z' is no hex digit: only 0-9 and a-f may stand here"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        uint64_t v = 77;
        lq_u256_t wide = {{77, 78, 79, 80}};
        lq_err_msg_t msg;
        size_t sz = strlen(rows[i].in);
        assert_err(lq_hex_decode_u64(&v, &msg, rows[i].in, sz), LQ_ERR_SYNTAX);
        assert_string_equal(msg.text, rows[i].text);
        assert_err(lq_hex_decode_u256(&wide, &msg, rows[i].in, sz), LQ_ERR_SYNTAX);
        assert_string_equal(msg.text, rows[i].text);
        assert_int_equal(v, 77);
        assert_true(wide.w[0] == 77 && wide.w[1] == 78 && wide.w[2] == 79 && wide.w[3] == 80);
    }
}

static void refuses_quantities_too_large(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    uint64_t v = 77;
    assert_err(lq_hex_decode_u64(&v, &msg, "0x10000000000000000", 19), LQ_ERR_RANGE);
    assert_string_equal(msg.text, "17 hex digits: at most 16 (64 bits) fit here");
    assert_int_equal(v, 77);
    char text[LQ_HEX_U256_MAX_SZ + 1] = "0x";
    memset(text + 2, 'f', 64);
    text[66] = '0';
    lq_u256_t wide;
    assert_ok(lq_hex_decode_u256(&wide, &msg, text, 66));
    assert_true((wide.w[0] & wide.w[1] & wide.w[2] & wide.w[3]) == UINT64_MAX);
    assert_err(lq_hex_decode_u256(&wide, &msg, text, 67), LQ_ERR_RANGE);
    assert_string_equal(msg.text, "65 hex digits: at most 64 (256 bits) fit here");
    assert_true((wide.w[0] & wide.w[1] & wide.w[2] & wide.w[3]) == UINT64_MAX);
}

/* Numbers of every width, against libc (64 bits) and the round trip (256). */
static void quantities_go_round(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(20000, 20000000);
    for (size_t i = 0; i < cnt; i++) {
        uint64_t v = lq_rng_u64(&rng) >> lq_rng_below(&rng, 64);
        v = i ? v : 0;
        char want[32];
        int want_sz = snprintf(want, sizeof(want), "0x%" PRIx64, v);
        char text[LQ_HEX_U256_MAX_SZ];
        size_t sz = lq_hex_encode_u64(text, v);
        assert_int_equal(sz, want_sz);
        assert_memory_equal(text, want, sz);
        uint64_t back;
        assert_ok(lq_hex_decode_u64(&back, NULL, text, sz));
        assert_int_equal(back, v);

        uint8_t be[32];
        lq_rng_bytes(&rng, be, sizeof(be));
        size_t bits = lq_rng_below(&rng, 257);
        memset(be, 0, 32 - (bits + 7) / 8);
        if (bits % 8)
            be[31 - bits / 8] &= (uint8_t)((1u << bits % 8) - 1);
        lq_u256_t wide = lq_u256_from_be(be);
        sz = lq_hex_encode_u256(text, &wide);
        lq_u256_t wide_back;
        assert_ok(lq_hex_decode_u256(&wide_back, NULL, text, sz));
        assert_true(lq_u256_eq(&wide, &wide_back));
        char full[64];
        lq_hex_encode(full, be, 32);
        assert_memory_equal(full + 64 - (sz - 2), text + 2, sz - 2);
        for (size_t k = 0; k < 64 - (sz - 2); k++)
            assert_int_equal(full[k], '0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_lower_case_at_any_size_and_alignment),
        cmocka_unit_test(encodes_every_byte_everywhere),
        cmocka_unit_test(decodes_digits_of_either_case_at_any_size_and_alignment),
        cmocka_unit_test(judges_every_character_everywhere),
        cmocka_unit_test(names_the_first_fault_and_touches_nothing),
        cmocka_unit_test(explains_what_it_refuses),
        cmocka_unit_test(reads_exactly_the_bare_digits_asked_for),
        cmocka_unit_test(reads_data_up_to_a_maximum),
        cmocka_unit_test(reads_quantities),
        cmocka_unit_test(refuses_malformed_quantities),
        cmocka_unit_test(refuses_quantities_too_large),
        cmocka_unit_test(quantities_go_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
