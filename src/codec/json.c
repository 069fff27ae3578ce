#include "liqd/codec/json.h"

#include <string.h>

#include "json_internal.h"

/* Two steps for each chunk of the text: an indexer lists the bytes at which strings end or need a
   look, 64 bytes at a time and almost without branches; the walk then checks the grammar token by
   token and takes the ends of strings from the list. So no string is searched, no end depends on
   the one before, and the CPU works on several tokens at once. */

#define CHUNK_SZ 4096u /* with its list, less than half of the first-level cache */
#define FAIL     SIZE_MAX
#define NO_TOK   TOK_PAYLOAD_MAX

/* How many offsets of the list the walk looks at. */
#define LOOK_AHEAD 2

typedef struct scan {
    const uint8_t *text;
    size_t end;        /* offset behind the text */
    size_t plain_last; /* the last offset that four bytes can be read from; 0 in a shorter text */
    lq_json_tok_t *tok;
    size_t tok_max;
    uint32_t depth_max;
    lq_json_index_fn_t *index;

    lq_err_t err; /* what is wrong, once something is, and where */
    size_t err_at;
    const char *why;

    size_t indexed; /* offset of the first byte not yet listed */
    const uint32_t *list_end;
    uint32_t list[LOOK_AHEAD - 1 + CHUNK_SZ + LOOK_AHEAD + LQ_JSON_SLACK];
} scan_t;

/* Where the walk is. Apart from scan_t, so that it stays in registers. */
typedef struct walk {
    size_t at;            /* offset of the next byte */
    const uint32_t *next; /* in the list: at AT or before */
    uint32_t tok_cnt;
    uint32_t open; /* token of the innermost open container */
    uint32_t depth;
    bool in_object;
} walk_t;

/* Where the walk goes on in an item: a member or an element. */
typedef enum step {
    STEP_ITEM,   /* at its first byte */
    STEP_VALUE,  /* behind its name and colon */
    STEP_BEHIND, /* behind it */
} step_t;

/* Notes what is wrong at AT, where something else is expected. */
static LQ_COLD size_t fail(scan_t *s, size_t at, const char *why)
{
    s->err = LQ_ERR_SYNTAX;
    s->err_at = at;
    s->why = why;
    return FAIL;
}

static LQ_COLD bool refuse(scan_t *s, size_t at, const char *why)
{
    return fail(s, at, why) != FAIL;
}

/* Lists the next chunk behind the HAVE offsets already in the list, the end of the text when all is
   listed; returns how many there are. */
static size_t list_chunk(scan_t *s, size_t have)
{
    if (s->indexed == s->end) {
        s->list[have] = (uint32_t)s->end;
        return have + 1;
    }
    size_t to = s->end - s->indexed < CHUNK_SZ ? s->end : s->indexed + CHUNK_SZ;
    have += s->index(s->list + have, s->text, s->indexed, to);
    s->indexed = to;
    return have;
}

/* Returns where the list goes on at or behind AT, with LOOK_AHEAD offsets at least; sentinels
   follow the last. */
static LQ_NOINLINE const uint32_t *list_from(scan_t *s, const uint32_t *next, size_t at)
{
    while (*next < at)
        next++;
    size_t have = (size_t)(s->list_end - next);
    if (have >= LOOK_AHEAD)
        return next;
    memmove(s->list, next, have * sizeof(*next));
    while (have < LOOK_AHEAD)
        have = list_chunk(s, have);
    for (size_t i = 0; i < LOOK_AHEAD; i++)
        s->list[have + i] = UINT32_MAX;
    s->list_end = s->list + have;
    return s->list;
}

static bool is_digit(const scan_t *s, size_t at)
{
    return at < s->end && s->text[at] >= '0' && s->text[at] <= '9';
}

/* Returns the value of the four hex digits at AT, -1 where there are none. */
static int32_t hex_4(const scan_t *s, size_t at)
{
    if (s->end - at < 4)
        return -1;
    int32_t v = 0;
    for (size_t i = at; i < at + 4; i++) {
        int32_t c = s->text[i];
        if (c >= '0' && c <= '9')
            c -= '0';
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            c = (c | 0x20) - 'a' + 10;
        else
            return -1;
        v = v << 4 | c;
    }
    return v;
}

