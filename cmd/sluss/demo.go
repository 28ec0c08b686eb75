package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/store"
)

//go:embed demo.yaml
var demoDirectory []byte

// demoValidity is how long the demo's tokens and links work.
const demoValidity = 90 * 24 * time.Hour

// demoPeople is the file demo-people.json.
type demoPeople struct {
	People []demoPerson `json:"people"`
}

type demoPerson struct {
	User      string       `json:"user"`
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Roles     []model.Role `json:"roles"`
	OrgUnit   string       `json:"org_unit"`
	Token     string       `json:"token"`
	SignInURL string       `json:"sign_in_url"`
}

// demo creates the demo's people, gives each a token and a sign-in link and
// prints the links. The links of an earlier start go on working.
func (a *app) demo(ctx context.Context, address string, stdout io.Writer) error {
	now := a.clock.Now()
	if _, err := loadDirectory(ctx, a.store, demoDirectory, now); err != nil {
		return fmt.Errorf("create the demo's people: %w", err)
	}
	people, err := a.store.People(ctx, "demo")
	if err != nil {
		return err
	}
	units, err := a.store.Units(ctx, "demo")
	if err != nil {
		return err
	}
	codes := map[string]string{}
	for _, u := range units {
		codes[u.ID] = u.Code
	}
	var file demoPeople
	for _, p := range people {
		d := demoPerson{User: p.Handle, ID: p.ID, Name: p.Name, Roles: p.Roles, OrgUnit: codes[p.UnitID]}
		if d.Token, err = a.issue(ctx, p, store.PurposeAPI, now); err != nil {
			return err
		}
		link, err := a.issue(ctx, p, store.PurposeSignIn, now)
		if err != nil {
			return err
		}
		d.SignInURL = address + "/sign-in?code=" + link
		file.People = append(file.People, d)
		fmt.Fprintf(stdout, "%-22s %-26s %s\n", p.Handle, p.Name, d.SignInURL)
	}
	return writeDemoPeople(filepath.Join(a.settings.dataDir, "demo-people.json"), file)
}

// issue gives a person a new token and returns its secret, which is kept nowhere
// else.
func (a *app) issue(ctx context.Context, p store.Person, purpose string, now time.Time) (string, error) {
	secret, hash := authn.NewSecret()
	return secret, a.store.AddToken(ctx, store.Token{
		OrgID: p.OrgID, ID: model.NewID(), PersonID: p.ID, Label: "demo", Purpose: purpose, Hash: hash,
		CreatedAt: now, ExpiresAt: now.Add(demoValidity),
	})
}

func writeDemoPeople(path string, people demoPeople) error {
	text, err := json.MarshalIndent(people, "", "  ")
	if err != nil {
		return err
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
