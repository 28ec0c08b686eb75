package act

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// assessed gathers everything that a stage's assessment is judged by: the intake
// that the reviewers have, and what the process knows.
func (s *Service) assessed(ctx context.Context, c store.Case, stage store.Stage, answers map[string]any) (assess.Assessed, error) {
	in, err := s.toAssess(ctx, c)
	if err != nil {
		return in, err
	}
	in.Requirement, in.Answers = string(stage.Requirement), answers
	if in.Process, in.Tasks, err = s.processFacts(ctx, c, stage); err != nil {
		return in, err
	}
	for _, answers := range in.Tasks {
		maps.Copy(in.Process, answers) // what reviewers have confirmed
	}
	if stage.Key == model.StageCISO {
		if in.Answers == nil {
			in.Answers = map[string]any{}
		}
		err = s.inheritReview(ctx, c, &in)
	}
	return in, err
}

// toAssess is what every stage's assessment is judged by: the intake that the reviewers
// have, and its triage.
func (s *Service) toAssess(ctx context.Context, c store.Case) (assess.Assessed, error) {
	book, today := s.bookOf(c), calendar.Today(s.clock.Now())
	return store.Recall(ctx, fmt.Sprintf("intake of %s %d by %s on %s", c.ID, c.Revision, book.Digest, today), func() (assess.Assessed, error) {
		intake, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
		if err != nil {
			return assess.Assessed{}, err
		}
		given, approval, err := s.answersOf(ctx, c, intake)
		if err != nil {
			return assess.Assessed{}, err
		}
		st, err := s.settingOf(ctx, c.OrgID, c.UnitID, given)
		if err != nil {
			return assess.Assessed{}, err
		}
		return s.judgements.Once(assess.Assessed{
			Book: book, Profile: st.profile, Today: today, Intake: given, System: st.system(approval, today),
		})
	})
}

// process is what a case's process knows, read as far as the rules of one stage
// ask for it.
type process struct {
	s      *Service
	c      store.Case
	stage  store.Stage
	stages []store.Stage
	tasks  []store.Task
	facts  map[string]any
	asked  map[string]bool
}

// processFacts are what the stages' rules read of the process: advice, the answers
// of other stages, results and counts; and what the stage's reviewers have
// answered in the round that stands.
func (s *Service) processFacts(ctx context.Context, c store.Case, stage store.Stage) (map[string]any, map[string]map[string]any, error) {
	p := process{s: s, c: c, stage: stage, facts: map[string]any{"returns": c.ReturnsCount}, asked: map[string]bool{}}
	name := string(stage.Key)
	if name == "" {
		name = bookConditions
	}
	if book, ok := s.bookOf(c).Assessment(name); ok {
		for _, f := range book.SystemFacts() {
			p.asked[f.ID] = true
		}
	}
	var err error
	if p.stages, err = s.store.CaseStages(ctx, c.OrgID, c.ID); err != nil {
		return nil, nil, err
	}
	if p.tasks, err = s.store.CaseTasks(ctx, c.OrgID, c.ID); err != nil {
		return nil, nil, err
	}
	p.takeStages()
	p.takeAdvice()
	p.takeGuards()
	for _, step := range []func(context.Context) error{
		p.takeManager, p.takeCamera, p.takeDPIA, p.takeRemarks, p.takePreparer, p.takeSignoff,
	} {
		if err := step(ctx); err != nil {
			return nil, nil, err
		}
	}
	answers, err := s.taskAnswers(ctx, c, stage, p.tasks)
	return p.facts, answers, err
}

// bookConditions is the book of the conditions that every approval carries.
const bookConditions = "conditions"

// takeStages tells what other stages came to.
func (p *process) takeStages() {
	p.facts["final_decision"] = true
	for _, st := range p.stages {
		switch {
		case st.Key == model.StageInfoOwner:
			p.facts["final_decision"] = st.Status == model.StageNotRequired
		case st.Key == model.StageWorkerInformation:
			p.facts["worker_information"] = string(st.Requirement)
		case st.Key == model.StageEnvironment && st.Result != "":
			p.facts["environment_result"] = string(st.Result)
		case st.Key == model.StageAgentRisk && st.Result != "":
			p.facts["agent_result"] = string(st.Result)
		}
	}
}

