//go:build tools

// Package tools pins the server that measurements compare with, at a version that Debian 12's Go builds.
package tools

import _ "github.com/nats-io/nats-server/v2"
