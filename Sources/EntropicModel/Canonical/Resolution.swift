import EntropicNumerics

/// Turns signed parts into a convex functional, or names the part that is not convex.
///
/// Order matters: first what is fixed by the constraints becomes constant, then negative entropies of sums are covered
/// by entropies of their members (conditional entropy, relative entropy), then every part that is left must be convex
/// by itself.
struct Resolution {
  private var parts: Parts
  private let fixed: FixedRows
  private var functional: Functional
  /// Coefficients of p_i log p_i, signed while parts are being matched.
  private var tau: [Double]
  private var rounding: [Double]
  /// The node that a negative entropy of single masses came from.
  private var entropyNode: Int?
  /// Entropies of sums that are available for covering: row key to (weight, offset in list).
  private var sums: [(weight: Double, row: [(column: Int, value: Double)], offset: Double, node: Int)] = []

  /// - Throws: `notConvex` with the node of the smallest guilty part.
  static func functional(
    of parts: Parts, fixed: FixedRows
  ) throws(ProblemError) -> (functional: Functional, forcedZeros: Set<Int>) {
    var resolution = Resolution(parts, fixed)
    try resolution.run()
    return (resolution.functional, resolution.parts.forcedZeros)
  }

  private init(_ parts: Parts, _ fixed: FixedRows) {
    self.parts = parts
    self.fixed = fixed
    functional = Functional(count: parts.layout.count)
    tau = [Double](repeating: 0, count: parts.layout.count)
    rounding = tau
  }

  private var count: Int { parts.layout.count }

  private func guilty(_ node: Int, _ what: String, hint: String? = nil) -> ProblemError {
    let subject =
      node < parts.graph.nodes.count ? Expression.describe(parts.graph, node, depth: 6) : "a product"
    return ProblemError(
      .notConvex, "\(what): \(subject)", hint: hint, subject: subject,
      node: node < parts.graph.nodes.count ? node : nil)
  }

  private mutating func run() throws(ProblemError) {
    collectEntropies()
    resolveCrosses()
    try coverSums()
    try coverCrosses()
    try finishEntropies()
    try resolveLogs()
    try resolvePowers()
    try resolveBilinears()
    try resolvePerspectives()
    try resolveOuters()
    try resolveInformation()
    try resolveOthers()
    addConstant(parts.constant)
    functional.constantError += parts.constantError
    for i in 0..<count { functional.linear[i] += parts.linear[i] }
    functional.linearError = zip(rounding, parts.linearError).map { $0 + $1 }
  }

  // MARK: entropies

  private mutating func addLinear(_ row: [(column: Int, value: Double)], _ offset: Double, _ weight: Double) {
    for entry in row { addCost(at: entry.column, weight * entry.value) }
    addConstant(weight * offset)
  }

  /// weight u log u for every row: single masses go to tau, fixed rows to the constant.
  private mutating func addEntropy(
    _ row: [(column: Int, value: Double)], _ offset: Double, _ weight: Double, _ node: Int
  ) {
    if row.isEmpty {
      addConstant(Scalar.xlogx(weight, offset))
    } else if row.count == 1, offset == 0, row[0].value > 0 {
      let (i, s) = row[0]
      tau[i] += weight * s
      if weight < 0 { entropyNode = node }
      if s != 1 { addCost(at: i, weight * s * Kernel.log(s)) }
    } else if let value = fixed.value(of: row, offset: offset) {
      addConstant(Scalar.xlogx(weight, max(value, 0)))
    } else {
      sums.append((weight, row, offset, node))
    }
  }

  private mutating func collectEntropies() {
    for group in parts.entropies {
      for j in group.weights.indices where group.weights[j] != 0 {
        addEntropy(group.form.entries(j), group.form.offset[j], group.weights[j], group.node)
      }
    }
  }

  /// A linear coefficient; its rounding and that of its factors is charged to the certificate.
  private mutating func addCost(at i: Int, _ value: Double) {
    functional.linear[i] += value
    rounding[i] += 0x1p-51 * abs(value)
  }

  private mutating func addConstant(_ value: Double) {
    functional.constant += value
    functional.constantError += 0x1p-51 * abs(value)
  }

  private var pending:
    [(
      weight: Double, u: [(column: Int, value: Double)], uOffset: Double, v: [(column: Int, value: Double)],
      vOffset: Double, node: Int
    )] = []

