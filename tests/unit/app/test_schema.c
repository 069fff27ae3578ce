#include "liqd/app/schema.h"

#include "lq_test.h"
#include "memory_io.h"

typedef struct values {
    uint64_t cnt;
    uint64_t sz;
    unsigned color;
    const char *name;
    const char *path;
    const char *token;
    uint64_t pin;
    uint64_t beside;
} values_t;

static const char *const colors[] = {"red", "green"};

#define AT(field) .offset = offsetof(values_t, field), .help = "Help for " #field "."

static const lq_schema_key_t keys[] = {
    {.path = "a.cnt", .type = LQ_SCHEMA_U64, .unit = "things", .min = 2, .max = 9, AT(cnt)},
    {.path = "a.sz", .type = LQ_SCHEMA_SIZE, .max = UINT64_MAX, .fallback = "4 KiB", AT(sz)},
    {.path = "a.b.color",
     .type = LQ_SCHEMA_ENUM,
     .choices = colors,
     .choice_cnt = 2,
     .fallback = "green",
     AT(color)},
    {.path = "a.b.name", .type = LQ_SCHEMA_STRING, .min = 1, .max = 8, .fallback = "x", AT(name)},
    {.path = "a.path", .type = LQ_SCHEMA_PATH, .max = 99, .fallback = "", AT(path)},
    {.path = "s.token",
     .type = LQ_SCHEMA_STRING,
     .max = 20,
     .fallback = "",
     .secret = true,
     AT(token)},
    {.path = "s.pin",
     .type = LQ_SCHEMA_U64,
     .max = 9999,
     .fallback = "0",
     .secret = true,
     .reloadable = true,
     AT(pin)},
    /* begins like a section that it does not stand in */
    {.path = "a.beside", .type = LQ_SCHEMA_U64, .max = 9, .fallback = "0", AT(beside)},
};
static const lq_schema_section_t sections[] = {
    {.path = "a", .help = "A."}, {.path = "a.b", .help = "B."}, {.path = "s", .help = "Secrets."}};

static void cnt_and_sz(lq_schema_doc_t *doc, const void *values)
{
    const values_t *v = values;
    if (v->cnt == 9 && lq_schema_is_set(doc, "a.sz"))
        lq_schema_problem(doc, "a.sz", "not with a.cnt: %d", 9);
    if (v->sz == 7)
        lq_schema_problem(doc, "a.path", "not with a.sz: %d", 7);
}

static const lq_schema_rule_t rules[] = {{{"a.cnt", "a.sz"}, cnt_and_sz}};

static const lq_schema_t schema = {
    .keys = keys,
    .key_cnt = LQ_ARRAY_CNT(keys),
    .sections = sections,
    .section_cnt = LQ_ARRAY_CNT(sections),
    .rules = rules,
    .rule_cnt = 1,
    .values_sz = sizeof(values_t),
};

static lq_schema_doc_t doc;
static values_t got;

/* Loads "f/main.yaml" and compares all problems, one a line. */
static lq_err_t load(const memory_io_t *files, const char *want)
{
    char text[8192] = "";
    lq_schema_io_t io = memory_io(files);
    memset(&got, 0xa5, sizeof(got));
    lq_err_t err = lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml");
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, want);
    if (err) {
        values_t untouched;
        memset(&untouched, 0xa5, sizeof(untouched));
        assert_memory_equal(&got, &untouched, sizeof(got));
    }
    return err;
}

static void assert_loads(const memory_io_t *files)
{
    assert_ok(load(files, ""));
}

static void assert_fails(const memory_io_t *files, const char *want)
{
    assert_err(load(files, want), LQ_ERR_CONFIG);
    lq_schema_free(&doc);
}

static void reads_every_type(void **state)
{
    (void)state;
    assert_loads(&(memory_io_t){.files = {{"f/main.yaml", "a:\n"
                                                          "  cnt: 2\n"
                                                          "  sz: 3 MiB\n"
                                                          "  b: {color: red, name: 'q r'}\n"
                                                          "  path: sub/x\n"}}});
    assert_int_equal(got.cnt, 2);
    assert_int_equal(got.sz, 3u << 20);
    assert_int_equal(got.color, 0);
    assert_string_equal(got.name, "q r");
    assert_string_equal(got.path, "f/sub/x");
    assert_string_equal(got.token, "");
    assert_true(lq_schema_is_set(&doc, "a.cnt"));
    assert_false(lq_schema_is_set(&doc, "s.token"));
    assert_int_equal(doc.places[0].line, 2);
    assert_int_equal(doc.places[0].column, 8);
    lq_schema_free(&doc);
}

