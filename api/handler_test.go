package api_test

import (
	"testing"

	"sluss/api"
	"sluss/api/apitest"
)

// house is an API without an engine, and shorter ways to ask it.
type house struct{ *apitest.House }

func open(t testing.TB, o api.Options) house {
	t.Helper()
	return house{apitest.Open(t, o, nil)}
}

// call is one request: method, path, person, body and header lines.
type call struct {
	method, path, as string
	body             any
	header           string
}

func (h house) do(c call) apitest.Answer {
	h.T.Helper()
	return h.Do(apitest.Call{Method: c.method, Path: c.path, As: c.as, Body: c.body, Header: c.header})
}

var key = apitest.Key

// declared is the contract to which every answer is held.
var declared = func() *apitest.Contract {
	c, err := apitest.Load()
	if err != nil {
		panic(err)
	}
	return c
}()
