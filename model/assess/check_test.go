package assess_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
)

// notes is an entry without any condition, and question one that it allows.
func notes() (model.RegisterEntry, assess.UseQuestion) {
	return model.RegisterEntry{
			Status: model.RegisterActive, Tool: "Samtalsnot", ValidUntil: "2027-11-20", ApprovedMaxIPL: 3,
			PersonalData: model.DataApproved, SpecialCategories: []string{"health"},
			SecrecyProvisions: []string{"OSL 26 kap. 1 §"}, ApprovedUses: []string{"utkast till journalanteckning"},
			NotApprovedUses: []string{"klientärenden"}, Units: []model.RegisterUnit{{UnitID: "board"}},
		}, assess.UseQuestion{
			Use: "utkast till journalanteckning", Level: 3, PersonalData: model.DataApproved, SpecialCategories: []string{"health"},
			SecrecyProvision: "OSL 26:1", Units: []string{"team", "board"}, Date: calendar.MustParseDate("2026-12-01"),
		}
}

// TestCheckUse changes one thing at a time.
func TestCheckUse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*model.RegisterEntry, *assess.UseQuestion)
		want   model.RegisterAnswer
		codes  string
	}{
		"as approved":        {func(*model.RegisterEntry, *assess.UseQuestion) {}, model.UseAllowed, ""},
		"in other letters":   {func(_ *model.RegisterEntry, q *assess.UseQuestion) { q.Use = "  UTKAST till\tJournalanteckning " }, model.UseAllowed, ""},
		"decomposed letters": {func(e *model.RegisterEntry, q *assess.UseQuestion) { q.Use = "klienta\u0308renden" }, model.UseDenied, "use_excluded"},
		"less than is approved": {func(_ *model.RegisterEntry, q *assess.UseQuestion) {
			*q = assess.UseQuestion{Use: q.Use, Units: q.Units, Date: q.Date}
		}, model.UseAllowed, ""},
		"the last day":   {func(_ *model.RegisterEntry, q *assess.UseQuestion) { q.Date = calendar.MustParseDate("2027-11-20") }, model.UseAllowed, ""},
		"the day after":  {func(_ *model.RegisterEntry, q *assess.UseQuestion) { q.Date = calendar.MustParseDate("2027-11-21") }, model.UseDenied, "expired"},
		"no last day":    {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.ValidUntil = "" }, model.UseDenied, "expired"},
		"suspended":      {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.Status = model.RegisterSuspended }, model.UseDenied, "suspended"},
		"expired":        {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.Status = model.RegisterExpired }, model.UseDenied, "expired"},
		"decommissioned": {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.Status = model.RegisterEnded }, model.UseDenied, "ended"},
		"no status":      {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.Status = "" }, model.UseDenied, "ended"},
		"interim":        {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.Status = model.RegisterInterim }, model.UseAllowedWithConditions, "interim"},
		"after the interim": {func(e *model.RegisterEntry, _ *assess.UseQuestion) {
			e.Status, e.ValidUntil = model.RegisterInterim, "2026-11-30"
		},
			model.UseDenied, "interim_ended"},
		"a level too high": {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.ApprovedMaxIPL = 2 }, model.UseDenied, "level_not_approved"},
		"another use":      {func(_ *model.RegisterEntry, q *assess.UseQuestion) { q.Use = "utkast" }, model.UseDenied, "use_not_approved"},
		"no use":           {func(e *model.RegisterEntry, q *assess.UseQuestion) { q.Use, e.ApprovedUses = " ", []string{""} }, model.UseDenied, "use_not_approved"},
		"an excluded use":  {func(_ *model.RegisterEntry, q *assess.UseQuestion) { q.Use = "Klientärenden" }, model.UseDenied, "use_excluded"},
		"a use in both":    {func(e *model.RegisterEntry, q *assess.UseQuestion) { e.NotApprovedUses = e.ApprovedUses }, model.UseDenied, "use_excluded"},
		"incidental data only": {func(e *model.RegisterEntry, q *assess.UseQuestion) {
			e.PersonalData, q.SpecialCategories = model.DataIncidentalOnly, nil
		}, model.UseDenied, "personal_data_not_approved"},
		"special categories are personal data": {func(e *model.RegisterEntry, q *assess.UseQuestion) {
			e.PersonalData, q.PersonalData = model.DataIncidentalOnly, model.DataNotApproved
		}, model.UseDenied, "personal_data_not_approved"},
		"another category": {func(_ *model.RegisterEntry, q *assess.UseQuestion) {
			q.SpecialCategories = []string{"health", "biometric"}
		},
			model.UseDenied, "special_categories_not_approved"},
		"another provision": {func(_ *model.RegisterEntry, q *assess.UseQuestion) { q.SecrecyProvision = "OSL 25:1" }, model.UseDenied, "secrecy_not_approved"},
		"another unit":      {func(_ *model.RegisterEntry, q *assess.UseQuestion) { q.Units = []string{"team"} }, model.UseDenied, "unit_not_adopting"},
		"open conditions": {func(e *model.RegisterEntry, _ *assess.UseQuestion) {
			e.ConditionsOpen = []model.RegisterCondition{{Text: lang.Text{SV: "Loggkontroll"}}}
		}, model.UseAllowedWithConditions, "conditions_open"},
		"transparency":        {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.Transparency = []string{"50(1)"} }, model.UseAllowedWithConditions, "transparency"},
		"some is kept out":    {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.SecrecyNote = "Skyddade adresser" }, model.UseAllowedWithConditions, "secrecy_note"},
		"none of it is used":  {func(e *model.RegisterEntry, q *assess.UseQuestion) { e.SecrecyNote, q.SecrecyProvision = "x", "" }, model.UseAllowed, ""},
		"stricter conditions": {func(e *model.RegisterEntry, _ *assess.UseQuestion) { e.Units[0].Conditions = "Inga elevnamn." }, model.UseAllowedWithConditions, "unit_conditions"},
		"stricter elsewhere": {func(e *model.RegisterEntry, _ *assess.UseQuestion) {
			e.Units = append(e.Units, model.RegisterUnit{UnitID: "elsewhere", Conditions: "Inga elevnamn."})
		}, model.UseAllowed, ""},
		"conditions of a denial": {func(e *model.RegisterEntry, q *assess.UseQuestion) {
			e.Transparency, e.ApprovedMaxIPL, q.Units = []string{"50(1)"}, 0, nil
		}, model.UseDenied, "level_not_approved unit_not_adopting"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, q := notes()
			test.change(&e, &q)
			got := assess.CheckUse(e, q)
			if got.Answer != test.want || codesOf(got) != test.codes {
				t.Errorf("%s because of %s, want %s because of %s", got.Answer, codesOf(got), test.want, test.codes)
			}
			explained(t, got)
		})
	}
}

