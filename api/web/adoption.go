package web

import (
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// askedOnce leaves the questions of a task that its page has to ask: a unit says by
// its outcome whether it adopts, and is not asked once more (S7).
func askedOnce(t api.TaskView) []api.QuestionNote {
	if t.Stage != model.StageAdoption {
		return t.Form
	}
	return slices.DeleteFunc(slices.Clone(t.Form), func(q api.QuestionNote) bool { return q.ID == string(model.StageAdoption) })
}

// adoptionControls are the questions that follow from how a unit adopts. Without
// scripts they stand there from the start, each with when it is to be answered.
func adoptionControls(t api.TaskView, book *rulebook.Book, draw paper, shown map[string]bool, form url.Values) []control {
	if t.Stage != model.StageAdoption {
		return nil
	}
	var out []control
	for id, text := range map[string]lang.Text{
		"adoption_conditions": {SV: "Svara om enheten ansluter sig med strängare villkor.", EN: "Answer if the unit adopts with stricter conditions."},
		"ropa_ref":            {SV: "Svara om enheten ansluter sig.", EN: "Answer if the unit adopts."},
	} {
		field, ok := book.Field(id)
		if !ok || shown[id] {
			continue
		}
		c := draw.control(field, "a."+id, "/answers"+field.Pointer(), answer(form, field, "a."+id))
		c.Needed, c.Help = false, text.In(draw.lang)+" "+c.Help
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b control) int { return strings.Compare(a.Name, b.Name) })
	return out
}
