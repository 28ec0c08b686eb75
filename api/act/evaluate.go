package act

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/audit"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// The information owner's answer about a private licence, a fact of triage that
// is set by task S6 and not by the form (RT-16, HS-07).
const (
	licenceApproved = "approved"
	licenceRefused  = "refused"
)

// judgement is what the rules say of a text of the intake on a day.
type judgement struct {
	book           *rulebook.Book
	answers, facts map[string]any
	today          calendar.Date
	unitID         string
	assess.Classification
}

// evaluate asks the rules about one text of the intake, today.
func (s *Service) evaluate(ctx context.Context, c store.Case, p store.Part) (*model.Evaluation, error) {
	c = s.anew(c)
	answers, approval, err := s.answersOf(ctx, c, p)
	if err != nil {
		return nil, err
	}
	j, err := s.judge(ctx, c, answers, approval)
	if err != nil {
		return nil, err
	}
	return s.whole(ctx, c, p, j)
}

// answersOf reads a text of the intake, and the approval that belongs to it.
func (s *Service) answersOf(ctx context.Context, c store.Case, p store.Part) (answers map[string]any, approval string, err error) {
	if answers, err = rulebook.ReadAnswers(p.Answers); err != nil {
		return nil, "", err
	}
	approval, err = s.licenceApproval(ctx, c, answers)
	return answers, approval, err
}

// licenceApproval returns the information owner's last answer about a private
// licence, while the facts that it rests on are the same.
func (s *Service) licenceApproval(ctx context.Context, c store.Case, answers map[string]any) (string, error) {
	if answers["account_type"] != "private_licence" {
		return "", nil
	}
	scope, err := hashScope(s.bookOf(c).Scope(string(model.StageInfoOwner), answers))
	if err != nil {
		return "", err
	}
	decisions, err := s.store.Decisions(ctx, c.OrgID, c.ID)
	if err != nil {
		return "", err
	}
	approval := ""
	for _, d := range decisions {
		switch {
		case d.Stage != model.StageInfoOwner || d.ScopeHash != scope:
		case d.Outcome == model.OutcomeAccept:
			approval = licenceApproved
		case d.Outcome == model.OutcomeReject:
			approval = licenceRefused
		}
	}
	return approval, nil
}

func hashScope(scope map[string]any) (string, error) {
	hash, err := audit.Hash(audit.TagScope, scope)
	if err != nil {
		return "", err
	}
	return hash[:model.ScopeLen], nil
}

// judge runs triage over the answers as of today.
func (s *Service) judge(ctx context.Context, c store.Case, answers map[string]any, approval string) (judgement, error) {
	j := judgement{book: s.bookOf(c), answers: answers, today: calendar.Today(s.clock.Now())}
	st, err := s.settingOf(ctx, c.OrgID, c.UnitID, answers)
	if err != nil {
		return j, err
	}
	j.unitID = st.unit.ID
	j.facts = assess.Facts(j.book, answers, st.system(approval, j.today))
	j.Classification, err = assess.Triage(j.book, st.profile, j.facts, j.today)
	return j, err
}

// setting is where a text of the intake belongs: the unit that it names, the
// profile of the guidelines that holds there, and the reviewed tool that it
// inherits from.
type setting struct {
	unit    store.Unit
	profile string
	parent  map[string]any
}

// settingOf follows the answers: a case that moves to another unit is judged by
// that unit's profile.
func (s *Service) settingOf(ctx context.Context, orgID, unitID string, answers map[string]any) (setting, error) {
	unit, err := s.unitOf(ctx, model.Actor{OrgID: orgID, UnitID: unitID}, answers)
	if err != nil {
		return setting{}, err
	}
	st := setting{unit: unit, profile: unit.Profile}
	parent, err := s.parentOf(ctx, orgID, answers)
	if err != nil {
		return st, err
	}
	if parent != nil {
		st.parent = parentFacts(parent, answers)
	}
	if st.profile != "" {
		return st, nil
	}
	org, err := s.store.Organisation(ctx, orgID)
	st.profile = org.Profile
	return st, err
}

// system gives the facts that nobody is asked for.
func (st setting) system(approval string, today calendar.Date) map[string]any {
	system := map[string]any{
		"policy_profile": st.profile, "controller_type": st.unit.ControllerType, "decision_date": today.String(),
	}
	if approval != "" {
		system["info_owner_approval"] = approval
	}
	if st.parent != nil {
		system["parent_entry"] = st.parent
	}
	return system
}

