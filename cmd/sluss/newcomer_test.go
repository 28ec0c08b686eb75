//go:build !slim

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// newcomer uses the program with nothing but its commands.
type newcomer struct {
	*testing.T
	w *world
}

// does runs a command as a person and returns what it printed or refused, which
// has to hold every one of the words.
func (n newcomer) does(as, command string, words ...string) string {
	n.Helper()
	args := append(strings.Fields(command), "--as", as, "--server", n.w.base, "--data-dir", n.w.dir)
	out, _, err := sluss(n.T, args...)
	if err != nil {
		out += err.Error()
	}
	for _, word := range words {
		if !strings.Contains(out, word) {
			n.Errorf("sluss %s: no %q in\n%s", command, word, out)
		}
	}
	return out
}

func (n newcomer) file(text string) string {
	n.Helper()
	path := filepath.Join(n.TempDir(), "intake.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		n.Fatal(err)
	}
	return path
}

var someID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// TestNewcomer takes a case from a first attempt with mistakes to a return, in both
// languages, on the command line alone.
func TestNewcomer(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	n := newcomer{t, w}

	n.does("user", "unit list", "socialnamnden", "strictest")
	n.does("dpo", "person list --lang en", "environment_reviewer", "Cecilia Ciso")
	n.does("dpo", "person list --json", `"roles"`, `"user": "ciso"`)

	first := n.file("intake_form: full\ntitle: Kort\norg_unit_id: nowhere\npersonal_data: kanske\ngenerative: nej\nagent: 3\n")
	n.does("project_owner", "case open --file "+first, "org_unit_id", "personal_data", "agent:", "title:", "sluss rulebook show NAMN")
	n.does("project_owner", "case open --lang en --file "+first, "org_unit_id", "personal_data", "sluss rulebook show NAME")

	second := n.file("intake_form: full\ntitle: Assistent\ngenerative: ja\npersonal_data: none\nkind: ai_agent\nagent_traits: [uses_tools]\n")
	opened := n.does("project_owner", "case open --file "+second, "full (", "agent: ", "V-02", "Ärende och organisation (", "Kort beskrivning", "case save")
	if strings.Contains(opened, "short_t") || strings.Contains(opened, "agent.tools") {
		t.Errorf("another form than the one chosen, or what follows from a missing group:\n%s", opened)
	}
	draft := someID.FindString(opened)
	n.does("project_owner", "case show "+draft+" --lang en", "Draft", "Case and organisation (", "full (")
	n.does("project_owner", "case submit "+draft, "summary", "Intyganden (")

	saved := n.does("project_owner", "case save "+draft+" --file testdata/quickstart.yaml --lang en", "Nothing is missing")
	if strings.Contains(saved, "Answers missing") {
		t.Errorf("saved:\n%s", saved)
	}
	n.does("project_owner", "case submit "+draft, "Nivå T1", "TIER-1", "Skyddsnivå 0", "IPL-0", "TR-15")
	n.does("project_owner", "case show "+draft+" --lang en", "Tier T1", "TIER-1", "Protection level 0", "IPL-0", "TR-15")

	task := someID.FindString(n.does("manager", "task list"))
	n.does("manager", "task show "+task, "--reason", "--path-forward")
	back := "task decide " + task + " --outcome return --path-forward Beskriv_ändamålet_utförligare_och_kom_igen --reason "
	n.does("manager", back+"HS-99", "HS-12", "sluss rulebook show reasons")
	n.does("manager", back+"ä", "sluss rulebook show reasons")
	n.does("manager", back+"V-04,oklart_andamal", "RETURNED")
	n.does("project_owner", "case show "+draft, "V-04, oklart_andamal", "case save", "case submit")
}
