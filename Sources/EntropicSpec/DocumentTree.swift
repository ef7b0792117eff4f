/// An objective file as lists, mappings and texts, each with its place: what YAML and JSON have in common.
///
/// Nodes lie in one flat array and name each other by index, so that no depth of nesting can exhaust the
/// stack. All scalars are texts; what a text means is decided by the reader of the section it stands in.
package struct DocumentTree: Sendable {
  /// How a scalar is written.
  package enum Style: UInt8, Hashable, Sendable {
    case plain, singleQuoted, doubleQuoted, literal, folded
  }

  package enum Kind: Hashable, Sendable {
    case scalar(Style)
    case sequence
    case mapping
  }

  /// One node, 32 bytes: the children of a sequence or mapping lie at `first..<first + count` in `links`; for
  /// a scalar, `first` is the index of its text.
  struct Node: Sendable {
    var kind: Kind
    var offset: Int32
    var line: Int32
    var column: Int32
    var first: Int32 = 0
    var count: Int32 = 0
  }

  package let source: SourceFile
  var nodes: [Node] = []
  /// Children by index; in a mapping keys and values alternate.
  var links: [Int32] = []
  var texts: [String] = []

  init(source: SourceFile) {
    self.source = source
  }

  /// The node that holds all others.
  package var root: Int { 0 }
  package var count: Int { nodes.count }

  package func kind(of node: Int) -> Kind { nodes[node].kind }

  package func location(of node: Int) -> TextLocation {
    TextLocation(line: Int(nodes[node].line), column: Int(nodes[node].column))
  }

  package func isScalar(_ node: Int) -> Bool {
    if case .scalar = nodes[node].kind { true } else { false }
  }

  /// The text of a scalar; nil for lists and mappings.
  package func text(of node: Int) -> String? {
    isScalar(node) ? texts[Int(nodes[node].first)] : nil
  }

  /// Whether nothing was written, as after `title:`.
  package func isEmpty(_ node: Int) -> Bool {
    nodes[node].kind == .scalar(.plain) && texts[Int(nodes[node].first)].isEmpty
  }

  /// The items of a list, nothing for other nodes.
  package func items(of node: Int) -> [Int] {
    guard nodes[node].kind == .sequence else { return [] }
    return children(of: node).map { Int($0) }
  }

  /// Keys and values of a mapping in the order of the file, nothing for other nodes. Keys are scalars.
  package func entries(of node: Int) -> [(key: Int, value: Int)] {
    guard nodes[node].kind == .mapping else { return [] }
    let children = children(of: node)
    return stride(from: children.startIndex, to: children.endIndex - 1, by: 2).map {
      (Int(children[$0]), Int(children[$0 + 1]))
    }
  }

  private func children(of node: Int) -> ArraySlice<Int32> {
    let first = Int(nodes[node].first)
    return links[first..<first + Int(nodes[node].count)]
  }

  /// Where the characters of a scalar stand in the file.
  package func origin(of node: Int) -> TextOrigin {
    guard case .scalar(let style) = nodes[node].kind else {
      return TextOrigin(start: location(of: node), isExact: false)
    }
    return TextOrigin(
      of: Array(texts[Int(nodes[node].first)].utf8), style: style, offset: Int(nodes[node].offset),
      at: location(of: node), in: source)
  }

  /// What a node is, for messages.
  package func describe(_ node: Int) -> String {
    switch kind(of: node) {
    case .scalar: isEmpty(node) ? "nothing" : Diagnostic.quoted(texts[Int(nodes[node].first)])
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  package func diagnostic(
    _ code: DiagnosticCode, severity: Diagnostic.Severity = .error, at node: Int, _ message: String,
    hint: String? = nil
  ) -> Diagnostic {
    source.diagnostic(code, severity: severity, at: location(of: node), message, hint: hint)
  }
}

extension DocumentTree {
  /// Reads YAML, or JSON if the first character other than space is `{`.
  package init(reading source: SourceFile, limits: SpecLimits = SpecLimits()) throws(SpecError) {
    let first = source.bytes.first { !($0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D) }
    if first == UInt8(ascii: "{") {
      var reader = JSONReader(source: source, limits: limits)
      self = try reader.read()
    } else {
      self = try YAMLReader(source: source, limits: limits).read()
    }
  }

  mutating func addScalar(_ text: String, style: Style, offset: Int, at location: TextLocation) -> Int {
    texts.append(text)
    return add(.scalar(style), offset: offset, at: location, first: texts.count - 1, count: 0)
  }

  mutating func addContainer(_ kind: Kind, offset: Int, at location: TextLocation) -> Int {
    add(kind, offset: offset, at: location, first: 0, count: 0)
  }

  private mutating func add(
    _ kind: Kind, offset: Int, at location: TextLocation, first: Int, count: Int
  ) -> Int {
    nodes.append(
      Node(
        kind: kind, offset: Int32(clamping: offset), line: Int32(clamping: location.line),
        column: Int32(clamping: location.column), first: Int32(clamping: first), count: Int32(clamping: count)
      ))
    return nodes.count - 1
  }

  mutating func setChildren<Children: Collection>(of node: Int, to children: Children)
  where Children.Element == Int32 {
    nodes[node].first = Int32(clamping: links.count)
    nodes[node].count = Int32(clamping: children.count)
    links.append(contentsOf: children)
  }

  /// The first key of a mapping that occurs twice, with its earlier place.
  func duplicateKey(in mapping: Int) -> (key: Int, earlier: Int)? {
    var seen: [String: Int] = [:]
    for (key, _) in entries(of: mapping) {
      guard let text = text(of: key) else { continue }
      if let earlier = seen.updateValue(key, forKey: text) { return (key, earlier) }
    }
    return nil
  }

  func duplicateKeyError(in mapping: Int) -> SpecError? {
    guard let (key, earlier) = duplicateKey(in: mapping) else { return nil }
    let first = location(of: earlier)
    return SpecError(
      diagnostic(
        .duplicateKey, at: key,
        "the key \(Diagnostic.quoted(text(of: key) ?? "")) occurs twice (first at \(first.line):\(first.column))"
      ))
  }
}
