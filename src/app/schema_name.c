/* Sections that the file names: a schema's "nodes.*" becomes nodes.local, nodes.backup and so on,
   with keys of their own, so that nothing else has to know of patterns. */

#include <string.h>

#include "schema_internal.h"

bool lq_schema_matches(const char *pattern, const char *path)
{
    for (; *pattern; pattern++) {
        if (*pattern != '*') {
            if (*pattern != *path++)
                return false;
            continue;
        }
        size_t sz = strcspn(path, ".");
        if (!sz)
            return false;
        path += sz;
    }
    return !*path;
}

bool lq_schema_is_pattern(const char *path)
{
    return strchr(path, '*') != NULL;
}

bool lq_schema_stands_in(const lq_schema_key_t *key, const lq_schema_section_t *section)
{
    size_t sz = strlen(section->path);
    return strncmp(key->path, section->path, sz) == 0 && key->path[sz] == '.' &&
           !strchr(key->path + sz + 1, '.');
}

/* What is built: the schema without patterns. */
typedef struct named {
    lq_schema_load_t *load;
    lq_schema_t *schema;
    lq_schema_key_t *keys;
    lq_schema_section_t *sections;
    char *values;
} named_t;

/* PATTERN with NAME for its star. */
static const char *fill_in(lq_schema_load_t *load, const char *pattern, const char *name)
{
    const char *star = strchr(pattern, '*');
    const char *head = lq_schema_copy(load, pattern, (size_t)(star - pattern));
    const char *named = head ? lq_schema_join(load, head, name) : NULL;
    return named ? lq_schema_join(load, named, star + 1) : NULL;
}

/* Adds the element IDX called NAME of the section PATTERN, and its keys. */
static void add_element(named_t *n, const lq_schema_t *from, const lq_schema_section_t *pattern,
                        size_t idx, const char *name)
{
    size_t offset = pattern->offset + idx * pattern->elem_sz;
    lq_schema_section_t *section = &n->sections[n->schema->section_cnt++];
    *section = *pattern;
    section->path = fill_in(n->load, pattern->path, name);
    for (size_t i = 0; i < from->key_cnt; i++) {
        if (!lq_schema_stands_in(&from->keys[i], pattern))
            continue;
        lq_schema_key_t *key = &n->keys[n->schema->key_cnt++];
        *key = from->keys[i];
        key->path = fill_in(n->load, from->keys[i].path, name);
        key->offset += offset;
    }
    memcpy(n->values + offset, &name, sizeof(name));
}

/* Whether an earlier node of any source has the path of NODE in SOURCE. */
static bool seen_before(const lq_schema_load_t *load, size_t source, const lq_schema_node_t *node)
{
    for (size_t i = 0; i <= source; i++)
        for (const lq_schema_node_t *o = load->sources[i].nodes; o && o != node; o = o->next)
            if (strcmp(o->path, node->path) == 0)
                return true;
    return false;
}

/* Adds what the files name in the section PATTERN, after "nodes" itself. */
static void add_section(named_t *n, const lq_schema_t *from, const lq_schema_section_t *pattern)
{
    lq_schema_load_t *load = n->load;
    size_t stem_sz = strlen(pattern->path) - 2;
    size_t cnt = 0;
    n->sections[n->schema->section_cnt++] = (lq_schema_section_t){
        .path = lq_schema_copy(load, pattern->path, stem_sz), .sample = pattern->sample};
    for (size_t i = 0; i < load->source_cnt; i++) {
        for (const lq_schema_node_t *node = load->sources[i].nodes; node; node = node->next) {
            if (node->kind == LQ_SCHEMA_NODE_ITEM ||
                !lq_schema_matches(pattern->path, node->path) || seen_before(load, i, node))
                continue;
            if (cnt < pattern->elem_max)
                add_element(n, from, pattern, cnt++, node->path + stem_sz + 1);
            else /* check_nodes reports it and all behind it as unknown */
                lq_schema_report(load->doc, node->key_place, node->path,
                                 "more than %zu of these: remove some", pattern->elem_max);
        }
    }
    memcpy(n->values + pattern->cnt_offset, &cnt, sizeof(cnt));
}

bool lq_schema_name(lq_schema_load_t *load, void *values)
{
    lq_schema_doc_t *doc = load->doc;
    const lq_schema_t *from = doc->schema;
    size_t key_max = 0;
    size_t section_max = 0;
    for (size_t i = 0; i < from->section_cnt; i++) {
        const lq_schema_section_t *section = &from->sections[i];
        size_t copies = lq_schema_is_pattern(section->path) ? section->elem_max : 1;
        section_max += copies + 1;
        for (size_t k = 0; k < from->key_cnt; k++)
            key_max += lq_schema_stands_in(&from->keys[k], section) ? copies : 0;
    }
    lq_schema_t *schema = lq_arena_alloc(&doc->arena, sizeof(*schema), _Alignof(lq_schema_t));
    lq_schema_key_t *keys =
        lq_arena_alloc(&doc->arena, key_max * sizeof(*keys), _Alignof(lq_schema_key_t));
    lq_schema_section_t *sections =
        lq_arena_alloc(&doc->arena, section_max * sizeof(*sections), _Alignof(lq_schema_section_t));
    doc->places =
        lq_arena_alloc(&doc->arena, key_max * sizeof(*doc->places), _Alignof(lq_schema_place_t));
    doc->passed = lq_arena_alloc(&doc->arena, key_max * sizeof(*doc->passed), 1);
    if (!schema || !keys || !sections || !doc->places || !doc->passed)
        return false;
    memset(doc->passed, 0, key_max * sizeof(*doc->passed));
    memset(doc->places, 0, key_max * sizeof(*doc->places));
    *schema = *from;
    schema->keys = keys;
    schema->sections = sections;
    schema->key_cnt = 0;
    schema->section_cnt = 0;
    named_t n = {load, schema, keys, sections, values};
    for (size_t i = 0; i < from->section_cnt; i++) {
        const lq_schema_section_t *section = &from->sections[i];
        if (lq_schema_is_pattern(section->path)) {
            add_section(&n, from, section);
            continue;
        }
        sections[schema->section_cnt++] = *section;
        for (size_t k = 0; k < from->key_cnt; k++)
            if (lq_schema_stands_in(&from->keys[k], section))
                keys[schema->key_cnt++] = from->keys[k];
    }
    doc->schema = schema;
    return !load->nomem;
}
