#!/bin/sh
# Records what Apache Kafka answers to DescribeConfigs, with few settings and with many, into ../Fixtures.
#
#   KAFKA_HOME=/path/to/kafka Tests/ConfigurationTests/Oracle/record.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kafka=${KAFKA_HOME:-$here/../../../../shared/kafka}
out=$here/../Fixtures
mkdir -p "$out"

record() { # NAME PORT
    directory=$(mktemp -d)
    properties=$out/$1.properties
    sed "s|@PORT@|$2|g; s|@CONTROLLER_PORT@|$(($2 + 1))|g; s|@LOG_DIR@|$directory/log|g" "$properties" >"$directory/server.properties"
    "$kafka/bin/kafka-storage.sh" format --standalone -t "$("$kafka/bin/kafka-storage.sh" random-uuid)" \
        -c "$directory/server.properties" >"$directory/format.txt" 2>&1
    KAFKA_HEAP_OPTS=-Xmx512m "$kafka/bin/kafka-server-start.sh" "$directory/server.properties" >"$directory/server.txt" 2>&1 &
    broker=$!
    for _ in $(seq 60); do
        grep -q 'Kafka Server started' "$directory/server.txt" && break
        sleep 0.5
    done
    java -cp "$kafka/libs/*" "$here/DescribeConfigsRecorder.java" "$2" 2>/dev/null \
        | sed "s|$directory/log|@LOG_DIR@|g; s|127.0.0.1:$(($2 + 1))|127.0.0.1:@CONTROLLER_PORT@|g; s|127.0.0.1:$2|127.0.0.1:@PORT@|g" \
        >"$out/$1.describe.jsonl"
    kill "$broker"
    wait "$broker" || true
    rm -r "$directory"
    wc -l "$out/$1.describe.jsonl"
}

record few-settings 29192
record many-settings 29194