  /// weight u log v: proportional rows are entropies, constant sides linear or logarithms.
  private mutating func resolveCrosses() {
    for group in parts.crosses {
      var logWeights: [Double] = []
      var logRows: [Int] = []
      for j in group.weights.indices where group.weights[j] != 0 {
        let w = group.weights[j]
        let u = group.first.entries(j)
        let v = group.second.entries(j)
        let (a, b) = (group.first.offset[j], group.second.offset[j])
        if u.isEmpty {
          if a != 0 {
            logWeights.append(w * a)
            logRows.append(j)
          }
        } else if let ratio = Resolution.ratio(u, a, v, b), ratio > 0 {
          addEntropy(u, a, w, group.node)
          if ratio != 1 { addLinear(u, a, w * Kernel.log(ratio)) }
        } else if let value = fixed.value(of: v, offset: b), value > 0 {
          addLinear(u, a, w * Kernel.log(value))
        } else if let value = fixed.value(of: u, offset: a), value >= 0 {
          if value > 0 {
            logWeights.append(w * value)
            logRows.append(j)
          }
        } else {
          pending.append((w, u, a, v, b, group.node))
        }
      }
      if !logRows.isEmpty {
        parts.logs.append(
          Parts.Group(
            weights: logWeights, form: group.second.picked(logRows, columns: count), node: group.node))
      }
    }
  }

  /// c with v = c u, when there is one.
  private static func ratio(
    _ u: [(column: Int, value: Double)], _ a: Double, _ v: [(column: Int, value: Double)], _ b: Double
  ) -> Double? {
    guard u.count == v.count, let first = u.first, first.column == v[0].column else { return nil }
    let c = v[0].value / first.value
    for k in u.indices where u[k].column != v[k].column || v[k].value != c * u[k].value { return nil }
    return b == c * a ? c : nil
  }

  /// Takes weight * S_i of tau at every member; false and nothing taken when some member has too little.
  private mutating func consume(_ row: [(column: Int, value: Double)], _ weight: Double) -> Bool {
    let slack = 1 - 0x1p-40
    for entry in row {
      guard entry.value > 0, tau[entry.column] >= weight * entry.value * slack else { return false }
    }
    for entry in row {
      let rest = tau[entry.column] - weight * entry.value
      tau[entry.column] = rest > 0x1p-40 * weight * entry.value ? rest : 0
    }
    return true
  }

  /// -|w| v log v with v = S p + k is covered by |w| S_i p_i log p_i: a negative conditional entropy.
  private mutating func coverSums() throws(ProblemError) {
    var rows: [[(column: Int, value: Double)]] = []
    var weights: [Double] = []
    var offsets: [Double] = []
    var left: [(weight: Double, row: [(column: Int, value: Double)], offset: Double, node: Int)] = []
    for sum in sums {
      guard sum.weight < 0 else {
        left.append(sum)
        continue
      }
      guard sum.offset >= 0, consume(sum.row, -sum.weight) else {
        throw guilty(sum.node, "not convex: an entropy of sums that no other term covers")
      }
      rows.append(sum.row)
      weights.append(-sum.weight)
      offsets.append(sum.offset)
    }
    sums = left
    if !rows.isEmpty {
      functional.conditionals.append(
        ConditionalEntropy(
          weight: weights, map: SparseMatrix(columns: count, rows: rows), offset: offsets))
    }
  }

  /// -|w| u log v is covered by |w| u log u: a relative entropy, member by member.
  private mutating func coverCrosses() throws(ProblemError) {
    var first: [[(column: Int, value: Double)]] = []
    var second: [[(column: Int, value: Double)]] = []
    var firstOffset: [Double] = []
    var secondOffset: [Double] = []
    var weights: [Double] = []
    for item in pending {
      func fail() -> ProblemError {
        guilty(item.node, "not convex: a product of a mass and the logarithm of another")
      }
      guard item.weight < 0 else { throw fail() }
      let w = -item.weight
      if let k = sums.firstIndex(where: { sum in
        sum.weight >= w * (1 - 0x1p-40) && sum.offset == item.uOffset && sum.row.elementsEqual(item.u, by: ==)
      }) {
        sums[k].weight = max(0, sums[k].weight - w)
        first.append(item.u)
        firstOffset.append(item.uOffset)
        second.append(item.v)
        secondOffset.append(item.vOffset)
        weights.append(w)
      } else if item.uOffset == 0, consume(item.u, w) {
        for entry in item.u {
          first.append([(entry.column, 1)])
          firstOffset.append(0)
          second.append(item.v)
          secondOffset.append(item.vOffset)
          weights.append(w * entry.value)
        }
      } else {
        throw fail()
      }
    }
    sums.removeAll { $0.weight == 0 }
    if !weights.isEmpty {
      functional.composites.append(
        Composite(
          outer: .relativeEntropy(weights), map: .from(rows: first + second, columns: count),
          offset: firstOffset + secondOffset))
    }
  }

