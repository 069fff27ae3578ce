#ifndef WIRE_LINK_H
#define WIRE_LINK_H

/* One connection of JSON texts, by hand and without liqd's own net, which is what is measured:
   a Unix socket with a text a line, or a WebSocket. Whatever fails ends the program. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct wire_buf {
    char *at;
    size_t sz;
    size_t max;
} wire_buf_t;

typedef struct wire_link {
    int fd;
    bool ws;
    bool masks; /* a WebSocket's client */
    wire_buf_t in;
    size_t taken; /* of in: what wire_next gave */
    wire_buf_t out;
} wire_link_t;

/* Places are "ipc:PATH" and "ws:PORT"; a port 0 is chosen. wire_listen prints the place, then
   wire_accept waits for a client. */
int wire_listen(const char *place);
void wire_accept(wire_link_t *link, int listener, bool ws);
void wire_connect(wire_link_t *link, const char *place);
bool wire_is_ws(const char *place);

/* wire_read takes what has come without waiting: true where anything has. *ENDED: the peer has
   gone. wire_next sets *TEXT, good until the next read, to the next whole text. */
bool wire_read(wire_link_t *link, bool *ended);
bool wire_next(wire_link_t *link, const char **text, size_t *sz);

/* wire_pack adds a text to what wire_flush writes. */
void wire_pack(wire_link_t *link, const char *text, size_t sz);
void wire_flush(wire_link_t *link);
void wire_close(wire_link_t *link);

void wire_add(wire_buf_t *buf, const void *bytes, size_t sz);
void wire_need(bool ok, const char *what);
uint64_t wire_now_ns(void);

#endif
