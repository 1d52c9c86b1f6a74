// Command manifests reads what `helm template` prints and checks it as an API server would, and
// further: fields against the published types, names and labels, and that objects which refer to each
// other fit.
//
//	manifests [-namespace NAME] [-config FILE] <rendered.yaml
//
// With -config, the node's file is written to FILE.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	namespace := flag.String("namespace", "default", "the release's namespace")
	config := flag.String("config", "", "where to write the node's file")
	flag.Parse()
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	release, problems := decode(text)
	if len(problems) == 0 {
		problems = append(release.checkObjects(), release.checkReferences()...)
		problems = append(problems, release.checkMesh(*namespace)...)
	}
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, problem)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
	if *config != "" {
		if err := os.WriteFile(*config, []byte(release.nodeFile()), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
