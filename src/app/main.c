#include <fcntl.h>
#include <stdlib.h>

#include "liqd/app/cli.h"

int main(int argc, char **argv)
{
    /* Where a standard descriptor is closed, the next file or socket would take its number, and
       what is printed would end up in it. */
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd < 0)
        return EXIT_FAILURE;
    return lq_cli_main(&lq_cli_liqd, argc, argv);
}
