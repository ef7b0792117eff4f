#include "AllocationCounter.h"

#include <errno.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <malloc.h>

static __thread bool is_counting;
static __thread size_t count;
static __thread ptrdiff_t held, peak;

// The names under which glibc keeps its own allocator for programs that wrap it.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

// One call that gives out a block.
static inline void *note(void *block) {
  if (!is_counting) return block;
  count++;
  if (block != NULL) held += (ptrdiff_t)malloc_usable_size(block);
  if (held > peak) peak = held;
  return block;
}

static inline void let_go(void *block) {
  if (is_counting && block != NULL) held -= (ptrdiff_t)malloc_usable_size(block);
}

void *malloc(size_t size) {
  return note(__libc_malloc(size));
}

void *calloc(size_t number, size_t size) {
  return note(__libc_calloc(number, size));
}

void *realloc(void *old, size_t size) {
  let_go(old);
  return note(__libc_realloc(old, size));
}

void *memalign(size_t alignment, size_t size) {
  return note(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
  return note(__libc_memalign(alignment, size));
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *block = note(__libc_memalign(alignment, size));
  if (block == NULL && size > 0) return ENOMEM;
  *result = block;
  return 0;
}

void free(void *block) {
  let_go(block);
  __libc_free(block);
}

bool allocation_counter_works(void) { return true; }

void allocation_counter_begin(void) {
  count = 0;
  held = peak = 0;
  is_counting = true;
}

size_t allocation_counter_end(void) {
  is_counting = false;
  return count;
}

size_t allocation_counter_peak(void) { return (size_t)peak; }

#else

bool allocation_counter_works(void) { return false; }
void allocation_counter_begin(void) {}
size_t allocation_counter_end(void) { return 0; }
size_t allocation_counter_peak(void) { return 0; }

#endif
