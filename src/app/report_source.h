#ifndef LIQD_APP_REPORT_SOURCE_H
#define LIQD_APP_REPORT_SOURCE_H

/* What a report is of: the state in a snapshot, or the one that the nodes tell. Its engine is
   opened without deciding: nothing is ever asked for, and all can be sized. What goes wrong is
   said. */

#include "follow.h"
#include "start.h"

#define LQ_REPORT_SYMBOL_MAX 1024u

typedef struct lq_report_source {
    lq_state_t *state; /* at the end of the block */
    lq_block_ref_t block;
    uint64_t block_sec;
    bool has_head; /* false: of a snapshot, or no node told it */
    lq_header_t head;
    lq_symbol_t symbols[LQ_REPORT_SYMBOL_MAX]; /* beside those that the oracles know */
    size_t symbol_cnt;

    const char *command;
    const lq_config_t *config;
    lq_state_t restored;
    lq_nodes_t nodes;
    lq_start_log_t log;
    bool has_log;
    lq_follow_t *follow; /* NULL: of a snapshot */
    volatile bool *stop;
} lq_report_source_t;

/* lq_report_source_file restores the snapshot in the file PATH, of any age, to *S, which is zero;
   COMMAND complains. Returns the exit code. *S is to be closed whatever that is. */
int lq_report_source_file(lq_report_source_t *s, const char *command, const lq_config_t *config,
                          const char *path);

/* lq_report_source_nodes follows the nodes until *S, which is zero, stands at the newest block, and
   shows its PROGRESS. *STOP is what signals set, and is theirs again behind the call. Who
   interrupts ends it: what was read is kept in the configured snapshot. Returns the exit code. *S
   is to be closed whatever that is. */
int lq_report_source_nodes(lq_report_source_t *s, const char *command, const lq_config_t *config,
                           lq_progress_t *progress, volatile bool *stop);

/* lq_report_source_keep writes the configured snapshot, where one is and S is of the nodes. Returns
   the exit code. */
int lq_report_source_keep(lq_report_source_t *s);

void lq_report_source_close(lq_report_source_t *s);

#endif
