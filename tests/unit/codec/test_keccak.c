#include "keccak_internal.h"

#include <jansson.h>
#include <openssl/evp.h>

#include "lq_test.h"

static size_t from_hex(uint8_t *out, size_t out_max, const char *hex)
{
    size_t sz = strlen(hex) / 2;
    assert_true(sz <= out_max);
    for (size_t i = 0; i < sz; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        char *end;
        out[i] = (uint8_t)strtoul(pair, &end, 16);
        assert_ptr_equal(end, pair + 2);
    }
    return sz;
}

static void assert_hash(const void *data, size_t sz, const char *want_hex)
{
    uint8_t want[LQ_KECCAK_SZ];
    assert_int_equal(from_hex(want, sizeof(want), want_hex), sizeof(want));
    uint8_t got[LQ_KECCAK_SZ];
    lq_keccak256(got, data, sz);
    assert_memory_equal(got, want, sizeof(want));
}

/* Feeds the SZ bytes at DATA in random pieces, empty ones included, each from a buffer of its own
   size, so that the sanitizer sees a read past a piece. */
static void absorb_in_pieces(lq_keccak_t *k, const uint8_t *data, size_t sz, lq_rng_t *rng)
{
    static const uint64_t piece_max[] = {2, 9, 140, 700};
    size_t at = 0;
    while (at < sz) {
        size_t piece = lq_rng_below(rng, piece_max[lq_rng_below(rng, LQ_ARRAY_CNT(piece_max))]);
        if (piece > sz - at)
            piece = sz - at;
        uint8_t *copy = piece ? malloc(piece) : NULL;
        if (piece)
            memcpy(copy, data + at, piece);
        lq_keccak_absorb(k, copy, piece);
        free(copy);
        at += piece;
    }
}

/* The hash of nothing is the code hash of an account without code (EIP-1052); the second is the
   topic of ERC-20's Transfer, the third Solidity's selector example. */
