// Prints what the classes of Apache Kafka and of Java say, without a broker: run by record.sh.
//
//   java -cp "$KAFKA_HOME/libs/*" ConfigFacts.java facts       every key, as tab-separated values
//   java -cp "$KAFKA_HOME/libs/*" ConfigFacts.java brokers     whether a server.properties is accepted, and what is said
//   java -cp "$KAFKA_HOME/libs/*" ConfigFacts.java properties  what java.util.Properties reads

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;

public class ConfigFacts {
    static PrintStream out = System.out;

    public static void main(String[] args) throws Exception {
        // Kafka logs to standard output while it reads a configuration.
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        switch (args[0]) {
            case "facts" -> facts();
            case "brokers" -> brokers();
            case "properties" -> properties();
            default -> throw new IllegalArgumentException(args[0]);
        }
        out.flush();
    }

    static void facts() throws Exception {
        table("BROKER", kafka.server.KafkaConfig.configDef());
        table("TOPIC", org.apache.kafka.storage.internals.log.LogConfig.configDefCopy());
        table("GROUP", org.apache.kafka.coordinator.group.GroupConfig.CONFIG_DEF);
        table("CLIENT_METRICS", org.apache.kafka.server.metrics.ClientMetricsConfigs.configDef());
    }

    static void table(String table, ConfigDef definitions) throws Exception {
        var updates = org.apache.kafka.server.config.DynamicBrokerConfig.dynamicConfigUpdateModes();
        for (var key : definitions.configKeys().values()) {
            String standard = !key.hasDefault() || key.defaultValue == null ? "null" : "=" + ConfigDef.convertToString(key.defaultValue, key.type);
            String update = table.equals("BROKER") ? updates.getOrDefault(key.name, "read-only") : "";
            out.println(String.join("\t", table, key.name, key.type.name(), standard, validator(key.validator), key.importance.name(),
                String.valueOf(key.internalConfig), update));
        }
    }

    static String validator(ConfigDef.Validator validator) throws Exception {
        if (validator == null) return "";
        String name = validator.getClass().getSimpleName();
        String flags = "";
        if (validator instanceof ConfigDef.ValidList) {
            for (String field : new String[] {"isEmptyAllowed", "isNullAllowed"}) {
                var reflected = ConfigDef.ValidList.class.getDeclaredField(field);
                reflected.setAccessible(true);
                flags += " " + reflected.get(validator);
            }
        }
        return (name + " " + validator + flags).trim();
    }

