package assess_test

import (
	"slices"
	"strings"
	"testing"

	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// TestNoticesOfACase: which texts a case calls for.
func TestNoticesOfACase(t *testing.T) {
	t.Parallel()
	highRisk := answers{"annex_iii_points": []any{"5a"}, "art6_3_condition": "none", "legal_or_significant_effect": true, "decision_role": "preparatory"}
	for name, c := range map[string]struct {
		intake answers
		parts  []string
		want   []string
	}{
		"inside only":                {nil, nil, nil},
		"a chat":                     {answers{"external_facing": "direct_interaction"}, nil, []string{"NT-1"}},
		"text that AI has created":   {answers{"external_facing": "published_output"}, nil, []string{"NT-2 text"}},
		"text that a human wrote":    {answers{"external_facing": "published_output", "output_authorship": "ai_assisted"}, nil, nil},
		"image and sound":            {answers{"external_facing": "published_output", "output_authorship": "ai_assisted", "modalities": []any{"image", "audio"}}, nil, []string{"NT-2 image", "NT-2 audio"}},
		"seems genuine, used inside": {answers{"deepfake_output": true, "modalities": []any{"video"}}, nil, []string{"NT-2 video"}},
		"an agent that people meet":  {answers{"external_facing": "direct_interaction"}, []string{"agent"}, []string{"NT-1", "NT-3"}},
		"an agent inside":            {nil, []string{"agent"}, nil},
		"support in a matter":        {highRisk, nil, []string{"NT-4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := assess.Notices(stageOf(t, "required", c.intake, nil, c.parts...), assess.NoticeWords{})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, n := range got {
				ids = append(ids, strings.TrimSpace(n.ID+" "+n.Content))
			}
			if !slices.Equal(ids, c.want) {
				t.Errorf("got %v, want %v", ids, c.want)
			}
		})
	}
}

var noticeWords = assess.NoticeWords{
	Link: "https://kommunen.example/dataskydd", Channel: "0510-10 00 00",
	Board: lang.Text{SV: "socialnämnden", EN: "the social services board"},
	Role:  lang.Text{SV: "kommunikatör", EN: "communications officer"}, Contact: "ai@kommunen.example",
}

func TestNoticeTexts(t *testing.T) {
	t.Parallel()
	words := noticeWords
	words.Date = day(t, "2026-12-01")
	a := stageOf(t, "required", answers{"external_facing": "direct_interaction", "output_authorship": "ai_created",
		"deepfake_output": true, "modalities": []any{"image", "text"},
		"annex_iii_points": []any{"5a"}, "art6_3_condition": "none", "legal_or_significant_effect": true, "decision_role": "preparatory"}, nil, "agent")
	got, err := assess.Notices(a, words)
	if err != nil {
		t.Fatal(err)
	}
	want := []lang.Text{
		{SV: "Du chattar med en AI-tjänst, inte en människa. Svaren kan vara fel. Skriv inte personnummer eller känsliga uppgifter. " +
			"Det du skriver kan bli en allmän handling. Läs om hur vi behandlar personuppgifter: https://kommunen.example/dataskydd. " +
			"Vill du prata med en medarbetare: 0510-10 00 00. Ansvarig: socialnämnden.",
			EN: "You are chatting with an AI service, not a person. Answers may be wrong. Do not write personal identity numbers or sensitive data. " +
				"What you write may become a public record. How we handle personal data: https://kommunen.example/dataskydd. " +
				"To reach a member of staff: 0510-10 00 00. Responsible: the social services board."},
		{SV: "Bilden har skapats eller ändrats med AI (Skrivaren, 2026-12-01). Granskning: kommunikatör.",
			EN: "This image was created or altered with AI (Skrivaren, 2026-12-01). Review: communications officer."},
		{SV: "Texten har skapats eller ändrats med AI (Skrivaren, 2026-12-01). Granskning: kommunikatör.",
			EN: "This text was created or altered with AI (Skrivaren, 2026-12-01). Review: communications officer."},
		{SV: "Du har kontakt med en AI-agent som arbetar på uppdrag av socialnämnden. Ansvarig: kommunikatör, ai@kommunen.example.",
			EN: "You are in contact with an AI agent acting on behalf of the social services board. Responsible: communications officer, ai@kommunen.example."},
		{SV: "AI har använts som stöd i ditt ärende. En handläggare har granskat underlaget och fattat beslutet. Du har rätt att få en förklaring " +
			"av hur AI användes och vad det betydde för beslutet: ai@kommunen.example.",
			EN: "AI was used as support in your matter. An officer reviewed the basis and made the decision. You have the right to an explanation " +
				"of how AI was used and what it meant for the decision: ai@kommunen.example."},
	}
	if len(got) != len(want) {
		t.Fatalf("%d notices: %+v", len(got), got)
	}
	for i, n := range got {
		if n.Text != want[i] || !n.Ready() || n.Source == "" {
			t.Errorf("\n got %+v\nwant %+v", n, want[i])
		}
	}
}

// TestNoticesNameWhatIsMissing: no brace is ever left, and each gap has its name
// in both languages.
func TestNoticesNameWhatIsMissing(t *testing.T) {
	t.Parallel()
	a := stageOf(t, "required", answers{"external_facing": "direct_interaction", "deepfake_output": true, "modalities": []any{"other"}, "product_name": ""}, nil, "agent")
	got, err := assess.Notices(a, assess.NoticeWords{})
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string][]string{}
	for _, n := range got {
		if strings.ContainsAny(n.Text.SV+n.Text.EN, "{}") || n.Ready() {
			t.Errorf("%+v", n)
		}
		for _, g := range n.Missing {
			missing[n.ID] = append(missing[n.ID], g.Name)
			if !g.Text.Complete() || !strings.Contains(n.Text.SV, "["+g.Text.SV+"]") || !strings.Contains(n.Text.EN, "["+g.Text.EN+"]") {
				t.Errorf("%s: %+v", n.ID, g)
			}
		}
	}
	for id, want := range map[string][]string{"NT-1": {"board", "channel", "link"}, "NT-2": {"content", "date", "role"}, "NT-3": {"board", "contact", "role"}} {
		if !slices.Equal(missing[id], want) {
			t.Errorf("%s misses %v, want %v", id, missing[id], want)
		}
	}
}

// TestNoticePlaceholdersHaveWords: every placeholder of the texts has a name to
// show, the same in both languages of a text.
func TestNoticePlaceholdersHaveWords(t *testing.T) {
	t.Parallel()
	book, _ := rulebook.Default().Assessment("ai_label")
	names, _ := book.Enum("notice_placeholder")
	open := func(text string) []string {
		var out []string
		for _, part := range strings.Split(text, "{")[1:] {
			name, _, _ := strings.Cut(part, "}")
			out = append(out, name)
		}
		slices.Sort(out)
		return out
	}
	for _, r := range book.List("notices") {
		sv, en := open(r.Text.SV), open(r.Text.EN)
		if len(sv) == 0 || !slices.Equal(sv, en) {
			t.Errorf("%s: %v and %v", r.ID, sv, en)
		}
		for _, name := range sv {
			if !names.Has(name) {
				t.Errorf("%s: %s has no name", r.ID, name)
			}
		}
	}
}
