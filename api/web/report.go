package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// reportPage is a report on a case, or on the assessment of a stage (rulebook 9.11
// and 5.8).
type reportPage struct {
	api.CaseStatus
	Heading string
	// Source is the rule that says what the report has.
	Source string
	// Of are the revision that the report is on, its hash, and who handed it in when.
	Of       api.RevisionItem
	Sections []reportSection
	// Others are the reports on parts of the case.
	Others []reportLink
}

type reportLink struct{ Path, Label string }

// reportSection is what stands under a heading of a report.
type reportSection struct {
	ID, Text string
	Blocks   []block
}

// block is a group of statements that have been worked out by the rules, or written
// by people.
type block struct {
	// Computed is true for what the rules or the record say, false for what people have
	// written, By whom, where it is one.
	Computed bool
	Title    string
	By       string
	// Note says why there is nothing more.
	Note       string
	Lines      []line
	Rules      []api.FiredRule
	Findings   *findings
	Decisions  []saidNote
	Conditions []api.ConditionItem
	Events     []loggedNote
	Link       *reportLink
}

// manyLines is how many answers or events a block shows at once on the screen. More are
// folded, and open on paper.
const manyLines = 12

// long is how many answers or events are folded, 0 for none.
func (b block) long() int {
	if n := max(len(b.Lines), len(b.Events)); n > manyLines {
		return n
	}
	return 0
}

// saidNote is a decision or a piece of advice with the answers that came with it.
type saidNote struct {
	api.DecisionItem
	Lines []line
}

// decided is a decision with the answers that came with it.
type decided struct {
	api.DecisionItem
	answers map[string]any
}

// loggedNote is an event of the log.
type loggedNote struct {
	Seq       int64
	At        time.Time
	What, Who string
}

// reporter writes a report.
type reporter struct {
	*site
	v           *visit
	report      *rulebook.Report
	path        string
	c           api.CaseStatus
	answers     map[string]any
	by          string
	reader      reader
	decisions   []decided
	conditions  []api.ConditionItem
	assessments map[model.StageKey]api.AssessmentDraft
	// used are the rules that the report has named.
	used []api.FiredRule
}

// report shows a report.
func (s *site) report(v *visit) error {
	part := cmp.Or(v.r.PathValue("stage"), rulebook.PartIntake)
	spec, ok := rulebook.ReportOn(part)
	if !ok {
		return errNoPage
	}
	r := &reporter{site: s, v: v, report: spec, assessments: map[model.StageKey]api.AssessmentDraft{}}
	p := reportPage{Heading: spec.Title.In(v.lang), Source: spec.Source}
	err := r.read(part, &p)
	if err != nil {
		return err
	}
	for i, h := range spec.Headings {
		blocks, err := r.under(h)
		if err != nil {
			return err
		}
		p.Sections = append(p.Sections, reportSection{"h" + strconv.Itoa(i+1), h.Text.In(v.lang), blocks})
	}
	p.CaseStatus = r.c
	if part == rulebook.PartIntake {
		for _, st := range r.c.Stages {
			if _, has := rulebook.ReportOn(string(st.Key)); has && st.Status != model.StageNotRequired {
				p.Others = append(p.Others, reportLink{r.path + "/assessments/" + string(st.Key) + "/report", st.Label})
			}
		}
	}
	return v.show(http.StatusOK, "report", view{Section: "cases", References: true, Title: p.Heading + ": " + r.c.Title, Page: p})
}

// read reads what the whole report needs: the case, what was decided, and the text
// that the report is on.
func (r *reporter) read(part string, p *reportPage) error {
	if err := r.v.getCase(r.v.r.PathValue("id"), &r.c); err != nil {
		return err
	}
	r.path = "/cases/" + r.c.CaseID
	var err error
	decisions, err := all[api.DecisionItem](r.v, r.path+"/decisions")
	if err != nil {
		return err
	}
	for _, d := range decisions {
		answers, err := rulebook.ReadAnswers(d.Answers)
		if err != nil {
			return err
		}
		r.decisions = append(r.decisions, decided{d, answers})
	}
	if r.conditions, err = all[api.ConditionItem](r.v, r.path+"/conditions"); err != nil {
		return err
	}
	r.reader = reader{book: r.v.book, lang: r.v.lang}
	var raw json.RawMessage
	switch {
	case part != rulebook.PartIntake:
		a, err := r.assessment(model.StageKey(part))
		if err != nil {
			return err
		}
		book, _ := r.v.book.Assessment(part)
		r.reader.book, raw = book, a.Answers
		p.Of.Revision = a.HandedIn
		if a.HandedIn == 0 {
			break
		}
		text := api.RevisionText{}
		if err := r.v.get(r.path+"/revisions/"+strconv.Itoa(a.HandedIn), url.Values{"part": {part}}, &text); err != nil {
			return err
		}
		p.Of = text.RevisionItem
	case r.c.Revision > 0:
		text := api.RevisionText{}
		if err := r.v.get(r.path+"/revisions/"+strconv.Itoa(r.c.Revision), nil, &text); err != nil {
			return err
		}
		p.Of, raw = text.RevisionItem, text.Answers
	default:
		draft := api.IntakeDraft{}
		if err := r.v.get(r.path+"/intake", nil, &draft); err != nil {
			return err
		}
		raw = draft.Answers
	}
	if p.Of.SubmittedBy != nil {
		r.by = p.Of.SubmittedBy.Name
	}
	if r.answers, err = rulebook.ReadAnswers(raw); err != nil {
		return err
	}
	r.reader.names, err = r.namesIn(r.v, r.reader.book, r.answers)
	return err
}

