import EntropicModel
import EntropicNumerics

/// Finds the face behind an answer whose multipliers are unbounded, and the direction in which they run off.
///
/// The outcomes without mass at which the objective, or a convex constraint that binds, has an infinite slope (elsewhere
/// multipliers stay finite) are put to the test together: the most mass that feasible laws can put on them,
///
///     max  sum_(i in Z) p_i   over the simplices and rows,
///
/// is 0 exactly when every feasible law lives on the rest, and multipliers of this linear program then satisfy
/// A'y + C'z >= 1 on Z and >= 0 elsewhere, relative to their level in the simplex: they expose the face. Linear programs
/// attain their dual, whatever the objective of the original problem does.
///
/// - Guarantee: what is returned passed the check of `ExposedFace`.
/// - Complexity: at most three linear programs of the size of the problem.
/// - Source: C. Geyer, Electron. J. Stat. 3 (2009), doi:10.1214/08-EJS349, which finds the face by linear programming.
enum BoundarySearch {
  /// Entries of rows beyond which an answer that no method has flagged is not examined.
  private static let smallSize = 50_000
  private static let largestSize = 20_000_000

  /// The face of an answer, or nil where none was found.
  static func face(of answer: Answer, in program: Program, options: SolveOptions) -> ExposedFace? {
    let rows = program.equalities + program.inequalities
    let entries = rows.reduce(0) { $0 + $1.columns.count }
    let isFlagged = answer.flags.contains(.boundary)
    guard program.isConvex, !rows.isEmpty, entries <= (isFlagged ? largestSize : smallSize) else {
      return nil
    }
    let point = answer.point
    let curved = program.convex.indices.filter {
      isBinding(program.convex[$0], answer.evidence.convex[$0], point)
    }
    var tried = 0
    for threshold in [0.0, 1e-11, 1e-8] {
      if options.shouldStop() { return nil }
      var rounded = point
      for slice in program.layout.simplices {
        let largest = slice.range.map { point[$0] }.max() ?? 0
        for i in slice.range where point[i] <= threshold * largest { rounded[i] = 0 }
      }
      var lost = program.objective.steepMasses(at: rounded)
      for k in curved {
        let more = program.convex[k].functional.steepMasses(at: rounded)
        for i in lost.indices where more[i] { lost[i] = true }
      }
      for i in lost.indices where program.layout.upper[i] <= 0 { lost[i] = false }
      let count = lost.count { $0 }
      guard count > 0, count > tried else { continue }
      tried = count
      if let face = expose(lost, in: program, options) { return face }
    }
    return nil
  }

  /// True for a convex constraint that holds with equality and has a multiplier: its slopes are slopes of the Lagrangian.
  private static func isBinding(_ constraint: ConvexConstraint, _ multiplier: Double, _ p: [Double]) -> Bool {
    guard multiplier > 0 else { return false }
    let left = constraint.functional.evaluate(p)
    return left.value >= constraint.bound - 1e-7 * (abs(constraint.bound) + left.magnitude)
  }

  private static func expose(_ lost: [Bool], in program: Program, _ options: SolveOptions) -> ExposedFace? {
    var objective = Functional(count: program.count)
    for i in lost.indices where lost[i] { objective.linear[i] = -1 }
    let test = Program(
      layout: program.layout, objective: objective, equalities: program.equalities,
      inequalities: program.inequalities)
    let quiet = SolveOptions(
      tolerance: Tolerance(relative: 1e-9, absolute: 1e-12), iterations: 400, seed: options.seed,
      shouldStop: options.shouldStop)
    guard let found = Solver.run(test, quiet, isPhase: true, judge: nil).answerIfAny,
      found.certificate.lower >= -1e-6
    else { return nil }
    // Multipliers of rounding size spoil the levels: the face must be exposed by the rest.
    for cut in [1e-9, 1e-12, 0] {
      let size = (found.evidence.equality + found.evidence.inequality).reduce(0) { max($0, abs($1)) }
      func clean(_ y: [Double]) -> [Double] { y.map { abs($0) <= cut * size ? 0 : $0 } }
      if let face = ExposedFace(
        program, equality: clean(found.evidence.equality),
        inequality: clean(found.evidence.inequality.map { max($0, 0) }))
      {
        let kept = Set(face.kept)
        if lost.indices.allSatisfy({ !lost[$0] || !kept.contains($0) }) { return face }
      }
    }
    return nil
  }
}

extension Loop {
  /// The best answer with the record of the whole run, and with its face where its multipliers are unbounded.
  func examinedAnswer() -> Answer? {
    guard var answer = answer() else { return nil }
    guard !isPhase, answer.certificate.isFeasible, !budget.shouldStop() else { return answer }
    let quiet = SolveOptions(seed: options.seed, shouldStop: { [budget] in budget.shouldStop() })
    guard let face = BoundarySearch.face(of: answer, in: original, options: quiet) else { return answer }
    answer.face = face
    if !answer.flags.contains(.boundary) { answer.flags.append(.boundary) }
    return answer
  }
}
