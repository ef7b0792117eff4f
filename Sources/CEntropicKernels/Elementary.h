// exp, log and log(1 + x) - x on eight lanes.
//
// Without fused multiply-add the accuracy comes from the order of the sums: the large exact parts are added
// last, and the part of the reduced argument that did not fit is carried along.

#ifndef ENTROPIC_ELEMENTARY_H
#define ENTROPIC_ELEMENTARY_H

#include "Vector.h"

// ln 2 = LN2_HIGH + LN2_LOW; the first has 42 bits, so that k LN2_HIGH is exact for |k| < 2048.
#define LN2_HIGH 0x1.62e42fefa3800p-1
#define LN2_LOW 0x1.ef35793c76730p-45
#define LOG2_E 0x1.71547652b82fep+0
// Adding and subtracting this rounds to an integer, which then also stands in the low bits.
#define ROUNDER 0x1.8p52

#define BITS_OF_ONE 0x3ff0000000000000LL
#define MANTISSA 0x000fffffffffffffLL
#define BITS_OF_TWO_52 0x4330000000000000LL
#define BITS_OF_SQRT_HALF 0x3fe6a09e667f3bcdLL

// exp(x) = 2^k exp(r) with |r| <= ln(2)/2 and exp(r) = 1 + r + r^2/2 + r^3 P(r). P is minimax for the
// relative error of exp(r), 2^-63.9. `rounded` is k + ROUNDER. The sum 1 + r is carried in two parts.
INLINE void exp_reduced(const V8 *x, V8 *significand, V8 *rounded) {
  V8 shifted = *x * LOG2_E + ROUNDER;
  V8 k = shifted - ROUNDER;
  V8 high = *x - k * LN2_HIGH;
  V8 low = k * LN2_LOW;
  V8 r = high - low;
  V8 rest = (high - r) - low;
  V8 s = r * r;
  V8 a = 0x1.555555555555ap-3 + r * 0x1.5555555555530p-5;
  V8 b = 0x1.111111110efbcp-7 + r * 0x1.6c16c16c2701bp-10;
  V8 c = 0x1.a01a01b26bd02p-13 + r * 0x1.a01a015270af7p-16;
  V8 d = 0x1.71ddf26927416p-19 + r * 0x1.27e58cff542c9p-22;
  V8 e = 0x1.af686d7bbaecap-26 + r * 0x1.1e670e3d7fd14p-29;
  V8 w = s * s;
  V8 p = (a + s * b) + w * ((c + s * d) + w * e);
  V8 tail = rest + (0.5 * s + (s * r) * p);
  V8 sum = 1.0 + r;
  V8 lost = r - (sum - 1.0);
  *significand = sum + (lost + tail);
  *rounded = shifted;
}

// Where |x| > 708 the power of two is applied in two factors, so that overflow and gradual underflow come
// out of the multiplication; beyond the whole range the reduction means nothing and the limits are put in.
// NaN stays NaN.
INLINE void exp8(const V8 *x, V8 *out) {
  V8 m, shifted;
  exp_reduced(x, &m, &shifted);
  I8 usual = __builtin_elementwise_abs(*x) <= SPLAT(708.0);
  if (ANY(~usual)) {
    // Lanes beyond the range are kept away from overflow and underflow, which are slow on some processors.
    I8 small = *x < SPLAT(-746.0), large = *x > SPLAT(710.0);
    V8 k = SELECT(small | large, SPLAT(0.0), shifted - ROUNDER);
    V8 half = 0.5 * k + ROUNDER;
    V8 other = (k - (half - ROUNDER)) + ROUNDER;
    V8 y = m * (V8)(((I8)half << 52) + BITS_OF_ONE) * (V8)(((I8)other << 52) + BITS_OF_ONE);
    y = SELECT(large, SPLAT(__builtin_inf()), y);
    *out = SELECT(small, SPLAT(0.0), y);
  } else {
    *out = (V8)((I8)m + ((I8)shifted << 52));
  }
}

// log(x) = k ln 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt(2)); with s = f/(2 + f) and z = s^2, log(1 + f) =
// 2 atanh(s) = f - f^2/2 + s (f^2/2 + z R(z)); R is minimax, absolute error 2^-58.7 where z < 0.03. `bias`
// is what the exponent field must lose to become k.
INLINE void log_normal(const V8 *x, const V8 *bias, V8 *out) {
  I8 bits = (I8)*x + (BITS_OF_ONE - BITS_OF_SQRT_HALF);
  // The exponent field becomes a double by standing in the low bits of 2^52.
  V8 k = (V8)((I8)((U8)bits >> 52) | BITS_OF_TWO_52) - *bias;
  V8 f = (V8)((bits & MANTISSA) + BITS_OF_SQRT_HALF) - 1.0;
  V8 s = f / (2.0 + f);
  V8 z = s * s;
  V8 w = z * z;
  V8 even = 0x1.2492492476905p-2 + w * (0x1.745cf8df6e793p-3 + w * 0x1.0fbde05e573b5p-3);
  V8 odd = 0x1.c71c7201ba2bbp-3 + w * (0x1.3b1c3ca3a4754p-3 + w * 0x1.0c0a8bd475011p-3);
  V8 first = 0x1.5555555555555p-1 + z * 0x1.9999999999a39p-2;
  V8 half = 0.5 * f * f;
  V8 tail = s * (half + z * (first + w * (even + z * odd)));
  *out = k * LN2_HIGH - ((half - (tail + k * LN2_LOW)) - f);
}

INLINE void log8(const V8 *x, V8 *out) {
  V8 value = *x;
  V8 bias = SPLAT(0x1p52 + 1023.0);
  I8 usual = (value >= SPLAT(0x1p-1022)) & (value <= SPLAT(0x1.fffffffffffffp1023));
  if (ANY(~usual)) {
    I8 small = value < SPLAT(0x1p-1022);
    V8 t = SELECT(small, value * 0x1p54, value);
    bias = SELECT(small, bias + 54.0, bias);
    V8 y;
    log_normal(&t, &bias, &y);
    y = SELECT(value == SPLAT(0.0), SPLAT(-__builtin_inf()), y);
    y = SELECT(value == SPLAT(__builtin_inf()), value, y);
    // Negative numbers and NaN are the only ones for which this comparison fails.
    *out = SELECT(value >= SPLAT(0.0), y, SPLAT(__builtin_nan("")));
  } else {
    log_normal(&value, &bias, out);
  }
}

// log(1 + x) - x for -1/2 <= x <= 1: with s = x/(2 + x), z = s^2 <= 1/9 it is s (z R(z) - x), and the two
// terms do not cancel (|z R| < |x|/2). R is minimax, absolute error 2^-58.5.
INLINE void log1p_minus_near(const V8 *x, V8 *out) {
  V8 s = *x / (2.0 + *x);
  V8 z = s * s;
  V8 w = z * z;
  V8 even = 0x1.249249249a20fp-2 +
            w * (0x1.745d19a363ca5p-3 +
                 w * (0x1.111ae8dcbb914p-3 + w * (0x1.bc58c66cf7260p-4 + w * 0x1.409b40c5f5283p-3)));
  V8 odd = 0x1.c71c71be99620p-3 +
           w * (0x1.3b134f4681c0ap-3 + w * (0x1.e09e8e9c5cd42p-4 + w * 0x1.325544a99ee11p-4));
  V8 r = 0x1.5555555555555p-1 + (z * 0x1.999999999993fp-2 + w * (even + z * odd));
  *out = s * (z * r - *x);
}

#endif
