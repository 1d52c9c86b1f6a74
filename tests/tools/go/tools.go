//go:build tools

// Package tools pins the Go programs that tests run, at versions that Debian 12's Go builds.
package tools

import _ "github.com/summerwind/h2spec/cmd/h2spec"
