package blobs_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"sluss/model/store/blobs"
)

// member is a member of an archive.
type member struct{ name, text string }

func archive(t *testing.T, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	wordMain  = `<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>`
	macroMain = `<Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>`
	sheetMain = `<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>`
	odtType   = "application/vnd.oasis.opendocument.text"
	odsType   = "application/vnd.oasis.opendocument.spreadsheet"
)

func docx(t *testing.T, more ...member) string {
	t.Helper()
	return archive(t, append([]member{{"[Content_Types].xml", wordMain}, {"_rels/.rels", ""}, {"word/document.xml", "<w/>"}}, more...)...)
}

func odf(t *testing.T, media string, more ...member) string {
	t.Helper()
	return archive(t, append([]member{{"mimetype", media}, {"content.xml", "<o/>"}, {"META-INF/manifest.xml", "<m/>"}}, more...)...)
}

func picture(t *testing.T, encode func(*bytes.Buffer, image.Image) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// huge is a picture that says that it is very large.
func huge(t *testing.T) string {
	t.Helper()
	b := []byte(picture(t, func(b *bytes.Buffer, i image.Image) error { return png.Encode(b, i) }))
	binary.BigEndian.PutUint32(b[16:], 60_000)
	binary.BigEndian.PutUint32(b[20:], 60_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return string(b)
}

func identify(content, name string) (media, cleaned string, err error) {
	return blobs.Identify(strings.NewReader(content), int64(len(content)), name)
}

func TestTaken(t *testing.T) {
	t.Parallel()
	pngFile := picture(t, func(b *bytes.Buffer, i image.Image) error { return png.Encode(b, i) })
	jpegFile := picture(t, func(b *bytes.Buffer, i image.Image) error { return jpeg.Encode(b, i, nil) })
	seen := map[string]bool{}
	for _, test := range []struct{ content, name, media, cleaned string }{
		{"%PDF-1.7\n...", "Avtal.pdf", "application/pdf", "Avtal.pdf"},
		{"%PDF-1.7\n...", "AVTAL.PDF", "application/pdf", "AVTAL.PDF"},
		{"%PDF-1.7\n...", "Avtal", "application/pdf", "Avtal.pdf"},
		{"%PDF-1.7\n...", "Protokoll 2026.11", "application/pdf", "Protokoll 2026.11.pdf"},
		{pngFile, "bild.png", "image/png", "bild.png"},
		{jpegFile, "bild.jpeg", "image/jpeg", "bild.jpeg"},
		{jpegFile, "", "image/jpeg", "bilaga.jpg"},
		{docx(t), "beslut.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "beslut.docx"},
		{archive(t, member{"[Content_Types].xml", sheetMain}, member{"xl/workbook.xml", ""}), "lista.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "lista.xlsx"},
		{odf(t, odtType), "beslut.odt", odtType, "beslut.odt"},
		{odf(t, odsType), "lista.ods", odsType, "lista.ods"},
		{"Hej världen", "hej.txt", "text/plain", "hej.txt"},
		{"Hej v\xe4rlden", "hej.txt", "text/plain", "hej.txt"}, // an older encoding
		{"\xef\xbb\xbfnamn;antal\r\nå;1\r\n", "lista.csv", "text/csv", "lista.csv"},
		{"# Rubrik\n\n<https://example.org>", "läs.md", "text/markdown", "läs.md"},
		{"<https://example.org> visar", "läs.md", "text/markdown", "läs.md"},
		{"1 < 2", "hej", "text/plain", "hej.txt"},
	} {
		media, cleaned, err := identify(test.content, test.name)
		if err != nil || media != test.media || cleaned != test.cleaned {
			t.Errorf("%q: %s %q, %v; want %s %q", test.name, media, cleaned, err, test.media, test.cleaned)
		}
		seen[media] = true
	}
	for _, media := range blobs.MediaTypes() {
		if !seen[media] {
			t.Errorf("%s is taken by no test", media)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ content, name string }{
		"a page":                         {"<!DOCTYPE html><script>alert(1)</script>", "sida.html"},
		"a page as text":                 {"<!DOCTYPE html><script>alert(1)</script>", "sida.txt"},
		"a page behind a mark":           {"\xef\xbb\xbf \n<html>", "sida.txt"},
		"markup as text":                 {"<p onclick='x'>hej", "hej.md"},
		"a picture with scripts":         {`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "bild.svg"},
		"a picture with scripts as text": {`<svg onload="alert(1)"/>`, "bild.txt"},
		"XML":                            {`<?xml version="1.0"?><svg/>`, "bild.xml"},
		"a script":                       {"#!/bin/sh\nrm -rf /", "kör.txt"},
		"text under a script's name":     {"alert(1)", "kör.js"},
		"text under a batch's name":      {"del *.*", "kör.bat"},
		"text under a page's name":       {"hej", "hej.html"},
		"a program":                      {"MZ\x90\x00\x03\x00\x00\x00", "program.exe"},
		"a program as a document":        {"MZ\x90\x00\x03\x00\x00\x00", "program.pdf"},
		"an ELF program":                 {"\x7fELF\x02\x01\x01\x00", "program"},
		"a document as a program":        {"%PDF-1.7", "avtal.pdf.exe"},
		"a document as a picture":        {"%PDF-1.7", "avtal.png"},
		"a turned name":                  {"%PDF-1.7", "avtal\u202efdp.exe"},
		"gzip":                           {"\x1f\x8b\x08\x00", "arkiv.gz"},
		"an archive":                     {archive(t, member{"a.txt", "a"}), "arkiv.zip"},
		"an archive as a document":       {archive(t, member{"word/document.xml", "a"}), "arkiv.docx"},
		"an empty archive":               {archive(t), "arkiv.docx"},
		"half an archive":                {docx(t)[:40], "arkiv.docx"},
		"a document with macros":         {docx(t, member{"word/vbaProject.bin", "x"}), "makro.docx"},
		"a document with a program":      {docx(t, member{"word/embeddings/kör.exe", "x"}), "program.docx"},
		"a macro document, renamed":      {archive(t, member{"[Content_Types].xml", macroMain}, member{"word/document.xml", ""}), "makro.docx"},
		"a sheet as a text":              {archive(t, member{"[Content_Types].xml", sheetMain}, member{"xl/workbook.xml", ""}), "lista.docx"},
		"a member twice":                 {docx(t, member{"word/document.xml", "<w/>"}), "två.docx"},
		"a member outside":               {docx(t, member{"../../etc/passwd", "x"}), "ut.docx"},
		"a member at the root":           {docx(t, member{"/etc/passwd", "x"}), "ut.docx"},
		"a member on a drive":            {docx(t, member{`C:\x`, "x"}), "ut.docx"},
		"a very long list of types":      {archive(t, member{"[Content_Types].xml", wordMain + strings.Repeat(" ", 1<<20)}, member{"word/document.xml", ""}), "lång.docx"},
		"an open document with macros":   {odf(t, odtType, member{"Basic/Standard/Module1.xml", "x"}), "makro.odt"},
		"an open document with scripts":  {odf(t, odtType, member{"Scripts/python/x.py", "x"}), "makro.odt"},
		"another open document":          {odf(t, "application/vnd.oasis.opendocument.presentation"), "bild.odt"},
		"a mimetype that is not first":   {archive(t, member{"content.xml", ""}, member{"mimetype", odtType}, member{"META-INF/manifest.xml", ""}), "x.odt"},
		"a huge picture":                 {huge(t), "stor.png"},
		"half a picture":                 {"\x89PNG\r\n\x1a\n", "halv.png"},
		"a picture of another kind":      {"GIF89a\x01\x00\x01\x00", "bild.gif"},
		"binary after the beginning":     {strings.Repeat("text ", 200) + "\x00", "hej.txt"},
		"text in UTF-16":                 {"\xff\xfeh\x00e\x00j\x00", "hej.txt"},
		"JSON under its own name":        {"{}", "x.json"},
	} {
		if media, cleaned, err := identify(test.content, test.name); !errors.Is(err, blobs.ErrType) {
			t.Errorf("%s is taken as %s %q, %v", name, media, cleaned, err)
		}
	}
}

// A document that grows out of all measure when it is unpacked is refused by what
// it says of itself.
func TestBomb(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range []member{{"[Content_Types].xml", wordMain}, {"word/document.xml", ""}} {
		w, err := z.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: "word/media/a.bin", Method: zip.Deflate, UncompressedSize64: 1 << 40, CompressedSize64: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if media, _, err := identify(b.String(), "bomb.docx"); !errors.Is(err, blobs.ErrType) {
		t.Errorf("taken as %s, %v", media, err)
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Avtal.pdf":                        "Avtal.pdf",
		`C:\Users\a\Avtal.pdf`:             "Avtal.pdf",
		"../../etc/passwd":                 "passwd",
		"a\x00b\r\nc.pdf":                  "ab c.pdf",
		"avtal\u202efdp.exe":               "avtalfdp.exe",
		"  . avtal  två .pdf. ":            "avtal två .pdf",
		`a<b>c:"d|e?f*.pdf`:                "a_b_c__d_e_f_.pdf",
		"o\u0308l.pdf":                     "öl.pdf",
		"con.pdf":                          "_con.pdf",
		"contract.pdf":                     "contract.pdf",
		"":                                 "bilaga",
		"/":                                "bilaga",
		"...":                              "bilaga",
		"\xff.pdf":                         "_.pdf",
		strings.Repeat("å", 150) + ".docx": strings.Repeat("å", 97) + ".docx",
	} {
		if got := blobs.CleanName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add([]byte("%PDF-1.7"), "a.pdf")
	f.Add([]byte("PK\x03\x04"), "a.docx")
	f.Add([]byte("text"), "../a\x00.txt")
	f.Fuzz(func(t *testing.T, content []byte, name string) {
		_, cleaned, err := blobs.Identify(bytes.NewReader(content), int64(len(content)), name)
		if err != nil && !errors.Is(err, blobs.ErrType) {
			t.Errorf("%v", err)
		}
		if err == nil && (cleaned == "" || len(cleaned) > 255 || strings.ContainsAny(cleaned, "/\\\x00\r\n\"") || blobs.CleanName(cleaned) != cleaned) {
			t.Errorf("the name is %q", cleaned)
		}
	})
}
