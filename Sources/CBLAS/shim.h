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
void dgemv_(const char *, const int *, const int *, const double *, const double *, const int *,
    const double *, const int *, const double *, double *, const int *, size_t);
void dsymv_(const char *, const int *, const double *, const double *, const int *, const double *,
    const int *, const double *, double *, const int *, size_t);
void dlarfg_(const int *, double *, double *, const int *, double *);
void dormqr_(const char *, const char *, const int *, const int *, const int *, const double *, const int *,
    const double *, double *, const int *, double *, const int *, int *, size_t, size_t);
void dsteqr_(const char *, const int *, double *, double *, double *, const int *, double *, int *, size_t);
void dlaed2_(int *, const int *, const int *, double *, double *, const int *, int *, double *, double *,
    double *, double *, double *, int *, int *, int *, int *, int *);
void dlaed4_(const int *, const int *, const double *, const double *, double *, const double *, double *,
    int *);
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

// y = alpha op(A) x + beta y, vectors without gaps but for the stride of x.
static inline void entropic_gemv(char trans, entropic_int m, entropic_int n, double alpha, const double *a,
    entropic_int lda, const double *x, entropic_int stride, double beta, double *y) {
  entropic_int one = 1;
  dgemv_(&trans, &m, &n, &alpha, a, &lda, x, &stride, &beta, y, &one ENTROPIC_LENGTHS_1);
}

// y = A x, of the symmetric A the lower triangle.
static inline void entropic_symv(entropic_int n, const double *a, entropic_int lda, const double *x,
                                 double *y) {
  char uplo = 'L';
  entropic_int one = 1;
  double alpha = 1.0, beta = 0.0;
  dsymv_(&uplo, &n, &alpha, a, &lda, x, &one, &beta, y, &one ENTROPIC_LENGTHS_1);
}

// The reflector H = I - tau (1, v)(1, v)' that maps (alpha, x) to (beta, 0): beta and v take their places.
static inline double entropic_larfg(entropic_int n, double *alpha, double *x) {
  entropic_int one = 1;
  double tau = 0.0;
  dlarfg_(&n, alpha, x, &one, &tau);
  return tau;
}

// C = Q C for the k reflectors below the diagonal of the m rows of a. Returns the needed length of work in
// *work when count is -1.
static inline entropic_int entropic_ormqr(entropic_int m, entropic_int n, entropic_int k, const double *a,
    entropic_int lda, const double *tau, double *c, entropic_int ldc, double *work, entropic_int count) {
  char side = 'L', trans = 'N';
  entropic_int info = 0;
  dormqr_(&side, &trans, &m, &n, &k, a, &lda, tau, c, &ldc, work, &count, &info ENTROPIC_LENGTHS_2);
  return info;
}

// Eigenvalues, ascending, and eigenvectors of a small tridiagonal matrix.
static inline entropic_int entropic_steqr(entropic_int n, double *d, double *e, double *z, entropic_int ldz,
                                          double *work) {
  char job = 'I';
  entropic_int info = 0;
  dsteqr_(&job, &n, d, e, z, &ldz, work, &info ENTROPIC_LENGTHS_1);
  return info;
}

// The deflation of a rank-one change of a diagonal matrix, before two halves of divide and conquer are
// merged. The first four items of kinds are the counts of columns of each form.
static inline entropic_int entropic_laed2(entropic_int *k, entropic_int n, entropic_int cut, double *d,
    double *q, entropic_int ldq, entropic_int *order, double *rho, double *z, double *poles, double *w,
    double *q2, entropic_int *indx, entropic_int *indxc, entropic_int *indxp, entropic_int *kinds) {
  entropic_int info = 0;
  dlaed2_(k, &n, &cut, d, q, &ldq, order, rho, z, poles, w, q2, indx, indxc, indxp, kinds, &info);
  return info;
}

// Root i (from 1) of the secular equation 1 + rho sum w_j^2 / (poles_j - x); delta_j = poles_j - x.
static inline entropic_int entropic_laed4(entropic_int k, entropic_int i, const double *poles,
    const double *w, double *delta, double rho, double *root) {
  entropic_int info = 0;
  dlaed4_(&k, &i, poles, w, delta, &rho, root, &info);
  return info;
}

#endif
