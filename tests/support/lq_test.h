#ifndef LQ_TEST_H
#define LQ_TEST_H

/* What every test file includes: cmocka, a seed that is printed and can be given back, sample and
   full counts, the folder of shared vectors. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "liqd/base/err.h"
#include "liqd/base/rng.h"

/* lq_test_rng returns a generator seeded from $LIQD_TEST_SEED, else from the clock, and prints the
   seed that repeats the run. */
lq_rng_t lq_test_rng(void);

/* lq_test_cnt returns FULL under `tools/test --long`, SAMPLE otherwise. */
size_t lq_test_cnt(size_t sample, size_t full);

/* lq_test_vectors returns the path of SUB below the shared test vectors ($LIQD_VECTORS, else
   ../shared/vectors beside the repository), or skips the running test, saying so, where it is
   missing. Valid until the next call. */
const char *lq_test_vectors(const char *sub);

/* lq_test_read returns the content of the file PATH with a NUL behind it, and its size in *SZ (may
   be NULL); the test fails where it cannot be read. The caller frees it. */
char *lq_test_read(const char *path, size_t *sz);

/* assert_ok and assert_err compare an lq_err_t and name both in the failure. */
#define assert_ok(call)        lq_test_assert_err((call), LQ_OK, #call, __FILE__, __LINE__)
#define assert_err(call, want) lq_test_assert_err((call), (want), #call, __FILE__, __LINE__)
void lq_test_assert_err(lq_err_t got, lq_err_t want, const char *call, const char *file, int line);

/* assert_dies runs ACT in a child process and fails unless it dies with SAYING on its standard
   error. */
void assert_dies(void (*act)(void), const char *saying);

#endif
