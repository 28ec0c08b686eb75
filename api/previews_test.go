package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sluss/api"
)

type m = map[string]any

// readVectors reads a file of test vectors of the model.
func readVectors(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// preview asks for a calculation and returns result and rules.
func (h house) preview(calculation string, facts any) (result any, rules []map[string]any) {
	h.T.Helper()
	var out struct {
		Result any              `json:"result"`
		Rules  []map[string]any `json:"rules"`
	}
	h.do(call{"POST", "/previews/" + calculation, "employee", m{"facts": facts}, ""}).Want(http.StatusOK).Into(&out)
	for _, r := range out.Rules {
		if r["id"] == "" || r["text"] == "" || r["source"] == "" {
			h.T.Errorf("%s: rule %v", calculation, r)
		}
	}
	if out.Rules == nil {
		h.T.Errorf("%s: no list of rules", calculation)
	}
	return out.Result, out.Rules
}

func TestTriageVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Base, AgentBase m `json:"-"`
		Vectors         []struct {
			ID        string `json:"id"`
			Overrides m      `json:"overrides"`
			Expected  any    `json:"expected"`
		} `json:"vectors"`
	}
	var bases struct {
		Base      m `json:"base"`
		AgentBase m `json:"agent_base"`
	}
	readVectors(t, "../model/assess/testdata/triage.json", &file)
	readVectors(t, "../model/assess/testdata/triage.json", &bases)
	h := open(t, api.Options{})
	h.Unchanged(func() {
		for _, v := range file.Vectors {
			facts := maps.Clone(bases.Base)
			maps.Copy(facts, v.Overrides)
			if agent, ok := v.Overrides["agent"].(m); ok {
				merged := maps.Clone(bases.AgentBase)
				maps.Copy(merged, agent)
				facts["agent"] = merged
			}
			for _, given := range []m{facts, v.Overrides} { // what is left out takes the default
				if got, rules := h.preview("triage", given); !reflect.DeepEqual(got, v.Expected) || len(rules) == 0 {
					t.Errorf("%s:\n got %v\nwant %v", v.ID, got, v.Expected)
				}
			}
			screened, _ := h.preview("dpia-threshold", facts)
			want := v.Expected.(m)
			if want["outcome"] == "out_of_scope" {
				continue
			}
			dpia, required := want["stages"].(m)["dpia"]
			if !required {
				dpia = "not_required"
			}
			if expected := (m{"dpia": dpia, "dpia_criteria": want["dpia_criteria"], "art35_3": want["art35_3"]}); !reflect.DeepEqual(screened, any(expected)) {
				t.Errorf("%s: screening %v, want %v", v.ID, screened, expected)
			}
		}
	})
}

func TestCalculationVectors(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for calculation, path := range map[string]string{
		"environment":        "../model/assess/testdata/environment.json",
		"prior-consultation": "../model/calendar/testdata/prior-consultation.json",
	} {
		var file struct {
			Vectors []struct {
				ID       string `json:"id"`
				Inputs   m      `json:"inputs"`
				Expected any    `json:"expected"`
			} `json:"vectors"`
		}
		readVectors(t, path, &file)
		if len(file.Vectors) == 0 {
			t.Fatalf("no vectors in %s", path)
		}
		for _, v := range file.Vectors {
			if got, _ := h.preview(calculation, v.Inputs); !reflect.DeepEqual(got, v.Expected) {
				t.Errorf("%s:\n got %v\nwant %v", v.ID, got, v.Expected)
			}
		}
	}
	var days struct {
		Vectors []struct {
			From     string `json:"from"`
			Add      int    `json:"add"`
			Expected string `json:"expected"`
		} `json:"vectors"`
	}
	readVectors(t, "../model/calendar/testdata/working-days.json", &days)
	for _, v := range days.Vectors {
		if got, _ := h.preview("working-days", m{"from": v.From, "add": v.Add}); !reflect.DeepEqual(got, any(m{"date": v.Expected})) {
			t.Errorf("%s + %d: %v", v.From, v.Add, got)
		}
	}
}

