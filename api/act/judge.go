package act

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// minReasons is the shortest reasons in characters for a decision against advice
// (rulebook 4, LB-R20, DP-34).
const minReasons = 100

// passing reports whether an outcome lets the stage go on. To consult the authority
// does not: the decision is still to come.
func passing(o model.Outcome) bool {
	return o != model.OutcomeReturn && o != model.OutcomeReject && o != model.OutcomePriorConsultation
}

// partOf names the part whose questions are answered with a task: the stage's own
// where its deciders answer it, otherwise one for the kind of task.
func partOf(book *rulebook.Book, spec model.StageSpec, kind model.TaskKind) string {
	own := string(spec.Key)
	if part := own + "." + string(kind); slices.Contains(book.Parts(), part) {
		return part
	}
	if _, offered := spec.Task(kind); offered && len(spec.Prepare) == 0 && spec.Decides(kind) {
		return own
	}
	return ""
}

// judgeDecision asks the stage's rules about an answer: its form is complete, and
// no rule stands in the way of the outcome. What follows by rule is added: the
// conditions, and whether the head of the unit has to confirm.
func (s *Service) judgeDecision(ctx context.Context, c store.Case, t store.Task, d *model.Decision) error {
	spec, _ := model.Stage(t.Key.Stage)
	book, asked := s.bookOf(c).Assessment(string(t.Key.Stage))
	if !asked {
		if len(d.Answers) > 0 {
			return invalid([]rulebook.Problem{noFormFault()})
		}
		d.Deviates = d.Outcome == model.OutcomeOverride
		return needsConditions(d)
	}
	_, stage, err := s.stageOf(ctx, c, t.Key.Stage)
	if err != nil {
		return err
	}
	answers, err := s.answersToJudge(ctx, c, stage)
	if err != nil {
		return err
	}
	in, err := s.assessed(ctx, c, stage, answers)
	if err != nil {
		return err
	}
	if err := s.stillCovered(ctx, c, stage, in, d); err != nil {
		return err
	}
	if err := s.takeAnswers(ctx, c, book, spec, partOf(book, spec, t.Key.Kind), &in, d); err != nil {
		return err
	}
	if d.Outcome == model.OutcomeNotGivenInTime {
		return s.checkSilence(ctx, c, t, stage, in, d)
	}
	return s.applyJudgement(spec, t, in, d)
}

// answersToJudge are those of the assessment that was handed in, none where nobody
// prepares one.
func (s *Service) answersToJudge(ctx context.Context, c store.Case, stage store.Stage) (map[string]any, error) {
	text, err := s.textToJudge(ctx, c, stage)
	if err != nil {
		return nil, err
	}
	return rulebook.ReadAnswers(text)
}

func (s *Service) textToJudge(ctx context.Context, c store.Case, stage store.Stage) (json.RawMessage, error) {
	if stage.PartRevision == 0 || !stage.Assess {
		return json.RawMessage("{}"), nil
	}
	p, err := s.store.Revision(ctx, c.OrgID, c.ID, string(stage.Key), stage.PartRevision)
	return p.Answers, err
}

// takeAnswers brings the answers that come with a decision into their one form.
// Where none come, the draft that the decider has saved takes their place. A
// passing outcome needs them complete.
func (s *Service) takeAnswers(ctx context.Context, c store.Case, book *rulebook.Book, spec model.StageSpec, part string, in *assess.Assessed, d *model.Decision) error {
	if part == "" {
		if len(d.Answers) > 0 {
			return invalid([]rulebook.Problem{noFormFault()})
		}
		return nil
	}
	if len(d.Answers) == 0 && part == string(spec.Key) {
		draft, err := s.draftOf(ctx, c, part)
		if err != nil {
			return err
		}
		d.Answers = draft.Answers
	}
	given := map[string]any{}
	if len(d.Answers) > 0 {
		if err := json.Unmarshal(d.Answers, &given); err != nil {
			return err
		}
	}
	if spec.Key == model.StageAdoption {
		if err := takeAdoption(given, d.Outcome); err != nil {
			return err
		}
	}
	if d.DecisionAuthority != "" && given["decision_authority"] == nil && hasField(book, part, "decision_authority") {
		given["decision_authority"] = d.DecisionAuthority
	}
	normal, faults := book.Normalise(part, given)
	if len(faults) > 0 {
		return invalid(below("/answers", faults))
	}
	text, err := json.Marshal(normal)
	if err != nil {
		return err
	}
	d.Answers = text
	if authority := textIn(normal, "decision_authority"); authority != "" {
		d.DecisionAuthority = authority
	}
	d.ReportToBoard = normal["report_to_board"] == true
	in.Tasks[string(d.Task.Kind)] = normal
	if part != string(spec.Key) {
		maps.Copy(in.Process, normal)
	} else {
		in.Answers = normal
		if spec.Key == model.StageCISO {
			if err := s.inheritReview(ctx, c, in); err != nil {
				return err
			}
			if d.Answers, err = json.Marshal(normal); err != nil {
				return err
			}
		}
	}
	if !passing(d.Outcome) {
		return nil
	}
	missing, err := in.Missing(string(spec.Key), part, normal)
	if err != nil {
		return err
	}
	return invalid(below("/answers", missing))
}

