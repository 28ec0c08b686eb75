package assess

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// EnvironmentJudgement is what a reviewer of the environment sees (rulebook 7).
type EnvironmentJudgement struct {
	// ResourceIntensive asks for a reviewer (EN-R01).
	ResourceIntensive bool      `json:"resource_intensive"`
	Footprint         Footprint `json:"footprint"`
	// Factors are those behind the footprint.
	Factors      []Fired       `json:"factors"`
	Alternatives []Alternative `json:"alternatives"`
	// Limits are those that the reviewer has set, per year.
	Limits map[string]float64 `json:"limits,omitempty"`
}

// environment judges the environmental review (S4; rulebook 7.3). In its light
// form there is nothing to review: the project owner has confirmed the
// calculation (EN-R02).
func environment(a Assessed) (Judgement, error) {
	stage := string(model.StageEnvironment)
	book, e, err := a.open(stage)
	if err != nil {
		return Judgement{}, err
	}
	problems, err := a.problems(stage, stage)
	if err != nil {
		return Judgement{}, err
	}
	workloads := WorkloadsOf(a.Book, a.Intake)
	limits := limitsOf(book, a.Answers)
	j := Judgement{
		Outcome:    e.String("environment_result"),
		Problems:   problems,
		Hindrances: environmentHindrances(book, e),
		Rules: allFired(e, "environment_notes", "justified_refused", "plain_refused", "limits_refused",
			"return_refused", "reject_refused", "limit_conditions", "head_confirms"),
		Result: EnvironmentJudgement{
			ResourceIntensive: holds(e, "environment_notes", "EN-R01"),
			Footprint:         FootprintOf(a.Book, workloads),
			Factors:           Explain(a.Book, workloads),
			Alternatives:      Alternatives(a.Book, workloads),
			Limits:            limits,
		},
	}
	if e.String("requirement") == string(model.Light) {
		j.Outcome = string(model.OutcomeLightOK)
	}
	for _, r := range e.All("limit_conditions") {
		c := conditionOf(r)
		c.Text = withLimits(book, c.Text, limits)
		j.Conditions = append(j.Conditions, c)
	}
	if head := e.All("head_confirms"); len(head) > 0 {
		j.HeadConfirms = head[0].Code
	}
	return j, e.Err()
}

// environmentHindrances refuses what the review does not bear out (EN-R03,
// EN-R04, EN-R05, EN-R07).
func environmentHindrances(book *rulebook.Book, e *rulebook.Evaluation) []Hindrance {
	plain, limited := string(model.OutcomeJustified), string(model.OutcomeJustifiedWithLimits)
	return slices.Concat(
		refusals(book, e, "justified_refused", taskDecision, plain, limited),
		refusals(book, e, "plain_refused", taskDecision, plain),
		refusals(book, e, "limits_refused", taskDecision, limited),
		refusals(book, e, "return_refused", taskDecision, string(model.OutcomeReturn)),
		refusals(book, e, "reject_refused", taskDecision, string(model.OutcomeReject)),
	)
}

// limitsField is the question whose answer sets the limits.
const limitsField = "limits"

