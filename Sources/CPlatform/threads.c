#define _GNU_SOURCE
#include "CPlatformThreads.h"

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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

// struct sched_attr as sched_setattr(2) draws it; the C library has none.
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int cplatform_take_short_turns(void) {
    struct scheduling now = {.size = sizeof now};
    if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0) return -1;
    now.runtime = 100000;  // nanoseconds
    return (int)syscall(SYS_sched_setattr, 0, &now, 0);
}
