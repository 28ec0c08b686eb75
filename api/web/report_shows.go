package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// shows is what a report adds to answers, stages and rules, by the name that the
// rulebook's list of headings has for it.
var shows map[string]func(*reporter, rulebook.ReportHeading) ([]block, error)

func init() {
	shows = map[string]func(*reporter, rulebook.ReportHeading) ([]block, error){
		"outcome": (*reporter).outcome, "people": (*reporter).people, "classification": (*reporter).classification,
		"ai_act": (*reporter).aiAct, "consultation": (*reporter).consultation, "conditions": (*reporter).underConditions,
		"register": (*reporter).register, "retention": (*reporter).retention, "follow_up": (*reporter).followUp,
		"log": (*reporter).log, "version": (*reporter).version, "rules": (*reporter).rules,
		"result": (*reporter).result, "findings": (*reporter).findings, "legal_basis": (*reporter).legalBasis,
		"advice": (*reporter).advice, "decision": (*reporter).decision, "attachments": (*reporter).attachments,
	}
}

func (r *reporter) outcome(rulebook.ReportHeading) ([]block, error) {
	use := ""
	if r.c.Use != nil && r.c.Use.Allowed {
		use = lang.Text{SV: "Verktyget får användas.", EN: "The tool may be used."}.In(r.v.lang)
	} else if r.c.Use != nil {
		use = lang.Text{SV: "Verktyget får inte användas nu.", EN: "The tool may not be used now."}.In(r.v.lang)
	}
	return append(facts(
		r.fact(lang.Text{SV: "Ärendets läge", EN: "Where the case stands"}, r.c.StateLabel, "rulebook 9.1"),
		r.fact(lang.Text{SV: "Användning", EN: "Use"}, use, "rulebook 9.1"),
		r.fact(lang.Text{SV: "Gäller till och med", EN: "Valid until"}, r.c.ValidUntil, "rulebook 3.7"),
		r.fact(lang.Text{SV: "Antal återlämningar", EN: "Times returned"}, strconv.Itoa(r.c.ReturnsCount), "rulebook 9.9"),
	), r.decided(r.said(""))...), nil
}

func (r *reporter) people(rulebook.ReportHeading) ([]block, error) {
	lines := []line{r.fact(lang.Text{SV: "Nämnd eller bolag", EN: "Board or company"}, r.c.OrgUnit.Name, "GDPR 4(7)")}
	for _, p := range r.c.People {
		lines = append(lines, line{Label: p.RoleLabel, Text: p.Name, Source: "rulebook 10"})
	}
	return facts(lines...), nil
}

func (r *reporter) classification(rulebook.ReportHeading) ([]block, error) {
	if r.c.Tier == "" {
		return []block{{Computed: true, Note: lang.Text{SV: "Ärendet är inte klassat än.", EN: "The case has not been triaged yet."}.In(r.v.lang)}}, nil
	}
	level := ""
	if r.c.IPL != nil {
		level = protection(r.v.book, *r.c.IPL, r.v.lang)
	}
	return facts(
		r.fact(lang.Text{SV: "Prövningens nivå", EN: "Tier of the assessment"}, r.word("tier", string(r.c.Tier)), "rulebook 3.6"),
		r.fact(lang.Text{SV: "Informationsskyddsnivå", EN: "Information protection level"}, level, "rulebook 3.2"),
	), nil
}

func (r *reporter) aiAct(rulebook.ReportHeading) ([]block, error) {
	if r.c.AIActClass == "" {
		return nil, nil
	}
	return facts(r.fact(lang.Text{SV: "Klass", EN: "Class"}, r.word("ai_act_class", r.c.AIActClass), "rulebook 3.3")), nil
}

func (r *reporter) word(enum, value string) string { return r.v.book.Label(enum, value).In(r.v.lang) }

func (r *reporter) consultation(rulebook.ReportHeading) ([]block, error) {
	var page api.ConsultationPage
	err := r.v.get(r.path+"/prior-consultation/events", nil, &page)
	if hidden(err) || err == nil && len(page.Items) == 0 {
		return []block{{Computed: true, Note: lang.Text{
			SV: "Inget förhandssamråd har begärts.", EN: "No prior consultation has been asked for."}.In(r.v.lang)}}, nil
	}
	var lines []line
	for _, e := range page.Items {
		lines = append(lines, line{Label: e.Date, Text: strings.TrimRight(e.EventLabel+": "+e.Text, ": "), Source: "GDPR 36, rulebook 5.6"})
	}
	return []block{{Title: lang.Text{SV: "Händelser i samrådet", EN: "Events of the consultation"}.In(r.v.lang), Lines: lines}}, err
}

// hidden reports whether something is not for the reader, or not there.
func hidden(err error) bool {
	var p *client.Problem
	return errors.As(err, &p) && (p.Status == http.StatusForbidden || p.Status == http.StatusNotFound)
}

