/// Arrays in the NPY format, versions 1 to 3, to a `DataArray`.
///
/// The header is read by a scanner of its own: nothing is evaluated, and objects are refused. Element types
/// f4, f8, i1 to i8, u1 to u8, both byte orders, rows or columns first; the size of the file must be exact.
/// Values that are not finite are errors. Integers beyond 2^53 are rounded to the nearest double.
///
/// - Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
package struct NPYReader {
  let bytes: UnsafeBufferPointer<UInt8>
  let limits: SpecLimits

  package init(bytes: UnsafeBufferPointer<UInt8>, limits: SpecLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  private struct Header {
    var descr: String?
    var isFortran: Bool?
    var shape: [Int]?
  }

  private struct Element {
    var kind: UInt8
    var size: Int
    var isBigEndian: Bool

    /// Whether an element is a double as the machine holds it.
    var isNative: Bool { kind == UInt8(ascii: "f") && size == 8 && isBigEndian == (1.bigEndian == 1) }
  }

  package func read() throws(DataFault) -> DataArray {
    guard bytes.count >= 10, bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
      throw DataFault(.malformedNPY, "not an NPY file (its first bytes are wrong)")
    }
    let version = bytes[6]
    guard version >= 1, version <= 3 else {
      throw DataFault(.malformedNPY, "unknown version \(version) of the NPY format (expected 1, 2 or 3)")
    }
    let prefix = version == 1 ? 10 : 12
    guard bytes.count >= prefix else { throw truncated }
    let length = (8..<prefix).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard length <= bytes.count - prefix else { throw truncated }
    let header = try parseHeader(prefix..<prefix + length)
    guard let descr = header.descr, let isFortran = header.isFortran, let shape = header.shape else {
      throw DataFault(.malformedNPY, "the header lacks 'descr', 'fortran_order' or 'shape'")
    }
    let element = try element(descr)
    if shape.count > limits.rank {
      throw DataFault(.excessiveRank, "an array of \(shape.count) axes (expected at most \(limits.rank))")
    }
    let count = try self.count(shape, element: element, dataBytes: bytes.count - prefix - length)
    let values = try self.values(element, count: count, from: prefix + length)
    return DataArray(shape: shape, values: isFortran ? Self.rowsFirst(values, shape: shape) : values)
  }

  private var truncated: DataFault { DataFault(.malformedNPY, "the header is cut off") }

  /// The number of elements, after all comparisons that make it safe to allocate them.
  private func count(_ shape: [Int], element: Element, dataBytes: Int) throws(DataFault) -> Int {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow || product > limits.atoms {
        throw DataFault(
          .oversizedData, "an array of shape \(shape) (expected at most \(limits.atoms) numbers)")
      }
      count = product
    }
    if count == 0 { throw DataFault(.emptyData, "an array of shape \(shape) is empty") }
    let (expected, overflow) = count.multipliedReportingOverflow(by: element.size)
    guard !overflow, expected == dataBytes else {
      throw DataFault(
        .wrongNPYSize, "the data have \(dataBytes) bytes (expected \(expected) for the shape \(shape))")
    }
    let budget = limits.memoryBudget
    if count > budget / 8 {
      throw DataFault(
        .excessiveMemory, "the array takes \(count * 8) bytes (expected at most \(budget))")
    }
    return count
  }

  private func element(_ descr: String) throws(DataFault) -> Element {
    let code = Array(descr.utf8)
    let unsupported = DataFault(
      .unsupportedNPYType,
      "the element type \(Diagnostic.quoted(descr)) is not read (expected f4, f8, i1 to i8 or u1 to u8)")
    guard code.count == 3, "<>|=".utf8.contains(code[0]), code[2] >= 0x31, code[2] <= 0x38 else {
      throw unsupported
    }
    let size = Int(code[2] - 0x30)
    let sizes = code[1] == UInt8(ascii: "f") ? [4, 8] : [1, 2, 4, 8]
    guard "fiu".utf8.contains(code[1]), sizes.contains(size) else { throw unsupported }
    // '|' has no order, which only a single byte may have; '=' is the order of the machine that wrote the
    // file.
    if code[0] == UInt8(ascii: "|"), size > 1 { throw unsupported }
    let isBig = code[0] == UInt8(ascii: ">") || (code[0] == UInt8(ascii: "=") && 1.bigEndian == 1)
    return Element(kind: code[1], size: size, isBigEndian: isBig)
  }

  private func values(_ element: Element, count: Int, from start: Int) throws(DataFault) -> [Double] {
    let raw = UnsafeRawBufferPointer(bytes)
    let values = [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      if element.isNative {
        // The numbers of the machine: copied as they stand.
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: raw[start..<start + 8 * count]))
      } else {
        for i in 0..<count {
          let offset = start + i * element.size
          buffer.initializeElement(at: i, to: Self.value(element, raw, at: offset))
        }
      }
      initialized = count
    }
    if let i = values.firstIndex(where: { !$0.isFinite }) {
      throw DataFault(
        .nonFiniteValue,
        "element \(i + 1) in the order of the file is \(values[i]) (expected a finite number)")
    }
    return values
  }

  private static func value(_ element: Element, _ raw: UnsafeRawBufferPointer, at offset: Int) -> Double {
    func load<T: FixedWidthInteger>(_ type: T.Type) -> T {
      let bits = raw.loadUnaligned(fromByteOffset: offset, as: type)
      return element.isBigEndian ? T(bigEndian: bits) : T(littleEndian: bits)
    }
    switch (element.kind, element.size) {
    case (UInt8(ascii: "f"), 8): return Double(bitPattern: load(UInt64.self))
    case (UInt8(ascii: "f"), _): return Double(Float(bitPattern: load(UInt32.self)))
    case (UInt8(ascii: "i"), 1): return Double(load(Int8.self))
    case (UInt8(ascii: "i"), 2): return Double(load(Int16.self))
    case (UInt8(ascii: "i"), 4): return Double(load(Int32.self))
    case (UInt8(ascii: "i"), _): return Double(load(Int64.self))
    case (_, 1): return Double(load(UInt8.self))
    case (_, 2): return Double(load(UInt16.self))
    case (_, 4): return Double(load(UInt32.self))
    default: return Double(load(UInt64.self))
    }
  }

  /// From the first axis running fastest to the last.
  private static func rowsFirst(_ values: [Double], shape: [Int]) -> [Double] {
    guard shape.count > 1 else { return values }
    let (n, m, l) = (shape[0], shape[1], shape.count > 2 ? shape[2] : 1)
    var result = [Double](repeating: 0, count: values.count)
    for i in 0..<n {
      for j in 0..<m {
        for k in 0..<l { result[(i * m + j) * l + k] = values[i + n * (j + m * k)] }
      }
    }
    return result
  }

  // MARK: Header

  /// `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }` with any spacing and order.
  private func parseHeader(_ range: Range<Int>) throws(DataFault) -> Header {
    var scanner = HeaderScanner(bytes: Array(bytes[range])[...])
    var header = Header()
    try scanner.expect("{")
    while !scanner.take("}") {
      let key = try scanner.string()
      try scanner.expect(":")
      let isRepeated =
        switch key {
        case "descr": header.descr != nil
        case "fortran_order": header.isFortran != nil
        case "shape": header.shape != nil
        default: true
        }
      if isRepeated {
        throw DataFault(.malformedNPY, "unexpected key \(Diagnostic.quoted(key)) in the header")
      }
      switch key {
      case "descr": header.descr = try scanner.string()
      case "fortran_order": header.isFortran = try scanner.boolean()
      default: header.shape = try scanner.tuple()
      }
      if !scanner.take(",") {
        try scanner.expect("}")
        break
      }
    }
    return header
  }

  private struct HeaderScanner {
    var bytes: ArraySlice<UInt8>

    mutating func skipSpace() { bytes = bytes.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 } }

    mutating func take(_ sign: Unicode.Scalar) -> Bool {
      skipSpace()
      guard bytes.first == UInt8(ascii: sign) else { return false }
      bytes.removeFirst()
      return true
    }

    mutating func expect(_ sign: Unicode.Scalar) throws(DataFault) {
      if !take(sign) { throw DataFault(.malformedNPY, "the header is malformed (expected '\(sign)')") }
    }

    mutating func string() throws(DataFault) -> String {
      skipSpace()
      guard let quote = bytes.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""),
        let end = bytes.dropFirst().firstIndex(of: quote)
      else {
        throw DataFault(
          .malformedNPY, "the header is malformed (expected a text)",
          hint: "arrays of records and of objects are not read")
      }
      let text = String(decoding: bytes[(bytes.startIndex + 1)..<end], as: UTF8.self)
      bytes = bytes[(end + 1)...]
      return text
    }

    mutating func boolean() throws(DataFault) -> Bool {
      skipSpace()
      for (word, value) in [("True", true), ("False", false)] where bytes.starts(with: word.utf8) {
        bytes = bytes.dropFirst(word.utf8.count)
        return value
      }
      throw DataFault(.malformedNPY, "the header is malformed (expected True or False)")
    }

    mutating func tuple() throws(DataFault) -> [Int] {
      var lengths: [Int] = []
      try expect("(")
      while !take(")") {
        skipSpace()
        let digits = bytes.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard digits.count <= 18, let length = Int(String(decoding: digits, as: UTF8.self)),
          lengths.count < 32
        else {
          throw DataFault(.malformedNPY, "the header is malformed (expected a length)")
        }
        bytes = bytes.dropFirst(digits.count)
        lengths.append(length)
        if !take(",") {
          try expect(")")
          break
        }
      }
      return lengths
    }
  }
}
