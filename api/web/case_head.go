package web

import (
	"slices"
	"time"

	"sluss/api"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// caseHead is what every page of a case begins with: which case it is, where it
// stands and who has it, and the ways to its parts.
type caseHead struct {
	api.CaseStatus
	Tabs []caseTab
	// With are those who have the case now, the earliest due first.
	With []holder
	// on is what the person's rights in the case depend on.
	on access.Object
}

// caseTab is the way to a part of a case.
type caseTab struct {
	Path, Label string
	Here        bool
}

// holder is somebody who has the case, and with what.
type holder struct {
	Who, What  string
	Since, Due *time.Time
}

// caseTabs are the parts of a case, in their order. shown says who finds one, nil
// everybody.
var caseTabs = []struct {
	path  string
	label lang.Text
	shown func(*visit, caseHead) bool
}{
	{"", lang.Text{SV: "Översikt", EN: "Overview"}, nil},
	{"/revisions", lang.Text{SV: "Texter", EN: "Texts"}, nil},
	{"/comments", lang.Text{SV: "Samtal", EN: "Conversation"}, nil},
	{"/attachments", lang.Text{SV: "Filer", EN: "Files"}, nil},
	{"/timeline", lang.Text{SV: "Händelser", EN: "Timeline"}, func(v *visit, h caseHead) bool {
		return access.Can(v.person.Actor(), h.on, access.ReadLog, access.Read)
	}},
	{"/report", lang.Text{SV: "Rapport", EN: "Report"}, func(_ *visit, h caseHead) bool { return h.Revision > 0 }},
}

// caseHead reads a case for one of its pages; here is the path of the tab.
func (v *visit) caseHead(here string) (caseHead, error) {
	var h caseHead
	if err := v.getCase(v.r.PathValue("id"), &h.CaseStatus); err != nil {
		return h, err
	}
	h.on = v.on(h.CaseStatus)
	for _, t := range caseTabs {
		if t.shown == nil || t.shown(v, h) {
			h.Tabs = append(h.Tabs, caseTab{"/cases/" + h.CaseID + t.path, t.label.In(v.lang), t.path == here})
		}
	}
	h.With = v.holders(h.CaseStatus)
	return h, nil
}

// on is what the person's rights in a case depend on, as far as a page needs to know
// to offer something: the API asks again.
func (v *visit) on(c api.CaseStatus) access.Object {
	o := access.Object{UnitID: c.OrgUnitID}
	for _, p := range c.People {
		if p.ID == v.person.ID {
			o.Functions = append(o.Functions, p.Role)
		}
	}
	return o
}

// holders are those who have a case: the project owner while it is being written,
// later whoever has an open stage.
func (v *visit) holders(c api.CaseStatus) []holder {
	var out []holder
	for _, st := range c.Stages {
		if st.AssigneeRole == "" {
			continue
		}
		who := roleWords(st.AssigneeRole, v.lang)
		if st.Assignee != nil {
			who = st.Assignee.Name
		}
		out = append(out, holder{who, st.Label, st.Started, st.Due})
	}
	slices.SortStableFunc(out, func(a, b holder) int { return earlier(a.Due, b.Due) })
	if len(out) == 0 && (c.State == model.Draft || c.State == model.Returned) {
		for _, p := range c.People {
			if p.Role == model.RoleProjectOwner && p.ID == c.OwnerID {
				h := holder{Who: p.Name, What: p.RoleLabel}
				if c.NextDeadline != nil {
					h.Due = &c.NextDeadline.Due
				}
				out = append(out, h)
			}
		}
	}
	return out
}

// earlier compares times of which one may not be set; that comes last.
func earlier(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.Compare(*b)
}

// open reports whether something may still be put beside the case, by somebody who
// writes at all (SOD-09).
func (h caseHead) open(v *visit) bool {
	return h.State.TakesEvidence() && access.Writes(v.person.Actor()) == nil
}

// may reports whether the API lets the person do something now.
func (h caseHead) may(what string) bool {
	return slices.ContainsFunc(h.Allowed, func(a api.AllowedAct) bool { return a.Act == what })
}

// CaseHead is what the page begins with.
func (h caseHead) CaseHead() caseHead { return h }