func (r *reporter) underConditions(rulebook.ReportHeading) ([]block, error) {
	if len(r.conditions) == 0 {
		return []block{{Computed: true, Note: lang.Text{SV: "Det finns inga villkor.", EN: "There are no conditions."}.In(r.v.lang)}}, nil
	}
	var byRule, byPeople []api.ConditionItem
	for _, c := range r.conditions {
		if c.Template || c.SourceRule != "" {
			byRule = append(byRule, c)
		} else {
			byPeople = append(byPeople, c)
		}
		if rule, ok := r.v.book.Rule(c.SourceRule); ok {
			r.used = append(r.used, api.FiredRule{RuleNote: api.RuleNote{ID: rule.ID, Text: rule.Text.In(r.v.lang), Source: rule.Source}})
		}
	}
	var out []block
	if len(byRule) > 0 {
		out = append(out, block{Computed: true, Title: lang.Text{SV: "Villkor som följer av reglerna", EN: "Conditions that follow from the rules"}.In(r.v.lang), Conditions: byRule})
	}
	if len(byPeople) > 0 {
		out = append(out, block{Title: lang.Text{SV: "Villkor som granskarna har satt", EN: "Conditions that the reviewers have set"}.In(r.v.lang), Conditions: byPeople})
	}
	return out, nil
}

func (r *reporter) register(rulebook.ReportHeading) ([]block, error) {
	none := []block{{Computed: true, Note: lang.Text{SV: "Verktyget står inte i registret än.", EN: "The tool is not in the register yet."}.In(r.v.lang)}}
	var found api.Page[api.ToolItem]
	if err := r.v.get("/register", url.Values{"case_id": {r.c.CaseID}}, &found); err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return none, nil
	}
	t := found.Items[0] // a case has one entry
	return facts(
		r.fact(lang.Text{SV: "Verktyg", EN: "Tool"}, t.Tool, "L-51"),
		r.fact(lang.Text{SV: "Läge i registret", EN: "Status in the register"}, t.StatusLabel, "rulebook 9.7"),
		r.fact(lang.Text{SV: "Beslutsdatum", EN: "Date of decision"}, t.DecisionDate, "rulebook 9.7"),
		r.fact(lang.Text{SV: "Gäller till och med", EN: "Valid until"}, t.ValidUntil, "rulebook 9.7"),
		r.fact(lang.Text{SV: "Högsta informationsskyddsnivå", EN: "Highest information protection level"}, protection(r.v.book, t.ApprovedMaxIPL, r.v.lang), "rulebook 9.7"),
		r.fact(lang.Text{SV: "Godkända användningar", EN: "Approved uses"}, strings.Join(t.ApprovedUses, "; "), "rulebook 9.7"),
		r.fact(lang.Text{SV: "Inte godkända användningar", EN: "Uses not approved"}, strings.Join(t.NotApprovedUses, "; "), "rulebook 9.7"),
	), nil
}

func (r *reporter) retention(rulebook.ReportHeading) ([]block, error) {
	out := block{Computed: true, Title: lang.Text{SV: "Hur länge handlingarna bevaras", EN: "How long the records are kept"}.In(r.v.lang)}
	for _, x := range r.v.book.Retention() {
		out.Rules = append(out.Rules, api.FiredRule{RuleNote: api.RuleNote{Text: x.Text.In(r.v.lang) + ".", Source: x.Source}})
	}
	return []block{out}, nil
}

func (r *reporter) followUp(rulebook.ReportHeading) ([]block, error) {
	next := ""
	if r.c.NextDeadline != nil {
		next = view{Lang: r.v.lang}.InWordsOf(r.c.NextDeadline.Due)
	}
	return facts(
		r.fact(lang.Text{SV: "Godkännandet gäller till och med", EN: "The approval is valid until"}, r.c.ValidUntil, "rulebook 3.7, 9.4"),
		r.fact(lang.Text{SV: "Nästa tidpunkt i ärendet", EN: "Next date in the case"}, next, "rulebook 3.7"),
	), nil
}

