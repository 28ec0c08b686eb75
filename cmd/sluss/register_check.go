package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
)

// useFlags are the flags of the question whether a tool may be used.
type useFlags struct {
	use, personal, special, secrecy, unit, date string
	level                                       int
}

func (u *useFlags) declare(fs *flag.FlagSet) {
	fs.StringVar(&u.use, "use", "", "check: what for, in the `words` of the approved uses")
	fs.IntVar(&u.level, "level", -1, "check: protection `level` of the information, 0 to 4")
	fs.StringVar(&u.personal, "personal-data", "", "check: none, account_only, incidental or yes (default none)")
	fs.StringVar(&u.special, "special", "", "check: special `categories` of personal data, separated by commas")
	fs.StringVar(&u.secrecy, "secrecy", "", "check: the `provision` that the information is secret by, such as OSL 26:1")
	fs.StringVar(&u.unit, "unit", "", "check: `code` of the unit that will use the tool (default: yours)")
	fs.StringVar(&u.date, "date", "", "check: `day` of the use, yyyy-mm-dd (default: today)")
}

// body is the question to the API; what is not given is left out.
func (u *useFlags) body(tool string) map[string]any {
	body := map[string]any{"tool_id": tool, "use": u.use, "information_level": u.level}
	for name, value := range map[string]string{
		"personal_data": u.personal, "secrecy_provision": u.secrecy, "org_unit": u.unit, "date": u.date,
	} {
		if value != "" {
			body[name] = value
		}
	}
	if u.special != "" {
		body["special"] = strings.Split(u.special, ",")
	}
	return body
}

// shownUse is what the command line shows of an answer.
type shownUse struct {
	Answer      model.RegisterAnswer `json:"answer"`
	AnswerLabel string               `json:"answer_label"`
	Reasons     []struct {
		ID     string `json:"id"`
		Text   string `json:"text"`
		Source string `json:"source"`
	} `json:"reasons"`
	EntryID         string   `json:"register_entry_id"`
	Tool            string   `json:"tool"`
	ValidUntil      string   `json:"valid_until"`
	ApprovedUses    []string `json:"approved_uses"`
	NotApprovedUses []string `json:"not_approved_uses"`
	SecrecyNote     string   `json:"secrecy_note"`
	Contact         string   `json:"contact"`
	ConditionsOpen  []struct {
		Text string `json:"text"`
	} `json:"conditions_open"`
}

func (r *remote) checkTool(ctx context.Context, tool string, u useFlags) error {
	if u.use == "" || u.level < 0 {
		return fmt.Errorf(lang.Text{
			SV: "ange vad %q ska användas till och informationens skyddsnivå: --use ORD --level 0–4",
			EN: "say what %q will be used for and the protection level of the information: --use WORDS --level 0–4",
		}.In(r.lang), tool)
	}
	var a shownUse
	return r.call(ctx, client.Call{Method: "POST", Path: "/api/v1/register/check", Body: u.body(tool)}, &a, func() { r.printUse(a) })
}

func (r *remote) printUse(a shownUse) {
	fmt.Fprintln(r.stdout, a.AnswerLabel)
	for _, reason := range a.Reasons {
		fmt.Fprintf(r.stdout, "  %s %s [%s]\n", reason.ID, reason.Text, reason.Source)
	}
	if a.EntryID == "" {
		return
	}
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	line := func(sv, en, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %s\t%s\n", lang.Text{SV: sv, EN: en}.In(r.lang), value)
		}
	}
	if a.Answer != model.UseDenied {
		for _, c := range a.ConditionsOpen {
			line("Villkor", "Condition", c.Text)
		}
		line("Undantaget", "Kept out", a.SecrecyNote)
	}
	line("Får användas till", "May be used for", strings.Join(a.ApprovedUses, "; "))
	line("Inte till", "Not for", strings.Join(a.NotApprovedUses, "; "))
	line("Gäller till och med", "Valid to and including", a.ValidUntil)
	line("Kontakt", "Contact", a.Contact)
	line("Registerpost", "Register entry", a.EntryID+"  "+a.Tool)
	_ = w.Flush()
}
