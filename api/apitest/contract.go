package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract is an OpenAPI document by which answers are checked: as much of it as
// the API's own document uses.
type Contract struct {
	Paths      map[string]map[string]Operation `json:"paths"`
	Components struct {
		Schemas map[string]*Schema `json:"schemas"`
	} `json:"components"`

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	// compiled are the schemas of answers by their place in the document.
	compiled map[string]*jsonschema.Schema
}

// documentURL is what the document is called among schemas.
const documentURL = "urn:sluss:contract"

// Operation is what a method does at a path.
type Operation struct {
	OperationID string      `json:"operationId"`
	Parameters  []Parameter `json:"parameters"`
	// Security is nil for what the document asks for everywhere, and empty when no
	// token is needed.
	Security    *[]map[string][]string `json:"security"`
	RequestBody *struct {
		Content Content `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content Content `json:"content"`
	} `json:"responses"`
}

// Parameter is what stands in the path, the query or a header.
type Parameter struct {
	Name   string  `json:"name"`
	In     string  `json:"in"`
	Schema *Schema `json:"schema"`
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
	Pattern              string             `json:"pattern"`
	Minimum              *float64           `json:"minimum"`
	Maximum              *float64           `json:"maximum"`
	MinLength            int                `json:"minLength"`
	MaxLength            *int               `json:"maxLength"`
	MaxItems             *int               `json:"maxItems"`
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

// Load reads the contract, from the API's folder or from one below it, once for all
// houses: what is compiled of it is large.
func Load() (*Contract, error) { return loaded() }

var loaded = sync.OnceValues(load)

func load() (*Contract, error) {
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
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	c.compiled = map[string]*jsonschema.Schema{}
	c.compiler = jsonschema.NewCompiler()
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(documentURL, document); err != nil {
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
	template, op, ok := c.Find(method, path)
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
	schema, err := c.schema(template, strings.ToLower(method), strconv.Itoa(status), mediaType)
	if err != nil {
		return fmt.Errorf("%s: %w", op.OperationID, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: the body is no JSON: %w", op.OperationID, err)
	}
	if err := schema.Validate(v); err != nil {
		return fmt.Errorf("%s: %w", op.OperationID, err)
	}
	return nil
}

// Resolve follows a schema's reference to what it refers to.
func (c *Contract) Resolve(s *Schema) *Schema {
	for s != nil && s.Ref != "" {
		s = c.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

// schema compiles the schema of an answer. OpenAPI 3.1 schemas are JSON Schema
// 2020-12, and a place in the document is a pointer into it.
func (c *Contract) schema(template, method, status, mediaType string) (*jsonschema.Schema, error) {
	at := "#"
	for _, part := range []string{"paths", template, method, "responses", status, "content", mediaType, "schema"} {
		at += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.compiled[at]; ok {
		return s, nil
	}
	s, err := c.compiler.Compile(documentURL + at)
	if err != nil {
		return nil, err
	}
	c.compiled[at] = s
	return s, nil
}
