//go:build !slim

package apitest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
)

// askedFor is a request for an operation of the contract, with the headers that it
// needs and a body that says nothing.
type askedFor struct {
	operation
	apitest.Call
}

// everyOperation asks for every operation of the contract. fill puts something in the
// place of the parameters of its path.
func everyOperation(t *testing.T, fill func(path string) string) (out []askedFor) {
	t.Helper()
	contract, err := apitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operations(contract) {
		c := apitest.Call{Method: op.method, Path: fill(op.template)}
		for _, p := range op.Parameters {
			switch {
			case p.Name == "If-Match":
				c.Header += "If-Match: \"0\"\n"
			case p.Name == "Idempotency-Key":
				c.Header += apitest.Key() + "\n"
			}
		}
		if op.RequestBody != nil {
			c.Body = m{}
		}
		out = append(out, askedFor{op, c})
	}
	return out
}

// inhabited is a house with cases on their way and in use and with what can lie
// beside them, and what there is to know of it.
func inhabited(t *testing.T) (office, *knowledge) {
	t.Helper()
	o := ownOffice(t, apitest.RecordFile)
	w := &walker{l: &live{house: o.House}}
	w.settle(t)
	return o, w.known[apitest.Org]
}

// objects puts objects that there are in the place of the parameters of a path.
func (k *knowledge) objects(path string) string {
	parts := strings.Split(path, "/")
	caseID := ""
	for i, part := range parts {
		name, ok := strings.CutPrefix(part, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		values := k.values(caseID, name)
		if name == "case_id" {
			values = slices.DeleteFunc(slices.Clone(values), func(id any) bool {
				child := lastVariable(parts)
				return strings.HasSuffix(child, "_id") && child != name && len(k.byName[id.(string)+"/"+child]) == 0
			})
		}
		parts[i] = nobody
		if len(values) > 0 {
			if id, ok := values[len(values)-1].(string); ok {
				parts[i] = id
			} else {
				parts[i] = "1"
			}
		}
		if name == "case_id" {
			caseID = parts[i]
		}
	}
	return strings.Join(parts, "/")
}

// ids are the ids that are known.
func (k *knowledge) ids() (out []string) {
	for _, name := range slices.Sorted(maps.Keys(k.byName)) {
		if strings.HasSuffix(name, "_id") && !strings.Contains(name, "/") {
			for _, v := range k.byName[name] {
				if id, ok := v.(string); ok && len(id) == len(nobody) {
					out = append(out, id)
				}
			}
		}
	}
	return out
}

// writes reports whether an operation changes something.
func (a askedFor) writes() bool {
	return a.method != http.MethodGet && !strings.Contains(a.template, "/previews/") && !strings.HasSuffix(a.template, "/register/check")
}

// newlyFilled fills in the parameters that are no ids.
var newlyFilled = strings.NewReplacer("{name}", "intake", "{id}", "se-kommun", "{stage}", "dpia", "{revision}", "1")

// joined writes a problem so that it can be compared.
func joined(p m) string {
	text, _ := json.Marshal(p)
	return string(text)
}
