package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sluss/api/act"
	"sluss/api/notify"
	inprocess "sluss/deploy/engine"
	"sluss/model/store/blobs"
)

// settings are all settings of the program. Each is a flag, and an environment
// variable of the same name in capitals with SLUSS_ before it; the flag wins.
type settings struct {
	listen      string
	dataDir     string
	databaseURL string
	engineDB    string
	maxConns    int
	baseURL     string
	smtpURL     string
	smtpSecret  string
	mailFrom    string
	providers   string
	demo        bool
	logLevel    string
	logFormat   string
	// reconcileEvery is how often cases are compared with their processes.
	reconcileEvery time.Duration
	checkpoint     checkpointSettings
	observe        observeSettings
	temporal       temporalSettings
}

// flags declares the settings on a flag set.
func (s *settings) flags(fs *flag.FlagSet) {
	fs.StringVar(&s.listen, "listen", "127.0.0.1:8080", "`address` to listen on")
	fs.StringVar(&s.dataDir, "data-dir", "", "`folder` of the data files (default: sluss, or sluss-demo with --demo, under the user's data home)")
	fs.StringVar(&s.databaseURL, "database-url", "", "`URL` of a PostgreSQL database for the record (default: a SQLite file in the data folder)")
	fs.StringVar(&s.engineDB, "engine-database-url", "", "`URL` of a PostgreSQL database for serve's engine alone (default: that of the record with _engine after its name)")
	fs.IntVar(&s.maxConns, "database-conns", 16, "most `connections` to the database")
	fs.StringVar(&s.baseURL, "base-url", "", "`URL` where people find Sluss, for links in e-mail (default: the address that it listens on)")
	fs.StringVar(&s.smtpURL, "smtp-url", "", "`URL` of a mail server, smtp://user:password@host:port?tls=starttls, implicit or none (default: no e-mail)")
	fs.StringVar(&s.smtpSecret, "smtp-password-file", "", "`file` with the password for the mail server")
	fs.StringVar(&s.mailFrom, "mail-from", "", "`address` that e-mail is sent from")
	fs.StringVar(&s.providers, "identity-providers", "", "`file` in YAML with the providers of identities that people sign in with (default: none)")
	fs.DurationVar(&s.reconcileEvery, "reconcile-every", act.DefaultReconcileEvery, "how often every case is compared with its process, beside the start (`duration` of a minute or more, such as 1h)")
	s.checkpoint.flags(fs)
	s.observe.flags(fs)
	s.temporal.flags(fs)
	fs.BoolVar(&s.demo, "demo", false, "create one person for each role, with sign-in links; loopback only")
	fs.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	fs.StringVar(&s.logFormat, "log-format", "text", "text or json")
}

// parse reads flags and environment for a command and returns what is left of
// its arguments.
func (s *settings) parse(name, about string, args []string, stderr io.Writer, more ...func(*flag.FlagSet)) ([]string, error) {
	fs := flag.NewFlagSet("sluss "+name, flag.ContinueOnError)
	s.flags(fs)
	for _, declare := range more {
		declare(fs)
	}
	rest, err := readFlags(fs, about, args, stderr)
	if err != nil {
		return nil, err
	}
	return rest, s.complete()
}

// readFlags sets flags from the environment and then from the arguments, and
// returns what is left of these. Wrong flags are explained on stderr.
func readFlags(fs *flag.FlagSet, about string, args []string, stderr io.Writer) ([]string, error) {
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintf(stderr, "%s\n\nEach flag can be set as an environment variable: --data-dir as SLUSS_DATA_DIR.\n\n", about)
		fs.PrintDefaults()
	}
	if err := setFromEnvironment(fs); err != nil {
		return nil, err
	}
	rest, err := parseAnywhere(fs, args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return nil, errUsage
	}
	return rest, err
}

