import EntropicFamilies

// Written by Tests/Checker/make_families.py with mpmath at 50 digits.

extension ReferenceDivergences {
  static func all() throws -> [Row] {
    [
      Row(try Exponential(rate: 0.75), try Gamma(shape: 2.5, rate: 1.25), 5.4010897507690841e-1),
      Row(try Gamma(shape: 2.5, rate: 1.25), try Exponential(rate: 0.75), 2.808777142609363e-1),
      Row(try ChiSquared(degrees: 7), try Gamma(shape: 2, rate: 0.75), 1.3928311424044618),
      Row(try Laplace(location: 1, scale: 0.5), try Normal(mean: 0, variance: 2), 6.405121234846454e-1),
      Row(try Normal(mean: 0.25, variance: 2), try Laplace(location: 1, scale: 0.5), 8.0136885975940379e-1),
      Row(try Uniform(lower: 0.25, upper: 0.75), try Beta(a: 2, b: 3.5), 5.2062256370034453e-1),
      Row(try Uniform(lower: 0.25, upper: 0.75), try Exponential(rate: 2), 1.0),
      Row(try Uniform(lower: 0.25, upper: 0.75), try Normal(mean: 0, variance: 2), 2.026367637377924),
      Row(try LogNormal(mu: 0.25, sigma: 0.5), try Gamma(shape: 4, rate: 2.75), 2.0790860069461542e-2),
      Row(try Gamma(shape: 4, rate: 2.75), try LogNormal(mu: 0.25, sigma: 0.5), 2.6208600531109485e-2),
      Row(try InverseGaussian(mean: 1.5, shape: 2), try Gamma(shape: 4, rate: 2.75), 2.7066721212160893e-1),
      Row(
        try LogNormal(mu: 0.25, sigma: 0.5), try InverseGaussian(mean: 1.5, shape: 2), 1.6740001047265754e-1),
      Row(try Weibull(shape: 1.7, scale: 2), try Weibull(shape: 3, scale: 1.5), 1.8691487653665066),
      Row(try Weibull(shape: 1.7, scale: 2), try Gamma(shape: 2, rate: 0.75), 1.5992637651862785e-1),
      Row(try Logistic(location: -1, scale: 2), try Logistic(location: 0.5, scale: 1), 6.8610997311958421e-1),
      Row(try Cauchy(location: -1, scale: 0.5), try Cauchy(location: 0.5, scale: 2), 7.5377180237638015e-1),
      Row(
        try Normal(mean: 0.25, variance: 2), try StudentT(degrees: 3.5, location: 1, scale: 2),
        2.5522735332585506e-1),
      Row(
        try StudentT(degrees: 3.5, location: 1, scale: 2), try Normal(mean: 0, variance: 2),
        1.4348081555755663),
      Row(try StudentT(degrees: 3.5, location: 1, scale: 2), try StudentT(degrees: 5), 6.2670886287645881e-1),
      Row(try Geometric(success: 0.4), try Poisson(rate: 2.5), 4.6655818853201302e-1),
      Row(try Poisson(rate: 2.5), try Geometric(success: 0.4), 3.6262818336216013e-1),
      Row(
        try NegativeBinomial(successes: 2.5, probability: 0.4),
        try NegativeBinomial(successes: 4, probability: 0.5), 1.9472210059868652e-2),
      Row(try Binomial(trials: 40, probability: 0.3), try Poisson(rate: 2.5), 9.3520012783480098),
      Row(
        try Gamma(shape: 2.5, rate: 1.25), try Gamma(shape: 2.500001, rate: 1.250001), 2.451787319071091e-13),
      Row(
        try Gamma(shape: 2e7, rate: 1.25), try Gamma(shape: 2.0000001e7, rate: 1.250001),
        5.6249969058896785e-6),
      Row(try Beta(a: 2, b: 3.5), try Beta(a: 2.000001, b: 3.500002), 8.614177078340915e-14),
      Row(try Beta(a: 1e6, b: 3e6), try Beta(a: 1000001, b: 3000003), 2.4999992361114583e-13),
      Row(try Beta(a: 1e-8, b: 1e8), try Beta(a: 1e8, b: 1e-8), 1.0000001899789638e16),
      Row(
        try Normal(mean: 1, variance: 2), try Normal(mean: 1.000001, variance: 2.000001),
        3.1249983330975818e-13),
      Row(
        try Weibull(shape: 1.7, scale: 2), try Weibull(shape: 1.700001, scale: 2.000001),
        4.6537350583931998e-13),
      Row(
        try VonMises(location: 0, concentration: 1.5), try VonMises(location: 0.5, concentration: 4),
        7.2776074620050109e-1),
      Row(
        try VonMises(location: 0, concentration: 1e4), try VonMises(location: 1e-8, concentration: 10000.01),
        7.4998783455719794e-13),
      Row(
        try VonMises(location: 0, concentration: 0), try VonMises(location: 0, concentration: 700),
        6.9580569999844345e2),
      Row(try Poisson(rate: 1e-8), try Poisson(rate: 50), 4.9999999766672963e1),
      Row(try Poisson(rate: 1e8), try Poisson(rate: 100000010), 4.9999996666666917e-7),
      Row(try Bernoulli(probability: 0.3), try Bernoulli(probability: 0.3000001), 2.3809520787462531e-14),
      Row(try Bernoulli(probability: 1e-12), try Bernoulli(probability: 0.5), 6.9314718053131429e-1),
      Row(try Geometric(success: 1e-6), try Geometric(success: 2e-6), 3.0685331944088803e-1),
      Row(
        try Laplace(location: 0, scale: 1), try Laplace(location: 1e-6, scale: 1.000001),
        9.9999866658585852e-13),
    ]
  }
}
