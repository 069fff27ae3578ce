#include "liqd/record/parts.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX    ".liqdlog"
#define SUFFIX_SZ (sizeof(SUFFIX) - 1)
#define PART_SZ   6u                              /* digits */
#define TIME_SZ   (sizeof("20261122T034501") - 1) /* the seconds, before their fraction */

lq_err_t lq_parts_path(char out[LQ_PARTS_PATH_SZ], const char *folder, uint64_t chain_id,
                       uint64_t wall_ns, uint32_t part)
{
    char path[LQ_PARTS_PATH_SZ];
    char began[TIME_SZ + 1];
    struct tm tm;
    time_t sec = (time_t)(wall_ns / 1000000000u);
    if (part >= LQ_PARTS_MAX)
        return LQ_ERR_RANGE;
    (void)gmtime_r(&sec, &tm);
    (void)strftime(began, sizeof(began), "%Y%m%dT%H%M%S", &tm);
    int sz = snprintf(path, sizeof(path), "%s/%" PRIu64 "-%s.%06" PRIu64 "Z-%0*" PRIu32 SUFFIX,
                      folder, chain_id, began, wall_ns % 1000000000u / 1000, (int)PART_SZ, part);
    if (sz < 0 || (size_t)sz >= sizeof(path))
        return LQ_ERR_TOO_LONG;
    memcpy(out, path, (size_t)sz + 1);
    return LQ_OK;
}

/* ---- names */

/* The size of NAME's beginning that all parts of its recording have. */
static size_t recording_sz(const char *name)
{
    return strlen(name) - SUFFIX_SZ - PART_SZ;
}

static bool is_same_recording(const char *a, const char *b)
{
    size_t sz = recording_sz(a);
    return sz == recording_sz(b) && memcmp(a, b, sz) == 0;
}

/* Whether NAME is as lq_parts_path makes it, of the chain whose digits and dash are the CHAIN_SZ
   bytes at CHAIN. Whatever else is in the folder is not ours to delete. */
static bool is_part(const char *name, const char *chain, size_t chain_sz)
{
    static const char shape[] = "00000000T000000.000000Z-000000" SUFFIX;
    if (strncmp(name, chain, chain_sz) != 0 || strlen(name + chain_sz) != sizeof(shape) - 1)
        return false;
    for (size_t i = 0; i < sizeof(shape) - 1; i++) {
        char c = name[chain_sz + i];
        if (shape[i] == '0' ? c < '0' || c > '9' : c != shape[i])
            return false;
    }
    return true;
}

/* ---- the folder */

typedef struct list {
    char **names; /* ours, sorted */
    size_t cnt;
} list_t;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add(list_t *list, size_t *max, const char *name)
{
    if (list->cnt == *max) {
        size_t more = *max ? 2 * *max : 64;
        char **names = realloc(list->names, more * sizeof(*names));
        if (!names)
            return false;
        list->names = names;
        *max = more;
    }
    list->names[list->cnt] = strdup(name);
    return list->names[list->cnt] && ++list->cnt;
}

static void drop(list_t *list)
{
    for (size_t i = 0; i < list->cnt; i++)
        free(list->names[i]);
    free(list->names);
}

/* Those in DIR of the chain of NAME. */
static bool list_parts(list_t *list, DIR *dir, const char *name)
{
    size_t max = 0;
    size_t chain_sz = strcspn(name, "-") + 1;
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
        if (is_part(e->d_name, name, chain_sz) && !add(list, &max, e->d_name))
            return false;
    if (list->cnt)
        qsort(list->names, list->cnt, sizeof(*list->names), by_name);
    return true;
}

/* Deletes what of LIST is to go from the folder DIR; NAME is of the recording at hand. */
static size_t delete_oldest(const list_t *list, int dir, const char *name, uint64_t keep_cnt)
{
    size_t left = list->cnt;
    for (size_t i = 0; i < list->cnt;) {
        size_t end = i + 1;
        while (end < list->cnt && is_same_recording(list->names[i], list->names[end]))
            end++;
        if (list->cnt - end < keep_cnt || is_same_recording(list->names[i], name))
            break;
        for (size_t k = end; k-- > i && unlinkat(dir, list->names[k], 0) == 0;)
            left--;
        i = end;
    }
    return left;
}

size_t lq_parts_prune(const char *path, uint64_t keep_cnt)
{
    char folder[LQ_PARTS_PATH_SZ];
    list_t list = {NULL, 0};
    const char *name = strrchr(path, '/') + 1;
    size_t left = 0;
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(name - path), path);
    DIR *dir = opendir(folder);
    if (!dir)
        return 0;
    if (list_parts(&list, dir, name))
        left = delete_oldest(&list, dirfd(dir), name, keep_cnt);
    drop(&list);
    (void)closedir(dir);
    return left;
}
