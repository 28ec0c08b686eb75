package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/store"
)

// ConsultationStanding is how far the prior consultation of a case has come
// (rulebook 5.6, 9.9). Dates are days in Sweden.
type ConsultationStanding struct {
	Round int `json:"round" doc:"number of the consultation in the case"`
	// Clock is decided or submitted until the authority has received the request.
	Clock         model.ConsultationState `json:"clock" enum:"decided,submitted,running,suspended,consultation_period_ended"`
	Received      string                  `json:"received,omitempty" format:"date"`
	Due           string                  `json:"due,omitempty" format:"date" doc:"last day of the period, absent while it stands still"`
	SuspendedDays int                     `json:"suspended_days"`
	NoticeLimit   string                  `json:"extension_notice_limit,omitempty" format:"date" doc:"last day on which the authority may extend the period"`
	Extended      *bool                   `json:"extension_valid,omitempty" doc:"false for an extension that was notified too late, which moves nothing (PC-02)"`
}

// ConsultationItem is an event of a prior consultation.
type ConsultationItem struct {
	EventID           string                  `json:"event_id"`
	Round             int                     `json:"round"`
	Event             model.ConsultationEvent `json:"event"`
	EventLabel        string                  `json:"event_label"`
	Date              string                  `json:"date" format:"date" doc:"the day on which it happened"`
	Text              string                  `json:"text,omitempty"`
	DecisionAuthority string                  `json:"decision_authority,omitempty"`
	RecordedBy        *PersonNote             `json:"recorded_by,omitempty"`
	Role              model.Role              `json:"role"`
	RecordedAt        time.Time               `json:"recorded_at"`
}

// ConsultationPage lists the events of the consultations of a case.
type ConsultationPage struct {
	Items        []ConsultationItem    `json:"items" nullable:"false"`
	Consultation *ConsultationStanding `json:"prior_consultation,omitempty" doc:"the one that is under way"`
}

// packageBody is what goes out with a request, item by item of GDPR 36(3).
type packageBody struct {
	Responsibilities bool `json:"responsibilities" doc:"(a) who answers for what: controllers and processors"`
	PurposesAndMeans bool `json:"purposes_and_means" doc:"(b) purposes and means of the processing"`
	Measures         bool `json:"measures" doc:"(c) measures and safeguards"`
	DPOContact       bool `json:"dpo_contact" doc:"(d) contact details of the data protection officer"`
	DPIA             bool `json:"dpia" doc:"(e) the impact assessment"`
}

// consultationBody records an event of a prior consultation.
type consultationBody struct {
	Event             model.ConsultationEvent `json:"event" validate:"required,oneof=submitted received extension_notified info_requested info_delivered advice_received powers_used withdrawn period_ended"`
	Date              string                  `json:"date" format:"date" validate:"required,datetime=2006-01-02" doc:"the day on which it happened, not the one on which it became known"`
	Text              string                  `json:"text,omitempty" validate:"max=20000" doc:"what the authority wrote, or why a request is withdrawn"`
	DecisionAuthority string                  `json:"decision_authority,omitempty" validate:"max=1000" doc:"the delegation that a withdrawal rests on (DA-01)"`
	Package           *packageBody            `json:"package,omitempty" doc:"the checklist of a request that is submitted"`
}

// Resolve checks the body.
func (b *consultationBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type (
	consultationInput struct {
		CasePath
		Matched
		Keyed
		Body consultationBody
	}
	consultationsOutput struct{ Body ConsultationPage }
)

func (s *server) consultationRoutes() {
	const path = "/cases/{case_id}/prior-consultation/events"
	add(s, route{
		id: "list-consultation-events", method: http.MethodGet, path: path, tag: tagCases,
		summary: "The events of the prior consultations of a case, and the authority's time (GDPR 36)",
		errors:  []int{http.StatusNotFound},
	}, s.consultations)
	add(s, route{
		id: "record-consultation-event", method: http.MethodPost, path: path, tag: tagCases,
		summary: "Record an event of the prior consultation (T-11, T-12)",
		matched: true, keyed: true, errors: []int{http.StatusNotFound},
	}, s.consult)
}

func (s *server) consultations(ctx context.Context, in *caseInput) (*consultationsOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	a := authn.Actor(ctx)
	c, err := s.Act.ReadCase(ctx, a, id)
	if err != nil {
		return nil, err
	}
	events, err := s.Store.ConsultationEvents(ctx, a.OrgID, id)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, e := range events {
		ids = append(ids, e.PersonID)
	}
	names, err := s.Store.Names(ctx, a.OrgID, ids)
	if err != nil {
		return nil, err
	}
	out := ConsultationPage{Items: make([]ConsultationItem, len(events))}
	for i, e := range events {
		out.Items[i] = ConsultationItem{
			EventID: e.ID, Round: e.Round, Event: e.Event, EventLabel: consultationWords[e.Event].In(languageOf(ctx)),
			Date: e.On.String(), Text: e.Text, DecisionAuthority: e.DecisionAuthority,
			RecordedBy: &PersonNote{e.PersonID, names[e.PersonID]}, Role: e.Role, RecordedAt: e.RecordedAt,
		}
	}
	out.Consultation, err = standingOf(c, events)
	return &consultationsOutput{out}, err
}

// standingOf is the consultation that is under way, nil without one.
func standingOf(c store.Case, events []store.ConsultationEvent) (*ConsultationStanding, error) {
	if c.InUse.Consultation == "" {
		return nil, nil
	}
	out := ConsultationStanding{Round: c.InUse.Consultations, Clock: c.InUse.Consultation}
	notes := act.Notes(events, out.Round)
	clock, started, err := model.ConsultationClock(notes)
	if err != nil || !started {
		return &out, err
	}
	for _, n := range notes {
		if n.Event == model.ConsultReceived {
			out.Received = n.On.String()
		}
	}
	out.SuspendedDays, out.Extended = clock.SuspendedDays, clock.ExtensionValid
	out.NoticeLimit = clock.ExtensionNoticeLimit.String()
	if clock.Due != nil {
		out.Due = clock.Due.String()
	}
	return &out, nil
}

func (s *server) consult(ctx context.Context, in *consultationInput) (*receiptOutput, error) {
	id, version, err := onCase(in.CasePath, in.Matched)
	if err != nil {
		return nil, err
	}
	b := in.Body
	on, err := calendar.ParseDate(b.Date)
	if err != nil {
		return nil, err
	}
	x := act.Consultation{IfVersion: version, Consult: model.Consult{
		ConsultationNote: model.ConsultationNote{Event: b.Event, On: on}, Text: b.Text, DecisionAuthority: b.DecisionAuthority,
	}}
	if b.Package != nil {
		x.Package = act.Package(*b.Package)
	}
	return receipt(s.Act.Consult(ctx, s.request(ctx, "/cases/"+id+"/prior-consultation/events", in.Keyed, b), id, x))
}
