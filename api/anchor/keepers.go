package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"sluss/api/outbound"
)

// File appends checkpoints to a file, two empty lines behind each, so that one that
// a crash has cut off does not spoil the next.
type File string

// gap ends a note in a file of many.
const gap = "\n\n"

// Keep implements Keeper. The checkpoint is on the disk when it returns.
func (f File) Keep(_ context.Context, checkpoint []byte) error {
	file, err := os.OpenFile(string(f), os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o644) // for whoever verifies; there is no secret in it
	if err != nil {
		return err
	}
	text := append(bytes.Clone(checkpoint), gap...)
	if info, err := file.Stat(); err == nil && info.Size() > 0 && !endsIn(file, info.Size(), "\n"+gap) {
		text = append([]byte("\n"+gap), text...)
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (f File) String() string { return "file" }

func endsIn(file *os.File, size int64, end string) bool {
	last := make([]byte, len(end))
	_, err := file.ReadAt(last, max(0, size-int64(len(end))))
	return (err == nil || err == io.EOF) && string(last) == end
}

// keepTimeout is how long a server may take to keep a checkpoint.
const keepTimeout = 10 * time.Second

// Server posts checkpoints to a URL, as text. Whoever listens there can tell by the
// signature whether one is genuine.
type Server struct {
	url    *url.URL
	client *http.Client
}

// NewServer returns a keeper that posts to a URL: https, or http to a loopback
// address.
func NewServer(raw string) (*Server, error) {
	u, err := outbound.Check(raw)
	if err != nil {
		return nil, err
	}
	return &Server{u, outbound.Client(u, keepTimeout)}, nil
}

// Keep implements Keeper: the checkpoint is kept when the server answers 2xx.
func (s *Server) Keep(ctx context.Context, checkpoint []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url.String(), bytes.NewReader(checkpoint))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := s.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the URL, which may have a secret in it
		}
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the server answered %d", answer.StatusCode)
	}
	return nil
}

func (s *Server) String() string { return s.url.Host }

// maxFetched bounds what a server may answer with, in bytes: a hundred thousand
// checkpoints.
const maxFetched = 32 << 20

// Fetch reads checkpoints that were kept at a URL, as NewServer takes it.
func Fetch(ctx context.Context, raw string) ([]byte, error) {
	s, err := NewServer(raw)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, raw, nil)
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxFetched+1))
	if len(text) > maxFetched {
		return nil, errors.New("the server's answer is too long")
	}
	return text, err
}
