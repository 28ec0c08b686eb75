package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"sluss/model"
	"sluss/model/lang"
)

// owners and verifiers are whom a condition may name (rulebook 8.2).
var (
	owners = []model.Role{
		model.RoleProjectOwner, model.RoleManager, model.RoleInformationOwner, model.RoleSystemOwner, model.RoleDPO, model.RoleCISO,
		model.RoleLegalCounsel, model.RoleEnvironmentReviewer, model.RoleRegistrar, model.RoleAdministrator, model.RoleCoordinator, model.RoleUnitHead,
	}
	verifiers = []model.Role{
		model.RoleInformationOwner, model.RoleDPO, model.RoleCISO, model.RoleLegalCounsel, model.RoleEnvironmentReviewer,
		model.RoleCoordinator, model.RoleRegistrar,
	}
)

// dueWords are when a condition is to be met.
var dueWords = []struct {
	kind model.DueKind
	text lang.Text
}{
	{model.DueBeforeUse, lang.Text{SV: "Före användning", EN: "Before use"}},
	{model.DueDate, lang.Text{SV: "Senast ett datum", EN: "By a date"}},
	{model.DueRecurring, lang.Text{SV: "Återkommande", EN: "Recurring"}},
}

// drawConditions draws the conditions that have been written, and room for one more.
func drawConditions(l lang.Lang, form url.Values, wrong map[string]string) [][]control {
	given := conditionsOf(form)
	n := len(given) + 1
	if n > 1 && form.Get("more") != "c" {
		n = len(given)
	}
	out := make([][]control, n)
	for i := range out {
		name := fmt.Sprintf("c.%d.", i)
		old := map[string]any{}
		if i < len(given) {
			old = given[i]
		}
		add := func(key, kind string, needed bool, text lang.Text, choices []choice) {
			out[i] = append(out[i], control{
				Name: name + key, ID: idOf(conditionPointer + strconv.Itoa(i) + "/" + key), Kind: kind, Label: text.In(l), Needed: needed,
				Value: written(old[key]), Choices: choices, Wrong: wrong[conditionPointer+strconv.Itoa(i)+"/"+key],
			})
		}
		roles := func(of []model.Role, key string) []choice {
			var list []choice
			for _, r := range of {
				list = append(list, choice{string(r), r.Label().In(l), written(old[key]) == string(r)})
			}
			return list
		}
		var due []choice
		for _, d := range dueWords {
			due = append(due, choice{string(d.kind), d.text.In(l), written(old["due_kind"]) == string(d.kind)})
		}
		add("text_sv", "text", true, lang.Text{SV: "Villkor", EN: "Condition, in Swedish"}, nil)
		add("owner_role", "choice", true, lang.Text{SV: "Vem ska uppfylla det?", EN: "Who is to meet it?"}, roles(owners, "owner_role"))
		add("verifier_role", "choice", false, lang.Text{SV: "Vem kontrollerar?", EN: "Who verifies it?"}, roles(verifiers, "verifier_role"))
		out[i][len(out[i])-1].Unchosen = lang.Text{SV: "Den som reglerna anger", EN: "Whom the rules name"}.In(l)
		add("verification", "line", true, lang.Text{SV: "Hur kontrolleras det?", EN: "How is it verified?"}, nil)
		add("consequence", "line", true, lang.Text{SV: "Vad händer annars?", EN: "What happens otherwise?"}, nil)
		add("due_kind", "choice", true, lang.Text{SV: "När ska det vara uppfyllt?", EN: "When is it to be met?"}, due)
		add("due_date", "date", false, lang.Text{SV: "Datum", EN: "Date"}, nil)
		add("months", "number", false, lang.Text{SV: "Antal månader mellan gångerna, om det återkommer", EN: "Months between the times, if it recurs"}, nil)
	}
	return out
}

// conditionsOf reads the conditions that have been written; a row in which nothing is is
// none.
func conditionsOf(form url.Values) []map[string]any {
	if len(form) == 0 {
		return nil
	}
	var out []map[string]any
	for i := range maxRows {
		prefix, row := "c."+strconv.Itoa(i)+".", map[string]any{}
		for _, key := range []string{"text_sv", "owner_role", "verifier_role", "verification", "consequence", "due_kind", "due_date", "months"} {
			text := strings.TrimSpace(form.Get(prefix + key))
			if n, err := strconv.Atoi(text); key == "months" && err == nil {
				row[key] = n
			} else if text != "" {
				row[key] = text
			}
		}
		if len(row) > 0 {
			out = append(out, row)
		}
	}
	return out
}
