package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model/calendar"
)

// Somebody delegates and is away, as the command line tells it.
func TestDelegationAndAbsenceCommands(t *testing.T) {
	t.Chdir("../../api/apitest") // the house looks for its contract from there
	h := apitest.Open(t, api.Options{}, nil)
	server := httptest.NewServer(h.Handler)
	t.Cleanup(server.Close)
	call := func(as string, args ...string) (string, error) {
		t.Helper()
		out, _, err := sluss(t, append(args, "--server", server.URL, "--token", h.Tokens[as])...)
		return strings.Join(strings.Fields(out), " "), err
	}
	want := func(as, text string, args ...string) {
		t.Helper()
		if out, err := call(as, args...); err != nil || !strings.Contains(out, text) {
			t.Errorf("%v: %s, %v, want %s", args, out, err, text)
		}
	}
	refused := func(as, text string, args ...string) {
		t.Helper()
		if out, err := call(as, args...); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v: %s, %v, want %s", args, out, err, text)
		}
	}
	id := func(as, field string, args ...string) string {
		t.Helper()
		out, err := call(as, append(args, "--json")...)
		var found map[string]any
		if err != nil || json.Unmarshal([]byte(out), &found) != nil {
			t.Fatalf("%v: %s, %v", args, out, err)
		}
		return found[field].(string)
	}
	h.Draft("owner", map[string]any{"title": "Ett ärende"})
	today := calendar.Today(h.Clock.Now())
	days := []string{"--from-day", today.String(), "--until-day", today.AddDays(7).String()}
	with := func(args ...string) []string { return append(args, days...) }

	want("environment", "Inga ersättare.", "delegation", "list")
	want("environment", "Gäller för alla", with("delegation", "check", "--to", "employee", "--roles", "environment_reviewer")...)
	want("admin", "Gäller inte för: SOD-01", with("delegation", "check", "--from", "environment", "--to", "owner", "--roles", "environment_reviewer", "--reason", "Semester")...)
	refused("ciso", "(segregation_of_duties)", with("delegation", "make", "--to", "dpo", "--roles", "ciso")...)
	refused("environment", "/roles/0", with("delegation", "make", "--to", "employee", "--roles", "auditor")...)
	given := id("environment", "delegation_id", with("delegation", "make", "--to", "employee", "--roles", "environment_reviewer")...)
	want("employee", "Namn environment Namn employee Hållbarhetsstrateg", "delegation", "list")
	want("employee", "Sustainability reviewer", "delegation", "list", "--lang", "en")
	want("employee", given, "delegation", "end", given)
	refused("environment", "(delegation_over)", "delegation", "end", given)
	want("environment", "Inga ersättare.", "delegation", "list")
	want("environment", given, "delegation", "list", "--all")

	want("environment", "Ingen är borta.", "absence", "list")
	want("environment", "Ingen uppgift blir liggande.", with("absence", "check")...)
	want("admin", "Ersättaren kan inte svara i: SOD-01", with("absence", "check", "--person", "environment", "--deputy", "owner")...)
	away := id("admin", "absence_id", with("absence", "note", "--person", "environment", "--deputy", "employee", "--roles", "environment_reviewer")...)
	want("environment", "Namn environment Namn employee Hållbarhetsstrateg", "absence", "list")
	want("owner", "environment namnden Namn environment environment_reviewer borta t.o.m. "+today.AddDays(7).String(), "person", "list")
	want("admin", "Inget väntar på någon som är borta.", "absence", "waiting")
	refused("environment", "/from_day", with("absence", "note")...)
	want("environment", away, "absence", "end", away)
	refused("environment", "(absence_over)", "absence", "end", away)
	for _, args := range [][]string{{"absence"}, {"absence", "fly"}, {"absence", "end"}, {"delegation"}, {"delegation", "end"}, {"delegation", "list", "x"}} {
		if _, err := call("admin", args...); err != errUsage {
			t.Errorf("%v: %v", args, err)
		}
	}
}