// parseAnywhere lets flags stand before and after arguments.
func parseAnywhere(fs *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

// flagsOnly refuses what is left of the arguments of a command that takes none.
func flagsOnly(name string, rest []string, stderr io.Writer) error {
	if len(rest) == 0 {
		return nil
	}
	fmt.Fprintf(stderr, "sluss: %s takes flags only, not %q\n", name, rest[0])
	return errUsage
}

func setFromEnvironment(fs *flag.FlagSet) (err error) {
	fs.VisitAll(func(f *flag.Flag) {
		if v, ok := os.LookupEnv(environmentName(f.Name)); ok && err == nil {
			if fs.Set(f.Name, v) != nil {
				err = fmt.Errorf("the environment variable %s has no valid value", environmentName(f.Name))
			}
		}
	})
	return err
}

func environmentName(flagName string) string {
	return "SLUSS_" + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

func (s *settings) complete() error {
	if s.dataDir == "" {
		home, err := dataHome()
		if err != nil {
			return fmt.Errorf("no data folder (set --data-dir): %w", err)
		}
		s.dataDir = filepath.Join(home, "sluss")
		if s.demo {
			s.dataDir += "-demo"
		}
	}
	if s.demo && !isLoopback(s.listen) {
		return fmt.Errorf("--demo lets everybody in who has a link and listens on loopback only, not on %s", s.listen)
	}
	if err := new(slog.LevelVar).UnmarshalText([]byte(s.logLevel)); err != nil {
		return errors.New("--log-level is debug, info, warn or error")
	}
	if s.logFormat != "text" && s.logFormat != "json" {
		return errors.New("--log-format is text or json")
	}
	if s.reconcileEvery < time.Minute {
		return errors.New("--reconcile-every is a duration of a minute or more, such as 1h: cases are always compared with their processes")
	}
	if err := s.checkpoint.complete(); err != nil {
		return err
	}
	if s.engineDB != "" && (s.databaseURL == "" || s.engineDB == s.databaseURL) {
		return errors.New("--engine-database-url is another database beside that of --database-url")
	}
	return s.completeMail()
}

// completeMail checks what can be checked without reading a file.
func (s *settings) completeMail() error {
	s.baseURL = strings.TrimRight(s.baseURL, "/")
	u, err := url.Parse(s.baseURL)
	if s.baseURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "") {
		return errors.New("--base-url is an address such as https://sluss.example")
	}
	if s.smtpURL == "" {
		return nil
	}
	if _, err := notify.ParseSMTP(s.smtpURL, "", s.mailFrom); err != nil {
		return fmt.Errorf("--smtp-url and --mail-from: %w", err)
	}
	return nil
}

// mailer is the mail server, or nil where there is none.
func (s *settings) mailer() (notify.Mailer, error) {
	if s.smtpURL == "" {
		return nil, nil
	}
	var password string
	if s.smtpSecret != "" {
		text, err := os.ReadFile(s.smtpSecret)
		if err != nil {
			return nil, fmt.Errorf("read --smtp-password-file: %w", err)
		}
		password = strings.TrimSpace(string(text))
	}
	return notify.ParseSMTP(s.smtpURL, password, s.mailFrom)
}

// dataHome is where the user's programs keep their data (XDG Base Directory).
func dataHome() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "share"), nil
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// recordURL is where the record is kept.
func (s *settings) recordURL() string {
	if s.databaseURL != "" {
		return s.databaseURL
	}
	return "sqlite:" + filepath.Join(s.dataDir, "record.db")
}

// engineURL is where the engine of `sluss serve` keeps its state: beside a record in
// PostgreSQL in a database of its own, otherwise, for "", in the data folder.
func (s *settings) engineURL() string {
	if s.databaseURL == "" || s.engineDB != "" {
		return s.engineDB
	}
	return inprocess.Beside(s.databaseURL)
}

// attachments opens the folder of attached files.
func (s *settings) attachments() (*blobs.Blobs, error) {
	return blobs.OpenFolder(filepath.Join(s.dataDir, "attachments"))
}

func (s *settings) logger(w io.Writer) *slog.Logger {
	level := new(slog.LevelVar)
	_ = level.UnmarshalText([]byte(s.logLevel)) // checked by complete
	o := &slog.HandlerOptions{Level: level}
	if s.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func printConfig(_ context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	rest, err := s.parse("config", "Print the settings in force.", args, stderr)
	if err != nil {
		return err
	}
	if err := flagsOnly("config", rest, stderr); err != nil {
		return err
	}
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	now := s
	s.flags(fs)
	s = now
	fs.VisitAll(func(f *flag.Flag) {
		value := f.Value.String()
		if f.Name == "database-url" || f.Name == "engine-database-url" || f.Name == "smtp-url" || f.Name == "checkpoint-url" {
			value = withoutSecret(value)
		}
		fmt.Fprintf(stdout, "%s=%s\n", environmentName(f.Name), value)
	})
	return nil
}

// withoutSecret hides the password, and whatever else a URL may carry after its
// path.
func withoutSecret(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "(cannot be read)"
	}
	if u.User != nil {
		u.User = url.UserPassword(u.User.Username(), "hidden")
	}
	if u.RawQuery != "" {
		u.RawQuery = "hidden"
	}
	return u.String()
}
