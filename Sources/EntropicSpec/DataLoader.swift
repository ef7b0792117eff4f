/// Finds, opens and reads the data files of an objective file, inside its folder only.
///
/// A path is resolved against the folder of the objective file; its real path, without links and dots, must
/// lie under that folder or under one of `roots`. Nothing is expanded: no `~`, no variables, no patterns, no
/// URLs.
package struct DataLoader: Sendable {
  /// The folder that relative paths start from.
  package let folder: String
  /// Further folders that data may lie in, from `--data-root`.
  package let roots: [String]
  package let limits: SpecLimits

  package init(folder: String, roots: [String] = [], limits: SpecLimits = SpecLimits()) {
    self.folder = folder
    self.roots = roots
    self.limits = limits
  }

  /// The loader for the objective file at `path`.
  package init(objectivePath path: String, roots: [String] = [], limits: SpecLimits = SpecLimits()) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    self.init(folder: folder, roots: roots, limits: limits)
  }

  /// Reads a data file.
  ///
  /// - Throws: one error, at the path in the objective file or at the cell in the data file. Exit status 77
  ///   for a path outside the folders, 66 for a file that is not there, 65 for its contents.
  package func load(
    _ file: DataFile, for source: SourceFile
  ) throws(SpecError) -> (data: LoadedData, warnings: [Diagnostic]) {
    let path = try resolve(file.path, for: source)
    let format = try format(of: file, for: source)
    if file.map, case .npy = format { return (try mapped(file, at: path, for: source), []) }
    let bytes: [UInt8]
    do throws(FileAccess.Failure) {
      // The bytes are in memory beside the numbers; what is small is never refused for its file.
      bytes = try FileAccess.read(
        path, limit: min(limits.dataFileBytes, max(limits.memoryBudget, 1 << 20)), followsLinks: false)
    } catch {
      throw SpecError(error.diagnostic(data: file.path, in: source))
    }
    var warnings: [Diagnostic] = []
    let content: LoadedData.Content
    do throws(DataFault) {
      switch format {
      case .table(let delimiter):
        var underflows: [Int] = []
        content = try bytes.withUnsafeBufferPointer { buffer throws(DataFault) in
          var reader = TableReader(bytes: buffer, file: file, delimiter: delimiter, limits: limits)
          defer { underflows = reader.underflows }
          return try reader.read()
        }
        warnings = underflows.prefix(DiagnosticCollector.limit).map { offset in
          DataFault(
            .numberUnderflow, at: offset,
            "the number is nearer to 0 than to any other double, and is taken as 0"
          )
          .diagnostic(for: file, bytes: bytes, in: source, severity: .warning)
        }
      case .npy:
        content = .dense(
          try bytes.withUnsafeBufferPointer { buffer throws(DataFault) in
            try NPYReader(bytes: buffer, limits: limits).read()
          })
      case .json:
        content = .dense(
          try bytes.withUnsafeBufferPointer { buffer throws(DataFault) in
            var reader = JSONArrayReader(bytes: buffer, limits: limits)
            return try reader.read()
          })
      }
    } catch {
      throw SpecError(error.diagnostic(for: file, bytes: bytes, in: source, severity: .error))
    }
    let data = LoadedData(
      content: content, path: file.path.text, digest: SHA256.digest(of: bytes), byteCount: bytes.count)
    return (data, warnings)
  }

  /// An array from a mapped file: only its numbers take memory, not the file beside them.
  private func mapped(
    _ file: DataFile, at path: String, for source: SourceFile
  ) throws(SpecError) -> LoadedData {
    let mapping: MappedFile
    do throws(FileAccess.Failure) {
      mapping = try FileAccess.map(path, limit: limits.dataFileBytes, followsLinks: false)
    } catch {
      throw SpecError(error.diagnostic(data: file.path, in: source))
    }
    let array: DataArray
    do throws(DataFault) {
      array = try NPYReader(bytes: mapping.bytes, limits: limits).read()
    } catch {
      throw SpecError(error.diagnostic(for: file, bytes: [], in: source, severity: .error))
    }
    return LoadedData(
      content: .dense(array), path: file.path.text, digest: SHA256.digest(of: mapping.bytes),
      byteCount: mapping.count)
  }

  private enum Format {
    case table(delimiter: UInt8)
    case npy
    case json
  }

  private func format(of file: DataFile, for source: SourceFile) throws(SpecError) -> Format {
    let name = file.path.text.lowercased()
    if file.map, !name.hasSuffix(".npy") {
      throw SpecError(
        source.diagnostic(
          .invalidOption, at: file.path.location, "'map' is for .npy files",
          hint: "the numbers of other files must be read from text"))
    }
    let comma = UInt8(ascii: ",")
    let tab = UInt8(ascii: "\t")
    if name.hasSuffix(".csv") { return .table(delimiter: file.delimiter ?? comma) }
    if name.hasSuffix(".tsv") || name.hasSuffix(".tab") { return .table(delimiter: file.delimiter ?? tab) }
    let isTyped = name.hasSuffix(".npy") || name.hasSuffix(".json")
    if !isTyped, let delimiter = file.delimiter { return .table(delimiter: delimiter) }
    guard isTyped else {
      throw SpecError(
        source.diagnostic(
          .unknownDataFormat, at: file.path.location,
          "unknown kind of data file \(Diagnostic.quoted(file.path.text)) (expected .csv, .tsv, .npy or .json)",
          hint: "for a table under another name, say 'delimiter: comma'"))
    }
    let hasTableOptions =
      file.header != nil || file.columns != nil || file.column != nil || file.labelColumn != nil
      || file.delimiter != nil || file.sparse != nil || file.missing == .drop
    if hasTableOptions {
      throw SpecError(
        source.diagnostic(
          .invalidOption, at: file.path.location, "options of tables for a file that is none"))
    }
    return name.hasSuffix(".npy") ? .npy : .json
  }

  /// The real path of a data file, if it may be read.
  private func resolve(_ path: LocatedText, for source: SourceFile) throws(SpecError) -> String {
    let text = path.text
    func refuse(_ code: DiagnosticCode, _ message: String, hint: String? = nil) -> SpecError {
      SpecError(source.diagnostic(code, at: path.location, message, hint: hint))
    }
    if text.utf8.contains(0) || text.utf8.count > 4096 { throw refuse(.invalidPath, "not a path") }
    if text.contains("://") {
      throw refuse(.forbiddenPath, "data are read from files only, not from \(Diagnostic.quoted(text))")
    }
    if text.hasPrefix("~") {
      throw refuse(
        .forbiddenPath, "'~' is not expanded", hint: "write a path below the folder of the objective file")
    }
    let joined = text.hasPrefix("/") ? text : folder + "/" + text
    let allowed = ([folder] + roots).compactMap { FileAccess.realPath($0) }
    func isAllowed(_ real: String) -> Bool {
      allowed.contains { root in root == "/" || real == root || real.hasPrefix(root + "/") }
    }
    if let real = FileAccess.realPath(joined) {
      guard isAllowed(real) else { throw outside(path, for: source) }
      return real
    }
    // There is no such file. Whether it may be asked for is decided by the nearest folder that does exist, so
    // that the message tells nothing about files elsewhere.
    var parent = joined[...]
    while let slash = parent.lastIndex(of: "/") {
      parent = parent[..<slash]
      let folder = parent.isEmpty ? "/" : String(parent)
      if let real = FileAccess.realPath(folder) {
        guard isAllowed(real) else { throw outside(path, for: source) }
        break
      }
    }
    throw SpecError(FileAccess.Failure.missing.diagnostic(data: path, in: source))
  }

  private func outside(_ path: LocatedText, for source: SourceFile) -> SpecError {
    SpecError(
      source.diagnostic(
        .forbiddenPath, at: path.location,
        "the path \(Diagnostic.quoted(path.text)) leads outside the folder of the objective file",
        hint: "allow another folder with --data-root"))
  }
}
