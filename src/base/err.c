#include "liqd/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *lq_err_str(lq_err_t err)
{
    switch (err) {
    case LQ_OK:
        return "success";
#define CASE(name, code, string) \
    case LQ_ERR_##name:          \
        return string;
        LQ_ERR_TABLE(CASE)
#undef CASE
    }
    return "unknown error";
}

const char *lq_err_name(lq_err_t err)
{
    switch (err) {
    case LQ_OK:
        return "OK";
#define CASE(name, code, string) \
    case LQ_ERR_##name:          \
        return #name;
        LQ_ERR_TABLE(CASE)
#undef CASE
    }
    return "UNKNOWN";
}

lq_err_t lq_err_msg_set(lq_err_msg_t *msg, lq_err_t err, const char *fmt, ...)
{
    if (!msg)
        return err;
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(msg->text, sizeof(msg->text), fmt, ap);
    va_end(ap);
    if (len >= (int)sizeof(msg->text)) {
        size_t cut = sizeof(msg->text) - 4;
        for (int i = 0; i < 3 && (msg->text[cut] & 0xc0) == 0x80; i++)
            cut--; /* no half of a UTF-8 character */
        memcpy(msg->text + cut, "...", 4);
    }
    return err;
}

void lq_bug(const char *file, int line, const char *fmt, ...)
{
    char text[LQ_ERR_MSG_SZ];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "liqd: bug at %s:%d: %s\n", file, line, text);
#ifdef NDEBUG
    _exit(70); /* EX_SOFTWARE; no atexit handlers, whose state may be what is broken */
#else
    abort();
#endif
}
