import EntropicModel
import EntropicNumerics

/// Derivatives of an optimum with respect to its data, by implicit differentiation.
///
/// At the optimum the Lagrangian is stationary on the free masses and the active constraints hold. Differentiating
/// both in a parameter gives one linear system, factored once for all parameters:
///
///     [ H_SS  E'  A' ] [ dp ]       [ d grad L + H_SF dp_F ]
///     [ E     0   0  ] [ dn ] = -   [ E_F dp_F             ]
///     [ A     0   0  ] [ dy ]       [ d (A p - b) + A_F dp_F ]
///
/// S: masses between their bounds; F: masses at a bound, which move with it; E: the sums of the simplices; A: equations,
/// active inequalities and gradients of active convex constraints. The value needs no system: dV = dL at fixed point
/// and multipliers (the envelope theorem).
///
/// - Non-degenerate: every mass is clearly free or clearly at its bound, every inequality clearly active or not
///   (strict complementarity at 1e-6 of its scale), and the system has a solution. Otherwise `obstacle` says what fails:
///   the point may then have one-sided derivatives only.
/// - Functions of the user have second derivatives by differences of their gradients: six digits.
/// - Complexity: |S|^3 / 3 once, |S|^2 a parameter.
/// - Sources: A. Fiacco, Introduction to Sensitivity and Stability Analysis in Nonlinear Programming, 1983; J. Bonnans,
///   A. Shapiro, Perturbation Analysis of Optimization Problems, 2000, doi:10.1007/978-1-4612-1394-9.
public struct Sensitivity: Sendable {
  /// The derivative of a program's data in one parameter, at a fixed point and fixed multipliers.
  public struct Shift: Sendable {
    /// d F(p)
    public var objective = 0.0
    /// d grad L(p), one entry a mass.
    public var gradient: [Double]
    /// d (A p - b), d (C p - d), d (g(p) - c)
    public var equality: [Double]
    public var inequality: [Double]
    public var convex: [Double]
    /// Derivatives of the bounds of the masses.
    public var lower: [Double]
    public var upper: [Double]

    /// No dependence at all.
    public init(_ program: Program) {
      gradient = [Double](repeating: 0, count: program.count)
      equality = [Double](repeating: 0, count: program.equalities.count)
      inequality = [Double](repeating: 0, count: program.inequalities.count)
      convex = [Double](repeating: 0, count: program.convex.count)
      lower = gradient
      upper = gradient
    }
  }

  /// What a parameter moves.
  public struct Derivative: Sendable {
    /// d F*
    public let value: Double
    /// d p*; nil where the point is degenerate.
    public let point: [Double]?
  }

  /// Why the point has no derivative that can be relied on; nil when it has.
  public let obstacle: String?

  private let program: Program
  private let evidence: Evidence
  private let free: [Int]
  private let held: [Int]
  private let isAtUpper: [Bool]
  private let rows: [Row]
  private let hessian: HessianParts?
  private let system: Matrix?
  private let factor: SymmetricIndefinite?
  private let unit: [Double]

  /// A constraint of the system: its place and its gradient.
  private struct Row: Sendable {
    enum Place: Sendable { case mass, equality(Int), inequality(Int), convex(Int) }
    let place: Place
    let gradient: [Double]
  }

