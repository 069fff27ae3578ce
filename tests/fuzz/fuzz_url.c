#include "fuzz.h"

#include <string.h>

#include "liqd/base/text.h"
#include "liqd/net/url.h"

/* The laws: what is shown holds neither path nor user of a URL; the text is parsed again to the
   same, without its user; every part is of bytes that may be sent; a refusal quotes nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    lq_url_t url;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_url_parse(&url, &msg, (const char *)data, sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX || err == LQ_ERR_TOO_LONG);
        LQ_ASSERT(msg.text[0] && lq_text_is_plain(msg.text, strlen(msg.text)));
        return 0;
    }
    LQ_ASSERT(lq_text_is_plain(url.shown, strlen(url.shown)));
    LQ_ASSERT(!strpbrk(url.target, " \r\n#") && url.target[0] == '/');
    if (url.scheme == LQ_URL_IPC) {
        LQ_ASSERT(lq_url_is_local(&url) && strcmp(url.text, url.shown) == 0);
        return 0;
    }
    LQ_ASSERT(url.port && url.host[0] && !strpbrk(url.host, "/@?"));
    LQ_ASSERT(!url.user[0] || strchr(url.user, ':'));
    const char *path = strchr(strstr(url.shown, "://") + 3, '/');
    LQ_ASSERT(path ? strcmp(path, "/...") == 0 : strcmp(url.target, "/") == 0);
    lq_url_t again;
    LQ_ASSERT(lq_url_parse(&again, NULL, url.text, strlen(url.text)) == LQ_OK);
    LQ_ASSERT(again.scheme == url.scheme && again.port == url.port && !again.user[0]);
    LQ_ASSERT(strcmp(again.text, url.text) == 0 && strcmp(again.shown, url.shown) == 0);
    LQ_ASSERT(strcmp(again.host, url.host) == 0 && strcmp(again.target, url.target) == 0);
    return 0;
}
