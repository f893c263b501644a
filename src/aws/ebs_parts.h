/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ebs_parts.h - the members of the table, by file, and what they share.
 *
 * For the files of the EC2 port alone.
 */
#pragma once

#include "aws/ebs.h"
#include "scope.h"

#define EBS_VERSION "2016-11-15"

static inline struct ebs *ebs_of(struct cloud_port *cloud)
{
    return (struct ebs *)(void *)cloud;
}

/* Knows who this machine is and where the service is; asks at most once. */
MUST_CHECK enum err ebs_ready(struct ebs *e, struct port_call *call);

/* Sends a query to EC2; the answer is in e->answer. */
MUST_CHECK enum err ebs_ask(struct ebs *e, struct port_call *call, const struct query *q,
                            enum client_manner manner);

/* Sees to it that the service refuses late changes; two looks, once. */
MUST_CHECK enum err ebs_fence(struct ebs *e, struct port_call *call);

/* Filter.n.Name and Filter.n.Value.1; wildcards in the value mean themselves. */
void ebs_filter(struct query *q, unsigned n, const char *name, const char *value);
void ebs_filter_tag(struct query *q, unsigned n, const struct tag *tag);

/* TagSpecification.1: begins with the type of the resource, then one tag after the other. */
struct tag_list {
    struct query *query;
    unsigned count;
};

void tag_list_begin(struct tag_list *l, struct query *q, const char *resource);
void tag_list_add(struct tag_list *l, const struct tag *tag);
void tag_list_mark(struct tag_list *l, const struct mark *mark);

/* The n-th name to attach as; false when there are no more. */
bool ebs_device_name(const char *first, uint32_t n, char out[EBS_DEVICE_MAX]);

/* ebs_look.c */
enum err ebs_list(struct cloud_port *cloud, struct port_call *call, uint32_t page,
                  struct page *out);
enum err ebs_list_lineage(struct cloud_port *cloud, struct port_call *call,
                          const struct uuid *lineage, uint32_t page, struct page *out);
enum err ebs_read_volume(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                         const struct volume **out);
enum err ebs_read_tags(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                       const struct volume **out);
enum err ebs_read_leaving(struct cloud_port *cloud, struct port_call *call,
                          const struct leaving **out);

/* ebs_snapshot.c */
enum err ebs_list_snapshots(struct cloud_port *cloud, struct port_call *call,
                            const struct id *source, const struct snapshot_list **out);
enum err ebs_read_snapshot(struct cloud_port *cloud, struct port_call *call,
                           const struct id *snapshot, const struct snapshot_list **out);
enum err ebs_create_snapshot(struct cloud_port *cloud, struct port_call *call,
                             const struct snapshot_request *request, struct id *made);
enum err ebs_delete_snapshot(struct cloud_port *cloud, struct port_call *call,
                             const struct id *snapshot);
/* The newest completed snapshot with the tags of the spec; ERR_NOT_FOUND when there is none. */
enum err ebs_newest_snapshot(struct ebs *e, struct port_call *call, struct id *out);

/* ebs_change.c */
enum err ebs_attach(struct cloud_port *cloud, struct port_call *call,
                    const struct attach_request *request);
enum err ebs_detach(struct cloud_port *cloud, struct port_call *call, const struct id *volume);
enum err ebs_mark(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                  const struct mark *mark);
enum err ebs_unmark(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                    const struct mark *mark);
enum err ebs_delete_volume(struct cloud_port *cloud, struct port_call *call,
                           const struct id *volume);

/* ebs_create.c */
enum err ebs_create_volume(struct cloud_port *cloud, struct port_call *call,
                           const struct create_request *request, struct id *made);
enum err ebs_create_copy(struct cloud_port *cloud, struct port_call *call,
                         const struct copy_request *request, struct id *made);
