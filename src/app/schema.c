#include "liqd/app/schema.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/base/text.h"
#include "schema_internal.h"

#define ARENA_SZ        ((size_t)64 << 20)
#define PROBLEM_MAX     200  /* more help nobody */
#define SECRET_FILE_MAX 8192 /* bytes; each key says how long its own value may be */
#define SECRET_SUFFIX   "_file"

char *lq_schema_copy(lq_schema_load_t *load, const char *text, size_t sz)
{
    char *out = lq_arena_alloc(&load->doc->arena, sz + 1, 1);
    if (!out) {
        load->nomem = true;
        return NULL;
    }
    memcpy(out, text, sz);
    out[sz] = '\0';
    return out;
}

char *lq_schema_join(lq_schema_load_t *load, const char *head, const char *tail)
{
    size_t head_sz = strlen(head);
    size_t tail_sz = strlen(tail);
    char *out = lq_arena_alloc(&load->doc->arena, head_sz + tail_sz + 1, 1);
    if (!out) {
        load->nomem = true;
        return NULL;
    }
    memcpy(out, head, head_sz);
    memcpy(out + head_sz, tail, tail_sz);
    out[head_sz + tail_sz] = '\0';
    return out;
}

LQ_PRINTF(4, 0)
static void report(lq_schema_doc_t *doc, lq_schema_place_t place, const char *key, const char *fmt,
                   va_list ap)
{
    if (doc->problem_cnt == doc->problem_max)
        return;
    char text[1024];
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    size_t sz = strlen(text) + 1;
    char *copy = lq_arena_alloc(&doc->arena, sz, 1);
    /* Without room the problem still counts: a config with a problem is never taken for a good one.
     */
    if (copy)
        memcpy(copy, text, sz);
    doc->problems[doc->problem_cnt++] =
        (lq_schema_problem_t){place, key, copy ? copy : "out of memory"};
}

void lq_schema_report(lq_schema_doc_t *doc, lq_schema_place_t place, const char *key,
                      const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report(doc, place, key, fmt, ap);
    va_end(ap);
}

static const lq_schema_key_t *find_key(const lq_schema_t *schema, const char *path)
{
    for (size_t i = 0; i < schema->key_cnt; i++)
        if (strcmp(schema->keys[i].path, path) == 0)
            return &schema->keys[i];
    return NULL;
}

bool lq_schema_is_secret(const lq_schema_t *schema, const char *path)
{
    for (size_t i = 0; i < schema->key_cnt; i++)
        if (schema->keys[i].secret && lq_schema_matches(schema->keys[i].path, path))
            return true;
    return false;
}

static const lq_schema_section_t *find_section(const lq_schema_t *schema, const char *path)
{
    for (size_t i = 0; i < schema->section_cnt; i++)
        if (strcmp(schema->sections[i].path, path) == 0)
            return &schema->sections[i];
    return NULL;
}

/* The secret that PATH names a file for, NULL when it does not. */
static const lq_schema_key_t *find_secret(const lq_schema_t *schema, const char *path)
{
    size_t sz = strlen(path);
    size_t suffix_sz = sizeof(SECRET_SUFFIX) - 1;
    if (sz <= suffix_sz || strcmp(path + sz - suffix_sz, SECRET_SUFFIX) != 0)
        return NULL;
    for (size_t i = 0; i < schema->key_cnt; i++) {
        const lq_schema_key_t *key = &schema->keys[i];
        if (key->secret && strlen(key->path) == sz - suffix_sz &&
            memcmp(key->path, path, sz - suffix_sz) == 0)
            return key;
    }
    return NULL;
}

void lq_schema_problem(lq_schema_doc_t *doc, const char *key, const char *fmt, ...)
{
    const lq_schema_key_t *k = find_key(doc->schema, key);
    LQ_ASSERT(k || find_section(doc->schema, key));
    va_list ap;
    va_start(ap, fmt);
    lq_schema_place_t place = {0};
    if (k)
        place = doc->places[k - doc->schema->keys];
    if (!place.file)
        place.file = doc->name; /* a default */
    report(doc, place, k ? k->path : key, fmt, ap);
    va_end(ap);
}

