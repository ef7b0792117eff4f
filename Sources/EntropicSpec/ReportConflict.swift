import EntropicModel
import EntropicSolvers

extension Conflict {
  /// The combination member by member: what each target is, what it could be, and the nearest that can be met.
  var document: DocumentValue {
    .object([
      "members": .list(
        members.map { member in
          .object([
            "constraint": .text(member.name),
            "relation": .text(member.relation.rawValue),
            "bound": .number(member.bound),
            "attainable": member.attainable.map { .numbers([$0.lowerBound, $0.upperBound]) } ?? .null,
            "nearest": .optional(member.nearest),
          ])
        }),
      "measure": .text(measure),
      "rounding": .bool(isRounding),
    ])
  }

  /// One line a member, and what the rounding of decimals explains.
  var lines: [String] {
    let shown = members.prefix(12)
    let width = shown.map { Diagnostic.escaped($0.name).count }.max() ?? 0
    var lines = shown.map { member -> String in
      let name = Diagnostic.escaped(member.name)
      let space = String(repeating: " ", count: width - name.count)
      var line = "  \(name)\(space)  \(member.relation.rawValue) \(NumberText.short(member.bound, digits: 9))"
      if let range = member.attainable {
        let (low, high) = (
          NumberText.short(range.lowerBound, digits: 6), NumberText.short(range.upperBound, digits: 6)
        )
        line += "   attainable under the others: \(low) to \(high)"
      }
      if let nearest = member.nearest { line += "   nearest: \(NumberText.short(nearest, digits: 9))" }
      return line
    }
    if members.count > 12 { lines.append("  and \(members.count - 12) more") }
    if isRounding {
      lines.append(
        "  the targets disagree by no more than the rounding of their decimals: the nearest ones agree with all of them"
      )
    }
    return lines
  }
}
