import EntropicNumerics
import EntropicTestSupport
import Testing

@Suite("matrices and their products")
struct MatrixTests {
  static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var g = Generator(seed: seed)
    return Matrix(rows: rows, columns: columns, elements: g.vector(rows * columns))
  }

  @Test("layout: rows, columns, elements")
  func layout() throws {
    let m = try #require(Matrix([[1, 2, 3], [4, 5, 6]]))
    #expect(m.rows == 2 && m.columns == 3 && m.elements == [1, 2, 3, 4, 5, 6])
    #expect(m[1, 0] == 4 && Array(m.row(1)) == [4, 5, 6] && m.column(2) == [3, 6])
    #expect(m.transposed() == Matrix([[1, 4], [2, 5], [3, 6]]))
    #expect(m.times([1, 0, -1]) == [-2, -2])
    #expect(m.transposedTimes([1, -1]) == [-3, -3, -3])
    #expect(m.absoluteTimes([1, 0, -1]) == [4, 10])
    #expect(m.absoluteTransposedTimes([1, -1]) == [5, 7, 9])
    #expect(m.times(m.transposed()) == Matrix([[14, 32], [32, 77]]))
    #expect(Matrix([[1], [2, 3]]) == nil)
    #expect(Matrix([]) == Matrix(rows: 0, columns: 0))
    #expect(Matrix.identity(2) == Matrix([[1, 0], [0, 1]]) && Matrix.diagonal([3]) == Matrix([[3]]))
    var changed = m
    changed[0, 1] = 7
    #expect(changed.elements == [1, 7, 3, 4, 5, 6])
  }

  @Test("products of empty and thin matrices")
  func empty() {
    let none = Matrix(rows: 0, columns: 3)
    #expect(none.times([1, 2, 3]).isEmpty && none.transposedTimes([]) == [0, 0, 0])
    #expect(none.gram() == Matrix(rows: 3, columns: 3) && none.rowGram() == Matrix(rows: 0, columns: 0))
    #expect(none.transposed().times([]) == [0, 0, 0])
    #expect(none.transposed().times(none) == Matrix(rows: 3, columns: 3))
    #expect(Matrix([[2]])?.gram(weights: [-4]) == Matrix([[-16]]))
  }

  @Test(
    "products with vectors keep the bound of a dot product",
    arguments: [(1, 1), (3, 200), (200, 3), (33, 129), (257, 130), (1100, 17)])
  func vectors(rows: Int, columns: Int) {
    let m = Self.random(rows, columns, seed: 21)
    var g = Generator(seed: 22)
    let x = g.vector(columns)
    let y = g.vector(rows)
    let (mx, my) = (m.times(x), m.transposedTimes(y))
    let (ax, ay) = (m.absoluteTimes(x), m.absoluteTransposedTimes(y))
    for i in 0..<rows {
      let exact = (0..<columns).reduce(DoubleDouble(0)) { $0 + DoubleDouble(m[i, $1]) * DoubleDouble(x[$1]) }
      #expect((DoubleDouble(mx[i]) - exact).magnitude().high <= Kernel.kappa(columns) * ax[i])
      #expect(mx[i] == Kernel.dot(Array(m.row(i)), x))
    }
    for j in 0..<columns {
      let exact = (0..<rows).reduce(DoubleDouble(0)) { $0 + DoubleDouble(m[$1, j]) * DoubleDouble(y[$1]) }
      #expect((DoubleDouble(my[j]) - exact).magnitude().high <= Kernel.kappa(rows) * ay[j])
      let size = (0..<rows).reduce(0) { $0 + (m[$1, j] * y[$1]).magnitude }
      #expect((ay[j] - size).magnitude <= 0x1p-40 * size)
    }
    #expect(m.exactTimes(x) == mx && m.exactTransposedTimes(y) == my)
  }

  @Test("an infinity in one row or column stays there")
  func infinities() {
    var m = Matrix(rows: 40, columns: 9, repeating: 1)
    m[7, 3] = .infinity
    let rows = m.times([Double](repeating: 1, count: 9))
    let columns = m.transposedTimes([Double](repeating: 1, count: 40))
    for i in 0..<40 { #expect(rows[i] == (i == 7 ? .infinity : 9)) }
    for j in 0..<9 { #expect(columns[j] == (j == 3 ? .infinity : 40)) }
    m[39, 3] = .infinity
    #expect(m.transposedTimes([Double](repeating: 1, count: 40))[3] == .infinity)
  }

  @Test(
    "matrix products and Gram matrices against plain loops",
    arguments: [(1, 1, 1), (2, 5, 3), (40, 300, 7), (129, 64, 257)])
  func products(rows: Int, inner: Int, columns: Int) throws {
    let a = Self.random(rows, inner, seed: 23)
    let b = Self.random(inner, columns, seed: 24)
    let c = a.times(b)
    #expect(c.rows == rows && c.columns == columns)
    for i in 0..<rows {
      for j in 0..<columns {
        let exact = (0..<inner).reduce(0) { $0 + a[i, $1] * b[$1, j] }
        #expect((c[i, j] - exact).magnitude <= 0x1p-50 * Double(inner))
      }
    }
    // Weights of both signs, and zeros.
    var g = Generator(seed: 25)
    let w = g.vector(inner).map { $0.magnitude < 0.2 ? 0 : $0 }
    let right = a.rowGram(weights: w)
    let left = a.transposed().gram(weights: w)
    let plain = a.rowGram()
    for i in 0..<rows {
      for j in 0..<rows {
        let exact = (0..<inner).reduce(0) { $0 + w[$1] * a[i, $1] * a[j, $1] }
        #expect((right[i, j] - exact).magnitude <= 0x1p-49 * Double(inner))
        #expect((left[i, j] - exact).magnitude <= 0x1p-49 * Double(inner))
        let unweighted = (0..<inner).reduce(0) { $0 + a[i, $1] * a[j, $1] }
        #expect((plain[i, j] - unweighted).magnitude <= 0x1p-49 * Double(inner))
        #expect(right[i, j] == right[j, i])
      }
    }
  }

  @Test("products large enough for several pieces; stopping returns nil")
  func pieces() throws {
    let a = Self.random(600, 700, seed: 26)
    let c = a.times(a.transposed())
    let g = a.rowGram()
    let t = a.gram()
    for (i, j) in [(0, 0), (599, 0), (300, 511), (599, 599), (255, 256)] {
      let exact = Kernel.dot(Array(a.row(i)), Array(a.row(j)))
      #expect((c[i, j] - exact).magnitude <= 1e-11)
      #expect((g[i, j] - exact).magnitude <= 1e-11)
    }
    for (i, j) in [(0, 699), (512, 3), (699, 699)] {
      #expect((t[i, j] - Kernel.dot(a.column(i), a.column(j))).magnitude <= 1e-11)
    }
    #expect(a.times(a.transposed(), stop: { true }) == nil)
    #expect(a.gram(weights: nil, stop: { true }) == nil)
    #expect(a.rowGram(weights: nil, stop: { true }) == nil)
    #expect(a.rowGram(weights: nil, stop: { false }) == g)
  }
}
