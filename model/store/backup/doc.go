// Package backup copies a data folder into one file while the program runs on it,
// and makes a data folder of such a file again.
//
// The file is a ZIP archive: the record, the attachments to which the record
// refers, and a manifest with the size and SHA-256 of each and, for every
// organisation, a digest over where the logs of its cases end. The engine's file is
// left out, because it is rebuilt from the record; so are the lock, and what a demo
// writes down of its people's tokens.
//
// The record is copied first and the attachments after: content is there before
// anything refers to it and is never changed, so that what the copy refers to was
// there when it was made. It can only be gone when somebody removed it meanwhile
// and a sweep came; then the copying begins anew.
//
// A folder that is being restored holds a mark, in which stands what is wrong with
// it, and which is taken away when everything has been verified and the record tells
// who restored it. A server does not start on a folder with the mark. A record in
// PostgreSQL is put back with that database's tools, and then verified and noted in the
// same way.
//
// manifest.go is the form of the file, make.go writes it, open.go reads and checks
// it, restore.go unpacks and verifies it, mark.go marks the folder meanwhile. The
// package imports model, model/audit, model/store and migrations, and only cmd imports
// it.
package backup
