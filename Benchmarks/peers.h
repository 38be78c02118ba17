// Many connections of one process that do not block, and the coordinator that they talk to.

#ifndef BENCHMARK_PEERS_H
#define BENCHMARK_PEERS_H

#include <sys/epoll.h>

#include "wire.h"

enum { FIND_COORDINATOR = 10, API_VERSIONS = 18 };
enum { LOAD_IN_PROGRESS = 14, COORDINATOR_NOT_AVAILABLE = 15, NOT_COORDINATOR = 16 };

struct peer {
    int fd;
    struct inbox in;
};

static int poller;
static struct peer *peers;

static void open_peers(int port, int count) {
    allow_many_files();
    poller = epoll_create1(EPOLL_CLOEXEC);
    peers = calloc((size_t)count, sizeof *peers);
    if (poller < 0 || peers == NULL) fail("epoll");
    struct bytes question = {0}, answer = {0};
    end_request(&question, begin_request(&question, API_VERSIONS, 0));
    for (int index = 0; index < count; index++) {
        peers[index].fd = open_connection(port);
        if (peers[index].fd < 0) fail("connect");
        // Asked once, it was accepted: none waits in the listener's queue, which is short, when the time begins.
        if (!ask(peers[index].fd, &question, &answer)) fail("the broker hung up");
        fcntl(peers[index].fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, peers[index].fd, &event) != 0) fail("epoll_ctl");
    }
}

static void send_to(int index, struct bytes *request) {
    if (write_all(peers[index].fd, request->at, request->count) != 0) fail("the broker hung up");
    request->count = 0;
}

// Asks for the group's coordinator until there is one: the first time makes __consumer_offsets.
static void await_coordinator(int port, const char *group) {
    int fd = open_connection(port);
    if (fd < 0) fail("connect");
    struct bytes request = {0}, answer = {0};
    size_t start = begin_request(&request, FIND_COORDINATOR, 1);
    put_string(&request, group);
    put(&request, 0, 1);
    end_request(&request, start);
    for (double began = now_ms();;) {
        if (!ask(fd, &request, &answer)) fail("the broker hung up");
        // correlation_id | throttle INT32 | error INT16 | …
        if (number(answer.at + 12, 2) == 0) break;
        if (now_ms() - began > 60000) fail("no coordinator within 60 s");
        usleep(20000);
    }
    close(fd);
}

// Whether a request is to be sent again: the coordinator is on its way.
static int is_too_early(int64_t error) {
    return error == LOAD_IN_PROGRESS || error == NOT_COORDINATOR || error == COORDINATOR_NOT_AVAILABLE;
}

static void unexpected(const char *what, int64_t error) {
    fprintf(stderr, "client: %s answers error %lld\n", what, (long long)error);
    exit(1);
}

#endif
