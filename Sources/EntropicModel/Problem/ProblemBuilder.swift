import EntropicNumerics

/// Makes a canonical program from formulas, step by step.
struct ProblemBuilder {
  var program = Program(layout: Layout(), objective: Functional(count: 0))
  /// Reports of the constraints in the order in which they were given.
  var slots: [ReportedConstraint?] = []
  var reported: [ReportedConstraint] { slots.compactMap { $0 } }
  var warnings: [String] = []
  private var firstEntry: [UInt64: Int] = [:]
  private var unknowns: [Unknown] = []

  /// Lays out the unknowns: the declared ones, or those that occur, in the order of their declaration.
  mutating func declare(
    _ declared: [Unknown]?, _ objective: Expression, _ constraints: [Constraint]
  ) throws(ProblemError) -> [Unknown] {
    var all: [Unknown] = declared ?? []
    if declared == nil {
      var found: Set<Unknown> = []
      for formula in [objective] + constraints.flatMap({ [$0.left, $0.right] }) {
        for unknown in Evaluation(formula).unknowns { found.insert(unknown) }
      }
      all = found.sorted { $0.identity < $1.identity }
    }
    guard !all.isEmpty else {
      throw ProblemError(.argument, "the problem has no unknown distribution")
    }
    var layout = Layout()
    for unknown in all {
      guard unknown.count > 0, unknown.mass > 0, unknown.mass.isFinite else {
        throw ProblemError(.argument, "unknown \(unknown.name): no outcomes, or a mass that is not positive")
      }
      firstEntry[unknown.identity] = layout.count
      layout.append(
        name: unknown.name, kind: unknown.kind, shape: unknown.shape, mass: unknown.mass,
        labels: unknown.labels)
    }
    unknowns = all
    program.layout = layout
    program.objective = Functional(count: layout.count)
    return all
  }

  mutating func setStart(_ start: [Unknown: [Double]]) {
    guard !start.isEmpty else { return }
    var p = program.layout.centre()
    for (unknown, masses) in start {
      guard let first = firstEntry[unknown.identity], masses.count == unknown.count else { continue }
      for (k, mass) in masses.enumerated() { p[first + k] = mass }
    }
    program.start = p
  }

  /// The entries of an unknown in the flat buffer.
  func range(of unknown: Unknown) -> Range<Int> {
    let first = firstEntry[unknown.identity] ?? 0
    return first..<first + unknown.count
  }

  func parts(_ expression: Expression) -> Parts {
    Parts(graph: expression.graph, layout: program.layout, firstEntry: firstEntry)
  }

  // MARK: constraints

  /// Affine constraints first: what they fix decides about the convexity of the others.
  mutating func addConstraints(_ constraints: [Constraint]) throws(ProblemError) {
    slots = [ReportedConstraint?](repeating: nil, count: constraints.count)
    var curved: [(place: Int, refusal: ProblemError?)] = []
    for (k, constraint) in constraints.enumerated() where constraint.weight == nil {
      if let failure = constraint.left.failure ?? constraint.right.failure { throw failure }
      let name = constraint.name ?? "constraint \(k + 1)"
      let difference = constraint.left - constraint.right
      if let failure = difference.failure { throw failure }
      if difference.isAffine {
        slots[k] = try addAffine(name, constraint, difference)
      } else {
        do throws(ProblemError) {
          slots[k] = try addRatios(name, constraint)
          if slots[k] == nil { curved.append((k, nil)) }
        } catch {
          // Reciprocals may still be convex one by one.
          guard error.kind == .unsupported else { throw error }
          curved.append((k, error))
        }
      }
    }
    for (k, refusal) in curved {
      do throws(ProblemError) {
        slots[k] = try addCurved(constraints[k].name ?? "constraint \(k + 1)", constraints[k])
      } catch {
        throw error.kind == .notConvex ? refusal ?? error : error
      }
    }
  }

  private mutating func addAffine(
    _ name: String, _ constraint: Constraint, _ difference: Expression
  ) throws(ProblemError) -> ReportedConstraint {
    var parts = parts(difference)
    let form = parts.form(difference.index)
    // The unknown part stands on the left; where only the right side has unknowns, it is turned round.
    let turned = constraint.left.isConstant
    let relation = turned ? constraint.relation.flipped : constraint.relation
    let sign = turned ? -1.0 : 1.0
    var elements: [ReportedConstraint.Element] = []
    for j in 0..<form.rows {
      let label = difference.isScalar ? name : "\(name)[\(j + 1)]"
      let entries = form.entries(j).map { (column: $0.column, value: sign * $0.value) }
      let offset = form.offset[j]
      guard offset.isFinite, !entries.contains(where: { $0.value.isNaN }) else {
        throw ProblemError(.domain, "constraint \(label): a number that is not finite")
      }
      let bound = offset == 0 ? 0 : -sign * offset
      elements.append(try addRow(label, entries, relation, bound))
    }
    return ReportedConstraint(
      name: name, relation: relation, elements: elements, isScalar: difference.isScalar)
  }

