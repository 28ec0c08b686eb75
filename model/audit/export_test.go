package audit

// Note signs any text.
func (s *Signer) Note(text string) []byte { return s.note(text) }
