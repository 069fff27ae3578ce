#include "liqd/base/map.h"

#include <sys/wait.h>
#include <unistd.h>

#include "lq_test.h"
#include "map_internal.h"

enum {
    KEY_SZ_MAX = 32,
    HEADER_SZ = 128
};

static const size_t key_szs[] = {20, 32};

typedef struct key {
    uint8_t bytes[KEY_SZ_MAX];
} test_key_t;

/* What map.h promises about memory, written down a second time. */
static size_t slot_cnt_of(size_t cap)
{
    return cap + cap / 2 + cap % 2;
}

static size_t memory_sz(size_t key_sz, size_t cap)
{
    return HEADER_SZ + slot_cnt_of(cap) * (key_sz == 20 ? 32 : 40);
}

/* A map in an arena of exactly its size, which the caller ends. */
static lq_map_t *new_map(lq_arena_t *arena, size_t key_sz, size_t cap, uint64_t seed)
{
    lq_map_t *map = NULL;
    assert_ok(lq_arena_init(arena, memory_sz(key_sz, cap)));
    assert_ok(lq_map_new(&map, arena, key_sz, cap, seed));
    assert_non_null(map);
    return map;
}

static test_key_t counting_key(uint64_t i)
{
    test_key_t key = {{0}};
    memcpy(key.bytes, &i, sizeof(i));
    return key;
}

static test_key_t random_key(lq_rng_t *rng)
{
    test_key_t key;
    lq_rng_bytes(rng, key.bytes, sizeof(key.bytes));
    return key;
}

static void assert_value(const lq_map_t *map, const uint8_t *key, uint32_t want)
{
    uint32_t value = ~want;
    assert_ok(lq_map_find(map, &value, key));
    assert_int_equal(value, want);
}

static void assert_absent(const lq_map_t *map, const uint8_t *key)
{
    uint32_t value = 0xdecafbad;
    assert_err(lq_map_find(map, &value, key), LQ_ERR_NOT_FOUND);
    assert_int_equal(value, 0xdecafbad);
}

static void takes_exactly_the_memory_it_states(void **state)
{
    (void)state;
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        for (size_t cap = 1; cap <= 40; cap++) {
            size_t sz = memory_sz(key_szs[k], cap);
            lq_arena_t arena;
            assert_ok(lq_arena_init(&arena, sz));
            lq_map_t *map = NULL;
            assert_ok(lq_map_new(&map, &arena, key_szs[k], cap, 1));
            assert_int_equal(lq_map_cnt(map), 0);
            assert_int_equal(lq_arena_used_sz(&arena), sz);
            lq_arena_fini(&arena);

            assert_ok(lq_arena_init(&arena, sz - 1));
            lq_map_t *untouched = (lq_map_t *)(void *)&arena;
            assert_err(lq_map_new(&untouched, &arena, key_szs[k], cap, 1), LQ_ERR_NOMEM);
            assert_ptr_equal(untouched, &arena);
            assert_int_equal(lq_arena_used_sz(&arena), 0);
            assert_int_equal(lq_arena_refused_cnt(&arena), 1);
            lq_arena_fini(&arena);
        }
    }
}

static void refuses_capacities_out_of_range(void **state)
{
    (void)state;
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 4096));
    const size_t wrong[] = {0, LQ_MAP_CAP_MAX + 1, SIZE_MAX / 40, SIZE_MAX};
    lq_map_t *map = (lq_map_t *)(void *)&arena;
    for (size_t i = 0; i < LQ_ARRAY_CNT(wrong); i++) {
        assert_err(lq_map_new(&map, &arena, 20, wrong[i], 1), LQ_ERR_RANGE);
        assert_err(lq_map_new(&map, &arena, 32, wrong[i], 1), LQ_ERR_RANGE);
    }
    assert_int_equal(lq_arena_refused_cnt(&arena), 0);
    assert_err(lq_map_new(&map, &arena, 32, LQ_MAP_CAP_MAX, 1), LQ_ERR_NOMEM);
    assert_ptr_equal(map, &arena);
    lq_arena_fini(&arena);
}

static void other_key_sizes_are_bugs(void **state)
{
    (void)state;
    const size_t wrong[] = {0, 19, 21, 31, 33, SIZE_MAX};
    for (size_t i = 0; i < LQ_ARRAY_CNT(wrong); i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            (void)close(2);
            lq_arena_t arena;
            lq_map_t *map;
            if (lq_arena_init(&arena, 1u << 20) == LQ_OK)
                (void)!lq_map_new(&map, &arena, wrong[i], 1, 1);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_not_equal(status, 0);
    }
}

