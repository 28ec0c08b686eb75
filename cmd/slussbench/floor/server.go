//go:build linux && !slim

package floor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"sluss/model"
	"sluss/workflows/contract"
)

// server answers the requests of a case.
type server struct {
	db       *database
	temporal client.Client
	log      *slog.Logger
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/cases", s.handle(s.open))
	mux.HandleFunc("POST /api/v1/cases/{case}/submissions", s.handle(s.submit))
	mux.HandleFunc("PUT /api/v1/cases/{case}/assessments/{stage}", s.handle(s.save))
	mux.HandleFunc("GET /api/v1/cases/{case}/tasks", s.handle(s.list))
	mux.HandleFunc("GET /api/v1/cases/{case}", s.handle(s.read))
	mux.HandleFunc("GET /api/v1/cases", s.handle(s.firstPageOf))
	mux.HandleFunc("POST /api/v1/tasks/{task}/decision", s.handle(s.decide))
	return mux
}

// person is who asks.
type person struct{ org, id, unit, role string }

// answer is a status, an entity tag and a body.
type answer struct {
	status int
	etag   string
	body   any
}

// receipt answers an act.
type receipt struct {
	CaseID     string `json:"case_id"`
	State      string `json:"state"`
	Version    int64  `json:"version"`
	Seq        int64  `json:"seq"`
	DecisionID string `json:"decision_id,omitempty"`
	TaskID     string `json:"task_id,omitempty"`
	RecordedAt string `json:"recorded_at"`
}

var errToken = errors.New("no such token")

// handle authenticates, answers and writes JSON.
func (s *server) handle(fn func(*http.Request, person) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := s.authenticate(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		a, err := fn(r, p)
		if err != nil {
			s.log.Error("request failed", "error", err)
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if a.etag != "" {
			w.Header().Set("ETag", a.etag)
		}
		w.WriteHeader(a.status)
		_ = json.NewEncoder(w).Encode(a.body) // a client that has gone is not our trouble
	}
}

func (s *server) authenticate(r *http.Request) (p person, err error) {
	secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return p, errToken
	}
	sum := sha256.Sum256([]byte(secret))
	rows, err := s.db.person.QueryContext(r.Context(), hex.EncodeToString(sum[:]), now())
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&p.org, &p.id, &p.unit, &p.role); err != nil {
			return p, err
		}
	}
	if p.id == "" {
		return p, errors.Join(errToken, rows.Err())
	}
	return p, rows.Err()
}

// command is an act about to be stored.
type command struct {
	id, caseID, kind, key, hash, payload, evaluation, evaluatedOn string
}

func (c command) args(p person, state string, status int, answer string, doneAt any) []any {
	return []any{p.org, c.id, c.key, c.caseID, c.kind, p.id, c.hash, c.payload, c.evaluation, c.evaluatedOn, state, status, answer,
		now(), doneAt, doneAt}
}

// newCommand names a request and its body by hashes.
func newCommand(r *http.Request, p person, kind, caseID string, body any) (command, error) {
	payload, err := json.Marshal(body)
	return command{
		id: model.NewID(), caseID: caseID, kind: kind, payload: string(payload), hash: hash(string(payload)),
		key: hash(p.org, p.id, r.URL.Path, r.Header.Get("Idempotency-Key")),
	}, err
}

// title is that of the one case, as it is searched for.
const title = "sammanfattning av remissvar"

