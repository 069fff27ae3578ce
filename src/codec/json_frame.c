#include <inttypes.h>
#include <string.h>

#include "json_internal.h"

/* How many bytes are masked at once: the blocker is called by pointer, which several blocks are
 * worth. */
#define CHUNK_SZ ((size_t)1024)

/* What the text stops at, within the bytes it was given. */
typedef enum stop {
    STOP_NONE,
    STOP_VALUE, /* behind the bracket that ends a value */
    STOP_DEEP,  /* at the bracket that is one too many */
} stop_t;

void lq_json_frame_init(lq_json_frame_t *f, const lq_json_limits_t *limits)
{
    *f = (lq_json_frame_t){.limits = *limits};
    if (f->limits.text_max > LQ_JSON_TEXT_MAX)
        f->limits.text_max = LQ_JSON_TEXT_MAX;
}

/* The bytes escaped by BACKSLASH, a backslash before the block (ESCAPED) included; sets ESCAPED to
   whether its last byte escapes the next. */
static LQ_NOINLINE uint64_t escaped_by(uint64_t backslash, bool *escaped)
{
    uint64_t out = *escaped;
    *escaped = false;
    backslash &= ~out;
    while (backslash) {
        unsigned at = (unsigned)__builtin_ctzll(backslash);
        if (at == 63) {
            *escaped = true;
            break;
        }
        out |= (uint64_t)2 << at;
        backslash &= ~((uint64_t)3 << at);
    }
    return out;
}

/* Bit i of the result is the parity of bits 0 to i. */
static LQ_ALWAYS_INLINE uint64_t parity_to(uint64_t x)
{
    for (unsigned i = 1; i < 64; i *= 2)
        x ^= x << i;
    return x;
}

/* Goes through the brackets outside strings one by one; sets AT to the byte it stops at. */
static LQ_NOINLINE stop_t count_brackets(lq_json_frame_t *f, size_t *at, uint64_t open,
                                         uint64_t close)
{
    for (uint64_t both = open | close; both; both &= both - 1) {
        *at = (size_t)__builtin_ctzll(both);
        if (open >> *at & 1) {
            if (f->depth == f->limits.depth_max)
                return STOP_DEEP;
            f->depth++;
        } else if (--f->depth == 0) {
            return STOP_VALUE;
        }
    }
    return STOP_NONE;
}

/* Reads a block of SZ bytes, 64 of them if there are more. */
static LQ_ALWAYS_INLINE stop_t read_block(lq_json_frame_t *f, size_t *at, const lq_json_block_t *b,
                                          size_t sz)
{
    uint64_t quote = b->quote;
    if (LQ_UNLIKELY(b->backslash || f->escaped)) {
        uint64_t escaped = escaped_by(b->backslash, &f->escaped);
        quote &= ~escaped;
        if (sz < 64)
            f->escaped = escaped >> sz & 1;
    }
    uint64_t string = parity_to(quote) ^ (f->in_string ? UINT64_MAX : 0);
    f->in_string = string >> 63;
    uint64_t open = b->open & ~string;
    uint64_t close = b->close & ~string;
    if (LQ_LIKELY(!(open | close)))
        return STOP_NONE;
    uint32_t open_cnt = (uint32_t)__builtin_popcountll(open);
    uint32_t close_cnt = (uint32_t)__builtin_popcountll(close);
    if (LQ_UNLIKELY(f->depth <= close_cnt || open_cnt > f->limits.depth_max - f->depth))
        return count_brackets(f, at, open, close);
    f->depth += open_cnt - close_cnt;
    return STOP_NONE;
}

/* Reads on in a value for SZ bytes at most; sets AT to the byte it stops at. */
static stop_t read_value(const lq_json_simd_t *simd, lq_json_frame_t *f, size_t *at,
                         const uint8_t *data, size_t sz)
{
    lq_json_block_t block[CHUNK_SZ / 64];
    size_t done = 0;
    while (done < sz) {
        size_t to = sz - done < CHUNK_SZ ? sz : done + CHUNK_SZ;
        simd->block(block, data, done, to);
        for (size_t i = 0; done < to; i++, done += 64) {
            stop_t stop = read_block(f, at, &block[i], to - done);
            if (LQ_UNLIKELY(stop != STOP_NONE)) {
                *at += done;
                return stop;
            }
        }
    }
    return STOP_NONE;
}

static LQ_COLD LQ_NOINLINE lq_err_t fail(lq_err_msg_t *msg, lq_err_t err, uint64_t at,
                                         const char *fault, size_t limit)
{
    if (err == LQ_ERR_SYNTAX)
        return lq_err_msg_set(msg, err,
                              "JSON stream offset %" PRIu64 ": %s; close the stream, it cannot be "
                              "read on",
                              at, fault);
    return lq_err_msg_set(msg, err,
                          "JSON stream offset %" PRIu64 ": %s (%zu); raise it if the sender is "
                          "right, and open the stream again",
                          at, fault, limit);
}

lq_err_t lq_json_frame_feed_by(const lq_json_simd_t *simd, lq_json_frame_t *f, size_t *used,
                               size_t *value_sz, lq_err_msg_t *msg, const char *data,
                               size_t data_sz)
{
    lq_json_frame_t next = *f;
    size_t start = 0;
    if (!next.value_sz) {
        while (start < data_sz && (data[start] == ' ' || data[start] == '\n' ||
                                   data[start] == '\r' || data[start] == '\t'))
            start++;
        if (start < data_sz && data[start] != '{' && data[start] != '[')
            return fail(msg, LQ_ERR_SYNTAX, f->stream_sz + start,
                        "neither an object nor an array begins here", 0);
    }
    size_t sz = data_sz - start;
    size_t room = next.limits.text_max - next.value_sz;
    size_t at = 0;
    stop_t stop = STOP_NONE;
    if (sz)
        stop = read_value(simd, &next, &at, (const uint8_t *)data + start, sz < room ? sz : room);
    if (stop == STOP_DEEP)
        return fail(msg, LQ_ERR_RANGE, f->stream_sz + start + at, "nested deeper than depth_max",
                    next.limits.depth_max);
    if (stop == STOP_NONE && sz > room)
        return fail(msg, LQ_ERR_TOO_LONG, f->stream_sz + start + room,
                    "the value is longer than text_max", next.limits.text_max);
    if (stop == STOP_VALUE) {
        sz = at + 1;
        *value_sz = next.value_sz + sz;
        next.value_sz = 0;
        next.in_string = false;
        next.escaped = false;
    } else {
        *value_sz = 0;
        next.value_sz += sz;
    }
    *used = start + sz;
    next.stream_sz += start + sz;
    *f = next;
    return LQ_OK;
}

lq_err_t lq_json_frame_feed(lq_json_frame_t *f, size_t *used, size_t *value_sz, lq_err_msg_t *msg,
                            const char *data, size_t data_sz)
{
    return lq_json_frame_feed_by(lq_json_simd(0), f, used, value_sz, msg, data, data_sz);
}
