// Package bundle writes a case into one file that proves itself, and verifies such a
// file with nothing else at hand: no database, no network.
//
// The file is a ZIP archive. manifest.json lists every other file with its SHA-256,
// and manifest.note is that manifest's hash, signed by the installation. The events
// in log/events.json are a chain that nobody can change in one place; log/proofs.json
// shows that each of them is in the tree of which log/checkpoint.txt is a signed
// checkpoint; log/salts.json opens the commitments of the events to the texts in
// record. So whoever has the public key from elsewhere can tell that the file is as
// it was made, and that what it says is what was logged at the time.
//
// It imports model/audit, model/replay and model/rulebook.
package bundle
