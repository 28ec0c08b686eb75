package assess

import (
	"math"
	"strconv"
	"strings"

	"sluss/model/rulebook"
)

// Workload is a use of AI in a year. Zero means that there is none of it;
// empty words and a zero PUE or number of tokens take the rulebook's default.
type Workload struct {
	RequestsYear   float64
	OutputTokens   float64
	ModelClass     string
	ImagesYear     float64
	ImageQuality   string
	ClipsYear      float64
	ClipSeconds    float64
	VideoClass     string
	AudioHoursYear float64
	GPUHours       float64
	DeviceCount    float64
	DeviceWatts    float64
	DeviceHours    float64
	Grid           string
	PUE            float64
}

// Footprint is the energy and the climate impact of a year (rulebook 7.2).
type Footprint struct {
	KWhYear           float64 `json:"kwh_year"`            // kWh, one decimal
	CO2eOperationalKg float64 `json:"co2e_operational_kg"` // kg CO2e, two decimals
	CO2eEmbodiedKg    float64 `json:"co2e_embodied_kg"`    // kg CO2e, two decimals
	CO2eTotalKg       float64 `json:"co2e_total_kg"`       // kg CO2e, two decimals
}

// use is an unrounded footprint.
type use struct{ kwh, operational, embodied float64 }

func (u use) plus(v use) use {
	return use{u.kwh + v.kwh, u.operational + v.operational, u.embodied + v.embodied}
}

// round rounds once, half away from zero.
func (u use) round() Footprint {
	return Footprint{
		KWhYear:           roundTo(u.kwh, 1),
		CO2eOperationalKg: roundTo(u.operational, 2),
		CO2eEmbodiedKg:    roundTo(u.embodied, 2),
		CO2eTotalKg:       roundTo(u.operational+u.embodied, 2),
	}
}

// roundTo rounds half away from zero at the given number of decimals. It looks
// at fifteen significant digits, so that a half that binary fractions cannot
// write (0.285) is still a half.
func roundTo(x float64, decimals int) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	shift := math.Pow10(decimals)
	digits, err := strconv.ParseFloat(strconv.FormatFloat(x*shift, 'g', 15, 64), 64)
	if err != nil {
		digits = x * shift
	}
	return math.Round(digits) / shift
}

// FootprintOf computes the footprint of all workloads together: unrounded per
// workload, summed, rounded once (rulebook 7.2). It reads the factors of the
// rulebook, and is deterministic.
func FootprintOf(b *rulebook.Book, workloads []Workload) Footprint {
	return factors{b.Environment}.sum(workloads).round()
}

// factors computes with the figures of the rulebook.
type factors struct{ rulebook.Environment }

func (f factors) num(id string) float64 { return f.Factors[id].Value }

func (f factors) word(given, id string) string {
	if given == "" {
		given, _ = f.Defaults[id].(string)
	}
	return given
}

func (f factors) number(given float64, id string) float64 {
	if given != 0 {
		return given
	}
	switch x := f.Defaults[id].(type) {
	case int:
		return float64(x)
	case float64:
		return x
	}
	return 0
}

// sum is the unrounded use of all workloads together.
func (f factors) sum(workloads []Workload) use {
	var sum use
	for _, w := range workloads {
		sum = sum.plus(f.workload(w))
	}
	return sum
}

// workload is the use of one workload. Devices stand outside the data centre:
// its PUE does not count for them.
func (f factors) workload(w Workload) use {
	grid := f.Grids[f.word(w.Grid, "grid")].Value
	pue := f.number(w.PUE, "pue")
	u := f.text(w).plus(f.compute(w))
	u.kwh *= pue
	u = u.plus(f.devices(w))
	u.operational = u.kwh * grid
	return u
}

