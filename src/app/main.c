#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "liqd/app/cli.h"

int main(int argc, char **argv)
{
    /* Where a standard descriptor is closed, the next file or socket would take its number, and
       what is printed would end up in it. What is written to a closed standard output is lost, and
       must fail. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
            return EXIT_FAILURE;
    return lq_cli_main(&lq_cli_liqd, argc, argv);
}
