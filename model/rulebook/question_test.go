package rulebook

import (
	"strings"
	"testing"

	"sluss/model/lang"
)

// TestSamplesAreTaken gives every question of every part its sample.
func TestSamplesAreTaken(t *testing.T) {
	t.Parallel()
	b := Default()
	for _, l := range lang.Languages() {
		for _, f := range b.Fields() {
			if f.System {
				continue
			}
			in := map[string]any{}
			place(in, f.ID, f.Sample(l))
			out, problems := b.Normalise(f.Part, in)
			if len(problems) > 0 || len(out) == 0 {
				t.Errorf("%s, %s: %v is not taken: %v", f.ID, l, f.Sample(l), problems)
			}
			for _, p := range b.Check(f.Part, "", "full", in, mustDay(t, "2026-11-23")) {
				if p.Pointer == f.Pointer() && (p.Missing || p.Code == f.missingCode) {
					t.Errorf("%s, %s: %v is not enough: %s", f.ID, l, f.Sample(l), p.Text.EN)
				}
			}
		}
	}
}

func TestFieldAt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, id, parents string }{
		{"title", "title", ""},
		{"/title", "title", ""},
		{"/answers/title", "title", ""},
		{"agent.tools", "agent.tools", ""},
		{"/agent/tools", "agent.tools", ""},
		{"agent/tools/0", "agent.tools", ""},
		{"agent.tools.name", "name", "agent.tools"},
		{"/answers/env/workloads/12/model_class", "model_class", "env.workloads"},
		{"agent", "", ""},
		{"agent.wings", "", ""},
		{"title.length", "", ""},
		{"", "", ""},
		{"/", "", ""},
	} {
		f, parents, ok := Default().FieldAt(tt.path)
		if ok != (tt.id != "") || ok && f.ID != tt.id {
			t.Errorf("%q is %+v", tt.path, f)
		}
		var ids []string
		for _, p := range parents {
			ids = append(ids, p.ID)
		}
		if strings.Join(ids, " ") != tt.parents {
			t.Errorf("%q is a part of %v, want %s", tt.path, ids, tt.parents)
		}
	}
	for path, some := range map[string]bool{"agent": true, "/agent": true, "/answers/env": true, "title": false, "": false} {
		if got := Default().Group(path); len(got) > 0 != some {
			t.Errorf("the group %q has %d questions", path, len(got))
		}
	}
}

// TestMessagesSayWhatToWrite looks at what a person is told who answers in a file.
func TestMessagesSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   map[string]any
		says []string
	}{
		{"yes or no", map[string]any{"generative": "kanske"}, []string{"true", "false"}},
		{"a choice", map[string]any{"personal_data": "ja"}, []string{"none", "incidental", "yes"}},
		{"a choice of many", map[string]any{"modalities": []any{"smell"}}, []string{"text", "image"}},
		{"a number or unknown", map[string]any{"provider_retention_days": "vet ej"}, []string{"unknown"}},
		{"a date or unknown", map[string]any{"market_date": "i våras"}, []string{"unknown"}},
		{"too large", map[string]any{"provider_retention_days": 99999}, []string{"36", "500"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := Default().Normalise(PartIntake, tt.in)
			if len(problems) != 1 {
				t.Fatalf("problems %v", problems)
			}
			for _, word := range tt.says {
				if p := problems[0].Text; !strings.Contains(p.SV, word) || !strings.Contains(p.EN, word) || strings.Contains(p.SV, "%") {
					t.Errorf("%q is not in %v", word, p)
				}
			}
		})
	}
}

// TestHelpNamesTheWordForUnknown: who may leave a value open has to learn how.
func TestHelpNamesTheWordForUnknown(t *testing.T) {
	t.Parallel()
	for _, f := range Default().Fields() {
		if f.OrUnknown && !(strings.Contains(f.Help.SV, "unknown (okänt)") && strings.Contains(f.Help.EN, "unknown")) {
			t.Errorf("%s: %v", f.ID, f.Help)
		}
	}
}

// TestConsequences: what is wrong with a group says all about its members.
func TestConsequences(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		agent any
		want  string
	}{
		{"nothing of the group", nil, "/agent"},
		{"the group is no object", 3, "/agent"},
		{"a part of the group", map[string]any{"autonomy_level": 2}, "/agent/tools"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answers := change(intake(t, "base", "agent"), map[string]any{"agent": tt.agent})
			var group, below []string
			for _, p := range Default().Check(PartIntake, "", "full", answers, mustDay(t, "2026-11-23")) {
				switch {
				case p.Pointer == "/agent":
					group = append(group, p.Pointer)
				case strings.HasPrefix(p.Pointer, "/agent/"):
					below = append(below, p.Pointer)
				}
			}
			if whole := tt.want == "/agent"; whole != (len(group) > 0) || whole == (len(below) > 0) {
				t.Errorf("of the group %v, of its members %v", group, below)
			}
		})
	}
}
