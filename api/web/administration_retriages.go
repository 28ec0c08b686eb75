package web

import (
	"net/http"
	"net/url"
	"slices"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

func (s *site) retriages(v *visit) error { return s.showRetriages(v, nil) }

// showRetriages lists what changes of the law and the guidelines mean for approved
// cases (RA-07), those first that wait for an answer, or shows one to answer it.
func (s *site) showRetriages(v *visit, refused *client.Problem) error {
	l := v.lang
	status := filterBy("status", l, lang.Text{SV: "Läge", EN: "Status"}, labelled(model.RetriageStatuses(), model.RetriageStatus.Label, l)...)
	status.Value = string(model.RetriageOpen)
	found, problem, err := sift[api.RetriageItem](v, "/retriages", status,
		filterBy("proposal", l, lang.Text{SV: "Förslag", EN: "Proposal"},
			choice{Value: string(model.ProposeSuspension), Label: lang.Text{SV: "Stoppa användningen", EN: "Suspend the use"}.In(l)}),
		control{Name: "case", Kind: "kept"}, control{Name: "rule", Kind: "kept"})
	if err != nil {
		return err
	}
	if refused != nil {
		problem = refused
	}
	p := answered[api.RetriageItem]{sifted: found}
	if err := p.answering(v, func(r api.RetriageItem) string { return r.RetriageID }, refused); err != nil {
		return err
	}
	p.May = access.Anywhere(v.person.Actor(), access.AnswerRetriage, access.Execute) == nil
	if p.One != nil {
		for _, st := range model.Stages() {
			if label, ok := s.Book.StageLabel(string(st.Key)); ok {
				p.Stages = append(p.Stages, choice{string(st.Key), label.In(l), slices.Contains(v.r.PostForm["stages"], string(st.Key))})
			}
		}
	}
	return v.showAdministration("administration-retriages", lang.Text{SV: "Ny klassning", EN: "New triages"}, p, problem)
}

// answerRetriage lets the differences lead to a new assessment, or notes that nothing
// follows from them.
func (s *site) answerRetriage(v *visit) error {
	form := v.r.PostForm
	path, body := "/retriages/"+url.PathEscape(v.r.URL.Query().Get("answer")), map[string]any{"reason": form.Get("reason")}
	switch form.Get("do") {
	case "accept":
		path += "/acceptance"
		if stages := form["stages"]; len(stages) > 0 {
			body["stages"] = stages
		}
	case "dismiss":
		path += "/dismissal"
	default:
		return errNoPage
	}
	err := v.send(http.MethodPost, path, body, "")
	if problem := refusalOf(err); problem != nil {
		return s.showRetriages(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect("/administration/retriages?done=" + form.Get("do"))
}
