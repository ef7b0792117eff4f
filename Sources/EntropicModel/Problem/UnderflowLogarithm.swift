import EntropicNumerics

extension Problem {
  /// Logarithms of the masses of an answer, also where the mass itself is below the smallest double.
  ///
  /// Where a mass has the term tau p log p and its bounds allow it to be positive, the optimum has no 0: the
  /// optimality condition tau (log p + 1) + c = nu, c the other slopes of the Lagrangian and nu the price of
  /// mass on its simplex, gives log p. nu comes from the masses that can be told from 0. -inf for a mass that
  /// is 0 for another reason. The logarithms are as right as the multipliers are.
  /// - Complexity: one gradient, and one pass over the rows; none where no mass is 0.
  public func logarithms(of answer: Answer) -> [Double] {
    let p = answer.point
    var logs = p.map { $0 > 0 ? Kernel.log($0) : -.infinity }
    let tau = program.objective.entropic
    let layout = program.layout
    guard !tau.isEmpty, p.indices.contains(where: { p[$0] == 0 && tau[$0] > 0 && layout.upper[$0] > 0 })
    else {
      return logs
    }
    var smooth = program
    smooth.objective.entropic = []
    let slopes = smooth.lagrangianGradient(answer.evidence, at: p)
    for slice in layout.simplices {
      var weight = 0.0
      var price = 0.0
      for i in slice.range where p[i] > layout.lower[i] && p[i] < layout.upper[i] && tau[i] > 0 {
        weight += p[i]
        price += p[i] * (tau[i] * (logs[i] + 1) + slopes[i])
      }
      guard weight > 0, price.isFinite else { continue }
      for i in slice.range where p[i] == 0 && tau[i] > 0 && layout.upper[i] > 0 {
        let log = (price / weight - slopes[i]) / tau[i] - 1
        if log.isFinite, log < UnderflowLogarithm.limit { logs[i] = log }
      }
    }
    return logs
  }
}

private enum UnderflowLogarithm {
  /// The logarithm of the smallest double, 2^-1074: above it 0 is not what rounding makes of a mass.
  static let limit = -744.44
}