  private mutating func finishEntropies() throws(ProblemError) {
    if tau.contains(where: { $0 < 0 }) {
      throw guilty(entropyNode ?? 0, "not convex: an entropy of the wrong sign")
    }
    if tau.contains(where: { $0 > 0 }) { functional.entropic = tau }
    if !sums.isEmpty {
      functional.composites.append(
        Composite(
          outer: .entropy(sums.map(\.weight)), map: .from(rows: sums.map(\.row), columns: count),
          offset: sums.map(\.offset)))
    }
  }

  // MARK: other separable functions

  private mutating func resolveLogs() throws(ProblemError) {
    for group in parts.logs {
      var kept: [Int] = []
      for j in group.weights.indices where group.weights[j] != 0 {
        let w = group.weights[j]
        let offset = group.form.offset[j]
        if let single = group.form.single(j), single.index >= 0, offset == 0, single.scale > 0 {
          if w > 0 {
            throw guilty(group.node, "not convex: a logarithm of the wrong sign")
          }
          if functional.barrier.isEmpty { functional.barrier = [Double](repeating: 0, count: count) }
          functional.barrier[single.index] -= w
          if single.scale != 1 { addConstant(w * Kernel.log(single.scale)) }
        } else if group.form.single(j)?.index == -1 {
          addConstant(w * Kernel.log(offset))
        } else if w > 0 {
          guard let value = fixed.value(of: group.form.entries(j), offset: offset) else {
            throw guilty(group.node, "not convex: a logarithm of the wrong sign")
          }
          addConstant(w * Kernel.log(value))
        } else {
          kept.append(j)
        }
      }
      if !kept.isEmpty {
        add(.log(kept.map { -group.weights[$0] }), group.form, kept)
      }
    }
  }

  /// A composite over the kept rows of a form.
  private mutating func add(_ outer: Outer, _ form: LinearForm, _ kept: [Int], weight: Double = 1) {
    let picked = form.picked(kept, columns: count)
    functional.composites.append(
      Composite(
        weight: weight, outer: outer, map: picked.linearMap(columns: count), offset: picked.offset))
  }

  private mutating func addPowerTerm(_ exponent: Double, _ i: Int, _ weight: Double) {
    let k: Int
    if let known = functional.powers.firstIndex(where: { $0.exponent == exponent }) {
      k = known
    } else {
      functional.powers.append(
        Functional.PowerTerm(exponent: exponent, weights: [Double](repeating: 0, count: count)))
      k = functional.powers.count - 1
    }
    functional.powers[k].weights[i] += weight
  }

  private mutating func resolvePowers() throws(ProblemError) {
    for (exponent, group) in parts.powers {
      let sign = Outer.sign(exponent)
      var kept: [Int] = []
      for j in group.weights.indices where group.weights[j] != 0 {
        let w = group.weights[j]
        let offset = group.form.offset[j]
        let single = group.form.single(j)
        if let single, single.index == -1 {
          addConstant(w * Scalar.pow(offset, exponent))
          continue
        }
        if w == .infinity, exponent > 0, let single, offset == 0 {
          parts.forcedZeros.insert(single.index)
          continue
        }
        if let single, single.scale > 0, offset == 0 || exponent == 2 {
          let scaled = w * Scalar.pow(single.scale, exponent)
          if exponent == 2, offset != 0 {
            addCost(at: single.index, 2 * w * single.scale * offset)
            addConstant(w * offset * offset)
          }
          if scaled * sign >= 0 {
            addPowerTerm(exponent, single.index, scaled * sign)
            continue
          }
        } else if w * sign > 0 {
          kept.append(j)
          continue
        } else if let value = fixed.value(of: group.form.entries(j), offset: offset) {
          addConstant(w * Scalar.pow(value, exponent))
          continue
        }
        throw guilty(group.node, "not convex: a power of the wrong sign")
      }
      if !kept.isEmpty {
        add(.power(exponent, kept.map { group.weights[$0] * sign }), group.form, kept)
      }
    }
    for group in parts.exponentials {
      let kept = group.weights.indices.filter { group.weights[$0] != 0 }
      guard kept.allSatisfy({ group.weights[$0] > 0 }) else {
        throw guilty(group.node, "not convex: an exponential of the wrong sign")
      }
      if !kept.isEmpty { add(.exponential(kept.map { group.weights[$0] }), group.form, kept) }
    }
    for group in parts.absolutes {
      let kept = group.weights.indices.filter { group.weights[$0] != 0 }
      guard kept.allSatisfy({ group.weights[$0] > 0 }) else {
        throw guilty(group.node, "not convex: an absolute value or maximum of the wrong sign")
      }
      if !kept.isEmpty { add(.absolute(kept.map { group.weights[$0] }), group.form, kept) }
    }
  }

