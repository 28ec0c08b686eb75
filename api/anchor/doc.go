// Package anchor ties the log to the world outside: it fills the trees of the
// organisations' events behind the acts' backs, and takes signed checkpoints of
// them to a file or a server that whoever can rewrite the record cannot reach.
//
// An event is as durable as its act from the start; only that it is proven comes
// later, by seconds for the tree and by the interval for a checkpoint. Each batch is
// a short transaction of its own, for which an act may have to wait on SQLite.
//
// It imports model, model/store and api/outbound.
package anchor
