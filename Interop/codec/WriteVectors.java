// Writes messages with the classes of a Kafka release, as a stranger's proof of the codec here.
//
//   java -cp "$KAFKA_HOME/libs/*" Interop/codec/WriteVectors.java OUT SEED RANDOM-PER-LAYOUT
//
// For every generated message class and every version it writes several values: all defaults, everything set, nulls
// wherever they may be, long strings and arrays (at the last version), and as many random ones as asked for.
//
//   file     one line of text that says what wrote it, then entries to the end
//   entry    uint8 length, name | int16 version | int32 length, the message's bytes | int64 digest of what is in it
//
// The digest is over the values by the names of their fields, as the release's class reads its own bytes: a field that
// is read into another's place, or has another default, shows. FieldDigest in the tests makes the same text.

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarFile;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.AppInfoParser;

public class WriteVectors {
    /** What kind of values a message is filled with. */
    enum Fill { DEFAULTS, EVERYTHING, NULLS, LONG, RANDOM }

    public static void main(String[] arguments) throws Exception {
        long seed = Long.parseLong(arguments[1]);
        int randomPerLayout = Integer.parseInt(arguments[2]);
        try (DataOutputStream out = new DataOutputStream(
                new BufferedOutputStream(new FileOutputStream(arguments[0])))) {
            out.write(("Apache Kafka " + AppInfoParser.getVersion() + ", seed " + seed + "\n")
                .getBytes(StandardCharsets.UTF_8));
            int layouts = 0;
            for (Class<?> type : messageClasses()) {
                Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
                short lowest = type.getField("LOWEST_SUPPORTED_VERSION").getShort(null);
                short highest = type.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
                Digest digest = new Digest();
                for (short version = lowest; version <= highest; version++) {
                    digest.noteFields(type, schemas[version]);
                }
                for (short version = lowest; version <= highest; version++) {
                    // A layout's values do not depend on how many layouts come before it.
                    Random random = new Random(seed * 31 + schemaName(type).hashCode() * 131L + version);
                    layouts++;
                    for (Fill fill : Fill.values()) {
                        if (fill == Fill.LONG && version != highest) continue;
                        int times = fill == Fill.RANDOM ? randomPerLayout : 1;
                        for (int i = 0; i < times; i++) {
                            Object message = type.getConstructor().newInstance();
                            new Filler(random, fill).fill(message, schemas[version], 0);
                            write(out, (Message) message, type, version, digest);
                        }
                    }
                }
            }
            System.out.println(layouts + " layouts");
        }
    }

