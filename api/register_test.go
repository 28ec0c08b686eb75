package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// entry is a tool in the register with something in every field.
func (h house) entry(tool string) model.RegisterEntry {
	return model.RegisterEntry{
		RegistryNo: "SL 2026-7", Status: model.RegisterActive, Public: true,
		Tool: tool, Product: "Samtalsnot 4", Supplier: "Talverket", SupplierCountry: "Sverige", Models: []string{"skriv 2"},
		Kind: "ai_agent", UseTypes: []string{"support_tool"}, Purpose: "Anteckningar samma dag.", UserGroups: []string{"employees"},
		Units:          []model.RegisterUnit{{UnitID: h.Unit, RopaRef: "A 30:14"}},
		ApprovedMaxIPL: 3, InfoK: 3, InfoR: 3, InfoT: 2, PersonalData: model.DataApproved,
		SpecialCategories: []string{"health"}, SecrecyProvisions: []string{"OSL 26:1"}, SecrecyNote: "Skyddade uppgifter undantas.",
		ApprovedUses: []string{"utkast till journalanteckning"}, NotApprovedUses: []string{"beslut"},
		AIActClass: "high_risk", AIActRoute: "annex_iii", Transparency: []string{"50(1)"}, AutonomyLevel: 3,
		DecisionRole: "preparatory", HumanControl: "human_decides", Notice: lang.Text{SV: "Du möter en AI.", EN: "You meet an AI."},
		ConditionsOpen: []model.RegisterCondition{{
			Text: lang.Text{SV: "Loggkontroll"}, DueKind: model.DueRecurring, DueDate: "2027-01-01", OwnerRole: model.RoleSystemOwner}},
		DecisionDate: "2026-11-20", ValidUntil: "2027-11-20", SystemOwnerID: h.People["system"],
		Contact: lang.Text{SV: "Systemägare, Nämnden", EN: "System owner, The board"},
		KWhYear: 54.2, CO2eKgYear: 7.11, CO2eKgPerUse: 0.0012, EUDatabaseID: "EU-17",
	}
}

func (h house) put(id string, e model.RegisterEntry) string {
	h.T.Helper()
	id, err := h.Store.PutRegisterEntry(h.T.Context(), apitest.Org, id, e, h.Clock.Now())
	if err != nil {
		h.T.Fatal(err)
	}
	return id
}

// here asks for the register of the first organisation, as nobody has to say who
// signs in.
const here = "organisation=" + apitest.Org

// publicNames are all that anybody may read of a tool.
var publicNames = []string{
	"id", "tool", "purpose", "unit", "human_control", "human_control_label", "ai_act_class", "ai_act_class_label",
	"uses_personal_data", "notice", "decision_date", "contact",
}

// TestPublicRegister walks everything that is answered without a token: nothing
// but what is public is there, by name or by value.
func TestPublicRegister(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	e := h.entry("Samtalsnot i socialtjänsten")
	id := h.put("", e)
	for name, change := range map[string]func(*model.RegisterEntry){
		"Hemligt verktyg": func(e *model.RegisterEntry) { e.Public = false },
		"Stoppat verktyg": func(e *model.RegisterEntry) { e.Status = model.RegisterSuspended },
	} {
		other := h.entry(name)
		change(&other)
		h.Get("", "/register/"+h.put("", other)+"?"+here).Problem(http.StatusNotFound, "not_found")
	}

	var list struct {
		Items []map[string]any `json:"items"`
	}
	listed := h.Get("", "/register?include_total=true&"+here).Want(http.StatusOK)
	listed.Into(&list)
	single := h.Get("", "/register/"+id+"?"+here).Want(http.StatusOK)
	if len(list.Items) != 1 || list.Items[0]["id"] != id {
		t.Fatalf("public register %s", listed.Body)
	}
	for what, tool := range map[string]map[string]any{"list": list.Items[0], "entry": single.Object()} {
		delete(tool, "$schema")
		got, want := slices.Sorted(maps.Keys(tool)), slices.Sorted(slices.Values(publicNames))
		if !slices.Equal(got, want) {
			t.Errorf("%s shows %v, public is %v", what, got, want)
		}
	}
	tool := single.Object()
	for name, want := range map[string]any{
		"tool": e.Tool, "purpose": e.Purpose, "unit": "Nämnden", "human_control_label": "En människa fattar beslutet",
		"uses_personal_data": true, "notice": "Du möter en AI.", "decision_date": "2026-11-20", "contact": "Systemägare, Nämnden",
	} {
		if tool[name] != want {
			t.Errorf("%s is %v, want %v", name, tool[name], want)
		}
	}
	for _, inside := range []string{
		"Namn system", h.People["system"], h.Unit, "Samtalsnot 4", "Talverket", "skriv 2", "OSL", "health", "A 30:14", "EU-17",
		"utkast till", "Loggkontroll", "SL 2026-7", "2027-11-20",
	} {
		for _, body := range []string{listed.Body.String(), single.Body.String()} {
			if strings.Contains(body, inside) {
				t.Errorf("%q is public: %s", inside, body)
			}
		}
	}
	english := h.do(call{"GET", "/register/" + id + "?" + here, "", nil, "Accept-Language: en"}).Object()
	if english["notice"] != "You meet an AI." || english["unit"] != "The board" || english["contact"] != "System owner, The board" {
		t.Errorf("in English %v", english)
	}
}

