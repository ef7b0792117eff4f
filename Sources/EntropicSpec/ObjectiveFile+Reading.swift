extension ObjectiveFile {
  /// Reads the objective file at `path`, which the user named and may lie anywhere.
  ///
  /// - Throws: what is wrong with the file, up to 20 errors; a missing or unreadable file has exit status 66.
  package static func read(path: String, limits: SpecLimits = SpecLimits()) throws(SpecError) -> ObjectiveFile
  {
    let contents: [UInt8]
    do throws(FileAccess.Failure) {
      contents = try FileAccess.read(path, limit: limits.fileBytes)
    } catch {
      throw SpecError(error.diagnostic(file: path))
    }
    return try read(SourceFile(name: path, contents: contents, limits: limits), limits: limits)
  }

  /// Reads an objective file that is in memory.
  package static func read(_ source: SourceFile, limits: SpecLimits = SpecLimits()) throws(SpecError)
    -> ObjectiveFile
  {
    let tree = try DocumentTree(reading: source, limits: limits)
    var reader = ObjectiveFileReader(tree: tree, limits: limits)
    return try reader.read()
  }

  /// Reads an expression that is not from a file; messages name it as `name`, such as `--set mean`.
  package static func parse(
    argument text: String, named name: String, limits: SpecLimits = SpecLimits()
  ) throws(SpecError) -> Syntax {
    let source = try SourceFile(name: name, text: text)
    var collector = DiagnosticCollector()
    var tokens = limits.tokens
    let syntax = ExpressionParser.parse(
      text, origin: TextOrigin(start: TextLocation(line: 1, column: 1)), source: source, limits: limits,
      tokens: &tokens, into: &collector)
    try collector.check()
    guard let syntax else {
      throw SpecError(source.diagnostic(.emptyExpression, at: nil, "expected an expression"))
    }
    return syntax
  }
}
