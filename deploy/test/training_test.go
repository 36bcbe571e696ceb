package deploy_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	kubeflowv1 "github.com/kubeflow/training-operator/pkg/apis/kubeflow.org/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	jobsetv1 "sigs.k8s.io/jobset/api/jobset/v1alpha2"

	"pixelclip.dev/deploy/test/variants"
)

func training(t *testing.T, name string) deploymentSet {
	return build(t, variants.Variant{Name: name, Overlay: "training/" + name})
}

func environmentOf(container corev1.Container) map[string]string {
	environment := map[string]string{}
	for _, variable := range container.Env {
		environment[variable.Name] = variable.Value
	}
	return environment
}

// checkRanks checks what docs/distributed.md wants of a Job whose pods are one rank each.
func checkRanks(t *testing.T, job batchv1.JobSpec, rankZero string) {
	t.Helper()
	pod := job.Template.Spec
	environment := environmentOf(pod.Containers[0])
	if *job.CompletionMode != batchv1.IndexedCompletion {
		t.Error("pods would have no JOB_COMPLETION_INDEX")
	}
	size := fmt.Sprint(*job.Completions)
	if environment["WORLD_SIZE"] != size || *job.Parallelism != *job.Completions {
		t.Errorf("WORLD_SIZE is %s of %s ranks, %d at a time", environment["WORLD_SIZE"], size, *job.Parallelism)
	}
	if environment["MASTER_ADDR"] != rankZero {
		t.Errorf("MASTER_ADDR is %s; rank 0 is %s", environment["MASTER_ADDR"], rankZero)
	}
	if port, err := strconv.ParseUint(environment["MASTER_PORT"], 10, 16); err != nil || port == 0 {
		t.Errorf("MASTER_PORT is %s", environment["MASTER_PORT"])
	}
	if len(environment) != 3 {
		t.Errorf("the environment has more than the trainer wants: %v", environment)
	}
	if pod.RestartPolicy != corev1.RestartPolicyNever {
		t.Error("a policy on failed pods wants restartPolicy Never")
	}
	rule := job.PodFailurePolicy.Rules[0]
	if *rule.OnExitCodes.ContainerName != pod.Containers[0].Name || !slices.Equal(rule.OnExitCodes.Values, []int32{2}) {
		t.Errorf("wrong settings end with status 2, the rule is for %v", rule.OnExitCodes)
	}
}

func TestIndexedJob(t *testing.T) {
	set := training(t, "indexed-job")
	job := the[batchv1.Job](t, set, "")
	service := the[corev1.Service](t, set, "")
	checkRanks(t, job.Spec, job.Name+"-0."+service.Name)
	pod := job.Spec.Template
	if pod.Spec.Subdomain != service.Name || service.Spec.ClusterIP != corev1.ClusterIPNone ||
		!service.Spec.PublishNotReadyAddresses || !selects(service.Spec.Selector, pod) {
		t.Error("the Service does not name the ranks")
	}
	if *job.Spec.BackoffLimit%*job.Spec.Completions != 0 {
		t.Errorf("backoffLimit %d is no number of restarts of all ranks", *job.Spec.BackoffLimit)
	}
	budget := the[policyv1.PodDisruptionBudget](t, set, "").Spec
	if !selects(budget.Selector.MatchLabels, pod) || budget.MinAvailable.IntVal != *job.Spec.Completions {
		t.Error("a node may be drained under a rank")
	}
	policy := the[networkingv1.NetworkPolicy](t, set, "").Spec
	if !selects(policy.PodSelector.MatchLabels, pod) {
		t.Error("the NetworkPolicy is not for the ranks")
	}
	for _, peer := range append(policy.Ingress[0].From, policy.Egress[0].To...) {
		if peer.NamespaceSelector != nil || !selects(peer.PodSelector.MatchLabels, pod) {
			t.Error("ranks may talk to others than ranks, or not to each other")
		}
	}
}

func TestJobSet(t *testing.T) {
	jobs := the[jobsetv1.JobSet](t, training(t, "jobset"), "")
	ranks := jobs.Spec.ReplicatedJobs[0]
	checkRanks(t, ranks.Template.Spec, fmt.Sprintf("%s-%s-0-0.%s", jobs.Name, ranks.Name, jobs.Spec.Network.Subdomain))
	if !*jobs.Spec.Network.EnableDNSHostnames || ranks.Replicas != 1 || len(jobs.Spec.ReplicatedJobs) != 1 {
		t.Error("the ranks are not one Job with names")
	}
	if *ranks.Template.Spec.BackoffLimit != 0 {
		t.Error("the JobSet restarts all ranks, the Job none")
	}
}

// The operator sets all of the environment.
func TestPyTorchJob(t *testing.T) {
	job := the[kubeflowv1.PyTorchJob](t, training(t, "pytorchjob"), "")
	for kind, replicas := range job.Spec.PyTorchReplicaSpecs {
		container := replicas.Template.Spec.Containers[0]
		if container.Name != "pytorch" || container.Env != nil {
			t.Errorf("%s: the container is %s, with the environment %v", kind, container.Name, container.Env)
		}
	}
	if ranks := *job.Spec.PyTorchReplicaSpecs["Master"].Replicas; ranks != 1 {
		t.Errorf("there are %d ranks 0", ranks)
	}
}

// The real trainer takes the arguments, and the environment of the first and the last rank.
func TestTrainerTakesArgumentsAndEnvironment(t *testing.T) {
	trainer := binary(t, "pixelclip-train")
	forTrainings(t, func(t *testing.T, set deploymentSet) {
		container := podsOf(set)[0].Spec.Containers[0]
		if container.Command[0] != "/usr/bin/pixelclip-train" {
			t.Errorf("the command is %v", container.Command)
		}
		arguments := slices.Clone(container.Args)
		recipe := strings.TrimPrefix(arguments[1], "/usr/share/pixelclip/recipes/")
		arguments[1] = repository + "/trainer/recipes/" + recipe
		if output, err := exec.Command(trainer, append(arguments, "--print-settings")...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		for _, rank := range []string{"0", "3"} {
			command := exec.Command(trainer, arguments...)
			command.Env = os.Environ()
			environment := environmentOf(container)
			environment["JOB_COMPLETION_INDEX"] = rank
			if len(all[kubeflowv1.PyTorchJob](set)) > 0 {
				environment = map[string]string{ // as Kubeflow's operator does
					"RANK": rank, "WORLD_SIZE": "4", "MASTER_ADDR": "pixelclip-train-master-0", "MASTER_PORT": "23456"}
			}
			// The last variable that is looked at is a wrong one: what is complained of is that all others are right.
			environment["TORCHELASTIC_RESTART_COUNT"] = "x"
			for name, value := range environment {
				command.Env = append(command.Env, name+"="+value)
			}
			output, err := command.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 ||
				!strings.Contains(string(output), "TORCHELASTIC_RESTART_COUNT") {
				t.Errorf("rank %s: %v: %s", rank, err, output)
			}
		}
	})
}
