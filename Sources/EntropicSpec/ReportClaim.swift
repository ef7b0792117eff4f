import EntropicModel
import EntropicNumerics

/// A report as read back: claims, none of them believed.
///
/// Understood are the program's own reports (JSON or YAML) and bare answers of other programs, `{"p":
/// [...]}` with one list, or lists by rows, for each unknown.
package struct ReportClaim: Sendable {
  /// What is said about one constraint; arrays in flat order, nil for null.
  struct ConstraintClaim: Sendable {
    var name: String
    var node: Int
    /// False for something else than a mapping.
    var isMapping = true
    var relation: String?
    var value: [Double?]?
    var bound: [Double?]?
    var violation: Double?
    var multiplier: [Double?]?
  }

  let tree: DocumentTree
  package private(set) var status: String?
  package private(set) var reason: String?
  package private(set) var exitCode: Double?
  package private(set) var sense: String?
  /// What is said to stand behind the interval.
  package private(set) var level: String?
  package private(set) var value: Double?
  package private(set) var lower: Double?
  package private(set) var upper: Double?
  private(set) var gap: Double?
  private(set) var relativeGap: Double?
  private(set) var dataUncertainty: Double?
  private(set) var feasible: String?
  /// The constraints that are said to contradict one another.
  private(set) var contradiction: [String]?
  /// How far they are said to be from holding together.
  private(set) var contradictionBound: Double?
  private(set) var flags: [String] = []
  package private(set) var evidence: Evidence?
  package private(set) var tolerance: Tolerance?
  package private(set) var version: String?
  package private(set) var fileDigest: String?
  package private(set) var dataDigests: [(name: String, digest: String)] = []
  package private(set) var canonicalDigest: String?
  package private(set) var parameters: [(name: String, value: Double)] = []
  /// Nil where the report says nothing about constraints.
  private(set) var constraints: [ConstraintClaim]?
  /// The face that is said to hold every feasible law.
  private(set) var face: BoundaryClaim?

  /// The interval is claimed with a confidence, not as a proof.
  package var isStatistical: Bool {
    status == "estimated" || (status == "limit" && level == Certificate.Level.statistical.rawValue)
  }

  /// Nothing but masses is claimed.
  package var isBare: Bool { status == nil && lower == nil && upper == nil && value == nil }

  /// Reads a report; what it says about masses is read by `masses(of:)`, which needs the problem.
  package init(reading source: SourceFile, limits: SpecLimits = SpecLimits()) throws(SpecError) {
    tree = try ReportClaim.tree(source, limits)
    guard tree.kind(of: tree.root) == .mapping else {
      throw SpecError(
        tree.diagnostic(
          .malformedReport, at: tree.root, "expected a report, found \(tree.describe(tree.root))",
          hint: "a bare answer is a mapping such as {\"p\": [0.5, 0.5]}"))
    }
    status = try text("status")
    reason = try text("reason")
    exitCode = try number("exit_code")
    if let objective = try mapping("objective") {
      sense = try text("sense", in: objective)
      value = try number("value", in: objective)
      lower = try number("lower", in: objective)
      upper = try number("upper", in: objective)
      gap = try number("gap", in: objective)
      relativeGap = try number("relative_gap", in: objective)
      dataUncertainty = try number("data_uncertainty", in: objective)
    }
    if let node = try mapping("tolerance") {
      tolerance = Tolerance(
        relative: try number("relative", in: node) ?? 1e-9, absolute: try number("absolute", in: node))
    }
    if let node = try mapping("certificate") { try readCertificate(node) }
    if let node = member("flags", of: tree.root), !isNull(node), status != nil { flags = try texts(node) }
    try readProvenance()
    if status != nil, let node = try mapping("constraints") { try readConstraints(node) }
    face = try boundary()
  }

  /// The document; hints about objective files do not help here.
  private static func tree(_ source: SourceFile, _ limits: SpecLimits) throws(SpecError) -> DocumentTree {
    do throws(SpecError) {
      return try DocumentTree(reading: source, limits: limits)
    } catch {
      throw SpecError(
        diagnostics: error.diagnostics.map { diagnostic in
          var diagnostic = diagnostic
          if diagnostic.code == .emptyDocument || diagnostic.code == .oversizedFile {
            diagnostic.hint = "a report is what 'entropic solve --format json' writes, or {\"p\": [0.5, 0.5]}"
          }
          return diagnostic
        }, omitted: error.omitted)
    }
  }

  // MARK: masses

  /// The flat point of the problem; nil when the report holds no masses at all.
  package func masses(of problem: Problem) throws(SpecError) -> [Double]? {
    let holder = try mapping("unknowns") ?? (status == nil ? tree.root : nil)
    guard let holder, !tree.entries(of: holder).isEmpty else { return nil }
    var point: [Double] = []
    for (unknown, block) in zip(problem.unknowns, problem.program.layout.blocks) {
      guard var node = member(unknown.name, of: holder) else {
        throw SpecError(
          tree.diagnostic(
            .malformedReport, at: holder, "no masses for the unknown \(Diagnostic.quoted(unknown.name))",
            hint: "a bare answer is a mapping such as {\"p\": [0.5, 0.5]}"))
      }
      let support = try support(of: unknown.name)
      if isMapping(node) {
        guard let inner = member("probabilities", of: node) else {
          throw SpecError(
            tree.diagnostic(
              .malformedReport, at: node,
              "no probabilities for the unknown \(Diagnostic.quoted(unknown.name))"))
        }
        node = inner
      }
      let listed = try numbers(node)
      var masses = listed
      if listed.count != block.count, let support, support.count == listed.count {
        masses = [Double?](repeating: 0, count: block.count)
        for (place, mass) in zip(support, listed) {
          guard let place, let index = Int(exactly: place), index >= 1, index <= block.count else {
            throw SpecError(
              tree.diagnostic(.malformedReport, at: node, "a place in 'support' is not an outcome"))
          }
          masses[index - 1] = mass
        }
      }
      guard masses.count == block.count else {
        throw SpecError(
          tree.diagnostic(
            .malformedReport, at: node,
            "wrong number of masses for \(Diagnostic.quoted(unknown.name)) "
              + "(expected \(block.count), found \(masses.count))"
          ))
      }
      for mass in masses {
        guard let mass else {
          throw SpecError(
            tree.diagnostic(
              .malformedReport, at: node, "a mass of \(Diagnostic.quoted(unknown.name)) is null"))
        }
        point.append(mass)
      }
    }
    return point
  }

  /// The masses as a point to start from: those of every unknown of the problem, scaled to its mass.
  package func start(of problem: Problem) throws(SpecError) -> [Double] {
    func failure(_ message: String, hint: String? = nil) -> SpecError {
      SpecError(
        tree.diagnostic(
          .malformedReport, at: member("unknowns", of: tree.root) ?? tree.root, message, hint: hint))
    }
    guard var point = try masses(of: problem) else {
      throw failure(
        "the report holds no masses to start from"
          + (status.map { " (its status is \(Diagnostic.quoted($0)))" } ?? ""))
    }
    let holder = try mapping("unknowns")
    for (unknown, block) in zip(problem.unknowns, problem.program.layout.blocks) {
      guard let node = holder.flatMap({ member(unknown.name, of: $0) }), isMapping(node) else { continue }
      let kind = try text("kind", in: node) ?? block.kind.rawValue
      let isShaped = try member("shape", of: node).map { node throws(SpecError) in
        isNull(node) ? true : try isShape(node, block.shape)
      }
      if kind != block.kind.rawValue || isShaped == false {
        throw failure(
          "the report is about another problem: \(Diagnostic.quoted(unknown.name)) has another kind or shape")
      }
    }
    for slice in problem.program.layout.simplices {
      if let i = slice.range.first(where: { !(point[$0] >= 0) || point[$0] == .infinity }) {
        throw failure("mass \(i + 1) is \(NumberText.short(point[i])) (expected at least 0)")
      }
      let total = Kernel.compensatedSum(Array(point[slice.range]))
      guard abs(total - slice.mass) <= 1e-6 * slice.mass else {
        throw failure(
          "masses sum to \(NumberText.short(total, digits: 12)) (expected \(NumberText.short(slice.mass)))")
      }
      for i in slice.range { point[i] *= slice.mass / total }
    }
    return point
  }

  /// The places of the positive masses, counted from 1, as the report lists them.
  func support(of unknown: String) throws(SpecError) -> [Double?]? {
    guard let holder = try mapping("unknowns"), let node = member(unknown, of: holder), isMapping(node),
      let list = member("support", of: node), !isNull(list)
    else { return nil }
    return try numbers(list)
  }

  // MARK: sections

  private mutating func readProvenance() throws(SpecError) {
    guard let node = try mapping("provenance") else { return }
    version = try text("version", in: node)
    canonicalDigest = try text("canonical_program", in: node)
    if let file = member("objective_file", of: node), isMapping(file) {
      fileDigest = try text("sha256", in: file)
    }
    if let files = member("data_files", of: node) {
      for file in tree.items(of: files) where isMapping(file) {
        if let name = try text("name", in: file), let digest = try text("sha256", in: file) {
          dataDigests.append((name, digest))
        }
      }
    }
    if let list = member("parameters", of: node), isMapping(list) {
      for (key, value) in tree.entries(of: list) {
        if let name = tree.text(of: key), let number = try number(value) { parameters.append((name, number)) }
      }
    }
  }

  private mutating func readCertificate(_ node: Int) throws(SpecError) {
    level = try text("level", in: node)
    feasible = try text("feasible", in: node)
    contradictionBound = try number("bound", in: node)
    if let list = member("contradiction", of: node), !isNull(list) { contradiction = try texts(list) }
    if let evidence = member("evidence", of: node), isMapping(evidence) {
      self.evidence = try readEvidence(evidence)
    }
  }

  private mutating func readConstraints(_ node: Int) throws(SpecError) {
    var list: [ConstraintClaim] = []
    for (key, value) in tree.entries(of: node) {
      func entries(_ what: String) throws(SpecError) -> [Double?]? {
        guard let node = member(what, of: value), !isNull(node) else { return nil }
        return try numbers(node)
      }
      var claim = ConstraintClaim(name: tree.text(of: key) ?? "", node: value, isMapping: isMapping(value))
      if claim.isMapping {
        claim.relation = try text("relation", in: value)
        claim.value = try entries("value")
        claim.bound = try entries("bound")
        claim.violation = try number("violation", in: value)
        claim.multiplier = try entries("multiplier")
      }
      list.append(claim)
    }
    constraints = list
  }

  private func readEvidence(_ node: Int) throws(SpecError) -> Evidence {
    func list(_ key: String) throws(SpecError) -> [Double] {
      guard let node = member(key, of: node), !isNull(node) else { return [] }
      return try numbers(node).map { $0 ?? 0 }
    }
    func lists(_ node: Int?) throws(SpecError) -> [[Double]?] {
      guard let node else { return [] }
      var result: [[Double]?] = []
      for item in tree.items(of: node) {
        result.append(isNull(item) ? nil : try numbers(item).map { $0 ?? 0 })
      }
      return result
    }
    var evidence = Evidence(
      equality: try list("equality"), inequality: try list("inequality"), convex: try list("convex"))
    evidence.objectiveSlopes = try lists(member("objective_slopes", of: node))
    evidence.spectral = try lists(member("spectral", of: node))
    if let slopes = member("constraint_slopes", of: node) {
      for item in tree.items(of: slopes) { evidence.constraintSlopes.append(try lists(item)) }
    }
    if let spectral = member("constraint_spectral", of: node) {
      for item in tree.items(of: spectral) { evidence.constraintSpectral.append(try lists(item)) }
    }
    evidence.maximumWeights = try lists(member("maximum_weights", of: node))
    if let weights = member("constraint_maximum_weights", of: node) {
      for item in tree.items(of: weights) { evidence.constraintMaximumWeights.append(try lists(item)) }
    }
    evidence.domain = try list("domain")
    if let tangent = member("tangent", of: node), !isNull(tangent) {
      evidence.tangent = try numbers(tangent).map { $0 ?? 0 }
    }
    return evidence
  }

  // MARK: nodes

  func isMapping(_ node: Int) -> Bool { tree.kind(of: node) == .mapping }
  func isNull(_ node: Int) -> Bool { tree.isEmpty(node) || tree.text(of: node) == "null" }

  func member(_ key: String, of node: Int) -> Int? {
    tree.entries(of: node).first { tree.text(of: $0.key) == key }?.value
  }

  /// Where a claim stands, for messages about it.
  func location(of path: String...) -> TextLocation? {
    var node = tree.root
    for key in path {
      guard let next = member(key, of: node) else { break }
      node = next
    }
    return tree.location(of: node)
  }

  /// A section of the report; a bare answer for an unknown of that name is none.
  func mapping(_ key: String) throws(SpecError) -> Int? {
    guard let node = member(key, of: tree.root), isMapping(node) else { return nil }
    return node
  }

  package func text(_ key: String, in node: Int? = nil) throws(SpecError) -> String? {
    guard let node = member(key, of: node ?? tree.root), !isNull(node) else { return nil }
    guard let text = tree.text(of: node) else {
      throw SpecError(
        tree.diagnostic(.malformedReport, at: node, "expected a text, found \(tree.describe(node))"))
    }
    return text
  }

  func number(_ key: String, in node: Int? = nil) throws(SpecError) -> Double? {
    guard let node = member(key, of: node ?? tree.root) else { return nil }
    return try number(node)
  }

  /// Whether a list says this shape.
  func isShape(_ node: Int, _ shape: [Int]) throws(SpecError) -> Bool {
    let lengths = try numbers(node)
    return lengths.count == shape.count && zip(lengths, shape).allSatisfy { $0 == Double($1) }
  }

  /// A list of texts.
  func texts(_ node: Int) throws(SpecError) -> [String] {
    let items = tree.items(of: node)
    guard tree.kind(of: node) == .sequence, items.allSatisfy(tree.isScalar) else {
      throw SpecError(
        tree.diagnostic(
          .malformedReport, at: node, "expected a list of texts, found \(tree.describe(node))"))
    }
    return items.map { tree.text(of: $0) ?? "" }
  }

  func number(_ node: Int) throws(SpecError) -> Double? {
    if isNull(node) { return nil }
    switch tree.text(of: node).map({ DecimalNumber.parse($0) }) {
    case .value(let value): return value
    case .underflow: return 0
    default:
      throw SpecError(
        tree.diagnostic(.malformedReport, at: node, "expected a number, found \(tree.describe(node))"))
    }
  }

  /// Numbers in flat order: one, a list, or lists of lists up to three deep.
  func numbers(_ node: Int) throws(SpecError) -> [Double?] {
    var level = [node]
    for _ in 0..<4 {
      if level.allSatisfy({ tree.isScalar($0) }) {
        var result: [Double?] = []
        result.reserveCapacity(level.count)
        for item in level { result.append(try number(item)) }
        return result
      }
      guard level.allSatisfy({ tree.kind(of: $0) == .sequence }) else { break }
      level = level.flatMap { tree.items(of: $0) }
    }
    throw SpecError(
      tree.diagnostic(.malformedReport, at: node, "expected numbers, or lists of numbers of equal depth"))
  }
}
