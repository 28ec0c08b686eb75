package security

import (
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const module = "../.."

// level1 is how many requirements of level 1 ASVS 5.0.0 has.
const level1 = 70

var (
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	testName = regexp.MustCompile(`^(Test|Fuzz)[A-Z]\w*$`)
	idForm   = regexp.MustCompile(`^\d{1,2}\.\d{1,2}\.\d{1,2}$`)
)

// TestEvidence: every test and every file that asvs.csv names exists, what is met or
// partly met has evidence, and what is not is explained.
func TestEvidence(t *testing.T) {
	t.Parallel()
	tests := testsOf(t)
	file, err := os.Open("asvs.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := "id,level,status,evidence,note"; strings.Join(rows[0], ",") != want {
		t.Fatalf("columns %v", rows[0])
	}
	seen, atLevel, last := map[string]bool{}, map[string]int{}, ""
	for _, row := range rows[1:] {
		id, level, status, evidence, note := row[0], row[1], row[2], strings.Fields(row[3]), row[4]
		atLevel[level]++
		if !idForm.MatchString(id) || seen[id] || !follows(last, id) {
			t.Errorf("%s after %s", id, last)
		}
		seen[id], last = true, id
		switch status {
		case "met", "partly":
			if len(evidence) == 0 || status == "partly" && note == "" {
				t.Errorf("%s is %s, and nothing shows it or says how far", id, status)
			}
		case "not applicable", "not yet":
			if note == "" {
				t.Errorf("%s is %s, and nobody says why", id, status)
			}
		default:
			t.Errorf("%s is %q", id, status)
		}
		for _, e := range evidence {
			if testName.MatchString(e) {
				if !tests[e] {
					t.Errorf("%s: there is no %s", id, e)
				}
			} else if _, err := os.Stat(filepath.Join(module, e)); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
	if atLevel["1"] != level1 || atLevel["1"]+atLevel["2"]+atLevel["3"] != len(rows)-1 {
		t.Errorf("requirements by level %v", atLevel)
	}
}

// follows reports whether an id comes after another, number by number.
func follows(before, after string) bool {
	if before == "" {
		return true
	}
	a, b := strings.Split(before, "."), strings.Split(after, ".")
	for i := range a {
		x, _ := strconv.Atoi(a[i])
		y, _ := strconv.Atoi(b[i])
		if x != y {
			return x < y
		}
	}
	return false
}

// testsOf are the tests of the module.
func testsOf(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(module, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 500 {
		t.Fatalf("only %d tests were found", len(found))
	}
	return found
}