bool lq_schema_is_set(const lq_schema_doc_t *doc, const char *key)
{
    const lq_schema_key_t *k = find_key(doc->schema, key);
    LQ_ASSERT(k);
    return doc->places[k - doc->schema->keys].file != NULL;
}

static const char *last_word(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

const char *lq_schema_nearest(const lq_schema_t *schema, const char *path)
{
    size_t sz = strlen(last_word(path));
    size_t nearest = sz / 3 + 2 < sz ? sz / 3 + 2 : sz; /* exclusive */
    const char *found = NULL;
    for (size_t i = 0; i < schema->key_cnt + schema->section_cnt; i++) {
        const char *other =
            i < schema->key_cnt ? schema->keys[i].path : schema->sections[i - schema->key_cnt].path;
        /* the right word in the wrong section counts like one slip */
        size_t d = lq_text_distance(path, other, nearest);
        if (d > 1 && strcmp(last_word(path), last_word(other)) == 0)
            d = 1;
        if (d < nearest) {
            nearest = d;
            found = other;
        }
    }
    return found;
}

static void report_unknown(lq_schema_load_t *load, const lq_schema_node_t *node)
{
    const lq_schema_t *schema = load->doc->schema;
    const char *nearest = lq_schema_nearest(schema, node->path);
    if (nearest)
        lq_schema_report(load->doc, node->key_place, node->path, "unknown key: did you mean %s?",
                         nearest);
    else
        lq_schema_report(load->doc, node->key_place, node->path,
                         "unknown key: liqd.yaml(5) lists the keys; remove it");
}

/* Whether a node of KIND can set KEY, which is NULL for the file that a secret stands in. */
static bool can_hold(const lq_schema_key_t *key, lq_schema_node_kind_t kind)
{
    return kind == LQ_SCHEMA_NODE_VALUE ||
           (kind == LQ_SCHEMA_NODE_LIST && key &&
            (key->type == LQ_SCHEMA_SET || key->type == LQ_SCHEMA_LIST));
}

/* Reports N, which is a value or a list in the place of SECTION. */
static void report_no_section(lq_schema_load_t *load, const lq_schema_section_t *section,
                              const lq_schema_node_t *n)
{
    const char *sample = section->sample; /* where the files name it, or what stands in it */
    if (sample && section->help)
        lq_schema_report(load->doc, n->place, n->path,
                         "is taken for a section with a name of your own, such as %s: its keys "
                         "stand indented on the lines below it",
                         sample);
    else if (sample)
        lq_schema_report(load->doc, n->place, n->path,
                         "holds sections with names of your own, such as %s: each name, without "
                         "\"-\", on a line of its own, its keys indented on the lines below it",
                         sample);
    else
        lq_schema_report(load->doc, n->place, n->path,
                         "is a section: its keys stand indented on the lines below it");
}

/* Whether PATH is given a value or a list instead of a section, which is reported. */
static bool is_misshapen(const lq_schema_load_t *load, const char *path, size_t path_sz)
{
    for (size_t i = 0; i < load->source_cnt; i++)
        for (const lq_schema_node_t *n = load->sources[i].nodes; n; n = n->next)
            if (n->kind != LQ_SCHEMA_NODE_SECTION && !n->empty && strlen(n->path) == path_sz &&
                memcmp(n->path, path, path_sz) == 0)
                return true;
    return false;
}

/* Reports the nodes of SOURCE that the schema has no place for. */
static void check_nodes(lq_schema_load_t *load, const lq_schema_source_t *source)
{
    const lq_schema_t *schema = load->doc->schema;
    const char *unknown = NULL; /* a section: what stands in it is not reported again */
    for (const lq_schema_node_t *n = source->nodes; n; n = n->next) {
        size_t sz = unknown ? strlen(unknown) : 0;
        if (unknown && strncmp(n->path, unknown, sz) == 0 &&
            (n->path[sz] == '.' || n->kind == LQ_SCHEMA_NODE_ITEM))
            continue;
        unknown = NULL;
        if (strcmp(n->path, "include") == 0) {
            unknown = n->path; /* open_includes looks at it */
            continue;
        }
        if (n->kind == LQ_SCHEMA_NODE_ITEM)
            continue;
        const lq_schema_section_t *section = find_section(schema, n->path);
        bool key = find_key(schema, n->path) || find_secret(schema, n->path);
        if (!section && !key) {
            report_unknown(load, n);
            unknown = n->path;
        } else if (section && n->kind != LQ_SCHEMA_NODE_SECTION && !n->empty) {
            report_no_section(load, section, n);
            if (n->kind == LQ_SCHEMA_NODE_LIST)
                unknown = n->path;
        } else if (key && !can_hold(find_key(schema, n->path), n->kind)) {
            lq_schema_report(load->doc, n->place, n->path, "takes one value, not a %s",
                             n->kind == LQ_SCHEMA_NODE_LIST ? "list" : "section");
            unknown = n->path;
        } else if (key && n->empty) {
            lq_schema_report(load->doc, n->key_place, n->path,
                             "has no value: give it one or remove the key");
        }
    }
}

/* PATH as it is shown: whoever wrote it, a terminal must not obey it. */
static const char *shown_path(lq_schema_load_t *load, const char *path)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    if (lq_text_is_plain(path, strlen(path)))
        return path;
    (void)lq_text_quote(quoted, path);
    return lq_schema_copy(load, quoted, strlen(quoted));
}

