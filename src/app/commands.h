#ifndef LIQD_APP_COMMANDS_H
#define LIQD_APP_COMMANDS_H

#include "liqd/app/cli.h"

/* One file cmd_<name>.c for each, or for each group. */
lq_cli_run_t lq_cmd_analyze;
lq_cli_run_t lq_cmd_check;
lq_cli_run_t lq_cmd_executor_deploy;
lq_cli_run_t lq_cmd_executor_check;
lq_cli_run_t lq_cmd_executor_approve;
lq_cli_run_t lq_cmd_journal;
lq_cli_run_t lq_cmd_keys_new;
lq_cli_run_t lq_cmd_keys_import;
lq_cli_run_t lq_cmd_keys_address;
lq_cli_run_t lq_cmd_keys_verify;
lq_cli_run_t lq_cmd_positions;
lq_cli_run_t lq_cmd_replay;
lq_cli_run_t lq_cmd_run;
lq_cli_run_t lq_cmd_status;
lq_cli_run_t lq_cmd_pause;
lq_cli_run_t lq_cmd_resume;

#endif
