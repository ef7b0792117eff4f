import Yams

/// What the YAML parser says, in the words of somebody who wrote an expression.
///
/// Nearly all YAML errors in objective files come from expressions that YAML takes for its own syntax; the
/// hint says which sign it was.
struct YAMLMessages {
  let source: SourceFile

  private static let quote = "quote the whole expression"

  func diagnostic(for error: YamlError) -> Diagnostic {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      return diagnostic(context: context?.text ?? "", problem, at: mark, contextMark: context?.mark)
    case .composer(_, let problem, let mark, _):
      let location = TextLocation(line: mark.line, column: mark.column)
      if problem.contains("another document") {
        return source.diagnostic(
          .severalDocuments, at: location, "the file holds more than one document (expected one)")
      }
      return source.diagnostic(
        .yamlSyntax, at: location, "YAML: \(problem)",
        hint: problem.contains("alias") ? "a text that begins with * must be quoted" : nil)
    case .duplicatedKeysInMapping(let keys, let context):
      return duplicate(keys.first ?? "", first: context.mark)
    case .reader(let problem, _, _, _):
      return source.diagnostic(.invalidText, at: nil, "YAML: \(problem)")
    default:
      return source.diagnostic(.yamlSyntax, at: nil, "YAML cannot read the file")
    }
  }

  private func diagnostic(context: String, _ problem: String, at mark: Mark, contextMark: Mark?) -> Diagnostic
  {
    let location = clipped(TextLocation(line: mark.line, column: mark.column))
    let contextLocation = contextMark.map { clipped(TextLocation(line: $0.line, column: $0.column)) }
    if problem.contains("nesting level") {
      return source.diagnostic(
        .nestedTooDeeply, at: location,
        "lists and mappings are nested far too deeply (expected at most 256 levels)")
    }
    if problem.contains("mapping values are not allowed") {
      return source.diagnostic(
        .splitByYAML, at: location, "YAML split this line at ': ', \(Self.quote)",
        hint: "'...: ...' is a key and a value for YAML; put the expression between quotes")
    }
    if context.contains("quoted scalar") {
      return source.diagnostic(
        .yamlSyntax, at: contextLocation ?? location,
        "a quoted text does not end, or ends in the wrong place",
        hint:
          "YAML takes a quote at the start of a text for its own; \(Self.quote) in the other kind of quotes")
    }
    if problem.contains("document start") {
      return source.diagnostic(
        .yamlSyntax, at: location, "YAML: \(problem)",
        hint: "check the indentation of this line and of the one above")
    }
    if problem.contains("cannot start any token") {
      let byte = source.byte(at: location).flatMap { $0 < source.bytes.count ? source.bytes[$0] : nil }
      let isTab = byte == UInt8(ascii: "\t")
      let sign = byte.map { Diagnostic.quoted(String(Character(Unicode.Scalar($0)))) } ?? "this character"
      return source.diagnostic(
        .yamlSyntax, at: location,
        isTab ? "a tab cannot indent (expected spaces)" : "a text cannot begin with \(sign) in YAML",
        hint: isTab ? "indent with spaces instead of tabs" : Self.quote)
    }
    if let key = splitKey(before: location) {
      return source.diagnostic(
        .splitByYAML, at: key, "YAML split this line at ': ', \(Self.quote)",
        hint: "put the expression between quotes, or write ':' without a space after it")
    }
    let isFlow = context.contains("flow")
    return source.diagnostic(
      .yamlSyntax, at: location, "YAML: \(problem)\(context.isEmpty ? "" : " (\(context))")",
      hint: isFlow
        ? "a text that begins with [ or { is a list or mapping for YAML; \(Self.quote)"
        : "check the indentation; if this is an expression, \(Self.quote)")
  }

  /// The start of a key on this line that has the signs of an expression.
  private func splitKey(before location: TextLocation) -> TextLocation? {
    guard let range = source.range(ofLine: location.line), let end = source.byte(at: location) else {
      return nil
    }
    var start = range.lowerBound
    while start < end, source.bytes[start] == 0x20 || source.bytes[start] == UInt8(ascii: "-") { start += 1 }
    let text = source.bytes[start..<max(start, end)]
    let colon = text.indices.first { text[$0] == 0x3A && $0 + 1 < text.endIndex && text[$0 + 1] == 0x20 }
    guard let colon, text[..<colon].contains(where: { "()[]{},=<>+*/^@".utf8.contains($0) }) else {
      return nil
    }
    return source.location(ofByte: start)
  }

  /// Yams names the first of two equal keys; the second is searched below it.
  private func duplicate(_ key: String, first: Mark) -> Diagnostic {
    let earlier = TextLocation(line: first.line, column: first.column)
    let later = later(key, than: earlier)
    return source.diagnostic(
      .duplicateKey, at: later ?? earlier,
      "the key \(Diagnostic.quoted(key)) occurs twice"
        + (later == nil ? "" : " (first at \(earlier.line):\(earlier.column))"))
  }

  private func later(_ key: String, than earlier: TextLocation) -> TextLocation? {
    let spellings = [key, "\"\(key)\"", "'\(key)'"].map { Array($0.utf8) }
    guard var line = source.range(ofLine: earlier.line) else { return nil }
    func isKey(at offset: Int) -> Bool {
      spellings.contains { spelling in
        guard offset + spelling.count <= line.upperBound,
          source.bytes[offset..<offset + spelling.count].elementsEqual(spelling)
        else { return false }
        let rest = source.bytes[(offset + spelling.count)..<line.upperBound].drop { $0 == 0x20 }
        return rest.first == UInt8(ascii: ":")
      }
    }
    // In a flow mapping on the same line.
    if let start = source.byte(at: earlier), start < line.upperBound {
      for offset in (start + 1)..<max(start + 1, line.upperBound) where isKey(at: offset) {
        let before = source.bytes[offset - 1]
        if before == 0x20 || before == UInt8(ascii: ",") || before == UInt8(ascii: "{") {
          return source.location(ofByte: offset)
        }
      }
    }
    // In a block mapping: the same column of a later line.
    for number in (earlier.line + 1)..<max(earlier.line + 1, source.lineCount + 1) {
      guard let range = source.range(ofLine: number) else { return nil }
      line = range
      let location = TextLocation(line: number, column: earlier.column)
      if let offset = source.byte(at: location),
        source.bytes[range.lowerBound..<offset].allSatisfy({ $0 == 0x20 }),
        isKey(at: offset)
      {
        return location
      }
    }
    return nil
  }

  /// Marks at the end of the stream are moved back into the text.
  private func clipped(_ location: TextLocation) -> TextLocation {
    guard location.line > source.lineCount else { return location }
    let last = source.range(ofLine: source.lineCount)
    return TextLocation(line: source.lineCount, column: (last?.count ?? 0) + 1)
  }
}
