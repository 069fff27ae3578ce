#ifndef LIQD_APP_RELOAD_H
#define LIQD_APP_RELOAD_H

/* SIGHUP: the configuration is read again, and what may change while the daemon works does. */

#include "state.h"

typedef struct lq_reload {
    size_t changed_cnt; /* keys that count from now on */
    size_t restart_cnt; /* keys that count with the next start */
    bool decides;       /* what the engine decides by is among the former */
} lq_reload_t;

/* lq_reload reads the file PATH again, which DOC was loaded from, and takes over into CONFIG,
   DOC's, what may change, for LOG and STATE; each key that is another is said. Where the file has a
   problem that is said and nothing is changed: LQ_ERR_CONFIG; LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_reload(lq_reload_t *out, lq_config_t *config, const lq_schema_doc_t *doc,
                               const char *path, lq_state_t *state, lq_log_t *log);

#endif
