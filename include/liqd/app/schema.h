#ifndef LIQD_APP_SCHEMA_H
#define LIQD_APP_SCHEMA_H

/* A table of keys drives everything about a configuration: reading it, its default file, its
   manual, what `liqd check` prints. This is the machine; the table of liqd's own keys is in
   config.h.

   What a file may hold is a strict part of YAML: one document of nested sections with one value a
   key, UTF-8, at most LQ_SCHEMA_FILE_MAX bytes. No anchors, aliases, tags, duplicate keys.
   - ${NAME} and ${NAME:?message} in a value stand for an environment variable, which must be set,
     not empty and plain text; $$ stands for a dollar sign.
   - `include: FILE` or a list of files at the top: their values count where the file that includes
     them sets none. Two included files may not set the same key; no file is included
     twice.
   - A section whose path ends in ".*" stands for any number of sections, which the file names:
     the keys of "nodes.*" are set under nodes, local and so on. They count in the order in which
     they first appear, in the file before those that it includes.
   - A secret key `x` may be given as `x_file: FILE`; its value is then the content of FILE, less
   one line end. Neither that file nor one that holds a secret literally may be readable by others.
     Secrets lie in ordinary memory until they are freed, where a core image or swap can keep them:
     private keys and passphrases are not read here but by keys/secret.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"

#define LQ_SCHEMA_FILE_MAX    65536 /* bytes of one file */
#define LQ_SCHEMA_SOURCES_MAX 16    /* files, included ones counted */
#define LQ_SCHEMA_DEPTH_MAX   8     /* nested sections */

typedef enum lq_schema_type {
    LQ_SCHEMA_U64,    /* uint64_t: decimal digits, in the key's unit */
    LQ_SCHEMA_SIZE,   /* uint64_t, bytes: "512 B", "4 KiB", "1 MiB" */
    LQ_SCHEMA_TIME,   /* uint64_t, nanoseconds: "250 ms", "12 s", "5 min" */
    LQ_SCHEMA_WEI,    /* lq_wei_t: "0.1 gwei", "0.05 ETH", "7 wei"; min and max are in gwei */
    LQ_SCHEMA_USD,    /* lq_usd_t: "12.50", dollars; min and max are whole ones */
    LQ_SCHEMA_ENUM,   /* unsigned: index of one of the choices */
    LQ_SCHEMA_SET,    /* unsigned: bit i is set where choice i is among the words, or the list */
    LQ_SCHEMA_STRING, /* const char *: printable UTF-8 */
    LQ_SCHEMA_LIST,   /* const char *: words, or a list of them; as a string, one space between */
    LQ_SCHEMA_URL,  /* const char *: of a node, see net/url.h. Must be secret, but is so only where
                       it has a user, a path or a query; shown without them. Empty
                       only where the default is */
    LQ_SCHEMA_PATH, /* const char *: as a string; relative to the folder of the file that sets it,
                       whose name must be printable then */
} lq_schema_type_t;

typedef struct lq_schema_key {
    const char *path; /* "section.key", "section.*.key" */
    lq_schema_type_t type;
    const char *unit;           /* what a U64 counts; NULL otherwise */
    uint64_t min;               /* numbers: smallest value; strings: fewest bytes */
    uint64_t max;               /* inclusive */
    const char *const *choices; /* of an ENUM or a SET */
    size_t choice_cnt;
    const char *fallback; /* the default as written in a file; NULL: the key must be set */
    bool secret;          /* never printed, not even in errors */
    bool reloadable;      /* takes effect on SIGHUP */
    size_t offset;        /* of the value in the struct that is filled; in a section "x.*", in its
                             element */
    const char *help;     /* sentences, without line ends */
} lq_schema_key_t;

typedef struct lq_schema_section {
    const char *path;
    const char *help;
    /* Where the path ends in ".*": */
    size_t offset;      /* of an array of elements in the struct that is filled */
    size_t cnt_offset;  /* of a size_t there: how many the file names */
    size_t elem_sz;     /* an element begins with a const char *, its name */
    size_t elem_max;    /* more are a problem */
    const char *sample; /* the name that documents use */
} lq_schema_section_t;

typedef struct lq_schema_doc lq_schema_doc_t;

/* A rule says what contradicts what: CHECK calls lq_schema_problem where values of its keys, each
   of which is good on its own, do not go together. A key "section.*.key" stands for all of them. */