func hasField(book *rulebook.Book, part, id string) bool {
	f, ok := book.Field(id)
	return ok && f.Part == part
}

func noFormFault() rulebook.Problem {
	return rulebook.Problem{Pointer: "/answers", Code: "V-01", Source: "V-01", Text: lang.Text{
		SV: "Uppgiften har inget formulär. Lämna answers tomt.", EN: "The task has no form. Leave answers out.",
	}}
}

// below puts pointers below another.
func below(prefix string, problems []rulebook.Problem) []rulebook.Problem {
	out := slices.Clone(problems)
	for i := range out {
		out[i].Pointer = prefix + out[i].Pointer
	}
	return out
}

// applyJudgement refuses what the rules refuse and adds what follows by rule.
func (s *Service) applyJudgement(spec model.StageSpec, t store.Task, in assess.Assessed, d *model.Decision) error {
	against := in.Process["dpo_advice"] == string(model.OutcomeAdvisesAgainst)
	deciding := spec.Decides(t.Key.Kind)
	d.Deviates = against && deciding && passing(d.Outcome)
	in.Process["decision_follows_dpo"] = !d.Deviates
	in.Process["deviation_reasons"] = utf8.RuneCountInString(d.Motivation) >= minReasons
	in.Process["conditions_for"] = rulesOf(d.Conditions)
	j, err := assess.Assess(string(spec.Key), in)
	if err != nil {
		return err
	}
	if hindrances := hindering(j, t.Key.Kind, d.Outcome); len(hindrances) > 0 {
		return &Hindered{hindrances}
	}
	if dpia, ok := j.Result.(assess.DPIAResult); ok && d.Outcome == model.OutcomePriorConsultation {
		d.StopUse = dpia.Suspend
		return needsAuthority(d)
	}
	switch {
	case !deciding && len(j.Conditions) > 0:
		return nil // they come with the task that decides
	case !deciding || !passing(d.Outcome):
		return needsConditions(d)
	}
	d.Head = j.HeadConfirms != ""
	for _, c := range j.Conditions {
		d.Conditions = append(d.Conditions, newCondition(c))
	}
	return needsConditions(d)
}

// needsAuthority refuses a decision to consult the supervisory authority that does
// not say on which delegation it rests (DA-01, T-11).
func needsAuthority(d *model.Decision) error {
	if d.DecisionAuthority != "" {
		return nil
	}
	return invalid([]rulebook.Problem{{Pointer: "/decision_authority", Code: "DA-01", Source: "DA-01", Missing: true, Text: textAuthority}})
}

var textAuthority = lang.Text{
	SV: "Ange den punkt i delegationsordningen som beslutet vilar på.",
	EN: "State the item of the delegation order that the decision rests on.",
}

// needsConditions refuses an outcome with conditions that has none.
func needsConditions(d *model.Decision) error {
	if !d.Outcome.WithConditions() || len(d.Conditions) > 0 {
		return nil
	}
	return invalid([]rulebook.Problem{{Pointer: "/conditions", Code: "8.1", Source: "8.1", Text: lang.Text{
		SV: "Utfallet kräver minst ett villkor.", EN: "The outcome requires at least one condition.",
	}}})
}

// hindering lists what stands in the way of an outcome of a task.
func hindering(j assess.Judgement, kind model.TaskKind, o model.Outcome) []assess.Hindrance {
	var out []assess.Hindrance
	for _, h := range j.Hindrances {
		if h.Task == string(kind) && slices.Contains(h.Outcomes, string(o)) {
			out = append(out, h)
		}
	}
	return out
}

func rulesOf(conditions []model.NewCondition) []string {
	rules := []string{}
	for _, c := range conditions {
		if c.DueKind == model.DueBeforeUse && c.SourceRule != "" {
			rules = append(rules, c.SourceRule)
		}
	}
	return rules
}

// newCondition is a condition that the rules add. Its verification and its
// consequence are kept in Swedish, the language of the record.
func newCondition(c assess.Condition) model.NewCondition {
	return model.NewCondition{
		TextSV: c.Text.SV, TextEN: c.Text.EN, SourceRule: c.ID,
		OwnerRole: model.Role(c.OwnerRole), VerifierRole: model.Role(c.VerifierRole),
		Verification: c.Verification.SV, Consequence: c.Consequence.SV,
		DueKind: model.DueKind(c.DueKind), DueDate: c.DueDate, Months: c.Months,
		Met: c.Met, EvidenceNote: c.Evidence,
	}
}