/* Returns the offset behind the \uXXXX at AT, or behind two that make one character. */
static size_t unicode_escape(scan_t *s, size_t at)
{
    int32_t high = hex_4(s, at + 2);
    if (high < 0)
        return fail(s, at, "four hex digits are expected behind \\u");
    if (high < 0xd800 || high > 0xdfff)
        return at + 6;
    size_t second = at + 6;
    int32_t low = -1;
    if (s->end - second >= 2 && s->text[second] == '\\' && s->text[second + 1] == 'u')
        low = hex_4(s, second + 2);
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return fail(s, at, "a surrogate pair is expected, high half first");
    return second + 6;
}

/* Returns the offset behind the escape at AT. */
static size_t escape(scan_t *s, size_t at)
{
    if (s->end - at < 2)
        return fail(s, s->end, "an escape is expected");
    switch (s->text[at + 1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return at + 2;
    case 'u':
        return unicode_escape(s, at);
    default:
        return fail(s, at, "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u is expected");
    }
}

/* Returns the offset behind the character beyond ASCII at AT. @src RFC 3629 section 4 */
static size_t utf8(scan_t *s, size_t at)
{
    uint8_t lead = s->text[at];
    size_t sz = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || s->end - at < sz)
        return fail(s, at, "UTF-8 is expected");
    uint8_t low = 0x80;
    uint8_t high = 0xbf;
    if (lead == 0xe0)
        low = 0xa0; /* else three bytes for what fits in two */
    else if (lead == 0xed)
        high = 0x9f; /* surrogates */
    else if (lead == 0xf0)
        low = 0x90; /* four bytes for what fits in three */
    else if (lead == 0xf4)
        high = 0x8f; /* above U+10FFFF */
    if (s->text[at + 1] < low || s->text[at + 1] > high)
        return fail(s, at, "UTF-8 is expected");
    for (size_t i = 2; i < sz; i++)
        if ((s->text[at + i] & 0xc0) != 0x80)
            return fail(s, at, "UTF-8 is expected");
    return at + sz;
}

/* Returns the offset of the quote that ends a string of which the bytes before AT are checked. */
static LQ_NOINLINE size_t string_end(scan_t *s, size_t at, tok_kind_t *kind)
{
    while (at < s->end) {
        uint8_t c = s->text[at];
        if (c == '"')
            return at;
        if (c == '\\') {
            *kind = TOK_ESCAPED;
            at = escape(s, at);
        } else if (c > 0x7f) {
            at = utf8(s, at);
        } else if (c < ' ') {
            return fail(s, at, "in a string, an escape is expected for a control character");
        } else {
            at++;
        }
    }
    return at == FAIL ? FAIL : fail(s, s->end, "a closing quote is expected");
}

/* Takes the string that begins at w->at. */
static LQ_ALWAYS_INLINE bool take_string(scan_t *s, walk_t *w)
{
    while (LQ_UNLIKELY(w->next[0] != w->at || w->next[1] == UINT32_MAX))
        w->next = list_from(s, w->next, w->at);
    size_t quote = w->next[1];
    w->next += 2;
    tok_kind_t kind = TOK_STRING;
    if (LQ_UNLIKELY(quote == s->end || s->text[quote] != '"')) {
        tok_kind_t found = TOK_STRING; /* apart from KIND, which so stays in a register */
        quote = string_end(s, quote, &found);
        if (quote == FAIL)
            return false;
        kind = found;
    }
    tok_put(&s->tok[w->tok_cnt++], kind, w->at, quote - w->at - 1);
    w->at = quote + 1;
    return true;
}

static size_t digits(scan_t *s, size_t at)
{
    if (!is_digit(s, at))
        return fail(s, at, "a digit is expected");
    while (is_digit(s, at))
        at++;
    return at;
}

