#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much memory the program may count on.
///
/// The machine's memory, or less where a control group of Linux allows less: containers and batch systems
/// end a process that takes more than its group has, however much the machine could give. Both versions of
/// control groups are read, and every group above the own one, because each limits those below it. A limit on
/// the address space (`ulimit -v`) counts too, without what is mapped already: an allocation beyond it fails,
/// and a failed allocation ends the process.
package enum MachineMemory {
  /// Three quarters of what there is: the default of every limit on memory.
  static let budget: Int = min(bytes(), addressSpace()) / 4 * 3

  /// Bytes that may still be mapped; the largest number where there is no limit.
  private static func addressSpace() -> Int {
    var limit = rlimit()
    #if canImport(Glibc)
      let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #else
      let status = getrlimit(RLIMIT_AS, &limit)
    #endif
    guard status == 0, let bytes = Int(exactly: limit.rlim_cur), bytes < Int.max else { return Int.max }
    // The first number is the size of the process in pages; without it half of the limit is taken as mapped.
    let pages = text("/proc/self/statm")?.split(separator: " ").first.flatMap { Int($0) }
    let mapped = pages.map {
      $0.multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE)))).partialValue
    }
    return max(bytes - (mapped ?? bytes / 2), 0)
  }

  /// Bytes of the machine or of its control group.
  ///
  /// - Parameters:
  ///   - root: the folder that holds `proc` and `sys`; empty for the machine's own.
  ///   - physical: bytes of the machine.
  package static func bytes(root: String = "", physical: Int = physicalBytes) -> Int {
    guard let groups = text(root + "/proc/self/cgroup") else { return physical }
    var least = physical
    for line in groups.split(separator: "\n") {
      // number:controllers:path
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      if fields[1].isEmpty {
        for folder in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
          least = min(least, limit(root + folder, path: fields[2], file: "memory.max"))
        }
      } else if fields[1].split(separator: ",").contains("memory") {
        least = min(
          least, limit(root + "/sys/fs/cgroup/memory", path: fields[2], file: "memory.limit_in_bytes"))
      }
    }
    return least
  }

  /// The smallest limit of a group and of those above it; a group that is not limited says "max".
  private static func limit(_ folder: String, path: Substring, file: String) -> Int {
    var least = Int.max
    var place = folder
    // In a container the path may be one of the host, which is not seen here: then the folder's own counts.
    for part in [""] + path.split(separator: "/").filter({ $0 != ".." }).map({ "/" + $0 }) {
      place += part
      guard let word = text(place + "/" + file)?.split(separator: "\n").first, let bytes = Int(word),
        bytes > 0
      else { continue }
      least = min(least, bytes)
    }
    return least
  }

  private static func text(_ path: String) -> String? {
    guard let bytes = try? FileAccess.read(path, limit: 1 << 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The memory of the machine; 1 GiB where it does not say.
  package static let physicalBytes: Int = {
    let pages = Int(sysconf(Int32(_SC_PHYS_PAGES)))
    let (total, overflow) = pages.multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE))))
    return overflow || total <= 0 ? 1 << 30 : total
  }()
}
