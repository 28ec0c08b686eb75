package api_test

import (
	"net/http"
	"reflect"
	"testing"

	"sluss/api"
)

func TestAgentRiskVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			ID       string `json:"id"`
			Inputs   m      `json:"inputs"`
			Expected any    `json:"expected"`
		} `json:"vectors"`
	}
	readVectors(t, "../model/assess/testdata/vectors/agent-risk.json", &file)
	h := open(t, api.Options{})
	h.Unchanged(func() {
		for _, v := range file.Vectors {
			if got, rules := h.preview("agent-risk", v.Inputs); !reflect.DeepEqual(got, v.Expected) || len(rules) == 0 {
				t.Errorf("%s:\n got %v\nwant %v", v.ID, got, v.Expected)
			}
		}
	})
}

func TestRefusedAgentPreviews(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for _, test := range []struct {
		body    any
		pointer string
	}{
		{m{}, "/facts"},
		{m{"facts": m{}, "profile": "laxest"}, "/profile"},
		{m{"facts": m{"autonomi": 3}}, "/facts/autonomi"},
		{m{"facts": m{"control_gap": 0}}, "/facts/control_gap"},
		{m{"facts": m{"autonomy_level": 6}}, "/facts/autonomy_level"},
		{m{"facts": m{"side_effects": "some"}}, "/facts/side_effects"},
		{m{"facts": m{"untrusted_input": "yes"}}, "/facts/untrusted_input"},
		{m{"facts": m{"planned_as_condition": []string{"KF99"}}}, "/facts/planned_as_condition/0"},
		{m{"facts": m{"answers": []int{0}}}, "/facts/answers"},
		{m{"facts": m{"answers": m{"KF99": 0}}}, "/facts/answers/KF99"},
		{m{"facts": m{"answers": m{"KF5": 4}}}, "/facts/answers/KF5"},
		{m{"facts": m{"answers": m{"KF5": "NA"}}}, "/facts/answers/KF5"},
		{m{"facts": m{"answers": m{"default": "NA"}}}, "/facts/answers/default"},
	} {
		for _, language := range []string{"sv", "en"} {
			p := h.do(call{"POST", "/previews/agent-risk", "employee", test.body, "Accept-Language: " + language}).
				Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != test.pointer || p.Errors[0].Code == "" || p.Errors[0].Message == "" {
				t.Errorf("%v: %+v, want %s", test.body, p.Errors, test.pointer)
			}
		}
	}
}
