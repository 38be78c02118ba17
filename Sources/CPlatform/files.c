#define _GNU_SOURCE
#include "CPlatformFiles.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int cplatform_syncfs(int descriptor) {
    return syncfs(descriptor);
}

// cachestat's number on every architecture; headers older than it do not have it.
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

int64_t cplatform_cached_pages(int descriptor, uint64_t position, uint64_t size) {
    struct { uint64_t position, size; } range = {position, size};
    struct { uint64_t cached, dirty, writeback, evicted, recently_evicted; } found = {0};
    if (syscall(SYS_cachestat, descriptor, &range, &found, 0) != 0) return -1;
    return (int64_t)found.cached;
}

ssize_t cplatform_read_cached(int descriptor, void *into, size_t size, int64_t position) {
    struct iovec vector = {.iov_base = into, .iov_len = size};
    return preadv2(descriptor, &vector, 1, position, RWF_NOWAIT);
}

int cplatform_is_byte_cached(int descriptor, int64_t position) {
    char byte;
    struct iovec into = {.iov_base = &byte, .iov_len = 1};
    if (preadv2(descriptor, &into, 1, position, RWF_NOWAIT) >= 0) return 1;
    return errno == EAGAIN ? 0 : -1;
}
