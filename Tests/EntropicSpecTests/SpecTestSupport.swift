import Foundation

import EntropicSpec

/// A folder that is removed at the end.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("entropic-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }
}

/// The outline of an expression, or its first message as `code line:column`.
func outline(_ text: String) -> String {
  do throws(SpecError) {
    return try ObjectiveFile.parse(argument: text, named: "test").outline
  } catch {
    return summary(error)
  }
}

/// `code line:column` of each error.
func summary(_ error: SpecError) -> String {
  error.diagnostics.filter { $0.severity == .error }.map {
    "\($0.code.rawValue) \($0.line ?? 0):\($0.column ?? 0)"
  }.joined(separator: ", ")
}

func failure(_ text: String) -> SpecError? {
  do throws(SpecError) {
    _ = try read(text)
    return nil
  } catch {
    return error
  }
}

func read(_ text: String) throws(SpecError) -> ObjectiveFile {
  try ObjectiveFile.read(SourceFile(name: "test.yaml", text: text))
}

/// The errors of an objective file in short form, empty if it reads.
func errors(_ text: String) -> String { failure(text).map(summary) ?? "" }

func tree(_ text: String) throws(SpecError) -> DocumentTree {
  try DocumentTree(reading: SourceFile(name: "test.yaml", text: text))
}

/// A tree in one line: `{a: [b, "c"]}`; quoted scalars keep double quotes.
func describe(_ tree: DocumentTree, _ node: Int = 0) -> String {
  switch tree.kind(of: node) {
  case .scalar(let style):
    let text = tree.text(of: node) ?? ""
    return style == .plain ? text : "\"" + text + "\""
  case .sequence: return "[" + tree.items(of: node).map { describe(tree, $0) }.joined(separator: ", ") + "]"
  case .mapping:
    return "{"
      + tree.entries(of: node).map { describe(tree, $0.key) + ": " + describe(tree, $0.value) }
      .joined(separator: ", ") + "}"
  }
}

/// The sample of the manual.
let sample = """
  entropic: 1
  title: Jaynes' loaded die
  data:
    faces: [1, 2, 3, 4, 5, 6]
    A: [[1, 2/3], [0, 1]]
    r: {file: returns.csv, columns: [a, b], missing: drop}
  parameters:
    mean: 4.5
  unknowns:
    p: simplex(faces)
    q: {in: "simplex(3)", labels: [rain, sun, snow], start: [0.2, 0.3, 0.5]}
  define:
    m: expect(p, faces)
  maximize: entropy(p) - 'q @ q' + "x"
  subject to:
    - m == mean
    - budget: expect(p, x -> x^2) <= 30
    - 'P[1, :] == q'
  solve: {method: mirror-descent(burg), tolerance: 1e-8, time: 2.5, seed: 7}

  """
