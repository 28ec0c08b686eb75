package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/url"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
)

const assessmentAbout = `The assessments of the stages, over the API: legal basis, impact assessment,
agent risk and the others that somebody prepares before they are reviewed.

Usage:
  sluss assessment show CASE STAGE     the questions, what is answered and missing, and
                                       what the rules say of the answers so far
  sluss assessment save CASE STAGE --file ANSWERS.yaml
                                       replace the draft's answers
  sluss assessment submit CASE STAGE   hand the draft to the reviewers

ANSWERS.yaml has one line for each answer, as "LB-03: e". --answer LB-03=e changes a
single one and keeps the rest. The stages of a case stand in ` + "`sluss case show CASE --json`" + `;
` + "`sluss rulebook show STAGE.NAME`" + ` explains a question and gives an example.
Stages that nobody prepares, such as ciso, are answered with ` + "`sluss task decide`" + `;
their draft can be saved here on the way.`

// shownAssessment is what the command line shows of a stage's assessment.
type shownAssessment struct {
	Stage       string              `json:"stage"`
	StageLabel  string              `json:"stage_label"`
	Requirement string              `json:"requirement"`
	Status      string              `json:"status"`
	Revision    int                 `json:"revision"`
	HandedIn    int                 `json:"handed_in_revision"`
	Answers     json.RawMessage     `json:"answers"`
	Form        []shownQuestionNote `json:"form"`
	Missing     []client.Fault      `json:"missing"`
	Judgement   *shownJudgement     `json:"judgement"`
	MayEdit     bool                `json:"may_edit"`
}

func assessmentCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r remote
	var file string
	var answers answerFlags
	action, args := actionOf(args)
	rest, err := r.parse("assessment "+action, assessmentAbout, args, stdout, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&file, "file", "", "`file` with the answers, YAML or JSON; - is standard input")
		fs.Var(&answers, "answer", "one answer, `name=value`; may be given many times, and on top of a file or the draft")
	})
	if err != nil {
		return err
	}
	if len(rest) != 2 {
		fmt.Fprintln(stderr, assessmentAbout)
		return errUsage
	}
	if err := r.assessing(rest[1]); err != nil {
		return err
	}
	if err := r.connect(); err != nil {
		return err
	}
	switch {
	case action == "show":
		return r.showAssessment(ctx, rest[0], rest[1])
	case action == "save" && (file != "" || len(answers) > 0):
		return r.saveAssessment(ctx, rest[0], rest[1], file, answers)
	case action == "submit":
		return r.submitAssessment(ctx, rest[0], rest[1])
	}
	fmt.Fprintln(stderr, assessmentAbout)
	return errUsage
}

// assessing takes up the questions of a stage.
func (r *remote) assessing(stage string) error {
	if r.book = bookOf(stage); r.book.ID == stage {
		return nil
	}
	var stages []string
	for _, s := range model.Stages() {
		if bookOf(string(s.Key)).ID == string(s.Key) {
			stages = append(stages, string(s.Key))
		}
	}
	return fmt.Errorf(lang.Text{SV: "det finns inget steg %q med frågor; stegen är %s", EN: "there is no stage %q with questions; the stages are %s"}.In(r.lang),
		stage, plainText(anyOf(stages)))
}

func anyOf(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

func assessmentPath(id, stage string) string {
	return casePath(id) + "/assessments/" + url.PathEscape(stage)
}

func (r *remote) showAssessment(ctx context.Context, id, stage string) error {
	var a shownAssessment
	return r.get(ctx, assessmentPath(id, stage), &a, func() { r.printAssessment(id, a) })
}

func (r *remote) printAssessment(id string, a shownAssessment) {
	fmt.Fprintf(r.stdout, "%s (%s), %s, %s\n", a.StageLabel, a.Stage, r.label("requirement", a.Requirement), a.Status)
	switch {
	case a.Revision == 0:
		r.tell("Inget är sparat ännu.\n", "Nothing is saved yet.\n")
	case a.HandedIn == a.Revision:
		r.tell("Version %d, som granskarna har.\n", "Revision %d, which the reviewers have.\n", a.Revision)
	default:
		r.tell("Utkast, version %d.\n", "Draft, revision %d.\n", a.Revision)
	}
	r.printForm(a.Stage, a.Form)
	r.printJudgement(a.Judgement)
	fmt.Fprintln(r.stdout)
	r.printNext(id, a)
}

// printNext says what to do with an assessment.
func (r *remote) printNext(id string, a shownAssessment) {
	spec, _ := model.Stage(model.StageKey(a.Stage))
	switch {
	case len(a.Missing) > 0:
		fmt.Fprint(r.stdout, faultsText(a.Missing, r.book, r.lang))
		if a.MayEdit {
			r.tell("Spara svar med: sluss assessment save %s %s --file FIL, eller --answer NAMN=VÄRDE\n",
				"Save answers with: sluss assessment save %s %s --file FILE, or --answer NAME=VALUE\n", id, a.Stage)
		}
	case a.HandedIn == a.Revision && a.Revision > 0 || !a.MayEdit:
	case len(spec.Prepare) > 0:
		r.tell("Inget saknas. Lämna in med: sluss assessment submit %s %s\n",
			"Nothing is missing. Hand it in with: sluss assessment submit %s %s\n", id, a.Stage)
	default:
		r.tell("Inget saknas. Besluta med `sluss task decide`; svaren här följer med.\n",
			"Nothing is missing. Decide with `sluss task decide`; the answers here come with it.\n")
	}
}

func (r *remote) saveAssessment(ctx context.Context, id, stage, file string, flags answerFlags) error {
	var a shownAssessment
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: assessmentPath(id, stage)}, &a)
	if err != nil {
		return r.explain(err)
	}
	answers := map[string]any{}
	if file != "" {
		err = readAnswers(r.book, file, &answers)
	} else {
		err = json.Unmarshal(a.Answers, &answers)
	}
	if err != nil {
		return err
	}
	if err := flags.addTo(answers, r.book, r.lang); err != nil {
		return err
	}
	call := client.Call{Method: "PUT", Path: assessmentPath(id, stage), IfMatch: now.ETag(), Body: map[string]any{"answers": answers}}
	return r.call(ctx, call, &a, func() { r.printAssessment(id, a) })
}

func (r *remote) submitAssessment(ctx context.Context, id, stage string) error {
	now, err := r.client.Do(ctx, client.Call{Method: "GET", Path: casePath(id)}, nil)
	if err != nil {
		return r.explain(err)
	}
	var a shownAssessment
	if _, err := r.client.Do(ctx, client.Call{Method: "GET", Path: assessmentPath(id, stage)}, &a); err != nil {
		return r.explain(err)
	}
	if a.Revision == 0 {
		return fmt.Errorf(lang.Text{
			SV: "inget är sparat ännu; spara svaren med: sluss assessment save %s %s --file FIL",
			EN: "nothing is saved yet; save the answers with: sluss assessment save %s %s --file FILE",
		}.In(r.lang), id, stage)
	}
	var receipt struct {
		State string `json:"state"`
	}
	call := client.Call{
		Method: "POST", Path: casePath(id) + "/submissions", Key: client.NewKey(), IfMatch: now.ETag(),
		Body: map[string]any{"stage": stage, "revision": a.Revision},
	}
	return r.call(ctx, call, &receipt, func() {
		r.tell("Revision %d är inlämnad till granskarna. Ärendet är nu %s.\n",
			"Revision %d is with the reviewers. The case is now %s.\n", a.Revision, receipt.State)
	})
}
