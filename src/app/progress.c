#include "progress.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SEC_NS      UINT64_C(1000000000)
#define TERMINAL_NS (SEC_NS / 5)
#define LINE_NS     (10 * SEC_NS)
#define BAR_WIDTH   30u

void lq_progress_init(lq_progress_t *p, FILE *out)
{
    *p = (lq_progress_t){.out = out, .terminal = isatty(fileno(out)) == 1};
}

/* "1:02:03" or "02:03". */
static void print_span(char out[32], uint64_t ns)
{
    uint64_t sec = ns / SEC_NS;
    if (sec >= 100 * UINT64_C(3600))
        (void)snprintf(out, 32, "%" PRIu64 " h", sec / 3600);
    else if (sec >= 3600)
        (void)snprintf(out, 32, "%" PRIu64 ":%02u:%02u", sec / 3600, (unsigned)(sec / 60 % 60),
                       (unsigned)(sec % 60));
    else
        (void)snprintf(out, 32, "%02u:%02u", (unsigned)(sec / 60), (unsigned)(sec % 60));
}

/* From the pace since the beginning. */
static uint64_t reckon(const lq_progress_t *p, uint64_t now, uint64_t done, uint64_t all)
{
    uint64_t spent = now - p->begun_mono_ns;
    if (done <= p->first || spent < SEC_NS / 2)
        return LQ_PROGRESS_NO_ETA;
    double ns = (double)spent * (double)(all - done) / (double)(done - p->first);
    return ns < 1e17 ? (uint64_t)ns : LQ_PROGRESS_NO_ETA;
}

static void draw(lq_progress_t *p, const char *units, uint64_t done, uint64_t all, uint64_t eta_ns)
{
    char bar[BAR_WIDTH + 1];
    char eta[32] = "";
    size_t fill = all ? (size_t)((double)done / (double)all * BAR_WIDTH) : 0;
    if (eta_ns != LQ_PROGRESS_NO_ETA)
        print_span(eta, eta_ns);
    for (size_t i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < fill ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    if (p->terminal)
        (void)fprintf(p->out, "\r\033[K");
    (void)fprintf(p->out, "%s", p->what);
    if (all && p->terminal)
        (void)fprintf(p->out, " [%s]", bar);
    if (all)
        (void)fprintf(p->out, " %u %%, %" PRIu64 " of %" PRIu64 " %s",
                      (unsigned)((double)done / (double)all * 100), done, all, units);
    else if (units[0])
        (void)fprintf(p->out, ": %" PRIu64 " %s", done, units);
    if (eta[0])
        (void)fprintf(p->out, ", %s left", eta);
    if (!p->terminal)
        (void)fprintf(p->out, "\n");
    (void)fflush(p->out);
    p->drawn = p->terminal;
}

void lq_progress_show(lq_progress_t *p, uint64_t now_mono_ns, const char *what, const char *units,
                      uint64_t done, uint64_t all, uint64_t eta_ns)
{
    bool other = strncmp(p->what, what, sizeof(p->what) - 1) != 0;
    if (other) {
        (void)snprintf(p->what, sizeof(p->what), "%s", what);
        p->begun_mono_ns = now_mono_ns;
        p->first = done;
    } else if (now_mono_ns - p->shown_mono_ns < (p->terminal ? TERMINAL_NS : LINE_NS)) {
        return;
    }
    p->shown_mono_ns = now_mono_ns;
    done = all && done > all ? all : done;
    if (eta_ns == LQ_PROGRESS_NO_ETA && all)
        eta_ns = reckon(p, now_mono_ns, done, all);
    draw(p, units, done, all, eta_ns);
}

void lq_progress_clear(lq_progress_t *p)
{
    if (p->drawn)
        (void)fprintf(p->out, "\r\033[K");
    if (p->drawn)
        (void)fflush(p->out);
    p->drawn = false;
}
