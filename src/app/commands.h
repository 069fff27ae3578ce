#ifndef LIQD_APP_COMMANDS_H
#define LIQD_APP_COMMANDS_H

#include "liqd/app/cli.h"

/* One file cmd_<name>.c for each. */
lq_cli_run_t lq_cmd_check;

#endif