/* Returns the offset behind the number at AT. */
static LQ_NOINLINE size_t number(scan_t *s, size_t at)
{
    bool negative = at < s->end && s->text[at] == '-';
    if (!negative && !is_digit(s, at))
        return fail(s, at, "a value is expected");
    at += negative;
    if (at < s->end && s->text[at] == '0')
        at++; /* alone: a digit behind it is no part of the number */
    else
        at = digits(s, at);
    if (at < s->end && s->text[at] == '.')
        at = digits(s, at + 1);
    if (at < s->end && (s->text[at] | 0x20) == 'e') {
        at++;
        at += at < s->end && (s->text[at] == '+' || s->text[at] == '-');
        at = digits(s, at);
    }
    return at;
}

static LQ_ALWAYS_INLINE uint32_t four(const uint8_t *text)
{
    uint32_t x;
    memcpy(&x, text, 4);
    return x;
}

/* What four() returns for the bytes A, B, C, D. */
#define FOUR(a, b, c, d) \
    ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* Takes the number or literal at w->at. */
static LQ_ALWAYS_INLINE bool take_scalar(scan_t *s, walk_t *w)
{
    size_t left = s->end - w->at;
    uint32_t x = left >= 4 ? four(s->text + w->at) : 0;
    tok_kind_t kind = TOK_NUMBER;
    size_t sz = 4;
    if (x == FOUR('f', 'a', 'l', 's') && left >= 5 && s->text[w->at + 4] == 'e') {
        kind = TOK_FALSE;
        sz = 5;
    } else if (x == FOUR('n', 'u', 'l', 'l')) {
        kind = TOK_NULL;
    } else if (x == FOUR('t', 'r', 'u', 'e')) {
        kind = TOK_TRUE;
    } else {
        size_t end = number(s, w->at);
        if (LQ_UNLIKELY(end == FAIL))
            return false;
        sz = end - w->at;
    }
    tok_put(&s->tok[w->tok_cnt++], kind, w->at, sz);
    w->at += sz;
    return true;
}

static LQ_NOINLINE size_t skip_space(const scan_t *s, size_t at)
{
    while (at < s->end && (s->text[at] == ' ' || s->text[at] == '\n' || s->text[at] == '\r' ||
                           s->text[at] == '\t'))
        at++;
    return at;
}

/* Moves to the next byte that is no white space and returns it, 0 at the end. */
static LQ_ALWAYS_INLINE uint8_t peek(const scan_t *s, walk_t *w)
{
    if (LQ_LIKELY(w->at < s->end && s->text[w->at] > ' '))
        return s->text[w->at];
    w->at = skip_space(s, w->at);
    return w->at < s->end ? s->text[w->at] : 0;
}

/* Whether peek() is C, which is likely. */
static LQ_ALWAYS_INLINE bool peek_is(const scan_t *s, walk_t *w, uint8_t c)
{
    return LQ_LIKELY(w->at < s->end && s->text[w->at] == c) || peek(s, w) == c;
}

static LQ_ALWAYS_INLINE bool take_name(scan_t *s, walk_t *w)
{
    if (LQ_UNLIKELY(!peek_is(s, w, '"')))
        return refuse(s, w->at, "a member name in quotes is expected");
    if (LQ_UNLIKELY(!take_string(s, w)))
        return false;
    if (LQ_UNLIKELY(!peek_is(s, w, ':')))
        return refuse(s, w->at, "a colon is expected behind a member name");
    w->at++;
    return true;
}

static LQ_ALWAYS_INLINE bool open_container(scan_t *s, walk_t *w, uint8_t bracket)
{
    if (LQ_UNLIKELY(w->depth == s->depth_max)) {
        (void)refuse(s, w->at, "no deeper nesting is expected");
        s->err = LQ_ERR_RANGE;
        return false;
    }
    w->in_object = bracket == '{';
    tok_put(&s->tok[w->tok_cnt], w->in_object ? TOK_OBJECT : TOK_ARRAY, w->at, w->open);
    w->open = w->tok_cnt++;
    w->depth++;
    w->at++;
    return true;
}