// assessment reads the assessment of a stage, once: as the reviewers have it, or as
// it stands where nothing was handed in.
func (r *reporter) assessment(stage model.StageKey) (api.AssessmentDraft, error) {
	if a, known := r.assessments[stage]; known {
		return a, nil
	}
	path := r.path + "/assessments/" + url.PathEscape(string(stage))
	var a api.AssessmentDraft
	read := url.Values{"form": {"false"}}
	err := r.v.get(path, read, &a)
	if err == nil && a.HandedIn > 0 && a.HandedIn != a.Revision {
		handedIn := a.HandedIn
		a = api.AssessmentDraft{}
		read.Set("revision", strconv.Itoa(handedIn))
		err = r.v.get(path, read, &a)
	}
	r.assessments[stage] = a
	return a, err
}

// under is what stands under a heading.
func (r *reporter) under(h rulebook.ReportHeading) ([]block, error) {
	var out []block
	for _, name := range h.Shows {
		blocks, err := shows[name](r, h)
		if err != nil {
			return nil, err
		}
		out = append(out, blocks...)
	}
	if fired := r.triage(h); len(fired) > 0 {
		out = append(out, r.told(lang.Text{SV: "Vad reglerna visade", EN: "What the rules found"}.In(r.v.lang), fired))
	}
	if lines := r.lines(h); len(lines) > 0 {
		out = append(out, block{By: r.by, Lines: lines})
	}
	out = append(out, r.answered(h)...)
	for _, key := range h.Stages {
		blocks, err := r.stage(model.StageKey(key))
		if err != nil {
			return nil, err
		}
		out = append(out, blocks...)
	}
	return out, nil
}

// lines are the answers that stand under a heading.
func (r *reporter) lines(h rulebook.ReportHeading) []line {
	var out []line
	for _, f := range r.report.Under(h, r.reader.book) {
		value := at(r.answers, f.ID)
		if len(h.Items) > 0 && slices.Contains(h.Questions, f.ID) {
			own := *f
			own.Items = slices.DeleteFunc(slices.Clone(f.Items), func(i *rulebook.Field) bool { return !slices.Contains(h.Items, i.ID) })
			f = &own
		}
		if l, answered := r.reader.line(f, value); answered {
			out = append(out, l)
		}
	}
	return out
}

// elsewhere reports whether an answer that came with a decision on what the report is
// about has a heading of its own.
func (r *reporter) elsewhere(stage model.StageKey, f *rulebook.Field) bool {
	return string(stage) == r.report.Part && slices.ContainsFunc(r.report.Headings, func(h rulebook.ReportHeading) bool {
		return slices.Contains(h.Sections, f.Section) && !slices.Contains(h.Shows, "decision")
	})
}

// answered are the answers that came with decisions on what the report is about and
// that stand under a heading of their own.
func (r *reporter) answered(h rulebook.ReportHeading) []block {
	var out []block
	for _, d := range r.decisions {
		if string(d.Stage) != r.report.Part || slices.Contains(h.Shows, "decision") {
			continue
		}
		var lines []line
		for _, f := range r.reader.book.Fields() {
			if f.Part == r.report.Part || !slices.Contains(h.Sections, f.Section) {
				continue
			}
			if l, given := r.reader.line(f, at(d.answers, f.ID)); given {
				lines = append(lines, l)
			}
		}
		if len(lines) > 0 && d.Decider != nil {
			out = append(out, block{By: d.Decider.Name, Lines: lines})
		}
	}
	return out
}

// triage is what the rules of triage found that is told under a heading.
func (r *reporter) triage(h rulebook.ReportHeading) []api.FiredRule {
	if r.c.Triage == nil || r.report.Part != rulebook.PartIntake {
		return nil
	}
	var out []api.FiredRule
	for _, f := range slices.Concat(r.c.Triage.Rules, r.c.Triage.Warnings) {
		if rule, ok := r.v.book.Rule(f.ID); ok && h.Tells(rule.Group) {
			out = append(out, f)
		}
	}
	return out
}

// told is a block of rules, which are referred to at the end as well.
func (r *reporter) told(title string, rules []api.FiredRule) block {
	r.used = append(r.used, rules...)
	return block{Computed: true, Title: title, Rules: rules}
}

