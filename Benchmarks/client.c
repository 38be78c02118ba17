// The benchmark's own small client: it costs next to nothing beside the broker that is measured, and starts in no time.
//
//   client start PORT PARTITIONS COMMAND…   forks, executes COMMAND, and measures from the exec to the first Metadata
//                                           answer with a broker in it and PARTITIONS partitions that have a leader
//   client fetch PORT TOPIC PARTITIONS BYTES COUNT   reads COUNT bytes of batches from offset 0 on, BYTES at most an answer
//   client connections PORT COUNT           opens COUNT connections, asks each for ApiVersions, and holds them all until
//                                           its standard input ends
//
// Every result is one line of `name value` pairs on standard output.

#include "start.h"
#include "wire.h"

enum { FETCH = 1, METADATA = 3, API_VERSIONS = 18 };

// Metadata v1's answer: how many brokers, and how many partitions with a leader it names.
//   correlation_id INT32 | brokers [node_id INT32, host STRING, port INT32, rack NULLABLE_STRING] | controller_id INT32
//   | topics [error INT16, name STRING, is_internal BOOL,
//             partitions [error INT16, index INT32, leader INT32, replicas [INT32], isr [INT32]]]
static void count_metadata(struct bytes *answer, int64_t *brokers, int64_t *partitions) {
    struct reader r = {answer->at + 8, answer->at + answer->count};
    *brokers = get(&r, 4);
    for (int64_t index = 0; index < *brokers; index++) {
        take(&r, 4);
        skip_string(&r);
        take(&r, 4);
        skip_string(&r);
    }
    take(&r, 4);
    *partitions = 0;
    for (int64_t topics = get(&r, 4); topics > 0; topics--) {
        take(&r, 2);
        skip_string(&r);
        take(&r, 1);
        for (int64_t count = get(&r, 4); count > 0; count--) {
            take(&r, 6);
            if (get(&r, 4) >= 0) *partitions += 1;
            take(&r, 4 * (size_t)get(&r, 4));
            take(&r, 4 * (size_t)get(&r, 4));
        }
    }
}

static int start(char **argv) {
    int port = atoi(argv[0]);
    int64_t wanted = atoll(argv[1]);
    struct bytes question = {0}, answer = {0};
    size_t begin = begin_request(&question, METADATA, 1);
    put(&question, wanted > 0 ? -1 : 0, 4);  // null: all topics; empty: none
    end_request(&question, begin);

    struct started started = start_command(argv + 2);
    double connected_ms = 0;
    for (int fd = -1;;) {
        require_running(&started, "no Metadata answer with all partitions");
        if (fd < 0) {
            fd = open_connection(port);
            if (fd < 0) {
                pause_us(50);
                continue;
            }
            connected_ms = since_exec_ms(&started);
        }
        if (!ask(fd, &question, &answer)) {
            close(fd);
            fd = -1;
            continue;
        }
        int64_t brokers, partitions;
        count_metadata(&answer, &brokers, &partitions);
        if (brokers > 0 && partitions >= wanted) break;
        pause_us(50);
    }
    printf("pid %d connected_ms %.3f metadata_ms %.3f\n", started.child, connected_ms, since_exec_ms(&started));
    return 0;
}

// Fetch v4's answer: correlation_id INT32 | throttle INT32 | topics [name STRING, partitions [index INT32, error INT16,
//   high_watermark INT64, last_stable INT64, aborted [producer INT64, first_offset INT64], records BYTES]]
// Moves each partition's offset behind its last whole batch, and adds up the bytes of batches.
static int64_t take_records(struct bytes *answer, int64_t *offsets, int partitions) {
    struct reader r = {answer->at + 12, answer->at + answer->count};
    int64_t taken = 0;
    for (int64_t topics = get(&r, 4); topics > 0; topics--) {
        skip_string(&r);
        for (int64_t count = get(&r, 4); count > 0; count--) {
            int64_t index = get(&r, 4), error = get(&r, 2);
            if (error != 0 || index < 0 || index >= partitions) {
                fprintf(stderr, "client: partition %lld answers error %lld\n", (long long)index, (long long)error);
                exit(1);
            }
            take(&r, 16);
            int64_t aborted = get(&r, 4);
            take(&r, aborted > 0 ? (size_t)aborted * 16 : 0);
            int64_t length = get(&r, 4);
            const uint8_t *batch = take(&r, length > 0 ? (size_t)length : 0), *end = r.at;
            // baseOffset INT64 | batchLength INT32 | … 11 more bytes … | lastOffsetDelta INT32 at 23
            while (end - batch >= 61) {
                int64_t size = 12 + number(batch + 8, 4);
                if (size > end - batch) break;
                offsets[index] = number(batch, 8) + number(batch + 23, 4) + 1;
                taken += size;
                batch += size;
            }
        }
    }
    return taken;
}

