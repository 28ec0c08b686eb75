package rulebook

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// What is packed and unpacked is the same rulebook.
func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := DefaultFiles()
	if err != nil {
		t.Fatal(err)
	}
	content, err := files.Pack()
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	b, err := Unpack(content)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d files, %d bytes packed, unpacked in %v, about %d MB held", len(files), len(content), took, (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>20)
	if b.Digest != Default().Digest || len(b.Lacks(Default())) != 0 {
		t.Errorf("digest %s, want %s; lacks %v", b.Digest, Default().Digest, b.Lacks(Default()))
	}
}

// Files are loaded as a directory is, with every check.
func TestFilesLoad(t *testing.T) {
	t.Parallel()
	want, err := Load(small(t, "", ""), "small")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := smallFiles(t).Load(); err != nil || b.Digest != want.Digest {
		t.Errorf("loaded from files: %v", err)
	}
}

func smallFiles(t *testing.T) Files {
	t.Helper()
	files, err := ReadFiles(small(t, "", ""), "small")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return files
}

func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		bomb += string(rune('b'+i)) + ": &" + string(rune('b'+i)) + " [" + strings.Repeat("*"+string(rune('a'+i))+",", 9) + "]\n"
	}
	for name, tt := range map[string]struct {
		files Files
		code  string
	}{
		"none":          {Files{}, CodeMissing},
		"outside":       {Files{"../rulebook.yaml": ""}, CodeUnknownName},
		"absolute":      {Files{"/rulebook.yaml": ""}, CodeUnknownName},
		"another kind":  {Files{"rulebook.json": ""}, CodeUnknownName},
		"statements":    {Files{"statements.yaml": ""}, CodeUnknownName},
		"too large":     {Files{"rulebook.yaml": strings.Repeat("#", MaxContent+1)}, CodeValue},
		"no YAML":       {Files{"rulebook.yaml": "\x00{"}, CodeSyntax},
		"unknown key":   {Files{"rulebook.yaml": "colour: red"}, CodeSyntax},
		"aliases":       {Files{"rulebook.yaml": bomb}, CodeSyntax},
		"alias of self": {Files{"rulebook.yaml": "parameters:\n  - id: a\n    default: &d [*d]\n"}, CodeSyntax},
		"no address":    {changed(smallFiles(t), "book.yaml", `version: "1"`, `version: "1/2"`), CodeValue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tt.files.Load()
			if found := Errors(err); len(found) == 0 || found[0].Code != tt.code {
				t.Errorf("%v, want %s", err, tt.code)
			}
		})
	}
}

// changed are files with a text replaced.
func changed(f Files, name, old, new string) Files {
	out := Files{}
	for n, text := range f {
		if n == name {
			text = strings.Replace(text, old, new, 1)
		}
		out[n] = text
	}
	return out
}

// A rulebook that leaves out what the program asks it for is told so.
func TestLacks(t *testing.T) {
	t.Parallel()
	b, err := Load(small(t, "", ""), "small")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, e := range b.Lacks(Default()) {
		if e.Code != CodeMissing || e.Rule == "" {
			t.Errorf("%v", e)
		}
		kinds[e.Msg] = true
	}
	if len(kinds) < 7 {
		t.Errorf("lacks only %v", kinds)
	}
	if found := Default().Lacks(b); len(found) == 0 {
		t.Error("the other way round nothing is missing")
	}
}
