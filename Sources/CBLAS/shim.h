// The few BLAS and LAPACK routines that the dense factorisations need, with arguments by value and
// Swift-like names.
//
// OpenBLAS (Linux) is called by its Fortran symbols, declared here because distributions do not all ship
// LAPACK headers; each character argument has a hidden length at the end. On Apple systems Accelerate
// supplies the same routines. Matrices are stored by columns, as in the Fortran originals; integers are 32
// bits.

#ifndef ENTROPIC_CBLAS_SHIM_H
#define ENTROPIC_CBLAS_SHIM_H

#include <stddef.h>

#if defined(__APPLE__)
#define ACCELERATE_NEW_LAPACK 1
#include <Accelerate/Accelerate.h>
#define ENTROPIC_LENGTHS_1
#define ENTROPIC_LENGTHS_2
#define ENTROPIC_LENGTHS_3
#define ENTROPIC_LENGTHS_4
#else
#define ENTROPIC_LENGTHS_1 , (size_t)1
#define ENTROPIC_LENGTHS_2 , (size_t)1, (size_t)1
#define ENTROPIC_LENGTHS_3 , (size_t)1, (size_t)1, (size_t)1
#define ENTROPIC_LENGTHS_4 , (size_t)1, (size_t)1, (size_t)1, (size_t)1
void openblas_set_num_threads(int threads);
void dgemm_(const char *, const char *, const int *, const int *, const int *, const double *, const double *,
            const int *, const double *, const int *, const double *, double *, const int *, size_t, size_t);
void dsyrk_(const char *, const char *, const int *, const int *, const double *, const double *, const int *,
            const double *, double *, const int *, size_t, size_t);
void dtrsm_(const char *, const char *, const char *, const char *, const int *, const int *, const double *,
            const double *, const int *, double *, const int *, size_t, size_t, size_t, size_t);
void dtrsv_(const char *, const char *, const char *, const int *, const double *, const int *, double *,
            const int *, size_t, size_t, size_t);
void dpotrf_(const char *, const int *, double *, const int *, int *, size_t);
void dlasyf_(const char *, const int *, const int *, int *, double *, const int *, int *, double *,
    const int *, int *, size_t);
void dsytf2_(const char *, const int *, double *, const int *, int *, int *, size_t);
void dsytrs_(const char *, const int *, const int *, const double *, const int *, const int *, double *,
             const int *, int *, size_t);
void dsyevd_(const char *, const char *, const int *, double *, const int *, double *, double *,
    const int *, int *, const int *, int *, size_t, size_t);
#endif

#if defined(__APPLE__)
typedef __LAPACK_int entropic_int;
#else
typedef int entropic_int;
#endif

// One thread: results do not depend on the machine's load, and parallel work is divided above this level.
static inline void entropic_blas_single_thread(void) {
#if !defined(__APPLE__)
  openblas_set_num_threads(1);
#endif
}

// C = alpha op(A) op(B) + beta C, C of m rows and n columns.
static inline void entropic_gemm(char ta, char tb, entropic_int m, entropic_int n, entropic_int k,
    double alpha, const double *a, entropic_int lda, const double *b, entropic_int ldb, double beta,
    double *c, entropic_int ldc) {
  dgemm_(&ta, &tb, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc ENTROPIC_LENGTHS_2);
}

// One triangle of C = alpha op(A) op(A)' + beta C.
static inline void entropic_syrk(char uplo, char trans, entropic_int n, entropic_int k, double alpha,
    const double *a, entropic_int lda, double beta, double *c, entropic_int ldc) {
  dsyrk_(&uplo, &trans, &n, &k, &alpha, a, &lda, &beta, c, &ldc ENTROPIC_LENGTHS_2);
}

// B = op(T)^-1 B (side L) or B op(T)^-1 (side R), T triangular.
static inline void entropic_trsm(char side, char uplo, char trans, entropic_int m, entropic_int n,
    const double *t, entropic_int ldt, double *b, entropic_int ldb) {
  char diagonal = 'N';
  double one = 1.0;
  dtrsm_(&side, &uplo, &trans, &diagonal, &m, &n, &one, t, &ldt, b, &ldb ENTROPIC_LENGTHS_4);
}

static inline void entropic_trsv(char uplo, char trans, entropic_int n, const double *t, entropic_int ldt,
    double *x) {
  char diagonal = 'N';
  entropic_int one = 1;
  dtrsv_(&uplo, &trans, &diagonal, &n, t, &ldt, x, &one ENTROPIC_LENGTHS_3);
}

// Cholesky factor of one triangle. Returns 0, or the order of the first minor that is not positive.
static inline entropic_int entropic_potrf(char uplo, entropic_int n, double *a, entropic_int lda) {
  entropic_int info = 0;
  dpotrf_(&uplo, &n, a, &lda, &info ENTROPIC_LENGTHS_1);
  return info;
}

// Bunch-Kaufman: factors up to nb leading columns of the lower triangle and updates the rest; *kb columns
// were done.
static inline entropic_int entropic_lasyf(entropic_int n, entropic_int nb, entropic_int *kb, double *a,
                                          entropic_int lda, entropic_int *ipiv, double *w, entropic_int ldw) {
  char uplo = 'L';
  entropic_int info = 0;
  dlasyf_(&uplo, &n, &nb, kb, a, &lda, ipiv, w, &ldw, &info ENTROPIC_LENGTHS_1);
  return info;
}

// Bunch-Kaufman of a small lower triangle.
static inline entropic_int entropic_sytf2(entropic_int n, double *a, entropic_int lda, entropic_int *ipiv) {
  char uplo = 'L';
  entropic_int info = 0;
  dsytf2_(&uplo, &n, a, &lda, ipiv, &info ENTROPIC_LENGTHS_1);
  return info;
}

static inline entropic_int entropic_sytrs(entropic_int n, entropic_int columns, const double *a,
    entropic_int lda, const entropic_int *ipiv, double *b, entropic_int ldb) {
  char uplo = 'L';
  entropic_int info = 0;
  dsytrs_(&uplo, &n, &columns, a, &lda, ipiv, b, &ldb, &info ENTROPIC_LENGTHS_1);
  return info;
}

// Eigenvalues, ascending, and eigenvectors, over the upper triangle of a.
static inline entropic_int entropic_syevd(entropic_int n, double *a, double *values, double *work,
                                          entropic_int work_count, entropic_int *integers,
                                          entropic_int integer_count) {
  char job = 'V', uplo = 'U';
  entropic_int info = 0;
  dsyevd_(&job, &uplo, &n, a, &n, values, work, &work_count, integers, &integer_count,
          &info ENTROPIC_LENGTHS_2);
  return info;
}

#endif
