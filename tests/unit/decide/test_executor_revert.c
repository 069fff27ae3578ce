#include "lq_test.h"

#include "liqd/base/compiler.h"
#include "liqd/decide/executor.h"
#include "liqd/num/u256.h"

#define ARG_MAX 6u

/* Data of a revert as solc encodes it: the selector, and a word for each argument. */
typedef struct revert {
    uint8_t data[4 + 32 * ARG_MAX];
    size_t sz;
} revert_t;

static revert_t revert_of(uint32_t selector, const uint64_t *args, size_t arg_cnt)
{
    revert_t r = {.sz = 4 + 32 * arg_cnt};
    for (unsigned i = 0; i < 4; i++)
        r.data[i] = (uint8_t)(selector >> (24 - 8 * i));
    for (size_t i = 0; i < arg_cnt; i++) {
        lq_u256_t v = lq_u256_from_u64(args[i]);
        lq_u256_to_be(r.data + 4 + 32 * i, &v);
    }
    return r;
}

static lq_address_t address_of(uint64_t v)
{
    lq_address_t a = {{0}};
    for (unsigned i = 0; i < 8; i++)
        a.b[19 - i] = (uint8_t)(v >> 8 * i);
    return a;
}

/* The shapes that errors have. */
typedef enum shape {
    BARE,
    NUMBERS,     /* actual, limit */
    ABOUT,       /* about */
    ABOUT_ONE,   /* about, actual */
    ABOUT_BOTH,  /* about, actual, limit */
    ABOUT_INNER, /* about, bytes */
} shape_t;

static const struct {
    uint32_t selector; /* the first bytes of the keccak-256 of the error's signature */
    lq_executor_error_t error;
    shape_t shape;
} errors[] = {
    {0x30cd7471, LQ_EXECUTOR_ERROR_NOT_OWNER, BARE},
    {0x7c214f04, LQ_EXECUTOR_ERROR_NOT_OPERATOR, BARE},
    {0x3ef33375, LQ_EXECUTOR_ERROR_BUSY, BARE},
    {0xaa2fd925, LQ_EXECUTOR_ERROR_EXPIRED, NUMBERS},
    {0xfbb9a300, LQ_EXECUTOR_ERROR_ACCOUNT_CHANGED, ABOUT_BOTH},
    {0x4fc81df1, LQ_EXECUTOR_ERROR_GUARD_FAILED, ABOUT_INNER},
    {0xc2221189, LQ_EXECUTOR_ERROR_UNEXPECTED_CALLBACK, ABOUT},
    {0x3a966758, LQ_EXECUTOR_ERROR_CALLBACK_MISSING, ABOUT},
    {0x6c544f33, LQ_EXECUTOR_ERROR_CALL_FAILED, ABOUT_INNER},
    {0x069f6362, LQ_EXECUTOR_ERROR_TOKEN_FAILED, ABOUT_INNER},
    {0x1d5630f3, LQ_EXECUTOR_ERROR_TOO_DEAR, ABOUT_BOTH},
    {0xe4889ffe, LQ_EXECUTOR_ERROR_TOO_LITTLE, ABOUT_BOTH},
    {0x6243fb81, LQ_EXECUTOR_ERROR_BELOW_MINIMUM, ABOUT_BOTH},
    {0x1e61b6d3, LQ_EXECUTOR_ERROR_BUILDER_REFUSED, ABOUT_ONE},
    {0x763c9dd0, LQ_EXECUTOR_ERROR_BAD_PROGRAM, BARE},
};
_Static_assert(LQ_ARRAY_CNT(errors) == LQ_EXECUTOR_ERROR_CNT - 1, "each");

static revert_t sample_of(uint32_t selector, shape_t shape)
{
    static const uint64_t numbers[] = {21, 20};
    static const uint64_t about[] = {0xabcdef, 7, 9};
    static const uint64_t inner[] = {0xabcdef, 64, 3, 0};
    revert_t r;
    switch (shape) {
    case BARE:
        return revert_of(selector, NULL, 0);
    case NUMBERS:
        return revert_of(selector, numbers, 2);
    case ABOUT:
    case ABOUT_ONE:
    case ABOUT_BOTH:
        return revert_of(selector, about, (size_t)(shape - ABOUT) + 1);
    case ABOUT_INNER:
        break;
    }
    r = revert_of(selector, inner, 4);
    memcpy(r.data + 4 + 96, "why", 3);
    return r;
}