// limitsOf reads the limits above zero that the reviewer has set.
func limitsOf(book *rulebook.Book, answers map[string]any) map[string]float64 {
	clean, _ := book.Normalise("", answers)
	set, _ := clean[limitsField].(map[string]any)
	out := map[string]float64{}
	for id, v := range set {
		if n, ok := v.(float64); ok && n > 0 {
			out[id] = n
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// withLimits adds the limits to the text of a condition: "Gränser per år: 1500
// bilder."
func withLimits(book *rulebook.Book, t lang.Text, limits map[string]float64) lang.Text {
	f, ok := book.Field(limitsField)
	if !ok || len(limits) == 0 {
		return t
	}
	in := func(l lang.Lang) string {
		var parts []string
		for _, item := range f.Items {
			if n, set := limits[item.ID]; set {
				number := strconv.FormatFloat(n, 'f', -1, 64)
				if l == lang.SV {
					number = strings.ReplaceAll(number, ".", ",")
				}
				parts = append(parts, number+" "+item.Text.In(l))
			}
		}
		return t.In(l) + " " + f.Text.In(l) + ": " + strings.Join(parts, ", ") + "."
	}
	return lang.Text{SV: in(lang.SV), EN: in(lang.EN)}
}

// Alternative is a use that could take the place of the planned one, with its
// footprint (EN-05). Changes are in percent of the planned use, computed from
// unrounded figures and given with one decimal, negative where the alternative
// uses less.
type Alternative struct {
	// ID is a value of the enumeration environment_alternative.
	ID string `json:"id"`
	// Text says what is done instead.
	Text lang.Text `json:"text"`
	Footprint
	KWhChange  float64 `json:"kwh_change_percent"`
	CO2eChange float64 `json:"co2e_change_percent"`
	// Factors are those behind the footprint, with their sources and years.
	Factors []Fired `json:"factors"`
}

// enumAlternative lists the alternatives in the order in which they are shown.
const enumAlternative = "environment_alternative"

// Alternatives computes the alternatives that apply to the planned workloads,
// each on its own and with everything else as planned. It reads the factors of
// the rulebook, and is deterministic.
func Alternatives(b *rulebook.Book, workloads []Workload) []Alternative {
	f := factors{b.Environment}
	change := f.changes(b)
	planned := f.sum(workloads)
	out := []Alternative{}
	e, ok := b.Enum(enumAlternative)
	if !ok {
		return out
	}
	for _, v := range e.Values {
		step, known := change[v.ID]
		if !known {
			continue
		}
		instead, applies := changed(workloads, step.apply)
		if !applies {
			continue
		}
		use := f.sum(instead)
		instead = slices.DeleteFunc(instead, func(w Workload) bool { return w == Workload{} })
		out = append(out, Alternative{ID: v.ID, Text: v.Text, Footprint: use.round(),
			KWhChange:  percent(use.kwh, planned.kwh),
			CO2eChange: percent(use.operational+use.embodied, planned.operational+planned.embodied),
			Factors:    slices.Concat(step.settings, f.models(b, instead), Explain(b, instead)),
		})
	}
	return out
}

// alternative is how a workload is changed, and the settings that say how much.
type alternative struct {
	apply    func(Workload) (Workload, bool)
	settings []Fired
}

// changes are the alternatives by their ids.
func (f factors) changes(b *rulebook.Book) map[string]alternative {
	setting := func(id string) []Fired {
		s := f.Factors[id]
		return []Fired{{ID: id, Text: s.Text, Source: s.Source, Facts: shown(s)}}
	}
	return map[string]alternative{
		"no_ai":               {apply: func(w Workload) (Workload, bool) { return Workload{}, w != Workload{} }},
		"smaller_model":       {apply: func(w Workload) (Workload, bool) { return f.smallerModel(b, w) }},
		"low_emission_region": {apply: f.lowRegion},
		"fewer_images":        {apply: f.fewerImages, settings: setting("fewer_images")},
		"standard_quality":    {apply: f.standardQuality},
		"image_for_video":     {apply: f.imageForVideo, settings: setting("images_per_clip")},
		"shorter_clips":       {apply: f.shorterClips, settings: setting("clip_seconds")},
	}
}

// changed applies a change to the workloads that it concerns, and reports
// whether there are any.
func changed(workloads []Workload, change func(Workload) (Workload, bool)) ([]Workload, bool) {
	out, any := slices.Clone(workloads), false
	for i, w := range workloads {
		if instead, applies := change(w); applies {
			out[i], any = instead, true
		}
	}
	return out, any
}

// smallerModel takes the next smaller language model.
func (f factors) smallerModel(b *rulebook.Book, w Workload) (Workload, bool) {
	sizes, ok := b.Enum("model_class")
	if !ok || w.RequestsYear == 0 {
		return w, false
	}
	now := f.word(w.ModelClass, "model_class")
	i := slices.IndexFunc(sizes.Values, func(v rulebook.Value) bool { return v.ID == now })
	if i < 1 {
		return w, false
	}
	w.ModelClass = sizes.Values[i-1].ID
	return w, true
}

// lowRegion runs the workload where electricity emits little. What stands on
// site stays there.
func (f factors) lowRegion(w Workload) (Workload, bool) {
	low := f.word("", "low_grid")
	if w.DeviceCount > 0 || w == (Workload{}) || f.Grids[f.word(w.Grid, "grid")].Value <= f.Grids[low].Value {
		return w, false
	}
	w.Grid = low
	return w, true
}

func (f factors) fewerImages(w Workload) (Workload, bool) {
	if w.ImagesYear == 0 {
		return w, false
	}
	w.ImagesYear *= f.num("fewer_images")
	return w, true
}

func (f factors) standardQuality(w Workload) (Workload, bool) {
	standard, _ := f.Defaults["image_quality"].(string)
	if w.ImagesYear == 0 || f.Images[f.word(w.ImageQuality, "image_quality")].Value <= f.Images[standard].Value {
		return w, false
	}
	w.ImageQuality = standard
	return w, true
}

// imageForVideo makes images in the place of clips. It does not apply where a
// clip already uses less than the image would.
func (f factors) imageForVideo(w Workload) (Workload, bool) {
	if w.ClipsYear == 0 {
		return w, false
	}
	instead := w
	instead.ImagesYear += w.ClipsYear * f.num("images_per_clip")
	instead.ClipsYear = 0
	return instead, f.compute(instead).kwh < f.compute(w).kwh
}

// shorterClips cuts clips to the basic length: the energy grows with the square
// of what is longer.
func (f factors) shorterClips(w Workload) (Workload, bool) {
	basic := f.num("clip_seconds")
	if w.ClipsYear == 0 || f.number(w.ClipSeconds, "clip_seconds") <= basic {
		return w, false
	}
	w.ClipSeconds = basic
	return w, true
}

// models lists the sizes of language model that the workloads use.
func (f factors) models(b *rulebook.Book, workloads []Workload) []Fired {
	used := map[string]bool{}
	for _, w := range workloads {
		if w.RequestsYear > 0 {
			used[f.word(w.ModelClass, "model_class")] = true
		}
	}
	var out []Fired
	for _, id := range slices.Sorted(maps.Keys(used)) {
		m := f.Models[id]
		out = append(out, Fired{ID: "model." + id, Text: b.Label("model_class", id), Source: m.Source, Facts: map[string]any{
			"value": m.Active, "unit": "billion active parameters", "total": m.Total, "year": 0, "status": "text",
		}})
	}
	return out
}

// shown is a factor as it is explained.
func shown(f rulebook.Factor) map[string]any {
	return map[string]any{"value": f.Value, "unit": f.Unit, "year": f.Year, "status": f.Status}
}

// percent is how far a figure lies from the planned one, one decimal.
func percent(instead, planned float64) float64 {
	if planned == 0 {
		return 0
	}
	return roundTo((instead-planned)/planned*100, 1)
}
