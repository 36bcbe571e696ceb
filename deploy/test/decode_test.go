package deploy_test

import (
	"errors"
	"fmt"

	kubeflowv1 "github.com/kubeflow/training-operator/pkg/apis/kubeflow.org/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	jobsetv1 "sigs.k8s.io/jobset/api/jobset/v1alpha2"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// ScaledObject is KEDA's, as far as we use it: KEDA's own Go module needs another Kubernetes than ours. The real
// definition checks ours on the API server, in scripts/test_deploy.sh.
type ScaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ScaleTargetRef struct {
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount int32 `json:"minReplicaCount"`
		MaxReplicaCount int32 `json:"maxReplicaCount"`
		PollingInterval int32 `json:"pollingInterval"`
		Fallback        struct {
			FailureThreshold int32  `json:"failureThreshold"`
			Replicas         int32  `json:"replicas"`
			Behavior         string `json:"behavior"`
		} `json:"fallback"`
		Advanced struct {
			HorizontalPodAutoscalerConfig struct {
				Behavior autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior"`
			} `json:"horizontalPodAutoscalerConfig"`
		} `json:"advanced"`
		Triggers []struct {
			Type       string `json:"type"`
			Name       string `json:"name"`
			MetricType string `json:"metricType"`
			Metadata   struct {
				ServerAddress string `json:"serverAddress"`
				Threshold     string `json:"threshold"`
				Query         string `json:"query"`
			} `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

// newObject makes an empty object of the type that a manifest names. Every kind of ours is here.
func newObject(apiVersion, kind string) (any, error) {
	switch apiVersion + " " + kind {
	case "v1 ConfigMap":
		return &corev1.ConfigMap{}, nil
	case "v1 Namespace":
		return &corev1.Namespace{}, nil
	case "v1 Service":
		return &corev1.Service{}, nil
	case "v1 ServiceAccount":
		return &corev1.ServiceAccount{}, nil
	case "apps/v1 Deployment":
		return &appsv1.Deployment{}, nil
	case "autoscaling/v2 HorizontalPodAutoscaler":
		return &autoscalingv2.HorizontalPodAutoscaler{}, nil
	case "batch/v1 Job":
		return &batchv1.Job{}, nil
	case "networking.k8s.io/v1 NetworkPolicy":
		return &networkingv1.NetworkPolicy{}, nil
	case "policy/v1 PodDisruptionBudget":
		return &policyv1.PodDisruptionBudget{}, nil
	case "gateway.networking.k8s.io/v1 Gateway":
		return &gatewayv1.Gateway{}, nil
	case "gateway.networking.k8s.io/v1 GRPCRoute":
		return &gatewayv1.GRPCRoute{}, nil
	case "jobset.x-k8s.io/v1alpha2 JobSet":
		return &jobsetv1.JobSet{}, nil
	case "kubeflow.org/v1 PyTorchJob":
		return &kubeflowv1.PyTorchJob{}, nil
	case "keda.sh/v1alpha1 ScaledObject":
		return &ScaledObject{}, nil
	}
	return nil, fmt.Errorf("%s %s is not known here: add it to newObject", apiVersion, kind)
}

// decode reads a YAML object into its API type, and refuses fields that the type does not have, names in the wrong case
// and fields that come twice.
func decode(text []byte) (any, error) {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	object, err := newObject(kind.APIVersion, kind.Kind)
	if err != nil {
		return nil, err
	}
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, err
	}
	problems, err := json.UnmarshalStrict(asJSON, object)
	if err := errors.Join(append(problems, err)...); err != nil {
		return nil, fmt.Errorf("%s: %w", kind.Kind, err)
	}
	return object, nil
}
