import CAllocationCounter
import CEntropicKernels
import EntropicNumerics
import Testing

/// Kernels work in the memory they are given: not one call of the allocator, in C or in the Swift around it.
@Suite("Kernels allocate nothing", .serialized, .enabled(if: allocation_counter_works()))
struct AllocationTests {
  /// Calls of the allocator in ten runs; a first run takes what is set up once.
  private func allocations(_ body: () -> Void) -> Int {
    body()
    allocation_counter_begin()
    for _ in 0..<10 { body() }
    return Int(allocation_counter_end())
  }

  @Test("the counter counts")
  func counter() {
    var kept: [[Double]] = []
    kept.reserveCapacity(100)
    let size = 1000 + Int.random(in: 1...2)
    #expect(allocations { kept.append([Double](repeating: 1, count: size)) } == 10)
    #expect(kept.count == 11)
  }

  @Test("C kernels", arguments: [1, 31, 257, 5000, 100_000])
  func kernels(n: Int) {
    let x = (0..<n).map { 0.5 + Double($0 % 17) / 16 }
    var y = x
    var z = x
    var sink = 0.0
    let count = allocations {
      x.withUnsafeBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
          z.withUnsafeMutableBufferPointer { z in
            guard let a = x.baseAddress, let b = y.baseAddress, let c = z.baseAddress else { return }
            ek_exp_array(a, b, n)
            ek_log_array(a, c, n)
            sink += ek_sum(a, n) + ek_absolute_sum(a, n) + ek_dot(a, b, n) + ek_absolute_dot(a, b, n)
            sink += ek_compensated_sum(a, n) + ek_compensated_dot(a, b, n)
            sink += ek_maximum(a, n) + ek_minimum(a, n)
            ek_axpy(0.5, a, b, n)
            ek_scale(0.5, b, n)
            sink += ek_log_sum_exp(a, n) + ek_softmax(a, b, c, n)
            sink += ek_entropy_sum(b, nil, a, n) + ek_absolute_entropy_sum(b, a, nil, n)
            sink += ek_kl_divergence(b, a, n)
            sink += ek_exp(a[0]) + ek_log(a[0]) + ek_log1p_minus(0.25)
          }
        }
      }
    }
    #expect(count == 0)
    #expect(sink.isFinite)
  }

  @Test("Swift kernels on arrays and buffers", arguments: [1, 31, 257, 5000])
  func wrappers(n: Int) {
    let x = (0..<n).map { 0.5 + Double($0 % 17) / 16 }
    let q = x.map { $0 / Double(n) }
    var y = x
    var p = x
    var logp = x
    var sink = 0.0
    let count = allocations {
      sink += Kernel.sum(x) + Kernel.absoluteSum(x) + Kernel.dot(x, q) + Kernel.absoluteDot(x, q)
      sink += Kernel.compensatedSum(x) + Kernel.compensatedDot(x, q)
      sink += Kernel.maximum(x) + Kernel.minimum(x) + Kernel.logSumExp(x)
      Kernel.axpy(0.5, x, into: &y)
      Kernel.scale(0.5, &y)
      sink += Kernel.softmax(x, into: &p)
      x.withUnsafeBufferPointer { x in
        p.withUnsafeMutableBufferPointer { p in
          logp.withUnsafeMutableBufferPointer { logp in
            sink += Kernel.softmax(x, into: p, logarithms: logp)
            Kernel.exp(x, into: p)
            Kernel.log(x, into: logp)
          }
        }
      }
      sink += Kernel.entropySum(p, costs: x) + Kernel.absoluteEntropySum(p, temperatures: x)
      sink += klDivergence(p, q)
      sink += Kernel.exp(x[0]) + Kernel.log(x[0]) + Kernel.kappa(n)
    }
    #expect(count == 0)
    #expect(sink.isFinite)
  }

  @Test("matrix kernels in C write into the memory they are given", arguments: [(3, 5), (64, 300)])
  func matrices(rows: Int, columns: Int) {
    let m = (0..<rows * columns).map { Double($0 % 23) }
    let x = (0..<columns).map(Double.init)
    let y = (0..<rows).map(Double.init)
    var down = y
    var across = x
    let count = allocations {
      m.withUnsafeBufferPointer { m in
        guard let a = m.baseAddress else { return }
        x.withUnsafeBufferPointer { x in
          down.withUnsafeMutableBufferPointer { down in
            ek_row_dots(a, rows, columns, columns, x.baseAddress, down.baseAddress, 0)
            ek_row_dots(a, rows, columns, columns, x.baseAddress, down.baseAddress, 1)
          }
        }
        y.withUnsafeBufferPointer { y in
          across.withUnsafeMutableBufferPointer { across in
            ek_column_dots(a, rows, columns, columns, y.baseAddress, across.baseAddress, 0)
            ek_column_dots(a, rows, columns, columns, y.baseAddress, across.baseAddress, 1)
          }
        }
      }
    }
    #expect(count == 0)
  }

  /// The most bytes held at once by a stream of blocks of 1000 keys with 4 values each, and its average value.
  private func peakOfStream(blocks: Int) -> (bytes: Int, value: Double) {
    allocation_counter_begin()
    var stream = StreamingSoftmax(width: 4)
    for block in 0..<blocks {
      let keys = (0..<1000).map { Double(block * 1000 + $0) }
      stream.add(keys.map { -$0 / 1000 }, values: keys.flatMap { [$0, 1, -$0, 2] })
    }
    _ = allocation_counter_end()
    return (Int(allocation_counter_peak()), stream.value)
  }

  @Test("the softmax of a million keys takes the memory of one block")
  func stream() {
    let few = peakOfStream(blocks: 10)
    let many = peakOfStream(blocks: 1000)
    // The keys and their values alone are 40 megabytes.
    #expect(few.bytes > 32_000 && many.bytes <= few.bytes + 4096 && many.bytes < 400_000, "\(few) \(many)")
    // log((1 - e^-1000) / (1 - e^-0.001)) with 40 digits
    #expect(abs(many.value - 6.908255237315470733) <= 1e-13)
  }

  @Test("what is given back is no longer held")
  func peak() {
    allocation_counter_begin()
    var sum = 0.0
    for k in 0..<50 { sum += [Double](repeating: Double(k), count: 10_000).reduce(0, +) }
    _ = allocation_counter_end()
    let peak = Int(allocation_counter_peak())
    #expect(sum == 12_250_000 && peak >= 80_000 && peak < 180_000)
  }
}
