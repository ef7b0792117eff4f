#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stddef.h>

// Counts what the calling thread asks of the heap. The allocator of the process stays the one of the C
// library: its entry points are wrapped where they can be (glibc without sanitizers), and only counted between
// begin and end.

// True where the entry points are wrapped; elsewhere every count is 0.
bool allocation_counter_works(void);
void allocation_counter_begin(void);
// The number of calls since begin.
size_t allocation_counter_end(void);
// The most bytes that the thread held at once between the last begin and end, beyond what it held before.
size_t allocation_counter_peak(void);

#endif