// stage is what was written, found and decided in a stage.
func (r *reporter) stage(key model.StageKey) ([]block, error) {
	i := slices.IndexFunc(r.c.Stages, func(st api.StageNote) bool { return st.Key == key })
	said := r.said(key)
	if i < 0 || r.c.Stages[i].Status == model.StageNotRequired {
		return r.decided(said), nil
	}
	st := r.c.Stages[i]
	standing := block{Computed: true, Title: st.Label, Note: cmp.Or(st.ResultLabel, stageWords[st.Status].In(r.v.lang))}
	out := []block{standing}
	if book, ok := r.v.book.Assessment(string(key)); ok {
		a, err := r.assessment(key)
		var refused *client.Problem
		switch {
		case errors.As(err, &refused) && refused.Status < 500:
			out[0].Note = refused.Detail
		case err != nil:
			return nil, err
		case a.HandedIn == 0 && st.Status != model.StageDone:
		default:
			if out, err = r.assessed(book, st, a, out); err != nil {
				return nil, err
			}
		}
	}
	return append(out, r.decided(said)...), nil
}

// assessed adds what was written and found in a stage. A stage with a report of its
// own is told there.
func (r *reporter) assessed(book *rulebook.Book, st api.StageNote, a api.AssessmentDraft, out []block) ([]block, error) {
	found := r.findingsOf(r.v, st.Key, &a.Judgement)
	if a.Statement != nil {
		found.Statement = a.Statement.In(r.v.lang)
	}
	r.used = append(r.used, a.Judgement.Rules...)
	if found.Any() {
		found.Told, found.More = slices.Concat(found.Told, found.More), nil // paper cannot be opened
		out = append(out, block{Computed: true, Title: lang.Text{SV: "Vad reglerna visade", EN: "What the rules found"}.In(r.v.lang), Findings: found})
	}
	if _, has := rulebook.ReportOn(string(st.Key)); has && string(st.Key) != r.report.Part {
		out[0].Link = &reportLink{r.path + "/assessments/" + string(st.Key) + "/report", lang.Text{SV: "Läs hela rapporten", EN: "Read the whole report"}.In(r.v.lang)}
		return out, nil
	}
	answers, err := rulebook.ReadAnswers(a.Answers)
	for _, sec := range (reader{book, r.v.lang, r.reader.names}).text(string(st.Key), answers) {
		out = append(out, block{Title: sec.Title, Lines: sec.Lines})
	}
	return out, err
}

// said are the decisions and advice of a stage. What was answered with them is told
// where the assessment does not have it.
func (r *reporter) said(stage model.StageKey) []saidNote {
	var out []saidNote
	spec, _ := model.Stage(stage)
	book, _ := r.v.book.Assessment(string(stage))
	for _, d := range r.decisions {
		if d.Stage != stage {
			continue
		}
		note := saidNote{DecisionItem: d.DecisionItem}
		if book != nil && len(spec.Prepare) > 0 {
			for _, f := range book.Fields() {
				if l, answered := (reader{book, r.v.lang, r.reader.names}).line(f, at(d.answers, f.ID)); answered && !f.System && !r.elsewhere(stage, f) {
					note.Lines = append(note.Lines, l)
				}
			}
		}
		for _, id := range d.ReasonCodes {
			if rule, ok := r.v.book.Rule(id); ok {
				r.used = append(r.used, api.FiredRule{RuleNote: api.RuleNote{ID: id, Text: rule.Text.In(r.v.lang), Source: rule.Source}})
			}
		}
		out = append(out, note)
	}
	return out
}

// acts are the events by which decisions are known that answer no task.
var acts = map[model.ActKind]model.EventKind{
	model.ActActivate: model.EventActivated, model.ActWithdraw: model.EventWithdrawn, model.ActSuspend: model.EventSuspended,
	model.ActResume: model.EventResumed, model.ActWaive: model.EventWaiverGiven, model.ActDecommission: model.EventDecommissioned,
	model.ActOverride: model.EventOverrideProposed, model.ActInterim: model.EventInterimAgreed, model.ActConsult: model.EventConsultation,
	model.ActReExamine: model.EventReExamination, model.ActRenew: model.EventRenewalRequested, model.ActReportChange: model.EventChangeReported,
	model.ActRaiseStage: model.EventStageRaised, model.ActArchive: model.EventArchived, model.ActCorrect: model.EventCorrected,
	model.ActVerifyCondition: model.EventConditionMet, model.ActExtendTask: model.EventTaskExtended, model.ActExtendCondition: model.EventConditionExtended,
}

// decided is a block of decisions, none for none.
func (r *reporter) decided(said []saidNote) []block {
	if len(said) == 0 {
		return nil
	}
	return []block{{Title: lang.Text{SV: "Beslut och råd", EN: "Decisions and advice"}.In(r.v.lang), Decisions: said}}
}

// fact is a line of what the record says.
func (r *reporter) fact(label lang.Text, text, source string) line {
	return line{Label: label.In(r.v.lang), Text: text, Source: source}
}

// facts is a block of what the record says, without what it does not have.
func facts(lines ...line) []block {
	lines = slices.DeleteFunc(lines, func(l line) bool { return strings.TrimSpace(l.Text) == "" })
	if len(lines) == 0 {
		return nil
	}
	return []block{{Computed: true, Lines: lines}}
}
