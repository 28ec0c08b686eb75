package web

import (
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
)

// What people have written is text in every row, whatever it looks like.
func TestRowsAreText(t *testing.T) {
	t.Parallel()
	const bad = `"><script>alert('1')</script>`
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	somebody := &api.PersonNote{ID: bad, Name: bad}
	v := view{Lang: lang.EN, Now: at, Path: bad}
	field := control{
		Name: bad, ID: bad, Label: bad, Help: bad, Source: bad, Bounds: bad, Value: bad, Wrong: bad, Default: bad, None: true,
		Told: []toldRule{{bad, bad, bad}}, Choices: []choice{{bad, bad, true}},
	}
	said := map[string]string{
		"cases": string(v.CaseRows([]api.CaseItem{{
			CaseID: bad, RegistryNo: bad, Title: bad, StateLabel: bad, OrgUnitID: "u", Waiting: &api.WaitingNote{StageLabel: bad, Assignee: somebody, Due: &at},
		}}, map[string]string{"u": bad})),
		"tasks":    string(v.TaskRows([]api.TaskItem{{TaskID: bad, CaseTitle: bad, StageLabel: bad, Assignee: somebody, Status: model.TaskOpen}, {Question: bad}}, "others")),
		"messages": string(v.MessageRows([]api.MessageItem{{MessageID: bad, Text: bad, CaseTitle: bad, Link: "/" + bad, LastDay: &at}, {CaseTitle: bad, Stage: bad, Label: bad, Link: "/"}, {Link: "javascript:alert(1)"}})),
		"tools": string(v.ToolRows([]toolRow{{
			ToolItem: api.ToolItem{PublicTool: api.PublicTool{ID: bad, Tool: bad}, InternalTool: &api.InternalTool{
				Product: bad, Supplier: bad, Units: []api.ToolUnit{{UnitNote: api.UnitNote{Name: bad}}},
			}},
			Verdict: verdict{"no", bad, bad}, Level: bad, Data: bad,
		}})),
		"units":   string(v.Branches([]unitBranch{{bad, bad, bad, bad, []api.UnitFunction{{Label: bad, Person: *somebody}}, []unitBranch{{Name: bad}}}})),
		"filters": string(v.Fields([]control{{Name: bad, ID: bad, Kind: "yes", Label: bad}})),
		"rule":    string(v.Says(field)),
	}
	for _, kind := range []string{"line", "text", "lines", "date", "number", "choice", "choices"} {
		field.Kind = kind
		said[kind] = string(v.Asks(field)) + string(v.Answers(field))
	}
	for what, html := range said {
		if !strings.Contains(html, "script") || strings.Contains(html, "<script") || strings.Contains(html, `""&gt;`) || strings.Contains(html, "javascript:") {
			t.Errorf("%s: %s", what, html)
		}
	}
}

// What somebody has done is found again by what they answered.
func TestDoneTellsTheOutcome(t *testing.T) {
	t.Parallel()
	v := view{Lang: lang.SV}
	task := api.TaskItem{TaskID: "1", CaseTitle: "Anteckningar", Status: model.TaskDone, Outcome: model.OutcomeAdvisesAgainst}
	for tab, want := range map[string]bool{"done": true, "mine": false} {
		if got := strings.Contains(string(v.TaskRows([]api.TaskItem{task}, tab)), "Avråder"); got != want {
			t.Errorf("%s tells the outcome: %t", tab, got)
		}
	}
}

// Figures that are told again for a while say when they were counted, once that is long
// ago enough to matter.
func TestCountedTellsWhen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	v := view{Lang: lang.SV, Now: now}
	if got := v.Counted(now.Add(-newFor + time.Second)); got != "" {
		t.Errorf("new figures: %q", got)
	}
	const want = `<p class="minor">Räknat <time>2026-03-02 10:20</time>.</p>`
	if got := v.Counted(now.Add(-10 * time.Minute)); string(got) != want {
		t.Errorf("figures of ten minutes ago: %q, want %q", got, want)
	}
}
