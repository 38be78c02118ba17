// Members of consumer groups, each a KafkaConsumer on a thread of its own, told what to do line by line:
//
//     start MEMBER GROUP TOPIC classic|consumer ASSIGNOR sync|async INSTANCE     joins; ASSIGNOR - is the default one,
//                                                                       INSTANCE - a dynamic member
//     close MEMBER                                                      commits, leaves, ends
//     rest MEMBER                                                       commits, ends; a static one is still a member
//     drop MEMBER                                                       ends without a commit and without leaving
//
// What happens is printed, a line each, in the order in which it happened:
//
//     owns MEMBER PARTITION…            read MEMBER PARTITION OFFSET VALUE        committed MEMBER PARTITION OFFSET
//     refused MEMBER PARTITION OFFSET WHY                (a commit that failed; it may be tried again)
//     lost MEMBER PARTITION…            gone MEMBER                       fault MEMBER WHAT
//
// java -cp "$KAFKA_HOME/libs/*" GroupMembers.java BOOTSTRAP SESSION_MS

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

public final class GroupMembers {
    static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Member> members = new HashMap<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "start" -> {
                    Member member = new Member(arguments[0], arguments[1], words);
                    members.put(words[1], member);
                    member.start();
                }
                case "close" -> members.remove(words[1]).end(true, CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
                case "rest" -> members.remove(words[1]).end(true, CloseOptions.GroupMembershipOperation.DEFAULT);
                case "drop" -> members.remove(words[1]).end(false, CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP);
                default -> say("fault - no such command: " + line);
            }
        }
        System.exit(0);
    }

    static final class Member extends Thread implements ConsumerRebalanceListener {
        private final String name;
        private final String topic;
        private final boolean commitsAsync;
        private final KafkaConsumer<String, String> consumer;
        /** Read and not yet committed: the next offsets. Of this thread alone. */
        private final Map<TopicPartition, OffsetAndMetadata> pending = new HashMap<>();
        /** What was sent last: of two commits under way the earlier one is not tried again. Of this thread alone. */
        private final Map<TopicPartition, OffsetAndMetadata> sent = new HashMap<>();
        private volatile boolean isEnding;
        private volatile boolean isClean;
        private volatile CloseOptions.GroupMembershipOperation farewell;

        Member(String bootstrap, String sessionMs, String[] words) {
            super(words[1]);
            name = words[1];
            topic = words[3];
            commitsAsync = words[6].equals("async");
            Properties settings = new Properties();
            settings.put("bootstrap.servers", bootstrap);
            settings.put("client.id", name);
            settings.put("group.id", words[2]);
            settings.put("group.protocol", words[4]);
            if (!words[7].equals("-")) settings.put("group.instance.id", words[7]);
            settings.put("auto.offset.reset", "earliest");
            settings.put("enable.auto.commit", "false");
            settings.put("max.poll.records", "50");
            settings.put("reconnect.backoff.ms", "20");
            settings.put("reconnect.backoff.max.ms", "1000");
            settings.put("retry.backoff.ms", "20");
            settings.put("retry.backoff.max.ms", "100");
            settings.put("metadata.max.age.ms", "5000");
            if (words[4].equals("classic")) {
                settings.put("session.timeout.ms", sessionMs);
                settings.put("heartbeat.interval.ms", "200");
                if (!words[5].equals("-")) settings.put("partition.assignment.strategy", words[5]);
            } else if (!words[5].equals("-")) {
                settings.put("group.remote.assignor", words[5]);
            }
            consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        }

        /** How long a commit that was refused is not tried again. */
        private static final long RETRY_MS = 100;
        private long refusedNs = System.nanoTime() - RETRY_MS * 1_000_000;

        void end(boolean cleanly, CloseOptions.GroupMembershipOperation operation) {
            isClean = cleanly;
            farewell = operation;
            isEnding = true;
            consumer.wakeup();
        }

        @Override public void run() {
            try {
                consumer.subscribe(List.of(topic), this);
                sayOwned();
                while (!isEnding) {
                    try {
                        for (var record : consumer.poll(Duration.ofMillis(100))) {
                            say("read " + name + " " + record.partition() + " " + record.offset() + " " + record.value());
                            pending.put(
                                new TopicPartition(topic, record.partition()), new OffsetAndMetadata(record.offset() + 1));
                        }
                        if (!pending.isEmpty() && System.nanoTime() - refusedNs > RETRY_MS * 1_000_000) {
                            commit(commitsAsync);
                        }
                    } catch (WakeupException ended) {
                        // It is told to end; what was read is committed below.
                    }
                }
                finish();
            } catch (Exception fault) {
                say("fault " + name + " " + fault);
            }
        }

        private void finish() {
            if (isClean) {
                // The first try, even of nothing, waits for the commits that are under way.
                for (int tries = 0; (tries == 0 || !pending.isEmpty()) && tries < 50; tries++) {
                    pauseBefore(tries);
                    commit(false);
                }
                if (!pending.isEmpty()) say("fault " + name + " cannot commit " + pending);
            }
            CloseOptions options = CloseOptions.timeout(Duration.ofSeconds(isClean ? 10 : 1));
            // A member that ends uncleanly is not there for its callbacks either.
            if (!isClean) pending.clear();
            consumer.close(options.withGroupMembershipOperation(farewell));
            say("gone " + name);
        }

        private void commit(boolean async) {
            Map<TopicPartition, OffsetAndMetadata> offsets = Map.copyOf(pending);
            sent.putAll(offsets);
            if (async) {
                pending.clear();
                consumer.commitAsync(offsets, (done, fault) -> {
                    if (fault == null) {
                        acknowledged(offsets);
                        return;
                    }
                    refused(offsets, fault);
                    offsets.forEach((place, next) -> {
                        if (consumer.assignment().contains(place) && next.equals(sent.get(place))) {
                            pending.putIfAbsent(place, next);
                        }
                    });
                });
                return;
            }
            try {
                consumer.commitSync(offsets, Duration.ofSeconds(10));
                // Not all of it: commits that were under way may have failed meanwhile, and are to be tried again.
                offsets.forEach(pending::remove);
                acknowledged(offsets);
            } catch (RebalanceInProgressException | TimeoutException later) {
                // Kept for the next try: after the next poll, or when the partitions are taken away.
                refused(offsets, later);
            } catch (CommitFailedException fenced) {
                // It is no member any more; who owns the partitions reads them again.
                refused(offsets, fenced);
                pending.clear();
            } catch (WakeupException ended) {
                // The wakeup was meant for the poll; the next try is without it.
                refused(offsets, ended);
            }
        }

        /** Before another try: a rebalance refuses at once, and a try without end would keep its machine from ending it. */
        private void pauseBefore(int tries) {
            if (tries == 0) return;
            try {
                Thread.sleep(RETRY_MS);
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }

        private void refused(Map<TopicPartition, OffsetAndMetadata> offsets, Exception why) {
            refusedNs = System.nanoTime();
            offsets.forEach((place, next) ->
                say("refused " + name + " " + place.partition() + " " + next.offset() + " " + why));
        }

        private void acknowledged(Map<TopicPartition, OffsetAndMetadata> offsets) {
            offsets.forEach((place, next) -> say("committed " + name + " " + place.partition() + " " + next.offset()));
        }

        private void sayOwned() {
            TreeSet<Integer> owned = new TreeSet<>();
            for (TopicPartition place : consumer.assignment()) owned.add(place.partition());
            StringBuilder line = new StringBuilder("owns " + name);
            for (int partition : owned) line.append(' ').append(partition);
            say(line.toString());
        }

        @Override public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            sayOwned();
        }

        @Override public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // Commits that are under way come first; what they could not do is done here.
            for (int tries = 0; (tries == 0 || !pending.isEmpty()) && tries < 50 && !(isEnding && !isClean); tries++) {
                pauseBefore(tries);
                commit(false);
            }
            TreeSet<Integer> left = new TreeSet<>();
            for (TopicPartition place : consumer.assignment()) {
                if (!partitions.contains(place)) left.add(place.partition());
            }
            StringBuilder line = new StringBuilder("owns " + name);
            for (int partition : left) line.append(' ').append(partition);
            say(line.toString());
        }

        @Override public void onPartitionsLost(Collection<TopicPartition> partitions) {
            pending.keySet().removeAll(partitions);
            StringBuilder line = new StringBuilder("lost " + name);
            for (TopicPartition place : partitions) line.append(' ').append(place.partition());
            say(line.toString());
            say("owns " + name);
        }
    }
}
