package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
)

const (
	// freshFor is how long what was read from the record is shown before it is read again.
	freshFor = 15 * time.Second
	// atMost is the share of the time that reading may take: figures that take long to
	// read are shown longer.
	atMost = 50
)

// Sources are what gauges are read from. Nil sources have none.
type Sources struct {
	// Figures reads the record (store.Store has it).
	Figures func(context.Context, time.Time) (store.Figures, error)
	// Checkpoint is how old the last checkpoint is that was kept elsewhere, and whether
	// this process hands any out (anchor.Anchor).
	Checkpoint func() (time.Duration, bool)
	// FreeDisk is how many bytes may still be written to the data folder.
	FreeDisk func() (uint64, error)
	Clock    clock.Clock
	Log      *slog.Logger
}

// Watch adds the gauges of what is read when somebody asks. It is to be called once.
func (m *Metrics) Watch(s Sources) { m.registry.MustRegister(&gauges{Sources: s}) }

// gauges are read when they are asked for. What comes from the record is kept for a
// while.
type gauges struct {
	Sources
	mu    sync.Mutex
	kept  store.Figures
	until time.Time
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	recordUp      = describe("sluss_record_up", "Whether the record could be read for these figures: 1 or 0.")
	cases         = describe("sluss_cases", "Cases of all organisations, by state.", "state")
	tasksOverdue  = describe("sluss_tasks_overdue", "Open tasks whose time is over, by the role that answers them.", "role")
	commands      = describe("sluss_commands_pending", "Acts that have no answer yet.")
	commandsSince = describe("sluss_commands_pending_oldest_seconds", "How long the oldest act without an answer has waited.")
	outbox        = describe("sluss_outbox_messages", "Messages that nobody has been given yet.")
	outboxSince   = describe("sluss_outbox_oldest_seconds", "How long the oldest of these messages has waited.")
	mails         = describe("sluss_mails_waiting", "Messages that are still to leave by e-mail.")
	mailsSince    = describe("sluss_mails_oldest_seconds", "How long the oldest of these e-mails has waited.")
	mailsGivenUp  = describe("sluss_mails_given_up", "E-mails that are not tried again unless an administrator asks for it.")
	checkpointAge = describe("sluss_checkpoint_age_seconds", "How long ago everything in the log had been signed and kept elsewhere. Missing where no checkpoints are taken.")
	diskFree      = describe("sluss_disk_free_bytes", "How much may still be written to the disk of the data folder.")
)

// Describe implements prometheus.Collector.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		recordUp, cases, tasksOverdue, commands, commandsSince, outbox, outboxSince, mails, mailsSince, mailsGivenUp, checkpointAge, diskFree,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if g.Checkpoint != nil {
		if age, ok := g.Checkpoint(); ok {
			send(checkpointAge, age.Seconds())
		}
	}
	if g.FreeDisk != nil {
		if free, err := g.FreeDisk(); err == nil {
			send(diskFree, float64(free))
		}
	}
	if g.Figures == nil {
		return
	}
	f, err := g.figures()
	if err != nil {
		g.Log.Warn("figures not read", slog.Any("error", err))
		send(recordUp, 0)
		return
	}
	send(recordUp, 1)
	for _, s := range model.CaseStates() {
		send(cases, float64(f.Cases[s]), string(s))
	}
	for _, r := range model.Roles() {
		send(tasksOverdue, float64(f.Overdue[r]), string(r))
	}
	now := g.Clock.Now()
	for _, w := range []struct {
		n, since *prometheus.Desc
		store.Waiting
	}{{commands, commandsSince, f.Commands}, {outbox, outboxSince, f.Messages}, {mails, mailsSince, f.Mails}} {
		send(w.n, float64(w.N))
		waited := 0.0
		if !w.Oldest.IsZero() {
			waited = max(0, now.Sub(w.Oldest).Seconds())
		}
		send(w.since, waited)
	}
	send(mailsGivenUp, float64(f.MailsGivenUp))
}

// figures are those that were read a short while ago, or are read now. A second caller
// waits for the first one's.
func (g *gauges) figures() (store.Figures, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Now().Before(g.until) {
		return g.kept, nil
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	f, err := g.Figures(ctx, g.Clock.Now())
	if err != nil {
		return f, err
	}
	took := time.Since(began)
	g.kept, g.until = f, time.Now().Add(max(freshFor, atMost*took))
	return f, nil
}
