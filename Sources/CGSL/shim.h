#ifndef ENTROPIC_CGSL_SHIM_H
#define ENTROPIC_CGSL_SHIM_H

/* The parts of libgsl that EntropicSpecialFunctions uses, and nothing else. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_expint.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_lambert.h>
#include <gsl/gsl_sf_log.h>
#include <gsl/gsl_sf_psi.h>
#include <gsl/gsl_sf_result.h>
#include <gsl/gsl_sf_zeta.h>

/* gsl_integration_fixed_hermite is a mutable global, which strict concurrency refuses. */
static inline const gsl_integration_fixed_type *cgsl_fixed_hermite(void) {
  return gsl_integration_fixed_hermite;
}

/* gsl_qrng_sobol is a mutable global as well. */
static inline const gsl_qrng_type *cgsl_sobol(void) {
  return gsl_qrng_sobol;
}

#endif
