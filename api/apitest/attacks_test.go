//go:build !slim

package apitest_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
)

// attack is a request that is not meant well, or was not made by a client that
// knows the contract.
type attack struct {
	code model.Code
	refusal
}

// withstandAll meets the attacks: each is told plainly what is wrong, and leaves
// nothing behind.
func (o office) withstandAll(t *testing.T) {
	all := attacks()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) { o.in(t).refuse(all[name].code, all[name].refusal) })
	}
}

func attacks() map[string]attack {
	all := map[string]attack{
		"name in other letters": opening(`{"Answers": {}}`, 422, "invalid", "/Answers", "unknown_name"),
		"no object":             opening(`[]`, 422, "invalid", "", "object"),
		"answers are a list":    opening(`{"answers": []}`, 422, "invalid", "/answers", "object"),
		"a person is an object": opening(`{"answers": {"manager_id": {"id": 1}}}`, 422, "invalid", "/answers/manager_id", "V-01"),

		"media type with another character set": typed("application/json; charset=latin1"),
		"form":                                  typed("application/x-www-form-urlencoded"),
		"CBOR":                                  typed("application/cbor"),
		"no media type at all":                  typed("garbage//"),

		"key of spaces":        keyed("   "),
		"key that is no UTF-8": keyed("\xff"),
		"key too long":         keyed(strings.Repeat("k", 256)),
		"key far too long":     keyed(strings.Repeat("k", 100_000)),

		"time before all years": asked("/cases?due_before=0000-01-01T00:00:00Z", "/due_before", "datetime"),
		"date before all years": asked("/cases?due_before=0001-01-01", "/due_before", "datetime"),
		"time after all years":  asked("/cases?due_before=9999-12-31T23:59:59-23:59", "/due_before", "datetime"),
		"cursor of no list":     asked("/cases?cursor=AAAA", "/cursor", "cursor"),
		"cursor with a break":   asked("/cases?cursor=AAAA%0A", "/cursor", "cursor"),
		"cursor far too long":   asked("/cases?cursor="+strings.Repeat("A", 1025), "/cursor", "max"),
		"limit beyond numbers":  asked("/cases?limit=99999999999999999999", "/limit", "integer"),
		"limit twice":           asked("/cases?limit=0&limit=2", "/limit", "min"),
	}
	for name, body := range map[string]string{
		"half a body":              `{"answers": {"title"`,
		"two bodies":               `{}{}`,
		"byte order mark":          "\ufeff{}",
		"a name twice":             `{"answers": {"title": "a", "title": "b"}}`,
		"half a surrogate pair":    `{"answers": {"title": "\ud800"}}`,
		"null character":           `{"answers": {"title": "\u0000"}}`,
		"no UTF-8":                 "{\"answers\": {\"title\": \"\xff\"}}",
		"number beyond numbers":    `{"answers": {"user_count": 1e999}}`,
		"nested without end":       `{"answers": ` + strings.Repeat(`{"a":`, 20_000) + `1` + strings.Repeat(`}`, 20_000) + `}`,
		"nested a little too deep": `{"answers": ` + strings.Repeat(`{"a":`, 64) + `1` + strings.Repeat(`}`, 64) + `}`,
		"brackets only":            strings.Repeat("[", 500_000),
	} {
		all[name] = opening(body, 400, "malformed", "", "")
	}
	for name, tag := range map[string]string{
		"any tag": `*`, "weak tag": `W/"1"`, "bare tag": `1`, "tag with a nought": `"01"`, "two tags": `"1", "2"`, "empty tag": `""`,
		"half a tag": `"1`, "negative tag": `"-1"`, "tag beyond numbers": `"99999999999999999999"`,
	} {
		all[name] = attack{"stale", refusal{status: 412, ask: onDraft(http.MethodPut, "/intake", m{"answers": m{}}, "If-Match: "+tag)}}
	}
	for name, id := range map[string]string{
		"id with a slash": "a%2Fb", "id with a quote": "%27%3B--", "id beyond reason": strings.Repeat("a", 10_000), "id of dots": "%2e%2e%2f",
	} {
		all[name] = attack{"not_found", refusal{status: 404, ask: plain(http.MethodGet, "/cases/"+id, "owner", nil, "")}}
	}
	return all
}

// opening opens a case with a body. A pointer stands for one fault.
func opening(body string, status int, code model.Code, pointer, fault string) attack {
	return attack{code, refusal{status: status, pointer: pointer, fault: fault, ask: plain(http.MethodPost, "/cases", "owner", body, apitest.Key())}}
}

// typed opens a case with a body that is said to be of another media type.
func typed(mediaType string) attack {
	return attack{"unsupported_media_type", refusal{status: 415, ask: plain(http.MethodPost, "/cases", "owner", "{}", apitest.Key()+"\nContent-Type: "+mediaType)}}
}

// keyed opens a case under a key that cannot be one.
func keyed(key string) attack {
	return attack{"idempotency_key_missing", refusal{status: 400, ask: plain(http.MethodPost, "/cases", "owner", "{}", "Idempotency-Key: "+key)}}
}

// asked reads a list with a parameter that cannot be.
func asked(path, pointer, fault string) attack {
	return attack{"invalid", refusal{status: 422, pointer: pointer, fault: fault, ask: plain(http.MethodGet, path, "owner", nil, "")}}
}
