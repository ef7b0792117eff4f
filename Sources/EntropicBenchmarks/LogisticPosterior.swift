import Entropic
import EntropicFamilies
import EntropicNumerics

/// A Bayesian logistic regression of the peer suite, answered by the nearest normal law.
///
///     maximise   E sum_i log sigmoid(y_i x_i . w) - KL(q, N(0, v I))   over normal laws q of w,   y_i = -1 or 1
struct LogisticPosterior {
  let design: Matrix
  let signs: [Double]
  let priorVariance: Double

  var result: PeerProblem.Result {
    do throws(FamilyError) {
      let d = design.columns
      let prior = try MultivariateNormal(
        mean: [Double](repeating: 0, count: d), covariance: .isotropic(priorVariance, dimension: d))
      let potential = try GeneralisedLinearPotential.logisticRegression(
        design: design, successes: signs.map { $0 > 0 ? 1 : 0 }, prior: prior)
      let outcome = potential.normalApproximation()
      guard let answer = outcome.answer else { return .failure("no answer: \(outcome.status)") }
      return .normal(answer, status: outcome.status)
    } catch {
      return .failure(error.message)
    }
  }
}
