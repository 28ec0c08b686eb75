package bundle

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"sluss/model"
	"sluss/model/audit"
)

// maxTried bounds how often a text is tried on a commitment.
const maxTried = 100_000_000

// texts opens the commitments of the events. A text that the events are about must
// be in the bundle, but for drafts, of which only the last is kept; and the rows that
// tell what was decided, handed in, attached and said must have the texts of their own
// events.
func (v *verifying) texts() {
	known, emptied := v.candidates(), v.emptied()
	if len(known)*len(v.salts) > maxTried {
		v.found(Finding{Kind: BadArchive, Detail: "more texts than a case has"})
		return
	}
	for _, e := range v.events {
		for _, field := range slices.Sorted(maps.Keys(e.Commitments)) {
			salt, ok := v.salts[saltKey(e.Seq, field)]
			switch {
			case !ok:
				v.Erased++
			case slices.ContainsFunc(known, func(text string) bool { return audit.Opens(e.Commitments[field], salt, text) }):
				v.Opened++
			case emptied[e.CommandID]:
				v.Erased++
			case field == "part_hash" && (e.Kind == string(model.EventCreated) || e.Kind == string(model.EventDraftSaved)):
				v.Drafts++
			default:
				v.found(Finding{Kind: TextChanged, File: eventsName, Seq: e.Seq, Detail: field})
			}
		}
	}
	v.decisions()
	v.revisions()
	v.attachments()
	v.said()
}

// emptied are the acts whose texts have been disposed of.
func (v *verifying) emptied() map[string]bool {
	var rows []struct {
		ID      string         `json:"id"`
		Payload map[string]any `json:"payload"`
	}
	ids := map[string]bool{}
	if v.archive.files[recordFolder+"commands.json"] != nil && v.rows("commands", &rows) {
		for _, r := range rows {
			ids[r.ID] = len(r.Payload) == 0 && v.disposed()
		}
	}
	return ids
}

// disposed reports whether the log tells that something was disposed of.
func (v *verifying) disposed() bool {
	return slices.ContainsFunc(v.data, func(d model.EventData) bool { return d.Disposal != nil })
}

// candidates are the texts in the record: every string, and every object and list in
// its canonical form.
func (v *verifying) candidates() []string {
	seen := map[string]bool{}
	var walk func(x any)
	walk = func(x any) {
		switch x := x.(type) {
		case string:
			seen[x] = true
			return
		case map[string]any:
			for _, inner := range x {
				walk(inner)
			}
		case []any:
			for _, inner := range x {
				walk(inner)
			}
		default:
			return
		}
		if text, err := audit.CanonicalJSON(x); err == nil {
			seen[string(text)] = true
		}
	}
	for name := range v.archive.files {
		var rows []map[string]any
		if !strings.HasPrefix(name, recordFolder) || v.archive.json(name, &rows) != nil {
			continue
		}
		for _, row := range rows { // the row as a whole is nobody's text
			for _, value := range row {
				walk(value)
			}
		}
	}
	return slices.Collect(maps.Keys(seen))
}

// is reports whether a field of an event stands for a text. One that cannot be opened
// any more, or is empty, stands for any.
func (v *verifying) is(i int, field, text string) bool {
	commitment, ok := v.events[i].Commitments[field]
	salt, open := v.salts[saltKey(v.events[i].Seq, field)]
	if !ok {
		return text == ""
	}
	return !open || audit.Opens(commitment, salt, text)
}

// same notes where a text is not that of its event.
func (v *verifying) same(i int, file, field, text string) {
	if !v.is(i, field, text) {
		v.found(Finding{Kind: TextChanged, File: recordFolder + file + ".json", Seq: v.events[i].Seq, Detail: field})
	}
}