  // MARK: quadratic forms

  /// sum w u v: squares of rows with positive weights stay composites, everything else is assembled into p' Q p.
  private mutating func resolveBilinears() throws(ProblemError) {
    var squares: [(weight: Double, row: [(column: Int, value: Double)], offset: Double)] = []
    var mixed:
      [(weight: Double, u: [(column: Int, value: Double)], v: [(column: Int, value: Double)], node: Int)] = []
    for group in parts.bilinears {
      for j in group.weights.indices where group.weights[j] != 0 {
        let w = group.weights[j]
        var u = group.first.entries(j)
        var v = group.second.entries(j)
        var (a, b) = (group.first.offset[j], group.second.offset[j])
        if let value = fixed.value(of: u, offset: a) {
          addLinear(v, b, w * value)
          continue
        }
        if let value = fixed.value(of: v, offset: b) {
          addLinear(u, a, w * value)
          continue
        }
        if w > 0, a == b, u.elementsEqual(v, by: ==) {
          if u.count == 1 {
            addPowerTerm(2, u[0].column, w * u[0].value * u[0].value)
            addCost(at: u[0].column, 2 * w * a * u[0].value)
            addConstant(w * a * a)
          } else {
            squares.append((w, u, a))
          }
          continue
        }
        // (u + a)(v + b) = u v + a v + b u + a b
        if a != 0 { addLinear(v, 0, w * a) }
        if b != 0 { addLinear(u, 0, w * b) }
        addConstant(w * a * b)
        (a, b) = (0, 0)
        if u.isEmpty || v.isEmpty { continue }
        if u.count > v.count { swap(&u, &v) }
        mixed.append((w, u, v, group.node))
      }
    }
    if mixed.isEmpty {
      if !squares.isEmpty {
        functional.composites.append(
          Composite(
            outer: .power(2, squares.map(\.weight)), map: .from(rows: squares.map(\.row), columns: count),
            offset: squares.map(\.offset)))
      }
      return
    }
    try assemble(mixed, squares)
  }

  private mutating func assemble(
    _ mixed: [(
      weight: Double, u: [(column: Int, value: Double)], v: [(column: Int, value: Double)], node: Int
    )],
    _ squares: [(weight: Double, row: [(column: Int, value: Double)], offset: Double)]
  ) throws(ProblemError) {
    var low = Int.max
    var high = -1
    for item in mixed {
      for entry in item.u + item.v {
        low = min(low, entry.column)
        high = max(high, entry.column)
      }
    }
    for square in squares {
      for entry in square.row {
        low = min(low, entry.column)
        high = max(high, entry.column)
      }
    }
    let n = high - low + 1
    guard n <= 8192 else {
      throw ProblemError(
        .unsupported, "a quadratic form over \(n) masses (at most 8192)",
        hint: "write it as sum_squares(A @ p)")
    }
    var q = Matrix(rows: n, columns: n, repeating: 0)
    for item in mixed {
      for left in item.u {
        let c = item.weight * left.value / 2
        for right in item.v {
          q.elements[(left.column - low) * n + right.column - low] += c * right.value
          q.elements[(right.column - low) * n + left.column - low] += c * right.value
        }
      }
    }
    for square in squares {
      for left in square.row {
        for right in square.row {
          q.elements[(left.column - low) * n + right.column - low] +=
            square.weight * left.value * right.value
        }
        addCost(at: left.column, 2 * square.weight * square.offset * left.value)
      }
      addConstant(square.weight * square.offset * square.offset)
    }
    let diagonal = (0..<n).map { q[$0, $0] }
    let isDiagonal = (0..<n * n).allSatisfy { $0 / n == $0 % n || q.elements[$0] == 0 }
    let node = mixed[0].node
    if isDiagonal {
      guard diagonal.allSatisfy({ $0 >= 0 }) else {
        throw guilty(node, "not convex: a square of the wrong sign")
      }
      for i in 0..<n where diagonal[i] > 0 { addPowerTerm(2, low + i, diagonal[i]) }
      return
    }
    // On each simplex the sum is fixed: c 1 1' may be added without changing more than a constant. A form that is
    // positive semidefinite only on the differences is caught by one such shift.
    let size = q.elements.reduce(0) { max($0, abs($1)) }
    let slack = 64 * Double(n) * 0x1p-53 * size
    guard diagonal.allSatisfy({ $0 >= -slack }), Cholesky(q, shift: slack) != nil else {
      throw guilty(node, "not convex: a quadratic form that is not positive semidefinite")
    }
    let identity = SparseMatrix(
      rows: n, columns: count, rowStart: Array(0...n), column: Array(low...high),
      value: [Double](repeating: 1, count: n))
    functional.composites.append(
      Composite(outer: .quadratic(q, slack: 2 * slack), map: .sparse(identity)))
  }

