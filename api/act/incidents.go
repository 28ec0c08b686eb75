package act

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// IncidentReport is what somebody reports (rulebook 9.5). The zero AwareAt means
// now, no units the reporter's own.
type IncidentReport struct {
	model.IncidentReport
	Severity     model.IncidentSeverity
	PersonalData model.Certainty
	AwareAt      time.Time
	Units        []string
}

// ReportIncident reports an incident. Everybody who is signed in may (L-64, L-66).
func (s *Service) ReportIncident(ctx context.Context, r Request, in IncidentReport) (Answer, error) {
	return s.do(ctx, r, model.ActReportIncident, model.NewID(), func(ctx context.Context) (prepared, error) {
		now := s.clock.Now()
		var problems []rulebook.Problem
		if e, ok := s.books.of(r.Actor.OrgID).Enum("incident_category"); ok && !e.Has(in.Category) {
			problems = append(problems, incidentFault("/category", "9.5",
				"Välj en av kategorierna.", "Choose one of the categories."))
		}
		if in.AwareAt.IsZero() {
			in.AwareAt = now
		}
		in.AwareAt, in.OccurredAt = normal(in.AwareAt), normal(in.OccurredAt)
		facts := model.IncidentFacts{Severity: in.Severity, PersonalData: in.PersonalData, AwareAt: in.AwareAt}
		problems = append(problems, checkIncidentTimes(now, in.AwareAt, in.OccurredAt)...)
		more, err := s.placeIncident(ctx, r.Actor, &in, &facts)
		if err != nil {
			return prepared{}, err
		}
		if problems = append(problems, more...); len(problems) > 0 {
			return prepared{}, invalid(problems)
		}
		org, err := s.store.Organisation(ctx, r.Actor.OrgID)
		if err != nil {
			return prepared{}, err
		}
		report := in.IncidentReport
		b := s.books.of(org.ID)
		report.Times, report.RulebookDigest = incidentTimes(b, org.Profile), b.Digest
		return prepared{payload: model.Payload{Incident: &model.IncidentPayload{Facts: &facts, Report: &report}}}, nil
	})
}

// placeIncident finds what the incident concerns: its case or register entry, and
// the units that are affected. A case is one that the reporter reads, or whose tool
// everybody finds in the register. Another one is treated as one that does not exist: the
// report is taken all the same (L-64), tied to no case, and the id that was given stands
// where the name of the tool would, for those who look into it. So nobody learns from a
// report, or from what follows it, which cases there are.
func (s *Service) placeIncident(ctx context.Context, a model.Actor, in *IncidentReport, facts *model.IncidentFacts) ([]rulebook.Problem, error) {
	var problems []rulebook.Problem
	missing := func(pointer string) {
		problems = append(problems, incidentFault(pointer, "V-01", textUnknownRef.SV, textUnknownRef.EN))
	}
	if in.RegisterEntryID != "" {
		entry, err := s.store.RegisterEntry(ctx, a.OrgID, in.RegisterEntryID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			missing("/register_entry_id")
		case err != nil:
			return nil, err
		case in.CaseID == "":
			in.CaseID = entry.Entry.CaseID
		}
	}
	unit := a.UnitID
	if in.CaseID != "" {
		c, err := s.caseToReport(ctx, a, in.CaseID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			in.ToolName, in.CaseID = cmp.Or(in.ToolName, in.CaseID), ""
		case err != nil:
			return nil, err
		default:
			facts.Case, facts.HighRisk, unit = true, c.AIActClass == classHighRisk, c.UnitID
		}
	}
	if len(in.Units) == 0 {
		in.Units = []string{unit}
	}
	units, err := s.incidentUnits(ctx, a.OrgID, in.Units)
	if errors.Is(err, store.ErrNotFound) {
		missing("/affected_unit_ids")
		err = nil
	}
	facts.Units = units
	return problems, err
}

// caseToReport returns a case that somebody may report an incident about, or
// store.ErrNotFound.
func (s *Service) caseToReport(ctx context.Context, a model.Actor, id string) (store.Case, error) {
	_, err := s.store.CaseRegisterEntry(ctx, a.OrgID, id)
	if err == nil {
		return s.caseOf(ctx, a.OrgID, id)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return store.Case{}, err
	}
	c, err := s.ReadCase(ctx, a, id)
	if err == nil && c.State == model.Draft {
		err = store.ErrNotFound
	}
	return c, err
}

// classHighRisk is the class of AI Act 6.
const classHighRisk = "high_risk"

// incidentUnits finds affected units by id or code.
func (s *Service) incidentUnits(ctx context.Context, orgID string, refs []string) ([]model.IncidentUnit, error) {
	var units []model.IncidentUnit
	for _, ref := range refs {
		u, err := s.store.Unit(ctx, orgID, ref)
		if err != nil {
			return nil, err
		}
		affected := model.IncidentUnit{ID: u.ID, CSL: u.CoveredByCSL()}
		if !slices.Contains(units, affected) {
			units = append(units, affected)
		}
	}
	return units, nil
}

