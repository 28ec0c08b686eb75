package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"sluss/migrations"
)

// CopySQLite writes a consistent copy of the record in a SQLite file to a new
// file, as it stood when the copying began. The record may be in use: it is read
// in one go, beside its writer, who waits for nothing but whose log of changes is
// not folded into the file meanwhile. The copy holds no page that was freed, and so
// nothing that was deleted. It is not on the disk for certain when CopySQLite
// returns.
func CopySQLite(ctx context.Context, from, to string) error {
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy the record: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("copy the record: %w", err)
	}
	v := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)"}}
	db := openDB(sqliteConnector{"file:" + uriEscaper.Replace(from) + "?" + v.Encode()}, 1)
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("copy the record: %w", translate(err))
	}
	return nil
}

// CheckFile looks for damage in the file of a SQLite record: pages, indexes and
// references between rows. On PostgreSQL it does nothing.
func (s *Store) CheckFile(ctx context.Context) error {
	if s.postgres {
		return nil
	}
	var result string
	if err := s.read.DB.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&result); err != nil {
		return over(ctx, err)
	}
	if result != "ok" {
		return errors.New("the file of the record is damaged")
	}
	var table string
	err := s.read.DB.QueryRowContext(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("a row of %s refers to nothing", table)
	}
	return over(ctx, err)
}

// Schema is the name of the newest migration that the record has been through.
func (s *Store) Schema(ctx context.Context) (string, error) {
	name, err := migrations.Applied(ctx, s.read)
	return name, over(ctx, err)
}

// Head is where the log of a case ends.
type Head struct {
	CaseID string `bun:"id"`
	Seq    int64  `bun:"seq"`
	Hash   string `bun:"last_hash"`
}

// Heads returns where the logs of an organisation's cases end, drafts among them,
// in the order of their ids, beginning after a case, or with the first for "".
func (s *Store) Heads(ctx context.Context, orgID, after string, limit int64) ([]Head, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var heads []Head
	err := list(ctx, s, direct{s.read.DB}, &heads,
		"SELECT id, seq, last_hash FROM cases WHERE org_id = ? AND id > ? ORDER BY id LIMIT ?", orgID, after, limit)
	return heads, over(ctx, err)
}

// IncidentHeads is Heads for incidents, whose ids stand in the place of the cases'.
func (s *Store) IncidentHeads(ctx context.Context, orgID, after string, limit int64) ([]Head, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var heads []Head
	err := list(ctx, s, direct{s.read.DB}, &heads,
		"SELECT id, seq, last_hash FROM incidents WHERE org_id = ? AND id > ? ORDER BY id LIMIT ?", orgID, after, limit)
	return heads, over(ctx, err)
}

// Content returns the hashes of what is attached in an organisation and has not
// been removed, each once and in their order, beginning after one, or with the
// first for "".
func (s *Store) Content(ctx context.Context, orgID, after string, limit int64) ([]string, error) {
	var hashes []string
	err := s.find(ctx, s.read.NewSelect().Model((*attachmentRow)(nil)).ColumnExpr("DISTINCT sha256").
		Where("org_id = ? AND removed_at IS NULL AND sha256 > ?", orgID, after).Order("sha256").Limit(limit), &hashes)
	return hashes, err
}
