import EntropicModel
import EntropicNumerics
import EntropicSolvers

extension SecondOrder {
  /// Smooth programs: every second-order method runs them.
  static let smooth: [SecondOrderCase] = linearCases + separableCases + compositeCases + constrainedCases

  /// Programs with kinks: the interior point runs them too.
  static let kinked: [SecondOrderCase] = maximumCases + otherKinks

  // Basic solutions, by enumeration of vertices.
  private static let linearCases = [
    SecondOrderCase(
      name: "vertex",
      program: Program(layout: simplex(6), objective: linear([3.25, -1.5, 0.75, 2, -1.25, 4])), optimum: -1.5,
      solution: [0, 1, 0, 0, 0, 0]),
    SecondOrderCase(
      name: "face of optima",
      program: Program(layout: simplex(5), objective: linear([2, 0.5, 0.5, 1, 0.5])), optimum: 0.5),
    SecondOrderCase(
      name: "one moment",
      program: Program(
        layout: simplex(6), objective: linear([4, 1, 3.5, 2, 0.25, 5]), equalities: [row(die, 4)]),
      optimum: 0.5, solution: [0, 1.0 / 3, 0, 0, 2.0 / 3, 0]),
    // Cantelli's inequality with variance 2 at 2: atoms -1 and 2.
    SecondOrderCase(
      name: "Cantelli",
      program: Program(
        layout: simplex(11), objective: linear((-5...5).map { $0 >= 2 ? -1 : 0 }),
        equalities: [
          row((-5...5).map(Double.init), 0), row((-5...5).map { Double($0 * $0) }, 2),
        ]), optimum: -1.0 / 3),
    SecondOrderCase(
      name: "worst 40 percent",
      program: capped(
        Program(layout: simplex(4), objective: linear(loss.map { -$0 })), upper: [0.25, 0.5, 0.75, 1]),
      optimum: -1.25, solution: [0.25, 0.5, 0.25, 0]),
    // min P(X != Y) = |a - b|_1 / 2
    SecondOrderCase(
      name: "total variation by transport",
      program: transport(
        [0.1, 0.4, 0.2, 0.05, 0.25], [0.3, 0.15, 0.2, 0.25, 0.1],
        (0..<5).map { i in (0..<5).map { $0 == i ? 0 : 1 } }), optimum: 0.4),
    SecondOrderCase(
      name: "assignment",
      program: transport(
        ones(4, 0.25), ones(4, 0.25), [[4, 1, 3, 2], [2, 0, 5, 3], [3, 2, 2, 4], [1, 3, 4, 1.5]]),
      optimum: 1.25, solution: [0, 0, 0, 0.25, 0, 0.25, 0, 0, 0, 0, 0.25, 0, 0.25, 0, 0, 0]),
  ]

