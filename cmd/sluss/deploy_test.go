package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestDeployNamesWhatThereIs: the files of deploy name settings, commands and files that
// there are.
func TestDeployNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	var s settings
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	s.flags(fs)
	known := map[string]bool{}
	fs.VisitAll(func(f *flag.Flag) { known[environmentName(f.Name)] = true })
	named := 0
	for _, pattern := range []string{"systemd/*", "container/*", "compose/*"} {
		files, err := filepath.Glob("../../deploy/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, name := range regexp.MustCompile(`\bSLUSS_[A-Z_]+\b`).FindAllString(read(t, file), -1) {
				if named++; !known[name] {
					t.Errorf("%s names %s, which is no setting", file, name)
				}
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d settings are named", named)
	}
	for _, unit := range []string{"sluss.service", "sluss-backup.service"} {
		for _, line := range regexp.MustCompile(`/usr/local/bin/sluss (\w+)`).FindAllStringSubmatch(read(t, "../../deploy/systemd/"+unit), -1) {
			hasCommand(t, unit, line[1])
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	info, err := os.Stat(file)
	if err == nil && info.IsDir() {
		return "" // secrets of somebody who tries it out
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func hasCommand(t *testing.T, where, name string) {
	t.Helper()
	if !slices.ContainsFunc(commands(), func(c command) bool { return c.name == name }) {
		t.Errorf("%s runs sluss %s, which there is not", where, name)
	}
}

// TestComposeIsWhole: services, secrets, volumes and networks that are named are there,
// and so are the files that are mounted.
func TestComposeIsWhole(t *testing.T) {
	t.Parallel()
	type service struct {
		Image     string
		Command   []string
		ReadOnly  bool `yaml:"read_only"`
		Secrets   []yaml.Node
		Volumes   []string
		Networks  []string
		Ports     []string
		DependsOn map[string]struct{ Condition string } `yaml:"depends_on"`
	}
	var all struct {
		Services                   map[string]service
		Networks, Volumes, Secrets map[string]any
	}
	const folder = "../../deploy/compose"
	if err := yaml.Unmarshal([]byte(read(t, folder+"/compose.yaml")), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Services) < 8 {
		t.Errorf("only %d services", len(all.Services))
	}
	for name, s := range all.Services {
		if strings.HasPrefix(s.Image, "sluss:") {
			if len(s.Command) > 0 {
				hasCommand(t, name, s.Command[0])
			}
			if !s.ReadOnly {
				t.Errorf("%s can write to its image", name)
			}
		}
		for _, node := range s.Secrets {
			secret := struct{ Source string }{node.Value}
			if node.Kind == yaml.MappingNode {
				if err := node.Decode(&secret); err != nil {
					t.Fatal(err)
				}
			}
			if all.Secrets[secret.Source] == nil {
				t.Errorf("%s: there is no secret %s", name, secret.Source)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			_, isVolume := all.Volumes[from]
			if strings.HasPrefix(from, ".") {
				if _, err := os.Stat(filepath.Join(folder, from)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if !isVolume {
				t.Errorf("%s: there is no volume %s", name, from)
			}
		}
		for _, n := range s.Networks {
			if _, ok := all.Networks[n]; !ok {
				t.Errorf("%s: there is no network %s", name, n)
			}
		}
		for other := range s.DependsOn {
			if _, ok := all.Services[other]; !ok {
				t.Errorf("%s waits for %s, which there is not", name, other)
			}
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s is published on %s", name, p)
			}
		}
	}
}
