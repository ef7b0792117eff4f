import EntropicSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Writing an answer: whole, or not at all.
enum Output {
  /// Why nothing was written.
  struct Failure: Error {
    var isCreation: Bool
    var reason: String

    func diagnostic(path: String) -> Diagnostic {
      isCreation
        ? Diagnostic(.cannotCreateOutput, file: path, "cannot create the output (\(reason))")
        : Diagnostic(.outputFailed, file: path, "cannot write the output (\(reason))")
    }
  }

  /// Writes all bytes to an open descriptor.
  static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let written = bytes[done...].withUnsafeBytes {
        systemWrite(descriptor, $0.baseAddress, min($0.count, 1 << 20))
      }
      if written < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = systemPoll(&poll)
          continue
        }
        throw Failure(isCreation: false, reason: String(cString: strerror(errno)))
      }
      done += written
    }
  }

  /// Writes a file through a temporary one beside it, so that the old contents survive every failure.
  static func write(_ bytes: [UInt8], toFile path: String) throws(Failure) {
    let temporary = folder(of: path) + "/.entropic-\(getpid())-\(name(of: path))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Failure(isCreation: true, reason: String(cString: strerror(errno))) }
    do throws(Failure) {
      try write(bytes, to: descriptor)
      guard fsync(descriptor) == 0 || errno == EINVAL else {
        throw Failure(isCreation: false, reason: String(cString: strerror(errno)))
      }
    } catch {
      _ = close(descriptor)
      _ = unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0, rename(temporary, path) == 0 else {
      let reason = String(cString: strerror(errno))
      _ = unlink(temporary)
      throw Failure(isCreation: false, reason: reason)
    }
  }

  /// Refuses a path that cannot become a file, or that is one of the inputs, before any work is done.
  static func check(path: String, inputs: [String]) throws(SpecError) {
    let isEmpty = path.isEmpty || path.utf8.contains(0) || path.hasSuffix("/")
    var status = stat()
    let exists = !isEmpty && stat(path, &status) == 0
    if isEmpty || exists && status.st_mode & S_IFMT != S_IFREG {
      throw SpecError(Diagnostic(.cannotCreateOutput, file: path, "the output is not a regular file"))
    }
    if access(folder(of: path), W_OK | X_OK) != 0 {
      throw SpecError(
        Failure(isCreation: true, reason: String(cString: strerror(errno))).diagnostic(path: path))
    }
    guard exists, let real = FileAccess.realPath(path) else { return }
    for input in inputs where FileAccess.realPath(input) == real {
      throw SpecError(
        Diagnostic(
          .overwritesInput, file: path, "the output would overwrite the input \(Diagnostic.quoted(input))",
          hint: "give --output another name"))
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func name(of path: String) -> String {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    return String(name.utf8.prefix(100)) ?? "output"
  }
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
  #if canImport(Glibc)
    Glibc.write(descriptor, buffer, count)
  #elseif canImport(Darwin)
    Darwin.write(descriptor, buffer, count)
  #else
    Musl.write(descriptor, buffer, count)
  #endif
}

private func systemPoll(_ request: inout pollfd) -> Int32 { poll(&request, 1, 1000) }
