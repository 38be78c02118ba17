// Records of a chosen shape at a chosen pace, from one small process.
//
//   producer PORT TOPIC PARTITIONS CONNECTIONS DEPTH BATCHES RECORDS SIZE KEYS RATE
//
// BATCHES batches of RECORDS records, each with a value of SIZE bytes, go to the partitions in turn, with acks=all; each
// connection has DEPTH requests under way at most. With KEYS above 0 every record has a key of eight bytes, one of so
// many, else none. With a RATE above 0 so many batches a second are due, and the time to an answer counts from when its
// batch was due. One line of `name value` pairs: the time, and the times to an answer.

#include <sys/epoll.h>

#include "wire.h"

enum { PRODUCE = 0 };

// MARK: CRC-32C, eight bytes at a time

static uint32_t table[8][256];

static void make_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0x82F63B78u : 0);
        table[0][byte] = value;
    }
    for (int slice = 1; slice < 8; slice++)
        for (int byte = 0; byte < 256; byte++)
            table[slice][byte] = table[slice - 1][byte] >> 8 ^ table[0][table[slice - 1][byte] & 0xFF];
}

static uint32_t crc32c(const uint8_t *at, size_t count) {
    uint32_t crc = ~0u;
    for (; count >= 8; at += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        word ^= crc;  // of a little-endian machine
        crc = 0;
        for (int slice = 0; slice < 8; slice++) crc ^= table[7 - slice][word >> slice * 8 & 0xFF];
    }
    for (; count > 0; at++, count--) crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xFF];
    return ~crc;
}

// MARK: Batches

static uint64_t seed = 88172645463325252u;