static void takes_defaults_and_empty_sections(void **state)
{
    (void)state;
    assert_loads(&(memory_io_t){
        .files = {{"f/main.yaml", "\xef\xbb\xbf# with a byte order mark\na: {cnt: 9}\ns:\n"}}});
    assert_int_equal(got.sz, 4096);
    assert_int_equal(got.color, 1);
    assert_string_equal(got.name, "x");
    assert_string_equal(got.path, "");
    lq_schema_free(&doc);
}

static void keeps_range_limits(void **state)
{
    (void)state;
    assert_loads(&(memory_io_t){
        .files = {
            {"f/main.yaml", "a: {cnt: 8, sz: 18446744073709551615 B, b: {name: 12345678}}"}}});
    assert_true(got.sz == UINT64_MAX);
    lq_schema_free(&doc);
    assert_fails(
        &(memory_io_t){
            .files = {{"f/main.yaml",
                       "a:\n  cnt: 10\n  sz: 17179869184 GiB\n  b: {name: 123456789}\n"}}},
        "f/main.yaml:2:8: a.cnt: \"10\" is out of range: from 2 to 9 things\n"
        "f/main.yaml:3:7: a.sz: \"17179869184 GiB\" is not a size such as \"512 B\", \"4 KiB\" or "
        "\"1 MiB\"\n"
        "f/main.yaml:4:13: a.b.name: \"123456789\" is 9 bytes long: from 1 to 8\n");
}

static void replaces_variables(void **state)
{
    (void)state;
    assert_loads(&(memory_io_t){
        .files = {{"f/main.yaml", "a:\n  cnt: ${N}\n  b: {name: \"a$$${X:?set X}${X}\"}\n"}},
        .env = {{"N", "7"}, {"X", "y:"}},
    });
    assert_int_equal(got.cnt, 7);
    assert_string_equal(got.name, "a$y:y:");
    lq_schema_free(&doc);
}

static void knows_names_of_variables(void **state)
{
    (void)state;
    static const struct {
        const char *head; /* of the name, filled up with x */
        int sz;
        const char *problem;
    } cases[] = {
        {"x", 254, "the environment variable x"},
        {"x", 255, "the environment variable x"},
        {"x", 256, "a lone \"$\": "},
        {"x", 1000, "a lone \"$\": "},
        {"_0", 9, "the environment variable _0"},
        {"0", 9, "\"0xxxxxxxx\" in ${}: write"},
        {"9", 9, "\"9xxxxxxxx\" in ${}: write"},
        {"-", 9, "\"-xxxxxxxx\" in ${}: write"},
        {"", 0, "\"\" in ${}: write"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char name[1024];
        char yaml[1100];
        memset(name, 'x', sizeof(name));
        memcpy(name, cases[i].head, strlen(cases[i].head));
        (void)snprintf(yaml, sizeof(yaml), "a: {cnt: 2, path: \"${%.*s}\"}", cases[i].sz, name);
        lq_schema_io_t io = memory_io(&(memory_io_t){.files = {{"f/main.yaml", yaml}}});
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
        assert_int_equal(doc.problem_cnt, 1);
        size_t sz = strlen(cases[i].problem);
        assert_int_equal(strncmp(doc.problems[0].text, cases[i].problem, sz), 0);
        lq_schema_free(&doc);
    }
}

static void value_of_a_variable_is_never_yaml(void **state)
{
    (void)state;
    assert_loads(&(memory_io_t){
        .files = {{"f/main.yaml", "a:\n  cnt: 3\n  b: {name: \"${X}\"}\n"}},
        .env = {{"X", "}, b: [$"}},
    });
    assert_string_equal(got.name, "}, b: [$");
    lq_schema_free(&doc);
}

static void including_file_wins(void **state)
{
    (void)state;
    assert_loads(&(memory_io_t){
        .files = {{"f/main.yaml", "include: [sub/one.yaml, /two.yaml]\na: {cnt: 4}\n"},
                  {"f/sub/one.yaml", "include: deep.yaml\na: {cnt: 5, path: here}\n"},
                  {"f/sub/deep.yaml", "a: {cnt: 6, path: not, b: {color: red}}\n"},
                  {"/two.yaml", "a: {cnt: 7, sz: 1 B}\n"}},
    });
    assert_int_equal(got.cnt, 4);
    assert_string_equal(got.path, "f/sub/here");
    assert_int_equal(got.color, 0);
    assert_int_equal(got.sz, 1);
    assert_string_equal(doc.places[4].file, "f/sub/deep.yaml");
    lq_schema_free(&doc);
}

static void reads_secrets_from_files(void **state)
{
    (void)state;
    assert_loads(&(memory_io_t){
        .files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token_file: t, pin_file: /p}\n"},
                  {"f/t", "hush hush\r\n"},
                  {"/p", "0"}},
        .modes = {0, 0600, 0400},
    });
    assert_string_equal(got.token, "hush hush");
    assert_int_equal(got.pin, 0);
    char text[64];
    lq_schema_print(text, sizeof(text), &keys[5], &got);
    assert_string_equal(text, "(secret)");
    lq_schema_free(&doc);
}

