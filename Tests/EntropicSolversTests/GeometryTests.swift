import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// h = e^q, a mirror map as a user would write it: without a divergence of its own.
private struct ExponentialMap: MirrorMap {
  var name: String { "exponential" }
  func value(_ q: Double, cap: Double) -> Double { exp(q) }
  func derivatives(_ q: Double, cap: Double) -> (first: Double, second: Double) { (exp(q), exp(q)) }
  func inverse(_ slope: Double, cap: Double) -> Double { slope <= 1 ? 0 : min(log(slope), cap) }
}

/// A geometry on a layout where it makes sense.
struct GeometryCase: Sendable, CustomTestStringConvertible {
  let geometry: Geometry
  let layout: Layout
  var testDescription: String { geometry.name }

  init(_ geometry: Geometry, caps: Double = .infinity, simplices: [(Int, Double)] = [(5, 1)]) {
    self.geometry = geometry
    var layout = Layout()
    for (k, part) in simplices.enumerated() {
      layout.append(name: "p\(k)", kind: .simplex, shape: [part.0], mass: part.1)
    }
    layout.upper = layout.upper.map { min($0, caps) }
    self.layout = layout
  }

  static let all: [GeometryCase] =
    [.entropy, .euclidean, .burg].map { GeometryCase($0) }
    + [0.3, 0.5, 1.2, 1.5, 2.5, 3].map { GeometryCase(.tsallis($0)) }
    + [
      GeometryCase(.fermiDirac), GeometryCase(.fermiDirac, caps: 0.6),
      GeometryCase(.custom(ExponentialMap())),
      GeometryCase(
        .product([.init(.burg, weight: 0.25), .init(.entropy, weight: 3)]), simplices: [(3, 1), (4, 2)]),
      GeometryCase(
        .product([.init(.tsallis(1.5), weight: 2), .init(.fermiDirac), .init(.euclidean, weight: 0.5)]),
        simplices: [(3, 1), (4, 1), (2, 0.5)]),
    ]

  /// A point inside the simplices and below the caps.
  func point(_ dice: inout Dice) -> [Double] { point(&dice, above: layout) }

  /// A point of the simplices above the lower bounds of a layout.
  func point(_ dice: inout Dice, above set: Layout) -> [Double] {
    var p = set.lower
    for slice in set.simplices {
      var rest = slice.mass
      for i in slice.range { rest -= set.lower[i] }
      let law = dice.law(slice.count, 1)
      for (k, i) in slice.range.enumerated() {
        p[i] += rest * (0.4 * law[k] + 0.6 / Double(slice.count))
      }
    }
    return p
  }

  /// The layout with lower bounds on some masses: a convex subset.
  var subset: Layout {
    var set = layout
    for slice in set.simplices { set.lower[slice.first] = 0.4 * slice.mass }
    return set
  }

  func divergence(_ p: [Double], _ q: [Double]) -> Double { geometry.divergence(from: p, to: q, in: layout) }
}

@Suite("Geometry")
struct GeometryTests {
  @Test("divergences to the last digits, however near the points are", arguments: GeometryTable.rows)
  func table(row: GeometryTable.Row) throws {
    let map = try #require(Geometry.named(row.geometry)).map(ofSimplex: 0)
    let found = map.divergence(from: row.p, to: row.q, cap: row.cap)
    #expect(abs(found - row.divergence) <= 2e-14 * row.divergence, "\(row): \(found)")
  }

  @Test("divergences are never negative, and zero at the point itself", arguments: GeometryCase.all)
  func sign(row: GeometryCase) {
    var dice = Dice(1)
    for _ in 0..<200 {
      let (p, q) = (row.point(&dice), row.point(&dice))
      #expect(row.divergence(p, p) == 0)
      #expect(row.divergence(p, q) > 0)
      let near = zip(p, q).map { $0 + 1e-9 * ($1 - $0) }
      #expect(row.divergence(p, near) >= 0)
    }
  }

  @Test("three points: D(q, p) = D(q, r) + D(r, p) + <h'(r) - h'(p), q - r>", arguments: GeometryCase.all)
  func threePoints(row: GeometryCase) {
    var dice = Dice(2)
    for _ in 0..<100 {
      let (p, q, r) = (row.point(&dice), row.point(&dice), row.point(&dice))
      let slopes = zip(row.geometry.dual(r, in: row.layout), row.geometry.dual(p, in: row.layout)).map {
        $0 - $1
      }
      let turn = Kernel.compensatedDot(slopes, zip(q, r).map { $0 - $1 })
      let parts = [row.divergence(r, q), row.divergence(p, r), turn]
      let error = row.divergence(p, q) - Kernel.sum(parts)
      #expect(abs(error) <= 1e-13 * (Kernel.absoluteSum(parts) + 1), "\(error) of \(parts)")
    }
  }

