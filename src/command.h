/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - performs what the command line asked for.
 *
 * Here configuration, provider, host, clock, log and claim are put together. It must hold no
 * decision of the protocol, and print nothing that the log should say.
 */
#pragma once

#include "cli.h"

/* Returns the exit code. out gets what was asked for, err what went wrong and the log. */
int command_run(const struct cli *cli, FILE *out, FILE *err);
