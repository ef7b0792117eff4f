import EntropicNumerics
import EntropicTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

@Suite("factorisations")
struct FactorisationTests {
  /// |A x - b| relative to |A| |x| + |b|, the backward error.
  static func backwardError(_ a: Matrix, _ x: [Double], _ b: [Double]) -> Double {
    let r = zip(a.times(x), b).map { ($0 - $1).magnitude }
    let size = zip(a.absoluteTimes(x), b).map { $0 + $1.magnitude }
    return zip(r, size).reduce(0) { max($0, $1.1 == 0 ? $1.0 : $1.0 / $1.1) }
  }

  static func positive(_ n: Int, seed: UInt64) -> Matrix {
    let m = MatrixTests.random(n, n, seed: seed)
    var a = m.rowGram()
    for i in 0..<n { a[i, i] += 0.5 }
    return a
  }

  @Test("Cholesky: L L' = A, solutions, determinant", arguments: [1, 2, 3, 17, 128, 129, 300])
  func cholesky(n: Int) throws {
    let a = Self.positive(n, seed: UInt64(n))
    let c = try #require(Cholesky(a))
    let product = c.factor.times(c.factor.transposed())
    for (x, y) in zip(product.elements, a.elements) { #expect((x - y).magnitude <= 1e-12 * Double(n)) }
    for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { #expect(c.factor[i, j] == 0) } }
    var g = Generator(seed: 30)
    let b = g.vector(n)
    #expect(Self.backwardError(a, c.solve(b), b) <= 1e-13)
    #expect(Self.backwardError(c.factor, c.solveLower(b), b) <= 1e-13)
    #expect(Self.backwardError(c.factor.transposed(), c.solveUpper(b), b) <= 1e-13)
    let many = MatrixTests.random(n, 5, seed: 31)
    let (x, y) = (c.solve(columnsOf: many), c.solveLower(columnsOf: many))
    for j in 0..<5 {
      #expect(Self.backwardError(a, x.column(j), many.column(j)) <= 1e-13)
      #expect(Self.backwardError(c.factor, y.column(j), many.column(j)) <= 1e-13)
    }
    // Only the lower triangle is read.
    var garbage = a
    for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { garbage[i, j] = .nan } }
    #expect(Cholesky(garbage)?.factor == c.factor)
    let eigen = try #require(SymmetricEigen(a))
    #expect((c.logDeterminant - Kernel.sum(Kernel.log(eigen.values))).magnitude <= 1e-10)
  }

  @Test("Cholesky of a known matrix, by hand")
  func choleskyByHand() throws {
    let a = try #require(Matrix([[4, 2], [2, 5]]))
    let c = try #require(Cholesky(a))
    #expect(c.factor == Matrix([[2, 0], [1, 2]]))
    #expect(c.solve([8, 8]) == [1.5, 1])
    #expect((c.logDeterminant - 2.772588722239781).magnitude <= 1e-15)
    #expect(Cholesky(Matrix(rows: 0, columns: 0))?.solve([]) == [])
  }

  @Test("Cholesky breaks down on what is not positive definite, and a shift repairs it")
  func breakdown() throws {
    let singular = try #require(Matrix([[1, 1], [1, 1]]))
    #expect(Cholesky(singular) == nil)
    let shifted = try #require(Cholesky(singular, shift: 1))
    #expect(
      Self.backwardError(try #require(Matrix([[2, 1], [1, 2]])), shifted.solve([3, 0]), [3, 0]) <= 1e-15)
    #expect(Cholesky(try #require(Matrix([[-1]]))) == nil)
    #expect(Cholesky(try #require(Matrix([[0]]))) == nil)
    #expect(Cholesky(try #require(Matrix([[.nan]]))) == nil)
    #expect(Cholesky(try #require(Matrix([[.infinity]]))) == nil)
    #expect(Cholesky(try #require(Matrix([[1, 0], [.nan, 1]]))) == nil)
    // Negative only in the last of several blocks.
    var late = Self.positive(200, seed: 5)
    late[199, 199] = -1
    #expect(Cholesky(late) == nil)
  }

  @Test("stopping returns nil, whenever it comes")
  func stopping() throws {
    let a = Self.positive(400, seed: 6)
    for count in 0..<4 {
      var calls = 0
      #expect(
        Cholesky(a) {
          calls += 1
          return calls > count
        } == nil)
      #expect(calls == count + 1)
    }
    #expect(SymmetricIndefinite(a) { true } == nil)
    #expect(SymmetricEigen(a, stop: { true }) == nil)
    #expect(PivotedCholesky(a, tolerance: 0, stop: { true }) == nil)
    #expect(PivotedCholesky(a, tolerance: 0, stop: { false })?.rank == 400)
    let c = try #require(Cholesky(a) { false })
    #expect(c.solve(columnsOf: a, stop: { true }) == nil)
    #expect(c.solveLower(columnsOf: a, stop: { true }) == nil)
  }

  @Test(
    "symmetric indefinite: solutions and the number of negative eigenvalues",
    arguments: [1, 2, 5, 64, 65, 100, 257])
  func indefinite(n: Int) throws {
    let m = MatrixTests.random(n, n, seed: UInt64(n) + 40)
    var a = m
    for i in 0..<n { for j in 0..<n { a[i, j] = m[i, j] + m[j, i] } }
    // A zero block asks for pivots of order 2.
    for i in 0..<n / 3 { for j in 0..<n / 3 { a[i, j] = 0 } }
    let f = try #require(SymmetricIndefinite(a))
    var g = Generator(seed: 41)
    let b = g.vector(n)
    #expect(Self.backwardError(a, f.solve(b), b) <= 1e-11)
    let many = MatrixTests.random(n, 3, seed: 42)
    let x = f.solve(columnsOf: many)
    for j in 0..<3 { #expect(Self.backwardError(a, x.column(j), many.column(j)) <= 1e-11) }
    let eigen = try #require(SymmetricEigen(a))
    #expect(f.negativeEigenvalues == eigen.values.filter { $0 < 0 }.count)
  }

  @Test("symmetric indefinite: saddle matrices, singular and not finite ones")
  func saddle() throws {
    let saddle = try #require(Matrix([[0, 1], [1, 0]]))
    let f = try #require(SymmetricIndefinite(saddle))
    #expect(f.solve([2, 3]) == [3, 2] && f.negativeEigenvalues == 1)
    #expect(SymmetricIndefinite(try #require(Matrix([[0]]))) == nil)
    #expect(SymmetricIndefinite(try #require(Matrix([[1, 1], [1, 1]]))) == nil)
    #expect(SymmetricIndefinite(Matrix(rows: 3, columns: 3)) == nil)
    #expect(SymmetricIndefinite(try #require(Matrix([[.nan, 1], [1, 0]]))) == nil)
    #expect(SymmetricIndefinite(Matrix(rows: 0, columns: 0))?.solve([]) == [])
  }

  @Test("eigenvalues: residuals, orthogonality, order", arguments: [1, 2, 30, 120, 129, 200, 257])
  func eigen(n: Int) throws {
    let a = Self.positive(n, seed: UInt64(n) + 50)
    let e = try #require(SymmetricEigen(a))
    #expect(e.values == e.values.sorted())
    let left = a.times(e.vectors)
    let gram = e.vectors.gram()
    for j in 0..<n {
      for i in 0..<n {
        #expect((left[i, j] - e.values[j] * e.vectors[i, j]).magnitude <= 1e-12 * Double(n))
        #expect((gram[i, j] - (i == j ? 1 : 0)).magnitude <= 1e-13 * Double(n))
      }
    }
    // A permuted diagonal has its own elements as eigenvalues.
    let d = try #require(SymmetricEigen(Matrix.diagonal([3, -1, 2])))
    #expect(d.values == [-1, 2, 3])
    #expect(SymmetricEigen(try #require(Matrix([[.nan]]))) == nil)
  }

  @Test("eigenvalues in clusters: almost everything is deflated", arguments: [100, 200, 301])
  func clusters(n: Int) throws {
    // The matrix of ones has the eigenvalue n once and 0 otherwise.
    let shifted = try #require(
      SymmetricEigen(Matrix(rows: n, columns: n, repeating: 1).plus(diagonal: 3)))
    for value in shifted.values.dropLast() { #expect((value - 3).magnitude <= 1e-14 * Double(n)) }
    #expect((shifted.values[n - 1] - Double(n + 3)).magnitude <= 1e-13 * Double(n))
    #expect(Self.deviation(shifted) <= 1e-14 * Double(n))
    let identity = try #require(SymmetricEigen(.identity(n)))
    #expect(identity.values == [Double](repeating: 1, count: n) && Self.deviation(identity) == 0)
    let zero = try #require(SymmetricEigen(Matrix(rows: n, columns: n)))
    #expect(zero.values == [Double](repeating: 0, count: n) && Self.deviation(zero) == 0)
  }

  @Test(
    "eigenvalues of the second difference, also in units that overflow when squared", arguments: [64, 250])
  func secondDifference(n: Int) throws {
    for unit in [1, 0x1p900, 0x1p-900] {
      var a = Matrix(rows: n, columns: n)
      for i in 0..<n {
        a[i, i] = 2 * unit
        if i > 0 { a[i, i - 1] = -unit }
      }
      let e = try #require(SymmetricEigen(a))
      for (k, value) in e.values.enumerated() {
        let half = sin(Double(k + 1) * Double.pi / Double(2 * (n + 1)))
        #expect((value / unit - 4 * half * half).magnitude <= 1e-15 * Double(n))
      }
      #expect(Self.deviation(e) <= 1e-14 * Double(n))
    }
  }

  /// The largest element of V'V - I.
  static func deviation(_ e: SymmetricEigen) -> Double {
    let gram = e.vectors.gram().plus(diagonal: -1)
    return gram.elements.reduce(0) { max($0, $1.magnitude) }
  }

  @Test("minimum norm: rank one by hand, and the residual is orthogonal to the range")
  func minimumNorm() throws {
    // A = v v' with v = (1, 2): the shortest solution of A x = v is v / |v|^2.
    let a = try #require(Matrix([[1, 2], [2, 4]]))
    let x = minimumNormSolve(a, [1, 2], tolerance: 1e-12)
    #expect((x[0] - 0.2).magnitude <= 1e-15 && (x[1] - 0.4).magnitude <= 1e-15)
    // b outside the range: the part in the null space is ignored.
    let y = minimumNormSolve(a, [1 + 2, 2 - 1], tolerance: 1e-12)
    #expect((y[0] - 0.2).magnitude <= 1e-15 && (y[1] - 0.4).magnitude <= 1e-15)
    #expect(minimumNormSolve(Matrix(rows: 2, columns: 2), [1, 1], tolerance: 1e-12) == [0, 0])
    #expect(minimumNormSolve(Matrix(rows: 1, columns: 1, repeating: .nan), [1], tolerance: 0)[0].isNaN)
  }

  @Test(
    "pivoted Cholesky finds the rank and reproduces the matrix",
    arguments: [(1, 1), (6, 2), (40, 7), (50, 50), (200, 64), (150, 100)])
  func pivoted(n: Int, rank: Int) throws {
    let m = MatrixTests.random(n, rank, seed: UInt64(n) + 60)
    let a = m.rowGram()
    let p = PivotedCholesky(a, tolerance: 1e-12)
    #expect(p.rank == rank && p.permutation.sorted() == Array(0..<n))
    let product = p.factor.times(p.factor.transposed())
    for i in 0..<n {
      for j in 0..<n {
        #expect((product[i, j] - a[p.permutation[i], p.permutation[j]]).magnitude <= 1e-12 * Double(n))
      }
    }
    for i in 1..<max(rank, 1) { #expect(p.factor[i, i] <= p.factor[i - 1, i - 1] * (1 + 1e-12)) }
  }

  @Test("pivoted Cholesky: ties by index, zero and NaN")
  func pivotedEnds() {
    #expect(PivotedCholesky(.identity(3), tolerance: 0).permutation == [0, 1, 2])
    #expect(PivotedCholesky(.diagonal([1, 3, 2]), tolerance: 0).permutation == [1, 2, 0])
    let zero = PivotedCholesky(Matrix(rows: 2, columns: 2), tolerance: 1e-13)
    #expect(zero.rank == 0 && zero.residual == 0 && zero.factor.columns == 0)
    #expect(PivotedCholesky(Matrix(rows: 1, columns: 1, repeating: .nan), tolerance: 0).rank == 0)
  }
}

extension Matrix {
  fileprivate func plus(diagonal value: Double) -> Matrix {
    var result = self
    for i in 0..<rows { result[i, i] += value }
    return result
  }
}
