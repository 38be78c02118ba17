// Lets Apache Kafka's own server-side assignors assign random groups and prints what they were given and what they
// answered, one JSON object a line. A group lives for some rounds: members come, go and change their minds, topics come,
// grow and, where all members are alike, shrink, and every round starts from the assignment that the round before ended
// with. Members and replicas have racks, of which these assignors make nothing.
//
//   java -cp "$KAFKA_HOME/libs/*" AssignorRecorder.java FIRST_SEED GROUPS > ../Fixtures/assignments.jsonl
//
// A line:
//   {"assignor": "uniform", "type": "homogeneous", "topics": ["ID COUNT", …],
//    "members": [["MEMBER", "INSTANCE or empty", "TOPIC …", "ASSIGNMENT", "RACK or empty"], …],
//    "answer": ["ASSIGNMENT", …]}
// with "failure": "TEXT" in place of the answer where there is none.
// Topics are indexes; the members are in the order in which the map was filled, a member's topics in the order of its
// set. An ASSIGNMENT is "TOPIC:PARTITION,FIRST-LAST,…;TOPIC:…" in the order of Kafka's maps and sets.

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignorException;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;

public class AssignorRecorder {
    static class Member {
        String id;
        String instance;
        String rack;
        Set<Uuid> topics = new HashSet<>();
        Map<Uuid, List<Integer>> written = new LinkedHashMap<>();
    }

    static final String[] RACKS = {"a", "b", "rack-c"};

    final Random random;
    final List<Uuid> topics = new ArrayList<>();
    final Map<Uuid, Integer> counts = new HashMap<>();
    final List<Member> members = new ArrayList<>();
    final boolean alike;
    final int maxPartitions;
    int born = 0;

    AssignorRecorder(long seed) {
        random = new Random(seed);
        alike = random.nextInt(10) < 4;
        boolean large = random.nextInt(12) == 0;
        maxPartitions = large ? 150 : random.nextBoolean() ? 8 : 30;
        int topicCount = 1 + random.nextInt(random.nextInt(4) == 0 ? 20 : 4);
        for (int i = 0; i < topicCount; i++) addTopic();
        int memberCount = 1 + random.nextInt(large ? 60 : random.nextInt(3) == 0 ? 16 : 5);
        for (int i = 0; i < memberCount; i++) addMember();
    }

    void addTopic() {
        Uuid id = new Uuid(random.nextLong(), random.nextLong());
        topics.add(id);
        counts.put(id, random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(maxPartitions));
    }

    void subscribe(Member member) {
        member.topics = new HashSet<>();
        if (alike) member.topics.addAll(members.isEmpty() ? topics : members.get(0).topics);
        else for (Uuid topic : topics) if (random.nextInt(3) > 0) member.topics.add(topic);
    }

    void addMember() {
        Member member = new Member();
        born++;
        if (random.nextInt(4) == 0) member.instance = "instance-" + random.nextInt(1000) + "-" + born;
        member.id = random.nextBoolean()
            ? new Uuid(random.nextLong(), random.nextLong()).toString()
            : "console-consumer-" + Integer.toHexString(random.nextInt());
        if (random.nextInt(4) > 0) member.rack = RACKS[random.nextInt(RACKS.length)];
        subscribe(member);
        members.add(member);
    }