func codesOf(a assess.UseAnswer) string {
	var codes []string
	for _, r := range a.Reasons {
		codes = append(codes, r.Code)
	}
	return strings.Join(codes, " ")
}

// explained requires a rule, a source and both languages of every reason.
func explained(t interface{ Errorf(string, ...any) }, a assess.UseAnswer) {
	for _, r := range a.Reasons {
		if r.ID == "" || r.Source == "" || !r.Text.Complete() {
			t.Errorf("the reason %+v is incomplete", r)
		}
	}
	if !a.Answer.Label().Complete() {
		t.Errorf("%s has no words", a.Answer)
	}
}

func TestNotReviewed(t *testing.T) {
	t.Parallel()
	got := assess.NotReviewed()
	explained(t, got)
	if got.Answer != model.UnknownTool || got.Reasons[0].ID != "L-39" ||
		got.Reasons[0].Text.SV != "Verktyget är inte granskat och får inte användas för kommunens information." {
		t.Errorf("%+v", got)
	}
}

func TestCompareUse(t *testing.T) {
	t.Parallel()
	reasons := make([]assess.UseReason, 2)
	order := []assess.UseAnswer{
		{Answer: model.UseAllowed}, {Answer: model.UseAllowedWithConditions, Reasons: reasons[:1]},
		{Answer: model.UseAllowedWithConditions, Reasons: reasons}, {Answer: model.UseDenied, Reasons: reasons[:1]},
		{Answer: model.UseDenied, Reasons: reasons}, {Answer: model.UnknownTool},
	}
	if !slices.IsSortedFunc(order, assess.CompareUse) || assess.CompareUse(order[0], order[5]) >= 0 || assess.CompareUse(order[4], order[4]) != 0 {
		t.Error("the better answer does not come first")
	}
}