// TestRegister: a signed-in person reads all that the register says, and how it
// came to say so.
func TestRegister(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	e := h.entry("Samtalsnot")
	id := h.put("", e)
	h.Clock.Advance(time.Hour)
	e.Status = model.RegisterSuspended
	h.put(id, e)

	var tool api.Tool
	h.Get("employee", "/register/"+id).Want(http.StatusOK).Into(&tool)
	if tool.InternalTool == nil || tool.ToolDetail == nil || tool.Status != model.RegisterSuspended || tool.StatusLabel != "Tillfälligt stoppad" {
		t.Fatalf("entry %+v", tool)
	}
	if tool.ApprovedMaxIPL != 3 || tool.PersonalData != model.DataApproved || tool.SecrecyProvisions[0] != "OSL 26:1" ||
		tool.Units[0].Code != "namnden" || tool.Units[0].RopaRef != "A 30:14" || tool.SystemOwner.Name != "Namn system" ||
		tool.ConditionsOpen[0].Text != "Loggkontroll" || tool.KWhYear != 54.2 || tool.EUDatabaseID != "EU-17" || tool.AutonomyLevel != 3 {
		t.Errorf("entry %+v %+v", tool.InternalTool, tool.ToolDetail)
	}
	if len(tool.History) != 2 || tool.History[0].Until != nil || tool.History[1].Status != model.RegisterActive ||
		tool.History[1].Until == nil || !tool.History[1].Until.Equal(tool.History[0].Since) {
		t.Errorf("history %+v", tool.History)
	}
	english := h.do(call{"GET", "/register/" + id, "employee", nil, "Accept-Language: en"}).Object()
	if english["conditions_open"].([]any)[0].(map[string]any)["text"] != "Loggkontroll" || english["status_label"] != "Suspended" {
		t.Errorf("in English %v", english)
	}

	h.Get("stranger", "/register/"+id).Problem(http.StatusNotFound, "not_found")
	h.Get("employee", "/register/"+model.NewID()).Problem(http.StatusNotFound, "not_found")
	h.Get("employee", "/register/1").Problem(http.StatusNotFound, "not_found")
	h.Get("", "/register/"+id+"?organisation="+apitest.Elsewhere).Problem(http.StatusNotFound, "not_found")
}

