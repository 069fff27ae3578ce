#ifndef LIQD_BASE_TEXT_H
#define LIQD_BASE_TEXT_H

/* Text from strangers, before a person sees it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* lq_text_decode sets *C to the code point at the start of the SZ bytes at IN, SZ >= 1, and returns
   the size of its UTF-8 sequence, 1 to 4; 0, *C unchanged, where no well-formed one begins
   (overlong forms, surrogates and what lies beyond U+10FFFF are none).
   @src Unicode 15.0, table 3-7 */
size_t lq_text_decode(uint32_t *c, const uint8_t *in, size_t sz);

/* lq_text_is_hidden tells whether a terminal may obey C, or a reader may not see it: control
   characters (C0, DEL, C1), bidirectional controls, line and paragraph separators, interlinear
   annotations, and all that Unicode calls default-ignorable (zero-width, variation selectors,
   fillers, tags). @src Unicode 15.0, DerivedCoreProperties.txt Default_Ignorable_Code_Point */
bool lq_text_is_hidden(uint32_t c);

/* lq_text_is_plain tells whether the SZ bytes at TEXT are well-formed UTF-8 without a hidden
   character. */
bool lq_text_is_plain(const char *text, size_t sz);

/* lq_text_show writes the character at the start of the SZ bytes at IN, SZ >= 1, as a terminal may
   have it: itself, or its first byte as \xNN where it is hidden or not UTF-8. Returns the bytes
   written, at most LQ_TEXT_SHOW_SZ, without NUL, and sets *USED to those read. */
#define LQ_TEXT_SHOW_SZ 4
size_t lq_text_show(char out[LQ_TEXT_SHOW_SZ], size_t *used, const uint8_t *in, size_t sz);

/* lq_text_show_cut writes the SZ bytes at IN, as lq_text_show does each, and a NUL to OUT; what its
   OUT_SZ bytes (at least 1) do not hold is cut before a character, not within it. */
void lq_text_show_cut(char *out, size_t out_sz, const uint8_t *in, size_t sz);

/* lq_text_quote writes TEXT in double quotes, cut after LQ_TEXT_SHOWN_MAX bytes and marked with
   "..." then, with each byte of what is hidden or not UTF-8 as \xNN; returns OUT. For messages:
   what a stranger wrote is shown to a terminal. */
#define LQ_TEXT_SHOWN_MAX 64
#define LQ_TEXT_QUOTE_SZ  (4 * (LQ_TEXT_SHOWN_MAX + 3) + 6)
const char *lq_text_quote(char out[LQ_TEXT_QUOTE_SZ], const char *text);

/* lq_text_distance returns the Levenshtein distance of A and B in bytes, at most MAX + 1; MAX + 1
   where one is longer than 64. */
size_t lq_text_distance(const char *a, const char *b, size_t max);

#endif
