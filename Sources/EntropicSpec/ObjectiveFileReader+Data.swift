extension ObjectiveFileReader {
  mutating func readData(_ node: Int) {
    for (key, value) in mapping(at: node, for: "data", example: "faces: [1, 2, 3]") {
      guard declareData(key) else { continue }
      if let data = dataValue(at: value, for: tree.text(of: key) ?? "") {
        file.data.append(
          ObjectiveFile.DataEntry(name: located(key), value: data, location: tree.location(of: value)))
      }
    }
  }

  /// A constant expression, lists of them up to three deep, or a file.
  mutating func dataValue(at node: Int, for name: String) -> ObjectiveFile.DataValue? {
    switch tree.kind(of: node) {
    case .scalar: return expression(at: node, for: name).map { .expression($0) }
    case .sequence: return list(at: node)
    case .mapping:
      let keys = tree.entries(of: node).map { tree.text(of: $0.key) ?? "" }
      // Only a mapping with something like `file` in it can be a file; the rest is an expression that YAML
      // cut.
      guard
        keys.contains("file") || keys.allSatisfy({ Self.fileKeys.contains($0) })
          || keys.contains(where: isFileLike)
      else {
        _ = expression(at: node, for: name)
        return nil
      }
      return dataFile(at: node).map { .file($0) }
    }
  }

  private func isFileLike(_ key: String) -> Bool { Suggestion.nearest(to: key, among: ["file"]) != nil }

  /// Lists within lists must have the shape of a box; numbers are read at once, other items parsed.
  private mutating func list(at node: Int) -> ObjectiveFile.DataValue? {
    var shape: [Int] = []
    var level = [node]
    while let first = level.first, tree.kind(of: first) == .sequence {
      let length = tree.items(of: first).count
      var next: [Int] = []
      for list in level {
        guard tree.kind(of: list) == .sequence else {
          collector.add(
            tree.diagnostic(
              .notRectangular, at: list, "expected a list of \(length), found \(tree.describe(list))"))
          return nil
        }
        let items = tree.items(of: list)
        guard items.count == length else {
          collector.add(
            tree.diagnostic(
              .notRectangular, at: list,
              "lists of different length (expected \(length), found \(items.count))"))
          return nil
        }
        next += items
      }
      if length == 0 {
        collector.add(tree.diagnostic(.emptyData, at: first, "an empty list"))
        return nil
      }
      shape.append(length)
      if shape.count > limits.rank {
        collector.add(
          tree.diagnostic(
            .excessiveRank, at: node,
            "lists nested more than \(limits.rank) deep (expected at most \(limits.rank))"))
        return nil
      }
      level = next
    }
    if let other = level.first(where: { !tree.isScalar($0) }) {
      collector.add(
        tree.diagnostic(.notRectangular, at: other, "expected a number, found \(tree.describe(other))"))
      return nil
    }
    if let values = numbers(at: level) { return .array(DataArray(shape: shape, values: values)) }
    var items: [Syntax] = []
    for item in level {
      if collector.isFull { return nil }
      if let expression = expression(at: item, for: "the list") { items.append(expression) }
    }
    return items.count == level.count ? .list(shape: shape, items: items) : nil
  }

  /// The values if all items are plain finite numbers; nil if one is anything else, which is then parsed for
  /// its message.
  private func numbers(at items: [Int]) -> [Double]? {
    var values: [Double] = []
    values.reserveCapacity(items.count)
    for item in items {
      guard let text = tree.text(of: item), text.utf8.count <= limits.numberDigits,
        case .value(let value) = DecimalNumber.parse(text)
      else { return nil }
      values.append(value)
    }
    return values
  }

  // MARK: Labels

  /// One list of texts, or one for each axis, or the name of data that bring labels.
  mutating func readLabels(_ node: Int) -> ObjectiveFile.Labels? {
    guard tree.kind(of: node) == .sequence else {
      return expression(at: node, for: "labels").map { .expression($0) }
    }
    let items = tree.items(of: node)
    guard let first = items.first else {
      collector.add(tree.diagnostic(.emptyData, at: node, "an empty list of labels"))
      return nil
    }
    if let other = items.first(where: { tree.isScalar($0) != tree.isScalar(first) }) {
      collector.add(
        tree.diagnostic(
          .wrongStructure, at: other,
          "labels are texts, or one list of texts for each axis, not both (expected "
            + "\(tree.isScalar(first) ? "a text" : "a list"), found \(tree.describe(other)))"))
      return nil
    }
    if tree.isScalar(first) {
      return labelList(node).map { .lists([$0]) }
    }
    var lists: [[LocatedText]] = []
    for item in items {
      guard let list = labelList(item) else { return nil }
      lists.append(list)
    }
    return .lists(lists)
  }

  private mutating func labelList(_ node: Int) -> [LocatedText]? {
    guard let texts = texts(at: node, for: "labels") else { return nil }
    var seen: [String: TextLocation] = [:]
    for text in texts {
      if let earlier = seen.updateValue(text.location, forKey: text.text) {
        collector.add(
          tree.source.diagnostic(
            .duplicateLabel, at: text.location,
            "the label \(Diagnostic.quoted(text.text)) is given twice (first at \(earlier.line):\(earlier.column))"
          ))
        return nil
      }
    }
    return texts
  }

  private mutating func texts(at node: Int, for name: String) -> [LocatedText]? {
    let items = tree.items(of: node)
    let isList = tree.kind(of: node) == .sequence
    let other = items.first { !tree.isScalar($0) || tree.isEmpty($0) }
    guard isList, other == nil else {
      let found = other.map { "\(tree.describe($0)) in it" } ?? tree.describe(node)
      collector.add(
        tree.diagnostic(
          .wrongStructure, at: other ?? node, "'\(name)' wants a list of texts, found \(found)"))
      return nil
    }
    return items.map { located($0) }
  }

  // MARK: Files

  static let fileKeys = [
    "file", "header", "columns", "column", "label_column", "missing", "delimiter", "sparse", "map",
  ]

  private mutating func dataFile(at node: Int) -> DataFile? {
    checkKeys(of: node, known: Self.fileKeys, in: "a data file")
    let entries = tree.entries(of: node)
    guard let (_, path) = entries.first(where: { tree.text(of: $0.key) == "file" }) else {
      if !entries.contains(where: { isFileLike(tree.text(of: $0.key) ?? "") }) {
        collector.add(tree.diagnostic(.missingSection, at: node, "the key 'file' is missing"))
      }
      return nil
    }
    guard tree.isScalar(path), !tree.isEmpty(path) else {
      collector.add(
        tree.diagnostic(.wrongStructure, at: path, "'file' wants a path, found \(tree.describe(path))"))
      return nil
    }
    var file = DataFile(path: located(path))
    let errors = collector.errorCount
    for (key, value) in entries {
      let name = tree.text(of: key) ?? ""
      switch name {
      case "header": file.header = boolean(at: value, for: name)
      case "map": file.map = boolean(at: value, for: name) ?? false
      case "column": file.column = label(at: value, for: name)
      case "label_column": file.labelColumn = label(at: value, for: name)
      case "columns": file.columns = texts(at: value, for: name)
      case "missing": file.missing = choice(at: value, for: name) ?? .error
      case "delimiter": file.delimiter = delimiter(at: value)
      case "sparse":
        file.sparse = texts(at: value, for: name)
        if let sparse = file.sparse, sparse.count != 3 {
          collector.add(
            tree.diagnostic(
              .invalidOption, at: value,
              "'sparse' wants three columns [row, column, value], found \(sparse.count)"))
        }
      default: break
      }
    }
    let exclusive: [String] = ["column", "columns", "sparse"].filter { name in
      entries.contains { tree.text(of: $0.key) == name }
    }
    if exclusive.count > 1 {
      collector.add(
        tree.diagnostic(
          .invalidOption, at: node, "'\(exclusive[0])' and '\(exclusive[1])' exclude each other"))
    }
    return collector.errorCount == errors ? file : nil
  }

  private mutating func label(at node: Int, for name: String) -> LocatedText? {
    guard tree.isScalar(node), !tree.isEmpty(node) else {
      collector.add(
        tree.diagnostic(
          .wrongStructure, at: node, "'\(name)' wants the name of a column, found \(tree.describe(node))"))
      return nil
    }
    return located(node)
  }

  private mutating func delimiter(at node: Int) -> UInt8? {
    switch tree.text(of: node) {
    case ",", "comma": return UInt8(ascii: ",")
    case ";", "semicolon": return UInt8(ascii: ";")
    case "\t", "\\t", "tab": return UInt8(ascii: "\t")
    case "|": return UInt8(ascii: "|")
    case " ", "space": return UInt8(ascii: " ")
    default:
      collector.add(
        tree.diagnostic(
          .invalidOption, at: node,
          "unknown delimiter (expected comma, semicolon, tab, space or |, found \(tree.describe(node)))"))
      return nil
    }
  }

  /// `true` and `false`; other words are texts, also those that YAML 1.1 takes for booleans.
  mutating func boolean(at node: Int, for name: String) -> Bool? {
    switch tree.text(of: node) {
    case "true": return true
    case "false": return false
    default:
      collector.add(
        tree.diagnostic(
          .invalidOption, at: node, "'\(name)' wants true or false, found \(tree.describe(node))",
          hint: "write true or false"))
      return nil
    }
  }

  /// One of the words of an enumeration.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(at node: Int, for name: String) -> Choice?
  where Choice.RawValue == String {
    let text = tree.text(of: node) ?? ""
    if let choice = Choice(rawValue: text) { return choice }
    let words = Choice.allCases.map(\.rawValue)
    collector.add(
      tree.diagnostic(
        .invalidOption, at: node,
        "'\(name)' wants \(words.joined(separator: " or ")), found \(tree.describe(node))",
        hint: Suggestion.hint(for: text, among: words) ?? "write " + words.joined(separator: " or ")))
    return nil
  }
}
