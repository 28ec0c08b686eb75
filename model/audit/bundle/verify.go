package bundle

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing/fstest"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/replay"
	"sluss/model/rulebook"
)

// Kind says what is wrong.
type Kind string

// What can be wrong with a bundle.
const (
	BadArchive    Kind = "archive"    // it is no bundle, or a file is too much, missing or there twice
	FileChanged   Kind = "file"       // a file is not the one that the manifest lists
	NotSigned     Kind = "signature"  // manifest or checkpoint are not signed by the key
	ChainBroken   Kind = "chain"      // an event is not as it was sealed, or not in its place
	NotIncluded   Kind = "inclusion"  // an event is not in the tree of the checkpoint
	TextChanged   Kind = "text"       // a text is not the one that the event was about
	RecordDiffers Kind = "record"     // a row is not what the events add up to
	OtherRulebook Kind = "rulebook"   // the rulebook is not the one that the case is pinned to
	Attachment    Kind = "attachment" // an attached file is missing or not the one that was logged
)

// Finding is something that is wrong with a bundle.
type Finding struct {
	Kind Kind   `json:"kind"`
	File string `json:"file,omitempty"`
	// Seq is the number of the event, 0 where it is not about one.
	Seq int64 `json:"seq,omitempty"`
	// Detail says more, in codes and names of columns and fields.
	Detail string `json:"detail,omitempty"`
}

// Report is what was found in a bundle.
type Report struct {
	Manifest Manifest  `json:"manifest"`
	Findings []Finding `json:"findings"`
	// Events counts the events, Included those that are proven to be in the tree of
	// the checkpoint; the rest, at the end, had not come there when the bundle was made.
	Events   int `json:"events"`
	Included int `json:"included"`
	// TreeSize is the checkpoint's.
	TreeSize int64 `json:"tree_size"`
	// Opened counts the commitments that open to a text in the bundle, Drafts those of
	// drafts that nobody keeps, and Erased those whose salt has been deleted.
	Opened int `json:"opened"`
	Drafts int `json:"drafts"`
	Erased int `json:"erased"`
}

// Verify verifies a bundle with nothing but itself and the public key of the log it
// comes from. Without a key the one in the bundle is used, and the report is worth as
// much as that is.
func Verify(r io.ReaderAt, size int64, verifierKey string) Report {
	v := &verifying{Report: Report{Findings: []Finding{}}}
	a, err := open(r, size)
	if err != nil {
		v.found(Finding{Kind: BadArchive, Detail: err.Error()})
		return v.Report
	}
	v.archive, v.Manifest, v.key = a, a.manifest, verifierKey
	if v.key == "" {
		v.key = a.manifest.VerifierKey
	}
	if !v.files() {
		return v.Report
	}
	v.signature()
	if v.log() {
		v.inclusion()
		v.texts()
		v.record()
	}
	if v.signed && len(v.Findings) == 0 { // what nobody answers for is not compiled
		v.rulebook()
	}
	return v.Report
}

type verifying struct {
	Report
	archive *archive
	key     string
	signed  bool

	events []audit.Event
	data   []model.EventData
	salts  map[string][]byte // by seq and field
}

func (v *verifying) found(f Finding) { v.Findings = append(v.Findings, f) }

