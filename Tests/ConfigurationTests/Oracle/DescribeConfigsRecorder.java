// Asks a running Apache Kafka for configurations and prints the answers, one JSON object a line, in the broker's order.
//
//   java -cp "$KAFKA_HOME/libs/*" DescribeConfigsRecorder.java PORT
//
// record.sh starts the broker that it wants.

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.RequestHeader;

public class DescribeConfigsRecorder {
    static final short VERSION = 4;
    static int port;

    public static void main(String[] args) throws Exception {
        port = Integer.parseInt(args[0]);
        Properties properties = new Properties();
        properties.put("bootstrap.servers", "127.0.0.1:" + port);
        try (Admin admin = Admin.create(properties)) {
            admin.createTopics(List.of(new NewTopic("plain", 1, (short) 1), new NewTopic("set", 1, (short) 1).configs(Map.of(
                "cleanup.policy", "compact, delete", "retention.ms", " 1000 ", "segment.bytes", "1048576",
                "min.cleanable.dirty.ratio", "0.25", "flush.ms", "+5", "compression.type", "zstd",
                "preallocate", "TRUE", "leader.replication.throttled.replicas", "0:1,1:1",
                "internal.segment.bytes", "2000")))).all().get();
            print("static", ConfigResource.Type.BROKER, "1", null);
            print("static", ConfigResource.Type.BROKER, "", null);
            print("static", ConfigResource.Type.TOPIC, "plain", null);
            print("static", ConfigResource.Type.TOPIC, "set", null);
            print("static", ConfigResource.Type.GROUP, "none", null);
            print("static", ConfigResource.Type.CLIENT_METRICS, "none", null);
            print("static", ConfigResource.Type.BROKER, "1",
                List.of("log.retention.hours", "no.such.key", "num.partitions", "log.retention.ms", "log.flush.interval.ms"));
            print("static", ConfigResource.Type.TOPIC, "set", List.of("retention.ms", "flush.ms", "no.such.key"));
            print("static", ConfigResource.Type.TOPIC, "set", List.of());
            alter(admin, ConfigResource.Type.BROKER, "", Map.of("log.retention.ms", "777000", "log.cleaner.threads", "2",
                "message.max.bytes", "2000000"));
            alter(admin, ConfigResource.Type.BROKER, "1", Map.of("log.retention.ms", " 888000", "max.connections", "500",
                "log.flush.interval.ms", "9000", "leader.replication.throttled.rate", "1000"));
            alter(admin, ConfigResource.Type.GROUP, "shaped", Map.of("consumer.session.timeout.ms", "46000",
                "share.auto.offset.reset", "by_duration:PT1H"));
            alter(admin, ConfigResource.Type.CLIENT_METRICS, "shaped", Map.of("interval.ms", "100", "match", "client_id=a"));
            Thread.sleep(1500);
            print("dynamic", ConfigResource.Type.BROKER, "1", null);
            print("dynamic", ConfigResource.Type.BROKER, "", null);
            print("dynamic", ConfigResource.Type.TOPIC, "plain", null);
            print("dynamic", ConfigResource.Type.TOPIC, "set", null);
            print("dynamic", ConfigResource.Type.GROUP, "shaped", null);
            print("dynamic", ConfigResource.Type.CLIENT_METRICS, "shaped", null);
        }
    }

    static void alter(Admin admin, ConfigResource.Type type, String name, Map<String, String> changes) throws Exception {
        var operations = changes.entrySet().stream().map(change -> new AlterConfigOp(
            new ConfigEntry(change.getKey(), change.getValue()), AlterConfigOp.OpType.SET)).toList();
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(type, name), operations)).all().get();
    }

    static void print(String state, ConfigResource.Type type, String name, List<String> keys) throws Exception {
        var request = new DescribeConfigsRequestData().setIncludeSynonyms(true).setIncludeDocumentation(false)
            .setResources(List.of(new DescribeConfigsRequestData.DescribeConfigsResource()
                .setResourceType(type.id()).setResourceName(name).setConfigurationKeys(keys)));
        var header = new RequestHeader(ApiKeys.DESCRIBE_CONFIGS, VERSION, "recorder", 1);
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header.data(), header.headerVersion()).buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, VERSION).buffer();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            var out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(head.remaining() + body.remaining());
            out.write(head.array(), head.position(), head.remaining());
            out.write(body.array(), body.position(), body.remaining());
            out.flush();
            var in = new DataInputStream(socket.getInputStream());
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            ByteBuffer answer = ByteBuffer.wrap(bytes);
            answer.position(5); // correlation id, empty tagged fields
            var response = new DescribeConfigsResponseData(new ByteBufferAccessor(answer), VERSION);
            for (var result : response.results()) printResult(state, type, name, keys, result);
        }
    }

    static void printResult(String state, ConfigResource.Type type, String name, List<String> keys,
                            DescribeConfigsResponseData.DescribeConfigsResult result) {
        var line = new StringBuilder("{\"state\":" + quote(state) + ",\"resource\":" + quote(type.name()) + ",\"name\":" + quote(name));
        line.append(",\"keys\":").append(keys == null ? "null" : "[" + String.join(",", keys.stream().map(DescribeConfigsRecorder::quote).toList()) + "]");
        line.append(",\"error\":").append(result.errorCode()).append(",\"message\":").append(quote(result.errorMessage()));
        line.append(",\"configs\":[");
        String comma = "";
        for (var config : result.configs()) {
            line.append(comma).append("{\"name\":").append(quote(config.name())).append(",\"value\":").append(quote(config.value()));
            line.append(",\"readOnly\":").append(config.readOnly()).append(",\"source\":").append(config.configSource());
            line.append(",\"sensitive\":").append(config.isSensitive()).append(",\"type\":").append(config.configType()).append(",\"synonyms\":[");
            line.append(String.join(",", config.synonyms().stream().map(synonym -> "[" + quote(synonym.name()) + "," + quote(synonym.value())
                + "," + synonym.source() + "]").toList()));
            line.append("]}");
            comma = ",";
        }
        System.out.println(line + "]}");
    }

    static String quote(String text) {
        if (text == null) return "null";
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
