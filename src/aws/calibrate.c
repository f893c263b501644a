/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calibrate.c - arithmetic on stamps, and the order of the two looks.
 *
 * It must not retry: whoever sends the looks does.
 */
#include "aws/calibrate.h"

enum { SKEW_MS = 4 * 60 * 1000, DATE_STEP_MS = 1000 };

enum err calibrate_stamp(uint64_t not_after_ms, uint64_t now_ms, uint64_t *stamp_ms,
                         struct errctx *cx)
{
    const uint64_t back = CALIBRATE_LIFE_MS + CALIBRATE_MARGIN_MS;
    uint64_t stamp = not_after_ms > back ? not_after_ms - back : 0;

    if (stamp > now_ms)
        stamp = now_ms;
    /* A stamp counts whole seconds, and rounding it down closes the window sooner, never later. */
    if (stamp + CALIBRATE_LIFE_MS - CALIBRATE_OPEN_MS <= now_ms)
        return err_set(cx, ERR_EXPIRED, 0, "its window is closed; it was not sent");
    *stamp_ms = stamp;
    return ERR_OK;
}

int64_t calibrate_offset(uint64_t sent_ms, uint64_t received_ms, uint64_t date_ms)
{
    const int64_t middle = (int64_t)(sent_ms / 2 + received_ms / 2);

    return (int64_t)date_ms + DATE_STEP_MS / 2 - middle;
}

bool calibrate_is_skewed(int64_t offset_ms)
{
    return offset_ms > SKEW_MS || offset_ms < -SKEW_MS;
}

enum err calibrate_run(const struct calibrate_probe *probe, uint64_t now_ms, struct errctx *cx)
{
    const uint64_t late = CALIBRATE_LIFE_MS + CALIBRATE_OPEN_MS;
    const uint64_t in_time = CALIBRATE_LIFE_MS - CALIBRATE_OPEN_MS;
    enum err e = probe->send(probe->context, now_ms - in_time, cx);

    if (e == ERR_EXPIRED)
        return err_set(cx, ERR_UNSUPPORTED, 0, "the service refuses stamps of 14.5 minutes ago");
    if (e != ERR_OK)
        return e;
    e = probe->send(probe->context, now_ms - late, cx);
    if (e == ERR_EXPIRED) {
        err_clear(cx);
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    return err_set(cx, ERR_UNSUPPORTED, 0, "the service accepts stamps of 15.5 minutes ago");
}
