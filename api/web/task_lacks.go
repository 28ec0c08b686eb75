package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
)

// Nobody confirms what cannot be sent: what an answer lacks is said before that.

// lacking is what the chosen outcome needs and the form does not have.
func (p taskPage) lacking(v *visit, form url.Values) []client.Fault {
	i := slices.IndexFunc(p.Form.Outcomes, func(o outcomeChoice) bool { return o.Chosen })
	if i < 0 {
		return []client.Fault{{Pointer: "/outcome", Message: lang.Text{SV: "Välj ett av svaren.", EN: "Choose one of the answers."}.In(v.lang)}}
	}
	chosen := p.Form.Outcomes[i]
	faults := p.Form.lackingWords(chosen, v.lang)
	if passes(chosen.Outcome) {
		faults = append(p.lackingAnswers(v, form), faults...)
	}
	return append(faults, lackingConditions(chosen.Outcome, conditionsOf(form), v.lang)...)
}

// passes reports whether an outcome needs the questions of the task answered.
func passes(o model.Outcome) bool {
	return o != model.OutcomeReturn && o != model.OutcomeReject && o != model.OutcomePriorConsultation
}

// leastWay is how many characters a way forward has at least (V-60).
const leastWay = 30

// lackingWords are the texts that an outcome requires and that nobody has written.
func (f decisionForm) lackingWords(chosen outcomeChoice, l lang.Lang) []client.Fault {
	named := strings.TrimSpace(f.OwnReason) != "" || slices.ContainsFunc(slices.Concat(f.Likely, f.Reasons), func(c choice) bool { return c.Chosen })
	way := utf8.RuneCountInString(strings.TrimSpace(f.PathForward))
	var out []client.Fault
	for _, need := range []struct {
		id    string
		lacks bool
		text  lang.Text
	}{
		{"motivation", strings.TrimSpace(f.Motivation) == "", lang.Text{SV: "Skriv varför.", EN: "Write why."}},
		{"decision_authority", strings.TrimSpace(f.Authority) == "", lang.Text{SV: "Skriv vad beslutet vilar på.", EN: "Write what the decision rests on."}},
		{"path_forward_text", way == 0, lang.Text{SV: "Skriv vad som behöver ändras för att det ska gå.", EN: "Write what has to change for it to pass."}},
		{"path_forward_text", way > 0 && way < leastWay, lang.Text{
			SV: fmt.Sprintf("Beskriv vägen framåt med minst %d tecken.", leastWay), EN: fmt.Sprintf("Describe the way forward in at least %d characters.", leastWay)}},
		{"reason_codes", !named, lang.Text{SV: "Välj minst en orsak, eller skriv en egen.", EN: "Choose at least one reason, or write one of your own."}},
	} {
		if need.lacks && slices.Contains(chosen.Requires, need.id) {
			out = append(out, client.Fault{Pointer: "/" + need.id, Message: need.text.In(l)})
		}
	}
	return out
}

// lackingAnswers are the questions without an answer, and those whose answer does not
// fit. What is asked has been asked anew beside the answers.
func (p taskPage) lackingAnswers(v *visit, form url.Values) []client.Fault {
	if !p.Asks() {
		return nil
	}
	book := v.bookOf(p.TaskView)
	_, unfit := book.Normalise(p.Questionnaire, answersOf(book, p.TaskView, form))
	var out []client.Fault
	for _, q := range p.TaskView.Form {
		field, known := book.Field(q.ID)
		if !known {
			continue
		}
		before := len(out)
		for _, fault := range unfit {
			if fault.Pointer == field.Pointer() || strings.HasPrefix(fault.Pointer, field.Pointer()+"/") {
				out = append(out, client.Fault{Pointer: "/answers" + fault.Pointer, Message: fault.Text.In(v.lang)})
			}
		}
		if open(q) && len(out) == before {
			out = append(out, client.Fault{Pointer: "/answers" + field.Pointer(), Message: lang.Text{SV: "Svar saknas.", EN: "An answer is missing."}.In(v.lang)})
		}
	}
	return out
}

// lackingConditions are what conditions lack, and that the outcome takes none of those
// that have been written.
func lackingConditions(o model.Outcome, conditions []map[string]any, l lang.Lang) []client.Fault {
	if !o.WithConditions() {
		if len(conditions) == 0 || !goesOn(o) {
			return nil
		}
		return []client.Fault{{Pointer: "/conditions", Message: lang.Text{
			SV: "Du har skrivit ett villkor men valt ett svar utan villkor. Välj svaret med villkor, eller töm villkoret.",
			EN: "You have written a condition but chosen an answer without conditions. Choose the answer with conditions, or empty the condition.",
		}.In(l)}}
	}
	var out []client.Fault
	for i, row := range conditions {
		needed := []string{"text_sv", "owner_role", "verification", "consequence", "due_kind"}
		switch row["due_kind"] {
		case string(model.DueDate):
			needed = append(needed, "due_date")
		case string(model.DueRecurring):
			needed = append(needed, "months")
		}
		for _, key := range needed {
			if row[key] == nil {
				out = append(out, client.Fault{Pointer: fmt.Sprintf("%s%d/%s", conditionPointer, i, key), Message: lang.Message(l, "required", "")})
			}
		}
	}
	return out
}

// sends is what goes with an answer beside its motivation.
func (f decisionForm) sends(o model.Outcome, l lang.Lang) []line {
	var out []line
	add := func(label lang.Text, texts ...string) {
		if text := strings.Join(texts, "\n"); text != "" {
			out = append(out, line{Label: label.In(l), Text: text})
		}
	}
	if o.WithConditions() {
		var texts []string
		for _, row := range f.Conditions {
			if row[0].Value != "" {
				texts = append(texts, row[0].Value)
			}
		}
		add(lang.Text{SV: "Villkor som du sätter", EN: "Conditions that you set"}, texts...)
	}
	if o != model.OutcomeReturn && o != model.OutcomeReject {
		return out
	}
	add(lang.Text{SV: "Väg framåt", EN: "Way forward"}, f.PathForward)
	var reasons []string
	for _, c := range slices.Concat(f.Likely, f.Reasons) {
		if c.Chosen {
			reasons = append(reasons, c.Label)
		}
	}
	if f.OwnReason != "" {
		reasons = append(reasons, f.OwnReason)
	}
	add(lang.Text{SV: "Orsaker", EN: "Reasons"}, reasons...)
	for _, t := range f.Targets {
		if t.Chosen && o == model.OutcomeReturn {
			add(lang.Text{SV: "Återlämnas till", EN: "Returned to"}, t.Label)
		}
	}
	return out
}
