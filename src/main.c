/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - the program: hands the arguments and the streams over, and exits with what comes back.
 *
 * Everything that could be tested is elsewhere; nothing may be decided here.
 */
#include "cli.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    return cli_main(argc, argv, stdout, stderr);
}
