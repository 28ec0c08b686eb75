//go:build linux && !slim

// Command slussbench measures what Sluss costs: the same cases go through Sluss
// and through a floor that does no more than the way of an act needs (package
// floor), over HTTP, on SQLite and PostgreSQL, one client and several, in rounds
// that alternate on the same machine. It prints a table in Markdown.
//
//	go run ./cmd/slussbench
//	go run ./cmd/slussbench records    # drafts, cases and the first page of lists, beside SQL by hand
//	go run ./cmd/slussbench lists      # every list among a million cases
//	go run ./cmd/slussbench register   # how soon the register answers a gateway
//	go run ./cmd/slussbench waiting    # ten thousand open cases that wait
//	go run ./cmd/slussbench cost       # one case through all stages
//
// PostgreSQL is a throw-away server that waits for the disk, of the installed
// version, or the one that SLUSS_TEST_POSTGRES_URL names.
//
// Each server is a process of its own, started for the round on fresh data, so
// that its processor time is the system's figure for that process. Sluss runs as
// users run it, built and started with `sluss serve`. With -profile the same
// run leaves processor profiles of both.
//
// It is a tool for those who work on Sluss and no part of the product. It may
// import everything.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sluss/cmd/slussbench/floor"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(exitCode(err, os.Stderr))
}

// errUsage is an error whose text has been printed with the usage.
var errUsage = errors.New("usage")

// exitCode prints an error that has not been printed yet and says how the program ends:
// 2 for wrong usage, 1 for everything else that went wrong.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintln(stderr, "slussbench:", err)
	return 1
}

// readFlags sets flags from arguments that have nothing else in them. What is wrong is
// explained where the flags print.
func readFlags(fs *flag.FlagSet, args []string) error {
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errUsage
	case fs.NArg() > 0:
		fmt.Fprintf(fs.Output(), "%s takes flags only, not %q; slussbench -h lists what there is\n", fs.Name(), fs.Arg(0))
		return errUsage
	}
	return nil
}

// run measures what cases cost, or does what the first argument says.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{
		"floor": runFloor, "api": runAPI, "register": runChecks, "records": runRecords, "lists": runLists,
		"waiting": runWaiting, "cost": runCost,
	}
	if len(args) > 0 && commands[args[0]] != nil {
		return commands[args[0]](ctx, args[1:], stdout, stderr)
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	r, err := b.measure(ctx)
	if err != nil {
		return err
	}
	return r.write(stdout)
}

func runFloor(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := floorOptions("floor", args, stderr)
	if err != nil {
		return err
	}
	return floor.Run(ctx, o, stdout, stderr)
}

// floorOptions say where a program that is measured finds its data.
func floorOptions(name string, args []string, stderr io.Writer) (o floor.Options, err error) {
	fs := flag.NewFlagSet("slussbench "+name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.DataDir, "data-dir", "", "`folder` of the data files")
	fs.StringVar(&o.DatabaseURL, "database-url", "", "`URL` of a PostgreSQL database for the record")
	fs.IntVar(&o.Conns, "database-conns", conns, "most `connections` to the database")
	return o, readFlags(fs, args)
}

const about = `Measure what Sluss costs.

Usage:
  slussbench [flags]           cases through Sluss and through the least that can carry them, with 1, 16 and 64
                               clients: decisions a second, their time, the processor's, and the histories
  slussbench records [flags]   drafts, cases and the first page of lists, beside SQL by hand
  slussbench lists [flags]     every list among a million cases
  slussbench register [flags]  how soon the register answers a gateway
  slussbench waiting [flags]   ten thousand open cases that wait: at rest, after a restart, and beside new cases
  slussbench cost [flags]      one case through all stages into use: time, history, stores, rows, Temporal Cloud's actions,
                               and from these on paper what 1, 30 and 300 organisations need

Flags of the first:`

// conns is how many connections both programs get, which is the default of
// Sluss.
const conns = 16

// options say what is measured.
type options struct {
	rounds    int
	databases []string
	clients   []int
	// cases is how many cases several clients take through in a round.
	cases   int
	seed    uint64
	sluss   string
	dir     string
	profile string
	quick   bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var databases, clients string
	fs := flag.NewFlagSet("slussbench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintln(stderr, about)
		fs.PrintDefaults()
	}
	fs.IntVar(&o.rounds, "rounds", 5, "`number` of rounds; the table has their medians")
	fs.StringVar(&databases, "databases", sqlite+","+postgres, "`list` of databases")
	fs.StringVar(&clients, "clients", "1,16,64", "`list` of numbers of clients at once")
	fs.IntVar(&o.cases, "cases", 192, "`number` of cases that each program takes through in a round; with one client a quarter, with many at least eight for each")
	fs.Uint64Var(&o.seed, "seed", uint64(time.Now().Unix()), "`seed` of the order in which the programs take turns")
	fs.StringVar(&o.sluss, "sluss", "", "`program` to measure (default: build it)")
	fs.StringVar(&o.dir, "dir", "", "`folder` for the data, on the disk that is to be measured (default: the system's for temporary files)")
	fs.StringVar(&o.profile, "profile", "", "`folder` to leave processor profiles in")
	fs.BoolVar(&o.quick, "quick", false, "one short round, to see that everything works; its figures mean nothing")
	if err := readFlags(fs, args); err != nil {
		return o, err
	}
	if o.quick {
		o.rounds, o.cases = 1, 4*turns
	}
	o.databases = strings.Split(databases, ",")
	for _, d := range o.databases {
		if !slices.Contains([]string{sqlite, postgres}, d) {
			return o, fmt.Errorf("there is no database %q", d)
		}
	}
	for _, c := range strings.Split(clients, ",") {
		n, err := strconv.Atoi(c)
		if err != nil || n < 1 || n > maxClients {
			return o, fmt.Errorf("-clients takes numbers from 1 to %d", maxClients)
		}
		o.clients = append(o.clients, n)
	}
	if o.rounds < 1 || o.cases < 4*turns {
		return o, fmt.Errorf("at least one round and %d cases", 4*turns)
	}
	if o.profile != "" && o.sluss != "" {
		return o, errors.New("-profile needs a program of its own making: leave out -sluss")
	}
	return o, nil
}

// casesFor is how many cases are taken through with so many clients: fewer where
// they go one after the other, and where there are many clients so many that each has
// a second one to go on with in every turn.
func (o options) casesFor(clients int) int {
	switch {
	case clients == 1:
		return o.cases / 4
	case o.quick:
		return o.cases
	}
	return max(o.cases, 2*turns*clients)
}

// scratch makes the folder in which everything lies that goes away at the end.
func (o options) scratch() (string, error) {
	dir, err := os.MkdirTemp(o.dir, "slussbench-")
	if err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}
