// The benchmark's own small client: it costs next to nothing beside the broker that is measured, and starts in no time.
//
//   client start PORT PARTITIONS COMMAND…   forks, executes COMMAND, and measures from the exec to the first Metadata
//                                           answer with a broker in it and PARTITIONS partitions that have a leader
//   client fetch PORT TOPIC PARTITIONS BYTES COUNT   reads COUNT bytes of batches from offset 0 on, BYTES at most an answer
//   client connections PORT COUNT           opens COUNT connections, asks each for ApiVersions, and holds them all until
//                                           its standard input ends
//
// Every result is one line of `name value` pairs on standard output.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FETCH = 1, METADATA = 3, API_VERSIONS = 18 };

static double now_ms(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void fail(const char *what) {
    fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    exit(1);
}

// A buffer that a request is written into: big-endian numbers, strings with an INT16 length.
struct writer {
    uint8_t bytes[4096];
    size_t count;
};

static void put(struct writer *w, int64_t value, int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) w->bytes[w->count++] = (uint8_t)((uint64_t)value >> shift);
}

static void put_string(struct writer *w, const char *text) {
    size_t length = strlen(text);
    put(w, (int64_t)length, 2);
    memcpy(w->bytes + w->count, text, length);
    w->count += length;
}

// length INT32 | api_key INT16 | api_version INT16 | correlation_id INT32 | client_id STRING | body
static void begin_request(struct writer *w, int api_key, int version) {
    w->count = 0;
    put(w, 0, 4);
    put(w, api_key, 2);
    put(w, version, 2);
    put(w, 1, 4);
    put_string(w, "bench");
}

static void end_request(struct writer *w) {
    size_t end = w->count;
    w->count = 0;
    put(w, (int64_t)end - 4, 4);
    w->count = end;
}

static int open_connection(uint32_t from_host, int port) {
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

static int write_all(int fd, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = write(fd, bytes, count);
        if (done <= 0) return -1;
        bytes += done;
        count -= (size_t)done;
    }
    return 0;
}

static int read_all(int fd, uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = read(fd, bytes, count);
        if (done <= 0) return -1;
        bytes += done;
        count -= (size_t)done;
    }
    return 0;
}

static int64_t number(const uint8_t *bytes, int width) {
    uint64_t value = 0;
    for (int index = 0; index < width; index++) value = value << 8 | bytes[index];
    int unused = 64 - width * 8;
    return (int64_t)(value << unused) >> unused;
}

// Sends a request and reads its answer into a buffer that grows; the answer's length, or -1 when the broker hung up.
static int64_t ask(int fd, struct writer *w, uint8_t **answer, size_t *capacity) {
    uint8_t prefix[4];
    if (write_all(fd, w->bytes, w->count) != 0 || read_all(fd, prefix, 4) != 0) return -1;
    int64_t length = number(prefix, 4);
    if (length < 4) return -1;
    if ((size_t)length > *capacity) {
        *capacity = (size_t)length * 2;
        *answer = realloc(*answer, *capacity);
        if (*answer == NULL) fail("realloc");
    }
    return read_all(fd, *answer, (size_t)length) == 0 ? length : -1;
}

// Metadata v1's answer: how many brokers, and how many partitions with a leader it names.
//   correlation_id INT32 | brokers [node_id INT32, host STRING, port INT32, rack NULLABLE_STRING] | controller_id INT32
//   | topics [error INT16, name STRING, is_internal BOOL,
//             partitions [error INT16, index INT32, leader INT32, replicas [INT32], isr [INT32]]]
static void count_metadata(const uint8_t *at, int64_t *brokers, int64_t *partitions) {
    at += 4;
    *brokers = number(at, 4);
    at += 4;
    for (int64_t index = 0; index < *brokers; index++) {
        at += 4;
        at += 2 + number(at, 2);
        at += 4;
        int64_t rack = number(at, 2);
        at += 2 + (rack > 0 ? rack : 0);
    }
    at += 4;
    int64_t topics = number(at, 4);
    at += 4;
    *partitions = 0;
    for (int64_t topic = 0; topic < topics; topic++) {
        at += 2;
        at += 2 + number(at, 2);
        at += 1;
        int64_t count = number(at, 4);
        at += 4;
        for (int64_t partition = 0; partition < count; partition++) {
            if (number(at + 6, 4) >= 0) *partitions += 1;
            at += 10;
            at += 4 + 4 * number(at, 4);
            at += 4 + 4 * number(at, 4);
        }
    }
}