    void live() {
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            Member any = members.isEmpty() ? null : members.get(random.nextInt(members.size()));
            switch (random.nextInt(8)) {
                case 0, 1: addMember(); break;
                case 2: if (members.size() > 1) members.remove(any); break;
                case 3:
                    addTopic();
                    if (alike) for (Member member : members) member.topics.add(topics.get(topics.size() - 1));
                    break;
                case 4: {
                    Uuid topic = topics.get(random.nextInt(topics.size()));
                    counts.put(topic, counts.get(topic) + 1 + random.nextInt(4));
                    break;
                }
                case 7: {
                    // Groups that are not alike fail at an index then.
                    if (!alike) break;
                    Uuid topic = topics.get(random.nextInt(topics.size()));
                    counts.put(topic, Math.max(1, counts.get(topic) - 1 - random.nextInt(3)));
                    break;
                }
                case 5:
                    if (!alike && any != null) subscribe(any);
                    else if (alike && topics.size() > 1) {
                        Uuid gone = topics.get(random.nextInt(topics.size()));
                        for (Member member : members) member.topics.remove(gone);
                    }
                    break;
                default:
                    if (any != null && any.instance != null) any.id = "again-" + random.nextInt(100000);
            }
        }
    }

    String text(Map<Uuid, ? extends Iterable<Integer>> assignment) {
        return assignment.entrySet().stream().map(entry -> {
            StringBuilder runs = new StringBuilder();
            int first = -1, last = -2;
            for (int partition : entry.getValue()) {
                if (partition == last + 1) last = partition;
                else {
                    if (first >= 0) run(runs, first, last);
                    first = last = partition;
                }
            }
            if (first >= 0) run(runs, first, last);
            return topics.indexOf(entry.getKey()) + ":" + runs;
        }).collect(Collectors.joining(";"));
    }

    static void run(StringBuilder runs, int first, int last) {
        if (runs.length() > 0) runs.append(',');
        runs.append(first);
        if (last > first) runs.append('-').append(last);
    }

    void assign(ConsumerGroupPartitionAssignor assignor) {
        boolean same = members.stream().map(member -> member.topics).distinct().count() <= 1;
        SubscriptionType type = same ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS;
        Map<String, MemberSubscriptionAndAssignmentImpl> specs = new HashMap<>();
        Map<Uuid, Map<Integer, String>> owners = new HashMap<>();
        for (Member member : members) {
            Map<Uuid, Set<Integer>> read = member.written.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> new HashSet<>(entry.getValue())));
            read.forEach((topic, partitions) -> partitions.forEach(partition ->
                owners.computeIfAbsent(topic, __ -> new HashMap<>()).put(partition, member.id)));
            specs.put(member.id, new MemberSubscriptionAndAssignmentImpl(
                Optional.ofNullable(member.rack), Optional.ofNullable(member.instance), member.topics, new Assignment(read)));
        }
        StringBuilder line = new StringBuilder();
        line.append("{\"assignor\":\"").append(assignor.name()).append("\",\"type\":\"")
            .append(same ? "homogeneous" : "heterogeneous").append("\",\"topics\":[")
            .append(topics.stream().map(id -> "\"" + id + " " + counts.get(id) + "\"").collect(Collectors.joining(",")))
            .append("],\"members\":[")
            .append(members.stream().map(member -> "[\"" + member.id + "\",\"" +
                (member.instance == null ? "" : member.instance) + "\",\"" +
                member.topics.stream().map(id -> "" + topics.indexOf(id)).collect(Collectors.joining(" ")) + "\",\"" +
                text(member.written) + "\",\"" + (member.rack == null ? "" : member.rack) + "\"]").collect(Collectors.joining(",")))
            .append("],");
        GroupAssignment answer;
        try {
            answer = assignor.assign(new GroupSpecImpl(Collections.unmodifiableMap(specs), type, owners), described());
        } catch (PartitionAssignorException failure) {
            System.out.println(line.append("\"failure\":\"").append(failure.getMessage()).append("\"}"));
            return;
        }
        line.append("\"answer\":[");
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            MemberAssignment assignment = answer.members().get(member.id);
            member.written = new LinkedHashMap<>();
            if (assignment != null) {
                assignment.partitions().forEach((topic, partitions) ->
                    member.written.put(topic, new ArrayList<>(partitions)));
            }
            if (i > 0) line.append(",");
            line.append("\"").append(text(member.written)).append("\"");
        }
        System.out.println(line.append("]}"));
    }

    SubscribedTopicDescriber described() {
        return new SubscribedTopicDescriber() {
            public int numPartitions(Uuid topic) {
                return counts.getOrDefault(topic, -1);
            }

            public Set<String> racksForPartition(Uuid topic, int partition) {
                int place = Math.floorMod(topic.hashCode() + partition, RACKS.length + 1);
                return place == RACKS.length ? Set.of() : Set.of(RACKS[place], RACKS[(place + 1) % RACKS.length]);
            }
        };
    }

    public static void main(String[] args) {
        long first = Long.parseLong(args[0]);
        for (long seed = first; seed < first + Long.parseLong(args[1]); seed++) {
            AssignorRecorder group = new AssignorRecorder(seed);
            ConsumerGroupPartitionAssignor assignor =
                group.random.nextInt(4) == 0 ? new RangeAssignor() : new UniformAssignor();
            int rounds = 1 + group.random.nextInt(5);
            for (int round = 0; round < rounds; round++) {
                if (round > 0) group.live();
                group.assign(assignor);
            }
        }
    }
}
