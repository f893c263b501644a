/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port.h - the three seams between volclaim and the world: clock, cloud, host.
 *
 * A port is a table of functions. The driver turns one effect of the core into one call here and
 * the outcome into one answer; nothing else in the program touches the world. `struct cloud_port`
 * is the provider interface: whoever wants volclaim on another cloud implements it, and the
 * contract is this file. A port must not decide anything the protocol decides: it performs what it
 * is asked, reports what it saw, and says "unknown" when it does not know.
 *
 * Layout and age. Every table begins with its own size and a version, so that a provider built
 * apart from the program can be told from one that lacks newer members. An implementation embeds
 * the table as its first member and finds itself again by a cast. All members are required unless
 * they are marked optional, which means that they may be NULL.
 *
 * Time. Every *_ms is milliseconds of the cloud's clock since the epoch, as clock_port tells it.
 *
 * Memory. What is passed in belongs to the caller and lives for the call alone: copy what is kept.
 * What is handed out through a pointer belongs to the port and stays valid and unchanged until the
 * next call on the same port. Ports are used by one thread, one call at a time.
 *
 * Errors. Calls return enum err; on anything but ERR_OK the outputs are untouched and call->cx says
 * in one sentence what failed, with the object's name. The classes matter more than the codes.
 *
 * ERR_UNKNOWN: a change was sent, or may have been, and no answer tells what became of it: a
 * time-out after sending, a broken connection, a service that failed and may have acted first.
 * ERR_TIMEOUT and ERR_UNAVAILABLE say the same with more detail. Never use it when nothing left
 * this machine: that is ERR_UNREACHABLE. Never use anything else when something may have left. A
 * look that got no answer is ERR_UNAVAILABLE.
 *
 * ERR_THROTTLED: refused for being too many; certainly not performed.
 *
 * ERR_EXPIRED: the service refused a change for its date stamp; certainly not performed. The port
 * must not stamp it anew and send it again.
 *
 * ERR_NOT_FOUND: the one object asked for by id is not there, or no longer: deleted counts as gone.
 * An empty list is ERR_OK with nothing in it.
 *
 * ERR_DENIED: refused for lack of a right; the words name the right that is missing.
 *
 * Retries. A port may repeat a look, and a change whose comment says that it repeats, as long as
 * not_after_ms and deadline_ms allow. It must send every other change once at most.
 */
#pragma once

#include "claim/facts.h"
#include "claim/mark.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PORT_VERSION = 1 };

/* What a provider can do, as a mask. What it cannot do is never asked of it. */
enum cloud_capability {
    CLOUD_MOVES = 1 << 0,  /* snapshots, and volumes made from them in another zone */
    CLOUD_FENCE = 1 << 1,  /* the service itself refuses a change that arrives after not_after_ms */
    CLOUD_ZONES = 1 << 2,  /* a volume can be attached in its own zone only */
    CLOUD_LIMITS = 1 << 3, /* calls are throttled, quotas exist: ERR_THROTTLED, ERR_LIMIT */
    CLOUD_LEAVING = 1 << 4, /* it can tell which instances are shutting down or gone */
};

/* What every call carries in, and the two things besides its result that it carries out. */
struct port_call {
    /*
     * In, for changes: the moment after which the change must no longer be accepted. A provider
     * with CLOUD_FENCE has the service enforce it (EC2: by the date stamp that the request is
     * signed with). One without it must at least not send the request later than this. 0 for all
     * looks.
     */
    uint64_t not_after_ms;
    uint64_t deadline_ms; /* in: stop waiting for the answer at this time */
    uint64_t date_ms;  /* out: the service's own time in the answer it gave, 0 when it gave none */
    struct errctx *cx; /* in: where the words of a failure go; never NULL */
};

struct clock_port {
    size_t size;
    uint32_t version;

    /* The cloud's time now: this machine's, corrected by what observe() learnt. Never goes back. */
    uint64_t (*now_ms)(struct clock_port *clock);

    /* Blocks until now_ms() would give wake_ms or more; returns at once when it does already. */
    void (*sleep_until)(struct clock_port *clock, uint64_t wake_ms);

    /*
     * Optional. A provider reports each answer that carried the service's own time: it was asked at
     * sent_ms and answered at received_ms, both by now_ms(). The clock narrows its offset with it.
     */
    void (*observe)(struct clock_port *clock, uint64_t sent_ms, uint64_t received_ms,
                    uint64_t date_ms);
};

/*
 * What a created volume shall be, and how the pool is known. Filled from the configuration; texts
 * live as long as the port. Numbers that are 0 and texts that are NULL leave the choice to the
 * provider.
 */
