/* liqd_bench [--json FILE] [--filter REGEX] [--quick]: tools/bench builds and calls it. */

#include <errno.h>
#include <regex.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench_list.h"

#define SAMPLE_CNT   400
#define SAMPLE_NS    20000 /* one sample lasts about this long: 400 times the clock's own cost */
#define WARM_UP_NS   20000000
#define CASE_NS      60000000000u /* a case whose samples last longer has fewer */
#define QUICK_SAMPLE 3

struct lq_bench {
    FILE *json;
    regex_t filter;
    bool filtered;
    bool quick;
    size_t case_cnt;
};

typedef struct series {
    lq_bench_work_t *work;
    size_t iters;
    double ns[SAMPLE_CNT];
} series_t;

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t time_ns(lq_bench_work_t *work, void *ctx, size_t iters)
{
    uint64_t start = now_ns();
    work(ctx, iters);
    return now_ns() - start;
}

/* Doubles the iterations until one sample is long enough, then runs on until caches and clocks are
   warm. Returns how long a sample is. */
static uint64_t warm_up(series_t *s, void *ctx, bool quick)
{
    s->iters = 1;
    uint64_t spent = 0;
    for (;;) {
        uint64_t took = time_ns(s->work, ctx, s->iters);
        spent += took;
        if (quick || spent >= WARM_UP_NS)
            return took;
        if (took < SAMPLE_NS)
            s->iters *= 2;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const series_t *s, size_t cnt, size_t percent)
{
    return s->ns[(cnt - 1) * percent / 100];
}

static void measure(series_t *subject, series_t *reference, const lq_bench_case_t *c, size_t cnt)
{
    size_t scale = c->scale ? c->scale : 1;
    series_t *both[] = {subject, reference};
    for (size_t i = 0; i < cnt; i++) {
        for (size_t k = 0; k < 2; k++) {
            series_t *s = both[k];
            if (!s->work)
                continue;
            uint64_t took = time_ns(s->work, c->ctx, s->iters);
            s->ns[i] = (double)took / ((double)s->iters * (double)scale);
        }
    }
    qsort(subject->ns, cnt, sizeof(double), by_value);
    qsort(reference->ns, cnt, sizeof(double), by_value);
}

static void report(lq_bench_t *b, const lq_bench_case_t *c, const series_t *s, const series_t *r,
                   size_t cnt)
{
    double p50 = percentile(s, cnt, 50);
    double p99 = percentile(s, cnt, 99);
    double ref = r->work ? percentile(r, cnt, 50) : 0;
    double ratio = ref > 0 ? p50 / ref : 0;
    char reference[128] = "-";
    if (r->work)
        (void)snprintf(reference, sizeof(reference), "%s %.1f", c->reference, ref);
    char verdict[64] = "";
    if (ratio > 0 && c->target > 0)
        (void)snprintf(verdict, sizeof(verdict), "%.2f (target %.2f%s)", ratio, c->target,
                       ratio <= c->target ? "" : ": missed");
    else if (ratio > 0)
        (void)snprintf(verdict, sizeof(verdict), "%.2f", ratio);
    (void)printf("%-34s p50 %10.1f ns  p99 %10.1f  max %10.1f  %-36s %s\n", c->name, p50, p99,
                 s->ns[cnt - 1], reference, verdict);
    (void)fflush(stdout);
    if (!b->json)
        return;
    (void)fprintf(b->json,
                  "%s\n  {\"name\": \"%s\", \"unit\": \"ns\", \"p50\": %.3f, \"p99\": %.3f, ",
                  b->case_cnt ? "," : "", c->name, p50, p99);
    if (r->work)
        (void)fprintf(b->json, "\"reference\": \"%s\", \"reference_p50\": %.3f, \"ratio\": %.4f, ",
                      c->reference, ref, ratio);
    else
        (void)fprintf(b->json, "\"reference\": null, \"reference_p50\": null, \"ratio\": null, ");
    if (c->target > 0)
        (void)fprintf(b->json, "\"target\": %.3f}", c->target);
    else
        (void)fprintf(b->json, "\"target\": null}");
}

void lq_bench_case(lq_bench_t *b, const lq_bench_case_t *c)
{
    if (b->filtered && regexec(&b->filter, c->name, 0, NULL, 0) != 0)
        return;
    size_t cnt = b->quick ? QUICK_SAMPLE : SAMPLE_CNT;
    series_t *s = calloc(2, sizeof(*s));
    if (!s) {
        perror("liqd_bench");
        exit(1);
    }
    s[0].work = c->work;
    s[1].work = c->reference_work;
    uint64_t took = warm_up(&s[0], c->ctx, b->quick);
    if (s[1].work)
        took += warm_up(&s[1], c->ctx, b->quick);
    if (cnt * took > CASE_NS)
        cnt = CASE_NS / took > QUICK_SAMPLE ? (size_t)(CASE_NS / took) : QUICK_SAMPLE;
    measure(&s[0], &s[1], c, cnt);
    report(b, c, &s[0], &s[1], cnt);
    b->case_cnt++;
    free(s);
}

static void print_machine(void)
{
    char cpu[128] = "unknown CPU";
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[256];
    while (f && fgets(line, sizeof(line), f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon) {
            (void)snprintf(cpu, sizeof(cpu), "%s", colon + 2);
            cpu[strcspn(cpu, "\n")] = '\0';
            break;
        }
    }
    if (f)
        (void)fclose(f);
    (void)printf("%s, %s build, %s\n", LIQD_COMPILER, LIQD_BUILD, cpu);
}

/* Stays on the core it is on, so that no sample pays for a move. */
static void pin(void)
{
    int cpu = sched_getcpu();
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu >= 0) {
        CPU_SET((size_t)cpu, &set);
        (void)sched_setaffinity(0, sizeof(set), &set);
    }
}

static int usage(void)
{
    (void)fprintf(stderr, "usage: liqd_bench [--json FILE] [--filter REGEX] [--quick]\n");
    return 2;
}

int main(int argc, char **argv)
{
    lq_bench_t b = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            b.quick = true;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc && !b.json) {
            b.json = fopen(argv[++i], "w");
            if (!b.json) {
                (void)fprintf(stderr, "liqd_bench: %s: %s\n", argv[i], strerror(errno));
                return 1;
            }
        } else if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc && !b.filtered) {
            if (regcomp(&b.filter, argv[++i], REG_EXTENDED | REG_NOSUB) != 0) {
                (void)fprintf(stderr, "liqd_bench: --filter: \"%s\" is no regular expression\n",
                              argv[i]);
                return 2;
            }
            b.filtered = true;
        } else {
            return usage();
        }
    }
    pin();
    print_machine();
    if (b.json)
        (void)fprintf(b.json, "[");
    for (size_t i = 0; i < sizeof(bench_list) / sizeof(bench_list[0]); i++)
        bench_list[i](&b);
    int rc = 0;
    if (b.json) {
        (void)fprintf(b.json, "\n]\n");
        if (fclose(b.json) != 0) {
            perror("liqd_bench: --json");
            rc = 1;
        }
    }
    if (b.filtered)
        regfree(&b.filter);
    if (!b.case_cnt) {
        (void)fprintf(stderr, "liqd_bench: no benchmark matches\n");
        rc = 1;
    }
    return rc;
}
