#include "lq_test.h"

#include "executor_world.h"
#include "liqd/codec/abi_executor.h"

static executor_world_t world;
static uint8_t calldata[LQ_EXECUTOR_SZ_MAX];

/* The program in the calldata of execute(bytes), which must be canonical. */
static const uint8_t *program_of(size_t sz, size_t *program_sz)
{
    static const uint8_t head[] = {0x09, 0xc5, 0xea, 0xbe};
    assert_true(sz >= 68 && sz % 32 == 4);
    assert_memory_equal(calldata, head, 4);
    lq_u256_t offset = lq_u256_from_be(calldata + 4);
    lq_u256_t size = lq_u256_from_be(calldata + 36);
    assert_true(world_small(&offset) == 32);
    *program_sz = (size_t)world_small(&size);
    assert_true(*program_sz <= sz - 68 && sz - 68 - *program_sz < 32);
    for (size_t i = 68 + *program_sz; i < sz; i++)
        assert_int_equal(calldata[i], 0);
    return calldata + 68;
}

static size_t encode(void)
{
    size_t sz = 0;
    size_t program_sz;
    assert_ok(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job));
    const uint8_t *program = program_of(sz, &program_sz);
    world_execute(&world, program, program_sz);
    return sz;
}

static void any_job_is_what_its_program_does(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(20000, 2000000); i > 0; i--) {
        world_draw(&world, &rng);
        world_fill(&world, &rng);
        (void)encode();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_job_is_what_its_program_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
