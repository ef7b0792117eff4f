import Entropic

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The Swift door: builds the problem of a catalogue case through the modelling surface, from its mathematical data.
/// Returns nil for kinds that are not finite distributions.
struct CatalogueProblem {
  let unknowns: [Unknown]
  let objective: Expression
  let constraints: [Constraint]
  let sense: Sense
  let convexity: ConvexityRule

  func build() throws -> Problem {
    try Problem(sense, objective, unknowns: unknowns, subjectTo: constraints, convexity: convexity)
  }

  /// `constants` take the place of the case's own data of their names.
  init?(_ test: CatalogueCase, constants: [(name: String, value: Tensor)] = []) {
    let source = test.source
    guard let unknown = source["unknown"], let spec = source["objective"] else { return nil }
    let data = CatalogueData(source["data"] ?? .object([:]), constants)
    sense = test.sense == "max" ? .maximize : .minimize
    convexity = test.status == "nonconvex-stationary" ? .unchecked : .checked
    let shape = (unknown["shape"]?.numbers ?? unknown["n"].map { $0.numbers } ?? []).map { Int($0) }
    switch test.kind {
    case "simplex":
      let p = Unknown(name: "p", kind: shape.count == 1 ? .simplex : .joint, shape: shape)
      unknowns = [p]
      guard let terms = spec["terms"]?.list else { return nil }
      var total: Expression?
      for term in terms {
        guard let part = Self.term(term, p, data) else { return nil }
        total = total.map { $0 + part } ?? part
      }
      guard let total else { return nil }
      objective = total
      var list: [Constraint] = []
      for constraint in source["constraints"]?.list ?? [] {
        guard let part = Self.constraint(constraint, p, data) else { return nil }
        list += part
      }
      constraints = list
    case "conditional":
      let q = Unknown(name: "Q", kind: .channel, shape: shape)
      unknowns = [q]
      guard let terms = spec["terms"]?.list else { return nil }
      var total: Expression?
      for term in terms {
        guard let part = Self.channelTerm(term, q, data) else { return nil }
        total = total.map { $0 + part } ?? part
      }
      guard let total else { return nil }
      objective = total
      var list: [Constraint] = []
      for constraint in source["constraints"]?.list ?? [] {
        guard let part = Self.constraint(constraint, q, data) else { return nil }
        list += part
      }
      constraints = list
    case "scaled-simplex":
      let variances = data.vector("variances")
      let d = Unknown(name: "D", kind: .simplex, shape: [variances.count], mass: data.number("total"))
      unknowns = [d]
      objective = sum(log(Expression(variances) / Expression(d))) / 2
      constraints = [d <= variances]
    case "simplex-product":
      constraints = []
      if spec["type"]?.text == "kl_to_product" {
        let p = data.matrix("P")
        let joint = Expression(p)
        let a = Unknown(name: "a", kind: .simplex, shape: [p.rows])
        let b = Unknown(name: "b", kind: .simplex, shape: [p.columns])
        unknowns = [a, b]
        objective =
          crossEntropy(joint.sums(keeping: 0), a) + crossEntropy(joint.sums(keeping: 1), b) - entropy(joint)
        return
      }
      // Spending x_ij of buyer i with budget B_i: utilities B_i log(sum_j U_ij y_ij), goods shared.
      return nil
    default: return nil
    }
  }

  private static func term(_ term: JSON, _ p: Unknown, _ data: CatalogueData) -> Expression? {
    let weight = term["weight"]?.number ?? 1
    func vector(_ key: String) -> [Double] { data.vector(term[key]) }
    func matrix(_ key: String) -> Matrix { data.matrix(term[key]) }
    let e = Expression(p)
    let flat = e.reshaped([p.count])
    let value: Expression
    switch term["type"]?.text {
    case "linear": value = expect(p, vector("c"))
    case "entropy": value = entropy(p)
    case "kl": value = kl(p, vector("q"))
    case "reverse_kl": value = kl(vector("q"), flat)
    case "half_sq_dist": value = sumSquares(flat - Expression(vector("y"))) / 2
    case "quad": value = quadratic(p, matrix("Q"))
    case "tsallis": value = tsallis(p, order: data.number(term["alpha"]))
    case "renyi": value = renyi(p, order: data.number(term["alpha"]))
    case "sum_log": value = sum(Expression(vector("w")) * log(flat))
    case "log_lik":
      value = logLikelihood(matrix("L") * flat, vector("w"))
    case "mutual_information": value = mutualInformation(p, matrix("W"))
    case "log_det_info": value = logdet(informationMatrix(p, matrix("X")))
    case "trace_inv_info": value = traceInverse(informationMatrix(p, matrix("X")))
    case "min_eig_info": value = lambdaMin(informationMatrix(p, matrix("X")))
    case "min_payoff": value = min(Expression.matrixProduct(flat, Expression(matrix("A"))))
    case "sum_ratio": value = sum(Expression(vector("v")) / flat)
    case "max_ratio": value = max(Expression(vector("v")) / flat)
    default: return nil
    }
    return weight == 1 ? value : weight * value
  }

