package web

import (
	"slices"
	"strings"
	"testing"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// every lists every task with each outcome that it takes.
func every(f func(model.StageKey, model.TaskSpec, model.Outcome)) {
	take := func(stage model.StageKey, t model.TaskSpec) {
		for _, o := range t.Outcomes {
			f(stage, t, o)
		}
	}
	for _, spec := range model.Stages() {
		for _, kind := range []model.TaskKind{model.TaskSecondReading, model.TaskHead, model.TaskStatement, model.TaskAdopt("u"), model.TaskFollowUp("c")} {
			if t, ok := spec.Task(kind); ok {
				take(spec.Key, t)
			}
		}
		for _, t := range spec.Tasks {
			take(spec.Key, t)
		}
	}
	for _, t := range model.IncidentTasks() {
		take(model.StageIncident, t.TaskSpec)
	}
	for _, t := range model.YearlyTasks() {
		take(model.StageYearly, t.TaskSpec)
	}
}

// Advice that has remarks or is against says so once more while none are written.
func TestAdviceWithoutWords(t *testing.T) {
	t.Parallel()
	v := &visit{lang: lang.SV, book: rulebook.Default()}
	for _, test := range []struct {
		outcome    model.Outcome
		motivation string
		remarks    int
		want       bool
	}{
		{model.OutcomeSupportsWithRemarks, " ", 0, true},
		{model.OutcomeAdvisesAgainst, "", 0, true},
		{model.OutcomeAdvisesAgainst, "Skälen räcker inte.", 0, false},
		{model.OutcomeSupportsWithRemarks, "", 1, false},
		{model.OutcomeSupports, "", 0, false},
	} {
		p := taskPage{TaskView: api.TaskView{TaskItem: api.TaskItem{CaseID: "c", Stage: model.StageDPIA, Kind: model.TaskAdvice, Role: model.RoleDPO}}, Case: &api.CaseStatus{}}
		p.Form.Motivation, p.Remarks = test.motivation, make([]remark, test.remarks)
		if got := strings.Contains(strings.Join(v.consequence(p, test.outcome), " "), "Du har inte skrivit något"); got != test.want {
			t.Errorf("%s with %q and %d remarks says so: %v", test.outcome, test.motivation, test.remarks, got)
		}
	}
}

// TestConsequences requires that every outcome of every task says what follows, and
// its button what it does, in both languages.
func TestConsequences(t *testing.T) {
	t.Parallel()
	n := 0
	every(func(stage model.StageKey, task model.TaskSpec, o model.Outcome) {
		n++
		p := taskPage{TaskView: api.TaskView{TaskItem: api.TaskItem{CaseID: "c", Stage: stage, Kind: task.Kind, Role: task.Role}}, Case: &api.CaseStatus{}}
		for _, l := range []lang.Lang{lang.SV, lang.EN} {
			lines := (&visit{lang: l, book: rulebook.Default()}).consequence(p, o)
			if len(lines) == 0 || slices.Contains(lines, "") {
				t.Errorf("%s.%s %s says %q", stage, task.Kind, o, lines)
			}
			if words := sendWords(p.TaskView, o, "Svar", l); words == "" || strings.HasSuffix(words, ": ") {
				t.Errorf("%s.%s %s has the button %q", stage, task.Kind, o, words)
			}
			if wordsOf(p.TaskView, l) == "" {
				t.Errorf("%s.%s has no words", stage, task.Kind)
			}
		}
	})
	if n < 90 {
		t.Errorf("only %d outcomes", n)
	}
}

// TestWhatFollows holds what is said to the process: advice goes to whoever decides,
// the last stage approves, and a rejection of the highest tier is read again.
func TestWhatFollows(t *testing.T) {
	t.Parallel()
	v := &visit{lang: lang.SV, book: rulebook.Default()}
	at := func(stage model.StageKey, kind model.TaskKind) taskPage {
		c := &api.CaseStatus{Stages: []api.StageNote{
			{Key: model.StageManager, Status: model.StageDone}, {Key: model.StageLegalBasis, Status: model.StageOpen},
			{Key: model.StageAILabel, Status: model.StageWaiting}, {Key: model.StageCISO, Status: model.StageWaiting},
		}}
		c.Tier = "T3"
		return taskPage{TaskView: api.TaskView{TaskItem: api.TaskItem{CaseID: "c", Stage: stage, Kind: kind}}, Case: c}
	}
	last := at(model.StageCISO, model.TaskDecision)
	last.Case.Stages[1].Status = model.StageDone
	for _, c := range []struct {
		name string
		page taskPage
		o    model.Outcome
		want string
		not  string
	}{
		{"advice", at(model.StageLegalBasis, model.TaskAdvice), model.OutcomeSupports, "Rådet går till informationsägaren", "Kvar är"},
		{"against", at(model.StageLegalBasis, model.TaskAdvice), model.OutcomeAdvisesAgainst, "måste då skriva skäl", "Kvar är"},
		{"a stage", at(model.StageLegalBasis, model.TaskDecision), model.OutcomeLawful, "Kvar är: CISO-granskning.", "blir godkänt"},
		{"the last stage", last, model.OutcomeApprove, "ärendet blir godkänt", "Kvar är"},
		{"a part of a stage", at(model.StageAgentRisk, model.TaskBenefit), model.OutcomeConfirmed, "Steget avgörs av CISO.", "Kvar är"},
		{"rejection", at(model.StageCISO, model.TaskDecision), model.OutcomeReject, "En andra person läser avslaget", "Kvar är"},
		{"return", at(model.StageCISO, model.TaskDecision), model.OutcomeReturn, "står kvar", "Kvar är"},
	} {
		text := strings.Join(v.consequence(c.page, c.o), " ")
		if !strings.Contains(text, c.want) || strings.Contains(text, c.not) {
			t.Errorf("%s: %s", c.name, text)
		}
	}
	if got := sendWords(at(model.StageDPIA, model.TaskAdvice).TaskView, model.OutcomeSupports, "Inget att erinra", lang.SV); got != "Skicka råd till informationsägaren: Inget att erinra" {
		t.Errorf("the button says %q", got)
	}
}

func TestSilenceIsForTheHead(t *testing.T) {
	t.Parallel()
	all := []api.OutcomeChoice{{Outcome: model.OutcomeSupports}, {Outcome: model.OutcomeNotGivenInTime}}
	for role, want := range map[model.Role]model.Outcome{model.RoleDPO: model.OutcomeSupports, model.RoleUnitHead: model.OutcomeNotGivenInTime} {
		if got := offered(all, &store.Person{Roles: []model.Role{role}}); len(got) != 1 || got[0].Outcome != want {
			t.Errorf("%s is offered %v", role, got)
		}
	}
}
