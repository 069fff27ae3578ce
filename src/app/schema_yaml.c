/* YAML, read through libyaml's events, which keep the place of each node and show the anchors and
   aliases that its document tree resolves silently. */

#include <string.h>
#include <yaml.h>

#include "liqd/base/text.h"
#include "schema_internal.h"

/* Bytes of one word of a path. */
#define KEY_MAX 64
/* Nodes of one file: keeps the search for duplicates, which is quadratic, short. */
#define NODE_MAX 4096

typedef struct parse {
    lq_schema_load_t *load;
    lq_schema_source_t *source;
    yaml_parser_t yaml;
    lq_schema_node_t **tail; /* where the next node is linked */
    lq_schema_node_t **last; /* where the last one is; NULL before the first */
    size_t node_cnt;
    const char *text;
    size_t text_sz;
} parse_t;

static lq_schema_place_t place_of(const parse_t *p, const yaml_mark_t *mark)
{
    return (lq_schema_place_t){p->source->name, (unsigned)mark->line + 1,
                               (unsigned)mark->column + 1};
}

static void add_node(parse_t *p, lq_schema_node_kind_t kind, const char *path,
                     lq_schema_place_t key_place, const yaml_event_t *event)
{
    lq_schema_load_t *load = p->load;
    lq_schema_node_t *node =
        lq_arena_alloc(&load->doc->arena, sizeof(*node), _Alignof(lq_schema_node_t));
    if (!node) {
        load->nomem = true;
        return;
    }
    *node = (lq_schema_node_t){.kind = kind,
                               .path = path,
                               .place = place_of(p, &event->start_mark),
                               .key_place = key_place};
    if (event->type == YAML_SCALAR_EVENT) {
        const char *text = (const char *)event->data.scalar.value;
        node->text = lq_schema_copy(load, text, event->data.scalar.length);
        if (strlen(text) != event->data.scalar.length)
            lq_schema_report(load->doc, node->place, path, "holds a NUL: remove it");
        node->empty = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                      (text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
    }
    *p->tail = node;
    p->last = p->tail;
    p->tail = &node->next;
    p->node_cnt++;
}

/* Whether the line of the mark begins with a tab or with spaces and one. */
static bool tab_indents(const parse_t *p, size_t line)
{
    const char *at = p->text;
    const char *end = p->text + p->text_sz;
    for (; at && line; line--) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    while (at && at < end && *at == ' ')
        at++;
    return at && at < end && *at == '\t';
}

/* Reports what libyaml stumbled over. The node before it may be cut short: it counts no more. */
static void report_malformed(parse_t *p)
{
    lq_schema_place_t place = place_of(p, &p->yaml.problem_mark);
    const char *what = p->yaml.problem;
    if (p->yaml.error == YAML_MEMORY_ERROR || !what) { /* of all else it says what it is */
        p->load->nomem = true;
        return;
    }
    if (p->yaml.error == YAML_READER_ERROR) { /* it knows an offset only */
        place = (lq_schema_place_t){p->source->name, 1, 1};
        for (size_t i = 0; i < p->yaml.problem_offset && i < p->text_sz; i++) {
            place.column += (p->text[i] & 0xc0) != 0x80; /* characters, like everywhere */
            if (p->text[i] == '\n') {
                place.line++;
                place.column = 1;
            }
        }
    }
    bool tab = p->yaml.error == YAML_SCANNER_ERROR && tab_indents(p, p->yaml.problem_mark.line);
    bool colon = strcmp(what, "mapping values are not allowed in this context") == 0;
    lq_schema_report(p->load->doc, place, NULL, "malformed YAML: %s%s", what,
                     tab     ? ": indent with spaces, not tabs"
                     : colon ? ": quote a value that holds a colon and a space"
                             : "");
    if (p->last) {
        *p->last = NULL;
        p->tail = p->last;
    }
}

/* Reports the anchor, alias or tag in EVENT, if there is one. What it says may be a secret that
   lacks its quotes: it is not shown. */
static void report_extras(parse_t *p, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    lq_schema_place_t place = place_of(p, &event->start_mark);
    if (event->type == YAML_ALIAS_EVENT)
        lq_schema_report(p->load->doc, place, NULL,
                         "an alias (*): write the value out, in quotes if it begins with *");
    if (anchor)
        lq_schema_report(p->load->doc, place, NULL,
                         "an anchor (&): remove it, or quote the value if it begins with &");
    if (tag)
        lq_schema_report(p->load->doc, place, NULL,
                         "a tag (!): remove it, or quote the value if it begins with !");
    p->load->partial |= event->type == YAML_ALIAS_EVENT;
}

/* Reads the next event; false where the file cannot be read further. EVENT is always to be
   deleted. */
static bool next_event(parse_t *p, yaml_event_t *event)
{
    if (!yaml_parser_parse(&p->yaml, event)) {
        report_malformed(p);
        *event = (yaml_event_t){.type = YAML_NO_EVENT};
        return false;
    }
    if (p->node_cnt > NODE_MAX) {
        lq_schema_report(p->load->doc, place_of(p, &event->start_mark), NULL,
                         "more than %d keys in one file: split it", NODE_MAX);
        return false;
    }
    report_extras(p, event);
    return true;
}

static bool is_key(const char *text)
{
    if (text[0] < 'a' || text[0] > 'z' || strlen(text) > KEY_MAX)
        return false;
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* Checks the key in EVENT of the section PATH and returns its path, or NULL when what stands under
   it has to be passed over. */
static const char *key_path(parse_t *p, const yaml_event_t *event, const char *path)
{
    lq_schema_load_t *load = p->load;
    lq_schema_place_t place = place_of(p, &event->start_mark);
    const char *text = (const char *)event->data.scalar.value;
    char quoted[LQ_TEXT_QUOTE_SZ];
    if (strlen(text) != event->data.scalar.length || !is_key(text)) {
        bool secret = strpbrk(text, ":/@=") != NULL; /* a URL or a header in a key's place */
        bool dotted = !secret && strchr(text, '.') != NULL;
        lq_schema_report(load->doc, place, path[0] ? path : NULL, "%s is no key: %s",
                         secret ? "what stands here (not shown: it may be a secret)"
                                : lq_text_quote(quoted, text),
                         dotted ? "write a section and its key on two lines"
                                : "keys are at most 64 lower-case letters, digits and _");
        load->partial = true;
        return NULL;
    }
    const char *section = path[0] ? lq_schema_join(load, path, ".") : "";
    const char *whole = section ? lq_schema_join(load, section, text) : NULL;
    if (!whole)
        return NULL;
    for (const lq_schema_node_t *n = p->source->nodes; n; n = n->next) {
        if (strcmp(n->path, whole) == 0 && n->kind != LQ_SCHEMA_NODE_ITEM) {
            lq_schema_report(load->doc, place, whole,
                             "set twice, first on line %u: remove one of them", n->key_place.line);
            break;
        }
    }
    return whole;
}

/* Reads up to the end of the node that EVENT starts, without keeping it. */
static bool pass_over(parse_t *p, const yaml_event_t *event)
{
    unsigned depth =
        event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
    while (depth) {
        yaml_event_t inner;
        if (!next_event(p, &inner)) {
            yaml_event_delete(&inner);
            return false;
        }
        if (inner.type == YAML_SEQUENCE_START_EVENT || inner.type == YAML_MAPPING_START_EVENT)
            depth++;
        if (inner.type == YAML_SEQUENCE_END_EVENT || inner.type == YAML_MAPPING_END_EVENT)
            depth--;
        yaml_event_delete(&inner);
        if (depth > LQ_SCHEMA_DEPTH_MAX)
            return false; /* what encloses it is a problem; libyaml's cost grows with the depth */
    }
    return true;
}

static bool parse_list(parse_t *p, const char *path)
{
    for (;;) {
        yaml_event_t event;
        bool more = next_event(p, &event);
        if (more && event.type == YAML_SCALAR_EVENT) {
            add_node(p, LQ_SCHEMA_NODE_ITEM, path, place_of(p, &event.start_mark), &event);
        } else if (more && event.type != YAML_SEQUENCE_END_EVENT &&
                   event.type != YAML_ALIAS_EVENT) {
            lq_schema_report(p->load->doc, place_of(p, &event.start_mark), path,
                             "a %s in a list: it takes single values",
                             event.type == YAML_MAPPING_START_EVENT ? "section" : "list");
            more = pass_over(p, &event);
        }
        bool ended = !more || event.type == YAML_SEQUENCE_END_EVENT;
        yaml_event_delete(&event);
        if (ended || p->load->nomem)
            return more && !p->load->nomem;
    }
}

static bool parse_section(parse_t *p, const char *path, unsigned depth);

static bool parse_value(parse_t *p, const yaml_event_t *event, const char *path,
                        lq_schema_place_t key_place, unsigned depth)
{
    if (event->type == YAML_ALIAS_EVENT)
        return true;
    if (event->type == YAML_SCALAR_EVENT) {
        add_node(p, LQ_SCHEMA_NODE_VALUE, path, key_place, event);
        return true;
    }
    bool list = event->type == YAML_SEQUENCE_START_EVENT;
    add_node(p, list ? LQ_SCHEMA_NODE_LIST : LQ_SCHEMA_NODE_SECTION, path, key_place, event);
    if (lq_schema_is_secret(p->load->doc->schema, path))
        return pass_over(p, event); /* what stands there may be a secret that lacks its quotes */
    if (list)
        return parse_list(p, path);
    if (depth == LQ_SCHEMA_DEPTH_MAX) {
        lq_schema_report(p->load->doc, place_of(p, &event->start_mark), path,
                         "more than %u sections deep: no key stands there", LQ_SCHEMA_DEPTH_MAX);
        return false;
    }
    return parse_section(p, path, depth + 1);
}

/* Reads the keys of the section PATH up to its end; false when the file cannot be read further. */
static bool parse_section(parse_t *p, const char *path, unsigned depth)
{
    for (;;) {
        yaml_event_t key;
        bool more = next_event(p, &key);
        if (!more || key.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&key);
            return more;
        }
        const char *whole = NULL;
        lq_schema_place_t key_place = place_of(p, &key.start_mark);
        if (key.type == YAML_SCALAR_EVENT) {
            whole = key_path(p, &key, path);
        } else {
            lq_schema_report(p->load->doc, key_place, path[0] ? path : NULL,
                             "a key must be a single word");
            more = pass_over(p, &key);
        }
        yaml_event_delete(&key);
        if (!more)
            return false;
        yaml_event_t value;
        more = next_event(p, &value) &&
               (whole ? parse_value(p, &value, whole, key_place, depth) : pass_over(p, &value));
        yaml_event_delete(&value);
        if (!more || p->load->nomem)
            return false;
    }
}

static void parse_document(parse_t *p)
{
    yaml_event_t event;
    bool in_document = false;
    for (;;) {
        bool more = next_event(p, &event);
        yaml_event_type_t type = event.type;
        lq_schema_place_t place = place_of(p, &event.start_mark);
        if (more && type == YAML_DOCUMENT_START_EVENT && in_document) {
            lq_schema_report(p->load->doc, place, NULL,
                             "a second document: join it with the first, without \"---\"");
            more = false;
        } else if (more && type == YAML_DOCUMENT_START_EVENT) {
            in_document = true;
        } else if (more && type == YAML_MAPPING_START_EVENT) {
            more = parse_section(p, "", 0);
        } else if (more && (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT)) {
            bool nothing = type == YAML_SCALAR_EVENT && event.data.scalar.length == 0;
            if (!nothing)
                lq_schema_report(p->load->doc, place, NULL,
                                 "sections with keys are wanted here, such as \"chain:\"");
            more = nothing;
        }
        yaml_event_delete(&event);
        p->load->partial |= !more;
        if (!more || type == YAML_STREAM_END_EVENT || p->load->nomem)
            return;
    }
}

void lq_schema_parse(lq_schema_load_t *load, lq_schema_source_t *source)
{
    const char *text = source->file.text;
    size_t sz = source->file.text_sz;
    bool marked = sz >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0; /* editors leave one */
    parse_t p = {
        .load = load,
        .source = source,
        .tail = &source->nodes,
        .text = text + (marked ? 3 : 0),
        .text_sz = sz - (marked ? 3 : 0),
    };
    if (!yaml_parser_initialize(&p.yaml)) {
        load->nomem = true;
        return;
    }
    yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p.yaml, (const unsigned char *)p.text, p.text_sz);
    parse_document(&p);
    yaml_parser_delete(&p.yaml);
}
