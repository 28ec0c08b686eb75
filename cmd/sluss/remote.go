package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sluss/api/client"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// remote is a command that talks to a running server: where it is, who asks, and
// how the answer is shown.
type remote struct {
	server, token, tokenFile, as, demoDir, language string
	asJSON                                          bool

	lang   lang.Lang
	client client.Client
	stdout io.Writer
	// book asks the questions that are being answered: the rulebook, with those of
	// the intake, or the book of a stage.
	book *rulebook.Book
}

// parse reads the flags that commands over the API share, and more, wherever
// they stand between the arguments.
func (r *remote) parse(name, about string, args []string, stdout, stderr io.Writer, more ...func(*flag.FlagSet)) ([]string, error) {
	fs := flag.NewFlagSet("sluss "+name, flag.ContinueOnError)
	fs.StringVar(&r.server, "server", "http://127.0.0.1:8080", "`address` of the server")
	fs.StringVar(&r.token, "token", "", "your access `token` (better: SLUSS_TOKEN or --token-file)")
	fs.StringVar(&r.tokenFile, "token-file", "", "`file` with your access token")
	fs.StringVar(&r.as, "as", "", "in the demo: act as this `user`, such as project_owner or dpo")
	fs.StringVar(&r.demoDir, "data-dir", "", "in the demo: `folder` with demo-people.json (default: the demo's own)")
	fs.StringVar(&r.language, "lang", string(lang.Default), "sv or en")
	fs.BoolVar(&r.asJSON, "json", false, "print the server's answer as JSON")
	for _, declare := range more {
		declare(fs)
	}
	r.stdout, r.book = stdout, rulebook.Default()
	rest, err := readFlags(fs, about, args, stderr)
	if err != nil {
		return nil, err
	}
	if r.lang, err = lang.Parse(r.language); err != nil {
		return nil, errors.New("--lang is sv or en")
	}
	return rest, nil
}

// tell prints in the language that was chosen.
func (r *remote) tell(sv, en string, args ...any) {
	fmt.Fprintf(r.stdout, lang.Text{SV: sv, EN: en}.In(r.lang), args...)
}

// connect finds the token and makes the client.
func (r *remote) connect() error {
	token, err := r.findToken()
	if err != nil {
		return err
	}
	r.client = client.Client{Base: r.server, Token: token, Language: r.language}
	return nil
}

func (r *remote) findToken() (string, error) {
	switch {
	case r.as != "":
		return r.demoToken()
	case r.token != "":
		return r.token, nil
	case r.tokenFile != "":
		text, err := os.ReadFile(r.tokenFile)
		return strings.TrimSpace(string(text)), err
	}
	return "", errors.New(lang.Text{
		SV: "vem är du? Ange SLUSS_TOKEN eller --token-file, eller i demon --as ANVÄNDARE",
		EN: "who are you? Set SLUSS_TOKEN or --token-file, or in the demo --as USER",
	}.In(r.lang))
}

func (r *remote) demoToken() (string, error) {
	if r.demoDir == "" {
		home, err := dataHome()
		if err != nil {
			return "", err
		}
		r.demoDir = filepath.Join(home, "sluss-demo")
	}
	path := filepath.Join(r.demoDir, "demo-people.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf(lang.Text{
			SV: "%s finns inte: starta demon med `sluss serve --demo`, eller ange dess mapp med --data-dir",
			EN: "there is no %s: start the demo with `sluss serve --demo`, or name its folder with --data-dir",
		}.In(r.lang), path)
	}
	if err != nil {
		return "", err
	}
	var people demoPeople
	if err := json.Unmarshal(text, &people); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	var users []string
	for _, p := range people.People {
		if p.User == r.as {
			return p.Token, nil
		}
		users = append(users, p.User)
	}
	slices.Sort(users)
	return "", fmt.Errorf(lang.Text{SV: "demon har ingen användare %q; den har %s", EN: "the demo has no user %q; it has %s"}.In(r.lang),
		r.as, strings.Join(users, ", "))
}

// get asks for a path and shows it: as JSON, or with show.
func (r *remote) get(ctx context.Context, path string, out any, show func()) error {
	return r.call(ctx, client.Call{Method: "GET", Path: path}, out, show)
}

// getList gets a list and shows it. It says so when there is nothing, and when there
// is more.
func getList[T any](ctx context.Context, r *remote, path string, none lang.Text, show func([]T)) error {
	var page struct {
		Items []T    `json:"items"`
		Next  string `json:"next_cursor"`
	}
	return r.get(ctx, path, &page, func() {
		if len(page.Items) == 0 {
			r.tell(none.SV, none.EN)
			return
		}
		show(page.Items)
		if page.Next != "" {
			r.tell("Det finns fler; --json visar next_cursor.\n", "There are more; --json shows next_cursor.\n")
		}
	})
}

func (r *remote) call(ctx context.Context, c client.Call, out any, show func()) error {
	a, err := r.client.Do(ctx, c, out)
	if err != nil {
		return r.explain(err)
	}
	if r.asJSON {
		return r.printJSON(a.Body)
	}
	show()
	return nil
}

// explain says what is wrong with the answers, and what to do when the server
// cannot be reached.
func (r *remote) explain(err error) error {
	var p *client.Problem
	if errors.As(err, &p) && len(p.Errors) > 0 {
		return errors.New(refusalText(p, r.book, r.lang))
	}
	if p != nil {
		return err
	}
	return fmt.Errorf(lang.Text{
		SV: "inget svar från %s: är `sluss serve` igång där? (--server anger en annan adress)",
		EN: "no answer from %s: is `sluss serve` running there? (--server names another address)",
	}.In(r.lang), r.server)
}

func (r *remote) printJSON(body []byte) error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	enc := json.NewEncoder(r.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
