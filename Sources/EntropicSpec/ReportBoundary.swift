import EntropicModel

extension Report {
  /// The face that holds every feasible law, and the combination of constraints that exposes it.
  package struct Boundary: Sendable {
    /// Outcomes that may keep mass, counted from 1, of every unknown that loses some.
    package var face: [(name: String, outcomes: [Int])]
    /// Multipliers along which the dual runs off to infinity, in the user's signs, the largest 1 in size.
    package var direction: [(name: String, values: [Double])]
    /// The same in terms of the canonical program, which the check reads.
    package var exposed: ExposedFace

    package init(_ exposed: ExposedFace, at answer: Answer, of problem: Problem) {
      self.exposed = exposed
      direction = problem.direction(of: exposed, at: answer)
      face = zip(problem.unknowns, problem.program.layout.blocks).compactMap { unknown, block in
        let outcomes = exposed.kept.filter { block.range.contains($0) }.map { $0 - block.first + 1 }
        return outcomes.count < block.count ? (unknown.name, outcomes) : nil
      }
    }
  }
}

extension Report.Boundary {
  var document: DocumentValue {
    .object([
      "face": .object(
        face.map { .init(key: $0.name, value: .list($0.outcomes.map { .integer($0) })) }),
      "direction": .object(
        direction.map {
          .init(key: $0.name, value: $0.values.count == 1 ? .number($0.values[0]) : .numbers($0.values))
        }),
      "evidence": .object([
        "equality": .numbers(exposed.equality), "inequality": .numbers(exposed.inequality),
      ]),
    ])
  }

  /// Face and direction in words.
  func lines(of laws: [Report.Law]) -> [String] {
    var lines = face.map { name, outcomes in
      let law = laws.first { $0.name == name }
      let shown = outcomes.prefix(8).map { place -> String in
        guard let law else { return "\(place)" }
        let label = LawText.label(place - 1, law)
        return law.shape.count > 1 ? "(\(label))" : label
      }
      let rest = outcomes.count > 8 ? ", ..." : ""
      return "face      every feasible law has its mass of \(Diagnostic.escaped(name)) on "
        + "\(outcomes.count) of \(law?.masses.count ?? outcomes.count) outcomes: "
        + shown.joined(separator: ", ") + rest
    }
    let terms = direction.prefix(8).map { name, values in
      let text =
        values.count == 1
        ? NumberText.short(values[0], digits: 6)
        : "(" + values.prefix(6).map { NumberText.short($0, digits: 4) }.joined(separator: ", ")
          + (values.count > 6 ? ", ...)" : ")")
      return "\(Diagnostic.escaped(name)) \(text)"
    }
    if !terms.isEmpty {
      lines.append(
        "direction multipliers are unbounded along " + terms.joined(separator: "; ")
          + (direction.count > 8 ? "; ..." : ""))
    }
    return lines
  }
}

extension ReportClaim {
  /// What is said about the face; nil where nothing is.
  struct BoundaryClaim: Sendable {
    var face: [(name: String, outcomes: [Double?])]
    var direction: [(name: String, values: [Double?])]
    var equality: [Double]
    var inequality: [Double]
  }

  func boundary() throws(SpecError) -> BoundaryClaim? {
    guard status != nil, let node = try mapping("boundary") else { return nil }
    func lists(_ key: String) throws(SpecError) -> [(name: String, outcomes: [Double?])] {
      guard let holder = member(key, of: node), isMapping(holder) else { return [] }
      var out: [(name: String, outcomes: [Double?])] = []
      for (key, value) in tree.entries(of: holder) {
        out.append((tree.text(of: key) ?? "", try numbers(value)))
      }
      return out
    }
    var multipliers: [[Double]] = []
    let holder = member("evidence", of: node)
    for key in ["equality", "inequality"] {
      guard let holder, isMapping(holder), let list = member(key, of: holder), !isNull(list) else {
        multipliers.append([])
        continue
      }
      multipliers.append(try numbers(list).map { $0 ?? 0 })
    }
    return BoundaryClaim(
      face: try lists("face"), direction: try lists("direction").map { ($0.name, $0.outcomes) },
      equality: multipliers[0], inequality: multipliers[1])
  }
}

extension Verification {
  /// A face is exposed by its direction, and it is exactly the one that is listed.
  mutating func checkBoundary(_ p: [Double], _ certificate: Certificate) {
    guard let claimed = claim.face else { return }
    guard
      let exposed = ExposedFace(program, equality: claimed.equality, inequality: claimed.inequality)
    else {
      refuse("boundary", "the direction exposes no face of the constraints", "boundary", "evidence")
      return
    }
    let answer = Answer(
      point: p, evidence: .none(for: program), certificate: certificate, run: RunRecord())
    let own = Report.Boundary(exposed, at: answer, of: problem)
    let listed = Dictionary(claimed.face.map { ($0.name, $0.outcomes) }) { first, _ in first }
    let isSame =
      own.face.count == claimed.face.count
      && own.face.allSatisfy { listed[$0.name] == $0.outcomes.map { Double($0) } }
    if !isSame {
      refuse("boundary", "the direction exposes another face than the one listed", "boundary", "face")
    }
    let stated = Dictionary(claimed.direction.map { ($0.name, $0.values) }) { first, _ in first }
    let isAlong =
      own.direction.count == claimed.direction.count
      && own.direction.allSatisfy { own in
        guard let other = stated[own.name], other.count == own.values.count else { return false }
        return zip(own.values, other).allSatisfy { abs($0 - ($1 ?? .infinity)) <= 0x1p-40 }
      }
    if !isAlong {
      refuse("boundary", "the direction is not the one of its evidence", "boundary", "direction")
    }
  }
}
