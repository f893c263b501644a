/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - the whole protocol as one table: in this state, after this event, do that and stand
 * there.
 *
 * Read it from the top: choose, take, mount, create, trace, want, move, undo, tidy, release. An
 * empty cell means "cannot happen" and stops the run as a bug. No decision is hidden elsewhere: an
 * action never chooses a state, a choice is a question whose answer is an event.
 */
#include "claim/table.h"

#include "claim/act.h"

/* A read or a refused change is tried again in the same state; REST minds the run's deadline. */
#define REST_AGAIN(st, act)                                            \
    [EV_BUSY] = {ST_##st, ACT_REST}, [EV_WOKE] = {ST_##st, ACT_##act}, \
    [EV_LATE] = {ST_FAILED, ACT_FAIL_LATE}
/* The same while something of ours must be brought to an end first: no deadline. */
#define NAP_AGAIN(st, act) [EV_BUSY] = {ST_##st, ACT_NAP}, [EV_WOKE] = {ST_##st, ACT_##act}
/* What no retry mends: with nothing held; with a volume attached; in the middle of a move. */
#define ELSE_FAIL [EV_DENIED] = {ST_FAILED, ACT_FAIL_DENIED}, [EV_BROKEN] = {ST_FAILED, ACT_FAIL}
#define ELSE_PART [EV_DENIED] = {ST_PARTING, ACT_PART_DENIED}, [EV_BROKEN] = {ST_PARTING, ACT_PART}
#define ELSE_UNDO \
    [EV_DENIED] = {ST_UNDOING, ACT_UNDO_DENIED}, [EV_BROKEN] = {ST_UNDOING, ACT_UNDO_BROKEN}
/* Sent, and nobody knows: look before anything else. */
#define IN_DOUBT(st, act) [EV_UNKNOWN] = {ST_##st, ACT_##act}, [EV_EXPIRED] = {ST_##st, ACT_##act}
/* Nobody knows whether a mark was written: read it, else write the very same once more. */
#define REWRITE(doubt, st, act)                                           \
    [EV_OPEN] = {ST_##doubt, ACT_NAP}, [EV_BUSY] = {ST_##doubt, ACT_NAP}, \
    [EV_WOKE] = {ST_##st, ACT_##act}
/* Best effort: whatever became of it, go on; what is left is swept by a later run. */
#define ANYHOW(st, act)                                                       \
    [EV_OK] = {ST_##st, ACT_##act}, [EV_GONE] = {ST_##st, ACT_##act},         \
    [EV_UNKNOWN] = {ST_##st, ACT_##act}, [EV_EXPIRED] = {ST_##st, ACT_##act}, \
    [EV_DENIED] = {ST_##st, ACT_##act}, [EV_BROKEN] = {ST_##st, ACT_##act}
#define ANYHOW_OR_TAKEN(st, act) ANYHOW(st, act), [EV_TAKEN] = {ST_##st, ACT_##act}

/* clang-format off */
const struct fsm_cell claim_cells[ST_COUNT][EV_COUNT] = {
    /* Choose: who am I, what does the kernel show, what does the pool offer. */
    [ST_IDLE] = {
        [EV_START]         = {ST_IDENTIFYING,          ACT_IDENTIFY},
        [EV_START_RELEASE] = {ST_REL_IDENTIFYING,      ACT_IDENTIFY},
    },
    [ST_IDENTIFYING] = {
        [EV_OK]            = {ST_INSPECTING,           ACT_INSPECT},
        REST_AGAIN(IDENTIFYING, IDENTIFY), ELSE_FAIL,
    },
    [ST_INSPECTING] = {
        [EV_OK]            = {ST_LISTING,              ACT_LIST},
        REST_AGAIN(INSPECTING, INSPECT),
        [EV_BROKEN]        = {ST_FAILED,               ACT_FAIL},
    },
    [ST_LISTING] = {
        [EV_MORE]          = {ST_LISTING,              ACT_LIST_MORE},
        [EV_HELD]          = {ST_AWAITING_DEVICE,      ACT_KEEP},
        [EV_HELD_MOUNTED]  = {ST_VERIFYING,            ACT_VERIFY_HELD},
        [EV_HELD_COPY]     = {ST_TRACING,              ACT_TRACE_HELD},
        [EV_HELD_LEAVING]  = {ST_PAUSING,              ACT_REST},
        [EV_OCCUPIED]      = {ST_FAILED,               ACT_FAIL_OCCUPIED},
        [EV_FREE]          = {ST_ATTACHING,            ACT_ATTACH_BEST},
        [EV_AFAR]          = {ST_CONFIRMING,           ACT_CONFIRM_BEST},
        [EV_ORPHAN]        = {ST_TRACING,              ACT_TRACE_ORPHAN},
        [EV_HIDDEN]        = {ST_PAUSING,              ACT_REST},
        [EV_COMING]        = {ST_PAUSING,              ACT_REST},
        [EV_UNSURE]        = {ST_PAUSING,              ACT_REST},
        [EV_BUSY]          = {ST_PAUSING,              ACT_REST},
        [EV_SHORT]         = {ST_LOOKING_FOR_LEAVERS,  ACT_READ_LEAVING},
        [EV_DOUBT]         = {ST_DOUBTING,             ACT_DOUBT},
        [EV_CREATE]        = {ST_CREATING,             ACT_CREATE},
        [EV_NOTHING]       = {ST_TIDYING,              ACT_TIDY},
        [EV_LATE]          = {ST_TIDYING,              ACT_TIDY_LATE},
        ELSE_FAIL,
    },
    [ST_PAUSING] = {
        [EV_WOKE]          = {ST_LISTING,              ACT_LIST},
        [EV_LATE]          = {ST_TIDYING,              ACT_TIDY_LATE},
    },
    [ST_LOOKING_FOR_LEAVERS] = {
        [EV_OK]            = {ST_DOUBTING,             ACT_DOUBT},
        REST_AGAIN(LOOKING_FOR_LEAVERS, READ_LEAVING), ELSE_FAIL,
    },
    [ST_DOUBTING] = {
        [EV_WOKE]          = {ST_LISTING,              ACT_LIST},
        [EV_LATE]          = {ST_TIDYING,              ACT_TIDY_LATE},
    },

    /* Take: attach decides; then the verdict, however the volume came to be attached. */
    [ST_ATTACHING] = {
        [EV_OK]            = {ST_AWAITING_DEVICE,      ACT_AWAIT_DEVICE},
        [EV_TAKEN]         = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        [EV_GONE]          = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        [EV_WRONG_ZONE]    = {ST_LISTING,              ACT_LIST_AFTER_REFUSAL},
        [EV_NAME_TAKEN]    = {ST_ATTACHING,            ACT_ATTACH_RENAMED},
        [EV_LIMIT]         = {ST_FAILED,               ACT_FAIL_LIMIT},
        IN_DOUBT(ATTACH_DOUBT, READ_TARGET),
        REST_AGAIN(ATTACHING, ATTACH), ELSE_FAIL,
    },
    [ST_ATTACH_DOUBT] = {
        [EV_MINE]          = {ST_AWAITING_DEVICE,      ACT_AWAIT_DEVICE},
        [EV_OPEN]          = {ST_ATTACH_DOUBT,         ACT_NAP},
        [EV_LOST]          = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        NAP_AGAIN(ATTACH_DOUBT, READ_TARGET), ELSE_PART,
    },
    [ST_AWAITING_DEVICE] = {
        [EV_OK]            = {ST_JUDGING,              ACT_READ_TARGET_TAGS},
        [EV_OPEN]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        [EV_BUSY]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        [EV_BROKEN]        = {ST_PARTING,              ACT_PART},
    },
    [ST_DEVICE_DOUBT] = {
        [EV_OPEN]          = {ST_AWAITING_DEVICE,      ACT_AWAIT_DEVICE},
        [EV_STUCK]         = {ST_YIELDING,             ACT_YIELD_LONG},
        [EV_LOST]          = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        NAP_AGAIN(DEVICE_DOUBT, READ_STUCK), ELSE_PART,
    },
    [ST_JUDGING] = {
        [EV_MINE]          = {ST_PROBING,              ACT_PROBE},
        [EV_YIELD]         = {ST_YIELDING,             ACT_YIELD},
        [EV_PATIENCE]      = {ST_JUDGING,              ACT_REST},
        [EV_COPY]          = {ST_TRACING,              ACT_TRACE_TARGET},
        [EV_VOIDED]        = {ST_YIELDING,             ACT_YIELD_LONG},
        [EV_UNSURE]        = {ST_JUDGING,              ACT_REST},
        [EV_BUSY]          = {ST_JUDGING,              ACT_REST},
        [EV_WOKE]          = {ST_JUDGING,              ACT_READ_TARGET_TAGS},
        [EV_LATE]          = {ST_PARTING,              ACT_PART_LATE},
        ELSE_PART,
    },
    [ST_YIELDING] = {
        [EV_OK]            = {ST_LISTING,              ACT_LIST},
        [EV_GONE]          = {ST_LISTING,              ACT_LIST},
        [EV_TAKEN]         = {ST_LISTING,              ACT_LIST},
        IN_DOUBT(YIELD_DOUBT, WAIT_WINDOW),
        NAP_AGAIN(YIELDING, DETACH), ELSE_FAIL,
    },
    [ST_YIELD_DOUBT] = {
        [EV_WOKE]          = {ST_LISTING,              ACT_LIST},
    },

    /* Mount: only the proven blank is formatted, only the expected is mounted. */
    [ST_PROBING] = {
        [EV_BLANK]         = {ST_FORMATTING,           ACT_MKFS},
        [EV_BARE]          = {ST_BLESSING,             ACT_BLESS},
        [EV_SETTLE]        = {ST_COUNT_SETTLING,       ACT_SETTLE_COUNT},
        [EV_KNOWN]         = {ST_CHECKING,             ACT_FSCK},
        [EV_KNOWN_BLESSED] = {ST_UNBLESSING,           ACT_UNBLESS},
        [EV_NEW]           = {ST_RECORDING,            ACT_RECORD},
        [EV_UNSAFE]        = {ST_QUARANTINING,         ACT_QUARANTINE},
        [EV_GONE]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        NAP_AGAIN(PROBING, PROBE),
        [EV_BROKEN]        = {ST_PARTING,              ACT_PART},
    },
    [ST_BLESSING] = {
        [EV_OK]            = {ST_FORMATTING,           ACT_MKFS},
        [EV_GONE]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        [EV_LIMIT]         = {ST_PARTING,              ACT_PART},
        IN_DOUBT(BLESS_DOUBT, READ_MARK),
        NAP_AGAIN(BLESSING, BLESS), ELSE_PART,
    },
    [ST_BLESS_DOUBT] = {
        [EV_SHOWN]         = {ST_FORMATTING,           ACT_MKFS},
        REWRITE(BLESS_DOUBT, BLESSING, BLESS), ELSE_PART,
    },
    [ST_FORMATTING] = {
        [EV_OK]            = {ST_RECORDING_MADE,       ACT_RECORD},
        [EV_UNSAFE]        = {ST_QUARANTINING,         ACT_QUARANTINE},
        [EV_GONE]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        [EV_BUSY]          = {ST_FORMATTING,           ACT_NAP},
        [EV_WOKE]          = {ST_PROBING,              ACT_PROBE},
        [EV_BROKEN]        = {ST_PARTING,              ACT_PART},
    },
    [ST_RECORDING_MADE] = {
        [EV_OK]            = {ST_UNBLESSING,           ACT_UNBLESS},
        [EV_GONE]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        [EV_LIMIT]         = {ST_PARTING,              ACT_PART},
        IN_DOUBT(RECORD_MADE_DOUBT, READ_MARK),
        NAP_AGAIN(RECORDING_MADE, RECORD), ELSE_PART,
    },
    [ST_RECORD_MADE_DOUBT] = {
        [EV_SHOWN]         = {ST_UNBLESSING,           ACT_UNBLESS},
        REWRITE(RECORD_MADE_DOUBT, RECORDING_MADE, RECORD), ELSE_PART,
    },
    [ST_UNBLESSING] = {
        /* A record left beside a recorded filesystem permits nothing, so one try is enough. */
        [EV_OK]            = {ST_CHECKING,             ACT_FSCK},
        [EV_GONE]          = {ST_CHECKING,             ACT_FSCK},
        IN_DOUBT(CHECKING, FSCK),
        NAP_AGAIN(UNBLESSING, UNBLESS), ELSE_PART,
    },
    [ST_RECORDING] = {
        [EV_OK]            = {ST_CHECKING,             ACT_FSCK},
        [EV_GONE]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        [EV_LIMIT]         = {ST_PARTING,              ACT_PART},
        IN_DOUBT(RECORD_DOUBT, READ_MARK),
        NAP_AGAIN(RECORDING, RECORD), ELSE_PART,
    },
    [ST_RECORD_DOUBT] = {
        [EV_SHOWN]         = {ST_CHECKING,             ACT_FSCK},
        REWRITE(RECORD_DOUBT, RECORDING, RECORD), ELSE_PART,
    },
    [ST_CHECKING] = {
        [EV_OK]            = {ST_GROWING,              ACT_GROW},
        [EV_GONE]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        NAP_AGAIN(CHECKING, FSCK),
        [EV_BROKEN]        = {ST_PARTING,              ACT_PART_UNSAFE},
    },
    [ST_GROWING] = {
        [EV_OK]            = {ST_MOUNTING,             ACT_MOUNT},
        [EV_BROKEN]        = {ST_MOUNTING,             ACT_MOUNT}, /* smaller, but whole */
        [EV_GONE]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        NAP_AGAIN(GROWING, GROW),
    },
    [ST_MOUNTING] = {
        [EV_OK]            = {ST_EXTENDING,            ACT_EXTEND},
        [EV_GONE]          = {ST_DEVICE_DOUBT,         ACT_READ_STUCK},
        NAP_AGAIN(MOUNTING, MOUNT),
        [EV_BROKEN]        = {ST_PARTING,              ACT_PART},
    },
    [ST_EXTENDING] = {
        [EV_OK]            = {ST_VERIFYING,            ACT_VERIFY},
        [EV_BROKEN]        = {ST_VERIFYING,            ACT_VERIFY},
        [EV_GONE]          = {ST_VERIFYING,            ACT_VERIFY},
        NAP_AGAIN(EXTENDING, EXTEND),
    },
    [ST_VERIFYING] = {
        [EV_OK]            = {ST_ANNOUNCING,           ACT_ANNOUNCE},
        NAP_AGAIN(VERIFYING, VERIFY),
        [EV_BROKEN]        = {ST_FAILED,               ACT_FAIL_UNSAFE},
    },
    [ST_ANNOUNCING] = {
        [EV_OK]            = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(ANNOUNCING, ANNOUNCE),
    },
    [ST_QUARANTINING] = {
        [EV_LIMIT]         = {ST_PARTING,              ACT_PART_SAME},
        [EV_OK]            = {ST_PARTING,              ACT_PART_SAME},
        [EV_GONE]          = {ST_PARTING,              ACT_PART_SAME},
        IN_DOUBT(PARTING, PART_SAME),
        [EV_DENIED]        = {ST_PARTING,              ACT_PART_SAME},
        [EV_BROKEN]        = {ST_PARTING,              ACT_PART_SAME},
        NAP_AGAIN(QUARANTINING, QUARANTINE),
    },
    [ST_PARTING] = {
        [EV_OK]            = {ST_FAILED,               ACT_FINISH},
        [EV_GONE]          = {ST_FAILED,               ACT_FINISH},
        [EV_TAKEN]         = {ST_FAILED,               ACT_FINISH},
        [EV_DENIED]        = {ST_FAILED,               ACT_FINISH},
        [EV_BROKEN]        = {ST_FAILED,               ACT_FINISH},
        IN_DOUBT(PART_DOUBT, WAIT_WINDOW), /* The next run must not meet a late detach. */
        NAP_AGAIN(PARTING, DETACH),
    },
    [ST_PART_DOUBT] = {
        [EV_WOKE]          = {ST_FAILED,               ACT_FINISH},
    },

    /* Create: under a token that a repeat finds again; what exceeds the limit is not formatted. */
    [ST_CREATING] = {
        [EV_OK]            = {ST_CREATE_WAIT,          ACT_READ_TARGET_BORN},
        [EV_SPENT]         = {ST_PAUSING,              ACT_NEXT_TOKEN},
        [EV_LIMIT]         = {ST_FAILED,               ACT_FAIL_LIMIT},
        [EV_BUSY]          = {ST_PAUSING,              ACT_REST},
        IN_DOUBT(CREATING, REST), /* The same token finds the same volume. */
        [EV_WOKE]          = {ST_CREATING,             ACT_CREATE},
        [EV_LATE]          = {ST_FAILED,               ACT_FAIL_LATE},
        ELSE_FAIL,
    },
    [ST_CREATE_WAIT] = {
        [EV_MINE]          = {ST_ATTACHING,            ACT_ATTACH},
        [EV_HELD]          = {ST_AWAITING_DEVICE,      ACT_AWAIT_DEVICE},
        [EV_OPEN]          = {ST_CREATE_WAIT,          ACT_REST},
        [EV_SPENT]         = {ST_PAUSING,              ACT_NEXT_TOKEN},
        REST_AGAIN(CREATE_WAIT, READ_TARGET_BORN), ELSE_FAIL,
    },
    [ST_COUNT_SETTLING] = {
        [EV_WOKE]          = {ST_COUNTING,             ACT_TALLY},
    },
    [ST_COUNTING] = {
        [EV_MORE]          = {ST_COUNTING,             ACT_TALLY_MORE},
        [EV_KEEP]          = {ST_FORMATTING,           ACT_MKFS},
        [EV_SURPLUS]       = {ST_SURPLUS_VOIDING,      ACT_VOID_SURPLUS},
        [EV_UNSURE]        = {ST_COUNTING,             ACT_REST},
        [EV_BUSY]          = {ST_COUNTING,             ACT_REST},
        [EV_WOKE]          = {ST_COUNTING,             ACT_TALLY},
        [EV_LATE]          = {ST_PARTING,              ACT_PART_LATE},
        ELSE_PART,
    },
    [ST_SURPLUS_VOIDING] = {
        [EV_OK]            = {ST_SURPLUS_SETTLING,     ACT_WAIT_LAG},
        [EV_GONE]          = {ST_YIELDING,             ACT_YIELD},
        [EV_LIMIT]         = {ST_YIELDING,             ACT_YIELD},
        IN_DOUBT(SURPLUS_VOID_DOUBT, READ_MARK),
        NAP_AGAIN(SURPLUS_VOIDING, VOID_SURPLUS), ELSE_PART,
    },
    [ST_SURPLUS_VOID_DOUBT] = {
        [EV_SHOWN]         = {ST_SURPLUS_SETTLING,     ACT_WAIT_LAG},
        REWRITE(SURPLUS_VOID_DOUBT, SURPLUS_VOIDING, VOID_SURPLUS), ELSE_PART,
    },
    [ST_SURPLUS_SETTLING] = {
        [EV_WOKE]          = {ST_SURPLUS_PROVING,      ACT_PROVE},
    },
    [ST_SURPLUS_PROVING] = {
        [EV_BLANK]         = {ST_SURPLUS_DETACHING,    ACT_DETACH},
        [EV_FULL]          = {ST_YIELDING,             ACT_YIELD_LONG},
        [EV_GONE]          = {ST_YIELDING,             ACT_YIELD_LONG},
        [EV_BROKEN]        = {ST_YIELDING,             ACT_YIELD_LONG},
        NAP_AGAIN(SURPLUS_PROVING, PROVE),
    },
    [ST_SURPLUS_DETACHING] = {
        [EV_OK]            = {ST_SURPLUS_FREEING,      ACT_READ_TARGET_FREED},
        [EV_GONE]          = {ST_SURPLUS_FREEING,      ACT_READ_TARGET_FREED},
        [EV_TAKEN]         = {ST_SURPLUS_FREEING,      ACT_READ_TARGET_FREED},
        IN_DOUBT(SURPLUS_FREEING, READ_TARGET_FREED),
        NAP_AGAIN(SURPLUS_DETACHING, DETACH), ELSE_FAIL,
    },
    [ST_SURPLUS_FREEING] = {
        [EV_FREED]         = {ST_SURPLUS_DELETING,     ACT_DELETE_SURPLUS},
        [EV_OPEN]          = {ST_SURPLUS_FREEING,      ACT_NAP},
        [EV_STILL]         = {ST_SURPLUS_DETACHING,    ACT_DETACH},
        [EV_LOST]          = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        [EV_GONE]          = {ST_PAUSING,              ACT_NEXT_TOKEN},
        NAP_AGAIN(SURPLUS_FREEING, READ_TARGET_FREED), ELSE_FAIL,
    },
    [ST_SURPLUS_DELETING] = {
        ANYHOW_OR_TAKEN(PAUSING, NEXT_TOKEN), NAP_AGAIN(SURPLUS_DELETING, DELETE_SURPLUS),
    },

    /* Trace: is this copy, whose source may be gone, the head of its lineage? */
    [ST_TRACING] = {
        [EV_SOURCE]        = {ST_TRACING_SOURCE,       ACT_READ_TRACED_SOURCE},
        [EV_READY]         = {ST_PAUSING,              ACT_REST},
        [EV_VOIDED]        = {ST_LISTING,              ACT_LIST_AFTER_REFUSAL},
        [EV_LEFTOVER]      = {ST_YIELDING,             ACT_YIELD_LONG},
        [EV_UNSURE]        = {ST_TRACING,              ACT_REST},
        [EV_BUSY]          = {ST_TRACING,              ACT_REST},
        [EV_WOKE]          = {ST_TRACING,              ACT_TRACE_TARGET},
        [EV_LATE]          = {ST_PARTING,              ACT_PART_LATE},
        ELSE_PART,
    },
    [ST_TRACING_SOURCE] = {
        [EV_GONE]          = {ST_TRACE_SETTLING,       ACT_WAIT_LAG},
        [EV_STANDS]        = {ST_LISTING,              ACT_LIST_AFTER_REFUSAL},
        [EV_LEFTOVER]      = {ST_YIELDING,             ACT_YIELD_LONG},
        NAP_AGAIN(TRACING_SOURCE, READ_TRACED_SOURCE), ELSE_PART,
    },
    [ST_TRACE_SETTLING] = {
        [EV_WOKE]          = {ST_TRACING_AGAIN,        ACT_READ_TRACED_SOURCE},
    },
    [ST_TRACING_AGAIN] = {
        [EV_GONE]          = {ST_TRACING_LINEAGE,      ACT_LIST_LINEAGE},
        [EV_STANDS]        = {ST_LISTING,              ACT_LIST_AFTER_REFUSAL},
        [EV_LEFTOVER]      = {ST_YIELDING,             ACT_YIELD_LONG},
        NAP_AGAIN(TRACING_AGAIN, READ_TRACED_SOURCE), ELSE_PART,
    },
    [ST_TRACING_LINEAGE] = {
        [EV_MORE]          = {ST_TRACING_LINEAGE,      ACT_LIST_LINEAGE_MORE},
        [EV_HEAD]          = {ST_TRACE_CROWNING,       ACT_CROWN_TARGET},
        [EV_BEATEN]        = {ST_LISTING,              ACT_LIST_AFTER_REFUSAL},
        [EV_LEFTOVER]      = {ST_YIELDING,             ACT_YIELD_LONG},
        [EV_UNSURE]        = {ST_TRACING_LINEAGE,      ACT_NAP},
        NAP_AGAIN(TRACING_LINEAGE, LIST_LINEAGE), ELSE_PART,
    },
    [ST_TRACE_CROWNING] = {
        [EV_OK]            = {ST_PAUSING,              ACT_REST},
        [EV_GONE]          = {ST_PAUSING,              ACT_REST},
        [EV_LIMIT]         = {ST_PARTING,              ACT_PART},
        IN_DOUBT(PAUSING, REST), /* The next listing tells. */
        NAP_AGAIN(TRACE_CROWNING, CROWN_TARGET), ELSE_PART,
    },

    /* Want: one flag per claimant; of two, whoever writes later sees the other. */
    [ST_CONFIRMING] = {
        [EV_FREE]          = {ST_WANTING,              ACT_WANT},
        [EV_TAKEN]         = {ST_LISTING,              ACT_LIST_AFTER_REFUSAL},
        [EV_UNSURE]        = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        REST_AGAIN(CONFIRMING, CONFIRM), ELSE_FAIL,
    },
    [ST_WANTING] = {
        [EV_OK]            = {ST_SETTLING,             ACT_SETTLE},
        [EV_GONE]          = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        [EV_LIMIT]         = {ST_LISTING,              ACT_LIST_AFTER_REFUSAL},
        IN_DOUBT(WANT_DOUBT, READ_FLAG),
        [EV_BUSY]          = {ST_PAUSING,              ACT_REST},
        ELSE_FAIL,
    },
    [ST_WANT_DOUBT] = {
        [EV_SHOWN]         = {ST_SETTLING,             ACT_SETTLE},
        [EV_OPEN]          = {ST_WANT_DOUBT,           ACT_NAP},
        [EV_LOST]          = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        [EV_LAPSED]        = {ST_LISTING,              ACT_LIST_AFTER_LOSS},
        NAP_AGAIN(WANT_DOUBT, READ_FLAG), ELSE_FAIL,
    },
    [ST_SETTLING] = {
        [EV_WOKE]          = {ST_WEIGHING,             ACT_WEIGH},
    },
    [ST_WEIGHING] = {
        [EV_ALONE]         = {ST_WEIGHING_STATE,       ACT_WEIGH_STATE},
        [EV_WITHDRAW]      = {ST_UNDOING,              ACT_UNDO},
        [EV_LAPSED]        = {ST_UNDOING,              ACT_UNDO},
        [EV_PATIENCE]      = {ST_WEIGHING,             ACT_NAP},
        [EV_UNSURE]        = {ST_WEIGHING,             ACT_NAP},
        NAP_AGAIN(WEIGHING, WEIGH), ELSE_UNDO,
    },
    [ST_WEIGHING_STATE] = {
        [EV_FREE]          = {ST_OWNING,               ACT_OWN},
        [EV_TAKEN]         = {ST_UNDOING,              ACT_UNDO},
        [EV_GONE]          = {ST_UNDOING,              ACT_UNDO},
        [EV_LAPSED]        = {ST_UNDOING,              ACT_UNDO},
        NAP_AGAIN(WEIGHING_STATE, WEIGH_STATE), ELSE_UNDO,
    },
    [ST_OWNING] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_GONE]          = {ST_UNDOING,              ACT_UNDO},
        [EV_LIMIT]         = {ST_UNDOING,              ACT_UNDO},
        IN_DOUBT(OWN_DOUBT, READ_FLAG),
        [EV_BUSY]          = {ST_OWNING,               ACT_NAP},
        [EV_WOKE]          = {ST_WEIGHING,             ACT_WEIGH}, /* Time passed: weigh anew. */
        ELSE_UNDO,
    },
    [ST_OWN_DOUBT] = {
        [EV_SHOWN]         = {ST_MOVING,               ACT_ASK},
        [EV_OPEN]          = {ST_OWN_DOUBT,            ACT_NAP},
        [EV_LOST]          = {ST_UNDOING,              ACT_UNDO},
        [EV_LAPSED]        = {ST_UNDOING,              ACT_UNDO},
        NAP_AGAIN(OWN_DOUBT, READ_FLAG), ELSE_UNDO,
    },

    /* Move: the hub asks the facts what is next; each task comes back to it. */
    [ST_MOVING] = {
        [EV_LAPSED]         = {ST_UNDOING,             ACT_UNDO},
        [EV_OVER]           = {ST_UNDOING,             ACT_UNDO},
        [EV_DOUBT]          = {ST_COMMIT_DOUBT,        ACT_WAIT_COMMIT},
        [EV_RENEW]          = {ST_RENEWING,            ACT_RENEW},
        [EV_VERIFY_FLAG]    = {ST_RENEW_DOUBT,         ACT_READ_FLAG},
        [EV_RIVALS]         = {ST_LISTING_RIVALS,      ACT_LIST_RIVALS},
        [EV_VOID]           = {ST_VOIDING,             ACT_VOID_RIVAL},
        [EV_READBACK]       = {ST_READING_VOID,        ACT_READ_RIVAL},
        [EV_SNAPSHOTS]      = {ST_LISTING_SNAPSHOTS,   ACT_LIST_SNAPSHOTS},
        [EV_DROP]           = {ST_DROPPING_SNAPSHOT,   ACT_DROP_FOUND},
        [EV_SNAPSHOT]       = {ST_SNAPSHOTTING,        ACT_SNAPSHOT},
        [EV_AWAIT_SNAPSHOT] = {ST_AWAITING_SNAPSHOT,   ACT_READ_SNAPSHOT},
        [EV_MAKE_COPY]      = {ST_READING_SOURCE,      ACT_READ_SOURCE_FACTS},
        [EV_AWAIT_COPY]     = {ST_AWAITING_COPY,       ACT_READ_COPY_BORN},
        [EV_ATTACH]         = {ST_COPY_ATTACHING,      ACT_ATTACH_COPY},
        [EV_RECHECK]        = {ST_COPY_ATTACH_DOUBT,   ACT_READ_COPY_ATTACHED},
        [EV_DEVICE]         = {ST_COPY_DEVICE,         ACT_AWAIT_COPY_DEVICE},
        [EV_PROBE]          = {ST_COPY_PROBING,        ACT_PROBE_COPY},
        [EV_PAUSE]          = {ST_MOVE_PAUSING,        ACT_MOVE_PAUSE},
        [EV_COMMIT]         = {ST_COMMITTING,          ACT_COMMIT},
    },
    [ST_MOVE_PAUSING] = {
        [EV_WOKE]          = {ST_MOVING,               ACT_ASK},
    },
    [ST_RENEWING] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_GONE]          = {ST_MOVING,               ACT_ASK},
        [EV_LIMIT]         = {ST_MOVE_PAUSING,         ACT_NAP},
        IN_DOUBT(RENEW_DOUBT, READ_FLAG),
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_DENIED]        = {ST_MOVING,               ACT_ASK_DENIED}, /* A commit may land. */
        [EV_BROKEN]        = {ST_MOVING,               ACT_ASK_BROKEN},
    },
    [ST_RENEW_DOUBT] = {
        [EV_SHOWN]         = {ST_MOVING,               ACT_ASK},
        [EV_LOST]          = {ST_MOVING,               ACT_ASK},
        [EV_LAPSED]        = {ST_MOVING,               ACT_ASK},
        [EV_OPEN]          = {ST_RENEW_DOUBT,          ACT_NAP},
        NAP_AGAIN(RENEW_DOUBT, READ_FLAG),
        [EV_DENIED]        = {ST_MOVING,               ACT_ASK_DENIED},
        [EV_BROKEN]        = {ST_MOVING,               ACT_ASK_BROKEN},
    },
    [ST_LISTING_RIVALS] = {
        [EV_MORE]          = {ST_LISTING_RIVALS,       ACT_LIST_RIVALS_MORE},
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_BEATEN]        = {ST_UNDOING,              ACT_UNDO},
        [EV_UNSURE]        = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        ELSE_UNDO,
    },
    [ST_VOIDING] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_GONE]          = {ST_MOVING,               ACT_ASK},
        IN_DOUBT(MOVING, ASK), /* Only the void read back counts. */
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_LIMIT]         = {ST_UNDOING,              ACT_UNDO},
        ELSE_UNDO,
    },
    [ST_READING_VOID] = {
        [EV_SHOWN]         = {ST_MOVING,               ACT_ASK},
        [EV_OPEN]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_UNSURE]        = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        ELSE_UNDO,
    },
    [ST_LISTING_SNAPSHOTS] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        ELSE_UNDO,
    },
    [ST_DROPPING_SNAPSHOT] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_GONE]          = {ST_MOVE_PAUSING,         ACT_NAP}, /* The list was behind. */
        [EV_TAKEN]         = {ST_MOVING,               ACT_ASK},
        IN_DOUBT(MOVE_PAUSING, NAP),
        [EV_DENIED]        = {ST_MOVING,               ACT_ASK},
        [EV_BROKEN]        = {ST_MOVING,               ACT_ASK},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
    },
    [ST_SNAPSHOTTING] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        IN_DOUBT(MOVING, ASK), /* The hub waits, then looks for it by its tags. */
        [EV_LIMIT]         = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_GONE]          = {ST_UNDOING,              ACT_UNDO_BEATEN},
        [EV_TAKEN]         = {ST_UNDOING,              ACT_UNDO},
        ELSE_UNDO,
    },
    [ST_AWAITING_SNAPSHOT] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_OPEN]          = {ST_MOVE_PAUSING,         ACT_SNAPSHOT_PAUSE},
        [EV_SPOILED]       = {ST_MOVING,               ACT_ASK},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        ELSE_UNDO,
    },
    [ST_READING_SOURCE] = {
        [EV_OK]            = {ST_COPYING,              ACT_MAKE_COPY},
        [EV_GONE]          = {ST_UNDOING,              ACT_UNDO_BEATEN},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        ELSE_UNDO,
    },
    [ST_COPYING] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_SPENT]         = {ST_MOVING,               ACT_ASK},
        IN_DOUBT(MOVE_PAUSING, NAP), /* The same token finds the same copy. */
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_LIMIT]         = {ST_UNDOING,              ACT_UNDO},
        [EV_GONE]          = {ST_UNDOING,              ACT_UNDO},
        ELSE_UNDO,
    },
    [ST_AWAITING_COPY] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_OPEN]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_SPOILED]       = {ST_MOVING,               ACT_ASK},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        ELSE_UNDO,
    },
    [ST_COPY_ATTACHING] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_TAKEN]         = {ST_COPY_ATTACH_DOUBT,    ACT_READ_COPY_ATTACHED},
        IN_DOUBT(COPY_ATTACH_DOUBT, READ_COPY_ATTACHED),
        [EV_NAME_TAKEN]    = {ST_COPY_ATTACHING,       ACT_ATTACH_COPY_RENAMED},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_GONE]          = {ST_MOVE_PAUSING,         ACT_NAP}, /* Not visible yet. */
        [EV_WRONG_ZONE]    = {ST_UNDOING,              ACT_UNDO},
        [EV_LIMIT]         = {ST_UNDOING,              ACT_UNDO},
        ELSE_UNDO,
    },
    [ST_COPY_ATTACH_DOUBT] = {
        [EV_MINE]          = {ST_MOVING,               ACT_ASK},
        [EV_OPEN]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_LOST]          = {ST_MOVING,               ACT_ASK},
        [EV_GONE]          = {ST_MOVING,               ACT_ASK},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        ELSE_UNDO,
    },
    [ST_COPY_DEVICE] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_OPEN]          = {ST_MOVING,               ACT_ASK},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_BROKEN]        = {ST_UNDOING,              ACT_UNDO_BROKEN},
    },
    [ST_COPY_PROBING] = {
        [EV_OK]            = {ST_MOVING,               ACT_ASK},
        [EV_SPOILED]       = {ST_UNDOING,              ACT_UNDO_FOR_GOOD},
        [EV_UNSAFE]        = {ST_SOURCE_QUARANTINING,  ACT_QUARANTINE_SOURCE},
        [EV_GONE]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_BROKEN]        = {ST_UNDOING,              ACT_UNDO},
    },
    [ST_SOURCE_QUARANTINING] = {
        /* Best effort: others would copy it and meet the same. */
        [EV_OK]            = {ST_UNDOING,              ACT_ASK_UNDO},
        [EV_GONE]          = {ST_UNDOING,              ACT_ASK_UNDO},
        [EV_LIMIT]         = {ST_UNDOING,              ACT_ASK_UNDO},
        IN_DOUBT(UNDOING, ASK_UNDO),
        [EV_DENIED]        = {ST_UNDOING,              ACT_ASK_UNDO},
        [EV_BROKEN]        = {ST_UNDOING,              ACT_ASK_UNDO},
        NAP_AGAIN(SOURCE_QUARANTINING, QUARANTINE_SOURCE),
    },
    [ST_COMMITTING] = {
        [EV_OK]            = {ST_CROWNING,             ACT_CROWN_COPY},
        [EV_TAKEN]         = {ST_MOVE_PAUSING,         ACT_NAP}, /* A local has yet to yield. */
        [EV_BUSY]          = {ST_MOVE_PAUSING,         ACT_NAP},
        [EV_GONE]          = {ST_MOVING,               ACT_ASK},
        [EV_ODD]           = {ST_MOVING,               ACT_ASK},
        IN_DOUBT(MOVING, ASK), /* The hub renews, waits it out, and looks. */
        [EV_DENIED]        = {ST_MOVING,               ACT_ASK_DENIED},
        [EV_BROKEN]        = {ST_MOVING,               ACT_ASK_BROKEN},
    },
    [ST_COMMIT_DOUBT] = {
        [EV_WOKE]          = {ST_COMMIT_SOURCE,        ACT_READ_SOURCE},
    },
    [ST_COMMIT_SOURCE] = {
        [EV_STANDS]        = {ST_MOVING,               ACT_ASK},
        [EV_LEFTOVER]      = {ST_MOVING,               ACT_ASK},
        [EV_GONE]          = {ST_COMMIT_SETTLING,      ACT_WAIT_LAG},
        NAP_AGAIN(COMMIT_SOURCE, READ_SOURCE), ELSE_FAIL,
    },
    [ST_COMMIT_SETTLING] = {
        [EV_WOKE]          = {ST_COMMIT_SOURCE_AGAIN,  ACT_READ_SOURCE},
    },
    [ST_COMMIT_SOURCE_AGAIN] = {
        [EV_STANDS]        = {ST_MOVING,               ACT_ASK},
        [EV_LEFTOVER]      = {ST_MOVING,               ACT_ASK},
        [EV_GONE]          = {ST_COMMIT_TAGS,          ACT_READ_MY_COPY},
        NAP_AGAIN(COMMIT_SOURCE_AGAIN, READ_SOURCE), ELSE_FAIL,
    },
    [ST_COMMIT_TAGS] = {
        [EV_CLEAR]         = {ST_COMMIT_LINEAGE,       ACT_LIST_MOVE_LINEAGE},
        [EV_VOIDED]        = {ST_UNDOING,              ACT_UNDO_BEATEN},
        [EV_UNSURE]        = {ST_COMMIT_TAGS,          ACT_REST},
        REST_AGAIN(COMMIT_TAGS, READ_MY_COPY), ELSE_FAIL, /* A later run adopts the copy. */
    },
    [ST_COMMIT_LINEAGE] = {
        [EV_MORE]          = {ST_COMMIT_LINEAGE,       ACT_LIST_MOVE_LINEAGE_MORE},
        [EV_HEAD]          = {ST_CROWNING,             ACT_CROWN_COPY},
        [EV_BEATEN]        = {ST_UNDOING,              ACT_UNDO_BEATEN},
        [EV_LEFTOVER]      = {ST_UNDOING,              ACT_UNDO_BEATEN},
        [EV_UNSURE]        = {ST_COMMIT_LINEAGE,       ACT_REST},
        REST_AGAIN(COMMIT_LINEAGE, LIST_MOVE_LINEAGE), ELSE_FAIL,
    },
    [ST_CROWNING] = {
        [EV_OK]            = {ST_JUDGING,              ACT_READ_TARGET_TAGS},
        [EV_GONE]          = {ST_CROWN_DOUBT,          ACT_NAP},
        [EV_LIMIT]         = {ST_FAILED,               ACT_FAIL},
        IN_DOUBT(CROWN_DOUBT, READ_MARK),
        NAP_AGAIN(CROWNING, CROWN_COPY), ELSE_FAIL,
    },
    [ST_CROWN_DOUBT] = {
        [EV_SHOWN]         = {ST_JUDGING,              ACT_READ_TARGET_TAGS},
        REWRITE(CROWN_DOUBT, CROWNING, CROWN_COPY), ELSE_FAIL,
    },

    /* Undo: copy, snapshot, flag, in this order: the flag tells others that work was left. */
    [ST_UNDOING] = {
        [EV_DETACH]        = {ST_UNDO_DETACHING,       ACT_DETACH_COPY},
        [EV_OPEN]          = {ST_UNDO_FREEING,         ACT_READ_COPY_FREED},
        [EV_DELETE]        = {ST_UNDO_DELETING,        ACT_DELETE_COPY},
        [EV_DROP]          = {ST_UNDO_DROPPING,        ACT_DROP_SNAPSHOT},
        [EV_UNFLAG]        = {ST_UNDO_UNFLAGGING,      ACT_UNFLAG_CLAIM},
        [EV_PARTED]        = {ST_BACKING_OFF,          ACT_BACK_OFF},
        [EV_OVER]          = {ST_FAILED,               ACT_FINISH},
    },
    [ST_UNDO_DETACHING] = {
        ANYHOW_OR_TAKEN(UNDOING, ASK_UNDO), NAP_AGAIN(UNDO_DETACHING, DETACH_COPY),
    },
    [ST_UNDO_FREEING] = {
        [EV_FREED]         = {ST_UNDOING,              ACT_ASK_UNDO},
        [EV_OPEN]          = {ST_UNDO_FREEING,         ACT_NAP},
        [EV_STILL]         = {ST_UNDOING,              ACT_ASK_UNDO},
        [EV_LOST]          = {ST_UNDOING,              ACT_ASK_UNDO},
        [EV_GONE]          = {ST_UNDOING,              ACT_ASK_UNDO},
        NAP_AGAIN(UNDO_FREEING, READ_COPY_FREED),
        [EV_DENIED]        = {ST_UNDOING,              ACT_ASK_UNDO},
        [EV_BROKEN]        = {ST_UNDOING,              ACT_ASK_UNDO},
    },
    [ST_UNDO_DELETING] = {
        ANYHOW_OR_TAKEN(UNDOING, ASK_UNDO), NAP_AGAIN(UNDO_DELETING, DELETE_COPY),
    },
    [ST_UNDO_DROPPING] = {
        ANYHOW_OR_TAKEN(UNDOING, ASK_UNDO), NAP_AGAIN(UNDO_DROPPING, DROP_SNAPSHOT),
    },
    [ST_UNDO_UNFLAGGING] = {
        ANYHOW(UNDOING, ASK_UNDO), NAP_AGAIN(UNDO_UNFLAGGING, UNFLAG_CLAIM),
    },
    [ST_BACKING_OFF] = {
        [EV_WOKE]          = {ST_LISTING,              ACT_LIST},
        [EV_LATE]          = {ST_TIDYING,              ACT_TIDY_LATE},
    },

    /* Tidy: mounted, or empty-handed; give back what is too much, sweep what others left. */
    [ST_TIDYING] = {
        [EV_CLEAN]         = {ST_DONE,                 ACT_FINISH},
        [EV_OVER]          = {ST_FAILED,               ACT_FINISH},
        [EV_EXTRA]         = {ST_GIVING_BACK,          ACT_GIVE_BACK},
        [EV_UNFLAG]        = {ST_UNFLAGGING,           ACT_UNFLAG_TARGET},
        [EV_DROP]          = {ST_DROPPING_OWN,         ACT_DROP_SNAPSHOT},
        [EV_SWEEP]         = {ST_SWEEPING,             ACT_SWEEP},
        [EV_RELIST]        = {ST_SWEEP_LISTING,        ACT_LIST_GARBAGE},
        [EV_BUSY]          = {ST_DONE,                 ACT_FINISH},
        [EV_BROKEN]        = {ST_DONE,                 ACT_FINISH},
    },
    [ST_GIVING_BACK] = {
        ANYHOW_OR_TAKEN(TIDYING, TIDY), NAP_AGAIN(GIVING_BACK, GIVE_BACK),
    },
    [ST_UNFLAGGING] = {
        ANYHOW(TIDYING, TIDY), NAP_AGAIN(UNFLAGGING, UNFLAG_TARGET),
    },
    [ST_DROPPING_OWN] = {
        ANYHOW_OR_TAKEN(TIDYING, TIDY), NAP_AGAIN(DROPPING_OWN, DROP_SNAPSHOT),
    },
    [ST_SWEEP_LISTING] = {
        [EV_MORE]          = {ST_SWEEP_LISTING,        ACT_LIST_GARBAGE_MORE},
        [EV_SWEEP]         = {ST_SWEEPING,             ACT_SWEEP},
        [EV_CLEAN]         = {ST_TIDYING,              ACT_TIDY},
        [EV_UNSURE]        = {ST_TIDYING,              ACT_TIDY},
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEP_LISTING, LIST_GARBAGE),
    },
    [ST_SWEEPING] = {
        [EV_SOURCE]        = {ST_SWEEP_CLAIMS,         ACT_READ_SWEPT_CLAIMS},
        [EV_DELETE]        = {ST_SWEEP_DELETING,       ACT_DELETE_SWEPT},
        [EV_SNAPSHOTS]     = {ST_SWEEP_SNAPSHOTS,      ACT_LIST_SWEPT_SNAPSHOTS},
        [EV_CLEAN]         = {ST_TIDYING,              ACT_TIDY},
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEPING, SWEEP),
    },
    [ST_SWEEP_CLAIMS] = {
        [EV_CLEAR]         = {ST_SWEEP_SOURCE,         ACT_READ_SWEPT_SOURCE},
        [EV_PATIENCE]      = {ST_TIDYING,              ACT_TIDY},
        [EV_UNSURE]        = {ST_TIDYING,              ACT_TIDY},
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEP_CLAIMS, READ_SWEPT_CLAIMS),
    },
    [ST_SWEEP_SOURCE] = {
        [EV_STANDS]        = {ST_SWEEP_VOIDING,        ACT_VOID_SWEPT},
        [EV_LEFTOVER]      = {ST_SWEEP_VOIDING,        ACT_VOID_SWEPT},
        [EV_GONE]          = {ST_TIDYING,              ACT_TIDY},
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEP_SOURCE, READ_SWEPT_SOURCE),
    },
    [ST_SWEEP_VOIDING] = {
        [EV_OK]            = {ST_SWEEP_DELETING,       ACT_DELETE_SWEPT},
        [EV_GONE]          = {ST_TIDYING,              ACT_TIDY},
        [EV_LIMIT]         = {ST_TIDYING,              ACT_TIDY},
        IN_DOUBT(TIDYING, TIDY),
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEP_VOIDING, VOID_SWEPT),
    },
    [ST_SWEEP_DELETING] = {
        ANYHOW_OR_TAKEN(TIDYING, TIDY), NAP_AGAIN(SWEEP_DELETING, DELETE_SWEPT),
    },
    [ST_SWEEP_SNAPSHOTS] = {
        [EV_DROP]          = {ST_SWEEP_CHECKING,       ACT_CHECK_SWEPT},
        [EV_UNFLAG]        = {ST_SWEEP_UNFLAGGING,     ACT_UNFLAG_SWEPT},
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEP_SNAPSHOTS, LIST_SWEPT_SNAPSHOTS),
    },
    [ST_SWEEP_CHECKING] = {
        [EV_CLEAR]         = {ST_SWEEP_STANDING,       ACT_READ_SWEPT},
        [EV_PATIENCE]      = {ST_TIDYING,              ACT_TIDY},
        [EV_UNSURE]        = {ST_TIDYING,              ACT_TIDY},
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEP_CHECKING, CHECK_SWEPT),
    },
    [ST_SWEEP_STANDING] = {
        /* A volume that is gone was moved: what is left of it is the snapshot to keep. */
        [EV_STANDS]        = {ST_SWEEP_DROPPING,       ACT_DROP_SWEPT},
        [EV_LEFTOVER]      = {ST_SWEEP_DROPPING,       ACT_DROP_SWEPT},
        [EV_GONE]          = {ST_TIDYING,              ACT_TIDY},
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEP_STANDING, READ_SWEPT),
    },
    [ST_SWEEP_DROPPING] = {
        [EV_OK]            = {ST_SWEEP_SETTLING,       ACT_WAIT_LAG},
        [EV_GONE]          = {ST_SWEEP_SETTLING,       ACT_WAIT_LAG},
        [EV_TAKEN]         = {ST_TIDYING,              ACT_TIDY},
        IN_DOUBT(TIDYING, TIDY),
        [EV_DENIED]        = {ST_TIDYING,              ACT_TIDY},
        [EV_BROKEN]        = {ST_TIDYING,              ACT_TIDY},
        NAP_AGAIN(SWEEP_DROPPING, DROP_SWEPT),
    },
    [ST_SWEEP_SETTLING] = {
        /* A list would show it for a while; the next one is to show what else there is. */
        [EV_WOKE]          = {ST_SWEEP_SNAPSHOTS,      ACT_LIST_SWEPT_SNAPSHOTS},
    },
    [ST_SWEEP_UNFLAGGING] = {
        ANYHOW(TIDYING, TIDY), NAP_AGAIN(SWEEP_UNFLAGGING, UNFLAG_SWEPT),
    },

    /* Release: unmount, keep a snapshot if asked to, detach, see it gone. */
    [ST_REL_IDENTIFYING] = {
        [EV_OK]            = {ST_REL_INSPECTING,       ACT_REL_INSPECT},
        REST_AGAIN(REL_IDENTIFYING, IDENTIFY), ELSE_FAIL,
    },
    [ST_REL_INSPECTING] = {
        [EV_HELD_MOUNTED]  = {ST_REL_CHECKING,         ACT_REL_CHECK},
        [EV_OCCUPIED]      = {ST_FAILED,               ACT_FAIL_OCCUPIED},
        [EV_OPEN]          = {ST_REL_LISTING,          ACT_REL_LIST},
        REST_AGAIN(REL_INSPECTING, REL_INSPECT),
        [EV_BROKEN]        = {ST_FAILED,               ACT_FAIL},
    },
    [ST_REL_CHECKING] = {
        [EV_OK]            = {ST_REL_UNMOUNTING,       ACT_UNMOUNT},
        [EV_UNSURE]        = {ST_REL_CHECKING,         ACT_REST},
        [EV_OCCUPIED]      = {ST_FAILED,               ACT_FAIL_OCCUPIED},
        REST_AGAIN(REL_CHECKING, REL_CHECK), ELSE_FAIL,
    },
    [ST_REL_LISTING] = {
        [EV_OCCUPIED]      = {ST_FAILED,               ACT_FAIL_OCCUPIED},
        [EV_MORE]          = {ST_REL_LISTING,          ACT_REL_LIST_MORE},
        [EV_HELD]          = {ST_REL_DETACHING,        ACT_DETACH_HELD},
        [EV_NOTHING]       = {ST_DONE,                 ACT_FINISH},
        [EV_UNSURE]        = {ST_REL_LISTING,          ACT_REST},
        REST_AGAIN(REL_LISTING, REL_LIST), ELSE_FAIL,
    },
    [ST_REL_UNMOUNTING] = {
        [EV_OK]            = {ST_REL_DETACHING,        ACT_DETACH},
        [EV_SNAPSHOT]      = {ST_REL_SNAPSHOTTING,     ACT_REL_SNAPSHOT},
        REST_AGAIN(REL_UNMOUNTING, UNMOUNT),
        [EV_BROKEN]        = {ST_FAILED,               ACT_FAIL},
    },
    [ST_REL_SNAPSHOTTING] = {
        /* Best effort: a shutdown does not wait for a backup that cannot be had. */
        [EV_OK]            = {ST_REL_DETACHING,        ACT_DETACH},
        [EV_GONE]          = {ST_REL_DETACHING,        ACT_DETACH},
        [EV_TAKEN]         = {ST_REL_DETACHING,        ACT_DETACH},
        [EV_LIMIT]         = {ST_REL_DETACHING,        ACT_DETACH},
        IN_DOUBT(REL_DETACHING, DETACH),
        [EV_DENIED]        = {ST_REL_DETACHING,        ACT_DETACH},
        [EV_BROKEN]        = {ST_REL_DETACHING,        ACT_DETACH},
        [EV_BUSY]          = {ST_REL_SNAPSHOTTING,     ACT_REST},
        [EV_WOKE]          = {ST_REL_SNAPSHOTTING,     ACT_REL_SNAPSHOT},
        [EV_LATE]          = {ST_REL_DETACHING,        ACT_DETACH},
    },
    [ST_REL_DETACHING] = {
        [EV_OK]            = {ST_REL_WAITING,          ACT_READ_TARGET_RELEASED},
        [EV_GONE]          = {ST_REL_WAITING,          ACT_READ_TARGET_RELEASED},
        [EV_TAKEN]         = {ST_REL_WAITING,          ACT_READ_TARGET_RELEASED},
        IN_DOUBT(REL_WAITING, READ_TARGET_RELEASED),
        REST_AGAIN(REL_DETACHING, DETACH), ELSE_FAIL,
    },
    [ST_REL_WAITING] = {
        [EV_FREED]         = {ST_DONE,                 ACT_FINISH},
        [EV_OPEN]          = {ST_REL_WAITING,          ACT_REST},
        [EV_STILL]         = {ST_REL_DETACHING,        ACT_DETACH},
        REST_AGAIN(REL_WAITING, READ_TARGET_RELEASED), ELSE_FAIL,
    },
};
/* clang-format on */
