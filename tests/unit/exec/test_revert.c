#include "liqd/exec/revert.h"

#include "lq_test.h"

#include "liqd/codec/hex.h"

#define WORD(x) "00000000000000000000000000000000000000000000000000000000000000" x

static void says_what_each_error_means(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        const char *text;
    } rows[] = {
        {"", "it reverts without a reason"},
        {"08c379", "it reverts without a reason"},
        {"08c379a0" WORD("20")
             WORD("03") "6162630000000000000000000000000000000000000000000000000000000000",
         "abc"},
        {"08c379a0" WORD("20")
             WORD("03") "611b630000000000000000000000000000000000000000000000000000000000",
         "a\\x1bc"},
        {"4e487b71" WORD("11"), "panic 0x11"},
        {"930bb771", "HealthFactorNotBelowThreshold"},
        {"930bb772", "error 0x930bb772"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        uint8_t data[256];
        char text[64] = "";
        size_t sz = strlen(rows[i].data) / 2;
        assert_ok(lq_hex_decode(data, sz, NULL, rows[i].data, 2 * sz));
        lq_revert_text(text, sizeof(text), data, sz);
        assert_string_equal(text, rows[i].text);
        lq_revert_text(text, 3, data, sz);
        assert_true(strlen(text) <= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_each_error_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
