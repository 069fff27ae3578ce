#include "liqd/net/pair.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT_MAX 2048u

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Whether fds[1] is the other end of fds[0], and nobody else's who was quicker. */
static bool is_ours(const lq_pair_t *pair)
{
    struct sockaddr_in own = {0};
    struct sockaddr_in peer = {0};
    socklen_t own_sz = sizeof(own);
    socklen_t peer_sz = sizeof(peer);
    return !getsockname(pair->fds[0], (struct sockaddr *)&own, &own_sz) &&
           !getpeername(pair->fds[1], (struct sockaddr *)&peer, &peer_sz) &&
           own.sin_port == peer.sin_port && own.sin_addr.s_addr == peer.sin_addr.s_addr;
}

static bool connect_to(lq_pair_t *pair, int listener)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t sz = sizeof(at);
    int on = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (const struct sockaddr *)&at, sizeof(at)) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&at, &sz) ||
        connect(pair->fds[0], (const struct sockaddr *)&at, sizeof(at)))
        return false;
    pair->fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    return pair->fds[1] >= 0 && is_ours(pair) &&
           !setsockopt(pair->fds[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static bool open_tcp(lq_pair_t *pair)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pair->fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool done = listener >= 0 && pair->fds[0] >= 0 && connect_to(pair, listener);
    close_fd(&listener);
    return done;
}

lq_err_t lq_pair_open(lq_pair_t *pair, bool tcp)
{
    *pair = (lq_pair_t){{-1, -1}};
    if (tcp ? open_tcp(pair) : !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair->fds))
        return LQ_OK;
    lq_pair_close(pair);
    return LQ_ERR_IO;
}

void lq_pair_close(lq_pair_t *pair)
{
    close_fd(&pair->fds[0]);
    close_fd(&pair->fds[1]);
}

void lq_pair_rehearse(const lq_pair_t *pair, size_t sz)
{
    char text[TEXT_MAX];
    memset(text, ' ', sizeof(text));
    if (pair->fds[0] < 0 || send(pair->fds[0], text, sz, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return;
    (void)!recv(pair->fds[1], text, sizeof(text), MSG_DONTWAIT);
}
