package rulebook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// MaxContent bounds the files of a rulebook together, in bytes, and maxFiles their
// number. That of the program has two thirds of a megabyte in sixty files.
const (
	MaxContent = 1 << 20
	maxFiles   = 400
)

// Files are the files of a rulebook by their paths below its directory, which are
// written with slashes.
type Files map[string]string

// ReadFiles reads the files of a rulebook from a directory of fsys.
func ReadFiles(fsys fs.FS, dir string) (Files, error) {
	files, size := Files{}, 0
	for _, pattern := range []string{"*.yaml", assessmentsDir + "/*/*.yaml", recordsDir + "/*/*.yaml"} {
		names, err := fs.Glob(fsys, path.Join(dir, pattern))
		if err != nil {
			return nil, fmt.Errorf("list rulebook files: %w", err)
		}
		for _, name := range names {
			if !isRules(name) {
				continue
			}
			raw, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, fmt.Errorf("read rulebook file: %w", err)
			}
			if size += len(raw); size > MaxContent {
				return nil, &Error{File: dir, Code: CodeValue, Msg: fmt.Sprintf("more than %d bytes", MaxContent)}
			}
			files[strings.TrimPrefix(name, dir+"/")] = string(raw)
		}
	}
	return files, nil
}

// DefaultFiles are the files of the rulebook that comes with the program.
func DefaultFiles() (Files, error) { return ReadFiles(data, defaultDir) }

// filePath is where a file of a rulebook may stand.
var filePath = regexp.MustCompile(`^((` + assessmentsDir + `|` + recordsDir + `)/[a-z][a-z0-9_]*/)?[a-z0-9][a-z0-9_.-]*\.yaml$`)

// versionName are the ids and versions that may stand in an address.
var versionName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,59}$`)

// Load loads the rulebook from its files and checks it as the function Load does,
// and beside that the paths of the files, their size and the names of the rulebook
// and its version, which stand in addresses.
func (f Files) Load() (*Book, error) {
	size := 0
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(f)) {
		size += len(f[name])
		if len(name) > 120 || !filePath.MatchString(name) || !isRules(name) {
			faults = append(faults, &Error{File: name, Code: CodeUnknownName, Msg: "no file of a rulebook has this path"})
		}
	}
	if size > MaxContent || len(f) > maxFiles {
		faults = append(faults, &Error{Code: CodeValue, Msg: fmt.Sprintf("more than %d files or %d bytes", maxFiles, MaxContent)})
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	content, err := f.Pack()
	if err != nil {
		return nil, err
	}
	b, err := unpack(content, true)
	if err == nil && (!versionName.MatchString(b.ID) || !versionName.MatchString(b.Version)) {
		err = &Error{Code: CodeValue, Msg: "id and version have small letters, digits, dots and hyphens only"}
	}
	return b, err
}

// Pack writes the files as a ZIP archive, in the order of their paths.
func (f Files) Pack() ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		file, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(file, f[name])
		}
		if err != nil {
			return nil, fmt.Errorf("pack a rulebook: %w", err)
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// Unpack loads a rulebook that Pack has written. The search for rules that never
// fire is left out: it was made before the rulebook was kept.
func Unpack(content []byte) (*Book, error) { return unpack(content, false) }

func unpack(content []byte, search bool) (*Book, error) {
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("open a rulebook: %w", err)
	}
	return load(r, ".", search)
}

// Lacks lists what a program that was written for another rulebook asks this one for
// and does not find: profiles, parameters, stages, enumerations, tables, lists, and
// the forms of stages and records.
func (b *Book) Lacks(program *Book) []*Error {
	var out []*Error
	need := func(there bool, kind, id string) {
		if !there {
			out = append(out, &Error{Rule: id, Code: CodeMissing, Msg: "the program needs the " + kind})
		}
	}
	for _, p := range program.profiles {
		need(slices.ContainsFunc(b.profiles, func(x Profile) bool { return x.ID == p.ID }), "profile", p.ID)
	}
	for _, p := range program.params {
		need(slices.ContainsFunc(b.params, func(x Param) bool { return x.ID == p.ID && x.Type == p.Type }), "parameter", p.ID)
	}
	for _, st := range program.stages {
		_, there := b.StageLabel(st.Key)
		need(there, "stage", st.Key)
	}
	need(b.ID == program.ID, "rulebook", program.ID)
	out = append(out, b.lacksNames(program)...)
	for _, a := range program.assessments {
		own, there := b.Assessment(a.ID)
		if need(there, "assessment", a.ID); there {
			out = append(out, own.lacksNames(a)...)
		}
	}
	for _, r := range program.records {
		_, there := b.RecordForm(r.ID)
		need(there, "form of the record", r.ID)
	}
	return out
}

// lacksNames is Lacks for what the book of a stage has too.
func (b *Book) lacksNames(program *Book) []*Error {
	var out []*Error
	for kind, ids := range map[string][]string{
		"enumeration": missing(b.enumByID, program.enumByID), "table": missing(b.tables, program.tables), "list": missing(b.lists, program.lists),
	} {
		for _, id := range ids {
			out = append(out, &Error{Rule: id, Code: CodeMissing, Msg: "the program needs the " + kind})
		}
	}
	slices.SortFunc(out, func(x, y *Error) int { return strings.Compare(x.Error(), y.Error()) })
	return out
}

func missing[T any](have, want map[string]T) []string {
	var out []string
	for id := range want {
		if _, ok := have[id]; !ok {
			out = append(out, id)
		}
	}
	return out
}
