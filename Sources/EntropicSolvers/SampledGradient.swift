import EntropicNumerics

/// A convex function that is known by samples only: F(p) = E f(p, xi).
///
/// A draw at p returns f(p, xi) and a subgradient of f(., xi) at p, for a fresh xi from the generator. Both
/// must be unbiased, draws must be independent, and all randomness must come from the generator. Convexity of
/// F is believed.
public struct SampledGradient: Sendable {
  public struct Sample: Sendable {
    public var value: Double
    /// One number a mass.
    public var gradient: [Double]

    public init(value: Double, gradient: [Double]) {
      self.value = value
      self.gradient = gradient
    }
  }

  public let name: String
  /// How far apart two draws of f + g_i - <g, p> (with mass 1), or of f, can be; nil when it is not known.
  ///
  /// With it the error bars hold for every number of draws; without it they rest on the central limit
  /// theorem.
  public let range: Double?
  public let draw: @Sendable (_ p: [Double], _ generator: inout SeededGenerator) -> Sample

  public init(
    name: String = "sampled", range: Double? = nil,
    draw: @escaping @Sendable (_ p: [Double], _ generator: inout SeededGenerator) -> Sample
  ) {
    self.name = name
    self.range = range
    self.draw = draw
  }
}
