package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/lang"
)

// logPage is the log's checkpoint as it stands, and the proof that an event is in it.
type logPage struct {
	api.CheckpointView
	// Case and Seq name the event that is asked about, Of is its case.
	Case, Seq string
	Of        *api.CaseStatus
	Proof     *api.ProofView
	// Event is the number of the event that was proved.
	Event string
	// Holds is true when the proof has been checked and holds.
	Holds bool
	// Faults are what is wrong with the question.
	Faults []formFault
}

func (s *site) logView(v *visit) error {
	q := v.r.URL.Query()
	p := logPage{Case: strings.TrimSpace(q.Get("case")), Seq: strings.TrimSpace(q.Get("seq"))}
	if err := v.get("/audit/checkpoint", nil, &p.CheckpointView); err != nil {
		return err
	}
	var problem *client.Problem
	if p.Case != "" {
		err := v.prove(&p)
		if problem = refusalOf(err); problem == nil && err != nil {
			return err
		}
	}
	return v.showAdministration("administration-log", lang.Text{SV: "Loggen och dess bevis", EN: "The log and its proof"}, p, problem)
}

// prove finds the case by its registry number or id, and asks for the proof that its
// event, the last one when none is named, is in the log.
func (v *visit) prove(p *logPage) error {
	id := p.Case
	if !model.ValidID(id) {
		var found api.Page[api.CaseItem]
		if err := v.get("/cases", url.Values{"q": {p.Case}, "limit": {"100"}}, &found); err != nil {
			return err
		}
		for _, c := range found.Items {
			if strings.EqualFold(c.RegistryNo, p.Case) {
				id = c.CaseID
			}
		}
	}
	var of api.CaseStatus
	err := v.get("/cases/"+url.PathEscape(id), nil, &of)
	if problem := refusalOf(err); problem != nil && problem.Status == http.StatusNotFound || err == nil && of.LastEvent == nil {
		p.Faults = []formFault{{"case", lang.Text{SV: "Det finns inget ärende med det diarienumret.", EN: "There is no case with that registry number."}.In(v.lang)}}
		return nil
	} else if err != nil {
		return err
	}
	p.Of = &of
	seq := cmp.Or(p.Seq, strconv.FormatInt(of.LastEvent.Seq, 10))
	if n, err := strconv.ParseInt(seq, 10, 64); err != nil || n < 1 || n > of.LastEvent.Seq {
		text := lang.Text{SV: "Ärendets händelser har nummer 1 till ", EN: "The events of the case are numbered 1 to "}.In(v.lang)
		p.Faults = []formFault{{"seq", text + strconv.FormatInt(of.LastEvent.Seq, 10) + "."}}
		return nil
	}
	var proof api.ProofView
	if err := v.get("/audit/proof", url.Values{"case_id": {of.CaseID}, "seq": {seq}}, &proof); err != nil {
		return err
	}
	p.Proof, p.Holds, p.Event = &proof, holds(proof), seq
	return nil
}

// holds checks the proof that an event is in the tree of a checkpoint.
func holds(p api.ProofView) bool {
	root, err := tlog.ParseHash(p.RootHash)
	return err == nil && p.Leaf != nil &&
		tlog.CheckRecord(tlog.RecordProof(p.Proof), p.TreeSize, root, *p.Leaf, audit.LeafHash(p.EventHash)) == nil
}
