/// A located tree to an `ObjectiveFile`: one method a section.
///
/// Reading goes on after an error, so that one run shows up to 20 of them; it stops at once only where
/// nothing further can be trusted (the bytes, the YAML, the version).
struct ObjectiveFileReader {
  static let keys = [
    "entropic", "title", "description", "data", "parameters", "unknowns", "define", "minimize", "maximize",
    "subject to", "flow", "evaluate", "solve",
  ]

  let tree: DocumentTree
  let limits: SpecLimits
  var file: ObjectiveFile
  var collector = DiagnosticCollector()
  var tokens: Int
  private var definitionCount = 0
  /// Data, parameters, unknowns and definitions share their names.
  private var names: [String: TextLocation] = [:]
  private var constraintNames: [String: TextLocation] = [:]

  init(tree: DocumentTree, limits: SpecLimits) {
    self.tree = tree
    self.limits = limits
    file = ObjectiveFile(source: tree.source, limits: limits)
    tokens = limits.tokens
  }

  mutating func read() throws(SpecError) -> ObjectiveFile {
    guard tree.kind(of: tree.root) == .mapping else {
      throw SpecError(
        tree.diagnostic(
          .wrongStructure, at: tree.root,
          "expected keys such as 'entropic: 1', found \(tree.describe(tree.root))"))
    }
    let entries = tree.entries(of: tree.root)
    try checkVersion(entries)
    checkKeys(of: tree.root, known: Self.keys, in: "an objective file")
    for (key, value) in entries { readSection(tree.text(of: key) ?? "", key: key, value: value) }
    checkCompleteness(entries)
    try collector.check()
    file.warnings = collector.warnings
    file.remainingTokens = tokens
    return file
  }

  // MARK: Sections

  private mutating func checkVersion(_ entries: [(key: Int, value: Int)]) throws(SpecError) {
    guard let entry = entries.first(where: { tree.text(of: $0.key) == "entropic" }) else {
      let near = entries.first {
        Suggestion.nearest(to: tree.text(of: $0.key) ?? "", among: ["entropic"]) != nil
      }
      throw SpecError(
        tree.diagnostic(
          .missingVersion, at: near?.key ?? tree.root, "the version is missing (expected 'entropic: 1')",
          hint: near == nil ? "begin the file with 'entropic: 1'" : "did you mean 'entropic'?"))
    }
    guard tree.text(of: entry.value) == "1" else {
      throw SpecError(
        tree.diagnostic(
          .wrongVersion, at: entry.value,
          "unknown version of the language (expected 1, found \(tree.describe(entry.value)))"))
    }
  }

  private mutating func readSection(_ name: String, key: Int, value: Int) {
    switch name {
    case "title": file.title = text(of: value, for: name)
    case "description": file.description = text(of: value, for: name)
    case "data": readData(value)
    case "parameters": file.parameters = readDefinitions(value, section: name, areNames: true)
    case "unknowns": readUnknowns(value)
    case "define": file.definitions = readDefinitions(value, section: name, areNames: true)
    case "minimize", "maximize": readObjective(name, key: key, value: value)
    case "subject to": readConstraints(value)
    case "flow": readFlow(value)
    case "evaluate": file.evaluations = readDefinitions(value, section: name, areNames: false)
    case "solve": readSolve(value)
    default: break
    }
  }

  private mutating func checkCompleteness(_ entries: [(key: Int, value: Int)]) {
    let sections = entries.map { tree.text(of: $0.key) ?? "" }
    if let second = entries.last(where: { ["minimize", "maximize"].contains(tree.text(of: $0.key)) }),
      sections.contains("minimize"), sections.contains("maximize")
    {
      collector.add(
        tree.diagnostic(
          .severalObjectives, at: second.key, "both 'minimize' and 'maximize' (expected exactly one)"))
    }
    // Given laws can be evaluated without anything to solve.
    if sections.contains("evaluate") { return }
    if !sections.contains("unknowns") {
      collector.add(
        tree.diagnostic(
          .missingSection, at: tree.root, "the section 'unknowns' is missing",
          hint: "as in 'unknowns: {p: simplex(3)}'"))
    }
    if !sections.contains("minimize"), !sections.contains("maximize") {
      collector.add(
        tree.diagnostic(
          .missingSection, at: tree.root, "the objective is missing (expected 'minimize' or 'maximize')"))
    }
  }

  private mutating func readObjective(_ name: String, key: Int, value: Int) {
    guard let sense = ObjectiveFile.Sense(rawValue: name), let expression = expression(at: value, for: name)
    else { return }
    guard file.objective == nil else { return }
    file.objective = ObjectiveFile.Objective(
      sense: sense, keyword: LocatedText(name, at: tree.location(of: key)), expression: expression)
  }