func checkIncidentTimes(now, aware, occurred time.Time) []rulebook.Problem {
	var problems []rulebook.Problem
	if aware.After(now) {
		problems = append(problems, incidentFault("/aware_at", "9.5",
			"Tidpunkten ligger i framtiden.", "The time is in the future."))
	}
	if occurred.After(now) {
		problems = append(problems, incidentFault("/occurred_at", "9.5",
			"Tidpunkten ligger i framtiden.", "The time is in the future."))
	}
	return problems
}

// normal puts a time into the form that the record keeps, and leaves none as it is.
func normal(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return clock.Normalise(t)
}

func incidentFault(pointer, rule, sv, en string) rulebook.Problem {
	return rulebook.Problem{Pointer: pointer, Code: rule, Source: rule, Text: lang.Text{SV: sv, EN: en}}
}

// incidentTimes are the times that the rules give an incident (rulebook 9.5).
func incidentTimes(b *rulebook.Book, profile string) map[string]int {
	times := map[string]int{}
	for name, param := range timesOfIncident {
		times[name] = b.Int(profile, param)
	}
	return times
}

// timesOfIncident names the parameters of the guidelines behind them.
var timesOfIncident = map[string]string{
	model.TimeReminder: "reminder_first_percent", model.TimeReminder2: "reminder_second_percent",
	model.TimeAcknowledge: "incident_acknowledge_days", model.TimeStopDecision: "incident_stop_hours",
	model.TimeAssessRisk: "incident_assess_hours", model.TimeBreachNotice: "incident_breach_hours",
	model.TimeBreachRest: "incident_breach_rest_days", model.TimeInformPersons: "incident_persons_hours",
	model.TimeCSLWarning: "incident_csl_warning_hours", model.TimeCSLNotification: "incident_csl_notification_hours",
	model.TimeCSLFinalReport: "incident_csl_final_months", model.TimeInformProvider: "incident_provider_hours",
	model.TimeSerious: "incident_serious_days", model.TimeSeriousWidespread: "incident_serious_widespread_days",
	model.TimeSeriousDeath: "incident_serious_death_days",
}

// ReadIncident returns an incident that the actor may read: all of them for the
// CISO, the DPO, administrators and auditors, otherwise those that concern them, and
// those in which they may answer an open task for somebody else.
// What somebody may not know of is not found.
func (s *Service) ReadIncident(ctx context.Context, a model.Actor, id string) (store.Incident, error) {
	i, err := s.store.Incident(ctx, a.OrgID, id)
	if err != nil || access.ReadsAllIncidents(a) {
		return i, err
	}
	concerns, err := s.store.IncidentConcerns(ctx, i, a.PersonID)
	if err == nil && !concerns {
		err = s.deputisesIn(ctx, a, i)
	}
	if err != nil {
		return store.Incident{}, err
	}
	return i, nil
}

// deputisesIn returns store.ErrNotFound unless the actor may answer an open task of an
// incident for somebody else.
func (s *Service) deputisesIn(ctx context.Context, a model.Actor, i store.Incident) error {
	if len(a.Deputy) == 0 {
		return store.ErrNotFound
	}
	tasks, err := s.store.IncidentTasks(ctx, i.OrgID, i.ID)
	if err == nil && !slices.ContainsFunc(tasks, func(t store.Task) bool { return deputiseElsewhere(a, t) }) {
		err = store.ErrNotFound
	}
	return err
}

// IncidentCorrection changes facts, with a reason. What is nil stays as it is.
type IncidentCorrection struct {
	model.IncidentCorrection
	Severity     *model.IncidentSeverity
	PersonalData *model.Certainty
	AwareAt      *time.Time
	Units        []string
	Risk         *model.IncidentRisk
	Significant  *model.Certainty
	IfVersion    int64
}

// CorrectIncident changes facts of an incident, always with a reason (rulebook
// 9.5): the one who leads it and the CISO may, the risk is the lead's to say, and
// whether it is significant the CISO's.
func (s *Service) CorrectIncident(ctx context.Context, r Request, id string, in IncidentCorrection) (Answer, error) {
	return s.do(ctx, r, model.ActCorrectIncident, id, func(ctx context.Context) (prepared, error) {
		i, role, err := s.leadIncident(ctx, r.Actor, id, in.IfVersion)
		if err != nil {
			return prepared{}, err
		}
		if in.Risk != nil && role != model.RoleInformationOwner || in.Significant != nil && role != model.RoleCISO {
			return prepared{}, model.Refuse(model.CodeForbidden, "INC-02")
		}
		facts, problems, err := s.correctFacts(ctx, i, in)
		if err != nil {
			return prepared{}, err
		}
		if len(problems) > 0 {
			return prepared{}, invalid(problems)
		}
		c := in.IncidentCorrection
		c.Role = role
		if c.OccurredAt != nil {
			at := normal(*c.OccurredAt)
			c.OccurredAt = &at
		}
		return prepared{version: i.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Incident: &model.IncidentPayload{Facts: &facts, Correction: &c},
		}}, nil
	})
}

