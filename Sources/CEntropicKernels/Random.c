// Standard normal variates, sixteen at a time.

#include "CEntropicKernels.h"
#include "Elementary.h"

// xoshiro256++ in eight lanes.
INLINE void next8(U8 *s0, U8 *s1, U8 *s2, U8 *s3, U8 *out) {
  U8 sum = *s0 + *s3;
  *out = ((sum << 23) | (sum >> 41)) + *s0;
  U8 t = *s1 << 17;
  *s2 ^= *s0;
  *s3 ^= *s1;
  *s1 ^= *s2;
  *s0 ^= *s3;
  *s2 ^= t;
  *s3 = (*s3 << 45) | (*s3 >> 19);
}

// The top 52 bits as a double in [1, 2).
#define UNIT(bits) ((V8)(((bits) >> 12) | (U8){BITS_OF_ONE, BITS_OF_ONE, BITS_OF_ONE, BITS_OF_ONE, \
    BITS_OF_ONE, BITS_OF_ONE, BITS_OF_ONE, BITS_OF_ONE}))

// Box and Muller: sqrt(-2 log u) (cos a, sin a) with u in (0, 1] and a = pi/4 times a number in [-1, 1)
// turned by a random quarter. Sine and cosine are Taylor sums, absolute error below 2^-52.
INLINE void normals(uint64_t *state, double *out, size_t n) {
  U8 s0, s1, s2, s3;
  memcpy(&s0, state, 64);
  memcpy(&s1, state + 8, 64);
  memcpy(&s2, state + 16, 64);
  memcpy(&s3, state + 24, 64);
  for (size_t i = 0; i < n; i += 16) {
    U8 first, second;
    next8(&s0, &s1, &s2, &s3, &first);
    next8(&s0, &s1, &s2, &s3, &second);
    V8 u = 2.0 - UNIT(first), level;
    V8 bias = SPLAT(0x1p52 + 1023.0);
    log_normal(&u, &bias, &level);
    V8 radius = __builtin_elementwise_sqrt(-2.0 * level);
    V8 a = (UNIT(second) - 1.5) * 0x1.921fb54442d18p+0;
    V8 z = a * a;
    V8 sine = a + (a * z) *
                      (-0x1.5555555555555p-3 +
                       z * (0x1.1111111111111p-7 +
                            z * (-0x1.a01a01a01a01ap-13 +
                                 z * (0x1.71de3a556c734p-19 +
                                      z * (-0x1.ae64567f544e4p-26 +
                                           z * (0x1.6124613a86d09p-33 - z * 0x1.ae7f3e733b81fp-41))))));
    V8 cosine = 1.0 + z * (-0.5 +
                           z * (0x1.5555555555555p-5 +
                                z * (-0x1.6c16c16c16c17p-10 +
                                     z * (0x1.a01a01a01a01ap-16 +
                                          z * (-0x1.27e4fb7789f5cp-22 +
                                               z * (0x1.1eed8eff8d898p-29 - z * 0x1.93974a8c07c9dp-37))))));
    // The low bits, which the angle does not use, choose the quarter: swap, and two signs.
    I8 swap = (I8)((second & 1) != 0);
    V8 x = SELECT(swap, sine, cosine), y = SELECT(swap, cosine, sine);
    x = (V8)((U8)x ^ ((second & 2) << 62));
    y = (V8)((U8)y ^ ((second & 4) << 61));
    x *= radius;
    y *= radius;
    if (n - i >= 16) {
      STORE(out + i, x);
      STORE(out + i + 8, y);
    } else {
      size_t rest = n - i;
      store_part(out + i, rest < 8 ? rest : 8, &x);
      if (rest > 8) store_part(out + i + 8, rest - 8, &y);
    }
  }
  memcpy(state, &s0, 64);
  memcpy(state + 8, &s1, 64);
  memcpy(state + 16, &s2, 64);
  memcpy(state + 24, &s3, 64);
}

CLONES void ek_normals(uint64_t *state, double *out, size_t n) { normals(state, out, n); }
