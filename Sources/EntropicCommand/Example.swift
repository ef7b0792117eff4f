/// A worked objective file, complete in itself: `entropic example NAME | entropic solve -`.
struct Example {
  let name: String
  /// One line for the list.
  let summary: String
  let text: String

  static func named(_ name: String) -> Example? { all.first { $0.name == name } }

  static let all: [Example] = [
    die, portfolio, mixture, sparsemax, robust, design, capacity, rateDistortion, transport, game, raking,
    tail,
  ]

  static let die = Example(
    name: "die", summary: "maximum entropy: Jaynes' loaded die",
    text: """
      entropic: 1
      title: Jaynes' loaded die
      description: >
        The average of many throws was 4.5. Among all laws with that average, the one of largest entropy.
      data:
        faces: [1, 2, 3, 4, 5, 6]
      parameters:
        mean: 4.5
      unknowns:
        p: simplex(faces)
      maximize: entropy(p)
      subject to:
        - average: expect(p, faces) == mean

      """)

  static let portfolio = Example(
    name: "portfolio", summary: "log-optimal portfolio over observed periods",
    text: """
      entropic: 1
      title: The portfolio of largest growth
      description: >
        Rows are periods, columns are assets, entries are price relatives. The mean log return
        is concave in p.
      data:
        X:
          - [1.06, 0.98, 1.01]
          - [0.93, 1.05, 1.01]
          - [1.12, 0.97, 1.01]
          - [0.95, 1.04, 1.01]
          - [1.08, 1.01, 1.01]
          - [0.90, 1.06, 1.01]
          - [1.15, 0.96, 1.01]
          - [0.97, 1.03, 1.01]
      unknowns:
        p:
          in: simplex(3)
          labels: [shares, bonds, cash]
      maximize: mean(log(X @ p))

      """)

  static let mixture = Example(
    name: "mixture", summary: "nonparametric maximum likelihood of a mixture",
    text: """
      entropic: 1
      title: A mixture of normal laws of any number
      description: >
        The law of the means is sought on a grid. Its maximum likelihood estimate has few atoms.
      data:
        y: [9.2, 9.6, 10.1, 16.2, 16.5, 18.4, 19.0, 19.7, 20.2, 21.9, 22.3, 23.1, 24.4, 26.9, 32.1, 33.0]
        grid: range(8, 34, points=53)
        L: outer(y, grid, (v, t) -> normal_pdf(v, t, 1))
      unknowns:
        p: simplex(grid)
      maximize: log_likelihood(L @ p)

      """)

  static let sparsemax = Example(
    name: "sparsemax", summary: "the nearest law to a list of scores",
    text: """
      entropic: 1
      title: Sparsemax
      description: >
        The Euclidean projection of scores on the simplex; low scores get mass 0.
      data:
        scores: [1.2, 0.9, 0.4, -0.3, 0.1]
      unknowns:
        p: simplex(5)
      minimize: sum_squares(p - scores) / 2

      """)

  static let robust = Example(
    name: "robust", summary: "the worst expected loss near a forecast",
    text: """
      entropic: 1
      title: The worst expected loss within a divergence of the forecast
      data:
        loss: [0, 1, 2, 5, 9]
        forecast: [0.4, 0.3, 0.15, 0.1, 0.05]
      parameters:
        radius: 0.1
      unknowns:
        p: simplex(loss)
      maximize: expect(p, loss)
      subject to:
        - trust: kl(p, forecast) <= radius

      """)

  static let design = Example(
    name: "design", summary: "D-optimal design for a quadratic",
    text: """
      entropic: 1
      title: Where to measure a quadratic
      description: >
        The best places to measure a + b t + c t^2 on [-1, 1] are -1, 0 and 1, a third of the effort at each.
      data:
        t: range(-1, 1, points=21)
        X: powers(t, 2, from=0)
      unknowns:
        p: simplex(t)
      maximize: logdet(information_matrix(p, X))

      """)

  static let capacity = Example(
    name: "capacity", summary: "the capacity of a noisy channel",
    text: """
      entropic: 1
      title: The capacity of a channel with erasures, in bits
      description: >
        Rows are inputs, columns are outputs 0, 1 and erased.
      data:
        W:
          - [0.8, 0.05, 0.15]
          - [0.1, 0.7, 0.2]
      unknowns:
        p:
          in: simplex(2)
          labels: [zero, one]
      maximize: bits(mutual_information(p, W))

      """)

  static let rateDistortion = Example(
    name: "rate-distortion", summary: "the least rate at a distortion",
    text: """
      entropic: 1
      title: The rate of a source of three letters at a distortion
      description: >
        Q holds one law of the reproduction for each letter of the source.
      data:
        source: [0.5, 0.3, 0.2]
        cost:
          - [0, 1, 2]
          - [1, 0, 1]
          - [2, 1, 0]
      parameters:
        distortion: 0.3
      unknowns:
        Q: channel(3, 3)
      minimize: mutual_information(source, Q)
      subject to:
        - distortion_bound: sum(diag(source) @ (Q * cost)) <= distortion

      """)

  static let transport = Example(
    name: "transport", summary: "least-cost transport as a linear programme over a joint law",
    text: """
      entropic: 1
      title: From three mines to three works at least cost
      data:
        supply: [0.5, 0.3, 0.2]
        demand: [0.3, 0.3, 0.4]
        cost:
          - [2, 4, 5]
          - [3, 1, 7]
          - [6, 3, 2]
      unknowns:
        P: coupling(supply, demand)
      minimize: sum(cost * P)

      """)

  static let game = Example(
    name: "game", summary: "the optimal mixed strategy of a matrix game",
    text: """
      entropic: 1
      title: Rock, paper, scissors with unequal stakes, and a toll for rock
      description: >
        Rows are our moves, columns the opponent's, entries what we win.
      data:
        A:
          - [-1, -2, 1]
          - [1, 0, -3]
          - [-2, 3, 0]
      unknowns:
        p:
          in: simplex(3)
          labels: [rock, paper, scissors]
      maximize: min(A' @ p)

      """)

  static let raking = Example(
    name: "raking", summary: "fit a table to known margins",
    text: """
      entropic: 1
      title: A survey fitted to the margins of the census
      description: >
        Of all tables with the right margins, the one nearest to the survey in relative entropy.
      data:
        survey:
          - [0.15, 0.20, 0.10]
          - [0.25, 0.05, 0.25]
        ages: [0.48, 0.52]
        regions: [0.35, 0.30, 0.35]
      unknowns:
        P:
          in: simplex(2, 3)
          labels:
            - [young, old]
            - [north, middle, south]
      minimize: kl(P, survey)
      subject to:
        - ages_known: marginal(P, "rows") == ages
        - regions_known: marginal(P, "columns") == regions

      """)

  static let tail = Example(
    name: "tail-risk", summary: "the mixture of positions with the least tail loss",
    text: """
      entropic: 1
      title: The least average of the worst quarter of losses
      description: >
        Rows are scenarios of equal weight, columns are positions, entries are losses.
      data:
        losses:
          - [-2, 1, 1.6]
          - [3, -1, 1.6]
          - [-1, 0, 1.6]
          - [4, -2, 1.6]
          - [-3, 2, 1.6]
          - [1, 1, 1.6]
          - [-2, 3, 1.6]
          - [0, -1, 1.6]
        weights: uniform(8)
      unknowns:
        p: simplex(3)
      minimize: cvar(weights, losses @ p, 0.75)

      """)
}