func (r *reporter) log(rulebook.ReportHeading) ([]block, error) {
	events, err := all[audit.Event](r.v, r.path+"/events")
	if hidden(err) {
		return []block{{Computed: true, Note: lang.Text{
			SV: "Händelseloggen visas för dem som får läsa den.", EN: "The event log is shown to those who may read it."}.In(r.v.lang)}}, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range events {
		if e.ActorID != model.System {
			ids = append(ids, e.ActorID)
		}
	}
	slices.Sort(ids)
	names, err := r.Store.Names(r.v.r.Context(), r.v.person.OrgID, slices.Compact(ids))
	out := block{Computed: true}
	for _, e := range events {
		who := names[e.ActorID]
		if e.ActorID == model.System {
			who = "Sluss"
		}
		out.Events = append(out.Events, loggedNote{e.Seq, e.At, model.EventKind(e.Kind).Label().In(r.v.lang), who})
	}
	return []block{out}, err
}

func (r *reporter) version(rulebook.ReportHeading) ([]block, error) {
	lines := []line{
		r.fact(lang.Text{SV: "Regelverk", EN: "Rulebook"}, r.c.RulebookID+" "+r.c.RulebookVersion, "SOD-07"),
		r.fact(lang.Text{SV: "Regelverkets kontrollsumma", EN: "Checksum of the rulebook"}, r.c.RulebookDigest, "SOD-07"),
		r.fact(lang.Text{SV: "Profil", EN: "Profile"}, r.c.Profile, "rulebook 0.4"),
	}
	for _, st := range r.c.Stages {
		if a, read := r.assessments[st.Key]; read && a.HandedIn > 0 {
			lines = append(lines, line{Label: st.Label, Text: "revision " + strconv.Itoa(a.HandedIn), Source: "rulebook 9.13"})
		}
	}
	if e := r.c.LastEvent; e != nil {
		lines = append(lines, r.fact(lang.Text{SV: "Senaste händelse", EN: "Latest event"}, strconv.FormatInt(e.Seq, 10)+", "+model.EventKind(e.Kind).Label().In(r.v.lang), "rulebook 9.9"))
	}
	return facts(lines...), nil
}

// rules are all rules that the report rests on, each once.
func (r *reporter) rules(rulebook.ReportHeading) ([]block, error) {
	used := slices.Clone(r.used)
	if r.c.Triage != nil {
		used = append(used, r.c.Triage.Rules...)
	}
	slices.SortStableFunc(used, func(a, b api.FiredRule) int { return strings.Compare(a.ID, b.ID) })
	used = slices.CompactFunc(used, func(a, b api.FiredRule) bool { return a.ID == b.ID })
	for i := range used {
		used[i].PathForward = ""
	}
	if len(used) == 0 {
		return nil, nil
	}
	return []block{{Computed: true, Title: lang.Text{SV: "Regler", EN: "Rules"}.In(r.v.lang), Rules: used}}, nil
}

// own is the stage that the report is about.
func (r *reporter) own() model.StageKey { return model.StageKey(r.report.Part) }

func (r *reporter) result(rulebook.ReportHeading) ([]block, error) {
	a, err := r.assessment(r.own())
	standing := stageWords[a.Status].In(r.v.lang)
	for _, st := range r.c.Stages {
		if st.Key == r.own() && st.ResultLabel != "" {
			standing = st.ResultLabel
		}
	}
	out := facts(
		r.fact(lang.Text{SV: "Ärende", EN: "Case"}, r.c.Title, "rulebook 2 A"),
		r.fact(lang.Text{SV: "Bedömningens läge", EN: "Where the assessment stands"}, standing, "rulebook 9.9"),
	)
	if len(a.Judgement.Rules) > 0 {
		out = append(out, r.told(lang.Text{SV: "Vad reglerna visade", EN: "What the rules found"}.In(r.v.lang), a.Judgement.Rules))
	}
	return out, err
}

func (r *reporter) findings(rulebook.ReportHeading) ([]block, error) {
	a, err := r.assessment(r.own())
	found := r.findingsOf(r.v, r.own(), &a.Judgement)
	found.Told, found.More = nil, nil // the summary has told them
	if err != nil || !found.Any() {
		return nil, err
	}
	return []block{{Computed: true, Title: lang.Text{SV: "Kvarstående risk", EN: "Residual risk"}.In(r.v.lang), Findings: found}}, nil
}

func (r *reporter) legalBasis(rulebook.ReportHeading) ([]block, error) {
	return r.stage(model.StageLegalBasis)
}

// advice is what was advised on the assessment, decision what was decided.
func (r *reporter) advice(rulebook.ReportHeading) ([]block, error) {
	out := r.decided(slices.DeleteFunc(r.said(r.own()), func(d saidNote) bool { return !advises(d) }))
	if out == nil {
		out = []block{{Computed: true, Note: lang.Text{SV: "Inget råd har lämnats än.", EN: "No advice has been given yet."}.In(r.v.lang)}}
	}
	return out, nil
}

func advises(d saidNote) bool {
	return d.Role == model.RoleDPO || d.Role == model.RoleCoordinator || model.TaskKind(d.Kind) == model.TaskAdvice
}

func (r *reporter) decision(rulebook.ReportHeading) ([]block, error) {
	return r.decided(slices.DeleteFunc(r.said(r.own()), advises)), nil
}

func (r *reporter) attachments(rulebook.ReportHeading) ([]block, error) {
	files, err := all[api.AttachmentItem](r.v, r.path+"/attachments")
	out := block{Title: lang.Text{SV: "Bifogade filer", EN: "Attached files"}.In(r.v.lang)}
	for _, f := range files {
		if f.Part == r.report.Part {
			out.Lines = append(out.Lines, line{Label: f.FileName, Text: f.Note + " SHA-256 " + f.SHA256, Source: "GDPR 35(7)"})
		}
	}
	if len(out.Lines) == 0 {
		out = block{Computed: true, Note: lang.Text{SV: "Det finns inga bilagor.", EN: "There are no annexes."}.In(r.v.lang)}
	}
	return []block{out}, err
}
