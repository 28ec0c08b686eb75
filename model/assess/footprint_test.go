package assess

import (
	"math"
	"testing"

	"sluss/model/rulebook"
)

func TestRoundTo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		x        float64
		decimals int
		want     float64
	}{
		{0.285, 2, 0.29}, // 28.499999999999996 in binary
		{1.005, 2, 1.01},
		{0.85, 1, 0.9},
		{2.55, 1, 2.6},
		{0.05, 1, 0.1},
		{-0.05, 1, -0.1},
		{-2.5, 0, -3},
		{2.4999999999, 0, 2},
		{0.1 + 0.2, 1, 0.3},
		{0.15 * 3, 1, 0.5}, // 0.44999999999999996
		{0, 2, 0},
		{1e12 + 0.05, 1, 1e12 + 0.1},
	}
	for _, tt := range tests {
		if got := roundTo(tt.x, tt.decimals); got != tt.want {
			t.Errorf("round %v to %d decimals: %v, want %v", tt.x, tt.decimals, got, tt.want)
		}
	}
}

// TestModelTable checks the energy of 300 tokens at PUE 1.2 with the table of
// the rulebook (7.2).
func TestModelTable(t *testing.T) {
	t.Parallel()
	for class, want := range map[string]float64{"XS": 0.0267, "S": 0.0326, "M": 0.1973, "L": 0.8939, "XL": 10.8441} {
		u := factors{rulebook.Default().Environment}.workload(Workload{RequestsYear: 1, OutputTokens: 300, ModelClass: class, PUE: 1.2})
		if got := math.Round(u.kwh*1000*1e4) / 1e4; got != want {
			t.Errorf("%s: %v Wh, want %v", class, got, want)
		}
	}
}

func TestFootprintOfKinds(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	tests := []struct {
		name string
		w    []Workload
		want Footprint
	}{
		{"nothing", nil, Footprint{}},
		{"an empty workload", []Workload{{}}, Footprint{}},
		{"high quality images", []Workload{{ImagesYear: 1000, ImageQuality: "high", Grid: "SE", PUE: 1}}, Footprint{11.5, 0.41, 0.45, 0.86}},
		{"short clips count as five seconds", []Workload{{ClipsYear: 100, ClipSeconds: 2, VideoClass: "light", Grid: "WORLD", PUE: 1}}, Footprint{9, 4.26, 0.35, 4.61}},
		{"long clips grow with the square", []Workload{{ClipsYear: 100, ClipSeconds: 10, VideoClass: "light", Grid: "WORLD", PUE: 1}}, Footprint{36, 17.03, 1.41, 18.44}},
		{"defaults are cautious", []Workload{{ClipsYear: 1000}}, Footprint{498, 235.56, 16.28, 251.84}},
		{"devices know no PUE", []Workload{{DeviceCount: 1, DeviceWatts: 100, Grid: "SE", PUE: 1.5}}, Footprint{876, 31.38, 6, 37.38}},
		{"devices part of the year", []Workload{{DeviceCount: 1, DeviceWatts: 100, DeviceHours: 1000, Grid: "SE"}}, Footprint{100, 3.58, 6, 9.58}},
		// 0.025 kWh each: rounding each would give 0 or 0.1.
		{"rounded once", []Workload{{AudioHoursYear: 2.5, Grid: "SE", PUE: 1}, {AudioHoursYear: 2.5, Grid: "SE", PUE: 1}}, Footprint{0.1, 0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := FootprintOf(b, tt.w); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestFootprintOfTheNumberOfUsers: an intake without workloads is estimated
// from its users.
func TestFootprintOfTheNumberOfUsers(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	got := WorkloadsOf(b, map[string]any{"user_count": 3000})
	if len(got) != 1 || got[0].RequestsYear != 5040000 || got[0].OutputTokens != 300 {
		t.Errorf("got %+v", got)
	}
	stated := WorkloadsOf(b, map[string]any{"user_count": 3000, "env": map[string]any{"workloads": []any{map[string]any{"images_year": 5}}}})
	if len(stated) != 1 || stated[0].ImagesYear != 5 || stated[0].RequestsYear != 0 {
		t.Errorf("got %+v", stated)
	}
}

func TestReadWorkloadsRefuses(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	tests := map[string]struct {
		in      map[string]any
		pointer string
	}{
		"unknown name":  {map[string]any{"watts": 1}, "/watts"},
		"unknown grid":  {map[string]any{"grid": "XX"}, "/grid"},
		"negative":      {map[string]any{"images_year": -1}, "/images_year"},
		"in a list":     {map[string]any{"workloads": []any{map[string]any{}, map[string]any{"pue": 0.5}}}, "/workloads/1/pue"},
		"list and more": {map[string]any{"parts": []any{}, "grid": "SE"}, "/parts"},
		"no object":     {map[string]any{"parts": []any{1}}, "/parts/0"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := ReadWorkloads(b, tt.in)
			if len(problems) != 1 || problems[0].Pointer != tt.pointer {
				t.Errorf("got %+v", problems)
			}
		})
	}
}

func TestPerUnit(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	w := Workload{ImagesYear: 1000, Grid: "SE", PUE: 1}
	if got := PerUnit(b, w); math.Abs(got-(2.907*0.03582+2.907*0.0392381)/1000) > 1e-12 {
		t.Errorf("per image %v kg", got)
	}
	w.AudioHoursYear = 1
	if got := PerUnit(b, w); got != 0 {
		t.Errorf("two kinds: %v", got)
	}
}

func TestExplainNamesItsFactors(t *testing.T) {
	t.Parallel()
	got := Explain(rulebook.Default(), []Workload{{ImagesYear: 1, Grid: "SE"}, {AudioHoursYear: 1, Grid: "SE"}})
	ids := map[string]bool{}
	for _, f := range got {
		if ids[f.ID] || f.Source == "" || !f.Text.Complete() {
			t.Errorf("%+v", f)
		}
		ids[f.ID] = true
	}
	for _, id := range []string{"grid.SE", "image.standard", "audio_wh_hour", "compute_embodied_g_wh"} {
		if !ids[id] {
			t.Errorf("%s is not named: %v", id, ids)
		}
	}
	if len(ids) != 4 {
		t.Errorf("factors that were not used: %v", ids)
	}
}
