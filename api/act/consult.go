package act

import (
	"context"
	"errors"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Consultation is an event of a prior consultation to record (rulebook 5.6).
type Consultation struct {
	model.Consult
	// Package is the checklist of what goes out with a request (GDPR 36(3)).
	Package   Package
	IfVersion int64
}

// Package is what the authority gets with a request, item by item of GDPR 36(3).
type Package struct {
	Responsibilities bool // (a)
	PurposesAndMeans bool // (b)
	Measures         bool // (c)
	DPOContact       bool // (d)
	DPIA             bool // (e)
}

// Consult records an event of a prior consultation: by the information owner, who
// decides and submits, or by the DPO, who may pass a request on that has been decided
// on and notes what the authority does (T-11, T-12). To withdraw a request is a
// decision, and the information owner's alone (SOD-02, DA-01). A date that cannot be
// is an *Invalid.
func (s *Service) Consult(ctx context.Context, r Request, caseID string, in Consultation) (Answer, error) {
	return s.do(ctx, r, model.ActConsult, caseID, func(ctx context.Context) (prepared, error) {
		does := access.Execute
		if in.Event == model.ConsultWithdrawn {
			does = access.Decide
		}
		c, role, err := s.acting(ctx, r.Actor, caseID, CaseAct{IfVersion: in.IfVersion}, access.Consultation, does)
		if err != nil {
			return prepared{}, err
		}
		if _, refused := c.InUse.Consultation.After(in.Event); refused != nil {
			return prepared{}, refused
		}
		all, err := s.store.ConsultationEvents(ctx, c.OrgID, c.ID)
		if err != nil {
			return prepared{}, err
		}
		before := Notes(all, c.InUse.Consultations)
		again := slices.ContainsFunc(before, func(n model.ConsultationNote) bool { return n.Event == in.Event })
		if again && in.Event == model.ConsultExtensionNotified {
			return prepared{}, model.Refuse(model.CodeStateConflict, "T-12") // the period is extended once (GDPR 36(2))
		}
		problems := slices.Concat(in.faults(), dateFaults(in.ConsultationNote, before, calendar.Today(s.clock.Now())))
		return prepared{version: c.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Role: role, Consult: &in.Consult,
		}}, invalid(problems)
	})
}

// Notes are the events of one consultation of a case, by its number.
func Notes(all []store.ConsultationEvent, round int) []model.ConsultationNote {
	var notes []model.ConsultationNote
	for _, e := range all {
		if e.Round == round {
			notes = append(notes, e.ConsultationNote)
		}
	}
	return notes
}

// faults lists what an event lacks.
func (in Consultation) faults() []rulebook.Problem {
	var out []rulebook.Problem
	need := func(there bool, pointer, rule string, text lang.Text) {
		if !there {
			out = append(out, rulebook.Problem{Pointer: pointer, Code: rule, Source: rule, Missing: true, Text: text})
		}
	}
	switch in.Event {
	case model.ConsultSubmitted:
		p := in.Package
		for _, item := range []struct {
			there bool
			name  string
		}{
			{p.Responsibilities, "responsibilities"},
			{p.PurposesAndMeans, "purposes_and_means"},
			{p.Measures, "measures"},
			{p.DPOContact, "dpo_contact"},
			{p.DPIA, "dpia"},
		} {
			need(item.there, "/package/"+item.name, "T-11", packageTexts[item.name])
		}
	case model.ConsultWithdrawn:
		need(in.DecisionAuthority != "", "/decision_authority", "DA-01", textAuthority)
		need(in.Text != "", "/text", "T-12", textWhy)
	case model.ConsultExtensionNotified, model.ConsultAdviceReceived, model.ConsultPowersUsed:
		need(in.Text != "", "/text", "T-12", textWhat)
	}
	return out
}

// packageTexts say what a package lacks.
var packageTexts = map[string]lang.Text{
	"responsibilities": {
		SV: "Underlaget ska visa hur ansvaret är fördelat mellan personuppgiftsansvariga och personuppgiftsbiträden.",
		EN: "The package has to say how responsibilities are divided between controllers and processors.",
	},
	"purposes_and_means": {
		SV: "Underlaget ska beskriva behandlingens ändamål och medel.",
		EN: "The package has to describe the purposes and means of the processing.",
	},
	"measures": {
		SV: "Underlaget ska beskriva åtgärder och skydd för de registrerade.",
		EN: "The package has to describe measures and safeguards for the data subjects.",
	},
	"dpo_contact": {
		SV: "Underlaget ska ha dataskyddsombudets kontaktuppgifter.",
		EN: "The package has to hold the contact details of the data protection officer.",
	},
	"dpia": {
		SV: "Underlaget ska innehålla konsekvensbedömningen.",
		EN: "The package has to hold the impact assessment.",
	},
}

var (
	textWhy  = lang.Text{SV: "Ange varför begäran återkallas.", EN: "Say why the request is withdrawn."}
	textWhat = lang.Text{SV: "Återge vad tillsynsmyndigheten har skrivit.", EN: "Give what the supervisory authority has written."}

	textFuture = lang.Text{SV: "Dagen har inte kommit än.", EN: "The day has not come yet."}
	textBefore = lang.Text{
		SV: "Dagen ligger före det som händelsen följer på.",
		EN: "The day is before what the event follows.",
	}
)

// dateFaults says what is impossible about the day of an event. That it lies back
// in time is not: letters arrive later than they are dated.
func dateFaults(n model.ConsultationNote, before []model.ConsultationNote, today calendar.Date) []rulebook.Problem {
	fault := func(text lang.Text) []rulebook.Problem {
		return []rulebook.Problem{{Pointer: "/date", Code: "impossible", Source: "5.6", Text: text}}
	}
	switch {
	case n.On.After(today):
		return fault(textFuture)
	case n.On.Before(n.Event.NotBefore(before)):
		return fault(textBefore)
	}
	_, _, err := model.ConsultationClock(append(slices.Clone(before), n))
	var impossible *calendar.ConsultationError
	if errors.As(err, &impossible) {
		return fault(impossible.Text)
	}
	return nil
}