func TestCoversProvision(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		approved, asked string
		want            bool
	}{
		{"OSL 26 kap. 1 §", "OSL 26:1", true},
		{"OSL 26:1", "26 kap 1 § OSL", true},
		{"OSL 26:1", "26 kap. 1 § offentlighets- och sekretesslagen (2009:400)", true},
		{"OSL 26:1", "OSL chapter 26 section 1", true},
		{"osl 26:1 (socialtjänst)", "OSL  26 : 1", true},
		{"OSL 23:1–2 (skola)", "OSL 23:2", true},
		{"OSL 23:1-3", "OSL 23:2–3", true},
		{"OSL 23:1–2", "OSL 23:3", false},
		{"OSL 23:2", "OSL 23:1–2", false},
		{"OSL 25 kap. 1 a §", "OSL 25:1a", true},
		{"OSL 25:1", "OSL 25:1a", false},
		{"OSL 26:1", "OSL 26:10", false},
		{"OSL 26:1", "OSL 26", false},
		{"OSL 26", "OSL 26:1", false},
		{"OSL 26", "osl 26", true},
		{"OSL 26:1 första stycket", "OSL 26:1", false},
		{"OSL 26:1 första stycket", "OSL 26:1 Första  stycket", true},
		{"SFL 26:1", "OSL 26:1", false},
		{"OSL 26:1", "SFL 26:1", false},
		{"OSL 26:1–999999999", "OSL 26:2", false},
		{"OSL 26:99999999999999999999", "OSL 26:1", false},
		{"26:1", "OSL 26:1", true},
	} {
		if got := assess.CoversProvision([]string{"OSL 7:3", test.approved}, test.asked); got != test.want {
			t.Errorf("%q covers %q: %v", test.approved, test.asked, got)
		}
	}
}

