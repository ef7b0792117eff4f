import EntropicNumerics

/// Functions of one affine row each: logarithms, powers, exponentials, absolute values.
extension Resolution {
  mutating func resolveLogs() throws(ProblemError) {
    for group in terms.logs {
      var kept: [Int] = []
      for j in group.weights.indices where group.weights[j] != 0 {
        let w = group.weights[j]
        let offset = group.form.offset[j]
        if let single = group.form.single(j), single.index >= 0, offset == 0, single.scale > 0 {
          if w > 0 {
            throw guilty(group.node, "not convex: a logarithm of the wrong sign")
          }
          if functional.barrier.isEmpty { functional.barrier = [Double](repeating: 0, count: count) }
          functional.barrier[single.index] -= w
          if single.scale != 1 { addConstant(w * Kernel.log(single.scale)) }
        } else if group.form.single(j)?.index == -1 {
          if w < 0, !(offset > 0) {
            // A row without a positive number is a proof that nothing is feasible, if it stays.
            kept.append(j)
          } else {
            addConstant(w * Kernel.log(offset))
          }
        } else if w > 0 {
          guard let known = fixed.value(of: group.form.row(j)) else {
            throw guilty(group.node, "not convex: a logarithm of the wrong sign")
          }
          addConstant(w * Kernel.log(known.value), error: w * known.logError)
        } else {
          kept.append(j)
        }
      }
      if !kept.isEmpty {
        add(.log(kept.map { -group.weights[$0] }), group.form, kept)
      }
    }
  }

  mutating func resolvePowers() throws(ProblemError) {
    for (exponent, group) in terms.powers {
      let sign = Outer.sign(exponent)
      var kept: [Int] = []
      for j in group.weights.indices where group.weights[j] != 0 {
        let w = group.weights[j]
        let offset = group.form.offset[j]
        let single = group.form.single(j)
        if let single, single.index == -1 {
          if w * sign > 0, w < .infinity, Scalar.power(exponent, w, offset) == .infinity {
            kept.append(j)
          } else {
            addConstant(w * Scalar.pow(offset, exponent))
          }
          continue
        }
        if w == .infinity, exponent > 0, let single, offset == 0 {
          terms.forcedZeros.insert(single.index)
          continue
        }
        if let single, single.scale > 0, offset == 0 || exponent == 2 {
          let scaled = w * Scalar.pow(single.scale, exponent)
          if exponent == 2, offset != 0 {
            addCost(at: single.index, 2 * w * single.scale * offset)
            addConstant(w * offset * offset)
          }
          if offset == 0, w * sign > 0, w < .infinity, !(abs(scaled) > 1e-140 && abs(scaled) < 1e140) {
            // w (s p)^a keeps its row where w s^a leaves the range of numbers.
            kept.append(j)
            continue
          }
          if scaled * sign >= 0 {
            addPowerTerm(exponent, single.index, scaled * sign)
            continue
          }
        } else if w * sign > 0 {
          kept.append(j)
          continue
        } else if let known = fixed.value(of: group.form.row(j)) {
          addConstant(w * Scalar.pow(known.value, exponent), error: abs(w) * known.powerError(exponent))
          continue
        }
        throw guilty(group.node, "not convex: a power of the wrong sign")
      }
      if !kept.isEmpty {
        add(.power(exponent, kept.map { group.weights[$0] * sign }), group.form, kept)
      }
    }
  }

  mutating func resolveExponentials() throws(ProblemError) {
    for group in terms.exponentials {
      let kept = group.weights.indices.filter { group.weights[$0] != 0 }
      guard kept.allSatisfy({ group.weights[$0] > 0 }) else {
        throw guilty(group.node, "not convex: an exponential of the wrong sign")
      }
      if !kept.isEmpty { add(.exponential(kept.map { group.weights[$0] }), group.form, kept) }
    }
  }

  mutating func resolvePositiveSquares() throws(ProblemError) {
    for group in terms.positiveSquares {
      let kept = group.weights.indices.filter { group.weights[$0] != 0 }
      guard kept.allSatisfy({ group.weights[$0] > 0 }) else {
        throw guilty(group.node, "not convex: a square of the wrong sign")
      }
      if !kept.isEmpty { add(.positiveSquare(kept.map { group.weights[$0] }), group.form, kept) }
    }
  }

  mutating func resolveAbsolutes() throws(ProblemError) {
    for group in terms.absolutes {
      let kept = group.weights.indices.filter { group.weights[$0] != 0 }
      guard kept.allSatisfy({ group.weights[$0] > 0 }) else {
        throw guilty(group.node, "not convex: an absolute value or maximum of the wrong sign")
      }
      if !kept.isEmpty { add(.absolute(kept.map { group.weights[$0] }), group.form, kept) }
    }
  }
}
