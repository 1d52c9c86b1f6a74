//go:build tools

// Package tools pins helm at a version that Debian 12's Go builds.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
