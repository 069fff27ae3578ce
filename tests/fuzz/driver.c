/* Runs a fuzz target over each file of the folders given: its corpus as an ordinary test. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return -1;
    }
    (void)fseek(f, 0, SEEK_END);
    long end = ftell(f);
    (void)fseek(f, 0, SEEK_SET);
    size_t sz = end > 0 ? (size_t)end : 0;
    /* exactly as large as the input, so that a read past the end is seen */
    uint8_t *data = malloc(sz ? sz : 1);
    if (!data || fread(data, 1, sz, f) != sz) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        (void)fclose(f);
        free(data);
        return -1;
    }
    (void)fclose(f);
    (void)LLVMFuzzerTestOneInput(data, sz);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    size_t cnt = 0;
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        if (!dir) {
            perror(argv[i]);
            return 1;
        }
        for (struct dirent *e; (e = readdir(dir));) {
            if (e->d_name[0] == '.')
                continue;
            char path[4096];
            (void)snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
            if (run_file(path) != 0)
                return 1;
            cnt++;
        }
        (void)closedir(dir);
    }
    (void)printf("%zu inputs\n", cnt);
    return cnt ? 0 : 1; /* an empty corpus tests nothing */
}