  /// `name: expression` for each entry. Names of evaluations are free text, the others share one namespace.
  private mutating func readDefinitions(_ node: Int, section: String, areNames: Bool) -> [ObjectiveFile
    .Definition]
  {
    var result: [ObjectiveFile.Definition] = []
    for (key, value) in mapping(at: node, for: section, example: "name: expression") {
      if areNames { declare(key) }
      guard count(key), let expression = expression(at: value, for: tree.text(of: key) ?? "") else {
        continue
      }
      result.append(ObjectiveFile.Definition(name: located(key), expression: expression))
    }
    return result
  }

  private mutating func readUnknowns(_ node: Int) {
    for (key, value) in mapping(at: node, for: "unknowns", example: "p: simplex(3)") {
      declare(key)
      let name = tree.text(of: key) ?? ""
      guard count(key) else { continue }
      if tree.kind(of: value) != .mapping {
        if let domain = expression(at: value, for: name) {
          file.unknowns.append(ObjectiveFile.UnknownEntry(name: located(key), domain: domain))
        }
        continue
      }
      checkKeys(of: value, known: ["in", "labels", "start"], in: "an unknown")
      var domain: Syntax?
      var labels: ObjectiveFile.Labels?
      var start: ObjectiveFile.DataEntry?
      var hasDomain = false
      for (option, content) in tree.entries(of: value) {
        switch tree.text(of: option) {
        case "in":
          hasDomain = true
          domain = expression(at: content, for: "in")
        case "labels": labels = readLabels(content)
        case "start":
          if let data = dataValue(at: content, for: "start") {
            start = ObjectiveFile.DataEntry(
              name: located(option), value: data, location: tree.location(of: content))
          }
        default: break
        }
      }
      if let domain {
        file.unknowns.append(
          ObjectiveFile.UnknownEntry(name: located(key), domain: domain, labels: labels, start: start))
      } else if !hasDomain {
        collector.add(
          tree.diagnostic(
            .missingSection, at: key, "the unknown \(Diagnostic.quoted(name)) has no 'in'",
            hint: "as in 'in: simplex(3)'"))
      }
    }
  }

  private mutating func readConstraints(_ node: Int) {
    // As every other section it may be empty.
    if tree.isEmpty(node) { return }
    guard tree.kind(of: node) == .sequence else {
      collector.add(
        tree.diagnostic(
          .wrongStructure, at: node, "'subject to' wants a list of constraints, found \(tree.describe(node))",
          hint: "begin each constraint with '- '"))
      return
    }
    for item in tree.items(of: node) {
      guard count(item) else { continue }
      switch tree.kind(of: item) {
      case .scalar:
        if let expression = expression(at: item, for: "subject to") {
          file.constraints.append(ObjectiveFile.Constraint(name: nil, expression: expression))
        }
      case .mapping: readNamedConstraint(item)
      case .sequence:
        collector.add(
          tree.diagnostic(
            .wrongStructure, at: item, "expected a constraint, found a list",
            hint: "a text that begins with [ is a list for YAML; quote the whole expression"))
      }
    }
  }

  private mutating func readNamedConstraint(_ item: Int) {
    let entries = tree.entries(of: item)
    if let (key, _) = entries.first(where: { isSplit(tree.text(of: $0.key) ?? "") }) {
      collector.add(splitError(at: key))
      return
    }
    guard entries.count == 1, let (key, value) = entries.first else {
      collector.add(
        tree.diagnostic(
          .wrongStructure, at: entries.count > 1 ? entries[1].key : item,
          "a constraint has one name (found \(entries.count))", hint: "begin each constraint with '- '"))
      return
    }
    let name = located(key)
    if let earlier = constraintNames.updateValue(name.location, forKey: name.text) {
      collector.add(
        tree.diagnostic(
          .duplicateName, at: key,
          "the constraint \(Diagnostic.quoted(name.text)) is named twice (first at \(earlier.line):\(earlier.column))"
        ))
    }
    if let expression = expression(at: value, for: name.text) {
      file.constraints.append(ObjectiveFile.Constraint(name: name, expression: expression))
    }
  }

  private mutating func readFlow(_ node: Int) {
    var flow = ObjectiveFile.Flow(location: tree.location(of: node))
    let entries = mapping(at: node, for: "flow", example: "time: 1")
    checkKeys(of: node, known: ["time", "step", "save"], in: "'flow'")
    for (key, value) in entries {
      switch tree.text(of: key) {
      case "time": flow.time = expression(at: value, for: "time")
      case "step": flow.step = expression(at: value, for: "step")
      case "save": flow.save = expression(at: value, for: "save")
      default: break
      }
    }
    file.flow = flow
  }

  // MARK: What all sections use

  func located(_ node: Int) -> LocatedText {
    LocatedText(tree.text(of: node) ?? "", at: tree.location(of: node))
  }

  /// The entries of a mapping; an empty section has none, another kind is an error.
  mutating func mapping(at node: Int, for name: String, example: String) -> [(key: Int, value: Int)] {
    if tree.kind(of: node) == .mapping { return tree.entries(of: node) }
    if !tree.isEmpty(node) {
      collector.add(
        tree.diagnostic(
          .wrongStructure, at: node, "'\(name)' wants a mapping, found \(tree.describe(node))",
          hint: "as in '\(example)'"))
    }
    return []
  }