  mutating func addRow(
    _ name: String, _ entries: SparseRow, _ relation: Constraint.Relation,
    _ bound: Double
  ) throws(ProblemError) -> ReportedConstraint.Element {
    // An infinite coefficient forces its mass to 0.
    for entry in entries where entry.value.isInfinite { program.layout.upper[entry.column] = 0 }
    let kept = entries.filter { $0.value.isFinite }
    func element(_ place: ReportedConstraint.Element.Place, _ rate: Double) -> ReportedConstraint.Element {
      ReportedConstraint.Element(place: place, bound: bound, rate: rate, transform: MonotoneTransform())
    }
    if kept.isEmpty {
      let holds =
        switch relation {
        case .equal: bound == 0
        case .atMost: bound >= 0
        case .atLeast: bound <= 0
        }
      if holds {
        warnings.append("constraint \(name) holds no unknown and is always true")
        return element(.constant, 0)
      }
      warnings.append("constraint \(name) holds no unknown and is never true")
    }
    if kept.count == 1, relation != .equal {
      let (i, s) = kept[0]
      let isUpper = (relation == .atMost) == (s > 0)
      let limit = bound / s
      if isUpper {
        program.layout.upper[i] = min(program.layout.upper[i], limit)
        return element(.upper(i), 1 / s)
      }
      program.layout.lower[i] = max(program.layout.lower[i], limit)
      return element(.lower(i), 1 / s)
    }
    let sign = relation == .atLeast ? -1.0 : 1.0
    let row = ConstraintRow(
      name: name, columns: kept.map(\.column), values: kept.map { sign * $0.value },
      bound: bound == 0 ? 0 : sign * bound)
    if relation == .equal {
      program.equalities.append(row)
      return element(.equality(program.equalities.count - 1), 1)
    }
    program.inequalities.append(row)
    return element(.inequality(program.inequalities.count - 1), sign)
  }

  // MARK: objective

  mutating func addObjective(
    _ sense: Sense, _ objective: Expression, _ convexity: ConvexityRule
  ) throws(ProblemError) -> (transform: MonotoneTransform, unbounded: UnboundednessProof?) {
    if let failure = objective.failure { throw failure }
    guard objective.isScalar else {
      throw ProblemError(
        .shape, "the objective has shape \(objective.shape) (expected a scalar)",
        hint: "sum(...) gives a scalar")
    }
    let sign = sense == .minimize ? 1.0 : -1.0
    let fixed = FixedRows(layout: program.layout, equalities: program.equalities)
    var whole = parts(objective)
    whole.add(objective.index, weight: sign)
    let plain = MonotoneTransform(sign == 1 ? [] : [.affine(scale: -1, offset: 0)])
    let direct = Result { () throws(ProblemError) in try Resolution.functional(of: whole, fixed: fixed) }
    if let proof = infinitelyGood(
      objective, sign, try? direct.get().functional, whole.terms.forcedZeros)
    {
      return (plain, proof)
    }
    // A canonical form comes first, then one behind a monotone root, then convexity by composition.
    if case .success(let result) = direct, !result.functional.gainsByPeeling {
      try accept(result.functional, result.forcedZeros)
      return (plain, nil)
    }
    var refusal: ProblemError?
    if let peeled = Peeling(objective) {
      let inner = sign * (peeled.transform.isIncreasing ? 1 : -1)
      var parts = parts(objective)
      parts.add(peeled.inner, weight: inner)
      do {
        let (functional, zeros) = try Resolution.functional(of: parts, fixed: fixed)
        try accept(functional, zeros)
        return (
          MonotoneTransform([.affine(scale: inner, offset: 0)] + peeled.transform.steps), nil
        )
      } catch {
        refusal = error
      }
    }
    switch direct {
    case .success(let result):
      try accept(result.functional, result.forcedZeros)
      return (plain, nil)
    case .failure(let error): refusal = refusal ?? error
    }
    if convexity == .unchecked, refusal?.kind == .notConvex {
      var functional = Functional(count: program.count)
      functional.smooth = [whole.smoothFunction(objective.index, weight: sign, isConvex: false)]
      program.objective = functional
      program.isConvex = false
      return (plain, nil)
    }
    throw ratio(in: objective) ?? refusal ?? ProblemError(.notConvex, "not convex")
  }

