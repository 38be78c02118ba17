// What the benchmark's clients speak: frames and numbers of Kafka's protocol, sockets, a clock.

#ifndef BENCHMARK_WIRE_H
#define BENCHMARK_WIRE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void fail(const char *what) {
    fprintf(stderr, "client: %s: %s\n", what, errno != 0 ? strerror(errno) : "unexpected");
    exit(1);
}

// Bytes that grow: a request that is written, or an answer that is read.
struct bytes {
    uint8_t *at;
    size_t count, capacity;
};

static void reserve(struct bytes *b, size_t more) {
    if (b->count + more <= b->capacity) return;
    b->capacity = (b->count + more) * 2;
    b->at = realloc(b->at, b->capacity);
    if (b->at == NULL) fail("realloc");
}

// Big-endian numbers.
static void put(struct bytes *b, int64_t value, int width) {
    reserve(b, (size_t)width);
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) b->at[b->count++] = (uint8_t)((uint64_t)value >> shift);
}

static void put_raw(struct bytes *b, const void *from, size_t count) {
    reserve(b, count);
    if (count > 0) memcpy(b->at + b->count, from, count);
    b->count += count;
}

static void put_string(struct bytes *b, const char *text) {
    size_t length = strlen(text);
    put(b, (int64_t)length, 2);
    put_raw(b, text, length);
}

static void put_unsigned_varint(struct bytes *b, uint32_t value) {
    for (; value >= 0x80; value >>= 7) put(b, (value & 0x7F) | 0x80, 1);
    put(b, value, 1);
}

static void put_varint(struct bytes *b, int32_t value) {
    put_unsigned_varint(b, ((uint32_t)value << 1) ^ (uint32_t)(value >> 31));
}

// A string of the flexible versions: its length and one more, as a varint.
static void put_compact_string(struct bytes *b, const char *text) {
    size_t length = strlen(text);
    put_unsigned_varint(b, (uint32_t)length + 1);
    put_raw(b, text, length);
}

// length INT32 | api_key INT16 | api_version INT16 | correlation_id INT32 | client_id STRING | body
static size_t begin_request(struct bytes *b, int api_key, int version) {
    size_t start = b->count;
    put(b, 0, 4);
    put(b, api_key, 2);
    put(b, version, 2);
    put(b, 1, 4);
    put_string(b, "bench");
    return start;
}

static void end_request(struct bytes *b, size_t start) {
    size_t end = b->count;
    b->count = start;
    put(b, (int64_t)(end - start) - 4, 4);
    b->count = end;
}

static int64_t number(const uint8_t *bytes, int width) {
    uint64_t value = 0;
    for (int index = 0; index < width; index++) value = value << 8 | bytes[index];
    int unused = 64 - width * 8;
    return (int64_t)(value << unused) >> unused;
}

// An answer that is read from its front; whatever is cut short ends the program.
struct reader {
    const uint8_t *at, *end;
};

static const uint8_t *take(struct reader *r, size_t count) {
    if ((size_t)(r->end - r->at) < count) {
        fprintf(stderr, "client: an answer is cut short\n");
        exit(1);
    }
    const uint8_t *from = r->at;
    r->at += count;
    return from;
}

static int64_t get(struct reader *r, int width) { return number(take(r, (size_t)width), width); }

static uint32_t get_unsigned_varint(struct reader *r) {
    uint32_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        uint8_t byte = *take(r, 1);
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80) break;
    }
    return value;
}

// A STRING into `text`, cut to its size; a null one is empty.
static void get_string(struct reader *r, char *text, size_t size) {
    int64_t length = get(r, 2);
    const uint8_t *from = take(r, length > 0 ? (size_t)length : 0);
    size_t kept = length > 0 ? (size_t)length : 0;
    if (kept > size - 1) kept = size - 1;
    memcpy(text, from, kept);
    text[kept] = 0;
}

static void skip_string(struct reader *r) {
    int64_t length = get(r, 2);
    take(r, length > 0 ? (size_t)length : 0);
}

static void skip_compact_string(struct reader *r) {
    uint32_t length = get_unsigned_varint(r);
    take(r, length > 1 ? length - 1 : 0);
}

// From the loopback address `from_host`, 0 for any; -1 when nobody takes it.
static int open_connection_from(uint32_t from_host, int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (from_host != 0) {
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        address.sin_addr.s_addr = htonl(from_host);
        if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    }
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_connection(int port) { return open_connection_from(0, port); }

// Writes all of it, also to a socket that does not block.
static int write_all(int fd, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = write(fd, bytes, count);
        if (done < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, 1000);
            continue;
        }
        if (done <= 0) return -1;
        bytes += done;
        count -= (size_t)done;
    }
    return 0;
}

// Sends what is in `request` and reads one answer, on a socket that blocks. False when the broker hung up.
static int ask(int fd, struct bytes *request, struct bytes *answer) {
    if (write_all(fd, request->at, request->count) != 0) return 0;
    answer->count = 0;
    size_t wanted = 4;
    while (answer->count < wanted) {
        reserve(answer, wanted - answer->count);
        ssize_t done = read(fd, answer->at + answer->count, wanted - answer->count);
        if (done <= 0) return 0;
        answer->count += (size_t)done;
        if (wanted == 4 && answer->count == 4) wanted = 4 + (size_t)number(answer->at, 4);
    }
    return 1;
}

// What was read of a connection that does not block.
struct inbox {
    struct bytes bytes;
    size_t taken;
};

// Reads what there is; false at the end of the stream.
static int fill(int fd, struct inbox *in) {
    if (in->taken == in->bytes.count) in->taken = in->bytes.count = 0;
    for (;;) {
        reserve(&in->bytes, 16384);
        size_t room = in->bytes.capacity - in->bytes.count;
        ssize_t done = read(fd, in->bytes.at + in->bytes.count, room);
        if (done < 0) return errno == EAGAIN || errno == EINTR;
        if (done == 0) return 0;
        in->bytes.count += (size_t)done;
        if ((size_t)done < room) return 1;
    }
}

// The next whole answer, from its correlation id on; valid until the inbox is filled again.
static int next_answer(struct inbox *in, struct reader *r) {
    size_t have = in->bytes.count - in->taken;
    if (have < 4) return 0;
    size_t length = (size_t)number(in->bytes.at + in->taken, 4);
    if (have < 4 + length) return 0;
    r->at = in->bytes.at + in->taken + 4;
    r->end = r->at + length;
    in->taken += 4 + length;
    return 1;
}

// As many as the system lets this process have.
static rlim_t allow_many_files(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

#endif
