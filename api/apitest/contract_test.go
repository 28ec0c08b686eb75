package apitest_test

import (
	"net/http"
	"testing"

	"sluss/api/apitest"
)

// TestCheck: what does not fit the contract is noticed.
func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		jsonType, problem = "application/json", "application/problem+json"
		info              = "/api/v1/api-info"
		tasks             = "/api/v1/cases/01900000-0000-7000-8000-000000000000/tasks"
		refused           = `{"type": "t", "title": "t", "status": 404, "detail": "d", "instance": "i", "code": "not_found"}`
	)
	c, err := apitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, method, path string
		status             int
		mediaType, body    string
		fits               bool
	}{
		{"a problem", "GET", tasks, 404, problem, refused, true},
		{"an empty page", "GET", tasks, 200, jsonType, `{"items": []}`, true},
		{"a day", "GET", info, 200, jsonType, infoOn("2026-02-28"), true},
		{"no day", "GET", info, 200, jsonType, infoOn("2026-02-30"), false},
		{"an unknown path", "GET", "/api/v1/nothing", 404, problem, refused, true},
		{"an unknown path with content", "GET", "/api/v1/nothing", 200, jsonType, `{}`, false},
		{"an undeclared status", "GET", tasks, 418, problem, refused, false},
		{"another media type", "GET", tasks, 404, jsonType, refused, false},
		{"a problem without its code", "GET", tasks, 404, problem, `{"type": "t", "title": "t", "status": 404, "detail": "d", "instance": "i"}`, false},
		{"a member of another type", "GET", tasks, 200, jsonType, `{"items": {}}`, false},
		{"a member of an item of another type", "GET", tasks, 200, jsonType, `{"items": [{"task_id": 1}]}`, false},
		{"an undeclared member", "GET", tasks, 200, jsonType, `{"items": [], "more": 1}`, false},
		{"half a number where a whole one is meant", "GET", tasks, 200, jsonType, `{"items": [], "total": 1.5}`, false},
		{"no JSON", "GET", tasks, 200, jsonType, `{"items": [`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := c.Check(test.method, test.path, test.status, test.mediaType, []byte(test.body))
			if (err == nil) != test.fits {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := c.Check(http.MethodHead, tasks, 200, jsonType, nil); err != nil {
		t.Errorf("HEAD: %v", err)
	}
}

func infoOn(day string) string {
	return `{"name": "n", "version": "1", "build": "1", "documentation": "d", "status": "active", "released": "` + day + `"}`
}
