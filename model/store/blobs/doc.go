// Package blobs keeps the content of attached files beside the record: in a
// folder, or wherever a bucket of gocloud.dev/blob keeps it. It also says which
// files are taken, and under which names: kind.go, zip.go, name.go.
//
// Content is kept under its organisation and the SHA-256 of its bytes. The same
// content is kept once, and whoever reads it knows whether it is still the same.
// Content is written before the row that refers to it; what no row refers to is
// harmless, and Sweep finds it.
//
// It imports nothing of Sluss. It is no part of the model, because what finds the
// type of a file belongs to net/http.
package blobs
