/// A JSON file of one number, or of arrays of numbers up to three deep, to a `DataArray`.
///
/// Strict as RFC 8259; the arrays must have the shape of a box. One pass, no tree.
package struct JSONArrayReader {
  let bytes: UnsafeBufferPointer<UInt8>
  let limits: SpecLimits
  private var position = 0
  private var values: [Double] = []
  /// The lengths of the axes, as far as an array on that level has ended.
  private var shape: [Int?] = []
  /// How many items the open arrays have so far.
  private var counts: [Int] = []
  /// The depth on which the numbers stand.
  private var leafDepth: Int?

  package init(bytes: UnsafeBufferPointer<UInt8>, limits: SpecLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  package mutating func read() throws(DataFault) -> DataArray {
    if bytes.prefix(3).elementsEqual([0xEF, 0xBB, 0xBF]) { position = 3 }
    repeat {
      try value()
      try endings()
    } while !counts.isEmpty
    skipSpace()
    if position < bytes.count { throw fault("text after the end of the data") }
    return DataArray(shape: shape.prefix(leafDepth ?? 0).map { $0 ?? 0 }, values: values)
  }

  /// Opening brackets, and the number after them.
  private mutating func value() throws(DataFault) {
    while true {
      skipSpace()
      guard byte == UInt8(ascii: "[") else { break }
      if counts.count == limits.rank {
        throw DataFault(
          .excessiveRank, at: position,
          "arrays nested more than \(limits.rank) deep (expected at most \(limits.rank))")
      }
      if let leafDepth, counts.count >= leafDepth {
        throw DataFault(.notRectangular, at: position, "expected a number, found an array")
      }
      counts.append(0)
      if shape.count < counts.count { shape.append(nil) }
      position += 1
    }
    if byte == UInt8(ascii: "]"), counts.last == 0 {
      throw DataFault(.emptyData, at: position, "an empty array")
    }
    if let leafDepth, leafDepth != counts.count {
      throw DataFault(.notRectangular, at: position, "expected an array, found a number")
    }
    leafDepth = counts.count
    values.append(try number())
    if values.count > limits.atoms {
      throw DataFault(.oversizedData, at: position, "more than \(limits.atoms) numbers")
    }
    let budget = limits.memoryBudget
    if values.count > SpecLimits.growing(values.count, in: budget) {
      throw DataFault(
        .excessiveMemory, at: position, "the data take more than \(budget) bytes (expected at most \(budget))"
      )
    }
  }

  /// Commas and closing brackets after a number.
  private mutating func endings() throws(DataFault) {
    while let depth = counts.indices.last {
      counts[depth] += 1
      skipSpace()
      if byte == UInt8(ascii: ",") {
        position += 1
        return
      }
      guard byte == UInt8(ascii: "]") else { throw fault("expected ',' or ']'") }
      let count = counts.removeLast()
      if let length = shape[depth], length != count {
        throw DataFault(
          .notRectangular, at: position, "arrays of different length (expected \(length), found \(count))")
      }
      shape[depth] = count
      position += 1
    }
  }

  private mutating func number() throws(DataFault) -> Double {
    let start = position
    var end = start
    while end < bytes.count, Self.isNumberByte(bytes[end]) { end += 1 }
    let token = UnsafeBufferPointer(rebasing: bytes[start..<end])
    guard end > start, Self.isStrict(token) else { throw fault("expected a number") }
    if end - start > limits.numberDigits {
      throw DataFault(
        .oversizedToken, at: start,
        "a number of \(end - start) digits (expected at most \(limits.numberDigits))")
    }
    position = end
    switch DecimalNumber.parse(token) {
    case .value(let value): return value
    case .underflow: return 0
    case .overflow:
      throw DataFault(
        .numberOverflow, at: start, "a number beyond the largest double (expected at most 1.79e308)")
    case .malformed:
      throw DataFault(
        .malformedJSONData, at: start,
        "\(Diagnostic.quoted(String(decoding: token, as: UTF8.self))) is not a number")
    }
  }

  private static func isNumberByte(_ byte: UInt8) -> Bool {
    byte >= 0x30 && byte <= 0x39 || byte == 0x2B || byte == 0x2D || byte == 0x2E || byte == 0x45
      || byte == 0x65
  }

  /// What JSON demands beyond the grammar of `DecimalNumber`: no plus, no leading zero, digits around the
  /// point.
  private static func isStrict(_ token: UnsafeBufferPointer<UInt8>) -> Bool {
    func isDigit(_ i: Int) -> Bool { i >= 0 && i < token.count && token[i] >= 0x30 && token[i] <= 0x39 }
    let first = token[0] == 0x2D ? 1 : 0
    guard isDigit(first), !(token[first] == 0x30 && isDigit(first + 1)) else { return false }
    if let point = token.firstIndex(of: 0x2E) { return isDigit(point - 1) && isDigit(point + 1) }
    return true
  }

  private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private func fault(_ message: String) -> DataFault {
    let found = byte.map { Diagnostic.quoted(String(Character(Unicode.Scalar($0)))) } ?? "the end of the file"
    let hint: String? =
      switch byte {
      case UInt8(ascii: "{"): "the file holds arrays of numbers, not objects"
      case UInt8(ascii: "n"): "missing values are not allowed"
      default: nil
      }
    return DataFault(.malformedJSONData, at: position, "\(message), found \(found)", hint: hint)
  }
}
