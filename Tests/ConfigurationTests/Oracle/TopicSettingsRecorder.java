// Asks a running Apache Kafka to check settings for a new topic, and prints what it says, one JSON object a line.
//
//   java -cp "$KAFKA_HOME/libs/*" TopicSettingsRecorder.java PORT

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.storage.internals.log.LogConfig;

public class TopicSettingsRecorder {
    static final String[] NUMBERS = {"", " 12 ", "+7", "-1", "-2", "-3", "0", "1", "3", "abc", "1.5", "0x10", "1_000", "99999999999",
        "9223372036854775807", "9223372036854775808", "2147483647", "2147483648", "1048575", "1048576", "1 2", "-0", "--1", "17", "18", "22",
        "23", "-131072", "-131073", "9", "10"};
    static final String[] DOUBLES = {"", " .5 ", "0", "1", "1.0000001", "-0.0", "-1e-9", "1e-3", "9.999E-4", "NaN", "nan", "Infinity", "0x1p-1",
        "0x1", "0.5f", "0.5d", "1e", "e1", "0.123456789012345678", "0.1", "1,0", ".", "5e-324"};
    static final String[] BOOLEANS = {"", "true", " TRUE ", "False", "yes", "1", "tru e"};
    static final String[] LISTS = {"", "compact", "delete", "compact,delete", "delete , compact", "Compact", "compact,compact", "compact,", ",",
        " , ", "none", "compact none", "0:1", "0:1,1:2", "*", "*,*", "0:", ":1", "a:b", "0:1:2", "-1:0", "0:1,", "1:0,*", "00:1"};
    static final String[] STRINGS = {"", "producer", " gzip ", "GZIP", "uncompressed", "none", "zstd", "lz4", "snappy", "CreateTime", "LogAppendTime",
        "logappendtime", "rar"};

    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", "127.0.0.1:" + args[0]);
        try (Admin admin = Admin.create(properties)) {
            for (var key : LogConfig.configKeys().values()) {
                String[] texts = switch (key.type) {
                    case BOOLEAN -> BOOLEANS;
                    case DOUBLE -> DOUBLES;
                    case LIST -> LISTS;
                    case STRING -> STRINGS;
                    default -> NUMBERS;
                };
                for (String text : texts) ask(admin, Map.of(key.name, text));
                Map<String, String> none = new HashMap<>();
                none.put(key.name, null);
                ask(admin, none);
            }
            // Several at once: what is named first, and what must hold between keys.
            ask(admin, Map.of());
            ask(admin, Map.of("no.such.key", "1"));
            ask(admin, Map.of("no.such.key", "1", "another.unknown", "2", "retention.ms", "bad"));
            ask(admin, Map.of("alpha", "1", "beta", "2", "gamma", "3", "delta", "4", "epsilon", "5"));
            ask(admin, Map.of("retention.ms", "bad", "segment.bytes", "bad", "cleanup.policy", "bad"));
            ask(admin, Map.of("preallocate", "bad", "flush.ms", "-1", "index.interval.bytes", "-1"));
            ask(admin, Map.of("min.compaction.lag.ms", "10", "max.compaction.lag.ms", "9"));
            ask(admin, Map.of("min.compaction.lag.ms", "10", "max.compaction.lag.ms", "10"));
            ask(admin, Map.of("min.compaction.lag.ms", "10", "max.compaction.lag.ms", "9", "remote.storage.enable", "true"));
            ask(admin, Map.of("remote.storage.enable", "true", "cleanup.policy", "compact"));
            ask(admin, Map.of("remote.log.delete.on.disable", "true", "remote.log.copy.disable", "true"));
            ask(admin, Map.of("local.retention.ms", "10", "retention.ms", "5"));
            ask(admin, Map.of("local.retention.bytes", "10", "retention.bytes", "5"));
            ask(admin, Map.of("segment.jitter.ms", "100", "segment.ms", "5"));
            ask(admin, Map.of("segment.bytes", "1048576", "max.message.bytes", "2000000"));
            ask(admin, Map.of("segment.bytes", "1048576", "segment.index.bytes", "2000000"));
            ask(admin, Map.of("message.timestamp.before.max.ms", "5", "message.timestamp.after.max.ms", "1"));
            ask(admin, Map.of("min.insync.replicas", "5"));
            ask(admin, Map.of("compression.type", "zstd", "compression.zstd.level", "100"));
            Map<String, String> nulls = new HashMap<>();
            nulls.put("retention.ms", null);
            nulls.put("flush.ms", null);
            nulls.put("no.such.key", "1");
            ask(admin, nulls);
        }
    }

    static void ask(Admin admin, Map<String, String> settings) throws Exception {
        short error = 0;
        String message = null;
        try {
            admin.createTopics(List.of(new NewTopic("checked", 1, (short) 1).configs(settings)), new CreateTopicsOptions().validateOnly(true))
                .all().get();
        } catch (ExecutionException failure) {
            error = Errors.forException(failure.getCause()).code();
            message = failure.getCause().getMessage();
        }
        var line = new StringBuilder("{\"settings\":{");
        String comma = "";
        for (var setting : new TreeMap<>(settings).entrySet()) {
            line.append(comma).append(quote(setting.getKey())).append(':').append(quote(setting.getValue()));
            comma = ",";
        }
        System.out.println(line.append("},\"error\":").append(error).append(",\"message\":").append(quote(message)).append('}'));
    }

    static String quote(String text) {
        if (text == null) return "null";
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
