package api

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// FactFilters are the filters of rulebook 9.12 that the list of cases and the
// register share. All that are given must hold.
type FactFilters struct {
	Model             string `query:"model" maxLength:"200" doc:"name of a model, in upper or lower case"`
	SubProcessor      string `query:"sub_processor" maxLength:"200" doc:"name of a sub-processor, in upper or lower case"`
	StorageLocation   string `query:"storage_location" maxLength:"64"`
	TransferMechanism string `query:"transfer_mechanism" maxLength:"64"`
	LegalGround       string `query:"legal_ground" maxLength:"64" doc:"of the legal basis that was handed in (LB-03)"`
	Art9Ground        string `query:"art9_ground" maxLength:"64" doc:"of the legal basis that was handed in (LB-08)"`
	DPIAResult        string `query:"dpia_result" maxLength:"64" doc:"what the DPIA has come to"`
	SpecialCategory   string `query:"special_category" maxLength:"64"`
	DataSubjectGroup  string `query:"data_subject_group" maxLength:"64"`
	DPOAdvice         string `query:"dpo_advice" maxLength:"64" doc:"the latest advice of the DPO in some stage"`
	Deviated          bool   `query:"deviated" doc:"only where a stage's latest decision goes against advice"`
	NoAuthority       bool   `query:"decision_authority_missing" doc:"only where a decision of the controller names no power to decide (DA-01)"`
	UnitAdopted       string `query:"unit_adopted" maxLength:"200" doc:"id or code of a unit that may use the tool"`
	UnitNotAdopted    string `query:"unit_not_adopted" maxLength:"200" doc:"id or code of a unit that may not use the tool; among cases only one that the case covers"`
	RopaMissing       bool   `query:"ropa_ref_missing" doc:"only where a unit has no reference in the record of processing (GDPR 30)"`
	EndOfLifeBefore   string `query:"model_end_of_life_before" maxLength:"10" doc:"a date"`
	TestedBefore      string `query:"tested_at_before" maxLength:"10" doc:"a date"`
	RetestDueBefore   string `query:"retest_due_before" maxLength:"10" doc:"a date"`
	CredentialBefore  string `query:"credential_expiry_before" maxLength:"10" doc:"a date"`
	InterimBefore     string `query:"interim_until_before" maxLength:"10" doc:"a date: interim use ends before it (EX-01)"`
	ConditionBefore   string `query:"condition_due_before" maxLength:"10" doc:"a date: a condition that is not met is due before it"`
}

// factFilter is a filter as a client gives it.
type factFilter struct {
	name, value string
	fact        model.FactName
	// enum is the enumeration that the value is one of, by its name in the rulebook.
	enum string
}

// equal are the filters that compare a fact with a value.
func (in FactFilters) equal() []factFilter {
	return []factFilter{
		{"model", in.Model, model.FactModel, ""},
		{"sub_processor", in.SubProcessor, model.FactSubProcessor, ""},
		{"storage_location", in.StorageLocation, model.FactStorageLocation, "storage_location"},
		{"transfer_mechanism", in.TransferMechanism, model.FactTransferMechanism, "transfer_mechanism"},
		{"legal_ground", in.LegalGround, model.FactLegalGround, "legal_ground"},
		{"art9_ground", in.Art9Ground, model.FactArt9Ground, "art9_ground"},
		{"special_category", in.SpecialCategory, model.FactSpecialCategory, "special_categories"},
		{"data_subject_group", in.DataSubjectGroup, model.FactDataSubjectGroup, "data_subject_groups"},
		{"dpo_advice", in.DPOAdvice, model.FactDPOAdvice, ""},
	}
}

// before are the filters that compare a dated fact with a day. Those without a fact
// are answered by other means.
func (in FactFilters) before() []factFilter {
	return []factFilter{
		{"model_end_of_life_before", in.EndOfLifeBefore, model.FactModelEndOfLife, ""},
		{"tested_at_before", in.TestedBefore, model.FactTestedAt, ""},
		{"retest_due_before", in.RetestDueBefore, model.FactRetestDue, ""},
		{"credential_expiry_before", in.CredentialBefore, model.FactCredentialExpiry, ""},
		{"interim_until_before", in.InterimBefore, "", ""},
		{"condition_due_before", in.ConditionBefore, "", ""},
	}
}

// values are the filters in use, by name.
func (in FactFilters) values() url.Values {
	v := url.Values{}
	for _, f := range append(in.equal(), append(in.before(),
		factFilter{name: "dpia_result", value: in.DPIAResult},
		factFilter{name: "unit_adopted", value: in.UnitAdopted},
		factFilter{name: "unit_not_adopted", value: in.UnitNotAdopted},
	)...) {
		if f.value != "" {
			v.Set(f.name, f.value)
		}
	}
	for name, on := range map[string]bool{
		"deviated": in.Deviated, "decision_authority_missing": in.NoAuthority, "ropa_ref_missing": in.RopaMissing,
	} {
		if on {
			v.Set(name, strconv.FormatBool(on))
		}
	}
	return v
}

