#ifndef LIQD_APP_SCHEMA_INTERNAL_H
#define LIQD_APP_SCHEMA_INTERNAL_H

#include "liqd/app/schema.h"

/* One node of a file: a section, a value or a list of values, in the order of the file. */
typedef enum lq_schema_node_kind {
    LQ_SCHEMA_NODE_SECTION,
    LQ_SCHEMA_NODE_VALUE,
    LQ_SCHEMA_NODE_LIST,
    LQ_SCHEMA_NODE_ITEM, /* of the list before it, under the list's path */
} lq_schema_node_kind_t;

typedef struct lq_schema_node {
    lq_schema_node_kind_t kind;
    const char *path;            /* "section.key" */
    const char *text;            /* of a value or an item, as written, NUL-terminated */
    bool empty;                  /* nothing, ~ or null, without quotes */
    lq_schema_place_t place;     /* of the value */
    lq_schema_place_t key_place; /* of the key */
    struct lq_schema_node *next;
} lq_schema_node_t;

typedef struct lq_schema_source {
    lq_schema_file_t file;
    const char *path;   /* as opened */
    const char *name;   /* as shown */
    const char *folder; /* of path, with its slash; "" for the current one */
    lq_schema_node_t *nodes;
    size_t include[LQ_SCHEMA_SOURCES_MAX]; /* indices of other sources */
    size_t include_cnt;
    size_t parent;           /* the source that includes it; its own index at the root */
    lq_schema_place_t place; /* of that include */
} lq_schema_source_t;

typedef struct lq_schema_load {
    lq_schema_doc_t *doc;
    const lq_schema_io_t *io;
    lq_schema_source_t sources[LQ_SCHEMA_SOURCES_MAX];
    size_t source_cnt;
    bool nomem;
    bool partial; /* a file could not be read to its end: what is missing may stand there */
} lq_schema_load_t;

/* lq_schema_parse reads the YAML of SOURCE into its nodes; problems go to the document. */
void lq_schema_parse(lq_schema_load_t *load, lq_schema_source_t *source);

/* lq_schema_expand returns TEXT with its ${...} replaced, or NULL after a problem. *LITERAL tells
   whether nothing was replaced; of a SECRET nothing is shown. */
const char *lq_schema_expand(lq_schema_load_t *load, bool *literal, const char *text,
                             lq_schema_place_t place, const char *key, bool secret);

/* lq_schema_matches tells whether PATH is what PATTERN stands for: "*" is any one word.
   lq_schema_is_pattern tells whether PATH has such a word. */
bool lq_schema_matches(const char *pattern, const char *path);
bool lq_schema_is_pattern(const char *path);

/* lq_schema_stands_in tells whether KEY stands directly in SECTION. */
bool lq_schema_stands_in(const lq_schema_key_t *key, const lq_schema_section_t *section);

/* lq_schema_name gives the document a schema without patterns, for the names that the sources use,
   and writes names and counts to VALUES. False where memory runs out. */
bool lq_schema_name(lq_schema_load_t *load, void *values);

/* lq_schema_hides tells whether TEXT as the value of KEY, a secret one, must not be seen. */
bool lq_schema_hides(const lq_schema_key_t *key, const char *text);

/* lq_schema_store parses TEXT by KEY and stores it in VALUES; false after a problem. FOLDER is what
   a path is relative to. */
bool lq_schema_store(lq_schema_load_t *load, void *values, const lq_schema_key_t *key,
                     const char *text, lq_schema_place_t place, const char *folder);

/* lq_schema_report adds a problem. */
void lq_schema_report(lq_schema_doc_t *doc, lq_schema_place_t place, const char *key,
                      const char *fmt, ...) LQ_PRINTF(4, 5);

/* lq_schema_copy returns the SZ bytes at TEXT in the document's arena with a NUL behind them, or
   NULL, with load->nomem set. */
char *lq_schema_copy(lq_schema_load_t *load, const char *text, size_t sz);

/* lq_schema_join returns HEAD and TAIL as one string, like lq_schema_copy. */
char *lq_schema_join(lq_schema_load_t *load, const char *head, const char *tail);

/* lq_schema_is_secret tells whether PATH is a secret key. */
bool lq_schema_is_secret(const lq_schema_t *schema, const char *path);

/* lq_schema_nearest returns the key or section whose path is closest to PATH, NULL when none is. */
const char *lq_schema_nearest(const lq_schema_t *schema, const char *path);

#endif
