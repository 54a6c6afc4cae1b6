"""A name resolver for the program under test: hang.test never answers, two.test has a dead address (127.0.0.2) before the
good one, dotted.sub.test. is only known with its final dot, hundreds.test has 299 addresses before the good one, again.test
300 times the good one, localhost is elsewhere (192.0.2.7). Of the rest only 127.0.0.1 has an address."""

import subprocess

RESOLVER = r"""
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct addrinfo *address(const char *ip, const char *port, struct addrinfo *next) {
    struct addrinfo *entry = calloc(1, sizeof *entry + sizeof(struct sockaddr_in));
    struct sockaddr_in *socket_address = (struct sockaddr_in *)(entry + 1);
    socket_address->sin_family = AF_INET;
    socket_address->sin_port = htons((unsigned short)atoi(port));
    inet_pton(AF_INET, ip, &socket_address->sin_addr);
    entry->ai_family = AF_INET;
    entry->ai_socktype = SOCK_STREAM;
    entry->ai_protocol = IPPROTO_TCP;
    entry->ai_addrlen = sizeof *socket_address;
    entry->ai_addr = (struct sockaddr *)socket_address;
    entry->ai_next = next;
    return entry;
}

/* The end of the process must not take away what a look-up that hangs still uses. */
static volatile int hanging;
__attribute__((destructor)) static void torn_down(void) {
    if (hanging && write(2, "torn down\n", 10) < 0) abort();
}

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **result) {
    (void)hints;
    if (strcmp(host, "hang.test") == 0) {
        hanging = 1;
        for (;;) pause();
    }
    if (strcmp(host, "two.test") == 0) {
        *result = address("127.0.0.2", port, address("127.0.0.1", port, NULL));
        return 0;
    }
    if (strcmp(host, "hundreds.test") == 0 || strcmp(host, "again.test") == 0) {
        *result = NULL;
        for (int i = 0; i < 300; i++) {
            char ip[32] = "127.0.0.1";
            if (host[0] == 'h' && i > 0) snprintf(ip, sizeof ip, "127.1.%d.%d", 1 + i / 100, 1 + i % 100);
            *result = address(ip, port, *result);
        }
        return 0;
    }
    if (strcmp(host, "localhost") == 0) {
        *result = address("192.0.2.7", port, NULL);
        return 0;
    }
    if (strcmp(host, "dotted.sub.test.") == 0 || strcmp(host, "127.0.0.1") == 0) {
        *result = address("127.0.0.1", port, NULL);
        return 0;
    }
    return EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *entry) {
    while (entry) {
        struct addrinfo *next = entry->ai_next;
        free(entry);
        entry = next;
    }
}
"""


def build_resolver(folder):
    """The environment that puts the resolver in place."""
    source = folder / "resolver.c"
    source.write_text(RESOLVER)
    library = folder / "resolver.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True, timeout=60)
    # A sanitizer build wants its own library first; here the order does not matter.
    return {"LD_PRELOAD": str(library), "ASAN_OPTIONS": "verify_asan_link_order=0"}
