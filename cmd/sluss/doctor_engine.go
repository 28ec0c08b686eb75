package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"

	"go.temporal.io/api/serviceerror"

	inprocess "sluss/deploy/engine"
	"sluss/model/lang"
)

// engine looks at what carries the processes: a Temporal server where one is named, and
// otherwise the database of serve's own engine. That of a data folder is looked at with
// the folder.
func (d *doctor) engine(ctx context.Context) {
	named, err := d.settings.temporal.named()
	switch {
	case err != nil:
		d.fault("temporal", said("Inställningarna för Temporal kan inte läsas.", "Temporal's settings cannot be read."),
			said("Se efter filerna i TEMPORAL_CONFIG_FILE, TEMPORAL_TLS_… och --temporal-api-key-file.", "See to the files in TEMPORAL_CONFIG_FILE, TEMPORAL_TLS_… and --temporal-api-key-file."))
	case d.settings.temporal.address != "" || named && d.settings.databaseURL != "":
		d.temporal(ctx)
	case d.settings.engineURL() != "":
		d.engineDatabase(ctx)
	}
}

// temporal connects to the Temporal server and asks for the namespace.
func (d *doctor) temporal(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, outsideWithin)
	defer cancel()
	o, err := d.settings.temporal.clientOptions(slog.New(slog.DiscardHandler))
	if err != nil {
		d.fault("temporal", said("Inställningarna för Temporal kan inte läsas.", "Temporal's settings cannot be read."),
			said("Se efter filerna med certifikat och --temporal-api-key-file.", "See to the files with certificates and to --temporal-api-key-file."))
		return
	}
	c, namespace, err := d.settings.temporal.dial(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		says, do := notConnected(err, o.HostPort)
		d.fault("temporal", says, do)
		return
	}
	defer c.Close()
	d.ok("temporal", said("Temporal svarar på %s.", "Temporal answers at %s.", o.HostPort))
	_, err = describe(ctx, c, namespace)
	var missing *serviceerror.NamespaceNotFound
	switch {
	case err == nil:
		d.ok("namespace", said("Namnrymden %s finns.", "The namespace %s is there.", namespace))
	case errors.As(err, &missing):
		d.fault("namespace", said("Namnrymden %s finns inte hos Temporal.", "Temporal has no namespace %s.", namespace),
			said("Kör sluss temporal setup, eller skapa den i Temporal Cloud och ange --temporal-namespace.", "Run sluss temporal setup, or make it in Temporal Cloud and set --temporal-namespace."))
	case isDenied(err):
		d.fault("namespace", said("Temporal släpper inte in programmet i namnrymden %s.", "Temporal does not let the program into the namespace %s.", namespace),
			said("Se efter API-nyckeln eller certifikatet, och att de gäller namnrymden.", "See to the API key or the certificate, and that they are for the namespace."))
	default:
		d.fault("namespace", said("Temporal svarar inte om namnrymden %s (%T).", "Temporal does not answer about the namespace %s (%T).", namespace, err),
			said("Se Temporal-serverns logg.", "See the Temporal server's log."))
	}
}

// notConnected tells why a Temporal server could not be connected to. The transport
// names what is wrong with TLS in words only.
func notConnected(err error, address string) (says, do lang.Text) {
	text := err.Error()
	switch {
	case isDenied(err):
		return said("Temporal på %s släpper inte in programmet.", "Temporal at %s does not let the program in.", address),
			said("Se efter --temporal-api-key-file eller certifikatet i TEMPORAL_TLS_….", "See to --temporal-api-key-file or the certificate in TEMPORAL_TLS_….")
	case strings.Contains(text, "handshake") || strings.Contains(text, "tls:") || strings.Contains(text, "x509:") || strings.Contains(text, "server preface"):
		return said("Temporal på %s och programmet är inte överens om TLS.", "Temporal at %s and the program do not agree on TLS.", address),
			said("Se efter TEMPORAL_TLS_…: om servern har TLS, dess utfärdare, namn och programmets certifikat.", "See to TEMPORAL_TLS_…: whether the server has TLS, its issuer, its name and the program's certificate.")
	}
	return said("Temporal svarar inte på %s.", "Temporal does not answer at %s.", address),
		said("Se efter att servern kör, och adress, port och brandvägg i --temporal-address.", "See that the server runs, and to address, port and firewall in --temporal-address.")
}

func isDenied(err error) bool {
	var denied *serviceerror.PermissionDenied
	return errors.As(err, &denied) || strings.Contains(err.Error(), "Unauthenticated") || strings.Contains(err.Error(), "unauthorized")
}

// engineDatabase looks at the database of serve's own engine.
func (d *doctor) engineDatabase(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, outsideWithin)
	defer cancel()
	at := d.settings.engineURL()
	err := inprocess.Examine(ctx, at)
	name := "?"
	if u, err := url.Parse(at); err == nil {
		name = strings.TrimPrefix(u.Path, "/")
	}
	switch {
	case err == nil:
		d.ok("engine", said("Motorns databas svarar.", "The engine's database answers."))
	case errors.Is(err, inprocess.ErrMissing):
		d.ok("engine", said("Motorns databas finns inte än: den görs vid starten.", "The engine's database is not there yet: it is made at the start."))
	case errors.Is(err, inprocess.ErrCannotMake):
		d.fault("engine", said("Motorns databas %s finns inte, och rollen får inte skapa den.", "The engine's database %s is missing, and the role may not make it.", name),
			said("Låt en administratör köra CREATE DATABASE med rollen som ägare, eller ange en annan med --engine-database-url.", "Let an administrator run CREATE DATABASE with the role as its owner, or name another with --engine-database-url."))
	default:
		d.fault("engine", said("Motorns databas svarar inte på %s.", "The engine's database does not answer at %s.", withoutSecret(at)),
			said("Se efter att servern kör, och att namn och lösenord i --engine-database-url stämmer.", "See that the server runs, and that name and password in --engine-database-url are right."))
	}
}
