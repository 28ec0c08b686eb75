package model

import "testing"

func TestEveryMessageHasWords(t *testing.T) {
	t.Parallel()
	for _, k := range MessageKinds() {
		if words, ok := messageLabels[k]; !ok || !words.Complete() {
			t.Errorf("%s has no words", k)
		}
	}
	if len(messageLabels) != len(MessageKinds()) {
		t.Errorf("%d kinds have words, there are %d", len(messageLabels), len(MessageKinds()))
	}
}