  private mutating func accept(_ functional: Functional, _ zeros: Set<Int>) throws(ProblemError) {
    for i in zeros { program.layout.upper[i] = 0 }
    var functional = functional
    for i in zeros { functional.linear[i] = 0 }
    guard functional.linear.allSatisfy(\.isFinite), functional.constant.isFinite else {
      throw ProblemError(
        .domain, "the objective has a coefficient or constant that is not finite",
        hint: "log(0) may only stand as the coefficient of a mass")
    }
    program.objective = functional
  }

  /// Evaluates in extended reals at the centre and at vertices: -inf at a feasible one is a proof.
  ///
  /// Masses that log(0) in data forbids are 0 at all of them: their infinite coefficients prove nothing.
  private func infinitelyGood(
    _ objective: Expression, _ sign: Double, _ functional: Functional?, _ zeros: Set<Int>
  ) -> UnboundednessProof? {
    if let functional, functional.linear.allSatisfy(\.isFinite) { return nil }
    let evaluation = Evaluation(objective)
    let ranges = evaluation.unknowns.map(range(of:))
    var allowed = program
    for i in zeros { allowed.layout.upper[i] = 0 }
    var points = [allowed.layout.centre()]
    if let start = program.start { points.append(start) }
    let width = program.layout.simplices.map(\.count).max() ?? 0
    for j in 0..<min(width, 4096) {
      var p = [Double](repeating: 0, count: program.count)
      for slice in program.layout.simplices { p[slice.first + min(j, slice.count - 1)] = slice.mass }
      points.append(p)
    }
    for p in points where allowed.isFeasible(p) {
      let value = sign * (evaluation.value(ranges.map { Array(p[$0]) }).first ?? 0)
      if value == -.infinity { return UnboundednessProof(point: p) }
    }
    return nil
  }
}

/// A scalar formula as a monotone function of an inner scalar.
struct Peeling {
  let inner: Int
  let transform: MonotoneTransform

  init?(_ expression: Expression) {
    let graph = expression.graph
    let nodes = graph.nodes
    var steps: [MonotoneTransform.Step] = []
    var current = expression.index
    var last: (inner: Int, count: Int)?
    loop: while nodes[current].count == 1 {
      let node = nodes[current]
      func number(_ k: Int) -> Double? {
        if case .constant(let t) = nodes[node.arguments[k]].operation, t.count == 1 { return t.values[0] }
        return nil
      }
      switch node.operation {
      case .scale(let c) where c != 0:
        steps.append(.affine(scale: c, offset: 0))
        current = node.arguments[0]
      case .add:
        if let c = number(1) {
          steps.append(.affine(scale: 1, offset: c))
          current = node.arguments[0]
        } else if let c = number(0) {
          steps.append(.affine(scale: 1, offset: c))
          current = node.arguments[1]
        } else {
          break loop
        }
      case .divide:
        guard let c = number(1), c != 0 else { break loop }
        steps.append(.affine(scale: 1 / c, offset: 0))
        current = node.arguments[0]
      case .log:
        steps.append(.log)
        current = node.arguments[0]
        last = (current, steps.count)
      case .exp:
        steps.append(.exp)
        current = node.arguments[0]
        last = (current, steps.count)
      case .power(let a) where !Outer.isEven(a):
        steps.append(.power(a))
        current = node.arguments[0]
        last = (current, steps.count)
      case .norm:
        // |u| is the root of a sum of squares, which is smooth.
        let argument = node.arguments[0]
        let square = graph.append(.power(2), [argument], nodes[argument].shape, degree: 2)
        let sum = graph.append(.sum, [square], [], degree: 2)
        let name = Expression.describe(graph, current, depth: 6)
        for made in [square, sum] { graph.setName(name, of: made) }
        steps.append(.power(0.5))
        last = (sum, steps.count)
        break loop
      default: break loop
      }
    }
    guard let last else { return nil }
    inner = last.inner
    transform = MonotoneTransform(Array(steps.prefix(last.count).reversed()))
  }
}

extension Functional {
  /// True for forms that are handled better behind a monotone root: a norm, an exponential, which may be beyond
  /// the largest double where its argument is harmless, or a function without canonical form.
  var gainsByPeeling: Bool {
    if !smooth.isEmpty { return true }
    guard composites.count == 1 else { return false }
    switch composites[0].outer {
    case .norm: return true
    case .exponential(let weights): return weights.count == 1
    default: return false
    }
  }
}
