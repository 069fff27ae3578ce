#include "reload.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_SZ 512u

/* A configuration that was read, with its keys. */
typedef struct loaded {
    const lq_schema_doc_t *doc;
    const lq_config_t *config;
} loaded_t;

static const lq_schema_key_t *find(const lq_schema_doc_t *doc, const char *path)
{
    for (size_t i = 0; i < doc->schema->key_cnt; i++)
        if (strcmp(doc->schema->keys[i].path, path) == 0)
            return &doc->schema->keys[i];
    return NULL;
}

/* Bytes of KEY's value in the struct. */
static size_t size_of(const lq_schema_key_t *key)
{
    switch (key->type) {
    case LQ_SCHEMA_U64:
    case LQ_SCHEMA_SIZE:
    case LQ_SCHEMA_TIME:
        return sizeof(uint64_t);
    case LQ_SCHEMA_WEI:
        return sizeof(lq_wei_t);
    case LQ_SCHEMA_USD:
        return sizeof(lq_usd_t);
    case LQ_SCHEMA_ENUM:
    case LQ_SCHEMA_SET:
        return sizeof(unsigned);
    case LQ_SCHEMA_STRING:
    case LQ_SCHEMA_LIST:
    case LQ_SCHEMA_URL:
    case LQ_SCHEMA_PATH:
        return 0; /* text */
    }
    LQ_BUG("%s has no type", key->path);
}

static const char *text_at(const lq_schema_key_t *key, const lq_config_t *config)
{
    const char *text;
    memcpy(&text, (const char *)config + key->offset, sizeof(text));
    return text;
}

static bool is_same(const loaded_t *a, const lq_schema_key_t *x, const loaded_t *b,
                    const lq_schema_key_t *y)
{
    size_t sz = size_of(x);
    if (!sz)
        return strcmp(text_at(x, a->config), text_at(y, b->config)) == 0;
    return memcmp((const char *)a->config + x->offset, (const char *)b->config + y->offset, sz) ==
           0;
}

static void say(lq_log_t *log, const lq_schema_key_t *key, const lq_config_t *config, bool restart)
{
    char value[VALUE_SZ];
    lq_schema_print(value, sizeof(value), key, config);
    if (restart)
        LQ_LOG(log, LQ_LOG_WARN, "app", "reload: a key counts with the next start alone",
               LQ_LOG_CSTR("key", key->path), LQ_LOG_CSTR("value", value));
    else
        LQ_LOG(log, LQ_LOG_INFO, "app", "reload: a key counts from now on",
               LQ_LOG_CSTR("key", key->path), LQ_LOG_CSTR("value", value));
}

static bool is_of_log(const char *path)
{
    return strncmp(path, "log.", 4) == 0;
}

/* Takes over into CONFIG, which OLD was, what may change. */
static void take_over(lq_reload_t *out, lq_config_t *config, const loaded_t *old,
                      const loaded_t *new)
{
    for (size_t i = 0; i < old->doc->schema->key_cnt; i++) {
        const lq_schema_key_t *key = &old->doc->schema->keys[i];
        const lq_schema_key_t *other = key->reloadable ? find(new->doc, key->path) : NULL;
        if (!other || is_same(old, key, new, other))
            continue;
        memcpy((char *)config + key->offset, (const char *)new->config + other->offset,
               size_of(key));
        out->changed_cnt++;
        out->decides |= !is_of_log(key->path);
    }
}

/* Says what is another, and counts what has to wait. */
static void say_all(lq_reload_t *out, lq_log_t *log, const loaded_t *old, const loaded_t *new)
{
    for (size_t i = 0; i < new->doc->schema->key_cnt; i++) {
        const lq_schema_key_t *key = &new->doc->schema->keys[i];
        const lq_schema_key_t *former = find(old->doc, key->path);
        if (former && is_same(old, former, new, key))
            continue;
        out->restart_cnt += !key->reloadable;
        say(log, key, new->config, !key->reloadable);
    }
    for (size_t i = 0; i < old->doc->schema->key_cnt; i++) {
        const lq_schema_key_t *key = &old->doc->schema->keys[i];
        if (find(new->doc, key->path))
            continue;
        out->restart_cnt++;
        LQ_LOG(log, LQ_LOG_WARN, "app", "reload: a key that is gone counts until the next start",
               LQ_LOG_CSTR("key", key->path));
    }
}

static void say_problems(lq_log_t *log, const lq_schema_doc_t *doc)
{
    for (size_t i = 0; i < doc->problem_cnt; i++) {
        const lq_schema_problem_t *p = &doc->problems[i];
        LQ_LOG(log, LQ_LOG_ERROR, "app", "reload: the file has a problem, nothing is changed",
               LQ_LOG_CSTR("file", p->place.file), LQ_LOG_U64("line", p->place.line),
               LQ_LOG_CSTR("key", p->key), LQ_LOG_CSTR("why", p->text));
    }
}

/* What may change goes together in a file that is good: it contradicts nothing that stays. */
static void apply(lq_reload_t *out, lq_config_t *config, const loaded_t *old, const loaded_t *new,
                  lq_state_t *state, lq_log_t *log)
{
    take_over(out, config, old, new);
    lq_log_config_t settings = lq_config_log(config);
    if (lq_state_retune(state) || lq_log_configure(log, &settings))
        LQ_BUG("the table of keys lets pass what the engine or the log refuses");
}

lq_err_t lq_reload(lq_reload_t *out, lq_config_t *config, const lq_schema_doc_t *doc,
                   const char *path, lq_state_t *state, lq_log_t *log)
{
    lq_schema_doc_t read;
    lq_reload_t made = {0};
    lq_config_t *new = calloc(2, sizeof(*new));
    if (!new)
        return LQ_ERR_NOMEM;
    lq_config_t *old = &new[1];
    *old = *config;
    lq_err_t err = lq_schema_load(&read, new, &lq_config_schema, &lq_config_io, path);
    if (err == LQ_ERR_CONFIG)
        say_problems(log, &read);
    loaded_t before = {doc, old};
    loaded_t now = {&read, new};
    if (!err) {
        apply(&made, config, &before, &now, state, log);
        say_all(&made, log, &before, &now);
        *out = made;
    }
    lq_schema_free(&read);
    free(new);
    return err;
}
