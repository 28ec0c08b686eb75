package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"sluss/api/client"
	"sluss/model/calendar"
	"sluss/model/lang"
)

const messageAbout = `What you have been told about cases and incidents, over the API.

Usage:
  sluss message list       the unread first, marked with *, and then the newest
  sluss message read ID    mark one as read`

// shownMessage is what the command line shows of a message.
type shownMessage struct {
	ID        string     `json:"message_id"`
	Text      string     `json:"text"`
	CaseID    string     `json:"case_id"`
	CaseTitle string     `json:"case_title"`
	Incident  string     `json:"incident_id"`
	TaskID    string     `json:"task_id"`
	Question  string     `json:"question"`
	LastDay   *time.Time `json:"last_day"`
	Created   time.Time  `json:"created"`
	Read      *time.Time `json:"read"`
}

func messageCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var unread bool
	action, args := actionOf(args)
	rest, err := r.parse("message "+action, messageAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.BoolVar(&unread, "unread", false, "list only those that you have not read")
	})
	if err != nil {
		return err
	}
	list, read := action == "list" && len(rest) == 0, action == "read" && len(rest) == 1
	if !list && !read {
		fmt.Fprintln(stderr, messageAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	if read {
		return r.readMessage(ctx, rest[0])
	}
	return r.listMessages(ctx, unread)
}

func (r *remote) listMessages(ctx context.Context, unread bool) error {
	q := url.Values{"limit": {"100"}}
	if unread {
		q.Set("unread", "true")
	}
	none := lang.Text{SV: "Inga meddelanden.\n", EN: "No messages.\n"}
	return getList(ctx, r, "/api/v1/me/messages?"+q.Encode(), none, func(all []shownMessage) {
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, m := range all {
			r.printMessage(w, m)
		}
		_ = w.Flush()
	})
}

func (r *remote) printMessage(w io.Writer, m shownMessage) {
	mark, day, about := "*", "", cmp.Or(m.CaseTitle, m.Question)
	if m.Incident != "" {
		about = "incident " + m.Incident
	}
	if m.Read != nil {
		mark = " "
	}
	if m.LastDay != nil {
		day = calendar.Today(*m.LastDay).String()
	}
	fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\t%s\n", mark, m.ID, calendar.Today(m.Created), m.Text, day, about)
}

// readMessage marks a message as read. Marking it again changes nothing.
func (r *remote) readMessage(ctx context.Context, id string) error {
	var m shownMessage
	return r.call(ctx, client.Call{
		Method: http.MethodPut, Path: "/api/v1/me/messages/" + url.PathEscape(id) + "/read", IfMatch: `"unread"`,
	}, &m, func() {
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		r.printMessage(w, m)
		_ = w.Flush()
	})
}
