/* Sections that the file names, and the types that came with them. */

#include "liqd/app/schema.h"

#include "lq_test.h"
#include "memory_io.h"

typedef struct element {
    const char *name;
    uint64_t wait_ns;
    unsigned colors;
    const char *url;
} element_t;

typedef struct values {
    uint64_t before;
    element_t elements[3];
    size_t element_cnt;
    uint64_t after;
} values_t;

static const char *const colors[] = {"red", "green", "blue"};

static const lq_schema_key_t keys[] = {
    {.path = "a.before",
     .type = LQ_SCHEMA_U64,
     .max = 9,
     .fallback = "1",
     .offset = offsetof(values_t, before),
     .help = "Before."},
    {.path = "n.*.wait",
     .type = LQ_SCHEMA_TIME,
     .min = 1000,
     .max = 3600000000000,
     .fallback = "12 s",
     .offset = offsetof(element_t, wait_ns),
     .help = "Wait."},
    {.path = "n.*.colors",
     .type = LQ_SCHEMA_SET,
     .choices = colors,
     .choice_cnt = 3,
     .fallback = "red blue",
     .offset = offsetof(element_t, colors),
     .help = "Colors."},
    {.path = "n.*.url",
     .type = LQ_SCHEMA_URL,
     .secret = true,
     .offset = offsetof(element_t, url),
     .help = "Where."},
    {.path = "z.after",
     .type = LQ_SCHEMA_U64,
     .max = 9,
     .fallback = "2",
     .offset = offsetof(values_t, after),
     .help = "After."},
};

static const lq_schema_section_t sections[] = {
    {.path = "a", .help = "A."},
    {.path = "n.*",
     .help = "N.",
     .offset = offsetof(values_t, elements),
     .cnt_offset = offsetof(values_t, element_cnt),
     .elem_sz = sizeof(element_t),
     .elem_max = 3,
     .sample = "one"},
    {.path = "z", .help = "Z."},
};

/* No two elements wait alike. */
static void check_waits(lq_schema_doc_t *doc, const void *values)
{
    const values_t *v = values;
    for (size_t i = 1; i < v->element_cnt; i++) {
        char key[64];
        (void)snprintf(key, sizeof(key), "n.%s.wait", v->elements[i].name);
        if (v->elements[i].wait_ns == v->elements[0].wait_ns)
            lq_schema_problem(doc, key, "as long as n.%s.wait", v->elements[0].name);
    }
}

static const lq_schema_rule_t rules[] = {{{"n.*.wait"}, check_waits}};

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

static lq_err_t load(const memory_io_t *files, const char *want)
{
    char text[8192] = "";
    lq_schema_io_t io = memory_io(files);
    memset(&got, 0xa5, sizeof(got));
    lq_err_t err = lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml");
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, want);
    return err;
}

static void assert_loads(const char *yaml)
{
    assert_ok(load(&(memory_io_t){.files = {{"f/main.yaml", yaml}}}, ""));
}

static void assert_fails(const char *yaml, const char *want)
{
    assert_err(load(&(memory_io_t){.files = {{"f/main.yaml", yaml}}}, want), LQ_ERR_CONFIG);
    lq_schema_free(&doc);
}

static void names_count_in_the_order_of_the_file(void **state)
{
    (void)state;
    assert_loads("n:\n"
                 "  two: {url: /b, wait: 1 s, colors: [green]}\n"
                 "  one: {url: /a, colors: blue red}\n");
    assert_int_equal(got.element_cnt, 2);
    assert_string_equal(got.elements[0].name, "two");
    assert_string_equal(got.elements[0].url, "/b");
    assert_int_equal(got.elements[0].wait_ns, 1000000000);
    assert_int_equal(got.elements[0].colors, 2);
    assert_string_equal(got.elements[1].name, "one");
    assert_string_equal(got.elements[1].url, "/a");
    assert_int_equal(got.elements[1].wait_ns, 12000000000);
    assert_int_equal(got.elements[1].colors, 5);
    assert_int_equal(got.before, 1);
    assert_int_equal(got.after, 2);
    assert_true(lq_schema_is_set(&doc, "n.two.wait"));
    assert_false(lq_schema_is_set(&doc, "n.one.wait"));
    lq_schema_free(&doc);
}

static void there_may_be_none(void **state)
{
    (void)state;
    assert_loads("a: {before: 3}\n");
    assert_int_equal(got.element_cnt, 0);
    lq_schema_free(&doc);
    assert_loads("n:\n");
    assert_int_equal(got.element_cnt, 0);
    lq_schema_free(&doc);
}

