#!/bin/sh
# Records what Apache Kafka's cleaner leaves of a log, into ../Fixtures/cleaning: before-1, after-1, before-2, after-2 are the
# partition's directory, written with the cleaner off, and as the cleaner left it.
#
#   KAFKA_HOME=/path/to/kafka Tests/LogStorageTests/Oracle/record.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kafka=${KAFKA_HOME:-$here/../../../../shared/kafka}
if [ ! -d "$kafka/libs" ]; then
    echo "record.sh: no Apache Kafka in $kafka; KAFKA_HOME names one" >&2
    exit 69
fi
port=${PORT:-29392}
out=$here/../Fixtures/cleaning
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mkdir -p "$out"

# The clients wait until it answers.
start() { # CLEANER
    cat >"$work/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:$((port + 1))
log.dirs=$work/log
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
log.cleaner.enable=$1
log.cleaner.backoff.ms=200
log.cleaner.dedupe.buffer.size=4194304
PROPERTIES
    if [ ! -d "$work/log" ]; then
        "$kafka/bin/kafka-storage.sh" format --standalone -t "$("$kafka/bin/kafka-storage.sh" random-uuid)" \
            -c "$work/server.properties" >"$work/format.txt" 2>&1
    fi
    LOG_DIR=$work/logs KAFKA_HEAP_OPTS=-Xmx512m "$kafka/bin/kafka-server-start.sh" "$work/server.properties" \
        >"$work/server.txt" 2>&1 &
    broker=$!
}

stop() {
    kill "$broker"
    wait "$broker" || true
}

keep() { # NAME
    rm -rf "${out:?}/$1"
    mkdir "$out/$1"
    for file in "$work/log/cleaned-0"/*.log "$work/log/cleaned-0"/*.txnindex "$work/log/cleaned-0"/*.snapshot; do
        if [ -s "$file" ]; then cp "$file" "$out/$1"; fi
    done
}

cleaned() { # the offset that the checkpoint names
    sed -n 's/^cleaned 0 //p' "$work/log/cleaner-offset-checkpoint" 2>/dev/null || true
}

known=
for round in 1:first 2:second; do
    start false
    java -cp "$kafka/libs/*" "$here/CleaningRecorder.java" "$port" "${round#*:}" 2>"$work/recorder.txt"
    stop
    keep "before-${round%:*}"
    start true
    for _ in $(seq 240); do
        if [ -n "$(cleaned)" ] && [ "$(cleaned)" != "$known" ]; then break; fi
        sleep 0.5
    done
    known=$(cleaned)
    stop
    keep "after-${round%:*}"
done
echo "$known" >"$out/cleaned-offset"
ls -l "$out"/*
