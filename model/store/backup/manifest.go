package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"sluss/model/store"
)

// Format names the form of a backup, and goes up when it changes so that older
// programs cannot read it.
const Format = "sluss-backup/1"

// The names in a backup, which are those in the data folder but for the manifest's.
const (
	recordName      = "record.db"
	attachmentsName = "attachments"
	manifestName    = "manifest.json"
)

// Manifest says what a backup holds.
type Manifest struct {
	Format string `json:"format"`
	// Program is the version of the program that made the backup, Schema the
	// newest migration that the record has been through.
	Program string `json:"program"`
	Schema  string `json:"schema"`
	// At is when the record was copied, UTC.
	At            time.Time      `json:"at"`
	Organisations []Organisation `json:"organisations"`
	Files         []File         `json:"files"`
	// Damaged are the attachments whose content was gone or had changed already
	// when the backup was made.
	Damaged []string `json:"damaged,omitempty"`
}

// Organisation counts what the record knows of one organisation.
type Organisation struct {
	ID     string `json:"id"`
	Cases  int    `json:"cases"`
	Events int64  `json:"events"`
	// Digest is SHA-256 over a line "case seq hash" for the last event of each
	// case, in the order of the cases' ids.
	Digest string `json:"digest"`
}

// File is one file, by its name below the data folder.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Cases and Events count over all organisations.
func (m Manifest) Cases() (n int) {
	for _, o := range m.Organisations {
		n += o.Cases
	}
	return n
}

// Events counts the events of all cases.
func (m Manifest) Events() (n int64) {
	for _, o := range m.Organisations {
		n += o.Events
	}
	return n
}

// Bytes is how much the files hold.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// fileNames are the names that a backup's files may have: the record's and those
// of attachments, by their organisation and hash.
var fileNames = regexp.MustCompile(`^(?:record\.db|attachments/([A-Za-z0-9_~$&+=:@%-]+)/([0-9a-f]{64}))$`)

// attachmentName names content in a backup. The organisation's id is escaped, its
// full stops too, so that it is the name of a folder whatever it is.
func attachmentName(orgID, hash string) string {
	return attachmentsName + "/" + strings.ReplaceAll(url.PathEscape(orgID), ".", "%2E") + "/" + hash
}

// attachmentOf is what attachmentName named, and false for another file.
func attachmentOf(name string) (orgID, hash string, ok bool) {
	parts := fileNames.FindStringSubmatch(name)
	if parts == nil || parts[1] == "" {
		return "", "", false
	}
	orgID, err := url.PathUnescape(parts[1])
	return orgID, parts[2], err == nil
}

// page is how many rows are read at once.
const page = 1000

// organisations counts what a record holds, by organisation.
func organisations(ctx context.Context, st *store.Store) ([]Organisation, error) {
	found, err := st.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Organisation, len(found))
	for i, o := range found {
		if all[i], err = organisation(ctx, st, o.ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func organisation(ctx context.Context, st *store.Store, id string) (Organisation, error) {
	o, sum := Organisation{ID: id}, sha256.New()
	err := eachHead(ctx, st, id, func(h store.Head) {
		o.Cases++
		o.Events += h.Seq
		fmt.Fprintf(sum, "%s %d %s\n", h.CaseID, h.Seq, h.Hash)
	})
	o.Digest = hex.EncodeToString(sum.Sum(nil))
	return o, err
}

func eachHead(ctx context.Context, st *store.Store, orgID string, do func(store.Head)) error {
	for after := ""; ; {
		heads, err := st.Heads(ctx, orgID, after, page)
		if err != nil || len(heads) == 0 {
			return err
		}
		for _, h := range heads {
			do(h)
		}
		after = heads[len(heads)-1].CaseID
	}
}

// eachContent goes through what is attached, by organisation and hash.
func eachContent(ctx context.Context, st *store.Store, do func(orgID, hash string) error) error {
	orgs, err := st.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		for after := ""; ; {
			hashes, err := st.Content(ctx, o.ID, after, page)
			if err != nil {
				return err
			}
			for _, hash := range hashes {
				if err := do(o.ID, hash); err != nil {
					return err
				}
			}
			if len(hashes) == 0 {
				break
			}
			after = hashes[len(hashes)-1]
		}
	}
	return nil
}

// measured counts and hashes what is read through it.
func measured(w io.Writer, r io.Reader) (size int64, sha string, err error) {
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(w, sum), r)
	return size, hex.EncodeToString(sum.Sum(nil)), err
}
