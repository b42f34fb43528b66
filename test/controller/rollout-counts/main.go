// Records how many pods Argo Rollouts gives to the versions of a canary without routers: `go run .` prints a line of JSON for each of
// 300 situations made up at random.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/replicaset"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func set(name string, size, available int32) *appsv1.ReplicaSet {
	rs := &appsv1.ReplicaSet{}
	rs.Name = name
	rs.Spec.Replicas = &size
	rs.Status.Replicas = size
	rs.Status.AvailableReplicas = available
	return rs
}

func main() {
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 300; i++ {
		replicas := int32(1 + random.Intn(12))
		weight := int32(random.Intn(21) * 5)
		surge, unavailable := random.Intn(4), random.Intn(4)
		if surge == 0 && unavailable == 0 {
			surge = 1
		}
		size := func() (int32, int32) {
			n := int32(random.Intn(int(replicas) + 2))
			return n, n - int32(random.Intn(int(n)+1))*int32(random.Intn(2))
		}
		canary, canaryAvailable := size()
		stable, stableAvailable := size()
		old := int32(0)
		if random.Intn(4) == 0 {
			old = int32(random.Intn(3))
		}
		s, u := intstr.FromInt(surge), intstr.FromInt(unavailable)
		ro := &v1alpha1.Rollout{}
		ro.Spec.Replicas = &replicas
		ro.Spec.Strategy.Canary = &v1alpha1.CanaryStrategy{MaxSurge: &s, MaxUnavailable: &u, Steps: []v1alpha1.CanaryStep{{SetWeight: &weight}}}
		ro.Status.StableRS = "stable"
		ro.Status.CurrentPodHash = "canary"
		zero := int32(0)
		ro.Status.CurrentStepIndex = &zero
		c, st := replicaset.CalculateReplicaCountsForBasicCanary(ro, set("canary", canary, canaryAvailable), set("stable", stable, stableAvailable), []*appsv1.ReplicaSet{set("old", old, old)})
		line, _ := json.Marshal(map[string]any{"replicas": replicas, "weight": weight, "surge": surge, "unavailable": unavailable,
			"canary": []int32{canary, canaryAvailable}, "stable": []int32{stable, stableAvailable}, "old": old, "wanted": map[string]int32{"canary": c, "stable": st}})
		fmt.Println(string(line))
	}
}
