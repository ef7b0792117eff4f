import Yams

/// YAML to a `DocumentTree`.
///
/// Yams composes the nodes and their marks; this reader adds what an objective file may not have: tags, `<<`,
/// keys that are not text, keys twice (`1` and `"1"` are one key here), a second document, too many nodes,
/// aliases counted each time they are used, and too much depth.
struct YAMLReader {
  let source: SourceFile
  let limits: SpecLimits

  /// A file without aliases has at most two nodes a byte (an empty key and an empty value).
  private var nodeBudget: Int { min(limits.tokens, 2 * source.bytes.count + 1000) }

  func read() throws(SpecError) -> DocumentTree {
    try refuseAliasedKeys()
    // Composing, and freeing what was composed, recurses: both happen on the large stack.
    guard let result = LargeStack.run({ self.composeAndFlatten() }) else {
      throw SpecError(source.diagnostic(.unreadableFile, at: nil, "no memory for reading the file"))
    }
    return try result.get()
  }

  private func composeAndFlatten() -> Result<DocumentTree, SpecError> {
    do throws(SpecError) {
      let tree = try flatten(compose())
      return .success(tree)
    } catch {
      return .failure(error)
    }
  }

  private func compose() throws(SpecError) -> Node {
    let root: Node?
    do {
      // Without rules for tags: here every scalar is text.
      root = try Yams.compose(
        yaml: String(decoding: source.bytes, as: UTF8.self), .basic, .default, .utf8)
    } catch let error as YamlError {
      throw SpecError(YAMLMessages(source: source).diagnostic(for: error))
    } catch {
      throw SpecError(source.diagnostic(.yamlSyntax, at: nil, "YAML cannot read the file"))
    }
    guard let root else {
      throw SpecError(
        source.diagnostic(
          .emptyDocument, at: TextLocation(line: 1, column: 1), "the file is empty",
          hint: "an objective file begins with 'entropic: 1'"))
    }
    return root
  }

  /// Level by level, so that the marks of each level come in the order of the file.
  private func flatten(_ root: Node) throws(SpecError) -> DocumentTree {
    var tree = DocumentTree(source: source)
    var cursor = ByteCursor(source: source)
    var queue: [(node: Node, index: Int)] = []
    var next = 0
    var depth = 0
    try queue.append((root, add(root, to: &tree, cursor: &cursor)))
    while next < queue.count {
      depth += 1
      if depth > limits.nesting {
        throw SpecError(
          tree.diagnostic(
            .nestedTooDeeply, at: queue[next].index,
            "lists and mappings are nested more than \(limits.nesting) levels deep"))
      }
      var following: [(node: Node, index: Int)] = []
      while next < queue.count {
        let (node, index) = queue[next]
        next += 1
        var children: [Int32] = []
        switch node {
        case .sequence(let sequence):
          for item in sequence {
            let child = try add(item, to: &tree, cursor: &cursor)
            children.append(Int32(clamping: child))
            if item.scalar == nil { following.append((item, child)) }
          }
        case .mapping(let mapping):
          for (key, value) in mapping {
            let keyIndex = try addKey(key, to: &tree, cursor: &cursor)
            let valueIndex = try add(value, to: &tree, cursor: &cursor)
            children += [Int32(clamping: keyIndex), Int32(clamping: valueIndex)]
            if value.scalar == nil { following.append((value, valueIndex)) }
          }
        case .scalar, .alias:
          continue
        }
        tree.setChildren(of: index, to: children)
        if let error = tree.duplicateKeyError(in: index) { throw error }
      }
      queue = following
      next = 0
    }
    return tree
  }

  private func addKey(_ key: Node, to tree: inout DocumentTree, cursor: inout ByteCursor) throws(SpecError)
    -> Int
  {
    let index = try add(key, to: &tree, cursor: &cursor)
    guard let scalar = key.scalar else {
      throw SpecError(
        tree.diagnostic(
          .compoundKey, at: index, "a key must be plain text (found \(tree.describe(index)))",
          hint: "if this is an expression, quote the whole expression"))
    }
    if scalar.string == "<<", scalar.style == .plain || scalar.style == .any {
      throw SpecError(tree.diagnostic(.mergeKey, at: index, "the merge key << is not allowed"))
    }
    return index
  }

