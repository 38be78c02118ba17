// Many members of one group, from one small process: the coordinator does the work, not its client.
//
//   members classic PORT GROUP TOPIC PARTITIONS MEMBERS PAUSE_MS    a group of the classic protocol, from the first
//                                           request to the moment when every member has its final share
//   members consumer PORT GROUP TOPIC PARTITIONS MEMBERS PAUSE_MS   … of the consumer protocol (KIP-848)
//
// PAUSE_MS is the time between a member's heartbeats.
//
// Every member has a connection of its own, as with any client. The result is one line of `name value` pairs.

#include "peers.h"

enum { JOIN_GROUP = 11, HEARTBEAT = 12, SYNC_GROUP = 14, CONSUMER_GROUP_HEARTBEAT = 68 };
enum { ILLEGAL_GENERATION = 22, UNKNOWN_MEMBER = 25, REBALANCE_IN_PROGRESS = 27, MEMBER_ID_REQUIRED = 79 };

enum state { IDLE, JOINING, SYNCING, STABLE };

struct member {
    enum state state;
    char id[80];
    int epoch;  // of the consumer protocol, or the generation
    int partitions, said;
    double due;  // when the next heartbeat is
};

static const char *group, *topic;
static int member_count, partition_count;
static struct member *members;
static struct bytes request;
static double pause_ms;
static int64_t requests_sent;

static void join(int index) {
    struct member *m = members + index;
    size_t start = begin_request(&request, JOIN_GROUP, 5);
    put_string(&request, group);
    put(&request, 45000, 4);   // session timeout
    put(&request, 300000, 4);  // rebalance timeout
    put_string(&request, m->id);
    put(&request, -1, 2);  // no static member
    put_string(&request, "consumer");
    put(&request, 1, 4);
    put_string(&request, "range");
    // ConsumerProtocolSubscription: version INT16 | topics [STRING] | user data BYTES
    put(&request, 2 + 4 + 2 + (int64_t)strlen(topic) + 4, 4);
    put(&request, 0, 2);
    put(&request, 1, 4);
    put_string(&request, topic);
    put(&request, -1, 4);
    end_request(&request, start);
    m->state = JOINING;
    m->due = 0;
    requests_sent++;
    send_to(index, &request);
}

// ConsumerProtocolAssignment: version INT16 | topics [topic STRING, partitions [INT32]] | user data BYTES
static void put_assignment(struct bytes *b, int place, int of) {
    int count = partition_count / of + (place < partition_count % of ? 1 : 0);
    put(b, 2 + 4 + 2 + (int64_t)strlen(topic) + 4 + 4 * count + 4, 4);
    put(b, 0, 2);
    put(b, 1, 4);
    put_string(b, topic);
    put(b, count, 4);
    for (int partition = place; partition < partition_count; partition += of) put(b, partition, 4);
    put(b, -1, 4);
}

// group STRING | generation INT32 | member_id STRING | group_instance_id: none
static size_t begin_from_member(int api_key, const struct member *m) {
    size_t start = begin_request(&request, api_key, 3);
    put_string(&request, group);
    put(&request, m->epoch, 4);
    put_string(&request, m->id);
    put(&request, -1, 2);
    return start;
}

// The leader's request has everybody's share; `r` stands at the members of its JoinGroup answer.
static void sync_group(int index, struct reader *r) {
    struct member *m = members + index;
    size_t start = begin_from_member(SYNC_GROUP, m);
    int64_t count = get(r, 4);
    put(&request, count, 4);
    for (int64_t place = 0; place < count; place++) {
        char id[80];
        get_string(r, id, sizeof id);
        skip_string(r);
        int64_t length = get(r, 4);
        take(r, length > 0 ? (size_t)length : 0);
        put_string(&request, id);
        put_assignment(&request, (int)place, (int)count);
    }
    end_request(&request, start);
    m->state = SYNCING;
    requests_sent++;
    send_to(index, &request);
}

