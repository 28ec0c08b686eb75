package blobs

import (
	"archive/zip"
	"io"
	"path"
	"strings"
)

// The bounds of a document that is an archive inside. Decompressed it may not
// grow beyond what its readers can hold, and its names stay within it.
const (
	maxMembers  = 10_000
	maxUnpacked = 512 << 20
	maxMember   = 64 << 10 // of those that are read here
)

// identifyZip tells the documents that are archives inside from other archives,
// by the members that they must have. Documents with macros are refused.
func identifyZip(content io.ReaderAt, size int64) (kind, error) {
	z, err := zip.NewReader(content, size)
	if err != nil || len(z.File) > maxMembers {
		return kind{}, ErrType
	}
	var unpacked uint64
	members := map[string]*zip.File{}
	for _, f := range z.File {
		unpacked += min(f.UncompressedSize64, maxUnpacked+1)
		if members[f.Name] != nil || !within(f.Name) || f.Flags&1 != 0 || active(f.Name) || unpacked > maxUnpacked {
			return kind{}, ErrType
		}
		members[f.Name] = f
	}
	if types := members["[Content_Types].xml"]; types != nil {
		return office(members, types)
	}
	if first := z.File; len(first) > 0 && first[0].Name == "mimetype" && members["content.xml"] != nil && members["META-INF/manifest.xml"] != nil {
		return openDocument(first[0])
	}
	return kind{}, ErrType
}

// within reports whether a member's name stays within the archive.
func within(name string) bool {
	clean := path.Clean(name)
	return name != "" && !path.IsAbs(name) && clean != ".." && !strings.HasPrefix(clean, "../") && !strings.ContainsAny(name, "\\:\x00")
}

// active reports whether a member holds what a reader could run: macros, controls
// and embedded programs.
func active(name string) bool {
	name = strings.ToLower(name)
	for _, folder := range []string{"basic/", "scripts/", "word/activex/", "xl/activex/", "xl/macrosheets/"} {
		if strings.HasPrefix(name, folder) {
			return true
		}
	}
	switch base := path.Base(name); {
	case strings.HasPrefix(base, "vbaproject"), strings.HasPrefix(base, "vbadata"):
		return true
	}
	switch path.Ext(name) {
	case ".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".ps1", ".jar", ".class", ".lnk", ".html", ".htm", ".svg":
		return true
	}
	return false
}

// office tells the documents of Office Open XML (ISO/IEC 29500) apart by the
// content type of their main part, which is another one for those with macros.
func office(members map[string]*zip.File, types *zip.File) (kind, error) {
	text, err := readMember(types)
	if err != nil {
		return kind{}, err
	}
	for _, k := range []struct {
		kind
		member, main string
	}{
		{docx, "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"},
		{xlsx, "xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"},
	} {
		if members[k.member] != nil && strings.Contains(text, k.main) && !strings.Contains(strings.ToLower(text), "macroenabled") {
			return k.kind, nil
		}
	}
	return kind{}, ErrType
}

// openDocument tells the documents of OpenDocument (ISO/IEC 26300) apart by their
// first member.
func openDocument(first *zip.File) (kind, error) {
	text, err := readMember(first)
	if err != nil {
		return kind{}, err
	}
	for _, k := range []kind{odt, ods} {
		if text == k.media {
			return k, nil
		}
	}
	return kind{}, ErrType
}

func readMember(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", ErrType
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxMember+1))
	if err != nil || len(text) > maxMember {
		return "", ErrType
	}
	return string(text), nil
}
