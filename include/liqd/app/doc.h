#ifndef LIQD_APP_DOC_H
#define LIQD_APP_DOC_H

/* What the makers of documents share. OUT is open, no pointer is NULL, nothing is kept. */

#include <stddef.h>
#include <stdio.h>

/* lq_doc_wrap writes TEXT in lines of at most WIDTH columns (longer only for a word that is), each
   starting with PREFIX, and a line end. AT columns of the first line are written already, PREFIX
   among them; 0: none. */
void lq_doc_wrap(FILE *out, const char *prefix, size_t at, size_t width, const char *text);

/* lq_doc_wrap_mdoc writes TEXT as the lines of a paragraph of a man page, escaped. */
void lq_doc_wrap_mdoc(FILE *out, const char *text);

/* lq_doc_put_mdoc_arguments writes the words of TEXT behind the name of a macro of a man page, each
   behind a space and escaped so that it stands for itself. */
void lq_doc_put_mdoc_arguments(FILE *out, const char *text);

#endif
