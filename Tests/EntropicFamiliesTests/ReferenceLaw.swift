import EntropicFamilies

/// One law with numbers found from its density alone, at 50 digits.
struct ReferenceLaw {
  struct Point {
    let x: Double
    let logDensity: Double
    let cumulative: Double
    let survival: Double

    init(_ x: Double, _ logDensity: Double, _ cumulative: Double, _ survival: Double) {
      self.x = x
      self.logDensity = logDensity
      self.cumulative = cumulative
      self.survival = survival
    }
  }

  let law: any ScalarLaw
  let mean: Double
  let variance: Double
  let entropy: Double
  let points: [Point]

  init(_ law: any ScalarLaw, mean: Double, variance: Double, entropy: Double, _ points: [Point]) {
    self.law = law
    self.mean = mean
    self.variance = variance
    self.entropy = entropy
    self.points = points
  }
}

/// Divergences of pairs.
enum ReferenceDivergences {
  struct Row {
    let from: any ScalarLaw
    let to: any ScalarLaw
    let value: Double

    init(_ from: any ScalarLaw, _ to: any ScalarLaw, _ value: Double) {
      self.from = from
      self.to = to
      self.value = value
    }
  }
}

/// True where the numbers agree to a relative tolerance; NaN agrees with NaN, infinity with itself.
func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
  return a == b || abs(a - b) <= tolerance * max(abs(a), abs(b))
}
