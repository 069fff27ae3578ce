#ifndef LIQD_APP_DOC_H
#define LIQD_APP_DOC_H

/* What the makers of documents share. */

#include <stdio.h>

/* lq_doc_wrap writes TEXT in lines of at most 100 columns, each starting with PREFIX. */
void lq_doc_wrap(FILE *out, const char *prefix, const char *text);

/* lq_doc_wrap_mdoc writes TEXT as the lines of a paragraph of a man page, escaped. */
void lq_doc_wrap_mdoc(FILE *out, const char *text);

#endif
