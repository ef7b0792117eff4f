/// The nearest known word to a mistyped one.
package enum Suggestion {
  /// The word of `words` with the least edit distance to `word`, if it is near enough to be meant.
  ///
  /// Near enough is one edit for up to four letters and a third of the length beyond; ties go to the earlier
  /// word. Cost: O(length^2) for each word; nothing is offered for words beyond 64 bytes.
  package static func nearest<Words: Sequence>(to word: String, among words: Words) -> String?
  where Words.Element == String {
    let target = Array(word.lowercased().utf8)
    guard !target.isEmpty, target.count <= 64 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in words where candidate != word {
      let letters = Array(candidate.lowercased().utf8)
      guard !letters.isEmpty, letters.count <= 64 else { continue }
      let limit = max(1, max(target.count, letters.count) / 3)
      guard abs(letters.count - target.count) <= limit else { continue }
      let found = distance(target, letters)
      if found <= limit, found < best?.distance ?? .max { best = (candidate, found) }
    }
    return best?.word
  }

  /// `did you mean 'x'?`, or nil.
  package static func hint<Words: Sequence>(for word: String, among words: Words) -> String?
  where Words.Element == String {
    nearest(to: word, among: words).map { "did you mean '\($0)'?" }
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string
  /// alignment).
  package static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    var current = last
    for i in a.indices {
      current[0] = i + 1
      for j in b.indices {
        let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
        current[j + 1] = min(replaced, last[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          current[j + 1] = min(current[j + 1], beforeLast[j - 1] + 1)
        }
      }
      (beforeLast, last, current) = (last, current, beforeLast)
    }
    return last[b.count]
  }
}
