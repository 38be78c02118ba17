#!/bin/sh
# Records what Apache Kafka knows and says of configurations into ../Fixtures: its tables of keys, which settings a broker
# and a topic accept, what DescribeConfigs answers with few settings and with many, and what Java reads in a properties file.
#
#   KAFKA_HOME=/path/to/kafka Tests/ConfigurationTests/Oracle/record.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kafka=${KAFKA_HOME:-$here/../../../../shared/kafka}
if [ ! -d "$kafka/libs" ]; then
    echo "record.sh: no Apache Kafka in $kafka; KAFKA_HOME names one" >&2
    exit 69
fi
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
    if [ "$1" = few-settings ]; then
        java -cp "$kafka/libs/*" "$here/TopicSettingsRecorder.java" "$2" 2>/dev/null >"$out/topic-settings.jsonl"
    fi
    kill "$broker"
    wait "$broker" || true
    rm -r "$directory"
    }

for part in facts brokers properties; do
    java -cp "$kafka/libs/*" "$here/ConfigFacts.java" "$part" 2>/dev/null >"$out/$part.txt"
done
mv "$out/facts.txt" "$out/facts.tsv"
mv "$out/brokers.txt" "$out/broker-settings.jsonl"
mv "$out/properties.txt" "$out/properties.jsonl"
record few-settings 29192
record many-settings 29194
wc -l "$out"/*