// open opens a draft in one transaction.
func (s *server) open(r *http.Request, p person) (answer, error) {
	var body struct {
		Answers json.RawMessage `json:"answers"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return answer{}, err
	}
	id := model.NewID()
	c, err := newCommand(r, p, "open_case", id, struct{}{})
	if err != nil {
		return answer{}, err
	}
	at := now()
	state := caseState{lastHash: digest}
	events, salts, err := chain(&state, event{OrgID: p.org, CaseID: id, ActorID: p.id, CommandID: c.id, At: at},
		[]string{"created"}, []int{createdSize}, []string{"part_hash"})
	if err != nil {
		return answer{}, err
	}
	receipt := receipt{CaseID: id, State: "DRAFT", Seq: 1, RecordedAt: at.Format(time.RFC3339Nano)}
	text, err := json.Marshal(receipt)
	if err != nil {
		return answer{}, err
	}
	ctx := r.Context()
	tx, err := s.db.write.BeginTx(ctx, nil)
	if err != nil {
		return answer{}, err
	}
	defer tx.Rollback()
	w := &writer{ctx: ctx, tx: tx, d: s.db}
	w.exec(s.db.addCommand, c.args(p, "done", 201, string(text), at)...)
	w.exec(s.db.addCase, p.org, id, "DRAFT", state.seq, 0, state.lastHash, "Sammanfattning av remissvar", p.id, p.unit,
		"se-kommun", "2026.11", digest, "strictest", 0, "", "", "", "", "", "", "", "{}", 0, 0, 0,
		title, at, at)
	w.exec(s.db.addPart, p.org, id, "intake", 1, string(body.Answers), hash(string(body.Answers)), p.id, at)
	w.exec(s.db.addPerson, p.org, id, p.id, "project_owner", "acted")
	w.exec(s.db.addEvents[0], events...)
	w.exec(s.db.addSalts[0], salts...)
	if w.err != nil {
		return answer{}, w.err
	}
	return answer{201, `"0"`, receipt}, tx.Commit()
}

// submit and decide store a command, have it recorded and answer from its row. To
// submit is also to hand in an assessment.
func (s *server) submit(r *http.Request, p person) (answer, error) {
	var body struct {
		Stage    string `json:"stage"`
		Revision int    `json:"revision"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return answer{}, err
	}
	kind := "submit"
	if body.Stage == assessed {
		kind = "hand_in"
	}
	c, err := newCommand(r, p, kind, r.PathValue("case"), body)
	if err != nil {
		return answer{}, err
	}
	if kind == "submit" {
		c.evaluation, c.evaluatedOn = filler(submitEvaluationSize), now().Format(time.DateOnly)
	}
	return s.act(r.Context(), p, c, message{CommandID: c.id, Kind: c.kind})
}

func (s *server) act(ctx context.Context, p person, c command, m message) (answer, error) {
	if _, err := s.db.addCommand.ExecContext(ctx, c.args(p, "pending", 0, "", nil)...); err != nil {
		return answer{}, err
	}
	in := contract.CaseInput{OrgID: p.org, CaseID: c.caseID}
	start := s.temporal.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID:                       contract.CaseWorkflowID(c.caseID),
		TaskQueue:                contract.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowTaskTimeout:      3 * time.Second,
	}, contract.CaseWorkflow, in)
	handle, err := s.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateID: c.id, UpdateName: contract.ActUpdate, Args: []any{m}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	if err != nil {
		return answer{}, err
	}
	var status int
	var text string
	if err := s.db.answer.QueryRowContext(ctx, p.org, c.id).Scan(&status, &text); err != nil {
		return answer{}, err
	}
	var got receipt
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return answer{}, err
	}
	return answer{status, quote(got.Version), got}, nil
}

func quote(version int64) string { return fmt.Sprintf("%q", fmt.Sprint(version)) }

// list gives the tasks of a case.
func (s *server) list(r *http.Request, p person) (answer, error) {
	rows, err := s.db.tasks.QueryContext(r.Context(), p.org, r.PathValue("case"))
	if err != nil {
		return answer{}, err
	}
	defer rows.Close()
	type item struct {
		ID     string `json:"task_id"`
		Stage  string `json:"stage"`
		Kind   string `json:"kind"`
		Status string `json:"status"`
		ETag   string `json:"etag"`
	}
	items := []item{}
	for rows.Next() {
		var i item
		if err := rows.Scan(&i.ID, &i.Stage, &i.Kind, &i.Status, &i.ETag); err != nil {
			return answer{}, err
		}
		i.ETag = fmt.Sprintf("%q", i.ETag)
		items = append(items, i)
	}
	return answer{200, "", map[string]any{"items": items}}, rows.Err()
}
