/* harness_tls: calls openssl. */
#include "harness_tls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness_process.h"

static void openssl(struct harness *h, const char *command)
{
    sync_expect(harness_wait(h, harness_shell(h, "cd %s && openssl %s", h->dir, command)), 0);
}

void tls_authority(struct harness *h, const char *name)
{
    openssl(h, harness_text(h,
                            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                            "-subj '/CN=%s' -keyout "
                            "%s.key -out %s.pem -addext basicConstraints=critical,CA:TRUE",
                            name, name, name));
}

static void request(struct harness *h, const char *name, const char *host)
{
    harness_file(h, "extensions", harness_text(h, "subjectAltName=%s\n", host));
    openssl(
        h,
        harness_text(
            h,
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=site -keyout %s.key "
            "-out %s.csr",
            name, name));
}

void tls_certificate(struct harness *h, const char *name, const char *host, const char *authority)
{
    request(h, name, host);
    openssl(h, harness_text(h,
                            "x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -days 2 "
                            "-extfile extensions -out %s.pem",
                            name, authority, authority, name));
}

void tls_expired(struct harness *h, const char *name, const char *host, const char *authority)
{
    request(h, name, host);
    harness_file(h, "ca.cnf",
                 harness_text(h,
                              "[ca]\ndefault_ca = a\n[a]\nnew_certs_dir = %s\ndatabase = %s/index\n"
                              "default_md = sha256\npolicy = p\nrand_serial = yes\n"
                              "[p]\ncommonName = supplied\n",
                              h->dir, h->dir));
    harness_file(h, "index", "");
    openssl(h, harness_text(h,
                            "ca -batch -notext -config ca.cnf -in %s.csr -cert %s.pem -keyfile "
                            "%s.key -extfile extensions -startdate 20200101000000Z -enddate "
                            "20200201000000Z -out %s.pem",
                            name, authority, authority, name));
}

void tls_self_signed(struct harness *h, const char *name, const char *host, int days)
{
    openssl(h, harness_text(h,
                            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days %d "
                            "-subj /CN=site -keyout "
                            "%s.key -out %s.pem -addext subjectAltName=%s",
                            days, name, name, host));
}

void tls_site(struct harness *h, const char *name)
{
    const char *const options[] = {"--tickets",  "10",
                                   "--tls-cert", harness_text(h, "%s/%s.pem", h->dir, name),
                                   "--tls-key",  harness_text(h, "%s/%s.key", h->dir, name),
                                   NULL};
    harness_site(h, options);
}

void tls_configure(struct harness *h, int port, const char *authority)
{
    const char *ca = authority ? harness_text(h, "ca_file = %s/%s.pem\n", h->dir, authority) : "";
    harness_config(h, harness_text(h, "api_url = https://127.0.0.1:%d\nretries = 0\n%s", port, ca),
                   NULL, NULL);
}

int tls_server(struct harness *h, const char *name, const char *option, const char *other)
{
    const char *const argv[] = {"openssl",
                                "s_server",
                                "-accept",
                                "127.0.0.1:0",
                                "-cert",
                                harness_text(h, "%s/%s.pem", h->dir, name),
                                "-key",
                                harness_text(h, "%s/%s.key", h->dir, name),
                                "-www",
                                option,
                                option ? other : NULL,
                                NULL};
    struct process *server = harness_start(h, argv, NULL);
    const char *said = NULL;
    while (!said || !strchr(said, '\n')) {
        if (access(server->out, R_OK) == 0)
            said = strstr(harness_read(h, server->out), "ACCEPT ");
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
            server->pid = 0;
            fail_msg("openssl s_server: %s", harness_read(h, server->err));
        }
        process_pause();
    }
    return atoi(strchr(said, ':') + 1);
}
