// Package idp lets people in whom a provider of identities knows (OpenID Connect), such
// as Entra ID or Keycloak: with its access tokens at the API, and through its own
// sign-in page at the pages.
//
//	config.go    which providers there are, and what their claims come to
//	provider.go  what is asked of a provider, and keys.go when
//	token.go     whether a token holds (RFC 7519, RFC 9068, OpenID Connect Core 1.0)
//	mapping.go   from claims to roles and units
//	person.go    from a token to a person
//	flow.go      the authorization code flow with PKCE
//
// A person is known by issuer and subject, never by e-mail. What a token says reaches
// neither log nor error; why one is refused is a word.
//
// It imports api/authn, api/outbound, model and model/store.
package idp
