// What the event loop needs of the system and Swift's Glibc overlay hides: GNU extensions, and calls in macro form.
#ifndef CPLATFORM_SOCKETS_H
#define CPLATFORM_SOCKETS_H

#include <semaphore.h>
#include <stdint.h>
#include <sys/socket.h>

// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC; the peer's address goes to `address`.
int cplatform_accept(int listening, struct sockaddr_storage *address);

// A stream socket for `family` with SOCK_NONBLOCK and SOCK_CLOEXEC.
int cplatform_stream_socket(int family);

// Names the calling thread (at most 15 bytes are kept), as top -H and perf show it.
void cplatform_name_thread(const char *name);

// Waits on `semaphore` until CLOCK_MONOTONIC reaches `deadline_ns`: 0, or -1 with errno (ETIMEDOUT, EINTR).
int cplatform_semaphore_wait_until(sem_t *semaphore, uint64_t deadline_ns);

#endif