/* Whether the source OTHER is AT or includes it. */
static bool encloses(const lq_schema_load_t *load, size_t other, size_t at)
{
    while (at != other && at)
        at = load->sources[at].parent;
    return at == other;
}

/* The index of the source that is the same file as FILE, else source_cnt. */
static size_t find_source(const lq_schema_load_t *load, const lq_schema_file_t *file)
{
    size_t i = 0;
    while (i < load->source_cnt && (load->sources[i].file.id[0] != file->id[0] ||
                                    load->sources[i].file.id[1] != file->id[1]))
        i++;
    return i;
}

/* Opens and parses one more source; reports at PLACE what hinders that. */
static bool open_source(lq_schema_load_t *load, const char *path, size_t parent,
                        lq_schema_place_t place)
{
    lq_schema_doc_t *doc = load->doc;
    size_t at = load->source_cnt;
    const char *key = at ? "include" : NULL;
    char quoted[LQ_TEXT_QUOTE_SZ];
    (void)lq_text_quote(quoted, path);
    if (at == LQ_SCHEMA_SOURCES_MAX) {
        lq_schema_report(doc, place, key, "more than %d files: join some", LQ_SCHEMA_SOURCES_MAX);
        return false;
    }
    lq_schema_source_t *source = &load->sources[at];
    lq_err_msg_t msg = {"cannot be read"};
    if (load->io->read(load->io->ctx, &source->file, &msg, &doc->arena, path, LQ_SCHEMA_FILE_MAX)) {
        lq_schema_report(doc, place, key, "%s%s%s", at ? quoted : "", at ? ": " : "", msg.text);
        return false;
    }
    size_t same = find_source(load, &source->file);
    if (same < at && encloses(load, same, parent)) {
        lq_schema_report(doc, place, key, "%s would include itself: remove it", quoted);
        return false;
    }
    if (same < at) {
        const lq_schema_place_t *first = &load->sources[same].place;
        lq_schema_report(doc, place, key, "%s is included by %s:%u already: remove one of them",
                         quoted, first->file, first->line);
        return false;
    }
    const char *slash = strrchr(path, '/');
    source->path = path;
    source->name = at ? shown_path(load, path) : doc->name;
    source->folder = slash ? lq_schema_copy(load, path, (size_t)(slash - path) + 1) : "";
    source->parent = parent;
    source->place = place;
    load->source_cnt++;
    if (load->nomem)
        return false;
    lq_schema_parse(load, source);
    return true;
}

