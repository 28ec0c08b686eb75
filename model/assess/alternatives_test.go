package assess

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"sluss/model/rulebook"
)

func alternativeIDs(list []Alternative) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.ID)
	}
	return out
}

func TestAlternatives(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		workloads []Workload
		want      []string
		kwh       []float64 // change in percent
	}{
		{"nothing", nil, nil, nil},
		{"text", []Workload{{RequestsYear: 1000, ModelClass: "L", Grid: "EU27"}},
			[]string{"no_ai", "smaller_model", "low_emission_region"}, []float64{-100, -77.9, 0}},
		{"smallest model at home", []Workload{{RequestsYear: 1e6, ModelClass: "XS", Grid: "SE"}}, []string{"no_ai"}, []float64{-100}},
		{"images", []Workload{{ImagesYear: 1200, Grid: "US"}, {ImagesYear: 300, ImageQuality: "high", Grid: "US"}},
			[]string{"no_ai", "low_emission_region", "fewer_images", "standard_quality"}, []float64{-100, 0, -50, -37.2}},
		{"video", []Workload{{ClipsYear: 1000, ClipSeconds: 10, Grid: "SE"}},
			[]string{"no_ai", "image_for_video", "shorter_clips"}, []float64{-100, -99.8, -75}},
		{"short clips", []Workload{{ClipsYear: 1000, Grid: "SE"}}, []string{"no_ai", "image_for_video"}, []float64{-100, -99.3}},
		{"clips lighter than an image", []Workload{{ClipsYear: 1000, VideoClass: "animatediff", Grid: "NO"}}, []string{"no_ai"}, []float64{-100}},
		{"cameras stay where they are", []Workload{{DeviceCount: 2, DeviceWatts: 10, Grid: "US"}}, []string{"no_ai"}, []float64{-100}},
		{"one sixth", []Workload{{ClipsYear: 1000, ClipSeconds: 15, Grid: "SE"}}, []string{"no_ai", "image_for_video", "shorter_clips"}, []float64{-100, -99.9, -88.9}},
	}
	for _, tt := range tests {
		got := Alternatives(rulebook.Default(), tt.workloads)
		if !slices.Equal(alternativeIDs(got), tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, alternativeIDs(got), tt.want)
			continue
		}
		for i, a := range got {
			t.Logf("%s, %s: %+v, %v %% kWh, %v %% CO2e", tt.name, a.ID, a.Footprint, a.KWhChange, a.CO2eChange)
			if a.KWhChange != tt.kwh[i] {
				t.Errorf("%s, %s: %v %%, want %v", tt.name, a.ID, a.KWhChange, tt.kwh[i])
			}
			if !a.Text.Complete() {
				t.Errorf("%s has no text in both languages", a.ID)
			}
			for _, f := range a.Factors {
				if f.Source == "" || f.Facts["year"] == nil || !f.Text.Complete() {
					t.Errorf("%s, %s: no source, year or text", a.ID, f.ID)
				}
			}
		}
	}
}

// TestAlternativesAgainstModel: each alternative is the footprint of the changed
// workloads, none uses more than planned, the order of workloads does not
// matter, and the same input gives the same answer.
func TestAlternativesAgainstModel(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	dice := rand.New(rand.NewPCG(5, 5))
	sizes := []string{"XS", "S", "M", "L", "XL"}
	grids := []string{"SE", "NO", "EU27", "US", "", "WORLD"}
	for range 5000 {
		var planned []Workload
		for range 1 + dice.IntN(3) {
			w := Workload{Grid: grids[dice.IntN(len(grids))], PUE: 1.2}
			switch dice.IntN(4) {
			case 0:
				w.RequestsYear, w.ModelClass = float64(1000+dice.IntN(1e6)), sizes[dice.IntN(5)]
			case 1:
				w.ImagesYear, w.ImageQuality = float64(100+dice.IntN(10000)), []string{"", "standard", "high"}[dice.IntN(3)]
			case 2:
				w.ClipsYear, w.ClipSeconds = float64(100+dice.IntN(1000)), float64(dice.IntN(30))
			default:
				w.DeviceCount, w.DeviceWatts = float64(1+dice.IntN(9)), 10
			}
			planned = append(planned, w)
		}
		before := FootprintOf(b, planned)
		got := Alternatives(b, planned)
		back := slices.Clone(planned)
		slices.Reverse(back)
		other := Alternatives(b, back)
		if len(got) == 0 || got[0].ID != "no_ai" || got[0].Footprint != (Footprint{}) || len(other) != len(got) {
			t.Fatalf("%+v: %v", planned, alternativeIDs(got))
		}
		for i, a := range got {
			if a.KWhYear > before.KWhYear || a.CO2eTotalKg > before.CO2eTotalKg+1e-9 {
				t.Fatalf("%s uses more than %+v: %+v", a.ID, planned, a.Footprint)
			}
			if math.Abs(other[i].KWhYear-a.KWhYear) > 0.1001 || other[i].ID != a.ID {
				t.Fatalf("%s depends on the order of %+v", a.ID, planned)
			}
			if want := FootprintOf(b, instead(a.ID, planned, sizes)); a.Footprint != want {
				t.Fatalf("%s of %+v: %+v, want %+v", a.ID, planned, a.Footprint, want)
			}
		}
		if again := Alternatives(b, planned); !reflect.DeepEqual(got, again) {
			t.Fatal("the same workloads give another answer")
		}
	}
}

// instead changes the workloads as rulebook 7.1 says, written on its own.
func instead(id string, planned []Workload, sizes []string) []Workload {
	var out []Workload
	for _, w := range planned {
		switch {
		case id == "no_ai":
			continue
		case id == "smaller_model" && w.RequestsYear > 0 && w.ModelClass != "XS":
			w.ModelClass = sizes[slices.Index(sizes, w.ModelClass)-1]
		case id == "low_emission_region" && w.DeviceCount == 0 && w.Grid != "NO":
			w.Grid = "SE"
		case id == "fewer_images":
			w.ImagesYear /= 2
		case id == "standard_quality":
			w.ImageQuality = "standard"
		case id == "image_for_video" && w.ClipsYear > 0:
			w.ImagesYear, w.ClipsYear = w.ClipsYear, 0
		case id == "shorter_clips" && w.ClipSeconds > 5:
			w.ClipSeconds = 5
		}
		out = append(out, w)
	}
	return out
}