  @Test("a projection is nearer to every point of its set, by its own distance", arguments: GeometryCase.all)
  func pythagoras(row: GeometryCase) throws {
    var dice = Dice(3)
    let set = row.subset
    let zero = [Double](repeating: 0, count: set.count)
    for _ in 0..<40 {
      let p = row.point(&dice)
      let nearest = try #require(row.geometry.step(from: p, gradient: zero, length: 1, in: set))
      #expect(zip(nearest, set.lower).allSatisfy { $0 >= $1 })
      for _ in 0..<5 {
        let q = row.point(&dice, above: set)
        let whole = row.divergence(p, q)
        let sum = row.divergence(nearest, q) + row.divergence(p, nearest)
        #expect(whole >= sum - 1e-12 * (1 + whole), "\(whole) below \(sum)")
      }
    }
  }

  @Test("the dual map is undone by its inverse", arguments: GeometryCase.all)
  func duality(row: GeometryCase) throws {
    var dice = Dice(4)
    for _ in 0..<100 {
      let p = row.point(&dice)
      let slopes = row.geometry.dual(p, in: row.layout)
      #expect(distance(try #require(row.geometry.primal(slopes, in: row.layout)), p) <= 1e-13)
      // Entry by entry, without the multiplier of the mass.
      for (s, slice) in row.layout.simplices.enumerated() {
        let map = row.geometry.map(ofSimplex: s)
        for i in slice.range {
          let cap = min(row.layout.upper[i], slice.mass)
          let slope = map.derivatives(p[i], cap: cap).first
          #expect(abs(map.inverse(slope, cap: cap) - p[i]) <= 1e-14 * (1 + abs(slope)))
        }
      }
    }
  }

  @Test("h' and h'' are the derivatives of h", arguments: GeometryCase.all)
  func derivatives(row: GeometryCase) {
    let map = row.geometry.map(ofSimplex: 0)
    let cap = min(row.layout.upper[0], 1)
    for q in [0.05, 0.2, 0.45] {
      let step = 1e-4 * q
      let (up, here, down) = (q + step, q, q - step)
      let slope = (map.value(up, cap: cap) - map.value(down, cap: cap)) / (up - down)
      let exact = map.derivatives(here, cap: cap)
      #expect(abs(slope - exact.first) <= 1e-6 * (1 + abs(exact.first)))
      let bend = (map.derivatives(up, cap: cap).first - map.derivatives(down, cap: cap).first) / (up - down)
      #expect(abs(bend - exact.second) <= 1e-6 * exact.second)
    }
  }

  @Test("a step meets its optimality conditions", arguments: GeometryCase.all, [0.02, 1, 50])
  func optimality(row: GeometryCase, length: Double) throws {
    var dice = Dice(5)
    for set in [row.layout, row.subset] {
      for _ in 0..<20 {
        let p = row.point(&dice)
        let g = p.map { _ in dice.normal() }
        let q = try #require(row.geometry.step(from: p, gradient: g, length: length, in: set))
        check(row.geometry, p, g, length, q, set)
      }
    }
  }

  /// g + L (h'(q) - h'(p)) is one number on free masses, larger at lower bounds, smaller at caps.
  private func check(
    _ geometry: Geometry, _ p: [Double], _ g: [Double], _ length: Double, _ q: [Double], _ set: Layout
  ) {
    let (before, after) = (geometry.dual(p, in: set), geometry.dual(q, in: set))
    for (s, slice) in set.simplices.enumerated() {
      #expect(abs(Kernel.compensatedSum(Array(q[slice.range])) - slice.mass) <= 1e-15 * slice.mass)
      let size = slice.range.map { abs(g[$0]) + length * (abs(before[$0]) + min(abs(after[$0]), 1e15)) }
      let marginal = slice.range.map { g[$0] + length * (after[$0] - before[$0]) }
      // The last bit of the mass may have gone to an outcome at its bound.
      let free = slice.range.filter { i in
        q[i] > (1 + 1e-14) * set.lower[i] && q[i] < min(set.upper[i], slice.mass) && q[i] > 1e-290
      }
      guard let best = free.max(by: { q[$0] < q[$1] }) else { continue }
      let level = marginal[best - slice.first]
      for i in slice.range {
        let k = i - slice.first
        // One part in 10^11 of the numbers that enter, and what the rounding of q itself does to h'(q).
        let map = geometry.map(ofSimplex: s)
        let bends = [i, best].map { j -> Double in
          let cap = min(set.upper[j], slice.mass)
          return q[j] > 0 && q[j] < cap ? q[j] * map.derivatives(q[j], cap: cap).second : 0
        }
        let tolerance =
          1e-11 * (size[k] + size[best - slice.first]) + 1e-14 * length * (bends[0] + bends[1])
        if free.contains(i) {
          #expect(abs(marginal[k] - level) <= tolerance, "\(geometry.name): \(marginal) at \(q)")
        } else if q[i] <= (1 + 1e-14) * set.lower[i] {
          #expect(marginal[k] >= level - tolerance, "\(geometry.name): \(marginal) at \(q)")
        }
      }
    }
  }

