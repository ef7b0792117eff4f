#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a function behaves towards an end: |x|^power times a coefficient that is known within an interval.
///
/// Plain intervals lose x^2 - 4 x on [R, inf), where both terms are unbounded; with the highest power taken out it is
/// x^2 [1 - 4 / R, 1]. Near 0 the lowest power is taken out.
struct FormulaEnd {
  /// Which numbers: |x| >= size, or 0 < |x| <= size, of one sign.
  struct Place {
    let isFar: Bool
    let isNegative: Bool
    let size: Double

    /// The cell as an end; nil for other cells.
    init?(_ cell: Interval) {
      if cell.lower > 0, cell.upper == .infinity {
        (isFar, isNegative, size) = (true, false, cell.lower)
      } else if cell.upper < 0, cell.lower == -.infinity {
        (isFar, isNegative, size) = (true, true, -cell.upper)
      } else if cell.lower == 0, cell.upper.isFinite {
        (isFar, isNegative, size) = (false, false, cell.upper)
      } else if cell.upper == 0, cell.lower.isFinite {
        (isFar, isNegative, size) = (false, true, -cell.lower)
      } else {
        return nil
      }
    }

    /// |x|^r over the place.
    func powers(_ r: Double) -> Interval {
      if r == 0 { return Interval(1) }
      let edge = Interval(size).power(r) ?? .line
      // Grows towards infinity, or falls to 0.
      return isFar == (r > 0) ? Interval(edge.lower, .infinity) : Interval(0, edge.upper)
    }

    /// The power that dominates.
    func leading(_ p: Double, _ q: Double) -> Double { isFar ? max(p, q) : min(p, q) }
  }

  let power: Double
  let coefficient: Interval

  init(_ power: Double, _ coefficient: Interval) {
    self.power = power
    self.coefficient = coefficient
  }

  /// The coefficient at another power that dominates this one.
  func coefficient(at leading: Double, _ place: Place) -> Interval {
    power == leading || coefficient.isZero ? coefficient : coefficient * place.powers(power - leading)
  }

  /// Bounds of the function over the place.
  func bounds(_ place: Place) -> Interval { coefficient * place.powers(power) }

  static func combined(
    _ a: FormulaEnd, _ b: FormulaEnd, _ place: Place, _ operation: (Interval, Interval) -> Interval
  ) -> FormulaEnd {
    let leading =
      a.coefficient.isZero ? b.power : b.coefficient.isZero ? a.power : place.leading(a.power, b.power)
    return FormulaEnd(
      leading, operation(a.coefficient(at: leading, place), b.coefficient(at: leading, place)))
  }

  func raised(_ r: Double) -> FormulaEnd? { coefficient.power(r).map { FormulaEnd(power * r, $0) } }

  func applying(_ function: OutcomeFormula.Function, _ place: Place) -> FormulaEnd? {
    switch function {
    case .abs: return FormulaEnd(power, coefficient.magnitude)
    case .sqrt: return raised(0.5)
    case .log: return logarithm(place)
    case .exp: return exponential(place)
    case .expm1:
      return exponential(place).map { FormulaEnd.combined($0, FormulaEnd(0, Interval(-1)), place, +) }
    case .log1p: return FormulaEnd.combined(self, FormulaEnd(0, Interval(1)), place, +).logarithm(place)
    default: return nil
    }
  }

  /// An exponential that grows exceeds the eighth power: exp(c |x|^p) |x|^(-8) is least at the edge of the place, where
  /// c |p| |x|^p is at least 8. (Near 0 the signs of p and of the eighth power are turned.)
  private func exponential(_ place: Place) -> FormulaEnd? {
    guard coefficient.lower > 0, place.isFar == (power > 0), power != 0 else { return nil }
    let edge = (coefficient * (Interval(place.size).power(power) ?? .line)).lower
    guard edge * abs(power) >= 8 else { return nil }
    let eighth = place.isFar ? 8.0 : -8
    let least = Interval(edge).exponential * (Interval(place.size).power(-eighth) ?? Interval(0, .infinity))
    return FormulaEnd(eighth, Interval(max(least.lower, 0), .infinity))
  }

  /// log(|x|^p c) = p log |x| + log c, and |log |x|| <= |x|^(1/4) far out, <= |x|^(-1/4) near 0, times a number.
  private func logarithm(_ place: Place) -> FormulaEnd? {
    guard coefficient.lower > 0, coefficient.upper < .infinity, let inner = coefficient.logarithm else {
      return nil
    }
    if power == 0 { return FormulaEnd(0, inner) }
    guard place.isFar ? place.size >= 60 : place.size <= 1.0 / 60 && place.size > 0 else { return nil }
    let r = place.isFar ? 0.25 : -0.25
    // |log t| t^(-1/4) falls from here on.
    let most = (abs(log(place.size)) * pow(place.size, -r)) * (1 + 1e-12)
    let own = Interval(power) * (place.isFar ? Interval(0, most) : Interval(-most, 0))
    return FormulaEnd(r, own + inner * place.powers(-r))
  }
}

extension OutcomeFormula {
  /// The behaviour towards an end; nil where it is not found. `plain` are the enclosures by plain intervals.
  func end(_ place: FormulaEnd.Place) -> FormulaEnd? {
    var ends: [FormulaEnd?] = []
    for step in steps {
      func two(_ i: Int, _ j: Int, _ f: (FormulaEnd, FormulaEnd) -> FormulaEnd?) -> FormulaEnd? {
        ends[i].flatMap { a in ends[j].flatMap { f(a, $0) } }
      }
      switch step {
      case .variable: ends.append(FormulaEnd(1, Interval(place.isNegative ? -1 : 1)))
      case .constant(let c): ends.append(FormulaEnd(0, Interval(c)))
      case .sum(let i, let j): ends.append(two(i, j) { FormulaEnd.combined($0, $1, place, +) })
      case .product(let i, let j):
        ends.append(two(i, j) { FormulaEnd($0.power + $1.power, $0.coefficient * $1.coefficient) })
      case .quotient(let i, let j):
        ends.append(two(i, j) { FormulaEnd($0.power - $1.power, $0.coefficient / $1.coefficient) })
      case .power(let i, let r): ends.append(ends[i].flatMap { $0.raised(r) })
      case .maximum(let i, let j):
        ends.append(
          two(i, j) { a, b in
            FormulaEnd.combined(a, b, place) { Interval(max($0.lower, $1.lower), max($0.upper, $1.upper)) }
          })
      case .apply(let f, let i):
        if let end = ends[i].flatMap({ $0.applying(f, place) }) {
          ends.append(end)
        } else {
          // Bounded functions, and exponentials that fall.
          let bounds = ends[i]?.bounds(place)
          let image = bounds.flatMap { FormulaJet($0, .line, .line).applying(f)?.value }
          ends.append(image.flatMap { $0.isBounded ? FormulaEnd(0, $0) : nil })
        }
      }
    }
    return ends.last ?? nil
  }
}