static bool include_one(lq_schema_load_t *load, size_t parent, const lq_schema_node_t *node)
{
    bool literal;
    if (!node->text)
        return false;
    const char *text = lq_schema_expand(load, &literal, node->text, node->place, "include", false);
    if (!text)
        return false;
    char quoted[LQ_TEXT_QUOTE_SZ];
    if (!text[0] || !lq_text_is_plain(text, strlen(text))) {
        lq_schema_report(load->doc, node->place, "include", "%s names no file: remove it",
                         lq_text_quote(quoted, text));
        return false;
    }
    const char *folder = text[0] == '/' ? "" : load->sources[parent].folder;
    const char *path = lq_schema_join(load, folder, text);
    if (!path || !open_source(load, path, parent, node->place))
        return false;
    load->sources[parent].include[load->sources[parent].include_cnt++] = load->source_cnt - 1;
    return true;
}

/* Opens what SOURCE includes; those are appended, so that the caller's loop comes to them. */
static void open_includes(lq_schema_load_t *load, size_t at)
{
    for (const lq_schema_node_t *n = load->sources[at].nodes; n && !load->nomem; n = n->next) {
        if (strcmp(n->path, "include") != 0 || n->kind == LQ_SCHEMA_NODE_LIST)
            continue;
        if (n->kind == LQ_SCHEMA_NODE_SECTION)
            lq_schema_report(load->doc, n->place, n->path,
                             "takes a file or a list of files, not a section");
        else
            load->partial |= !include_one(load, at, n);
    }
}

/* The node at PATH that sets KEY; NULL for the file that a secret stands in. */
static const lq_schema_node_t *find_node(const lq_schema_source_t *source, const char *path,
                                         const lq_schema_key_t *key)
{
    for (const lq_schema_node_t *n = source->nodes; n; n = n->next)
        if (can_hold(key, n->kind) && !n->empty && strcmp(n->path, path) == 0)
            return n;
    return NULL;
}

/* What sets a key: the node, and whether it names a file. */
typedef struct setting {
    const lq_schema_node_t *node;
    const lq_schema_source_t *source;
    bool by_file;
} setting_t;

/* Finds what sets KEY in the source AT, else in what it includes. The recursion follows the tree of
   includes, at most LQ_SCHEMA_SOURCES_MAX deep. */
static setting_t find_setting(lq_schema_load_t *load, const lq_schema_key_t *key, size_t at)
{
    const lq_schema_source_t *source = &load->sources[at];
    setting_t found = {find_node(source, key->path, key), source, false};
    if (key->secret) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%s%s", key->path, SECRET_SUFFIX);
        const lq_schema_node_t *by_file = find_node(source, path, NULL);
        if (found.node && by_file)
            lq_schema_report(load->doc, by_file->key_place, by_file->path,
                             "%s is set too, on line %u: remove one of them", key->path,
                             found.node->place.line);
        else if (by_file)
            found = (setting_t){by_file, source, true};
    }
    if (found.node)
        return found;
    for (size_t i = 0; i < source->include_cnt; i++) {
        setting_t other = find_setting(load, key, source->include[i]);
        if (other.node && found.node)
            lq_schema_report(load->doc, other.node->place, key->path,
                             "%s:%u sets it too, and neither file includes the other: set it in "
                             "the file that includes both",
                             found.node->place.file, found.node->place.line);
        else if (other.node)
            found = other;
    }
    return found;
}

