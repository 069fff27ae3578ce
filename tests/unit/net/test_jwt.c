#include "liqd/net/url.h"

#include "lq_test.h"

/* Made with Python's hmac, hashlib and base64. */
static void signs_as_others_do(void **state)
{
    (void)state;
    uint8_t secret[32];
    char out[LQ_JWT_SZ];
    for (unsigned i = 0; i < 32; i++)
        secret[i] = (uint8_t)i;
    size_t sz = lq_jwt_make(out, secret, 0);
    assert_int_equal(sz, strlen(out));
    assert_string_equal(out, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjB9."
                             "EOp_CqLEmwdr3t5CFW_alucgMpie_ViZSQo8NwVsfss");
    memset(secret, 0xff, sizeof(secret));
    sz = lq_jwt_make(out, secret, 1700000000);
    assert_int_equal(sz, strlen(out));
    assert_string_equal(out, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDB9."
                             "Awpzx675pu15PEIDL5hbu_9lCmiDqUhog4G1OzWWVFs");
    for (unsigned i = 0; i < 32; i++)
        secret[i] = (uint8_t)(7 * i + 3);
    sz = lq_jwt_make(out, secret, UINT64_MAX);
    assert_int_equal(sz, strlen(out));
    assert_string_equal(
        out, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE4NDQ2NzQ0MDczNzA5NTUxNjE1fQ."
             "hkoGf4AB_UJ5RyiMkJ0JWTjtVJrCsFS_AzXkpvS1TbY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_others_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
