package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

const initialAbout = `Enter the tools that were in use before there was a case into the register, for the
units whose profile of the guidelines has some (EX-01). What was entered before stays
as it is, also when its time is over.

Usage: sluss register initial [flags]`

// registerInitial enters the tools of every organisation of the record.
func registerInitial(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	rest, err := s.parse("register initial", initialAbout, args, stderr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		fmt.Fprintln(stderr, initialAbout)
		return errUsage
	}
	st, err := openRecord(ctx, s)
	if err != nil {
		return err
	}
	defer st.Close()
	orgs, err := st.Organisations(ctx)
	if err != nil {
		return err
	}
	total := 0
	for _, org := range orgs {
		n, err := enterInitial(ctx, st, org, clock.System.Now())
		if err != nil {
			return err
		}
		total += n
	}
	fmt.Fprintf(stdout, "%d tools entered\n", total)
	return nil
}

// enterInitial enters the initial tools of an organisation's profiles, each for all
// units of its profile, and returns how many were new.
func enterInitial(ctx context.Context, st *store.Store, org store.Organisation, now time.Time) (int, error) {
	units, err := st.Units(ctx, org.ID)
	if err != nil {
		return 0, err
	}
	book, entered := rulebook.Default(), 0
	var profiles []string
	for _, u := range units {
		if p := profileOf(u, org); !slices.Contains(profiles, p) {
			profiles = append(profiles, p)
		}
	}
	for _, profile := range profiles {
		for _, tool := range book.InitialEntries(profile) {
			there, err := isEntered(ctx, st, org.ID, tool)
			if err != nil {
				return entered, err
			}
			if there {
				continue
			}
			if _, err := st.PutRegisterEntry(ctx, org.ID, "", initialEntry(book, tool, org, units, calendar.Today(now)), now); err != nil {
				return entered, err
			}
			entered++
		}
	}
	return entered, nil
}

func profileOf(u store.Unit, org store.Organisation) string {
	if u.Profile != "" {
		return u.Profile
	}
	return org.Profile
}

// isEntered reports whether the register has had the tool already.
func isEntered(ctx context.Context, st *store.Store, orgID string, tool rulebook.InitialEntry) (bool, error) {
	found, err := st.RegisterEntries(ctx, store.RegisterFilter{OrgID: orgID, Product: tool.Product, Supplier: tool.Supplier})
	return slices.ContainsFunc(found, func(r store.RegisterRecord) bool { return r.Entry.CaseID == "" }), err
}

// initialEntry is what the register says of a tool that may be used meanwhile, for
// as many days as the guidelines say.
func initialEntry(book *rulebook.Book, tool rulebook.InitialEntry, org store.Organisation, units []store.Unit, today calendar.Date) model.RegisterEntry {
	e := model.RegisterEntry{
		Status: model.RegisterInterim, Public: true, Tool: tool.Tool, Product: tool.Product, Supplier: tool.Supplier,
		SupplierCountry: tool.Country, Kind: "ai_service", UseTypes: []string{"support_tool"}, Purpose: tool.Purpose,
		ApprovedMaxIPL: tool.MaxIPL, InfoK: tool.MaxIPL, PersonalData: model.DataNotApproved,
		ApprovedUses: tool.Uses, NotApprovedUses: tool.NotUses,
		AIActClass: "minimal", DecisionRole: "none", HumanControl: "human_decides",
		DecisionDate: today.String(), ValidUntil: today.AddDays(book.Int(tool.Profile, "interim_days")).String(),
		Contact: lang.Text{SV: model.RoleCISO.Label().SV, EN: model.RoleCISO.Label().EN},
	}
	for _, u := range units {
		if profileOf(u, org) == tool.Profile {
			e.Units = append(e.Units, model.RegisterUnit{UnitID: u.ID})
		}
	}
	return e
}
