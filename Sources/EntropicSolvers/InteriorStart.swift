import EntropicModel
import EntropicNumerics

/// Where the interior point starts: strictly inside every bound, stationary, with comparable products.
enum InteriorStart {
  /// Masses strictly between their bounds, as even as the bounds allow; near `warm` when it is given.
  static func masses(_ program: Program, warm: Candidate?) -> [Double] {
    let layout = program.layout
    var p = [Double](repeating: 0, count: program.count)
    for slice in layout.simplices {
      let low = Kernel.sum(Array(layout.lower[slice.range]))
      let rest = max(slice.mass - low, 0)
      let widths = slice.range.map {
        min(layout.upper[$0] - layout.lower[$0], max(rest, 0x1p-30 * slice.mass))
      }
      // l + width s / (s + width) grows from l to u as s grows: caps bend an even spread, they do not cut it.
      var small = 0.0
      var large = max(rest, 0x1p-30 * slice.mass)
      func total(_ s: Double) -> Double { widths.reduce(0) { $0 + $1 * s / (s + $1) } }
      for _ in 0..<60 where total(large) < 0.999 * rest { large *= 4 }
      for _ in 0..<60 {
        let middle = 0.5 * (small + large)
        if total(middle) < rest { small = middle } else { large = middle }
      }
      let s = 0.5 * (small + large)
      for (k, i) in slice.range.enumerated() { p[i] = layout.lower[i] + widths[k] * s / (s + widths[k]) }
    }
    let centre = p
    for guess in [warm?.point, program.start].compactMap({ $0 }) where guess.count == p.count {
      let mixed = p.indices.map { 0.99 * guess[$0] + 0.01 * centre[$0] }
      if isInDomain(program, mixed) { return mixed }
    }
    if isInDomain(program, centre) { return centre }
    return phaseOne(program, centre) ?? centre
  }

  private static func isInDomain(_ program: Program, _ p: [Double]) -> Bool {
    p.allSatisfy(\.isFinite) && program.objective.value(p) < .infinity
      && program.convex.allSatisfy { $0.functional.value(p) < .infinity }
  }

  /// A point of the domain when the even one is outside: the least argument of logarithms, entropies and
  /// powers is made as large as possible over the simplices, itself a problem without a domain.
  private static func phaseOne(_ program: Program, _ centre: [Double]) -> [Double]? {
    var rows: [SparseRow] = []
    var offset: [Double] = []
    for f in [program.objective] + program.convex.map(\.functional) {
      for term in f.composites {
        switch term.outer {
        case .log, .entropy, .relativeEntropy, .power, .perspective: break
        default: continue
        }
        for i in 0..<term.map.rows {
          var row: SparseRow = []
          var size = abs(term.offset[i])
          term.map.forEachEntry(ofRow: i) { column, value in
            size = max(size, abs(value))
            if value != 0 { row.append((column, -value)) }
          }
          guard size > 0 else { continue }
          rows.append(row.map { ($0.column, $0.value / size) })
          offset.append(-term.offset[i] / size)
        }
      }
    }
    guard !rows.isEmpty else { return nil }
    var objective = Functional(count: program.count)
    objective.composites = [
      Composite(outer: .maximum(caps: nil), map: .from(rows: rows, columns: program.count), offset: offset)
    ]
    let method = InteriorPoint(iterationLimit: 40)
    var state = method.start(Program(layout: program.layout, objective: objective), warm: nil)
    for _ in 0..<40 {
      guard case .progress = method.step(&state, StepContext()) else { break }
      let p = state.point.masses(state.form)
      if isInDomain(program, p) { return p }
    }
    let p = zip(method.finish(state).point, centre).map { 0.9 * $0 + 0.1 * $1 }
    return isInDomain(program, p) ? p : nil
  }

  static func point(_ form: SaddleForm, masses p: [Double]) -> SaddlePoint {
    let layout = form.program.layout
    let n = form.count
    let x = (0..<n).map { p[$0] - layout.lower[$0] }
    let room = (0..<n).map { layout.upper[$0] - p[$0] }
    var s = SaddlePoint(
      x: x, room: room, z: [Double](repeating: 0, count: n), v: [Double](repeating: 0, count: n),
      beta: [Double](repeating: 0, count: form.multipliers),
      t: [Double](repeating: 0, count: form.balances.count), value: [], slack: [], coneSlack: [])
    setRows(form, p, product(form, p), &s)
    // z = g - min g + s on every simplex leaves no residual of stationarity.
    let g = gradient(form, p, s)
    for (k, slice) in layout.simplices.enumerated() {
      let part = Array(g[slice.range])
      let least = Kernel.minimum(part)
      let range = Kernel.maximum(part) - least
      let mean = zip(slice.range, part).reduce(0) { $0 + p[$1.0] * $1.1 } / slice.mass
      let shift = max(mean - least, 0.01 * max(range, 1 / slice.mass))
      s.beta[k] = (shift - least) * slice.mass
      for (j, i) in slice.range.enumerated() {
        if s.room[i] < .infinity { s.v[i] = shift * s.x[i] / s.room[i] }
        s.z[i] = part[j] - least + shift + s.v[i]
      }
    }
    return s
  }

