package workflows

import "sluss/model"

// guardFundamentalRights lets the FRIA be decided after the DPO's advice (T-14,
// AI Act article 27).
func (l *lifecycle) guardFundamentalRights(st *model.StageState) *model.Refusal {
	return advised(st, "T-14")
}
