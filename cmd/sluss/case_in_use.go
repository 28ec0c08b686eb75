package main

import (
	"flag"

	"sluss/model"
)

const inUseAbout = `
In use:
  sluss case suspend ID --reason TEXT [--reason-code CODE]
                                         forbid the use for now, or ask the CISO to
  sluss case resume ID --reason TEXT     let it go on; holds when the CISO and the information
                                         owner have both said so
  sluss case change ID --trigger RA-04 --reason TEXT [--stage STAGE] [--revision N]
                                         say what has changed (RA-01 to RA-12), which further
                                         stages it touches, and which changed intake goes along
  sluss case renew ID --reason TEXT (--unchanged | --revision N)
                                         ask for a new term of the approval
  sluss case decommission ID --reason TEXT --data DATA --access-removed --logs-archived [--note TEXT]
                                         end the use for good; DATA is deleted, exported,
                                         exported_and_deleted or none

--trigger, --stage and --reason-code may be given many times.
` + "`sluss rulebook show RA-04`" + ` says what a change is about. The changed answers are saved with
` + "`sluss case save`" + `, which tells their revision.
`

// actsInUse are the acts on a case in use, by their names on the command line, and
// where they are posted.
var actsInUse = map[string]string{
	"suspend": "suspension", "resume": "resumption", "change": "changes", "renew": "renewal",
	"decommission": "decommissioning",
}

// actInUse is an act on a case in use as the command line takes it. What was not
// given is not sent, and the server refuses what does not belong to the act.
type actInUse struct {
	Reason      string   `json:"reason"`
	ReasonCodes []string `json:"reason_codes,omitempty"`
	Triggers    []string `json:"triggers,omitempty"`
	Stages      []string `json:"stages,omitempty"`
	Revision    int      `json:"revision,omitempty"`
	Unchanged   bool     `json:"unchanged,omitempty"`
	*checklist
}

// checklist is that of the end of a use (T-29).
type checklist struct {
	Data          string `json:"data"`
	AccessRemoved bool   `json:"access_removed"`
	LogsArchived  bool   `json:"logs_archived"`
	Note          string `json:"note,omitempty"`
}

func (a *actInUse) flags(fs *flag.FlagSet) {
	many := func(to *[]string, name, usage string) {
		fs.Func(name, usage, func(text string) error {
			*to = append(*to, text)
			return nil
		})
	}
	a.checklist = &checklist{}
	many(&a.ReasonCodes, "reason-code", "`code` of a reason to suspend the use: the id of a rule, or one of your own")
	many(&a.Triggers, "trigger", "`id` of what has changed, RA-01 to RA-12")
	many(&a.Stages, "stage", "a further `stage` that a change touches")
	fs.IntVar(&a.Revision, "revision", 0, "`number` of the changed intake's revision")
	fs.BoolVar(&a.Unchanged, "unchanged", false, "you attest that nothing has changed")
	fs.StringVar(&a.Data, "data", "", "`what` became of the data: deleted, exported, exported_and_deleted or none")
	fs.BoolVar(&a.AccessRemoved, "access-removed", false, "all access has been removed")
	fs.BoolVar(&a.LogsArchived, "logs-archived", false, "the logs have been archived")
	fs.StringVar(&a.Note, "note", "", "a `note` on the end of the use")
}

// body is what is sent for the act of that name.
func (a actInUse) body(action, reason string) actInUse {
	a.Reason = reason
	if action != "decommission" && *a.checklist == (checklist{}) {
		a.checklist = nil
	}
	return a
}

// usedNow is whether a tool that has come into use may be used now.
type usedNow struct {
	Allowed bool `json:"allowed"`
	// Agreed is the role of the first of the two who let it go on (T-24).
	Agreed model.Role `json:"resumption_agreed_by"`
}

// printMayBeUsed says until when a tool may be used, or whose word is missing before it
// may be used again.
func (r *remote) printMayBeUsed(c shownCase) {
	switch {
	case c.Use == nil:
	case c.Use.Allowed:
		r.tell("Får användas till och med %s.\n", "May be used up to and including %s.\n", c.ValidUntil)
	case c.Use.Agreed == model.RoleCISO:
		r.tell("Får inte användas förrän även informationsägaren har sagt ja.\n", "May not be used until the information owner agrees too.\n")
	case c.Use.Agreed == model.RoleInformationOwner:
		r.tell("Får inte användas förrän även CISO har sagt ja.\n", "May not be used until the CISO agrees too.\n")
	default:
		r.tell("Får inte användas.\n", "May not be used.\n")
	}
}

// tellHandIn says how a complete draft of the intake is handed in: in a case in use
// with the report of a change (T-25).
func (r *remote) tellHandIn(id string, state model.CaseState, revision int) {
	switch state {
	case model.Active, model.Suspended, model.Expired:
		r.tell("Inget saknas. Lämna in ändringen med: sluss case change %s --revision %d --trigger ID --reason TEXT\n",
			"Nothing is missing. Hand the change in with: sluss case change %s --revision %d --trigger ID --reason TEXT\n", id, revision)
	default:
		r.tell("Inget saknas. Skicka in med: sluss case submit %s\n", "Nothing is missing. Hand it in with: sluss case submit %s\n", id)
	}
}
