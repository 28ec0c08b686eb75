// Package workflows is the life of a case, written down in deterministic code.
// Read its files from top to bottom and you have read what happens to a case:
//
//	case.go               the Case workflow: load, wait, act, continue
//	lifecycle.go          how an answer becomes a transition, what opens next
//	submission.go         submission, triage, stop by rule, correction
//	assessment.go         what a stage's reviewers are handed, and who reviews it
//	legal_basis.go        what S1 needs, and the small stages of the same step
//	impact_assessment.go  what S2, the DPIA, needs
//	prior_consultation.go when the DPIA leaves a high risk: the authority is asked
//	fundamental_rights.go what S3b needs
//	signoff.go            what S5, the CISO's approval, needs
//	owner_decision.go     what S6, the information owner's decision, needs
//	in_use.go             activation, suspension, conditions, the end of a use
//	change.go             a case in use that is assessed again, renewed, reviewed
//	adoption.go           S7: whether other units adopt it
//	interim_use.go        existing tools that may be used meanwhile
//	reconsideration.go    a rejection looked at again, or set aside
//	deadlines.go          the one place where a case waits for time
//	touch.go              how a process reads and writes the record
//	incident.go           the Incident workflow
//	incident_steps.go     what an incident asks of people, and when it may close
//
// The stages that need nothing but their reviewer's answer (manager, secrecy,
// agent risk, environment) have no file of their own yet: the table of stages
// in model says all about them.
//
// A case lives here from its submission until it is archived:
//
//	DRAFT            submit      the rules triage the case
//	                             stopped: REJECTED_AUTO, can be corrected
//	review states    decide      stages open one after the other (sequential)
//	                             or together (parallel); each is passed,
//	                             returned or rejected by the people it names
//	                 hand in     a stage with an assessment waits for it; a
//	                             changed text opens the stage again
//	PRIOR_CONSULT…   consult     the authority's time runs; its end leads back to the DPIA
//	RETURNED         submit      stages whose content changed open again
//	APPROVED…        activate    when every condition before use is met
//	ACTIVE                       in use; conditions come back, validity runs
//	                 suspend     SUSPENDED, until two people resume it
//	                 change      REASSESSMENT: the stages named, the use goes on
//	                 expire      EXPIRED, until it is renewed
//	                 decommission  the end
//
// The row is the record and the authority, the workflow is the process: it
// carries codes, versions and due times only, decides each step here, has it
// recorded by one local activity and can always load itself again. Start,
// continue-as-new and recovery are the same path.
//
// The package imports workflows/contract and the pure parts of model. Rules are
// never evaluated here, so that a new rulebook never breaks a running case.
package workflows