// addFacts translates the filters and lists the values that there are not.
func (s *server) addFacts(ctx context.Context, in FactFilters, f *store.CaseFilter) (faultError, error) {
	faults := in.unknown(s.book(ctx))
	for _, x := range in.equal() {
		if x.value != "" {
			f.Facts = append(f.Facts, model.Fact{Name: x.fact, Value: x.value})
		}
	}
	for name, on := range map[model.FactName]bool{model.FactDeviated: in.Deviated, model.FactNoAuthority: in.NoAuthority} {
		if on {
			f.Facts = append(f.Facts, model.Fact{Name: name, Value: model.FactYes})
		}
	}
	for _, x := range in.before() {
		if x.value != "" && x.fact != "" {
			f.FactsBefore = append(f.FactsBefore, model.Fact{Name: x.fact, Value: x.value})
		}
	}
	f.DPIAResult, f.RopaMissing = model.Outcome(in.DPIAResult), in.RopaMissing
	f.InterimBefore, f.ConditionDueBefore = in.InterimBefore, in.ConditionBefore
	for _, unit := range []struct {
		pointer, value string
		id             *string
	}{{"/unit_adopted", in.UnitAdopted, &f.UnitAdopted}, {"/unit_not_adopted", in.UnitNotAdopted, &f.UnitNotAdopted}} {
		fault, err := s.unitID(ctx, f.OrgID, unit.pointer, unit.value, unit.id)
		if err != nil {
			return nil, err
		}
		faults = append(faults, fault...)
	}
	return faults, nil
}

// unitID finds a unit by its id or code, where one is given.
func (s *server) unitID(ctx context.Context, orgID, pointer, unit string, id *string) (faultError, error) {
	if unit == "" {
		return nil, nil
	}
	u, err := s.Store.Unit(ctx, orgID, unit)
	if errors.Is(err, store.ErrNotFound) {
		return faultError{{pointer, "unknown_unit", unknownUnit.In}}, nil
	}
	*id = u.ID
	return nil, err
}

// unknown lists the filters whose value is none of the values that there are.
func (in FactFilters) unknown(b *rulebook.Book) faultError {
	var faults faultError
	oneOf := func(name, value, all string, known bool) {
		if value != "" && !known {
			faults = append(faults, fault{"/" + name, "oneof", rule("oneof")(all)})
		}
	}
	for _, f := range in.equal() {
		if e := enumOf(b, f.enum); e != nil {
			oneOf(f.name, f.value, allOf(e), e.Has(f.value))
		}
	}
	advice := outcomesOf(model.StageDPIA, model.TaskAdvice)
	oneOf("dpo_advice", in.DPOAdvice, joined(advice), slices.Contains(advice, model.Outcome(in.DPOAdvice)))
	results := append(outcomesOf(model.StageDPIA, model.TaskDecision), model.OutcomeThresholdOnly)
	oneOf("dpia_result", in.DPIAResult, joined(results), slices.Contains(results, model.Outcome(in.DPIAResult)))
	for _, f := range in.before() {
		if f.value != "" && !isDate(f.value) {
			faults = append(faults, fault{"/" + f.name, "date", dateText.In})
		}
	}
	return faults
}

var dateText = lang.Text{
	SV: "Skriv ett datum som 2026-11-23.", EN: "Write a date such as 2026-11-23.",
}

// enumOf finds an enumeration of the rulebook or of one of its assessments.
func enumOf(b *rulebook.Book, id string) *rulebook.Enum {
	if e, ok := b.Enum(id); ok {
		return e
	}
	for _, a := range b.Assessments() {
		if e, ok := a.Enum(id); ok {
			return e
		}
	}
	return nil
}

// outcomesOf are the outcomes of a task, and of advice the standing one too (AD-03).
func outcomesOf(stage model.StageKey, kind model.TaskKind) []model.Outcome {
	spec, _ := model.Stage(stage)
	task, _ := spec.Task(kind)
	outcomes := slices.Clone(task.Outcomes)
	if kind == model.TaskAdvice {
		outcomes = append(outcomes, model.OutcomeStandingAdvice)
	}
	return outcomes
}

// asksOfCases reports whether a filter is in use that the register itself cannot
// answer.
func (in FactFilters) asksOfCases() bool {
	in.UnitAdopted, in.UnitNotAdopted, in.RopaMissing, in.InterimBefore = "", "", false, ""
	return len(in.values()) > 0
}
