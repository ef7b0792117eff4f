import Entropic

/// Gradients against values of the same formulas: the column 'rival' is evaluations a gradient, times 1/x.
func gradientWorkloads() -> [Workload] {
  let n = 20_000
  var noise = Noise(seed: 9)
  let p = Unknown.simplex(n)
  let e = Expression(p)
  let q = noise.uniforms(n).map { ($0 + 0.1) / Double(n) }
  let x = noise.normals(n)
  let mixture = Matrix(rows: 16, columns: n, elements: noise.uniforms(16 * n).map { $0 + 0.1 })
  let formulas: [(String, Expression)] = [
    ("gradient: kl", kl(p, q) + expect(p, x)),
    ("gradient: variance", variance(p, x)),
    ("gradient: renyi_divergence", renyiDivergence(p, q, order: 0.7)),
    ("gradient: log_sum_exp", logSumExp(100 * e)),
    ("gradient: log_likelihood", logLikelihood(Expression.matrixProduct(Expression(mixture), e))),
  ]
  let point = [noise.uniforms(n).map { ($0 + 0.5) / Double(n) }]
  return formulas.map { name, formula in
    let evaluation = Evaluation(formula)
    let value = evaluation.value(point)[0]
    return Workload(
      name: name, size: n,
      work: { near(evaluation.gradient(point).value, value, 1e-15) },
      rival: { keep(evaluation.value(point)) })
  }
}
