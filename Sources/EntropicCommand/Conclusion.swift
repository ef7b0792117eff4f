import EntropicSpec

/// How an answer is written.
enum Format: String, CaseIterable {
  case text, json, yaml
}

/// What a command ends with: one document in every format, and one exit status.
struct Conclusion {
  var document: DocumentValue
  var text: String
  var exitCode: Int32
  /// Messages for standard error.
  var messages = ""

  /// The bytes in a format.
  func bytes(_ format: Format) -> [UInt8] {
    switch format {
    case .text: Array(text.utf8)
    case .json: JSONWriter.bytes(of: document)
    case .yaml: YAMLWriter.bytes(of: document)
    }
  }

  /// An error: nothing on standard output as text, one document otherwise.
  init(_ error: SpecError, exitCode: Int32? = nil) {
    var report = Report(error)
    if let exitCode { report.exitCode = Int(exitCode) }
    self.init(
      document: report.document, text: "", exitCode: Int32(clamping: report.exitCode),
      messages: error.text + "\n")
  }

  init(document: DocumentValue, text: String, exitCode: Int32, messages: String = "") {
    self.document = document
    self.text = text
    self.exitCode = exitCode
    self.messages = messages
  }

  /// Plain information, such as help.
  init(information text: String) {
    let document = DocumentValue.object([
      "status": .text("information"), "exit_code": .integer(0), "text": .text(text), "diagnostics": .list([]),
    ])
    self.init(document: document, text: text.hasSuffix("\n") ? text : text + "\n", exitCode: 0)
  }

  /// A signal that came before there was a point.
  static func interrupted(exitCode: Int32) -> Conclusion { limit("interrupted", exitCode) }

  /// The time was over before there was a point.
  static func outOfTime(exitCode: Int32) -> Conclusion { limit("time", exitCode) }

  private static func limit(_ reason: String, _ exitCode: Int32) -> Conclusion {
    let report = Report(status: "limit", exitCode: Int(exitCode), reason: reason)
    return Conclusion(
      document: report.document, text: ReportText.text(of: report), exitCode: exitCode)
  }
}
