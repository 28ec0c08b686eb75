// Package engine runs a Temporal server inside the process.
//
// It is what makes "sluss serve" one program with nothing else to install: the
// frontend, history and matching services of the server listen on free ports of
// the loopback interface, behind mutual TLS with a certificate authority that
// lives in memory only, and keep their state in one SQLite file, in a PostgreSQL database, or in memory.
//
// The engine's file is disposable. A workflow holds nothing that the
// application's database does not, so a file that is damaged, or that another
// version wrote with another schema, is moved aside and a new one is begun; the
// cases come back from their rows at their next touch. This is also why the
// file is written with synchronous NORMAL: the last moments before a power cut
// may be missing from it.
//
// A database in PostgreSQL is as disposable as the file, and is the engine's alone: it
// is made when it is missing and the role may, and an advisory lock on a connection of
// its own, which must not go through a pooler of transactions, keeps a second process
// out. The server's own tools set its schema up and bring it up to date. What other
// versions wrote stays usable that way; what is not is to be dropped by hand.
//
// What is left out, because the product does not use it: the server's own
// worker service (schedules, batch operations, worker deployments and the
// deletion of namespaces need it, cases do not), the visibility store (lists
// come from the application's database), metrics, profiling, the HTTP API and
// the report to the makers' version host.
//
// Next to the file lie SQLite's own ("-wal", "-shm"), "<file>.lock", which keeps
// a second process out, and after damage "<file>.damaged" until the next start
// and "<file>.unusable-<time>" until somebody deletes it.
//
// When the server meets an error that it cannot go on from, the engine ends and
// says so through Done and Err; the process is then to end as well.
//
// Only cmd and tests import this package. Builds with the tag "slim" leave the
// server out; of this package only this comment remains then.
package engine