  mutating func text(of node: Int, for name: String) -> String? {
    if let text = tree.text(of: node) { return text }
    collector.add(
      tree.diagnostic(.wrongStructure, at: node, "'\(name)' wants a text, found \(tree.describe(node))"))
    return nil
  }

  mutating func checkKeys(of node: Int, known: [String], in place: String) {
    for (key, _) in tree.entries(of: node) {
      let text = tree.text(of: key) ?? ""
      guard !known.contains(text) else { continue }
      let spaced = text.replacingUnderscores
      let near =
        known.contains(spaced) ? "did you mean '\(spaced)'?" : Suggestion.hint(for: spaced, among: known)
      collector.add(
        tree.diagnostic(
          .unknownKey, at: key, "unknown key \(Diagnostic.quoted(text)) in \(place)",
          hint: near ?? "known keys are " + known.joined(separator: ", ")))
    }
  }

  /// Parses the expression in a scalar; where YAML made a list or mapping of it, says so.
  mutating func expression(at node: Int, for name: String) -> Syntax? {
    switch tree.kind(of: node) {
    case .scalar:
      guard !tree.isEmpty(node) else {
        collector.add(
          tree.diagnostic(
            .emptyExpression, at: node,
            "expected an expression for \(Diagnostic.quoted(name)), found nothing",
            hint: "YAML takes what follows ' #' for a comment"))
        return nil
      }
      return ExpressionParser.parse(
        tree.text(of: node) ?? "", origin: tree.origin(of: node), source: tree.source, limits: limits,
        tokens: &tokens, into: &collector)
    case .mapping:
      if let (key, _) = tree.entries(of: node).first(where: { isSplit(tree.text(of: $0.key) ?? "") }) {
        collector.add(splitError(at: key))
      } else {
        collector.add(
          tree.diagnostic(
            .wrongStructure, at: node,
            "expected an expression for \(Diagnostic.quoted(name)), found a mapping",
            hint: "if this is one expression, quote the whole expression"))
      }
    case .sequence:
      collector.add(
        tree.diagnostic(
          .wrongStructure, at: node, "expected an expression for \(Diagnostic.quoted(name)), found a list",
          hint: "a text that begins with [ is a list for YAML; quote the whole expression"))
    }
    return nil
  }

  /// Whether a key has signs that only an expression has.
  private func isSplit(_ key: String) -> Bool { key.utf8.contains { "()[]{},=<>+*/^@'\"".utf8.contains($0) } }

  private func splitError(at key: Int) -> Diagnostic {
    tree.diagnostic(
      .splitByYAML, at: key, "YAML split this line at ': ', quote the whole expression",
      hint: "put the expression between quotes, or write ':' without a space after it")
  }

  /// Checks the name of an entry of `data`; false when there are too many entries.
  mutating func declareData(_ key: Int) -> Bool {
    declare(key)
    return count(key)
  }

  private mutating func count(_ node: Int) -> Bool {
    definitionCount += 1
    if definitionCount == limits.definitions + 1 {
      collector.add(
        tree.diagnostic(
          .tooManyDefinitions, at: node,
          "more than \(limits.definitions) entries in all sections together"))
    }
    return definitionCount <= limits.definitions
  }

  /// Checks the form of a name and that it is new.
  private mutating func declare(_ key: Int) {
    let name = tree.text(of: key) ?? ""
    if isSplit(name) {
      collector.add(
        tree.diagnostic(
          .splitByYAML, at: key, "YAML took a part of an expression for a key: \(Diagnostic.quoted(name))",
          hint: ExpressionLexer.cutHint))
      return
    }
    let bytes = Array(name.utf8)
    let isName =
      bytes.first.map(ExpressionLexer.isNameStart) ?? false
      && bytes.allSatisfy { ExpressionLexer.isNameStart($0) || ExpressionLexer.isDigit($0) }
    if !isName || ["not", "and", "or"].contains(name) {
      collector.add(
        tree.diagnostic(
          .invalidName, at: key, "\(Diagnostic.quoted(name)) cannot be a name",
          hint: "a name has letters, digits and _, and begins with a letter"))
    } else if bytes.count > limits.nameBytes {
      collector.add(
        tree.diagnostic(
          .oversizedToken, at: key, "a name of \(bytes.count) bytes (expected at most \(limits.nameBytes))"))
    } else if let earlier = names.updateValue(tree.location(of: key), forKey: name) {
      collector.add(
        tree.diagnostic(
          .duplicateName, at: key,
          "the name \(Diagnostic.quoted(name)) is given twice (first at \(earlier.line):\(earlier.column))",
          hint: "data, parameters, unknowns and definitions share their names"))
    }
  }
}

extension String {
  /// `subject_to` and `subject-to` are near to `subject to`.
  fileprivate var replacingUnderscores: String {
    String(map { $0 == "_" || $0 == "-" ? " " : $0 })
  }
}
