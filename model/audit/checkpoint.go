package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Why a checkpoint or a key is of no use.
var (
	ErrKey        = errors.New("not an Ed25519 key in the form of a signed note")
	ErrCheckpoint = errors.New("not a checkpoint")
	ErrSignature  = errors.New("not signed by the key")
)

// Checkpoint says how large a tree was and what its root was.
type Checkpoint struct {
	Origin string // names the log, and the key that signs
	Size   int64
	Root   TreeHash
}

// Key is the secret of an installation with which the checkpoints of its
// organisations are signed.
type Key struct {
	name string
	seed []byte
}

// privateHead begins a secret key in the form that golang.org/x/mod/sumdb/note
// reads: this, then name, hash and key, between plus signs.
const privateHead = "PRIVATE+KEY+"

// NewKey returns a new key under a random name.
func NewKey() Key {
	name, seed := make([]byte, 6), make([]byte, ed25519.SeedSize)
	rand.Read(name)
	rand.Read(seed)
	return Key{"sluss-" + hex.EncodeToString(name), seed}
}

// Derived returns a secret of 32 bytes for another purpose, the same for everybody who
// has the key (HKDF-SHA-256, RFC 5869). It tells nothing of the key.
func (k Key) Derived(purpose string) []byte {
	secret, err := hkdf.Key(sha256.New, k.seed, nil, purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return secret
}

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.seed == nil }

// ParseKey reads what String wrote, or note.GenerateKey. It fails with ErrKey.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	s, err := note.NewSigner(text)
	if err != nil {
		return Key{}, ErrKey
	}
	_, secret, _ := strings.Cut(strings.TrimPrefix(text, privateHead+s.Name()+"+"), "+")
	raw, err := base64.StdEncoding.DecodeString(secret)
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return Key{}, ErrKey
	}
	return Key{s.Name(), raw[1:]}, nil
}

// String is the secret, to be kept in a file that nobody else can read.
func (k Key) String() string {
	return fmt.Sprintf("%s%s+%08x+%s", privateHead, k.name, keyHash(k.name, k.public()),
		base64.StdEncoding.EncodeToString(append([]byte{algorithm}, k.seed...)))
}

// algorithm is what a signed note calls Ed25519.
const algorithm = 1

func (k Key) public() ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(k.seed).Public().(ed25519.PublicKey)
}

// keyHash is the second part of a verifier key.
func keyHash(name string, public ed25519.PublicKey) uint32 {
	text, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		panic("audit: " + err.Error()) // the key has the right length
	}
	rest := strings.TrimPrefix(text, name+"+")
	hash, _ := strconv.ParseUint(rest[:8], 16, 32)
	return uint32(hash)
}

// Signer signs for the log of an organisation. Its name, which is the origin of
// the checkpoints, is that of the key and the organisation's id.
func (k Key) Signer(orgID string) *Signer {
	return &Signer{k.name + OriginEnd(orgID), ed25519.NewKeyFromSeed(k.seed)}
}

// OriginEnd is how the origin of an organisation's log ends, whatever key signs.
func OriginEnd(orgID string) string {
	return "/" + strings.ReplaceAll(url.PathEscape(orgID), "+", "%2B")
}

// Signer signs notes in the name of one log.
type Signer struct {
	name   string
	secret ed25519.PrivateKey
}

// Name implements note.Signer; it is the origin of the log's checkpoints.
func (s *Signer) Name() string { return s.name }

// KeyHash implements note.Signer.
func (s *Signer) KeyHash() uint32 { return keyHash(s.name, s.public()) }

// Sign implements note.Signer.
func (s *Signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.secret, msg), nil }

func (s *Signer) public() ed25519.PublicKey { return s.secret.Public().(ed25519.PublicKey) }

// VerifierKey is the public key, with which anybody can check what is signed.
func (s *Signer) VerifierKey() string {
	text, err := note.NewEd25519VerifierKey(s.name, s.public())
	if err != nil {
		panic("audit: " + err.Error()) // the key has the right length
	}
	return text
}

// Checkpoint signs that the log has the given size and root. The answer is a
// checkpoint of C2SP (c2sp.org/tlog-checkpoint) without extension lines.
func (s *Signer) Checkpoint(size int64, root TreeHash) []byte {
	return s.Note(fmt.Sprintf("%s\n%d\n%s\n", s.name, size, root))
}

// Note signs a text, which ends with a newline and begins with a line that says what
// it is: a text that begins with the signer's name is a checkpoint.
func (s *Signer) Note(text string) []byte {
	msg, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		panic("audit: " + err.Error()) // the text does not end with a newline
	}
	return msg
}

// OpenCheckpoint reads a signed checkpoint and checks its signature with the
// public key of its log, which must be named as its origin is. It fails with
// ErrKey, ErrSignature or ErrCheckpoint.
func OpenCheckpoint(msg []byte, verifierKey string) (Checkpoint, error) {
	text, name, err := OpenNote(msg, verifierKey)
	if err != nil {
		return Checkpoint{}, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != name {
		return Checkpoint{}, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, ErrCheckpoint
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, ErrCheckpoint
	}
	return Checkpoint{name, size, root}, nil
}

// OpenNote returns the text of a note that was signed with the key, and the key's
// name. It fails with ErrKey or ErrSignature.
func OpenNote(msg []byte, verifierKey string) (text, name string, err error) {
	v, err := note.NewVerifier(strings.TrimSpace(verifierKey))
	if err != nil {
		return "", "", ErrKey
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return "", "", ErrSignature
	}
	return n.Text, v.Name(), nil
}

// OriginOf returns the first line of a note, unverified.
func OriginOf(msg []byte) string {
	line, _, _ := bytes.Cut(msg, []byte("\n"))
	return string(line)
}

// SplitNotes splits a file to which signed notes were appended one after the
// other. A note that was cut off ends where two empty lines follow.
func SplitNotes(file []byte) [][]byte {
	const signature = "— "
	var notes [][]byte
	var current []byte
	signed, empty := false, 0
	end := func() {
		if len(current) > 0 {
			notes = append(notes, current)
		}
		current, signed, empty = nil, false, 0
	}
	for line := range bytes.Lines(file) {
		isSignature := bytes.HasPrefix(line, []byte(signature))
		if signed && !isSignature {
			end()
		}
		if len(bytes.TrimSpace(line)) > 0 {
			signed, empty = signed || isSignature, 0
		} else if empty++; len(current) == 0 {
			continue
		} else if empty == 2 {
			end()
			continue
		}
		current = append(current, line...)
	}
	end()
	return notes
}
