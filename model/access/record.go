package access

import "sluss/model"

// KeepsRecord says whether the actor may write a kind of record: beside a case its
// system owner, its information owner and the CISO, of complaints the DPO too, and of
// suppliers the administrator (rulebook 9.12 and 10).
func KeepsRecord(a model.Actor, o Object, kind model.RecordKind) error {
	if kind == model.RecordSupplier {
		return Anywhere(a, Suppliers, Edit)
	}
	p := KeepRecord
	if kind == model.RecordComplaint {
		p = KeepComplaint
	}
	_, err := As(a, o, p, Edit)
	return err
}
