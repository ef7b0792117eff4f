/// Enclosures of a function and its first two derivatives on an interval.
///
/// Where the function has a corner, the slope holds both sides, and the curvature holds the jump: it is then known from
/// one side only (a corner of a maximum bends upwards).
struct FormulaJet {
  var value: Interval
  var slope: Interval
  var curvature: Interval

  init(_ value: Interval, _ slope: Interval, _ curvature: Interval) {
    self.value = value
    self.slope = slope
    self.curvature = curvature
  }

  static func constant(_ c: Double) -> FormulaJet { FormulaJet(Interval(c), .zero, .zero) }

  static func + (a: FormulaJet, b: FormulaJet) -> FormulaJet {
    FormulaJet(a.value + b.value, a.slope + b.slope, a.curvature + b.curvature)
  }

  static func * (a: FormulaJet, b: FormulaJet) -> FormulaJet {
    FormulaJet(
      a.value * b.value, a.slope * b.value + a.value * b.slope,
      a.curvature * b.value + Interval(2) * (a.slope * b.slope) + a.value * b.curvature)
  }

  /// g(u): value, g' and g'' on the values of u.
  func through(_ value: Interval, _ first: Interval, _ second: Interval) -> FormulaJet {
    let square = slope.power(2) ?? .line
    return FormulaJet(value, first * slope, second * square + first * curvature)
  }

  func power(_ r: Double) -> FormulaJet? {
    if r == 1 { return self }
    guard let whole = value.power(r) else { return nil }
    let first = r == 0 ? .zero : value.power(r - 1).map { Interval(r) * $0 }
    let second = r == 0 || r == 1 ? .zero : value.power(r - 2).map { Interval(r * (r - 1)) * $0 }
    return through(whole, first ?? .line, second ?? .line)
  }

  /// The larger of two functions.
  static func maximum(_ a: FormulaJet, _ b: FormulaJet) -> FormulaJet {
    if a.value.lower >= b.value.upper { return a }
    if b.value.lower >= a.value.upper { return b }
    let value = Interval(max(a.value.lower, b.value.lower), max(a.value.upper, b.value.upper))
    // Where they meet the slope jumps up.
    let curvature = Interval(min(a.curvature.lower, b.curvature.lower), .infinity)
    return FormulaJet(value, a.slope.joined(b.slope), curvature)
  }

  func applying(_ function: OutcomeFormula.Function) -> FormulaJet? {
    switch function {
    case .log: return logarithm
    case .log1p: return (self + .constant(1)).logarithm
    case .exp:
      let e = value.exponential
      return through(e, e, e)
    case .expm1: return applying(.exp).map { $0 + .constant(-1) }
    case .sqrt: return power(0.5)
    case .abs: return FormulaJet.maximum(self, self * .constant(-1))
    case .sin: return through(value.sine, value.cosine, -value.sine)
    case .cos: return through(value.cosine, -value.sine, -value.cosine)
    case .tanh:
      let t = value.hyperbolicTangent
      let slope = Interval(1) - (t.power(2) ?? .line)
      return through(t, Interval(max(slope.lower, 0), slope.upper), Interval(-2) * t * slope)
    }
  }

  private var logarithm: FormulaJet? {
    guard let whole = value.logarithm else { return nil }
    let inverse = value.reciprocal
    return through(whole, inverse, -(inverse.power(2) ?? .line))
  }
}

extension OutcomeFormula {
  /// Enclosures on an interval; nil where the function is not defined on all of it.
  func jet(_ x: Interval) -> FormulaJet? {
    var jets: [FormulaJet] = []
    jets.reserveCapacity(steps.count)
    for step in steps {
      let jet: FormulaJet?
      switch step {
      case .variable: jet = FormulaJet(x, Interval(1), .zero)
      case .constant(let c): jet = .constant(c)
      case .sum(let i, let j): jet = jets[i] + jets[j]
      case .product(let i, let j): jet = jets[i] * jets[j]
      case .quotient(let i, let j): jet = jets[j].power(-1).map { jets[i] * $0 }
      case .power(let i, let r): jet = jets[i].power(r)
      case .maximum(let i, let j): jet = FormulaJet.maximum(jets[i], jets[j])
      case .apply(let f, let i): jet = jets[i].applying(f)
      }
      guard let jet else { return nil }
      jets.append(jet)
    }
    return jets.last
  }
}
