// The four compression libraries behind Kafka's codecs.
#ifndef CCODECS_H
#define CCODECS_H

#include <zlib.h>
#include <zstd.h>
#include <lz4frame.h>
#include <lz4hc.h>
#include <snappy-c.h>

#endif