static int fetch(char **argv) {
    int port = atoi(argv[0]), partitions = atoi(argv[2]);
    const char *topic = argv[1];
    int64_t at_most = atoll(argv[3]), wanted = atoll(argv[4]), taken = 0;
    if (partitions < 1 || partitions > 128) return 2;
    int64_t offsets[128] = {0};
    int fd = open_connection(port);
    if (fd < 0) fail("connect");
    struct bytes request = {0}, answer = {0};
    int64_t answers = 0, empty = 0;
    double began = now_ms();
    while (taken < wanted) {
        request.count = 0;
        size_t begin = begin_request(&request, FETCH, 4);
        put(&request, -1, 4);       // replica_id
        put(&request, 500, 4);      // max_wait_ms
        put(&request, 1, 4);        // min_bytes
        put(&request, at_most, 4);  // max_bytes
        put(&request, 0, 1);        // isolation_level
        put(&request, 1, 4);
        put_string(&request, topic);
        put(&request, partitions, 4);
        for (int index = 0; index < partitions; index++) {
            // Another partition first each time, as a consumer does, so that one answer's limit starves none.
            int partition = (int)((index + answers) % partitions);
            put(&request, partition, 4);
            put(&request, offsets[partition], 8);
            put(&request, 1048576, 4);  // partition_max_bytes, the consumer's default
        }
        end_request(&request, begin);
        if (!ask(fd, &request, &answer)) fail("the broker hung up");
        int64_t more = take_records(&answer, offsets, partitions);
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

static int connections(char **argv) {
    int port = atoi(argv[0]), count = atoi(argv[1]);
    rlim_t allowed = allow_many_files();
    if ((rlim_t)count + 16 > allowed) {
        fprintf(stderr, "client: %d connections need more than the %lu open files allowed\n", count, allowed);
        return 1;
    }
    struct bytes question = {0}, answer = {0};
    end_request(&question, begin_request(&question, API_VERSIONS, 0));
    int *fds = calloc((size_t)count, sizeof *fds);
    if (fds == NULL) fail("calloc");
    double began = now_ms();
    for (int index = 0; index < count; index++) {
        // 127.0.0.2 and on: 5,000 connections from each address, so that ports do not run out.
        fds[index] = open_connection_from(INADDR_LOOPBACK + 1 + (uint32_t)(index / 5000), port);
        if (fds[index] < 0) fail("connect");
        if (!ask(fds[index], &question, &answer)) fail("the broker hung up");
    }
    printf("ms %.3f connections %d\n", now_ms() - began, count);
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    // Each is asked once more: all of them are still served.
    for (int index = 0; index < count; index++)
        if (!ask(fds[index], &question, &answer)) fail("a connection was lost");
    printf("alive %d\n", count);
    return 0;
}

int main(int argc, char **argv) {
    if (argc >= 5 && strcmp(argv[1], "start") == 0) return start(argv + 2);
    if (argc == 7 && strcmp(argv[1], "fetch") == 0) return fetch(argv + 2);
    if (argc == 4 && strcmp(argv[1], "connections") == 0) return connections(argv + 2);
    fprintf(stderr, "usage: client start PORT PARTITIONS COMMAND… | fetch PORT TOPIC PARTITIONS BYTES COUNT |"
                    " connections PORT COUNT\n");
    return 2;
}
