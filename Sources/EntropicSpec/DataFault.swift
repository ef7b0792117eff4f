/// What is wrong inside a data file, and at which byte.
package struct DataFault: Error {
  package var code: DiagnosticCode
  /// Nil for a fault of the file as a whole, which is told without a place.
  package var offset: Int?
  /// For a fault in an option of the objective file.
  package var location: TextLocation?
  package var message: String
  package var hint: String?

  package init(
    _ code: DiagnosticCode, at offset: Int? = nil, location: TextLocation? = nil, _ message: String,
    hint: String? = nil
  ) {
    self.code = code
    self.offset = offset
    self.location = location
    self.message = message
    self.hint = hint
  }

  /// The message, at the cell in the data file or at the option in the objective file.
  package func diagnostic(
    for file: DataFile, bytes: [UInt8], in source: SourceFile, severity: Diagnostic.Severity
  ) -> Diagnostic {
    if let location {
      let name = Diagnostic.quoted(file.path.text)
      return source.diagnostic(code, severity: severity, at: location, "\(name): \(message)", hint: hint)
    }
    guard let offset else {
      return Diagnostic(code, severity: severity, file: file.path.text, message, hint: hint)
    }
    let end = min(max(offset, 0), bytes.count)
    var line = 1
    var lineStart = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? min(3, end) : 0
    for i in 0..<end
    where bytes[i] == UInt8(ascii: "\n")
      || (bytes[i] == UInt8(ascii: "\r") && i + 1 < bytes.count && bytes[i + 1] != UInt8(ascii: "\n"))
    {
      line += 1
      lineStart = i + 1
    }
    var column = 1
    for byte in bytes[lineStart..<end] where byte & 0xC0 != 0x80 { column += 1 }
    var lineEnd = end
    while lineEnd < bytes.count, bytes[lineEnd] != UInt8(ascii: "\n"), bytes[lineEnd] != UInt8(ascii: "\r") {
      lineEnd += 1
    }
    let excerpt =
      lineEnd - lineStart <= 65_536 ? String(decoding: bytes[lineStart..<lineEnd], as: UTF8.self) : nil
    return Diagnostic(
      code, severity: severity, file: file.path.text, at: TextLocation(line: line, column: column), message,
      hint: hint, excerpt: excerpt)
  }
}
