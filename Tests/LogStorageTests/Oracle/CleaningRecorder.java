// Writes what the cleaner is to be tried on: java -cp 'KAFKA/libs/*' CleaningRecorder.java PORT (first|second)
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringSerializer;

public class CleaningRecorder {
    static String server;
    static long time;
    static final Random random = new Random(42);

    static KafkaProducer<String, String> producer(String codec, String transactionalId, boolean idempotent) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", server);
        settings.put("compression.type", codec);
        settings.put("linger.ms", 1000);
        settings.put("enable.idempotence", idempotent);
        settings.put("batch.size", 100_000);
        if (transactionalId != null) settings.put("transactional.id", transactionalId);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    /// A batch of some records, a third of the keys' values being tombstones.
    static void batch(KafkaProducer<String, String> producer, int records) {
        for (int i = 0; i < records; i++) {
            String key = "key-" + random.nextInt(12);
            String value = random.nextInt(3) == 0 ? null : "value-" + random.nextInt(1_000_000);
            var record = new ProducerRecord<>("cleaned", 0, time + i, key, value);
            if (random.nextInt(3) == 0) record.headers().add(new RecordHeader("header", new byte[] {1, 2}));
            producer.send(record);
        }
        producer.flush();
    }

    static void roll() { time += 10_000; }

    public static void main(String[] arguments) throws Exception {
        server = "127.0.0.1:" + arguments[0];
        // Ahead of the markers, which have the time of day: what begins with one is rolled by the next data.
        time = System.currentTimeMillis() + 600_000;
        if (arguments[1].equals("first")) first(); else second();
    }

    static void first() throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", server))) {
            admin.createTopics(List.of(new NewTopic("cleaned", 1, (short) 1).configs(Map.of(
                "cleanup.policy", "compact", "segment.ms", "5000", "min.cleanable.dirty.ratio", "0.001",
                "delete.retention.ms", "1000", "file.delete.delay.ms", "0")))).all().get();
        }
        var plain = producer("none", null, false);
        var zstd = producer("zstd", null, true);
        var one = producer("lz4", "transactional-1", true);
        var two = producer("none", "transactional-2", true);
        one.initTransactions();
        two.initTransactions();
        for (int round = 0; round < 6; round++) {
            batch(plain, 1 + random.nextInt(6));
            one.beginTransaction();
            batch(one, 2);
            batch(zstd, 1 + random.nextInt(6));
            two.beginTransaction();
            batch(two, 2);
            if (round % 2 == 0) roll();
            batch(one, 1);
            if (round % 2 == 0) one.abortTransaction(); else one.commitTransaction();
            batch(two, 1);
            if (round == 2) roll();
            if (round % 3 == 0) two.commitTransaction(); else two.abortTransaction();
            if (round % 2 == 1) roll();
        }
        // A transaction with data that is all replaced later, and one that is aborted at once.
        one.beginTransaction();
        batch(one, 3);
        one.commitTransaction();
        roll();
        batch(plain, 1);
        for (var producer : List.of(plain, zstd, one, two)) producer.close();
    }

    static void second() throws Exception {
        time += 1_000_000;
        var gzip = producer("gzip", null, true);
        for (int round = 0; round < 3; round++) {
            batch(gzip, 4);
            roll();
        }
        batch(gzip, 1);
        gzip.close();
    }
}
