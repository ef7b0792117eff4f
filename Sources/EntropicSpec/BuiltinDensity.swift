import EntropicFlows
import EntropicModel
import EntropicNumerics

extension Builtin {
  /// Functionals of densities on grids.
  static let densities: [Builtin] = [
    Builtin(
      "internal_energy", "p, power", .information,
      "the integral of p^power / (power - 1) of a density on a grid: the energy of a porous medium",
      curvature: "convex", domain: "power > 0, not 1"
    ) { (call) throws(SpecError) in
      let p = try call.law("p")
      let grid = try call.grid("p")
      let power = try call.number("power", expected: "a positive number other than 1") {
        $0 > 0 && $0 != 1 && $0 <= 100
      }
      // The sum of h (m / h)^power / (power - 1); the order of Tsallis has 1 / (power - 1) taken off.
      let scale = Kernel.exp((1 - power) * Kernel.log(grid.cellVolume))
      let sum = Expression(1 / (power - 1)) - EntropicModel.tsallis(p.expression, order: power)
      return try call.result(sum * Expression(scale), from: [p])
    },
    Builtin(
      "interaction", "p, W", .moments,
      "half the mean of W(x - y) over pairs of independent outcomes of a density on a grid; the even part of W counts",
      curvature: "convex where W is positive definite"
    ) { (call) throws(SpecError) in
      let p = try call.law("p")
      let grid = try call.grid("p")
      let kernel = try call.pairs("W", of: grid)
      return try call.result(
        EntropicModel.quadratic(p.expression, kernel) * Expression(0.5), from: [p])
    },
  ]
}

extension BuiltinCall {
  /// The grid of a density.
  func grid(_ parameter: String) throws(SpecError) -> Grid {
    if case .formula(let formula) = try array(parameter), let grid = formula.grid { return grid }
    throw failure(
      .invalidArgument, at: parameter, "\(text(of: parameter)) is no density on a grid",
      hint: "declare it as density(from, to, points=n)")
  }

  /// W at the displacements of all pairs of cells, made even.
  func pairs(_ parameter: String, of grid: Grid) throws(SpecError) -> Matrix {
    let n = grid.count
    try checkSize([n, n], bytesPerEntry: 24)
    let argument = try required(parameter)
    guard case .function(let function) = argument.value else {
      throw failure(
        .invalidArgument, at: parameter, "expected a function of the displacement, as z -> z^2 / 2")
    }
    let width = grid.dimension
    guard function.names.count == 1 || function.names.count == width else {
      throw failure(
        .shapeMismatch, at: parameter,
        "the function has \(function.names.count) arguments (expected \(width))")
    }
    // Displacements by numbers of cells, along each axis from 1 - n to n - 1.
    let spans = grid.axes.map { axis in
      ((1 - axis.cells)..<axis.cells).map { k -> Double in
        let wraps = axis.ends == .periodic && 2 * Swift.abs(k) > axis.cells
        return Double(wraps ? k - k.signum() * axis.cells : k) * axis.width
      }
    }
    let inner = width == 2 ? spans[1].count : 1
    let count = spans[0].count * inner
    let columns = (0..<width).map { a in
      (0..<count).map { spans[a][width == 1 ? $0 : (a == 0 ? $0 / inner : $0 % inner)] }
    }
    let arguments: [OutcomeFunction.Argument] =
      function.names.count == width
      ? columns.map { .numbers($0) }
      : [
        .rows(
          ConstantArray(
            shape: [count, width], values: (0..<count).flatMap { k in columns.map { $0[k] } }))
      ]
    guard case .numbers(let values) = try function.applied(to: arguments, shape: [count], in: evaluator)
    else {
      throw failure(.invalidArgument, at: parameter, "a condition is no interaction (expected a number)")
    }
    if let bad = values.values.firstIndex(where: { !$0.isFinite }) {
      throw failure(
        .nonFiniteValue, at: parameter,
        "W is \(numberText(values.values[bad])) at the displacement \(numberText(columns[0][bad]))")
    }
    let table = (0..<count).map { 0.5 * (values.values[$0] + values.values[count - 1 - $0]) }
    let m = width == 2 ? grid.axes[1].cells : 1
    var matrix = Matrix(rows: n, columns: n)
    for i in 0..<n {
      for j in 0..<n {
        let a = j / m - i / m + grid.axes[0].cells - 1
        let b = j % m - i % m + m - 1
        matrix[i, j] = table[a * inner + (width == 2 ? b : 0)]
      }
    }
    return matrix
  }
}
