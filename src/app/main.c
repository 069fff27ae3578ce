#include "liqd/app/cli.h"

int main(int argc, char **argv)
{
    return lq_cli_main(&lq_cli_liqd, argc, argv);
}
