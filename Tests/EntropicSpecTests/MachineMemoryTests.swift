import EntropicSpec
import Testing

@Suite("memory of the machine and of its control group")
struct MachineMemoryTests {
  static let physical = 1 << 34

  private func bytes(_ files: [String: String]) throws -> Int {
    let folder = try TemporaryFolder()
    for (path, text) in files { try folder.write(text, to: path) }
    return MachineMemory.bytes(root: folder.path, physical: Self.physical)
  }

  @Test("without control groups it is the machine's")
  func none() throws {
    #expect(try bytes([:]) == Self.physical)
    #expect(try bytes(["proc/self/cgroup": "0::/\n"]) == Self.physical)
    #expect(MachineMemory.physicalBytes > 0 && MachineMemory.bytes() <= MachineMemory.physicalBytes)
  }

  @Test("version 2: the least of the own group and those above it")
  func second() throws {
    let own = "0::/batch/job:7\n"
    let base = "sys/fs/cgroup/"
    #expect(try bytes(["proc/self/cgroup": own, base + "batch/job:7/memory.max": "1000000\n"]) == 1_000_000)
    #expect(
      try bytes([
        "proc/self/cgroup": own, base + "batch/job:7/memory.max": "max\n",
        base + "batch/memory.max": "2000000\n",
      ]) == 2_000_000)
    // In a container the path is the root, or one that is not seen.
    #expect(try bytes(["proc/self/cgroup": "0::/\n", base + "memory.max": "3000000\n"]) == 3_000_000)
    #expect(
      try bytes(["proc/self/cgroup": "0::/../../host\n", base + "memory.max": "4000000\n"]) == 4_000_000)
  }

  @Test("version 1: the group of the memory controller")
  func first() throws {
    let groups = "11:cpu,cpuacct:/a\n5:memory:/docker/abc\n1:name=systemd:/b\n"
    let base = "sys/fs/cgroup/memory/"
    #expect(
      try bytes(["proc/self/cgroup": groups, base + "docker/abc/memory.limit_in_bytes": "5000000\n"])
        == 5_000_000)
    #expect(
      try bytes(["proc/self/cgroup": groups, base + "memory.limit_in_bytes": "6000000\n"]) == 6_000_000)
    // No limit is written as the largest number of whole pages; another controller's group does not count.
    #expect(
      try bytes([
        "proc/self/cgroup": groups, base + "memory.limit_in_bytes": "9223372036854771712\n",
        base + "a/memory.limit_in_bytes": "1000\n",
      ]) == Self.physical)
  }

  @Test("what is no limit is passed over", arguments: ["", "max", "-1", "0", "many", "1e9"])
  func malformed(text: String) throws {
    #expect(try bytes(["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": text]) == Self.physical)
    #expect(try bytes(["proc/self/cgroup": "no colon\n:\n" + text]) == Self.physical)
  }
}