  @Test("one outcome, ties and masses of 1e-300", arguments: GeometryCase.all)
  func edges(row: GeometryCase) throws {
    var one = Layout()
    one.append(name: "p", kind: .simplex, shape: [1])
    #expect(row.geometry.step(from: [1], gradient: [1e3], length: 0.1, in: one) == [1])
    #expect(row.geometry.primal([-4], in: one) == [1])
    #expect(row.geometry.divergence(from: [1], to: [1], in: one) == 0)

    let layout = row.layout
    let centre = layout.centre()
    let tied = try #require(
      row.geometry.step(from: centre, gradient: centre.map { _ in 7 }, length: 2, in: layout))
    #expect(distance(tied, centre) <= 2e-16)
    var g = [Double](repeating: 1, count: layout.count)
    g[0] = 0
    let pair = try #require(row.geometry.step(from: centre, gradient: g, length: 1, in: layout))
    #expect(abs(pair[1] - pair[2]) <= 1e-16)
    #expect(pair[0] > pair[1])

    var p = centre
    p[1] += p[0] - 1e-300
    p[0] = 1e-300
    guard zip(p, layout.upper).allSatisfy({ $0 < $1 }) else { return }
    let next = try #require(
      row.geometry.step(from: p, gradient: g.map { 1 - $0 }, length: 1, in: layout))
    #expect(next.allSatisfy { $0.isFinite && $0 >= 0 })
    check(row.geometry, p, g.map { 1 - $0 }, 1, next, layout)
    #expect(row.geometry.divergence(from: p, to: next, in: layout) >= 0)
  }

  @Test("Tsallis geometries of order near 1 are the entropic one, of order 2 the Euclidean one")
  func limits() throws {
    var dice = Dice(6)
    let base = GeometryCase(.entropy)
    for (order, limit, near) in [
      (1 + 1e-7, Geometry.entropy, 1e-6), (1 - 1e-7, .entropy, 1e-6), (2, .euclidean, 1e-14),
    ] {
      for _ in 0..<50 {
        let (p, q) = (base.point(&dice), base.point(&dice))
        let tsallis = Geometry.tsallis(order)
        let expected = limit.divergence(from: p, to: q, in: base.layout)
        #expect(abs(tsallis.divergence(from: p, to: q, in: base.layout) - expected) <= near * expected)
        let g = p.map { _ in dice.normal() }
        let a = try #require(tsallis.step(from: p, gradient: g, length: 1.5, in: base.layout))
        let b = try #require(limit.step(from: p, gradient: g, length: 1.5, in: base.layout))
        #expect(distance(a, b) <= near)
      }
    }
  }

  @Test("a product is the weighted sum of its factors")
  func products() {
    var dice = Dice(7)
    let product = Geometry.product([.init(.burg, weight: 0.25), .init(.entropy, weight: 3)])
    let row = GeometryCase(product, simplices: [(3, 1), (4, 2)])
    var (first, second) = (Layout(), Layout())
    first.append(name: "a", kind: .simplex, shape: [3])
    second.append(name: "b", kind: .simplex, shape: [4], mass: 2)
    for _ in 0..<50 {
      let (p, q) = (row.point(&dice), row.point(&dice))
      let parts =
        0.25 * Geometry.burg.divergence(from: Array(p[..<3]), to: Array(q[..<3]), in: first) + 3
        * Geometry.entropy.divergence(from: Array(p[3...]), to: Array(q[3...]), in: second)
      #expect(abs(row.divergence(p, q) - parts) <= 1e-14 * parts)
    }
  }

  @Test("kinks, convex constraints and too many rows are declined")
  func declines() {
    let kink = Build.simplex(2) {
      $0.composites = [
        Composite(
          outer: .absolute([1, 1]),
          map: .dense(Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 1]), firstColumn: 0, columns: 2))
      ]
    }
    #expect(!MirrorDescent().accepts(kink).isAccepted)
    var ball = Build.entropy(2)
    ball.convex = [ConvexConstraint(name: "c", functional: Functional(count: 2), bound: 1)]
    #expect(!MirrorDescent().accepts(ball).isAccepted)
    let rows = Build.entropy(3, equal: [([0, 1, 2], 1)])
    #expect(MirrorDescent(.burg).accepts(rows).isAccepted)
    #expect(!MirrorDescent(.burg, largestRowCount: 0).accepts(rows).isAccepted)
    #expect(MirrorDescent(.euclidean).name == "mirror-descent(euclidean)")
  }

  @Test("steps keep caps", arguments: everyGeometry)
  func caps(geometry: Geometry) {
    var program = Build.projection([0.9, 0.7, 0.2, -0.1, 0.05])
    program.layout.upper = [0.4, 0.4, 0.4, 0.4, 0.4]
    let verdict = Verdict(MirrorDescent(geometry), program, limit: 1000)
    #expect(verdict.certifies(0.175625, relative: 1e-12))
  }
}

/// Geometries that keep zeros out, and such that do not.
let everyGeometry: [Geometry] = [
  .entropy, .euclidean, .burg, .tsallis(0.5), .tsallis(1.5), .fermiDirac,
]
