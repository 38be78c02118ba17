// What a long-lived process gives back to the system.
#ifndef CPLATFORM_MEMORY_H
#define CPLATFORM_MEMORY_H

// Lets go of the pages of the program's own code and constants that are in memory: those that are needed again come back
// from the page cache one by one. Of all that a start touches, little is.
void cplatform_release_code_pages(void);

#endif
