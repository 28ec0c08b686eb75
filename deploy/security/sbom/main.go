// Sbom writes what Sluss is made of, as a CycloneDX 1.6 document in JSON, to standard
// output: every module that go.mod names, with its version, its address as a package
// URL and the hash that go.sum knows it by. The same go.mod and go.sum give the same
// document. Run it from the folder of the module:
//
//	go run ./deploy/security/sbom > sluss.cdx.json
//
// It imports nothing of Sluss.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"golang.org/x/mod/modfile"
)

func main() {
	if err := write(os.Stdout, "."); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// write writes the document of the module in a folder.
func write(w io.Writer, dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return err
	}
	sums, err := readSums(filepath.Join(dir, "go.sum"))
	if err != nil {
		return err
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Component: &cyclonedx.Component{
		BOMRef: mod.Module.Mod.Path, Type: cyclonedx.ComponentTypeApplication, Name: mod.Module.Mod.Path,
		Licenses: &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "EUPL-1.2"}}},
	}}
	parts := []cyclonedx.Component{component("std", mod.Go.Version, "")}
	for _, r := range mod.Require {
		sum, ok := sums[r.Mod.Path+" "+r.Mod.Version]
		if !ok {
			return fmt.Errorf("go.sum does not know %s", r.Mod.Path)
		}
		parts = append(parts, component(r.Mod.Path, r.Mod.Version, sum))
	}
	bom.Components = &parts
	return cyclonedx.NewBOMEncoder(w, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cyclonedx.SpecVersion1_6)
}

// component is a module. Its hash is the SHA-256 that go.sum gives, of the list of
// its files and their hashes.
func component(path, version, sum string) cyclonedx.Component {
	address := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
	c := cyclonedx.Component{
		BOMRef: address, Type: cyclonedx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: address,
	}
	if sum != "" {
		c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sum}}
	}
	return c
}

// readSums reads the hashes of go.sum in hexadecimal, by path and version.
func readSums(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		parts := strings.Fields(line)
		if len(parts) != 3 || strings.HasSuffix(parts[1], "/go.mod") {
			continue
		}
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(parts[2], "h1:"))
		if err != nil {
			return nil, fmt.Errorf("the hash of %s: %w", parts[0], err)
		}
		sums[parts[0]+" "+parts[1]] = hex.EncodeToString(sum)
	}
	return sums, nil
}