  private static func channelTerm(_ term: JSON, _ q: Unknown, _ data: CatalogueData) -> Expression? {
    let weight = term["weight"]?.number ?? 1
    let w = data.vector(term["row_weights"])
    func scaled(_ m: Matrix) -> Matrix {
      var copy = m
      for i in 0..<m.rows { for j in 0..<m.columns { copy[i, j] *= w[i] } }
      return copy
    }
    var diagonal = Matrix(rows: w.count, columns: w.count, repeating: 0)
    for i in w.indices { diagonal[i, i] = w[i] }
    let value: Expression
    switch term["type"]?.text {
    case "cond_linear": value = sum(Expression(scaled(data.matrix(term["c"]))) * Expression(q))
    case "cond_kl":
      let joint = Expression.matrixProduct(Expression(diagonal), Expression(q))
      value = kl(joint, scaled(data.matrix(term["prior"])))
    case "cond_mi": value = mutualInformation(w, q)
    default: return nil
    }
    return weight == 1 ? value : weight * value
  }

  private static func constraint(_ json: JSON, _ p: Unknown, _ data: CatalogueData) -> [Constraint]? {
    let flat = Expression(p).reshaped([p.count])
    func vector(_ key: String) -> [Double] { data.vector(json[key]) }
    switch json["type"]?.text {
    case "eq", "le":
      let a = data.matrix(json["A"])
      let b = vector("b")
      return (0..<a.rows).map { i in
        let row = expect(flat, Array(a.row(i)))
        return json["type"]?.text == "eq" ? row == b[i] : row <= b[i]
      }
    case "marginal":
      let axis = Int(json["axis"]?.number ?? 0)
      return [Expression(p).marginal(keeping: [axis]) == vector("value")]
    case "upper": return [flat <= vector("u")]
    case "lower": return [flat >= vector("l")]
    case "kl_ball": return [kl(p, vector("q")) <= data.number(json["radius"])]
    case "reverse_kl_ball": return [kl(vector("q"), flat) <= data.number(json["radius"])]
    case "chi2_ball": return [chiSquared(p, vector("q")) <= data.number(json["radius"])]
    case "tv_ball": return [totalVariation(p, vector("q")) <= data.number(json["radius"])]
    case "hellinger_ball": return [hellinger(p, vector("q")) <= data.number(json["radius"])]
    default: return nil
    }
  }
}

/// Arrays and generators of a case.
struct CatalogueData {
  private let json: JSON
  private let constants: [String: Tensor]

  init(_ json: JSON, _ constants: [(name: String, value: Tensor)] = []) {
    self.json = json
    self.constants = Dictionary(constants.map { ($0.name, $0.value) }) { first, _ in first }
  }

  /// A name of an entry, or the numbers themselves.
  private func entry(_ key: JSON?) -> JSON {
    if let name = key?.text, Double(name) == nil { return json[name] ?? .null }
    return key ?? .null
  }

  private func numbers(_ key: JSON?) -> (values: [Double], rows: Int) {
    if let name = key?.text, let given = constants[name] {
      return (given.values, given.shape.count > 1 ? given.shape[0] : 1)
    }
    return generated(entry(key))
  }

  func number(_ key: JSON?) -> Double { numbers(key).values.first ?? .nan }
  func number(_ key: String) -> Double { number(.string(key)) }
  func vector(_ key: JSON?) -> [Double] { numbers(key).values }
  func vector(_ key: String) -> [Double] { vector(.string(key)) }
  func matrix(_ key: String) -> Matrix { matrix(.string(key)) }
  func matrix(_ key: JSON?) -> Matrix {
    let (values, rows) = numbers(key)
    return Matrix(rows: rows, columns: values.count / max(rows, 1), elements: values)
  }

  private func generated(_ entry: JSON) -> (values: [Double], rows: Int) {
    guard let kind = entry["gen"]?.text else {
      if let list = entry.list, case .array? = list.first { return (entry.flattened, list.count) }
      return (entry.flattened, 1)
    }
    func number(_ key: String) -> Double { entry[key]?.number ?? 0 }
    let n = Int(number("n"))
    switch kind {
    case "affine_mod":
      let (a, b, m) = (Int(number("a")), Int(number("b")), Int(number("m")))
      return ((0..<n).map { number("scale") * Double((a * $0 + b) % m) + number("offset") }, 1)
    case "linspace": return ((0..<n).map { number("start") + Double($0) * number("step") }, 1)
    case "constant": return ([Double](repeating: number("value"), count: n), 1)
    case "gauss_weights":
      let x = vector(entry["x"])
      let w = x.map {
        exp(-($0 - number("mean")) * ($0 - number("mean")) / (2 * number("sd") * number("sd")))
      }
      let total = w.reduce(0, +)
      return (w.map { $0 / total }, 1)
    case "sqdiff", "absdiff":
      let (x, y) = (vector(entry["x"]), vector(entry["y"]))
      return (x.flatMap { a in y.map { b in kind == "sqdiff" ? (a - b) * (a - b) : abs(a - b) } }, x.count)
    case "monomials":
      let x = vector(entry["x"])
      let degree = Int(number("degree"))
      return (x.flatMap { t in (0...degree).map { pow(t, Double($0)) } }, x.count)
    default: return ([], 0)
    }
  }
}
