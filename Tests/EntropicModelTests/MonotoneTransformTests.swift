import EntropicModel
import EntropicNumerics
import EntropicTestSupport
import Testing

/// The image of an interval under a chain of roots holds the exact image.
@Suite("monotone transforms")
struct MonotoneTransformTests {
  /// The chain in two doubles; nil where it leaves their range.
  private func exact(_ steps: [MonotoneTransform.Step], _ x: Double) -> DoubleDouble? {
    var y = DoubleDouble(x)
    for step in steps {
      switch step {
      case .affine(let scale, let offset): y = DoubleDouble(scale) * y + DoubleDouble(offset)
      case .log:
        guard y.high > 1e-290 else { return nil }
        y = DoubleDouble.logarithm(y, guess: Kernel.log(y.high))
      case .exp:
        guard abs(y.high) < 500 else { return nil }
        y = DoubleDouble.exponential(y)
      case .power(let a):
        guard y.high > 1e-290 else { return nil }
        let log = DoubleDouble.logarithm(y, guess: Kernel.log(y.high))
        guard abs(a * log.high) < 500 else { return nil }
        y = DoubleDouble.exponential(DoubleDouble(a) * log)
      }
      guard abs(y.high) < 1e250, y.high == 0 || abs(y.high) > 1e-250 else { return nil }
    }
    return y
  }

  private func chain(_ random: inout Generator) -> [MonotoneTransform.Step] {
    (0..<1 + Int(random.next() % 5)).map { _ in
      switch random.next() % 5 {
      case 0: .affine(scale: random.uniform(-3...3), offset: 0)
      case 1: .affine(scale: random.next() % 2 == 0 ? 1 : -1, offset: random.uniform(-2...2))
      case 2: .log
      case 3: .exp
      default: .power([0.5, 1 / 3.0, -1, 2.5, -0.7, 3][Int(random.next() % 6)])
      }
    }
  }

  @Test("10,000 random chains never miss")
  func chains() {
    var random = Generator(seed: 21)
    var tried = 0
    var misses = 0
    var widest = 0.0
    while tried < 10_000 {
      let steps = chain(&random)
      let low = random.uniform(-4...4)
      let width = random.next() % 2 == 0 ? 0 : random.uniform(0...1)
      let high = low + width
      let inside = low + random.uniform(0...1) * width
      let images = [low, high, min(max(inside, low), high)].map { exact(steps, $0) }
      guard !images.contains(where: { $0 == nil }) else { continue }
      tried += 1
      let (lower, upper) = MonotoneTransform(steps).interval(low, high)
      for case .some(let image) in images {
        let isHeld = (image - DoubleDouble(lower)).high >= 0 && (DoubleDouble(upper) - image).high >= 0
        if !isHeld { misses += 1 }
      }
      let value = MonotoneTransform(steps).value(low)
      if !(lower <= value && value <= upper) { misses += 1 }
      if width == 0, steps.count == 1, value != 0 { widest = max(widest, (upper - lower) / abs(value)) }
    }
    #expect(misses == 0)
    // One step costs a few last digits, but for a sum that cancels.
    #expect(widest < 1e-10, "\(widest)")
  }

  @Test("a step that amplifies what came before is charged for it")
  func amplified() {
    // exp after a large product: the error of the argument, 2^-53 700, becomes relative.
    let steps: [MonotoneTransform.Step] = [.affine(scale: 0.1, offset: 0), .exp]
    let (lower, upper) = MonotoneTransform(steps).interval(7000, 7000)
    #expect((upper - lower) / lower > 700 * 0x1p-53)
    #expect((upper - lower) / lower < 1e-11)
  }

  @Test("a change of sign is exact, infinite ends stay")
  func exactSteps() {
    let flip = MonotoneTransform([.affine(scale: -1, offset: 0)])
    let (lower, upper) = flip.interval(0.1, 0.3)
    #expect(lower == -0.3 && upper == -0.1)
    #expect(MonotoneTransform([.log]).interval(0, 1).lower == -.infinity)
    #expect(MonotoneTransform([.exp]).interval(-.infinity, .infinity) == (0, .infinity))
    #expect(MonotoneTransform([.power(-1)]).interval(0, 1).upper == .infinity)
  }
}