static void never_prints_a_secret(void **state)
{
    (void)state;
    assert_fails(
        &(memory_io_t){.files = {{"f/main.yaml",
                                  "a: {cnt: 4}\ns: {token: HUSHHUSHHUSHHUSHHUSH1, pin: HUSH}\n"}},
                       .modes = {0600}},
        "f/main.yaml:2:12: s.token: the secret is 21 bytes long: from 0 to 20\n"
        "f/main.yaml:2:40: s.pin: the secret is not a whole number of 64 bits in decimal digits\n");
}

/* A secret without its quotes may look like YAML or like a variable. */
static void never_prints_a_secret_that_lacks_quotes(void **state)
{
    (void)state;
    static const char *const values[] = {
        "!HUSH",   "&HUSH",    "*HUSH",           "a${HU SH}!",   "a${HUSH}!",    "a${HUSH:?HUSH}",
        "a${HUSH", "'a$HUSH'", "\"\\u202eHUSH\"", "{HUSH: HUSH}", "[HUSH, HUSH]", "\"HUSH\\0\""};
    for (size_t i = 0; i < LQ_ARRAY_CNT(values); i++) {
        char yaml[128];
        char problems[1024];
        (void)snprintf(yaml, sizeof(yaml), "a: {cnt: 4}\ns:\n  token: %s\n", values[i]);
        memory_io_t files = {.files = {{"f/main.yaml", yaml}}, .modes = {0600}};
        lq_schema_io_t io = memory_io(&files);
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
        memory_io_problems(problems, sizeof(problems), &doc);
        lq_schema_free(&doc);
        assert_null(strstr(problems, "HUSH"));
        assert_non_null(strstr(problems, "f/main.yaml:3:"));
    }
}

static void shows_hostile_file_names_escaped(void **state)
{
    (void)state;
    lq_schema_io_t io =
        memory_io(&(memory_io_t){.files = {{"f\n\x1b[31m\xff.yaml", "a: {cnt: 1}"}}});
    assert_err(lq_schema_load(&doc, &got, &schema, &io, "f\n\x1b[31m\xff.yaml"), LQ_ERR_CONFIG);
    assert_string_equal(doc.name, "\"f\\x0a\\x1b[31m\\xff.yaml\"");
    assert_string_equal(doc.problems[0].place.file, doc.name);
    lq_schema_free(&doc);
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 2}\ninclude: \"\\e[31mA\"\n"},
                                          {"f/\x1b[31mA", "a: {sz: 1 B}"}}},
                 "f/main.yaml:2:10: include: \"\\x1b[31mA\" names no file: remove it\n");
}