static void holds_exactly_its_capacity(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        for (size_t cap = 1; cap <= 40; cap++) {
            lq_arena_t arena;
            lq_map_t *map = new_map(&arena, key_szs[k], cap, lq_rng_u64(&rng));
            for (uint32_t i = 0; i < cap; i++)
                assert_ok(lq_map_insert(map, counting_key(i).bytes, i));
            test_key_t one_more = counting_key(cap);
            assert_err(lq_map_insert(map, one_more.bytes, 7), LQ_ERR_FULL);
            assert_err(lq_map_upsert(map, one_more.bytes, 7), LQ_ERR_FULL);
            assert_err(lq_map_insert(map, counting_key(0).bytes, 7), LQ_ERR_EXISTS);
            assert_int_equal(lq_map_cnt(map), cap);
            assert_absent(map, one_more.bytes);
            for (uint32_t i = 0; i < cap; i++)
                assert_value(map, counting_key(i).bytes, i);
            /* A full map still overwrites, and takes another for one that went. */
            assert_ok(lq_map_upsert(map, counting_key(cap - 1).bytes, UINT32_MAX));
            assert_value(map, counting_key(cap - 1).bytes, UINT32_MAX);
            assert_ok(lq_map_remove(map, counting_key(0).bytes));
            assert_ok(lq_map_upsert(map, one_more.bytes, 8));
            assert_value(map, one_more.bytes, 8);
            assert_absent(map, counting_key(0).bytes);
            assert_int_equal(lq_map_cnt(map), cap);
            lq_arena_fini(&arena);
        }
    }
}

static void inserts_once_and_keeps_the_first_value(void **state)
{
    (void)state;
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        lq_arena_t arena;
        lq_map_t *map = new_map(&arena, key_szs[k], 4, 1);
        test_key_t key = counting_key(5);
        assert_absent(map, key.bytes);
        assert_err(lq_map_remove(map, key.bytes), LQ_ERR_NOT_FOUND);
        assert_ok(lq_map_insert(map, key.bytes, 0));
        assert_err(lq_map_insert(map, key.bytes, 9), LQ_ERR_EXISTS);
        assert_value(map, key.bytes, 0);
        assert_ok(lq_map_upsert(map, key.bytes, 9));
        assert_value(map, key.bytes, 9);
        assert_int_equal(lq_map_cnt(map), 1);
        assert_ok(lq_map_remove(map, key.bytes));
        assert_err(lq_map_remove(map, key.bytes), LQ_ERR_NOT_FOUND);
        assert_absent(map, key.bytes);
        assert_int_equal(lq_map_cnt(map), 0);
        lq_arena_fini(&arena);
    }
}

static void zero_key_is_a_key(void **state)
{
    (void)state;
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        lq_arena_t arena;
        lq_map_t *map = new_map(&arena, key_szs[k], 4, 0);
        const test_key_t zero = {{0}};
        assert_absent(map, zero.bytes);
        assert_err(lq_map_remove(map, zero.bytes), LQ_ERR_NOT_FOUND);
        assert_ok(lq_map_insert(map, zero.bytes, 0));
        assert_value(map, zero.bytes, 0);
        assert_err(lq_map_insert(map, zero.bytes, 1), LQ_ERR_EXISTS);
        assert_ok(lq_map_remove(map, zero.bytes));
        assert_absent(map, zero.bytes);
        lq_arena_fini(&arena);
    }
}

