package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
)

// checkBody asks whether a tool may be used (rulebook 9.7). Nothing is stored.
type checkBody struct {
	ToolID           string   `json:"tool_id" validate:"required,max=500" doc:"id of the register entry or of the case, or the name of the tool or the product in any case"`
	Use              string   `json:"use" validate:"required,max=1000" doc:"what for, in the words of the approved uses; case and superfluous space do not matter"`
	InformationLevel int      `json:"information_level" validate:"min=0,max=4" doc:"protection level of the information"`
	PersonalData     string   `json:"personal_data,omitempty" validate:"max=64" doc:"as in the intake: none, account_only, incidental or yes; none when left out"`
	Special          []string `json:"special,omitempty" validate:"max=50,dive,max=64" doc:"special categories of personal data, as in the intake's special_categories; none when left out"`
	SecrecyProvision string   `json:"secrecy_provision,omitempty" validate:"max=200" doc:"the provision that the information is secret by, such as OSL 26:1; not secret when left out"`
	OrgUnit          string   `json:"org_unit,omitempty" validate:"max=200" doc:"id or code of the unit that will use the tool; your own when left out"`
	Date             string   `json:"date,omitempty" validate:"omitempty,datetime=2006-01-02" doc:"day of the use, in Sweden; today when left out"`
}

// Resolve checks the body.
func (b *checkBody) Resolve(huma.Context, *huma.PathBuffer) []error { return check(b) }

type checkInput struct{ Body checkBody }

// UseAnswer says whether a tool may be used, why, and what the user has to know.
// What the register says of the tool is empty for an unknown one.
type UseAnswer struct {
	Answer          model.RegisterAnswer `json:"answer" enum:"allowed,allowed_with_conditions,denied,unknown_tool"`
	AnswerLabel     string               `json:"answer_label"`
	Reasons         []UseReason          `json:"reasons" nullable:"false" doc:"all that stands in the way, or the conditions"`
	RegisterEntryID *string              `json:"register_entry_id" doc:"the entry that answers, null for an unknown tool"`
	Tool            string               `json:"tool"`
	Product         string               `json:"product"`
	ValidUntil      string               `json:"valid_until" doc:"the last day, in Sweden"`
	ApprovedUses    []string             `json:"approved_uses" nullable:"false"`
	NotApprovedUses []string             `json:"not_approved_uses" nullable:"false"`
	ConditionsOpen  []ToolCondition      `json:"conditions_open" nullable:"false"`
	SecrecyNote     string               `json:"secrecy_note" doc:"what is kept out"`
	Contact         string               `json:"contact" doc:"the function to turn to"`
	OrgUnit         UnitNote             `json:"org_unit" doc:"the unit that the answer is for"`
	Date            calendar.Date        `json:"date" doc:"the day that the answer is for"`
}

// UseReason is a reason for an answer, with the rule behind it.
type UseReason struct {
	Code string `json:"code" doc:"the reason, for programs"`
	RuleNote
}

type checkOutput struct{ Body UseAnswer }

func (s *server) checkRoute() {
	add(s, route{
		id: "check-register", method: http.MethodPost, path: "/register/check", tag: tagRegister, service: true,
		summary: "May this tool be used for this, with this information?",
		errors:  []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.checkUse)
}

func (s *server) checkUse(ctx context.Context, in *checkInput) (*checkOutput, error) {
	question, err := s.useQuestion(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	got, err := s.Act.CheckUse(ctx, authn.Actor(ctx), act.UseCheck{
		Tool: in.Body.ToolID, Unit: in.Body.OrgUnit, Question: question,
	})
	if errors.Is(err, act.ErrUnknownUnit) {
		return nil, refuse("/org_unit", "unknown_unit", unknownUnit)
	}
	if err != nil {
		return nil, err
	}
	return &checkOutput{useAnswer(got, languageOf(ctx))}, nil
}

// scopeOf is how much personal data an answer of the intake needs approval for.
var scopeOf = map[string]model.DataScope{
	"none": model.DataNotApproved, "account_only": model.DataAccountOnly,
	"incidental": model.DataIncidentalOnly, "yes": model.DataApproved,
}

// useQuestion reads a question; the enumerations are those of the intake.
func (s *server) useQuestion(ctx context.Context, b checkBody) (assess.UseQuestion, error) {
	q := assess.UseQuestion{
		Use: b.Use, Level: b.InformationLevel, SpecialCategories: b.Special, SecrecyProvision: b.SecrecyProvision,
	}
	var faults faultError
	scope, known := scopeOf[cmp.Or(b.PersonalData, "none")]
	if e, ok := s.book(ctx).Enum("personal_data"); ok && !known {
		faults = append(faults, fault{"/personal_data", "oneof", rule("oneof")(allOf(e))})
	}
	q.PersonalData = scope
	e, ok := s.book(ctx).Enum("special_categories")
	if ok && slices.ContainsFunc(b.Special, func(c string) bool { return !e.Has(c) }) {
		faults = append(faults, fault{"/special", "oneof", rule("oneof")(allOf(e))})
	}
	if b.Date != "" {
		q.Date, _ = calendar.ParseDate(b.Date) // the validator has read it
	}
	if len(faults) > 0 {
		return q, faults
	}
	return q, nil
}

func useAnswer(got act.CheckedUse, l lang.Lang) UseAnswer {
	e := got.Entry
	out := UseAnswer{
		Answer: got.Answer, AnswerLabel: got.Answer.Label().In(l), Reasons: []UseReason{}, Tool: e.Tool, Product: e.Product,
		ValidUntil: e.ValidUntil, ApprovedUses: orEmpty(e.ApprovedUses), NotApprovedUses: orEmpty(e.NotApprovedUses),
		ConditionsOpen: toolConditions(e.ConditionsOpen, l), SecrecyNote: e.SecrecyNote, Contact: e.Contact.In(l),
		OrgUnit: UnitNote{got.Unit.ID, got.Unit.Code, got.Unit.Name.In(l)}, Date: got.Date,
	}
	if got.EntryID != "" {
		out.RegisterEntryID = &got.EntryID
	}
	for _, r := range got.Reasons {
		out.Reasons = append(out.Reasons, UseReason{r.Code, RuleNote{r.ID, r.Text.In(l), r.Source}})
	}
	return out
}
