import EntropicModel

/// The methods by name.
public enum Catalogue {
  /// A method with what a user is told about it.
  public struct Entry: Sendable {
    /// The method with its default parameters.
    public let method: any Method
    /// One sentence.
    public let summary: String
    /// Words that may stand in brackets behind the name.
    public let arguments: [String]
    /// Other names that mean the same method.
    public let aliases: [String]
    /// False for methods that run only when they are asked for.
    public let isAutomatic: Bool
    let make: @Sendable (String) -> (any Method)?

    init(
      _ method: any Method, _ summary: String, arguments: [String] = [], aliases: [String] = [],
      isAutomatic: Bool = true, make: @escaping @Sendable (String) -> (any Method)? = { _ in nil }
    ) {
      self.method = method
      self.summary = summary
      self.arguments = arguments
      self.aliases = aliases
      self.isAutomatic = isAutomatic
      self.make = make
    }
  }

  /// In the order in which the automatic choice considers them.
  public static let entries: [Entry] = [
    Entry(ClosedForm(), "a vertex, a softmax, a sparse projection or one scalar root; no iteration"),
    Entry(
      Isotonic(),
      "laws with a shape: pools of equal masses in linear time, Newton's method for a few rows beside them"),
    Entry(
      DualNewton(),
      "entropy or relative entropy with linear rows: Newton's method on the dual, one variable a row"),
    Entry(OutputMarginal(), "rate-distortion: the channel in closed form, the output law as a log-mixture"),
    Entry(
      SupportNewton(),
      "mixtures, portfolios, designs, capacities, quadratics: Newton's method on the support, prices for the rest"
    ),
    Entry(InteriorPoint(), "primal-dual interior point for every convex problem with second derivatives"),
    Entry(
      MirrorDescent(), "mirror descent with backtracking, for anything with a value and a gradient",
      arguments: Geometry.words, make: { Geometry.named($0).map { MirrorDescent($0) } }),
    Entry(
      AugmentedLagrangian(),
      "multipliers and a penalty for rows and convex constraints, values and gradients only",
      arguments: Geometry.words, isAutomatic: false,
      make: { Geometry.named($0).map { AugmentedLagrangian($0) } }),
    Entry(
      ProjectedDescent(), "projection of spectral gradient steps onto the simplex, exact zeros",
      isAutomatic: false),
    Entry(
      AcceleratedMirrorDescent(), "mirror descent with momentum and restarts, for flat smooth problems",
      arguments: Geometry.words, isAutomatic: false,
      make: { Geometry.named($0).map { AcceleratedMirrorDescent($0) } }),
    Entry(
      MirrorProx(), "saddle points: kinks are maxima, and both players look ahead before they move",
      arguments: ["optimistic"], isAutomatic: false,
      make: { $0 == "optimistic" ? MirrorProx(optimistic: true) : nil }),
    Entry(
      RegretMatching(), "bilinear games: regrets of both players, no step size", isAutomatic: false),
    Entry(
      DualAveraging(), "summed subgradients with a rate that tunes itself, for anything convex",
      isAutomatic: false),
    Entry(
      StochasticMirrorDescent(),
      "sums over very many rows by sampling: an interval with a confidence, no proof",
      arguments: ["reduced"], isAutomatic: false,
      make: { $0 == "reduced" ? StochasticMirrorDescent(reducesVariance: true) : nil }),
    Entry(
      FaceNewton(), "Newton's method on the face that carries the answer, from the point of another method",
      isAutomatic: false),
    Entry(
      KLProximal(),
      "proximal points in relative entropy: exact linear programmes, and anything convex by steps",
      isAutomatic: false),
    Entry(
      ExpectationMaximisation(), "the EM algorithm for log-mixtures, accelerated under a safeguard",
      arguments: Acceleration.words, isAutomatic: false,
      make: { Acceleration(rawValue: $0).map { ExpectationMaximisation($0) } }),
    Entry(
      BlahutArimoto(), "capacity and rate-distortion by multiplicative steps, accelerated under a safeguard",
      arguments: Acceleration.words, isAutomatic: false,
      make: { Acceleration(rawValue: $0).map { BlahutArimoto($0) } }),
    Entry(
      ExponentialMultiplier(), "linear rows by exponential multipliers, smooth subproblems inside",
      isAutomatic: false),
    Entry(
      Dykstra(),
      "relative entropy: projections on one set after the other, Sinkhorn's algorithm for marginals",
      isAutomatic: false),
    Entry(
      FrankWolfe(), "search over the vertices of the set, with sparse points",
      arguments: FrankWolfe.Variant.allCases.map(\.rawValue), aliases: ["conditional-gradient"],
      isAutomatic: false, make: { FrankWolfe.Variant(rawValue: $0).map { FrankWolfe($0) } }),
  ]

  /// The methods with their default parameters.
  public static var methods: [any Method] { entries.map(\.method) }

  /// The method of a name, with an argument in brackets or without: `mirror-descent(burg)`.
  public static func named(_ text: String) -> (any Method)? {
    if let entry = entry(text) { return entry.method }
    guard let open = text.firstIndex(of: "("), text.hasSuffix(")"), let entry = entry(String(text[..<open]))
    else { return nil }
    return entry.make(String(text[text.index(after: open)...].dropLast()))
  }

  /// The entry of a name or an alias, without brackets.
  public static func entry(_ name: String) -> Entry? {
    entries.first { $0.method.name == name || $0.aliases.contains(name) }
  }

  /// One sentence about a method.
  public static func summary(of name: String) -> String {
    guard let entry = entry(name) else { return "" }
    let words = entry.arguments.isEmpty ? "" : "; in brackets: \(entry.arguments.joined(separator: ", "))"
    return entry.summary + words
  }
}
