package web

import (
	"net/http"
	"net/url"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

func (s *site) disposals(v *visit) error { return s.showDisposals(v, nil) }

// showDisposals lists what is to be disposed of and was, or shows one thing to answer
// for it: what the second person approves is gone for good.
func (s *site) showDisposals(v *visit, refused *client.Problem) error {
	l := v.lang
	kinds := []choice{
		{Value: model.DisposalPerson, Label: lang.Text{SV: "Radering av en person", EN: "Erasure of a person"}.In(l)},
		{Value: model.DisposalComment, Label: lang.Text{SV: "Radering av en kommentar", EN: "Erasure of a comment"}.In(l)},
	}
	for _, r := range s.Book.Retention() {
		if len(r.Removes) > 0 {
			kinds = append(kinds, choice{Value: r.ID, Label: r.Text.In(l)})
		}
	}
	found, problem, err := sift[api.DisposalItem](v, "/disposals",
		filterBy("status", l, lang.Text{SV: "Läge", EN: "Status"},
			labelled(model.DisposalStatuses(), model.DisposalStatus.Label, l)...),
		filterBy("kind", l, lang.Text{SV: "Vad det gäller", EN: "What it is about"}, kinds...), control{Name: "case", Kind: "kept"})
	if err != nil {
		return err
	}
	if refused != nil {
		problem = refused
	}
	p := answered[api.DisposalItem]{sifted: found, May: executes(access.Dispose)(v.person.Actor())}
	if err := p.answering(v, func(d api.DisposalItem) string { return d.DisposalID }, refused); err != nil {
		return err
	}
	return v.showAdministration("administration-disposals", lang.Text{SV: "Gallring", EN: "Disposal"}, p, problem)
}

// answerDisposal approves a disposal, or keeps what was to be disposed of.
func (s *site) answerDisposal(v *visit) error {
	form := v.r.PostForm
	path := "/disposals/" + url.PathEscape(v.r.URL.Query().Get("answer"))
	switch form.Get("do") {
	case "approve":
		path += "/approval"
	case "keep":
		path += "/keeping"
	default:
		return errNoPage
	}
	err := v.send(http.MethodPost, path, map[string]any{"reason": form.Get("reason")}, "")
	if problem := refusalOf(err); problem != nil {
		return s.showDisposals(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect("/administration/disposals?done=" + form.Get("do"))
}
