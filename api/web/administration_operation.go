package web

import (
	"net/http"
	"net/url"
	"strings"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// mailWords are how far a message has come by e-mail.
var mailWords = map[model.MailState]lang.Text{
	model.MailNone:    {SV: "Skickas inte", EN: "Not sent by e-mail"},
	model.MailWaiting: {SV: "Väntar på att skickas", EN: "Waiting to be sent"},
	model.MailSent:    {SV: "Skickat", EN: "Sent"},
	model.MailFailed:  {SV: "Kom inte fram, försöks igen", EN: "Has not arrived, is tried again"},
	model.MailGivenUp: {SV: "Kom inte fram, försöks inte mer", EN: "Has not arrived, given up"},
}

// failureWords are why a message was not sent.
var failureWords = map[string]lang.Text{
	"connection":  {SV: "E-postservern svarar inte", EN: "The mail server does not answer"},
	"certificate": {SV: "E-postserverns certifikat godtas inte", EN: "The mail server's certificate is not accepted"},
	"address":     {SV: "Adressen går inte att skicka till", EN: "The address cannot be sent to"},
}

// mailRow is a message on its way, in words.
type mailRow struct {
	api.MailItem
	StateWords, FailureWords string
	// Again is true for what can be tried again.
	Again bool
}

// mailPage is the messages that have been sent by e-mail, or not.
type mailPage struct {
	sifted[api.MailItem]
	Rows []mailRow
}

func (s *site) mails(v *visit) error { return s.showMails(v, nil) }

func (s *site) showMails(v *visit, refused *client.Problem) error {
	state := filterBy("mail_state", v.lang, lang.Text{SV: "Läge", EN: "Status"},
		labelled(model.MailStates(), func(st model.MailState) lang.Text { return mailWords[st] }, v.lang)...)
	found, problem, err := sift[api.MailItem](v, "/messages", state)
	if err != nil {
		return err
	}
	if refused != nil {
		problem = refused
	}
	p := mailPage{sifted: found}
	for _, m := range found.Items {
		row := mailRow{MailItem: m, StateWords: mailWords[m.MailState].In(v.lang), Again: m.MailState == model.MailFailed || m.MailState == model.MailGivenUp}
		if text, known := failureWords[m.Failure]; known {
			row.FailureWords = text.In(v.lang)
		} else if code, ok := strings.CutPrefix(m.Failure, "smtp_"); ok {
			row.FailureWords = lang.Text{SV: "E-postservern svarade ", EN: "The mail server answered "}.In(v.lang) + code
		}
		p.Rows = append(p.Rows, row)
	}
	return v.showAdministration("administration-messages", lang.Text{SV: "E-post", EN: "E-mail"}, p, problem)
}

// retryMail lets a message that has not arrived begin again.
func (s *site) retryMail(v *visit) error {
	err := v.send(http.MethodPost, "/messages/"+url.PathEscape(v.r.PostForm.Get("message"))+"/retry", nil, "")
	if problem := refusalOf(err); problem != nil {
		return s.showMails(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect("/administration/messages?done=retry")
}

// reconciliationPage compares cases with what drives them on.
type reconciliationPage struct {
	Key string
	// Found is what was found, nil before, and Stopped how many had stopped.
	Found   *act.Reconciliation
	Stopped int
}

func (s *site) reconciliation(v *visit) error { return s.showReconciliation(v, nil, nil) }

// showReconciliation is for those who may reconcile: there is nothing else to read.
func (s *site) showReconciliation(v *visit, found *act.Reconciliation, problem *client.Problem) error {
	if !executes(access.Administer)(v.person.Actor()) {
		return errNoPage
	}
	p := reconciliationPage{Key: keyAfter(v.r.PostForm, problem), Found: found}
	if found != nil {
		p.Stopped = found.Missing + found.Closed + found.Stuck
	}
	return v.showAdministration("administration-reconciliation", lang.Text{SV: "Avstämning", EN: "Reconciliation"}, p, problem)
}

// reconcile compares as many as there is time for; the page offers to go on.
func (s *site) reconcile(v *visit) error {
	body := map[string]any{}
	if after := v.r.PostForm.Get("after"); after != "" {
		body["after"] = after
	}
	var found act.Reconciliation
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: "/api/v1/reconciliations", Body: body, Key: v.r.PostForm.Get("key"),
	}, &found)
	if problem := refusalOf(err); problem != nil {
		return s.showReconciliation(v, nil, problem)
	} else if err != nil {
		return err
	}
	return s.showReconciliation(v, &found, nil)
}