// whole is all of a judgement: its codes, what it opens, until when, and what is
// shown of it.
func (s *Service) whole(ctx context.Context, c store.Case, p store.Part, j judgement) (*model.Evaluation, error) {
	e, err := codes(p, j)
	if err != nil {
		return nil, err
	}
	raised, err := s.raised(ctx, c)
	if err != nil {
		return nil, err
	}
	if e.Plan.Stages, err = planStages(j, raised); err != nil {
		return nil, err
	}
	e.Plan.Covered = coveredUnits(j.answers, j.unitID)
	e.ServiceTimes, e.Skipped = serviceTimes(j.book, j.Classification), skipped(j.book, j.Classification)
	e.Result, err = json.Marshal(resultOf(j.Classification))
	return e, err
}

// codes are what a decision needs of a judgement.
func codes(p store.Part, j judgement) (*model.Evaluation, error) {
	factsHash, err := audit.Hash(audit.TagPart, j.facts)
	return &model.Evaluation{
		On: j.today.String(), Profile: j.Profile, RulebookID: j.book.ID, RulebookVersion: j.book.Version, RulebookDigest: j.book.Digest,
		Revision: p.Revision, PartHash: p.Hash, FactsHash: factsHash, IPL: j.InfoProtectionLevel, AIActClass: j.AIActClass,
		Plan: model.Plan{
			Outcome: j.Outcome, Tier: model.Tier(j.Tier), Mode: model.Mode(j.Mode), HardStops: j.HardStops, Blockers: j.Blockers,
			OwnerLast: j.IsAgent || j.AIActClass == "high_risk",
			InUse:     isExisting(j.answers),
		},
	}, err
}

// isExisting reports whether the answers are about a tool that is in use already.
func isExisting(answers map[string]any) bool { return answers["case_type"] == "existing_use" }

// raised lists the stages of a case for which reviewers asked for more than triage
// did (T-31).
func (s *Service) raised(ctx context.Context, c store.Case) (keys []model.StageKey, err error) {
	if c.State == model.Draft {
		return nil, nil
	}
	stages, err := s.store.CaseStages(ctx, c.OrgID, c.ID)
	for _, st := range stages {
		if st.Raised {
			keys = append(keys, st.Key)
		}
	}
	return keys, err
}

// planStages lists the stages that triage asks for, and those that reviewers have
// raised, each with the hash of what it depends on.
func planStages(j judgement, raised []model.StageKey) ([]model.PlanStage, error) {
	var stages []model.PlanStage
	scopeOf := j.book.Scopes(j.answers)
	for _, spec := range model.Stages() {
		requirement, asked := j.Stages[string(spec.Key)]
		switch {
		case asked:
		case slices.Contains(raised, spec.Key):
			requirement = string(model.NotRequired)
		default:
			continue
		}
		if inheritsReview(spec.Key, requirement, j.answers) {
			requirement = string(model.Inherit)
		}
		scope, err := hashScope(scopeOf(string(spec.Key)))
		if err != nil {
			return nil, err
		}
		stages = append(stages, model.PlanStage{Key: spec.Key, Requirement: model.Requirement(requirement), Scope: scope,
			Assess: isPrepared(j.book, spec, model.Requirement(requirement), model.Tier(j.Tier))})
	}
	return stages, nil
}

// isPrepared reports whether a stage has an assessment that is handed in before it
// is reviewed.
func isPrepared(b *rulebook.Book, spec model.StageSpec, r model.Requirement, t model.Tier) bool {
	_, settled := model.SettledOutcome(spec.Key, r, t)
	_, asked := b.Assessment(string(spec.Key))
	return len(spec.Prepare) > 0 && asked && !settled
}