// text is the use of requests to a language model, before PUE (EcoLogits).
func (f factors) text(w Workload) use {
	m := f.Models[f.word(w.ModelClass, "model_class")]
	tokens := f.number(w.OutputTokens, "output_tokens")
	batch := f.num("batch")
	perToken := f.num("energy_alpha")*math.Exp(f.num("energy_beta")*batch)*m.Active + f.num("energy_gamma") // Wh per GPU
	seconds := tokens * (f.num("latency_alpha")*m.Active + f.num("latency_beta")*batch + f.num("latency_gamma"))
	memory := f.num("memory_overhead") * m.Total * f.num("bits") / 8
	gpus := math.Exp2(math.Ceil(math.Log2(math.Ceil(memory / f.num("gpu_memory_gb")))))
	servers := gpus / f.num("server_gpus")
	kwh := seconds/3600*f.num("server_kw")*servers/batch + gpus*tokens*perToken/1000
	embodied := (servers*f.num("server_embodied_kg") + gpus*f.num("gpu_embodied_kg")) * seconds / (f.num("hardware_life_s") * batch)
	return use{kwh: w.RequestsYear * kwh, embodied: w.RequestsYear * embodied}
}

// compute is the use of images, clips, sound and training, before PUE.
func (f factors) compute(w Workload) use {
	length := f.number(w.ClipSeconds, "clip_seconds") / f.num("clip_seconds")
	wh := w.ImagesYear*f.Images[f.word(w.ImageQuality, "image_quality")].Value +
		w.ClipsYear*f.Videos[f.word(w.VideoClass, "video_class")].Value*math.Max(1, length*length) +
		w.AudioHoursYear*f.num("audio_wh_hour") +
		w.GPUHours*f.num("gpu_hour_wh")
	return use{kwh: wh / 1000, embodied: wh * f.num("compute_embodied_g_wh") / 1000}
}

// devices is the use of cameras and other devices on site.
func (f factors) devices(w Workload) use {
	hours := w.DeviceHours
	if hours == 0 {
		hours = f.num("device_hours")
	}
	return use{
		kwh:      w.DeviceCount * w.DeviceWatts * hours / 1000,
		embodied: w.DeviceCount * f.num("device_embodied_kg") / f.num("device_life_years"),
	}
}

// PerUnit is the total climate impact of one request, image, clip or hour of
// sound in kg CO2e (SCI, ISO/IEC 21031); 0 when the workload has none of them
// or several kinds.
func PerUnit(b *rulebook.Book, w Workload) float64 {
	units, kinds := 0.0, 0
	for _, n := range []float64{w.RequestsYear, w.ImagesYear, w.ClipsYear, w.AudioHoursYear} {
		if n > 0 {
			units, kinds = n, kinds+1
		}
	}
	if kinds != 1 {
		return 0
	}
	u := factors{b.Environment}.workload(w)
	return (u.operational + u.embodied) / units
}

// fieldWorkloads is the field of the intake that lists the workloads.
const fieldWorkloads = "env.workloads"

// ReadWorkloads takes the inputs of a footprint: one workload, or several
// under workloads or parts. The problems are unknown names and values.
func ReadWorkloads(b *rulebook.Book, in map[string]any) ([]Workload, []rulebook.Problem) {
	for _, key := range []string{"workloads", "parts"} {
		list, ok := in[key].([]any)
		if !ok || len(in) != 1 {
			continue
		}
		var out []Workload
		var problems []rulebook.Problem
		for i, row := range list {
			w, found := readWorkload(b, row, "/"+key+"/"+strconv.Itoa(i))
			out, problems = append(out, w), append(problems, found...)
		}
		return out, problems
	}
	w, problems := readWorkload(b, in, "")
	return []Workload{w}, problems
}

func readWorkload(b *rulebook.Book, row any, pointer string) (Workload, []rulebook.Problem) {
	in, problems := b.NormaliseItem(fieldWorkloads, row)
	for i := range problems {
		problems[i].Pointer = pointer + problems[i].Pointer
	}
	return workloadOf(in), problems
}

