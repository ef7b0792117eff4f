import EntropicModel
import EntropicNumerics

/// An objective in the space of its images: the state of an exact line search.
///
///     F(p) = rest(p) + sum_a weight_a f_a(u_a) + information matrices,   u_a = K_a p + k_a kept up to date
///     phi(t) = F(p + t d),   phi'(t) = sum_a weight_a grad f_a(u_a + t v_a) . v_a + ...,   v_a = K_a d
///
/// A trial of a step costs the length of the images, whatever the number of masses; a step adds t v to u. No constant
/// of smoothness is needed, and steps never leave the domain.
struct ObjectiveImage: Sendable {
  let objective: Functional
  /// Separable parts, conditional entropies and functions of the user.
  private let rest: Functional
  private let maps: [ColumnMap]
  private(set) var p: [Double]
  private var images: [[Double]] = []
  /// Q u of quadratic forms, empty for the others.
  private var products: [[Double]] = []
  private var designs: [DesignImage] = []
  private var age = 0

  /// nil where the objective is not finite or a matrix is singular.
  init?(_ objective: Functional, at p: [Double]) {
    self.objective = objective
    var rest = objective
    rest.composites = []
    rest.information = []
    self.rest = rest
    maps = objective.composites.map { ColumnMap($0.map) }
    self.p = p
    guard refresh() else { return nil }
  }

  /// Moves to other masses; false where the objective is not finite.
  mutating func place(at now: [Double]) -> Bool {
    p = now
    return refresh()
  }

  /// Computes everything anew from the masses.
  mutating func refresh() -> Bool {
    images = objective.composites.map { $0.image(p) }
    products = zip(objective.composites, images).map { term, u in
      if case .quadratic(let q, _) = term.outer { q.times(u) } else { [] }
    }
    designs = []
    for term in objective.information {
      guard let design = DesignImage(term, p) else { return false }
      designs.append(design)
    }
    age = 0
    return value.isFinite
  }

  /// F(p)
  var value: Double {
    var parts = [rest.value(p)]
    for (k, term) in objective.composites.enumerated() {
      let value = products[k].isEmpty ? term.outer.value(images[k]).value : Kernel.dot(images[k], products[k])
      parts.append(term.weight * value)
    }
    for term in objective.information { parts.append(DesignImage.value(term, p)) }
    if parts.contains(.infinity) { return .infinity }
    return Kernel.compensatedSum(parts)
  }

  /// grad F(p)
  var gradient: [Double] {
    var g = rest.gradient(p)
    for (k, term) in objective.composites.enumerated() {
      let slope = products[k].isEmpty ? term.outer.slope(at: images[k]) : products[k].map { 2 * $0 }
      maps[k].addTransposed(slope, scale: term.weight, to: &g)
    }
    for design in designs { design.addGradient(to: &g) }
    return g
  }

  /// The objective along a direction.
  func line(_ direction: Vertex) -> ObjectiveLine? {
    let d = direction
    var line = ObjectiveLine(direction: d, slope: d.dot(objective.linear))
    func separable(_ outer: Outer) {
      line.terms.append(LineTerm(weight: 1, outer: outer, u: d.indices.map { p[$0] }, v: d.masses))
    }
    if !rest.entropic.isEmpty { separable(.entropy(d.indices.map { rest.entropic[$0] })) }
    if !rest.barrier.isEmpty { separable(.log(d.indices.map { rest.barrier[$0] })) }
    for term in rest.powers { separable(.power(term.exponent, d.indices.map { term.weights[$0] })) }
    for (k, term) in objective.composites.enumerated() {
      let v = maps[k].apply(d)
      var part = LineTerm(weight: term.weight, outer: term.outer, u: images[k], v: v)
      if case .quadratic(let q, _) = term.outer {
        let moved = ObjectiveImage.product(q, v)
        part.quadratic = (Kernel.dot(v, products[k]), Kernel.dot(v, moved))
        line.products[k] = moved
      }
      line.images.append(v)
      line.terms.append(part)
    }
    for design in designs {
      guard let part = design.line(d) else { return nil }
      line.designs.append(part)
    }
    if !rest.conditionals.isEmpty || !rest.smooth.isEmpty {
      line.base = p
      line.conditionals = rest.conditionals
      line.smooth = rest.smooth
      line.full = d.dense(p.count)
    }
    return line
  }

