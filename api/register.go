package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

const tagRegister = "register"

// PublicTool is what anybody may read of a tool in the register (L-51, rulebook
// 9.7): no person, and nothing of how it is protected.
type PublicTool struct {
	ID                string `json:"id"`
	Tool              string `json:"tool" doc:"the tool and what it is used for"`
	Purpose           string `json:"purpose"`
	Unit              string `json:"unit" doc:"the board or company that decided"`
	HumanControl      string `json:"human_control" doc:"how people control what the tool does"`
	AIActClass        string `json:"ai_act_class"`
	AIActClassLabel   string `json:"ai_act_class_label"`
	UsesPersonalData  bool   `json:"uses_personal_data"`
	Notice            string `json:"notice" doc:"what those who meet the tool are told, empty where nobody outside does"`
	DecisionDate      string `json:"decision_date"`
	Contact           string `json:"contact" doc:"the function to turn to"`
	HumanControlLabel string `json:"human_control_label"`
}

// ToolItem is a tool in the register. What is not public is absent without a
// token.
type ToolItem struct {
	PublicTool
	*InternalTool
}

// InternalTool is what a signed-in person reads beside what is public.
type InternalTool struct {
	CaseID          string               `json:"case_id,omitempty" doc:"absent for a tool that was in use before there was a case"`
	RegistryNo      string               `json:"registry_no,omitempty"`
	Status          model.RegisterStatus `json:"status" required:"false"`
	StatusLabel     string               `json:"status_label" required:"false"`
	Product         string               `json:"product" required:"false"`
	Supplier        string               `json:"supplier" required:"false"`
	Kind            string               `json:"kind" required:"false"`
	ApprovedMaxIPL  int                  `json:"approved_max_ipl" required:"false" doc:"highest information protection level, 0 to 4"`
	PersonalData    model.DataScope      `json:"personal_data" required:"false"`
	ApprovedUses    []string             `json:"approved_uses" required:"false"`
	NotApprovedUses []string             `json:"not_approved_uses" required:"false"`
	Units           []ToolUnit           `json:"units" required:"false" doc:"the units that may use the tool"`
	CoversMyUnit    bool                 `json:"covers_my_unit" required:"false" doc:"the approval is one for your unit, or for the board or company that it is a part of"`
	ValidUntil      string               `json:"valid_until" required:"false" doc:"the last day, in Sweden"`
	Version         int                  `json:"version" required:"false" doc:"counts the versions of the entry"`
	Since           time.Time            `json:"since" required:"false"`
}

// ToolUnit is a unit that may use a tool.
type ToolUnit struct {
	UnitNote
	RopaRef string `json:"ropa_ref,omitempty" doc:"its reference in the record of processing (GDPR 30)"`
	// Conditions are stricter than those of the case.
	Conditions string `json:"conditions,omitempty" doc:"the stricter conditions under which the unit has adopted"`
}

// Tool is all that the register says of a tool.
type Tool struct {
	ToolItem
	*ToolDetail
}