func (v *verifying) decisions() {
	var rows []struct {
		ID                string          `json:"id"`
		Outcome           model.Outcome   `json:"outcome"`
		Motivation        string          `json:"motivation"`
		PathForward       string          `json:"path_forward_text"`
		DecisionAuthority string          `json:"decision_authority"`
		Answers           json.RawMessage `json:"answers"`
	}
	if !v.rows("decisions", &rows) {
		return
	}
	decided := 0
	for _, d := range v.data {
		if d.DecisionID != "" {
			decided++
		}
	}
	for _, r := range rows {
		i := slices.IndexFunc(v.data, func(d model.EventData) bool { return d.DecisionID == r.ID })
		if i < 0 || v.data[i].Outcome != r.Outcome {
			v.found(Finding{Kind: RecordDiffers, File: recordFolder + "decisions.json", Detail: r.ID})
			continue
		}
		if _, reasoned := v.events[i].Commitments["motivation"]; reasoned || v.data[i].Task != nil {
			v.same(i, "decisions", "motivation", r.Motivation)
		}
		v.same(i, "decisions", "path_forward_text", r.PathForward)
		v.same(i, "decisions", "decision_authority", r.DecisionAuthority)
		if _, answered := v.events[i].Commitments["answers"]; answered {
			canonical, err := audit.Canonicalise(r.Answers)
			if err != nil || !v.is(i, "answers", string(canonical)) {
				v.same(i, "decisions", "answers", "\x00")
			}
		}
	}
	if decided != len(rows) {
		v.found(Finding{Kind: RecordDiffers, File: recordFolder + "decisions.json", Detail: "number of rows"})
	}
}

// revisions are what was handed to the reviewers: their hashes are those of their
// answers, and were logged when they were handed in.
func (v *verifying) revisions() {
	var rows []struct {
		Part     string          `json:"part"`
		Revision int             `json:"revision"`
		Hash     string          `json:"hash"`
		Answers  json.RawMessage `json:"answers"`
	}
	if !v.rows("revisions", &rows) {
		return
	}
	for _, r := range rows {
		hash, err := audit.Hash(audit.TagPart, r.Answers)
		if emptied := string(r.Answers) == "{}" && v.disposed(); (err != nil || hash != r.Hash) && !emptied {
			v.found(Finding{Kind: TextChanged, File: recordFolder + "revisions.json", Detail: r.Part})
		}
		for i, d := range v.data {
			if _, hashed := v.events[i].Commitments["part_hash"]; hashed && d.Part == r.Part && d.Revision == r.Revision &&
				(v.events[i].Kind == string(model.EventSubmitted) || v.events[i].Kind == string(model.EventHandedIn)) {
				v.same(i, "revisions", "part_hash", r.Hash)
			}
		}
	}
}

func (v *verifying) attachments() {
	var rows []struct {
		ID        string  `json:"id"`
		SHA256    string  `json:"sha256"`
		FileName  string  `json:"file_name"`
		Note      string  `json:"note"`
		RemovedAt *string `json:"removed_at"`
	}
	if !v.rows("attachments", &rows) {
		return
	}
	for _, r := range rows {
		i := v.evidence(model.EventAttachmentAdded, func(e *model.EvidenceCodes) bool { return e.AttachmentID == r.ID })
		if i < 0 {
			v.found(Finding{Kind: RecordDiffers, File: recordFolder + "attachments.json", Detail: r.ID})
			continue
		}
		v.same(i, "attachments", "sha256", r.SHA256)
		v.same(i, "attachments", "file_name", r.FileName)
		v.same(i, "attachments", "note", r.Note)
		if r.RemovedAt != nil {
			continue
		}
		// The name of a file is its hash, which the manifest repeats.
		listed := slices.IndexFunc(v.Manifest.Files, func(f File) bool { return f.Name == attachFolder+r.SHA256 })
		if listed < 0 || v.Manifest.Files[listed].SHA256 != r.SHA256 {
			v.found(Finding{Kind: Attachment, File: attachFolder + r.SHA256, Seq: v.events[i].Seq})
		}
	}
}

// said are comments and remarks.
func (v *verifying) said() {
	var comments, remarks []struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	}
	if v.rows("comments", &comments) {
		for _, r := range comments {
			v.says("comments", r.ID, r.Text, v.evidence(model.EventCommentAdded, func(e *model.EvidenceCodes) bool { return e.CommentID == r.ID }))
		}
	}
	if v.rows("remarks", &remarks) {
		for _, r := range remarks {
			v.says("remarks", r.ID, r.Text, v.evidence(model.EventRemarkAdded, func(e *model.EvidenceCodes) bool { return e.RemarkID == r.ID }))
		}
	}
}

func (v *verifying) says(file, id, text string, i int) {
	if i < 0 {
		v.found(Finding{Kind: RecordDiffers, File: recordFolder + file + ".json", Detail: id})
		return
	}
	v.same(i, file, "text", text)
}

// evidence finds the event of a kind that is about some evidence, or -1.
func (v *verifying) evidence(kind model.EventKind, is func(*model.EvidenceCodes) bool) int {
	for i, d := range v.data {
		if v.events[i].Kind == string(kind) && d.Evidence != nil && is(d.Evidence) {
			return i
		}
	}
	return -1
}