static void heartbeat(int index) {
    struct member *m = members + index;
    size_t start = begin_from_member(HEARTBEAT, m);
    end_request(&request, start);
    m->due = 0;
    requests_sent++;
    send_to(index, &request);
}

static void again(struct member *m, int64_t error, const char *what) {
    if (error == UNKNOWN_MEMBER)
        m->id[0] = 0;
    else if (error != REBALANCE_IN_PROGRESS && error != ILLEGAL_GENERATION && !is_too_early(error))
        unexpected(what, error);
}

static int newest, synced;

// An answer of the classic protocol. True when the group has settled: all have synced in one generation.
static int classic_answer(int index, struct reader *r) {
    struct member *m = members + index;
    take(r, 8);  // correlation id, throttle
    int64_t error = get(r, 2);
    if (m->state == JOINING) {
        // generation INT32 | protocol STRING | leader STRING | member_id STRING | members […]
        int64_t generation = get(r, 4);
        skip_string(r);
        skip_string(r);
        char id[80];
        get_string(r, id, sizeof id);
        if (error == MEMBER_ID_REQUIRED) strcpy(m->id, id);
        if (error != 0) {
            if (error != MEMBER_ID_REQUIRED) again(m, error, "JoinGroup");
            join(index);
            return 0;
        }
        strcpy(m->id, id);
        m->epoch = (int)generation;
        sync_group(index, r);
        return 0;
    }
    if (error != 0) {
        again(m, error, m->state == SYNCING ? "SyncGroup" : "Heartbeat");
        join(index);
        return 0;
    }
    if (m->state == SYNCING) {
        m->state = STABLE;
        if (get(r, 4) <= 0) fail("a member got no share");
        if (m->epoch > newest) {
            newest = m->epoch;
            synced = 0;
        }
        if (m->epoch == newest && ++synced == member_count) return 1;
    }
    m->due = now_ms() + pause_ms;
    return 0;
}

// ConsumerGroupHeartbeat version 1. A member says what it has when that has changed, as Kafka's own consumer does.
static void consumer_heartbeat(int index) {
    struct member *m = members + index;
    size_t start = begin_request(&request, CONSUMER_GROUP_HEARTBEAT, 1);
    put(&request, 0, 1);  // the header's tags
    put_compact_string(&request, group);
    put_compact_string(&request, m->id);
    put(&request, m->epoch, 4);
    put(&request, 0, 1);  // instance, rack
    put(&request, 0, 1);
    int joins = m->epoch == 0;
    put(&request, joins ? 300000 : -1, 4);
    put_unsigned_varint(&request, joins ? 2 : 0);
    if (joins) put_compact_string(&request, topic);
    put(&request, 0, 1);  // regular expression, assignor
    put(&request, 0, 1);
    if (joins) {
        put_unsigned_varint(&request, 1);
    } else if (!m->said) {
        struct inbox *held = &peers[member_count + index].in;
        put_unsigned_varint(&request, m->partitions > 0 ? 2 : 1);
        if (m->partitions > 0) {
            put_raw(&request, held->bytes.at, 16);
            put_unsigned_varint(&request, (uint32_t)m->partitions + 1);
            put_raw(&request, held->bytes.at + 16, held->bytes.count - 16);
            put(&request, 0, 1);
        }
    } else {
        put_unsigned_varint(&request, 0);
    }
    put(&request, 0, 1);
    end_request(&request, start);
    m->said = 1;
    m->due = 0;
    requests_sent++;
    send_to(index, &request);
}

static int settled;

