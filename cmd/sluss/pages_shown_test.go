//go:build !slim

package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"sluss/api/web"
)

// lookedAt are the paths of the pages that have been looked at in a browser for
// barriers and sideways scrolling.
var lookedAt sync.Map

// noPage are the routes that answer with no page to look at.
var noPage = []string{
	"GET /sign-in/{provider}",                  // leads to the provider
	"GET /sign-in/{provider}/callback",         // leads in
	"GET /cases/{id}/attachments/{attachment}", // is a file
}

// allLookedAt reports whether every page has been looked at, when all tests have run
// and there is a browser.
func allLookedAt() bool {
	some := false
	lookedAt.Range(func(any, any) bool { some = true; return false })
	if !some || flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.skip").Value.String() != "" {
		return true
	}
	missing := notLookedAt()
	for _, pattern := range missing {
		fmt.Fprintf(os.Stderr, "%s: no test looks at the page in a browser: add it to a list that show is given\n", pattern)
	}
	return len(missing) == 0
}

// notLookedAt lists the pages that no path leads to.
func notLookedAt() []string {
	mux := http.NewServeMux()
	var missing []string
	for _, pattern := range web.Patterns() {
		if strings.HasPrefix(pattern, "GET ") && !slices.Contains(noPage, pattern) {
			mux.Handle(pattern, http.NotFoundHandler())
			missing = append(missing, pattern)
		}
	}
	lookedAt.Range(func(path, _ any) bool {
		r, err := http.NewRequest(http.MethodGet, "http://sluss"+path.(string), nil)
		if err == nil {
			_, pattern := mux.Handler(r)
			missing = slices.DeleteFunc(missing, func(p string) bool { return p == pattern })
		}
		return true
	})
	slices.Sort(missing)
	return missing
}
