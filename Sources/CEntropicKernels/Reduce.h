// Sums in one fixed order: 32 lanes inside a block of 256, a pairwise tree over blocks.

#ifndef ENTROPIC_REDUCE_H
#define ENTROPIC_REDUCE_H

#include "Vector.h"

#define BLOCK 256

// Halves the lanes until one is left: ((0+4) + (2+6)) + ((1+5) + (3+7)).
INLINE double fold(const V8 *v) {
  typedef double V4 __attribute__((vector_size(32)));
  typedef double V2 __attribute__((vector_size(16)));
  V4 four = __builtin_shufflevector(*v, *v, 0, 1, 2, 3) + __builtin_shufflevector(*v, *v, 4, 5, 6, 7);
  V2 two = __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3);
  return two[0] + two[1];
}

// Pairwise tree as a binary counter: level j holds the sum of 2^j blocks, so depth never exceeds
// log2(blocks) + 1.
typedef struct {
  double level[64];
  size_t count;
  int depth;
} Tree;

INLINE void tree_push(Tree *tree, double value) {
  tree->level[tree->depth++] = value;
  tree->count += 1;
  for (size_t c = tree->count; (c & 1) == 0; c >>= 1) {
    tree->depth -= 1;
    tree->level[tree->depth - 1] += tree->level[tree->depth];
  }
}

INLINE double tree_total(Tree *tree) {
  if (tree->depth == 0) return 0.0;
  double total = tree->level[--tree->depth];
  while (tree->depth > 0) total = tree->level[--tree->depth] + total;
  return total;
}

#define TERM_SUM(a, b) (a)
#define TERM_ABSOLUTE(a, b) __builtin_elementwise_abs(a)
#define TERM_DOT(a, b) ((a) * (b))
#define TERM_ABSOLUTE_DOT(a, b) __builtin_elementwise_abs((a) * (b))

// One block of at most 256 elements. For sums of one array, y is x.
#define DEFINE_BLOCK(NAME, TERM)                                                        \
  INLINE double NAME(const double *x, const double *y, size_t n) {                      \
    V8 a0 = SPLAT(0.0), a1 = SPLAT(0.0), a2 = SPLAT(0.0), a3 = SPLAT(0.0);              \
    size_t i = 0;                                                                       \
    for (; i + 32 <= n; i += 32) {                                                      \
      a0 += TERM(LOAD(x + i), LOAD(y + i));                                             \
      a1 += TERM(LOAD(x + i + 8), LOAD(y + i + 8));                                     \
      a2 += TERM(LOAD(x + i + 16), LOAD(y + i + 16));                                   \
      a3 += TERM(LOAD(x + i + 24), LOAD(y + i + 24));                                   \
    }                                                                                   \
    for (; i + 8 <= n; i += 8) a0 += TERM(LOAD(x + i), LOAD(y + i));                    \
    if (i < n) {                                                                        \
      V8 u, v;                                                                          \
      load_last(x, i, n, &u);                                                           \
      load_last(y, i, n, &v);                                                           \
      a1 += TERM(u, v);                                                                 \
    }                                                                                   \
    V8 all = (a0 + a1) + (a2 + a3);                                                     \
    return fold(&all);                                                                  \
  }

DEFINE_BLOCK(block_sum, TERM_SUM)
DEFINE_BLOCK(block_absolute_sum, TERM_ABSOLUTE)
DEFINE_BLOCK(block_dot, TERM_DOT)
DEFINE_BLOCK(block_absolute_dot, TERM_ABSOLUTE_DOT)

#define DEFINE_TREE(NAME, BLOCK_NAME)                                                   \
  INLINE double NAME(const double *x, const double *y, size_t n) {                      \
    if (n <= BLOCK) return BLOCK_NAME(x, y, n);                                         \
    Tree tree = {.count = 0, .depth = 0};                                               \
    size_t i = 0;                                                                       \
    for (; i + BLOCK <= n; i += BLOCK) tree_push(&tree, BLOCK_NAME(x + i, y + i, BLOCK)); \
    if (i < n) tree_push(&tree, BLOCK_NAME(x + i, y + i, n - i));                       \
    return tree_total(&tree);                                                           \
  }

DEFINE_TREE(tree_sum, block_sum)
DEFINE_TREE(tree_absolute_sum, block_absolute_sum)
DEFINE_TREE(tree_dot, block_dot)
DEFINE_TREE(tree_absolute_dot, block_absolute_dot)

// A comparison with NaN is false, so the lane keeps its old value; NaN is collected beside it.
#define DEFINE_EXTREME(NAME, COMPARE, START)                                            \
  INLINE double NAME(const double *x, size_t n) {                                       \
    V8 best = SPLAT(START), other = SPLAT(START);                                       \
    I8 bad = (I8)SPLAT(0.0);                                                            \
    size_t i = 0;                                                                       \
    for (; i + 16 <= n; i += 16) {                                                      \
      V8 u = LOAD(x + i), v = LOAD(x + i + 8);                                          \
      best = SELECT(u COMPARE best, u, best);                                           \
      other = SELECT(v COMPARE other, v, other);                                        \
      bad |= (u != u) | (v != v);                                                       \
    }                                                                                   \
    for (; i < n; i += 8) {                                                             \
      V8 u;                                                                             \
      load_part(x + i, n - i < 8 ? n - i : 8, START, &u);                               \
      best = SELECT(u COMPARE best, u, best);                                           \
      bad |= (u != u);                                                                  \
    }                                                                                   \
    if (ANY(bad)) return __builtin_nan("");                                             \
    best = SELECT(other COMPARE best, other, best);                                     \
    double result = best[0];                                                            \
    for (int j = 1; j < 8; j++) result = best[j] COMPARE result ? best[j] : result;     \
    return result;                                                                      \
  }

DEFINE_EXTREME(array_maximum, >, -__builtin_inf())
DEFINE_EXTREME(array_minimum, <, __builtin_inf())

#endif