// ToolDetail is the rest of what a signed-in person reads.
type ToolDetail struct {
	SupplierCountry   string          `json:"supplier_country,omitempty"`
	Models            []string        `json:"models" required:"false"`
	UseTypes          []string        `json:"use_types" required:"false"`
	UserGroups        []string        `json:"user_groups" required:"false"`
	InfoK             int             `json:"info_k" required:"false"`
	InfoR             int             `json:"info_r" required:"false"`
	InfoT             int             `json:"info_t" required:"false"`
	PersonalDataLabel string          `json:"personal_data_label" required:"false"`
	SpecialCategories []string        `json:"special_categories" required:"false" doc:"those that are approved, empty for none"`
	SecrecyProvisions []string        `json:"secrecy_provisions" required:"false" doc:"those that are approved, empty for none"`
	SecrecyNote       string          `json:"secrecy_note,omitempty" doc:"what is kept out"`
	AIActRoute        string          `json:"ai_act_route,omitempty"`
	Transparency      []string        `json:"transparency" required:"false"`
	AutonomyLevel     int             `json:"autonomy_level,omitempty" doc:"of an agent, 1 to 5"`
	DecisionRole      string          `json:"decision_role" required:"false"`
	ConditionsOpen    []ToolCondition `json:"conditions_open" required:"false"`
	SystemOwner       *PersonNote     `json:"system_owner,omitempty"`
	KWhYear           float64         `json:"kwh_year" required:"false"`
	CO2eKgYear        float64         `json:"co2e_kg_year" required:"false"`
	CO2eKgPerUse      float64         `json:"co2e_kg_per_use,omitempty" doc:"of one request, image, clip or hour of sound"`
	EUDatabaseID      string          `json:"eu_database_id,omitempty"`
	NoticeTexts       lang.Text       `json:"notice_texts,omitzero" doc:"the notice in both languages, to be copied (NT-R1)"`
	Public            bool            `json:"public" required:"false" doc:"shown without a token while the tool may be used"`
	History           []ToolVersion   `json:"history" required:"false" doc:"the newest first"`
}

// ToolCondition is a condition that was not met when the entry was written.
type ToolCondition struct {
	Text           string        `json:"text"`
	DueKind        model.DueKind `json:"due_kind"`
	DueDate        string        `json:"due_date,omitempty"`
	OwnerRole      model.Role    `json:"owner_role"`
	OwnerRoleLabel string        `json:"owner_role_label"`
}

// ToolVersion is a version of an entry.
type ToolVersion struct {
	Version        int                  `json:"version"`
	Status         model.RegisterStatus `json:"status"`
	ApprovedMaxIPL int                  `json:"approved_max_ipl"`
	ValidUntil     string               `json:"valid_until"`
	Since          time.Time            `json:"since"`
	Until          *time.Time           `json:"until" doc:"null for the one that holds"`
}

// ToolFilters are the filters of the register.
type ToolFilters struct {
	Q            string `query:"q" maxLength:"200" doc:"words in tool, product, supplier or registry number"`
	Unit         string `query:"unit" maxLength:"200" doc:"id or code of a unit that may use the tool"`
	Supplier     string `query:"supplier" maxLength:"200"`
	Product      string `query:"product" maxLength:"200"`
	CaseID       string `query:"case_id" maxLength:"64" doc:"the case that approved the tool"`
	Status       string `query:"status" doc:"of the entry; without a token only tools in use are there"`
	Class        string `query:"class" doc:"class under the AI Act"`
	Organisation string `query:"organisation" maxLength:"64" doc:"id of the organisation, needed without a token where there are several"`
	FactFilters
}

type toolsInput struct {
	ToolFilters
	Paging
}

type toolInput struct {
	EntryID      string `path:"entry_id" doc:"id of the entry"`
	Organisation string `query:"organisation" maxLength:"64" doc:"id of the organisation, needed without a token where there are several"`
}

type toolOutput struct {
	Body Tool
}