// serviceTimes gives the working days of each task that may open (rulebook 3.7).
func serviceTimes(b *rulebook.Book, cls assess.Classification) map[string]int {
	times := map[string]int{}
	for _, spec := range model.Stages() {
		if requirement, ok := cls.Stages[string(spec.Key)]; ok {
			maps.Copy(times, stageTimes(b, spec.Key, requirement, cls.Tier))
		}
	}
	times[model.Subject(model.StageStopUse, model.TaskStopUnit)] = stopDays
	times[model.Subject(model.StageStopUse, model.TaskStopSecurity)] = stopDays
	setTime(b, times, model.Subject(model.StageTriageCheck, model.TaskConfirmation), "triage_check", "", cls.Tier)
	setTime(b, times, model.SubjectOwner+"."+string(model.DeadlineReply), "owner_reply", "", cls.Tier)
	for _, stage := range []model.StageKey{
		model.StageStopDecision, model.StageReview, model.StageFollowUp, model.StageMeeting,
		model.StageAdoption, model.StageReconsideration, model.StageOverride,
	} {
		setTime(b, times, string(stage), string(stage), "", cls.Tier)
	}
	for name, param := range timesOfCase {
		times[name] = b.Int(cls.Profile, param)
	}
	if model.Tier(cls.Tier) == model.T3 {
		times[model.TimeReview] = b.Int(cls.Profile, "review_months_t3")
	}
	return times
}

// timesOfCase names the parameters of the guidelines behind the times of a case
// that belong to no task.
var timesOfCase = map[string]string{
	model.TimeReminder: "reminder_first_percent", model.TimeReminder2: "reminder_second_percent",
	model.TimeEscalation: "escalation_days", model.TimeAdviceSilence: "advice_silence_days",
	model.TimeSilence: "withdraw_days", model.TimeLapse: "condition_lapse_days", model.TimeReview: "review_months",
	model.TimeNotice: "expiry_notice_days", model.TimeNotice2: "expiry_notice_2_days", model.TimeNotice3: "expiry_notice_3_days",
	model.TimeInterimNotice: "interim_notice_days",
}

// stopDays is how many working days those in charge have to stop the use of a
// tool that a rule forbids (T-05).
const stopDays = 1

// stageTimes gives the working days of the tasks of one stage.
func stageTimes(b *rulebook.Book, key model.StageKey, requirement, tier string) map[string]int {
	times := map[string]int{}
	spec, _ := model.Stage(key)
	kinds := []model.TaskKind{model.TaskPrepare, model.TaskStatement, model.TaskHead}
	for _, task := range spec.Tasks {
		kinds = append(kinds, task.Kind)
	}
	for _, kind := range kinds {
		if _, offered := spec.Task(kind); !offered {
			continue
		}
		stage := string(key)
		if kind == model.TaskAdvice || kind == model.TaskStatement {
			stage = "dpo_advice"
		}
		setTime(b, times, model.Subject(key, kind), stage, requirement, tier)
	}
	return times
}

func setTime(b *rulebook.Book, times map[string]int, subject, stage, requirement, tier string) {
	if days, ok := b.SLA(stage, requirement, tier); ok {
		times[subject] = days
	}
}

// skipped names the rule behind each stage that is not required.
func skipped(b *rulebook.Book, cls assess.Classification) map[model.StageKey]string {
	out := map[model.StageKey]string{}
	for _, fired := range cls.Rules {
		rule, _ := b.Rule(fired.ID)
		stage, isStage := strings.CutPrefix(rule.Group, "stage.")
		if isStage && rule.Value == string(model.NotRequired) {
			out[model.StageKey(stage)] = fired.ID
		}
	}
	return out
}

// TriageResult is what is shown of a triage: the result in its fixed form, the
// rules that fired with what they saw, and what warns without stopping.
type TriageResult struct {
	Result   assess.TriageResult `json:"result"`
	Rules    []assess.Fired      `json:"rules"`
	Warnings []assess.Fired      `json:"warnings"`
}

func resultOf(cls assess.Classification) TriageResult {
	return TriageResult{Result: cls.TriageResult, Rules: cls.Rules, Warnings: cls.Warnings}
}

// reevaluate asks the rules again about what a pending command rests on.
func (s *Service) reevaluate(ctx context.Context, c model.Command) (*model.Evaluation, error) {
	found, err := s.caseOf(ctx, c.OrgID, c.CaseID)
	if err != nil {
		return nil, err
	}
	if sub := c.Payload.Submission; sub != nil {
		p, err := s.store.Part(ctx, c.OrgID, c.CaseID, sub.Part)
		if err != nil {
			return nil, err
		}
		if p.Revision != sub.Revision {
			return nil, model.Refuse(model.CodeStale)
		}
		return s.evaluate(ctx, found, p)
	}
	switch {
	case c.Evaluation == nil || !c.Evaluation.Replan:
	case c.Payload.Decision != nil && c.Payload.Decision.Task.Stage == model.StageInfoOwner:
		return s.evaluateLicence(ctx, found, c.Payload.Decision.Outcome)
	default:
		return s.evaluateAgain(ctx, found)
	}
	return s.evaluateSubmitted(ctx, found, c.Payload.Decision)
}

