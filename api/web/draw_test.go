package web

import (
	"bytes"
	"strings"
	"testing"

	"sluss/model/lang"
)

// drawn draws with the template of a name.
func drawn(t *testing.T, name string, what any) string {
	t.Helper()
	var out bytes.Buffer
	if err := pages[lang.SV].ExecuteTemplate(&out, name, what); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBars(t *testing.T) {
	t.Parallel()
	b := bars{
		Caption: "Dagar", Rowed: "Steg", Columns: []string{"Dagar", "Andel"}, Full: []float64{0, 100}, Marks: []float64{20},
		Rows: []barRow{
			{Label: "Chef", Amounts: []barAmount{{4, "4", ""}, {50, "50 %", ""}}},
			{Label: "CISO", Chosen: true, Amounts: []barAmount{{8, "8", ""}, {150, "150 %", ""}}},
		},
	}
	html := drawn(t, "bars", b)
	for _, part := range []string{
		`<caption>Dagar</caption>`, `<tr role="row" class="chosen">`, `data-label="Andel"`,
		`width="50.0" height="10"`, `width="100.0" height="10"`, `x1="20.0"`, `aria-hidden="true"`,
	} {
		if !strings.Contains(html, part) {
			t.Errorf("no %s in %s", part, html)
		}
	}
	empty := bars{Columns: []string{"Antal"}, Rows: []barRow{{Amounts: []barAmount{{0, "0", ""}}}}}
	if html := drawn(t, "bars", empty); !strings.Contains(html, `class="fill" width="0"`) {
		t.Errorf("nothing is drawn as %s", html)
	}
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix("before", "Före", func(severity, likelihood int) (string, string) {
		if severity*likelihood > 9 {
			return "very_high", "Mycket hög"
		}
		return "low", "Låg"
	}, lang.SV)
	m.place(4, 4)
	m.place(4, 4)
	m.place(0, 4) // not assessed
	html := drawn(t, "matrix", m)
	if n := strings.Count(html, "<rect "); n != 16 {
		t.Errorf("%d cells", n)
	}
	if !strings.Contains(html, `class="count" x="317" y="45" text-anchor="middle">2<`) || strings.Count(html, "<circle ") != 1 {
		t.Errorf("the risks stand wrong in %s", html)
	}
	if !strings.Contains(html, `role="img" aria-labelledby="before-title before-desc"`) {
		t.Error("the drawing has no name")
	}
}
