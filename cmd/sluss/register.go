package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"

	"sluss/model/lang"
)

const registerAbout = `The register of AI tools that may be used, over the API.

Usage:
  sluss register list         the tools by name
  sluss register show ENTRY   what is approved, for whom, until when
  sluss register check TOOL --use WORDS --level N
                              may it be used for this, with this information?
  sluss register initial      enter the tools that were in use before there was a case,
                              on the server's own machine`

// shownTool is what the command line shows of a tool in the register.
type shownTool struct {
	ID              string   `json:"id"`
	Tool            string   `json:"tool"`
	Purpose         string   `json:"purpose"`
	RegistryNo      string   `json:"registry_no"`
	StatusLabel     string   `json:"status_label"`
	Product         string   `json:"product"`
	Supplier        string   `json:"supplier"`
	AIActClassLabel string   `json:"ai_act_class_label"`
	HumanControl    string   `json:"human_control_label"`
	PersonalData    string   `json:"personal_data_label"`
	MaxIPL          int      `json:"approved_max_ipl"`
	ApprovedUses    []string `json:"approved_uses"`
	NotApproved     []string `json:"not_approved_uses"`
	ValidUntil      string   `json:"valid_until"`
	Version         int      `json:"version"`
	Contact         string   `json:"contact"`
	Notice          string   `json:"notice"`
	Units           []struct {
		Name string `json:"name"`
	} `json:"units"`
	ConditionsOpen []struct {
		Text      string `json:"text"`
		DueKind   string `json:"due_kind"`
		DueDate   string `json:"due_date"`
		OwnerRole string `json:"owner_role_label"`
	} `json:"conditions_open"`
}

func registerCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var query, status string
	var use useFlags
	action, args := actionOf(args)
	if action == "initial" {
		return registerInitial(ctx, args, stdout, stderr)
	}
	rest, err := r.parse("register "+action, registerAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&query, "q", "", "list only tools with these `words` in tool, product, supplier or registry number")
		fs.StringVar(&status, "status", "", "list only tools with this `status`, such as active")
		use.declare(fs)
	})
	if err != nil {
		return err
	}
	if action == "" {
		fmt.Fprintln(stderr, registerAbout)
		return errUsage
	}
	if err := r.connect(); err != nil {
		return err
	}
	switch {
	case action == "list" && len(rest) == 0:
		return r.listTools(ctx, query, status)
	case action == "show" && len(rest) == 1:
		return r.showTool(ctx, rest[0])
	case action == "check" && len(rest) == 1:
		return r.checkTool(ctx, rest[0], use)
	}
	fmt.Fprintln(stderr, registerAbout)
	return errUsage
}

func (r *remote) listTools(ctx context.Context, query, status string) error {
	var page struct {
		Items []shownTool `json:"items"`
	}
	q := url.Values{"limit": {"100"}}
	if query != "" {
		q.Set("q", query)
	}
	if status != "" {
		q.Set("status", status)
	}
	return r.get(ctx, "/api/v1/register?"+q.Encode(), &page, func() {
		if len(page.Items) == 0 {
			r.tell("Inga verktyg.\n", "No tools.\n")
			return
		}
		w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
		for _, t := range page.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.ID, t.RegistryNo, t.StatusLabel, t.ValidUntil, t.Tool)
		}
		_ = w.Flush()
	})
}

func (r *remote) showTool(ctx context.Context, id string) error {
	var t shownTool
	return r.get(ctx, "/api/v1/register/"+url.PathEscape(id), &t, func() { r.printTool(t) })
}

func (r *remote) printTool(t shownTool) {
	units := make([]string, len(t.Units))
	for i, u := range t.Units {
		units[i] = u.Name
	}
	fmt.Fprintf(r.stdout, "%s  %s\n%s\n", t.Tool, t.RegistryNo, t.StatusLabel)
	w := tabwriter.NewWriter(r.stdout, 0, 4, 2, ' ', 0)
	line := func(sv, en, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %s\t%s\n", lang.Text{SV: sv, EN: en}.In(r.lang), value)
		}
	}
	line("Produkt", "Product", strings.TrimSuffix(t.Product+", "+t.Supplier, ", "))
	line("Ändamål", "Purpose", t.Purpose)
	line("Får användas av", "May be used by", strings.Join(units, ", "))
	line("Får användas till", "May be used for", strings.Join(t.ApprovedUses, "; "))
	line("Inte till", "Not for", strings.Join(t.NotApproved, "; "))
	line("Högsta skyddsnivå", "Highest protection level", fmt.Sprintf("%d (%s)", t.MaxIPL, r.label("info_protection_level", fmt.Sprint(t.MaxIPL))))
	line("Personuppgifter", "Personal data", t.PersonalData)
	line("Klass", "Class", t.AIActClassLabel)
	line("Mänsklig kontroll", "Human control", t.HumanControl)
	line("Information", "Notice", t.Notice)
	line("Gäller till och med", "Valid to and including", t.ValidUntil)
	line("Kontakt", "Contact", t.Contact)
	_ = w.Flush()
	for _, c := range t.ConditionsOpen {
		r.tell("  Öppet villkor: %s (%s, %s)\n", "  Open condition: %s (%s, %s)\n", c.Text, r.dueText(c.DueKind, c.DueDate, 0), c.OwnerRole)
	}
}
