#ifndef LIQD_BASE_COMPILER_H
#define LIQD_BASE_COMPILER_H

/* The syntax that gcc and clang have beyond C17 stands here and nowhere else: attributes, 128-bit
   integers. Builtin functions (__builtin_bswap64) are called where they are needed. */

#include <stdint.h>

/* LQ_MUST_USE marks a function whose result may not be dropped. */
#define LQ_MUST_USE __attribute__((warn_unused_result))

/* LQ_PRINTF(FMT, ARG) has the compiler check a printf-like function: the format is its argument
   number FMT (from 1), the values start at number ARG, 0 for a va_list. */
#define LQ_PRINTF(fmt, arg) __attribute__((format(printf, fmt, arg)))

/* LQ_TARGET(ISA) compiles a function for CPUs that have ISA ("bmi,bmi2"), whatever the others are
   compiled for. Who calls it asks LQ_CPU_HAS first. */
#define LQ_TARGET(isa) __attribute__((target(isa)))

/* LQ_CPU_HAS(ISA) tells whether this CPU has ISA ("avx2"); in a build with LIQD_SIMD off none has
   any, which shows that results do not depend on it. */
#ifdef LQ_NO_SIMD
#define LQ_CPU_HAS(isa) 0
#else
#define LQ_CPU_HAS(isa) __builtin_cpu_supports(isa)
#endif

/* LQ_NO_SANITIZE_ADDRESS leaves a function's own loads and stores unchecked by the address
   sanitizer: it may touch what is poisoned. */
#define LQ_NO_SANITIZE_ADDRESS __attribute__((no_sanitize_address))

#define LQ_NORETURN      __attribute__((noreturn))
#define LQ_COLD          __attribute__((cold))
#define LQ_NOINLINE      __attribute__((noinline))
#define LQ_WEAK          __attribute__((weak)) /* where nobody defines it its address is 0 */
#define LQ_ALWAYS_INLINE inline __attribute__((always_inline))
#define LQ_LIKELY(x)     __builtin_expect(!!(x), 1)
#define LQ_UNLIKELY(x)   __builtin_expect(!!(x), 0)

/* LQ_ZERO_REGISTERS has a function return with zero in each register that a callee may use, vector
   registers too: what it computed does not stand in a core image. Without effect where the compiler
   cannot (clang before 15). */
#if defined(__has_attribute)
#if __has_attribute(zero_call_used_regs)
#define LQ_ZERO_REGISTERS __attribute__((zero_call_used_regs("all")))
#endif
#endif
#ifndef LQ_ZERO_REGISTERS
#define LQ_ZERO_REGISTERS
#endif

/* LQ_ARRAY_CNT is the number of elements of a true array (not of a pointer). */
#define LQ_ARRAY_CNT(a) (sizeof(a) / sizeof((a)[0]))

/* LQ_CACHE_LINE_SZ in bytes: what two threads must not share. 64 on x86-64 and most of arm64; the
   pair prefetched together on x86-64 is not counted. */
#define LQ_CACHE_LINE_SZ 64

/* lq_u128_t holds any product of two 64-bit values. */
__extension__ typedef unsigned __int128 lq_u128_t;

/* lq_i128_t holds any difference of two such products below 2^127. */
__extension__ typedef __int128 lq_i128_t;

#if defined(__SANITIZE_ADDRESS__)
#define LQ_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LQ_ASAN 1
#endif
#endif
#ifndef LQ_ASAN
#define LQ_ASAN 0
#endif

#endif
