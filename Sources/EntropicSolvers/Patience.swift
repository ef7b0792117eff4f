/// When a method that another one can follow has had its chance.
///
///     second order   from 60 iterations on, a window of 15
///     first order    from 2000 iterations on, a window of 500
///
/// At the end of every window the bound of the method must be a tenth of what it was at its beginning.
struct Patience {
  private let first: Int
  private let window: Int
  private var best = Double.infinity
  private var mark = Double.infinity

  init(isSecondOrder: Bool) {
    first = isSecondOrder ? 60 : 2000
    window = first / 4
  }

  /// To be asked after every iteration.
  mutating func isOver(after iterations: Int, bound: Double) -> Bool {
    if bound < best { best = bound }
    guard iterations.isMultiple(of: window) else { return false }
    defer { mark = best }
    // Two bounds that say nothing are no progress either.
    return iterations >= first && !(best <= 0.1 * mark && best < .infinity)
  }
}
