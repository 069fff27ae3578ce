#include "liqd/codec/abi.h"

#include "abi_internal.h"
#include "liqd/codec/hex.h"

/* A container under way: its element or component number IDX is next. */
typedef struct frame {
    const lq_abi_node_t *node; /* the container */
    const lq_abi_node_t *part; /* the next element or component */
    size_t idx;
    size_t cnt;
    size_t base; /* its body: offsets in it count from here */
    size_t head; /* the head of the next part */
} frame_t;

/* Visits a value part by part in the order of the type's text, without recursion. */
typedef struct walk {
    frame_t stack[LQ_ABI_DEPTH_MAX];
    size_t depth;
} walk_t;

/* Goes down into the container NODE of CNT elements, whose body is at BASE. */
static void walk_into(walk_t *w, const lq_abi_node_t *node, size_t cnt, size_t base)
{
    w->stack[w->depth++] = (frame_t){
        .node = node,
        .part = node + 1,
        .cnt = cnt,
        .base = base,
        .head = base,
    };
}

static void walk_start(walk_t *w, const lq_abi_type_t *type)
{
    w->depth = 0;
    walk_into(w, type->nodes, type->nodes[0].cnt, 0);
}

/* Returns the next part, and in *BASE and *HEAD where its offset counts from and its head stands;
   NULL after the last. Ends, since no container is empty but a list, which has a value. */
static const lq_abi_node_t *walk_next(walk_t *w, size_t *base, size_t *head)
{
    while (w->depth && w->stack[w->depth - 1].idx == w->stack[w->depth - 1].cnt)
        w->depth--;
    if (!w->depth)
        return NULL;
    frame_t *f = &w->stack[w->depth - 1];
    const lq_abi_node_t *part = f->part;
    *base = f->base;
    *head = f->head;
    f->idx++;
    f->head += lq_abi_head_sz(part);
    if (f->node->kind == LQ_ABI_TUPLE)
        f->part += part->node_cnt;
    return part;
}

/* A piece of a message: at most 80 bytes, so that LQ_ERR_MSG_SZ has room for the rest. */
typedef struct text {
    char s[80];
    size_t sz;
} text_t;

static void text_add(text_t *t, const char *s)
{
    size_t sz = strlen(s);
    memcpy(t->s + t->sz, s, sz + 1);
    t->sz += sz;
}

static void text_add_number(text_t *t, size_t v)
{
    char digits[21];
    size_t first = sizeof(digits) - 1;
    digits[first] = '\0';
    do {
        digits[--first] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    text_add(t, digits + first);
}

/* The name of the part that walk_next returned last: args[1][3]. */
LQ_COLD static text_t path_text(const walk_t *w)
{
    text_t path = {"", 0};
    text_add(&path, "args");
    for (size_t i = 0; i < w->depth; i++) {
        if (path.sz + 2 + 20 + 4 > sizeof(path.s)) {
            text_add(&path, "...");
            break;
        }
        text_add(&path, "[");
        text_add_number(&path, w->stack[i].idx - 1);
        text_add(&path, "]");
    }
    return path;
}

/* "a uint128", as an error says what a word is not; of leaves of one word. */
LQ_COLD static text_t type_text(const lq_abi_node_t *node)
{
    text_t name = {"", 0};
    if (node->kind == LQ_ABI_BOOL) {
        text_add(&name, "a bool");
    } else if (node->kind == LQ_ABI_ADDRESS) {
        text_add(&name, "an address");
    } else if (node->kind == LQ_ABI_BYTESN) {
        text_add(&name, "a bytes");
        text_add_number(&name, node->cnt);
    } else {
        text_add(&name, node->kind == LQ_ABI_INT ? "an int" : "a uint");
        text_add_number(&name, node->bits);
    }
    return name;
}

LQ_COLD static text_t word_text(const uint8_t in[32])
{
    text_t hex = {"", 0};
    lq_u256_t word = lq_u256_from_be(in);
    hex.sz = lq_hex_encode_u256(hex.s, &word);
    return hex;
}

lq_err_t lq_abi_bad_word(lq_err_msg_t *msg, const char *path, const char *where, size_t pos,
                         const uint8_t in[32], const char *what)
{
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "%s: %s[%zu]: %s is not %s: corrupt, or data of another type", path,
                          where, pos, word_text(in).s, what);
}

