#include "liqd/app/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/base/log.h"

#define AT(field) .offset = offsetof(lq_config_t, field)

static const lq_schema_section_t sections[] = {
    {"chain", "The chain that this process works on. One process serves one chain; the files in "
              "chain/ hold these values for well-known ones."},
    {"log", "What is logged, how and where."},
};

/* clang-format off */
static const lq_schema_key_t keys[] = {
    {.path = "chain.id", .type = LQ_SCHEMA_U64,
     .min = 1, .max = 0x7fffffffffffffdb, /* EIP-2294 */
     AT(chain_id),
     .help = "EIP-155 chain id. A node that reports another one is refused."},
    {.path = "chain.name", .type = LQ_SCHEMA_STRING, .min = 1, .max = 32, .fallback = "unnamed",
     AT(chain_name),
     .help = "What messages and reports call the chain."},

    {.path = "log.level", .type = LQ_SCHEMA_ENUM,
     .choices = lq_log_level_names, .choice_cnt = LQ_LOG_LEVEL_CNT,
     .fallback = "info", .reloadable = true,
     AT(log_level),
     .help = "The least severe level that is logged."},
    {.path = "log.format", .type = LQ_SCHEMA_ENUM,
     .choices = lq_log_format_names, .choice_cnt = LQ_LOG_FORMAT_CNT,
     .fallback = "logfmt",
     AT(log_format),
     .help = "logfmt (key=value) for people, json (one object a line) for machines."},
    {.path = "log.file", .type = LQ_SCHEMA_PATH, .min = 0, .max = 4000, .fallback = "",
     AT(log_file),
     .help = "File that lines are appended to. Empty: standard error."},
    {.path = "log.rate", .type = LQ_SCHEMA_U64, .unit = "lines per second",
     .min = 0, .max = LQ_LOG_RATE_MAX, .fallback = "10", .reloadable = true,
     AT(log_rate),
     .help = "How many lines one place in the program may log per second, in the long run. What is "
             "held back is counted, and the place's next line says how many. 0 lifts the limit."},
    {.path = "log.burst", .type = LQ_SCHEMA_U64, .unit = "lines",
     .min = 1, .max = LQ_LOG_BURST_MAX, .fallback = "50", .reloadable = true,
     AT(log_burst),
     .help = "How many lines one place may log at once before log.rate holds it back."},
    {.path = "log.line_max", .type = LQ_SCHEMA_SIZE,
     .min = LQ_LOG_LINE_MIN, .max = LQ_LOG_LINE_MAX, .fallback = "4 KiB",
     AT(log_line_max_sz),
     .help = "The longest line. Fields that no longer fit are left out, and the line says so."},
    {.path = "log.value_max", .type = LQ_SCHEMA_SIZE,
     .min = LQ_LOG_VALUE_MIN, .max = LQ_LOG_LINE_MAX / 2, .fallback = "512 B",
     AT(log_value_max_sz),
     .help = "The longest value in a line: what strangers wrote, such as the name of a token or "
             "the reason of a revert, is cut there."},
};
/* clang-format on */

static void check_sizes(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (config->log_value_max_sz > config->log_line_max_sz / 2) {
        bool value = lq_schema_is_set(doc, "log.value_max");
        lq_schema_problem(doc, value ? "log.value_max" : "log.line_max",
                          "contradicts %s: a value may take half of its line at most",
                          value ? "log.line_max" : "log.value_max");
    }
}

static void check_burst(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (config->log_rate == 0 && lq_schema_is_set(doc, "log.burst"))
        lq_schema_problem(doc, "log.burst",
                          "has no meaning while log.rate is 0: remove one of them");
}

static const lq_schema_rule_t rules[] = {
    {{"log.line_max", "log.value_max"}, check_sizes},
    {{"log.rate", "log.burst"}, check_burst},
};

const lq_schema_t lq_config_schema = {
    .keys = keys,
    .key_cnt = LQ_ARRAY_CNT(keys),
    .sections = sections,
    .section_cnt = LQ_ARRAY_CNT(sections),
    .rules = rules,
    .rule_cnt = LQ_ARRAY_CNT(rules),
    .values_sz = sizeof(lq_config_t),
    .include = "chain/ethereum.yaml",
};

lq_log_config_t lq_config_log(const lq_config_t *config)
{
    /* the table's ranges fit */
    return (lq_log_config_t){
        .level = (lq_log_level_t)config->log_level,
        .format = (lq_log_format_t)config->log_format,
        .rate_per_sec = (uint32_t)config->log_rate,
        .burst_cnt = (uint32_t)config->log_burst,
        .line_max = (uint32_t)config->log_line_max_sz,
        .value_max = (uint32_t)config->log_value_max_sz,
    };
}

/* Fills TEXT with the SZ bytes of the open file; false with errno set, 0 where the file is shorter
   than its size said. */
static bool read_all(int fd, char *text, size_t sz)
{
    while (sz) {
        ssize_t n = read(fd, text, sz);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (n == 0)
                errno = 0;
            return false;
        }
        text += n;
        sz -= (size_t)n;
    }
    return true;
}

static lq_err_t read_open_file(lq_schema_file_t *out, lq_err_msg_t *msg, lq_arena_t *arena, int fd,
                               size_t max)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return lq_err_msg_set(msg, LQ_ERR_IO, "is not a regular file");
    if ((uint64_t)st.st_size > max)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "is longer than %zu bytes", max);
    size_t sz = (size_t)st.st_size;
    char *text = lq_arena_alloc(arena, sz, 1);
    if (!text)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "does not fit into memory");
    if (!read_all(fd, text, sz))
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s",
                              errno ? strerror(errno) : "changed while it was read: try again");
    *out = (lq_schema_file_t){text, sz, st.st_mode & 07777, {st.st_dev, st.st_ino}};
    return LQ_OK;
}

static lq_err_t read_file(const void *ctx, lq_schema_file_t *out, lq_err_msg_t *msg,
                          lq_arena_t *arena, const char *path, size_t max)
{
    (void)ctx;
    /* not waiting for a writer, should the path be a pipe */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return lq_err_msg_set(msg, errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO, "%s",
                              strerror(errno));
    lq_err_t err = read_open_file(out, msg, arena, fd, max);
    (void)close(fd);
    return err;
}

static const char *read_env(const void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

const lq_schema_io_t lq_config_io = {.read = read_file, .env = read_env};

lq_err_t lq_config_find(const char **path, lq_err_msg_t *msg, const char *given)
{
    static const char *const places[] = {"liqd.yaml", LIQD_CONFIG_DIR "/liqd.yaml"};
    struct stat st;
    const char *by_env = getenv("LIQD_CONFIG");
    const char *found = given ? given : by_env && by_env[0] ? by_env : NULL;
    for (size_t i = 0; !found && i < LQ_ARRAY_CNT(places); i++)
        if (lstat(places[i], &st) == 0) /* a dangling link is named, not passed over */
            found = places[i];
    if (given && !given[0])
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "--config names no file");
    if (!found)
        return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                              "no configuration: neither --config nor $LIQD_CONFIG is given, and "
                              "there is no ./liqd.yaml and no " LIQD_CONFIG_DIR "/liqd.yaml");
    *path = found;
    return LQ_OK;
}
