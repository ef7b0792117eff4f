import EntropicFlows
import EntropicModel

// density(from, to, points=n): cell masses on a grid, with the midpoints of the cells as outcomes.
extension UnknownDeclaration {
  static let density = Builtin(
    "density", "from, to, points=, [ends=]", .unknowns,
    "a free density on a grid: the masses of equal cells, outcomes are their midpoints; in the plane from, to and "
      + "points are pairs; ends=\"periodic\" closes the grid")

  func density(_ call: BuiltinCall) throws(SpecError) -> Result {
    let from = try call.constant("from")
    let to = try call.constant("to")
    let points = try call.constant("points")
    let width = max(from.values.count, 1)
    for (parameter, value) in [("from", from), ("to", to), ("points", points)] {
      guard value.shape == from.shape, value.shape.isEmpty || value.shape == [2] else {
        throw call.failure(
          .shapeMismatch, at: parameter,
          "\(parameter) is \(shapeText(value.shape)) (expected a number, or in the plane a list of two)",
          hint: "density(-4, 4, points=200) or density([-4, -4], [4, 4], points=[80, 80])")
      }
    }
    let ends = try ends(call)
    var counts: [Int] = []
    for value in points.values {
      guard let count = Int(exactly: value), count > 0 else {
        throw call.failure(
          .notPositiveInteger, at: "points",
          "\(numberText(value)) cells (expected a positive whole number)")
      }
      counts.append(count)
    }
    try checkSize(counts, call, at: "points")
    let grid: Grid
    do throws(FlowError) {
      var axes: [GridAxis] = []
      for k in 0..<width {
        axes.append(try GridAxis(from: from.values[k], to: to.values[k], cells: counts[k], ends: ends))
      }
      grid = axes.count == 2 ? try Grid(axes[0], axes[1]) : Grid(axes[0])
    } catch {
      let isCount = if case .cells = error { true } else { false }
      throw call.failure(.valueOutOfRange, at: isCount ? "points" : "to", error.message)
    }
    let n = grid.count
    let outcomes =
      width == 1
      ? ConstantArray(shape: [n], values: grid.axes[0].midpoints)
      : ConstantArray(shape: [n, 2], values: (0..<n).flatMap { grid.point($0) })
    var result = try made(.simplex, [n], 1, outcomes: outcomes)
    result.grid = grid
    return result
  }

  private func ends(_ call: BuiltinCall) throws(SpecError) -> GridAxis.Ends {
    guard let argument = call.argument("ends") else { return .reflecting }
    switch argument.value {
    case .text("reflecting"): return .reflecting
    case .text("periodic"): return .periodic
    default:
      throw call.failure(
        .invalidArgument, at: "ends", "no such ends (expected \"reflecting\" or \"periodic\")")
    }
  }
}

extension Elaboration {
  /// The masses of a start that is given as a function of the outcomes: a density without its normalisation.
  ///
  /// - Returns: nil when the start is no function.
  func density(
    _ start: ObjectiveFile.DataEntry, _ formula: FormulaValue, named name: String,
    in scope: ElaborationScope
  ) throws(SpecError) -> [Double]? {
    guard case .expression(let syntax) = start.value, syntax.kind(of: syntax.root) == .lambda else {
      return nil
    }
    let evaluator = ExpressionEvaluator(syntax, in: scope, for: .constants("starting points"))
    let value = try evaluator.overOutcomes(
      try evaluator.value(), syntax.root, of: .formula(formula), syntax.root)
    guard case .constant(let array) = try evaluator.array(value, syntax.root) else { return nil }
    for (i, p) in array.values.enumerated() where !(p >= 0 && p.isFinite) {
      throw evaluator.failure(
        p < 0 ? .negativeMass : .nonFiniteValue, at: syntax.root,
        "the start of \(name) is \(numberText(p)) at outcome \(i + 1) (expected at least 0)")
    }
    let top = array.values.max() ?? 0
    guard top > 0 else {
      throw evaluator.failure(
        .unnormalisedLaw, at: syntax.root, "the start of \(name) is 0 at every outcome",
        hint: "a start is a density up to a constant, such as x -> exp(-x^2)")
    }
    let scaled = array.values.map { $0 / top }
    let total = scaled.reduce(0, +)
    return scaled.map { $0 / total }
  }
}