func TestPreviewOptions(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	ask := func(body m) any {
		t.Helper()
		return h.do(call{"POST", "/previews/triage", "employee", body, ""}).Want(http.StatusOK).Object()["result"]
	}
	facts := m{"personal_data": "yes", "info_k": 1, "openly_publishable": false, "governance_ref": nil}
	strict := ask(m{"facts": facts})
	if !reflect.DeepEqual(strict, ask(m{"facts": facts, "rulebook": "se-kommun-2026.11", "profile": "strictest"})) {
		t.Error("the default profile is not the strictest")
	}
	if reflect.DeepEqual(strict, ask(m{"facts": facts, "profile": "lidkoping"})) {
		t.Error("the profile changes nothing")
	}
	if late, _ := h.preview("prior-consultation", m{"received": "2027-01-18", "ext_notified": "2027-03-01"}); late.(m)["extension_valid"] != false {
		t.Errorf("a late extension: %v", late)
	}
	if _, rules := h.preview("prior-consultation", m{"received": "2027-01-18", "ext_notified": "2027-03-01"}); rules[0]["id"] != "PC-02" {
		t.Errorf("rules of a late extension: %v", rules)
	}
	sv := h.do(call{"POST", "/previews/triage", "employee", m{"facts": m{}}, "Accept-Language: sv"}).Body.String()
	en := h.do(call{"POST", "/previews/triage", "employee", m{"facts": m{}}, "Accept-Language: en"}).Body.String()
	if sv == en || !strings.Contains(en, "Simple case") && !strings.Contains(en, "manager") {
		t.Errorf("the language changes nothing: %s", en)
	}
}

func TestRefusedPreviews(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for _, test := range []struct {
		calculation string
		body        any
		pointer     string
	}{
		{"triage", m{}, "/facts"},
		{"triage", m{"facts": nil}, "/facts"},
		{"triage", m{"facts": m{}, "fact": 1}, "/fact"},
		{"triage", m{"facts": m{}, "profile": "laxest"}, "/profile"},
		{"triage", m{"facts": m{}, "rulebook": "se-stat"}, "/rulebook"},
		{"triage", m{"facts": m{"info_q": 1}}, "/facts/info_q"},
		{"triage", m{"facts": m{"info_k": 5}}, "/facts/info_k"},
		{"triage", m{"facts": m{"info_k": "1"}}, "/facts/info_k"},
		{"triage", m{"facts": m{"kind": "robot"}}, "/facts/kind"},
		{"triage", m{"facts": m{"modalities": []string{"text", "smell"}}}, "/facts/modalities/1"},
		{"triage", m{"facts": m{"agent": m{"wings": 2}}}, "/facts/agent/wings"},
		{"triage", m{"facts": m{"policy_profile": "laxest"}}, "/facts/policy_profile"},
		{"triage", m{"facts": m{"decision_date": "2026-02-30"}}, "/facts/decision_date"},
		{"dpia-threshold", m{"facts": m{"large_scale": "yes"}}, "/facts/large_scale"},
		{"environment", m{"facts": m{"grid": "XX"}}, "/facts/grid"},
		{"environment", m{"facts": m{"images_year": -1}}, "/facts/images_year"},
		{"prior-consultation", m{"facts": m{}}, "/facts/received"},
		{"prior-consultation", m{"facts": m{"received": 5}}, "/facts/received"},
		{"prior-consultation", m{"facts": m{"received": "2027-02-29"}}, "/facts/received"},
		{"prior-consultation", m{"facts": m{"received": "2027-01-18", "ext_notified": "2027-01-17"}}, "/facts/ext_notified"},
		{"prior-consultation", m{"facts": m{"received": "2027-01-18", "suspensions": "none"}}, "/facts/suspensions"},
		{"prior-consultation", m{"facts": m{"received": "2027-01-18", "suspensions": []any{[]any{"2027-02-01"}}}}, "/facts/suspensions/0"},
		{"prior-consultation", m{"facts": m{"received": "2027-01-18", "suspensions": []any{[]any{nil, nil}}}}, "/facts/suspensions/0/0"},
		{"prior-consultation", m{"facts": m{"received": "2027-01-18", "suspensions": []any{[]any{"2027-02-01", "2027-01-31"}}}}, "/facts/suspensions/0/1"},
		{"prior-consultation", m{"facts": m{"received": "2027-01-18", "a/b": 1}}, "/facts/a~1b"},
		{"working-days", m{"facts": m{"from": "2026-12-21"}}, "/facts/add"},
		{"working-days", m{"facts": m{"add": 1}}, "/facts/from"},
		{"working-days", m{"facts": m{"from": "2026-12-21", "add": 1.5}}, "/facts/add"},
		{"working-days", m{"facts": m{"from": "2026-12-21", "add": 1000000}}, "/facts/add"},
		{"working-days", m{"facts": m{"from": "2026-12-21", "add": -1000000}}, "/facts/add"},
		{"working-days", m{"facts": m{"from": "2026-12-21T00:00:00Z", "add": 1}}, "/facts/from"},
	} {
		for _, language := range []string{"sv", "en"} {
			p := h.do(call{"POST", "/previews/" + test.calculation, "employee", test.body, "Accept-Language: " + language}).
				Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != test.pointer || p.Errors[0].Code == "" || p.Errors[0].Message == "" {
				t.Errorf("%s %v: %+v, want %s", test.calculation, test.body, p.Errors, test.pointer)
			}
		}
	}
}