static void refuses_paths_below_a_hostile_folder(void **state)
{
    (void)state;
    static const char *const paths[][2] = {
        {"x", "a.path: \"x\" starts at a folder whose name holds an invisible character or what is "
              "not UTF-8: write a path from /"},
        {"''", NULL},
        {"/x", NULL},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(paths); i++) {
        char yaml[64];
        char problems[512];
        (void)snprintf(yaml, sizeof(yaml), "a: {cnt: 2, path: %s}\n", paths[i][0]);
        memory_io_t files = {.files = {{"\xff/m.yaml", yaml}}};
        lq_schema_io_t io = memory_io(&files);
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "\xff/m.yaml"),
                   paths[i][1] ? LQ_ERR_CONFIG : LQ_OK);
        memory_io_problems(problems, sizeof(problems), &doc);
        if (paths[i][1])
            assert_non_null(strstr(problems, paths[i][1]));
        lq_schema_free(&doc);
    }
}

static void stops_at_each_limit(void **state)
{
    (void)state;
    static char text[LQ_SCHEMA_FILE_MAX + 64];
    /* 200 problems are reported, more are not */
    for (int cnt = 199; cnt <= 201; cnt++) {
        size_t sz = (size_t)snprintf(text, sizeof(text), "a: {cnt: 2}\n");
        for (int i = 0; i < cnt; i++)
            sz += (size_t)snprintf(text + sz, sizeof(text) - sz, "k%d: 1\n", i);
        memory_io_t files = {.files = {{"f/main.yaml", text}}};
        lq_schema_io_t io = memory_io(&files);
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
        assert_int_equal(doc.problem_cnt, cnt < 200 ? cnt : 200);
        lq_schema_free(&doc);
    }
    /* a name of 64 letters, a value of 4096 bytes */
    for (int letters = 64; letters <= 65; letters++) {
        (void)snprintf(text, sizeof(text), "a: {cnt: 2}\n%0*d: 1\n", letters, 0);
        memset(text + 12, 'k', (size_t)letters);
        memory_io_t files = {.files = {{"f/main.yaml", text}}};
        lq_schema_io_t io = memory_io(&files);
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
        assert_non_null(strstr(doc.problems[0].text, letters == 64 ? "unknown key" : "is no key"));
        lq_schema_free(&doc);
    }
    for (int sz = 4096; sz <= 4097; sz++) {
        (void)snprintf(text, sizeof(text), "a: {cnt: 2, path: '%0*d'}\n", sz, 0);
        memory_io_t files = {.files = {{"f/main.yaml", text}}};
        lq_schema_io_t io = memory_io(&files);
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
        assert_non_null(
            strstr(doc.problems[0].text, sz == 4096 ? "is 4096 bytes long" : "the longest value"));
        lq_schema_free(&doc);
    }
    /* 4096 keys in a file */
    for (int cnt = 4094; cnt <= 4096; cnt++) {
        size_t sz = (size_t)snprintf(text, sizeof(text), "a:\n cnt: 2\n");
        for (int i = 0; i < cnt; i++)
            sz += (size_t)snprintf(text + sz, sizeof(text) - sz, "k%d:\n", i);
        memory_io_t files = {.files = {{"f/main.yaml", text}}};
        lq_schema_io_t io = memory_io(&files);
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
        const char *last = doc.problems[doc.problem_cnt - 1].text;
        assert_int_equal(strstr(last, "more than 4096 keys") != NULL, cnt > 4094);
        lq_schema_free(&doc);
    }
}

