#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyze_internal.h"

/* A look keeps nothing and shares nothing with the next, but the engine has one scratch: so others
   work in copies of the whole process, which cost the pages that they write. Each takes the next
   point that nobody has taken. */

#define PROCESS_MAX 64u

/* What all processes share. */
typedef struct shared {
    atomic_size_t taken_cnt;
    atomic_size_t done_cnt;
    lq_analysis_point_t points[];
} shared_t;

typedef struct grid {
    lq_analysis_t *a;
    shared_t *shared;
    atomic_bool *done; /* shared too: which points are there */
    const lq_engine_view_t *views;
    size_t cnt;
    bool together;
    lq_analysis_go_on_t *go_on; /* NULL: of another process, which is ended by the first */
    void *ctx;
} grid_t;

static size_t process_cnt(size_t point_cnt)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t cnt = online > 1 ? (size_t)online : 1;
    cnt = cnt < PROCESS_MAX ? cnt : PROCESS_MAX;
    return cnt < point_cnt ? cnt : point_cnt;
}

/* False where it is to end. */
static bool look_at(grid_t *g, size_t i)
{
    if (g->go_on && !g->go_on(g->ctx, atomic_load(&g->shared->done_cnt)))
        return false;
    lq_analysis_look(g->a, &g->shared->points[i], &g->views[i], g->together, NULL, NULL);
    atomic_store(&g->done[i], true);
    atomic_fetch_add(&g->shared->done_cnt, 1);
    return true;
}

static bool look_on(grid_t *g)
{
    size_t i;
    while ((i = atomic_fetch_add(&g->shared->taken_cnt, 1)) < g->cnt)
        if (!look_at(g, i))
            return false;
    return true;
}

/* What others took and did not come to the end of. */
static bool look_at_missing(grid_t *g)
{
    for (size_t i = 0; i < g->cnt; i++)
        if (!atomic_load(&g->done[i]) && !look_at(g, i))
            return false;
    return true;
}

static void work_for(grid_t *g, pid_t first)
{
    g->go_on = NULL;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == first)
        (void)look_on(g);
    _exit(0);
}

static void wait_for(pid_t other)
{
    while (other > 0 && waitpid(other, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* False where it is to end. */
static bool look_by_all(grid_t *g)
{
    pid_t others[PROCESS_MAX];
    pid_t first = getpid();
    size_t cnt = process_cnt(g->cnt);
    atomic_store(&g->shared->taken_cnt, 1); /* the first point is this one's: it is asked always */
    for (size_t i = 1; i < cnt; i++) {
        others[i] = fork();
        if (others[i] == 0)
            work_for(g, first);
    }
    bool on = look_at(g, 0) && look_on(g);
    for (size_t i = 1; i < cnt; i++) {
        if (!on && others[i] > 0)
            (void)kill(others[i], SIGKILL);
        wait_for(others[i]);
    }
    return on && look_at_missing(g);
}

lq_err_t lq_analysis_grid(lq_analysis_t *a, lq_analysis_point_t *out, const lq_engine_view_t *views,
                          size_t cnt, bool together, lq_analysis_go_on_t *go_on, void *ctx)
{
    size_t points_sz = cnt * sizeof(*out);
    size_t sz = sizeof(shared_t) + points_sz + cnt * sizeof(atomic_bool);
    if (!cnt)
        return LQ_OK;
    void *p = mmap(NULL, sz, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return LQ_ERR_NOMEM;
    shared_t *shared = p; /* zeros are a good beginning */
    grid_t g = {.a = a,
                .shared = shared,
                .done = (atomic_bool *)&shared->points[cnt],
                .views = views,
                .cnt = cnt,
                .together = together,
                .go_on = go_on,
                .ctx = ctx};
    bool on = look_by_all(&g);
    if (on)
        memcpy(out, shared->points, points_sz);
    (void)munmap(p, sz);
    return on ? LQ_OK : LQ_ERR_CLOSED;
}
