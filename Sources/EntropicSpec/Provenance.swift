import EntropicModel

/// Where a report comes from: the files by their digests, the parameters, and the canonical program.
package struct Provenance: Sendable, Equatable {
  package static let program = "entropic"
  package static let version = "0.1.0"
  /// The version of the report's form. Keys are added, never given another meaning.
  package static let schema = 1

  package struct File: Sendable, Equatable {
    /// The objective file without its folders; a data file as the objective file names it.
    package var name: String
    /// SHA-256 as 64 hexadecimal digits.
    package var digest: String

    package init(name: String, digest: String) {
      self.name = name
      self.digest = digest
    }
  }

  package struct Parameter: Sendable, Equatable {
    package var name: String
    package var value: Double

    package init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  package var file: File
  package var data: [File]
  package var parameters: [Parameter]
  /// The digest of the canonical program: equal for two spellings of one problem.
  package var canonical: String?

  package init(file: File, data: [File], parameters: [Parameter], canonical: String? = nil) {
    self.file = file
    self.data = data
    self.parameters = parameters
    self.canonical = canonical
  }

  package var document: DocumentValue {
    .object([
      "program": .text(Provenance.program),
      "version": .text(Provenance.version),
      "schema": .integer(Provenance.schema),
      "objective_file": file.document,
      "data_files": .list(data.map(\.document)),
      "parameters": .object(parameters.map { .init(key: $0.name, value: .number($0.value)) }),
      "canonical_program": .optional(canonical),
    ])
  }
}

extension Provenance.File {
  fileprivate var document: DocumentValue { .object(["name": .text(name), "sha256": .text(digest)]) }
}

extension Problem {
  /// The digest of the canonical program.
  package var digest: String { SHA256.digest(of: program.canonicalBytes) }
}
