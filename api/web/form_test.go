package web

import (
	"encoding/json"
	"net/url"
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
			var want any
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			form := url.Values{}
			fill(form, paper{book: book, lang: lang.SV}.control(f, "a."+f.ID, f.Pointer(), want))
			got, err := json.Marshal(answer(form, f, "a."+f.ID))
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := json.Marshal(want); string(got) != string(again) {
				t.Errorf("%s of %s: %s became %s by %v", f.ID, book.ID, again, got, form)
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
	case "parts":
		for _, part := range c.Parts {
			fill(form, part)
		}
	case "rows":
		for _, row := range c.Rows {
			for _, part := range row {
				fill(form, part)
			}
		}
	default:
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