static uint64_t chance(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int varint_size(int32_t value) {
    uint32_t zigzag = ((uint32_t)value << 1) ^ (uint32_t)(value >> 31);
    int size = 1;
    for (; zigzag >= 0x80; zigzag >>= 7) size++;
    return size;
}

// length VARINT | attributes INT8 | timestamp delta VARINT | offset delta VARINT | key VARINT+bytes
// | value VARINT+bytes | headers VARINT
static void put_record(struct bytes *b, int delta, int size, int64_t keys, const uint8_t *value) {
    int key_size = keys > 0 ? 8 : 0;
    int length = 2 + varint_size(delta) + varint_size(keys > 0 ? 8 : -1) + key_size + varint_size(size) + size + 1;
    put_varint(b, length);
    put(b, 0, 2);
    put_varint(b, delta);
    put_varint(b, keys > 0 ? 8 : -1);
    if (keys > 0) put(b, (int64_t)(chance() % (uint64_t)keys), 8);
    put_varint(b, size);
    put_raw(b, value, (size_t)size);
    put(b, 0, 1);
}

// base_offset INT64 | length INT32 | leader epoch INT32 | magic INT8 | crc INT32 | attributes INT16 | last delta INT32
// | timestamps INT64 × 2 | producer INT64 | epoch INT16 | sequence INT32 | count INT32 | records
static void put_batch(struct bytes *b, int records, int size, int64_t keys, const uint8_t *value) {
    size_t start = b->count;
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    int64_t ms = (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
    put(b, 0, 8);
    put(b, 0, 4);
    put(b, -1, 4);
    put(b, 2, 1);
    put(b, 0, 4);
    put(b, 0, 2);
    put(b, records - 1, 4);
    put(b, ms, 8);
    put(b, ms, 8);
    put(b, -1, 8);
    put(b, -1, 2);
    put(b, -1, 4);
    put(b, records, 4);
    for (int delta = 0; delta < records; delta++) put_record(b, delta, size, keys, value);
    size_t end = b->count;
    b->count = start + 8;
    put(b, (int64_t)(end - start) - 12, 4);
    b->count = start + 17;
    put(b, crc32c(b->at + start + 21, end - start - 21), 4);
    b->count = end;
}

static void put_produce(struct bytes *b, const char *topic, int partition, const struct bytes *batch) {
    size_t start = begin_request(b, PRODUCE, 3);
    put(b, -1, 2);  // no transaction
    put(b, -1, 2);  // acks
    put(b, 30000, 4);
    put(b, 1, 4);
    put_string(b, topic);
    put(b, 1, 4);
    put(b, partition, 4);
    put(b, (int64_t)batch->count, 4);
    put_raw(b, batch->at, batch->count);
    end_request(b, start);
}

// MARK: The run

struct peer {
    int fd, under_way;
    struct inbox in;
    double since[256];  // when each unanswered request was sent or due, in a ring
    int64_t first, last;
};

static int compare(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

int main(int argc, char **argv) {
    if (argc != 11) {
        fprintf(stderr, "usage: producer PORT TOPIC PARTITIONS CONNECTIONS DEPTH BATCHES RECORDS SIZE KEYS RATE\n");
        return 2;
    }
    int port = atoi(argv[1]), partitions = atoi(argv[3]), connections = atoi(argv[4]), depth = atoi(argv[5]);
    const char *topic = argv[2];
    int64_t batches = atoll(argv[6]), keys = atoll(argv[9]);
    int records = atoi(argv[7]), size = atoi(argv[8]);
    double rate = atof(argv[10]);
    if (partitions < 1 || connections < 1 || depth < 1 || depth > 256) return 2;
    if (batches < 1 || records < 1 || size < 1) return 2;
    make_table();
    allow_many_files();
    uint8_t *value = malloc((size_t)size);
    struct peer *peers = calloc((size_t)connections, sizeof *peers);
    double *took = calloc((size_t)batches, sizeof *took);
    if (!value || !peers || !took) fail("malloc");
    for (int index = 0; index < size; index++) value[index] = (uint8_t)(chance() >> 32);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    for (int index = 0; index < connections; index++) {
        peers[index].fd = open_connection(port);
        if (peers[index].fd < 0) fail("connect");
        fcntl(peers[index].fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
        epoll_ctl(poller, EPOLL_CTL_ADD, peers[index].fd, &event);
    }
    struct bytes request = {0}, batch = {0};
    put_batch(&batch, records, size, keys, value);
    int64_t sent = 0, done = 0;
    double began = now_ms();
    struct epoll_event events[64];
    while (done < batches) {
        double now = now_ms(), wait = 60000;
        for (int turn = 0; turn < connections * depth && sent < batches; turn++) {
            double due = rate > 0 ? began + (double)sent * 1000 / rate : now;
            if (due > now) {
                wait = due - now;
                break;
            }
            // The connection with the least under way; of a pace that the broker cannot hold the rest waits here.
            struct peer *peer = peers;
            for (int index = 1; index < connections; index++)
                if (peers[index].under_way < peer->under_way) peer = peers + index;
            if (peer->under_way >= depth) break;
            if (keys > 0) {
                batch.count = 0;
                put_batch(&batch, records, size, keys, value);
            }
            request.count = 0;
            put_produce(&request, topic, (int)(sent % partitions), &batch);
            peer->since[peer->last++ % 256] = due;
            peer->under_way++;
            sent++;
            if (write_all(peer->fd, request.at, request.count) != 0) fail("the broker hung up");
        }
        struct timespec until = {.tv_sec = (time_t)(wait / 1000), .tv_nsec = (long)(wait * 1e6) % 1000000000};
        int ready = epoll_pwait2(poller, events, 64, &until, NULL);
        if (ready == 0 && wait >= 60000) fail("no answer within 60 s");
        for (int place = 0; place < ready; place++) {
            struct peer *peer = peers + events[place].data.u32;
            if (!fill(peer->fd, &peer->in)) fail("the broker hung up");
            struct reader r;
            double at = now_ms();
            while (next_answer(&peer->in, &r)) {
                // correlation_id | topics [name STRING, partitions [index INT32, error INT16, …]] | …
                take(&r, 8);
                skip_string(&r);
                take(&r, 8);
                int64_t error = get(&r, 2);
                if (error != 0) {
                    fprintf(stderr, "client: Produce answers error %lld\n", (long long)error);
                    return 1;
                }
                took[done++] = at - peer->since[peer->first++ % 256];
                peer->under_way--;
            }
        }
    }
    double ms = now_ms() - began;
    qsort(took, (size_t)batches, sizeof *took, compare);
    printf("ms %.3f records %lld bytes %lld p50_ms %.3f p99_ms %.3f p999_ms %.3f max_ms %.3f\n", ms,
           (long long)(batches * records), (long long)batches * (long long)batch.count, took[batches / 2],
           took[batches * 99 / 100], took[batches * 999 / 1000], took[batches - 1]);
    return 0;
}
