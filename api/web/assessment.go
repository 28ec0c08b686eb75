package web

import (
	"net/http"
	"net/url"

	"sluss/api"
	"sluss/model"
)

// assessmentPage is the assessment of a stage, as it was handed in or stands.
type assessmentPage struct {
	api.AssessmentDraft
	Case     string
	Sections []section
	// Command writes the assessment, "" for who may not.
	Command string
}

func (s *site) assessment(v *visit) error {
	id, stage := v.r.PathValue("id"), v.r.PathValue("stage")
	var p assessmentPage
	if err := v.get("/cases/"+url.PathEscape(id)+"/assessments/"+url.PathEscape(stage), nil, &p.AssessmentDraft); err != nil {
		return err
	}
	var c api.CaseStatus
	if err := v.get("/cases/"+url.PathEscape(id), nil, &c); err != nil {
		return err
	}
	answers, err := object(p.Answers)
	if err != nil {
		return err
	}
	p.Case = c.Title
	if book, ok := s.Book.Assessment(string(p.Stage)); ok {
		if p.Sections, err = s.sections(v, book, string(p.Stage), answers); err != nil {
			return err
		}
	}
	if p.MayEdit && p.Status != model.StageDone {
		p.Command = "sluss assessment show " + p.CaseID + " " + string(p.Stage)
	}
	return v.show(http.StatusOK, "assessment", view{Title: p.StageLabel + ": " + p.Case, Page: p})
}
