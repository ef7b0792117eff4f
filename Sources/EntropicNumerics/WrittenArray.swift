internal import CEntropicKernels

extension Array where Element == Double {
  /// An array that `body` writes from end to end. Large ones lie in large pages where the system has them, which
  /// makes the first writing of them two to three times as fast.
  package static func written(count: Int, by body: (UnsafeMutableBufferPointer<Double>) -> Void) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      let target = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      if count >= 1 << 19, let start = target.baseAddress {
        ek_prefer_large_pages(start, count * MemoryLayout<Double>.stride)
      }
      body(target)
      initialized = count
    }
  }
}
