// CRC-32C (Castagnoli) by ISA-L, which uses the processor's own instruction where it has one; XXH3 by xxHash's header.
#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <isa-l/crc.h>

// The finished CRC-32C of `data`; `seed` is the finished value of what came before, 0 at the start.
// ISA-L's crc32_iscsi leaves the initial and final inversion to its caller.
static inline uint32_t martlet_crc32c(uint32_t seed, const void *data, size_t count) {
    // ISA-L takes an int length: cut larger inputs.
    uint32_t state = ~seed;
    const unsigned char *at = (const unsigned char *)data;
    while (count > 0) {
        int part = count > 0x40000000 ? 0x40000000 : (int)count;
        state = crc32_iscsi((unsigned char *)at, part, state);
        at += part;
        count -= (size_t)part;
    }
    return ~state;
}

// XXH3 with 64 bits and no seed.
uint64_t martlet_xxh3_64(const void *data, size_t count);

#endif
