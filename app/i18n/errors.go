package i18n

// Error is one sentence that says what went wrong and what to do.
func (s *Strings) Error(err error) string { return err.Error() }
