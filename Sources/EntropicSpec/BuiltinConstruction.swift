import EntropicModel
import EntropicNumerics

extension Builtin {
  static let construction: [Builtin] = [
    Builtin(
      "range", "from, to, points", .construction, "points equally spaced numbers, both ends among them"
    ) { (call) throws(SpecError) in
      let from = try call.number("from", expected: "a finite number") { $0.isFinite }
      let to = try call.number("to", expected: "a finite number") { $0.isFinite }
      let count = try call.positiveInteger("points")
      try call.checkSize([count])
      if count == 1, from != to {
        throw call.failure(
          .valueOutOfRange, at: "points", "one point cannot be both ends (expected at least 2)")
      }
      if count == 1 { return .constant(ConstantArray(shape: [1], values: [from])) }
      let last = Double(count - 1)
      guard (to - from).isFinite else {
        throw call.failure(.valueOutOfRange, at: "to", "the interval is too long")
      }
      // One rounding where the ends are whole numbers: every point is the double nearest to it.
      let values = (0..<count).map { i -> Double in
        let (left, right) = (from * Double(count - 1 - i), to * Double(i))
        let sum = left + right
        return sum.isFinite ? sum / last : from * (Double(count - 1 - i) / last) + to * (Double(i) / last)
      }
      return .constant(ConstantArray(shape: [count], values: values))
    },
    Builtin("uniform", "n, [m]", .construction, "equal masses that sum to one: 1 / n") {
      (call) throws(SpecError) in
      var shape = [try call.positiveInteger("n")]
      if call.has("m") { shape.append(try call.positiveInteger("m")) }
      try call.checkSize(shape)
      let count = shape.reduce(1, *)
      return .constant(
        ConstantArray(shape: shape, values: [Double](repeating: 1 / Double(count), count: count)))
    },
    Builtin(
      "outer", "x, y, [function]", .construction,
      "the matrix of function(x_i, y_j), one row an entry of x; without a function the products"
    ) { (call) throws(SpecError) in try call.outer() },
    Builtin(
      "powers", "x, k, [from=]", .construction,
      "the matrix with the columns x^1 ... x^k, one row an entry of x; from=0 begins with the column of ones"
    ) { (call) throws(SpecError) in
      let x = try call.vector("x")
      let last = try call.positiveInteger("k")
      let first = call.has("from") ? try call.number("from", expected: "0 or 1") { $0 == 0 || $0 == 1 } : 1
      let width = last + (first == 0 ? 1 : 0)
      try call.checkSize([x.count, width])
      var values: [Double] = []
      values.reserveCapacity(x.count * width)
      for value in x {
        var power = first == 0 ? 1 : value
        for _ in 0..<width {
          values.append(power)
          power *= value
        }
      }
      return .constant(
        try call.evaluator.checked(
          ConstantArray(shape: [x.count, width], values: values), call.node, fromFinite: true))
    },
    Builtin("diag", "v", .construction, "the diagonal matrix of a vector, or the diagonal of a matrix") {
      (call) throws(SpecError) in try call.diagonal()
    },
    Builtin("identity", "n", .construction, "the identity matrix") { (call) throws(SpecError) in
      let n = try call.positiveInteger("n")
      try call.checkSize([n, n])
      return .constant(ConstantArray(shape: [n, n], values: Matrix.identity(n).elements))
    },
    Builtin("rows", "X", .construction, "the list of the rows of a matrix, with their labels: X itself") {
      (call) throws(SpecError) in
      let x = try call.rectangle("X")
      return .array(x)
    },
    Builtin(
      "columns", "X", .construction, "the list of the columns of a matrix, with the header as labels: X'"
    ) {
      (call) throws(SpecError) in
      switch try call.rectangle("X") {
      case .constant(let x): return .constant(x.transposed)
      case .formula(let x): return try call.evaluator.wrapped(x.expression.transposed, call.node)
      }
    },
    Builtin(
      "concatenate", "x, [others...]", .construction,
      "vectors and numbers one after the other; matrices of one width one below the other"
    ) { (call) throws(SpecError) in try call.concatenated() },
    Builtin(
      "reshape", "x, n, [m], [k]", .construction, "the same entries, by rows, with other lengths of the axes"
    ) { (call) throws(SpecError) in
      let x = try call.array("x")
      var shape = [try call.positiveInteger("n")]
      for axis in ["m", "k"] where call.has(axis) { shape.append(try call.positiveInteger(axis)) }
      try call.checkSize(shape)
      guard shape.reduce(1, *) == x.count else {
        throw call.failure(
          .shapeMismatch, at: "n", "\(shapeText(shape)) for \(x.count) \(x.count == 1 ? "entry" : "entries")")
      }
      switch x {
      case .constant(let array): return .constant(ConstantArray(shape: shape, values: array.values))
      case .formula(let x): return try call.evaluator.wrapped(x.expression.reshaped(shape), call.node)
      }
    },
  ]
}

extension BuiltinCall {
  /// The entries of a vector of numbers.
  func vector(_ parameter: String) throws(SpecError) -> [Double] {
    let x = try constant(parameter)
    guard x.shape.count == 1 else {
      throw failure(
        .shapeMismatch, at: parameter, "\(text(of: parameter)) is \(shapeText(x.shape)) (expected a vector)")
    }
    return x.values
  }