  private static let separableCases = [
    // Boltzmann weights of the die with mean 4.5 (50 digits).
    SecondOrderCase(
      name: "die 4.5",
      program: Program(layout: simplex(6), objective: negativeEntropy(6), equalities: [row(die, 4.5)]),
      optimum: -1.613581098153829),
    SecondOrderCase(
      name: "die 4.5 said three times",
      program: Program(
        layout: simplex(6), objective: negativeEntropy(6),
        equalities: [row(die, 4.5), row(die.map { 2 * $0 }, 9), row(die.map { $0 + 1 }, 5.5)]),
      optimum: -1.613581098153829),
    SecondOrderCase(
      name: "die at least 4.5",
      program: Program(
        layout: simplex(6), objective: negativeEntropy(6), inequalities: [row(die.map { -$0 }, -4.5)]),
      optimum: -1.613581098153829),
    SecondOrderCase(
      name: "die at most 4.5",
      program: Program(layout: simplex(6), objective: negativeEntropy(6), inequalities: [row(die, 4.5)]),
      optimum: -1.791759469228055, solution: ones(6, 1.0 / 6)),
    // P_11 = 1 / (2 (1 + e^-2))
    SecondOrderCase(
      name: "entropic transport",
      program: transport([0.5, 0.5], [0.5, 0.5], [[0, 1], [1, 0]], entropy: 0.5),
      optimum: -0.4100375958014589,
      solution: [0.4403985389889412, 0.05960146101105878, 0.05960146101105878, 0.4403985389889412]),
    // H(a) + H(b)
    SecondOrderCase(
      name: "independent table",
      program: transport(
        [0.2, 0.3, 0.5], [0.1, 0.4, 0.25, 0.25], [ones(4, 0), ones(4, 0), ones(4, 0)], entropy: 1),
      optimum: -2.3195749966735854),
    SecondOrderCase(
      name: "capped projection",
      program: capped(
        Program(
          layout: simplex(5),
          objective: {
            var f = linear([-0.9, -0.7, -0.2, 0.1, -0.05])
            f.powers = [.init(exponent: 2, weights: ones(5, 0.5))]
            f.constant = 0.67625
            return f
          }()), upper: ones(5, 0.4)), optimum: 0.175625, solution: [0.4, 0.4, 0.175, 0, 0.025]),
    SecondOrderCase(
      name: "Tsallis 2 with a mean",
      program: Program(
        layout: simplex(5),
        objective: {
          var f = Functional(count: 5)
          f.powers = [.init(exponent: 2, weights: ones(5))]
          return f
        }(), equalities: [row([0, 1, 2, 3, 4], 0.75)]), optimum: 0.3625,
      solution: [0.475, 0.325, 0.175, 0.025, 0]),
    // p_i = (c_i + mu)^-2
    SecondOrderCase(
      name: "Tsallis 1/2",
      program: Program(
        layout: simplex(4),
        objective: {
          var f = linear([0, 0.5, 1, 3])
          f.powers = [.init(exponent: 0.5, weights: ones(4, 2))]
          f.constant = 2
          return f
        }()), optimum: -1.284474986249051),
    // sqrt v = (3, 2, 1, 1/2): p_4 at its floor, the others proportional to 3, 2, 1
    SecondOrderCase(
      name: "sampling with a floor",
      program: capped(
        Program(
          layout: simplex(4),
          objective: {
            var f = Functional(count: 4)
            f.powers = [.init(exponent: -1, weights: [9, 4, 1, 0.25])]
            return f
          }()), lower: [0, 0, 0, 0.25]), optimum: 49, solution: [0.375, 0.25, 0.125, 0.25]),
    // p_i = 0.5 / (c_i + lambda)
    SecondOrderCase(
      name: "log barrier",
      program: Program(
        layout: simplex(3),
        objective: {
          var f = linear([1, 2, 0])
          f.barrier = ones(3, 0.5)
          return f
        }()), optimum: 2.440370775850494),
    // KL(q | p) with a mean: p_i = q_i / (1 + lambda (x_i - 1.75))
    SecondOrderCase(
      name: "empirical likelihood",
      program: Program(
        layout: simplex(4),
        objective: {
          var f = Functional(count: 4)
          f.barrier = prior
          f.constant = prior.reduce(0) { $0 + $1 * Kernel.log($1) }
          return f
        }(), equalities: [row([0, 1, 2, 3.5], 1.75)]), optimum: 0.06534136071058315),
  ]