static void hashes_what_ethereum_hashes(void **state)
{
    (void)state;
    assert_hash(NULL, 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assert_hash("Transfer(address,address,uint256)", 33,
                "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    uint8_t hash[LQ_KECCAK_SZ];
    lq_keccak256(hash, "transfer(address,uint256)", 25);
    assert_memory_equal(hash, "\xa9\x05\x9c\xbb", 4);
}

/* @src ethers-testcases hashes.json.gz */
static void hashes_the_vectors_of_ethers(void **state)
{
    (void)state;
    char command[4200];
    (void)snprintf(command, sizeof(command), "gzip -dc '%s'",
                   lq_test_vectors("ethers-testcases/hashes.json.gz"));
    // NOLINTNEXTLINE(cert-env33-c): the path is the tester's own, and zlib would serve this alone
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    json_t *all = json_loadf(pipe, 0, NULL);
    assert_int_equal(pclose(pipe), 0);
    assert_true(json_array_size(all) >= 257);
    size_t i;
    json_t *one;
    json_array_foreach(all, i, one)
    {
        const char *hex = json_string_value(json_object_get(one, "data"));
        const char *want = json_string_value(json_object_get(one, "keccak256"));
        size_t sz_max = strlen(hex) / 2;
        uint8_t *data = malloc(sz_max);
        assert_non_null(data);
        size_t sz = from_hex(data, sz_max, hex + 2);
        assert_hash(data, sz, want + 2);
        free(data);
    }
    json_decref(all);
}

/* The keys are the hashes of their seeds. @src ethereum-tests BasicTests/keyaddrtest.json */
static void hashes_seeds_to_keys(void **state)
{
    (void)state;
    json_t *all =
        json_load_file(lq_test_vectors("ethereum-tests/BasicTests/keyaddrtest.json"), 0, NULL);
    assert_int_equal(json_array_size(all), 2);
    size_t i;
    json_t *one;
    json_array_foreach(all, i, one)
    {
        const char *seed = json_string_value(json_object_get(one, "seed"));
        assert_hash(seed, strlen(seed), json_string_value(json_object_get(one, "key")));
    }
    json_decref(all);
}

/* The same sponge under SHA-3's padding, which OpenSSL has: every size around a block or two, then
   random ones. */
static void equals_openssl_under_its_padding(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    enum {
        EXHAUSTIVE = 2 * LQ_KECCAK_RATE_SZ + 2,
        SZ_MAX = 2000
    };
    size_t cnt = EXHAUSTIVE + lq_test_cnt(1000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        uint8_t data[SZ_MAX];
        size_t sz = i < EXHAUSTIVE ? i : lq_rng_below(&rng, SZ_MAX + 1);
        lq_rng_bytes(&rng, data, sz);
        lq_keccak_t k;
        lq_keccak_init(&k);
        absorb_in_pieces(&k, data, sz, &rng);
        uint8_t got[LQ_KECCAK_SZ];
        lq_keccak_final_domain(&k, got, 0x06);
        uint8_t want[LQ_KECCAK_SZ];
        assert_int_equal(EVP_Digest(data, sz, want, NULL, EVP_sha3_256(), NULL), 1);
        assert_memory_equal(got, want, sizeof(want));
    }
}

static void does_not_depend_on_the_pieces(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(1000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        uint8_t data[1000];
        size_t sz = lq_rng_below(&rng, sizeof(data) + 1);
        lq_rng_bytes(&rng, data, sz);
        uint8_t whole[LQ_KECCAK_SZ];
        lq_keccak256(whole, data, sz);
        lq_keccak_t k;
        lq_keccak_init(&k);
        absorb_in_pieces(&k, data, sz, &rng);
        uint8_t pieces[LQ_KECCAK_SZ];
        lq_keccak_final(&k, pieces);
        assert_memory_equal(pieces, whole, sizeof(whole));
    }
}

static void a_copy_goes_its_own_way(void **state)
{
    (void)state;
    lq_keccak_t k;
    lq_keccak_init(&k);
    lq_keccak_absorb(&k, "Transfer(address,", 17);
    lq_keccak_t fork = k;
    lq_keccak_absorb(&fork, "uint256)", 8);
    lq_keccak_absorb(&k, "address,uint256)", 16);
    uint8_t got[LQ_KECCAK_SZ];
    uint8_t want[LQ_KECCAK_SZ];
    lq_keccak_final(&k, got);
    lq_keccak256(want, "Transfer(address,address,uint256)", 33);
    assert_memory_equal(got, want, sizeof(want));
    lq_keccak_final(&fork, got);
    lq_keccak256(want, "Transfer(address,uint256)", 25);
    assert_memory_equal(got, want, sizeof(want));
}

static void hashes_into_its_own_input(void **state)
{
    (void)state;
    for (size_t at = 0; at <= 168; at++) {
        uint8_t data[200];
        memset(data, 0x5a, sizeof(data));
        uint8_t want[LQ_KECCAK_SZ];
        lq_keccak256(want, data, sizeof(data));
        lq_keccak256(data + at, data, sizeof(data));
        assert_memory_equal(data + at, want, sizeof(want));
    }
}

static void permutes_alike_with_and_without_bmi2(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(1000, 10000000);
    for (size_t i = 0; i < cnt; i++) {
        uint64_t plain[25];
        lq_rng_bytes(&rng, plain, sizeof(plain));
        uint64_t chosen[25];
        memcpy(chosen, plain, sizeof(plain));
        lq_keccak_permute_plain(plain);
        lq_keccak_permute(chosen);
        assert_memory_equal(plain, chosen, sizeof(plain));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_what_ethereum_hashes),
        cmocka_unit_test(hashes_the_vectors_of_ethers),
        cmocka_unit_test(hashes_seeds_to_keys),
        cmocka_unit_test(equals_openssl_under_its_padding),
        cmocka_unit_test(does_not_depend_on_the_pieces),
        cmocka_unit_test(a_copy_goes_its_own_way),
        cmocka_unit_test(hashes_into_its_own_input),
        cmocka_unit_test(permutes_alike_with_and_without_bmi2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
