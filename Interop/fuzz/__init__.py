"""A fuzzer of requests, over raw sockets."""