  /// Numbers or a formula with two axes.
  func rectangle(_ parameter: String) throws(SpecError) -> ArrayValue {
    let x = try array(parameter)
    guard x.shape.count == 2 else {
      throw failure(
        .shapeMismatch, at: parameter, "\(text(of: parameter)) is \(shapeText(x.shape)) (expected a matrix)")
    }
    return x
  }

  fileprivate func outer() throws(SpecError) -> ElaborationValue {
    let x = try constant("x")
    let y = try constant("y")
    for (array, parameter) in [(x, "x"), (y, "y")] where array.shape.isEmpty || array.shape.count > 2 {
      throw failure(
        .shapeMismatch, at: parameter,
        "\(text(of: parameter)) is \(shapeText(array.shape)) (expected a vector)")
    }
    let (n, m) = (x.shape[0], y.shape[0])
    try checkSize([n, m], bytesPerEntry: 24)
    func argument(_ array: ConstantArray, _ pick: (Int) -> Int) -> OutcomeFunction.Argument {
      if array.shape.count == 1 { return .numbers((0..<n * m).map { array.values[pick($0)] }) }
      let width = array.shape[1]
      return .rows(
        ConstantArray(
          shape: [n * m, width],
          values: (0..<n * m).flatMap { array.values[pick($0) * width..<(pick($0) + 1) * width] }))
    }
    if x.shape.count == 2 || y.shape.count == 2 {
      let width = max(x.shape.count == 2 ? x.shape[1] : 1, y.shape.count == 2 ? y.shape[1] : 1)
      try checkSize([n, m, width], bytesPerEntry: 16)
    }
    guard let given = self.argument("function") else {
      guard x.shape.count == 1, y.shape.count == 1 else {
        throw failure(.shapeMismatch, at: "x", "products need vectors", hint: "give a function of the rows")
      }
      let values = x.values.flatMap { a in y.values.map { a * $0 } }
      return .constant(
        try evaluator.checked(
          ConstantArray(shape: [n, m], values: values), node, fromFinite: x.isFinite && y.isFinite))
    }
    guard case .function(let function) = given.value, function.names.count == 2 else {
      throw failure(
        .invalidArgument, at: "function", "\(given.value.kind) is no function of two arguments",
        hint: "write it as (a, b) -> a * b")
    }
    let arguments = [argument(x) { $0 / m }, argument(y) { $0 % m }]
    guard case .numbers(let result) = try function.applied(to: arguments, shape: [n, m], in: evaluator) else {
      throw failure(.invalidArgument, at: "function", "a condition is no number")
    }
    return .constant(result)
  }

  fileprivate func diagonal() throws(SpecError) -> ElaborationValue {
    let v = try array("v")
    switch v.shape.count {
    case 1:
      let n = v.count
      try checkSize([n, n], bytesPerEntry: v.isConstant ? 8 : 64)
      switch v {
      case .constant(let array):
        return .constant(ConstantArray(shape: [n, n], values: Matrix.diagonal(array.values).elements))
      case .formula(let formula):
        let spread = formula.expression.selected((0..<n * n).map { $0 / n }, shape: [n, n])
        return try evaluator.wrapped(Expression(Matrix.identity(n)) * spread, node)
      }
    case 2:
      let (n, width) = (min(v.shape[0], v.shape[1]), v.shape[1])
      let places = (0..<n).map { $0 * width + $0 }
      switch v {
      case .constant(let array):
        return .constant(ConstantArray(shape: [n], values: places.map { array.values[$0] }))
      case .formula(let formula):
        return try evaluator.wrapped(formula.expression.selected(places, shape: [n]), node)
      }
    default:
      throw failure(
        .shapeMismatch, at: "v", "\(text(of: "v")) is \(shapeText(v.shape)) (expected a vector or a matrix)")
    }
  }

  fileprivate func concatenated() throws(SpecError) -> ElaborationValue {
    var parts: [(value: ArrayValue, node: Int)] = []
    for argument in all("x") + all("others") {
      parts.append((try evaluator.array(argument.value, argument.node), argument.node))
    }
    let isMatrix = parts[0].value.shape.count == 2
    var rows = 0
    var width = 1
    for (k, part) in parts.enumerated() {
      let shape = part.value.shape
      if k == 0, isMatrix { width = shape[1] }
      guard isMatrix ? shape.count == 2 && shape[1] == width : shape.count <= 1 else {
        throw evaluator.failure(
          .shapeMismatch, at: part.node,
          "concatenate: found \(shapeText(shape)) (expected "
            + "\(isMatrix ? "a matrix with \(width) columns" : "vectors and numbers"))"
        )
      }
      rows += shape.first ?? 1
    }
    let shape = isMatrix ? [rows, width] : [rows]
    try checkSize(shape)
    if parts.allSatisfy(\.value.isConstant) {
      var values: [Double] = []
      for case (.constant(let array), _) in parts { values += array.values }
      return .constant(ConstantArray(shape: shape, values: values))
    }
    try checkSize([parts.count, rows, width], bytesPerEntry: 48)
    let flat = Expression.stacked(
      parts.map {
        $0.value.shape.count == 1 ? $0.value.expression : $0.value.expression.reshaped([$0.value.count])
      })
    return try evaluator.wrapped(isMatrix ? flat.reshaped(shape) : flat, node)
  }
}
