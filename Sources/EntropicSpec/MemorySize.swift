/// An amount of memory as users write it: bytes, or a number with a unit.
package enum MemorySize {
  private static let units: [(name: String, bytes: Double)] = [
    ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9),
    ("B", 1),
  ]

  /// The bytes of `2 GB`, `512MiB` or `1e9`, rounded to a whole number; nil for anything else, for nothing,
  /// and for more than an address can name.
  package static func bytes(_ text: String, limits: SpecLimits = SpecLimits()) -> Int? {
    let unit = units.first { text.hasSuffix($0.name) }
    var digits = Substring(text)
    if let unit {
      digits = digits.dropLast(unit.name.count)
      while digits.last == " " { digits.removeLast() }
    }
    guard digits.utf8.count <= limits.numberDigits,
      case .value(let number) = DecimalNumber.parse(String(digits)),
      let bytes = Int(exactly: (number * (unit?.bytes ?? 1)).rounded()), bytes > 0
    else { return nil }
    return bytes
  }
}
