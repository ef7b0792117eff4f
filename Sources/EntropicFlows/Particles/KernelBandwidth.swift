import EntropicNumerics

/// The width of the Gaussian kernel exp(-|x - y|^2 / h) of particle methods.
public enum KernelBandwidth: Sendable, Equatable {
  /// h itself.
  case fixed(Double)
  /// h = (median distance)^2 / log(n + 1), again at every step: then a particle's kernel weights sum to
  /// about one.
  case median

  func check() throws(FlowError) {
    if case .fixed(let h) = self, !(h >= 1e-200 && h <= 1e200) {
      throw .parameter(name: "the bandwidth", value: h, expected: "a positive number")
    }
  }

  /// h for a cloud. The median is taken over pairs of at most 500 particles at equal distances in the list;
  /// where it is rounding beside the coordinates, as for particles at one place, h is 1.
  func value(for cloud: Cloud) -> Double {
    if case .fixed(let h) = self { return h }
    let n = cloud.count
    let stride = max(1, n / 500)
    let chosen = Array(Swift.stride(from: 0, to: n, by: stride).prefix(500))
    var squares: [Double] = []
    squares.reserveCapacity(chosen.count * (chosen.count - 1) / 2)
    for (a, i) in chosen.enumerated() {
      for j in chosen[..<a] {
        var sum = 0.0
        for k in 0..<cloud.dimension {
          let z = cloud.coordinates[k * n + i] - cloud.coordinates[k * n + j]
          sum += z * z
        }
        squares.append(sum)
      }
    }
    guard !squares.isEmpty else { return 1 }
    squares.sort()
    let median = squares[squares.count / 2]
    let h = median / Kernel.log(Double(n + 1))
    let reach = cloud.coordinates.reduce(0) { max($0, abs($1)) }
    return h > 1e-20 * reach * reach && h.isFinite ? h : 1
  }
}

/// Gaussian sums over all pairs of a cloud, with the buffers they need.
struct PairSums {
  let count: Int
  let dimension: Int
  let places: Int
  /// dimension + 1 columns of `places` numbers: what is summed, and the sums.
  var columns: [Double]
  private(set) var sums: [Double]
  private var points: [Double]

  init(_ cloud: Cloud) {
    count = cloud.count
    dimension = cloud.dimension
    places = Cloud.padded(count)
    columns = [Double](repeating: 0, count: places * (dimension + 1))
    sums = columns
    points = [Double](repeating: Cloud.away, count: places * dimension)
  }

  /// sums_c(i) = sum_j exp(-|x_i - x_j|^2 / h) columns_c(j).
  mutating func evaluate(_ cloud: Cloud, bandwidth h: Double) {
    for k in 0..<dimension {
      for i in 0..<count { points[k * places + i] = cloud.coordinates[k * count + i] }
    }
    points.withUnsafeBufferPointer { x in
      columns.withUnsafeBufferPointer { u in
        sums.withUnsafeMutableBufferPointer {
          Kernel.gaussianSums(x, dimension: dimension, columns: u, scale: 1 / h, into: $0)
        }
      }
    }
  }
}
