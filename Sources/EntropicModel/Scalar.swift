import EntropicNumerics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The scalar convex functions that separable parts and outer functions are made of, in extended reals:
/// +inf outside the domain, `0 log 0 = 0`.
enum Scalar {
  /// Stands for a zero where a slope at zero would be infinite; any finite slope is valid in a minorant.
  static let tiny = 0x1p-1022

  /// -w log u
  static func negativeLog(_ w: Double, _ u: Double) -> Double {
    guard w > 0 else { return 0 }
    return u > 0 ? -w * Kernel.log(u) : .infinity
  }

  /// w u log u
  static func xlogx(_ w: Double, _ u: Double) -> Double {
    guard u >= 0 else { return .infinity }
    return u > 0 && w != 0 ? w * (u * Kernel.log(u)) : 0
  }

  /// w u log(u / v)
  static func relative(_ w: Double, _ u: Double, _ v: Double) -> Double {
    guard w > 0 else { return 0 }
    guard u >= 0, v >= 0 else { return .infinity }
    guard u > 0 else { return 0 }
    guard v > 0 else { return .infinity }
    let ratio = u / v
    if ratio > 0.5, ratio < 2 { return w * u * log1p((u - v) / v) }
    return w * (u * (Kernel.log(u) - Kernel.log(v)))
  }

  static func pow(_ x: Double, _ a: Double) -> Double {
    #if canImport(Glibc)
      return Glibc.pow(x, a)
    #elseif canImport(Musl)
      return Musl.pow(x, a)
    #else
      return Darwin.pow(x, a)
    #endif
  }

  /// w sign u^a, and |u|^a for an even integer a.
  static func power(_ a: Double, _ w: Double, _ u: Double) -> Double {
    guard w > 0 else { return 0 }
    if a == 2 { return w * u * u }
    if Outer.isEven(a) { return w * pow(abs(u), a) }
    guard u >= 0 else { return .infinity }
    if u == 0 { return a < 0 ? .infinity : 0 }
    return w * Outer.sign(a) * pow(u, a)
  }

  static func powerSlope(_ a: Double, _ w: Double, _ u: Double) -> Double {
    guard w > 0 else { return 0 }
    if a == 2 { return 2 * w * u }
    if Outer.isEven(a) { return (u < 0 ? -1 : 1) * w * a * pow(abs(u), a - 1) }
    let base = a > 1 ? max(u, 0) : max(u, tiny)
    let slope = w * Outer.sign(a) * a * pow(base, a - 1)
    return max(-Double.greatestFiniteMagnitude, min(Double.greatestFiniteMagnitude, slope))
  }

  static func powerCurvature(_ a: Double, _ w: Double, _ u: Double) -> Double {
    guard w > 0 else { return 0 }
    if a == 2 { return 2 * w }
    return w * Outer.sign(a) * a * (a - 1) * pow(abs(u), a - 2)
  }

  /// sup_u s u - w sign u^a over the domain; nil where it is +inf.
  static func powerConjugate(_ a: Double, _ w: Double, _ s: Double) -> Double? {
    if a == 2, s != 0 { return s * s / (4 * w) }
    if a > 1 {
      if s == 0 { return 0 }
      if s < 0, !Outer.isEven(a) { return 0 }
      let u = pow(abs(s) / (w * a), 1 / (a - 1))
      return abs(s) * u * (1 - 1 / a)
    }
    guard s < 0 else { return s == 0 && a < 0 ? 0 : nil }
    let u = pow(s / (w * Outer.sign(a) * a), 1 / (a - 1))
    return s * u * (1 - 1 / a)
  }

  /// w sign u^a v^(1 - a), with its limits on the boundary of the quadrant.
  static func perspective(_ a: Double, _ w: Double, _ u: Double, _ v: Double) -> Double {
    guard w > 0 else { return 0 }
    guard u >= 0, v >= 0 else { return .infinity }
    if a > 1 {
      if u == 0 { return 0 }
      return v > 0 ? w * u * pow(u / v, a - 1) : .infinity
    }
    if a < 0 {
      if v == 0 { return 0 }
      return u > 0 ? w * v * pow(u / v, a) : .infinity
    }
    if u == 0 || v == 0 { return 0 }
    return -w * v * pow(u / v, a)
  }
}