struct cloud_spec {
    size_t size;
    const struct tag *tags; /* the pool: every volume that carries all of these */
    size_t tag_count;
    const char *device; /* name to attach as; the n-th next name is tried after "name taken" */
    const char *type;
    uint32_t size_gib;
    uint32_t iops;
    uint32_t throughput; /* MiB/s */
    bool encrypted;
    const char *kms_key_id;
    const struct tag
        *snapshot_tags; /* create from the newest completed snapshot with all of these */
    size_t snapshot_tag_count;
};

struct attach_request {
    struct id volume;
    uint32_t device_name; /* 0 for spec.device, 1 for the name after it, and so on */
};

struct create_request {
    struct token token; /* repeats: the same token gives the same volume, never a second one */
    struct uuid lineage;
    uint32_t slot;      /* 0: none */
    struct mark mark;   /* the creator's own flag; MARK_NONE: none */
    struct token blank; /* with has_blank: the record of a volume that is created empty */
    bool has_blank;
    struct id snapshot; /* restore from this; empty: as the spec says */
};

struct copy_request {
    struct token token; /* repeats, as in create_request */
    struct id source;   /* the volume whose attributes and user's tags the copy takes */
    struct id snapshot;
    struct uuid lineage;
    struct uuid fs;
    struct token blank;
    struct token claim_token;
    uint32_t attempt;
    uint32_t generation;
    uint32_t slot;
    bool has_fs;
    bool has_blank;
};

struct snapshot_request {
    struct id volume;
    struct token claim_token; /* tagged on the snapshot in the same call, with the attempt */
    uint32_t attempt;
};

/*
 * The provider interface. The comment on each change says whether the call repeats: whether the
 * same call made twice leaves the world as if made once.
 */
struct cloud_port {
    size_t size;
    uint32_t version;
    uint32_t capabilities; /* mask of enum cloud_capability */
    const char *name;      /* as in the configuration, "aws-ebs" */

    /* Frees the port and everything it handed out. */
    void (*close)(struct cloud_port *cloud);

    /* Optional. The service's own name for a call, "ec2:AttachVolume", for plans and permissions.
     */
    const char *(*action_of)(const struct cloud_port *cloud, int effect);

    /* Who this machine is. */
    enum err (*identify)(struct cloud_port *cloud, struct port_call *call, const struct self **out);

    /*
     * One page of the pool, in no particular order; pages are asked for in turn from 0, and a page
     * may be short or empty while more follow. The query is by the pool's tags; in_pool of each
     * volume is taken from the tag set that came with that volume, and false when that does not
     * show them all.
     */
    enum err (*list)(struct cloud_port *cloud, struct port_call *call, uint32_t page,
                     struct page *out);

    /* The same for all volumes with this lineage tag, whatever else they carry. */
    enum err (*list_lineage)(struct cloud_port *cloud, struct port_call *call,
                             const struct uuid *lineage, uint32_t page, struct page *out);

    /*
     * One volume by its id, with all attributes: a provider remembers those that the facts leave
     * out (type, encryption, the user's tags), as create_copy of this source needs them.
     */
    enum err (*read_volume)(struct cloud_port *cloud, struct port_call *call,
                            const struct id *volume, const struct volume **out);

    /*
     * The tags of one volume by the surest way there is (EC2: DescribeTags, which fails rather than
     * omit). Answered as a volume in which nothing but the id and the tags' facts is filled.
     */
    enum err (*read_tags)(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                          const struct volume **out);

    /* Instances that are shutting down or terminated. With CLOUD_LEAVING only. */
    enum err (*read_leaving)(struct cloud_port *cloud, struct port_call *call,
                             const struct leaving **out);

    /* Our snapshots of this volume, by their source tag. With CLOUD_MOVES only. */
    enum err (*list_snapshots)(struct cloud_port *cloud, struct port_call *call,
                               const struct id *source, const struct snapshot_list **out);

    /* One snapshot by its id; a list of one. With CLOUD_MOVES only. */
    enum err (*read_snapshot)(struct cloud_port *cloud, struct port_call *call,
                              const struct id *snapshot, const struct snapshot_list **out);

    /*
     * Attaches to this instance. Exclusive by the service: of any number of concurrent calls for
     * one volume at most one is answered ERR_OK, all others ERR_IN_USE. Does not repeat.
     */
    enum err (*attach)(struct cloud_port *cloud, struct port_call *call,
                       const struct attach_request *request);

    /* Detaches from this instance, never forced. Does not repeat. */
    enum err (*detach)(struct cloud_port *cloud, struct port_call *call, const struct id *volume);

    /* Writes one tag; an equal key is overwritten. Does not repeat: a late one could undo an
     * unmark. */
    enum err (*mark)(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                     const struct mark *mark);

