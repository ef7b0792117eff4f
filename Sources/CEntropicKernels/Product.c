// Matrix-vector products in a fixed order, for certificates: no BLAS, and the error bound of a dot product.

#include "CEntropicKernels.h"
#include "Reduce.h"

CLONES void ek_row_dots(const double *m, size_t rows, size_t columns, size_t stride, const double *x,
    double *out, int absolute) {
  for (size_t i = 0; i < rows; i++) {
    const double *row = m + i * stride;
    out[i] = absolute ? tree_absolute_dot(row, x, columns) : tree_dot(row, x, columns);
  }
}

// Columns are handled 128 at a time: their partial sums, one set a tree level, stay in the first caches.
#define WIDTH 128
#define LEVELS 48
#define ROWS 32

// sum += y_0 row_0 + ... over up to 32 rows, eight rows a step folded in a small tree.
INLINE void column_block(const double *m, size_t rows, size_t width, size_t stride, const double *y,
    double *sum, int absolute) {
  memset(sum, 0, WIDTH * sizeof(double));
  for (size_t i = 0; i < rows; i += 8) {
    // Past the last row the factor is 0 and the row is read again: 0 times a finite number adds nothing,
    // and a row with an infinity or a NaN has already spoiled the sum.
    const double *row[8];
    double factor[8];
    for (size_t l = 0; l < 8; l++) {
      int inside = i + l < rows;
      row[l] = m + (inside ? i + l : i) * stride;
      factor[l] = inside ? y[i + l] : 0.0;
      if (absolute) factor[l] = __builtin_fabs(factor[l]);
    }
    size_t j = 0;
#define TERM(l) (factor[l] * (absolute ? __builtin_elementwise_abs(LOAD(row[l] + j)) : LOAD(row[l] + j)))
    for (; j + 8 <= width; j += 8) {
      V8 part = ((TERM(0) + TERM(1)) + (TERM(2) + TERM(3))) + ((TERM(4) + TERM(5)) + (TERM(6) + TERM(7)));
      STORE(sum + j, LOAD(sum + j) + part);
    }
#undef TERM
#define TERM(l) (factor[l] * (absolute ? __builtin_fabs(row[l][j]) : row[l][j]))
    for (; j < width; j++) {
      sum[j] += ((TERM(0) + TERM(1)) + (TERM(2) + TERM(3))) + ((TERM(4) + TERM(5)) + (TERM(6) + TERM(7)));
    }
#undef TERM
  }
}

INLINE void column_tree(const double *m, size_t rows, size_t width, size_t stride, const double *y,
    double *out, int absolute) {
  double level[LEVELS][WIDTH];
  int depth = 0;
  size_t count = 0;
  for (size_t i = 0; i < rows; i += ROWS) {
    size_t part = rows - i < ROWS ? rows - i : ROWS;
    column_block(m + i * stride, part, width, stride, y + i, level[depth++], absolute);
    count += 1;
    for (size_t c = count; (c & 1) == 0; c >>= 1) {
      depth -= 1;
      for (size_t j = 0; j < WIDTH; j++) level[depth - 1][j] += level[depth][j];
    }
  }
  if (depth == 0) {
    memset(out, 0, width * sizeof(double));
    return;
  }
  while (depth > 1) {
    depth -= 1;
    for (size_t j = 0; j < WIDTH; j++) level[depth - 1][j] += level[depth][j];
  }
  memcpy(out, level[0], width * sizeof(double));
}

CLONES void ek_column_dots(const double *m, size_t rows, size_t columns, size_t stride, const double *y,
    double *out, int absolute) {
  for (size_t j = 0; j < columns; j += WIDTH) {
    size_t width = columns - j < WIDTH ? columns - j : WIDTH;
    if (absolute) {
      column_tree(m + j, rows, width, stride, y, out + j, 1);
    } else {
      column_tree(m + j, rows, width, stride, y, out + j, 0);
    }
  }
}