func (s *Service) correctFacts(ctx context.Context, i store.Incident, in IncidentCorrection) (model.IncidentFacts, []rulebook.Problem, error) {
	now, f := s.clock.Now(), i.Facts.Clone()
	var problems []rulebook.Problem
	if in.Category != nil {
		if e, ok := s.books.of(i.OrgID).Enum("incident_category"); ok && !e.Has(*in.Category) {
			problems = append(problems, incidentFault("/category", "9.5", "Välj en av kategorierna.", "Choose one of the categories."))
		}
	}
	if in.Severity != nil {
		f.Severity = *in.Severity
	}
	if in.PersonalData != nil {
		f.PersonalData = *in.PersonalData
	}
	if in.AwareAt != nil {
		f.AwareAt = normal(*in.AwareAt)
	}
	if in.Risk != nil {
		f.Risk = *in.Risk
	}
	if in.Significant != nil {
		f.Significant = *in.Significant
		if f.SignificantAt.IsZero() {
			f.SignificantAt = now
		}
	}
	occurred := i.OccurredAt
	if in.OccurredAt != nil {
		occurred = *in.OccurredAt
	}
	problems = append(problems, checkIncidentTimes(now, f.AwareAt, occurred)...)
	if len(in.Units) > 0 {
		units, err := s.incidentUnits(ctx, i.OrgID, in.Units)
		switch {
		case errors.Is(err, store.ErrNotFound):
			problems = append(problems, incidentFault("/affected_unit_ids", "V-01", textUnknownRef.SV, textUnknownRef.EN))
		case err != nil:
			return f, nil, err
		}
		f.Units = units
	}
	return f, problems, nil
}

// leadIncident returns an incident that the actor may lead, and in which function:
// as its information owner or as the CISO. The DPO never does (GDPR 38(6)).
func (s *Service) leadIncident(ctx context.Context, a model.Actor, id string, ifVersion int64) (store.Incident, model.Role, error) {
	i, err := s.ReadIncident(ctx, a, id)
	if err != nil {
		return i, "", err
	}
	role, err := access.LeadsIncident(a, i.LeadID)
	if err == nil && i.Version != ifVersion {
		err = model.Refuse(model.CodeStale)
	}
	return i, role, err
}

// MayLead reports whether the actor may correct and close an incident as it stands.
func MayLead(a model.Actor, i store.Incident) bool {
	_, err := access.LeadsIncident(a, i.LeadID)
	return i.State == model.IncidentOpen && err == nil
}

// IncidentClosing ends an incident.
type IncidentClosing struct {
	model.IncidentClosing
	IfVersion int64
}

// CloseIncident ends an incident with its lessons, when every task is answered
// (INC-03). Triggers have the case assessed again: after an incident of high
// severity the CISO's stage and those that are affected (RA-06).
func (s *Service) CloseIncident(ctx context.Context, r Request, id string, in IncidentClosing) (Answer, error) {
	answer, err := s.do(ctx, r, model.ActCloseIncident, id, func(ctx context.Context) (prepared, error) {
		i, role, err := s.leadIncident(ctx, r.Actor, id, in.IfVersion)
		if err != nil {
			return prepared{}, err
		}
		c := in.IncidentClosing
		c.Role = role
		if len(c.Triggers) > 0 && !slices.Contains(c.Stages, model.StageCISO) {
			c.Stages = append(c.Stages, model.StageCISO)
		}
		var problems []rulebook.Problem
		if len(c.Triggers) > 0 && i.CaseID == "" {
			problems = append(problems, incidentFault("/triggers", "RA-06",
				"Incidenten gäller inget ärende som kan bedömas på nytt.", "The incident concerns no case that could be assessed again."))
		}
		for n, key := range c.Stages {
			if spec, known := model.Stage(key); !known || !spec.Reviews() {
				problems = append(problems, incidentFault(fmt.Sprintf("/stages/%d", n), "RA-06", "Steget finns inte.", "There is no such stage."))
			}
		}
		if len(problems) > 0 {
			return prepared{}, invalid(problems)
		}
		return prepared{version: i.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Incident: &model.IncidentPayload{Closing: &c},
		}}, nil
	})
	if err == nil && len(in.Triggers) > 0 {
		s.askNow(context.WithoutCancel(ctx), r.Actor.OrgID, id)
	}
	return answer, err
}