static void reads_exactly_the_key_wherever_it_lies(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        size_t key_sz = key_szs[k];
        lq_arena_t arena;
        lq_map_t *map = new_map(&arena, key_sz, 300, lq_rng_u64(&rng));
        test_key_t key = random_key(&rng);
        assert_ok(lq_map_insert(map, key.bytes, 1));
        for (size_t shift = 0; shift < 8; shift++) {
            uint8_t *exact = malloc(key_sz + shift); /* a byte more would be reported */
            assert_non_null(exact);
            memcpy(exact + shift, key.bytes, key_sz);
            assert_value(map, exact + shift, 1);
            for (size_t bit = 0; bit < 8 * key_sz; bit++) {
                exact[shift + bit / 8] ^= (uint8_t)(1u << bit % 8);
                assert_absent(map, exact + shift);
                exact[shift + bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
            free(exact);
        }
        /* The neighbours at one bit's distance are keys of their own. */
        for (uint32_t bit = 0; bit < 8 * key_sz; bit++) {
            test_key_t near = key;
            near.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_ok(lq_map_insert(map, near.bytes, 2 + bit));
        }
        assert_int_equal(lq_map_cnt(map), 1 + 8 * key_sz);
        assert_value(map, key.bytes, 1);
        lq_arena_fini(&arena);
    }
}

static void clear_empties_and_can_be_filled_again(void **state)
{
    (void)state;
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        lq_arena_t arena;
        lq_map_t *map = new_map(&arena, key_szs[k], 33, 1);
        for (uint32_t round = 0; round < 3; round++) {
            for (uint32_t i = 0; i < 33; i++)
                assert_ok(lq_map_insert(map, counting_key(i).bytes, i + round));
            assert_int_equal(lq_map_cnt(map), 33);
            lq_map_clear(map);
            assert_int_equal(lq_map_cnt(map), 0);
            for (uint32_t i = 0; i < 33; i++) {
                assert_absent(map, counting_key(i).bytes);
                assert_int_equal(lq_map_probe_cnt(map, counting_key(i).bytes), 1);
            }
        }
        lq_arena_fini(&arena);
    }
}

/* Fills KEYS with CNT different keys whose home is one of the SPAN slots that end with the last, so
   that they form one cluster which goes on at slot 0. */
static void keys_around_the_end(test_key_t *keys, size_t cnt, const lq_map_t *map, size_t slot_cnt,
                                size_t span, lq_rng_t *rng)
{
    for (size_t i = 0; i < cnt;) {
        keys[i] = random_key(rng);
        if (lq_map_home_idx(map, keys[i].bytes) >= slot_cnt - span)
            i++;
    }
}

/* Every order in which a full cluster of five can be taken apart. */
static void removes_in_any_order_from_a_cluster_that_wraps(void **state)
{
    (void)state;
    enum {
        N = 5,
        ORDERS = 120
    };
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(40, 2000); round++) {
        size_t span = 1 + round % N;
        lq_arena_t arena;
        lq_map_t *map = new_map(&arena, key_szs[round / N % 2], N, lq_rng_u64(&rng));
        test_key_t keys[N];
        keys_around_the_end(keys, N, map, slot_cnt_of(N), span, &rng);
        for (size_t order = 0; order < ORDERS; order++) {
            bool there[N];
            for (uint32_t i = 0; i < N; i++) {
                there[i] = true;
                assert_ok(lq_map_insert(map, keys[i].bytes, i));
            }
            size_t digits = order;
            for (size_t left = N; left; left--) {
                size_t skip = digits % left;
                digits /= left;
                size_t i = 0;
                while (!there[i] || skip--)
                    i++;
                assert_ok(lq_map_remove(map, keys[i].bytes));
                there[i] = false;
                for (uint32_t j = 0; j < N; j++) {
                    if (there[j])
                        assert_value(map, keys[j].bytes, j);
                    else
                        assert_absent(map, keys[j].bytes);
                }
            }
            assert_int_equal(lq_map_cnt(map), 0);
        }
        lq_arena_fini(&arena);
    }
}

/* The model: which keys of a pool are there, with which value. */
enum {
    POOL = 160
};

typedef struct model {
    test_key_t keys[POOL];
    uint32_t values[POOL];
    bool there[POOL];
    size_t cnt;
    size_t cap;
} model_t;

static void fill_pool(model_t *m, const lq_map_t *map, size_t kind, lq_rng_t *rng)
{
    test_key_t common = random_key(rng);
    for (size_t i = 0; i < POOL; i++) {
        m->keys[i] = random_key(rng);
        if (kind == 1) {
            m->keys[i] = counting_key(i); /* the zero key among them */
        } else if (kind == 2) {
            m->keys[i] = common;
            m->keys[i].bytes[19] = (uint8_t)i;
        }
    }
    if (kind == 3)
        keys_around_the_end(m->keys, POOL, map, slot_cnt_of(m->cap), 1 + lq_rng_below(rng, 2), rng);
}