  /// - Parameters:
  ///   - point: an optimal point of the program, with the evidence that certified it.
  ///   - order: the largest number of free masses.
  public init(_ program: Program, at point: [Double], _ evidence: Evidence, order: Int = 3000) {
    self.program = program
    self.evidence = evidence
    let layout = program.layout
    let reduced = program.reducedCosts(evidence, at: point)
    let gradient = program.objective.gradient(point)
    var free: [Int] = []
    var held: [Int] = []
    var isAtUpper = [Bool](repeating: false, count: program.count)
    var doubt: String?
    for slice in layout.simplices {
      // Reduced costs count relative to the costs themselves: where all masses are free they are rounding.
      let finite = slice.range.map { gradient[$0] }.filter(\.isFinite)
      let range = max((finite.max() ?? 0) - (finite.min() ?? 0), 0)
      for i in slice.range {
        let steep = Sensitivity.isSteep(program, evidence, i)
        if layout.upper[i] <= layout.lower[i] {
          held.append(i)
          continue
        }
        if steep, point[i] > layout.lower[i], point[i] < layout.upper[i] * (1 - 1e-9) {
          free.append(i)
          continue
        }
        let below = (point[i] - layout.lower[i]) / slice.mass
        let above = layout.upper[i] < .infinity ? (layout.upper[i] - point[i]) / slice.mass : .infinity
        let pressure = range > 0 ? reduced[i] / range : 0
        let isLow = pressure > below
        let isHigh = -pressure > above
        if max(min(below, above), abs(pressure)) < 1e-6 {
          doubt = doubt ?? "a mass that is neither free nor held"
        }
        if isLow || isHigh {
          isAtUpper[i] = isHigh
          held.append(i)
        } else {
          free.append(i)
        }
      }
    }
    self.free = free
    self.held = held
    self.isAtUpper = isAtUpper
    var rows = layout.simplices.map { slice in
      var gradient = [Double](repeating: 0, count: program.count)
      for i in slice.range { gradient[i] = 1 }
      return Row(place: .mass, gradient: gradient)
    }
    rows += program.equalities.indices.map {
      Row(place: .equality($0), gradient: Sensitivity.dense(program.equalities[$0], program.count))
    }
    for (k, row) in program.inequalities.enumerated() {
      let size = row.values.reduce(abs(row.bound)) { max($0, abs($1)) }
      let slack = (row.bound - row.value(point)) / max(size, Double.leastNormalMagnitude)
      let weight = evidence.inequality.count > k ? evidence.inequality[k] * size : 0
      if max(slack, weight) < 1e-6 { doubt = doubt ?? "constraint \(row.name) is neither active nor slack" }
      if weight > slack {
        rows.append(Row(place: .inequality(k), gradient: Sensitivity.dense(row, program.count)))
      }
    }
    for (k, constraint) in program.convex.enumerated() {
      let value = constraint.functional.evaluate(point)
      let size = max(value.magnitude, abs(constraint.bound), Double.leastNormalMagnitude)
      let slack = (constraint.bound - value.value) / size
      let weight = evidence.convex.count > k ? evidence.convex[k] * size : 0
      if max(slack, weight) < 1e-6 {
        doubt = doubt ?? "constraint \(constraint.name) is neither active nor slack"
      }
      if weight > slack {
        rows.append(Row(place: .convex(k), gradient: constraint.functional.gradient(point)))
      }
    }
    self.rows = rows
    let parts = [program.objective] + program.convex.map(\.functional)
    if !parts.allSatisfy(\.isSmooth) {
      doubt = "the objective or a constraint has kinks"
    } else if free.count > order {
      doubt = "\(free.count) free masses (at most \(order))"
    }
    guard doubt == nil, let assembled = Sensitivity.assemble(program, point, evidence, free, rows) else {
      obstacle = doubt ?? "the system of the optimality conditions is singular"
      (hessian, system, factor, unit) = (nil, nil, nil, [])
      return
    }
    obstacle = nil
    (hessian, system, factor, unit) = assembled
  }

  /// True when the Lagrangian has an infinite slope at mass 0, so that a positive mass is a free one.
  private static func isSteep(_ program: Program, _ evidence: Evidence, _ i: Int) -> Bool {
    func isSteep(_ f: Functional) -> Bool {
      !f.entropic.isEmpty && f.entropic[i] > 0 || !f.barrier.isEmpty && f.barrier[i] > 0
    }
    return isSteep(program.objective)
      || zip(program.convex, evidence.convex).contains { $1 > 0 && isSteep($0.functional) }
  }

  private static func dense(_ row: ConstraintRow, _ count: Int) -> [Double] {
    var out = [Double](repeating: 0, count: count)
    for (i, a) in zip(row.columns, row.values) { out[i] = a }
    return out
  }

