#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The contents of a file in the address space, read-only, for as long as this lives.
///
/// Nothing is copied: pages come in when they are looked at, and the system may drop them again. The caller
/// checks the size against what the file says about itself before it looks at the rest. A file that another
/// program cuts off meanwhile cannot be read to its end, and the system ends the process: `map` is for files
/// that stay as they are.
package struct MappedFile: ~Copyable {
  private let base: UnsafeMutableRawPointer?
  package let count: Int

  /// Nil when the system cannot map it; the descriptor may be closed afterwards.
  init?(descriptor: Int32, count: Int) {
    self.count = count
    if count == 0 {
      base = nil
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      return nil
    }
    base = start
    _ = madvise(start, count, MADV_SEQUENTIAL)
  }

  deinit {
    if let base { _ = munmap(base, count) }
  }

  /// The bytes, which are not to be kept.
  package var bytes: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      start: base.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }, count: count)
  }
}
