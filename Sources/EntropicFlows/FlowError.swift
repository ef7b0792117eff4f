/// Why a grid, a density, an energy or a flow cannot be formed: a code and its facts.
public enum FlowError: Error, Sendable, Equatable {
  /// The ends of an axis are not two finite numbers in order.
  case ends(from: Double, to: Double)
  /// An axis has too few cells (a periodic one needs three), or a grid too many.
  case cells(found: Int, least: Int, most: Int)
  /// A list does not have one entry a cell, a point or a coordinate.
  case count(what: String, found: Int, expected: Int)
  /// A number of the flow (time, step, temperature, exponent, bandwidth ...) is outside of its range.
  case parameter(name: String, value: Double, expected: String)
  /// The function is NaN, or infinite where that means nothing, at an entry counted from 0.
  case value(of: String, index: Int, value: Double)
  /// The masses are negative, not finite, or sum to 0.
  case masses(reason: String)
  /// Mass lies where the potential is infinite, so that the energy is.
  case massOnWall(index: Int)
  /// Every cell has an infinite potential.
  case noCell
  /// Neighbouring values of the potential differ by more than double precision can follow.
  case steep(index: Int, difference: Double)
  /// Terms of an energy that the flow asked for cannot treat together.
  case unsupported(String)
  /// Newton's method found no step of this flow, however short.
  case noStep(time: Double)

  /// The sentence for a reader.
  public var message: String {
    switch self {
    case .ends(let from, let to):
      "the axis runs from \(from) to \(to) (expected two finite numbers in order)"
    case .cells(let found, let least, let most): "\(found) cells (expected \(least) to \(most))"
    case .count(let what, let found, let expected): "\(what): \(found) entries (expected \(expected))"
    case .parameter(let name, let value, let expected): "\(name) is \(value) (expected \(expected))"
    case .value(let what, let index, let value): "\(what) is \(value) at entry \(index + 1)"
    case .masses(let reason): "the start is no distribution: \(reason)"
    case .massOnWall(let index):
      "the start has mass in cell \(index + 1), where the potential is infinite"
    case .noCell: "the potential is infinite in every cell"
    case .steep(let index, let difference):
      "the potential changes by \(difference) behind cell \(index + 1), more than this step can follow"
    case .unsupported(let reason): reason
    case .noStep(let time): "no step of the flow exists at time \(time)"
    }
  }
}