static void guards_files_with_secrets(void **state)
{
    (void)state;
    /* from the environment is fine in a file that all can read */
    assert_loads(&(memory_io_t){
        .files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token: \"${T}\"}\n"}},
        .modes = {0644},
        .env = {{"T", "hush"}},
    });
    assert_string_equal(got.token, "hush");
    lq_schema_free(&doc);
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token: HUSH}\n"}},
                                .modes = {0644}},
                 "f/main.yaml:2:12: s.token: a secret in a file that others can read (mode 644): "
                 "chmod 600 it, or name a file by token_file\n");
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token_file: t}\n"},
                                          {"f/t", "HUSH"}},
                                .modes = {0, 0640}},
                 "f/main.yaml:2:17: s.token_file: \"f/t\" can be read by others (mode 640): chmod "
                 "600 it\n");
    assert_fails(
        &(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token_file: t, token: x}\n"},
                                 {"f/t", "HUSH"}},
                       .modes = {0600, 0600}},
        "f/main.yaml:2:5: s.token_file: s.token is set too, on line 2: remove one of "
        "them\n");
    assert_fails(
        &(memory_io_t){
            .files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token_file: t}\n"}, {"f/t", "HUSH\nHUSH"}},
            .modes = {0, 0600}},
        "f/main.yaml:2:17: s.token: the secret holds an invisible character or what is not UTF-8: remove "
        "it\n");
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token_file: t}\n"}}},
                 "f/main.yaml:2:17: s.token_file: \"f/t\": no such file: write the value into it, "
                 "and chmod 600 it\n");
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token_file: t}\n"},
                                          {"f/t", "HU\0SH"}},
                                .modes = {0, 0600},
                                .text_szs = {0, 5}},
                 "f/main.yaml:2:17: s.token_file: \"f/t\" holds a NUL byte\n");
    for (unsigned bit = 1; bit <= 040; bit <<= 1) { /* any permission of others is too much */
        memory_io_t files = {
            .files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token_file: t}\n"}, {"f/t", "HUSH"}},
            .modes = {0, 0600 | bit}};
        lq_schema_io_t io = memory_io(&files);
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
        lq_schema_free(&doc);
        memory_io_t literal = {.files = {{"f/main.yaml", "a: {cnt: 4}\ns: {token: HUSH}\n"}},
                               .modes = {0600 | bit}};
        io = memory_io(&literal);
        assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
        lq_schema_free(&doc);
    }
    /* only secrets have a twin */
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 4, path_file: t}\n"}}},
                 "f/main.yaml:1:13: a.path_file: unknown key: liqd.yaml(5) lists the keys; remove "
                 "it\n");
}

static void rule_speaks_where_its_keys_are_good(void **state)
{
    (void)state;
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 9, sz: 1 B}\n"}}},
                 "f/main.yaml:1:17: a.sz: not with a.cnt: 9\n");
    assert_fails(
        &(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 9, sz: 1 B, b: {color: blue}}\n"}}},
        "f/main.yaml:1:17: a.sz: not with a.cnt: 9\n"
        "f/main.yaml:1:33: a.b.color: \"blue\" is none of red, green\n");
    assert_fails(
        &(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 9, sz: 1, b: {color: red}}\n"}}},
        "f/main.yaml:1:17: a.sz: \"1\" is not a size such as \"512 B\", \"4 KiB\" or \"1 MiB\"\n");
    /* of a default the file as a whole is the place */
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 2, sz: 7 B}\n"}}},
                 "f/main.yaml: a.path: not with a.sz: 7\n");
}

static void reports_all_problems_in_order(void **state)
{
    (void)state;
    assert_fails(&(memory_io_t){.files = {{"f/main.yaml", "include: i.yaml\n"
                                                          "b: {c: {d: 1}}\n"
                                                          "a:\n"
                                                          "  b: {color: 1, colour: red}\n"
                                                          "  nam: x\n"},
                                          {"f/i.yaml", "a: {sz: 1}\n"}}},
                 "f/main.yaml: a.cnt: must be set: liqd.yaml(5) explains it\n"
                 "f/main.yaml:2:1: b: unknown key: liqd.yaml(5) lists the keys; remove it\n"
                 "f/main.yaml:4:14: a.b.color: \"1\" is none of red, green\n"
                 "f/main.yaml:4:17: a.b.colour: unknown key: did you mean a.b.color?\n"
                 "f/main.yaml:5:3: a.nam: unknown key: liqd.yaml(5) lists the keys; remove it\n"
                 "f/i.yaml:1:9: a.sz: \"1\" is not a size such as \"512 B\", \"4 KiB\" or "
                 "\"1 MiB\"\n");
}