lq_err_t lq_abi_bad_log(lq_err_msg_t *msg, const char *name, const lq_hash_t *topic,
                        const lq_hash_t *topics, size_t topic_cnt, size_t want_cnt, size_t data_sz,
                        size_t want_sz)
{
    if (topic_cnt && !lq_abi_is_topic(topics, topic))
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "%s: topics[0] is %s, another event", name,
                              word_text(topics[0].b).s);
    if (topic_cnt != want_cnt)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "%s: %zu topics instead of %zu: a contract of another kind", name,
                              topic_cnt, want_cnt);
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "%s: %zu bytes of data instead of %zu: cut, or a contract of another "
                          "kind",
                          name, data_sz, want_sz);
}

lq_err_t lq_abi_bad_error(lq_err_msg_t *msg, const char *name, uint32_t selector,
                          const uint8_t *data, size_t data_sz, size_t want_sz)
{
    if (data_sz >= LQ_ABI_SELECTOR_SZ && !lq_abi_is_selector(data, selector))
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "%s: selector %02x%02x%02x%02x, another error",
                              name, data[0], data[1], data[2], data[3]);
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "%s: %zu bytes of data instead of %zu: cut", name,
                          data_sz, want_sz);
}

lq_err_t lq_abi_bad_sz(lq_err_msg_t *msg, const char *name, size_t data_sz, size_t want_sz)
{
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "%s: %zu bytes returned instead of %zu: no such function, or no contract "
                          "at the address",
                          name, data_sz, want_sz);
}

lq_err_t lq_abi_no_fit(lq_err_msg_t *msg, const char *path, const char *what)
{
    return lq_err_msg_set(msg, LQ_ERR_RANGE, "%s: the value does not fit %s", path, what);
}

lq_err_t lq_abi_no_room(lq_err_msg_t *msg, const char *name, size_t sz, size_t out_max)
{
    return lq_err_msg_set(msg, LQ_ERR_FULL, "%s: %zu bytes do not fit a buffer of %zu", name, sz,
                          out_max);
}

bool lq_abi_get_offset(size_t *at, const uint8_t *data, size_t data_sz, size_t base, size_t head,
                       size_t need)
{
    uint64_t offset;
    size_t left = data_sz - base;
    if (!lq_abi_get_u64(&offset, data + head, 64) || offset > left || left - offset < need)
        return false;
    *at = base + offset;
    return true;
}

bool lq_abi_get_cnt(size_t *cnt, const uint8_t *data, size_t data_sz, size_t at, size_t stride)
{
    uint64_t v;
    size_t left = data_sz - at - LQ_ABI_WORD_SZ;
    if (!lq_abi_get_u64(&v, data + at, 64) || v > left / stride)
        return false;
    *cnt = v;
    return true;
}

static lq_err_t bad_offset(lq_err_msg_t *msg, const char *path, const uint8_t *data, size_t at)
{
    return lq_abi_bad_word(msg, path, "data", at, data + at, "an offset into the data");
}

static lq_err_t bad_cnt(lq_err_msg_t *msg, const char *path, const uint8_t *data, size_t at)
{
    return lq_abi_bad_word(msg, path, "data", at, data + at, "a size within the data");
}

lq_err_t lq_abi_get_bytes(lq_abi_bytes_t *v, lq_err_msg_t *msg, const uint8_t *data, size_t data_sz,
                          size_t head, const char *path)
{
    size_t at;
    size_t sz;
    if (!lq_abi_get_offset(&at, data, data_sz, 0, head, LQ_ABI_WORD_SZ))
        return bad_offset(msg, path, data, head);
    if (!lq_abi_get_cnt(&sz, data, data_sz, at, 1))
        return bad_cnt(msg, path, data, at);
    *v = (lq_abi_bytes_t){data + at + LQ_ABI_WORD_SZ, sz};
    return LQ_OK;
}

static bool is_bytes(const lq_abi_node_t *node)
{
    return node->kind == LQ_ABI_BYTES || node->kind == LQ_ABI_STRING;
}

static bool has_val(const lq_abi_node_t *node)
{
    return node->kind != LQ_ABI_ARRAY && node->kind != LQ_ABI_TUPLE;
}

/* What the dynamic part NODE takes in the tail, its own dynamic parts not counted. */
static size_t tail_sz(const lq_abi_node_t *node, const lq_abi_val_t *val)
{
    if (is_bytes(node))
        return lq_abi_tail_sz(val->bytes.sz);
    if (node->kind == LQ_ABI_LIST)
        return lq_abi_sz_add(LQ_ABI_WORD_SZ, lq_abi_sz_mul(val->cnt, node->body_sz));
    return node->body_sz;
}

