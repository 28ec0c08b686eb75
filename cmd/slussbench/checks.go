//go:build linux && !slim

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluss/api/authn"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/store"
)

// checkLoad says how the register is asked.
type checkLoad struct {
	entries, rate, conns, changes int
	lasts                         time.Duration
}

// runChecks measures the question whether a tool may be used, as a gateway asks it
// at every use: so many a second, whether or not the answers keep up. The time of
// an answer counts from when its question was due.
func runChecks(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	var l checkLoad
	var databases string
	fs := flag.NewFlagSet("slussbench register", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&l.entries, "entries", 10_000, "`number` of tools in the register")
	fs.IntVar(&l.rate, "rate", 500, "`questions` in a second")
	fs.IntVar(&l.conns, "conns", 32, "`connections` of the gateway")
	fs.IntVar(&l.changes, "changes", 2, "`changes` of the register in a second")
	fs.DurationVar(&l.lasts, "for", 30*time.Second, "how long it is asked")
	fs.StringVar(&databases, "databases", sqlite+","+postgres, "`list` of databases")
	fs.StringVar(&o.sluss, "sluss", "", "`program` to measure (default: build it)")
	fs.StringVar(&o.dir, "dir", "", "`folder` for the data (default: the system's for temporary files)")
	if err := readFlags(fs, args); err != nil {
		return err
	}
	if l.entries < 1 || l.rate < turns || l.conns < 1 || l.changes < 0 || l.lasts < time.Second {
		return fmt.Errorf("numbers are at least one, -rate at least %d and -for at least a second", turns)
	}
	o.clients = []int{1}
	b, err := newBench(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	fmt.Fprintf(stdout, "%d entries, %d questions a second over %d connections for %s, %d changes a second\n\n"+
		"Bare is a request that does nothing, asked for as often, in turns with the questions: what the machine is good for.\n\n"+
		"| database | first answer | p50 | p99 | longest | bare p50 | bare p99 | failed | processor |\n"+
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
		l.entries, l.rate, l.conns, l.lasts, l.changes)
	for _, database := range strings.Split(databases, ",") {
		if err := b.checks(ctx, database, l, stdout); err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
	}
	return nil
}

func (b *bench) checks(ctx context.Context, database string, l checkLoad, stdout io.Writer) (err error) {
	s, err := b.start(ctx, sluss, database, filepath.Join(b.dir, database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	r, err := fillRegister(ctx, s, l.entries)
	if err != nil {
		return err
	}
	defer r.store.Close()
	gateway := client.Client{Base: s.seats[0].people[model.RoleManager].Base, Token: r.secret, HTTP: gatewayClient(l.conns)}
	began := time.Now()
	if err := r.ask(ctx, &gateway, 0); err != nil {
		return err
	}
	first := time.Since(began)
	asked, bare, err := r.takeTurns(ctx, s, &gateway, l)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "| %s | %s | %s | %s | %s | %s | %s | %d | %.0f %% of a core |\n", database, first.Round(time.Millisecond),
		asked.share(0.5), asked.share(0.99), asked.share(1), bare.share(0.5), bare.share(0.99),
		asked.failed, 100*asked.cpu.Seconds()/l.lasts.Seconds())
	return nil
}

// answers are what became of the questions of an open loop.
type answers struct {
	took   []time.Duration
	failed int64
	cpu    time.Duration // of the server
}

// share is the time within which a share of the answers came.
func (a *answers) share(p float64) time.Duration {
	slices.Sort(a.took)
	return a.took[min(len(a.took)-1, int(p*float64(len(a.took))))].Round(10 * time.Microsecond)
}

func gatewayClient(conns int) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost, transport.DisableCompression = conns, conns, true
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// filledRegister is a register with a gateway that may ask it.
type filledRegister struct {
	store  *store.Store
	unit   string
	ids    []string
	secret string
}

func fillRegister(ctx context.Context, s *server, entries int) (*filledRegister, error) {
	st, err := store.Connect(ctx, store.Options{URL: s.url})
	if err != nil {
		return nil, err
	}
	r := &filledRegister{store: st, ids: make([]string, entries)}
	u, err := st.Unit(ctx, organisation, unitCode(0))
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	r.unit = u.ID
	for i := range r.ids {
		if r.ids[i], err = st.PutRegisterEntry(ctx, organisation, "", r.entry(i, 0), clock.System.Now()); err != nil {
			return nil, errors.Join(err, st.Close())
		}
	}
	now := clock.System.Now()
	id, err := st.PutService(ctx, organisation, "gateway", u.ID, store.Service{PerMinute: 1_000_000}, now)
	secret, hash := authn.NewSecret()
	if err == nil {
		err = st.AddToken(ctx, store.Token{
			OrgID: organisation, ID: model.NewID(), PersonID: id, Label: "bench", Purpose: store.PurposeAPI, Hash: hash,
			CreatedAt: now, ExpiresAt: now.AddDate(0, 0, 1),
		})
	}
	r.secret = secret
	return r, err
}

// entry is what the register says of a tool; version makes it say something new.
func (r *filledRegister) entry(i, version int) model.RegisterEntry {
	return model.RegisterEntry{
		Status: model.RegisterActive, RegistryNo: fmt.Sprintf("SL 2026-%d/%d", i, version), Tool: fmt.Sprintf("Verktyg %d", i),
		Product: fmt.Sprintf("Produkt %d", i/4), Supplier: "Leverantören AB", Kind: "ai_service",
		Purpose:        strings.Repeat("Sammanfatta och förenkla texter i handläggningen. ", 10),
		Units:          []model.RegisterUnit{{UnitID: r.unit}},
		ApprovedMaxIPL: 2, PersonalData: model.DataApproved, ApprovedUses: []string{"sammanfatta mötesanteckningar", useOf(i)},
		NotApprovedUses: []string{"beslut om enskilda"}, DecisionDate: "2026-01-01", ValidUntil: "2099-12-31",
		Contact: lang.Text{SV: "Systemägare", EN: "System owner"},
	}
}

func useOf(i int) string { return fmt.Sprintf("användning %d", i%7) }

// ask asks about a tool: by its entry, or by a product that several have.
func (r *filledRegister) ask(ctx context.Context, gateway *client.Client, i int) error {
	tool := r.ids[i]
	if i%2 == 1 {
		tool = fmt.Sprintf("produkt %d", i/4)
	}
	var a struct {
		Answer model.RegisterAnswer `json:"answer"`
	}
	_, err := gateway.Do(ctx, client.Call{Method: "POST", Path: "/api/v1/register/check", Body: map[string]any{
		"tool_id": tool, "use": useOf(i), "information_level": 1, "personal_data": "incidental",
	}}, &a)
	if err == nil && a.Answer != model.UseAllowed {
		err = fmt.Errorf("answered with %s", a.Answer)
	}
	return err
}

// takeTurns asks the register and does nothing, in turns, so that what else happens
// on the machine meanwhile touches both. The register changes all the while.
func (r *filledRegister) takeTurns(ctx context.Context, s *server, gateway *client.Client, l checkLoad) (asked, bare answers, err error) {
	changing, done := context.WithCancel(ctx)
	var changes sync.WaitGroup
	changes.Go(func() { r.change(changing, l.changes) })
	defer changes.Wait()
	defer done()
	for range turns {
		bare.openLoop(l, func() error {
			_, err := gateway.Do(ctx, client.Call{Method: "GET", Path: "/livez"}, nil)
			return err
		})
		before, err := s.cpu()
		if err != nil {
			return asked, bare, err
		}
		asked.openLoop(l, func() error { return r.ask(ctx, gateway, rand.IntN(len(r.ids))) })
		after, err := s.cpu()
		if err != nil {
			return asked, bare, err
		}
		asked.cpu += after - before
	}
	return asked, bare, nil
}

// openLoop asks at the rate for a turn and notes how long each answer took from
// when its question was due, and how many failed.
func (a *answers) openLoop(l checkLoad, ask func() error) {
	took := make([]time.Duration, int(l.lasts.Seconds()*float64(l.rate))/turns)
	began := time.Now()
	var next, failures atomic.Int64
	var asking sync.WaitGroup
	for range l.conns {
		asking.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(took); n = int(next.Add(1)) - 1 {
				due := began.Add(time.Duration(n) * time.Second / time.Duration(l.rate))
				time.Sleep(time.Until(due))
				if ask() != nil {
					failures.Add(1)
				}
				took[n] = time.Since(due)
			}
		})
	}
	asking.Wait()
	a.took, a.failed = append(a.took, took...), a.failed+failures.Load()
}

// change writes new versions of entries until the context ends.
func (r *filledRegister) change(ctx context.Context, rate int) {
	for version := 1; rate > 0; version++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second / time.Duration(rate)):
		}
		i := rand.IntN(len(r.ids))
		_, _ = r.store.PutRegisterEntry(ctx, organisation, r.ids[i], r.entry(i, version), clock.System.Now())
	}
}
