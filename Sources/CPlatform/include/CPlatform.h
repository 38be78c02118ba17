// The system calls that Swift's Glibc overlay does not carry: epoll, eventfd, timerfd, sendfile.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/sendfile.h>
#include <sys/mman.h>
#include <sys/file.h>
#include <netinet/tcp.h>

#include "CPlatformFiles.h"
#include "CPlatformMemory.h"
#include "CPlatformSockets.h"
#include "CPlatformThreads.h"

#endif
