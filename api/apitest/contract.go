package apitest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Contract is an OpenAPI document by which answers are checked: as much of it as
// the API's own document uses.
type Contract struct {
	Paths      map[string]map[string]Operation `json:"paths"`
	Components struct {
		Schemas map[string]*Schema `json:"schemas"`
	} `json:"components"`
}

// Operation is what a method does at a path.
type Operation struct {
	OperationID string `json:"operationId"`
	Parameters  []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	RequestBody *struct {
		Content Content `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content Content `json:"content"`
	} `json:"responses"`
}

// Content is a body by its media type.
type Content map[string]struct {
	Schema *Schema `json:"schema"`
}

// Schema is a JSON schema.
type Schema struct {
	Ref                  string             `json:"$ref"`
	Type                 types              `json:"type"`
	Properties           map[string]*Schema `json:"properties"`
	Required             []string           `json:"required"`
	AdditionalProperties json.RawMessage    `json:"additionalProperties"`
	Items                *Schema            `json:"items"`
	Enum                 []any              `json:"enum"`
	Format               string             `json:"format"`
}

// types is one type or several.
type types []string

func (t *types) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// File is the contract as seen from the API's folder.
const File = "testdata/openapi.json"

// Load reads the contract, from the API's folder or from one below it.
func Load() (*Contract, error) {
	text, err := os.ReadFile(File)
	if os.IsNotExist(err) {
		text, err = os.ReadFile("../" + File)
	}
	if err != nil {
		return nil, err
	}
	c := new(Contract)
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	return c, nil
}

// Find returns the template of a path and what a method does there.
func (c *Contract) Find(method, path string) (template string, op Operation, ok bool) {
	for template, item := range c.Paths {
		if op, ok := item[strings.ToLower(method)]; ok && matches(template, path) {
			return template, op, true
		}
	}
	return "", Operation{}, false
}

func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

// Check returns an error unless the contract declares the answer's status and
// its body fits the declared schema. Paths and methods that the contract does
// not have may only be answered with 404 and 405.
func (c *Contract) Check(method, path string, status int, mediaType string, body []byte) error {
	if method == http.MethodHead {
		return nil
	}
	_, op, ok := c.Find(method, path)
	if !ok {
		if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
			return nil
		}
		return fmt.Errorf("%s %s is not in the contract and was answered with %d", method, path, status)
	}
	declared, ok := op.Responses[strconv.Itoa(status)]
	if !ok {
		return fmt.Errorf("%s does not declare %d", op.OperationID, status)
	}
	if len(declared.Content) == 0 {
		return nil
	}
	content, ok := declared.Content[mediaType]
	if !ok {
		return fmt.Errorf("%s does not declare %s for %d", op.OperationID, mediaType, status)
	}
	if content.Schema != nil && content.Schema.Format == "binary" {
		return nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("%s: the body is no JSON: %w", op.OperationID, err)
	}
	if err := c.fits(content.Schema, v, ""); err != nil {
		return fmt.Errorf("%s: %w", op.OperationID, err)
	}
	return nil
}

// fits checks a value and everything in it against a schema.
func (c *Contract) fits(s *Schema, v any, at string) error {
	for s != nil && s.Ref != "" {
		s = c.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	if s == nil || len(s.Type) == 0 {
		return nil
	}
	if !slices.ContainsFunc(s.Type, func(t string) bool { return isOf(t, v) }) {
		return fmt.Errorf("%s: %T is no %v", at, v, s.Type)
	}
	if len(s.Enum) > 0 && v != nil && !slices.Contains(s.Enum, v) {
		return fmt.Errorf("%s: none of the declared values", at)
	}
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			if err := c.fits(s.Items, item, at+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	case map[string]any:
		return c.fitsObject(s, v, at)
	}
	return nil
}

func (c *Contract) fitsObject(s *Schema, v map[string]any, at string) error {
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return fmt.Errorf("%s: %s is missing", at, name)
		}
	}
	for name, member := range v {
		of, declared := s.Properties[name]
		if !declared && string(s.AdditionalProperties) == "false" {
			return fmt.Errorf("%s: %s is not declared", at, name)
		}
		if err := c.fits(of, member, at+"/"+name); err != nil {
			return err
		}
	}
	return nil
}

func isOf(t string, v any) bool {
	switch v := v.(type) {
	case nil:
		return t == "null"
	case bool:
		return t == "boolean"
	case string:
		return t == "string"
	case float64:
		return t == "number" || t == "integer" && v == math.Trunc(v)
	case []any:
		return t == "array"
	}
	return t == "object"
}
