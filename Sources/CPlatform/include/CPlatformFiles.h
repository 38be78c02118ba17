// What files need of the system and Swift's Glibc overlay hides: syncing a whole file system, asking for cached pages.
#ifndef CPLATFORM_FILES_H
#define CPLATFORM_FILES_H

#include <stdint.h>
#include <sys/types.h>

// syncfs(2): 0, or -1 with errno.
int cplatform_syncfs(int descriptor);

// How many pages of a file's range are in the page cache, by cachestat(2), Linux 6.5: -1 with errno where there is none.
int64_t cplatform_cached_pages(int descriptor, uint64_t position, uint64_t size);

// What of a range can be read without waiting for the disk, by preadv2(2) with RWF_NOWAIT: the number of bytes, or -1 with
// errno, EAGAIN when the first is not in memory.
ssize_t cplatform_read_cached(int descriptor, void *into, size_t size, int64_t position);

// Whether the byte at `position` can be read without waiting for the disk, by preadv2(2) with RWF_NOWAIT: 1, 0, or -1 with
// errno where the file system cannot say.
int cplatform_is_byte_cached(int descriptor, int64_t position);

#endif
