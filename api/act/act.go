// Package act is the application layer: one function for each thing that a
// person can do, called by the API, the pages and the command line alike. Each
// one authenticates nothing (api/authn did), authorises, validates, evaluates
// the rules on the text at hand, and then either writes a plain transaction or
// sends a command on the way of an act.
//
// The way of an act: the command is stored; an update carries its codes to the
// case's workflow, which decides the step and has it recorded; the answer is
// read from the command's row, whatever else happened on the way. A refused
// command is deleted before anybody is answered. What is still pending when
// nobody waits any more is sent again by the re-driver.
//
// It imports model, model/store, workflows/contract and Temporal's client.
package act

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/blobs"
)

// Service does what people ask for. Make it with New.
type Service struct {
	store    *store.Store
	temporal client.Client
	books    *books
	clock    clock.Clock
	log      *slog.Logger
	// attachments is nil where files cannot be attached.
	attachments *blobs.Blobs
	// holder is this process in leases.
	holder string
	// key signs checkpoints and what is exported, by the given version of the program.
	key     audit.Key
	version string
	// exports bounds how many cases are exported at the same time.
	exports chan struct{}

	gates  *gates
	acks   *acknowledger
	wait   time.Duration
	stepUp *access.StepUp
	// judgements are those that pages were last made of.
	judgements *assess.Kept
	restored   restored
	// caughtUp is whether what a former process left has been sent again.
	caughtUp atomic.Bool
	resend   *flights
	register *registerIndex
	meter    Meter
	// reconcileEvery is how often processes are compared, remembered those that were in
	// step when they were last asked.
	reconcileEvery time.Duration
	remembered     *remembered
	replays        func(*historypb.History) error
	// caseActs are what incidents may ask of cases.
	caseActs map[model.IncidentCaseAct]askCase
}

// Options are what a Service needs.
type Options struct {
	Store    *store.Store
	Temporal client.Client
	// Book is the rulebook that comes with the program.
	Book  *rulebook.Book
	Clock clock.Clock
	Log   *slog.Logger
	// Attachments keeps the content of attached files. Nil means that none can
	// be attached or read.
	Attachments *blobs.Blobs
	// StepUp is what is asked of whoever takes a final decision or does what takes two
	// persons; nil asks nothing.
	StepUp *access.StepUp
	// Key signs checkpoints and what is exported; none is a new one. Version is the
	// program's, which an export tells.
	Key     audit.Key
	Version string
	// Meter is told what acts come to; nil tells nobody.
	Meter Meter
	// Wait is how long a caller waits for an answer before being told that the
	// act is still pending. 0 means DefaultWait.
	Wait time.Duration
	// ReconcileEvery is how often every case and incident is compared with its process.
	// 0 means DefaultReconcileEvery.
	ReconcileEvery time.Duration
	// Replay runs the program's workflows over a history and returns an error when they
	// do not fit it. Nil ends no process for trying the same task again and again.
	Replay func(*historypb.History) error
}

// DefaultWait is how long a caller waits for the answer to an act.
const DefaultWait = 15 * time.Second

// keptJudgements bounds how many judgements are kept, and intakes for them.
const keptJudgements = 200

// New returns a service. Run must be started for commands to be acknowledged and
// sent again.
func New(o Options) *Service {
	if o.Wait == 0 {
		o.Wait = DefaultWait
	}
	if o.ReconcileEvery == 0 {
		o.ReconcileEvery = DefaultReconcileEvery
	}
	if o.Key.IsZero() {
		o.Key = audit.NewKey()
	}
	if o.Meter == nil {
		o.Meter = unmetered{}
	}
	s := &Service{
		meter: o.Meter,
		store: o.Store, temporal: o.Temporal, books: newBooks(o.Store, o.Book, o.Log), clock: o.Clock, log: o.Log, attachments: o.Attachments,
		judgements: assess.Keep(keptJudgements), holder: model.NewID(), key: o.Key, version: o.Version, exports: make(chan struct{}, maxExports),
		gates: newGates(), acks: newAcknowledger(o.Store, o.Clock, o.Log), wait: o.Wait, stepUp: o.StepUp, resend: newFlights(),
		register: newRegisterIndex(o.Store), reconcileEvery: o.ReconcileEvery, remembered: newRemembered(), replays: o.Replay,
	}
	s.caseActs = s.askedOfCases()
	return s
}