func TestRulebooks(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	books := h.list("employee", "/rulebooks")
	if len(books.Items) != 1 || books.Items[0]["id"] != "se-kommun-2026.11" {
		t.Fatalf("rulebooks: %v", books)
	}
	book := h.Get("employee", "/rulebooks/se-kommun-2026.11").Want(http.StatusOK)
	tag := book.Header().Get("ETag")
	if !strings.Contains(tag, books.Items[0]["digest"].(string)) || book.Header().Get("Cache-Control") != "private, no-cache" {
		t.Errorf("headers: %v", book.Header())
	}
	for _, path := range []string{"", "/questionnaires/intake", "/rules"} {
		a := h.do(call{"GET", "/rulebooks/se-kommun-2026.11" + path, "employee", nil, "If-None-Match: " + tag}).Want(http.StatusNotModified)
		if a.Body.Len() > 0 {
			t.Errorf("%s: 304 with a body", path)
		}
	}
	for _, name := range book.Object()["questionnaires"].([]any) {
		q := h.Get("employee", "/rulebooks/se-kommun/questionnaires/"+name.(string)).Want(http.StatusOK).Object()
		if len(q["fields"].([]any)) == 0 && q["catalogues"] == nil {
			t.Errorf("%v has neither questions nor a catalogue", name)
		}
	}
	for name, list := range map[string]string{"dpia": "triggered_risks", "agent_risk": "mandatory_controls", "conditions": "templates"} {
		q := h.Get("employee", "/rulebooks/se-kommun/questionnaires/"+name).Want(http.StatusOK).Object()
		lists := q["catalogues"].([]any)
		i := slices.IndexFunc(lists, func(c any) bool { return c.(m)["name"] == list })
		if q["stage"] != name || i < 0 || len(lists[i].(m)["rules"].([]any)) == 0 {
			t.Errorf("%s has no catalogue %s: %v", name, list, q["stage"])
		}
	}
	rules := map[any]map[string]any{}
	for _, r := range h.list("employee", "/rulebooks/se-kommun/rules").Items {
		rules[r["id"]] = r
	}
	for _, id := range []string{"HS-01", "RT-01", "V-04", "SOD-01", "SG-06", "T-22", "CO-01"} {
		text, _ := rules[id]["text"].(m)
		if text["sv"] == "" || text["en"] == "" || rules[id]["source"] == "" {
			t.Errorf("%s: %v", id, rules[id])
		}
	}
}