// takeAdvice tells what the DPO, or whoever stands in, has said of the stage.
func (p *process) takeAdvice() {
	p.facts["dpo_advice"] = nil
	p.facts["advice_satisfied"] = p.stage.Advice != ""
	if asksAdvice(p.tasks, p.stage) {
		return // what was said before was about another text
	}
	for _, kind := range []model.TaskKind{model.TaskStatement, model.TaskAdvice} {
		t := store.LatestTask(p.tasks, p.stage.Key, kind)
		if t == nil || t.Status != model.TaskDone {
			continue
		}
		p.facts["dpo_advice"] = string(t.Outcome)
		if kind == model.TaskStatement {
			p.facts["advice_satisfied"] = true
		}
	}
}

// asksAdvice reports whether the stage waits for its assessment or for a word on
// it.
func asksAdvice(tasks []store.Task, stage store.Stage) bool {
	for _, kind := range []model.TaskKind{model.TaskPrepare, model.TaskStatement, model.TaskAdvice} {
		if t := store.LatestTask(tasks, stage.Key, kind); t != nil && t.Status == model.TaskOpen {
			return true
		}
	}
	return false
}

// takeManager tells how far the negotiation with the unions has come (SG-08), and
// the training (L-67): what the manager has noted last, also after the
// endorsement.
func (p *process) takeManager(ctx context.Context) error {
	if !p.asked["mbl_status"] && !p.asked["training_course"] {
		return nil
	}
	answers, err := p.latestAnswers(ctx, model.StageManager)
	takeManaged(p.facts, answers)
	return err
}

// takeManaged takes of the manager's answers what other stages ask for.
func takeManaged(facts, answers map[string]any) {
	for _, id := range []string{"work_impact", "mbl_status", "training_course", "training_share"} {
		if v, ok := answers[id]; ok {
			facts[id] = v
		}
	}
}

// latestAnswers are a decider's: the draft where it is newer than the last
// decision, otherwise what came with that.
func (p *process) latestAnswers(ctx context.Context, key model.StageKey) (map[string]any, error) {
	draft, err := p.s.draftOf(ctx, p.c, string(key))
	if err != nil {
		return nil, err
	}
	text, err := p.s.decidedAnswers(ctx, p.c, key, draft)
	if err != nil {
		return nil, err
	}
	return rulebook.ReadAnswers(text)
}

func (p *process) takeCamera(ctx context.Context) error {
	if !p.asked["camera_place"] {
		return nil
	}
	answers, err := p.handedIn(ctx, model.StageCamera)
	if place, ok := answers["KA-2"]; ok {
		p.facts["camera_place"] = place
	}
	return err
}

// takeDPIA tells what the impact assessment came to and which of its parts there
// are to refer to.
func (p *process) takeDPIA(ctx context.Context) error {
	if !p.asked["dpia_sections"] && !p.asked["dpia_residual"] {
		return nil
	}
	came, err := store.Recall(ctx, fmt.Sprintf("impact of %s by %s", p.c.ID, p.s.bookOf(p.c).Digest), func() (map[string]any, error) {
		return p.impact(ctx)
	})
	maps.Copy(p.facts, came)
	return err
}

func (p *process) impact(ctx context.Context) (map[string]any, error) {
	i := slices.IndexFunc(p.stages, func(st store.Stage) bool { return st.Key == model.StageDPIA && st.PartRevision > 0 })
	if i < 0 {
		return nil, nil
	}
	text, err := p.s.textToJudge(ctx, p.c, p.stages[i])
	if err != nil {
		return nil, err
	}
	j, err := p.s.judged(ctx, p.c, p.stages[i], text)
	if err != nil {
		return nil, err
	}
	decided := j.in.Tasks[string(model.TaskDecision)]
	came := map[string]any{"dpia_sections": assess.DPIASections(j.in.Answers, decided, j.in.Process["dpo_advice"] != nil)}
	if result, ok := j.Result.(assess.DPIAResult); ok && result.MaxResidual != "" {
		came["dpia_residual"] = result.MaxResidual
	}
	return came, nil
}

// handedIn are the answers of a stage's assessment that the reviewers have, nil
// when there are none.
func (p *process) handedIn(ctx context.Context, key model.StageKey) (map[string]any, error) {
	i := slices.IndexFunc(p.stages, func(st store.Stage) bool { return st.Key == key && st.PartRevision > 0 })
	if i < 0 {
		return nil, nil
	}
	return p.s.answersToJudge(ctx, p.c, p.stages[i])
}

