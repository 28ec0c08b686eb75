package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
)

// UseQuestion is what somebody wants to do with a tool: for what, with which
// information, in which unit and when (rulebook 9.7).
type UseQuestion struct {
	// Use is compared with the uses of the entry without regard to case and
	// superfluous space.
	Use string
	// Level is the information protection level, 0 to 4.
	Level int
	// PersonalData is the widest scope that the information needs; "" needs none.
	PersonalData model.DataScope
	// SpecialCategories are those in the information (GDPR 9).
	SpecialCategories []string
	// SecrecyProvision is the provision that the information is secret by, in any
	// of the ways in which it is written: "OSL 26:1", "OSL 26 kap. 1 §". "" where
	// it is not secret.
	SecrecyProvision string
	// Units are the unit, and those above it that are the same controller.
	Units []string
	// Date is the day of the use, in Sweden.
	Date calendar.Date
}

// UseReason is why the register answers as it does. Code never changes; ID is the
// rule or the statement of the guidelines behind it.
type UseReason struct {
	Code string
	model.Rule
}

// UseAnswer is the answer to a UseQuestion and the reasons for it: for a denial
// all that stand in the way, otherwise the conditions of the use.
type UseAnswer struct {
	Answer  model.RegisterAnswer
	Reasons []UseReason
}

// CheckUse says whether an entry of the register allows a use (rulebook 9.7).
//
// It is denied unless the tool is in use (L-39) and the day within the approval
// (T-27, EX-01), the level approved (L-14), the use among the approved and not
// among the excluded ones (L-37), personal data, special categories and secrecy
// approved (L-14, L-19) and the unit one of those that the approval binds (9.3).
// What is allowed is so with conditions where the use is interim (EX-01),
// conditions are open (8.2), the unit has adopted on stricter ones (K-02), the tool brings duties of transparency (AIA 50) or
// some of the secret information is kept out (4.3).
func CheckUse(e model.RegisterEntry, q UseQuestion) UseAnswer {
	var against []UseReason
	for _, look := range []func(model.RegisterEntry, UseQuestion) *UseReason{
		againstStatus, againstDate, againstLevel, againstUse, againstData, againstSpecial, againstSecrecy, againstUnit,
	} {
		if r := look(e, q); r != nil {
			against = append(against, *r)
		}
	}
	if len(against) > 0 {
		return UseAnswer{model.UseDenied, against}
	}
	if on := conditionsOfUse(e, q); len(on) > 0 {
		return UseAnswer{model.UseAllowedWithConditions, on}
	}
	return UseAnswer{Answer: model.UseAllowed}
}

// NotReviewed is the answer where the register has no such tool (L-39).
func NotReviewed() UseAnswer {
	return UseAnswer{model.UnknownTool, []UseReason{*useReason("unknown_tool", "L-39", "9.7; L-39",
		"Verktyget är inte granskat och får inte användas för kommunens information.",
		"The tool has not been reviewed and must not be used for the municipality's information.")}}
}

// CompareUse orders two answers: the better first, of two denials the one with
// less in the way.
func CompareUse(a, b UseAnswer) int {
	order := model.RegisterAnswers()
	return cmp.Or(
		cmp.Compare(slices.Index(order, a.Answer), slices.Index(order, b.Answer)),
		cmp.Compare(len(a.Reasons), len(b.Reasons)),
	)
}

func useReason(code, rule, source, sv, en string) *UseReason {
	return &UseReason{code, model.Rule{ID: rule, Text: lang.Text{SV: sv, EN: en}, Source: source}}
}

func againstStatus(e model.RegisterEntry, _ UseQuestion) *UseReason {
	switch e.Status {
	case model.RegisterActive, model.RegisterInterim:
		return nil
	case model.RegisterSuspended:
		return useReason("suspended", "T-23", "9.2; L-39",
			"Användningen är tillfälligt stoppad.", "Use of the tool is suspended.")
	case model.RegisterExpired:
		return expired
	}
	return useReason("ended", "T-29", "9.2; L-39",
		"Verktyget är avvecklat.", "The tool has been decommissioned.")
}

var expired = useReason("expired", "T-27", "9.2; L-39",
	"Godkännandet har gått ut.", "The approval has run out.")

// againstDate looks at the last day, which has come for an entry whether or not
// anybody has written that it has expired.
func againstDate(e model.RegisterEntry, q UseQuestion) *UseReason {
	last, err := calendar.ParseDate(e.ValidUntil)
	switch {
	case !e.Status.InUse() || err == nil && !q.Date.After(last):
		return nil
	case e.Status == model.RegisterInterim:
		return useReason("interim_ended", "EX-01", "9.2",
			"Den tillfälliga användningen var tillåten till och med "+e.ValidUntil+".",
			"The temporary use was allowed to and including "+e.ValidUntil+".")
	}
	return expired
}

