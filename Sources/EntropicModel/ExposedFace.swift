import EntropicNumerics

/// A face of the simplices that holds every feasible law, with the combination of constraint rows that exposes it.
///
///     v = A' y + C' z  with z >= 0:   v_i = m_s on the face,  v_i > m_s off it,   sum_s mass_s m_s = y . b + z . d
///
/// m_s is the least v of simplex s. Every feasible law has v . p <= y . b + z . d, and no law has less than the sum of
/// mass_s m_s: outcomes off the face carry no mass. (y, z) is also the direction in which multipliers run off to
/// infinity: it raises the costs of these outcomes and of no other, at no price in the dual.
///
/// - Guarantee: the identity holds up to the uncertainty of the data, 2^-46 of the sizes of its terms, which bounds
///   (v_i - m_s) p_i as well. An outcome with v_i - m_s between 2^-40 and 2^-30 of the largest coefficient is on neither
///   side, and there is no face.
/// - Sources: A. Brondsted, An Introduction to Convex Polytopes (1983), on exposed faces; C. Geyer, Electron. J. Stat.
///   3 (2009), doi:10.1214/08-EJS349, on directions of recession.
public struct ExposedFace: Sendable, Equatable {
  /// y, with the signs of the Lagrangian of the minimisation; the largest entry of y and z is 1 in size.
  public let equality: [Double]
  /// z
  public let inequality: [Double]
  /// Places of the outcomes that may keep mass, ascending.
  public let kept: [Int]

  /// Checks a direction; nil when it exposes no face of the program, or all of the simplices.
  ///
  /// - Complexity: one pass over the rows.
  public init?(_ program: Program, equality: [Double], inequality: [Double]) {
    guard equality.count == program.equalities.count, inequality.count == program.inequalities.count else {
      return nil
    }
    let size = (equality + inequality).reduce(0) { max($0, abs($1)) }
    guard size > 0, size.isFinite, inequality.allSatisfy({ $0 >= 0 }) else { return nil }
    let y = equality.map { $0 / size }
    let z = inequality.map { $0 / size }
    var tilt = [Double](repeating: 0, count: program.count)
    var magnitude = tilt
    var bounds: [Double] = []
    for (row, weight) in zip(program.equalities + program.inequalities, y + z) where weight != 0 {
      bounds.append(weight * row.bound)
      for (i, a) in zip(row.columns, row.values) {
        tilt[i] += weight * a
        magnitude[i] += abs(weight * a)
      }
    }
    var levels: [Double] = []
    var sizes: [Double] = []
    var excess = tilt
    for slice in program.layout.simplices {
      let open = slice.range.filter { program.layout.upper[$0] > 0 }
      guard let least = open.map({ tilt[$0] }).min() else { continue }
      levels.append(slice.mass * least)
      sizes.append(slice.mass * (open.map { magnitude[$0] }.max() ?? 0))
      for i in slice.range { excess[i] = program.layout.upper[i] > 0 ? tilt[i] - least : 0 }
    }
    let room = Kernel.compensatedSum(bounds + levels.map { -$0 })
    let band = dataUncertainty * (Kernel.absoluteSum(bounds) + Kernel.sum(sizes))
    let largest = magnitude.max() ?? 0
    guard largest > 0, largest.isFinite, room <= band else { return nil }
    var kept: [Int] = []
    for i in excess.indices where program.layout.upper[i] > 0 {
      if excess[i] <= 0x1p-40 * largest {
        kept.append(i)
      } else if !(excess[i] > 0x1p-30 * largest) {
        return nil
      }
    }
    guard kept.count < program.layout.upper.count(where: { $0 > 0 }) else { return nil }
    self.equality = y
    self.inequality = z
    self.kept = kept
  }
}

extension Problem {
  /// The direction of a face in the user's words: multipliers of the constraints that take part, with the signs of
  /// reported multipliers, the largest 1 in size; an entry for each element of an array of constraints.
  public func direction(of face: ExposedFace, at answer: Answer) -> [(name: String, values: [Double])] {
    var along = answer
    along.evidence = .none(for: program)
    along.evidence.equality = face.equality
    along.evidence.inequality = face.inequality
    let turned = transform.isIncreasing
    let slope = abs(transform.derivative(answer.certificate.value))
    var list: [(name: String, values: [Double])] = []
    for (constraint, report) in zip(constraints, reportedConstraints(along)) where constraint.soft == nil {
      let values = zip(constraint.elements, report.multiplier).map { element, multiplier -> Double in
        switch element.place {
        // Signs alone matter where the slope of the transform vanishes or is infinite.
        case .equality(let k) where !(slope > 0 && slope.isFinite):
          (turned ? -1 : 1) * element.rate * face.equality[k]
        case .inequality(let k) where !(slope > 0 && slope.isFinite):
          (turned ? -1 : 1) * element.rate * face.inequality[k]
        case .equality, .inequality: multiplier
        default: 0
        }
      }
      if values.contains(where: { $0 != 0 }) { list.append((constraint.name, values)) }
    }
    let size = list.reduce(0) { $1.values.reduce($0) { max($0, abs($1)) } }
    guard size > 0, size.isFinite else { return [] }
    return list.map { ($0.name, $0.values.map { $0 / size }) }
  }
}
