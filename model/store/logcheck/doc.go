// Package logcheck verifies the log of an organisation: the chain of every case and
// incident and its own, the rows that its events must add up to, the tree over all events, and
// that the tree is the one of which signed checkpoints were kept elsewhere.
//
// Chains and tree find what was changed by somebody who could not, or did not,
// calculate everything anew. Whoever did is found by a checkpoint that they could
// not reach: it names the events of which one is not what was signed. What has been
// logged after the last such checkpoint cannot be proven, and the report says where
// that begins.
//
// It imports model/audit, model/lang and model/store.
package logcheck
