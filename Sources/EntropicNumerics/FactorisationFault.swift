/// Lets tests make factorisations fail, so that what happens then is known and not hoped for.
package enum FactorisationFault {
  /// True inside a task whose Cholesky and indefinite factorisations shall all fail.
  @TaskLocal package static var isInjected = false
}
