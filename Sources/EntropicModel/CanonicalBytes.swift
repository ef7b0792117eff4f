import EntropicNumerics

extension Program {
  /// The program as bytes: equal for all spellings of one problem, different for different problems. Names are left
  /// out; numbers enter by their bit patterns, with -0 as 0.
  public var canonicalBytes: [UInt8] {
    var out = ByteSink()
    out.put(layout.blocks.count)
    for block in layout.blocks {
      out.put(block.kind.rawValue)
      out.put(block.shape)
      out.put(block.mass)
    }
    out.put(layout.lower)
    out.put(layout.upper)
    out.put(objective)
    for rows in [equalities, inequalities] {
      out.put(rows.count)
      for row in rows {
        out.put(row.columns)
        out.put(row.values)
        out.put(row.bound)
      }
    }
    out.put(convex.count)
    for constraint in convex {
      out.put(constraint.functional)
      out.put(constraint.bound)
    }
    out.put(isConvex ? 1 : 0)
    return out.bytes
  }
}

private struct ByteSink {
  var bytes: [UInt8] = []

  mutating func put(_ word: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
    }
  }
  mutating func put(_ value: Int) { put(UInt64(bitPattern: Int64(value))) }
  mutating func put(_ value: Double) { put(value == 0 ? 0 : value.bitPattern) }
  mutating func put(_ text: String) {
    put(text.utf8.count)
    bytes += Array(text.utf8)
  }
  mutating func put(_ list: [Double]) {
    put(list.count)
    for value in list { put(value) }
  }
  mutating func put(_ list: [Int]) {
    put(list.count)
    for value in list { put(value) }
  }

  mutating func put(_ map: LinearMap) {
    put(map.rows)
    for i in 0..<map.rows {
      map.forEachEntry(ofRow: i) { column, value in
        if value != 0 {
          put(column)
          put(value)
        }
      }
      put(-1)
    }
  }

  mutating func put(_ outer: Outer) {
    switch outer {
    case .log(let w):
      put("log")
      put(w)
    case .entropy(let w):
      put("entropy")
      put(w)
    case .relativeEntropy(let w):
      put("relative")
      put(w)
    case .power(let a, let w):
      put("power")
      put(a)
      put(w)
    case .perspective(let a, let w):
      put("perspective")
      put(a)
      put(w)
    case .positiveSquare(let w):
      put("positive square")
      put(w)
    case .absolute(let w):
      put("absolute")
      put(w)
    case .maximum(let caps):
      put("maximum")
      put(caps ?? [])
    case .logSumExp: put("log-sum-exp")
    case .exponential(let w):
      put("exponential")
      put(w)
    case .norm: put("norm")
    case .quadratic(let q, _):
      put("quadratic")
      put(q.elements)
    }
  }

  mutating func put(_ f: Functional) {
    put(f.constant)
    put(f.linear)
    put(f.entropic)
    put(f.barrier)
    for term in f.powers.sorted(by: { $0.exponent < $1.exponent }) {
      put(term.exponent)
      put(term.weights)
    }
    // The order in which terms were written does not matter.
    var terms: [[UInt8]] = []
    for term in f.composites {
      var sink = ByteSink()
      sink.put(term.weight)
      sink.put(term.outer)
      sink.put(term.map)
      sink.put(term.offset)
      terms.append(sink.bytes)
    }
    for term in f.conditionals {
      var sink = ByteSink()
      sink.put("conditional")
      sink.put(term.weight)
      sink.put(.sparse(term.map))
      sink.put(term.offset)
      terms.append(sink.bytes)
    }
    for term in f.information {
      var sink = ByteSink()
      sink.put(term.kind.rawValue)
      sink.put(term.weight)
      sink.put(term.regressors.elements)
      sink.put(term.scale)
      sink.put(term.first)
      sink.put(term.base?.elements ?? [])
      terms.append(sink.bytes)
    }
    for term in f.maxima {
      var sink = ByteSink()
      sink.put("maximum of parts")
      sink.put(term.weight)
      for part in term.parts { sink.put(part) }
      terms.append(sink.bytes)
    }
    for function in f.smooth {
      var sink = ByteSink()
      sink.put("smooth")
      sink.put(function.signature)
      terms.append(sink.bytes)
    }
    for bytes in terms.sorted(by: { $0.lexicographicallyPrecedes($1) }) { self.bytes += bytes }
  }
}
