package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"sluss/api/client"
	"sluss/model/lang"
)

const conditionAbout = `The conditions of a case, over the API.

Usage:
  sluss condition list CASE                who fulfils and who verifies each, and when
  sluss condition verify CASE CONDITION --note EVIDENCE
                                           note that it is met, and on what evidence
  sluss condition waive CASE CONDITION --reason TEXT --authority TEXT
                                           waive it; holds when the CISO and the information
                                           owner have both said so
  sluss condition extend CASE CONDITION --until DAY --reason TEXT
                                           put off its date, once; whoever verifies it may

CONDITION is its id, or the rule that it comes from, such as C-EDU.`

// shownCondition is what the command line shows of a condition.
type shownCondition struct {
	ConditionID  string `json:"condition_id"`
	TextSV       string `json:"text_sv"`
	TextEN       string `json:"text_en"`
	SourceRule   string `json:"source_rule"`
	OwnerRole    string `json:"owner_role"`
	VerifierRole string `json:"verifier_role"`
	DueKind      string `json:"due_kind"`
	DueDate      string `json:"due_date"`
	Months       int    `json:"months"`
	Status       string `json:"status"`
}

// text is the condition in a language; in Swedish where it has no other.
func (c shownCondition) text(l lang.Lang) string {
	if c.TextEN == "" {
		return c.TextSV
	}
	return lang.Text{SV: c.TextSV, EN: c.TextEN}.In(l)
}

func conditionCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var note, reason, authority, until string
	action, args := actionOf(args)
	rest, err := r.parse("condition "+action, conditionAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&note, "note", "", "the `evidence` that the condition is met")
		fs.StringVar(&reason, "reason", "", "the `reason` for waiving it or putting it off")
		fs.StringVar(&authority, "authority", "", "the `delegation` that the waiver rests on")
		fs.StringVar(&until, "until", "", "the new last `day`, 2027-01-31")
	})
	if err != nil {
		return err
	}
	if action == "" {
		fmt.Fprintln(stderr, conditionAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	switch {
	case action == "list" && len(rest) == 1:
		return r.listConditions(ctx, rest[0])
	case action == "verify" && len(rest) == 2 && note != "":
		return r.actOnCondition(ctx, rest[0], rest[1], "verification", map[string]any{"outcome": "met", "evidence_note": note})
	case action == "waive" && len(rest) == 2 && reason != "" && authority != "":
		return r.actOnCondition(ctx, rest[0], rest[1], "waiver", map[string]any{"reason": reason, "decision_authority": authority})
	case action == "extend" && len(rest) == 2 && until != "" && reason != "":
		return r.actOnCondition(ctx, rest[0], rest[1], "extension", map[string]any{"until": until, "reason": reason})
	}
	fmt.Fprintln(stderr, conditionAbout)
	return errUsage
}

func conditionsPath(id string) string { return casePath(id) + "/conditions?limit=100" }

type conditionPage struct {
	Items []shownCondition `json:"items"`
}

func (r *remote) listConditions(ctx context.Context, id string) error {
	var page conditionPage
	return r.get(ctx, conditionsPath(id), &page, func() {
		if len(page.Items) == 0 {
			r.tell("Inga villkor.\n", "No conditions.\n")
			return
		}
		for i, c := range page.Items {
			if i > 0 {
				fmt.Fprintln(r.stdout)
			}
			r.printCondition(c)
		}
	})
}

func (r *remote) printCondition(c shownCondition) {
	fmt.Fprintf(r.stdout, "%s  %s  %s\n  %s\n", c.ConditionID, c.SourceRule, c.Status, c.text(r.lang))
	r.tell("  %s; %s gör, %s kontrollerar\n", "  %s; %s does it, %s verifies\n",
		r.dueText(c.DueKind, c.DueDate, c.Months), c.OwnerRole, c.VerifierRole)
}

// condition finds a condition of a case by its id or by the rule that it comes
// from; of several from one rule, the one that is still open.
func (r *remote) condition(ctx context.Context, id, name string) (shownCondition, error) {
	var page conditionPage
	if _, err := r.client.Do(ctx, client.Call{Method: "GET", Path: conditionsPath(id)}, &page); err != nil {
		return shownCondition{}, r.explain(err)
	}
	var found []shownCondition
	for _, c := range page.Items {
		if c.ConditionID == name {
			return c, nil
		}
		if strings.EqualFold(c.SourceRule, name) {
			found = append(found, c)
		}
	}
	open := slices.DeleteFunc(slices.Clone(found), func(c shownCondition) bool { return c.Status != "open" })
	switch {
	case len(open) == 1:
		return open[0], nil
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return shownCondition{}, fmt.Errorf(lang.Text{
			SV: "flera villkor kommer av %s; ange id från `sluss condition list %s`",
			EN: "several conditions come from %s; give the id from `sluss condition list %s`"}.In(r.lang), name, id)
	}
	return shownCondition{}, fmt.Errorf(lang.Text{
		SV: "ärendet har inget villkor %s; `sluss condition list %s` räknar upp dem",
		EN: "the case has no condition %s; `sluss condition list %s` lists them"}.In(r.lang), name, id)
}

func (r *remote) actOnCondition(ctx context.Context, id, name, act string, body map[string]any) error {
	c, err := r.condition(ctx, id, name)
	if err != nil {
		return err
	}
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(id)}, nil)
	if err != nil {
		return r.explain(err)
	}
	call := client.Call{
		Method: "POST", Path: casePath(id) + "/conditions/" + url.PathEscape(c.ConditionID) + "/" + act,
		Key: client.NewKey(), IfMatch: now.ETag(), Body: body,
	}
	if r.asJSON {
		return r.call(ctx, call, nil, func() {})
	}
	if _, err := r.client.Do(ctx, call, nil); err != nil {
		return r.explain(err)
	}
	return r.tellOpen(ctx, id, c.ConditionID)
}

// tellOpen says what has become of a condition and which others are open.
func (r *remote) tellOpen(ctx context.Context, id, conditionID string) error {
	var page conditionPage
	return r.get(ctx, conditionsPath(id), &page, func() {
		left := 0
		for _, c := range page.Items {
			if c.ConditionID == conditionID {
				r.printCondition(c)
			}
			if c.Status == "open" && c.DueKind == "before_use" {
				left++
			}
		}
		switch left {
		case 0:
			r.tell("Inget villkor som gäller före användning är öppet.\n", "No condition before use is open.\n")
		default:
			r.tell("%d villkor som gäller före användning är öppna.\n", "Open conditions before use: %d\n", left)
		}
	})
}