  private static let compositeCases = [
    // log 2 - h(0.1): the middle input is never used
    SecondOrderCase(
      name: "capacity with an idle input",
      program: Program(layout: simplex(3), objective: capacity([[0.9, 0.1], [0.4, 0.6], [0.1, 0.9]])),
      optimum: -0.3680642071684971, solution: [0.5, 0, 0.5]),
    // log(5 / 4)
    SecondOrderCase(
      name: "Z channel", program: Program(layout: simplex(2), objective: capacity([[1, 0], [0.5, 0.5]])),
      optimum: -0.22314355131420976),
    SecondOrderCase(
      name: "capacity with a cost",
      program: Program(
        layout: simplex(2), objective: capacity([[0.9, 0.1], [0.1, 0.9]]), inequalities: [row([0, 1], 0.2)]),
      optimum: -0.24797394373997218, solution: [0.8, 0.2]),
    SecondOrderCase(
      name: "useless channel",
      program: Program(
        layout: simplex(3), objective: capacity([[0.25, 0.75], [0.25, 0.75], [0.25, 0.75]])),
      optimum: 0),
    // -h(0.45) at (0.3, 0.7)
    SecondOrderCase(
      name: "mixture of two",
      program: Program(
        layout: simplex(2), objective: composite(2, .log([0.45, 0.55]), map([[0.8, 0.3], [0.2, 0.7]]))),
      optimum: 0.6881388137135885, solution: [0.3, 0.7]),
    SecondOrderCase(
      name: "horse race",
      program: Program(
        layout: simplex(3),
        objective: composite(3, .log([0.5, 0.25, 0.25]), map([[4, 0, 0], [0, 4, 0], [0, 0, 2]]))),
      optimum: -0.17328679513998632, solution: [0.5, 0.25, 0.25]),
    // Reference in 50 digits; the third asset is idle.
    SecondOrderCase(
      name: "four assets",
      program: Program(
        layout: simplex(4),
        objective: composite(
          4, .log([0.3, 0.25, 0.25, 0.2]),
          map([[1.2, 0.9, 1, 1.05], [0.8, 1.3, 1, 0.95], [1.1, 1, 1, 0.7], [0.95, 0.85, 1, 1.4]]))),
      optimum: -0.018892006987734027,
      solution: [0.6297532289318332, 0.3514263802374487, 0, 0.018820390830718174]),
    // p = S^-1 1 / (1' S^-1 1)
    SecondOrderCase(
      name: "least variance",
      program: Program(
        layout: simplex(3),
        objective: quadratic([[0.04, 0.006, 0], [0.006, 0.09, 0.012], [0, 0.012, 0.16]])),
      optimum: 0.02627443679016943, solution: [0.6222304971141315, 0.23086948426736176, 0.1469000186185068]),
    SecondOrderCase(
      name: "least variance with an idle asset",
      program: Program(
        layout: simplex(3),
        objective: quadratic([[0.04, 0.05, 0.01], [0.05, 0.25, 0.02], [0.01, 0.02, 0.09]])),
      optimum: 0.03181818181818182, solution: [8.0 / 11, 0, 3.0 / 11]),
    // Weights 1/3 at -1, 0, 1: det M = 4/27
    SecondOrderCase(
      name: "D design",
      program: Program(layout: simplex(9), objective: design(.negativeLogDeterminant, quadraticRegressors)),
      optimum: 1.9095425048844386, solution: [1.0 / 3, 0, 0, 0, 1.0 / 3, 0, 0, 0, 1.0 / 3]),
    // Weights 1/4, 1/2, 1/4
    SecondOrderCase(
      name: "A design",
      program: Program(layout: simplex(9), objective: design(.traceInverse, quadraticRegressors)), optimum: 8,
      solution: [0.25, 0, 0, 0, 0.5, 0, 0, 0, 0.25]),
  ]

  private static let constrainedCases = [
    // h(1/2) - h(0.1)
    SecondOrderCase(
      name: "binary rate", program: rate([0.5, 0.5], [[0, 1], [1, 0]], 0.1), optimum: 0.36806420716849709),
    SecondOrderCase(
      name: "quaternary rate",
      program: rate(ones(4, 0.25), (0..<4).map { i in (0..<4).map { i == $0 ? 0 : 1 } }, 0.25),
      optimum: 0.5493061443340549),
    // p proportional to q exp(theta l)
    SecondOrderCase(
      name: "divergence ball", program: ball(divergence, 0.1), optimum: -0.6862602471602348,
      solution: [0.23284604380737844, 0.24453694310624752, 0.265802185718226, 0.25681482736814804]),
    // The whole simplex is inside: KL <= -log 0.1
    SecondOrderCase(
      name: "divergence ball without effect", program: ball(divergence, 2.5), optimum: -3,
      solution: [1, 0, 0, 0]),
    // E l + sqrt(Var l / 16)
    SecondOrderCase(
      name: "chi-square ball", program: ball(chiSquare, 0.0625), optimum: -0.40516389039334257,
      solution: [0.15939431423763042, 0.23686543642335683, 0.2938557605961072, 0.30988448874290553]),
    SecondOrderCase(
      name: "chi-square ball that meets the boundary", program: ball(chiSquare, 3),
      optimum: -2.0960464616583874),
  ]