  // MARK: pairs, kinks, matrices

  private mutating func resolvePerspectives() throws(ProblemError) {
    for (exponent, group) in parts.perspectives {
      let sign = Outer.sign(exponent)
      let kept = group.weights.indices.filter { group.weights[$0] != 0 }
      guard kept.allSatisfy({ group.weights[$0] * sign > 0 }) else {
        throw guilty(group.node, "not convex: a product of powers of the wrong sign")
      }
      for j in kept {
        let nonnegative =
          group.first.entries(j).allSatisfy { $0.value >= 0 } && group.first.offset[j] >= 0
          && group.second.entries(j).allSatisfy { $0.value >= 0 } && group.second.offset[j] >= 0
        guard nonnegative else {
          throw guilty(group.node, "not known to be convex: a quotient whose parts may be negative")
        }
      }
      let u = group.first.picked(kept, columns: count)
      let v = group.second.picked(kept, columns: count)
      let rows = kept.indices.map { u.entries($0) } + kept.indices.map { v.entries($0) }
      functional.composites.append(
        Composite(
          outer: .perspective(exponent, kept.map { group.weights[$0] * sign }),
          map: .from(rows: rows, columns: count), offset: u.offset + v.offset))
    }
  }

  private mutating func resolveOuters() throws(ProblemError) {
    for term in parts.outers where term.weight != 0 {
      guard term.weight > 0 else {
        throw guilty(term.node, "not convex: a convex function of the wrong sign")
      }
      functional.composites.append(
        Composite(
          weight: term.weight, outer: term.outer, map: term.form.linearMap(columns: count),
          offset: term.form.offset))
    }
  }

  private mutating func resolveInformation() throws(ProblemError) {
    for part in parts.information where part.weight != 0 {
      guard part.weight > 0 else {
        throw guilty(part.node, "not convex: a matrix function of the wrong sign")
      }
      guard let image = InformationImage(part.argument, in: parts) else {
        throw guilty(
          part.node, "not known to be convex: a matrix that is not a sum of information matrices",
          hint: "write it with information_matrix(p, X) and constants")
      }
      functional.information.append(
        InformationTerm(
          weight: part.weight, kind: part.kind, regressors: image.regressors, scale: image.scale,
          first: image.first, base: image.base))
    }
  }

  /// Scalars without canonical form: convex by composition, or refused.
  private mutating func resolveOthers() throws(ProblemError) {
    for (weight, node) in parts.others where weight != 0 {
      if weight > 0, let term = try maximum(node, weight) {
        functional.maxima.append(term)
        continue
      }
      var curvature = Curvature(parts)
      let shape = curvature.of(node)
      guard (weight > 0 && shape.isConvex) || (weight < 0 && shape.isConcave) else {
        throw guilty(curvature.smallestGuilty(node, convex: weight > 0), "not convex by the rules")
      }
      functional.smooth.append(parts.smoothFunction(node, weight: weight))
    }
  }

  /// A maximum of scalars that are convex one by one.
  private func maximum(_ index: Int, _ weight: Double) throws(ProblemError) -> MaximumTerm? {
    let node = parts.nodes[index]
    var entries: [(node: Int, entry: Int)] = []
    switch node.operation {
    case .maximum:
      let inner = node.arguments[0]
      entries = (0..<parts.nodes[inner].count).map { (inner, $0) }
    case .maximumOf where node.count == 1: entries = node.arguments.map { ($0, 0) }
    default: return nil
    }
    var functionals: [Functional] = []
    for (inner, entry) in entries {
      var own = Parts(graph: parts.graph, layout: parts.layout, firstEntry: parts.firstEntry)
      own.nodes = parts.nodes
      own.add(inner, entry: entry)
      functionals.append(try Resolution.functional(of: own, fixed: fixed).functional)
    }
    return MaximumTerm(weight: weight, parts: functionals)
  }
}
