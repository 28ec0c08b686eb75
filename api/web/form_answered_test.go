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
