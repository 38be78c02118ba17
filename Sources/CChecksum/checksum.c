#include "CChecksum.h"

// All of xxHash is in its header; nothing is linked.
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t martlet_xxh3_64(const void *data, size_t count) { return XXH3_64bits(data, count); }
