// One pass that splits weighted numbers by a range: what lies above is summed, what lies inside is kept.

#include "CEntropicKernels.h"
#include "Reduce.h"

// Appends the elements of the range, without a branch that could be mispredicted.
INLINE size_t keep(const double *x, const double *w, size_t n, double low, double high, double *kept,
    double *kept_weights, size_t found) {
  for (size_t i = 0; i < n; i++) {
    kept[found] = x[i];
    if (w) kept_weights[found] = w[i];
    found += (size_t)((x[i] >= low) & (x[i] <= high));
  }
  return found;
}

// Running state of one split: sums over what lies above and inside.
typedef struct {
  V8 sum, mass, inner;
  I8 above, inside, any;
} Part;

// `weighted` is a constant where this is inlined.
INLINE void take(const V8 *v, const V8 *weight, const V8 *low, const V8 *high, int weighted, Part *part) {
  // NaN counts as above, and spoils the sum.
  I8 up = ~(*v <= *high);
  I8 between = (*v >= *low) & ~up;
  part->above -= up;
  part->inside -= between;
  part->any |= between;
  part->sum += (V8)(up & (I8)(weighted ? *v * *weight : *v));
  if (weighted) {
    part->mass += (V8)(up & (I8)*weight);
    part->inner += (V8)(between & (I8)*weight);
  }
}

INLINE size_t split(const double *x, const double *w, size_t n, double low, double high, double *kept,
    double *kept_weights, size_t capacity, double *above, int weighted) {
  Tree sums = {.count = 0, .depth = 0}, masses = sums, middle = sums;
  const V8 floor = SPLAT(low), ceiling = SPLAT(high), none = SPLAT(0.0);
  double counts[2] = {0.0, 0.0};
  size_t found = 0;
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    Part part = {none, none, none, (I8)none, (I8)none, (I8)none};
    size_t j = 0;
    while (j + 8 <= m) {
      size_t begin = j;
      part.any = (I8)none;
      for (; j + 8 <= m && j < begin + 32; j += 8) {
        V8 v = LOAD(x + i + j), weight = weighted ? LOAD(w + i + j) : none;
        take(&v, &weight, &floor, &ceiling, weighted, &part);
      }
      if (ANY(part.any)) {
        if (found + 32 < capacity) {
          found = keep(x + i + begin, weighted ? w + i + begin : w, j - begin, low, high, kept, kept_weights, found);
        } else {
          found = capacity;
        }
      }
    }
    double sum = fold(&part.sum), mass = fold(&part.mass), inner = fold(&part.inner);
    int64_t up = 0, inside = 0;
    for (size_t l = 0; l < 8; l++) {
      up += part.above[l];
      inside += part.inside[l];
    }
    for (; j < m; j++) {
      double v = x[i + j], weight = weighted ? w[i + j] : 1.0;
      if (!(v <= high)) {
        up += 1;
        sum += v * weight;
        mass += weight;
      } else if (v >= low) {
        inside += 1;
        inner += weight;
      }
    }
    counts[0] += (double)up;
    counts[1] += (double)inside;
    tree_push(&sums, sum);
    if (weighted) {
      tree_push(&masses, mass);
      tree_push(&middle, inner);
    }
    if (m % 8 != 0 && found + 32 < capacity) {
      size_t rest = m % 8, begin = i + m - rest;
      found = keep(x + begin, weighted ? w + begin : w, rest, low, high, kept, kept_weights, found);
    }
  }
  above[0] = weighted ? tree_total(&masses) : counts[0];
  above[1] = tree_total(&sums);
  above[2] = weighted ? tree_total(&middle) : counts[1];
  return found < capacity ? found : n + 1;
}

CLONES size_t ek_split(const double *x, const double *w, size_t n, double low, double high, double *kept,
    double *kept_weights, size_t capacity, double *above) {
  return w ? split(x, w, n, low, high, kept, kept_weights, capacity, above, 1)
           : split(x, w, n, low, high, kept, kept_weights, capacity, above, 0);
}