static LQ_ALWAYS_INLINE void close_container(scan_t *s, walk_t *w)
{
    lq_json_tok_t *t = &s->tok[w->open];
    w->open = tok_payload(t);
    tok_put(t, tok_kind(t), t->at, w->tok_cnt);
    w->depth--;
    w->in_object = w->depth && tok_kind(&s->tok[w->open]) == TOK_OBJECT;
    w->at++;
}

/* Takes the value at w->at, or its bracket alone if there is something in it: then OPENED. */
static LQ_ALWAYS_INLINE bool take_value(scan_t *s, walk_t *w, bool *opened)
{
    uint8_t c = peek(s, w);
    if (LQ_LIKELY(c == '"'))
        return take_string(s, w);
    if (c != '{' && c != '[')
        return take_scalar(s, w);
    if (LQ_UNLIKELY(!open_container(s, w, c)))
        return false;
    *opened = !peek_is(s, w, w->in_object ? '}' : ']');
    if (!*opened)
        close_container(s, w);
    return true;
}

/* Takes items of the open container from w->at on as long as they are plain strings without white
   space between, which is most of what nodes send: the four bytes from a closing quote on tell all
   that follows. Stops at anything else, of which it has taken nothing. */
static LQ_ALWAYS_INLINE step_t take_plain(scan_t *s, walk_t *w)
{
    const uint8_t *text = s->text;
    const uint32_t *next = w->next;
    lq_json_tok_t *tok = s->tok + w->tok_cnt;
    size_t at = w->at;
    /* a string takes two bytes or more, so up to here there are tokens enough */
    size_t last = at + (s->tok_max - w->tok_cnt);
    if (last > s->plain_last)
        last = s->plain_last;
    if (at > last || text[at] != '"' || next[0] != at)
        return STEP_ITEM;
    step_t step = STEP_ITEM;
    for (;;) {
        if (w->in_object) {
            size_t quote = next[1];
            if (quote > last)
                break;
            uint32_t x = four(text + quote);
            if ((x & FOUR(0xff, 0xff, 0, 0)) != FOUR('"', ':', 0, 0))
                break;
            tok_put(tok++, TOK_STRING, at, quote - at - 1);
            next += 2;
            at = quote + 2;
            step = STEP_VALUE;
            if ((x & FOUR(0, 0, 0xff, 0)) != FOUR(0, 0, '"', 0))
                break;
        }
        size_t quote = next[1];
        if (quote > last)
            break;
        uint32_t x = four(text + quote);
        if ((x & FOUR(0xff, 0, 0, 0)) != FOUR('"', 0, 0, 0))
            break;
        tok_put(tok++, TOK_STRING, at, quote - at - 1);
        next += 2;
        at = quote + 1;
        step = STEP_BEHIND;
        if ((x & FOUR(0, 0xff, 0xff, 0)) != FOUR(0, ',', '"', 0))
            break;
        at++;
        step = STEP_ITEM;
    }
    w->tok_cnt = (uint32_t)(tok - s->tok);
    w->next = next;
    w->at = at;
    return step;
}

/* Takes the item at w->at, or what is left of it behind STEP; see take_value() for OPENED. */
static LQ_ALWAYS_INLINE bool take_item(scan_t *s, walk_t *w, step_t step, bool *opened)
{
    if (step == STEP_BEHIND)
        return true;
    bool named = w->in_object && step == STEP_ITEM;
    if (LQ_UNLIKELY(s->tok_max - w->tok_cnt < 1u + named)) {
        (void)refuse(s, w->at, "no further value is expected");
        s->err = LQ_ERR_FULL;
        return false;
    }
    return (!named || take_name(s, w)) && take_value(s, w, opened);
}

/* Moves from behind an item to the next one, or closes the container: then CLOSED. */
static LQ_ALWAYS_INLINE bool go_on(scan_t *s, walk_t *w, bool *closed)
{
    uint8_t c = peek(s, w);
    if (LQ_LIKELY(c == ',')) {
        w->at++;
        return true;
    }
    if (LQ_UNLIKELY(c != (w->in_object ? '}' : ']')))
        return refuse(s, w->at,
                      w->in_object ? "a comma or } is expected" : "a comma or ] is expected");
    close_container(s, w);
    *closed = true;
    return true;
}

