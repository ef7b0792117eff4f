import EntropicModel

/// The names of a file and what they stand for, as far as that is known.
///
/// data, parameters, unknowns and define are one acyclic graph over one namespace. The names are put in an
/// order in
/// which every name follows those it uses, without recursion, so that chains may be long.
final class ElaborationScope {
  /// What a name is declared by.
  enum Declaration {
    case data(ObjectiveFile.DataEntry)
    case parameter(ObjectiveFile.Definition)
    case unknown(ObjectiveFile.UnknownEntry)
    case definition(ObjectiveFile.Definition)
  }

  enum State {
    case pending
    case known(ElaborationValue)
    /// Something is wrong with it or with what it uses; it was said already.
    case failed
  }

  struct Entry {
    let name: LocatedText
    let declaration: Declaration
    var state = State.pending
  }

  let source: SourceFile
  private(set) var entries: [Entry] = []
  private var positions: [String: Int] = [:]
  var budget: ElaborationBudget
  private(set) var warnings: [Diagnostic] = []
  private var warned: Set<Diagnostic> = []
  /// Values of parameters from outside the file.
  private let overrides: [String: Syntax]

  init(_ file: ObjectiveFile, overrides: [String: Syntax], limits: SpecLimits) {
    source = file.source
    self.overrides = overrides
    budget = ElaborationBudget(limits)
    for entry in file.data { add(entry.name, .data(entry)) }
    for entry in file.parameters {
      var definition = entry
      if let override = overrides[entry.name.text] { definition.expression = override }
      add(entry.name, .parameter(definition))
    }
    for entry in file.unknowns { add(entry.name, .unknown(entry)) }
    for entry in file.definitions { add(entry.name, .definition(entry)) }
  }

  private func add(_ name: LocatedText, _ declaration: Declaration) {
    if positions[name.text] != nil { return }
    positions[name.text] = entries.count
    entries.append(Entry(name: name, declaration: declaration))
  }

  var names: [String] { entries.map(\.name.text) }

  /// Whether an unknown is a law of a family or a free law.
  var hasSoughtLaws: Bool {
    entries.contains { entry in
      if case .known(.law(.sought)) = entry.state { true } else { false }
    }
  }

  /// Whether an unknown is a cloud of particles.
  var hasClouds: Bool {
    entries.contains { entry in
      if case .known(.cloud) = entry.state { true } else { false }
    }
  }

  func contains(_ name: String) -> Bool { positions[name] != nil }

  /// The value of a name that is known already.
  func known(_ name: String) -> ElaborationValue? {
    guard let position = positions[name], case .known(let value) = entries[position].state else { return nil }
    return value
  }

  /// The value of a name; nil if there is no such name.
  ///
  /// - Throws: an empty error for a name that failed: its own message is enough.
  func value(of name: String, at node: Int, in syntax: Syntax) throws(SpecError) -> ElaborationValue? {
    guard let position = positions[name] else { return nil }
    switch entries[position].state {
    case .known(let value): return value
    case .failed: throw SpecError(diagnostics: [])
    case .pending:
      throw SpecError(
        syntax.diagnostic(
          .cyclicDefinition, at: node, "\(Diagnostic.quoted(name)) is used before it is known"))
    }
  }

  func set(_ position: Int, _ state: State) {
    entries[position].state = state
    if case .known(.array(.constant(let array))) = state { budget.keep(entries: array.values.count) }
  }

  /// Single entries of named formulas that were asked for.
  private var selections: [String: [Int: Expression]] = [:]

  /// Entry `place`, from 0, of a named formula, made once.
  func entry(_ place: Int, of name: String, make: () -> Expression) -> Expression {
    if let known = selections[name]?[place] { return known }
    let made = make()
    selections[name, default: [:]][place] = made
    return made
  }

  func warn(_ diagnostic: Diagnostic) {
    if warned.insert(diagnostic).inserted { warnings.append(diagnostic) }
  }

  // MARK: order

  /// The positions of all entries, each after those it uses, and one message for every cycle.
  func order() -> (positions: [Int], cycles: [Diagnostic]) {
    enum Mark { case new, open, done }
    let uses = entries.map { Self.syntaxes(of: $0.declaration).flatMap(usedPositions) }
    var marks = [Mark](repeating: .new, count: entries.count)
    var result: [Int] = []
    var cycles: [Diagnostic] = []
    for root in entries.indices where marks[root] == .new {
      var path: [(entry: Int, next: Int)] = [(root, 0)]
      marks[root] = .open
      while let (entry, next) = path.last {
        if next < uses[entry].count {
          path[path.count - 1].next = next + 1
          let used = uses[entry][next]
          switch marks[used] {
          case .done: break
          case .new:
            marks[used] = .open
            path.append((used, 0))
          case .open:
            let start = path.firstIndex { $0.entry == used } ?? 0
            cycles.append(cycle(path[start...].map(\.entry)))
          }
        } else {
          marks[entry] = .done
          result.append(entry)
          path.removeLast()
        }
      }
    }
    return (result, cycles)
  }

  private func cycle(_ members: [Int]) -> Diagnostic {
    for member in members { entries[member].state = .failed }
    // Told from its first member in the file.
    let first = members.indices.min { members[$0] < members[$1] } ?? 0
    let turned = Array(members[first...] + members[..<first])
    let shown = turned.prefix(10).map { entries[$0].name.text } + (turned.count > 10 ? ["..."] : [])
    let name = entries[turned[0]].name
    let message =
      "the definition of \(Diagnostic.quoted(name.text)) depends on itself: "
      + (shown + [name.text]).joined(separator: " -> ")
    // What was given from outside made the cycle: a file alone has none, or it would not have been written so.
    if let given = turned.lazy.compactMap({ self.overrides[self.entries[$0].name.text] }).first {
      return given.diagnostic(
        .cyclicDefinition, at: given.root, message,
        hint: "a parameter may use data and parameters that do not depend on it")
    }
    return source.diagnostic(.cyclicDefinition, at: name.location, message)
  }

  private func usedPositions(_ syntax: Syntax) -> [Int] {
    var seen: Set<Int> = []
    var result: [Int] = []
    for node in 0..<syntax.count where syntax.kind(of: node) == .name {
      if let position = positions[syntax.name(of: node)], seen.insert(position).inserted {
        result.append(position)
      }
    }
    return result
  }

  /// The expressions of a declaration.
  static func syntaxes(of declaration: Declaration) -> [Syntax] {
    func ofData(_ value: ObjectiveFile.DataValue?) -> [Syntax] {
      switch value {
      case .expression(let syntax): [syntax]
      case .list(_, let items): items
      case .array, .file, nil: []
      }
    }
    switch declaration {
    case .data(let entry): return ofData(entry.value)
    case .parameter(let definition), .definition(let definition): return [definition.expression]
    case .unknown(let entry):
      var result = [entry.domain] + ofData(entry.start?.value)
      if case .expression(let syntax)? = entry.labels { result.append(syntax) }
      return result
    }
  }
}

extension ElaborationScope {
  /// Whether a name has no value.
  var hasFailure: Bool {
    entries.contains { if case .known = $0.state { false } else { true } }
  }
}
