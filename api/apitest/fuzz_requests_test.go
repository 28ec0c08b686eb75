//go:build !slim

package apitest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api/apitest"
	"sluss/model"
)

// crafted is a request as it is sent.
type crafted struct {
	op   operation
	path string
	// as is a handle, "" for nobody; org is theirs.
	as, org string
	// other is a method instead of the operation's.
	other  string
	header http.Header
	body   []byte
	// caseID is the case in the path, foreign whether something in the path is
	// another organisation's.
	caseID  string
	foreign bool
}

func (c crafted) method() string {
	if c.other != "" {
		return c.other
	}
	return c.op.method
}

// String tells the request without its token.
func (c crafted) String() string {
	return fmt.Sprintf("%s %.300q as %q with %.500v and %.1500q", c.method(), c.path, c.as, c.header, c.body)
}

// exchanged is what came back.
type exchanged struct {
	status int
	header http.Header
	body   []byte
}

// exchange sends a request over the wire.
func (l *live) exchange(c crafted) (a exchanged, err error) {
	r, err := http.NewRequestWithContext(context.Background(), c.method(), l.address+c.path, bytes.NewReader(c.body))
	if err != nil {
		return a, err
	}
	maps.Copy(r.Header, c.header)
	if c.as != "" {
		r.Header.Set("Authorization", "Bearer "+l.house.Tokens[c.as])
	}
	w, err := l.client.Do(r)
	if err != nil {
		return a, err
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	return exchanged{w.StatusCode, w.Header, body}, err
}

// draw makes a request for an operation: mostly one that could be meant.
func (w *walker) draw() crafted {
	c := crafted{op: pick(w, "operation", w.operations), header: http.Header{}}
	w.meant = w.chance(55, "meant")
	c.as, c.org = w.person()
	c.path = w.fillPath(&c)
	w.addQuery(&c)
	w.addHeaders(&c)
	if c.op.RequestBody != nil && !w.odd(3, "no body") {
		w.addBody(&c)
	}
	if w.odd(4, "another method") {
		c.other = pick(w, "method", []string{"HEAD", "DELETE", "PATCH", "PUT", "POST", "OPTIONS", "BREW", "TRACE"})
	}
	return c
}

// person is somebody who asks: mostly somebody of Org.
func (w *walker) person() (as, org string) {
	switch n := w.below(100, "who"); {
	case n < 4:
		return "", apitest.Org
	case n < 7:
		return "gateway", apitest.Org
	case n < 15:
		return pick(w, "stranger", []string{"stranger", "strange_admin"}), apitest.Elsewhere
	case n < 35:
		return "owner", apitest.Org
	}
	here := slices.Sorted(maps.Keys(w.l.house.People))
	here = slices.DeleteFunc(here, func(h string) bool { return strings.HasPrefix(h, "strange") || h == "gateway" })
	return pick(w, "person", here), apitest.Org
}

// fillPath names objects in the path: mostly such as there are, now and then
// another organisation's, nobody's, or none that could be.
func (w *walker) fillPath(c *crafted) string {
	parts := strings.Split(c.op.template, "/")
	for i, part := range parts {
		name, variable := strings.CutPrefix(part, "{")
		if !variable {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		from := w.known[c.org]
		foreign := false
		if w.odd(15, "whose") {
			for org, k := range w.known {
				if org != c.org {
					from, foreign = k, name != "stage" && name != "id" && name != "name" && name != "revision"
				}
			}
		}
		values := from.values(c.caseID, name)
		if child := lastVariable(parts); name == "case_id" && child != "" && w.chance(80, "with a child") {
			values = slices.DeleteFunc(slices.Clone(values), func(id any) bool { return len(from.byName[fmt.Sprint(id, "/", child)]) == 0 })
		}
		switch n := w.below(100, "object"); {
		case (n < 76 || w.meant) && len(values) > 0:
			parts[i] = fmt.Sprint(pick(w, name, values))
			c.foreign = c.foreign || foreign
		case n < 90 || w.meant:
			parts[i] = nobody
		default:
			parts[i] = w.oddText(c.org)
		}
		if name == "case_id" {
			c.caseID = parts[i]
		}
		parts[i] = url.PathEscape(parts[i])
		if parts[i] == "" || parts[i] == "." || parts[i] == ".." {
			parts[i] = "-"
		}
	}
	return strings.Join(parts, "/")
}

// lastVariable is the last name that is still to be filled in.
func lastVariable(parts []string) string {
	for _, part := range slices.Backward(parts) {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			return strings.TrimSuffix(name, "}")
		}
	}
	return ""
}

func (w *walker) addQuery(c *crafted) {
	q := url.Values{}
	inQuery := 0
	for _, p := range c.op.Parameters {
		if p.In == "query" {
			inQuery++
		}
	}
	for _, p := range c.op.Parameters {
		if p.In != "query" || !w.chance(max(6, 80/inQuery), "parameter") {
			continue
		}
		v := fmt.Sprint(w.value(c.org, p.Name, p.Schema, 0))
		if w.odd(30, "odd parameter") {
			v = w.oddText(c.org)
		}
		q.Add(p.Name, v)
		if w.odd(8, "twice") {
			q.Add(p.Name, w.oddText(c.org))
		}
	}
	if w.odd(4, "unknown parameter") {
		q.Set("unknown", w.text(c.org))
	}
	if len(q) > 0 {
		c.path += "?" + q.Encode()
	}
	if w.odd(2, "broken query") {
		c.path += pick(w, "break", []string{"?%zz", "?a=%C3", "?%00=1", "?;", "?=&&="})
	}
}

func (w *walker) addHeaders(c *crafted) {
	for _, p := range c.op.Parameters {
		if p.In != "header" || w.odd(6, "no header") {
			continue
		}
		switch p.Name {
		case "If-Match", "If-None-Match":
			c.header.Set(p.Name, w.known[c.org].etagOf(c.path))
			if w.odd(20, "odd tag") {
				c.header.Set(p.Name, pick(w, "tag", []string{"*", `"0"`, `"1"`, `W/"1"`, `"` + mark + `"`, mark, `"99999999999999999999"`}))
			}
		case "Idempotency-Key":
			c.header.Set(p.Name, w.key(c.org))
		}
	}
	if w.chance(50, "language") {
		c.header.Set("Accept-Language", pick(w, "language", []string{"sv", "en", "en-GB;q=0.9, sv;q=0.1", "*", "xx", ";;q=" + mark}))
	}
	if w.chance(10, "accept") {
		c.header.Set("Accept", pick(w, "accept", []string{"*/*", "application/cbor", "text/html", "application/json;q=0", mark, "application/problem+json"}))
	}
	if c.as == "" && w.chance(60, "bad token") {
		c.header.Set("Authorization", pick(w, "token", []string{"Bearer " + mark, "Bearer sluss_" + strings.Repeat("a", 43), "Basic " + mark, "Bearer", ""}))
	}
}

// key is an Idempotency-Key: mostly a new one.
func (w *walker) key(org string) string {
	k := w.known[org]
	switch n := w.below(100, "key"); {
	case n < 8 && len(k.keys) > 0 && !w.meant:
		return pick(w, "used key", k.keys)
	case n < 12 && !w.meant:
		return pick(w, "odd key", []string{" ", strings.Repeat("k", 256), mark + "å", "\xff"})
	}
	key := mark + model.NewID()
	if len(k.keys) < 64 {
		k.keys = append(k.keys, key)
	}
	return key
}

func (w *walker) addBody(c *crafted) {
	for mediaType, content := range c.op.RequestBody.Content {
		if mediaType == "multipart/form-data" {
			w.addForm(c, content.Schema)
			return
		}
		c.header.Set("Content-Type", mediaType)
		v := w.value(c.org, "", content.Schema, 0)
		if w.odd(50, "spoil") {
			v = w.spoil(c.org, v)
		}
		c.body, _ = json.Marshal(v)
	}
	if w.meant {
		return
	}
	switch w.below(60, "raw") {
	case 0:
		c.body = c.body[:len(c.body)/2]
	case 1:
		c.body = append(c.body, c.body...)
	case 2:
		c.body = bytes.ReplaceAll(c.body, []byte(mark), []byte(mark+"\xff"))
	case 3:
		c.body = bytes.ReplaceAll(c.body, []byte(mark), []byte(mark+`\u0000`))
	case 4:
		c.body = []byte(strings.Repeat(`{"answers":`, 1+w.below(300, "depth")) + "1")
	case 5:
		c.header.Set("Content-Type", pick(w, "media type", []string{"text/plain", "application/xml", "application/json; charset=latin1", mark, ""}))
	case 6:
		c.body = []byte(pick(w, "whole body", []string{"null", "[]", "0", `""`, "true", "1e999", "{}", `"` + mark + `"`}))
	case 7:
		c.body = []byte(fmt.Sprintf(`{"%s": "%s"}`, "reason", strings.Repeat(mark, 1<<20/len(mark)+1)))
	}
}

// addForm is a form with a file.
func (w *walker) addForm(c *crafted, s *apitest.Schema) {
	var b bytes.Buffer
	f := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		switch {
		case name == "file" && w.chance(92, "file"):
			file, _ := f.CreateFormFile(name, pick(w, "file name", []string{"a.txt", "../../" + mark + ".txt", mark, "a.pdf", "b.png", strings.Repeat("n", 400) + ".txt", ""}))
			_, _ = file.Write([]byte(pick(w, "content", []string{"Avtal.", mark + " text", "%PDF-1.7\n" + mark, "\x89PNG\r\n\x1a\n", "MZ\x90", ""})))
		case name == "part" && w.chance(60, "part"):
			_ = f.WriteField(name, pick(w, "part", []string{"intake", "dpia", mark}))
		case name != "file" && w.chance(20, "field"):
			_ = f.WriteField(name, fmt.Sprint(w.value(c.org, name, s.Properties[name], 0)))
		}
	}
	if w.odd(5, "unknown field") {
		_ = f.WriteField("unknown", w.text(c.org))
	}
	if !w.odd(4, "unfinished form") {
		_ = f.Close()
	}
	c.body = b.Bytes()
	c.header.Set("Content-Type", f.FormDataContentType())
}
