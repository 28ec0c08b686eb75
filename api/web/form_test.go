package web

import (
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// Whatever a form shows of answers it gives back when it is sent.
func TestFormGivesAnswersBack(t *testing.T) {
	t.Parallel()
	books := append([]*rulebook.Book{rulebook.Default()}, rulebook.Default().Assessments()...)
	asked := 0
	for _, book := range books {
		for _, f := range book.Fields() {
			if f.System {
				continue
			}
			asked++
			text, err := json.Marshal(f.Sample(lang.SV))
			if err != nil {
				t.Fatal(err)
			}
			var sample any
			if err := json.Unmarshal(text, &sample); err != nil {
				t.Fatal(err)
			}
			wants := []any{nil, sample}
			if f.MayBeEmpty {
				wants = append(wants, []any{})
			}
			for _, want := range wants {
				form := url.Values{}
				fill(form, paper{book: book, lang: lang.SV}.control(f, "a."+f.ID, f.Pointer(), want))
				if got := answer(form, f, "a."+f.ID); !reflect.DeepEqual(got, want) {
					t.Errorf("%s of %s: %v became %v by %v", f.ID, book.ID, want, got, form)
				}
			}
		}
	}
	if asked < 300 {
		t.Errorf("only %d questions", asked)
	}
}

// fill sends what a control shows, as a browser does.
func fill(form url.Values, c control) {
	switch c.Kind {
	case "choice", "choices":
		for _, o := range c.Choices {
			if o.Chosen {
				form.Add(c.Name, o.Value)
			}
		}
	case "parts", "check":
		for _, part := range c.Parts {
			fill(form, part)
		}
	case "rows":
		if c.Empty {
			form.Set(c.Name+".none", "1")
		}
		for _, row := range c.Rows {
			for _, part := range row {
				fill(form, part)
			}
		}
	default:
		if c.Empty {
			form.Set(c.Name+".none", "1")
		}
		form.Set(c.Name, c.Value)
	}
}

func TestAnswersByLevel(t *testing.T) {
	t.Parallel()
	answers := map[string]any{}
	put(answers, "agent.tools.kind", "mail")
	put(answers, "agent.name", "A")
	put(answers, "title", "T")
	for id, want := range map[string]any{"agent.tools.kind": "mail", "agent.name": "A", "title": "T", "agent.none.x": nil, "none": nil} {
		if got := at(answers, id); got != want {
			t.Errorf("%s is %v", id, got)
		}
	}
}

// A goal that the rulebook proposes is read in words, and offered to who writes one.
func TestProposedAnswers(t *testing.T) {
	t.Parallel()
	book := rulebook.Default()
	f, ok := book.Field("goal_link")
	if !ok {
		t.Fatal("no goal_link")
	}
	for value, want := range map[string]string{"routine": "Automate routine tasks", "Our own goal": "Our own goal"} {
		if got := (reader{book: book, lang: lang.EN}).say(f, value); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
	offered := paper{book: book, lang: lang.SV}.control(f, "a.goal_link", f.Pointer(), nil).Choices
	if !slices.Contains(offered, choice{Value: "Automatisera rutinuppgifter"}) {
		t.Errorf("offered %v", offered)
	}
}
