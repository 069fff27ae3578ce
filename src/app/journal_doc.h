#ifndef LIQD_APP_JOURNAL_DOC_H
#define LIQD_APP_JOURNAL_DOC_H

/* The manual of the journal's tables, liqd-journal(5). */

#include <stdio.h>

typedef struct lq_journal_column {
    const char *name;
    const char *help;
} lq_journal_column_t;

typedef struct lq_journal_table {
    const char *name;
    const char *help;
    const lq_journal_column_t *columns; /* ends with a NULL name */
} lq_journal_table_t;

/* A query to begin with; TEXT says what it answers. */
typedef struct lq_journal_query {
    const char *text;
    const char *sql;
} lq_journal_query_t;

/* Each ends with an entry whose first member is NULL. */
extern const lq_journal_table_t lq_journal_tables[];
extern const lq_journal_query_t lq_journal_queries[];

/* lq_journal_write_mdoc writes the page. */
void lq_journal_write_mdoc(FILE *out);

#endif