/* Checks the text and writes its tokens; s->err says how it went. */
static void walk(scan_t *s, walk_t *out)
{
    walk_t w = *out;
    bool opened = false;
    bool ok = take_item(s, &w, STEP_ITEM, &opened);
    while (ok && w.depth) {
        bool closed = false;
        ok = opened || go_on(s, &w, &closed);
        opened = false;
        if (LQ_LIKELY(ok) && !closed)
            ok = take_item(s, &w, take_plain(s, &w), &opened);
    }
    if (ok) {
        w.at = skip_space(s, w.at);
        if (w.at < s->end)
            (void)refuse(s, w.at, "the end of the text is expected behind its value");
    }
    *out = w;
}

/* Says what stopped the walk. Open containers are closed first, so that the path can be told. */
static LQ_COLD lq_err_t explain(const scan_t *s, const walk_t *w, lq_err_msg_t *msg)
{
    if (!msg)
        return s->err;
    for (uint32_t open = w->open; open != NO_TOK;) {
        lq_json_tok_t *t = &s->tok[open];
        open = tok_payload(t);
        tok_put(t, tok_kind(t), t->at, w->tok_cnt);
    }
    lq_json_t doc = {(const char *)s->text, s->tok, s->end, w->tok_cnt};
    lq_json_path_t near;
    lq_json_path(&near, &doc, w->tok_cnt ? w->tok_cnt - 1 : 0);
    const char *ends = s->err_at == s->end ? ", but the text ends" : "";
    if (s->err == LQ_ERR_RANGE)
        return lq_err_msg_set(
            msg, s->err,
            "JSON offset %zu (near %s): %s; raise depth_max (%u) if the sender is "
            "right to nest so deep",
            s->err_at, near.text, s->why, s->depth_max);
    if (s->err == LQ_ERR_FULL)
        return lq_err_msg_set(msg, s->err,
                              "JSON offset %zu (near %s): %s%s; give more than %zu tokens or ask "
                              "for less",
                              s->err_at, near.text, s->why, ends, s->tok_max);
    return lq_err_msg_set(
        msg, s->err, "JSON offset %zu (near %s): %s%s; discard the text and distrust its sender",
        s->err_at, near.text, s->why, ends);
}

lq_err_t lq_json_parse_by(const lq_json_simd_t *simd, lq_json_t *doc, lq_json_tok_t *tok,
                          size_t tok_max, lq_err_msg_t *msg, const char *text, size_t text_sz,
                          const lq_json_limits_t *limits)
{
    size_t text_max = limits->text_max < LQ_JSON_TEXT_MAX ? limits->text_max : LQ_JSON_TEXT_MAX;
    if (text_sz > text_max)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG,
                              "JSON text of %zu bytes; ask for less or raise text_max (%zu)",
                              text_sz, text_max);
    scan_t s; /* not initialised whole: the list is large */
    s.text = (const uint8_t *)text;
    s.end = text_sz;
    s.plain_last = text_sz >= 4 ? text_sz - 4 : 0;
    s.tok = tok;
    s.tok_max = tok_max;
    s.depth_max = limits->depth_max;
    s.index = simd->index;
    s.err = LQ_OK;
    s.indexed = 0;
    s.list[0] = UINT32_MAX;
    s.list_end = s.list;
    walk_t w = {.at = 0, .next = list_from(&s, s.list, 0), .open = NO_TOK};
    walk(&s, &w);
    if (LQ_UNLIKELY(s.err != LQ_OK))
        return explain(&s, &w, msg);
    *doc = (lq_json_t){text, tok, text_sz, w.tok_cnt};
    return LQ_OK;
}

lq_err_t lq_json_parse(lq_json_t *doc, lq_json_tok_t *tok, size_t tok_max, lq_err_msg_t *msg,
                       const char *text, size_t text_sz, const lq_json_limits_t *limits)
{
    return lq_json_parse_by(lq_json_simd(0), doc, tok, tok_max, msg, text, text_sz, limits);
}