static void an_included_file_adds_names_and_defaults(void **state)
{
    (void)state;
    assert_ok(load(&(memory_io_t){.files = {{"f/main.yaml", "include: b.yaml\n"
                                                            "n: {one: {wait: 3 s}}\n"},
                                            {"f/b.yaml",
                                             "n: {zero: {url: /z}, one: {url: /o, wait: 4 s}}\n"}}},
                   ""));
    assert_int_equal(got.element_cnt, 2);
    assert_string_equal(got.elements[0].name, "one");
    assert_string_equal(got.elements[0].url, "/o");
    assert_int_equal(got.elements[0].wait_ns, 3000000000);
    assert_string_equal(got.elements[1].name, "zero");
    lq_schema_free(&doc);
}

static void each_named_section_has_its_own_problems(void **state)
{
    (void)state;
    assert_fails("n:\n"
                 "  one: {}\n"
                 "  two: {url: /b, wait: 9 lightyears}\n",
                 "f/main.yaml: n.one.url: must be set: liqd.yaml(5) explains it\n"
                 "f/main.yaml:3:24: n.two.wait: \"9 lightyears\" is not a time such as \"250 ms\", "
                 "\"12 s\" or \"5 min\"\n");
    assert_fails("n: {one: {url: /b, weit: 1 s}}\n",
                 "f/main.yaml:1:20: n.one.weit: unknown key: did you mean n.one.wait?\n");
    assert_fails("n: {one: 7}\n",
                 "f/main.yaml:1:10: n.one: is taken for a section with a name of your own, such "
                 "as one: its keys stand indented on the lines below it\n");
    static const char *const shapes[] = {"n: 7\n", "n: [/b]\n"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(shapes); i++)
        assert_fails(shapes[i], "f/main.yaml:1:4: n: holds sections with names of your own, such "
                                "as one: each name, without \"-\", on a line of its own, its keys "
                                "indented on the lines below it\n");
    assert_fails("n: {https://a/key: {url: /b}}\n",
                 "f/main.yaml:1:5: n: what stands here (not shown: it may be a secret) is no key: "
                 "keys are at most 64 lower-case letters, digits and _\n");
    assert_fails("n: {One: {url: /b}}\n",
                 "f/main.yaml:1:5: n: \"One\" is no key: keys are at most 64 lower-case letters, "
                 "digits and _\n");
}

static void too_many_names_are_a_problem(void **state)
{
    (void)state;
    lq_schema_io_t io;
    memory_io_t files = {
        .files = {{"f/main.yaml", "n: {a: {url: /a, wait: 1 s}, b: {url: /b, wait: 2 s}, c: {url: "
                                  "/c, wait: 3 s}, d: {url: /d, wait: 4 s}}\n"}}};
    char text[1024];
    io = memory_io(&files);
    assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
    memory_io_problems(text, sizeof(text), &doc);
    assert_non_null(strstr(text, "n.d: more than 3 of these: remove some"));
    lq_schema_free(&doc);
}

static void a_rule_sees_all_elements(void **state)
{
    (void)state;
    assert_fails("n: {a: {url: /a}, b: {url: /b}, c: {url: /c, wait: 12 s}}\n",
                 "f/main.yaml: n.b.wait: as long as n.a.wait\n"
                 "f/main.yaml:1:52: n.c.wait: as long as n.a.wait\n");
    /* and does not run while one is bad on its own */
    assert_fails("n: {a: {url: /a}, b: {url: /b}, c: {url: /c, wait: 12}}\n",
                 "f/main.yaml:1:52: n.c.wait: \"12\" is not a time such as \"250 ms\", \"12 s\" or "
                 "\"5 min\"\n");
}

static void times_keep_their_range_and_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ns;
    } cases[] = {{"1 us", 1000},
                 {"250 ms", 250000000},
                 {"12 s", 12000000000},
                 {"5 min", 300000000000},
                 {"1 h", 3600000000000}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char yaml[64];
        char shown[64];
        (void)snprintf(yaml, sizeof(yaml), "n: {a: {url: /a, wait: %s}}\n", cases[i].text);
        assert_loads(yaml);
        assert_int_equal(got.elements[0].wait_ns, cases[i].ns);
        lq_schema_print(shown, sizeof(shown), &doc.schema->keys[1], &got);
        assert_string_equal(shown, cases[i].text);
        lq_schema_free(&doc);
    }
    assert_fails("n: {a: {url: /a, wait: 61 min}}\n",
                 "f/main.yaml:1:24: n.a.wait: \"61 min\" is out of range: from 1 us to 1 h\n");
    assert_fails("n: {a: {url: /a, wait: 99999999999999999 h}}\n",
                 "f/main.yaml:1:24: n.a.wait: \"99999999999999999 h\" is not a time such as "
                 "\"250 ms\", \"12 s\" or \"5 min\"\n");
}