/* Returns the content of the file that a secret stands in, NULL after a problem. */
static const char *read_secret(lq_schema_load_t *load, const char *name, const setting_t *from)
{
    lq_schema_doc_t *doc = load->doc;
    const lq_schema_node_t *node = from->node;
    char quoted[LQ_TEXT_QUOTE_SZ];
    lq_schema_file_t file;
    lq_err_msg_t msg = {"cannot be read"};
    const char *folder = name[0] == '/' ? "" : from->source->folder;
    const char *path = lq_schema_join(load, folder, name);
    if (!path)
        return NULL;
    lq_err_t err = load->io->read(load->io->ctx, &file, &msg, &doc->arena, path, SECRET_FILE_MAX);
    if (err) {
        lq_schema_report(
            doc, node->place, node->path, "%s: %s%s", lq_text_quote(quoted, path), msg.text,
            err == LQ_ERR_NOT_FOUND ? ": write the value into it, and chmod 600 it" : "");
        return NULL;
    }
    if (file.mode & 077) {
        lq_schema_report(doc, node->place, node->path,
                         "%s can be read by others (mode %03o): chmod 600 it",
                         lq_text_quote(quoted, path), file.mode & 0777);
        return NULL;
    }
    size_t sz = file.text_sz;
    if (sz && file.text[sz - 1] == '\n')
        sz--;
    if (sz && file.text[sz - 1] == '\r')
        sz--;
    if (memchr(file.text, '\0', sz)) {
        lq_schema_report(doc, node->place, node->path, "%s holds a NUL byte",
                         lq_text_quote(quoted, path));
        return NULL;
    }
    return lq_schema_copy(load, file.text, sz);
}

/* The text that sets KEY with its ${...} replaced, a list's items with a space between; NULL after
   a problem. */
static const char *setting_text(lq_schema_load_t *load, bool *literal, const lq_schema_key_t *key,
                                const setting_t *from)
{
    const lq_schema_node_t *node = from->node;
    bool secret = key->secret && !from->by_file;
    if (node->kind != LQ_SCHEMA_NODE_LIST)
        return node->text
                   ? lq_schema_expand(load, literal, node->text, node->place, key->path, secret)
                   : NULL;
    const char *text = "";
    for (node = node->next; node && node->kind == LQ_SCHEMA_NODE_ITEM && text; node = node->next) {
        const char *item =
            lq_schema_expand(load, literal, node->text, node->place, key->path, secret);
        const char *head = item && text[0] ? lq_schema_join(load, text, " ") : text;
        text = item && head ? lq_schema_join(load, head, item) : NULL;
    }
    return text;
}

static void load_key(lq_schema_load_t *load, void *values, const lq_schema_key_t *key)
{
    lq_schema_doc_t *doc = load->doc;
    setting_t from = find_setting(load, key, 0);
    if (!from.node) {
        lq_schema_place_t none = {NULL, 0, 0};
        if (key->fallback) {
            doc->passed[key - doc->schema->keys] =
                lq_schema_store(load, values, key, key->fallback, none, "");
            LQ_ASSERT(doc->passed[key - doc->schema->keys] || load->nomem);
        } else if (!load->partial &&
                   !is_misshapen(load, key->path, (size_t)(last_word(key->path) - key->path) - 1))
            lq_schema_report(doc, (lq_schema_place_t){doc->name, 0, 0}, key->path,
                             "must be set: liqd.yaml(5) explains it");
        return;
    }
    lq_schema_place_t place = from.node->place;
    bool literal;
    const char *text = setting_text(load, &literal, key, &from);
    if (!text)
        return;
    doc->places[key - doc->schema->keys] = place;
    if (from.by_file) {
        text = read_secret(load, text, &from);
        if (!text)
            return;
    } else if (key->secret && literal && from.source->file.mode & 077 &&
               lq_schema_hides(key, text)) {
        lq_schema_report(doc, place, key->path,
                         "a secret in a file that others can read (mode %03o): chmod 600 it, or "
                         "name a file by %s%s",
                         from.source->file.mode & 0777, last_word(key->path), SECRET_SUFFIX);
        return;
    }
    doc->passed[key - doc->schema->keys] =
        lq_schema_store(load, values, key, text, place, from.source->folder);
}

/* Where P stands among all lines of all files, in the order in which those were opened. */
static uint64_t rank(const lq_schema_load_t *load, const lq_schema_problem_t *p)
{
    uint64_t file = 0;
    while (file < load->source_cnt && p->place.file != load->sources[file].name)
        file++;
    return file << 48 | (uint64_t)p->place.line << 24 | p->place.column; /* of 64 KiB at most */
}

