package rulebook

import "sluss/model/lang"

// Factor is a figure of the footprint with its unit and where it comes from.
// Year is the year that it describes, 0 where the source states none.
type Factor struct {
	Value  float64   `yaml:"value" json:"value"`
	Unit   string    `yaml:"unit" json:"unit"`
	Year   int       `yaml:"year" json:"year,omitempty"`
	Source string    `yaml:"source" json:"source"`
	Status string    `yaml:"status" json:"status,omitempty"` // text, secondary or unverified
	Text   lang.Text `yaml:"text" json:"text,omitzero"`
}

// ModelClass is a size of language model, in billions of parameters.
type ModelClass struct {
	Total  float64 `yaml:"total" json:"total"`
	Active float64 `yaml:"active" json:"active"`
	Source string  `yaml:"source" json:"source"`
}

// Environment holds the factors by which a footprint is computed. The maps are
// keyed by the values of the enumerations of the same name.
type Environment struct {
	Source string `yaml:"source" json:"source"`
	// Factors are single figures by name.
	Factors map[string]Factor     `yaml:"factors" json:"factors"`
	Models  map[string]ModelClass `yaml:"models" json:"models"`
	Images  map[string]Factor     `yaml:"images" json:"images"` // Wh per image
	Videos  map[string]Factor     `yaml:"videos" json:"videos"` // Wh per clip
	Grids   map[string]Factor     `yaml:"grids" json:"grids"`   // kg CO2e per kWh
	PUE     map[string]Factor     `yaml:"pue" json:"pue"`
	// Comparisons are shown beside the result and used in nothing.
	Comparisons []Factor `yaml:"comparisons" json:"comparisons"`
	// Defaults are the values that a workload takes for what it leaves out.
	Defaults map[string]any `yaml:"defaults" json:"defaults"`
}

// requiredFactors are the figures that the calculation reads.
var requiredFactors = []string{
	"energy_alpha", "energy_beta", "energy_gamma", "latency_alpha", "latency_beta", "latency_gamma",
	"batch", "memory_overhead", "bits", "gpu_memory_gb", "server_kw", "server_gpus", "server_embodied_kg",
	"gpu_embodied_kg", "hardware_life_s", "clip_seconds", "audio_wh_hour", "gpu_hour_wh",
	"compute_embodied_g_wh", "device_hours", "device_embodied_kg", "device_life_years",
	"prompts_per_user_year", "tokens_per_prompt",
}

// environment checks the factors of the footprint.
func (c *compiler) environment() {
	env := c.src.Environment
	if env == nil {
		return
	}
	c.book.Environment = *env
	for _, id := range requiredFactors {
		if _, ok := env.Factors[id]; !ok {
			c.fault(mark{}, id, CodeMissing, "the factor of the footprint is missing")
		}
	}
	for enum, have := range map[string]map[string]Factor{"": env.Factors, "image_quality": env.Images,
		"video_class": env.Videos, "grid": env.Grids, "pue": env.PUE} {
		for id, f := range have {
			if f.Source == "" {
				c.fault(mark{}, id, CodeSource, "a factor needs its source")
			}
			c.text(mark{}, id, "a factor", f.Text)
			if f.Value < 0 && enum != "" {
				c.fault(mark{}, id, CodeValue, "a factor is not negative")
			}
			if e := c.book.enumByID[enum]; e != nil && !e.Has(id) {
				c.fault(mark{}, id, CodeUnknownName, "%q is no value of %s", id, enum)
			}
		}
	}
}
