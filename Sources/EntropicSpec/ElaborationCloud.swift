import EntropicFlows
import EntropicModel
import EntropicNumerics

/// `q: particles(n, dimension=d)`: how many particles in how many dimensions, and where they start.
package struct CloudDeclaration: Sendable {
  package let name: LocatedText
  package let count: Int
  package let dimension: Int
  /// The start under `start:`, a matrix with one particle a row; nil for draws from the standard normal law.
  let start: ObjectiveFile.DataEntry?
}

extension UnknownDeclaration {
  static let particles = Builtin(
    "particles", "n, [dimension=]", .unknowns,
    "n particles in d dimensions that follow a flow; they start as draws from the standard normal law, or at "
      + "the rows of 'start'")

  /// The declaration of particles; nil when another kind of unknown is declared.
  func cloud() throws(SpecError) -> CloudDeclaration? {
    let root = syntax.root
    guard syntax.kind(of: root) == .call, syntax.name(of: root) == "particles" else { return nil }
    let evaluator = ExpressionEvaluator(syntax, in: scope, for: .constants("unknowns"))
    let call = try call(Self.particles, evaluator)
    let count = try call.positiveInteger("n")
    let dimension = call.has("dimension") ? try call.positiveInteger("dimension") : 1
    try evaluator.checkSize([count, dimension], at: root, bytesPerEntry: 64)
    return CloudDeclaration(name: entry.name, count: count, dimension: dimension, start: entry.start)
  }
}

extension ExpressionEvaluator {
  /// The potential of expect(q, f), with gradients by differentiation of the body where the model knows its
  /// functions, otherwise by central differences.
  func particlePotential(
    _ function: OutcomeFunction, dimension: Int, at node: Int
  ) throws(SpecError) -> ParticlePotential {
    guard function.names.count == 1 || function.names.count == dimension else {
      throw failure(
        .shapeMismatch, at: node,
        "the function has \(function.names.count) arguments (expected \(dimension), or one vector)")
    }
    // What is wrong with the function wherever it is evaluated is told now.
    let trial = try values(
      of: function, at: (0..<dimension).map { k in [0.3, -0.8, 1.7].map { $0 + 0.01 * Double(k) } })
    guard trial.contains(where: \.isFinite) else {
      throw failure(
        .nonFiniteValue, at: node, "the potential is \(numberText(trial[0])) at every point that was tried")
    }
    if function.names.count == dimension, let found = try? pointwise(function, dimension, trial) {
      return found
    }
    // Unchecked: elaboration is over when the function is called, and names are only read.
    nonisolated(unsafe) let evaluator = self
    return ParticlePotential(dimension: dimension) { batch in
      let columns = (0..<dimension).map { k in
        Array(batch.points[(k * batch.count)..<((k + 1) * batch.count)])
      }
      func value(_ columns: [[Double]]) -> [Double] {
        (try? evaluator.values(of: function, at: columns))
          ?? [Double](repeating: .nan, count: batch.count)
      }
      for (i, v) in value(columns).enumerated() { batch.values[i] = v }
      for k in 0..<dimension {
        var (above, below) = (columns, columns)
        for i in 0..<batch.count {
          let h = 6e-6 * max(1, abs(columns[k][i]))
          above[k][i] += h
          below[k][i] -= h
        }
        let (up, down) = (value(above), value(below))
        for i in 0..<batch.count {
          batch.gradients[k * batch.count + i] = (up[i] - down[i]) / (above[k][i] - below[k][i])
        }
      }
    }
  }

  /// The function at points, one list a coordinate.
  private func values(of function: OutcomeFunction, at columns: [[Double]]) throws(SpecError) -> [Double] {
    let count = columns[0].count
    let arguments: [OutcomeFunction.Argument] =
      function.names.count == columns.count
      ? columns.map { .numbers($0) }
      : [
        .rows(
          ConstantArray(
            shape: [count, columns.count], values: (0..<count).flatMap { i in columns.map { $0[i] } }))
      ]
    guard case .numbers(let array) = try function.applied(to: arguments, shape: [count], in: self) else {
      throw failure(
        .invalidArgument, at: function.body, "a condition is no potential (expected a number)")
    }
    return array.values
  }

  /// Particles that are worked on at once.
  private static let lanes = 64

  /// The body on lists of coordinates, one entry a particle: the gradient of the sum is the gradient at every
  /// particle.
  private func pointwise(
    _ function: OutcomeFunction, _ dimension: Int, _ trial: [Double]
  ) throws(SpecError) -> ParticlePotential? {
    let lanes = Self.lanes
    let variables = function.names.map { Unknown.simplex(lanes, name: $0) }
    var inner = ExpressionEvaluator(function.syntax, in: scope, for: .formula)
    inner.bindings = function.bindings
    for variable in variables {
      inner.bindings[variable.name] = .array(.formula(FormulaValue(Expression(variable))))
    }
    inner.depth = function.depth + 1
    let body = try inner.array(of: function.body)
    guard body.shape == [lanes] else { return nil }
    let whole = Evaluation(body.expression)
    let sum = Evaluation(EntropicModel.sum(body.expression))
    let order = whole.unknowns.map { unknown in variables.firstIndex(of: unknown) ?? 0 }
    let places = sum.unknowns.map { unknown in variables.firstIndex(of: unknown) ?? 0 }
    let potential = ParticlePotential(dimension: dimension) { batch in
      for first in stride(from: 0, to: batch.count, by: lanes) {
        let filled = min(lanes, batch.count - first)
        let columns = (0..<dimension).map { k in
          (0..<lanes).map { batch.points[k * batch.count + first + min($0, filled - 1)] }
        }
        let values = whole.value(order.map { columns[$0] })
        let slopes = sum.gradient(places.map { columns[$0] }).gradient
        for i in 0..<filled { batch.values[first + i] = i < values.count ? values[i] : .nan }
        for k in 0..<dimension {
          for i in 0..<filled { batch.gradients[k * batch.count + first + i] = 0 }
        }
        for (slope, k) in zip(slopes, places) where slope.count == lanes {
          for i in 0..<filled { batch.gradients[k * batch.count + first + i] = slope[i] }
        }
      }
    }
    // Functions of masses may be defined for positive arguments only: then the numbers disagree.
    let points = (0..<3).map { i in (0..<dimension).map { k in [0.3, -0.8, 1.7][i] + 0.01 * Double(k) } }
    guard let matrix = try? Cloud(Matrix(rows: 3, columns: dimension, elements: points.flatMap { $0 })) else {
      return nil
    }
    let found = potential.evaluated(at: matrix)
    for (a, b) in zip(found.values, trial) where !(abs(a - b) <= 1e-9 * (1 + abs(b))) { return nil }
    return found.gradients.allSatisfy(\.isFinite) ? potential : nil
  }
}
