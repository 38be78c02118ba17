"""What the interop tests stand on: brokers started and stopped, Kafka's own tools run, /proc read."""
