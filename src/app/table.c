#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/err.h"

void lq_table_begin(lq_table_t *t, const lq_table_column_t *columns)
{
    *t = (lq_table_t){.columns = columns};
    for (; t->column_cnt < LQ_TABLE_COLUMN_MAX && columns[t->column_cnt].head; t->column_cnt++)
        t->widths[t->column_cnt] = strlen(columns[t->column_cnt].head);
}

void lq_table_cell(lq_table_t *t, const char *text)
{
    size_t text_sz = strlen(text);
    size_t column = t->cell_cnt % t->column_cnt;
    while (!t->lost && t->max - t->sz <= text_sz) {
        size_t max = t->max ? 2 * t->max : 4096;
        char *cells = realloc(t->cells, max);
        t->lost = !cells;
        if (!cells)
            return;
        t->cells = cells;
        t->max = max;
    }
    if (t->lost)
        return;
    memcpy(t->cells + t->sz, text, text_sz + 1);
    t->sz += text_sz + 1;
    t->cell_cnt++;
    if (text_sz > t->widths[column])
        t->widths[column] = text_sz;
}

void lq_table_number(lq_table_t *t, unsigned long long v)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%llu", v);
    lq_table_cell(t, text);
}

/* Writes the cell of COLUMN; nothing stands behind the last. */
static void put(FILE *out, const lq_table_t *t, size_t column, const char *text)
{
    bool last = column + 1 == t->column_cnt;
    int width = (int)t->widths[column];
    if (column)
        (void)fputs("  ", out);
    if (!t->columns[column].left)
        (void)fprintf(out, "%*s", width, text);
    else
        (void)fprintf(out, "%-*s", last ? 0 : width, text);
    if (last)
        (void)fputc('\n', out);
}

void lq_table_end(lq_table_t *t, FILE *out, int indent)
{
    const char *at = t->cells;
    LQ_ASSERT(t->column_cnt);
    if (t->lost)
        (void)fprintf(out, "%*s(out of memory)\n", indent, "");
    for (size_t i = 0; !t->lost && i < t->column_cnt; i++) {
        if (!i)
            (void)fprintf(out, "%*s", indent, "");
        put(out, t, i, t->columns[i].head);
    }
    for (size_t i = 0; !t->lost && i < t->cell_cnt; i++) {
        if (i % t->column_cnt == 0)
            (void)fprintf(out, "%*s", indent, "");
        put(out, t, i % t->column_cnt, at);
        at += strlen(at) + 1;
    }
    free(t->cells);
    *t = (lq_table_t){.columns = t->columns};
}

const char *lq_table_decimal(char out[LQ_DECIMAL_SZ], const lq_u256_t *v, unsigned decimals,
                             size_t places)
{
    if (lq_decimal_print(out, LQ_DECIMAL_SZ, v, decimals))
        return "?";
    char *point = strchr(out, '.');
    if (point && strlen(point + 1) > places)
        point[places ? places + 1 : 0] = '\0';
    return out;
}
