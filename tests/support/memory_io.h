#ifndef MEMORY_IO_H
#define MEMORY_IO_H

/* Configuration files and variables that stand in the test itself. */

#include <stdio.h>
#include <string.h>

#include "liqd/app/schema.h"

typedef struct memory_io {
    struct {
        const char *name;
        const char *text;
    } files[20];
    unsigned modes[20];  /* by file; 0: 0644 */
    size_t text_szs[20]; /* by file; 0: up to the NUL */
    struct {
        const char *name;
        const char *value;
    } env[8];
} memory_io_t;

static inline lq_err_t memory_io_read(const void *ctx, lq_schema_file_t *out, lq_err_msg_t *msg,
                                      lq_arena_t *arena, const char *path, size_t max)
{
    const memory_io_t *io = ctx;
    (void)arena;
    for (size_t i = 0; i < LQ_ARRAY_CNT(io->files) && io->files[i].name; i++) {
        if (strcmp(io->files[i].name, path) != 0)
            continue;
        const char *text = io->files[i].text;
        size_t sz = io->text_szs[i] ? io->text_szs[i] : strlen(text);
        unsigned mode = io->modes[i] ? io->modes[i] : 0644;
        if (sz > max)
            return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "is longer than %zu bytes", max);
        *out = (lq_schema_file_t){text, sz, mode, {1, i}};
        return LQ_OK;
    }
    return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND, "no such file");
}

static inline const char *memory_io_env(const void *ctx, const char *name)
{
    const memory_io_t *io = ctx;
    for (size_t i = 0; i < LQ_ARRAY_CNT(io->env) && io->env[i].name; i++)
        if (strcmp(io->env[i].name, name) == 0)
            return io->env[i].value;
    return NULL;
}

static inline lq_schema_io_t memory_io(const memory_io_t *io)
{
    return (lq_schema_io_t){io, memory_io_read, memory_io_env};
}

/* Writes each problem of DOC as a line "file:line:column: key: text". */
static inline void memory_io_problems(char *out, size_t out_sz, const lq_schema_doc_t *doc)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < doc->problem_cnt && at < out_sz; i++) {
        const lq_schema_problem_t *p = &doc->problems[i];
        char place[64] = "";
        if (p->place.line)
            (void)snprintf(place, sizeof(place), "%u:%u:", p->place.line, p->place.column);
        at += (size_t)snprintf(out + at, out_sz - at, "%s:%s %s%s%s\n", p->place.file, place,
                               p->key ? p->key : "", p->key ? ": " : "", p->text);
    }
}

#endif