func againstLevel(e model.RegisterEntry, q UseQuestion) *UseReason {
	if q.Level <= e.ApprovedMaxIPL {
		return nil
	}
	return useReason("level_not_approved", "L-14", "9.7, 3.2; L-14",
		fmt.Sprintf("Informationens skyddsnivå är %d och verktyget är godkänt till och med nivå %d.", q.Level, e.ApprovedMaxIPL),
		fmt.Sprintf("The information has protection level %d and the tool is approved up to level %d.", q.Level, e.ApprovedMaxIPL))
}

func againstUse(e model.RegisterEntry, q UseQuestion) *UseReason {
	switch {
	case hasUse(e.NotApprovedUses, q.Use):
		return useReason("use_excluded", "L-37", "9.7; L-37",
			"Användningen är uttryckligen undantagen i beslutet.", "The decision expressly excludes the use.")
	case !hasUse(e.ApprovedUses, q.Use):
		return useReason("use_not_approved", "L-37", "9.7; L-37",
			"Användningen finns inte bland de godkända.", "The use is not among those approved.")
	}
	return nil
}

// againstData also asks for personal data where there are special categories,
// which are personal data (GDPR 9(1)).
func againstData(e model.RegisterEntry, q UseQuestion) *UseReason {
	needs := q.PersonalData
	if len(q.SpecialCategories) > 0 {
		needs = model.DataApproved
	}
	scopes := model.DataScopes()
	if slices.Index(scopes, cmp.Or(needs, model.DataNotApproved)) <= slices.Index(scopes, cmp.Or(e.PersonalData, model.DataNotApproved)) {
		return nil
	}
	is := cmp.Or(e.PersonalData, model.DataNotApproved).Label()
	return useReason("personal_data_not_approved", "L-14", "9.7; L-14, K-08",
		"Verktyget är inte godkänt för personuppgifterna. Godkänt är: "+is.SV+".",
		"The tool is not approved for the personal data. Approved is: "+is.EN+".")
}

func againstSpecial(e model.RegisterEntry, q UseQuestion) *UseReason {
	for _, c := range q.SpecialCategories {
		if !slices.Contains(e.SpecialCategories, c) {
			return useReason("special_categories_not_approved", "L-14", "9.7; L-14, GDPR 9",
				"Verktyget är inte godkänt för alla de känsliga personuppgifterna.",
				"The tool is not approved for all of the special categories of personal data.")
		}
	}
	return nil
}

func againstSecrecy(e model.RegisterEntry, q UseQuestion) *UseReason {
	if strings.TrimSpace(q.SecrecyProvision) == "" || CoversProvision(e.SecrecyProvisions, q.SecrecyProvision) {
		return nil
	}
	return useReason("secrecy_not_approved", "L-19", "9.7, 4.3; L-19",
		"Verktyget är inte godkänt för uppgifter som omfattas av sekretessbestämmelsen.",
		"The tool is not approved for information under the secrecy provision.")
}

func againstUnit(e model.RegisterEntry, q UseQuestion) *UseReason {
	for _, u := range e.Units {
		if slices.Contains(q.Units, u.UnitID) {
			return nil
		}
	}
	return useReason("unit_not_adopting", "L-08", "9.3, 9.7; L-08",
		"Godkännandet gäller inte enheten: den har inte anslutit sig till det.",
		"The approval does not bind the unit, which has not adopted it.")
}

// conditionsOfUse are what a use that is allowed has to keep to.
func conditionsOfUse(e model.RegisterEntry, q UseQuestion) []UseReason {
	var on []UseReason
	add := func(is bool, r *UseReason) {
		if is {
			on = append(on, *r)
		}
	}
	add(e.Status == model.RegisterInterim, useReason("interim", "EX-01", "9.2",
		"Tillfälligt tillåten till "+e.ValidUntil+", utredning pågår.",
		"Temporarily allowed until "+e.ValidUntil+", under review."))
	add(len(e.ConditionsOpen) > 0, useReason("conditions_open", "T-22", "9.7, 8.2",
		"Användningen har villkor som ska följas.", "The use has conditions that have to be kept."))
	for _, u := range e.Units {
		add(u.Conditions != "" && slices.Contains(q.Units, u.UnitID), useReason("unit_conditions", "K-02", "9.3, 9.7; K-02",
			"Enheten har strängare villkor: "+u.Conditions, "The unit has stricter conditions: "+u.Conditions))
	}
	add(len(e.Transparency) > 0, useReason("transparency", "L-52", "9.7; AIA 50, L-52",
		"Den som möter verktyget eller det som det gör ska få veta att det är AI.",
		"Whoever meets the tool or what it makes has to be told that it is AI."))
	add(strings.TrimSpace(q.SecrecyProvision) != "" && e.SecrecyNote != "", useReason("secrecy_note", "L-19", "4.3; L-19",
		"Vissa uppgifter under sekretess är undantagna och får inte läggas in.",
		"Some of the information under secrecy is kept out and must not be entered."))
	return on
}

func hasUse(uses []string, use string) bool {
	key := model.NameKey(use)
	return key != "" && slices.ContainsFunc(uses, func(u string) bool { return model.NameKey(u) == key })
}
