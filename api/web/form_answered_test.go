package web

import "testing"

// What rules say of a question is said of an answer only where there is one.
func TestAnswered(t *testing.T) {
	t.Parallel()
	empty := control{Choices: []choice{{Value: "", Chosen: true}, {Value: "yes"}}, Parts: []control{{}}, Rows: [][]control{{{}}}}
	if empty.Answered() {
		t.Error("an empty form is answered")
	}
	chosen := control{Choices: []choice{{Value: "yes", Chosen: true}}}
	for name, c := range map[string]control{
		"written": {Value: "x"}, "none": {Empty: true}, "chosen": chosen, "a part": {Parts: []control{{}, chosen}}, "a row": {Rows: [][]control{{chosen}}},
	} {
		if !c.Answered() {
			t.Errorf("%s is not answered", name)
		}
	}
}

// What is wrong with an answer is said once, and of a question that nobody has answered
// yet it is not said that something is wrong.
func TestSayOnce(t *testing.T) {
	t.Parallel()
	wants, other := toldRule{Text: "Besvara punkten."}, toldRule{Text: "En nivå högre."}
	for name, c := range map[string]struct {
		before      control
		sent        bool
		wrong, told int
	}{
		"not answered":                {control{Wrong: wants.Text, Told: []toldRule{wants, other}}, false, 0, 2},
		"not answered, and sent":      {control{Wrong: wants.Text, Told: []toldRule{wants, other}}, true, 1, 1},
		"answered with what is wrong": {control{Wrong: wants.Text, Told: []toldRule{wants}, Value: "x"}, false, 1, 0},
		"wrong for another reason":    {control{Wrong: "För kort.", Told: []toldRule{wants}}, false, 1, 1},
	} {
		got := c.before
		got.sayOnce(c.sent)
		if (got.Wrong != "") != (c.wrong == 1) || len(got.Told) != c.told {
			t.Errorf("%s: %q and %v", name, got.Wrong, got.Told)
		}
	}
}