static void prints_values_as_a_file_has_them(void **state)
{
    (void)state;
    static const struct {
        uint64_t sz;
        const char *text;
    } sizes[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {1025, "1025 B"},
        {1 << 20, "1 MiB"},
        {(1 << 20) + 1024, "1025 KiB"},
        {(1 << 30) - 1024, "1048575 KiB"},
        {1 << 30, "1 GiB"},
        {(UINT64_C(1) << 31) + (1 << 20), "2049 MiB"},
        {UINT64_C(1) << 40, "1024 GiB"},
        {UINT64_C(17179869183) << 30, "17179869183 GiB"},
        {UINT64_MAX - 1023, "18014398509481983 KiB"},
        {UINT64_MAX, "18446744073709551615 B"},
    };
    values_t v = {.cnt = UINT64_MAX, .color = 1, .name = "n", .path = "", .token = "HUSH"};
    char text[64];
    char yaml[128];
    for (size_t i = 0; i < LQ_ARRAY_CNT(sizes); i++) {
        v.sz = sizes[i].sz;
        lq_schema_print(text, sizeof(text), &keys[1], &v);
        assert_string_equal(text, sizes[i].text);
        (void)snprintf(yaml, sizeof(yaml), "a: {cnt: 2, sz: %s}\n", text);
        assert_loads(&(memory_io_t){.files = {{"f/main.yaml", yaml}}});
        assert_true(got.sz == sizes[i].sz);
        lq_schema_free(&doc);
    }
    static const char *const others[] = {
        "18446744073709551615", NULL, "green", "n", "", "(secret)", "(secret)"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(others); i++) {
        lq_schema_print(text, sizeof(text), &keys[i], &v);
        if (others[i])
            assert_string_equal(text, others[i]);
    }
    lq_schema_print(text, 4, &keys[2], &v);
    assert_string_equal(text, "gre");
    lq_schema_print(text, 4, &keys[0], &v);
    assert_string_equal(text, "184");
}

static void counts_columns_in_characters(void **state)
{
    (void)state;
    assert_fails(
        &(memory_io_t){.files = {{"f/main.yaml", "# \xc3\xa9\na: \xc3\xa9\xe2\x82\xac\xff"}}},
        "f/main.yaml:2:6: malformed YAML: invalid leading UTF-8 octet\n");
    assert_fails(
        &(memory_io_t){.files = {{"f/main.yaml", "a: {cnt: 2, b: {name: '\xc3\xa9'}, x: 1}"}}},
        "f/main.yaml:1:29: a.x: unknown key: liqd.yaml(5) lists the keys; remove it\n");
}

static void writes_the_default_file(void **state)
{
    (void)state;
    char *text;
    size_t sz;
    FILE *out = open_memstream(&text, &sz);
    assert_non_null(out);
    lq_schema_write_yaml(out, &schema);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "\n# Secrets.\ns:\n"
                                 "  # Help for token.\n"
                                 "  # Text of 0 to 20 bytes. Secret.\n"
                                 "  #token: \"\"\n"
                                 "\n"
                                 "  # Help for pin.\n"
                                 "  # From 0 to 9999. Secret. Takes effect on SIGHUP.\n"
                                 "  #pin: 0\n"));
    const char *beside = strstr(text, "  #beside: 0\n");
    assert_true(beside && beside < strstr(text, "\n# B.\n"));
    assert_null(strstr(beside + 4, "#beside"));
    assert_non_null(strstr(text, "  # From 2 to 9 things. Must be set.\n  #cnt:\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(takes_defaults_and_empty_sections),
        cmocka_unit_test(keeps_range_limits),
        cmocka_unit_test(replaces_variables),
        cmocka_unit_test(knows_names_of_variables),
        cmocka_unit_test(value_of_a_variable_is_never_yaml),
        cmocka_unit_test(including_file_wins),
        cmocka_unit_test(reads_secrets_from_files),
        cmocka_unit_test(never_prints_a_secret),
        cmocka_unit_test(never_prints_a_secret_that_lacks_quotes),
        cmocka_unit_test(shows_hostile_file_names_escaped),
        cmocka_unit_test(refuses_paths_below_a_hostile_folder),
        cmocka_unit_test(stops_at_each_limit),
        cmocka_unit_test(guards_files_with_secrets),
        cmocka_unit_test(rule_speaks_where_its_keys_are_good),
        cmocka_unit_test(reports_all_problems_in_order),
        cmocka_unit_test(prints_values_as_a_file_has_them),
        cmocka_unit_test(counts_columns_in_characters),
        cmocka_unit_test(writes_the_default_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
