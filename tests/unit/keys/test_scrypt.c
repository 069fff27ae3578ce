#include "scrypt_internal.h"

#include <dlfcn.h>
#include <openssl/evp.h>

#include "keys_rig.h"

/* lq_scrypt begins and ends with PBKDF2, into its memory and out of it: this program's own looks
   at that memory on the way. */
static struct look {
    bool on;
    size_t cnt;
    size_t dumped_cnt;
} look;

/* Whether the mapping that P is in may stand in a core image. */
static bool is_dumped(const void *p)
{
    char line[512];
    bool inside = false;
    bool found = false;
    bool dumped = true;
    FILE *smaps = fopen("/proc/self/smaps", "re");
    assert_non_null(smaps);
    while (!found && fgets(line, sizeof(line), smaps)) {
        unsigned long from;
        unsigned long to;
        if (rig_mapping(&from, &to, line))
            inside = from <= (unsigned long)p && (unsigned long)p < to;
        found = inside && strncmp(line, "VmFlags:", 8) == 0;
        if (found)
            dumped = strstr(line, " dd") == NULL;
    }
    (void)fclose(smaps);
    assert_true(found);
    return dumped;
}

int PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen,
                      int iter, const EVP_MD *digest, int keylen, unsigned char *out)
{
    int (*next)(const char *, int, const unsigned char *, int, int, const EVP_MD *, int,
                unsigned char *);
    void *found = dlsym(RTLD_NEXT, "PKCS5_PBKDF2_HMAC");
    assert_non_null(found);
    memcpy(&next, &found, sizeof(next));
    if (look.on) {
        look.cnt++;
        look.dumped_cnt += is_dumped(look.cnt == 1 ? out : salt);
    }
    return next(pass, passlen, salt, saltlen, iter, digest, keylen, out);
}

static void derive(uint8_t *out, size_t out_sz, const char *pass, const char *salt, uint32_t n,
                   uint32_t r, uint32_t p)
{
    assert_ok(lq_scrypt(out, out_sz, NULL, (const uint8_t *)pass, strlen(pass),
                        (const uint8_t *)salt, strlen(salt),
                        (lq_scrypt_cost_t){.n = n, .r = r, .p = p}));
}

/* @src RFC 7914, section 12 */
static void derives_the_vectors_of_rfc_7914(void **state)
{
    (void)state;
    static const struct {
        const char *pass;
        const char *salt;
        uint32_t n;
        uint32_t r;
        uint32_t p;
        const char *want;
    } cases[] = {
        {"", "", 16, 1, 1,
         "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
         "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"},
        {"password", "NaCl", 1024, 8, 16,
         "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
         "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"},
        {"pleaseletmein", "SodiumChloride", 16384, 8, 1,
         "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
         "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        uint8_t want[64];
        uint8_t got[64];
        rig_hex_to(want, sizeof(want), cases[i].want);
        derive(got, sizeof(got), cases[i].pass, cases[i].salt, cases[i].n, cases[i].r, cases[i].p);
        assert_memory_equal(got, want, sizeof(want));
    }
}

static void agrees_with_libcrypto(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(150, 5000);
    for (size_t i = 0; i < cnt; i++) {
        uint8_t pass[70];
        uint8_t salt[70];
        uint8_t want[100];
        uint8_t got[100];
        size_t pass_sz = lq_rng_below(&rng, sizeof(pass) + 1);
        size_t salt_sz = lq_rng_below(&rng, sizeof(salt) + 1);
        size_t out_sz = 1 + lq_rng_below(&rng, sizeof(got));
        lq_scrypt_cost_t cost = {.n = 2u << lq_rng_below(&rng, 8),
                                 .r = (uint32_t)(1 + lq_rng_below(&rng, 10)),
                                 .p = (uint32_t)(1 + lq_rng_below(&rng, 4))};
        lq_rng_bytes(&rng, pass, pass_sz);
        lq_rng_bytes(&rng, salt, salt_sz);
        assert_int_equal(EVP_PBE_scrypt((const char *)pass, pass_sz, salt, salt_sz, cost.n, cost.r,
                                        cost.p, 1u << 30, want, out_sz),
                         1);
        assert_ok(lq_scrypt(got, out_sz, NULL, pass, pass_sz, salt, salt_sz, cost));
        assert_memory_equal(got, want, out_sz);
    }
}

/* Beyond RFC 7914's N < 2^(16 r), where libcrypto refuses; from Ethereum's key store test 2 with a
   lower p. Its oracle is the vector of test_keystore.c. */
static void derives_with_a_narrow_block_and_a_large_n(void **state)
{
    (void)state;
    uint8_t got[32];
    uint8_t refused[32];
    assert_int_equal(EVP_PBE_scrypt("x", 1, (const uint8_t *)"y", 1, 1u << 16, 1, 1, 1u << 30,
                                    refused, sizeof(refused)),
                     0);
    derive(got, sizeof(got), "x", "y", 1u << 16, 1, 1);
}

static void reports_that_there_is_no_memory(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    uint8_t out[32];
    /* 2^32 - 1 blocks of 128 (2^32 - 1) bytes: far beyond the limits, and any address space */
    memset(out, 0xa5, sizeof(out));
    assert_err(lq_scrypt(out, sizeof(out), &msg, (const uint8_t *)"x", 1, (const uint8_t *)"y", 1,
                         (lq_scrypt_cost_t){.n = 1u << 31, .r = 1u << 20, .p = 1}),
               LQ_ERR_NOMEM);
    assert_says(&msg, "bytes", "memory");
    for (size_t i = 0; i < sizeof(out); i++)
        assert_int_equal(out[i], 0xa5);
}

static void keeps_its_memory_out_of_dumps(void **state)
{
    (void)state;
    uint8_t got[32];
    look = (struct look){.on = true};
    derive(got, sizeof(got), "pass", "salt", 1024, 8, 1);
    look.on = false;
    assert_int_equal(look.cnt, 2); /* before the memory is filled, and after */
    assert_int_equal(look.dumped_cnt, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derives_the_vectors_of_rfc_7914),
        cmocka_unit_test(agrees_with_libcrypto),
        cmocka_unit_test(derives_with_a_narrow_block_and_a_large_n),
        cmocka_unit_test(reports_that_there_is_no_memory),
        cmocka_unit_test(keeps_its_memory_out_of_dumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
