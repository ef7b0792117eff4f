#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Reads whole regular files, and nothing else.
///
/// Opening never waits (a pipe without a writer would), and the kind and size are taken from the open file,
/// so that no exchange of the file between question and reading matters.
package enum FileAccess {
  package enum Failure: Error, Hashable, Sendable {
    case missing
    case notRegular(kind: String)
    case unreadable(reason: String)
    case tooLarge(bytes: Int, limit: Int)
  }

  /// The contents of the regular file at `path`; if `path` is a real path, a link put there since is not
  /// followed.
  package static func read(_ path: String, limit: Int, followsLinks: Bool = true) throws(Failure) -> [UInt8] {
    let (descriptor, size) = try opened(path, limit: limit, followsLinks: followsLinks)
    defer { _ = close(descriptor) }
    return try contents(of: descriptor, size: size, limit: limit)
  }

  /// The regular file at `path` in the address space instead of a copy of it.
  package static func map(_ path: String, limit: Int, followsLinks: Bool = true) throws(Failure) -> MappedFile
  {
    let (descriptor, size) = try opened(path, limit: limit, followsLinks: followsLinks)
    defer { _ = close(descriptor) }
    guard let file = MappedFile(descriptor: descriptor, count: size) else {
      throw .unreadable(reason: String(cString: strerror(errno)))
    }
    return file
  }

  /// A regular file of at most `limit` bytes, open for reading, and its size.
  private static func opened(
    _ path: String, limit: Int, followsLinks: Bool
  ) throws(Failure) -> (descriptor: Int32, size: Int) {
    if path.isEmpty || path.utf8.contains(0) { throw .missing }
    var descriptor: Int32
    repeat {
      descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (followsLinks ? 0 : O_NOFOLLOW))
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else {
      let code = errno
      // A socket or a device without a driver cannot even be opened.
      if code == ENXIO { throw .notRegular(kind: "a device or socket") }
      throw code == ENOENT || code == ENOTDIR
        ? .missing : .unreadable(reason: String(cString: strerror(code)))
    }
    var status = stat()
    var failure: Failure?
    if fstat(descriptor, &status) != 0 {
      failure = .unreadable(reason: String(cString: strerror(errno)))
    } else if status.st_mode & S_IFMT != S_IFREG {
      failure = .notRegular(kind: kind(of: status.st_mode & S_IFMT))
    } else if status.st_size > limit {
      failure = .tooLarge(bytes: Int(status.st_size), limit: limit)
    }
    if let failure {
      _ = close(descriptor)
      throw failure
    }
    return (descriptor, Int(status.st_size))
  }

  /// Standard input up to its end.
  package static func readStandardInput(limit: Int) throws(Failure) -> [UInt8] {
    try contents(of: 0, size: 0, limit: limit)
  }

  /// Reads to the end, which may lie beyond `size` when the file grows meanwhile.
  private static func contents(of descriptor: Int32, size: Int, limit: Int) throws(Failure) -> [UInt8] {
    var failure: Failure?
    var bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = 0
      while count < size {
        let got = systemRead(
          descriptor, buffer.baseAddress.map { UnsafeMutableRawPointer($0 + count) }, size - count)
        if got < 0 { failure = .unreadable(reason: String(cString: strerror(errno))) }
        if got <= 0 { break }
        count += got
      }
    }
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while failure == nil {
      let got = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
      if got < 0 { failure = .unreadable(reason: String(cString: strerror(errno))) }
      if got <= 0 { break }
      bytes.append(contentsOf: chunk[..<got])
      if bytes.count > limit { failure = .tooLarge(bytes: bytes.count, limit: limit) }
    }
    if let failure { throw failure }
    return bytes
  }

  private static func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int
  {
    while true {
      #if canImport(Glibc)
        let got = Glibc.read(descriptor, buffer, count)
      #elseif canImport(Darwin)
        let got = Darwin.read(descriptor, buffer, count)
      #else
        let got = Musl.read(descriptor, buffer, count)
      #endif
      if got >= 0 || errno != EINTR { return got }
    }
  }

  private static func kind(of mode: mode_t) -> String {
    switch mode {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "something else"
    }
  }

  /// The path without links and dots; nil if there is no such file.
  package static func realPath(_ path: String) -> String? {
    guard !path.isEmpty, !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

extension FileAccess.Failure {
  /// The message for an objective file.
  package func diagnostic(file: String) -> Diagnostic {
    switch self {
    case .missing: Diagnostic(.missingFile, file: file, "the file does not exist")
    case .notRegular(let kind):
      Diagnostic(.irregularFile, file: file, "not a regular file but \(kind)")
    case .unreadable(let reason): Diagnostic(.unreadableFile, file: file, "cannot read the file (\(reason))")
    case .tooLarge(let bytes, let limit):
      Diagnostic(
        .oversizedFile, file: file, "the file has \(bytes) bytes (expected at most \(limit))",
        hint: "keep large arrays in data files (.csv, .npy) beside the objective file")
    }
  }

  /// The message for a data file, at the place where the objective file names it.
  package func diagnostic(data path: LocatedText, in source: SourceFile) -> Diagnostic {
    let name = Diagnostic.quoted(path.text)
    switch self {
    case .missing:
      return source.diagnostic(
        .missingDataFile, at: path.location, "the data file \(name) does not exist",
        hint: "paths are relative to the folder of the objective file")
    case .notRegular(let kind):
      return source.diagnostic(
        .irregularDataFile, at: path.location, "the data file \(name) is not a regular file but \(kind)")
    case .unreadable(let reason):
      return source.diagnostic(
        .unreadableDataFile, at: path.location, "cannot read the data file \(name) (\(reason))")
    case .tooLarge(let bytes, let limit):
      return source.diagnostic(
        .oversizedData, at: path.location,
        "the data file \(name) has \(bytes) bytes (expected at most \(limit))")
    }
  }
}
