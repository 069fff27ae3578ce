#ifndef LIQD_APP_TABLE_H
#define LIQD_APP_TABLE_H

/* A table on the terminal: each column as wide as its widest cell. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "liqd/num/decimal.h"

#define LQ_TABLE_COLUMN_MAX 16

typedef struct lq_table_column {
    const char *head; /* NULL: there is none further */
    bool left;        /* text stands to the left, numbers to the right */
} lq_table_column_t;

typedef struct lq_table {
    const lq_table_column_t *columns;
    size_t column_cnt;
    size_t widths[LQ_TABLE_COLUMN_MAX];
    char *cells; /* each with its NUL */
    size_t sz;
    size_t max;
    size_t cell_cnt;
    bool lost; /* memory ran out */
} lq_table_t;

/* lq_table_begin begins T with COLUMNS, which outlive it and end with a NULL head. lq_table_cell
   adds the next cell, in the order of reading. lq_table_end writes all to OUT, behind INDENT
   spaces, and frees it; where memory ran out it writes that instead. */
void lq_table_begin(lq_table_t *t, const lq_table_column_t *columns);
void lq_table_cell(lq_table_t *t, const char *text);
void lq_table_number(lq_table_t *t, unsigned long long v);
void lq_table_end(lq_table_t *t, FILE *out, int indent);

/* lq_table_decimal writes V / 10^DECIMALS to OUT, cut to PLACES digits behind the point: what a
   person reads; machines have --json. */
const char *lq_table_decimal(char out[LQ_DECIMAL_SZ], const lq_u256_t *v, unsigned decimals,
                             size_t places);

#endif