/* Elements of the container NODE; VAL is a list's own. */
static size_t part_cnt(const lq_abi_node_t *node, const lq_abi_val_t *val)
{
    return node->kind == LQ_ABI_LIST ? val->cnt : node->cnt;
}

static bool fits(const lq_abi_node_t *node, const lq_abi_val_t *val)
{
    switch (node->kind) {
    case LQ_ABI_UINT:
        return lq_abi_fits_uint(&val->num, node->bits);
    case LQ_ABI_INT:
        return lq_abi_fits_int(&val->num, node->bits);
    case LQ_ABI_BOOL:
        return lq_abi_fits_uint(&val->num, 1);
    case LQ_ABI_BYTESN:
        return lq_abi_fits_bytesn(val->fixed.b, node->cnt);
    case LQ_ABI_ADDRESS:
    case LQ_ABI_BYTES:
    case LQ_ABI_STRING:
    case LQ_ABI_LIST:
    case LQ_ABI_ARRAY:
    case LQ_ABI_TUPLE:
        break;
    }
    return true;
}

static void put_leaf(uint8_t *out, const lq_abi_node_t *node, const lq_abi_val_t *val)
{
    switch (node->kind) {
    case LQ_ABI_UINT:
    case LQ_ABI_INT:
    case LQ_ABI_BOOL:
        lq_u256_to_be(out, &val->num);
        break;
    case LQ_ABI_ADDRESS:
        lq_abi_put_address(out, &val->address);
        break;
    case LQ_ABI_BYTESN:
        memcpy(out, val->fixed.b, sizeof(val->fixed.b));
        break;
    case LQ_ABI_BYTES:
    case LQ_ABI_STRING:
        (void)lq_abi_put_bytes(out, val->bytes.data, val->bytes.sz);
        break;
    case LQ_ABI_LIST:
    case LQ_ABI_ARRAY:
    case LQ_ABI_TUPLE:
        break;
    }
}

LQ_COLD static lq_err_t bad_val(lq_err_msg_t *msg, const walk_t *w, const lq_abi_node_t *node,
                                const lq_abi_val_t *val)
{
    uint8_t word[32];
    put_leaf(word, node, val);
    return lq_err_msg_set(msg, LQ_ERR_RANGE, "%s: %s does not fit %s", path_text(w).s,
                          word_text(word).s, type_text(node).s);
}

/* Checks the values and sets *SZ to the size of their encoding, SIZE_MAX where no buffer holds
   it. */
static lq_err_t measure(size_t *sz, lq_err_msg_t *msg, const lq_abi_type_t *type,
                        const lq_abi_val_t *vals, size_t val_cnt)
{
    walk_t w;
    walk_start(&w, type);
    size_t total = type->nodes[0].body_sz;
    size_t used = 0;
    size_t base;
    size_t head;
    for (const lq_abi_node_t *node; (node = walk_next(&w, &base, &head));) {
        const lq_abi_val_t *val = NULL;
        if (has_val(node)) {
            if (used == val_cnt)
                return lq_err_msg_set(msg, LQ_ERR_INVAL, "%s: the %zu values given end before it",
                                      path_text(&w).s, val_cnt);
            val = &vals[used++];
            if (!fits(node, val))
                return bad_val(msg, &w, node, val);
        }
        if (node->dynamic)
            total = lq_abi_sz_add(total, tail_sz(node, val));
        if (node->depth)
            walk_into(&w, node, part_cnt(node, val), 0);
    }
    if (used != val_cnt)
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "args: %zu values given, %zu taken", val_cnt,
                              used);
    *sz = total;
    return LQ_OK;
}

lq_err_t lq_abi_encode(uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg,
                       const lq_abi_type_t *type, const lq_abi_val_t *vals, size_t val_cnt)
{
    size_t sz = 0;
    lq_err_t err = measure(&sz, msg, type, vals, val_cnt);
    if (err)
        return err;
    if (sz > out_max)
        return lq_abi_no_room(msg, "args", sz, out_max);
    walk_t w;
    walk_start(&w, type);
    size_t end = type->nodes[0].body_sz;
    size_t base;
    size_t head;
    for (const lq_abi_node_t *node; (node = walk_next(&w, &base, &head));) {
        const lq_abi_val_t *val = has_val(node) ? vals++ : NULL;
        size_t at = head;
        if (node->dynamic) {
            at = end;
            lq_abi_put_u64(out + head, at - base);
            end += tail_sz(node, val);
        }
        if (!node->depth) {
            put_leaf(out + at, node, val);
            continue;
        }
        if (node->kind == LQ_ABI_LIST) {
            lq_abi_put_u64(out + at, val->cnt);
            at += LQ_ABI_WORD_SZ;
        }
        walk_into(&w, node, part_cnt(node, val), at);
    }
    *out_sz = sz;
    return LQ_OK;
}