    /** The generated message classes on the class path, in the order of their names. */
    static List<Class<?>> messageClasses() throws Exception {
        Map<String, Class<?>> found = new TreeMap<>();
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!path.endsWith(".jar") || !new File(path).getName().startsWith("kafka")) continue;
            try (JarFile jar = new JarFile(path)) {
                for (var entries = jar.entries(); entries.hasMoreElements();) {
                    String entry = entries.nextElement().getName();
                    if (!entry.endsWith(".class") || entry.contains("$")) continue;
                    if (!entry.contains("/message/") && !entry.contains("/metadata/") && !entry.contains("/generated/")) {
                        continue;
                    }
                    String name = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
                    Class<?> type = Class.forName(name, false, WriteVectors.class.getClassLoader());
                    if (Message.class.isAssignableFrom(type) && !type.isInterface()) found.put(schemaName(type), type);
                }
            }
        }
        return new ArrayList<>(found.values());
    }

    /** Classes of requests, responses and headers carry "Data" after the schema's name. */
    static String schemaName(Class<?> type) {
        return type.getSimpleName().replaceAll("(Request|Response|Header)Data$", "$1");
    }

    static void write(DataOutputStream out, Message message, Class<?> type, short version, Digest digest)
            throws Exception {
        ByteBuffer bytes = encode(message, version);
        Object read = type.getConstructor(Readable.class, short.class)
            .newInstance(new ByteBufferAccessor(bytes.duplicate()), version);
        if (!encode((Message) read, version).equals(bytes)) {
            throw new IllegalStateException(type + " version " + version + " does not read its own bytes");
        }
        byte[] name = schemaName(type).getBytes(StandardCharsets.UTF_8);
        out.writeByte(name.length);
        out.write(name);
        out.writeShort(version);
        out.writeInt(bytes.remaining());
        out.write(bytes.array());
        out.writeLong(digest.of(read));
    }

    static ByteBuffer encode(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer bytes = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(bytes), cache, version);
        bytes.flip();
        return bytes;
    }

    /** A field's name however it is written: the classes say clientId where the layouts say client_id. */
    static String plainName(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }

    static Map<String, Field> fieldsOf(Class<?> type) {
        Map<String, Field> fields = new TreeMap<>();
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) continue;
            field.setAccessible(true);
            fields.put(plainName(field.getName()), field);
        }
        return fields;
    }

    /** The class of a collection's elements. */
    static Class<?> elementClass(Field field) {
        java.lang.reflect.Type holder = field.getType() == List.class
            ? field.getGenericType() : field.getType().getGenericSuperclass();
        return (Class<?>) ((ParameterizedType) holder).getActualTypeArguments()[0];
    }

    /** Gives the fields of a message values. Only fields that the version has are touched. */
    static class Filler {
        private static final String[] WORDS = {
            "", "a", "topic", "grüße", "日本語", "🦆🪶", "e\u0301", "\u0000", "with space", "x.y_z-0", "ﬁ\u200d\uFFFD",
        };
        private final Random random;
        private final Fill mode;
        /** Roughly how many more bytes the message may take. */
        private int budget;

        Filler(Random random, Fill mode) {
            this.random = random;
            this.mode = mode;
            budget = mode == Fill.LONG ? 2000 : 200;
        }

        void fill(Object target, Schema schema, int depth) throws Exception {
            Map<String, Field> fields = fieldsOf(target.getClass());
            for (BoundField bound : schema.fields()) {
                if (bound.def.type instanceof TaggedFields) {
                    fillTags(target, fields, (TaggedFields) bound.def.type, depth);
                    continue;
                }
                Field field = fields.get(plainName(bound.def.name));
                // Some fields start as a null that no version can write.
                boolean mustBeSet = field.get(target) == null && !bound.def.type.isNullable();
                if (mode != Fill.DEFAULTS || mustBeSet) set(target, field, bound.def.type, depth);
            }
        }

        private void fillTags(Object target, Map<String, Field> fields, TaggedFields tagged, int depth)
                throws Exception {
            if (mode == Fill.DEFAULTS) return;
            int next = 0;
            for (var entry : new TreeMap<>(tagged.fields()).entrySet()) {
                next = entry.getKey() + 1;
                if (mode == Fill.RANDOM && random.nextInt(3) == 0) continue;
                set(target, fields.get(plainName(entry.getValue().name)), entry.getValue().type, depth);
            }
            if (mode == Fill.NULLS || mode == Fill.LONG || random.nextInt(depth + 2) != 0) return;
            // Tags far above the schema's own: those between may be fields of other versions.
            int tag = next + 50 + random.nextInt(100);
            List<RawTaggedField> unknown = new ArrayList<>();
            for (int i = 1 + random.nextInt(2); i > 0; i--, tag += 1 + random.nextInt(30_000)) {
                unknown.add(new RawTaggedField(tag, bytes(random.nextInt(6))));
            }
            Field field = target.getClass().getDeclaredField("_unknownTaggedFields");
            field.setAccessible(true);
            field.set(target, unknown);
        }

        private void set(Object target, Field field, Type type, int depth) throws Exception {
            field.set(target, value(field, field.getType(), type, depth));
        }

        private Object value(Field field, Class<?> javaType, Type type, int depth) throws Exception {
            if (type.isNullable() && (mode == Fill.NULLS || (mode == Fill.RANDOM && random.nextInt(4) == 0))) return null;
            if (type.arrayElementType().isPresent()) return collection(field, type.arrayElementType().get(), depth);
            if (type instanceof Schema) {
                Object nested = javaType.getConstructor().newInstance();
                fill(nested, (Schema) type, depth + 1);
                return nested;
            }
            if (javaType == String.class) return string();
            if (javaType == byte[].class) return bytes(length());
            if (javaType == ByteBuffer.class) return ByteBuffer.wrap(bytes(length()));
            if (javaType == Uuid.class) return random.nextInt(5) == 0 ? Uuid.ZERO_UUID : new Uuid(integer(64), integer(64));
            if (javaType == boolean.class || javaType == Boolean.class) return random.nextBoolean();
            if (javaType == double.class || javaType == Double.class) return floating();
            if (javaType == byte.class || javaType == Byte.class) return (byte) integer(8);
            if (javaType == short.class || javaType == Short.class) return (short) integer(16);
            if (type == Type.UINT16) return (int) (integer(16) & 0xFFFF);
            if (type == Type.UNSIGNED_INT32) return integer(32) & 0xFFFFFFFFL;
            if (javaType == int.class || javaType == Integer.class) return (int) integer(32);
            if (javaType == long.class || javaType == Long.class) return integer(64);
            if (javaType.isAssignableFrom(MemoryRecords.class)) {
                // Long enough to be written as a piece of its own, once.
                int size = mode == Fill.LONG && budget > 0 ? 5000 : length();
                budget -= size;
                return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes(size)));
            }
            throw new IllegalStateException("no value for " + field);
        }

        @SuppressWarnings("unchecked")
        private Object collection(Field field, Type elementType, int depth) throws Exception {
            Class<?> elementClass = elementClass(field);
            Collection<Object> elements = field.getType() == List.class
                ? new ArrayList<>() : (Collection<Object>) field.getType().getConstructor().newInstance();
            boolean small = !(elementType instanceof Schema) || isFlat((Schema) elementType);
            int count = mode == Fill.NULLS && depth > 0 ? 0 : mode == Fill.EVERYTHING ? 2 - Math.min(depth, 1) : 1 + random.nextInt(3);
            if (mode == Fill.RANDOM && random.nextInt(4) == 0) count = 0;
            if (mode == Fill.LONG && small && budget > 1000) count = 128 + random.nextInt(20);
            for (int i = 0; i < count; i++) {
                elements.add(value(field, elementClass, elementType, depth));
                budget -= 4;
            }
            return elements;
        }

        /** Whether a struct of that layout holds no arrays and no structs. */
        private static boolean isFlat(Schema schema) {
            for (BoundField field : schema.fields()) {
                Type type = field.def.type;
                if (type instanceof Schema || type.arrayElementType().isPresent()) return false;
            }
            return schema.numFields() <= 4;
        }

        private int length() {
            if (mode == Fill.NULLS) return 0;
            int length = mode == Fill.LONG && budget > 0 ? 100 + random.nextInt(200) : random.nextInt(12);
            budget -= length;
            return length;
        }

        private byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }

        private String string() {
            if (mode == Fill.NULLS) return "";
            StringBuilder text = new StringBuilder(WORDS[random.nextInt(WORDS.length)]);
            for (int length = length() / 2; text.length() < length;) {
                text.append(WORDS[random.nextInt(WORDS.length)]).append((char) ('a' + random.nextInt(26)));
            }
            return text.toString();
        }

        /** A number whose lowest bits are used: edges as often as anything. */
        private long integer(int bits) {
            switch (random.nextInt(7)) {
                case 0: return 0;
                case 1: return -1;
                case 2: return 1L << (bits - 1);
                case 3: return (1L << (bits - 1)) - 1;
                case 4: return random.nextInt(200) - 50;
                default: return random.nextLong();
            }
        }

        private double floating() {
            double[] edges = {0.0, -0.0, Double.NaN, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, Double.MAX_VALUE};
            return random.nextBoolean() ? edges[random.nextInt(edges.length)] : random.nextGaussian() * 1e6;
        }
    }

    /** A number made of everything in a message, by the names of the fields. */
    static class Digest {
        /** The fields that at least one version of the release has, by the class that holds them. */
        private final Map<Class<?>, Set<String>> present = new HashMap<>();

        void noteFields(Class<?> type, Schema schema) {
            Map<String, Field> fields = fieldsOf(type);
            Map<String, Type> types = new HashMap<>();
            for (BoundField bound : schema.fields()) {
                if (bound.def.type instanceof TaggedFields) {
                    ((TaggedFields) bound.def.type).fields().values().forEach(f -> types.put(plainName(f.name), f.type));
                } else {
                    types.put(plainName(bound.def.name), bound.def.type);
                }
            }
            present.computeIfAbsent(type, unused -> new HashSet<>()).addAll(types.keySet());
            types.forEach((name, fieldType) -> {
                Field field = fields.get(name);
                Type element = fieldType.arrayElementType().orElse(fieldType);
                if (element instanceof Schema) {
                    noteFields(element == fieldType ? field.getType() : elementClass(field), (Schema) element);
                }
            });
        }

        /** FNV-1a of the message as text. */
        long of(Object message) throws Exception {
            StringBuilder text = new StringBuilder();
            append(text, message);
            long hash = 0xcbf29ce484222325L;
            for (byte b : text.toString().getBytes(StandardCharsets.UTF_8)) {
                hash = (hash ^ (b & 0xFF)) * 0x100000001b3L;
            }
            return hash;
        }

        private void append(StringBuilder text, Object value) throws Exception {
            if (value == null) {
                text.append("~");
            } else if (value instanceof String) {
                text.append('"').append((String) value).append('"');
            } else if (value instanceof Double) {
                text.append(Long.toHexString(Double.doubleToLongBits((Double) value)));
            } else if (value instanceof Number || value instanceof Boolean) {
                text.append(value);
            } else if (value instanceof Uuid) {
                Uuid id = (Uuid) value;
                text.append(Long.toHexString(id.getMostSignificantBits())).append('-')
                    .append(Long.toHexString(id.getLeastSignificantBits()));
            } else if (value instanceof byte[]) {
                appendBytes(text, ByteBuffer.wrap((byte[]) value));
            } else if (value instanceof ByteBuffer) {
                appendBytes(text, ((ByteBuffer) value).duplicate());
            } else if (value instanceof MemoryRecords) {
                appendBytes(text, ((MemoryRecords) value).buffer());
            } else if (value instanceof Collection) {
                text.append("[");
                for (Object element : (Collection<?>) value) {
                    append(text, element);
                    text.append(",");
                }
                text.append("]");
            } else {
                appendStruct(text, value);
            }
        }

        private void appendStruct(StringBuilder text, Object value) throws Exception {
            text.append("{");
            Set<String> names = present.getOrDefault(value.getClass(), Collections.emptySet());
            for (Map.Entry<String, Field> field : fieldsOf(value.getClass()).entrySet()) {
                if (!names.contains(field.getKey())) continue;
                text.append(field.getKey()).append("=");
                append(text, field.getValue().get(value));
                text.append(";");
            }
            for (RawTaggedField field : ((Message) value).unknownTaggedFields()) {
                text.append(field.tag()).append("#");
                appendBytes(text, ByteBuffer.wrap(field.data()));
                text.append(";");
            }
            text.append("}");
        }

        private void appendBytes(StringBuilder text, ByteBuffer bytes) {
            while (bytes.hasRemaining()) {
                text.append(Character.forDigit((bytes.get(bytes.position()) >> 4) & 0xF, 16));
                text.append(Character.forDigit(bytes.get() & 0xF, 16));
            }
        }
    }
}
