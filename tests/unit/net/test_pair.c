#include "liqd/net/pair.h"

#include <sys/socket.h>
#include <unistd.h>

#include "lq_test.h"

static void what_is_sent_is_taken(void **state)
{
    (void)state;
    for (size_t tcp = 0; tcp < 2; tcp++) {
        lq_pair_t pair;
        char byte;
        assert_ok(lq_pair_open(&pair, tcp));
        for (size_t i = 0; i < 5000; i++) /* more than a socket holds */
            lq_pair_rehearse(&pair, 2048);
        usleep(1000); /* what is left over of TCP's */
        while (recv(pair.fds[1], &byte, 1, MSG_DONTWAIT) > 0)
            ;
        assert_int_equal(send(pair.fds[0], "x", 1, MSG_NOSIGNAL), 1);
        assert_int_equal(recv(pair.fds[1], &byte, 1, 0), 1);
        assert_int_equal(byte, 'x');
        lq_pair_close(&pair);
        lq_pair_close(&pair);
        lq_pair_rehearse(&pair, 2048);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