static bool get_leaf(lq_abi_val_t *val, const lq_abi_node_t *node, const uint8_t *in)
{
    switch (node->kind) {
    case LQ_ABI_UINT:
        return lq_abi_get_uint(&val->num, in, node->bits);
    case LQ_ABI_INT:
        return lq_abi_get_int(&val->num, in, node->bits);
    case LQ_ABI_BOOL:
        return lq_abi_get_uint(&val->num, in, 1);
    case LQ_ABI_ADDRESS:
        return lq_abi_get_address(&val->address, in);
    case LQ_ABI_BYTESN:
        return lq_abi_get_bytesn(&val->fixed, in, node->cnt);
    case LQ_ABI_BYTES:
    case LQ_ABI_STRING:
    case LQ_ABI_LIST:
    case LQ_ABI_ARRAY:
    case LQ_ABI_TUPLE:
        break;
    }
    return false;
}

/* Reads the part NODE that stands at *AT: sets *VAL where it has one, and *AT to the body of a
   container. */
static lq_err_t get_part(lq_abi_val_t *val, size_t *at, lq_err_msg_t *msg, const walk_t *w,
                         const lq_abi_node_t *node, const uint8_t *data, size_t data_sz)
{
    if (is_bytes(node) || node->kind == LQ_ABI_LIST) {
        size_t stride = is_bytes(node) ? 1 : node->body_sz;
        size_t cnt;
        if (!lq_abi_get_cnt(&cnt, data, data_sz, *at, stride))
            return bad_cnt(msg, path_text(w).s, data, *at);
        *at += LQ_ABI_WORD_SZ;
        if (is_bytes(node))
            val->bytes = (lq_abi_bytes_t){data + *at, cnt};
        else
            val->cnt = cnt;
    } else if (!node->depth && !get_leaf(val, node, data + *at)) {
        return lq_abi_bad_word(msg, path_text(w).s, "data", *at, data + *at, type_text(node).s);
    }
    return LQ_OK;
}

/* Checks the data and sets *VAL_CNT; writes the values too unless VALS is NULL. */
static lq_err_t scan(lq_abi_val_t *vals, size_t val_max, size_t *val_cnt, lq_err_msg_t *msg,
                     const lq_abi_type_t *type, const uint8_t *data, size_t data_sz)
{
    walk_t w;
    walk_start(&w, type);
    size_t cnt = 0;
    size_t base;
    size_t at;
    for (const lq_abi_node_t *node; (node = walk_next(&w, &base, &at));) {
        size_t head = at;
        size_t need = has_val(node) ? LQ_ABI_WORD_SZ : node->body_sz;
        if (node->dynamic && !lq_abi_get_offset(&at, data, data_sz, base, head, need))
            return bad_offset(msg, path_text(&w).s, data, head);
        lq_abi_val_t val = {.cnt = 0};
        lq_err_t err = get_part(&val, &at, msg, &w, node, data, data_sz);
        if (err)
            return err;
        if (has_val(node)) {
            if (cnt == val_max)
                return lq_err_msg_set(msg, LQ_ERR_FULL, "%s: more than %zu values", path_text(&w).s,
                                      val_max);
            if (vals)
                vals[cnt] = val;
            cnt++;
        }
        if (node->depth)
            walk_into(&w, node, part_cnt(node, &val), at);
    }
    *val_cnt = cnt;
    return LQ_OK;
}

lq_err_t lq_abi_decode(lq_abi_val_t *vals, size_t val_max, size_t *val_cnt, lq_err_msg_t *msg,
                       const lq_abi_type_t *type, const uint8_t *data, size_t data_sz)
{
    if (data_sz < type->nodes[0].body_sz)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "args: %zu bytes, but their heads alone take %zu: cut, or data of "
                              "another type",
                              data_sz, type->nodes[0].body_sz);
    size_t cnt;
    lq_err_t err = scan(NULL, val_max, &cnt, msg, type, data, data_sz);
    if (err)
        return err;
    return scan(vals, val_max, val_cnt, msg, type, data, data_sz);
}
