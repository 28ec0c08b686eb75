package main

import (
	"bytes"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"golang.org/x/mod/modfile"
)

const module = "../../.."

// TestEveryModuleIsNamed: the document names every module of go.mod in its version,
// once, and what this test itself was built of.
func TestEveryModuleIsNamed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := write(&out, module); err != nil {
		t.Fatal(err)
	}
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(out.Bytes()), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if bom.BOMFormat != "CycloneDX" || bom.SpecVersion != cyclonedx.SpecVersion1_6 || bom.Metadata.Component.Name != "sluss" {
		t.Errorf("%s %s of %s", bom.BOMFormat, bom.SpecVersion, bom.Metadata.Component.Name)
	}
	named := map[string]string{}
	for _, c := range *bom.Components {
		if named[c.Name] != "" || c.PackageURL != "pkg:golang/"+c.Name+"@"+strings.ReplaceAll(c.Version, "+", "%2B") {
			t.Errorf("%s is named twice, or as %s", c.Name, c.PackageURL)
		}
		if c.Name != "std" && (c.Hashes == nil || len((*c.Hashes)[0].Value) != 64) {
			t.Errorf("%s has no hash", c.Name)
		}
		named[c.Name] = c.Version
	}
	text, err := os.ReadFile(module + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(mod.Require) < 100 || named["std"] != mod.Go.Version {
		t.Fatalf("%d modules, standard library %s", len(mod.Require), named["std"])
	}
	for _, r := range mod.Require {
		if named[r.Mod.Path] != r.Mod.Version {
			t.Errorf("%s %s is named as %q", r.Mod.Path, r.Mod.Version, named[r.Mod.Path])
		}
	}
	built, ok := debug.ReadBuildInfo()
	if !ok || len(built.Deps) == 0 {
		t.Fatal("the test does not know what it was built of")
	}
	for _, d := range built.Deps {
		if named[d.Path] != d.Version {
			t.Errorf("%s %s was built in and is named as %q", d.Path, d.Version, named[d.Path])
		}
	}
	if again := new(bytes.Buffer); write(again, module) != nil || again.String() != out.String() {
		t.Error("the document differs the second time")
	}
	if strings.Contains(out.String(), "timestamp") {
		t.Error("the document tells when it was made")
	}
}
