//go:build !slim

package main

import (
	"maps"
	"strings"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// validation is a rule of rulebook 2.1 on a whole intake: changes that break it and
// nothing else, and changes that just do not. A nil answer is none.
type validation struct {
	name    string
	code    string
	pointer string
	breaks  map[string]any
	justNot map[string]any
}

type answers = map[string]any

// withIncidental are changes that bring in personal data now and then.
func withIncidental(more answers) answers {
	all := answers{
		"openly_publishable": false, "info_k": 1, "personal_data": "incidental", "data_subject_groups": []any{"patients"},
	}
	maps.Copy(all, more)
	return all
}

func validations(agent any) []validation {
	return []validation{
		{"short purpose", "V-04", "/purpose_text",
			answers{"purpose_text": strings.Repeat("ändamål.", 5)},
			answers{"purpose_text": strings.Repeat("ändamål, ", 11) + "x"}},
		{"no goal", "V-04", "/goal_link",
			answers{"goal_link": ""},
			answers{"goal_link": "Ett eget mål"}},
		{"long test", "V-05", "/planned_end",
			answers{"case_type": "test", "planned_start": daysAhead(10), "planned_end": daysAhead(10 + 120)},
			answers{"case_type": "test", "planned_start": daysAhead(10), "planned_end": daysAhead(10 + 90)}},
		{"no availability", "V-07", "/info_t",
			answers{"info_t": nil},
			answers{"info_t": 0}},
		{"open and confidential", "V-08", "/info_k",
			answers{"openly_publishable": true, "info_k": 1},
			answers{"openly_publishable": true, "info_k": 0}},
		{"secrecy without confidentiality", "V-09", "/info_k",
			answers{"openly_publishable": false, "secrecy": "yes", "info_k": 1},
			answers{"openly_publishable": false, "secrecy": "yes", "info_k": 2}},
		{"health now and then", "V-10", "/personal_data",
			withIncidental(answers{"special_categories": []any{"health"}, "info_k": 2}),
			withIncidental(answers{"special_categories": []any{"health"}, "info_k": 2, "personal_data": "yes"})},
		{"no processor agreement", "V-11", "/dpa_status",
			withIncidental(answers{"personal_data": "yes", "dpa_status": "not_needed"}),
			withIncidental(answers{"personal_data": "yes", "dpa_status": "none"})},
		{"no agreement", "V-11", "/agreement_status",
			answers{"agreement_status": "not_applicable"},
			answers{"agreement_status": "not_applicable", "account_type": "self_hosted", "external_model_or_hosting": false}},
		{"automated and no appeal", "V-12", "/appeal_type",
			answers{"decision_role": "automated_decision", "decision_area": "permit", "appeal_type": nil},
			answers{"decision_role": "automated_decision", "decision_area": "permit", "appeal_type": "forvaltningsbesvar"}},
		{"derogation from nothing", "V-13", "/annex_iii_points",
			answers{"art6_3_condition": "d"},
			answers{"art6_3_condition": "d", "annex_iii_points": []any{"5a"}}},
		{"emotions of pupils", "V-14", "/art5_flags",
			withIncidental(answers{"emotion_recognition": true, "data_subject_groups": []any{"children_pupils"}}),
			withIncidental(answers{"emotion_recognition": true, "data_subject_groups": []any{"patients"}})},
		{"practice f without emotions", "V-14b", "/emotion_recognition",
			answers{"art5_flags": []any{"f"}},
			answers{"art5_flags": []any{"f"}, "emotion_recognition": true}},
		{"start in the past", "V-18", "/planned_start",
			answers{"planned_start": daysAhead(-1)},
			answers{"planned_start": daysAhead(0)}},
		{"agent by its traits", "V-02", "/kind",
			answers{"agent_traits": []any{"acts_autonomously", "sends_messages"}, "agent": agent},
			answers{"agent_traits": []any{"acts_autonomously", "plans_steps"}}},
		{"uncounted images", "V-16", "/env/workloads",
			answers{"modalities": []any{"text", "image"}, "env": workload(0)},
			answers{"modalities": []any{"text", "image"}, "env": workload(1)}},
		{"not attested", "V-01", "/AT-1",
			answers{"AT-1": false},
			answers{"AT-1": true}},
	}
}

// workload is the environmental part of an intake with so many images.
func workload(images int) answers {
	return answers{
		"workloads":     []any{answers{"requests_year": 50000, "output_tokens": 300, "images_year": images}},
		"justification": strings.Repeat("Bilderna behövs i samrådet. ", 5),
		"alternatives":  []any{"Handritade skisser"}, "limits": answers{"images_year": 1},
	}
}

// TestValidation breaks each rule of validation once over HTTP: the submission is
// refused with the rule's code at the answer that breaks it, in both languages, and
// nothing else is said. With that answer mended the same case goes through.
func TestValidation(t *testing.T) {
	t.Parallel()
	base := asIntake(t, readVectors(t).Base)
	rules, names := map[string]validation{}, []string{}
	for _, v := range validations(example(t, proposingAgent)["agent"]) {
		rules[v.name], names = v, append(names, v.name)
	}
	inDemo(t, func(t *testing.T, w *world) {
		sideBySide(t, w, names, func(t *testing.T, w *world, name string) {
			v := rules[name]
			broken := changed(base, v.breaks)
			c := w.openAs(broken)
			for _, l := range lang.Languages() {
				p := c.refusedIn(l)
				if len(p.Errors) != 1 || p.Errors[0].Pointer != "/answers"+v.pointer || p.Errors[0].Code != v.code {
					t.Fatalf("in %s the problem is %+v, want %s at %s", l, p, v.code, v.pointer)
				}
				if want := onlyProblem(t, broken).Text.In(l); p.Errors[0].Message != want || p.Title == "" {
					t.Errorf("in %s it says %q, want %q", l, p.Errors[0].Message, want)
				}
			}
			c.is(model.Draft)
			c.replace(changed(base, v.justNot))
			c.submit()
		})
	})
}

// changed is an intake with changes; an answer that becomes nil is left out.
func changed(base, changes answers) answers {
	all := maps.Clone(base)
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// onlyProblem is the one thing that the rules find in an intake.
func onlyProblem(t *testing.T, broken answers) rulebook.Problem {
	t.Helper()
	plain := answers{}
	asJSON(t, broken, &plain)
	s, err := assess.Submit(rulebook.Default(), "", "", plain, nil, calendar.Today(time.Now()))
	if err != nil || len(s.Problems) != 1 {
		t.Fatalf("the problems are %+v: %v", s.Problems, err)
	}
	return s.Problems[0]
}

// refusedIn hands the draft in, whatever it lacks, and returns the problem in a
// language.
func (c *aCase) refusedIn(l lang.Lang) client.Problem {
	c.w.t.Helper()
	d, _ := c.draft()
	as := c.w.as(c.owner())
	as.Language = string(l)
	call := c.post("/submissions", map[string]any{"stage": "intake", "revision": d.Revision})
	a, err := as.Send(c.w.t.Context(), call)
	var p client.Problem
	if err == nil {
		err = a.Decode(&p)
	}
	if err != nil || a.Status != 422 || p.Code != string(model.CodeInvalid) || a.Header.Get("Content-Language") != string(l) {
		c.w.t.Fatalf("handing in: %d %s %v", a.Status, a.Body, err)
	}
	return p
}

// replace puts other answers in the place of the draft's.
func (c *aCase) replace(with answers) {
	c.w.t.Helper()
	_, etag := c.draft()
	c.w.must(c.owner(), client.Call{
		Method: "PUT", Path: v1 + c.path("/intake"), IfMatch: etag, Body: map[string]any{"answers": with},
	})
}
