package access

import (
	"fmt"
	"slices"
	"strings"

	"sluss/model"
)

// Permission is a row of the matrix.
type Permission string

// The rows of the matrix. Who answers the tasks of a stage and who writes its
// assessment are rows of rulebook 10 too; they stand in the table of stages
// (model.Stages).
const (
	Draft          Permission = "draft"
	Submission     Permission = "submission" // and withdrawal, correction, re-examination, renewal
	ReadCase       Permission = "read_case"
	ReadLog        Permission = "read_log"
	RaiseStage     Permission = "raise_stage"
	InterimUse     Permission = "interim_use"
	Consultation   Permission = "prior_consultation"
	Verify         Permission = "condition"
	Waive          Permission = "waiver"
	Activate       Permission = "activation"
	Decommission   Permission = "decommissioning"
	Suspend        Permission = "suspension"
	Resume         Permission = "resumption"
	ReportChange   Permission = "change"
	Override       Permission = "override"
	ListOverrides  Permission = "overrides"
	ExtendTask     Permission = "extension"
	Reassign       Permission = "reassignment"
	Archive        Permission = "archiving"
	AnswerRetriage Permission = "retriage"
	StandingAdvice Permission = "standing_advice"
	LeadIncident   Permission = "incident"
	KeepRecord     Permission = "record"
	KeepComplaint  Permission = "complaint"
	Suppliers      Permission = "suppliers"
	Statistics     Permission = "statistics"
	Administer     Permission = "administration"
	Dispose        Permission = "disposal"
)

// What may be done: the letters of rulebook 10.
const (
	Create  = "C"
	Edit    = "E"
	Read    = "R"
	Advise  = "A"
	Decide  = "D"
	Execute = "X"
)

// Reach says of which cases.
type Reach string

// The reaches of rulebook 10. Own are the cases in which the actor has the function,
// assigned those of which they have, or may take, a task, and unit those of the
// units that the actor is the head of.
const (
	ReachAll      Reach = "all"
	ReachOwn      Reach = "own"
	ReachAssigned Reach = "assigned"
	ReachUnit     Reach = "unit"
	ReachNone     Reach = ""
)

// The matrix of rulebook 10, a row for each permission: the rule that a refusal
// names, and for each role what it may and of which cases. Where the rulebook has no
// column for a role, the coordinator and the head of a unit, it has what its duties
// ask for; where it has no row, the row follows the transition that the rule names
// (rulebook 9.2). Whoever has several functions acts in the first of the row that
// nothing keeps apart from another.
const table = `
row                rule   project_owner manager information_owner system_owner dpo    ciso   legal_counsel environment_reviewer registrar administrator auditor coordinator unit_head user
draft              T-01   CE.own        R.own   R.own             R.own        -      -      -             -                    -         R.all         R.all   -           -         C.all
submission         -      X.own         -       -                 -            -      -      -             -                    -         -             -       -           -         -
read_case          -      R.own         R.own   R.own             R.own        R.all  R.all  R.all         R.assigned           R.all     R.all         R.all   R.all       R.unit    -
read_log           -      R.own         R.own   R.own             R.own        R.all  R.all  R.all         -                    R.all     R.all         R.all   -           R.unit    -
raise_stage        T-31   -             -       X.own             -            AX.all X.all  X.all         -                    -         -             R.all   -           -         -
interim_use        EX-01  -             -       D.own             -            A.all  D.all  -             -                    -         R.all         R.all   -           -         -
prior_consultation T-12   E.own         -       DX.own            -            AX.all -      A.all         -                    -         R.all         R.all   -           -         -
condition          -      E.own         -       D.own             E.own        A.all  D.all  D.all         D.all                -         R.all         R.all   -           -         -
waiver             CO-04  -             -       D.own             -            -      D.all  -             -                    -         R.all         R.all   -           -         -
activation         T-22   -             -       -                 X.own        -      -      -             -                    -         -             R.all   -           -         -
decommissioning    T-29   -             -       -                 X.own        -      -      -             -                    -         -             R.all   -           -         -
suspension         T-23   -             -       X.own             A.own        A.all  X.all  -             -                    -         X.all         R.all   -           -         -
resumption         T-24   -             -       X.own             -            -      X.all  -             -                    -         -             R.all   -           -         -
change             T-25   X.own         X.own   X.own             X.own        X.all  X.all  X.all         X.all                -         X.all         R.all   -           -         -
override           OV-02  -             -       -                 -            A.all  A.all  A.all         -                    -         -             R.all   -           D.unit    -
overrides          OV-03  -             -       -                 -            R.all  R.all  R.all         -                    R.all     R.all         R.all   R.all       -         -
extension          -      -             -       -                 -            -      -      -             -                    -         X.all         R.all   -           X.unit    -
reassignment       SOD-06 -             -       -                 -            -      -      -             -                    -         X.all         R.all   -           -         -
archiving          T-30   -             -       -                 -            -      -      -             -                    X.all     -             R.all   -           -         -
retriage           RA-07  -             -       X.own             -            -      X.all  -             -                    -         X.all         R.all   -           -         -
standing_advice    AD-03  -             -       -                 -            A.all  -      -             -                    -         -             R.all   -           -         -
incident           INC-02 -             -       D.own             E.own        A.all  E.all  A.all         -                    R.all     R.all         R.all   -           -         -
record             -      -             -       E.own             E.own        -      E.all  -             -                    -         -             R.all   -           -         -
complaint          -      -             -       E.own             E.own        E.all  E.all  -             -                    -         -             R.all   -           -         -
suppliers          -      R.all         R.all   R.all             R.all        R.all  R.all  R.all         R.all                R.all     CER.all       R.all   R.all       R.all     -
statistics         -      -             -       -                 -            R.all  R.all  R.all         -                    R.all     R.all         R.all   R.all       -         -
disposal           -      -             -       -                 -            R.all  R.all  R.all         -                    RX.all    RX.all        R.all   -           -         -
administration     SOD-06 -             -       -                 -            -      -      -             -                    -         X.all         R.all   -           -         -
`

