// Package notify tells people what concerns them. What a case, an incident or a
// task of the year has to tell stands in the outbox, written in the same
// transaction as the step that it tells of. A drainer takes it from there in two
// steps: it gives each message to the people whom it is for, who find it on their
// page, and it sends it by e-mail to those who have an address.
//
// Several processes may run a drainer; a lease lets one at a time work. Whatever
// is done is noted before the next, so that a process that ends on the way leaves
// at most one e-mail to be sent again, under the same Message-ID. Of one case, a
// person's messages leave in the order in which they were told.
//
// A message carries its kind, a link and, read when it is sent, the title of its
// case; of an incident it says no more than that it is one. Neither addresses nor titles are logged.
//
// It imports model and model/store, and go-mail for SMTP.
package notify
