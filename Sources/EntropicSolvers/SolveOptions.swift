import EntropicModel

/// What a user may say about a run. Everything has a default; there is no default time limit.
public struct SolveOptions: Sendable {
  /// The name of a method, or nil for the automatic choice.
  public var method: String?
  public var tolerance: Tolerance
  /// Seconds of wall clock.
  public var time: Double?
  public var iterations: Int?
  public var evaluations: Int?
  /// Seed of everything random.
  public var seed: UInt64
  /// Threads of the large kernels; nil for those of the calling task (`Parallel.threads`). No answer depends on it.
  public var threads: Int?
  /// True when the run should end now with the best point so far.
  public var shouldStop: @Sendable () -> Bool
  public var observer: (@Sendable (Progress) -> Void)?
  /// Methods as values, to run in this order instead of the named one: each takes over from the point of the one before.
  public var chain: [any Method] = []
  /// False to see what a method that was asked for does alone: no finisher polishes its point.
  public var finishes = true
  /// A starting point in the flat buffer of the program.
  public var warm: [Double]?

  public init(
    method: String? = nil, tolerance: Tolerance = Tolerance(), time: Double? = nil, iterations: Int? = nil,
    evaluations: Int? = nil, seed: UInt64 = 1, shouldStop: @escaping @Sendable () -> Bool = { false },
    observer: (@Sendable (Progress) -> Void)? = nil, warm: [Double]? = nil
  ) {
    self.method = method
    self.tolerance = tolerance
    self.time = time
    self.iterations = iterations
    self.evaluations = evaluations
    self.seed = seed
    self.shouldStop = shouldStop
    self.observer = observer
    self.warm = warm
  }
}

/// One line of a trace.
public struct Progress: Sendable {
  public let method: String
  public let iteration: Int
  /// The method's own estimate of the gap; +inf when it has none.
  public let gap: Double
  public let seconds: Double
}