// cell is what a role may do, and of which cases.
type cell struct {
	role  model.Role
	may   string
	reach Reach
}

// row is what the matrix says of a permission.
type row struct {
	rule  string
	cells []cell
}

var matrix = parse(table)

// parse reads the table. It is the program's own; what is wrong with it shows at
// once.
func parse(table string) map[Permission]row {
	lines := strings.Split(strings.TrimSpace(table), "\n")
	head := strings.Fields(lines[0])[2:]
	rows := make(map[Permission]row, len(lines))
	for _, line := range lines[1:] {
		f := strings.Fields(line)
		if len(f) != len(head)+2 {
			panic(fmt.Sprintf("row %s has %d cells", f[0], len(f)-2))
		}
		r := row{rule: strings.TrimPrefix(f[1], "-")}
		for i, text := range f[2:] {
			if text == "-" {
				continue
			}
			may, reach, _ := strings.Cut(text, ".")
			r.cells = append(r.cells, cell{model.Role(head[i]), may, Reach(reach)})
		}
		rows[Permission(f[0])] = r
	}
	return rows
}

// Permissions lists the rows of the matrix.
func Permissions() []Permission {
	var all []Permission
	for p := range matrix {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// Of returns what a role may do in a row, "" for nothing, and of which cases.
func Of(p Permission, role model.Role) (may string, reach Reach) {
	for _, c := range matrix[p].cells {
		if c.role == role {
			return c.may, c.reach
		}
	}
	return "", ReachNone
}

// Object is what rights in a case depend on.
type Object struct {
	// Functions are what the actor is in the case.
	Functions []model.Role
	// Apart are those in which they have answered for somebody else, or which they had
	// before. They give no right, but count where functions must be apart.
	Apart []model.Role
	// UnitID is the unit of the case.
	UnitID string
}

// counted are the functions that others must be apart from.
func (o Object) counted() []model.Role {
	if len(o.Apart) == 0 {
		return o.Functions
	}
	return slices.Concat(o.Functions, o.Apart)
}

// Holds reports whether the actor has a role for the case: as a function in it where
// the role is held case by case, as head of its unit or of one above it, otherwise in
// the organisation.
func Holds(a model.Actor, o Object, role model.Role) bool {
	switch {
	case role.PerCase():
		return slices.Contains(o.Functions, role)
	case role == model.RoleUnitHead:
		return a.Has(role) && slices.Contains(a.HeadOf, o.UnitID)
	}
	return a.Has(role)
}

// As returns the function in which the actor may do something with a case that they
// read. does are the letters that allow it, the one that counts most first. The
// refusal names the rule that keeps functions apart where that is the reason, and
// otherwise the rule of the row.
func As(a model.Actor, o Object, p Permission, does ...string) (model.Role, error) {
	return find(a, o.counted(), p, does, func(r model.Role) bool { return Holds(a, o, r) })
}

// Can reports whether As finds a function.
func Can(a model.Actor, o Object, p Permission, does ...string) bool {
	_, err := As(a, o, p, does...)
	return err == nil
}

// Anywhere is As for what belongs to no case.
func Anywhere(a model.Actor, p Permission, does ...string) error {
	_, err := find(a, nil, p, does, a.Has)
	return err
}

// find goes through a row. To read, functions need not be apart.
func find(a model.Actor, functions []model.Role, p Permission, does []string, holds func(model.Role) bool) (model.Role, error) {
	apart := ""
	for _, act := range does {
		for _, c := range matrix[p].cells {
			if !strings.Contains(c.may, act) || !holds(c.role) {
				continue
			}
			rule := Conflict(functions, a.Roles, c.role)
			if rule == "" || act == Read {
				return c.role, nil
			}
			apart = rule
		}
	}
	if apart != "" {
		return "", model.Refuse(model.CodeSegregation, apart)
	}
	return "", forbidden(matrix[p].rule)
}

func forbidden(rule string) *model.Refusal {
	if rule == "" {
		return model.Refuse(model.CodeForbidden)
	}
	return model.Refuse(model.CodeForbidden, rule)
}
