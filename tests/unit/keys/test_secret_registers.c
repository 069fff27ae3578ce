/* What lq_stack_wipe leaves in the vector registers. The program has its own explicit_bzero, which
   lq_stack_wipe calls once they are clear: libc's may clear some of them itself. */

#include "keys_rig.h"

#if defined(__x86_64__)

/* 256 bits of each of sixteen registers, as explicit_bzero found them while ON. */
static struct found {
    bool on;
    size_t cnt;
    uint8_t registers[16][32];
} found;

#define EACH(op)                                                                                   \
    op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) \
        op(15)
#define STORE(n) "vmovdqu %%ymm" #n ", 32*" #n "(%0)\n\t"
#define LOAD(n)  "vmovdqu 32*" #n "(%0), %%ymm" #n "\n\t"

void explicit_bzero(void *s, size_t n)
{
    if (found.on) {
        __asm__ volatile(EACH(STORE) : : "r"(found.registers) : "memory");
        found.cnt++;
        found.on = false;
    }
    volatile uint8_t *p = s;
    for (size_t i = 0; i < n; i++)
        p[i] = 0;
}

/* What _FORTIFY_SOURCE makes of a call. */
void __explicit_bzero_chk(void *s, size_t n, size_t room);
void __explicit_bzero_chk(void *s, size_t n, size_t room)
{
    assert_true(n <= room);
    explicit_bzero(s, n);
}

/* The compiler is not told how wide these registers are: it would clear their upper halves
   (vzeroupper) before the call. */
static LQ_ALWAYS_INLINE void load(uint8_t from[16][32])
{
    __asm__ volatile(EACH(LOAD)
                     :
                     : "r"(from)
                     : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static void clears_vector_registers_in_their_whole_width(void **state)
{
    (void)state;
    static uint8_t ones[16][32];
    uint8_t nothing = 0;
    static const uint8_t zeros[16][32];
    if (!__builtin_cpu_supports("avx")) {
        print_message("skipped: this CPU has no AVX\n");
        skip();
    }
    memset(ones, 0xff, sizeof(ones));
    found.on = true;
    load(ones);
    explicit_bzero(&nothing, 1); /* what is found where nothing is wiped */
    assert_memory_equal(found.registers, ones, sizeof(ones));
    found.on = true;
    load(ones);
    lq_stack_wipe();
    assert_int_equal(found.cnt, 2);
    assert_memory_equal(found.registers, zeros, sizeof(zeros));
}

#else

static void clears_vector_registers_in_their_whole_width(void **state)
{
    (void)state;
    print_message("skipped: no x86-64\n");
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clears_vector_registers_in_their_whole_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
