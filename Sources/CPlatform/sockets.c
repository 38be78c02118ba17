#define _GNU_SOURCE
#include "CPlatformSockets.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

int cplatform_accept(int listening, struct sockaddr_storage *address) {
    socklen_t length = sizeof *address;
    return accept4(listening, (struct sockaddr *)address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int cplatform_stream_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void cplatform_name_thread(const char *name) {
    char kept[16];
    strncpy(kept, name, sizeof kept - 1);
    kept[sizeof kept - 1] = 0;
    pthread_setname_np(pthread_self(), kept);
}

int cplatform_semaphore_wait_until(sem_t *semaphore, uint64_t deadline_ns) {
    struct timespec deadline = {.tv_sec = deadline_ns / 1000000000, .tv_nsec = deadline_ns % 1000000000};
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline);
}
