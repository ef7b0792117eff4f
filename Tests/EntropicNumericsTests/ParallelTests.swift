import EntropicNumerics
import Testing

/// More threads change the time of a kernel and never its bytes.
@Suite struct ParallelTests {
  private func numbers(_ count: Int, _ seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
  }

  private func bits(_ x: [Double]) -> [UInt64] { x.map(\.bitPattern) }

  /// The bytes of `work` with 1, 2, 3 and 8 threads.
  private func isSame(_ work: () -> [Double]) -> Bool {
    let alone = bits(work())
    return [2, 3, 8].allSatisfy { count in
      Parallel.$threads.withValue(count) { bits(work()) } == alone
    }
  }

  @Test func elementwise() {
    let x = numbers(200_003, 1)
    #expect(isSame { Kernel.exp(x) })
    #expect(isSame { Kernel.log(x.map { abs($0) }) })
  }

  @Test(arguments: [(50, 20_011), (20_011, 50), (700, 300), (1, 100_000), (100_000, 1), (0, 5), (5, 0)])
  func products(rows: Int, columns: Int) {
    let matrix = Matrix(rows: rows, columns: columns, elements: numbers(rows * columns, 2))
    let (x, y) = (numbers(columns, 3), numbers(rows, 4))
    #expect(isSame { matrix.times(x) })
    #expect(isSame { matrix.transposedTimes(y) })
    #expect(isSame { matrix.absoluteTransposedTimes(y) })
  }

  @Test(arguments: [(40_000, 20), (3_000, 600), (900, 1100)])
  func grams(rows: Int, columns: Int) {
    let matrix = Matrix(rows: rows, columns: columns, elements: numbers(rows * columns, 5))
    let weights = numbers(rows, 6)
    #expect(isSame { matrix.gram(weights: weights).elements })
    #expect(isSame { matrix.transposed().rowGram(weights: weights).elements })
  }

  /// A cut into parts adds the same vectors: entry (i, j) against a dot product with compensation.
  @Test func gramOfManyRows() {
    let (rows, columns) = (50_000, 7)
    let matrix = Matrix(rows: rows, columns: columns, elements: numbers(rows * columns, 7))
    let weights = numbers(rows, 8)
    let gram = Parallel.$threads.withValue(2) { matrix.gram(weights: weights) }
    for i in 0..<columns {
      for j in 0..<columns {
        let (u, v) = (matrix.column(i), matrix.column(j))
        let exact = Kernel.compensatedDot(zip(u, weights).map(*), v)
        #expect(abs(gram[i, j] - exact) <= 1e-12 * Double(rows).squareRoot())
      }
    }
  }

  @Test func factorisations() {
    let n = 900
    let root = Matrix(rows: n, columns: n, elements: numbers(n * n, 9))
    #expect(isSame { root.times(root).elements })
    #expect(
      isSame {
        var matrix = root.gram()
        for i in 0..<n { matrix[i, i] += 1 }
        return Cholesky(matrix)?.solve([Double](repeating: 1, count: n)) ?? []
      })
  }

  @Test func aStopEndsTheWorkOfAllThreads() {
    let matrix = Matrix(rows: 60_000, columns: 30, elements: numbers(60_000 * 30, 10))
    Parallel.$threads.withValue(2) {
      #expect(matrix.gram(weights: nil, stop: { true }) == nil)
      #expect(matrix.gram(weights: nil, stop: { false }) != nil)
    }
  }
}
