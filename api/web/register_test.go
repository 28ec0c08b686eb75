package web_test

import (
	"net/http"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// tool puts a tool into the register and returns the id of its entry.
func (h house) tool(t *testing.T, change func(*model.RegisterEntry)) string {
	t.Helper()
	e := model.RegisterEntry{
		Status: model.RegisterActive, Public: true, Tool: "Samtalsnot", Product: "Not 4", Supplier: "Talverket", Kind: "ai_service",
		Purpose: "Anteckningar samma dag.", Units: []model.RegisterUnit{{UnitID: h.Unit}}, ApprovedMaxIPL: 2, PersonalData: model.DataApproved,
		ApprovedUses: []string{"utkast till anteckning"}, NotApprovedUses: []string{"beslut"}, AIActClass: "minimal", DecisionRole: "none",
		HumanControl: "human_decides", DecisionDate: "2026-11-20", ValidUntil: "2027-11-20", SystemOwnerID: h.People["system"],
		Contact: lang.Text{SV: "Systemägare, Nämnden", EN: "System owner, The board"},
	}
	if change != nil {
		change(&e)
	}
	id, err := h.Store.PutRegisterEntry(t.Context(), apitest.Org, "", e, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// The public register asks nobody to sign in, says whose it is where there are
// several, and shows those who have signed in no more than others.
func TestPublicRegister(t *testing.T) {
	t.Parallel()
	h := open(t)
	shown := h.tool(t, nil)
	hidden := h.tool(t, func(e *model.RegisterEntry) { e.Tool, e.Public = "Dolt", false })
	stopped := h.tool(t, func(e *model.RegisterEntry) { e.Tool, e.Status = "Stoppat", model.RegisterSuspended })
	for name, b := range map[string]*browser{"nobody": h.browser(t), "an employee": h.signedIn(t, "employee"), "a stranger": h.signedIn(t, "dpo")} {
		b.get("/register/public").want(t, http.StatusOK, "flera organisationers register", `href="/register/public/here"`, `href="/register/public/there"`)
		pages := b.get("/register/public/here").want(t, http.StatusOK, "Samtalsnot", "1 verktyg").body +
			b.get("/register/public/here/"+shown).want(t, http.StatusOK, "Systemägare, Nämnden", "En människa fattar beslutet").body
		for _, inside := range []string{"Dolt", "Stoppat", "Talverket", "Not 4", "Namn system", "utkast till anteckning", "2027-11-20"} {
			if strings.Contains(pages, inside) {
				t.Errorf("%s reads %q", name, inside)
			}
		}
		b.get("/register/public/there").want(t, http.StatusOK, "Inget AI-verktyg används än.")
		for _, path := range []string{hidden, stopped, model.NewID(), "x"} {
			b.get("/register/public/here/"+path).want(t, http.StatusNotFound)
		}
		b.get("/register/public/there/"+shown).want(t, http.StatusNotFound)
		b.get("/register/public/nowhere").want(t, http.StatusNotFound)
		b.get("/register/public/here?q=Talverket").want(t, http.StatusOK, "Inget verktyg stämmer")
	}
	if got := h.browser(t).get("/register"); got.status != http.StatusSeeOther {
		t.Errorf("the register of those who work here: %d", got.status)
	}
}

// Whoever reads that a tool may be used is told for whom.
func TestRegisterSaysForWhom(t *testing.T) {
	t.Parallel()
	h := open(t)
	other := store.Unit{OrgID: apitest.Org, ID: model.NewID(), Code: "annan", Name: lang.Text{SV: "Annan nämnd", EN: "Other board"}, ControllerType: "public_authority"}
	if err := h.Store.PutUnit(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	b := h.signedIn(t, "employee")
	for _, tt := range []struct {
		change func(*model.RegisterEntry)
		words  []string
	}{
		{nil, []string{`<p class="word">Får användas</p>`, "till och med 20 november 2027", "Godkännandet gäller också din enhet"}},
		{func(e *model.RegisterEntry) { e.Units[0].UnitID = other.ID }, []string{"Får användas, men inte av din enhet", "Annan nämnd", "har inte anslutit sig"}},
		{func(e *model.RegisterEntry) { e.Status = model.RegisterInterim }, []string{"Får användas tillfälligt", "utredning pågår"}},
		{func(e *model.RegisterEntry) { e.ValidUntil = "2026-11-01" }, []string{"Får inte användas", "godkännandet gick ut 1 november 2026"}},
		{func(e *model.RegisterEntry) { e.Status = model.RegisterEnded }, []string{"Får inte användas", "avvecklat"}},
	} {
		b.get("/register/"+h.tool(t, tt.change)).want(t, http.StatusOK, tt.words...)
	}
	b.get("/register?unit=annan").want(t, http.StatusOK, "Får användas, men inte av din enhet", "1 verktyg")
	b.get("/register?q=Not+4&status=ended").want(t, http.StatusOK, "1 verktyg")
	b.get("/register?status=no").want(t, http.StatusUnprocessableEntity)
	if page := b.get("/register"); strings.Contains(page.body, `name="storage_location"`) {
		t.Error("an employee is offered filters over cases")
	}
	h.signedIn(t, "dpo").get("/register?storage_location=sweden").want(t, http.StatusOK, "Inget verktyg i registret stämmer")
}

// The question whether a tool may be used is answered with a reason and a way on, and
// counts secret and sensitive information as such whatever level is said.
func TestMayIUse(t *testing.T) {
	t.Parallel()
	h := open(t)
	id := h.tool(t, nil)
	instead := h.tool(t, func(e *model.RegisterEntry) {
		e.Tool, e.Product, e.ApprovedMaxIPL, e.ApprovedUses = "Skrivhjälpen", "Skriv", 3, []string{"beslut"}
	})
	b := h.signedIn(t, "employee")
	b.get("/may-i-use").want(t, http.StatusOK, `<option value="Samtalsnot">`, `<option value="Skriv">`)
	b.get("/may-i-use?tool=finns+inte").want(t, http.StatusOK, "Nej, inte än", "Verktyget är inte granskat", "L-39", "/cases/new?product=finns%20inte")
	if got := b.get("/may-i-use?tool=finns+inte").body; strings.Contains(got, "så känslig information") {
		t.Error("nobody has said how sensitive the information is")
	}
	b.get("/may-i-use?tool=samtal").want(t, http.StatusOK, "Menar du något av de här?", "/may-i-use?entry="+id, "Inget av dem")
	b.get("/may-i-use?tool=NOT+4").want(t, http.StatusOK, "Utkast till anteckning", "Beslut", "Något annat")
	b.get("/may-i-use?entry="+model.NewID()).want(t, http.StatusNotFound)
	ask := func(more ...string) shown {
		return b.post("/may-i-use", append([]string{"entry", id, "use", "utkast till anteckning", "level", "1", "personal_data", "none", "secrecy", "no"}, more...)...)
	}
	ask().want(t, http.StatusOK, `class="answer yes"`, ">Ja<", "2027-11-20")
	ask("personal_data", "yes").want(t, http.StatusOK, `class="answer yes"`, "högre än du angav", "2 av 4: Skyddsvärd", "Personuppgifter</dt><dd>Ja")
	ask("secrecy", "unsure").want(t, http.StatusOK, `class="answer no"`, "skyddsnivå är 3", "sekretessbestämmelsen", "/register/"+instead)
	ask("use", "beslut").want(t, http.StatusOK, `class="answer no"`, "uttryckligen undantagen", "Det här är det godkänt för", "/register/"+instead, "/cases/new?based_on="+id)
	ask("use", "").want(t, http.StatusUnprocessableEntity, "Vad ska du använda det till: Välj ett svar.")
	ask("special", "no_such").want(t, http.StatusUnprocessableEntity, "Vad ska du använda det till?")
	ask("do", "edit").want(t, http.StatusOK, `value="utkast till anteckning" checked`)
	b.post("/may-i-use", "tool", "finns inte").want(t, http.StatusOK, "Nej, inte än")
	h.signedIn(t, "dpo").get("/may-i-use?tool=finns+inte").want(t, http.StatusOK, "Be en projektägare att öppna ett ärende")
}

// Nobody opens a second case without having seen the first.
func TestAlreadyApproved(t *testing.T) {
	t.Parallel()
	h := open(t)
	id := h.tool(t, nil)
	b := h.signedIn(t, "owner")
	b.get("/cases/new?based_on="+id).want(t, http.StatusOK, "Ärendet bygger på", "Samtalsnot")
	before := h.Counts()["cases"]
	b.post("/cases", "key", "k1", "title", "Ny", "product", "not 4").want(t, http.StatusOK, "Det kan redan vara godkänt", "Använd det här", "/cases/new?based_on="+id)
	b.post("/cases", "key", "k1", "title", "samtalsnot").want(t, http.StatusOK, "Det kan redan vara godkänt")
	if h.Counts()["cases"] != before {
		t.Error("a case was opened")
	}
	b.post("/cases", "key", "k1", "title", "Ny", "product", "not 4", "do", "anyway").want(t, http.StatusSeeOther)
	to := b.post("/cases", "key", "k2", "title", "Samtalsnot på nytt", "based_on", id).want(t, http.StatusSeeOther).location
	b.get(to).want(t, http.StatusOK, id)
	if h.Counts()["cases"] != before+2 {
		t.Error("not two more cases")
	}
	b.get("/cases/new?based_on="+model.NewID()).want(t, http.StatusNotFound)
	h.signedIn(t, "dpo").get("/cases/new").want(t, http.StatusNotFound)
	h.signedIn(t, "dpo").post("/cases", "key", "k3", "title", "samtalsnot").want(t, http.StatusForbidden)
}
