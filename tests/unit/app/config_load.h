#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

/* Configurations that stand in the test itself. */

#include "liqd/app/config.h"

#include "lq_test.h"
#include "memory_io.h"

/* Loads YAML, whose problems must be WANT, one a line; "" for none. */
static inline void config_load(lq_schema_doc_t *doc, lq_config_t *config, const char *yaml,
                               const char *want)
{
    char text[4096];
    memory_io_t files = {.files = {{"c.yaml", yaml}}, .modes = {0600}};
    lq_schema_io_t io = memory_io(&files);
    lq_err_t err = lq_schema_load(doc, config, &lq_config_schema, &io, "c.yaml");
    memory_io_problems(text, sizeof(text), doc);
    assert_string_equal(text, want);
    assert_err(err, want[0] ? LQ_ERR_CONFIG : LQ_OK);
}

/* The same of the sections REST behind a chain. */
static inline void config_load_rest(lq_schema_doc_t *doc, lq_config_t *config, const char *rest,
                                    const char *want)
{
    static char yaml[70000];
    (void)snprintf(yaml, sizeof(yaml), "chain: {id: 1}\n%s\n", rest);
    config_load(doc, config, yaml, want);
}

/* REST has the one problem WANT, said behind the file's name. */
static inline void config_load_bad(lq_schema_doc_t *doc, lq_config_t *config, const char *rest,
                                   const char *want)
{
    char line[1024];
    (void)snprintf(line, sizeof(line), "c.yaml:%s\n", want);
    config_load_rest(doc, config, rest, line);
    lq_schema_free(doc);
}

#endif
