// Package enginetest gives tests a real server to run workflows on.
//
// Linking the server makes a test binary large and slow to link, so only a few
// packages use it; what the workflow test environment of the SDK can show is
// shown there. It imports deploy/engine and is imported by tests only. Like the
// engine it is absent from builds with the tag "slim".
package enginetest