// TestCheckUseEqualsThePlainModel compares answers over random entries and
// questions with rulebook 9.7 written down once more, the other way round: what
// has to be true for a use to be allowed.
func TestCheckUseEqualsThePlainModel(t *testing.T) {
	t.Parallel()
	uses, units, specials := []string{"a", "b", "c"}, []string{"u", "v", "w"}, []string{"health", "union"}
	provisions := []string{"OSL 26:1", "OSL 23:1", "OSL 39:2"}
	pick := func(from []string) *rapid.Generator[[]string] {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, len(from), rapid.ID[string])
	}
	most := func(from []string) *rapid.Generator[[]string] {
		return rapid.OneOf(rapid.Just(from), rapid.Just(from), rapid.Just(from), pick(from))
	}
	day := rapid.Map(rapid.IntRange(0, 9), func(n int) calendar.Date { return calendar.MustParseDate("2026-12-01").AddDays(n) })
	const active = model.RegisterActive
	seen := map[model.RegisterAnswer]bool{}
	rapid.Check(t, func(t *rapid.T) {
		e := model.RegisterEntry{
			Status:     rapid.SampledFrom(append(model.RegisterStatuses(), active, active, active, active, active, model.RegisterInterim)).Draw(t, "status"),
			ValidUntil: day.Draw(t, "until").AddDays(7).String(), ApprovedMaxIPL: rapid.SampledFrom([]int{4, 4, 4, 3, 2, 1, 0}).Draw(t, "max"),
			PersonalData:      rapid.SampledFrom(append(model.DataScopes(), model.DataApproved, model.DataApproved)).Draw(t, "scope"),
			SpecialCategories: most(specials).Draw(t, "special"), SecrecyProvisions: most(provisions).Draw(t, "provisions"),
			ApprovedUses: most(uses).Draw(t, "uses"), NotApprovedUses: rapid.SampledFrom([][]string{nil, {"c"}}).Draw(t, "not"),
			Transparency: rapid.SampledFrom([][]string{nil, nil, nil, {"50(1)"}}).Draw(t, "transparency"), SecrecyNote: rapid.SampledFrom([]string{"", "", "x"}).Draw(t, "note"),
		}
		for _, u := range most(units).Draw(t, "units") {
			e.Units = append(e.Units, model.RegisterUnit{UnitID: u})
		}
		e.ConditionsOpen = make([]model.RegisterCondition, rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "open"))
		q := assess.UseQuestion{
			Use: rapid.SampledFrom(uses).Draw(t, "use"), Level: rapid.SampledFrom([]int{0, 1, 1, 2, 3, 4}).Draw(t, "level"),
			PersonalData:      rapid.SampledFrom(model.DataScopes()).Draw(t, "needs"),
			SpecialCategories: pick(specials[:1]).Draw(t, "categories"),
			SecrecyProvision:  rapid.SampledFrom(append(provisions, "", "")).Draw(t, "secret"),
			Units:             most(units).Draw(t, "of"), Date: day.Draw(t, "day"),
		}
		got := assess.CheckUse(e, q)
		explained(t, got)
		seen[got.Answer] = true
		if want := plainAnswer(e, q); got.Answer != want {
			t.Fatalf("%s because of %s, want %s", got.Answer, codesOf(got), want)
		}
		if (got.Answer == model.UseAllowed) != (len(got.Reasons) == 0) {
			t.Fatalf("%s with the reasons %s", got.Answer, codesOf(got))
		}
	})
	if len(seen) < 2 {
		t.Errorf("only %v was answered", seen)
	}
}

// plainAnswer is rulebook 9.7 over the plain values of the test.
func plainAnswer(e model.RegisterEntry, q assess.UseQuestion) model.RegisterAnswer {
	inUse := map[model.RegisterStatus]bool{"active": true, "interim": true}[e.Status]
	width := map[model.DataScope]int{"not_approved": 0, "account_only": 1, "incidental_only": 2, "approved": 3}
	needs := width[q.PersonalData]
	special := 0
	for _, c := range q.SpecialCategories {
		needs = 3
		if strings.Contains(strings.Join(e.SpecialCategories, ","), c) {
			special++
		}
	}
	among := false
	for _, u := range e.Units {
		for _, v := range q.Units {
			among = among || u.UnitID == v
		}
	}
	listed := strings.Contains(strings.Join(e.ApprovedUses, ","), q.Use) && !strings.Contains(strings.Join(e.NotApprovedUses, ","), q.Use)
	secret := q.SecrecyProvision != ""
	if !inUse || q.Date.String() > e.ValidUntil || q.Level > e.ApprovedMaxIPL || needs > width[e.PersonalData] ||
		special < len(q.SpecialCategories) || !among || !listed ||
		secret && !strings.Contains(strings.Join(e.SecrecyProvisions, ","), q.SecrecyProvision) {
		return "denied"
	}
	if e.Status == "interim" || len(e.ConditionsOpen)+len(e.Transparency) > 0 || secret && e.SecrecyNote != "" {
		return "allowed_with_conditions"
	}
	return "allowed"
}