static void each_error_is_read(void **state)
{
    (void)state;
    const lq_address_t whom = address_of(0xabcdef);
    const lq_address_t nobody = {{0}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(errors); i++) {
        shape_t shape = errors[i].shape;
        revert_t r = sample_of(errors[i].selector, shape);
        lq_executor_revert_t out;
        memset(&out, 0x55, sizeof(out));
        assert_ok(lq_executor_revert(&out, r.data, r.sz));
        assert_int_equal(out.error, errors[i].error);
        bool has_about = shape >= ABOUT;
        assert_memory_equal(&out.about, has_about ? &whom : &nobody, sizeof(whom));
        uint64_t actual = shape == NUMBERS ? 21 : shape == ABOUT_ONE || shape == ABOUT_BOTH ? 7 : 0;
        uint64_t limit = shape == NUMBERS ? 20 : shape == ABOUT_BOTH ? 9 : 0;
        assert_true(lq_u256_eq(&out.actual, &(lq_u256_t){{actual}}));
        assert_true(lq_u256_eq(&out.limit, &(lq_u256_t){{limit}}));
        assert_int_equal(out.inner_sz, shape == ABOUT_INNER ? 3 : 0);
        if (shape == ABOUT_INNER)
            assert_ptr_equal(out.inner, r.data + 4 + 96);
        else
            assert_null(out.inner);
    }
}

static void what_is_cut_off_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(errors); i++) {
        revert_t r = sample_of(errors[i].selector, errors[i].shape);
        /* solc's decoder does not look at the padding behind bytes */
        size_t needed = errors[i].shape == ABOUT_INNER ? r.sz - 29 : r.sz;
        for (size_t sz = 0; sz < needed; sz++) {
            lq_executor_revert_t out = {.error = LQ_EXECUTOR_ERROR_CNT};
            lq_err_t err = lq_executor_revert(&out, r.data, sz);
            assert_int_equal(err, sz < 4 ? LQ_OK : LQ_ERR_SYNTAX);
            assert_int_equal(out.error, sz < 4 ? LQ_EXECUTOR_ERROR_NONE : LQ_EXECUTOR_ERROR_CNT);
        }
        if (errors[i].shape == BARE)
            continue;
        r.data[4] = 1; /* an address of 21 bytes and more, or any number */
        lq_executor_revert_t out;
        assert_err(lq_executor_revert(&out, r.data, r.sz),
                   errors[i].shape == NUMBERS ? LQ_OK : LQ_ERR_SYNTAX);
    }
}

static void what_others_revert_with_is_none_of_its_errors(void **state)
{
    static const uint8_t plain[] = {0x08, 0xc3, 0x79, 0xa0, 0, 1}; /* Error(string), cut off */
    lq_executor_revert_t out;
    (void)state;
    for (size_t sz = 0; sz <= sizeof(plain); sz++) {
        memset(&out, 0x55, sizeof(out));
        assert_ok(lq_executor_revert(&out, plain, sz));
        assert_int_equal(out.error, LQ_EXECUTOR_ERROR_NONE);
        assert_int_equal(out.inner_sz, 0);
    }
}

static void errors_have_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LQ_EXECUTOR_ERROR_CNT; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(lq_executor_error_str((lq_executor_error_t)i),
                                    lq_executor_error_str((lq_executor_error_t)k));
    assert_string_equal(lq_executor_error_str(LQ_EXECUTOR_ERROR_EXPIRED),
                        "the last block has passed");
    assert_string_equal(lq_executor_error_str(LQ_EXECUTOR_ERROR_CNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_is_read),
        cmocka_unit_test(what_is_cut_off_is_refused),
        cmocka_unit_test(what_others_revert_with_is_none_of_its_errors),
        cmocka_unit_test(errors_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
