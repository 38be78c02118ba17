// What the event loop needs of sockets and Swift's Glibc overlay hides: GNU extensions, and calls in macro form.
#ifndef CPLATFORM_SOCKETS_H
#define CPLATFORM_SOCKETS_H

#include <sys/socket.h>

// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC; the peer's address goes to `address`.
int cplatform_accept(int listening, struct sockaddr_storage *address);

// A stream socket for `family` with SOCK_NONBLOCK and SOCK_CLOEXEC.
int cplatform_stream_socket(int family);

#endif
