package assess

import (
	"maps"
	"slices"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// NoticeWords are what the notices need beside the intake. What is empty is
// named as missing.
type NoticeWords struct {
	Link    string    // to the information on personal data
	Channel string    // to a member of staff; empty takes the intake's
	Board   lang.Text // the responsible board or company
	Role    lang.Text // the function that is responsible or has reviewed
	Contact string
	Tool    string // empty takes the intake's product
	Date    calendar.Date
}

// Notice is a text that tells people about AI (rulebook 9.8).
type Notice struct {
	ID string `json:"id"`
	// Content is the modality that a label is for.
	Content string `json:"content,omitempty"`
	// Text has the names of what is missing in square brackets.
	Text    lang.Text   `json:"text"`
	Missing []NoticeGap `json:"missing,omitempty"`
	Source  string      `json:"source"`
}

// Ready says that nothing is missing: the text can be shown.
func (n Notice) Ready() bool { return len(n.Missing) == 0 }

// NoticeGap is a word that a notice still needs.
type NoticeGap struct {
	Name string    `json:"name"`
	Text lang.Text `json:"text"`
}

// Notices gives the notices that a case calls for, filled in. A label comes once
// for each kind of content.
func Notices(a Assessed, words NoticeWords) ([]Notice, error) {
	book, e, err := a.open(string(model.StageAILabel))
	if err != nil {
		return nil, err
	}
	given := words.given(a)
	out := []Notice{}
	for _, rule := range e.All("notices") {
		contents := []string{""}
		_, open := fillText(rule.Text, nil)
		if found := e.Words("labelled"); len(found) > 0 && slices.Contains(open, "content") {
			contents = found
		}
		for _, content := range contents {
			all := maps.Clone(given)
			if content != "" {
				all["content"] = book.Label("labelled_content", content)
			}
			out = append(out, notice(book, rule, content, all))
		}
	}
	return out, e.Err()
}

// notice fills in one text. What is missing stands in it by its name, so that it
// reads as what it is, a draft.
func notice(book *rulebook.Book, r *rulebook.Rule, content string, words map[string]lang.Text) Notice {
	n := Notice{ID: r.Code, Content: content, Source: r.Source}
	_, missing := fillText(r.Text, words)
	for _, name := range missing {
		label := book.Label("notice_placeholder", name)
		n.Missing = append(n.Missing, NoticeGap{Name: name, Text: label})
		words[name] = lang.Text{SV: "[" + label.SV + "]", EN: "[" + label.EN + "]"}
	}
	n.Text, _ = fillText(r.Text, words)
	return n
}

// given are the words by their placeholders, with what the intake knows.
func (w NoticeWords) given(a Assessed) map[string]lang.Text {
	first := func(words ...string) lang.Text {
		for _, word := range words {
			if word = sentence(word); word != "" {
				return same(word)
			}
		}
		return lang.Text{}
	}
	out := map[string]lang.Text{
		"link": first(w.Link), "channel": first(w.Channel, written(a.Intake["human_channel"])),
		"board": w.Board, "role": w.Role, "contact": first(w.Contact),
		"tool": first(w.Tool, written(a.Intake["product_name"]), written(a.Intake["title"])), "date": {},
	}
	if !w.Date.IsZero() {
		out["date"] = same(w.Date.String())
	}
	return out
}
