package main

import "flag"

// caseWords are what somebody says who acts on a case as a whole.
type caseWords struct {
	reason, until, authority string
	level                    int
	uses                     []string
}

func (w *caseWords) flags(fs *flag.FlagSet) {
	fs.StringVar(&w.reason, "reason", "", "the `reason` for an act on the case")
	fs.StringVar(&w.until, "until", "", "the last `day` of interim use, as 2027-01-31")
	fs.IntVar(&w.level, "ipl", 0, "the highest information protection `level` of interim use, 0 to 4")
	fs.StringVar(&w.authority, "authority", "", "the `delegation` that a decision rests on")
	fs.Func("use", "what the tool may be used for; give the flag once for each `use`", func(use string) error {
		w.uses = append(w.uses, use)
		return nil
	})
}

// act is where an act is done and what it says, and whether nothing is missing.
func (w *caseWords) act(action string) (path string, body map[string]any, complete bool) {
	body = map[string]any{"reason": w.reason}
	switch action {
	case "activate":
		return "activation", body, true
	case "withdraw":
		return "withdrawal", body, w.reason != ""
	case "re-examine":
		return "re-examination", body, w.reason != ""
	case "interim":
		body["allowed_until"], body["ipl"] = w.until, w.level
		body["uses"], body["decision_authority"] = w.uses, w.authority
		return "interim-use", body, w.reason != "" && w.until != "" && w.authority != "" && len(w.uses) > 0
	case "override":
		body["uses"], body["decision_authority"] = w.uses, w.authority
		return "override", body, w.reason != "" && w.authority != "" && len(w.uses) > 0
	}
	return "", nil, false
}
