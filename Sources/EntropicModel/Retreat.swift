import EntropicNumerics

// What a convex constraint costs the upper end. The rows of a program have bands theta (|b| + sum |a| p), and the effect of
// a band on the optimum is its width times the multiplier, to first order. A convex constraint may have an infinite
// multiplier: `kl(p, q) <= 0` within a band of 1e-14 lets p move by 1e-7. So a point counts only where it satisfies the
// constraint for all data in the band, and a point that does not is moved towards one that does:
//
//     z = (1 - t) p + t s,   t = max_j e_j / (e_j + m_j),   g_j(p) = c_j + e_j,   g_j(s) = c_j - m_j
//
// is feasible because g_j is convex, and F(z) <= F(p) + t (F(s) - F(p)) because F is. This holds for changes of any size.
// Without such a point s nothing is claimed. Polyhedral constraints keep the rule of the rows.

extension ConvexConstraint {
  /// theta (|c| + sum |summands|)
  func band(_ left: Functional.Evaluation) -> Double {
    dataUncertainty * (abs(bound) + left.magnitude)
  }

  /// How far the left side at a point may be above the bound for some data in the band.
  func excess(_ left: Functional.Evaluation) -> Double {
    guard left.value < .infinity, left.error < .infinity else { return .infinity }
    return left.value - bound + band(left) + left.error
  }
}

extension Program {
  /// How far every curved constraint may be above its bound at p for some data in the band; at most 0 where it holds for
  /// all of them, and always 0 for polyhedral constraints.
  public func convexExcess(_ p: [Double]) -> [Double] {
    convex.map { $0.functional.isPolyhedral ? 0 : $0.excess($0.functional.evaluate(p)) }
  }

  /// What the objective may rise by on the way from p to a point that satisfies the convex constraints for all data in
  /// the band; +inf when no such point is known.
  func retreat(from p: [Double], _ value: Functional.Evaluation, tangent: [Double]?) -> Double {
    let needs = convexExcess(p)
    if needs.allSatisfy({ $0 <= 0 }) { return 0 }
    var least = Double.infinity
    for s in [normalised(layout.centre())] + (tangent.map { [normalised($0)] } ?? []) where isFeasible(s) {
      let there = objective.evaluate(s)
      guard there.value < .infinity else { continue }
      var t = 0.0
      for (need, room) in zip(needs, convexExcess(s)) where need > 0 {
        t = max(t, room < 0 ? need / (need - room) : .infinity)
      }
      guard t <= 1 else { continue }
      let rise = there.value + there.error - value.value
      least = min(least, max(0, t * rise * (1 + 0x1p-40)))
    }
    return least
  }
}

extension Functional {
  /// True for maxima and absolute values of affine functions: the effect of a bound is then piecewise linear.
  public var isPolyhedral: Bool {
    entropic.isEmpty && barrier.isEmpty && powers.isEmpty && conditionals.isEmpty && information.isEmpty
      && smooth.isEmpty
      && composites.allSatisfy {
        switch $0.outer {
        case .absolute, .maximum: true
        default: false
        }
      } && maxima.allSatisfy { $0.parts.allSatisfy(\.isPolyhedral) }
  }
}
