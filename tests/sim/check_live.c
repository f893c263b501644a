/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_live.c - liveness: once faults stop, everybody holds a volume in time or says why not.
 *
 * An exit must carry a documented code and words, and 0 must mean a mounted volume. At the end
 * nobody may stand idle beside a volume that it could have had during the whole of its last run.
 * The checker is quiet about exits while faults last: any of them may be the right answer then.
 */
#include "sim/check.h"

static bool is_documented(int code)
{
    switch (code) {
    case EXIT_DONE:
    case EXIT_UNSAFE:
    case EXIT_NOTHING:
    case EXIT_AGAIN:
    case EXIT_DENIED:
    case EXIT_CONFIG: return true;
    default: return false;
    }
}

void check_exit(struct checks *ck, const struct check_exit *e)
{
    if (!is_documented(e->code)) {
        check_fail(ck, CHECK_LIVE, e->machine, "a run ended with exit code %d: %s", e->code,
                   e->reason ? e->reason : "no reason given");
    } else if (e->code != EXIT_DONE && (!e->reason || e->reason[0] == '\0')) {
        check_fail(ck, CHECK_LIVE, e->machine, "a run ended with exit code %d and no reason",
                   e->code);
    } else if (e->code == EXIT_DONE && e->goal == GOAL_RUN && e->mounted == EC2_NONE) {
        check_fail(ck, CHECK_LIVE, e->machine, "a run ended well, and nothing is mounted");
    } else if (e->code == EXIT_DONE && e->goal == GOAL_RELEASE && e->mounted != EC2_NONE) {
        check_fail(ck, CHECK_LIVE, e->machine,
                   "a release ended well, and a volume is still mounted");
    }
}

void check_still_running(struct checks *ck, uint32_t machine, const char *state)
{
    check_fail(ck, CHECK_LIVE, machine, "the run has not ended in time; it stands in `%s`", state);
}

void check_idle(struct checks *ck, const struct check_idle *i)
{
    const struct check_reach reach = {.cfg = i->cfg, .zone = i->zone};
    const uint32_t count = ec2_volume_count(ck->cloud);

    if (i->cfg->strategy == STRATEGY_NUMBERED)
        return;
    for (uint32_t v = 0; v < count; v++) {
        if (ec2_truth_volume(ck->cloud, v, ck->now_ms).state != VOL_AVAILABLE ||
            !check_in_reach(ck, v, &reach) ||
            !check_stood_free(ck, v, i->since_ms, i->cfg->consensus_ms))
            continue;
        check_fail(ck, CHECK_LIVE, i->machine, "it ended without a volume, and %s stood free",
                   ec2_volume_id(ck->cloud, v).text);
        return;
    }
}