  /// The product that pairs should have at the start: what the objective can fall by, spread over the masses.
  private static func product(_ form: SaddleForm, _ p: [Double]) -> Double {
    var g = form.smooth.gradient(p)
    Kernel.scale(form.objectiveScale, &g)
    var total = 0.0
    for slice in form.program.layout.simplices {
      let part = Array(g[slice.range])
      let least = Kernel.minimum(part)
      let mean = zip(slice.range, part).reduce(0) { $0 + p[$1.0] * $1.1 } - least * slice.mass
      total += max(mean, 0.01 * max((Kernel.maximum(part) - least) * slice.mass, 1))
    }
    return total / Double(max(form.count, 1))
  }

  /// Slacks, multipliers and slopes of the rows behind the equalities.
  private static func setRows(_ form: SaddleForm, _ p: [Double], _ mu: Double, _ s: inout SaddlePoint) {
    var row = [Double](repeating: 0, count: form.multipliers)
    for piece in form.pieces {
      let image = piece.map.apply(p)
      for j in image.indices { row[piece.first + j] = piece.scale * image[j] + piece.offset[j] }
    }
    for (c, f) in form.constraints.enumerated() {
      row[form.convex.lowerBound + c] = form.constraintScale[c] * (f.value(p) - form.program.convex[c].bound)
    }
    let unit = 0.1
    for i in form.inequalities.lowerBound..<form.convex.upperBound {
      s.beta[i] = mu / max(-row[i], unit)
    }
    // Slopes in the middle of their sets.
    for (k, b) in form.balances.enumerated() {
      let whole = b.weight * (b.host.map { s.beta[$0] } ?? 1)
      for i in b.members { s.beta[i] = whole / Double(b.members.count) }
      s.t[k] = unit
    }
    for kink in form.kinks where kink.order == nil {
      let y = kink.owner.map { s.beta[form.convex.lowerBound + $0] } ?? 1
      let term =
        kink.owner.map { form.program.convex[$0].functional.composites[kink.term] }
        ?? form.program.objective.composites[kink.term]
      guard case .maximum(let caps) = term.outer, let caps else { continue }
      let total = kink.rows.reduce(0) { $0 + caps[$1] }
      for (j, i) in kink.range.enumerated() { s.beta[i] = kink.weight * y * caps[kink.rows[j]] / total }
    }
    for k in form.balances.indices {
      var high = -Double.infinity
      for i in form.balances[k].members { high = max(high, row[i]) }
      s.t[k] = high + unit
    }
    // What a slope's own slacks must add up to: u - t.
    var target = row
    for (k, b) in form.balances.enumerated() { for i in b.members { target[i] -= s.t[k] } }
    s.value = form.forms.map { $0.value(s.beta) }
    s.slack = [Double](repeating: unit, count: form.forms.count)
    var k = 0
    while k < form.forms.count {
      let f = form.forms[k]
      if f.i < form.convex.upperBound {
        s.slack[k] = max(-row[f.i], unit)
      } else if k + 1 < form.forms.count, form.forms[k + 1].i == f.i {
        let difference = -target[f.i] / f.a
        s.slack[k + 1] = max(unit, unit - difference)
        s.slack[k] = s.slack[k + 1] + difference
        k += 1
      } else {
        s.slack[k] = max(-target[f.i] / f.a, unit)
      }
      k += 1
    }
    for cone in form.cones {
      switch cone.kind {
      case .ball:
        let tail = cone.range.map { -row[$0] }
        let length = Kernel.dot(tail, tail).squareRoot()
        s.coneSlack.append([max(1.5 * length, length + unit)] + tail)
      case .spectral(let d):
        let matrix = PackedSymmetric.unpack(cone.range.map { -row[$0] }[...], order: d)
        let balance = form.balances.firstIndex { $0.members.first == cone.range.lowerBound }
        let least = SymmetricEigen(matrix)?.values.first ?? 0
        let shift = max(unit, unit - 1.5 * least)
        var slack = matrix
        for a in 0..<d { slack.elements[a * d + a] += shift }
        if let balance { s.t[balance] = shift }
        s.coneSlack.append(PackedSymmetric.pack(slack))
      }
    }
  }

  /// The gradient of the Lagrangian without the sums of the simplices and the bounds.
  private static func gradient(_ form: SaddleForm, _ p: [Double], _ s: SaddlePoint) -> [Double] {
    var g = form.smooth.gradient(p)
    Kernel.scale(form.objectiveScale, &g)
    for piece in form.pieces where piece.first >= form.program.layout.simplices.count {
      piece.map.addTransposed(
        Array(s.beta[piece.first..<piece.first + piece.map.rows]), scale: piece.scale, to: &g)
    }
    for (c, f) in form.constraints.enumerated() {
      Kernel.axpy(s.beta[form.convex.lowerBound + c] * form.constraintScale[c], f.gradient(p), into: &g)
    }
    return g
  }
}