static void sets_take_words_of_their_choices_once(void **state)
{
    (void)state;
    assert_loads("n: {a: {url: /a, colors: [blue, green, red]}}\n");
    assert_int_equal(got.elements[0].colors, 7);
    char shown[64];
    lq_schema_print(shown, sizeof(shown), &doc.schema->keys[2], &got);
    assert_string_equal(shown, "red green blue");
    lq_schema_free(&doc);
    assert_fails("n: {a: {url: /a, colors: [blue, pink]}}\n",
                 "f/main.yaml:1:26: n.a.colors: \"pink\" is none of red, green, blue\n");
    assert_fails("n: {a: {url: /a, colors: [blue, blue]}}\n",
                 "f/main.yaml:1:26: n.a.colors: names blue twice: remove one of them\n");
    assert_fails("n: {a: {url: /a, colors: []}}\n",
                 "f/main.yaml:1:26: n.a.colors: \"\" is none of red, green, blue\n");
    assert_fails("n: {a: {url: /a, wait: [1 s]}}\n",
                 "f/main.yaml:1:24: n.a.wait: takes one value, not a list\n");
}

static void urls_are_secret_where_they_hold_one(void **state)
{
    (void)state;
    char shown[300];
    /* nothing in it: may stand in a file that others read */
    assert_loads("n: {a: {url: 'http://127.0.0.1:8545'}}\n");
    lq_schema_print(shown, sizeof(shown), &doc.schema->keys[3], &got);
    assert_string_equal(shown, "http://127.0.0.1:8545");
    lq_schema_free(&doc);
    static const char *const secrets[] = {"https://host/v3/KEY", "wss://host/?k=KEY",
                                          "http://KEY:KEY@host"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(secrets); i++) {
        char yaml[128];
        (void)snprintf(yaml, sizeof(yaml), "n: {a: {url: '%s'}}\n", secrets[i]);
        assert_fails(yaml, "f/main.yaml:1:14: n.a.url: a secret in a file that others can read "
                           "(mode 644): chmod 600 it, or name a file by url_file\n");
        assert_ok(load(&(memory_io_t){.files = {{"f/main.yaml", yaml}}, .modes = {0600}}, ""));
        lq_schema_print(shown, sizeof(shown), &doc.schema->keys[3], &got);
        assert_null(strstr(shown, "KEY"));
        assert_non_null(strstr(shown, "host"));
        lq_schema_free(&doc);
        assert_ok(load(&(memory_io_t){.files = {{"f/main.yaml", "n: {a: {url_file: u}}\n"},
                                                {"f/u", secrets[i]}},
                                      .modes = {0644, 0600}},
                       ""));
        assert_string_equal(got.elements[0].url, secrets[i]);
        lq_schema_free(&doc);
    }
    assert_loads("n: {a: {url: ./geth.ipc}}\n");
    assert_string_equal(got.elements[0].url, "./f/./geth.ipc");
    lq_schema_free(&doc);
}

static void a_bad_url_is_refused_unseen(void **state)
{
    (void)state;
    char text[1024];
    memory_io_t files = {.files = {{"f/main.yaml", "n: {a: {url: 'https://KEY@'}}\n"}}};
    lq_schema_io_t io = memory_io(&files);
    assert_err(lq_schema_load(&doc, &got, &schema, &io, "f/main.yaml"), LQ_ERR_CONFIG);
    memory_io_problems(text, sizeof(text), &doc);
    assert_non_null(strstr(text, "n.a.url"));
    assert_null(strstr(text, "KEY"));
    lq_schema_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_count_in_the_order_of_the_file),
        cmocka_unit_test(there_may_be_none),
        cmocka_unit_test(an_included_file_adds_names_and_defaults),
        cmocka_unit_test(each_named_section_has_its_own_problems),
        cmocka_unit_test(too_many_names_are_a_problem),
        cmocka_unit_test(a_rule_sees_all_elements),
        cmocka_unit_test(times_keep_their_range_and_unit),
        cmocka_unit_test(sets_take_words_of_their_choices_once),
        cmocka_unit_test(urls_are_secret_where_they_hold_one),
        cmocka_unit_test(a_bad_url_is_refused_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