// evaluateLicence asks the rules what follows from the information owner's answer
// about a private licence (T-34).
func (s *Service) evaluateLicence(ctx context.Context, c store.Case, o model.Outcome) (*model.Evaluation, error) {
	p, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
	if err != nil {
		return nil, err
	}
	answers, err := rulebook.ReadAnswers(p.Answers)
	if err != nil {
		return nil, err
	}
	approval := licenceApproved
	if o == model.OutcomeReject {
		approval = licenceRefused
	}
	j, err := s.judge(ctx, c, answers, approval)
	if err != nil {
		return nil, err
	}
	e, err := s.whole(ctx, c, p, j)
	if err == nil {
		e.Replan = true
	}
	return e, err
}

// evaluateSubmitted asks the rules about the revision that the reviewers have,
// for the codes of the answer. d is the decision that is about to be recorded.
func (s *Service) evaluateSubmitted(ctx context.Context, c store.Case, d *model.Decision) (*model.Evaluation, error) {
	p, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
	if err != nil {
		return nil, err
	}
	answers, approval, err := s.answersOf(ctx, c, p)
	if err != nil {
		return nil, err
	}
	j, err := s.judge(ctx, c, answers, approval)
	if err != nil {
		return nil, err
	}
	e, err := codes(p, j)
	if err != nil {
		return nil, err
	}
	if e.Plan.Blockers, err = s.openBlockers(ctx, c, answers, e.Plan.Blockers); err != nil {
		return nil, err
	}
	e.Templates, err = s.templates(ctx, c, d)
	return e, err
}

// templates are the conditions that every approval on the case's facts carries
// (rulebook 8.2), once d is recorded.
func (s *Service) templates(ctx context.Context, c store.Case, d *model.Decision) ([]model.NewCondition, error) {
	in, err := s.assessed(ctx, c, store.Stage{}, nil)
	if err == nil && d != nil {
		err = s.takePending(ctx, c, d, in.Process)
	}
	if err != nil {
		return nil, err
	}
	conditions, _, err := assess.Templates(in)
	out := make([]model.NewCondition, len(conditions))
	for i, c := range conditions {
		out[i] = newCondition(c)
	}
	return out, err
}

// takePending adds to the facts what a decision tells that is not recorded yet: the
// one that approves is not always the CISO's.
func (s *Service) takePending(ctx context.Context, c store.Case, d *model.Decision, facts map[string]any) error {
	switch d.Task.Stage {
	case model.StageManager:
		answers := map[string]any{}
		if len(d.Answers) > 0 {
			if err := json.Unmarshal(d.Answers, &answers); err != nil {
				return err
			}
		}
		takeManaged(facts, answers)
	case model.StageEnvironment, model.StageAgentRisk:
		tasks, err := s.store.CaseTasks(ctx, c.OrgID, c.ID)
		if err != nil {
			return err
		}
		name := map[model.StageKey]string{model.StageEnvironment: "environment_result", model.StageAgentRisk: "agent_result"}
		facts[name[d.Task.Stage]] = string(resultWith(tasks, d))
	}
	return nil
}

// resultWith is what a stage comes to with one more answer: the most restricted of
// those that its reviewers have given.
func resultWith(tasks []store.Task, d *model.Decision) model.Outcome {
	spec, _ := model.Stage(d.Task.Stage)
	outcomes := spec.Tasks[len(spec.Tasks)-1].Outcomes
	worst := slices.Index(outcomes, d.Outcome)
	for _, offered := range spec.Tasks {
		if t := store.LatestTask(tasks, spec.Key, offered.Kind); t != nil && t.Status == model.TaskDone {
			worst = max(worst, slices.Index(outcomes, t.Outcome))
		}
	}
	if worst < 0 {
		return d.Outcome
	}
	return outcomes[worst]
}

// invalid builds the error for answers that break the rules.
func invalid(problems []rulebook.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &Invalid{problems}
}
