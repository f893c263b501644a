/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_tls.c - https to a server whose certificate is, or is not, to be trusted.
 *
 * The certificates are made here, for one test each, and nobody else can hold them. A request must
 * not leave before its server is known.
 */
#include "aws/http.h"
#include "unit.h"

#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEADLINE_MS = 2000, URL_MAX = 64, PATH_ROOM = 64, DAY_S = 24 * 60 * 60 };

struct tls_server {
    SSL_CTX *context;
    X509 *certificate;
    EVP_PKEY *key;
    int listener;
    pthread_t thread;
    atomic_uint requests;
    char url[URL_MAX];
    char bundle[PATH_ROOM];
};

static void add_extension(X509 *certificate, int what, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, what, value);

    CU_ASSERT_PTR_NOT_NULL_FATAL(extension);
    CU_ASSERT_EQUAL(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* Its own authority, for one name. */
static void make_certificate(struct tls_server *s, const char *name)
{
    X509 *c = X509_new();

    s->key = EVP_EC_gen("P-256");
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->key);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT_EQUAL(X509_set_version(c, X509_VERSION_3), 1);
    CU_ASSERT_EQUAL(ASN1_INTEGER_set(X509_get_serialNumber(c), 1), 1);
    CU_ASSERT_PTR_NOT_NULL(X509_gmtime_adj(X509_getm_notBefore(c), -DAY_S));
    CU_ASSERT_PTR_NOT_NULL(X509_gmtime_adj(X509_getm_notAfter(c), DAY_S));
    CU_ASSERT_EQUAL(X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC,
                                               (const unsigned char *)"volclaim test", -1, -1, 0),
                    1);
    CU_ASSERT_EQUAL(X509_set_issuer_name(c, X509_get_subject_name(c)), 1);
    CU_ASSERT_EQUAL(X509_set_pubkey(c, s->key), 1);
    add_extension(c, NID_subject_alt_name, name);
    add_extension(c, NID_basic_constraints, "critical,CA:TRUE");
    CU_ASSERT(X509_sign(c, s->key, EVP_sha256()) > 0);
    s->certificate = c;
}

static void write_bundle(struct tls_server *s)
{
    static const char form[] = "/tmp/volclaim-unit-XXXXXX";
    int fd;
    FILE *file;

    memcpy(s->bundle, form, sizeof(form));
    fd = mkstemp(s->bundle);
    file = fdopen(fd, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(PEM_write_X509(file, s->certificate), 1);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

static void answer(struct tls_server *s, SSL *ssl)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    char request[4096];

    if (SSL_accept(ssl) != 1 || SSL_read(ssl, request, sizeof(request)) <= 0)
        return;
    atomic_fetch_add(&s->requests, 1);
    (void)SSL_write(ssl, reply, sizeof(reply) - 1);
}

/* One connection; the client closes it, or the listener is shut down under it. */
static void *run(void *context)
{
    struct tls_server *s = context;
    sigset_t pipe_only;
    SSL *ssl = SSL_new(s->context);
    int fd;

    (void)sigemptyset(&pipe_only);
    (void)sigaddset(&pipe_only, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_only, NULL);
    fd = accept(s->listener, NULL, NULL);
    if (fd >= 0 && ssl && SSL_set_fd(ssl, fd) == 1)
        answer(s, ssl);
    SSL_free(ssl);
    if (fd >= 0)
        (void)close(fd);
    return NULL;
}

static void begin(struct tls_server *s, const char *name)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);

    memset(s, 0, sizeof(*s));
    make_certificate(s, name);
    write_bundle(s);
    s->context = SSL_CTX_new(TLS_server_method());
    CU_ASSERT_EQUAL(SSL_CTX_use_certificate(s->context, s->certificate), 1);
    CU_ASSERT_EQUAL(SSL_CTX_use_PrivateKey(s->context, s->key), 1);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL_FATAL(bind(s->listener, (struct sockaddr *)&at, size), 0);
    CU_ASSERT_EQUAL_FATAL(listen(s->listener, 1), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(s->listener, (struct sockaddr *)&at, &size), 0);
    (void)snprintf(s->url, sizeof(s->url), "https://127.0.0.1:%u/", (unsigned)ntohs(at.sin_port));
    CU_ASSERT_EQUAL_FATAL(pthread_create(&s->thread, NULL, run, s), 0);
}

static void end(struct tls_server *s)
{
    (void)shutdown(s->listener, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
    SSL_CTX_free(s->context);
    X509_free(s->certificate);
    EVP_PKEY_free(s->key);
    (void)unlink(s->bundle);
}

static enum err ask(const struct tls_server *s, const char *bundle)
{
    const struct http_request q = {.method = "GET",
                                   .url = s->url,
                                   .connect_ms = DEADLINE_MS,
                                   .total_ms = DEADLINE_MS,
                                   .direct = true};
    AUTO_RESPONSE struct http_response r;
    struct http http;
    enum err e;

    http_response_init(&r);
    CU_ASSERT_EQUAL_FATAL(http_init(&http, NULL), ERR_OK);
    http.ca_bundle = bundle;
    e = http_do(&http, &q, &r, NULL);
    http_fini(&http);
    return e;
}

static void test_a_certificate_of_a_known_authority_is_accepted(void)
{
    struct tls_server s;

    begin(&s, "IP:127.0.0.1");
    CU_ASSERT_EQUAL(ask(&s, s.bundle), ERR_OK);
    end(&s);
    CU_ASSERT_EQUAL(atomic_load(&s.requests), 1);
}

static void test_nothing_is_sent_to_a_server_of_an_unknown_authority(void)
{
    struct tls_server s;

    begin(&s, "IP:127.0.0.1");
    CU_ASSERT_EQUAL(ask(&s, NULL), ERR_UNREACHABLE);
    end(&s);
    CU_ASSERT_EQUAL(atomic_load(&s.requests), 0);
}

static void test_nothing_is_sent_to_a_server_of_another_name(void)
{
    struct tls_server s;

    begin(&s, "DNS:ec2.example.com");
    CU_ASSERT_EQUAL(ask(&s, s.bundle), ERR_UNREACHABLE);
    end(&s);
    CU_ASSERT_EQUAL(atomic_load(&s.requests), 0);
}

static void test_a_bundle_that_is_not_there_trusts_nobody(void)
{
    struct tls_server s;

    begin(&s, "IP:127.0.0.1");
    CU_ASSERT_EQUAL(ask(&s, "/nonexistent/bundle.pem"), ERR_UNREACHABLE);
    end(&s);
    CU_ASSERT_EQUAL(atomic_load(&s.requests), 0);
}

const struct unit_test suite_aws_tls[] = {
    UNIT_TEST(test_a_certificate_of_a_known_authority_is_accepted),
    UNIT_TEST(test_nothing_is_sent_to_a_server_of_an_unknown_authority),
    UNIT_TEST(test_nothing_is_sent_to_a_server_of_another_name),
    UNIT_TEST(test_a_bundle_that_is_not_there_trusts_nobody),
    UNIT_END,
};