// workloadOf reads a normalised workload.
func workloadOf(in map[string]any) Workload {
	num := func(id string) float64 { f, _ := in[id].(float64); return f }
	word := func(id string) string { s, _ := in[id].(string); return strings.TrimSpace(s) }
	return Workload{
		RequestsYear: num("requests_year"), OutputTokens: num("output_tokens"), ModelClass: word("model_class"),
		ImagesYear: num("images_year"), ImageQuality: word("image_quality"),
		ClipsYear: num("clips_year"), ClipSeconds: num("clip_seconds"), VideoClass: word("video_class"),
		AudioHoursYear: num("audio_hours_year"), GPUHours: num("gpu_hours"),
		DeviceCount: num("device_count"), DeviceWatts: num("device_watts"), DeviceHours: num("device_hours"),
		Grid: word("grid"), PUE: num("pue"),
	}
}

// WorkloadsOf gives the workloads of an intake. Where none is stated it takes
// what the rulebook expects of the number of users (rulebook 2.3).
func WorkloadsOf(b *rulebook.Book, answers map[string]any) []Workload {
	clean, _ := b.Normalise(rulebook.PartIntake, workloadAnswers(answers))
	env, _ := clean["env"].(map[string]any)
	rows, _ := env["workloads"].([]any)
	var out []Workload
	for _, row := range rows {
		if in, ok := row.(map[string]any); ok {
			out = append(out, workloadOf(in))
		}
	}
	if len(out) > 0 {
		return out
	}
	users, _ := clean["user_count"].(int64)
	f := factors{b.Environment}
	return []Workload{{RequestsYear: float64(users) * f.num("prompts_per_user_year"), OutputTokens: f.num("tokens_per_prompt")}}
}

// workloadAnswers are those of an intake that its workloads are read from. The rest is
// not worth being normalised for them.
func workloadAnswers(answers map[string]any) map[string]any {
	out := map[string]any{"user_count": answers["user_count"]}
	if env, ok := answers["env"].(map[string]any); ok {
		out["env"] = map[string]any{"workloads": env["workloads"]}
	}
	return out
}

// requestFactors are the figures that the footprint of text requests rests on
// (rulebook 7.2).
var requestFactors = []string{
	"energy_alpha", "energy_beta", "energy_gamma", "latency_alpha", "latency_beta", "latency_gamma", "batch",
	"memory_overhead", "bits", "gpu_memory_gb", "server_kw", "server_gpus", "server_embodied_kg", "gpu_embodied_kg",
	"hardware_life_s",
}

// Explain lists the factors behind a footprint with their sources, as rules.
func Explain(b *rulebook.Book, workloads []Workload) []Fired {
	env := b.Environment
	seen := map[string]bool{}
	var out []Fired
	add := func(id string, f rulebook.Factor, used bool) {
		if !used || seen[id] {
			return
		}
		seen[id] = true
		out = append(out, Fired{ID: id, Text: f.Text, Source: f.Source,
			Facts: map[string]any{"value": f.Value, "unit": f.Unit, "year": f.Year, "status": f.Status}})
	}
	f := factors{env}
	for _, w := range workloads {
		grid, image, video := f.word(w.Grid, "grid"), f.word(w.ImageQuality, "image_quality"), f.word(w.VideoClass, "video_class")
		add("grid."+grid, env.Grids[grid], true)
		add("image."+image, env.Images[image], w.ImagesYear > 0)
		add("video."+video, env.Videos[video], w.ClipsYear > 0)
		computes := w.ImagesYear > 0 || w.ClipsYear > 0 || w.AudioHoursYear > 0 || w.GPUHours > 0
		for _, group := range []struct {
			used    bool
			factors []string
		}{
			{w.RequestsYear > 0, requestFactors},
			{w.ClipsYear > 0, []string{"clip_seconds"}},
			{w.AudioHoursYear > 0, []string{"audio_wh_hour"}},
			{w.GPUHours > 0, []string{"gpu_hour_wh"}},
			{computes, []string{"compute_embodied_g_wh"}},
			{w.DeviceCount > 0, []string{"device_hours", "device_embodied_kg", "device_life_years"}},
		} {
			for _, id := range group.factors {
				add(id, env.Factors[id], group.used)
			}
		}
	}
	return out
}
