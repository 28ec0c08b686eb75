// Package api is the JSON API: decode, ask the application layer or the record,
// encode. One file for each resource; what they share is in
//
//	problem.go catalogue.go   errors as RFC 9457 problems, in Swedish and English
//	middleware.go limits.go   what happens around every request
//	validate.go faults.go     what is wrong with a request, by JSON pointer
//	conditional.go list.go    entity tags, idempotency keys, lists and cursors
//
// The OpenAPI document is generated from the types here; testdata/openapi.json
// is the contract, and a test compares.
//
// It imports api/act, api/authn, the model with its store, and huma. It never
// imports the workflows.
package api