func (s *server) registerRoutes() {
	add(s, route{
		id: "list-register", method: http.MethodGet, path: "/register", tag: tagRegister, public: true,
		summary: "The approved AI tools by name; without a token what is public of those in use",
		errors:  []int{http.StatusUnprocessableEntity},
	}, s.listTools)
	add(s, route{
		id: "get-register-entry", method: http.MethodGet, path: "/register/{entry_id}", tag: tagRegister, public: true,
		summary: "What the register says of a tool; without a token what is public",
		errors:  []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.getTool)
	s.checkRoute()
}

func (s *server) listTools(ctx context.Context, in *toolsInput) (*pageOutput[ToolItem], error) {
	f, err := s.toolFilter(ctx, in.ToolFilters)
	if err != nil {
		return nil, err
	}
	f.Offset, f.Limit = int64(in.Offset), int64(in.Limit)+1
	return keyset[store.RegisterRecord, store.RegisterCursor, ToolItem]{
		find: func(after *store.RegisterCursor) ([]store.RegisterRecord, error) {
			f.After = after
			return s.Store.RegisterEntries(ctx, f)
		},
		place: func(r store.RegisterRecord) store.RegisterCursor {
			return store.RegisterCursor{SortKey: r.SortKey, ID: r.ID}
		},
		items: func(found []store.RegisterRecord) ([]ToolItem, error) {
			view, err := s.toolView(ctx, f)
			out := make([]ToolItem, len(found))
			for i, r := range found {
				out[i] = view.item(r)
			}
			return out, err
		},
		count: func(upTo int64) (int, error) {
			f.After = nil
			return s.Store.CountRegisterEntries(ctx, f, upTo)
		},
	}.page(s.newList(ctx, "/register", in.ToolFilters.values(), in.Paging))
}

func (s *server) getTool(ctx context.Context, in *toolInput) (*toolOutput, error) {
	id, err := knownID(in.EntryID)
	if err != nil {
		return nil, err
	}
	f, err := s.registerOf(ctx, in.Organisation)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.RegisterEntry(ctx, f.OrgID, id)
	if err != nil {
		return nil, err
	}
	if f.Public && !(r.Entry.Public && r.Entry.Status.InUse()) {
		return nil, store.ErrNotFound
	}
	view, err := s.toolView(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &toolOutput{Tool{ToolItem: view.item(r)}}
	if !f.Public {
		out.Body.ToolDetail, err = view.detail(ctx, r)
	}
	return out, err
}

// registerOf says whose register is read: that of the reader's organisation, all
// of it, or what is public of the one that is asked for.
func (s *server) registerOf(ctx context.Context, organisation string) (store.RegisterFilter, error) {
	if p, signedIn := authn.Person(ctx); signedIn {
		if organisation != "" && organisation != p.OrgID {
			return store.RegisterFilter{}, faultError{{"/organisation", "unknown_organisation", unknownOrganisation.In}}
		}
		return store.RegisterFilter{OrgID: p.OrgID}, nil
	}
	orgs, err := s.Store.Organisations(ctx)
	if err != nil {
		return store.RegisterFilter{}, err
	}
	i := slices.IndexFunc(orgs, func(o store.Organisation) bool { return o.ID == organisation })
	switch {
	case i >= 0:
	case organisation != "":
		return store.RegisterFilter{}, faultError{{"/organisation", "unknown_organisation", unknownOrganisation.In}}
	case len(orgs) == 1:
		i = 0
	default:
		return store.RegisterFilter{}, faultError{{"/organisation", "required", whichOrganisation.In}}
	}
	return store.RegisterFilter{OrgID: orgs[i].ID, Public: true}, nil
}

var (
	unknownOrganisation = lang.Text{
		SV: "Det finns inget register för den organisationen här. Utelämna organisation eller ange din egen.",
		EN: "There is no register of that organisation here. Leave organisation out, or give your own."}
	whichOrganisation = lang.Text{
		SV: "Här finns flera organisationers register. Ange organisationens id i organisation.",
		EN: "There are the registers of several organisations here. Give the organisation's id in organisation."}
)

func (s *server) toolFilter(ctx context.Context, in ToolFilters) (store.RegisterFilter, error) {
	f, err := s.registerOf(ctx, in.Organisation)
	if err != nil {
		return f, err
	}
	f.Query, f.Supplier, f.Product, f.CaseID = in.Q, in.Supplier, in.Product, in.CaseID
	f.Status, f.AIActClass = model.RegisterStatus(in.Status), in.Class
	var faults faultError
	if f.Public {
		faults = in.withheld()
	} else if faults, err = s.addToolFacts(ctx, in.FactFilters, &f); err != nil {
		return f, err
	}
	if in.Status != "" && !slices.Contains(model.RegisterStatuses(), f.Status) {
		faults = append(faults, fault{"/status", "oneof", rule("oneof")(joined(model.RegisterStatuses()))})
	}
	if e, ok := s.book(ctx).Enum("ai_act_class"); ok && in.Class != "" && !e.Has(in.Class) {
		faults = append(faults, fault{"/class", "oneof", rule("oneof")(allOf(e))})
	}
	fault, err := s.unitID(ctx, f.OrgID, "/unit", in.Unit, &f.UnitID)
	if err != nil {
		return f, err
	}
	if faults = append(faults, fault...); len(faults) > 0 {
		return f, faults
	}
	return f, nil
}

// addToolFacts translates the filters that the register shares with the list of
// cases. What the register itself does not show is told only of cases that the
// reader may read.
func (s *server) addToolFacts(ctx context.Context, in FactFilters, f *store.RegisterFilter) (faultError, error) {
	reader := access.ReaderOf(authn.Actor(ctx))
	cases := store.CaseFilter{OrgID: f.OrgID, Reader: &reader}
	faults, err := s.addFacts(ctx, in, &cases)
	f.UnitAdopted, f.UnitNotAdopted = cases.UnitAdopted, cases.UnitNotAdopted
	f.RopaMissing, f.InterimBefore = in.RopaMissing, in.InterimBefore
	if in.asksOfCases() {
		cases.UnitAdopted, cases.UnitNotAdopted, cases.RopaMissing, cases.InterimBefore = "", "", false, ""
		f.Cases = &cases
	}
	return faults, err
}

// withheld refuses, without a token, the filters over what the public view does not
// show: their answer would tell it.
func (in ToolFilters) withheld() faultError {
	var faults faultError
	for pointer, value := range map[string]string{"/supplier": in.Supplier, "/product": in.Product, "/case_id": in.CaseID, "/status": in.Status} {
		if value != "" {
			faults = append(faults, fault{pointer, "unknown_name", textSignedIn.In})
		}
	}
	for name := range in.FactFilters.values() {
		faults = append(faults, fault{"/" + name, "unknown_name", textSignedIn.In})
	}
	return faults
}

var textSignedIn = lang.Text{
	SV: "Filtret finns bara för den som är inloggad. Sök på verktygets namn med q.",
	EN: "The filter is there only for those who are signed in. Search the name of the tool with q.",
}

// allOf lists the values of an enumeration as the validator's rule oneof does.
func allOf(e *rulebook.Enum) string {
	ids := make([]string, len(e.Values))
	for i, v := range e.Values {
		ids[i] = v.ID
	}
	return strings.Join(ids, " ")
}

// values are the filters in use, by name.
func (in ToolFilters) values() url.Values {
	v := in.FactFilters.values()
	for name, value := range map[string]string{
		"q": in.Q, "unit": in.Unit, "supplier": in.Supplier, "product": in.Product, "case_id": in.CaseID,
		"status": in.Status, "class": in.Class, "organisation": in.Organisation,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// toolView is the register as one reader sees it.
type toolView struct {
	server *server
	public bool
	lang   lang.Lang
	units  map[string]store.Unit
	// mine are the reader's unit and those above it.
	mine []string
}

func (s *server) toolView(ctx context.Context, f store.RegisterFilter) (toolView, error) {
	v := toolView{server: s, public: f.Public, lang: languageOf(ctx), units: map[string]store.Unit{}}
	units, err := s.Store.UnitNames(ctx, f.OrgID)
	for _, u := range units {
		v.units[u.ID] = u
	}
	if mine, found := v.units[authn.Actor(ctx).UnitID]; found {
		v.mine = store.UpToController(v.units, mine)
	}
	return v, err
}

func (v toolView) label(enum, value string) string {
	return v.server.Book.Label(enum, value).In(v.lang)
}

func (v toolView) item(r store.RegisterRecord) ToolItem {
	e := r.Entry
	out := ToolItem{PublicTool: PublicTool{
		ID: r.ID, Tool: e.Tool, Purpose: e.Purpose, HumanControl: e.HumanControl,
		HumanControlLabel: v.label("human_control", e.HumanControl), AIActClass: e.AIActClass,
		AIActClassLabel: v.label("ai_act_class", e.AIActClass), UsesPersonalData: e.PersonalData != model.DataNotApproved,
		Notice: e.Notice.In(v.lang), DecisionDate: e.DecisionDate, Contact: e.Contact.In(v.lang),
	}}
	if len(e.Units) > 0 {
		out.Unit = v.units[e.Units[0].UnitID].Name.In(v.lang)
	}
	if v.public {
		return out
	}
	out.InternalTool = &InternalTool{
		CaseID: e.CaseID, RegistryNo: e.RegistryNo, Status: e.Status, StatusLabel: e.Status.Label().In(v.lang),
		Product: e.Product, Supplier: e.Supplier, Kind: e.Kind, ApprovedMaxIPL: e.ApprovedMaxIPL, PersonalData: e.PersonalData,
		ApprovedUses: orEmpty(e.ApprovedUses), NotApprovedUses: orEmpty(e.NotApprovedUses), Units: []ToolUnit{},
		ValidUntil: e.ValidUntil, Version: r.Version, Since: r.Since,
	}
	for _, u := range e.Units {
		unit := v.units[u.UnitID]
		out.Units = append(out.Units, ToolUnit{UnitNote{u.UnitID, unit.Code, unit.Name.In(v.lang)}, u.RopaRef, u.Conditions})
		out.CoversMyUnit = out.CoversMyUnit || slices.Contains(v.mine, u.UnitID)
	}
	return out
}

func (v toolView) detail(ctx context.Context, r store.RegisterRecord) (*ToolDetail, error) {
	e := r.Entry
	d := &ToolDetail{
		SupplierCountry: e.SupplierCountry, Models: orEmpty(e.Models), UseTypes: orEmpty(e.UseTypes),
		UserGroups: orEmpty(e.UserGroups), InfoK: e.InfoK, InfoR: e.InfoR, InfoT: e.InfoT,
		PersonalDataLabel: e.PersonalData.Label().In(v.lang), SpecialCategories: orEmpty(e.SpecialCategories),
		SecrecyProvisions: orEmpty(e.SecrecyProvisions), SecrecyNote: e.SecrecyNote, AIActRoute: e.AIActRoute,
		Transparency: orEmpty(e.Transparency), AutonomyLevel: e.AutonomyLevel, DecisionRole: e.DecisionRole,
		ConditionsOpen: toolConditions(e.ConditionsOpen, v.lang), KWhYear: e.KWhYear, CO2eKgYear: e.CO2eKgYear, CO2eKgPerUse: e.CO2eKgPerUse,
		EUDatabaseID: e.EUDatabaseID, NoticeTexts: e.Notice, Public: e.Public, History: []ToolVersion{},
	}
	names, err := v.server.Store.Names(ctx, r.OrgID, []string{e.SystemOwnerID})
	if err != nil {
		return nil, err
	}
	if e.SystemOwnerID != "" {
		d.SystemOwner = &PersonNote{e.SystemOwnerID, names[e.SystemOwnerID]}
	}
	versions, err := v.server.Store.RegisterVersions(ctx, r.OrgID, r.ID)
	for _, o := range versions {
		note := ToolVersion{o.Version, o.Entry.Status, o.Entry.ApprovedMaxIPL, o.Entry.ValidUntil, o.Since, nil}
		if !o.Until.IsZero() {
			note.Until = &o.Until
		}
		d.History = append(d.History, note)
	}
	return d, err
}

func toolConditions(open []model.RegisterCondition, l lang.Lang) []ToolCondition {
	out := make([]ToolCondition, len(open))
	for i, c := range open {
		out[i] = ToolCondition{
			Text: cmp.Or(c.Text.In(l), c.Text.SV), DueKind: c.DueKind, DueDate: c.DueDate, OwnerRole: c.OwnerRole,
			OwnerRoleLabel: c.OwnerRole.Label().In(l),
		}
	}
	return out
}
