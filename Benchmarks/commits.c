// Many groups and their committed offsets, from one small process.
//
//   commits write PORT TOPIC GROUPS COUNT CONNECTIONS DEPTH   COUNT OffsetCommits of GROUPS groups in turn
//   commits load PORT TOPIC GROUPS COMMAND…          executes COMMAND, and measures to the moment when groups of every
//                                                    partition of __consumer_offsets give their offsets; then asks all
//
// Every result is one line of `name value` pairs.

#include "peers.h"
#include "start.h"

enum { OFFSET_COMMIT = 8, OFFSET_FETCH = 9 };

static const char *topic;
static struct bytes request;

static void put_commit(struct bytes *b, int of_group, int64_t offset) {
    char name[32];
    snprintf(name, sizeof name, "group-%d", of_group);
    size_t start = begin_request(b, OFFSET_COMMIT, 7);
    put_string(b, name);
    put(b, -1, 4);  // nobody's member
    put_string(b, "");
    put(b, -1, 2);
    put(b, 1, 4);
    put_string(b, topic);
    put(b, 1, 4);
    put(b, 0, 4);
    put(b, offset, 8);
    put(b, -1, 4);
    put(b, -1, 2);
    end_request(b, start);
}

static int compare(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static int write_commits(int argc, char **argv) {
    if (argc != 6) return 2;
    int port = atoi(argv[0]), groups = atoi(argv[2]), connections = atoi(argv[4]), depth = atoi(argv[5]);
    int64_t count = atoll(argv[3]);
    topic = argv[1];
    if (groups < 1 || connections < 1 || depth < 1 || depth > 1024) return 2;
    await_coordinator(port, "group-0");
    open_peers(port, connections);
    // The groups of each connection's unanswered requests, oldest first, and when they were sent.
    int (*sent)[1024] = calloc((size_t)connections, sizeof *sent);
    double(*at)[1024] = calloc((size_t)connections, sizeof *at);
    int64_t *first = calloc((size_t)connections, sizeof *first), *last = calloc((size_t)connections, sizeof *last);
    double *took = calloc((size_t)count, sizeof *took);
    if (!sent || !at || !first || !last || !took) fail("calloc");
    int64_t begun = 0, done = 0, retried = 0;
    double began = now_ms();
    for (int index = 0; index < connections; index++) {
        for (int each = 0; each < depth && begun < count; each++, begun++) {
            sent[index][last[index] % 1024] = (int)(begun % groups);
            at[index][last[index]++ % 1024] = now_ms();
            put_commit(&request, (int)(begun % groups), begun);
        }
        send_to(index, &request);
    }
    struct epoll_event events[256];
    while (done < count) {
        int ready = epoll_wait(poller, events, 256, 60000);
        if (ready <= 0) fail("no answer within 60 s");
        for (int place = 0; place < ready; place++) {
            int index = (int)events[place].data.u32;
            if (!fill(peers[index].fd, &peers[index].in)) fail("the broker hung up");
            struct reader r;
            double now = now_ms();
            while (next_answer(&peers[index].in, &r)) {
                int of_group = sent[index][first[index] % 1024];
                double since = at[index][first[index]++ % 1024];
                // correlation_id | throttle | topics [name STRING, partitions [index INT32, error INT16]]
                take(&r, 12);
                skip_string(&r);
                take(&r, 8);
                int64_t error = get(&r, 2);
                if (is_too_early(error)) {
                    retried++;
                } else if (error != 0) {
                    unexpected("OffsetCommit", error);
                } else {
                    took[done++] = now - since;
                    if (begun == count) continue;
                    of_group = (int)(begun++ % groups);
                }
                sent[index][last[index] % 1024] = of_group;
                at[index][last[index]++ % 1024] = now;
                put_commit(&request, of_group, begun);
            }
            send_to(index, &request);
        }
    }
    double ms = now_ms() - began;
    qsort(took, (size_t)count, sizeof *took, compare);
    printf("ms %.3f commits %lld retried %lld p50_ms %.3f p99_ms %.3f\n", ms, (long long)count, (long long)retried,
           took[count / 2], took[count * 99 / 100]);
    return 0;
}

// OffsetFetch version 5 of one group's one partition: the committed offset; -2 while the coordinator is loading.
static int64_t committed(int fd, int of_group, struct bytes *answer) {
    char name[32];
    snprintf(name, sizeof name, "group-%d", of_group);
    request.count = 0;
    size_t start = begin_request(&request, OFFSET_FETCH, 5);
    put_string(&request, name);
    put(&request, 1, 4);
    put_string(&request, topic);
    put(&request, 1, 4);
    put(&request, 0, 4);
    end_request(&request, start);
    if (!ask(fd, &request, answer)) return -3;
    // correlation_id | throttle | topics [name STRING, partitions [index, offset INT64, epoch INT32, metadata, error]]
    // | error
    struct reader r = {answer->at + 12, answer->at + answer->count};
    if (number(r.end - 2, 2) != 0) return -2;
    if (get(&r, 4) != 1) return -1;
    skip_string(&r);
    if (get(&r, 4) != 1) return -1;
    take(&r, 4);
    int64_t offset = get(&r, 8);
    take(&r, 4);
    skip_string(&r);
    int64_t error = get(&r, 2);
    return is_too_early(error) ? -2 : error != 0 ? -1 : offset;
}

// The partition of a group: Java's hash of its name.
static int partition_of(int of_group) {
    char name[32];
    snprintf(name, sizeof name, "group-%d", of_group);
    uint32_t hash = 0;
    for (const char *at = name; *at != 0; at++) hash = hash * 31 + (uint8_t)*at;
    // Utils.abs: the least number becomes zero.
    int32_t code = (int32_t)hash;
    return code == INT32_MIN ? 0 : abs(code) % 50;
}

static int load(int argc, char **argv) {
    if (argc < 4) return 2;
    int port = atoi(argv[0]), groups = atoi(argv[2]);
    topic = argv[1];
    int of_partition[50];
    memset(of_partition, -1, sizeof of_partition);
    // The last group of each partition: what is committed last is loaded last.
    for (int of_group = 0; of_group < groups; of_group++) of_partition[partition_of(of_group)] = of_group;
    struct started started = start_command(argv + 3);
    struct bytes answer = {0};
    int fd = -1;
    for (int partition = 0; partition < 50;) {
        require_running(&started, "not loaded");
        if (fd < 0) fd = open_connection(port);
        int64_t offset = fd < 0 || of_partition[partition] < 0 ? -3 : committed(fd, of_partition[partition], &answer);
        if (fd >= 0 && of_partition[partition] < 0) {
            partition++;
        } else if (offset >= 0) {
            partition++;
        } else {
            if (offset == -3 && fd >= 0) {
                close(fd);
                fd = -1;
            }
            pause_us(100);
        }
    }
    double ms = since_exec_ms(&started);
    for (int of_group = 0; of_group < groups; of_group++) {
        if (committed(fd, of_group, &answer) < 0) {
            fprintf(stderr, "client: group-%d has lost its offset\n", of_group);
            kill(started.child, SIGKILL);
            return 1;
        }
    }
    printf("pid %d ms %.3f groups %d\n", started.child, ms, groups);
    return 0;
}

int main(int argc, char **argv) {
    int status = 2;
    if (argc >= 3 && strcmp(argv[1], "write") == 0) status = write_commits(argc - 2, argv + 2);
    if (argc >= 3 && strcmp(argv[1], "load") == 0) status = load(argc - 2, argv + 2);
    if (status == 2)
        fprintf(stderr, "usage: commits write PORT TOPIC GROUPS COUNT CONNECTIONS DEPTH |"
                        " commits load PORT TOPIC GROUPS COMMAND…\n");
    return status;
}
