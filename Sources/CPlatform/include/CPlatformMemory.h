// Memory: what a long-lived process gives back to the system, and what a large table asks of the processor.
#ifndef CPLATFORM_MEMORY_H
#define CPLATFORM_MEMORY_H

// Lets go of the pages of the program's own code and constants that are in memory: those that are needed again come back
// from the page cache one by one. Of all that a start touches, little is.
void cplatform_release_code_pages(void);

// Begins to bring the line at `address` into the processor's cache, to be written.
static inline void cplatform_prefetch(const void *address) { __builtin_prefetch(address, 1); }

#endif
