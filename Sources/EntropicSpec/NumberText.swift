#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Doubles as text for people: rounded to places that mean something, never in the user's locale.
package enum NumberText {
  /// `value` with a number of significant digits, without trailing zeros.
  package static func short(_ value: Double, digits: Int = 6) -> String {
    if value.isNaN { return "undefined" }
    if value.isInfinite { return value > 0 ? "inf" : "-inf" }
    return formatted("%.*g", Int32(min(max(digits, 1), 17)), value == 0 ? 0 : value)
  }

  /// `value` with a number of places behind the point.
  package static func fixed(_ value: Double, places: Int) -> String {
    let text = formatted("%.*f", Int32(min(max(places, 0), 340)), value == 0 ? 0 : value)
    return text.allSatisfy { "-0.".contains($0) } && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }

  /// The digits of `value` that an interval around it certifies: a digit is printed only while the interval
  /// is narrower than half its unit, so that any optimum inside it rounds to the same digit or the next
  /// one.
  ///
  /// At most 17 significant digits; nil when not even the leading digit is certain.
  package static func certified(_ value: Double, lower: Double, upper: Double) -> String? {
    guard value.isFinite, lower.isFinite, upper.isFinite, lower <= upper else { return nil }
    let radius = max(value - lower, upper - value, 0)
    if radius == 0 { return value == 0 ? "0" : "\(value)" }
    if value == 0 { return nil }
    let magnitude = log10(abs(value)).rounded(.down)
    // Units of the last digit: 10^-places >= 2 radius.
    let places = min(16 - magnitude, (-log10(2 * radius)).rounded(.down))
    guard places >= -magnitude, abs(places) < 340 else { return nil }
    let count = Int(places + magnitude) + 1
    guard magnitude >= -5, magnitude < 16, places >= 0 else {
      return formatted("%.*e", Int32(max(count - 1, 0)), value)
    }
    return fixed(value, places: Int(places))
  }

  private static func formatted(_ format: String, _ digits: Int32, _ value: Double) -> String {
    var buffer = [CChar](repeating: 0, count: 700)
    let written = withVaList([digits, value]) { vsnprintf(&buffer, buffer.count, format, $0) }
    guard written > 0, Int(written) < buffer.count else { return "\(value)" }
    return String(decoding: buffer[..<Int(written)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
