// Command sluss takes AI systems and AI agents from the first idea to safe,
// documented use. `sluss help` lists what it does; every setting is a flag with
// an environment variable SLUSS_* beside it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(exitCode(run(ctx, os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

// command is one subcommand: its name, a line about it, and what it does with
// the arguments after its name.
type command struct {
	name, about string
	run         func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

func commands() []command {
	return []command{
		{"serve", "run everything: pages, API, worker and engine", serve},
		{"api", "run pages and API beside a Temporal server", serveAPI},
		{"worker", "run the processes of cases beside a Temporal server", runWorker},
		{"temporal", "prepare a Temporal server for api and worker", temporalCommand},
		{"case", "open, show, list and submit cases, and act on those in use, over the API", caseCommand},
		{"task", "list, show and decide what waits for you, over the API", taskCommand},
		{"assessment", "show, save and hand in the assessments of the stages, over the API", assessmentCommand},
		{"condition", "list, verify, waive and put off the conditions of a case, over the API", conditionCommand},
		{"register", "show the AI tools that may be used, and ask whether one may be, over the API", registerCommand},
		{"incident", "report, show and answer incidents, over the API", incidentCommand},
		{"delegation", "let somebody answer for you for a time, over the API", delegationCommand},
		{"absence", "note who is away and who answers for them meanwhile, over the API", absenceCommand},
		{"disposal", "dispose of records and erase personal data, two together, over the API", disposalCommand},
		{"message", "list what you have been told, and mark it as read, over the API", messageCommand},
		{"statistics", "count what cases have come to, over the API", statisticsCommand},
		{"unit", "list the units that answers can name, over the API", unitCommand},
		{"person", "list the people that answers can name, and their roles, over the API", personCommand},
		{"rulebook", "show what questions, rules and codes mean; check and test the guidelines", rulebookCommand},
		{"config", "print the settings in force, secrets hidden", printConfig},
		{"directory", "load organisation, units and people from a file", directory},
		{"identity", "link people to their accounts at a provider of identities, and block them", identityCommand},
		{"password", "set and remove passwords for signing in to the pages", passwordCommand},
		{"token", "create, list and revoke access tokens", token},
		{"backup", "copy the data folder into one file, while the server runs", backupCommand},
		{"restore", "make a data folder of a backup, and verify it", restoreCommand},
		{"audit", "verify the log, and keep signed checkpoints of it elsewhere", auditCommand},
		{"doctor", "look at settings, data folder, database and what is around, and say what to do", doctorCommand},
		{"reconcile", "compare cases with their processes and repair what does not fit, over the API", reconcileCommand},
		{"migrate", "bring the database schema up to date, or unlock it", migrateSchema},
		{"histories", "record replay histories from synthetic cases", histories},
		{"version", "print the version", printVersion},
	}
}

// errUsage is an error whose text has been printed with the usage.
var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(stdout)
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "sluss: there is no command %q\n\n", args[0])
	usage(stderr)
	return errUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Sluss takes AI systems and agents from the first idea to safe, documented use.\n\nUsage: sluss COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, "\n`sluss COMMAND -h` explains the flags of a command. To look around: sluss serve --demo\n"+
		"What a question, a rule or a code in a message means: sluss rulebook show NAME\n"+
		"Swedish is the default; --lang en or SLUSS_LANG=en is English.\n")
}

// exitCode prints an error that has not been printed yet and says how the
// program ends: 2 for wrong usage, 1 for everything else that went wrong.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintln(stderr, "sluss:", err)
	return 1
}