func TestRegisterFilters(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	ids := map[string]string{}
	for _, name := range []string{"Anteckningar", "Bilder", "Chatt"} {
		e := h.entry(name)
		if name == "Bilder" {
			e.Supplier, e.Product, e.AIActClass, e.Status = "Bildverket AB", "Tavla", "transparency", model.RegisterInterim
		}
		ids[h.put("", e)] = name
	}
	for query, want := range map[string]string{
		"": "Anteckningar Bilder Chatt", "q=bild": "Bilder", "supplier=BILDVERKET%20ab": "Bilder", "product=tavla": "Bilder",
		"status=interim": "Bilder", "status=ended": "", "class=high_risk": "Anteckningar Chatt", "unit=namnden": "Anteckningar Bilder Chatt",
		"unit=" + h.Unit + "&q=chatt": "Chatt", here: "Anteckningar Bilder Chatt", "offset=1&limit=1": "Bilder",
	} {
		var page struct {
			Items []struct {
				Tool           string `json:"tool"`
				ApprovedMaxIPL *int   `json:"approved_max_ipl"`
			} `json:"items"`
		}
		h.Get("employee", "/register?"+query).Want(http.StatusOK).Into(&page)
		var got []string
		for _, item := range page.Items {
			if got = append(got, item.Tool); item.ApprovedMaxIPL == nil {
				t.Errorf("%s without its level", item.Tool)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", query, got, want)
		}
	}
	h.walk("employee", "/register?limit=2", ids)
	h.walk("", "/register?limit=1&"+here, ids)
}

// walk follows the cursors and expects each entry once.
func (h house) walk(as, path string, ids map[string]string) {
	h.T.Helper()
	seen := map[string]bool{}
	for next := path; next != ""; {
		var page struct {
			Items []struct {
				ID string `json:"id"`
			} `json:"items"`
			NextCursor string `json:"next_cursor"`
		}
		h.Get(as, next).Want(http.StatusOK).Into(&page)
		for _, item := range page.Items {
			if seen[item.ID] || ids[item.ID] == "" {
				h.T.Errorf("%s: %s is there twice, or not ours", path, item.ID)
			}
			seen[item.ID] = true
		}
		if next = ""; page.NextCursor != "" {
			next = path + "&cursor=" + page.NextCursor
		}
	}
	if len(seen) != len(ids) {
		h.T.Errorf("%s: %d of %d", path, len(seen), len(ids))
	}
}

func TestRegisterFaults(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for _, test := range []struct{ as, query, pointer, code string }{
		{"", "", "/organisation", "required"},
		{"", "organisation=nowhere", "/organisation", "unknown_organisation"},
		{"employee", "organisation=" + apitest.Elsewhere, "/organisation", "unknown_organisation"},
		{"employee", "status=gone", "/status", "oneof"},
		{"employee", "class=risky", "/class", "oneof"},
		{"employee", "unit=x", "/unit", "unknown_unit"},
		{"", "unit=x&" + here, "/unit", "unknown_unit"},
		{"employee", "tier=T1", "/tier", "unknown_name"},
		{"employee", "cursor=abc", "/cursor", "cursor"},
		{"employee", "q=" + strings.Repeat("q", 201), "/q", "maxlength"},
	} {
		p := h.Get(test.as, "/register?"+test.query).Problem(http.StatusUnprocessableEntity, "invalid")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != test.pointer || p.Errors[0].Message == "" {
			t.Errorf("%q: %+v", test.query, p.Errors)
		}
		if test.code != "maxlength" && p.Errors[0].Code != test.code {
			t.Errorf("%q: code %s, want %s", test.query, p.Errors[0].Code, test.code)
		}
	}
	// A cursor of one register does not open another, nor one of a signed-in person.
	for _, tool := range []string{"A", "B"} {
		h.put("", h.entry(tool))
	}
	var page map[string]json.RawMessage
	h.Get("employee", "/register?limit=1").Want(http.StatusOK).Into(&page)
	cursor := strings.Trim(string(page["next_cursor"]), `"`)
	h.Get("", "/register?limit=1&"+here+"&cursor="+cursor).Problem(http.StatusUnprocessableEntity, "invalid")
}

// TestPagesOfTheStatements: where a statement of the guidelines is carried out by
// a page, the contract has it.
func TestPagesOfTheStatements(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range rulebook.Statements().All() {
		for _, page := range s.CarriedBy.Pages {
			n++
			method, path, _ := strings.Cut(page, " ")
			if _, ok := declared.Paths[path][strings.ToLower(method)]; !ok {
				t.Errorf("%s: there is no page %s", s.ID, page)
			}
		}
	}
	if n == 0 {
		t.Error("no statement names a page")
	}
}

// TestCoversMyUnit: an approval of a board is one for its parts, and for nobody
// else's (rulebook 9.3).
func TestCoversMyUnit(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	part := store.Unit{OrgID: apitest.Org, ID: model.NewID(), Code: "del", Name: lang.Text{SV: "Kontoret", EN: "The office"}, ParentID: h.Unit}
	board := store.Unit{OrgID: apitest.Org, ID: model.NewID(), Code: "annan", Name: lang.Text{SV: "Annan", EN: "Other"}, ControllerType: "public_authority"}
	for _, u := range []store.Unit{part, board} {
		if err := h.Store.PutUnit(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		unit string
		want bool
	}{"own": {h.Unit, true}, "a part of another": {part.ID, false}, "another": {board.ID, false}} {
		e := h.entry("Verktyg " + name)
		e.Units = []model.RegisterUnit{{UnitID: tt.unit}}
		if got := h.Get("employee", "/register/"+h.put("", e)).Want(http.StatusOK).Object()["covers_my_unit"]; got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	units := map[string]store.Unit{h.Unit: {ID: h.Unit, ControllerType: "public_authority"}, part.ID: part}
	if got := store.UpToController(units, part); !slices.Equal(got, []string{part.ID, h.Unit}) {
		t.Errorf("a part belongs to %v", got)
	}
}

// TestSimilarCasesOfNothing: without a supplier and a product there is nothing to be
// like, and whoever may not open a case is not told of any.
func TestSimilarCasesOfNothing(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for path, as := range map[string]string{"/similar-cases": "owner", "/similar-cases?product=Finns+inte&supplier=Ingen": "employee"} {
		var l struct {
			Items []map[string]any `json:"items"`
		}
		if h.Get(as, path).Want(http.StatusOK).Into(&l); l.Items == nil || len(l.Items) > 0 {
			t.Errorf("%s answers %v", path, l.Items)
		}
	}
	h.Get("dpo", "/similar-cases?product=x").Problem(http.StatusForbidden, "forbidden")
}