  /// Q v, by the columns that count.
  private static func product(_ q: Matrix, _ v: [Double]) -> [Double] {
    var out = [Double](repeating: 0, count: v.count)
    for j in v.indices where v[j] != 0 {
      for i in out.indices { out[i] += v[j] * q.elements[j * q.columns + i] }
    }
    return out
  }

  /// Moves along a line; `now` holds the new masses. False where the objective is not finite any more.
  mutating func move(_ line: ObjectiveLine, _ t: Double, to now: [Double]) -> Bool {
    p = now
    age += 1
    if age >= 50 { return refresh() }
    for k in images.indices {
      Kernel.axpy(t, line.images[k], into: &images[k])
      if let moved = line.products[k] { Kernel.axpy(t, moved, into: &products[k]) }
      switch objective.composites[k].outer {
      case .log, .entropy, .relativeEntropy, .perspective, .power:
        // Cancellation near 0 is not left to grow.
        for j in images[k].indices where images[k][j] < 0x1p-30 * abs(t * line.images[k][j]) {
          return refresh()
        }
      default: break
      }
    }
    for k in designs.indices { guard designs[k].move(line.direction, t, to: p) else { return false } }
    return true
  }
}

/// t -> F(p + t d) with two derivatives.
struct ObjectiveLine {
  let direction: Vertex
  /// Of the linear part.
  let slope: Double
  var terms: [LineTerm] = []
  var designs: [DesignLine] = []
  /// K d of every composite, and Q K d of the quadratic ones.
  var images: [[Double]] = []
  var products: [Int: [Double]] = [:]
  var base: [Double] = []
  var full: [Double] = []
  var conditionals: [ConditionalEntropy] = []
  var smooth: [SmoothFunction] = []

  init(direction: Vertex, slope: Double) {
    self.direction = direction
    self.slope = slope
  }

  /// First and second derivative; nil outside the domain, no second derivative where a function of the user has none.
  func derivatives(_ t: Double) -> (first: Double, second: Double?)? {
    var first = slope
    var second: Double? = 0
    func add(_ part: (first: Double, second: Double?)?) -> Bool {
      guard let part else { return false }
      first += part.first
      if let a = second, let b = part.second { second = a + b } else { second = nil }
      return true
    }
    for term in terms { guard add(term.derivatives(t)) else { return nil } }
    for design in designs { guard add(design.derivatives(t)) else { return nil } }
    if !base.isEmpty {
      for term in conditionals { guard add(conditional(term, t)) else { return nil } }
      if !smooth.isEmpty {
        var q = base
        for (i, change) in zip(direction.indices, direction.masses) { q[i] = max(q[i] + t * change, 0) }
        for function in smooth {
          let gradient = function.evaluateWithGradient(q).gradient
          let along = direction.dot(gradient)
          guard add((along, nil)), !along.isNaN else { return nil }
        }
      }
    }
    return first.isNaN ? nil : (first, second)
  }

  private func conditional(_ term: ConditionalEntropy, _ t: Double) -> (first: Double, second: Double?)? {
    var first = 0.0
    var second = 0.0
    let map = term.map
    for j in 0..<map.rows {
      let range = map.rowStart[j]..<map.rowStart[j + 1]
      guard range.contains(where: { full[map.column[$0]] != 0 }) else { continue }
      var sum = term.offset[j]
      var change = 0.0
      for k in range {
        let i = map.column[k]
        sum += map.value[k] * max(base[i] + t * full[i], 0)
        change += map.value[k] * full[i]
      }
      let total = max(sum, 0x1p-1022)
      let logSum = Kernel.log(total)
      var slope = 0.0
      var bend = 0.0
      for k in range where full[map.column[k]] != 0 {
        let i = map.column[k]
        let x = base[i] + t * full[i]
        guard x >= -0x1p-48 * base[i] else { return nil }
        slope += map.value[k] * full[i] * (Kernel.log(max(x, 0x1p-1022)) - logSum)
        bend += map.value[k] * full[i] * full[i] / max(x, 0x1p-1022)
      }
      // The offset's share of x log x is constant: -k log v is left of it.
      first += term.weight[j] * slope
      second += term.weight[j] * (bend - change * change / total)
    }
    return (first, second)
  }
}
