#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyze_internal.h"

/* A look keeps nothing and shares nothing with the next, but the engine has one scratch: so others
   work in copies of the whole process, which cost the pages that they write. */

#define PROCESS_MAX 64u

typedef struct grid {
    lq_analysis_t *a;
    lq_analysis_point_t *points; /* shared with all */
    uint8_t *done;               /* the same: points that are there */
    const lq_engine_view_t *views;
    size_t cnt;
    bool together;
} grid_t;

static size_t process_cnt(size_t point_cnt)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t cnt = online > 1 ? (size_t)online : 1;
    cnt = cnt < PROCESS_MAX ? cnt : PROCESS_MAX;
    return cnt < point_cnt ? cnt : point_cnt;
}

/* Each STEP-th point from FROM on that is not there. */
static void look_at(grid_t *g, size_t from, size_t step)
{
    for (size_t i = from; i < g->cnt; i += step) {
        if (g->done[i])
            continue;
        lq_analysis_look(g->a, &g->points[i], &g->views[i], g->together, NULL, NULL);
        g->done[i] = 1;
    }
}

static void wait_for(pid_t other)
{
    while (other > 0 && waitpid(other, NULL, 0) < 0 && errno == EINTR)
        ;
}

static void look_by_all(grid_t *g)
{
    pid_t others[PROCESS_MAX];
    size_t cnt = process_cnt(g->cnt);
    for (size_t i = 1; i < cnt; i++) {
        others[i] = fork();
        if (others[i] == 0) {
            look_at(g, i, cnt);
            _exit(0);
        }
    }
    look_at(g, 0, cnt);
    for (size_t i = 1; i < cnt; i++)
        wait_for(others[i]);
    look_at(g, 0, 1); /* what one did not come to */
}

lq_err_t lq_analysis_grid(lq_analysis_t *a, lq_analysis_point_t *out, const lq_engine_view_t *views,
                          size_t cnt, bool together)
{
    size_t points_sz = cnt * sizeof(*out);
    if (!cnt)
        return LQ_OK;
    uint8_t *shared =
        mmap(NULL, points_sz + cnt, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return LQ_ERR_NOMEM;
    grid_t g = {.a = a,
                .points = (lq_analysis_point_t *)(void *)shared,
                .done = shared + points_sz,
                .views = views,
                .cnt = cnt,
                .together = together};
    look_by_all(&g);
    memcpy(out, g.points, points_sz);
    (void)munmap(shared, points_sz + cnt);
    return LQ_OK;
}
