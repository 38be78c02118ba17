// Writes to every page of the memory that is free, once, and ends.
//
//   touch MEGABYTES
//
// A virtual machine is given memory by its host page by page, at the first write: that can cost more than all that a
// broker does with a GB. Memory that was written to is there, and the next row finds it so.

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int count, char **arguments) {
    size_t bytes = count > 1 ? strtoull(arguments[1], NULL, 10) << 20 : 0;
    if (bytes == 0) return 1;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
    printf("megabytes %zu\n", bytes >> 20);
    return 0;
}
