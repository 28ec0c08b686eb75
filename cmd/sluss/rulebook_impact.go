package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"sluss/api"
	"sluss/api/act"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

const impactAbout = `What a rulebook would mean for the cases that are under review or approved.

Usage: sluss rulebook impact [flags] [FOLDER]

Each case is judged by the rulebook in the folder, or without one by that of this
program, as of today, and compared with what it was last triaged as. The record is
read and not written, also while the server runs.`

// rulebookImpact prints what a rulebook would change.
func rulebookImpact(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var language string
	var asJSON bool
	rest, err := s.parse("rulebook impact", impactAbout, args, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&language, "lang", string(lang.Default), "sv or en")
		fs.BoolVar(&asJSON, "json", false, "print as JSON")
	})
	if err != nil {
		return err
	}
	l, err := lang.Parse(language)
	if err != nil {
		return errors.New("--lang is sv or en")
	}
	if len(rest) > 1 {
		fmt.Fprintln(stderr, impactAbout)
		return errUsage
	}
	book := rulebook.Default()
	if len(rest) == 1 {
		if book, err = loadRulebook(rest[0]); err != nil {
			return err
		}
	}
	found, err := impactOf(ctx, s, book, stderr)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(stdout, found)
	}
	impactReport{book, l, stdout}.print(found)
	return nil
}

func impactOf(ctx context.Context, s settings, book *rulebook.Book, stderr io.Writer) (act.Impact, error) {
	st, err := store.Connect(ctx, store.Options{URL: s.recordURL(), MaxConns: s.maxConns, ReadOnly: true})
	if err != nil {
		return act.Impact{}, err
	}
	defer st.Close()
	return act.New(act.Options{Store: st, Book: book, Clock: clock.System, Log: s.logger(stderr)}).Impact(ctx, "", book)
}

// impactReport tells in words what a rulebook would mean.
type impactReport struct {
	book *rulebook.Book
	lang lang.Lang
	w    io.Writer
}

func (r impactReport) tell(sv, en string, args ...any) {
	fmt.Fprintf(r.w, lang.Text{SV: sv, EN: en}.In(r.lang), args...)
}

func (r impactReport) print(i act.Impact) {
	states := map[string]lang.Text{}
	for _, w := range api.Words() {
		if w.Kind == "state" {
			states[w.Code] = w.Text
		}
	}
	r.tell("Regelverket %s %s, prövat %s\n\n", "The rulebook %s %s, tried on %s\n\n", i.RulebookID, i.RulebookVersion, i.On)
	for _, c := range i.Cases {
		fmt.Fprintf(r.w, "%s  %s\n", c.RegistryNo, states[string(c.State)].In(r.lang))
		for _, d := range c.Differences {
			fmt.Fprintf(r.w, "  %s\n", r.line(d))
		}
		if c.Proposal == model.ProposeSuspension {
			r.tell("  Tillfälligt stopp skulle föreslås för CISO.\n", "  A suspension would be proposed to the CISO.\n")
		}
		fmt.Fprintln(r.w)
	}
	r.tell("%d ärenden prövade, %d berörs, %d berörs inte.\n", "%d cases tried, %d touched, %d untouched.\n",
		i.Examined, len(i.Cases), i.Untouched)
	for _, kind := range model.DifferenceKinds() {
		if n := i.Kinds[kind]; n > 0 {
			fmt.Fprintf(r.w, "  %4d  %s\n", n, kind.Label().In(r.lang))
		}
	}
}

// line tells one difference: what, from what to what, and by which rules.
func (r impactReport) line(d model.Difference) string {
	parts := []string{d.Kind.Label().In(r.lang)}
	name := d.Name
	if label, ok := r.book.StageLabel(d.Name); ok && d.Kind == model.DiffersStage {
		name = label.In(r.lang)
	}
	if name != "" {
		parts = append(parts, name)
	}
	before := assess.ValueLabel(r.book, d.Kind, d.Before).In(r.lang)
	after := assess.ValueLabel(r.book, d.Kind, d.After).In(r.lang)
	text := strings.Join(parts, " ")
	switch {
	case d.Kind == model.DiffersUnread:
	case before == "":
		text += ": " + after
	default:
		text += ": " + before + " → " + after
	}
	if len(d.Rules) > 0 {
		text += " (" + strings.Join(d.Rules, ", ") + ")"
	}
	return text
}