static void model_step(model_t *m, lq_map_t *map, bool filling, lq_rng_t *rng)
{
    size_t i = lq_rng_below(rng, POOL);
    const uint8_t *key = m->keys[i].bytes;
    uint32_t value = (uint32_t)lq_rng_u64(rng);
    uint64_t what = lq_rng_below(rng, 16);
    lq_err_t absent_err = m->cnt == m->cap ? LQ_ERR_FULL : LQ_OK;
    if (what < 2) {
        if (m->there[i])
            assert_value(map, key, m->values[i]);
        else
            assert_absent(map, key);
    } else if (what < (filling ? 5 : 12)) {
        assert_err(lq_map_remove(map, key), m->there[i] ? LQ_OK : LQ_ERR_NOT_FOUND);
        m->cnt -= m->there[i];
        m->there[i] = false;
    } else {
        bool upsert = what & 1;
        lq_err_t want = m->there[i] ? (upsert ? LQ_OK : LQ_ERR_EXISTS) : absent_err;
        assert_err(upsert ? lq_map_upsert(map, key, value) : lq_map_insert(map, key, value), want);
        if (want == LQ_OK) {
            m->cnt += !m->there[i];
            m->there[i] = true;
            m->values[i] = value;
        }
    }
    assert_int_equal(lq_map_cnt(map), m->cnt);
}

/* Compares with the model, and with FRESH into which only what is there now was put: linear probing
   without tombstones takes the same slots whatever the order and whatever was removed, so that each
   miss costs the same, and all hits together. */
static void check_all(const model_t *m, const lq_map_t *map, lq_map_t *fresh)
{
    lq_map_clear(fresh);
    for (size_t i = 0; i < POOL; i++)
        if (m->there[i])
            assert_ok(lq_map_insert(fresh, m->keys[i].bytes, 0));
    size_t hit_cnt = 0;
    size_t fresh_hit_cnt = 0;
    for (size_t i = 0; i < POOL; i++) {
        const uint8_t *key = m->keys[i].bytes;
        size_t cnt = lq_map_probe_cnt(map, key);
        size_t fresh_cnt = lq_map_probe_cnt(fresh, key);
        if (m->there[i]) {
            assert_value(map, key, m->values[i]);
            hit_cnt += cnt;
            fresh_hit_cnt += fresh_cnt;
        } else {
            assert_absent(map, key);
            assert_int_equal(cnt, fresh_cnt);
        }
    }
    assert_int_equal(hit_cnt, fresh_hit_cnt);
}

static void behaves_as_the_model(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(48, 2400); round++) {
        size_t key_sz = key_szs[round % 2];
        static model_t m;
        m = (model_t){.cap = 1 + lq_rng_below(&rng, (uint64_t)1 << lq_rng_below(&rng, 8))};
        uint64_t seed = lq_rng_u64(&rng);
        lq_arena_t arena;
        lq_arena_t fresh_arena;
        lq_map_t *map = new_map(&arena, key_sz, m.cap, seed);
        lq_map_t *fresh = new_map(&fresh_arena, key_sz, m.cap, seed);
        fill_pool(&m, map, round / 2 % 4, &rng);
        for (size_t i = 0; i < 2000; i++) {
            model_step(&m, map, i / 400 % 2 == 0, &rng);
            if (i % 100 == 99)
                check_all(&m, map, fresh);
        }
        for (size_t i = 0; i < POOL; i++) {
            assert_err(lq_map_remove(map, m.keys[i].bytes), m.there[i] ? LQ_OK : LQ_ERR_NOT_FOUND);
            m.there[i] = false;
        }
        assert_int_equal(lq_map_cnt(map), 0);
        check_all(&m, map, fresh);
        lq_arena_fini(&arena);
        lq_arena_fini(&fresh_arena);
    }
}

static void same_seed_gives_same_places(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        lq_arena_t arenas[3];
        uint64_t seed = lq_rng_u64(&rng);
        lq_map_t *a = new_map(&arenas[0], key_szs[k], 1000, seed);
        lq_map_t *b = new_map(&arenas[1], key_szs[k], 1000, seed);
        lq_map_t *other = new_map(&arenas[2], key_szs[k], 1000, seed + 1);
        size_t same_cnt = 0;
        for (uint32_t i = 0; i < 1000; i++) {
            test_key_t key = random_key(&rng);
            assert_int_equal(lq_map_home_idx(a, key.bytes), lq_map_home_idx(b, key.bytes));
            same_cnt += lq_map_home_idx(a, key.bytes) == lq_map_home_idx(other, key.bytes);
            assert_ok(lq_map_insert(a, key.bytes, i));
            assert_ok(lq_map_insert(b, key.bytes, i));
            assert_int_equal(lq_map_probe_cnt(a, key.bytes), lq_map_probe_cnt(b, key.bytes));
        }
        assert_in_range(same_cnt, 0, 20); /* 1000 draws, each with probability 1/1500 */
        for (size_t i = 0; i < LQ_ARRAY_CNT(arenas); i++)
            lq_arena_fini(&arenas[i]);
    }
}

