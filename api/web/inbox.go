package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"sluss/api"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
)

// tab is a part of the inbox.
type tab struct {
	Key   string
	Label lang.Text
	// Empty is what stands there when there is nothing.
	Empty lang.Text
	// ask is what the API is asked for.
	ask url.Values
}

// tabs are the parts of the inbox, the one that is shown first first.
var tabs = []tab{
	{
		"mine", lang.Text{SV: "Väntar på mig", EN: "Waiting for me"},
		lang.Text{SV: "Inget väntar på dig.", EN: "Nothing is waiting for you."},
		url.Values{"assignee": {"me"}},
	},
	{
		"free", lang.Text{SV: "Ingen har tagit", EN: "Not taken"},
		lang.Text{SV: "Inget i din roll väntar på att någon ska ta det.", EN: "Nothing in your role is waiting for somebody to take it."},
		url.Values{"assignee": {"none"}},
	},
	{
		"others", lang.Text{SV: "Väntar på andra", EN: "Waiting for others"},
		lang.Text{SV: "Inget i dina ärenden väntar på någon annan.", EN: "Nothing in your cases is waiting for anybody else."},
		url.Values{"assignee": {"others"}},
	},
	{
		"done", lang.Text{SV: "Klart", EN: "Done"},
		lang.Text{SV: "Du har inte gjort klart något än.", EN: "You have not finished anything yet."},
		url.Values{"assignee": {"me"}, "status": {"done"}, "sort": {"closed"}},
	},
}

// inboxPage is the inbox as a person sees it.
type inboxPage struct {
	list[api.TaskItem]
	Tabs []tab
	Tab  tab
	More string
	// Drafts are the person's cases that wait for what only they can write.
	Drafts []draftLine
	// MayOpen is true for who may open a case.
	MayOpen bool
}

// draftLine is a case that its owner has to write.
type draftLine struct {
	CaseID, Title, StateLabel string
	UpdatedAt                 time.Time
}

// maxDrafts is how many cases of each kind the inbox shows to be written.
const maxDrafts = 100

func (s *site) inbox(v *visit) error {
	q := v.r.URL.Query()
	p := inboxPage{Tabs: tabs, Tab: tabs[0]}
	if i := slices.IndexFunc(tabs, func(t tab) bool { return t.Key == q.Get("show") }); i >= 0 {
		p.Tab = tabs[i]
	}
	ask := counted(25)
	for name, values := range p.Tab.ask {
		ask[name] = values
	}
	if at := q.Get("at"); at != "" {
		ask.Set("cursor", at)
	}
	if err := v.get("/tasks", ask, &p.Page); err != nil {
		return err
	}
	p.More = v.more(p.NextCursor)
	p.MayOpen = access.CanOpenCase(v.person.Actor()) == nil
	if p.MayOpen && p.Tab.Key == "mine" && q.Get("at") == "" {
		if err := v.drafts(&p); err != nil {
			return err
		}
	}
	title := p.Tab.Label.In(v.lang)
	if p.Total() > 0 && p.Tab.Key != "done" {
		title = "(" + p.Count() + ") " + title
	}
	return v.show(http.StatusOK, "inbox", view{Section: "inbox", Title: title, Page: p})
}

// drafts adds the cases that the person owns and has to write: drafts, and what was
// returned. The record is asked: of a case the page tells only where it stands, and not
// what it waits for.
func (v *visit) drafts(p *inboxPage) error {
	ctx := v.r.Context()
	reader := access.ReaderOf(authn.Actor(ctx))
	for _, state := range []model.CaseState{model.Returned, model.Draft} {
		found, err := v.site.Store.Cases(ctx, store.CaseFilter{
			OrgID: v.person.OrgID, Reader: &reader, OwnerID: v.person.ID, State: state, Limit: maxDrafts,
		})
		if err != nil {
			return err
		}
		for _, c := range found {
			p.Drafts = append(p.Drafts, draftLine{c.ID, c.Title, api.StateLabel(c.State).In(v.lang), c.UpdatedAt})
		}
	}
	return nil
}