    /* Deletes one tag by key and value; ERR_OK also when there was none. Does not repeat. */
    enum err (*unmark)(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                       const struct mark *mark);

    /*
     * Creates a volume in this instance's zone, with every tag in the same call or not at all.
     * Repeats by its token; ERR_MISMATCH when the token was used for a volume deleted since.
     */
    enum err (*create_volume)(struct cloud_port *cloud, struct port_call *call,
                              const struct create_request *request, struct id *made);

    /* The same for a copy of another volume, marked as a copy of its source. With CLOUD_MOVES only.
     */
    enum err (*create_copy)(struct cloud_port *cloud, struct port_call *call,
                            const struct copy_request *request, struct id *made);

    /* Snapshots a volume; tags in the same call. Does not repeat. With CLOUD_MOVES only. */
    enum err (*create_snapshot)(struct cloud_port *cloud, struct port_call *call,
                                const struct snapshot_request *request, struct id *made);

    /* ERR_IN_USE while it is attached anywhere; must never detach. Does not repeat. */
    enum err (*delete_volume)(struct cloud_port *cloud, struct port_call *call,
                              const struct id *volume);

    /* Does not repeat. With CLOUD_MOVES only. */
    enum err (*delete_snapshot)(struct cloud_port *cloud, struct port_call *call,
                                const struct id *snapshot);
};

/* What the host shall make of an attached volume. Filled from the configuration; texts live as
 * long. */
struct host_spec {
    size_t size;
    const char *const *mkfs; /* arguments of mkfs, NULL-terminated */
    size_t mkfs_count;
    const char *target;  /* where to mount */
    const char *options; /* mount options, comma separated; NULL: none */
    const char *owner;   /* user or uid of the mounted root directory; NULL: as it is */
    const char *group;
    int mode;       /* permission bits of it; -1: as they are */
    bool skip_fsck; /* fsck() answers ERR_OK at once: the operator checks by other means */
};

struct probe_request {
    struct id volume;
    bool vouched; /* our record says that we created it empty and made no filesystem since */
};

/*
 * Jobs on this machine. Each is bounded by call->deadline_ms. The volume's id is the only name of a
 * device: a port finds the node by it every time, and refuses a node that bears another volume's
 * id.
 */
struct host_port {
    size_t size;
    uint32_t version;

    void (*close)(struct host_port *host);

    /* What the kernel shows: devices with a volume id, what is mounted, what is at the target. */
    enum err (*inspect)(struct host_port *host, struct port_call *call,
                        const struct inspection **out);

    /* Waits for the device by the kernel's events; ERR_NOT_FOUND when it did not come in time. */
    enum err (*await_device)(struct host_port *host, struct port_call *call,
                             const struct id *volume);

    /* What is on the device. Reads only; a failed read is PROBE_UNREADABLE, never PROBE_BLANK. */
    enum err (*probe)(struct host_port *host, struct port_call *call,
                      const struct probe_request *request, struct probe *out);

    /* Makes a filesystem with this uuid, on a device proven blank again under lock. Does not
     * repeat. */
    enum err (*mkfs)(struct host_port *host, struct port_call *call, const struct id *volume,
                     const struct uuid *fs, struct probe *out);

    /* Checks and repairs what is safe to repair. Repeats. */
    enum err (*fsck)(struct host_port *host, struct port_call *call, const struct id *volume);

    /* Grows an unmounted filesystem to its device, where its kind is grown that way. Repeats. */
    enum err (*grow)(struct host_port *host, struct port_call *call, const struct id *volume);

    /* Mounts at the target if the filesystem has this uuid (all zero: any). Repeats. */
    enum err (*mount)(struct host_port *host, struct port_call *call, const struct id *volume,
                      const struct uuid *fs);

    /* Grows a mounted filesystem to its device, where its kind is grown that way. Repeats. */
    enum err (*extend)(struct host_port *host, struct port_call *call, const struct id *volume);

    /* That the target is this volume, mounted, with this uuid; what the probe would say of it. */
    enum err (*verify)(struct host_port *host, struct port_call *call, const struct id *volume,
                       const struct uuid *fs, struct probe *out);

    /* Tells whoever waits on this machine that the target is ready. Repeats. */
    enum err (*announce)(struct host_port *host, struct port_call *call, const struct id *volume);

    /* Unmounts after the hooks and flushes; ERR_IN_USE names the holder. Repeats. */
    enum err (*unmount)(struct host_port *host, struct port_call *call, const struct id *volume);
};

/* All of the world that one run can touch. */
struct port {
    struct clock_port *clock;
    struct cloud_port *cloud;
    struct host_port *host;
};