/* For each byte a pair of keys that differ there alone and have the same 32 bits of hash in the map
   of seed 1, so that only the comparison of the keys tells them apart. Searched for apart: all
   other bytes are 0 but for PREFIX in the first word, or in the second where the byte is in the
   first. */
static const struct {
    uint32_t prefix;
    uint8_t a;
    uint8_t b;
} equal_hash[KEY_SZ_MAX] = {
    {27132u, 237, 246}, {211801u, 177, 190}, {224177u, 125, 253}, {85366u, 34, 211},
    {14426u, 58, 235},  {32838u, 210, 240},  {2060u, 72, 146},    {5309u, 16, 122},
    {26799u, 172, 199}, {120884u, 39, 168},  {41949u, 112, 170},  {131767u, 12, 88},
    {95226u, 14, 153},  {147461u, 121, 205}, {19055u, 12, 131},   {42703u, 116, 148},
    {32473u, 26, 213},  {149618u, 47, 254},  {52088u, 43, 186},   {95129u, 78, 226},
    {41580u, 1, 15},    {47094u, 105, 142},  {44016u, 38, 136},   {3284u, 73, 95},
    {15700u, 13, 185},  {10247u, 248, 253},  {219746u, 169, 221}, {33942u, 90, 158},
    {25615u, 188, 203}, {187527u, 154, 242}, {43537u, 115, 180},  {50027u, 23, 247},
};

static void keys_of_equal_hash_stay_apart(void **state)
{
    (void)state;
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        for (size_t at = 0; at < key_szs[k]; at++) {
            lq_arena_t arena;
            lq_map_t *map = new_map(&arena, key_szs[k], 1000, 1);
            test_key_t a = {{0}};
            memcpy(a.bytes + (at < 4 ? 4 : 0), &equal_hash[at].prefix, 4);
            a.bytes[at] = equal_hash[at].a;
            test_key_t b = a;
            b.bytes[at] = equal_hash[at].b;
            assert_int_equal(lq_map_home_idx(map, a.bytes), lq_map_home_idx(map, b.bytes));
            assert_ok(lq_map_insert(map, a.bytes, 1));
            assert_absent(map, b.bytes);
            assert_err(lq_map_remove(map, b.bytes), LQ_ERR_NOT_FOUND);
            assert_ok(lq_map_insert(map, b.bytes, 2));
            assert_value(map, a.bytes, 1);
            assert_value(map, b.bytes, 2);
            assert_ok(lq_map_remove(map, a.bytes));
            assert_value(map, b.bytes, 2);
            lq_arena_fini(&arena);
        }
    }
}

/* The upper 32 bits of this key's hash are 0 under seed 1, and 0 is what marks a free slot. */
static void key_of_hash_zero_is_no_free_slot(void **state)
{
    (void)state;
    for (size_t k = 0; k < LQ_ARRAY_CNT(key_szs); k++) {
        lq_arena_t arena;
        lq_map_t *map = new_map(&arena, key_szs[k], 100000, 1);
        test_key_t key = counting_key(0x1a14249);
        assert_int_equal(lq_map_home_idx(map, key.bytes), 0);
        assert_ok(lq_map_insert(map, key.bytes, 1));
        assert_value(map, key.bytes, 1);
        assert_err(lq_map_insert(map, key.bytes, 2), LQ_ERR_EXISTS);
        lq_arena_fini(&arena);
    }
}

/* From the formula of map.h, worked out apart in Python: the places are the same on every machine.
   Keys: all bytes 0; bytes 1, 2, 3...; all bytes 255. Capacity 100000. */
static void places_match_the_formula(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        size_t key_sz;
        size_t want[3];
    } rows[] = {
        {0, 20, {149522, 104709, 72035}},         {1, 20, {71614, 20641, 81727}},
        {UINT64_MAX, 20, {17431, 82354, 137594}}, {0, 32, {149522, 89863, 79141}},
        {1, 32, {71614, 31060, 80836}},           {UINT64_MAX, 32, {17431, 55798, 64058}},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_arena_t arena;
        lq_map_t *map = new_map(&arena, rows[i].key_sz, 100000, rows[i].seed);
        test_key_t keys[3] = {{{0}}};
        for (size_t k = 0; k < KEY_SZ_MAX; k++) {
            keys[1].bytes[k] = (uint8_t)(k + 1);
            keys[2].bytes[k] = 255;
        }
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(lq_map_home_idx(map, keys[k].bytes), rows[i].want[k]);
        lq_arena_fini(&arena);
    }
}

