/* Memory that runs out: the files are read with ever more of the document's memory used up. */

#include "liqd/app/schema.h"

#include "lq_test.h"
#include "memory_io.h"

typedef struct values {
    uint64_t cnt;
    const char *name;
    const char *path;
    const char *other;
    const char *token;
} values_t;

#define AT(field) .offset = offsetof(values_t, field), .help = "."

static const lq_schema_key_t keys[] = {
    {.path = "a.cnt", .type = LQ_SCHEMA_U64, .unit = "things", .max = 9, AT(cnt)},
    {.path = "a.name", .type = LQ_SCHEMA_STRING, .max = 99, .fallback = "default", AT(name)},
    {.path = "a.path", .type = LQ_SCHEMA_PATH, .max = 99, .fallback = "", AT(path)},
    {.path = "a.other", .type = LQ_SCHEMA_PATH, .max = 99, .fallback = "", AT(other)},
    {.path = "a.token", .type = LQ_SCHEMA_STRING, .max = 99, .secret = true, AT(token)},
};
static const lq_schema_section_t sections[] = {{.path = "a", .help = "A."}};

static const lq_schema_t schema = {
    .keys = keys,
    .key_cnt = LQ_ARRAY_CNT(keys),
    .sections = sections,
    .section_cnt = LQ_ARRAY_CNT(sections),
    .values_sz = sizeof(values_t),
};

/* Files of which all but LEFT_SZ bytes of memory are gone once the first is read. */
typedef struct scarce_io {
    const memory_io_t *files;
    size_t left_sz;
} scarce_io_t;

static lq_err_t scarce_read(const void *ctx, lq_schema_file_t *out, lq_err_msg_t *msg,
                            lq_arena_t *arena, const char *path, size_t max)
{
    const scarce_io_t *io = ctx;
    /* not by an allocation: with the address sanitizer one of 64 MiB takes long */
    if (strstr(path, "main"))
        arena->used_sz = lq_arena_cap_sz(arena) - io->left_sz;
    return memory_io_read(io->files, out, msg, arena, path, max);
}

static const char *scarce_env(const void *ctx, const char *name)
{
    return memory_io_env(((const scarce_io_t *)ctx)->files, name);
}

static lq_err_t load(lq_schema_doc_t *doc, values_t *values, const memory_io_t *files,
                     size_t left_sz, const char *path)
{
    scarce_io_t io = {files, left_sz};
    values_t before;
    memset(values, 0xa5, sizeof(*values));
    memcpy(&before, values, sizeof(before));
    lq_err_t err =
        lq_schema_load(doc, values, &schema, &(lq_schema_io_t){&io, scarce_read, scarce_env}, path);
    if (err)
        assert_memory_equal(values, &before, sizeof(before));
    return err;
}

enum {
    PLENTY = 100000
};

static void good_files_load_or_memory_ran_out(void **state)
{
    (void)state;
    static const memory_io_t files = {
        .files = {{"f/main.yaml", "include: [\"${INC}\", sub/two.yaml]\n"
                                  "a: {path: p, token_file: secret}\n"},
                  {"f/one.yaml", "a: {cnt: 7}\n"},
                  {"f/sub/two.yaml", "a: {other: o}\n"},
                  {"f/secret", "hush\n"}},
        .modes = {0, 0, 0, 0600},
        .env = {{"INC", "one.yaml"}},
    };
    lq_schema_doc_t doc;
    values_t got;
    assert_ok(load(&doc, &got, &files, PLENTY, "f/main.yaml"));
    lq_schema_free(&doc);
    size_t need_sz = 0;
    while (load(&doc, &got, &files, need_sz, "f/main.yaml") == LQ_ERR_NOMEM) {
        lq_schema_free(&doc);
        assert_true(++need_sz < PLENTY);
    }
    assert_int_equal(doc.problem_cnt, 0); /* there was never a config with errors */
    assert_int_equal(got.cnt, 7);
    assert_string_equal(got.name, "default");
    assert_string_equal(got.path, "f/p");
    assert_string_equal(got.other, "f/sub/o");
    assert_string_equal(got.token, "hush");
    assert_true(lq_arena_cap_sz(&doc.arena) - lq_arena_used_sz(&doc.arena) < 8); /* alignment */
    lq_schema_free(&doc);
    assert_true(need_sz > 500);
    assert_ok(load(&doc, &got, &files, need_sz + 1, "f/main.yaml"));
    lq_schema_free(&doc);
}

/* Without room for its text a problem still is one. */
static void bad_files_never_load(void **state)
{
    (void)state;
    static const memory_io_t files = {
        .files = {{"f\n/main.yaml", "include: none.yaml\n"
                                    "a: {cnt: 10, name: \"${UNSET}\", nam: x, path: [1]}\n"
                                    "b: &x {c: 1}\n"}},
    };
    lq_schema_doc_t doc;
    values_t got;
    size_t short_cnt = 0;
    size_t nomem_cnt = 0;
    bool whole = false;
    for (size_t left_sz = 0; !whole; left_sz++) {
        assert_true(left_sz < PLENTY);
        lq_err_t err = load(&doc, &got, &files, left_sz, "f\n/main.yaml");
        assert_true(err == LQ_ERR_NOMEM || err == LQ_ERR_CONFIG);
        whole = err == LQ_ERR_CONFIG;
        for (size_t i = 0; i < doc.problem_cnt; i++)
            if (strcmp(doc.problems[i].text, "out of memory") == 0)
                whole = false;
        nomem_cnt += err == LQ_ERR_NOMEM;
        short_cnt += err == LQ_ERR_CONFIG && !whole;
        if (err == LQ_ERR_CONFIG)
            assert_int_equal(doc.problem_cnt, 7);
        lq_schema_free(&doc);
    }
    assert_true(nomem_cnt > 0);
    assert_true(short_cnt > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_load_or_memory_ran_out),
        cmocka_unit_test(bad_files_never_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
