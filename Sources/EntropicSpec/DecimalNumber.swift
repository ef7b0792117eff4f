#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Decimal text to the nearest double.
///
/// Goals: 1. correctly rounded, 2. the whole token or nothing, 3. no locale, 4. speed. Up to 15 digits and
/// powers of ten up to 22, the digits and the power are exact doubles, and one multiplication or division
/// rounds correctly (W. D. Clinger, PLDI 1990). All other texts go to the standard library, whose conversion
/// is correctly rounded.
package enum DecimalNumber {
  /// What a token stands for.
  package enum Result: Hashable, Sendable {
    case value(Double)
    /// Not zero, but nearer to zero than to any other double.
    case underflow
    /// Beyond the largest double.
    case overflow
    /// Not sign, digits with optional point, optional exponent.
    case malformed
  }

  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19,
    1e20, 1e21, 1e22,
  ]

  package static func parse(_ text: String) -> Result {
    var text = text
    return text.withUTF8 { parse($0) }
  }

  /// Reads `text` whole: optional sign, digits with an optional point, optional exponent.
  package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Result {
    let count = text.count
    var i = 0
    var isNegative = false
    if i < count, text[i] == 0x2B || text[i] == 0x2D {
      isNegative = text[i] == 0x2D
      i += 1
    }
    var mantissa: UInt64 = 0
    var digits = 0  // significant digits in the mantissa
    var dropped = 0  // digits after the nineteenth
    var scale = 0  // power of ten of the mantissa
    var hasDigits = false
    var isFraction = false
    while i < count {
      let byte = text[i]
      if byte >= 0x30, byte <= 0x39 {
        hasDigits = true
        if digits < 19 {
          mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
          if mantissa != 0 { digits += 1 }
          if isFraction { scale -= 1 }
        } else {
          dropped += 1
          if !isFraction { scale += 1 }
        }
      } else if byte == 0x2E, !isFraction {
        isFraction = true
      } else {
        break
      }
      i += 1
    }
    guard hasDigits else { return .malformed }
    if i < count {
      guard text[i] == 0x65 || text[i] == 0x45 else { return .malformed }
      i += 1
      var isNegativeExponent = false
      if i < count, text[i] == 0x2B || text[i] == 0x2D {
        isNegativeExponent = text[i] == 0x2D
        i += 1
      }
      guard i < count else { return .malformed }
      var exponent = 0
      while i < count {
        guard text[i] >= 0x30, text[i] <= 0x39 else { return .malformed }
        exponent = min(exponent * 10 + Int(text[i] - 0x30), 1_000_000)
        i += 1
      }
      scale += isNegativeExponent ? -exponent : exponent
    }
    if mantissa == 0, dropped == 0 { return .value(isNegative ? -0.0 : 0) }
    if dropped == 0, mantissa <= 1 << 53, scale >= -22, scale <= 22 {
      let exact = Double(mantissa)
      let value = scale < 0 ? exact / powers[-scale] : exact * powers[scale]
      return .value(isNegative ? -value : value)
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)) else { return .malformed }
    if value.isInfinite { return .overflow }
    return value == 0 ? .underflow : .value(value)
  }
}