  // Game values, by equal rows.
  private static let maximumCases = [
    SecondOrderCase(
      name: "rock, paper, scissors", program: game([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]), optimum: 0,
      solution: ones(3, 1.0 / 3)),
    SecondOrderCase(
      name: "diagonal game",
      program: game([[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 4, 0], [0, 0, 0, 8]]), optimum: 8.0 / 15),
    SecondOrderCase(
      name: "distance game",
      program: game((0...10).map { i in (0...10).map { Double(abs(i - $0)) } }), optimum: 5),
    // Least max p_i with mean 4.75: 7/24 on {4, 5, 6}, 1/8 on 3
    SecondOrderCase(
      name: "min-entropy",
      program: Program(
        layout: simplex(6), objective: composite(6, .maximum(caps: nil), identity(6)),
        equalities: [row(die, 4.75)]), optimum: 7.0 / 24),
    // Mean of the larger half of (3 p1, p2, 1): at p1 = 1/4, p2 = 3/4 both sides of 1 balance at (1 + 3/4)
    // / 2
    SecondOrderCase(
      name: "capped maximum",
      program: Program(
        layout: simplex(2),
        objective: composite(2, .maximum(caps: [0.5, 0.5, 0.5]), map([[3, 0], [0, 1], [1, 1]]))),
      optimum: 0.875),
    // p_i <= q_i + 1/8, filled from the largest loss.
    SecondOrderCase(
      name: "maximum as a constraint",
      program: ball(composite(4, .maximum(caps: nil), identity(4), offset: prior.map { -$0 }), 0.125),
      optimum: -(0.225 * 3 + 0.325 * 1 + 0.425 * 0 + 0.025 * -1)),
  ]

  private static let otherKinks = [
    // Move 1/4 from the lowest loss to the highest.
    SecondOrderCase(
      name: "total variation ball",
      program: ball(
        composite(4, .absolute(ones(4)), identity(4), offset: prior.map { -$0 }, weight: 0.5), 0.25),
      optimum: -1.1, solution: [0.35, 0.2, 0.3, 0.15]),
    // The projection of y on the simplex is (0.55, 0.45, 0): distance sqrt(0.35^2 + 0.35^2 + 0.2^2).
    SecondOrderCase(
      name: "distance in the plane",
      program: Program(
        layout: simplex(3), objective: composite(3, .norm, identity(3), offset: [-0.9, -0.8, 0.2])),
      optimum: 0.5338539126015656, solution: [0.55, 0.45, 0]),
    SecondOrderCase(
      name: "distance zero",
      program: Program(
        layout: simplex(3), objective: composite(3, .norm, identity(3), offset: [-0.5, -0.25, -0.25])),
      optimum: 0, solution: [0.5, 0.25, 0.25]),
    // q + r (l - mean l) / |l - mean l|: value l . q + r |l - mean l|
    SecondOrderCase(
      name: "Euclidean ball",
      program: ball(composite(4, .norm, identity(4), offset: prior.map { -$0 }), 0.05),
      optimum: -(0.1 + 0.05 * 8.75.squareRoot())),
    // Every p >= y is as near: the distance is what y lacks of a sum of 1.
    SecondOrderCase(
      name: "least absolute deviation",
      program: Program(
        layout: simplex(3),
        objective: composite(3, .absolute(ones(3)), identity(3), offset: [-0.5, -0.125, -0.125])),
      optimum: 0.25),
    // Weights 1/5, 3/5, 1/5
    SecondOrderCase(
      name: "E design",
      program: Program(
        layout: simplex(9), objective: design(.negativeSmallestEigenvalue, quadraticRegressors)),
      optimum: -0.2, solution: [0.2, 0, 0, 0, 0.6, 0, 0, 0, 0.2]),
  ]

  private static func game(_ rows: [[Double]]) -> Program {
    Program(
      layout: simplex(rows[0].count), objective: composite(rows[0].count, .maximum(caps: nil), map(rows)))
  }

  private static func quadratic(_ q: [[Double]]) -> Functional {
    composite(
      q.count, .quadratic(Matrix(rows: q.count, columns: q.count, elements: q.flatMap { $0 }), slack: 0),
      identity(q.count))
  }
}
