package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sluss/api"
)

// outsideWithin is how long what is asked outside the program may take to answer.
const outsideWithin = 5 * time.Second

// server asks the program whether it is ready, where it runs.
func (d *doctor) server(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, outsideWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.settings.listen+"/readyz", nil)
	if err != nil {
		d.fault("server", said("--listen är ingen adress.", "--listen is no address."), said("Ange adress och port, som 127.0.0.1:8080.", "Give an address and a port, such as 127.0.0.1:8080."))
		return
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		d.ok("server", said("Sluss kör inte på %s.", "Sluss does not run on %s.", d.settings.listen))
		return
	}
	defer answer.Body.Close()
	var health struct {
		Code   string          `json:"code"`
		Checks []api.CheckNote `json:"checks"`
	}
	err = json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&health)
	if err == nil && answer.StatusCode == http.StatusOK {
		d.ok("server", said("Sluss kör på %s och är redo.", "Sluss runs on %s and is ready.", d.settings.listen))
		return
	}
	why := []string{}
	for _, c := range health.Checks {
		if !c.OK {
			why = append(why, c.Name+" "+string(c.Code))
		}
	}
	if len(why) == 0 && health.Code != "" {
		why = append(why, health.Code)
	}
	if len(why) == 0 {
		d.fault("server", said("På %s svarar något annat än Sluss.", "Something other than Sluss answers on %s.", d.settings.listen),
			said("Ge Sluss en egen adress med --listen.", "Give Sluss an address of its own with --listen."))
		return
	}
	d.fault("server", said("Sluss kör på %s och är inte redo: %s.", "Sluss runs on %s and is not ready: %s.", d.settings.listen, strings.Join(why, ", ")),
		said("Se programmets logg, rader med not ready.", "See the program's log, lines with not ready."))
}

// addresses looks up the names that the settings hold.
func (d *doctor) addresses(ctx context.Context) {
	s := d.settings
	for _, named := range []struct{ setting, raw string }{
		{"--base-url", s.baseURL}, {"--smtp-url", s.smtpURL}, {"--checkpoint-url", s.checkpoint.url}, {"--database-url", s.databaseURL}, {"--engine-database-url", s.engineDB},
	} {
		if u, err := url.Parse(named.raw); named.raw != "" && err == nil {
			d.address(ctx, named.setting, u.Hostname())
		}
	}
	if s.providers == "" {
		return
	}
	c, err := readProviders(s.providers)
	if err != nil {
		d.fault("identity", said("%s kan inte användas.", "%s cannot be used.", s.providers), said("Kör sluss identity check på filen.", "Run sluss identity check on the file."))
		return
	}
	for _, p := range c.Providers {
		if u, err := url.Parse(p.Issuer); err == nil {
			d.address(ctx, "--identity-providers", u.Hostname())
		}
	}
}

func (d *doctor) address(ctx context.Context, setting, host string) {
	if host == "" || net.ParseIP(host) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, outsideWithin)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		d.fault("address", said("%s i %s finns inte i DNS härifrån.", "%s in %s is not found in DNS from here.", host, setting),
			said("Rätta namnet eller DNS.", "Correct the name or DNS."))
		return
	}
	d.ok("address", said("%s i %s finns i DNS.", "%s in %s is found in DNS.", host, setting))
}

// mail connects to the mail server and signs in, and sends nothing.
func (d *doctor) mail(ctx context.Context) {
	if d.settings.smtpURL == "" {
		d.ok("mail", said("Ingen e-post skickas.", "No e-mail is sent."))
		return
	}
	if d.settings.baseURL == "" {
		d.warn("mail", said("Länkar i e-post leder till %s.", "Links in e-mail lead to %s.", d.settings.listen), said("Ange --base-url.", "Set --base-url."))
	}
	ctx, cancel := context.WithTimeout(ctx, outsideWithin)
	defer cancel()
	mailer, err := d.settings.mailer()
	if err == nil {
		connection, opened := mailer.Open(ctx)
		if err = opened; err == nil {
			connection.Close()
		}
	}
	var network net.Error
	switch {
	case err == nil:
		d.ok("mail", said("E-postservern släpper in programmet.", "The mail server lets the program in."))
	case errors.As(err, &network):
		d.fault("mail", said("E-postservern svarar inte på %s.", "The mail server does not answer at %s.", withoutSecret(d.settings.smtpURL)),
			said("Kontrollera adress, port och brandvägg.", "Check address, port and firewall."))
	default:
		d.fault("mail", said("E-postservern på %s släpper inte in programmet.", "The mail server at %s does not let the program in.", withoutSecret(d.settings.smtpURL)),
			said("Kontrollera tls= i --smtp-url, användarnamn och --smtp-password-file.", "Check tls= in --smtp-url, user name and --smtp-password-file."))
	}
}
