#ifndef EVM_VECTORS_H
#define EVM_VECTORS_H

/* What contracts returned, as tests/vectors/evm_reference keeps it. */

#include <jansson.h>
#include <stdio.h>

#include "lq_test.h"

/* The vectors of the file NAME. The caller releases ROOT. */
static inline json_t *evm_vectors(json_t **root, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/tests/vectors/evm_reference/%s", LIQD_SOURCE_DIR, name);
    json_error_t error;
    *root = json_load_file(path, 0, &error);
    if (!*root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    json_t *vectors = json_object_get(*root, "vectors");
    assert_true(json_is_object(vectors));
    return vectors;
}

/* The text of a row's field. */
static inline const char *evm_field(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    assert_non_null(text);
    return text;
}

#endif
