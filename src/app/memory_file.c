#include "memory_file.h"

#include <string.h>

#include "liqd/base/digest.h"
#include "liqd/base/text.h"

#define WHAT "memory"

/* The machine's order, as in a snapshot: every supported one is little-endian. */
typedef struct header {
    char magic[8];
    uint32_t version;
    uint32_t zero;
    uint64_t chain_id;
    uint64_t sz;
    uint64_t digest;
} header_t;
_Static_assert(sizeof(header_t) == 40, "no padding: the struct is the file's head");

static const char magic[8] = {'L', 'I', 'Q', 'D', 'M', 'E', 'M', 'O'};

lq_err_t lq_memory_lock(lq_kept_lock_t *lock, lq_err_msg_t *msg, const char *path)
{
    return lq_kept_lock(lock, msg, WHAT, path);
}

lq_err_t lq_memory_fail(lq_err_msg_t *msg, lq_err_t err, const char *path, const char *why)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, err,
                          WHAT
                          " %s: %s: limits would count from nothing, so it is not passed over; "
                          "restore it, or move it away to start anew",
                          lq_text_quote(quoted, path), why);
}

static uint64_t digest_of(const header_t *header, const uint8_t *memory)
{
    return lq_digest_word(lq_digest(header, offsetof(header_t, digest)),
                          lq_digest(memory, header->sz));
}

static lq_err_t check(lq_err_msg_t *msg, const char *path, const lq_kept_bytes_t *file,
                      uint64_t chain_id)
{
    header_t header;
    if (file->sz < sizeof(header) || memcmp(file->p, magic, sizeof(magic)) != 0)
        return lq_memory_fail(msg, LQ_ERR_SYNTAX, path, "is no memory of liqd");
    memcpy(&header, file->p, sizeof(header));
    if (header.version != LQ_MEMORY_FILE_VERSION)
        return lq_memory_fail(msg, LQ_ERR_INVAL, path, "is of another version of liqd");
    if (header.sz != file->sz - sizeof(header) ||
        header.digest != digest_of(&header, file->p + sizeof(header)))
        return lq_memory_fail(msg, LQ_ERR_SYNTAX, path, "is damaged");
    if (header.chain_id != chain_id)
        return lq_memory_fail(msg, LQ_ERR_INVAL, path, "is of another chain");
    return LQ_OK;
}

lq_err_t lq_memory_file_read(lq_kept_bytes_t *out, lq_err_msg_t *msg, const char *path,
                             uint64_t chain_id)
{
    lq_kept_bytes_t file = {NULL, 0};
    lq_err_t err = lq_kept_read(&file, msg, WHAT, path);
    if (!err)
        err = check(msg, path, &file, chain_id);
    if (err) {
        lq_kept_free(&file);
        return err;
    }
    lq_kept_bytes_t memory;
    err = lq_kept_copy(&memory, file.p + sizeof(header_t), file.sz - sizeof(header_t));
    lq_kept_free(&file);
    if (err)
        return lq_kept_fail(msg, err, WHAT, path, "does not fit into memory");
    *out = memory;
    return LQ_OK;
}

typedef struct content {
    header_t header;
    const uint8_t *memory;
} content_t;

static lq_err_t write_memory(void *ctx, lq_kept_put_fn_t *put, void *to)
{
    const content_t *content = ctx;
    lq_err_t err = put(to, &content->header, sizeof(content->header));
    return err ? err : put(to, content->memory, content->header.sz);
}

lq_err_t lq_memory_file_write(lq_err_msg_t *msg, const char *path, uint64_t chain_id,
                              const lq_kept_bytes_t *memory)
{
    content_t content = {
        .header = {.version = LQ_MEMORY_FILE_VERSION, .chain_id = chain_id, .sz = memory->sz},
        .memory = memory->p};
    memcpy(content.header.magic, magic, sizeof(magic));
    content.header.digest = digest_of(&content.header, memory->p);
    return lq_kept_write(msg, WHAT, path, sizeof(header_t) + memory->sz, write_memory, &content);
}
