// What threads need of the system: names, waiting with a deadline, when they are run.
#ifndef CPLATFORM_THREADS_H
#define CPLATFORM_THREADS_H

#include <semaphore.h>
#include <stdint.h>

// Names the calling thread (at most 15 bytes are kept), as top -H and perf show it.
void cplatform_name_thread(const char *name);

// Waits on `semaphore` until CLOCK_MONOTONIC reaches `deadline_ns`: 0, or -1 with errno (ETIMEDOUT, EINTR).
int cplatform_semaphore_wait_until(sem_t *semaphore, uint64_t deadline_ns);

// Asks that the calling thread, and those that it starts, be run for a tenth of a millisecond at a time, the least that
// the system takes: it runs sooner when it wakes, and others that wake wait less for it. Its share of a processor stays
// what it was. 0, or -1 with errno; systems before Linux 6.12 take it and do nothing.
int cplatform_take_short_turns(void);

#endif