/* Insertion sort: stable, and few. */
static void sort_problems(lq_schema_load_t *load)
{
    lq_schema_problem_t *p = load->doc->problems;
    for (size_t i = 1; i < load->doc->problem_cnt; i++) {
        lq_schema_problem_t x = p[i];
        size_t k = i;
        for (; k && rank(load, &p[k - 1]) > rank(load, &x); k--)
            p[k] = p[k - 1];
        p[k] = x;
    }
}

/* Runs each rule whose keys are good on their own. */
static void check_rules(lq_schema_doc_t *doc, const void *values)
{
    const lq_schema_t *schema = doc->schema;
    for (size_t i = 0; i < schema->rule_cnt; i++) {
        bool passed = true;
        for (size_t k = 0; k < LQ_SCHEMA_RULE_KEYS_MAX && schema->rules[i].keys[k]; k++)
            for (size_t n = 0; n < schema->key_cnt; n++)
                if (lq_schema_matches(schema->rules[i].keys[k], schema->keys[n].path))
                    passed &= doc->passed[n];
        if (passed)
            schema->rules[i].check(doc, values);
    }
}

/* Opens the file PATH and all that it includes. */
static void open_sources(lq_schema_load_t *load, const char *path)
{
    if (open_source(load, path, 0, (lq_schema_place_t){load->doc->name, 0, 0}))
        for (size_t i = 0; i < load->source_cnt && !load->nomem; i++)
            open_includes(load, i);
}

static lq_err_t load_values(lq_schema_load_t *load, void *values, const char *path)
{
    lq_schema_doc_t *doc = load->doc;
    void *loaded = lq_arena_alloc(&doc->arena, doc->schema->values_sz, _Alignof(max_align_t));
    if (!loaded)
        return LQ_ERR_NOMEM;
    memset(loaded, 0, doc->schema->values_sz);
    open_sources(load, path);
    if (load->nomem || !lq_schema_name(load, loaded))
        return LQ_ERR_NOMEM;
    for (size_t i = 0; i < load->source_cnt && !load->nomem; i++)
        check_nodes(load, &load->sources[i]);
    for (size_t i = 0; load->source_cnt && i < doc->schema->key_cnt && !load->nomem; i++)
        load_key(load, loaded, &doc->schema->keys[i]);
    if (load->nomem)
        return LQ_ERR_NOMEM;
    check_rules(doc, loaded);
    sort_problems(load);
    if (doc->problem_cnt)
        return LQ_ERR_CONFIG;
    memcpy(values, loaded, doc->schema->values_sz);
    return LQ_OK;
}

lq_err_t lq_schema_load(lq_schema_doc_t *doc, void *values, const lq_schema_t *schema,
                        const lq_schema_io_t *io, const char *path)
{
    *doc = (lq_schema_doc_t){.schema = schema, .problem_max = PROBLEM_MAX};
    lq_err_t err = lq_arena_init(&doc->arena, ARENA_SZ);
    if (err)
        return err;
    doc->problems = lq_arena_alloc(&doc->arena, PROBLEM_MAX * sizeof(*doc->problems),
                                   _Alignof(lq_schema_problem_t));
    lq_schema_load_t *load = lq_arena_alloc(&doc->arena, sizeof(*load), _Alignof(lq_schema_load_t));
    if (!doc->problems || !load)
        return LQ_ERR_NOMEM;
    *load = (lq_schema_load_t){.doc = doc, .io = io};
    path = lq_schema_copy(load, path, strlen(path));
    doc->name = path ? shown_path(load, path) : NULL;
    return doc->name ? load_values(load, values, path) : LQ_ERR_NOMEM;
}

void lq_schema_free(lq_schema_doc_t *doc)
{
    lq_arena_fini(&doc->arena);
    *doc = (lq_schema_doc_t){0};
}