#define LQ_SCHEMA_RULE_KEYS_MAX 4
typedef struct lq_schema_rule {
    const char *keys[LQ_SCHEMA_RULE_KEYS_MAX]; /* NULL behind the last */
    void (*check)(lq_schema_doc_t *doc, const void *values);
} lq_schema_rule_t;

typedef struct lq_schema {
    const lq_schema_key_t *keys;
    size_t key_cnt;
    const lq_schema_section_t *sections; /* each key's section is one of them */
    size_t section_cnt;
    const lq_schema_rule_t *rules;
    size_t rule_cnt;
    size_t values_sz;    /* of the struct that is filled */
    const char *include; /* what the default file includes; NULL: nothing */
} lq_schema_t;

/* Where files and variables come from: the machine, or a test. */
typedef struct lq_schema_file {
    const char *text;
    size_t text_sz;
    unsigned mode;  /* permission bits */
    uint64_t id[2]; /* the same for the same file under any name */
} lq_schema_file_t;

typedef struct lq_schema_io {
    const void *ctx;
    /* read sets *OUT to the content of PATH, allocated from ARENA, at most MAX bytes; on failure
       MSG says why, as the end of a sentence. */
    lq_err_t (*read)(const void *ctx, lq_schema_file_t *out, lq_err_msg_t *msg, lq_arena_t *arena,
                     const char *path, size_t max);
    /* env returns the variable NAME, or NULL. */
    const char *(*env)(const void *ctx, const char *name);
} lq_schema_io_t;

/* A place in a file; file NULL: a default. Lines and columns count from 1. */
typedef struct lq_schema_place {
    const char *file;
    unsigned line;
    unsigned column;
} lq_schema_place_t;

typedef struct lq_schema_problem {
    lq_schema_place_t place; /* line 0: the file as a whole */
    const char *key;         /* NULL: none in particular */
    const char *text;        /* what is wrong and what to do; no line ends */
} lq_schema_problem_t;

/* What was read: where each value came from and what is wrong. Owns the memory of all strings in
   VALUES. */
struct lq_schema_doc {
    const lq_schema_t *schema; /* the one loaded with, each "x.*" replaced by the sections named */
    const char *name;          /* the file loaded, as it is shown: plain text */
    lq_schema_place_t *places; /* by key */
    bool *passed;              /* by key: whether its value is good */
    lq_schema_problem_t *problems;
    size_t problem_cnt;
    size_t problem_max;
    lq_arena_t arena;
};

/* lq_schema_load reads the file PATH and what it includes into VALUES (schema->values_sz bytes).
   Errors: LQ_ERR_CONFIG with every problem in DOC, in the order of files and lines; LQ_ERR_NOMEM,
   also when files of legal size need more than 64 MiB. VALUES is unchanged on failure. DOC must be
   freed with lq_schema_free, whatever is returned. Allocates. */
LQ_MUST_USE lq_err_t lq_schema_load(lq_schema_doc_t *doc, void *values, const lq_schema_t *schema,
                                    const lq_schema_io_t *io, const char *path);

/* lq_schema_free gives back the memory of DOC and of the strings loaded with it. */
void lq_schema_free(lq_schema_doc_t *doc);

/* lq_schema_problem adds a problem with KEY, at the place that set it; for rules. A section may
   stand for a key, static then. */
void lq_schema_problem(lq_schema_doc_t *doc, const char *key, const char *fmt, ...) LQ_PRINTF(3, 4);

/* lq_schema_is_set tells whether a file set KEY. */
bool lq_schema_is_set(const lq_schema_doc_t *doc, const char *key);

/* lq_schema_print writes the value of KEY in VALUES as a file would have it, into OUT, cut to
   OUT_SZ; a secret that is not empty as "(secret)". */
void lq_schema_print(char *out, size_t out_sz, const lq_schema_key_t *key, const void *values);

/* lq_schema_print_number writes V, in the measure of min and max, as a file would have it for KEY,
   a number or an amount. */
void lq_schema_print_number(char *out, size_t out_sz, const lq_schema_key_t *key, uint64_t v);

/* lq_schema_write_yaml writes the commented default file; lq_schema_write_mdoc the manual's list of
   keys. */
void lq_schema_write_yaml(FILE *out, const lq_schema_t *schema);
void lq_schema_write_mdoc(FILE *out, const lq_schema_t *schema);

#endif
