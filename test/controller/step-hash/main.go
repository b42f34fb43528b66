// Records the hashes that Argo Rollouts gives to steps: `go run . < steps.jsonl` prints a line of JSON for each list.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/conditions"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var steps []v1alpha1.CanaryStep
		if err := json.Unmarshal(lines.Bytes(), &steps); err != nil {
			panic(err)
		}
		ro := &v1alpha1.Rollout{}
		ro.Spec.Strategy.Canary = &v1alpha1.CanaryStrategy{Steps: steps}
		line, _ := json.Marshal(map[string]any{"steps": json.RawMessage(lines.Bytes()), "hash": conditions.ComputeStepHash(ro)})
		fmt.Println(string(line))
	}
}
