#ifndef LIQD_APP_CONFIG_H
#define LIQD_APP_CONFIG_H

/* liqd's own configuration: the values, and the table that describes them. liqd.yaml(5) is made
   from the table. */

#include "liqd/app/schema.h"
#include "liqd/base/log.h"

typedef struct lq_config {
    uint64_t chain_id;
    const char *chain_name;
    unsigned log_level;   /* lq_log_level_t */
    unsigned log_format;  /* lq_log_format_t */
    const char *log_file; /* "": standard error */
    uint64_t log_rate;    /* lines per second and site; 0: no limit */
    uint64_t log_burst;   /* lines */
    uint64_t log_line_max_sz;
    uint64_t log_value_max_sz;
} lq_config_t;

/* lq_config_schema describes lq_config_t. */
extern const lq_schema_t lq_config_schema;

/* lq_config_io reads the machine's files and environment. A file must be a regular one. */
extern const lq_schema_io_t lq_config_io;

/* lq_config_log returns the settings of the log. */
lq_log_config_t lq_config_log(const lq_config_t *config);

/* lq_config_find sets *PATH to the configuration file to use: GIVEN where it is not NULL, else
   $LIQD_CONFIG where it is not empty, else ./liqd.yaml or the installed liqd.yaml, whichever exists
   first, if only as a link to nothing. Errors: LQ_ERR_INVAL where GIVEN is empty, LQ_ERR_NOT_FOUND
   where there is none. */
LQ_MUST_USE lq_err_t lq_config_find(const char **path, lq_err_msg_t *msg, const char *given);

#endif
