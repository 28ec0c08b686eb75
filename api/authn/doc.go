// Package authn says who is asking: it makes the secrets that people and
// machines sign in with, and turns the bearer token or the session of a request into
// a person. Local accounts have a password, of which the record has a slow hash; idp
// accepts what providers of identities say.
//
// A secret is shown once and never kept; the record has its hash. Every token is
// for one purpose, so that the secret of a sign-in link opens no API.
//
// It imports model, model/access and model/store.
package authn