// files compares the archive with the manifest. It is false when something is
// missing, too much or larger than the manifest says: then nothing else is read.
func (v *verifying) files() bool {
	listed := map[string]bool{manifestName: true, noteName: true}
	whole := true
	for _, f := range v.Manifest.Files {
		entry := v.archive.files[f.Name]
		switch {
		case listed[f.Name]:
			v.found(Finding{Kind: BadArchive, File: f.Name, Detail: "listed twice"})
			whole = false
		case entry == nil:
			v.found(Finding{Kind: BadArchive, File: f.Name, Detail: "missing"})
			whole = false
		default:
			if sum, ok := v.archive.hash(f.Name, f.Size); !ok || sum != f.SHA256 {
				v.found(Finding{Kind: FileChanged, File: f.Name})
			}
		}
		listed[f.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(v.archive.files)) {
		if !listed[name] {
			v.found(Finding{Kind: BadArchive, File: name, Detail: "not listed"})
			whole = false
		}
	}
	return whole
}

// signature checks who signed the manifest, and that it is about the log of the key.
func (v *verifying) signature() {
	note, err := v.archive.read(noteName, maxDocument)
	if err != nil {
		v.found(Finding{Kind: NotSigned, File: noteName, Detail: err.Error()})
		return
	}
	text, name, err := audit.OpenNote(note, v.key)
	switch {
	case err != nil:
		v.found(Finding{Kind: NotSigned, File: noteName, Detail: err.Error()})
	case text != noteText(v.archive.sum):
		v.found(Finding{Kind: FileChanged, File: manifestName})
	case name != v.Manifest.Origin || !strings.HasSuffix(name, audit.OriginEnd(v.Manifest.OrgID)):
		v.found(Finding{Kind: NotSigned, File: manifestName, Detail: "signed for another log"})
	default:
		v.signed = true
	}
}

// log reads the log and verifies the chain. It is false when there is none.
func (v *verifying) log() bool {
	var salts []Salt
	if err := errors.Join(v.archive.json(eventsName, &v.events), v.archive.json(saltsName, &salts)); err != nil {
		v.found(Finding{Kind: ChainBroken, File: eventsName, Detail: err.Error()})
		return false
	}
	v.Events = len(v.events)
	if len(v.events) == 0 {
		v.found(Finding{Kind: ChainBroken, File: eventsName, Detail: "no events"})
		return false
	}
	if e := v.events[0]; e.CaseID != v.Manifest.CaseID || e.OrgID != v.Manifest.OrgID {
		v.found(Finding{Kind: ChainBroken, File: eventsName, Seq: 1, Detail: string(audit.ForeignCase)})
	}
	var broken *audit.ChainError
	if err := audit.VerifyChain(v.events); errors.As(err, &broken) {
		v.found(Finding{Kind: ChainBroken, File: eventsName, Seq: broken.Want, Detail: string(broken.Reason)})
		return false
	}
	v.salts = map[string][]byte{}
	for _, s := range salts {
		if raw, err := hex.DecodeString(s.Salt); err == nil {
			v.salts[saltKey(s.Seq, s.Field)] = raw
		}
	}
	v.data = make([]model.EventData, len(v.events))
	for i, e := range v.events {
		if err := json.Unmarshal(e.Data, &v.data[i]); err != nil {
			v.found(Finding{Kind: ChainBroken, File: eventsName, Seq: e.Seq, Detail: "data"})
			return false
		}
	}
	return true
}

func saltKey(seq int64, field string) string { return fmt.Sprintf("%d/%s", seq, field) }

// inclusion checks that the events are in the tree of the checkpoint, but for those
// at the end that had not come there.
func (v *verifying) inclusion() {
	var proofs []Proof
	signed, err := v.archive.read(checkpointName, maxDocument)
	if err == nil {
		err = v.archive.json(proofsName, &proofs)
	}
	if err != nil {
		v.found(Finding{Kind: NotIncluded, Detail: err.Error()})
		return
	}
	c, err := audit.OpenCheckpoint(signed, v.key)
	if err != nil {
		v.found(Finding{Kind: NotSigned, File: checkpointName, Detail: err.Error()})
		return
	}
	v.TreeSize = c.Size
	if len(proofs) > len(v.events) {
		v.found(Finding{Kind: NotIncluded, File: proofsName, Detail: "more proofs than events"})
		return
	}
	for i, p := range proofs {
		e := v.events[i]
		if p.Seq != e.Seq || tlog.CheckRecord(p.Proof, c.Size, c.Root, p.Leaf, audit.LeafHash(e.Hash)) != nil {
			v.found(Finding{Kind: NotIncluded, File: proofsName, Seq: e.Seq})
			continue
		}
		v.Included++
	}
}

// record compares rows with what the events add up to.
func (v *verifying) record() {
	folded, err := replay.Fold(v.events)
	if err != nil {
		v.found(Finding{Kind: ChainBroken, File: eventsName, Detail: err.Error()})
		return
	}
	var cases []struct {
		ID       string          `json:"id"`
		OrgID    string          `json:"org_id"`
		State    model.CaseState `json:"state"`
		Seq      int64           `json:"seq"`
		Version  int64           `json:"version"`
		LastHash string          `json:"last_hash"`
		Digest   string          `json:"rulebook_digest"`
	}
	if !v.rows("cases", &cases) {
		return
	}
	differs := func(file, what string) {
		v.found(Finding{Kind: RecordDiffers, File: recordFolder + file + ".json", Detail: what})
	}
	if len(cases) != 1 {
		differs("cases", "number of rows")
		return
	}
	switch c := cases[0]; {
	case c.ID != v.Manifest.CaseID, c.OrgID != v.Manifest.OrgID:
		differs("cases", "id")
	case c.Seq != folded.Seq, c.LastHash != folded.Hash:
		differs("cases", "seq")
	case c.State != folded.Snapshot.State:
		differs("cases", "state")
	case c.Version != folded.Snapshot.Version:
		differs("cases", "version")
	case c.Digest != v.Manifest.RulebookDigest:
		differs("cases", "rulebook_digest")
	}
	v.outcomes(folded, differs)
}

func (v *verifying) outcomes(folded replay.Case, differs func(file, what string)) {
	var conditions []struct {
		ID       string                `json:"id"`
		Status   model.ConditionStatus `json:"status"`
		DueKind  model.DueKind         `json:"due_kind"`
		Template bool                  `json:"template"`
		Lapsed   bool                  `json:"lapsed"`
	}
	if v.rows("conditions", &conditions) {
		for _, c := range conditions {
			if folded.Conditions[c.ID] != (model.ConditionCodes{ID: c.ID, Status: c.Status, DueKind: c.DueKind, Template: c.Template, Lapsed: c.Lapsed}) {
				differs("conditions", c.ID)
			}
		}
		if len(conditions) != len(folded.Conditions) {
			differs("conditions", "number of rows")
		}
	}
	type stageRow struct {
		Stage     model.StageKey `json:"stage"`
		Result    model.Outcome  `json:"result"`
		ScopeHash string         `json:"scope_hash"`
	}
	var stages []stageRow
	if !v.rows("stages", &stages) {
		return
	}
	for _, f := range folded.Snapshot.Stages {
		i := slices.IndexFunc(stages, func(r stageRow) bool { return r.Stage == f.Key })
		if i < 0 || stages[i].Result != f.Result || stages[i].ScopeHash != f.Scope {
			differs("stages", string(f.Key))
		}
	}
}

// rows reads the rows of a table.
func (v *verifying) rows(table string, to any) bool {
	name := recordFolder + table + ".json"
	if err := v.archive.json(name, to); err != nil {
		v.found(Finding{Kind: RecordDiffers, File: name, Detail: err.Error()})
		return false
	}
	return true
}

// rulebook compares the files of the rulebook with its digest.
func (v *verifying) rulebook() {
	files, left := fstest.MapFS{}, int64(maxDocument)
	for name := range v.archive.files {
		if !strings.HasPrefix(name, rulebookFolder+"/") {
			continue
		}
		text, err := v.archive.read(name, left)
		if err != nil {
			v.found(Finding{Kind: OtherRulebook, File: name, Detail: err.Error()})
			return
		}
		left -= int64(len(text))
		files[name] = &fstest.MapFile{Data: text}
	}
	if !v.Manifest.Rulebook && len(files) == 0 {
		return
	}
	digest, err := rulebook.DigestOf(files, rulebookFolder)
	if err != nil || digest != v.Manifest.RulebookDigest {
		v.found(Finding{Kind: OtherRulebook, File: rulebookFolder})
	}
}