static int start(int argc, char **argv) {
    int port = atoi(argv[0]);
    int64_t wanted = atoll(argv[1]);
    (void)argc;
    struct writer w;
    begin_request(&w, METADATA, 1);
    put(&w, wanted > 0 ? -1 : 0, 4);  // null: all topics; empty: none
    end_request(&w);

    // When the child calls exec, in memory that both see: the copying of this process is none of the command's time.
    volatile double *began = mmap(NULL, sizeof *began, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (began == MAP_FAILED) fail("mmap");
    *began = now_ms();
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        setsid();
        int log = open("/dev/null", O_WRONLY);
        dup2(log, 1);
        dup2(log, 2);
        *began = now_ms();
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    double connected = 0;
    int fd = -1;
    uint8_t *answer = NULL;
    size_t capacity = 0;
    const struct timespec pause = {.tv_nsec = 50000};
    for (;;) {
        if (waitpid(child, NULL, WNOHANG) == child) {
            fprintf(stderr, "client: the command ended before it served\n");
            return 1;
        }
        if (now_ms() - *began > 180000) {
            fprintf(stderr, "client: no Metadata answer with %lld partitions within 180 s\n", (long long)wanted);
            kill(child, 9);
            return 1;
        }
        if (fd < 0) {
            fd = open_connection(0, port);
            if (fd < 0) {
                nanosleep(&pause, NULL);  // Kafka needs seconds, and this machine's cores.
                continue;
            }
            connected = now_ms();
        }
        if (ask(fd, &w, &answer, &capacity) < 0) {
            close(fd);
            fd = -1;
            continue;
        }
        int64_t brokers, partitions;
        count_metadata(answer, &brokers, &partitions);
        if (brokers > 0 && partitions >= wanted) break;
        nanosleep(&pause, NULL);
    }
    double done = now_ms();
    printf("pid %d connected_ms %.3f metadata_ms %.3f\n", child, connected - *began, done - *began);
    return 0;
}

// Fetch v4's answer: correlation_id INT32 | throttle INT32 | topics [name STRING, partitions [index INT32, error INT16,
//   high_watermark INT64, last_stable INT64, aborted [producer INT64, first_offset INT64], records BYTES]]
// Moves each partition's offset behind its last whole batch, and adds up the bytes of batches.
static int64_t take_records(const uint8_t *at, int64_t *offsets, int partitions) {
    int64_t taken = 0;
    at += 8;
    int64_t topics = number(at, 4);
    at += 4;
    for (int64_t topic = 0; topic < topics; topic++) {
        at += 2 + number(at, 2);
        int64_t count = number(at, 4);
        at += 4;
        for (int64_t entry = 0; entry < count; entry++) {
            int64_t index = number(at, 4), error = number(at + 4, 2);
            if (error != 0 || index < 0 || index >= partitions) {
                fprintf(stderr, "client: partition %lld answers error %lld\n", (long long)index, (long long)error);
                exit(1);
            }
            at += 22;
            int64_t aborted = number(at, 4);
            at += 4 + (aborted > 0 ? aborted * 16 : 0);
            int64_t length = number(at, 4);
            at += 4;
            // baseOffset INT64 | batchLength INT32 | … 11 more bytes … | lastOffsetDelta INT32 at 23
            for (int64_t position = 0; position + 61 <= length;) {
                int64_t size = 12 + number(at + position + 8, 4);
                if (position + size > length) break;
                offsets[index] = number(at + position, 8) + number(at + position + 23, 4) + 1;
                taken += size;
                position += size;
            }
            at += length > 0 ? length : 0;
        }
    }
    return taken;
}

static int fetch(int argc, char **argv) {
    int port = atoi(argv[0]), partitions = atoi(argv[2]);
    const char *topic = argv[1];
    int64_t at_most = atoll(argv[3]), wanted = atoll(argv[4]), taken = 0;
    (void)argc;
    if (partitions < 1 || partitions > 128) return 2;
    int64_t offsets[128] = {0};
    int fd = open_connection(0, port);
    if (fd < 0) fail("connect");
    uint8_t *answer = NULL;
    size_t capacity = 0;
    int64_t answers = 0, empty = 0;
    double began = now_ms();
    while (taken < wanted) {
        struct writer w;
        begin_request(&w, FETCH, 4);
        put(&w, -1, 4);       // replica_id
        put(&w, 500, 4);      // max_wait_ms
        put(&w, 1, 4);        // min_bytes
        put(&w, at_most, 4);  // max_bytes
        put(&w, 0, 1);        // isolation_level
        put(&w, 1, 4);
        put_string(&w, topic);
        put(&w, partitions, 4);
        for (int index = 0; index < partitions; index++) {
            // Another partition first each time, as a consumer does, so that one answer's limit starves none.
            int partition = (int)((index + answers) % partitions);
            put(&w, partition, 4);
            put(&w, offsets[partition], 8);
            put(&w, 1048576, 4);  // partition_max_bytes, the consumer's default
        }
        end_request(&w);
        if (ask(fd, &w, &answer, &capacity) < 0) fail("the broker hung up");
        int64_t more = take_records(answer, offsets, partitions);
        answers++;
        taken += more;
        empty = more == 0 ? empty + 1 : 0;
        if (empty > 4) {
            fprintf(stderr, "client: the topic ends after %lld bytes\n", (long long)taken);
            return 1;
        }
    }
    double took = now_ms() - began;
    int64_t records = 0;
    for (int index = 0; index < partitions; index++) records += offsets[index];
    printf("ms %.3f bytes %lld records %lld answers %lld\n", took, (long long)taken, (long long)records, (long long)answers);
    return 0;
}

static int connections(int argc, char **argv) {
    int port = atoi(argv[0]), count = atoi(argv[1]);
    (void)argc;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if ((rlim_t)count + 16 > limit.rlim_cur) {
        fprintf(stderr, "client: %d connections need more than the %lu open files allowed\n", count, limit.rlim_cur);
        return 1;
    }
    struct writer w;
    begin_request(&w, API_VERSIONS, 0);
    end_request(&w);
    uint8_t *answer = NULL;
    size_t capacity = 0;
    int *fds = calloc((size_t)count, sizeof *fds);
    if (fds == NULL) fail("calloc");
    double began = now_ms();
    for (int index = 0; index < count; index++) {
        // 127.0.0.2 and on: 5,000 connections from each address, so that ports do not run out.
        fds[index] = open_connection(INADDR_LOOPBACK + 1 + (uint32_t)(index / 5000), port);
        if (fds[index] < 0) fail("connect");
        if (ask(fds[index], &w, &answer, &capacity) < 0) fail("the broker hung up");
    }
    printf("ms %.3f connections %d\n", now_ms() - began, count);
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    // Each is asked once more: all of them are still served.
    for (int index = 0; index < count; index++)
        if (ask(fds[index], &w, &answer, &capacity) < 0) fail("a connection was lost");
    printf("alive %d\n", count);
    return 0;
}

int main(int argc, char **argv) {
    if (argc >= 5 && strcmp(argv[1], "start") == 0) return start(argc - 2, argv + 2);
    if (argc == 7 && strcmp(argv[1], "fetch") == 0) return fetch(argc - 2, argv + 2);
    if (argc == 4 && strcmp(argv[1], "connections") == 0) return connections(argc - 2, argv + 2);
    fprintf(stderr, "usage: client start PORT PARTITIONS COMMAND… | fetch PORT TOPIC PARTITIONS BYTES COUNT |"
                    " connections PORT COUNT\n");
    return 2;
}