// Request is what every act that creates or decides comes with.
type Request struct {
	Actor model.Actor
	// Path and Key, the request's path and its Idempotency-Key, name the act
	// for good: the same person, path and key get the same answer.
	Path, Key string
	// Body is what was asked, in any form with a canonical JSON. The same key
	// with another body is refused.
	Body any
}

// Answer is the recorded answer to an act: its status and its receipt.
type Answer struct {
	Status  int
	Receipt model.Receipt
}

// key returns the request's key and the hash of its body.
func (r Request) key() (requestKey, bodyHash string, err error) {
	requestKey, err = audit.Hash(audit.TagCommand, []string{r.Actor.OrgID, r.Actor.PersonID, r.Path, r.Key})
	if err != nil {
		return "", "", err
	}
	bodyHash, err = audit.Hash(audit.TagCommand, r.Body)
	return requestKey, bodyHash, err
}

// errAgain says that a request found a command that was ended meanwhile, and has
// to be looked at anew.
var errAgain = errors.New("again")

// prepared is an act that has been authorised, validated and evaluated, on the
// version of the case that was read for it.
type prepared struct {
	version    int64
	payload    model.Payload
	evaluation *model.Evaluation
}

// unread stands for the version of a case that nobody has read.
const unread = -1

// fresh asks whoever does what takes two persons to have shown a short while ago who
// they are, where that is configured.
func (s *Service) fresh(a model.Actor) error {
	if !s.stepUp.Fresh(a, s.clock.Now()) {
		return model.Refuse(model.CodeStepUp)
	}
	return nil
}

// do takes an act on its way and returns its recorded answer. prepare is called
// only for a request that has not been made before.
func (s *Service) do(ctx context.Context, r Request, kind model.ActKind, caseID string,
	prepare func(context.Context) (prepared, error)) (Answer, error) {
	requestKey, bodyHash, err := r.key()
	if err != nil {
		return Answer{}, err
	}
	ctx, span := otel.Tracer("sluss").Start(ctx, "act", trace.WithAttributes(attribute.String("sluss.act", string(kind))))
	defer span.End()
	began := time.Now()
	deadline := began.Add(s.wait)
	for {
		answer, err := s.attempt(ctx, model.Command{
			OrgID: r.Actor.OrgID, RequestKey: requestKey, CaseID: caseID, Kind: kind,
			ActorID: r.Actor.PersonID, BodyHash: bodyHash,
		}, prepare, deadline)
		if errors.Is(err, errAgain) && time.Now().After(deadline) {
			err = model.Refuse(model.CodePending)
		}
		if !errors.Is(err, errAgain) {
			if err == nil || model.CodeOf(err) == model.CodePending {
				s.meter.Acted(kind, time.Since(began))
			}
			return answer, err
		}
	}
}

func (s *Service) attempt(ctx context.Context, c model.Command,
	prepare func(context.Context) (prepared, error), deadline time.Time) (Answer, error) {
	known, err := s.store.CommandByKey(ctx, c.OrgID, c.RequestKey)
	if err == nil {
		return s.join(ctx, known, c, deadline)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Answer{}, err
	}
	p, err := prepare(store.Recalling(ctx)) // whatever judges and evaluates reads the same rows
	if err != nil {
		return Answer{}, err
	}
	leave, err := s.gates.enter(ctx, c.CaseID)
	if err != nil {
		return Answer{}, err
	}
	defer leave()
	deadline = time.Now().Add(s.wait) // standing in line does not count

	c.ID, c.Payload, c.Evaluation = model.NewID(), p.payload, p.evaluation
	err = s.store.AddCommand(ctx, c, s.clock.Now())
	if store.IsConflict(err) {
		return Answer{}, errAgain
	}
	if err != nil {
		return Answer{}, err
	}
	return s.carry(context.WithoutCancel(ctx), c, p.version, deadline) // what was accepted goes on
}

// join answers a request whose key was used before.
func (s *Service) join(ctx context.Context, known, mine model.Command, deadline time.Time) (Answer, error) {
	if known.BodyHash != mine.BodyHash {
		return Answer{}, model.Refuse(model.CodeKeyReused)
	}
	if known.Done {
		return answerOf(known.Status, known.Answer)
	}
	return s.carry(context.WithoutCancel(ctx), known, unread, deadline)
}

func answerOf(status int, receipt json.RawMessage) (Answer, error) {
	a := Answer{Status: status}
	if err := json.Unmarshal(receipt, &a.Receipt); err != nil {
		return Answer{}, err
	}
	return a, nil
}
