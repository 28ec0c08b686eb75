package act

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/model"
	"sluss/model/audit/bundle"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/blobs"
)

// maxExports is how many cases are exported at the same time: each takes a file of
// the size of everything that is attached to it.
const maxExports = 2

// ExportCase writes a case into a bundle that proves itself, for those who read its
// log, and returns the file, which is gone once it is closed. It refuses with
// CodeAttachmentDamaged when an attached file is not what it was, and with CodeBusy
// while others export.
func (s *Service) ExportCase(ctx context.Context, a model.Actor, id string) (io.ReadSeekCloser, error) {
	c, err := s.ReadLog(ctx, a, id)
	if err != nil {
		return nil, err
	}
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	default:
		return nil, model.Refuse(model.CodeBusy)
	}
	file, err := os.CreateTemp("", "sluss-case-")
	if err != nil {
		return nil, fmt.Errorf("export a case: %w", err)
	}
	out := &exported{file}
	if err := s.writeBundle(ctx, c, file); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

// exported is a temporary file.
type exported struct{ *os.File }

// Close closes and removes the file.
func (e *exported) Close() error { return errors.Join(e.File.Close(), os.Remove(e.Name())) }

func (s *Service) writeBundle(ctx context.Context, c store.Case, to io.Writer) error {
	r, err := s.store.CaseRecord(ctx, c.OrgID, c.ID)
	if err != nil {
		return err
	}
	log, checkpoint, err := s.proven(ctx, c.OrgID, r)
	if err != nil {
		return err
	}
	w := bundle.NewWriter(to, bundle.Manifest{
		Program: s.version, MadeAt: s.clock.Now(), OrgID: c.OrgID, CaseID: c.ID,
		Origin: checkpoint.Origin, VerifierKey: checkpoint.VerifierKey, RulebookDigest: c.RulebookDigest,
	})
	if err := w.Log(log); err != nil {
		return err
	}
	for _, table := range slices.Sorted(maps.Keys(r.Tables)) {
		if err := w.Rows(table, r.Tables[table]); err != nil {
			return err
		}
	}
	names, err := s.store.Names(ctx, c.OrgID, people(r))
	if err != nil {
		return err
	}
	if err := w.People(names); err != nil {
		return err
	}
	if err := s.exportAttachments(ctx, c, r.Tables["attachments"], w); err != nil {
		return err
	}
	if err := s.exportRulebook(ctx, c, w); err != nil {
		return err
	}
	return w.Close(s.key.Signer(c.OrgID))
}

// exportRulebook writes the version of the rulebook that the case is judged by, unless
// it is one that was never kept.
func (s *Service) exportRulebook(ctx context.Context, c store.Case, w *bundle.Writer) error {
	if c.RulebookDigest == rulebook.Default().Digest {
		return w.Rulebook(rulebook.DefaultFS())
	}
	content, err := s.store.RulebookContent(ctx, c.OrgID, c.RulebookDigest)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	files, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return fmt.Errorf("open a rulebook: %w", err)
	}
	return w.Rulebook(files)
}

// proven is the log of a case with the proofs that its events are in the tree.
func (s *Service) proven(ctx context.Context, orgID string, r store.CaseRecord) (bundle.Log, Checkpoint, error) {
	log := bundle.Log{Events: r.Events, Salts: make([]bundle.Salt, len(r.Salts)), Proofs: make([]bundle.Proof, len(r.Leaves))}
	for i, salt := range r.Salts {
		log.Salts[i] = bundle.Salt{Seq: salt.Seq, Field: salt.Field, Salt: hex.EncodeToString(salt.Salt)}
	}
	hashes := s.store.TreeHashes(ctx, orgID)
	for i, l := range r.Leaves {
		proof, err := tlog.ProveRecord(r.TreeSize, l.Leaf, hashes)
		if err != nil {
			return log, Checkpoint{}, err
		}
		log.Proofs[i] = bundle.Proof{Seq: l.Seq, Leaf: l.Leaf, Proof: proof}
	}
	checkpoint, err := s.signAt(ctx, orgID, r.TreeSize)
	log.Checkpoint = checkpoint.Signed
	return log, checkpoint, err
}

// people are the ids of those who have done something in a case.
func people(r store.CaseRecord) []string {
	seen := map[string]bool{}
	for _, e := range r.Events {
		seen[e.ActorID] = true
	}
	for _, row := range r.Tables["case_people"] {
		if id, ok := row["person_id"].(string); ok {
			seen[id] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// exportAttachments writes the content of what is attached, each once.
func (s *Service) exportAttachments(ctx context.Context, c store.Case, attached []map[string]any, w *bundle.Writer) error {
	written := map[string]bool{}
	for _, row := range attached {
		sha, _ := row["sha256"].(string)
		if row["removed_at"] != nil || written[sha] {
			continue
		}
		written[sha] = true
		if s.attachments == nil {
			return model.Refuse(model.CodeUnavailable)
		}
		content, err := s.attachments.Open(ctx, c.OrgID, sha)
		if errors.Is(err, blobs.ErrDamaged) {
			id, _ := row["id"].(string)
			s.log.LogAttrs(ctx, slog.LevelError, "an attachment is damaged",
				slog.String("case_id", c.ID), slog.String("attachment_id", id))
			return model.Refuse(model.CodeAttachmentDamaged)
		}
		if err != nil {
			return err
		}
		if err := errors.Join(w.Attachment(sha, content), content.Close()); err != nil {
			return err
		}
	}
	return nil
}