// takeRemarks counts the DPO's remarks that nobody has answered (AD-05).
func (p *process) takeRemarks(ctx context.Context) error {
	if !p.asked["open_remarks"] {
		return nil
	}
	n, err := p.s.store.OpenRemarks(ctx, p.c.OrgID, p.c.ID, p.stage.Key, model.RoleDPO)
	p.facts["open_remarks"] = n
	return err
}

// takePreparer tells in which function the assessment was handed in: legal counsel
// has to stand behind an exemption (DP-06).
func (p *process) takePreparer(ctx context.Context) error {
	if !p.asked["handed_in_by"] || p.stage.PartRevision == 0 {
		return nil
	}
	part, err := p.s.store.Revision(ctx, p.c.OrgID, p.c.ID, string(p.stage.Key), p.stage.PartRevision)
	if err != nil {
		return err
	}
	people, err := p.s.store.ActedPeople(ctx, p.c.OrgID, p.c.ID)
	spec, _ := model.Stage(p.stage.Key)
	for _, role := range spec.Prepare {
		if slices.Contains(people, model.CasePerson{Role: role, PersonID: part.SavedBy}) {
			p.facts["handed_in_by"] = string(role)
		}
	}
	return err
}

// takeSignoff tells the information owner how far the CISO has gone: the approved
// level can only be lowered from there (rulebook 9.3).
func (p *process) takeSignoff(ctx context.Context) error {
	if !p.asked["ciso_max_ipl"] {
		return nil
	}
	text, err := p.s.decidedAnswers(ctx, p.c, model.StageCISO, store.Part{Answers: []byte("{}")}) // a draft approves nothing
	if err != nil {
		return err
	}
	answers, err := rulebook.ReadAnswers(text)
	if v, ok := answers["approved_max_ipl"]; ok {
		p.facts["ciso_max_ipl"] = v
	}
	return err
}

// takeGuards tells the CISO what other stages still stand in the way (rulebook
// 8.3).
func (p *process) takeGuards() {
	if !p.asked["guards"] {
		return
	}
	var snap model.Snapshot
	for _, st := range p.stages {
		state := model.StageState{Key: st.Key, Status: st.Status, Assess: st.Assess, Part: st.PartHash, Advice: st.Advice}
		for _, kind := range []model.TaskKind{model.TaskAdvice, model.TaskStatement} {
			if t := store.LatestTask(p.tasks, st.Key, kind); t != nil {
				state.Tasks = append(state.Tasks, model.TaskState{Kind: kind, Round: t.Key.Round, Status: t.Status, Outcome: t.Outcome})
			}
		}
		snap.Stages = append(snap.Stages, state)
	}
	guards := []string{}
	for _, rule := range snap.SignoffGaps() {
		if strings.HasPrefix(rule, "SG-") && !slices.Contains(guards, rule) {
			guards = append(guards, rule)
		}
	}
	p.facts["guards"] = guards
}

// taskAnswers are what the reviewers of the stage have answered in the round that
// stands, by kind of task.
func (s *Service) taskAnswers(ctx context.Context, c store.Case, stage store.Stage, tasks []store.Task) (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	spec, _ := model.Stage(stage.Key)
	var open []string
	for _, t := range spec.Tasks {
		if latest := store.LatestTask(tasks, stage.Key, t.Kind); latest != nil && latest.Status == model.TaskDone {
			open = append(open, latest.ID)
		}
	}
	if len(open) == 0 {
		return out, nil
	}
	decisions, err := s.store.Decisions(ctx, c.OrgID, c.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range decisions {
		t := find(tasks, d.TaskID)
		if t == nil || !slices.Contains(open, d.TaskID) {
			continue
		}
		answers, err := rulebook.ReadAnswers(d.Answers)
		if err != nil {
			return nil, err
		}
		out[string(t.Key.Kind)] = maps.Clone(answers)
	}
	return out, nil
}

func find(tasks []store.Task, id string) *store.Task {
	for i := range tasks {
		if tasks[i].ID == id {
			return &tasks[i]
		}
	}
	return nil
}