  private func add(_ node: Node, to tree: inout DocumentTree, cursor: inout ByteCursor) throws(SpecError)
    -> Int
  {
    var location = TextLocation(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    let isEmpty = node.scalar.map { $0.string.isEmpty && ($0.style == .plain || $0.style == .any) } ?? false
    var offset = cursor.move(to: location)
    if !isEmpty { offset = try skipProperties(from: offset, to: &location) }
    guard tree.count < nodeBudget else {
      throw SpecError(
        source.diagnostic(
          .tooManyNodes, at: location,
          "the file has more than \(nodeBudget) nodes when every alias is written out",
          hint: "write repeated parts once, under 'define'"))
    }
    switch node {
    case .scalar(let scalar):
      let style: DocumentTree.Style =
        switch scalar.style {
        case .any, .plain: .plain
        case .singleQuoted: .singleQuoted
        case .doubleQuoted: .doubleQuoted
        case .literal: .literal
        case .folded: .folded
        }
      return tree.addScalar(scalar.string, style: style, offset: offset, at: location)
    case .sequence:
      return tree.addContainer(.sequence, offset: offset, at: location)
    case .mapping, .alias:
      return tree.addContainer(.mapping, offset: offset, at: location)
    }
  }

  /// Marks stand before an anchor and a tag: the anchor is passed over, a tag refused.
  private func skipProperties(from start: Int, to location: inout TextLocation) throws(SpecError) -> Int {
    let bytes = source.bytes
    var offset = start
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "&") {
      while offset < bytes.count, !Self.isSpace(bytes[offset]) { offset += 1 }
      while offset < bytes.count, Self.isSpace(bytes[offset]) { offset += 1 }
      // A collection on the lines below keeps the place of its anchor.
      let place = source.location(ofByte: offset)
      if place.line == location.line { location = place } else { offset = start }
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "!") {
      throw SpecError(
        source.diagnostic(
          .yamlTag, at: location, "YAML tags are not allowed",
          hint: "a text that begins with ! must be quoted"))
    }
    return offset
  }

  /// Yams compares keys with all that they contain, which takes exponential time for aliases of aliases. Keys
  /// that are not text are errors anyhow; where a file has anchors, they are refused before Yams sees them.
  private func refuseAliasedKeys() throws(SpecError) {
    let bytes = source.bytes
    var hasAnchor = false
    for i in bytes.indices where bytes[i] == UInt8(ascii: "&") && startsToken(i) {
      hasAnchor = true
      break
    }
    guard hasAnchor else { return }
    for i in bytes.indices {
      let isKey =
        switch bytes[i] {
        case UInt8(ascii: "?"): startsToken(i) && (i + 1 == bytes.count || Self.isSpace(bytes[i + 1]))
        case UInt8(ascii: "]"), UInt8(ascii: "}"): colonFollows(i + 1)
        case UInt8(ascii: "*"): startsToken(i) && colonFollows(endOfWord(i + 1))
        default: false
        }
      if isKey {
        throw SpecError(
          source.diagnostic(
            .compoundKey, at: source.location(ofByte: i), "a key must be plain text in a file with anchors",
            hint: "quote the text, or write the file without '&' and '*'"))
      }
    }
  }

  private func startsToken(_ i: Int) -> Bool {
    guard i > 0 else { return true }
    let before = source.bytes[i - 1]
    return Self.isSpace(before) || "[{,:-?".utf8.contains(before)
  }

  private func endOfWord(_ start: Int) -> Int {
    var i = start
    while i < source.bytes.count, !Self.isSpace(source.bytes[i]), !",[]{}:".utf8.contains(source.bytes[i]) {
      i += 1
    }
    return i
  }

  private func colonFollows(_ start: Int) -> Bool {
    var i = start
    while i < source.bytes.count, Self.isSpace(source.bytes[i]) { i += 1 }
    return i < source.bytes.count && source.bytes[i] == UInt8(ascii: ":")
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }
}

/// Turns places into offsets, in time that does not depend on the length of the line while places ascend.
private struct ByteCursor {
  let source: SourceFile
  private var location = TextLocation(line: 1, column: 1)
  private var offset = 0

  init(source: SourceFile) {
    self.source = source
  }

  mutating func move(to target: TextLocation) -> Int {
    if target.line != location.line || target.column < location.column {
      location = TextLocation(line: target.line, column: 1)
      offset = source.range(ofLine: target.line)?.lowerBound ?? source.bytes.count
    }
    while location.column < target.column, offset < source.bytes.count {
      offset += 1
      while offset < source.bytes.count, source.bytes[offset] & 0xC0 == 0x80 { offset += 1 }
      location.column += 1
    }
    return offset
  }
}