// True when every member has its share of the partitions, and none has more.
static int consumer_answer(int index, struct reader *r) {
    struct member *m = members + index;
    take(r, 9);  // correlation id, tags, throttle
    int64_t error = get(r, 2);
    skip_compact_string(r);
    if (error != 0) {
        if (!is_too_early(error)) unexpected("ConsumerGroupHeartbeat", error);
        m->due = now_ms() + 5;
        return 0;
    }
    skip_compact_string(r);
    m->epoch = (int)get(r, 4);
    take(r, 4);  // the interval that the broker asks for
    m->due = now_ms() + pause_ms;
    if ((int8_t)get(r, 1) < 0) return 0;
    int share = partition_count / member_count;
    int before = m->partitions;
    // topic_partitions [topic_id UUID, partitions [INT32], tags]
    struct bytes *held = &peers[member_count + index].in.bytes;
    uint32_t topics = get_unsigned_varint(r);
    m->partitions = 0;
    held->count = 0;
    for (uint32_t place = 1; place < topics; place++) {
        put_raw(held, take(r, 16), 16);
        m->partitions = (int)get_unsigned_varint(r) - 1;
        put_raw(held, take(r, 4 * (size_t)m->partitions), 4 * (size_t)m->partitions);
        take(r, 1);
    }
    if (m->partitions > 0 || before > 0) {
        m->said = 0;
        m->due = now_ms();
    }
    settled += (m->partitions == share) - (before == share);
    return settled == member_count;
}

static int settle(int argc, char **argv, int is_consumer) {
    if (argc != 6) return 2;
    int port = atoi(argv[0]);
    group = argv[1];
    topic = argv[2];
    partition_count = atoi(argv[3]);
    member_count = atoi(argv[4]);
    pause_ms = atof(argv[5]);
    await_coordinator(port, group);
    members = calloc((size_t)member_count, sizeof *members);
    open_peers(port, member_count);
    // What a member of the consumer protocol has lies behind the connections, one buffer each.
    peers = realloc(peers, (size_t)member_count * 2 * sizeof *peers);
    if (members == NULL || peers == NULL) fail("calloc");
    memset(peers + member_count, 0, (size_t)member_count * sizeof *peers);
    double began = now_ms();
    for (int index = 0; index < member_count; index++) {
        if (is_consumer) {
            snprintf(members[index].id, sizeof members[index].id, "member-%08d", index);
            consumer_heartbeat(index);
        } else {
            join(index);
        }
    }
    struct epoll_event events[256];
    for (;;) {
        int count = epoll_wait(poller, events, 256, 1);
        double now = now_ms();
        if (now - began > 30000) {
            int in_state[4] = {0}, silent = 0, current = 0;
            for (int index = 0; index < member_count; index++) {
                in_state[members[index].state]++;
                silent += members[index].due == 0;
                current += members[index].epoch == newest;
            }
            fprintf(stderr, "client: not settled within 30 s: %d join, %d sync, %d are stable, %d wait for an answer,"
                            " %d are in generation %d\n",
                    in_state[JOINING], in_state[SYNCING], in_state[STABLE], silent, current, newest);
            return 1;
        }
        for (int place = 0; place < count; place++) {
            int index = (int)events[place].data.u32;
            if (!fill(peers[index].fd, &peers[index].in)) fail("the broker hung up");
            struct reader r;
            while (next_answer(&peers[index].in, &r)) {
                if (!(is_consumer ? consumer_answer(index, &r) : classic_answer(index, &r))) continue;
                printf("ms %.3f requests %lld generation %d\n", now_ms() - began, (long long)requests_sent,
                       members[index].epoch);
                return 0;
            }
        }
        for (int index = 0; index < member_count; index++) {
            if (members[index].due == 0 || members[index].due > now) continue;
            if (is_consumer)
                consumer_heartbeat(index);
            else
                heartbeat(index);
        }
    }
}

int main(int argc, char **argv) {
    int status = 2;
    if (argc >= 3 && strcmp(argv[1], "classic") == 0) status = settle(argc - 2, argv + 2, 0);
    if (argc >= 3 && strcmp(argv[1], "consumer") == 0) status = settle(argc - 2, argv + 2, 1);
    if (status == 2) fprintf(stderr, "usage: members classic|consumer PORT GROUP TOPIC PARTITIONS MEMBERS PAUSE_MS\n");
    return status;
}
