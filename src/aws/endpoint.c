/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.c - partitions, and the order of precedence of configured endpoints.
 *
 * It must not open a connection.
 */
#include "aws/endpoint.h"

#include <string.h>

static const struct service {
    const char *name;     /* in host names and signatures */
    const char *variable; /* AWS_ENDPOINT_URL_... */
    const char *key;      /* in a list of services */
} services[] = {
    [ENDPOINT_EC2] = {"ec2", "AWS_ENDPOINT_URL_EC2", "ec2.endpoint_url"},
    [ENDPOINT_STS] = {"sts", "AWS_ENDPOINT_URL_STS", "sts.endpoint_url"},
    [ENDPOINT_AUTOSCALING] = {"autoscaling", "AWS_ENDPOINT_URL_AUTO_SCALING",
                              "auto_scaling.endpoint_url"},
};

/* The first whose prefix fits; the last fits every region, as in the SDKs. */
static const struct partition {
    const char *prefix;
    const char *name;
    const char *suffix;
    const char *dual_suffix; /* NULL: there is none */
} partitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"},
    {"eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov", NULL},
    {"us-isof-", "aws-iso-f", "csp.hci.ic.gov", NULL},
    {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", NULL},
    {"us-iso-", "aws-iso", "c2s.ic.gov", NULL},
    {"", "aws", "amazonaws.com", "api.aws"},
};

static const struct partition *partition_of(const char *region)
{
    const struct partition *p = partitions;

    while (strncmp(region, p->prefix, strlen(p->prefix)) != 0)
        p++;
    return p;
}

const char *endpoint_partition(const char *region)
{
    return partition_of(region)->name;
}

const char *endpoint_name(enum endpoint_service service)
{
    return services[service].name;
}

static const char *in_profile(const struct endpoint_request *q, const char *key)
{
    const char *value =
        q->profiles ? profiles_get(q->profiles, PROFILE_PROFILE, q->profile, key) : NULL;

    return value && value[0] ? value : NULL;
}

static bool is_on(const struct endpoint_request *q, const char *variable, const char *key)
{
    const char *value = environment_get(q->env, variable);

    if (!value)
        value = in_profile(q, key);
    return value && strcasecmp(value, "true") == 0;
}

/* Highest first: of the service in the environment, of all in the environment, then the same in
 * files. */
static const char *configured(const struct endpoint_request *q)
{
    const struct service *s = &services[q->service];
    const char *list = in_profile(q, "services");
    const char *url;

    if (is_on(q, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"))
        return NULL;
    url = environment_get(q->env, s->variable);
    if (!url)
        url = environment_get(q->env, "AWS_ENDPOINT_URL");
    if (!url && list)
        url = profiles_get(q->profiles, PROFILE_SERVICES, list, s->key);
    return url ? url : in_profile(q, "endpoint_url");
}

static enum err use_configured(const struct endpoint_request *q, const char *url, bool variant,
                               struct buf *out, struct errctx *cx)
{
    if (variant)
        return err_set(cx, ERR_CONFIG, 0,
                       "the endpoint %s cannot be combined with FIPS or dual-stack", url);
    if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
        return err_set(cx, ERR_CONFIG, 0, "the endpoint of %s is no URL: %s",
                       services[q->service].name, url);
    buf_text(out, url);
    return buf_check(out, "an endpoint", cx);
}

enum err endpoint_url(const struct endpoint_request *q, struct buf *out, struct errctx *cx)
{
    const struct partition *p = partition_of(q->region);
    const bool fips = is_on(q, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    const bool dual = is_on(q, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    const char *url = configured(q);
    /* Ref: the endpoint rules: in aws-us-gov the plain names of these services are FIPS already. */
    const bool named = fips && (dual || strcmp(p->name, "aws-us-gov") != 0);

    if (url)
        return use_configured(q, url, fips || dual, out, cx);
    if (dual && !p->dual_suffix)
        return err_set(cx, ERR_CONFIG, 0, "there are no dual-stack endpoints in %s", q->region);
    buf_printf(out, "https://%s%s.%s.%s", services[q->service].name, named ? "-fips" : "",
               q->region, dual ? p->dual_suffix : p->suffix);
    return buf_check(out, "an endpoint", cx);
}