  /// The system in units of the free masses' curvature, and its factors.
  private static func assemble(
    _ program: Program, _ point: [Double], _ evidence: Evidence, _ free: [Int], _ rows: [Row]
  ) -> (HessianParts, Matrix, SymmetricIndefinite, [Double])? {
    var parts = HessianParts(count: program.count)
    program.objective.addHessian(at: point, to: &parts)
    for (constraint, weight) in zip(program.convex, evidence.convex) where weight > 0 {
      constraint.functional.addHessian(at: point, weight: weight, to: &parts)
    }
    guard var h = parts.restricted(to: free, stop: nil) else { return nil }
    // Functions of the user: differences of their gradients.
    let weights = [1] + evidence.convex
    for (f, weight) in zip([program.objective] + program.convex.map(\.functional), weights) where weight > 0 {
      guard DifferenceHessian.add(f, at: point, weight: weight, members: free, to: &h, stop: { false }) else {
        return nil
      }
    }
    let s = free.count
    let n = s + rows.count
    let largest = program.layout.simplices.reduce(0) { max($0, $1.mass) }
    let unit = (0..<s).map { h[$0, $0] > 0 ? min(largest, 1 / h[$0, $0].squareRoot()) : largest }
    guard unit.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    var a = Matrix(rows: n, columns: n, repeating: 0)
    for i in 0..<s {
      for j in 0..<s { a[i, j] = h[i, j] * unit[i] * unit[j] }
    }
    for (r, row) in rows.enumerated() {
      for (k, i) in free.enumerated() {
        a[s + r, k] = row.gradient[i] * unit[k]
        a[k, s + r] = a[s + r, k]
      }
    }
    // Ridges of both signs stand in for dependent rows and flat directions; refinement takes their effect back.
    var shifted = a
    let trace = (0..<s).reduce(0) { $0 + a[$1, $1] }
    for i in 0..<n { shifted[i, i] += i < s ? 1e-14 * max(trace / Double(max(s, 1)), 1e-3) : -1e-15 }
    guard let factor = SymmetricIndefinite(shifted, stop: nil) else { return nil }
    return (parts, a, factor, unit)
  }

  /// The derivative along one parameter.
  public func derivative(_ shift: Shift) -> Derivative {
    var value = shift.objective
    func add(_ weights: [Double], _ residuals: [Double]) {
      for (w, r) in zip(weights, residuals) where r != 0 { value += w * r }
    }
    add(evidence.equality, shift.equality)
    add(evidence.inequality, shift.inequality)
    add(evidence.convex, shift.convex)
    var fixed = [Double](repeating: 0, count: program.count)
    for i in held { fixed[i] = isAtUpper[i] ? shift.upper[i] : shift.lower[i] }
    let moves = held.contains { fixed[$0] != 0 }
    return Derivative(value: value, point: point(shift, fixed, moves))
  }

  private func point(_ shift: Shift, _ fixed: [Double], _ moves: Bool) -> [Double]? {
    guard obstacle == nil, let factor, let system, let hessian else { return nil }
    // Differences know the free masses only: what held ones do to the slopes of the user's functions is not known.
    let functionals = [program.objective] + program.convex.map(\.functional)
    guard !moves || functionals.allSatisfy(\.smooth.isEmpty) else { return nil }
    var gradient = shift.gradient
    if moves { Kernel.axpy(1, hessian.apply(fixed), into: &gradient) }
    var right = free.enumerated().map { -gradient[$0.element] * unit[$0.offset] }
    for row in rows {
      let own =
        switch row.place {
        case .mass: 0.0
        case .equality(let k): shift.equality[k]
        case .inequality(let k): shift.inequality[k]
        case .convex(let k): shift.convex[k]
        }
      right.append(-own - (moves ? Kernel.compensatedDot(row.gradient, fixed) : 0))
    }
    guard right.allSatisfy(\.isFinite) else { return nil }
    var x = factor.solve(right)
    var last = Double.infinity
    let size = max(right.reduce(0) { max($0, abs($1)) }, Double.leastNormalMagnitude)
    for _ in 0..<6 {
      let rest = zip(right, system.times(x)).map { $0 - $1 }
      let now = rest.reduce(0) { max($0, abs($1)) }
      if !(now < 0.5 * last) { break }
      last = now
      if now <= 1e-15 * size { break }
      let correction = factor.solve(rest)
      guard correction.allSatisfy(\.isFinite) else { break }
      for i in x.indices { x[i] += correction[i] }
    }
    // A system without solution: the constraints cannot follow the parameter.
    guard last <= 1e-8 * size, x.allSatisfy(\.isFinite) else { return nil }
    var out = fixed
    for (k, i) in free.enumerated() { out[i] = x[k] * unit[k] }
    return out
  }
}