    /** Settings beside those of a plain node; each line is accepted, or refused with a message. */
    static final String[][] BROKERS = {
        {},
        {"log.roll.ms", "0"}, {"log.roll.ms", "-1"}, {"log.roll.jitter.ms", "-1"}, {"log.retention.ms", "0"}, {"log.retention.ms", "-1"},
        {"log.retention.ms", "-7"}, {"log.retention.minutes", "0"}, {"log.retention.minutes", "-7"}, {"log.retention.hours", "0"},
        {"log.retention.hours", "-1"}, {"log.flush.interval.ms", "-1"}, {"log.flush.scheduler.interval.ms", "-5"},
        {"log.cleaner.dedupe.buffer.size", "1048576"}, {"log.cleaner.dedupe.buffer.size", "1048577"},
        {"log.cleaner.dedupe.buffer.size", "4000000", "log.cleaner.threads", "4"}, {"log.cleaner.threads", "0"},
        {"replica.fetch.wait.max.ms", "30001"}, {"replica.fetch.wait.max.ms", "30001", "replica.socket.timeout.ms", "40000"},
        {"broker.id", "1"}, {"broker.id", "2"}, {"node.id", "-1"}, {"node.id", "x"},
        {"process.roles", ""}, {"process.roles", "broker"}, {"process.roles", "broker,broker"}, {"process.roles", "zookeeper"},
        {"controller.listener.names", "PLAINTEXT"}, {"controller.listener.names", "OTHER"}, {"controller.listener.names", "CONTROLLER,PLAINTEXT"},
        {"controller.listener.names", "controller"}, {"controller.listener.names", ""},
        {"controller.quorum.bootstrap.servers", ""}, {"controller.quorum.bootstrap.servers", "", "controller.quorum.voters", "1@localhost:9093"},
        {"controller.quorum.bootstrap.servers", "", "controller.quorum.voters", "2@localhost:9093"},
        {"controller.quorum.voters", "1@localhost"}, {"controller.quorum.voters", "1@localhost:x"}, {"controller.quorum.voters", "x@localhost:1"},
        {"controller.quorum.voters", "localhost:1"}, {"controller.quorum.voters", "1@2@localhost:1"}, {"controller.quorum.voters", "1@:1"},
        {"controller.quorum.voters", "1@[::1]:1"}, {"controller.quorum.voters", "1@::1:1"}, {"controller.quorum.voters", "1@0.0.0.0:0"},
        {"controller.quorum.bootstrap.servers", "localhost"}, {"controller.quorum.bootstrap.servers", "localhost:x"},
        {"controller.quorum.bootstrap.servers", "[::1]:9093,a_b-c.d:1"}, {"controller.quorum.bootstrap.servers", "localhost:99999"},
        {"controller.quorum.bootstrap.servers", "a b:1"}, {"controller.quorum.bootstrap.servers", "PLAINTEXT://localhost:1"},
        {"listeners", ""}, {"listeners", "PLAINTEXT://localhost:9092"}, {"listeners", "CONTROLLER://:9093"},
        {"listeners", "PLAINTEXT://:9092,CONTROLLER://:9092"}, {"listeners", "PLAINTEXT://:0,CONTROLLER://:0"},
        {"listeners", "PLAINTEXT://127.0.0.1:9092,PLAINTEXT://127.0.0.2:9093,CONTROLLER://:9094"},
        {"listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.2:9092"},
        {"listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://[::1]:9092"}, {"listeners", "PLAINTEXT://[::1]:9092,CONTROLLER://[::2]:9092"},
        {"listeners", "PLAINTEXT://localhost:9092,CONTROLLER://[::1]:9092"},
        {"listeners", "plaintext://:9092,controller://:9093"}, {"listeners", "PLAINTEXT://0.0.0.0:9092,CONTROLLER://:9093"},
        {"listeners", "PLAINTEXT://0.0.0.0:9092,CONTROLLER://:9093", "advertised.listeners", "PLAINTEXT://localhost:9092"},
        {"listeners", "PLAINTEXT://:9092,CONTROLLER://0.0.0.0:9093"},
        {"listeners", "PLAINTEXT://:9092,CONTROLLER://0.0.0.0:9093", "advertised.listeners", "PLAINTEXT://localhost:9092"},
        {"listeners", "PLAINTEXT:9092,CONTROLLER://:9093"}, {"listeners", "PLAINTEXT://:x,CONTROLLER://:9093"},
        {"listeners", "PLAINTEXT://:-1,CONTROLLER://:9093"}, {"listeners", "PLAINTEXT://:65536,CONTROLLER://:9093"},
        {"listeners", "PLAINTEXT://:99999999999,CONTROLLER://:9093"}, {"listeners", "PLAINTEXT://a/b:1,CONTROLLER://:9093"},
        {"listeners", "PLAINTEXT://a b:1,CONTROLLER://:9093"}, {"listeners", "PLAINTEXT://[::1%eth0]:9092,CONTROLLER://:9093"},
        {"listeners", "PLAINTEXT://::1:9092,CONTROLLER://:9093"}, {"listeners", "PLAINTEXT://[::1:9092,CONTROLLER://:9093"},
        {"listeners", "PLAINTEXT://:9092,,CONTROLLER://:9093"}, {"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093,"},
        {"listeners", "INSIDE://:9092,CONTROLLER://:9093"}, {"listeners", "://:9092,CONTROLLER://:9093"},
        {"listeners", "INSIDE://:9092,CONTROLLER://:9093", "listener.security.protocol.map", "INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT"},
        {"listeners", "INSIDE://:9092,CONTROLLER://:9093", "listener.security.protocol.map", "INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name", "INSIDE"},
        {"listeners", "INSIDE://:9092,CONTROLLER://:9093", "listener.security.protocol.map", "inside:plaintext,controller:plaintext",
            "inter.broker.listener.name", "inside"},
        {"listeners", "IN_SIDE-2.a://:9092,CONTROLLER://:9093", "listener.security.protocol.map", "IN_SIDE-2.a:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name", "IN_SIDE-2.a"},
        {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT"}, {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:TLS"},
        {"listener.security.protocol.map", "PLAINTEXT"}, {"listener.security.protocol.map", ""},
        {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT , CONTROLLER:PLAINTEXT"},
        {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,A:B:PLAINTEXT"},
        {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"},
        {"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093,SSL://:9094", "advertised.listeners", "PLAINTEXT://localhost:9092"},
        {"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093,TWO://:9094", "listener.security.protocol.map",
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TWO:PLAINTEXT"},
        {"advertised.listeners", "PLAINTEXT://0.0.0.0:9092"}, {"advertised.listeners", "PLAINTEXT://:9092"},
        {"advertised.listeners", "PLAINTEXT://localhost:9092"}, {"advertised.listeners", "OTHER://localhost:9092"},
        {"advertised.listeners", "SSL://localhost:9092"}, {"advertised.listeners", "CONTROLLER://localhost:9093"},
        {"advertised.listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093"},
        {"advertised.listeners", "PLAINTEXT://localhost:9092,PLAINTEXT://localhost:9093"},
        {"advertised.listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9092"},
        {"advertised.listeners", ""}, {"advertised.listeners", "PLAINTEXT://localhost:0"},
        {"inter.broker.listener.name", "OTHER"}, {"inter.broker.listener.name", "PLAINTEXT"}, {"inter.broker.listener.name", "CONTROLLER"},
        {"inter.broker.listener.name", "PLAINTEXT", "security.inter.broker.protocol", "PLAINTEXT"}, {"inter.broker.listener.name", "SSL"},
        {"security.inter.broker.protocol", "SSL"}, {"security.inter.broker.protocol", "TLS"},
        {"early.start.listeners", "OTHER"}, {"early.start.listeners", "PLAINTEXT"}, {"early.start.listeners", "CONTROLLER,PLAINTEXT"},
        {"log.dirs", ""}, {"log.dirs", "/a,/a"}, {"log.dirs", "/a, /b"}, {"log.dirs", "/a,"}, {"log.dir", ""},
        {"cordoned.log.dirs", "/a"}, {"cordoned.log.dirs", "/a", "log.dirs", "/a,/b"}, {"cordoned.log.dirs", "*"},
        {"queued.max.request.bytes", "100"}, {"queued.max.request.bytes", "0"}, {"queued.max.request.bytes", "104857600"},
        {"max.connections.per.ip", "0"}, {"max.connections.per.ip", "0", "max.connections.per.ip.overrides", "127.0.0.1:5"},
        {"max.connections.per.ip.overrides", "127.0.0.1"}, {"max.connections.per.ip.overrides", "a_b:1,c:2"},
        {"max.connections.per.ip.overrides", "a!b:1"}, {"max.connections.per.ip.overrides", "a:x"}, {"max.connections.per.ip.overrides", "a:"},
        {"max.connections.per.ip.overrides", "::1:7"}, {"max.connections.per.ip.overrides", "a:-1"}, {"max.connections.per.ip.overrides", ""},
        {"connections.max.idle.ms", "100"}, {"connections.max.idle.ms", "101"}, {"connections.max.idle.ms", "-1"}, {"connections.max.idle.ms", "0"},
        {"connections.max.idle.ms", "0", "connection.failed.authentication.delay.ms", "0"},
        {"group.coordinator.rebalance.protocols", "consumer"}, {"group.coordinator.rebalance.protocols", "classic"},
        {"group.coordinator.rebalance.protocols", ""}, {"group.coordinator.rebalance.protocols", "classic,share"},
        {"offsets.topic.compression.codec", "9"}, {"offsets.topic.compression.codec", "4"}, {"offsets.topic.compression.codec", "-1"},
        {"share.coordinator.state.topic.compression.codec", "9"}, {"share.coordinator.state.topic.compression.codec", "4"},
        {"group.min.session.timeout.ms", "2000000"}, {"group.initial.rebalance.delay.ms", "-1"},
        {"group.consumer.min.heartbeat.interval.ms", "6000"}, {"group.consumer.max.heartbeat.interval.ms", "4000"},
        {"group.consumer.heartbeat.interval.ms", "4999"}, {"group.consumer.heartbeat.interval.ms", "15001"},
        {"group.consumer.min.session.timeout.ms", "45001"}, {"group.consumer.max.session.timeout.ms", "44999"},
        {"group.consumer.session.timeout.ms", "44999"}, {"group.consumer.session.timeout.ms", "60001"},
        {"group.consumer.heartbeat.interval.ms", "10000", "group.consumer.session.timeout.ms", "10000",
            "group.consumer.min.session.timeout.ms", "10000"},
        {"group.consumer.min.assignment.interval.ms", "1001"}, {"group.consumer.max.assignment.interval.ms", "999"},
        {"group.consumer.assignment.interval.ms", "15001"}, {"group.consumer.assignment.interval.ms", "0"},
        {"group.consumer.min.heartbeat.interval.ms", "16000"}, {"group.consumer.min.session.timeout.ms", "70000"},
        {"group.consumer.min.assignment.interval.ms", "16000"},
        {"group.consumer.assignors", "other"}, {"group.consumer.assignors", "range"}, {"group.consumer.assignors", ""},
        {"group.share.assignors", "other"}, {"group.share.assignors", "simple,simple"},
        {"group.share.min.heartbeat.interval.ms", "6000"}, {"group.share.max.heartbeat.interval.ms", "4000"},
        {"group.share.heartbeat.interval.ms", "15001"}, {"group.share.session.timeout.ms", "44999"}, {"group.share.session.timeout.ms", "60001"},
        {"group.share.min.session.timeout.ms", "70000"}, {"group.share.min.heartbeat.interval.ms", "16000"},
        {"group.share.heartbeat.interval.ms", "10000", "group.share.session.timeout.ms", "10000", "group.share.min.session.timeout.ms", "10000"},
        {"group.share.assignment.interval.ms", "15001"}, {"group.share.min.assignment.interval.ms", "1001"},
        {"group.share.min.assignment.interval.ms", "16000"}, {"group.share.max.assignment.interval.ms", "999"},
        {"group.share.delivery.count.limit", "2", "group.share.min.delivery.count.limit", "3"}, {"group.share.delivery.count.limit", "10",
            "group.share.max.delivery.count.limit", "9"}, {"group.share.min.delivery.count.limit", "5", "group.share.max.delivery.count.limit", "5"},
        {"group.share.record.lock.duration.ms", "14999"}, {"group.share.record.lock.duration.ms", "60001"},
        {"group.share.min.record.lock.duration.ms", "30000"}, {"group.share.max.record.lock.duration.ms", "30000"},
        {"group.share.max.record.lock.duration.ms", "30000", "group.share.record.lock.duration.ms", "30001"},
        {"group.share.partition.max.record.locks", "4001"}, {"group.share.min.partition.max.record.locks", "2000"},
        {"group.share.max.partition.max.record.locks", "2000", "group.share.partition.max.record.locks", "2001"},
        {"group.share.max.size", "1000"}, {"group.share.max.share.sessions", "100"}, {"group.share.max.size", "100", "group.share.max.share.sessions", "99"},
        {"group.streams.min.heartbeat.interval.ms", "6000"}, {"group.streams.heartbeat.interval.ms", "15001"},
        {"group.streams.min.heartbeat.interval.ms", "16000"}, {"group.streams.min.session.timeout.ms", "70000"},
        {"group.streams.session.timeout.ms", "44999"}, {"group.streams.session.timeout.ms", "60001"},
        {"group.streams.heartbeat.interval.ms", "10000", "group.streams.session.timeout.ms", "10000", "group.streams.min.session.timeout.ms", "10000"},
        {"group.streams.num.standby.replicas", "3"}, {"group.streams.num.standby.replicas", "2"},
        {"group.streams.assignment.interval.ms", "15001"}, {"group.streams.min.assignment.interval.ms", "1001"},
        {"group.streams.min.assignment.interval.ms", "16000"}, {"group.streams.max.assignment.interval.ms", "999"},
        {"group.streams.initial.rebalance.delay.ms", "-1"},
        {"log.cleaner.min.compaction.lag.ms", "10", "log.cleaner.max.compaction.lag.ms", "5"},
        {"log.segment.bytes", "1048575"}, {"message.max.bytes", "-1"}, {"num.partitions", "0"}, {"default.replication.factor", "0"},
        {"min.insync.replicas", "0"}, {"auto.create.topics.enable", "maybe"}, {"log.cleaner.io.max.bytes.per.second", "-1"},
        {"metadata.log.segment.bytes", "8388607"}, {"internal.metadata.log.segment.bytes", "100"}, {"fetch.max.bytes", "1023"},
        {"socket.send.buffer.bytes", "-2"}, {"socket.listen.backlog.size", "0"}, {"num.network.threads", "0"}, {"broker.rack", ""},
        {"remote.log.storage.system.enable", "true"}, {"delegation.token.expiry.time.ms", "0"}, {"sasl.enabled.mechanisms", ""},
        {"unstable.api.versions.enable", "true"}, {"metric.reporters", ""}, {"authorizer.class.name", ""},
    };

    static void brokers() {
        for (String[] settings : BROKERS) {
            Properties properties = new Properties();
            properties.putAll(Map.of("process.roles", "broker,controller", "node.id", "1", "controller.quorum.bootstrap.servers", "localhost:9093",
                "listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093", "controller.listener.names", "CONTROLLER"));
            Map<String, String> shown = new LinkedHashMap<>();
            for (int i = 0; i < settings.length; i += 2) {
                properties.put(settings[i], settings[i + 1]);
                shown.put(settings[i], settings[i + 1]);
            }
            String message = null;
            try {
                new kafka.server.KafkaConfig(properties, false);
            } catch (Throwable refusal) {
                message = String.valueOf(refusal.getMessage()).replaceFirst("^requirement failed: ", "");
            }
            out.println("{\"settings\":" + object(shown) + ",\"message\":" + quote(message) + "}");
        }
    }

    /** Texts in the properties format, as ISO 8859-1. */
    static final String[] PROPERTIES = {
        "", "\n", "key", "key=", "key=value", "key:value", "key value", "key\tvalue", "key = value", "key : value", "key == value", "key =: value",
        "key  value", " key=value", "\t\f key=value", "key=value ", "key=value\t", "key=\tvalue", "=value", ":value", " = value", "= =",
        "# comment", "! comment", "  # comment", "key=# no comment", "key=!v", "#a=b\\\nc=d", "!a=b\\\nc=d", "a=b\n#c=d\ne=f", "a=b\r\nc=d\re=f\n\ng=h",
        "a=b\\\n  c", "a=b\\\n\n  c=d", "a=b\\\r\n\t c", "a=b\\\r  c", "a=b\\\\\nc=d", "a=b\\\\\\\nc=d", "a=b\\", "a=b\\\\", "a\\", "\\", "\\\n", "\\\na=b",
        "a=b,\\\n  # c,\\\n d", "a\\\nb=c", "a\\\n =c", "a \\\n =c", "a= \\\n  c", "a\\ b=c", "a\\=b=c", "a\\:b:c", "a\\tb=c\\td", "a=\\n\\r\\t\\f\\b\\0\\x\\'\\\"",
        "a=\\u0041\\u00e4\\u20ac", "a=\\ud83d\\ude00", "\\u0061=b", "a=\\u00", "a=\\u00g0", "a=\\u", "a=\\\\u0041", "a=\\U0041", "a=1\na=2", "a=\\ \\ b", "a=\\  b",
        "a\u000bb=c", "a=b\fc", "\fa\fb", "a=b\\\n\\\n\\\nc", "a=\u00e4", "a b c", "a:=b", "a=:b", "a: =b", "log.dirs=/a,/b\n\n  \nlisteners=\\\n  PLAINTEXT://:1,\\\n  X://:2\n",
        "a=b\\ \nc=d", "   \\\n  a=b", "#\na=b", "#", "a=b#c", "a\\#b=c", "a!b=c", "a=\\u0020b", "a=\\", "a=\\\n", "a=\\\n\n", "a=\\\n b\\\n", "=", " ", "\\ =\\ ",
        "a\u00a0b=c", "a=\u00a0b", "\\u003d=\\u003a", "a\\u003db=c",
    };

    static void properties() throws Exception {
        for (String text : PROPERTIES) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            Properties properties = new Properties();
            String entries;
            try {
                properties.load(new ByteArrayInputStream(bytes));
                Map<String, String> sorted = new TreeMap<>();
                properties.forEach((key, value) -> sorted.put((String) key, (String) value));
                entries = object(sorted);
            } catch (IllegalArgumentException refusal) {
                entries = "null";
            }
            out.println("{\"text\":" + quote(HexFormat.of().formatHex(bytes)) + ",\"entries\":" + entries + "}");
        }
    }

    static String object(Map<String, String> map) {
        return "{" + String.join(",", map.entrySet().stream().map(entry -> quote(entry.getKey()) + ":" + quote(entry.getValue())).toList()) + "}";
    }

    static String quote(String text) {
        if (text == null) return "null";
        StringBuilder quoted = new StringBuilder("\"");
        for (char unit : text.toCharArray()) {
            if (unit == '"' || unit == '\\') quoted.append('\\').append(unit);
            else if (unit < 0x20 || unit > 0x7e) quoted.append(String.format("\\u%04x", (int) unit));
            else quoted.append(unit);
        }
        return quoted.append('"').toString();
    }
}
