{{- define "assay.name" -}}
{{- if contains "assay" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-assay" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "assay.selector" -}}
app.kubernetes.io/name: assay
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "assay.labels" -}}
{{ include "assay.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "assay.account" -}}
{{ .Values.serviceAccount.name | default (include "assay.name" .) }}
{{- end }}

{{- define "assay.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}

{{- /* Nothing that a container needs not. */}}
{{- define "assay.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* Role and RoleBinding, or for all namespaces: rules under `.rules`. */}}
{{- define "assay.access" -}}
{{- $kind := ternary "Role" "ClusterRole" .root.Values.controller.namespaced -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ .name }}
  labels: {{- include "assay.labels" .root | nindent 4 }}
rules: {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ .name }}
  labels: {{- include "assay.labels" .root | nindent 4 }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: {{ $kind }}, name: {{ .name }} }
subjects:
  - { kind: ServiceAccount, name: {{ include "assay.account" .root }}, namespace: {{ .root.Release.Namespace }} }
{{- end }}

{{/*
A container that is asked over a Service goes on for as long as the word that its pod ends takes to every node: the listener closes
at once when the process is told to end. Before 1.30 Kubernetes has no such action, and the image no shell for another.
*/}}
{{- define "assay.preStop" -}}
{{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version }}
lifecycle: { preStop: { sleep: { seconds: 3 } } }
{{- end }}
{{- end -}}
