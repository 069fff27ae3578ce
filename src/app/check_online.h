#ifndef LIQD_APP_CHECK_ONLINE_H
#define LIQD_APP_CHECK_ONLINE_H

/* How `liqd check --online` tells what the nodes said. */

#include <jansson.h>

#include "liqd/app/config.h"
#include "probe.h"

/* lq_check_online_print prints PROBES, one for each of NODES, to standard output. */
void lq_check_online_print(const lq_config_t *config, const lq_nodes_t *nodes,
                           const lq_probe_t *probes);

/* lq_check_online_json returns the same as an array, NULL where memory runs out. */
json_t *lq_check_online_json(const lq_config_t *config, const lq_nodes_t *nodes,
                             const lq_probe_t *probes);

/* lq_check_online_rc returns the exit code: LQ_EXIT_CONFIG where a node is of another chain,
   LQ_EXIT_NODE where one is not available, LQ_EXIT_DONE. */
int lq_check_online_rc(const lq_nodes_t *nodes, const lq_probe_t *probes);

#endif