/* Keys as an adversary would choose them, who knows the code but not the seed. */
typedef enum family {
    RANDOM,
    COMMON_PREFIX,
    COMMON_SUFFIX,
    COUNT_LITTLE,
    COUNT_BIG,
    COUNT_BY_4096,
    COUNT_IN_THE_MIDDLE,
    FEW_BITS,
    SUM_OF_WORDS_FIXED,
    FAMILIES
} family_t;

static void put_big(uint8_t *at, uint32_t x)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(x >> (24 - 8 * i));
}

static test_key_t chosen_key(family_t family, uint32_t i, size_t key_sz, const test_key_t *common,
                             lq_rng_t *rng)
{
    test_key_t key = {{0}};
    switch (family) {
    case RANDOM:
        return random_key(rng);
    case COMMON_PREFIX:
        key = *common;
        put_big(key.bytes + key_sz - 4, i);
        return key;
    case COMMON_SUFFIX:
        key = *common;
        put_big(key.bytes, i);
        return key;
    case COUNT_LITTLE:
        return counting_key(i);
    case COUNT_BIG:
        put_big(key.bytes + key_sz - 4, i);
        return key;
    case COUNT_BY_4096:
        return counting_key((uint64_t)i << 12);
    case COUNT_IN_THE_MIDDLE:
        put_big(key.bytes + 10, i);
        return key;
    case FEW_BITS: /* of i, one in each byte: 2^20 keys */
        for (size_t bit = 0; bit < 20; bit++)
            key.bytes[bit] = (uint8_t)((i >> bit & 1) << 7);
        return key;
    case SUM_OF_WORDS_FIXED: {
        uint32_t negative = (uint32_t)-i;
        memcpy(key.bytes, &i, 4);
        memcpy(key.bytes + 4, &negative, 4);
        return key;
    }
    case FAMILIES:
        break;
    }
    fail();
    return key;
}

static void chosen_keys_do_not_cluster(void **state)
{
    (void)state;
    enum {
        N = 20000
    };
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(36, 720); round++) {
        family_t family = (family_t)(round % FAMILIES);
        size_t key_sz = key_szs[round / FAMILIES % 2];
        test_key_t common = random_key(&rng);
        lq_arena_t arena;
        lq_map_t *map = new_map(&arena, key_sz, N, lq_rng_u64(&rng));
        lq_rng_t fork = rng;
        for (uint32_t i = 0; i < N; i++)
            assert_ok(lq_map_insert(map, chosen_key(family, i, key_sz, &common, &rng).bytes, i));
        size_t hit_cnt = 0;
        size_t miss_cnt = 0;
        size_t max = 0;
        for (uint32_t i = 0; i < 2 * N; i++) {
            test_key_t key = chosen_key(family, i, key_sz, &common, &fork);
            size_t cnt = lq_map_probe_cnt(map, key.bytes);
            *(i < N ? &hit_cnt : &miss_cnt) += cnt;
            max = cnt > max ? cnt : max;
        }
        /* 2 and 5 slots, and ten standard deviations, as measured over random keys and seeds. A run
           of taken slots beyond 400 has a probability below 1e-8. */
        if (hit_cnt > N * 23 / 10 || miss_cnt > N * 64 / 10 || max > 400)
            fail_msg(
                "family %d of %zu-byte keys: %zu hits look at %zu slots, misses at %zu, one at "
                "%zu",
                family, key_sz, (size_t)N, hit_cnt, miss_cnt, max);
        lq_arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_exactly_the_memory_it_states),
        cmocka_unit_test(refuses_capacities_out_of_range),
        cmocka_unit_test(other_key_sizes_are_bugs),
        cmocka_unit_test(holds_exactly_its_capacity),
        cmocka_unit_test(inserts_once_and_keeps_the_first_value),
        cmocka_unit_test(zero_key_is_a_key),
        cmocka_unit_test(reads_exactly_the_key_wherever_it_lies),
        cmocka_unit_test(clear_empties_and_can_be_filled_again),
        cmocka_unit_test(removes_in_any_order_from_a_cluster_that_wraps),
        cmocka_unit_test(behaves_as_the_model),
        cmocka_unit_test(same_seed_gives_same_places),
        cmocka_unit_test(keys_of_equal_hash_stay_apart),
        cmocka_unit_test(key_of_hash_zero_is_no_free_slot),
        cmocka_unit_test(places_match_the_formula),
        cmocka_unit_test(chosen_keys_do_not_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
